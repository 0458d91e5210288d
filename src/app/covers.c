#include "app/covers.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const char *app_covers_advice(bool map)
{
    return map ? "`sleeve covers status --missing` lists the albums without a cover, with their keys"
               : "name images after the albums' keys, put them into folders Artist/Album as cover.jpg, or list them "
                 "with --map; `sleeve covers status --missing` lists the albums and keys";
}

/* Bad input when nothing was added and no image was there already: says what the input is. */
static enum status check_report(const struct covers_add_settings *settings, const struct covers_report *report,
                                struct error *error)
{
    const char *map = settings->map, *source = map ? map : settings->folder;
    if (report->added + report->unchanged > 0)
        return STATUS_OK;
    if (report->bad > 0)
        return error_set(error, STATUS_BAD_DATA, "%s: nothing was added; images that cannot be used: %" PRId64, source,
                         report->bad);
    if (report->unmatched > 0)
        return error_set(error, STATUS_BAD_DATA, "%s: nothing was added; images that match no album: %" PRId64 "; %s",
                         source, report->unmatched, app_covers_advice(map != NULL));
    if (map)
        return error_set(error, STATUS_BAD_DATA, "%s: nothing was added; the map has only a header line", source);
    return error_set(error, STATUS_BAD_DATA,
                     "%s: nothing was added; there is no PNG, JPEG or WebP image in it (folders searched: %" PRId64
                     ", files of other kinds: %" PRId64 ")",
                     source, report->folders, report->other_files);
}

enum status app_covers_add(struct catalogue *catalogue, const struct covers_add_settings *settings,
                           struct covers_add_result *result, struct error *error)
{
    struct pool *pool = NULL;
    *result = (struct covers_add_result){0};
    enum status status = pool_create(settings->threads, &pool, error);
    if (status == STATUS_OK)
        status =
            covers_add(catalogue, settings->folder, settings->map, pool, settings->progress, &result->report, error);
    pool_destroy(pool);
    result->complete = status == STATUS_OK;
    return result->complete ? check_report(settings, &result->report, error) : status;
}

enum status app_covers_fetch(struct catalogue *catalogue, const struct fetch_settings *settings,
                             struct fetch_report *report, struct error *error)
{
    return covers_fetch(catalogue, settings, report, error);
}

enum status app_covers_count(struct catalogue *catalogue,
                             void (*each)(const char *reason, int64_t n_albums, void *context), void *context,
                             bool *generated, struct error *error)
{
    enum status status = catalogue_cover_status(catalogue, each, context, error);
    return status == STATUS_OK ? catalogue_covers_generated(catalogue, generated, error) : status;
}
