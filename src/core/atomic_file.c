#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/database_near.h"
#include "core/file.h"
#include "core/interrupt.h"
#include "core/terminal_stream.h"

static enum status write_error(struct error *error, const char *path, int number)
{
    if ((number == EINTR || number == ENXIO) && interrupt_requested())
        return error_set(error, STATUS_INTERRUPTED, "stopped while writing %s", path);
    return file_write_error(error, path, number);
}

/* ---- finding the target ---- */

enum { LINKS_MAX = 40 }; /* the kernel's limit */

/* The length of a path's folder part, including its last '/'; 0 if there is none. */
static size_t folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) + 1 : 0;
}

/* Replaces `path` by the target of the symbolic link at it. */
static bool follow_link(struct buffer *path)
{
    char target[PATH_MAX];
    ssize_t size = readlink(path->data, target, sizeof target);
    if (size < 0)
        return false;
    path->size = target[0] == '/' ? 0 : folder_length(path->data);
    buffer_add(path, target, (size_t)size);
    return !path->failed;
}

/* /dev/fd/N and /dev/stdout are links to /proc/self/fd/N: returns the descriptor N itself, whatever it was opened on;
 * -1 for another path. */
static int own_descriptor(const char *path)
{
    size_t length = folder_length(path);
    if (length == 0 || path[length] < '0' || path[length] > '9' || strlen(path + length) > 9)
        return -1;
    char folder[PATH_MAX], mine[64];
    char *copy = strndup(path, length);
    bool in_proc = copy && realpath(copy, folder) && strncmp(folder, "/proc/", 6) == 0 &&
                   realpath("/proc/self/fd", mine) && strcmp(folder, mine) == 0;
    free(copy);
    if (!in_proc)
        return -1;
    char *end;
    long number = strtol(path + length, &end, 10);
    return *end == '\0' && number <= INT_MAX ? (int)number : -1;
}

/* Follows symbolic links, the last of which may be dangling. *descriptor is that of /dev/fd/N, otherwise -1. Returns an
 * errno; with 0, *info describes the existing file, and its mode is 0 if there is none. */
static int find_target(const char *wanted, struct buffer *path, int *descriptor, struct stat *info)
{
    buffer_add_text(path, wanted);
    for (int links = 0; !path->failed && links < LINKS_MAX; links++) {
        *descriptor = own_descriptor(path->data);
        if (*descriptor >= 0)
            return 0;
        if (lstat(path->data, info) != 0) {
            info->st_mode = 0;
            return errno == ENOENT ? 0 : errno;
        }
        if (!S_ISLNK(info->st_mode))
            return 0;
        if (!follow_link(path))
            return path->failed ? ENOMEM : errno;
    }
    return path->failed ? ENOMEM : ELOOP;
}

/* ---- writing through ---- */

enum { READER_WAIT_MS = 2000, READER_STEP_MS = 20 };

/* Opens a pipe or device. Waits for the reader of a pipe, up to a limit. */
static int open_through(const char *path)
{
    for (int waited = 0;; waited += READER_STEP_MS) {
        int descriptor = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (descriptor >= 0 || errno != ENXIO || waited >= READER_WAIT_MS || interrupt_requested())
            return descriptor;
        nanosleep(&(struct timespec){.tv_nsec = READER_STEP_MS * 1000000L}, NULL);
    }
}

static int take_through(const char *path, int own, struct atomic_file *file)
{
    if (own == STDOUT_FILENO)
        fflush(stdout);
    int descriptor = own >= 0 ? fcntl(own, F_DUPFD_CLOEXEC, 3) : open_through(path);
    if (descriptor < 0)
        return errno;
    int flags = fcntl(descriptor, F_GETFL);
    if (own < 0 && flags >= 0)
        fcntl(descriptor, F_SETFL, flags & ~O_NONBLOCK);
    signal(SIGPIPE, SIG_IGN); /* a closed pipe is an error of this file and must not end the program */
    file->stream = isatty(descriptor) ? terminal_stream(descriptor) : fdopen(descriptor, "wb");
    if (!file->stream)
        close(descriptor);
    return file->stream ? 0 : ENOMEM;
}

/* ---- writing a temporary file and renaming it ---- */

/* The umask can only be read by setting it, so two threads must not do this at the same time. */
static pthread_once_t mask_once = PTHREAD_ONCE_INIT;
static mode_t mask;

