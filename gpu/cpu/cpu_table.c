#include "gpu/cpu/cpu_sequences.h"

#include <stdatomic.h>

/* Embedding tables with lazy updates. What k steps without a gradient do to a row is one 2 x 2 matrix for all of its d
 * columns, so a row costs as much as reading it, and most of the code here prefetches it early. */

enum {
    AHEAD = 16,      /* rows that are prefetched while one is processed */
    LAST_AHEAD = 24, /* the same for `last`, which shows whether a row's velocity is needed */
    ROWS = 256,      /* rows per task */
    SEGMENTS = 16,   /* newest segments of constant learning rate whose powers are kept */
    DIGITS = 8,      /* of a number of steps, in base DIGIT */
    DIGIT = 16,
    KEPT = 64, /* transitions that a task caches: rows that are used together are often equally far behind */
};

/* (p, v) <- (a p + b v, c p + d v). */
struct transition {
    double a, b, c, d;
};

static const struct transition nothing = {1, 0, 0, 1};

static struct transition after(struct transition then, struct transition first)
{
    return (struct transition){then.a * first.a + then.b * first.c, then.a * first.b + then.b * first.d,
                               then.c * first.a + then.d * first.c, then.c * first.b + then.d * first.d};
}

static struct transition one_step(const struct compute_schedule *schedule, int64_t segment)
{
    double rate = (double)schedule->rates[segment], mu = (double)schedule->momentum, decay = (double)schedule->decay;
    return (struct transition){1 - rate * decay * (1 + mu), -rate * mu * mu, decay, mu};
}

/* How any row comes up to `step`: for each of the newest segments before it, the powers of its one-step matrix by digit
 * of the exponent, and the product of all later segments. */
struct catch_up {
    const struct compute_schedule *schedule;
    int64_t step, oldest, count; /* segments oldest..count-1 are kept; those from `count` on start at or after `step` */
    struct transition powers[SEGMENTS][DIGITS][DIGIT];
    struct transition rest[SEGMENTS + 1]; /* from the start of a kept segment to `step`; the identity at the end */
};

static int64_t segment_end(const struct catch_up *up, int64_t segment)
{
    return segment + 1 < up->count ? up->schedule->first[segment + 1] : up->step;
}

static struct transition kept_power(struct transition powers[DIGITS][DIGIT], int64_t k)
{
    struct transition result = powers[0][k % DIGIT];
    for (int digit = 1; (k /= DIGIT) > 0; digit++)
        result = after(powers[digit][k % DIGIT], result);
    return result;
}

/* All powers of `one` up to the `most`-th. */
static void keep_powers(struct transition powers[DIGITS][DIGIT], struct transition one, int64_t most)
{
    for (int digit = 0; most > 0; digit++, most /= DIGIT) {
        powers[digit][0] = nothing;
        for (int i = 1; i < DIGIT; i++)
            powers[digit][i] = after(one, powers[digit][i - 1]);
        one = after(one, powers[digit][DIGIT - 1]);
    }
}

static struct transition power(struct transition square, int64_t k)
{
    struct transition result = nothing;
    for (; k > 0; k >>= 1) {
        if (k & 1)
            result = after(square, result);
        square = after(square, square);
    }
    return result;
}

static void catch_up_start(struct catch_up *up, const struct compute_schedule *schedule, int64_t step)
{
    up->schedule = schedule;
    up->step = step;
    for (up->count = 0; up->count < schedule->count && schedule->first[up->count] < step;)
        up->count++;
    up->oldest = up->count > SEGMENTS ? up->count - SEGMENTS : 0;
    up->rest[up->count - up->oldest] = nothing;
    for (int64_t i = up->count - 1; i >= up->oldest; i--) {
        int64_t steps = segment_end(up, i) - schedule->first[i];
        keep_powers(up->powers[i - up->oldest], one_step(schedule, i), steps);
        up->rest[i - up->oldest] = after(up->rest[i - up->oldest + 1], kept_power(up->powers[i - up->oldest], steps));
    }
}

