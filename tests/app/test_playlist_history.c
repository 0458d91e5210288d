/* Versions of playlists that outlive the explorer: what is kept, what changed, two writers, restoring, a killed save.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/app_ratings.h"
#include "app/playlist_history.h"
#include "db/import/import.h"
#include "db/playlist_versions.h"
#include "tests/folder.h"
#include "tests/must.h"

static char folder[TEST_FOLDER_MAX], path[96];
static struct error failure;

static int begin(void **state)
{
    (void)state;
    assert_true(test_folder_make(folder));
    snprintf(path, sizeof path, "%s/c.db", folder);
    setenv("XDG_DATA_HOME", folder, 1);
    char csv[64];
    snprintf(csv, sizeof csv, "%s/songs.csv", folder);
    FILE *file = fopen(csv, "w");
    fprintf(file, "playlist,pos,track,artist,album\n");
    for (int i = 0; i < 200; i++)
        fprintf(file, "Mix,%d,Song %d,Band %d,Album\n", i, i, i);
    fclose(file);
    struct catalogue *catalogue;
    struct pool *pool;
    struct import_report report = {0};
    must(catalogue_open(path, CATALOGUE_CREATE, &catalogue, &error));
    must(pool_create(1, &pool, &error));
    must(import_csv(catalogue, csv, &(struct csv_options){.preset = CSV_PLAYLISTS}, pool, NULL, &report, &error));
    pool_destroy(pool);
    catalogue_close(catalogue);
    return 0;
}

static int end(void **state)
{
    (void)state;
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static struct app *open_app(void)
{
    struct app *app;
    const struct app_options options = {
        .catalogue = path, .device = {.choice = DEVICE_CPU, .threads = 1}, .write = true};
    must(app_open(&options, &app, &error));
    return app;
}

/* Saves over `base`, which becomes what was written. */
static void save(struct app *app, struct own_playlist *base, const char *name, const int64_t *ids, size_t count)
{
    struct own_playlist mine = {0}, written = {0};
    enum playlist_outcome outcome;
    must(own_playlist_set(&mine, base->id, name, ids, count, &error));
    must(app_playlist_save(app, base, &mine, &written, &outcome, &error));
    own_playlist_free(&mine);
    own_playlist_free(base);
    *base = written;
}

static void describes(const struct playlist_past *past, const char *wanted)
{
    char text[PLAYLIST_PAST_TEXT];
    playlist_past_describe(past, text);
    assert_string_equal(text, wanted);
}

static void each_save_is_a_version(void **state)
{
    (void)state;
    struct app *app = open_app();
    struct own_playlist base = {0};
    struct playlist_history history;
    save(app, &base, "Trip", (const int64_t[]){1, 2, 3}, 3);
    save(app, &base, "Trip", (const int64_t[]){1, 2, 3}, 3); /* no change: no version */
    save(app, &base, "Trip", (const int64_t[]){3, 1, 2, 4, 4}, 5);
    save(app, &base, "Tour", (const int64_t[]){3, 1, 4}, 3);
    app_close(app);
    app = open_app(); /* another start */
    must(app_playlist_history(app, base.id, &history, &error));
    assert_int_equal(history.count, 3);
    describes(&history.items[0], "-2 renamed");
    describes(&history.items[1], "+2 moved 1");
    describes(&history.items[2], "first");
    assert_true(history.items[0].is_removed[2] && history.items[0].is_removed[4]);
    assert_true(history.items[1].is_added[3] && history.items[1].is_added[4] && !history.items[1].is_added[0]);
    assert_string_equal(history.items[1].name, "Trip");
    assert_true(history.items[0].saved >= history.items[2].saved && history.items[2].saved > 0);
    playlist_history_free(&history);

    struct own_playlist restored = {0};
    must(app_playlist_restore(app, base.id, 1, &restored, &error));
    assert_int_equal(restored.count, 3);
    assert_string_equal(restored.name, "Trip");
    must(app_playlist_history(app, base.id, &history, &error));
    assert_int_equal(history.count, 4); /* what was restored over is kept */
    assert_int_equal(history.items[1].tracks.count, 3);
    assert_int_equal(history.items[1].tracks.ids[2], 4);
    playlist_history_free(&history);
    own_playlist_free(&restored);
    assert_int_equal(app_playlist_restore(app, base.id, 99, &restored, &failure), STATUS_BAD_DATA);
    assert_non_null(strstr(failure.text, "no version 99"));
    assert_int_equal(app_playlist_restore(app, 1, 1, &restored, &failure), STATUS_BAD_DATA);
    must(app_playlist_delete(app, base.id, &error));
    assert_int_equal(app_playlist_history(app, base.id, &history, &failure), STATUS_BAD_DATA);
    own_playlist_free(&base);
    app_close(app);
}

/* Neither of two explorers loses what the other one had. */
static void two_writers_keep_both(void **state)
{
    (void)state;
    struct app *first = open_app(), *second = open_app();
    struct own_playlist mine = {0}, theirs = {0};
    struct playlist_history history;
    save(first, &mine, "Trip", (const int64_t[]){1}, 1);
    must(app_own_playlist(second, mine.id, &theirs, &error));
    save(second, &theirs, "Trip", (const int64_t[]){1, 2}, 2);
    save(first, &mine, "Trip", (const int64_t[]){1, 3}, 2); /* merged */
    must(app_playlist_history(first, mine.id, &history, &error));
    assert_int_equal(history.count, 3);
    assert_int_equal(history.items[0].tracks.count, 3);
    assert_int_equal(history.items[1].tracks.count, 2);
    assert_int_equal(history.items[1].tracks.ids[1], 2);
    playlist_history_free(&history);
    own_playlist_free(&mine);
    own_playlist_free(&theirs);
    app_close(first);
    app_close(second);
}

