#include "gpu/cuda/cuda_cholesky.h"
#include "gpu/cuda/cuda_internal.h"

#include <limits.h>

/* Dense linear algebra by cuBLAS. Its matrices are column-major, so all operands are passed as their transposes. */

enum {
    CHOLESKY_THREADS = 512,
    PANEL_BYTES = 48 << 10, /* a panel of up to this size is in shared memory */
};

static const int64_t GRAM_PARTS = 256; /* pieces of Y whose products are summed: a single one would keep few
                                        * multiprocessors busy */
static const int64_t GRAM_ROWS = 1024; /* minimum number of rows of a piece */

static enum status check_sizes(const char *operation, int64_t m, int64_t n, int64_t k, struct error *error)
{
    if (m >= 0 && n >= 0 && k >= 0 && m <= INT_MAX && n <= INT_MAX && k <= INT_MAX)
        return STATUS_OK;
    return error_set(error, STATUS_FAILED, "operation %s cannot work on sizes %lld, %lld and %lld", operation,
                     (long long)m, (long long)n, (long long)k);
}

static int leading(int64_t columns)
{
    return columns > 0 ? (int)columns : 1;
}

static __global__ void scale_kernel(int64_t n, float beta, float *c)
{
    for (CUDA_EACH(i, n))
        c[i] = cuda_blend(beta, &c[i], 0);
}

enum status cuda_gemm(struct compute_stream *stream, bool transpose_a, bool transpose_b, int64_t m, int64_t n,
                      int64_t k, float alpha, struct compute_slice a, struct compute_slice b, float beta,
                      struct compute_slice c, struct error *error)
{
    enum status status = check_sizes("gemm", m, n, k, error);
    if (status == STATUS_OK)
        status = cuda_check_all(
            "gemm", {{"A", a, cuda_count(m, k)}, {"B", b, cuda_count(k, n)}, {"C", c, cuda_count(m, n)}}, error);
    if (status != STATUS_OK || m == 0 || n == 0)
        return status;
    if (k == 0) {
        CUDA_LAUNCH(scale_kernel, cuda_blocks(m * n), CUDA_BLOCK, 0, stream->queue, m * n, beta, cuda_floats(c));
        return cuda_launched("gemm", error);
    }
    return cuda_check_blas("gemm",
                           cublasSgemm(stream->blas, transpose_b ? CUBLAS_OP_T : CUBLAS_OP_N,
                                       transpose_a ? CUBLAS_OP_T : CUBLAS_OP_N, (int)n, (int)m, (int)k, &alpha,
                                       cuda_floats(b), leading(transpose_b ? k : n), cuda_floats(a),
                                       leading(transpose_a ? m : k), &beta, cuda_floats(c), leading(n)),
                           error);
}

/* G = the sum of the parts' products, each [d x d], plus the ridge. */
static __global__ void gram_kernel(int64_t d, int64_t parts, const float *products, float ridge, float *g)
{
    for (CUDA_EACH(i, d * d)) {
        double sum = i / d == i % d ? (double)ridge : 0;
        for (int64_t part = 0; part < parts; part++)
            sum += (double)products[part * d * d + i];
        g[i] = (float)sum;
    }
}

/* YᵀY of `count` consecutive pieces of Y with `rows` rows each. */
static enum status products_of(struct compute_stream *stream, int64_t rows, int64_t d, int64_t count, const float *y,
                               float *products, struct error *error)
{
    const float one = 1, zero = 0;
    return cuda_check_blas("gram",
                           cublasSgemmStridedBatched(stream->blas, CUBLAS_OP_N, CUBLAS_OP_T, (int)d, (int)d, (int)rows,
                                                     &one, y, (int)d, rows * d, y, (int)d, rows * d, &zero, products,
                                                     (int)d, d * d, (int)count),
                           error);
}

