#ifndef SLEEVE_FIGURE_SCATTER_H
#define SLEEVE_FIGURE_SCATTER_H

#include "core/buffer.h"
#include "draw/image.h"

/* A scatter of labelled points: one colour and one mark a label, safe for colour-blind eyes (ten of each). */
enum { SCATTER_LABELS_MAX = 10 };

struct scatter_style {
    uint32_t colour;   /* 0xRRGGBB */
    const char *mark;  /* one-column UTF-8 character like the drawn mark */
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

/* Where point i lies in a drawing of this size, in pixels from the top left. The same aspect in both directions. */
void scatter_position(const struct scatter *scatter, int width, int height, int64_t i, float *x, float *y);
/* The point nearest to a position, or from point `from` in direction (dx, dy) of the screen (down is positive): one
 * that lies near and rather straight ahead, any in that half when there is no such; -1 when there is none. Points in
 * one place are gone through one by one. Points that are not finite are neither drawn nor found. */
int64_t scatter_nearest(const struct scatter *scatter, int width, int height, float x, float y);
int64_t scatter_towards(const struct scatter *scatter, int64_t from, int dx, int dy);

/* The points only (for the screen), anti-aliased; the selected one stands out. `mark_size` in pixels, 0: chosen. */
enum status scatter_draw(const struct scatter *scatter, int width, int height, float mark_size, struct image *image,
                         struct error *error);
/* A figure with axes ("Component 1", "Component 2"), title and legend in the order of the labels (none for a single
 * label without a name). PNG shows ASCII and accented Latin letters, other letters as boxes; SVG leaves them to fonts.
 */
enum status scatter_figure_png(const struct scatter *scatter, const char *title, struct buffer *out,
                               struct error *error);
enum status scatter_figure_svg(const struct scatter *scatter, const char *title, struct buffer *out,
                               struct error *error);
/* x, y, label, key a line, with a header. */
enum status scatter_tsv(const struct scatter *scatter, const char *const *keys, struct buffer *out,
                        struct error *error);

#endif
