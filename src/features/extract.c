/* Making feature sets: runs extractors on the items of a catalogue in batches. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "core/log.h"
#include "features/cover_batches.h"
#include "features/music_sets.h"
#include "features/row_exchange.h"
#include "vit/weights_fingerprint.h"

enum {
    BATCH_CATALOGUE = 8192,
    DRAWN_EDGE = 32, /* generated covers are drawn at least this large */
};

struct made_set {
    struct open_extractor open;
    float *values;
    bool *present;
    struct metadata_pair metadata[EXTRACTOR_METADATA_MAX];
    size_t n_metadata;
    char made_with[33]; /* "": rows are not kept */
};

struct making {
    struct catalogue *catalogue;
    const struct extractor_options *options;
    struct made_set sets[EXTRACTED_TOGETHER_MAX];
    size_t n_sets, n_items;
    struct kept_rows kept; /* of the only set */
    /* INPUT_COVERS */
    struct album_list albums;
    struct cover_reader reader;
    float *rows; /* of a batch */
    bool row_present[COVER_BATCH_MAX];
};

static bool is_first(const struct making *making)
{
    return ranks_rank(making->options->ranks) == 0;
}

static bool keeps_rows(const struct making *making)
{
    return making->n_sets == 1 && making->sets[0].made_with[0];
}

static enum status stopped(const struct making *making, size_t done, struct error *error)
{
    const char *name = making->sets[0].open.extractor->name;
    if (keeps_rows(making))
        return error_set(error, STATUS_INTERRUPTED,
                         "stopped after %zu of %zu %s; the same command continues from there", done, making->n_items,
                         feature_item_name(making->sets[0].open.extractor->item));
    return error_set(error, STATUS_INTERRUPTED, "stopped before the feature set %s was complete; nothing was changed",
                     name);
}

/* ---- covers ---- */

static enum status extract_covers_of(struct making *making, struct made_set *set, const struct cover_batch *batch,
                                     struct error *error)
{
    size_t width = (size_t)set->open.width;
    const struct extractor_batch input = {.count = batch->count, .images = batch->images, .prepared = batch->prepared};
    memset(making->rows, 0, batch->count * width * sizeof *making->rows);
    memset(making->row_present, 0, sizeof making->row_present);
    enum status status =
        batch->count > 0 ? extractor_extract(&set->open, &input, making->rows, making->row_present, error) : STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < batch->count; i++) {
        memcpy(set->values + batch->items[i] * width, making->rows + i * width, width * sizeof *set->values);
        set->present[batch->items[i]] = making->row_present[i];
    }
    return status;
}

/* Broken covers are not kept, so that every run reports them. Uses up `rows`. */
static enum status keep_rows(struct making *making, struct row_items *rows, struct error *error)
{
    size_t count = 0;
    for (size_t i = 0; i < rows->count; i++) {
        size_t item = rows->items[i];
        bool present = making->sets[0].present[item];
        making->kept.sources[item] = present ? making->reader.sources[item] : (struct row_source){.hash = {0}};
        if (present)
            rows->items[count++] = item;
    }
    return kept_rows_add(&making->kept, rows->items, count, error);
}

/* Broken covers that other ranks have read: `rows` without the first `own`. */
static void name_broken(struct making *making, const struct row_items *rows, size_t own)
{
    for (size_t i = own; i < rows->count; i++)
        if (making->reader.sources[rows->items[i]].origin == COVER_PLACEHOLDER)
            cover_name_broken(&making->reader, rows->items[i]);
}

static enum status share_rows(const struct making *making, struct made_set *set, const size_t *items, size_t count,
                              struct row_items *all, struct error *error)
{
    const struct row_arrays rows = {set->open.width, set->values, set->present, making->reader.sources};
    row_items_free(all);
    return rows_exchange(making->options->ranks, &rows, items, count, all, error);
}

/* *any: whether this or another rank had a batch. */
static enum status extract_batch(struct making *making, const struct cover_batch *batch, bool *any, struct error *error)
{
    struct row_items rows = {0};
    enum status status = STATUS_OK;
    for (size_t i = 0; i < making->n_sets && status == STATUS_OK; i++) {
        status = extract_covers_of(making, &making->sets[i], batch, error);
        if (status == STATUS_OK)
            status = share_rows(making, &making->sets[i], batch->items, batch->count, &rows, error);
    }
    *any = rows.count > 0;
    if (status == STATUS_OK && is_first(making)) {
        name_broken(making, &rows, batch->count);
        status = keeps_rows(making) ? keep_rows(making, &rows, error) : STATUS_OK;
    }
    row_items_free(&rows);
    return status;
}

