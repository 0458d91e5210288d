#include "app/export.h"

#include "app/app.h"
#include "app/lookup.h"
#include "core/file.h"

enum status app_export(struct catalogue *catalogue, const struct app_export_settings *settings, struct buffer *out,
                       struct error *error)
{
    int64_t id = 0;
    enum status status = lookup_playlist(catalogue, settings->playlist, &id, error);
    if (status == STATUS_OK)
        status = export_playlist(catalogue, id, settings->exporter, settings->spreadsheet, out, error);
    return status;
}

static enum status write_file(const char *path, const struct buffer *bytes, struct error *error)
{
    struct atomic_file file;
    enum status status = atomic_file_open(path, &file, error);
    if (status != STATUS_OK)
        return status;
    fwrite(bytes->data ? bytes->data : "", 1, bytes->size, file.stream);
    status = atomic_file_commit(&file, error);
    atomic_file_abort(&file);
    return status;
}

enum status app_export_tracks(struct app *app, const char *name, const char *format, const int64_t *ids, size_t count,
                              const char *path, struct error *error)
{
    const struct exporter *exporter;
    struct track_list tracks = {0};
    struct buffer bytes = {0};
    enum status status = exporter_find(format, false, &exporter, error);
    if (status == STATUS_OK)
        status = app_tracks(app, ids, count, &tracks, error);
    if (status != STATUS_OK)
        return status;
    status = exporter->write(&(struct exported){.name = name, .tracks = &tracks}, &bytes, error);
    if (status == STATUS_OK)
        status = bytes.failed ? error_no_memory(error) : write_file(path, &bytes, error);
    track_list_free(&tracks);
    buffer_free(&bytes);
    return status;
}
