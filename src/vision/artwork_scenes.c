/* Representational forms: landscapes, water, skies, records, towns. */
#include <math.h>

#include "vision/artwork.h"

enum { CURVE = 129 };

static const float TURN = 6.28318531F;

/* A rolling line: a sum of a few sines with increasing frequency and decreasing height. */
static void rolling(struct random *random, float level, float height, float roughness, float frequency, float *heights)
{
    float phases[5], weights[5], sum = 0.0F;
    for (int k = 0; k < 5; k++) {
        phases[k] = (float)random_uniform(random);
        weights[k] = powf(roughness, (float)k);
        sum += weights[k];
    }
    for (int i = 0; i < CURVE; i++) {
        float x = (float)i / (CURVE - 1), y = 0.0F;
        for (int k = 0; k < 5; k++)
            y += weights[k] / sum * sinf(TURN * (phases[k] + x * frequency * (1.0F + 0.9F * (float)k)));
        heights[i] = level + height * y;
    }
}

static void luminary(struct sleeve *sleeve, float x, float y, float radius, struct ink ink)
{
    canvas_glow(sleeve->canvas, ink, x, y, radius * 3.2F, 0.35F);
    canvas_disc(sleeve->canvas, paint_flat(ink), x, y, radius);
}

void form_hills(struct sleeve *sleeve)
{
    struct canvas *canvas = sleeve->canvas;
    struct ink far = sleeve->dark ? ink_mix(sleeve->ground, sleeve->inks[1], 0.5F) : sleeve->inks[1];
    canvas_fill(canvas, paint_run(sleeve->ground, far, 0.5F, 0.0F, 0.5F, 0.75F));
    float x = sleeve_vary(sleeve, 0.25F, 0.75F, 0.3F), y = sleeve_vary(sleeve, 0.2F, 0.42F, 0.3F);
    luminary(sleeve, x, y, sleeve_vary(sleeve, 0.1F, 0.19F, 0.3F), sleeve->inks[0]);
    int layers = 3 + sleeve_family_below(sleeve, 3);
    float frequency = 0.6F + 0.6F * sleeve->tempo, roughness = sleeve_family(sleeve, 0.3F, 0.5F);
    struct ink near = ink_mix(sleeve_darkest(sleeve), ink_hex(0x000000), 0.25F);
    for (int i = 0; i < layers; i++) {
        float heights[CURVE], depth = ((float)i + 1.0F) / (float)layers;
        rolling(&sleeve->own, 0.48F + 0.42F * (float)i / (float)layers, 0.09F, roughness, frequency, heights);
        canvas_below(canvas, paint_flat(ink_mix(i % 2 ? sleeve->inks[2] : sleeve->inks[3], near, depth * depth)),
                     heights, CURVE);
    }
}

void form_peaks(struct sleeve *sleeve)
{
    struct canvas *canvas = sleeve->canvas;
    canvas_fill(canvas, paint_run(sleeve->ground, sleeve->inks[3], 0.5F, 0.1F, 0.5F, 0.9F));
    float sun_x = sleeve_vary(sleeve, 0.25F, 0.75F, 0.3F), radius = sleeve_vary(sleeve, 0.17F, 0.27F, 0.3F);
    float sun_y = sleeve_vary(sleeve, 0.32F, 0.45F, 0.3F);
    canvas_disc(canvas, paint_flat(sleeve->inks[0]), sun_x, sun_y, radius);
    int layers = 3, ranges = 2 + sleeve_family_below(sleeve, 2);
    for (int layer = 0; layer < layers; layer++) {
        struct ink body = ink_mix(sleeve->inks[2], sleeve_darkest(sleeve), 0.35F + 0.3F * (float)layer);
        struct ink lit = ink_mix(body, sleeve_lightest(sleeve), 0.32F - 0.07F * (float)layer);
        for (int i = 0; i <= ranges; i++) {
            float x = ((float)i + sleeve_own(sleeve, 0.1F, 0.9F) - (layer % 2 ? 0.5F : 0.2F)) / (float)ranges;
            float top = 0.40F + 0.17F * (float)layer + sleeve_own(sleeve, -0.06F, 0.08F);
            float foot = 0.34F + sleeve_own(sleeve, -0.04F, 0.06F), low = top + foot * 1.35F;
            float ridge = x + foot * sleeve_own(sleeve, -0.12F, 0.12F);
            float left[3][2] = {{x, top}, {x - foot, low}, {ridge, low}};
            float right[3][2] = {{x, top}, {ridge, low}, {x + foot, low}};
            canvas_polygon(canvas, paint_flat(lit), (const float(*)[2])left, 3, 0.5F * canvas->pixel);
            canvas_polygon(canvas, paint_flat(body), (const float(*)[2])right, 3, 0.5F * canvas->pixel);
        }
        canvas_box(canvas, paint_run(body, sleeve_darkest(sleeve), 0.5F, 0.8F, 0.5F, 1.0F), 0.0F,
                   0.80F + 0.08F * (float)layer, 1.0F, 1.0F);
    }
}

