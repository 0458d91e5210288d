/* Forms made of circles, stripes, grids and letters. */
#include <math.h>

#include "vision/artwork.h"

static const float TURN = 6.28318531F;

void form_rings(struct sleeve *sleeve)
{
    static const float centres[4][2] = {{0.5F, 0.5F}, {0.5F, 0.62F}, {0.3F, 0.68F}, {0.72F, 0.34F}};
    int centre = sleeve_family_below(sleeve, 4);
    float x = centres[centre][0] + sleeve_own(sleeve, -0.05F, 0.05F);
    float y = centres[centre][1] + sleeve_own(sleeve, -0.05F, 0.05F);
    int count = 4 + sleeve_family_below(sleeve, 3) + (int)(sleeve->energy * 3.0F);
    float reach = centre < 2 ? sleeve_vary(sleeve, 0.42F, 0.62F, 0.3F) : 0.9F;
    float gap = sleeve_family_below(sleeve, 2) ? 0.0F : 0.28F;
    int shift = sleeve_own_below(sleeve, 4);
    for (int i = 0; i < count; i++) {
        float radius = reach * (1.0F - (float)i / (float)count);
        canvas_disc(sleeve->canvas, paint_flat(sleeve->inks[(i + shift) % 4]), x, y, radius);
        if (gap > 0.0F && i + 1 < count)
            canvas_disc(sleeve->canvas, paint_flat(sleeve->ground), x, y,
                        reach * (1.0F - ((float)i + 1.0F - gap) / (float)count));
    }
}

void form_overlap(struct sleeve *sleeve)
{
    enum blend blend = sleeve->dark ? BLEND_SCREEN : BLEND_MULTIPLY;
    int count = 2 + sleeve_family_below(sleeve, 3);
    float turn = sleeve_vary(sleeve, 0.0F, 1.0F, 0.15F);
    float spread = sleeve_vary(sleeve, 0.12F, 0.22F, 0.3F), radius = sleeve_vary(sleeve, 0.24F, 0.34F, 0.3F);
    for (int i = 0; i < count; i++) {
        float angle = (turn + (float)i / (float)count) * TURN;
        float x = 0.5F + spread * cosf(angle), y = 0.5F + spread * sinf(angle);
        canvas_disc(sleeve->canvas, paint_blend(sleeve->inks[i % 4], sleeve->dark ? 0.78F : 0.92F, blend), x, y,
                    radius * sleeve_own(sleeve, 0.85F, 1.15F));
    }
    if (sleeve_family_below(sleeve, 2))
        canvas_ring(sleeve->canvas, paint_flat(sleeve->inks[0]), 0.5F, 0.5F, spread + radius * 1.22F, 0.006F);
}

struct rays {
    float x, y, count, turn;
};

static float rays_coverage(const void *pattern, float x, float y, float pixel)
{
    const struct rays *rays = pattern;
    float dx = x - rays->x, dy = y - rays->y, r = sqrtf(dx * dx + dy * dy) + 1e-6F;
    float t = (atan2f(dy, dx) / TURN + rays->turn) * rays->count;
    return stripe_coverage(t, pixel * rays->count / (r * TURN), 0.5F);
}

void form_sunburst(struct sleeve *sleeve)
{
    struct canvas *canvas = sleeve->canvas;
    bool horizon = sleeve_family_below(sleeve, 2);
    struct rays rays = {
        .x = 0.5F + (horizon ? 0.0F : sleeve_family(sleeve, -0.2F, 0.2F)),
        .y = horizon ? sleeve_vary(sleeve, 0.6F, 0.72F, 0.3F) : sleeve_vary(sleeve, 0.35F, 0.65F, 0.15F),
        .count = (float)(8 + 2 * sleeve_family_below(sleeve, 4) + (int)(sleeve->energy * 6.0F)),
        .turn = sleeve_own(sleeve, 0.0F, 1.0F),
    };
    canvas_pattern(canvas, paint_flat(sleeve->inks[1]), rays_coverage, &rays);
    float radius = sleeve_vary(sleeve, 0.16F, 0.27F, 0.4F);
    canvas_disc(canvas, paint_flat(sleeve->ground), rays.x, rays.y, radius * 1.18F);
    canvas_disc(canvas, paint_flat(sleeve->inks[0]), rays.x, rays.y, radius);
    if (!horizon) {
        canvas_disc(canvas, paint_flat(sleeve->inks[2]), rays.x, rays.y, radius * sleeve_own(sleeve, 0.35F, 0.7F));
        return;
    }
    struct ink ground = sleeve_darkest(sleeve);
    canvas_box(canvas, paint_flat(ground), 0.0F, rays.y, 1.0F, 1.0F);
    for (int i = 0; i < 5; i++) {
        float y = rays.y + 0.05F + 0.055F * (float)i, width = radius * (1.0F - 0.16F * (float)i);
        canvas_box(canvas, paint_flat(sleeve->inks[i % 2 ? 2 : 0]), rays.x - width, y, rays.x + width,
                   y + 0.03F - 0.004F * (float)i);
    }
}

