/* musicnn's forward pass. */
#include "audionet/musicnn.h"

#include <stdlib.h>

static struct compute_slice rows_of(const struct musicnn *own, int part)
{
    return slice_at(own->parts[part], MUSICNN_PADDING * (part == 0 ? own->features : own->middle));
}

/* Responses of all filters, their largest over frequency, ReLU, norm. */
static enum status run_front(struct audionet *net, const struct musicnn *own, int64_t n, struct error *error)
{
    const struct compute_ops *ops = net->compute->ops;
    struct compute_stream *stream = net->compute->stream;
    enum status status = STATUS_OK;
    for (int i = 0; status == STATUS_OK && i < MUSICNN_BANKS; i++) {
        const struct musicnn_bank *bank = &own->banks[i];
        if (bank->filters > 0)
            status =
                ops->filter_peaks(stream, n, net->padded, net->shape.mels, bank->time, bank->frequency, bank->filters,
                                  net->input, bank->kernel, slice_at(own->raw, bank->first), own->features, error);
    }
    if (status == STATUS_OK)
        status = audionet_scale_run(net, n, &own->sign, own->raw, own->other, error);
    if (status == STATUS_OK)
        status = ops->network.activate(stream, ACTIVATION_RELU, n * net->padded, own->features, own->other, slice_none,
                                       no_dropout, own->raw, error);
    return status == STATUS_OK ? audionet_scale_run(net, n, &own->norm, own->raw, rows_of(own, 0), error) : status;
}

/* Adds a convolution over time to `raw`: row r is the sum of the products with rows r - 3 .. r + 3. */
static enum status add_convolution(struct audionet *net, const struct musicnn *own, int64_t n, int layer,
                                   struct error *error)
{
    int64_t in = layer == 0 ? own->features : own->middle, rows = n * net->padded - MUSICNN_PADDING;
    enum status status = STATUS_OK;
    for (int64_t i = 0; status == STATUS_OK && i < MUSICNN_KERNEL; i++)
        status = net->compute->ops->gemm(
            net->compute->stream, false, false, rows, own->middle, in, 1, slice_at(own->parts[layer], i * in),
            slice_at(own->kernels[layer], i * in * own->middle), i > 0 || layer == 0, own->raw, error);
    return status;
}

/* The first layer's sums begin with its bias and the constant features. */
static enum status begin_first(struct audionet *net, const struct musicnn *own, int64_t n, struct error *error)
{
    int64_t size = net->padded * own->middle;
    enum status status = STATUS_OK;
    for (int64_t b = 0; status == STATUS_OK && b < n; b++)
        status = net->compute->ops->network.add_scaled(net->compute->stream, size, 1, own->bias_rows, 0,
                                                       slice_at(own->raw, b * size), error);
    return status;
}

static enum status run_middle(struct audionet *net, const struct musicnn *own, int64_t n, int layer,
                              struct error *error)
{
    const struct compute_network_ops *ops = &net->compute->ops->network;
    struct compute_stream *stream = net->compute->stream;
    int64_t rows = n * net->padded;
    enum status status = layer == 0 ? begin_first(net, own, n, error) : STATUS_OK;
    if (status == STATUS_OK)
        status = add_convolution(net, own, n, layer, error);
    if (status == STATUS_OK)
        status = ops->activate(stream, ACTIVATION_RELU, rows, own->middle, own->raw,
                               layer == 0 ? slice_none : own->biases[layer], no_dropout, own->other, error);
    if (status == STATUS_OK)
        status = audionet_scale_run(net, n, &own->middle_norms[layer], own->other, rows_of(own, layer + 1), error);
    return status == STATUS_OK && layer > 0
               ? ops->add_scaled(stream, rows * own->middle, 1, rows_of(own, layer), 1, rows_of(own, layer + 1), error)
               : status;
}

/* Maxima and means of a part over the frames into its columns of `pooled`. */
static enum status pool_part(struct audionet *net, const struct musicnn *own, int64_t n, int part, struct error *error)
{
    const struct compute_network_ops *ops = &net->compute->ops->network;
    struct compute_stream *stream = net->compute->stream;
    int64_t d = part == 0 ? own->features : own->middle, half = own->features + MUSICNN_MIDDLE * own->middle;
    int64_t column = part == 0 ? 0 : own->features + (part - 1) * own->middle;
    struct compute_slice x = rows_of(own, part);
    enum status status = ops->running_max(stream, n, net->padded, d, x, slice_none, own->raw, error);
    if (status == STATUS_OK)
        status = ops->copy_columns(stream, n, d, 1, slice_at(own->raw, (net->shape.frames - 1) * d), net->padded * d, 0,
                                   slice_at(own->pooled, column), 2 * half, error);
    if (status == STATUS_OK)
        status = ops->sequence_mean(stream, n, net->padded, d, net->lengths, x, own->means, error);
    return status == STATUS_OK ? ops->copy_columns(stream, n, d, 1, own->means, d, 0,
                                                   slice_at(own->pooled, half + column), 2 * half, error)
                               : status;
}

static enum status run_back(struct audionet *net, const struct musicnn *own, int64_t n, struct error *error)
{
    const struct compute_ops *ops = net->compute->ops;
    struct compute_stream *stream = net->compute->stream;
    const struct audionet_shape *shape = &net->shape;
    int64_t pooled = 2 * (own->features + MUSICNN_MIDDLE * own->middle);
    enum status status = ops->network.dense(stream, ACTIVATION_RELU, n, pooled, shape->width, own->pooled, own->dense,
                                            own->dense_bias, no_dropout, slice_none, own->hidden, error);
    if (status == STATUS_OK)
        status = ops->network.batch_norm(stream, false, 0, 0, 1, n, shape->width, slice_none, own->hidden,
                                         own->last_norm.gain, own->last_norm.bias, own->last_norm.unit, slice_none,
                                         net->embedding, error);
    if (status == STATUS_OK)
        status = ops->gemm(stream, false, false, n, shape->tags, shape->width, 1, net->embedding, own->out, 0,
                           own->hidden, error);
    return status == STATUS_OK ? ops->network.activate(stream, ACTIVATION_IDENTITY, n, shape->tags, own->hidden,
                                                       own->out_bias, no_dropout, net->logits, error)
                               : status;
}

static enum status musicnn_run(struct audionet *net, int64_t n, struct error *error)
{
    const struct musicnn *own = net->state;
    enum status status = run_front(net, own, n, error);
    for (int i = 0; status == STATUS_OK && i < MUSICNN_MIDDLE; i++)
        status = run_middle(net, own, n, i, error);
    for (int i = 0; status == STATUS_OK && i < MUSICNN_PARTS; i++)
        status = pool_part(net, own, n, i, error);
    return status == STATUS_OK ? run_back(net, own, n, error) : status;
}

const struct audionet_ops audionet_musicnn = {
    .padding = MUSICNN_PADDING,
    .batch_host = 8,
    .batch_device = 64,
    .load = musicnn_load,
    .run = musicnn_run,
    .free = free,
};
