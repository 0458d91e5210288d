/* The rows of feature sets: covers, and items of the catalogue, in batches. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "features/extract_internal.h"
#include "features/row_exchange.h"

enum { BATCH_CATALOGUE = 8192 };

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

enum status extract_all(struct making *making, struct progress *progress, struct error *error)
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
