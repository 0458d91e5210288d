#include <string.h>

#include "gpu/bfloat16.h"
#include "gpu/cpu/cpu_bfloat16.h"
#include "gpu/cpu/cpu_layer_checks.h"
#include "gpu/cpu/cpu_layer_math.h"
#include "gpu/cpu/cpu_ops.h"
#include "gpu/cpu/cpu_tile.h"
#include "gpu/cpu/cpu_workspace.h"

/* Dense layers with packed weights. W is stored in panels: for `columns` of the tile, all of W's `in` values of each,
 * k by k. A task packs some tiles of rows of X, which stay in its second-level cache, and passes once over the panels,
 * DEPTH values of k at a time, which stay in the first-level cache. A sum runs over k in order whatever the tasks are.
 *
 * In bfloat16, a word of X and W is a pair of values for k and k + 1 where the processor multiplies them
 * (cpu_bfloat16.h). Elsewhere it is a float32 that was rounded to bfloat16: products of such numbers are exact, so the
 * result is the same but for the rounding of sums. */

enum {
    DEPTH = 256,
    TILES = 16, /* of a task's rows, at most */
    SHARES = 2, /* tasks per thread, at least where there are enough rows */
};

_Static_assert(CPU_TILE_ROWS *(PACKED_IN_MAX + CPU_TILE_PADDING) <= CPU_OWN_FLOATS,
               "a tile of rows fits a worker's memory");

static enum status check_call(const char *operation, enum precision precision, int64_t in, struct error *error)
{
    if ((unsigned)precision >= PRECISIONS)
        return error_set(error, STATUS_FAILED, "operation %s has no precision %d (internal error)", operation,
                         (int)precision);
    if (in <= PACKED_IN_MAX)
        return STATUS_OK;
    return error_set(error, STATUS_FAILED, "operation %s works on at most %d inputs, not %lld (internal error)",
                     operation, (int)PACKED_IN_MAX, (long long)in);
}

/* How X and W are stored for products. */
struct layout {
    const struct cpu_tile *tile;
    int64_t words; /* of 32 bits, for the `in` values of a row or column */
    bool rounds;   /* numbers are rounded to bfloat16 */
    bool pairs;    /* a word is two of them */
};

static struct layout layout_of(const struct compute_device *device, enum precision precision, int64_t in)
{
    bool rounds = precision == PRECISION_BFLOAT16;
    const struct cpu_tile *tile = rounds ? cpu_bfloat16_tile(device->simd) : NULL;
    return (struct layout){.tile = tile ? tile : cpu_tile_of(device->simd),
                           .words = tile ? cpu_blocks(in, 2) : in,
                           .rounds = rounds,
                           .pairs = tile != NULL};
}

size_t cpu_packed_weights(const struct compute_device *device, enum precision precision, int64_t in, int64_t out)
{
    int64_t words = layout_of(device, precision, cpu_max(in, 0)).words;
    return (size_t)(cpu_round_up(cpu_max(out, 0), CPU_TILE_COLUMNS) * words) * sizeof(float);
}

struct pack_job {
    struct layout layout;
    int64_t in, out;
    const float *w;
    float *packed;
};

/* Word i of a row of W. */
static inline float packed_word(const struct pack_job *job, const float *row, int64_t i)
{
    if (!job->layout.pairs)
        return job->layout.rounds ? bfloat16_float(bfloat16_of(row[i])) : row[i];
    uint32_t low = bfloat16_of(row[2 * i]), high = 2 * i + 1 < job->in ? bfloat16_of(row[2 * i + 1]) : 0;
    uint32_t bits = high << 16 | low;
    float word;
    memcpy(&word, &bits, sizeof word);
    return word;
}

/* Packs a panel; columns past the last one are zeros. */
static void pack_panel(void *context, size_t index, int worker)
{
    enum { STEP = 16 };
    (void)worker;
    const struct pack_job *job = context;
    int64_t columns = job->layout.tile->columns, words = job->layout.words;
    int64_t first = (int64_t)index * columns, valid = cpu_min(columns, job->out - first);
    float *to = job->packed + first * words;
    const float *from = job->w + first * job->in;
    for (int64_t k = 0; k < words; k += STEP)
        for (int64_t c = 0; c < columns; c++)
            for (int64_t i = k; i < cpu_min(k + STEP, words); i++)
                to[i * columns + c] = c < valid ? packed_word(job, from + c * job->in, i) : 0;
}

