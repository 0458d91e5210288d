#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <math.h>

#include "core/file.h"
#include "core/log.h"
#include "core/random.h"
#include "features/projection.h"
#include "ridge_golden.h"
#include "tests/compute_fixture.h"
#include "tests/folder.h"

/* Projections: ridge regression against float64 (tests/oracle/ridge.py), and a network that learns, resumes and ignores
 * what is held out. */

static char folder[TEST_FOLDER_MAX];

static const struct dense_data golden = {.n = GOLDEN_N,
                                         .in = GOLDEN_IN,
                                         .out = GOLDEN_OUT,
                                         .x = golden_x,
                                         .y = golden_y,
                                         .training = golden_training,
                                         .n_training = GOLDEN_TRAINING,
                                         .validation = golden_validation,
                                         .n_validation = GOLDEN_VALIDATION};

static void ridge_agrees_with_float64(void **state)
{
    (void)state;
    float predicted[GOLDEN_N * GOLDEN_OUT];
    struct ridge_choice choice;
    must(ridge_fit(&compute, &golden, 0, predicted, NULL, &choice, &error));
    assert_true(fabs(choice.lambda - golden_lambda) < 1e-9);
    assert_true(fabs(choice.validation_r2 - golden_r2) < 1e-5);
    assert_false(choice.at_end);
    for (int i = 0; i < GOLDEN_N * GOLDEN_OUT; i++)
        assert_true(fabs((double)predicted[i] - golden_predicted[i]) < 2e-5);
    float given[GOLDEN_N * GOLDEN_OUT];
    must(ridge_fit(&compute, &golden, golden_lambda, given, NULL, &choice, &error));
    assert_true(isnan(choice.validation_r2));
    assert_memory_equal(given, predicted, sizeof given);
}

/* Items that are neither in training nor in validation do not enter: their targets may be anything. */
static struct dense_data without_held_out(float *y)
{
    struct dense_data data = golden;
    memcpy(y, golden_y, sizeof golden_y);
    bool fitted[GOLDEN_N] = {false};
    for (int i = 0; i < GOLDEN_TRAINING; i++)
        fitted[golden_training[i]] = true;
    for (int i = 0; i < GOLDEN_VALIDATION; i++)
        fitted[golden_validation[i]] = true;
    for (int i = 0; i < GOLDEN_N; i++)
        for (int j = 0; !fitted[i] && j < GOLDEN_OUT; j++)
            y[i * GOLDEN_OUT + j] = NAN;
    data.y = y;
    return data;
}

static void r2_is_that_of_the_items(void **state)
{
    (void)state;
    const float y[] = {1, -1, 2, 0}, predicted[] = {1, -1, 0, 0};
    const int32_t first[] = {0}, both[] = {0, 1};
    const struct dense_data data = {.n = 2, .in = 1, .out = 2, .y = y};
    assert_true(fabs(projection_r2(&data, predicted, first, 1) - 1) < 1e-12);
    assert_true(fabs(projection_r2(&data, predicted, both, 2) - (1 - 4.0 / 6)) < 1e-12);
}

static struct projection_network_settings settings_of(const char *checkpoint)
{
    return (struct projection_network_settings){.layers = 2,
                                                .hidden = 16,
                                                .dropout = 0.1F,
                                                .learning_rate = 0.01F,
                                                .weight_decay = 1e-4F,
                                                .batch = 16,
                                                .epochs = 30,
                                                .patience = 30,
                                                .seed = 3,
                                                .identity = "a test",
                                                .checkpoint = checkpoint};
}

static void held_out_targets_are_not_read(void **state)
{
    (void)state;
    float y[GOLDEN_N * GOLDEN_OUT], with[GOLDEN_N * GOLDEN_OUT], without[GOLDEN_N * GOLDEN_OUT];
    char checkpoint[80];
    const struct dense_data data = without_held_out(y);
    struct ridge_choice choice;
    struct projection_network_result result;
    must(ridge_fit(&compute, &golden, 0, with, NULL, &choice, &error));
    must(ridge_fit(&compute, &data, 0, without, NULL, &choice, &error));
    assert_memory_equal(with, without, sizeof with);
    snprintf(checkpoint, sizeof checkpoint, "%s/held", folder);
    const struct projection_network_settings settings = settings_of(checkpoint);
    must(projection_network_fit(&compute, &golden, &settings, with, NULL, &result, &error));
    must(projection_network_fit(&compute, &data, &settings, without, NULL, &result, &error));
    assert_memory_equal(with, without, sizeof with);
}

