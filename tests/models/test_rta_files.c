#include "model_editor.h"
#include "training_case.h"

#include <signal.h>
#include <sys/resource.h>

/* Files of represent-then-aggregate models, and checkpoints of interrupted trainings, that are truncated, changed or of
 * another kind, and invalid settings: all are refused with a message. */

static const char *const checkpoint_keys[] = {"training", "epoch", "step", "best", "best_epoch", "steps"};

/* As int32, the bits of -0.0f and of 1.0f are step numbers before the first and after the last. */
static bool put_smallest(struct editor *editor, struct tensor_source *tensor)
{
    return spoil(editor, tensor, -0.0f, false);
}

static bool put_huge(struct editor *editor, struct tensor_source *tensor)
{
    return spoil(editor, tensor, 1.0f, true);
}

/* ---- interrupted trainings ---- */

/* Resuming is refused with this status (not a crash), and the message contains `words`. */
static void refuses_to_go_on(struct training_case *training_case, enum status wanted, const char *words)
{
    struct error error = {0};
    training_case->spec.resume = true;
    enum status status = training_case_train(training_case, &compute, NULL, &error);
    training_case->spec.resume = false;
    if (status != wanted || !strstr(error.text, words))
        fail_msg("%s: status %d, \"%s\", not \"%s\"", training_case->spec.kind, (int)status, error.text, words);
}

static void open_stopped(struct training_case *training_case, const char *kind, struct buffer *checkpoint)
{
    char path[200];
    training_case_open(training_case, kind, "stopped.model");
    training_case_cover(training_case, "made");
    training_case_stop_at(training_case, 6);
    training_case_beside(training_case, ".checkpoint", path);
    *checkpoint = training_case_read(path);
}

static void a_cut_checkpoint_is_refused(void **state)
{
    (void)state;
    static const char *const kinds[] = {"mf-gru", "nn-transformer"};
    for (int kind = 0; kind < 2; kind++) {
        struct training_case training_case;
        struct buffer checkpoint;
        char path[200];
        open_stopped(&training_case, kinds[kind], &checkpoint);
        training_case_beside(&training_case, ".checkpoint", path);
        for (size_t size = 0; size < checkpoint.size; size += 1024) {
            training_case_write(path, checkpoint.data, size);
            refuses_to_go_on(&training_case, STATUS_BAD_DATA, "stopped.model.checkpoint");
        }
        training_case_write(path, checkpoint.data, checkpoint.size - 1);
        refuses_to_go_on(&training_case, STATUS_BAD_DATA, "stopped.model.checkpoint");
        refuses_to_go_on(&training_case, STATUS_BAD_DATA, "leave --resume out");
        unlink(path);
        struct error error = {0};
        training_case.spec.resume = true;
        assert_int_not_equal(training_case_train(&training_case, &compute, NULL, &error), STATUS_OK);
        assert_non_null(strstr(error.text, "stopped.model.checkpoint"));
        buffer_free(&checkpoint);
        training_case_close(&training_case);
    }
}

