#include "gpu/cpu/cpu_sequences.h"

#include <cblas.h>
#include <limits.h>

#include "gpu/cpu/cpu_functions.h"

/* Gated recurrent units. Each time step multiplies the whole batch at once: rows of one position are `length` rows
 * apart, which BLAS takes as a leading dimension, so nothing is copied. Each multiplication is split into strips of
 * columns for the pool. */

enum {
    GATE_COLUMNS = 300,  /* of the 3h columns, per task of the forward step */
    STATE_COLUMNS = 200, /* of the h columns, per task of the backward step */
    WEIGHT_ROWS = 300,   /* of the 3h rows of the weights' gradient, per task */
};

/* Start of the i-th of `parts` nearly equal parts of n. */
static int64_t part_start(int64_t n, int64_t parts, int64_t i)
{
    return n * i / parts;
}

struct gru_job {
    enum cpu_simd simd;
    int64_t batch, length, h, t;
    int64_t gate_parts, state_parts, weight_parts;
    float beta;
    const float *x, *w, *b, *d_y;
    float *gates, *y;
    float *d_x, *d_w, *d_b;
    float *d_gates; /* [batch x 3h]: the gradient of W h + b at position t */
    float *d_state; /* [batch x h]: the gradient of the state that goes into position t */
    float *d_new;   /* [batch x h]: the gradient of x_n at position t */
};

/* Stores W h of all gates in the second to fourth quarter of a row of gates, from which the gates are computed. */
static void multiply_state(void *context, size_t index, int worker)
{
    (void)worker;
    const struct gru_job *job = context;
    int64_t h = job->h, j = part_start(3 * h, job->gate_parts, (int64_t)index);
    int64_t columns = part_start(3 * h, job->gate_parts, (int64_t)index + 1) - j;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)job->batch, (int)columns, (int)h, 1.0F,
                job->y + (job->t - 1) * h, (int)(job->length * h), job->w + j * h, (int)h, 0.0F,
                job->gates + job->t * 4 * h + h + j, (int)(job->length * 4 * h));
}

/* Gates and state of one row: gates holds W h (r, z, n) from the second quarter on and receives r, z, n, W_n h + b_n.
 */
static inline __attribute__((always_inline)) void make_gates(const float *restrict x, const float *restrict b,
                                                             const float *restrict before, float *restrict first,
                                                             float *restrict second, float *restrict third,
                                                             float *restrict fourth, float *restrict y, int64_t h)
{
    for (int64_t j = 0; j < h; j++) {
        float r = cpu_sigmoid(x[j] + (second[j] + b[j]));
        float z = cpu_sigmoid(x[h + j] + (third[j] + b[h + j]));
        float inner = fourth[j] + b[2 * h + j];
        float n = cpu_tanh(x[2 * h + j] + r * inner);
        first[j] = r;
        second[j] = z;
        third[j] = n;
        fourth[j] = inner;
        y[j] = (1 - z) * n + z * before[j];
    }
}

static inline __attribute__((always_inline)) void make_first_gates(const float *restrict x, const float *restrict b,
                                                                   float *restrict gates, float *restrict y, int64_t h)
{
    for (int64_t j = 0; j < h; j++) {
        float r = cpu_sigmoid(x[j] + b[j]);
        float z = cpu_sigmoid(x[h + j] + b[h + j]);
        float n = cpu_tanh(x[2 * h + j] + r * b[2 * h + j]);
        gates[j] = r;
        gates[h + j] = z;
        gates[2 * h + j] = n;
        gates[3 * h + j] = b[2 * h + j];
        y[j] = (1 - z) * n;
    }
}

static inline __attribute__((always_inline)) void step_forward(const struct gru_job *job, int64_t row)
{
    int64_t h = job->h, at = row * job->length + job->t;
    const float *x = job->x + at * 3 * h;
    float *gates = job->gates + at * 4 * h, *y = job->y + at * h;
    if (job->t == 0)
        make_first_gates(x, job->b, gates, y, h);
    else
        make_gates(x, job->b, y - h, gates, gates + h, gates + 2 * h, gates + 3 * h, y, h);
}

CPU_KERNEL(forward_kernel, step_forward, (const struct gru_job *job, int64_t row), (job, row))

static void forward_rows(void *context, size_t index, int worker)
{
    (void)worker;
    const struct gru_job *job = context;
    int64_t rows = cpu_task_rows(4 * job->h), begin = (int64_t)index * rows;
    for (int64_t row = begin; row < cpu_min(begin + rows, job->batch); row++)
        CPU_KERNEL_CALL(job->simd, forward_kernel, (job, row));
}

