#include "gpu/cpu/cpu_sequences.h"

#include <cblas.h>
#include <limits.h>

#include "gpu/cpu/cpu_functions.h"

/* Long short-term memory. As in cpu_gru.c, each time step multiplies the whole batch at once: rows of one position are
 * `length` rows apart, which BLAS takes as a leading dimension, and each product is split into strips for the pool. */

enum {
    GATE_COLUMNS = 256, /* of the 4h columns, per task of the forward step */
    STATE_COLUMNS = 64, /* of the h columns, per task of the backward step */
    WEIGHT_ROWS = 256,  /* of the 4h rows of the weights' gradient, per task */
};

struct lstm_job {
    enum cpu_simd simd;
    int64_t batch, length, h, t;
    float beta;
    const float *x, *w, *b, *d_y;
    float *gates, *y;
    float *d_x, *d_w, *d_b;
    float *d_gates; /* [batch x 4h]: the gradient of the gates before their activations at position t */
    float *d_state; /* [batch x h]: the gradient of the state that goes into position t */
    float *d_cell;  /* [batch x h]: the gradient of the cell that goes into position t */
};

/* Stores W h of all gates in a row of gates. */
static void multiply_state(void *context, size_t index, int worker)
{
    (void)worker;
    const struct lstm_job *job = context;
    int64_t h = job->h, j = (int64_t)index * GATE_COLUMNS, columns = cpu_min(GATE_COLUMNS, 4 * h - j);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)job->batch, (int)columns, (int)h, 1.0F,
                job->y + (job->t - 1) * h, (int)(job->length * h), job->w + j * h, (int)h, 0.0F,
                job->gates + job->t * 5 * h + j, (int)(job->length * 5 * h));
}

/* Gates, cell and state of one row: gates holds W h, unless `before` (the previous row of gates) is NULL. */
static inline __attribute__((always_inline)) void step_row(const float *restrict x, const float *restrict b,
                                                           const float *before, float *restrict i, float *restrict f,
                                                           float *restrict g, float *restrict o, float *restrict c,
                                                           float *restrict y, int64_t h)
{
    for (int64_t j = 0; j < h; j++) {
        float in = cpu_sigmoid(x[j] + b[j] + (before ? i[j] : 0));
        float keep = cpu_sigmoid(x[h + j] + b[h + j] + (before ? f[j] : 0));
        float fresh = cpu_tanh(x[2 * h + j] + b[2 * h + j] + (before ? g[j] : 0));
        float out = cpu_sigmoid(x[3 * h + j] + b[3 * h + j] + (before ? o[j] : 0));
        float cell = in * fresh + (before ? keep * before[4 * h + j] : 0);
        i[j] = in;
        f[j] = keep;
        g[j] = fresh;
        o[j] = out;
        c[j] = cell;
        y[j] = out * cpu_tanh(cell);
    }
}

static inline __attribute__((always_inline)) void step_forward(const struct lstm_job *job, int64_t row)
{
    int64_t h = job->h, at = row * job->length + job->t;
    const float *x = job->x + at * 4 * h;
    float *gates = job->gates + at * 5 * h, *y = job->y + at * h;
    if (job->t == 0)
        step_row(x, job->b, NULL, gates, gates + h, gates + 2 * h, gates + 3 * h, gates + 4 * h, y, h);
    else
        step_row(x, job->b, gates - 5 * h, gates, gates + h, gates + 2 * h, gates + 3 * h, gates + 4 * h, y, h);
}

CPU_KERNEL(forward_kernel, step_forward, (const struct lstm_job *job, int64_t row), (job, row))

static void forward_rows(void *context, size_t index, int worker)
{
    (void)worker;
    const struct lstm_job *job = context;
    int64_t rows = cpu_task_rows(5 * job->h), begin = (int64_t)index * rows;
    for (int64_t row = begin; row < cpu_min(begin + rows, job->batch); row++)
        CPU_KERNEL_CALL(job->simd, forward_kernel, (job, row));
}

/* From the gradients of the state and the cell after position t: those of the gates before their activations, and in
 * d_cell that of the cell before. `before` is the previous row of gates or NULL. */
