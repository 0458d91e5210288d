#include "gpu/cuda/cuda_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEPT_MEMORY = 256 << 20 };

enum status cuda_check_call(const char *operation, cudaError_t result, struct error *error)
{
    if (result == cudaSuccess)
        return STATUS_OK;
    cudaGetLastError(); /* reported here, so clear it for the next launch */
    return error_set(error, STATUS_DEVICE, "the GPU failed in %s: %s", operation, cudaGetErrorString(result));
}

enum status cuda_check_blas(const char *operation, cublasStatus_t result, struct error *error)
{
    if (result == CUBLAS_STATUS_SUCCESS)
        return STATUS_OK;
    return error_set(error, STATUS_DEVICE, "the GPU failed in %s: %s", operation, cublasGetStatusString(result));
}

/* Lets the memory pool keep freed memory for the next buffers: reserving and releasing memory with the driver takes
 * longer than a search. */
static bool keep_freed_memory(int number)
{
    cudaMemPool_t pool;
    uint64_t bytes = KEPT_MEMORY;
    bool kept = cudaDeviceGetDefaultMemPool(&pool, number) == cudaSuccess &&
                cudaMemPoolSetAttribute(pool, cudaMemPoolAttrReleaseThreshold, &bytes) == cudaSuccess;
    if (!kept)
        cudaGetLastError(); /* buffers are allocated without it */
    return kept;
}

/* Processes that mpirun has started on this machine take a GPU each, in their order. Open MPI's and MPICH's names. */
static int wanted_number(void)
{
    static const char *const names[] = {"OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID"};
    for (int i = 0; i < 2; i++) {
        const char *text = getenv(names[i]);
        if (text && *text >= '0' && *text <= '9')
            return atoi(text);
    }
    return 0;
}

static enum status device_open(struct pool *pool, struct compute_device **out, struct error *error)
{
    int count = 0;
    enum status status = cuda_check_call("looking for a device", cudaGetDeviceCount(&count), error);
    if (status != STATUS_OK)
        return status;
    if (count == 0)
        return error_set(error, STATUS_FAILED, "there is no CUDA device in this machine");
    const int number = wanted_number();
    if (number >= count)
        return error_set(error, STATUS_DEVICE,
                         "this machine has %d GPU%s and at least %d processes of mpirun; start one for each GPU, or "
                         "choose --device cpu",
                         count, count == 1 ? "" : "s", number + 1);
    struct compute_device *device = (struct compute_device *)calloc(1, sizeof *device);
    if (!device)
        return error_no_memory(error);
    cudaDeviceProp properties;
    status = cuda_check_call("opening the device", cudaSetDevice(number), error);
    if (status == STATUS_OK)
        status = cuda_check_call("asking the device", cudaGetDeviceProperties(&properties, number), error);
    if (status != STATUS_OK) {
        free(device);
        return status;
    }
    device->pool = pool;
    device->processors = properties.multiProcessorCount;
    device->shared_bytes = properties.sharedMemPerBlockOptin;
    device->pooled = properties.memoryPoolsSupported && keep_freed_memory(number);
    snprintf(device->name, sizeof device->name, "%s", properties.name);
    snprintf(device->core, sizeof device->core, "compute capability %d.%d", properties.major, properties.minor);
    int version = 0;
    cudaRuntimeGetVersion(&version);
    snprintf(device->library, sizeof device->library, "CUDA %d.%d", version / 1000, version % 1000 / 10);
    *out = device;
    return STATUS_OK;
}

static void device_close(struct compute_device *device)
{
    free(device);
}

static void device_info(const struct compute_device *device, struct compute_info *info)
{
    *info = {};
    info->name = device->name;
    info->library = device->library;
    info->core = device->core;
    info->simd = "CUDA";
    info->threads = pool_threads(device->pool);
}

static void stream_close(struct compute_stream *stream)
{
    if (!stream)
        return;
    if (stream->blas)
        cublasDestroy(stream->blas);
    if (stream->queue)
        cudaStreamDestroy(stream->queue);
    cudaFree(stream->workspace);
    cudaFree(stream->faults);
    cudaFreeHost(stream->seen);
    free(stream);
}

