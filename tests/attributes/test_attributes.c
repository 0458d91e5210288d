#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <math.h>

#include "attributes/kinds.h"
#include "attributes/logistic.h"
#include "attributes/quality.h"
#include "attributes/temporal.h"
#include "core/random.h"
#include "tests/attributes/attributes_golden.h"
#include "tests/compute_fixture.h"

/* Attributes against scikit-learn and NumPy (tests/oracle/attributes.py). */

static void the_threshold_has_the_best_f1(void **state)
{
    (void)state;
    bool positive[GOLDEN_N];
    double threshold, f1;
    for (int i = 0; i < GOLDEN_N; i++)
        positive[i] = golden_truth[i] > 0;
    must(quality_threshold(golden_scores, positive, GOLDEN_N, &threshold, &f1, &error));
    assert_true(fabs(threshold - golden_threshold) < 1e-12);
    assert_true(fabs(f1 - golden_f1) < 1e-12);
    const double equal[] = {0.5, 0.5}, apart[] = {0.2, 0.8};
    const bool one[] = {true, false};
    must(quality_threshold(equal, one, 2, &threshold, &f1, &error));
    assert_true(threshold == 0.5 && fabs(f1 - 2.0 / 3) < 1e-12);
    must(quality_threshold(apart, one, 2, &threshold, &f1, &error));
    assert_true(threshold == 0.2);
}

static struct quality measure(const double *truth, const double *ours, const double *theirs, bool amounts)
{
    static int32_t groups[GOLDEN_N];
    struct quality quality;
    for (int i = 0; i < GOLDEN_N; i++)
        groups[i] = i / 2;
    const struct quality_data data = {.n = GOLDEN_N,
                                      .truth = truth,
                                      .sides = {ours, theirs},
                                      .groups = groups,
                                      .n_groups = GOLDEN_N / 2,
                                      .amounts = amounts,
                                      .within = 0.25};
    must(quality_measure(&data, 1, &quality, &error));
    return quality;
}

static void metrics_agree(void **state)
{
    (void)state;
    double shifted[GOLDEN_N];
    for (int i = 0; i < GOLDEN_N; i++)
        shifted[i] = golden_scores[i] - golden_threshold;
    const struct quality classes = measure(golden_truth, shifted, golden_scores, false);
    assert_true(fabs(classes.sides[0][QUALITY_PRECISION].value - golden_precision) < 1e-12);
    assert_true(fabs(classes.sides[0][QUALITY_RECALL].value - golden_recall) < 1e-12);
    assert_true(fabs(classes.sides[0][QUALITY_F1].value - golden_f1) < 1e-12);
    assert_true(fabs(classes.sides[0][QUALITY_AUC].value - golden_auc) < 1e-12);
    assert_true(isnan(classes.sides[0][QUALITY_RMSE].value));
    assert_true(classes.difference[QUALITY_AUC].value == 0 && classes.difference[QUALITY_AUC].high == 0);
    const struct quality amounts = measure(golden_amounts, golden_predicted, golden_amounts, true);
    assert_true(fabs(amounts.sides[0][QUALITY_WITHIN].value - golden_within) < 1e-12);
    assert_true(fabs(amounts.sides[0][QUALITY_RMSE].value - golden_rmse) < 1e-12);
    assert_true(fabs(amounts.sides[0][QUALITY_R2].value - golden_r2) < 1e-12);
    assert_true(amounts.sides[1][QUALITY_RMSE].value == 0);
}

/* The interval of a mean of independent items is near that of the normal distribution; with pairs of equal items it is
 * wider by the square root of 2. */
static void intervals_are_of_groups(void **state)
{
    (void)state;
    enum { N = 400 };
    static double truth[N], ours[N], theirs[N];
    static int32_t single[N], pairs[N];
    struct random random;
    random_seed(&random, 4);
    for (int i = 0; i < N; i++) {
        const bool right = i % 2 == 0 ? random_below(&random, 10) < 7 : fabs(ours[i - 1]) < 0.25;
        ours[i] = right ? 0 : 1;
        single[i] = i;
        pairs[i] = i / 2;
    }
    struct quality_data data = {.n = N, .truth = truth, .sides = {ours, theirs}, .amounts = true, .within = 0.25};
    struct quality alone, paired;
    data.groups = single, data.n_groups = N;
    must(quality_measure(&data, 1, &alone, &error));
    data.groups = pairs, data.n_groups = N / 2;
    must(quality_measure(&data, 1, &paired, &error));
    const struct quality_estimate *a = &alone.sides[0][QUALITY_WITHIN], *b = &paired.sides[0][QUALITY_WITHIN];
    const double deviation = sqrt(a->value * (1 - a->value) / N);
    assert_true(fabs((a->high - a->low) / (2 * 1.96 * deviation) - 1) < 0.15);
    assert_true(fabs((b->high - b->low) / (a->high - a->low) / sqrt(2) - 1) < 0.15);
    struct quality again;
    must(quality_measure(&data, 1, &again, &error));
    assert_true(again.sides[0][QUALITY_WITHIN].low == b->low);
}

