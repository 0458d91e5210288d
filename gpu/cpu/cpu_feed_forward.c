#include "gpu/cpu/cpu_layer_checks.h"
#include "gpu/cpu/cpu_layer_math.h"
#include "gpu/cpu/cpu_ops.h"
#include "gpu/cpu/cpu_product.h"

/* Dense layers fused with an activation. Activation and slopes are computed tile by tile while the product is in
 * registers; where BLAS computes the product they are computed afterwards, in the same order. */

enum {
    ROWS = 14,    /* of a tile of results, as in cpu_product.c */
    COLUMNS = 32, /* columns processed together */
};

struct dense_job {
    int64_t rows, columns;
    enum activation f;
    const float *bias, *slopes_in;
    struct layer_drop drop;
    float *slopes, *y, *d_bias;
    float beta;
    enum cpu_simd simd;
};

/* `count` elements of the output from `at` on, all in one row. */
LAYER_INLINE void activate_run(const struct dense_job *job, const float *x, const float *bias, int64_t at,
                               int64_t count)
{
    float v[COLUMNS] __attribute__((aligned(64))), kept[COLUMNS] __attribute__((aligned(64)));
    float *restrict y = job->y + at;
    for (int64_t j = 0; j < count; j++)
        v[j] = bias ? x[j] + bias[j] : x[j];
    for (int64_t j = 0; j < count; j++)
        kept[j] = 1;
    layer_drop_run(job->drop, at, count, kept);
    if (!job->slopes) {
        layer_activate_run(job->f, count, v, y);
        for (int64_t j = 0; j < count; j++)
            y[j] *= kept[j];
        return;
    }
    float *restrict slopes = job->slopes + at;
    layer_activate_both(job->f, count, v, y, slopes);
    for (int64_t j = 0; j < count; j++) {
        y[j] *= kept[j];
        slopes[j] *= kept[j];
    }
}

LAYER_INLINE void activate_tile(const struct dense_job *job, const float *tile, int64_t stride, int64_t i, int64_t rows,
                                int64_t j, int64_t columns)
{
    const float *bias = job->bias ? job->bias + j : NULL;
    for (int64_t r = 0; r < rows; r++)
        if (columns == COLUMNS) /* a constant count */
            activate_run(job, tile + r * stride, bias, (i + r) * job->columns + j, COLUMNS);
        else
            activate_run(job, tile + r * stride, bias, (i + r) * job->columns + j, columns);
}

LAYER_INLINE void slope_columns(const struct dense_job *job, const float *tile, int64_t stride, int64_t i, int64_t rows,
                                int64_t j, int64_t columns)
{
    float sums[COLUMNS] __attribute__((aligned(64))) = {0};
    for (int64_t r = 0; r < rows; r++) {
        const float *slopes = job->slopes_in + (i + r) * job->columns + j;
        float *y = job->y + (i + r) * job->columns + j;
        for (int64_t c = 0; c < columns; c++) {
            float value = tile[r * stride + c] * slopes[c];
            y[c] = value;
            sums[c] += value;
        }
    }
    if (!job->d_bias)
        return;
    float *d_bias = job->d_bias + j, beta = i == 0 ? job->beta : 1;
    for (int64_t c = 0; c < columns; c++)
        d_bias[c] = beta == 0 ? sums[c] : sums[c] + beta * d_bias[c];
}

LAYER_INLINE void slope_tile(const struct dense_job *job, const float *tile, int64_t stride, int64_t i, int64_t rows,
                             int64_t j, int64_t columns)
{
    if (columns == COLUMNS)
        slope_columns(job, tile, stride, i, rows, j, COLUMNS);
    else
        slope_columns(job, tile, stride, i, rows, j, columns);
}

#define TILE_PARAMETERS                                                                                                \
    (const struct dense_job *job, const float *tile, int64_t stride, int64_t i, int64_t rows, int64_t j,               \
     int64_t columns)
CPU_KERNEL(activate_kernel, activate_tile, TILE_PARAMETERS, (job, tile, stride, i, rows, j, columns))
CPU_KERNEL(slope_kernel, slope_tile, TILE_PARAMETERS, (job, tile, stride, i, rows, j, columns))

static void finish_forward(void *context, const float *tile, int64_t stride, int64_t i, int64_t rows, int64_t j,
                           int64_t columns)
{
    const struct dense_job *job = context;
    CPU_KERNEL_CALL(job->simd, activate_kernel, (job, tile, stride, i, rows, j, columns));
}

static void finish_backward(void *context, const float *tile, int64_t stride, int64_t i, int64_t rows, int64_t j,
                            int64_t columns)
{
    const struct dense_job *job = context;
    CPU_KERNEL_CALL(job->simd, slope_kernel, (job, tile, stride, i, rows, j, columns));
}

