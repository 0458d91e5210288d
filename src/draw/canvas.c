#include "draw/canvas.h"

#include <math.h>
#include <stdlib.h>

#include "draw/raster.h"

static const float TURN = 6.28318531F;

struct ink ink_hex(uint32_t rgb)
{
    return (struct ink){(float)(rgb >> 16 & 255) / 255.0F, (float)(rgb >> 8 & 255) / 255.0F,
                        (float)(rgb & 255) / 255.0F};
}

struct ink ink_mix(struct ink a, struct ink b, float t)
{
    return (struct ink){a.r + (b.r - a.r) * t, a.g + (b.g - a.g) * t, a.b + (b.b - a.b) * t};
}

float ink_luma(struct ink ink)
{
    return 0.299F * ink.r + 0.587F * ink.g + 0.114F * ink.b;
}

struct ink ink_shift(struct ink ink, float turn, float colourfulness, float light)
{
    float luma = ink_luma(ink);
    float i = 0.596F * ink.r - 0.274F * ink.g - 0.322F * ink.b;
    float q = 0.211F * ink.r - 0.523F * ink.g + 0.312F * ink.b;
    float c = cosf(turn * TURN) * colourfulness, s = sinf(turn * TURN) * colourfulness;
    float i2 = i * c - q * s, q2 = i * s + q * c;
    luma += light;
    return (struct ink){clamp01(luma + 0.956F * i2 + 0.621F * q2), clamp01(luma - 0.272F * i2 - 0.647F * q2),
                        clamp01(luma - 1.106F * i2 + 1.703F * q2)};
}

struct paint paint_flat(struct ink ink)
{
    return (struct paint){.ink = ink, .far = ink, .alpha = 1.0F};
}

struct paint paint_alpha(struct ink ink, float alpha)
{
    return (struct paint){.ink = ink, .far = ink, .alpha = alpha};
}

struct paint paint_blend(struct ink ink, float alpha, enum blend blend)
{
    return (struct paint){.ink = ink, .far = ink, .alpha = alpha, .blend = blend};
}

struct paint paint_run(struct ink from, struct ink to, float x0, float y0, float x1, float y1)
{
    float dx = x1 - x0, dy = y1 - y0, length = dx * dx + dy * dy;
    length = length > 1e-9F ? length : 1e-9F;
    return (struct paint){
        .ink = from, .far = to, .x = x0, .y = y0, .dx = dx / length, .dy = dy / length, .alpha = 1.0F};
}

enum status canvas_create(struct canvas *canvas, int edge, struct error *error)
{
    *canvas = (struct canvas){.edge = edge, .pixel = 1.0F / (float)edge};
    canvas->rgb = calloc((size_t)edge * (size_t)edge * 3, sizeof(float));
    return canvas->rgb ? STATUS_OK : error_no_memory(error);
}

void canvas_free(struct canvas *canvas)
{
    free(canvas->rgb);
    *canvas = (struct canvas){0};
}

enum status canvas_finish(const struct canvas *canvas, int factor, struct image *image, struct error *error)
{
    int edge = canvas->edge / factor;
    enum status status = image_create(edge, edge, image, error);
    if (status != STATUS_OK)
        return status;
    float scale = 255.0F / (float)(factor * factor);
    for (int y = 0; y < edge; y++)
        for (int x = 0; x < edge; x++)
            for (int c = 0; c < 3; c++) {
                float sum = 0.0F;
                for (int v = 0; v < factor; v++)
                    for (int u = 0; u < factor; u++)
                        sum += clamp01(canvas->rgb[((y * factor + v) * canvas->edge + x * factor + u) * 3 + c]);
                image->rgb[(y * edge + x) * 3 + c] = (uint8_t)(sum * scale + 0.5F);
            }
    return STATUS_OK;
}

