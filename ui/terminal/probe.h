#ifndef SLEEVE_UI_TERMINAL_PROBE_H
#define SLEEVE_UI_TERMINAL_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buffer.h"
#include "ui/terminal/sequence.h"

/* Questions to the terminal and its answers. DA1 is asked last: every terminal answers it, so that its answer says that
 * no other is still to come. */
struct probe_answers {
    bool attributes;                     /* DA1 was answered */
    bool sixel;                          /* ... with attribute 4 */
    bool kitty;                          /* kitty graphics query: OK */
    char version[64];                    /* XTVERSION, "" without */
    int registers;                       /* XTSMGRAPHICS; 0: no answer */
    int geometry_width, geometry_height; /* XTSMGRAPHICS: largest sixel picture */
    int cell_width, cell_height;         /* 16t */
    int text_width, text_height;         /* 14t: pixels of the text area */
    int text_rows, text_columns;         /* 18t */
    uint32_t foreground, background;     /* OSC 10 and 11: 0xRRGGBB, PROBE_NO_COLOUR without */
    bool synchronised;                   /* mode 2026 is there */
    bool sixel_display_mode;             /* mode 80 is set: pictures would all go to the corner */
    bool truecolour;                     /* a 24-bit colour came back as it was set */
    int utf8_column; /* where the cursor stood after one two-byte character: 2 in a UTF-8 terminal; 0: no answer */
};

enum { PROBE_NO_COLOUR = -1 };

void probe_begin(struct probe_answers *answers);
/* Everything is asked in one write. Prints one character, so the line is blanked again. `multiplexed`: inside tmux or
 * screen, which take the kitty question for a window title. */
void probe_ask(struct buffer *out, bool multiplexed);
/* Asks for the cell size again: pixels change with the font while the cells may not. DA1 is the last here too. */
void probe_ask_cell_size(struct buffer *out);
/* True when the sequence is an answer (wanted or not), which never becomes a key. */
bool probe_take(struct probe_answers *answers, const struct sequence *sequence);

/* The cell in pixels by the most trustworthy source: 16t, 14t and 18t, XTSMGRAPHICS, TIOCGWINSZ, a guess; returns the
 * source's name. The window's figures come from TIOCGWINSZ and may be 0. */
const char *probe_cell_size(const struct probe_answers *answers, int rows, int columns, int window_width,
                            int window_height, int *width, int *height);
/* Palette size for sixel: what was answered, at most 256. */
int probe_registers(const struct probe_answers *answers);

#endif
