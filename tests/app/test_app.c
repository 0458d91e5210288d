#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "app/app.h"
#include "app/demo.h"
#include "db/import/import.h"
#include "db/search.h"
#include "features/extractor.h"
#include "tests/folder.h"
#include "tests/must.h"

/* An open catalogue while another program imports, trains and embeds. */

static char folder[TEST_FOLDER_MAX];
static char path[64];
static struct catalogue *catalogue; /* the other program's */
static struct compute compute;
static struct app *app;

/* PREFIX 0..59 by ten artists in 30 playlists of ten, one album each. */
static void import_songs(const char *prefix)
{
    char csv[80];
    snprintf(csv, sizeof csv, "%s/%s.csv", folder, prefix);
    FILE *file = fopen(csv, "w");
    assert_non_null(file);
    fprintf(file, "playlist,pos,track,artist,album,seconds\n");
    for (int p = 0; p < 30; p++)
        for (int e = 0; e < 10; e++) {
            int track = (7 * p + e * e) % 60;
            fprintf(file, "%s %d,%d,%s%d,artist %d,%s album %d,200\n", prefix, p, e, prefix, track, track % 10, prefix,
                    track);
        }
    fclose(file);
    struct import_report report = {0};
    const struct csv_options options = {.preset = CSV_PLAYLISTS};
    must(import_csv(catalogue, csv, &options, compute.pool, NULL, &report, &error));
    must(search_index_build(catalogue, compute.pool, &error));
    unlink(csv);
}

static void train(const char *kind, const char *name)
{
    const char *const factors[] = {"factors=4", "iterations=2"};
    const struct model_spec spec = {.kind = kind,
                                    .name = name,
                                    .settings = factors,
                                    .n_settings = strcmp(kind, "popularity") == 0 ? 0 : 2,
                                    .seed = 1,
                                    .split_sets = SPLIT_TRAIN};
    must(model_train(catalogue, &compute, &spec, NULL, &error));
}

static void embed(void)
{
    const struct extractor *const gray16 = extractor_find("gray16");
    const struct extractor_options options = {.pool = compute.pool};
    must(feature_sets_make(catalogue, &gray16, 1, &options, NULL, &error));
}

static int begin(void **state)
{
    (void)state;
    if (!test_folder_make(folder))
        return -1;
    snprintf(path, sizeof path, "%s/catalogue.db", folder);
    const struct app_options options = {.catalogue = path, .device = {DEVICE_CPU, 2, NULL}};
    must(compute_open(DEVICE_CPU, 2, &compute, &error));
    must(catalogue_open(path, CATALOGUE_CREATE, &catalogue, &error));
    must(catalogue_setting_write(catalogue, "covers.generated", "1", &error));
    import_songs("first");
    must(app_open(&options, &app, &error));
    return 0;
}

