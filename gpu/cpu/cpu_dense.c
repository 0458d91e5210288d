#include "gpu/cpu/cpu_internal.h"

#include <cblas.h>
#include <lapacke.h>
#include <limits.h>
#include <math.h>

#include "gpu/cpu/cpu_ops.h"
#include "gpu/cpu/cpu_product.h"
#include "gpu/cpu/cpu_skinny_gemm.h"

/* Dense linear algebra: single-threaded BLAS calls on blocks of the result, distributed over the pool. The blocks do
 * not depend on the number of threads, so neither do the results. */

enum {
    GEMM_ROWS = 320,
    GEMM_COLUMNS = 1024,
    GEMM_ALIGNED = 16,
    GRAM_ROWS = 64,
    SOLVE_ROWS = 512,
};

static enum status check_sizes(const char *operation, int64_t m, int64_t n, int64_t k, struct error *error)
{
    if (m >= 0 && n >= 0 && k >= 0 && m <= INT_MAX && n <= INT_MAX && k <= INT_MAX)
        return STATUS_OK;
    return error_set(error, STATUS_FAILED, "operation %s cannot work on sizes %lld, %lld and %lld", operation,
                     (long long)m, (long long)n, (long long)k);
}

struct gemm_job {
    bool transpose_a, transpose_b;
    int64_t m, n, k, row_parts, column_parts;
    float alpha, beta;
    const float *a, *b;
    float *c;
};

/* Start of the part'th of `parts` nearly equal parts of n, aligned to a whole register of floats. */
static int64_t part_start(int64_t n, int64_t parts, int64_t part)
{
    return part == parts ? n : n * part / parts / GEMM_ALIGNED * GEMM_ALIGNED;
}

/* An even number of parts keeps two threads busy to the end. */
static int64_t parts_of(int64_t n, int64_t most)
{
    int64_t parts = cpu_blocks(n, most);
    return parts > 1 ? (parts + 1) / 2 * 2 : parts;
}

static void gemm_block(void *context, size_t index, int worker)
{
    (void)worker;
    const struct gemm_job *job = context;
    int64_t row = (int64_t)index / job->column_parts, column = (int64_t)index % job->column_parts;
    int64_t i = part_start(job->m, job->row_parts, row), j = part_start(job->n, job->column_parts, column);
    int64_t rows = part_start(job->m, job->row_parts, row + 1) - i;
    int64_t columns = part_start(job->n, job->column_parts, column + 1) - j;
    const float *a = job->transpose_a ? job->a + i : job->a + i * job->k;
    const float *b = job->transpose_b ? job->b + j * job->k : job->b + j;
    cblas_sgemm(CblasRowMajor, job->transpose_a ? CblasTrans : CblasNoTrans,
                job->transpose_b ? CblasTrans : CblasNoTrans, (int)rows, (int)columns, (int)job->k, job->alpha, a,
                (int)(job->transpose_a ? job->m : job->k), b, (int)(job->transpose_b ? job->k : job->n), job->beta,
                job->c + i * job->n + j, (int)job->n);
}

enum status cpu_gemm(struct compute_stream *stream, bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k,
                     float alpha, struct compute_slice a, struct compute_slice b, float beta, struct compute_slice c,
                     struct error *error)
{
    enum status status = check_sizes("gemm", m, n, k, error);
    if (status == STATUS_OK)
        status = cpu_check("gemm", "A", a, m * k, sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check("gemm", "B", b, k * n, sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check("gemm", "C", c, m * n, sizeof(float), error);
    if (status != STATUS_OK || m == 0 || n == 0)
        return status;
    struct gemm_job job = {transpose_a,
                           transpose_b,
                           m,
                           n,
                           k,
                           parts_of(m, GEMM_ROWS),
                           parts_of(n, GEMM_COLUMNS),
                           alpha,
                           beta,
                           cpu_floats(a),
                           cpu_floats(b),
                           cpu_floats(c)};
    if (k == 0) {
        for (int64_t i = 0; i < m * n; i++)
            job.c[i] = beta == 0 ? 0 : beta * job.c[i];
        return STATUS_OK;
    }
    const struct cpu_product product = {.transpose_a = transpose_a,
                                        .transpose_b = transpose_b,
                                        .m = m,
                                        .n = n,
                                        .k = k,
                                        .alpha = alpha,
                                        .beta = beta,
                                        .a = job.a,
                                        .b = job.b,
                                        .c = job.c};
    if (!transpose_a && transpose_b && cpu_skinny_gemm_fits(m, n, k))
        cpu_skinny_gemm_run(stream->device, m, n, k, alpha, job.a, job.b, beta, job.c);
    else if (cpu_product_fits(stream->device, &product))
        cpu_product_run(stream->device, &product);
    else
        pool_run(stream->device->pool, (size_t)(job.row_parts * job.column_parts), gemm_block, &job);
    return STATUS_OK;
}

struct gram_job {
    int64_t n, d;
    const float *y;
    float *g;
};

/* Rows of the lower triangle: G[i.., 0..] = Y[:, i..]ᵀ Y. */
static void gram_block(void *context, size_t index, int worker)
{
    (void)worker;
    const struct gram_job *job = context;
    int64_t i = (int64_t)index * GRAM_ROWS, rows = cpu_min(GRAM_ROWS, job->d - i);
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)rows, (int)(i + rows), (int)job->n, 1.0f, job->y + i,
                (int)job->d, job->y, (int)job->d, 0.0f, job->g + i * job->d, (int)job->d);
}

