#include "fetch/curl_library.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define LIBRARY "libcurl.so.4"

static struct curl_library loaded;
static bool is_loaded;

static const struct {
    const char *name;
    size_t place;
} functions[] = {
#define CURL_ENTRY(name) {#name, offsetof(struct curl_library, name)},
    CURL_FUNCTIONS(CURL_ENTRY)
#undef CURL_ENTRY
};

static enum status find_functions(void *handle, struct error *error)
{
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        void *function = dlsym(handle, functions[i].name);
        if (!function)
            return error_set(error, STATUS_FAILED, "%s has no function %s; install a newer one", LIBRARY,
                             functions[i].name);
        memcpy((char *)&loaded + functions[i].place, &function, sizeof function);
    }
    return STATUS_OK;
}

enum status curl_library_load(const struct curl_library **library, struct error *error)
{
    *library = &loaded;
    if (is_loaded)
        return STATUS_OK;
    void *handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        const char *reason = dlerror();
        return error_set(error, STATUS_FAILED, "%s cannot be loaded, install the package libcurl4: %s", LIBRARY,
                         reason ? reason : "no reason given");
    }
    enum status status = find_functions(handle, error);
    if (status == STATUS_OK && loaded.curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        status = error_set(error, STATUS_FAILED, "%s cannot be initialised", LIBRARY);
    is_loaded = status == STATUS_OK;
    return status;
}
