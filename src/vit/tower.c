#include "vit/tower.h"

#include <stdlib.h>
#include <string.h>

#include "vit/tower_rules.h"

/* Tokens computed together, unless a picture has more: enough for the rate of the matrix products. */
enum { CPU_ROWS_MAX = 2048, DEVICE_ROWS_MAX = 16384 };

static const struct compute_slice none;
static const struct dropout no_dropout;

/* ---- opening ---- */

static enum status require(struct vit_tower *tower, enum tower_tensor tensor, const struct tensor_view **view,
                           struct error *error)
{
    const struct tensor_sizes sizes = tower_sizes_of(&tower->shape);
    return weights_require(&tower->weights, tower_prefix_of(&tower->shape, tensor),
                           &tower_rules_of(tower->shape.family)->tensors[tensor], &sizes, view, error);
}

/* A tensor that the family does not have leaves the slice empty. */
static enum status place(struct vit_tower *tower, enum tower_tensor tensor, struct compute_slice *slice,
                         struct error *error)
{
    const struct tensor_view *view;
    if (!tower_rules_of(tower->shape.family)->tensors[tensor].name)
        return STATUS_OK;
    enum status status = require(tower, tensor, &view, error);
    return status == STATUS_OK
               ? device_weights_place(&tower->own, &(struct weight_piece){.view = view}, 1, slice, error)
               : status;
}

/* Adds the numbers of a tensor [hidden] to `count` rows of it. */
static enum status add_rows(struct vit_tower *tower, enum tower_tensor tensor, int64_t count, float *rows,
                            struct error *error)
{
    const struct tensor_view *view;
    int64_t hidden = tower->shape.encoder.hidden;
    if (!tower_rules_of(tower->shape.family)->tensors[tensor].name)
        return STATUS_OK;
    enum status status = require(tower, tensor, &view, error);
    float *values = status == STATUS_OK ? malloc((size_t)hidden * sizeof *values) : NULL;
    if (status != STATUS_OK || !values)
        return status == STATUS_OK ? error_no_memory(error) : status;
    tensor_floats(view, 0, hidden, values);
    for (int64_t i = 0; i < count * hidden; i++)
        rows[i] += values[i % hidden];
    free(values);
    return STATUS_OK;
}

static enum status make_tokens(struct vit_tower *tower, enum vit_positions mode, const struct tensor_view *view,
                               float *stored, float *tokens, struct error *error)
{
    const struct vit_shape *shape = &tower->shape;
    int64_t hidden = shape->encoder.hidden, n = vit_tokens(shape);
    tensor_floats(view, 0, tensor_numbers(view), stored);
    vit_resize_positions(stored, shape->stored_grid, hidden, shape->grid, mode, tokens);
    enum status status = add_rows(tower, CLASS_TOKEN, 1, tokens, error);
    if (status == STATUS_OK)
        status = add_rows(tower, PATCH_BIAS, n - 1, tokens + hidden, error);
    return status == STATUS_OK
               ? device_weights_copy(&tower->own, tokens, (size_t)(n * hidden) * sizeof *tokens, &tower->tokens, error)
               : status;
}

static enum status load_tokens(struct vit_tower *tower, enum vit_positions mode, struct error *error)
{
    const struct tensor_view *view;
    enum status status = require(tower, POSITIONS, &view, error);
    if (status != STATUS_OK)
        return status;
    float *stored = malloc((size_t)tensor_numbers(view) * sizeof *stored);
    float *tokens = malloc((size_t)(vit_tokens(&tower->shape) * tower->shape.encoder.hidden) * sizeof *tokens);
    status = stored && tokens ? make_tokens(tower, mode, view, stored, tokens, error) : error_no_memory(error);
    free(stored);
    free(tokens);
    return status;
}

static enum status load(struct vit_tower *tower, const struct vit_options *options, struct error *error)
{
    const struct {
        enum tower_tensor tensor;
        struct compute_slice *slice;
    } parts[] = {{PATCH_WEIGHT, &tower->patches},  {BEFORE_WEIGHT, &tower->before[0]},
                 {BEFORE_BIAS, &tower->before[1]}, {AFTER_WEIGHT, &tower->after[0]},
                 {AFTER_BIAS, &tower->after[1]},   {PROJECTION, &tower->projection}};
    enum status status = load_tokens(tower, options->positions, error);
    for (size_t i = 0; i < sizeof parts / sizeof *parts && status == STATUS_OK; i++)
        status = place(tower, parts[i].tensor, parts[i].slice, error);
    return status == STATUS_OK
               ? encoder_load(&tower->weights, tower_rules_of(tower->shape.family)->encoder, tower->shape.prefix,
                              &tower->shape.encoder, true, options->precision, &tower->own, &tower->encoder, error)
               : status;
}

