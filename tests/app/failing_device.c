#include "failing_device.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>

#include "gpu/compute.h"

static struct failing_device control;
static const struct compute_ops *cpu;

__attribute__((visibility("default"))) struct failing_device *failing_device_control(void)
{
    return &control;
}

static bool fails(struct error *error)
{
    control.calls++;
    if (control.lost_at == 0 || control.calls < control.lost_at)
        return false;
    control.calls_after_loss += control.calls > control.lost_at;
    error_set(error, STATUS_DEVICE, "The Test GPU was lost at operation %ld.", control.lost_at);
    return true;
}

static bool is_full(size_t bytes, struct error *error)
{
    if (control.largest == 0 || bytes <= control.largest)
        return false;
    error_set(error, STATUS_DEVICE, "the Test GPU cannot allocate %zu bytes", bytes);
    return true;
}

/* ---- devices, streams, buffers ---- */

static enum status device_open(struct pool *pool, struct compute_device **device, struct error *error)
{
    if (fails(error))
        return STATUS_DEVICE;
    enum status status = cpu->device_open(pool, device, error);
    control.devices += status == STATUS_OK;
    return status;
}

static void device_close(struct compute_device *device)
{
    control.devices--;
    cpu->device_close(device);
}

static void device_info(const struct compute_device *device, struct compute_info *info)
{
    (void)device;
    *info = (struct compute_info){.name = "Test GPU", .library = "test", .core = "0.0", .simd = "none", .threads = 1};
}

static enum status stream_open(struct compute_device *device, struct compute_stream **stream, struct error *error)
{
    if (fails(error))
        return STATUS_DEVICE;
    enum status status = cpu->stream_open(device, stream, error);
    control.streams += status == STATUS_OK;
    return status;
}

static void stream_close(struct compute_stream *stream)
{
    control.streams--;
    cpu->stream_close(stream);
}

static enum status buffer_create(struct compute_device *device, size_t bytes, struct compute_buffer **buffer,
                                 struct error *error)
{
    if (fails(error) || is_full(bytes, error))
        return STATUS_DEVICE;
    enum status status = cpu->buffer_create(device, bytes, buffer, error);
    control.buffers += status == STATUS_OK;
    return status;
}

static enum status buffer_wrap(struct compute_device *device, const void *host, size_t bytes,
                               struct compute_buffer **buffer, struct error *error)
{
    if (fails(error) || is_full(bytes, error))
        return STATUS_DEVICE;
    enum status status = cpu->buffer_wrap(device, host, bytes, buffer, error);
    control.buffers += status == STATUS_OK;
    return status;
}

static void buffer_destroy(struct compute_buffer *buffer)
{
    control.buffers -= buffer != NULL;
    cpu->buffer_destroy(buffer);
}

static const void *buffer_host(const struct compute_buffer *buffer)
{
    (void)buffer;
    return NULL;
}

/* ---- operations that all work uses; results given to a device between two of them are lost with it ---- */

#define OPERATION(name, table, parameters, arguments)                                                                  \
    static enum status name parameters                                                                                 \
    {                                                                                                                  \
        return fails(error) ? STATUS_DEVICE : cpu->table arguments;                                                    \
    }
#define STREAM struct compute_stream *stream
#define SLICE(name) struct compute_slice name
#define ERROR struct error *error

OPERATION(stream_synchronise, stream_synchronise, (STREAM, ERROR), (stream, error))
OPERATION(buffer_write, buffer_write,
          (STREAM, struct compute_buffer *buffer, size_t offset, const void *host, size_t bytes, ERROR),
          (stream, buffer, offset, host, bytes, error))
OPERATION(buffer_read, buffer_read,
          (STREAM, const struct compute_buffer *buffer, size_t offset, void *host, size_t bytes, ERROR),
          (stream, buffer, offset, host, bytes, error))
OPERATION(gemm, gemm,
          (STREAM, bool ta, bool tb, int64_t m, int64_t n, int64_t k, float alpha, SLICE(a), SLICE(b), float beta,
           SLICE(c), ERROR),
          (stream, ta, tb, m, n, k, alpha, a, b, beta, c, error))
OPERATION(gram, gram, (STREAM, int64_t n, int64_t d, SLICE(y), float ridge, SLICE(g), ERROR),
          (stream, n, d, y, ridge, g, error))
OPERATION(cholesky, cholesky, (STREAM, int64_t d, SLICE(g), ERROR), (stream, d, g, error))
OPERATION(cholesky_solve, cholesky_solve, (STREAM, int64_t n, int64_t d, SLICE(l), SLICE(x), ERROR),
          (stream, n, d, l, x, error))
