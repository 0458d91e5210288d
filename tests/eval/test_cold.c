#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"
#include "db/import/import.h"
#include "eval/evaluate.h"
#include "eval/held_out.h"
#include "eval/split.h"
#include "tests/folder.h"
#include "tests/must.h"

/* Cold tracks of a split, and the groups of held-out tracks. */

enum { PLAYLISTS = 60, TRACKS = 150 };

static char folder[TEST_FOLDER_MAX], path[96], file_path[96];
static struct catalogue *catalogue;

/* Half of the playlists have 30 tracks, the others 2 to 5. */
static int make_catalogue(void **state)
{
    (void)state;
    if (!test_folder_make(folder))
        return -1;
    snprintf(path, sizeof path, "%s/c.db", folder);
    snprintf(file_path, sizeof file_path, "%s/p.csv", folder);
    FILE *file = fopen(file_path, "w");
    fprintf(file, "playlist,pos,track,artist,album,seconds\n");
    for (int p = 0; p < PLAYLISTS; p++)
        for (int i = 0; i < (p % 2 ? 30 : 2 + p % 4); i++)
            fprintf(file, "list %d,%d,song %d,artist %d,,180\n", p, i, (p * 7 + i * (1 + p % 5)) % TRACKS, i % 9);
    fclose(file);
    struct compute compute;
    struct import_report report = {0};
    const struct csv_options options = {.preset = CSV_PLAYLISTS};
    must(compute_open(DEVICE_CPU, 2, &compute, &error));
    must(catalogue_open(path, CATALOGUE_CREATE, &catalogue, &error));
    must(import_csv(catalogue, file_path, &options, compute.pool, NULL, &report, &error));
    compute_close(&compute);
    return 0;
}

