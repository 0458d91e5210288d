#include "gpu/cuda/cuda_layers.h"

/* Windows, running means and maxima, means over valid positions: a warp per position, or a thread per column of a
 * sequence that loops over time. */

static __global__ void unfold_kernel(int64_t positions, int64_t length, int64_t d, int64_t kernel, const float *x,
                                     float *y)
{
    for (CUDA_EACH_ROW(position, positions)) {
        int64_t t = position % length, missing = t + 1 < kernel ? (kernel - 1 - t) * d : 0; /* before the start */
        int64_t start = (position - kernel + 1) * d;
        for (CUDA_EACH_COLUMN(j, kernel * d))
            y[position * kernel * d + j] = j < missing ? 0 : x[start + j];
    }
}

/* dX[s] = the sum over the windows that contain s. */
static __global__ void unfold_backward_kernel(int64_t positions, int64_t length, int64_t d, int64_t kernel,
                                              const float *d_y, float beta, float *d_x)
{
    for (CUDA_EACH_ROW(position, positions)) {
        int64_t left = length - position % length, windows = left < kernel ? left : kernel;
        for (CUDA_EACH_COLUMN(j, d)) {
            float sum = 0;
            for (int64_t w = 0; w < windows; w++)
                sum += d_y[((position + w) * kernel + kernel - 1 - w) * d + j];
            d_x[position * d + j] = cuda_blend(beta, &d_x[position * d + j], sum);
        }
    }
}

/* For each column of each sequence, the index of its first element. */
#define EACH_SERIES(at, batch, length, d)                                                                              \
    int64_t series = (int64_t)blockIdx.x * blockDim.x + threadIdx.x,                                                   \
            at = (series / (d) * (length)) * (d) + series % (d);                                                       \
    series < (batch) * (d);                                                                                            \
    series += (int64_t)gridDim.x * blockDim.x, at = (series / (d) * (length)) * (d) + series % (d)

static __global__ void running_mean_kernel(int64_t batch, int64_t length, int64_t d, const float *x, float *y)
{
    for (EACH_SERIES(at, batch, length, d)) {
        float sum = 0;
        for (int64_t t = 0; t < length; t++) {
            sum += x[at + t * d];
            y[at + t * d] = sum / (float)(t + 1);
        }
    }
}

/* dX[s] = the sum over t >= s of dY[t] / (t + 1). */
static __global__ void running_mean_backward_kernel(int64_t batch, int64_t length, int64_t d, const float *d_y,
                                                    float beta, float *d_x)
{
    for (EACH_SERIES(at, batch, length, d)) {
        float sum = 0;
        for (int64_t t = length - 1; t >= 0; t--) {
            sum += d_y[at + t * d] / (float)(t + 1);
            d_x[at + t * d] = cuda_blend(beta, &d_x[at + t * d], sum);
        }
    }
}

static __global__ void running_max_kernel(int64_t batch, int64_t length, int64_t d, const float *x, int32_t *indices,
                                          float *y)
{
    for (EACH_SERIES(at, batch, length, d)) {
        float most = 0;
        int32_t index_of_max = 0;
        for (int64_t t = 0; t < length; t++) {
            float value = x[at + t * d];
            if (t == 0 || value > most) {
                most = value;
                index_of_max = (int32_t)t;
            }
            y[at + t * d] = most;
            if (indices)
                indices[at + t * d] = index_of_max;
        }
    }
}

/* A maximum holds from its position until the next one, so gradients are summed from the end backwards until the
 * position they belong to. */
static __global__ void running_max_backward_kernel(int64_t batch, int64_t length, int64_t d, const int32_t *indices,
                                                   const float *d_y, float beta, float *d_x)
{
    for (EACH_SERIES(at, batch, length, d)) {
        float sum = 0;
        for (int64_t t = length - 1; t >= 0; t--) {
            sum += d_y[at + t * d];
            bool here = indices[at + t * d] == (int32_t)t;
            d_x[at + t * d] = cuda_blend(beta, &d_x[at + t * d], here ? sum : 0);
            sum = here ? 0 : sum;
        }
    }
}

