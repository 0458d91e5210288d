#include "nn/image_layers.h"

#include "core/safetensors.h"
#include "nn/optimiser.h"
#include "nn/triplets.h"
#include "nn_fixture.h"

/* Layers of images on the tape, against PyTorch (tests/oracle/layers.py) and finite differences. */

enum { BATCH = 5, TIME = 11, BANDS = 10, FIRST = 6, SECOND = 5, CLASSES = 7, STEPS = 4 };

struct network {
    struct parameters parameters;
    struct filters first, second;
    struct channel_norm norm;
    struct linear out;
    struct tensor x;
    struct compute_buffer *values, *slopes;
    const int32_t *classes;
    float weights[BATCH];
};

static struct safetensors *golden;

static const float *floats_of(const char *prefix, const char *name, int64_t count)
{
    char path[96];
    snprintf(path, sizeof path, "%s%s", prefix, name);
    const struct tensor_view *view = safetensors_find(golden, path);
    if (!view)
        fail_msg("no tensor %s", path);
    int64_t held = 1;
    for (int i = 0; i < view->rank; i++)
        held *= view->shape[i];
    assert_int_equal(held, count);
    return view->bytes;
}

static void open_golden(void)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/layers.safetensors", getenv("GOLDEN"));
    must(safetensors_open(path, &golden, &error));
}

static struct network *open_network(void)
{
    static const struct window around = {.time = 3, .frequency = 3, .padding = PADDING_SAME};
    static const struct window uneven = {
        .time = 3, .frequency = 2, .stride_time = 2, .padding = PADDING_GIVEN, .pad_time = 2, .pad_frequency = 1};
    struct network *network = calloc(1, sizeof *network);
    struct parameters *p = &network->parameters;
    struct random random;
    random_seed(&random, 1);
    network->first = filters_declare(p, "", "first", &around, 1, FIRST, INITIALISER_HE_NORMAL);
    network->norm = channel_norm_declare(p, "", "norm", FIRST, 1e-3f, 0.01f);
    network->second = filters_declare(p, "", "second", &uneven, FIRST, SECOND, INITIALISER_GLOROT_UNIFORM);
    network->out = linear_declare_as(p, "", "out", 3 * 6 * SECOND, CLASSES, INITIALISER_ZERO);
    channel_norm_declare_running(p, "", "norm", &network->norm);
    must(parameters_create(p, &compute, true, &random, &error));
    float *values = calloc(p->n_values, sizeof *values);
    for (size_t i = 0; i < p->count; i++) {
        int64_t count = p->items[i].tensor.rows * p->items[i].tensor.columns;
        memcpy(values + p->items[i].offset, floats_of("weights.", p->items[i].name, count), (size_t)count * 4);
    }
    must(parameters_write(p, values, &error));
    free(values);
    const int64_t n = BATCH * TIME * BANDS;
    network->values = buffer_of(floats_of("input.", "x", n), n);
    network->slopes = buffer_of(floats_of("input.", "x", n), n);
    network->x = tensor_of((struct compute_slice){network->values, 0}, n, 1);
    network->x.gradient = (struct compute_slice){network->slopes, 0};
    network->x.requires_grad = true;
    network->classes = safetensors_find(golden, "input.classes")->bytes;
    const float *label_weights = floats_of("input.", "label_weights", CLASSES);
    float total = 0;
    for (int i = 0; i < BATCH; i++)
        total += network->classes[i] < 0 ? 0 : label_weights[network->classes[i]];
    for (int i = 0; i < BATCH; i++)
        network->weights[i] = network->classes[i] < 0 ? 0 : label_weights[network->classes[i]] / total;
    return network;
}

static void close_network(struct network *network)
{
    compute.ops->buffer_destroy(network->values);
    compute.ops->buffer_destroy(network->slopes);
    parameters_destroy(&network->parameters);
    free(network);
}

