#include "gpu/cpu/cpu_index.h"

#include <float.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "gpu/cpu/cpu_ops.h"
#include "gpu/cpu/cpu_select.h"

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
    RUN_ROWS = INDEX_RUN * INDEX_ROWS,
    CHUNK_MAX = 512 << 10,
    CHUNK_MIN = 32 << 10, /* bytes per task; larger ones stay in the second-level cache */
    CHUNKS = 16,          /* per thread, if they are not too small */
    PARTS = 16,           /* of a list that all threads score */
    AHEAD = 6,            /* rows that are prefetched while one is scored */
};

#define LIST_BYTES_MAX ((size_t)128 << 20) /* bytes of lists; longer ones use smaller tiles */

struct query {
    const float *values;
    double centre, slack; /* q.c; the rounding error of q.c and of the centre's part of a score */
    double size;          /* at least |q| */
    double factor;        /* g; 0 when the query has NaN or infinity: every row is scored */
    bool zero;
    bool lookup;                /* whether rows are excluded when they are found; otherwise when they are scored */
    int64_t depth;              /* number of found rows that surely contain k eligible ones */
    _Atomic uint32_t threshold; /* the upper half of a selection's key: T, which only rises */
};

/* The results of one thread for a query. */
struct finder {
    uint64_t *keys; /* [capacity] (lower bound, position in the index), followed by the k best scores */
    int64_t count, limit;
    struct selection exact; /* (score, row) of rows scored early */
};

struct search_job {
    struct pool *pool; /* NULL: single-threaded */
    enum cpu_simd simd;
    enum cpu_bytes bytes;
    int workers;
    struct index_view index;
    int64_t k_requested; /* number of rows to return */
    int64_t k;           /* at most the number of items */
    int64_t capacity, tile, stride;
    const float *vectors, *items;
    const int64_t *excluded_starts;
    const int32_t *excluded;
    int32_t *ids;
    float *scores;
    int64_t first, count;       /* queries of this tile */
    int64_t chunk;              /* in runs */
    struct query *queries;      /* [tile] */
    struct index_panel *panels; /* [tile / INDEX_PANEL] */
    struct finder *finders;     /* [workers x tile] */
    uint64_t *keys;             /* [workers x tile x (capacity + selection_capacity(k))] */
    int16_t *wide;              /* [tile x stride] */
    int8_t *codes;              /* [tile x stride] */
};

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t up_to(int64_t value, int64_t multiple)
{
    return (value + multiple - 1) / multiple * multiple;
}

/* ---- scores ---- */

typedef double score_vector __attribute__((vector_size(32)));
typedef float score_floats __attribute__((vector_size(16)));

/* Products of two floats are exact in double, so sums in a fixed order do not depend on fused multiply-add. */
static inline __attribute__((always_inline)) float score_row(const float *a, const float *b, int64_t d)
{
    enum { SUMS = 4, LANES = 4 };
    score_vector sums[SUMS] = {{0}};
    score_floats u, v;
    int64_t j = 0;
    for (; j + SUMS * LANES <= d; j += SUMS * LANES)
        for (int s = 0; s < SUMS; s++) {
            memcpy(&u, a + j + s * LANES, sizeof u);
            memcpy(&v, b + j + s * LANES, sizeof v);
            sums[s] += __builtin_convertvector(u, score_vector) * __builtin_convertvector(v, score_vector);
        }
    double tail = 0;
    for (; j < d; j++)
        tail += (double)a[j] * (double)b[j];
    score_vector sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    return (float)((sum[0] + sum[2]) + (sum[1] + sum[3]) + tail);
}

/* Replaces (bound, position) by (score, row); 0, which no score has, for excluded rows and for NaN and -inf. */
static inline __attribute__((always_inline)) void score_keys(const struct search_job *job, int64_t q, uint64_t *keys,
                                                             int64_t count)
{
    const float *query = job->queries[q].values;
    const int32_t *rows = job->index.rows;
    int64_t d = job->index.d;
    for (int64_t i = 0; i < count; i++) {
        if (i + AHEAD < count) {
            const char *next = (const char *)(job->items + rows[selection_row(keys[i + AHEAD])] * d);
            for (int64_t line = 0; line < d * (int64_t)sizeof(float); line += 64)
                __builtin_prefetch(next + line);
        }
        int32_t row = rows[selection_row(keys[i])];
        float score = score_row(query, job->items + row * d, d);
        keys[i] = score > -INFINITY && !selection_excludes(job->excluded_starts, job->excluded, job->first + q, row)
                      ? selection_key(score, row)
                      : 0;
    }
}

