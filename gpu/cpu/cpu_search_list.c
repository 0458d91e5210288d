#include <math.h>

#include "gpu/cpu/cpu_search.h"

/* Lists of rows that a scan has found, by the lower bounds of their scores. */

static double bound_width(const struct search_job *job, int64_t q, int64_t position)
{
    const struct index_run *run = &job->index.runs[position / SEARCH_RUN_ROWS];
    const struct index_panel *panel = &job->panels[q / INDEX_PANEL];
    int64_t b = position / INDEX_ROWS % INDEX_RUN, lane = q % INDEX_PANEL;
    return (double)panel->width[lane] * (double)run->residual[b] + (double)panel->error[lane] * (double)run->length[b];
}

/* w.z per unit of the score: f g; 0 where there is no bound. */
static double units_of(const struct search_job *job, int64_t q, int64_t position)
{
    const struct index_run *run = &job->index.runs[position / SEARCH_RUN_ROWS];
    return job->queries[q].factor * (double)run->inverse[position / INDEX_ROWS % INDEX_RUN];
}

static float lower_bound(const struct search_job *job, int64_t q, int64_t position, int32_t sum)
{
    const struct search_query *query = &job->queries[q];
    double units = units_of(job, q, position);
    double product = (double)(sum - job->panels[q / INDEX_PANEL].bias[q % INDEX_PANEL]);
    if (units == 0)
        return -INFINITY;
    return (float)(query->centre - query->slack + (product - bound_width(job, q, position)) / units);
}

int64_t cpu_search_keep_candidates(const struct search_job *job, int64_t q, uint64_t *keys, int64_t first,
                                   int64_t count)
{
    const struct search_query *query = &job->queries[q];
    float threshold = search_threshold(query);
    int64_t kept = first;
    for (int64_t i = first; i < count; i++) {
        uint64_t key = keys[i];
        float lower = selection_score(key);
        int64_t position = selection_row(key);
        double rounding = fabs((double)lower) * 0x1p-23 + 0x1p-149, lacking = (double)threshold - (double)lower;
        /* Without a division: lower + rounding + 2 (slack + E / (f g)) >= T, where T itself may be reached by rounding.
         */
        lacking -= 2 * query->slack + 2 * rounding + fabs((double)threshold) * 0x1p-23;
        keys[kept] = key;
        kept += !(lacking * units_of(job, q, position) > 2 * bound_width(job, q, position));
    }
    return kept;
}

void cpu_search_score_list(const struct search_job *job, int64_t q, struct search_finder *finder)
{
    struct selection *exact = &finder->exact;
    cpu_search_score(job, q, finder->keys, finder->count);
    for (int64_t i = 0; i < finder->count; i++) {
        exact->keys[exact->count] = finder->keys[i];
        exact->count += finder->keys[i] != 0;
        if (exact->count == selection_capacity(exact->k))
            selection_cut(exact);
    }
    selection_cut(exact);
    if (exact->count == exact->k)
        search_raise_threshold(&job->queries[q], selection_score(exact->keys[exact->k - 1]));
    finder->count = 0;
}

void cpu_search_cut(const struct search_job *job, int64_t q, struct search_finder *finder)
{
    struct search_query *query = &job->queries[q];
    if (finder->count > query->depth) {
        selection_divide(finder->keys, finder->count, query->depth);
        search_raise_threshold(query, selection_score(finder->keys[query->depth - 1]));
    }
    finder->count = cpu_search_keep_candidates(job, q, finder->keys, 0, finder->count);
    if (finder->count > job->capacity / 4 * 3)
        cpu_search_score_list(job, q, finder);
    int64_t limit = finder->count * 2 > 2 * job->k + 64 ? finder->count * 2 : 2 * job->k + 64;
    finder->limit = cpu_min(limit, job->capacity);
}

/* Returns whether the threshold may have risen. */
static bool add_candidate(const struct search_job *job, int64_t q, struct search_finder *finder, int64_t position,
                          int32_t sum)
{
    if (position >= job->index.n ||
        (job->queries[q].lookup &&
         selection_excludes(job->excluded_starts, job->excluded, job->first + q, job->index.rows[position])))
        return false;
    finder->keys[finder->count++] = selection_key(lower_bound(job, q, position, sum), position);
    if (finder->count < finder->limit)
        return false;
    cpu_search_cut(job, q, finder);
    return true;
}

void cpu_search_collect(const struct search_job *job, int64_t first_query, int worker, int64_t run,
                        const struct index_found *found, struct index_panel *panel)
{
    for (int64_t q = 0; q < panel->count; q++) {
        bool risen = false;
        for (uint64_t hits = found->hits[q]; hits; hits &= hits - 1) {
            int bit = __builtin_ctzll(hits);
            struct search_finder *finder = &job->finders[worker * job->tile + first_query + q];
            risen |= add_candidate(job, first_query + q, finder, run * SEARCH_RUN_ROWS + bit, found->sums[q][bit]);
        }
        if (risen)
            panel->above[q] = cpu_search_above(&job->queries[first_query + q], &job->index.runs[run]);
    }
}
