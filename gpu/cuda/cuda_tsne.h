#ifndef SLEEVE_GPU_CUDA_TSNE_H
#define SLEEVE_GPU_CUDA_TSNE_H

#include "gpu/cuda/cuda_internal.h"

/* What t-SNE with a whole P (cuda_tsne.cu) and with one of nearest neighbours (cuda_tsne_knn.cu) share. */

enum {
    CUDA_TSNE_WARPS = 8, /* points of a block */
    CUDA_TSNE_SUMS = 4,  /* floats a point: attraction x and y, repulsion x and y */
};

struct cuda_tsne_step {
    int64_t n;
    float exaggeration, learning_rate, momentum;
    float *y, *velocity, *gains;
    double *kl;    /* NULL: not wanted */
    double *z;     /* [0]: the sum; [1..]: what each block of points adds to it */
    double *logs;  /* [0], [1]: sums of p ln(p (1 + d²)) and of p; then what each block adds to each */
    float *forces; /* [n x CUDA_TSNE_SUMS] */
};

/* Blocks that hold n points. */
static inline int64_t cuda_tsne_blocks(int64_t n)
{
    return (n + CUDA_TSNE_WARPS - 1) / CUDA_TSNE_WARPS;
}

/* Rows of `n` squared distances become conditional probabilities of that entropy (van der Maaten and Hinton 2008,
 * section 2); `own`: the i-th of row i is i's own and becomes 0. */
enum status cuda_tsne_condition(const char *operation, struct compute_stream *stream, int64_t rows, int64_t n, bool own,
                                double entropy, float *distances, struct error *error);

/* Scratch memory for z, logs and forces. */
size_t cuda_tsne_sums_bytes(int64_t n);

/* Fills the rest of a job of which n and rates are known; scratch is `bytes` long and begins with what
 * cuda_tsne_sums_bytes counts. For less than two points there is nothing else to do. */
enum status cuda_tsne_step_start(const char *operation, struct compute_stream *stream, struct cuda_tsne_step *job,
                                 struct compute_slice y, struct compute_slice velocity, struct compute_slice gains,
                                 struct compute_slice kl, struct compute_slice scratch, int64_t bytes,
                                 struct error *error);

/* Adds up what the blocks left in z and logs, and moves the points by their forces. */
enum status cuda_tsne_step_end(const char *operation, struct compute_stream *stream, struct cuda_tsne_step job,
                               struct error *error);

#endif