CPU_KERNEL(score_kernel, score_keys, (const struct search_job *job, int64_t q, uint64_t *keys, int64_t count),
           (job, q, keys, count))

/* ---- queries ---- */

static float threshold_of(const struct query *query)
{
    return selection_score((uint64_t)atomic_load_explicit(&query->threshold, memory_order_relaxed) << 32);
}

static void raise_threshold(struct query *query, float threshold)
{
    uint32_t bits = (uint32_t)(selection_key(threshold, 0) >> 32);
    uint32_t seen = atomic_load_explicit(&query->threshold, memory_order_relaxed);
    while (seen < bits && !atomic_compare_exchange_weak_explicit(&query->threshold, &seen, bits, memory_order_relaxed,
                                                                 memory_order_relaxed))
        ;
}

/* The threshold of a query in a panel's units, from a run on. */
static float above_threshold(const struct query *query, const struct index_run *run)
{
    float threshold = threshold_of(query);
    if (query->zero)
        return INFINITY;
    if (query->factor == 0 || threshold == -INFINITY)
        return -INFINITY;
    double below = (double)nextafterf(threshold, -INFINITY);
    if (query->centre + query->slack + query->size * (double)run->reach < below ||
        query->size * (double)run->extent < below)
        return INFINITY;
    double above = (below - query->centre - query->slack) * query->factor;
    return above > FLT_MAX ? FLT_MAX : above < -FLT_MAX ? -INFINITY : (float)above;
}

static void prepare_query(const struct search_job *job, int64_t q)
{
    int64_t d = job->index.d;
    struct query *query = &job->queries[q];
    struct index_panel *panel = &job->panels[q / INDEX_PANEL];
    int lane = (int)(q % INDEX_PANEL);
    int8_t *codes = job->codes + q * job->stride;
    int16_t *wide = job->wide + q * job->stride;
    *query = (struct query){.values = job->vectors + (job->first + q) * d};
    raise_threshold(query, -INFINITY);
    double largest = 0, squares = 0, centre = 0, centres = 0, products = 0, errors = 0;
    bool finite = true;
    for (int64_t j = 0; j < d; j++) {
        double value = (double)query->values[j], size = fabs(value), c = (double)job->index.centre[j];
        finite = finite && isfinite(value);
        largest = size > largest ? size : largest;
        squares += value * value;
        centre += value * c;
        centres += c * c;
    }
    int64_t n_excluded =
        job->excluded_starts ? job->excluded_starts[job->first + q + 1] - job->excluded_starts[job->first + q] : 0;
    query->lookup = n_excluded > job->k / 2;
    query->depth = job->k + (query->lookup ? 0 : n_excluded);
    query->zero = finite && largest == 0;
    query->factor = finite && largest > 0 ? 127 / largest : 0;
    query->size = sqrt(squares) * (1 + 0x1p-20);
    query->centre = centre;
    query->slack = (double)(d + 4) * 0x1p-50 * query->size * sqrt(centres);
    memset(codes, 0, (size_t)job->stride);
    memset(wide, 0, (size_t)job->stride * sizeof *wide);
    int32_t sum = 0;
    for (int64_t j = 0; j < d && query->factor > 0; j++) {
        double t = (double)query->values[j] * query->factor, w = rint(t);
        codes[j] = (int8_t)w;
        wide[j] = (int16_t)w;
        sum += (int32_t)w;
        products += w * w;
        errors += (t - w) * (t - w);
    }
    double share = 1 + 0x1p-20;
    panel->bias[lane] = 128 * sum;
    panel->width[lane] = (float)(sqrt(products) * share);
    panel->error[lane] = (float)(sqrt(errors) * share + sqrt(products) * 0x1p-20);
}

static void prepare_task(void *context, size_t index, int worker)
{
    (void)worker;
    const struct search_job *job = context;
    struct index_panel *panel = &job->panels[index];
    int64_t first = (int64_t)index * INDEX_PANEL;
    *panel = (struct index_panel){.count = smaller(INDEX_PANEL, job->count - first),
                                  .stride = job->stride,
                                  .codes = job->codes + first * job->stride,
                                  .wide = job->wide + first * job->stride};
    for (int64_t q = 0; q < INDEX_PANEL; q++) {
        panel->above[q] = INFINITY;
        if (q < panel->count)
            prepare_query(job, first + q);
    }
    for (int64_t q = first; q < first + panel->count; q++)
        for (int w = 0; w < job->workers; w++) {
            int64_t at = w * job->tile + q;
            struct finder *finder = &job->finders[at];
            *finder = (struct finder){.keys = job->keys + at * (job->capacity + selection_capacity(job->k)),
                                      .limit = smaller(2 * job->k + 64, job->capacity)};
            selection_start(&finder->exact, finder->keys + job->capacity, job->k);
        }
}

