#include "eval/lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { LINE_MAX_BYTES = 65536 };

enum status lines_read(const char *path,
                       enum status (*each)(void *context, char *line, size_t size, long long number,
                                           struct error *error),
                       void *context, long long *n_lines, struct error *error)
{
    gzFile file = gzopen(path, "rb");
    if (!file)
        return error_set(error, errno == ENOENT ? STATUS_BAD_DATA : STATUS_FAILED, "%s cannot be opened: %s.", path,
                         strerror(errno));
    char *line = malloc(LINE_MAX_BYTES);
    enum status status = line ? STATUS_OK : error_no_memory(error);
    long long number = 0;
    while (status == STATUS_OK && gzgets(file, line, LINE_MAX_BYTES)) {
        size_t size = strlen(line);
        number++;
        if (size == LINE_MAX_BYTES - 1 && line[size - 1] != '\n')
            status = error_set(error, STATUS_BAD_DATA, "the line is longer than %d bytes", LINE_MAX_BYTES);
        while (size && (line[size - 1] == '\n' || line[size - 1] == '\r'))
            line[--size] = '\0';
        if (status == STATUS_OK && size)
            status = each(context, line, size, number, error);
        if (status != STATUS_OK)
            status = error_prefix(error, "%s, line %lld", path, number);
    }
    int fault = Z_OK;
    const char *reason = gzerror(file, &fault);
    if (status == STATUS_OK && fault != Z_OK && fault != Z_STREAM_END)
        status = error_set(error, STATUS_BAD_DATA, "%s, after line %lld: %s.", path, number, reason);
    gzclose(file);
    free(line);
    if (n_lines)
        *n_lines = number;
    return status;
}

enum status lines_playlist_find(struct catalogue *catalogue, char *key, int64_t *id, struct error *error)
{
    enum status status = catalogue_playlist_find(catalogue, key, id, error);
    if (status != STATUS_OK || *id)
        return status;
    size_t size = strlen(key);
    while (size && key[size - 1] == ' ')
        key[--size] = '\0';
    memmove(key, key + strspn(key, " "), size + 1 - strspn(key, " "));
    return catalogue_playlist_find(catalogue, key, id, error);
}
