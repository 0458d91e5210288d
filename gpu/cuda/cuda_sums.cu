#include "gpu/cuda/cuda_internal.h"

static __global__ void add_parts_kernel(int64_t n, const double *parts, double *total)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += parts[i];
    *total += sum;
}

enum status cuda_add_parts(struct compute_stream *stream, const char *operation, int64_t n, const double *parts,
                           double *total, struct error *error)
{
    CUDA_LAUNCH(add_parts_kernel, 1, 1, 0, stream->queue, n, parts, total);
    return cuda_launched(operation, error);
}
