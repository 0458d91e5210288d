#include "eval/auc.h"

#include <math.h>
#include <stdlib.h>

struct scored {
    double score, rank, own_rank; /* mid-ranks among all items and among those of its kind */
    bool positive;
};

static int by_score(const void *a, const void *b)
{
    const double x = ((const struct scored *)a)->score, y = ((const struct scored *)b)->score;
    return (x > y) - (x < y);
}

/* Items with the same score share the mean of their ranks. */
static void set_ranks(struct scored *items, size_t n)
{
    size_t before[2] = {0, 0}; /* items of each kind with lower scores */
    for (size_t at = 0; at < n;) {
        size_t end = at, tied[2] = {0, 0};
        for (; end < n && items[end].score == items[at].score; end++)
            tied[items[end].positive]++;
        for (size_t i = at; i < end; i++) {
            const int kind = items[i].positive;
            items[i].rank = (double)at + ((double)(end - at) + 1) / 2;
            items[i].own_rank = (double)before[kind] + ((double)tied[kind] + 1) / 2;
        }
        before[0] += tied[0];
        before[1] += tied[1];
        at = end;
    }
}

/* The share of items of the other kind on the right side of this one. */
static double placement(const struct scored *item, size_t positives, size_t negatives)
{
    const double lower = item->rank - item->own_rank; /* items of the other kind below it, ties counted half */
    return item->positive ? lower / (double)negatives : 1 - lower / (double)positives;
}

static void summarise(const struct scored *items, size_t n, struct auc *auc)
{
    const double counts[2] = {(double)auc->negatives, (double)auc->positives};
    double squares[2] = {0, 0}, sum = 0;
    for (size_t i = 0; i < n; i++)
        if (items[i].positive)
            sum += placement(&items[i], auc->positives, auc->negatives);
    auc->value = sum / counts[1];
    for (size_t i = 0; i < n; i++) {
        const double difference = placement(&items[i], auc->positives, auc->negatives) - auc->value;
        squares[items[i].positive] += difference * difference;
    }
    if (auc->positives < 2 || auc->negatives < 2 || squares[0] + squares[1] == 0)
        return;
    const double variance = squares[0] / (counts[0] - 1) / counts[0] + squares[1] / (counts[1] - 1) / counts[1];
    auc->low = fmax(auc->value - 1.96 * sqrt(variance), 0);
    auc->high = fmin(auc->value + 1.96 * sqrt(variance), 1);
}

enum status auc_compute(const double *scores, const bool *positive, size_t n, struct auc *auc, struct error *error)
{
    *auc = (struct auc){.value = NAN, .low = NAN, .high = NAN};
    struct scored *items = calloc(n + 1, sizeof *items);
    if (!items)
        return error_no_memory(error);
    for (size_t i = 0; i < n; i++) {
        items[i] = (struct scored){.score = scores[i], .positive = positive[i]};
        auc->positives += positive[i];
        auc->negatives += !positive[i];
    }
    qsort(items, n, sizeof *items, by_score);
    set_ranks(items, n);
    if (auc->positives > 0 && auc->negatives > 0)
        summarise(items, n, auc);
    free(items);
    return STATUS_OK;
}
