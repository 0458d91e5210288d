#include "audionet/audionet.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audionet/audionet_internal.h"

static const struct audionet_ops *const families[AUDIONET_FAMILIES] = {
    [AUDIONET_MUSICNN] = &audionet_musicnn,
    [AUDIONET_VGG] = &audionet_vgg,
};

/* ---- names of the tags: metadata "tags", one a line ---- */

static enum status name_tag(struct audionet *net, int64_t i, const char **rest, struct error *error)
{
    enum { NAME_MAX_ = 80 };
    size_t size = *rest ? strcspn(*rest, "\n") : 0;
    char numbered[32];
    snprintf(numbered, sizeof numbered, "tag %lld", (long long)i + 1);
    net->tags[i] = size > 0 ? strndup(*rest, size < NAME_MAX_ ? size : NAME_MAX_) : strdup(numbered);
    if (*rest)
        *rest += size + ((*rest)[size] == '\n');
    return net->tags[i] ? STATUS_OK : error_no_memory(error);
}

static enum status name_tags(struct audionet *net, struct error *error)
{
    const char *rest = safetensors_metadata(net->weights.file, "tags");
    net->tags = calloc((size_t)net->shape.tags + 1, sizeof *net->tags);
    enum status status = net->tags ? STATUS_OK : error_no_memory(error);
    for (int64_t i = 0; status == STATUS_OK && i < net->shape.tags; i++)
        status = name_tag(net, i, &rest, error);
    return status;
}

/* ---- opening ---- */

static enum status read_input_norm(struct audionet *net, struct error *error)
{
    struct host_norm norm = {0};
    enum status status = audionet_read_norm(net, 0, &norm, error);
    if (status == STATUS_OK) {
        net->input_scale = norm.scale[0];
        net->input_shift = norm.shift[0];
    }
    host_norm_free(&norm);
    return status;
}

static enum status make_room(struct audionet *net, struct error *error)
{
    const struct audionet_shape *shape = &net->shape;
    bool host;
    enum status status = audionet_memory(net, 1, &net->input, error); /* to see where the device's memory is */
    if (status != STATUS_OK)
        return status;
    host = net->compute->ops->buffer_host(net->input.buffer) != NULL;
    net->batch = host ? net->ops->batch_host : net->ops->batch_device;
    net->padded = shape->frames + net->ops->padding;
    int64_t floats = net->batch * net->padded * shape->mels;
    status = audionet_memory(net, floats, &net->input, error);
    if (status == STATUS_OK)
        status = audionet_memory(net, net->batch * shape->width, &net->embedding, error);
    if (status == STATUS_OK)
        status = audionet_memory(net, net->batch * shape->tags, &net->logits, error);
    net->staged = calloc((size_t)floats, sizeof *net->staged);
    int32_t *lengths = malloc((size_t)net->batch * sizeof *lengths);
    if (status == STATUS_OK && (!net->staged || !lengths))
        status = error_no_memory(error);
    for (int64_t i = 0; status == STATUS_OK && i < net->batch; i++)
        lengths[i] = (int32_t)shape->frames;
    if (status == STATUS_OK)
        status = device_weights_copy(&net->own, lengths, (size_t)net->batch * sizeof *lengths, &net->lengths, error);
    free(lengths);
    return status;
}

static enum status open_network(const char *path, struct audionet *net, struct error *error)
{
    enum status status = weights_open(path, &net->weights, error);
    if (status == STATUS_OK)
        status = audionet_shape_read(&net->weights, &net->shape, error);
    if (status != STATUS_OK)
        return status;
    net->ops = families[net->shape.family];
    status = name_tags(net, error);
    if (status == STATUS_OK)
        status = read_input_norm(net, error);
    if (status == STATUS_OK)
        status = make_room(net, error);
    if (status == STATUS_OK)
        status = net->ops->load(net, error);
    return status == STATUS_OK && mapped_files_cut() != net->cut ? mapped_files_failed(error) : status;
}

enum status audionet_open(const char *path, struct compute *compute, struct audionet **net, struct error *error)
{
    *net = calloc(1, sizeof **net);
    if (!*net)
        return error_no_memory(error);
    **net = (struct audionet){.compute = compute, .own = {.compute = compute}, .cut = mapped_files_cut()};
    enum status status = open_network(path, *net, error);
    if (status != STATUS_OK) {
        audionet_close(*net);
        *net = NULL;
    }
    return status;
}

void audionet_close(struct audionet *net)
{
    if (!net)
        return;
    if (net->ops)
        net->ops->free(net->state);
    for (int64_t i = 0; net->tags && i < net->shape.tags; i++)
        free(net->tags[i]);
    free(net->tags);
    free(net->staged);
    device_weights_free(&net->own);
    weights_close(&net->weights);
    free(net);
}

const struct audionet_shape *audionet_shape_of(const struct audionet *net)
{
    return &net->shape;
}

const struct weights *audionet_weights(const struct audionet *net)
{
    return &net->weights;
}

const char *audionet_tag(const struct audionet *net, int64_t i)
{
    return net->tags[i];
}

void audionet_filters(const struct audionet *net, int64_t *computed, int64_t *all)
{
    *computed = net->n_computed;
    *all = net->n_filters;
}

int64_t audionet_batch(const struct audionet *net)
{
    return net->batch;
}

/* ---- running ---- */

/* Normalised patches with rows of zeros behind each. */
static void stage(struct audionet *net, int64_t n, const float *patches)
{
    int64_t size = net->shape.frames * net->shape.mels, padded = net->padded * net->shape.mels;
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < size; k++)
            net->staged[i * padded + k] = patches[i * size + k] * net->input_scale + net->input_shift;
}

static float sigmoid(float x)
{
    return 1 / (1 + expf(-x));
}

static enum status read_results(struct audionet *net, int64_t n, float *embeddings, float *tags, struct error *error)
{
    const struct compute_ops *ops = net->compute->ops;
    struct compute_stream *stream = net->compute->stream;
    const struct audionet_shape *shape = &net->shape;
    enum status status = STATUS_OK;
    if (embeddings)
        status = ops->buffer_read(stream, net->embedding.buffer, 0, embeddings,
                                  (size_t)(n * shape->width) * sizeof *embeddings, error);
    if (tags && status == STATUS_OK)
        status = ops->buffer_read(stream, net->logits.buffer, 0, tags, (size_t)(n * shape->tags) * sizeof *tags, error);
    for (int64_t i = 0; tags && status == STATUS_OK && i < n * shape->tags; i++)
        tags[i] = sigmoid(tags[i]);
    return status;
}

static enum status run_batch(struct audionet *net, int64_t n, const float *patches, float *embeddings, float *tags,
                             struct error *error)
{
    stage(net, n, patches);
    enum status status =
        net->compute->ops->buffer_write(net->compute->stream, net->input.buffer, 0, net->staged,
                                        (size_t)(n * net->padded * net->shape.mels) * sizeof *net->staged, error);
    if (status == STATUS_OK)
        status = net->ops->run(net, n, error);
    return status == STATUS_OK ? read_results(net, n, embeddings, tags, error) : status;
}

enum status audionet_run(struct audionet *net, int64_t n, const float *patches, float *embeddings, float *tags,
                         struct error *error)
{
    const struct audionet_shape *shape = &net->shape;
    enum status status = STATUS_OK;
    for (int64_t first = 0; status == STATUS_OK && first < n; first += net->batch)
        status = run_batch(
            net, n - first < net->batch ? n - first : net->batch, patches + first * shape->frames * shape->mels,
            embeddings ? embeddings + first * shape->width : NULL, tags ? tags + first * shape->tags : NULL, error);
    return status;
}
