#include "generated.h"
#include "queries.h"

/* Recommending with trained models: order, exclusion, empty and unknown seeds, damaged files. */

static void path_of(const char *name, char path[128])
{
    snprintf(path, 128, "%s/%s.safetensors", folder, name);
}

static struct recommender *trained(const struct interactions *r, const char *kind, const char *const *settings,
                                   size_t n_settings)
{
    char path[128], *json = NULL;
    path_of(kind, path);
    const struct model_spec spec = {
        .kind = kind, .name = kind, .settings = settings, .n_settings = n_settings, .seed = 42};
    must(model_train_file(r, &compute, &spec, "0123456789abcdef0123456789abcdef", path, &json, NULL, &error));
    assert_non_null(strstr(json, "\"preset\""));
    free(json);
    struct recommender *recommender = NULL;
    must(recommender_open_file(&compute, path, &recommender, &error));
    assert_string_equal(recommender_kind(recommender), kind);
    assert_int_equal(recommender_tracks(recommender), r->n_tracks);
    unlink(path);
    return recommender;
}

static const char *const weak[] = {"regularization=0.5", "factors=16"};
static const char *const weighted[] = {"regularization=0.5", "factors=16", "alpha=4"};

static void every_kind_ranks_without_the_seeds(void **state)
{
    (void)state;
    enum { N = 300, K = 250 };
    struct interactions r = generate(21, 800, N);
    for (int kind = 0; kind < 4; kind++) {
        const char *names[] = {"popularity", "als", "mf-avg", "als"};
        struct recommender *model = trained(&r, names[kind], kind == 3 ? weighted : weak,
                                            kind == 0   ? 0
                                            : kind == 3 ? 3
                                                        : 2);
        const int64_t seeds[] = {6, 11, 6, 999999, -4, 0, 16};
        struct recommendation out[K];
        size_t count = 0;
        must(recommender_recommend(model, &(struct recommend_query){.seeds = seeds, .n_seeds = 7}, K, out, &count,
                                   &error));
        assert_int_equal(count, K);
        for (size_t i = 0; i < count; i++) {
            assert_in_range(out[i].track, 1, N);
            assert_true(out[i].track != 6 && out[i].track != 11 && out[i].track != 16);
            assert_true(out[i].score == out[i].parts[0]);
            assert_true(i == 0 || out[i - 1].score > out[i].score ||
                        (out[i - 1].score == out[i].score && out[i - 1].track < out[i].track));
        }
        recommender_close(model);
    }
    generated_free(&r);
}

/* Tracks with a cover of four numbers each, except for every seventh, which has none. */
static struct side_info side_with_covers(int64_t n, int32_t *covers, float *values)
{
    struct random random;
    random_seed(&random, 5);
    for (int64_t i = 0; i < n; i++)
        covers[i] = i % 7 == 0 ? -1 : (int32_t)i;
    for (int64_t i = 0; i < 4 * n; i++)
        values[i] = (float)random_uniform(&random) - 0.5f;
    return (struct side_info){
        .n_tracks = n, .features = {{.n_rows = n, .width = 4, .values = values, .rows = covers}}, .n_features = 1};
}

/* mf-avg represents a playlist by the mean of its track vectors. The last columns are the covers', so their share of
 * the product with a track's vector is the cover's part of its score; the rest is the song's. */
