#ifndef SLEEVE_GPU_COMPUTE_H
#define SLEEVE_GPU_COMPUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/pool.h"
#include "core/status.h"
#include "gpu/compute_group.h"
#include "gpu/compute_network.h"
#include "gpu/compute_types.h"

/* The table of operations that every device implements. Operations work on contiguous row-major float32 buffers, take
 * explicit sizes, run in the order of their stream, return a status, and neither allocate nor wait. A failure that only
 * the data reveals (a matrix without a Cholesky factor) is reported by the operation itself or by the next buffer_read
 * or stream_synchronise. Buffers are opaque: only buffer_write, buffer_read and buffer_host cross to the host.
 * buffer_write has copied the bytes when it returns; buffer_read waits for all earlier operations of its stream.
 * Scratch memory is a buffer that the caller passes; each operation that needs one has a *_scratch function that
 * returns its size in bytes.
 *
 * Any function that returns a status returns STATUS_DEVICE when the device is lost or its memory is full, with a
 * message that names the device and the cause; every other failure is caused by the work itself. Such work can be
 * repeated in smaller pieces or on the CPU, which never returns STATUS_DEVICE. Buffers, streams and the device can
 * still be destroyed and closed afterwards: these functions neither fail nor wait for a lost device. */

enum { COMPUTE_VERSION = 9 };

struct compute_info {
    const char *name;    /* "CPU", "NVIDIA H200" */
    const char *library; /* "OpenBLAS 0.3.21" */
    const char *core;    /* BLAS core or compute capability */
    const char *simd;    /* "AVX-512", "AVX2", "portable" */
    int threads;
};

struct compute_ops {
    uint32_t version; /* COMPUTE_VERSION */
    uint32_t size;    /* of this struct: a module of another build with the same version is refused, too */
    enum status (*device_open)(struct pool *pool, struct compute_device **device, struct error *error);
    void (*device_close)(struct compute_device *device);
    void (*device_info)(const struct compute_device *device, struct compute_info *info);
    enum status (*stream_open)(struct compute_device *device, struct compute_stream **stream, struct error *error);
    void (*stream_close)(struct compute_stream *stream);
    enum status (*stream_synchronise)(struct compute_stream *stream, struct error *error);
    enum status (*buffer_create)(struct compute_device *device, size_t bytes, struct compute_buffer **buffer,
                                 struct error *error);
    /* Uses host memory in place where the device can (CPU) and copies it otherwise. The buffer is read-only; the memory
     * must outlive it. */
    enum status (*buffer_wrap)(struct compute_device *device, const void *host, size_t bytes,
                               struct compute_buffer **buffer, struct error *error);
    void (*buffer_destroy)(struct compute_buffer *buffer); /* waits for operations that use it; NULL is ignored */
    /* The contents are undefined until they are written again: the host's memory can be used for other things. NULL on
     * devices with memory of their own. */
    void (*buffer_discard)(struct compute_buffer *buffer);
    enum status (*buffer_write)(struct compute_stream *stream, struct compute_buffer *buffer, size_t offset_bytes,
                                const void *host, size_t bytes, struct error *error);
    enum status (*buffer_read)(struct compute_stream *stream, const struct compute_buffer *buffer, size_t offset_bytes,
                               void *host, size_t bytes, struct error *error);

    /* The buffer's bytes if the host can read them in place, otherwise NULL. */
    const void *(*buffer_host)(const struct compute_buffer *buffer);

    /* The operations; their contracts are in gpu/ops/. OPERATION is a function that works on a stream, SIZE returns how
     * many bytes a buffer for it needs. */
#define OPERATION(name, ...) enum status (*name)(struct compute_stream * stream, __VA_ARGS__, struct error * error);
#define SIZE(name, ...) size_t (*name)(const struct compute_device *device, __VA_ARGS__);
#include "gpu/ops/between.h"
#include "gpu/ops/index.h"
#include "gpu/ops/inference.h"
#include "gpu/ops/linalg.h"
#include "gpu/ops/search.h"
#include "gpu/ops/tsne.h"
#undef OPERATION
#undef SIZE
    struct compute_network_ops network;
    struct compute_group_ops group;
};

/* ---- loading (gpu/compute.c) ---- */

enum device_choice { DEVICE_AUTO, DEVICE_CPU, DEVICE_CUDA };

/* An open device with its thread pool and one stream. */
struct compute {
    const struct compute_ops *ops;
    struct compute_device *device;
    struct compute_stream *stream;
    struct pool *pool;
    struct compute_group *group; /* of the devices of several ranks (nn/exchange.h); NULL: there is none */
    struct compute_info info;
    void *module; /* never closed */
    struct error
        gpu_unavailable; /* DEVICE_AUTO: why an existing GPU is not used; empty if it is used or there is none */
};

/* Loads the device's module from the folder of the program (build or installed) and nowhere else; first sets
 * OPENBLAS_CORETYPE if OpenBLAS would not recognise the processor. threads 0: all. DEVICE_CUDA returns STATUS_DEVICE
 * when no GPU is available; DEVICE_AUTO then opens the CPU. */
enum status compute_open(enum device_choice choice, int threads, struct compute *compute, struct error *error);
/* Opens the device of the module in this file, as compute_open does with the module that it finds. Used by tests. */
enum status compute_open_module(const char *path, int threads, struct compute *compute, struct error *error);
void compute_close(struct compute *compute);

/* The one entry point of a module. */
#define COMPUTE_ENTRY "sleeve_compute_v9"
const struct compute_ops *sleeve_compute_v9(void);

#endif
