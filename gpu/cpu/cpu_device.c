#include "gpu/cpu/cpu_internal.h"

#include <cblas.h>
#include <stdlib.h>
#include <string.h>

#include "gpu/cpu/cpu_blas_memory.h"
#include "gpu/cpu/cpu_index.h"
#include "gpu/cpu/cpu_ops.h"
#include "gpu/cpu/cpu_workspace.h"

/* Copies and truncates to `size`; always adds a NUL. */
static void copy_text(char *to, size_t size, const char *from)
{
    size_t length = strlen(from);
    if (length >= size)
        length = size - 1;
    memcpy(to, from, length);
    to[length] = '\0';
}

#if defined(__x86_64__)
#include <cpuid.h>

static enum cpu_simd find_simd(void)
{
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl"))
        return CPU_AVX512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return CPU_AVX2;
    return CPU_PORTABLE;
}

static void find_name(char *name, size_t size)
{
    unsigned words[13] = {0};
    if (__get_cpuid_max(0x80000000u, NULL) < 0x80000004u)
        return;
    for (unsigned leaf = 0; leaf < 3; leaf++)
        __get_cpuid(0x80000002u + leaf, &words[leaf * 4], &words[leaf * 4 + 1], &words[leaf * 4 + 2],
                    &words[leaf * 4 + 3]);
    const char *text = (const char *)words; /* 48 bytes, then zeros */
    while (*text == ' ')
        text++;
    if (*text)
        copy_text(name, size, text);
}
#else
static enum cpu_simd find_simd(void)
{
    return CPU_PORTABLE;
}

static void find_name(char *name, size_t size)
{
    (void)name;
    (void)size;
}
#endif

enum status cpu_device_open(struct pool *pool, struct compute_device **out, struct error *error)
{
    struct compute_device *device = calloc(1, sizeof *device);
    if (!device)
        return error_no_memory(error);
    device->pool = pool;
    device->threads = pool_threads(pool);
    device->simd = find_simd();
    device->bytes = cpu_index_find_bytes();
    openblas_set_num_threads(1);
    enum status status = cpu_blas_memory_take(device->threads, error);
    if (status != STATUS_OK) {
        free(device);
        return status;
    }
    status = cpu_workspace_create(device->threads, &device->workspace, error);
    if (status != STATUS_OK) {
        cpu_device_close(device);
        return status;
    }
    copy_text(device->name, sizeof device->name, "CPU");
    find_name(device->name, sizeof device->name);
    /* The configuration begins with name and version: "OpenBLAS 0.3.21 NO_LAPACKE ...". */
    copy_text(device->library, sizeof device->library, openblas_get_config());
    char *space = strchr(device->library, ' ');
    if (space && (space = strchr(space + 1, ' ')))
        *space = '\0';
    copy_text(device->core, sizeof device->core, openblas_get_corename());
    *out = device;
    return STATUS_OK;
}

void cpu_device_close(struct compute_device *device)
{
    if (!device)
        return;
    cpu_workspace_destroy(device->workspace);
    cpu_blas_memory_give_back(device->threads);
    free(device);
}

void cpu_device_info(const struct compute_device *device, struct compute_info *info)
{
    static const char *const simd_names[] = {
        [CPU_PORTABLE] = "portable", [CPU_AVX2] = "AVX2", [CPU_AVX512] = "AVX-512"};
    *info = (struct compute_info){.name = device->name,
                                  .library = device->library,
                                  .core = device->core,
                                  .simd = simd_names[device->simd],
                                  .threads = device->threads};
}

enum status cpu_stream_open(struct compute_device *device, struct compute_stream **out, struct error *error)
{
    struct compute_stream *stream = malloc(sizeof *stream);
    if (!stream)
        return error_no_memory(error);
    stream->device = device;
    *out = stream;
    return STATUS_OK;
}

void cpu_stream_close(struct compute_stream *stream)
{
    free(stream);
}

enum status cpu_stream_synchronise(struct compute_stream *stream, struct error *error)
{
    (void)stream;
    (void)error;
    return STATUS_OK; /* operations are complete when they return */
}

static const struct compute_ops ops = {
    .version = COMPUTE_VERSION,
    .size = sizeof(struct compute_ops),
    .device_open = cpu_device_open,
    .device_close = cpu_device_close,
    .device_info = cpu_device_info,
    .stream_open = cpu_stream_open,
    .stream_close = cpu_stream_close,
    .stream_synchronise = cpu_stream_synchronise,
    .buffer_create = cpu_buffer_create,
    .buffer_wrap = cpu_buffer_wrap,
    .buffer_discard = cpu_buffer_discard,
    .buffer_destroy = cpu_buffer_destroy,
    .buffer_write = cpu_buffer_write,
    .buffer_read = cpu_buffer_read,
    .buffer_host = cpu_buffer_host,
#define OPERATION(name, ...) .name = cpu_##name,
#define SIZE(name, ...) .name = cpu_##name,
#include "gpu/ops/between.h"
#include "gpu/ops/index.h"
#include "gpu/ops/inference.h"
#include "gpu/ops/linalg.h"
#include "gpu/ops/search.h"
#include "gpu/ops/tsne.h"
    .network =
        {
#include "gpu/ops/convolution.h"
#include "gpu/ops/network.h"
        },
#undef OPERATION
#undef SIZE
};

__attribute__((visibility("default"))) const struct compute_ops *sleeve_compute_v9(void)
{
    return &ops;
}