static void read_mask(void)
{
    mask = umask(0);
    umask(mask);
}

static const char temporary_suffix[] = ".sleeve-XXXXXX";

enum {
    SUFFIX_SIZE = sizeof temporary_suffix - 1,
    MARK_SIZE = SUFFIX_SIZE - 6,       /* without its trailing X's */
    BASE_MAX = NAME_MAX - SUFFIX_SIZE, /* a longer target name is truncated in the temporary one */
    LEFTOVER_SECONDS = 60,             /* a recent file may belong to a writer that has not locked it yet */
};

/* An old temporary file that no running writer has locked. */
static bool is_leftover(int folder, const char *name)
{
    int descriptor = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0)
        return false;
    struct stat info;
    bool leftover = fstat(descriptor, &info) == 0 && S_ISREG(info.st_mode) &&
                    time(NULL) - info.st_mtime > LEFTOVER_SECONDS && flock(descriptor, LOCK_EX | LOCK_NB) == 0;
    close(descriptor);
    return leftover;
}

/* Removes the temporary files that killed writers of this file left. `temporary` is the name of a new one. */
static void remove_leftovers(const char *temporary)
{
    size_t length = folder_length(temporary);
    const char *base = temporary + length;
    size_t base_size = strlen(base), same = base_size - 6;
    char *parent = length > 0 ? strndup(temporary, length) : strdup(".");
    DIR *folder = parent ? opendir(parent) : NULL;
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        const char *name = entry->d_name;
        if (strlen(name) == base_size && memcmp(name, base, same) == 0 && is_leftover(dirfd(folder), name))
            unlinkat(dirfd(folder), name, 0);
    }
    if (folder)
        closedir(folder);
    free(parent);
}

/* Copies the permissions and, if allowed, the owner of the file that will be replaced. */
static void copy_permissions(int descriptor, const struct stat *old, mode_t mode)
{
    if (!old->st_mode) {
        pthread_once(&mask_once, read_mask);
        fchmod(descriptor, mode & ~mask);
        return;
    }
    if (fchown(descriptor, old->st_uid, old->st_gid) != 0 && fchown(descriptor, (uid_t)-1, old->st_gid) != 0)
        errno = 0; /* another user's file in a writable folder: the new file belongs to this user */
    fchmod(descriptor, old->st_mode & 0777);
}

static int take_beside(const char *path, const struct stat *old, mode_t mode, struct atomic_file *file)
{
    if (old->st_mode && faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) != 0)
        return errno;
    size_t folder = folder_length(path), base = strlen(path + folder);
    struct buffer temporary = {0};
    buffer_add(&temporary, path, folder + (base < BASE_MAX ? base : BASE_MAX));
    buffer_add_text(&temporary, temporary_suffix);
    if (temporary.failed || base == 0) {
        buffer_free(&temporary);
        return base == 0 ? EISDIR : ENOMEM;
    }
    remove_leftovers(temporary.data);
    int descriptor = mkostemp(temporary.data, O_CLOEXEC);
    if (descriptor < 0) {
        int number = errno;
        buffer_free(&temporary);
        return number;
    }
    file->temporary = temporary.data;
    flock(descriptor, LOCK_EX | LOCK_NB); /* held until it is closed; file systems without locks work without */
    copy_permissions(descriptor, old, mode);
    file->stream = fdopen(descriptor, "wb");
    if (!file->stream)
        close(descriptor);
    return file->stream ? 0 : ENOMEM;
}

/* For the program's own files links are not followed: someone who prepared the catalogue could have created one.
 * Anything but a regular file is replaced. */
static int find_private_target(const char *wanted, struct buffer *path, struct stat *info)
{
    buffer_add_text(path, wanted);
    if (path->failed)
        return ENOMEM;
    if (lstat(path->data, info) != 0 || (!S_ISREG(info->st_mode) && !S_ISDIR(info->st_mode)))
        info->st_mode = 0;
    return 0;
}

enum writer { PERSONS, OWN };

