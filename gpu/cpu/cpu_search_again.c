#include <math.h>
#include <string.h>

#include "gpu/cpu/cpu_ops.h"
#include "gpu/cpu/cpu_search.h"

/* A second answer from what a search of a similar query has found, such as that of the same playlist before a track was
 * added. (Notation: cpu_index.h.)
 *
 * The first search keeps a bound U >= q.y for the row at every position, four bytes instead of one for each component.
 * The new query is p = a q + e with a = p.q / |q|^2 >= 0, so
 *
 *     p.x = p.c + a q.y + e.y <= p.c + a U + |e| |y|,
 *
 * and `length` / f is at least |y| for the rows of a block. T is at first the k-th best score among the rows that were
 * best before, which are scored with p. Rows whose bound is below the float before T are skipped, and all others are
 * scored, as in every search with an index: the result is the same. Where a sample of the runs tells that more than a
 * share of the rows is left, the index is scanned instead.
 *
 * Roundings: a, e and the sums are computed in double from floats. |e| is enlarged by 2^-18 (a |q| + |p|), in units of
 * |y|, which is far more than the errors of a q + e = p, of U, and of the bound in float32. */

enum {
    BEST = 512,      /* rows that are kept besides the k best, for those that an edit excludes */
    BEST_MAX = 8192, /* the memory keeps no more */
    SAMPLED = 64,    /* one of so many runs is counted */
    SHARE = 24,      /* scanning the index takes as long as scoring one of so many rows */
};

struct again {
    struct search_job *job;
    float scale, rest; /* a; |e|, enlarged */
};

static size_t offset_of_bounds(int64_t d)
{
    return (size_t)cpu_round_up(
        (int64_t)(sizeof(struct search_memory) + (size_t)d * sizeof(float)) + BEST_MAX * (int64_t)sizeof(int32_t), 64);
}

size_t cpu_index_memory_bytes(const struct compute_device *device, int64_t n_items, int64_t d)
{
    if (cpu_index_bytes(device, n_items, d) == 0)
        return 0;
    return offset_of_bounds(d) + (size_t)index_parts_of(n_items, d).n_runs * SEARCH_RUN_ROWS * sizeof(float);
}

void cpu_search_remember_at(struct search_memory *memory, void *bytes, int64_t n, int64_t d)
{
    memcpy(memory, bytes, sizeof *memory);
    if (memory->n != n || memory->d != d)
        *memory = (struct search_memory){0};
    memory->values = (float *)(void *)((char *)bytes + sizeof *memory);
    memory->best = (int32_t *)(void *)(memory->values + d);
    memory->bounds = (float *)(void *)((char *)bytes + offset_of_bounds(d));
    memory->capacity = BEST_MAX;
}

static inline __attribute__((always_inline)) void
bound_run(const struct search_job *job, int64_t run, const struct index_found *found, const struct index_panel *panel)
{
    float *bounds = job->memory->bounds + run * SEARCH_RUN_ROWS;
    const struct index_run *of = &job->index.runs[run];
    for (int b = 0; b < INDEX_RUN; b++) {
        const double units = job->queries[0].factor * (double)of->inverse[b];
        const double width =
            (double)panel->width[0] * (double)of->residual[b] + (double)panel->error[0] * (double)of->length[b];
        const float scale = units > 0 ? (float)(1 / units) : INFINITY, more = (float)(width / units) * (1 + 0x1p-20f);
        for (int r = 0; r < INDEX_ROWS; r++) {
            const float product = (float)(found->sums[0][b * INDEX_ROWS + r] - panel->bias[0]) * scale;
            const float bound = product + more + fabsf(product) * 0x1p-21f;
            bounds[b * INDEX_ROWS + r] = bound < INFINITY ? bound : INFINITY; /* NaN, too */
        }
    }
}

CPU_KERNEL(bound_kernel, bound_run,
           (const struct search_job *job, int64_t run, const struct index_found *found,
            const struct index_panel *panel),
           (job, run, found, panel))

void cpu_search_remember_run(const struct search_job *job, int64_t run, const struct index_found *found,
                             const struct index_panel *panel)
{
    if (found)
        CPU_KERNEL_CALL(job->simd, bound_kernel, (job, run, found, panel));
    for (int i = 0; i < SEARCH_RUN_ROWS && !found; i++)
        job->memory->bounds[run * SEARCH_RUN_ROWS + i] = INFINITY;
}

void cpu_search_remember(const struct search_job *job, const uint64_t *keys, int64_t count)
{
    struct search_memory *memory = job->memory;
    const struct search_query *query = &job->queries[0];
    memory->n_best = 0;
    for (int64_t i = 0; i < count && memory->n_best < memory->capacity; i++)
        if (keys[i] != 0)
            memory->best[memory->n_best++] = selection_row(keys[i]);
    const bool useful = query->factor > 0 && job->k + BEST <= memory->capacity;
    memory->n = useful ? job->index.n : 0;
    memory->d = job->index.d;
    memory->size = query->size;
    memcpy(memory->values, query->values, (size_t)memory->d * sizeof *memory->values);
    memcpy(job->remembered, memory, sizeof *memory);
}

/* ---- the second answer --------------------------------------------------------------------------------------- */

static float length_of(const struct index_run *run, int b)
{
    return run->inverse[b] > 0 ? run->length[b] / run->inverse[b] * (1 + 0x1p-20f) : INFINITY;
}

