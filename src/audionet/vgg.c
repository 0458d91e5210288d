/* vgg: five layers of 3 x 3 filters, each with ReLU, batch normalisation and a maximum pool.
 *
 * As in musicnn.h, filters that weight decay has made vanish are not computed. What their constants add to the next
 * layer differs at the edges of the image, where the filters see padding, so it is stored as an image (`map`). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audionet/audionet_internal.h"

enum { LAYERS = 5, KERNEL = 3 };

/* Filters are left out if their results vary by less than this. */
#define VARIES_LEAST 1e-10

static const struct pool {
    int64_t time, frequency, stride_time, stride_frequency;
} pools[LAYERS] = {{4, 1, 2, 2}, {2, 2, 2, 2}, {2, 2, 2, 2}, {2, 2, 2, 2}, {4, 4, 4, 4}};

struct vgg_layer {
    int64_t time, frequency, in, out; /* of the convolution; its filters that are computed */
    int64_t pooled_time, pooled_frequency;
    struct compute_slice kernel, map; /* [3 x 3 x in x out], [time x frequency x out] */
    struct column_scale norm;
};

struct vgg {
    struct vgg_layer layers[LAYERS];
    struct compute_slice out, out_bias; /* [pooled x tags] */
    struct compute_slice images[2];     /* working memory */
};

/* What is known about the input of a layer. */
struct channels {
    int64_t count;
    bool *computed;
    float *constant;
    double *most; /* the largest absolute value */
};

static enum status channels_init(struct channels *channels, int64_t count, struct error *error)
{
    channels->count = count;
    channels->computed = calloc((size_t)count, sizeof *channels->computed);
    channels->constant = calloc((size_t)count, sizeof *channels->constant);
    channels->most = calloc((size_t)count, sizeof *channels->most);
    return channels->computed && channels->constant && channels->most ? STATUS_OK : error_no_memory(error);
}

static void channels_free(struct channels *channels)
{
    free(channels->computed);
    free(channels->constant);
    free(channels->most);
    *channels = (struct channels){0};
}

static int64_t count_computed(const struct channels *channels)
{
    int64_t count = 0;
    for (int64_t i = 0; i < channels->count; i++)
        count += channels->computed[i];
    return count;
}

/* ---- which filters are computed ---- */

/* The most that the computed channels can add to a filter's result. */
static double variation(const struct host_filters *filters, const struct channels *in, int64_t n)
{
    double sum = 0;
    for (int64_t k = 0; k < filters->time * filters->frequency * filters->in; k++)
        sum += in->computed[k % filters->in]
                   ? fabs((double)filters->kernel[k * filters->out + n]) * in->most[k % filters->in]
                   : 0;
    return sum;
}

static double constant_part(const struct host_filters *filters, const struct channels *in, int64_t n)
{
    double sum = 0;
    for (int64_t k = 0; k < filters->time * filters->frequency * filters->in; k++)
        sum += in->computed[k % filters->in]
                   ? 0
                   : fabs((double)filters->kernel[k * filters->out + n]) * fabs((double)in->constant[k % filters->in]);
    return sum;
}

/* A filter is only left out if the constant channels add nothing either, so that its result is one number. */
static void find_constants(const struct host_filters *filters, const struct host_norm *norm, const struct channels *in,
                           bool last, struct channels *out)
{
    for (int64_t n = 0; n < filters->out; n++) {
        double vary = variation(filters, in, n) + constant_part(filters, in, n);
        double scale = fabs((double)norm->scale[n]);
        out->computed[n] = last || n == 0 || vary * fmax(scale, 1) >= VARIES_LEAST; /* one at least */
        out->constant[n] = norm->scale[n] * fmaxf(filters->bias[n], 0) + norm->shift[n];
        out->most[n] = scale * (vary + fabs((double)filters->bias[n])) + fabs((double)norm->shift[n]);
    }
}

/* ---- loading ---- */

static enum status load_kernel(struct audionet *net, const struct host_filters *filters, const struct channels *in,
                               const struct channels *out, struct vgg_layer *layer, struct error *error)
{
    int64_t taps = filters->time * filters->frequency, count = taps * layer->in * layer->out;
    float *kernel = malloc((size_t)count * sizeof *kernel), *to = kernel;
    if (!kernel)
        return error_no_memory(error);
    for (int64_t k = 0; k < taps * filters->in; k++)
        for (int64_t n = 0; in->computed[k % filters->in] && n < filters->out; n++)
            if (out->computed[n])
                *to++ = filters->kernel[k * filters->out + n];
    enum status status = audionet_upload(net, kernel, count, &layer->kernel, error);
    free(kernel);
    return status;
}

/* What the constant channels add to filter n through tap (a, b). */
static double tap_sum(const struct host_filters *filters, const struct channels *in, int64_t a, int64_t b, int64_t n)
{
    double sum = 0;
    for (int64_t j = 0; j < filters->in; j++)
        if (!in->computed[j])
            sum += (double)in->constant[j] *
                   (double)filters->kernel[((a * filters->frequency + b) * filters->in + j) * filters->out + n];
    return sum;
}

