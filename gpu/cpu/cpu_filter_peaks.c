#include <math.h>
#include <string.h>

#include "gpu/cpu/cpu_layer_checks.h"
#include "gpu/cpu/cpu_layer_math.h"
#include "gpu/cpu/cpu_ops.h"
#include "gpu/cpu/cpu_tile.h"
#include "gpu/cpu/cpu_workspace.h"

/* Filters over a spectrogram with the maximum over frequency. The responses are never stored: a tile of them, some
 * times by some filters, is computed for one frequency after the other, and the maxima stay beside it.
 *
 * A task has a block of times of one spectrogram, stored so that what a filter sees at time t and frequency f is
 * contiguous, at t · row + f · step. Filters wider than one band see rows that hold, for each band, the kernel_time
 * values around t. Filters of one band see the bands as series, in which the windows overlap (row 1). */

struct peaks_job {
    enum cpu_simd simd;
    const struct cpu_tile *tile;
    int64_t time, frequency, kernel_time, kernel_frequency, filters;
    int64_t before; /* kernel_time - before - 1 values are after t */
    int64_t blocks, block;
    int64_t row, step;
    const float *x, *w;
    float *packed, *own, *y;
    int64_t y_stride;
};

/* Panels of the tile's columns; for each filter the order of what it sees: band by band, or time by time. */
static void pack_panel(void *context, size_t index, int worker)
{
    (void)worker;
    const struct peaks_job *job = context;
    int64_t columns = job->tile->columns, depth = job->kernel_time * job->kernel_frequency;
    int64_t first = (int64_t)index * columns, valid = cpu_min(columns, job->filters - first);
    float *to = job->packed + first * depth;
    for (int64_t j = 0; j < job->kernel_frequency; j++)
        for (int64_t i = 0; i < job->kernel_time; i++, to += columns) {
            const float *from = job->w + (i * job->kernel_frequency + j) * job->filters + first;
            for (int64_t c = 0; c < columns; c++)
                to[c] = c < valid ? from[c] : 0;
        }
}

/* The value at time t, which may be outside of the spectrogram. */
static inline float value_at(const struct peaks_job *job, const float *x, int64_t t, int64_t f)
{
    return t >= 0 && t < job->time ? x[t * job->frequency + f] : 0;
}

/* Stores what the filters see at times first .. first + rows - 1. */
static void unfold(const struct peaks_job *job, const float *x, int64_t first, int64_t rows, float *to)
{
    int64_t start = first - job->before;
    if (job->kernel_frequency == 1) {
        for (int64_t t = 0; t < rows + job->kernel_time - 1; t++)
            for (int64_t f = 0; f < job->frequency; f++)
                to[f * job->step + t] = value_at(job, x, start + t, f);
        return;
    }
    for (int64_t r = 0; r < rows; r++)
        for (int64_t i = 0; i < job->kernel_time; i++)
            for (int64_t f = 0; f < job->frequency; f++)
                to[r * job->row + f * job->step + i] = value_at(job, x, start + r + i, f);
}

LAYER_INLINE void raise_body(int64_t count, const float *restrict sums, float *restrict peaks)
{
    for (int64_t i = 0; i < count; i++)
        peaks[i] = sums[i] > peaks[i] || sums[i] != sums[i] ? sums[i] : peaks[i];
}

CPU_KERNEL(raise, raise_body, (int64_t count, const float *sums, float *peaks), (count, sums, peaks))

/* The peaks of a tile of times and filters. */
static void tile_peaks(const struct peaks_job *job, const float *a, const float *b, float *peaks)
{
    float sums[CPU_TILE_ROWS * CPU_TILE_COLUMNS] __attribute__((aligned(64)));
    const struct cpu_tile *tile = job->tile;
    int64_t count = tile->rows * tile->columns, depth = job->kernel_time * job->kernel_frequency;
    for (int64_t i = 0; i < count; i++)
        peaks[i] = -INFINITY;
    for (int64_t f = 0; f <= job->frequency - job->kernel_frequency; f++) {
        tile->multiply(depth, a + f * job->step, job->row, b, tile->columns, false, sums, tile->columns, b, 0);
        CPU_KERNEL_CALL(job->simd, raise, (count, sums, peaks));
    }
}

