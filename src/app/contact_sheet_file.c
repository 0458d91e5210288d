/* A contact sheet as a figure. */
#include "app/contact_sheet.h"
#include "core/file.h"
#include "figure/sheet.h"

struct source {
    struct app *app;
    const struct contact_sheet *sheet;
};

static bool cover_of(void *context, int64_t i, int edge, struct image *image)
{
    const struct source *source = context;
    enum cover_origin origin;
    struct error ignored;
    return app_cover(source->app, source->sheet->albums.items[i].id, edge, image, &origin, &ignored) == STATUS_OK;
}

enum status contact_sheet_write(struct app *app, const struct contact_sheet *sheet, int edge, const char *path,
                                struct error *error)
{
    const bool svg = file_has_extension(path, ".svg");
    struct buffer bytes = {0};
    struct source source = {app, sheet};
    const struct sheet_figure figure = {
        .rows = sheet->rows,
        .columns = sheet->columns,
        .edge = edge,
        .n = (int64_t)sheet->albums.count,
        .cells = sheet->cells,
        .title = sheet->title,
        .lines = {sheet->caption[0], sheet->caption[1]},
        .image = cover_of,
        .context = &source,
    };
    if (!svg && !file_has_extension(path, ".png"))
        return error_set(error, STATUS_USAGE, "\"%s\" does not end in .png or .svg", path);
    enum status status = sheet_figure(&figure, svg, &bytes, error);
    if (status == STATUS_OK)
        status = atomic_file_write(path, &bytes, error);
    buffer_free(&bytes);
    return status;
}
