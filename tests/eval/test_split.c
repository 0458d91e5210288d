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

static enum status draw(int64_t n, int64_t test, int64_t validation, uint64_t seed, uint8_t *parts, int32_t *shown,
                        struct split_counts *counts)
{
    const struct split_options options = {.test = test, .validation = validation, .seed = seed};
    return split_draw(lengths, n, &options, parts, shown, counts, NULL);
}

static void draws_long_playlists_in_equal_groups(void **state)
{
    (void)state;
    struct split_counts counts;
    make_lengths(400);
    assert_int_equal(draw(N, 100, 50, 7, sets, seeds, &counts), STATUS_OK);
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
    assert_int_equal(draw(N, 60, 60, 1, sets, seeds, &counts), STATUS_OK);
    assert_int_equal(draw(N, 60, 60, 1, again, seeds_again, &counts), STATUS_OK);
    assert_memory_equal(sets, again, sizeof sets);
    assert_memory_equal(seeds, seeds_again, sizeof seeds);
    assert_int_equal(draw(N, 60, 60, 2, again, seeds_again, &counts), STATUS_OK);
    assert_memory_not_equal(sets, again, sizeof sets);
}

static void training_keeps_half_and_the_short(void **state)
{
    (void)state;
    struct split_counts counts;
    make_lengths(500);
    lengths[1] = lengths[3] = 99;
    assert_int_equal(draw(N, 10000, 10000, 1, sets, seeds, &counts), STATUS_OK);
    assert_int_equal(counts.test, 250);
    assert_int_equal(counts.validation, 250);
    make_lengths(9);
    assert_int_equal(draw(N, 20, 10, 1, sets, seeds, &counts), STATUS_OK);
    assert_int_equal(counts.test, 6);
    assert_int_equal(counts.validation, 3);
    make_lengths(0);
    assert_int_equal(draw(N, 20, 10, 1, sets, seeds, &counts), STATUS_OK);
    assert_int_equal(counts.test + counts.validation, 0);
    assert_int_equal(draw(N, -1, 10, 1, sets, seeds, &counts), STATUS_USAGE);
    assert_int_equal(draw(0, 5, 5, 1, sets, seeds, &counts), STATUS_OK);
}

static void rows_are_parsed_strictly(void **state)
{
    (void)state;
    enum split_set set;
    int shown;
    assert_int_equal(split_parse("test", "10", &set, &shown, NULL), STATUS_OK);
    assert_int_equal(set, SPLIT_TEST);
    assert_int_equal(shown, 10);
    assert_int_equal(split_parse("val", "0", &set, &shown, NULL), STATUS_OK);
    assert_int_equal(shown, 0);
    static const char *const wrong[][2] = {{"", "1"},          {"Test", "1"},  {"test", ""},
                                           {"cold", "0"},      {"train", "1"}, {"val", "-1"},
                                           {"val", "9999999"}, {"val", "1x"},  {"val", " 1"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct error error = {0};
        assert_int_equal(split_parse(wrong[i][0], wrong[i][1], &set, &shown, &error), STATUS_BAD_DATA);
        assert_true(error.text[0] != '\0');
    }
}

/* Equal groups in the order of the list; candidates have more tracks than the most seeds. */
static void groups_are_those_that_are_asked_for(void **state)
{
    (void)state;
    struct split_options options = {.test = 90, .validation = 31, .seed = 4};
    struct split_counts counts;
    assert_int_equal(split_seeds_parse("0,25,5", options.seeds, &options.n_seeds, NULL), STATUS_OK);
    for (int i = 0; i < N; i++)
        lengths[i] = 21 + i % 10;
    assert_int_equal(split_draw(lengths, N, &options, sets, seeds, &counts, NULL), STATUS_OK);
    assert_int_equal(counts.candidates, N / 2);
    int groups[2][26] = {0};
    for (int i = 0; i < N; i++)
        if (sets[i] != SPLIT_TRAIN) {
            assert_true(lengths[i] > 25);
            groups[sets[i] == SPLIT_TEST][seeds[i]]++;
        }
    for (int s = 0; s < 26; s++) {
        bool listed = s == 0 || s == 5 || s == 25;
        assert_int_equal(groups[1][s], listed ? 30 : 0);
        assert_in_range(groups[0][s], listed ? 10 : 0, listed ? 11 : 0);
    }
}

static void lists_of_seeds_are_parsed_strictly(void **state)
{
    (void)state;
    static const int32_t wanted[] = {0, 1, 2, 3, 10, 7};
    static const char *const wrong[] = {"",  ",",   "1,",  "1,,2",  "-1",   "1-",      "3-1",     "1.5",
                                        "a", "1 2", "1,1", "0-2,2", "1-70", "9999999", "0-99999", "1;2"};
    int32_t list[SPLIT_SEEDS_MAX];
    int count;
    assert_int_equal(split_seeds_parse("0-3,10,7", list, &count, NULL), STATUS_OK);
    assert_int_equal(count, 6);
    assert_memory_equal(list, wanted, sizeof wanted);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct error error = {0};
        assert_int_equal(split_seeds_parse(wrong[i], list, &count, &error), STATUS_USAGE);
        assert_true(error.text[0] != '\0');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_long_playlists_in_equal_groups), cmocka_unit_test(a_seed_gives_one_split),
        cmocka_unit_test(training_keeps_half_and_the_short),    cmocka_unit_test(rows_are_parsed_strictly),
        cmocka_unit_test(groups_are_those_that_are_asked_for),  cmocka_unit_test(lists_of_seeds_are_parsed_strictly),
    };
    return cmocka_run_group_tests_name("split", tests, NULL, NULL);
}