static struct tensor *scores_of(struct network *network, struct tape *tape)
{
    static const struct window pairs = {.time = 2, .frequency = 2},
                               halves = {.time = 2, .frequency = 1, .padding = PADDING_GIVEN, .pad_time = 1};
    struct image image = {BATCH, TIME, BANDS};
    struct tensor *h = filters_apply(tape, &network->first, ACTIVATION_ELU, &network->x, &image);
    h = channel_norm_apply(tape, &network->norm, h, &image, true);
    h = nn_max_pool(tape, h, &image, &pairs);
    h = filters_apply(tape, &network->second, ACTIVATION_ELU, h, &image);
    h = nn_mean_pool(tape, h, &image, &halves, true);
    h = nn_reshape(tape, h, BATCH, image.time * image.frequency * SECOND);
    return nn_linear(tape, h, network->out.weight, network->out.bias);
}

/* Starts a tape and computes scores, loss and gradients. */
static double compute_step(struct network *network, struct tape *tape, struct tensor **scores)
{
    double value = NAN;
    tape_reset(tape, true);
    parameters_begin(&network->parameters);
    network->x.has_grad = false;
    *scores = scores_of(network, tape);
    struct compute_slice loss = tape_doubles(tape, 1);
    nn_cross_entropy(tape, *scores, network->classes, network->weights, loss);
    tape_backward(tape);
    tape_download_doubles(tape, loss, &value, 1);
    must(tape_status(tape, &error));
    return value;
}

/* Compares with the file, relative to the largest of its numbers. */
static void same(const char *prefix, const char *name, const float *ours, int64_t count)
{
    const float *theirs = floats_of(prefix, name, count);
    double largest = 1e-3;
    for (int64_t i = 0; i < count; i++)
        largest = fmax(largest, fabs((double)theirs[i]));
    for (int64_t i = 0; i < count; i++)
        if (!(fabs((double)ours[i] - (double)theirs[i]) <= 1e-5 * largest))
            fail_msg("%s%s [%lld] is %.9g, not %.9g", prefix, name, (long long)i, (double)ours[i], (double)theirs[i]);
}

static void same_slice(const char *prefix, const char *name, struct compute_slice slice, int64_t count)
{
    float *ours = malloc((size_t)count * 4);
    must(compute.ops->buffer_read(compute.stream, slice.buffer, slice.offset * 4, ours, (size_t)count * 4, &error));
    same(prefix, name, ours, count);
    free(ours);
}

static void training_equals_pytorch(void **state)
{
    (void)state;
    struct network *network = open_network();
    struct parameters *p = &network->parameters;
    const struct optimiser_settings settings = {.kind = OPTIMISER_ADAM, .epsilon = 1e-6f};
    struct optimiser optimiser;
    struct tape tape;
    tape_open(&tape, &compute);
    must(optimiser_open(&optimiser, p, &settings, &error));
    const float *losses = floats_of("output.", "losses", STEPS);
    for (int step = 0; step < STEPS; step++) {
        struct tensor *scores;
        assert_near(compute_step(network, &tape, &scores), (double)losses[step], 1e-5, "loss", step);
        if (step == 0) {
            same_slice("output.", "scores", scores->value, BATCH * CLASSES);
            same_slice("gradients.", "x", network->x.gradient, BATCH * TIME * BANDS);
            for (size_t i = 0; i < p->count; i++)
                if (p->items[i].trained)
                    same_slice("gradients.", p->items[i].name, p->items[i].tensor.gradient,
                               p->items[i].tensor.rows * p->items[i].tensor.columns);
        }
        optimiser_step(&optimiser, &tape, (float)(0.01 / (1 + 0.1 * step)));
        must(tape_status(&tape, &error));
    }
    for (size_t i = 0; i < p->count; i++)
        same_slice("after.", p->items[i].name, p->items[i].tensor.value,
                   p->items[i].tensor.rows * p->items[i].tensor.columns);
    optimiser_close(&optimiser);
    tape_close(&tape);
    close_network(network);
}

static struct tensor *parameter_of(struct parameters *p, const char *name, int64_t rows, int64_t columns)
{
    return parameters_add(p, "", name, rows, columns, INITIAL_ZERO, 0);
}