/* A batch that is read on a thread of its own while a network computes the one before. */
struct reading {
    struct cover_reader *reader;
    struct cover_batch *batch;
    size_t first;
    enum status status;
    struct error error;
    pthread_t thread;
    bool started;
};

static void *read_ahead(void *context)
{
    struct reading *reading = context;
    reading->status = cover_batch_read(reading->reader, reading->first, reading->batch, &reading->error);
    return NULL;
}

/* Computes a batch and reads the next one. Of several ranks, each reads first: on the way to its next batch it passes
 * those of others, and all ranks must find the same batches, whatever of them this round keeps. */
static enum status extract_and_read(struct making *making, const struct cover_batch *batch, struct cover_batch *next,
                                    bool *any, struct error *error)
{
    struct reading reading = {.reader = &making->reader, .batch = next, .first = batch->end};
    const bool reads_first = making->reader.ranks > 1;
    if (reads_first)
        read_ahead(&reading);
    else
        reading.started = making->reader.network && pthread_create(&reading.thread, NULL, read_ahead, &reading) == 0;
    enum status status = extract_batch(making, batch, any, error);
    if (reading.started)
        pthread_join(reading.thread, NULL);
    else if (!reads_first && status == STATUS_OK)
        read_ahead(&reading);
    if (status != STATUS_OK || reading.status == STATUS_OK)
        return status;
    if (error)
        *error = reading.error;
    return reading.status;
}

static enum status extract_batches(struct making *making, struct cover_batch batches[2], struct progress *progress,
                                   struct error *error)
{
    enum status status = cover_batch_read(&making->reader, 0, &batches[0], error);
    if (status == STATUS_OK && batches[0].count > 0)
        progress_resume(progress, (double)batches[0].items[0]);
    bool any = true;
    for (int now = 0; status == STATUS_OK && any; now = !now) {
        size_t done = batches[now].end;
        status = extract_and_read(making, &batches[now], &batches[!now], &any, error);
        if (status == STATUS_OK)
            progress_step(progress, (double)done);
        if (status == STATUS_OK && any && progress_cancelled(progress))
            status = stopped(making, done, error);
    }
    return status;
}

static enum status extract_covers(struct making *making, struct progress *progress, struct error *error)
{
    struct cover_batch batches[2] = {{0}};
    enum status status = STATUS_OK;
    for (int i = 0; i < 2 && status == STATUS_OK; i++)
        status = cover_batch_init(&batches[i], &making->reader, error);
    if (status == STATUS_OK)
        status = extract_batches(making, batches, progress, error);
    for (int i = 0; i < 2; i++)
        cover_batch_free(&batches[i]);
    return status;
}

/* ---- items of the catalogue ---- */

static enum status extract_item_batch(struct making *making, size_t first, size_t count, struct error *error)
{
    const struct extractor_batch batch = {.count = count, .catalogue = making->catalogue, .first = (int64_t)first + 1};
    struct row_items rows = {0};
    size_t items[BATCH_CATALOGUE];
    enum status status = STATUS_OK;
    for (size_t i = 0; i < count; i++)
        items[i] = first + i;
    for (size_t i = 0; i < making->n_sets && status == STATUS_OK; i++) {
        struct made_set *set = &making->sets[i];
        if (count > 0)
            status = extractor_extract(&set->open, &batch, set->values + first * (size_t)set->open.width,
                                       set->present + first, error);
        if (status == STATUS_OK)
            status = share_rows(making, set, items, count, &rows, error);
    }
    row_items_free(&rows);
    return status;
}

static size_t until(const struct making *making, size_t first, size_t most)
{
    const size_t left = first < making->n_items ? making->n_items - first : 0;
    return left < most ? left : most;
}