/* The inks of the first and the last of a series of thin lines: on the same side of the background's lightness and with
 * enough contrast, so that no line in between becomes invisible. */
static void line_inks(const struct sleeve *sleeve, struct ink *first, struct ink *last)
{
    const float enough = 0.22F;
    float ground = ink_luma(sleeve->ground);
    *first = sleeve->inks[1];
    *last = sleeve->inks[0];
    if (fabsf(ink_luma(*last) - ground) < enough)
        *last = ink_mix(*last, ground > 0.5F ? sleeve_darkest(sleeve) : sleeve_lightest(sleeve), 0.65F);
    float side = ink_luma(*last) > ground ? 1.0F : -1.0F;
    if (side * (ink_luma(*first) - ground) < enough)
        *first = ink_mix(*last, sleeve->ground, 0.4F);
}

void form_ridges(struct sleeve *sleeve)
{
    int lines = 13 + sleeve_family_below(sleeve, 5) + (int)(sleeve->energy * 5.0F);
    float centre = sleeve_vary(sleeve, 0.38F, 0.62F, 0.3F), width = sleeve_family(sleeve, 0.14F, 0.24F);
    float height = 0.06F + 0.08F * sleeve->energy, thickness = sleeve_family(sleeve, 0.0035F, 0.007F);
    bool fade = sleeve_family_below(sleeve, 2);
    struct ink first, last;
    line_inks(sleeve, &first, &last);
    for (int line = 0; line < lines; line++) {
        float heights[CURVE], bumps[4][2];
        float level = 0.22F + 0.64F * (float)line / (float)(lines - 1);
        for (int k = 0; k < 4; k++) {
            bumps[k][0] = centre + sleeve_own(sleeve, -1.1F, 1.1F) * width;
            bumps[k][1] = sleeve_own(sleeve, 0.1F, 1.0F);
        }
        for (int i = 0; i < CURVE; i++) {
            float x = (float)i / (CURVE - 1), y = 0.0F;
            for (int k = 0; k < 4; k++) {
                float d = (x - bumps[k][0]) / (width * 0.28F);
                y += bumps[k][1] * expf(-d * d);
            }
            float wide = (x - centre) / (width * 1.3F);
            y = y * expf(-wide * wide) + 0.04F * sinf(x * 90.0F + (float)line * 2.3F);
            heights[i] = level - height * y;
        }
        canvas_below(sleeve->canvas, paint_flat(sleeve->ground), heights, CURVE);
        struct ink ink = fade ? ink_mix(first, last, (float)line / (float)lines) : last;
        canvas_curve(sleeve->canvas, paint_flat(ink), heights, CURVE, thickness);
    }
}

