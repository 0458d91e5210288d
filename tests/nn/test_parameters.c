#include "nn_fixture.h"

/* Parameters: their offsets, initial values, and what is refused. */

static void refuses(struct parameters *parameters)
{
    struct random random;
    struct error why = {0};
    random_seed(&random, 1);
    assert_int_equal(parameters_create(parameters, &compute, true, &random, &why), STATUS_FAILED);
    assert_true(strlen(why.text) > 20);
    assert_null(parameters->values);
    parameters_destroy(parameters);
}

static void too_many_are_refused(void **state)
{
    (void)state;
    struct parameters *parameters = calloc(1, sizeof *parameters);
    char name[16];
    for (int i = 0; i <= PARAMETERS_MAX; i++) {
        snprintf(name, sizeof name, "p%d", i);
        assert_non_null(parameters_add(parameters, "", name, 1, 1, INITIAL_ZERO, 0));
    }
    refuses(parameters);
    *parameters = (struct parameters){0};
    for (int i = 0; i < PARAMETERS_MAX; i++) {
        snprintf(name, sizeof name, "p%d", i);
        parameters_add(parameters, "", name, 1, 1, INITIAL_ZERO, 0);
    }
    struct random random;
    random_seed(&random, 1);
    must(parameters_create(parameters, &compute, true, &random, &error));
    assert_int_equal(parameters->count, PARAMETERS_MAX);
    parameters_destroy(parameters);
    free(parameters);
}

static void long_names_are_refused(void **state)
{
    (void)state;
    struct parameters *parameters = calloc(1, sizeof *parameters);
    char name[PARAMETER_NAME];
    memset(name, 'a', sizeof name);
    name[PARAMETER_NAME - 1] = '\0';
    parameters_add(parameters, "", name, 1, 1, INITIAL_ZERO, 0);
    assert_false(parameters->misdeclared);
    assert_non_null(parameters_find(parameters, name));
    parameters_add(parameters, "b", name, 1, 1, INITIAL_ZERO, 0);
    refuses(parameters);
    free(parameters);
}

static void trained_ones_stand_first(void **state)
{
    (void)state;
    struct parameters *parameters = calloc(1, sizeof *parameters);
    parameters_add(parameters, "", "weight", 2, 2, INITIAL_ONE, 0);
    parameters_add_running(parameters, "", "running", 2, 2);
    parameters_add(parameters, "", "late", 2, 2, INITIAL_ONE, 0);
    refuses(parameters);
    free(parameters);
}

static void initial_values_are_as_declared(void **state)
{
    (void)state;
    enum { ROWS = 50, COLUMNS = 41, N = ROWS * COLUMNS };
    struct parameters *parameters = calloc(1, sizeof *parameters);
    const struct tensor *zero = parameters_add(parameters, "a.", "zero", 3, 1, INITIAL_ZERO, 9);
    const struct tensor *one = parameters_add(parameters, "a.", "one", 1, 5, INITIAL_ONE, 9);
    parameters_add(parameters, "b.", "uniform", ROWS, COLUMNS, INITIAL_UNIFORM, 0.25f);
    parameters_add(parameters, "b.", "normal", ROWS, COLUMNS, INITIAL_NORMAL, 3);
    parameters_add_running(parameters, "b.", "running", 2, 7);
    struct random random;
    random_seed(&random, 11);
    must(parameters_create(parameters, &compute, true, &random, &error));
    float *values = calloc(parameters->n_values, sizeof *values);
    must(parameters_read(parameters, values, &error));
    assert_true(zero->requires_grad && one->requires_grad);
    for (int i = 0; i < 3; i++)
        assert_true(values[parameters_find(parameters, "a.zero")->offset + (size_t)i] == 0);
    for (int i = 0; i < 5; i++)
        assert_true(values[parameters_find(parameters, "a.one")->offset + (size_t)i] == 1);
    const float *uniform = values + parameters_find(parameters, "b.uniform")->offset,
                *normal = values + parameters_find(parameters, "b.normal")->offset,
                *running = values + parameters_find(parameters, "b.running")->offset;
    double sum = 0, squares = 0, largest = 0, normal_sum = 0, normal_squares = 0;
    for (int i = 0; i < N; i++) {
        sum += (double)uniform[i];
        squares += (double)uniform[i] * (double)uniform[i];
        largest = fmax(largest, fabs((double)uniform[i]));
        normal_sum += (double)normal[i];
        normal_squares += (double)normal[i] * (double)normal[i];
    }
    assert_true(largest <= 0.25 && largest > 0.24);
    assert_near(sum / N, 0, 0.015, "mean of a uniform", 0);
    assert_near(sqrt(squares / N), 0.25 / sqrt(3), 0.006, "deviation of a uniform", 0);
    assert_near(normal_sum / N, 0, 0.3, "mean of a normal", 0);
    assert_near(sqrt(normal_squares / N), 3, 0.2, "deviation of a normal", 0);
    for (int i = 0; i < 14; i++)
        assert_true(running[i] == (i < 7 ? 0.0f : 1.0f));
    const struct parameter *last = parameters_find(parameters, "b.running");
    assert_true(!last->trained && last->offset == parameters->n_trained && !last->tensor.requires_grad);
    assert_null(parameters_find(parameters, "uniform"));
    free(values);
    parameters_destroy(parameters);
    free(parameters);
}

