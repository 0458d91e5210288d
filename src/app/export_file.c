#include "app/export_file.h"

#include "app/overwrite.h"
#include "core/file.h"
#include "core/paths.h"

enum status app_export_file(struct app *app, const struct app_export_file *settings, struct error *error)
{
    struct buffer bytes = {0}, path = {0};
    path_typed(settings->path, &path);
    enum status status = path.failed ? error_no_memory(error) : STATUS_OK;
    if (status == STATUS_OK && !settings->overwrite)
        status = app_must_be_new(path.data, "export!", error);
    if (status == STATUS_OK)
        status = app_export_tracks(app, settings, &bytes, error);
    if (status == STATUS_OK)
        status = atomic_file_write(path.data, &bytes, error);
    buffer_free(&bytes);
    buffer_free(&path);
    return status;
}
