/* Covers in place of marks: where they are, and their drawing. */
#include <math.h>
#include <stdlib.h>

#include "draw/plot.h"
#include "figure/scatter_internal.h"

enum { EDGE_MIN = 20, EDGE_MAX = 160, GAP = 2, AWAY_MAX = 1 };

/* Squares of a cover and a gap that tile the box, fixed to the points: when the view is moved, covers move with it. */
struct tiling {
    float left, top, pitch; /* of the first square that is not cut by the box */
    int columns, rows;
    bool *taken; /* [rows x columns] */
};

static bool tiling_create(const struct scatter_frame *frame, const struct scatter_box *box, float edge,
                          struct tiling *tiling)
{
    float pitch = edge + GAP;
    tiling->pitch = pitch;
    tiling->left = frame->x + ceilf((box->left - frame->x) / pitch) * pitch;
    tiling->top = frame->y + ceilf((box->top - frame->y) / pitch) * pitch;
    tiling->columns = (int)((box->left + box->width - tiling->left) / pitch);
    tiling->rows = (int)((box->top + box->height - tiling->top) / pitch);
    tiling->taken = calloc((size_t)tiling->columns * (size_t)tiling->rows + 1, sizeof *tiling->taken);
    return tiling->taken;
}

static int limit(int value, int most)
{
    return value < 0 ? 0 : value > most ? most : value;
}

static float middle(float from, float pitch, int at)
{
    return from + ((float)at + 0.5F) * pitch;
}

/* The nearest free square, at most AWAY_MAX squares away in each direction. */
static bool find_square(const struct tiling *tiling, float x, float y, int *column, int *row)
{
    int own_column = limit((int)((x - tiling->left) / tiling->pitch), tiling->columns - 1);
    int own_row = limit((int)((y - tiling->top) / tiling->pitch), tiling->rows - 1);
    float best = INFINITY;
    for (int r = limit(own_row - AWAY_MAX, tiling->rows); r <= own_row + AWAY_MAX && r < tiling->rows; r++)
        for (int c = limit(own_column - AWAY_MAX, tiling->columns); c <= own_column + AWAY_MAX && c < tiling->columns;
             c++) {
            float away = hypotf(middle(tiling->left, tiling->pitch, c) - x, middle(tiling->top, tiling->pitch, r) - y);
            if (tiling->taken[r * tiling->columns + c] || away >= best)
                continue;
            best = away;
            *column = c;
            *row = r;
        }
    return best < INFINITY;
}

static bool is_taken(const struct tiling *tiling, float x, float y)
{
    int column = (int)floorf((x - tiling->left) / tiling->pitch), row = (int)floorf((y - tiling->top) / tiling->pitch);
    return column >= 0 && row >= 0 && column < tiling->columns && row < tiling->rows &&
           tiling->taken[row * tiling->columns + column];
}

static float inside(float value, float from, float size, float half)
{
    return fminf(fmaxf(value, from + half), fmaxf(from + size - half, from + half));
}

static bool in_box(const struct scatter_box *box, float x, float y)
{
    return x >= box->left && y >= box->top && x < box->left + box->width && y < box->top + box->height;
}

float scatter_cover_edge(const struct scatter *scatter, const struct scatter_box *box,
                         const struct scatter_covers *covers)
{
    float area = box->width * box->height, n = (float)(scatter->n > 0 ? scatter->n : 1);
    float zoom = sqrtf(fmaxf(scatter->view.zoom, 1)), least = (float)(covers->edge_min ? covers->edge_min : EDGE_MIN);
    float edge = fminf(fmaxf(0.8F * sqrtf(area / n) * zoom, least), EDGE_MAX);
    edge = covers->edge > 0 ? (float)covers->edge : edge;
    return floorf(fminf(edge, 0.25F * fminf(box->width, box->height)));
}

int64_t scatter_place_covers(const struct scatter *scatter, const struct scatter_frame *frame,
                             const struct scatter_box *box, float edge, struct placed_cover *placed, bool *hidden)
{
    struct tiling tiling;
    if (!tiling_create(frame, box, edge, &tiling))
        return -1;
    int64_t count = 0;
    int column, row;
    float x, y;
    for (int64_t i = 0; i < scatter->n; i++) {
        scatter_project(scatter, frame, i, &x, &y);
        hidden[i] = !scatter_shown(scatter, i) || !in_box(box, x, y);
        if (hidden[i] || !find_square(&tiling, x, y, &column, &row))
            continue;
        tiling.taken[row * tiling.columns + column] = hidden[i] = true;
        placed[count++] = (struct placed_cover){i, middle(tiling.left, tiling.pitch, column),
                                                middle(tiling.top, tiling.pitch, row), edge};
    }
    for (int64_t i = 0; i < scatter->n; i++) {
        scatter_project(scatter, frame, i, &x, &y);
        hidden[i] = hidden[i] || is_taken(&tiling, x, y);
    }
    free(tiling.taken);
    return count;
}

