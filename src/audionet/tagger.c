#include "audionet/tagger.h"

#include <stdio.h>

/* TensorFlow's and Keras' batch normalisation. */
#define EPSILON 1e-3F
#define PACE 0.01F

const struct tagger_shape tagger_vgg = {
    .name = "vgg",
    .layers = 5,
    .filters = 128,
    .frames = 187,
    .mels = 96,
    .pools = {{.time = 4, .frequency = 1, .stride_time = 2, .stride_frequency = 2},
              {.time = 2, .frequency = 2},
              {.time = 2, .frequency = 2},
              {.time = 2, .frequency = 2},
              {.time = 4, .frequency = 4}},
};

const struct tagger_shape tagger_choi = {
    .name = "choi",
    .layers = 5,
    .filters = 32,
    .frames = 1366,
    .mels = 96,
    .pools = {{.time = 4, .frequency = 2},
              {.time = 4, .frequency = 3},
              {.time = 5, .frequency = 2},
              {.time = 4, .frequency = 2},
              {.time = 4, .frequency = 4}},
    .norm_first = true,
};

static int64_t pooled(int64_t size, int64_t window, int64_t stride)
{
    return size < window ? 0 : (size - window) / (stride > 0 ? stride : window) + 1;
}

int64_t tagger_width(const struct tagger_shape *shape)
{
    int64_t time = shape->frames, frequency = shape->mels;
    for (int i = 0; i < shape->layers; i++) {
        const struct window *pool = &shape->pools[i];
        time = pooled(time, pool->time, pool->stride_time);
        frequency = pooled(frequency, pool->frequency, pool->stride_frequency);
    }
    return time * frequency * shape->filters;
}

/* "conv1", "norm1" of layer 0. */
static const char *numbered(const char *word, int layer, char name[16])
{
    snprintf(name, 16, "%s%d", word, layer + 1);
    return name;
}

void tagger_declare(struct parameters *parameters, const char *prefix, const struct tagger_shape *shape,
                    struct tagger *tagger)
{
    static const struct window filter = {.time = 3, .frequency = 3, .padding = PADDING_SAME};
    char name[16];
    *tagger = (struct tagger){.shape = *shape};
    tagger->input = channel_norm_declare(parameters, prefix, "input", 1, EPSILON, PACE);
    for (int i = 0; i < shape->layers; i++) {
        tagger->filters[i] = filters_declare(parameters, prefix, numbered("conv", i, name), &filter,
                                             i == 0 ? 1 : shape->filters, shape->filters, WEIGHTS_GLOROT_UNIFORM);
        tagger->norms[i] =
            channel_norm_declare(parameters, prefix, numbered("norm", i, name), shape->filters, EPSILON, PACE);
    }
}

void tagger_declare_running(struct parameters *parameters, const char *prefix, struct tagger *tagger)
{
    char name[16];
    channel_norm_declare_running(parameters, prefix, "input", &tagger->input);
    for (int i = 0; i < tagger->shape.layers; i++)
        channel_norm_declare_running(parameters, prefix, numbered("norm", i, name), &tagger->norms[i]);
}

struct tensor *tagger_apply(struct tape *tape, const struct tagger *tagger, int64_t batch, struct tensor *x,
                            bool training)
{
    static const struct dropout none;
    const struct tagger_shape *shape = &tagger->shape;
    struct image image = {batch, shape->frames, shape->mels};
    x = channel_norm_apply(tape, &tagger->input, x, &image, training);
    for (int i = 0; i < shape->layers; i++) {
        enum activation f = shape->norm_first ? ACTIVATION_IDENTITY : ACTIVATION_RELU;
        x = filters_apply(tape, &tagger->filters[i], f, x, &image);
        x = channel_norm_apply(tape, &tagger->norms[i], x, &image, training);
        if (shape->norm_first)
            x = nn_activate(tape, ACTIVATION_ELU, x, NULL, none);
        x = nn_max_pool(tape, x, &image, &shape->pools[i]);
    }
    return nn_reshape(tape, x, batch, tagger_width(shape));
}

/* ---- loading ---- */

struct loading {
    struct compute *compute;
    const struct safetensors *file;
};

static enum status put(const struct loading *loading, const char *layer, const char *part, int rank,
                       const int64_t shape[], struct compute_slice to, struct error *error)
{
    char name[64];
    const float *values;
    const struct tensor_view *view;
    snprintf(name, sizeof name, "%s/%s", layer, part);
    enum status status = safetensors_floats(loading->file, name, rank, shape, &values, &view, error);
    return status == STATUS_OK
               ? loading->compute->ops->buffer_write(loading->compute->stream, to.buffer, to.offset * sizeof *values,
                                                     values, view->size, error)
               : status;
}

static enum status put_norm(const struct loading *loading, int number, const struct channel_norm *norm,
                            struct error *error)
{
    static const char *const parts[4] = {"gamma", "beta", "moving_mean", "moving_variance"};
    char layer[40] = "batch_normalization";
    const int64_t width[] = {norm->norm.gain->columns};
    struct compute_slice variance = norm->running->value;
    variance.offset += (size_t)width[0];
    const struct compute_slice to[4] = {norm->norm.gain->value, norm->norm.bias->value, norm->running->value, variance};
    enum status status = STATUS_OK;
    if (number > 0)
        snprintf(layer, sizeof layer, "batch_normalization_%d", number);
    for (int i = 0; status == STATUS_OK && i < 4; i++)
        status = put(loading, layer, parts[i], 1, width, to[i], error);
    return status;
}

static enum status put_filters(const struct loading *loading, int number, const struct filters *filters,
                               struct error *error)
{
    char layer[16];
    const struct window *window = &filters->window;
    const int64_t out = filters->weight->columns;
    const int64_t shape[] = {window->time, window->frequency,
                             filters->weight->rows / (window->time * window->frequency), out};
    snprintf(layer, sizeof layer, "%dCNN", number);
    enum status status = put(loading, layer, "kernel", 4, shape, filters->weight->value, error);
    return status == STATUS_OK ? put(loading, layer, "bias", 1, &out, filters->bias->value, error) : status;
}

enum status tagger_load(const struct tagger *tagger, struct compute *compute, const struct safetensors *file,
                        struct error *error)
{
    const struct loading loading = {compute, file};
    enum status status = put_norm(&loading, 0, &tagger->input, error);
    for (int i = 0; status == STATUS_OK && i < tagger->shape.layers; i++) {
        status = put_filters(&loading, i + 1, &tagger->filters[i], error);
        if (status == STATUS_OK)
            status = put_norm(&loading, i + 1, &tagger->norms[i], error);
    }
    return status;
}
