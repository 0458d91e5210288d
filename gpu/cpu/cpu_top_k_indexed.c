#include <math.h>

#include "gpu/cpu/cpu_ops.h"
#include "gpu/cpu/cpu_search.h"

/* Search with an index (cpu_index.h has the proof). Tiles of queries scan it; each query keeps a list of rows with
 * their lower bounds, and the k-th best of these, recomputed now and then, is its threshold. After the scan, the k best
 * of a list are scored, which raises the threshold, then all others whose upper bound reaches it. If the bounds do not
 * shorten a list, its rows are scored immediately, so that it never grows.
 *
 * Many queries are divided into tiles; a few are processed together, and the threads take chunks of the index in order,
 * with one list each and a shared threshold. */

enum {
    TILE = 128,         /* maximum number of queries that scan the index together */
    OWN_TILES_MIN = 32, /* minimum number of queries for separate tiles per thread */
    CHUNK_MAX = 512 << 10,
    CHUNK_MIN = 32 << 10, /* bytes per task; larger ones stay in the second-level cache */
    CHUNKS = 16,          /* per thread, if they are not too small */
};

#define LIST_BYTES_MAX ((size_t)128 << 20) /* bytes of lists; longer ones use smaller tiles */

static void search_task(void *context, size_t chunk, int worker)
{
    const struct search_job *job = context;
    const struct index_view *index = &job->index;
    int64_t first = (int64_t)chunk * job->chunk, end = cpu_min(first + job->chunk, index->n_runs);
    int64_t size = index->groups * INDEX_GROUP * SEARCH_RUN_ROWS;
    struct index_found found;
    cpu_index_scan_begin(job->bytes);
    for (int64_t q = 0; q < job->count; q += INDEX_PANEL) {
        struct index_panel panel = job->panels[q / INDEX_PANEL];
        bool wanted = false;
        panel.fetch = q == 0;
        for (int64_t i = 0; i < panel.count; i++) {
            panel.above[i] = cpu_search_above(&job->queries[q + i], &index->runs[first]);
            wanted = wanted || panel.above[i] < INFINITY;
        }
        for (int64_t run = first; run < end && wanted; run++) {
            if (cpu_index_scan(job->bytes, index->codes + run * size, index->groups, &index->runs[run], &panel, &found))
                cpu_search_collect(job, q, worker, run, &found, &panel);
            if (job->memory)
                cpu_search_remember_run(job, run, &found, &panel);
        }
        for (int64_t run = first; run < end && !wanted && job->memory; run++)
            cpu_search_remember_run(job, run, NULL, &panel);
    }
    cpu_index_scan_end(job->bytes);
}

/* Sizes of a call and the layout of its scratch memory. */
struct plan {
    bool own;    /* each thread has its own tiles and scratch memory */
    int workers; /* threads that share a tile */
    int64_t k, capacity, tile, stride;
    size_t panels, finders, keys, wide, codes, bytes; /* offsets; the queries come first */
};

static struct plan plan_of(int threads, int64_t n_queries, int64_t n, int64_t d, int64_t k)
{
    struct plan plan = {
        .own = n_queries >= OWN_TILES_MIN * threads, .k = cpu_min(k, n), .stride = cpu_round_up(d, INDEX_STEP)};
    plan.workers = plan.own ? 1 : threads;
    plan.capacity = cpu_min(8 * plan.k, n) + 256;
    size_t list = (size_t)(plan.capacity + selection_capacity(plan.k)) * sizeof(uint64_t);
    int64_t fits = (int64_t)(LIST_BYTES_MAX / (list * (size_t)threads)), most = fits < 1 ? 1 : cpu_min(fits, TILE);
    int64_t sharing = plan.own ? threads : 1, tiles = (n_queries + most * sharing - 1) / (most * sharing) * sharing;
    plan.tile = cpu_min(most, cpu_round_up((n_queries + tiles - 1) / tiles, INDEX_PANEL));
    size_t rows = (size_t)cpu_round_up(plan.tile, INDEX_PANEL), lists = (size_t)plan.tile * (size_t)plan.workers;
    plan.panels = (size_t)cpu_round_up((int64_t)(rows * sizeof(struct search_query)), 64);
    plan.finders = plan.panels + (size_t)cpu_round_up((int64_t)(rows / INDEX_PANEL * sizeof(struct index_panel)), 64);
    plan.keys = plan.finders + (size_t)cpu_round_up((int64_t)(lists * sizeof(struct search_finder)), 64);
    plan.wide = plan.keys + (size_t)cpu_round_up((int64_t)(lists * list), 64);
    plan.codes = plan.wide + rows * (size_t)plan.stride * sizeof(int16_t);
    plan.bytes = plan.codes + rows * (size_t)plan.stride;
    return plan;
}

