#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/playlist_sort.h"
#include "app/song_set.h"
#include "app/steer.h"
#include "db/import/import.h"
#include "features/extractor.h"
#include "tests/folder.h"
#include "tests/must.h"

/* Suggestions against the model's whole list: what is left out and refilled, ranks, what cannot be computed, and a
 * feature set that is made again while it is open. */

enum { TRACKS = 60, LONG = 500, REPEATS = 5 };

static char folder[TEST_FOLDER_MAX];
static char path[64];
static struct catalogue *catalogue;
static struct compute compute;
static struct app *app;
static const int64_t seeds[] = {1, 2, 3};
static const struct recommend_query query = {.seeds = seeds, .n_seeds = 3};

static void import_songs(void)
{
    char csv[80];
    snprintf(csv, sizeof csv, "%s/songs.csv", folder);
    FILE *file = fopen(csv, "w");
    assert_non_null(file);
    fprintf(file, "playlist,pos,track,artist,album,seconds\n");
    for (int p = 0; p < 30; p++)
        for (int e = 0; e < 10; e++) {
            int track = (7 * p + e * e) % TRACKS;
            fprintf(file, "list %d,%d,song %d,artist %d,album %d,%d\n", p, e, track, track % 10, track / 2,
                    100 + 17 * track % 90);
        }
    for (int p = 0; p < 10; p++) /* songs that are there again, on another release */
        for (int e = 0; e < REPEATS; e++)
            fprintf(file, "again %d,%d,SONG %d%s,Artist %d,again,%d\n", p, e, 7 * e,
                    e % 2 ? " (Radio Edit)" : " - 2011 Remaster", 7 * e % 10, 100 + 17 * 7 * e % 90);
    fclose(file);
    struct import_report report = {0};
    const struct csv_options options = {.preset = CSV_PLAYLISTS};
    must(import_csv(catalogue, csv, &options, compute.pool, NULL, &report, &error));
}

static void make_set(const char *name)
{
    const struct extractor *const extractor = extractor_find(name);
    const struct extractor_options options = {.pool = compute.pool};
    must(feature_sets_make(catalogue, &extractor, 1, &options, NULL, &error));
}

