#include "app/export.h"

#include "app/lookup.h"

enum status app_export(struct catalogue *catalogue, const struct app_export_settings *settings, struct buffer *out,
                       struct error *error)
{
    int64_t id = 0;
    enum status status = lookup_playlist(catalogue, settings->playlist, &id, error);
    if (status == STATUS_OK)
        status = export_playlist(catalogue, id, settings->exporter, settings->spreadsheet, out, error);
    return status;
}
