#include "gpu/cuda/cuda_layers.h"

/* Elementwise operations: activations, residuals, dropout and gates. */

static __device__ inline float activated_backward(enum activation f, float v, float d_y)
{
    if (f == ACTIVATION_RELU)
        return v > 0 ? d_y : 0;
    return d_y * cuda_activation_slope(f, v);
}

static __device__ inline float biased(float x, const float *bias, int64_t column)
{
    return bias ? x + bias[column] : x;
}

static __global__ void activate_kernel(enum activation f, int64_t n, int64_t d, const float *x, const float *bias,
                                       struct cuda_drop drop, float *y)
{
    cuda_walk(n, d, [&](int64_t i, int64_t column) {
        y[i] = cuda_dropped(drop, i, cuda_activated(f, biased(x[i], bias, column)));
    });
}

static __global__ void activate_backward_kernel(enum activation f, int64_t n, int64_t d, const float *x,
                                                const float *bias, struct cuda_drop drop, const float *d_y, float beta,
                                                float *d_x)
{
    cuda_walk(n, d, [&](int64_t i, int64_t column) {
        float slope = activated_backward(f, biased(x[i], bias, column), cuda_dropped(drop, i, d_y[i]));
        d_x[i] = cuda_blend(beta, &d_x[i], slope);
    });
}

static __global__ void activated_backward_kernel(enum activation f, int64_t n, const float *y, const float *d_y,
                                                 float beta, float *d_x)
{
    for (CUDA_EACH(i, n)) {
        float slope = d_y[i];
        if (f == ACTIVATION_RELU)
            slope = y[i] > 0 ? slope : 0;
        else if (f == ACTIVATION_ELU)
            slope = y[i] < 0 ? slope * (y[i] + 1) : slope;
        d_x[i] = cuda_blend(beta, &d_x[i], slope);
    }
}

/* x is optional and may be y. */
static __global__ void residual_kernel(int64_t n, int64_t d, const float *x, const float *a, const float *bias,
                                       struct cuda_drop drop, float *y)
{
    cuda_walk(n, d, [&](int64_t i, int64_t column) {
        float value = cuda_dropped(drop, i, biased(a[i], bias, column));
        y[i] = x ? x[i] + value : value;
    });
}

static __global__ void dropout_backward_kernel(int64_t n, struct cuda_drop drop, const float *d_y, float beta,
                                               float *d_a)
{
    for (CUDA_EACH(i, n))
        d_a[i] = cuda_blend(beta, &d_a[i], cuda_dropped(drop, i, d_y[i]));
}

static __global__ void glu_kernel(int64_t n, int64_t d, const float *x, const float *bias, float *y)
{
    cuda_walk(n, d, [&](int64_t i, int64_t column) {
        int64_t at = 2 * i - column; /* rows of x are twice as long */
        y[i] = biased(x[at], bias, column) * cuda_sigmoid(biased(x[at + d], bias, d + column));
    });
}

static __global__ void glu_backward_kernel(int64_t n, int64_t d, const float *x, const float *bias, const float *d_y,
                                           float beta, float *d_x)
{
    cuda_walk(n, d, [&](int64_t i, int64_t column) {
        int64_t at = 2 * i - column;
        float value = biased(x[at], bias, column), s = biased(x[at + d], bias, d + column), open = cuda_sigmoid(s);
        d_x[at] = cuda_blend(beta, &d_x[at], d_y[i] * open);
        /* 1 - σ(s) without cancellation */
        d_x[at + d] = cuda_blend(beta, &d_x[at + d], d_y[i] * value * open * cuda_sigmoid(-s));
    });
}

enum status cuda_check_dropout(const char *operation, struct dropout dropout, struct error *error)
{
    if (dropout.rate >= 0 && dropout.rate < 1)
        return STATUS_OK;
    return error_set(error, STATUS_FAILED, "operation %s cannot use a dropout rate of %g (internal error)", operation,
                     (double)dropout.rate);
}

enum status cuda_check_activation(const char *operation, enum activation f, struct error *error)
{
    if ((unsigned)f < ACTIVATIONS)
        return STATUS_OK;
    return error_set(error, STATUS_FAILED, "operation %s has no activation %d (internal error)", operation, (int)f);
}

enum status cuda_activate(struct compute_stream *stream, enum activation f, int64_t rows, int64_t d,
                          struct compute_slice x, struct compute_slice bias, struct dropout dropout,
                          struct compute_slice y, struct error *error)
{
    int64_t n = cuda_count(rows, d);
    enum status status = cuda_check_activation("activate", f, error);
    if (status == STATUS_OK)
        status = cuda_check_dropout("activate", dropout, error);
    if (status == STATUS_OK)
        status = cuda_check_all("activate", {{"X", x, n}, {"bias", bias, d, 4, true}, {"Y", y, n}}, error);
    if (status != STATUS_OK || n == 0)
        return status;
    CUDA_LAUNCH(activate_kernel, cuda_walk_blocks(stream, n), CUDA_BLOCK, 0, stream->queue, f, n, d, cuda_floats(x),
                cuda_floats(bias), cuda_drop_of(dropout), cuda_floats(y));
    return cuda_launched("activate", error);
}

