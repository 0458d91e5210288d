#include "features/music_sets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "features/music_sets_internal.h"
#include "vit/weights_fingerprint.h"

/* Where the weights are does not change the rows. */
static void set_made_with(struct music_making *making)
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

static enum status open_set(struct music_making *making, enum music_row row, struct error *error)
{
    struct music_set *set = &making->sets[row];
    snprintf(set->name, sizeof set->name, "%s%s", making->extractor->name, music_row_suffix(row));
    set->width = (int)music_row_width(making->network, row);
    set->values = calloc(making->n * (size_t)set->width, sizeof *set->values);
    if (!set->values)
        return error_no_memory(error);
    enum status status =
        music_sets_is_first(making) ? feature_set_lock(making->catalogue, set->name, &set->lock, error) : STATUS_OK;
    if (status == STATUS_OK && music_sets_is_first(making))
        status = kept_rows_open(making->catalogue, set->name, making->made_with, making->n, set->width, set->values,
                                &set->kept, error);
    status = ranks_agree(making->ranks, status, error);
    if (status == STATUS_OK && !music_sets_is_first(making))
        status = kept_rows_read(making->catalogue, set->name, making->made_with, making->n, set->width, set->values,
                                &set->kept, error);
    return status;
}

static enum status open_all(struct music_making *making, const struct extractor_options *options, struct error *error)
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

static void close_all(struct music_making *making, bool complete)
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
    struct music_making *making = calloc(1, sizeof *making);
    if (!making)
        return error_no_memory(error);
    *making = (struct music_making){
        .catalogue = catalogue, .ranks = options->ranks, .extractor = extractor, .progress = progress};
    enum status status = open_all(making, options, error);
    if (status == STATUS_OK)
        status = music_sets_plan(making, error);
    if (status == STATUS_OK)
        status = music_sets_read(making, error);
    if (status == STATUS_OK)
        progress_end(progress);
    if (status == STATUS_OK && music_sets_is_first(making))
        status = music_sets_write(making, error);
    close_all(making, status == STATUS_OK);
    free(making);
    return status;
}
