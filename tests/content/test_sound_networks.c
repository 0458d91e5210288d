#include "nn_fixture.h"

#include "content/sound_network.h"

/* The networks over sound: sizes of the source, and gradients of all of them. */

/* Pohl, master's thesis, tables 6.1 and 6.2: trained parameters with 200 factors, 4,000 tones, one patch of 6 s. */
static void published_sizes(void **state)
{
    static const struct {
        const char *name;
        int64_t parameters;
    } published[] = {{"bag", 6401224},      {"bag-2048", 16996552}, {"cnn", 8566216},
                     {"cnn-norm", 8566600}, {"cnn-dense", 9091912}, {"cnn-2048", 42433864}};
    (void)state;
    for (size_t i = 0; i < sizeof published / sizeof published[0]; i++) {
        const struct sound_spec *spec = sound_spec_find(published[i].name);
        assert_non_null(spec);
        const struct sound_shape shape = sound_shape_of(spec, 1, 4000, 200);
        assert_int_equal(sound_parameters(&shape), published[i].parameters);
    }
}

/* ---- gradients ---- */

enum { BATCH = 3, OUT = 4 };

/* As small as the pools allow; `spec` has narrower dense layers. */
static struct sound_shape small_shape(const struct sound_spec *spec, int64_t patches)
{
    struct sound_shape shape = sound_shape_of(spec, patches, 12, OUT);
    shape.frames = patches > 1 ? 32 : 16;
    shape.bands = 8;
    return shape;
}

static float *draw_values(struct random *random, const struct parameters *p)
{
    float *values = calloc(p->n_values, sizeof *values);
    assert_non_null(values);
    must(parameters_read(p, values, &error));
    for (size_t i = 0; i < p->count; i++) { /* the last layer starts at 0, where nothing below it learns */
        const struct parameter *parameter = &p->items[i];
        const int64_t count = parameter->tensor.rows * parameter->tensor.columns;
        for (int64_t j = 0; j < count && strncmp(parameter->name, "out", 3) == 0; j++)
            values[parameter->offset + (size_t)j] = (float)random_normal(random);
    }
    return values;
}

/* The loss sum of (y - t)² / 2, and its gradients. */
static double loss_of(struct sound_network *network, struct tape *tape, const float *input, const float *targets,
                      bool recording)
{
    const int64_t size = sound_input_size(&network->shape), n = BATCH * OUT;
    float y[BATCH * OUT];
    double loss = 0;
    tape_reset(tape, recording);
    parameters_begin(&network->parameters);
    struct tensor x = tensor_of(tape_upload(tape, input, BATCH * size), BATCH, size);
    struct tensor *out = sound_network_apply(tape, network, &x, BATCH, true);
    assert_int_equal(out->rows, BATCH);
    assert_int_equal(out->columns, OUT);
    tape_download(tape, out->value, y, sizeof y);
    must(tape_status(tape, &error));
    for (int64_t i = 0; i < n; i++) {
        const double difference = (double)y[i] - (double)targets[i];
        loss += difference * difference / 2;
        y[i] = (float)difference;
    }
    if (recording) {
        float beta;
        struct compute_slice gradient = tape_gradient(tape, out, &beta);
        struct compute_slice differences = tape_upload(tape, y, n);
        must(compute.ops->network.add_scaled(compute.stream, n, 1, differences, 0, gradient, &error));
        tape_backward(tape);
        must(tape_status(tape, &error));
        must(parameters_complete_gradients(&network->parameters, &error));
    }
    return loss;
}

/* Along the gradient of each parameter the loss grows as fast as the gradient says; every parameter has one. */
static void check_gradients(const struct sound_spec *of_table, int64_t patches)
{
    struct sound_spec narrow = *of_table;
    const struct sound_spec *spec = &narrow;
    narrow.dense = 16;
    const struct sound_shape shape = small_shape(spec, patches);
    struct sound_network *network = calloc(1, sizeof *network);
    struct parameters *p = &network->parameters;
    struct random random;
    struct tape tape;
    random_seed(&random, 7);
    tape_open(&tape, &compute);
    sound_network_declare(network, &shape);
    must(sound_network_create(network, &compute, true, &random, &error));
    float *values = draw_values(&random, p), *moved = calloc(p->n_values, sizeof *moved);
    float *gradients = calloc(p->n_trained, sizeof *gradients);
    const int64_t size = sound_input_size(&shape);
    float *input = malloc((size_t)(BATCH * size) * sizeof *input), targets[BATCH * OUT];
    draw_normal(&random, BATCH * size, input);
    draw_normal(&random, BATCH * OUT, targets);
    must(parameters_write(p, values, &error));
    loss_of(network, &tape, input, targets, true);
    buffer_values(p->gradients, (int64_t)p->n_trained, gradients);
    for (size_t i = 0; i < p->count; i++) {
        const struct parameter *parameter = &p->items[i];
        const size_t count = (size_t)(parameter->tensor.rows * parameter->tensor.columns);
        double squares = 0, losses[2];
        if (!parameter->trained)
            continue;
        for (size_t j = 0; j < count; j++)
            squares += (double)gradients[parameter->offset + j] * (double)gradients[parameter->offset + j];
        /* A bias before batch normalisation has none. */
        if (spec->norm && strncmp(parameter->name, "conv", 4) == 0 && strstr(parameter->name, ".bias"))
            continue;
        if (!(squares > 0))
            fail_msg("%s: no gradient of %s", spec->name, parameter->name);
        const double step = 2e-3 / sqrt(squares);
        for (int side = 0; side < 2; side++) {
            memcpy(moved, values, p->n_values * sizeof *moved);
            for (size_t j = 0; j < count; j++)
                moved[parameter->offset + j] +=
                    (float)((side == 0 ? step : -step) * (double)gradients[parameter->offset + j]);
            must(parameters_write(p, moved, &error));
            losses[side] = loss_of(network, &tape, input, targets, false);
        }
        const double slope = (losses[0] - losses[1]) / (2 * step);
        if (!(fabs(slope - squares) <= 0.05 * squares + 1e-6))
            fail_msg("%s, %s: slope %g, not %g", spec->name, parameter->name, slope, squares);
    }
    tape_close(&tape);
    sound_network_destroy(network);
    free(network);
    free(values);
    free(moved);
    free(gradients);
    free(input);
}

static void gradients_of_all_networks(void **state)
{
    const struct sound_spec *spec;
    (void)state;
    for (size_t i = 0; (spec = sound_spec_at(i)); i++)
        if (!sound_is_transfer(spec))
            check_gradients(spec, 1);
    check_gradients(sound_spec_find("cnn"), 3);
    check_gradients(sound_spec_find("lstm"), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_sizes),
        cmocka_unit_test(gradients_of_all_networks),
    };
    return cmocka_run_group_tests(tests, open_compute, close_compute);
}
