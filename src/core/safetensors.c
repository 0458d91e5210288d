#include "core/safetensors.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/safetensors_header.h"

struct safetensors {
    struct mapped_file mapped; /* empty when the bytes belong to the caller */
    const void *bytes;         /* the whole file */
    size_t size;
    void *moved; /* a copy of the data if numbers are not aligned in the file */
    struct arena memory;
    struct safetensors_header header;
    char *name;
};

static const struct tensor_type {
    const char *name;
    unsigned bits;
} types[] = {
    {"BOOL", 8},    {"F4", 4},      {"F6_E2M3", 6}, {"F6_E3M2", 6},     {"U8", 8},          {"I8", 8},
    {"F8_E5M2", 8}, {"F8_E4M3", 8}, {"F8_E8M0", 8}, {"F8_E4M3FNUZ", 8}, {"F8_E5M2FNUZ", 8}, {"I16", 16},
    {"U16", 16},    {"F16", 16},    {"BF16", 16},   {"I32", 32},        {"U32", 32},        {"F32", 32},
    {"C64", 64},    {"F64", 64},    {"I64", 64},    {"U64", 64},
};

unsigned safetensors_type_bits(const char *dtype)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i].name, dtype) == 0)
            return types[i].bits;
    return 0;
}

bool safetensors_shape_bytes(const int64_t *shape, int rank, unsigned bits, uint64_t *bytes)
{
    uint64_t count = bits;
    for (int i = 0; i < rank; i++)
        if (shape[i] < 0 || __builtin_mul_overflow(count, (uint64_t)shape[i], &count))
            return false;
    if (count % 8 != 0)
        return false;
    *bytes = count / 8;
    return true;
}

static int by_offset(const void *a, const void *b)
{
    const struct safetensors_entry *x = a;
    const struct safetensors_entry *y = b;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    if (x->end != y->end)
        return x->end < y->end ? -1 : 1;
    return strcmp(x->view.name, y->view.name);
}

static enum status place_tensors(struct safetensors *file, const unsigned char *data, size_t size, struct error *error)
{
    struct safetensors_header *header = &file->header;
    uint64_t at = 0;
    if (header->n_entries > 0)
        qsort(header->entries, header->n_entries, sizeof *header->entries, by_offset);
    for (size_t i = 0; i < header->n_entries; i++) {
        struct safetensors_entry *entry = &header->entries[i];
        struct tensor_view *view = &entry->view;
        uint64_t bytes;
        if (entry->begin != at || entry->end < entry->begin)
            return error_set(
                error, STATUS_BAD_DATA,
                "%s: tensor %s lies at bytes %llu to %llu of the data, but the one before it ends at %llu; "
                "get the file again",
                file->name, view->name, (unsigned long long)entry->begin, (unsigned long long)entry->end,
                (unsigned long long)at);
        if (!safetensors_shape_bytes(view->shape, view->rank, safetensors_type_bits(view->dtype), &bytes))
            return error_set(error, STATUS_BAD_DATA, "%s: the shape of tensor %s is too large or not whole bytes",
                             file->name, view->name);
        if (entry->end - entry->begin != bytes)
            return error_set(
                error, STATUS_BAD_DATA,
                "%s: tensor %s has %llu bytes of data where its shape and type need %llu; get the file again",
                file->name, view->name, (unsigned long long)(entry->end - entry->begin), (unsigned long long)bytes);
        if (entry->end > size)
            return error_set(error, STATUS_BAD_DATA,
                             "%s: cut short: tensor %s ends %llu bytes behind the end of the file", file->name,
                             view->name, (unsigned long long)(entry->end - size));
        view->bytes = data + entry->begin;
        view->size = (size_t)bytes;
        at = entry->end;
    }
    if (at != size)
        return error_set(error, STATUS_BAD_DATA, "%s: %llu bytes follow the last tensor; get the file again",
                         file->name, (unsigned long long)(size - at));
    return STATUS_OK;
}

/* Whether every tensor begins at a multiple of its numbers' size. */
static bool is_aligned(const struct safetensors_header *header)
{
    for (size_t i = 0; i < header->n_entries; i++) {
        const struct tensor_view *view = &header->entries[i].view;
        unsigned bytes = safetensors_type_bits(view->dtype) / 8;
        if (bytes > 1 && (uintptr_t)view->bytes % bytes != 0)
            return false;
    }
    return true;
}

static enum status parse(struct safetensors *file, const unsigned char *bytes, size_t size, struct error *error)
{
    file->bytes = bytes;
    file->size = size;
    if (size < 8)
        return error_set(error, STATUS_BAD_DATA, "%s: %zu bytes are too few for a safetensors file", file->name, size);
    uint64_t length = 0;
    for (int i = 7; i >= 0; i--)
        length = length << 8 | bytes[i];
    if (length > SAFETENSORS_HEADER_MAX)
        return error_set(error, STATUS_BAD_DATA,
                         "%s: not a safetensors file, or its header is larger than the %d bytes allowed here",
                         file->name, SAFETENSORS_HEADER_MAX);
    if (length > size - 8)
        return error_set(error, STATUS_BAD_DATA, "%s: cut short inside its header; get the file again", file->name);
    enum status status = safetensors_header_parse((const char *)bytes + 8, (size_t)length, file->name, &file->memory,
                                                  &file->header, error);
    if (status != STATUS_OK)
        return status;
    const unsigned char *data = bytes + 8 + length;
    size_t data_size = size - 8 - (size_t)length;
    status = place_tensors(file, data, data_size, error);
    if (status != STATUS_OK || is_aligned(&file->header))
        return status;
    /* The format does not require alignment, and such files exist. */
    file->moved = malloc(data_size + 1);
    if (!file->moved)
        return error_no_memory(error);
    memcpy(file->moved, data, data_size);
    return place_tensors(file, file->moved, data_size, error);
}