/* Copies the declared parameters from the file, whose names have this prefix. */
static void load(struct parameters *p, const char *prefix)
{
    struct random random;
    random_seed(&random, 1);
    must(parameters_create(p, &compute, true, &random, &error));
    float *values = calloc(p->n_values, sizeof *values);
    for (size_t i = 0; i < p->count; i++) {
        int64_t count = p->items[i].tensor.rows * p->items[i].tensor.columns;
        memcpy(values + p->items[i].offset, floats_of(prefix, p->items[i].name, count), (size_t)count * 4);
    }
    must(parameters_write(p, values, &error));
    free(values);
    parameters_begin(p);
}

/* Runs the tape back from the slopes in the file, and compares the result and all gradients. */
static void same_gradients(struct tape *tape, struct parameters *p, const char *prefix, struct tensor *y)
{
    char gradients[32];
    int64_t n = y->rows * y->columns;
    snprintf(gradients, sizeof gradients, "%sgradients.", prefix);
    y->gradient = tape_upload(tape, floats_of(prefix, "slopes", n), n);
    y->has_grad = true;
    tape_backward(tape);
    must(tape_status(tape, &error));
    same_slice(prefix, "y", y->value, n);
    for (size_t i = 0; i < p->count; i++)
        same_slice(gradients, p->items[i].name, p->items[i].tensor.gradient,
                   p->items[i].tensor.rows * p->items[i].tensor.columns);
}

static void an_lstm_equals_pytorch(void **state)
{
    (void)state;
    static struct parameters p;
    struct tape tape;
    struct tensor *x = parameter_of(&p, "x", 15, 4);
    struct recurrent lstm = {.in = {parameter_of(&p, "in.weight", 24, 4), parameter_of(&p, "in.bias", 1, 24)},
                             .state = {parameter_of(&p, "state.weight", 24, 6), parameter_of(&p, "state.bias", 1, 24)}};
    const struct sequences sequences = {.batch = 3, .length = 5};
    load(&p, "lstm.");
    tape_open(&tape, &compute);
    tape_reset(&tape, true);
    same_gradients(&tape, &p, "lstm.", lstm_apply(&tape, &lstm, x, &sequences));
    tape_close(&tape);
    parameters_destroy(&p);
}

static void a_depthwise_convolution_equals_pytorch(void **state)
{
    (void)state;
    static const struct window window = {.time = 3,
                                         .frequency = 2,
                                         .stride_time = 2,
                                         .stride_frequency = 1,
                                         .padding = PADDING_GIVEN,
                                         .pad_time = 1,
                                         .pad_frequency = 1};
    static struct parameters p;
    struct tape tape;
    struct image image = {2, 5, 6};
    struct tensor *x = parameter_of(&p, "x", 60, 4), *weight = parameter_of(&p, "weight", 6, 4);
    load(&p, "depthwise.");
    tape_open(&tape, &compute);
    tape_reset(&tape, true);
    same_gradients(&tape, &p, "depthwise.", nn_depthwise(&tape, x, &image, &window, weight));
    tape_close(&tape);
    parameters_destroy(&p);
}

/* Rows on a line: 0, 1, 2, 4, 8. */
static void negatives_are_semi_hard(void **state)
{
    (void)state;
    const float x[5] = {0, 1, 2, 4, 8};
    const int32_t anchors[4] = {0, 0, 4, 2}, positives[4] = {1, 3, 0, 1};
    uint8_t allowed[4][5];
    int32_t negatives[4];
    memset(allowed, 1, sizeof allowed);
    allowed[0][2] = 0;        /* the nearest one farther than the positive is row 3 then */
    memset(allowed[3], 0, 5); /* nothing is allowed */
    triplets_mine(x, 5, 1, 4, anchors, positives, &allowed[0][0], negatives);
    assert_int_equal(negatives[0], 3);
    assert_int_equal(negatives[1], 4);
    assert_int_equal(negatives[2], 1); /* none is farther than row 0: the farthest */
    assert_int_equal(negatives[3], -1);
}

