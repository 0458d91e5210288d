/* Generated cover art. The artist determines the form, the palette within the genre and the composition; the album
 * varies the details; audio features set energy (contrast, number of elements), warmth, softness and frequency. */
#include "vision/artwork.h"

#include <math.h>
#include <string.h>

#include "core/hash.h"
#include "vision/cover_store.h"

enum {
    PALETTES_A_GENRE = 7,
    VINTAGE = 115, /* another value gives every artist another style */
};

/* The background first, then the inks, the strongest first. */
static const struct genre_palettes {
    const char *genre;
    uint32_t palettes[PALETTES_A_GENRE][5];
} genres[] = {
    {"edm",
     {{0x0b0c1e, 0xff2e88, 0x00e5ff, 0x7a3cff, 0xfff35c},
      {0x10081f, 0x19f5c1, 0xff3cac, 0x784ba0, 0xf9f871},
      {0x050b16, 0x00ffa3, 0x0077ff, 0xdc1fff, 0xf5f7ff},
      {0x14061c, 0xff5e3a, 0xffca3a, 0xc724b1, 0x3df5ff},
      {0x061a1f, 0xe8ff4a, 0x39ff88, 0xff4f79, 0x1bb0ff},
      {0x0d0d12, 0xfe4365, 0xfcb69f, 0x3fb8af, 0xc8f4ff},
      {0x2400a8, 0x00f5d4, 0xfee440, 0xf15bb5, 0x9b5de5}}},
    {"latin",
     {{0xfbe8c8, 0xd62839, 0xf77f00, 0x06969a, 0x3a0f2c},
      {0xe4572e, 0xfff1c9, 0xf3a712, 0x29335c, 0x1fa187},
      {0xf9c22e, 0x9e2a2b, 0x540b0e, 0xe56b1f, 0xfff5dc},
      {0x003f5c, 0xffa600, 0xff6361, 0xbc5090, 0xffe9c7},
      {0xffb4a2, 0xb5179e, 0xe63946, 0xffd166, 0x264653},
      {0x0f4c3a, 0xf4a261, 0xe9c46a, 0xe76f51, 0xfff3d6},
      {0x00a6a6, 0xfff3b0, 0xf26419, 0xf6ae2d, 0x33174d}}},
    {"pop",
     {{0xfff4e6, 0xff4d6d, 0xffbe0b, 0x3a86ff, 0x2b2d42},
      {0xff6b9d, 0x3a0ca3, 0xfff3b0, 0x4cc9f0, 0xffffff},
      {0x4361ee, 0xffd60a, 0xff5d8f, 0xf8f9fa, 0x240046},
      {0xffd93d, 0x1b1f3b, 0xff6b6b, 0x4d96ff, 0x6bcb77},
      {0xe0fbfc, 0xee6c4d, 0x293241, 0x3d5a80, 0xffc857},
      {0x9bf6ff, 0xff5da2, 0x073b4c, 0xffd166, 0xf8fff4},
      {0xcdb4ff, 0x2d1e5f, 0xff8fab, 0xffe066, 0x34d1bf}}},
    {"r&b",
     {{0x1b0b33, 0xc77dff, 0xff8fab, 0x5a189a, 0xffd6a5},
      {0x2b0f3a, 0xffb88c, 0xf25f8a, 0x7b2cbf, 0xf7e1ff},
      {0x0e1a40, 0xffc2e2, 0xb892ff, 0x3d348b, 0xffe8d6},
      {0x3c0d2e, 0xff9671, 0xff6f91, 0x845ec2, 0xfbeaff},
      {0x120d31, 0xe0a3ff, 0x5fd0d8, 0x883677, 0xfdf3e7},
      {0x40101f, 0xe8a598, 0xffc9b5, 0x8e3b46, 0xf6e7d8},
      {0xe9d8fd, 0x4a1d78, 0xd6568f, 0x8b5fbf, 0x2a0f45}}},
    {"rap",
     {{0x0a0a0a, 0xf5f1e6, 0xe10600, 0x8d8d8d, 0xf2b705},
      {0xf4f1ea, 0x111111, 0xd7263d, 0x6b6b6b, 0xf2c14e},
      {0xf2b705, 0x101010, 0xc1121f, 0xfff8e1, 0x5c4a1e},
      {0x16181d, 0xff4d00, 0xf7f7f2, 0x3a6ea5, 0x9aa0a6},
      {0xc1121f, 0xfdf0d5, 0x0b0b0d, 0x669bbc, 0x780000},
      {0x1a1423, 0xf4ecd8, 0xd4af37, 0x7b2d26, 0x54426b},
      {0x20432f, 0xf1e9d2, 0xd9a520, 0x0c1712, 0xb23a2e}}},
    {"rock",
     {{0xf1e6d0, 0xb3121d, 0x14110f, 0xd98e32, 0x5b4636},
      {0x12100e, 0xefe3cc, 0xc8102e, 0x7c7466, 0xd9a441},
      {0xb3121d, 0xf4e8d2, 0x17120f, 0xe3a72f, 0x4a0c10},
      {0x1d2b2a, 0xe4d5b7, 0xd1462f, 0x7f9183, 0xf0a202},
      {0xe8dcc4, 0x20333d, 0xc8553d, 0x8f9f8d, 0xe6b655},
      {0x23120b, 0xf0a830, 0xd4491f, 0xf4e3c1, 0x7a4a2a},
      {0x27364b, 0xf3dfc1, 0xe07a5f, 0x81a4b5, 0xf2cc8f}}},
};
enum { GENRES = sizeof genres / sizeof genres[0] };

