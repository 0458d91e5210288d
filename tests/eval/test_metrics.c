#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "eval/evaluate.h"
#include "eval/metrics.h"

/* The metrics against values worked out by hand. */

/* Twelve tracks; two per artist, except that tracks 0, 1 and 2 are by artist 0. */
static int32_t artists[12] = {0, 0, 0, 1, 2, 2, 3, 3, 4, 4, 5, 5};
static float popularity[12] = {1, 0.5f, 0, 0, 0.25f, 0, 0, 0, 0, 0, 0, 0.25f};
static const struct track_stats stats = {12, 6, artists, popularity, NULL};

static struct metrics judge(const int32_t *list, size_t n_list, const int32_t *truth, size_t n_truth)
{
    struct metrics_marks *marks = NULL;
    assert_int_equal(metrics_marks_create(&stats, &marks, NULL), STATUS_OK);
    struct metrics first, again;
    metrics_of_list(&stats, marks, list, n_list, truth, n_truth, &first);
    metrics_of_list(&stats, marks, list, n_list, truth, n_truth, &again); /* no state is kept between lists */
    assert_memory_equal(&first, &again, sizeof first);
    metrics_marks_free(marks);
    return first;
}

static void near(double got, double want)
{
    if (!(fabs(got - want) < 1e-12))
        fail_msg("%.15g should be %.15g", got, want);
}

static void a_list_with_hits(void **state)
{
    (void)state;
    /* The truth's artists are 0, 2 and 4. Hits: 5 at position 2 and 8 at position 4; the first three positions hold
     * track 1 by artist 0 and track 5 by artist 2; artist 4 comes at position 4, artist 0 again at position 5. */
    const int32_t list[] = {1, 5, 6, 8, 2, 11}, truth[] = {0, 5, 8};
    struct metrics m = judge(list, 6, truth, 3);
    near(m.precision, 2.0 / 500);
    near(m.recall, 2.0 / 3);
    near(m.r_precision, (1 + 0.25 * 2) / 3);
    near(m.r_precision_rta, (1 + 0.25 * 3) / 3);
    near(m.ndcg, (1 / log2(3) + 1 / log2(5)) / (1 + 1 / log2(3) + 0.5));
    near(m.clicks, 0);
    near(m.popularity, (0.5 + 0 + 0 + 0 + 0 + 0.25) / 6);
}

static void a_perfect_list(void **state)
{
    (void)state;
    const int32_t truth[] = {3, 4, 6, 8};
    struct metrics m = judge(truth, 4, truth, 4);
    near(m.recall, 1);
    near(m.ndcg, 1);
    near(m.r_precision, 1.25); /* four artists and four tracks: the formula's maximum is above 1 */
}

static void a_list_without_a_hit(void **state)
{
    (void)state;
    const int32_t list[] = {3, 6}, truth[] = {0, 1};
    struct metrics m = judge(list, 2, truth, 2);
    near(m.precision, 0), near(m.recall, 0), near(m.ndcg, 0), near(m.r_precision, 0);
    near(m.clicks, 51);
    m = judge(NULL, 0, truth, 2);
    near(m.clicks, 51);
    near(m.popularity, 0);
}

static void clicks_count_pages_of_ten(void **state)
{
    (void)state;
    const int32_t list[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, ninth[] = {9}, tenth[] = {10};
    near(judge(list, 12, ninth, 1).clicks, 0);
    near(judge(list, 12, tenth, 1).clicks, 1);
}

static void popularity_runs_from_least_to_most(void **state)
{
    (void)state;
    const int64_t counts[] = {3, 1, 5, 1}, equal[] = {2, 2};
    float got[4];
    metrics_popularity(counts, 4, got);
    near((double)got[0], 0.5), near((double)got[1], 0), near((double)got[2], 1);
    metrics_popularity(equal, 2, got);
    near((double)got[0], 0);
}

static void intervals(void **state)
{
    (void)state;
    const double values[] = {1, -9, 2, -9, 3, -9, 6, -9};
    struct interval got = metrics_interval(values, 4, 2);
    near(got.mean, 3);
    near(got.ci95, 1.96 * sqrt(14.0 / 3 / 4));
    near(metrics_interval(values, 1, 1).ci95, 0);
    near(metrics_interval(values, 0, 1).mean, 0);
    const struct metrics each[] = {{.recall = 0.5, .popularity = 1}, {.recall = 1, .popularity = 0}};
    struct metrics_summary summary;
    metrics_summarise(each, 2, &summary);
    near(summary.recall.mean, 0.75);
    near(summary.popularity.mean, 0.5);
    near(summary.precision.mean, 0);
}

static void percentiles_by_nearest_rank(void **state)
{
    (void)state;
    const double values[] = {1, 2, 3, 4};
    near(evaluation_percentile(values, 4, 50), 2);
    near(evaluation_percentile(values, 4, 95), 4);
    near(evaluation_percentile(values, 4, 0), 1);
    near(evaluation_percentile(values, 0, 50), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_with_hits),
        cmocka_unit_test(a_perfect_list),
        cmocka_unit_test(a_list_without_a_hit),
        cmocka_unit_test(clicks_count_pages_of_ten),
        cmocka_unit_test(popularity_runs_from_least_to_most),
        cmocka_unit_test(intervals),
        cmocka_unit_test(percentiles_by_nearest_rank),
    };
    return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