bool scatter_selected_cover(const struct scatter *scatter, const struct scatter_frame *frame,
                            const struct scatter_box *box, float edge, struct placed_cover *place)
{
    int64_t selected = scatter->selected;
    if (selected < 0 || selected >= scatter->n || !scatter_shown(scatter, selected))
        return false;
    float large = floorf(fminf(2.2F * edge, 0.4F * fminf(box->width, box->height))), half = large / 2 + GAP, x, y;
    scatter_project(scatter, frame, selected, &x, &y);
    if (!in_box(box, x, y))
        return false;
    *place = (struct placed_cover){selected, inside(x, box->left, box->width, half),
                                   inside(y, box->top, box->height, half), large};
    return true;
}

float scatter_cover_border(float edge)
{
    return fmaxf(roundf(edge / 14), 2);
}

static uint32_t mix(uint32_t a, uint32_t b)
{
    return ((a & 0xfefefe) >> 1) + ((b & 0xfefefe) >> 1);
}

/* On whole pixels: the rim, the border and the picture. */
static void draw_cover(const struct scatter *scatter, const struct scatter_covers *covers,
                       const struct placed_cover *place, uint32_t rim, struct image *image)
{
    uint32_t colour = scatter_colour(scatter_label(scatter, place->point), scatter->background);
    float left = roundf(place->x - place->edge / 2), top = roundf(place->y - place->edge / 2), edge = place->edge;
    float border = scatter_cover_border(edge), within = edge - 2 * border;
    plot_rectangle(image, left - 1, top - 1, edge + 2, edge + 2, rim);
    plot_rectangle(image, left, top, edge, edge, colour);
    plot_rectangle(image, left + border, top + border, within, within, mix(colour, scatter->background));
    struct image cover = {0};
    if (covers->image(covers->context, place->point, (int)within, &cover))
        plot_image(image, (int)(left + border), (int)(top + border), &cover);
    image_free(&cover);
}

enum status scatter_draw_cover_points(const struct scatter *scatter, const struct scatter_frame *frame,
                                      const struct scatter_box *box, const struct scatter_covers *covers, float radius,
                                      struct image *image, struct error *error)
{
    float edge = scatter_cover_edge(scatter, box, covers);
    struct placed_cover *placed = malloc(((size_t)scatter->n + 1) * sizeof *placed), selected;
    bool *hidden = malloc(((size_t)scatter->n + 1) * sizeof *hidden);
    int64_t count = placed && hidden ? scatter_place_covers(scatter, frame, box, edge, placed, hidden) : -1;
    for (int64_t i = 0; count >= 0 && i < scatter->n; i++)
        if (!hidden[i])
            scatter_draw_mark(scatter, frame, i, radius, image);
    for (int64_t k = 0; k < count; k++)
        draw_cover(scatter, covers, &placed[k], scatter->background, image);
    if (count >= 0 && scatter_selected_cover(scatter, frame, box, edge, &selected))
        draw_cover(scatter, covers, &selected, scatter->foreground, image);
    free(placed);
    free(hidden);
    return count >= 0 ? STATUS_OK : error_no_memory(error);
}

enum status scatter_draw_covers(const struct scatter *scatter, const struct scatter_covers *covers, int width,
                                int height, struct image *image, struct error *error)
{
    enum status status = image_create(width, height, image, error);
    if (status != STATUS_OK)
        return status;
    plot_fill(image, scatter->background);
    struct scatter_frame frame = scatter_frame_of(scatter, width, height);
    const struct scatter_box box = {0, 0, (float)width, (float)height};
    float radius = scatter_mark_radius(scatter, box.width, box.height);
    status = scatter_draw_cover_points(scatter, &frame, &box, covers, radius, image, error);
    if (status != STATUS_OK)
        image_free(image);
    return status;
}

static bool covers_pixel(const struct placed_cover *place, float x, float y)
{
    return fabsf(x - place->x) <= place->edge / 2 && fabsf(y - place->y) <= place->edge / 2;
}

int64_t scatter_cover_at(const struct scatter *scatter, const struct scatter_covers *covers, int width, int height,
                         float x, float y)
{
    const struct scatter_box box = {0, 0, (float)width, (float)height};
    const struct scatter_frame frame = scatter_frame_of(scatter, width, height);
    float edge = scatter_cover_edge(scatter, &box, covers);
    struct placed_cover *placed = malloc(((size_t)scatter->n + 1) * sizeof *placed), selected;
    bool *hidden = malloc(((size_t)scatter->n + 1) * sizeof *hidden);
    int64_t count = placed && hidden ? scatter_place_covers(scatter, &frame, &box, edge, placed, hidden) : 0,
            found = -1;
    for (int64_t k = 0; k < count && found < 0; k++)
        if (covers_pixel(&placed[k], x, y))
            found = placed[k].point;
    if (scatter_selected_cover(scatter, &frame, &box, edge, &selected) && covers_pixel(&selected, x, y))
        found = selected.point;
    free(placed);
    free(hidden);
    return found;
}
