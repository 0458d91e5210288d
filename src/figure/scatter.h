#ifndef SLEEVE_FIGURE_SCATTER_H
#define SLEEVE_FIGURE_SCATTER_H

#include "core/buffer.h"
#include "draw/image.h"

/* A scatter plot of labelled points: one colour and one mark per label, safe for colour-blind readers (ten of each). */
enum { SCATTER_LABELS_MAX = 10 };

struct scatter_style {
    uint32_t colour;   /* 0xRRGGBB */
    const char *mark;  /* one-column UTF-8 character similar to the drawn mark */
    const char *ascii; /* the same in ASCII */
};
const struct scatter_style *scatter_style(int label);

struct scatter {
    int64_t n;
    const float *points; /* [n x 2] */
    const int *labels;   /* [n], 0..n_labels-1; NULL: all 0 */
    const char *const *label_names;
    int n_labels;
    int64_t selected;                /* -1: none */
    uint32_t background, foreground; /* 0xRRGGBB */
};

/* The position of point i in a drawing of this size, in pixels from the top left. The aspect ratio is kept. */
void scatter_position(const struct scatter *scatter, int width, int height, int64_t i, float *x, float *y);
/* scatter_nearest: the point nearest to a position. scatter_towards: from point `from` in direction (dx, dy) of the
 * screen (down is positive), a near point roughly straight ahead, or any in that half plane; -1 if there is none.
 * Points at one position are visited one by one. Points that are not finite are neither drawn nor found. */
int64_t scatter_nearest(const struct scatter *scatter, int width, int height, float x, float y);
int64_t scatter_towards(const struct scatter *scatter, int64_t from, int dx, int dy);

/* Draws the points only (for the screen), anti-aliased, with the selected one highlighted. `mark_size` in pixels, 0:
 * automatic. */
enum status scatter_draw(const struct scatter *scatter, int width, int height, float mark_size, struct image *image,
                         struct error *error);
/* A figure with axes ("Component 1", "Component 2"), title and legend in the order of the labels (no legend for a
 * single label without a name). PNG shows ASCII and accented Latin letters, other letters as boxes; SVG leaves the text
 * to fonts. */
enum status scatter_figure_png(const struct scatter *scatter, const char *title, struct buffer *out,
                               struct error *error);
enum status scatter_figure_svg(const struct scatter *scatter, const char *title, struct buffer *out,
                               struct error *error);
/* Lines of x, y, label, key, with a header. */
enum status scatter_tsv(const struct scatter *scatter, const char *const *keys, struct buffer *out,
                        struct error *error);

#endif
