#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdbool.h>

#include "eval/compare.h"

/* Comparison with values of scipy.stats 1.16: ttest_1samp, wilcoxon(correction=False, method="approx"), t.sf. */

enum { N = 60 };

static void assert_near(double value, double wanted, double tolerance)
{
    if (!(fabs(value - wanted) <= tolerance * fabs(wanted)))
        fail_msg("%.17g is not %.17g", value, wanted);
}

static void fill(double *differences)
{
    for (int i = 0; i < N; i++)
        differences[i] = (i * 7919 % 101 - 43) / 10.0;
    differences[5] = 0;
    differences[17] = 0;
}

static void tests_agree_with_scipy(void **state)
{
    (void)state;
    double differences[N];
    fill(differences);
    struct comparison comparison;
    assert_int_equal(compare_differences(differences, N, 2000, 1, &comparison, NULL), STATUS_OK);
    assert_near(comparison.mean, 0.655, 1e-12);
    assert_near(comparison.ci95, 0.7250671813019328, 1e-12);
    assert_int_equal(comparison.wins, 33);
    assert_int_equal(comparison.ties, 3);
    assert_int_equal(comparison.losses, 24);
    assert_near(comparison.t, 1.770594550555722, 1e-12);
    assert_near(comparison.t_p, 0.08179402414812029, 1e-9);
    assert_near(comparison.wilcoxon_p, 0.09363024501036701, 1e-9);
}

static void student_tails_are_right(void **state)
{
    (void)state;
    assert_near(compare_student_p(2.5, 3), 0.08770664700806556, 1e-12);
    assert_near(compare_student_p(-2.5, 3), 0.08770664700806556, 1e-12);
    assert_near(compare_student_p(0.1, 499), 0.9203844878413439, 1e-12);
    assert_near(compare_student_p(30, 10), 3.961792342031325e-11, 1e-9);
    assert_near(compare_student_p(0, 7), 1, 1e-12);
}

/* Intervals of few differences are Student's: scipy.stats.t.ppf(0.975, n - 1), and from 30 values on 1.96. */
static void few_values_have_wide_intervals(void **state)
{
    (void)state;
    static const struct {
        double freedom, quantile;
    } critical[] = {{1, 12.706204736174694},
                    {2, 4.302652729749462},
                    {3, 3.1824463052837078},
                    {10, 2.228138851986274},
                    {28, 2.0484071417952454},
                    {26.866641977631865, 2.052307172934122},
                    {29, 1.96},
                    {1e6, 1.96}};
    for (size_t i = 0; i < sizeof critical / sizeof critical[0]; i++)
        assert_near(compare_critical(critical[i].freedom), critical[i].quantile, 1e-11);
    static const struct {
        size_t count;
        double ci95;
    } samples[] = {{2, 26.04771970915812}, {12, 1.736090045313284}, {29, 1.0498689669856622}, {30, 0.990312711941511}};
    double differences[N];
    struct comparison comparison;
    fill(differences);
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        assert_int_equal(compare_differences(differences, samples[i].count, 0, 1, &comparison, NULL), STATUS_OK);
        assert_near(comparison.ci95, samples[i].ci95, 1e-11);
    }
}

/* The percentile interval of the mean is close to the normal one for sixty values, and has the right sign. */
static void bootstrap_surrounds_the_mean(void **state)
{
    (void)state;
    double differences[N];
    double turned[N];
    fill(differences);
    for (int i = 0; i < N; i++)
        turned[i] = -differences[i];
    struct comparison a;
    struct comparison b;
    assert_int_equal(compare_differences(differences, N, 10000, 7, &a, NULL), STATUS_OK);
    assert_int_equal(compare_differences(turned, N, 10000, 7, &b, NULL), STATUS_OK);
    assert_near(a.bootstrap_low, a.mean - a.ci95, 0.25);
    assert_near(a.bootstrap_high, a.mean + a.ci95, 0.05);
    assert_near(a.bootstrap_low, -b.bootstrap_high, 1e-9);
    assert_near(a.t, -b.t, 1e-12);
    assert_near(a.wilcoxon_z, -b.wilcoxon_z, 1e-12);
    assert_int_equal(a.wins, b.losses);
}

/* R 4.3: p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm"), and with ties and a value that is capped. A missing p-value is
 * no test. */
