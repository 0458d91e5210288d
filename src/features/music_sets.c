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
#include "features/row_exchange.h"
#include "vit/weights_fingerprint.h"

struct music_set {
    char name[FEATURE_NAME_MAX + 1];
    int width;
    float *values; /* [n x width] */
    struct kept_rows kept;
    struct lock_file lock;
};

/* Files of one rank between two exchanges. */
enum { FILES_TOGETHER = 32 };

/* Why a file has no row, for rank 0 to say. */
struct unreadable {
    uint64_t file;
    char why[512];
};

struct making {
    struct catalogue *catalogue;
    struct ranks *ranks;
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
    size_t first;                                /* the first file that is being read by this rank */
    size_t finished[FILES_TOGETHER], n_finished; /* tracks whose rows this rank has read and not yet given to others */
    struct unreadable unreadable[FILES_TOGETHER];
    size_t n_failed; /* of `unreadable` */
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

static bool is_first(const struct making *making)
{
    return ranks_rank(making->ranks) == 0;
}

static enum status keep_rows(struct making *making, const size_t *tracks, size_t count, struct error *error)
{
    enum status status = STATUS_OK;
    for (int i = 0; status == STATUS_OK && i < MUSIC_ROWS; i++) {
        struct music_set *set = &making->sets[i];
        for (size_t t = 0; t < count; t++)
            set->kept.sources[tracks[t]] = making->sources[tracks[t]];
        if (is_first(making))
            status = kept_rows_add(&set->kept, tracks, count, error);
    }
    making->n_read += count;
    return status;
}

static void say_unreadable(struct making *making, const char *why)
{
    log_message(LOG_WARNING, "%s; its track has no row", why);
    making->n_unreadable++;
}

static enum status finish_file(struct making *making, const struct music_chunk *chunk, struct error *error)
{
    const size_t file = making->first + chunk->file, track = making->tracks[file];
    const bool shared = ranks_size(making->ranks) > 1;
    if (chunk->status != STATUS_OK && shared) {
        struct unreadable *unreadable = &making->unreadable[making->n_failed++];
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
        if (last && ranks_size(making->ranks) == 1)
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

/* Gives the rows that this rank has read to all, and takes theirs. */
static enum status share_rows(struct making *making, struct error *error)
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
static enum status share_failures(struct making *making, struct error *error)
{
    const size_t size = (size_t)ranks_size(making->ranks), bytes = sizeof making->unreadable;
    struct unreadable *all = calloc(size, bytes);
    size_t *sizes = calloc(size, sizeof *sizes);
    enum status status = all && sizes ? STATUS_OK : error_no_memory(error);
    for (size_t r = 0; status == STATUS_OK && r < size; r++)
        sizes[r] = bytes;
    for (size_t i = making->n_failed; i < FILES_TOGETHER; i++)
        memset(&making->unreadable[i], 0, sizeof making->unreadable[i]);
    if (status == STATUS_OK)
        status = ranks_gather(making->ranks, making->unreadable, sizes, all, error);
    for (size_t i = 0; status == STATUS_OK && i < size * FILES_TOGETHER; i++)
        if (all[i].why[0]) {
            all[i].why[sizeof all[i].why - 1] = '\0';
            say_unreadable(making, all[i].why);
        }
    free(all);
    free(sizes);
    making->n_failed = 0;
    return status;
}

static enum status read_files(struct making *making, size_t first, size_t count, struct error *error)
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
static enum status read_shared(struct making *making, struct error *error)
{
    const size_t size = (size_t)ranks_size(making->ranks), rank = (size_t)ranks_rank(making->ranks);
    const size_t together = making->n_paths / size < FILES_TOGETHER ? making->n_paths / size + 1 : FILES_TOGETHER;
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

/* All ranks must have found the same files to read. */
static enum status compare_plans(const struct making *making, struct error *error)
{
    char own[33], first[33];
    struct hash hash;
    hash_begin(&hash);
    for (size_t i = 0; i < making->n_paths; i++) {
        hash_add(&hash, making->paths[i], strlen(making->paths[i]) + 1);
        hash_add(&hash, making->sources[making->tracks[i]].hash, sizeof making->sources->hash);
    }
    hash_end(hash, own);
    memcpy(first, own, sizeof first);
    enum status status = ranks_broadcast(making->ranks, first, sizeof first, error);
    if (status == STATUS_OK && strcmp(first, own) != 0)
        status = error_set(error, STATUS_FAILED,
                           "the music files are not those that rank 0 sees; all hosts need them, in a shared folder");
    return ranks_agree(making->ranks, status, error);
}

static enum status read_all(struct making *making, struct error *error)
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
    enum status status =
        is_first(making) ? feature_set_lock(making->catalogue, set->name, &set->lock, error) : STATUS_OK;
    if (status == STATUS_OK && is_first(making))
        status = kept_rows_open(making->catalogue, set->name, making->made_with, making->n, set->width, set->values,
                                &set->kept, error);
    status = ranks_agree(making->ranks, status, error);
    if (status == STATUS_OK && !is_first(making))
        status = kept_rows_read(making->catalogue, set->name, making->made_with, making->n, set->width, set->values,
                                &set->kept, error);
    return status;
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
    *making =
        (struct making){.catalogue = catalogue, .ranks = options->ranks, .extractor = extractor, .progress = progress};
    enum status status = open_all(making, options, error);
    if (status == STATUS_OK)
        status = plan(making, error);
    if (status == STATUS_OK)
        status = compare_plans(making, error);
    if (status == STATUS_OK)
        status = read_all(making, error);
    if (status == STATUS_OK)
        progress_end(progress);
    if (status == STATUS_OK && is_first(making))
        status = write_all(making, error);
    close_all(making, status == STATUS_OK);
    free(making);
    return status;
}
