#include "app/embed_music.h"

#include <stdlib.h>

#include "core/log.h"
#include "core/pool.h"
#include "features/music_network.h"
#include "features/music_reader.h"

struct embedding {
    const struct embed_settings *settings;
    bool by_patch;
    const char *const *paths;
    size_t n_paths, done, failed;
    enum status (*each)(const struct music_result *result, void *context, struct error *error);
    void *context;
    struct extractor_options options;
    struct open_extractor open;
    const struct music_network *network;
    struct music_rows rows;
    float *embeddings, *tags; /* of a chunk */
};

static enum status give(const struct embedding *embedding, size_t file, int64_t first, int64_t patches,
                        const float *row, const float *tags, struct error *error)
{
    const struct music_network *network = embedding->network;
    const struct audionet_shape *shape = audionet_shape_of(network->net);
    double patch = (double)shape->frames * network->settings.hop / network->settings.rate;
    const struct music_result result = {.path = embedding->paths[file],
                                        .start = (double)first * patch,
                                        .seconds = (double)patches * patch,
                                        .patches = patches,
                                        .width = (int)shape->width,
                                        .n_tags = (int)shape->tags,
                                        .embedding = row,
                                        .tags = tags,
                                        .tag_names = network->tags};
    return embedding->each(&result, embedding->context, error);
}

static enum status add_patches(struct embedding *embedding, const struct music_chunk *chunk, struct error *error)
{
    struct music_rows *rows = &embedding->rows;
    int64_t before = rows->patches;
    enum status status = music_network_run(embedding->network, chunk->count, chunk->patches, embedding->embeddings,
                                           embedding->tags, error);
    if (status != STATUS_OK)
        return status;
    music_rows_add(rows, chunk->count, embedding->embeddings, embedding->tags);
    for (int64_t i = 0; embedding->by_patch && status == STATUS_OK && i < chunk->count; i++)
        status = give(embedding, chunk->file, before + i, 1, embedding->embeddings + i * rows->width,
                      embedding->tags + i * rows->tags, error);
    return status;
}

static enum status end_file(struct embedding *embedding, const struct music_chunk *chunk, struct error *error)
{
    enum status status = STATUS_OK;
    if (chunk->status != STATUS_OK && chunk->status != STATUS_BAD_DATA) { /* not the file's fault */
        if (error)
            *error = chunk->error;
        return chunk->status;
    }
    if (chunk->status != STATUS_OK) {
        embedding->failed++;
        log_message(LOG_ERROR, "%s", chunk->error.text);
    } else if (!embedding->by_patch) {
        music_rows_get(&embedding->rows, MUSIC_MEAN, embedding->embeddings);
        music_rows_get(&embedding->rows, MUSIC_TAGS_MEAN, embedding->tags);
        status =
            give(embedding, chunk->file, 0, embedding->rows.patches, embedding->embeddings, embedding->tags, error);
    }
    music_rows_clear(&embedding->rows);
    embedding->done++;
    progress_step(embedding->settings->progress, (double)embedding->done);
    return status;
}

static enum status use_chunks(struct embedding *embedding, struct music_reader *reader, size_t first,
                              struct error *error)
{
    struct music_chunk *chunk;
    enum status status = STATUS_OK;
    while (status == STATUS_OK && (chunk = music_reader_next(reader))) {
        chunk->file += chunk->last || chunk->count > 0 ? first : 0;
        if (chunk->count > 0)
            status = add_patches(embedding, chunk, error);
        if (status == STATUS_OK && chunk->last)
            status = end_file(embedding, chunk, error);
        music_reader_give_back(reader, chunk);
        if ((status == STATUS_OK || status == STATUS_INTERRUPTED) && progress_cancelled(embedding->settings->progress))
            status = error_set(error, STATUS_INTERRUPTED, "stopped after %zu of %zu files", embedding->done,
                               embedding->n_paths);
    }
    return status;
}

static enum status embed_files(struct embedding *embedding, struct error *error)
{
    const struct music_network *network = embedding->network = embedding->open.state;
    const struct audionet_shape *shape = audionet_shape_of(network->net);
    int64_t most = audionet_batch(network->net);
    size_t first = embedding->done;
    struct music_reader *reader = NULL;
    progress_stage(embedding->settings->progress, embedding->open.extractor->name, "files", (double)embedding->n_paths);
    progress_resume(embedding->settings->progress, (double)first);
    embedding->embeddings = malloc((size_t)(most * shape->width) * sizeof *embedding->embeddings);
    embedding->tags = malloc((size_t)(most * shape->tags) * sizeof *embedding->tags);
    enum status status = embedding->embeddings && embedding->tags ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK)
        status = music_rows_init(network, &embedding->rows, error);
    if (status == STATUS_OK) {
        music_rows_clear(&embedding->rows);
        /* One thread reads ahead, so that files come in their order. */
        status = music_reader_create(embedding->paths + first, embedding->n_paths - first, network, 1, &reader, error);
    }
    if (status == STATUS_OK)
        status = use_chunks(embedding, reader, first, error);
    if (status == STATUS_OK)
        progress_end(embedding->settings->progress);
    music_reader_destroy(reader);
    return status;
}

/* Runs again from the first file that was not given where the device fails. */
static enum status embed_rest(void *context, struct compute *compute, struct error *error)
{
    struct embedding *embedding = context;
    embedding->options.compute = compute;
    enum status status = extractor_open(embedding->settings->extractor, &embedding->options, &embedding->open, error);
    if (status == STATUS_OK)
        status = embed_files(embedding, error);
    music_rows_free(&embedding->rows);
    free(embedding->embeddings);
    free(embedding->tags);
    embedding->embeddings = embedding->tags = NULL;
    extractor_close(&embedding->open);
    return status;
}

enum status app_embed_music(const struct embed_settings *settings, bool by_patch, const char *const *paths,
                            size_t n_paths,
                            enum status (*each)(const struct music_result *result, void *context, struct error *error),
                            void *context, struct error *error)
{
    struct pool *pool = NULL;
    if (settings->extractor->input != INPUT_MUSIC)
        return error_set(error, STATUS_USAGE, "%s does not read music files", settings->extractor->name);
    struct embedding embedding = {
        .settings = settings,
        .by_patch = by_patch,
        .paths = paths,
        .n_paths = n_paths,
        .each = each,
        .context = context,
        .options = {.weights = settings->weights, .settings = settings->settings, .n_settings = settings->n_settings}};
    enum status status = pool_create(settings->threads, &pool, error);
    embedding.options.pool = pool;
    if (status == STATUS_OK)
        status = device_run(settings->device, &(struct device_work){embed_rest, &embedding}, error);
    if (status == STATUS_OK && embedding.failed > 0)
        status = error_set(error, STATUS_BAD_DATA, "%zu of %zu files could not be read", embedding.failed, n_paths);
    pool_destroy(pool);
    return status;
}
