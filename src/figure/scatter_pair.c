#include "figure/scatter_pair.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "draw/stroke_font.h"
#include "figure/figure_canvas.h"
#include "figure/scatter_internal.h"

/* Pixels from the top left. */
enum {
    WIDTH = 1600,
    SIDE = 32,
    BETWEEN = 32,
    PANEL_WIDTH = (WIDTH - 2 * SIDE - BETWEEN) / 2,
    PANEL_HEIGHT = 660,
    PANEL_TOP = 116,
    LINES_TOP = PANEL_TOP + PANEL_HEIGHT + 30,
    LINE_STEP = 24,
    LEGEND_TOP = LINES_TOP + LINE_STEP * SCATTER_PAIR_LINES + 22,
    LEGEND_STEP = 32,
    LEGEND_COLUMNS = 5,
    FOOT = 32,
    TEXT_COLUMNS = 120,
    NAME_COLUMNS = 26,
};
static const uint32_t ink = 0x202020, quiet = 0x5c5c5c, line_colour = 0xb0b0b0;

/* At most `width` pixels wide: the letters are smaller where the text is longer. */
static void draw_text(struct figure_canvas *canvas, const char *text, float x, float y, float height, float width,
                      enum figure_canvas_anchor anchor, uint32_t colour)
{
    struct buffer shown = {0};
    if (text)
        text_fit(text, strlen(text), TEXT_COLUMNS, false, &shown);
    if (shown.data) {
        float wide = stroke_font_width(shown.data, height);
        figure_canvas_text(canvas, shown.data, x, y, wide > width ? height * width / wide : height, anchor, colour);
    }
    buffer_free(&shown);
}

static float panel_left(int panel)
{
    return (float)(SIDE + panel * (PANEL_WIDTH + BETWEEN));
}

static void draw_mark(const struct scatter *scatter, const struct scatter_frame *frame, int64_t i, float radius,
                      struct figure_canvas *canvas)
{
    float x, y;
    int label = scatter_label(scatter, i);
    scatter_project(scatter, frame, i, &x, &y);
    figure_canvas_mark(canvas, (enum mark)(label % N_MARKS), x, y, radius, scatter_colour(label, scatter->background));
}

static enum status draw_cover(const struct scatter *scatter, const struct scatter_covers *covers,
                              const struct placed_cover *place, struct figure_canvas *canvas, struct error *error)
{
    uint32_t colour = scatter_colour(scatter_label(scatter, place->point), scatter->background);
    float border = scatter_cover_border(place->edge), within = place->edge - 2 * border;
    float left = roundf(place->x - place->edge / 2), top = roundf(place->y - place->edge / 2);
    figure_canvas_rectangle(canvas, left, top, place->edge, place->edge, colour);
    struct image image = {0};
    enum status status = STATUS_OK;
    if (covers->image(covers->context, place->point, figure_canvas_sharpness(canvas) * (int)within, &image))
        status = figure_canvas_image(canvas, &image, left + border, top + border, within, error);
    image_free(&image);
    return status;
}

static enum status draw_covers(const struct scatter *scatter, const struct scatter_covers *covers,
                               const struct scatter_frame *frame, const struct scatter_box *box, float radius,
                               struct figure_canvas *canvas, struct error *error)
{
    float edge = scatter_cover_edge(scatter, box, covers);
    struct placed_cover *placed = malloc(((size_t)scatter->n + 1) * sizeof *placed);
    bool *hidden = malloc(((size_t)scatter->n + 1) * sizeof *hidden);
    int64_t count = placed && hidden ? scatter_place_covers(scatter, frame, box, edge, placed, hidden) : -1;
    enum status status = count >= 0 ? STATUS_OK : error_no_memory(error);
    for (int64_t i = 0; status == STATUS_OK && i < scatter->n; i++)
        if (!hidden[i])
            draw_mark(scatter, frame, i, radius, canvas);
    for (int64_t k = 0; status == STATUS_OK && k < count; k++)
        status = draw_cover(scatter, covers, &placed[k], canvas, error);
    free(placed);
    free(hidden);
    return status;
}