/* A target that no linear map gives. */
static void a_network_learns_what_is_not_linear(void **state)
{
    (void)state;
    enum { N = 600 };
    static float x[N * 2], y[N];
    static int32_t training[N], validation[N];
    char checkpoint[80];
    float predicted[N];
    struct random random;
    struct dense_data data = {.n = N, .in = 2, .out = 1, .x = x, .y = y};
    random_seed(&random, 2);
    for (int32_t i = 0; i < N; i++) {
        x[2 * i] = (float)random_normal(&random);
        x[2 * i + 1] = (float)random_normal(&random);
        y[i] = x[2 * i] * x[2 * i + 1];
        if (i % 6 == 5)
            validation[data.n_validation++] = i;
        else
            training[data.n_training++] = i;
    }
    data.training = training;
    data.validation = validation;
    struct ridge_choice choice;
    struct projection_network_result result;
    snprintf(checkpoint, sizeof checkpoint, "%s/product", folder);
    struct projection_network_settings settings = settings_of(checkpoint);
    settings.hidden = 32;
    settings.dropout = 0;
    settings.epochs = 60;
    must(ridge_fit(&compute, &data, 0, predicted, NULL, &choice, &error));
    must(projection_network_fit(&compute, &data, &settings, predicted, NULL, &result, &error));
    assert_true(choice.validation_r2 < 0.2);
    assert_true(result.validation_r2 > 0.9);
    assert_true(fabs(projection_r2(&data, predicted, validation, data.n_validation) - result.validation_r2) < 1e-6);
    assert_false(file_exists(checkpoint));
}

/* ---- interruption ---- */

struct stopper {
    struct progress progress;
    int asked, stop_at;
};

static bool stop(struct progress *progress)
{
    struct stopper *stopper = (struct stopper *)progress;
    return ++stopper->asked == stopper->stop_at;
}

static void stopped_trainings_resume(void **state)
{
    (void)state;
    char checkpoint[80];
    float whole[GOLDEN_N * GOLDEN_OUT], resumed[GOLDEN_N * GOLDEN_OUT];
    struct projection_network_result result, again;
    struct error error;
    snprintf(checkpoint, sizeof checkpoint, "%s/stopped", folder);
    struct projection_network_settings settings = settings_of(checkpoint);
    assert_int_equal(projection_network_fit(&compute, &golden, &settings, whole, NULL, &result, &error), STATUS_OK);
    for (int stop_at = 1; stop_at < 110; stop_at += 17) {
        struct stopper stopper = {.progress = {.cancelled = stop}, .stop_at = stop_at};
        settings.resume = false;
        assert_int_equal(
            projection_network_fit(&compute, &golden, &settings, resumed, &stopper.progress, &again, &error),
            STATUS_INTERRUPTED);
        settings.resume = true;
        assert_int_equal(projection_network_fit(&compute, &golden, &settings, resumed, NULL, &again, &error),
                         STATUS_OK);
        assert_memory_equal(whole, resumed, sizeof whole);
        assert_int_equal(again.best_epoch, result.best_epoch);
    }
}

static void only_a_matching_checkpoint_is_resumed(void **state)
{
    (void)state;
    char checkpoint[80], best[96];
    float predicted[GOLDEN_N * GOLDEN_OUT];
    struct projection_network_result result;
    struct error error;
    snprintf(checkpoint, sizeof checkpoint, "%s/other", folder);
    struct projection_network_settings settings = settings_of(checkpoint);
    settings.resume = true;
    assert_int_equal(projection_network_fit(&compute, &golden, &settings, predicted, NULL, &result, &error),
                     STATUS_USAGE);
    assert_non_null(strstr(error.text, "no interrupted training"));
    struct stopper stopper = {.progress = {.cancelled = stop}, .stop_at = 20};
    settings.resume = false;
    assert_int_equal(
        projection_network_fit(&compute, &golden, &settings, predicted, &stopper.progress, &result, &error),
        STATUS_INTERRUPTED);
    settings.resume = true;
    settings.identity = "another test";
    assert_int_equal(projection_network_fit(&compute, &golden, &settings, predicted, NULL, &result, &error),
                     STATUS_USAGE);
    settings.identity = "a test";
    snprintf(best, sizeof best, "%s.best", checkpoint);
    assert_int_equal(unlink(best), 0);
    assert_int_equal(projection_network_fit(&compute, &golden, &settings, predicted, NULL, &result, &error),
                     STATUS_BAD_DATA);
    assert_non_null(strstr(error.text, "leave --resume out"));
}

static void be_quiet(enum log_level level, const char *text, void *context)
{
    (void)level, (void)text, (void)context;
}

static int begin(void **state)
{
    log_set_sink(be_quiet, NULL);
    return test_folder_make(folder) ? open_compute(state) : -1;
}

static int end(void **state)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return close_compute(state) == 0 ? system(command) : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ridge_agrees_with_float64),     cmocka_unit_test(r2_is_that_of_the_items),
        cmocka_unit_test(held_out_targets_are_not_read), cmocka_unit_test(a_network_learns_what_is_not_linear),
        cmocka_unit_test(stopped_trainings_resume),      cmocka_unit_test(only_a_matching_checkpoint_is_resumed),
    };
    return cmocka_run_group_tests_name("projection", tests, begin, end);
}
