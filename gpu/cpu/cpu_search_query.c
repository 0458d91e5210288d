#include <float.h>
#include <math.h>
#include <string.h>

#include "gpu/cpu/cpu_search.h"

/* Queries of a search with an index: their codes, and what a row must reach for them. */

float cpu_search_above(const struct search_query *query, const struct index_run *run)
{
    float threshold = search_threshold(query);
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
    struct search_query *query = &job->queries[q];
    struct index_panel *panel = &job->panels[q / INDEX_PANEL];
    int lane = (int)(q % INDEX_PANEL);
    int8_t *codes = job->codes + q * job->stride;
    int16_t *wide = job->wide + q * job->stride;
    *query = (struct search_query){.values = job->vectors + (job->first + q) * d};
    search_raise_threshold(query, -INFINITY);
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

void cpu_search_prepare_task(void *context, size_t index, int worker)
{
    (void)worker;
    const struct search_job *job = context;
    struct index_panel *panel = &job->panels[index];
    int64_t first = (int64_t)index * INDEX_PANEL;
    *panel = (struct index_panel){.count = cpu_min(INDEX_PANEL, job->count - first),
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
            struct search_finder *finder = &job->finders[at];
            *finder = (struct search_finder){.keys = job->keys + at * (job->capacity + selection_capacity(job->k)),
                                             .limit = cpu_min(2 * job->k + 64, job->capacity)};
            selection_start(&finder->exact, finder->keys + job->capacity, job->k);
        }
}
