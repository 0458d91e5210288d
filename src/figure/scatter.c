#include "figure/scatter.h"

#include <math.h>

#include "draw/plot.h"
#include "figure/scatter_internal.h"

static const struct scatter_mark marks[SCATTER_LABELS_MAX] = {
    {"●", "@"}, {"■", "#"}, {"▲", "^"}, {"◆", "%"}, {"+", "+"},
    {"▼", "v"}, {"★", "*"}, {"×", "x"}, {"○", "o"}, {"□", "="},
};

const struct scatter_mark *scatter_mark(int label)
{
    return &marks[label > 0 ? label % SCATTER_LABELS_MAX : 0];
}

/* Selected by search for the largest smallest difference (Oklab): of any two colours under normal vision, and under
 * protanopia, deuteranopia and tritanopia of any two whose marks are similar. Those for dark pages are colours of the
 * palette of 256. */
static const uint32_t on_dark[SCATTER_LABELS_MAX] = {0x00afff, 0xafaf00, 0xffd7af, 0xafff5f, 0xff87af,
                                                     0x878787, 0xff0000, 0xaf5fd7, 0x008700, 0x00ffff};
static const uint32_t on_light[SCATTER_LABELS_MAX] = {0x0000a8, 0x705000, 0xf04800, 0x709050, 0x900070,
                                                      0x303030, 0x700000, 0xa850e0, 0x007050, 0x0090a8};

static float linear(uint32_t value)
{
    float part = (float)(value & 255) / 255;
    return part <= 0.04045F ? part / 12.92F : powf((part + 0.055F) / 1.055F, 2.4F);
}

uint32_t scatter_colour(int label, uint32_t page)
{
    float luminance = 0.2126F * linear(page >> 16) + 0.7152F * linear(page >> 8) + 0.0722F * linear(page);
    return (luminance > 0.18F ? on_light : on_dark)[label > 0 ? label % SCATTER_LABELS_MAX : 0];
}

int scatter_label(const struct scatter *scatter, int64_t i)
{
    return scatter->labels && scatter->labels[i] > 0 ? scatter->labels[i] : 0;
}

bool scatter_shown(const struct scatter *scatter, int64_t i)
{
    return isfinite(scatter->points[2 * i]) && isfinite(scatter->points[2 * i + 1]);
}

struct scatter_bounds scatter_bounds(const struct scatter *scatter)
{
    struct scatter_bounds bounds = {INFINITY, INFINITY, -INFINITY, -INFINITY};
    for (int64_t i = 0; i < scatter->n; i++) {
        if (!scatter_shown(scatter, i))
            continue;
        float x = scatter->points[2 * i], y = scatter->points[2 * i + 1];
        bounds.left = fminf(bounds.left, x);
        bounds.right = fmaxf(bounds.right, x);
        bounds.bottom = fminf(bounds.bottom, y);
        bounds.top = fmaxf(bounds.top, y);
    }
    if (bounds.left > bounds.right)
        bounds = (struct scatter_bounds){0, 0, 0, 0};
    return bounds;
}

/* Up to 5,000 points have marks that are large enough for their shapes to differ (tests/figure/test_marks.c). The marks
 * of more points cover together about as much. */
float scatter_mark_radius(const struct scatter *scatter, float width, float height)
{
    const float legible = 3, smallest = 1.2F, legible_points = 5000;
    float area = width * height, n = (float)(scatter->n > 0 ? scatter->n : 1);
    float zoom = fminf(sqrtf(fmaxf(scatter->view.zoom, 1)), 2);
    float radius = fminf(0.2F * sqrtf(area / n), fmaxf(0.008F * sqrtf(area), 2.2F)) * zoom;
    float least = legible * fminf(sqrtf(legible_points / n), 1);
    return fminf(fmaxf(radius, fmaxf(least, smallest)), 9);
}

struct scatter_frame scatter_frame(const struct scatter_bounds *bounds, float left, float top, float width,
                                   float height, float margin)
{
    margin = fminf(margin, 0.25F * fminf(width, height));
    float across = bounds->right - bounds->left, up = bounds->top - bounds->bottom;
    float scale =
        fminf(across > 0 ? (width - 2 * margin) / across : INFINITY, up > 0 ? (height - 2 * margin) / up : INFINITY);
    if (!isfinite(scale))
        scale = 1;
    return (struct scatter_frame){.scale = scale,
                                  .x = left + width / 2 - scale * (bounds->left / 2 + bounds->right / 2),
                                  .y = top + height / 2 + scale * (bounds->bottom / 2 + bounds->top / 2)};
}