/* From before step `last` to before `step`; last < step. */
static struct transition catch_up_from(struct catch_up *up, int64_t last)
{
    int64_t i = up->count - 1;
    while (up->schedule->first[i] > last)
        i--;
    if (i >= up->oldest)
        return after(up->rest[i - up->oldest + 1], kept_power(up->powers[i - up->oldest], segment_end(up, i) - last));
    struct transition result = power(one_step(up->schedule, i), segment_end(up, i) - last);
    for (i++; i < up->oldest; i++)
        result = after(power(one_step(up->schedule, i), segment_end(up, i) - up->schedule->first[i]), result);
    return after(up->rest[0], result);
}

/* A transition as it is applied: p + (grown p + b v), because 1 + grown is near 1 and loses digits in float32. */
struct change {
    float grown, b, c, d;
};

struct memory {
    int32_t last[KEPT];
    struct change change[KEPT];
};

static void memory_start(struct memory *memory)
{
    for (int i = 0; i < KEPT; i++)
        memory->last[i] = -1;
}

static struct change change_from(struct catch_up *up, struct memory *memory, int32_t last)
{
    int place = last % KEPT;
    if (memory->last[place] != last) {
        struct transition t = catch_up_from(up, last);
        memory->last[place] = last;
        memory->change[place] = (struct change){(float)(t.a - 1), (float)t.b, (float)t.c, (float)t.d};
    }
    return memory->change[place];
}

struct table_job {
    enum cpu_simd simd;
    struct catch_up up;
    int64_t n, d, y_stride, first;
    const int32_t *ids;
    float *values, *velocity, *y;
    const float *gradient;
    int32_t *last;
    float alpha, beta;
    struct cpu_step step;
    atomic_bool ahead; /* some row's `last` is not a valid step up to this one */
};

/* Whether a row is behind; an invalid `last` is recorded and the row left alone. */
static inline __attribute__((always_inline)) bool is_behind(struct table_job *job, int32_t last)
{
    if (last < 0 || last > job->up.step)
        atomic_store_explicit(&job->ahead, true, memory_order_relaxed);
    return last >= 0 && last < job->up.step;
}

static inline __attribute__((always_inline)) void fetch_row(const struct table_job *job, int64_t i, int64_t end)
{
    int64_t d = job->d;
    if (i + LAST_AHEAD < end && job->ids[i + LAST_AHEAD] >= 0)
        __builtin_prefetch(job->last + job->ids[i + LAST_AHEAD]);
    if (i + AHEAD >= end || job->ids[i + AHEAD] < 0)
        return;
    int64_t row = job->ids[i + AHEAD];
    cpu_prefetch(job->values + row * d, d);
    if (job->y == NULL || (job->last[row] != 0 && job->last[row] != job->up.step))
        cpu_prefetch(job->velocity + row * d, d);
}

static inline __attribute__((always_inline)) void read_row(float *restrict y, const float *restrict p,
                                                           const float *restrict v, struct change change, float alpha,
                                                           float beta, int64_t d)
{
    for (int64_t j = 0; j < d; j++)
        y[j] = cpu_blend(beta, y[j], alpha * (p[j] + (change.grown * p[j] + change.b * v[j])));
}

/* A row that no step has touched has zero velocity, which is not read. */
static inline __attribute__((always_inline)) void
read_still_row(float *restrict y, const float *restrict p, struct change change, float alpha, float beta, int64_t d)
{
    for (int64_t j = 0; j < d; j++)
        y[j] = cpu_blend(beta, y[j], alpha * (p[j] + change.grown * p[j]));
}

static inline __attribute__((always_inline)) void copy_row(float *restrict y, const float *restrict p, float alpha,
                                                           float beta, int64_t d)
{
    for (int64_t j = 0; j < d; j++)
        y[j] = cpu_blend(beta, y[j], alpha * p[j]);
}

static inline __attribute__((always_inline)) void read_rows(struct table_job *job, int64_t begin, int64_t end)
{
    struct memory memory;
    memory_start(&memory);
    int64_t d = job->d;
    for (int64_t i = begin; i < end; i++) {
        fetch_row(job, i, end);
        int64_t row = job->ids[i];
        float *y = job->y + i * job->y_stride;
        if (row < 0)
            for (int64_t j = 0; j < d; j++)
                y[j] = cpu_blend(job->beta, y[j], 0);
        else if (job->last[row] == 0 && job->up.step > 0)
            read_still_row(y, job->values + row * d, change_from(&job->up, &memory, 0), job->alpha, job->beta, d);
        else if (is_behind(job, job->last[row]))
            read_row(y, job->values + row * d, job->velocity + row * d, change_from(&job->up, &memory, job->last[row]),
                     job->alpha, job->beta, d);
        else
            copy_row(y, job->values + row * d, job->alpha, job->beta, d);
    }
}

