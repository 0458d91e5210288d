#ifndef SLEEVE_UI_TERMINAL_CAPABILITIES_H
#define SLEEVE_UI_TERMINAL_CAPABILITIES_H

#include "core/buffer.h"
#include "core/status.h"

/* The terminfo entry of $TERM, read through curses: how to enter and leave full-screen mode, and the number of colours.
 * Cells are written with ECMA-48 sequences, so a terminal with other sequences is refused. */
struct capabilities {
    int colours;         /* 0, 8, 16, 256 or 16777216 */
    struct buffer enter; /* alternate screen, no wrapping, cleared */
    struct buffer leave; /* undoes `enter` and shows the cursor */
};

enum status capabilities_read(int descriptor, struct capabilities *capabilities, struct error *error);
void capabilities_free(struct capabilities *capabilities);

#endif
