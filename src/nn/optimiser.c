#include "nn/optimiser.h"

enum status optimiser_open(struct optimiser *optimiser, struct parameters *parameters,
                           const struct optimiser_settings *settings, struct error *error)
{
    *optimiser = (struct optimiser){.parameters = parameters, .settings = *settings};
    if (settings->beta1 == 0 && settings->beta2 == 0) {
        optimiser->settings.beta1 = 0.9f;
        optimiser->settings.beta2 = 0.999f;
    }
    if (settings->epsilon == 0)
        optimiser->settings.epsilon = 1e-8f;
    const struct compute *compute = parameters->compute;
    int64_t n = (int64_t)parameters->n_trained;
    if (settings->kind == OPTIMISER_ADAGRAD && n > 0)
        return compute->ops->network.fill(compute->stream, n, settings->first_sum == 0 ? 0.1f : settings->first_sum,
                                          (struct compute_slice){parameters->velocity, 0}, error);
    if (settings->kind != OPTIMISER_ADAM || n == 0)
        return STATUS_OK;
    enum status status =
        compute->ops->buffer_create(compute->device, (size_t)n * sizeof(float), &optimiser->second, error);
    if (status == STATUS_OK)
        status = compute->ops->network.fill(compute->stream, n, 0, (struct compute_slice){optimiser->second, 0}, error);
    return status;
}

void optimiser_close(struct optimiser *optimiser)
{
    if (optimiser->second)
        optimiser->parameters->compute->ops->buffer_destroy(optimiser->second);
    *optimiser = (struct optimiser){0};
}

void optimiser_add_squares(struct optimiser *optimiser, struct tape *tape, struct compute_slice squares)
{
    struct parameters *parameters = optimiser->parameters;
    if (tape->status == STATUS_OK)
        tape->status = parameters_complete_gradients(parameters, &tape->error);
    if (parameters->n_trained > 0)
        TAPE_RUN(tape, network.sum_squares, (int64_t)parameters->n_trained,
                 (struct compute_slice){parameters->gradients, 0}, squares);
}

/* Updates values first..end. */
static void move_range(struct optimiser *optimiser, struct tape *tape, size_t first, size_t end, float learning_rate,
                       float decay, struct compute_slice squares)
{
    const struct parameters *parameters = optimiser->parameters;
    const struct optimiser_settings *settings = &optimiser->settings;
    int64_t n = (int64_t)(end - first);
    struct compute_slice gradients = {parameters->gradients, first}, values = {parameters->values, first},
                         velocity = {parameters->velocity, first}, second = {optimiser->second, first};
    switch (settings->kind) {
    case OPTIMISER_NESTEROV:
        TAPE_RUN(tape, network.nesterov, n, learning_rate, settings->momentum, decay, settings->clip_norm, squares,
                 gradients, values, velocity);
        break;
    case OPTIMISER_ADAM:
        TAPE_RUN(tape, network.adam, n, optimiser->step + 1, learning_rate, settings->beta1, settings->beta2,
                 settings->epsilon, decay, settings->clip_norm, squares, gradients, values, velocity, second);
        break;
    case OPTIMISER_ADAGRAD:
        TAPE_RUN(tape, network.adagrad, n, learning_rate, settings->epsilon, decay, settings->clip_norm, squares,
                 gradients, values, velocity);
        break;
    }
}

/* Consecutive parameters with the same decay are updated together. */
void optimiser_move(struct optimiser *optimiser, struct tape *tape, float learning_rate, struct compute_slice squares)
{
    const struct parameters *parameters = optimiser->parameters;
    const struct parameter *items = parameters->items;
    for (size_t i = 0; i < parameters->count && items[i].trained;) {
        size_t next = i + 1;
        while (next < parameters->count && items[next].trained && items[next].no_decay == items[i].no_decay)
            next++;
        bool last = next == parameters->count || !items[next].trained;
        move_range(optimiser, tape, items[i].offset, last ? parameters->n_trained : items[next].offset, learning_rate,
                   items[i].no_decay ? 0 : optimiser->settings.weight_decay, squares);
        i = next;
    }
}

void optimiser_step(struct optimiser *optimiser, struct tape *tape, float learning_rate)
{
    struct compute_slice squares = tape_doubles(tape, 1);
    optimiser_add_squares(optimiser, tape, squares);
    optimiser_move(optimiser, tape, learning_rate, squares);
    optimiser->step += tape->status == STATUS_OK;
}

void optimiser_state(const struct optimiser *optimiser, struct checkpoint_list *list)
{
    const struct parameters *parameters = optimiser->parameters;
    checkpoint_add(list, "parameters", "", false, parameters->values, (int64_t)parameters->n_values);
    checkpoint_add_moments(list, "velocity", "", parameters->velocity, (int64_t)parameters->n_trained);
    checkpoint_add_moments(list, "second", "", optimiser->second, (int64_t)parameters->n_trained);
}