/* One bit for each row of the run whose bound reaches `above`; NaN does. */
static inline __attribute__((always_inline)) void find_open(const struct again *again, int64_t run, float above,
                                                            uint64_t *found)
{
    const float *bounds = again->job->memory->bounds + run * SEARCH_RUN_ROWS;
    *found = 0;
    for (int b = 0; b < INDEX_RUN; b++) {
        const float more = again->rest * length_of(&again->job->index.runs[run], b);
        uint64_t bits = 0;
        for (int r = 0; r < INDEX_ROWS; r++)
            bits |= (uint64_t) !(bounds[b * INDEX_ROWS + r] * again->scale + more < above) << r;
        *found |= bits << (b * INDEX_ROWS);
    }
}

CPU_KERNEL(open_kernel, find_open, (const struct again *again, int64_t run, float above, uint64_t *found),
           (again, run, above, found))

static float above_of(const struct search_query *query)
{
    const float threshold = search_threshold(query);
    const double below = (double)nextafterf(threshold, -INFINITY), above = below - query->centre - query->slack;
    return threshold == -INFINITY ? -INFINITY : (float)(above - fabs(above) * 0x1p-20);
}

static void again_task(void *context, size_t chunk, int worker)
{
    const struct again *again = context;
    const struct search_job *job = again->job;
    struct search_finder *finder = &job->finders[worker * job->tile];
    const int64_t first = (int64_t)chunk * job->chunk, end = cpu_min(first + job->chunk, job->index.n_runs);
    float above = above_of(&job->queries[0]);
    for (int64_t run = first; run < end; run++) {
        uint64_t found;
        if (cpu_search_above(&job->queries[0], &job->index.runs[run]) == INFINITY)
            break;
        CPU_KERNEL_CALL(job->simd, open_kernel, (again, run, above, &found));
        for (; found; found &= found - 1) {
            const int64_t position = run * SEARCH_RUN_ROWS + __builtin_ctzll(found);
            if (position >= job->index.n)
                break;
            finder->keys[finder->count++] = selection_key(0, position);
            if (finder->count < finder->limit)
                continue;
            cpu_search_score_list(job, 0, finder);
            above = above_of(&job->queries[0]);
        }
    }
}

static void rest_task(void *context, size_t finder, int worker)
{
    (void)worker;
    const struct again *again = context;
    cpu_search_score_list(again->job, 0, &again->job->finders[(int64_t)finder * again->job->tile]);
}

/* p = a q + e. Returns whether the query is similar enough to be worth a try. */
static bool compare_queries(struct again *again)
{
    const struct search_memory *memory = again->job->memory;
    const struct search_query *query = &again->job->queries[0];
    double product = 0, squares = 0, rest = 0;
    for (int64_t j = 0; j < memory->d; j++) {
        product += (double)query->values[j] * (double)memory->values[j];
        squares += (double)memory->values[j] * (double)memory->values[j];
    }
    const double scale = (double)(float)(product / squares);
    for (int64_t j = 0; j < memory->d; j++) {
        const double e = (double)query->values[j] - scale * (double)memory->values[j];
        rest += e * e;
    }
    again->scale = (float)scale;
    again->rest = (float)((sqrt(rest) + 0x1p-18 * (scale * memory->size + query->size)) * (1 + 0x1p-20));
    return scale > 0 && isfinite(again->rest) && (double)again->rest < query->size / 2;
}

/* T: the k-th best score of the rows that were best before. Returns whether there are k. */
static bool start_threshold(const struct again *again)
{
    const struct search_job *job = again->job;
    struct search_finder *finder = &job->finders[0];
    int64_t count = 0;
    for (int64_t i = 0; i < job->memory->n_best; i++) {
        const int32_t row = job->memory->best[i];
        if (row < 0 || row >= job->index.n || selection_excludes(job->excluded_starts, job->excluded, job->first, row))
            continue;
        const float score = cpu_search_score_row(job, 0, row);
        if (score > -INFINITY && count < job->capacity)
            finder->keys[count++] = selection_key(score, row);
    }
    if (count < job->k)
        return false;
    if (count > job->k)
        selection_divide(finder->keys, count, job->k);
    uint64_t least = finder->keys[0];
    for (int64_t i = 1; i < job->k; i++)
        least = finder->keys[i] < least ? finder->keys[i] : least;
    search_raise_threshold(&job->queries[0], selection_score(least));
    return true;
}

static bool leaves_few(const struct again *again)
{
    const struct search_job *job = again->job;
    const float above = above_of(&job->queries[0]);
    int64_t count = 0, scanned = 0;
    for (int64_t run = SAMPLED / 2 < job->index.n_runs ? SAMPLED / 2 : 0; run < job->index.n_runs; run += SAMPLED) {
        uint64_t found;
        if (cpu_search_above(&job->queries[0], &job->index.runs[run]) == INFINITY)
            break;
        CPU_KERNEL_CALL(job->simd, open_kernel, (again, run, above, &found));
        count += __builtin_popcountll(found);
        scanned += SEARCH_RUN_ROWS;
    }
    return count * SHARE <= scanned;
}

bool cpu_search_again(struct search_job *job)
{
    struct again again = {.job = job};
    const struct search_query *query = &job->queries[0];
    if (job->memory->n == 0 || query->zero || query->factor == 0)
        return false;
    if (!compare_queries(&again) || !start_threshold(&again))
        return false;
    if (!leaves_few(&again))
        return false;
    pool_run(job->pool, (size_t)((job->index.n_runs + job->chunk - 1) / job->chunk), again_task, &again);
    pool_run(job->pool, (size_t)job->workers, rest_task, &again);
    return true;
}
