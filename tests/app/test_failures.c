#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <math.h>
#include <pthread.h>

#include "app/failures.h"
#include "db/import/import.h"
#include "eval/evaluate.h"
#include "eval/split.h"
#include "tests/folder.h"
#include "tests/must.h"

/* Failures of models that were evaluated on generated playlists with repeated tracks, while another program trains,
 * evaluates and imports. */

enum { PLAYLISTS = 80, TRACKS = 120, TESTS = 20 };

static char folder[TEST_FOLDER_MAX];
static char path[128];
static struct catalogue *catalogue; /* the other program's */
static struct compute compute;
static struct app *app;
static struct error refused;

/* Playlist p has 24 to 43 entries around its own position, some of them twice. */
static void import_songs(void)
{
    char csv[128];
    snprintf(csv, sizeof csv, "%s/songs.csv", folder);
    FILE *file = fopen(csv, "w");
    assert_non_null(file);
    fprintf(file, "playlist,pos,track,artist,album,seconds\n");
    for (int p = 0; p < PLAYLISTS; p++)
        for (int e = 0; e < 24 + p % 20; e++) {
            int track = e % 9 == 8 ? (p * 11 + e - 4) % TRACKS : (p * 11 + e * (1 + p % 3)) % TRACKS;
            fprintf(file, "playlist %d,%d,song %d,artist %d,album %d,200\n", p, e, track, track % 30, track / 4);
        }
    fclose(file);
    struct import_report report = {0};
    const struct csv_options options = {.preset = CSV_PLAYLISTS};
    must(import_csv(catalogue, csv, &options, compute.pool, NULL, &report, &error));
    unlink(csv);
}

static void train(const char *kind, const char *name)
{
    const char *const factors[] = {"factors=6", "iterations=3"};
    const struct model_spec spec = {.kind = kind,
                                    .name = name,
                                    .settings = factors,
                                    .n_settings = strcmp(kind, "popularity") == 0 ? 0 : 2,
                                    .seed = 1,
                                    .split_sets = SPLIT_TRAIN};
    must(model_train(catalogue, &compute, &spec, NULL, &error));
}

static void evaluate(const char *name, int sets, const char *summary)
{
    struct interactions evaluated = {0};
    struct track_stats stats = {0};
    struct evaluation evaluation = {0};
    struct recommender *recommender;
    must(catalogue_interactions_load(catalogue, sets, &evaluated, &error));
    must(track_stats_load(catalogue, SPLIT_TRAIN, &stats, &error));
    must(recommender_open(catalogue, &compute, name, &recommender, &error));
    must(evaluate_recommender(recommender, &evaluated, NULL, &stats, NULL, NULL, &evaluation, &error));
    struct model_list record;
    recommender_take_record(recommender, &record);
    must(results_write(catalogue, &record.items[0], &evaluation.results, NULL, summary, &error));
    model_list_free(&record);
    recommender_close(recommender);
    evaluation_free(&evaluation);
    track_stats_free(&stats);
    interactions_free(&evaluated);
}

static int begin(void **state)
{
    (void)state;
    struct split_counts counts;
    if (!test_folder_make(folder))
        return -1;
    snprintf(path, sizeof path, "%s/catalogue.db", folder);
    const struct app_options options = {.catalogue = path, .device = {DEVICE_CPU, 2, NULL}};
    must(compute_open(DEVICE_CPU, 2, &compute, &error));
    must(catalogue_open(path, CATALOGUE_CREATE, &catalogue, &error));
    import_songs();
    const struct split_options drawn = {.test = TESTS, .validation = 10, .seed = 3};
    must(split_make(catalogue, &drawn, &counts, &error));
    assert_int_equal(counts.test, TESTS);
    train("als", "a");
    train("popularity", "b");
    train("popularity", "unjudged");
    evaluate("a", SPLIT_TEST, "{\"on\":\"test\"}");
    evaluate("b", SPLIT_TEST, "{\"on\":\"test\"}");
    must(app_open(&options, &app, &error));
    return 0;
}

