#include "nn/trainer.h"

#include <signal.h>
#include <sys/wait.h>

#include "core/file.h"
#include "core/log.h"
#include "nn/layers.h"
#include "nn/optimiser.h"
#include "nn/schedule.h"
#include "nn_fixture.h"
#include "tests/folder.h"

/* The training loop with a network that is not a recommender: a multilayer perceptron that classifies generated points
 * into CLASSES classes with cross-entropy. Interrupted, killed and resumed it gives the same bytes; it stops early,
 * detects divergence, and keeps its best weights. */

enum { IN = 6, HIDDEN = 16, CLASSES = 3, TRAINED = 200, HELD_OUT = 60, POINTS = TRAINED + HELD_OUT, BATCH = 16 };
enum { STEPS = (TRAINED + BATCH - 1) / BATCH, EPOCHS = 4, SCRIPT_MAX = 16 };

struct mlp {
    const struct compute *compute;
    struct parameters parameters;
    struct linear in, out;
    struct optimiser optimiser;
    struct tape tape;
    float points[POINTS * IN];
    int32_t classes[POINTS];
    double learning_rate;
    int64_t total; /* steps of the whole training */
    float *candidate;
    char kept[96]; /* file of the weights that were kept */
    /* Settings of the test. */
    double scripted[SCRIPT_MAX]; /* scores that replace the computed ones */
    int n_scripted;
    int64_t validations, interrupt_at; /* a validation that is interrupted; -1: none */
    bool spoils;                       /* a validation overwrites the moments */
    int64_t checks;                    /* of the kept file */
};

/* Points around the centres of their classes, passed through a sine, so that the classes are not linearly separable. */
static void make_points(struct mlp *mlp)
{
    struct random random;
    float centres[CLASSES * IN];
    random_seed(&random, 4);
    draw_normal(&random, CLASSES * IN, centres);
    for (int i = 0; i < POINTS; i++) {
        mlp->classes[i] = (int32_t)random_below(&random, CLASSES);
        for (int j = 0; j < IN; j++)
            mlp->points[i * IN + j] =
                sinf(2 * (centres[mlp->classes[i] * IN + j] + 0.3f * (float)random_normal(&random)));
    }
}

/* ---- the network ---- */

/* The hidden layer's output for points [n x HIDDEN + 1]; its products with the classes' rows [CLASSES x HIDDEN + 1] are
 * the scores. */
static struct tensor *features_of(struct mlp *mlp, const int32_t *rows, int64_t n)
{
    struct tape *tape = &mlp->tape;
    float *x = tape_host_memory(tape, (size_t)(n * IN) * sizeof *x);
    for (int64_t i = 0; x && i < n; i++)
        memcpy(x + i * IN, mlp->points + rows[i] * IN, IN * sizeof *x);
    struct tensor *input = tape_tensor(tape, n, IN, false), *ones = tape_tensor(tape, n, 1, false);
    input->value = tape_upload(tape, x, n * IN);
    TAPE_RUN(tape, network.fill, n, 1, ones->value);
    struct tensor *h = nn_linear(tape, input, mlp->in.weight, NULL);
    h = nn_activate(tape, ACTIVATION_RELU, h, mlp->in.bias, (struct dropout){0});
    return nn_concat(tape, h, ones);
}

static struct tensor *class_rows(struct mlp *mlp)
{
    return nn_concat(&mlp->tape, mlp->out.weight, nn_reshape(&mlp->tape, mlp->out.bias, CLASSES, 1));
}

