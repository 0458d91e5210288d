#include "nn/layers.h"

#include "nn_fixture.h"

/* The tape: gradients of a network against finite differences, failures, and memory. */

enum { ROWS = 6, IN = 5, HIDDEN = 8, CLASSES = 4 };

struct network {
    struct parameters parameters;
    struct linear in, out;
    struct norm norm;
    float x[ROWS * IN];
    int32_t classes[ROWS];
    int64_t starts[ROWS + 1], none[ROWS + 1];
};

static struct network *open_network(void)
{
    struct network *network = calloc(1, sizeof *network);
    struct random random;
    random_seed(&random, 21);
    network->in = linear_declare(&network->parameters, "", "in", IN, HIDDEN);
    network->norm = norm_declare(&network->parameters, "", "norm", HIDDEN);
    network->out = linear_declare(&network->parameters, "", "out", HIDDEN, CLASSES);
    must(parameters_create(&network->parameters, &compute, true, &random, &error));
    draw_normal(&random, ROWS * IN, network->x);
    for (int i = 0; i < ROWS; i++) {
        network->classes[i] = (int32_t)random_below(&random, CLASSES);
        network->starts[i + 1] = i + 1;
    }
    return network;
}

static void close_network(struct network *network)
{
    parameters_destroy(&network->parameters);
    free(network);
}

/* Cross-entropy of out(LN(h) + 0.5 h), h = GELU(in(x)): every parameter in it, and h used twice. */
static struct compute_slice compute_loss(struct network *network, struct tape *tape)
{
    const struct dropout none = {0};
    struct compute_slice loss = tape_doubles(tape, 1), weights = tape_memory(tape, ROWS);
    TAPE_RUN(tape, network.fill, ROWS, 1.0f / ROWS, weights);
    struct tensor *x = tape_tensor(tape, ROWS, IN, false);
    x->value = tape_upload(tape, network->x, ROWS * IN);
    struct tensor *h = nn_linear(tape, x, network->in.weight, NULL);
    h = nn_activate(tape, ACTIVATION_GELU, h, network->in.bias, none);
    struct tensor *y =
        nn_add(tape, nn_layer_norm(tape, h, network->norm.gain, network->norm.bias, NN_EPSILON), 0.5f, h);
    const struct scoring scorings[] = {{y, network->out.weight},
                                       {nn_ones(tape, ROWS), nn_reshape(tape, network->out.bias, CLASSES, 1)}};
    const struct ragged targets = {tape_upload_int64(tape, network->starts, ROWS + 1),
                                   tape_upload(tape, network->classes, ROWS)},
                        masked = {tape_upload_int64(tape, network->none, ROWS + 1), tape_memory(tape, 1)};
    nn_softmax_loss(tape, scorings, 2, targets, masked, weights, loss);
    return loss;
}

static double loss_at(struct network *network, struct tape *tape, bool recording, bool backward)
{
    double loss = NAN;
    tape_reset(tape, recording);
    parameters_begin(&network->parameters);
    struct compute_slice at = compute_loss(network, tape);
    if (backward)
        tape_backward(tape);
    tape_download_doubles(tape, at, &loss, 1);
    must(tape_status(tape, &error));
    return loss;
}

static void gradients_are_finite_differences(void **state)
{
    (void)state;
    struct network *network = open_network();
    struct parameters *parameters = &network->parameters;
    struct tape tape;
    tape_open(&tape, &compute);
    float *values = malloc(parameters->n_values * sizeof *values),
          *moved = malloc(parameters->n_values * sizeof *moved),
          *gradients = malloc(parameters->n_trained * sizeof *gradients);
    must(parameters_read(parameters, values, &error));
    (void)loss_at(network, &tape, true, true);
    must(parameters_complete_gradients(parameters, &error));
    buffer_values(parameters->gradients, (int64_t)parameters->n_trained, gradients);
    const float h = 1e-2f;
    for (size_t p = 0; p < parameters->count; p++)
        for (int64_t i = 0; i < parameters->items[p].tensor.rows * parameters->items[p].tensor.columns; i++) {
            size_t at = parameters->items[p].offset + (size_t)i;
            double losses[2];
            for (int side = 0; side < 2; side++) {
                memcpy(moved, values, parameters->n_values * sizeof *moved);
                moved[at] += side ? h : -h;
                must(parameters_write(parameters, moved, &error));
                losses[side] = loss_at(network, &tape, false, false);
            }
            assert_near((double)gradients[at], (losses[1] - losses[0]) / (2 * (double)h), 2e-4,
                        parameters->items[p].name, i);
        }
    free(values), free(moved), free(gradients);
    tape_close(&tape);
    close_network(network);
}

