/* Covers found by words: the order is that of the cosines with transformers' embedding of the text (float64); sets and
 * weights that do not belong together are refused; a file of weights that has moved is named once. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/app.h"
#include "app/cover_words.h"
#include "db/import/import.h"
#include "tests/folder.h"
#include "tests/must.h"
#include "tests/vit/small_model.h"
#include "vit/weights_fingerprint.h"

enum { ALBUMS = 40, WIDTH = 24, MISSING = 7, ZERO = 11, FIRST_EQUAL = 20, SECOND_EQUAL = 31, PLACE = 96 };

static char folder[TEST_FOLDER_MAX], path[PLACE], weights[PLACE], moved[PLACE], merges[PLACE];
static struct catalogue *catalogue;
static struct app *app;
static struct safetensors *golden;

static void write_text(const char *to, const char *text)
{
    FILE *file = fopen(to, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

/* Album i has the tracks "song i" (in one playlist) and "hit i" (in two). */
static void import_albums(void)
{
    char csv[PLACE];
    snprintf(csv, sizeof csv, "%s/songs.csv", folder);
    FILE *file = fopen(csv, "w");
    assert_non_null(file);
    fprintf(file, "playlist,pos,track,artist,album,seconds\n");
    for (int i = 0; i < ALBUMS; i++)
        fprintf(file, "a,%d,song %d,artist %d,album %d,200\na,%d,hit %d,artist %d,album %d,200\n", 2 * i, i, i, i,
                2 * i + 1, i, i, i);
    for (int i = 0; i < ALBUMS; i++)
        fprintf(file, "b,%d,hit %d,artist %d,album %d,200\n", i, i, i, i);
    fclose(file);
    struct pool *pool = NULL;
    struct import_report report = {0};
    const struct csv_options options = {.preset = CSV_PLAYLISTS};
    must(pool_create(1, &pool, &error));
    must(import_csv(catalogue, csv, &options, pool, NULL, &report, &error));
    pool_destroy(pool);
    unlink(csv);
}

static void fill_rows(uint32_t seed, float rows[ALBUMS][WIDTH])
{
    for (uint32_t i = 0; i < ALBUMS; i++)
        for (uint32_t j = 0; j < WIDTH; j++)
            rows[i][j] = (float)(dropout_mix(seed, i * WIDTH + j) >> 8) / 8388608.0F - 1;
    memset(rows[MISSING], 0, sizeof rows[0]);
    memset(rows[ZERO], 0, sizeof rows[0]);
    for (int j = 0; j < WIDTH; j++)
        rows[SECOND_EQUAL][j] = 4 * rows[FIRST_EQUAL][j];
}

/* `from` NULL: the set says nothing about its weights. */
static void write_set(const char *name, const char *extractor, uint32_t seed, const char *from)
{
    static float rows[ALBUMS][WIDTH];
    bool present[ALBUMS];
    char print[33];
    fill_rows(seed, rows);
    for (int i = 0; i < ALBUMS; i++)
        present[i] = i != MISSING;
    if (from) {
        struct safetensors *file = NULL;
        must(safetensors_open(from, &file, &error));
        weights_fingerprint(file, print);
        safetensors_close(file);
    }
    const struct feature_set set = {.item = FEATURE_ALBUMS,
                                    .n_rows = ALBUMS,
                                    .width = WIDTH,
                                    .values = rows[0],
                                    .present = present,
                                    .n_present = ALBUMS - 1,
                                    .extractor = extractor};
    const struct metadata_pair more[] = {
        {WEIGHTS_PATH_KEY, from}, {WEIGHTS_FINGERPRINT_KEY, print}, {"random_weights", "true"}};
    must(feature_set_write(catalogue, name, &set, more, from ? 3 : 0, &error));
}