OPERATION(sparse_gemm, sparse_gemm,
          (STREAM, int64_t rows, int64_t d, SLICE(starts), SLICE(columns), SLICE(values), SLICE(b), SLICE(c), ERROR),
          (stream, rows, d, starts, columns, values, b, c, error))
OPERATION(tsne_distances, tsne_distances, (STREAM, int64_t n, int64_t d, SLICE(x), SLICE(distances), ERROR),
          (stream, n, d, x, distances, error))
OPERATION(tsne_affinities, tsne_affinities, (STREAM, int64_t n, float perplexity, SLICE(distances), SLICE(p), ERROR),
          (stream, n, perplexity, distances, p, error))
OPERATION(tsne_step, tsne_step,
          (STREAM, int64_t n, float exaggeration, float rate, float momentum, SLICE(p), SLICE(y), SLICE(velocity),
           SLICE(gains), SLICE(kl), SLICE(scratch), ERROR),
          (stream, n, exaggeration, rate, momentum, p, y, velocity, gains, kl, scratch, error))
OPERATION(top_k, top_k,
          (STREAM, int64_t n_queries, int64_t n_items, int64_t d, int64_t k, SLICE(queries), SLICE(items),
           SLICE(excluded_starts), SLICE(excluded), SLICE(ids), SLICE(scores), SLICE(scratch), ERROR),
          (stream, n_queries, n_items, d, k, queries, items, excluded_starts, excluded, ids, scores, scratch, error))
OPERATION(fill, network.fill, (STREAM, int64_t n, float value, SLICE(y), ERROR), (stream, n, value, y, error))
OPERATION(gather, network.gather,
          (STREAM, int64_t n, int64_t d, SLICE(ids), float alpha, int64_t x_rows, SLICE(x), float beta, SLICE(y),
           int64_t y_stride, ERROR),
          (stream, n, d, ids, alpha, x_rows, x, beta, y, y_stride, error))
OPERATION(sum_squares, network.sum_squares, (STREAM, int64_t n, SLICE(x), SLICE(total), ERROR),
          (stream, n, x, total, error))
OPERATION(table_read, network.table_read,
          (STREAM, const struct compute_table *table, const struct compute_schedule *schedule, int64_t step, int64_t n,
           SLICE(ids), float alpha, float beta, SLICE(y), int64_t y_stride, ERROR),
          (stream, table, schedule, step, n, ids, alpha, beta, y, y_stride, error))
OPERATION(table_step, network.table_step,
          (STREAM, const struct compute_table *table, const struct compute_schedule *schedule, int64_t step, int64_t n,
           SLICE(ids), float clip, SLICE(squares), SLICE(gradient), ERROR),
          (stream, table, schedule, step, n, ids, clip, squares, gradient, error))

__attribute__((visibility("default"))) const struct compute_ops *sleeve_compute_v9(void)
{
    static struct compute_ops ops;
    const struct compute_ops *(*entry)(void) = NULL;
    void *module = dlopen(CPU_MODULE_PATH, RTLD_NOW | RTLD_LOCAL);
    void *symbol = module ? dlsym(module, COMPUTE_ENTRY) : NULL;
    memcpy(&entry, &symbol, sizeof entry);
    if (!entry) {
        ops.version = 0;
        return &ops;
    }
    cpu = entry();
    ops = *cpu;
    ops.device_open = device_open;
    ops.device_close = device_close;
    ops.device_info = device_info;
    ops.stream_open = stream_open;
    ops.stream_close = stream_close;
    ops.stream_synchronise = stream_synchronise;
    ops.buffer_create = buffer_create;
    ops.buffer_wrap = buffer_wrap;
    ops.buffer_destroy = buffer_destroy;
    ops.buffer_host = buffer_host;
    ops.buffer_write = buffer_write;
    ops.buffer_read = buffer_read;
    ops.gemm = gemm;
    ops.gram = gram;
    ops.cholesky = cholesky;
    ops.cholesky_solve = cholesky_solve;
    ops.sparse_gemm = sparse_gemm;
    ops.tsne_distances = tsne_distances;
    ops.tsne_affinities = tsne_affinities;
    ops.tsne_step = tsne_step;
    ops.top_k = top_k;
    ops.network.fill = fill;
    ops.network.gather = gather;
    ops.network.sum_squares = sum_squares;
    ops.network.table_read = table_read;
    ops.network.table_step = table_step;
    return &ops;
}
