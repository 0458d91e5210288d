#include "app/import.h"

#include <string.h>

#include "app/import_library.h"
#include "core/clock.h"
#include "db/search.h"

#define IMPORTER_ROW(name) &importer_##name,
const struct importer *const app_importers[] = {IMPORTERS(IMPORTER_ROW) & importer_library, NULL};

void app_import_result_free(struct app_import_result *result)
{
    unmatched_report_free(&result->unmatched);
}

/* Also after an import that brought nothing: the entries without a track are why. */
static enum status report_unmatched(const struct app_import_settings *settings, struct catalogue *catalogue,
                                    struct pool *pool, struct app_import_result *result, struct error *error)
{
    enum status status = unmatched_report_fill(catalogue, pool, settings->unmatched ? SIZE_MAX : settings->candidates,
                                               &result->unmatched, error);
    return status == STATUS_OK && settings->unmatched ? unmatched_write(&result->unmatched, settings->unmatched, error)
                                                      : status;
}

static enum status import(const struct app_import_settings *settings, const struct import_input *input,
                          struct catalogue *catalogue, struct pool *pool, struct app_import_result *result,
                          struct error *error)
{
    const double begin = clock_seconds();
    enum status status = result->importer->run(catalogue, input, pool, settings->progress, &result->report, error);
    if (status == STATUS_OK && (result->report.entries > 0 || result->report.new_tracks > 0))
        status = search_index_build(catalogue, pool, error);
    if (status == STATUS_OK)
        status = report_unmatched(settings, catalogue, pool, result, error);
    else if (status == STATUS_BAD_DATA && report_unmatched(settings, catalogue, pool, result, NULL) != STATUS_OK)
        unmatched_report_free(&result->unmatched);
    result->seconds = clock_seconds() - begin;
    return status;
}

static enum status choose(const struct app_import_settings *settings, const struct importer **importer,
                          struct error *error)
{
    if (strcmp(settings->format, "auto") != 0)
        return importer_find(app_importers, settings->format, importer, error);
    if (settings->input.n_paths != 1)
        return error_set(error, STATUS_USAGE, "usage: sleeve import auto FILE|DIR");
    return app_import_detect(settings->input.paths[0], importer, error);
}

enum status app_import(const struct app_import_settings *settings, struct app_import_result *result,
                       struct error *error)
{
    struct catalogue *catalogue = NULL;
    struct pool *pool = NULL;
    struct match_choices choices = {0};
    struct import_input input = settings->input;
    *result = (struct app_import_result){0};
    input.choices = settings->matches ? &choices : NULL;
    input.unmatched = settings->unmatched || input.match_only ? &result->unmatched.entries : NULL;
    enum status status = choose(settings, &result->importer, error);
    if (status == STATUS_OK)
        status = importer_check(result->importer, &input, error);
    if (status == STATUS_OK && settings->list_unmatched && importer_takes(result->importer, "unmatched"))
        input.unmatched = &result->unmatched.entries;
    if (status == STATUS_OK)
        status = catalogue_open(settings->catalogue, CATALOGUE_CREATE, &catalogue, error);
    if (status == STATUS_OK && settings->matches)
        status = matches_read(catalogue, settings->matches, &choices, error);
    if (status == STATUS_OK)
        status = pool_create(settings->threads, &pool, error);
    if (status == STATUS_OK)
        status = import(settings, &input, catalogue, pool, result, error);
    match_choices_free(&choices);
    pool_destroy(pool);
    catalogue_close(catalogue);
    return status;
}