static int begin(void **state)
{
    (void)state;
    if (!test_folder_make(folder))
        return -1;
    snprintf(path, sizeof path, "%s/catalogue.db", folder);
    const struct app_options options = {.catalogue = path, .device = {DEVICE_CPU, 2, NULL}, .write = true};
    const char *const factors[] = {"factors=4", "iterations=2"};
    const struct model_spec als = {
        .kind = "als", .name = "als", .settings = factors, .n_settings = 2, .seed = 1, .split_sets = SPLIT_TRAIN};
    const struct model_spec popularity = {.kind = "popularity", .name = "popularity", .split_sets = SPLIT_TRAIN};
    must(compute_open(DEVICE_CPU, 2, &compute, &error));
    must(catalogue_open(path, CATALOGUE_CREATE, &catalogue, &error));
    import_songs();
    must(model_train(catalogue, &compute, &als, NULL, &error));
    must(model_train(catalogue, &compute, &popularity, NULL, &error));
    make_set("metadata");
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

struct list {
    struct recommendation items[LONG];
    struct track_list tracks;
    struct app_answer answer;
    struct suggest_answer suggested;
};

static enum status suggest(const char *model, const char *spec, struct suggest_settings settings, size_t k,
                           struct list *list)
{
    struct error refusal;
    memset(list, 0, sizeof *list);
    must(rerank_spec_read(spec, &settings.spec, &error));
    return app_suggest(app, model, &query, &settings, k, list->items, &list->tracks, &list->answer, &list->suggested,
                       &refusal);
}

static void list_free(struct list *list)
{
    track_list_free(&list->tracks);
    suggest_answer_free(&list->suggested);
}

static void what_is_left_out_is_refilled(void **state)
{
    static struct list all, cut;
    int64_t id;
    (void)state;
    assert_int_equal(suggest("als", "", (struct suggest_settings){0}, LONG, &all), STATUS_OK);
    assert_true(all.tracks.count > 40);
    const int64_t artist = all.tracks.items[0].artist_id, album = all.tracks.items[1].album_id;
    const int64_t rejected[] = {all.tracks.items[4].id};
    must(app_steering_set(app,
                          &(struct steering_entry){.wish = STEERING_NEVER, .item = STEERING_ARTIST, .item_id = artist},
                          &id, &error));
    must(app_steering_set(
        app, &(struct steering_entry){.wish = STEERING_NEVER, .item = STEERING_ALBUM, .item_id = album}, &id, &error));
    const struct suggest_settings settings = {.rejected = rejected, .n_rejected = 1};
    for (size_t k = 1; k <= 30; k++) {
        assert_int_equal(suggest("als", "", settings, k, &cut), STATUS_OK);
        assert_int_equal(cut.tracks.count, k);
        for (size_t i = 0, at = 0; i < k; i++, at++) { /* the model's next tracks that are not hidden */
            while (all.tracks.items[at].artist_id == artist || all.tracks.items[at].album_id == album ||
                   all.tracks.items[at].id == rejected[0])
                at++;
            assert_int_equal(cut.tracks.items[i].id, all.tracks.items[at].id);
            assert_int_equal(cut.items[i].track, cut.tracks.items[i].id);
            assert_int_equal(cut.suggested.ranks[i], (int32_t)at + 1);
        }
        list_free(&cut);
    }
    assert_int_equal(suggest("als", "", (struct suggest_settings){.all = true}, 10, &cut), STATUS_OK);
    assert_int_equal(cut.tracks.items[0].id, all.tracks.items[0].id);
    assert_int_equal(cut.suggested.hidden, 0);
    list_free(&cut);
    list_free(&all);
}

/* A short list is chosen from the whole pool, not from the model's first tracks. */
static void a_short_list_is_the_beginning_of_a_long_one(void **state)
{
    static struct list all, cut;
    static const char spec[] = "new=0.6,like=metadata:0.2,artists=1,diversity=song:0.2";
    (void)state;
    assert_int_equal(suggest("als", spec, (struct suggest_settings){0}, LONG, &all), STATUS_OK);
    assert_int_equal(suggest("als", spec, (struct suggest_settings){0}, 7, &cut), STATUS_OK);
    assert_int_equal(cut.tracks.count, 7);
    for (size_t i = 0; i < 7; i++) {
        assert_int_equal(cut.tracks.items[i].id, all.tracks.items[i].id);
        assert_int_equal(cut.suggested.ranks[i], all.suggested.ranks[i]);
        assert_float_equal(cut.items[i].score, all.items[i].score, 0);
    }
    list_free(&cut);
    list_free(&all);
}

static void what_is_missing_is_refused_or_noted(void **state)
{
    static struct list list;
    (void)state;
    assert_int_equal(suggest("popularity", "like=song:0.5", (struct suggest_settings){0}, 10, &list), STATUS_USAGE);
    assert_int_equal(suggest("als", "like=clip:0.5", (struct suggest_settings){0}, 10, &list), STATUS_FAILED);
    assert_int_equal(suggest("popularity", "like=song:0.5,artists=2,like=clip:1",
                             (struct suggest_settings){.lenient = true}, 10, &list),
                     STATUS_OK);
    assert_int_equal(list.suggested.applied.count, 1);
    assert_non_null(strstr(list.suggested.note, "steering without like="));
    list_free(&list);
    bool has;
    must(app_model_has_songs(app, "popularity", &has, &error));
    assert_false(has);
    must(app_model_has_songs(app, "als", &has, &error));
    assert_true(has);
}

static void a_set_that_is_made_again_is_opened_again(void **state)
{
    static struct list list;
    (void)state;
    for (int run = 0; run < 3; run++) {
        assert_int_equal(suggest("als", "like=metadata:1", (struct suggest_settings){0}, 10, &list), STATUS_OK);
        list_free(&list);
        must(feature_set_remove(catalogue, "metadata", &error));
        assert_int_equal(suggest("als", "like=metadata:1", (struct suggest_settings){0}, 10, &list), STATUS_FAILED);
        make_set("metadata");
    }
}

static struct track track_of(int64_t id, const char *title, const char *artist)
{
    return (struct track){.id = id, .title = title, .artist = artist, .album = ""};
}

static void songs_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *title, *artist;
        bool first;
    } cases[] = {
        {"Halo", "Beyoncé", true},
        {"HALO", "beyonce", false},
        {"Halo - 2010 Remaster", "Beyoncé", false},
        {"Halo (feat. Jay)", "Beyoncé", false},
        {"Halo - Live", "Beyoncé", true},
        {"Halo (Dave Audé Remix)", "Beyoncé", true},
        {"Halo (Other Remix)", "Beyoncé", true},
        {"Halo", "Depeche Mode", true},
        {"", "Beyoncé", true},
        {"", "Beyoncé", true},
        {"Halo", "", true},
        {"Halo", "", true},
    };
    struct song_set songs;
    assert_true(song_set_start(&songs, sizeof cases / sizeof cases[0]));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct track track = track_of((int64_t)i + 1, cases[i].title, cases[i].artist);
        if (song_set_add(&songs, &track) != cases[i].first)
            fail_msg("\"%s\" by \"%s\"", cases[i].title, cases[i].artist);
    }
    song_set_free(&songs);
}

