#include "audionet/xception.h"

#include <math.h>
#include <stdio.h>

#include "audionet/published.h"

/* Keras' batch normalisation. */
#define EPSILON 1e-3F
#define PACE 0.0F /* the running statistics stay */

const struct xception_shape xception_published = {{32, 64, 128, 256, 728}};

static const struct window one = {.time = 1, .frequency = 1}, three = {.time = 3, .frequency = 3};
static const struct window halving = {.time = 3, .frequency = 3, .stride_time = 2, .stride_frequency = 2};
static const struct window same = {.time = 3, .frequency = 3, .padding = PADDING_SAME};
static const struct window shortcut = {
    .time = 1, .frequency = 1, .stride_time = 2, .stride_frequency = 2, .padding = PADDING_SAME};
static const struct window pool = {
    .time = 3, .frequency = 3, .stride_time = 2, .stride_frequency = 2, .padding = PADDING_SAME};

/* ---- the layers and their names ---- */

struct layer_place {
    struct xception_layer *layer;
    char name[32]; /* Keras' */
    char norm[40];
    const struct window *window; /* of an ordinary convolution; NULL: separable */
    int64_t in, out;
};

typedef void layer_visit(void *context, const struct layer_place *place);

static void visit_named(layer_visit *visit, void *context, struct layer_place place)
{
    snprintf(place.norm, sizeof place.norm, "%s_bn", place.name);
    visit(context, &place);
}

static void visit_separable(layer_visit *visit, void *context, struct xception_layer *layer, int block, int number,
                            int64_t in, int64_t out)
{
    struct layer_place place = {.layer = layer, .in = in, .out = out};
    snprintf(place.name, sizeof place.name, "block%d_sepconv%d", block % 100, number % 10);
    visit_named(visit, context, place);
}

/* The shortcuts have no names of their own in Keras, only numbers. */
static void visit_shortcut(layer_visit *visit, void *context, struct xception_layer *layer, int number, int64_t in,
                           int64_t out)
{
    struct layer_place place = {
        .layer = layer, .name = "conv2d", .norm = "batch_normalization", .window = &shortcut, .in = in, .out = out};
    if (number > 0) {
        snprintf(place.name, sizeof place.name, "conv2d_%d", number);
        snprintf(place.norm, sizeof place.norm, "batch_normalization_%d", number);
    }
    visit(context, &place);
}

/* Visits all layers; the shortcuts are numbered from `first_shortcut` on. */
static void each_layer(struct xception *x, const struct xception_shape *shape, int first_shortcut, layer_visit *visit,
                       void *context)
{
    const int64_t *width = shape->widths;
    visit_named(visit, context, (struct layer_place){&x->first[0], "block1_conv1", "", &halving, 3, width[0]});
    visit_named(visit, context, (struct layer_place){&x->first[1], "block1_conv2", "", &three, width[0], width[1]});
    for (int i = 0; i < XCEPTION_ENTRIES; i++) {
        int64_t in = width[1 + i], out = width[2 + i];
        visit_shortcut(visit, context, &x->shortcuts[i], first_shortcut + i, in, out);
        visit_separable(visit, context, &x->entries[i][0], 2 + i, 1, in, out);
        visit_separable(visit, context, &x->entries[i][1], 2 + i, 2, out, out);
    }
    for (int i = 0; i < XCEPTION_MIDDLES; i++)
        for (int number = 0; number < 3; number++)
            visit_separable(visit, context, &x->middles[i][number], 5 + i, number + 1, width[4], width[4]);
}

/* ---- declaring ---- */

struct declaring {
    struct parameters *parameters;
    const char *prefix;
};

/* Uniform in ± sqrt(6 / (fan_in + fan_out)), Keras' default. */
static struct tensor *declare_weight(const struct declaring *declaring, const char *layer, const char *part,
                                     int64_t rows, int64_t columns, int64_t fans)
{
    char name[PARAMETER_NAME];
    snprintf(name, sizeof name, "%s.%s", layer, part);
    return parameters_add(declaring->parameters, declaring->prefix, name, rows, columns, INITIAL_UNIFORM,
                          sqrtf(6 / (float)fans));
}

static void declare(void *context, const struct layer_place *place)
{
    const struct declaring *declaring = context;
    struct xception_layer *layer = place->layer;
    *layer = (struct xception_layer){0};
    if (!place->window)
        layer->depthwise = declare_weight(declaring, place->name, "depthwise", 9, place->in, 9 * place->in + 9);
    int64_t taps = place->window ? place->window->time * place->window->frequency : 1;
    layer->weight =
        declare_weight(declaring, place->name, "weight", taps * place->in, place->out, taps * (place->in + place->out));
    layer->norm =
        channel_norm_declare(declaring->parameters, declaring->prefix, place->norm, place->out, EPSILON, PACE);
}