static void (*const forms[])(struct sleeve *) = {
    form_rings,    form_overlap, form_sunburst, form_bauhaus, form_bends,  form_diagonals, form_letter,  form_checkers,
    form_halftone, form_moire,   form_hills,    form_peaks,   form_ridges, form_waves,     form_orb,     form_vinyl,
    form_stars,    form_skyline, form_orbits,   form_cutouts, form_mosaic, form_bloom,     form_columns, form_ribbons,
};
enum { FORMS = sizeof forms / sizeof forms[0] };

float sleeve_family(struct sleeve *sleeve, float low, float high)
{
    return low + (high - low) * (float)random_uniform(&sleeve->family);
}

int sleeve_family_below(struct sleeve *sleeve, int bound)
{
    return (int)random_below(&sleeve->family, (uint64_t)bound);
}

float sleeve_own(struct sleeve *sleeve, float low, float high)
{
    return low + (high - low) * (float)random_uniform(&sleeve->own);
}

int sleeve_own_below(struct sleeve *sleeve, int bound)
{
    return (int)random_below(&sleeve->own, (uint64_t)bound);
}

float sleeve_vary(struct sleeve *sleeve, float low, float high, float play)
{
    float at = clamp01(sleeve_family(sleeve, 0.0F, 1.0F) + sleeve_own(sleeve, -play, play));
    return low + (high - low) * at;
}

static struct ink extreme(const struct sleeve *sleeve, float sign)
{
    struct ink best = sleeve->ground;
    for (int i = 0; i < 4; i++)
        if (sign * ink_luma(sleeve->inks[i]) > sign * ink_luma(best))
            best = sleeve->inks[i];
    return best;
}

struct ink sleeve_darkest(const struct sleeve *sleeve)
{
    return extreme(sleeve, -1.0F);
}

struct ink sleeve_lightest(const struct sleeve *sleeve)
{
    return extreme(sleeve, 1.0F);
}

static float known(float value, float fallback)
{
    return isfinite(value) ? clamp01(value) : fallback;
}

