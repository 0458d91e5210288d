#ifndef SLEEVE_CORE_FILE_H
#define SLEEVE_CORE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "core/buffer.h"
#include "core/status.h"

/* A file that appears completely or not at all: bytes go to a temporary file beside it, which atomic_file_commit
 * flushes to disk and renames to the target. Only a regular file is replaced, and its permissions and owner are kept. A
 * symbolic link is followed: the file it points to is replaced or created. Anything else (a pipe, a device,
 * /dev/stdout) is written directly, to a terminal as text_escape writes it; a pipe without a reader is an error after
 * two seconds. atomic_file_abort (safe after a commit) removes the temporary file; files left by killed writers are
 * removed by the next writer after a minute. A file that is or belongs to a catalogue (core/database_near.h) is refused
 * with STATUS_USAGE. */
struct atomic_file {
    FILE *stream;    /* write here */
    char *path;      /* with links resolved */
    char *temporary; /* NULL: written directly */
    unsigned cut;    /* mapped_files_cut when it was opened */
};

enum status atomic_file_open(const char *path, struct atomic_file *file, struct error *error);
/* The same for the catalogue's own files: a new file has mode 0600, and links, pipes and devices are replaced. */
enum status atomic_file_open_private(const char *path, struct atomic_file *file, struct error *error);
enum status atomic_file_commit(struct atomic_file *file, struct error *error);
void atomic_file_abort(struct atomic_file *file);
/* A whole file at once. Bytes that lack something because memory ran out (`failed`) are not written. */
enum status atomic_file_write(const char *path, const struct buffer *bytes, struct error *error);
enum status atomic_file_write_private(const char *path, const struct buffer *bytes, struct error *error);
/* Call this before closing a stream whose writing failed or was stopped: it discards buffered data, so that closing
 * does not wait for a reader again. */
void stream_discard(FILE *stream);

/* STATUS_FAILED: a file cannot be written, because of the errno `number`, and what to do about that. */
enum status file_write_error(struct error *error, const char *path, int number);

/* Opens a regular file for reading, with close-on-exec. Never blocks: pipes, devices, sockets and folders are refused
 * with STATUS_BAD_DATA. *size (may be NULL) receives the length in bytes. */
enum status file_open_input(const char *path, int *descriptor, size_t *size, struct error *error);

/* Opens a file without a name, for reading and writing, in the folder of the path `beside`; it vanishes when it is
 * closed. Returns -1 where there can be none. */
int file_open_unnamed(const char *beside);

/* Opens /dev/null for standard input, output or error if it is closed, so that no other file takes its descriptor;
 * writing to such an output fails. Call it once, at the start of the program. */
void standard_streams_guard(void);

/* A whole file mapped for reading. An empty file has bytes NULL and size 0. */
struct mapped_file {
    const unsigned char *bytes;
    size_t size;
};

enum status mapped_file_open(const char *path, struct mapped_file *file, struct error *error);
void mapped_file_close(struct mapped_file *file);
/* Bytes of the file that are not needed soon: their pages leave the process's memory. They can still be read. */
void mapped_file_release(const struct mapped_file *file, const void *bytes, size_t size);

/* If another program truncates a file while it is mapped, the missing part reads as zeros instead of ending the program
 * with SIGBUS. Call it once, at the start of the program. */
void mapped_files_guard(void);
/* For SIGBUS handlers installed later: returns whether `address` is in a truncated mapped file, which is then repaired.
 */
bool mapped_files_repair(const void *address);
/* The number of truncations so far. Results computed while it grew are invalid; mapped_files_failed checks this. */
unsigned mapped_files_cut(void);
enum status mapped_files_failed(struct error *error);

/* Appends the file to `buffer`; refuses a file larger than `limit` bytes. */
enum status file_read(const char *path, size_t limit, struct buffer *buffer, struct error *error);

/* Creates the folder and its parents with mode 0700; an existing folder is fine and keeps its mode. */
enum status folder_make(const char *path, struct error *error);
bool file_exists(const char *path);
/* Whether the path ends in this extension (".png") and has more than that. */
bool file_has_extension(const char *path, const char *extension);

#endif
