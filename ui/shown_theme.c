#include "ui/shown_theme.h"

#include <string.h>

#include "ui/terminal/theme.h"

static bool page_is_light(const struct state *state)
{
    return state->page != SCREEN_NO_COLOUR &&
           colour_contrast(state->page, 0x000000) > colour_contrast(state->page, 0xffffff);
}

const char *shown_theme(const struct state *state)
{
    const char *own = state->theme_forced[0] ? state->theme_forced : state->theme;
    const char *theme = own[0] ? own : theme_name(THEME_AUTO);
    if (!state->present || strncmp(theme, "contrast", 8) == 0)
        return theme;
    bool light = strcmp(theme, theme_name(THEME_LIGHT)) == 0 ||
                 (strcmp(theme, theme_name(THEME_DARK)) != 0 && page_is_light(state));
    return theme_name(light ? THEME_CONTRAST_LIGHT : THEME_CONTRAST_DARK);
}
