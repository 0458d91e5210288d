#include "gpu/cpu/cpu_product.h"

#include <string.h>

#include "gpu/cpu/cpu_ops.h"
#include "gpu/cpu/cpu_sequences.h"
#include "gpu/cpu/cpu_transpose.h"
#include "gpu/cpu/cpu_workspace.h"

/* The algorithm of Goto and van de Geijn (2008): C in tiles that stay in registers, a panel of B in the first-level
 * cache, a block of A in the second-level cache. */

#if defined(__x86_64__)

#define AVX512 __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")))
#define INLINE static inline __attribute__((always_inline))

enum {
    ROWS = 14,    /* of a tile of C: COLUMNS / 16 registers for each row, all but the four that B and A need */
    COLUMNS = 32, /* of a tile */
    DEPTH = 256,  /* of k at a time: a panel of B fills two thirds of the first-level cache */
    LANES = 16,
    ROW = DEPTH + LANES,          /* row stride of a row-major A: avoids that all rows map to one cache set */
    TILE = DEPTH * LANES + LANES, /* floats of a packed tile of A: at least ROWS x ROW, or DEPTH x LANES */
    PANEL = DEPTH * COLUMNS + LANES,
    EVERY = 4,                  /* steps of k between prefetches */
    AHEAD = 4,                  /* rows that are prefetched while one is packed */
    BLOCK = 16 * TILE,          /* floats of the part of the larger operand that is packed at a time */
    SHARED = CPU_SHARED_FLOATS, /* floats of the smaller operand that are packed at a time */
    SHARES = 4,                 /* tasks per thread */
};

_Static_assert((int)BLOCK <= (int)CPU_OWN_FLOATS, "a block fits a worker's memory");

typedef float wide __attribute__((vector_size(64)));
typedef float wide_anywhere __attribute__((vector_size(64), aligned(4)));

/* Packs rows of A in tiles of ROWS, the last one padded with zeros. A row-major A stays row-major; of a column-major
 * one, LANES elements of each column are stored contiguously, the last ones unused. */
AVX512 static void pack_a(const struct cpu_product *p, int64_t i, int64_t rows, int64_t first, int64_t depth, float *to)
{
    if (!p->transpose_a) {
        const float *from = p->a + i * p->k + first;
        int64_t all = cpu_blocks(rows, ROWS) * ROWS;
        for (int64_t r = 0; r < all; r++) {
            float *row = to + r / ROWS * TILE + r % ROWS * ROW;
            if (r + AHEAD < rows)
                cpu_prefetch(from + (r + AHEAD) * p->k, depth);
            if (r < rows)
                memcpy(row, from + r * p->k, (size_t)depth * sizeof *to);
            else
                memset(row, 0, (size_t)depth * sizeof *to);
        }
        return;
    }
    for (int64_t k = 0; k < depth; k++) {
        const float *from = p->a + (first + k) * p->m + i;
        float *tile = to + k * LANES;
        int64_t r = 0;
        for (; r + LANES <= rows; r += ROWS, tile += TILE)
            memcpy(tile, from + r, LANES * sizeof *to);
        for (; r < rows; r += ROWS, tile += TILE)
            for (int64_t lane = 0; lane < LANES; lane++)
                tile[lane] = r + lane < rows ? from[r + lane] : 0;
    }
}

/* Packs columns of B in panels of COLUMNS, the last one padded with zeros: row after row of k. */
AVX512 static void pack_b(const struct cpu_product *p, int64_t j, int64_t columns, int64_t first, int64_t depth,
                          float *to)
{
    if (!p->transpose_b) {
        for (int64_t k = 0; k < depth; k++) {
            const float *from = p->b + (first + k) * p->n + j;
            float *panel = to + k * COLUMNS;
            int64_t c = 0;
            for (; c + COLUMNS <= columns; c += COLUMNS, panel += PANEL)
                memcpy(panel, from + c, COLUMNS * sizeof *to);
            for (int64_t lane = 0; c < columns && lane < COLUMNS; lane++)
                panel[lane] = c + lane < columns ? from[c + lane] : 0;
        }
        return;
    }
    for (int64_t begin = 0; begin < columns; begin += COLUMNS, to += PANEL) {
        const float *from = p->b + (j + begin) * p->k + first;
        int64_t count = cpu_min(COLUMNS, columns - begin), whole = count == COLUMNS ? depth / LANES * LANES : 0;
        for (int64_t k = 0; k < whole; k += LANES)
            for (int64_t c = 0; c < COLUMNS; c += LANES)
                cpu_transpose_16(from + c * p->k + k, p->k, to + k * COLUMNS + c, COLUMNS);
        for (int64_t k = whole; k < depth; k++)
            for (int64_t c = 0; c < COLUMNS; c++)
                to[k * COLUMNS + c] = c < count ? from[c * p->k + k] : 0;
    }
}

/* Cache lines to prefetch: `1 << shift` of them per row. One of each area is fetched every EVERY steps of k; all at
 * once they would delay the kernel's own reads. */
struct fetch {
    const float *at;
    int64_t stride;
    int shift;
};

