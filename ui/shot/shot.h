#ifndef SLEEVE_UI_SHOT_H
#define SLEEVE_UI_SHOT_H

#include "draw/image.h"
#include "ui/image_request.h"
#include "ui/screen.h"
#include "ui/terminal/cells.h"

/* A picture of the composed screen, with its covers and map, as a file: .png (text drawn by the program), .svg (text as
 * text, pictures as PNG inside) or .txt (cells without pictures). The same with and without a terminal. */

enum shot_format { SHOT_PNG, SHOT_SVG, SHOT_TEXT, SHOT_FORMATS };

/* What both pictures are made from. */
struct shot {
    struct grid grid;            /* the cells in the theme's colours */
    int cell_width, cell_height; /* pixels */
    uint32_t page, ink;          /* colours of cells that have the terminal's own */
    const struct image_rect *rects;
    struct image *images; /* [n_images] without pixels where one is not available */
    int n_images;
};

/* By the end of the file's name; STATUS_USAGE when there is no such format. */
enum status shot_format_of(const char *path, enum shot_format *format, struct error *error);

/* Where a shot's pictures and colours come from. */
struct shot_source {
    struct theme theme;          /* with 24-bit colours */
    int cell_width, cell_height; /* pixels of the shot */
    /* The picture of a rectangle, width x height pixels at most. */
    enum status (*picture)(void *context, const struct image_rect *rect, int width, int height, struct image *image,
                           struct error *error);
    void *context;
};
/* Appends the file's bytes. A picture that is not available is a plain one. */
enum status shot_make(const struct screen *screen, const struct shot_source *source, enum shot_format format,
                      struct buffer *out, struct error *error);

/* shot_png.c, shot_svg.c */
enum status shot_png(const struct shot *shot, struct buffer *out, struct error *error);
enum status shot_svg(const struct shot *shot, struct buffer *out, struct error *error);

/* The colours of a tile as 0xRRGGBB, reversed where its attributes say so. */
void shot_colours(const struct shot *shot, const struct tile *tile, uint32_t *ink, uint32_t *page);
/* The pixels of a picture: its left and top, centred in its cells. */
void shot_place(const struct shot *shot, int at, int *left, int *top);

/* Draws a line, block, braille or other sign into a cell. False: it is not one that is drawn here. */
bool shot_sign(struct image *image, const char *text, float x, float y, float width, float height, uint32_t ink,
               uint32_t page);

#endif