static __global__ void sequence_mean_kernel(int64_t batch, int64_t length, int64_t d, const int32_t *lengths,
                                            const float *x, float *y, int *faults)
{
    for (EACH_SERIES(at, batch, length, d)) {
        int64_t valid = cuda_valid_length(lengths, series / d, length, faults);
        float sum = 0;
        for (int64_t t = 0; t < valid; t++)
            sum += x[at + t * d];
        if (valid > 0)
            y[series] = 1 / (float)valid * sum;
    }
}

static __global__ void sequence_mean_backward_kernel(int64_t positions, int64_t length, int64_t d,
                                                     const int32_t *lengths, const float *d_y, float beta, float *d_x,
                                                     int *faults)
{
    for (CUDA_EACH_ROW(position, positions)) {
        int64_t sequence = position / length, valid = cuda_valid_length(lengths, sequence, length, faults);
        bool within = position % length < valid;
        for (CUDA_EACH_COLUMN(j, d)) {
            float *to = &d_x[position * d + j];
            *to = cuda_blend(beta, to, within ? 1 / (float)valid * d_y[sequence * d + j] : 0);
        }
    }
}

enum status cuda_unfold(struct compute_stream *stream, int64_t batch, int64_t length, int64_t d, int64_t kernel,
                        struct compute_slice x, struct compute_slice y, struct error *error)
{
    int64_t n = cuda_count(batch, length, d, kernel);
    enum status status = cuda_check_all("unfold", {{"X", x, cuda_count(batch, length, d)}, {"Y", y, n}}, error);
    if (status != STATUS_OK || n == 0)
        return status;
    CUDA_LAUNCH(unfold_kernel, cuda_row_blocks(batch * length), CUDA_BLOCK, 0, stream->queue, batch * length, length, d,
                kernel, cuda_floats(x), cuda_floats(y));
    return cuda_launched("unfold", error);
}

enum status cuda_unfold_backward(struct compute_stream *stream, int64_t batch, int64_t length, int64_t d,
                                 int64_t kernel, struct compute_slice d_y, float beta, struct compute_slice d_x,
                                 struct error *error)
{
    int64_t n = cuda_count(batch, length, d);
    enum status status = cuda_check_all(
        "unfold_backward", {{"dY", d_y, cuda_count(batch, length, d, kernel)}, {"dX", d_x, n, 4, true}}, error);
    if (status == STATUS_OK && kernel == 0)
        status = error_set(error, STATUS_FAILED, "a convolution needs a width of at least one position");
    if (status != STATUS_OK || n == 0 || !d_x.buffer)
        return status;
    CUDA_LAUNCH(unfold_backward_kernel, cuda_row_blocks(batch * length), CUDA_BLOCK, 0, stream->queue, batch * length,
                length, d, kernel, cuda_floats(d_y), beta, cuda_floats(d_x));
    return cuda_launched("unfold_backward", error);
}

enum status cuda_running_mean(struct compute_stream *stream, int64_t batch, int64_t length, int64_t d,
                              struct compute_slice x, struct compute_slice y, struct error *error)
{
    int64_t n = cuda_count(batch, length, d);
    enum status status = cuda_check_all("running_mean", {{"X", x, n}, {"Y", y, n}}, error);
    if (status != STATUS_OK || n == 0)
        return status;
    CUDA_LAUNCH(running_mean_kernel, cuda_blocks(batch * d), CUDA_BLOCK, 0, stream->queue, batch, length, d,
                cuda_floats(x), cuda_floats(y));
    return cuda_launched("running_mean", error);
}

