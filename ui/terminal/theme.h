#ifndef SLEEVE_UI_TERMINAL_THEME_H
#define SLEEVE_UI_TERMINAL_THEME_H

#include <stdbool.h>
#include <stdint.h>

#include "ui/screen.h"

/* Styles as colours and attributes that the terminal supports. */
enum { ATTRIBUTE_BOLD = 1, ATTRIBUTE_DIM = 2, ATTRIBUTE_UNDERLINE = 4, ATTRIBUTE_REVERSE = 8 };

/* A terminal colour: 0xRRGGBB, COLOUR_INDEXED | number, or COLOUR_DEFAULT. */
#define COLOUR_INDEXED 0x01000000U
#define COLOUR_DEFAULT 0xffffffffU

struct look {
    uint32_t foreground, background;
    uint8_t attributes;
};

struct theme {
    struct look looks[STYLE_COUNT];
    int colours;   /* 0, 8, 16, 256, 16777216 */
    uint32_t page; /* the background as 0xRRGGBB: the terminal's, if known, or the theme's own */
    bool light;
};

/* The themes, X(NAME, name, help). What is warned of, what is good and what is accented also differ in protanopia,
 * deuteranopia and tritanopia, and always have a sign or an attribute as well (tests/ui/test_themes.c). */
#define THEME_LIST(X)                                                                                                  \
    X(AUTO, "auto", "dark or light, by the terminal's background")                                                     \
    X(DARK, "dark", "light text on a dark page")                                                                       \
    X(LIGHT, "light", "dark text on a light page")                                                                     \
    X(CONTRAST_DARK, "contrast-dark", "on black, every text with a contrast of 7 or more")                             \
    X(CONTRAST_LIGHT, "contrast-light", "the same on white")                                                           \
    X(MONO, "mono", "no colours: bold, underlined and reversed text")

#define THEME_ENUMERATOR(NAME, name, help) THEME_##NAME,
enum theme_choice { THEME_LIST(THEME_ENUMERATOR) THEMES };
#undef THEME_ENUMERATOR
#define THEME_USAGE "auto|dark|light|contrast-dark|contrast-light|mono"

bool theme_parse(const char *name, enum theme_choice *choice);
const char *theme_name(enum theme_choice choice);

/* `page` is the terminal's background or SCREEN_NO_COLOUR (treated as black). A theme for another background than the
 * terminal's, and one of high contrast, also colours the page. */
void theme_choose(enum theme_choice choice, int colours, uint32_t page, struct theme *theme);
/* The same with THEME_AUTO. */
void theme_make(int colours, uint32_t page, struct theme *theme);
/* The nearest available colour. */
uint32_t theme_colour(const struct theme *theme, uint32_t rgb);
/* A terminal colour as 0xRRGGBB, in xterm's palette; COLOUR_DEFAULT is `otherwise`. */
uint32_t theme_rgb(uint32_t colour, uint32_t otherwise);
/* Contrast ratio of two colours as WCAG 2 defines it: 1 to 21. */
double colour_contrast(uint32_t a, uint32_t b);

#endif
