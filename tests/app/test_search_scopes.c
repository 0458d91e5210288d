/* Searches with scopes: what is understood, and the tracks that are found against those that each scope allows by the
 * catalogue itself. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "app/app.h"
#include "app/search_scoped.h"
#include "app/search_scopes.h"
#include "core/random.h"
#include "core/text.h"
#include "db/import/import.h"
#include "db/track_audio.h"
#include "tests/folder.h"
#include "tests/must.h"

static char folder[TEST_FOLDER_MAX], path[96];
static struct error failure;

static void ranges_are_understood(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double low, high;
        bool low_open, high_open;
    } cases[] = {
        {"year:1995", 1995, 1995, false, false},        {"year:199", 1990, 1999, false, false},
        {"YEAR:1990s", 1990, 1999, false, false},       {"year:1990..1999", 1990, 1999, false, false},
        {"year:199..200", 1990, 2009, false, false},    {"year:1990..", 1990, INFINITY, false, false},
        {"year:..1999", -INFINITY, 1999, false, false}, {"year>1999", 1999, INFINITY, true, false},
        {"year>199", 1999, INFINITY, true, false},      {"year<199", -INFINITY, 1990, false, true},
        {"energy>0.8", 0.8, INFINITY, true, false},     {"energy>=.8", 0.8, INFINITY, false, false},
        {"energy<0.8", -INFINITY, 0.8, false, true},    {"loudness:-8..-5", -8, -5, false, false},
        {"tempo=120", 120, 120, false, false},          {"playlists>=10", 10, INFINITY, false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct search_scopes scopes;
        must(search_scopes_read(cases[i].text, &scopes, &error));
        const struct search_scope *scope = &scopes.items[0];
        if (scopes.count != 1 || scope->low != cases[i].low || scope->high != cases[i].high ||
            scope->low_open != cases[i].low_open || scope->high_open != cases[i].high_open)
            fail_msg("%s: %d scopes, %g to %g", cases[i].text, scopes.count, scope->low, scope->high);
        assert_int_equal(scopes.words.size, 0);
        search_scopes_free(&scopes);
    }
}

static void words_stay_words(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
        int count;
    } cases[] = {
        {"love story", "love story", 0},
        {"Mission: Impossible", "Mission: Impossible", 0},
        {"foo:bar 3:16 a=b <3", "foo:bar 3:16 a=b <3", 0},
        {"love artist:\"The Beatles\" x", "love the beatles x", 1},
        {"artist:", "", 1},
        {"year: energy>", "", 2},
        {"year:.. tempo>-", "", 2},
        {"key:5 mode:1", "key:5 mode:1", 0}, /* no amounts */
        {"artist:\"unclosed one", "unclosed one", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct search_scopes scopes;
        must(search_scopes_read(cases[i].text, &scopes, &error));
        const char *words = scopes.words.data ? scopes.words.data : "";
        if (scopes.count != cases[i].count || strcmp(words, cases[i].words) != 0)
            fail_msg("%s: %d scopes, \"%s\"", cases[i].text, scopes.count, words);
        search_scopes_free(&scopes);
    }
}

static void wrong_values_are_explained(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"year:abc", "is not a year"},      {"year:19999", "is not a year"},      {"year:1990..x", "is not a year"},
        {"energy>loud", "is not a number"}, {"tempo:1..2..3", "is not a number"}, {"energy=nan", "is not a number"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct search_scopes scopes;
        assert_int_equal(search_scopes_read(cases[i][0], &scopes, &failure), STATUS_USAGE);
        assert_non_null(strstr(failure.text, cases[i][1]));
        search_scopes_free(&scopes);
    }
}

/* ---- the tracks that scopes of columns allow ---- */

enum { COLUMN_ROWS = 1000 };

static void make_columns(struct recipe_index *index)
{
    struct random random;
    int32_t counts[COLUMN_ROWS];
    random_seed(&random, 4);
    for (int i = 0; i < COLUMN_ROWS; i++)
        counts[i] = (int32_t)random_below(&random, 30);
    must(recipe_index_start(index, COLUMN_ROWS, counts, &error));
    struct recipe_column *energy = recipe_index_column(index, "energy", "");
    struct recipe_column *loudness = recipe_index_column(index, "loudness", "");
    assert_true(energy && loudness);
    for (int row = 0; row < COLUMN_ROWS; row++) {
        index->years[row] = (int16_t)(random_below(&random, 4) == 0 ? 0 : 1960 + random_below(&random, 60));
        energy->values[row] = random_below(&random, 5) == 0 ? NAN : (float)random_below(&random, 11) / 10;
        loudness->values[row] = random_below(&random, 9) == 0 ? -INFINITY : -(float)random_uniform(&random) * 60;
    }
}

/* Whether all scopes allow the track, by the columns themselves. */
static bool allow(const struct search_scopes *scopes, const struct recipe_index *index, int64_t track)
{
    const int32_t row = index->row_of[track - 1];
    for (int i = 0; i < scopes->count; i++) {
        const struct search_scope *scope = &scopes->items[i];
        double value = index->counts[row];
        if (scope->kind == SCOPE_YEAR)
            value = index->years[row] > 0 ? index->years[row] : (double)NAN;
        for (int c = 0; scope->kind == SCOPE_ATTRIBUTE && scope->attribute < AUDIO_FEATURES && c < index->n_columns;
             c++)
            if (strcmp(index->columns[c].name, track_audio_names[scope->attribute]) == 0)
                value = (double)index->columns[c].values[row];
        if (scope->kind >= SCOPE_YEAR && !search_scope_allows(scope, value))
            return false;
    }
    return true;
}

