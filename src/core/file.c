#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/text.h"

static char *text_join(const char *a, const char *b)
{
    size_t size_a = strlen(a);
    size_t size_b = strlen(b);
    char *joined = malloc(size_a + size_b + 1);
    if (joined) {
        memcpy(joined, a, size_a);
        memcpy(joined + size_a, b, size_b + 1);
    }
    return joined;
}

enum status file_write_error(struct error *error, const char *path, int number)
{
    const char *advice = number == ENOSPC || number == EDQUOT ? "; free some space and try again"
                         : number == EFBIG                    ? "; raise the limit on the size of files (ulimit -f)"
                         : number == ENXIO                    ? "; nothing reads from it"
                                                              : "";
    return error_set(error, STATUS_FAILED, "%s: cannot be written: %s%s", path, strerror(number), advice);
}

/* Whether a path that cannot be opened for this reason leads to no file. */
static bool is_no_file(int number)
{
    return number == ENOENT || number == ENOTDIR || number == ELOOP || number == ENAMETOOLONG || number == ENXIO;
}

enum status file_open_input(const char *path, int *descriptor, size_t *size, struct error *error)
{
    /* O_NONBLOCK: opening a pipe without a writer would wait. Regular files ignore it. */
    *descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (*descriptor < 0)
        return error_set(error, is_no_file(errno) ? STATUS_BAD_DATA : STATUS_FAILED, "%s: cannot be read: %s", path,
                         strerror(errno));
    struct stat info;
    if (fstat(*descriptor, &info) != 0 || !S_ISREG(info.st_mode)) {
        close(*descriptor);
        *descriptor = -1;
        return error_set(error, STATUS_BAD_DATA, "%s: %s, not a regular file", path,
                         S_ISDIR(info.st_mode)    ? "a folder"
                         : S_ISFIFO(info.st_mode) ? "a pipe"
                                                  : "a device or socket");
    }
    if (size)
        *size = (size_t)info.st_size;
    return STATUS_OK;
}

int file_open_unnamed(const char *beside)
{
    char *copy = strdup(beside);
    const int descriptor = copy ? open(dirname(copy), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600) : -1;
    free(copy);
    return descriptor;
}

void standard_streams_guard(void)
{
    for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++)
        if (fcntl(i, F_GETFD) < 0 && errno == EBADF)
            open("/dev/null", i == STDIN_FILENO ? O_WRONLY : O_RDONLY); /* takes the lowest number: i */
}

enum status file_read(const char *path, size_t limit, struct buffer *buffer, struct error *error)
{
    int descriptor;
    size_t size;
    enum status status = file_open_input(path, &descriptor, &size, error);
    if (status != STATUS_OK)
        return status;
    if (size > limit)
        status = error_set(error, STATUS_BAD_DATA, "%s: is larger than the %zu bytes allowed here", path, limit);
    else if (!buffer_reserve(buffer, size))
        status = error_no_memory(error);
    while (status == STATUS_OK && size > 0) {
        ssize_t count = read(descriptor, buffer->data + buffer->size, size);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            status = error_set(error, STATUS_FAILED, "%s: cannot be read: %s", path, strerror(errno));
        if (count <= 0)
            break;
        buffer->size += (size_t)count;
        size -= (size_t)count;
    }
    if (buffer->data)
        buffer->data[buffer->size] = '\0';
    close(descriptor);
    return status;
}

enum status folder_make(const char *path, struct error *error)
{
    char *copy = text_join(path, "");
    if (!copy)
        return error_no_memory(error);
    enum status status = STATUS_OK;
    for (char *slash = strchr(copy + 1, '/');; slash = strchr(slash + 1, '/')) {
        if (slash)
            *slash = '\0';
        if (mkdir(copy, 0700) != 0 && errno != EEXIST) {
            status = file_write_error(error, copy, errno);
            break;
        }
        if (!slash)
            break;
        *slash = '/';
    }
    struct stat info;
    if (status == STATUS_OK && (stat(path, &info) != 0 || !S_ISDIR(info.st_mode)))
        status = error_set(error, STATUS_FAILED, "%s: is not a folder", path);
    free(copy);
    return status;
}

bool file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

bool file_has_extension(const char *path, const char *extension)
{
    size_t size = strlen(path);
    return size > strlen(extension) && text_ends_with(path, size, extension);
}
