#ifndef SLEEVE_MODELS_EIGENVALUE_SIGNS_H
#define SLEEVE_MODELS_EIGENVALUE_SIGNS_H

#include <stdint.h>

/* Signs of the eigenvalues of symmetric matrices A[d x d]. Both functions overwrite A. */

/* Finds independent rows of a positive semidefinite matrix and returns its rank, by Cholesky factorisation with
 * pivoting (Golub and Van Loan, section 4.2.8). Pivots below `tolerance` times the first one count as 0. pivots[d]
 * begins with the independent rows. */
int64_t eigenvalues_above(int64_t d, double *a, double tolerance, int64_t *pivots);

/* The number of positive eigenvalues: A is reduced to a tridiagonal matrix by Householder reflections (section 8.3.1),
 * and the signs of its pivots are counted. About 4 d³ operations; scratch[d]. */
int64_t count_positive_eigenvalues(int64_t d, double *a, double *scratch);

#endif
