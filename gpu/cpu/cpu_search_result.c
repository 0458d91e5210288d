#include <math.h>
#include <string.h>

#include "gpu/cpu/cpu_search.h"

/* From the lists of all threads to the rows with the highest scores. */

void cpu_search_merge_task(void *context, size_t q, int worker)
{
    (void)worker;
    const struct search_job *job = context;
    struct search_finder *all = &job->finders[q];
    for (int w = 1; w < job->workers; w++) {
        const struct search_finder *other = &job->finders[w * job->tile + (int64_t)q];
        for (int64_t i = 0; i < other->exact.count; i++)
            selection_add(&all->exact, selection_score(other->exact.keys[i]), selection_row(other->exact.keys[i]));
        for (int64_t i = 0; i < other->count; i++) {
            if (all->count == all->limit)
                cpu_search_cut(job, (int64_t)q, all);
            all->keys[all->count++] = other->keys[i];
        }
    }
    cpu_search_cut(job, (int64_t)q, all);
}

/* Scores a part of the first rows of a list, or of the others. */
static void score_part(const struct search_job *job, size_t index, bool others)
{
    int64_t q = (int64_t)index / SEARCH_PARTS, part = (int64_t)index % SEARCH_PARTS;
    struct search_finder *finder = &job->finders[q];
    int64_t best = cpu_min(job->queries[q].depth, finder->count), n = others ? finder->count - best : best;
    int64_t first = n * part / SEARCH_PARTS, end = n * (part + 1) / SEARCH_PARTS;
    uint64_t *keys = finder->keys + (others ? best : 0);
    cpu_search_score(job, q, keys + first, end - first);
}

void cpu_search_score_best_task(void *context, size_t index, int worker)
{
    (void)worker;
    score_part(context, index, false);
}

void cpu_search_score_others_task(void *context, size_t index, int worker)
{
    (void)worker;
    score_part(context, index, true);
}

void cpu_search_narrow_task(void *context, size_t index, int worker)
{
    (void)worker;
    const struct search_job *job = context;
    int64_t q = (int64_t)index;
    struct search_finder *finder = &job->finders[q];
    struct search_query *query = &job->queries[q];
    if (finder->count <= query->depth)
        return;
    selection_divide(finder->keys, query->depth, job->k);
    if (finder->keys[job->k - 1] != 0)
        search_raise_threshold(query, selection_score(finder->keys[job->k - 1]));
    finder->count = cpu_search_keep_candidates(job, q, finder->keys, query->depth, finder->count);
}

void cpu_search_finish_task(void *context, size_t index, int worker)
{
    (void)worker;
    const struct search_job *job = context;
    int64_t q = (int64_t)index;
    struct search_finder *finder = &job->finders[q];
    struct selection best = {.keys = finder->keys, .k = job->k, .count = finder->count};
    memmove(best.keys + best.count, finder->exact.keys, (size_t)finder->exact.count * sizeof *best.keys);
    best.count += finder->exact.count;
    if (job->queries[q].zero)
        best.count = cpu_search_first(job, q, best.keys);
    if (job->memory)
        cpu_search_remember(job, best.keys, best.count);
    selection_finish(&best);
    int32_t *ids = job->ids + (job->first + q) * job->k_requested;
    float *scores = job->scores + (job->first + q) * job->k_requested;
    for (int64_t i = 0; i < job->k_requested; i++) {
        bool there = i < best.count && best.keys[i] != 0;
        ids[i] = there ? selection_row(best.keys[i]) : -1;
        scores[i] = there ? selection_score(best.keys[i]) : -INFINITY;
    }
}
