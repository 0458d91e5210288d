#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/random.h"
#include "fitness/scores.h"
#include "fitness/split.h"

/* The parts of songs: shares, and songs that are added later; accuracy and its intervals. */

enum { CLASSES = 7, SONGS = 700 };

static uint64_t hashes[SONGS];

static void draw_hashes(void)
{
    for (int i = 0; i < SONGS; i++)
        hashes[i] = random_mix((uint64_t)i + 99);
}

/* Song i is on playlist i % CLASSES; the first n songs. */
static int64_t alone(int64_t n, struct fitness_pair *pairs)
{
    for (int64_t i = 0; i < n; i++)
        pairs[i] = (struct fitness_pair){(int32_t)i, (int32_t)(i % CLASSES)};
    return n;
}

static void count(const struct fitness_pair *pairs, int64_t n, const int8_t *parts, int64_t counts[CLASSES][3])
{
    memset(counts, 0, CLASSES * sizeof *counts);
    for (int64_t i = 0; i < n; i++) {
        assert_in_range(parts[pairs[i].song], 0, FITNESS_PARTS - 1);
        counts[pairs[i].class][parts[pairs[i].song]]++;
    }
}

/* However many songs are added at a time: earlier ones stay, and each playlist has its shares up to one song. */
static void test_added(void **state)
{
    static const int64_t sizes[] = {35, 36, 100, 333, SONGS};
    static const double shares[] = {0.6, 0.2, 0.2};
    struct fitness_pair pairs[SONGS];
    int8_t parts[SONGS], before[SONGS];
    int64_t counts[CLASSES][3];
    (void)state;
    draw_hashes();
    memset(parts, FITNESS_NO_PART, sizeof parts);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const int64_t n = alone(sizes[i], pairs);
        memcpy(before, parts, sizeof parts);
        assert_int_equal(fitness_split(pairs, n, CLASSES, SONGS, hashes, parts, NULL), 0);
        for (int s = 0; s < SONGS; s++)
            if (before[s] != FITNESS_NO_PART)
                assert_int_equal(parts[s], before[s]);
        for (int s = (int)n; s < SONGS; s++)
            assert_int_equal(parts[s], FITNESS_NO_PART);
        count(pairs, n, parts, counts);
        for (int c = 0; c < CLASSES; c++) {
            const double total = (double)(counts[c][0] + counts[c][1] + counts[c][2]);
            for (int part = 0; part < 3; part++)
                assert_true(fabs((double)counts[c][part] - shares[part] * total) <= 1);
        }
    }
}

/* Songs on several playlists have one part, and shares are near. */
static void test_several(void **state)
{
    struct fitness_pair pairs[2 * SONGS];
    int8_t parts[SONGS], again[SONGS];
    int64_t counts[CLASSES][3], n = 0;
    (void)state;
    draw_hashes();
    for (int32_t i = 0; i < SONGS; i++) {
        pairs[n++] = (struct fitness_pair){i, i % CLASSES};
        if (i % 3 == 0)
            pairs[n++] = (struct fitness_pair){i, (i + 1 + i / CLASSES % (CLASSES - 1)) % CLASSES};
    }
    memset(parts, FITNESS_NO_PART, sizeof parts);
    memset(again, FITNESS_NO_PART, sizeof again);
    assert_int_equal(fitness_split(pairs, n, CLASSES, SONGS, hashes, parts, NULL), 0);
    assert_int_equal(fitness_split(pairs, n, CLASSES, SONGS, hashes, again, NULL), 0);
    assert_memory_equal(parts, again, sizeof parts);
    count(pairs, n, parts, counts);
    for (int c = 0; c < CLASSES; c++) {
        const double total = (double)(counts[c][0] + counts[c][1] + counts[c][2]);
        assert_true(fabs((double)counts[c][0] / total - 0.6) < 0.05);
        assert_true(fabs((double)counts[c][2] / total - 0.2) < 0.05);
    }
}

static void test_ranks(void **state)
{
    const float scores[] = {1, 3, NAN, 3, -INFINITY};
    (void)state;
    assert_int_equal(fitness_rank(scores, 5, 1), 1);
    assert_int_equal(fitness_rank(scores, 5, 3), 2);
    assert_int_equal(fitness_rank(scores, 5, 0), 3);
    assert_int_equal(fitness_rank(scores, 5, 4), 4);
    assert_int_equal(fitness_rank(scores, 5, 2), 5);
}

/* Wilson's interval of 7 of 20, and of none of 10, as statsmodels' proportion_confint gives them. */
static void test_shares(void **state)
{
    (void)state;
    struct fitness_share share = fitness_share_of(7, 20);
    assert_true(fabs(share.value - 0.35) < 1e-12);
    assert_true(fabs(share.low - 0.1811918) < 1e-6 && fabs(share.high - 0.5671457) < 1e-6);
    share = fitness_share_of(0, 10);
    assert_true(share.low >= 0 && share.low < 1e-12 && fabs(share.high - 0.2775328) < 1e-6);
    assert_true(isnan(fitness_share_of(0, 0).value));
    const uint8_t a[] = {1, 1, 0, 1}, b[] = {0, 1, 0, 0};
    share = fitness_difference(a, b, 4);
    assert_true(fabs(share.value - 0.5) < 1e-12);
    assert_true(fabs(share.high - share.low - 2 * 1.959963984540054 * sqrt(1.0 / 3 / 4)) < 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_added),
        cmocka_unit_test(test_several),
        cmocka_unit_test(test_ranks),
        cmocka_unit_test(test_shares),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