void xception_declare(struct parameters *parameters, const char *prefix, const struct xception_shape *shape,
                      struct xception *xception)
{
    each_layer(xception, shape, 0, declare, &(struct declaring){parameters, prefix});
}

static void declare_running(void *context, const struct layer_place *place)
{
    const struct declaring *declaring = context;
    channel_norm_declare_running(declaring->parameters, declaring->prefix, place->norm, &place->layer->norm);
}

/* Widths matter only for declaring and loading weights. */
void xception_declare_running(struct parameters *parameters, const char *prefix, struct xception *xception)
{
    each_layer(xception, &xception_published, 0, declare_running, &(struct declaring){parameters, prefix});
}

/* ---- applying ---- */

struct applying {
    struct tape *tape;
    struct image *image;
};

static struct tensor *relu(const struct applying *a, struct tensor *x)
{
    static const struct dropout none;
    return nn_activate(a->tape, ACTIVATION_RELU, x, NULL, none);
}

static struct tensor *ordinary(const struct applying *a, const struct xception_layer *layer,
                               const struct window *window, struct image *image, struct tensor *x)
{
    x = nn_convolution(a->tape, ACTIVATION_IDENTITY, x, image, window, layer->weight, NULL);
    return channel_norm_apply(a->tape, &layer->norm, x, image, false);
}

static struct tensor *separable(const struct applying *a, const struct xception_layer *layer, struct tensor *x)
{
    x = nn_depthwise(a->tape, x, a->image, &same, layer->depthwise);
    return ordinary(a, layer, &one, a->image, x);
}

static struct tensor *entry(const struct applying *a, const struct xception *xception, int i, struct tensor *x)
{
    struct image beside = *a->image;
    struct tensor *straight = ordinary(a, &xception->shortcuts[i], &shortcut, &beside, x);
    if (i > 0)
        x = relu(a, x);
    x = separable(a, &xception->entries[i][0], x);
    x = separable(a, &xception->entries[i][1], relu(a, x));
    x = nn_max_pool(a->tape, x, a->image, &pool);
    return nn_add(a->tape, x, 1, straight);
}

static struct tensor *middle(const struct applying *a, const struct xception *xception, int i, struct tensor *x)
{
    struct tensor *before = x;
    for (int number = 0; number < 3; number++)
        x = separable(a, &xception->middles[i][number], relu(a, x));
    return i < XCEPTION_MIDDLES - 1 ? nn_add(a->tape, x, 1, before) : x; /* block 11 ends before its sum */
}

struct tensor *xception_apply(struct tape *tape, const struct xception *xception, struct tensor *x, struct image *image)
{
    const struct applying a = {tape, image};
    x = relu(&a, ordinary(&a, &xception->first[0], &halving, image, x));
    x = relu(&a, ordinary(&a, &xception->first[1], &three, image, x));
    for (int i = 0; i < XCEPTION_ENTRIES; i++)
        x = entry(&a, xception, i, x);
    for (int i = 0; i < XCEPTION_MIDDLES; i++)
        x = middle(&a, xception, i, x);
    return x;
}

/* ---- loading ---- */

struct putting {
    struct published published;
    enum status status;
    struct error *error;
};

static void put(void *context, const struct layer_place *place)
{
    struct putting *putting = context;
    const struct published *published = &putting->published;
    const struct xception_layer *layer = place->layer;
    const int64_t in = layer->depthwise ? layer->depthwise->columns : 0, out = layer->weight->columns;
    const int64_t deep[] = {3, 3, in, 1}, flat[] = {1, 1, in, out};
    if (putting->status == STATUS_OK && layer->depthwise)
        putting->status =
            published_put(published, place->name, "depthwise_kernel", 4, deep, layer->depthwise->value, putting->error);
    if (putting->status == STATUS_OK && layer->depthwise)
        putting->status =
            published_put(published, place->name, "pointwise_kernel", 4, flat, layer->weight->value, putting->error);
    if (putting->status == STATUS_OK && !layer->depthwise)
        putting->status =
            published_put_filters(published, place->name, place->window, layer->weight, NULL, putting->error);
    if (putting->status == STATUS_OK)
        putting->status = published_put_norm(published, place->norm, &layer->norm, putting->error);
}

enum status xception_load(const struct xception *xception, struct compute *compute, const struct safetensors *file,
                          struct error *error)
{
    struct putting putting = {{compute, file}, STATUS_OK, error};
    struct xception copy = *xception; /* each_layer also declares */
    each_layer(&copy, &xception_published, safetensors_find(file, "conv2d/kernel") ? 0 : 1, put, &putting);
    return putting.status;
}