static void scores_are_told_apart(void **state)
{
    (void)state;
    enum { N = 120, K = 60, COVER = 6 };
    struct interactions r = generate(25, 400, N);
    int32_t covers[N];
    float values[4 * N];
    const struct side_info side = side_with_covers(N, covers, values);
    for (int mixed = 0; mixed < 2; mixed++) {
        const char *settings[] = {"regularization=0.5", "factors=16", "cover_hidden=8",
                                  "cover_width=6",      "epochs=2",   mixed ? "extra=1" : "extra=0"};
        char path[128], *json = NULL;
        path_of("covers", path);
        const struct model_spec spec = {.kind = "mf-avg",
                                        .name = "c",
                                        .settings = settings,
                                        .n_settings = 6,
                                        .seed = 42,
                                        .features = (const char *const[]){"set"},
                                        .n_features = 1,
                                        .side = &side};
        must(model_train_file(&r, &compute, &spec, "0123456789abcdef0123456789abcdef", path, &json, NULL, &error));
        free(json);
        struct recommender *model = NULL;
        must(recommender_open_file(&compute, path, &model, &error));
        const float *items;
        int64_t width;
        must(recommender_matrix(model, "items", -1, &items, &width, &error));
        assert_int_equal(width, 16 + COVER);
        const int64_t seeds[] = {9, 30, 77};
        struct recommendation out[K];
        size_t count = 0, told = 0;
        must(recommender_recommend(model, &(struct recommend_query){.seeds = seeds, .n_seeds = 3}, K, out, &count,
                                   &error));
        assert_int_equal(count, K);
        for (size_t i = 0; i < count; i++) {
            double parts[2] = {0, 0};
            for (int64_t c = 0; c < width; c++) {
                double mean = 0;
                for (int s = 0; s < 3; s++)
                    mean += (double)items[(seeds[s] - 1) * width + c] / 3;
                parts[c >= 16] += mean * (double)items[(out[i].track - 1) * width + c];
            }
            assert_true(fabs(parts[0] + parts[1] - (double)out[i].score) < 1e-5);
            assert_true(fabs((mixed ? 0 : parts[1]) - (double)out[i].parts[1]) < 1e-5);
            assert_true(fabs((double)out[i].score - (double)out[i].parts[0] - (double)out[i].parts[1]) < 1e-6);
            told += out[i].parts[1] != 0;
        }
        assert_int_equal(told, mixed ? 0 : K);
        must(recommender_recommend(model, &(struct recommend_query){.seeds = seeds, .n_seeds = 0}, K, out, &count,
                                   &error)); /* popular tracks: covers have no part in
                                              * it */
        for (size_t i = 0; i < count; i++)
            assert_true(out[i].parts[1] == 0);
        recommender_close(model);
        unlink(path);
    }
    generated_free(&r);
}

static void clusters_are_found(void **state)
{
    (void)state;
    struct interactions r = generate(22, 2000, 300);
    const char *names[] = {"als", "mf-avg"};
    for (int kind = 0; kind < 2; kind++) {
        struct recommender *model = trained(&r, names[kind], weak, 2);
        const int64_t seeds[] = {4, 9, 14}; /* rows 3, 8, 13: cluster 3 */
        struct recommendation out[10];
        size_t count = 0, same = 0;
        must(recommender_recommend(model, &(struct recommend_query){.seeds = seeds, .n_seeds = 3}, 10, out, &count,
                                   &error));
        for (size_t i = 0; i < count; i++)
            same += (out[i].track - 1) % 5 == 3;
        assert_true(same >= 8);
        recommender_close(model);
    }
    generated_free(&r);
}

static void nothing_known_gives_the_most_popular(void **state)
{
    (void)state;
    enum { N = 120 };
    struct interactions r = generate(23, 500, N);
    struct recommender *popular = trained(&r, "popularity", NULL, 0), *als = trained(&r, "als", weak, 2);
    struct recommendation want[N], got[N];
    size_t n_want = 0, n_got = 0;
    const int64_t unknown[] = {121, -1};
    must(recommender_recommend(popular, &(struct recommend_query){0}, 500, want, &n_want, &error));
    assert_int_equal(n_want, N);
    int64_t counts[N] = {0};
    for (int64_t e = 0; e < r.starts[r.n_playlists]; e++)
        counts[r.tracks[e]]++;
    for (size_t i = 0; i < n_want; i++)
        assert_int_equal((int64_t)want[i].score, counts[want[i].track - 1]);
    must(recommender_recommend(als, &(struct recommend_query){.seeds = unknown, .n_seeds = 2}, 500, got, &n_got,
                               &error));
    assert_int_equal(n_got, N);
    assert_memory_equal(want, got, sizeof want);
    recommender_close(popular);
    recommender_close(als);
    generated_free(&r);
}

static void many_lists_equal_single_ones(void **state)
{
    (void)state;
    enum { N = 200, LISTS = 2500, K = 20 };
    struct interactions r = generate(24, 700, N);
    struct recommender *model = trained(&r, "mf-avg", weak, 2);
    static int64_t starts[LISTS + 1], seeds[LISTS * 5];
    static struct recommend_query queries[LISTS];
    static struct recommendation out[LISTS * K];
    static size_t counts[LISTS];
    struct random random;
    random_seed(&random, 77);
    for (size_t i = 0; i < LISTS; i++) {
        starts[i + 1] = starts[i] + (int64_t)random_below(&random, 5);
        for (int64_t e = starts[i]; e < starts[i + 1]; e++)
            seeds[e] = 1 + (int64_t)random_below(&random, N + 5);
    }
    queries_of(starts, seeds, LISTS, queries);
    must(recommender_recommend_many(model, queries, LISTS, K, out, counts, &error));
    for (size_t i = 0; i < LISTS; i += 97) {
        struct recommendation one[K];
        size_t n_one = 0;
        must(recommender_recommend(model, &queries[i], K, one, &n_one, &error));
        assert_int_equal(n_one, counts[i]);
        for (size_t j = 0; j < n_one; j++)
            assert_true(fabsf(one[j].score - out[i * K + j].score) < 1e-4f);
    }
    recommender_close(model);
    generated_free(&r);
}