static enum status create(struct vit_tower *tower, int64_t floats, struct compute_slice *slice, struct error *error)
{
    struct device_weights *own = &tower->own;
    struct compute_buffer *buffer = NULL;
    struct compute_buffer **grown = realloc(own->buffers, (own->count + 1) * sizeof *grown);
    if (!grown)
        return error_no_memory(error);
    own->buffers = grown;
    enum status status =
        own->compute->ops->buffer_create(own->compute->device, (size_t)floats * sizeof(float), &buffer, error);
    if (status != STATUS_OK)
        return status;
    own->buffers[own->count++] = buffer;
    *slice = (struct compute_slice){.buffer = buffer};
    return STATUS_OK;
}

static int64_t batch_of(const struct vit_shape *shape, bool cpu)
{
    int64_t tokens = vit_tokens(shape), most = cpu ? CPU_ROWS_MAX : DEVICE_ROWS_MAX;
    return tokens < most ? most / tokens : 1;
}

uint64_t vit_work_bytes(const struct vit_shape *shape)
{
    int64_t batch = batch_of(shape, true), rows = batch * vit_tokens(shape);
    int64_t floats = batch * (vit_input(shape) + shape->width) + rows * shape->encoder.hidden +
                     encoder_workspace(&shape->encoder, rows);
    return (uint64_t)floats * sizeof(float);
}

static enum status make_room(struct vit_tower *tower, struct error *error)
{
    const struct vit_shape *shape = &tower->shape;
    int64_t tokens = vit_tokens(shape);
    tower->batch = batch_of(shape, tower->compute->ops->buffer_host(tower->tokens.buffer) != NULL);
    int64_t rows = tower->batch * tokens;
    enum status status = create(tower, tower->batch * vit_input(shape), &tower->input, error);
    if (status == STATUS_OK)
        status = create(tower, rows * shape->encoder.hidden, &tower->x, error);
    if (status == STATUS_OK)
        status = create(tower, encoder_workspace(&shape->encoder, rows), &tower->workspace, error);
    if (status == STATUS_OK)
        status = create(tower, tower->batch * shape->width, &tower->output, error);
    int32_t *lengths = status == STATUS_OK ? malloc((size_t)tower->batch * sizeof *lengths) : NULL;
    if (status == STATUS_OK && !lengths)
        return error_no_memory(error);
    for (int64_t i = 0; lengths && i < tower->batch; i++)
        lengths[i] = (int32_t)tokens;
    if (status == STATUS_OK)
        status =
            device_weights_copy(&tower->own, lengths, (size_t)tower->batch * sizeof *lengths, &tower->lengths, error);
    free(lengths);
    return status;
}

enum status vit_tower_open(const char *path, const struct vit_options *options, struct compute *compute,
                           struct vit_tower *tower, struct error *error)
{
    *tower = (struct vit_tower){.compute = compute, .own = {.compute = compute}, .cut = mapped_files_cut()};
    enum status status = weights_open(path, &tower->weights, error);
    if (status == STATUS_OK)
        status = vit_shape_read(&tower->weights, options, &tower->shape, error);
    if (status == STATUS_OK)
        status = load(tower, options, error);
    return status == STATUS_OK ? make_room(tower, error) : status;
}

void vit_tower_close(struct vit_tower *tower)
{
    encoder_free(&tower->encoder);
    device_weights_free(&tower->own);
    weights_close(&tower->weights);
    *tower = (struct vit_tower){0};
}

/* ---- running ---- */

static enum status normalise(const struct vit_tower *tower, int64_t rows, struct compute_slice x,
                             const struct compute_slice norm[2], struct compute_slice y, struct error *error)
{
    const struct encoder_shape *shape = &tower->shape.encoder;
    return tower->compute->ops->network.layer_norm(tower->compute->stream, rows, shape->hidden, shape->epsilon, x,
                                                   norm[0], norm[1], none, y, error);
}

