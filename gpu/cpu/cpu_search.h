#ifndef SLEEVE_GPU_CPU_SEARCH_H
#define SLEEVE_GPU_CPU_SEARCH_H

#include <stdatomic.h>

#include "gpu/cpu/cpu_index.h"
#include "gpu/cpu/cpu_select.h"

/* Shared by the files of the search with an index: cpu_top_k_indexed.c runs it, cpu_search_query.c prepares queries and
 * their thresholds, cpu_search_again.c answers a query from what was found for a similar one, cpu_search_list.c keeps
 * lists of rows by their bounds, cpu_search_score.c scores rows, and cpu_search_result.c makes the result from the
 * lists. */

enum {
    SEARCH_RUN_ROWS = INDEX_RUN * INDEX_ROWS,
    SEARCH_PARTS = 16, /* of a list that all threads score */
};

struct search_query {
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
struct search_finder {
    uint64_t *keys; /* [capacity] (lower bound, position in the index), followed by the k best scores */
    int64_t count, limit;
    struct selection exact; /* (score, row) of rows scored early */
};

struct search_memory; /* below */

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
    int64_t first, count;          /* queries of this tile */
    int64_t chunk;                 /* in runs */
    struct search_query *queries;  /* [tile] */
    struct index_panel *panels;    /* [tile / INDEX_PANEL] */
    struct search_finder *finders; /* [workers x tile] */
    uint64_t *keys;                /* [workers x tile x (capacity + selection_capacity(k))] */
    int16_t *wide;                 /* [tile x stride] */
    int8_t *codes;                 /* [tile x stride] */
    struct search_memory *memory;  /* of single queries; NULL: none */
    void *remembered;              /* its bytes */
};

static inline float search_threshold(const struct search_query *query)
{
    return selection_score((uint64_t)atomic_load_explicit(&query->threshold, memory_order_relaxed) << 32);
}

static inline void search_raise_threshold(struct search_query *query, float threshold)
{
    uint32_t bits = (uint32_t)(selection_key(threshold, 0) >> 32);
    uint32_t seen = atomic_load_explicit(&query->threshold, memory_order_relaxed);
    while (seen < bits && !atomic_compare_exchange_weak_explicit(&query->threshold, &seen, bits, memory_order_relaxed,
                                                                 memory_order_relaxed))
        ;
}

/* ---- cpu_search_query.c ---- */

/* The threshold of a query in a panel's units, from a run on. */
float cpu_search_above(const struct search_query *query, const struct index_run *run);
/* Prepares the queries of one panel, and their lists. */
void cpu_search_prepare_task(void *context, size_t index, int worker);

/* ---- cpu_search_list.c ---- */

/* Adds the rows that a scan of a run found for the queries of a panel to their lists. */
void cpu_search_collect(const struct search_job *job, int64_t first_query, int worker, int64_t run,
                        const struct index_found *found, struct index_panel *panel);
/* Raises the threshold to the k-th best lower bound of the list (further down by the number of rows that may be
 * excluded) and drops the keys below it. */
void cpu_search_cut(const struct search_job *job, int64_t q, struct search_finder *finder);
/* Drops keys from `first` on whose upper bound is below the threshold; returns the number of keys left. */
int64_t cpu_search_keep_candidates(const struct search_job *job, int64_t q, uint64_t *keys, int64_t first,
                                   int64_t count);

/* Scores all rows of the list and moves the best to finder->exact; the threshold may rise. */
void cpu_search_score_list(const struct search_job *job, int64_t q, struct search_finder *finder);

/* ---- cpu_search_again.c ---- */

/* What a search of one query found about all rows. */
struct search_memory {
    int64_t n, d;     /* of the items; 0: nothing is known */
    int64_t n_best;   /* of the rows of the highest scores */
    int64_t capacity; /* of them */
    double size;      /* at least |q| */
    float *values;    /* [d] q */
    int32_t *best;    /* [capacity] */
    float *bounds; /* [n_runs x SEARCH_RUN_ROWS] at least q.y of the row at each position; INFINITY: nothing is known */
};
/* Finds the parts in the memory of a call. */
void cpu_search_remember_at(struct search_memory *memory, void *bytes, int64_t n, int64_t d);
/* Keeps the bounds of a run that was scanned for a single query, or that there are none (`found` NULL). */
void cpu_search_remember_run(const struct search_job *job, int64_t run, const struct index_found *found,
                             const struct index_panel *panel);
/* Keeps the query, and the rows of the highest scores. */
void cpu_search_remember(const struct search_job *job, const uint64_t *keys, int64_t count);
/* Whether the query was answered from what is known about a similar one: the lists then hold the best scores. */
bool cpu_search_again(struct search_job *job);

/* ---- cpu_search_score.c ---- */

/* The score of a row. */
float cpu_search_score_row(const struct search_job *job, int64_t q, int32_t row);

/* Replaces (bound, position) by (score, row); 0, which no score has, for excluded rows and for NaN and -inf. */
void cpu_search_score(const struct search_job *job, int64_t q, uint64_t *keys, int64_t count);
/* For a query of which all scores are 0: the first eligible rows whose score is not NaN. Returns their number. */
int64_t cpu_search_first(const struct search_job *job, int64_t q, uint64_t *keys);

/* ---- cpu_search_result.c: tasks after the scan, in this order ---- */

/* Merges the threads' results of a query. */
void cpu_search_merge_task(void *context, size_t q, int worker);
void cpu_search_score_best_task(void *context, size_t index, int worker);
/* With the k best bounds scored, the threshold is nearly final; most of the others are below it. */
void cpu_search_narrow_task(void *context, size_t index, int worker);
void cpu_search_score_others_task(void *context, size_t index, int worker);
void cpu_search_finish_task(void *context, size_t index, int worker);

#endif
