#include "ui/terminal/theme.h"

#include <math.h>
#include <string.h>

/* What a style is made of: one of a theme's colours on another, and attributes with and without colours. */
enum role {
    ROLE_TEXT,
    ROLE_DIM,
    ROLE_ACCENT,
    ROLE_WARNING,
    ROLE_GOOD,
    ROLE_RULE,
    ROLE_SELECTED,
    ROLE_SELECTED_TITLE,
    ROLE_SELECTED_DIM,
    ROLE_SELECTED_PAGE,
    ROLE_PAGE,
    ROLES
};

static const struct {
    enum role foreground, background;
    uint8_t attributes, plain;
} styles[STYLE_COUNT] = {
    [STYLE_TEXT] = {ROLE_TEXT, ROLE_PAGE, 0, 0},
    [STYLE_TITLE] = {ROLE_TEXT, ROLE_PAGE, ATTRIBUTE_BOLD, ATTRIBUTE_BOLD},
    [STYLE_DIM] = {ROLE_DIM, ROLE_PAGE, 0, 0},
    [STYLE_ACCENT] = {ROLE_ACCENT, ROLE_PAGE, 0, ATTRIBUTE_UNDERLINE},
    [STYLE_WARNING] = {ROLE_WARNING, ROLE_PAGE, ATTRIBUTE_BOLD, ATTRIBUTE_BOLD | ATTRIBUTE_REVERSE},
    [STYLE_SELECTED] = {ROLE_SELECTED, ROLE_SELECTED_PAGE, 0, ATTRIBUTE_REVERSE},
    [STYLE_SELECTED_TITLE] = {ROLE_SELECTED_TITLE, ROLE_SELECTED_PAGE, ATTRIBUTE_BOLD,
                              ATTRIBUTE_BOLD | ATTRIBUTE_REVERSE},
    [STYLE_SELECTED_DIM] = {ROLE_SELECTED_DIM, ROLE_SELECTED_PAGE, 0, ATTRIBUTE_REVERSE},
    [STYLE_RULE] = {ROLE_RULE, ROLE_PAGE, 0, 0},
    [STYLE_BAR] = {ROLE_ACCENT, ROLE_PAGE, 0, 0},
    [STYLE_LOSS] = {ROLE_WARNING, ROLE_PAGE, 0, ATTRIBUTE_BOLD},
    [STYLE_KEY] = {ROLE_ACCENT, ROLE_PAGE, ATTRIBUTE_BOLD, ATTRIBUTE_BOLD},
    [STYLE_GOOD] = {ROLE_GOOD, ROLE_PAGE, 0, ATTRIBUTE_BOLD},
    [STYLE_NEW] = {ROLE_GOOD, ROLE_PAGE, ATTRIBUTE_BOLD, ATTRIBUTE_BOLD},
    [STYLE_MATCH] = {ROLE_ACCENT, ROLE_PAGE, ATTRIBUTE_BOLD, ATTRIBUTE_UNDERLINE},
    [STYLE_SELECTED_MATCH] = {ROLE_SELECTED_TITLE, ROLE_SELECTED_PAGE, ATTRIBUTE_BOLD | ATTRIBUTE_UNDERLINE,
                              ATTRIBUTE_REVERSE | ATTRIBUTE_UNDERLINE},
    [STYLE_FRAME] = {ROLE_SELECTED_TITLE, ROLE_SELECTED_PAGE, 0, ATTRIBUTE_BOLD},
};

/* A colour exactly, as one of sixteen, and as one of eight. The exact ones of signs (accent, warning, good) are also in
 * the cube of 256 colours. */
struct tone {
    uint32_t rgb;
    uint8_t of_16, of_8;
};

