#ifndef SLEEVE_APP_EMBED_H
#define SLEEVE_APP_EMBED_H

#include "core/progress.h"
#include "features/extractor.h"

/* Feature sets from extractors, and what an extractor makes of single images. */

struct embed_settings {
    const struct extractor *extractor;
    const char *weights; /* file of the network's weights; NULL: none is given */
    int threads;         /* 0: all */
    struct progress *progress;
};

/* Makes the extractor's set of the catalogue's albums or tracks (feature_sets_make). */
enum status app_embed(struct catalogue *catalogue, const struct embed_settings *settings, struct error *error);

/* Calls `each` with the row of every image, in their order, until one fails. Images are cut and scaled as covers are.
 * An image that has no row gets zeros. STATUS_USAGE where the extractor does not read images. */
enum status app_embed_images(const struct embed_settings *settings, const char *const *paths, int n_paths,
                             enum status (*each)(const char *path, const float *values, int width, struct error *error),
                             struct error *error);

#endif
