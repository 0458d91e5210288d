#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <math.h>

#include "core/file.h"
#include "core/log.h"
#include "core/random.h"
#include "nn/dense.h"
#include "tests/compute_fixture.h"
#include "tests/folder.h"

/* Fully-connected networks: what they learn with the cross-entropy, and that their weights predict the same. */

static char folder[TEST_FOLDER_MAX];

enum { N = 600 };
static float x[N * 2], y[N * 2];
static int32_t training[N], validation[N];

/* Two classes: of numbers of the same sign, and of a large sum. */
static struct dense_data draw(void)
{
    struct dense_data data = {
        .n = N, .in = 2, .out = 2, .x = x, .y = y, .training = training, .validation = validation};
    struct random random;
    random_seed(&random, 2);
    for (int32_t i = 0; i < N; i++) {
        x[2 * i] = (float)random_normal(&random);
        x[2 * i + 1] = (float)random_normal(&random);
        y[2 * i] = x[2 * i] * x[2 * i + 1] > 0;
        y[2 * i + 1] = x[2 * i] + x[2 * i + 1] > 1;
        if (i % 6 == 5)
            validation[data.n_validation++] = i;
        else
            training[data.n_training++] = i;
    }
    return data;
}

static struct dense_settings settings_of(const char *checkpoint, int n_hidden)
{
    struct dense_settings settings = {.n_hidden = n_hidden,
                                      .loss = DENSE_CROSS_ENTROPY,
                                      .optimiser = OPTIMISER_ADAM,
                                      .learning_rate = 0.01F,
                                      .rate_decay = 0.98F,
                                      .batch = 32,
                                      .epochs = 40,
                                      .patience = 40,
                                      .seed = 3,
                                      .identity = "a test",
                                      .checkpoint = checkpoint};
    for (int i = 0; i < n_hidden; i++)
        settings.hidden[i] = 24;
    return settings;
}

static void cross_entropy_is_learned(void **state)
{
    (void)state;
    char checkpoint[TEST_FOLDER_MAX + 8];
    const struct dense_data data = draw();
    snprintf(checkpoint, sizeof checkpoint, "%s/net", folder);
    for (int hidden = 1; hidden <= 8; hidden += 7) {
        static float predicted[N * 2], again[N * 2];
        const struct dense_settings settings = settings_of(checkpoint, hidden);
        struct dense_shape shape = {.in = 2, .out = 2, .n_hidden = hidden};
        struct dense_result result;
        memcpy(shape.hidden, settings.hidden, sizeof shape.hidden);
        assert_int_equal(dense_size(&shape), 3 * 24 + (hidden - 1) * 25 * 24 + 25 * 2);
        float *weights = malloc((size_t)dense_size(&shape) * sizeof *weights);
        assert_non_null(weights);
        must(dense_fit(&compute, &data, &settings, predicted, weights, NULL, &result, &error));
        assert_true(result.validation_score > 0.6);
        assert_true(fabs(dense_score(DENSE_CROSS_ENTROPY, &data, predicted, validation, data.n_validation) -
                         result.validation_score) < 1e-6);
        must(dense_predict(&compute, &shape, weights, N, x, again, &error));
        assert_memory_equal(predicted, again, sizeof again);
        assert_false(file_exists(checkpoint));
        free(weights);
    }
}

/* Against logarithms of probabilities. */
static void scores_are_those_of_the_formula(void **state)
{
    (void)state;
    const float targets[] = {1, 0, 0, 1}, logits[] = {2, -1, 0.5F, 40};
    const int32_t items[] = {0, 1};
    const struct dense_data data = {.n = 2, .in = 1, .out = 2, .y = targets};
    double loss = 0;
    for (int i = 0; i < 4; i++) {
        const double p = 1 / (1 + exp(-(double)logits[i]));
        loss -= targets[i] > 0 ? log(p) : log(1 - p);
    }
    const double base = 4 * log(2); /* half of each output is 1 */
    assert_true(fabs(dense_score(DENSE_CROSS_ENTROPY, &data, logits, items, 2) - (1 - loss / base)) < 1e-9);
    struct dense_shape shape = {.in = INT64_MAX / 2, .out = 2, .n_hidden = 1, .hidden = {4}};
    assert_int_equal(dense_size(&shape), -1);
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
        cmocka_unit_test(cross_entropy_is_learned),
        cmocka_unit_test(scores_are_those_of_the_formula),
    };
    return cmocka_run_group_tests_name("dense", tests, begin, end);
}
