#include "figure/spectrogram_figure.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "figure/figure_canvas.h"
#include "figure/heat_map.h"

enum { WIDTH = 1400, HEAD = 96, LEFT = 90, RIGHT = 110, PICTURE = 480, FOOT = 80, TITLE_COLUMNS = 90, LOUDEST = 255 };

static const uint32_t ink = 0x202020, quiet = 0x666666;

/* ------------------------------------------------------------------ the picture */

/* The mean level of columns x0..x1-1 and bands y0..y1-1. */
static double mean_level(const uint8_t *levels, int bands, int x0, int x1, int y0, int y1)
{
    double sum = 0;
    for (int x = x0; x < x1; x++)
        for (int y = y0; y < y1; y++)
            sum += levels[(size_t)x * (size_t)bands + (size_t)y];
    return sum / ((double)(x1 - x0) * (y1 - y0));
}

/* The first and the last+1 of n items in pixel i of `pixels`; at least one. */
static void items_of(int i, int pixels, int n, int *first, int *end)
{
    *first = (int)((int64_t)i * n / pixels);
    *end = (int)((int64_t)(i + 1) * n / pixels);
    if (*end <= *first)
        *end = *first + 1;
}

enum status spectrogram_picture(const uint8_t *levels, int columns, int bands, int width, int height,
                                struct image *image, struct error *error)
{
    const enum status status = image_create(width, height, image, error);
    if (status != STATUS_OK)
        return status;
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            int x0, x1, y0, y1;
            items_of(x, width, columns, &x0, &x1);
            items_of(height - 1 - y, height, bands, &y0, &y1);
            const uint32_t colour = heat_map_colour(mean_level(levels, bands, x0, x1, y0, y1), 0, LOUDEST);
            uint8_t *pixel = image->rgb + 3 * ((size_t)y * (size_t)width + (size_t)x);
            pixel[0] = (uint8_t)(colour >> 16);
            pixel[1] = (uint8_t)(colour >> 8);
            pixel[2] = (uint8_t)colour;
        }
    return STATUS_OK;
}

double spectrogram_seconds_step(double seconds, int most)
{
    static const double steps[] = {0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        if (seconds / steps[i] <= most)
            return steps[i];
    return 3600;
}

/* ------------------------------------------------------------------ the figure */

static void draw_axes(const struct spectrogram_figure *of, struct figure_canvas *canvas)
{
    const float width = WIDTH - LEFT - RIGHT, bottom = HEAD + PICTURE;
    const double step = spectrogram_seconds_step(of->seconds, 14);
    char number[32];
    for (double at = ceil(of->start / step) * step; at <= of->start + of->seconds + step * 1e-6; at += step) {
        const float x = LEFT + width * (float)((at - of->start) / of->seconds);
        figure_canvas_line(canvas, x, bottom, x, bottom + 6, 1, quiet);
        snprintf(number, sizeof number, "%g", round(at * 10) / 10);
        figure_canvas_text(canvas, number, x, bottom + 22, 10, CANVAS_CENTRE, quiet);
    }
    figure_canvas_text(canvas, "s", LEFT + width + 8, bottom + 22, 10, CANVAS_LEFT, ink);
    for (int i = 0; i < of->n_ticks; i++) {
        const float y = bottom - PICTURE * (float)of->ticks[i].at;
        figure_canvas_line(canvas, LEFT - 6, y, LEFT, y, 1, quiet);
        figure_canvas_text(canvas, of->ticks[i].text, LEFT - 12, y + 5, 10, CANVAS_RIGHT, quiet);
    }
    figure_canvas_text(canvas, "Hz", LEFT - 12, HEAD - 10, 10, CANVAS_RIGHT, ink);
}

static void draw_scale(const struct spectrogram_figure *of, struct figure_canvas *canvas)
{
    enum { STEPS = 60 };
    const float x = WIDTH - RIGHT + 30, height = PICTURE / (float)STEPS;
    char number[32];
    for (int i = 0; i < STEPS; i++)
        figure_canvas_rectangle(canvas, x, HEAD + PICTURE - height * (float)(i + 1), 14, height,
                                heat_map_colour(i, 0, STEPS - 1));
    snprintf(number, sizeof number, "%.0f", of->high);
    figure_canvas_text(canvas, number, x + 22, HEAD + 10, 10, CANVAS_LEFT, quiet);
    snprintf(number, sizeof number, "%.0f", of->low);
    figure_canvas_text(canvas, number, x + 22, HEAD + PICTURE, 10, CANVAS_LEFT, quiet);
    figure_canvas_text(canvas, "dB", x, HEAD - 10, 10, CANVAS_LEFT, ink);
}

static enum status draw_picture(const struct spectrogram_figure *of, struct figure_canvas *canvas, struct error *error)
{
    struct image image;
    const int width = WIDTH - LEFT - RIGHT, sharpness = figure_canvas_sharpness(canvas);
    enum status status =
        spectrogram_picture(of->levels, of->columns, of->bands, width * sharpness, PICTURE * sharpness, &image, error);
    if (status != STATUS_OK)
        return status;
    status = figure_canvas_picture(canvas, &image, LEFT, HEAD, (float)width, PICTURE, error);
    image_free(&image);
    return status;
}

enum status spectrogram_figure(const struct spectrogram_figure *of, bool svg, struct buffer *out, struct error *error)
{
    struct figure_canvas canvas;
    struct buffer title = {0};
    text_fit(of->title, strlen(of->title), TITLE_COLUMNS, false, &title);
    enum status status = title.failed ? error_no_memory(error)
                                      : figure_canvas_open(WIDTH, HEAD + PICTURE + FOOT, title.data ? title.data : "",
                                                           svg ? out : NULL, &canvas, error);
    buffer_free(&title);
    if (status != STATUS_OK)
        return status;
    figure_canvas_text_fit(&canvas, of->title, TITLE_COLUMNS, WIDTH / 2.0F, 36, 17, CANVAS_CENTRE, ink);
    figure_canvas_text_fit(&canvas, of->subtitle, TITLE_COLUMNS + 40, WIDTH / 2.0F, 62, 10, CANVAS_CENTRE, quiet);
    status = draw_picture(of, &canvas, error);
    draw_axes(of, &canvas);
    draw_scale(of, &canvas);
    const enum status closed = figure_canvas_close(&canvas, svg ? NULL : out, status == STATUS_OK ? error : NULL);
    return status == STATUS_OK ? closed : status;
}