static int column(const struct canvas *canvas, float x)
{
    float at = x * (float)canvas->edge;
    return at < 0.0F ? 0 : at > (float)canvas->edge ? canvas->edge : (int)at;
}

float canvas_luma(const struct canvas *canvas, float x0, float y0, float x1, float y1, float *deviation)
{
    float sum = 0.0F, squares = 0.0F;
    int count = 0;
    for (int y = column(canvas, y0); y < column(canvas, y1); y++)
        for (int x = column(canvas, x0); x < column(canvas, x1); x++) {
            const float *p = canvas->rgb + (y * canvas->edge + x) * 3;
            float luma = ink_luma((struct ink){p[0], p[1], p[2]});
            sum += luma;
            squares += luma * luma;
            count++;
        }
    float mean = count > 0 ? sum / (float)count : 0.5F;
    *deviation = count > 0 ? sqrtf(fmaxf(squares / (float)count - mean * mean, 0.0F)) : 0.0F;
    return mean;
}

static float mix_channel(float under, float ink, float amount, enum blend blend)
{
    switch (blend) {
    case BLEND_MULTIPLY:
        return under * (1.0F - amount + amount * ink);
    case BLEND_SCREEN:
        return 1.0F - (1.0F - under) * (1.0F - amount * ink);
    case BLEND_NORMAL:
        break;
    }
    return under + (ink - under) * amount;
}

struct painting {
    struct canvas *canvas;
    const struct paint *paint;
};

static void put(void *target, int column, int row, float x, float y, float coverage)
{
    const struct painting *painting = target;
    const struct canvas *canvas = painting->canvas;
    const struct paint *paint = painting->paint;
    if (canvas->clip_radius > 0.0F) {
        float dx = x - canvas->clip_x, dy = y - canvas->clip_y;
        float distance = sqrtf(dx * dx + dy * dy) - canvas->clip_radius;
        coverage *= clamp01(0.5F - distance * (float)canvas->edge);
    }
    float amount = coverage * paint->alpha;
    if (amount <= 0.0F)
        return;
    float t = clamp01((x - paint->x) * paint->dx + (y - paint->y) * paint->dy);
    struct ink ink = ink_mix(paint->ink, paint->far, t);
    float *p = canvas->rgb + ((size_t)row * (size_t)canvas->edge + (size_t)column) * 3;
    p[0] = mix_channel(p[0], ink.r, amount, paint->blend);
    p[1] = mix_channel(p[1], ink.g, amount, paint->blend);
    p[2] = mix_channel(p[2], ink.b, amount, paint->blend);
}

static struct pixel_box box_of(const struct canvas *canvas, float x0, float y0, float x1, float y1)
{
    return (struct pixel_box){column(canvas, x0), column(canvas, y0), column(canvas, x1), column(canvas, y1)};
}

struct edge {
    float (*distance)(const void *shape, float x, float y);
    const void *shape;
    float edge;
};

static float edge_coverage(const void *context, float x, float y)
{
    const struct edge *edge = context;
    return clamp01(0.5F - edge->distance(edge->shape, x, y) * edge->edge);
}

void canvas_shape(struct canvas *canvas, struct paint paint, float x0, float y0, float x1, float y1,
                  float (*distance)(const void *shape, float x, float y), const void *shape)
{
    float margin = canvas->pixel;
    struct pixel_box box = box_of(canvas, x0 - margin, y0 - margin, x1 + 2.0F * margin, y1 + 2.0F * margin);
    struct edge edge = {distance, shape, (float)canvas->edge};
    raster_box(box, canvas->pixel, edge_coverage, &edge, put, &(struct painting){canvas, &paint});
}

struct pattern {
    float (*coverage)(const void *pattern, float x, float y, float pixel);
    const void *pattern;
    float pixel;
};

static float pattern_coverage(const void *context, float x, float y)
{
    const struct pattern *pattern = context;
    return pattern->coverage(pattern->pattern, x, y, pattern->pixel);
}