static void peaks_task(void *context, size_t index, int worker)
{
    const struct peaks_job *job = context;
    const struct cpu_tile *tile = job->tile;
    float peaks[CPU_TILE_ROWS * CPU_TILE_COLUMNS] __attribute__((aligned(64)));
    float *seen = job->own + worker * CPU_OWN_FLOATS;
    int64_t depth = job->kernel_time * job->kernel_frequency;
    int64_t b = (int64_t)index / job->blocks, first = (int64_t)index % job->blocks * job->block;
    int64_t rows = cpu_min(job->block, job->time - first);
    unfold(job, job->x + b * job->time * job->frequency, first, cpu_round_up(rows, tile->rows), seen);
    for (int64_t n = 0; n < job->filters; n += tile->columns)
        for (int64_t r = 0; r < rows; r += tile->rows) {
            tile_peaks(job, seen + r * job->row, job->packed + n * depth, peaks);
            for (int64_t i = 0; i < cpu_min(tile->rows, rows - r); i++)
                memcpy(job->y + (b * job->time + first + r + i) * job->y_stride + n, peaks + i * tile->columns,
                       (size_t)cpu_min(tile->columns, job->filters - n) * sizeof *peaks);
        }
}

/* Chooses the blocks; false if even one row of tiles does not fit a worker's memory. */
static bool plan_blocks(struct peaks_job *job, int64_t batch, int threads)
{
    enum { SHARES = 2 /* tasks per thread, at least where there are enough rows */ };
    int64_t rows = job->tile->rows, wanted = cpu_blocks((int64_t)threads * SHARES, batch), most;
    if (job->kernel_frequency == 1) {
        most = CPU_OWN_FLOATS / job->frequency - job->kernel_time + 1;
    } else {
        job->row = job->frequency * job->kernel_time + CPU_TILE_PADDING;
        most = CPU_OWN_FLOATS / job->row;
    }
    most = most / rows * rows;
    if (most < rows)
        return false;
    job->block = cpu_min(most, cpu_round_up(cpu_blocks(job->time, wanted), rows));
    job->blocks = cpu_blocks(job->time, job->block);
    job->step = job->kernel_time;
    if (job->kernel_frequency == 1) {
        job->row = 1;
        job->step = job->block + job->kernel_time - 1;
    }
    return true;
}

enum status cpu_filter_peaks(struct compute_stream *stream, int64_t batch, int64_t time, int64_t frequency,
                             int64_t kernel_time, int64_t kernel_frequency, int64_t filters, struct compute_slice x,
                             struct compute_slice w, struct compute_slice y, int64_t y_stride, struct error *error)
{
    const struct compute_device *device = stream->device;
    enum status status = CPU_SIZES("filter_peaks", batch, time, frequency, filters);
    if (status == STATUS_OK)
        status = CPU_SIZES("filter_peaks", kernel_time, kernel_frequency, filters);
    bool empty = batch == 0 || time == 0 || filters == 0;
    if (status == STATUS_OK)
        status = CPU_SIZES("filter_peaks", batch, time, y_stride);
    if (status == STATUS_OK && y_stride < filters)
        return error_set(error, STATUS_FAILED,
                         "operation filter_peaks: %lld filters do not fit Y's row stride of %lld (internal error)",
                         (long long)filters, (long long)y_stride);
    if (status == STATUS_OK && (kernel_time < 1 || kernel_frequency < 1 || kernel_frequency > frequency))
        return error_set(error, STATUS_FAILED,
                         "operation filter_peaks: filters of %lld x %lld do not fit (internal "
                         "error)",
                         (long long)kernel_time, (long long)kernel_frequency);
    if (status == STATUS_OK)
        status = CPU_OPERANDS("filter_peaks", {"X", x, batch * time * frequency, false},
                              {"W", w, kernel_time * kernel_frequency * filters, false},
                              {"Y", y, empty ? 0 : (batch * time - 1) * y_stride + filters, false});
    if (status != STATUS_OK || empty)
        return status;
    struct peaks_job job = {.simd = device->simd,
                            .tile = cpu_tile_of(device->simd),
                            .time = time,
                            .frequency = frequency,
                            .kernel_time = kernel_time,
                            .kernel_frequency = kernel_frequency,
                            .filters = filters,
                            .before = (kernel_time - 1) / 2,
                            .x = cpu_floats(x),
                            .w = cpu_floats(w),
                            .y = cpu_floats(y),
                            .y_stride = y_stride,
                            .packed = device->workspace->shared,
                            .own = device->workspace->own};
    int64_t panels = cpu_blocks(filters, job.tile->columns);
    if (panels * job.tile->columns * kernel_time * kernel_frequency > CPU_SHARED_FLOATS ||
        !plan_blocks(&job, batch, device->threads))
        return error_set(error, STATUS_FAILED,
                         "operation filter_peaks: %lld filters of %lld x %lld are too large "
                         "(internal error)",
                         (long long)filters, (long long)kernel_time, (long long)kernel_frequency);
    pthread_mutex_lock(&device->workspace->lock);
    pool_run(device->pool, (size_t)panels, pack_panel, &job);
    pool_run(device->pool, (size_t)(batch * job.blocks), peaks_task, &job);
    pthread_mutex_unlock(&device->workspace->lock);
    return STATUS_OK;
}
