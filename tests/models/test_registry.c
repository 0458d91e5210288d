#include <sys/stat.h>

#include "generated_catalogue.h"

/* Models of a real catalogue: what is refused, what remains after a failure, and a catalogue that has grown. */

static char path[160], other_path[160];

static int make_catalogues(void **state)
{
    if (open_all(state) != 0)
        return -1;
    snprintf(path, sizeof path, "%s/one.db", folder);
    snprintf(other_path, sizeof other_path, "%s/two.db", folder);
    import_generated(path, 31, 120, 90, "one");
    import_generated(other_path, 32, 120, 90, "two");
    return 0;
}

static int remove_catalogues(void **state)
{
    char command[96];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command) == 0 ? close_all(state) : -1;
}

/* Settings for small models with factors. */
enum { SMALL = 7 };
static const char *const small[SMALL] = {
    "factors=8", "regularization=0.5", "epochs=1", "batch=32", "negatives=20", "hard=3", "easy=2"};

/* Those of the settings that the kind has, until the next call. */
static struct model_spec spec_of(const char *kind, const char *name)
{
    static const char *settings[SMALL];
    struct model_spec spec = {.kind = kind, .name = name, .settings = settings, .seed = 1, .split_sets = SPLIT_TRAIN};
    const struct recommender_ops *ops = model_kind_find(kind);
    struct setting_rule rules[SETTINGS_MAX];
    size_t n_rules = ops ? settings_list(&ops->settings, rules) : 0;
    if (!settings_find(rules, n_rules, "factors", strlen("factors")))
        return spec;
    for (int i = 0; i < SMALL; i++)
        if (settings_find(rules, n_rules, small[i], strcspn(small[i], "=")))
            settings[spec.n_settings++] = small[i];
    return spec;
}

static void train_in(struct catalogue *catalogue, const char *kind, const char *name)
{
    static const char *const members[] = {"popularity", "als"}; /* of kinds that take members; trained before */
    static const double weights[] = {1, 2};
    struct model_spec spec = spec_of(kind, name);
    if (model_kind_find(kind)->takes_members)
        spec.members = (struct model_members){.names = members, .count = 2, .weights = weights};
    must(model_train(catalogue, &compute, &spec, NULL, &error));
}

/* Appends the path of the model's file. */
static void model_path(struct catalogue *catalogue, const char *name, struct buffer *out)
{
    struct model_list record = {0};
    must(catalogue_model_find(catalogue, name, &record, &error));
    assert_int_equal(record.count, 1);
    catalogue_sidecar(catalogue, record.items[0].file, out);
    model_list_free(&record);
}

static void every_kind_is_trained_and_registered(void **state)
{
    (void)state;
    struct catalogue *catalogue = NULL;
    must(catalogue_open(path, CATALOGUE_WRITE, &catalogue, &error));
    size_t kinds = 0;
    for (const char *kind; (kind = model_kind_name(kinds)); kinds++) {
        train_in(catalogue, kind, kind);
        struct recommender *model = NULL;
        must(recommender_open(catalogue, &compute, kind, &model, &error));
        const int64_t seeds[] = {1, 2};
        struct recommendation out[10];
        size_t count = 0;
        must(recommender_recommend(model, &(struct recommend_query){.seeds = seeds, .n_seeds = 2}, 10, out, &count,
                                   &error));
        assert_int_equal(count, 10);
        recommender_close(model);
    }
    struct model_list models = {0};
    must(catalogue_models_read(catalogue, &models, &error));
    assert_int_equal(models.count, kinds);
    for (size_t i = 0; i < models.count; i++) {
        assert_int_equal(models.items[i].settings[0], '{');
        assert_true(models.items[i].n_tracks > 0);
    }
    model_list_free(&models);
    catalogue_close(catalogue);
}