static enum status check_gru(const char *operation, int64_t batch, int64_t length, int64_t h, struct compute_slice w,
                             struct compute_slice gates, struct compute_slice y, struct error *error)
{
    if (cpu_count(length, h, 4) > INT_MAX || batch > INT_MAX || cpu_count(length, h, 4) < 0)
        return error_set(error, STATUS_FAILED, "operation %s cannot work on sizes %lld, %lld and %lld", operation,
                         (long long)batch, (long long)length, (long long)h);
    enum status status = cpu_check(operation, "W", w, cpu_count(3, h, h), sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check(operation, "the gates", gates, cpu_count(batch, length, 4 * h), sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check(operation, "Y", y, cpu_count(batch, length, h), sizeof(float), error);
    return status;
}

enum status cpu_gru(struct compute_stream *stream, int64_t batch, int64_t length, int64_t h, struct compute_slice x,
                    struct compute_slice w, struct compute_slice b, struct compute_slice gates, struct compute_slice y,
                    struct error *error)
{
    enum status status = check_gru("gru", batch, length, h, w, gates, y, error);
    if (status == STATUS_OK)
        status = cpu_check("gru", "X", x, cpu_count(batch, length, 3 * h), sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check("gru", "b", b, 3 * h, sizeof(float), error);
    if (status != STATUS_OK || batch == 0 || h == 0)
        return status;
    struct gru_job job = {.simd = stream->device->simd,
                          .batch = batch,
                          .length = length,
                          .h = h,
                          .gate_parts = cpu_blocks(3 * h, GATE_COLUMNS),
                          .x = cpu_floats(x),
                          .w = cpu_floats(w),
                          .b = cpu_floats(b),
                          .gates = cpu_floats(gates),
                          .y = cpu_floats(y)};
    for (job.t = 0; job.t < length; job.t++) {
        if (job.t > 0)
            pool_run(stream->device->pool, (size_t)job.gate_parts, multiply_state, &job);
        pool_run(stream->device->pool, (size_t)cpu_blocks(batch, cpu_task_rows(4 * h)), forward_rows, &job);
    }
    return STATUS_OK;
}

/* One row: from the gradient of the state after position t (d_y + d_state), computes the gradients of the gates before
 * their activations, that of x_n, and in d_state the part of the previous state's gradient that does not go through W.
 * `before` may be NULL (0). */
static inline __attribute__((always_inline)) void
gate_gradients(const float *restrict gates, const float *restrict before, const float *restrict d_y,
               float *restrict d_state, float *restrict d_gates, float *restrict d_new, int64_t h)
{
    for (int64_t j = 0; j < h; j++) {
        float r = gates[j], z = gates[h + j], n = gates[2 * h + j], d = d_y[j] + d_state[j];
        float d_n = d * (1 - z) * (1 - n * n);
        d_gates[j] = d_n * gates[3 * h + j] * r * (1 - r);
        d_gates[h + j] = d * ((before ? before[j] : 0) - n) * z * (1 - z);
        d_gates[2 * h + j] = d_n * r;
        d_new[j] = d_n;
        d_state[j] = d * z;
    }
}

static inline __attribute__((always_inline)) void blend(float *restrict y, const float *restrict x, float beta,
                                                        int64_t n)
{
    for (int64_t j = 0; j < n; j++)
        y[j] = cpu_blend(beta, y[j], x[j]);
}

static inline __attribute__((always_inline)) void step_backward(const struct gru_job *job, int64_t row)
{
    int64_t h = job->h, at = row * job->length + job->t;
    const float *gates = job->gates + at * 4 * h, *y = job->y + at * h, *d_y = job->d_y + at * h;
    float *d_state = job->d_state + row * h, *d_gates = job->d_gates + row * 3 * h, *d_new = job->d_new + row * h;
    if (job->t > 0)
        gate_gradients(gates, y - h, d_y, d_state, d_gates, d_new, h);
    else
        gate_gradients(gates, NULL, d_y, d_state, d_gates, d_new, h);
    if (!job->d_x)
        return;
    float *d_x = job->d_x + at * 3 * h;
    blend(d_x, d_gates, job->beta, 2 * h);
    blend(d_x + 2 * h, d_new, job->beta, h);
}

CPU_KERNEL(back_kernel, step_backward, (const struct gru_job *job, int64_t row), (job, row))

static void back_rows(void *context, size_t index, int worker)
{
    (void)worker;
    const struct gru_job *job = context;
    int64_t rows = cpu_task_rows(4 * job->h), begin = (int64_t)index * rows;
    for (int64_t row = begin; row < cpu_min(begin + rows, job->batch); row++)
        CPU_KERNEL_CALL(job->simd, back_kernel, (job, row));
}

/* d_state += d_gates W for some columns. */
static void multiply_gates(const struct gru_job *job, int64_t part)
{
    int64_t h = job->h, j = part_start(h, job->state_parts, part);
    int64_t columns = part_start(h, job->state_parts, part + 1) - j;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)job->batch, (int)columns, (int)(3 * h), 1.0F,
                job->d_gates, (int)(3 * h), job->w + j, (int)h, 1.0F, job->d_state + j, (int)h);
}

/* dW += d_gatesᵀ h and the gradient of b, for some rows. */
static void add_weights(const struct gru_job *job, int64_t part)
{
    int64_t h = job->h, i = part_start(3 * h, job->weight_parts, part);
    int64_t rows = part_start(3 * h, job->weight_parts, part + 1) - i;
    if (job->d_w && job->t > 0)
        cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)rows, (int)h, (int)job->batch, 1.0F, job->d_gates + i,
                    (int)(3 * h), job->y + (job->t - 1) * h, (int)(job->length * h), 1.0F, job->d_w + i * h, (int)h);
    for (int64_t row = 0; row < job->batch && job->d_b; row++)
        for (int64_t j = i; j < i + rows; j++)
            job->d_b[j] += job->d_gates[row * 3 * h + j];
}

