/* Making feature sets: runs extractors on the items of a catalogue in batches. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/pool.h"
#include "features/extractor.h"
#include "vision/cover_store.h"

enum {
    BATCH_COVERS = 64,
    BATCH_CATALOGUE = 8192,
    DRAWN_EDGE = 32, /* generated covers are drawn at least this large */
};

struct made_set {
    struct open_extractor open;
    float *values;
    bool *present;
};

struct cover_colour {
    enum cover_origin origin;
    uint32_t colour;
};

struct making {
    struct catalogue *catalogue;
    const struct extractor_options *options;
    struct made_set sets[EXTRACTED_TOGETHER_MAX];
    size_t n_sets, n_items;
    /* INPUT_COVERS */
    struct album_list albums;
    bool generated;
    int edge;             /* largest input edge of the extractors */
    pthread_mutex_t lock; /* a connection must not be used by two threads */
    size_t first;
    struct image images[BATCH_COVERS];
    struct cover_colour *colours; /* [n_items] */
    struct error error;           /* of the first album that failed for a reason other than its cover */
    atomic_bool failed;
};

static void fail(struct making *making, const struct error *error)
{
    if (!atomic_exchange(&making->failed, true))
        making->error = *error;
}

/* The album's picture; without pixels if there is none. */
static enum status read_cover(struct making *making, const struct album *album, struct image *image,
                              enum cover_origin *origin, struct error *error)
{
    struct buffer bytes = {0};
    bool found = false;
    *origin = COVER_PLACEHOLDER;
    pthread_mutex_lock(&making->lock);
    enum status status = catalogue_cover_read(making->catalogue, album->id, &bytes, &found, error);
    pthread_mutex_unlock(&making->lock);
    if (status == STATUS_OK && found) {
        struct error why;
        if (cover_decode(&bytes, image, &why) == STATUS_OK)
            *origin = COVER_STORED;
        else
            log_message(LOG_WARNING, "album %s: %s; its row stays zero", album->key, why.text);
    } else if (status == STATUS_OK && making->generated) {
        status = artwork_draw(album, making->edge, image, error);
        *origin = COVER_GENERATED;
    }
    buffer_free(&bytes);
    return status;
}

static void read_one(void *context, size_t index, int worker)
{
    (void)worker;
    struct making *making = context;
    struct error error;
    struct cover_colour *colour = &making->colours[making->first + index];
    struct image *image = &making->images[index];
    if (atomic_load(&making->failed))
        return;
    if (read_cover(making, &making->albums.items[making->first + index], image, &colour->origin, &error) != STATUS_OK)
        fail(making, &error);
    else if (image->rgb)
        colour->colour = image_mean_colour(image);
}

static enum status read_covers(struct making *making, size_t first, size_t count, struct error *error)
{
    making->first = first;
    if (making->options->pool)
        pool_run(making->options->pool, count, read_one, making);
    else
        for (size_t i = 0; i < count; i++)
            read_one(making, i, 0);
    if (!atomic_load(&making->failed))
        return STATUS_OK;
    if (error)
        *error = making->error;
    return making->error.status;
}

static enum status extract_batch(struct making *making, size_t first, size_t count, struct error *error)
{
    bool covers = making->sets[0].open.extractor->input == INPUT_COVERS;
    const struct extractor_batch batch = {.count = count,
                                          .images = covers ? making->images : NULL,
                                          .catalogue = making->catalogue,
                                          .first = (int64_t)first + 1};
    enum status status = covers ? read_covers(making, first, count, error) : STATUS_OK;
    for (size_t i = 0; i < making->n_sets && status == STATUS_OK; i++) {
        struct made_set *set = &making->sets[i];
        status = extractor_extract(&set->open, &batch, set->values + first * (size_t)set->open.width,
                                   set->present + first, error);
    }
    for (size_t i = 0; covers && i < count; i++) {
        image_free(&making->images[i]);
        making->images[i] = (struct image){0};
    }
    return status;
}

static enum status extract_all(struct making *making, struct progress *progress, struct error *error)
{
    const struct extractor *extractor = making->sets[0].open.extractor;
    bool covers = extractor->input == INPUT_COVERS;
    size_t size = covers ? BATCH_COVERS : BATCH_CATALOGUE;
    progress_stage(progress, making->n_sets == 1 ? extractor->name : "embedding",
                   covers ? "covers" : feature_item_name(extractor->item), (double)making->n_items);
    for (size_t first = 0; first < making->n_items; first += size) {
        size_t left = making->n_items - first, count = left < size ? left : size;
        enum status status = extract_batch(making, first, count, error);
        if (status != STATUS_OK)
            return status;
        progress_step(progress, (double)(first + count));
        if (progress_cancelled(progress))
            return error_set(error, STATUS_INTERRUPTED,
                             "stopped before the feature set %s was complete; nothing was changed", extractor->name);
    }
    progress_end(progress);
    return STATUS_OK;
}

