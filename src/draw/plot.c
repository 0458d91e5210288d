#include "draw/plot.h"

#include <math.h>
#include <string.h>

#include "draw/raster.h"

struct target {
    struct image *image;
    uint32_t colour;
};

static void blend(void *context, int column, int row, float x, float y, float coverage)
{
    (void)x, (void)y;
    const struct target *target = context;
    uint8_t *pixel = target->image->rgb + ((size_t)row * (size_t)target->image->width + (size_t)column) * 3;
    coverage = coverage > 1 ? 1 : coverage;
    for (int c = 0; c < 3; c++) {
        float wanted = (float)(target->colour >> (16 - 8 * c) & 0xff);
        pixel[c] = (uint8_t)lrintf((float)pixel[c] + (wanted - (float)pixel[c]) * coverage);
    }
}

static int clamp(float value, int most)
{
    return value > 0 ? (value < (float)most ? (int)value : most) : 0;
}

static struct pixel_box clip(const struct image *image, float left, float top, float right, float bottom)
{
    return (struct pixel_box){clamp(floorf(left), image->width), clamp(floorf(top), image->height),
                              clamp(ceilf(right), image->width), clamp(ceilf(bottom), image->height)};
}

struct rectangle {
    float left, top, right, bottom;
};

static float rectangle_coverage(const void *shape, float x, float y)
{
    const struct rectangle *r = shape;
    float across = fminf(x + 0.5F, r->right) - fmaxf(x - 0.5F, r->left);
    float down = fminf(y + 0.5F, r->bottom) - fmaxf(y - 0.5F, r->top);
    return across * down;
}

void plot_rectangle(struct image *image, float x, float y, float width, float height, uint32_t colour)
{
    struct rectangle rectangle = {x, y, x + width, y + height};
    struct pixel_box box = clip(image, x, y, x + width, y + height);
    raster_box(box, 1, rectangle_coverage, &rectangle, blend, &(struct target){image, colour});
}

void plot_image(struct image *image, int left, int top, const struct image *picture)
{
    for (int y = 0; y < picture->height; y++)
        for (int x = 0; x < picture->width; x++)
            if (left + x >= 0 && top + y >= 0 && left + x < image->width && top + y < image->height)
                memcpy(image->rgb + 3 * ((size_t)(top + y) * (size_t)image->width + (size_t)(left + x)),
                       picture->rgb + 3 * ((size_t)y * (size_t)picture->width + (size_t)x), 3);
}

void plot_fill(struct image *image, uint32_t colour)
{
    const size_t row = 3 * (size_t)image->width;
    for (size_t i = 0; i < row; i++)
        image->rgb[i] = (uint8_t)(colour >> (16 - 8 * (i % 3)));
    for (int y = 1; y < image->height; y++)
        memcpy(image->rgb + (size_t)y * row, image->rgb, row);
}

struct segment {
    float x, y, dx, dy, length2, thickness;
};

static float segment_coverage(const void *shape, float x, float y)
{
    const struct segment *s = shape;
    float px = x - s->x, py = y - s->y;
    float t = s->length2 > 0 ? fminf(fmaxf((px * s->dx + py * s->dy) / s->length2, 0), 1) : 0;
    return 0.5F + s->thickness / 2 - hypotf(px - t * s->dx, py - t * s->dy);
}

void plot_line(struct image *image, float x0, float y0, float x1, float y1, float thickness, uint32_t colour)
{
    float reach = thickness / 2 + 1, dx = x1 - x0, dy = y1 - y0;
    struct segment segment = {x0, y0, dx, dy, dx * dx + dy * dy, thickness};
    struct pixel_box box =
        clip(image, fminf(x0, x1) - reach, fminf(y0, y1) - reach, fmaxf(x0, x1) + reach, fmaxf(y0, y1) + reach);
    raster_box(box, 1, segment_coverage, &segment, blend, &(struct target){image, colour});
}

struct band {
    float x0, low0, high0, x1, low1, high1, opacity;
};

static float band_coverage(const void *shape, float x, float y)
{
    const struct band *b = shape;
    float from = fmaxf(x - 0.5F, b->x0), to = fminf(x + 0.5F, b->x1);
    float t = ((from + to) / 2 - b->x0) / (b->x1 - b->x0);
    float high = b->high0 + (b->high1 - b->high0) * t, low = b->low0 + (b->low1 - b->low0) * t;
    float down = fminf(y + 0.5F, low) - fmaxf(y - 0.5F, high);
    return b->opacity * (to - from) * down;
}