static struct compute_slice loss_of(struct mlp *mlp, const int32_t *rows, int64_t n)
{
    struct tape *tape = &mlp->tape;
    int32_t classes[BATCH];
    int64_t starts[BATCH + 1] = {0}, none[BATCH + 1] = {0};
    for (int64_t i = 0; i < n; i++) {
        classes[i] = mlp->classes[rows[i]];
        starts[i + 1] = i + 1;
    }
    struct compute_slice loss = tape_doubles(tape, 1), weights = tape_memory(tape, n);
    TAPE_RUN(tape, network.fill, n, 1.0f / (float)n, weights);
    const struct ragged targets = {tape_upload_int64(tape, starts, n + 1), tape_upload(tape, classes, n)},
                        masked = {tape_upload_int64(tape, none, n + 1), tape_memory(tape, 1)};
    const struct scoring scoring = {features_of(mlp, rows, n), class_rows(mlp)};
    nn_softmax_loss(tape, &scoring, 1, targets, masked, weights, loss);
    return loss;
}

/* ---- what the training loop calls ---- */

/* Batch `step` of an epoch's order, which is drawn from its number. */
static int64_t draw_batch(int64_t epoch, int64_t step, int32_t rows[BATCH])
{
    int32_t order[TRAINED];
    struct random random;
    random_seed(&random, random_mix((uint64_t)epoch));
    for (int32_t i = 0; i < TRAINED; i++) {
        int32_t j = (int32_t)random_below(&random, (uint64_t)i + 1);
        order[i] = order[j];
        order[j] = i;
    }
    int64_t n = TRAINED - step * BATCH < BATCH ? TRAINED - step * BATCH : BATCH;
    memcpy(rows, order + step * BATCH, (size_t)n * sizeof *rows);
    return n;
}

static enum status take_step(void *context, int64_t epoch, int64_t step, double *loss, struct error *error)
{
    struct mlp *mlp = context;
    int32_t rows[BATCH];
    int64_t n = draw_batch(epoch, step, rows);
    tape_reset(&mlp->tape, true);
    parameters_begin(&mlp->parameters);
    struct compute_slice at = loss_of(mlp, rows, n);
    tape_backward(&mlp->tape);
    optimiser_step(&mlp->optimiser, &mlp->tape, schedule_cosine(mlp->learning_rate, mlp->optimiser.step, mlp->total));
    tape_download_doubles(&mlp->tape, at, loss, 1);
    return tape_status(&mlp->tape, error);
}

static void list_state(void *context, struct checkpoint_list *list)
{
    const struct mlp *mlp = context;
    optimiser_state(&mlp->optimiser, list);
}

/* The share of held-out points that are classified correctly. */
static enum status measure(struct mlp *mlp, double *accuracy, struct error *error)
{
    float features[HELD_OUT * (HIDDEN + 1)], classes[CLASSES * (HIDDEN + 1)];
    int32_t rows[HELD_OUT];
    for (int i = 0; i < HELD_OUT; i++)
        rows[i] = TRAINED + i;
    tape_reset(&mlp->tape, false);
    tape_download(&mlp->tape, features_of(mlp, rows, HELD_OUT)->value, features, sizeof features);
    tape_download(&mlp->tape, class_rows(mlp)->value, classes, sizeof classes);
    int found = 0;
    for (int i = 0; i < HELD_OUT; i++) {
        int best = 0;
        double scores[CLASSES] = {0};
        for (int c = 0; c < CLASSES; c++) {
            for (int j = 0; j <= HIDDEN; j++)
                scores[c] += (double)features[i * (HIDDEN + 1) + j] * (double)classes[c * (HIDDEN + 1) + j];
            best = scores[c] > scores[best] ? c : best;
        }
        found += best == mlp->classes[rows[i]];
    }
    *accuracy = (double)found / HELD_OUT;
    return tape_status(&mlp->tape, error);
}

