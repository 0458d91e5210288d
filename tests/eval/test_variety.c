#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <math.h>

#include "core/random.h"
#include "eval/variety.h"
#include "tests/must.h"

/* Measures of first pages by hand, and the jackknife of coverage against leaving each list out. */

enum { LISTS = 25, DEPTH = 10, TRACKS = 120 };

static void first_pages_by_hand(void **state)
{
    (void)state;
    int32_t artists[6] = {0, 0, 1, 2, 2, 2};
    float popularity[6] = {1, 0.5F, 0, 0.25F, 0, 0.75F};
    const struct track_stats stats = {.n_tracks = 6, .n_artists = 3, .artists = artists, .popularity = popularity};
    const int32_t list[] = {5, 0, 1, 2}, held_out[] = {2, 4, 5};
    assert_true(variety_artists(&stats, list, 4) == 3);
    assert_true(variety_popularity(&stats, list, 4) == (0.75 + 1 + 0.5 + 0) / 4);
    assert_true(isnan(variety_popularity(&stats, list, 0)));
    assert_true(fabs(variety_recall(list, 4, 10, held_out, 3) - 2.0 / 3) < 1e-15);
    assert_true(fabs(variety_recall(list, 4, 1, held_out, 3) - 1.0 / 3) < 1e-15);
    /* two equal directions, an opposite one, and a track without one, which does not count */
    const float directions[] = {1, 0, 1, 0, -1, 0, 0, 0};
    assert_true(fabs(variety_distance(directions, 4, 2) - (0 + 2 + 2) / 3.0) < 1e-12);
    assert_true(isnan(variety_distance(directions, 1, 2)));
    assert_true(isnan(variety_distance(directions + 6, 1, 2)));
    /* only the first ten count */
    float many[24] = {0};
    for (int i = 0; i < 10; i++)
        many[2 * i] = 1;
    many[21] = many[23] = 1;
    assert_true(variety_distance(many, 12, 2) == 0);
}

static double covered(const int32_t *lists, size_t without)
{
    bool seen[TRACKS] = {false};
    double count = 0;
    for (size_t i = 0; i < LISTS; i++)
        for (size_t k = 0; k < DEPTH; k++) {
            int32_t row = lists[i * DEPTH + k];
            if (i == without || row < 0 || seen[row])
                continue;
            seen[row] = true;
            count++;
        }
    return count / TRACKS;
}

static void coverage_is_a_jackknife(void **state)
{
    (void)state;
    int32_t lists[2][LISTS * DEPTH];
    double coverage[2], difference, ci95, without[LISTS], mean = 0, spread = 0;
    struct random random;
    random_seed(&random, 9);
    for (int side = 0; side < 2; side++)
        for (size_t i = 0; i < LISTS; i++) {
            bool taken[TRACKS] = {false};
            for (size_t k = 0; k < DEPTH; k++) {
                int32_t row;
                do
                    row = (int32_t)random_below(&random, side ? TRACKS : TRACKS / 3);
                while (taken[row]);
                taken[row] = true;
                lists[side][i * DEPTH + k] = k + 1 == DEPTH && i % 3 == 0 ? -1 : row; /* some are shorter */
            }
        }
    const struct variety_coverage a = {LISTS, DEPTH, lists[0], TRACKS}, b = {LISTS, DEPTH, lists[1], TRACKS};
    must(variety_compare_coverage(&a, &b, coverage, &difference, &ci95, &error));
    assert_true(fabs(coverage[0] - covered(lists[0], LISTS)) < 1e-12);
    assert_true(fabs(coverage[1] - covered(lists[1], LISTS)) < 1e-12);
    assert_true(fabs(difference - (coverage[1] - coverage[0])) < 1e-12);
    for (size_t i = 0; i < LISTS; i++) {
        without[i] = covered(lists[1], i) - covered(lists[0], i);
        mean += without[i] / LISTS;
    }
    for (size_t i = 0; i < LISTS; i++)
        spread += (without[i] - mean) * (without[i] - mean);
    assert_true(ci95 > 0);
    assert_true(fabs(ci95 - 1.96 * sqrt((LISTS - 1.0) / LISTS * spread)) < 1e-9);
    must(variety_compare_coverage(&a, &a, coverage, &difference, &ci95, &error));
    assert_true(difference == 0 && ci95 == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_pages_by_hand),
        cmocka_unit_test(coverage_is_a_jackknife),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
