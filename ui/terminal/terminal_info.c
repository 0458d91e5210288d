#include "ui/terminal/terminal_info.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ui/screen.h"
#include "ui/terminal/probe.h"

static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value ? value : "";
}

static bool locale_is_utf8(void)
{
    const char *names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (int i = 0; i < 3; i++) {
        const char *value = variable(names[i]);
        if (*value)
            return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
    }
    return false;
}

void terminal_info_make(const struct probe_answers *answers, int colours, bool no_colour, struct terminal_info *info)
{
    const char *name = answers->version[0] ? answers->version : variable("TERM");
    snprintf(info->name, sizeof info->name, "%s", name);
    info->colours = no_colour ? 0 : answers->truecolour && colours >= 8 ? 1 << 24 : colours;
    info->sixel = answers->sixel;
    info->kitty = answers->kitty;
    info->synchronised = answers->synchronised;
    info->tmux = *variable("TMUX") || strncmp(answers->version, "tmux", 4) == 0;
    info->utf8 = answers->utf8_column > 0 ? answers->utf8_column == 2 : locale_is_utf8();
    info->sixel_registers = answers->sixel ? probe_registers(answers) : 0;
    info->background = answers->background;
    info->probe_answered = answers->attributes;
}

static enum image_mode choose_blocks(const struct terminal_info *info)
{
    if (!info->utf8 || info->colours < 256)
        return IMAGES_ASCII;
    return info->colours > 256 ? IMAGES_HALF : IMAGES_256;
}

enum image_mode terminal_info_images(const struct terminal_info *info, enum image_mode requested)
{
    switch (requested) {
    case IMAGES_SIXEL: /* used even if the terminal did not report it: the user may know better */
    case IMAGES_ASCII:
    case IMAGES_NONE:
        return requested;
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

uint32_t terminal_info_page(const struct terminal_info *info)
{
    if (info->background != SCREEN_NO_COLOUR)
        return info->background;
    const char *last =
        strrchr(variable("COLORFGBG"), ';'); /* "foreground;background", numbers of the sixteen colours */
    bool light = last && (strcmp(last, ";7") == 0 || strcmp(last, ";15") == 0);
    return light ? 0xffffff : SCREEN_NO_COLOUR;
}

bool terminal_multiplexed(void)
{
    return *variable("TMUX") || *variable("STY");
}

double terminal_reply_seconds(void)
{
    return *variable("SSH_CONNECTION") || *variable("SSH_TTY") ? 3.0 : 1.0;
}