static void paint_pattern(struct canvas *canvas, const struct paint *paint, float x0, float y0, float x1, float y1,
                          float (*coverage)(const void *pattern, float x, float y, float pixel), const void *pattern)
{
    struct pattern filled = {coverage, pattern, canvas->pixel};
    raster_box(box_of(canvas, x0, y0, x1, y1), canvas->pixel, pattern_coverage, &filled, put,
               &(struct painting){canvas, paint});
}

void canvas_pattern(struct canvas *canvas, struct paint paint,
                    float (*coverage)(const void *pattern, float x, float y, float pixel), const void *pattern)
{
    paint_pattern(canvas, &paint, 0.0F, 0.0F, 1.0F, 1.0F, coverage, pattern);
}

static float whole(const void *pattern, float x, float y, float pixel)
{
    (void)pattern, (void)x, (void)y, (void)pixel;
    return 1.0F;
}

void canvas_fill(struct canvas *canvas, struct paint paint)
{
    canvas_pattern(canvas, paint, whole, NULL);
}

struct round_shape {
    float x, y, radius, half_width;
    float mid_x, mid_y, opening; /* of an arc: the direction of its middle, and half its sweep as an angle */
    float x0, y0, x1, y1;
};

static float glow_coverage(const void *pattern, float x, float y, float pixel)
{
    (void)pixel;
    const struct round_shape *glow = pattern;
    float dx = (x - glow->x) / glow->radius, dy = (y - glow->y) / glow->radius, r = dx * dx + dy * dy;
    return r < 1.0F ? (1.0F - r) * (1.0F - r) : 0.0F;
}

void canvas_glow(struct canvas *canvas, struct ink ink, float x, float y, float radius, float strength)
{
    struct round_shape glow = {.x = x, .y = y, .radius = radius};
    struct paint paint = paint_blend(ink, strength, BLEND_SCREEN);
    float reach = radius + canvas->pixel;
    paint_pattern(canvas, &paint, x - reach, y - reach, x + reach, y + reach, glow_coverage, &glow);
}

static float disc_distance(const void *shape, float x, float y)
{
    const struct round_shape *disc = shape;
    float dx = x - disc->x, dy = y - disc->y;
    return sqrtf(dx * dx + dy * dy) - disc->radius;
}

void canvas_disc(struct canvas *canvas, struct paint paint, float x, float y, float radius)
{
    struct round_shape disc = {.x = x, .y = y, .radius = radius};
    canvas_shape(canvas, paint, x - radius, y - radius, x + radius, y + radius, disc_distance, &disc);
}

static float ring_distance(const void *shape, float x, float y)
{
    const struct round_shape *ring = shape;
    return fabsf(disc_distance(ring, x, y)) - ring->half_width;
}

/* A stroke thinner than a pixel covers less of the pixel than its centre line suggests. */
static struct paint thinned(struct paint paint, float *half_width, float pixel)
{
    if (*half_width < 0.5F * pixel) {
        paint.alpha *= *half_width / (0.5F * pixel);
        *half_width = 0.5F * pixel;
    }
    return paint;
}

void canvas_ring(struct canvas *canvas, struct paint paint, float x, float y, float radius, float half_width)
{
    paint = thinned(paint, &half_width, canvas->pixel);
    struct round_shape ring = {.x = x, .y = y, .radius = radius, .half_width = half_width};
    float reach = radius + half_width;
    canvas_shape(canvas, paint, x - reach, y - reach, x + reach, y + reach, ring_distance, &ring);
}

static float arc_distance(const void *shape, float x, float y)
{
    const struct round_shape *arc = shape;
    float dx = x - arc->x, dy = y - arc->y, r = sqrtf(dx * dx + dy * dy);
    float band = fabsf(r - arc->radius) - arc->half_width;
    if (band > 0.05F || r < 1e-6F)
        return band;
    float along = (dx * arc->mid_x + dy * arc->mid_y) / r;
    float angle = acosf(along < -1.0F ? -1.0F : along > 1.0F ? 1.0F : along);
    float ends = (angle - arc->opening) * r;
    return band > ends ? band : ends;
}

