#ifndef SLEEVE_GPU_CUDA_TSNE_H
#define SLEEVE_GPU_CUDA_TSNE_H

#include "gpu/cuda/cuda_internal.h"

/* Shared by t-SNE with a full P (cuda_tsne.cu) and with a P of nearest neighbours (cuda_tsne_knn.cu). */

enum {
    CUDA_TSNE_WARPS = 8, /* points per block */
    CUDA_TSNE_SUMS = 4,  /* floats per point: attraction x and y, repulsion x and y */
};

struct cuda_tsne_step {
    int64_t n;
    float exaggeration, learning_rate, momentum;
    float *y, *velocity, *gains;
    double *kl;    /* NULL: not computed */
    double *z;     /* [0]: the sum; [1..]: each block's part of it */
    double *logs;  /* [0], [1]: sums of p ln(p (1 + d²)) and of p; then each block's part of both */
    float *forces; /* [n x CUDA_TSNE_SUMS] */
};

/* Blocks that hold n points. */
static inline int64_t cuda_tsne_blocks(int64_t n)
{
    return (n + CUDA_TSNE_WARPS - 1) / CUDA_TSNE_WARPS;
}

/* Converts rows of `n` squared distances to conditional probabilities of that entropy (van der Maaten and Hinton 2008,
 * section 2); `own`: element i of row i is the point itself and becomes 0. */
enum status cuda_tsne_condition(const char *operation, struct compute_stream *stream, int64_t rows, int64_t n, bool own,
                                double entropy, float *distances, struct error *error);

/* Scratch memory for z, logs and forces. */
size_t cuda_tsne_sums_bytes(int64_t n);

/* Fills in the rest of a job whose n and rates are set; scratch is `bytes` long and begins with the
 * cuda_tsne_sums_bytes part. With fewer than two points there is nothing else to do. */
enum status cuda_tsne_step_start(const char *operation, struct compute_stream *stream, struct cuda_tsne_step *job,
                                 struct compute_slice y, struct compute_slice velocity, struct compute_slice gains,
                                 struct compute_slice kl, struct compute_slice scratch, int64_t bytes,
                                 struct error *error);

/* Adds the blocks' parts of z and logs, and moves the points by their forces. */
enum status cuda_tsne_step_end(const char *operation, struct compute_stream *stream, struct cuda_tsne_step job,
                               struct error *error);

#endif
