#include "features/music_sets.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/hash.h"
#include "core/log.h"
#include "db/track_file.h"
#include "features/kept_rows.h"
#include "features/music_reader.h"
#include "vit/weights_fingerprint.h"

struct music_set {
    char name[FEATURE_NAME_MAX + 1];
    int width;
    float *values; /* [n x width] */
    struct kept_rows kept;
    struct lock_file lock;
};

struct making {
    struct catalogue *catalogue;
    const struct extractor *extractor;
    struct open_extractor open;
    const struct music_network *network;
    struct progress *progress;
    size_t n; /* tracks */
    struct music_set sets[MUSIC_ROWS];
    struct metadata_pair metadata[EXTRACTOR_METADATA_MAX];
    size_t n_metadata;
    char made_with[33];
    bool *present;              /* [n] */
    struct row_source *sources; /* [n] */
    /* Files to read. */
    char **paths;
    size_t *tracks; /* index of the track of each */
    size_t n_paths, capacity;
    size_t n_kept, n_absent, n_unreadable, n_read;
    struct music_rows rows[MUSIC_READERS_MAX];
    int readers;
    float *embeddings, *tags; /* of a chunk */
};

/* ---- which files are read ---- */

static struct row_source source_of(const struct stat *file)
{
    const int64_t numbers[] = {file->st_size, file->st_mtim.tv_sec, file->st_mtim.tv_nsec};
    struct hash hash;
    hash_begin(&hash);
    hash_add(&hash, numbers, sizeof numbers);
    return (struct row_source){.hash = {hash.a, hash.b | 1}};
}

static bool all_have(const struct making *making, size_t track, const struct row_source *source)
{
    for (int i = 0; i < MUSIC_ROWS; i++)
        if (!kept_rows_has(&making->sets[i].kept, track, source))
            return false;
    return true;
}

static void keep(struct making *making, size_t track)
{
    making->present[track] = true;
    making->sources[track] = making->sets[0].kept.sources[track];
    making->n_kept++;
}

static enum status add_path(struct making *making, size_t track, const char *path, struct error *error)
{
    if (making->n_paths == making->capacity) {
        size_t capacity = making->capacity * 2 + 64;
        char **paths = realloc(making->paths, capacity * sizeof *paths);
        making->paths = paths ? paths : making->paths;
        size_t *tracks = realloc(making->tracks, capacity * sizeof *tracks);
        making->tracks = tracks ? tracks : making->tracks;
        if (!paths || !tracks)
            return error_no_memory(error);
        making->capacity = capacity;
    }
    making->tracks[making->n_paths] = track;
    making->paths[making->n_paths] = strdup(path);
    if (!making->paths[making->n_paths])
        return error_no_memory(error);
    making->n_paths++;
    return STATUS_OK;
}

static enum status plan_track(struct making *making, size_t track, const char *path, struct error *error)
{
    struct stat file;
    if (stat(path, &file) != 0) { /* read it all the same if there is no row: the message says why it cannot be */
        const struct row_source *before = &making->sets[0].kept.sources[track];
        if (!all_have(making, track, before))
            return add_path(making, track, path, error);
        keep(making, track);
        making->n_absent++;
        return STATUS_OK;
    }
    struct row_source source = source_of(&file);
    if (all_have(making, track, &source)) {
        keep(making, track);
        return STATUS_OK;
    }
    making->sources[track] = source;
    return add_path(making, track, path, error);
}

static enum status plan(struct making *making, struct error *error)
{
    struct buffer path = {0};
    enum status status = STATUS_OK;
    for (size_t track = 0; status == STATUS_OK && track < making->n; track++) {
        buffer_clear(&path);
        status = catalogue_track_file(making->catalogue, (int64_t)track + 1, &path, error);
        if (status == STATUS_OK && path.size > 0 && !memchr(path.data, 0, path.size))
            status = plan_track(making, track, path.data, error);
    }
    buffer_free(&path);
    if (status == STATUS_OK && making->n_paths + making->n_kept == 0)
        status = error_set(error, STATUS_FAILED,
                           "no track of the catalogue has a music file; `sleeve import library FOLDER` reads a folder "
                           "of music");
    return status;
}

/* ---- reading ---- */