void canvas_arc(struct canvas *canvas, struct paint paint, float x, float y, float radius, float half_width,
                float start, float sweep)
{
    if (sweep >= 1.0F) {
        canvas_ring(canvas, paint, x, y, radius, half_width);
        return;
    }
    paint = thinned(paint, &half_width, canvas->pixel);
    float middle = (start + sweep * 0.5F) * TURN, reach = radius + half_width;
    struct round_shape arc = {.x = x,
                              .y = y,
                              .radius = radius,
                              .half_width = half_width,
                              .mid_x = cosf(middle),
                              .mid_y = sinf(middle),
                              .opening = sweep * 0.5F * TURN};
    canvas_shape(canvas, paint, x - reach, y - reach, x + reach, y + reach, arc_distance, &arc);
}

static float disc_in_box_distance(const void *shape, float x, float y)
{
    const struct round_shape *part = shape;
    float disc = disc_distance(part, x, y);
    float across = fmaxf(part->x0 - x, x - part->x1), down = fmaxf(part->y0 - y, y - part->y1);
    return fmaxf(disc, fmaxf(across, down));
}

void canvas_disc_in_box(struct canvas *canvas, struct paint paint, float x, float y, float radius, float x0, float y0,
                        float x1, float y1)
{
    struct round_shape part = {.x = x, .y = y, .radius = radius, .x0 = x0, .y0 = y0, .x1 = x1, .y1 = y1};
    canvas_shape(canvas, paint, fmaxf(x0, x - radius), fmaxf(y0, y - radius), fminf(x1, x + radius),
                 fminf(y1, y + radius), disc_in_box_distance, &part);
}

static float box_distance(const void *shape, float x, float y)
{
    const struct round_shape *box = shape;
    return fmaxf(fmaxf(box->x0 - x, x - box->x1), fmaxf(box->y0 - y, y - box->y1));
}

void canvas_box(struct canvas *canvas, struct paint paint, float x0, float y0, float x1, float y1)
{
    struct round_shape box = {.x0 = x0, .y0 = y0, .x1 = x1, .y1 = y1};
    canvas_shape(canvas, paint, x0, y0, x1, y1, box_distance, &box);
}

struct segment {
    float x, y, dx, dy, length2, half_width;
};

static float segment_distance(const void *shape, float x, float y)
{
    const struct segment *line = shape;
    float px = x - line->x, py = y - line->y;
    float t = clamp01((px * line->dx + py * line->dy) / line->length2);
    float ox = px - line->dx * t, oy = py - line->dy * t;
    return sqrtf(ox * ox + oy * oy) - line->half_width;
}

void canvas_line(struct canvas *canvas, struct paint paint, float x0, float y0, float x1, float y1, float half_width)
{
    paint = thinned(paint, &half_width, canvas->pixel);
    float dx = x1 - x0, dy = y1 - y0;
    struct segment line = {x0, y0, dx, dy, fmaxf(dx * dx + dy * dy, 1e-9F), half_width};
    canvas_shape(canvas, paint, fminf(x0, x1) - half_width, fminf(y0, y1) - half_width, fmaxf(x0, x1) + half_width,
                 fmaxf(y0, y1) + half_width, segment_distance, &line);
}

static float half_distance(const void *shape, float x, float y)
{
    const struct segment *line = shape;
    return (x - line->x) * line->dy - (y - line->y) * line->dx;
}

void canvas_half(struct canvas *canvas, struct paint paint, float x, float y, float turn)
{
    struct segment line = {.x = x, .y = y, .dx = cosf(turn * TURN), .dy = sinf(turn * TURN)};
    canvas_shape(canvas, paint, 0.0F, 0.0F, 1.0F, 1.0F, half_distance, &line);
}

