#ifndef SLEEVE_NN_TRIPLETS_H
#define SLEEVE_NN_TRIPLETS_H

#include "nn/tape.h"

/* Training with triplets: an anchor, something near it (positive) and something far (negative). */

/* Adds factor · sum over rows of max(d(a, p) - d(a, n) + margin, 0) to loss (double); d is the Euclidean distance or
 * its square (Schroff, Kalenichenko and Philbin 2015, FaceNet, equation 3). A, P and N are [rows x d]. */
void nn_triplet_loss(struct tape *tape, struct tensor *a, struct tensor *p, struct tensor *n, bool squared,
                     float margin, float factor, struct compute_slice loss);

/* Semi-hard negatives within a batch X [rows x d], in host memory: for pair i the row nearest to anchors[i] that is
 * farther away than positives[i]; if there is none, the farthest of all (as TensorFlow Addons does). Only rows with
 * allowed[i · rows + row] count, never anchor and positive; negatives[i] is -1 where none is allowed. Ties go to the
 * lower row. */
void triplets_mine(const float *x, int64_t rows, int64_t d, int64_t n_pairs, const int32_t *anchors,
                   const int32_t *positives, const uint8_t *allowed, int32_t *negatives);

#endif
