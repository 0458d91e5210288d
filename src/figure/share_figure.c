#include "figure/share_figure.h"

#include <math.h>
#include <stdio.h>

#include "figure/figure.h"
#include "figure/figure_canvas.h"

enum {
    LEFT = 90,
    RIGHT = 1160,
    TOP = 130,
    BOTTOM = 700,
    COLUMNS = 90,
    SUBTITLE_COLUMNS = 124,
    WANTED_TICKS = 8,
    APART = 7,
    ASIDE = 10
};

static const uint32_t ink = 0x202020, quiet = 0x666666, faint = 0xe4e4e4;
static const uint32_t colours[SHARE_SERIES_MAX] = {0x0072b2, 0xe69f00, 0x000000}; /* as in small_multiples.c */

struct range {
    double low, high, step;
};

static struct range range_of(const struct share_figure *of)
{
    double high = 0;
    for (int64_t i = 0; i < of->n; i++)
        if (isfinite(of->x[i]))
            high = fmax(high, of->x[i]);
    const double step = figure_step(high > 0 ? high : 1, WANTED_TICKS);
    return (struct range){0, step * (floor(high / step) + 1), step};
}

static float x_of(const struct range *range, double x)
{
    return LEFT + (float)((x - range->low) / (range->high - range->low)) * (RIGHT - LEFT);
}

static float y_of(double share)
{
    return BOTTOM - (float)share * (BOTTOM - TOP);
}

static void draw_axes(const struct share_figure *of, const struct range *range, struct figure_canvas *canvas)
{
    char number[32];
    for (int percent = 0; percent <= 100; percent += 20) {
        const float y = y_of(percent / 100.0);
        figure_canvas_line(canvas, LEFT, y, RIGHT, y, 1, faint);
        snprintf(number, sizeof number, "%d", percent);
        figure_canvas_text(canvas, number, LEFT - 12, y + 5, 10, CANVAS_RIGHT, quiet);
    }
    const int ticks = (int)lrint((range->high - range->low) / range->step);
    for (int k = 0; k <= ticks; k++) {
        const double value = range->low + k * range->step;
        figure_canvas_line(canvas, x_of(range, value), BOTTOM, x_of(range, value), BOTTOM + 5, 1, quiet);
        snprintf(number, sizeof number, "%g", value);
        figure_canvas_text(canvas, number, x_of(range, value), BOTTOM + 22, 10, CANVAS_CENTRE, quiet);
    }
    figure_canvas_line(canvas, LEFT, BOTTOM, RIGHT, BOTTOM, 1.2F, quiet);
    figure_canvas_text(canvas, of->x_label, (LEFT + RIGHT) / 2, BOTTOM + 50, 11, CANVAS_CENTRE, quiet);
    figure_canvas_text_fit(canvas, of->title, COLUMNS, LEFT, 44, 17, CANVAS_LEFT, ink);
    figure_canvas_text_fit(canvas, of->subtitle, SUBTITLE_COLUMNS, LEFT, 74, 11, CANVAS_LEFT, quiet);
}

static void draw_legend(const struct share_figure *of, struct figure_canvas *canvas)
{
    enum { STEP = 150 };
    for (int s = 0; s < of->n_series; s++) {
        const float x = LEFT + (float)(s * STEP);
        figure_canvas_mark(canvas, (enum mark)s, x + 8, TOP - 26, 6.5F, colours[s]);
        figure_canvas_text_fit(canvas, of->names[s], 14, x + 24, TOP - 20, 12, CANVAS_LEFT, ink);
    }
}

/* How far a point is moved aside, so that those with the same x do not hide each other. */
static float aside_of(const struct share_figure *of, int64_t i)
{
    int64_t before = 0, equal = 0;
    for (int64_t j = 0; j < of->n; j++) {
        const bool same = of->x[j] >= of->x[i] && of->x[j] <= of->x[i];
        before += same && j < i;
        equal += same;
    }
    return ASIDE * ((float)before - (float)(equal - 1) / 2);
}

/* Series are side by side, so that no interval hides another. */
static void draw_series(const struct share_figure *of, const struct range *range, int s, struct figure_canvas *canvas)
{
    const float beside = APART * ((float)s - (float)(of->n_series - 1) / 2);
    const struct share_interval *shares = of->shares + s * of->n;
    for (int pass = 0; pass < 2; pass++)
        for (int64_t i = 0; i < of->n; i++) {
            if (!isfinite(of->x[i]) || !isfinite(shares[i].value))
                continue;
            const float x = x_of(range, of->x[i]) + beside + aside_of(of, i);
            if (pass == 0 && isfinite(shares[i].low) && isfinite(shares[i].high))
                figure_canvas_line(canvas, x, y_of(shares[i].low), x, y_of(shares[i].high), 1.2F, colours[s]);
            else if (pass == 1)
                figure_canvas_mark(canvas, (enum mark)s, x, y_of(shares[i].value), 6, colours[s]);
        }
}

static enum status draw(const struct share_figure *of, struct buffer *svg, struct buffer *png, struct error *error)
{
    const struct range range = range_of(of);
    struct figure_canvas canvas;
    const enum status status = figure_canvas_open(FIGURE_WIDTH, FIGURE_HEIGHT, of->title, svg, &canvas, error);
    if (status != STATUS_OK)
        return status;
    draw_axes(of, &range, &canvas);
    draw_legend(of, &canvas);
    for (int s = 0; s < of->n_series; s++)
        draw_series(of, &range, s, &canvas);
    return figure_canvas_close(&canvas, png, error);
}

enum status share_figure_png(const struct share_figure *of, struct buffer *out, struct error *error)
{
    return draw(of, NULL, out, error);
}

enum status share_figure_svg(const struct share_figure *of, struct buffer *out, struct error *error)
{
    return draw(of, out, NULL, error);
}
