#ifndef SLEEVE_APP_EXPORT_FILES_H
#define SLEEVE_APP_EXPORT_FILES_H

#include "core/file.h"

/* Where an export is written: standard output, a file, or files in a folder. A file is complete or absent. */

enum { EXPORT_FILES_MAX = 8 };

struct export_files {
    const char *out;   /* the file or folder; NULL: standard output */
    bool folder, made; /* made: by this export */
    struct atomic_file files[EXPORT_FILES_MAX];
    int n_files;
    bool to_stdout;
};

/* Makes the folder, if the export is one. */
enum status export_files_begin(struct export_files *files, struct error *error);
/* The next file; `name` is its name in the folder, and unused for a single file. */
enum status export_files_add(struct export_files *files, const char *name, FILE **stream, struct error *error);
/* The whole of a file at once. */
enum status export_files_add_bytes(struct export_files *files, const char *name, const struct buffer *bytes,
                                   struct error *error);
/* Puts the files in place, or removes them, and a folder that was made for them, if `status` is an error; returns the
 * status of the whole. */
enum status export_files_end(struct export_files *files, enum status status, struct error *error);
/* The last name in the path of the output, without its ending and without slashes: "data" of "x/data/". */
void export_files_stem(const struct export_files *files, const char *otherwise, struct buffer *stem);

#endif
