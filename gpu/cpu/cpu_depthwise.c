#include "gpu/cpu/cpu_layer_checks.h"
#include "gpu/cpu/cpu_layer_math.h"
#include "gpu/cpu/cpu_ops.h"
#include "gpu/window.h"

/* Depthwise convolutions. Forward, a task takes lines of the output; for the gradient of the input, lines of the input;
 * for that of the kernel, some channels. So every result has one writer. */

enum {
    LINES = 1 << 14, /* numbers of the lines of a task, at least */
    CHANNELS = 32,   /* of a task of the kernel's gradient */
};

struct depthwise_job {
    struct compute_window w;
    enum cpu_simd simd;
    int64_t lines, block; /* lines in all and of a task */
    const float *x, *kernel, *d_y;
    float *y, beta;
};

static inline struct window_span time_span(const struct compute_window *w, int64_t t)
{
    return window_span_at(t, w->time, w->kernel_time, w->stride_time, w->pad_time);
}

static inline struct window_span frequency_span(const struct compute_window *w, int64_t f)
{
    return window_span_at(f, w->frequency, w->kernel_frequency, w->stride_frequency, w->pad_frequency);
}

LAYER_INLINE void add_products(int64_t n, const float *restrict x, const float *restrict w, float *restrict y)
{
    for (int64_t c = 0; c < n; c++)
        y[c] += x[c] * w[c];
}

LAYER_INLINE void forward_body(const struct depthwise_job *job, int64_t line)
{
    const struct compute_window *w = &job->w;
    int64_t n = w->in, image = line / w->out_time;
    struct window_span time = time_span(w, line % w->out_time);
    for (int64_t f = 0; f < w->out_frequency; f++) {
        struct window_span frequency = frequency_span(w, f);
        float *y = job->y + (line * w->out_frequency + f) * n;
        for (int64_t c = 0; c < n; c++)
            y[c] = 0;
        for (int64_t a = time.begin; a < time.end; a++)
            for (int64_t b = frequency.begin; b < frequency.end; b++)
                add_products(n, job->x + ((image * w->time + time.first + a) * w->frequency + frequency.first + b) * n,
                             job->kernel + (a * w->kernel_frequency + b) * n, y);
    }
}

LAYER_INLINE void back_body(const struct depthwise_job *job, int64_t line)
{
    const struct compute_window *w = &job->w;
    int64_t n = w->in, image = line / w->time, at = line % w->time;
    float *d_line = job->y + line * w->frequency * n;
    for (int64_t i = 0; i < w->frequency * n; i++)
        d_line[i] = job->beta == 0 ? 0 : job->beta * d_line[i];
    int64_t last = window_last_covering(at, w->out_time, w->stride_time, w->pad_time);
    for (int64_t t = window_first_covering(at, w->kernel_time, w->stride_time, w->pad_time); t <= last; t++) {
        int64_t a = at - time_span(w, t).first;
        for (int64_t f = 0; f < w->out_frequency; f++) {
            struct window_span frequency = frequency_span(w, f);
            const float *d_y = job->d_y + ((image * w->out_time + t) * w->out_frequency + f) * n;
            for (int64_t b = frequency.begin; b < frequency.end; b++)
                add_products(n, d_y, job->kernel + (a * w->kernel_frequency + b) * n,
                             d_line + (frequency.first + b) * n);
        }
    }
}

/* sums += x · dY over the lines of one tap, each line in float32. */
LAYER_INLINE void add_tap(const struct depthwise_job *job, int64_t a, int64_t b, int64_t first, int64_t n, double *sums)
{
    const struct compute_window *w = &job->w;
    for (int64_t line = 0; line < w->batch * w->out_time; line++) {
        struct window_span time = time_span(w, line % w->out_time);
        if (a < time.begin || a >= time.end)
            continue;
        const float *x = job->x + (line / w->out_time * w->time + time.first + a) * w->frequency * w->in + first;
        const float *d_y = job->d_y + line * w->out_frequency * w->in + first;
        float part[CHANNELS] = {0};
        for (int64_t f = 0; f < w->out_frequency; f++) {
            int64_t at = f * w->stride_frequency - w->pad_frequency + b;
            if (at >= 0 && at < w->frequency)
                add_products(n, x + at * w->in, d_y + f * w->in, part);
        }
        for (int64_t c = 0; c < n; c++)
            sums[c] += (double)part[c];
    }
}

