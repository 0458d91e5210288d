#include "audionet/published.h"

#include <stdio.h>

enum status published_put(const struct published *published, const char *layer, const char *part, int rank,
                          const int64_t shape[], struct compute_slice to, struct error *error)
{
    char name[96];
    const float *values;
    const struct tensor_view *view;
    const struct compute *compute = published->compute;
    snprintf(name, sizeof name, "%s/%s", layer, part);
    enum status status = safetensors_floats(published->file, name, rank, shape, &values, &view, error);
    return status == STATUS_OK ? compute->ops->buffer_write(compute->stream, to.buffer, to.offset * sizeof *values,
                                                            values, view->size, error)
                               : status;
}

enum status published_put_filters(const struct published *published, const char *layer, const struct window *window,
                                  const struct tensor *weight, const struct tensor *bias, struct error *error)
{
    const int64_t out = weight->columns;
    const int64_t shape[] = {window->time, window->frequency, weight->rows / (window->time * window->frequency), out};
    enum status status = published_put(published, layer, "kernel", 4, shape, weight->value, error);
    return status == STATUS_OK && bias ? published_put(published, layer, "bias", 1, &out, bias->value, error) : status;
}

enum status published_put_norm(const struct published *published, const char *layer, const struct channel_norm *norm,
                               struct error *error)
{
    static const char *const parts[4] = {"gamma", "beta", "moving_mean", "moving_variance"};
    const int64_t width = norm->norm.gain->columns;
    struct compute_slice variance = norm->running->value;
    variance.offset += (size_t)width;
    const struct compute_slice to[4] = {norm->norm.gain->value, norm->norm.bias->value, norm->running->value, variance};
    enum status status = STATUS_OK;
    for (int i = 0; status == STATUS_OK && i < 4; i++)
        status = published_put(published, layer, parts[i], 1, &width, to[i], error);
    return status;
}
