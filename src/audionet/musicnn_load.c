/* musicnn from its file to a device. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audionet/musicnn.h"

/* What is read from the file, and which features are computed. */
struct loading {
    struct audionet *net;
    struct musicnn *own;
    struct host_filters banks[MUSICNN_BANKS], middle[MUSICNN_MIDDLE];
    struct host_norm bank_norms[MUSICNN_BANKS], middle_norms[MUSICNN_MIDDLE], pool_norm, last_norm;
    float *dense, *dense_bias, *out, *out_bias; /* dense [D x E], out [E x N] */
    int64_t features;                           /* all of the front end */
    bool *computed;                             /* [features] */
    float *constant;                            /* [features] where not computed */
};

static void loading_free(struct loading *l)
{
    for (int i = 0; i < MUSICNN_BANKS; i++) {
        host_filters_free(&l->banks[i]);
        host_norm_free(&l->bank_norms[i]);
    }
    for (int i = 0; i < MUSICNN_MIDDLE; i++) {
        host_filters_free(&l->middle[i]);
        host_norm_free(&l->middle_norms[i]);
    }
    host_norm_free(&l->pool_norm);
    host_norm_free(&l->last_norm);
    free(l->dense);
    free(l->dense_bias);
    free(l->out);
    free(l->out_bias);
    free(l->computed);
    free(l->constant);
}

/* ---- reading ---- */

static enum status read_layers(struct loading *l, struct error *error)
{
    static const char *const banks[MUSICNN_BANKS] = {"conv2d", "conv2d_1", "conv2d_2", "conv2d_3", "conv2d_4"};
    static const char *const middle[MUSICNN_MIDDLE] = {"conv2d_5", "conv2d_6", "conv2d_7"};
    enum status status = STATUS_OK;
    for (int i = 0; status == STATUS_OK && i < MUSICNN_BANKS; i++) {
        status = audionet_read_filters(l->net, banks[i], &l->banks[i], error);
        if (status == STATUS_OK)
            status = audionet_read_norm(l->net, 1 + i, &l->bank_norms[i], error);
        l->features += l->banks[i].out;
    }
    for (int i = 0; status == STATUS_OK && i < MUSICNN_MIDDLE; i++) {
        status = audionet_read_filters(l->net, middle[i], &l->middle[i], error);
        if (status == STATUS_OK)
            status = audionet_read_norm(l->net, 6 + i, &l->middle_norms[i], error);
    }
    return status;
}

static enum status read_all(struct loading *l, struct error *error)
{
    const struct {
        const char *name;
        float **values;
    } tensors[] = {{"dense/kernel", &l->dense},
                   {"dense/bias", &l->dense_bias},
                   {"dense_1/kernel", &l->out},
                   {"dense_1/bias", &l->out_bias}};
    enum status status = read_layers(l, error);
    if (status == STATUS_OK)
        status = audionet_read_norm(l->net, 9, &l->pool_norm, error);
    if (status == STATUS_OK)
        status = audionet_read_norm(l->net, 10, &l->last_norm, error);
    for (size_t i = 0; status == STATUS_OK && i < sizeof tensors / sizeof *tensors; i++) {
        int64_t count;
        status = audionet_read(l->net, tensors[i].name, tensors[i].values, &count, error);
    }
    return status;
}

/* ---- features that are constant ---- */

/* The most by which a filter's response can differ from its bias, after batch normalisation. */
static double variation(const struct loading *l, const struct host_filters *bank, const struct host_norm *norm,
                        int64_t n)
{
    double weights = 0, shift = fabs((double)l->net->input_shift);
    double input = shift + fabs((double)l->net->input_scale) * AUDIONET_INPUT_MAX;
    for (int64_t k = 0; k < bank->time * bank->frequency; k++)
        weights += fabs((double)bank->kernel[k * bank->out + n]);
    return weights * input * fmax(fabs((double)norm->scale[n]), 1);
}