static void choose_palette(struct sleeve *sleeve, const struct album *album)
{
    int genre = sleeve_family_below(sleeve, GENRES), palette = sleeve_family_below(sleeve, PALETTES_A_GENRE);
    for (int i = 0; i < GENRES; i++)
        if (album->genre && strcmp(album->genre, genres[i].genre) == 0)
            genre = i;
    const uint32_t *colours = genres[genre].palettes[palette];
    float turn =
        sleeve_family(sleeve, -0.035F, 0.035F) + sleeve_own(sleeve, -0.02F, 0.02F) + (sleeve->valence - 0.5F) * 0.03F;
    float colourfulness = 0.92F + 0.25F * (sleeve->energy - 0.5F) - 0.22F * sleeve->softness;
    float light = 0.05F * (sleeve->valence - 0.5F);
    /* Old paper yellows, and old ink fades. */
    float age = album->year > 0 ? clamp01((1995.0F - (float)album->year) / 50.0F) * 0.3F : 0.0F;
    struct ink paper = ink_hex(0xd9b98a), inks[5];
    for (int i = 0; i < 5; i++)
        inks[i] = ink_mix(ink_shift(ink_hex(colours[i]), turn, colourfulness, light), paper, age);
    sleeve->ground = inks[0];
    sleeve->dark = ink_luma(sleeve->ground) < 0.45F;
    /* The strongest ink is kept; the album orders the others. */
    int first = sleeve_own_below(sleeve, 3);
    sleeve->inks[0] = inks[1];
    for (int i = 0; i < 3; i++)
        sleeve->inks[1 + i] = inks[2 + (first + i) % 3];
}

/* A line of letters as large as fits, in the ink that is legible on the background; on a busy background it is drawn on
 * a plate. */
static void write_line(struct sleeve *sleeve, const char *letters, float x, float y, float height, float width_max,
                       float weight, float align)
{
    float width = letters_width(letters) * height;
    if (width > width_max) {
        height *= width_max / width;
        width = width_max;
    }
    if (height < 0.016F || letters[0] == '\0')
        return;
    float left = x - align * width, deviation, margin = 0.35F * height + 0.012F;
    float luma = canvas_luma(sleeve->canvas, left, y, left + width, y + height, &deviation);
    if (deviation > 0.11F) {
        struct ink plate = luma > 0.5F ? sleeve_lightest(sleeve) : sleeve_darkest(sleeve);
        canvas_box(sleeve->canvas, paint_flat(plate), left - margin, y - margin, left + width + margin,
                   y + height + margin);
        luma = ink_luma(plate);
    }
    struct ink ink = luma > 0.5F ? sleeve_darkest(sleeve) : sleeve_lightest(sleeve);
    if (fabsf(ink_luma(ink) - luma) < 0.35F)
        ink = ink_hex(luma > 0.5F ? 0x101010 : 0xfaf6ee);
    letters_draw(sleeve->canvas, paint_flat(ink), letters, left, y, height, weight, 0);
}

/* `in` is the width of the frame. */
static void write_titles(struct sleeve *sleeve, float in)
{
    float weight = sleeve_family(sleeve, 0.05F, 0.10F), left = 0.065F + in * 0.7F, low = 1.0F - in * 0.8F;
    float wide = 1.0F - 2.0F * left;
    switch (sleeve_family_below(sleeve, 8)) {
    case 0:
        write_line(sleeve, sleeve->artist, left, left, 0.06F, 0.7F * wide, weight, 0.0F);
        write_line(sleeve, sleeve->title, left, left + 0.095F, 0.032F, 0.7F * wide, weight, 0.0F);
        break;
    case 1: {
        bool plain = sleeve_family_below(sleeve, 2) == 0;
        canvas_box(sleeve->canvas, paint_flat(plain ? sleeve->ground : sleeve->inks[0]), in, low - 0.17F, 1.0F - in,
                   1.0F - in);
        write_line(sleeve, sleeve->artist, 0.5F, low - 0.135F, 0.055F, wide, weight, 0.5F);
        write_line(sleeve, sleeve->title, 0.5F, low - 0.055F, 0.026F, wide, weight, 0.5F);
        break;
    }
    case 2:
        write_line(sleeve, sleeve->artist, 0.5F, left, 0.075F, wide, weight, 0.5F);
        break;
    case 3:
        write_line(sleeve, sleeve->title, left, low - 0.145F, 0.035F, wide, weight, 0.0F);
        write_line(sleeve, sleeve->artist, left, low - 0.085F, 0.035F, wide, weight, 0.0F);
        break;
    case 4:
        write_line(sleeve, sleeve->artist, 1.0F - left, low - 0.1F, 0.04F, 0.7F * wide, weight, 1.0F);
        break;
    default:
        break;
    }
}

