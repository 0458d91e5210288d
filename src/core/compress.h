#ifndef SLEEVE_CORE_COMPRESS_H
#define SLEEVE_CORE_COMPRESS_H

#include <stdint.h>
#include <stdio.h>

#include "core/buffer.h"
#include "core/status.h"

/* Writing gzip files and ZIP archives. */

/* Appends a gzip file of the bytes. It has neither a name nor a time, so the same bytes give the same file. */
enum status gzip_add(const void *bytes, size_t size, struct buffer *out, struct error *error);

/* A ZIP archive of files that are stored without compression, as NumPy reads them (.npz). A file, and all of them
 * together, must be smaller than 4 GB. */
struct zip_writer {
    FILE *stream;
    uint64_t size; /* bytes written */
    struct buffer directory;
    int n_files;
};

/* Writes one file, whose bytes are `head` followed by `body`. Errors of the stream are left to its owner. */
enum status zip_add(struct zip_writer *zip, const char *name, const struct buffer *head, const void *body, size_t size,
                    struct error *error);
/* Writes the list of files, and frees it. Call it also after a failure, with `write` false. */
enum status zip_end(struct zip_writer *zip, bool write, struct error *error);

#endif
