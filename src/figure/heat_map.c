#include "figure/heat_map.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "figure/figure_canvas.h"

enum { WIDTH = 1200, HEAD = 110, NAMES = 290, FOOT = 90, TITLE_COLUMNS = 80, NAME_COLUMNS = 27, SCALE_STEPS = 60 };

static const uint32_t ink = 0x202020, quiet = 0x666666;

/* Between these the colour changes linearly: white, blue, nearly black. Lightness falls evenly. */
static const int stops[3][3] = {{0xf4, 0xf8, 0xfc}, {0x3f, 0x8f, 0xc4}, {0x06, 0x20, 0x3c}};

uint32_t heat_map_colour(double value, double low, double high)
{
    double share = high > low ? (value - low) / (high - low) : 0;
    share = share < 0 ? 0 : share > 1 ? 1 : share;
    const int from = share < 0.5 ? 0 : 1;
    const double within = 2 * share - from;
    uint32_t colour = 0;
    for (int channel = 0; channel < 3; channel++)
        colour = colour << 8 |
                 (uint32_t)lround(stops[from][channel] + within * (stops[from + 1][channel] - stops[from][channel]));
    return colour;
}

static const char *fitted(const char *text, int columns, struct buffer *out)
{
    buffer_clear(out);
    text_fit(text, strlen(text), columns, false, out);
    return out->data ? out->data : "";
}

/* Columns have the numbers of the rows. */
static void draw_cells(const struct heat_map *map, double low, double high, struct figure_canvas *canvas)
{
    const float cell = (float)(WIDTH - NAMES - 40) / (float)map->n, height = cell > 22 ? 11 : cell / 2;
    struct buffer name = {0};
    char number[32];
    for (int row = 0; row < map->n; row++) {
        const float top = HEAD + cell * (float)row, middle = top + cell / 2 + height / 2;
        for (int column = 0; column < map->n; column++)
            figure_canvas_rectangle(canvas, NAMES + cell * (float)column, top, cell, cell,
                                    heat_map_colour(map->values[row * map->n + column], low, high));
        snprintf(number, sizeof number, "%d", row + 1);
        figure_canvas_text(canvas, number, NAMES - 8, middle, height, CANVAS_RIGHT, quiet);
        figure_canvas_text(canvas, fitted(map->names[row], NAME_COLUMNS, &name), NAMES - 38, middle, height,
                           CANVAS_RIGHT, ink);
        figure_canvas_text(canvas, number, NAMES + cell * ((float)row + 0.5F), HEAD - 8, height, CANVAS_CENTRE, quiet);
    }
    buffer_free(&name);
}

static void draw_scale(double low, double high, float top, struct figure_canvas *canvas)
{
    const float width = 300.0F / SCALE_STEPS;
    char number[32];
    for (int i = 0; i < SCALE_STEPS; i++)
        figure_canvas_rectangle(canvas, NAMES + width * (float)i, top, width, 14,
                                heat_map_colour(low + (high - low) * i / (SCALE_STEPS - 1), low, high));
    snprintf(number, sizeof number, "%.3g", low);
    figure_canvas_text(canvas, number, NAMES, top + 34, 11, CANVAS_LEFT, quiet);
    snprintf(number, sizeof number, "%.3g", high);
    figure_canvas_text(canvas, number, NAMES + 300, top + 34, 11, CANVAS_RIGHT, quiet);
}

enum status heat_map_figure(const struct heat_map *map, bool svg, struct buffer *out, struct error *error)
{
    const float side = WIDTH - NAMES - 40;
    double low = INFINITY, high = -INFINITY;
    struct figure_canvas canvas;
    struct buffer title = {0}, subtitle = {0};
    for (int i = 0; i < map->n * map->n; i++) {
        low = fmin(low, map->values[i]);
        high = fmax(high, map->values[i]);
    }
    fitted(map->title, TITLE_COLUMNS, &title);
    enum status status = figure_canvas_open(WIDTH, HEAD + (int)side + FOOT, title.data ? title.data : "",
                                            svg ? out : NULL, &canvas, error);
    if (status == STATUS_OK) {
        figure_canvas_text(&canvas, title.data ? title.data : "", WIDTH / 2.0F, 42, 18, CANVAS_CENTRE, ink);
        figure_canvas_text(&canvas, fitted(map->subtitle, TITLE_COLUMNS + 30, &subtitle), WIDTH / 2.0F, 70, 11,
                           CANVAS_CENTRE, quiet);
        draw_cells(map, low, high, &canvas);
        draw_scale(low, high, HEAD + side + 26, &canvas);
        status = figure_canvas_close(&canvas, svg ? NULL : out, error);
    }
    buffer_free(&title);
    buffer_free(&subtitle);
    return status;
}