/* One triplet with plain distances 1 and 0.5 and margin 0.4, with factor 2. */
static void triplets_have_gradients(void **state)
{
    (void)state;
    const float x[3] = {0, 1, -0.5f};
    double loss;
    float slopes[3];
    struct tape tape;
    tape_open(&tape, &compute);
    tape_reset(&tape, true);
    struct tensor *tensors[3];
    for (int i = 0; i < 3; i++) {
        tensors[i] = tape_tensor(&tape, 1, 1, true);
        tensors[i]->value = tape_upload(&tape, &x[i], 1);
    }
    struct compute_slice at = tape_doubles(&tape, 1);
    nn_triplet_loss(&tape, tensors[0], tensors[1], tensors[2], false, 0.4f, 2, at);
    tape_download_doubles(&tape, at, &loss, 1);
    for (int i = 0; i < 3; i++)
        tape_download(&tape, tensors[i]->gradient, &slopes[i], sizeof *slopes);
    must(tape_status(&tape, &error));
    assert_near(loss, 2 * 0.9, 1e-6, "loss", 0);
    assert_true(slopes[0] == -4 && slopes[1] == 2 && slopes[2] == 2);
    tape_close(&tape);
}

/* A second loss on the same scores adds to their gradient. */
static void losses_add_up(void **state)
{
    (void)state;
    const float x[6] = {0.5f, -1, 2, 0.25f, 0, 1}, targets[6] = {0, 1, 1, 0, 0.5f, 1};
    const int32_t classes[2] = {2, 0};
    double want[6], loss = 0, got;
    for (int r = 0; r < 2; r++) {
        double sum = 0;
        for (int j = 0; j < 3; j++)
            sum += exp((double)x[3 * r + j]);
        loss += 0.5 * (log(sum) - (double)x[3 * r + classes[r]]);
        for (int j = 0; j < 3; j++)
            want[3 * r + j] = 0.5 * (exp((double)x[3 * r + j]) / sum - (j == classes[r]));
    }
    for (int i = 0; i < 6; i++) {
        double s = (double)x[i], t = (double)targets[i];
        loss += ((s - t) * (s - t) + log1p(exp(-s)) + s - t * s) / 6;
        want[i] += (2 * (s - t) + 1 / (1 + exp(-s)) - t) / 6;
    }
    struct tape tape;
    tape_open(&tape, &compute);
    tape_reset(&tape, true);
    struct tensor *scores = tape_tensor(&tape, 2, 3, true);
    scores->value = tape_upload(&tape, x, 6);
    struct compute_slice at_targets = tape_upload(&tape, targets, 6), at_loss = tape_doubles(&tape, 1), none = {0};
    nn_element_loss(&tape, ELEMENT_LOSS_SQUARE, scores, at_targets, none, 1.0f / 6, at_loss);
    nn_cross_entropy(&tape, scores, classes, NULL, at_loss);
    nn_element_loss(&tape, ELEMENT_LOSS_LOGISTIC, scores, at_targets, none, 1.0f / 6, at_loss);
    tape_download_doubles(&tape, at_loss, &got, 1);
    float slopes[6];
    tape_download(&tape, scores->gradient, slopes, sizeof slopes);
    must(tape_status(&tape, &error));
    assert_near(got, loss, 1e-6, "loss", 0);
    for (int i = 0; i < 6; i++)
        assert_near((double)slopes[i], want[i], 1e-6, "slope", i);
    tape_close(&tape);
}

