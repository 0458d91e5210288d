#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"
#include "models/factors.h"

/* The index that factors build: when it is built, and that results stay the same. */

enum { N = 70000, D = 8, K = 50, LISTS = 100, SEEDS = 3 };

static struct compute compute;
static float *items;

static int open_items(void **state)
{
    (void)state;
    struct error error = {0};
    struct random random;
    random_seed(&random, 1);
    items = malloc((size_t)N * D * sizeof *items);
    for (int64_t i = 0; i < (int64_t)N * D; i++) /* whole numbers: no sum is rounded, and many are equal */
        items[i] = (float)(int)random_below(&random, 9) - 4;
    return items && compute_open(DEVICE_CPU, 2, &compute, &error) == STATUS_OK ? 0 : -1;
}

static int close_items(void **state)
{
    (void)state;
    compute_close(&compute);
    free(items);
    return 0;
}

/* Lists whose queries are the first rows. */
static void answer(struct factors *factors, size_t count, int32_t *ids, float *scores)
{
    int64_t starts[LISTS + 1] = {0};
    int32_t rows[LISTS * SEEDS];
    for (size_t i = 0; i < count; i++) {
        for (size_t s = 0; s < SEEDS; s++)
            rows[i * SEEDS + s] = (int32_t)(i + s * 1000);
        starts[i + 1] = starts[i] + SEEDS;
    }
    const struct seed_lists lists = {count, starts, rows, rows, NULL};
    struct error error = {0};
    assert_int_equal(factors_begin(factors, &lists, &error), STATUS_OK);
    assert_int_equal(
        compute.ops->buffer_write(compute.stream, factors->queries, 0, items, count * D * sizeof *items, &error),
        STATUS_OK);
    assert_int_equal(factors_finish(factors, &lists, K, ids, scores, &error), STATUS_OK);
}

static void single_lists_get_an_index_when_it_pays(void **state)
{
    (void)state;
    struct factors factors;
    struct error error = {0};
    int32_t first[K], ids[K];
    float first_scores[K], scores[K];
    assert_int_equal(factors_open(&factors, &compute, items, N, D, &error), STATUS_OK);
    answer(&factors, 1, first, first_scores);
    assert_null(factors.index);
    for (int i = 0; i < 10; i++) {
        answer(&factors, 1, ids, scores);
        assert_memory_equal(ids, first, sizeof ids);
        assert_memory_equal(scores, first_scores, sizeof scores);
    }
    assert_non_null(factors.index);
    factors_close(&factors);
}

static void many_lists_get_an_index_at_once(void **state)
{
    (void)state;
    struct factors factors, alone;
    struct error error = {0};
    int32_t *ids = malloc(LISTS * K * sizeof *ids), one[K];
    float *scores = malloc(LISTS * K * sizeof *scores), one_scores[K];
    assert_int_equal(factors_open(&factors, &compute, items, N, D, &error), STATUS_OK);
    assert_int_equal(factors_open(&alone, &compute, items, N, D, &error), STATUS_OK);
    answer(&factors, LISTS, ids, scores);
    assert_non_null(factors.index);
    answer(&alone, 1, one, one_scores);
    assert_null(alone.index);
    assert_memory_equal(ids, one, sizeof one);
    assert_memory_equal(scores, one_scores, sizeof one_scores);
    factors_close(&factors);
    factors_close(&alone);
    free(ids);
    free(scores);
}

static void small_catalogues_get_none(void **state)
{
    (void)state;
    struct factors factors;
    struct error error = {0};
    int32_t *ids = malloc(LISTS * K * sizeof *ids);
    float *scores = malloc(LISTS * K * sizeof *scores);
    assert_int_equal(factors_open(&factors, &compute, items, 30000, D, &error), STATUS_OK);
    for (int i = 0; i < 3; i++)
        answer(&factors, LISTS, ids, scores);
    assert_null(factors.index);
    factors_close(&factors);
    free(ids);
    free(scores);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(single_lists_get_an_index_when_it_pays),
        cmocka_unit_test(many_lists_get_an_index_at_once),
        cmocka_unit_test(small_catalogues_get_none),
    };
    return cmocka_run_group_tests_name("factors", tests, open_items, close_items);
}
