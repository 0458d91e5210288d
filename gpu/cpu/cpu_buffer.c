#include "gpu/cpu/cpu_internal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "gpu/cpu/cpu_ops.h"

enum {
    ALIGNMENT = 64,
    HUGE_PAGE = 2 << 20, /* of common processors; elsewhere only an alignment */
};

/* With pages of 4 KB, each random read of a table row costs a page walk, so large buffers use huge pages. */
static void *allocate(size_t capacity)
{
    void *bytes = NULL;
    bool large = capacity >= 2 * HUGE_PAGE;
    if (capacity > SIZE_MAX - HUGE_PAGE || posix_memalign(&bytes, large ? HUGE_PAGE : ALIGNMENT, capacity) != 0)
        return NULL;
    if (large)
        madvise(bytes, capacity, MADV_HUGEPAGE); /* only advice; fails where the kernel has no huge pages */
    memset(bytes, 0, capacity);
    return bytes;
}

enum status cpu_buffer_create(struct compute_device *device, size_t bytes, struct compute_buffer **out,
                              struct error *error)
{
    struct compute_buffer *buffer = calloc(1, sizeof *buffer);
    if (!buffer)
        return error_no_memory(error);
    buffer->bytes = allocate(bytes ? bytes : 1);
    if (!buffer->bytes) {
        free(buffer);
        return error_no_memory(error);
    }
    buffer->size = bytes;
    buffer->owned = true;
    buffer->device = device;
    *out = buffer;
    return STATUS_OK;
}

enum status cpu_buffer_wrap(struct compute_device *device, const void *host, size_t bytes, struct compute_buffer **out,
                            struct error *error)
{
    struct compute_buffer *buffer = calloc(1, sizeof *buffer);
    if (!buffer)
        return error_no_memory(error);
    /* The cast drops const: by the contract in compute.h, nothing writes to a wrapped buffer. */
    *buffer = (struct compute_buffer){.bytes = (void *)(uintptr_t)host, .size = bytes, .device = device};
    *out = buffer;
    return STATUS_OK;
}

void cpu_buffer_destroy(struct compute_buffer *buffer)
{
    if (!buffer)
        return;
    if (buffer->owned)
        free(buffer->bytes);
    free(buffer);
}

/* The whole pages between the first and the last one, which other memory may share. */
void cpu_buffer_discard(struct compute_buffer *buffer)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    const uintptr_t begin = ((uintptr_t)buffer->bytes + page - 1) / page * page;
    const uintptr_t end = ((uintptr_t)buffer->bytes + buffer->size) / page * page;
    if (buffer->owned && begin < end)
        madvise((void *)begin, end - begin, MADV_DONTNEED);
}

static enum status check_range(const struct compute_buffer *buffer, size_t offset, size_t bytes, struct error *error)
{
    if (offset <= buffer->size && bytes <= buffer->size - offset)
        return STATUS_OK;
    return error_set(error, STATUS_FAILED,
                     "a copy of %zu bytes at offset %zu does not fit a compute buffer of %zu bytes (internal error)",
                     bytes, offset, buffer->size);
}

enum status cpu_buffer_write(struct compute_stream *stream, struct compute_buffer *buffer, size_t offset_bytes,
                             const void *host, size_t bytes, struct error *error)
{
    (void)stream;
    enum status status = check_range(buffer, offset_bytes, bytes, error);
    if (status == STATUS_OK && !buffer->owned)
        status = error_set(error, STATUS_FAILED,
                           "a compute buffer that wraps the caller's memory is read only (internal error)");
    if (status == STATUS_OK && bytes)
        memcpy((char *)buffer->bytes + offset_bytes, host, bytes);
    return status;
}

enum status cpu_buffer_read(struct compute_stream *stream, const struct compute_buffer *buffer, size_t offset_bytes,
                            void *host, size_t bytes, struct error *error)
{
    (void)stream;
    enum status status = check_range(buffer, offset_bytes, bytes, error);
    if (status == STATUS_OK && bytes)
        memcpy(host, (const char *)buffer->bytes + offset_bytes, bytes);
    return status;
}

enum status cpu_check(const char *operation, const char *argument, struct compute_slice slice, int64_t count,
                      size_t element, struct error *error)
{
    size_t capacity = slice.buffer ? slice.buffer->size / element : 0;
    if (count >= 0 && slice.offset <= capacity && (uint64_t)count <= capacity - slice.offset)
        return STATUS_OK;
    return error_set(error, STATUS_FAILED, "operation %s: %zu elements given for %s, which needs %lld (internal error)",
                     operation, slice.offset <= capacity ? capacity - slice.offset : 0, argument, (long long)count);
}

const void *cpu_buffer_host(const struct compute_buffer *buffer)
{
    return buffer->bytes;
}
