#ifndef SLEEVE_GPU_CUDA_NEAREST_H
#define SLEEVE_GPU_CUDA_NEAREST_H

#include "gpu/cuda/cuda_internal.h"

/* Squared distances of each of `rows` [n_rows x d] to each of `columns` [n_columns x d], stored in distances[row *
 * stride + column], negated when `negate`. The distance of two rows is the same in either order. */
struct cuda_distances {
    int64_t n_rows, n_columns, d;
    const float *rows, *columns;
    float *distances;
    int64_t stride;
    bool negate;
};

enum status cuda_distances_launch(const char *operation, struct compute_stream *stream,
                                  const struct cuda_distances *job, struct error *error);

#endif
