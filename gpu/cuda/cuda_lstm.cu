#include "gpu/cuda/cuda_layers.h"

#include <limits.h>

/* Long short-term memory. As in cuda_gru.cu, each time step multiplies the whole batch at once: rows of one position
 * are `length` rows apart, which cuBLAS takes as a leading dimension. cuBLAS is column-major and reads a row-major
 * matrix as its transpose. */

struct lstm {
    int64_t batch, length, h, t;
    const float *x, *b;
    const float *d_y;
    float *gates, *y;
    float beta, *d_x;
    float *d_gates; /* [batch x 4h]: the gradient of the gates before their activations at position t */
    float *d_state; /* [batch x h]: the gradient of the state that goes into position t */
    float *d_cell;  /* [batch x h]: the gradient of the cell that goes into position t */
    double *d_b;    /* [4 x chunks x h]: partial sums of the bias's gradient; NULL when it is not needed */
    int64_t chunk;  /* rows per chunk */
};

/* From position 1 on, gates holds W h (i, f, g, o); it receives i, f, g, o and the cell. */
static __global__ void lstm_kernel(struct lstm l)
{
    int64_t h = l.h;
    cuda_walk(l.batch * h, h, [&](int64_t i, int64_t j) {
        int64_t row = (i - j) * l.length + l.t * h; /* the row's offset in Y */
        const float *x = l.x + 4 * row + j;
        float *gates = l.gates + 5 * row + j, v[4];
        for (int k = 0; k < 4; k++) {
            float sum = x[k * h] + l.b[k * h + j] + (l.t > 0 ? gates[k * h] : 0);
            v[k] = k == 2 ? tanhf(sum) : cuda_sigmoid(sum);
            gates[k * h] = v[k];
        }
        float cell = v[0] * v[2] + (l.t > 0 ? v[1] * gates[-h] : 0); /* the previous row's cell */
        gates[4 * h] = cell;
        l.y[row + j] = v[3] * tanhf(cell);
    });
}

/* A block takes 32 columns of a chunk of rows and adds their part of the bias's gradient to that of later positions. */
static __global__ void lstm_backward_kernel(struct lstm l)
{
    int64_t h = l.h, j = (int64_t)blockIdx.x * CUDA_CHUNK_COLUMNS + threadIdx.x, begin = blockIdx.y * l.chunk;
    int64_t end = begin + l.chunk < l.batch ? begin + l.chunk : l.batch;
    double sums[4] = {0};
    for (int64_t row = begin + threadIdx.y; row < end && j < h; row += CUDA_CHUNK_ROWS) {
        int64_t at = (row * l.length + l.t) * h;
        const float *gates = l.gates + 5 * at + j;
        float *d_cell = l.d_cell + row * h + j, *d_gates = l.d_gates + row * 4 * h + j;
        float i = gates[0], f = gates[h], g = gates[2 * h], o = gates[3 * h], squashed = tanhf(gates[4 * h]);
        float d = l.d_y[at + j] + l.d_state[row * h + j], d_c = *d_cell + d * o * (1 - squashed * squashed);
        float slopes[4] = {d_c * g * i * (1 - i), (l.t > 0 ? d_c * gates[-h] : 0) * f * (1 - f), d_c * i * (1 - g * g),
                           d * squashed * o * (1 - o)};
        *d_cell = d_c * f;
        for (int k = 0; k < 4; k++) {
            d_gates[k * h] = slopes[k];
            sums[k] += (double)slopes[k];
            if (l.d_x) {
                float *d_x = l.d_x + 4 * at + k * h + j;
                *d_x = cuda_blend(l.beta, d_x, slopes[k]);
            }
        }
    }
    if (!l.d_b)
        return;
    cuda_add_thread_rows<4>(sums);
    for (int k = 0; k < 4 && threadIdx.y == 0 && j < h; k++) {
        double *to = l.d_b + ((int64_t)k * gridDim.y + blockIdx.y) * h + j;
        *to = l.t == l.length - 1 ? sums[k] : *to + sums[k];
    }
}

struct lstm_bias {
    int64_t h;
    float beta, *d_b;

    __device__ void finish(int64_t column, const double *sums) const
    {
        for (int k = 0; k < 4; k++)
            cuda_store_sum(d_b + k * h + column, sums[k], beta);
    }
};

static __global__ void scale_kernel(int64_t n, float beta, float *y)
{
    for (CUDA_EACH(i, n))
        y[i] = cuda_blend(beta, &y[i], 0);
}

static enum status check_lstm(const char *operation, int64_t batch, int64_t length, int64_t h, struct compute_slice w,
                              struct compute_slice gates, struct compute_slice y, struct error *error)
{
    int64_t row = cuda_count(length, h, 5);
    if (row < 0 || row > INT_MAX || batch < 0 || batch > INT_MAX || cuda_count(4, h) > INT_MAX)
        return error_set(error, STATUS_FAILED, "operation %s cannot work on sizes %lld, %lld and %lld", operation,
                         (long long)batch, (long long)length, (long long)h);
    return cuda_check_all(operation,
                          {{"W", w, cuda_count(4, h, h)},
                           {"the gates", gates, cuda_count(batch, length, h, 5)},
                           {"Y", y, cuda_count(batch, length, h)}},
                          error);
}

