#include "gpu/cpu/cpu_layer_checks.h"
#include "gpu/cpu/cpu_layer_math.h"
#include "gpu/cpu/cpu_ops.h"

/* Elementwise operations: activations, residuals, dropout and gates. A task processes its elements in chunks that stay
 * in the first-level cache for the few passes over them. */

enum {
    BLOCK = 16384, /* elements per task */
    CHUNK = 512,
};

struct elementwise_job {
    int64_t n, d; /* elements of the output and its columns; one row if columns do not matter */
    enum activation f;
    const float *x, *a, *bias, *d_y;
    struct layer_drop drop;
    float beta, *y;
    enum cpu_simd simd;
};

/* Calls RUN(job, row, column, i, count) for chunks of elements i, i + 1, ... of one row. */
#define FOR_RUNS(job, begin, end, run)                                                                                 \
    do {                                                                                                               \
        int64_t row = (begin) / (job)->d, column = (begin) % (job)->d;                                                 \
        for (int64_t i = (begin); i < (end);) {                                                                        \
            int64_t count = cpu_min(cpu_min((job)->d - column, CHUNK), (end)-i);                                       \
            run(job, row, column, i, count);                                                                           \
            i += count;                                                                                                \
            column += count;                                                                                           \
            if (column == (job)->d) {                                                                                  \
                column = 0;                                                                                            \
                row++;                                                                                                 \
            }                                                                                                          \
        }                                                                                                              \
    } while (0)

LAYER_INLINE void add_bias(int64_t count, const float *restrict x, const float *restrict bias, float *restrict v)
{
    if (bias)
        for (int64_t j = 0; j < count; j++)
            v[j] = x[j] + bias[j];
    else
        for (int64_t j = 0; j < count; j++)
            v[j] = x[j];
}

LAYER_INLINE const float *bias_at(const struct elementwise_job *job, int64_t column)
{
    return job->bias ? job->bias + column : NULL;
}

LAYER_INLINE void activate_run(const struct elementwise_job *job, int64_t row, int64_t column, int64_t i, int64_t count)
{
    (void)row;
    float v[CHUNK] __attribute__((aligned(64)));
    float *restrict y = job->y + i;
    add_bias(count, job->x + i, bias_at(job, column), v);
    layer_activate_run(job->f, count, v, y);
    layer_drop_run(job->drop, i, count, y);
}

LAYER_INLINE void activate_backward_run(const struct elementwise_job *job, int64_t row, int64_t column, int64_t i,
                                        int64_t count)
{
    (void)row;
    float v[CHUNK] __attribute__((aligned(64))), g[CHUNK] __attribute__((aligned(64)));
    float slopes[CHUNK] __attribute__((aligned(64))), unused[CHUNK];
    add_bias(count, job->x + i, bias_at(job, column), v);
    add_bias(count, job->d_y + i, NULL, g);
    layer_drop_run(job->drop, i, count, g);
    layer_activate_both(job->f, count, v, unused, slopes);
    if (job->f == ACTIVATION_RELU)
        for (int64_t j = 0; j < count; j++)
            g[j] = slopes[j] > 0 ? g[j] : 0; /* also of an infinite gradient */
    else
        for (int64_t j = 0; j < count; j++)
            g[j] *= slopes[j];
    layer_blend_run(count, g, job->beta, job->y + i);
}

LAYER_INLINE void activated_backward_run(const struct elementwise_job *job, int64_t row, int64_t column, int64_t i,
                                         int64_t count)
{
    (void)row;
    (void)column;
    float g[CHUNK] __attribute__((aligned(64)));
    const float *restrict y = job->x + i, *d_y = job->d_y + i;
    if (job->f == ACTIVATION_RELU)
        for (int64_t j = 0; j < count; j++)
            g[j] = y[j] > 0 ? d_y[j] : 0;
    else if (job->f == ACTIVATION_ELU)
        for (int64_t j = 0; j < count; j++)
            g[j] = y[j] < 0 ? d_y[j] * (y[j] + 1) : d_y[j];
    else
        for (int64_t j = 0; j < count; j++)
            g[j] = d_y[j];
    layer_blend_run(count, g, job->beta, job->y + i);
}

LAYER_INLINE void residual_run(const struct elementwise_job *job, int64_t row, int64_t column, int64_t i, int64_t count)
{
    (void)row;
    float v[CHUNK] __attribute__((aligned(64)));
    add_bias(count, job->a + i, bias_at(job, column), v);
    layer_drop_run(job->drop, i, count, v);
    if (job->x && job->x != job->y)
        add_bias(count, job->x + i, v, job->y + i);
    else
        layer_blend_run(count, v, job->x ? 1 : 0, job->y + i);
}

LAYER_INLINE void dropout_backward_run(const struct elementwise_job *job, int64_t row, int64_t column, int64_t i,
                                       int64_t count)
{
    (void)row;
    float g[CHUNK] __attribute__((aligned(64)));
    add_bias(count, job->d_y + i, NULL, g);
    layer_drop_run(job->drop, i, count, g);
    layer_blend_run(count, g, job->beta, job->y + i);
    (void)column;
}