static void a_checkpoint_of_something_else_is_refused(void **state)
{
    (void)state;
    struct training_case training_case;
    struct buffer checkpoint;
    const char *words = "made with other settings or other data";
    open_stopped(&training_case, "fm-cnn", &checkpoint);
    const struct model_spec spec = training_case.spec;
    training_case_set(&training_case, "rate=0.05");
    refuses_to_go_on(&training_case, STATUS_USAGE, words);
    training_case.spec = spec;
    training_case.spec.seed++;
    refuses_to_go_on(&training_case, STATUS_USAGE, words);
    training_case.spec = spec;
    training_case_cover(&training_case, NULL);
    refuses_to_go_on(&training_case, STATUS_USAGE, words);
    training_case.spec = spec;
    training_case_cover(&training_case, "other");
    refuses_to_go_on(&training_case, STATUS_USAGE, words);
    training_case_cover(&training_case, "made");
    training_case.spec = spec;
    struct training_case_judge evaluator = training_case_judge_make();
    training_case.spec.evaluator = &evaluator.evaluator;
    refuses_to_go_on(&training_case, STATUS_USAGE, words);
    training_case.spec = spec;
    training_case.interactions.playlist_ids[3]++;
    refuses_to_go_on(&training_case, STATUS_USAGE, words);
    training_case.interactions.playlist_ids[3]--;
    int32_t *tracks = training_case.interactions.tracks, first = tracks[0];
    tracks[0] = COURSE_TRACKS - 1; /* which is in no playlist */
    refuses_to_go_on(&training_case, STATUS_USAGE, words);
    tracks[0] = first;
    training_case.side.albums[7] = 0;
    refuses_to_go_on(&training_case, STATUS_USAGE, words);
    training_case.side.albums[7] = 2;
    training_case.side.features[0].rows[7] = 0;
    refuses_to_go_on(&training_case, STATUS_USAGE, words);
    training_case.side.features[0].rows[7] = 2;
    float *values = (float *)(uintptr_t)training_case.side.features[0].values, earlier = values[7];
    values[7] = 3;
    refuses_to_go_on(&training_case, STATUS_USAGE, words);
    values[7] = earlier;
    training_case.spec.kind = "mf-cnn";
    refuses_to_go_on(&training_case, STATUS_USAGE, words);
    training_case.spec = spec;
    training_case.spec.resume = true;
    must(training_case_train(&training_case, &compute, NULL, &error)); /* after all changes, the original still works */
    generated_free(&evaluator.held_out);
    buffer_free(&checkpoint);
    training_case_close(&training_case);
}

static void a_checkpoint_with_changed_values_is_refused(void **state)
{
    (void)state;
    struct training_case training_case;
    struct buffer checkpoint;
    struct safetensors *file = NULL;
    char path[200];
    open_stopped(&training_case, "nn-transformer", &checkpoint);
    training_case_beside(&training_case, ".checkpoint", path);
    must(safetensors_parse(checkpoint.data, checkpoint.size, "checkpoint", &file, &error));
    const size_t n_keys = sizeof checkpoint_keys / sizeof checkpoint_keys[0];
    for (size_t i = 0; i < safetensors_count(file); i++) {
        struct editor editor = {.tensor = safetensors_at(file, i)->name};
        bool whole = strcmp(safetensors_at(file, i)->dtype, "I32") == 0;
        keep_metadata(&editor, file, checkpoint_keys, n_keys, NULL, NULL);
        bool (*const changes[])(struct editor *, struct tensor_source *) = {
            leave_out, shorten, whole ? put_smallest : put_nan, whole ? put_huge : put_nan};
        for (size_t c = 0; c < sizeof changes / sizeof changes[0]; c++) {
            editor.change = changes[c];
            edit(&checkpoint, path, &editor);
            refuses_to_go_on(&training_case, STATUS_BAD_DATA, editor.tensor);
            refuses_to_go_on(&training_case, STATUS_BAD_DATA, "leave --resume out");
        }
    }
    static const char *const values[][2] = {
        {"epoch", "9"},     {"epoch", "-1"},     {"epoch", "nan"},   {"epoch", "x"},   {"epoch", NULL},
        {"epoch", "1e300"}, {"step", "99"},      {"step", "-1"},     {"step", NULL},   {"steps", "5"},
        {"steps", "1e12"},  {"steps", "0"},      {"steps", NULL},    {"best", "2"},    {"best", "nan"},
        {"best", NULL},     {"best_epoch", "3"}, {"best_epoch", ""}, {"training", ""}, {"training", NULL},
    };
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct editor editor = {0};
        struct error error = {0};
        keep_metadata(&editor, file, checkpoint_keys, n_keys, values[i][0], values[i][1]);
        edit(&checkpoint, path, &editor);
        training_case.spec.resume = true;
        enum status status = training_case_train(&training_case, &compute, NULL, &error);
        if (status != STATUS_BAD_DATA && status != STATUS_USAGE)
            fail_msg("%s = %s: status %d", values[i][0], values[i][1] ? values[i][1] : "none", (int)status);
        assert_non_null(strstr(error.text, "resume"));
    }
    safetensors_close(file);
    buffer_free(&checkpoint);
    training_case_close(&training_case);
}

