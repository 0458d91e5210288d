#include "nn_fixture.h"

#include "core/safetensors.h"
#include "fitness/network.h"
#include "nn/optimiser.h"

/* The published network against PyTorch (tests/oracle/fitness.py): forward, gradient, steps of Adam. */

enum { BATCH = 5, TIME = 37, BANDS = 13, CHANNELS = 4, CLASSES = 6, STEPS = 4 };

static struct safetensors *golden;

static const void *golden_values(const char *prefix, const char *name, int64_t count)
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

/* Relative to the largest of the file's numbers. */
static void same(const char *prefix, const char *name, struct compute_slice slice, int64_t count)
{
    const float *theirs = golden_values(prefix, name, count);
    float *ours = malloc((size_t)count * 4);
    double largest = 1e-3;
    must(compute.ops->buffer_read(compute.stream, slice.buffer, slice.offset * 4, ours, (size_t)count * 4, &error));
    for (int64_t i = 0; i < count; i++)
        largest = fmax(largest, fabs((double)theirs[i]));
    for (int64_t i = 0; i < count; i++)
        assert_near((double)ours[i], (double)theirs[i], 1e-5 * largest, name, i);
    free(ours);
}

static struct fitness_network *open_network(void)
{
    const struct fitness_shape shape = {
        .kind = FITNESS_CNN, .n_classes = CLASSES, .frames = TIME, .bands = BANDS, .channels = CHANNELS};
    struct fitness_network *network = calloc(1, sizeof *network);
    struct parameters *p = &network->parameters;
    struct random random;
    random_seed(&random, 1);
    fitness_network_declare(network, &shape);
    must(parameters_create(p, &compute, true, &random, &error));
    float *values = calloc(p->n_values, sizeof *values);
    for (size_t i = 0; i < p->count; i++) {
        const int64_t count = p->items[i].tensor.rows * p->items[i].tensor.columns;
        memcpy(values + p->items[i].offset, golden_values("weights.", p->items[i].name, count), (size_t)count * 4);
    }
    must(parameters_write(p, values, &error));
    free(values);
    return network;
}

static void training_equals_pytorch(void **state)
{
    (void)state;
    struct fitness_network *network = open_network();
    struct parameters *p = &network->parameters;
    const struct optimiser_settings settings = {.kind = OPTIMISER_ADAM};
    const int32_t *classes = golden_values("input.", "classes", BATCH);
    const float *losses = golden_values("output.", "losses", STEPS);
    struct optimiser optimiser;
    struct tape tape;
    struct tensor *logits[FITNESS_MEMBERS_MAX];
    tape_open(&tape, &compute);
    must(optimiser_open(&optimiser, p, &settings, &error));
    for (int step = 0; step < STEPS; step++) {
        double loss = NAN;
        tape_reset(&tape, true);
        parameters_begin(p);
        struct tensor x =
            tensor_of(tape_upload(&tape, golden_values("input.", "x", BATCH * TIME * BANDS), BATCH * TIME * BANDS),
                      BATCH, TIME * BANDS);
        assert_int_equal(fitness_network_apply(&tape, network, &x, BATCH, (struct dropout){0}, logits), 1);
        struct compute_slice at = tape_doubles(&tape, 1);
        nn_cross_entropy(&tape, logits[0], classes, NULL, at);
        tape_backward(&tape);
        tape_download_doubles(&tape, at, &loss, 1);
        must(tape_status(&tape, &error));
        assert_near(loss, (double)losses[step], 1e-5, "loss", step);
        for (size_t i = 0; step == 0 && i < p->count; i++)
            same("gradients.", p->items[i].name, p->items[i].tensor.gradient,
                 p->items[i].tensor.rows * p->items[i].tensor.columns);
        if (step == 0)
            same("output.", "scores", logits[0]->value, BATCH * CLASSES);
        optimiser_step(&optimiser, &tape, 0.01f);
        must(tape_status(&tape, &error));
    }
    for (size_t i = 0; i < p->count; i++)
        same("after.", p->items[i].name, p->items[i].tensor.value,
             p->items[i].tensor.rows * p->items[i].tensor.columns);
    optimiser_close(&optimiser);
    tape_close(&tape);
    parameters_destroy(p);
    free(network);
}

/* At 120 s of 44,100 Hz, 1,024 points every 512 samples in 64 bands, as PyTorch's layers give them. */
static void published_sizes(void **state)
{
    const struct fitness_shape shape = {
        .kind = FITNESS_CNN, .n_classes = 82, .frames = 10336, .bands = 64, .channels = 16};
    (void)state;
    assert_int_equal(fitness_flat_size(&shape), 16 * 647 * 5);
    assert_int_equal(fitness_parameters(&shape), 16 * 9 + 16 + 3 * (16 * 16 * 9 + 16) + 82 * (16 * 647 * 5) + 82);
}

static int open_all(void **state)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/cnn.safetensors", getenv("GOLDEN"));
    return safetensors_open(path, &golden, NULL) == STATUS_OK ? open_compute(state) : -1;
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
        cmocka_unit_test(published_sizes),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