static void bauhaus_cell(struct sleeve *sleeve, float x, float y, float size, int shape, struct ink ink,
                         struct ink second)
{
    struct canvas *canvas = sleeve->canvas;
    int corner = sleeve_own_below(sleeve, 4);
    float right = x + size, bottom = y + size, middle_x = x + size * 0.5F, middle_y = y + size * 0.5F;
    float corner_x = corner & 1 ? right : x, corner_y = corner & 2 ? bottom : y;
    struct paint paint = paint_flat(ink);
    switch (shape) {
    case 0:
        canvas_disc_in_box(canvas, paint, corner_x, corner_y, size, x, y, right, bottom);
        break;
    case 1:
        canvas_disc_in_box(canvas, paint, corner_x, corner_y, size, x, y, right, bottom);
        canvas_disc_in_box(canvas, paint_flat(second), corner_x, corner_y, size * 0.5F, x, y, right, bottom);
        break;
    case 2:
        canvas_disc_in_box(canvas, paint, corner & 1 ? middle_x : corner_x, corner & 1 ? corner_y : middle_y,
                           size * 0.5F, x, y, right, bottom);
        break;
    case 3:
        canvas_disc(canvas, paint, middle_x, middle_y, size * 0.42F);
        break;
    case 4: {
        float points[3][2] = {{x, corner & 2 ? bottom : y}, {right, corner & 2 ? bottom : y}, {corner_x, 0}};
        points[2][1] = corner & 2 ? y : bottom;
        canvas_polygon(canvas, paint, (const float(*)[2])points, 3, 0.0F);
        break;
    }
    case 5:
        for (int i = 0; i < 3; i++)
            canvas_box(canvas, paint, x, y + size * (float)i / 3.0F, right, y + size * ((float)i + 0.5F) / 3.0F);
        break;
    default:
        canvas_disc(canvas, paint, middle_x, middle_y, size * 0.42F);
        canvas_disc(canvas, paint_flat(second), middle_x, middle_y, size * 0.2F);
        break;
    }
}

void form_bauhaus(struct sleeve *sleeve)
{
    int n = 3 + sleeve_family_below(sleeve, 2);
    /* An artist uses four of the shapes. */
    int shapes[4];
    for (int i = 0; i < 4; i++)
        shapes[i] = sleeve_family_below(sleeve, 7);
    float size = 1.0F / (float)n;
    struct ink inks[5] = {sleeve->ground, sleeve->inks[0], sleeve->inks[1], sleeve->inks[2], sleeve->inks[3]};
    for (int row = 0; row < n; row++)
        for (int i = 0; i < n; i++) {
            int back = (row + i) % 2 ? 0 : sleeve_own_below(sleeve, 5), front = 1 + sleeve_own_below(sleeve, 4);
            if (front == back)
                front = (front + 1) % 5;
            int second = (front + 2) % 5 == back ? (front + 1) % 5 : (front + 2) % 5;
            float x = (float)i * size, y = (float)row * size;
            canvas_box(sleeve->canvas, paint_flat(inks[back]), x, y, x + size, y + size);
            bauhaus_cell(sleeve, x, y, size, shapes[sleeve_own_below(sleeve, 4)], inks[front], inks[second]);
        }
}

struct bend {
    float x, y, from, to;
    int quarter;
};

/* Bands enter horizontally from the left, turn a quarter circle about (x, y) and leave downwards. */
static float bend_distance(const void *shape, float x, float y)
{
    const struct bend *bend = shape;
    for (int i = 0; i < bend->quarter; i++) {
        float turned = 1.0F - x;
        x = y;
        y = turned;
    }
    float dx = x - bend->x, dy = y - bend->y;
    float r = dx < 0.0F ? -dy : dy > 0.0F ? dx : sqrtf(dx * dx + dy * dy);
    return fmaxf(bend->from - r, r - bend->to);
}

