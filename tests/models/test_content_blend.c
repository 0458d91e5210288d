#include "content_blend_golden.h"
#include "core/log.h"
#include "generated.h"

/* content-blend against NumPy (tests/oracle/content_blend.py), its properties, catalogues with little in them, and
 * damaged files. */

enum { SETTINGS = sizeof golden_settings / sizeof *golden_settings };

/* The catalogue of the golden values. */
struct golden {
    struct interactions interactions;
    struct side_info side;
    bool has_tones[GOLDEN_N];
    int64_t playlist_ids[GOLDEN_PLAYLISTS];
};

/* Tests change none of the arrays. */
static void *unchanged(const void *values)
{
    return (void *)(uintptr_t)values;
}

static void golden_make(struct golden *golden)
{
    *golden = (struct golden){.interactions = {.n_tracks = GOLDEN_N,
                                               .n_playlists = GOLDEN_PLAYLISTS,
                                               .starts = unchanged(golden_starts),
                                               .tracks = unchanged(golden_tracks),
                                               .playlist_ids = golden->playlist_ids},
                              .side = {.n_tracks = GOLDEN_N,
                                       .n_artists = GOLDEN_ARTISTS,
                                       .n_releases = GOLDEN_ALBUMS,
                                       .releases = unchanged(golden_albums),
                                       .artists = unchanged(golden_artists),
                                       .n_features = 2}};
    for (int i = 0; i < GOLDEN_N; i++)
        golden->has_tones[i] = golden_tones_row[i] >= 0;
    golden->side.features[0] = (struct side_features){
        .item = FEATURE_TRACKS,
        .rows = unchanged(golden_tones_row),
        .set = {.n_rows = GOLDEN_N, .width = GOLDEN_TONES, .values = golden_tones, .present = golden->has_tones}};
    golden->side.features[1] = (struct side_features){.item = FEATURE_ALBUMS,
                                                      .n_rows = GOLDEN_ALBUMS,
                                                      .width = GOLDEN_LOOKS,
                                                      .values = golden_looks,
                                                      .rows = unchanged(golden_looks_row)};
}

static enum status train(struct compute *on, const struct golden *golden, size_t n_features, const char *path,
                         struct error *why)
{
    static const char *const names[] = {"tones", "looks"};
    const struct model_spec spec = {.kind = "content-blend",
                                    .settings = golden_settings,
                                    .n_settings = SETTINGS,
                                    .features = names,
                                    .n_features = n_features,
                                    .side = &golden->side};
    char *json = NULL;
    enum status status = model_train_file(&golden->interactions, on, &spec, "x", path, &json, NULL, why);
    free(json);
    return status;
}

static struct recommender *opened(struct compute *on, const struct golden *golden, size_t n_features)
{
    char path[160];
    snprintf(path, sizeof path, "%s/blend.safetensors", folder);
    struct recommender *model = NULL;
    must(train(on, golden, n_features, path, &error));
    must(recommender_open_file(on, path, &model, &error));
    unlink(path);
    return model;
}

static struct recommend_query query_of(int list)
{
    int64_t start = golden_list_starts[list];
    return (struct recommend_query){.seeds = golden_seeds + start,
                                    .n_seeds = (size_t)(golden_list_starts[list + 1] - start)};
}

static bool near(double got, double want)
{
    return fabs(got - want) <= 1e-5 * (1 + fabs(want));
}

static void equals_numpy(void **state)
{
    (void)state;
    struct golden golden;
    golden_make(&golden);
    struct recommender *model = opened(&compute, &golden, 2);
    for (int list = 0; list < GOLDEN_LISTS; list++) {
        const struct recommend_query query = query_of(list);
        struct recommendation out[GOLDEN_N];
        size_t count = 0;
        must(recommender_recommend(model, &query, GOLDEN_N, out, &count, &error));
        assert_int_equal(count, GOLDEN_N - query.n_seeds);
        for (size_t i = 0; i < count; i++) {
            int64_t at = (int64_t)list * GOLDEN_N + out[i].track - 1;
            if (!near((double)out[i].score, golden_score[at]) ||
                !near((double)out[i].parts[1], golden_tones_part[at]) ||
                !near((double)out[i].parts[2], golden_looks_part[at]))
                fail_msg("list %d, track %lld: %.7g = ... + %.7g + %.7g, not %.7g = ... + %.7g + %.7g", list,
                         (long long)out[i].track, (double)out[i].score, (double)out[i].parts[1],
                         (double)out[i].parts[2], golden_score[at], golden_tones_part[at], golden_looks_part[at]);
            assert_true(i == 0 || out[i - 1].score >= out[i].score);
        }
    }
    recommender_close(model);
}