static enum status find_constants(struct loading *l, struct error *error)
{
    l->computed = calloc((size_t)l->features, sizeof *l->computed);
    l->constant = calloc((size_t)l->features, sizeof *l->constant);
    if (!l->computed || !l->constant)
        return error_no_memory(error);
    int64_t at = 0;
    for (int i = 0; i < MUSICNN_BANKS; i++) {
        const struct host_filters *bank = &l->banks[i];
        const struct host_norm *norm = &l->bank_norms[i];
        l->own->banks[i] = (struct musicnn_bank){bank->time, bank->frequency, 0, l->own->features, slice_none};
        for (int64_t n = 0; n < bank->out; n++, at++) {
            l->constant[at] = norm->scale[n] * fmaxf(bank->bias[n], 0) + norm->shift[n];
            l->computed[at] = at == 0 || variation(l, bank, norm, n) >= MUSICNN_VARIES_LEAST; /* one at least */
            l->own->banks[i].filters += l->computed[at];
            l->own->features += l->computed[at];
        }
    }
    l->net->n_filters = l->features;
    l->net->n_computed = l->own->features;
    return STATUS_OK;
}

/* ---- the front end ---- */

/* The maximum of a decreasing function is at the minimum, so filters whose norm has a negative scale are negated. */
static float sign_of(const struct host_norm *norm, int64_t n)
{
    return norm->scale[n] < 0 ? -1 : 1;
}

static enum status load_bank(struct loading *l, int i, const bool *computed, struct error *error)
{
    const struct host_filters *bank = &l->banks[i];
    struct musicnn_bank *own = &l->own->banks[i];
    int64_t depth = bank->time * bank->frequency;
    if (own->filters == 0)
        return STATUS_OK;
    float *kernel = malloc((size_t)(depth * own->filters) * sizeof *kernel), *to = kernel;
    if (!kernel)
        return error_no_memory(error);
    for (int64_t k = 0; k < depth; k++)
        for (int64_t n = 0; n < bank->out; n++)
            if (computed[n])
                *to++ = sign_of(&l->bank_norms[i], n) * bank->kernel[k * bank->out + n];
    enum status status = audionet_upload(l->net, kernel, depth * own->filters, &own->kernel, error);
    free(kernel);
    return status;
}

/* One number of each computed feature. */
enum feature_number { FEATURE_SIGN, FEATURE_BIAS, FEATURE_SCALE, FEATURE_SHIFT, FEATURE_NUMBERS };

static void collect(const struct loading *l, float *numbers[FEATURE_NUMBERS])
{
    int64_t at = 0, to = 0;
    for (int i = 0; i < MUSICNN_BANKS; i++)
        for (int64_t n = 0; n < l->banks[i].out; n++, at++) {
            if (!l->computed[at])
                continue;
            numbers[FEATURE_SIGN][to] = sign_of(&l->bank_norms[i], n);
            numbers[FEATURE_BIAS][to] = l->banks[i].bias[n];
            numbers[FEATURE_SCALE][to] = l->bank_norms[i].scale[n];
            numbers[FEATURE_SHIFT][to++] = l->bank_norms[i].shift[n];
        }
}

static enum status load_front(struct loading *l, struct error *error)
{
    int64_t count = l->own->features, at = 0;
    float *all = malloc((size_t)(FEATURE_NUMBERS * count) * sizeof *all), *numbers[FEATURE_NUMBERS];
    if (!all)
        return error_no_memory(error);
    for (int i = 0; i < FEATURE_NUMBERS; i++)
        numbers[i] = all + i * count;
    collect(l, numbers);
    enum status status =
        audionet_scale_load(l->net, numbers[FEATURE_SIGN], numbers[FEATURE_BIAS], count, &l->own->sign, error);
    if (status == STATUS_OK)
        status =
            audionet_scale_load(l->net, numbers[FEATURE_SCALE], numbers[FEATURE_SHIFT], count, &l->own->norm, error);
    for (int i = 0; status == STATUS_OK && i < MUSICNN_BANKS; at += l->banks[i++].out)
        status = load_bank(l, i, l->computed + at, error);
    free(all);
    return status;
}

/* ---- the middle ---- */