static int end(void **state)
{
    (void)state;
    app_close(app);
    catalogue_close(catalogue);
    compute_close(&compute);
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static void a_list_is_what_the_evaluation_stored(void **state)
{
    (void)state;
    struct failure_list list;
    struct result_list stored;
    const struct failure_filter all = {0};
    must(app_failures(app, "a", "b", &all, &list, &error));
    must(results_read(catalogue, "a", &stored, &error));
    assert_int_equal(list.count, TESTS);
    assert_int_equal(list.evaluated, TESTS);
    assert_int_equal(stored.count, TESTS);
    assert_false(list.validation);
    double best = 0;
    for (size_t i = 0; i < list.count; i++) {
        const struct failure *failure = &list.items[i];
        size_t at = 0;
        while (at < stored.count && stored.items[at].playlist_id != failure->playlist_id)
            at++;
        assert_true(at < stored.count);
        assert_memory_equal(failure->values, stored.items[at].values, sizeof failure->values);
        assert_int_equal(failure->seeds, stored.items[at].seeds);
        assert_int_equal(strncmp(failure->name, "playlist ", 9), 0);
        assert_true(failure->other[METRIC_NDCG] >= 0);
        assert_true(i == 0 || failure[-1].values[METRIC_NDCG] <= failure->values[METRIC_NDCG]);
        best = fmax(best, failure->values[METRIC_NDCG]);
    }
    assert_true(list.best_ndcg == best);
    result_list_free(&stored);
    failure_list_free(&list);
    const struct failure_filter some = {
        .order = FAILURES_BY_LOSS, .by_seeds = true, .seeds = 4, .shortest = 24, .longest = 60};
    must(app_failures(app, "a", "b", &some, &list, &error));
    assert_int_equal(list.count, TESTS / 10);
    assert_int_equal(list.evaluated, TESTS);
    failure_list_free(&list);
}

/* The ranks of an opened playlist are those of the stored metrics: clicks, recall and NDCG follow from them. */
static void check_case(const struct failure_case *opened)
{
    size_t n = opened->held_out.count;
    for (int which = 0; which < opened->n_sides; which++) {
        const struct failure_side *side = &opened->sides[which];
        double ideal = 0, gained = 0;
        int32_t first = 0;
        size_t hits = 0;
        assert_true(side->evaluated);
        for (size_t i = 0; i < n; i++) {
            int32_t rank = side->ranks[i];
            ideal += 1 / log2((double)i + 2);
            if (rank == 0)
                continue;
            hits++;
            assert_true(side->hits[rank - 1]);
            assert_int_equal(side->list[rank - 1].track, opened->held_out.items[i].id);
            assert_int_equal(side->tracks.items[rank - 1].id, opened->held_out.items[i].id);
            gained += 1 / log2((double)rank + 1);
            first = first == 0 || rank < first ? rank : first;
        }
        assert_int_equal(hits, side->n_hits);
        assert_true(fabs(side->values[METRIC_RECALL] - (double)hits / (double)n) < 1e-12);
        assert_true(fabs(side->values[METRIC_NDCG] - gained / ideal) < 1e-12);
        assert_int_equal((int)side->values[METRIC_CLICKS], first > 0 ? (first - 1) / 10 : 51);
        assert_false(side->has_features);
    }
}

static void an_opened_playlist_explains_its_metrics(void **state)
{
    (void)state;
    struct failure_list list;
    const struct failure_filter all = {0};
    bool repeats = false;
    must(app_failures(app, "a", "", &all, &list, &error));
    for (size_t i = 0; i < list.count; i++) {
        struct failure_case opened;
        must(app_failure_open(app, list.items[i].playlist_id, "a", "b", &opened, &error));
        assert_int_equal(opened.seeds.count, list.items[i].seeds);
        size_t distinct = opened.seeds.count + opened.held_out.count;
        repeats = repeats || (int64_t)distinct < list.items[i].n_entries;
        assert_string_equal(opened.name, list.items[i].name);
        check_case(&opened);
        failure_case_free(&opened);
    }
    assert_true(repeats); /* the playlists contain repeats that could be missed */
    failure_list_free(&list);
}

static void a_model_that_was_not_evaluated(void **state)
{
    (void)state;
    struct failure_list list;
    const struct failure_filter all = {0};
    must(app_failures(app, "unjudged", "", &all, &list, &error));
    assert_int_equal(list.evaluated, 0);
    assert_int_equal(list.count, 0);
    failure_list_free(&list);
    assert_int_equal(app_failures(app, "a", "unjudged", &all, &list, &refused), STATUS_FAILED);
    assert_non_null(strstr(refused.text, "unjudged was not evaluated"));
    assert_int_not_equal(app_failures(app, "nosuch", "", &all, &list, &refused), STATUS_OK);
    evaluate("unjudged", SPLIT_VALIDATION, "{\"on\":\"val\"}");
    must(app_failures(app, "unjudged", "a", &all, &list, &error));
    assert_true(list.validation);
    assert_int_equal(list.count, 10);
    for (size_t i = 0; i < list.count; i++)
        assert_true(isnan(list.items[i].other[METRIC_NDCG])); /* the other model was evaluated on other playlists */
    struct failure_case opened;
    must(app_failure_open(app, list.items[0].playlist_id, "unjudged", "a", &opened, &error));
    assert_false(opened.sides[1].evaluated);
    assert_true(opened.sides[1].count > 0);
    failure_case_free(&opened);
    failure_list_free(&list);
}

static void training_again_drops_the_failures(void **state)
{
    (void)state;
    struct failure_list list, later;
    struct failure_case opened;
    const struct failure_filter all = {0};
    train("popularity", "changing");
    evaluate("changing", SPLIT_TEST, "{\"on\":\"test\"}");
    must(app_failures(app, "changing", "", &all, &list, &error));
    assert_int_equal(list.count, TESTS);
    train("als", "changing");
    must(app_failures(app, "changing", "", &all, &later, &error));
    assert_int_equal(later.evaluated, 0);
    assert_int_equal(app_failure_open(app, list.items[0].playlist_id, "changing", "", &opened, &refused),
                     STATUS_FAILED);
    assert_non_null(strstr(refused.text, "trained again"));
    must(app_failure_open(app, list.items[0].playlist_id, "a", "changing", &opened, &error));
    assert_false(opened.sides[1].evaluated); /* its list exists, its metrics do not */
    failure_case_free(&opened);
    evaluate("changing", SPLIT_TEST, "{\"on\":\"test\"}");
    must(app_failure_open(app, list.items[0].playlist_id, "changing", "", &opened, &error));
    check_case(&opened); /* by the current model */
    failure_case_free(&opened);
    failure_list_free(&list);
    failure_list_free(&later);
}

static void another_catalogues_model_is_refused(void **state)
{
    (void)state;
    struct failure_list list;
    const struct failure_filter all = {0};
    char other_path[128], command[512];
    snprintf(other_path, sizeof other_path, "%s/other.db", folder);
    struct catalogue *first = catalogue, *other;
    must(catalogue_open(other_path, CATALOGUE_CREATE, &other, &error));
    catalogue = other;
    char csv[128];
    snprintf(csv, sizeof csv, "%s/other.csv", folder);
    FILE *file = fopen(csv, "w");
    fprintf(file, "playlist,pos,track,artist,album,seconds\n");
    for (int e = 0; e < 40; e++)
        fprintf(file, "p %d,%d,another %d,somebody,,200\n", e / 8, e % 8, e % 13);
    fclose(file);
    struct import_report report = {0};
    const struct csv_options options = {.preset = CSV_PLAYLISTS};
    must(import_csv(catalogue, csv, &options, compute.pool, NULL, &report, &error));
    train("popularity", "stranger");
    catalogue_close(other);
    catalogue = first;
    train("popularity", "stranger");
    evaluate("stranger", SPLIT_TEST, "{\"on\":\"test\"}");
    snprintf(command, sizeof command,
             "cp '%s/other.data/models/stranger.safetensors' '%s/new' && mv '%s/new' "
             "'%s/catalogue.data/models/stranger.safetensors'",
             folder, folder, folder, folder);
    assert_int_equal(system(command), 0);
    assert_int_not_equal(app_failures(app, "stranger", "", &all, &list, &refused), STATUS_OK);
    assert_non_null(strstr(refused.text, "catalogue"));
    assert_int_not_equal(app_failures(app, "a", "stranger", &all, &list, &refused), STATUS_OK);
    assert_non_null(strstr(refused.text, "catalogue"));
}

static void execute(const char *sql)
{
    sqlite3 *db;
    char *message = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    int code = sqlite3_exec(db, sql, NULL, NULL, &message);
    if (code != SQLITE_OK)
        fail_msg("%s", message);
    sqlite3_close(db);
}

static void a_playlist_that_was_deleted_since(void **state)
{
    (void)state;
    struct failure_list list, later;
    struct failure_case opened;
    char sql[256];
    const struct failure_filter all = {0};
    must(app_failures(app, "a", "", &all, &list, &error));
    int64_t gone = list.items[0].playlist_id;
    snprintf(sql, sizeof sql,
             "PRAGMA foreign_keys = ON; BEGIN; DELETE FROM split_playlists WHERE playlist_id = %lld;"
             " DELETE FROM playlists WHERE id = %lld; COMMIT",
             (long long)gone, (long long)gone);
    execute(sql);
    assert_int_equal(app_failure_open(app, gone, "a", "", &opened, &refused), STATUS_FAILED);
    assert_non_null(strstr(refused.text, "there is no playlist"));
    must(app_failures(app, "a", "", &all, &later, &error));
    assert_int_equal(later.count, list.count - 1);
    for (size_t i = 0; i < later.count; i++)
        assert_int_not_equal(later.items[i].playlist_id, gone);
    failure_list_free(&list);
    failure_list_free(&later);
}

enum { ASKERS = 4 };

static void *ask(void *context)
{
    int *faults = context;
    for (int i = 0; i < 40; i++) {
        struct failure_list list;
        struct failure_case opened;
        struct error refusal = {0};
        const struct failure_filter filter = {.order = (enum failure_order)(i % FAILURE_ORDERS)};
        *faults += app_failures(app, "b", "a", &filter, &list, &refusal) != STATUS_OK || list.count == 0;
        if (list.count > 0 && app_failure_open(app, list.items[(size_t)i % list.count].playlist_id, "b", "a", &opened,
                                               &refusal) == STATUS_OK)
            failure_case_free(&opened);
        else
            ++*faults;
        failure_list_free(&list);
    }
    return NULL;
}

static void many_threads_ask(void **state)
{
    (void)state;
    pthread_t threads[ASKERS];
    int faults[ASKERS] = {0};
    for (int i = 0; i < ASKERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask, &faults[i]), 0);
    for (int i = 0; i < 3; i++)
        evaluate("b", SPLIT_TEST, "{\"on\":\"test\"}"); /* the same results, rewritten in one transaction */
    for (int i = 0; i < ASKERS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(faults[i], 0);
    }
}