enum status cuda_lstm(struct compute_stream *stream, int64_t batch, int64_t length, int64_t h, struct compute_slice x,
                      struct compute_slice w, struct compute_slice b, struct compute_slice gates,
                      struct compute_slice y, struct error *error)
{
    enum status status = check_lstm("lstm", batch, length, h, w, gates, y, error);
    if (status == STATUS_OK)
        status = cuda_check_all("lstm", {{"X", x, cuda_count(batch, length, h, 4)}, {"b", b, cuda_count(4, h)}}, error);
    if (batch == 0 || h == 0)
        return status;
    const float one = 1, zero = 0;
    struct lstm l = {};
    l.batch = batch;
    l.length = length;
    l.h = h;
    l.x = cuda_floats(x);
    l.b = cuda_floats(b);
    l.gates = cuda_floats(gates);
    l.y = cuda_floats(y);
    for (l.t = 0; l.t < length && status == STATUS_OK; l.t++) {
        if (l.t > 0) /* gates = h Wᵀ */
            status =
                cuda_check_blas("lstm",
                                cublasSgemm(stream->blas, CUBLAS_OP_T, CUBLAS_OP_N, (int)(4 * h), (int)batch, (int)h,
                                            &one, cuda_floats(w), (int)h, l.y + (l.t - 1) * h, (int)(length * h), &zero,
                                            l.gates + l.t * 5 * h, (int)(length * 5 * h)),
                                error);
        if (status != STATUS_OK)
            break;
        CUDA_LAUNCH(lstm_kernel, cuda_walk_blocks(stream, batch * h), CUDA_BLOCK, 0, stream->queue, l);
        status = cuda_launched("lstm", error);
    }
    return status;
}

/* One position: the gates' gradients and the products with them; the first position has no previous state. */
static enum status step_backward(struct compute_stream *stream, struct lstm l, unsigned chunks, const float *w,
                                 float *d_w, struct error *error)
{
    const float one = 1, zero = 0;
    int h = (int)l.h, batch = (int)l.batch;
    CUDA_LAUNCH(lstm_backward_kernel, dim3(cuda_blocks(l.h, CUDA_CHUNK_COLUMNS), chunks),
                dim3(CUDA_CHUNK_COLUMNS, CUDA_CHUNK_ROWS), 0, stream->queue, l);
    enum status status = cuda_launched("lstm_backward", error);
    if (status == STATUS_OK && l.t > 0) /* d_state = d_gates W */
        status = cuda_check_blas("lstm_backward",
                                 cublasSgemm(stream->blas, CUBLAS_OP_N, CUBLAS_OP_N, h, batch, 4 * h, &one, w, h,
                                             l.d_gates, 4 * h, &zero, l.d_state, h),
                                 error);
    if (status == STATUS_OK && l.t > 0 && d_w) /* dW += d_gatesᵀ h */
        status = cuda_check_blas("lstm_backward",
                                 cublasSgemm(stream->blas, CUBLAS_OP_N, CUBLAS_OP_T, h, 4 * h, batch, &one,
                                             l.y + (l.t - 1) * h, (int)(l.length * h), l.d_gates, 4 * h, &one, d_w, h),
                                 error);
    return status;
}

enum status cuda_lstm_backward(struct compute_stream *stream, int64_t batch, int64_t length, int64_t h,
                               struct compute_slice w, struct compute_slice gates, struct compute_slice y,
                               struct compute_slice d_y, float beta, struct compute_slice d_x, float beta_parameters,
                               struct compute_slice d_w, struct compute_slice d_b, struct compute_slice scratch,
                               struct error *error)
{
    static const char *const operation = "lstm_backward";
    enum status status = check_lstm(operation, batch, length, h, w, gates, y, error);
    if (status == STATUS_OK)
        status = cuda_check_all(operation,
                                {{"dY", d_y, cuda_count(batch, length, h)},
                                 {"dX", d_x, cuda_count(batch, length, h, 4), 4, true},
                                 {"dW", d_w, cuda_count(4, h, h), 4, true},
                                 {"db", d_b, cuda_count(4, h), 4, true},
                                 {"scratch", scratch, cuda_count(batch, 6, h)}},
                                error);
    if (status != STATUS_OK || h == 0)
        return status;
    /* W of 4h² floats is in memory, which leaves space for some chunks. */
    const int64_t fitting = CUDA_WORKSPACE / (4 * h * (int64_t)sizeof(double)), most = CUDA_CHUNKS;
    struct lstm l = {};
    l.batch = batch;
    l.length = length;
    l.h = h;
    l.d_y = cuda_floats(d_y);
    l.gates = cuda_floats(gates);
    l.y = cuda_floats(y);
    l.beta = beta;
    l.d_x = cuda_floats(d_x);
    l.d_gates = cuda_floats(scratch);
    l.d_state = cuda_floats(scratch) + batch * 4 * h;
    l.d_cell = cuda_floats(scratch) + batch * 5 * h;
    l.d_b = d_b.buffer ? (double *)(void *)stream->workspace : NULL;
    l.chunk = cuda_chunk_rows(batch, fitting < most ? fitting : most);
    int64_t chunks = length > 0 ? (batch + l.chunk - 1) / l.chunk : 0;
    if (d_w.buffer)
        CUDA_LAUNCH(scale_kernel, cuda_blocks(4 * h * h), CUDA_BLOCK, 0, stream->queue, 4 * h * h, beta_parameters,
                    cuda_floats(d_w));
    if (batch > 0) /* d_state and d_cell */
        CUDA_LAUNCH(scale_kernel, cuda_blocks(2 * batch * h), CUDA_BLOCK, 0, stream->queue, 2 * batch * h, 0,
                    l.d_state);
    status = cuda_launched(operation, error);
    for (l.t = length - 1; l.t >= 0 && batch > 0 && status == STATUS_OK; l.t--)
        status = step_backward(stream, l, (unsigned)chunks, cuda_floats(w), cuda_floats(d_w), error);
    if (status == STATUS_OK && d_b.buffer)
        status =
            cuda_add_chunks<4>(operation, stream, chunks, 0, h, lstm_bias{h, beta_parameters, cuda_floats(d_b)}, error);
    return status;
}
