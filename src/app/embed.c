#include "app/embed.h"

#include <stdlib.h>

#include "core/pool.h"

enum status app_embed(struct catalogue *catalogue, const struct embed_settings *settings, struct error *error)
{
    struct pool *pool = NULL;
    enum status status = pool_create(settings->threads, &pool, error);
    const struct extractor_options options = {.weights = settings->weights, .pool = pool};
    if (status == STATUS_OK)
        status = feature_sets_make(catalogue, &settings->extractor, 1, &options, settings->progress, error);
    pool_destroy(pool);
    return status;
}

static enum status embed_image(const struct open_extractor *open, const char *path,
                               enum status (*each)(const char *path, const float *values, int width,
                                                   struct error *error),
                               struct error *error)
{
    struct image fitted = {0};
    bool present = false;
    float *values = calloc((size_t)open->width, sizeof *values);
    enum status status = values ? image_load_fitted(path, COVER_EDGE, &fitted, error) : error_no_memory(error);
    const struct extractor_batch batch = {.count = 1, .images = &fitted};
    if (status == STATUS_OK)
        status = extractor_extract(open, &batch, values, &present, error);
    if (status == STATUS_OK)
        status = each(path, values, open->width, error);
    image_free(&fitted);
    free(values);
    return status;
}

enum status app_embed_images(const struct embed_settings *settings, const char *const *paths, int n_paths,
                             enum status (*each)(const char *path, const float *values, int width, struct error *error),
                             struct error *error)
{
    const struct extractor *extractor = settings->extractor;
    const struct extractor_options options = {.weights = settings->weights};
    struct open_extractor open;
    if (extractor->input != INPUT_COVERS)
        return error_set(error, STATUS_USAGE, "%s describes %s of the catalogue, not images", extractor->name,
                         feature_item_name(extractor->item));
    enum status status = extractor_open(extractor, &options, &open, error);
    for (int i = 0; status == STATUS_OK && i < n_paths; i++)
        status = embed_image(&open, paths[i], each, error);
    extractor_close(&open);
    return status;
}