/* Shapes as TensorFlow and PyTorch give them; a window that does not fit is an error with both sizes. */
static void windows_have_positions(void **state)
{
    (void)state;
    static const struct {
        struct image image;
        struct window window;
        int64_t time, frequency;
    } cases[] = {
        {{1, 256, 128}, {.time = 3, .frequency = 3, .padding = PADDING_SAME}, 256, 128},
        {{1, 187, 96}, {.time = 7, .frequency = 38, .padding = PADDING_GIVEN, .pad_time = 3}, 187, 59},
        {{1, 187, 96},
         {.time = 4, .frequency = 1, .stride_time = 2, .stride_frequency = 2, .padding = PADDING_SAME},
         94,
         48},
        {{1, 5, 5}, {.time = 3, .frequency = 3, .padding = PADDING_GIVEN, .pad_time = 2, .pad_frequency = 2}, 7, 7},
        {{1, 7, 4}, {.time = 2, .frequency = 2, .stride_time = 3, .stride_frequency = 3}, 2, 1},
        {{1, 1, 1}, {.time = 1, .frequency = 1}, 1, 1},
    };
    struct tape tape;
    tape_open(&tape, &compute);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tape_reset(&tape, false);
        struct image image = cases[i].image;
        struct tensor *x = tape_tensor(&tape, image.time * image.frequency, 1, false);
        struct tensor *w = tape_tensor(&tape, cases[i].window.time * cases[i].window.frequency, 1, false);
        TAPE_RUN(&tape, network.fill, x->rows, 1, x->value);
        TAPE_RUN(&tape, network.fill, w->rows, 1, w->value);
        struct tensor *y = nn_convolution(&tape, ACTIVATION_IDENTITY, x, &image, &cases[i].window, w, NULL);
        must(tape_status(&tape, &error));
        assert_int_equal(image.time, cases[i].time);
        assert_int_equal(image.frequency, cases[i].frequency);
        assert_int_equal(y->rows, image.time * image.frequency);
    }
    tape_reset(&tape, false);
    struct image image = {1, 6, 20};
    struct tensor *x = tape_tensor(&tape, 120, 1, false);
    const struct window tall = {.time = 7, .frequency = 3};
    struct tensor *y = nn_max_pool(&tape, x, &image, &tall);
    (void)nn_mean_pool(&tape, y, &image, &tall, false); /* a failed tape's tensor can be used */
    struct error error = {0};
    assert_int_equal(tape_status(&tape, &error), STATUS_FAILED);
    assert_string_equal(error.text, "a window of 7 x 3 does not fit an image of 6 x 20 (time x frequency)");
    tape_close(&tape);
}

/* The declared distributions: mean 0, and variances 2 / fan_in and bound² / 3. */
static void weights_have_their_variance(void **state)
{
    (void)state;
    static const struct window window = {.time = 3, .frequency = 5};
    static struct parameters p;
    struct random random;
    random_seed(&random, 3);
    const struct tensor *tensors[2] = {
        filters_declare(&p, "", "he", &window, 20, 64, INITIALISER_HE_NORMAL).weight,
        filters_declare(&p, "", "glorot", &window, 20, 64, INITIALISER_GLOROT_UNIFORM).weight,
    };
    const double variance[2] = {2.0 / (15 * 20), 6.0 / (15 * 20 + 15 * 64) / 3};
    must(parameters_create(&p, &compute, false, &random, &error));
    for (int i = 0; i < 2; i++) {
        const int64_t n = tensors[i]->rows * tensors[i]->columns;
        assert_int_equal(n, 15 * 20 * 64);
        float *values = malloc((size_t)n * 4);
        must(compute.ops->buffer_read(compute.stream, tensors[i]->value.buffer, tensors[i]->value.offset * 4, values,
                                      (size_t)n * 4, &error));
        double sum = 0, squares = 0;
        for (int64_t j = 0; j < n; j++) {
            sum += (double)values[j];
            squares += (double)values[j] * (double)values[j];
        }
        assert_near(sum / (double)n, 0, 5 * sqrt(variance[i] / (double)n), "mean", i);
        assert_near(squares / (double)n / variance[i], 1, 5 * sqrt(2 / (double)n), "variance", i);
        free(values);
    }
    parameters_destroy(&p);
}

static int open_all(void **state)
{
    open_golden();
    return open_compute(state);
}

static int close_all(void **state)
{
    safetensors_close(golden);
    return close_compute(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(training_equals_pytorch),
        cmocka_unit_test(an_lstm_equals_pytorch),
        cmocka_unit_test(a_depthwise_convolution_equals_pytorch),
        cmocka_unit_test(negatives_are_semi_hard),
        cmocka_unit_test(triplets_have_gradients),
        cmocka_unit_test(losses_add_up),
        cmocka_unit_test(windows_have_positions),
        cmocka_unit_test(weights_have_their_variance),
    };
    return cmocka_run_group_tests_name("images", tests, open_all, close_all);
}
