#include "gpu/compute.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/buffer.h"
#include "gpu/cpu_features.h"

#define CPU_MODULE "sleeve-compute-cpu.so"
#define CUDA_MODULE "sleeve-compute-cuda.so"

/* Where a module may be, relative to the program's folder: beside it, in the build folder, or installed. Nothing else
 * is searched: neither the working folder nor a library path decides which code is loaded. The tests are deeper in the
 * build folder; a program anywhere else must not search parent folders, which may belong to another user. */
static const char *const module_folders[] = {"", "gpu/", "../lib/sleeve/"};
static const char build_folder[] = SLEEVE_BUILD_FOLDER "/";

static bool program_folder(struct buffer *folder)
{
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path);
    if (length <= 0 || (size_t)length >= sizeof path)
        return false;
    while (length > 0 && path[length - 1] != '/')
        length--;
    buffer_add(folder, path, (size_t)length);
    return !folder->failed;
}

/* A module is code: it must belong to root, the current user or the owner of the program, and nobody else may be able
 * to write to it. */
static bool is_trusted(const char *path)
{
    struct stat module, program;
    return stat(path, &module) == 0 && stat("/proc/self/exe", &program) == 0 && S_ISREG(module.st_mode) &&
           !(module.st_mode & S_IWOTH) &&
           (module.st_uid == 0 || module.st_uid == geteuid() || module.st_uid == program.st_uid);
}

/* The path of the module in the i-th folder to search; "" if there is no such folder. */
static void module_path(const char *folder, size_t i, const char *name, struct buffer *path)
{
    enum { N_FOLDERS = sizeof module_folders / sizeof module_folders[0] };
    buffer_clear(path);
    if (i < N_FOLDERS)
        buffer_printf(path, "%s%s%s", folder, module_folders[i], name);
    else if (strncmp(folder, build_folder, sizeof build_folder - 1) == 0)
        buffer_printf(path, "%sgpu/%s", build_folder, name);
    else
        buffer_add_text(path, "");
}

static enum status find_module(const char *name, struct buffer *path, struct error *error)
{
    struct buffer folder = {0};
    if (!program_folder(&folder)) {
        buffer_free(&folder);
        return error_set(error, STATUS_FAILED,
                         "the program's own folder cannot be read from /proc/self/exe, so its compute module cannot be "
                         "found; mount /proc");
    }
    enum status status = STATUS_FAILED;
    for (size_t i = 0; i <= sizeof module_folders / sizeof module_folders[0] && status != STATUS_OK; i++) {
        module_path(folder.data, i, name, path);
        if (path->failed)
            status = error_no_memory(error);
        else if (is_trusted(path->data))
            status = STATUS_OK;
    }
    if (status != STATUS_OK)
        error_set(
            error, STATUS_FAILED,
            "the compute module %s is neither beside the program in %s nor in ../lib/sleeve; build or install sleeve "
            "again",
            name, folder.data);
    buffer_free(&folder);
    return status;
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
    if (!entry || (*ops = entry())->version != COMPUTE_VERSION)
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