static enum status validate(void *context, struct trainer_score *score, struct error *error)
{
    struct mlp *mlp = context;
    const struct compute *on = mlp->compute;
    const struct compute_slice moments = {mlp->parameters.velocity, 0};
    if (mlp->spoils &&
        on->ops->network.fill(on->stream, (int64_t)mlp->parameters.n_trained, 7, moments, error) != STATUS_OK)
        return STATUS_FAILED;
    if (mlp->validations++ == mlp->interrupt_at)
        return error_set(error, STATUS_INTERRUPTED, "interrupted in a validation");
    enum status status = parameters_read(&mlp->parameters, mlp->candidate, error);
    for (size_t i = 0; status == STATUS_OK && i < mlp->parameters.n_values; i++)
        score->diverged = score->diverged || !isfinite(mlp->candidate[i]);
    if (status == STATUS_OK)
        status = measure(mlp, &score->value, error);
    if (mlp->n_scripted > 0) {
        int64_t epoch = (mlp->optimiser.step + STEPS - 1) / STEPS;
        score->value = mlp->scripted[epoch - 1];
    }
    snprintf(score->text, sizeof score->text, "accuracy %.1f %%", 100 * score->value);
    return status;
}

static enum status keep(void *context, bool better, struct error *error)
{
    struct mlp *mlp = context;
    struct atomic_file file;
    if (!better)
        return STATUS_OK;
    enum status status = atomic_file_open(mlp->kept, &file, error);
    if (status != STATUS_OK)
        return status;
    fwrite(mlp->candidate, sizeof *mlp->candidate, mlp->parameters.n_values, file.stream);
    status = atomic_file_commit(&file, error);
    atomic_file_abort(&file);
    return status;
}

static enum status check_kept(void *context, struct error *error)
{
    struct mlp *mlp = context;
    mlp->checks++;
    return file_exists(mlp->kept) ? STATUS_OK : error_set(error, STATUS_FAILED, "%s is not there", mlp->kept);
}

/* ---- a training ---- */

static char folder[TEST_FOLDER_MAX];

struct course {
    struct mlp mlp;
    struct trainer_network network;
    struct trainer_settings settings;
    struct progress progress;
    int64_t asked, stop_at; /* the step, of this run, before which it is interrupted; -1: none */
    bool kill;              /* by SIGKILL */
    char checkpoint[96];
};

static const char *const identities[] = {"mlp of a test", "an earlier name of it", NULL};

static bool cancelled(struct progress *progress)
{
    struct course *course = (struct course *)((char *)progress - offsetof(struct course, progress));
    if (course->asked++ != course->stop_at)
        return false;
    if (course->kill)
        kill(getpid(), SIGKILL);
    return true;
}

static struct course *open_course(const struct compute *on, enum optimiser_kind kind)
{
    struct course *course = calloc(1, sizeof *course);
    struct mlp *mlp = &course->mlp;
    struct random random;
    *mlp = (struct mlp){.compute = on, .learning_rate = 0.02, .total = EPOCHS * STEPS, .interrupt_at = -1};
    make_points(mlp);
    mlp->in = linear_declare(&mlp->parameters, "", "in", IN, HIDDEN);
    mlp->out = linear_declare(&mlp->parameters, "", "out", HIDDEN, CLASSES);
    random_seed(&random, 8);
    must(parameters_create(&mlp->parameters, (struct compute *)(uintptr_t)on, true, &random, &error));
    const struct optimiser_settings settings = {.kind = kind, .momentum = 0.9f, .weight_decay = 1e-4f, .clip_norm = 1};
    must(optimiser_open(&mlp->optimiser, &mlp->parameters, &settings, &error));
    tape_open(&mlp->tape, (struct compute *)(uintptr_t)on);
    mlp->candidate = malloc(mlp->parameters.n_values * sizeof *mlp->candidate);
    snprintf(mlp->kept, sizeof mlp->kept, "%s/kept", folder);
    snprintf(course->checkpoint, sizeof course->checkpoint, "%s/checkpoint", folder);
    course->network = (struct trainer_network){.context = mlp,
                                               .step = take_step,
                                               .taken = &mlp->optimiser.step,
                                               .state = list_state,
                                               .validate = validate,
                                               .keep = keep,
                                               .check_kept = check_kept};
    course->progress.cancelled = cancelled;
    course->stop_at = -1;
    course->settings = (struct trainer_settings){.epochs = EPOCHS,
                                                 .steps = STEPS,
                                                 .validate_every = 1,
                                                 .score_low = -1,
                                                 .score_high = 1,
                                                 .score_name = "accuracy",
                                                 .divergence_advice = "use a lower rate",
                                                 .checkpoint = course->checkpoint,
                                                 .identities = identities,
                                                 .progress = &course->progress};
    return course;
}