/* An existing gradient is added to, a missing one is overwritten. So gradients are the same in every step, although
 * memory is reused. */
static void steps_do_not_see_each_other(void **state)
{
    (void)state;
    struct network *network = open_network();
    struct parameters *parameters = &network->parameters;
    struct tape tape;
    tape_open(&tape, &compute);
    size_t n = parameters->n_trained;
    float *first = malloc(n * sizeof *first), *again = malloc(n * sizeof *again);
    double loss = loss_at(network, &tape, true, true);
    buffer_values(parameters->gradients, (int64_t)n, first);
    for (int i = 0; i < 3; i++) {
        assert_true(loss_at(network, &tape, true, true) == loss);
        buffer_values(parameters->gradients, (int64_t)n, again);
        assert_memory_equal(first, again, n * sizeof *first);
        if (i == 1)
            tape_trim(&tape);
    }
    free(first), free(again);
    tape_close(&tape);
    close_network(network);
}

static void nothing_is_recorded_unless_asked(void **state)
{
    (void)state;
    struct network *network = open_network();
    struct tape tape;
    tape_open(&tape, &compute);
    (void)loss_at(network, &tape, false, true);
    assert_null(tape.last);
    assert_false(network->out.weight->has_grad);
    (void)loss_at(network, &tape, true, true);
    assert_true(network->out.weight->has_grad);
    tape_close(&tape);
    close_network(network);
}

static int calls;

static void count_call(struct tape *tape, void *closure)
{
    (void)tape, (void)closure;
    calls++;
}

static void the_first_failure_is_kept(void **state)
{
    (void)state;
    struct tape tape;
    struct error why = {0}, first = {STATUS_BAD_DATA, "the first"}, second = {STATUS_FAILED, "the second"};
    tape_open(&tape, &compute);
    tape_reset(&tape, true);
    tape_record(&tape, count_call, &why, 0);
    tape_note(&tape, STATUS_OK, &second);
    must(tape_status(&tape, &error));
    tape_note(&tape, STATUS_BAD_DATA, &first);
    tape_note(&tape, STATUS_FAILED, &second);
    assert_int_equal(tape_status(&tape, &why), STATUS_BAD_DATA);
    assert_string_equal(why.text, "the first");
    /* From here on nothing is computed: neither forward, nor backward, nor read back. */
    struct tensor *x = tape_tensor(&tape, 4, 4, true);
    assert_non_null(x);
    assert_null(x->value.buffer);
    x = nn_linear(&tape, x, x, NULL);
    float untouched = 3;
    tape_download(&tape, x->value, &untouched, sizeof untouched);
    assert_true(untouched == 3);
    calls = 0;
    tape_backward(&tape);
    assert_int_equal(calls, 0);
    assert_int_equal(tape_status(&tape, NULL), STATUS_BAD_DATA);
    tape_reset(&tape, true);
    must(tape_status(&tape, &error));
    tape_record(&tape, count_call, &why, sizeof why);
    tape_record(&tape, count_call, &why, sizeof why);
    tape_backward(&tape);
    assert_int_equal(calls, 2);
    tape_close(&tape);
}

/* The error of an operation is the failure that is kept; later operations do not change it. */
static void a_failed_operation_fails_the_tape(void **state)
{
    (void)state;
    struct network *network = open_network();
    struct tape tape;
    struct error why = {0};
    tape_open(&tape, &compute);
    tape_reset(&tape, true);
    struct tensor *x = tape_tensor(&tape, ROWS, IN, false);
    x->value = (struct compute_slice){x->value.buffer, (size_t)1 << 40}; /* outside of its buffer */
    (void)nn_linear(&tape, x, network->in.weight, NULL);
    assert_int_not_equal(tape_status(&tape, &why), STATUS_OK);
    assert_true(why.text[0] != '\0');
    (void)compute_loss(network, &tape);
    struct error after = {0};
    (void)tape_status(&tape, &after);
    assert_string_equal(after.text, why.text);
    assert_true(isfinite(loss_at(network, &tape, true, true)));
    tape_close(&tape);
    close_network(network);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_are_finite_differences),  cmocka_unit_test(steps_do_not_see_each_other),
        cmocka_unit_test(nothing_is_recorded_unless_asked),  cmocka_unit_test(the_first_failure_is_kept),
        cmocka_unit_test(a_failed_operation_fails_the_tape),
    };
    return cmocka_run_group_tests_name("tape", tests, open_compute, close_compute);
}
