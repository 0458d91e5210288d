/* Concurrent explorers, and work that could not be saved, on a real catalogue. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "app/app.h"
#include "app/session_text.h"
#include "db/import/import.h"
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
    for (int i = 0; i < 20; i++)
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

/* The session's text; "" if there is none. */
static void read_session(struct app *app, char text[512], char note[512])
{
    char *json, *said;
    must(app_session_read(app, &json, &said, &error));
    snprintf(text, 512, "%s", json ? json : "");
    snprintf(note, 512, "%s", said ? said : "");
    free(json);
    free(said);
}

static void has_playlist(struct app *app, const char *name, const int64_t *ids, size_t count)
{
    struct playlist_list list = {0};
    struct own_playlist playlist = {0};
    must(app_playlists(app, true, 0, 0, &list, &error));
    for (size_t i = 0; i < list.count && !playlist.name; i++)
        if (strcmp(list.items[i].name, name) == 0)
            must(app_own_playlist(app, list.items[i].id, &playlist, &error));
    playlist_list_free(&list);
    if (!playlist.name)
        fail_msg("there is no playlist %s", name);
    assert_int_equal(playlist.count, count);
    assert_memory_equal(playlist.ids, ids, count * sizeof *ids);
    own_playlist_free(&playlist);
}

static size_t own_playlists(struct app *app)
{
    struct playlist_list list = {0};
    must(app_playlists(app, true, 0, 0, &list, &error));
    size_t count = list.count;
    playlist_list_free(&list);
    return count;
}

static void each_explorer_has_its_session(void **state)
{
    (void)state;
    char text[512], note[512];
    struct app *first = open_app(), *second = open_app();
    read_session(first, text, note);
    read_session(second, text, note);
    must(
        app_session_write(first, "{\"name\":\"\",\"kept\":false,\"saved\":7,\"tracks\":[1,2],\"playlist\":0}", &error));
    must(app_session_write(second, "{\"name\":\"Mine\",\"kept\":false,\"saved\":8,\"tracks\":[3],\"playlist\":0}",
                           &error));
    read_session(first, text, note);
    assert_non_null(strstr(text, "[1,2]"));
    app_close(first);
    struct app *third = open_app(); /* the second one is still open */
    read_session(third, text, note);
    assert_non_null(strstr(text, "[1,2]"));
    assert_string_equal(note, "");
    app_close(third);
    app_close(second);

    struct app *alone = open_app(); /* the session that was closed last; nothing of the other is lost */
    read_session(alone, text, note);
    assert_non_null(strstr(text, "[3]"));
    assert_non_null(strstr(note, "\"Unsaved\""));
    has_playlist(alone, "Unsaved", (const int64_t[]){1, 2}, 2);
    app_close(alone);
    alone = open_app();
    read_session(alone, text, note);
    assert_string_equal(note, "");
    assert_int_equal(own_playlists(alone), 1);
    app_close(alone);
}

static void a_saved_playlist_that_was_left_open_is_not_saved_again(void **state)
{
    (void)state;
    char text[512], note[512];
    struct app *first = open_app(), *second = open_app();
    read_session(first, text, note);
    read_session(second, text, note);
    must(
        app_session_write(first, "{\"name\":\"A\",\"kept\":true,\"saved\":7,\"tracks\":[1,2],\"playlist\":5}", &error));
    must(app_session_write(second, "{\"name\":\"\",\"kept\":false,\"saved\":8,\"tracks\":[],\"playlist\":0}", &error));
    app_close(first);
    app_close(second);
    struct app *alone = open_app();
    read_session(alone, text, note);
    assert_string_equal(note, "");
    assert_int_equal(own_playlists(alone), 0);
    app_close(alone);
}