static void close_course(struct course *course)
{
    tape_close(&course->mlp.tape);
    optimiser_close(&course->mlp.optimiser);
    parameters_destroy(&course->mlp.parameters);
    free(course->mlp.candidate);
    free(course);
}

static enum status run_course(struct course *course, struct trainer_result *result, struct error *error)
{
    return trainer_run(course->mlp.compute, &course->network, &course->settings, result, error);
}

static void remove_files(const struct course *course)
{
    unlink(course->mlp.kept);
    unlink(course->checkpoint);
}

/* Interrupted before step `stop_at` of this run. */
static void interrupt_course(struct course *course, int64_t stop_at)
{
    struct trainer_result result;
    struct error why = {0};
    course->stop_at = stop_at;
    assert_int_equal(run_course(course, &result, &why), STATUS_INTERRUPTED);
    assert_non_null(strstr(why.text, "--resume"));
    assert_true(file_exists(course->checkpoint));
}

static struct buffer kept_bytes(const struct course *course)
{
    struct buffer bytes = {0};
    must(file_read(course->mlp.kept, 1 << 20, &bytes, &error));
    return bytes;
}

/* A complete training; its kept weights and its result. */
static struct buffer train_whole(enum optimiser_kind kind, struct trainer_result *result)
{
    struct course *course = open_course(&compute, kind);
    must(run_course(course, result, &error));
    struct buffer bytes = kept_bytes(course);
    remove_files(course);
    close_course(course);
    return bytes;
}

static void same(const struct buffer *whole, const struct course *course)
{
    struct buffer bytes = kept_bytes(course);
    assert_int_equal(bytes.size, whole->size);
    assert_memory_equal(bytes.data, whole->data, whole->size);
    buffer_free(&bytes);
}

static const enum optimiser_kind kinds[] = {OPTIMISER_NESTEROV, OPTIMISER_ADAM};

static void it_learns(void **state)
{
    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        struct trainer_result result;
        struct buffer bytes = train_whole(kinds[kind], &result);
        assert_true(result.best > 0.9);
        assert_true(result.epochs == EPOCHS && result.steps == EPOCHS * STEPS && !result.stopped_early);
        assert_true(!result.diverged && result.best_epoch >= 1);
        assert_non_null(strstr(result.report, "best validation accuracy"));
        buffer_free(&bytes);
    }
}

static void interrupted_and_resumed_it_ends_the_same(void **state)
{
    (void)state;
    static const int64_t stops[] = {0, 1, STEPS - 1, STEPS, STEPS + 1, 2 * STEPS + 5, EPOCHS * STEPS - 1};
    for (int kind = 0; kind < 2; kind++) {
        struct trainer_result whole_result, result;
        struct buffer whole = train_whole(kinds[kind], &whole_result);
        for (size_t i = 0; i < sizeof stops / sizeof stops[0]; i++) {
            struct course *course = open_course(&compute, kinds[kind]);
            interrupt_course(course, stops[i]);
            close_course(course);
            course = open_course(&compute, kinds[kind]); /* another process: only the files are left */
            course->settings.resume = true;
            course->stop_at = (stops[i] + 3) % STEPS;
            if (run_course(course, &result, NULL) == STATUS_INTERRUPTED) { /* once more */
                close_course(course);
                course = open_course(&compute, kinds[kind]);
                course->settings.resume = true;
                must(run_course(course, &result, &error));
            }
            assert_true(result.best == whole_result.best && result.best_epoch == whole_result.best_epoch);
            assert_string_equal(result.report, whole_result.report);
            assert_true(result.steps == EPOCHS * STEPS);
            same(&whole, course);
            remove_files(course);
            close_course(course);
        }
        buffer_free(&whole);
    }
}

