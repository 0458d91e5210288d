#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <math.h>

#include "app/compare.h"
#include "app/compare_lists.h"
#include "app/evaluate.h"
#include "db/import/import.h"
#include "eval/split.h"
#include "tests/folder.h"
#include "tests/must.h"

/* Two models' lists for playlists of generated songs: they are those that were evaluated. */

enum { PLAYLISTS = 80, TRACKS = 120, TESTS = 20 };

static char folder[TEST_FOLDER_MAX];
static char path[128];
static struct catalogue *catalogue;
static struct app *app;
static struct error failure;

static void must_fail(enum status status, enum status expected, const char *part)
{
    assert_int_equal(status, expected);
    assert_non_null(strstr(failure.text, part));
}

static void import_songs(struct pool *pool)
{
    char csv[128];
    snprintf(csv, sizeof csv, "%s/songs.csv", folder);
    FILE *file = fopen(csv, "w");
    assert_non_null(file);
    fprintf(file, "playlist,pos,track,artist,album,seconds\n");
    for (int p = 0; p < PLAYLISTS; p++)
        for (int e = 0; e < 24 + p % 20; e++)
            fprintf(file, "playlist %d,%d,song %d,artist %d,album %d,200\n", p, e, (p * 11 + e * (1 + p % 3)) % TRACKS,
                    p % 30, p / 4);
    fclose(file);
    struct import_report report = {0};
    const struct csv_options options = {.preset = CSV_PLAYLISTS};
    must(import_csv(catalogue, csv, &options, pool, NULL, &report, &error));
}

static void train(struct compute *compute, const char *kind, const char *name)
{
    const struct model_spec spec = {.kind = kind, .name = name, .seed = 1, .split_sets = SPLIT_TRAIN};
    must(model_train(catalogue, compute, &spec, NULL, &error));
}

static int begin(void **state)
{
    (void)state;
    static const char *const names[] = {"near", "popular"};
    struct split_counts counts;
    struct compute compute;
    struct device device;
    struct evaluate_result result;
    if (!test_folder_make(folder))
        return -1;
    snprintf(path, sizeof path, "%s/catalogue.db", folder);
    must(compute_open(DEVICE_CPU, 2, &compute, &error));
    must(catalogue_open(path, CATALOGUE_CREATE, &catalogue, &error));
    import_songs(compute.pool);
    const struct split_options drawn = {.test = TESTS, .validation = 10, .seed = 3};
    must(split_make(catalogue, &drawn, &counts, &error));
    train(&compute, "sknn", "near");
    train(&compute, "popularity", "popular");
    train(&compute, "popularity", "unjudged");
    compute_close(&compute);
    const struct device_options on_cpu = {DEVICE_CPU, 2, NULL};
    device_start(&device, &on_cpu);
    struct device_use use = {.device = &device};
    const struct evaluate_settings settings = {.models = names, .n_models = 2, .set = SPLIT_TEST};
    must(app_evaluate(catalogue, &use, &settings, NULL, &result, &error));
    evaluate_result_free(&result);
    device_close(&use);
    device_end(&device);
    const struct app_options options = {.catalogue = path, .device = {DEVICE_CPU, 2, NULL}};
    must(app_open(&options, &app, &error));
    return 0;
}

