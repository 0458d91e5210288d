#ifndef SLEEVE_EVAL_COMPARE_H
#define SLEEVE_EVAL_COMPARE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "core/status.h"

/* Statistics of the paired differences a - b of two models on the same playlists. If all differences are 0, both
 * statistics are 0 and both p-values 1. */
struct comparison {
    size_t count;
    double mean, ci95; /* mean of the differences, and half of its 95 % interval: compare_critical σ / sqrt(n) */
    size_t wins, ties, losses; /* number of differences above, equal to and below 0 */
    double t, t_p;             /* paired t-test, two-sided; NAN if all differences are equal and not 0 */
    double wilcoxon_z,
        wilcoxon_p; /* Wilcoxon's signed-rank test (1945): normal approximation with ties, zeros left out */
    double bootstrap_low, bootstrap_high; /* 95 % percentile interval of the mean, by the bootstrap; NAN: not drawn */
};

/* Fails with fewer than two differences. `resamples`: number of bootstrap samples, drawn from `seed`; 0: none. */
enum status compare_differences(const double *differences, size_t count, int resamples, uint64_t seed,
                                struct comparison *comparison, struct error *error);
/* Only the bootstrap interval, which takes most of the time. STATUS_INTERRUPTED soon after *cancel (may be NULL) has
 * become true. */
enum status compare_bootstrap(const double *differences, size_t count, int resamples, uint64_t seed,
                              const atomic_bool *cancel, struct comparison *comparison, struct error *error);

/* Welch's test of the means of two samples that are not paired (Welch 1947): two-sided, with the degrees of freedom of
 * Welch and Satterthwaite. */
struct welch {
    double t, freedom, p; /* NAN where neither sample varies, or one has fewer than two values */
    double ci95; /* half of the 95 % interval of the difference of the means: compare_critical standard errors */
};
void compare_welch(const double *a, size_t n_a, const double *b, size_t n_b, struct welch *welch);

/* Holm's step-down correction (Holm 1979) of the p-values of `count` tests: adjusted[i] is the smallest probability of
 * any false rejection at which test i is rejected. A test without a p-value (NAN) stays NAN and does not count.
 * `adjusted` may be `p`. */
enum status compare_holm(const double *p, size_t count, double *adjusted, struct error *error);

/* Two-sided p of Student's t with `freedom` degrees of freedom (regularised incomplete beta function). */
double compare_student_p(double t, double freedom);
/* How many standard errors half of a 95 % interval is: 1.96, but for fewer than 30 values (29 degrees of freedom) the
 * 97.5 % quantile of Student's t, because the normal interval of few differences is too narrow. */
double compare_critical(double freedom);

#endif
