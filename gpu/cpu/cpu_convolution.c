#include <string.h>

#include "gpu/cpu/cpu_convolution_series.h"
#include "gpu/cpu/cpu_layer_checks.h"
#include "gpu/cpu/cpu_layer_math.h"
#include "gpu/cpu/cpu_ops.h"
#include "gpu/cpu/cpu_patches.h"
#include "gpu/cpu/cpu_tile.h"
#include "gpu/cpu/cpu_workspace.h"
#include "gpu/window.h"

/* Convolutions as matrix products of patches with the kernel. The kernel is packed in panels: for `columns` of the
 * tile, all numbers of a patch one after the other. A task packs the patches of some output positions, which stay in
 * its second-level cache, and passes once over the panels. The gradient of the input is the same product, of the
 * gradient's patches with the mirrored kernel. A sum runs over a patch in steps of STEP, whatever the tasks are. */

enum {
    STEP = 256,   /* numbers of a patch that are multiplied at a time; a panel of them stays in the first-level cache */
    DEPTH = 2048, /* numbers of a patch that are packed at a time, a multiple of STEP */
    WIDTH = 2048, /* columns per round */
    TILES = 16,   /* of a task's block of rows, at most */
    SHARES = 4,   /* tasks per thread */
};

_Static_assert(CPU_TILE_ROWS *(DEPTH + CPU_TILE_PADDING + WIDTH) <= CPU_OWN_FLOATS, "a tile of rows fits");
_Static_assert(DEPTH % STEP == 0, "the order of sums does not depend on DEPTH");

struct convolution_job {
    struct cpu_patches patches;
    const struct cpu_tile *tile;
    enum cpu_simd simd;
    enum activation f;
    int64_t rows, out;      /* Y [rows x out] */
    int64_t first, columns; /* of Y, in this round */
    int64_t begin, depth;   /* numbers of a patch, in this round */
    bool last;              /* the last numbers */
    int64_t block;          /* tiles that a worker packs at a time */
    int64_t tasks;
    bool mirrored; /* W is [taps x out x depth per tap], with its taps in reverse order */
    const float *w, *bias;
    float beta, *y;
    float *panels, *own;
};

/* Packs a panel of the kernel [depth x out]; columns past the last one are zeros. */
static void pack_panel(void *context, size_t index, int worker)
{
    (void)worker;
    const struct convolution_job *job = context;
    int64_t columns = job->tile->columns, j = job->first + (int64_t)index * columns;
    int64_t valid = cpu_min(columns, job->first + job->columns - j), channels = job->patches.channels;
    int64_t last_tap = cpu_patches_depth(&job->patches) / channels - 1;
    float *to = job->panels + (int64_t)index * columns * job->depth;
    for (int64_t k = job->begin; k < job->begin + job->depth; k++, to += columns) {
        const float *from = job->mirrored
                                ? job->w + ((last_tap - k / channels) * job->out + j) * channels + k % channels
                                : job->w + k * job->out + j;
        int64_t step = job->mirrored ? channels : 1;
        for (int64_t c = 0; c < columns; c++)
            to[c] = c < valid ? from[c * step] : 0;
    }
}

LAYER_INLINE void finish_run(const struct convolution_job *job, const float *restrict sums, int64_t row, int64_t j,
                             int64_t count)
{
    float v[CPU_TILE_COLUMNS] __attribute__((aligned(64)));
    const float *restrict bias = job->bias && job->last ? job->bias + j : NULL;
    float *y = job->y + row * job->out + j, beta = job->begin > 0 ? 1 : job->beta;
    for (int64_t c = 0; c < count; c++)
        v[c] = bias ? sums[c] + bias[c] : sums[c];
    for (int64_t c = 0; c < count && beta != 0; c++)
        v[c] += beta * y[c];
    layer_activate_run(job->last ? job->f : ACTIVATION_IDENTITY, count, v, y);
}

/* Rows i.. and columns j.. of the result, of which `sums` are complete. */
LAYER_INLINE void finish_body(const struct convolution_job *job, const float *sums, int64_t i, int64_t rows, int64_t j,
                              int64_t columns)
{
    int64_t stride = job->tile->columns;
    for (int64_t r = 0; r < rows; r++)
        if (columns == CPU_TILE_COLUMNS) /* a constant count */
            finish_run(job, sums + r * stride, i + r, j, CPU_TILE_COLUMNS);
        else
            finish_run(job, sums + r * stride, i + r, j, columns);
}

