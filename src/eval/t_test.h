#ifndef SLEEVE_EVAL_T_TEST_H
#define SLEEVE_EVAL_T_TEST_H

#include <stddef.h>

/* One-tailed t-tests of whether the mean of `a` is larger than that of `b`. */
struct t_test {
    double t, freedom;
    double p;                     /* of the hypothesis that it is not larger; NAN, as t, where a test does not apply */
    double difference, low, high; /* of the means, with its 95 % interval; 0 where a test does not apply */
};
/* Of pairs: the mean of a[i] - b[i] over n >= 2. */
struct t_test t_test_paired(const double *a, const double *b, size_t n);
/* Of two samples of different variances (Welch 1947), each of 2 or more. */
struct t_test t_test_welch(const double *a, size_t n_a, const double *b, size_t n_b);

#endif
