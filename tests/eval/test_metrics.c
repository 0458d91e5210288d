#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "eval/evaluate.h"
#include "eval/metrics.h"

/* The metrics against values worked out by hand. */

/* Twelve tracks; two per artist, except that tracks 0, 1 and 2 are by artist 0. */
static int32_t artists[12] = {0, 0, 0, 1, 2, 2, 3, 3, 4, 4, 5, 5};
static float popularity[12] = {1, 0.5f, 0, 0, 0.25f, 0, 0, 0, 0, 0, 0, 0.25f};
static const struct track_stats stats = {12, 6, artists, popularity, NULL};

struct values {
    double of[METRICS];
};

static struct values evaluate(const int32_t *list, size_t n_list, const int32_t *held_out, size_t n_held_out)
{
    struct metrics_marks *marks = NULL;
    assert_int_equal(metrics_marks_create(&stats, &marks, NULL), STATUS_OK);
    struct values first, again;
    metrics_of_list(&stats, marks, list, n_list, held_out, n_held_out, first.of);
    metrics_of_list(&stats, marks, list, n_list, held_out, n_held_out, again.of); /* no state is kept between lists */
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
    struct values m = evaluate(list, 6, truth, 3);
    near(m.of[METRIC_PRECISION], 2.0 / 500);
    near(m.of[METRIC_RECALL], 2.0 / 3);
    near(m.of[METRIC_R_PRECISION], (1 + 0.25 * 2) / 3);
    near(m.of[METRIC_R_PRECISION_RTA], (1 + 0.25 * 3) / 3);
    near(m.of[METRIC_NDCG], (1 / log2(3) + 1 / log2(5)) / (1 + 1 / log2(3) + 0.5));
    near(m.of[METRIC_CLICKS], 0);
    near(m.of[METRIC_POPULARITY], (0.5 + 0 + 0 + 0 + 0 + 0.25) / 6);
}

static void a_perfect_list(void **state)
{
    (void)state;
    const int32_t truth[] = {3, 4, 6, 8};
    struct values m = evaluate(truth, 4, truth, 4);
    near(m.of[METRIC_RECALL], 1);
    near(m.of[METRIC_NDCG], 1);
    near(m.of[METRIC_R_PRECISION], 1.25); /* four artists and four tracks: the formula's maximum is above 1 */
}

static void a_list_without_a_hit(void **state)
{
    (void)state;
    const int32_t list[] = {3, 6}, truth[] = {0, 1};
    struct values m = evaluate(list, 2, truth, 2);
    near(m.of[METRIC_PRECISION], 0), near(m.of[METRIC_RECALL], 0), near(m.of[METRIC_NDCG], 0),
        near(m.of[METRIC_R_PRECISION], 0);
    near(m.of[METRIC_CLICKS], 51);
    m = evaluate(NULL, 0, truth, 2);
    near(m.of[METRIC_CLICKS], 51);
    near(m.of[METRIC_POPULARITY], 0);
}

static void clicks_count_pages_of_ten(void **state)
{
    (void)state;
    const int32_t list[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, ninth[] = {9}, tenth[] = {10};
    near(evaluate(list, 12, ninth, 1).of[METRIC_CLICKS], 0);
    near(evaluate(list, 12, tenth, 1).of[METRIC_CLICKS], 1);
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
    struct result_row rows[2] = {{.playlist_id = 1}, {.playlist_id = 2}};
    struct result_summary summary;
    rows[0].values[METRIC_RECALL] = 0.5, rows[0].values[METRIC_POPULARITY] = 1;
    rows[1].values[METRIC_RECALL] = 1;
    result_summarise(rows, 2, &summary);
    assert_int_equal(summary.count, 2);
    near(summary.metrics[METRIC_RECALL].mean, 0.75);
    near(summary.metrics[METRIC_POPULARITY].mean, 0.5);
    near(summary.metrics[METRIC_PRECISION].mean, 0);
}

/* What follows from the table would be wrong without a sound table. */
static void the_table_is_complete(void **state)
{
    (void)state;
    enum metric order[METRICS];
    int listed = metrics_by_priority(order);
    assert_in_range(listed, 1, METRICS);
    for (int i = 0; i < METRICS; i++) {
        const struct metric_info *info = &metric_infos[i];
        char line[256];
        assert_non_null(info->compute);
        assert_true(*info->help && *info->title && *info->brief && *info->label && info->unit);
        assert_true(info->scale > 0 && (info->direction == 1 || info->direction == -1));
        assert_true(strspn(info->name, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(info->name));
        assert_int_equal(metric_named(info->name), i);
        snprintf(line, sizeof line, "  %s: %s\n", info->name, info->help);
        assert_non_null(strstr(METRIC_HELP, line));
        snprintf(line, sizeof line, ", %s", info->name);
        assert_non_null(strstr(METRIC_COMMA_NAMES, line));
        for (int k = 0; k < i; k++) /* title and variant identify a row */
            assert_true(strcmp(metric_infos[k].title, info->title) != 0 || info->variant || metric_infos[k].variant);
    }
    for (int i = 0; i < listed; i++)
        assert_int_equal(metric_infos[order[i]].priority, i + 1);
    assert_int_equal(metric_named("coverage"), METRICS);
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
        cmocka_unit_test(the_table_is_complete),
        cmocka_unit_test(percentiles_by_nearest_rank),
    };
    return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
