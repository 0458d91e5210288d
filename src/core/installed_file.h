#ifndef SLEEVE_CORE_INSTALLED_FILE_H
#define SLEEVE_CORE_INSTALLED_FILE_H

#include "core/buffer.h"
#include "core/status.h"

/* A file of this installation that is code: a compute module or a decoder. It is beside the program, in the folder
 * `subfolder` ("gpu/") of the program's folder, in ../lib/sleeve/ or, for a program that is still in its build folder,
 * in `subfolder` of the build folder. Nothing else is searched: neither the working folder nor a library path decides
 * which code runs. */
struct installed_file {
    const char *name;         /* "sleeve-compute-cpu.so" */
    const char *kind;         /* for messages: "compute module" */
    const char *subfolder;    /* ends with / */
    const char *build_folder; /* ends with / */
};

/* Sets `path`. The file is a regular one that belongs to root, the current user or the owner of the program, and that
 * others cannot write. STATUS_FAILED if there is none. */
enum status installed_file_find(const struct installed_file *file, struct buffer *path, struct error *error);

#endif
