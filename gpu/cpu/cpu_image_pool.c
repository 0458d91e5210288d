#include <math.h>

#include "gpu/cpu/cpu_layer_checks.h"
#include "gpu/cpu/cpu_layer_math.h"
#include "gpu/cpu/cpu_ops.h"
#include "gpu/window.h"

/* Maximum and mean over windows of images. Forward, a task takes lines of the output; backward, lines of the input, so
 * that every result has one writer. */

enum { LINES = 1 << 14 /* numbers of the lines of a task, at least */ };

struct pool_job {
    struct compute_window w;
    bool counts_padding;
    enum cpu_simd simd;
    int64_t lines, block; /* lines in all and of a task */
    const float *x, *d_y;
    int32_t *indices;
    float *y, beta;
};

LAYER_INLINE void take_first(int64_t n, int32_t tap, const float *restrict x, float *restrict y, int32_t *restrict at)
{
    for (int64_t c = 0; c < n; c++)
        y[c] = x[c];
    for (int64_t c = 0; c < n && at; c++)
        at[c] = tap;
}

/* NaN counts as the highest number, as in PyTorch. */
LAYER_INLINE void take_higher(int64_t n, int32_t tap, const float *restrict x, float *restrict y, int32_t *restrict at)
{
    if (at)
        for (int64_t c = 0; c < n; c++) {
            bool higher = (x[c] > y[c]) | ((x[c] != x[c]) & (y[c] == y[c]));
            y[c] = higher ? x[c] : y[c];
            at[c] = higher ? tap : at[c];
        }
    else
        for (int64_t c = 0; c < n; c++)
            y[c] = (x[c] > y[c]) | (x[c] != x[c]) ? x[c] : y[c];
}

LAYER_INLINE void add_to(int64_t n, const float *restrict x, float *restrict y)
{
    for (int64_t c = 0; c < n; c++)
        y[c] += x[c];
}

LAYER_INLINE float mean_factor(const struct pool_job *job, struct window_span time, struct window_span frequency)
{
    int64_t count = job->counts_padding ? job->w.kernel_time * job->w.kernel_frequency
                                        : (time.end - time.begin) * (frequency.end - frequency.begin);
    return 1.0f / (float)count;
}

LAYER_INLINE void pool_window(const struct pool_job *job, bool mean, int64_t image, struct window_span time,
                              struct window_span frequency, int64_t at)
{
    const struct compute_window *w = &job->w;
    int64_t n = w->in;
    float *y = job->y + at;
    int32_t *indices = job->indices ? job->indices + at : NULL;
    bool first = true;
    for (int64_t a = time.begin; a < time.end; a++)
        for (int64_t b = frequency.begin; b < frequency.end; b++) {
            const float *x = job->x + ((image * w->time + time.first + a) * w->frequency + frequency.first + b) * n;
            int32_t tap = (int32_t)(a * w->kernel_frequency + b);
            if (first)
                take_first(n, tap, x, y, indices);
            else if (mean)
                add_to(n, x, y);
            else
                take_higher(n, tap, x, y, indices);
            first = false;
        }
    float factor = mean ? mean_factor(job, time, frequency) : 1;
    for (int64_t c = 0; c < n && mean; c++)
        y[c] *= factor;
}

LAYER_INLINE void pool_line(const struct pool_job *job, bool mean, int64_t line)
{
    const struct compute_window *w = &job->w;
    struct window_span time = window_span_at(line % w->out_time, w->time, w->kernel_time, w->stride_time, w->pad_time);
    for (int64_t f = 0; f < w->out_frequency; f++)
        pool_window(job, mean, line / w->out_time, time,
                    window_span_at(f, w->frequency, w->kernel_frequency, w->stride_frequency, w->pad_frequency),
                    (line * w->out_frequency + f) * w->in);
}

LAYER_INLINE void max_body(const struct pool_job *job, int64_t line)
{
    pool_line(job, false, line);
}

LAYER_INLINE void mean_body(const struct pool_job *job, int64_t line)
{
    pool_line(job, true, line);
}

/* Adds the gradients of one line of the output to a line of the input, tap line `a` of the windows. */
LAYER_INLINE void pool_back(const struct pool_job *job, bool mean, struct window_span time, int64_t a, int64_t out_line,
                            float *restrict d_line)
{
    const struct compute_window *w = &job->w;
    int64_t n = w->in;
    for (int64_t f = 0; f < w->out_frequency; f++) {
        struct window_span frequency =
            window_span_at(f, w->frequency, w->kernel_frequency, w->stride_frequency, w->pad_frequency);
        const float *restrict d_y = job->d_y + (out_line * w->out_frequency + f) * n;
        const int32_t *restrict indices = job->indices + (mean ? 0 : (out_line * w->out_frequency + f) * n);
        float factor = mean ? mean_factor(job, time, frequency) : 1;
        for (int64_t b = frequency.begin; b < frequency.end; b++) {
            float *restrict to = d_line + (frequency.first + b) * n;
            int32_t tap = (int32_t)(a * w->kernel_frequency + b);
            if (mean)
                for (int64_t c = 0; c < n; c++)
                    to[c] += factor * d_y[c];
            else
                for (int64_t c = 0; c < n; c++)
                    to[c] += indices[c] == tap ? d_y[c] : 0;
        }
    }
}