enum status cuda_running_mean_backward(struct compute_stream *stream, int64_t batch, int64_t length, int64_t d,
                                       struct compute_slice d_y, float beta, struct compute_slice d_x,
                                       struct error *error)
{
    int64_t n = cuda_count(batch, length, d);
    enum status status = cuda_check_all("running_mean_backward", {{"dY", d_y, n}, {"dX", d_x, n, 4, true}}, error);
    if (status != STATUS_OK || n == 0 || !d_x.buffer)
        return status;
    CUDA_LAUNCH(running_mean_backward_kernel, cuda_blocks(batch * d), CUDA_BLOCK, 0, stream->queue, batch, length, d,
                cuda_floats(d_y), beta, cuda_floats(d_x));
    return cuda_launched("running_mean_backward", error);
}

enum status cuda_running_max(struct compute_stream *stream, int64_t batch, int64_t length, int64_t d,
                             struct compute_slice x, struct compute_slice indices, struct compute_slice y,
                             struct error *error)
{
    int64_t n = cuda_count(batch, length, d);
    enum status status =
        cuda_check_all("running_max", {{"X", x, n}, {"indices", indices, n, 4, true}, {"Y", y, n}}, error);
    if (status != STATUS_OK || n == 0)
        return status;
    CUDA_LAUNCH(running_max_kernel, cuda_blocks(batch * d), CUDA_BLOCK, 0, stream->queue, batch, length, d,
                cuda_floats(x), cuda_ints(indices), cuda_floats(y));
    return cuda_launched("running_max", error);
}

enum status cuda_running_max_backward(struct compute_stream *stream, int64_t batch, int64_t length, int64_t d,
                                      struct compute_slice indices, struct compute_slice d_y, float beta,
                                      struct compute_slice d_x, struct error *error)
{
    int64_t n = cuda_count(batch, length, d);
    enum status status = cuda_check_all("running_max_backward",
                                        {{"indices", indices, n}, {"dY", d_y, n}, {"dX", d_x, n, 4, true}}, error);
    if (status != STATUS_OK || n == 0 || !d_x.buffer)
        return status;
    CUDA_LAUNCH(running_max_backward_kernel, cuda_blocks(batch * d), CUDA_BLOCK, 0, stream->queue, batch, length, d,
                cuda_ints(indices), cuda_floats(d_y), beta, cuda_floats(d_x));
    return cuda_launched("running_max_backward", error);
}

enum status cuda_sequence_mean(struct compute_stream *stream, int64_t batch, int64_t length, int64_t d,
                               struct compute_slice lengths, struct compute_slice x, struct compute_slice y,
                               struct error *error)
{
    int64_t n = cuda_count(batch, d);
    enum status status = cuda_check_all(
        "sequence_mean", {{"lengths", lengths, batch}, {"X", x, cuda_count(batch, length, d)}, {"Y", y, n}}, error);
    if (status != STATUS_OK || n == 0)
        return status;
    CUDA_LAUNCH(sequence_mean_kernel, cuda_blocks(n), CUDA_BLOCK, 0, stream->queue, batch, length, d,
                cuda_ints(lengths), cuda_floats(x), cuda_floats(y), stream->faults);
    return cuda_launched("sequence_mean", error);
}

enum status cuda_sequence_mean_backward(struct compute_stream *stream, int64_t batch, int64_t length, int64_t d,
                                        struct compute_slice lengths, struct compute_slice d_y, float beta,
                                        struct compute_slice d_x, struct error *error)
{
    int64_t n = cuda_count(batch, length, d);
    enum status status = cuda_check_all(
        "sequence_mean_backward",
        {{"lengths", lengths, batch}, {"dY", d_y, cuda_count(batch, d)}, {"dX", d_x, n, 4, true}}, error);
    if (status != STATUS_OK || n == 0 || !d_x.buffer)
        return status;
    CUDA_LAUNCH(sequence_mean_backward_kernel, cuda_row_blocks(batch * length), CUDA_BLOCK, 0, stream->queue,
                batch * length, length, d, cuda_ints(lengths), cuda_floats(d_y), beta, cuda_floats(d_x),
                stream->faults);
    return cuda_launched("sequence_mean_backward", error);
}
