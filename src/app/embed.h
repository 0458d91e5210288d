#ifndef SLEEVE_APP_EMBED_H
#define SLEEVE_APP_EMBED_H

#include "app/device.h"
#include "core/progress.h"
#include "features/extractor.h"

/* Feature sets from extractors, and what an extractor makes of single images. */

struct embed_settings {
    const struct extractor *extractor;
    const char *weights;         /* file of the network's weights; NULL: none is given */
    const char *const *settings; /* "key=value" */
    size_t n_settings;
    int threads;               /* 0: all */
    struct device_use *device; /* for networks */
    struct progress *progress;
    struct ranks *ranks; /* that make a set of the catalogue together; only rank 0 has a report. NULL: one process */
};

/* Makes the extractor's set of the catalogue's albums or tracks (feature_sets_make). A network whose device fails
 * continues on the CPU. */
enum status app_embed(struct catalogue *catalogue, const struct embed_settings *settings,
                      struct extraction_report *report, struct error *error);

/* Calls `each` with the row of every image, in their order. Images are fitted as covers are, before the extractor's own
 * preparation. An image that cannot be read is logged and left out; the status is then STATUS_BAD_DATA, after all other
 * images. An image that has no row gets zeros. STATUS_USAGE where the extractor does not read images. */
enum status app_embed_images(const struct embed_settings *settings, const char *const *paths, size_t n_paths,
                             enum status (*each)(const char *path, const float *values, int width, struct error *error),
                             struct error *error);

#endif
