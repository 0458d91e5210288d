#include "gpu/cpu/cpu_internal.h"

#include <cblas.h>
#include <lapacke.h>
#include <limits.h>
#include <stdatomic.h>
#include <string.h>

#include "gpu/cpu/cpu_ops.h"

/* Sparse rows times dense factors, for alternating least squares. */

enum {
    SPARSE_ROWS = 32,
    WEIGHTED_ROWS = 8,
    WHITENED_ROWS = 256,
    ENTRY_BLOCK = 128, /* entries of a row gathered at a time for the weighted normal equations */
};

static inline __attribute__((always_inline)) void add_scaled(float *out, const float *in, float factor, int64_t d)
{
    for (int64_t j = 0; j < d; j++)
        out[j] += factor * in[j];
}

static inline __attribute__((always_inline)) void sparse_rows(int64_t begin, int64_t end, int64_t d,
                                                              const int64_t *starts, const int32_t *columns,
                                                              const float *values, const float *b, float *c)
{
    for (int64_t row = begin; row < end; row++) {
        float *out = c + row * d;
        memset(out, 0, (size_t)d * sizeof *out);
        for (int64_t e = starts[row]; e < starts[row + 1]; e++)
            add_scaled(out, b + columns[e] * d, values ? values[e] : 1.0f, d);
    }
}

CPU_KERNEL(sparse_kernel, sparse_rows,
           (int64_t begin, int64_t end, int64_t d, const int64_t *starts, const int32_t *columns, const float *values,
            const float *b, float *c),
           (begin, end, d, starts, columns, values, b, c))

struct sparse_job {
    enum cpu_simd simd;
    int64_t n_rows, d;
    float alpha;
    const int64_t *starts;
    const int32_t *columns;
    const float *values, *b, *g;
    float *c, *scratch;
    int64_t n_whitened;
    float *l, *whitened; /* the Cholesky factor of G [d x d], and the rows of Y L⁻ᵀ [n_whitened x d] */
    atomic_bool failed;
};

static void sparse_block(void *context, size_t index, int worker)
{
    (void)worker;
    const struct sparse_job *job = context;
    int64_t begin = (int64_t)index * SPARSE_ROWS, end = cpu_min(begin + SPARSE_ROWS, job->n_rows);
    CPU_KERNEL_CALL(job->simd, sparse_kernel,
                    (begin, end, job->d, job->starts, job->columns, job->values, job->b, job->c));
}

