#include "app/import_app.h"

#include <stdio.h>

#include "app/app_internal.h"
#include "app/cancel_progress.h"
#include "app/import.h"
#include "core/paths.h"

static void summarise(const struct app_import_result *result, struct app_imported *imported)
{
    const struct unmatched_report *unmatched = &result->unmatched;
    *imported = (struct app_imported){.playlists = result->report.playlists,
                                      .entries = result->report.entries,
                                      .unmatched = result->report.matches.unmatched};
    snprintf(imported->format, sizeof imported->format, "%s", result->importer ? result->importer->name : "");
    if (unmatched->n_rows == 0)
        return;
    const struct unmatched_row *row = &unmatched->rows[0];
    snprintf(imported->missing, sizeof imported->missing, "%.60s - %.60s", row->entry->artist, row->entry->title);
    if (row->n_candidates > 0) {
        const struct track *near = &unmatched->tracks.items[row->candidates[0]];
        snprintf(imported->nearest, sizeof imported->nearest, "%.60s - %.60s", near->artist, near->title);
    }
}

enum status app_import_playlists(struct app *app, const char *path, struct app_imported *imported,
                                 const atomic_bool *cancel, struct error *error)
{
    struct buffer typed = {0};
    struct cancel_progress cancelling;
    struct app_import_result result;
    *imported = (struct app_imported){0};
    cancel_progress_init(&cancelling, cancel);
    if (!app->options.write)
        return error_set(error, STATUS_FAILED, "the catalogue is open for reading only; nothing can be imported");
    path_typed(path, &typed);
    if (typed.failed)
        return error_no_memory(error);
    const char *const paths[1] = {typed.data};
    const struct app_import_settings settings = {.catalogue = app->path,
                                                 .format = "auto",
                                                 .input = {.paths = paths, .n_paths = 1, .match_only = true},
                                                 .candidates = 1,
                                                 .threads = app->options.device.threads,
                                                 .progress = &cancelling.progress};
    enum status status = app_import(&settings, &result, error);
    summarise(&result, imported);
    app_import_result_free(&result);
    buffer_free(&typed);
    return status;
}
