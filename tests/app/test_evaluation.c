#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <math.h>

#include "app/compare.h"
#include "app/evaluate.h"
#include "app/models.h"
#include "app/recommend.h"
#include "app/split.h"
#include "app/training.h"
#include "core/json_reader.h"
#include "db/import/import.h"
#include "db/results.h"
#include "tests/folder.h"
#include "tests/must.h"

/* From a split through training to evaluation and comparison, as command line and explorer do it. */

enum { PLAYLISTS = 80, TRACKS = 120, TESTS = 20 };

static char folder[TEST_FOLDER_MAX];
static char path[128];
static struct catalogue *catalogue;
static struct device device;
static struct device_use use = {.device = &device};
static struct error failure;

static void must_fail(enum status status, enum status want, const char *says)
{
    assert_int_equal(status, want);
    if (!strstr(failure.text, says))
        fail_msg("\"%s\" should say \"%s\"", failure.text, says);
}

/* Playlist p has 24 to 43 tracks around its own position. */
static void import_songs(void)
{
    char csv[128];
    snprintf(csv, sizeof csv, "%s/songs.csv", folder);
    FILE *file = fopen(csv, "w");
    assert_non_null(file);
    fprintf(file, "playlist,pos,track,artist,album,seconds\n");
    for (int p = 0; p < PLAYLISTS; p++)
        for (int e = 0; e < 24 + p % 20; e++) {
            int track = (p * 11 + e * (1 + p % 3)) % TRACKS;
            fprintf(file, "playlist %d,%d,song %d,artist %d,album %d,200\n", p, e, track, track % 30, track / 4);
        }
    fclose(file);
    struct import_report report = {0};
    struct compute compute;
    const struct csv_options options = {.preset = CSV_PLAYLISTS};
    must(compute_open(DEVICE_CPU, 2, &compute, &error));
    must(import_csv(catalogue, csv, &options, compute.pool, NULL, &report, &error));
    compute_close(&compute);
    unlink(csv);
}

static void train_on(const char *kind, const char *name, int split_sets)
{
    const char *const factors[] = {"factors=6", "iterations=3"};
    const struct model_spec spec = {.kind = kind,
                                    .name = name,
                                    .settings = factors,
                                    .n_settings = strcmp(kind, "popularity") == 0 ? 0 : 2,
                                    .seed = 1,
                                    .split_sets = split_sets};
    must(app_train(catalogue, &use, &spec, NULL, &error));
}

static void train(const char *kind, const char *name)
{
    train_on(kind, name, SPLIT_TRAIN);
}

static int begin(void **state)
{
    (void)state;
    const struct split_settings drawn = {.draw = true, .options = {.test = TESTS, .validation = 10, .seed = 3}};
    const struct device_options options = {DEVICE_CPU, 2, NULL};
    struct split_counts counts;
    if (!test_folder_make(folder))
        return -1;
    snprintf(path, sizeof path, "%s/catalogue.db", folder);
    device_start(&device, &options);
    must(catalogue_open(path, CATALOGUE_CREATE, &catalogue, &error));
    import_songs();
    must(app_split(catalogue, &drawn, &counts, &error));
    assert_int_equal(counts.test, TESTS);
    train("als", "a");
    train("popularity", "b");
    train("popularity", "unevaluated");
    return 0;
}