static void scale_changes_no_rank(void **state)
{
    (void)state;
    const char *const scaled[] = {"regularization=0.5", "factors=16", "scale=4"};
    struct interactions r = generate(25, 600, 150);
    const char *names[] = {"als", "mf-avg"};
    for (int kind = 0; kind < 2; kind++) {
        struct recommender *plain = trained(&r, names[kind], weak, 2), *times4 = trained(&r, names[kind], scaled, 3);
        const int64_t seeds[] = {3, 8, 40};
        struct recommendation a[50], b[50];
        size_t n = 0;
        must(recommender_recommend(plain, &(struct recommend_query){.seeds = seeds, .n_seeds = 3}, 50, a, &n, &error));
        must(recommender_recommend(times4, &(struct recommend_query){.seeds = seeds, .n_seeds = 3}, 50, b, &n, &error));
        for (size_t i = 0; i < n; i++)
            assert_true(fabsf(b[i].score - a[i].score * (kind == 0 ? 1 : 16)) < 1e-4f);
        recommender_close(plain);
        recommender_close(times4);
    }
    generated_free(&r);
}

static void broken_models_are_refused(void **state)
{
    (void)state;
    char path[128];
    path_of("broken", path);
    const float tracks[4] = {1, 2, NAN, 4}, popularity[2] = {1, 2};
    for (int fault = 0; fault < 6; fault++) {
        const struct tensor_source tensors[] = {
            {.name = "popularity", .dtype = "F32", .rank = 2, .shape = {2, 1}, .bytes = popularity},
            {.name = "tracks", .dtype = "F32", .rank = 2, .shape = {2, 2}, .bytes = tracks}};
        const struct metadata_pair pairs[] = {{"kind", fault == 1 ? "oracle" : "als"},
                                              {"n_tracks", fault == 2   ? "3"
                                                           : fault == 3 ? "-2"
                                                                        : "2"},
                                              {"setting.regularization", fault == 4 ? "x" : "1"},
                                              {"setting.alpha", "0"},
                                              {"setting.scale", "1"}};
        must(safetensors_write(path, tensors, fault == 5 ? 1 : 2, pairs, 5, &error));
        struct recommender *model = NULL;
        struct error error = {0};
        assert_int_equal(recommender_open_file(&compute, path, &model, &error), STATUS_BAD_DATA);
        assert_null(model);
        assert_non_null(strstr(error.text, path));
    }
    unlink(path);
}

static void settings_are_checked(void **state)
{
    (void)state;
    const char *wrong[] = {"lambda=3",    "regularization",   "regularization=-1",
                           "factors=1.5", "factors=99999999", "alpha=x"};
    struct interactions r = generate(26, 10, 20);
    char path[128], *json = NULL;
    path_of("settings", path);
    for (size_t i = 0; i < 6; i++) {
        const struct model_spec spec = {.kind = "als", .name = "x", .settings = &wrong[i], .n_settings = 1};
        struct error error = {0};
        assert_int_equal(model_train_file(&r, &compute, &spec, "", path, &json, NULL, &error), STATUS_USAGE);
        assert_true(strlen(error.text) > 0 && access(path, F_OK) != 0);
    }
    const struct model_spec kind = {.kind = "unknown", .name = "x"},
                            preset = {.kind = "als", .name = "x", .preset = "huge"};
    struct error error = {0};
    assert_int_equal(model_train_file(&r, &compute, &kind, "", path, &json, NULL, &error), STATUS_USAGE);
    assert_int_equal(model_train_file(&r, &compute, &preset, "", path, &json, NULL, &error), STATUS_USAGE);
    generated_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_ranks_without_the_seeds),
        cmocka_unit_test(scores_are_told_apart),
        cmocka_unit_test(clusters_are_found),
        cmocka_unit_test(nothing_known_gives_the_most_popular),
        cmocka_unit_test(many_lists_equal_single_ones),
        cmocka_unit_test(scale_changes_no_rank),
        cmocka_unit_test(broken_models_are_refused),
        cmocka_unit_test(settings_are_checked),
    };
    return cmocka_run_group_tests_name("recommender", tests, open_all, close_all);
}