void plot_band(struct image *image, float x0, float low0, float high0, float x1, float low1, float high1, float opacity,
               uint32_t colour)
{
    struct band band = {x0, low0, high0, x1, low1, high1, opacity};
    struct pixel_box box = clip(image, x0, fminf(high0, high1), x1, fmaxf(low0, low1));
    raster_box(box, 1, band_coverage, &band, blend, &(struct target){image, colour});
}

struct ring {
    float x, y, radius, thickness;
};

static float ring_coverage(const void *shape, float x, float y)
{
    const struct ring *ring = shape;
    return 0.5F + ring->thickness / 2 - fabsf(hypotf(x - ring->x, y - ring->y) - ring->radius);
}

void plot_ring(struct image *image, float x, float y, float radius, float thickness, uint32_t colour)
{
    float reach = radius + thickness / 2 + 1;
    struct ring ring = {x, y, radius, thickness};
    struct pixel_box box = clip(image, x - reach, y - reach, x + reach, y + reach);
    raster_box(box, 1, ring_coverage, &ring, blend, &(struct target){image, colour});
}

static float triangle(float x, float y, float radius)
{
    float side = 0.8660254F * fabsf(x) - 0.5F * y;
    return fmaxf(y, side) - 0.66F * radius;
}

static float bars(float x, float y, float radius)
{
    float length = 1.25F * radius, half = 0.3F * radius;
    x = fabsf(x);
    y = fabsf(y);
    return fminf(fmaxf(x - length, y - half), fmaxf(y - length, x - half));
}

/* Ten equal sectors, each bounded by the line from an outer point of the star to the next inner one. */
static float star(float x, float y, float radius)
{
    const float sector = 0.62831853F, outer = 1.36F * radius, inner = 0.58F * radius;
    float angle = fmodf(fabsf(atan2f(x, -y)), 2 * sector);
    angle = angle > sector ? 2 * sector - angle : angle;
    float length = hypotf(x, y), px = length * cosf(angle), py = length * sinf(angle);
    float ex = inner * cosf(sector) - outer, ey = inner * sinf(sector);
    return ((px - outer) * ey - py * ex) / hypotf(ex, ey);
}

/* Signed distance from (x, y), y downwards, to the mark around the origin. */
static float distance_to(enum mark mark, float x, float y, float radius)
{
    const float slant = 0.70710678F;
    switch (mark) {
    case MARK_SQUARE:
        return fmaxf(fabsf(x), fabsf(y)) - 0.88F * radius;
    case MARK_UP:
        return triangle(x, y - 0.15F * radius, radius);
    case MARK_DIAMOND:
        return (fabsf(x) + fabsf(y)) * slant - 0.88F * radius;
    case MARK_PLUS:
        return bars(x, y, radius);
    case MARK_DOWN:
        return triangle(x, -y - 0.15F * radius, radius);
    case MARK_STAR:
        return star(x, y, radius);
    case MARK_CROSS:
        return bars((x + y) * slant, (x - y) * slant, radius);
    case MARK_RING:
        return fabsf(hypotf(x, y) - 0.84F * radius) - 0.24F * radius;
    case MARK_FRAME:
        return fabsf(fmaxf(fabsf(x), fabsf(y)) - 0.74F * radius) - 0.22F * radius;
    case MARK_CIRCLE:
    case N_MARKS:
        break;
    }
    return hypotf(x, y) - radius;
}

struct placed_mark {
    enum mark mark;
    float x, y, radius, margin;
};

static float mark_coverage(const void *shape, float x, float y)
{
    const struct placed_mark *placed = shape;
    return 0.5F + placed->margin - distance_to(placed->mark, x - placed->x, y - placed->y, placed->radius);
}

void plot_mark(struct image *image, enum mark mark, float x, float y, float radius, float margin, uint32_t colour)
{
    float reach = 1.5F * radius + margin + 1;
    struct placed_mark placed = {mark, x, y, radius, margin};
    struct pixel_box box = clip(image, x - reach, y - reach, x + reach, y + reach);
    raster_box(box, 1, mark_coverage, &placed, blend, &(struct target){image, colour});
}