static int end(void **state)
{
    (void)state;
    device_close(&use);
    device_end(&device);
    catalogue_close(catalogue);
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static const char *const both[] = {"a", "b"};

static void evaluate(struct evaluate_result *result)
{
    const struct evaluate_settings settings = {.models = both, .n_models = 2, .set = SPLIT_TEST, .groups = true};
    must(app_evaluate(catalogue, &use, &settings, NULL, result, &error));
}

/* ---- evaluation ---- */

static void results_are_those_that_are_stored(void **state)
{
    (void)state;
    struct evaluate_result result;
    evaluate(&result);
    assert_int_equal(result.n_models, 2);
    assert_int_equal(result.n_playlists, TESTS);
    for (int m = 0; m < 2; m++) {
        const struct evaluated_model *model = &result.models[m];
        struct result_list stored;
        assert_string_equal(model->name, both[m]);
        must(results_read(catalogue, both[m], &stored, &error));
        assert_int_equal(stored.count, TESTS);
        double sum = 0;
        for (size_t i = 0; i < stored.count; i++) {
            const struct result_row *row = &stored.items[i], *found = &model->evaluation.results.items[i];
            assert_true(row->playlist_id == found->playlist_id && row->seeds == found->seeds);
            assert_memory_equal(row->values, found->values, sizeof row->values);
            sum += row->values[METRIC_NDCG];
        }
        assert_true(fabs(model->summary.metrics[METRIC_NDCG].mean - sum / TESTS) < 1e-12);
        size_t by_seeds = 0, by_length = 0;
        for (size_t g = 0; g < model->groups.count; g++) {
            const struct group_summary *item = &model->groups.items[g];
            by_seeds += item->group.slice < 0 ? item->summary.count : 0;
            by_length += item->group.slice == SLICE_LENGTH ? item->summary.count : 0;
        }
        assert_int_equal(by_seeds, TESTS);
        assert_int_equal(by_length, TESTS);
        result_list_free(&stored);
    }
    assert_true(result.models[0].summary.metrics[METRIC_NDCG].mean > 0);
    evaluate_result_free(&result);
}

/* Each row of the table of metrics is stored in the catalogue and the summary of the model. */
static void every_metric_is_stored_and_summarised(void **state)
{
    (void)state;
    struct evaluate_result result;
    struct model_list record;
    struct json_document summary;
    const char *names[METRICS];
    struct result_table table;
    evaluate(&result);
    for (int metric = 0; metric < METRICS; metric++)
        names[metric] = metric_infos[metric].name;
    must(catalogue_results_read(catalogue, "a", 0, names, METRICS, &table, &error));
    must(catalogue_model_find(catalogue, "a", &record, &error));
    must(json_read(record.items[0].results, strlen(record.items[0].results), &summary, &error));
    assert_string_equal(json_get_text(json_member(&summary.root, "on"), ""), "test");
    for (int metric = 0; metric < METRICS; metric++) {
        const struct json_value *mean = json_member(json_member(&summary.root, names[metric]), "mean");
        double want = result.models[0].summary.metrics[metric].mean;
        for (size_t i = 0; i < table.count; i++)
            assert_true(isfinite(table.values[i * table.n_metrics + (size_t)metric]));
        assert_non_null(mean);
        assert_true(fabs(mean->number - want) <= 1e-12 * fabs(want));
    }
    json_document_free(&summary);
    model_list_free(&record);
    result_table_free(&table);
    evaluate_result_free(&result);
}

static void a_run_holds_the_lists(void **state)
{
    (void)state;
    char file[128], line[256];
    struct evaluate_result result;
    snprintf(file, sizeof file, "%s/run.txt", folder);
    const struct evaluate_settings settings = {
        .models = both, .n_models = 1, .set = SPLIT_VALIDATION, .run_file = file};
    must(app_evaluate(catalogue, &use, &settings, NULL, &result, &error));
    FILE *run = fopen(file, "r");
    assert_non_null(run);
    size_t lines = 0, firsts = 0;
    while (fgets(line, sizeof line, run)) {
        char playlist[100], track[100], model[100];
        int rank;
        double score;
        assert_int_equal(sscanf(line, "%99s Q0 %99s %d %lf %99s", playlist, track, &rank, &score, model), 5);
        assert_string_equal(model, "a");
        firsts += rank == 1;
        lines++;
    }
    fclose(run);
    assert_int_equal(firsts, 10);
    assert_true(lines > 10 * 50);
    evaluate_result_free(&result);
}

static bool stop_second(struct progress *progress)
{
    static int stages;
    stages += progress->done == 0 && strcmp(progress->stage, "evaluating") == 0;
    return stages > 1;
}

static void an_interrupted_evaluation_keeps_what_was_done(void **state)
{
    (void)state;
    struct progress progress = {.cancelled = stop_second};
    struct evaluate_result result;
    struct result_list stored;
    const char *const names[] = {"b", "unevaluated"};
    const struct evaluate_settings settings = {.models = names, .n_models = 2, .set = SPLIT_VALIDATION};
    must_fail(app_evaluate(catalogue, &use, &settings, &progress, &result, &failure), STATUS_INTERRUPTED, "stopped");
    assert_null(result.models);
    must(results_read(catalogue, "b", &stored, &error));
    assert_int_equal(stored.count, 10); /* of this evaluation, not of the test playlists */
    result_list_free(&stored);
    must(results_read(catalogue, "unevaluated", &stored, &error));
    assert_int_equal(stored.count, 0);
    result_list_free(&stored);
}

static void what_cannot_be_evaluated_is_refused_before_the_work(void **state)
{
    (void)state;
    const char *const unknown[] = {"a", "none"};
    char missing[128];
    struct evaluate_result result;
    struct evaluate_settings settings = {.models = unknown, .n_models = 2, .set = SPLIT_TEST};
    struct progress untouched = {0};
    must_fail(app_evaluate(catalogue, &use, &settings, &untouched, &result, &failure), STATUS_FAILED, "\"none\"");
    snprintf(missing, sizeof missing, "%s/none/x.svg", folder);
    settings = (struct evaluate_settings){.models = both, .n_models = 2, .set = SPLIT_TEST, .plot = missing};
    must_fail(app_evaluate(catalogue, &use, &settings, &untouched, &result, &failure), STATUS_FAILED, "none");
    assert_null(untouched.stage);
}

/* ---- comparison ---- */

static void differences_are_those_of_the_results(void **state)
{
    (void)state;
    struct evaluate_result evaluated;
    struct compare_result result;
    const struct compare_settings settings = {.a = "a",
                                              .b = "b",
                                              .filter = {.seeds = SEEDS_ANY, .slice = -1},
                                              .held_out = HELD_OUT_GROUPS,
                                              .groups = true,
                                              .largest = 3};
    evaluate(&evaluated);
    must(app_compare(catalogue, &settings, &result, &error));
    assert_int_equal(result.n_playlists, TESTS);
    assert_int_equal(result.n_metrics, METRICS);
    for (int i = 0; i < METRICS; i++) {
        const struct compared_metric *compared = &result.metrics[i];
        const struct comparison *c = &compared->comparison;
        double a = evaluated.models[0].summary.metrics[i].mean, b = evaluated.models[1].summary.metrics[i].mean;
        size_t wins = 0;
        for (size_t k = 0; k < TESTS; k++) {
            double difference = evaluated.models[0].evaluation.results.items[k].values[i] -
                                evaluated.models[1].evaluation.results.items[k].values[i];
            wins += metric_infos[i].direction * difference > 1e-6;
        }
        assert_int_equal(compared->metric, i);
        assert_true(fabs(c->mean - (a - b)) < 1e-5); /* differences below 1e-6 count as ties */
        assert_int_equal(c->wins, wins);
        assert_int_equal(c->wins + c->ties + c->losses, TESTS);
        double better = metric_infos[i].direction * c->mean;
        assert_string_equal(compared->verdict, better - c->ci95 > 0   ? "better"
                                               : better + c->ci95 < 0 ? "worse"
                                                                      : "not worse");
    }
    assert_int_equal(result.n_largest, 6);
    for (size_t i = 1; i < result.n_largest; i++)
        assert_true(result.largest[i - 1].difference >= result.largest[i].difference);
    compare_result_free(&result);
    evaluate_result_free(&evaluated);
}

static void a_model_equals_itself_and_its_mean(void **state)
{
    (void)state;
    struct evaluate_result evaluated;
    const char *const others[] = {"a", "a,a"};
    evaluate(&evaluated);
    evaluate_result_free(&evaluated);
    for (int i = 0; i < 2; i++) {
        struct compare_result result;
        const struct compare_settings settings = {
            .a = "a", .b = others[i], .filter = {.seeds = SEEDS_ANY, .slice = -1}, .held_out = HELD_OUT_GROUPS};
        must(app_compare(catalogue, &settings, &result, &error));
        for (int k = 0; k < result.n_metrics; k++) {
            const struct comparison *c = &result.metrics[k].comparison;
            assert_true(c->ties == TESTS && c->t_p == 1 && c->wilcoxon_p == 1);
            assert_string_equal(result.metrics[k].verdict, "not worse");
        }
        compare_result_free(&result);
    }
}

/* A metric that the results of one playlist lack. */
static void what_is_not_known_of_all_is_not_compared(void **state)
{
    (void)state;
    static const enum metric lacking[] = {METRIC_RECALL, (enum metric)COMPARE_LARGEST};
    for (int i = 0; i < 2; i++) {
        struct evaluate_result evaluated;
        struct model_list record;
        struct result_list stored;
        struct compare_result result;
        evaluate(&evaluated);
        must(catalogue_model_find(catalogue, "a", &record, &error));
        must(results_read(catalogue, "a", &stored, &error));
        stored.items[TESTS / 2].values[lacking[i]] = NAN;
        must(results_write(catalogue, &record.items[0], &stored, NULL, record.items[0].results, &error));
        const struct compare_settings settings = {
            .a = "a", .b = "b", .filter = {.seeds = SEEDS_ANY, .slice = -1}, .held_out = HELD_OUT_GROUPS, .largest = 3};
        must(app_compare(catalogue, &settings, &result, &error));
        assert_int_equal(result.n_metrics, METRICS - 1);
        for (int m = 0; m < result.n_metrics; m++)
            assert_true(result.metrics[m].metric != lacking[i] && isfinite(result.metrics[m].comparison.mean));
        assert_int_equal(result.n_largest, lacking[i] == (enum metric)COMPARE_LARGEST ? 0 : 6);
        compare_result_free(&result);
        result_list_free(&stored);
        model_list_free(&record);
        evaluate_result_free(&evaluated);
    }
}

static void a_filter_takes_its_group(void **state)
{
    (void)state;
    struct evaluate_result evaluated;
    struct compare_result all, one;
    struct compare_settings settings = {
        .a = "a", .b = "b", .filter = {.seeds = SEEDS_ANY, .slice = -1}, .held_out = HELD_OUT_GROUPS, .groups = true};
    evaluate(&evaluated);
    evaluate_result_free(&evaluated);
    must(app_compare(catalogue, &settings, &all, &error));
    settings.filter.slice = SLICE_LENGTH;
    settings.filter.bin = SLICE_HIGH;
    must(app_compare(catalogue, &settings, &one, &error));
    for (size_t g = 0; g < all.groups.count; g++) {
        const struct group_summary *item = &all.groups.items[g];
        if (item->group.slice != SLICE_LENGTH || item->group.bin != SLICE_HIGH)
            continue;
        assert_int_equal(one.n_playlists, item->summary.count);
        assert_true(fabs(one.metrics[METRIC_NDCG].comparison.mean - item->summary.metrics[METRIC_NDCG].mean) < 1e-12);
    }
    compare_result_free(&all);
    compare_result_free(&one);
    settings.filter = (struct result_group){.seeds = 77, .slice = -1};
    must_fail(app_compare(catalogue, &settings, &one, &failure), STATUS_FAILED, "of which 0");
}

static void what_was_not_evaluated_is_not_compared(void **state)
{
    (void)state;
    struct compare_result result;
    struct compare_settings settings = {
        .a = "a", .b = "unevaluated", .filter = {.seeds = SEEDS_ANY, .slice = -1}, .held_out = HELD_OUT_GROUPS};
    must_fail(app_compare(catalogue, &settings, &result, &failure), STATUS_FAILED, "evaluate it first");
    settings.b = ",";
    must_fail(app_compare(catalogue, &settings, &result, &failure), STATUS_USAGE, "names of models");
    assert_int_equal(result.n_metrics, 0);
}

/* ---- the split ---- */

static void an_exported_split_is_imported_again(void **state)
{
    (void)state;
    char file[128];
    struct split_counts counts = {0}, again = {0};
    snprintf(file, sizeof file, "%s/split.tsv", folder);
    const struct split_settings export = {.export_file = file}, import = {.import_file = file};
    assert_false(split_changes(&export));
    assert_true(split_changes(&import));
    must(app_split(catalogue, &export, &counts, &error));
    assert_int_equal(counts.train, 0);
    must(app_split(catalogue, &import, &again, &error));
    assert_int_equal(again.test, TESTS);
    assert_int_equal(again.validation, 10);
}

/* ---- recommending, and the models ---- */

static void seeds_are_found_by_key(void **state)
{
    (void)state;
    const struct app_options options = {.catalogue = path, .device = {DEVICE_CPU, 2, NULL}};
    const char *const tracks[] = {"song 3 / artist 3", "song 4 / artist 4"}, *const none[] = {"no such song"};
    struct app *app;
    struct recommend_result all, page, result;
    must(app_open(&options, &app, &error));
    struct recommend_settings settings = {.model = "a", .tracks = tracks, .n_tracks = 2, .number = 25};
    must(app_recommend_for(app, &settings, &all, &error));
    assert_int_equal(all.n_seeds, 2);
    assert_int_equal(all.answer.seeds.known, 2);
    assert_true(all.tracks.count == 25 && all.first == 0 && all.end == 25);
    for (size_t i = 0; i < all.tracks.count; i++) {
        assert_string_not_equal(all.tracks.items[i].key, tracks[0]);
        assert_true(i == 0 || all.list[i - 1].score >= all.list[i].score);
    }
    static const size_t ends[][3] = {{1, 0, 10}, {3, 20, 25}, {4, 25, 25}, {99, 25, 25}};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        settings.page = ends[i][0];
        must(app_recommend_for(app, &settings, &page, &error));
        assert_true(page.first == ends[i][1] && page.end == ends[i][2]);
        recommend_result_free(&page);
    }
    recommend_result_free(&all);
    settings = (struct recommend_settings){.model = "a", .playlist = "playlist 7", .number = 5};
    must(app_recommend_for(app, &settings, &result, &error));
    assert_int_equal(result.n_seeds, 24 + 7);
    recommend_result_free(&result);
    settings = (struct recommend_settings){.model = "a", .tracks = none, .n_tracks = 1, .number = 5};
    must_fail(app_recommend_for(app, &settings, &result, &failure), STATUS_BAD_DATA, "no such song");
    assert_null(result.list);
    app_close(app);
}

