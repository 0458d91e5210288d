#include "nn_fixture.h"

#include "fitness/fit.h"
#include "fitness/regression.h"
#include "fitness/runner.h"
#include "tests/folder.h"

/* Training: classes that can be told apart are, resuming changes nothing, nor does the number of threads. Logistic
 * regression: the gradient at its minimum, in float64. */

enum { SONGS = 120, WIDTH = 6, CLASSES = 4 };

static char folder[TEST_FOLDER_MAX];
static float rows[SONGS * WIDTH];
static struct fitness_pair pairs[SONGS];
static int8_t parts[SONGS];
static int64_t reads, stop_after;

/* Song i is on playlist i % CLASSES, whose songs have their own mean; every fifth song is for the test. */
static void make_songs(void)
{
    struct random random;
    random_seed(&random, 5);
    draw_normal(&random, SONGS * WIDTH, rows);
    for (int i = 0; i < SONGS; i++) {
        rows[i * WIDTH + i % CLASSES] += 3;
        pairs[i] = (struct fitness_pair){i, i % CLASSES};
        parts[i] = (int8_t)(i % 5 == 4 ? FITNESS_TEST : i % 5 == 3 ? FITNESS_VALIDATION : FITNESS_TRAINING);
    }
}

static enum status read_song(void *context, int64_t song, uint64_t draw, float *x, struct error *why)
{
    (void)context;
    (void)draw;
    (void)why;
    reads++;
    memcpy(x, rows + song * WIDTH, WIDTH * sizeof *x);
    return STATUS_OK;
}

static bool stops(struct progress *progress)
{
    (void)progress;
    return stop_after > 0 && reads > stop_after;
}

static const struct fitness_data data = {
    .n_songs = SONGS, .pairs = pairs, .n_pairs = SONGS, .parts = parts, .inputs = {read_song, NULL}};

static struct fitness_fit_settings settings_of(const char *checkpoint)
{
    return (struct fitness_fit_settings){
        .shape = {.kind = FITNESS_HEAD, .n_classes = CLASSES, .width = WIDTH, .hidden = 16, .members = 2},
        .learning_rate = 0.01f,
        .dropout = 0.2f,
        .cosine = true,
        .batch = 16,
        .epochs = 12,
        .seed = 3,
        .checkpoint = checkpoint,
        .identity = "test"};
}

static double accuracy(const struct fitness_shape *shape, const float *weights)
{
    struct fitness_open *open = NULL;
    float logits[SONGS * CLASSES];
    int right = 0, tested = 0;
    must(fitness_open(&compute, shape, weights, NULL, &open, &error));
    must(fitness_open_run(open, rows, SONGS, logits, &error));
    fitness_open_close(open);
    for (int i = 0; i < SONGS; i++) {
        const float *of = logits + i * CLASSES;
        int best = 0;
        for (int c = 1; c < CLASSES; c++)
            best = of[c] > of[best] ? c : best;
        tested += parts[i] == FITNESS_TEST;
        right += parts[i] == FITNESS_TEST && best == pairs[i].class;
    }
    return (double)right / tested;
}

static void it_learns(void **state)
{
    (void)state;
    char path[600];
    snprintf(path, sizeof path, "%s/a.checkpoint", folder);
    for (int way = 0; way < 4; way++) {
        struct fitness_fit_settings settings = settings_of(path);
        struct fitness_fitted fitted;
        settings.loss = way % 2 ? FITNESS_BINARY : FITNESS_SOFTMAX;
        settings.balanced = way > 1;
        must(fitness_fit(&compute, &data, &settings, NULL, &fitted, &error));
        assert_int_equal(fitted.epochs, 12);
        assert_true(accuracy(&settings.shape, fitted.weights) > 0.8);
        assert_true((double)fitted.curve[11].training > (double)fitted.curve[0].training);
        fitness_fitted_free(&fitted);
    }
}

static void resumed_is_the_same(void **state)
{
    (void)state;
    char path[600];
    struct fitness_fitted whole, resumed;
    snprintf(path, sizeof path, "%s/b.checkpoint", folder);
    struct fitness_fit_settings settings = settings_of(path);
    settings.resume = true;
    assert_int_equal(fitness_fit(&compute, &data, &settings, NULL, &resumed, NULL), STATUS_USAGE);
    settings.resume = false;
    must(fitness_fit(&compute, &data, &settings, NULL, &whole, &error));
    for (stop_after = 150; stop_after <= 450; stop_after += 150) { /* in the middle of an epoch */
        reads = 0;
        settings.resume = false;
        struct progress progress = {.cancelled = stops};
        assert_int_equal(fitness_fit(&compute, &data, &settings, &progress, &resumed, NULL), STATUS_INTERRUPTED);
        const int64_t stopped = stop_after;
        stop_after = 0;
        settings.resume = true;
        must(fitness_fit(&compute, &data, &settings, NULL, &resumed, &error));
        stop_after = stopped;
        assert_int_equal(whole.n_weights, resumed.n_weights);
        assert_memory_equal(whole.weights, resumed.weights, whole.n_weights * sizeof(float));
        assert_memory_equal(whole.curve, resumed.curve, 12 * sizeof *whole.curve);
        fitness_fitted_free(&resumed);
    }
    stop_after = 0;
    fitness_fitted_free(&whole);
}

static void logistic_is_at_its_minimum(void **state)
{
    (void)state;
    const struct regression_data linear = {
        .n = SONGS, .in = WIDTH, .out = CLASSES, .x = rows, .pairs = pairs, .n_pairs = SONGS, .parts = parts};
    const double lambda = 2;
    float scores[SONGS * CLASSES];
    struct regression_result result;
    must(fitness_regression(&compute, &linear, lambda, scores, NULL, &result, &error));
    assert_true(result.gradient <= 1e-3);
    /* At the minimum λ W = Σ (t - p) xᵀ and Σ (t - p) = 0, so that scores follow from the residuals alone. */
    double w[CLASSES][WIDTH] = {{0}}, sums[CLASSES] = {0};
    for (int i = 0; i < SONGS; i++) {
        double total = 0;
        if (parts[i] != FITNESS_TRAINING)
            continue;
        for (int c = 0; c < CLASSES; c++)
            total += exp((double)scores[i * CLASSES + c]);
        for (int c = 0; c < CLASSES; c++) {
            const double left = (pairs[i].class == c) - exp((double)scores[i * CLASSES + c]) / total;
            sums[c] += left;
            for (int j = 0; j < WIDTH; j++)
                w[c][j] += left * (double)rows[i * WIDTH + j] / lambda;
        }
    }
    for (int c = 0; c < CLASSES; c++)
        assert_near(sums[c], 0, 2e-3, "residuals", c);
    for (int i = 1; i < SONGS; i++)
        for (int c = 0; c < CLASSES; c++) {
            double change = 0;
            for (int j = 0; j < WIDTH; j++)
                change += w[c][j] * (double)(rows[i * WIDTH + j] - rows[j]);
            assert_near((double)(scores[i * CLASSES + c] - scores[c]), change, 2e-2, "score", i);
        }
}

static int open_all(void **state)
{
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
        cmocka_unit_test(resumed_is_the_same),
        cmocka_unit_test(logistic_is_at_its_minimum),
    };
    make_songs();
    return cmocka_run_group_tests(tests, open_all, close_all);
}
