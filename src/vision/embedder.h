#ifndef SLEEVE_VISION_EMBEDDER_H
#define SLEEVE_VISION_EMBEDDER_H

#include "core/progress.h"
#include "db/catalogue.h"
#include "gpu/compute.h"
#include "vision/image.h"

/* What turns a picture into a vector. */
struct embedder {
    const char *name; /* "gray16", "gist" */
    int dim;
    int edge; /* the square it looks at, in pixels */
    enum status (*embed)(const struct image *image, float *values, struct error *error); /* any size; thread-safe */
};

/* NULL-terminated table; later embedders join it. */
extern const struct embedder *const embedders[];
const struct embedder *embedder_find(const char *name);

/* An embedding set: values [n_albums x dim], row = album number - 1; zero rows where there was no cover. In
 * "embeddings/NAME.safetensors" of the sidecar folder: tensor "values"; metadata "albums.fingerprint" (a hash of the
 * keys of albums 1..n_albums, so that albums added later leave it valid), "embedder", and of how many albums the covers
 * were "covers.stored", "covers.generated", "covers.none". */
struct embedding_set {
    int64_t n_albums;
    int dim;
    const float *values;
    void *owner;
};

enum { EMBEDDERS_MAX = 8 };

/* Makes the sets of up to EMBEDDERS_MAX embedders, each cover being decoded or drawn (as large as the largest wants it)
 * once for all of them. A set is written whole or not at all. */
enum status embedding_sets_make(struct catalogue *catalogue, const struct embedder *const wanted[], size_t n_wanted,
                                struct pool *pool, struct progress *progress, struct error *error);
enum status embedding_set_open(struct catalogue *catalogue, const char *name, struct embedding_set *set,
                               struct error *error);
void embedding_set_close(struct embedding_set *set);
/* Names of the sets this catalogue has, one after another through `each`. */
enum status embedding_sets_list(struct catalogue *catalogue, void (*each)(const char *name, void *context),
                                void *context, struct error *error);

struct neighbour {
    int64_t album;
    float distance; /* Euclidean */
};
/* The k nearest other albums of one album, nearest first, ties by number; albums without a cover are left out. */
enum status embedding_neighbours(const struct embedding_set *set, int64_t album, size_t k, struct neighbour *out,
                                 size_t *count, struct error *error);

#endif
