#include "eval/retrieval.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"
#include "models/best_rows.h"

const int64_t retrieval_depths[RETRIEVAL_DEPTHS] = {10, 50, 100, 500};

enum { DEEPEST = 500 };

struct measuring {
    int64_t n, d;
    const float *predicted, *truth;        /* [n x d] */
    float *unit_predicted, *unit_truth;    /* [n x d] the same of length 1 */
    float *scores;                         /* [n] */
    float *ties;                           /* [n] random numbers that order equal scores */
    double *ranks;                         /* [n] */
    double *overlaps[2][RETRIEVAL_DEPTHS]; /* [n] by cosine, by dot product */
    int32_t *near_predicted, *near_truth;  /* [DEEPEST] */
    int32_t *position;                     /* [n] an item's position among the nearest by predicted vectors; -1: none */
};

static float dot(const float *a, const float *b, int64_t d)
{
    enum { LANES = 16 };
    float sums[LANES] = {0}, sum = 0;
    int64_t i = 0;
    for (; i + LANES <= d; i += LANES)
        for (int l = 0; l < LANES; l++)
            sums[l] += a[i + l] * b[i + l];
    for (; i < d; i++)
        sum += a[i] * b[i];
    for (int l = 0; l < LANES; l++)
        sum += sums[l];
    return sum;
}

static void normalise(const float *from, int64_t n, int64_t d, float *to)
{
    for (int64_t i = 0; i < n; i++) {
        double squares = 0;
        for (int64_t j = 0; j < d; j++)
            squares += (double)from[i * d + j] * (double)from[i * d + j];
        float factor = squares > 0 ? (float)(1 / sqrt(squares)) : 0;
        for (int64_t j = 0; j < d; j++)
            to[i * d + j] = factor * from[i * d + j];
    }
}

static bool allocate(struct measuring *measuring)
{
    size_t n = (size_t)measuring->n + 1, size = n * (size_t)measuring->d;
    measuring->unit_predicted = malloc(size * sizeof(float));
    measuring->unit_truth = malloc(size * sizeof(float));
    measuring->scores = malloc(n * sizeof(float));
    measuring->ties = malloc(n * sizeof(float));
    measuring->ranks = malloc(n * sizeof(double));
    measuring->near_predicted = malloc(DEEPEST * sizeof(int32_t));
    measuring->near_truth = malloc(DEEPEST * sizeof(int32_t));
    measuring->position = malloc(n * sizeof(int32_t));
    bool enough = measuring->unit_predicted && measuring->unit_truth && measuring->scores && measuring->ranks &&
                  measuring->ties && measuring->near_predicted && measuring->near_truth && measuring->position;
    for (int by = 0; by < 2; by++)
        for (int depth = 0; depth < RETRIEVAL_DEPTHS; depth++)
            enough = (measuring->overlaps[by][depth] = malloc(n * sizeof(double))) && enough;
    return enough;
}

static void release(struct measuring *measuring)
{
    free(measuring->unit_predicted);
    free(measuring->unit_truth);
    free(measuring->scores);
    free(measuring->ties);
    free(measuring->ranks);
    free(measuring->near_predicted);
    free(measuring->near_truth);
    free(measuring->position);
    for (int by = 0; by < 2; by++)
        for (int depth = 0; depth < RETRIEVAL_DEPTHS; depth++)
            free(measuring->overlaps[by][depth]);
}

/* The rank of the item's true vector by cosine with its predicted one. */
static double rank_of(const struct measuring *measuring, int64_t item)
{
    int64_t d = measuring->d, better = 0, equal = 0;
    const float *query = measuring->unit_predicted + item * d;
    float own = dot(query, measuring->unit_truth + item * d, d);
    for (int64_t i = 0; i < measuring->n; i++) {
        float score = dot(query, measuring->unit_truth + i * d, d);
        better += score > own;
        equal += score == own && i != item;
    }
    return 1 + (double)better + (double)equal / 2;
}

enum side { PREDICTED, TRUTH };

/* The nearest other items by dot product, nearest first; returns their number. The order of items that are equally near
 * is random and different for each item and side: items that are equal in both spaces (vectors of one playlist,
 * predictions near the mean) would otherwise agree by their order. */
static size_t list_nearest(const struct measuring *measuring, const float *vectors, enum side side, int64_t item,
                           int32_t *near)
{
    int64_t d = measuring->d;
    uint64_t order = random_mix((uint64_t)item << 1 | side);
    for (int64_t i = 0; i < measuring->n; i++) {
        measuring->scores[i] = i == item ? -INFINITY : dot(vectors + item * d, vectors + i * d, d);
        measuring->ties[i] = (float)(random_mix(order + (uint64_t)i) >> 40);
    }
    return best_rows(measuring->scores, measuring->ties, measuring->n, DEEPEST, near);
}

