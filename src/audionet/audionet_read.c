/* A network's tensors on the host and on the device. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audionet/audionet_internal.h"

/* Shapes were checked by audionet_shape_read. */
static const struct tensor_view *view_of(struct audionet *net, const char *name)
{
    return safetensors_find(net->weights.file, name);
}

static enum status check_finite(const struct audionet *net, const char *name, const float *values, int64_t count,
                                struct error *error)
{
    for (int64_t i = 0; i < count; i++)
        if (!isfinite(values[i]))
            return error_set(error, STATUS_BAD_DATA, "%s: tensor %s has a value that is not a finite number",
                             net->weights.path, name);
    return STATUS_OK;
}

enum status audionet_read(struct audionet *net, const char *name, float **values, int64_t *count, struct error *error)
{
    const struct tensor_view *view = view_of(net, name);
    *count = tensor_numbers(view);
    *values = malloc((size_t)*count * sizeof **values);
    if (!*values)
        return error_no_memory(error);
    tensor_floats(view, 0, *count, *values);
    return check_finite(net, name, *values, *count, error);
}

static enum status read_part(struct audionet *net, const char *layer, const char *part, float **values, int64_t *count,
                             struct error *error)
{
    char name[80];
    snprintf(name, sizeof name, "%s/%s", layer, part);
    return audionet_read(net, name, values, count, error);
}

enum status audionet_read_norm(struct audionet *net, int number, struct host_norm *norm, struct error *error)
{
    char layer[40] = "batch_normalization";
    float *mean = NULL, *variance = NULL;
    if (number > 0)
        snprintf(layer, sizeof layer, "batch_normalization_%d", number);
    enum status status = read_part(net, layer, "gamma", &norm->scale, &norm->width, error);
    if (status == STATUS_OK)
        status = read_part(net, layer, "beta", &norm->shift, &norm->width, error);
    if (status == STATUS_OK)
        status = read_part(net, layer, "moving_mean", &mean, &norm->width, error);
    if (status == STATUS_OK)
        status = read_part(net, layer, "moving_variance", &variance, &norm->width, error);
    for (int64_t i = 0; status == STATUS_OK && i < norm->width; i++) {
        double scale = (double)norm->scale[i] / sqrt(fmax((double)variance[i], 0) + AUDIONET_EPSILON);
        norm->scale[i] = (float)scale;
        norm->shift[i] = (float)((double)norm->shift[i] - (double)mean[i] * scale);
    }
    free(mean);
    free(variance);
    return status;
}

enum status audionet_read_filters(struct audionet *net, const char *name, struct host_filters *filters,
                                  struct error *error)
{
    int64_t count;
    char kernel[80];
    snprintf(kernel, sizeof kernel, "%s/kernel", name);
    const struct tensor_view *view = view_of(net, kernel);
    *filters = (struct host_filters){
        .time = view->shape[0], .frequency = view->shape[1], .in = view->shape[2], .out = view->shape[3]};
    enum status status = audionet_read(net, kernel, &filters->kernel, &count, error);
    return status == STATUS_OK ? read_part(net, name, "bias", &filters->bias, &count, error) : status;
}

void host_norm_free(struct host_norm *norm)
{
    free(norm->scale);
    free(norm->shift);
    *norm = (struct host_norm){0};
}

void host_filters_free(struct host_filters *filters)
{
    free(filters->kernel);
    free(filters->bias);
    *filters = (struct host_filters){0};
}

/* ---- on the device ---- */

enum status audionet_upload(struct audionet *net, const float *values, int64_t count, struct compute_slice *slice,
                            struct error *error)
{
    return device_weights_copy(&net->own, values, (size_t)count * sizeof *values, slice, error);
}

enum status audionet_memory(struct audionet *net, int64_t floats, struct compute_slice *slice, struct error *error)
{
    float *zeros = calloc((size_t)floats + 1, sizeof *zeros);
    if (!zeros)
        return error_no_memory(error);
    enum status status = audionet_upload(net, zeros, floats + 1, slice, error);
    free(zeros);
    return status;
}

enum status audionet_scale_load(struct audionet *net, const float *gain, const float *bias, int64_t width,
                                struct column_scale *scale, struct error *error)
{
    scale->width = width;
    float *unit = calloc((size_t)(2 * width) + 1, sizeof *unit);
    if (!unit)
        return error_no_memory(error);
    for (int64_t i = 0; i < width; i++)
        unit[width + i] = 1;
    enum status status = audionet_upload(net, unit, 2 * width, &scale->unit, error);
    if (status == STATUS_OK)
        status = audionet_upload(net, gain, width, &scale->gain, error);
    if (status == STATUS_OK)
        status = audionet_upload(net, bias, width, &scale->bias, error);
    free(unit);
    return status;
}

enum status audionet_scale_run(struct audionet *net, int64_t n, const struct column_scale *scale,
                               struct compute_slice x, struct compute_slice y, struct error *error)
{
    return net->compute->ops->network.batch_norm(net->compute->stream, false, 0, 0, n, net->padded, scale->width,
                                                 net->lengths, x, scale->gain, scale->bias, scale->unit, slice_none, y,
                                                 error);
}
