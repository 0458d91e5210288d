#ifndef SLEEVE_UI_SHOWN_THEME_H
#define SLEEVE_UI_SHOWN_THEME_H

#include "ui/state.h"

/* The name of the theme to show: that of the command line or of the session; while presenting one of high contrast,
 * light or dark as the page is. */
const char *shown_theme(const struct state *state);

#endif
