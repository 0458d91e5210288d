#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdbool.h>

#include "eval/agreement.h"
#include "eval/auc.h"
#include "tests/eval/ratings_golden.h"
#include "tests/must.h"

/* Kappa and areas as scikit-learn computes them, DeLong's interval as its definition over all pairs gives it, and the
 * cases in which there is no value. */

static bool near(double a, double b)
{
    return fabs(a - b) < 1e-12;
}

static void kappa_is_that_of_scikit_learn(void **state)
{
    (void)state;
    for (int i = 0; i < GOLDEN_CASES; i++) {
        const struct agreement agreement = agreement_of(golden_kappas[i].a, golden_kappas[i].b, GOLDEN_N, 3);
        assert_int_equal(agreement.n, GOLDEN_N);
        assert_true(near(agreement.kappa, golden_kappas[i].kappa));
    }
}

static void kappa_is_missing_where_chance_explains_all(void **state)
{
    (void)state;
    const int same[4] = {2, 2, 2, 2}, other[4] = {1, 1, 1, 1}, mixed[4] = {0, 1, 2, 2};
    assert_true(isnan(agreement_of(same, same, 0, 3).kappa));
    assert_true(isnan(agreement_of(same, same, 0, 3).observed));
    assert_true(isnan(agreement_of(same, same, 4, 3).kappa));
    assert_true(near(agreement_of(same, same, 4, 3).observed, 1));
    assert_true(near(agreement_of(same, other, 4, 3).kappa, 0));
    assert_true(near(agreement_of(mixed, mixed, 4, 3).kappa, 1));
}

static struct auc area(const double *scores, const bool *positive, size_t n)
{
    struct auc auc;
    must(auc_compute(scores, positive, n, &auc, &error));
    return auc;
}

static void areas_are_those_of_scikit_learn(void **state)
{
    (void)state;
    for (int i = 0; i < GOLDEN_CASES; i++) {
        const struct auc auc = area(golden_areas[i].scores, golden_areas[i].positive, GOLDEN_N);
        const double half = 1.96 * sqrt(golden_areas[i].variance);
        assert_true(near(auc.value, golden_areas[i].area));
        assert_true(near(auc.low, fmax(auc.value - half, 0)));
        assert_true(near(auc.high, fmin(auc.value + half, 1)));
    }
}

/* Reversing the scores reverses the area, and only the order of scores counts. */
static void only_the_order_counts(void **state)
{
    (void)state;
    for (int i = 0; i < GOLDEN_CASES; i++) {
        double reversed[GOLDEN_N], stretched[GOLDEN_N];
        for (int j = 0; j < GOLDEN_N; j++) {
            reversed[j] = -golden_areas[i].scores[j];
            stretched[j] = exp(golden_areas[i].scores[j]);
        }
        assert_true(near(area(reversed, golden_areas[i].positive, GOLDEN_N).value, 1 - golden_areas[i].area));
        assert_true(near(area(stretched, golden_areas[i].positive, GOLDEN_N).value, golden_areas[i].area));
    }
}

static void areas_are_missing_without_both_kinds(void **state)
{
    (void)state;
    const double scores[4] = {1, 2, 3, 4}, tied[4] = {5, 5, 5, 5};
    const bool none[4] = {false}, all[4] = {true, true, true, true}, half[4] = {false, false, true, true},
               one[4] = {false, false, false, true};
    assert_true(isnan(area(scores, none, 4).value));
    assert_true(isnan(area(scores, all, 4).value));
    assert_true(isnan(area(scores, all, 0).value));
    assert_true(near(area(scores, half, 4).value, 1));
    assert_true(isnan(area(scores, half, 4).low)); /* separated: no variance */
    assert_true(near(area(tied, half, 4).value, 0.5));
    assert_true(near(area(scores, one, 4).value, 1));
    assert_true(isnan(area(scores, one, 4).high));
    assert_int_equal(area(scores, one, 4).positives, 1);
    assert_int_equal(area(scores, one, 4).negatives, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kappa_is_that_of_scikit_learn),
        cmocka_unit_test(kappa_is_missing_where_chance_explains_all),
        cmocka_unit_test(areas_are_those_of_scikit_learn),
        cmocka_unit_test(only_the_order_counts),
        cmocka_unit_test(areas_are_missing_without_both_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
