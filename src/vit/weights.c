#include "vit/weights.h"

#include <stdlib.h>
#include <string.h>

enum { CONFIG_MAX = 1 << 20 };

static enum status list_tensors(struct weights *weights, struct error *error)
{
    weights->used = calloc(safetensors_count(weights->file) + 1, sizeof *weights->used);
    return weights->used ? STATUS_OK : error_no_memory(error);
}

/* A config.json that cannot be read counts as missing: the tensors' shapes say nearly everything. */
static enum status read_config(struct weights *weights, struct error *error)
{
    struct buffer path = {0}, text = {0};
    const char *slash = strrchr(weights->path, '/');
    if (slash)
        buffer_add(&path, weights->path, (size_t)(slash + 1 - weights->path));
    buffer_add_text(&path, "config.json");
    enum status status = path.failed ? error_no_memory(error) : STATUS_OK;
    if (status == STATUS_OK && file_exists(path.data) && file_read(path.data, CONFIG_MAX, &text, NULL) == STATUS_OK &&
        text.size > 0 && json_read(text.data, text.size, &weights->config, NULL) != STATUS_OK)
        weights->config = (struct json_document){0};
    buffer_free(&path);
    buffer_free(&text);
    return status;
}

enum status weights_open(const char *path, struct weights *weights, struct error *error)
{
    *weights = (struct weights){.path = path};
    enum status status = safetensors_open(path, &weights->file, error);
    if (status == STATUS_OK)
        status = list_tensors(weights, error);
    return status == STATUS_OK ? read_config(weights, error) : status;
}

enum status weights_parse(const void *bytes, size_t size, const char *name, struct weights *weights,
                          struct error *error)
{
    *weights = (struct weights){.path = name};
    enum status status = safetensors_parse(bytes, size, name, &weights->file, error);
    return status == STATUS_OK ? list_tensors(weights, error) : status;
}

void weights_close(struct weights *weights)
{
    json_document_free(&weights->config);
    free(weights->used);
    safetensors_close(weights->file);
    *weights = (struct weights){0};
}

bool weights_are_random(const struct weights *weights)
{
    return safetensors_metadata(weights->file, "weights.random") != NULL;
}

/* ---- finding tensors ---- */

static bool is_named(const char *text, const char *prefix, const char *name)
{
    size_t size = strlen(prefix);
    return name && strncmp(text, prefix, size) == 0 && strcmp(text + size, name) == 0;
}

const struct tensor_view *weights_find(struct weights *weights, const char *prefix, const struct tensor_rule *rule)
{
    for (size_t i = 0; i < safetensors_count(weights->file); i++) {
        const struct tensor_view *view = safetensors_at(weights->file, i);
        if (is_named(view->name, prefix, rule->name) || is_named(view->name, prefix, rule->other)) {
            weights->used[i] = true;
            return view;
        }
    }
    return NULL;
}

static int64_t size_of(char dimension, const struct tensor_sizes *sizes)
{
    return dimension >= '0' && dimension <= '9' ? dimension - '0' : sizes->of[dimension - 'A'];
}

static bool fits(const struct tensor_view *view, const char *shape, const struct tensor_sizes *sizes)
{
    if (view->rank != (int)strlen(shape))
        return false;
    for (int i = 0; i < view->rank; i++) {
        int64_t size = size_of(shape[i], sizes);
        if (view->shape[i] < 1 || (size != 0 && view->shape[i] != size))
            return false;
    }
    return true;
}

