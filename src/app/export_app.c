#include "app/export_app.h"

#include "app/app_internal.h"
#include "app/cancel_progress.h"
#include "app/overwrite.h"
#include "core/paths.h"

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
    if (status == STATUS_OK && !request->overwrite)
        status = app_must_be_new(path.data, "export!", error);
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
