/* Exporters without models and files: those of playlists, and one of each other subject. */
#include <string.h>

#include "app/export_app.h"
#include "app/import_app.h"

static const struct exporter
    lists = {.name = "trec", .extension = ".run", .help = "lists. More.", .subject = EXPORT_LISTS},
    folder = {.name = "npz", .extension = "/", .help = "a folder. More.", .subject = EXPORT_CATALOGUE};

#define EXPORTER_ROW(name) &exporter_##name,
const struct exporter *const app_exporters[] = {EXPORTERS(EXPORTER_ROW) & lists, &folder, NULL};

enum status app_exporter_find(const char *name, const struct exporter **exporter, struct error *error)
{
    for (const struct exporter *const *at = app_exporters; *at; at++)
        if (strcmp((*at)->name, name) == 0) {
            *exporter = *at;
            return STATUS_OK;
        }
    return error_set(error, STATUS_USAGE, "export writes csv, m3u8, xspf, jspf, uris, trec or npz, not \"%s\"", name);
}

/* Writes nothing, but says what it was given. */
enum status app_export_other(struct app *app, const struct exporter *exporter, const struct export_request *request,
                             struct buffer *notes, const atomic_bool *cancel, struct error *error)
{
    (void)app, (void)cancel;
    if (exporter->subject == EXPORT_LISTS && (!request->model || !*request->model))
        return error_set(error, STATUS_USAGE, "export %s needs --model MODEL", exporter->name);
    buffer_printf(notes, "%s of %s\nmore\n", exporter->name, request->model ? request->model : "all");
    return STATUS_OK;
}

/* One playlist, of which a track is missing; a file without "list" in its name is refused. */
enum status app_import_playlists(struct app *app, const char *path, struct app_imported *imported,
                                 const atomic_bool *cancel, struct error *error)
{
    (void)app, (void)cancel;
    *imported = (struct app_imported){
        .format = "xspf", .playlists = 1, .entries = 9, .unmatched = 1, .missing = "A - B", .nearest = "A - Bb"};
    return strstr(path, "list") ? STATUS_OK : error_set(error, STATUS_BAD_DATA, "%s is empty", path);
}