/* Validation playlists are shown without their cold tracks, as the evaluation saw them, and some show no seed at all.
 */
static void cold_tracks_and_no_seeds_are_shown_as_evaluated(void **state)
{
    (void)state;
    const struct split_options drawn = {
        .test = TESTS, .validation = 10, .seed = 3, .seeds = {0, 2}, .n_seeds = 2, .cold.share = 0.2};
    const struct failure_filter all = {0}, none = {.by_seeds = true, .seeds = 0};
    struct split_counts counts;
    struct failure_list list;
    struct failure_case opened;
    must(split_make(catalogue, &drawn, &counts, &error));
    train("als", "a");
    evaluate("a", SPLIT_VALIDATION, "{\"on\":\"val\"}");
    must(app_failures(app, "a", "", &none, &list, &error));
    assert_true(list.validation);
    assert_int_equal(list.count, 5);
    assert_int_equal(list.evaluated, 10);
    assert_int_equal(list.n_seeds, 2);
    assert_true(list.seeds[0] == 0 && list.seeds[1] == 2);
    failure_list_free(&list);
    must(app_failures(app, "a", "", &all, &list, &error));
    for (size_t i = 0; i < list.count; i++) {
        must(app_failure_open(app, list.items[i].playlist_id, "a", "", &opened, &error));
        assert_int_equal(opened.seeds.count, list.items[i].seeds);
        check_case(&opened);
        failure_case_free(&opened);
    }
    failure_list_free(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_is_what_the_evaluation_stored),
        cmocka_unit_test(an_opened_playlist_explains_its_metrics),
        cmocka_unit_test(a_model_that_was_not_evaluated),
        cmocka_unit_test(training_again_drops_the_failures),
        cmocka_unit_test(another_catalogues_model_is_refused),
        cmocka_unit_test(many_threads_ask),
        cmocka_unit_test(a_playlist_that_was_deleted_since),
        cmocka_unit_test(cold_tracks_and_no_seeds_are_shown_as_evaluated),
    };
    return cmocka_run_group_tests_name("failures", tests, begin, end);
}