static int end(void **state)
{
    (void)state;
    app_close(app);
    catalogue_close(catalogue);
    compute_close(&compute);
    char command[64];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static enum status recommend(const char *model, struct recommendation *first)
{
    const int64_t seeds[] = {1, 2};
    struct recommendation list[5];
    struct track_list tracks = {0};
    struct app_answer answer;
    struct error refusal = {0};
    enum status status = app_recommend(app, model, &(struct recommend_query){.seeds = seeds, .n_seeds = 2}, 5, list,
                                       &tracks, &answer, &refusal);
    if (status == STATUS_OK)
        *first = list[0];
    track_list_free(&tracks);
    return status;
}

static void a_model_trained_again_takes_the_place_of_the_earlier_one(void **state)
{
    (void)state;
    struct recommendation popular, factors, again;
    train("popularity", "reference");
    assert_int_equal(recommend("reference", &popular), STATUS_OK);
    train("als", "changing");
    assert_int_equal(recommend("changing", &factors), STATUS_OK);
    assert_true(factors.score < 2);
    train("popularity", "changing");
    assert_int_equal(recommend("changing", &again), STATUS_OK);
    assert_int_equal(again.track, popular.track);
    assert_float_equal(again.score, popular.score, 0);
}

static void a_model_that_was_removed_is_gone(void **state)
{
    (void)state;
    struct recommendation first;
    train("als", "fleeting");
    assert_int_equal(recommend("fleeting", &first), STATUS_OK);
    must(model_remove(catalogue, "fleeting", &error));
    assert_int_equal(recommend("fleeting", &first), STATUS_FAILED);
    train("als", "fleeting");
    assert_int_equal(recommend("fleeting", &first), STATUS_OK);
}

static enum status neighbours(int64_t album)
{
    struct album_list albums = {0};
    float distances[4];
    struct error refusal = {0};
    enum status status = app_neighbours(app, "gray16", album, 3, &albums, distances, &refusal);
    album_list_free(&albums);
    return status;
}

static int64_t found(const char *text)
{
    struct track_list tracks = {0};
    int64_t total = 0;
    must(app_search(app, text, 5, &tracks, &total, NULL, &error));
    track_list_free(&tracks);
    return total;
}

static void what_was_imported_since_is_found(void **state)
{
    (void)state;
    embed();
    assert_int_equal(neighbours(1), STATUS_OK);
    assert_int_equal(found("first7"), 1);
    assert_int_equal(found("second7"), 0);
    import_songs("second");
    assert_int_equal(found("second7"), 1);
    struct catalogue_counts counts;
    must(catalogue_count(catalogue, &counts, &error));
    assert_int_not_equal(neighbours(counts.albums), STATUS_OK);
    embed();
    assert_int_equal(neighbours(counts.albums), STATUS_OK);
}

enum { ROUNDS = 40, ASKERS = 3 };

static void *ask(void *context)
{
    int *faults = context;
    for (int i = 0; i < ROUNDS; i++) {
        struct recommendation first;
        struct track_list tracks = {0};
        int64_t total;
        struct error refusal = {0};
        *faults += recommend("changing", &first) != STATUS_OK;
        *faults += neighbours(1 + i % 20) != STATUS_OK;
        *faults += app_search(app, "first", 5, &tracks, &total, NULL, &refusal) != STATUS_OK;
        track_list_free(&tracks);
    }
    return NULL;
}

static void many_threads_run_while_everything_is_replaced(void **state)
{
    (void)state;
    pthread_t threads[ASKERS];
    int faults[ASKERS] = {0};
    for (int i = 0; i < ASKERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask, &faults[i]), 0);
    for (int i = 0; i < 4; i++) {
        train(i % 2 ? "als" : "popularity", "changing");
        embed();
        must(search_index_build(catalogue, compute.pool, &error));
    }
    for (int i = 0; i < ASKERS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(faults[i], 0);
    }
}

static void make_demo(void)
{
    const struct demo_settings settings = {.folder = folder, .device = {DEVICE_CPU, 2, NULL}};
    struct buffer made = {0};
    must(demo_make(&settings, &made, &error));
    assert_string_equal(made.data, path);
    buffer_free(&made);
}

/* The demo's playlists have audio features; those of this test are invented. */
static void add_audio(void)
{
    sqlite3 *database;
    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database,
                                  "INSERT OR IGNORE INTO track_audio (track_id, energy, tempo)"
                                  " SELECT id, id % 7 / 7.0, 90 + id % 11 FROM tracks",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(database);
}

static void a_demo_that_lost_files_is_made_whole(void **state)
{
    (void)state;
    add_audio();
    must(catalogue_setting_write(catalogue, "demo", "ready", &error));
    make_demo();
    struct recommendation first;
    assert_int_equal(recommend("mf-avg", &first), STATUS_OK);
    struct buffer file = {0};
    catalogue_sidecar(catalogue, "models/mf-avg.safetensors", &file);
    assert_int_equal(unlink(file.data), 0);
    buffer_free(&file);
    assert_int_not_equal(recommend("mf-avg", &first), STATUS_OK);
    make_demo();
    assert_int_equal(recommend("mf-avg", &first), STATUS_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_model_trained_again_takes_the_place_of_the_earlier_one),
        cmocka_unit_test(a_model_that_was_removed_is_gone),
        cmocka_unit_test(what_was_imported_since_is_found),
        cmocka_unit_test(many_threads_run_while_everything_is_replaced),
        cmocka_unit_test(a_demo_that_lost_files_is_made_whole),
    };
    return cmocka_run_group_tests_name("app", tests, begin, end);
}
