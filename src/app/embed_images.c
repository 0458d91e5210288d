/* What an extractor makes of image files, in batches. */
#include <stdlib.h>
#include <string.h>

#include "app/embed.h"
#include "core/log.h"
#include "core/pool.h"

enum { BATCH_MAX = 64 };

struct embedding {
    const struct embed_settings *settings;
    const char *const *paths;
    size_t n_paths, done, failed;
    enum status (*each)(const char *path, const float *values, int width, struct error *error);
    struct extractor_options options;
    struct open_extractor open;
    /* The batch. */
    const char *const *at;
    size_t count, prepared_size;
    struct image images[BATCH_MAX];
    enum status statuses[BATCH_MAX];
    struct error errors[BATCH_MAX];
    bool present[BATCH_MAX];
    float *prepared, *rows;
};

static void read_image(void *context, size_t i, int worker)
{
    (void)worker;
    struct embedding *embedding = context;
    const struct open_extractor *open = &embedding->open;
    struct error *error = &embedding->errors[i];
    enum status status = image_load_fitted(embedding->at[i], COVER_EDGE, &embedding->images[i], error);
    if (status == STATUS_OK && embedding->prepared)
        status = open->extractor->prepare(open->state, &embedding->images[i],
                                          embedding->prepared + i * embedding->prepared_size, error);
    embedding->statuses[i] = status;
}

/* A failure other than a bad image ends the work. */
static enum status check_images(const struct embedding *embedding, struct error *error)
{
    for (size_t i = 0; i < embedding->count; i++)
        if (embedding->statuses[i] != STATUS_OK && embedding->statuses[i] != STATUS_BAD_DATA) {
            if (error)
                *error = embedding->errors[i];
            return embedding->statuses[i];
        }
    return STATUS_OK;
}

static enum status give_rows(struct embedding *embedding, struct error *error)
{
    size_t width = (size_t)embedding->open.width;
    enum status status = STATUS_OK;
    for (size_t i = 0; i < embedding->count && status == STATUS_OK; i++) {
        if (embedding->statuses[i] == STATUS_OK) {
            status = embedding->each(embedding->at[i], embedding->rows + i * width, (int)width, error);
        } else {
            embedding->failed++;
            log_message(LOG_ERROR, "%s", embedding->errors[i].text);
        }
    }
    return status;
}

static enum status embed_batch(struct embedding *embedding, struct error *error)
{
    size_t width = (size_t)embedding->open.width;
    memset(embedding->rows, 0, embedding->count * width * sizeof *embedding->rows);
    memset(embedding->present, 0, sizeof embedding->present);
    if (embedding->prepared)
        memset(embedding->prepared, 0, embedding->count * embedding->prepared_size * sizeof *embedding->prepared);
    pool_run(embedding->options.pool, embedding->count, read_image, embedding);
    const struct extractor_batch batch = {
        .count = embedding->count, .images = embedding->images, .prepared = embedding->prepared};
    enum status status = check_images(embedding, error);
    if (status == STATUS_OK)
        status = extractor_extract(&embedding->open, &batch, embedding->rows, embedding->present, error);
    if (status == STATUS_OK)
        status = give_rows(embedding, error);
    for (size_t i = 0; i < embedding->count; i++) {
        image_free(&embedding->images[i]);
        embedding->images[i] = (struct image){0};
    }
    return status;
}

static enum status embed_batches(struct embedding *embedding, struct error *error)
{
    struct progress *progress = embedding->settings->progress;
    const struct extractor *extractor = embedding->open.extractor;
    size_t most = extractor->batch ? extractor->batch(embedding->open.state) : BATCH_MAX;
    most = most > BATCH_MAX ? BATCH_MAX : most;
    progress_stage(progress, extractor->name, "images", (double)embedding->n_paths);
    progress_resume(progress, (double)embedding->done);
    while (embedding->done < embedding->n_paths) {
        size_t left = embedding->n_paths - embedding->done;
        embedding->at = embedding->paths + embedding->done;
        embedding->count = left < most ? left : most;
        enum status status = embed_batch(embedding, error);
        if (status != STATUS_OK)
            return status;
        embedding->done += embedding->count;
        progress_step(progress, (double)embedding->done);
        if (progress_cancelled(progress))
            return error_set(error, STATUS_INTERRUPTED, "stopped after %zu of %zu images", embedding->done,
                             embedding->n_paths);
    }
    progress_end(progress);
    return STATUS_OK;
}

/* Runs again from the first image without a row where the device fails. */
static enum status embed_rest(void *context, struct compute *compute, struct error *error)
{
    struct embedding *embedding = context;
    const struct extractor *extractor = embedding->settings->extractor;
    embedding->options.compute = compute;
    enum status status = extractor_open(extractor, &embedding->options, &embedding->open, error);
    if (status == STATUS_OK) {
        embedding->rows = calloc((size_t)embedding->open.width * BATCH_MAX, sizeof *embedding->rows);
        if (extractor->prepare) {
            embedding->prepared_size = extractor->prepared_size(embedding->open.state);
            embedding->prepared = calloc(embedding->prepared_size * BATCH_MAX, sizeof *embedding->prepared);
        }
        bool ready = embedding->rows && (embedding->prepared || !extractor->prepare);
        status = ready ? embed_batches(embedding, error) : error_no_memory(error);
    }
    free(embedding->rows);
    free(embedding->prepared);
    embedding->rows = embedding->prepared = NULL;
    extractor_close(&embedding->open);
    return status;
}

enum status app_embed_images(const struct embed_settings *settings, const char *const *paths, size_t n_paths,
                             enum status (*each)(const char *path, const float *values, int width, struct error *error),
                             struct error *error)
{
    const struct extractor *extractor = settings->extractor;
    if (extractor->input != INPUT_COVERS)
        return error_set(error, STATUS_USAGE, "%s describes %s of the catalogue, not images", extractor->name,
                         feature_item_name(extractor->item));
    struct embedding *embedding = calloc(1, sizeof *embedding);
    struct pool *pool = NULL;
    enum status status = embedding ? pool_create(settings->threads, &pool, error) : error_no_memory(error);
    if (status == STATUS_OK) {
        *embedding = (struct embedding){.settings = settings, .paths = paths, .n_paths = n_paths, .each = each};
        embedding->options = (struct extractor_options){.weights = settings->weights,
                                                        .settings = settings->settings,
                                                        .n_settings = settings->n_settings,
                                                        .pool = pool};
        status = extractor->takes_weights
                     ? device_run(settings->device, &(struct device_work){embed_rest, embedding}, error)
                     : embed_rest(embedding, NULL, error);
    }
    if (status == STATUS_OK && embedding->failed > 0)
        status = error_set(error, STATUS_BAD_DATA, "%zu of %zu images could not be read", embedding->failed, n_paths);
    pool_destroy(pool);
    free(embedding);
    return status;
}
