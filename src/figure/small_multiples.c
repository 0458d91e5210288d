#include "figure/small_multiples.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "draw/stroke_font.h"
#include "figure/figure.h"
#include "figure/figure_canvas.h"

enum { WIDTH = 1600, HEAD = 96, PANEL_HEIGHT = 410, FOOT = 30, ACROSS = 3, SIDE = 30, LEGEND_STEP = 34 };
enum {
    NAME_COLUMNS = 36,
    TITLE_COLUMNS = 110,
    WANTED_TICKS = 5,
    NUMBER = 26 /* least distance of the numbers below a panel */
};

static const uint32_t ink = 0x202020, quiet = 0x666666, faint = 0xe4e4e4;

/* Selected by search among published colour-blind-safe sets (Okabe and Ito, Tol) with a contrast of at least 1.9 to
 * white, in an order that keeps the first few distinct: the minimum difference (CIE 1976) under normal vision,
 * protanopia, deuteranopia and tritanopia is 57 for three lines, 29 for five, 16 for ten. */
static const uint32_t colours[PANELS_LINES_MAX] = {0x0072b2, 0xe69f00, 0x000000, 0x666633, 0x882255,
                                                   0x33bbee, 0x332288, 0x999999, 0xd55e00, 0xee3377};

struct frame {
    float left, top, width, height;
    double first, last; /* values of x at the edges */
    struct panel_axis y;
};

static double mean_at(const struct small_multiples *small_multiples, const struct panel *panel, int line, int point)
{
    return panel->means[line * small_multiples->n_points + point];
}

static double low_of(double mean, double spread)
{
    return fmax(mean - spread, fmin(mean, 0));
}

static double low_at(const struct small_multiples *small_multiples, const struct panel *panel, int line, int point)
{
    return low_of(mean_at(small_multiples, panel, line, point),
                  panel->spreads[line * small_multiples->n_points + point]);
}

static double high_at(const struct small_multiples *small_multiples, const struct panel *panel, int line, int point)
{
    return mean_at(small_multiples, panel, line, point) + panel->spreads[line * small_multiples->n_points + point];
}

struct panel_axis panel_axis_of(const double *means, const double *spreads, int count)
{
    double low = INFINITY, high = -INFINITY;
    for (int i = 0; i < count; i++)
        if (isfinite(means[i])) {
            low = fmin(low, low_of(means[i], spreads[i]));
            high = fmax(high, means[i] + spreads[i]);
        }
    if (low > high)
        low = high = 0;
    if (low > 0 && 3 * low < high)
        low = 0;
    if (!(high > low))
        high = low + (low > 0 ? low : 1);
    double step = figure_step(high - low, WANTED_TICKS);
    return (struct panel_axis){step * floor(low / step), step * ceil(high / step), step};
}

static float x_of(const struct frame *frame, double x)
{
    return frame->left + frame->width * (float)((x - frame->first) / (frame->last - frame->first));
}

static float y_of(const struct frame *frame, double y)
{
    return frame->top + frame->height * (float)((frame->y.high - y) / (frame->y.high - frame->y.low));
}

static void draw_axes(const struct small_multiples *small_multiples, const struct panel *panel,
                      const struct frame *frame, struct figure_canvas *figure_canvas)
{
    const float right = frame->left + frame->width, bottom = frame->top + frame->height;
    char number[32];
    int ticks = (int)lrint((frame->y.high - frame->y.low) / frame->y.step);
    for (int k = 0; k <= ticks; k++) {
        double value = frame->y.low + k * frame->y.step;
        float y = y_of(frame, value);
        figure_canvas_line(figure_canvas, frame->left, y, right, y, 1, faint);
        snprintf(number, sizeof number, "%g", fabs(value) < frame->y.step / 2 ? 0 : value);
        figure_canvas_text(figure_canvas, number, frame->left - 12, y + 5, 10, CANVAS_RIGHT, quiet);
    }
    float after = -INFINITY; /* where the last number ends; the last point always has one */
    const float last = x_of(frame, small_multiples->x[small_multiples->n_points - 1]);
    for (int point = 0; point < small_multiples->n_points; point++) {
        float x = x_of(frame, small_multiples->x[point]);
        figure_canvas_line(figure_canvas, x, bottom, x, bottom + 5, 1, quiet);
        if (x < after + NUMBER || (x < last && x > last - NUMBER))
            continue;
        snprintf(number, sizeof number, "%d", small_multiples->x[point]);
        figure_canvas_text(figure_canvas, number, x, bottom + 22, 10, CANVAS_CENTRE, quiet);
        after = x;
    }
    figure_canvas_line(figure_canvas, frame->left, bottom, right, bottom, 1.2F, quiet);
    figure_canvas_text(figure_canvas, panel->title, frame->left, frame->top - 16, 13, CANVAS_LEFT, ink);
    figure_canvas_text(figure_canvas, panel->note, right, frame->top - 16, 9, CANVAS_RIGHT, quiet);
    figure_canvas_text(figure_canvas, small_multiples->x_label, frame->left + frame->width / 2, bottom + 46, 10,
                       CANVAS_CENTRE, quiet);
}

