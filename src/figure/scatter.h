#ifndef SLEEVE_FIGURE_SCATTER_H
#define SLEEVE_FIGURE_SCATTER_H

#include <stdbool.h>

#include "core/buffer.h"
#include "draw/image.h"

/* A scatter plot of labelled points: one colour and one mark per label, safe for colour-blind readers (ten of each). */
enum { SCATTER_LABELS_MAX = 10 };

/* One-column characters similar to the drawn mark. */
struct scatter_mark {
    const char *text;  /* UTF-8 */
    const char *ascii; /* one character */
};
const struct scatter_mark *scatter_mark(int label);
/* 0xRRGGBB, for a page of this colour. Ten colours are for dark pages and ten for light ones. Each has a contrast of at
 * least 3 to its page; a label has similar hues on both. */
uint32_t scatter_colour(int label, uint32_t page);

/* What a drawing shows: everything, or a part that is `zoom` times as large, around a point of the box that contains
 * all points: x and y from 0 (left, bottom) to 1. */
struct scatter_view {
    float zoom; /* 1 or less: everything */
    float x, y;
};
enum { SCATTER_ZOOM_MAX = 64 };

struct scatter {
    int64_t n;
    const float *points; /* [n x 2] */
    const int *labels;   /* [n], 0..n_labels-1; NULL: all 0 */
    const char *const *label_names;
    int n_labels;
    int64_t selected; /* -1: none */
    struct scatter_view view;
    uint32_t background, foreground; /* 0xRRGGBB */
};

/* The position of point i in a drawing of this size, in pixels from the top left. The aspect ratio is kept. It may be
 * outside where the view shows a part. */
void scatter_position(const struct scatter *scatter, int width, int height, int64_t i, float *x, float *y);
/* The same for all points: positions [n x 2]. */
void scatter_positions(const struct scatter *scatter, int width, int height, float *positions);
/* Other views of the same drawing, limited to the zoom's range and to the box of the points. scatter_zoom: what is at
 * the pixel (x, y) stays there, unless the limits forbid it. scatter_pan: what is `dx` pixels to the right and `dy`
 * below comes to the middle. scatter_reveal: the nearest view with point i at least `margin` pixels inside. */
struct scatter_view scatter_zoom(const struct scatter *scatter, int width, int height, float factor, float x, float y);
struct scatter_view scatter_pan(const struct scatter *scatter, int width, int height, float dx, float dy);
struct scatter_view scatter_reveal(const struct scatter *scatter, int width, int height, int64_t i, float margin);
/* scatter_nearest: the point nearest to a position. scatter_towards: from point `from` in direction (dx, dy) of the
 * screen (down is positive), a near point roughly straight ahead, or any in that half plane; -1 if there is none.
 * Points at one position are visited one by one. Points that are not finite are neither drawn nor found. */
int64_t scatter_nearest(const struct scatter *scatter, int width, int height, float x, float y);
int64_t scatter_towards(const struct scatter *scatter, int64_t from, int dx, int dy);

/* Draws the points only (for the screen), anti-aliased, with the selected one highlighted. `mark_size` in pixels, 0:
 * automatic. */
enum status scatter_draw(const struct scatter *scatter, int width, int height, float mark_size, struct image *image,
                         struct error *error);
/* Covers at the points: squares with a border in the label's colour, on a tiling, so that none overlaps another. Each
 * is on the tile of its point or, if that is taken, on one nearby. Points without a free tile nearby have marks. The
 * selected one is larger and on top. */
struct scatter_covers {
    int edge;     /* pixels; 0: by the number of points and the zoom */
    int edge_min; /* then at least this */
    /* Makes the image of a point, edge x edge pixels. False: it is not available (yet); then there is a plain square.
     */
    bool (*image)(void *context, int64_t point, int edge, struct image *image);
    void *context;
};
enum status scatter_draw_covers(const struct scatter *scatter, const struct scatter_covers *covers, int width,
                                int height, struct image *image, struct error *error);
/* The point whose cover such a drawing has at a pixel; -1: there is no cover. */
int64_t scatter_cover_at(const struct scatter *scatter, const struct scatter_covers *covers, int width, int height,
                         float x, float y);

/* A figure with axes ("Component 1", "Component 2"), title, caption, and legend in the order of the labels (no legend
 * for a single label without a name). PNG shows ASCII and accented Latin letters, other letters as boxes; SVG leaves
 * the text to fonts, and contains covers as JPEG. */
struct scatter_figure {
    const char *title;
    const char *caption;                 /* a line below the axes: how the points were computed; NULL: none */
    const char *note;                    /* a line below the caption; NULL: none */
    const struct scatter_covers *covers; /* NULL: marks */
};
enum status scatter_figure_png(const struct scatter *scatter, const struct scatter_figure *of, struct buffer *out,
                               struct error *error);
enum status scatter_figure_svg(const struct scatter *scatter, const struct scatter_figure *of, struct buffer *out,
                               struct error *error);
/* Lines of x, y, label, key, with a header; then x2 and y2 if there is a second map [n x 2] of the same items. */
enum status scatter_tsv(const struct scatter *scatter, const float *second, const char *const *keys, struct buffer *out,
                        struct error *error);

#endif
