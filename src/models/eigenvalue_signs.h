#ifndef SLEEVE_MODELS_EIGENVALUE_SIGNS_H
#define SLEEVE_MODELS_EIGENVALUE_SIGNS_H

#include <stdint.h>

/* Symmetric matrices A[d x d] of which only the signs of the eigenvalues are asked. Both functions overwrite A. */

/* Which rows of a positive semidefinite matrix are independent: the rank by Cholesky's method with pivots (Golub and
 * Van Loan, section 4.2.8), pivots below `tolerance` of the first counting as nothing; pivots[d] begins with those
 * rows. */
int64_t eigenvalues_above(int64_t d, double *a, double tolerance, int64_t *pivots);

/* How many eigenvalues are above 0: reduced to three diagonals by Householder reflections (section 8.3.1), whose
 * factors' signs are those of the eigenvalues. About 4 d³ operations; room[d] is scratch. */
int64_t count_positive_eigenvalues(int64_t d, double *a, double *room);

#endif
