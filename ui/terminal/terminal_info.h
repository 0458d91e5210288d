#ifndef SLEEVE_UI_TERMINAL_TERMINAL_INFO_H
#define SLEEVE_UI_TERMINAL_TERMINAL_INFO_H

#include "ui/terminal/probe.h"
#include "ui/terminal/terminal.h"

/* All but the cell size and the mode in use: from the terminal's answers, terminfo's number of colours and the
 * environment. */
void info_make(const struct probe_answers *answers, int colours, bool no_colour, struct terminal_info *info);
bool info_multiplexed(void);
/* How long answers may take: longer over a network. */
double info_patience(void);
/* The page's colour for choosing a theme: what the terminal said, else what COLORFGBG hints, else SCREEN_NO_COLOUR. */
uint32_t info_page(const struct terminal_info *info);

#endif