/* The number of consecutive known points from `point` on. */
static int run_length(const struct small_multiples *small_multiples, const struct panel *panel, int line, int point)
{
    int n = 0;
    while (point + n < small_multiples->n_points && isfinite(mean_at(small_multiples, panel, line, point + n)))
        n++;
    return n;
}

static void draw_band(const struct small_multiples *small_multiples, const struct panel *panel,
                      const struct frame *frame, int line, struct figure_canvas *figure_canvas)
{
    float x[PANELS_POINTS_MAX], low[PANELS_POINTS_MAX], high[PANELS_POINTS_MAX];
    for (int point = 0, n; point<small_multiples->n_points; point += n> 0 ? n : 1) {
        n = run_length(small_multiples, panel, line, point);
        for (int i = 0; i < n; i++) {
            x[i] = x_of(frame, small_multiples->x[point + i]);
            low[i] = y_of(frame, low_at(small_multiples, panel, line, point + i));
            high[i] = y_of(frame, high_at(small_multiples, panel, line, point + i));
        }
        if (n > 1)
            figure_canvas_band(figure_canvas, n, x, low, high, fminf(0.16F, 0.55F / (float)small_multiples->n_lines),
                               colours[line]);
        else if (n == 1) /* a band without width would be invisible */
            figure_canvas_line(figure_canvas, x[0], low[0], x[0], high[0], 1.5F, colours[line]);
    }
}

static void draw_line(const struct small_multiples *small_multiples, const struct panel *panel,
                      const struct frame *frame, int line, struct figure_canvas *figure_canvas)
{
    for (int point = 1; point < small_multiples->n_points; point++) {
        double before = mean_at(small_multiples, panel, line, point - 1),
               now = mean_at(small_multiples, panel, line, point);
        if (isfinite(before) && isfinite(now))
            figure_canvas_line(figure_canvas, x_of(frame, small_multiples->x[point - 1]), y_of(frame, before),
                               x_of(frame, small_multiples->x[point]), y_of(frame, now), 2.4F, colours[line]);
    }
    for (int point = 0; point < small_multiples->n_points; point++) {
        double mean = mean_at(small_multiples, panel, line, point);
        if (isfinite(mean))
            figure_canvas_mark(figure_canvas, (enum mark)(line % N_MARKS), x_of(frame, small_multiples->x[point]),
                               y_of(frame, mean), 5.5F, colours[line]);
    }
}

static const char *text_of(const struct buffer *buffer)
{
    return buffer->data ? buffer->data : "";
}

static void shown_name(const char *name, struct buffer *shown)
{
    buffer_clear(shown);
    text_fit(name, strlen(name), NAME_COLUMNS, false, shown);
}

/* Draws centred rows of entries from the baseline `y` on, as many as needed; without a canvas it only measures. Returns
 * the number of rows. */
