/* One-tailed t-tests against SciPy (tests/oracle/space.py). */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "eval/t_test.h"
#include "tests/features/space_golden.h"

static void near(struct t_test test, const double *want)
{
    const double got[] = {test.t, test.freedom, test.p};
    for (int i = 0; i < 3; i++)
        if (!(fabs(got[i] - want[i]) <= 1e-9 * fabs(want[i])))
            fail_msg("%.12g is not %.12g", got[i], want[i]);
}

static void equals_scipy(void **state)
{
    enum { MANY = 4563 };
    static double many[MANY], zeros[MANY];
    (void)state;
    near(t_test_paired(space_first_delta, space_second_delta, SPACE_N), space_paired);
    near(t_test_paired(space_second_delta, space_first_delta, SPACE_N), space_reverse);
    near(t_test_welch(space_first_delta, SPACE_N, space_second_delta, SPACE_N), space_welch);
    for (int i = 0; i < MANY; i++)
        many[i] = sin(i) + 0.29;
    near(t_test_paired(many, zeros, MANY), space_tail);
}

static void what_cannot_be_tested_has_no_p(void **state)
{
    (void)state;
    static const double same[] = {1, 1, 1}, one[] = {2};
    assert_true(isnan(t_test_paired(same, same, 3).p));
    assert_true(isnan(t_test_paired(same, one, 1).p));
    assert_true(isnan(t_test_welch(same, 3, same, 3).p));
    assert_true(isnan(t_test_welch(same, 3, one, 1).p));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_scipy),
        cmocka_unit_test(what_cannot_be_tested_has_no_p),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