static void bitmaps_hold_what_scopes_allow(void **state)
{
    static const char *const cases[] = {
        "year:1990..1999", "year:199",
        "year>1999",       "year<1990",
        "year:..1970",     "year>2020",
        "year:",           "energy>0.8",
        "energy>=0.8",     "energy<0.8",
        "energy<=0.8",     "energy=0.5",
        "energy:0.2..0.4", "energy>1e300",
        "energy<1e300",    "energy>-1e300",
        "loudness:-8..",   "loudness>-30.5",
        "playlists>=10",   "playlists>10",
        "playlists<10.5",  "playlists:3..5",
        "playlists=7",     "playlists>1e12",
        "playlists<-1e12", "energy>0.3 year:198 playlists<=20",
        "energy>",         "loudness<-1e39",
    };
    struct recipe_index index = {0};
    (void)state;
    make_columns(&index);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct search_scopes scopes;
        struct scoped_filter filter;
        must(search_scopes_read(cases[i], &scopes, &error));
        assert_true(scopes.count > 0);
        must(scoped_filter_make(&scopes, &index, &filter, &error));
        assert_true(scopes.columns == (filter.rows != NULL) && !filter.passing.passes);
        for (int64_t row = 0; row < COLUMN_ROWS; row++)
            if ((!filter.rows || filter.rows[row / 64] >> row % 64 & 1) != allow(&scopes, &index, index.track_of[row]))
                fail_msg("%s: row %d", cases[i], (int)row);
        scoped_filter_free(&filter);
        search_scopes_free(&scopes);
    }
    recipe_index_free(&index);
}

/* ---- on a catalogue ---- */

enum { TRACKS = 400 };

static int begin(void **state)
{
    (void)state;
    assert_true(test_folder_make(folder));
    snprintf(path, sizeof path, "%s/c.db", folder);
    setenv("XDG_DATA_HOME", folder, 1);
    char csv[64];
    snprintf(csv, sizeof csv, "%s/songs.csv", folder);
    FILE *file = fopen(csv, "w");
    fprintf(file, "playlist,pos,track,artist,album,release_date,energy,genre\n");
    for (int i = 0; i < TRACKS; i++)
        fprintf(file, "Mix %d,%d,Song %d of Love,Band %d,%s %d,%d,%.3f,%s\n", i % 5, i, i, i % 9,
                i % 3 ? "Love Album" : "Record", i % 11, 1960 + i % 60, i % 101 / 100.0, i % 5 > 2 ? "rock" : "pop");
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

static bool contains(const char *text, const char *word)
{
    return strcasestr(text, word) != NULL;
}

static bool love_by_band_3(const struct track *track)
{
    return contains(track->artist, "band 3") && contains(track->title, "love");
}
static bool nineties(const struct track *track)
{
    return track->year >= 1990 && track->year <= 1999;
}
static bool loved_albums_of_1975(const struct track *track)
{
    return contains(track->album, "love") && track->year == 1975;
}
static bool song_7(const struct track *track)
{
    return contains(track->title, "7") && contains(track->artist, "band 2");
}
static bool none(const struct track *track)
{
    (void)track;
    return false;
}

static void the_same_as_one_by_one(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool (*allows)(const struct track *track);
    } cases[] = {
        {"love artist:\"band 3\"", love_by_band_3},
        {"year:1990..1999", nineties},
        {"year:199", nineties},
        {"album:love year:1975", loved_albums_of_1975},
        {"title:7 artist:\"band 2\"", song_7},
        {"artist:love", none},
        {"year:1990 year:1991", none},
    };
    struct app *app;
    const struct app_options options = {.catalogue = path, .device = {.choice = DEVICE_CPU, .threads = 1}};
    struct track_list all = {0}, found = {0};
    int64_t ids[TRACKS], total;
    must(app_open(&options, &app, &error));
    for (int i = 0; i < TRACKS; i++)
        ids[i] = i + 1;
    must(app_tracks(app, ids, TRACKS, &all, &error));
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        int64_t wanted = 0;
        must(app_search(app, cases[c].text, TRACKS, &found, &total, NULL, &error));
        for (int i = 0; i < TRACKS; i++)
            wanted += cases[c].allows(&all.items[i]);
        if (total != wanted)
            fail_msg("%s: %lld instead of %lld", cases[c].text, (long long)total, (long long)wanted);
        assert_int_equal(found.count, wanted);
        for (size_t i = 0; i < found.count; i++)
            assert_true(cases[c].allows(&found.items[i]));
        track_list_free(&found);
    }
    /* a search without scopes after one with them, which must not be answered from it */
    must(app_search(app, "love artist:\"band 3\"", TRACKS, &found, &total, NULL, &error));
    track_list_free(&found);
    must(app_search(app, "love", TRACKS, &found, &total, NULL, &error));
    assert_int_equal(total, TRACKS);
    track_list_free(&found);
    track_list_free(&all);
    app_close(app);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_are_understood),
        cmocka_unit_test(words_stay_words),
        cmocka_unit_test(wrong_values_are_explained),
        cmocka_unit_test(bitmaps_hold_what_scopes_allow),
        cmocka_unit_test_setup_teardown(the_same_as_one_by_one, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
