#include "core/assets.h"

#include <string.h>
#include <unistd.h>

#include "core/file.h"

enum status asset_find(const char *name, struct buffer *path, struct error *error)
{
    char program[4096];
    ssize_t size = readlink("/proc/self/exe", program, sizeof program - 1);
    if (size <= 0)
        return error_set(error, STATUS_FAILED, "the program cannot find its own folder; is /proc mounted?");
    program[size] = '\0';
    *strrchr(program, '/') = '\0';
    /* The last one is for the programs in build/tests/FOLDER. */
    const char *const places[] = {"../assets", "../share/sleeve", "assets", "../../../assets"};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        buffer_clear(path);
        buffer_printf(path, "%s/%s/%s", program, places[i], name);
        if (path->failed)
            return error_no_memory(error);
        if (file_exists(path->data))
            return STATUS_OK;
    }
    return error_set(error, STATUS_FAILED, "the bundled file %s is neither in %s/../assets nor in %s/../share/sleeve",
                     name, program, program);
}
