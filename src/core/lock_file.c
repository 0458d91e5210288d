#include "core/lock_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/log.h"

/* The previous holder may have removed the file between open and lock. The lock is then on a file that no other process
 * will find. */
static bool is_still_there(int descriptor, const char *path)
{
    struct stat ours, theirs;
    return fstat(descriptor, &ours) == 0 && lstat(path, &theirs) == 0 && ours.st_dev == theirs.st_dev &&
           ours.st_ino == theirs.st_ino;
}

static int lock_now(int descriptor)
{
    int result;
    do
        result = flock(descriptor, LOCK_EX | LOCK_NB);
    while (result != 0 && errno == EINTR);
    return result == 0 ? 0 : errno;
}

enum status lock_file_take(const char *path, struct lock_file *lock, bool *busy, struct error *error)
{
    *lock = (struct lock_file){0};
    *busy = false;
    for (;;) {
        int descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
        if (descriptor < 0)
            return error_set(error, STATUS_FAILED, "%s: the lock file cannot be made: %s", path, strerror(errno));
        int number = lock_now(descriptor);
        if (number == 0 && !is_still_there(descriptor, path)) {
            close(descriptor);
            continue;
        }
        if (number == 0) {
            lock->path = strdup(path);
            lock->descriptor = descriptor;
            if (lock->path)
                return STATUS_OK;
            close(descriptor);
            return error_no_memory(error);
        }
        close(descriptor);
        *busy = number == EWOULDBLOCK;
        if (!*busy)
            log_message(LOG_WARNING, "%s: this file system has no locks (%s); make sure that no other sleeve uses it",
                        path, strerror(number));
        return STATUS_OK;
    }
}

bool lock_file_held(const struct lock_file *lock)
{
    return lock->path != NULL;
}

void lock_file_release(struct lock_file *lock)
{
    if (!lock->path)
        return;
    unlink(lock->path);
    close(lock->descriptor);
    free(lock->path);
    *lock = (struct lock_file){0};
}
