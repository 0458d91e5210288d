#ifndef SLEEVE_FEATURES_EXTRACTOR_H
#define SLEEVE_FEATURES_EXTRACTOR_H

#include "features/feature_set.h"
#include "gpu/compute.h"
#include "ranks/ranks.h"
#include "vision/image.h"

/* An extractor computes the rows of a feature set for items of the catalogue: descriptors from covers, or numbers from
 * what the catalogue stores about tracks. All extractors are listed in extractors.h. */

/* Options for opening an extractor. Members that an extractor does not use may be NULL. */
struct extractor_options {
    const char *weights;         /* path of the network's weights */
    const char *const *settings; /* "key=value" */
    size_t n_settings;
    struct compute *compute;          /* device for networks */
    struct pool *pool;                /* threads for work on the CPU; NULL: only the caller's */
    struct extraction_report *report; /* filled by feature_sets_make; may be NULL */
    struct ranks *ranks;              /* that make a set together; NULL: one process */
};

/* What a set of covers was made from. */
struct extraction_report {
    size_t items, kept;                /* kept: rows of an earlier run */
    size_t stored, generated, without; /* by picture; `without` includes the broken ones */
    size_t broken;                     /* stored covers that cannot be decoded */
    size_t files, unreadable;          /* INPUT_MUSIC: tracks that have a file, and those whose file cannot be read */
};

/* Items to extract. Which fields are set depends on the extractor's input. */
struct extractor_batch {
    size_t count;
    const struct image *images;  /* INPUT_COVERS: [count] images of any size; `rgb` is NULL if the item has no cover */
    const float *prepared;       /* [count x prepared_size] for extractors with `prepare`; zeros without a cover */
    struct catalogue *catalogue; /* INPUT_CATALOGUE: the items first, first + 1, ... of this catalogue */
    int64_t first;
};

/* INPUT_MUSIC: the music files of tracks. The extractor's state is a `struct music_network`; it has no `extract`, and
 * its sets are made by features/music_sets.h. */
enum extractor_input { INPUT_COVERS, INPUT_CATALOGUE, INPUT_MUSIC };

struct extractor {
    const char *name;    /* also the name of the set */
    const char *summary; /* one line for help */
    enum feature_item item;
    enum extractor_input input;
    int width;                  /* numbers per item; 0: `open` reads it from the weights */
    int edge;                   /* INPUT_COVERS: edge of the square input, in pixels */
    const char *const *columns; /* [width] names of the numbers if each has its own unit; NULL: the row is one vector */
    bool takes_weights;         /* requires options->weights */
    bool takes_settings;
    /* May be NULL if there is nothing to prepare. On success *state is passed to `extract` and `close`. `options` and
     * its members live until `close`. *width is set to `width` beforehand. */
    enum status (*open)(const struct extractor_options *options, void **state, int *width, struct error *error);
    /* Fills rows [count x width] and present [count]. Rows are zero beforehand; a row that is not present stays zero.
     */
    enum status (*extract)(void *state, const struct extractor_options *options, const struct extractor_batch *batch,
                           float *rows, bool *present, struct error *error);
    void (*close)(void *state);

    /* For networks; NULL for others. What comes before the network is done on other threads, while the network computes
     * the batch before: `prepare` turns an image into prepared_size(state) floats. It is thread-safe. */
    size_t (*prepared_size)(const void *state);
    enum status (*prepare)(const void *state, const struct image *image, float *prepared, struct error *error);
    size_t (*batch)(const void *state); /* images that the network computes together; NULL: 64 */
    /* Metadata of the set: up to EXTRACTOR_METADATA_MAX pairs that live until `close`; returns their number. Rows are
     * kept and reused by the next run if the extractor has this function, all its pairs but WEIGHTS_PATH_KEY are the
     * same, and the item's cover has not changed. */
    size_t (*metadata)(const void *state, struct metadata_pair *pairs);
};

enum { EXTRACTOR_METADATA_MAX = 12 };

/* NULL-terminated. */
extern const struct extractor *const extractors[];
/* NULL if there is none with that name. */
const struct extractor *extractor_find(const char *name);
/* STATUS_USAGE with a message that lists the extractors. */
enum status extractor_unknown(const char *name, struct error *error);

/* An open extractor. */
struct open_extractor {
    const struct extractor *extractor;
    struct extractor_options options;
    void *state;
    int width;
};
/* Refuses weights and settings that the extractor does not use, and missing weights. Close it after a failure, too. */
enum status extractor_open(const struct extractor *extractor, const struct extractor_options *options,
                           struct open_extractor *open, struct error *error);
enum status extractor_extract(const struct open_extractor *open, const struct extractor_batch *batch, float *rows,
                              bool *present, struct error *error);
void extractor_close(struct open_extractor *open);

/* For extractors that process pictures one by one: calls `one` for the images that exist, on the pool's threads. `one`
 * is thread-safe and sets *present. */
enum status
extractor_each_image(const struct extractor_options *options, const struct extractor_batch *batch, int width,
                     enum status (*one)(const struct image *image, float *row, bool *present, struct error *error),
                     float *rows, bool *present, struct error *error);

enum { EXTRACTED_TOGETHER_MAX = 8 };

/* Makes the sets of up to EXTRACTED_TOGETHER_MAX extractors with the same item and input, for all items of the
 * catalogue. Each cover is decoded or drawn once for all of them. A set is written completely or not at all. If another
 * run is making the same set, this one is refused. All extractors get the same `options`. Rows of extractors with
 * `metadata` are kept in a file beside the set until it is complete (features/kept_rows.h), so a run that was stopped
 * in any way is continued by the next one. Its rows are the same but for rounding, which depends on how many are
 * computed together. An extractor of music makes all its sets (features/music_sets.h), and alone. Several ranks compute
 * a batch each at a time, with the same batches as one process, and only rank 0 writes and has a report. */
enum status feature_sets_make(struct catalogue *catalogue, const struct extractor *const wanted[], size_t n_wanted,
                              const struct extractor_options *options, struct progress *progress, struct error *error);

#endif
