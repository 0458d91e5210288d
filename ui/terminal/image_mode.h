#ifndef SLEEVE_UI_TERMINAL_IMAGE_MODE_H
#define SLEEVE_UI_TERMINAL_IMAGE_MODE_H

#include <stdbool.h>

/* The ways to show pictures in a terminal, the best first. */
enum image_mode {
    IMAGES_AUTO,
    IMAGES_KITTY,
    IMAGES_ITERM,
    IMAGES_SIXEL,
    IMAGES_SEXTANT,  /* cells of 2 x 3 blocks */
    IMAGES_QUADRANT, /* 2 x 2 */
    IMAGES_HALF,     /* 1 x 2 */
    IMAGES_RECORD,   /* the same in 24-bit colour, and nothing that a player of recordings does not know */
    IMAGES_256,      /* the best blocks, in 256 colours */
    IMAGES_ASCII,    /* covers as initials */
    IMAGES_NONE,
    IMAGE_MODES
};

#define IMAGE_MODE_USAGE "auto|kitty|iterm|sixel|sextant|quadrant|half|record|256|ascii|none"

/* Parses a value of --images ("auto", "sixel", ...); false if it is unknown. */
bool image_mode_parse(const char *name, enum image_mode *mode);
const char *image_mode_name(enum image_mode mode);
/* Whether pictures have the terminal's pixels, and are sent as bytes over blank cells. Otherwise they are text. */
bool image_mode_has_pixels(enum image_mode mode);

#endif