/* ---- lists ---- */

static double bound_width(const struct search_job *job, int64_t q, int64_t place)
{
    const struct index_run *run = &job->index.runs[place / RUN_ROWS];
    const struct index_panel *panel = &job->panels[q / INDEX_PANEL];
    int64_t b = place / INDEX_ROWS % INDEX_RUN, lane = q % INDEX_PANEL;
    return (double)panel->width[lane] * (double)run->residual[b] + (double)panel->error[lane] * (double)run->length[b];
}

/* w.z per unit of the score: f g; 0 where there is no bound. */
static double units_of(const struct search_job *job, int64_t q, int64_t place)
{
    const struct index_run *run = &job->index.runs[place / RUN_ROWS];
    return job->queries[q].factor * (double)run->inverse[place / INDEX_ROWS % INDEX_RUN];
}

static float lower_bound(const struct search_job *job, int64_t q, int64_t place, int32_t sum)
{
    const struct query *query = &job->queries[q];
    double units = units_of(job, q, place);
    double product = (double)(sum - job->panels[q / INDEX_PANEL].bias[q % INDEX_PANEL]);
    if (units == 0)
        return -INFINITY;
    return (float)(query->centre - query->slack + (product - bound_width(job, q, place)) / units);
}

/* Drops keys from `first` on whose upper bound is below the threshold; returns the number of keys left. */
static int64_t keep_candidates(const struct search_job *job, int64_t q, uint64_t *keys, int64_t first, int64_t count)
{
    const struct query *query = &job->queries[q];
    float threshold = threshold_of(query);
    int64_t kept = first;
    for (int64_t i = first; i < count; i++) {
        uint64_t key = keys[i];
        float lower = selection_score(key);
        int64_t place = selection_row(key);
        double rounding = fabs((double)lower) * 0x1p-23 + 0x1p-149, lacking = (double)threshold - (double)lower;
        /* Without a division: lower + rounding + 2 (slack + E / (f g)) >= T, where T itself may be reached by rounding.
         */
        lacking -= 2 * query->slack + 2 * rounding + fabs((double)threshold) * 0x1p-23;
        keys[kept] = key;
        kept += !(lacking * units_of(job, q, place) > 2 * bound_width(job, q, place));
    }
    return kept;
}

static void score_list(const struct search_job *job, int64_t q, struct finder *finder)
{
    struct selection *exact = &finder->exact;
    CPU_KERNEL_CALL(job->simd, score_kernel, (job, q, finder->keys, finder->count));
    for (int64_t i = 0; i < finder->count; i++) {
        exact->keys[exact->count] = finder->keys[i];
        exact->count += finder->keys[i] != 0;
        if (exact->count == selection_capacity(exact->k))
            selection_cut(exact);
    }
    selection_cut(exact);
    if (exact->count == exact->k)
        raise_threshold(&job->queries[q], selection_score(exact->keys[exact->k - 1]));
    finder->count = 0;
}

/* Raises the threshold to the k-th best lower bound of the list (further down by the number of rows that may be
 * excluded) and drops the keys below it. */
static void cut_list(const struct search_job *job, int64_t q, struct finder *finder)
{
    struct query *query = &job->queries[q];
    if (finder->count > query->depth) {
        selection_divide(finder->keys, finder->count, query->depth);
        raise_threshold(query, selection_score(finder->keys[query->depth - 1]));
    }
    finder->count = keep_candidates(job, q, finder->keys, 0, finder->count);
    if (finder->count > job->capacity / 4 * 3)
        score_list(job, q, finder);
    int64_t limit = finder->count * 2 > 2 * job->k + 64 ? finder->count * 2 : 2 * job->k + 64;
    finder->limit = smaller(limit, job->capacity);
}

/* Returns whether the threshold may have risen. */
static bool add_place(const struct search_job *job, int64_t q, struct finder *finder, int64_t place, int32_t sum)
{
    if (place >= job->index.n || (job->queries[q].lookup && selection_excludes(job->excluded_starts, job->excluded,
                                                                               job->first + q, job->index.rows[place])))
        return false;
    finder->keys[finder->count++] = selection_key(lower_bound(job, q, place, sum), place);
    if (finder->count < finder->limit)
        return false;
    cut_list(job, q, finder);
    return true;
}

/* ---- scan ---- */

