#include "gpu/cuda/cuda_layers.h"

#include <limits.h>

/* Gated recurrent units. Each time step multiplies the whole batch at once: rows of one position are `length` rows
 * apart, which cuBLAS takes as a leading dimension, so nothing is copied. cuBLAS is column-major and reads a row-major
 * matrix as its transpose. */

struct gru {
    int64_t batch, length, h, t;
    const float *x, *b;
    const float *d_y;
    float *gates, *y;
    float beta, *d_x;
    float *d_gates; /* [batch x 3h]: the gradient of W h + b at position t */
    float *d_state; /* [batch x h]: the gradient of the state that goes into position t */
    double *d_b;    /* [3 x chunks x h]: partial sums of the bias's gradient; NULL when it is not needed */
    int64_t chunk;  /* rows per chunk */
};

/* From position 1 on, gates holds W h (r, z, n) from the second quarter on; it receives r, z, n, W_n h + b_n. */
static __global__ void gru_kernel(struct gru g)
{
    int64_t h = g.h;
    cuda_walk(g.batch * h, h, [&](int64_t i, int64_t j) {
        int64_t row = (i - j) * g.length + g.t * h; /* the row's offset in Y */
        const float *x = g.x + 3 * row + j;
        float *gates = g.gates + 4 * row + j, *y = g.y + row + j;
        bool first = g.t == 0;
        float r = cuda_sigmoid(x[0] + ((first ? 0 : gates[h]) + g.b[j]));
        float z = cuda_sigmoid(x[h] + ((first ? 0 : gates[2 * h]) + g.b[h + j]));
        float inner = (first ? 0 : gates[3 * h]) + g.b[2 * h + j];
        float n = tanhf(x[2 * h] + r * inner);
        gates[0] = r;
        gates[h] = z;
        gates[2 * h] = n;
        gates[3 * h] = inner;
        *y = first ? (1 - z) * n : (1 - z) * n + z * y[-h];
    });
}

/* From the gradient of the state after position t (dY + d_state), computes the gradients of the gates before their
 * activations, that of the input, and in d_state the part of the previous state's gradient that does not go through W.
 * A block takes 32 columns of a chunk of rows and adds their part of the bias's gradient to that of later positions. */
static __global__ void gru_backward_kernel(struct gru g)
{
    int64_t h = g.h, j = (int64_t)blockIdx.x * CUDA_CHUNK_COLUMNS + threadIdx.x, begin = blockIdx.y * g.chunk;
    int64_t end = begin + g.chunk < g.batch ? begin + g.chunk : g.batch;
    double sums[3] = {0};
    for (int64_t row = begin + threadIdx.y; row < end && j < h; row += CUDA_CHUNK_ROWS) {
        int64_t at = (row * g.length + g.t) * h;
        const float *gates = g.gates + 4 * at + j;
        float *d_state = g.d_state + row * h + j, *d_gates = g.d_gates + row * 3 * h + j;
        float r = gates[0], z = gates[h], n = gates[2 * h], before = g.t > 0 ? g.y[at - h + j] : 0;
        float d = g.d_y[at + j] + *d_state, d_n = d * (1 - z) * (1 - n * n);
        float slopes[3] = {d_n * gates[3 * h] * r * (1 - r), d * (before - n) * z * (1 - z), d_n * r};
        *d_state = d * z;
        for (int k = 0; k < 3; k++) {
            d_gates[k * h] = slopes[k];
            sums[k] += (double)slopes[k];
            if (g.d_x) {
                float *d_x = g.d_x + 3 * at + k * h + j;
                *d_x = cuda_blend(g.beta, d_x, k < 2 ? slopes[k] : d_n);
            }
        }
    }
    if (!g.d_b)
        return;
    cuda_add_thread_rows<3>(sums);
    for (int k = 0; k < 3 && threadIdx.y == 0 && j < h; k++) {
        double *to = g.d_b + ((int64_t)k * gridDim.y + blockIdx.y) * h + j;
        *to = g.t == g.length - 1 ? sums[k] : *to + sums[k];
    }
}

struct gru_bias {
    int64_t h;
    float beta, *d_b;

    __device__ void finish(int64_t column, const double *sums) const
    {
        for (int k = 0; k < 3; k++)
            cuda_store_sum(d_b + k * h + column, sums[k], beta);
    }
};

static __global__ void scale_kernel(int64_t n, float beta, float *y)
{
    for (CUDA_EACH(i, n))
        y[i] = cuda_blend(beta, &y[i], 0);
}

static enum status check_gru(const char *operation, int64_t batch, int64_t length, int64_t h, struct compute_slice w,
                             struct compute_slice gates, struct compute_slice y, struct error *error)
{
    int64_t row = cuda_count(length, h, 4);
    if (row < 0 || row > INT_MAX || batch > INT_MAX || cuda_count(3, h) > INT_MAX)
        return error_set(error, STATUS_FAILED, "operation %s cannot work on sizes %lld, %lld and %lld", operation,
                         (long long)batch, (long long)length, (long long)h);
    return cuda_check_all(operation,
                          {{"W", w, cuda_count(3, h, h)},
                           {"the gates", gates, cuda_count(batch, length, h, 4)},
                           {"Y", y, cuda_count(batch, length, h)}},
                          error);
}