INLINE const float *line_of(struct fetch area, int64_t line)
{
    return area.at + (line >> area.shift) * area.stride + (line & ((1 << area.shift) - 1)) * LANES;
}

INLINE void add_products(wide sums[ROWS][2], const float *restrict a, int64_t row, const float *restrict b)
{
    wide left = *(const wide *)b, right = *(const wide *)(b + LANES);
#pragma GCC unroll 14
    for (int r = 0; r < ROWS; r++) {
        float f = a[r * row];
        wide factor = {f, f, f, f, f, f, f, f, f, f, f, f, f, f, f, f}; /* one load, unlike a sum with zeros */
        sums[r][0] += factor * left;
        sums[r][1] += factor * right;
    }
}

/* One tile: C = alpha A B + beta C; `row` is the row stride of A, `step` its element stride. */
INLINE void multiply_tile(const float *restrict a, int64_t row, int64_t step, const float *restrict b, int64_t depth,
                          float alpha, float beta, float *restrict c, int64_t stride, struct fetch first,
                          struct fetch second)
{
    wide sums[ROWS][2] = {{{0}}};
    for (int64_t k = 0; k < depth; k++) {
        if (k % EVERY == 0) {
            __builtin_prefetch(line_of(first, k / EVERY), 1, 3);
            __builtin_prefetch(line_of(second, k / EVERY), 0, 2);
        }
        add_products(sums, a + k * step, row, b + k * COLUMNS);
    }
#pragma GCC unroll 14
    for (int r = 0; r < ROWS; r++)
#pragma GCC unroll 2
        for (int h = 0; h < 2; h++) {
            wide_anywhere *to = (wide_anywhere *)(c + r * stride + h * LANES);
            *to = beta == 0 ? alpha * sums[r][h] : alpha * sums[r][h] + beta * *to;
        }
}

/* A part of the product whose operands are both packed. */
struct multiply {
    const float *a, *b;
    int64_t depth, i, rows, j, columns;
    float beta;
    bool last; /* the last part of k */
};

/* A tile at the edge of C, or one with a finish function, goes through a buffer. */
INLINE void put_tile(const struct cpu_product *p, const struct multiply *share, float *tile, int64_t i, int64_t rows,
                     int64_t j, int64_t columns)
{
    float *c = p->c + i * p->n + j;
    bool finish = p->finish && share->last;
    for (int64_t r = 0; r < rows && (share->beta != 0 || !finish); r++)
        for (int64_t k = 0; k < columns; k++) {
            float *value = tile + r * COLUMNS + k, *to = c + r * p->n + k;
            *value = share->beta == 0 ? *value : *value + share->beta * *to;
            if (!finish)
                *to = *value;
        }
    if (finish)
        p->finish(p->context, tile, COLUMNS, i, rows, j, columns);
}

INLINE void multiply_tiles(const struct cpu_product *p, const struct multiply *share, int64_t row, int64_t step)
{
    float tile[ROWS * COLUMNS] __attribute__((aligned(64)));
    for (int64_t j = 0; j < share->columns; j += COLUMNS)
        for (int64_t i = 0; i < share->rows; i += ROWS) {
            const float *a = share->a + i / ROWS * TILE, *b = share->b + j / COLUMNS * PANEL;
            int64_t rows = cpu_min(ROWS, share->rows - i), columns = cpu_min(COLUMNS, share->columns - j);
            int64_t at = (share->i + i) * p->n + share->j + j;
            struct fetch to = {p->c + at, p->n, 1}, other = {p->beside ? p->beside + at : to.at, p->n, 1};
            if (rows == ROWS && columns == COLUMNS && !(p->finish && share->last)) {
                multiply_tile(a, row, step, b, share->depth, p->alpha, share->beta, p->c + at, p->n, to, other);
            } else {
                multiply_tile(a, row, step, b, share->depth, p->alpha, 0, tile, COLUMNS, to, other);
                put_tile(p, share, tile, share->i + i, rows, share->j + j, columns);
            }
        }
}

AVX512 static void multiply_rows(const struct cpu_product *p, const struct multiply *share)
{
    multiply_tiles(p, share, ROW, 1);
}

AVX512 static void multiply_columns(const struct cpu_product *p, const struct multiply *share)
{
    multiply_tiles(p, share, 1, LANES);
}

/* ---- packing and tasks ---- */

/* The smaller operand is packed once for all tasks; each task packs its part of the larger one, a block at a time. */
struct product_job {
    const struct cpu_product *p;
    bool by_rows;         /* tasks divide the rows of C, so B is the smaller operand; otherwise the columns, and A */
    int64_t first, depth; /* of k, in this round */
    int64_t tasks;
    float *shared;   /* for each DEPTH of k, all tiles or panels of the smaller operand */
    float *privates; /* one block per worker */
};

/* The packing unit: rows of a tile of A, columns of a panel of B. */
static int64_t unit_of(bool rows)
{
    return rows ? ROWS : COLUMNS;
}

static int64_t unit_floats(bool rows)
{
    return rows ? TILE : PANEL;
}

