#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "models/factors.h"
#include "models/new_tracks.h"

/* The gain of predicted vectors. How many of a list's first tracks the rows are is counted from two sorted lists:
 * the scores of all other tracks, and the products of the rows' predicted vectors, which are multiplied by the gain. */

struct gauge {
    size_t depth; /* of a list */
    int64_t n_lists;
    float *others;   /* [n_lists x depth] scores of the tracks that are no rows, descending; -FLT_MAX where none */
    float *products; /* [n_lists x n] of the predicted vectors, descending; -FLT_MAX for seeds */
    int64_t n;
    double learned;
};

static int descending(const void *left, const void *right)
{
    float a = *(const float *)left, b = *(const float *)right;
    return (a < b) - (a > b);
}

static int by_row(const void *left, const void *right)
{
    int32_t a = *(const int32_t *)left, b = *(const int32_t *)right;
    return (a > b) - (a < b);
}

/* The rows' mean number in a list with a gain. */
static double count_rows(const struct gauge *gauge, double gain)
{
    int64_t sum = 0;
    for (int64_t list = 0; list < gauge->n_lists; list++) {
        const float *others = gauge->others + (size_t)list * gauge->depth,
                    *products = gauge->products + list * gauge->n;
        int64_t taken = 0;
        size_t passed = 0;
        while ((size_t)taken + passed < gauge->depth) {
            double product = taken < gauge->n && products[taken] > -FLT_MAX ? gain * (double)products[taken] : -FLT_MAX;
            if (product > (double)others[passed])
                taken++;
            else
                passed++;
        }
        sum += taken;
    }
    return (double)sum / (double)gauge->n_lists;
}

/* The list that the model makes: which are rows, and the scores of the others. */
static void take_list(struct gauge *gauge, const struct new_tracks_rows *rows, int64_t list, const int32_t *ids,
                      const float *scores, size_t k)
{
    float *others = gauge->others + (size_t)list * gauge->depth;
    size_t count = 0;
    for (size_t i = 0; i < k && ids[i] >= 0; i++) {
        bool is_row = bsearch(&ids[i], rows->rows, (size_t)rows->n, sizeof *rows->rows, by_row);
        if (!is_row && count < gauge->depth)
            others[count++] = scores[i];
        gauge->learned += is_row && i < gauge->depth;
    }
    while (count < gauge->depth)
        others[count++] = -FLT_MAX;
}

static void multiply_list(struct gauge *gauge, const struct new_tracks_rows *rows, const struct seed_lists *lists,
                          int64_t list, const float *query)
{
    float *products = gauge->products + list * gauge->n;
    const int32_t *seeds = lists->sorted + lists->starts[list];
    size_t n_seeds = (size_t)(lists->starts[list + 1] - lists->starts[list]);
    for (int64_t i = 0; i < rows->n; i++) {
        double sum = 0;
        for (int64_t j = 0; j < rows->width; j++)
            sum += (double)query[j] * (double)rows->vectors[i * rows->width + j];
        bool seed = bsearch(&rows->rows[i], seeds, n_seeds, sizeof *seeds, by_row);
        products[i] = seed ? -FLT_MAX : (float)sum;
    }
    qsort(products, (size_t)rows->n, sizeof *products, descending);
}

/* One list at a time: ids and scores [k], query [width]. */
static enum status fill(struct recommender *recommender, const struct seed_lists *lists,
                        const struct new_tracks_rows *rows, struct gauge *gauge, size_t k, int32_t *ids, float *scores,
                        float *query, struct error *error)
{
    const struct compute *compute = recommender->compute;
    const struct factors *factors = recommender->ops->factors(recommender);
    enum status status = STATUS_OK;
    for (int64_t list = 0; list < gauge->n_lists && status == STATUS_OK; list++) {
        int64_t first = lists->starts[list], starts[2] = {0, lists->starts[list + 1] - first};
        const struct seed_lists one = {1, starts, lists->rows + first, lists->sorted + first, NULL};
        status = recommender->ops->recommend(recommender, &one, k, ids, scores, error);
        if (status == STATUS_OK)
            status = compute->ops->buffer_read(compute->stream, factors->queries, 0, query,
                                               (size_t)rows->width * sizeof *query, error);
        if (status != STATUS_OK)
            return status;
        take_list(gauge, rows, list, ids, scores, k);
        multiply_list(gauge, rows, lists, list, query);
    }
    gauge->learned /= (double)gauge->n_lists;
    return status;
}

/* This number grows with the gain as long as the scores of a list are positive, so the gain is found by
 * halving an interval, on a logarithmic scale. */
static void find_gain(const struct gauge *gauge, struct new_tracks_gain *gain)
{
    enum { HALVINGS = 40 };
    double low = log(1e-2), high = log(1e2);
    gain->at_end = count_rows(gauge, exp(high)) < gauge->learned || count_rows(gauge, exp(low)) > gauge->learned;
    for (int i = 0; i < HALVINGS; i++) {
        double middle = (low + high) / 2;
        *(count_rows(gauge, exp(middle)) < gauge->learned ? &low : &high) = middle;
    }
    gain->gain = gain->at_end ? 1 : exp((low + high) / 2);
    gain->learned = gauge->learned;
    gain->predicted = count_rows(gauge, gain->gain);
    gain->unscaled = count_rows(gauge, 1);
    gain->n_lists = gauge->n_lists;
    gain->depth = (int64_t)gauge->depth;
}

/* Long lists of a small catalogue hold nearly every track, whatever its score. */
static size_t depth_for(const struct recommender *recommender, size_t k)
{
    size_t known = 0, depth;
    for (int64_t i = 0; i < recommender->n_tracks; i++)
        known += recommender_knows(recommender, (int32_t)i);
    depth = known / 10 > 1 ? known / 10 : 1;
    depth = depth < CALIBRATION_DEPTH ? depth : CALIBRATION_DEPTH;
    return depth < k ? depth : k;
}

enum status new_tracks_calibrate(struct recommender *recommender, const struct seed_lists *lists,
                                 const struct new_tracks_rows *rows, struct new_tracks_gain *gain, struct error *error)
{
    size_t n_tracks = (size_t)recommender->n_tracks, k = CALIBRATION_DEPTH + (size_t)rows->n;
    int64_t width = 0;
    k = k < n_tracks ? k : n_tracks;
    struct gauge gauge = {.depth = depth_for(recommender, k), .n_lists = (int64_t)lists->count, .n = rows->n};
    gauge.others = malloc(lists->count * gauge.depth * sizeof *gauge.others + 1);
    gauge.products = malloc((size_t)(gauge.n_lists * rows->n) * sizeof *gauge.products + 1);
    int32_t *ids = malloc((k + 1) * sizeof *ids);
    float *scores = malloc((k + 1) * sizeof *scores), *query = malloc((size_t)rows->width * sizeof *query + 1);
    bool enough = gauge.others && gauge.products && ids && scores && query;
    enum status status = enough ? new_tracks_width(recommender, &width, error) : error_no_memory(error);
    if (status == STATUS_OK)
        status = fill(recommender, lists, rows, &gauge, k, ids, scores, query, error);
    if (status == STATUS_OK)
        find_gain(&gauge, gain);
    free(gauge.others);
    free(gauge.products);
    free(ids);
    free(scores);
    free(query);
    return status;
}
