#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/safetensors.h"
#include "core/safetensors_header.h"
#include "core/text.h"

enum { DATA_ALIGNMENT = 64 };

struct planned_tensor {
    const struct tensor_source *source;
    unsigned bits;
    uint64_t bytes;
};

static int in_official_order(const void *a, const void *b)
{
    const struct planned_tensor *x = a;
    const struct planned_tensor *y = b;
    if (x->bits != y->bits)
        return x->bits > y->bits ? -1 : 1;
    return strcmp(x->source->name, y->source->name);
}

static enum status plan(const char *path, const struct tensor_source *tensors, size_t count,
                        struct planned_tensor *planned, struct error *error)
{
    for (size_t i = 0; i < count; i++) {
        const struct tensor_source *source = &tensors[i];
        size_t length = strlen(source->name);
        planned[i] = (struct planned_tensor){.source = source, .bits = safetensors_type_bits(source->dtype)};
        if (length == 0 || length > SAFETENSORS_NAME_MAX || !text_is_utf8(source->name, length) ||
            strcmp(source->name, "__metadata__") == 0 || planned[i].bits == 0 || source->rank < 0 ||
            source->rank > SAFETENSORS_RANK_MAX ||
            !safetensors_shape_bytes(source->shape, source->rank, planned[i].bits, &planned[i].bytes))
            return error_set(error, STATUS_FAILED, "%s: tensor %s cannot be written: its name, type or shape is wrong",
                             path, source->name);
    }
    if (count > 0)
        qsort(planned, count, sizeof *planned, in_official_order);
    return STATUS_OK;
}

static void add_header(struct buffer *out, const struct planned_tensor *planned, size_t count,
                       const struct metadata_pair *metadata, size_t n_metadata)
{
    struct json_writer writer = {.out = out};
    json_object_begin(&writer);
    if (n_metadata > 0) {
        json_key(&writer, "__metadata__");
        json_object_begin(&writer);
        for (size_t i = 0; i < n_metadata; i++)
            json_pair_text(&writer, metadata[i].key, metadata[i].value ? metadata[i].value : "");
        json_object_end(&writer);
    }
    uint64_t at = 0;
    for (size_t i = 0; i < count; i++) {
        const struct tensor_source *source = planned[i].source;
        json_key(&writer, source->name);
        json_object_begin(&writer);
        json_pair_text(&writer, "dtype", source->dtype);
        json_key(&writer, "shape");
        json_array_begin(&writer);
        for (int d = 0; d < source->rank; d++)
            json_integer(&writer, source->shape[d]);
        json_array_end(&writer);
        json_key(&writer, "data_offsets");
        json_array_begin(&writer);
        json_integer(&writer, (int64_t)at);
        at += planned[i].bytes;
        json_integer(&writer, (int64_t)at);
        json_array_end(&writer);
        json_object_end(&writer);
    }
    json_object_end(&writer);
    while ((out->size + 8) % DATA_ALIGNMENT != 0 && !out->failed)
        buffer_add_byte(out, ' ');
}

/* The commit reports any failure of the stream; the check here only avoids computing data that would not be written. */
static enum status write_parts(const struct tensor_source *source, size_t size, FILE *stream, struct error *error)
{
    for (size_t at = 0; at < size && !ferror(stream);) {
        const void *bytes = NULL;
        size_t count = 0;
        enum status status = source->next(source->context, at, &bytes, &count, error);
        if (status != STATUS_OK)
            return status;
        if (count == 0 || count > size - at)
            return error_set(error, STATUS_FAILED,
                             "tensor %s: %zu bytes at offset %zu are out of range, it has %zu bytes (internal error)",
                             source->name, count, at, size);
        fwrite(bytes, 1, count, stream);
        at += count;
    }
    return STATUS_OK;
}

static enum status write_planned(const char *path, const struct planned_tensor *planned, size_t count,
                                 const struct buffer *header, struct error *error)
{
    /* The output must be readable: duplicate names and an oversized header are errors. */
    struct arena memory = {0};
    struct safetensors_header check;
    enum status status = safetensors_header_parse(header->data, header->size, path, &memory, &check, error);
    safetensors_header_free(&check);
    arena_free(&memory);
    if (status == STATUS_OK && header->size > SAFETENSORS_HEADER_MAX)
        status = error_set(error, STATUS_FAILED, "%s: cannot be written: its header would be larger than 16 MB", path);
    if (status != STATUS_OK)
        return status;
    struct atomic_file file;
    status = atomic_file_open_private(path, &file, error);
    if (status != STATUS_OK)
        return status;
    unsigned char length[8];
    for (int i = 0; i < 8; i++)
        length[i] = (unsigned char)((uint64_t)header->size >> (8 * i));
    fwrite(length, 1, sizeof length, file.stream); /* the commit reports any failure */
    fwrite(header->data, 1, header->size, file.stream);
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        const struct tensor_source *source = planned[i].source;
        if (source->next)
            status = write_parts(source, (size_t)planned[i].bytes, file.stream, error);
        else if (planned[i].bytes > 0)
            fwrite(source->bytes, 1, (size_t)planned[i].bytes, file.stream);
    }
    if (status == STATUS_OK)
        return atomic_file_commit(&file, error);
    atomic_file_abort(&file);
    return status;
}

enum status safetensors_write(const char *path, const struct tensor_source *tensors, size_t n_tensors,
                              const struct metadata_pair *metadata, size_t n_metadata, struct error *error)
{
    struct planned_tensor *planned = calloc(n_tensors + 1, sizeof *planned);
    if (!planned)
        return error_no_memory(error);
    struct buffer header = {0};
    enum status status = plan(path, tensors, n_tensors, planned, error);
    if (status == STATUS_OK) {
        add_header(&header, planned, n_tensors, metadata, n_metadata);
        status = header.failed ? error_no_memory(error) : write_planned(path, planned, n_tensors, &header, error);
    }
    buffer_free(&header);
    free(planned);
    return status;
}