static int64_t units_of(const struct cpu_product *p, bool rows)
{
    return cpu_blocks(rows ? p->m : p->n, unit_of(rows));
}

/* Number of units in a block. */
static int64_t block_units(bool rows)
{
    return BLOCK / unit_floats(rows);
}

/* Packs a block of the smaller operand: some of its units, one DEPTH of k. */
static void pack_shared(void *context, size_t index, int worker)
{
    (void)worker;
    const struct product_job *job = context;
    const struct cpu_product *p = job->p;
    bool rows = !job->by_rows;
    int64_t units = units_of(p, rows), blocks = cpu_blocks(units, block_units(rows));
    int64_t unit = (int64_t)index % blocks * block_units(rows), k = (int64_t)index / blocks * DEPTH;
    int64_t begin = unit * unit_of(rows), depth = cpu_min(DEPTH, job->depth - k);
    int64_t count = cpu_min(block_units(rows) * unit_of(rows), (rows ? p->m : p->n) - begin);
    float *to = job->shared + (k / DEPTH * units + unit) * unit_floats(rows);
    if (rows)
        pack_a(p, begin, count, job->first + k, depth, to);
    else
        pack_b(p, begin, count, job->first + k, depth, to);
}

/* Computes the part of C with these rows and columns; one side is whole, the other a block that fits a worker's memory.
 */
static void multiply_block(const struct product_job *job, float *mine, int64_t i, int64_t rows, int64_t j,
                           int64_t columns)
{
    const struct cpu_product *p = job->p;
    for (int64_t k = 0; k < job->depth; k += DEPTH) {
        int64_t depth = cpu_min(DEPTH, job->depth - k);
        const float *shared = job->shared + k / DEPTH * units_of(p, !job->by_rows) * unit_floats(!job->by_rows);
        if (job->by_rows)
            pack_a(p, i, rows, job->first + k, depth, mine);
        else
            pack_b(p, j, columns, job->first + k, depth, mine);
        const struct multiply share = {.a = job->by_rows ? mine : shared,
                                       .b = job->by_rows ? shared : mine,
                                       .depth = depth,
                                       .i = i,
                                       .rows = rows,
                                       .j = j,
                                       .columns = columns,
                                       .beta = job->first + k == 0 ? p->beta : 1,
                                       .last = job->first + k + depth == p->k};
        (p->transpose_a ? multiply_columns : multiply_rows)(p, &share);
    }
}

static void multiply_share(void *context, size_t index, int worker)
{
    const struct product_job *job = context;
    const struct cpu_product *p = job->p;
    int64_t units = units_of(p, job->by_rows), unit = unit_of(job->by_rows), block = block_units(job->by_rows);
    int64_t begin = units * (int64_t)index / job->tasks, end = units * ((int64_t)index + 1) / job->tasks;
    for (int64_t first = begin; first < end; first += block) {
        int64_t at = first * unit, past = cpu_min(first + block, end) * unit;
        if (job->by_rows)
            multiply_block(job, job->privates + worker * CPU_OWN_FLOATS, at, cpu_min(past, p->m) - at, 0, p->n);
        else
            multiply_block(job, job->privates + worker * CPU_OWN_FLOATS, 0, p->m, at, cpu_min(past, p->n) - at);
    }
}

/* Whether tasks divide the rows of C. */
static bool takes_rows(const struct cpu_product *p)
{
    return p->m >= p->n && !p->by_columns;
}

bool cpu_product_fits(const struct compute_device *device, const struct cpu_product *p)
{
    int64_t units = units_of(p, !takes_rows(p)), floats = unit_floats(!takes_rows(p));
    return device->simd == CPU_AVX512 && p->m >= ROWS && p->n >= LANES && p->k >= LANES && units * floats <= SHARED;
}

void cpu_product_run(const struct compute_device *device, const struct cpu_product *p)
{
    struct cpu_workspace *workspace = device->workspace;
    struct product_job job = {
        .p = p, .by_rows = takes_rows(p), .shared = workspace->shared, .privates = workspace->own};
    int64_t units = units_of(p, !job.by_rows), round = SHARED / (units * unit_floats(!job.by_rows)) * DEPTH;
    job.tasks = cpu_min(units_of(p, job.by_rows), (int64_t)device->threads * SHARES);
    pthread_mutex_lock(&workspace->lock);
    for (job.first = 0; job.first < p->k; job.first += round) {
        job.depth = cpu_min(round, p->k - job.first);
        pool_run(device->pool, (size_t)(cpu_blocks(units, block_units(!job.by_rows)) * cpu_blocks(job.depth, DEPTH)),
                 pack_shared, &job);
        pool_run(device->pool, (size_t)job.tasks, multiply_share, &job);
    }
    pthread_mutex_unlock(&workspace->lock);
}

#else

bool cpu_product_fits(const struct compute_device *device, const struct cpu_product *product)
{
    (void)device;
    (void)product;
    return false;
}

void cpu_product_run(const struct compute_device *device, const struct cpu_product *product)
{
    (void)device;
    (void)product;
}

#endif
