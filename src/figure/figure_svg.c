#include <stdio.h>

#include "figure/figure.h"
#include "figure/svg.h"

static void add_axes(const struct scatter *scatter, const struct figure *figure, struct buffer *out)
{
    const double left = (double)figure->left, top = (double)figure->top;
    const double right = left + (double)figure->width, bottom = top + (double)figure->height;
    char number[32];
    buffer_printf(out, "<g stroke=\"#%06x\">\n", (unsigned)figure->faint);
    for (int k = 0; k < figure->x.n; k++)
        buffer_printf(out, "<path d=\"M%.1f %.1fV%.1f\"/>\n", (double)figure->x.at[k], top, bottom);
    for (int k = 0; k < figure->y.n; k++)
        buffer_printf(out, "<path d=\"M%.1f %.1fH%.1f\"/>\n", left, (double)figure->y.at[k], right);
    buffer_printf(out,
                  "</g>\n<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"none\" stroke=\"#%06x\"/>\n",
                  left, top, right - left, bottom - top, (unsigned)figure->quiet);
    for (int k = 0; k < figure->x.n; k++) {
        snprintf(number, sizeof number, "%g", figure->x.values[k]);
        svg_add_text(number, figure->x.at[k], (float)bottom + 10 + figure->tick_height, figure->tick_height, "middle",
                     figure->quiet, out);
    }
    for (int k = 0; k < figure->y.n; k++) {
        snprintf(number, sizeof number, "%g", figure->y.values[k]);
        svg_add_text(number, figure->left - 12, figure->y.at[k] + figure->tick_height / 2, figure->tick_height, "end",
                     figure->quiet, out);
    }
    svg_add_text("Component 1", (float)(left + right) / 2, (float)FIGURE_HEIGHT - 24, figure->label_height, "middle",
                 scatter->foreground, out);
    buffer_printf(out, "<g transform=\"translate(34 %.1f) rotate(-90)\">", (top + bottom) / 2);
    svg_add_text("Component 2", 0, 0, figure->label_height, "middle", scatter->foreground, out);
    buffer_add_text(out, "</g>\n");
}

static void add_points(const struct scatter *scatter, const struct figure *figure, struct buffer *out)
{
    for (int label = 0; label < SCATTER_LABELS_MAX; label++) {
        buffer_printf(out, "<g fill=\"#%06x\" stroke=\"#%06x\" stroke-width=\"0.8\" fill-rule=\"evenodd\">\n",
                      (unsigned)scatter_colour(label, scatter->background), (unsigned)scatter->background);
        for (int64_t i = 0; i < scatter->n; i++) {
            if (!scatter_shown(scatter, i) || scatter_label(scatter, i) % SCATTER_LABELS_MAX != label)
                continue;
            float x, y;
            scatter_project(scatter, &figure->frame, i, &x, &y);
            buffer_printf(out, "<use href=\"#m%d\" x=\"%.2f\" y=\"%.2f\"/>\n", label, (double)x, (double)y);
        }
        buffer_add_text(out, "</g>\n");
    }
    int64_t selected = scatter->selected;
    if (selected >= 0 && selected < scatter->n && scatter_shown(scatter, selected)) {
        float x, y;
        scatter_project(scatter, &figure->frame, selected, &x, &y);
        buffer_printf(out,
                      "<circle cx=\"%.2f\" cy=\"%.2f\" r=\"%.1f\" fill=\"none\" stroke=\"#%06x\" "
                      "stroke-width=\"2\"/>\n",
                      (double)x, (double)y, (double)(2.2F * figure->radius), (unsigned)scatter->foreground);
    }
}

static void add_legend(const struct scatter *scatter, const struct figure *figure, struct buffer *out)
{
    for (int label = 0; label < figure_legend_size(scatter); label++) {
        float y = figure->legend_y + figure->legend_step * (float)label;
        buffer_printf(out, "<path transform=\"translate(%.1f %.1f)\" fill=\"#%06x\" fill-rule=\"evenodd\" d=\"",
                      (double)figure->legend_x, (double)y, (unsigned)scatter_colour(label, scatter->background));
        svg_add_mark_path((enum mark)(label % N_MARKS), figure->legend_radius, out);
        buffer_add_text(out, "\"/>\n");
        struct buffer name = {0};
        figure_name(scatter, label, &name);
        svg_add_text(name.data ? name.data : "", figure->legend_x + 20, y + figure->legend_height / 2,
                     figure->legend_height, "start", scatter->foreground, out);
        buffer_free(&name);
    }
}

enum status scatter_figure_svg(const struct scatter *scatter, const char *title, struct buffer *out,
                               struct error *error)
{
    struct figure figure;
    figure_layout(scatter, title, &figure);
    struct buffer shown = {0};
    figure_title(title, &shown);
    const char *title_text = shown.data ? shown.data : "";
    buffer_printf(out,
                  "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
                  "height=\"%d\" viewBox=\"0 0 %d %d\" font-family=\"Helvetica, Arial, sans-serif\">\n<title>",
                  FIGURE_WIDTH, FIGURE_HEIGHT, FIGURE_WIDTH, FIGURE_HEIGHT);
    svg_add_escaped(title_text, out);
    buffer_add_text(out, "</title>\n<defs>\n");
    for (int mark = 0; mark < N_MARKS; mark++) {
        buffer_printf(out, "<path id=\"m%d\" d=\"", mark);
        svg_add_mark_path((enum mark)mark, figure.radius, out);
        buffer_add_text(out, "\"/>\n");
    }
    buffer_printf(out, "</defs>\n<rect width=\"100%%\" height=\"100%%\" fill=\"#%06x\"/>\n",
                  (unsigned)scatter->background);
    add_axes(scatter, &figure, out);
    add_points(scatter, &figure, out);
    svg_add_text(title_text, FIGURE_WIDTH / 2.0F, 44, figure.title_height, "middle", scatter->foreground, out);
    add_legend(scatter, &figure, out);
    buffer_add_text(out, "</svg>\n");
    buffer_free(&shown);
    return out->failed ? error_no_memory(error) : STATUS_OK;
}