enum status cuda_gram(struct compute_stream *stream, int64_t n, int64_t d, struct compute_slice y, float ridge,
                      struct compute_slice g, struct error *error)
{
    enum status status = check_sizes("gram", n, d, d, error);
    if (status == STATUS_OK)
        status = cuda_check_all("gram", {{"Y", y, cuda_count(n, d)}, {"G", g, cuda_count(d, d)}}, error);
    if (status != STATUS_OK || d == 0)
        return status;
    int64_t fitting = CUDA_WORKSPACE / (d * d * (int64_t)sizeof(float));
    int64_t most = fitting < GRAM_PARTS ? fitting : GRAM_PARTS, rows = most > 1 ? (n + most - 2) / (most - 1) : n;
    rows = rows > GRAM_ROWS ? rows : GRAM_ROWS;
    int64_t whole = most > 1 ? n / rows : 0, rest = n - whole * rows, parts = whole + (rest > 0);
    float *products = most > 0 ? (float *)(void *)stream->workspace : cuda_floats(g); /* a larger G is computed in one
                                                                                       * piece */
    if (whole > 0)
        status = products_of(stream, rows, d, whole, cuda_floats(y), products, error);
    if (status == STATUS_OK && rest > 0)
        status = products_of(stream, rest, d, 1, cuda_floats(y) + whole * rows * d, products + whole * d * d, error);
    if (status != STATUS_OK)
        return status;
    CUDA_LAUNCH(gram_kernel, cuda_blocks(d * d), CUDA_BLOCK, 0, stream->queue, d, parts, products, ridge,
                cuda_floats(g));
    return cuda_launched("gram", error);
}

static __global__ void cholesky_kernel(int d, float *g, float *panel, int *faults)
{
    CUDA_DYNAMIC_SHARED(float, shared);
    if (!cuda_block_cholesky(g, cuda_square{d}, d, d, panel ? panel : shared) && threadIdx.x == 0)
        atomicOr(faults, (int)CUDA_FAULT_CHOLESKY);
    for (int64_t i = threadIdx.x; i < (int64_t)d * d; i += blockDim.x)
        if (i % d > i / d)
            g[i] = 0;
}

enum status cuda_cholesky(struct compute_stream *stream, int64_t d, struct compute_slice g, struct error *error)
{
    enum status status = check_sizes("cholesky", d, d, d, error);
    if (status == STATUS_OK)
        status = cuda_check_all("cholesky", {{"G", g, cuda_count(d, d)}}, error);
    if (status != STATUS_OK || d == 0)
        return status;
    size_t bytes = (size_t)d * CUDA_PANEL * sizeof(float);
    if (bytes > CUDA_WORKSPACE)
        return error_set(error, STATUS_FAILED, "operation cholesky cannot work on %lld rows", (long long)d);
    bool shared = bytes <= PANEL_BYTES;
    CUDA_LAUNCH(cholesky_kernel, 1, CHOLESKY_THREADS, shared ? bytes : 0, stream->queue, (int)d, cuda_floats(g),
                shared ? nullptr : (float *)(void *)stream->workspace, stream->faults);
    return cuda_launched("cholesky", error);
}

enum status cuda_cholesky_solve(struct compute_stream *stream, int64_t n, int64_t d, struct compute_slice l,
                                struct compute_slice x, struct error *error)
{
    enum status status = check_sizes("cholesky_solve", n, d, d, error);
    if (status == STATUS_OK)
        status = cuda_check_all("cholesky_solve", {{"L", l, cuda_count(d, d)}, {"X", x, cuda_count(n, d)}}, error);
    const cublasOperation_t sides[2] = {CUBLAS_OP_T, CUBLAS_OP_N}; /* a row-major L is a column-major Lᵀ */
    const float one = 1;
    for (int i = 0; i < 2 && status == STATUS_OK && n > 0 && d > 0; i++)
        status = cuda_check_blas("cholesky_solve",
                                 cublasStrsm(stream->blas, CUBLAS_SIDE_LEFT, CUBLAS_FILL_MODE_UPPER, sides[i],
                                             CUBLAS_DIAG_NON_UNIT, (int)d, (int)n, &one, cuda_floats(l), (int)d,
                                             cuda_floats(x), (int)d),
                                 error);
    return status;
}