void scatter_project(const struct scatter *scatter, const struct scatter_frame *frame, int64_t i, float *x, float *y)
{
    *x = frame->x + frame->scale * scatter->points[2 * i];
    *y = frame->y - frame->scale * scatter->points[2 * i + 1];
}

void scatter_position(const struct scatter *scatter, int width, int height, int64_t i, float *x, float *y)
{
    struct scatter_frame frame = scatter_frame_of(scatter, width, height);
    scatter_project(scatter, &frame, i, x, y);
}

void scatter_positions(const struct scatter *scatter, int width, int height, float *positions)
{
    struct scatter_frame frame = scatter_frame_of(scatter, width, height);
    for (int64_t i = 0; i < scatter->n; i++)
        scatter_project(scatter, &frame, i, &positions[2 * i], &positions[2 * i + 1]);
}

int64_t scatter_nearest(const struct scatter *scatter, int width, int height, float x, float y)
{
    struct scatter_frame frame = scatter_frame_of(scatter, width, height);
    int64_t nearest = -1;
    float best = INFINITY;
    for (int64_t i = 0; i < scatter->n; i++) {
        if (!scatter_shown(scatter, i))
            continue;
        float px, py;
        scatter_project(scatter, &frame, i, &px, &py);
        float distance = hypotf(px - x, py - y);
        if (distance < best) {
            best = distance;
            nearest = i;
        }
    }
    return nearest;
}

int64_t scatter_towards(const struct scatter *scatter, int64_t from, int dx, int dy)
{
    if (from < 0 || from >= scatter->n || !scatter_shown(scatter, from) || (dx == 0 && dy == 0))
        return -1;
    const bool forwards = dx > 0 || (dx == 0 && dy > 0); /* points at the same position are visited in order of index */
    double size = hypot(dx, dy), ax = dx / size, ay = -dy / size, best = INFINITY;
    int64_t found = -1;
    for (int64_t k = 0; k < scatter->n; k++) {
        int64_t i = forwards ? k : scatter->n - 1 - k;
        if (i == from || !scatter_shown(scatter, i))
            continue;
        double x = (double)scatter->points[2 * i] - (double)scatter->points[2 * from];
        double y = (double)scatter->points[2 * i + 1] - (double)scatter->points[2 * from + 1];
        double distance = hypot(x, y), along = x * ax + y * ay;
        if (distance == 0 && (forwards ? i > from : i < from))
            return i;
        if (along <= 0)
            continue;
        double aside = distance / along, cost = distance * aside * aside; /* sideways distance counts more */
        if (cost < best) {
            best = cost;
            found = i;
        }
    }
    return found;
}

void scatter_draw_mark(const struct scatter *scatter, const struct scatter_frame *frame, int64_t i, float radius,
                       struct image *image)
{
    float x, y;
    scatter_project(scatter, frame, i, &x, &y);
    int label = scatter_label(scatter, i);
    enum mark mark = radius < 1.6F ? MARK_CIRCLE : (enum mark)(label % N_MARKS); /* too small for shapes: only colours
                                                                                  * differ */
    if (radius >= 2.5F) /* an outline that separates overlapping marks */
        plot_mark(image, mark, x, y, radius, fmaxf(0.18F * radius, 0.7F), scatter->background);
    plot_mark(image, mark, x, y, radius, 0, scatter_colour(label, scatter->background));
}

void scatter_draw_points(const struct scatter *scatter, const struct scatter_frame *frame, float radius,
                         struct image *image)
{
    for (int64_t i = 0; i < scatter->n; i++)
        if (scatter_shown(scatter, i) && i != scatter->selected)
            scatter_draw_mark(scatter, frame, i, radius, image);
    int64_t selected = scatter->selected;
    if (selected < 0 || selected >= scatter->n || !scatter_shown(scatter, selected))
        return;
    float x, y, large = 1.25F * radius, ring = 2.1F * large + fminf(0.3F * radius, 1),
                thickness = fmaxf(0.3F * radius, 1);
    scatter_project(scatter, frame, selected, &x, &y);
    plot_mark(image, MARK_CIRCLE, x, y, ring, thickness, scatter->background);
    scatter_draw_mark(scatter, frame, selected, large, image);
    plot_ring(image, x, y, ring, thickness, scatter->foreground);
}

enum status scatter_draw(const struct scatter *scatter, int width, int height, float mark_size, struct image *image,
                         struct error *error)
{
    enum status status = image_create(width, height, image, error);
    if (status != STATUS_OK)
        return status;
    plot_fill(image, scatter->background);
    struct scatter_frame frame = scatter_frame_of(scatter, width, height);
    float radius = mark_size > 0 ? mark_size / 2 : scatter_mark_radius(scatter, (float)width, (float)height);
    scatter_draw_points(scatter, &frame, radius, image);
    return STATUS_OK;
}