static void collect(const struct search_job *job, int64_t first_query, int worker, int64_t run,
                    const struct index_found *found, struct index_panel *panel)
{
    for (int64_t q = 0; q < panel->count; q++) {
        bool risen = false;
        for (uint64_t hits = found->hits[q]; hits; hits &= hits - 1) {
            int bit = __builtin_ctzll(hits);
            struct finder *finder = &job->finders[worker * job->tile + first_query + q];
            risen |= add_place(job, first_query + q, finder, run * RUN_ROWS + bit, found->sums[q][bit]);
        }
        if (risen)
            panel->above[q] = above_threshold(&job->queries[first_query + q], &job->index.runs[run]);
    }
}

static void search_task(void *context, size_t chunk, int worker)
{
    const struct search_job *job = context;
    const struct index_view *index = &job->index;
    int64_t first = (int64_t)chunk * job->chunk, end = smaller(first + job->chunk, index->n_runs);
    int64_t size = index->groups * INDEX_GROUP * RUN_ROWS;
    struct index_found found;
    cpu_index_scan_begin(job->bytes);
    for (int64_t q = 0; q < job->count; q += INDEX_PANEL) {
        struct index_panel panel = job->panels[q / INDEX_PANEL];
        bool wanted = false;
        panel.fetch = q == 0;
        for (int64_t i = 0; i < panel.count; i++) {
            panel.above[i] = above_threshold(&job->queries[q + i], &index->runs[first]);
            wanted = wanted || panel.above[i] < INFINITY;
        }
        for (int64_t run = first; run < end && wanted; run++)
            if (cpu_index_scan(job->bytes, index->codes + run * size, index->groups, &index->runs[run], &panel, &found))
                collect(job, q, worker, run, &found, &panel);
    }
    cpu_index_scan_end(job->bytes);
}

/* ---- results ---- */

/* Merges the threads' results of a query. */
static void merge_task(void *context, size_t q, int worker)
{
    (void)worker;
    const struct search_job *job = context;
    struct finder *all = &job->finders[q];
    for (int w = 1; w < job->workers; w++) {
        const struct finder *other = &job->finders[w * job->tile + (int64_t)q];
        for (int64_t i = 0; i < other->exact.count; i++)
            selection_add(&all->exact, selection_score(other->exact.keys[i]), selection_row(other->exact.keys[i]));
        for (int64_t i = 0; i < other->count; i++) {
            if (all->count == all->limit)
                cut_list(job, (int64_t)q, all);
            all->keys[all->count++] = other->keys[i];
        }
    }
    cut_list(job, (int64_t)q, all);
}

/* Scores a part of the first rows of a list, or of the others. */
static void score_part(const struct search_job *job, size_t index, bool others)
{
    int64_t q = (int64_t)index / PARTS, part = (int64_t)index % PARTS;
    struct finder *finder = &job->finders[q];
    int64_t best = smaller(job->queries[q].depth, finder->count), n = others ? finder->count - best : best;
    int64_t first = n * part / PARTS, end = n * (part + 1) / PARTS;
    uint64_t *keys = finder->keys + (others ? best : 0);
    CPU_KERNEL_CALL(job->simd, score_kernel, (job, q, keys + first, end - first));
}

static void score_best_task(void *context, size_t index, int worker)
{
    (void)worker;
    score_part(context, index, false);
}

static void score_others_task(void *context, size_t index, int worker)
{
    (void)worker;
    score_part(context, index, true);
}

/* With the k best bounds scored, the threshold is nearly final; most of the others are below it. */
static void narrow_task(void *context, size_t index, int worker)
{
    (void)worker;
    const struct search_job *job = context;
    int64_t q = (int64_t)index;
    struct finder *finder = &job->finders[q];
    struct query *query = &job->queries[q];
    if (finder->count <= query->depth)
        return;
    selection_divide(finder->keys, query->depth, job->k);
    if (finder->keys[job->k - 1] != 0)
        raise_threshold(query, selection_score(finder->keys[job->k - 1]));
    finder->count = keep_candidates(job, q, finder->keys, query->depth, finder->count);
}

/* All scores are 0: takes the first eligible rows whose score is not NaN. */
static int64_t take_first(const struct search_job *job, int64_t q, uint64_t *keys)
{
    int64_t count = 0, d = job->index.d;
    for (int64_t row = 0; row < job->index.n && count < job->k; row++) {
        float score = selection_excludes(job->excluded_starts, job->excluded, job->first + q, (int32_t)row)
                          ? NAN
                          : score_row(job->queries[q].values, job->items + row * d, d);
        if (score > -INFINITY)
            keys[count++] = selection_key(score, row);
    }
    return count;
}

