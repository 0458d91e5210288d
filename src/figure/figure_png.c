#include <stdio.h>

#include "draw/plot.h"
#include "draw/stroke_font.h"
#include "figure/figure.h"

static const char *text_of(const struct buffer *buffer)
{
    return buffer->data ? buffer->data : "";
}

static void draw_centred(struct image *image, const char *text, float x, float y, float height, uint32_t colour)
{
    stroke_font_draw(image, text, x - stroke_font_width(text, height) / 2, y, height, false, colour);
}

static void draw_axes(const struct figure *figure, uint32_t foreground, struct image *image)
{
    const float left = figure->left, top = figure->top, right = left + figure->width, bottom = top + figure->height;
    char number[32];
    for (int k = 0; k < figure->x.n; k++) {
        plot_rectangle(image, figure->x.at[k] - 0.5F, top, 1, figure->height, figure->faint);
        snprintf(number, sizeof number, "%g", figure->x.values[k]);
        draw_centred(image, number, figure->x.at[k], bottom + 10 + figure->tick_height, figure->tick_height,
                     figure->quiet);
    }
    for (int k = 0; k < figure->y.n; k++) {
        plot_rectangle(image, left, figure->y.at[k] - 0.5F, figure->width, 1, figure->faint);
        snprintf(number, sizeof number, "%g", figure->y.values[k]);
        stroke_font_draw(image, number, left - 12 - stroke_font_width(number, figure->tick_height),
                         figure->y.at[k] + figure->tick_height / 2, figure->tick_height, false, figure->quiet);
    }
    plot_rectangle(image, left, top, figure->width, 1, figure->quiet);
    plot_rectangle(image, left, bottom - 1, figure->width, 1, figure->quiet);
    plot_rectangle(image, left, top, 1, figure->height, figure->quiet);
    plot_rectangle(image, right - 1, top, 1, figure->height, figure->quiet);
    draw_centred(image, "Component 1", left + figure->width / 2, figure->label_y, figure->label_height, foreground);
    float length = stroke_font_width("Component 2", figure->label_height);
    stroke_font_draw(image, "Component 2", 34, top + figure->height / 2 + length / 2, figure->label_height, true,
                     foreground);
}

static void draw_legend(const struct scatter *scatter, const struct figure *figure, struct image *image)
{
    for (int label = 0; label < figure_legend_size(scatter); label++) {
        float y = figure->legend_y + figure->legend_step * (float)label;
        plot_mark(image, (enum mark)(label % N_MARKS), figure->legend_x, y, figure->legend_radius, 0,
                  scatter_colour(label, scatter->background));
        struct buffer name = {0};
        figure_name(scatter, label, &name);
        stroke_font_draw(image, text_of(&name), figure->legend_x + 20, y + figure->legend_height / 2,
                         figure->legend_height, false, scatter->foreground);
        buffer_free(&name);
    }
}

static void draw_caption(const struct figure *figure, const char *caption, float y, struct image *image)
{
    struct buffer shown = {0};
    figure_caption(caption, &shown);
    stroke_font_draw(image, text_of(&shown), figure->left, y, figure->tick_height, false, figure->quiet);
    buffer_free(&shown);
}

static enum status draw_points(const struct scatter *scatter, const struct scatter_figure *of,
                               const struct figure *figure, struct image *image, struct error *error)
{
    const struct scatter_box box = figure_inside(figure);
    if (of->covers)
        return scatter_draw_cover_points(scatter, &figure->frame, &box, of->covers, figure->radius, image, error);
    scatter_draw_points(scatter, &figure->frame, figure->radius, image);
    return STATUS_OK;
}

enum status scatter_figure_png(const struct scatter *scatter, const struct scatter_figure *of, struct buffer *out,
                               struct error *error)
{
    struct image image;
    enum status status = image_create(FIGURE_WIDTH, FIGURE_HEIGHT, &image, error);
    if (status != STATUS_OK)
        return status;
    struct figure figure;
    figure_layout(scatter, of, &figure);
    plot_fill(&image, scatter->background);
    draw_axes(&figure, scatter->foreground, &image);
    status = draw_points(scatter, of, &figure, &image, error);
    struct buffer shown = {0};
    figure_title(of->title, &shown);
    draw_centred(&image, text_of(&shown), FIGURE_WIDTH / 2.0F, 44, figure.title_height, scatter->foreground);
    buffer_free(&shown);
    draw_legend(scatter, &figure, &image);
    if (of->caption)
        draw_caption(&figure, of->caption, figure.caption_y, &image);
    if (of->note)
        draw_caption(&figure, of->note, figure.note_y, &image);
    if (status == STATUS_OK)
        status = image_encode_png(&image, out, error);
    image_free(&image);
    return status;
}