/* The gradient of one group of channels. */
LAYER_INLINE void kernel_body(const struct depthwise_job *job, int64_t group)
{
    const struct compute_window *w = &job->w;
    int64_t first = group * CHANNELS, n = cpu_min(CHANNELS, w->in - first);
    for (int64_t tap = 0; tap < w->kernel_time * w->kernel_frequency; tap++) {
        double sums[CHANNELS] = {0};
        add_tap(job, tap / w->kernel_frequency, tap % w->kernel_frequency, first, n, sums);
        float *to = job->y + tap * w->in + first;
        for (int64_t c = 0; c < n; c++)
            to[c] = (float)(job->beta == 0 ? sums[c] : sums[c] + (double)job->beta * (double)to[c]);
    }
}

#define DEPTHWISE_TASK(name)                                                                                           \
    CPU_KERNEL(name, name##_body, (const struct depthwise_job *job, int64_t line), (job, line))                        \
    static void name##_task(void *context, size_t index, int worker)                                                   \
    {                                                                                                                  \
        (void)worker;                                                                                                  \
        const struct depthwise_job *job = context;                                                                     \
        int64_t begin = (int64_t)index * job->block, end = cpu_min(begin + job->block, job->lines);                    \
        for (int64_t line = begin; line < end; line++)                                                                 \
            CPU_KERNEL_CALL(job->simd, name, (job, line));                                                             \
    }

DEPTHWISE_TASK(forward)
DEPTHWISE_TASK(back)
DEPTHWISE_TASK(kernel)

static void run(struct compute_stream *stream, void (*task)(void *, size_t, int), int64_t lines, int64_t block,
                struct depthwise_job job)
{
    job.simd = stream->device->simd;
    job.lines = lines;
    job.block = block;
    pool_run(stream->device->pool, (size_t)cpu_blocks(lines, block), task, &job);
}

/* Lines of a task for lines of `width` numbers. */
static int64_t block_of(const struct compute_window *w, int64_t frequency)
{
    return cpu_blocks(LINES, cpu_max(1, cpu_min(frequency * w->in * w->kernel_time * w->kernel_frequency, LINES)));
}

static int64_t kernel_count(const struct compute_window *w)
{
    return window_kernel_count(w) / w->out;
}

enum status cpu_depthwise(struct compute_stream *stream, const struct compute_window *window, struct compute_slice x,
                          struct compute_slice w, struct compute_slice y, struct error *error)
{
    enum status status = window_check("depthwise", window, true, error);
    if (status == STATUS_OK)
        status = CPU_OPERANDS("depthwise", {"X", x, window_in_count(window), false},
                              {"W", w, kernel_count(window), false}, {"Y", y, window_out_count(window), false});
    if (status == STATUS_OK)
        run(stream, forward_task, window->batch * window->out_time, block_of(window, window->out_frequency),
            (struct depthwise_job){.w = *window, .x = cpu_floats(x), .kernel = cpu_floats(w), .y = cpu_floats(y)});
    return status;
}

enum status cpu_depthwise_backward_input(struct compute_stream *stream, const struct compute_window *window,
                                         struct compute_slice w, struct compute_slice d_y, float beta,
                                         struct compute_slice d_x, struct error *error)
{
    static const char *const operation = "depthwise_backward_input";
    enum status status = window_check(operation, window, true, error);
    if (status == STATUS_OK)
        status = CPU_OPERANDS(operation, {"W", w, kernel_count(window), false},
                              {"dY", d_y, window_out_count(window), false}, {"dX", d_x, window_in_count(window), true});
    if (status == STATUS_OK && d_x.buffer)
        run(stream, back_task, window->batch * window->time, block_of(window, window->frequency),
            (struct depthwise_job){
                .w = *window, .kernel = cpu_floats(w), .d_y = cpu_floats(d_y), .beta = beta, .y = cpu_floats(d_x)});
    return status;
}

enum status cpu_depthwise_backward_kernel(struct compute_stream *stream, const struct compute_window *window,
                                          struct compute_slice x, struct compute_slice d_y, float beta,
                                          struct compute_slice d_w, struct error *error)
{
    static const char *const operation = "depthwise_backward_kernel";
    enum status status = window_check(operation, window, true, error);
    if (status == STATUS_OK)
        status = CPU_OPERANDS(operation, {"X", x, window_in_count(window), false},
                              {"dY", d_y, window_out_count(window), false}, {"dW", d_w, kernel_count(window), true});
    if (status == STATUS_OK && d_w.buffer)
        run(stream, kernel_task, cpu_blocks(window->in, CHANNELS), 1,
            (struct depthwise_job){
                .w = *window, .x = cpu_floats(x), .d_y = cpu_floats(d_y), .beta = beta, .y = cpu_floats(d_w)});
    return status;
}