static int remove_catalogue(void **state)
{
    (void)state;
    catalogue_close(catalogue);
    char command[96];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static void load(int sets, struct interactions *interactions)
{
    must(catalogue_interactions_load(catalogue, sets, interactions, &error));
}

static void make(double share, uint64_t seed, struct split_counts *counts)
{
    const struct split_options options = {.test = 10, .validation = 10, .seed = seed, .cold.share = share};
    must(split_make(catalogue, &options, counts, &error));
}

/* The loaded playlists against the whole ones: cold tracks are left out of those of training and validation, with the
 * playlists that keep fewer than two. */
static void models_never_see_cold_tracks(void **state)
{
    (void)state;
    static const double shares[] = {0.05, 0.3, 0.6};
    for (size_t s = 0; s < sizeof shares / sizeof *shares; s++) {
        struct split_counts counts;
        struct interactions whole, seen;
        bool cold[TRACKS * 30] = {false};
        make(shares[s], 11 + s, &counts);
        load(SPLIT_ALL | SPLIT_WITH_COLD, &whole);
        load(SPLIT_ALL, &seen);
        assert_int_equal(seen.n_cold, llround(shares[s] * (double)whole.n_tracks));
        assert_int_equal(counts.cold, seen.n_cold);
        for (int64_t i = 0; i < seen.n_cold; i++)
            cold[seen.cold[i]] = true;
        int64_t at = 0, left_out = 0;
        for (int64_t p = 0; p < whole.n_playlists; p++) {
            int32_t wanted[30];
            int64_t n = 0, length = whole.starts[p + 1] - whole.starts[p];
            for (int64_t e = whole.starts[p]; e < whole.starts[p + 1]; e++)
                if (whole.sets[p] == SPLIT_TEST || !cold[whole.tracks[e]])
                    wanted[n++] = whole.tracks[e];
            if (n < 2 && n < length) {
                left_out++;
                continue;
            }
            assert_true(at < seen.n_playlists && seen.playlist_ids[at] == whole.playlist_ids[p]);
            assert_int_equal(seen.sets[at], whole.sets[p]);
            assert_int_equal(seen.seeds[at], whole.seeds[p]);
            assert_int_equal(seen.starts[at + 1] - seen.starts[at], n);
            assert_memory_equal(seen.tracks + seen.starts[at], wanted, (size_t)n * sizeof *wanted);
            at++;
        }
        assert_int_equal(at, seen.n_playlists);
        assert_true(shares[s] < 0.5 || left_out > 0);
        interactions_free(&whole);
        interactions_free(&seen);
    }
}

static void counts_of_training_follow(void **state)
{
    (void)state;
    struct split_counts counts;
    struct track_stats stats;
    struct interactions test;
    make(0.3, 5, &counts);
    must(track_stats_load(catalogue, SPLIT_TRAIN | SPLIT_VALIDATION, &stats, &error));
    load(SPLIT_TEST, &test);
    for (int64_t i = 0; i < test.n_cold; i++)
        assert_true(stats.counts[test.cold[i]] == 0 && stats.popularity[test.cold[i]] == 0);
    track_stats_free(&stats);
    interactions_free(&test);
}

static void fingerprint_of(char text[33])
{
    struct interactions training;
    load(SPLIT_TRAIN, &training);
    model_training_fingerprint(&training, text);
    interactions_free(&training);
}

/* The playlists are those of the seed, so only the cold tracks differ. */
static void a_model_of_other_cold_tracks_is_told_apart(void **state)
{
    (void)state;
    struct split_counts counts;
    char none[33], some[33], others[33], again[33];
    make(0, 5, &counts);
    fingerprint_of(none);
    make(0.1, 5, &counts);
    fingerprint_of(some);
    make(0.11, 5, &counts);
    fingerprint_of(others);
    make(0.1, 5, &counts);
    fingerprint_of(again);
    assert_string_not_equal(none, some);
    assert_string_not_equal(some, others);
    assert_string_equal(some, again);
}

static void what_leaves_nothing_changes_nothing(void **state)
{
    (void)state;
    struct split_counts counts;
    struct split_totals before, after;
    make(0.1, 5, &counts);
    must(catalogue_split_count(catalogue, &before, &error));
    static const double wrong[] = {-0.5, 1, 1.5, 0.99, 1e-9, NAN};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const struct split_options options = {.test = 5, .validation = 5, .seed = 9, .cold.share = wrong[i]};
        struct error refusal = {0};
        assert_int_not_equal(split_make(catalogue, &options, &counts, &refusal), STATUS_OK);
        assert_true(refusal.text[0] != '\0');
    }
    const int32_t missing[] = {0, 1 << 30};
    struct error refusal = {0};
    assert_int_equal(
        catalogue_split_write(catalogue, &(struct split){.cold = missing, .n_cold = 2, .settings = "{}"}, &refusal),
        STATUS_BAD_DATA);
    must(catalogue_split_count(catalogue, &after, &error));
    assert_true(before.exists && after.exists && before.train == after.train && before.test == after.test &&
                before.validation == after.validation && before.cold == after.cold);
}

/* The entries of a playlist as the failures of a model show them. */
static void entries_are_those_that_are_evaluated(void **state)
{
    (void)state;
    struct split_counts counts;
    struct interactions seen;
    make(0.3, 5, &counts);
    load(SPLIT_VALIDATION | SPLIT_TEST, &seen);
    assert_true(seen.n_playlists > 0);
    for (int64_t p = 0; p < seen.n_playlists; p++) {
        int64_t *ids, start = seen.starts[p];
        size_t count;
        must(catalogue_playlist_entries(catalogue, seen.playlist_ids[p], &ids, &count, &error));
        must(catalogue_split_entries(catalogue, seen.playlist_ids[p], ids, &count, &error));
        assert_int_equal(count, seen.starts[p + 1] - start);
        for (size_t i = 0; i < count; i++)
            assert_int_equal(ids[i], seen.tracks[start + (int64_t)i] + 1);
        free(ids);
    }
    interactions_free(&seen);
}

/* ---- groups of held-out tracks ---- */

enum { ROWS = 2000, LISTS = 4 };

/* Playlists of 1, 40, 700 and 1200 tracks with 0, 3, 20 and 100 seeds; every third track is known, every fifth of the
 * others cold. The lists are those of an oracle: the known held-out tracks, as many as fit. */
