#include "gpu/compute.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"
#include "core/installed_file.h"
#include "gpu/cpu_features.h"

#define CPU_MODULE "sleeve-compute-cpu.so"
#define CUDA_MODULE "sleeve-compute-cuda.so"

/* Finds the module, which is code (core/installed_file.h). */
static enum status find_module(const char *name, struct buffer *path, struct error *error)
{
    const struct installed_file module = {
        .name = name, .kind = "compute module", .subfolder = "gpu/", .build_folder = SLEEVE_BUILD_FOLDER "/"};
    return installed_file_find(&module, path, error);
}

static enum status load_module(const char *path, void **module, const struct compute_ops **ops, struct error *error)
{
    *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    const struct compute_ops *(*entry)(void) = NULL;
    if (!*module) {
        const char *reason = dlerror();
        return error_set(error, STATUS_FAILED, "the compute module %s cannot be loaded: %s", path,
                         reason ? reason : "no reason given");
    }
    void *symbol = dlsym(*module, COMPUTE_ENTRY);
    memcpy(&entry, &symbol,
           sizeof entry); /* ISO C does not allow the cast from an object pointer to a function pointer */
    if (!entry || (*ops = entry())->version != COMPUTE_VERSION || (*ops)->size != sizeof **ops)
        return error_set(error, STATUS_FAILED,
                         "the compute module %s is of another version of sleeve; build or install sleeve again", path);
    return STATUS_OK;
}

enum status compute_open_module(const char *path, int threads, struct compute *compute, struct error *error)
{
    memset(compute, 0, sizeof *compute);
    const char *core = cpu_features_blas_core();
    if (core)
        setenv("OPENBLAS_CORETYPE", core, 0); /* read when the module loads OpenBLAS; a value set by the user is kept */
    setenv("OPENBLAS_NUM_THREADS", "1", 1);   /* the pool provides the threads; OpenBLAS's own would only spin */
    enum status status = load_module(path, &compute->module, &compute->ops, error);
    if (status == STATUS_OK)
        status = pool_create(threads, &compute->pool, error);
    if (status == STATUS_OK)
        status = compute->ops->device_open(compute->pool, &compute->device, error);
    if (status == STATUS_OK)
        status = compute->ops->stream_open(compute->device, &compute->stream, error);
    if (status == STATUS_OK)
        compute->ops->device_info(compute->device, &compute->info);
    else
        compute_close(compute);
    return status;
}

static enum status open_by_name(const char *name, int threads, struct compute *compute, struct error *error)
{
    struct buffer path = {0};
    enum status status = find_module(name, &path, error);
    if (status == STATUS_OK)
        status = compute_open_module(path.data, threads, compute, error);
    buffer_free(&path);
    return status;
}

/* NVIDIA's driver; without it, loading the CUDA module would only take time. */
static bool cuda_driver_present(void)
{
    return dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL) != NULL; /* stays open: the module needs it, too */
}

static bool cuda_module_present(void)
{
    struct buffer path = {0};
    bool present = find_module(CUDA_MODULE, &path, NULL) == STATUS_OK;
    buffer_free(&path);
    return present;
}

enum status compute_open(enum device_choice choice, int threads, struct compute *compute, struct error *error)
{
    struct error gpu = {0}, absent = {0};
    memset(compute, 0, sizeof *compute);
    if (choice != DEVICE_CPU) {
        if (!cuda_module_present())
            error_set(&absent, STATUS_DEVICE,
                      "this installation has no CUDA module, which is built where nvcc is; choose cpu or auto");
        else if (!cuda_driver_present())
            error_set(&absent, STATUS_DEVICE, "there is no CUDA driver in this machine; choose cpu or auto");
        else if (open_by_name(CUDA_MODULE, threads, compute, &gpu) == STATUS_OK)
            return STATUS_OK;
        if (choice == DEVICE_CUDA)
            return error_set(error, STATUS_DEVICE, "%s", gpu.text[0] ? gpu.text : absent.text);
    }
    enum status status = open_by_name(CPU_MODULE, threads, compute, error);
    compute->gpu_unavailable = gpu;
    return status;
}

void compute_close(struct compute *compute)
{
    if (compute->stream)
        compute->ops->stream_close(compute->stream);
    if (compute->device)
        compute->ops->device_close(compute->device);
    if (compute->pool)
        pool_destroy(compute->pool);
    memset(compute, 0, sizeof *compute);
}