static void finish_task(void *context, size_t index, int worker)
{
    (void)worker;
    const struct search_job *job = context;
    int64_t q = (int64_t)index;
    struct finder *finder = &job->finders[q];
    struct selection best = {.keys = finder->keys, .k = job->k, .count = finder->count};
    memmove(best.keys + best.count, finder->exact.keys, (size_t)finder->exact.count * sizeof *best.keys);
    best.count += finder->exact.count;
    if (job->queries[q].zero)
        best.count = take_first(job, q, best.keys);
    selection_finish(&best);
    int32_t *ids = job->ids + (job->first + q) * job->k_requested;
    float *scores = job->scores + (job->first + q) * job->k_requested;
    for (int64_t i = 0; i < job->k_requested; i++) {
        bool there = i < best.count && best.keys[i] != 0;
        ids[i] = there ? selection_row(best.keys[i]) : -1;
        scores[i] = there ? selection_score(best.keys[i]) : -INFINITY;
    }
}

/* ---- the operation ---- */

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
        .own = n_queries >= OWN_TILES_MIN * threads, .k = smaller(k, n), .stride = up_to(d, INDEX_STEP)};
    plan.workers = plan.own ? 1 : threads;
    plan.capacity = smaller(8 * plan.k, n) + 256;
    size_t list = (size_t)(plan.capacity + selection_capacity(plan.k)) * sizeof(uint64_t);
    int64_t fits = (int64_t)(LIST_BYTES_MAX / (list * (size_t)threads)), most = fits < 1 ? 1 : smaller(fits, TILE);
    int64_t sharing = plan.own ? threads : 1, tiles = (n_queries + most * sharing - 1) / (most * sharing) * sharing;
    plan.tile = smaller(most, up_to((n_queries + tiles - 1) / tiles, INDEX_PANEL));
    size_t rows = (size_t)up_to(plan.tile, INDEX_PANEL), lists = (size_t)plan.tile * (size_t)plan.workers;
    plan.panels = (size_t)up_to((int64_t)(rows * sizeof(struct query)), 64);
    plan.finders = plan.panels + (size_t)up_to((int64_t)(rows / INDEX_PANEL * sizeof(struct index_panel)), 64);
    plan.keys = plan.finders + (size_t)up_to((int64_t)(lists * sizeof(struct finder)), 64);
    plan.wide = plan.keys + (size_t)up_to((int64_t)(lists * list), 64);
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
    run_tasks(job, (job->count + INDEX_PANEL - 1) / INDEX_PANEL, prepare_task);
    run_tasks(job, (job->index.n_runs + job->chunk - 1) / job->chunk, search_task);
    run_tasks(job, job->count, merge_task);
    run_tasks(job, job->count * PARTS, score_best_task);
    run_tasks(job, job->count, narrow_task);
    run_tasks(job, job->count * PARTS, score_others_task);
    run_tasks(job, job->count, finish_task);
}

static void place_parts(struct search_job *job, const struct plan *plan, char *at)
{
    job->queries = (struct query *)(void *)at;
    job->panels = (struct index_panel *)(void *)(at + plan->panels);
    job->finders = (struct finder *)(void *)(at + plan->finders);
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
    job.count = smaller(job.tile, tiles->n_queries - job.first);
    place_parts(&job, tiles->plan, tiles->scratch + (size_t)(tiles->plan->own ? worker : 0) * tiles->plan->bytes);
    search_tile(&job);
}

/* Runs per task: enough tasks for the threads to end together, and no more. */
static int64_t chunk_of(const struct index_view *index, int threads)
{
    int64_t run = index->groups * INDEX_GROUP * RUN_ROWS, bytes = index->n_runs * run / (CHUNKS * threads);
    bytes = bytes < CHUNK_MIN ? CHUNK_MIN : smaller(bytes, CHUNK_MAX);
    return bytes < run ? 1 : bytes / run;
}

enum status cpu_top_k_indexed(struct compute_stream *stream, int64_t n_queries, int64_t n_items, int64_t d, int64_t k,
                              struct compute_slice queries, struct compute_slice items, struct compute_slice index,
                              struct compute_slice excluded_starts, struct compute_slice excluded,
                              struct compute_slice ids, struct compute_slice scores, struct compute_slice scratch,
                              struct error *error)
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
                                       .index = cpu_index_view(cpu_bytes(index), n_items, d),
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
    size_t n_tiles = (size_t)((n_queries + plan.tile - 1) / plan.tile);
    if (plan.own)
        pool_run(device->pool, n_tiles, tile_task, &tiles);
    else
        for (size_t tile = 0; tile < n_tiles; tile++)
            tile_task(&tiles, tile, 0);
    return STATUS_OK;
}
