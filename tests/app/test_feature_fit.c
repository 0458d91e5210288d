#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <math.h>

#include "app/evaluate.h"
#include "app/feature_fit.h"
#include "app/seen_answers.h"
#include "app/split.h"
#include "app/training.h"
#include "core/log.h"
#include "core/random.h"
#include "db/import/import.h"
#include "tests/folder.h"
#include "tests/must.h"

/* Feature sets that are fitted to a model's vectors. */

enum { PLAYLISTS = 120, TRACKS = 900, ALBUMS = 300, FACTORS = 6 };

static char folder[TEST_FOLDER_MAX];
static char path[128];
static struct catalogue *catalogue;
static struct device device;
static struct device_use use = {.device = &device};
static char warning[1024];

static void keep_warning(enum log_level level, const char *text, void *context)
{
    (void)context;
    if (level == LOG_WARNING)
        snprintf(warning, sizeof warning, "%s", text);
}

static void import_songs(void)
{
    char csv[128];
    struct random random;
    random_seed(&random, 8);
    snprintf(csv, sizeof csv, "%s/songs.csv", folder);
    FILE *file = fopen(csv, "w");
    assert_non_null(file);
    fprintf(file, "playlist,pos,track,artist,album,seconds\n");
    for (int track = 0; track < TRACKS; track++) /* tracks and albums in the order of their numbers */
        fprintf(file, "all %d,%d,song %d,artist %d,album %d,200\n", track / 40, track % 40, track, track / 9,
                track / 3);
    for (int p = 0; p < PLAYLISTS; p++)
        for (int e = 0; e < 30; e++) {
            int track = (p * 37 + (int)random_below(&random, 120)) % TRACKS;
            fprintf(file, "playlist %d,%d,song %d,artist %d,album %d,200\n", p, e, track, track / 9, track / 3);
        }
    fclose(file);
    struct import_report report = {0};
    const struct csv_options options = {.preset = CSV_PLAYLISTS};
    must(catalogue_open(path, CATALOGUE_CREATE, &catalogue, &error));
    must(import_csv(catalogue, csv, &options, NULL, NULL, &report, &error));
    unlink(csv);
}

static void train(const char *kind, const char *name, const char *features, int split_sets)
{
    static const char *const texts[] = {"factors=6", "iterations=3", "regularization=0.5"};
    const bool knn = strcmp(kind, "sknn") == 0;
    const char *const network[] = {"factors=6", "iterations=3", "regularization=0.5", "epochs=1"};
    const struct model_spec spec = {.kind = kind,
                                    .name = name,
                                    .settings = features ? network : texts,
                                    .n_settings = knn        ? 0
                                                  : features ? 4
                                                             : 3,
                                    .seed = 1,
                                    .split_sets = split_sets,
                                    .features = &features,
                                    .n_features = features ? 1 : 0};
    must(app_train(catalogue, &use, &spec, NULL, &error));
}