/* The result for a list depends neither on other lists nor on the number of threads. */
static void lists_and_threads_change_nothing(void **state)
{
    (void)state;
    struct golden golden;
    golden_make(&golden);
    struct compute many;
    must(compute_open(DEVICE_CPU, 5, &many, &error));
    struct recommender *models[] = {opened(&compute, &golden, 2), opened(&many, &golden, 2)};
    struct recommend_query queries[GOLDEN_LISTS];
    for (int list = 0; list < GOLDEN_LISTS; list++)
        queries[list] = query_of(list);
    static struct recommendation all[GOLDEN_LISTS * GOLDEN_N], one[GOLDEN_N];
    for (int m = 0; m < 2; m++) {
        size_t counts[GOLDEN_LISTS], count = 0;
        must(recommender_recommend_many(models[m], queries, GOLDEN_LISTS, GOLDEN_N, all, counts, &error));
        for (int list = 0; list < GOLDEN_LISTS; list++) {
            must(recommender_recommend(models[0], &queries[list], GOLDEN_N, one, &count, &error));
            assert_int_equal(count, counts[list]);
            for (size_t i = 0; i < count; i++) {
                assert_int_equal(one[i].track, all[list * GOLDEN_N + (int)i].track);
                assert_true(one[i].score == all[list * GOLDEN_N + (int)i].score);
            }
        }
    }
    recommender_close(models[0]);
    recommender_close(models[1]);
    compute_close(&many);
}

/* Tracks that no playlist contains are suggested by their features alone, and known as seeds. */
static void unknown_tracks_are_suggested_and_known(void **state)
{
    (void)state;
    struct golden golden;
    golden_make(&golden);
    struct recommender *model = opened(&compute, &golden, 2), *plain = opened(&compute, &golden, 0);
    struct recommendation out[10];
    size_t count = 0, unknown = 0;
    for (int list = 0; list < GOLDEN_LISTS; list++) {
        const struct recommend_query query = query_of(list);
        must(recommender_recommend(model, &query, 10, out, &count, &error));
        for (size_t i = 0; i < count; i++)
            unknown += model->popularity[out[i].track - 1] == 0;
    }
    assert_true(unknown > 0);
    for (int32_t row = 0; row < GOLDEN_N; row++) {
        bool held = false;
        for (int64_t e = 0; e < golden_starts[GOLDEN_PLAYLISTS]; e++)
            held = held || golden_artists[golden_tracks[e]] == golden_artists[row];
        bool described = golden_tones_row[row] >= 0 || golden_looks_row[row] >= 0;
        assert_true(model->ops->knows(model, row) == (held || described));
        assert_true(plain->ops->knows(plain, row) == held);
    }
    recommender_close(model);
    recommender_close(plain);
}

/* Without feature sets the score is that of artists and albums; equal ones are ordered by popularity. */
static void artists_alone(void **state)
{
    (void)state;
    struct golden golden;
    golden_make(&golden);
    struct recommender *model = opened(&compute, &golden, 0);
    for (int list = 0; list < GOLDEN_LISTS; list++) {
        const struct recommend_query query = query_of(list);
        struct recommendation out[GOLDEN_N];
        size_t count = 0;
        must(recommender_recommend(model, &query, GOLDEN_N, out, &count, &error));
        for (size_t i = 0; i < count; i++) {
            int64_t at = (int64_t)list * GOLDEN_N + out[i].track - 1;
            assert_true(near((double)out[i].score, golden_score[at] - golden_tones_part[at] - golden_looks_part[at]));
            if (i > 0 && out[i - 1].score == out[i].score)
                assert_true(model->popularity[out[i - 1].track - 1] >= model->popularity[out[i].track - 1]);
        }
    }
    recommender_close(model);
}

