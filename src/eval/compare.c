#include "eval/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"
#include "eval/metrics.h"

/* The continued fraction of the incomplete beta function, by the method of Lentz (1976). */
static double beta_fraction(double a, double b, double x)
{
    const double tiny = 1e-300;
    double c = 1;
    double d = 1 - (a + b) * x / (a + 1);
    d = 1 / (fabs(d) < tiny ? tiny : d);
    double fraction = d;
    for (int m = 1; m <= 1000; m++) {
        for (int odd = 0; odd <= 1; odd++) {
            double term = odd ? -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
                              : m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
            d = 1 + term * d;
            c = 1 + term / c;
            d = 1 / (fabs(d) < tiny ? tiny : d);
            c = fabs(c) < tiny ? tiny : c;
            fraction *= c * d;
        }
        if (fabs(c * d - 1) < 1e-15)
            break;
    }
    return fraction;
}

static double beta_regularised(double a, double b, double x)
{
    if (x <= 0 || x >= 1)
        return x <= 0 ? 0 : 1;
    double front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x));
    return x < (a + 1) / (a + b + 2) ? front * beta_fraction(a, b, x) / a : 1 - front * beta_fraction(b, a, 1 - x) / b;
}

double compare_student_p(double t, double freedom)
{
    return beta_regularised(freedom / 2, 0.5, freedom / (freedom + t * t));
}

/* By halving: the two-sided p falls with t. Freedom is 1 or more, and the quantile of 1 is 12.7. */
double compare_critical(double freedom)
{
    if (!(freedom < 29))
        return 1.96;
    double low = 1.9, high = 13;
    while (high - low > 1e-13 * high) {
        const double middle = low + (high - low) / 2;
        *(compare_student_p(middle, freedom) > 0.05 ? &low : &high) = middle;
    }
    return low;
}

struct ranked {
    double size;
    int sign;
};

static int by_size(const void *left, const void *right)
{
    double a = ((const struct ranked *)left)->size;
    double b = ((const struct ranked *)right)->size;
    return (a > b) - (a < b);
}

static enum status signed_rank(const double *differences, size_t count, struct comparison *comparison,
                               struct error *error)
{
    struct ranked *ranked = malloc((count + 1) * sizeof *ranked);
    if (!ranked)
        return error_no_memory(error);
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        if (differences[i] != 0)
            ranked[n++] = (struct ranked){fabs(differences[i]), differences[i] > 0 ? 1 : -1};
    qsort(ranked, n, sizeof *ranked, by_size);
    double positive = 0;
    double ties = 0;
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && ranked[end].size == ranked[i].size; end++)
            continue;
        double rank = ((double)i + 1 + (double)end) / 2;
        double tied = (double)(end - i);
        ties += tied * tied * tied - tied;
        for (size_t k = i; k < end; k++)
            positive += ranked[k].sign > 0 ? rank : 0;
    }
    free(ranked);
    double m = (double)n;
    double variance = m * (m + 1) * (2 * m + 1) / 24 - ties / 48;
    comparison->wilcoxon_z = n > 0 ? (positive - m * (m + 1) / 4) / sqrt(variance) : 0;
    comparison->wilcoxon_p = erfc(fabs(comparison->wilcoxon_z) / sqrt(2));
    return STATUS_OK;
}

static int ascending(const void *left, const void *right)
{
    double a = *(const double *)left;
    double b = *(const double *)right;
    return (a > b) - (a < b);
}

enum status compare_bootstrap(const double *differences, size_t count, int resamples, uint64_t seed,
                              const atomic_bool *cancel, struct comparison *comparison, struct error *error)
{
    double *means = malloc(((size_t)resamples + 1) * sizeof *means);
    if (!means)
        return error_no_memory(error);
    struct random random;
    random_seed(&random, seed);
    for (int r = 0; r < resamples; r++) {
        if (cancel && atomic_load(cancel)) {
            free(means);
            return error_set(error, STATUS_INTERRUPTED, "the comparison was stopped");
        }
        double sum = 0;
        for (size_t i = 0; i < count; i++)
            sum += differences[random_below(&random, count)];
        means[r] = sum / (double)count;
    }
    qsort(means, (size_t)resamples, sizeof *means, ascending);
    comparison->bootstrap_low = means[(size_t)(0.025 * (resamples - 1) + 0.5)];
    comparison->bootstrap_high = means[(size_t)(0.975 * (resamples - 1) + 0.5)];
    free(means);
    return STATUS_OK;
}