enum status cpu_pack_weights(struct compute_stream *stream, enum precision precision, int64_t in, int64_t out,
                             struct compute_slice w, struct compute_slice packed, struct error *error)
{
    enum status status = CPU_SIZES("pack_weights", in, out);
    if (status == STATUS_OK)
        status = CPU_SIZES("pack_weights", in, out < 0 ? out : cpu_round_up(out, CPU_TILE_COLUMNS));
    if (status == STATUS_OK)
        status = check_call("pack_weights", precision, in, error);
    const struct layout layout = layout_of(stream->device, precision, in);
    if (status == STATUS_OK)
        status = CPU_OPERANDS("pack_weights", {"W", w, out * in, false},
                              {"packed", packed, cpu_round_up(out, CPU_TILE_COLUMNS) * layout.words, false});
    if (status != STATUS_OK)
        return status;
    struct pack_job job = {layout, in, out, cpu_floats(w), cpu_floats(packed)};
    pool_run(stream->device->pool, (size_t)cpu_blocks(out, layout.tile->columns), pack_panel, &job);
    return STATUS_OK;
}

struct packed_job {
    struct layout layout;
    enum cpu_simd simd;
    enum activation f;
    int64_t rows, in, out;
    int64_t block; /* tiles that a worker packs at a time */
    int64_t row_parts, column_parts;
    const float *x, *w, *bias, *addend;
    float *y, *own;
};

LAYER_INLINE void finish_run(const struct packed_job *job, const float *restrict sums, int64_t at, int64_t j,
                             int64_t count)
{
    float v[CPU_TILE_COLUMNS] __attribute__((aligned(64)));
    const float *restrict bias = job->bias ? job->bias + j : NULL;
    float *y = job->y + at;
    for (int64_t c = 0; c < count; c++)
        v[c] = bias ? sums[c] + bias[c] : sums[c];
    if (job->addend)
        for (int64_t c = 0; c < count; c++)
            y[c] = job->addend[at + c] + v[c];
    else
        layer_activate_run(job->f, count, v, y);
}

/* Rows i.. and columns j.. of the result, of which the tile has the sums. */
LAYER_INLINE void finish_body(const struct packed_job *job, const float *tile, int64_t i, int64_t rows, int64_t j,
                              int64_t columns)
{
    int64_t stride = job->layout.tile->columns;
    for (int64_t r = 0; r < rows; r++)
        if (columns == CPU_TILE_COLUMNS) /* a constant count */
            finish_run(job, tile + r * stride, (i + r) * job->out + j, j, CPU_TILE_COLUMNS);
        else
            finish_run(job, tile + r * stride, (i + r) * job->out + j, j, columns);
}

CPU_KERNEL(finish, finish_body,
           (const struct packed_job *job, const float *tile, int64_t i, int64_t rows, int64_t j, int64_t columns),
           (job, tile, i, rows, j, columns))

static void pack_row(const struct packed_job *job, const float *from, float *to)
{
    if (job->layout.pairs)
        cpu_bfloat16_pairs(job->in, from, to);
    else if (job->layout.rounds)
        for (int64_t k = 0; k < job->in; k++)
            to[k] = bfloat16_float(bfloat16_of(from[k]));
    else
        memcpy(to, from, (size_t)job->in * sizeof *to);
}

/* Copies rows of X, the last tile padded with zeros. */
static void pack_rows(const struct packed_job *job, int64_t i, int64_t rows, int64_t padded, float *to)
{
    int64_t words = job->layout.words, stride = words + CPU_TILE_PADDING;
    for (int64_t r = 0; r < padded; r++)
        if (r < rows)
            pack_row(job, job->x + (i + r) * job->in, to + r * stride);
        else
            memset(to + r * stride, 0, (size_t)words * sizeof *to);
}