static enum status open_file(const char *wanted, enum writer writer, struct atomic_file *file, struct error *error)
{
    *file = (struct atomic_file){0};
    struct buffer path = {0};
    struct stat info = {0};
    int own = -1;
    mode_t mode = writer == OWN ? 0600 : 0666;
    int number = !*wanted        ? ENOENT
                 : writer == OWN ? find_private_target(wanted, &path, &info)
                                 : find_target(wanted, &path, &own, &info);
    if (number == 0 && own < 0 && S_ISDIR(info.st_mode))
        number = EISDIR;
    else if (number == 0 && (own >= 0 || (info.st_mode && !S_ISREG(info.st_mode))))
        number = take_through(path.data, own, file);
    else if (number == 0)
        number = take_beside(path.data, &info, mode, file);
    file->path = path.data;
    if (number == 0)
        return STATUS_OK;
    atomic_file_abort(file);
    return number == ENOMEM ? error_no_memory(error) : write_error(error, wanted, number);
}

enum status atomic_file_open(const char *path, struct atomic_file *file, struct error *error)
{
    enum status status = open_file(path, PERSONS, file, error);
    file->cut = mapped_files_cut();
    if (status != STATUS_OK || !file->temporary || !database_near(file->path))
        return status;
    atomic_file_abort(file);
    return error_set(error, STATUS_USAGE, "%s belongs to a catalogue and was left as it is; name another file", path);
}

enum status atomic_file_open_private(const char *path, struct atomic_file *file, struct error *error)
{
    return open_file(path, OWN, file, error);
}

static void sync_parent(const char *path)
{
    size_t length = folder_length(path);
    char *folder = length > 0 ? strndup(path, length) : strdup(".");
    if (!folder)
        return;
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor >= 0) {
        fsync(descriptor);
        close(descriptor);
    }
    free(folder);
}

/* Discards the stream's buffer after a failure: closing the stream must not wait for a reader again. */
void stream_discard(FILE *stream)
{
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nowhere < 0)
        return;
    dup2(nowhere, fileno(stream));
    close(nowhere);
}

/* Writes buffered data; returns an errno. */
static int flush(struct atomic_file *file)
{
    errno = 0;
    if (!ferror(file->stream) && fflush(file->stream) == 0)
        return file->temporary && fsync(fileno(file->stream)) != 0 ? errno : 0;
    if (errno == 0 && interrupt_requested())
        return EINTR;
    /* An earlier write failed and its reason is lost: repeating it gives the same one. */
    if (errno == 0 && write(fileno(file->stream), "", 1) >= 0)
        return EIO;
    return errno;
}

static void close_stream(struct atomic_file *file)
{
    if (file->stream && !file->temporary)
        stream_discard(file->stream);
    if (file->stream)
        fclose(file->stream);
    file->stream = NULL;
}

enum status atomic_file_commit(struct atomic_file *file, struct error *error)
{
    int number = flush(file);
    if (number == 0) {
        errno = 0;
        number = fclose(file->stream) == 0 ? 0 : errno ? errno : EIO;
        file->stream = NULL;
    }
    if (number == 0 && mapped_files_cut() != file->cut) {
        atomic_file_abort(file);
        return mapped_files_failed(error);
    }
    if (number == 0 && file->temporary && rename(file->temporary, file->path) != 0)
        number = errno;
    enum status status = STATUS_OK;
    if (number != 0) {
        status = write_error(error, file->path, number);
    } else if (file->temporary) {
        sync_parent(file->path);
        free(file->temporary);
        file->temporary = NULL;
    }
    atomic_file_abort(file);
    return status;
}

void atomic_file_abort(struct atomic_file *file)
{
    close_stream(file);
    if (file->temporary)
        unlink(file->temporary);
    free(file->temporary);
    free(file->path);
    *file = (struct atomic_file){0};
}

static enum status write_whole(struct atomic_file *file, const struct buffer *bytes, struct error *error)
{
    if (bytes->failed) {
        atomic_file_abort(file);
        return error_no_memory(error);
    }
    if (bytes->size > 0)
        fwrite(bytes->data, 1, bytes->size, file->stream); /* the commit reports failures */
    return atomic_file_commit(file, error);
}

enum status atomic_file_write(const char *path, const struct buffer *bytes, struct error *error)
{
    struct atomic_file file;
    enum status status = atomic_file_open(path, &file, error);
    return status == STATUS_OK ? write_whole(&file, bytes, error) : status;
}

enum status atomic_file_write_private(const char *path, const struct buffer *bytes, struct error *error)
{
    struct atomic_file file;
    enum status status = atomic_file_open_private(path, &file, error);
    return status == STATUS_OK ? write_whole(&file, bytes, error) : status;
}