static inline __attribute__((always_inline)) void back_row(const float *restrict gates, const float *restrict before,
                                                           const float *restrict d_y, const float *restrict d_state,
                                                           float *restrict d_cell, float *restrict d_gates, int64_t h)
{
    for (int64_t j = 0; j < h; j++) {
        float i = gates[j], f = gates[h + j], g = gates[2 * h + j], o = gates[3 * h + j];
        float squashed = cpu_tanh(gates[4 * h + j]), d = d_y[j] + d_state[j];
        float d_c = d_cell[j] + d * o * (1 - squashed * squashed);
        d_gates[j] = d_c * g * i * (1 - i);
        d_gates[h + j] = (before ? d_c * before[4 * h + j] : 0) * f * (1 - f);
        d_gates[2 * h + j] = d_c * i * (1 - g * g);
        d_gates[3 * h + j] = d * squashed * o * (1 - o);
        d_cell[j] = d_c * f;
    }
}

static inline __attribute__((always_inline)) void step_backward(const struct lstm_job *job, int64_t row)
{
    int64_t h = job->h, at = row * job->length + job->t;
    const float *gates = job->gates + at * 5 * h, *d_y = job->d_y + at * h;
    float *d_state = job->d_state + row * h, *d_cell = job->d_cell + row * h, *d_gates = job->d_gates + row * 4 * h;
    if (job->t > 0)
        back_row(gates, gates - 5 * h, d_y, d_state, d_cell, d_gates, h);
    else
        back_row(gates, NULL, d_y, d_state, d_cell, d_gates, h);
    float *restrict d_x = job->d_x ? job->d_x + at * 4 * h : NULL;
    for (int64_t j = 0; j < 4 * h && d_x; j++)
        d_x[j] = cpu_blend(job->beta, d_x[j], d_gates[j]);
}

CPU_KERNEL(back_kernel, step_backward, (const struct lstm_job *job, int64_t row), (job, row))

static void back_rows(void *context, size_t index, int worker)
{
    (void)worker;
    const struct lstm_job *job = context;
    int64_t rows = cpu_task_rows(5 * job->h), begin = (int64_t)index * rows;
    for (int64_t row = begin; row < cpu_min(begin + rows, job->batch); row++)
        CPU_KERNEL_CALL(job->simd, back_kernel, (job, row));
}

/* d_state = d_gates W for some columns. */
static void multiply_gates(const struct lstm_job *job, int64_t part)
{
    int64_t h = job->h, j = part * STATE_COLUMNS;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)job->batch, (int)cpu_min(STATE_COLUMNS, h - j),
                (int)(4 * h), 1.0F, job->d_gates, (int)(4 * h), job->w + j, (int)h, 0.0F, job->d_state + j, (int)h);
}

/* dW += d_gatesᵀ h and the gradient of b, for some rows. */
static void add_weights(const struct lstm_job *job, int64_t part)
{
    int64_t h = job->h, i = part * WEIGHT_ROWS, rows = cpu_min(WEIGHT_ROWS, 4 * h - i);
    if (job->d_w && job->t > 0)
        cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)rows, (int)h, (int)job->batch, 1.0F, job->d_gates + i,
                    (int)(4 * h), job->y + (job->t - 1) * h, (int)(job->length * h), 1.0F, job->d_w + i * h, (int)h);
    for (int64_t row = 0; row < job->batch && job->d_b; row++)
        for (int64_t j = i; j < i + rows; j++)
            job->d_b[j] += job->d_gates[row * 4 * h + j];
}

/* Products with the gates' gradients at one position; the first position has no previous state. */
static void backward_products(void *context, size_t index, int worker)
{
    (void)worker;
    const struct lstm_job *job = context;
    int64_t part = (int64_t)index, states = cpu_blocks(job->h, STATE_COLUMNS);
    if (part >= states)
        add_weights(job, part - states);
    else if (job->t > 0)
        multiply_gates(job, part);
}

static void scale(float *values, int64_t n, float beta)
{
    for (int64_t i = 0; i < n && values; i++)
        values[i] = cpu_blend(beta, values[i], 0);
}

