#ifndef SLEEVE_FEATURES_FEATURE_SET_H
#define SLEEVE_FEATURES_FEATURE_SET_H

#include "core/lock_file.h"
#include "core/progress.h"
#include "core/safetensors.h"
#include "db/catalogue.h"

/* A feature set: numbers of fixed width for the albums or tracks 1..n_rows of a catalogue, such as cover descriptors
 * or audio features. It is the file "embeddings/NAME.safetensors" of the sidecar folder.
 *
 * values [n_rows x width], F32: row = number of the item - 1, missing rows are zero.
 *
 * missing [n x 1], I32: missing rows, ascending; omitted if there are none.
 *
 * sources [n_rows x 3], I64, optional: what each row was made from (features/kept_rows.h): a hash in two parts, then
 * origin (upper half) and colour of the cover. Metadata "made_with" identifies how.
 *
 * Metadata: "name", "item" ("albums" or "tracks"), "keys.fingerprint" (of the keys of items 1..n_rows, so that the
 * set stays valid when items are added), "extractor", optionally "columns" (their names, one per line),
 * "random_weights" ("true" if the network that it was made with, directly or not, was not trained), and what the
 * extractor adds. Files of version 0.1 have "albums.fingerprint", "embedder" and no "missing": rows of zeros are
 * missing. */

enum feature_item { FEATURE_ALBUMS, FEATURE_TRACKS };
const char *feature_item_name(enum feature_item item); /* "albums", "tracks" */

enum {
    FEATURE_NAME_MAX = 64,
    FEATURE_SETS_MAX = 7, /* in one model */
};

/* At most FEATURE_NAME_MAX letters, digits, "_", "." and "-", no "." first. Not "song", the name of the other part of a
 * score. */
bool feature_set_name_is_usable(const char *name);

struct feature_set {
    enum feature_item item;
    int64_t n_rows;
    int width;
    const float *values; /* [n_rows x width] */
    const bool *present; /* [n_rows]; NULL: a row is missing if all its values are 0 */
    int64_t n_present;
    /* [width]; NULL if a row is one vector. Named columns have different units, so distances and models use them
     * standardised; a value that is not finite is unknown. Vectors contain only finite values. */
    const char *const *columns;
    const char *extractor;  /* name of the extractor; "" if unknown */
    bool random_weights;    /* the extractor's network was not trained: its vectors show nothing about covers */
    const int64_t *sources; /* [n_rows x 3]; NULL if not stored */
    const char *made_with;  /* NULL if not stored */
    void *owner;
};

/* Refuses damaged files, and files of another catalogue or of another set. A set that does not exist is STATUS_FAILED.
 */
enum status feature_set_open(struct catalogue *catalogue, const char *name, struct feature_set *set,
                             struct error *error);
void feature_set_close(struct feature_set *set);
bool feature_set_has(const struct feature_set *set, int64_t row);
/* The value of a metadata key of the file; NULL if it is missing. Valid until the set is closed. */
const char *feature_set_metadata(const struct feature_set *set, const char *key);
/* The same for a set that is not open: reads the file's header only, and appends to *text. Appends nothing if there is
 * no such key, or no such set. */
enum status feature_set_metadata_read(const struct catalogue *catalogue, const char *name, const char *key,
                                      struct buffer *text, struct error *error);

/* Warns if a set was made, directly or not, with random weights: what is computed from it says nothing about covers. */
void feature_set_warn(const struct catalogue *catalogue, const char *name);

/* Writes the file completely or not at all; `more` are additional metadata. */
enum status feature_set_write(struct catalogue *catalogue, const char *name, const struct feature_set *set,
                              const struct metadata_pair *more, size_t n_more, struct error *error);
/* A lock on a set while it is made or removed; refused while another process has it. */
enum status feature_set_lock(const struct catalogue *catalogue, const char *name, struct lock_file *lock,
                             struct error *error);
/* Removes the set's file, even if it is not a valid set. A set that does not exist is STATUS_USAGE. */
enum status feature_set_remove(struct catalogue *catalogue, const char *name, struct error *error);

/* Calls `each` for the sets of this catalogue, ordered by name; a file that cannot be read counts as a set of albums.
 * The second function lists only the sets for one kind of item. */
enum status feature_sets_list(struct catalogue *catalogue, void (*each)(const char *name, void *context), void *context,
                              struct error *error);
enum status feature_sets_list_of(struct catalogue *catalogue, enum feature_item item,
                                 void (*each)(const char *name, void *context), void *context, struct error *error);

struct neighbour {
    int64_t item; /* item number */
    float distance;
};
/* The k nearest other items by Euclidean distance, nearest first, ties by number. Items without a row are left out. */
enum status feature_neighbours(const struct feature_set *set, int64_t item, size_t k, struct neighbour *out,
                               size_t *count, struct error *error);

/* Statistics of one column over the rows that are present. */
struct column_statistics {
    int64_t n_finite, n_not_finite;
    double mean, deviation; /* of the finite values; the population's standard deviation */
    float low, high;
};
bool column_is_constant(const struct column_statistics *column); /* or without any finite value */
void feature_set_statistics(const struct feature_set *set, struct column_statistics *columns);
/* Standardises each column (minus its mean, divided by its standard deviation) into out [n_rows x width]. Unknown
 * values, missing rows and constant columns become 0. */
void feature_set_standardise(const struct feature_set *set, const struct column_statistics *columns, float *out);
/* Appends the names of the columns for which `is_one` holds, at most `most` of them ("a, b and 3 more"); columns
 * without names are numbered from 1. Returns their number. */
int feature_set_name_columns(const struct feature_set *set, const struct column_statistics *columns,
                             bool (*is_one)(const struct column_statistics *column), int most, struct buffer *names);

#endif
