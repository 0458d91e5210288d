#ifndef SLEEVE_UI_TERMINAL_CAPABILITIES_H
#define SLEEVE_UI_TERMINAL_CAPABILITIES_H

#include "core/buffer.h"
#include "core/status.h"

/* What terminfo says about $TERM, taken through curses: how to enter and leave the full screen, and how many colours
 * there are. Cells are written with ECMA-48 sequences, so a terminal that has others is refused. */
struct capabilities {
    int colours;         /* 0, 8, 16, 256 or 16777216 */
    struct buffer enter; /* alternate screen, no wrap at the edge, cleared */
    struct buffer leave; /* all of it back, cursor shown */
};

enum status capabilities_take(int descriptor, struct capabilities *capabilities, struct error *error);
void capabilities_free(struct capabilities *capabilities);

#endif
