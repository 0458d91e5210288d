#include "app/failures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "eval/metrics.h"

void failure_list_free(struct failure_list *list)
{
    arena_free(&list->memory);
    *list = (struct failure_list){0};
}

static bool is_wanted(const struct failure *failure, const struct failure_filter *filter)
{
    return (filter->seeds == 0 || failure->seeds == filter->seeds) &&
           (!filter->missed || failure->values[RESULT_CLICKS] >= METRICS_NO_HIT) &&
           (filter->shortest == 0 || failure->n_entries >= filter->shortest) &&
           (filter->longest == 0 || failure->n_entries <= filter->longest);
}

static int compare(double a, double b)
{
    return (a > b) - (a < b);
}

static int worst_first(const struct failure *a, const struct failure *b)
{
    int order = compare(a->values[RESULT_NDCG], b->values[RESULT_NDCG]);
    if (order == 0)
        order = compare(b->values[RESULT_CLICKS], a->values[RESULT_CLICKS]);
    if (order == 0)
        order = compare(a->values[RESULT_R_PRECISION], b->values[RESULT_R_PRECISION]);
    return order ? order : (a->playlist_id > b->playlist_id) - (a->playlist_id < b->playlist_id);
}

static int by_ndcg(const void *left, const void *right)
{
    return worst_first(left, right);
}

static int by_clicks(const void *left, const void *right)
{
    const struct failure *a = left, *b = right;
    int order = compare(b->values[RESULT_CLICKS], a->values[RESULT_CLICKS]);
    return order ? order : worst_first(a, b);
}

static int by_loss(const void *left, const void *right)
{
    const struct failure *a = left, *b = right;
    double gain_a = a->values[RESULT_NDCG] - a->other[RESULT_NDCG];
    double gain_b = b->values[RESULT_NDCG] - b->other[RESULT_NDCG];
    if (isnan(gain_a) || isnan(gain_b))
        return isnan(gain_a) == isnan(gain_b) ? worst_first(a, b) : isnan(gain_a) ? 1 : -1;
    int order = compare(gain_a, gain_b);
    return order ? order : worst_first(a, b);
}

void failure_list_arrange(struct failure_list *list, const struct failure_filter *filter)
{
    static int (*const orders[FAILURE_ORDERS])(const void *, const void *) = {
        [FAILURES_BY_NDCG] = by_ndcg, [FAILURES_BY_CLICKS] = by_clicks, [FAILURES_BY_LOSS] = by_loss};
    size_t kept = 0;
    list->evaluated = list->count;
    list->best_ndcg = 0;
    for (size_t i = 0; i < list->count; i++) {
        double ndcg = list->items[i].values[RESULT_NDCG];
        list->best_ndcg = ndcg > list->best_ndcg ? ndcg : list->best_ndcg;
        if (is_wanted(&list->items[i], filter))
            list->items[kept++] = list->items[i];
    }
    list->count = kept;
    if (kept > 1)
        qsort(list->items, kept, sizeof *list->items, orders[filter->order]);
}

static void free_side(struct failure_side *side)
{
    free(side->list);
    track_list_free(&side->tracks);
    free(side->hits);
    free(side->ranks);
}

void failure_case_free(struct failure_case *opened)
{
    free(opened->name);
    track_list_free(&opened->seeds);
    track_list_free(&opened->held_out);
    for (int i = 0; i < FAILURE_SIDES; i++)
        free_side(&opened->sides[i]);
    *opened = (struct failure_case){0};
}

enum status failure_side_match(struct failure_side *side, const struct track_list *held_out, struct error *error)
{
    side->hits = calloc(side->count + 1, sizeof *side->hits);
    side->ranks = calloc(held_out->count + 1, sizeof *side->ranks);
    if (!side->hits || !side->ranks)
        return error_no_memory(error);
    for (size_t r = 0; r < side->count; r++) {
        side->has_features = side->has_features || recommendation_features(&side->list[r]) != 0;
        for (size_t i = 0; i < held_out->count && !side->hits[r]; i++)
            if (held_out->items[i].id == side->list[r].track) {
                side->hits[r] = true;
                side->ranks[i] = (int32_t)r + 1;
                side->n_hits++;
            }
    }
    return STATUS_OK;
}
