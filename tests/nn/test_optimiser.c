#include "nn/optimiser.h"

#include "nn_fixture.h"

/* Optimisers against float64: steps with random gradients, clipped and not, with weight decay and without. */

enum { PARAMETERS = 4, STEPS = 25, VALUES_MAX = 200 };

static const struct {
    int64_t rows, columns;
    bool no_decay, unused; /* unused: gets no gradient */
} shapes[PARAMETERS] = {{3, 7, false, false}, {1, 5, true, false}, {1, 18, true, true}, {4, 4, false, false}};

struct reference {
    double p[VALUES_MAX], v[VALUES_MAX], second[VALUES_MAX], g[VALUES_MAX];
    bool decays[VALUES_MAX];
    size_t n;
};

static void step_reference(struct reference *reference, const struct optimiser_settings *settings, double rate,
                           int64_t step)
{
    double squares = 0, clip = (double)settings->clip_norm;
    for (size_t i = 0; i < reference->n; i++)
        squares += reference->g[i] * reference->g[i];
    double factor = clip > 0 ? fmin(1, clip / (sqrt(squares) + 1e-6)) : 1;
    double beta1 = (double)settings->beta1, beta2 = (double)settings->beta2, mu = (double)settings->momentum;
    for (size_t i = 0; i < reference->n; i++) {
        double *p = &reference->p[i], *v = &reference->v[i], *second = &reference->second[i];
        double g = factor * reference->g[i] + (reference->decays[i] ? (double)settings->weight_decay * *p : 0);
        if (settings->kind == OPTIMISER_NESTEROV) {
            *v = mu * *v + g;
            *p -= rate * (g + mu * *v);
            continue;
        }
        if (settings->kind == OPTIMISER_ADAGRAD) {
            *v += g * g;
            *p -= rate * g / (sqrt(*v) + (double)settings->epsilon);
            continue;
        }
        *v = beta1 * *v + (1 - beta1) * g;
        *second = beta2 * *second + (1 - beta2) * g * g;
        double m_hat = *v / (1 - pow(beta1, (double)step)), v_hat = *second / (1 - pow(beta2, (double)step));
        *p -= rate * m_hat / (sqrt(v_hat) + 1e-8);
    }
}

/* Random gradients to the device and to the reference; padding and what has no gradient are 0 there. */
static void draw_gradients(struct parameters *parameters, struct random *random, struct reference *reference)
{
    parameters_begin(parameters);
    memset(reference->g, 0, sizeof reference->g);
    for (size_t i = 0; i < parameters->count; i++) {
        struct tensor *tensor = &parameters->items[i].tensor;
        int64_t count = tensor->rows * tensor->columns;
        float values[VALUES_MAX];
        draw_normal(random, count, values);
        if (shapes[i].unused)
            continue;
        must(compute.ops->buffer_write(compute.stream, tensor->gradient.buffer, tensor->gradient.offset * 4, values,
                                       (size_t)count * 4, &error));
        tensor->has_grad = true;
        for (int64_t j = 0; j < count; j++)
            reference->g[parameters->items[i].offset + (size_t)j] = (double)values[j];
    }
}

