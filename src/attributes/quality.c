#include "attributes/quality.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"

const char *const quality_names[QUALITY_METRICS] = {
    [QUALITY_PRECISION] = "precision", [QUALITY_RECALL] = "recall", [QUALITY_F1] = "f1", [QUALITY_AUC] = "auc",
    [QUALITY_WITHIN] = "within",       [QUALITY_RMSE] = "rmse",     [QUALITY_R2] = "r2",
};

/* ---- the threshold ---- */

struct scored {
    double score;
    int64_t item;
};

/* The highest score first; equal ones by number. */
static int descending(const void *a, const void *b)
{
    const struct scored *x = a, *y = b;
    if (x->score != y->score)
        return x->score < y->score ? 1 : -1;
    return (x->item > y->item) - (x->item < y->item);
}

static struct scored *sort_scores(const double *scores, int64_t n)
{
    struct scored *sorted = malloc(((size_t)n + 1) * sizeof *sorted);
    for (int64_t i = 0; sorted && i < n; i++)
        sorted[i] = (struct scored){scores[i], i};
    if (sorted)
        qsort(sorted, (size_t)n, sizeof *sorted, descending);
    return sorted;
}

enum status quality_threshold(const double *scores, const bool *positive, int64_t n, double *threshold, double *f1,
                              struct error *error)
{
    struct scored *sorted = sort_scores(scores, n);
    int64_t positives = 0, right = 0;
    if (!sorted)
        return error_no_memory(error);
    for (int64_t i = 0; i < n; i++)
        positives += positive[i];
    *f1 = -1;
    for (int64_t i = 0; i < n; i++) {
        right += positive[sorted[i].item];
        if (i + 1 < n && sorted[i + 1].score == sorted[i].score)
            continue;
        const double value = 2 * (double)right / (double)(i + 1 + positives);
        if (value > *f1) {
            *f1 = value;
            *threshold = i + 1 < n ? (sorted[i].score + sorted[i + 1].score) / 2 : sorted[i].score;
        }
    }
    free(sorted);
    return STATUS_OK;
}

/* ---- the metrics of weighted items ---- */

/* `weights` [n]: how often each item was drawn; `order` [n]: its items, the highest score first. */
static void measure_classes(const struct quality_data *data, int side, const int32_t *weights,
                            const struct scored *order, double out[QUALITY_METRICS])
{
    const double *scores = data->sides[side], *truth = data->truth;
    double predicted = 0, right = 0, positives = 0, negatives = 0, pairs = 0;
    for (int64_t i = 0; i < data->n; i++) {
        const double weight = weights[i];
        predicted += scores[i] >= 0 ? weight : 0;
        right += scores[i] >= 0 && truth[i] > 0 ? weight : 0;
    }
    for (int64_t i = 0; i < data->n;) {
        double up = 0, down = 0; /* of equal scores */
        const double score = order[i].score;
        for (; i < data->n && order[i].score == score; i++)
            *(truth[order[i].item] > 0 ? &up : &down) += weights[order[i].item];
        pairs += down * (positives + up / 2);
        positives += up;
        negatives += down;
    }
    out[QUALITY_PRECISION] = predicted > 0 ? right / predicted : (double)NAN;
    out[QUALITY_RECALL] = positives > 0 ? right / positives : (double)NAN;
    out[QUALITY_F1] = predicted + positives > 0 ? 2 * right / (predicted + positives) : (double)NAN;
    out[QUALITY_AUC] = positives > 0 && negatives > 0 ? pairs / positives / negatives : (double)NAN;
}

static void measure_amounts(const struct quality_data *data, int side, const int32_t *weights,
                            double out[QUALITY_METRICS])
{
    double total = 0, near = 0, squares = 0, sum = 0, deviation = 0;
    for (int64_t i = 0; i < data->n; i++) {
        const double error = data->sides[side][i] - data->truth[i];
        total += weights[i];
        near += fabs(error) < data->within ? weights[i] : 0;
        squares += weights[i] * error * error;
        sum += weights[i] * data->truth[i];
    }
    for (int64_t i = 0; i < data->n; i++)
        deviation += weights[i] * (data->truth[i] - sum / total) * (data->truth[i] - sum / total);
    out[QUALITY_WITHIN] = near / total;
    out[QUALITY_RMSE] = sqrt(squares / total);
    out[QUALITY_R2] = deviation > 0 ? 1 - squares / deviation : (double)NAN;
}

/* ---- intervals ---- */

