#include "ui/terminal/modes.h"

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

static enum image_mode choose_blocks(const struct terminal_info *info)
{
    if (!info->utf8 || info->colours < 256)
        return IMAGES_ASCII;
    return info->colours > 256 ? IMAGES_HALF : IMAGES_256;
}

enum image_mode image_mode_choose(enum image_mode asked, const struct terminal_info *info)
{
    switch (asked) {
    case IMAGES_SIXEL: /* a person who asks for it knows that the terminal can, whatever it answered */
    case IMAGES_ASCII:
    case IMAGES_NONE:
        return asked;
    case IMAGES_HALF:
        return choose_blocks(info);
    case IMAGES_256:
        return info->utf8 && info->colours >= 256 ? IMAGES_256 : IMAGES_ASCII;
    case IMAGES_AUTO:
    case IMAGES_KITTY:
        break;
    }
    return info->sixel ? IMAGES_SIXEL : choose_blocks(info);
}
