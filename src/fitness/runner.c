#include "fitness/runner.h"

#include <stdlib.h>
#include <string.h>

#include "core/random.h"
#include "fitness/discriminant.h"

/* Floats of inputs that are computed together: the CNN's first layer has 16 times as many, and as many gradients. A
 * batch is a sum over such pieces, so that it needs no more memory. */
enum { PIECE_FLOATS = 3 << 19 };

int64_t fitness_piece_rows(const struct fitness_shape *shape)
{
    const int64_t rows = PIECE_FLOATS / fitness_input_size(shape);
    return rows < 1 ? 1 : rows > FITNESS_PIECE_ROWS ? FITNESS_PIECE_ROWS : rows;
}

/* ------------------------------------------------------------------ logits */

enum status fitness_runner_init(struct fitness_runner *runner, struct compute *compute, struct fitness_network *network,
                                struct error *error)
{
    tape_open(&runner->tape, compute);
    runner->network = network;
    runner->one =
        malloc((size_t)(fitness_piece_rows(&network->shape) * network->shape.n_classes) * sizeof *runner->one);
    return runner->one ? STATUS_OK : error_no_memory(error);
}

void fitness_runner_free(struct fitness_runner *runner)
{
    if (runner->tape.compute)
        tape_close(&runner->tape);
    free(runner->one);
}

void fitness_runner_take(struct fitness_runner *runner, int64_t rows, int64_t n, struct tensor *const *logits,
                         float *out)
{
    const int64_t count = rows * runner->network->shape.n_classes;
    memset(out, 0, (size_t)count * sizeof *out);
    for (int64_t m = 0; m < n; m++) {
        tape_download(&runner->tape, logits[m]->value, runner->one, (size_t)count * sizeof *out);
        for (int64_t i = 0; runner->tape.status == STATUS_OK && i < count; i++)
            out[i] += runner->one[i] / (float)n;
    }
}

enum status fitness_runner_run(struct fitness_runner *runner, const float *x, int64_t rows, float *out,
                               struct error *error)
{
    struct tensor *logits[FITNESS_MEMBERS_MAX];
    const int64_t size = fitness_input_size(&runner->network->shape);
    tape_reset(&runner->tape, false);
    struct tensor input = tensor_of(tape_upload(&runner->tape, x, rows * size), rows, size);
    const int64_t n = fitness_network_apply(&runner->tape, runner->network, &input, rows, (struct dropout){0}, logits);
    fitness_runner_take(runner, rows, n, logits, out);
    return tape_status(&runner->tape, error);
}

/* ------------------------------------------------------------------ a trained network */

struct fitness_open {
    struct fitness_network network;
    struct fitness_runner runner;
    const float *linear;
};

enum status fitness_open(struct compute *compute, const struct fitness_shape *shape, const float *weights,
                         const float *linear, struct fitness_open **open, struct error *error)
{
    struct random random;
    struct fitness_open *made = calloc(1, sizeof *made);
    *open = NULL;
    if (!made)
        return error_no_memory(error);
    made->linear = linear;
    random_seed(&random, 0);
    fitness_network_declare(&made->network, shape);
    enum status status = parameters_create(&made->network.parameters, compute, false, &random, error);
    if (status == STATUS_OK)
        status = parameters_write(&made->network.parameters, weights, error);
    if (status == STATUS_OK)
        status = fitness_runner_init(&made->runner, compute, &made->network, error);
    if (status == STATUS_OK)
        *open = made;
    else
        fitness_open_close(made);
    return status;
}

void fitness_open_close(struct fitness_open *open)
{
    if (!open)
        return;
    fitness_runner_free(&open->runner);
    if (open->network.parameters.compute)
        parameters_destroy(&open->network.parameters);
    free(open);
}

static void add_linear(const struct fitness_open *open, const float *x, int64_t n, float *logits)
{
    const struct fitness_shape *shape = &open->network.shape;
    for (int64_t i = 0; i < n; i++) {
        float *of = logits + i * shape->n_classes;
        fitness_linear_add(open->linear, shape->width, shape->n_classes, x + i * shape->width, of);
        for (int32_t c = 0; c < shape->n_classes; c++)
            of[c] /= 2;
    }
}

enum status fitness_open_run(struct fitness_open *open, const float *x, int64_t n, float *logits, struct error *error)
{
    const struct fitness_shape *shape = &open->network.shape;
    const int64_t piece = fitness_piece_rows(shape), size = fitness_input_size(shape);
    enum status status = STATUS_OK;
    for (int64_t first = 0; status == STATUS_OK && first < n; first += piece)
        status = fitness_runner_run(&open->runner, x + first * size, n - first < piece ? n - first : piece,
                                    logits + first * shape->n_classes, error);
    if (status == STATUS_OK && open->linear)
        add_linear(open, x, n, logits);
    return status;
}
