#include "core/installed_file.h"

#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

static bool is_trusted(const char *path)
{
    struct stat file, program;
    return stat(path, &file) == 0 && stat("/proc/self/exe", &program) == 0 && S_ISREG(file.st_mode) &&
           !(file.st_mode & S_IWOTH) && (file.st_uid == 0 || file.st_uid == geteuid() || file.st_uid == program.st_uid);
}

/* The tests are deeper in the build folder; a program anywhere else must not search parent folders, which may belong to
 * another user. */
static bool in_build_folder(const char *folder, const char *build_folder)
{
    return strncmp(folder, build_folder, strlen(build_folder)) == 0;
}

static enum status search(const struct installed_file *file, const char *folder, struct buffer *path,
                          struct error *error)
{
    const char *const places[][2] = {
        {folder, ""},
        {folder, file->subfolder},
        {folder, "../lib/sleeve/"},
        {in_build_folder(folder, file->build_folder) ? file->build_folder : NULL, file->subfolder},
    };
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        if (!places[i][0])
            continue;
        buffer_clear(path);
        buffer_printf(path, "%s%s%s", places[i][0], places[i][1], file->name);
        if (path->failed)
            return error_no_memory(error);
        if (is_trusted(path->data))
            return STATUS_OK;
    }
    return error_set(
        error, STATUS_FAILED,
        "the %s %s is neither beside the program in %s nor in ../lib/sleeve; build or install sleeve again", file->kind,
        file->name, folder);
}

enum status installed_file_find(const struct installed_file *file, struct buffer *path, struct error *error)
{
    struct buffer folder = {0};
    enum status status;
    if (program_folder(&folder))
        status = search(file, folder.data, path, error);
    else
        status = error_set(error, STATUS_FAILED,
                           "the program's own folder cannot be read from /proc/self/exe, so its %s cannot be found; "
                           "mount /proc",
                           file->kind);
    buffer_free(&folder);
    return status;
}
