#include "content/sound_network.h"

#include <stdio.h>
#include <stdlib.h>

/* Of batch normalisation: TensorFlow's epsilon; running statistics that follow short trainings. */
#define EPSILON 1e-3F
#define PACE 0.1F

enum { FRAMES_PER_STATE = 2, LONG_POOL = 4, PIECE = 1 << 24 };

static const struct dropout no_dropout;

static const char *numbered(const char *word, int number, char name[32])
{
    snprintf(name, 32, "%s%d", word, number + 1);
    return name;
}

/* ---- convolutions ---- */

static struct window kernel_of(const struct sound_spec *spec)
{
    return (struct window){.time = spec->axes == SOUND_FREQUENCY ? 1 : 3,
                           .frequency = spec->axes == SOUND_TIME ? 1 : 3,
                           .padding = PADDING_SAME};
}

/* The last pool of a network over several patches is longer, so that its dense layers do not grow as much. */
static struct window pool_of(const struct sound_shape *shape, int i)
{
    const struct sound_pool *of_spec = &shape->spec->pools[i];
    struct window pool = {.time = of_spec->time, .frequency = of_spec->frequency};
    if (shape->patches > 1 && i == shape->spec->n_convolutions - 1 && shape->spec->axes != SOUND_FREQUENCY)
        pool.time *= LONG_POOL;
    return pool;
}

static struct image input_image(const struct sound_shape *shape, int64_t n)
{
    const int64_t frames = shape->patches * shape->frames;
    switch (shape->spec->axes) {
    case SOUND_TIME:
        return (struct image){n, frames, 1};
    case SOUND_FREQUENCY:
        return (struct image){n, 1, shape->bands};
    case SOUND_BOTH:
        break;
    }
    return (struct image){n, frames, shape->bands};
}

static int64_t input_channels(const struct sound_shape *shape)
{
    const struct image image = input_image(shape, 1);
    return sound_input_size(shape) / (image.time * image.frequency);
}

/* ---- transfer ---- */

/* The convolutions behind Xception, as in the source: those of SOUND_CNN. */
enum { XCEPTION_CONVOLUTIONS = 2 };
static const struct window xception_kernel = {.time = 3, .frequency = 3, .padding = PADDING_SAME};
static const struct window xception_pool = {.time = 2, .frequency = 2};

/* Xception halves an image four times with padding, and twice by convolutions without it. */
static int64_t xception_size(int64_t size)
{
    size = (size - 3) / 2 + 1 - 2;
    for (int i = 0; i < XCEPTION_ENTRIES; i++)
        size = (size + 1) / 2;
    return size;
}

static void declare_transfer(struct sound_network *network)
{
    const struct sound_spec *spec = network->shape.spec;
    struct parameters *pretrained = &network->pretrained;
    char name[32];
    if (spec->kind == SOUND_TAGGER) {
        tagger_declare(pretrained, "", spec->tagger, &network->tagger);
        tagger_declare_running(pretrained, "", &network->tagger);
        return;
    }
    xception_declare(pretrained, "", spec->xception, &network->xception);
    xception_declare_running(pretrained, "", &network->xception);
    for (int i = 0; i < XCEPTION_CONVOLUTIONS; i++)
        network->filters[i] = filters_declare(&network->parameters, "", numbered("conv", i, name), &xception_kernel,
                                              i == 0 ? spec->xception->widths[XCEPTION_WIDTHS - 1] : SOUND_FILTERS,
                                              SOUND_FILTERS, INITIALISER_HE_NORMAL);
}

static struct tensor *apply_tagger(struct tape *tape, const struct sound_network *network, struct tensor *x, int64_t n)
{
    const struct sound_shape *shape = &network->shape;
    const int64_t patches = n * shape->patches;
    x = nn_reshape(tape, x, patches * shape->frames * shape->bands, 1);
    return tagger_apply(tape, &network->tagger, patches, x);
}

/* The spectrogram is the red, green and blue of a picture. */
static struct tensor *apply_xception(struct tape *tape, const struct sound_network *network, struct tensor *x,
                                     int64_t n, struct image *result)
{
    static const float ones[3] = {1, 1, 1};
    static const struct window point = {.time = 1, .frequency = 1};
    const struct sound_shape *shape = &network->shape;
    struct image image = {n, shape->patches * shape->frames, shape->bands};
    struct tensor *colours = tape_tensor(tape, 1, 3, false);
    colours->value = tape_upload(tape, ones, 3);
    x = nn_reshape(tape, x, n * image.time * image.frequency, 1);
    x = nn_convolution(tape, ACTIVATION_IDENTITY, x, &image, &point, colours, NULL);
    x = xception_apply(tape, &network->xception, x, &image);
    *result = image;
    return x;
}