static enum status finish_file(struct making *making, const struct music_chunk *chunk, struct error *error)
{
    size_t track = making->tracks[chunk->file];
    struct music_rows *rows = &making->rows[chunk->reader];
    enum status status = STATUS_OK;
    if (chunk->status != STATUS_OK) {
        log_message(LOG_WARNING, "%s; its track has no row", chunk->error.text);
        making->n_unreadable++;
        return STATUS_OK;
    }
    for (int i = 0; status == STATUS_OK && i < MUSIC_ROWS; i++) {
        struct music_set *set = &making->sets[i];
        music_rows_get(rows, (enum music_row)i, set->values + track * (size_t)set->width);
        set->kept.sources[track] = making->sources[track];
        status = kept_rows_add(&set->kept, &track, 1, error);
    }
    making->present[track] = true;
    making->n_read++;
    return status;
}

static enum status use_chunk(struct making *making, const struct music_chunk *chunk, struct error *error)
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

static enum status read_chunks(struct making *making, struct music_reader *reader, struct error *error)
{
    struct music_chunk *chunk;
    enum status status = STATUS_OK;
    size_t done = 0;
    while (status == STATUS_OK && (chunk = music_reader_next(reader))) {
        bool last = chunk->last;
        status = use_chunk(making, chunk, error);
        music_reader_give_back(reader, chunk);
        done += last;
        if (last)
            progress_step(making->progress, (double)(making->n_kept + done));
        if (status == STATUS_OK && progress_cancelled(making->progress))
            status = error_set(error, STATUS_INTERRUPTED,
                               "stopped after %zu of %zu files; the same command continues from there",
                               making->n_kept + done, making->n_kept + making->n_paths);
    }
    return status;
}

static int readers_of(const struct making *making)
{
    const struct pool *pool = making->open.options.pool;
    size_t wanted = pool ? (size_t)pool_threads(pool) : 1;
    wanted = wanted < making->n_paths ? wanted : making->n_paths;
    return (int)(wanted < MUSIC_READERS_MAX ? wanted : MUSIC_READERS_MAX);
}

static enum status read_all(struct making *making, struct error *error)
{
    const struct music_network *network = making->network;
    const struct audionet_shape *shape = audionet_shape_of(network->net);
    int64_t most = audionet_batch(network->net);
    struct music_reader *reader = NULL;
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
        status = music_reader_create((const char *const *)making->paths, making->n_paths, network, making->readers,
                                     &reader, error);
    if (status == STATUS_OK)
        status = read_chunks(making, reader, error);
    music_reader_destroy(reader);
    return status;
}

/* ---- writing ---- */

static enum status write_set(const struct making *making, enum music_row row, struct error *error)
{
    const struct music_set *made = &making->sets[row];
    bool tags = row == MUSIC_TAGS_MEAN || row == MUSIC_TAGS_MAX;
    int64_t *sources = malloc((making->n + 1) * 3 * sizeof *sources);
    if (!sources)
        return error_no_memory(error);
    for (size_t i = 0; i < making->n; i++) {
        const struct row_source source = making->present[i] ? making->sources[i] : (struct row_source){.hash = {0}};
        sources[3 * i] = (int64_t)source.hash[0];
        sources[3 * i + 1] = (int64_t)source.hash[1];
        sources[3 * i + 2] = 0;
    }
    const struct feature_set set = {.item = FEATURE_TRACKS,
                                    .n_rows = (int64_t)making->n,
                                    .width = made->width,
                                    .values = made->values,
                                    .present = making->present,
                                    .columns = tags ? making->network->tags : NULL,
                                    .extractor = making->extractor->name,
                                    .sources = sources,
                                    .made_with = making->made_with};
    enum status status =
        feature_set_write(making->catalogue, made->name, &set, making->metadata, making->n_metadata, error);
    free(sources);
    return status;
}

/* Rows that were read from earlier runs and are not used. */
static void clear_absent(struct making *making)
{
    for (int i = 0; i < MUSIC_ROWS; i++) {
        const struct music_set *set = &making->sets[i];
        for (size_t track = 0; track < making->n; track++)
            if (!making->present[track])
                memset(set->values + track * (size_t)set->width, 0, (size_t)set->width * sizeof *set->values);
    }
}

static void report(const struct making *making)
{
    struct extraction_report *out = making->open.options.report;
    if (making->n_absent > 0)
        log_message(LOG_WARNING, "%zu files are not there now; the rows of their tracks stay as they were",
                    making->n_absent);
    if (making->n_unreadable > 0)
        log_message(LOG_WARNING, "%zu of %zu files could not be read; their tracks have no row", making->n_unreadable,
                    making->n_paths + making->n_kept);
    if (out)
        *out = (struct extraction_report){.items = making->n,
                                          .kept = making->n_kept,
                                          .files = making->n_paths + making->n_kept,
                                          .unreadable = making->n_unreadable};
}

