#include "figure/histograms.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "figure/figure_canvas.h"

enum { PANEL = 420, HEIGHT = 560, SIDE = 50, TOP = 150, BOTTOM = 70, TEXT_COLUMNS = 110, NOTE_COLUMNS = 52 };

static const uint32_t ink = 0x202020, quiet = 0x666666, faint = 0xe4e4e4, fill = 0x0072b2;

void histogram_add(struct histogram *histogram, double value)
{
    const double share = (value - histogram->low) / (histogram->high - histogram->low);
    const int bin = (int)floor(fmin(fmax(share, 0), 1) * HISTOGRAM_BINS);
    histogram->counts[bin < HISTOGRAM_BINS ? bin : HISTOGRAM_BINS - 1]++;
}

static void draw_panel(const struct histogram *histogram, int number, struct figure_canvas *canvas)
{
    const float left = (float)(number * PANEL + SIDE), width = PANEL - 2 * SIDE, bottom = HEIGHT - BOTTOM,
                step = width / HISTOGRAM_BINS;
    int64_t most = 1;
    char text[32];
    for (int i = 0; i < HISTOGRAM_BINS; i++)
        most = histogram->counts[i] > most ? histogram->counts[i] : most;
    figure_canvas_text_fit(canvas, histogram->title, NOTE_COLUMNS, left, TOP - 45, 12, CANVAS_LEFT, ink);
    figure_canvas_text_fit(canvas, histogram->note, NOTE_COLUMNS, left, TOP - 22, 9, CANVAS_LEFT, quiet);
    for (int i = 0; i <= 4; i++) {
        const float x = left + width * (float)i / 4;
        figure_canvas_line(canvas, x, TOP, x, bottom, 1, faint);
        snprintf(text, sizeof text, "%.3g", histogram->low + (histogram->high - histogram->low) * i / 4);
        figure_canvas_text(canvas, text, x, bottom + 24, 9, CANVAS_CENTRE, quiet);
    }
    for (int i = 0; i < HISTOGRAM_BINS; i++) {
        const float height = (bottom - TOP) * (float)((double)histogram->counts[i] / (double)most);
        if (histogram->counts[i] > 0)
            figure_canvas_rectangle(canvas, left + step * (float)i, bottom - height, step, height, fill);
    }
    figure_canvas_line(canvas, left, bottom, left + width, bottom, 1.5F, ink);
}

enum status histograms_figure(const struct histograms *histograms, bool svg, struct buffer *out, struct error *error)
{
    struct figure_canvas canvas;
    struct buffer title = {0};
    text_fit(histograms->title, strlen(histograms->title), TEXT_COLUMNS, false, &title);
    enum status status = figure_canvas_open(histograms->n * PANEL, HEIGHT, title.data ? title.data : "",
                                            svg ? out : NULL, &canvas, error);
    buffer_free(&title);
    if (status != STATUS_OK)
        return status;
    figure_canvas_text_fit(&canvas, histograms->title, TEXT_COLUMNS, SIDE, 44, 14, CANVAS_LEFT, ink);
    figure_canvas_text_fit(&canvas, histograms->subtitle, TEXT_COLUMNS, SIDE, 70, 10, CANVAS_LEFT, quiet);
    for (int i = 0; i < histograms->n; i++)
        draw_panel(&histograms->items[i], i, &canvas);
    return figure_canvas_close(&canvas, svg ? NULL : out, error);
}