static struct tensor *apply_behind_xception(struct tape *tape, const struct sound_network *network, struct tensor *x,
                                            struct image image)
{
    for (int i = 0; i < XCEPTION_CONVOLUTIONS; i++) {
        x = filters_apply(tape, &network->filters[i], ACTIVATION_IDENTITY, x, &image);
        x = nn_max_pool(tape, x, &image, &xception_pool);
        x = nn_activate(tape, ACTIVATION_ELU, x, NULL, no_dropout);
    }
    return x;
}

/* A network that is not adapted is not recorded: it has no gradients. */
static struct tensor *apply_transfer(struct tape *tape, const struct sound_network *network, struct tensor *x,
                                     int64_t n)
{
    const struct sound_spec *spec = network->shape.spec;
    const bool recording = tape->recording;
    struct image image;
    tape->recording = recording && spec->adapted;
    x = spec->kind == SOUND_TAGGER ? apply_tagger(tape, network, x, n) : apply_xception(tape, network, x, n, &image);
    tape->recording = recording;
    return spec->kind == SOUND_TAGGER ? x : apply_behind_xception(tape, network, x, image);
}

static int64_t transfer_size(const struct sound_shape *shape)
{
    if (shape->spec->kind == SOUND_TAGGER)
        return shape->patches * tagger_width(shape->spec->tagger);
    int64_t time = xception_size(shape->patches * shape->frames), frequency = xception_size(shape->bands);
    for (int i = 0; i < XCEPTION_CONVOLUTIONS; i++) {
        time /= xception_pool.time;
        frequency /= xception_pool.frequency;
    }
    return time * frequency * SOUND_FILTERS;
}

/* ---- the whole ---- */

/* What the dense layers get of an input. */
static int64_t flat_size(const struct sound_shape *shape)
{
    if (shape->patches == 0)
        return shape->in;
    if (sound_is_transfer(shape->spec))
        return transfer_size(shape);
    if (shape->spec->kind == SOUND_LSTM)
        return shape->patches * shape->frames / FRAMES_PER_STATE * SOUND_STATES_2;
    struct image image = input_image(shape, 1);
    for (int i = 0; i < shape->spec->n_convolutions; i++) {
        const struct window pool = pool_of(shape, i);
        if (pool.time > 0) {
            image.time /= pool.time;
            image.frequency /= pool.frequency;
        }
    }
    return image.time * image.frequency * SOUND_FILTERS;
}

static void declare_convolutions(struct sound_network *network)
{
    const struct sound_shape *shape = &network->shape;
    const struct window kernel = kernel_of(shape->spec);
    char name[32];
    for (int i = 0; i < shape->spec->n_convolutions; i++) {
        network->filters[i] =
            filters_declare(&network->parameters, "", numbered("conv", i, name), &kernel,
                            i == 0 ? input_channels(shape) : SOUND_FILTERS, SOUND_FILTERS, INITIALISER_HE_NORMAL);
        if (shape->spec->norm)
            network->norms[i] =
                channel_norm_declare(&network->parameters, "", numbered("norm", i, name), SOUND_FILTERS, EPSILON, PACE);
    }
}

/* ELU commutes with the maximum, and costs less after it. */
static struct tensor *apply_convolutions(struct tape *tape, const struct sound_network *network, struct tensor *x,
                                         int64_t n, int layers, bool training, struct image *image)
{
    const struct sound_shape *shape = &network->shape;
    *image = input_image(shape, n);
    x = nn_reshape(tape, x, n * image->time * image->frequency, input_channels(shape));
    for (int i = 0; i < layers; i++) {
        const struct window pool = pool_of(shape, i);
        x = filters_apply(tape, &network->filters[i], ACTIVATION_IDENTITY, x, image);
        if (shape->spec->norm)
            x = channel_norm_apply(tape, &network->norms[i], x, image, training);
        if (pool.time > 0)
            x = nn_max_pool(tape, x, image, &pool);
        x = nn_activate(tape, ACTIVATION_ELU, x, NULL, no_dropout);
    }
    return x;
}

struct tensor *sound_network_activations(struct tape *tape, const struct sound_network *network, struct tensor *x,
                                         int64_t n, int layers, struct image *image)
{
    return apply_convolutions(tape, network, x, n, layers, false, image);
}

/* ---- LSTM ---- */

static void declare_lstm(struct sound_network *network)
{
    const int64_t in = FRAMES_PER_STATE * network->shape.bands;
    network->lstm[0] = lstm_declare(&network->parameters, "", "lstm1", in, SOUND_STATES_1);
    network->lstm[1] = lstm_declare(&network->parameters, "", "lstm2", SOUND_STATES_1, SOUND_STATES_2);
}

