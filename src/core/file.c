#include "core/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

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

static enum status write_error(struct error *error, const char *path, int number)
{
    const char *advice = number == ENOSPC || number == EDQUOT ? "; free some space and try again" : "";
    return error_set(error, STATUS_FAILED, "%s: cannot be written: %s%s", path, strerror(number), advice);
}

/* The process's mask can only be read by setting it, which is not for two threads at a time. */
static pthread_once_t mask_once = PTHREAD_ONCE_INIT;
static mode_t mask;

static void read_mask(void)
{
    mask = umask(0);
    umask(mask);
}

static const char temporary_suffix[] = ".sleeve-XXXXXX";

enum { LEFTOVER_SECONDS = 60 }; /* younger ones may belong to a writer that has not locked its file yet */

/* A temporary file that is old and that no living writer holds. */
static bool is_leftover(int folder, const char *name)
{
    int descriptor = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0)
        return false;
    struct stat facts;
    bool leftover = fstat(descriptor, &facts) == 0 && S_ISREG(facts.st_mode) &&
                    time(NULL) - facts.st_mtime > LEFTOVER_SECONDS && flock(descriptor, LOCK_EX | LOCK_NB) == 0;
    close(descriptor);
    return leftover;
}

/* Takes away what writers of this file left behind that were killed. */
static void remove_leftovers(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    size_t base_size = strlen(base);
    char *parent = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
    DIR *folder = parent ? opendir(parent) : NULL;
    const size_t mark_size = sizeof temporary_suffix - 1 - 6; /* without its X's */
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        const char *name = entry->d_name;
        if (strlen(name) == base_size + sizeof temporary_suffix - 1 && memcmp(name, base, base_size) == 0 &&
            memcmp(name + base_size, temporary_suffix, mark_size) == 0 && is_leftover(dirfd(folder), name))
            unlinkat(dirfd(folder), name, 0);
    }
    if (folder)
        closedir(folder);
    free(parent);
}

enum status atomic_file_open(const char *path, struct atomic_file *file, struct error *error)
{
    *file = (struct atomic_file){.path = text_join(path, ""), .temporary = text_join(path, temporary_suffix)};
    if (!file->path || !file->temporary) {
        atomic_file_abort(file);
        return error_no_memory(error);
    }
    remove_leftovers(path);
    int descriptor = mkostemp(file->temporary, O_CLOEXEC);
    if (descriptor < 0) {
        int number = errno;
        free(file->temporary);
        file->temporary = NULL;
        atomic_file_abort(file);
        return write_error(error, path, number);
    }
    flock(descriptor, LOCK_EX | LOCK_NB); /* until it is closed: a file system without locks does without */
    pthread_once(&mask_once, read_mask);
    fchmod(descriptor, 0666 & ~mask);
    file->stream = fdopen(descriptor, "wb");
    if (!file->stream) {
        close(descriptor);
        atomic_file_abort(file);
        return error_no_memory(error);
    }
    return STATUS_OK;
}

static void sync_parent(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
    if (!folder)
        return;
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor >= 0) {
        fsync(descriptor);
        close(descriptor);
    }
    free(folder);
}

enum status atomic_file_commit(struct atomic_file *file, struct error *error)
{
    errno = 0;
    bool good = fflush(file->stream) == 0 && !ferror(file->stream) && fsync(fileno(file->stream)) == 0;
    int number = errno;
    if (!good && number == 0 && write(fileno(file->stream), "", 1) < 0)
        number = errno; /* an earlier write failed and its reason is gone: it is still the same */
    if (fclose(file->stream) != 0 && good) {
        good = false;
        number = errno;
    }
    file->stream = NULL;
    if (good && rename(file->temporary, file->path) != 0) {
        good = false;
        number = errno;
    }
    enum status status = STATUS_OK;
    if (good) {
        sync_parent(file->path);
        free(file->temporary);
        file->temporary = NULL;
    } else {
        status = write_error(error, file->path, number ? number : EIO);
    }
    atomic_file_abort(file);
    return status;
}

void atomic_file_abort(struct atomic_file *file)
{
    if (file->stream)
        fclose(file->stream);
    if (file->temporary)
        unlink(file->temporary);
    free(file->temporary);
    free(file->path);
    *file = (struct atomic_file){0};
}

enum status file_open_input(const char *path, int *descriptor, size_t *size, struct error *error)
{
    /* O_NONBLOCK: opening a pipe that nobody writes to would wait for a writer. Regular files ignore it. */
    *descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (*descriptor < 0)
        return error_set(error, errno == ENOENT || errno == ENXIO ? STATUS_BAD_DATA : STATUS_FAILED,
                         "%s: cannot be read: %s", path, strerror(errno));
    struct stat facts;
    if (fstat(*descriptor, &facts) != 0 || !S_ISREG(facts.st_mode)) {
        close(*descriptor);
        *descriptor = -1;
        return error_set(error, STATUS_BAD_DATA, "%s: %s, not a regular file", path,
                         S_ISDIR(facts.st_mode)    ? "a folder"
                         : S_ISFIFO(facts.st_mode) ? "a pipe"
                                                   : "a device or socket");
    }
    if (size)
        *size = (size_t)facts.st_size;
    return STATUS_OK;
}

enum status mapped_file_open(const char *path, struct mapped_file *file, struct error *error)
{
    *file = (struct mapped_file){0};
    int descriptor;
    size_t size;
    enum status status = file_open_input(path, &descriptor, &size, error);
    if (status != STATUS_OK)
        return status;
    if (size > 0) {
        void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
        if (bytes == MAP_FAILED)
            status = error_set(error, STATUS_FAILED, "%s: cannot be mapped: %s", path, strerror(errno));
        else
            *file = (struct mapped_file){.bytes = bytes, .size = size};
    }
    close(descriptor);
    return status;
}

void mapped_file_close(struct mapped_file *file)
{
    if (file->bytes)
        munmap((void *)(uintptr_t)file->bytes, file->size);
    *file = (struct mapped_file){0};
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
        if (mkdir(copy, 0777) != 0 && errno != EEXIST) {
            status = write_error(error, copy, errno);
            break;
        }
        if (!slash)
            break;
        *slash = '/';
    }
    struct stat facts;
    if (status == STATUS_OK && (stat(path, &facts) != 0 || !S_ISDIR(facts.st_mode)))
        status = error_set(error, STATUS_FAILED, "%s: is not a folder", path);
    free(copy);
    return status;
}

bool file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}
