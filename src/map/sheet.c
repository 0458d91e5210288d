#include "map/sheet.h"

#include "map/strokes.h"
#include "map/svg.h"

static const uint32_t white = 0xffffff;
static const float rim = 1.5F;

enum status sheet_open(int width, int height, const char *title, struct buffer *svg, struct sheet *sheet,
                       struct error *error)
{
    *sheet = (struct sheet){.svg = svg};
    if (!svg) {
        enum status status = image_create(width, height, &sheet->image, error);
        if (status == STATUS_OK)
            plot_fill(&sheet->image, white);
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

enum status sheet_close(struct sheet *sheet, struct buffer *png, struct error *error)
{
    if (!sheet->svg) {
        enum status status = image_encode_png(&sheet->image, png, error);
        image_free(&sheet->image);
        return status;
    }
    buffer_add_text(sheet->svg, "</svg>\n");
    return sheet->svg->failed ? error_no_memory(error) : STATUS_OK;
}

void sheet_text(struct sheet *sheet, const char *text, float x, float y, float height, enum sheet_anchor anchor,
                uint32_t colour)
{
    static const char *const anchors[] = {"start", "middle", "end"};
    static const float parts[] = {0, 0.5F, 1};
    if (sheet->svg)
        svg_add_text(text, x, y, height, anchors[anchor], colour, sheet->svg);
    else
        strokes_draw(&sheet->image, text, x - parts[anchor] * strokes_width(text, height), y, height, false, colour);
}

void sheet_line(struct sheet *sheet, float x0, float y0, float x1, float y1, float thickness, uint32_t colour)
{
    if (sheet->svg)
        buffer_printf(sheet->svg,
                      "<path d=\"M%.2f %.2fL%.2f %.2f\" stroke=\"#%06x\" stroke-width=\"%.2f\" "
                      "stroke-linecap=\"round\"/>\n",
                      (double)x0, (double)y0, (double)x1, (double)y1, (unsigned)colour, (double)thickness);
    else
        plot_line(&sheet->image, x0, y0, x1, y1, thickness, colour);
}

void sheet_mark(struct sheet *sheet, enum mark mark, float x, float y, float radius, uint32_t colour)
{
    if (!sheet->svg) {
        plot_mark(&sheet->image, mark, x, y, radius, rim, white);
        plot_mark(&sheet->image, mark, x, y, radius, 0, colour);
        return;
    }
    buffer_printf(sheet->svg, "<path transform=\"translate(%.2f %.2f)\" d=\"", (double)x, (double)y);
    svg_add_mark_path(mark, radius, sheet->svg);
    buffer_printf(sheet->svg,
                  "\" fill=\"#%06x\" fill-rule=\"evenodd\" stroke=\"#%06x\" stroke-width=\"%.1f\" "
                  "paint-order=\"stroke\"/>\n",
                  (unsigned)colour, (unsigned)white, (double)(2 * rim));
}

void sheet_band(struct sheet *sheet, int n, const float *x, const float *low, const float *high, float opacity,
                uint32_t colour)
{
    if (!sheet->svg) {
        for (int i = 1; i < n; i++)
            plot_band(&sheet->image, x[i - 1], low[i - 1], high[i - 1], x[i], low[i], high[i], opacity, colour);
        return;
    }
    buffer_add_text(sheet->svg, "<path d=\"");
    for (int i = 0; i < n; i++)
        buffer_printf(sheet->svg, "%c%.2f %.2f", i == 0 ? 'M' : 'L', (double)x[i], (double)high[i]);
    for (int i = n - 1; i >= 0; i--)
        buffer_printf(sheet->svg, "L%.2f %.2f", (double)x[i], (double)low[i]);
    buffer_printf(sheet->svg, "Z\" fill=\"#%06x\" fill-opacity=\"%.2f\"/>\n", (unsigned)colour, (double)opacity);
}
