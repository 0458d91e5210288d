#include "gpu/cpu/cpu_internal.h"

#include <cblas.h>
#include <limits.h>
#include <math.h>

#include "gpu/cpu/cpu_ops.h"
#include "gpu/cpu/cpu_select.h"
#include "gpu/cpu/cpu_top_1.h"
#include "gpu/cpu/cpu_vector.h"

/* Score and select: items are processed in blocks that stay in cache; a block's scores (one BLAS call for a tile of
 * queries, dot products for a few) are compared with each query's threshold immediately and not stored. Tasks are tiles
 * of queries; with fewer tiles than threads, the items are divided into segments, too, and the segments' results are
 * merged. */

enum {
    TILE = 128,          /* queries scored together: packs the items for BLAS once per tile */
    BLOCK = 256,         /* items scored together: TILE x BLOCK scores are 128 KB */
    GROUP = 16,          /* scores compared with a threshold together */
    FEW = 4,             /* up to this many queries use dot products: packing the items does not pay */
    SEGMENT = 8 * BLOCK, /* minimum number of items of a task */
};

struct top_k_job {
    enum cpu_simd simd;
    int64_t n_queries, n_items, d, k;
    int64_t n_segments, segment; /* items per segment, a multiple of BLOCK */
    const float *queries, *items;
    const int64_t *excluded_starts;
    const int32_t *excluded;
    int32_t *ids;
    float *scores;
    uint64_t *keys; /* lists of selection_capacity(k): one per query of a worker's tile, or one per query and segment */
    int64_t *counts; /* [n_queries x n_segments] with segments */
    float *blocks;   /* [threads x TILE x BLOCK] */
};

static int64_t tiles_of(int64_t n_queries)
{
    return (n_queries + TILE - 1) / TILE;
}

static int64_t segments_of(int threads, int64_t n_queries, int64_t n_items)
{
    int64_t tiles = tiles_of(n_queries);
    if (tiles >= threads || threads == 1)
        return 1;
    int64_t wanted = 2 * threads / (tiles > 0 ? tiles : 1), most = (n_items + SEGMENT - 1) / SEGMENT;
    return most < 1 ? 1 : cpu_min(wanted, most);
}

static int64_t lists_of(int threads, int64_t n_queries, int64_t n_segments)
{
    return n_segments == 1 ? (int64_t)threads * TILE : n_queries * n_segments;
}

size_t cpu_top_k_scratch(const struct compute_device *device, int64_t n_queries, int64_t n_items, int64_t k)
{
    int64_t n_segments = segments_of(device->threads, n_queries, n_items);
    int64_t lists = lists_of(device->threads, n_queries, n_segments);
    return (size_t)lists * (size_t)selection_capacity(cpu_min(k, n_items)) * sizeof(uint64_t) +
           (size_t)lists * sizeof(int64_t) + (size_t)device->threads * TILE * BLOCK * sizeof(float);
}

static inline __attribute__((always_inline)) void score_rows(const float *query, const float *items, int64_t count,
                                                             int64_t d, float *scores)
{
    for (int64_t i = 0; i < count; i++)
        scores[i] = cpu_vector_dot(query, items + i * d, d);
}

CPU_KERNEL(score_kernel, score_rows, (const float *query, const float *items, int64_t count, int64_t d, float *scores),
           (query, items, count, d, scores))

static inline __attribute__((always_inline)) void offer_scores(const struct top_k_job *job, int64_t query,
                                                               struct selection *selection, const float *scores,
                                                               int64_t first, int64_t count)
{
    for (int64_t group = 0; group < count; group += GROUP) {
        int64_t end = cpu_min(group + GROUP, count);
        int any = 0;
        if (end - group == GROUP) {
            for (int i = 0; i < GROUP; i++)
                any |= scores[group + i] > selection->threshold;
            if (!any)
                continue;
        }
        for (int64_t i = group; i < end; i++)
            if (scores[i] > selection->threshold &&
                !selection_excludes(job->excluded_starts, job->excluded, query, first + i))
                selection_add(selection, scores[i], first + i);
    }
}

CPU_KERNEL(offer_kernel, offer_scores,
           (const struct top_k_job *job, int64_t query, struct selection *selection, const float *scores, int64_t first,
            int64_t count),
           (job, query, selection, scores, first, count))

static void write_result(const struct top_k_job *job, int64_t query, struct selection *selection)
{
    selection_finish(selection);
    int32_t *ids = job->ids + query * job->k;
    float *scores = job->scores + query * job->k;
    for (int64_t i = 0; i < job->k; i++) {
        bool there = i < selection->count;
        ids[i] = there ? selection_row(selection->keys[i]) : -1;
        scores[i] = there ? selection_score(selection->keys[i]) : -INFINITY;
    }
}