static enum status extract_items(struct making *making, struct progress *progress, struct error *error)
{
    const size_t at_once = (size_t)ranks_size(making->options->ranks) * BATCH_CATALOGUE;
    enum status status = STATUS_OK;
    for (size_t first = 0; status == STATUS_OK && first < making->n_items; first += at_once) {
        const size_t done = first + until(making, first, at_once),
                     own = first + (size_t)ranks_rank(making->options->ranks) * BATCH_CATALOGUE;
        status = extract_item_batch(making, own, until(making, own, BATCH_CATALOGUE), error);
        progress_step(progress, (double)done);
        if (status == STATUS_OK && progress_cancelled(progress))
            status = stopped(making, done, error);
    }
    return status;
}

static enum status extract_all(struct making *making, struct progress *progress, struct error *error)
{
    const struct extractor *extractor = making->sets[0].open.extractor;
    bool covers = extractor->input == INPUT_COVERS;
    progress_stage(progress, making->n_sets == 1 ? extractor->name : "embedding",
                   covers ? "covers" : feature_item_name(extractor->item), (double)making->n_items);
    enum status status = covers ? extract_covers(making, progress, error) : extract_items(making, progress, error);
    if (status == STATUS_OK)
        progress_end(progress);
    return status;
}

/* ---- writing ---- */

static enum status sources_of(const struct making *making, int64_t **sources, struct error *error)
{
    *sources = malloc((making->n_items + 1) * 3 * sizeof **sources);
    if (!*sources)
        return error_no_memory(error);
    for (size_t i = 0; i < making->n_items; i++) {
        const struct row_source *source = &making->reader.sources[i];
        (*sources)[3 * i] = (int64_t)source->hash[0];
        (*sources)[3 * i + 1] = (int64_t)source->hash[1];
        (*sources)[3 * i + 2] = (int64_t)((uint64_t)source->origin << 32 | source->colour);
    }
    return STATUS_OK;
}

static void count_covers(const struct making *making, size_t counts[3])
{
    for (size_t i = 0; making->reader.sources && i < making->n_items; i++)
        counts[making->reader.sources[i].origin]++;
}

static enum status write_set(const struct making *making, const struct made_set *made, struct error *error)
{
    const struct extractor *extractor = made->open.extractor;
    char texts[3][24];
    size_t counts[3] = {0}; /* by enum cover_origin */
    bool of_covers = extractor->input == INPUT_COVERS;
    count_covers(making, counts);
    for (size_t i = 0; i < 3; i++)
        snprintf(texts[i], sizeof texts[i], "%zu", counts[i]);
    struct metadata_pair pairs[3 + EXTRACTOR_METADATA_MAX] = {{"covers.stored", texts[COVER_STORED]},
                                                              {"covers.generated", texts[COVER_GENERATED]},
                                                              {"covers.none", texts[COVER_PLACEHOLDER]}};
    memcpy(pairs + 3, made->metadata, made->n_metadata * sizeof *pairs);
    int64_t *sources = NULL;
    enum status status = keeps_rows(making) ? sources_of(making, &sources, error) : STATUS_OK;
    const struct feature_set set = {
        .item = extractor->item,
        .n_rows = (int64_t)making->n_items,
        .width = made->open.width,
        .values = made->values,
        .present = made->present,
        .columns = extractor->columns,
        .extractor = extractor->name,
        .sources = sources,
        .made_with = sources ? made->made_with : NULL,
    };
    if (making->n_items > 0 && !memchr(made->present, 1, making->n_items))
        log_message(LOG_WARNING, "%s: none of the %zu %s has what it is made from, so the set is empty",
                    extractor->name, making->n_items, feature_item_name(extractor->item));
    if (status == STATUS_OK)
        status = feature_set_write(making->catalogue, extractor->name, &set, pairs,
                                   of_covers ? 3 + made->n_metadata : 0, error);
    free(sources);
    return status;
}

/* All pictures were read: their colours are stored for lists of albums and tracks. */
static enum status write_colours(const struct making *making, struct error *error)
{
    enum status status = catalogue_begin(making->catalogue, error);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; status == STATUS_OK && i < making->n_items; i++) {
        const struct row_source *source = &making->reader.sources[i];
        if (source->origin != COVER_PLACEHOLDER)
            status = catalogue_cover_colour_write(making->catalogue, making->albums.items[i].id,
                                                  (enum cover_origin)source->origin, source->colour, error);
    }
    if (status == STATUS_OK)
        return catalogue_commit(making->catalogue, error);
    catalogue_rollback(making->catalogue);
    return status;
}

