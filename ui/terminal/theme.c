#include "ui/terminal/theme.h"

#include <math.h>

struct tone {
    uint32_t foreground, background;  /* 24-bit */
    int foreground_16, background_16; /* one of the sixteen; -1: default */
    uint8_t attributes;
    uint8_t plain; /* attributes used without colours */
};

#define NONE SCREEN_NO_COLOUR

static const struct tone dark[STYLE_COUNT] = {
    [STYLE_TEXT] = {NONE, NONE, -1, -1, 0, 0},
    [STYLE_TITLE] = {NONE, NONE, -1, -1, ATTRIBUTE_BOLD, ATTRIBUTE_BOLD},
    [STYLE_DIM] = {0x8f96a3, NONE, 7, -1, 0, 0},
    [STYLE_ACCENT] = {0x6cb6ff, NONE, 14, -1, 0, ATTRIBUTE_UNDERLINE},
    [STYLE_WARNING] = {0xffa657, NONE, 11, -1, ATTRIBUTE_BOLD, ATTRIBUTE_BOLD | ATTRIBUTE_REVERSE},
    [STYLE_SELECTED] = {0xf2f4f8, 0x264f78, 15, 4, 0, ATTRIBUTE_REVERSE},
    [STYLE_SELECTED_TITLE] = {0xffffff, 0x264f78, 15, 4, ATTRIBUTE_BOLD, ATTRIBUTE_BOLD | ATTRIBUTE_REVERSE},
    [STYLE_SELECTED_DIM] = {0xc3cfde, 0x264f78, 7, 4, 0, ATTRIBUTE_REVERSE},
    [STYLE_RULE] = {0x565c68, NONE, 8, -1, 0, 0},
    [STYLE_BAR] = {0x5fa8ef, NONE, 12, -1, 0, 0},
    [STYLE_KEY] = {0x6cb6ff, NONE, 14, -1, ATTRIBUTE_BOLD, ATTRIBUTE_BOLD},
    [STYLE_GOOD] = {0x56d364, NONE, 10, -1, 0, ATTRIBUTE_BOLD},
    [STYLE_NEW] = {0x56d364, NONE, 10, -1, ATTRIBUTE_BOLD, ATTRIBUTE_BOLD},
    [STYLE_MATCH] = {0x6cb6ff, NONE, 14, -1, ATTRIBUTE_BOLD, ATTRIBUTE_UNDERLINE},
    [STYLE_SELECTED_MATCH] = {0xffffff, 0x264f78, 15, 4, ATTRIBUTE_BOLD | ATTRIBUTE_UNDERLINE,
                              ATTRIBUTE_REVERSE | ATTRIBUTE_UNDERLINE},
    [STYLE_FRAME] = {0x8cc8ff, 0x264f78, 14, 4, 0, ATTRIBUTE_BOLD},
};

static const struct tone light[STYLE_COUNT] = {
    [STYLE_TEXT] = {NONE, NONE, -1, -1, 0, 0},
    [STYLE_TITLE] = {NONE, NONE, -1, -1, ATTRIBUTE_BOLD, ATTRIBUTE_BOLD},
    [STYLE_DIM] = {0x5b6270, NONE, 8, -1, 0, 0},
    [STYLE_ACCENT] = {0x0a5ba0, NONE, 4, -1, 0, ATTRIBUTE_UNDERLINE},
    [STYLE_WARNING] = {0x9a3d00, NONE, 1, -1, ATTRIBUTE_BOLD, ATTRIBUTE_BOLD | ATTRIBUTE_REVERSE},
    [STYLE_SELECTED] = {0x0c1a2b, 0xc6dcf5, 0, 6, 0, ATTRIBUTE_REVERSE},
    [STYLE_SELECTED_TITLE] = {0x000000, 0xc6dcf5, 0, 6, ATTRIBUTE_BOLD, ATTRIBUTE_BOLD | ATTRIBUTE_REVERSE},
    [STYLE_SELECTED_DIM] = {0x3a4757, 0xc6dcf5, 0, 6, 0, ATTRIBUTE_REVERSE},
    [STYLE_RULE] = {0xaab0bb, NONE, 7, -1, 0, 0},
    [STYLE_BAR] = {0x1f6fb8, NONE, 4, -1, 0, 0},
    [STYLE_KEY] = {0x0a5ba0, NONE, 4, -1, ATTRIBUTE_BOLD, ATTRIBUTE_BOLD},
    [STYLE_GOOD] = {0x1a6b2d, NONE, 2, -1, 0, ATTRIBUTE_BOLD},
    [STYLE_NEW] = {0x1a6b2d, NONE, 2, -1, ATTRIBUTE_BOLD, ATTRIBUTE_BOLD},
    [STYLE_MATCH] = {0x0a5ba0, NONE, 4, -1, ATTRIBUTE_BOLD, ATTRIBUTE_UNDERLINE},
    [STYLE_SELECTED_MATCH] = {0x000000, 0xc6dcf5, 0, 6, ATTRIBUTE_BOLD | ATTRIBUTE_UNDERLINE,
                              ATTRIBUTE_REVERSE | ATTRIBUTE_UNDERLINE},
    [STYLE_FRAME] = {0x0a5ba0, 0xc6dcf5, 4, 6, 0, ATTRIBUTE_BOLD},
};

