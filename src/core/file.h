#ifndef SLEEVE_CORE_FILE_H
#define SLEEVE_CORE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "core/buffer.h"
#include "core/status.h"

/* A file that appears whole or not at all: bytes go to a temporary file beside it, which atomic_file_commit flushes to
 * the disk and renames to the wanted name. Only a regular file is replaced, and its rights and owner are kept. A
 * symbolic link is followed: the file it leads to is replaced or made. Anything else (a pipe, a device, /dev/stdout) is
 * written through, to a terminal as text_escape writes it; a pipe that nobody reads is an error after two seconds.
 * atomic_file_abort (safe after a commit) removes the temporary file; what killed writers left behind, the next one
 * removes after a minute. A file that is or belongs to a catalogue (core/database_near.h) is refused with STATUS_USAGE.
 */
struct atomic_file {
    FILE *stream;    /* write here */
    char *path;      /* where links lead */
    char *temporary; /* NULL: written through */
    unsigned cut;    /* mapped_files_cut when it was opened */
};

enum status atomic_file_open(const char *path, struct atomic_file *file, struct error *error);
/* The same for files that are not named by a person, those of a catalogue: a new one has the rights 0600, and links,
 * pipes and devices are replaced. */
enum status atomic_file_open_private(const char *path, struct atomic_file *file, struct error *error);
enum status atomic_file_commit(struct atomic_file *file, struct error *error);
void atomic_file_abort(struct atomic_file *file);
/* Before a stream is closed whose writing failed or was stopped: what it still holds is dropped, so that closing it
 * does not wait for a reader once more. */
void stream_give_up(FILE *stream);

/* Opens a regular file for reading: a descriptor that closes on exec. Never waits: pipes, devices, sockets and folders
 * are refused with STATUS_BAD_DATA. *size (may be NULL) is its length in bytes. */
enum status file_open_input(const char *path, int *descriptor, size_t *size, struct error *error);

/* Puts /dev/null where standard input, output or error is closed, so that no file that is opened later takes its place;
 * writing to such an output fails. Once, at the start of the program. */
void standard_streams_guard(void);

/* A whole file mapped for reading. An empty file has bytes NULL and size 0. */
struct mapped_file {
    const unsigned char *bytes;
    size_t size;
};

enum status mapped_file_open(const char *path, struct mapped_file *file, struct error *error);
void mapped_file_close(struct mapped_file *file);

/* A file that another program cuts short while it is mapped is read as zeros from there on instead of ending the
 * program with SIGBUS. Once, at the start of the program. */
void mapped_files_guard(void);
/* For a handler of SIGBUS that was installed later: whether the fault at `address` was such a file's and is mended. */
bool mapped_files_mend(const void *address);
/* How often that has happened. What was computed while this number grew is worthless: mapped_files_failed says so. */
unsigned mapped_files_cut(void);
enum status mapped_files_failed(struct error *error);

/* Appends the file to `buffer`; a file larger than `limit` bytes is refused. */
enum status file_read(const char *path, size_t limit, struct buffer *buffer, struct error *error);

/* Makes the folder and its parents with the rights 0700; a folder that is there already is fine, and keeps its rights.
 */
enum status folder_make(const char *path, struct error *error);
bool file_exists(const char *path);
/* Whether the path ends in this extension (".png") and has more than that. */
bool file_has_extension(const char *path, const char *extension);

#endif
