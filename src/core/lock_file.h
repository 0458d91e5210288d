#ifndef SLEEVE_CORE_LOCK_FILE_H
#define SLEEVE_CORE_LOCK_FILE_H

#include <stdbool.h>

#include "core/status.h"

/* A lock between processes, and between threads of one: the lock on the lock file `path`. The kernel releases it when
 * the process ends, however it ends. */
struct lock_file {
    char *path; /* NULL: not held */
    int descriptor;
};

/* Never blocks: *busy is set if another process or thread holds the lock. On a file system without locks (some network
 * file systems) no lock is taken: a warning is logged, and the status is STATUS_OK. */
enum status lock_file_take(const char *path, struct lock_file *lock, bool *busy, struct error *error);
bool lock_file_held(const struct lock_file *lock);
/* Removes the lock file, too. Safe on a zeroed struct. */
void lock_file_release(struct lock_file *lock);

#endif
