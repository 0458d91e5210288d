#include "training_case.h"

/* Fusions of features with the song, and the dropout of features. Gradients are compared with PyTorch in
 * test_rta_golden. */

static const char *const fusions[] = {"fusion=norm", "fusion=gate", "fusion=whiten", "cover_dropout=0.4"};
enum { FUSIONS = sizeof fusions / sizeof fusions[0] };

static void open_covered(struct training_case *training_case, const char *kind, const char *setting)
{
    training_case_open(training_case, kind, "fusion.model");
    training_case_cover(training_case, "made");
    if (setting)
        training_case_set(training_case, setting);
}

/* φ of all tracks in the model's file; to be freed. */
static float *read_items(const struct training_case *training_case, size_t *count)
{
    struct safetensors *file = NULL;
    must(safetensors_open(training_case->path, &file, &error));
    const struct tensor_view *view = safetensors_find(file, "items");
    assert_non_null(view);
    *count = view->size / sizeof(float);
    float *items = malloc(view->size + 1);
    memcpy(items, view->bytes, view->size);
    safetensors_close(file);
    return items;
}

static float *train_items(struct training_case *training_case, size_t *count)
{
    must(training_case_train(training_case, &compute, NULL, &error));
    float *items = read_items(training_case, count);
    training_case_clear(training_case);
    return items;
}

static void stopped_trainings_resume(void **state)
{
    (void)state;
    static const char *const kinds[] = {"mf-gru", "fm-pool", "nn-avg"};
    for (int kind = 0; kind < 3; kind++)
        for (int fusion = 0; fusion < FUSIONS; fusion++) {
            struct training_case training_case;
            open_covered(&training_case, kinds[kind], fusions[fusion]);
            struct buffer whole = training_case_train_whole(&training_case);
            training_case_stop_at(&training_case, 3);
            training_case_finish(&training_case, &whole, "when stopped at step 3");
            buffer_free(&whole);
            training_case_close(&training_case);
        }
}

static void each_fusion_gives_another_model(void **state)
{
    (void)state;
    float *models[FUSIONS + 1];
    size_t count = 0, first = 0;
    for (int i = 0; i <= FUSIONS; i++) {
        struct training_case training_case;
        open_covered(&training_case, "mf-pool", i < FUSIONS ? fusions[i] : NULL);
        models[i] = train_items(&training_case, &count);
        assert_true(i == 0 || count == first);
        first = count;
        for (size_t k = 0; k < count; k++)
            assert_true(isfinite(models[i][k]));
        for (int k = 0; k < i; k++)
            assert_memory_not_equal(models[i], models[k], count * sizeof(float));
        training_case_close(&training_case);
    }
    for (int i = 0; i <= FUSIONS; i++)
        free(models[i]);
}

/* A model of 0 epochs is the same with any dropout: the file's vectors have none. */
static void nothing_is_dropped_out_of_a_file(void **state)
{
    (void)state;
    static const char *const dropouts[][2] = {{"cover_dropout=0", "cover_dropout=0.9"},
                                              {"representer_dropout=0", "representer_dropout=0.9"}};
    for (int i = 0; i < 2; i++) {
        float *items[2];
        size_t count = 0;
        for (int k = 0; k < 2; k++) {
            struct training_case training_case;
            open_covered(&training_case, "nn-avg", dropouts[i][k]);
            training_case_set(&training_case, "epochs=0");
            items[k] = train_items(&training_case, &count);
            training_case_close(&training_case);
        }
        assert_memory_equal(items[0], items[1], count * sizeof(float));
        free(items[0]);
        free(items[1]);
    }
}

/* The part of a set has the wanted length at first: gain 1 and bias 0. */
static void a_norm_sets_the_initial_length(void **state)
{
    (void)state;
    struct training_case training_case;
    size_t count = 0;
    open_covered(&training_case, "mf-gru", "fusion=norm");
    training_case_set(&training_case, "cover_length=0.6");
    training_case_set(&training_case, "epochs=0");
    float *items = train_items(&training_case, &count);
    enum { SONG = 8, COVER = 4 };
    assert_int_equal(count, COURSE_TRACKS * (SONG + COVER));
    for (size_t t = 0; t < COURSE_TRACKS; t++) {
        double squares = 0;
        for (size_t k = SONG; k < SONG + COVER; k++)
            squares += (double)items[t * (SONG + COVER) + k] * (double)items[t * (SONG + COVER) + k];
        assert_true(fabs(sqrt(squares) - 0.6) < 0.01); /* a little less where the variance is small beside epsilon */
    }
    free(items);
    training_case_close(&training_case);
}

static void gates_see_how_popular_a_track_is(void **state)
{
    (void)state;
    float inputs[RTA_GATE_INPUTS];
    rta_gate_inputs(0, 9, inputs);
    assert_true(inputs[0] == 0 && inputs[1] == 1);
    rta_gate_inputs(9, 9, inputs);
    assert_true(inputs[0] == 1 && inputs[1] == 0);
    rta_gate_inputs(2, 9, inputs);
    assert_true(fabs((double)inputs[0] - log(3) / log(10)) < 1e-6);
    rta_gate_inputs(0, 0, inputs);
    assert_true(inputs[0] == 0 && inputs[1] == 1);
}

static void constant_features_cannot_be_whitened(void **state)
{
    (void)state;
    struct training_case training_case;
    struct error error = {0};
    open_covered(&training_case, "mf-gru", "fusion=whiten");
    float *values = (float *)(uintptr_t)training_case.side.features[0].values;
    for (int64_t i = 0; i < training_case.side.features[0].n_rows * COVER_DIM; i++)
        values[i] = 2;
    assert_int_equal(training_case_train(&training_case, &compute, NULL, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.text, "constant"));
    training_case_close(&training_case);
}

/* The text that identifies a training is that of earlier versions unless a new setting is used, so that their
 * checkpoints can be resumed. */
static void plain_trainings_have_the_earlier_identity(void **state)
{
    (void)state;
    static const struct {
        const char *setting;
        bool named;
    } cases[] = {{NULL, false}, {"cover_length=2", false}, {"fusion=norm", true}, {"cover_dropout=0.1", true}};
    for (int i = 0; i < 4; i++) {
        struct training_case training_case;
        struct settings settings;
        struct buffer text = {0};
        open_covered(&training_case, "mf-gru", cases[i].setting);
        const struct recommender_ops *ops = model_kind_find("mf-gru");
        const struct model_spec *spec = &training_case.spec;
        must(settings_read(&settings, &ops->settings, NULL, COURSE_TRACKS, spec->settings, spec->n_settings, &error));
        const struct model_task task = {.ops = ops,
                                        .spec = spec,
                                        .interactions = &training_case.interactions,
                                        .settings = &settings,
                                        .fingerprint = "tracks of a test"};
        rta_identity(&task, false, &text);
        bool named =
            strstr(text.data, "fusion=") || strstr(text.data, "cover_dropout=") || strstr(text.data, "cover_length=");
        assert_int_equal(named, cases[i].named);
        buffer_free(&text);
        training_case_close(&training_case);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stopped_trainings_resume),
        cmocka_unit_test(each_fusion_gives_another_model),
        cmocka_unit_test(nothing_is_dropped_out_of_a_file),
        cmocka_unit_test(a_norm_sets_the_initial_length),
        cmocka_unit_test(gates_see_how_popular_a_track_is),
        cmocka_unit_test(constant_features_cannot_be_whitened),
        cmocka_unit_test(plain_trainings_have_the_earlier_identity),
    };
    return cmocka_run_group_tests_name("rta fusion", tests, training_case_open_all, close_all);
}
