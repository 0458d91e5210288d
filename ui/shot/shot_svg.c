#include <string.h>

#include "core/base64.h"
#include "figure/svg.h"
#include "ui/shot/shot.h"

static bool is_blank(const struct tile *tile)
{
    return tile->text[0] == ' ' && tile->text[1] == '\0';
}

/* Whether two neighbours can be in the same text element. Wide characters have one of their own, because fonts do not
 * agree about their width. */
static bool continues(const struct shot *shot, const struct tile *first, const struct tile *next)
{
    uint32_t ink[2], page[2];
    shot_colours(shot, first, &ink[0], &page[0]);
    shot_colours(shot, next, &ink[1], &page[1]);
    return first->width == 1 && next->width == 1 && ink[0] == ink[1] && first->attributes == next->attributes &&
           !is_blank(next);
}

static void add_backgrounds(const struct shot *shot, int row, struct buffer *out)
{
    for (int column = 0, end; column < shot->grid.columns; column = end) {
        uint32_t ink, page, other;
        shot_colours(shot, grid_tile(&shot->grid, row, column), &ink, &page);
        for (end = column + 1; end < shot->grid.columns; end++) {
            shot_colours(shot, grid_tile(&shot->grid, row, end), &ink, &other);
            if (other != page)
                break;
        }
        if (page != shot->page)
            buffer_printf(out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#%06x\"/>\n",
                          column * shot->cell_width, row * shot->cell_height, (end - column) * shot->cell_width,
                          shot->cell_height, (unsigned)page);
    }
}

static void add_run(const struct shot *shot, int row, int column, int end, struct buffer *out)
{
    const struct tile *first = grid_tile(&shot->grid, row, column);
    uint32_t ink, page;
    shot_colours(shot, first, &ink, &page);
    int columns = first->width == 2 ? 2 : end - column;
    buffer_printf(out, "<text x=\"%d\" y=\"%.1f\" textLength=\"%d\" fill=\"#%06x\"%s%s>", column * shot->cell_width,
                  (double)((float)row + 0.76F) * shot->cell_height, columns * shot->cell_width, (unsigned)ink,
                  first->attributes & ATTRIBUTE_BOLD ? " font-weight=\"bold\"" : "",
                  first->attributes & ATTRIBUTE_UNDERLINE ? " text-decoration=\"underline\"" : "");
    for (int at = column; at < end; at++)
        svg_add_escaped(grid_tile(&shot->grid, row, at)->text, out);
    buffer_add_text(out, "</text>\n");
}

static void add_texts(const struct shot *shot, int row, struct buffer *out)
{
    for (int column = 0, end; column < shot->grid.columns; column = end) {
        const struct tile *first = grid_tile(&shot->grid, row, column);
        end = column + 1;
        if (first->width == 0 || is_blank(first))
            continue;
        while (end < shot->grid.columns && continues(shot, first, grid_tile(&shot->grid, row, end)))
            end++;
        add_run(shot, row, column, end, out);
    }
}

static enum status add_picture(const struct shot *shot, int at, struct buffer *out, struct error *error)
{
    struct buffer bytes = {0};
    int left, top;
    shot_place(shot, at, &left, &top);
    enum status status = image_encode_png(&shot->images[at], &bytes, error);
    if (status == STATUS_OK) {
        buffer_printf(out, "<image x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" href=\"data:image/png;base64,", left,
                      top, shot->images[at].width, shot->images[at].height);
        base64_add(bytes.data, bytes.size, out);
        buffer_add_text(out, "\"/>\n");
    }
    buffer_free(&bytes);
    return status;
}

enum status shot_svg(const struct shot *shot, struct buffer *out, struct error *error)
{
    enum status status = STATUS_OK;
    int width = shot->grid.columns * shot->cell_width, height = shot->grid.rows * shot->cell_height;
    buffer_printf(out,
                  "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" "
                  "font-family=\"DejaVu Sans Mono, Menlo, Consolas, monospace\" font-size=\"%.1f\" "
                  "xml:space=\"preserve\">\n<rect width=\"%d\" height=\"%d\" fill=\"#%06x\"/>\n",
                  width, height, width, height, 1.66 * shot->cell_width, width, height, (unsigned)shot->page);
    for (int row = 0; row < shot->grid.rows; row++) {
        add_backgrounds(shot, row, out);
        add_texts(shot, row, out);
    }
    for (int i = 0; status == STATUS_OK && i < shot->n_images; i++)
        status = add_picture(shot, i, out, error);
    buffer_add_text(out, "</svg>\n");
    return status == STATUS_OK && out->failed ? error_no_memory(error) : status;
}
