#include "ui/terminal/image_mode.h"

#include <string.h>

static const char *const names[IMAGE_MODES] = {
    [IMAGES_AUTO] = "auto",       [IMAGES_KITTY] = "kitty",       [IMAGES_ITERM] = "iterm", [IMAGES_SIXEL] = "sixel",
    [IMAGES_SEXTANT] = "sextant", [IMAGES_QUADRANT] = "quadrant", [IMAGES_HALF] = "half",   [IMAGES_RECORD] = "record",
    [IMAGES_256] = "256",         [IMAGES_ASCII] = "ascii",       [IMAGES_NONE] = "none",
};

bool image_mode_parse(const char *name, enum image_mode *mode)
{
    for (int i = 0; i < IMAGE_MODES; i++)
        if (strcmp(name, names[i]) == 0) {
            *mode = (enum image_mode)i;
            return true;
        }
    return false;
}

const char *image_mode_name(enum image_mode mode)
{
    return names[mode];
}

bool image_mode_has_pixels(enum image_mode mode)
{
    return mode == IMAGES_KITTY || mode == IMAGES_ITERM || mode == IMAGES_SIXEL;
}