CPU_KERNEL(finish, finish_body,
           (const struct convolution_job *job, const float *sums, int64_t i, int64_t rows, int64_t j, int64_t columns),
           (job, sums, i, rows, j, columns))

/* Packs numbers k..k+depth-1 of the patches of rows i.., the last tile padded with zeros. */
static void pack_patches(const struct convolution_job *job, int64_t i, int64_t rows, int64_t padded, int64_t k,
                         int64_t depth, float *to)
{
    int64_t stride = depth + CPU_TILE_PADDING;
    cpu_patches_pack(job->simd, &job->patches, i, rows, k, depth, to, stride);
    to += rows * stride;
    for (int64_t r = rows; r < padded; r++, to += stride)
        memset(to, 0, (size_t)depth * sizeof *to);
}

/* sums [padded x columns of a tile] += the packed patches times `depth` numbers of a panel. */
static void multiply_panel(const struct convolution_job *job, const float *a, int64_t padded, const float *b,
                           int64_t depth, bool add, float *sums)
{
    const struct cpu_tile *tile = job->tile;
    int64_t stride = depth + CPU_TILE_PADDING;
    int64_t ahead = cpu_blocks(tile->columns * (int64_t)sizeof *b * tile->rows, padded); /* the next part meanwhile */
    for (int64_t k = 0; k < depth; k += STEP) {
        int64_t step = cpu_min(STEP, depth - k);
        const float *next = b + (k + step) * tile->columns;
        for (int64_t r = 0; r < padded; r += tile->rows)
            tile->multiply(step, a + r * stride + k, stride, b + k * tile->columns, tile->columns, add || k > 0,
                           sums + r * tile->columns, tile->columns, next + r / tile->rows * step * ahead / 4, ahead);
    }
}

static void multiply_block(const struct convolution_job *job, float *own, int64_t i, int64_t rows, int64_t padded)
{
    const struct cpu_tile *tile = job->tile;
    float *sums = own, *a = own + padded * cpu_round_up(job->columns, tile->columns);
    for (int64_t k = 0; k < job->depth; k += DEPTH) {
        int64_t depth = cpu_min(DEPTH, job->depth - k);
        pack_patches(job, i, rows, padded, job->begin + k, depth, a);
        for (int64_t j = 0; j < job->columns; j += tile->columns) {
            multiply_panel(job, a, padded, job->panels + j * job->depth + k * tile->columns, depth, k > 0,
                           sums + padded * j);
            if (k + depth == job->depth)
                CPU_KERNEL_CALL(
                    job->simd, finish,
                    (job, sums + padded * j, i, rows, job->first + j, cpu_min(tile->columns, job->columns - j)));
        }
    }
}

static void multiply_task(void *context, size_t index, int worker)
{
    const struct convolution_job *job = context;
    int64_t tiles = cpu_blocks(job->rows, job->tile->rows);
    int64_t past = tiles * ((int64_t)index + 1) / job->tasks;
    for (int64_t t = tiles * (int64_t)index / job->tasks; t < past; t += job->block) {
        int64_t i = t * job->tile->rows, padded = cpu_min(job->block, past - t) * job->tile->rows;
        multiply_block(job, job->own + worker * CPU_OWN_FLOATS, i, cpu_min(padded, job->rows - i), padded);
    }
}

/* All columns of the result, for some numbers of the patches. */
static void multiply_round(const struct compute_device *device, struct convolution_job *job)
{
    int64_t unit = job->tile->columns, packed = cpu_min(job->depth, DEPTH) + CPU_TILE_PADDING;
    int64_t most = cpu_min(WIDTH, CPU_SHARED_FLOATS / (job->depth * unit) * unit);
    for (job->first = 0; job->first < job->out; job->first += most) {
        job->columns = cpu_min(most, job->out - job->first);
        int64_t row = packed + cpu_round_up(job->columns, unit), tiles = cpu_blocks(job->rows, job->tile->rows);
        job->block = cpu_min(TILES, CPU_OWN_FLOATS / (row * job->tile->rows));
        job->tasks = cpu_min(tiles, cpu_max(cpu_blocks(tiles, job->block * 4), (int64_t)device->threads * SHARES));
        pool_run(device->pool, (size_t)cpu_blocks(job->columns, unit), pack_panel, job);
        pool_run(device->pool, (size_t)job->tasks, multiply_task, job);
    }
}

