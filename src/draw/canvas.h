#ifndef SLEEVE_DRAW_CANVAS_H
#define SLEEVE_DRAW_CANVAS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/status.h"
#include "draw/image.h"

/* A square canvas with coordinates from 0 to 1, y downwards, whatever its size in pixels. Shapes are signed distances,
 * which are converted to pixel coverage: edges are smooth, and thin shapes fade instead of breaking up. */

struct ink {
    float r, g, b;
};

struct ink ink_hex(uint32_t rgb);
struct ink ink_mix(struct ink a, struct ink b, float t);
float ink_luma(struct ink ink);
/* Rotates the hue by `turn` (of a full circle), scales the saturation and adds light, in YIQ. */
struct ink ink_shift(struct ink ink, float turn, float colourfulness, float light);

enum blend { BLEND_NORMAL, BLEND_MULTIPLY, BLEND_SCREEN };

/* One ink, or a linear gradient from one to another. */
struct paint {
    struct ink ink, far;
    float x, y, dx, dy; /* the gradient's parameter is (p - (x, y)) . (dx, dy), clamped to 0..1 */
    float alpha;
    enum blend blend;
};

struct paint paint_flat(struct ink ink);
struct paint paint_alpha(struct ink ink, float alpha);
struct paint paint_blend(struct ink ink, float alpha, enum blend blend);
struct paint paint_run(struct ink from, struct ink to, float x0, float y0, float x1, float y1);

struct canvas {
    int edge;
    float pixel; /* 1 / edge */
    float *rgb;
    float clip_x, clip_y, clip_radius; /* a disc outside which nothing is painted; radius 0: no clipping */
};

enum status canvas_create(struct canvas *canvas, int edge, struct error *error);
void canvas_free(struct canvas *canvas);
/* Averages `factor` x `factor` samples for each pixel of a new image. */
enum status canvas_finish(const struct canvas *canvas, int factor, struct image *image, struct error *error);
/* The mean luma of a box and its standard deviation, to choose a legible ink. */
float canvas_luma(const struct canvas *canvas, float x0, float y0, float x1, float y1, float *deviation);

/* The base of all other shapes: paints where `distance` (in canvas units; negative inside) is negative. */
void canvas_shape(struct canvas *canvas, struct paint paint, float x0, float y0, float x1, float y1,
                  float (*distance)(const void *shape, float x, float y), const void *shape);
/* The same with explicit coverage, for patterns that are finer than a pixel. */
void canvas_pattern(struct canvas *canvas, struct paint paint,
                    float (*coverage)(const void *pattern, float x, float y, float pixel), const void *pattern);

void canvas_fill(struct canvas *canvas, struct paint paint);
void canvas_glow(struct canvas *canvas, struct ink ink, float x, float y, float radius, float strength);
void canvas_disc(struct canvas *canvas, struct paint paint, float x, float y, float radius);
void canvas_ring(struct canvas *canvas, struct paint paint, float x, float y, float radius, float half_width);
/* Butt ends; angles in turns, clockwise from the right. */
void canvas_arc(struct canvas *canvas, struct paint paint, float x, float y, float radius, float half_width,
                float start, float sweep);
void canvas_line(struct canvas *canvas, struct paint paint, float x0, float y0, float x1, float y1, float half_width);
void canvas_box(struct canvas *canvas, struct paint paint, float x0, float y0, float x1, float y1);
/* The half plane on the left of the directed line through (x, y) with direction `turn`. */
void canvas_half(struct canvas *canvas, struct paint paint, float x, float y, float turn);
/* Any simple polygon; `grow` in units closes the seams between adjacent ones. */
void canvas_polygon(struct canvas *canvas, struct paint paint, const float (*points)[2], int count, float grow);
/* The part of a disc inside a box: quarters and halves of discs. */
void canvas_disc_in_box(struct canvas *canvas, struct paint paint, float x, float y, float radius, float x0, float y0,
                        float x1, float y1);

/* The area below a curve: `count` heights at equal distances from x = 0 to x = 1. */
void canvas_below(struct canvas *canvas, struct paint paint, const float *heights, int count);
void canvas_curve(struct canvas *canvas, struct paint paint, const float *heights, int count, float half_width);

/* The share of the interval of `width` around t that is in the dark part of a stripe pattern of period 1 whose first
 * `duty` is dark: exact, so that patterns finer than a pixel become their mean. */
float stripe_coverage(float t, float width, float duty);
static inline float clamp01(float x)
{
    return x < 0.0F ? 0.0F : x > 1.0F ? 1.0F : x;
}

#endif