static void report(const struct making *making)
{
    struct extraction_report *out = making->options->report;
    size_t counts[3] = {0};
    if (!out)
        return;
    count_covers(making, counts);
    *out = (struct extraction_report){.items = making->n_items,
                                      .kept = making->reader.n_kept,
                                      .stored = counts[COVER_STORED],
                                      .generated = counts[COVER_GENERATED],
                                      .without = counts[COVER_PLACEHOLDER],
                                      .broken = atomic_load(&making->reader.n_broken)};
}

/* ---- opening ---- */

static enum status list_items(struct making *making, const struct extractor *extractor, struct error *error)
{
    struct catalogue_counts counts;
    struct cover_reader *reader = &making->reader;
    enum status status = catalogue_count(making->catalogue, &counts, error);
    if (status == STATUS_OK && extractor->input == INPUT_COVERS) {
        status = catalogue_albums_read(making->catalogue, NULL, 0, &making->albums, error);
        if (status == STATUS_OK)
            status = catalogue_covers_generated(making->catalogue, &reader->generated, error);
        reader->sources = calloc(making->albums.count + 1, sizeof *reader->sources);
        if (status == STATUS_OK && !reader->sources)
            status = error_no_memory(error);
    }
    if (status != STATUS_OK)
        return status;
    /* The list may be newer than the counts: another process may have imported albums since. */
    if (extractor->input == INPUT_COVERS)
        making->n_items = making->albums.count;
    else
        making->n_items = (size_t)(extractor->item == FEATURE_TRACKS ? counts.tracks : counts.albums);
    if (making->n_items == 0)
        status = error_set(error, STATUS_FAILED, "the catalogue has no %s to embed; import playlists first",
                           feature_item_name(extractor->item));
    return status;
}

/* Where the weights are does not change the rows. */
static void set_made_with(struct made_set *set)
{
    struct hash hash;
    hash_begin(&hash);
    hash_add(&hash, set->open.extractor->name, strlen(set->open.extractor->name) + 1);
    for (size_t i = 0; i < set->n_metadata; i++) {
        const struct metadata_pair *pair = &set->metadata[i];
        if (strcmp(pair->key, WEIGHTS_PATH_KEY) == 0)
            continue;
        hash_add(&hash, pair->key, strlen(pair->key) + 1);
        hash_add(&hash, pair->value, strlen(pair->value) + 1);
    }
    hash_end(hash, set->made_with);
}

static enum status open_set(struct making *making, const struct extractor *extractor, struct error *error)
{
    struct made_set *set = &making->sets[making->n_sets++];
    enum status status = extractor_open(extractor, making->options, &set->open, error);
    if (status != STATUS_OK)
        return status;
    making->reader.edge = extractor->edge > making->reader.edge ? extractor->edge : making->reader.edge;
    if (extractor->metadata) {
        set->n_metadata = extractor->metadata(set->open.state, set->metadata);
        set_made_with(set);
    }
    set->values = calloc(making->n_items * (size_t)set->open.width, sizeof *set->values);
    set->present = calloc(making->n_items, sizeof *set->present);
    return set->values && set->present ? STATUS_OK : error_no_memory(error);
}

/* Everything that depends on which sets are made. */
static enum status open_reader(struct making *making, struct error *error)
{
    struct cover_reader *reader = &making->reader;
    const struct made_set *set = &making->sets[0];
    const struct open_extractor *open = &set->open;
    int widest = 0;
    enum status status = STATUS_OK;
    for (size_t i = 0; i < making->n_sets; i++)
        widest = making->sets[i].open.width > widest ? making->sets[i].open.width : widest;
    making->rows = calloc(COVER_BATCH_MAX * (size_t)widest, sizeof *making->rows);
    if (!making->rows)
        return error_no_memory(error);
    reader->catalogue = making->catalogue;
    reader->pool = making->options->pool;
    reader->albums = &making->albums;
    reader->network = open->extractor->prepare ? open : NULL;
    reader->size = open->extractor->batch ? open->extractor->batch(open->state) : COVER_BATCH_MAX;
    reader->size = reader->size > COVER_BATCH_MAX ? COVER_BATCH_MAX : reader->size;
    reader->rank = ranks_rank(making->options->ranks);
    reader->ranks = ranks_size(making->options->ranks);
    reader->kept = keeps_rows(making) ? &making->kept : NULL;
    if (keeps_rows(making) && is_first(making))
        status = kept_rows_open(making->catalogue, open->extractor->name, set->made_with, making->n_items, open->width,
                                set->values, &making->kept, error);
    status = ranks_agree(making->options->ranks, status, error);
    if (status == STATUS_OK && keeps_rows(making) && !is_first(making))
        status = kept_rows_read(making->catalogue, open->extractor->name, set->made_with, making->n_items, open->width,
                                set->values, &making->kept, error);
    return status;
}

