#include "app/fit_measures.h"

#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/random.h"

/* Squared errors of each item, and what they are with the mean of the training items: errors [n x 2]. */
static void list_errors(const struct fit_pairs *pairs, double *errors)
{
    for (int64_t i = 0; i < pairs->n; i++) {
        const float *y = pairs->truth + i * pairs->out, *p = pairs->predicted + i * pairs->out;
        errors[2 * i] = errors[2 * i + 1] = 0;
        for (int64_t j = 0; j < pairs->out; j++) {
            errors[2 * i] += ((double)y[j] - (double)p[j]) * ((double)y[j] - (double)p[j]);
            errors[2 * i + 1] += (double)y[j] * (double)y[j];
        }
    }
}

static int ascending(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

enum status fit_measure_loss(const struct fit_pairs *pairs, struct feature_fit_result *result, struct error *error)
{
    enum { RESAMPLES = 1000, BOOTSTRAP_SEED = 42 };
    size_t n = (size_t)pairs->n;
    double *errors = malloc(2 * n * sizeof *errors), *r2s = malloc(RESAMPLES * sizeof *r2s), sums[2] = {0};
    struct random random;
    random_seed(&random, BOOTSTRAP_SEED);
    if (!errors || !r2s) {
        free(errors);
        free(r2s);
        return error_no_memory(error);
    }
    list_errors(pairs, errors);
    for (size_t i = 0; i < n; i++) {
        sums[0] += errors[2 * i];
        sums[1] += errors[2 * i + 1];
    }
    result->loss = sums[0] / (double)n / (double)pairs->out;
    result->loss_of_mean = sums[1] / (double)n / (double)pairs->out;
    result->r2 = sums[1] > 0 ? 1 - sums[0] / sums[1] : 0;
    for (int r = 0; r < RESAMPLES; r++) {
        double drawn[2] = {0};
        for (size_t i = 0; i < n; i++) {
            size_t k = random_below(&random, n);
            drawn[0] += errors[2 * k];
            drawn[1] += errors[2 * k + 1];
        }
        r2s[r] = drawn[1] > 0 ? 1 - drawn[0] / drawn[1] : 0;
    }
    qsort(r2s, RESAMPLES, sizeof *r2s, ascending);
    result->r2_low = r2s[RESAMPLES / 40];
    result->r2_high = r2s[RESAMPLES - 1 - RESAMPLES / 40];
    free(errors);
    free(r2s);
    return STATUS_OK;
}

/* Draws the first `count` of the numbers 0..n-1 without repetition. */
static void draw(uint64_t seed, size_t n, size_t count, int32_t *numbers)
{
    struct random random;
    random_seed(&random, random_mix(seed + 1));
    for (size_t i = 0; i < n; i++)
        numbers[i] = (int32_t)i;
    for (size_t i = 0; n > count && i < count; i++) {
        size_t other = i + random_below(&random, n - i);
        int32_t number = numbers[i];
        numbers[i] = numbers[other];
        numbers[other] = number;
    }
}

enum status fit_measure_retrieval(const struct fit_pairs *pairs, uint64_t seed, struct progress *progress,
                                  struct feature_fit_result *result, struct error *error)
{
    size_t out = (size_t)pairs->out, n = pairs->n < FIT_MEASURED_MAX ? (size_t)pairs->n : FIT_MEASURED_MAX;
    int32_t *numbers = malloc(((size_t)pairs->n + 1) * sizeof *numbers);
    float *predicted = malloc(n * out * sizeof *predicted), *truth = malloc(n * out * sizeof *truth);
    enum status status = numbers && predicted && truth ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK)
        draw(seed, (size_t)pairs->n, n, numbers);
    for (size_t i = 0; status == STATUS_OK && i < n; i++) {
        memcpy(predicted + i * out, pairs->predicted + (size_t)numbers[i] * out, out * sizeof *predicted);
        memcpy(truth + i * out, pairs->truth + (size_t)numbers[i] * out, out * sizeof *truth);
    }
    result->n_measured = (int64_t)n;
    if (status == STATUS_OK)
        status = retrieval_measure(predicted, truth, (int64_t)n, (int64_t)out, progress, &result->retrieval, error);
    free(numbers);
    free(predicted);
    free(truth);
    return status;
}

void fit_measures_json(const struct feature_fit_result *result, struct buffer *text)
{
    const struct retrieval *retrieval = &result->retrieval;
    struct json_writer json = {.out = text};
    json_object_begin(&json);
    json_pair_integer(&json, "known", result->n_known);
    json_pair_integer(&json, "held_out", result->n_held_out);
    json_pair_number(&json, "r2", result->r2);
    json_pair_number(&json, "median_rank", retrieval->median_rank);
    json_pair_number(&json, "median_rank_chance", retrieval->median_chance);
    json_pair_number(&json, "overlap_10", retrieval->cosine[0].mean);
    json_pair_number(&json, "overlap_10_chance", retrieval->overlap_chance[0]);
    json_object_end(&json);
}