enum status cuda_gru(struct compute_stream *stream, int64_t batch, int64_t length, int64_t h, struct compute_slice x,
                     struct compute_slice w, struct compute_slice b, struct compute_slice gates, struct compute_slice y,
                     struct error *error)
{
    enum status status = check_gru("gru", batch, length, h, w, gates, y, error);
    if (status == STATUS_OK)
        status = cuda_check_all("gru", {{"X", x, cuda_count(batch, length, h, 3)}, {"b", b, cuda_count(3, h)}}, error);
    if (batch == 0 || h == 0)
        return status;
    const float one = 1, zero = 0;
    struct gru g = {};
    g.batch = batch;
    g.length = length;
    g.h = h;
    g.x = cuda_floats(x);
    g.b = cuda_floats(b);
    g.gates = cuda_floats(gates);
    g.y = cuda_floats(y);
    for (g.t = 0; g.t < length && status == STATUS_OK; g.t++) {
        if (g.t > 0) /* gates = h Wᵀ */
            status =
                cuda_check_blas("gru",
                                cublasSgemm(stream->blas, CUBLAS_OP_T, CUBLAS_OP_N, (int)(3 * h), (int)batch, (int)h,
                                            &one, cuda_floats(w), (int)h, g.y + (g.t - 1) * h, (int)(length * h), &zero,
                                            g.gates + g.t * 4 * h + h, (int)(length * 4 * h)),
                                error);
        if (status != STATUS_OK)
            break;
        CUDA_LAUNCH(gru_kernel, cuda_walk_blocks(stream, batch * h), CUDA_BLOCK, 0, stream->queue, g);
        status = cuda_launched("gru", error);
    }
    return status;
}

/* One position: the gates' gradients and the products with them; the first position has no previous state. */
static enum status step_backward(struct compute_stream *stream, struct gru g, unsigned chunks, const float *w,
                                 float *d_w, struct error *error)
{
    const float one = 1;
    int h = (int)g.h, batch = (int)g.batch;
    CUDA_LAUNCH(gru_backward_kernel, dim3(cuda_blocks(g.h, CUDA_CHUNK_COLUMNS), chunks),
                dim3(CUDA_CHUNK_COLUMNS, CUDA_CHUNK_ROWS), 0, stream->queue, g);
    enum status status = cuda_launched("gru_backward", error);
    if (status == STATUS_OK && g.t > 0) /* d_state += d_gates W */
        status = cuda_check_blas("gru_backward",
                                 cublasSgemm(stream->blas, CUBLAS_OP_N, CUBLAS_OP_N, h, batch, 3 * h, &one, w, h,
                                             g.d_gates, 3 * h, &one, g.d_state, h),
                                 error);
    if (status == STATUS_OK && g.t > 0 && d_w) /* dW += d_gatesᵀ h */
        status = cuda_check_blas("gru_backward",
                                 cublasSgemm(stream->blas, CUBLAS_OP_N, CUBLAS_OP_T, h, 3 * h, batch, &one,
                                             g.y + (g.t - 1) * h, (int)(g.length * h), g.d_gates, 3 * h, &one, d_w, h),
                                 error);
    return status;
}

enum status cuda_gru_backward(struct compute_stream *stream, int64_t batch, int64_t length, int64_t h,
                              struct compute_slice w, struct compute_slice gates, struct compute_slice y,
                              struct compute_slice d_y, float beta, struct compute_slice d_x, float beta_parameters,
                              struct compute_slice d_w, struct compute_slice d_b, struct compute_slice scratch,
                              struct error *error)
{
    enum status status = check_gru("gru_backward", batch, length, h, w, gates, y, error);
    if (status == STATUS_OK)
        status = cuda_check_all("gru_backward",
                                {{"dY", d_y, cuda_count(batch, length, h)},
                                 {"dX", d_x, cuda_count(batch, length, h, 3), 4, true},
                                 {"dW", d_w, cuda_count(3, h, h), 4, true},
                                 {"db", d_b, cuda_count(3, h), 4, true},
                                 {"scratch", scratch, cuda_count(batch, 5, h)}},
                                error);
    if (status != STATUS_OK || h == 0)
        return status;
    /* W of 3h² floats is in memory, which leaves space for some chunks. */
    const int64_t fitting = CUDA_WORKSPACE / (3 * h * (int64_t)sizeof(double)), most = CUDA_CHUNKS;
    struct gru g = {};
    g.batch = batch;
    g.length = length;
    g.h = h;
    g.d_y = cuda_floats(d_y);
    g.gates = cuda_floats(gates);
    g.y = cuda_floats(y);
    g.beta = beta;
    g.d_x = cuda_floats(d_x);
    g.d_gates = cuda_floats(scratch);
    g.d_state = cuda_floats(scratch) + batch * 3 * h;
    g.d_b = d_b.buffer ? (double *)(void *)stream->workspace : NULL;
    g.chunk = cuda_chunk_rows(batch, fitting < most ? fitting : most);
    int64_t chunks = length > 0 ? (batch + g.chunk - 1) / g.chunk : 0;
    if (d_w.buffer)
        CUDA_LAUNCH(scale_kernel, cuda_blocks(3 * h * h), CUDA_BLOCK, 0, stream->queue, 3 * h * h, beta_parameters,
                    cuda_floats(d_w));
    if (batch > 0)
        CUDA_LAUNCH(scale_kernel, cuda_blocks(batch * h), CUDA_BLOCK, 0, stream->queue, batch * h, 0, g.d_state);
    status = cuda_launched("gru_backward", error);
    for (g.t = length - 1; g.t >= 0 && batch > 0 && status == STATUS_OK; g.t--)
        status = step_backward(stream, g, (unsigned)chunks, cuda_floats(w), cuda_floats(d_w), error);
    if (status == STATUS_OK && d_b.buffer)
        status = cuda_add_chunks<3>("gru_backward", stream, chunks, 0, h,
                                    gru_bias{h, beta_parameters, cuda_floats(d_b)}, error);
    return status;
}
