/* Playlists in a whitened space against NumPy and SciPy (tests/oracle/space.py). */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "features/space.h"
#include "space_golden.h"
#include "tests/must.h"

static int32_t entries[SPACE_N];
static struct pool *pool;

static int start(void **state)
{
    (void)state;
    for (int i = 0; i < SPACE_N; i++)
        entries[i] = i;
    return pool_create(3, &pool, NULL) == STATUS_OK ? 0 : -1;
}

static int finish(void **state)
{
    (void)state;
    pool_destroy(pool);
    return 0;
}

static struct feature_set set_of(const float *values)
{
    return (struct feature_set){
        .item = FEATURE_TRACKS, .n_rows = SPACE_N, .width = SPACE_WIDTH, .values = values, .n_present = SPACE_N};
}

static const struct whitening_groups groups = {SPACE_PLAYLISTS, space_starts, entries, NULL};

/* Whitened rows are float32. */
static void near(double got, double want)
{
    if (!(fabs(got - want) <= 2e-5 * (1 + fabs(want))))
        fail_msg("%.9g is not %.9g", got, want);
}

static void check(const float *values, const double *distances, const double *delta, const int32_t *nearest)
{
    const struct feature_set set = set_of(values);
    struct feature_space space;
    must(feature_space_measure(&space, &set, &groups, space_ridge, false, pool, &error));
    assert_int_equal(space.n_entries, SPACE_N);
    for (int i = 0; i < SPACE_PLAYLISTS * SPACE_PLAYLISTS; i++)
        near(space.distances[i], distances[i]);
    for (int i = 0; i < SPACE_N; i++) {
        near(space.delta[i], delta[i]);
        assert_int_equal(space.nearest[i], nearest[i]);
    }
    feature_space_free(&space);
}

static void equals_numpy(void **state)
{
    (void)state;
    check(space_first, space_first_distances, space_first_delta, space_first_nearest);
    check(space_second, space_second_distances, space_second_delta, space_second_nearest);
}

static void every_entry_is_in_one_bin(void **state)
{
    (void)state;
    const struct feature_set set = set_of(space_second);
    struct feature_space space;
    must(feature_space_measure(&space, &set, &groups, space_ridge, false, pool, &error));
    for (int k = 0; k < SPACE_PLAYLISTS; k++) {
        int64_t counts[4], sum = 0, negative = 0;
        feature_space_histogram(&space, k, -2, 2, 4, counts);
        for (int bin = 0; bin < 4; bin++)
            sum += counts[bin];
        assert_int_equal(sum, space_starts[k + 1] - space_starts[k]);
        for (int64_t i = space_starts[k]; i < space_starts[k + 1]; i++)
            negative += space_second_delta[i] < 0;
        assert_int_equal(counts[0] + counts[1], negative);
    }
    feature_space_free(&space);
}

/* Tracks without a row are left out, and the result is that of the others alone. */
static void missing_rows_are_left_out(void **state)
{
    (void)state;
    bool present[SPACE_N];
    int32_t kept[SPACE_N];
    int64_t starts[SPACE_PLAYLISTS + 1] = {0};
    for (int k = 0, n = 0; k < SPACE_PLAYLISTS; k++) {
        for (int64_t i = space_starts[k]; i < space_starts[k + 1]; i++)
            if ((present[i] = i % 3 != 1))
                kept[n++] = (int32_t)i;
        starts[k + 1] = n;
    }
    struct feature_set set = set_of(space_first);
    set.present = present;
    const struct whitening_groups some = {SPACE_PLAYLISTS, starts, kept, NULL};
    struct feature_space all, rest;
    must(feature_space_measure(&all, &set, &groups, space_ridge, false, pool, &error));
    must(feature_space_measure(&rest, &set, &some, space_ridge, false, pool, &error));
    assert_int_equal(all.n_entries, starts[SPACE_PLAYLISTS]);
    for (int64_t i = 0; i < all.n_entries; i++) {
        assert_int_equal(all.entries[i], kept[i]);
        assert_true(all.delta[i] == rest.delta[i]);
    }
    feature_space_free(&all);
    feature_space_free(&rest);
}

/* The mean of the others, from rows whitened in the same way: distances are only changed where a track is compared with
 * its own playlist. */
static void a_track_can_be_left_out_of_its_mean(void **state)
{
    (void)state;
    const struct feature_set set = set_of(space_first);
    struct whitening whitening;
    struct feature_space with, without;
    float rows[SPACE_N * SPACE_WIDTH];
    must(whitening_fit(&whitening, &set, &groups, space_ridge, &error));
    must(whitening_apply(&whitening, pool, &set, rows, &error));
    must(feature_space_measure(&with, &set, &groups, space_ridge, false, pool, &error));
    must(feature_space_measure(&without, &set, &groups, space_ridge, true, pool, &error));
    for (int i = 0; i < SPACE_N; i++) {
        const int k = with.playlists[i];
        double means[2][SPACE_WIDTH] = {{0}}, own[2] = {0};
        for (int64_t e = space_starts[k]; e < space_starts[k + 1]; e++)
            for (int c = 0; c < SPACE_WIDTH; c++) {
                double n = (double)(space_starts[k + 1] - space_starts[k]), value = (double)rows[e * SPACE_WIDTH + c];
                means[0][c] += value / n;
                means[1][c] += e == i ? 0 : value / (n - 1);
            }
        for (int side = 0; side < 2; side++)
            for (int c = 0; c < SPACE_WIDTH; c++)
                own[side] += pow((double)rows[i * SPACE_WIDTH + c] - means[side][c], 2);
        near(with.delta[i] - without.delta[i], own[1] - own[0]);
        assert_int_equal(with.nearest[i], without.nearest[i]);
    }
    whitening_free(&whitening);
    feature_space_free(&with);
    feature_space_free(&without);
}

static void what_cannot_be_measured_is_refused(void **state)
{
    (void)state;
    static const int64_t one[] = {0, SPACE_N}, none[] = {0, 5, 5, SPACE_N};
    static float same[SPACE_N * SPACE_WIDTH];
    for (int i = 0; i < SPACE_N * SPACE_WIDTH; i++)
        same[i] = 1;
    const struct feature_set set = set_of(space_first), constant = set_of(same);
    const struct whitening_groups single = {1, one, entries, NULL}, empty = {3, none, entries, NULL};
    struct feature_space space;
    struct error refusal = {0};
    assert_int_equal(feature_space_measure(&space, &set, &single, 1, false, pool, &refusal), STATUS_USAGE);
    assert_int_equal(feature_space_measure(&space, &set, &empty, 1, false, pool, &refusal), STATUS_USAGE);
    assert_non_null(strstr(refusal.text, "playlist 2"));
    assert_int_equal(feature_space_measure(&space, &constant, &groups, 1, false, pool, &refusal), STATUS_BAD_DATA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_numpy),
        cmocka_unit_test(every_entry_is_in_one_bin),
        cmocka_unit_test(missing_rows_are_left_out),
        cmocka_unit_test(a_track_can_be_left_out_of_its_mean),
        cmocka_unit_test(what_cannot_be_measured_is_refused),
    };
    return cmocka_run_group_tests(tests, start, finish);
}
