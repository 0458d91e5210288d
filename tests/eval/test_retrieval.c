#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <math.h>

#include "core/random.h"
#include "eval/retrieval.h"
#include "tests/must.h"

/* Ranks and overlaps of neighbours against a computation in float64 that sorts everything. */

enum { N = 160, D = 12 };

static float *draw(uint64_t seed, size_t count)
{
    struct random random;
    random_seed(&random, seed);
    float *values = malloc(count * sizeof *values);
    for (size_t i = 0; i < count; i++)
        values[i] = (float)random_normal(&random);
    return values;
}

static double product(const float *a, const float *b, bool cosine)
{
    double sum = 0, aa = 0, bb = 0;
    for (int j = 0; j < D; j++) {
        sum += (double)a[j] * (double)b[j];
        aa += (double)a[j] * (double)a[j];
        bb += (double)b[j] * (double)b[j];
    }
    return cosine ? sum / sqrt(aa * bb) : sum;
}

/* Whether `other` is among the k nearest items of `item`. */
static bool is_near(const float *vectors, int item, int other, int k, bool cosine)
{
    double own = product(vectors + item * D, vectors + other * D, cosine);
    int better = 0;
    for (int i = 0; i < N; i++)
        better += i != item && product(vectors + item * D, vectors + i * D, cosine) > own;
    return better < k;
}

static double overlap(const float *predicted, const float *truth, int k, bool cosine)
{
    double sum = 0;
    for (int item = 0; item < N; item++)
        for (int other = 0; other < N; other++)
            sum +=
                other != item && is_near(predicted, item, other, k, cosine) && is_near(truth, item, other, k, cosine);
    return sum / k / N;
}

static void figures_agree_with_a_naive_computation(void **state)
{
    (void)state;
    float *truth = draw(1, N * D), *predicted = draw(2, N * D);
    for (int i = 0; i < N * D; i++)
        predicted[i] += truth[i];
    struct retrieval retrieval;
    must(retrieval_measure(predicted, truth, N, D, NULL, &retrieval, &error));
    double ranks[N], reciprocal = 0, recall = 0;
    for (int item = 0; item < N; item++) {
        ranks[item] = 1;
        for (int i = 0; i < N; i++)
            ranks[item] += product(predicted + item * D, truth + i * D, true) >
                           product(predicted + item * D, truth + item * D, true);
        reciprocal += 1 / ranks[item] / N;
        recall += (ranks[item] <= 10) / (double)N;
    }
    int below = 0, above = 0;
    for (int i = 0; i < N; i++) {
        below += ranks[i] < retrieval.median_rank;
        above += ranks[i] > retrieval.median_rank;
    }
    assert_true(below <= N / 2 && above <= N / 2);
    assert_true(retrieval.median_low <= retrieval.median_rank && retrieval.median_rank <= retrieval.median_high);
    assert_true(fabs(retrieval.reciprocal_rank.mean - reciprocal) < 1e-9);
    assert_true(fabs(retrieval.recall[0].mean - recall) < 1e-9);
    for (int depth = 0; depth < 3; depth++) {
        int k = (int)retrieval_depths[depth];
        assert_true(fabs(retrieval.cosine[depth].mean - overlap(predicted, truth, k, true)) < 1e-9);
        assert_true(fabs(retrieval.dot[depth].mean - overlap(predicted, truth, k, false)) < 1e-9);
        assert_true(fabs(retrieval.overlap_chance[depth] - k / (N - 1.0)) < 1e-12);
    }
    assert_true(isnan(retrieval.cosine[3].mean) && isnan(retrieval.recall[3].mean));
    free(truth);
    free(predicted);
}

static void a_perfect_prediction_ranks_first(void **state)
{
    (void)state;
    float *truth = draw(1, N * D);
    struct retrieval retrieval;
    must(retrieval_measure(truth, truth, N, D, NULL, &retrieval, &error));
    assert_true(retrieval.median_rank == 1 && retrieval.median_high == 1);
    assert_true(retrieval.reciprocal_rank.mean == 1);
    for (int depth = 0; depth < 3; depth++)
        assert_true(retrieval.recall[depth].mean == 1 && retrieval.cosine[depth].mean == 1 &&
                    retrieval.dot[depth].mean == 1);
    free(truth);
}

static void must_contain(struct interval interval, double chance)
{
    if (!(fabs(interval.mean - chance) <= 2 * interval.ci95)) /* four standard errors */
        fail_msg("%g ± %g is not chance, %g", interval.mean, interval.ci95, chance);
}

static void assert_chance(const float *predicted, const float *truth, int64_t n, int64_t d)
{
    struct retrieval retrieval;
    must(retrieval_measure(predicted, truth, n, d, NULL, &retrieval, &error));
    for (int depth = 0; depth < RETRIEVAL_DEPTHS; depth++) {
        must_contain(retrieval.cosine[depth], retrieval.overlap_chance[depth]);
        must_contain(retrieval.recall[depth], retrieval.recall_chance[depth]);
    }
    must_contain(retrieval.reciprocal_rank, retrieval.reciprocal_chance);
    assert_true(retrieval.median_low <= retrieval.median_chance && retrieval.median_chance <= retrieval.median_high);
}

static void random_predictions_give_chance(void **state)
{
    (void)state;
    float *truth = draw(1, 700 * D), *predicted = draw(2, 700 * D);
    assert_chance(predicted, truth, 700, D);
    free(truth);
    free(predicted);
}

/* Equal predictions and groups of equal true vectors: the order of equal items is random and different on both sides.
 */
static void ties_give_chance(void **state)
{
    (void)state;
    enum { MANY = 700, GROUPS = 9 };
    float *groups = draw(1, GROUPS * D), *truth = malloc(MANY * D * sizeof *truth),
          *predicted = malloc(MANY * D * sizeof *predicted);
    for (int i = 0; i < MANY; i++) {
        memcpy(truth + i * D, groups + i % GROUPS * D, D * sizeof *truth);
        memcpy(predicted + i * D, groups, D * sizeof *predicted);
    }
    struct retrieval retrieval;
    must(retrieval_measure(predicted, truth, MANY, D, NULL, &retrieval, &error));
    for (int depth = 0; depth < RETRIEVAL_DEPTHS; depth++)
        must_contain(retrieval.cosine[depth], retrieval.overlap_chance[depth]);
    free(groups);
    free(truth);
    free(predicted);
}

static void one_item_is_refused(void **state)
{
    (void)state;
    const float vector[D] = {1};
    struct retrieval retrieval;
    assert_int_equal(retrieval_measure(vector, vector, 1, D, NULL, &retrieval, NULL), STATUS_FAILED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_agree_with_a_naive_computation),
        cmocka_unit_test(a_perfect_prediction_ranks_first),
        cmocka_unit_test(random_predictions_give_chance),
        cmocka_unit_test(ties_give_chance),
        cmocka_unit_test(one_item_is_refused),
    };
    return cmocka_run_group_tests_name("retrieval", tests, NULL, NULL);
}