/* A catalogue of one playlist of one track, and one whose tracks are all equal. */
static void tiny_catalogues(void **state)
{
    (void)state;
    int64_t starts[] = {0, 1}, ids[] = {1};
    int32_t rows[] = {0}, artists[] = {0, 0, 0}, albums[] = {-1, -1, -1};
    for (int64_t n = 1; n <= 3; n += 2) {
        struct golden golden = {
            .interactions = {.n_tracks = n, .n_playlists = 1, .starts = starts, .tracks = rows, .playlist_ids = ids},
            .side = {.n_tracks = n, .n_artists = 1, .artists = artists, .releases = albums}};
        struct recommender *model = opened(&compute, &golden, 0);
        struct recommendation out[3];
        size_t count = 0;
        const struct recommend_query query = {.seeds = (const int64_t[]){1}, .n_seeds = 1};
        must(recommender_recommend(model, &query, 3, out, &count, &error));
        assert_int_equal(count, n - 1);
        for (size_t i = 0; i < count; i++)
            assert_true(near((double)out[i].score, 0.9 + 1.3)); /* artists and same_artist; no album is not an album */
        recommender_close(model);
    }
}

/* A set without a usable column is refused by name, and nothing is written. */
static void useless_features_are_refused(void **state)
{
    (void)state;
    char path[160];
    snprintf(path, sizeof path, "%s/useless.safetensors", folder);
    static const float flat[GOLDEN_N * 2];
    float mixed[GOLDEN_N * 2];
    for (int i = 0; i < GOLDEN_N * 2; i++)
        mixed[i] = i % 2 ? INFINITY : 3;
    const float *values[] = {flat, mixed};
    for (int i = 0; i < 2; i++) {
        struct golden golden;
        golden_make(&golden);
        golden.side.features[0].set.values = values[i];
        golden.side.features[0].set.width = 2;
        struct error why = {0};
        assert_int_equal(train(&compute, &golden, 1, path, &why), STATUS_BAD_DATA);
        assert_non_null(strstr(why.text, "the feature set tones cannot be used"));
        assert_false(file_exists(path));
    }
}

/* A model with the first element of one matrix changed. */
static void wrong_files_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *matrix;
        int32_t value; /* of its first element */
    } faults[] = {{"artists", -1},
                  {"artists", GOLDEN_N},
                  {"albums", -2},
                  {"albums", GOLDEN_N},
                  {"counts", 0},
                  {"playlists", -1},
                  {"playlists", GOLDEN_ARTISTS},
                  {"rows.0", GOLDEN_N},
                  {"rows.1", -2},
                  {"rows.1", GOLDEN_ALBUMS},
                  {"features.0", 0x7fc00000},
                  /* NaN */ {"features.1", 0x7f800000} /* infinity */};
    char path[160];
    snprintf(path, sizeof path, "%s/wrong.safetensors", folder);
    struct golden golden;
    golden_make(&golden);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        must(train(&compute, &golden, 2, path, &error));
        struct buffer bytes = {0};
        struct safetensors *file = NULL;
        must(file_read(path, 1 << 20, &bytes, &error));
        must(safetensors_parse(bytes.data, bytes.size, path, &file, &error));
        const struct tensor_view *view = safetensors_find(file, faults[i].matrix);
        assert_non_null(view);
        size_t at = (size_t)((const char *)view->bytes - bytes.data);
        safetensors_close(file);
        memcpy(bytes.data + at, &faults[i].value, sizeof faults[i].value);
        FILE *out = fopen(path, "wb");
        assert_non_null(out);
        assert_int_equal(fwrite(bytes.data, 1, bytes.size, out), bytes.size);
        assert_int_equal(fclose(out), 0);
        buffer_free(&bytes);
        struct recommender *model = NULL;
        struct error why = {0};
        if (recommender_open_file(&compute, path, &model, &why) != STATUS_BAD_DATA)
            fail_msg("%s with %d is not refused", faults[i].matrix, (int)faults[i].value);
        assert_non_null(strstr(why.text, "train"));
    }
    unlink(path);
}

static void quiet(enum log_level level, const char *text, void *context)
{
    (void)level, (void)text, (void)context;
}

int main(void)
{
    log_set_sink(quiet, NULL); /* how many tracks each model knows */
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_numpy),
        cmocka_unit_test(lists_and_threads_change_nothing),
        cmocka_unit_test(unknown_tracks_are_suggested_and_known),
        cmocka_unit_test(artists_alone),
        cmocka_unit_test(tiny_catalogues),
        cmocka_unit_test(useless_features_are_refused),
        cmocka_unit_test(wrong_files_are_refused),
    };
    return cmocka_run_group_tests_name("content_blend", tests, open_all, close_all);
}