static void values_and_gradients_are_those_of_the_tensors(void **state)
{
    (void)state;
    struct parameters *parameters = calloc(1, sizeof *parameters);
    struct tensor *a = parameters_add(parameters, "", "a", 3, 5, INITIAL_ONE, 0);
    struct tensor *b = parameters_add(parameters, "", "b", 2, 2, INITIAL_ONE, 0);
    struct random random;
    random_seed(&random, 1);
    must(parameters_create(parameters, &compute, true, &random, &error));
    float *values = malloc(parameters->n_values * sizeof *values), read[4];
    for (size_t i = 0; i < parameters->n_values; i++)
        values[i] = (float)i;
    must(parameters_write(parameters, values, &error));
    must(compute.ops->buffer_read(compute.stream, b->value.buffer, b->value.offset * 4, read, sizeof read, &error));
    for (size_t i = 0; i < 4; i++)
        assert_true(read[i] == (float)(parameters->items[1].offset + i));
    /* One of two gradients is written; the other is completed with zeros. */
    parameters_begin(parameters);
    assert_false(a->has_grad || b->has_grad);
    for (size_t i = 0; i < parameters->n_trained; i++)
        values[i] = NAN;
    must(compute.ops->buffer_write(compute.stream, parameters->gradients, 0, values,
                                   parameters->n_trained * sizeof *values, &error));
    must(compute.ops->network.fill(compute.stream, 15, 7, a->gradient, &error));
    a->has_grad = true;
    must(parameters_complete_gradients(parameters, &error));
    must(compute.ops->buffer_read(compute.stream, parameters->gradients, 0, values,
                                  parameters->n_trained * sizeof *values, &error));
    for (size_t i = 0; i < 15; i++)
        assert_true(values[i] == 7);
    for (size_t i = 0; i < 4; i++)
        assert_true(values[parameters->items[1].offset + i] == 0);
    free(values);
    parameters_destroy(parameters);
    free(parameters);
}

static void a_network_without_parameters_is_one(void **state)
{
    (void)state;
    struct parameters *parameters = calloc(1, sizeof *parameters);
    struct random random;
    random_seed(&random, 1);
    must(parameters_create(parameters, &compute, true, &random, &error));
    must(parameters_read(parameters, NULL, &error));
    must(parameters_complete_gradients(parameters, &error));
    parameters_destroy(parameters);
    free(parameters);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(too_many_are_refused),
        cmocka_unit_test(long_names_are_refused),
        cmocka_unit_test(trained_ones_stand_first),
        cmocka_unit_test(initial_values_are_as_declared),
        cmocka_unit_test(values_and_gradients_are_those_of_the_tensors),
        cmocka_unit_test(a_network_without_parameters_is_one),
    };
    return cmocka_run_group_tests_name("parameters", tests, open_compute, close_compute);
}