size_t cpu_top_k_indexed_scratch(const struct compute_device *device, int64_t n_queries, int64_t n_items, int64_t d,
                                 int64_t k)
{
    if (cpu_index_bytes(device, n_items, d) == 0)
        return cpu_top_k_scratch(device, n_queries, n_items, k);
    if (n_queries < 1 || k < 1)
        return 0;
    struct plan plan = plan_of(device->threads, n_queries, n_items, d, k);
    return plan.bytes * (plan.own ? (size_t)device->threads : 1);
}

static void run_tasks(struct search_job *job, int64_t count, void (*task)(void *context, size_t index, int worker))
{
    if (job->pool)
        pool_run(job->pool, (size_t)count, task, job);
    for (int64_t i = 0; i < count && !job->pool; i++)
        task(job, (size_t)i, 0);
}

static void search_tile(struct search_job *job)
{
    run_tasks(job, (job->count + INDEX_PANEL - 1) / INDEX_PANEL, cpu_search_prepare_task);
    if (job->memory && cpu_search_again(job)) {
        job->memory = NULL;
        run_tasks(job, job->count, cpu_search_merge_task);
        run_tasks(job, job->count, cpu_search_finish_task);
        return;
    }
    run_tasks(job, (job->index.n_runs + job->chunk - 1) / job->chunk, search_task);
    run_tasks(job, job->count, cpu_search_merge_task);
    run_tasks(job, job->count * SEARCH_PARTS, cpu_search_score_best_task);
    run_tasks(job, job->count, cpu_search_narrow_task);
    run_tasks(job, job->count * SEARCH_PARTS, cpu_search_score_others_task);
    run_tasks(job, job->count, cpu_search_finish_task);
}

static void place_parts(struct search_job *job, const struct plan *plan, char *at)
{
    job->queries = (struct search_query *)(void *)at;
    job->panels = (struct index_panel *)(void *)(at + plan->panels);
    job->finders = (struct search_finder *)(void *)(at + plan->finders);
    job->keys = (uint64_t *)(void *)(at + plan->keys);
    job->wide = (int16_t *)(void *)(at + plan->wide);
    job->codes = (int8_t *)(at + plan->codes);
}

struct tiles_job {
    struct search_job search;
    const struct plan *plan;
    int64_t n_queries;
    char *scratch;
};

static void tile_task(void *context, size_t tile, int worker)
{
    const struct tiles_job *tiles = context;
    struct search_job job = tiles->search;
    job.first = (int64_t)tile * job.tile;
    job.count = cpu_min(job.tile, tiles->n_queries - job.first);
    place_parts(&job, tiles->plan, tiles->scratch + (size_t)(tiles->plan->own ? worker : 0) * tiles->plan->bytes);
    search_tile(&job);
}

/* Runs per task: enough tasks for the threads to end together, and no more. */
static int64_t chunk_of(const struct index_view *index, int threads)
{
    int64_t run = index->groups * INDEX_GROUP * SEARCH_RUN_ROWS, bytes = index->n_runs * run / (CHUNKS * threads);
    bytes = bytes < CHUNK_MIN ? CHUNK_MIN : cpu_min(bytes, CHUNK_MAX);
    return bytes < run ? 1 : bytes / run;
}

