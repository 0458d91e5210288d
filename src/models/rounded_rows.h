#ifndef SLEEVE_MODELS_ROUNDED_ROWS_H
#define SLEEVE_MODELS_ROUNDED_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "core/status.h"

/* Rows rounded to 16-bit integers. Their products bound those of the rows from above, and need half of the memory
 * traffic and of the multiplications.
 *
 * With unit vectors u = r + e, where r is what was kept of u, u.v = r.s + r.f + e.s + e.f <= r.s + |f| + |e| + |e| |f|
 * (Cauchy-Schwarz, |u| = |v| = 1). */
struct rounded_rows {
    size_t width;
    int16_t *values; /* [count x width] the rows' directions times ROUNDED_LENGTH, which no sum of products overflows */
    double *lengths; /* [count] |x| */
    double *errors;  /* [count] |e| and what the sum in float32 may be too large; INFINITY: the row has no direction */
};

/* rows [count x width]; width is at most 65,536. */
enum status rounded_rows_make(const float *rows, size_t count, size_t width, struct rounded_rows *rounded,
                              struct error *error);
void rounded_rows_free(struct rounded_rows *rounded);
/* At least the product of the two rows, also if it is summed in float32; INFINITY or NaN: nothing is known. */
double rounded_rows_bound(const struct rounded_rows *rounded, size_t a, size_t b);

#endif