static enum status draw_points(const struct scatter *scatter, const struct scatter_covers *covers,
                               const struct scatter_box *box, struct figure_canvas *canvas, struct error *error)
{
    const struct scatter_bounds bounds = scatter_bounds(scatter);
    const float radius = scatter_mark_radius(scatter, box->width, box->height);
    const struct scatter_frame frame =
        scatter_frame(&bounds, box->left, box->top, box->width, box->height, fmaxf(3 * radius, 24));
    if (covers)
        return draw_covers(scatter, covers, &frame, box, radius, canvas, error);
    for (int64_t i = 0; i < scatter->n; i++)
        if (scatter_shown(scatter, i))
            draw_mark(scatter, &frame, i, radius, canvas);
    return STATUS_OK;
}

static enum status draw_panel(const struct scatter_pair *pair, int index, struct figure_canvas *canvas,
                              struct error *error)
{
    const struct scatter_pair_panel *panel = &pair->panels[index];
    const float left = panel_left(index), top = PANEL_TOP, right = left + PANEL_WIDTH, bottom = top + PANEL_HEIGHT;
    draw_text(canvas, panel->name, left, PANEL_TOP - 16, 16, PANEL_WIDTH, CANVAS_LEFT, ink);
    figure_canvas_line(canvas, left, top, right, top, 1, line_colour);
    figure_canvas_line(canvas, left, bottom, right, bottom, 1, line_colour);
    figure_canvas_line(canvas, left, top, left, bottom, 1, line_colour);
    figure_canvas_line(canvas, right, top, right, bottom, 1, line_colour);
    const struct scatter_box box = {left + 2, top + 2, PANEL_WIDTH - 4, PANEL_HEIGHT - 4};
    enum status status = draw_points(&panel->scatter, pair->covers, &box, canvas, error);
    float y = LINES_TOP;
    for (int line = 0; line < SCATTER_PAIR_LINES; line++)
        if (panel->lines[line]) {
            draw_text(canvas, panel->lines[line], left, y, 11, PANEL_WIDTH, CANVAS_LEFT, line == 0 ? quiet : ink);
            y += LINE_STEP;
        }
    return status;
}

/* Column by column, so that the order is read downwards. */
static void draw_legend(const struct scatter *scatter, struct figure_canvas *canvas)
{
    const int rows = (scatter->n_labels + LEGEND_COLUMNS - 1) / LEGEND_COLUMNS;
    const float step = (WIDTH - 2.0F * SIDE) / LEGEND_COLUMNS;
    for (int label = 0; label < scatter->n_labels; label++) {
        float x = SIDE + step * (float)(label / rows) + 8, y = LEGEND_TOP + (float)(LEGEND_STEP * (label % rows));
        struct buffer name = {0};
        text_fit(scatter->label_names[label], strlen(scatter->label_names[label]), NAME_COLUMNS, false, &name);
        figure_canvas_mark(canvas, (enum mark)(label % N_MARKS), x, y, 7, scatter_colour(label, scatter->background));
        draw_text(canvas, name.data, x + 18, y + 6, 12, step - 44, CANVAS_LEFT, ink);
        buffer_free(&name);
    }
}

enum status scatter_pair_figure(const struct scatter_pair *pair, bool svg, struct buffer *out, struct error *error)
{
    const struct scatter *first = &pair->panels[0].scatter;
    const int rows = (first->n_labels + LEGEND_COLUMNS - 1) / LEGEND_COLUMNS;
    const int height = LEGEND_TOP + LEGEND_STEP * (rows > 0 ? rows - 1 : 0) + FOOT;
    struct buffer title = {0};
    struct figure_canvas canvas;
    text_fit(pair->title, strlen(pair->title), TEXT_COLUMNS, false, &title);
    enum status status =
        figure_canvas_open(WIDTH, height, title.data ? title.data : "", svg ? out : NULL, &canvas, error);
    if (status == STATUS_OK) {
        draw_text(&canvas, pair->title, WIDTH / 2.0F, 48, 18, WIDTH - 2 * SIDE, CANVAS_CENTRE, ink);
        for (int panel = 0; status == STATUS_OK && panel < 2; panel++)
            status = draw_panel(pair, panel, &canvas, error);
        draw_legend(first, &canvas);
        enum status closed = figure_canvas_close(&canvas, svg ? NULL : out, error);
        status = status == STATUS_OK ? closed : status;
    }
    buffer_free(&title);
    return status;
}
