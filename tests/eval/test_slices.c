#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/random.h"
#include "db/import/import.h"
#include "eval/evaluate.h"
#include "eval/groups.h"
#include "eval/split.h"
#include "tests/folder.h"
#include "tests/must.h"

/* Slices of a generated catalogue against a direct count over the generated playlists. */

enum { PLAYLISTS = 120, LENGTH_MOST = 40, TRACKS = 400, PER_ARTIST = 4, TEST_FIRST = 80, VALIDATION_FIRST = 100 };

static char folder[TEST_FOLDER_MAX], path[96], file_path[96];
static struct compute compute;
static struct catalogue *catalogue;
static int lists[PLAYLISTS][LENGTH_MOST], lengths[PLAYLISTS];
static bool covered[TRACKS]; /* the track's album has a cover */

static bool holds(int p, int track)
{
    for (int i = 0; i < lengths[p]; i++)
        if (lists[p][i] == track)
            return true;
    return false;
}

static int seeds_of(int p)
{
    return 1 + p % 10;
}

/* Low numbers are drawn more often; the test playlists also contain tracks that no other playlist has. */
static void draw_lists(void)
{
    struct random random;
    random_seed(&random, 9);
    for (int p = 0; p < PLAYLISTS; p++) {
        int wanted = 22 + (int)random_below(&random, LENGTH_MOST - 22);
        while (lengths[p] < wanted) {
            double u = random_uniform(&random);
            int track = (int)(u * u * u * (p < TEST_FIRST ? 0.7 : 1) * TRACKS);
            if (!holds(p, track))
                lists[p][lengths[p]++] = track;
        }
    }
}

static void write_files(void)
{
    FILE *file = fopen(file_path, "w");
    fprintf(file, "playlist,pos,track,artist,album,seconds\n");
    for (int p = 0; p < PLAYLISTS; p++)
        for (int i = 0; i < lengths[p]; i++) {
            int track = lists[p][i];
            fprintf(file, "list %d,%d,song %d,artist %d,album %d,180\n", p, i, track, track / PER_ARTIST, track / 2);
        }
    fclose(file);
}

static int make_catalogue(void **state)
{
    (void)state;
    if (!test_folder_make(folder))
        return -1;
    snprintf(path, sizeof path, "%s/c.db", folder);
    snprintf(file_path, sizeof file_path, "%s/p.csv", folder);
    draw_lists();
    write_files();
    struct import_report report = {0};
    struct split_counts counts;
    const struct csv_options options = {.preset = CSV_PLAYLISTS};
    must(compute_open(DEVICE_CPU, 2, &compute, &error));
    must(catalogue_open(path, CATALOGUE_CREATE, &catalogue, &error));
    must(import_csv(catalogue, file_path, &options, compute.pool, NULL, &report, &error));
    FILE *file = fopen(file_path, "w");
    fprintf(file, "playlist\tset\tseeds\n");
    for (int p = TEST_FIRST; p < PLAYLISTS; p++)
        fprintf(file, "list %d\t%s\t%d\n", p, p < VALIDATION_FIRST ? "test" : "val", seeds_of(p));
    fclose(file);
    must(split_import(catalogue, file_path, NULL, &counts, &error));
    for (int track = 0; track < TRACKS; track += 2) {
        char key[64];
        int64_t id = 0;
        snprintf(key, sizeof key, "album %d / artist %d", track / 2, track / PER_ARTIST);
        must(catalogue_album_find(catalogue, key, &id, &error));
        if (!id)
            continue; /* in no playlist */
        bool has = track % 3 != 0;
        must(catalogue_cover_write(catalogue, id, has ? "x" : NULL, has, has ? NULL : "none", &error));
        covered[track] = covered[track + 1] = has;
    }
    return 0;
}