struct tested {
    double p;
    size_t index;
};

static int by_p(const void *left, const void *right)
{
    const struct tested *a = left, *b = right;
    if (a->p != b->p)
        return a->p < b->p ? -1 : 1;
    return (a->index > b->index) - (a->index < b->index);
}

enum status compare_holm(const double *p, size_t count, double *adjusted, struct error *error)
{
    struct tested *tested = malloc((count + 1) * sizeof *tested);
    if (!tested)
        return error_no_memory(error);
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        adjusted[i] = p[i];
        if (!isnan(p[i]))
            tested[n++] = (struct tested){p[i], i};
    }
    qsort(tested, n, sizeof *tested, by_p);
    double largest = 0;
    for (size_t i = 0; i < n; i++) {
        double corrected = (double)(n - i) * tested[i].p;
        largest = corrected > largest ? corrected : largest;
        adjusted[tested[i].index] = largest < 1 ? largest : 1;
    }
    free(tested);
    return STATUS_OK;
}

enum status compare_differences(const double *differences, size_t count, int resamples, uint64_t seed,
                                struct comparison *comparison, struct error *error)
{
    if (count < 2)
        return error_set(
            error, STATUS_FAILED,
            "the models share %zu evaluated playlists, and a comparison needs two; evaluate both on the same "
            "split",
            count);
    struct interval interval = metrics_interval(differences, count, 1);
    *comparison = (struct comparison){.count = count, .mean = interval.mean, .ci95 = interval.ci95};
    for (size_t i = 0; i < count; i++) {
        comparison->wins += differences[i] > 0;
        comparison->ties += differences[i] == 0;
        comparison->losses += differences[i] < 0;
    }
    double standard_error = interval.ci95 / 1.96;
    bool all_ties = comparison->ties == count;
    comparison->ci95 = interval.ci95 * (compare_critical((double)count - 1) / 1.96); /* many: exactly as it was */
    comparison->t = all_ties ? 0 : standard_error > 0 ? interval.mean / standard_error : NAN;
    comparison->t_p = isnan(comparison->t) ? NAN : compare_student_p(comparison->t, (double)count - 1);
    comparison->bootstrap_low = comparison->bootstrap_high = NAN;
    enum status status = signed_rank(differences, count, comparison, error);
    if (status == STATUS_OK && resamples > 0)
        status = compare_bootstrap(differences, count, resamples, seed, NULL, comparison, error);
    return status;
}

/* The variance of the mean. */
static double mean_variance(const double *values, size_t count, double *mean)
{
    struct interval interval = metrics_interval(values, count, 1);
    double standard_error = interval.ci95 / 1.96;
    *mean = interval.mean;
    return count > 1 ? standard_error * standard_error : NAN;
}

void compare_welch(const double *a, size_t n_a, const double *b, size_t n_b, struct welch *welch)
{
    double mean_a, mean_b, of_a = mean_variance(a, n_a, &mean_a), of_b = mean_variance(b, n_b, &mean_b);
    double variance = of_a + of_b;
    *welch = (struct welch){NAN, NAN, NAN, NAN};
    if (!(variance > 0)) {
        welch->ci95 = variance; /* 0, or NAN */
        return;
    }
    welch->t = (mean_a - mean_b) / sqrt(variance);
    welch->freedom = variance * variance / (of_a * of_a / ((double)n_a - 1) + of_b * of_b / ((double)n_b - 1));
    welch->p = compare_student_p(welch->t, welch->freedom);
    welch->ci95 = compare_critical(welch->freedom) * sqrt(variance);
}
