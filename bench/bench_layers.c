#include <math.h>
#include <stdlib.h>

#include "bench/bench.h"
#include "core/clock.h"
#include "core/random.h"
#include "nn/image_layers.h"
#include "nn/optimiser.h"

/* Convolutions of the networks for sound as a share of the rate of a large matrix product, which is measured in turn
 * with them, and a training step of the convolutional network of Pohl's thesis. bench/peers/layers.py compares with
 * PyTorch. */

enum {
    SAMPLES = 9,
    PRODUCT = 1536,
    BATCH = 32, /* of the network */
    TIME = 256,
    BANDS = 128,
    CHANNELS = 64,
    HIDDEN = 512,
    OUT = 200,
};

enum pass { FORWARD, BACKWARD_INPUT, BACKWARD_KERNEL };

/* Windows of padding "same", or along frequency "valid" if `whole`. */
static const struct {
    const char *name;
    enum pass pass;
    int64_t batch, time, frequency, in, out, kernel_time, kernel_frequency;
    bool whole;
} convolutions[] = {
    {"conv 3x3 64-64", FORWARD, 4, 128, 64, 64, 64, 3, 3, false},
    {"conv 3x3 64-64 to input", BACKWARD_INPUT, 4, 128, 64, 64, 64, 3, 3, false},
    {"conv 3x3 64-64 to kernel", BACKWARD_KERNEL, 4, 128, 64, 64, 64, 3, 3, false},
    {"conv 7x38 1-204", FORWARD, 2, 187, 96, 1, 204, 7, 38, true},
    {"conv 7x67 1-204", FORWARD, 2, 187, 96, 1, 204, 7, 67, true},
    {"conv 128x1 1-51", FORWARD, 4, 187, 96, 1, 51, 128, 1, false},
    {"conv 64x1 1-51", FORWARD, 4, 187, 96, 1, 51, 64, 1, false},
    {"conv 32x1 1-51", FORWARD, 4, 187, 96, 1, 51, 32, 1, false},
    {"conv 7x1 561-64", FORWARD, 16, 187, 1, 561, 64, 7, 1, false},
    {"conv 3x3 16-16", FORWARD, 4, 128, 64, 16, 16, 3, 3, false},
};

static enum status buffers_make(struct compute *compute, const int64_t *counts, int n, struct compute_slice *slices,
                                struct error *error)
{
    enum status status = STATUS_OK;
    for (int i = 0; i < n && status == STATUS_OK; i++) {
        status =
            compute->ops->buffer_create(compute->device, (size_t)counts[i] * sizeof(float), &slices[i].buffer, error);
        if (status == STATUS_OK)
            status = compute->ops->network.fill(compute->stream, counts[i], 0.5f, slices[i], error);
    }
    return status;
}

static void buffers_free(struct compute *compute, int n, struct compute_slice *slices)
{
    for (int i = 0; i < n; i++)
        compute->ops->buffer_destroy(slices[i].buffer);
}

/* Multiply-adds a second of one large product. */
static enum status time_product(struct compute *compute, const struct compute_slice *x, double *rate,
                                struct error *error)
{
    double start = clock_seconds();
    enum status status =
        compute->ops->gemm(compute->stream, false, false, PRODUCT, PRODUCT, PRODUCT, 1, x[0], x[1], 0, x[2], error);
    if (status == STATUS_OK)
        status = compute->ops->stream_synchronise(compute->stream, error);
    *rate = pow(PRODUCT, 3) / (clock_seconds() - start);
    return status;
}

static enum status run_pass(struct compute *compute, enum pass pass, const struct compute_window *window,
                            const struct compute_slice *s, struct error *error)
{
    const struct compute_network_ops *ops = &compute->ops->network;
    enum status status;
    if (pass == FORWARD)
        status = ops->convolution(compute->stream, ACTIVATION_RELU, window, s[0], s[1], s[2], s[3], error);
    else if (pass == BACKWARD_INPUT)
        status = ops->convolution_backward_input(compute->stream, window, s[1], s[3], 0, s[0], error);
    else
        status = ops->convolution_backward_kernel(compute->stream, window, s[0], s[3], 0, s[1], error);
    return status == STATUS_OK ? compute->ops->stream_synchronise(compute->stream, error) : status;
}