/* xterm's first sixteen colours. */
static const uint32_t sixteen[16] = {0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd, 0x00cdcd, 0xe5e5e5,
                                     0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00, 0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff};

static double linear(uint32_t value)
{
    double part = (double)(value & 255) / 255;
    return part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4);
}

static double luminance(uint32_t rgb)
{
    return 0.2126 * linear(rgb >> 16) + 0.7152 * linear(rgb >> 8) + 0.0722 * linear(rgb);
}

double colour_contrast(uint32_t a, uint32_t b)
{
    double of_a = luminance(a) + 0.05;
    double of_b = luminance(b) + 0.05;
    return of_a > of_b ? of_a / of_b : of_b / of_a;
}

static int distance(uint32_t a, uint32_t b)
{
    int sum = 0;
    for (int shift = 0; shift <= 16; shift += 8) {
        int d = (int)(a >> shift & 255) - (int)(b >> shift & 255);
        sum += d * d;
    }
    return sum;
}

/* The 6 x 6 x 6 cube with steps 0, 95, 135, ... 255, or the ramp of 24 greys 8, 18, ... 238. */
static uint32_t nearest_256(uint32_t rgb)
{
    uint32_t cube = 0;
    uint32_t cube_rgb = 0;
    uint32_t sum = 0;
    for (int shift = 16; shift >= 0; shift -= 8) {
        uint32_t value = rgb >> shift & 255;
        uint32_t step = value < 48 ? 0 : value < 115 ? 1 : (value - 35) / 40;
        cube = cube * 6 + step;
        cube_rgb = cube_rgb << 8 | (step == 0 ? 0 : 55 + 40 * step);
        sum += value;
    }
    uint32_t grey = sum / 3 < 3 ? 0 : (sum / 3 - 3) / 10 > 23 ? 23 : (sum / 3 - 3) / 10;
    uint32_t grey_rgb = (8 + 10 * grey) * 0x010101U;
    return COLOUR_INDEXED | (distance(rgb, grey_rgb) < distance(rgb, cube_rgb) ? 232 + grey : 16 + cube);
}

static uint32_t nearest_16(uint32_t rgb, int count)
{
    uint32_t best = 0;
    for (uint32_t i = 1; i < (uint32_t)count; i++)
        if (distance(rgb, sixteen[i]) < distance(rgb, sixteen[best]))
            best = i;
    return COLOUR_INDEXED | best;
}

uint32_t theme_colour(const struct theme *theme, uint32_t rgb)
{
    if (rgb == SCREEN_NO_COLOUR || theme->colours < 8)
        return COLOUR_DEFAULT;
    if (theme->colours > 256)
        return rgb & 0xffffff;
    if (theme->colours == 256)
        return nearest_256(rgb);
    return nearest_16(rgb, theme->colours >= 16 ? 16 : 8);
}

static uint32_t of_sixteen(const struct theme *theme, int number)
{
    if (number < 0)
        return COLOUR_DEFAULT;
    return COLOUR_INDEXED | (uint32_t)(theme->colours >= 16 ? number : number & 7);
}

void theme_make(int colours, uint32_t page, struct theme *theme)
{
    *theme = (struct theme){.colours = colours, .page = page == SCREEN_NO_COLOUR ? 0 : page};
    theme->light = colour_contrast(theme->page, 0x000000) > colour_contrast(theme->page, 0xffffff);
    const struct tone *tones = theme->light ? light : dark;
    for (int i = 0; i < STYLE_COUNT; i++) {
        struct look *look = &theme->looks[i];
        const struct tone *tone = &tones[i];
        *look = (struct look){COLOUR_DEFAULT, COLOUR_DEFAULT, tone->plain};
        if (colours < 8)
            continue;
        look->attributes = tone->attributes;
        if (colours >= 256) {
            look->foreground = theme_colour(theme, tone->foreground);
            look->background = theme_colour(theme, tone->background);
        } else {
            look->foreground = of_sixteen(theme, tone->foreground_16);
            look->background = of_sixteen(theme, tone->background_16);
        }
    }
    if (colours == 8) /* eight colours have no grey: dark text on a dark page would be invisible */
        theme->looks[STYLE_RULE].foreground = theme->looks[STYLE_DIM].foreground = COLOUR_DEFAULT;
}