static void models_report_the_state_of_their_file(void **state)
{
    (void)state;
    struct model_infos infos;
    char file[512];
    must(app_model_infos(catalogue, NULL, &infos, &error));
    assert_int_equal(infos.count, 3);
    for (size_t i = 0; i < infos.count; i++)
        assert_string_equal(infos.items[i].state, "ok");
    model_infos_free(&infos);
    must(app_model_infos(catalogue, "unevaluated", &infos, &error));
    assert_int_equal(infos.count, 1);
    snprintf(file, sizeof file, "%s/catalogue.data/%s", folder, infos.items[0].record->file);
    model_infos_free(&infos);
    assert_int_equal(unlink(file), 0);
    must(app_model_infos(catalogue, "unevaluated", &infos, &error));
    assert_string_equal(infos.items[0].state, "missing");
    assert_true(infos.items[0].fault[0]);
    model_infos_free(&infos);
    must(app_model_remove(catalogue, "unevaluated", &error));
    must_fail(app_model_infos(catalogue, "unevaluated", &infos, &failure), STATUS_FAILED, "\"unevaluated\"");
    must_fail(app_model_remove(catalogue, "unevaluated", &failure), STATUS_FAILED, "\"unevaluated\"");
}

/* ---- models that have seen the answers ---- */

