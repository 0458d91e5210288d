#ifndef SLEEVE_TESTS_UI_FAKE_TERMINAL_H
#define SLEEVE_TESTS_UI_FAKE_TERMINAL_H

#include "core/buffer.h"
#include "fake_pictures.h"
#include "ui/screen.h"

/* The screen of a terminal, made from the bytes written to it. It checks the rules of drawing pictures. */
struct fake_cell {
    char text[28];
    int width;
    int image;                       /* number of the picture of sixel or iTerm2 that is visible here; 0: none */
    uint32_t foreground, background; /* 0xRRGGBB, FAKE_INDEXED | number, or SCREEN_NO_COLOUR */
    bool bold, reverse, link;
};

#define FAKE_INDEXED 0x01000000U

struct fake_image {
    int row, column, rows, columns;
    uint64_t hash;       /* hash of its bytes */
    struct image pixels; /* kept if `keeps_pixels` */
};

struct fake_cursor {
    int row, column;
    bool bold, reverse;
    uint32_t foreground, background;
};

struct fake_terminal {
    int rows, columns, cell_width, cell_height;
    struct fake_cell *cells;
    struct fake_image images[1024];
    int n_images; /* pictures drawn so far; numbers start at 1 */
    int row, column;
    struct fake_cursor saved;
    bool cursor_visible, alternate, paste, mouse, focus, wrap_off;
    int synchronised; /* synchronised updates that are open */
    bool reverse, bold, coloured, link;
    uint32_t foreground, background; /* of text that is written now */
    bool keeps_pixels;               /* for fake_render */
    bool inside_tmux;                /* pictures of kitty's come only through tmux, at placeholders */
    struct fake_pictures pictures;   /* of kitty's */
    int n_text;                      /* characters written since fake_count */
    int n_drawn;                     /* pictures drawn since fake_count */
    int broken;                      /* violations so far */
    char first_broken[128];
    /* parser */
    int state;
    struct buffer sequence;
};

void fake_create(struct fake_terminal *fake, int rows, int columns, int cell_width, int cell_height);
void fake_free(struct fake_terminal *fake);
void fake_feed(struct fake_terminal *fake, const char *bytes, size_t size);
void fake_count(struct fake_terminal *fake);
const struct fake_cell *fake_cell(const struct fake_terminal *fake, int row, int column);
/* True when exactly these cells show one whole picture: of sixel or iTerm2, a placement of kitty's, or placeholders. */
bool fake_shows_image(const struct fake_terminal *fake, int row, int column, int rows, int columns);
int fake_image_cells(const struct fake_terminal *fake);
/* Draws what the terminal shows: colours, pictures, block characters exactly, text in a stroke font. */
enum status fake_render(const struct fake_terminal *fake, uint32_t foreground, uint32_t background, struct image *image,
                        struct error *error);

#endif