static void two_explorers_save_one_playlist(void **state)
{
    (void)state;
    struct app *first = open_app(), *second = open_app();
    struct own_playlist none = {0}, base = {0}, mine = {0}, written = {0};
    enum playlist_outcome outcome;
    must(own_playlist_set(&mine, 0, "Trip", (const int64_t[]){1}, 1, &error));
    must(app_playlist_save(first, &none, &mine, &base, &outcome, &error));
    must(own_playlist_set(&mine, 0, "Trip", (const int64_t[]){1, 2}, 2, &error));
    must(app_playlist_save(second, &base, &mine, &written, &outcome, &error));
    assert_int_equal(outcome, PLAYLIST_SAVED);
    own_playlist_free(&written);
    must(own_playlist_set(&mine, 0, "Trip", (const int64_t[]){1, 3}, 2, &error));
    must(app_playlist_save(first, &base, &mine, &written, &outcome, &error));
    assert_int_equal(outcome, PLAYLIST_MERGED);
    assert_int_equal(written.count, 3);
    has_playlist(second, "Trip", (const int64_t[]){1, 2, 3}, 3);
    must(app_playlist_delete(second, base.id, &error));
    struct own_playlist again = {0};
    must(app_playlist_save(first, &written, &mine, &again, &outcome, &error));
    assert_int_equal(outcome, PLAYLIST_AGAIN);
    assert_int_not_equal(again.id, written.id);
    own_playlist_free(&again);
    own_playlist_free(&written);
    own_playlist_free(&base);
    own_playlist_free(&mine);
    app_close(first);
    app_close(second);
}

static void what_was_rescued_comes_back(void **state)
{
    (void)state;
    char text[512], note[512], *file;
    struct own_playlist none = {0}, bases[2] = {0}, mine[2] = {0}, written = {0};
    enum playlist_outcome outcome;
    struct app *app = open_app();
    read_session(app, text, note);
    must(own_playlist_set(&mine[0], 0, "Trip", (const int64_t[]){1}, 1, &error));
    must(app_playlist_save(app, &none, &mine[0], &bases[0], &outcome, &error));
    must(own_playlist_set(&mine[0], 0, "Trip", (const int64_t[]){1, 2}, 2, &error));
    must(own_playlist_set(&mine[1], 0, "New [\"x", (const int64_t[]){4, 5}, 2, &error));
    static const char session[] = "{\"name\":\"New\",\"kept\":true,\"saved\":9,\"tracks\":[4,5],\"playlist\":0}";
    must(app_rescue(app, session, bases, mine, 2, true, &file, &error));
    struct stat stats;
    assert_int_equal(stat(file, &stats), 0);
    assert_int_equal(stats.st_mode & 0777, 0600);
    must(own_playlist_set(&mine[0], 0, "Trip", (const int64_t[]){1, 9}, 2, &error)); /* meanwhile, elsewhere */
    must(app_playlist_save(app, &bases[0], &mine[0], &written, &outcome, &error));
    app_close(app);

    app = open_app();
    read_session(app, text, note);
    assert_non_null(strstr(note, "restored what could not be saved"));
    has_playlist(app, "Trip", (const int64_t[]){1, 9, 2}, 3);
    has_playlist(app, "New [\"x", (const int64_t[]){4, 5}, 2);
    assert_true(session_text_playlist(text) > 0); /* the new number */
    assert_int_not_equal(stat(file, &stats), 0);
    app_close(app);
    free(file);
    for (int i = 0; i < 2; i++) {
        own_playlist_free(&bases[i]);
        own_playlist_free(&mine[i]);
    }
    own_playlist_free(&written);
}