static void multiply_panel(const struct packed_job *job, const float *a, int64_t i, int64_t rows, int64_t j)
{
    float sums[TILES * CPU_TILE_ROWS * CPU_TILE_COLUMNS] __attribute__((aligned(64)));
    const struct cpu_tile *tile = job->layout.tile;
    int64_t words = job->layout.words, stride = words + CPU_TILE_PADDING, k = 0;
    const float *b = job->w + j * words;
    int64_t ahead = cpu_blocks(tile->columns * (int64_t)sizeof *b * tile->rows, rows); /* all of the next B meanwhile */
    do {
        int64_t depth = cpu_min(DEPTH, words - k);
        const float *next = b + (k + depth) * tile->columns;
        for (int64_t r = 0; r < rows; r += tile->rows)
            tile->multiply(depth, a + r * stride + k, stride, b + k * tile->columns, tile->columns, k > 0,
                           sums + r * tile->columns, tile->columns, next + r / tile->rows * depth * ahead / 4, ahead);
        k += depth;
    } while (k < words);
    CPU_KERNEL_CALL(job->simd, finish, (job, sums, i, rows, j, cpu_min(tile->columns, job->out - j)));
}

static int64_t part_start(int64_t n, int64_t parts, int64_t part)
{
    return n * part / parts;
}

static void packed_task(void *context, size_t index, int worker)
{
    const struct packed_job *job = context;
    const struct cpu_tile *tile = job->layout.tile;
    int64_t row = (int64_t)index / job->column_parts, column = (int64_t)index % job->column_parts;
    int64_t tiles = cpu_blocks(job->rows, tile->rows), panels = cpu_blocks(job->out, tile->columns);
    int64_t past = part_start(tiles, job->row_parts, row + 1);
    float *a = job->own + worker * CPU_OWN_FLOATS;
    for (int64_t t = part_start(tiles, job->row_parts, row); t < past; t += job->block) {
        int64_t i = t * tile->rows, padded = cpu_min(job->block, past - t) * tile->rows;
        int64_t rows = cpu_min(padded, job->rows - i);
        pack_rows(job, i, rows, padded, a);
        for (int64_t p = part_start(panels, job->column_parts, column);
             p < part_start(panels, job->column_parts, column + 1); p++)
            multiply_panel(job, a, i, rows, p * tile->columns);
    }
}

enum status cpu_dense_packed(struct compute_stream *stream, enum precision precision, enum activation f, int64_t rows,
                             int64_t in, int64_t out, struct compute_slice x, struct compute_slice packed,
                             struct compute_slice bias, struct compute_slice addend, struct compute_slice y,
                             struct error *error)
{
    enum status status = CPU_SIZES("dense_packed", rows, in, out < 0 ? out : cpu_round_up(out, CPU_TILE_COLUMNS));
    if (status == STATUS_OK)
        status = check_call("dense_packed", precision, in, error);
    if (status == STATUS_OK)
        status = cpu_check_activation("dense_packed", f, error);
    if (status == STATUS_OK && addend.buffer && f != ACTIVATION_IDENTITY)
        status = error_set(error, STATUS_FAILED,
                           "operation dense_packed takes an addend only without an activation (internal error)");
    const struct compute_device *device = stream->device;
    const struct layout layout = layout_of(device, precision, in);
    if (status == STATUS_OK)
        status =
            CPU_OPERANDS("dense_packed", {"X", x, rows * in, false},
                         {"packed", packed, cpu_round_up(out, CPU_TILE_COLUMNS) * layout.words, false},
                         {"bias", bias, out, true}, {"addend", addend, rows * out, true}, {"Y", y, rows * out, false});
    if (status != STATUS_OK || rows == 0 || out == 0)
        return status;
    struct packed_job job = {.layout = layout,
                             .simd = device->simd,
                             .f = f,
                             .rows = rows,
                             .in = in,
                             .out = out,
                             .x = cpu_floats(x),
                             .w = cpu_floats(packed),
                             .bias = cpu_floats(bias),
                             .addend = cpu_floats(addend),
                             .y = cpu_floats(y),
                             .own = device->workspace->own};
    int64_t tiles = cpu_blocks(rows, layout.tile->rows), panels = cpu_blocks(out, layout.tile->columns);
    job.block = cpu_min(TILES, CPU_OWN_FLOATS / ((layout.words + CPU_TILE_PADDING) * layout.tile->rows));
    int64_t wanted = device->threads > 1 ? (int64_t)device->threads * SHARES : 1;
    job.row_parts = cpu_min(tiles, cpu_round_up(cpu_blocks(tiles, job.block), wanted));
    job.column_parts = cpu_min(panels, cpu_blocks(wanted, job.row_parts));
    pthread_mutex_lock(&device->workspace->lock);
    pool_run(device->pool, (size_t)(job.row_parts * job.column_parts), packed_task, &job);
    pthread_mutex_unlock(&device->workspace->lock);
    return STATUS_OK;
}
