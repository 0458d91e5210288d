/* Rows of feature sets from music files, which several ranks share. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "features/music_sets_internal.h"
#include "features/row_exchange.h"

static enum status keep_rows(struct music_making *making, const size_t *tracks, size_t count, struct error *error)
{
    enum status status = STATUS_OK;
    for (int i = 0; status == STATUS_OK && i < MUSIC_ROWS; i++) {
        struct music_set *set = &making->sets[i];
        for (size_t t = 0; t < count; t++)
            set->kept.sources[tracks[t]] = making->sources[tracks[t]];
        if (music_sets_is_first(making))
            status = kept_rows_add(&set->kept, tracks, count, error);
    }
    making->n_read += count;
    return status;
}

static void say_unreadable(struct music_making *making, const char *why)
{
    log_message(LOG_WARNING, "%s; its track has no row", why);
    making->n_unreadable++;
}

static enum status finish_file(struct music_making *making, const struct music_chunk *chunk, struct error *error)
{
    const size_t file = making->first + chunk->file, track = making->tracks[file];
    const bool shared = ranks_size(making->ranks) > 1;
    if (chunk->status != STATUS_OK && chunk->status != STATUS_BAD_DATA) { /* not the file's fault */
        if (error)
            *error = chunk->error;
        return chunk->status;
    }
    if (chunk->status != STATUS_OK && shared) {
        struct music_unreadable *unreadable = &making->unreadable[making->n_failed++];
        memset(unreadable, 0, sizeof *unreadable); /* all bytes of it are sent */
        unreadable->file = file;
        snprintf(unreadable->why, sizeof unreadable->why, "%.500s", chunk->error.text);
        return STATUS_OK;
    }
    if (chunk->status != STATUS_OK) {
        say_unreadable(making, chunk->error.text);
        return STATUS_OK;
    }
    for (int i = 0; i < MUSIC_ROWS; i++) {
        struct music_set *set = &making->sets[i];
        music_rows_get(&making->rows[chunk->reader], (enum music_row)i, set->values + track * (size_t)set->width);
    }
    making->present[track] = true;
    if (!shared)
        return keep_rows(making, &track, 1, error);
    making->finished[making->n_finished++] = track;
    return STATUS_OK;
}

static enum status use_chunk(struct music_making *making, const struct music_chunk *chunk, struct error *error)
{
    struct music_rows *rows = &making->rows[chunk->reader];
    enum status status = STATUS_OK;
    if (chunk->count > 0) {
        status =
            music_network_run(making->network, chunk->count, chunk->patches, making->embeddings, making->tags, error);
        if (status == STATUS_OK)
            music_rows_add(rows, chunk->count, making->embeddings, making->tags);
    }
    if (status == STATUS_OK && chunk->last) {
        status = finish_file(making, chunk, error);
        music_rows_clear(rows);
    }
    return status;
}

static enum status read_chunks(struct music_making *making, struct music_reader *reader, struct error *error)
{
    struct music_chunk *chunk;
    enum status status = STATUS_OK;
    size_t done = 0;
    while (status == STATUS_OK && (chunk = music_reader_next(reader))) {
        bool last = chunk->last;
        status = use_chunk(making, chunk, error);
        music_reader_give_back(reader, chunk);
        done += last;
        if (last && ranks_size(making->ranks) == 1)
            progress_step(making->progress, (double)(making->n_kept + done));
        if ((status == STATUS_OK || status == STATUS_INTERRUPTED) && progress_cancelled(making->progress))
            status = error_set(error, STATUS_INTERRUPTED,
                               "stopped after %zu of %zu files; the same command continues from there",
                               making->n_kept + done, making->n_kept + making->n_paths);
    }
    return status;
}

static int readers_of(const struct music_making *making)
{
    const struct pool *pool = making->open.options.pool;
    size_t wanted = pool ? (size_t)pool_threads(pool) : 1;
    wanted = wanted < making->n_paths ? wanted : making->n_paths;
    return (int)(wanted < MUSIC_READERS_MAX ? wanted : MUSIC_READERS_MAX);
}

