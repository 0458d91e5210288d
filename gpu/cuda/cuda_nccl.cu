#include "gpu/cuda/cuda_nccl.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define LIBRARY "libnccl.so.2"
#define REMEDY "install NCCL 2.14 or newer"

namespace {

struct {
    struct nccl nccl;
    bool complete;
    char fault[256];
} loaded;
pthread_once_t once = PTHREAD_ONCE_INIT;

void load(void)
{
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        const char *reason = dlerror();
        snprintf(loaded.fault, sizeof loaded.fault, "%.200s", reason ? reason : LIBRARY " cannot be loaded");
        return;
    }
    void *symbol;
    loaded.complete = true;
#define NCCL_SYMBOL(result, name, parameters)                                                                          \
    symbol = dlsym(library, "nccl" #name);                                                                             \
    if (!symbol && loaded.complete)                                                                                    \
        snprintf(loaded.fault, sizeof loaded.fault, LIBRARY " has no nccl" #name);                                     \
    loaded.complete = loaded.complete && symbol;                                                                       \
    memcpy(&loaded.nccl.name, &symbol, sizeof symbol);
    NCCL_FUNCTIONS(NCCL_SYMBOL)
#undef NCCL_SYMBOL
}

} // namespace

enum status nccl_load(const struct nccl **nccl, int *version, struct error *error)
{
    pthread_once(&once, load);
    if (!loaded.complete)
        return error_set(error, STATUS_FAILED, "%s; " REMEDY, loaded.fault);
    if (loaded.nccl.GetVersion(version) != NCCL_SUCCESS)
        return error_set(error, STATUS_FAILED, LIBRARY " does not give its version; " REMEDY);
    if (*version < NCCL_OLDEST) /* 2.8 and older are coded in thousands */
        return error_set(error, STATUS_FAILED, LIBRARY " is version %d.%d; " REMEDY,
                         *version / (*version < 10000 ? 1000 : 10000),
                         *version % (*version < 10000 ? 1000 : 10000) / 100);
    *nccl = &loaded.nccl;
    return STATUS_OK;
}
