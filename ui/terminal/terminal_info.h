#ifndef SLEEVE_UI_TERMINAL_TERMINAL_INFO_H
#define SLEEVE_UI_TERMINAL_TERMINAL_INFO_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buffer.h"
#include "ui/terminal/blocks.h"
#include "ui/terminal/image_mode.h"

struct probe_answers;
struct tmux_info;

/* Information about the terminal, for `doctor` and the status line. */
struct terminal_info {
    char name[64]; /* XTVERSION, otherwise $TERM */
    char type[64]; /* the terminfo entry in use: of $TERM or of its family; "": there is none */
    int rows, columns;
    int cell_width, cell_height; /* pixels */
    const char *cell_source;     /* "16t", "14t", "XTSMGRAPHICS", "TIOCGWINSZ", "guess" */
    int colours;                 /* 0, 8, 16, 256 or 16777216 */
    bool sixel, kitty, iterm, synchronised, tmux, utf8;
    bool placeholders; /* inside a tmux that passes kitty's pictures on */
    bool wide_blocks;  /* block characters are two columns wide: they are not used */
    bool sextants;     /* the terminal draws U+1FB00 to U+1FB3B itself */
    int sixel_registers;
    uint32_t background;    /* 0xRRGGBB from OSC 11, or SCREEN_NO_COLOUR */
    enum image_mode images; /* in use now */
    bool probe_answered;
    char kitty_why[96]; /* why kitty's protocol is not used; "" */
};

/* Everything except the cell size and the mode in use: from the terminal's replies, terminfo's number of colours and
 * the environment. `tmux`: NULL outside tmux. */
void terminal_info_make(const struct probe_answers *answers, const struct tmux_info *tmux, int colours, bool no_colour,
                        struct terminal_info *info);
/* The way to show pictures: `requested` if possible. IMAGES_AUTO is the best that the terminal supports. Pixels that
 * were requested are sent even if the terminal did not report support, because the user may know better. */
enum image_mode terminal_info_images(const struct terminal_info *info, enum image_mode requested);
/* The blocks of a mode that is made of blocks. */
enum block_shape terminal_info_shape(const struct terminal_info *info, enum image_mode mode);
/* Appends why this mode is in use and none above it, as one line: "quadrant: UTF-8, 24-bit colour; not kitty: ...". */
void terminal_info_explain(const struct terminal_info *info, enum image_mode requested, struct buffer *out);
/* The page's colour for choosing a theme: as reported by the terminal, otherwise from COLORFGBG, otherwise
 * SCREEN_NO_COLOUR. */
uint32_t terminal_info_page(const struct terminal_info *info);

/* From $TERM and the environment: false for terminals that may show the text of links, titles and other strings:
 * consoles, screen, and old ones. */
bool terminal_is_modern(void);
/* From the environment: whether the terminal is inside tmux or screen, and for how many seconds to wait for replies,
 * which is longer over a network. */
bool terminal_multiplexed(void);
double terminal_reply_seconds(void);

#endif
