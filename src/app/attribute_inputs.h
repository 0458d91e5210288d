#ifndef SLEEVE_APP_ATTRIBUTE_INPUTS_H
#define SLEEVE_APP_ATTRIBUTE_INPUTS_H

#include "db/catalogue.h"
#include "gpu/compute.h"

/* The numbers that attributes are learned from: one row for each track. A text names where they come from, with commas
 * between:
 *     SET          a feature set of tracks, or of albums (then a track has its album's row)
 *     model:NAME   the vectors that a model has learned for its tracks
 *     artists:X    for each track the mean of X over all tracks of its artist, itself included; X is one of the two */

struct attribute_inputs {
    int64_t n, width;
    float *values;  /* [n x width] NAN: unknown */
    bool *present;  /* [n] something is known of the track */
    char **columns; /* [width] "energy"; "" for a number of a vector */
    int64_t n_present;
};

/* Opens each source. STATUS_USAGE for a text that names none. Free it with attribute_inputs_free; after a failure there
 * is nothing to free. */
enum status attribute_inputs_load(struct catalogue *catalogue, struct compute *compute, const char *text,
                                  struct attribute_inputs *inputs, struct error *error);
/* Removes the columns with a name that `drops` says. */
void attribute_inputs_drop(struct attribute_inputs *inputs, bool (*drops)(const char *column, const void *context),
                           const void *context);
void attribute_inputs_free(struct attribute_inputs *inputs);

#endif