CPU_KERNEL(read_kernel, read_rows, (struct table_job * job, int64_t begin, int64_t end), (job, begin, end))

static inline __attribute__((always_inline)) void move_row(float *restrict p, float *restrict v, struct change change,
                                                           int64_t d)
{
    for (int64_t j = 0; j < d; j++) {
        float moved = p[j] + (change.grown * p[j] + change.b * v[j]);
        v[j] = change.c * p[j] + change.d * v[j];
        p[j] = moved;
    }
}

static inline __attribute__((always_inline)) void
step_row(float *restrict p, float *restrict v, const float *restrict gradient, struct cpu_step step, int64_t d)
{
    for (int64_t j = 0; j < d; j++)
        cpu_step_element(step, gradient[j], p + j, v + j);
}

static inline __attribute__((always_inline)) void step_rows(struct table_job *job, int64_t begin, int64_t end)
{
    struct memory memory;
    memory_start(&memory);
    int64_t d = job->d;
    for (int64_t i = begin; i < end; i++) {
        fetch_row(job, i, end);
        int64_t row = job->ids[i];
        if (row < 0)
            continue;
        float *p = job->values + row * d, *v = job->velocity + row * d;
        if (is_behind(job, job->last[row]))
            move_row(p, v, change_from(&job->up, &memory, job->last[row]), d);
        else if (job->last[row] != job->up.step)
            continue;
        step_row(p, v, job->gradient + i * d, job->step, d);
        job->last[row] = (int32_t)(job->up.step + 1);
    }
}

CPU_KERNEL(step_kernel, step_rows, (struct table_job * job, int64_t begin, int64_t end), (job, begin, end))

static inline __attribute__((always_inline)) void flush_rows(struct table_job *job, int64_t begin, int64_t end)
{
    struct memory memory;
    memory_start(&memory);
    int64_t d = job->d;
    for (int64_t row = job->first + begin; row < job->first + end; row++)
        if (is_behind(job, job->last[row])) {
            move_row(job->values + row * d, job->velocity + row * d, change_from(&job->up, &memory, job->last[row]), d);
            job->last[row] = (int32_t)job->up.step;
        }
}

CPU_KERNEL(flush_kernel, flush_rows, (struct table_job * job, int64_t begin, int64_t end), (job, begin, end))

static void read_block(void *context, size_t index, int worker)
{
    (void)worker;
    struct table_job *job = context;
    int64_t begin = (int64_t)index * ROWS;
    CPU_KERNEL_CALL(job->simd, read_kernel, (job, begin, cpu_min(begin + ROWS, job->n)));
}

static void step_block(void *context, size_t index, int worker)
{
    (void)worker;
    struct table_job *job = context;
    int64_t begin = (int64_t)index * ROWS;
    CPU_KERNEL_CALL(job->simd, step_kernel, (job, begin, cpu_min(begin + ROWS, job->n)));
}

static void flush_block(void *context, size_t index, int worker)
{
    (void)worker;
    struct table_job *job = context;
    int64_t begin = (int64_t)index * ROWS;
    CPU_KERNEL_CALL(job->simd, flush_kernel, (job, begin, cpu_min(begin + ROWS, job->n)));
}

static enum status check_schedule(const char *operation, const struct compute_schedule *schedule, int64_t step,
                                  struct error *error)
{
    bool fine = schedule->count > 0 && schedule->first[0] == 0 && step >= 0 && step < INT32_MAX;
    for (int64_t i = 1; i < schedule->count; i++)
        fine = fine && schedule->first[i - 1] < schedule->first[i];
    if (fine)
        return STATUS_OK;
    return error_set(error, STATUS_FAILED,
                     "operation %s: step %lld is invalid, or the steps of the %lld learning rates do not start at 0 "
                     "and increase (internal error)",
                     operation, (long long)step, (long long)schedule->count);
}

