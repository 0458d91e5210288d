#include "media/av_library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#define LIBRARY "libavformat.so." AV_STRINGIFY(LIBAVFORMAT_VERSION_MAJOR)

static struct av_library av;
static struct error failure;

/* The other libraries are found through libavformat, which depends on them. */
static void load(void)
{
    enum { ALLOCATION_MAX = 64 << 20 };
    static const char *const names[] = {
#define NAME(name) #name,
        AV_FUNCTIONS(NAME)
#undef NAME
    };
    void **const pointers = (void **)(void *)&av;
    void *library = dlopen(LIBRARY, RTLD_LAZY | RTLD_LOCAL);
    bool complete = library != NULL;
    for (size_t i = 0; complete && i < sizeof names / sizeof *names; i++)
        complete = (pointers[i] = dlsym(library, names[i])) != NULL;
    if (!complete) {
        error_set(&failure, STATUS_FAILED,
                  "music files are read with FFmpeg's %s, which cannot be loaded (%s); install the package "
                  "libavformat%d",
                  LIBRARY, dlerror(), LIBAVFORMAT_VERSION_MAJOR);
        return;
    }
    av.av_log_set_level(AV_LOG_QUIET);
    av.av_max_alloc(ALLOCATION_MAX);
}

enum status av_library_load(const struct av_library **library, struct error *error)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    *library = &av;
    if (failure.status != STATUS_OK && error)
        *error = failure;
    return failure.status;
}
