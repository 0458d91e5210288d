#ifndef SLEEVE_MODELS_EIGEN_H
#define SLEEVE_MODELS_EIGEN_H

#include <stdint.h>

/* Eigenvalues and vectors of a small symmetric matrix A[d x d] by cyclic Jacobi rotations (Golub and Van Loan, section
 * 8.5). A is overwritten, its diagonal becomes the eigenvalues; column j of V[d x d] is the vector of value j. */
void eigen_symmetric(int64_t d, double *a, double *v);

#endif
