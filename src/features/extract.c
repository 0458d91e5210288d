/* Making feature sets: runs extractors on the items of a catalogue in batches. */
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "features/extract_internal.h"
#include "features/music_sets.h"
#include "vit/weights_fingerprint.h"

enum { DRAWN_EDGE = 32 /* generated covers are drawn at least this large */ };

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
        status = extract_write(&making, error);
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
