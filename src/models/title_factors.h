#ifndef SLEEVE_MODELS_TITLE_FACTORS_H
#define SLEEVE_MODELS_TITLE_FACTORS_H

#include <stdint.h>

#include "core/status.h"

/* A sparse matrix of counts; the rows are divided by their sums before anything else. */
struct title_matrix {
    int64_t n_rows, n_columns;
    const int64_t *starts;  /* [n_rows + 1] */
    const int32_t *columns; /* [starts[n_rows]] */
    const float *counts;
};

/* A truncated singular value decomposition: the matrix is nearly left right^T, with left [n_rows x rank] = U S and
 * right [n_columns x rank] = V of the largest singular values, in descending order. Subspace iteration (Halko,
 * Martinsson and Tropp, "Finding structure with randomness", 2011, algorithm 4.4) from a start drawn with `seed`.
 * Columns beyond the matrix's rank are 0. Both results are malloc'ed. */
enum status title_factorise(const struct title_matrix *matrix, int rank, uint64_t seed, float **left, float **right,
                            struct error *error);

#endif