static enum status check_lstm(const char *operation, int64_t batch, int64_t length, int64_t h, struct compute_slice w,
                              struct compute_slice gates, struct compute_slice y, struct error *error)
{
    if (cpu_count(length, h, 5) > INT_MAX || batch > INT_MAX || cpu_count(length, h, 5) < 0 || batch < 0)
        return error_set(error, STATUS_FAILED, "operation %s cannot work on sizes %lld, %lld and %lld", operation,
                         (long long)batch, (long long)length, (long long)h);
    enum status status = cpu_check(operation, "W", w, cpu_count(4, h, h), sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check(operation, "the gates", gates, cpu_count(batch, length, 5 * h), sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check(operation, "Y", y, cpu_count(batch, length, h), sizeof(float), error);
    return status;
}

enum status cpu_lstm(struct compute_stream *stream, int64_t batch, int64_t length, int64_t h, struct compute_slice x,
                     struct compute_slice w, struct compute_slice b, struct compute_slice gates, struct compute_slice y,
                     struct error *error)
{
    enum status status = check_lstm("lstm", batch, length, h, w, gates, y, error);
    if (status == STATUS_OK)
        status = cpu_check("lstm", "X", x, cpu_count(batch, length, 4 * h), sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check("lstm", "b", b, 4 * h, sizeof(float), error);
    if (status != STATUS_OK || batch == 0 || h == 0)
        return status;
    struct lstm_job job = {.simd = stream->device->simd,
                           .batch = batch,
                           .length = length,
                           .h = h,
                           .x = cpu_floats(x),
                           .w = cpu_floats(w),
                           .b = cpu_floats(b),
                           .gates = cpu_floats(gates),
                           .y = cpu_floats(y)};
    for (job.t = 0; job.t < length; job.t++) {
        if (job.t > 0)
            pool_run(stream->device->pool, (size_t)cpu_blocks(4 * h, GATE_COLUMNS), multiply_state, &job);
        pool_run(stream->device->pool, (size_t)cpu_blocks(batch, cpu_task_rows(5 * h)), forward_rows, &job);
    }
    return STATUS_OK;
}

enum status cpu_lstm_backward(struct compute_stream *stream, int64_t batch, int64_t length, int64_t h,
                              struct compute_slice w, struct compute_slice gates, struct compute_slice y,
                              struct compute_slice d_y, float beta, struct compute_slice d_x, float beta_parameters,
                              struct compute_slice d_w, struct compute_slice d_b, struct compute_slice scratch,
                              struct error *error)
{
    static const char *const operation = "lstm_backward";
    enum status status = check_lstm(operation, batch, length, h, w, gates, y, error);
    if (status == STATUS_OK)
        status = cpu_check(operation, "dY", d_y, cpu_count(batch, length, h), sizeof(float), error);
    if (status == STATUS_OK && d_x.buffer)
        status = cpu_check(operation, "dX", d_x, cpu_count(batch, length, 4 * h), sizeof(float), error);
    if (status == STATUS_OK && d_w.buffer)
        status = cpu_check(operation, "dW", d_w, cpu_count(4, h, h), sizeof(float), error);
    if (status == STATUS_OK && d_b.buffer)
        status = cpu_check(operation, "db", d_b, 4 * h, sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check(operation, "scratch", scratch, cpu_count(batch, 6, h), sizeof(float), error);
    if (status != STATUS_OK || h == 0)
        return status;
    struct lstm_job job = {.simd = stream->device->simd,
                           .batch = batch,
                           .length = length,
                           .h = h,
                           .beta = beta,
                           .w = cpu_floats(w),
                           .d_y = cpu_floats(d_y),
                           .gates = cpu_floats(gates),
                           .y = cpu_floats(y),
                           .d_x = cpu_floats(d_x),
                           .d_w = cpu_floats(d_w),
                           .d_b = cpu_floats(d_b),
                           .d_gates = cpu_floats(scratch),
                           .d_state = cpu_floats(scratch) + batch * 4 * h,
                           .d_cell = cpu_floats(scratch) + batch * 5 * h};
    scale(job.d_w, 4 * h * h, beta_parameters);
    scale(job.d_b, 4 * h, beta_parameters);
    scale(job.d_state, 2 * batch * h, 0);
    int64_t parts = cpu_blocks(h, STATE_COLUMNS) + (job.d_w || job.d_b ? cpu_blocks(4 * h, WEIGHT_ROWS) : 0);
    for (job.t = length - 1; job.t >= 0 && batch > 0; job.t--) {
        pool_run(stream->device->pool, (size_t)cpu_blocks(batch, cpu_task_rows(5 * h)), back_rows, &job);
        pool_run(stream->device->pool, (size_t)parts, backward_products, &job);
    }
    return STATUS_OK;
}
