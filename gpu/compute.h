#ifndef SLEEVE_GPU_COMPUTE_H
#define SLEEVE_GPU_COMPUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/pool.h"
#include "core/status.h"
#include "gpu/compute_network.h"
#include "gpu/compute_types.h"

/* The table of operations that every device implements. Operations work on contiguous row-major float32 buffers, take
 * explicit sizes, are ordered by their stream, return a status, and neither allocate nor wait; a failure that only the
 * numbers show (no Cholesky factor) is told by the operation or by the next read or stream_synchronise. Buffers are
 * opaque: only buffer_write, buffer_read and buffer_host cross to the host; a write has taken the bytes when it
 * returns, a read waits for what its stream was given before and for the bytes. Scratch memory is a buffer that the
 * caller passes; each operation that needs one has a *_scratch function that says how many bytes. The table starts with
 * what is called today and grows with use.
 *
 * A device that is lost, and one whose memory is full, answers STATUS_DEVICE, from any function of the table that
 * returns a status, with a sentence that names the device and what happened; every other failure is of the work itself.
 * Such work is done again in smaller pieces or on the CPU, which never answers so. Buffers, streams and the device can
 * be destroyed and closed afterwards as ever: these functions neither fail nor wait for a device that is lost. */

enum { COMPUTE_VERSION = 3 };

struct compute_info {
    const char *name;    /* "CPU", "NVIDIA H200" */
    const char *library; /* "OpenBLAS 0.3.21" */
    const char *core;    /* BLAS core or compute capability */
    const char *simd;    /* "AVX-512", "AVX2", "portable" */
    int threads;
};

struct compute_ops {
    uint32_t version;
    enum status (*device_open)(struct pool *pool, struct compute_device **device, struct error *error);
    void (*device_close)(struct compute_device *device);
    void (*device_info)(const struct compute_device *device, struct compute_info *info);
    enum status (*stream_open)(struct compute_device *device, struct compute_stream **stream, struct error *error);
    void (*stream_close)(struct compute_stream *stream);
    enum status (*stream_synchronise)(struct compute_stream *stream, struct error *error);
    enum status (*buffer_create)(struct compute_device *device, size_t bytes, struct compute_buffer **buffer,
                                 struct error *error);
    /* Host memory used in place where the device can (CPU), copied otherwise; read only; must outlive the buffer. */
    enum status (*buffer_wrap)(struct compute_device *device, const void *host, size_t bytes,
                               struct compute_buffer **buffer, struct error *error);
    void (*buffer_destroy)(struct compute_buffer *buffer); /* waits for operations on it; NULL is fine */
    enum status (*buffer_write)(struct compute_stream *stream, struct compute_buffer *buffer, size_t offset_bytes,
                                const void *host, size_t bytes, struct error *error);
    enum status (*buffer_read)(struct compute_stream *stream, const struct compute_buffer *buffer, size_t offset_bytes,
                               void *host, size_t bytes, struct error *error);

    /* The buffer's bytes where the host can read them in place, NULL where it cannot. */
    const void *(*buffer_host)(const struct compute_buffer *buffer);

    /* The operations, whose contracts are in gpu/ops/: OPERATION is a function that works on a stream, SIZE one that
     * says how many bytes a buffer for it must have. */
#define OPERATION(name, ...) enum status (*name)(struct compute_stream * stream, __VA_ARGS__, struct error * error);
#define SIZE(name, ...) size_t (*name)(const struct compute_device *device, __VA_ARGS__);
#include "gpu/ops/index.h"
#include "gpu/ops/linalg.h"
#include "gpu/ops/search.h"
#include "gpu/ops/tsne.h"
#undef OPERATION
#undef SIZE
    struct compute_network_ops network;
};

/* ---- loading (gpu/compute.c) ---- */

enum device_choice { DEVICE_AUTO, DEVICE_CPU, DEVICE_CUDA };

/* A device that answers, with its pool and one stream. */
struct compute {
    const struct compute_ops *ops;
    struct compute_device *device;
    struct compute_stream *stream;
    struct pool *pool;
    struct compute_info info;
    void *module;                 /* never closed */
    struct error gpu_unavailable; /* DEVICE_AUTO: why the GPU that is here is not used; empty when it is used or there
                                   * is none */
};

/* Looks for the module beside the program (build and install folders) only, sets OPENBLAS_CORETYPE first where OpenBLAS
 * would not know the processor, and loads it. threads 0: all. DEVICE_CUDA answers STATUS_DEVICE where there is no GPU
 * to be had; DEVICE_AUTO then opens the CPU. */
enum status compute_open(enum device_choice choice, int threads, struct compute *compute, struct error *error);
/* The device of the module in this very file: what compute_open does with the one that it has found. Tests open devices
 * of their own so. */
enum status compute_open_module(const char *path, int threads, struct compute *compute, struct error *error);
void compute_close(struct compute *compute);

/* The one entry point of a module. */
#define COMPUTE_ENTRY "sleeve_compute_v3"
const struct compute_ops *sleeve_compute_v3(void);

#endif