/* The identity as version 0.1 wrote it, with the names of that version. */
static char *earlier_identity(const char *identity)
{
    static const char *const names[][2] = {
        {" clip_norm=", " clip="},
        {" learning_rate=", " rate="},
        {" weight_decay=", " decay="},
        {" objective=full_softmax", " objective=rest"},
        {" softmax_learning_rate=", " rest_rate="},
        {" softmax_weight_decay=", " rest_decay="},
        {" max_seeds=", " given="},
        {" neighbour_targets=", " borrowed="},
        {" inverse_temperature=", " sharpness="},
        {" network_weight_decay=", " network_decay="},
        {" mean_scale=", " amplified="},
        {" position_init_std=", " position_spread="},
        {" layer_scale=", " beside="},
        {" softmax_samples=", " among="},
    };
    struct buffer text = {0};
    for (const char *at = identity; *at;) {
        size_t skip = 1;
        const char *put = NULL;
        for (size_t i = 0; i < sizeof names / sizeof names[0] && !put; i++)
            if (strncmp(at, names[i][0], strlen(names[i][0])) == 0) {
                put = names[i][1];
                skip = strlen(names[i][0]);
            }
        buffer_printf(&text, "%.*s", put ? (int)strlen(put) : 1, put ? put : at);
        at += skip;
    }
    return text.data;
}

static void a_checkpoint_of_0_1_is_resumed(void **state)
{
    (void)state;
    static const char *const kinds[][2] = {
        {"mf-transformer", "objective=next"}, {"fm-avg", "objective=full_softmax"}, {"nn-pool", "max_seeds=4"}};
    for (int kind = 0; kind < 3; kind++) {
        struct training_case training_case;
        struct safetensors *file = NULL;
        struct editor editor = {0};
        char path[200];
        training_case_open(&training_case, kinds[kind][0], "earlier.model");
        training_case_set(&training_case, kinds[kind][1]);
        must(training_case_train(&training_case, &compute, NULL, &error));
        struct buffer whole = training_case_read(training_case.path);
        training_case_clear(&training_case);
        training_case_stop_at(&training_case, 6);
        training_case_beside(&training_case, ".checkpoint", path);
        struct buffer checkpoint = training_case_read(path);
        must(safetensors_parse(checkpoint.data, checkpoint.size, "checkpoint", &file, &error));
        char *earlier = earlier_identity(safetensors_metadata(file, "training"));
        assert_null(strstr(earlier, "softmax"));
        assert_string_not_equal(earlier, safetensors_metadata(file, "training"));
        keep_metadata(&editor, file, checkpoint_keys, sizeof checkpoint_keys / sizeof checkpoint_keys[0], "training",
                      earlier);
        edit(&checkpoint, path, &editor);
        training_case.spec.resume = true;
        must(training_case_train(&training_case, &compute, NULL, &error));
        struct buffer again = training_case_read(training_case.path);
        assert_int_equal(again.size, whole.size);
        assert_memory_equal(again.data, whole.data, whole.size);
        free(earlier);
        safetensors_close(file);
        buffer_free(&checkpoint), buffer_free(&whole), buffer_free(&again);
        training_case_close(&training_case);
    }
}