static enum status write_set(const struct making *making, const struct made_set *made, struct error *error)
{
    const struct extractor *extractor = made->open.extractor;
    char texts[3][24];
    size_t counts[3] = {0}; /* by enum cover_origin */
    for (size_t i = 0; making->colours && i < making->n_items; i++)
        counts[making->colours[i].origin]++;
    snprintf(texts[0], sizeof texts[0], "%zu", counts[COVER_STORED]);
    snprintf(texts[1], sizeof texts[1], "%zu", counts[COVER_GENERATED]);
    snprintf(texts[2], sizeof texts[2], "%zu", counts[COVER_PLACEHOLDER]);
    const struct metadata_pair covers[] = {
        {"covers.stored", texts[0]}, {"covers.generated", texts[1]}, {"covers.none", texts[2]}};
    const struct feature_set set = {
        .item = extractor->item,
        .n_rows = (int64_t)making->n_items,
        .width = made->open.width,
        .values = made->values,
        .present = made->present,
        .columns = extractor->columns,
        .extractor = extractor->name,
    };
    bool of_covers = extractor->input == INPUT_COVERS;
    if (making->n_items > 0 && !memchr(made->present, 1, making->n_items))
        log_message(LOG_WARNING, "%s: none of the %zu %s has what it is made from, so the set is empty",
                    extractor->name, making->n_items, feature_item_name(extractor->item));
    return feature_set_write(making->catalogue, extractor->name, &set, covers, of_covers ? 3 : 0, error);
}

/* All pictures were read: their colours are stored for lists of albums and tracks. */
static enum status write_colours(const struct making *making, struct error *error)
{
    enum status status = catalogue_begin(making->catalogue, error);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; status == STATUS_OK && i < making->n_items; i++) {
        const struct cover_colour *colour = &making->colours[i];
        if (colour->origin != COVER_PLACEHOLDER)
            status = catalogue_cover_colour_write(making->catalogue, making->albums.items[i].id, colour->origin,
                                                  colour->colour, error);
    }
    if (status == STATUS_OK)
        return catalogue_commit(making->catalogue, error);
    catalogue_rollback(making->catalogue);
    return status;
}

static enum status list_items(struct making *making, const struct extractor *extractor, struct error *error)
{
    struct catalogue_counts counts;
    enum status status = catalogue_count(making->catalogue, &counts, error);
    if (status == STATUS_OK && extractor->input == INPUT_COVERS) {
        status = catalogue_albums_read(making->catalogue, NULL, 0, &making->albums, error);
        if (status == STATUS_OK)
            status = catalogue_covers_generated(making->catalogue, &making->generated, error);
        making->colours = calloc(making->albums.count + 1, sizeof *making->colours);
        if (status == STATUS_OK && !making->colours)
            status = error_no_memory(error);
    }
    making->n_items = (size_t)(extractor->item == FEATURE_TRACKS ? counts.tracks : counts.albums);
    if (status == STATUS_OK && making->n_items == 0)
        status = error_set(error, STATUS_FAILED, "the catalogue has no %s to embed; import playlists first",
                           feature_item_name(extractor->item));
    return status;
}

static enum status open_set(struct making *making, const struct extractor *extractor, struct error *error)
{
    struct made_set *set = &making->sets[making->n_sets++];
    enum status status = extractor_open(extractor, making->options, &set->open, error);
    if (status != STATUS_OK)
        return status;
    making->edge = extractor->edge > making->edge ? extractor->edge : making->edge;
    set->values = calloc(making->n_items * (size_t)set->open.width, sizeof *set->values);
    set->present = calloc(making->n_items, sizeof *set->present);
    return set->values && set->present ? STATUS_OK : error_no_memory(error);
}

static void close_sets(struct making *making)
{
    for (size_t i = 0; i < making->n_sets; i++) {
        extractor_close(&making->sets[i].open);
        free(making->sets[i].values);
        free(making->sets[i].present);
    }
    album_list_free(&making->albums);
    free(making->colours);
}

static enum status make_sets(struct catalogue *catalogue, const struct extractor *const wanted[], size_t n_wanted,
                             const struct extractor_options *options, struct progress *progress, struct error *error)
{
    struct making making = {.catalogue = catalogue, .options = options, .edge = DRAWN_EDGE};
    pthread_mutex_init(&making.lock, NULL);
    enum status status = list_items(&making, wanted[0], error);
    for (size_t i = 0; status == STATUS_OK && i < n_wanted; i++)
        status = open_set(&making, wanted[i], error);
    if (status == STATUS_OK)
        status = extract_all(&making, progress, error);
    if (status == STATUS_OK && making.colours)
        status = write_colours(&making, error);
    for (size_t i = 0; status == STATUS_OK && i < n_wanted; i++)
        status = write_set(&making, &making.sets[i], error);
    close_sets(&making);
    pthread_mutex_destroy(&making.lock);
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
    for (size_t i = 0; i < n_wanted && status == STATUS_OK; i++)
        status = feature_set_lock(catalogue, wanted[i]->name, &locks[i], error);
    if (status == STATUS_OK)
        status = make_sets(catalogue, wanted, n_wanted, options, progress, error);
    for (size_t i = 0; i < n_wanted; i++)
        lock_file_release(&locks[i]);
    return status;
}
