#include "gpu/cuda/cuda_internal.h"

#include <stdlib.h>

/* Device memory. Every thread uses the first device, which is the default of its CUDA context, so no thread selects
 * one. */

static cudaError_t reserve(const struct compute_device *device, char **memory, size_t bytes)
{
    return device->pooled ? cudaMallocAsync((void **)memory, bytes, 0) : cudaMalloc((void **)memory, bytes);
}

/* After all operations that use it. */
static void release(const struct compute_device *device, char *memory)
{
    cudaDeviceSynchronize();
    if (device->pooled && memory)
        cudaFreeAsync(memory, 0);
    else
        cudaFree(memory);
}

enum status cuda_buffer_create(struct compute_device *device, size_t bytes, struct compute_buffer **out,
                               struct error *error)
{
    struct compute_buffer *buffer = (struct compute_buffer *)calloc(1, sizeof *buffer);
    if (!buffer)
        return error_no_memory(error);
    enum status status = cuda_check_call("reserving memory", reserve(device, &buffer->bytes, bytes ? bytes : 1), error);
    if (status == STATUS_OK)
        status = cuda_check_call("clearing memory", cudaMemsetAsync(buffer->bytes, 0, bytes ? bytes : 1, 0), error);
    if (status == STATUS_OK) /* our streams do not wait for this one */
        status = cuda_check_call("clearing memory", cudaStreamSynchronize(0), error);
    if (status != STATUS_OK) {
        release(device, buffer->bytes);
        free(buffer);
        return status;
    }
    buffer->size = bytes;
    buffer->writable = true;
    buffer->device = device;
    *out = buffer;
    return STATUS_OK;
}

static void buffer_destroy(struct compute_buffer *buffer)
{
    if (!buffer)
        return;
    release(buffer->device, buffer->bytes);
    free(buffer);
}

static enum status buffer_wrap(struct compute_device *device, const void *host, size_t bytes,
                               struct compute_buffer **out, struct error *error)
{
    struct compute_buffer *buffer = NULL;
    enum status status = cuda_buffer_create(device, bytes, &buffer, error);
    if (status == STATUS_OK && bytes)
        status = cuda_check_call("copying to the device",
                                 cudaMemcpy(buffer->bytes, host, bytes, cudaMemcpyHostToDevice), error);
    if (status != STATUS_OK) {
        buffer_destroy(buffer);
        return status;
    }
    buffer->writable = false;
    *out = buffer;
    return STATUS_OK;
}

static enum status check_range(const struct compute_buffer *buffer, size_t offset, size_t bytes, struct error *error)
{
    if (offset <= buffer->size && bytes <= buffer->size - offset)
        return STATUS_OK;
    return error_set(error, STATUS_FAILED,
                     "a copy of %zu bytes at offset %zu does not fit a compute buffer of %zu bytes (internal error)",
                     bytes, offset, buffer->size);
}

static enum status buffer_write(struct compute_stream *stream, struct compute_buffer *buffer, size_t offset_bytes,
                                const void *host, size_t bytes, struct error *error)
{
    enum status status = check_range(buffer, offset_bytes, bytes, error);
    if (status == STATUS_OK && !buffer->writable)
        status = error_set(error, STATUS_FAILED,
                           "a compute buffer that wraps the caller's memory is read only (internal error)");
    if (status == STATUS_OK && bytes) /* from pageable memory: copied when the call returns */
        status = cuda_check_call(
            "copying to the device",
            cudaMemcpyAsync(buffer->bytes + offset_bytes, host, bytes, cudaMemcpyHostToDevice, stream->queue), error);
    return status;
}

static enum status buffer_read(struct compute_stream *stream, const struct compute_buffer *buffer, size_t offset_bytes,
                               void *host, size_t bytes, struct error *error)
{
    enum status status = check_range(buffer, offset_bytes, bytes, error);
    if (status == STATUS_OK && bytes)
        status = cuda_check_call(
            "copying from the device",
            cudaMemcpyAsync(host, buffer->bytes + offset_bytes, bytes, cudaMemcpyDeviceToHost, stream->queue), error);
    return status == STATUS_OK ? cuda_stream_wait(stream, error) : status;
}

static const void *buffer_host(const struct compute_buffer *buffer)
{
    (void)buffer;
    return NULL;
}

enum status cuda_check(const char *operation, const char *argument, struct compute_slice slice, int64_t count,
                       size_t element, struct error *error)
{
    size_t capacity = slice.buffer ? slice.buffer->size / element : 0;
    if (count >= 0 && slice.offset <= capacity && (uint64_t)count <= capacity - slice.offset)
        return STATUS_OK;
    return error_set(error, STATUS_FAILED, "operation %s: %zu elements given for %s, which needs %lld (internal error)",
                     operation, slice.offset <= capacity ? capacity - slice.offset : 0, argument, (long long)count);
}

void cuda_buffer_operations(struct compute_ops *ops)
{
    ops->buffer_create = cuda_buffer_create;
    ops->buffer_wrap = buffer_wrap;
    ops->buffer_destroy = buffer_destroy;
    ops->buffer_write = buffer_write;
    ops->buffer_read = buffer_read;
    ops->buffer_host = buffer_host;
}
