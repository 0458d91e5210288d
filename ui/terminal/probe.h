#ifndef SLEEVE_UI_TERMINAL_PROBE_H
#define SLEEVE_UI_TERMINAL_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buffer.h"
#include "ui/terminal/sequence.h"

/* Queries to the terminal and its replies. DA1 is the last query: every terminal replies to it, so its reply shows that
 * no other is still to come. */
struct probe_answers {
    bool attributes;                     /* DA1 was received */
    bool sixel;                          /* DA1 includes attribute 4 */
    bool kitty;                          /* kitty graphics query: OK */
    char version[64];                    /* XTVERSION, "" if unknown */
    int registers;                       /* XTSMGRAPHICS; 0: no reply */
    int geometry_width, geometry_height; /* XTSMGRAPHICS: largest sixel picture */
    int cell_width, cell_height;         /* 16t */
    int text_width, text_height;         /* 14t: pixels of the text area */
    int text_rows, text_columns;         /* 18t */
    uint32_t foreground, background;     /* OSC 10 and 11: 0xRRGGBB, PROBE_NO_COLOUR if unknown */
    bool synchronised;                   /* mode 2026 is supported */
    bool sixel_display_mode;             /* mode 80 is set: all pictures would be drawn in the corner */
    bool truecolour;                     /* a 24-bit colour was reported back unchanged */
    int secondary_version;               /* DA2, the second number: alacritty's version; 0: no reply */
    /* The cursor's column after one character: 0 without a reply. */
    int utf8_column;     /* e with acute, two bytes: 2 in a UTF-8 terminal */
    int quadrant_column; /* 2, or 3 where characters of ambiguous width are wide */
    int sextant_column;  /* 2 where Unicode 13 is known */
};

enum { PROBE_NO_COLOUR = -1 };

void probe_begin(struct probe_answers *answers);
/* Appends all queries in one write. They print three characters, so the line is cleared afterwards. `multiplexed`:
 * inside tmux or screen, which take the kitty query for a window title and are not asked about 24-bit colour. */
void probe_add_queries(struct buffer *out, bool multiplexed);
/* Queries the cell size again: the font, and so the pixels, may change while the cells do not. DA1 is the last query
 * here, too. */
void probe_add_cell_size_query(struct buffer *out);
/* True if the sequence is a reply (expected or not), which never becomes a key. */
bool probe_accept(struct probe_answers *answers, const struct sequence *sequence);

/* The cell size in pixels from the most reliable source: 16t, 14t and 18t, XTSMGRAPHICS, TIOCGWINSZ, a guess; returns
 * the source's name. The window size is from TIOCGWINSZ and may be 0. */
const char *probe_cell_size(const struct probe_answers *answers, int rows, int columns, int window_width,
                            int window_height, int *width, int *height);
/* Palette size for sixel: the reported one, at most 256. */
int probe_registers(const struct probe_answers *answers);

#endif