static void run(const struct optimiser_settings *given, float rate)
{
    struct parameters *parameters = calloc(1, sizeof *parameters);
    struct reference *reference = calloc(1, sizeof *reference);
    struct optimiser optimiser;
    struct random random;
    struct tape tape;
    char name[16];
    for (int i = 0; i < PARAMETERS; i++) {
        snprintf(name, sizeof name, "p%d", i);
        parameters_add(parameters, "", name, shapes[i].rows, shapes[i].columns, INITIAL_NORMAL, 1);
        if (shapes[i].no_decay)
            parameters_exclude_decay(parameters);
    }
    random_seed(&random, 3);
    must(parameters_create(parameters, &compute, true, &random, &error));
    must(optimiser_open(&optimiser, parameters, given, &error));
    tape_open(&tape, &compute);
    reference->n = parameters->n_values;
    assert_true(reference->n <= VALUES_MAX);
    float values[VALUES_MAX];
    must(parameters_read(parameters, values, &error));
    for (size_t i = 0; i < reference->n; i++) {
        reference->p[i] = (double)values[i];
        reference->v[i] = given->kind != OPTIMISER_ADAGRAD ? 0 : given->first_sum > 0 ? (double)given->first_sum : 0.1;
    }
    for (int i = 0; i < PARAMETERS; i++)
        for (int64_t j = 0; j < shapes[i].rows * shapes[i].columns; j++)
            reference->decays[parameters->items[i].offset + (size_t)j] = !shapes[i].no_decay;
    for (int64_t step = 1; step <= STEPS; step++) {
        draw_gradients(parameters, &random, reference);
        tape_reset(&tape, true);
        optimiser_step(&optimiser, &tape, rate);
        must(tape_status(&tape, &error));
        assert_int_equal(optimiser.step, step);
        step_reference(reference, &optimiser.settings, (double)rate, step);
        must(parameters_read(parameters, values, &error));
        for (int i = 0; i < PARAMETERS; i++)
            for (int64_t j = 0; j < shapes[i].rows * shapes[i].columns; j++) {
                size_t at = parameters->items[i].offset + (size_t)j;
                assert_near((double)values[at], reference->p[at], 2e-5 * (1 + fabs(reference->p[at])), "value",
                            (int64_t)at);
            }
    }
    tape_close(&tape);
    optimiser_close(&optimiser);
    parameters_destroy(parameters);
    free(parameters);
    free(reference);
}

static void steps_agree_with_float64(void **state)
{
    (void)state;
    static const float decays[] = {0, 0.05f}, clips[] = {0, 0.5f, 1e6f};
    for (int kind = OPTIMISER_NESTEROV; kind <= OPTIMISER_ADAGRAD; kind++)
        for (int d = 0; d < 2; d++)
            for (int c = 0; c < 3; c++)
                run(&(struct optimiser_settings){.kind = (enum optimiser_kind)kind,
                                                 .momentum = 0.9f,
                                                 .beta1 = d ? 0.8f : 0,
                                                 .beta2 = d ? 0.99f : 0,
                                                 .first_sum = d ? 0.3f : 0,
                                                 .weight_decay = decays[d],
                                                 .clip_norm = clips[c]},
                    0.05f);
    run(&(struct optimiser_settings){.kind = OPTIMISER_NESTEROV}, 0.1f); /* plain descent */
}

static void the_state_is_that_of_the_kind(void **state)
{
    (void)state;
    struct parameters *parameters = calloc(1, sizeof *parameters);
    struct random random;
    random_seed(&random, 3);
    parameters_add(parameters, "", "a", 2, 2, INITIAL_ONE, 0);
    parameters_add_running(parameters, "", "running", 2, 2);
    must(parameters_create(parameters, &compute, true, &random, &error));
    static const size_t counts[] = {[OPTIMISER_NESTEROV] = 2, [OPTIMISER_ADAM] = 3, [OPTIMISER_ADAGRAD] = 2};
    static const char *const names[] = {"parameters", "velocity", "second"};
    for (int kind = OPTIMISER_NESTEROV; kind <= OPTIMISER_ADAGRAD; kind++) {
        struct optimiser optimiser;
        struct checkpoint_list list = {0};
        must(optimiser_open(&optimiser, parameters, &(struct optimiser_settings){.kind = (enum optimiser_kind)kind},
                            &error));
        optimiser_state(&optimiser, &list);
        assert_int_equal(list.count, counts[kind]);
        for (size_t i = 0; i < list.count; i++) {
            assert_string_equal(list.items[i].name, names[i]);
            assert_int_equal(list.items[i].count, i == 0 ? parameters->n_values : parameters->n_trained);
        }
        optimiser_close(&optimiser);
    }
    parameters_destroy(parameters);
    free(parameters);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_agree_with_float64),
        cmocka_unit_test(the_state_is_that_of_the_kind),
    };
    return cmocka_run_group_tests_name("optimisers", tests, open_compute, close_compute);
}