static void multiply(const struct compute_device *device, struct convolution_job *job)
{
    struct cpu_workspace *workspace = device->workspace;
    int64_t depth = cpu_patches_depth(&job->patches), most = CPU_SHARED_FLOATS / CPU_TILE_COLUMNS / STEP * STEP;
    job->tile = cpu_tile_for(device->simd, job->out);
    job->simd = device->simd;
    pthread_mutex_lock(&workspace->lock);
    job->panels = workspace->shared;
    job->own = workspace->own;
    for (job->begin = 0; job->begin < depth; job->begin += most) {
        job->depth = cpu_min(most, depth - job->begin);
        job->last = job->begin + job->depth == depth;
        multiply_round(device, job);
    }
    pthread_mutex_unlock(&workspace->lock);
}

enum status cpu_convolution(struct compute_stream *stream, enum activation f, const struct compute_window *window,
                            struct compute_slice x, struct compute_slice w, struct compute_slice bias,
                            struct compute_slice y, struct error *error)
{
    enum status status = window_check("convolution", window, false, error);
    if (status == STATUS_OK)
        status = cpu_check_activation("convolution", f, error);
    if (status == STATUS_OK)
        status = CPU_OPERANDS("convolution", {"X", x, window_in_count(window), false},
                              {"W", w, window_kernel_count(window), false}, {"bias", bias, window->out, true},
                              {"Y", y, window_out_count(window), false});
    if (status != STATUS_OK || window_out_count(window) == 0)
        return status;
    if (cpu_convolution_series_fits(stream->device, window)) {
        cpu_convolution_series(stream->device, f, window, cpu_floats(x), cpu_floats(w), cpu_floats(bias),
                               cpu_floats(y));
        return STATUS_OK;
    }
    struct convolution_job job = {.patches = cpu_patches_of(window, cpu_floats(x)),
                                  .f = f,
                                  .rows = window_out_count(window) / window->out,
                                  .out = window->out,
                                  .w = cpu_floats(w),
                                  .bias = cpu_floats(bias),
                                  .y = cpu_floats(y)};
    multiply(stream->device, &job);
    return STATUS_OK;
}

enum status cpu_convolution_backward_input(struct compute_stream *stream, const struct compute_window *window,
                                           struct compute_slice w, struct compute_slice d_y, float beta,
                                           struct compute_slice d_x, struct error *error)
{
    static const char *const operation = "convolution_backward_input";
    enum status status = window_check(operation, window, false, error);
    if (status == STATUS_OK)
        status = CPU_OPERANDS(operation, {"W", w, window_kernel_count(window), false},
                              {"dY", d_y, window_out_count(window), false}, {"dX", d_x, window_in_count(window), true});
    if (status != STATUS_OK || !d_x.buffer || window_in_count(window) == 0)
        return status;
    struct convolution_job job = {.patches = {.x = cpu_floats(d_y),
                                              .time = window->out_time,
                                              .frequency = window->out_frequency,
                                              .channels = window->out,
                                              .out_time = window->time,
                                              .out_frequency = window->frequency,
                                              .kernel_time = window->kernel_time,
                                              .kernel_frequency = window->kernel_frequency,
                                              .stride_time = 1,
                                              .stride_frequency = 1,
                                              .pad_time = window->kernel_time - 1 - window->pad_time,
                                              .pad_frequency = window->kernel_frequency - 1 - window->pad_frequency,
                                              .spread_time = window->stride_time,
                                              .spread_frequency = window->stride_frequency},
                                  .f = ACTIVATION_IDENTITY,
                                  .rows = window_in_count(window) / window->in,
                                  .out = window->in,
                                  .mirrored = true,
                                  .w = cpu_floats(w),
                                  .beta = beta,
                                  .y = cpu_floats(d_x)};
    multiply(stream->device, &job);
    return STATUS_OK;
}