struct polygon {
    const float (*points)[2];
    int count;
    float grow;
};

static float polygon_distance(const void *shape, float x, float y)
{
    const struct polygon *polygon = shape;
    float nearest = 1e9F;
    bool inside = false;
    for (int i = 0, j = polygon->count - 1; i < polygon->count; j = i++) {
        float ax = polygon->points[i][0], ay = polygon->points[i][1];
        float bx = polygon->points[j][0], by = polygon->points[j][1];
        struct segment side = {ax, ay, bx - ax, by - ay, 0.0F, 0.0F};
        side.length2 = fmaxf(side.dx * side.dx + side.dy * side.dy, 1e-9F);
        nearest = fminf(nearest, segment_distance(&side, x, y));
        if ((ay > y) != (by > y) && x < (bx - ax) * (y - ay) / (by - ay) + ax)
            inside = !inside;
    }
    return (inside ? -nearest : nearest) - polygon->grow;
}

void canvas_polygon(struct canvas *canvas, struct paint paint, const float (*points)[2], int count, float grow)
{
    float x0 = 2.0F, y0 = 2.0F, x1 = -2.0F, y1 = -2.0F;
    for (int i = 0; i < count; i++) {
        x0 = fminf(x0, points[i][0]), x1 = fmaxf(x1, points[i][0]);
        y0 = fminf(y0, points[i][1]), y1 = fmaxf(y1, points[i][1]);
    }
    struct polygon polygon = {points, count, grow};
    canvas_shape(canvas, paint, x0, y0, x1, y1, polygon_distance, &polygon);
}

struct curve {
    const float *heights;
    int count;
    float half_width;
};

static float below_distance(const void *shape, float x, float y)
{
    const struct curve *curve = shape;
    float at = clamp01(x) * (float)(curve->count - 1);
    int i = (int)at;
    i = i > curve->count - 2 ? curve->count - 2 : i;
    float rise = curve->heights[i + 1] - curve->heights[i];
    float height = curve->heights[i] + rise * (at - (float)i);
    float slope = rise * (float)(curve->count - 1);
    return (height - y) / sqrtf(1.0F + slope * slope);
}

static float curve_distance(const void *shape, float x, float y)
{
    const struct curve *curve = shape;
    return fabsf(below_distance(shape, x, y)) - curve->half_width;
}

static void curve_span(const float *heights, int count, float *top, float *bottom)
{
    *top = *bottom = heights[0];
    for (int i = 1; i < count; i++) {
        *top = fminf(*top, heights[i]);
        *bottom = fmaxf(*bottom, heights[i]);
    }
}

void canvas_below(struct canvas *canvas, struct paint paint, const float *heights, int count)
{
    struct curve curve = {.heights = heights, .count = count};
    float top, bottom;
    curve_span(heights, count, &top, &bottom);
    canvas_shape(canvas, paint, 0.0F, top, 1.0F, 1.0F, below_distance, &curve);
}

void canvas_curve(struct canvas *canvas, struct paint paint, const float *heights, int count, float half_width)
{
    paint = thinned(paint, &half_width, canvas->pixel);
    struct curve curve = {.heights = heights, .count = count, .half_width = half_width};
    float top, bottom;
    curve_span(heights, count, &top, &bottom);
    canvas_shape(canvas, paint, 0.0F, top - 3.0F * half_width, 1.0F, bottom + 3.0F * half_width, curve_distance,
                 &curve);
}

static float stripes_until(float t, float duty)
{
    float whole_periods = floorf(t);
    return whole_periods * duty + fminf(t - whole_periods, duty);
}

float stripe_coverage(float t, float width, float duty)
{
    width = fmaxf(width, 1e-5F);
    return clamp01((stripes_until(t + width * 0.5F, duty) - stripes_until(t - width * 0.5F, duty)) / width);
}