static enum status check_csr(const char *operation, int64_t n_rows, int64_t d, struct compute_slice starts,
                             struct compute_slice columns, struct compute_slice values, struct compute_slice result,
                             struct error *error)
{
    if (n_rows < 0 || d < 0 || d > INT_MAX)
        return error_set(error, STATUS_FAILED, "operation %s cannot work on %lld rows of width %lld", operation,
                         (long long)n_rows, (long long)d);
    enum status status = cpu_check(operation, "starts", starts, n_rows + 1, sizeof(int64_t), error);
    if (status == STATUS_OK)
        status = cpu_check(operation, "columns", columns, cpu_longs(starts)[n_rows], sizeof(int32_t), error);
    if (status == STATUS_OK && values.buffer)
        status = cpu_check(operation, "values", values, cpu_longs(starts)[n_rows], sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check(operation, "the result", result, n_rows * d, sizeof(float), error);
    return status;
}

enum status cpu_sparse_gemm(struct compute_stream *stream, int64_t n_rows, int64_t d, struct compute_slice starts,
                            struct compute_slice columns, struct compute_slice values, struct compute_slice b,
                            struct compute_slice c, struct error *error)
{
    enum status status = check_csr("sparse_gemm", n_rows, d, starts, columns, values, c, error);
    if (status != STATUS_OK || n_rows == 0 || d == 0)
        return status;
    struct sparse_job job = {.simd = stream->device->simd,
                             .n_rows = n_rows,
                             .d = d,
                             .starts = cpu_longs(starts),
                             .columns = cpu_ints(columns),
                             .values = cpu_floats(values),
                             .b = cpu_floats(b),
                             .c = cpu_floats(c)};
    pool_run(stream->device->pool, (size_t)((n_rows + SPARSE_ROWS - 1) / SPARSE_ROWS), sparse_block, &job);
    return STATUS_OK;
}

/* Floats of scratch per worker: a matrix [d x d], gathered rows, and a vector [d]. */
static int64_t weighted_scratch_floats(int64_t d)
{
    return d * d + cpu_max(ENTRY_BLOCK, d) * d + d;
}

static int64_t whitened_floats(int64_t d, int64_t n_y)
{
    return n_y > 0 ? d * d + n_y * d : 0;
}

size_t cpu_als_weighted_scratch(const struct compute_device *device, int64_t d, int64_t n_y)
{
    return (size_t)(device->threads * weighted_scratch_floats(d) + whitened_floats(d, n_y)) * sizeof(float);
}

/* x = (G + alpha Σ r y yᵀ)⁻¹ Σ (1 + alpha r) y over the entries of one row; a row without entries is 0. An entry is a
 * preference of 1 with confidence 1 + alpha r. Only the lower triangle of the normal matrix is computed. */
static bool weighted_row(const struct sparse_job *job, int64_t row, float *scratch)
{
    int64_t d = job->d;
    float *normal = scratch, *gathered = scratch + d * d, *x = job->c + row * d;
    memset(x, 0, (size_t)d * sizeof *x);
    int64_t begin = job->starts[row], end = job->starts[row + 1];
    if (begin == end)
        return true;
    memcpy(normal, job->g, (size_t)(d * d) * sizeof *normal);
    for (int64_t e = begin; e < end; e += ENTRY_BLOCK) {
        int64_t count = cpu_min(ENTRY_BLOCK, end - e);
        for (int64_t i = 0; i < count; i++) {
            const float *y = job->b + job->columns[e + i] * d;
            float extra = job->alpha * (job->values ? job->values[e + i] : 1.0f);
            float root = __builtin_sqrtf(extra);
            for (int64_t j = 0; j < d; j++) {
                gathered[i * d + j] = root * y[j];
                x[j] += (1.0f + extra) * y[j];
            }
        }
        if (job->alpha != 0)
            cblas_ssyrk(CblasRowMajor, CblasLower, CblasTrans, (int)d, (int)count, 1.0f, gathered, (int)d, 1.0f, normal,
                        (int)d);
    }
    lapack_int size = (lapack_int)d, info = 0;
    LAPACK_spotrf("U", &size, normal, &size, &info); /* a row-major lower triangle is a column-major upper one */
    if (info != 0)
        return false;
    cblas_strsv(CblasRowMajor, CblasLower, CblasNoTrans, CblasNonUnit, (int)d, normal, (int)d, x, 1);
    cblas_strsv(CblasRowMajor, CblasLower, CblasTrans, CblasNonUnit, (int)d, normal, (int)d, x, 1);
    return true;
}

/* A row with n < d entries, by the Woodbury identity. With z = sqrt(alpha r) L⁻¹ y as rows of Z and w = (1 + alpha r) /
 * sqrt(alpha r), x L = Zᵀ (I + Z Zᵀ)⁻¹ w: a system of n equations instead of d. */
static bool whitened_row(const struct sparse_job *job, int64_t row, float *scratch)
{
    int64_t d = job->d, begin = job->starts[row];
    int n = (int)(job->starts[row + 1] - begin);
    float *matrix = scratch, *gathered = scratch + d * d, *w = gathered + cpu_max(ENTRY_BLOCK, d) * d;
    float *x = job->c + row * d;
    for (int i = 0; i < n; i++) {
        const float *y = job->whitened + job->columns[begin + i] * d;
        float extra = job->alpha * (job->values ? job->values[begin + i] : 1.0f), root = __builtin_sqrtf(extra);
        for (int64_t j = 0; j < d; j++)
            gathered[i * d + j] = root * y[j];
        w[i] = (1.0f + extra) / root;
    }
    cblas_ssyrk(CblasRowMajor, CblasLower, CblasNoTrans, n, (int)d, 1.0f, gathered, (int)d, 0.0f, matrix, n);
    for (int i = 0; i < n; i++)
        matrix[i * n + i] += 1.0f;
    lapack_int size = n, info = 0;
    LAPACK_spotrf("U", &size, matrix, &size, &info);
    if (info != 0)
        return false;
    cblas_strsv(CblasRowMajor, CblasLower, CblasNoTrans, CblasNonUnit, n, matrix, n, w, 1);
    cblas_strsv(CblasRowMajor, CblasLower, CblasTrans, CblasNonUnit, n, matrix, n, w, 1);
    memset(x, 0, (size_t)d * sizeof *x);
    for (int i = 0; i < n; i++)
        add_scaled(x, gathered + i * d, w[i], d);
    return true;
}

static bool is_short(const struct sparse_job *job, int64_t row)
{
    int64_t n = job->starts[row + 1] - job->starts[row];
    return job->n_whitened > 0 && n > 0 && n < job->d;
}

/* Runs of short rows are multiplied by L⁻¹ together. */
static void weighted_block(void *context, size_t index, int worker)
{
    struct sparse_job *job = context;
    float *scratch = job->scratch + worker * weighted_scratch_floats(job->d);
    int64_t begin = (int64_t)index * WEIGHTED_ROWS, end = cpu_min(begin + WEIGHTED_ROWS, job->n_rows), run = 0;
    for (int64_t row = begin; row <= end; row++) {
        bool whitened = row < end && is_short(job, row);
        if (!whitened && run > 0)
            cblas_strsm(CblasRowMajor, CblasRight, CblasLower, CblasNoTrans, CblasNonUnit, (int)run, (int)job->d, 1.0f,
                        job->l, (int)job->d, job->c + (row - run) * job->d, (int)job->d);
        run = whitened ? run + 1 : 0;
        if (row < end && !(whitened ? whitened_row : weighted_row)(job, row, scratch))
            atomic_store(&job->failed, true);
    }
}

static void whiten_block(void *context, size_t index, int worker)
{
    (void)worker;
    struct sparse_job *job = context;
    int64_t d = job->d, begin = (int64_t)index * WHITENED_ROWS, n = cpu_min(WHITENED_ROWS, job->n_whitened - begin);
    float *rows = job->whitened + begin * d;
    memcpy(rows, job->b + begin * d, (size_t)(n * d) * sizeof *rows);
    cblas_strsm(CblasRowMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit, (int)n, (int)d, 1.0f, job->l, (int)d,
                rows, (int)d);
}

/* Fills job->l and job->whitened. */
static bool whiten(struct sparse_job *job, struct pool *pool)
{
    lapack_int size = (lapack_int)job->d, info = 0;
    memcpy(job->l, job->g, (size_t)(job->d * job->d) * sizeof *job->l);
    LAPACK_spotrf("U", &size, job->l, &size, &info);
    if (info != 0)
        return false;
    pool_run(pool, (size_t)((job->n_whitened + WHITENED_ROWS - 1) / WHITENED_ROWS), whiten_block, job);
    return true;
}

enum status cpu_als_weighted(struct compute_stream *stream, int64_t n_rows, int64_t d, int64_t n_y, float alpha,
                             struct compute_slice starts, struct compute_slice columns, struct compute_slice values,
                             struct compute_slice y, struct compute_slice g, struct compute_slice x,
                             struct compute_slice scratch, struct error *error)
{
    enum status status = check_csr("als_weighted", n_rows, d, starts, columns, values, x, error);
    if (status == STATUS_OK && !(alpha >= 0))
        status = error_set(error, STATUS_USAGE, "the weight alpha must not be negative");
    if (status == STATUS_OK)
        status = cpu_check("als_weighted", "G", g, d * d, sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check("als_weighted", "scratch", scratch,
                           stream->device->threads * weighted_scratch_floats(d) + whitened_floats(d, n_y),
                           sizeof(float), error);
    if (status == STATUS_OK && n_y > 0)
        status = cpu_check("als_weighted", "Y", y, n_y * d, sizeof(float), error);
    if (status != STATUS_OK || n_rows == 0 || d == 0)
        return status;
    struct sparse_job job = {.n_rows = n_rows,
                             .d = d,
                             .alpha = alpha,
                             .starts = cpu_longs(starts),
                             .columns = cpu_ints(columns),
                             .values = cpu_floats(values),
                             .b = cpu_floats(y),
                             .g = cpu_floats(g),
                             .c = cpu_floats(x),
                             .scratch = cpu_floats(scratch),
                             .n_whitened = alpha > 0 ? n_y : 0};
    job.l = job.scratch + stream->device->threads * weighted_scratch_floats(d);
    job.whitened = job.l + d * d;
    if (job.n_whitened > 0 && !whiten(&job, stream->device->pool))
        atomic_store(&job.failed, true);
    else
        pool_run(stream->device->pool, (size_t)((n_rows + WEIGHTED_ROWS - 1) / WEIGHTED_ROWS), weighted_block, &job);
    if (!atomic_load(&job.failed))
        return STATUS_OK;
    return error_set(error, STATUS_FAILED,
                     "the weighted normal equations of a row are not positive definite; use a larger regularization");
}
