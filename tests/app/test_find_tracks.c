/* Tracks named by a text that was copied elsewhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "app/find_tracks.h"
#include "core/pool.h"
#include "db/import/import.h"
#include "db/search.h"
#include "tests/append.h"
#include "tests/folder.h"
#include "tests/must.h"

static char folder[TEST_FOLDER_MAX];
static struct app *app;

static const char table[] = "playlist,pos,track,artist,album,track_uri\n"
                            "a,0,Halo,Beyoncé,I Am,spotify:track:0000000000000000000001\n"
                            "a,1,Halo (Live),Beyoncé,Live,spotify:track:0000000000000000000002\n"
                            "a,2,Crazy In Love (feat. Jay-Z),Beyoncé,Dangerously,spotify:track:0000000000000000000003\n"
                            "a,3,Run - Away,The Beatles,Help,spotify:track:0000000000000000000004\n"
                            "a,4,雨,山本,夜,\n";

static int begin(void **state)
{
    char path[TEST_FOLDER_MAX + 32], csv[TEST_FOLDER_MAX + 32];
    struct catalogue *catalogue;
    struct import_report report = {0};
    const struct csv_options options = {.preset = CSV_PLAYLISTS};
    struct pool *pool;
    (void)state;
    if (!test_folder_make(folder))
        return -1;
    snprintf(path, sizeof path, "%s/catalogue.db", folder);
    snprintf(csv, sizeof csv, "%s/songs.csv", folder);
    FILE *file = fopen(csv, "w");
    assert_non_null(file);
    fputs(table, file);
    fclose(file);
    must(pool_create(2, &pool, &error));
    must(catalogue_open(path, CATALOGUE_CREATE, &catalogue, &error));
    must(import_csv(catalogue, csv, &options, pool, NULL, &report, &error));
    must(search_index_build(catalogue, pool, &error));
    catalogue_close(catalogue);
    pool_destroy(pool);
    const struct app_options app_options = {.catalogue = path, .device = {DEVICE_CPU, 1, NULL}};
    must(app_open(&app_options, &app, &error));
    return 0;
}

static int end(void **state)
{
    (void)state;
    app_close(app);
    char command[TEST_FOLDER_MAX + 16];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

/* The last digit of each track's id, "?" for the one without; then what is missing. */
static void finds(const char *text, const char *expected, size_t missing, const char *first)
{
    struct found_tracks found = {0};
    char ids[32] = "";
    must(app_find_tracks(app, text, &found, NULL, &error));
    for (size_t i = 0; i < found.tracks.count; i++) {
        const char *key = found.tracks.items[i].key;
        bool spotify = strncmp(key, "spotify:", 8) == 0;
        append(ids, sizeof ids, spotify ? key + strlen(key) - 1 : "?");
    }
    assert_string_equal(ids, expected);
    assert_int_equal(found.missing, missing);
    assert_string_equal(found.first_missing, first);
    found_tracks_free(&found);
}

static void test_links(void **unused)
{
    (void)unused;
    finds("spotify:track:0000000000000000000002", "2", 0, "");
    finds("https://open.spotify.com/track/0000000000000000000001?si=aa\r\n\r\n"
          "open.spotify.com/intl-de/track/0000000000000000000003\n0000000000000000000001",
          "131", 0, "");
    finds("spotify:track:0000000000000000000001 spotify:track:0000000000000000000009, "
          "spotify:track:0000000000000000000002",
          "12", 1, "spotify:track:0000000000000000000009");
    finds("", "", 0, "");
    finds("\n \n\t\n", "", 0, "");
}

static void test_names(void **unused)
{
    (void)unused;
    finds("Beyoncé - Halo", "1", 0, "");
    finds("beyonce – HALO\nHalo — Beyonce\n1. Beyonce - Halo (Live)\n2) Beyoncé\tHalo", "1121", 0, "");
    finds("Beyonce - Crazy in Love", "3", 0, "");
    finds("The Beatles - Run - Away", "4", 0, "");
    finds("山本 - 雨", "?", 0, "");
    finds("Beyonce - Hal\nnothing at all\nBeyonce - Halo", "1", 2, "Beyonce - Hal");
    finds("#EXTM3U\n#EXTINF:261,Beyoncé - Halo\n/music/halo.mp3\n#EXTINF:1,No One - Nothing\n/music/x.mp3\n", "1", 1,
          "No One - Nothing");
}

static void test_hostile_texts(void **unused)
{
    (void)unused;
    char text[3000];
    memset(text, '-', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    struct found_tracks found = {0};
    must(app_find_tracks(app, text, &found, NULL, &error));
    assert_int_equal(found.missing, 1);
    found_tracks_free(&found);
    for (size_t i = 0; i + 3 < sizeof text; i += 3)
        memcpy(text + i, " - ", 3);
    must(app_find_tracks(app, text, &found, NULL, &error));
    found_tracks_free(&found);
    must(app_find_tracks(app, "\xff\xfe - \xc3\n%s%n - %d", &found, NULL, &error));
    assert_int_equal(found.missing, 2);
    found_tracks_free(&found);
    atomic_bool cancel = true;
    struct error error;
    assert_int_equal(app_find_tracks(app, "a - b", &found, &cancel, &error), STATUS_INTERRUPTED);
    found_tracks_free(&found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_links), cmocka_unit_test(test_names),
                                       cmocka_unit_test(test_hostile_texts)};
    return cmocka_run_group_tests_name("find_tracks", tests, begin, end);
}