static void an_oracle_of_known_tracks_reaches_the_ceiling(void **state)
{
    (void)state;
    static const int64_t lengths[LISTS] = {1, 40, 700, 1600}, shown[LISTS] = {0, 3, 20, 100};
    static int32_t tracks[4000], artists[ROWS], cold[ROWS];
    static int64_t counts[ROWS], starts[LISTS + 1], ids[LISTS] = {3, 4, 9, 70};
    static float popularity[ROWS];
    static int32_t seeds[LISTS];
    struct interactions evaluated = {.n_tracks = ROWS,
                                     .n_playlists = LISTS,
                                     .starts = starts,
                                     .tracks = tracks,
                                     .playlist_ids = ids,
                                     .seeds = seeds,
                                     .cold = cold};
    const struct track_stats stats = {ROWS, 1, artists, popularity, counts};
    for (int i = 0; i < ROWS; i++) {
        counts[i] = i % 3 == 0;
        if (i % 3 != 0 && i % 5 == 0)
            cold[evaluated.n_cold++] = i;
    }
    for (int p = 0; p < LISTS; p++) {
        starts[p + 1] = starts[p] + lengths[p];
        seeds[p] = (int32_t)shown[p];
        for (int64_t i = 0; i < lengths[p]; i++)
            tracks[starts[p] + i] = (int32_t)((p + i * 7) % ROWS);
    }
    struct held_out_table table;
    struct held_out_results results;
    struct held_out_adder *adder;
    struct metrics_marks *marks;
    must(held_out_table_make(&evaluated, &stats, &table, &error));
    must(held_out_adder_create(&table, &results, &adder, &error));
    must(metrics_marks_create(&stats, &marks, &error));
    double sum = 0;
    for (int p = 0; p < LISTS; p++) {
        struct recommendation list[METRICS_LENGTH];
        int32_t rows[METRICS_LENGTH];
        double values[METRICS];
        size_t n = 0;
        for (int64_t e = starts[p] + shown[p]; e < starts[p + 1] && n < METRICS_LENGTH; e++)
            if (counts[tracks[e]] > 0) {
                list[n] = (struct recommendation){.track = tracks[e] + 1};
                rows[n++] = tracks[e];
            }
        held_out_add(adder, ids[p], list, n);
        metrics_of_list(&stats, marks, rows, n, tracks + starts[p] + shown[p], (size_t)(lengths[p] - shown[p]), values);
        sum += values[METRIC_RECALL];
    }
    assert_true(fabs(sum / LISTS - table.totals.ceiling.mean) < 1e-12);
    assert_true(table.totals.chance == 0.25);
    const int64_t *groups = table.totals.tracks;
    assert_int_equal(groups[HELD_OUT_KNOWN] + groups[HELD_OUT_UNKNOWN], table.totals.n_held_out);
    assert_int_equal(table.totals.n_held_out, 1 + 37 + 680 + 1500);
    assert_true(groups[HELD_OUT_COLD] > 0 && groups[HELD_OUT_COLD] < groups[HELD_OUT_UNKNOWN]);
    for (int group = 0; group < HELD_OUT_GROUPS; group++)
        assert_int_equal(results.groups[group].count, table.totals.playlists[group]);
    for (size_t i = 0; i < results.groups[HELD_OUT_KNOWN].count; i++) {
        const struct result_row *row = &results.groups[HELD_OUT_KNOWN].items[i];
        assert_true(row->values[METRIC_NDCG] == 1 || row->playlist_id == 70); /* 70 has more than 500 */
        assert_true(row->values[METRIC_CLICKS] == 0 && isnan(row->values[METRIC_POPULARITY]));
    }
    for (size_t i = 0; i < results.groups[HELD_OUT_UNKNOWN].count; i++)
        assert_true(results.groups[HELD_OUT_UNKNOWN].items[i].values[METRIC_RECALL] == 0);
    held_out_adder_destroy(adder);
    held_out_results_free(&results);
    held_out_table_free(&table);
    metrics_marks_free(marks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(models_never_see_cold_tracks),
        cmocka_unit_test(counts_of_training_follow),
        cmocka_unit_test(a_model_of_other_cold_tracks_is_told_apart),
        cmocka_unit_test(what_leaves_nothing_changes_nothing),
        cmocka_unit_test(entries_are_those_that_are_evaluated),
        cmocka_unit_test(an_oracle_of_known_tracks_reaches_the_ceiling),
    };
    return cmocka_run_group_tests_name("cold", tests, make_catalogue, remove_catalogue);
}
