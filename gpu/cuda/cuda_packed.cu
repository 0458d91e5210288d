#include "gpu/cuda/cuda_layers.h"

#include <limits.h>

#include "gpu/bfloat16.h"

/* Dense layers with weights that stay the same. cuBLAS reads them as they are, so packing is a copy, or rounds them to
 * bfloat16. */

static enum status check_call(const char *operation, enum precision precision, int64_t rows, int64_t in, int64_t out,
                              struct error *error)
{
    if ((unsigned)precision >= PRECISIONS)
        return error_set(error, STATUS_FAILED, "operation %s has no precision %d (internal error)", operation,
                         (int)precision);
    if (rows >= 0 && in >= 0 && out >= 0 && rows <= INT_MAX && in <= INT_MAX && out <= INT_MAX)
        return STATUS_OK;
    return error_set(error, STATUS_FAILED, "operation %s cannot work on sizes %lld, %lld and %lld", operation,
                     (long long)rows, (long long)in, (long long)out);
}

/* Bytes of a packed weight. */
static size_t size_of(enum precision precision)
{
    return precision == PRECISION_BFLOAT16 ? sizeof(uint16_t) : sizeof(float);
}

size_t cuda_packed_weights(const struct compute_device *device, enum precision precision, int64_t in, int64_t out)
{
    (void)device;
    return (size_t)(in > 0 && out > 0 ? in * out : 0) * size_of(precision);
}

static __global__ void round_kernel(int64_t n, const float *from, uint16_t *to)
{
    for (CUDA_EACH(i, n))
        to[i] = bfloat16_of(from[i]);
}

static enum status round_all(struct compute_stream *stream, const char *operation, int64_t n, const float *from,
                             uint16_t *to, struct error *error)
{
    CUDA_LAUNCH(round_kernel, cuda_blocks(n), CUDA_BLOCK, 0, stream->queue, n, from, to);
    return cuda_launched(operation, error);
}

enum status cuda_pack_weights(struct compute_stream *stream, enum precision precision, int64_t in, int64_t out,
                              struct compute_slice w, struct compute_slice packed, struct error *error)
{
    enum status status = check_call("pack_weights", precision, 0, in, out, error);
    int64_t n = cuda_count(in, out);
    if (status == STATUS_OK)
        status = cuda_check_all("pack_weights", {{"W", w, n}, {"packed", packed, n, size_of(precision)}}, error);
    if (status != STATUS_OK || n == 0)
        return status;
    if (precision == PRECISION_BFLOAT16)
        return round_all(stream, "pack_weights", n, cuda_floats(w), cuda_elements<uint16_t>(packed), error);
    return cuda_check_call("pack_weights",
                           cudaMemcpyAsync(cuda_floats(packed), cuda_floats(w), (size_t)n * sizeof(float),
                                           cudaMemcpyDeviceToDevice, stream->queue),
                           error);
}

/* What the product is added to: the addend and the bias, each optional. */
static __global__ void start_kernel(int64_t n, int64_t d, const float *addend, const float *bias, float *y)
{
    cuda_walk(n, d, [&](int64_t i, int64_t column) {
        float value = addend ? addend[i] : 0;
        y[i] = bias ? value + bias[column] : value;
    });
}

static __global__ void activate_kernel(enum activation f, int64_t n, float *y)
{
    for (CUDA_EACH(i, n))
        y[i] = cuda_activated(f, y[i]);
}

/* Y += X Wᵀ */
static enum status add_product(struct compute_stream *stream, int64_t rows, int64_t in, int64_t out, const float *x,
                               const float *w, float *y, struct error *error)
{
    const float one = 1;
    return cuda_check_blas("dense_packed",
                           cublasSgemm(stream->blas, CUBLAS_OP_T, CUBLAS_OP_N, (int)out, (int)rows, (int)in, &one, w,
                                       (int)in, x, (int)in, &one, y, (int)out),
                           error);
}