static enum status measure_convolution(struct bench *bench, struct compute *compute, size_t at,
                                       const struct compute_slice *product, struct error *error)
{
    const int64_t kernel_time = convolutions[at].kernel_time, kernel_frequency = convolutions[at].kernel_frequency;
    struct compute_window w = {.batch = convolutions[at].batch,
                               .time = convolutions[at].time,
                               .frequency = convolutions[at].frequency,
                               .in = convolutions[at].in,
                               .out_time = convolutions[at].time,
                               .out_frequency = convolutions[at].frequency,
                               .out = convolutions[at].out,
                               .kernel_time = kernel_time,
                               .kernel_frequency = kernel_frequency,
                               .stride_time = 1,
                               .stride_frequency = 1,
                               .pad_time = (kernel_time - 1) / 2,
                               .pad_frequency = (kernel_frequency - 1) / 2};
    if (convolutions[at].whole) {
        w.out_frequency -= kernel_frequency - 1;
        w.pad_frequency = 0;
    }
    int64_t positions = w.batch * w.out_time * w.out_frequency, kernel = kernel_time * kernel_frequency * w.in * w.out;
    const int64_t counts[4] = {w.batch * w.time * w.frequency * w.in, kernel, w.out, positions * w.out};
    struct compute_slice slices[4] = {{0}};
    double samples[SAMPLES], limits[SAMPLES], shares[SAMPLES];
    enum status status = buffers_make(compute, counts, 4, slices, error);
    if (status == STATUS_OK)
        status = run_pass(compute, convolutions[at].pass, &w, slices, error);
    for (int i = 0; i < SAMPLES && status == STATUS_OK; i++) {
        status = time_product(compute, product, &limits[i], error);
        double start = clock_seconds();
        if (status == STATUS_OK)
            status = run_pass(compute, convolutions[at].pass, &w, slices, error);
        samples[i] = (double)positions * (double)kernel / (clock_seconds() - start) * 1e-9;
        limits[i] *= 1e-9;
        shares[i] = samples[i] / limits[i];
        if (status == STATUS_OK)
            status = bench_check_interrupted(error);
    }
    buffers_free(compute, 4, slices);
    if (status != STATUS_OK)
        return status;
    struct bench_row share = bench_row_make("", 0, "", shares, SAMPLES, NAN, true);
    struct bench_row limit = bench_row_make("", 0, "", limits, SAMPLES, NAN, true);
    struct bench_row row =
        bench_row_make(convolutions[at].name, (double)w.batch, "Gmadd/s", samples, SAMPLES, limit.median, true);
    row.fraction_of_limit = share.median; /* of the product beside it, in the same moment */
    return bench_print(bench, &row, error);
}

/* ---- the network ---- */

struct network {
    struct parameters parameters;
    struct filters filters[3];
    struct linear hidden, out;
    struct optimiser optimiser;
    struct tape tape;
    struct compute_slice x, targets;
};

static const struct window pools[3] = {
    {.time = 2, .frequency = 2}, {.time = 2, .frequency = 4}, {.time = 2, .frequency = 2}};

static enum status network_open(struct network *network, struct compute *compute, struct error *error)
{
    static const struct window window = {.time = 3, .frequency = 3, .padding = PADDING_SAME};
    static const char *const names[3] = {"first", "second", "third"};
    const struct optimiser_settings settings = {.kind = OPTIMISER_ADAM, .epsilon = 1e-6f};
    struct parameters *p = &network->parameters;
    struct random random;
    random_seed(&random, 1);
    for (int i = 0; i < 3; i++)
        network->filters[i] =
            filters_declare(p, "", names[i], &window, i ? CHANNELS : 1, CHANNELS, INITIALISER_HE_NORMAL);
    network->hidden = linear_declare_as(p, "", "hidden", 32 * 8 * CHANNELS, HIDDEN, INITIALISER_HE_NORMAL);
    network->out = linear_declare_as(p, "", "out", HIDDEN, OUT, INITIALISER_ZERO);
    tape_open(&network->tape, compute);
    enum status status = parameters_create(p, compute, true, &random, error);
    if (status == STATUS_OK)
        status = optimiser_open(&network->optimiser, p, &settings, error);
    return status;
}

