#ifndef SLEEVE_EVAL_COMPARE_H
#define SLEEVE_EVAL_COMPARE_H

#include <stddef.h>
#include <stdint.h>

#include "core/status.h"

/* Two models on the same playlists: statistics of the paired differences a - b. Where all differences are 0 nothing
 * speaks against equality: both statistics are 0 and both p-values 1. */
struct comparison {
    size_t count;
    double mean, ci95;         /* of the differences; 1.96 σ / sqrt(n) */
    size_t wins, ties, losses; /* differences above, at, below 0 */
    double t, t_p;             /* paired t-test, two-sided; NAN when all differences are equal and not 0 */
    double wilcoxon_z,
        wilcoxon_p; /* signed-rank test, normal approximation with ties, zeros left out (Wilcoxon 1945) */
    double bootstrap_low, bootstrap_high; /* 95 % percentile interval of the mean */
};

/* Fails with fewer than two differences. `resamples`: of the bootstrap, drawn from `seed`. */
enum status compare_differences(const double *differences, size_t count, int resamples, uint64_t seed,
                                struct comparison *comparison, struct error *error);

/* Two-sided p of Student's t with `freedom` degrees of freedom (regularised incomplete beta function). */
double compare_student_p(double t, double freedom);

#endif