void form_bends(struct sleeve *sleeve)
{
    int quarter = sleeve_family_below(sleeve, 4), bands = 4 + (int)(sleeve->energy * 2.0F);
    float x = sleeve_vary(sleeve, 0.2F, 0.45F, 0.3F), y = sleeve_vary(sleeve, 0.55F, 0.8F, 0.3F);
    float width = sleeve_vary(sleeve, 0.065F, 0.095F, 0.3F), gap = sleeve_family_below(sleeve, 2) ? 0.0F : 0.2F;
    float inner = sleeve_own(sleeve, 0.06F, 0.16F);
    for (int i = 0; i < bands; i++) {
        struct bend bend = {x, y, inner + width * (float)i, inner + width * ((float)i + 1.0F - gap), quarter};
        canvas_shape(sleeve->canvas, paint_flat(sleeve->inks[(bands - 1 - i) % 4]), 0.0F, 0.0F, 1.0F, 1.0F,
                     bend_distance, &bend);
    }
}

void form_diagonals(struct sleeve *sleeve)
{
    static const float turns[4] = {0.125F, 0.375F, 0.09F, 0.16F};
    float turn = turns[sleeve_family_below(sleeve, 4)] + sleeve_own(sleeve, -0.015F, 0.015F);
    int cuts = 4 + sleeve_family_below(sleeve, 3) + (int)(sleeve->energy * 3.0F);
    float normal_x = sinf(turn * TURN), normal_y = -cosf(turn * TURN), at = -0.62F;
    for (int i = 0; i < cuts && at < 0.6F; i++) {
        at += sleeve_vary(sleeve, 0.05F, 0.34F, 0.35F);
        struct ink ink = (i + 1) % 5 == 0 ? sleeve->ground : sleeve->inks[i % 4];
        canvas_half(sleeve->canvas, paint_flat(ink), 0.5F + normal_x * at, 0.5F + normal_y * at, turn + 0.5F);
    }
    if (sleeve_family_below(sleeve, 2)) {
        float x = sleeve_vary(sleeve, 0.3F, 0.7F, 0.2F), y = sleeve_vary(sleeve, 0.3F, 0.7F, 0.2F);
        float radius = sleeve_vary(sleeve, 0.12F, 0.22F, 0.3F);
        canvas_disc(sleeve->canvas, paint_flat(sleeve->ground), x, y, radius + 0.035F);
        canvas_disc(sleeve->canvas, paint_flat(sleeve->inks[0]), x, y, radius);
    }
}

void form_letter(struct sleeve *sleeve)
{
    char letters[3];
    letters_initials(sleeve->artist, letters);
    bool pair = sleeve_family_below(sleeve, 3) == 0;
    if (!pair)
        letters[1] = '\0';
    if (letters[0] == '\0') {
        form_rings(sleeve);
        return;
    }
    int bands = 2 + sleeve_family_below(sleeve, 3);
    float weight = sleeve_vary(sleeve, 0.10F, 0.15F, 0.4F), width = letters_width(letters);
    float height = fminf(0.60F, (0.92F - 2.0F * weight * 0.6F) / fmaxf(width + 2.0F * weight, 0.4F));
    float x = 0.5F - width * height * 0.5F + sleeve_own(sleeve, -0.04F, 0.04F), y = 0.5F - height * 0.5F;
    struct canvas *canvas = sleeve->canvas;
    canvas_half(canvas, paint_flat(sleeve->inks[2]), 0.5F, 0.5F, sleeve_vary(sleeve, 0.0F, 1.0F, 0.12F));
    if (sleeve_family_below(sleeve, 2)) {
        struct ink shade = sleeve_darkest(sleeve);
        for (int i = 12; i > 0; i--)
            letters_draw(canvas, paint_flat(shade), letters, x + 0.006F * (float)i, y + 0.006F * (float)i, height,
                         weight, 0);
    }
    struct ink outline = sleeve->dark ? sleeve_darkest(sleeve) : sleeve_lightest(sleeve);
    letters_draw(canvas, paint_flat(outline), letters, x, y, height, weight + 0.02F / height, 0);
    for (int i = 0; i < bands; i++) {
        struct ink ink = i % 2 ? sleeve->inks[1 + (i / 2) % 3 * 2] : sleeve->inks[0];
        letters_draw(canvas, paint_flat(ink), letters, x, y, height, weight * (1.0F - (float)i / (float)bands), 0);
    }
}

struct checkers {
    float x, y, count, bulge, turn_x, turn_y;
};

static float square_wave(float t, float width)
{
    return 2.0F * stripe_coverage(t, width, 0.5F) - 1.0F;
}

static float checkers_coverage(const void *pattern, float x, float y, float pixel)
{
    const struct checkers *checkers = pattern;
    float dx = x - checkers->x, dy = y - checkers->y, r2 = dx * dx + dy * dy;
    float scale = 1.0F / (1.0F + checkers->bulge * expf(-r2 * 9.0F));
    float u = (dx * checkers->turn_x - dy * checkers->turn_y) * scale * checkers->count * 0.5F;
    float v = (dx * checkers->turn_y + dy * checkers->turn_x) * scale * checkers->count * 0.5F;
    float width = pixel * scale * checkers->count * 0.5F * 1.2F;
    return 0.5F + 0.5F * square_wave(u, width) * square_wave(v, width);
}