static int draw_legend(const struct small_multiples *small_multiples, float y, struct figure_canvas *figure_canvas)
{
    const float sample = 44, gap = 12, between = 40;
    struct buffer name = {0};
    int rows = 0;
    for (int first = 0, last; first < small_multiples->n_lines; first = last, rows++) {
        float width = -between;
        for (last = first; last < small_multiples->n_lines; last++) {
            shown_name(small_multiples->names[last], &name);
            float entry = between + sample + gap + stroke_font_width(text_of(&name), 12);
            if (last > first && width + entry > WIDTH - 2 * SIDE)
                break;
            width += entry;
        }
        float x = (WIDTH - width) / 2, middle = y + LEGEND_STEP * (float)rows - 6;
        for (int line = first; figure_canvas && line < last; line++) {
            shown_name(small_multiples->names[line], &name);
            figure_canvas_line(figure_canvas, x, middle, x + sample, middle, 2.4F, colours[line]);
            figure_canvas_mark(figure_canvas, (enum mark)(line % N_MARKS), x + sample / 2, middle, 6.5F, colours[line]);
            figure_canvas_text(figure_canvas, text_of(&name), x + sample + gap, middle + 6, 12, CANVAS_LEFT, ink);
            x += sample + gap + stroke_font_width(text_of(&name), 12) + between;
        }
    }
    buffer_free(&name);
    return rows;
}

/* Fewer panels than a row has are wider. */
static int panels_across(const struct small_multiples *small_multiples)
{
    return small_multiples->n_small_multiples < ACROSS ? small_multiples->n_small_multiples : ACROSS;
}

static void draw_panel(const struct small_multiples *small_multiples, int index, float top,
                       struct figure_canvas *figure_canvas)
{
    const struct panel *panel = &small_multiples->small_multiples[index];
    const int across = panels_across(small_multiples);
    const float cell = (WIDTH - 2.0F * SIDE) / (float)across;
    struct frame frame = {
        .left = SIDE + cell * (float)(index % across) + 62,
        .top = top + PANEL_HEIGHT * (float)(index / across) + 56,
        .width = cell - 62 - 22,
        .height = PANEL_HEIGHT - 56 - 66,
        .first = small_multiples->x[0] - 0.4,
        .last = small_multiples->x[small_multiples->n_points - 1] + 0.4,
        .y = panel_axis_of(panel->means, panel->spreads, small_multiples->n_lines * small_multiples->n_points),
    };
    draw_axes(small_multiples, panel, &frame, figure_canvas);
    for (int line = 0; line < small_multiples->n_lines; line++)
        draw_band(small_multiples, panel, &frame, line, figure_canvas);
    for (int line = 0; line < small_multiples->n_lines; line++)
        draw_line(small_multiples, panel, &frame, line, figure_canvas);
}

static enum status draw(const struct small_multiples *small_multiples, struct buffer *svg, struct buffer *png,
                        struct error *error)
{
    struct figure_canvas figure_canvas;
    struct buffer title = {0}, subtitle = {0};
    text_fit(small_multiples->title, strlen(small_multiples->title), TITLE_COLUMNS, false, &title);
    text_fit(small_multiples->subtitle, strlen(small_multiples->subtitle), TITLE_COLUMNS, false, &subtitle);
    float top = HEAD + LEGEND_STEP * (float)draw_legend(small_multiples, 0, NULL);
    int rows = (small_multiples->n_small_multiples + ACROSS - 1) / ACROSS;
    enum status status =
        figure_canvas_open(WIDTH, (int)top + PANEL_HEIGHT * rows + FOOT, text_of(&title), svg, &figure_canvas, error);
    if (status == STATUS_OK) {
        figure_canvas_text(&figure_canvas, text_of(&title), WIDTH / 2.0F, 48, 20, CANVAS_CENTRE, ink);
        figure_canvas_text(&figure_canvas, text_of(&subtitle), WIDTH / 2.0F, 80, 11, CANVAS_CENTRE, quiet);
        draw_legend(small_multiples, HEAD + 28, &figure_canvas);
        for (int i = 0; i < small_multiples->n_small_multiples; i++)
            draw_panel(small_multiples, i, top, &figure_canvas);
        status = figure_canvas_close(&figure_canvas, png, error);
    }
    buffer_free(&title);
    buffer_free(&subtitle);
    return status;
}

enum status small_multiples_png(const struct small_multiples *small_multiples, struct buffer *out, struct error *error)
{
    return draw(small_multiples, NULL, out, error);
}

enum status small_multiples_svg(const struct small_multiples *small_multiples, struct buffer *out, struct error *error)
{
    return draw(small_multiples, out, NULL, error);
}