static enum status make(const char *name, struct safetensors **out, struct error *error)
{
    *out = calloc(1, sizeof **out);
    if (!*out)
        return error_no_memory(error);
    (*out)->name = arena_copy_text(&(*out)->memory, name, strlen(name));
    if ((*out)->name)
        return STATUS_OK;
    safetensors_close(*out);
    *out = NULL;
    return error_no_memory(error);
}

static enum status parse_or_close(struct safetensors **file, const void *bytes, size_t size, struct error *error)
{
    enum status status = parse(*file, bytes, size, error);
    if (status != STATUS_OK) {
        safetensors_close(*file);
        *file = NULL;
    }
    return status;
}

enum status safetensors_parse(const void *bytes, size_t size, const char *name, struct safetensors **file,
                              struct error *error)
{
    enum status status = make(name, file, error);
    return status == STATUS_OK ? parse_or_close(file, bytes, size, error) : status;
}

enum status safetensors_open(const char *path, struct safetensors **file, struct error *error)
{
    enum status status = make(path, file, error);
    if (status != STATUS_OK)
        return status;
    status = mapped_file_open(path, &(*file)->mapped, error);
    if (status != STATUS_OK) {
        safetensors_close(*file);
        *file = NULL;
        return status;
    }
    return parse_or_close(file, (*file)->mapped.bytes, (*file)->mapped.size, error);
}

void safetensors_release(const struct safetensors *file, const void *bytes, size_t size)
{
    if (!file->moved)
        mapped_file_release(&file->mapped, bytes, size);
}

void safetensors_close(struct safetensors *file)
{
    if (!file)
        return;
    safetensors_header_free(&file->header);
    free(file->moved);
    mapped_file_close(&file->mapped);
    arena_free(&file->memory);
    free(file);
}

const void *safetensors_bytes(const struct safetensors *file, size_t *size)
{
    *size = file->size;
    return file->bytes;
}

size_t safetensors_count(const struct safetensors *file)
{
    return file->header.n_entries;
}

const struct tensor_view *safetensors_at(const struct safetensors *file, size_t index)
{
    return index < file->header.n_entries ? &file->header.entries[index].view : NULL;
}

const struct tensor_view *safetensors_find(const struct safetensors *file, const char *name)
{
    for (size_t i = 0; i < file->header.n_entries; i++)
        if (strcmp(file->header.entries[i].view.name, name) == 0)
            return &file->header.entries[i].view;
    return NULL;
}

const char *safetensors_metadata(const struct safetensors *file, const char *key)
{
    for (size_t i = 0; i < file->header.n_metadata; i++)
        if (strcmp(file->header.metadata[i].key, key) == 0)
            return file->header.metadata[i].value;
    return NULL;
}

static void add_shape(struct buffer *text, int rank, const int64_t *shape)
{
    buffer_add_byte(text, '[');
    for (int i = 0; i < rank; i++) {
        buffer_add_text(text, i > 0 ? ", " : "");
        if (shape[i] < 0)
            buffer_add_text(text, "any");
        else
            buffer_printf(text, "%lld", (long long)shape[i]);
    }
    buffer_add_byte(text, ']');
}

enum status safetensors_values(const struct safetensors *file, const char *name, const char *dtype, int rank,
                               const int64_t shape[], const void **values, const struct tensor_view **out,
                               struct error *error)
{
    const struct tensor_view *view = safetensors_find(file, name);
    if (!view)
        return error_set(error, STATUS_BAD_DATA, "%s: has no tensor %s", file->name, name);
    bool same = strcmp(view->dtype, dtype) == 0 && view->rank == rank;
    for (int i = 0; same && i < rank; i++)
        same = shape[i] < 0 || shape[i] == view->shape[i];
    if (!same) {
        struct buffer expected = {0};
        struct buffer found = {0};
        add_shape(&expected, rank, shape);
        add_shape(&found, view->rank, view->shape);
        enum status status =
            error_set(error, STATUS_BAD_DATA, "%s: tensor %s is %s %s; expected %s %s", file->name, name, view->dtype,
                      found.data ? found.data : "", dtype, expected.data ? expected.data : "");
        buffer_free(&expected);
        buffer_free(&found);
        return status;
    }
    unsigned alignment = safetensors_type_bits(dtype) / 8;
    if (alignment > 1 && (uintptr_t)view->bytes % alignment != 0)
        return error_set(error, STATUS_BAD_DATA,
                         "%s: tensor %s does not begin at a multiple of %u bytes; write the file again", file->name,
                         name, alignment);
    *values = view->bytes;
    if (out)
        *out = view;
    return STATUS_OK;
}

enum status safetensors_floats(const struct safetensors *file, const char *name, int rank, const int64_t shape[],
                               const float **values, const struct tensor_view **out, struct error *error)
{
    const void *bytes;
    enum status status = safetensors_values(file, name, "F32", rank, shape, &bytes, out, error);
    if (status == STATUS_OK)
        *values = bytes;
    return status;
}