static void a_name_that_is_not_there_or_cannot_be(void **state)
{
    (void)state;
    struct catalogue *catalogue = NULL;
    struct recommender *model = NULL;
    must(catalogue_open(path, CATALOGUE_WRITE, &catalogue, &error));
    struct error refusal = {0};
    assert_int_equal(recommender_open(catalogue, &compute, "nobody", &model, &refusal), STATUS_FAILED);
    assert_non_null(strstr(refusal.text, "nobody"));
    const char *names[] = {"", "../x", ".hidden", "a/b", "a b", "-x", "a\nb"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct model_spec spec = spec_of("popularity", names[i]);
        assert_int_equal(model_train(catalogue, &compute, &spec, NULL, &refusal), STATUS_USAGE);
    }
    catalogue_close(catalogue);
}

static void a_model_of_another_catalogue_is_refused(void **state)
{
    (void)state;
    struct catalogue *one = NULL, *two = NULL;
    struct recommender *model = NULL;
    must(catalogue_open(path, CATALOGUE_WRITE, &one, &error));
    must(catalogue_open(other_path, CATALOGUE_WRITE, &two, &error));
    train_in(one, "als", "als");
    train_in(two, "als", "als");
    struct buffer from = {0}, to = {0};
    model_path(one, "als", &from);
    model_path(two, "als", &to);
    assert_int_equal(rename(from.data, to.data), 0);
    struct error refusal = {0};
    assert_int_equal(recommender_open(two, &compute, "als", &model, &refusal), STATUS_BAD_DATA);
    assert_non_null(strstr(refusal.text, "another catalogue"));
    assert_null(model);
    buffer_free(&from);
    buffer_free(&to);
    catalogue_close(one);
    catalogue_close(two);
}

static bool stop_at_once(struct progress *progress)
{
    (void)progress;
    return true;
}

static void an_earlier_model_outlives_a_failure(void **state)
{
    (void)state;
    struct catalogue *catalogue = NULL;
    must(catalogue_open(path, CATALOGUE_WRITE, &catalogue, &error));
    train_in(catalogue, "als", "kept");
    struct buffer file = {0}, fresh = {0}, before = {0}, after = {0};
    model_path(catalogue, "kept", &file);
    catalogue_sidecar(catalogue, "models/kept.safetensors.new", &fresh);
    must(file_read(file.data, 1 << 24, &before, &error));
    const char *const other[] = {"factors=5"};
    struct model_spec spec = {
        .kind = "als", .name = "kept", .settings = other, .n_settings = 1, .split_sets = SPLIT_TRAIN};
    struct progress stopped = {.cancelled = stop_at_once};
    struct error refusal = {0};
    assert_int_equal(model_train(catalogue, &compute, &spec, &stopped, &refusal), STATUS_INTERRUPTED);
    /* A folder at the path of the new file simulates a disk that cannot be written. */
    assert_int_equal(mkdir(fresh.data, 0700), 0);
    assert_int_equal(model_train(catalogue, &compute, &spec, NULL, &refusal), STATUS_FAILED);
    rmdir(fresh.data);
    must(file_read(file.data, 1 << 24, &after, &error));
    assert_int_equal(before.size, after.size);
    assert_memory_equal(before.data, after.data, before.size);
    struct recommender *model = NULL;
    must(recommender_open(catalogue, &compute, "kept", &model, &error));
    recommender_close(model);
    buffer_free(&file), buffer_free(&fresh), buffer_free(&before), buffer_free(&after);
    catalogue_close(catalogue);
}

