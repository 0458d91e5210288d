#ifndef SLEEVE_GPU_CUDA_NEAREST_H
#define SLEEVE_GPU_CUDA_NEAREST_H

#include "gpu/cuda/cuda_internal.h"

/* Squared distances of every one of `rows` [n_rows x d] to every one of `columns` [n_columns x d], into
 * distances[row * stride + column], or less than nothing when `negate`. The same two rows have the same distance,
 * whichever of them is the row. */
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
