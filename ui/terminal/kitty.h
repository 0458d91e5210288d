#ifndef SLEEVE_UI_TERMINAL_KITTY_H
#define SLEEVE_UI_TERMINAL_KITTY_H

#include "ui/image_request.h"
#include "ui/terminal/cells.h"
#include "ui/terminal/images.h"

/* kitty's graphics protocol (sw.kovidgoyal.net/kitty/graphics-protocol): a picture is uploaded once under a number (its
 * id) and then placed as often as needed. Directly, a placement is a rectangle over blank cells. Inside tmux, which
 * knows nothing of pictures, it is text: a placeholder character in each cell, with the row and the column of the
 * picture as diacritics and the id as colour. */
enum {
    KITTY_PICTURES_MAX = 236, /* an id's low byte is one of 256 colours, but the first 16 may be shown as others */
    KITTY_PIXELS_MAX = 16 << 20,
    KITTY_CHUNK = 4096, /* characters of base64 in one control string */
};

struct kitty_picture {
    uint64_t serial;
    uint32_t number; /* the low byte of its id */
    size_t pixels;
    uint64_t used;                   /* the last frame that showed it */
    const struct encoded_image *new; /* not uploaded yet */
    int rows, columns;               /* of its placeholders */
    int64_t map;                     /* which map; 0: a cover */
    bool replaces;                   /* uploaded under the number of the map before it */
};

/* The pictures that the terminal has. */
struct kitty {
    struct kitty_picture pictures[KITTY_PICTURES_MAX];
    int count;
    size_t pixels;
    uint64_t frame;
    bool lost;         /* whatever the terminal has is deleted first */
    bool has_shade;    /* the half-transparent pixel that dims pictures was uploaded */
    uint32_t shade;    /* its colour */
    bool placeholders; /* inside tmux */
};

/* Begins a frame. `placeholders`: inside tmux. */
void kitty_begin(struct kitty *kitty, bool placeholders);
/* Must be called for each picture of a frame before anything is written; false if there are too many. The picture must
 * stay valid until kitty_upload. */
bool kitty_need(struct kitty *kitty, const struct encoded_image *picture, const struct image_rect *rect);
/* Appends the uploads of the frame's pictures. */
void kitty_upload(struct kitty *kitty, uint32_t background, struct buffer *out);
/* Writes the picture's placeholders into the grid. */
void kitty_placeholders(const struct kitty *kitty, uint64_t serial, const struct image_rect *rect, struct grid *grid);
/* Appends a placement at the cursor, which does not move. `depth`: above placements of a lower depth. */
void kitty_place(const struct kitty *kitty, const struct placed_image *place, int depth, struct buffer *out);
/* Appends the removal of a placement, unless `by` is the same picture at the same place; NULL: nothing replaces it. */
void kitty_remove(const struct kitty *kitty, const struct placed_image *place, const struct placed_image *by,
                  struct buffer *out);
/* Ends a frame: appends the deletion of pictures that were not used for longest, until the rest fits the limits. */
void kitty_trim(struct kitty *kitty, struct buffer *out);
/* Appends the deletion of everything that this program uploaded. */
void kitty_delete_all(struct kitty *kitty, struct buffer *out);

/* iTerm2's inline images: appends a PNG or JPEG file, shown at the cursor with rows x columns cells. */
void iterm_add(const struct encoded_image *picture, int rows, int columns, struct buffer *out);

#endif
