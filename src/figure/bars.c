#include "figure/bars.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "figure/figure_canvas.h"

enum { WIDTH = 1200, HEAD = 130, PITCH = 64, THICK = 30, FOOT = 90, LEFT = 330, RIGHT = 130 };
enum { NAME_COLUMNS = 26, NOTE_COLUMNS = 40, TITLE_COLUMNS = 90 };

static const uint32_t ink = 0x202020, quiet = 0x666666, faint = 0xe4e4e4, fill = 0x0072b2, spread = 0x202020,
                      compared = 0xd55e00;

static float x_of(const struct bars *bars, double value)
{
    const double share = (value - bars->first) / (bars->last - bars->first);
    return LEFT + (WIDTH - LEFT - RIGHT) * (float)fmin(fmax(share, 0), 1);
}

static void draw_axis(const struct bars *bars, float bottom, struct figure_canvas *canvas)
{
    char number[32];
    const int ticks = (int)lrint((bars->last - bars->first) / bars->step);
    for (int k = 0; k <= ticks; k++) {
        const double value = bars->first + k * bars->step;
        const float x = x_of(bars, value);
        figure_canvas_line(canvas, x, HEAD - 10, x, bottom, 1, faint);
        snprintf(number, sizeof number, "%g", round(value * 1e6) / 1e6);
        figure_canvas_text(canvas, number, x, bottom + 24, 10, CANVAS_CENTRE, quiet);
    }
    figure_canvas_text_fit(canvas, bars->x_label, NOTE_COLUMNS * 2, (LEFT + WIDTH - RIGHT) / 2.0F, bottom + 54, 11,
                           CANVAS_CENTRE, quiet);
}

static void draw_bar(const struct bars *bars, int i, struct figure_canvas *canvas)
{
    const struct bar *bar = &bars->bars[i];
    const float top = HEAD + PITCH * (float)i, middle = top + THICK / 2.0F, from = x_of(bars, bars->first);
    char number[32];
    figure_canvas_text_fit(canvas, bar->name, NAME_COLUMNS, LEFT - 18, middle, 13, CANVAS_RIGHT, ink);
    figure_canvas_text_fit(canvas, bar->note, NOTE_COLUMNS, LEFT - 18, middle + 18, 9, CANVAS_RIGHT, quiet);
    if (!isfinite(bar->value)) {
        figure_canvas_text(canvas, "could not be computed", from + 8, middle + 6, 11, CANVAS_LEFT, quiet);
        return;
    }
    const float to = x_of(bars, bar->value);
    figure_canvas_rectangle(canvas, from, top, to - from, THICK, fill);
    float right = to;
    if (isfinite(bar->low) && isfinite(bar->high)) {
        const float low = x_of(bars, bar->low), high = x_of(bars, bar->high);
        figure_canvas_line(canvas, low, middle, high, middle, 2.5F, spread);
        figure_canvas_line(canvas, low, middle - 7, low, middle + 7, 2.5F, spread);
        figure_canvas_line(canvas, high, middle - 7, high, middle + 7, 2.5F, spread);
        right = fmaxf(right, high);
    }
    snprintf(number, sizeof number, "%.3f", bar->value);
    figure_canvas_text(canvas, number, right + 12, middle + 6, 12, CANVAS_LEFT, ink);
}

/* The line of what is compared with, in dashes, over the bars. */
static void draw_line(const struct bars *bars, float bottom, struct figure_canvas *canvas)
{
    const float x = x_of(bars, bars->line), dash = 9;
    for (float y = HEAD - 10; y < bottom; y += 2 * dash)
        figure_canvas_line(canvas, x, y, x, fminf(y + dash, bottom), 2.5F, compared);
    figure_canvas_text_fit(canvas, bars->line_label, NOTE_COLUMNS, x, HEAD - 20, 11, CANVAS_CENTRE, compared);
}

static enum status draw(const struct bars *bars, struct buffer *svg, struct buffer *png, struct error *error)
{
    struct figure_canvas canvas;
    struct buffer title = {0};
    const float bottom = HEAD + PITCH * (float)bars->n;
    text_fit(bars->title, strlen(bars->title), TITLE_COLUMNS, false, &title);
    enum status status =
        title.failed ? error_no_memory(error)
                     : figure_canvas_open(WIDTH, (int)bottom + FOOT, title.data ? title.data : "", svg, &canvas, error);
    buffer_free(&title);
    if (status != STATUS_OK)
        return status;
    figure_canvas_text_fit(&canvas, bars->title, TITLE_COLUMNS, WIDTH / 2.0F, 42, 18, CANVAS_CENTRE, ink);
    figure_canvas_text_fit(&canvas, bars->subtitle, TITLE_COLUMNS + 40, WIDTH / 2.0F, 72, 11, CANVAS_CENTRE, quiet);
    draw_axis(bars, bottom, &canvas);
    for (int i = 0; i < bars->n; i++)
        draw_bar(bars, i, &canvas);
    draw_line(bars, bottom, &canvas);
    return figure_canvas_close(&canvas, png, error);
}

enum status bars_png(const struct bars *bars, struct buffer *out, struct error *error)
{
    return draw(bars, NULL, out, error);
}

enum status bars_svg(const struct bars *bars, struct buffer *out, struct error *error)
{
    return draw(bars, out, NULL, error);
}