/* Adds tap (a, b)'s sum where it is inside of the image. */
static void add_tap(const struct vgg_layer *layer, int64_t a, int64_t b, double sum, int64_t column, double *map)
{
    for (int64_t t = 0; t < layer->time; t++)
        for (int64_t f = 0; f < layer->frequency; f++) {
            int64_t at = t + a - 1, with = f + b - 1;
            if (at >= 0 && at < layer->time && with >= 0 && with < layer->frequency)
                map[(t * layer->frequency + f) * layer->out + column] += sum;
        }
}

static void fill_map(const struct host_filters *filters, const struct channels *in, const struct channels *out,
                     const struct vgg_layer *layer, double *map)
{
    int64_t column = 0;
    for (int64_t n = 0; n < filters->out; n++) {
        if (!out->computed[n])
            continue;
        for (int64_t i = 0; i < layer->time * layer->frequency; i++)
            map[i * layer->out + column] = (double)filters->bias[n];
        for (int64_t tap = 0; tap < KERNEL * KERNEL; tap++)
            add_tap(layer, tap / KERNEL, tap % KERNEL, tap_sum(filters, in, tap / KERNEL, tap % KERNEL, n), column,
                    map);
        column++;
    }
}

static enum status load_map(struct audionet *net, const struct host_filters *filters, const struct channels *in,
                            const struct channels *out, struct vgg_layer *layer, struct error *error)
{
    int64_t count = layer->time * layer->frequency * layer->out;
    double *map = malloc((size_t)count * sizeof *map);
    float *rounded = malloc((size_t)count * sizeof *rounded);
    enum status status = map && rounded ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK) {
        fill_map(filters, in, out, layer, map);
        for (int64_t i = 0; i < count; i++)
            rounded[i] = (float)map[i];
        status = audionet_upload(net, rounded, count, &layer->map, error);
    }
    free(map);
    free(rounded);
    return status;
}

static enum status load_norm(struct audionet *net, const struct host_norm *norm, const struct channels *out,
                             struct vgg_layer *layer, struct error *error)
{
    float *scale = malloc((size_t)layer->out * sizeof *scale), *shift = malloc((size_t)layer->out * sizeof *shift);
    enum status status = scale && shift ? STATUS_OK : error_no_memory(error);
    for (int64_t n = 0, column = 0; status == STATUS_OK && n < out->count; n++) {
        if (!out->computed[n])
            continue;
        scale[column] = norm->scale[n];
        shift[column++] = norm->shift[n];
    }
    if (status == STATUS_OK)
        status = audionet_scale_load(net, scale, shift, layer->out, &layer->norm, error);
    free(scale);
    free(shift);
    return status;
}

/* Loads a layer and replaces *channels by what is known about its result. */
static enum status load_layer(struct audionet *net, int i, struct channels *channels, struct error *error)
{
    struct vgg_layer *layer = &((struct vgg *)net->state)->layers[i];
    struct host_filters filters = {0};
    struct host_norm norm = {0};
    struct channels out = {0};
    char name[16];
    snprintf(name, sizeof name, "%dCNN", i + 1);
    enum status status = audionet_read_filters(net, name, &filters, error);
    if (status == STATUS_OK)
        status = audionet_read_norm(net, i + 1, &norm, error);
    if (status == STATUS_OK)
        status = channels_init(&out, filters.out, error);
    if (status == STATUS_OK) {
        find_constants(&filters, &norm, channels, i == LAYERS - 1, &out);
        layer->in = count_computed(channels);
        layer->out = count_computed(&out);
        net->n_filters += filters.out;
        net->n_computed += layer->out;
        status = load_kernel(net, &filters, channels, &out, layer, error);
    }
    if (status == STATUS_OK)
        status = load_map(net, &filters, channels, &out, layer, error);
    if (status == STATUS_OK)
        status = load_norm(net, &norm, &out, layer, error);
    host_filters_free(&filters);
    host_norm_free(&norm);
    channels_free(channels);
    *channels = out;
    return status;
}

static void set_sizes(struct vgg *own, const struct audionet_shape *shape)
{
    int64_t time = shape->frames, frequency = shape->mels;
    for (int i = 0; i < LAYERS; i++) {
        struct vgg_layer *layer = &own->layers[i];
        layer->time = time;
        layer->frequency = frequency;
        time = layer->pooled_time = (time - pools[i].time) / pools[i].stride_time + 1;
        frequency = layer->pooled_frequency = (frequency - pools[i].frequency) / pools[i].stride_frequency + 1;
    }
}

