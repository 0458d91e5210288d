#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "core/random.h"
#include "db/import/import.h"
#include "eval/evaluate.h"
#include "eval/split.h"
#include "tests/folder.h"
#include "tests/must.h"

/* Splits, split files and the metrics of models on a generated catalogue. */

static char folder[TEST_FOLDER_MAX], path[96], file_path[96];
static struct compute compute;
static struct catalogue *catalogue;

/* 200 playlists of 30 tracks, each from one of four clusters of 50, the first tracks of a cluster more often. */
static int make_catalogue(void **state)
{
    (void)state;
    if (!test_folder_make(folder))
        return -1;
    snprintf(path, sizeof path, "%s/c.db", folder);
    snprintf(file_path, sizeof file_path, "%s/p.csv", folder);
    FILE *file = fopen(file_path, "w");
    struct random random;
    random_seed(&random, 3);
    fprintf(file, "playlist,pos,track,artist,album,seconds\n");
    for (int p = 0; p < 200; p++)
        for (int i = 0; i < 60; i++) {
            double u = random_uniform(&random);
            int track = p % 4 * 50 + (int)(u * sqrt(u) * 50);
            fprintf(file, "list %d,%d,song %d,artist %d,,180\n", p, i, track, track / 5);
        }
    fclose(file);
    struct import_report report = {0};
    const struct csv_options options = {.preset = CSV_PLAYLISTS};
    must(compute_open(DEVICE_CPU, 2, &compute, &error));
    must(catalogue_open(path, CATALOGUE_CREATE, &catalogue, &error));
    must(import_csv(catalogue, file_path, &options, compute.pool, NULL, &report, &error));
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

static void a_split_goes_out_and_comes_back(void **state)
{
    (void)state;
    struct split_counts made, read;
    struct interactions before = {0}, after = {0};
    const int every = SPLIT_TRAIN | SPLIT_VALIDATION | SPLIT_TEST;
    must(split_make(catalogue, &(struct split_options){.test = 40, .validation = 20, .seed = 5}, &made, &error));
    assert_int_equal(made.test, 40);
    must(catalogue_interactions_load(catalogue, every, &before, &error));
    must(split_export(catalogue, file_path, &error));
    must(split_make(catalogue, &(struct split_options){.test = 10, .validation = 10, .seed = 6}, &made, &error));
    must(split_import(catalogue, file_path, NULL, &read, &error));
    assert_int_equal(read.test, 40);
    assert_int_equal(read.validation, 20);
    assert_int_equal(read.train, 140);
    must(catalogue_interactions_load(catalogue, every, &after, &error));
    assert_int_equal(before.n_playlists, 200);
    assert_memory_equal(before.sets, after.sets, 200);
    assert_memory_equal(before.seeds, after.seeds, 200 * sizeof *after.seeds);
    interactions_free(&before);
    interactions_free(&after);
}

static void a_wrong_file_changes_nothing(void **state)
{
    (void)state;
    const char *wrong[] = {"",
                           "playlist\tset\tseeds\n",
                           "h\nlist 1\tnone\t1\n",
                           "h\nlist 1\ttest\t1\nlist 1\ttest\t1\n",
                           "h\nno such list\ttest\t1\n",
                           "h\nlist 1\ttest\t50\n"};
    struct split_counts counts;
    must(split_make(catalogue, &(struct split_options){.test = 40, .validation = 20, .seed = 5}, &counts, &error));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        FILE *file = fopen(file_path, "w");
        fputs(wrong[i], file);
        fclose(file);
        struct error refusal = {0};
        assert_int_equal(split_import(catalogue, file_path, NULL, &counts, &refusal), STATUS_BAD_DATA);
        assert_non_null(strstr(refusal.text, file_path));
    }
    struct interactions test = {0};
    must(catalogue_interactions_load(catalogue, SPLIT_TEST, &test, &error));
    assert_int_equal(test.n_playlists, 40);
    interactions_free(&test);
}