static void measure_overlap(struct measuring *measuring, int by, const float *predicted, const float *truth,
                            int64_t item)
{
    size_t n_predicted = list_nearest(measuring, predicted, PREDICTED, item, measuring->near_predicted);
    size_t n_truth = list_nearest(measuring, truth, TRUTH, item, measuring->near_truth);
    for (size_t i = 0; i < n_predicted; i++)
        measuring->position[measuring->near_predicted[i]] = (int32_t)i;
    for (int depth = 0; depth < RETRIEVAL_DEPTHS; depth++) {
        int64_t k = retrieval_depths[depth], common = 0;
        for (size_t i = 0; i < n_truth && (int64_t)i < k; i++) {
            int32_t at = measuring->position[measuring->near_truth[i]];
            common += at >= 0 && at < k;
        }
        measuring->overlaps[by][depth][item] = (double)common / (double)k;
    }
    for (size_t i = 0; i < n_predicted; i++)
        measuring->position[measuring->near_predicted[i]] = -1;
}

static int ascending(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* The median and its interval: the order statistics n/2 ± 1.96 √n / 2. */
static void summarise_ranks(struct measuring *measuring, struct retrieval *retrieval)
{
    size_t n = (size_t)measuring->n;
    double *values = measuring->overlaps[0][0]; /* summarised already */
    for (int depth = 0; depth < RETRIEVAL_DEPTHS; depth++) {
        int64_t k = retrieval_depths[depth];
        for (size_t i = 0; i < n; i++)
            values[i] = measuring->ranks[i] <= (double)k;
        retrieval->recall[depth] = k < measuring->n ? metrics_interval(values, n, 1) : (struct interval){NAN, NAN};
        retrieval->recall_chance[depth] = (double)k / (double)n;
    }
    for (size_t i = 0; i < n; i++) {
        values[i] = 1 / measuring->ranks[i];
        retrieval->reciprocal_chance += 1 / (double)(i + 1) / (double)n;
    }
    retrieval->reciprocal_rank = metrics_interval(values, n, 1);
    qsort(measuring->ranks, n, sizeof *measuring->ranks, ascending);
    double half = 1.96 * sqrt((double)n) / 2, low = floor((double)n / 2 - half), high = ceil((double)n / 2 + half);
    retrieval->median_rank = (measuring->ranks[(n - 1) / 2] + measuring->ranks[n / 2]) / 2;
    retrieval->median_low = measuring->ranks[low > 0 ? (size_t)low : 0];
    retrieval->median_high = measuring->ranks[high < (double)n ? (size_t)high : n - 1];
    retrieval->median_chance = ((double)n + 1) / 2;
}

static void summarise(struct measuring *measuring, struct retrieval *retrieval)
{
    size_t n = (size_t)measuring->n;
    *retrieval = (struct retrieval){.n = measuring->n};
    for (int depth = 0; depth < RETRIEVAL_DEPTHS; depth++) {
        const struct interval none = {NAN, NAN};
        bool deep = retrieval_depths[depth] < measuring->n;
        retrieval->cosine[depth] = deep ? metrics_interval(measuring->overlaps[0][depth], n, 1) : none;
        retrieval->dot[depth] = deep ? metrics_interval(measuring->overlaps[1][depth], n, 1) : none;
        retrieval->overlap_chance[depth] = (double)retrieval_depths[depth] / (double)(n - 1);
    }
    summarise_ranks(measuring, retrieval);
}

static enum status measure_all(struct measuring *measuring, struct progress *progress, struct error *error)
{
    normalise(measuring->predicted, measuring->n, measuring->d, measuring->unit_predicted);
    normalise(measuring->truth, measuring->n, measuring->d, measuring->unit_truth);
    for (int64_t i = 0; i < measuring->n; i++)
        measuring->position[i] = -1;
    progress_stage(progress, "comparing with held-out items", "items", (double)measuring->n);
    for (int64_t item = 0; item < measuring->n; item++) {
        if (progress_cancelled(progress))
            return error_set(error, STATUS_INTERRUPTED, "stopped; nothing was stored");
        measuring->ranks[item] = rank_of(measuring, item);
        measure_overlap(measuring, 0, measuring->unit_predicted, measuring->unit_truth, item);
        measure_overlap(measuring, 1, measuring->predicted, measuring->truth, item);
        progress_step(progress, (double)(item + 1));
    }
    progress_end(progress);
    return STATUS_OK;
}

enum status retrieval_measure(const float *predicted, const float *true_vectors, int64_t n, int64_t d,
                              struct progress *progress, struct retrieval *retrieval, struct error *error)
{
    struct measuring measuring = {.n = n, .d = d, .predicted = predicted, .truth = true_vectors};
    if (n < 2)
        return error_set(error, STATUS_FAILED, "a comparison of vectors needs two items, not %lld", (long long)n);
    enum status status = allocate(&measuring) ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK)
        status = measure_all(&measuring, progress, error);
    if (status == STATUS_OK)
        summarise(&measuring, retrieval);
    release(&measuring);
    return status;
}