static void a_checkpoint_whose_best_weights_are_gone_is_refused(void **state)
{
    (void)state;
    struct training_case_judge evaluator = training_case_judge_make();
    struct training_case training_case;
    training_case_open(&training_case, "mf-avg", "lost.model");
    evaluator.evaluator.context = &evaluator;
    training_case.spec.evaluator = &evaluator.evaluator;
    training_case_stop_at(&training_case, 6); /* after the first validation */
    struct buffer best = training_case_read(training_case.path);
    training_case_write(training_case.path, best.data, best.size - 100);
    refuses_to_go_on(&training_case, STATUS_BAD_DATA, "best weights of the interrupted training are missing");
    unlink(training_case.path);
    refuses_to_go_on(&training_case, STATUS_BAD_DATA, "best weights of the interrupted training are missing");
    training_case_write(training_case.path, best.data, best.size);
    training_case.spec.resume = true;
    must(training_case_train(&training_case, &compute, NULL, &error));
    buffer_free(&best);
    generated_free(&evaluator.held_out);
    training_case_close(&training_case);
}

/* ---- a full disk ---- */

/* From here on no file may grow beyond the size of a header; a later limit also interrupts the training. */
static bool fill_disk(struct stopper *stopper)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = 4096;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    return stopper->step > 5;
}

static void train_on_a_disk_that_fills(struct training_case *training_case, int64_t step, const char *file)
{
    struct error error = {0};
    struct rlimit old;
    struct stopper stopper = stop_at(step);
    stopper.instead = fill_disk;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    signal(SIGXFSZ, SIG_IGN);
    enum status status = training_case_train(training_case, &compute, &stopper.progress, &error);
    setrlimit(RLIMIT_FSIZE, &old);
    if (status != STATUS_FAILED || !strstr(error.text, file))
        fail_msg("status %d, %s", (int)status, error.text);
    assert_false(training_case_has(training_case, ".candidate"));
}

static void a_full_disk_spoils_nothing(void **state)
{
    (void)state;
    struct training_case training_case;
    char path[200];
    training_case_open(&training_case, "mf-transformer", "full.model");
    training_case_set(&training_case, "factors=16");
    must(training_case_train(&training_case, &compute, NULL, &error));
    struct buffer whole = training_case_read(training_case.path);
    training_case_clear(&training_case);
    training_case_stop_at(&training_case, 2);
    training_case_beside(&training_case, ".checkpoint", path);
    struct buffer before = training_case_read(path);
    training_case.spec.resume = true;
    train_on_a_disk_that_fills(&training_case, 1, "full.model.candidate"); /* at the first validation */
    assert_false(training_case_has(&training_case, ""));
    train_on_a_disk_that_fills(&training_case, 6, "full.model.checkpoint"); /* when it is interrupted after that */
    struct buffer after = training_case_read(path);
    assert_int_equal(before.size, after.size);
    assert_memory_equal(before.data, after.data, before.size);
    must(training_case_train(&training_case, &compute, NULL, &error));
    struct buffer again = training_case_read(training_case.path);
    assert_int_equal(whole.size, again.size);
    assert_memory_equal(whole.data, again.data, whole.size);
    buffer_free(&whole), buffer_free(&before), buffer_free(&after), buffer_free(&again);
    training_case_close(&training_case);
}

/* ---- models ---- */

