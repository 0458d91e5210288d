/* Forms of free shapes. */
#include <math.h>

#include "vision/artwork.h"

static const float TURN = 6.28318531F;

void form_orbits(struct sleeve *sleeve)
{
    struct canvas *canvas = sleeve->canvas;
    float x = sleeve_vary(sleeve, 0.4F, 0.6F, 0.3F), y = sleeve_vary(sleeve, 0.4F, 0.6F, 0.3F);
    int count = 5 + sleeve_family_below(sleeve, 2) + (int)(sleeve->energy * 2.0F);
    float step = 0.46F / (float)count, thickness = step * sleeve_family(sleeve, 0.26F, 0.42F);
    bool rounded = sleeve_family_below(sleeve, 2);
    for (int i = 0; i < count; i++) {
        float radius = step * ((float)i + 1.0F), start = sleeve_own(sleeve, 0.0F, 1.0F);
        float sweep = sleeve_own(sleeve, 0.25F, 0.82F);
        struct paint paint = paint_flat(sleeve->inks[i % 4]);
        canvas_arc(canvas, paint, x, y, radius, thickness, start, sweep);
        if (rounded)
            for (int end = 0; end < 2; end++) {
                float angle = TURN * (start + (end ? sweep : 0.0F));
                canvas_disc(canvas, paint, x + radius * cosf(angle), y + radius * sinf(angle), thickness);
            }
    }
    canvas_disc(canvas, paint_flat(sleeve->inks[0]), x, y, step * 0.5F);
}

struct blob {
    float x, y, radius, lobes, depth, turn;
};

static float blob_distance(const void *shape, float x, float y)
{
    const struct blob *blob = shape;
    float dx = x - blob->x, dy = y - blob->y, r = sqrtf(dx * dx + dy * dy) + 1e-6F;
    float angle = atan2f(dy, dx) + blob->turn;
    float edge = blob->radius * (1.0F + blob->depth * sinf(blob->lobes * angle));
    float slope = blob->radius * blob->depth * blob->lobes * cosf(blob->lobes * angle) / r;
    return (r - edge) / sqrtf(1.0F + slope * slope);
}

static void draw_blob(struct sleeve *sleeve, struct paint paint, struct blob blob)
{
    float reach = blob.radius * (1.0F + blob.depth);
    canvas_shape(sleeve->canvas, paint, blob.x - reach, blob.y - reach, blob.x + reach, blob.y + reach, blob_distance,
                 &blob);
}

/* Paper cut-outs on blocks of colour. */
void form_cutouts(struct sleeve *sleeve)
{
    struct canvas *canvas = sleeve->canvas;
    float split = sleeve_vary(sleeve, 0.36F, 0.64F, 0.25F), level = sleeve_vary(sleeve, 0.3F, 0.7F, 0.25F);
    int shift = sleeve_own_below(sleeve, 3);
    canvas_box(canvas, paint_flat(sleeve->inks[(shift + 1) % 4]), 0.0F, 0.0F, split, level);
    canvas_box(canvas, paint_flat(sleeve->inks[(shift + 2) % 4]), split, level, 1.0F, 1.0F);
    if (sleeve_family_below(sleeve, 2))
        canvas_box(canvas, paint_flat(sleeve->inks[(shift + 3) % 4]), 0.0F, level, split, 1.0F);
    float lobes = (float)(3 + sleeve_family_below(sleeve, 4)), depth = sleeve_family(sleeve, 0.2F, 0.42F);
    float big = sleeve_vary(sleeve, 0.24F, 0.32F, 0.3F);
    draw_blob(sleeve, paint_flat(sleeve->inks[shift % 4]),
              (struct blob){sleeve_vary(sleeve, 0.38F, 0.62F, 0.3F), sleeve_vary(sleeve, 0.4F, 0.6F, 0.3F), big, lobes,
                            depth, sleeve_own(sleeve, 0.0F, TURN)});
    int count = 2 + (int)(sleeve->energy * 3.0F);
    struct ink ink = ink_luma(sleeve->inks[shift % 4]) > 0.5F ? sleeve_darkest(sleeve) : sleeve_lightest(sleeve);
    for (int i = 0; i < count; i++) {
        float angle = TURN * ((float)i / (float)count + sleeve_own(sleeve, 0.0F, 0.2F));
        draw_blob(sleeve, paint_flat(i % 2 ? sleeve->ground : ink),
                  (struct blob){0.5F + 0.34F * cosf(angle), 0.5F + 0.34F * sinf(angle), sleeve_own(sleeve, 0.06F, 0.1F),
                                lobes, depth, sleeve_own(sleeve, 0.0F, TURN)});
    }
}