static void holm_corrects_p_values(void **state)
{
    (void)state;
    double p[] = {0.01, 0.04, NAN, 0.03, 0.005}, adjusted[5];
    assert_int_equal(compare_holm(p, 5, adjusted, NULL), STATUS_OK);
    assert_near(adjusted[0], 0.03, 1e-12);
    assert_near(adjusted[1], 0.06, 1e-12);
    assert_true(isnan(adjusted[2]));
    assert_near(adjusted[3], 0.06, 1e-12);
    assert_near(adjusted[4], 0.02, 1e-12);
    double tied[] = {0.02, 0.02, 0.6};
    assert_int_equal(compare_holm(tied, 3, tied, NULL), STATUS_OK);
    assert_near(tied[0], 0.06, 1e-12);
    assert_near(tied[1], 0.06, 1e-12);
    assert_near(tied[2], 0.6, 1e-12);
    double high[] = {0.7, 0.6};
    assert_int_equal(compare_holm(high, 2, high, NULL), STATUS_OK);
    assert_near(high[0], 1, 1e-12);
    assert_near(high[1], 1, 1e-12);
    assert_int_equal(compare_holm(p, 0, adjusted, NULL), STATUS_OK);
}

static void equal_models_are_called_equal(void **state)
{
    (void)state;
    const double none[5] = {0};
    struct comparison comparison;
    struct error error;
    assert_int_equal(compare_differences(none, 5, 100, 1, &comparison, NULL), STATUS_OK);
    assert_int_equal(comparison.ties, 5);
    assert_true(comparison.mean == 0 && comparison.ci95 == 0);
    assert_true(comparison.t == 0 && comparison.t_p == 1 && comparison.wilcoxon_z == 0 && comparison.wilcoxon_p == 1);
    assert_int_equal(compare_differences(none, 1, 100, 1, &comparison, &error), STATUS_FAILED);
}

/* Without variation there is no t; the signed-rank test needs none. */
static void one_difference_everywhere_has_no_t(void **state)
{
    (void)state;
    const double same[5] = {0.5, 0.5, 0.5, 0.5, 0.5};
    struct comparison comparison;
    assert_int_equal(compare_differences(same, 5, 100, 1, &comparison, NULL), STATUS_OK);
    assert_true(comparison.mean == 0.5 && isnan(comparison.t) && isnan(comparison.t_p));
    assert_true(comparison.wilcoxon_p > 0.02 && comparison.wilcoxon_p < 0.04); /* z = 7.5 / sqrt(11.25) */
}

/* The formulas of Welch (1947) and Satterthwaite in exact sums, and p by Simpson's rule over the density of t. */
static void samples_that_are_not_paired(void **state)
{
    (void)state;
    const double a[] = {27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6, 19.0, 21.7, 21.4};
    const double b[] = {27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0, 24.8, 20.2, 21.9, 22.1, 22.9, 30.9};
    struct welch welch;
    compare_welch(a, 15, b, 14, &welch);
    assert_near(welch.t, -2.696064300875789, 1e-12);
    assert_near(welch.freedom, 26.866641977631865, 1e-12);
    assert_near(welch.p, 0.011958558168965674, 1e-8);
    assert_near(welch.ci95, 2.137950228665757, 1e-11);
    compare_welch(b, 14, a, 15, &welch);
    assert_near(welch.t, 2.696064300875789, 1e-12);
    const double same[] = {3, 3, 3};
    compare_welch(same, 3, same, 3, &welch);
    assert_true(isnan(welch.t) && isnan(welch.p) && welch.ci95 == 0);
    compare_welch(a, 15, b, 1, &welch);
    assert_true(isnan(welch.t) && isnan(welch.p) && isnan(welch.ci95));
}

/* Without resamples there is no interval, and the bootstrap alone gives the same one. */
static void the_bootstrap_can_wait(void **state)
{
    (void)state;
    double differences[N];
    struct comparison whole, quick;
    struct error error;
    fill(differences);
    assert_int_equal(compare_differences(differences, N, 2000, 7, &whole, NULL), STATUS_OK);
    assert_int_equal(compare_differences(differences, N, 0, 7, &quick, NULL), STATUS_OK);
    assert_true(isnan(quick.bootstrap_low) && isnan(quick.bootstrap_high));
    assert_int_equal(compare_bootstrap(differences, N, 2000, 7, NULL, &quick, NULL), STATUS_OK);
    assert_memory_equal(&whole, &quick, sizeof whole);
    atomic_bool cancel = true;
    assert_int_equal(compare_bootstrap(differences, N, 2000, 7, &cancel, &quick, &error), STATUS_INTERRUPTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_values_have_wide_intervals),
        cmocka_unit_test(holm_corrects_p_values),
        cmocka_unit_test(tests_agree_with_scipy),
        cmocka_unit_test(student_tails_are_right),
        cmocka_unit_test(bootstrap_surrounds_the_mean),
        cmocka_unit_test(samples_that_are_not_paired),
        cmocka_unit_test(the_bootstrap_can_wait),
        cmocka_unit_test(equal_models_are_called_equal),
        cmocka_unit_test(one_difference_everywhere_has_no_t),
    };
    return cmocka_run_group_tests_name("comparison", tests, NULL, NULL);
}
