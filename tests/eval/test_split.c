#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "eval/split.h"

/* The draw of a split and the lines of its file. */

enum { N = 1000 };
static int64_t lengths[N];
static uint8_t sets[N], again[N];
static int32_t seeds[N], seeds_again[N];

static void make_lengths(int64_t long_ones)
{
    for (int64_t i = 0; i < N; i++)
        lengths[i] = i % 2 == 0 && i / 2 < long_ones ? 21 : 20;
}

static void draws_long_playlists_in_equal_groups(void **state)
{
    (void)state;
    struct split_counts counts;
    make_lengths(400);
    assert_int_equal(split_draw(lengths, N, 100, 50, 7, sets, seeds, &counts, NULL), STATUS_OK);
    assert_int_equal(counts.candidates, 400);
    assert_int_equal(counts.test, 100);
    assert_int_equal(counts.validation, 50);
    assert_int_equal(counts.train, 850);
    int test_groups[11] = {0}, validation_groups[11] = {0}, train = 0;
    for (int i = 0; i < N; i++) {
        assert_true(sets[i] == SPLIT_TRAIN || lengths[i] > 20);
        if (sets[i] == SPLIT_TRAIN) {
            assert_int_equal(seeds[i], 0);
            train++;
        } else {
            assert_in_range(seeds[i], 1, 10);
            (sets[i] == SPLIT_TEST ? test_groups : validation_groups)[seeds[i]]++;
        }
    }
    assert_int_equal(train, 850);
    for (int s = 1; s <= 10; s++) {
        assert_int_equal(test_groups[s], 10);
        assert_int_equal(validation_groups[s], 5);
    }
}

static void a_seed_gives_one_split(void **state)
{
    (void)state;
    struct split_counts counts;
    make_lengths(400);
    assert_int_equal(split_draw(lengths, N, 60, 60, 1, sets, seeds, &counts, NULL), STATUS_OK);
    assert_int_equal(split_draw(lengths, N, 60, 60, 1, again, seeds_again, &counts, NULL), STATUS_OK);
    assert_memory_equal(sets, again, sizeof sets);
    assert_memory_equal(seeds, seeds_again, sizeof seeds);
    assert_int_equal(split_draw(lengths, N, 60, 60, 2, again, seeds_again, &counts, NULL), STATUS_OK);
    assert_memory_not_equal(sets, again, sizeof sets);
}

static void training_keeps_half_and_the_short(void **state)
{
    (void)state;
    struct split_counts counts;
    make_lengths(500);
    lengths[1] = lengths[3] = 99;
    assert_int_equal(split_draw(lengths, N, 10000, 10000, 1, sets, seeds, &counts, NULL), STATUS_OK);
    assert_int_equal(counts.test, 250);
    assert_int_equal(counts.validation, 250);
    make_lengths(9);
    assert_int_equal(split_draw(lengths, N, 20, 10, 1, sets, seeds, &counts, NULL), STATUS_OK);
    assert_int_equal(counts.test, 6);
    assert_int_equal(counts.validation, 3);
    make_lengths(0);
    assert_int_equal(split_draw(lengths, N, 20, 10, 1, sets, seeds, &counts, NULL), STATUS_OK);
    assert_int_equal(counts.test + counts.validation, 0);
    assert_int_equal(split_draw(lengths, N, -1, 10, 1, sets, seeds, &counts, NULL), STATUS_USAGE);
    assert_int_equal(split_draw(lengths, 0, 5, 5, 1, sets, seeds, &counts, NULL), STATUS_OK);
}

static void rows_are_parsed_strictly(void **state)
{
    (void)state;
    enum split_set set;
    int shown;
    assert_int_equal(split_parse("test", "10", &set, &shown, NULL), STATUS_OK);
    assert_int_equal(set, SPLIT_TEST);
    assert_int_equal(shown, 10);
    static const char *const wrong[][2] = {{"", "1"},          {"Test", "1"},  {"test", ""},
                                           {"test", "0"},      {"train", "1"}, {"val", "-1"},
                                           {"val", "9999999"}, {"val", "1x"},  {"val", " 1"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct error error = {0};
        assert_int_equal(split_parse(wrong[i][0], wrong[i][1], &set, &shown, &error), STATUS_BAD_DATA);
        assert_true(error.text[0] != '\0');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_long_playlists_in_equal_groups),
        cmocka_unit_test(a_seed_gives_one_split),
        cmocka_unit_test(training_keeps_half_and_the_short),
        cmocka_unit_test(rows_are_parsed_strictly),
    };
    return cmocka_run_group_tests_name("split", tests, NULL, NULL);
}