static struct tensor *apply_lstm(struct tape *tape, const struct sound_network *network, struct tensor *x, int64_t n)
{
    const struct sound_shape *shape = &network->shape;
    const struct sequences sequences = {.batch = n, .length = shape->patches * shape->frames / FRAMES_PER_STATE};
    x = nn_reshape(tape, x, n * sequences.length, FRAMES_PER_STATE * shape->bands);
    x = lstm_apply(tape, &network->lstm[0], x, &sequences);
    return lstm_apply(tape, &network->lstm[1], x, &sequences);
}

void sound_network_declare(struct sound_network *network, const struct sound_shape *shape)
{
    const struct sound_spec *spec = shape->spec;
    int64_t in = flat_size(shape);
    char name[32];
    network->shape = *shape;
    if (spec->kind == SOUND_CNN)
        declare_convolutions(network);
    if (spec->kind == SOUND_LSTM)
        declare_lstm(network);
    if (sound_is_transfer(spec))
        declare_transfer(network);
    for (int i = 0; i < spec->n_dense; i++, in = spec->dense)
        network->dense[i] = linear_declare_as(&network->parameters, "", numbered("dense", i, name), in, spec->dense,
                                              INITIALISER_HE_NORMAL);
    network->out = linear_declare_as(&network->parameters, "", "out", in, shape->out,
                                     shape->random_out ? INITIALISER_HE_NORMAL : INITIALISER_ZERO);
    for (int i = 0; i < spec->n_convolutions && spec->norm; i++)
        channel_norm_declare_running(&network->parameters, "", numbered("norm", i, name), &network->norms[i]);
}

static int64_t count_trained(const struct parameters *parameters)
{
    int64_t count = 0;
    for (size_t i = 0; i < parameters->count; i++) {
        const struct parameter *parameter = &parameters->items[i];
        count += parameter->trained ? parameter->tensor.rows * parameter->tensor.columns : 0;
    }
    return count;
}

int64_t sound_parameters(const struct sound_shape *shape)
{
    struct sound_network *network = calloc(1, sizeof *network);
    if (!network)
        return -1;
    sound_network_declare(network, shape);
    const int64_t count =
        count_trained(&network->parameters) + (shape->spec->adapted ? count_trained(&network->pretrained) : 0);
    free(network);
    return count;
}

enum status sound_network_create(struct sound_network *network, struct compute *compute, bool training,
                                 struct random *random, struct error *error)
{
    const bool adapted = training && network->shape.spec->adapted;
    enum status status = parameters_create(&network->parameters, compute, training, random, error);
    if (status == STATUS_OK)
        status = parameters_create(&network->pretrained, compute, adapted, random, error);
    for (size_t i = 0; i < network->pretrained.count && !adapted; i++)
        network->pretrained.items[i].tensor.requires_grad = false;
    return status;
}

void sound_network_destroy(struct sound_network *network)
{
    parameters_destroy(&network->parameters);
    parameters_destroy(&network->pretrained);
}

enum status sound_network_load(struct sound_network *network, struct compute *compute, const char *path,
                               struct error *error)
{
    struct safetensors *file = NULL;
    enum status status = safetensors_open(path, &file, error);
    if (status == STATUS_OK)
        status = network->shape.spec->kind == SOUND_TAGGER ? tagger_load(&network->tagger, compute, file, error)
                                                           : xception_load(&network->xception, compute, file, error);
    safetensors_close(file);
    return status == STATUS_OK ? status : error_prefix(error, "%s does not fit the network", path);
}

/* Of the largest layer: numbers for each number of an input. */
static int64_t widest(const struct sound_spec *spec)
{
    switch (spec->kind) {
    case SOUND_CNN:
        return SOUND_FILTERS;
    case SOUND_TAGGER:
        return spec->tagger->filters;
    case SOUND_XCEPTION: /* halved once */
        return spec->xception->widths[2] / 4;
    default:
        return 16;
    }
}

int64_t sound_piece_rows(const struct sound_shape *shape)
{
    const int64_t rows = PIECE / (widest(shape->spec) * sound_input_size(shape));
    return rows < 1 ? 1 : rows;
}

struct tensor *sound_network_apply(struct tape *tape, const struct sound_network *network, struct tensor *x, int64_t n,
                                   bool training)
{
    const struct sound_spec *spec = network->shape.spec;
    struct image image;
    if (spec->kind == SOUND_CNN)
        x = apply_convolutions(tape, network, x, n, spec->n_convolutions, training, &image);
    if (spec->kind == SOUND_LSTM)
        x = apply_lstm(tape, network, x, n);
    if (sound_is_transfer(spec))
        x = apply_transfer(tape, network, x, n);
    x = nn_reshape(tape, x, n, flat_size(&network->shape));
    for (int i = 0; i < spec->n_dense; i++) {
        x = nn_linear(tape, x, network->dense[i].weight, NULL);
        x = nn_activate(tape, ACTIVATION_ELU, x, network->dense[i].bias, no_dropout);
    }
    return nn_linear(tape, x, network->out.weight, network->out.bias);
}