/* Of two rescued sessions, the later one is used; one of another catalogue stays. */
static void rescued_in_order_and_only_for_their_catalogue(void **state)
{
    (void)state;
    char text[512], note[512], *first, *second, other[96];
    struct app *app = open_app();
    read_session(app, text, note);
    static const char *const sessions[] = {
        "{\"name\":\"\",\"kept\":false,\"saved\":9,\"tracks\":[4],\"playlist\":0}",
        "{\"name\":\"\",\"kept\":false,\"saved\":10,\"tracks\":[4,5],\"playlist\":0}"};
    must(app_rescue(app, sessions[0], NULL, NULL, 0, false, &first, &error));
    must(app_rescue(app, sessions[1], NULL, NULL, 0, false, &second, &error));
    assert_string_not_equal(first, second);
    app_close(app);
    snprintf(other, sizeof other, "%s/c.data/unsaved-7.json", folder);
    FILE *file = fopen(other, "w");
    fprintf(file, "{\"fingerprint\":\"x\",\"n_tracks\":20,\"session_text\":\"{}\",\"playlists\":[{\"name\":\"No\"}]}");
    fclose(file);
    app = open_app();
    read_session(app, text, note);
    assert_non_null(strstr(text, "[4,5]"));
    assert_int_equal(own_playlists(app), 0);
    assert_int_equal(access(other, F_OK), 0);
    app_close(app);
    free(first);
    free(second);
}

static void damaged_files_stay_and_are_reported(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "[[[[", "{\"playlists\":7}", "{\"session\":-1}", "null"};
    char text[512], note[512], name[96];
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        snprintf(name, sizeof name, "%s/c.data", folder);
        mkdir(name, 0700);
        snprintf(name, sizeof name, "%s/c.data/unsaved-1.json", folder);
        FILE *file = fopen(name, "w");
        fputs(texts[i], file);
        fclose(file);
        struct app *app = open_app();
        read_session(app, text, note);
        assert_string_equal(text, "");
        assert_int_equal(access(name, F_OK), 0);
        app_close(app);
    }
}

static void another_file_in_the_place_of_the_catalogue_is_refused(void **state)
{
    (void)state;
    char text[512], note[512], moved[80], command[512];
    struct app *app = open_app();
    read_session(app, text, note);
    snprintf(moved, sizeof moved, "%s/moved.db", folder);
    snprintf(command, sizeof command, "cp %s %s && mv %s %s", path, moved, moved, path);
    assert_int_equal(system(command), 0);
    assert_int_equal(app_session_write(app, "{}", &failure), STATUS_FAILED);
    struct own_playlist none = {0}, mine = {0}, written = {0};
    enum playlist_outcome outcome;
    must(own_playlist_set(&mine, 0, "Trip", (const int64_t[]){1}, 1, &error));
    assert_int_equal(app_playlist_save(app, &none, &mine, &written, &outcome, &failure), STATUS_FAILED);
    own_playlist_free(&mine);
    app_close(app);
    app = open_app();
    assert_int_equal(own_playlists(app), 0);
    app_close(app);
}

/* Another program is writing: nobody waits longer than the limit. */
static void a_lock_is_waited_for_until_the_timeout(void **state)
{
    (void)state;
    char text[512], note[512];
    sqlite3 *other;
    struct app *app = open_app();
    read_session(app, text, note);
    assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    app_set_lock_timeout(app, 20);
    assert_int_equal(app_session_write(app, "{}", &failure), STATUS_FAILED);
    sqlite3_close(other);
    must(app_session_write(app, "{}", &error));
    app_close(app);
}

/* The explorer reports it at its start, not only when saving. */
static void a_catalogue_that_may_only_be_read_says_so(void **state)
{
    (void)state;
    struct app *app;
    char text[512], note[512];
    const struct app_options options = {.catalogue = path, .device = {.choice = DEVICE_CPU, .threads = 1}};
    must(app_open(&options, &app, &error));
    read_session(app, text, note);
    assert_non_null(strstr(note, "can only be read"));
    app_close(app);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(each_explorer_has_its_session),
        TEST(a_saved_playlist_that_was_left_open_is_not_saved_again),
        TEST(two_explorers_save_one_playlist),
        TEST(what_was_rescued_comes_back),
        TEST(rescued_in_order_and_only_for_their_catalogue),
        TEST(a_catalogue_that_may_only_be_read_says_so),
        TEST(damaged_files_stay_and_are_reported),
        TEST(another_file_in_the_place_of_the_catalogue_is_refused),
        TEST(a_lock_is_waited_for_until_the_timeout),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