struct bootstrap {
    const struct quality_data *data;
    struct scored *orders[2];
    int32_t *drawn, *weights; /* [n_groups], [n] */
    double *samples;          /* [3 x QUALITY_METRICS x QUALITY_RESAMPLES] of both sides and their difference */
};

static void measure(const struct bootstrap *bootstrap, double out[3][QUALITY_METRICS])
{
    for (int side = 0; side < 2; side++) {
        for (int m = 0; m < QUALITY_METRICS; m++)
            out[side][m] = (double)NAN;
        if (bootstrap->data->amounts)
            measure_amounts(bootstrap->data, side, bootstrap->weights, out[side]);
        else
            measure_classes(bootstrap->data, side, bootstrap->weights, bootstrap->orders[side], out[side]);
    }
    for (int m = 0; m < QUALITY_METRICS; m++)
        out[2][m] = out[0][m] - out[1][m];
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Of the samples in which the metric is defined. */
static void set_interval(double *samples, struct quality_estimate *estimate)
{
    int n = 0;
    for (int i = 0; i < QUALITY_RESAMPLES; i++)
        if (!isnan(samples[i]))
            samples[n++] = samples[i];
    qsort(samples, (size_t)n, sizeof *samples, ascending);
    estimate->low = n > 0 ? samples[n / 40] : (double)NAN;
    estimate->high = n > 0 ? samples[n - 1 - n / 40] : (double)NAN;
}

static void draw(struct bootstrap *bootstrap, struct random *random)
{
    const struct quality_data *data = bootstrap->data;
    memset(bootstrap->drawn, 0, (size_t)data->n_groups * sizeof *bootstrap->drawn);
    for (int32_t i = 0; i < data->n_groups; i++)
        bootstrap->drawn[random_below(random, (uint64_t)data->n_groups)]++;
    for (int64_t i = 0; i < data->n; i++)
        bootstrap->weights[i] = bootstrap->drawn[data->groups[i]];
}

static void resample(struct bootstrap *bootstrap, uint64_t seed, struct quality *quality)
{
    struct quality_estimate *const estimates[3] = {quality->sides[0], quality->sides[1], quality->difference};
    struct random random;
    double out[3][QUALITY_METRICS];
    for (int64_t i = 0; i < bootstrap->data->n; i++)
        bootstrap->weights[i] = 1;
    measure(bootstrap, out);
    for (int part = 0; part < 3; part++)
        for (int m = 0; m < QUALITY_METRICS; m++)
            estimates[part][m].value = out[part][m];
    random_seed(&random, random_mix(seed));
    for (int r = 0; r < QUALITY_RESAMPLES; r++) {
        draw(bootstrap, &random);
        measure(bootstrap, out);
        for (int part = 0; part < 3; part++)
            for (int m = 0; m < QUALITY_METRICS; m++)
                bootstrap->samples[(part * QUALITY_METRICS + m) * QUALITY_RESAMPLES + r] = out[part][m];
    }
    for (int part = 0; part < 3; part++)
        for (int m = 0; m < QUALITY_METRICS; m++)
            set_interval(bootstrap->samples + (part * QUALITY_METRICS + m) * QUALITY_RESAMPLES, &estimates[part][m]);
}

enum status quality_measure(const struct quality_data *data, uint64_t seed, struct quality *quality,
                            struct error *error)
{
    struct bootstrap bootstrap = {
        .data = data,
        .drawn = malloc(((size_t)data->n_groups + 1) * sizeof *bootstrap.drawn),
        .weights = malloc(((size_t)data->n + 1) * sizeof *bootstrap.weights),
        .samples = malloc((size_t)3 * QUALITY_METRICS * QUALITY_RESAMPLES * sizeof *bootstrap.samples)};
    bool enough = bootstrap.drawn && bootstrap.weights && bootstrap.samples;
    for (int side = 0; !data->amounts && side < 2; side++) {
        bootstrap.orders[side] = sort_scores(data->sides[side], data->n);
        enough = enough && bootstrap.orders[side];
    }
    *quality = (struct quality){.n = data->n};
    for (int64_t i = 0; !data->amounts && i < data->n; i++)
        quality->positives += data->truth[i] > 0;
    if (enough)
        resample(&bootstrap, seed, quality);
    free(bootstrap.orders[0]);
    free(bootstrap.orders[1]);
    free(bootstrap.drawn);
    free(bootstrap.weights);
    free(bootstrap.samples);
    return enough ? STATUS_OK : error_no_memory(error);
}