/* Products with the gates' gradients at one position; the first position has no previous state. */
static void backward_products(void *context, size_t index, int worker)
{
    (void)worker;
    const struct gru_job *job = context;
    int64_t part = (int64_t)index;
    if (part >= job->state_parts)
        add_weights(job, part - job->state_parts);
    else if (job->t > 0)
        multiply_gates(job, part);
}

static void scale(float *values, int64_t n, float beta)
{
    for (int64_t i = 0; i < n && values; i++)
        values[i] = cpu_blend(beta, values[i], 0);
}

enum status cpu_gru_backward(struct compute_stream *stream, int64_t batch, int64_t length, int64_t h,
                             struct compute_slice w, struct compute_slice gates, struct compute_slice y,
                             struct compute_slice d_y, float beta, struct compute_slice d_x, float beta_parameters,
                             struct compute_slice d_w, struct compute_slice d_b, struct compute_slice scratch,
                             struct error *error)
{
    enum status status = check_gru("gru_backward", batch, length, h, w, gates, y, error);
    if (status == STATUS_OK)
        status = cpu_check("gru_backward", "dY", d_y, cpu_count(batch, length, h), sizeof(float), error);
    if (status == STATUS_OK && d_x.buffer)
        status = cpu_check("gru_backward", "dX", d_x, cpu_count(batch, length, 3 * h), sizeof(float), error);
    if (status == STATUS_OK && d_w.buffer)
        status = cpu_check("gru_backward", "dW", d_w, cpu_count(3, h, h), sizeof(float), error);
    if (status == STATUS_OK && d_b.buffer)
        status = cpu_check("gru_backward", "db", d_b, 3 * h, sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check("gru_backward", "scratch", scratch, cpu_count(batch, 5, h), sizeof(float), error);
    if (status != STATUS_OK || h == 0)
        return status;
    struct gru_job job = {.simd = stream->device->simd,
                          .batch = batch,
                          .length = length,
                          .h = h,
                          .state_parts = cpu_blocks(h, STATE_COLUMNS),
                          .weight_parts = cpu_blocks(3 * h, WEIGHT_ROWS),
                          .beta = beta,
                          .w = cpu_floats(w),
                          .d_y = cpu_floats(d_y),
                          .gates = cpu_floats(gates),
                          .y = cpu_floats(y),
                          .d_x = cpu_floats(d_x),
                          .d_w = cpu_floats(d_w),
                          .d_b = cpu_floats(d_b),
                          .d_gates = cpu_floats(scratch),
                          .d_state = cpu_floats(scratch) + batch * 3 * h,
                          .d_new = cpu_floats(scratch) + batch * 4 * h};
    scale(job.d_w, 3 * h * h, beta_parameters);
    scale(job.d_b, 3 * h, beta_parameters);
    scale(job.d_state, batch * h, 0);
    int64_t parts = job.state_parts + (job.d_w || job.d_b ? job.weight_parts : 0);
    for (job.t = length - 1; job.t >= 0 && batch > 0; job.t--) {
        pool_run(stream->device->pool, (size_t)cpu_blocks(batch, cpu_task_rows(4 * h)), back_rows, &job);
        pool_run(stream->device->pool, (size_t)parts, backward_products, &job);
    }
    return STATUS_OK;
}
