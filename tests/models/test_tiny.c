#include "models/als_regularization.h"
#include "training_case.h"

/* Catalogues of a few playlists: a trained model gives useful scores, or the training is refused with advice. */

static struct interactions rows_of(int64_t n_tracks, size_t n_playlists, const int64_t lengths[],
                                   const int32_t tracks[])
{
    struct interactions made = {.n_tracks = n_tracks, .n_playlists = (int64_t)n_playlists};
    made.starts = calloc(n_playlists + 1, sizeof *made.starts);
    made.playlist_ids = calloc(n_playlists, sizeof *made.playlist_ids);
    assert_non_null(made.starts);
    assert_non_null(made.playlist_ids);
    for (size_t p = 0; p < n_playlists; p++) {
        made.starts[p + 1] = made.starts[p] + lengths[p];
        made.playlist_ids[p] = (int64_t)p + 1;
    }
    size_t entries = (size_t)made.starts[n_playlists];
    made.tracks = malloc(entries * sizeof *made.tracks);
    assert_non_null(made.tracks);
    for (size_t e = 0; e < entries; e++)
        made.tracks[e] = tracks ? tracks[e] : (int32_t)e;
    return made;
}

static enum status train(const struct interactions *interactions, const char *kind, const char *setting,
                         struct recommender **recommender, struct error *why)
{
    char file[256], *settings = NULL;
    struct side_info side;
    training_case_make_side(&side, interactions->n_tracks);
    side.n_features = 0;
    const struct model_spec spec = {
        .kind = kind, .settings = &setting, .n_settings = setting ? 1 : 0, .seed = 1, .side = &side};
    snprintf(file, sizeof file, "%s/model.safetensors", folder);
    enum status status = model_train_file(interactions, &compute, &spec, "x", file, &settings, NULL, why);
    free(settings);
    training_case_free_side(&side);
    if (status == STATUS_OK)
        must(recommender_open_file(&compute, file, recommender, &error));
    unlink(file);
    return status;
}

/* Each kind gives finite scores for the first track, and the best of them is not near 0; or its training is refused. */
static void try_all(const struct interactions *interactions, size_t wanted)
{
    static const char *const kinds[] = {"popularity", "als",     "sknn",    "vsknn",  "stan",    "vstan",
                                        "ease",       "rp3beta", "itemknn", "mf-avg", "mf-pool", "hybrid"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct error why = {0};
        struct recommender *recommender;
        struct recommendation out[5];
        size_t count = 0;
        const int64_t seeds[] = {1};
        if (train(interactions, kinds[i], NULL, &recommender, &why) != STATUS_OK) {
            assert_non_null(strstr(why.text, "sknn"));
            continue;
        }
        must(recommender_recommend(recommender, &(struct recommend_query){.seeds = seeds, .n_seeds = 1}, 5, out, &count,
                                   &error));
        assert_int_equal(count, wanted);
        for (size_t r = 0; r < count; r++)
            assert_true(isfinite(out[r].score));
        if (count > 0 && !(out[0].score > 1e-6f))
            fail_msg("%s gives its best track %g", kinds[i], (double)out[0].score);
        recommender_close(recommender);
    }
}

static void tiny_catalogues_are_answered_or_refused(void **state)
{
    (void)state;
    const struct {
        int64_t n_tracks;
        size_t n_playlists;
        int64_t lengths[5];
        const int32_t *tracks;
        size_t wanted;
    } catalogues[] = {
        {1, 1, {1}, NULL, 0},
        {2, 1, {2}, NULL, 1},
        {3, 2, {3, 3}, (const int32_t[]){0, 1, 2, 0, 1, 2}, 2},
        {1, 4, {1, 1, 1, 1}, (const int32_t[]){0, 0, 0, 0}, 0},
        {1000, 1, {1000}, NULL, 5},
        {12, 3, {5, 5, 5}, (const int32_t[]){0, 1, 2, 3, 4, 0, 5, 6, 7, 8, 0, 1, 9, 10, 11}, 5},
    };
    for (size_t i = 0; i < sizeof catalogues / sizeof *catalogues; i++) {
        struct interactions r =
            rows_of(catalogues[i].n_tracks, catalogues[i].n_playlists, catalogues[i].lengths, catalogues[i].tracks);
        try_all(&r, catalogues[i].wanted);
        generated_free(&r);
    }
}

