#ifndef SLEEVE_UI_TERMINAL_IMAGE_MODE_H
#define SLEEVE_UI_TERMINAL_IMAGE_MODE_H

#include <stdbool.h>

/* The ways to show pictures in a terminal. */
enum image_mode { IMAGES_AUTO, IMAGES_SIXEL, IMAGES_KITTY, IMAGES_HALF, IMAGES_256, IMAGES_ASCII, IMAGES_NONE };

/* Parses a value of --images ("auto", "sixel", ...); false if it is unknown. */
bool image_mode_parse(const char *name, enum image_mode *mode);
const char *image_mode_name(enum image_mode mode);

#endif
