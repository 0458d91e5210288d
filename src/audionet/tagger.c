#include "audionet/tagger.h"

#include <stdio.h>

#include "audionet/published.h"

/* TensorFlow's and Keras' batch normalisation. */
#define EPSILON 1e-3F
#define PACE 0.0F /* the running statistics stay */

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
                                             i == 0 ? 1 : shape->filters, shape->filters, INITIALISER_GLOROT_UNIFORM);
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

struct tensor *tagger_apply(struct tape *tape, const struct tagger *tagger, int64_t batch, struct tensor *x)
{
    static const struct dropout none;
    const struct tagger_shape *shape = &tagger->shape;
    struct image image = {batch, shape->frames, shape->mels};
    x = channel_norm_apply(tape, &tagger->input, x, &image, false);
    for (int i = 0; i < shape->layers; i++) {
        enum activation f = shape->norm_first ? ACTIVATION_IDENTITY : ACTIVATION_RELU;
        x = filters_apply(tape, &tagger->filters[i], f, x, &image);
        x = channel_norm_apply(tape, &tagger->norms[i], x, &image, false);
        if (shape->norm_first)
            x = nn_activate(tape, ACTIVATION_ELU, x, NULL, none);
        x = nn_max_pool(tape, x, &image, &shape->pools[i]);
    }
    return nn_reshape(tape, x, batch, tagger_width(shape));
}

/* ---- loading ---- */

static enum status put_norm(const struct published *published, int number, const struct channel_norm *norm,
                            struct error *error)
{
    char layer[40] = "batch_normalization";
    if (number > 0)
        snprintf(layer, sizeof layer, "batch_normalization_%d", number);
    return published_put_norm(published, layer, norm, error);
}

static enum status put_filters(const struct published *published, int number, const struct filters *filters,
                               struct error *error)
{
    char layer[16];
    snprintf(layer, sizeof layer, "%dCNN", number);
    return published_put_filters(published, layer, &filters->window, filters->weight, filters->bias, error);
}

enum status tagger_load(const struct tagger *tagger, struct compute *compute, const struct safetensors *file,
                        struct error *error)
{
    const struct published published = {compute, file};
    enum status status = put_norm(&published, 0, &tagger->input, error);
    for (int i = 0; status == STATUS_OK && i < tagger->shape.layers; i++) {
        status = put_filters(&published, i + 1, &tagger->filters[i], error);
        if (status == STATUS_OK)
            status = put_norm(&published, i + 1, &tagger->norms[i], error);
    }
    return status;
}