static void a_regularization_that_leaves_nothing_is_refused_when_asked_for(void **state)
{
    (void)state;
    struct interactions r = rows_of(12, 3, (const int64_t[]){4, 4, 4}, NULL);
    struct error why = {0};
    struct recommender *recommender;
    double largest;
    must(als_largest_singular(&r, &largest, &error));
    assert_true(fabs(largest - 2) < 1e-3); /* three playlists without a track in common, each of length √4 */
    assert_int_equal(train(&r, "als", "regularization=8", &recommender, &why), STATUS_USAGE);
    assert_non_null(strstr(why.text, "--set regularization=0.5"));
    assert_int_equal(train(&r, "als", "regularization=1.5", &recommender, &why), STATUS_OK);
    recommender_close(recommender);
    generated_free(&r);
}

static void larger_catalogues_keep_their_regularization(void **state)
{
    (void)state;
    struct interactions r = generate(7, 2000, 300);
    struct settings settings;
    const struct recommender_ops *als = model_kind_find("als");
    const struct model_spec spec = {.kind = "als"};
    must(settings_read(&settings, &als->settings, NULL, r.n_tracks, NULL, 0, &error));
    must(als_lower_regularization(&r, &spec, &settings, &error));
    assert_true(settings_value(&settings, "regularization") == 8);
    generated_free(&r);
}

/* ---- untrusted files ----------------------------------------------------------------------------------------- */

static void refuse(const struct tensor_source *tensors, size_t n_tensors, const struct metadata_pair *pairs,
                   size_t n_pairs, const char *sentence)
{
    char file[256];
    struct error why = {0};
    struct recommender *recommender;
    snprintf(file, sizeof file, "%s/hostile.safetensors", folder);
    must(safetensors_write(file, tensors, n_tensors, pairs, n_pairs, &error));
    assert_int_equal(recommender_open_file(&compute, file, &recommender, &why), STATUS_BAD_DATA);
    if (!strstr(why.text, sentence))
        fail_msg("%s", why.text);
    unlink(file);
}

/* Memory would be allocated for the square of its width. */
static void a_vector_too_long_is_refused(void **state)
{
    (void)state;
    static const float values[10000] = {0};
    const struct tensor_source tensors[] = {
        {.name = "popularity", .dtype = "F32", .rank = 2, .shape = {1, 1}, .bytes = values},
        {.name = "tracks", .dtype = "F32", .rank = 2, .shape = {1, 10000}, .bytes = values}};
    const struct metadata_pair pairs[] = {{"kind", "als"}, {"n_tracks", "1"}};
    refuse(tensors, 2, pairs, 2, "10000 columns");
}

/* Its settings require gigabytes that the file does not have. */
static void a_network_larger_than_its_file_is_refused(void **state)
{
    (void)state;
    static const float values[4096] = {0};
    const struct tensor_source tensors[] = {
        {.name = "popularity", .dtype = "F32", .rank = 2, .shape = {1, 1}, .bytes = values},
        {.name = "items", .dtype = "F32", .rank = 2, .shape = {1, 4096}, .bytes = values}};
    const struct metadata_pair pairs[] = {{"kind", "mf-pool"},          {"n_tracks", "1"},
                                          {"setting.weights", "equal"}, {"setting.residual", "65536"},
                                          {"setting.amplified", "10"},  {"setting.bias", "0"}};
    refuse(tensors, 2, pairs, 6, "has no tensor");
    const struct metadata_pair odd[] = {{"kind", "mf-pool"},          {"n_tracks", "1"},
                                        {"setting.weights", "equal"}, {"setting.residual", "nan"},
                                        {"setting.amplified", "10"},  {"setting.bias", "0"}};
    refuse(tensors, 2, odd, 6, "residual");
    const struct tensor_source hybrid[] = {
        tensors[0], tensors[1], {.name = "inputs", .dtype = "F32", .rank = 2, .shape = {1, 9}, .bytes = values}};
    const struct metadata_pair large[] = {{"kind", "hybrid"},
                                          {"n_tracks", "1"},
                                          {"setting.factors", "1024"},
                                          {"setting.hidden", "4096"},
                                          {"setting.residual", "65536"},
                                          {"setting.artist_width", "1024"},
                                          {"setting.album_width", "1023"},
                                          {"setting.kernel_features", "1024"},
                                          {"setting.mean_scale", "10"}};
    refuse(hybrid, 3, large, 9, "has no tensor");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tiny_catalogues_are_answered_or_refused),
        cmocka_unit_test(a_regularization_that_leaves_nothing_is_refused_when_asked_for),
        cmocka_unit_test(larger_catalogues_keep_their_regularization),
        cmocka_unit_test(a_vector_too_long_is_refused),
        cmocka_unit_test(a_network_larger_than_its_file_is_refused),
    };
    return cmocka_run_group_tests_name("tiny and hostile", tests, open_all, close_all);
}
