#include <string.h>

#include "gpu/cpu/cpu_layer_checks.h"
#include "gpu/cpu/cpu_layer_math.h"
#include "gpu/cpu/cpu_ops.h"
#include "gpu/cpu/cpu_patches.h"
#include "gpu/cpu/cpu_tile.h"
#include "gpu/cpu/cpu_workspace.h"
#include "gpu/window.h"

/* The gradient of a convolution's kernel: dWᵀ [out x depth] = dYᵀ [out x rows] times the patches [rows x depth]. The
 * rows are divided into parts, whose sums are added in order; the result is divided into blocks of output channels and
 * groups of numbers of a patch. A task computes one block and group for one part, some rows at a time: it packs the
 * patches in panels, which are the right operand as they come, and transposes dY. The division follows from sizes
 * alone. */

enum {
    ROWS = 128,  /* of dY and of the patches that are packed at a time */
    GROUP = 576, /* numbers of a patch in a group, at most */
    PARTS = 16,  /* of the rows, at most */
    A_STRIDE = ROWS + CPU_TILE_PADDING,
};

struct kernel_job {
    struct cpu_patches patches;
    const struct cpu_tile *tile;
    enum cpu_simd simd;
    int64_t rows, depth, out;
    int64_t parts, blocks, groups;
    int64_t block, group; /* output channels of a block, numbers of a group: multiples of the tile's rows and columns */
    const float *d_y;
    float beta, *d_w;
    float *sums; /* [parts x depth x out]; NULL for a single part, which goes to d_w */
    float *own;
};

_Static_assert(CPU_TILE_ROWS *(GROUP + A_STRIDE) + ROWS * GROUP <= CPU_OWN_FLOATS, "a tile of channels fits");
_Static_assert(GROUP % CPU_TILE_COLUMNS == 0, "a group is whole panels");

/* Packs numbers k..k+count-1 of the patches of `rows` rows in panels [ROWS x columns]; the rest of a panel is zeros. */
static void pack_patches(const struct kernel_job *job, int64_t row, int64_t rows, int64_t k, int64_t count, float *to)
{
    enum { AT_ONCE = 16 };
    float patches[AT_ONCE * GROUP] __attribute__((aligned(64)));
    int64_t columns = job->tile->columns, padded = cpu_round_up(count, columns);
    for (int64_t r = 0; r < AT_ONCE && padded > count; r++)
        memset(patches + r * padded + count, 0, (size_t)(padded - count) * sizeof *patches);
    for (int64_t first = 0; first < rows; first += AT_ONCE) {
        int64_t some = cpu_min(AT_ONCE, rows - first);
        cpu_patches_pack(job->simd, &job->patches, row + first, some, k, count, patches, padded);
        for (int64_t c = 0; c < padded; c += columns)
            for (int64_t r = 0; r < some; r++)
                memcpy(to + c * ROWS + (first + r) * columns, patches + r * padded + c, (size_t)columns * sizeof *to);
    }
}

/* to[c][r] = dY[row + r, first + c]; channels past the last one are zeros. */
static void transpose(const struct kernel_job *job, int64_t row, int64_t rows, int64_t first, int64_t channels,
                      int64_t padded, float *to)
{
    enum { SIDE = 16 };
    for (int64_t r = 0; r < rows; r += SIDE)
        for (int64_t c = 0; c < channels; c++) {
            const float *from = job->d_y + (row + r) * job->out + first + c;
            int64_t count = cpu_min(SIDE, rows - r);
            for (int64_t i = 0; i < count; i++)
                to[c * A_STRIDE + r + i] = from[i * job->out];
        }
    for (int64_t c = channels; c < padded; c++)
        memset(to + c * A_STRIDE, 0, (size_t)rows * sizeof *to);
}

/* The transposed sums [channels x group, in panels] to dW or to a part's sums, [depth x out]. */
static void store_sums(const struct kernel_job *job, const float *sums, int64_t padded, int64_t part, int64_t first,
                       int64_t channels, int64_t k, int64_t count)
{
    int64_t columns = job->tile->columns;
    float *to = job->sums ? job->sums + part * job->depth * job->out : job->d_w;
    float beta = job->sums ? 0 : job->beta;
    for (int64_t i = 0; i < count; i++) {
        const float *from = sums + i / columns * columns * padded + i % columns;
        float *row = to + (k + i) * job->out + first;
        for (int64_t c = 0; c < channels; c++)
            row[c] = beta == 0 ? from[c * columns] : from[c * columns] + beta * row[c];
    }
}

