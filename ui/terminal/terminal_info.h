#ifndef SLEEVE_UI_TERMINAL_TERMINAL_INFO_H
#define SLEEVE_UI_TERMINAL_TERMINAL_INFO_H

#include <stdbool.h>
#include <stdint.h>

#include "ui/terminal/image_mode.h"

struct probe_answers;

/* What is known about the terminal: for `doctor` and the status line. */
struct terminal_info {
    char name[64]; /* XTVERSION, else $TERM */
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

/* All but the cell size and the mode in use: from the terminal's answers, terminfo's number of colours and the
 * environment. */
void terminal_info_make(const struct probe_answers *answers, int colours, bool no_colour, struct terminal_info *info);
/* The best way to show pictures that the terminal has: `requested` as far as it can be, else the next lower step of
 * sixel, half-blocks in 24-bit colour, half-blocks in 256 colours, characters as shades. */
enum image_mode terminal_info_images(const struct terminal_info *info, enum image_mode requested);
/* The page's colour for choosing a theme: what the terminal reported, else what COLORFGBG suggests, else
 * SCREEN_NO_COLOUR. */
uint32_t terminal_info_page(const struct terminal_info *info);

/* From the environment: whether tmux or screen stands between, and for how many seconds the terminal's replies are
 * waited for, which is longer over a network. */
bool terminal_multiplexed(void);
double terminal_reply_seconds(void);

#endif
