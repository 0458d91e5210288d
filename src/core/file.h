#ifndef SLEEVE_CORE_FILE_H
#define SLEEVE_CORE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "core/buffer.h"
#include "core/status.h"

/* A file that appears whole or not at all: bytes go to a temporary sibling, which atomic_file_commit flushes to the
 * disk and renames onto the wanted name. atomic_file_abort (safe after a commit) removes the temporary file; what
 * killed writers left behind, the next one removes after a minute. */
struct atomic_file {
    FILE *stream; /* write here */
    char *path;
    char *temporary;
};

enum status atomic_file_open(const char *path, struct atomic_file *file, struct error *error);
enum status atomic_file_commit(struct atomic_file *file, struct error *error);
void atomic_file_abort(struct atomic_file *file);

/* Opens a regular file for reading: a descriptor that closes on exec. Never waits: pipes, devices, sockets and folders are
 * refused with STATUS_BAD_DATA. *size (may be NULL) is its length in bytes. */
enum status file_open_input(const char *path, int *descriptor, size_t *size, struct error *error);

/* A whole file mapped for reading. An empty file has bytes NULL and size 0. */
struct mapped_file {
    const unsigned char *bytes;
    size_t size;
};

enum status mapped_file_open(const char *path, struct mapped_file *file, struct error *error);
void mapped_file_close(struct mapped_file *file);

/* Appends the file to `buffer`; a file larger than `limit` bytes is refused. */
enum status file_read(const char *path, size_t limit, struct buffer *buffer, struct error *error);

/* Makes the folder and its parents; a folder that is there already is fine. */
enum status folder_make(const char *path, struct error *error);
bool file_exists(const char *path);

#endif