enum status cpu_gram(struct compute_stream *stream, int64_t n, int64_t d, struct compute_slice y, float ridge,
                     struct compute_slice g, struct error *error)
{
    enum status status = check_sizes("gram", n, d, d, error);
    if (status == STATUS_OK)
        status = cpu_check("gram", "Y", y, n * d, sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check("gram", "G", g, d * d, sizeof(float), error);
    if (status != STATUS_OK)
        return status;
    struct gram_job job = {n, d, cpu_floats(y), cpu_floats(g)};
    if (n == 0)
        for (int64_t i = 0; i < d * d; i++)
            job.g[i] = 0;
    else
        pool_run(stream->device->pool, (size_t)cpu_blocks(d, GRAM_ROWS), gram_block, &job);
    for (int64_t i = 0; i < d; i++) {
        for (int64_t j = 0; j < i; j++)
            job.g[j * d + i] = job.g[i * d + j];
        job.g[i * d + i] += ridge;
    }
    return STATUS_OK;
}

enum status cpu_cholesky(struct compute_stream *stream, int64_t d, struct compute_slice g, struct error *error)
{
    (void)stream;
    enum status status = check_sizes("cholesky", d, d, d, error);
    if (status == STATUS_OK)
        status = cpu_check("cholesky", "G", g, d * d, sizeof(float), error);
    if (status != STATUS_OK || d == 0)
        return status;
    float *values = cpu_floats(g);
    /* A row-major lower triangle is a column-major upper one. */
    lapack_int size = (lapack_int)d, info = 0;
    LAPACK_spotrf("U", &size, values, &size, &info);
    bool fine = info == 0;
    for (int64_t i = 0; i < d; i++) {
        fine = fine && isfinite(values[i * d + i]) && values[i * d + i] > 0;
        for (int64_t j = i + 1; j < d; j++)
            values[i * d + j] = 0;
    }
    if (fine)
        return STATUS_OK;
    return error_set(error, STATUS_FAILED,
                     "a matrix of %lld rows is not positive definite; use a larger regularization", (long long)d);
}

struct solve_job {
    int64_t n, d;
    const float *l;
    float *x;
};

static void solve_block(void *context, size_t index, int worker)
{
    (void)worker;
    const struct solve_job *job = context;
    int64_t i = (int64_t)index * SOLVE_ROWS;
    int rows = (int)cpu_min(SOLVE_ROWS, job->n - i), d = (int)job->d;
    float *x = job->x + i * job->d;
    cblas_strsm(CblasRowMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit, rows, d, 1.0f, job->l, d, x, d);
    cblas_strsm(CblasRowMajor, CblasRight, CblasLower, CblasNoTrans, CblasNonUnit, rows, d, 1.0f, job->l, d, x, d);
}

enum status cpu_cholesky_solve(struct compute_stream *stream, int64_t n, int64_t d, struct compute_slice l,
                               struct compute_slice x, struct error *error)
{
    enum status status = check_sizes("cholesky_solve", n, d, d, error);
    if (status == STATUS_OK)
        status = cpu_check("cholesky_solve", "L", l, d * d, sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check("cholesky_solve", "X", x, n * d, sizeof(float), error);
    if (status != STATUS_OK || n == 0 || d == 0)
        return status;
    struct solve_job job = {n, d, cpu_floats(l), cpu_floats(x)};
    pool_run(stream->device->pool, (size_t)cpu_blocks(n, SOLVE_ROWS), solve_block, &job);
    return STATUS_OK;
}