static void a_catalogue_that_grew_keeps_its_models(void **state)
{
    (void)state;
    struct catalogue *catalogue = NULL;
    must(catalogue_open(path, CATALOGUE_WRITE, &catalogue, &error));
    train_in(catalogue, "mf-avg", "mf-avg");
    train_in(catalogue, "content-blend", "content-blend");
    struct catalogue_counts before, after;
    must(catalogue_count(catalogue, &before, &error));
    catalogue_close(catalogue);
    import_generated(path, 33, 30, 50, "more");
    must(catalogue_open(path, CATALOGUE_WRITE, &catalogue, &error));
    must(catalogue_count(catalogue, &after, &error));
    assert_true(after.tracks > before.tracks);
    const char *names[] = {"mf-avg", "content-blend"};
    for (int i = 0; i < 2; i++) {
        struct recommender *model = NULL;
        must(recommender_open(catalogue, &compute, names[i], &model, &error));
        assert_int_equal(recommender_tracks(model), before.tracks);
        const int64_t seeds[] = {after.tracks};
        static struct recommendation out[500];
        size_t count = 0;
        must(recommender_recommend(model, &(struct recommend_query){.seeds = seeds, .n_seeds = 1}, 500, out, &count,
                                   &error));
        assert_int_equal(count, before.tracks);
        recommender_close(model);
    }
    catalogue_close(catalogue);
}

/* ---- feature sets ---- */

enum { LOOKS = 4, TONES = 3 };

/* A set of random numbers; every seventh item has no row. With `columns` the columns are named, and the last one is
 * constant. */
static void write_set(struct catalogue *catalogue, const char *name, enum feature_item item, int64_t n, int width,
                      const char *const *columns)
{
    float *values = calloc((size_t)(n * width), sizeof *values);
    bool *present = calloc((size_t)n, sizeof *present);
    struct random random;
    random_seed(&random, 3);
    for (int64_t row = 0; row < n; row++) {
        present[row] = row % 7 != 6;
        for (int i = 0; i < width && present[row]; i++)
            values[row * width + i] =
                columns && i == width - 1 ? 5 : (float)((columns ? 100 * i : 0) + random_normal(&random));
    }
    const struct feature_set set = {.item = item,
                                    .n_rows = n,
                                    .width = width,
                                    .values = values,
                                    .present = present,
                                    .columns = columns,
                                    .extractor = "a test"};
    must(feature_set_write(catalogue, name, &set, NULL, 0, &error));
    free(values);
    free(present);
}

static void write_sets(struct catalogue *catalogue)
{
    static const char *const names[] = {"a", "b", "constant"};
    static const char *const useless[] = {"constant"};
    struct catalogue_counts counts;
    must(catalogue_count(catalogue, &counts, &error));
    write_set(catalogue, "looks", FEATURE_ALBUMS, counts.albums, LOOKS, NULL);
    write_set(catalogue, "tones", FEATURE_TRACKS, counts.tracks, TONES, names);
    write_set(catalogue, "few", FEATURE_TRACKS, counts.tracks - 1, TONES, names);
    write_set(catalogue, "flat", FEATURE_TRACKS, counts.tracks, 1, useless);
}

static void a_model_joins_sets_of_albums_and_tracks(void **state)
{
    (void)state;
    struct catalogue *catalogue = NULL;
    must(catalogue_open(path, CATALOGUE_WRITE, &catalogue, &error));
    write_sets(catalogue);
    for (int run = 0; run < 4; run++) {
        const char *sets[] = {"tones", "looks"};
        bool both = run % 2;
        struct model_spec spec = spec_of(run < 2 ? "mf-avg" : "content-blend", "mixed");
        spec.features = sets;
        spec.n_features = both ? 2 : 1;
        must(model_train(catalogue, &compute, &spec, NULL, &error));
        struct recommender *model = NULL;
        must(recommender_open(catalogue, &compute, "mixed", &model, &error));
        const char *names[SCORE_PARTS_MAX];
        assert_int_equal(recommender_parts(model, names), spec.n_features);
        assert_string_equal(names[0], "tones");
        if (both)
            assert_string_equal(names[1], "looks");
        const int64_t seeds[] = {1, 2, 3};
        enum { K = 60 };
        struct recommendation out[K];
        size_t count = 0, missing = 0;
        must(recommender_recommend(model, &(struct recommend_query){.seeds = seeds, .n_seeds = 3}, K, out, &count,
                                   &error));
        assert_int_equal(count, K);
        for (size_t i = 0; i < count; i++) {
            float sum = out[i].parts[0] + recommendation_features(&out[i]);
            assert_float_equal(sum, out[i].score, 1e-5f);
            bool has_row = (out[i].track - 1) % 7 != 6;
            assert_true((out[i].parts[1] != 0) == has_row); /* a track without a row gets zeros from the set */
            missing += !has_row;
        }
        assert_true(missing > 0);
        recommender_close(model);
    }
    catalogue_close(catalogue);
}