LAYER_INLINE void glu_run(const struct elementwise_job *job, int64_t row, int64_t column, int64_t i, int64_t count)
{
    float v[CHUNK] __attribute__((aligned(64))), s[CHUNK] __attribute__((aligned(64)));
    const float *x = job->x + row * 2 * job->d + column;
    float *restrict y = job->y + i;
    add_bias(count, x, bias_at(job, column), v);
    add_bias(count, x + job->d, bias_at(job, job->d + column), s);
    for (int64_t j = 0; j < count; j++)
        y[j] = v[j] * layer_sigmoid(s[j]);
}

LAYER_INLINE void glu_backward_run(const struct elementwise_job *job, int64_t row, int64_t column, int64_t i,
                                   int64_t count)
{
    float v[CHUNK] __attribute__((aligned(64))), s[CHUNK] __attribute__((aligned(64)));
    int64_t at = row * 2 * job->d + column;
    const float *restrict d_y = job->d_y + i;
    add_bias(count, job->x + at, bias_at(job, column), v);
    add_bias(count, job->x + at + job->d, bias_at(job, job->d + column), s);
    for (int64_t j = 0; j < count; j++) {
        float open = layer_sigmoid(s[j]);
        s[j] = d_y[j] * v[j] * open * layer_sigmoid(-s[j]); /* 1 - σ(s) without cancellation */
        v[j] = d_y[j] * open;
    }
    layer_blend_run(count, v, job->beta, job->y + at);
    layer_blend_run(count, s, job->beta, job->y + at + job->d);
}

