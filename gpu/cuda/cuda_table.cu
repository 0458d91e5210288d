#include "gpu/cuda/cuda_optimiser.h"

#include <stdlib.h>

/* Embedding tables with lazy updates (compute_network.h). The host computes once per call what each segment of constant
 * learning rate does; then a thread per row raises the matrix of the row's segment to the number of steps it is behind,
 * in float64, and a warp multiplies the row by the product. */

enum {
    ROWS = 8, /* rows per block, one per warp */
    STRETCHES = 4096,
    CHANGES = 1 << 20, /* rows per launch */
};

/* (p, v) <- (a p + b v, c p + d v). */
struct transition {
    double a, b, c, d;
};

static __host__ __device__ inline struct transition after(struct transition then, struct transition first)
{
    return {then.a * first.a + then.b * first.c, then.a * first.b + then.b * first.d,
            then.c * first.a + then.d * first.c, then.c * first.b + then.d * first.d};
}

static __host__ __device__ inline struct transition power(struct transition square, int64_t k)
{
    struct transition result = {1, 0, 0, 1};
    for (; k > 0; k >>= 1) {
        if (k & 1)
            result = after(square, result);
        square = after(square, square);
    }
    return result;
}

/* Steps first..end-1 have one learning rate; `rest` leads from before step `end` to before the call's step. */
struct stretch {
    int64_t first, end;
    struct transition one, rest;
};

enum row_state { ROW_NONE, ROW_THERE, ROW_BEHIND, ROW_PAST };

/* A transition as it is applied: p + (grown p + b v), because 1 + grown is near 1 and loses digits in float32. */
struct change {
    enum row_state state;
    float grown, b, c, d;
};

struct table_rows {
    int64_t n_rows, d, step;
    float *values, *velocity;
    int32_t *last;
    const struct stretch *stretches;
    struct change *changes; /* of CHANGES rows */
    int count;
    int *faults;
};

/* Computes the changes of rows ids[0..n), or first..first+n-1 without ids. */
static __global__ void changes_kernel(struct table_rows table, int64_t n, const int32_t *ids, int64_t first)
{
    for (CUDA_EACH(i, n)) {
        int64_t row = ids ? ids[i] : first + i;
        struct change change = {ROW_NONE, 0, 0, 0, 0};
        if (row >= 0 && row < table.n_rows) {
            int32_t last = table.last[row];
            change.state = last == table.step ? ROW_THERE : last >= 0 && last < table.step ? ROW_BEHIND : ROW_PAST;
            if (change.state == ROW_BEHIND) {
                int s = table.count - 1;
                while (table.stretches[s].first > last)
                    s--;
                struct stretch stretch = table.stretches[s];
                struct transition t = after(stretch.rest, power(stretch.one, stretch.end - last));
                change = {ROW_BEHIND, (float)(t.a - 1), (float)t.b, (float)t.c, (float)t.d};
            }
        }
        if (row >= table.n_rows || change.state == ROW_PAST)
            atomicOr(table.faults, CUDA_FAULT_ID);
        table.changes[i] = change;
    }
}

static __device__ inline float moved(struct change change, float p, float v)
{
    return p + (change.grown * p + change.b * v);
}

/* for (int64_t i = ...) over rows 0..n-1, one for each of a block's warps. */
#define EACH_ROW(i, n)                                                                                                 \
    int64_t i = (int64_t)blockIdx.x * ROWS + threadIdx.y;                                                              \
    i < (n);                                                                                                           \
    i += (int64_t)gridDim.x * ROWS

static __global__ void table_read_kernel(struct table_rows table, int64_t n, const int32_t *ids, float alpha,
                                         float beta, float *y, int64_t y_stride)
{
    int64_t d = table.d;
    for (EACH_ROW(i, n)) {
        struct change change = table.changes[i];
        const float *p = table.values + ids[i] * d, *v = table.velocity + ids[i] * d;
        for (int64_t j = threadIdx.x; j < d; j += 32) {
            float now = change.state == ROW_NONE ? 0 : change.state == ROW_BEHIND ? moved(change, p[j], v[j]) : p[j];
            float *to = &y[i * y_stride + j];
            *to = cuda_blend(beta, to, change.state == ROW_NONE ? 0 : alpha * now);
        }
    }
}