static void close_sets(struct making *making, bool complete)
{
    kept_rows_close(&making->kept, complete);
    for (size_t i = 0; i < making->n_sets; i++) {
        extractor_close(&making->sets[i].open);
        free(making->sets[i].values);
        free(making->sets[i].present);
    }
    album_list_free(&making->albums);
    free(making->reader.sources);
    free(making->rows);
}

/* Rows that were kept are present; values of others that were read with them are cleared. */
static void finish_kept(struct making *making)
{
    struct made_set *set = &making->sets[0];
    size_t width = (size_t)set->open.width;
    for (size_t i = 0; keeps_rows(making) && i < making->n_items; i++) {
        if (!set->present[i] && kept_rows_has(&making->kept, i, &making->reader.sources[i]))
            set->present[i] = true;
        if (!set->present[i])
            memset(set->values + i * width, 0, width * sizeof *set->values);
    }
}

static enum status write_sets(struct making *making, struct error *error)
{
    enum status status = making->reader.sources ? write_colours(making, error) : STATUS_OK;
    if (status == STATUS_OK)
        finish_kept(making);
    for (size_t i = 0; status == STATUS_OK && i < making->n_sets; i++)
        status = write_set(making, &making->sets[i], error);
    if (status == STATUS_OK)
        report(making);
    return status;
}

static enum status make_sets(struct catalogue *catalogue, const struct extractor *const wanted[], size_t n_wanted,
                             const struct extractor_options *options, struct progress *progress, struct error *error)
{
    struct making making = {.catalogue = catalogue, .options = options, .reader = {.edge = DRAWN_EDGE}};
    enum status status = list_items(&making, wanted[0], error);
    for (size_t i = 0; status == STATUS_OK && i < n_wanted; i++)
        status = open_set(&making, wanted[i], error);
    if (status == STATUS_OK)
        status = open_reader(&making, error);
    if (status == STATUS_OK)
        status = extract_all(&making, progress, error);
    if (status == STATUS_OK && is_first(&making))
        status = write_sets(&making, error);
    close_sets(&making, status == STATUS_OK);
    return status;
}

enum status feature_sets_make(struct catalogue *catalogue, const struct extractor *const wanted[], size_t n_wanted,
                              const struct extractor_options *options, struct progress *progress, struct error *error)
{
    struct lock_file locks[EXTRACTED_TOGETHER_MAX] = {0};
    enum status status = STATUS_OK;
    if (n_wanted < 1 || n_wanted > EXTRACTED_TOGETHER_MAX)
        return error_set(error, STATUS_USAGE, "1 to %d feature sets can be made together, not %zu",
                         EXTRACTED_TOGETHER_MAX, n_wanted);
    for (size_t i = 1; i < n_wanted; i++)
        if (wanted[i]->item != wanted[0]->item || wanted[i]->input != wanted[0]->input)
            return error_set(error, STATUS_USAGE, "%s and %s cannot be made together; make one after the other",
                             wanted[0]->name, wanted[i]->name);
    if (wanted[0]->input == INPUT_MUSIC && n_wanted == 1)
        return music_sets_make(catalogue, wanted[0], options, progress, error);
    for (size_t i = 0; i < n_wanted && status == STATUS_OK && ranks_rank(options->ranks) == 0; i++)
        status = feature_set_lock(catalogue, wanted[i]->name, &locks[i], error);
    if (status == STATUS_OK)
        status = make_sets(catalogue, wanted, n_wanted, options, progress, error);
    for (size_t i = 0; i < n_wanted; i++)
        lock_file_release(&locks[i]);
    return status;
}