LAYER_INLINE void back_line(const struct pool_job *job, bool mean, int64_t line)
{
    const struct compute_window *w = &job->w;
    int64_t image = line / w->time, at = line % w->time, n = w->frequency * w->in;
    float *restrict d_line = job->y + line * n;
    for (int64_t i = 0; i < n; i++)
        d_line[i] = job->beta == 0 ? 0 : job->beta * d_line[i];
    int64_t last = window_last_covering(at, w->out_time, w->stride_time, w->pad_time);
    for (int64_t t = window_first_covering(at, w->kernel_time, w->stride_time, w->pad_time); t <= last; t++)
        pool_back(job, mean, window_span_at(t, w->time, w->kernel_time, w->stride_time, w->pad_time),
                  at - (t * w->stride_time - w->pad_time), image * w->out_time + t, d_line);
}

LAYER_INLINE void max_back_body(const struct pool_job *job, int64_t line)
{
    back_line(job, false, line);
}

LAYER_INLINE void mean_back_body(const struct pool_job *job, int64_t line)
{
    back_line(job, true, line);
}

#define POOL_TASK(name)                                                                                                \
    CPU_KERNEL(name, name##_body, (const struct pool_job *job, int64_t line), (job, line))                             \
    static void name##_task(void *context, size_t index, int worker)                                                   \
    {                                                                                                                  \
        (void)worker;                                                                                                  \
        const struct pool_job *job = context;                                                                          \
        int64_t begin = (int64_t)index * job->block, end = cpu_min(begin + job->block, job->lines);                    \
        for (int64_t line = begin; line < end; line++)                                                                 \
            CPU_KERNEL_CALL(job->simd, name, (job, line));                                                             \
    }

POOL_TASK(max)
POOL_TASK(mean)
POOL_TASK(max_back)
POOL_TASK(mean_back)

/* Runs a task over `lines` lines of `width` numbers. */
static void run(struct compute_stream *stream, void (*task)(void *, size_t, int), int64_t lines, int64_t width,
                struct pool_job job)
{
    job.simd = stream->device->simd;
    job.lines = lines;
    job.block = cpu_blocks(LINES, cpu_max(width, 1));
    pool_run(stream->device->pool, (size_t)cpu_blocks(lines, job.block), task, &job);
}

static void run_forward(struct compute_stream *stream, void (*task)(void *, size_t, int), struct pool_job job)
{
    run(stream, task, job.w.batch * job.w.out_time,
        job.w.out_frequency * cpu_min(job.w.kernel_time * job.w.kernel_frequency, LINES) * job.w.in, job);
}

enum status cpu_max_pool(struct compute_stream *stream, const struct compute_window *window, struct compute_slice x,
                         struct compute_slice indices, struct compute_slice y, struct error *error)
{
    enum status status = window_check("max_pool", window, true, error);
    int64_t count = status == STATUS_OK ? window_out_count(window) : 0;
    if (status == STATUS_OK)
        status = CPU_OPERANDS("max_pool", {"X", x, window_in_count(window), false}, {"indices", indices, count, true},
                              {"Y", y, count, false});
    if (status == STATUS_OK)
        run_forward(
            stream, max_task,
            (struct pool_job){.w = *window, .x = cpu_floats(x), .indices = cpu_ints(indices), .y = cpu_floats(y)});
    return status;
}

enum status cpu_mean_pool(struct compute_stream *stream, const struct compute_window *window, bool counts_padding,
                          struct compute_slice x, struct compute_slice y, struct error *error)
{
    enum status status = window_check("mean_pool", window, true, error);
    if (status == STATUS_OK)
        status = CPU_OPERANDS("mean_pool", {"X", x, window_in_count(window), false},
                              {"Y", y, window_out_count(window), false});
    if (status == STATUS_OK)
        run_forward(
            stream, mean_task,
            (struct pool_job){.w = *window, .counts_padding = counts_padding, .x = cpu_floats(x), .y = cpu_floats(y)});
    return status;
}

enum status cpu_max_pool_backward(struct compute_stream *stream, const struct compute_window *window,
                                  struct compute_slice indices, struct compute_slice d_y, float beta,
                                  struct compute_slice d_x, struct error *error)
{
    enum status status = window_check("max_pool_backward", window, true, error);
    int64_t count = status == STATUS_OK ? window_out_count(window) : 0;
    if (status == STATUS_OK)
        status = CPU_OPERANDS("max_pool_backward", {"indices", indices, count, false}, {"dY", d_y, count, false},
                              {"dX", d_x, window_in_count(window), true});
    if (status == STATUS_OK && d_x.buffer)
        run(stream, max_back_task, window->batch * window->time, window->frequency * window->in,
            (struct pool_job){.w = *window,
                              .indices = cpu_ints(indices),
                              .d_y = cpu_floats(d_y),
                              .beta = beta,
                              .y = cpu_floats(d_x)});
    return status;
}

enum status cpu_mean_pool_backward(struct compute_stream *stream, const struct compute_window *window,
                                   bool counts_padding, struct compute_slice d_y, float beta, struct compute_slice d_x,
                                   struct error *error)
{
    enum status status = window_check("mean_pool_backward", window, true, error);
    if (status == STATUS_OK)
        status = CPU_OPERANDS("mean_pool_backward", {"dY", d_y, window_out_count(window), false},
                              {"dX", d_x, window_in_count(window), true});
    if (status == STATUS_OK && d_x.buffer)
        run(stream, mean_back_task, window->batch * window->time, window->frequency * window->in,
            (struct pool_job){.w = *window,
                              .counts_padding = counts_padding,
                              .d_y = cpu_floats(d_y),
                              .beta = beta,
                              .y = cpu_floats(d_x)});
    return status;
}
