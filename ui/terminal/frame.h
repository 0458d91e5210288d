#ifndef SLEEVE_UI_TERMINAL_FRAME_H
#define SLEEVE_UI_TERMINAL_FRAME_H

#include "ui/image_service.h"
#include "ui/terminal/cells.h"
#include "ui/terminal/image_mode.h"
#include "ui/terminal/images.h"

/* One frame: the bytes that turn what the terminal shows into the screen that is wanted. Needs no terminal. */
struct display {
    int rows, columns;
    int cell_width, cell_height;
    enum image_mode images;
    bool utf8, synchronised;
    int registers;
    struct theme theme;
};

struct frame {
    struct grid shown, wanted;
    struct placed_image images[SCREEN_IMAGES_MAX]; /* that the terminal shows */
    int n_images;
    int cursor_row, cursor_column;
    bool cursor_visible;
    bool cursor_known;
};

void frame_free(struct frame *frame);
/* Nothing is known about what the terminal shows: the next frame writes every cell and picture. */
void frame_forget(struct frame *frame);
/* Appends the frame's bytes: none when nothing changed. After an error nothing is known any more. */
enum status frame_draw(struct frame *frame, const struct display *display, const struct screen *screen,
                       struct image_service *images, struct buffer *out, struct error *error);
/* What the service is asked for; false when this display has no picture there. */
bool frame_request(const struct display *display, const struct image_rect *rect, struct image_request *request);

#endif
