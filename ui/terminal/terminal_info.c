#include "ui/terminal/terminal_info.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

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

void info_make(const struct probe_answers *answers, int colours, bool no_colour, struct terminal_info *info)
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

bool info_multiplexed(void)
{
    return *variable("TMUX") || *variable("STY");
}

double info_patience(void)
{
    return *variable("SSH_CONNECTION") || *variable("SSH_TTY") ? 3.0 : 1.0;
}

uint32_t info_page(const struct terminal_info *info)
{
    if (info->background != SCREEN_NO_COLOUR)
        return info->background;
    const char *last = strrchr(variable("COLORFGBG"), ';'); /* "foreground;background", numbers of the sixteen */
    bool light = last && (strcmp(last, ";7") == 0 || strcmp(last, ";15") == 0);
    return light ? 0xffffff : SCREEN_NO_COLOUR;
}