static enum status stream_open(struct compute_device *device, struct compute_stream **out, struct error *error)
{
    struct compute_stream *stream = (struct compute_stream *)calloc(1, sizeof *stream);
    if (!stream)
        return error_no_memory(error);
    static const char *const what = "opening a stream";
    stream->device = device;
    enum status status = cuda_check_call(what, cudaStreamCreateWithFlags(&stream->queue, cudaStreamNonBlocking), error);
    if (status == STATUS_OK)
        status = cuda_check_call(what, cudaMalloc((void **)&stream->workspace, CUDA_WORKSPACE), error);
    if (status == STATUS_OK)
        status = cuda_check_call(what, cudaMalloc((void **)&stream->faults, sizeof *stream->faults), error);
    if (status == STATUS_OK)
        status = cuda_check_call(what, cudaMallocHost((void **)&stream->seen, sizeof *stream->seen), error);
    if (status == STATUS_OK)
        status =
            cuda_check_call(what, cudaMemsetAsync(stream->faults, 0, sizeof *stream->faults, stream->queue), error);
    if (status == STATUS_OK)
        status = cuda_check_blas(what, cublasCreate(&stream->blas), error);
    if (status == STATUS_OK)
        status = cuda_check_blas(what, cublasSetStream(stream->blas, stream->queue), error);
    if (status == STATUS_OK) /* full float32, never TF32 */
        status = cuda_check_blas(what, cublasSetMathMode(stream->blas, CUBLAS_PEDANTIC_MATH), error);
    if (status == STATUS_OK)
        *out = stream;
    else
        stream_close(stream);
    return status;
}

/* Reports and clears the faults that the device has found. */
static enum status report_faults(struct compute_stream *stream, struct error *error)
{
    int faults = *stream->seen;
    if (!faults)
        return STATUS_OK;
    *stream->seen = 0;
    enum status status =
        cuda_check_call("waiting", cudaMemsetAsync(stream->faults, 0, sizeof *stream->faults, stream->queue), error);
    if (status != STATUS_OK)
        return status;
    if (faults & CUDA_FAULT_CHOLESKY)
        return error_set(
            error, STATUS_FAILED,
            "a matrix is not positive definite, so it has no Cholesky factor; use a larger regularization");
    return error_set(error, STATUS_FAILED, "an index or length given to an operation is out of range (internal error)");
}

enum status cuda_stream_wait(struct compute_stream *stream, struct error *error)
{
    enum status status = cuda_check_call(
        "waiting",
        cudaMemcpyAsync(stream->seen, stream->faults, sizeof *stream->seen, cudaMemcpyDeviceToHost, stream->queue),
        error);
    if (status == STATUS_OK)
        status = cuda_check_call("waiting", cudaStreamSynchronize(stream->queue), error);
    return status == STATUS_OK ? report_faults(stream, error) : status;
}

static struct compute_ops ops;

extern "C" __attribute__((visibility("default"))) const struct compute_ops *sleeve_compute_v9(void)
{
    ops.version = COMPUTE_VERSION;
    ops.size = sizeof ops;
    ops.device_open = device_open;
    ops.device_close = device_close;
    ops.device_info = device_info;
    ops.stream_open = stream_open;
    ops.stream_close = stream_close;
    ops.stream_synchronise = cuda_stream_wait;
    cuda_buffer_operations(&ops);
    cuda_group_operations(&ops.group);
#define OPERATION(name, ...) ops.name = cuda_##name;
#define SIZE(name, ...) ops.name = cuda_##name;
#include "gpu/ops/index.h"
#include "gpu/ops/inference.h"
#include "gpu/ops/linalg.h"
#include "gpu/ops/search.h"
#include "gpu/ops/tsne.h"
#undef OPERATION
#define OPERATION(name, ...) ops.network.name = cuda_##name;
#include "gpu/ops/convolution.h"
#include "gpu/ops/network.h"
#undef OPERATION
#undef SIZE
    return &ops;
}
