#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "db/import/import.h"
#include "features/permuted.h"
#include "tests/folder.h"
#include "tests/must.h"

/* The control of an ablation: the same rows, at other items. */

enum { ALBUMS = 40, WIDTH = 3 };

static char folder[TEST_FOLDER_MAX];
static struct catalogue *catalogue;

static void write_set(const char *name)
{
    float values[ALBUMS * WIDTH] = {0};
    bool present[ALBUMS];
    for (int row = 0; row < ALBUMS; row++) {
        present[row] = row % 7 != 3;
        for (int i = 0; present[row] && i < WIDTH; i++)
            values[row * WIDTH + i] = (float)(row * 10 + i);
    }
    const struct feature_set set = {.item = FEATURE_ALBUMS,
                                    .n_rows = ALBUMS,
                                    .width = WIDTH,
                                    .values = values,
                                    .present = present,
                                    .extractor = "test"};
    must(feature_set_write(catalogue, name, &set, NULL, 0, &error));
}

static int begin(void **state)
{
    (void)state;
    char csv[128], path[128];
    if (!test_folder_make(folder))
        return -1;
    snprintf(csv, sizeof csv, "%s/songs.csv", folder);
    snprintf(path, sizeof path, "%s/catalogue.db", folder);
    FILE *file = fopen(csv, "w");
    assert_non_null(file);
    fprintf(file, "playlist,pos,track,artist,album,seconds\n");
    for (int i = 0; i < ALBUMS; i++)
        fprintf(file, "p,%d,song %d,artist,album %d,200\n", i, i, i);
    fclose(file);
    struct import_report report = {0};
    const struct csv_options options = {.preset = CSV_PLAYLISTS};
    must(catalogue_open(path, CATALOGUE_CREATE, &catalogue, &error));
    must(import_csv(catalogue, csv, &options, NULL, NULL, &report, &error));
    write_set("covers");
    return 0;
}

static int end(void **state)
{
    (void)state;
    catalogue_close(catalogue);
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

/* A permutation is one cycle, so that no item keeps its row. */
static void permutations_are_cycles(void **state)
{
    (void)state;
    int32_t from[50];
    for (size_t n = 1; n <= 50; n++) {
        permutation_draw(from, n, n);
        size_t steps = 0;
        for (int32_t at = 0; steps == 0 || at != 0; at = from[at], steps++)
            assert_in_range(at, 0, n - 1);
        assert_int_equal(steps, n);
    }
}

static void rows_are_exchanged_among_items_that_have_one(void **state)
{
    (void)state;
    struct feature_set set, permuted, again;
    must(feature_set_permute(catalogue, "covers", "control", 1, &error));
    must(feature_set_open(catalogue, "covers", &set, &error));
    must(feature_set_open(catalogue, "control", &permuted, &error));
    assert_int_equal(permuted.n_present, set.n_present);
    assert_string_equal(permuted.extractor, "permuted");
    bool seen[ALBUMS] = {false};
    for (int64_t row = 0; row < ALBUMS; row++) {
        assert_int_equal(feature_set_has(&permuted, row), feature_set_has(&set, row));
        if (!feature_set_has(&set, row))
            continue;
        int from = (int)permuted.values[row * WIDTH] / 10;
        assert_false(seen[from]);
        seen[from] = true;
        assert_true(from != row);
        assert_memory_equal(permuted.values + row * WIDTH, set.values + from * WIDTH, WIDTH * sizeof(float));
    }
    must(feature_set_permute(catalogue, "covers", "other", 2, &error));
    must(feature_set_open(catalogue, "other", &again, &error));
    assert_memory_not_equal(again.values, permuted.values, ALBUMS * WIDTH * sizeof(float));
    feature_set_close(&again);
    must(feature_set_permute(catalogue, "covers", "other", 1, &error)); /* replaces it */
    must(feature_set_open(catalogue, "other", &again, &error));
    assert_memory_equal(again.values, permuted.values, ALBUMS * WIDTH * sizeof(float));
    feature_set_close(&again);
    feature_set_close(&permuted);
    feature_set_close(&set);
}

static void other_sets_are_not_replaced(void **state)
{
    (void)state;
    struct error error;
    write_set("mine");
    assert_int_equal(feature_set_permute(catalogue, "covers", "mine", 1, &error), STATUS_USAGE);
    assert_non_null(strstr(error.text, "mine"));
    assert_int_equal(feature_set_permute(catalogue, "missing", "control", 1, &error), STATUS_FAILED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(permutations_are_cycles),
        cmocka_unit_test(rows_are_exchanged_among_items_that_have_one),
        cmocka_unit_test(other_sets_are_not_replaced),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
