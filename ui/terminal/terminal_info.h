#ifndef SLEEVE_UI_TERMINAL_TERMINAL_INFO_H
#define SLEEVE_UI_TERMINAL_TERMINAL_INFO_H

#include <stdbool.h>
#include <stdint.h>

#include "ui/terminal/image_mode.h"

struct probe_answers;

/* Information about the terminal, for `doctor` and the status line. */
struct terminal_info {
    char name[64]; /* XTVERSION, otherwise $TERM */
    int rows, columns;
    int cell_width, cell_height; /* pixels */
    const char *cell_source;     /* "16t", "14t", "XTSMGRAPHICS", "TIOCGWINSZ", "guess" */
    int colours;                 /* 0, 8, 16, 256 or 16777216 */
    bool sixel, kitty, synchronised, tmux, utf8;
    int sixel_registers;
    uint32_t background;    /* 0xRRGGBB from OSC 11, or SCREEN_NO_COLOUR */
    enum image_mode images; /* in use now */
    bool probe_answered;
};

/* Everything except the cell size and the mode in use: from the terminal's replies, terminfo's number of colours and
 * the environment. */
void terminal_info_make(const struct probe_answers *answers, int colours, bool no_colour, struct terminal_info *info);
/* The best supported way to show pictures: `requested` if possible, otherwise the next lower one of sixel, half-blocks
 * in 24-bit colour, half-blocks in 256 colours, characters as shades. */
enum image_mode terminal_info_images(const struct terminal_info *info, enum image_mode requested);
/* The page's colour for choosing a theme: as reported by the terminal, otherwise from COLORFGBG, otherwise
 * SCREEN_NO_COLOUR. */
uint32_t terminal_info_page(const struct terminal_info *info);

/* From the environment: whether the terminal is inside tmux or screen, and for how many seconds to wait for replies,
 * which is longer over a network. */
bool terminal_multiplexed(void);
double terminal_reply_seconds(void);

#endif