void form_waves(struct sleeve *sleeve)
{
    struct canvas *canvas = sleeve->canvas;
    int bands = 5 + sleeve_family_below(sleeve, 3) + (int)(sleeve->energy * 3.0F);
    float frequency = 0.8F + 1.4F * sleeve->tempo, height = sleeve_vary(sleeve, 0.03F, 0.085F, 0.3F);
    float phase = sleeve_own(sleeve, 0.0F, 1.0F), drift = sleeve_vary(sleeve, 0.04F, 0.22F, 0.2F);
    float start = sleeve_family(sleeve, 0.22F, 0.42F);
    if (sleeve_family_below(sleeve, 2))
        canvas_disc(canvas, paint_flat(sleeve->inks[0]), sleeve_vary(sleeve, 0.25F, 0.75F, 0.3F), start - 0.02F,
                    sleeve_vary(sleeve, 0.12F, 0.2F, 0.3F));
    bool crests = sleeve_family_below(sleeve, 2);
    for (int band = 0; band < bands; band++) {
        float heights[CURVE], depth = (float)band / (float)(bands - 1);
        for (int i = 0; i < CURVE; i++) {
            float x = (float)i / (CURVE - 1);
            heights[i] = start + (1.0F - start) * (float)band / (float)bands +
                         height * sinf(TURN * (x * frequency + phase + drift * (float)band));
        }
        struct ink ink = depth < 0.5F ? ink_mix(sleeve->inks[1], sleeve->inks[2], depth * 2.0F)
                                      : ink_mix(sleeve->inks[2], sleeve->inks[3], depth * 2.0F - 1.0F);
        canvas_below(canvas, paint_flat(ink), heights, CURVE);
        if (crests)
            canvas_curve(canvas, paint_flat(sleeve->inks[0]), heights, CURVE, 0.006F);
    }
}

void form_orb(struct sleeve *sleeve)
{
    struct canvas *canvas = sleeve->canvas;
    float horizon = sleeve_vary(sleeve, 0.62F, 0.74F, 0.3F), radius = sleeve_vary(sleeve, 0.2F, 0.3F, 0.3F);
    float x = 0.5F + sleeve_own(sleeve, -0.06F, 0.06F), y = horizon - radius * sleeve_vary(sleeve, 0.5F, 1.15F, 0.3F);
    canvas_fill(canvas, paint_run(sleeve->ground, sleeve->inks[2], 0.5F, 0.0F, 0.5F, horizon));
    canvas_glow(canvas, sleeve->inks[1], x, y, radius * 2.2F, 0.5F);
    struct paint sun = paint_run(sleeve->inks[0], sleeve->inks[1], x, y - radius, x, y + radius);
    canvas_disc(canvas, sun, x, y, radius);
    struct ink water = ink_mix(sleeve_darkest(sleeve), sleeve->inks[2], 0.15F);
    bool barred = sleeve_family_below(sleeve, 2);
    if (barred) {
        canvas->clip_x = x, canvas->clip_y = y, canvas->clip_radius = radius;
        struct paint sky = paint_run(sleeve->ground, sleeve->inks[2], 0.5F, 0.0F, 0.5F, horizon);
        for (int i = 0; i < 6; i++) {
            float at = y + radius * (0.05F + 0.17F * (float)i);
            canvas_box(canvas, sky, 0.0F, at, 1.0F, at + radius * (0.02F + 0.017F * (float)i));
        }
        canvas->clip_radius = 0.0F;
    }
    canvas_box(canvas, paint_run(ink_mix(water, sleeve->inks[2], 0.5F), water, 0.5F, horizon, 0.5F, 1.0F), 0.0F,
               horizon, 1.0F, 1.0F);
    for (int i = 0; i < 7; i++) {
        float depth = (float)i / 6.0F, at = horizon + 0.015F + (1.0F - horizon) * 0.9F * depth * (0.4F + 0.6F * depth);
        float half = radius * (1.05F - 0.6F * depth) * sleeve_own(sleeve, 0.7F, 1.0F);
        canvas_line(canvas, paint_flat(ink_mix(sleeve->inks[0], sleeve->inks[1], depth)), x - half, at, x + half, at,
                    0.004F + 0.007F * depth);
    }
}