enum status cpu_top_k_indexed(struct compute_stream *stream, int64_t n_queries, int64_t n_items, int64_t d, int64_t k,
                              struct compute_slice queries, struct compute_slice items, struct compute_slice index,
                              struct compute_slice memory, struct compute_slice excluded_starts,
                              struct compute_slice excluded, struct compute_slice ids, struct compute_slice scores,
                              struct compute_slice scratch, struct error *error)
{
    struct compute_device *device = stream->device;
    if (n_queries < 0 || n_items < 0 || d < 1 || k < 0 || n_items > INT32_MAX)
        return error_set(error, STATUS_FAILED,
                         "operation top_k_indexed cannot work on %lld queries, %lld items of width %lld",
                         (long long)n_queries, (long long)n_items, (long long)d);
    size_t bytes = cpu_index_bytes(device, n_items, d);
    if (bytes == 0)
        return cpu_top_k(stream, n_queries, n_items, d, k, queries, items, excluded_starts, excluded, ids, scores,
                         scratch, error);
    const char *name = "top_k_indexed";
    size_t scratch_bytes = cpu_top_k_indexed_scratch(device, n_queries, n_items, d, k);
    enum status status = cpu_check(name, "queries", queries, n_queries * d, sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check(name, "items", items, n_items * d, sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check(name, "index", index, (int64_t)bytes, 1, error);
    if (status == STATUS_OK)
        status = cpu_check(name, "ids", ids, n_queries * k, sizeof(int32_t), error);
    if (status == STATUS_OK)
        status = cpu_check(name, "scores", scores, n_queries * k, sizeof(float), error);
    if (status == STATUS_OK && memory.buffer)
        status = cpu_check(name, "memory", memory, (int64_t)cpu_index_memory_bytes(device, n_items, d), 1, error);
    if (status == STATUS_OK && excluded_starts.buffer)
        status = cpu_check(name, "excluded starts", excluded_starts, n_queries + 1, sizeof(int64_t), error);
    if (status == STATUS_OK && excluded_starts.buffer)
        status = cpu_check(name, "excluded", excluded, cpu_longs(excluded_starts)[n_queries], sizeof(int32_t), error);
    if (status == STATUS_OK)
        status = cpu_check(name, "scratch", scratch, (int64_t)scratch_bytes, 1, error);
    if (status != STATUS_OK || n_queries == 0 || k == 0)
        return status;
    struct plan plan = plan_of(device->threads, n_queries, n_items, d, k);
    struct tiles_job tiles = {.plan = &plan, .n_queries = n_queries, .scratch = cpu_bytes(scratch)};
    tiles.search = (struct search_job){.pool = plan.own ? NULL : device->pool,
                                       .simd = device->simd,
                                       .bytes = device->bytes,
                                       .workers = plan.workers,
                                       .index = index_view_of(cpu_bytes(index), n_items, d),
                                       .k_requested = k,
                                       .k = plan.k,
                                       .capacity = plan.capacity,
                                       .tile = plan.tile,
                                       .stride = plan.stride,
                                       .vectors = cpu_floats(queries),
                                       .items = cpu_floats(items),
                                       .excluded_starts = cpu_longs(excluded_starts),
                                       .excluded = cpu_ints(excluded),
                                       .ids = cpu_ints(ids),
                                       .scores = cpu_floats(scores)};
    tiles.search.chunk = chunk_of(&tiles.search.index, plan.workers);
    struct search_memory known;
    if (memory.buffer && n_queries == 1 && !plan.own) {
        cpu_search_remember_at(&known, cpu_bytes(memory), n_items, d);
        tiles.search.memory = &known;
        tiles.search.remembered = cpu_bytes(memory);
    }
    size_t n_tiles = (size_t)((n_queries + plan.tile - 1) / plan.tile);
    if (plan.own)
        pool_run(device->pool, n_tiles, tile_task, &tiles);
    else
        for (size_t tile = 0; tile < n_tiles; tile++)
            tile_task(&tiles, tile, 0);
    return STATUS_OK;
}