static int begin(void **state)
{
    (void)state;
    if (!test_folder_make(folder))
        return -1;
    snprintf(path, sizeof path, "%s/catalogue.db", folder);
    snprintf(weights, sizeof weights, "%s/model.safetensors", folder);
    snprintf(moved, sizeof moved, "%s/moved.safetensors", folder);
    snprintf(merges, sizeof merges, "%s/merges.txt", folder);
    golden = golden_open("clip_text");
    small_model_write(golden, weights, &(struct small_variant){0});
    write_text(merges, "#version: 0.2\nt h\nth e</w>\nc a\nca t</w>\n");
    must(catalogue_open(path, CATALOGUE_CREATE, &catalogue, &error));
    import_albums();
    write_set("clip", "clip", 5, weights);
    const struct app_options options = {.catalogue = path, .device = {DEVICE_CPU, 2, NULL}, .write = true};
    must(app_open(&options, &app, &error));
    return 0;
}

static int end(void **state)
{
    (void)state;
    app_close(app);
    catalogue_close(catalogue);
    safetensors_close(golden);
    char command[64];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static enum status search(const char *set, const char *file, size_t limit, struct album_list *albums,
                          float *similarities, struct error *error)
{
    struct app_cover_answer answer;
    const struct app_cover_query query = {.text = "the cat", .set = set, .weights = file, .limit = limit};
    memset(error, 0, sizeof *error);
    enum status status = app_search_covers(app, &query, albums, similarities, &answer, error);
    assert_true(status != STATUS_OK || (answer.random_weights && answer.covers == ALBUMS - 1 && !answer.truncated));
    return status;
}

static double cosine(const float *a, const float *b)
{
    double dot = 0, aa = 0, bb = 0;
    for (int j = 0; j < WIDTH; j++) {
        dot += (double)a[j] * (double)b[j];
        aa += (double)a[j] * (double)a[j];
        bb += (double)b[j] * (double)b[j];
    }
    return dot / sqrt(aa * bb);
}

static void check_order(uint32_t seed)
{
    static float rows[ALBUMS][WIDTH];
    float similarities[ALBUMS + 1];
    struct album_list albums = {0};
    struct error error;
    fill_rows(seed, rows);
    const float *text = golden_floats(golden, "embedding") + WIDTH; /* of "the cat" */
    if (search("clip", NULL, ALBUMS, &albums, similarities, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    assert_int_equal(albums.count, ALBUMS - 2);
    bool seen[ALBUMS] = {false};
    for (size_t i = 0; i < albums.count; i++) {
        int64_t album = albums.items[i].id - 1;
        assert_false(seen[album] || album == MISSING || album == ZERO);
        seen[album] = true;
        assert_true(fabs((double)similarities[i] - cosine(rows[album], text)) < 1e-5);
        assert_true(i == 0 || similarities[i] <= similarities[i - 1]);
        if (album == SECOND_EQUAL)
            assert_int_equal(albums.items[i - 1].id - 1, FIRST_EQUAL); /* a multiple: ties by number */
    }
    album_list_free(&albums);
}

static void covers_are_ordered_by_cosine(void **state)
{
    (void)state;
    struct error error;
    check_order(5);
    /* Fewer are the first of all. */
    struct album_list all = {0};
    float every[ALBUMS + 1];
    assert_int_equal(search("clip", NULL, ALBUMS, &all, every, &error), STATUS_OK);
    for (size_t k = 0; k < ALBUMS; k++) {
        struct album_list albums = {0};
        float similarities[ALBUMS + 1];
        assert_int_equal(search("clip", NULL, k, &albums, similarities, &error), STATUS_OK);
        assert_int_equal(albums.count, k < all.count ? k : all.count);
        for (size_t i = 0; i < albums.count; i++)
            assert_true(albums.items[i].id == all.items[i].id && similarities[i] == every[i]);
        album_list_free(&albums);
    }
    album_list_free(&all);
}

static void each_album_gives_its_best_known_track(void **state)
{
    (void)state;
    struct track_list tracks = {0};
    struct album_list albums = {0};
    struct app_cover_answer answer;
    float similarities[6];
    struct error error;
    const struct app_cover_query query = {.text = "the cat", .set = "clip", .limit = 5};
    assert_int_equal(search("clip", NULL, 5, &albums, similarities, &error), STATUS_OK);
    assert_int_equal(app_search_cover_tracks(app, &query, &tracks, &answer, &error), STATUS_OK);
    assert_int_equal(tracks.count, 5);
    for (int i = 0; i < 5; i++) {
        assert_string_equal(tracks.items[i].album, albums.items[i].title);
        assert_true(strncmp(tracks.items[i].title, "hit ", 4) == 0);
    }
    album_list_free(&albums);
    track_list_free(&tracks);
}

static void a_cancelled_search_ends(void **state)
{
    (void)state;
    struct album_list albums = {0};
    struct app_cover_answer answer;
    float similarities[2];
    struct error error = {0};
    const atomic_bool cancel = true;
    const struct app_cover_query query = {.text = "cat", .set = "clip", .limit = 1, .cancel = &cancel};
    assert_int_equal(app_search_covers(app, &query, &albums, similarities, &answer, &error), STATUS_INTERRUPTED);
    album_list_free(&albums);
}

static void refused(const char *set, const char *file, enum status wanted, const char *message)
{
    struct album_list albums = {0};
    float similarities[2];
    struct error error;
    assert_int_equal(search(set, file, 1, &albums, similarities, &error), wanted);
    if (!strstr(error.text, message))
        fail_msg("%s", error.text);
    assert_int_equal(albums.count, 0);
    album_list_free(&albums);
}

static void other_sets_and_weights_are_refused(void **state)
{
    (void)state;
    small_model_write(golden, moved, &(struct small_variant){.dtype = "BF16"});
    write_set("dinov2", "dinov2", 5, moved);
    write_set("silent", "clip", 5, NULL);
    refused("missing", NULL, STATUS_FAILED, "the catalogue has no set missing");
    refused("dinov2", NULL, STATUS_USAGE, "was made by dinov2, which only compares pictures");
    refused("silent", NULL, STATUS_FAILED, "(an unknown file) are not in their folder");
    refused("silent", weights, STATUS_USAGE, "was made with other weights than");
    refused("clip", moved, STATUS_USAGE, "was made with other weights than");
    refused("clip", "/does/not/exist", STATUS_BAD_DATA, "/does/not/exist");
    refused("clip", merges, STATUS_BAD_DATA, "merges.txt");
    small_model_write(golden, moved, &(struct small_variant){.without = "token_embedding"});
    write_set("image", "clip", 5, moved);
    refused("image", NULL, STATUS_BAD_DATA, "has no text tower of CLIP");
    unlink(moved);
    check_order(5); /* a refusal leaves nothing behind */
}

static void weights_that_moved_are_named_once(void **state)
{
    (void)state;
    write_set("clip", "clip", 9, weights);
    check_order(9); /* the set was made again */
    assert_int_equal(rename(weights, moved), 0);
    write_set("clip", "clip", 6, moved); /* another program makes it again; the path is then of a file that moves */
    assert_int_equal(rename(moved, weights), 0);
    refused("clip", NULL, STATUS_FAILED, "moved.safetensors) are not in their folder");
    struct album_list albums = {0};
    float similarities[2];
    struct error error;
    assert_int_equal(search("clip", weights, 1, &albums, similarities, &error), STATUS_OK);
    album_list_free(&albums);
    app_close(app);
    const struct app_options options = {.catalogue = path, .device = {DEVICE_CPU, 2, NULL}};
    assert_int_equal(app_open(&options, &app, &error), STATUS_OK);
    check_order(6);
    /* Other weights are now where those that made the set were. */
    small_model_write(golden, moved, &(struct small_variant){.dtype = "BF16"});
    app_close(app);
    assert_int_equal(app_open(&options, &app, &error), STATUS_OK);
    check_order(6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(covers_are_ordered_by_cosine),      cmocka_unit_test(each_album_gives_its_best_known_track),
        cmocka_unit_test(a_cancelled_search_ends),           cmocka_unit_test(other_sets_and_weights_are_refused),
        cmocka_unit_test(weights_that_moved_are_named_once),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