/* One in five covers has a frame; returns its width. */
static float draw_frame(struct sleeve *sleeve)
{
    if (sleeve_family_below(sleeve, 5) != 0)
        return 0.0F;
    float w = sleeve_family(sleeve, 0.035F, 0.06F);
    struct ink ink = sleeve_family_below(sleeve, 3) ? ink_mix(sleeve_lightest(sleeve), ink_hex(0xf7f1e3), 0.7F)
                                                    : sleeve_darkest(sleeve);
    struct paint paint = paint_flat(ink);
    canvas_box(sleeve->canvas, paint, 0.0F, 0.0F, 1.0F, w);
    canvas_box(sleeve->canvas, paint, 0.0F, 1.0F - w, 1.0F, 1.0F);
    canvas_box(sleeve->canvas, paint, 0.0F, 0.0F, w, 1.0F);
    canvas_box(sleeve->canvas, paint, 1.0F - w, 0.0F, 1.0F, 1.0F);
    return w;
}

/* Paper: a little grain, too fine for small pictures, and darker edges. */
static void print(const struct sleeve *sleeve, uint64_t seed)
{
    const struct canvas *canvas = sleeve->canvas;
    float grain = canvas->edge < 128 ? 0.0F : 0.018F + 0.02F * sleeve->softness;
    for (int y = 0; y < canvas->edge; y++) {
        float dy = ((float)y + 0.5F) * canvas->pixel - 0.5F;
        for (int x = 0; x < canvas->edge; x++) {
            float dx = ((float)x + 0.5F) * canvas->pixel - 0.5F, r = dx * dx + dy * dy;
            float light = 1.03F - 0.16F * r;
            if (grain > 0.0F) {
                uint64_t noise = (uint64_t)(y * canvas->edge + x) * 0x9e3779b97f4a7c15U + seed;
                noise ^= noise >> 32;
                noise *= 0xd6e8feb86659fd93U;
                light += grain * ((float)(noise >> 40) / 16777216.0F - 0.5F) * 2.0F;
            }
            float *p = canvas->rgb + (y * canvas->edge + x) * 3;
            for (int c = 0; c < 3; c++)
                p[c] *= light;
        }
    }
}

enum status artwork_draw(const struct album *album, int edge, struct image *image, struct error *error)
{
    *image = (struct image){0};
    if (edge < 1 || edge > 4096)
        return error_set(error, STATUS_USAGE, "artwork is drawn at 1 to 4096 pixels, not %d", edge);
    const char *artist = album->artist && album->artist[0] ? album->artist : album->title ? album->title : "";
    const char *title = album->title ? album->title : "";
    const char *key = album->key ? album->key : title;
    uint64_t family = random_mix(hash_bytes(artist, strlen(artist)) + VINTAGE);
    uint64_t own = random_mix(family ^ hash_bytes(key, strlen(key)) ^ (uint64_t)(uint32_t)album->year);

    struct canvas canvas;
    int factor = edge < 96 ? 2 : 1;
    enum status status = canvas_create(&canvas, edge * factor, error);
    if (status != STATUS_OK)
        return status;
    struct sleeve sleeve = {
        .canvas = &canvas,
        .energy = known(album->audio[1], 0.6F),
        .valence = known(album->audio[9], 0.5F),
        .softness = known(album->audio[6], 0.2F),
        .tempo = isfinite(album->audio[10]) ? clamp01((album->audio[10] - 70.0F) / 110.0F) : 0.5F,
    };
    random_seed(&sleeve.family, family);
    random_seed(&sleeve.own, own);
    letters_from_text(artist, sleeve.artist);
    letters_from_text(title, sleeve.title);
    int form = sleeve_family_below(&sleeve, FORMS);
    choose_palette(&sleeve, album);
    canvas_fill(&canvas, paint_flat(sleeve.ground));
    forms[form](&sleeve);
    write_titles(&sleeve, draw_frame(&sleeve));
    print(&sleeve, own);
    status = canvas_finish(&canvas, factor, image, error);
    canvas_free(&canvas);
    return status;
}
