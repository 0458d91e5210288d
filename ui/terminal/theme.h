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
    uint32_t page; /* the terminal's background as 0xRRGGBB, if known */
    bool light;
};

/* `page` is the terminal's background or SCREEN_NO_COLOUR (treated as black). */
void theme_make(int colours, uint32_t page, struct theme *theme);
/* The nearest available colour. */
uint32_t theme_colour(const struct theme *theme, uint32_t rgb);
/* Contrast ratio of two colours as WCAG 2 defines it: 1 to 21. */
double colour_contrast(uint32_t a, uint32_t b);

#endif