/* Killed at a time when the checkpoint is older than the kept weights. */
static void killed_and_resumed_it_ends_the_same(void **state)
{
    (void)state;
    struct trainer_result result;
    struct buffer whole = train_whole(OPTIMISER_ADAM, &result);
    static const int64_t kills[] = {2, STEPS, 2 * STEPS + 1};
    for (int i = 0; i < 3; i++) {
        struct course *course = open_course(&compute, OPTIMISER_ADAM);
        interrupt_course(course, STEPS + 2);
        close_course(course);
        fflush(NULL);
        pid_t child = fork();
        if (child == 0) { /* with threads of its own */
            struct compute own;
            if (test_device_open(1, &own, NULL) != STATUS_OK)
                _exit(1);
            course = open_course(&own, OPTIMISER_ADAM);
            course->settings.resume = true;
            course->stop_at = kills[i];
            course->kill = true;
            run_course(course, &result, NULL);
            _exit(2);
        }
        int ended = 0;
        assert_int_equal(waitpid(child, &ended, 0), child);
        assert_true(WIFSIGNALED(ended) && WTERMSIG(ended) == SIGKILL);
        course = open_course(&compute, OPTIMISER_ADAM);
        course->settings.resume = true;
        must(run_course(course, &result, &error));
        same(&whole, course);
        remove_files(course);
        close_course(course);
    }
    buffer_free(&whole);
}

static char logged[512]; /* the latest message */

static void keep_message(enum log_level level, const char *text, void *context)
{
    (void)level, (void)context;
    snprintf(logged, sizeof logged, "%s", text);
}

/* A validation may overwrite the moments that were put aside for it, also one that is interrupted. */
static void moments_are_put_aside_for_a_validation(void **state)
{
    (void)state;
    struct trainer_result result;
    struct buffer whole = train_whole(OPTIMISER_ADAM, &result);
    for (int64_t interrupt_at = -1; interrupt_at < 2; interrupt_at++) {
        for (int run = interrupt_at < 0; run < 2; run++) {
            struct course *course = open_course(&compute, OPTIMISER_ADAM);
            course->settings.aside_min = 1;
            course->mlp.spoils = true;
            course->settings.resume = interrupt_at >= 0 && run == 1;
            course->mlp.interrupt_at = run == 0 ? interrupt_at : -1;
            assert_int_equal(run_course(course, &result, NULL), run == 0 ? STATUS_INTERRUPTED : STATUS_OK);
            if (run == 1) {
                same(&whole, course);
                remove_files(course);
            }
            close_course(course);
        }
    }
    buffer_free(&whole);
}

static void an_interrupted_validation_is_repeated(void **state)
{
    (void)state;
    struct trainer_result result;
    struct buffer whole = train_whole(OPTIMISER_ADAM, &result);
    for (int64_t at = 0; at < EPOCHS; at++) {
        struct course *course = open_course(&compute, OPTIMISER_ADAM);
        course->mlp.interrupt_at = at;
        interrupt_course(course, -1);
        close_course(course);
        course = open_course(&compute, OPTIMISER_ADAM);
        course->settings.resume = true;
        must(run_course(course, &result, &error));
        assert_int_equal(course->mlp.validations, EPOCHS - at);
        assert_int_equal(course->asked, (EPOCHS - at - 1) * STEPS);
        assert_non_null(strstr(logged, "epoch 4: "));
        /* after a step that this run took */
        assert_true((strstr(logged, "loss ") != NULL) == (at + 1 < EPOCHS));
        same(&whole, course);
        remove_files(course);
        close_course(course);
    }
    buffer_free(&whole);
}

/* ---- which weights are kept, and when training ends ---- */

