#ifndef SLEEVE_SANDBOX_LAUNCH_H
#define SLEEVE_SANDBOX_LAUNCH_H

#include <sys/types.h>

#include "core/status.h"

/* The decoder's ends: they become SANDBOX_SOCKET, SANDBOX_SHARED and SANDBOX_LIFELINE. None is one of these numbers. */
struct sandbox_files {
    int socket, shared, lifeline;
};

/* Starts the decoder `file` (core/installed_file.h; a path with a slash is used as it is). Thread-safe. */
enum status sandbox_launch(const char *file, const struct sandbox_files *files, pid_t *pid, struct error *error);

#endif