enum status vit_tower_begin(const struct vit_tower *tower, int64_t n, const float *prepared, struct error *error)
{
    const struct vit_shape *shape = &tower->shape;
    const struct compute_ops *ops = tower->compute->ops;
    struct compute_stream *stream = tower->compute->stream;
    int64_t tokens = vit_tokens(shape), hidden = shape->encoder.hidden, pixels = 3 * shape->patch * shape->patch;
    bool norm = tower->before[0].buffer != NULL;
    struct compute_slice embedded = norm ? tower->workspace : tower->x;
    enum status status = ops->buffer_write(stream, tower->input.buffer, 0, prepared,
                                           (size_t)(n * vit_input(shape)) * sizeof *prepared, error);
    if (status == STATUS_OK)
        status = ops->gemm(stream, false, true, n * tokens, hidden, pixels, 1, tower->input, tower->patches, 0,
                           embedded, error);
    if (status == STATUS_OK)
        status = ops->network.residual(stream, n, tokens * hidden, none, embedded, tower->tokens, no_dropout, embedded,
                                       error);
    return status == STATUS_OK && norm ? normalise(tower, n * tokens, embedded, tower->before, tower->x, error)
                                       : status;
}

/* The class tokens, normalised and projected. */
static enum status project(const struct vit_tower *tower, int64_t n, struct error *error)
{
    const struct vit_shape *shape = &tower->shape;
    const struct compute_ops *ops = tower->compute->ops;
    int64_t hidden = shape->encoder.hidden, tokens = vit_tokens(shape);
    struct compute_slice taken = tower->workspace, normed = taken;
    normed.offset += (size_t)(n * hidden);
    enum status status = ops->network.copy_columns(tower->compute->stream, n, hidden, 1, tower->x, tokens * hidden, 0,
                                                   taken, hidden, error);
    if (status == STATUS_OK)
        status = normalise(tower, n, taken, tower->after, normed, error);
    return status == STATUS_OK ? ops->gemm(tower->compute->stream, false, true, n, shape->width, hidden, 1, normed,
                                           tower->projection, 0, tower->output, error)
                               : status;
}

/* The mean of all tokens, normalised. */
static enum status average(const struct vit_tower *tower, int64_t n, struct error *error)
{
    int64_t tokens = vit_tokens(&tower->shape);
    enum status status = normalise(tower, n * tokens, tower->x, tower->after, tower->workspace, error);
    return status == STATUS_OK ? tower->compute->ops->network.sequence_mean(tower->compute->stream, n, tokens,
                                                                            tower->shape.encoder.hidden, tower->lengths,
                                                                            tower->workspace, tower->output, error)
                               : status;
}

enum status vit_tower_end(const struct vit_tower *tower, int64_t n, float *rows, struct error *error)
{
    enum status status = tower->shape.family == VIT_CLIP ? project(tower, n, error) : average(tower, n, error);
    return status == STATUS_OK
               ? tower->compute->ops->buffer_read(tower->compute->stream, tower->output.buffer, 0, rows,
                                                  (size_t)(n * tower->shape.width) * sizeof *rows, error)
               : status;
}

enum status vit_tower_tokens(const struct vit_tower *tower, const float *prepared, float *tokens, struct error *error)
{
    const struct vit_shape *shape = &tower->shape;
    int64_t n = vit_tokens(shape);
    struct compute_slice last = tower->x;
    enum status status = vit_tower_begin(tower, 1, prepared, error);
    if (status == STATUS_OK)
        status = encoder_run(&tower->encoder, tower->compute, 0, shape->encoder.layers, 1, n, false, tower->x,
                             tower->workspace, error);
    if (status == STATUS_OK && shape->family == VIT_DINOV2) {
        last = tower->workspace;
        status = normalise(tower, n, tower->x, tower->after, last, error);
    }
    return status == STATUS_OK
               ? tower->compute->ops->buffer_read(tower->compute->stream, last.buffer, 0, tokens,
                                                  (size_t)(n * shape->encoder.hidden) * sizeof *tokens, error)
               : status;
}

enum status vit_tower_run(const struct vit_tower *tower, int64_t n, const float *prepared, float *rows,
                          struct error *error)
{
    const struct vit_shape *shape = &tower->shape;
    for (int64_t first = 0; first < n; first += tower->batch) {
        int64_t count = n - first < tower->batch ? n - first : tower->batch;
        enum status status = vit_tower_begin(tower, count, prepared + first * vit_input(shape), error);
        if (status == STATUS_OK)
            status = encoder_run(&tower->encoder, tower->compute, 0, shape->encoder.layers, count, vit_tokens(shape),
                                 false, tower->x, tower->workspace, error);
        if (status == STATUS_OK)
            status = vit_tower_end(tower, count, rows + first * shape->width, error);
        if (status != STATUS_OK)
            return status;
    }
    return mapped_files_cut() == tower->cut ? STATUS_OK : mapped_files_failed(error);
}
