#ifndef SLEEVE_GPU_CPU_OPS_H
#define SLEEVE_GPU_CPU_OPS_H

#include "gpu/compute.h"

/* The functions of the table in the CPU module. Every operation is split into tasks by its sizes alone, so results do
 * not depend on the number of threads; they differ in the last bits between instruction sets. */

/* cpu_device.c */
enum status cpu_device_open(struct pool *pool, struct compute_device **device, struct error *error);
void cpu_device_close(struct compute_device *device);
void cpu_device_info(const struct compute_device *device, struct compute_info *info);
enum status cpu_stream_open(struct compute_device *device, struct compute_stream **stream, struct error *error);
void cpu_stream_close(struct compute_stream *stream);
enum status cpu_stream_synchronise(struct compute_stream *stream, struct error *error);

/* cpu_buffer.c */
enum status cpu_buffer_create(struct compute_device *device, size_t bytes, struct compute_buffer **buffer,
                              struct error *error);
void cpu_buffer_discard(struct compute_buffer *buffer);
enum status cpu_buffer_wrap(struct compute_device *device, const void *host, size_t bytes,
                            struct compute_buffer **buffer, struct error *error);
void cpu_buffer_destroy(struct compute_buffer *buffer);
enum status cpu_buffer_write(struct compute_stream *stream, struct compute_buffer *buffer, size_t offset_bytes,
                             const void *host, size_t bytes, struct error *error);
enum status cpu_buffer_read(struct compute_stream *stream, const struct compute_buffer *buffer, size_t offset_bytes,
                            void *host, size_t bytes, struct error *error);
const void *cpu_buffer_host(const struct compute_buffer *buffer);

/* cpu_NAME for every other function of the table. */
#define OPERATION(name, ...) enum status cpu_##name(struct compute_stream *stream, __VA_ARGS__, struct error *error);
#define SIZE(name, ...) size_t cpu_##name(const struct compute_device *device, __VA_ARGS__);
#include "gpu/ops/between.h"
#include "gpu/ops/convolution.h"
#include "gpu/ops/index.h"
#include "gpu/ops/inference.h"
#include "gpu/ops/linalg.h"
#include "gpu/ops/network.h"
#include "gpu/ops/search.h"
#include "gpu/ops/tsne.h"
#undef OPERATION
#undef SIZE

#endif
