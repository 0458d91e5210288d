#ifndef SLEEVE_MODELS_BEST_ROWS_H
#define SLEEVE_MODELS_BEST_ROWS_H

#include <stddef.h>
#include <stdint.h>

/* The k highest of n scores: their rows in ids [k], highest first; returns their number. Rows with score -INFINITY are
 * left out. Equal scores are ordered by `more` [n], higher first (NULL: not), and then in an order that has nothing to
 * do with the rows' numbers, because these tell which tracks came from the same playlist. */
size_t best_rows(const float *score, const float *more, int64_t n, size_t k, int32_t *ids);

#endif
