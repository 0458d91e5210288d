#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"
#include "models/factors.h"

/* The index that factors build: when it is built, and that results stay the same. Ranks of single rows. */

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

/* ---- a GPU: the CPU's operations on a device whose memory the host cannot read ---- */

static struct compute_ops gpu;
static const struct compute_ops *cpu;
static size_t refused; /* buffers of this size are not allocated */

static const void *no_host(const struct compute_buffer *buffer)
{
    (void)buffer;
    return NULL;
}

static enum status create(struct compute_device *device, size_t bytes, struct compute_buffer **buffer,
                          struct error *why)
{
    return bytes == refused ? error_set(why, STATUS_DEVICE, "full") : cpu->buffer_create(device, bytes, buffer, why);
}

static enum status wrap(struct compute_device *device, const void *host, size_t bytes, struct compute_buffer **buffer,
                        struct error *why)
{
    return bytes == refused ? error_set(why, STATUS_DEVICE, "full")
                            : cpu->buffer_wrap(device, host, bytes, buffer, why);
}

static void a_gpu_uses_an_index_for_few_lists(void **state)
{
    (void)state;
    struct factors factors;
    struct error error = {0};
    int32_t *ids = malloc(LISTS * K * sizeof *ids), first[K], again[K];
    float *scores = malloc(LISTS * K * sizeof *scores), first_scores[K], again_scores[K];
    cpu = compute.ops;
    gpu = *cpu;
    gpu.buffer_host = no_host, gpu.buffer_create = create, gpu.buffer_wrap = wrap;
    compute.ops = &gpu;
    refused = 0;
    assert_int_equal(factors_open(&factors, &compute, items, N, D, &error), STATUS_OK);
    for (int i = 0; i < 2; i++)
        answer(&factors, LISTS, ids, scores);
    assert_null(factors.index); /* more lists are one product */
    assert_true(factors_index_bytes(&factors) > 0);
    for (int i = 0; i < 10; i++)
        answer(&factors, 1, first, first_scores);
    assert_non_null(factors.index);
    assert_memory_equal(ids, first, sizeof first);
    refused = gpu.top_k_indexed_scratch(compute.device, 1, N, D, K); /* the index is discarded for a search */
    answer(&factors, 1, again, again_scores);
    assert_null(factors.index);
    assert_memory_equal(again, first, sizeof first);
    assert_memory_equal(again_scores, first_scores, sizeof first_scores);
    refused = factors_index_bytes(&factors);
    assert_int_equal(factors_use_index(&factors, items, &error), STATUS_DEVICE);
    answer(&factors, 1, again, again_scores);
    assert_memory_equal(again, first, sizeof first);
    factors_close(&factors);
    compute.ops = cpu;
    free(ids);
    free(scores);
}

/* ---- ranks without lists ---- */

static float product(const float *a, const float *b)
{
    float sum = 0; /* of whole numbers: exact */
    for (int i = 0; i < D; i++)
        sum += a[i] * b[i];
    return sum;
}

/* The place of a row among all but the seeds, from 1; 0: behind the first `depth`. */
static size_t rank_by_counting(const float *query, const int32_t *seeds, int32_t row, size_t depth)
{
    size_t before = 0;
    const float own = product(query, items + (size_t)row * D);
    for (int32_t i = 0; i < N; i++) {
        const float difference = product(query, items + (size_t)i * D) - own;
        bool is_seed = false;
        for (int s = 0; s < SEEDS; s++) {
            is_seed = is_seed || seeds[s] == i;
            if (seeds[s] == row)
                return 0;
        }
        before += !is_seed && (difference > 0 || (difference == 0 && i < row));
    }
    return before < depth ? before + 1 : 0;
}

/* The first query, others that differ from it in one number, and others that have nothing to do with it. Many rows have
 * the same score, and the first seeds are before the rows that are asked about. */
static void ranks_are_places_in_the_lists(void **state)
{
    (void)state;
    enum { NEAR = 24, ASKED = 40, RANK_LISTS = ASKED + 1 };
    struct factors factors;
    struct error error = {0};
    float queries[RANK_LISTS * D];
    int64_t starts[RANK_LISTS + 1] = {0};
    int32_t rows[RANK_LISTS * SEEDS];
    size_t ranks[RANK_LISTS], found = 0;
    for (int32_t i = 0; i < RANK_LISTS; i++) {
        for (int j = 0; j < D; j++)
            queries[i * D + j] = i < NEAR ? 5 * items[j] + (float)(i > 0 && i % D == j ? i % 5 - 2 : 0)
                                          : items[(size_t)i * 50 * D + (size_t)j];
        for (int32_t s = 0; s < SEEDS; s++)
            rows[i * SEEDS + s] = s == 0 ? 0 : i * 1000 + s * 300;
        starts[i + 1] = starts[i] + SEEDS;
    }
    const struct seed_lists lists = {RANK_LISTS, starts, rows, rows, NULL};
    assert_int_equal(factors_open(&factors, &compute, items, N, D, &error), STATUS_OK);
    assert_int_equal(factors_begin(&factors, &lists, &error), STATUS_OK);
    assert_int_equal(compute.ops->buffer_write(compute.stream, factors.queries, 0, queries, sizeof queries, &error),
                     STATUS_OK);
    static const int32_t asked[] = {1300, 37, 333, 925, 60000}; /* the first is a seed of a list */
    for (size_t r = 0; r < sizeof asked / sizeof *asked; r++) {
        const size_t depth = r % 2 == 0 ? 1000 : N;
        bool known = false;
        assert_int_equal(factors_ranks(&factors, items, &lists, asked[r], depth, ranks, &known, &error), STATUS_OK);
        assert_true(known);
        for (size_t i = 0; i < RANK_LISTS; i++) {
            assert_int_equal(ranks[i], rank_by_counting(queries + i * D, rows + i * SEEDS, asked[r], depth));
            found += ranks[i] > 0;
        }
    }
    assert_true(found > RANK_LISTS);
    factors_close(&factors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(single_lists_get_an_index_when_it_pays),
        cmocka_unit_test(many_lists_get_an_index_at_once),
        cmocka_unit_test(small_catalogues_get_none),
        cmocka_unit_test(a_gpu_uses_an_index_for_few_lists),
        cmocka_unit_test(ranks_are_places_in_the_lists),
    };
    return cmocka_run_group_tests_name("factors", tests, open_items, close_items);
}
