#include "app/export_app.h"

#include <sys/stat.h>

#include "app/app_internal.h"
#include "app/cancel_progress.h"
#include "core/paths.h"

static enum status check_place(const struct export_request *request, const char *path, const struct exporter *exporter,
                               struct error *error)
{
    struct stat known;
    if (request->overwrite || stat(path, &known) != 0 || (!S_ISREG(known.st_mode) && !S_ISDIR(known.st_mode)))
        return STATUS_OK;
    return error_set(error, STATUS_USAGE, "%s exists; :export! %s %s overwrites it", request->out, exporter->name,
                     request->out);
}

enum status app_export_other(struct app *app, const struct exporter *exporter, const struct export_request *request,
                             struct buffer *notes, const atomic_bool *cancel, struct error *error)
{
    struct catalogue *catalogue;
    struct buffer path = {0};
    struct device_use use = {.device = &app->device};
    struct cancel_progress cancelling;
    struct export_request placed = *request;
    path_typed(request->out, &path);
    placed.out = path.data;
    cancel_progress_init(&cancelling, cancel);
    enum status status = path.failed ? error_no_memory(error) : app_exporter_check(exporter, request, error);
    if (status == STATUS_OK)
        status = check_place(request, path.data, exporter, error);
    if (status == STATUS_OK)
        status = app_borrow(app, &catalogue, error);
    if (status == STATUS_OK) {
        status = app_export(catalogue, &use, exporter, &placed, &cancelling.progress, notes, error);
        device_close(&use);
        app_return(app, catalogue);
    }
    buffer_free(&path);
    return status;
}
