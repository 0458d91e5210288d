#include "figure/figure_canvas.h"

#include <math.h>
#include <string.h>

#include "core/text.h"
#include "draw/stroke_font.h"
#include "figure/svg.h"

static const uint32_t white = 0xffffff;
static const float rim = 1.5F;

enum status figure_canvas_open(int width, int height, const char *title, struct buffer *svg,
                               struct figure_canvas *figure_canvas, struct error *error)
{
    *figure_canvas = (struct figure_canvas){.svg = svg};
    if (!svg) {
        enum status status = image_create(width, height, &figure_canvas->image, error);
        if (status == STATUS_OK)
            plot_fill(&figure_canvas->image, white);
        return status;
    }
    buffer_printf(svg,
                  "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
                  "height=\"%d\" viewBox=\"0 0 %d %d\" font-family=\"Helvetica, Arial, sans-serif\">\n<title>",
                  width, height, width, height);
    svg_add_escaped(title, svg);
    buffer_printf(svg, "</title>\n<rect width=\"100%%\" height=\"100%%\" fill=\"#%06x\"/>\n", (unsigned)white);
    return STATUS_OK;
}

enum status figure_canvas_close(struct figure_canvas *figure_canvas, struct buffer *png, struct error *error)
{
    if (!figure_canvas->svg) {
        enum status status = image_encode_png(&figure_canvas->image, png, error);
        image_free(&figure_canvas->image);
        return status;
    }
    buffer_add_text(figure_canvas->svg, "</svg>\n");
    return figure_canvas->svg->failed ? error_no_memory(error) : STATUS_OK;
}

void figure_canvas_text(struct figure_canvas *figure_canvas, const char *text, float x, float y, float height,
                        enum figure_canvas_anchor anchor, uint32_t colour)
{
    static const char *const anchors[] = {"start", "middle", "end"};
    static const float parts[] = {0, 0.5F, 1};
    if (figure_canvas->svg)
        svg_add_text(text, x, y, height, anchors[anchor], colour, figure_canvas->svg);
    else
        stroke_font_draw(&figure_canvas->image, text, x - parts[anchor] * stroke_font_width(text, height), y, height,
                         false, colour);
}

void figure_canvas_text_fit(struct figure_canvas *figure_canvas, const char *text, int columns, float x, float y,
                            float height, enum figure_canvas_anchor anchor, uint32_t colour)
{
    struct buffer shown = {0};
    text_fit(text, strlen(text), columns, false, &shown);
    if (shown.data)
        figure_canvas_text(figure_canvas, shown.data, x, y, height, anchor, colour);
    buffer_free(&shown);
}

void figure_canvas_line(struct figure_canvas *figure_canvas, float x0, float y0, float x1, float y1, float thickness,
                        uint32_t colour)
{
    if (figure_canvas->svg)
        buffer_printf(figure_canvas->svg,
                      "<path d=\"M%.2f %.2fL%.2f %.2f\" stroke=\"#%06x\" stroke-width=\"%.2f\" "
                      "stroke-linecap=\"round\"/>\n",
                      (double)x0, (double)y0, (double)x1, (double)y1, (unsigned)colour, (double)thickness);
    else
        plot_line(&figure_canvas->image, x0, y0, x1, y1, thickness, colour);
}

void figure_canvas_mark(struct figure_canvas *figure_canvas, enum mark mark, float x, float y, float radius,
                        uint32_t colour)
{
    if (!figure_canvas->svg) {
        plot_mark(&figure_canvas->image, mark, x, y, radius, rim, white);
        plot_mark(&figure_canvas->image, mark, x, y, radius, 0, colour);
        return;
    }
    buffer_printf(figure_canvas->svg, "<path transform=\"translate(%.2f %.2f)\" d=\"", (double)x, (double)y);
    svg_add_mark_path(mark, radius, figure_canvas->svg);
    buffer_printf(figure_canvas->svg,
                  "\" fill=\"#%06x\" fill-rule=\"evenodd\" stroke=\"#%06x\" stroke-width=\"%.1f\" "
                  "paint-order=\"stroke\"/>\n",
                  (unsigned)colour, (unsigned)white, (double)(2 * rim));
}

void figure_canvas_rectangle(struct figure_canvas *figure_canvas, float x, float y, float width, float height,
                             uint32_t colour)
{
    if (figure_canvas->svg)
        buffer_printf(figure_canvas->svg,
                      "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" fill=\"#%06x\"/>\n", (double)x,
                      (double)y, (double)width, (double)height, (unsigned)colour);
    else
        plot_rectangle(&figure_canvas->image, x, y, width, height, colour);
}

int figure_canvas_sharpness(const struct figure_canvas *figure_canvas)
{
    return figure_canvas->svg ? 2 : 1;
}

enum status figure_canvas_picture(struct figure_canvas *figure_canvas, const struct image *image, float x, float y,
                                  float width, float height, struct error *error)
{
    if (figure_canvas->svg)
        return svg_add_picture(image, x, y, width, height, figure_canvas->svg, error);
    plot_image(&figure_canvas->image, (int)lrintf(x), (int)lrintf(y), image);
    return STATUS_OK;
}

enum status figure_canvas_image(struct figure_canvas *figure_canvas, const struct image *image, float x, float y,
                                float edge, struct error *error)
{
    return figure_canvas_picture(figure_canvas, image, x, y, edge, edge, error);
}

void figure_canvas_band(struct figure_canvas *figure_canvas, int n, const float *x, const float *low, const float *high,
                        float opacity, uint32_t colour)
{
    if (!figure_canvas->svg) {
        for (int i = 1; i < n; i++)
            plot_band(&figure_canvas->image, x[i - 1], low[i - 1], high[i - 1], x[i], low[i], high[i], opacity, colour);
        return;
    }
    buffer_add_text(figure_canvas->svg, "<path d=\"");
    for (int i = 0; i < n; i++)
        buffer_printf(figure_canvas->svg, "%c%.2f %.2f", i == 0 ? 'M' : 'L', (double)x[i], (double)high[i]);
    for (int i = n - 1; i >= 0; i--)
        buffer_printf(figure_canvas->svg, "L%.2f %.2f", (double)x[i], (double)low[i]);
    buffer_printf(figure_canvas->svg, "Z\" fill=\"#%06x\" fill-opacity=\"%.2f\"/>\n", (unsigned)colour,
                  (double)opacity);
}