/* The first layer's bias at time t, with the constant features that its filters see there. */
static void bias_row(const struct loading *l, int64_t t, double *row)
{
    const struct host_filters *layer = &l->middle[0];
    int64_t frames = l->net->shape.frames;
    for (int64_t m = 0; m < layer->out; m++)
        row[m] = (double)layer->bias[m];
    for (int64_t i = 0; i < layer->time; i++) {
        if (t + i - MUSICNN_PADDING < 0 || t + i - MUSICNN_PADDING >= frames)
            continue;
        for (int64_t j = 0; j < l->features; j++)
            for (int64_t m = 0; !l->computed[j] && m < layer->out; m++)
                row[m] += (double)l->constant[j] * (double)layer->kernel[(i * l->features + j) * layer->out + m];
    }
}

static enum status load_bias_rows(struct loading *l, struct error *error)
{
    int64_t rows = l->net->padded, middle = l->own->middle, frames = l->net->shape.frames;
    float *all = calloc((size_t)(rows * middle), sizeof *all);
    double *row = malloc((size_t)middle * sizeof *row);
    enum status status = all && row ? STATUS_OK : error_no_memory(error);
    for (int64_t t = 0; status == STATUS_OK && t < rows; t++) {
        /* Only rows near the ends differ. */
        bool inner = t > MUSICNN_PADDING && t < frames - MUSICNN_PADDING;
        if (!inner)
            bias_row(l, t, row);
        for (int64_t m = 0; m < middle; m++)
            all[t * middle + m] = inner ? all[(t - 1) * middle + m] : (float)row[m];
    }
    if (status == STATUS_OK)
        status = audionet_upload(l->net, all, rows * middle, &l->own->bias_rows, error);
    free(all);
    free(row);
    return status;
}

/* The first layer's kernel without the constant features. */
static enum status load_first_kernel(struct loading *l, struct error *error)
{
    const struct host_filters *layer = &l->middle[0];
    int64_t count = layer->time * l->own->features * layer->out;
    float *kernel = malloc((size_t)count * sizeof *kernel), *to = kernel;
    if (!kernel)
        return error_no_memory(error);
    for (int64_t row = 0; row < layer->time * l->features; row++)
        if (l->computed[row % l->features]) {
            memcpy(to, layer->kernel + row * layer->out, (size_t)layer->out * sizeof *to);
            to += layer->out;
        }
    enum status status = audionet_upload(l->net, kernel, count, &l->own->kernels[0], error);
    free(kernel);
    return status;
}

static enum status load_middle(struct loading *l, struct error *error)
{
    enum status status = load_bias_rows(l, error);
    if (status == STATUS_OK)
        status = load_first_kernel(l, error);
    for (int i = 0; status == STATUS_OK && i < MUSICNN_MIDDLE; i++) {
        const struct host_filters *layer = &l->middle[i];
        status = audionet_scale_load(l->net, l->middle_norms[i].scale, l->middle_norms[i].shift, layer->out,
                                     &l->own->middle_norms[i], error);
        if (status == STATUS_OK && i > 0)
            status = audionet_upload(l->net, layer->kernel, layer->time * layer->frequency * layer->out,
                                     &l->own->kernels[i], error);
        if (status == STATUS_OK)
            status = audionet_upload(l->net, layer->bias, layer->out, &l->own->biases[i], error);
    }
    return status;
}

/* ---- the back end ---- */

/* The dense layer after the norm of the pooled features, which the file has in the order max, mean of each feature; on
 * the device all maxima are before all means. Writes a column of `dense` [width x pooled] or adds to the biases. */
static void place_pooled(const struct loading *l, int64_t feature, int64_t mean, int64_t column, int64_t pooled,
                         float *dense, double *biases)
{
    int64_t row = 2 * feature + mean, width = l->net->shape.width;
    bool constant = feature < l->features && !l->computed[feature];
    double scale = (double)l->pool_norm.scale[row], shift = (double)l->pool_norm.shift[row];
    for (int64_t e = 0; e < width; e++) {
        double weight = (double)l->dense[row * width + e];
        biases[e] += shift * weight;
        if (constant)
            biases[e] += scale * weight * (double)l->constant[feature];
        else
            dense[e * pooled + column] = (float)(scale * weight);
    }
}