static void script(struct course *course, const double *scores, int count)
{
    course->mlp.n_scripted = count;
    memcpy(course->mlp.scripted, scores, (size_t)count * sizeof *scores);
    course->settings.epochs = count;
    course->mlp.total = count * STEPS;
}

static void it_stops_early_with_the_best_weights(void **state)
{
    (void)state;
    static const double scores[] = {0.5, 0.7, 0.7, 0.6, 0.69, 0.9, 0.9, 0.9};
    static const struct {
        int64_t patience, epochs, best_epoch;
    } cases[] = {{0, 8, 6}, {1, 3, 2}, {2, 4, 2}, {3, 5, 2}, {4, 8, 6}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (int64_t stop = -1; stop <= 3 * STEPS; stop += 2 * STEPS) { /* -1: not interrupted */
            struct course *course = open_course(&compute, OPTIMISER_ADAM);
            struct trainer_result result;
            script(course, scores, 8);
            course->settings.patience = cases[i].patience;
            if (stop >= 0) {
                course->stop_at = stop;
                run_course(course, &result, NULL);
                course->settings.resume = file_exists(course->checkpoint);
                course->stop_at = -1;
            }
            must(run_course(course, &result, &error));
            assert_int_equal(result.epochs, cases[i].epochs);
            assert_int_equal(result.best_epoch, cases[i].best_epoch);
            assert_true(result.best == scores[cases[i].best_epoch - 1]);
            assert_true(result.stopped_early == (cases[i].epochs < 8));
            assert_true((strstr(result.report, "stopped after epoch") != NULL) == result.stopped_early);
            remove_files(course);
            close_course(course);
        }
}

static void validations_are_as_rare_as_asked(void **state)
{
    (void)state;
    struct course *course = open_course(&compute, OPTIMISER_ADAM);
    struct trainer_result result;
    course->settings.validate_every = 3;
    must(run_course(course, &result, &error));
    assert_int_equal(course->mlp.validations, 2); /* after epoch 3, and the last one */
    remove_files(course);
    close_course(course);
}

static void without_validation_data_the_last_weights_are_kept(void **state)
{
    (void)state;
    static const double scores[] = {0.5, 0.4, 0.3};
    struct course *course = open_course(&compute, OPTIMISER_ADAM);
    struct trainer_result result;
    script(course, scores, 3);
    course->settings.score_name = NULL;
    must(run_course(course, &result, &error));
    assert_int_equal(result.best_epoch, 3);
    assert_string_equal(result.report, "");
    float *last = malloc(course->mlp.parameters.n_values * sizeof *last);
    must(parameters_read(&course->mlp.parameters, last, &error));
    struct buffer bytes = kept_bytes(course);
    assert_memory_equal(bytes.data, last, bytes.size);
    free(last);
    buffer_free(&bytes);
    remove_files(course);
    close_course(course);
}

static void scores_that_are_no_numbers_keep_nothing(void **state)
{
    (void)state;
    static const double scores[] = {NAN, NAN, NAN};
    struct course *course = open_course(&compute, OPTIMISER_ADAM);
    struct trainer_result result;
    struct error why = {0};
    script(course, scores, 3);
    assert_int_equal(run_course(course, &result, &why), STATUS_FAILED);
    assert_non_null(strstr(why.text, "nothing was kept"));
    assert_false(file_exists(course->mlp.kept));
    remove_files(course);
    close_course(course);
}

static void divergence_is_noticed(void **state)
{
    (void)state;
    struct course *course = open_course(&compute, OPTIMISER_NESTEROV);
    struct trainer_result result;
    struct error why = {0};
    course->mlp.learning_rate = 1e30;
    assert_int_equal(run_course(course, &result, &why), STATUS_FAILED);
    assert_non_null(strstr(why.text, "diverged at step"));
    assert_non_null(strstr(why.text, "use a lower rate"));
    assert_false(file_exists(course->mlp.kept));
    assert_false(file_exists(course->checkpoint));
    close_course(course);
    /* A bound on the loss that is reached after weights were kept: they stay. The loss of this network falls below 0.5.
     */
    course = open_course(&compute, OPTIMISER_NESTEROV);
    interrupt_course(course, STEPS + 1);
    struct buffer before = kept_bytes(course);
    course->settings.resume = true;
    course->settings.loss_max = 1e-9;
    must(run_course(course, &result, &error));
    assert_true(result.diverged && result.best_epoch == 1);
    assert_non_null(strstr(result.report, "diverged at step"));
    assert_non_null(strstr(result.report, "of epoch 1 were kept"));
    same(&before, course);
    buffer_free(&before);
    remove_files(course);
    close_course(course);
}

/* ---- resuming is refused ---- */

static void refuses(struct course *course, enum status wanted, const char *words)
{
    struct trainer_result result;
    struct error why = {0};
    course->settings.resume = true;
    enum status status = run_course(course, &result, &why);
    if (status != wanted || !strstr(why.text, words))
        fail_msg("status %d, %s, not \"%s\"", (int)status, why.text, words);
}

static void another_training_is_not_resumed(void **state)
{
    (void)state;
    static const char *const others[] = {"another mlp", NULL};
    struct course *course = open_course(&compute, OPTIMISER_ADAM);
    struct trainer_result result;
    interrupt_course(course, STEPS + 3);
    course->stop_at = -1;
    course->settings.identities = others;
    refuses(course, STATUS_USAGE, "other settings");
    course->settings.identities = identities + 1; /* the present form, as a later version will see it */
    refuses(course, STATUS_USAGE, "other settings");
    course->settings.identities = identities;
    course->settings.steps = STEPS + 1;
    refuses(course, STATUS_BAD_DATA, "out of range");
    course->settings.steps = STEPS;
    struct buffer bytes = kept_bytes(course);
    unlink(course->mlp.kept);
    refuses(course, STATUS_FAILED, "best weights of the interrupted training are missing");
    write_bytes(course->mlp.kept, &bytes);
    must(run_course(course, &result, &error));
    buffer_free(&bytes);
    remove_files(course);
    close_course(course);
}

/* The progress bar of a resumed training starts where the interrupted one was. */
static void progress_says_where_it_is(void **state)
{
    (void)state;
    struct course *course = open_course(&compute, OPTIMISER_ADAM);
    struct trainer_result result;
    interrupt_course(course, STEPS + 3);
    assert_true(course->progress.done == STEPS + 3 && course->progress.total == EPOCHS * STEPS);
    assert_null(course->progress.note);
    course->settings.resume = true;
    course->stop_at = -1;
    must(run_course(course, &result, &error));
    assert_true(course->progress.first == STEPS + 3 && course->progress.done == EPOCHS * STEPS);
    assert_true(course->progress.total == EPOCHS * STEPS);
    remove_files(course);
    close_course(course);
}

static int open_all(void **state)
{
    log_set_sink(keep_message, NULL);
    return test_folder_make(folder) ? open_compute(state) : -1;
}

static int close_all(void **state)
{
    rmdir(folder);
    return close_compute(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_learns),
        cmocka_unit_test(interrupted_and_resumed_it_ends_the_same),
        cmocka_unit_test(killed_and_resumed_it_ends_the_same),
        cmocka_unit_test(moments_are_put_aside_for_a_validation),
        cmocka_unit_test(an_interrupted_validation_is_repeated),
        cmocka_unit_test(it_stops_early_with_the_best_weights),
        cmocka_unit_test(validations_are_as_rare_as_asked),
        cmocka_unit_test(without_validation_data_the_last_weights_are_kept),
        cmocka_unit_test(scores_that_are_no_numbers_keep_nothing),
        cmocka_unit_test(divergence_is_noticed),
        cmocka_unit_test(another_training_is_not_resumed),
        cmocka_unit_test(progress_says_where_it_is),
    };
    return cmocka_run_group_tests_name("training loop", tests, open_all, close_all);
}
