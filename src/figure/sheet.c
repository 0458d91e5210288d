#include "figure/sheet.h"

#include <string.h>

#include "core/text.h"
#include "draw/stroke_font.h"
#include "figure/figure_canvas.h"

enum { SIDE = 32, WIDTH_MIN = 512, HEAD = 64, LINE_STEP = 22, FOOT = 24, TEXT_COLUMNS = 120 };
static const uint32_t ink = 0x202020, quiet = 0x5c5c5c, grey = 0xe0e0e0;

/* Letters are smaller where the text is longer than the grid is wide. */
static void draw_text(struct figure_canvas *canvas, const char *text, float y, float height, float width,
                      uint32_t colour)
{
    struct buffer shown = {0};
    text_fit(text, strlen(text), TEXT_COLUMNS, false, &shown);
    if (shown.data) {
        float wide = stroke_font_width(shown.data, height);
        figure_canvas_text(canvas, shown.data, SIDE, y, wide > width ? height * width / wide : height, CANVAS_LEFT,
                           colour);
    }
    buffer_free(&shown);
}

static enum status draw_pictures(const struct sheet_figure *sheet, float left, struct figure_canvas *canvas,
                                 struct error *error)
{
    const float edge = (float)sheet->edge;
    enum status status = STATUS_OK;
    for (int64_t i = 0; status == STATUS_OK && i < sheet->n; i++) {
        int row = sheet->cells[i] / sheet->columns, column = sheet->cells[i] % sheet->columns;
        float x = left + edge * (float)column, y = HEAD + edge * (float)row;
        struct image image = {0};
        if (sheet->image(sheet->context, i, sheet->edge * figure_canvas_sharpness(canvas), &image))
            status = figure_canvas_image(canvas, &image, x, y, edge, error);
        else
            figure_canvas_rectangle(canvas, x, y, edge, edge, grey);
        image_free(&image);
    }
    return status;
}

enum status sheet_figure(const struct sheet_figure *sheet, bool svg, struct buffer *out, struct error *error)
{
    const int grid = sheet->columns * sheet->edge, inside = grid > WIDTH_MIN ? grid : WIDTH_MIN;
    const int bottom = HEAD + sheet->rows * sheet->edge;
    struct figure_canvas canvas;
    struct buffer title = {0};
    text_fit(sheet->title, strlen(sheet->title), TEXT_COLUMNS, false, &title);
    enum status status = figure_canvas_open(inside + 2 * SIDE, bottom + 2 * LINE_STEP + 10 + FOOT,
                                            title.data ? title.data : "", svg ? out : NULL, &canvas, error);
    if (status == STATUS_OK) {
        draw_text(&canvas, sheet->title, 42, 14, (float)inside, ink);
        status = draw_pictures(sheet, SIDE + (float)(inside - grid) / 2, &canvas, error);
        for (int line = 0; line < 2; line++)
            draw_text(&canvas, sheet->lines[line], (float)(bottom + 10 + LINE_STEP * (line + 1) - 4), 10, (float)inside,
                      line == 0 ? quiet : ink);
        enum status closed = figure_canvas_close(&canvas, svg ? NULL : out, error);
        status = status == STATUS_OK ? closed : status;
    }
    buffer_free(&title);
    return status;
}