static enum status load_dense(struct loading *l, struct error *error)
{
    int64_t all = l->features + MUSICNN_MIDDLE * l->own->middle, width = l->net->shape.width;
    int64_t half = l->own->features + MUSICNN_MIDDLE * l->own->middle, column = 0;
    float *dense = calloc((size_t)(2 * half * width), sizeof *dense), *bias = calloc((size_t)width, sizeof *bias);
    double *biases = calloc((size_t)width, sizeof *biases);
    enum status status = dense && bias && biases ? STATUS_OK : error_no_memory(error);
    for (int64_t feature = 0; status == STATUS_OK && feature < all; feature++) {
        place_pooled(l, feature, 0, column, 2 * half, dense, biases);
        place_pooled(l, feature, 1, half + column, 2 * half, dense, biases);
        column += feature >= l->features || l->computed[feature];
    }
    for (int64_t e = 0; status == STATUS_OK && e < width; e++)
        bias[e] = (float)(biases[e] + (double)l->dense_bias[e]);
    if (status == STATUS_OK)
        status = audionet_upload(l->net, dense, 2 * half * width, &l->own->dense, error);
    if (status == STATUS_OK)
        status = audionet_upload(l->net, bias, width, &l->own->dense_bias, error);
    free(dense);
    free(bias);
    free(biases);
    return status;
}

static enum status load_back(struct loading *l, struct error *error)
{
    const struct audionet_shape *shape = &l->net->shape;
    enum status status = load_dense(l, error);
    if (status == STATUS_OK)
        status = audionet_scale_load(l->net, l->last_norm.scale, l->last_norm.shift, shape->width, &l->own->last_norm,
                                     error);
    if (status == STATUS_OK)
        status = audionet_upload(l->net, l->out, shape->width * shape->tags, &l->own->out, error);
    return status == STATUS_OK ? audionet_upload(l->net, l->out_bias, shape->tags, &l->own->out_bias, error) : status;
}

/* ---- working memory ---- */

static enum status make_room(struct loading *l, struct error *error)
{
    struct musicnn *own = l->own;
    struct audionet *net = l->net;
    int64_t rows = net->batch * net->padded, wide = own->features > own->middle ? own->features : own->middle;
    enum status status = audionet_memory(net, rows * wide, &own->raw, error);
    if (status == STATUS_OK)
        status = audionet_memory(net, rows * wide, &own->other, error);
    for (int i = 0; status == STATUS_OK && i < MUSICNN_PARTS; i++)
        status = audionet_memory(net, (rows + MUSICNN_PADDING) * (i == 0 ? own->features : own->middle), &own->parts[i],
                                 error);
    if (status == STATUS_OK)
        status = audionet_memory(net, net->batch * wide, &own->means, error);
    if (status == STATUS_OK)
        status =
            audionet_memory(net, 2 * net->batch * (own->features + MUSICNN_MIDDLE * own->middle), &own->pooled, error);
    int64_t widest = net->shape.width > net->shape.tags ? net->shape.width : net->shape.tags;
    return status == STATUS_OK ? audionet_memory(net, net->batch * widest, &own->hidden, error) : status;
}

enum status musicnn_load(struct audionet *net, struct error *error)
{
    struct musicnn *own = calloc(1, sizeof *own);
    if (!own)
        return error_no_memory(error);
    net->state = own;
    struct loading l = {.net = net, .own = own};
    enum status status = read_all(&l, error);
    own->middle = l.middle[0].out;
    if (status == STATUS_OK)
        status = find_constants(&l, error);
    if (status == STATUS_OK)
        status = load_front(&l, error);
    if (status == STATUS_OK)
        status = load_middle(&l, error);
    if (status == STATUS_OK)
        status = load_back(&l, error);
    if (status == STATUS_OK)
        status = make_room(&l, error);
    loading_free(&l);
    return status;
}