/* At most 50, among them the first and the newest 20 without a gap. */
static void old_versions_are_thinned(void **state)
{
    (void)state;
    struct app *app = open_app();
    struct own_playlist base = {0};
    struct playlist_history history;
    int64_t ids[200];
    for (int64_t i = 0; i < 120; i++) {
        ids[i] = i + 1;
        save(app, &base, "Long", ids, (size_t)i + 1);
    }
    must(app_playlist_history(app, base.id, &history, &error));
    assert_int_equal(history.count, PLAYLIST_VERSIONS_MAX);
    for (size_t i = 0; i < PLAYLIST_VERSIONS_RECENT; i++)
        assert_int_equal(history.items[i].version, 120 - (int64_t)i);
    assert_int_equal(history.items[history.count - 1].version, 1);
    playlist_history_free(&history);
    own_playlist_free(&base);
    app_close(app);
}

/* A day's work and a burst of edits: what is dropped comes from the burst. */
static void times_are_spread(void **state)
{
    (void)state;
    int64_t saved[200];
    size_t count = 0;
    for (int64_t i = 0; i < 10; i++) /* one an hour */
        saved[count++] = 3600 * i;
    for (int64_t i = 0; i < 60; i++) /* one a second */
        saved[count++] = 36000 + i;
    for (int i = 0; i < 25; i++) {
        const size_t at = playlist_version_dispensable(saved, count, 5, 36060);
        assert_true(at > 0 && at + 5 < count);
        assert_true(saved[at] >= 36000);
        memmove(saved + at, saved + at + 1, (count - at - 1) * sizeof *saved);
        count--;
    }
    assert_int_equal(playlist_version_dispensable(saved, 3, 5, 36060), 3); /* all have to stay */
}

/* A writer that is killed at any moment leaves the playlist as its newest version has it. */
static void killed_while_saving(void **state)
{
    (void)state;
    struct app *app = open_app();
    struct own_playlist base = {0}, now = {0};
    struct playlist_history history;
    save(app, &base, "Trip", (const int64_t[]){1}, 1);
    app_close(app);
    for (int round = 0; round < 5; round++) {
        const pid_t child = fork();
        if (child == 0) {
            struct own_playlist mine = {0};
            app = open_app();
            must(app_own_playlist(app, base.id, &mine, &error));
            for (int64_t i = 0;; i++)
                save(app, &mine, "Trip", (const int64_t[]){1 + i % 199, 200}, 2);
        }
        usleep((useconds_t)(60000 + 17000 * round));
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        app = open_app();
        must(app_own_playlist(app, base.id, &now, &error));
        must(app_playlist_history(app, base.id, &history, &error));
        assert_true(history.count > 0 && history.count <= PLAYLIST_VERSIONS_MAX);
        assert_int_equal(history.items[0].tracks.count, now.count);
        assert_memory_equal(history.items[0].tracks.ids, now.ids, now.count * sizeof *now.ids);
        assert_int_equal(history.items[history.count - 1].version, 1);
        playlist_history_free(&history);
        app_close(app);
    }
    own_playlist_free(&now);
    own_playlist_free(&base);
}

static void a_saved_copy_has_the_ratings_of_the_original(void **state)
{
    (void)state;
    struct app *app = open_app();
    struct own_playlist copy = {.copy_of = 1}, other = {0};
    struct app_rated rated;
    for (int64_t track = 2; track <= 3; track++) {
        struct rating_list before = {0}, after = {0};
        const struct rating rating = {.playlist_id = 1,
                                      .track_id = track,
                                      .rater = "",
                                      .model = "als",
                                      .value = track == 2 ? RATING_BAD : RATING_GOOD,
                                      .reason = track == 2 ? "too loud" : ""};
        must(app_rate(app, &rating, false, &before, &after, &error));
        rating_list_free(&before);
        rating_list_free(&after);
    }
    save(app, &copy, "mine", (const int64_t[]){1, 5}, 2);
    must(app_rated(app, copy.id, &rated, &error));
    assert_int_equal(rated.count, 2);
    assert_true(rated.items[0].track == 2 && rated.items[0].value == RATING_BAD);
    assert_true(rated.items[1].track == 3 && rated.items[1].value == RATING_GOOD);
    app_rated_free(&rated);
    must(app_rated(app, 1, &rated, &error));
    assert_int_equal(rated.count, 2); /* the original keeps them */
    app_rated_free(&rated);
    save(app, &other, "none", (const int64_t[]){1}, 1);
    must(app_rated(app, other.id, &rated, &error));
    assert_int_equal(rated.count, 0);
    app_rated_free(&rated);
    own_playlist_free(&copy);
    own_playlist_free(&other);
    app_close(app);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_save_is_a_version, begin, end),
        cmocka_unit_test_setup_teardown(two_writers_keep_both, begin, end),
        cmocka_unit_test_setup_teardown(old_versions_are_thinned, begin, end),
        cmocka_unit_test(times_are_spread),
        cmocka_unit_test_setup_teardown(a_saved_copy_has_the_ratings_of_the_original, begin, end),
        cmocka_unit_test_setup_teardown(killed_while_saving, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
