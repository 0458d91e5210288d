/* vgg: five layers of 3 x 3 filters, each with ReLU, batch normalisation and a maximum pool.
 *
 * As in musicnn.h, filters that weight decay has made vanish are not computed. What their constants add to the next
 * layer differs at the edges of the image, where the filters see padding. So one more channel, of ones, stands for all
 * of them: the next layer's filters for it hold what the constants add through each tap.
 *
 * The maxima are taken before ReLU and the normalisation, which so have fewer numbers to work on: both are monotonic,
 * in every rounding, too. Where the normalisation has a factor below 0, it needs the minimum; such filters are computed
 * with the opposite sign (`flip`). */
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
    int64_t time, frequency, in, out; /* of the convolution; channels that are computed, and that of ones */
    int64_t pooled_time, pooled_frequency;
    struct compute_slice kernel, bias; /* [3 x 3 x in x out], [out] */
    struct column_scale flip, norm;
    bool flips; /* some filters have the opposite sign */
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

/* What the constant channels add to filter n through a tap. */
static double tap_sum(const struct host_filters *filters, const struct channels *in, int64_t tap, int64_t n)
{
    double sum = 0;
    for (int64_t j = 0; j < filters->in; j++)
        if (!in->computed[j])
            sum += (double)in->constant[j] * (double)filters->kernel[(tap * filters->in + j) * filters->out + n];
    return sum;
}

/* Whether a channel of ones is needed for those that are not computed. */
static bool has_ones(const struct channels *channels)
{
    return count_computed(channels) < channels->count;
}

static float sign_of(const struct host_norm *norm, int64_t n)
{
    return norm->scale[n] < 0 ? -1.0F : 1.0F;
}

/* The filters that are computed, over the channels that are; then those of the channels of ones. */
static enum status load_kernel(struct audionet *net, const struct host_filters *filters, const struct host_norm *norm,
                               const struct channels *in, const struct channels *out, struct vgg_layer *layer,
                               struct error *error)
{
    const int64_t taps = filters->time * filters->frequency, count = taps * layer->in * layer->out;
    float *kernel = calloc((size_t)count, sizeof *kernel), *bias = calloc((size_t)layer->out, sizeof *bias);
    enum status status = kernel && bias ? STATUS_OK : error_no_memory(error);
    for (int64_t n = 0, column = 0; status == STATUS_OK && n < filters->out; n++) {
        if (!out->computed[n])
            continue;
        const float sign = sign_of(norm, n);
        bias[column] = sign * filters->bias[n];
        for (int64_t tap = 0; tap < taps; tap++) {
            float *to = kernel + tap * layer->in * layer->out + column;
            for (int64_t j = 0; j < filters->in; j++)
                if (in->computed[j]) {
                    *to = sign * filters->kernel[(tap * filters->in + j) * filters->out + n];
                    to += layer->out;
                }
            if (has_ones(in))
                *to = sign * (float)tap_sum(filters, in, tap, n);
        }
        column++;
    }
    if (status == STATUS_OK && has_ones(out))
        bias[layer->out - 1] = 1;
    if (status == STATUS_OK)
        status = audionet_upload(net, kernel, count, &layer->kernel, error);
    if (status == STATUS_OK)
        status = audionet_upload(net, bias, layer->out, &layer->bias, error);
    free(kernel);
    free(bias);
    return status;
}

static enum status load_norm(struct audionet *net, const struct host_norm *norm, const struct channels *out,
                             struct vgg_layer *layer, struct error *error)
{
    const size_t width = (size_t)layer->out;
    float *signs = malloc(width * sizeof *signs), *scale = malloc(width * sizeof *scale);
    float *shift = calloc(width, sizeof *shift), *zeros = calloc(width, sizeof *zeros);
    enum status status = signs && scale && shift && zeros ? STATUS_OK : error_no_memory(error);
    int64_t column = 0;
    for (int64_t n = 0; status == STATUS_OK && n < out->count; n++) {
        if (!out->computed[n])
            continue;
        signs[column] = sign_of(norm, n);
        scale[column] = norm->scale[n];
        shift[column++] = norm->shift[n];
        layer->flips = layer->flips || norm->scale[n] < 0;
    }
    for (; status == STATUS_OK && column < layer->out; column++)
        signs[column] = scale[column] = 1; /* that of ones */
    if (status == STATUS_OK && layer->flips)
        status = audionet_scale_load(net, signs, zeros, layer->out, &layer->flip, error);
    if (status == STATUS_OK)
        status = audionet_scale_load(net, scale, shift, layer->out, &layer->norm, error);
    free(signs);
    free(scale);
    free(shift);
    free(zeros);
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
        layer->in = count_computed(channels) + has_ones(channels);
        layer->out = count_computed(&out) + has_ones(&out);
        net->n_filters += filters.out;
        net->n_computed += count_computed(&out);
        status = load_kernel(net, &filters, &norm, channels, &out, layer, error);
    }
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

static enum status normalise(struct audionet *net, const struct column_scale *scale, int64_t n, int64_t pixels,
                             struct compute_slice from, struct compute_slice to, struct error *error)
{
    return net->compute->ops->network.batch_norm(net->compute->stream, false, 0, 0, n, pixels, scale->width, slice_none,
                                                 from, scale->gain, scale->bias, scale->unit, slice_none, to, error);
}

/* Reads X, which may be images[1], and leaves the result in images[0]. */
static enum status run_layer(struct audionet *net, const struct vgg_layer *layer, const struct pool *pool, int64_t n,
                             struct compute_slice from, const struct compute_slice images[2], struct error *error)
{
    const struct compute_network_ops *ops = &net->compute->ops->network;
    struct compute_stream *stream = net->compute->stream;
    const int64_t pixels = layer->pooled_time * layer->pooled_frequency;
    const struct compute_window filters = {
        n, layer->time, layer->frequency, layer->in, layer->time, layer->frequency, layer->out, KERNEL, KERNEL, 1, 1, 1,
        1};
    const struct compute_window largest = {
        n,          layer->time, layer->frequency, layer->out,        layer->pooled_time,     layer->pooled_frequency,
        layer->out, pool->time,  pool->frequency,  pool->stride_time, pool->stride_frequency, 0,
        0};
    const enum activation f = layer->flips ? ACTIVATION_IDENTITY : ACTIVATION_RELU;
    enum status status = ops->convolution(stream, f, &filters, from, layer->kernel, layer->bias, images[0], error);
    if (status == STATUS_OK)
        status = ops->max_pool(stream, &largest, images[0], slice_none, images[1], error);
    if (status == STATUS_OK && layer->flips)
        status = normalise(net, &layer->flip, n, pixels, images[1], images[0], error);
    if (status == STATUS_OK && layer->flips)
        status = ops->activate(stream, ACTIVATION_RELU, n * pixels, layer->out, images[0], slice_none, no_dropout,
                               images[1], error);
    return status == STATUS_OK ? normalise(net, &layer->norm, n, pixels, images[1], images[0], error) : status;
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
        const struct compute_slice images[] = {own->images[i % 2 == 0], own->images[i % 2]};
        status = run_layer(net, &own->layers[i], &pools[i], n, x, images, error);
        x = images[0];
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
