#include "eval/t_test.h"

#include <math.h>

#include "eval/compare.h"

struct moments {
    double mean, variance; /* of the sample, with n - 1 */
};

static struct moments moments_of(const double *a, const double *b, size_t n)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++)
        sum += b ? a[i] - b[i] : a[i];
    const double mean = sum / (double)n;
    for (size_t i = 0; i < n; i++) {
        double difference = (b ? a[i] - b[i] : a[i]) - mean;
        squares += difference * difference;
    }
    return (struct moments){mean, squares / (double)(n - 1)};
}

/* The t that is exceeded on both sides together with probability 0.05, by bisection. */
static double quantile(double freedom)
{
    double low = 0, high = 1000;
    for (int i = 0; i < 60; i++) {
        const double middle = (low + high) / 2;
        *(compare_student_p(middle, freedom) > 0.05 ? &low : &high) = middle;
    }
    return high;
}

static struct t_test conclude(double difference, double variance, double freedom)
{
    struct t_test test = {.t = NAN, .freedom = NAN, .p = NAN};
    if (!(variance > 0))
        return test;
    test.t = difference / sqrt(variance);
    test.freedom = freedom;
    const double half = compare_student_p(test.t, freedom) / 2;
    test.p = test.t > 0 ? half : 1 - half;
    const double width = quantile(freedom) * sqrt(variance);
    test.difference = difference;
    test.low = difference - width;
    test.high = difference + width;
    return test;
}

struct t_test t_test_paired(const double *a, const double *b, size_t n)
{
    if (n < 2)
        return (struct t_test){.t = NAN, .freedom = NAN, .p = NAN};
    const struct moments moments = moments_of(a, b, n);
    return conclude(moments.mean, moments.variance / (double)n, (double)n - 1);
}

struct t_test t_test_welch(const double *a, size_t n_a, const double *b, size_t n_b)
{
    if (n_a < 2 || n_b < 2)
        return (struct t_test){.t = NAN, .freedom = NAN, .p = NAN};
    const struct moments left = moments_of(a, NULL, n_a), right = moments_of(b, NULL, n_b);
    const double x = left.variance / (double)n_a, y = right.variance / (double)n_b;
    return conclude(left.mean - right.mean, x + y,
                    (x + y) * (x + y) / (x * x / ((double)n_a - 1) + y * y / ((double)n_b - 1)));
}