static void logistic_agrees(void **state)
{
    (void)state;
    static int32_t training[GOLDEN_TRAINING], validation[GOLDEN_N - GOLDEN_TRAINING];
    float predicted[GOLDEN_N * GOLDEN_OUT];
    struct logistic_choice choice;
    for (int32_t i = 0; i < GOLDEN_N; i++)
        *(i < GOLDEN_TRAINING ? &training[i] : &validation[i - GOLDEN_TRAINING]) = i;
    const struct dense_data data = {.n = GOLDEN_N,
                                    .in = GOLDEN_IN,
                                    .out = GOLDEN_OUT,
                                    .x = golden_x,
                                    .y = golden_y,
                                    .training = training,
                                    .n_training = GOLDEN_TRAINING,
                                    .validation = validation,
                                    .n_validation = GOLDEN_N - GOLDEN_TRAINING};
    must(logistic_fit(&compute, &data, golden_lambda, predicted, NULL, &choice, &error));
    assert_true(isnan(choice.validation_score) && choice.lambda == golden_lambda);
    for (int i = 0; i < GOLDEN_N * GOLDEN_OUT; i++)
        assert_true(fabs((double)predicted[i] - golden_logits[i]) < 2e-3);
    must(logistic_fit(&compute, &data, 0, predicted, NULL, &choice, &error));
    assert_true(choice.validation_score > 0 && !choice.at_end);
}

static void temporal_inference_agrees(void **state)
{
    (void)state;
    const float *values = golden_segments;
    const double *smoothed = golden_smooth;
    for (int track = 0; track < GOLDEN_TRACKS; track++) {
        const int64_t n = golden_lengths[track];
        double smooth[64], consistency = -1;
        assert_true(fabs(temporal_peak(values, n) - golden_peaks[track]) < 1e-12);
        temporal_smooth(values, n, smooth);
        for (int64_t i = 0; i < n; i++)
            assert_true(fabs(smooth[i] - smoothed[i]) < 1e-12);
        assert_int_equal(temporal_consistency(smooth, n, &consistency), n > 1);
        assert_true(fabs(consistency - golden_consistency[track]) < 1e-12);
        values += n;
        smoothed += n;
    }
    const double silence[] = {0, 0, 0};
    double consistency = 7;
    assert_false(temporal_consistency(silence, 3, &consistency));
    assert_true(consistency == 7);
    assert_int_equal(temporal_window(1), 1);
    assert_int_equal(temporal_window(2), 2);
    assert_int_equal(temporal_window(18), 3);
    assert_int_equal(temporal_window(24), 4);
}

static void labels_are_read(void **state)
{
    (void)state;
    static const struct {
        enum attribute_kind kind;
        const char *text;
        double value; /* -1: not possible */
    } cases[] = {
        {ATTRIBUTE_ENERGY, "low", 0},       {ATTRIBUTE_ENERGY, "Middle", 0.5},   {ATTRIBUTE_ENERGY, "med", 0.5},
        {ATTRIBUTE_ENERGY, "high", 1},      {ATTRIBUTE_ENERGY, "0.25", 0.25},    {ATTRIBUTE_ENERGY, "1.2", -1},
        {ATTRIBUTE_ENERGY, "-0.1", -1},     {ATTRIBUTE_ENERGY, "nan", -1},       {ATTRIBUTE_ENERGY, "loud", -1},
        {ATTRIBUTE_VALENCE, "negative", 0}, {ATTRIBUTE_VALENCE, "neu", 0.5},     {ATTRIBUTE_VALENCE, "pos", 1},
        {ATTRIBUTE_VOCALNESS, "yes", 1},    {ATTRIBUTE_VOCALNESS, "no", 0},      {ATTRIBUTE_VOCALNESS, "1", 1},
        {ATTRIBUTE_VOCALNESS, "0.5", -1},   {ATTRIBUTE_VOCALNESS, "middle", -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double value = -1;
        assert_int_equal(attribute_value_read(cases[i].kind, cases[i].text, &value), cases[i].value >= 0);
        assert_true(cases[i].value < 0 || value == cases[i].value);
    }
    assert_string_equal(attribute_value_word(ATTRIBUTE_ENERGY, 0.6), "middle");
    assert_string_equal(attribute_value_word(ATTRIBUTE_VALENCE, 0.9), "positive");
    assert_string_equal(attribute_value_word(ATTRIBUTE_VOCALNESS, 0.2), "no");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_threshold_has_the_best_f1), cmocka_unit_test(metrics_agree),
        cmocka_unit_test(intervals_are_of_groups),       cmocka_unit_test(logistic_agrees),
        cmocka_unit_test(temporal_inference_agrees),     cmocka_unit_test(labels_are_read),
    };
    return cmocka_run_group_tests_name("attributes", tests, open_compute, close_compute);
}
