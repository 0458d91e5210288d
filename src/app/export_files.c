#include "app/export_files.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/interrupt.h"

enum status export_files_begin(struct export_files *files, struct error *error)
{
    struct stat known;
    if (!files->folder)
        return STATUS_OK;
    if (stat(files->out, &known) == 0 && !S_ISDIR(known.st_mode))
        return error_set(error, STATUS_USAGE, "%s is a file; this export writes several files and needs a folder",
                         files->out);
    files->made = mkdir(files->out, 0777) == 0;
    if (!files->made && errno != EEXIST)
        return error_set(error, STATUS_FAILED, "the folder %s cannot be made: %s", files->out, strerror(errno));
    return STATUS_OK;
}

enum status export_files_add(struct export_files *files, const char *name, FILE **stream, struct error *error)
{
    struct buffer path = {0};
    const bool terminal = !files->out && isatty(STDOUT_FILENO); /* where the file is escaped (core/file.h) */
    if (!files->out && !terminal) {
        files->to_stdout = true;
        *stream = stdout;
        return STATUS_OK;
    }
    if (files->n_files == EXPORT_FILES_MAX)
        return error_set(error, STATUS_FAILED, "an export has more than %d files", EXPORT_FILES_MAX);
    buffer_add_text(&path, terminal ? "/dev/stdout" : files->out);
    if (files->folder)
        buffer_printf(&path, "/%s", name);
    struct atomic_file *file = &files->files[files->n_files];
    enum status status = path.failed ? error_no_memory(error) : atomic_file_open(path.data, file, error);
    if (status == STATUS_OK) {
        files->n_files++;
        *stream = file->stream;
    }
    buffer_free(&path);
    return status;
}

enum status export_files_add_bytes(struct export_files *files, const char *name, const struct buffer *bytes,
                                   struct error *error)
{
    FILE *stream = NULL;
    if (bytes->failed)
        return error_no_memory(error);
    enum status status = export_files_add(files, name, &stream, error);
    if (status == STATUS_OK && bytes->size > 0)
        fwrite(bytes->data, 1, bytes->size, stream);
    return status;
}

static enum status end_stdout(struct error *error)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return STATUS_OK;
    return interrupt_requested()
               ? error_set(error, STATUS_INTERRUPTED, "stopped while writing to standard output")
               : error_set(error, STATUS_FAILED, "the export cannot be written to standard output: %s",
                           errno ? strerror(errno) : "the disk is full, or nothing reads it");
}

enum status export_files_end(struct export_files *files, enum status status, struct error *error)
{
    if (status == STATUS_OK && files->to_stdout)
        status = end_stdout(error);
    for (int i = 0; i < files->n_files; i++) {
        if (status == STATUS_OK)
            status = atomic_file_commit(&files->files[i], error);
        atomic_file_abort(&files->files[i]);
    }
    if (status != STATUS_OK && files->made)
        rmdir(files->out); /* does nothing where files were put in place before */
    return status;
}

void export_files_stem(const struct export_files *files, const char *otherwise, struct buffer *stem)
{
    const char *path = files->out ? files->out : "";
    size_t size = strlen(path), begin;
    while (size > 0 && path[size - 1] == '/')
        size--;
    for (begin = size; begin > 0 && path[begin - 1] != '/';)
        begin--;
    if (size == begin || (size - begin <= 2 && strspn(path + begin, ".") >= size - begin))
        buffer_add_text(stem, otherwise);
    else
        buffer_add(stem, path + begin, size - begin);
}
