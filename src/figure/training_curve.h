#ifndef SLEEVE_FIGURE_TRAINING_CURVE_H
#define SLEEVE_FIGURE_TRAINING_CURVE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buffer.h"
#include "core/status.h"

/* A number by epoch, on training and on validation data, as PNG or SVG. */

struct training_curve {
    const char *title, *subtitle;
    const char *measure;                 /* what the number is: the title of the panel */
    int64_t epochs;                      /* at least 1 */
    const double *training, *validation; /* [epochs] NAN: unknown */
};

/* Of more than PANELS_POINTS_MAX epochs (figure/small_multiples.h) so many are shown at equal intervals, the last one
 * included. */
enum status training_curve_figure(const struct training_curve *curve, bool svg, struct buffer *out,
                                  struct error *error);

#endif
