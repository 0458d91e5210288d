#include "app/failures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/text.h"
#include "eval/metrics.h"

void failure_list_free(struct failure_list *list)
{
    arena_free(&list->memory);
    *list = (struct failure_list){0};
}

enum cause failure_main_cause(const struct failure *failure)
{
    return failure->has_causes ? cause_main(failure->facts) : CAUSES;
}

static const char *fold(struct failure_list *list, const char *text)
{
    struct buffer folded = {0};
    text_fold(text, strlen(text), &folded);
    const char *copy = folded.failed ? NULL : arena_copy_text(&list->memory, folded.data, folded.size);
    buffer_free(&folded);
    return copy;
}

enum status failure_set_texts(struct failure_list *list, struct failure *failure, const char *key, const char *name,
                              const char *genre, struct error *error)
{
    name = name[0] ? name : key;
    failure->key = arena_copy_text(&list->memory, key, strlen(key));
    failure->name = arena_copy_text(&list->memory, name, strlen(name));
    failure->genre = genre[0] ? arena_copy_text(&list->memory, genre, strlen(genre)) : "";
    failure->folded_name = fold(list, name);
    failure->folded_genre = genre[0] ? fold(list, genre) : "";
    bool copied = failure->key && failure->name && failure->genre && failure->folded_name && failure->folded_genre;
    return copied ? STATUS_OK : error_no_memory(error);
}

static bool is_wanted(const struct failure *failure, const struct failure_filter *filter)
{
    return (!filter->by_seeds || failure->seeds == filter->seeds) &&
           (!filter->missed || failure->values[METRIC_CLICKS] >= METRICS_NO_HIT) &&
           (filter->shortest == 0 || failure->n_entries >= filter->shortest) &&
           (filter->longest == 0 || failure->n_entries <= filter->longest);
}

/* Unknown values come last. */
static int compare(double a, double b)
{
    if (isnan(a) || isnan(b))
        return isnan(a) - isnan(b);
    return (a > b) - (a < b);
}

/* The worse value of the metric comes first. */
static int compare_metric(const struct failure *a, const struct failure *b, enum metric metric)
{
    int direction = metric_infos[metric].direction;
    return compare(direction * a->values[metric], direction * b->values[metric]);
}

static int worst_first(const struct failure *a, const struct failure *b)
{
    int order = compare_metric(a, b, METRIC_NDCG);
    if (!order)
        order = compare_metric(a, b, METRIC_CLICKS);
    if (!order)
        order = strcasecmp(a->name, b->name);
    return order ? order : (a->playlist_id > b->playlist_id) - (a->playlist_id < b->playlist_id);
}

static int by_ndcg(const void *left, const void *right)
{
    return worst_first(left, right);
}

static int by_clicks(const void *left, const void *right)
{
    int order = compare_metric(left, right, METRIC_CLICKS);
    return order ? order : worst_first(left, right);
}

static double gain_of(const struct failure *failure)
{
    return failure->values[METRIC_NDCG] - failure->other[METRIC_NDCG];
}

static int by_loss(const void *left, const void *right)
{
    int order = compare(gain_of(left), gain_of(right));
    return order ? order : worst_first(left, right);
}

const char *const failure_order_names[FAILURE_ORDERS] = {
    [FAILURES_BY_NDCG] = "ndcg", [FAILURES_BY_CLICKS] = "clicks", [FAILURES_BY_LOSS] = "loss"};

static int ascending(const void *left, const void *right)
{
    int32_t a = *(const int32_t *)left, b = *(const int32_t *)right;
    return (a > b) - (a < b);
}

static enum status list_seeds(struct failure_list *list, struct error *error)
{
    list->seeds = arena_alloc(&list->memory, (list->count + 1) * sizeof *list->seeds);
    list->n_seeds = 0;
    if (!list->seeds)
        return error_no_memory(error);
    for (size_t i = 0; i < list->count; i++)
        list->seeds[i] = list->items[i].seeds;
    qsort(list->seeds, list->count, sizeof *list->seeds, ascending);
    for (size_t i = 0; i < list->count; i++)
        if (i == 0 || list->seeds[i] != list->seeds[list->n_seeds - 1])
            list->seeds[list->n_seeds++] = list->seeds[i];
    return STATUS_OK;
}

/* NDCG of the model, or of the other one, where it is known. */
static enum status find_mean(const struct failure_list *list, bool other, struct failure_mean *mean,
                             struct error *error)
{
    double *values = malloc((list->count + 1) * sizeof *values);
    *mean = (struct failure_mean){0};
    if (!values)
        return error_no_memory(error);
    for (size_t i = 0; i < list->count; i++) {
        double value = other ? list->items[i].other[METRIC_NDCG] : list->items[i].values[METRIC_NDCG];
        if (!isnan(value))
            values[mean->count++] = value;
    }
    mean->ndcg = metrics_interval(values, mean->count, 1);
    free(values);
    return STATUS_OK;
}

enum status failure_list_arrange(struct failure_list *list, const struct failure_filter *filter, struct error *error)
{
    static int (*const orders[FAILURE_ORDERS])(const void *, const void *) = {
        [FAILURES_BY_NDCG] = by_ndcg, [FAILURES_BY_CLICKS] = by_clicks, [FAILURES_BY_LOSS] = by_loss};
    size_t kept = 0;
    enum status status = list_seeds(list, error);
    for (int side = 0; status == STATUS_OK && side < FAILURE_SIDES; side++)
        status = find_mean(list, side > 0, &list->means[side], error);
    if (status == STATUS_OK)
        status = failure_list_group(list, error);
    list->evaluated = list->count;
    list->explained = 0;
    list->best_ndcg = 0;
    for (size_t i = 0; i < list->count; i++) {
        double ndcg = list->items[i].values[METRIC_NDCG];
        list->best_ndcg = ndcg > list->best_ndcg ? ndcg : list->best_ndcg;
        list->explained += list->items[i].has_causes;
        if (is_wanted(&list->items[i], filter))
            list->items[kept++] = list->items[i];
    }
    list->count = kept;
    if (kept > 1)
        qsort(list->items, kept, sizeof *list->items, orders[filter->order]);
    return status;
}

void failure_side_free(struct failure_side *side)
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
        failure_side_free(&opened->sides[i]);
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