static struct interval judge(const char *kind, struct evaluation *evaluation)
{
    const char *const settings[] = {"factors=8", "regularization=1"};
    const struct model_spec spec = {.kind = kind,
                                    .name = kind,
                                    .settings = settings,
                                    .n_settings = strcmp(kind, "popularity") ? 2 : 0,
                                    .split_sets = SPLIT_TRAIN};
    struct recommender *model = NULL;
    struct interactions evaluated = {0};
    struct track_stats stats;
    struct result_summary summary, one_seed;
    must(model_train(catalogue, &compute, &spec, NULL, &error));
    must(recommender_open(catalogue, &compute, kind, &model, &error));
    must(catalogue_interactions_load(catalogue, SPLIT_VALIDATION, &evaluated, &error));
    must(track_stats_load(catalogue, SPLIT_TRAIN, &stats, &error));
    assert_int_equal(stats.n_artists, 40);
    must(evaluate_recommender(model, &evaluated, NULL, &stats, NULL, NULL, evaluation, &error));
    must(evaluation_summarise(evaluation, -1, &summary, &error));
    must(evaluation_summarise(evaluation, 1, &one_seed, &error));
    assert_int_equal(summary.count, 20);
    assert_int_equal(one_seed.count, 2);
    for (size_t i = 0; i < evaluation->results.count; i++)
        assert_in_range(evaluation->results.items[i].seeds, 1, 10);
    assert_int_equal(evaluation->n_timed, 20);
    recommender_close(model);
    interactions_free(&evaluated);
    track_stats_free(&stats);
    return summary.metrics[METRIC_NDCG];
}

static void a_model_of_clusters_beats_popularity(void **state)
{
    (void)state;
    struct split_counts counts;
    must(split_make(catalogue, &(struct split_options){.test = 40, .validation = 20, .seed = 5}, &counts, &error));
    struct evaluation popularity, als;
    double plain = judge("popularity", &popularity).mean, better = judge("als", &als).mean;
    assert_true(plain > 0 && plain < 1 && better > plain + 0.1 && better <= 1);
    /* 500 recommendations are all tracks here: nothing is missed, whatever the order. */
    for (size_t i = 0; i < als.results.count; i++) {
        assert_true(als.results.items[i].values[METRIC_RECALL] == 1);
        assert_true(als.results.items[i].values[METRIC_PRECISION] ==
                    popularity.results.items[i].values[METRIC_PRECISION]);
    }
    assert_true(als.coverage == 1);
    evaluation_free(&popularity);
    evaluation_free(&als);
}

static bool at_once(struct progress *progress)
{
    (void)progress;
    return true;
}

static bool when_done(struct progress *progress)
{
    return progress->done > 0;
}

/* Stops at the first batch, and between playlists that are timed. */
static void a_stopped_evaluation_leaves_nothing(void **state)
{
    (void)state;
    bool (*const stops[])(struct progress *) = {at_once, when_done};
    for (size_t i = 0; i < sizeof stops / sizeof *stops; i++) {
        struct recommender *model = NULL;
        struct interactions evaluated = {0};
        struct track_stats stats;
        struct evaluation evaluation;
        struct error stopped = {0};
        struct progress progress = {.cancelled = stops[i]};
        must(recommender_open(catalogue, &compute, "popularity", &model, &error));
        must(catalogue_interactions_load(catalogue, SPLIT_TEST, &evaluated, &error));
        must(track_stats_load(catalogue, SPLIT_TRAIN, &stats, &error));
        assert_int_equal(evaluate_recommender(model, &evaluated, NULL, &stats, NULL, &progress, &evaluation, &stopped),
                         STATUS_INTERRUPTED);
        assert_null(evaluation.results.items);
        recommender_close(model);
        interactions_free(&evaluated);
        track_stats_free(&stats);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_split_goes_out_and_comes_back),
        cmocka_unit_test(a_wrong_file_changes_nothing),
        cmocka_unit_test(a_model_of_clusters_beats_popularity),
        cmocka_unit_test(a_stopped_evaluation_leaves_nothing),
    };
    return cmocka_run_group_tests_name("evaluate", tests, make_catalogue, remove_catalogue);
}