/* Checks the arguments that the three operations share and fills in a job. */
static enum status start_job(const char *operation, struct compute_stream *stream, const struct compute_table *table,
                             const struct compute_schedule *schedule, int64_t step, struct table_job *job,
                             struct error *error)
{
    int64_t count = cpu_count(table->n_rows, table->d, 1);
    enum status status = cpu_check(operation, "the values", table->values, count, sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check(operation, "the velocity", table->velocity, count, sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check(operation, "last", table->last, table->n_rows, sizeof(int32_t), error);
    if (status == STATUS_OK)
        status = check_schedule(operation, schedule, step, error);
    if (status != STATUS_OK)
        return status;
    job->simd = stream->device->simd;
    job->d = table->d;
    job->values = cpu_floats(table->values);
    job->velocity = cpu_floats(table->velocity);
    job->last = cpu_ints(table->last);
    job->y = NULL;
    atomic_init(&job->ahead, false);
    catch_up_start(&job->up, schedule, step);
    return STATUS_OK;
}

static enum status end_job(const char *operation, struct table_job *job, struct error *error)
{
    if (!atomic_load(&job->ahead))
        return STATUS_OK;
    return error_set(error, STATUS_FAILED, "operation %s: a row has a step after step %lld (internal error)", operation,
                     (long long)job->up.step);
}

enum status cpu_table_read(struct compute_stream *stream, const struct compute_table *table,
                           const struct compute_schedule *schedule, int64_t step, int64_t n, struct compute_slice ids,
                           float alpha, float beta, struct compute_slice y, int64_t y_stride, struct error *error)
{
    struct table_job job;
    enum status status = start_job("table_read", stream, table, schedule, step, &job, error);
    if (status == STATUS_OK)
        status = cpu_check_rows("table_read", "Y", y, n, table->d, y_stride, error);
    if (status == STATUS_OK)
        status = cpu_check_ids("table_read", "ids", ids, n, table->n_rows, error);
    if (status != STATUS_OK || n == 0)
        return status;
    job.n = n;
    job.ids = cpu_ints(ids);
    job.alpha = alpha;
    job.beta = beta;
    job.y = cpu_floats(y);
    job.y_stride = y_stride;
    pool_run(stream->device->pool, (size_t)cpu_blocks(n, ROWS), read_block, &job);
    return end_job("table_read", &job, error);
}

enum status cpu_table_step(struct compute_stream *stream, const struct compute_table *table,
                           const struct compute_schedule *schedule, int64_t step, int64_t n, struct compute_slice ids,
                           float clip, struct compute_slice squares, struct compute_slice gradient, struct error *error)
{
    struct table_job job;
    enum status status = start_job("table_step", stream, table, schedule, step, &job, error);
    if (status == STATUS_OK)
        status = cpu_check("table_step", "the gradient", gradient, cpu_count(n, table->d, 1), sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check_ids("table_step", "ids", ids, n, table->n_rows, error);
    if (status == STATUS_OK)
        status = cpu_check_clip("table_step", clip, squares, &job.step.share, error);
    if (status != STATUS_OK || n == 0)
        return status;
    int64_t segment = schedule->count - 1;
    while (schedule->first[segment] > step)
        segment--;
    job.step.rate = schedule->rates[segment];
    job.step.momentum = schedule->momentum;
    job.step.decay = schedule->decay;
    job.n = n;
    job.ids = cpu_ints(ids);
    job.gradient = cpu_floats(gradient);
    pool_run(stream->device->pool, (size_t)cpu_blocks(n, ROWS), step_block, &job);
    return end_job("table_step", &job, error);
}

enum status cpu_table_flush(struct compute_stream *stream, const struct compute_table *table,
                            const struct compute_schedule *schedule, int64_t step, int64_t first, int64_t n,
                            struct error *error)
{
    struct table_job job;
    enum status status = start_job("table_flush", stream, table, schedule, step, &job, error);
    if (status == STATUS_OK && (first < 0 || n < 0 || first > table->n_rows || n > table->n_rows - first))
        status = error_set(
            error, STATUS_FAILED,
            "operation table_flush: %lld rows from row %lld are out of range, there are %lld rows (internal error)",
            (long long)n, (long long)first, (long long)table->n_rows);
    if (status != STATUS_OK)
        return status;
    job.first = first;
    job.n = n;
    pool_run(stream->device->pool, (size_t)cpu_blocks(n, ROWS), flush_block, &job);
    return end_job("table_flush", &job, error);
}