static enum seen_answers stored_verdict(const char *name)
{
    struct model_list record;
    must(catalogue_model_find(catalogue, name, &record, &error));
    assert_int_equal(record.count, 1);
    enum seen_answers seen = seen_answers_read(&record.items[0]);
    assert_non_null(strstr(record.items[0].results, "\"seen_answers\""));
    model_list_free(&record);
    return seen;
}

static void evaluate_one(const char *name, enum split_set set)
{
    struct evaluate_result result;
    const struct evaluate_settings settings = {.models = &name, .n_models = 1, .set = set};
    must(app_evaluate(catalogue, &use, &settings, NULL, &result, &error));
    evaluate_result_free(&result);
}

/* Results of version 0.1 do not say it; then it follows from the present split. */
static enum seen_answers completed_verdict(const char *name, const char *results)
{
    struct model_list record;
    must(catalogue_model_find(catalogue, name, &record, &error));
    record.items[0].results = results;
    must(seen_answers_complete(catalogue, &record, &error));
    enum seen_answers seen = seen_answers_read(&record.items[0]);
    if (results[0])
        assert_non_null(strstr(record.items[0].results, "\"on\":\"test\""));
    model_list_free(&record);
    return seen;
}

static void models_that_have_seen_the_answers_are_known(void **state)
{
    (void)state;
    static const char old[] = "{\"on\":\"test\",\"n_playlists\":20}";
    train_on("popularity", "both-parts", SPLIT_TRAIN | SPLIT_VALIDATION);
    train_on("popularity", "all", SPLIT_ALL);
    evaluate_one("a", SPLIT_TEST);
    evaluate_one("both-parts", SPLIT_TEST);
    evaluate_one("all", SPLIT_TEST);
    assert_int_equal(stored_verdict("a"), SEEN_NO);
    assert_int_equal(stored_verdict("both-parts"), SEEN_NO);
    assert_int_equal(stored_verdict("all"), SEEN_SURELY);
    assert_int_equal(completed_verdict("a", old), SEEN_NO);
    assert_int_equal(completed_verdict("all", old), SEEN_SURELY);
    assert_int_equal(completed_verdict("all", ""), SEEN_NO); /* it was not evaluated */
    evaluate_one("both-parts", SPLIT_VALIDATION);
    assert_int_equal(stored_verdict("both-parts"), SEEN_PERHAPS);
    /* Another split of the same sizes: the model knows some of its test playlists. */
    const struct split_settings drawn = {.draw = true, .options = {.test = TESTS, .validation = 10, .seed = 4}};
    struct split_counts counts;
    must(app_split(catalogue, &drawn, &counts, &error));
    assert_int_equal(stored_verdict("a"), SEEN_NO); /* its results are of the earlier one */
    assert_int_equal(completed_verdict("a", old), SEEN_PERHAPS);
    evaluate_one("a", SPLIT_TEST);
    assert_int_equal(stored_verdict("a"), SEEN_PERHAPS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_are_those_that_are_stored),
        cmocka_unit_test(every_metric_is_stored_and_summarised),
        cmocka_unit_test(a_run_holds_the_lists),
        cmocka_unit_test(an_interrupted_evaluation_keeps_what_was_done),
        cmocka_unit_test(what_cannot_be_evaluated_is_refused_before_the_work),
        cmocka_unit_test(differences_are_those_of_the_results),
        cmocka_unit_test(a_model_equals_itself_and_its_mean),
        cmocka_unit_test(what_is_not_known_of_all_is_not_compared),
        cmocka_unit_test(a_filter_takes_its_group),
        cmocka_unit_test(what_was_not_evaluated_is_not_compared),
        cmocka_unit_test(an_exported_split_is_imported_again),
        cmocka_unit_test(seeds_are_found_by_key),
        cmocka_unit_test(models_report_the_state_of_their_file),
        cmocka_unit_test(models_that_have_seen_the_answers_are_known),
    };
    return cmocka_run_group_tests_name("evaluation", tests, begin, end);
}
