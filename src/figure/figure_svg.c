#include <stdio.h>
#include <stdlib.h>

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
    svg_add_text("Component 1", (float)(left + right) / 2, figure->label_y, figure->label_height, "middle",
                 scatter->foreground, out);
    buffer_printf(out, "<g transform=\"translate(34 %.1f) rotate(-90)\">", (top + bottom) / 2);
    svg_add_text("Component 2", 0, 0, figure->label_height, "middle", scatter->foreground, out);
    buffer_add_text(out, "</g>\n");
}

/* `hidden` [n]: points without a mark; may be NULL. */
static void add_marks(const struct scatter *scatter, const struct figure *figure, const bool *hidden,
                      struct buffer *out)
{
    for (int label = 0; label < SCATTER_LABELS_MAX; label++) {
        buffer_printf(out, "<g fill=\"#%06x\" stroke=\"#%06x\" stroke-width=\"0.8\" fill-rule=\"evenodd\">\n",
                      (unsigned)scatter_colour(label, scatter->background), (unsigned)scatter->background);
        for (int64_t i = 0; i < scatter->n; i++) {
            if (!scatter_shown(scatter, i) || scatter_label(scatter, i) % SCATTER_LABELS_MAX != label ||
                (hidden && hidden[i]))
                continue;
            float x, y;
            scatter_project(scatter, &figure->frame, i, &x, &y);
            buffer_printf(out, "<use href=\"#m%d\" x=\"%.2f\" y=\"%.2f\"/>\n", label, (double)x, (double)y);
        }
        buffer_add_text(out, "</g>\n");
    }
}

static void add_points(const struct scatter *scatter, const struct figure *figure, struct buffer *out)
{
    add_marks(scatter, figure, NULL, out);
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

static enum status add_cover(const struct scatter *scatter, const struct scatter_covers *covers,
                             const struct placed_cover *place, struct buffer *out, struct error *error)
{
    enum { SHARPNESS = 2 }; /* pixels of the picture to one of the figure */
    const float border = scatter_cover_border(place->edge), within = place->edge - 2 * border;
    const float left = place->x - place->edge / 2, top = place->y - place->edge / 2;
    buffer_printf(out, "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" fill=\"#%06x\"/>\n", (double)left,
                  (double)top, (double)place->edge, (double)place->edge,
                  (unsigned)scatter_colour(scatter_label(scatter, place->point), scatter->background));
    struct image image = {0};
    enum status status = STATUS_OK;
    if (covers->image(covers->context, place->point, SHARPNESS * (int)within, &image))
        status = svg_add_image(&image, left + border, top + border, within, out, error);
    image_free(&image);
    return status;
}

static enum status add_cover_points(const struct scatter *scatter, const struct scatter_covers *covers,
                                    const struct figure *figure, struct buffer *out, struct error *error)
{
    const struct scatter_box box = figure_inside(figure);
    const float edge = scatter_cover_edge(scatter, &box, covers);
    struct placed_cover *placed = malloc(((size_t)scatter->n + 1) * sizeof *placed), selected;
    bool *hidden = malloc(((size_t)scatter->n + 1) * sizeof *hidden);
    int64_t count = placed && hidden ? scatter_place_covers(scatter, &figure->frame, &box, edge, placed, hidden) : -1;
    enum status status = count >= 0 ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK)
        add_marks(scatter, figure, hidden, out);
    for (int64_t k = 0; status == STATUS_OK && k < count; k++)
        status = add_cover(scatter, covers, &placed[k], out, error);
    if (status == STATUS_OK && scatter_selected_cover(scatter, &figure->frame, &box, edge, &selected))
        status = add_cover(scatter, covers, &selected, out, error);
    free(placed);
    free(hidden);
    return status;
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

static void add_caption(const struct figure *figure, const char *caption, float y, struct buffer *out)
{
    struct buffer shown = {0};
    figure_caption(caption, &shown);
    svg_add_text(shown.data ? shown.data : "", figure->left, y, figure->tick_height, "start", figure->quiet, out);
    buffer_free(&shown);
}

enum status scatter_figure_svg(const struct scatter *scatter, const struct scatter_figure *of, struct buffer *out,
                               struct error *error)
{
    struct figure figure;
    figure_layout(scatter, of, &figure);
    struct buffer shown = {0};
    figure_title(of->title, &shown);
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
    enum status status = STATUS_OK;
    if (of->covers)
        status = add_cover_points(scatter, of->covers, &figure, out, error);
    else
        add_points(scatter, &figure, out);
    svg_add_text(title_text, FIGURE_WIDTH / 2.0F, 44, figure.title_height, "middle", scatter->foreground, out);
    add_legend(scatter, &figure, out);
    if (of->caption)
        add_caption(&figure, of->caption, figure.caption_y, out);
    if (of->note)
        add_caption(&figure, of->note, figure.note_y, out);
    buffer_add_text(out, "</svg>\n");
    buffer_free(&shown);
    return status == STATUS_OK && out->failed ? error_no_memory(error) : status;
}