static void top_k_task(void *context, size_t index, int worker)
{
    const struct top_k_job *job = context;
    int64_t segment = (int64_t)index % job->n_segments, query = (int64_t)index / job->n_segments * TILE;
    int64_t n = cpu_min(TILE, job->n_queries - query), k = cpu_min(job->k, job->n_items);
    float *scores = job->blocks + (int64_t)worker * TILE * BLOCK;
    struct selection selections[TILE];
    for (int64_t q = 0; q < n; q++) {
        int64_t list = job->n_segments == 1 ? worker * TILE + q : (query + q) * job->n_segments + segment;
        selection_start(&selections[q], job->keys + list * selection_capacity(k), k);
    }
    int64_t end = cpu_min((segment + 1) * job->segment, job->n_items);
    for (int64_t row = segment * job->segment; row < end; row += BLOCK) {
        int64_t count = cpu_min(BLOCK, end - row);
        const float *items = job->items + row * job->d;
        if (n > FEW)
            cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)n, (int)count, (int)job->d, 1.0f,
                        job->queries + query * job->d, (int)job->d, items, (int)job->d, 0.0f, scores, BLOCK);
        else
            for (int64_t q = 0; q < n; q++)
                CPU_KERNEL_CALL(job->simd, score_kernel,
                                (job->queries + (query + q) * job->d, items, count, job->d, scores + q * BLOCK));
        for (int64_t q = 0; q < n; q++)
            CPU_KERNEL_CALL(job->simd, offer_kernel, (job, query + q, &selections[q], scores + q * BLOCK, row, count));
    }
    for (int64_t q = 0; q < n; q++) {
        if (job->n_segments == 1) {
            write_result(job, query + q, &selections[q]);
            continue;
        }
        selection_cut(&selections[q]);
        job->counts[(query + q) * job->n_segments + segment] = selections[q].count;
    }
}

/* Merges the other segments' results into the first, which can hold k more at a time. */
static void merge_task(void *context, size_t index, int worker)
{
    (void)worker;
    const struct top_k_job *job = context;
    int64_t query = (int64_t)index, k = cpu_min(job->k, job->n_items), capacity = selection_capacity(k);
    uint64_t *keys = job->keys + query * job->n_segments * capacity;
    struct selection merged;
    selection_start(&merged, keys, k);
    merged.count = job->counts[query * job->n_segments];
    for (int64_t segment = 1; segment < job->n_segments; segment++) {
        int64_t count = job->counts[query * job->n_segments + segment];
        memcpy(merged.keys + merged.count, keys + segment * capacity, (size_t)count * sizeof *keys);
        merged.count += count;
        selection_cut(&merged);
    }
    write_result(job, query, &merged);
}

enum status cpu_top_k(struct compute_stream *stream, int64_t n_queries, int64_t n_items, int64_t d, int64_t k,
                      struct compute_slice queries, struct compute_slice items, struct compute_slice excluded_starts,
                      struct compute_slice excluded, struct compute_slice ids, struct compute_slice scores,
                      struct compute_slice scratch, struct error *error)
{
    struct compute_device *device = stream->device;
    if (n_queries < 0 || n_items < 0 || d < 1 || k < 0 || n_items > INT32_MAX || d > INT_MAX)
        return error_set(error, STATUS_FAILED, "operation top_k cannot work on %lld queries, %lld items of width %lld",
                         (long long)n_queries, (long long)n_items, (long long)d);
    enum status status = cpu_check("top_k", "queries", queries, n_queries * d, sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check("top_k", "items", items, n_items * d, sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check("top_k", "ids", ids, n_queries * k, sizeof(int32_t), error);
    if (status == STATUS_OK)
        status = cpu_check("top_k", "scores", scores, n_queries * k, sizeof(float), error);
    if (status == STATUS_OK && excluded_starts.buffer)
        status = cpu_check("top_k", "excluded starts", excluded_starts, n_queries + 1, sizeof(int64_t), error);
    if (status == STATUS_OK && excluded_starts.buffer)
        status =
            cpu_check("top_k", "excluded", excluded, cpu_longs(excluded_starts)[n_queries], sizeof(int32_t), error);
    if (status == STATUS_OK)
        status =
            cpu_check("top_k", "scratch", scratch, (int64_t)cpu_top_k_scratch(device, n_queries, n_items, k), 1, error);
    if (status != STATUS_OK || n_queries == 0 || k == 0)
        return status;

    if (k == 1 && !excluded_starts.buffer && cpu_top_1_fits(device, n_queries, n_items, d)) {
        cpu_top_1(device, n_queries, n_items, d, cpu_floats(queries), cpu_floats(items), cpu_ints(ids),
                  cpu_floats(scores));
        return STATUS_OK;
    }
    int64_t n_segments = segments_of(device->threads, n_queries, n_items);
    int64_t lists = lists_of(device->threads, n_queries, n_segments);
    int64_t n_blocks = (n_items + BLOCK - 1) / BLOCK;
    struct top_k_job job = {.simd = device->simd,
                            .n_queries = n_queries,
                            .n_items = n_items,
                            .d = d,
                            .k = k,
                            .n_segments = n_segments,
                            .segment = (n_blocks + n_segments - 1) / n_segments * BLOCK,
                            .queries = cpu_floats(queries),
                            .items = cpu_floats(items),
                            .excluded_starts = cpu_longs(excluded_starts),
                            .excluded = cpu_ints(excluded),
                            .ids = cpu_ints(ids),
                            .scores = cpu_floats(scores),
                            .keys = cpu_bytes(scratch)};
    job.counts = (int64_t *)(job.keys + lists * selection_capacity(cpu_min(k, n_items)));
    job.blocks = (float *)(job.counts + lists);
    pool_run(device->pool, (size_t)(tiles_of(n_queries) * n_segments), top_k_task, &job);
    if (n_segments > 1)
        pool_run(device->pool, (size_t)n_queries, merge_task, &job);
    return STATUS_OK;
}
