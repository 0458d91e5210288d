/* Writing feature sets of music. */
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "features/music_sets_internal.h"

static enum status write_set(const struct music_making *making, enum music_row row, struct error *error)
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
static void clear_absent(struct music_making *making)
{
    for (int i = 0; i < MUSIC_ROWS; i++) {
        const struct music_set *set = &making->sets[i];
        for (size_t track = 0; track < making->n; track++)
            if (!making->present[track])
                memset(set->values + track * (size_t)set->width, 0, (size_t)set->width * sizeof *set->values);
    }
}

static void report(const struct music_making *making)
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

enum status music_sets_write(struct music_making *making, struct error *error)
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