/* Without a gradient rows are only brought up to date. */
static __global__ void table_move_kernel(struct table_rows table, int64_t n, const int32_t *ids, int64_t first,
                                         struct cuda_step step, const float *gradient)
{
    int64_t d = table.d;
    float share = cuda_clip_factor(step);
    for (EACH_ROW(i, n)) {
        struct change change = table.changes[i];
        if (change.state == ROW_NONE || change.state == ROW_PAST || (!gradient && change.state == ROW_THERE))
            continue;
        int64_t row = ids ? ids[i] : first + i;
        float *p = table.values + row * d, *v = table.velocity + row * d;
        for (int64_t j = threadIdx.x; j < d; j += 32) {
            float now = p[j], speed = v[j];
            if (change.state == ROW_BEHIND) {
                p[j] = moved(change, now, speed);
                v[j] = change.c * now + change.d * speed;
            }
            if (gradient)
                cuda_step_element(step, share, gradient[i * d + j], &p[j], &v[j]);
        }
        if (threadIdx.x == 0)
            table.last[row] = (int32_t)(gradient ? table.step + 1 : table.step);
    }
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

static struct transition one_step(const struct compute_schedule *schedule, int64_t segment)
{
    double rate = (double)schedule->rates[segment], mu = (double)schedule->momentum, decay = (double)schedule->decay;
    return {1 - rate * decay * (1 + mu), -rate * mu * mu, decay, mu};
}

/* Copies the segments before `step` to the stream's workspace. */
static enum status send_stretches(const char *operation, struct compute_stream *stream,
                                  const struct compute_schedule *schedule, int64_t step, struct table_rows *rows,
                                  struct error *error)
{
    int64_t count = 0;
    while (count < schedule->count && schedule->first[count] < step)
        count++;
    if (count > STRETCHES)
        return error_set(error, STATUS_FAILED, "operation %s: more than %d learning rates (internal error)", operation,
                         (int)STRETCHES);
    rows->count = (int)count;
    rows->changes = (struct change *)(void *)stream->workspace;
    struct stretch *workspace = (struct stretch *)(void *)(rows->changes + CHANGES);
    rows->stretches = workspace;
    if (count == 0)
        return STATUS_OK;
    struct stretch *stretches = (struct stretch *)malloc((size_t)count * sizeof *stretches);
    if (!stretches)
        return error_no_memory(error);
    struct transition rest = {1, 0, 0, 1};
    for (int64_t i = count - 1; i >= 0; i--) {
        int64_t first = schedule->first[i], end = i + 1 < count ? schedule->first[i + 1] : step;
        stretches[i] = {first, end, one_step(schedule, i), rest};
        rest = after(rest, power(stretches[i].one, end - first));
    }
    enum status status = cuda_check_call(
        operation,
        cudaMemcpyAsync(workspace, stretches, (size_t)count * sizeof *stretches, cudaMemcpyHostToDevice, stream->queue),
        error); /* from pageable memory: copied when the call returns */
    free(stretches);
    return status;
}

/* Checks the arguments that the three operations share and fills in `rows`. */
static enum status start(const char *operation, struct compute_stream *stream, const struct compute_table *table,
                         const struct compute_schedule *schedule, int64_t step, struct table_rows *rows,
                         struct error *error)
{
    int64_t count = cuda_count(table->n_rows, table->d);
    enum status status = cuda_check_all(operation,
                                        {{"the values", table->values, count},
                                         {"the velocity", table->velocity, count},
                                         {"last", table->last, cuda_count(table->n_rows)}},
                                        error);
    if (status == STATUS_OK)
        status = check_schedule(operation, schedule, step, error);
    *rows = {};
    rows->n_rows = table->n_rows;
    rows->d = table->d;
    rows->step = step;
    rows->values = cuda_floats(table->values);
    rows->velocity = cuda_floats(table->velocity);
    rows->last = cuda_ints(table->last);
    rows->faults = stream->faults;
    return status == STATUS_OK ? send_stretches(operation, stream, schedule, step, rows, error) : status;
}

static enum status find_changes(const char *operation, struct compute_stream *stream, struct table_rows rows, int64_t n,
                                const int32_t *ids, int64_t first, struct error *error)
{
    CUDA_LAUNCH(changes_kernel, cuda_blocks(n), CUDA_BLOCK, 0, stream->queue, rows, n, ids, first);
    return cuda_launched(operation, error);
}

enum status cuda_table_read(struct compute_stream *stream, const struct compute_table *table,
                            const struct compute_schedule *schedule, int64_t step, int64_t n, struct compute_slice ids,
                            float alpha, float beta, struct compute_slice y, int64_t y_stride, struct error *error)
{
    static const char *const operation = "table_read";
    struct table_rows rows;
    enum status status = cuda_check_all(
        operation, {{"Y", y, cuda_rows_count(n, table->d, y_stride)}, {"ids", ids, cuda_count(n)}}, error);
    if (status == STATUS_OK)
        status = start(operation, stream, table, schedule, step, &rows, error);
    for (int64_t begin = 0; begin < n && status == STATUS_OK; begin += CHANGES) {
        int64_t count = n - begin < (int64_t)CHANGES ? n - begin : (int64_t)CHANGES;
        const int32_t *at = cuda_ints(ids) + begin;
        status = find_changes(operation, stream, rows, count, at, 0, error);
        if (status != STATUS_OK)
            return status;
        CUDA_LAUNCH(table_read_kernel, cuda_blocks(count, ROWS), dim3(32, ROWS), 0, stream->queue, rows, count, at,
                    alpha, beta, cuda_floats(y) + begin * y_stride, y_stride);
        status = cuda_launched(operation, error);
    }
    return status;
}

/* Updates rows ids[0..n), or first..first+n-1 without ids, with or without a gradient. */
static enum status move_rows(const char *operation, struct compute_stream *stream, struct table_rows rows, int64_t n,
                             const int32_t *ids, int64_t first, struct cuda_step step, const float *gradient,
                             struct error *error)
{
    enum status status = STATUS_OK;
    for (int64_t begin = 0; begin < n && status == STATUS_OK; begin += CHANGES) {
        int64_t count = n - begin < (int64_t)CHANGES ? n - begin : (int64_t)CHANGES;
        const int32_t *at = ids ? ids + begin : NULL;
        status = find_changes(operation, stream, rows, count, at, first + begin, error);
        if (status != STATUS_OK)
            return status;
        CUDA_LAUNCH(table_move_kernel, cuda_blocks(count, ROWS), dim3(32, ROWS), 0, stream->queue, rows, count, at,
                    first + begin, step, gradient ? gradient + begin * rows.d : NULL);
        status = cuda_launched(operation, error);
    }
    return status;
}

enum status cuda_table_step(struct compute_stream *stream, const struct compute_table *table,
                            const struct compute_schedule *schedule, int64_t step, int64_t n, struct compute_slice ids,
                            float clip, struct compute_slice squares, struct compute_slice gradient,
                            struct error *error)
{
    static const char *const operation = "table_step";
    struct table_rows rows;
    enum status status = cuda_check_all(operation,
                                        {{"the gradient", gradient, cuda_count(n, table->d)},
                                         {"ids", ids, cuda_count(n)},
                                         {"squares", squares, 1, 8, clip == 0}},
                                        error);
    if (status == STATUS_OK)
        status = start(operation, stream, table, schedule, step, &rows, error);
    if (status != STATUS_OK || n == 0)
        return status;
    int64_t segment = schedule->count - 1;
    while (schedule->first[segment] > step)
        segment--;
    struct cuda_step sgd = {schedule->rates[segment], schedule->momentum, schedule->decay, clip, cuda_doubles(squares)};
    return move_rows(operation, stream, rows, n, cuda_ints(ids), 0, sgd, cuda_floats(gradient), error);
}

enum status cuda_table_flush(struct compute_stream *stream, const struct compute_table *table,
                             const struct compute_schedule *schedule, int64_t step, int64_t first, int64_t n,
                             struct error *error)
{
    static const char *const operation = "table_flush";
    struct table_rows rows;
    if (first < 0 || n < 0 || first > table->n_rows || n > table->n_rows - first)
        return error_set(error, STATUS_FAILED,
                         "operation %s: %lld rows from row %lld are out of range, there are %lld rows (internal error)",
                         operation, (long long)n, (long long)first, (long long)table->n_rows);
    enum status status = start(operation, stream, table, schedule, step, &rows, error);
    struct cuda_step none = {0, 0, 0, 0, NULL};
    return status == STATUS_OK ? move_rows(operation, stream, rows, n, NULL, first, none, NULL, error) : status;
}
