#include "gpu/cpu/cpu_convolution_series.h"

#include "gpu/cpu/cpu_layer_checks.h"
#include "gpu/cpu/cpu_layer_math.h"
#include "gpu/cpu/cpu_tile.h"
#include "gpu/cpu/cpu_workspace.h"

/* Filters over the time of each frequency of an image of one channel. A frequency is stored as a series with its
 * padding; the patches of neighbouring times overlap in it, so they need not be packed: the rows of a tile begin one
 * number after the other. A task has some neighbouring frequencies, whose results lie side by side. */

enum { GROUP = 8 /* frequencies of a task */, DEPTH_MIN = 8, DEPTH_MAX = 256, LINE = 16 /* floats */ };

struct series_job {
    const struct compute_window *w;
    const struct cpu_tile *tile;
    enum cpu_simd simd;
    enum activation f;
    int64_t length; /* of a series: what the times of the result see, in whole tiles */
    int64_t groups; /* of each image */
    const float *x, *kernel, *bias;
    float *panels, *own, *y;
};

static int64_t length_of(const struct compute_window *w, const struct cpu_tile *tile)
{
    return cpu_round_up(w->out_time, tile->rows) + w->kernel_time - 1;
}

bool cpu_convolution_series_fits(const struct compute_device *device, const struct compute_window *w)
{
    const struct cpu_tile *tile = cpu_tile_for(device->simd, w->out);
    const int64_t columns = cpu_round_up(w->out, tile->columns);
    return w->in == 1 && w->kernel_frequency == 1 && w->stride_time == 1 && w->stride_frequency == 1 &&
           w->pad_frequency == 0 && w->out_frequency == w->frequency && w->kernel_time >= DEPTH_MIN &&
           w->kernel_time <= DEPTH_MAX && GROUP * length_of(w, tile) + tile->rows * columns <= CPU_OWN_FLOATS &&
           w->kernel_time * columns <= CPU_SHARED_FLOATS;
}

/* Columns past the last one are zeros. */
static void pack_panel(void *context, size_t index, int worker)
{
    (void)worker;
    const struct series_job *job = context;
    const int64_t columns = job->tile->columns, j = (int64_t)index * columns;
    float *to = job->panels + j * job->w->kernel_time;
    for (int64_t k = 0; k < job->w->kernel_time; k++, to += columns)
        for (int64_t c = 0; c < columns; c++)
            to[c] = j + c < job->w->out ? job->kernel[k * job->w->out + j + c] : 0;
}

/* Frequencies first..first+count-1 of an image as series. */
static void fill_series(const struct series_job *job, int64_t image, int64_t first, int64_t count, float *series)
{
    const struct compute_window *w = job->w;
    for (int64_t i = 0; i < job->length; i++) {
        const int64_t t = i - w->pad_time;
        const float *from = job->x + (image * w->time + t) * w->frequency + first;
        for (int64_t f = 0; f < count; f++)
            series[f * job->length + i] = t >= 0 && t < w->time ? from[f] : 0;
    }
}

/* Times of one frequency, of which `sums` [rows x stride] are complete: Y begins at the first of them. */
LAYER_INLINE void series_finish_body(const struct series_job *job, float *restrict sums, int64_t rows, int64_t stride,
                                     float *restrict y)
{
    const int64_t out = job->w->out;
    const float *restrict bias = job->bias;
    for (int64_t r = 0; r < rows; r++, sums += stride, y += job->w->frequency * out) {
        for (int64_t c = 0; c < out && bias; c++)
            sums[c] += bias[c];
        layer_activate_run(job->f, out, sums, y);
    }
}

CPU_KERNEL(series_finish, series_finish_body,
           (const struct series_job *job, float *sums, int64_t rows, int64_t stride, float *y),
           (job, sums, rows, stride, y))

/* The cache fetches a result while it is computed: its rows are far apart. */
static void fetch_result(const struct compute_window *w, float *y, int64_t rows)
{
    for (int64_t r = 0; r < rows; r++, y += w->frequency * w->out)
        for (int64_t c = 0; c < w->out; c += LINE)
            __builtin_prefetch(y + c, 1, 3);
}

static void series_task(void *context, size_t index, int worker)
{
    const struct series_job *job = context;
    const struct compute_window *w = job->w;
    const struct cpu_tile *tile = job->tile;
    const int64_t stride = cpu_round_up(w->out, tile->columns), panel = tile->columns * w->kernel_time;
    float *sums = job->own + worker * CPU_OWN_FLOATS, *series = sums + tile->rows * stride;
    const int64_t image = (int64_t)index / job->groups, first = (int64_t)index % job->groups * GROUP;
    const int64_t count = cpu_min(GROUP, w->frequency - first);
    fill_series(job, image, first, count, series);
    for (int64_t t = 0; t < w->out_time; t += tile->rows)
        for (int64_t f = 0; f < count; f++) {
            const float *b = job->panels;
            float *y = job->y + ((image * w->out_time + t) * w->frequency + first + f) * w->out;
            const int64_t rows = cpu_min(tile->rows, w->out_time - t);
            fetch_result(w, y, rows);
            for (int64_t j = 0; j < stride; j += tile->columns, b += panel)
                tile->multiply(w->kernel_time, series + f * job->length + t, 1, b, tile->columns, false, sums + j,
                               stride, b + panel, tile->columns * (int64_t)sizeof *b);
            CPU_KERNEL_CALL(job->simd, series_finish, (job, sums, rows, stride, y));
        }
}

void cpu_convolution_series(const struct compute_device *device, enum activation f, const struct compute_window *window,
                            const float *x, const float *kernel, const float *bias, float *y)
{
    struct cpu_workspace *workspace = device->workspace;
    struct series_job job = {.w = window,
                             .tile = cpu_tile_for(device->simd, window->out),
                             .simd = device->simd,
                             .f = f,
                             .groups = cpu_blocks(window->frequency, GROUP),
                             .x = x,
                             .kernel = kernel,
                             .bias = bias,
                             .y = y};
    job.length = length_of(window, job.tile);
    pthread_mutex_lock(&workspace->lock);
    job.panels = workspace->shared;
    job.own = workspace->own;
    pool_run(device->pool, (size_t)cpu_blocks(window->out, job.tile->columns), pack_panel, &job);
    pool_run(device->pool, (size_t)(window->batch * job.groups), series_task, &job);
    pthread_mutex_unlock(&workspace->lock);
}
