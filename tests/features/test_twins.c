/* Nearest pairs and equal rows, compared with all pairs in float64. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"
#include "features/twins.h"

enum { N = 1200, WIDTH = 45, K = 300 };

static float values[N * WIDTH];
static bool present[N];
static int64_t groups[N];
static struct compute compute;

static int setup(void **state)
{
    (void)state;
    struct error error = {0};
    return compute_open(DEVICE_CPU, 2, &compute, &error) == STATUS_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    compute_close(&compute);
    return 0;
}

/* Rows with a large common part, so that products of float32 lose most of the digits of small distances. */
static struct feature_set make(float common)
{
    struct random random;
    random_seed(&random, 5);
    for (int i = 0; i < N; i++) {
        present[i] = i % 17 != 4;
        groups[i] = (int64_t)random_below(&random, 40);
        for (int c = 0; c < WIDTH; c++)
            values[i * WIDTH + c] = common + (float)random_normal(&random);
    }
    for (int i = 0; i + 40 < N; i += 40) { /* near pairs, and equal rows */
        memcpy(&values[(i + 20) * WIDTH], &values[i * WIDTH], WIDTH * sizeof(float));
        if (i % 120 != 0)
            values[(i + 20) * WIDTH + i % WIDTH] += 0.001F * (float)(1 + i % 7);
    }
    return (struct feature_set){
        .item = FEATURE_ALBUMS, .n_rows = N, .width = WIDTH, .values = values, .present = present};
}

struct pair {
    int a, b;
    double distance;
};

static int nearer(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    if (x->distance < y->distance || x->distance > y->distance)
        return x->distance < y->distance ? -1 : 1;
    return x->a != y->a ? x->a - y->a : x->b - y->b;
}

static size_t all_pairs(struct pair **pairs)
{
    size_t count = 0;
    *pairs = malloc(sizeof **pairs * N * N / 2);
    for (int i = 0; i < N; i++)
        for (int j = i + 1; j < N; j++) {
            double sum = 0;
            for (int c = 0; c < WIDTH; c++) {
                double d = (double)values[i * WIDTH + c] - (double)values[j * WIDTH + c];
                sum += d * d;
            }
            if (present[i] && present[j] && groups[i] != groups[j] && sum > 0)
                (*pairs)[count++] = (struct pair){i, j, (double)(float)sqrt(sum)};
        }
    qsort(*pairs, count, sizeof **pairs, nearer);
    return count;
}

static void pairs_are_those_of_all_distances(void **state)
{
    (void)state;
    static const float commons[] = {0, 300};
    for (size_t test = 0; test < 2; test++) {
        const struct feature_set set = make(commons[test]);
        struct pair *expected;
        struct twin pairs[K];
        struct error error = {0};
        size_t all = all_pairs(&expected), count = 0;
        assert_true(all > K);
        assert_int_equal(feature_twins(&compute, &set, groups, K, pairs, &count, NULL, &error), STATUS_OK);
        assert_int_equal(count, K);
        for (size_t i = 0; i < K; i++) {
            assert_int_equal(pairs[i].a, expected[i].a + 1);
            assert_int_equal(pairs[i].b, expected[i].b + 1);
            assert_true((double)pairs[i].distance == expected[i].distance);
        }
        free(expected);
    }
}

static void fewer_pairs_than_wanted_are_all(void **state)
{
    (void)state;
    struct feature_set set = make(0);
    struct twin pairs[K];
    struct error error = {0};
    size_t count;
    set.n_rows = 3;
    groups[0] = groups[1] = 1;
    groups[2] = 2;
    present[0] = present[1] = present[2] = true;
    assert_int_equal(feature_twins(&compute, &set, groups, K, pairs, &count, NULL, &error), STATUS_OK);
    assert_int_equal(count, 2);
    assert_int_equal(pairs[0].b, 3);
    set.n_rows = 1;
    assert_int_equal(feature_twins(&compute, &set, groups, K, pairs, &count, NULL, &error), STATUS_OK);
    assert_int_equal(count, 0);
}

static void equal_rows_are_grouped(void **state)
{
    (void)state;
    const struct feature_set set = make(0);
    int64_t *items, *numbers;
    size_t count, expected = 0;
    struct error error = {0};
    memcpy(&values[7 * WIDTH], &values[0], WIDTH * sizeof(float)); /* a group of three */
    for (int i = 0; i + 40 < N; i += 120)
        expected += present[i] && present[i + 20] ? 2 : 0;
    assert_true(present[0] && present[7] && present[20]);
    assert_int_equal(feature_set_identical(&set, &items, &numbers, &count, &error), STATUS_OK);
    assert_int_equal(count, expected + 1);
    assert_int_equal(items[0], 1);
    assert_int_equal(items[1], 8);
    assert_int_equal(items[2], 21);
    assert_int_equal(numbers[2], 0);
    assert_int_equal(numbers[3], 1);
    for (size_t i = 1; i < count; i++) {
        assert_true(numbers[i] == numbers[i - 1] || numbers[i] == numbers[i - 1] + 1);
        assert_int_equal(
            numbers[i] == numbers[i - 1],
            memcmp(&values[(items[i] - 1) * WIDTH], &values[(items[i - 1] - 1) * WIDTH], WIDTH * sizeof(float)) == 0);
    }
    free(items);
    free(numbers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_are_those_of_all_distances),
        cmocka_unit_test(fewer_pairs_than_wanted_are_all),
        cmocka_unit_test(equal_rows_are_grouped),
    };
    return cmocka_run_group_tests_name("twins", tests, setup, teardown);
}