static const struct palette {
    bool light, paints; /* paints: the page has this colour whatever the terminal's is */
    struct tone tones[ROLES];
} palettes[THEMES] =
    {
        [THEME_DARK] =
            {
                .tones =
                    {
                        [ROLE_TEXT] = {0xd8dbe2, 7, 7},
                        [ROLE_DIM] = {0x8f96a3, 7, 7},
                        [ROLE_ACCENT] = {0x5fafff, 13, 7},
                        [ROLE_WARNING] = {0xffaf5f, 11, 3},
                        [ROLE_GOOD] = {0x5fffd7, 14, 6},
                        [ROLE_RULE] = {0x767676, 8, 7},
                        [ROLE_SELECTED] = {0xf2f4f8, 15, 7},
                        [ROLE_SELECTED_TITLE] = {0xffffff, 15, 7},
                        [ROLE_SELECTED_DIM] = {0xd0d9e6, 7, 7},
                        [ROLE_SELECTED_PAGE] = {0x264f78, 4, 4},
                        [ROLE_PAGE] = {0x101418, 0, 0},
                    },
            },
        [THEME_LIGHT] =
            {
                .light = true,
                .tones =
                    {
                        [ROLE_TEXT] = {0x16191f, 0, 0},
                        [ROLE_DIM] = {0x585f6b, 0, 0},
                        [ROLE_ACCENT] = {0x000087, 4, 4},
                        [ROLE_WARNING] = {0x875f00, 1, 1},
                        [ROLE_GOOD] = {0x005f5f, 0, 0},
                        [ROLE_RULE] = {0x808080, 8, 0},
                        [ROLE_SELECTED] = {0x0c1a2b, 0, 0},
                        [ROLE_SELECTED_TITLE] = {0x000000, 0, 0},
                        [ROLE_SELECTED_DIM] = {0x303c4c, 0, 0},
                        [ROLE_SELECTED_PAGE] = {0xc6dcf5, 6, 6},
                        [ROLE_PAGE] = {0xfafafa, 15, 7},
                    },
            },
        [THEME_CONTRAST_DARK] =
            {
                .paints = true,
                .tones =
                    {
                        [ROLE_TEXT] = {0xffffff, 15, 7},
                        [ROLE_DIM] = {0xd0d0d0, 7, 7},
                        [ROLE_ACCENT] = {0x87afff, 15, 7},
                        [ROLE_WARNING] = {0xffaf00, 11, 3},
                        [ROLE_GOOD] = {0xafffd7, 14, 6},
                        [ROLE_RULE] = {0xa8a8a8, 7, 7},
                        [ROLE_SELECTED] = {0x000000, 0, 0},
                        [ROLE_SELECTED_TITLE] = {0x000000, 0, 0},
                        [ROLE_SELECTED_DIM] = {0x000000, 0, 0},
                        [ROLE_SELECTED_PAGE] = {0xffffff, 15, 7},
                        [ROLE_PAGE] = {0x000000, 0, 0},
                    },
            },
        [THEME_CONTRAST_LIGHT] =
            {
                .light = true,
                .paints = true,
                .tones =
                    {
                        [ROLE_TEXT] = {0x000000, 0, 0},
                        [ROLE_DIM] = {0x303030, 0, 0},
                        [ROLE_ACCENT] = {0x000087, 4, 4},
                        [ROLE_WARNING] = {0x870000, 0, 0},
                        [ROLE_GOOD] = {0x005f5f, 0, 0},
                        [ROLE_RULE] = {0x585858, 0, 0},
                        [ROLE_SELECTED] = {0xffffff, 15, 7},
                        [ROLE_SELECTED_TITLE] = {0xffffff, 15, 7},
                        [ROLE_SELECTED_DIM] = {0xffffff, 15, 7},
                        [ROLE_SELECTED_PAGE] = {0x000000, 0, 0},
                        [ROLE_PAGE] = {0xffffff, 15, 7},
                    },
            },
};

static const char *const names[THEMES] = {
#define THEME_TEXT(NAME, name, help) [THEME_##NAME] = (name),
    THEME_LIST(THEME_TEXT)};