void form_mosaic(struct sleeve *sleeve)
{
    struct canvas *canvas = sleeve->canvas;
    enum { SIDE = 7 };
    int n = 4 + sleeve_family_below(sleeve, 3);
    float points[SIDE + 1][SIDE + 1][2];
    for (int row = 0; row <= n; row++)
        for (int i = 0; i <= n; i++) {
            bool edge = row == 0 || i == 0 || row == n || i == n;
            float move = edge ? 0.0F : 0.3F / (float)n;
            points[row][i][0] = (float)i / (float)n + sleeve_own(sleeve, -move, move);
            points[row][i][1] = (float)row / (float)n + sleeve_own(sleeve, -move, move);
        }
    float turn = sleeve_vary(sleeve, 0.0F, 1.0F, 0.1F) * TURN, dx = cosf(turn), dy = sinf(turn);
    float contrast = 0.10F + 0.14F * sleeve->energy;
    for (int row = 0; row < n; row++)
        for (int i = 0; i < n; i++)
            for (int half = 0; half < 2; half++) {
                const float *a = points[row][i], *b = points[row][i + 1], *c = points[row + 1][i + 1];
                const float *d = points[row + 1][i];
                const float *corners[3] = {a, half ? c : b, half ? d : c};
                if ((row + i) % 2) {
                    corners[0] = half ? b : a;
                    corners[1] = half ? c : b;
                    corners[2] = d;
                }
                float triangle[3][2], x = 0.0F, y = 0.0F;
                for (int k = 0; k < 3; k++) {
                    triangle[k][0] = corners[k][0], triangle[k][1] = corners[k][1];
                    x += corners[k][0] / 3.0F, y += corners[k][1] / 3.0F;
                }
                float t = 0.5F + (x - 0.5F) * dx + (y - 0.5F) * dy;
                t = clamp01(t + sleeve_own(sleeve, -contrast, contrast)) * 2.0F;
                struct ink ink = t < 1.0F ? ink_mix(sleeve->ground, sleeve->inks[1], t)
                                          : ink_mix(sleeve->inks[1], sleeve->inks[0], t - 1.0F);
                ink = ink_shift(ink, 0.0F, 1.0F, sleeve_own(sleeve, -0.06F, 0.06F));
                canvas_polygon(canvas, paint_flat(ink), (const float(*)[2])triangle, 3, 0.7F * canvas->pixel);
            }
    if (sleeve_family_below(sleeve, 2))
        canvas_ring(canvas, paint_flat(sleeve->inks[3]), 0.5F, 0.5F, sleeve_vary(sleeve, 0.2F, 0.32F, 0.3F), 0.022F);
}

/* Petals in layers about one centre. */
void form_bloom(struct sleeve *sleeve)
{
    struct canvas *canvas = sleeve->canvas;
    float x = 0.5F + sleeve_own(sleeve, -0.05F, 0.05F), y = 0.5F + sleeve_own(sleeve, -0.05F, 0.05F);
    float petals = (float)(5 + sleeve_family_below(sleeve, 5)), turn = sleeve_own(sleeve, 0.0F, TURN);
    int layers = 3 + sleeve_family_below(sleeve, 2);
    float reach = sleeve_vary(sleeve, 0.34F, 0.42F, 0.4F), depth = sleeve_family(sleeve, 0.14F, 0.3F);
    canvas_glow(canvas, sleeve->inks[2], x, y, 0.75F, sleeve->dark ? 0.4F : 0.0F);
    for (int i = 0; i < layers; i++) {
        float radius = reach * powf(0.68F, (float)i);
        struct ink ink = sleeve->inks[i % 4];
        struct paint paint =
            paint_run(ink, ink_mix(ink, sleeve->inks[(i + 1) % 4], 0.45F), x, y - radius, x, y + radius);
        draw_blob(sleeve, paint, (struct blob){x, y, radius, petals, depth, turn + (float)i * TURN * 0.5F / petals});
    }
    canvas_disc(canvas, paint_flat(sleeve->ground), x, y, reach * 0.1F);
}