void form_vinyl(struct sleeve *sleeve)
{
    struct canvas *canvas = sleeve->canvas;
    bool peeking = sleeve_family_below(sleeve, 2);
    float x = peeking ? 0.62F + sleeve_own(sleeve, -0.03F, 0.05F) : 0.5F, y = 0.5F;
    float radius = peeking ? 0.34F : sleeve_vary(sleeve, 0.4F, 0.46F, 0.4F);
    if (!peeking)
        canvas_half(canvas, paint_flat(sleeve->inks[2]), 0.5F, 0.5F, sleeve_vary(sleeve, 0.0F, 1.0F, 0.1F));
    struct ink black = ink_mix(ink_hex(0x121216), sleeve_darkest(sleeve), 0.3F);
    if (sleeve->dark)
        canvas_disc(canvas, paint_flat(ink_mix(sleeve->ground, sleeve->inks[1], 0.75F)), x, y, radius * 1.16F);
    canvas_disc(canvas, paint_flat(black), x, y, radius);
    int grooves = 7 + (int)(sleeve->tempo * 6.0F);
    for (int i = 0; i < grooves; i++)
        canvas_ring(canvas, paint_alpha(ink_hex(0xffffff), i % 3 ? 0.08F : 0.2F), x, y,
                    radius * (0.45F + 0.52F * (float)i / (float)grooves), 0.0022F);
    float shine = sleeve_own(sleeve, 0.0F, 0.5F);
    for (int i = 0; i < 2; i++)
        for (int k = 0; k < 3; k++)
            canvas_arc(canvas, paint_alpha(ink_hex(0xffffff), 0.07F), x, y, radius * 0.70F, radius * 0.26F,
                       shine + 0.5F * (float)i + 0.012F * (float)k, 0.075F - 0.024F * (float)k);
    canvas_disc(canvas, paint_flat(sleeve->inks[0]), x, y, radius * 0.38F);
    float turn = sleeve_own(sleeve, 0.0F, 1.0F);
    canvas->clip_x = x, canvas->clip_y = y, canvas->clip_radius = radius * 0.38F;
    canvas_half(canvas, paint_flat(sleeve->inks[1]), x, y, turn);
    canvas->clip_radius = 0.0F;
    canvas_ring(canvas, paint_flat(sleeve->inks[3]), x, y, radius * 0.24F, 0.006F);
    canvas_disc(canvas, paint_flat(sleeve->ground), x, y, radius * 0.05F);
    if (!peeking)
        return;
    canvas_box(canvas, paint_alpha(ink_hex(0x000000), 0.25F), 0.0F, 0.145F, 0.575F, 0.875F);
    canvas_box(canvas, paint_run(sleeve->inks[1], sleeve->inks[2], 0.1F, 0.1F, 0.5F, 0.9F), 0.0F, 0.13F, 0.56F, 0.86F);
    canvas_disc(canvas, paint_flat(sleeve->inks[0]), 0.28F, 0.5F, sleeve_vary(sleeve, 0.1F, 0.17F, 0.4F));
    canvas_ring(canvas, paint_flat(sleeve->inks[3]), 0.28F, 0.5F, sleeve_vary(sleeve, 0.18F, 0.22F, 0.4F), 0.008F);
}

