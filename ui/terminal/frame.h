#ifndef SLEEVE_UI_TERMINAL_FRAME_H
#define SLEEVE_UI_TERMINAL_FRAME_H

#include "ui/image_service.h"
#include "ui/terminal/blocks.h"
#include "ui/terminal/cells.h"
#include "ui/terminal/image_mode.h"
#include "ui/terminal/images.h"
#include "ui/terminal/kitty.h"

/* Computes the bytes of one frame, which change the terminal from its current contents to a screen. Needs no terminal.
 */
struct display {
    int rows, columns;
    int cell_width, cell_height;
    enum image_mode images;
    enum block_shape shape; /* of pictures made of blocks */
    bool placeholders;      /* kitty's pictures are text, for tmux */
    bool utf8, synchronised;
    int registers;
    struct theme theme;
};

struct frame {
    struct grid shown, wanted;
    struct placed_image images[SCREEN_IMAGES_MAX]; /* on the terminal now */
    int n_images;
    enum image_mode mode; /* of these pictures */
    struct kitty kitty;
    int cursor_row, cursor_column;
    bool cursor_visible;
    bool cursor_known;
};

void frame_free(struct frame *frame);
/* Marks the terminal's contents as unknown: the next frame writes every cell and picture. */
void frame_forget(struct frame *frame);
/* Appends the frame's bytes: none if nothing changed. After an error the contents are unknown. */
enum status frame_draw(struct frame *frame, const struct display *display, const struct screen *screen,
                       struct image_service *images, struct buffer *out, struct error *error);
/* Appends the deletion of all pictures that the terminal keeps, before the screen is left. */
void frame_leave(struct frame *frame, struct buffer *out);
/* The request for a picture to the image service; false if this display shows no picture there. */
bool frame_request(const struct display *display, const struct image_rect *rect, struct image_request *request);

#endif