static void a_changed_model_is_refused(void **state)
{
    (void)state;
    static const char *const kinds[] = {"mf-avg", "fm-cnn", "mf-gru", "nn-transformer", "mf-pool"};
    for (int kind = 0; kind < 5; kind++) {
        struct training_case training_case;
        struct safetensors *file = NULL;
        training_case_open(&training_case, kinds[kind], "changed.model");
        training_case_set(&training_case, "epochs=1");
        must(training_case_train(&training_case, &compute, NULL, &error));
        struct buffer model = training_case_read(training_case.path);
        for (size_t size = 0; size < model.size; size += size < 4096 ? 97 : 512) {
            training_case_write(training_case.path, model.data, size);
            refuses_to_open(&training_case, "cut");
        }
        training_case_write(training_case.path, model.data, model.size - 1);
        refuses_to_open(&training_case, "one byte short");
        must(safetensors_parse(model.data, model.size, "model", &file, &error));
        char names[KEYS_MAX][64];
        const char *model_keys[KEYS_MAX];
        const size_t n_keys = list_keys(kinds[kind], names, model_keys);
        for (size_t i = 0; i < safetensors_count(file); i++) {
            const struct tensor_view *view = safetensors_at(file, i);
            struct editor editor = {.tensor = view->name};
            if (strncmp(view->name, "representer.", 12) == 0)
                continue; /* recommending reads the representer's output */
            keep_metadata(&editor, file, model_keys, n_keys, NULL, NULL);
            bool (*const changes[])(struct editor *, struct tensor_source *) = {leave_out, put_nan, shorten, transpose};
            size_t n = view->shape[1] > 1 ? 4 : 3; /* transposing a column gives another shape only if it has more than
                                                    * one element */
            for (size_t c = 0; c < n; c++) {
                editor.change = changes[c];
                edit(&model, training_case.path, &editor);
                refuses_to_open(&training_case, editor.tensor);
            }
        }
        static const char *const values[][2] = {
            {"kind", "oracle"},        {"kind", NULL},           {"n_tracks", "59"},       {"n_tracks", "1e9"},
            {"n_tracks", "-1"},        {"n_tracks", NULL},       {"setting.window", NULL}, {"setting.window", "0"},
            {"setting.window", "inf"}, {"setting.window", "-3"},
        };
        for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
            struct editor editor = {0};
            if (strstr(values[i][0], "window") && strstr(kinds[kind], "pool"))
                continue; /* it has none */
            keep_metadata(&editor, file, model_keys, n_keys, values[i][0], values[i][1]);
            edit(&model, training_case.path, &editor);
            refuses_to_open(&training_case, values[i][0]);
        }
        static const char *const sizes[] = {"setting.heads", "setting.feed_forward", "setting.hidden",
                                            "setting.channels", "setting.positions"};
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            if (!safetensors_metadata(file, sizes[i]))
                continue;
            static const char *const bad[] = {"7", "0", "nan", "1e30", "", "later", NULL};
            for (size_t b = 0; b < sizeof bad / sizeof bad[0]; b++) {
                if (strstr(sizes[i], "positions") && b == 1)
                    continue; /* 0 is the number of a named choice */
                struct editor editor = {0};
                keep_metadata(&editor, file, model_keys, n_keys, sizes[i], bad[b]);
                edit(&model, training_case.path, &editor);
                refuses_to_open(&training_case, sizes[i]);
            }
        }
        struct editor same = {0};
        keep_metadata(&same, file, model_keys, n_keys, NULL, NULL);
        edit(&model, training_case.path, &same); /* the editor itself does no damage */
        struct recommender *opened = NULL;
        must(recommender_open_file(&compute, training_case.path, &opened, &error));
        recommender_close(opened);
        safetensors_close(file);
        buffer_free(&model);
        training_case_close(&training_case);
    }
}

/* Parts of a score must have distinct names. */
static void a_model_with_wrong_names_of_sets_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {
        {"covers", ""},          {"covers", "song"},        {"covers", "made,other"},
        {"covers", "../made"},   {"covers", "a\x1b[31mb"},  {"features", ""},
        {"features", "made,"},   {"features", "made,made"}, {"features", "song,made"},
        {"features", "made,,a"}, {"features", "a\nb"},      {"features", "a,b,c,d,e,f,g,h"},
    };
    struct training_case training_case;
    struct safetensors *file = NULL;
    char names[KEYS_MAX][64];
    const char *keys[KEYS_MAX + 1];
    training_case_open(&training_case, "mf-avg", "named.model");
    training_case_cover(&training_case, "made");
    must(training_case_train(&training_case, &compute, NULL, &error));
    struct buffer model = training_case_read(training_case.path);
    must(safetensors_parse(model.data, model.size, "model", &file, &error));
    size_t n_keys = list_keys("mf-avg", names, keys);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct editor editor = {0};
        keys[n_keys] = wrong[i][0];
        keep_metadata(&editor, file, keys, n_keys + 1, wrong[i][0], wrong[i][1]);
        edit(&model, training_case.path, &editor);
        refuses_to_open(&training_case, wrong[i][1]);
    }
    safetensors_close(file);
    buffer_free(&model);
    training_case_close(&training_case);
}