void form_stars(struct sleeve *sleeve)
{
    struct canvas *canvas = sleeve->canvas;
    struct ink night = sleeve_darkest(sleeve), light = sleeve_lightest(sleeve);
    canvas_fill(canvas, paint_run(ink_mix(night, ink_hex(0x000000), 0.3F), ink_mix(night, sleeve->inks[2], 0.4F), 0.3F,
                                  0.0F, 0.7F, 1.0F));
    canvas_glow(canvas, sleeve->inks[1], sleeve_vary(sleeve, 0.2F, 0.8F, 0.2F), sleeve_vary(sleeve, 0.2F, 0.8F, 0.2F),
                0.6F, 0.35F);
    for (int i = 0; i < 70; i++) {
        float size = sleeve_own(sleeve, 0.0F, 1.0F);
        canvas_disc(canvas, paint_alpha(light, 0.35F + 0.5F * size), sleeve_own(sleeve, 0.0F, 1.0F),
                    sleeve_own(sleeve, 0.0F, 1.0F), 0.0015F + 0.0035F * size * size);
    }
    if (sleeve_family_below(sleeve, 2)) {
        float x = sleeve_vary(sleeve, 0.35F, 0.65F, 0.2F), y = sleeve_vary(sleeve, 0.4F, 0.6F, 0.2F);
        float radius = sleeve_vary(sleeve, 0.17F, 0.26F, 0.3F);
        canvas_disc(canvas, paint_run(sleeve->inks[0], sleeve->inks[2], x - radius, y - radius, x + radius, y + radius),
                    x, y, radius);
        for (int i = 0; i < 3; i++)
            canvas_ring(canvas, paint_alpha(light, 0.9F - 0.25F * (float)i), x, y, radius * (1.3F + 0.22F * (float)i),
                        0.004F + 0.004F * sleeve->energy);
        canvas_disc(canvas, paint_flat(sleeve->inks[1]), x + radius * 1.3F * 0.8F, y - radius * 1.3F * 0.6F,
                    radius * 0.2F);
        return;
    }
    int count = 6 + sleeve_family_below(sleeve, 3);
    float points[9][2], turn = sleeve_own(sleeve, 0.0F, 1.0F);
    for (int i = 0; i < count; i++) {
        float angle = TURN * (turn + (float)i / (float)count), r = sleeve_own(sleeve, 0.14F, 0.4F);
        points[i][0] = 0.5F + r * cosf(angle);
        points[i][1] = 0.5F + r * sinf(angle);
        if (i > 0)
            canvas_line(canvas, paint_flat(sleeve->inks[0]), points[i - 1][0], points[i - 1][1], points[i][0],
                        points[i][1], 0.005F);
    }
    for (int i = 0; i < count; i++) {
        float radius = sleeve_own(sleeve, 0.016F, 0.034F);
        canvas_glow(canvas, light, points[i][0], points[i][1], radius * 3.0F, 0.4F);
        canvas_disc(canvas, paint_flat(i % 3 ? light : sleeve->inks[0]), points[i][0], points[i][1], radius);
    }
}

void form_skyline(struct sleeve *sleeve)
{
    struct canvas *canvas = sleeve->canvas;
    canvas_fill(canvas, paint_run(sleeve->ground, sleeve->inks[1], 0.5F, 0.05F, 0.5F, 0.95F));
    canvas_disc(canvas, paint_flat(sleeve->inks[0]), sleeve_vary(sleeve, 0.2F, 0.8F, 0.2F),
                sleeve_vary(sleeve, 0.22F, 0.4F, 0.3F), sleeve_vary(sleeve, 0.11F, 0.2F, 0.3F));
    struct ink wall = sleeve_darkest(sleeve);
    for (int layer = 0; layer < 2; layer++) {
        struct ink ink = ink_mix(sleeve->inks[2], wall, layer ? 0.9F : 0.3F);
        struct ink window = sleeve_lightest(sleeve);
        float x = -0.03F;
        while (x < 1.0F) {
            float width = sleeve_own(sleeve, 0.09F, 0.19F),
                  top = sleeve_own(sleeve, 0.3F, 0.62F) + 0.16F * (float)layer;
            canvas_box(canvas, paint_flat(ink), x, top, x + width, 1.0F);
            if (sleeve_own_below(sleeve, 3) == 0)
                canvas_box(canvas, paint_flat(ink), x + width * 0.44F, top - 0.08F, x + width * 0.56F, top);
            for (float y = top + 0.035F; layer && y < 0.96F; y += 0.05F)
                for (float at = x + 0.018F; at < x + width - 0.025F; at += 0.036F)
                    if (sleeve_own_below(sleeve, 100) < 18 + (int)(sleeve->energy * 30.0F))
                        canvas_box(canvas, paint_flat(window), at, y, at + 0.017F, y + 0.024F);
            x += width + (layer ? 0.012F : 0.0F);
        }
    }
}