/* The same in bfloat16: as many rows of X at a time as the workspace holds when they are rounded. Pedantic mode would
 * exclude tensor cores. */
static enum status add_rounded_product(struct compute_stream *stream, int64_t rows, int64_t in, int64_t out,
                                       const float *x, const uint16_t *w, float *y, struct error *error)
{
    const float one = 1;
    const int64_t most = CUDA_WORKSPACE / ((int64_t)sizeof *w * in);
    uint16_t *rounded = (uint16_t *)(void *)stream->workspace;
    enum status status =
        most > 0 ? cuda_check_blas("dense_packed", cublasSetMathMode(stream->blas, CUBLAS_DEFAULT_MATH), error)
                 : error_set(error, STATUS_FAILED, "operation dense_packed cannot work on %lld inputs", (long long)in);
    if (status != STATUS_OK)
        return status;
    for (int64_t first = 0; first < rows && status == STATUS_OK; first += most) {
        int64_t count = rows - first < most ? rows - first : most;
        status = round_all(stream, "dense_packed", count * in, x + first * in, rounded, error);
        if (status == STATUS_OK)
            status = cuda_check_blas("dense_packed",
                                     cublasGemmEx(stream->blas, CUBLAS_OP_T, CUBLAS_OP_N, (int)out, (int)count, (int)in,
                                                  &one, w, CUDA_R_16BF, (int)in, rounded, CUDA_R_16BF, (int)in, &one,
                                                  y + first * out, CUDA_R_32F, (int)out, CUBLAS_COMPUTE_32F,
                                                  CUBLAS_GEMM_DEFAULT),
                                     error);
    }
    cublasStatus_t restored = cublasSetMathMode(stream->blas, CUBLAS_PEDANTIC_MATH);
    return status == STATUS_OK ? cuda_check_blas("dense_packed", restored, error) : status;
}

enum status cuda_dense_packed(struct compute_stream *stream, enum precision precision, enum activation f, int64_t rows,
                              int64_t in, int64_t out, struct compute_slice x, struct compute_slice packed,
                              struct compute_slice bias, struct compute_slice addend, struct compute_slice y,
                              struct error *error)
{
    int64_t n = cuda_count(rows, out);
    enum status status = check_call("dense_packed", precision, rows, in, out, error);
    if (status == STATUS_OK)
        status = cuda_check_activation("dense_packed", f, error);
    if (status == STATUS_OK && addend.buffer && f != ACTIVATION_IDENTITY)
        status = error_set(error, STATUS_FAILED,
                           "operation dense_packed takes an addend only without an activation (internal error)");
    if (status == STATUS_OK)
        status = cuda_check_all("dense_packed",
                                {{"X", x, cuda_count(rows, in)},
                                 {"packed", packed, cuda_count(out, in), size_of(precision)},
                                 {"bias", bias, out, 4, true},
                                 {"addend", addend, n, 4, true},
                                 {"Y", y, n}},
                                error);
    if (status != STATUS_OK || n == 0)
        return status;
    CUDA_LAUNCH(start_kernel, cuda_walk_blocks(stream, n), CUDA_BLOCK, 0, stream->queue, n, out, cuda_floats(addend),
                cuda_floats(bias), cuda_floats(y));
    status = cuda_launched("dense_packed", error);
    if (status == STATUS_OK && in > 0)
        status = precision == PRECISION_BFLOAT16
                     ? add_rounded_product(stream, rows, in, out, cuda_floats(x), cuda_elements<uint16_t>(packed),
                                           cuda_floats(y), error)
                     : add_product(stream, rows, in, out, cuda_floats(x), cuda_floats(packed), cuda_floats(y), error);
    if (status != STATUS_OK || f == ACTIVATION_IDENTITY)
        return status;
    CUDA_LAUNCH(activate_kernel, cuda_blocks(n), CUDA_BLOCK, 0, stream->queue, f, n, cuda_floats(y));
    return cuda_launched("dense_packed", error);
}