enum status cuda_activate_backward(struct compute_stream *stream, enum activation f, int64_t rows, int64_t d,
                                   struct compute_slice x, struct compute_slice bias, struct dropout dropout,
                                   struct compute_slice d_y, float beta, struct compute_slice d_x, struct error *error)
{
    int64_t n = cuda_count(rows, d);
    enum status status = cuda_check_activation("activate_backward", f, error);
    if (status == STATUS_OK)
        status = cuda_check_dropout("activate_backward", dropout, error);
    if (status == STATUS_OK)
        status =
            cuda_check_all("activate_backward",
                           {{"X", x, n}, {"bias", bias, d, 4, true}, {"dY", d_y, n}, {"dX", d_x, n, 4, true}}, error);
    if (status != STATUS_OK || n == 0 || !d_x.buffer)
        return status;
    CUDA_LAUNCH(activate_backward_kernel, cuda_walk_blocks(stream, n), CUDA_BLOCK, 0, stream->queue, f, n, d,
                cuda_floats(x), cuda_floats(bias), cuda_drop_of(dropout), cuda_floats(d_y), beta, cuda_floats(d_x));
    return cuda_launched("activate_backward", error);
}

enum status cuda_activated_backward(struct compute_stream *stream, enum activation f, int64_t n, struct compute_slice y,
                                    struct compute_slice d_y, float beta, struct compute_slice d_x, struct error *error)
{
    static const char *const operation = "activated_backward";
    if (f != ACTIVATION_RELU && f != ACTIVATION_ELU && f != ACTIVATION_IDENTITY)
        return error_set(error, STATUS_FAILED, "operation %s cannot work with activation %d (internal error)",
                         operation, (int)f);
    int64_t count = cuda_count(n);
    enum status status =
        cuda_check_all(operation, {{"Y", y, count}, {"dY", d_y, count}, {"dX", d_x, count, 4, true}}, error);
    if (status != STATUS_OK || n == 0 || !d_x.buffer)
        return status;
    CUDA_LAUNCH(activated_backward_kernel, cuda_blocks(n), CUDA_BLOCK, 0, stream->queue, f, n, cuda_floats(y),
                cuda_floats(d_y), beta, cuda_floats(d_x));
    return cuda_launched(operation, error);
}

enum status cuda_residual(struct compute_stream *stream, int64_t rows, int64_t d, struct compute_slice x,
                          struct compute_slice a, struct compute_slice bias, struct dropout dropout,
                          struct compute_slice y, struct error *error)
{
    int64_t n = cuda_count(rows, d);
    enum status status = cuda_check_dropout("residual", dropout, error);
    if (status == STATUS_OK)
        status = cuda_check_all("residual",
                                {{"X", x, n, 4, true}, {"A", a, n}, {"bias", bias, d, 4, true}, {"Y", y, n}}, error);
    if (status != STATUS_OK || n == 0)
        return status;
    CUDA_LAUNCH(residual_kernel, cuda_walk_blocks(stream, n), CUDA_BLOCK, 0, stream->queue, n, d, cuda_floats(x),
                cuda_floats(a), cuda_floats(bias), cuda_drop_of(dropout), cuda_floats(y));
    return cuda_launched("residual", error);
}

enum status cuda_dropout_backward(struct compute_stream *stream, int64_t n, struct dropout dropout,
                                  struct compute_slice d_y, float beta, struct compute_slice d_a, struct error *error)
{
    enum status status = cuda_check_dropout("dropout_backward", dropout, error);
    if (status == STATUS_OK)
        status = cuda_check_all("dropout_backward", {{"dY", d_y, cuda_count(n)}, {"dA", d_a, cuda_count(n), 4, true}},
                                error);
    if (status != STATUS_OK || n == 0 || !d_a.buffer)
        return status;
    CUDA_LAUNCH(dropout_backward_kernel, cuda_blocks(n), CUDA_BLOCK, 0, stream->queue, n, cuda_drop_of(dropout),
                cuda_floats(d_y), beta, cuda_floats(d_a));
    return cuda_launched("dropout_backward", error);
}

enum status cuda_glu(struct compute_stream *stream, int64_t rows, int64_t d, struct compute_slice x,
                     struct compute_slice bias, struct compute_slice y, struct error *error)
{
    int64_t n = cuda_count(rows, d);
    enum status status = cuda_check_all(
        "glu", {{"X", x, cuda_count(rows, d, 2)}, {"bias", bias, cuda_count(2, d), 4, true}, {"Y", y, n}}, error);
    if (status != STATUS_OK || n == 0)
        return status;
    CUDA_LAUNCH(glu_kernel, cuda_walk_blocks(stream, n), CUDA_BLOCK, 0, stream->queue, n, d, cuda_floats(x),
                cuda_floats(bias), cuda_floats(y));
    return cuda_launched("glu", error);
}

enum status cuda_glu_backward(struct compute_stream *stream, int64_t rows, int64_t d, struct compute_slice x,
                              struct compute_slice bias, struct compute_slice d_y, float beta, struct compute_slice d_x,
                              struct error *error)
{
    int64_t n = cuda_count(rows, d), n_x = cuda_count(rows, d, 2);
    enum status status = cuda_check_all(
        "glu_backward",
        {{"X", x, n_x}, {"bias", bias, cuda_count(2, d), 4, true}, {"dY", d_y, n}, {"dX", d_x, n_x, 4, true}}, error);
    if (status != STATUS_OK || n == 0 || !d_x.buffer)
        return status;
    CUDA_LAUNCH(glu_backward_kernel, cuda_walk_blocks(stream, n), CUDA_BLOCK, 0, stream->queue, n, d, cuda_floats(x),
                cuda_floats(bias), cuda_floats(d_y), beta, cuda_floats(d_x));
    return cuda_launched("glu_backward", error);
}