static int begin(void **state)
{
    (void)state;
    const struct split_settings drawn = {.draw = true, .options = {.test = 12, .validation = 10, .seed = 3}};
    const struct device_options options = {DEVICE_CPU, 2, NULL};
    struct split_counts counts;
    log_set_sink(keep_warning, NULL);
    if (!test_folder_make(folder))
        return -1;
    snprintf(path, sizeof path, "%s/catalogue.db", folder);
    device_start(&device, &options);
    import_songs();
    must(app_split(catalogue, &drawn, &counts, &error));
    train("als", "als", NULL, SPLIT_TRAIN);
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

/* ---- feature sets ---- */

static void write_set(const char *name, enum feature_item item, int64_t n, int width, float *values)
{
    const struct feature_set set = {.item = item, .n_rows = n, .width = width, .values = values, .extractor = "test"};
    must(feature_set_write(catalogue, name, &set, NULL, 0, &error));
}

/* The vectors of the model themselves: of tracks, or their means over albums. */
static void write_planted(const char *name, enum feature_item item)
{
    struct compute compute;
    struct recommender *recommender;
    struct track_vectors tracks;
    static float values[TRACKS * FACTORS];
    int64_t per_album = TRACKS / ALBUMS, n = item == FEATURE_TRACKS ? TRACKS : ALBUMS;
    must(compute_open(DEVICE_CPU, 1, &compute, &error));
    must(recommender_open(catalogue, &compute, "als", &recommender, &error));
    must(recommender_track_vectors(recommender, &tracks, &error));
    assert_int_equal(tracks.width, FACTORS);
    memset(values, 0, sizeof values);
    for (int64_t i = 0; i < n; i++) {
        int64_t first = item == FEATURE_TRACKS ? i : i * per_album, count = item == FEATURE_TRACKS ? 1 : per_album,
                known = 0;
        for (int64_t t = first; t < first + count; t++)
            for (int j = 0; tracks.playlists[t] > 0 && j < FACTORS; j++)
                values[i * FACTORS + j] += tracks.values[t * tracks.stride + j];
        for (int64_t t = first; t < first + count; t++)
            known += tracks.playlists[t] > 0;
        for (int j = 0; known > 0 && j < FACTORS; j++)
            values[i * FACTORS + j] /= (float)known;
    }
    recommender_close(recommender);
    compute_close(&compute);
    write_set(name, item, n, FACTORS, values);
}

/* Albums that are `changed` get other numbers; NULL: none. */
static void write_random(const char *name, const bool *changed)
{
    enum { WIDTH = 9 };
    static float values[ALBUMS * WIDTH];
    struct random random;
    random_seed(&random, 5);
    for (int i = 0; i < ALBUMS * WIDTH; i++)
        values[i] = (float)random_normal(&random);
    for (int64_t i = 0; changed && i < ALBUMS; i++)
        for (int j = 0; changed[i] && j < WIDTH; j++)
            values[i * WIDTH + j] = 7 - values[i * WIDTH + j];
    write_set(name, FEATURE_ALBUMS, ALBUMS, WIDTH, values);
}

static void fit(const char *set, const char *name, enum fit_method method, struct feature_fit_result *result)
{
    static const char *const texts[] = {"held_out=0.3", "min_entries=1"};
    const struct feature_fit_settings settings = {
        .set = set, .model = "als", .name = name, .method = method, .settings = texts, .n_settings = 2, .seed = 4};
    must(app_feature_fit(catalogue, &use, &settings, NULL, result, &error));
}

/* ---- tests ---- */

static void the_vectors_themselves_are_found(void **state)
{
    (void)state;
    static const enum feature_item items[] = {FEATURE_ALBUMS, FEATURE_TRACKS};
    for (int i = 0; i < 2; i++) {
        struct feature_fit_result result;
        write_planted("planted", items[i]);
        fit("planted", "found", FIT_RIDGE, &result);
        assert_int_equal(result.item, items[i]);
        assert_int_equal(result.out, FACTORS);
        assert_true(result.r2 > 0.999);
        assert_true(result.retrieval.median_rank == 1);
        assert_true(result.retrieval.recall[0].mean > 0.99);
        assert_true(result.retrieval.cosine[0].mean > 0.9);
        assert_int_equal(result.n_known, result.n_training + result.n_validation + result.n_held_out);
    }
}

static void random_features_give_chance(void **state)
{
    (void)state;
    for (int method = 0; method < FIT_METHODS; method++) {
        struct feature_fit_result result;
        write_random("noise", NULL);
        fit("noise", "nothing", (enum fit_method)method, &result);
        assert_true(result.r2 < 0.02);
        const struct retrieval *retrieval = &result.retrieval;
        assert_true(retrieval->median_low <= retrieval->median_chance &&
                    retrieval->median_chance <= retrieval->median_high);
        assert_true(fabs(retrieval->cosine[0].mean - retrieval->overlap_chance[0]) < 2 * retrieval->cosine[0].ci95);
    }
}

/* Whether other features of an item leave the rows of all others as they are: it is held out, or not known. */
static bool changes_nothing_else(int64_t item, enum fit_method method, const float *rows)
{
    bool changed[ALBUMS] = {false}, same = true;
    struct feature_fit_result result;
    struct feature_set after;
    changed[item] = true;
    write_random("noise", changed);
    fit("noise", "second", method, &result);
    must(feature_set_open(catalogue, "second", &after, &error));
    for (int64_t k = 0; k < ALBUMS; k++)
        same =
            same && (k == item || memcmp(after.values + k * FACTORS, rows + k * FACTORS, FACTORS * sizeof(float)) == 0);
    feature_set_close(&after);
    return same;
}

static void held_out_items_are_not_used(void **state)
{
    (void)state;
    enum { TRIED = 16 };
    int64_t n_unused[FIT_METHODS] = {0};
    bool unused[FIT_METHODS][TRIED];
    for (int method = 0; method < FIT_METHODS; method++) {
        struct feature_fit_result result;
        struct feature_set before;
        static float rows[ALBUMS * FACTORS];
        write_random("noise", NULL);
        fit("noise", "first", (enum fit_method)method, &result);
        assert_int_equal(result.n_known, ALBUMS);
        must(feature_set_open(catalogue, "first", &before, &error));
        memcpy(rows, before.values, sizeof rows);
        feature_set_close(&before);
        for (int64_t i = 0; i < TRIED; i++) {
            unused[method][i] = changes_nothing_else(i, (enum fit_method)method, rows);
            n_unused[method] += unused[method][i];
        }
    }
    assert_in_range(n_unused[FIT_RIDGE], 1, TRIED / 2); /* three tenths are held out */
    for (int i = 0; i < TRIED; i++)                     /* a validation item need not change the network's best epoch */
        assert_true(!unused[FIT_RIDGE][i] || unused[FIT_NETWORK][i]);
    assert_true(n_unused[FIT_NETWORK] < TRIED);
}

static void the_set_says_how_it_was_made(void **state)
{
    (void)state;
    struct feature_fit_result result;
    struct feature_set set;
    write_random("noise", NULL);
    fit("noise", "made", FIT_NETWORK, &result);
    must(feature_set_open(catalogue, "made", &set, &error));
    assert_string_equal(set.extractor, "fit");
    assert_string_equal(feature_set_metadata(&set, "fit.set"), "noise");
    assert_string_equal(feature_set_metadata(&set, "fit.model"), "als");
    assert_string_equal(feature_set_metadata(&set, "fit.kind"), "als");
    assert_string_equal(feature_set_metadata(&set, "fit.method"), "network");
    assert_string_equal(feature_set_metadata(&set, "fit.seed"), "4");
    assert_int_equal(strlen(feature_set_metadata(&set, "fit.trained_on")), 32);
    assert_non_null(strstr(feature_set_metadata(&set, "fit.held_out"), "\"median_rank\":"));
    assert_int_equal(set.n_present, ALBUMS);
    for (int64_t i = 0; i < ALBUMS; i++) {
        double squares = 0;
        for (int j = 0; j < set.width; j++)
            squares += (double)set.values[i * set.width + j] * (double)set.values[i * set.width + j];
        assert_true(fabs(squares - 1) < 1e-5);
    }
    feature_set_close(&set);
}

static void artists_are_held_out_whole(void **state)
{
    (void)state;
    static const char *const texts[] = {"split=artists", "min_entries=1"};
    const struct feature_fit_settings settings = {
        .set = "noise", .model = "als", .name = "made", .settings = texts, .n_settings = 2, .seed = 4};
    struct feature_fit_result result;
    write_random("noise", NULL);
    must(app_feature_fit(catalogue, &use, &settings, NULL, &result, &error));
    assert_int_equal(result.n_held_out % 3, 0); /* artists have three albums, and all are known */
    assert_int_equal(result.n_known, ALBUMS);
}

/* ---- leaks ---- */

static void fitted_sets_that_have_seen_the_answers_are_reported(void **state)
{
    (void)state;
    struct feature_fit_result result;
    struct evaluate_result evaluated;
    struct model_list records;
    const char *name = "with";
    write_random("noise", NULL);
    for (int leaks = 0; leaks < 2; leaks++) {
        train("als", "als", NULL, leaks ? SPLIT_TRAIN | SPLIT_VALIDATION : SPLIT_TRAIN);
        fit("noise", "made", FIT_RIDGE, &result);
        train("mf-pool", "with", "made", SPLIT_TRAIN);
        warning[0] = '\0';
        const struct evaluate_settings settings = {.models = &name, .n_models = 1, .set = SPLIT_VALIDATION};
        must(app_evaluate(catalogue, &use, &settings, NULL, &evaluated, &error));
        evaluate_result_free(&evaluated);
        bool warned = strstr(warning, "was fitted to a model");
        must(catalogue_model_find(catalogue, name, &records, &error));
        assert_int_equal(seen_answers_read(&records.items[0]), leaks ? SEEN_PERHAPS : SEEN_NO);
        model_list_free(&records);
        assert_int_equal(warned, leaks);
    }
    train("als", "als", NULL, SPLIT_TRAIN);
}

/* ---- wrong input ---- */

static void must_fail(struct feature_fit_settings settings, enum status want, const char *says)
{
    struct feature_fit_result result;
    struct error error;
    assert_int_equal(app_feature_fit(catalogue, &use, &settings, NULL, &result, &error), want);
    if (!strstr(error.text, says))
        fail_msg("\"%s\" should say \"%s\"", error.text, says);
}

static void wrong_input_is_refused(void **state)
{
    (void)state;
    static const char *const many[] = {"min_entries=100000"}, *const shares[] = {"held_out=0.8", "validation=0.5"},
                             *const unknown[] = {"layers=1"};
    const struct feature_fit_settings good = {.set = "noise", .model = "als", .name = "new", .seed = 1};
    struct feature_fit_settings bad = good;
    write_random("noise", NULL);
    train("sknn", "sknn", NULL, SPLIT_TRAIN);
    bad.model = "sknn";
    must_fail(bad, STATUS_USAGE, "\"sknn\" has no vectors of tracks");
    bad.model = "missing";
    must_fail(bad, STATUS_FAILED, "no model \"missing\"");
    bad = good;
    bad.set = "missing";
    must_fail(bad, STATUS_FAILED, "no feature set missing");
    bad = good;
    bad.name = "noise";
    must_fail(bad, STATUS_USAGE, "a feature set noise already");
    bad.name = "../x";
    must_fail(bad, STATUS_USAGE, "cannot be the name");
    bad.name = "clip";
    must_fail(bad, STATUS_USAGE, "`sleeve embed clip` makes");
    bad = good;
    bad.settings = many;
    bad.n_settings = 1;
    must_fail(bad, STATUS_FAILED, "too few");
    bad.settings = shares;
    bad.n_settings = 2;
    must_fail(bad, STATUS_USAGE, "at most 0.95");
    bad.settings = unknown; /* a setting of the other method */
    bad.n_settings = 1;
    must_fail(bad, STATUS_USAGE, "layers");
    bad = good;
    bad.method = FIT_NETWORK;
    bad.resume = true;
    must_fail(bad, STATUS_USAGE, "no interrupted training");
    assert_int_equal(feature_set_remove(catalogue, "new", NULL), STATUS_USAGE); /* nothing was stored */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vectors_themselves_are_found),
        cmocka_unit_test(random_features_give_chance),
        cmocka_unit_test(held_out_items_are_not_used),
        cmocka_unit_test(the_set_says_how_it_was_made),
        cmocka_unit_test(artists_are_held_out_whole),
        cmocka_unit_test(fitted_sets_that_have_seen_the_answers_are_reported),
        cmocka_unit_test(wrong_input_is_refused),
    };
    return cmocka_run_group_tests_name("feature fit", tests, begin, end);
}