static int remove_catalogue(void **state)
{
    (void)state;
    catalogue_close(catalogue);
    compute_close(&compute);
    char command[96];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static bool trains(int p, enum split_set set)
{
    return p < TEST_FIRST || (set == SPLIT_TEST && p >= VALIDATION_FIRST);
}

static int times(int track, enum split_set set)
{
    int count = 0;
    for (int p = 0; p < PLAYLISTS; p++)
        count += trains(p, set) && holds(p, track);
    return count;
}

/* Unpopular: more frequent tracks already make up four fifths of all entries. */
static bool is_unpopular(const int counts[TRACKS], int track)
{
    int above = 0, all = 0;
    for (int other = 0; other < TRACKS; other++) {
        all += counts[other];
        above += counts[other] > counts[track] ? counts[other] : 0;
    }
    return 5 * above >= 4 * all;
}

static bool is_new_artist(const int counts[TRACKS], int track)
{
    int first = track / PER_ARTIST * PER_ARTIST, count = 0;
    for (int other = first; other < first + PER_ARTIST; other++)
        count += counts[other];
    return count == 0;
}

static double wanted_value(const int counts[TRACKS], int p, enum slice slice)
{
    double hits = 0;
    int first = slice == SLICE_UNCOVERED ? 0 : seeds_of(p);
    for (int i = first; i < lengths[p]; i++) {
        int track = lists[p][i];
        hits += slice == SLICE_UNPOPULAR     ? is_unpopular(counts, track)
                : slice == SLICE_UNCOVERED   ? !covered[track]
                : slice == SLICE_NEW_ARTISTS ? is_new_artist(counts, track)
                                             : counts[track] == 0;
    }
    return slice == SLICE_LENGTH ? lengths[p] : hits / (lengths[p] - first);
}

static void check_set(enum split_set set, int first, int last)
{
    static int counts[TRACKS];
    struct slice_table table;
    must(slice_table_load(catalogue, set, &table, &error));
    assert_int_equal(table.count, last - first);
    for (int track = 0; track < TRACKS; track++)
        counts[track] = times(track, set);
    for (int slice = 0; slice < N_SLICES; slice++) {
        double most = 0;
        for (int p = first; p < last; p++) {
            char key[32];
            int64_t id = 0;
            snprintf(key, sizeof key, "list %d", p);
            must(catalogue_playlist_find(catalogue, key, &id, &error));
            size_t place = slice_table_find(&table, id);
            assert_true(place < table.count);
            double got = table.values[place][slice], wanted = wanted_value(counts, p, (enum slice)slice);
            if (!(fabs(got - wanted) < 1e-12))
                fail_msg("%s of %s is %g and not %g", slice_names[slice], key, got, wanted);
            most = fmax(most, wanted);
        }
        assert_true(most > 0); /* the catalogue has every kind */
    }
    assert_int_equal(slice_table_find(&table, -1), table.count);
    slice_table_free(&table);
}

static void values_are_what_counting_gives(void **state)
{
    (void)state;
    check_set(SPLIT_TEST, TEST_FIRST, VALIDATION_FIRST);
    check_set(SPLIT_VALIDATION, VALIDATION_FIRST, PLAYLISTS);
}

static void drawn_covers_are_covers(void **state)
{
    (void)state;
    struct slice_table table;
    must(catalogue_setting_write(catalogue, "covers.generated", "1", &error));
    must(slice_table_load(catalogue, SPLIT_TEST, &table, &error));
    for (size_t i = 0; i < table.count; i++)
        assert_true(table.values[i][SLICE_UNCOVERED] == 0);
    assert_int_equal(table.ranges[SLICE_UNCOVERED][SLICE_LOW].count, table.count);
    slice_table_free(&table);
    must(catalogue_setting_write(catalogue, "covers.generated", "0", &error));
}

/* For any values: bins follow the order, equal values share a bin, and the low bin has a third and no more than ties
 * require. */
static void bins_are_thirds_that_keep_ties(void **state)
{
    (void)state;
    struct random random;
    random_seed(&random, 4);
    for (int round = 0; round < 200; round++) {
        double values[50];
        size_t count = 1 + (size_t)random_below(&random, 50), kinds = 1 + (size_t)random_below(&random, 12);
        for (size_t i = 0; i < count; i++)
            values[i] = (double)random_below(&random, kinds);
        struct slice_cuts cuts;
        must(slice_cuts_make(values, count, &cuts, &error));
        for (size_t i = 0; i < count; i++) {
            size_t below = 0;
            for (size_t k = 0; k < count; k++)
                below += values[k] < values[i];
            /* A value's bin is that of the first of its equals in sorted order. */
            enum slice_bin wanted = 3 * below < count ? SLICE_LOW : 3 * below < 2 * count ? SLICE_MIDDLE : SLICE_HIGH;
            assert_int_equal(slice_bin_of(&cuts, values[i]), wanted);
        }
    }
}

static void groups_part_the_results(void **state)
{
    (void)state;
    struct slice_table table;
    must(slice_table_load(catalogue, SPLIT_TEST, &table, &error));
    struct result_row rows[VALIDATION_FIRST - TEST_FIRST + 1] = {0}, kept[VALIDATION_FIRST - TEST_FIRST + 1];
    const struct result_list list = {rows, table.count + 1};
    for (size_t i = 0; i < table.count; i++) {
        rows[i] = (struct result_row){.playlist_id = table.playlist_ids[i], .seeds = 1 + (int)i % 10};
        rows[i].values[METRIC_NDCG] = (double)i;
    }
    rows[table.count] = (struct result_row){.playlist_id = 1, .seeds = 0}; /* not evaluated: in no slice */
    struct result_group *groups;
    size_t n_groups, of_seeds = 0, of_slice[N_SLICES] = {0};
    double sum = 0;
    must(result_groups(&list, &groups, &n_groups, &error));
    assert_int_equal(groups[0].seeds, 0);
    assert_int_equal(n_groups, 1 + (table.count < 10 ? table.count : 10) + N_SLICES * N_SLICE_BINS);
    for (size_t g = 0; g < n_groups; g++) {
        struct result_summary summary;
        size_t count = result_group_take(&groups[g], &table, &list, kept);
        result_summarise(kept, count, &summary);
        assert_int_equal(summary.count, count);
        for (size_t i = 0; i < count && groups[g].slice >= 0; i++) {
            size_t place = slice_table_find(&table, kept[i].playlist_id);
            double value = table.values[place][groups[g].slice];
            assert_true(value >= table.ranges[groups[g].slice][groups[g].bin].from);
            assert_true(value <= table.ranges[groups[g].slice][groups[g].bin].to);
        }
        if (groups[g].slice >= 0) {
            assert_int_equal(count, table.ranges[groups[g].slice][groups[g].bin].count);
            of_slice[groups[g].slice] += count;
        } else {
            of_seeds += count;
            sum += summary.metrics[METRIC_NDCG].mean * (double)count;
        }
    }
    free(groups);
    assert_int_equal(of_seeds, list.count);
    assert_true(fabs(sum - (double)(table.count * (table.count - 1)) / 2) < 1e-9);
    for (int slice = 0; slice < N_SLICES; slice++)
        assert_int_equal(of_slice[slice], table.count);
    slice_table_free(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_what_counting_gives),
        cmocka_unit_test(drawn_covers_are_covers),
        cmocka_unit_test(bins_are_thirds_that_keep_ties),
        cmocka_unit_test(groups_part_the_results),
    };
    return cmocka_run_group_tests_name("slices", tests, make_catalogue, remove_catalogue);
}