/* The whole list with one track of each song, as one finds it by comparing each with those before it. */
static void a_song_is_suggested_once(void **state)
{
    static struct list all, once, cut, kept;
    (void)state;
    assert_int_equal(suggest("als", "", (struct suggest_settings){0}, LONG, &all), STATUS_OK);
    assert_int_equal(suggest("als", "", (struct suggest_settings){.once = true}, LONG, &once), STATUS_OK);
    size_t expected = 0, repeats = 0;
    struct track_list of_seeds;
    must(app_tracks(app, seeds, 3, &of_seeds, &error));
    for (size_t i = 0; i < all.tracks.count; i++) {
        bool first = true;
        for (size_t s = 0; s < of_seeds.count; s++)
            first &= of_seeds.items[s].duration_ms / 1000 % 90 != all.tracks.items[i].duration_ms / 1000 % 90;
        for (size_t k = 0; k < i; k++)
            first &= all.tracks.items[k].duration_ms / 1000 % 90 != all.tracks.items[i].duration_ms / 1000 % 90;
        repeats += !first;
        if (!first)
            continue;
        assert_int_equal(once.tracks.items[expected].id, all.tracks.items[i].id);
        assert_int_equal(once.suggested.ranks[expected++], i + 1);
    }
    assert_true(repeats >= REPEATS);
    assert_int_equal(once.tracks.count, expected);
    assert_int_equal(once.suggested.repeats, repeats);
    for (size_t k = 1; k <= expected; k++) {
        assert_int_equal(suggest("als", "", (struct suggest_settings){.once = true}, k, &cut), STATUS_OK);
        assert_int_equal(cut.tracks.count, k);
        for (size_t i = 0; i < k; i++)
            assert_int_equal(cut.tracks.items[i].id, once.tracks.items[i].id);
        list_free(&cut);
    }
    const struct suggest_settings both = {.once = true, .all = true};
    assert_int_equal(suggest("als", "", both, LONG, &kept), STATUS_OK);
    assert_int_equal(kept.tracks.count, all.tracks.count);
    track_list_free(&of_seeds);
    list_free(&all);
    list_free(&once);
    list_free(&kept);
}

static void a_playlist_is_sorted(void **state)
{
    struct playlist_sort_result result;
    int64_t ids[20];
    bool locked[20] = {[4] = true, [19] = true};
    (void)state;
    for (int i = 0; i < 20; i++)
        ids[i] = 1 + i * 13 % 50;
    const struct playlist_sort_settings path_settings = {.by = PLAYLIST_SORT_PATH, .locked = locked};
    must(app_playlist_sort(app, ids, 20, &path_settings, &result, &error));
    assert_string_equal(result.set, "metadata");
    assert_true(result.after <= result.before && result.after > 0);
    assert_true(result.order[4] == 4 && result.order[19] == 19);
    playlist_sort_result_free(&result);
    const struct playlist_sort_settings similar = {.by = PLAYLIST_SORT_SIMILARITY, .locked = locked};
    must(app_playlist_sort(app, ids, 20, &similar, &result, &error));
    playlist_sort_result_free(&result);
    const struct playlist_sort_settings tempo = {.by = PLAYLIST_SORT_TEMPO};
    must(app_playlist_sort(app, ids, 20, &tempo, &result, &error));
    assert_int_equal(result.n_unknown, 20);
    for (int i = 0; i < 20; i++)
        assert_int_equal(result.order[i], i);
    playlist_sort_result_free(&result);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_left_out_is_refilled),
        TEST(a_short_list_is_the_beginning_of_a_long_one),
        TEST(what_is_missing_is_refused_or_noted),
        TEST(a_set_that_is_made_again_is_opened_again),
        TEST(a_playlist_is_sorted),
        TEST(a_song_is_suggested_once),
        cmocka_unit_test(songs_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
