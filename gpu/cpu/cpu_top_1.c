#include "gpu/cpu/cpu_top_1.h"

#include <math.h>
#include <string.h>

#include "gpu/cpu/cpu_layer_math.h"
#include "gpu/cpu/cpu_tile.h"
#include "gpu/cpu/cpu_workspace.h"

/* The items are packed in panels of the tile's columns. A task packs some queries and passes once over the panels; for
 * each query and column it keeps the best score so far and its panel. Equal scores: the lower item. */

enum { QUERIES = 96 /* of a task, at least */, QUERIES_MIN = 64, DEPTH_MAX = 512 };

struct top_1_job {
    const struct cpu_tile *tile;
    enum cpu_simd simd;
    int64_t n_queries, n_items, d, block; /* block: queries of a task, in whole tiles */
    const float *queries, *items;
    float *panels, *own;
    int32_t *ids;
    float *scores;
};

static int64_t block_of(const struct cpu_tile *tile)
{
    return cpu_round_up(QUERIES, tile->rows);
}

bool cpu_top_1_fits(const struct compute_device *device, int64_t n_queries, int64_t n_items, int64_t d)
{
    const struct cpu_tile *tile = cpu_tile_of(device->simd);
    return n_queries >= QUERIES_MIN && n_items > 0 && d <= DEPTH_MAX &&
           cpu_round_up(n_items, tile->columns) <= CPU_SHARED_FLOATS / d &&
           block_of(tile) * (d + CPU_TILE_PADDING + 2 * tile->columns) <= CPU_OWN_FLOATS;
}

static void pack_panel(void *context, size_t index, int worker)
{
    (void)worker;
    const struct top_1_job *job = context;
    const int64_t columns = job->tile->columns, first = (int64_t)index * columns;
    float *to = job->panels + first * job->d;
    for (int64_t c = 0; c < columns; c++)
        for (int64_t k = 0; k < job->d; k++)
            to[k * columns + c] = first + c < job->n_items ? job->items[(first + c) * job->d + k] : 0;
}

LAYER_INLINE void keep_best_body(int64_t count, const float *restrict sums, int32_t panel, float *restrict best,
                                 int32_t *restrict panels)
{
    for (int64_t i = 0; i < count; i++) {
        const bool higher = sums[i] > best[i]; /* NaN is not */
        best[i] = higher ? sums[i] : best[i];
        panels[i] = higher ? panel : panels[i];
    }
}

CPU_KERNEL(keep_best, keep_best_body, (int64_t count, const float *sums, int32_t panel, float *best, int32_t *panels),
           (count, sums, panel, best, panels))

/* From the best of each column. */
static void write_query(const struct top_1_job *job, int64_t query, const float *best, const int32_t *panels)
{
    int64_t id = -1;
    float score = -INFINITY;
    for (int64_t c = 0; c < job->tile->columns; c++) {
        const int64_t item = panels[c] * job->tile->columns + c;
        if (best[c] > score || (best[c] == score && best[c] > -INFINITY && item < id)) {
            score = best[c];
            id = item;
        }
    }
    job->ids[query] = (int32_t)id;
    job->scores[query] = score + 0.0f; /* no -0 */
}

static void top_1_task(void *context, size_t index, int worker)
{
    const struct top_1_job *job = context;
    const struct cpu_tile *tile = job->tile;
    const int64_t columns = tile->columns, stride = job->d + CPU_TILE_PADDING, size = tile->rows * columns;
    const int64_t first = (int64_t)index * job->block, count = cpu_min(job->block, job->n_queries - first);
    float sums[CPU_TILE_ROWS * CPU_TILE_COLUMNS] __attribute__((aligned(64)));
    float *best = job->own + worker * CPU_OWN_FLOATS, *packed = best + 2 * job->block * columns;
    int32_t *panels = (int32_t *)(void *)(best + job->block * columns);
    memset(packed, 0, (size_t)(job->block * stride) * sizeof *packed);
    for (int64_t r = 0; r < count; r++)
        memcpy(packed + r * stride, job->queries + (first + r) * job->d, (size_t)job->d * sizeof *packed);
    for (int64_t i = 0; i < job->block * columns; i++) {
        best[i] = -INFINITY;
        panels[i] = 0;
    }
    for (int64_t j = 0; j < job->n_items; j += columns) {
        const float *panel = job->panels + j * job->d;
        for (int64_t r = 0; r < count; r += tile->rows) {
            tile->multiply(job->d, packed + r * stride, stride, panel, columns, false, sums, columns, panel, 0);
            for (int64_t i = job->n_items - j; i < columns; i++) /* behind the last item */
                for (int64_t row = 0; row < tile->rows; row++)
                    sums[row * columns + i] = -INFINITY;
            CPU_KERNEL_CALL(job->simd, keep_best,
                            (size, sums, (int32_t)(j / columns), best + r * columns, panels + r * columns));
        }
    }
    for (int64_t r = 0; r < count; r++)
        write_query(job, first + r, best + r * columns, panels + r * columns);
}

void cpu_top_1(const struct compute_device *device, int64_t n_queries, int64_t n_items, int64_t d, const float *queries,
               const float *items, int32_t *ids, float *scores)
{
    struct cpu_workspace *workspace = device->workspace;
    struct top_1_job job = {.tile = cpu_tile_of(device->simd),
                            .simd = device->simd,
                            .n_queries = n_queries,
                            .n_items = n_items,
                            .d = d,
                            .queries = queries,
                            .items = items,
                            .ids = ids,
                            .scores = scores};
    job.block = block_of(job.tile);
    pthread_mutex_lock(&workspace->lock);
    job.panels = workspace->shared;
    job.own = workspace->own;
    pool_run(device->pool, (size_t)cpu_blocks(n_items, job.tile->columns), pack_panel, &job);
    pool_run(device->pool, (size_t)cpu_blocks(n_queries, job.block), top_1_task, &job);
    pthread_mutex_unlock(&workspace->lock);
}