static void feature_sets_that_cannot_be_used_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *kind, *sets[9];
        enum status status;
        const char *words;
    } cases[] = {
        {"mf-avg", {"looks", "tones", "looks"}, STATUS_USAGE, "looks is named twice"},
        {"mf-avg", {"looks", "nothing"}, STATUS_FAILED, "no feature set nothing"},
        {"mf-avg", {"a", "b", "c", "d", "e", "f", "g", "h"}, STATUS_USAGE, "at most 7 feature sets"},
        {"mf-avg", {"looks", "few"}, STATUS_BAD_DATA, "tracks, and the catalogue has more"},
        {"mf-avg", {"flat", "looks"}, STATUS_BAD_DATA, "no column of the feature set flat can be used"},
        {"mf-avg", {"tones", "foreign"}, STATUS_BAD_DATA, "another catalogue's tracks"},
        {"als", {"tones"}, STATUS_USAGE, "takes no feature sets"},
        {"content-blend", {"few"}, STATUS_BAD_DATA, "tracks, and the catalogue has more"},
        {"content-blend", {"looks", "flat"}, STATUS_BAD_DATA, "no column of the feature set flat can be used"},
        {"content-blend", {"foreign"}, STATUS_BAD_DATA, "another catalogue's tracks"},
        {"hybrid", {"few"}, STATUS_BAD_DATA, "tracks, and the catalogue has more"},
        {"hybrid", {"tones", "flat"}, STATUS_BAD_DATA, "no column of the feature set flat can be used"},
        {"hybrid", {"foreign"}, STATUS_BAD_DATA, "another catalogue's tracks"},
    };
    struct catalogue *catalogue = NULL, *other = NULL;
    must(catalogue_open(path, CATALOGUE_WRITE, &catalogue, &error));
    must(catalogue_open(other_path, CATALOGUE_WRITE, &other, &error));
    write_sets(catalogue);
    write_set(other, "foreign", FEATURE_TRACKS, 20, TONES, NULL);
    char command[256];
    snprintf(command, sizeof command, "cp '%s/two.data/embeddings/foreign.safetensors' '%s/one.data/embeddings'",
             folder, folder);
    assert_int_equal(system(command), 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error why = {0};
        struct model_spec spec = spec_of(cases[i].kind, "refused");
        spec.features = cases[i].sets;
        while (cases[i].sets[spec.n_features])
            spec.n_features++;
        enum status status = model_train(catalogue, &compute, &spec, NULL, &why);
        if (status != cases[i].status || !strstr(why.text, cases[i].words))
            fail_msg("case %zu: status %d, %s", i, (int)status, why.text);
    }
    struct model_list models = {0};
    must(catalogue_model_find(catalogue, "refused", &models, &error));
    assert_int_equal(models.count, 0);
    model_list_free(&models);
    catalogue_close(other);
    catalogue_close(catalogue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_trained_and_registered),
        cmocka_unit_test(a_name_that_is_not_there_or_cannot_be),
        cmocka_unit_test(a_model_of_another_catalogue_is_refused),
        cmocka_unit_test(an_earlier_model_outlives_a_failure),
        cmocka_unit_test(a_model_joins_sets_of_albums_and_tracks),
        cmocka_unit_test(feature_sets_that_cannot_be_used_are_refused),
        cmocka_unit_test(a_catalogue_that_grew_keeps_its_models),
    };
    return cmocka_run_group_tests_name("registry", tests, make_catalogues, remove_catalogues);
}