/* Gives the rows that this rank has read to all, and takes theirs. */
static enum status share_rows(struct music_making *making, struct error *error)
{
    enum status status = STATUS_OK;
    struct row_items tracks = {0};
    for (int i = 0; status == STATUS_OK && i < MUSIC_ROWS; i++) {
        const struct row_arrays rows = {making->sets[i].width, making->sets[i].values, making->present, NULL};
        row_items_free(&tracks);
        status = rows_exchange(making->ranks, &rows, making->finished, making->n_finished, &tracks, error);
    }
    if (status == STATUS_OK)
        status = keep_rows(making, tracks.items, tracks.count, error);
    row_items_free(&tracks);
    making->n_finished = 0;
    return status;
}

/* Rank 0 says what any rank could not read. */
static enum status share_failures(struct music_making *making, struct error *error)
{
    const size_t size = (size_t)ranks_size(making->ranks), bytes = sizeof making->unreadable;
    struct music_unreadable *all = calloc(size, bytes);
    size_t *sizes = calloc(size, sizeof *sizes);
    enum status status = all && sizes ? STATUS_OK : error_no_memory(error);
    for (size_t r = 0; status == STATUS_OK && r < size; r++)
        sizes[r] = bytes;
    for (size_t i = making->n_failed; i < MUSIC_FILES_TOGETHER; i++)
        memset(&making->unreadable[i], 0, sizeof making->unreadable[i]);
    if (status == STATUS_OK)
        status = ranks_gather(making->ranks, making->unreadable, sizes, all, error);
    for (size_t i = 0; status == STATUS_OK && i < size * MUSIC_FILES_TOGETHER; i++)
        if (all[i].why[0]) {
            all[i].why[sizeof all[i].why - 1] = '\0';
            say_unreadable(making, all[i].why);
        }
    free(all);
    free(sizes);
    making->n_failed = 0;
    return status;
}

static enum status read_files(struct music_making *making, size_t first, size_t count, struct error *error)
{
    struct music_reader *reader = NULL;
    enum status status = STATUS_OK;
    making->first = first;
    if (count == 0)
        return STATUS_OK;
    status = music_reader_create((const char *const *)making->paths + first, count, making->network, making->readers,
                                 &reader, error);
    if (status == STATUS_OK)
        status = read_chunks(making, reader, error);
    music_reader_destroy(reader);
    return status;
}

/* Each rank reads some files, then all exchange what they have. */
static enum status read_shared(struct music_making *making, struct error *error)
{
    const size_t size = (size_t)ranks_size(making->ranks), rank = (size_t)ranks_rank(making->ranks);
    const size_t together =
        making->n_paths / size < MUSIC_FILES_TOGETHER ? making->n_paths / size + 1 : MUSIC_FILES_TOGETHER;
    enum status status = STATUS_OK;
    for (size_t begin = 0; status == STATUS_OK && begin < making->n_paths; begin += size * together) {
        const size_t first = begin + rank * together, left = first < making->n_paths ? making->n_paths - first : 0;
        status = read_files(making, first, left < together ? left : together, error);
        if (status == STATUS_OK)
            status = share_rows(making, error);
        if (status == STATUS_OK)
            status = share_failures(making, error);
        if (status == STATUS_OK)
            progress_step(making->progress, (double)(making->n_kept + making->n_read + making->n_unreadable));
    }
    return status;
}

enum status music_sets_read(struct music_making *making, struct error *error)
{
    const struct music_network *network = making->network;
    const struct audionet_shape *shape = audionet_shape_of(network->net);
    int64_t most = audionet_batch(network->net);
    progress_stage(making->progress, making->extractor->name, "files", (double)(making->n_kept + making->n_paths));
    progress_resume(making->progress, (double)making->n_kept);
    if (making->n_paths == 0)
        return STATUS_OK;
    making->embeddings = malloc((size_t)(most * shape->width) * sizeof *making->embeddings);
    making->tags = malloc((size_t)(most * shape->tags) * sizeof *making->tags);
    enum status status = making->embeddings && making->tags ? STATUS_OK : error_no_memory(error);
    making->readers = readers_of(making);
    for (int i = 0; status == STATUS_OK && i < making->readers; i++) {
        status = music_rows_init(network, &making->rows[i], error);
        if (status == STATUS_OK)
            music_rows_clear(&making->rows[i]);
    }
    if (status == STATUS_OK)
        status =
            ranks_size(making->ranks) > 1 ? read_shared(making, error) : read_files(making, 0, making->n_paths, error);
    return status;
}