/* NAME_task: a block of elements, compiled for this processor's instructions. */
#define ELEMENTWISE_TASK(name)                                                                                         \
    LAYER_INLINE void name##_body(const struct elementwise_job *job, int64_t begin, int64_t end)                       \
    {                                                                                                                  \
        FOR_RUNS(job, begin, end, name##_run);                                                                         \
    }                                                                                                                  \
    CPU_KERNEL(name, name##_body, (const struct elementwise_job *job, int64_t begin, int64_t end), (job, begin, end))  \
    static void name##_task(void *context, size_t index, int worker)                                                   \
    {                                                                                                                  \
        (void)worker;                                                                                                  \
        const struct elementwise_job *job = context;                                                                   \
        int64_t begin = (int64_t)index * BLOCK, end = cpu_min(begin + BLOCK, job->n);                                  \
        CPU_KERNEL_CALL(job->simd, name, (job, begin, end));                                                           \
    }

ELEMENTWISE_TASK(activate)
ELEMENTWISE_TASK(activate_backward)
ELEMENTWISE_TASK(activated_backward)
ELEMENTWISE_TASK(residual)
ELEMENTWISE_TASK(dropout_backward)
ELEMENTWISE_TASK(glu)
ELEMENTWISE_TASK(glu_backward)

static void run(struct compute_stream *stream, void (*task)(void *, size_t, int), struct elementwise_job job)
{
    job.simd = stream->device->simd;
    pool_run(stream->device->pool, (size_t)cpu_blocks(job.n, BLOCK), task, &job);
}

/* Long rows are faster: without a bias everything is one row. */
static int64_t columns_of(int64_t rows, int64_t d, struct compute_slice bias)
{
    return bias.buffer ? d : rows * d;
}

enum status cpu_activate(struct compute_stream *stream, enum activation f, int64_t rows, int64_t d,
                         struct compute_slice x, struct compute_slice bias, struct dropout dropout,
                         struct compute_slice y, struct error *error)
{
    enum status status = CPU_SIZES("activate", rows, d);
    if (status == STATUS_OK)
        status = cpu_check_activation("activate", f, error);
    if (status == STATUS_OK)
        status = cpu_check_dropout("activate", dropout, error);
    if (status == STATUS_OK)
        status =
            CPU_OPERANDS("activate", {"X", x, rows * d, false}, {"bias", bias, d, true}, {"Y", y, rows * d, false});
    if (status == STATUS_OK)
        run(stream, activate_task,
            (struct elementwise_job){.n = rows * d,
                                     .d = columns_of(rows, d, bias),
                                     .f = f,
                                     .x = cpu_floats(x),
                                     .bias = cpu_floats(bias),
                                     .drop = layer_drop_of(dropout),
                                     .y = cpu_floats(y)});
    return status;
}

enum status cpu_activate_backward(struct compute_stream *stream, enum activation f, int64_t rows, int64_t d,
                                  struct compute_slice x, struct compute_slice bias, struct dropout dropout,
                                  struct compute_slice d_y, float beta, struct compute_slice d_x, struct error *error)
{
    enum status status = CPU_SIZES("activate_backward", rows, d);
    if (status == STATUS_OK)
        status = cpu_check_activation("activate_backward", f, error);
    if (status == STATUS_OK)
        status = cpu_check_dropout("activate_backward", dropout, error);
    if (status == STATUS_OK)
        status = CPU_OPERANDS("activate_backward", {"X", x, rows * d, false}, {"bias", bias, d, true},
                              {"dY", d_y, rows * d, false}, {"dX", d_x, rows * d, true});
    if (status == STATUS_OK && d_x.buffer)
        run(stream, activate_backward_task,
            (struct elementwise_job){.n = rows * d,
                                     .d = columns_of(rows, d, bias),
                                     .f = f,
                                     .x = cpu_floats(x),
                                     .bias = cpu_floats(bias),
                                     .d_y = cpu_floats(d_y),
                                     .drop = layer_drop_of(dropout),
                                     .beta = beta,
                                     .y = cpu_floats(d_x)});
    return status;
}

enum status cpu_activated_backward(struct compute_stream *stream, enum activation f, int64_t n, struct compute_slice y,
                                   struct compute_slice d_y, float beta, struct compute_slice d_x, struct error *error)
{
    enum status status = CPU_SIZES("activated_backward", n);
    if (status == STATUS_OK)
        status = cpu_check_output_slope("activated_backward", f, error);
    if (status == STATUS_OK)
        status = CPU_OPERANDS("activated_backward", {"Y", y, n, false}, {"dY", d_y, n, false}, {"dX", d_x, n, true});
    if (status == STATUS_OK && d_x.buffer)
        run(stream, activated_backward_task,
            (struct elementwise_job){.n = n,
                                     .d = n,
                                     .f = f,
                                     .x = cpu_floats(y),
                                     .d_y = cpu_floats(d_y),
                                     .beta = beta,
                                     .y = cpu_floats(d_x)});
    return status;
}

enum status cpu_residual(struct compute_stream *stream, int64_t rows, int64_t d, struct compute_slice x,
                         struct compute_slice a, struct compute_slice bias, struct dropout dropout,
                         struct compute_slice y, struct error *error)
{
    enum status status = CPU_SIZES("residual", rows, d);
    if (status == STATUS_OK)
        status = cpu_check_dropout("residual", dropout, error);
    if (status == STATUS_OK)
        status = CPU_OPERANDS("residual", {"X", x, rows * d, true}, {"A", a, rows * d, false}, {"bias", bias, d, true},
                              {"Y", y, rows * d, false});
    if (status == STATUS_OK)
        run(stream, residual_task,
            (struct elementwise_job){.n = rows * d,
                                     .d = columns_of(rows, d, bias),
                                     .x = cpu_floats(x),
                                     .a = cpu_floats(a),
                                     .bias = cpu_floats(bias),
                                     .drop = layer_drop_of(dropout),
                                     .y = cpu_floats(y)});
    return status;
}

enum status cpu_dropout_backward(struct compute_stream *stream, int64_t n, struct dropout dropout,
                                 struct compute_slice d_y, float beta, struct compute_slice d_a, struct error *error)
{
    enum status status = CPU_SIZES("dropout_backward", n);
    if (status == STATUS_OK)
        status = cpu_check_dropout("dropout_backward", dropout, error);
    if (status == STATUS_OK)
        status = CPU_OPERANDS("dropout_backward", {"dY", d_y, n, false}, {"dA", d_a, n, true});
    if (status == STATUS_OK && d_a.buffer)
        run(stream, dropout_backward_task,
            (struct elementwise_job){.n = n,
                                     .d = n,
                                     .d_y = cpu_floats(d_y),
                                     .drop = layer_drop_of(dropout),
                                     .beta = beta,
                                     .y = cpu_floats(d_a)});
    return status;
}

enum status cpu_glu(struct compute_stream *stream, int64_t rows, int64_t d, struct compute_slice x,
                    struct compute_slice bias, struct compute_slice y, struct error *error)
{
    enum status status = CPU_SIZES("glu", rows, d, 2);
    if (status == STATUS_OK)
        status =
            CPU_OPERANDS("glu", {"X", x, rows * d * 2, false}, {"bias", bias, 2 * d, true}, {"Y", y, rows * d, false});
    if (status == STATUS_OK)
        run(stream, glu_task,
            (struct elementwise_job){
                .n = rows * d, .d = d, .x = cpu_floats(x), .bias = cpu_floats(bias), .y = cpu_floats(y)});
    return status;
}

enum status cpu_glu_backward(struct compute_stream *stream, int64_t rows, int64_t d, struct compute_slice x,
                             struct compute_slice bias, struct compute_slice d_y, float beta, struct compute_slice d_x,
                             struct error *error)
{
    enum status status = CPU_SIZES("glu_backward", rows, d, 2);
    if (status == STATUS_OK)
        status = CPU_OPERANDS("glu_backward", {"X", x, rows * d * 2, false}, {"bias", bias, 2 * d, true},
                              {"dY", d_y, rows * d, false}, {"dX", d_x, rows * d * 2, true});
    if (status == STATUS_OK && d_x.buffer)
        run(stream, glu_backward_task,
            (struct elementwise_job){.n = rows * d,
                                     .d = d,
                                     .x = cpu_floats(x),
                                     .bias = cpu_floats(bias),
                                     .d_y = cpu_floats(d_y),
                                     .beta = beta,
                                     .y = cpu_floats(d_x)});
    return status;
}