/* Level bars like those of a spectrum analyser, around the middle. */
void form_columns(struct sleeve *sleeve)
{
    struct canvas *canvas = sleeve->canvas;
    int count = 7 + sleeve_family_below(sleeve, 4) + (int)(sleeve->tempo * 4.0F);
    bool centred = sleeve_family_below(sleeve, 2), rounded = sleeve_family_below(sleeve, 2);
    float step = 0.84F / (float)count, half = step * sleeve_family(sleeve, 0.3F, 0.44F);
    float peak = sleeve_vary(sleeve, 0.2F, 0.8F, 0.2F);
    for (int i = 0; i < count; i++) {
        float x = 0.08F + step * ((float)i + 0.5F), d = (x - peak) / 0.45F;
        float height = 0.12F + (0.3F + 0.25F * sleeve->energy) * expf(-d * d) * sleeve_own(sleeve, 0.55F, 1.0F);
        float low = centred ? 0.5F + height * 0.62F : 0.86F,
              high = centred ? 0.5F - height * 0.62F : 0.86F - height * 1.2F;
        float t = (float)i / (float)(count - 1);
        struct ink top = ink_mix(sleeve->inks[0], sleeve->inks[1], t);
        struct paint paint = paint_run(top, ink_mix(sleeve->inks[2], top, centred ? 0.6F : 0.15F), x, high, x, low);
        if (rounded) {
            struct paint cap = paint;
            canvas_line(canvas, cap, x, high + half, x, low - half, half);
        } else {
            canvas_box(canvas, paint, x - half, high, x + half, low);
        }
    }
    if (!centred)
        canvas_box(canvas, paint_flat(sleeve->inks[3]), 0.08F, 0.885F, 0.92F, 0.897F);
}

struct ribbon {
    float x, y, turn_x, turn_y, bend, frequency, phase, from, to;
};

static float ribbon_distance(const void *shape, float x, float y)
{
    const struct ribbon *ribbon = shape;
    float dx = x - ribbon->x, dy = y - ribbon->y;
    float along = dx * ribbon->turn_x + dy * ribbon->turn_y, across = dy * ribbon->turn_x - dx * ribbon->turn_y;
    float angle = along * ribbon->frequency + ribbon->phase;
    float slope = ribbon->bend * ribbon->frequency * cosf(angle);
    across -= ribbon->bend * sinf(angle);
    float lean = sqrtf(1.0F + slope * slope);
    return fmaxf(ribbon->from - across / lean, across / lean - ribbon->to);
}

/* Parallel bands along one curve across the cover. */
void form_ribbons(struct sleeve *sleeve)
{
    float turn = sleeve_vary(sleeve, 0.0F, 0.5F, 0.08F) * TURN;
    int bands = 4 + sleeve_family_below(sleeve, 2);
    float width = sleeve_vary(sleeve, 0.055F, 0.085F, 0.3F), bend = sleeve_vary(sleeve, 0.06F, 0.14F, 0.3F);
    float frequency = TURN * (0.7F + 0.5F * sleeve->tempo), phase = sleeve_own(sleeve, 0.0F, TURN);
    float first = -0.5F * width * (float)bands + sleeve_own(sleeve, -0.08F, 0.08F);
    for (int i = 0; i < bands; i++) {
        struct ribbon ribbon = {0.5F,
                                0.5F,
                                cosf(turn),
                                sinf(turn),
                                bend,
                                frequency,
                                phase,
                                first + width * (float)i,
                                first + width * ((float)i + 1.0F)};
        canvas_shape(sleeve->canvas, paint_flat(sleeve->inks[i % 4]), 0.0F, 0.0F, 1.0F, 1.0F, ribbon_distance, &ribbon);
    }
    if (sleeve_family_below(sleeve, 2))
        canvas_disc(sleeve->canvas, paint_flat(sleeve->inks[0]), 0.5F - 0.3F * sinf(turn), 0.5F + 0.3F * cosf(turn),
                    sleeve_own(sleeve, 0.07F, 0.11F));
}