bool theme_parse(const char *name, enum theme_choice *choice)
{
    for (int i = 0; i < THEMES; i++)
        if (strcmp(names[i], name) == 0) {
            *choice = (enum theme_choice)i;
            return true;
        }
    return false;
}

const char *theme_name(enum theme_choice choice)
{
    return names[choice];
}

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

static uint32_t level_of(uint32_t step)
{
    return step == 0 ? 0 : 55 + 40 * step;
}

uint32_t theme_rgb(uint32_t colour, uint32_t otherwise)
{
    uint32_t number = colour & 0xff;
    if (colour == COLOUR_DEFAULT)
        return otherwise;
    if (!(colour & COLOUR_INDEXED))
        return colour;
    if (number < 16)
        return sixteen[number];
    if (number >= 232)
        return (8 + 10 * (number - 232)) * 0x010101U;
    number -= 16;
    return level_of(number / 36) << 16 | level_of(number / 6 % 6) << 8 | level_of(number % 6);
}

/* ---- making a theme ---- */

static uint32_t tone_colour(const struct theme *theme, const struct palette *palette, enum role role, bool paints)
{
    const struct tone *tone = &palette->tones[role];
    if (!paints && (role == ROLE_TEXT || role == ROLE_PAGE))
        return COLOUR_DEFAULT; /* the terminal's own */
    if (theme->colours >= 256)
        return theme_colour(theme, tone->rgb);
    return COLOUR_INDEXED | (theme->colours >= 16 ? tone->of_16 : tone->of_8);
}

/* With few colours a tone may be that of plain text; then it is the terminal's own, whatever that is. */
static uint32_t text_colour(const struct theme *theme, const struct palette *palette, enum role role, bool paints)
{
    const struct tone *tone = &palette->tones[role], *text = &palette->tones[ROLE_TEXT];
    bool same = theme->colours >= 16 ? tone->of_16 == text->of_16 : tone->of_8 == text->of_8;
    bool on_page = role < ROLE_SELECTED;
    return tone_colour(theme, palette, theme->colours < 256 && same && on_page ? ROLE_TEXT : role, paints);
}

static void make_looks(const struct palette *palette, bool paints, struct theme *theme)
{
    for (int i = 0; i < STYLE_COUNT; i++) {
        struct look *look = &theme->looks[i];
        *look = (struct look){COLOUR_DEFAULT, COLOUR_DEFAULT, styles[i].plain};
        if (theme->colours < 8)
            continue;
        look->attributes = styles[i].attributes;
        look->foreground = text_colour(theme, palette, styles[i].foreground, paints);
        look->background = tone_colour(theme, palette, styles[i].background, paints);
        bool like_text = i != STYLE_TEXT && look->foreground == theme->looks[STYLE_TEXT].foreground &&
                         look->background == theme->looks[STYLE_TEXT].background;
        if (theme->colours < 256 && like_text && styles[i].foreground != ROLE_TEXT)
            look->attributes |= styles[i].plain;
    }
}

void theme_choose(enum theme_choice choice, int colours, uint32_t page, struct theme *theme)
{
    uint32_t own = page == SCREEN_NO_COLOUR ? 0 : page;
    bool light = colour_contrast(own, 0x000000) > colour_contrast(own, 0xffffff);
    bool mono = choice == THEME_MONO;
    if (choice == THEME_AUTO || mono)
        choice = light ? THEME_LIGHT : THEME_DARK;
    const struct palette *palette = &palettes[choice];
    *theme = (struct theme){.colours = mono ? 0 : colours, .page = own, .light = palette->light};
    bool paints = theme->colours >= 8 && (palette->paints || palette->light != light);
    if (theme->colours < 8)
        theme->light = light;
    make_looks(palette, paints, theme);
    if (paints)
        theme->page = theme_rgb(theme->looks[STYLE_TEXT].background, own);
}

void theme_make(int colours, uint32_t page, struct theme *theme)
{
    theme_choose(THEME_AUTO, colours, page, theme);
}