static void kernel_task(void *context, size_t index, int worker)
{
    const struct kernel_job *job = context;
    const struct cpu_tile *tile = job->tile;
    int64_t unit = (int64_t)index, group = unit % job->groups, block = unit / job->groups % job->blocks;
    int64_t part = unit / job->groups / job->blocks, strips = cpu_blocks(job->rows, ROWS);
    int64_t first = block * job->block, channels = cpu_min(job->block, job->out - first);
    int64_t k = group * job->group, count = cpu_min(job->group, job->depth - k);
    int64_t padded = cpu_round_up(channels, tile->rows), width = cpu_round_up(count, tile->columns);
    float *sums = job->own + worker * CPU_OWN_FLOATS, *b = sums + cpu_round_up(padded * width, 16),
          *a = b + ROWS * width;
    int64_t begin = strips * part / job->parts, past = strips * (part + 1) / job->parts;
    for (int64_t strip = begin; strip < past; strip++) {
        int64_t row = strip * ROWS, rows = cpu_min(ROWS, job->rows - row);
        pack_patches(job, row, rows, k, count, b);
        transpose(job, row, rows, first, channels, padded, a);
        for (int64_t j = 0; j < width; j += tile->columns)
            for (int64_t i = 0; i < padded; i += tile->rows)
                tile->multiply(rows, a + i * A_STRIDE, A_STRIDE, b + j * ROWS, tile->columns, strip > begin,
                               sums + j * padded + i * tile->columns, tile->columns, b + (j + tile->columns) * ROWS,
                               64);
    }
    store_sums(job, sums, padded, part, first, channels, k, count);
}

enum { ELEMENTS = 4096 /* of dW, per task */ };

static void add_parts(void *context, size_t index, int worker)
{
    (void)worker;
    const struct kernel_job *job = context;
    int64_t n = job->depth * job->out, past = cpu_min(((int64_t)index + 1) * ELEMENTS, n);
    for (int64_t i = (int64_t)index * ELEMENTS; i < past; i++) {
        double sum = job->beta == 0 ? 0 : (double)job->beta * (double)job->d_w[i];
        for (int64_t part = 0; part < job->parts; part++)
            sum += (double)job->sums[part * n + i];
        job->d_w[i] = (float)sum;
    }
}

static void divide(struct kernel_job *job)
{
    const struct cpu_tile *tile = job->tile;
    job->group = cpu_min(GROUP, cpu_round_up(job->depth, tile->columns));
    job->groups = cpu_blocks(job->depth, job->group);
    int64_t fitting = (CPU_OWN_FLOATS - 16 - ROWS * job->group) / (job->group + A_STRIDE) / tile->rows * tile->rows;
    job->block = cpu_min(fitting, cpu_round_up(job->out, tile->rows));
    job->blocks = cpu_blocks(job->out, job->block);
    job->parts = cpu_min(cpu_min(PARTS, CPU_SHARED_FLOATS / (job->depth * job->out)), cpu_blocks(job->rows, ROWS));
    job->parts = cpu_max(job->parts, 1);
}

enum status cpu_convolution_backward_kernel(struct compute_stream *stream, const struct compute_window *window,
                                            struct compute_slice x, struct compute_slice d_y, float beta,
                                            struct compute_slice d_w, struct error *error)
{
    static const char *const operation = "convolution_backward_kernel";
    struct compute_device *device = stream->device;
    enum status status = window_check(operation, window, false, error);
    if (status == STATUS_OK)
        status =
            CPU_OPERANDS(operation, {"X", x, window_in_count(window), false},
                         {"dY", d_y, window_out_count(window), false}, {"dW", d_w, window_kernel_count(window), true});
    if (status != STATUS_OK || !d_w.buffer)
        return status;
    struct kernel_job job = {.patches = cpu_patches_of(window, cpu_floats(x)),
                             .tile = cpu_tile_of(device->simd),
                             .simd = device->simd,
                             .rows = window_out_count(window) / window->out,
                             .out = window->out,
                             .d_y = cpu_floats(d_y),
                             .beta = beta,
                             .d_w = cpu_floats(d_w)};
    job.depth = cpu_patches_depth(&job.patches);
    if (job.rows == 0) {
        for (int64_t i = 0; i < job.depth * job.out; i++)
            job.d_w[i] = beta == 0 ? 0 : beta * job.d_w[i];
        return STATUS_OK;
    }
    divide(&job);
    pthread_mutex_lock(&device->workspace->lock);
    job.sums = job.parts > 1 ? device->workspace->shared : NULL;
    job.own = device->workspace->own;
    pool_run(device->pool, (size_t)(job.parts * job.blocks * job.groups), kernel_task, &job);
    if (job.sums)
        pool_run(device->pool, (size_t)cpu_blocks(job.depth * job.out, ELEMENTS), add_parts, &job);
    pthread_mutex_unlock(&device->workspace->lock);
    return STATUS_OK;
}