static enum status load_out(struct audionet *net, struct error *error)
{
    struct vgg *own = net->state;
    float *kernel = NULL, *bias = NULL;
    int64_t count;
    enum status status = audionet_read(net, "dense/kernel", &kernel, &count, error);
    if (status == STATUS_OK)
        status = audionet_upload(net, kernel, count, &own->out, error);
    if (status == STATUS_OK)
        status = audionet_read(net, "dense/bias", &bias, &count, error);
    if (status == STATUS_OK)
        status = audionet_upload(net, bias, count, &own->out_bias, error);
    free(kernel);
    free(bias);
    return status;
}

static enum status make_room(struct audionet *net, struct error *error)
{
    struct vgg *own = net->state;
    int64_t most = net->shape.tags;
    for (int i = 0; i < LAYERS; i++) {
        const struct vgg_layer *layer = &own->layers[i];
        int64_t size = layer->time * layer->frequency * layer->out;
        most = size > most ? size : most;
    }
    enum status status = audionet_memory(net, net->batch * most, &own->images[0], error);
    return status == STATUS_OK ? audionet_memory(net, net->batch * most, &own->images[1], error) : status;
}

static enum status vgg_load(struct audionet *net, struct error *error)
{
    struct vgg *own = calloc(1, sizeof *own);
    struct channels channels = {0};
    if (!own)
        return error_no_memory(error);
    net->state = own;
    set_sizes(own, &net->shape);
    enum status status = channels_init(&channels, 1, error);
    if (status == STATUS_OK) {
        channels.computed[0] = true;
        channels.most[0] = fabs((double)net->input_shift) + fabs((double)net->input_scale) * AUDIONET_INPUT_MAX;
    }
    for (int i = 0; status == STATUS_OK && i < LAYERS; i++)
        status = load_layer(net, i, &channels, error);
    channels_free(&channels);
    if (status == STATUS_OK)
        status = load_out(net, error);
    return status == STATUS_OK ? make_room(net, error) : status;
}

/* ---- running ---- */

/* Reads X or, in the first layer, the patches; leaves the pooled result in `to`. */
static enum status run_layer(struct audionet *net, const struct vgg_layer *layer, const struct pool *pool, int64_t n,
                             struct compute_slice from, struct compute_slice to, struct compute_slice pooled,
                             struct error *error)
{
    const struct compute_network_ops *ops = &net->compute->ops->network;
    struct compute_stream *stream = net->compute->stream;
    int64_t pixels = layer->time * layer->frequency, size = pixels * layer->out;
    const struct compute_window filters = {
        n, layer->time, layer->frequency, layer->in, layer->time, layer->frequency, layer->out, KERNEL, KERNEL, 1, 1, 1,
        1};
    const struct compute_window largest = {
        n,          layer->time, layer->frequency, layer->out,        layer->pooled_time,     layer->pooled_frequency,
        layer->out, pool->time,  pool->frequency,  pool->stride_time, pool->stride_frequency, 0,
        0};
    enum status status =
        ops->convolution(stream, ACTIVATION_IDENTITY, &filters, from, layer->kernel, slice_none, to, error);
    for (int64_t b = 0; status == STATUS_OK && b < n; b++)
        status = ops->add_scaled(stream, size, 1, layer->map, 1, slice_at(to, b * size), error);
    if (status == STATUS_OK)
        status =
            ops->activate(stream, ACTIVATION_RELU, n * pixels, layer->out, to, slice_none, no_dropout, pooled, error);
    if (status == STATUS_OK)
        status = ops->batch_norm(stream, false, 0, 0, n, pixels, layer->out, slice_none, pooled, layer->norm.gain,
                                 layer->norm.bias, layer->norm.unit, slice_none, to, error);
    return status == STATUS_OK ? ops->max_pool(stream, &largest, to, slice_none, pooled, error) : status;
}

static enum status vgg_run(struct audionet *net, int64_t n, struct error *error)
{
    const struct vgg *own = net->state;
    const struct compute_ops *ops = net->compute->ops;
    struct compute_stream *stream = net->compute->stream;
    const struct audionet_shape *shape = &net->shape;
    struct compute_slice x = net->input;
    enum status status = STATUS_OK;
    for (int i = 0; status == STATUS_OK && i < LAYERS; i++) {
        status = run_layer(net, &own->layers[i], &pools[i], n, x, own->images[0], own->images[1], error);
        x = own->images[1];
    }
    if (status == STATUS_OK)
        status = ops->network.add_scaled(stream, n * shape->width, 1, x, 0, net->embedding, error);
    if (status == STATUS_OK)
        status = ops->gemm(stream, false, false, n, shape->tags, shape->width, 1, net->embedding, own->out, 0,
                           own->images[0], error);
    return status == STATUS_OK ? ops->network.activate(stream, ACTIVATION_IDENTITY, n, shape->tags, own->images[0],
                                                       own->out_bias, no_dropout, net->logits, error)
                               : status;
}

const struct audionet_ops audionet_vgg = {
    .batch_host = 4, .batch_device = 64, .load = vgg_load, .run = vgg_run, .free = free};