/* ---- settings ---- */

static void settings_that_cannot_be_are_wrong_usage(void **state)
{
    (void)state;
    static const struct {
        const char *kind, *setting, *words;
    } cases[] = {
        {"mf-gru", "colour=red", "there is no setting \"colour\"; this model has: factors"},
        {"mf-gru", "heads=2", "there is no setting \"heads\""},
        {"mf-gru", "hidden", "has no value"},
        {"mf-gru", "hidden=0", "from 1 to 4096"},
        {"mf-gru", "hidden=1.5", "whole number"},
        {"mf-gru", "rate=nan", "from 0 to 1000"},
        {"mf-gru", "rate=fast", "\"fast\""},
        {"mf-gru", "window=1", "from 2 to 256"},
        {"mf-transformer", "positions=left", "must be same or reference, not \"left\""},
        {"mf-transformer", "factors=9", "must be a multiple of heads (2)"},
        {"mf-transformer", "dropout=1", "from 0 to 0.95"},
        {"nn-avg", "factors=9", "must be a multiple of representer_heads (2)"},
        {"mf-cnn", "hard=13", "at most negatives"},
        {"mf-cnn", "easy=100", "at most negatives"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct training_case training_case;
        struct error error = {0};
        training_case_open(&training_case, cases[i].kind, "refused.model");
        training_case_set(&training_case, cases[i].setting);
        enum status status = training_case_train(&training_case, &compute, NULL, &error);
        if (status != STATUS_USAGE || !strstr(error.text, cases[i].words))
            fail_msg("%s %s: status %d, %s", cases[i].kind, cases[i].setting, (int)status, error.text);
        assert_false(training_case_has(&training_case, ""));
        training_case_close(&training_case);
    }
    struct training_case training_case;
    struct error error = {0};
    training_case_open(&training_case, "mf-transformer", "refused.model");
    training_case_cover(&training_case, "made");
    training_case_set(&training_case, "cover_width=5"); /* 8 and 5 are 13 */
    assert_int_equal(training_case_train(&training_case, &compute, NULL, &error), STATUS_USAGE);
    assert_non_null(strstr(error.text, "(13) must be a multiple of heads (2)"));
    training_case.spec.kind = "als";
    training_case.spec.n_settings = 3; /* factors, regularization, iterations */
    assert_int_equal(training_case_train(&training_case, &compute, NULL, &error), STATUS_USAGE);
    assert_non_null(strstr(error.text, "takes no feature sets"));
    training_case.spec.kind = "mf-avg";
    training_case.spec.preset = "large";
    assert_int_equal(training_case_train(&training_case, &compute, NULL, &error), STATUS_USAGE);
    assert_non_null(strstr(error.text, "\"mpd\" and \"small\""));
    training_case.spec.preset = NULL;
    training_case_set(&training_case, "hard=0");
    training_case_set(&training_case, "easy=0");
    assert_int_equal(training_case_train(&training_case, &compute, NULL, &error), STATUS_USAGE);
    assert_non_null(strstr(error.text, "one of them at least 1"));
    training_case_close(&training_case);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cut_checkpoint_is_refused),
        cmocka_unit_test(a_checkpoint_of_something_else_is_refused),
        cmocka_unit_test(a_checkpoint_with_changed_values_is_refused),
        cmocka_unit_test(a_checkpoint_of_0_1_is_resumed),
        cmocka_unit_test(a_checkpoint_whose_best_weights_are_gone_is_refused),
        cmocka_unit_test(a_full_disk_spoils_nothing),
        cmocka_unit_test(a_changed_model_is_refused),
        cmocka_unit_test(a_model_with_wrong_names_of_sets_is_refused),
        cmocka_unit_test(settings_that_cannot_be_are_wrong_usage),
    };
    return cmocka_run_group_tests_name("rta files", tests, training_case_open_all, close_all);
}