void form_checkers(struct sleeve *sleeve)
{
    float turn = ((float)sleeve_family_below(sleeve, 3) * 0.0625F + sleeve_own(sleeve, -0.01F, 0.01F)) * TURN;
    struct checkers checkers = {
        .x = sleeve_vary(sleeve, 0.3F, 0.7F, 0.25F),
        .y = sleeve_vary(sleeve, 0.3F, 0.7F, 0.25F),
        .count = 8.0F + sleeve_vary(sleeve, 0.0F, 5.0F, 0.2F) + 3.0F * sleeve->tempo,
        .bulge = sleeve_vary(sleeve, 0.8F, 2.2F, 0.3F),
        .turn_x = cosf(turn),
        .turn_y = sinf(turn),
    };
    canvas_pattern(sleeve->canvas, paint_run(sleeve->inks[0], sleeve->inks[1], 0.1F, 0.0F, 0.9F, 1.0F),
                   checkers_coverage, &checkers);
    canvas_glow(sleeve->canvas, sleeve_lightest(sleeve), checkers.x - 0.08F, checkers.y - 0.08F, 0.4F, 0.35F);
}

void form_halftone(struct sleeve *sleeve)
{
    struct canvas *canvas = sleeve->canvas;
    float turn = sleeve_family(sleeve, 0.03F, 0.1F) * TURN, c = cosf(turn), s = sinf(turn);
    float step = 1.0F / (11.0F + 3.0F * sleeve->tempo + (float)sleeve_family_below(sleeve, 3));
    float x0 = sleeve_vary(sleeve, 0.3F, 0.7F, 0.3F), y0 = sleeve_vary(sleeve, 0.3F, 0.7F, 0.3F);
    bool sphere = sleeve_family_below(sleeve, 2);
    float reach = sleeve_own(sleeve, 0.38F, 0.52F), slip = sleeve_family_below(sleeve, 2) ? 0.02F : 0.0F;
    for (int layer = slip > 0.0F ? 0 : 1; layer < 2; layer++) {
        struct paint paint = paint_flat(sleeve->inks[layer ? 0 : 1]);
        float offset = layer ? 0.0F : slip;
        for (int row = -12; row <= 12; row++)
            for (int i = -12; i <= 12; i++) {
                float x = 0.5F + ((float)i * c - (float)row * s) * step;
                float y = 0.5F + ((float)i * s + (float)row * c) * step;
                float dx = (x - x0) / reach, dy = (y - y0) / reach;
                float r = sqrtf(dx * dx + dy * dy);
                float light = sphere ? (r < 1.0F ? 0.35F + 0.65F * clamp01(0.5F - 0.5F * (dx + dy)) : 0.10F)
                                     : clamp01(1.05F - r * 0.72F);
                canvas_disc(canvas, paint, x + offset, y + offset, step * 0.70F * sqrtf(light));
            }
    }
}

struct moire {
    float x, y, frequency, duty, turn_x, turn_y;
    bool straight;
};

static float moire_coverage(const void *pattern, float x, float y, float pixel)
{
    const struct moire *moire = pattern;
    float dx = x - moire->x, dy = y - moire->y;
    float t = moire->straight ? dx * moire->turn_x + dy * moire->turn_y : sqrtf(dx * dx + dy * dy);
    return stripe_coverage(t * moire->frequency, pixel * moire->frequency, moire->duty);
}

void form_moire(struct sleeve *sleeve)
{
    float frequency = 14.0F + 8.0F * sleeve->tempo, angle = sleeve_family(sleeve, 0.0F, 1.0F) * TURN;
    bool straight = sleeve_family_below(sleeve, 3) == 0;
    float apart = sleeve_vary(sleeve, 0.08F, 0.25F, 0.3F);
    for (int i = 0; i < 2; i++) {
        float side = i ? 1.0F : -1.0F, turned = angle + side * sleeve_own(sleeve, 0.06F, 0.16F);
        struct moire moire = {
            .x = 0.5F + side * apart * cosf(angle),
            .y = 0.5F + side * apart * sinf(angle),
            .frequency = frequency * (i ? 1.0F : sleeve_own(sleeve, 0.92F, 1.08F)),
            .duty = 0.5F,
            .turn_x = cosf(turned),
            .turn_y = sinf(turned),
            .straight = straight && i,
        };
        canvas_pattern(sleeve->canvas, paint_flat(sleeve->inks[i ? 0 : 1]), moire_coverage, &moire);
    }
}
