/* Writing feature sets whose rows are computed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "features/extract_internal.h"

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

enum status extract_write(struct making *making, struct error *error)
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
