#ifndef SLEEVE_DB_ATTRIBUTE_LABELS_H
#define SLEEVE_DB_ATTRIBUTE_LABELS_H

#include "db/connection.h"

/* Labels of attributes that people have given to tracks. */

struct attribute_label {
    int64_t track;
    const char *attribute; /* "energy", "valence", "vocalness", "genre:NAME" */
    const char *rater;
    double value;     /* from 0 to 1 */
    int64_t labelled; /* seconds since 1970 */
};

/* Calls `each` for all labels, ordered by track, attribute and rater; `track` 0: of all tracks. Texts are valid during
 * the call; false stops, because memory ran out. */
enum status catalogue_attribute_labels(struct catalogue *catalogue, int64_t track,
                                       bool (*each)(const struct attribute_label *label, void *context), void *context,
                                       struct error *error);
/* Stores a label in place of the rater's earlier one. */
enum status catalogue_attribute_label_set(struct catalogue *catalogue, const struct attribute_label *label,
                                          struct error *error);
/* Removes the rater's label; it need not be there. */
enum status catalogue_attribute_label_remove(struct catalogue *catalogue, int64_t track, const char *attribute,
                                             const char *rater, struct error *error);

#endif