/* Applies the activation to columns of a product that is already in y. */
static void forward_strip(void *context, size_t index, int worker)
{
    (void)worker;
    struct dense_job *job = context;
    int64_t j = (int64_t)index * COLUMNS, columns = cpu_min(COLUMNS, job->columns - j);
    finish_forward(job, job->y + j, job->columns, 0, job->rows, j, columns);
}

static void back_strip(void *context, size_t index, int worker)
{
    (void)worker;
    struct dense_job *job = context;
    int64_t j = (int64_t)index * COLUMNS, columns = cpu_min(COLUMNS, job->columns - j);
    for (int64_t i = 0; i < job->rows; i += ROWS)
        finish_backward(job, job->y + i * job->columns + j, job->columns, i, cpu_min(ROWS, job->rows - i), j, columns);
}

enum status cpu_dense(struct compute_stream *stream, enum activation f, int64_t rows, int64_t in, int64_t out,
                      struct compute_slice x, struct compute_slice w, struct compute_slice bias, struct dropout dropout,
                      struct compute_slice slopes, struct compute_slice y, struct error *error)
{
    enum status status = CPU_SIZES("dense", rows, in, out);
    if (status == STATUS_OK)
        status = cpu_check_activation("dense", f, error);
    if (status == STATUS_OK)
        status = cpu_check_dropout("dense", dropout, error);
    if (status == STATUS_OK)
        status = CPU_OPERANDS("dense", {"X", x, rows * in, false}, {"W", w, out * in, false}, {"bias", bias, out, true},
                              {"slopes", slopes, rows * out, true}, {"Y", y, rows * out, false});
    if (status != STATUS_OK || rows == 0 || out == 0)
        return status;
    struct dense_job job = {.rows = rows,
                            .columns = out,
                            .f = f,
                            .bias = cpu_floats(bias),
                            .drop = layer_drop_of(dropout),
                            .slopes = cpu_floats(slopes),
                            .y = cpu_floats(y),
                            .simd = stream->device->simd};
    const struct cpu_product product = {.transpose_b = 1,
                                        .m = rows,
                                        .n = out,
                                        .k = in,
                                        .alpha = 1,
                                        .a = cpu_floats(x),
                                        .b = cpu_floats(w),
                                        .c = job.y,
                                        .finish = finish_forward,
                                        .context = &job,
                                        .beside = job.slopes};
    if (cpu_product_fits(stream->device, &product)) {
        cpu_product_run(stream->device, &product);
        return STATUS_OK;
    }
    status = cpu_gemm(stream, 0, 1, rows, out, in, 1, x, w, 0, y, error);
    if (status == STATUS_OK)
        pool_run(stream->device->pool, (size_t)cpu_blocks(out, COLUMNS), forward_strip, &job);
    return status;
}

/* Sums over rows are computed in float32, fourteen rows at a time. */
enum status cpu_dense_backward(struct compute_stream *stream, int64_t rows, int64_t in, int64_t out,
                               struct compute_slice w, struct compute_slice slopes, struct compute_slice d_y,
                               struct compute_slice d_u, float beta, struct compute_slice d_bias, struct error *error)
{
    enum status status = CPU_SIZES("dense_backward", rows, in, out);
    if (status == STATUS_OK)
        status =
            CPU_OPERANDS("dense_backward", {"W", w, out * in, false}, {"slopes", slopes, rows * in, false},
                         {"dY", d_y, rows * out, false}, {"dU", d_u, rows * in, false}, {"dbias", d_bias, in, true});
    if (status != STATUS_OK || in == 0)
        return status;
    struct dense_job job = {.rows = rows,
                            .columns = in,
                            .slopes_in = cpu_floats(slopes),
                            .y = cpu_floats(d_u),
                            .d_bias = cpu_floats(d_bias),
                            .beta = beta,
                            .simd = stream->device->simd};
    const struct cpu_product product = {.m = rows,
                                        .n = in,
                                        .k = out,
                                        .alpha = 1,
                                        .a = cpu_floats(d_y),
                                        .b = cpu_floats(w),
                                        .c = job.y,
                                        .finish = finish_backward,
                                        .context = &job,
                                        .beside = job.slopes_in,
                                        .by_columns = true};
    if (cpu_product_fits(stream->device, &product)) {
        cpu_product_run(stream->device, &product);
        return STATUS_OK;
    }
    status = cpu_gemm(stream, 0, 0, rows, in, out, 1, d_y, w, 0, d_u, error);
    for (int64_t j = 0; j < in && rows == 0 && job.d_bias; j++) /* an empty sum */
        job.d_bias[j] = beta == 0 ? 0 : beta * job.d_bias[j];
    if (status == STATUS_OK)
        pool_run(stream->device->pool, (size_t)cpu_blocks(in, COLUMNS), back_strip, &job);
    return status;
}