static enum status wrong_shape(const struct weights *weights, const struct tensor_view *view, const char *shape,
                               const struct tensor_sizes *sizes, struct error *error)
{
    struct buffer found = {0}, expected = {0};
    for (int i = 0; i < view->rank; i++)
        buffer_printf(&found, "%s%lld", i > 0 ? ", " : "", (long long)view->shape[i]);
    for (size_t i = 0; shape[i]; i++) {
        int64_t size = size_of(shape[i], sizes);
        buffer_add_text(&expected, i > 0 ? ", " : "");
        if (size == 0)
            buffer_add_text(&expected, "any");
        else
            buffer_printf(&expected, "%lld", (long long)size);
    }
    enum status status =
        error_set(error, STATUS_BAD_DATA, "%s: tensor %s has the shape [%s]; expected [%s]", weights->path, view->name,
                  found.data ? found.data : "", expected.data ? expected.data : "");
    buffer_free(&found);
    buffer_free(&expected);
    return status;
}

/* ---- numbers ---- */

static float half_to_float(uint16_t half)
{
    uint32_t sign = (uint32_t)(half & 0x8000U) << 16, exponent = half >> 10 & 31, fraction = half & 0x3ffU, bits;
    if (exponent == 31) {
        bits = sign | 0x7f800000U | fraction << 13;
    } else if (exponent > 0) {
        bits = sign | (exponent + 112) << 23 | fraction << 13;
    } else {
        float small = (float)fraction * 0x1p-24F;
        memcpy(&bits, &small, sizeof bits);
        bits |= sign;
    }
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static float from_f32(const unsigned char *bytes)
{
    float value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

static float from_f16(const unsigned char *bytes)
{
    uint16_t half;
    memcpy(&half, bytes, sizeof half);
    return half_to_float(half);
}

static float from_bf16(const unsigned char *bytes)
{
    uint16_t high;
    memcpy(&high, bytes, sizeof high);
    uint32_t bits = (uint32_t)high << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static float from_f64(const unsigned char *bytes)
{
    double value;
    memcpy(&value, bytes, sizeof value);
    return (float)value;
}

static const struct number_type {
    const char *name;
    size_t size;
    float (*read)(const unsigned char *bytes);
} number_types[] = {{"F32", 4, from_f32}, {"F16", 2, from_f16}, {"BF16", 2, from_bf16}, {"F64", 8, from_f64}};

static const struct number_type *number_type_of(const struct tensor_view *view)
{
    for (size_t i = 0; i < sizeof number_types / sizeof *number_types; i++)
        if (strcmp(number_types[i].name, view->dtype) == 0)
            return &number_types[i];
    return NULL;
}

int64_t tensor_numbers(const struct tensor_view *view)
{
    int64_t count = 1;
    for (int i = 0; i < view->rank; i++)
        count *= view->shape[i];
    return count;
}

void tensor_floats(const struct tensor_view *view, int64_t first, int64_t count, float *values)
{
    const struct number_type *type = number_type_of(view);
    const unsigned char *bytes = (const unsigned char *)view->bytes + (size_t)first * type->size;
    for (int64_t i = 0; i < count; i++, bytes += type->size)
        values[i] = type->read(bytes);
}

enum status weights_require(struct weights *weights, const char *prefix, const struct tensor_rule *rule,
                            const struct tensor_sizes *sizes, const struct tensor_view **view, struct error *error)
{
    *view = weights_find(weights, prefix, rule);
    if (!*view)
        return error_set(error, STATUS_BAD_DATA, "%s: has no tensor %s%s", weights->path, prefix, rule->name);
    if (!fits(*view, rule->shape, sizes))
        return wrong_shape(weights, *view, rule->shape, sizes, error);
    if (!number_type_of(*view))
        return error_set(error, STATUS_BAD_DATA, "%s: tensor %s is of type %s; use a file of F32, F16 or BF16",
                         weights->path, (*view)->name, (*view)->dtype);
    return STATUS_OK;
}

/* ---- on a device ---- */

static enum status keep(struct device_weights *own, struct compute_buffer *buffer, struct compute_slice *slice,
                        struct error *error)
{
    struct compute_buffer **grown = realloc(own->buffers, (own->count + 1) * sizeof *grown);
    if (!grown) {
        own->compute->ops->buffer_destroy(buffer);
        return error_no_memory(error);
    }
    own->buffers = grown;
    own->buffers[own->count++] = buffer;
    *slice = (struct compute_slice){.buffer = buffer};
    return STATUS_OK;
}

enum status device_weights_copy(struct device_weights *own, const void *bytes, size_t size, struct compute_slice *slice,
                                struct error *error)
{
    struct compute *compute = own->compute;
    struct compute_buffer *buffer = NULL;
    enum status status = compute->ops->buffer_create(compute->device, size, &buffer, error);
    if (status == STATUS_OK)
        status = keep(own, buffer, slice, error);
    own->bytes += size;
    return status == STATUS_OK ? compute->ops->buffer_write(compute->stream, buffer, 0, bytes, size, error) : status;
}

static enum status wrap(struct device_weights *own, const struct tensor_view *view, struct compute_slice *slice,
                        struct error *error)
{
    struct compute *compute = own->compute;
    struct compute_buffer *buffer = NULL;
    enum status status = compute->ops->buffer_wrap(compute->device, view->bytes, view->size, &buffer, error);
    return status == STATUS_OK ? keep(own, buffer, slice, error) : status;
}

static bool is_usable_in_place(const struct weight_piece *piece)
{
    return !piece->scale && strcmp(piece->view->dtype, "F32") == 0 &&
           (uintptr_t)piece->view->bytes % sizeof(float) == 0;
}

static void add_piece(const struct weight_piece *piece, float *to)
{
    int64_t rows = piece->view->shape[0], width = tensor_numbers(piece->view) / rows;
    for (int64_t row = 0; row < rows; row++, to += width) {
        tensor_floats(piece->view, row * width, width, to);
        for (int64_t i = 0; piece->scale && i < width; i++)
            to[i] *= piece->scale[row];
    }
}

enum status device_weights_place(struct device_weights *own, const struct weight_piece *pieces, size_t n_pieces,
                                 struct compute_slice *slice, struct error *error)
{
    if (n_pieces == 1 && is_usable_in_place(&pieces[0]))
        return wrap(own, pieces[0].view, slice, error);
    int64_t total = 0;
    for (size_t i = 0; i < n_pieces; i++)
        total += tensor_numbers(pieces[i].view);
    float *values = malloc((size_t)total * sizeof *values), *at = values;
    if (!values)
        return error_no_memory(error);
    for (size_t i = 0; i < n_pieces; at += tensor_numbers(pieces[i].view), i++)
        add_piece(&pieces[i], at);
    enum status status = device_weights_copy(own, values, (size_t)total * sizeof *values, slice, error);
    free(values);
    return status;
}

enum status device_weights_pack(struct device_weights *own, enum precision precision, const struct weight_piece *pieces,
                                size_t n_pieces, struct compute_slice *slice, struct error *error)
{
    struct compute *compute = own->compute;
    struct device_weights raw = {.compute = compute};
    struct compute_slice weights;
    struct compute_buffer *buffer = NULL;
    int64_t rows = 0, total = 0;
    for (size_t i = 0; i < n_pieces; i++) {
        rows += pieces[i].view->shape[0];
        total += tensor_numbers(pieces[i].view);
    }
    int64_t columns = rows > 0 ? total / rows : 0;
    size_t size = compute->ops->packed_weights(compute->device, precision, columns, rows);
    enum status status = device_weights_place(&raw, pieces, n_pieces, &weights, error);
    if (status == STATUS_OK)
        status = compute->ops->buffer_create(compute->device, size, &buffer, error);
    if (status == STATUS_OK)
        status = keep(own, buffer, slice, error);
    if (status == STATUS_OK) {
        own->bytes += size;
        status = compute->ops->pack_weights(compute->stream, precision, columns, rows, weights, *slice, error);
    }
    device_weights_free(&raw);
    return status;
}

void device_weights_free(struct device_weights *own)
{
    for (size_t i = 0; i < own->count; i++)
        own->compute->ops->buffer_destroy(own->buffers[i]);
    free(own->buffers);
    *own = (struct device_weights){0};
}