static enum status write_all(struct making *making, struct error *error)
{
    enum status status = STATUS_OK;
    clear_absent(making);
    report(making);
    if (making->n_read + making->n_kept == 0)
        return error_set(error, STATUS_BAD_DATA, "none of the %zu files could be read; nothing was changed",
                         making->n_paths);
    for (int i = 0; status == STATUS_OK && i < MUSIC_ROWS; i++)
        status = write_set(making, (enum music_row)i, error);
    return status;
}

/* ---- opening ---- */

/* Where the weights are does not change the rows. */
static void set_made_with(struct making *making)
{
    struct hash hash;
    hash_begin(&hash);
    hash_add(&hash, making->extractor->name, strlen(making->extractor->name) + 1);
    for (size_t i = 0; i < making->n_metadata; i++) {
        const struct metadata_pair *pair = &making->metadata[i];
        if (strcmp(pair->key, WEIGHTS_PATH_KEY) == 0 || strcmp(pair->key, "weights.name") == 0)
            continue;
        hash_add(&hash, pair->key, strlen(pair->key) + 1);
        hash_add(&hash, pair->value, strlen(pair->value) + 1);
    }
    hash_end(hash, making->made_with);
}

static enum status open_set(struct making *making, enum music_row row, struct error *error)
{
    struct music_set *set = &making->sets[row];
    snprintf(set->name, sizeof set->name, "%s%s", making->extractor->name, music_row_suffix(row));
    set->width = (int)music_row_width(making->network, row);
    set->values = calloc(making->n * (size_t)set->width, sizeof *set->values);
    if (!set->values)
        return error_no_memory(error);
    enum status status = feature_set_lock(making->catalogue, set->name, &set->lock, error);
    return status == STATUS_OK ? kept_rows_open(making->catalogue, set->name, making->made_with, making->n, set->width,
                                                set->values, &set->kept, error)
                               : status;
}

static enum status open_all(struct making *making, const struct extractor_options *options, struct error *error)
{
    struct catalogue_counts counts;
    enum status status = catalogue_count(making->catalogue, &counts, error);
    making->n = status == STATUS_OK ? (size_t)counts.tracks : 0;
    if (status == STATUS_OK && making->n == 0)
        status =
            error_set(error, STATUS_FAILED, "the catalogue has no tracks to embed; import a folder of music first");
    if (status == STATUS_OK)
        status = extractor_open(making->extractor, options, &making->open, error);
    if (status != STATUS_OK)
        return status;
    making->network = making->open.state;
    making->n_metadata = making->extractor->metadata(making->open.state, making->metadata);
    set_made_with(making);
    making->present = calloc(making->n, sizeof *making->present);
    making->sources = calloc(making->n, sizeof *making->sources);
    if (!making->present || !making->sources)
        return error_no_memory(error);
    for (int i = 0; status == STATUS_OK && i < MUSIC_ROWS; i++)
        status = open_set(making, (enum music_row)i, error);
    return status;
}

static void close_all(struct making *making, bool complete)
{
    for (int i = 0; i < MUSIC_ROWS; i++) {
        kept_rows_close(&making->sets[i].kept, complete);
        lock_file_release(&making->sets[i].lock);
        free(making->sets[i].values);
    }
    for (int i = 0; i < making->readers; i++)
        music_rows_free(&making->rows[i]);
    for (size_t i = 0; i < making->n_paths; i++)
        free(making->paths[i]);
    free(making->paths);
    free(making->tracks);
    free(making->present);
    free(making->sources);
    free(making->embeddings);
    free(making->tags);
    extractor_close(&making->open);
}

enum status music_sets_make(struct catalogue *catalogue, const struct extractor *extractor,
                            const struct extractor_options *options, struct progress *progress, struct error *error)
{
    struct making *making = calloc(1, sizeof *making);
    if (!making)
        return error_no_memory(error);
    *making = (struct making){.catalogue = catalogue, .extractor = extractor, .progress = progress};
    enum status status = open_all(making, options, error);
    if (status == STATUS_OK)
        status = plan(making, error);
    if (status == STATUS_OK)
        status = read_all(making, error);
    if (status == STATUS_OK)
        progress_end(progress);
    if (status == STATUS_OK)
        status = write_all(making, error);
    close_all(making, status == STATUS_OK);
    free(making);
    return status;
}
