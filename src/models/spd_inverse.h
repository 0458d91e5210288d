#ifndef SLEEVE_MODELS_SPD_INVERSE_H
#define SLEEVE_MODELS_SPD_INVERSE_H

#include "core/progress.h"
#include "gpu/compute.h"

/* The inverse of a symmetric positive definite matrix A [n x n] on the device, in place in host memory; only the lower
 * triangle is read. It is computed by the symmetric sweep operator (Goodnight, A tutorial on the SWEEP operator, 1979)
 * on square blocks: for each block of the diagonal, with D its inverse,
 *     A_ij <- A_ij - A_ik D A_kj,  A_ik <- A_ik D,  A_kk <- -D  for all i and j other than k,
 * after which A holds -A^-1. This takes n³ floating-point operations, nearly all of them in matrix products.
 *
 * Memory, besides the matrix: 2 n² bytes on the device for the lower triangle. The relative error in float32 is about
 * 1e-7 times the condition number. A matrix that is not positive definite is STATUS_FAILED, with unspecified contents.
 * Can be cancelled between blocks (progress): STATUS_INTERRUPTED. The result does not depend on the number of threads.
 */
enum status spd_inverse(struct compute *compute, int64_t n, float *matrix, struct progress *progress,
                        struct error *error);

#endif
