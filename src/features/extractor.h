#ifndef SLEEVE_FEATURES_EXTRACTOR_H
#define SLEEVE_FEATURES_EXTRACTOR_H

#include "features/feature_set.h"
#include "gpu/compute.h"
#include "vision/image.h"

/* An extractor turns items of the catalogue into the rows of a feature set: covers into descriptors, tracks into what
 * the catalogue knows of them. The list of them is in extractors.h. */

/* What an extractor is opened with. What it does not use may be NULL. */
struct extractor_options {
    const char *weights;         /* file of the network's weights */
    const char *const *settings; /* "key=value" */
    size_t n_settings;
    struct compute *compute; /* the device that networks run on */
    struct pool *pool;       /* threads for work on the CPU; NULL: the caller's alone */
};

/* Items to extract. Which fields are set depends on the extractor's input. */
struct extractor_batch {
    size_t count;
    const struct image *images;  /* INPUT_COVERS: [count] of any size; `rgb` is NULL where the item has no cover */
    struct catalogue *catalogue; /* INPUT_CATALOGUE: the items first, first + 1, ... of this catalogue */
    int64_t first;
};

enum extractor_input { INPUT_COVERS, INPUT_CATALOGUE };

struct extractor {
    const char *name;    /* the name of the set, too */
    const char *summary; /* one line for help */
    enum feature_item item;
    enum extractor_input input;
    int width;                  /* numbers an item; 0: `open` finds it in the weights */
    int edge;                   /* INPUT_COVERS: the square that it looks at, in pixels */
    const char *const *columns; /* [width] names of the numbers, where each has its own unit; NULL: it is one vector */
    bool takes_weights;         /* needs options->weights */
    bool takes_settings;
    /* May be NULL when there is nothing to prepare. On success *state goes to `extract` and `close`. `options` and
     * what it points to live until `close`. *width is set to `width` beforehand. */
    enum status (*open)(const struct extractor_options *options, void **state, int *width, struct error *error);
    /* Fills rows [count x width] and present [count]. A row that is not present is left as it was, which is zero. */
    enum status (*extract)(void *state, const struct extractor_options *options, const struct extractor_batch *batch,
                           float *rows, bool *present, struct error *error);
    void (*close)(void *state);
};

/* NULL-terminated. */
extern const struct extractor *const extractors[];
/* NULL when there is none of that name. */
const struct extractor *extractor_find(const char *name);
/* STATUS_USAGE with the names that there are. */
enum status extractor_unknown(const char *name, struct error *error);

/* An extractor that is open. */
struct open_extractor {
    const struct extractor *extractor;
    struct extractor_options options;
    void *state;
    int width;
};
/* Refuses weights and settings that the extractor does not take, and missing weights. Close it also when this failed.
 */
enum status extractor_open(const struct extractor *extractor, const struct extractor_options *options,
                           struct open_extractor *open, struct error *error);
enum status extractor_extract(const struct open_extractor *open, const struct extractor_batch *batch, float *rows,
                              bool *present, struct error *error);
void extractor_close(struct open_extractor *open);

/* For extractors that compute each picture alone: calls `one` for the images that are there, over the pool's threads.
 * `one` is thread-safe and sets *present. */
enum status
extractor_each_image(const struct extractor_options *options, const struct extractor_batch *batch, int width,
                     enum status (*one)(const struct image *image, float *row, bool *present, struct error *error),
                     float *rows, bool *present, struct error *error);

enum { EXTRACTED_TOGETHER_MAX = 8 };

/* Makes the sets of up to EXTRACTED_TOGETHER_MAX extractors of the same item and input, for all items of the
 * catalogue; each cover is decoded or drawn once for all of them. A set is written whole or not at all; two runs that
 * make the same set at a time: the second is refused. `options` go to all of them. */
enum status feature_sets_make(struct catalogue *catalogue, const struct extractor *const wanted[], size_t n_wanted,
                              const struct extractor_options *options, struct progress *progress, struct error *error);

#endif
