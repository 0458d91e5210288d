/* Whitening against NumPy (tests/oracle/whitening.py), and properties of it. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/random.h"
#include "features/whitening.h"
#include "tests/must.h"
#include "whitening_golden.h"

static const struct feature_set golden = {
    .n_rows = GOLDEN_N, .width = GOLDEN_WIDTH, .values = golden_values, .present = golden_present};
static const struct whitening_groups golden_groups = {GOLDEN_GROUPS, golden_starts, golden_entries, NULL},
                                     golden_row_groups = {GOLDEN_GROUPS, golden_starts, golden_entries, golden_rows};

static void equal(const float *got, const double *want)
{
    for (int64_t i = 0; i < (int64_t)GOLDEN_N * GOLDEN_USED; i++)
        if (!(fabs((double)got[i] - want[i]) <= 1e-5 * (1 + fabs(want[i]))))
            fail_msg("row %lld column %lld is %.9g, not %.9g", (long long)(i / GOLDEN_USED),
                     (long long)(i % GOLDEN_USED), (double)got[i], want[i]);
}

static void equals_numpy(void **state)
{
    (void)state;
    const struct {
        const struct whitening_groups *groups;
        const double *want;
    } cases[] = {{NULL, golden_total}, {&golden_groups, golden_within}, {&golden_row_groups, golden_within_rows}};
    struct pool *pool;
    must(pool_create(3, &pool, &error));
    for (int i = 0; i < 3; i++) {
        struct whitening whitening;
        float out[GOLDEN_N * GOLDEN_USED], threaded[GOLDEN_N * GOLDEN_USED];
        must(whitening_fit(&whitening, &golden, cases[i].groups, golden_ridge, &error));
        assert_int_equal(whitening.n_used, GOLDEN_USED);
        must(whitening_apply(&whitening, NULL, &golden, out, &error));
        equal(out, cases[i].want);
        must(whitening_apply(&whitening, pool, &golden, threaded, &error));
        assert_memory_equal(out, threaded, sizeof out);
        whitening_free(&whitening);
    }
    pool_destroy(pool);
}

enum { N = 4000, WIDTH = 6 };

static float *draw(uint64_t seed)
{
    float *values = malloc((size_t)N * WIDTH * sizeof *values);
    struct random random;
    random_seed(&random, seed);
    for (int64_t i = 0; i < (int64_t)N * WIDTH; i++) {
        double own = random_normal(&random);
        /* Each column has the one before it in it. */
        values[i] = (float)(i % WIDTH == 0 ? own : 0.8 * (double)values[i - 1] + own) * (float)(1 + i % WIDTH);
    }
    return values;
}

/* Σ over the rows of y yᵀ / N must be the unit matrix, up to the ridge. */
static void the_covariance_becomes_one(void **state)
{
    (void)state;
    const double ridge = 1e-9;
    float *values = draw(5), *out = malloc((size_t)N * WIDTH * sizeof *out);
    const struct feature_set set = {.n_rows = N, .width = WIDTH, .values = values};
    struct whitening whitening;
    must(whitening_fit(&whitening, &set, NULL, ridge, &error));
    must(whitening_apply(&whitening, NULL, &set, out, &error));
    for (int i = 0; i < WIDTH; i++)
        for (int j = 0; j < WIDTH; j++) {
            double sum = 0;
            for (int64_t r = 0; r < N; r++)
                sum += (double)out[r * WIDTH + i] * (double)out[r * WIDTH + j];
            assert_true(fabs(sum / N - (i == j)) < 1e-3);
        }
    whitening_free(&whitening);
    free(values);
    free(out);
}

/* Two equal columns count once: with a small ridge, distances are those without the second one. */
static void a_repeated_column_counts_once(void **state)
{
    (void)state;
    float *values = draw(6), *twice = malloc((size_t)N * (WIDTH + 1) * sizeof *twice);
    float *a = malloc((size_t)N * WIDTH * sizeof *a), *b = malloc((size_t)N * (WIDTH + 1) * sizeof *b);
    for (int64_t r = 0; r < N; r++) {
        memcpy(twice + r * (WIDTH + 1), values + r * WIDTH, WIDTH * sizeof *values);
        twice[r * (WIDTH + 1) + WIDTH] = values[r * WIDTH + 2];
    }
    const struct feature_set sets[] = {{.n_rows = N, .width = WIDTH, .values = values},
                                       {.n_rows = N, .width = WIDTH + 1, .values = twice}};
    float *outs[] = {a, b};
    for (int i = 0; i < 2; i++) {
        struct whitening whitening;
        must(whitening_fit(&whitening, &sets[i], NULL, 1e-5, &error));
        must(whitening_apply(&whitening, NULL, &sets[i], outs[i], &error));
        whitening_free(&whitening);
    }
    for (int64_t r = 1; r < 200; r++) {
        double one = 0, two = 0;
        for (int i = 0; i < WIDTH; i++)
            one += pow((double)(a[r * WIDTH + i] - a[i]), 2);
        for (int i = 0; i <= WIDTH; i++)
            two += pow((double)(b[r * (WIDTH + 1) + i] - b[i]), 2);
        assert_true(fabs(one - two) < 1e-3 * (1 + one));
    }
    free(values);
    free(twice);
    free(a);
    free(b);
}

/* Nothing usable: no column is left, and nothing is written. */
static void columns_without_information_are_left_out(void **state)
{
    (void)state;
    const float values[] = {1, NAN, INFINITY, 1, NAN, -INFINITY, 1, NAN, INFINITY};
    const struct feature_set set = {
        .n_rows = 3, .width = 3, .values = values, .present = (const bool[]){true, true, true}};
    float out[9] = {7, 7, 7, 7, 7, 7, 7, 7, 7};
    struct whitening whitening;
    must(whitening_fit(&whitening, &set, NULL, 0.1, &error));
    assert_int_equal(whitening.n_used, 0);
    must(whitening_apply(&whitening, NULL, &set, out, &error));
    for (int i = 0; i < 9; i++)
        assert_true(out[i] == 7);
    whitening_free(&whitening);
}

/* A column that differs between groups alone is limited by the ridge, and one that no group has twice stays as it is.
 */
static void columns_without_covariance_within_groups_stay_finite(void **state)
{
    (void)state;
    const float values[] = {1, 5, 1, NAN, 2, 7, 2, NAN};
    const int64_t starts[] = {0, 2, 4};
    const int32_t entries[] = {0, 1, 2, 3};
    const struct feature_set set = {
        .n_rows = 4, .width = 2, .values = values, .present = (const bool[]){true, true, true, true}};
    const struct whitening_groups groups = {2, starts, entries, NULL};
    const double ridge = 0.25;
    float out[8];
    struct whitening whitening;
    must(whitening_fit(&whitening, &set, &groups, ridge, &error));
    must(whitening_apply(&whitening, NULL, &set, out, &error));
    for (int r = 0; r < 4; r++) {
        double first = (r < 2 ? -1 : 1) / sqrt(ridge), second = r == 0 ? -1 : r == 2 ? 1 : 0;
        assert_true(fabs((double)out[r * 2] - first) < 1e-6);
        assert_true(fabs((double)out[r * 2 + 1] - second / sqrt(1 + ridge)) < 1e-6);
    }
    whitening_free(&whitening);
}

int main(void)
{
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_numpy),
        cmocka_unit_test(the_covariance_becomes_one),
        cmocka_unit_test(a_repeated_column_counts_once),
        cmocka_unit_test(columns_without_information_are_left_out),
        cmocka_unit_test(columns_without_covariance_within_groups_stay_finite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