static enum status network_step(struct network *network, struct error *error)
{
    struct tape *tape = &network->tape;
    struct image image = {BATCH, TIME, BANDS};
    const struct dropout no_dropout = {0};
    const int64_t n = (int64_t)BATCH * OUT;
    tape_reset(tape, true);
    parameters_begin(&network->parameters);
    struct tensor x = tensor_of(network->x, (int64_t)BATCH * TIME * BANDS, 1), *h = &x;
    for (int i = 0; i < 3; i++) {
        h = filters_apply(tape, &network->filters[i], ACTIVATION_IDENTITY, h, &image);
        h = nn_max_pool(tape, h, &image, &pools[i]);
        h = nn_activate(tape, ACTIVATION_ELU, h, NULL, no_dropout);
    }
    h = nn_reshape(tape, h, BATCH, image.time * image.frequency * CHANNELS);
    h = nn_linear(tape, h, network->hidden.weight, NULL);
    h = nn_activate(tape, ACTIVATION_ELU, h, network->hidden.bias, no_dropout);
    h = nn_linear(tape, h, network->out.weight, network->out.bias);
    nn_element_loss(tape, ELEMENT_LOSS_SQUARE, h, network->targets, (struct compute_slice){0}, 1.0f / (float)n,
                    tape_doubles(tape, 1));
    tape_backward(tape);
    optimiser_step(&network->optimiser, tape, 1e-4f);
    struct compute *compute = tape->compute;
    enum status status = tape_status(tape, error);
    return status == STATUS_OK ? compute->ops->stream_synchronise(compute->stream, error) : status;
}

static enum status measure_network(struct bench *bench, struct compute *compute, struct error *error)
{
    struct network *network = calloc(1, sizeof *network);
    if (!network)
        return error_no_memory(error);
    const int64_t counts[2] = {(int64_t)BATCH * TIME * BANDS, (int64_t)BATCH * OUT};
    struct compute_slice slices[2] = {{0}};
    double samples[SAMPLES];
    enum status status = network_open(network, compute, error);
    if (status == STATUS_OK)
        status = buffers_make(compute, counts, 2, slices, error);
    network->x = slices[0];
    network->targets = slices[1];
    for (int i = -2; i < SAMPLES && status == STATUS_OK; i++) {
        double start = clock_seconds();
        status = network_step(network, error);
        if (i >= 0)
            samples[i] = (clock_seconds() - start) * 1e3;
        if (status == STATUS_OK)
            status = bench_check_interrupted(error);
    }
    tape_close(&network->tape);
    optimiser_close(&network->optimiser);
    parameters_destroy(&network->parameters);
    free(network);
    buffers_free(compute, 2, slices);
    if (status != STATUS_OK)
        return status;
    struct bench_row row = bench_row_make("step cnn", BATCH, "ms", samples, SAMPLES, NAN, false);
    return bench_print(bench, &row, error);
}

enum status bench_layers(struct bench *bench, struct error *error)
{
    struct compute compute;
    enum status status = compute_open(bench->device, pool_threads(bench->pool), &compute, error);
    if (status != STATUS_OK)
        return status;
    const int64_t counts[3] = {(int64_t)PRODUCT * PRODUCT, (int64_t)PRODUCT * PRODUCT, (int64_t)PRODUCT * PRODUCT};
    struct compute_slice product[3] = {{0}};
    status = buffers_make(&compute, counts, 3, product, error);
    for (size_t i = 0; i < sizeof convolutions / sizeof *convolutions && status == STATUS_OK; i++)
        status = measure_convolution(bench, &compute, i, product, error);
    buffers_free(&compute, 3, product);
    if (status == STATUS_OK)
        status = measure_network(bench, &compute, error);
    compute_close(&compute);
    return status;
}
