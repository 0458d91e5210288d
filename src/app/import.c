#include "app/import.h"

#include "app/import_library.h"
#include "core/clock.h"
#include "db/search.h"

#define IMPORTER_ROW(name) &importer_##name,
const struct importer *const app_importers[] = {IMPORTERS(IMPORTER_ROW) & importer_library, NULL};

static enum status import(const struct app_import_settings *settings, const struct importer *importer,
                          struct catalogue *catalogue, struct pool *pool, struct app_import_result *result,
                          struct error *error)
{
    const double begin = clock_seconds();
    result->library = importer == &importer_library;
    enum status status = importer->run(catalogue, &settings->input, pool, settings->progress, &result->report, error);
    if (status == STATUS_OK && (result->report.entries > 0 || result->report.new_tracks > 0))
        status = search_index_build(catalogue, pool, error);
    result->seconds = clock_seconds() - begin;
    return status;
}

enum status app_import(const struct app_import_settings *settings, struct app_import_result *result,
                       struct error *error)
{
    const struct importer *importer;
    struct catalogue *catalogue = NULL;
    struct pool *pool = NULL;
    *result = (struct app_import_result){0};
    enum status status = importer_find(app_importers, settings->format, &importer, error);
    if (status == STATUS_OK)
        status = importer_check(importer, &settings->input, error);
    if (status == STATUS_OK)
        status = catalogue_open(settings->catalogue, CATALOGUE_CREATE, &catalogue, error);
    if (status == STATUS_OK)
        status = pool_create(settings->threads, &pool, error);
    if (status == STATUS_OK)
        status = import(settings, importer, catalogue, pool, result, error);
    pool_destroy(pool);
    catalogue_close(catalogue);
    return status;
}
