#ifndef SLEEVE_CORE_LOCK_FILE_H
#define SLEEVE_CORE_LOCK_FILE_H

#include <stdbool.h>

#include "core/status.h"

/* A lock between processes, and between threads of one: whoever holds the lock file `path` locked has it. The kernel
 * releases it when the process dies, however it dies. */
struct lock_file {
    char *path; /* NULL: nothing is held */
    int descriptor;
};

/* Never waits: *busy says whether somebody else has it, and then nothing is held. A file system without locks (some
 * network file systems) gives none: a warning says so, and the status is STATUS_OK. */
enum status lock_file_take(const char *path, struct lock_file *lock, bool *busy, struct error *error);
bool lock_file_held(const struct lock_file *lock);
/* Removes the lock file too. Safe on a zeroed one. */
void lock_file_release(struct lock_file *lock);

#endif
