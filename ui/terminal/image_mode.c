#include "ui/terminal/image_mode.h"

#include <string.h>

static const char *const names[] = {
    [IMAGES_AUTO] = "auto", [IMAGES_SIXEL] = "sixel", [IMAGES_KITTY] = "kitty", [IMAGES_HALF] = "half",
    [IMAGES_256] = "256",   [IMAGES_ASCII] = "ascii", [IMAGES_NONE] = "none",
};

bool image_mode_parse(const char *name, enum image_mode *mode)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
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