static int end(void **state)
{
    (void)state;
    app_close(app);
    catalogue_close(catalogue);
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static void check_side(const struct compared_lists *lists, int which, const struct result_row *stored)
{
    const struct failure_side *side = &lists->sides[which], *other = &lists->sides[!which];
    size_t hits = 0;
    assert_true(side->evaluated && side->count > 0);
    for (size_t at = 0; at < side->count; at++) {
        size_t rank = 0;
        bool held_out = false;
        for (size_t i = 0; i < other->count; i++)
            if (other->tracks.items[i].id == side->tracks.items[at].id)
                rank = i + 1;
        for (size_t i = 0; i < lists->held_out.count; i++)
            held_out = held_out || lists->held_out.items[i].id == side->tracks.items[at].id;
        assert_int_equal(lists->moves.elsewhere[which][at], rank);
        assert_int_equal(side->hits[at], held_out);
        hits += held_out;
    }
    assert_int_equal(side->n_hits, hits);
    assert_true(fabs((double)hits / (double)lists->held_out.count - stored->values[METRIC_RECALL]) < 1e-9);
}

static void lists_are_those_of_the_evaluation(void **state)
{
    (void)state;
    struct result_list near, popular;
    must(results_read(catalogue, "near", &near, &error));
    must(results_read(catalogue, "popular", &popular, &error));
    assert_int_equal(near.count, TESTS);
    for (size_t i = 0; i < near.count; i++) {
        const struct compare_question question = {.playlist_id = near.items[i].playlist_id};
        struct compared_lists lists;
        must(app_compare_lists(app, "near", "popular", &question, &lists, &error));
        assert_int_equal(lists.set, SPLIT_TEST);
        assert_int_equal(lists.seeds.count, near.items[i].seeds);
        check_side(&lists, 0, &near.items[i]);
        check_side(&lists, 1, &popular.items[i]);
        compared_lists_free(&lists);
    }
    result_list_free(&near);
    result_list_free(&popular);
}

/* A model that was not evaluated can be compared, too: the split says what is held out. */
static void a_model_without_results(void **state)
{
    (void)state;
    struct result_list near;
    struct compared_lists lists, judged;
    must(results_read(catalogue, "near", &near, &error));
    const struct compare_question question = {.playlist_id = near.items[3].playlist_id};
    must(app_compare_lists(app, "unjudged", "popular", &question, &lists, &error));
    must(app_compare_lists(app, "popular", "unjudged", &question, &judged, &error));
    assert_false(lists.sides[0].evaluated);
    assert_true(lists.sides[1].evaluated);
    assert_int_equal(lists.seeds.count, near.items[3].seeds);
    assert_int_equal(lists.held_out.count, judged.held_out.count);
    assert_int_equal(lists.moves.shared, lists.sides[0].count); /* the same kind of model */
    assert_true(lists.moves.tau == 1 && fabs(lists.moves.overlap - 1) < 1e-12);
    compared_lists_free(&lists);
    compared_lists_free(&judged);
    result_list_free(&near);
}

/* Playlists of the training and tracks by name have no held-out tracks; the seeds are in no list. */
static void other_playlists_and_tracks(void **state)
{
    (void)state;
    int64_t *train = NULL;
    size_t count;
    struct compared_lists lists;
    must(catalogue_split_playlists(catalogue, SPLIT_TRAIN, &train, &count, &error));
    const struct compare_question question = {.playlist_id = train[0]};
    must(app_compare_lists(app, "near", "popular", &question, &lists, &error));
    assert_int_equal(lists.set, SPLIT_TRAIN);
    assert_true(lists.seeds.count >= 20 && lists.held_out.count == 0);
    const char *keys[] = {lists.seeds.items[0].key, lists.seeds.items[1].key, lists.seeds.items[0].key};
    struct compared_lists named;
    const struct compare_named by_key = {.tracks = keys, .n_tracks = 3};
    must(app_compare_named(app, "near", "popular", &by_key, &named, &error));
    assert_int_equal(named.seeds.count, 2); /* a repeated track counts once */
    for (int side = 0; side < COMPARE_SIDES; side++)
        for (size_t at = 0; at < named.sides[side].count; at++)
            assert_true(named.sides[side].tracks.items[at].id != named.seeds.items[0].id &&
                        named.sides[side].tracks.items[at].id != named.seeds.items[1].id);
    compared_lists_free(&named);
    compared_lists_free(&lists);
    free(train);
    const struct compare_named nowhere = {.playlist = "nowhere"};
    must_fail(app_compare_named(app, "near", "popular", &nowhere, &named, &failure), STATUS_BAD_DATA, "no playlist");
    const struct compare_question gone = {.playlist_id = 99999};
    struct compared_lists none;
    assert_int_not_equal(app_compare_lists(app, "near", "popular", &gone, &none, &failure), STATUS_OK);
    assert_null(none.name);
    must_fail(app_compare_lists(app, "near", "nobody", &question, &none, &failure), STATUS_FAILED, "no model");
}

/* A metric in which fewer is better: a win of the first is a loss of the second, and the best values are wins. */
static void wins_are_better_values(void **state)
{
    (void)state;
    struct compare_result forth, back;
    struct compare_settings settings = {.a = "near",
                                        .b = "popular",
                                        .filter = {.seeds = SEEDS_ANY, .slice = -1},
                                        .held_out = HELD_OUT_GROUPS,
                                        .quick = true,
                                        .by = "clicks",
                                        .curves = true,
                                        .largest = TESTS};
    must(app_compare_results(app, &settings, &forth, &error));
    settings.a = "popular", settings.b = "near";
    must(app_compare_results(app, &settings, &back, &error));
    assert_int_equal(forth.n_largest, back.n_largest);
    assert_int_equal(forth.n_wins, back.n_largest - back.n_wins);
    for (size_t i = 0; i < forth.n_largest; i++)
        assert_true(i < forth.n_wins ? forth.largest[i].a < forth.largest[i].b
                                     : forth.largest[i].a > forth.largest[i].b);
    for (int i = 0; i < forth.n_metrics; i++) {
        const struct comparison *a = &forth.metrics[i].comparison, *b = &back.metrics[i].comparison;
        assert_true(a->wins == b->losses && a->losses == b->wins && a->ties == b->ties);
        assert_true(fabs(forth.metrics[i].a.mean - back.metrics[i].b.mean) < 1e-12);
        assert_true(forth.metrics[i].t_holm >= a->t_p || isnan(a->t_p));
        bool better = strcmp(forth.metrics[i].verdict, "better") == 0,
             worse = strcmp(back.metrics[i].verdict, "worse") == 0;
        assert_int_equal(better, worse);
    }
    assert_int_equal(forth.curves->n_points, 10);
    settings.by = NULL;
    settings.unpaired = true;
    settings.curves = false;
    compare_result_free(&back);
    must(app_compare_results(app, &settings, &back, &error));
    assert_true(back.n_a == TESTS && back.n_b == TESTS && back.n_largest == 0);
    assert_true(fabs(back.metrics[0].a.mean - forth.metrics[0].b.mean) < 1e-12);
    compare_result_free(&forth);
    compare_result_free(&back);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_are_those_of_the_evaluation),
        cmocka_unit_test(a_model_without_results),
        cmocka_unit_test(other_playlists_and_tracks),
        cmocka_unit_test(wins_are_better_values),
    };
    return cmocka_run_group_tests_name("two lists", tests, begin, end);
}
