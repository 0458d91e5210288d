#ifndef SLEEVE_UI_TERMINAL_FRAME_H
#define SLEEVE_UI_TERMINAL_FRAME_H

#include "ui/image_service.h"
#include "ui/terminal/blocks.h"
#include "ui/terminal/cells.h"
#include "ui/terminal/image_mode.h"
#include "ui/terminal/images.h"
#include "ui/terminal/kitty.h"
#include "ui/terminal/text_screen.h"

/* Computes the bytes of one frame, which change the terminal from its current contents to a screen. Needs no terminal:
 * curses writes to memory. Three things stand in the cells: text, which curses draws; pictures, in cells that curses
 * believes blank; and what a pen writes, in such cells, too: coloured blocks, of which each needs a pair of colours,
 * and characters of which curses or the terminal does not know the width. */
struct display {
    int rows, columns;
    int cell_width, cell_height;
    enum image_mode images;
    enum block_shape shape; /* of pictures made of blocks */
    bool placeholders;      /* kitty's pictures are text, for tmux */
    bool utf8, synchronised, links;
    int registers;
    struct theme theme;
};

struct frame {
    struct text_screen *text; /* NULL: the first frame opens one for xterm-256color */
    bool owns_text;
    struct grid shown, wanted;
    struct buffer pen;                             /* what the pen writes after curses */
    bool clear;                                    /* the terminal's contents are unknown */
    struct placed_image images[SCREEN_IMAGES_MAX]; /* on the terminal now */
    int n_images;
    enum image_mode mode; /* of these pictures */
    struct kitty kitty;
    int cursor_row, cursor_column;
    bool cursor_visible;
    bool cursor_known;
};

void frame_free(struct frame *frame);
/* Marks the terminal's contents as unknown: the next frame clears it and writes every cell and picture. */
void frame_forget(struct frame *frame);
/* Appends the frame's bytes: none if nothing changed. After an error the contents are unknown. */
enum status frame_draw(struct frame *frame, const struct display *display, const struct screen *screen,
                       struct image_service *images, struct buffer *out, struct error *error);
/* Appends the deletion of all pictures that the terminal keeps, before the screen is left. */
void frame_leave(struct frame *frame, struct buffer *out);
/* The request for a picture to the image service; false if this display shows no picture there. */
bool frame_request(const struct display *display, const struct image_rect *rect, struct image_request *request);

#endif
