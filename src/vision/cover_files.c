#include "vision/cover_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/file.h"
#include "core/log.h"

enum { MAP_MAX = 256 << 20 };

void cover_files_free(struct cover_files *files)
{
    free(files->items);
    arena_free(&files->memory);
    *files = (struct cover_files){0};
}

static enum status add(struct catalogue *catalogue, struct cover_files *files, const char *key, const char *folder,
                       const char *path, struct error *error)
{
    int64_t album;
    enum status status = catalogue_album_find(catalogue, key, &album, error);
    if (status != STATUS_OK)
        return status;
    if (album == 0) {
        log_message(LOG_DEBUG, "%s: the catalogue has no album %s", path, key);
        files->unmatched++;
        return STATUS_OK;
    }
    if (files->count == files->capacity) {
        size_t capacity = files->capacity ? 2 * files->capacity : 256;
        struct cover_file *items = realloc(files->items, capacity * sizeof *items);
        if (!items)
            return error_no_memory(error);
        files->items = items;
        files->capacity = capacity;
    }
    struct buffer whole = {0};
    if (folder && path[0] != '/')
        buffer_printf(&whole, "%s/%s", folder, path);
    else
        buffer_add_text(&whole, path);
    const char *copy = whole.failed ? NULL : arena_copy_text(&files->memory, whole.data, whole.size);
    buffer_free(&whole);
    if (!copy)
        return error_no_memory(error);
    files->items[files->count++] = (struct cover_file){.album_id = album, .path = copy};
    return STATUS_OK;
}

static int compare_paths(const void *a, const void *b)
{
    return strcmp(((const struct cover_file *)a)->path, ((const struct cover_file *)b)->path);
}

enum status cover_files_from_folder(struct catalogue *catalogue, const char *folder, struct cover_files *files,
                                    struct error *error)
{
    DIR *listing = opendir(folder);
    if (!listing)
        return error_set(error, STATUS_FAILED, "the folder %s cannot be read: %s", folder, strerror(errno));
    enum status status = STATUS_OK;
    for (struct dirent *entry; status == STATUS_OK && (entry = readdir(listing));) {
        const char *dot = strrchr(entry->d_name, '.');
        if (!dot || dot == entry->d_name ||
            (strcasecmp(dot, ".png") != 0 && strcasecmp(dot, ".jpg") != 0 && strcasecmp(dot, ".jpeg") != 0))
            continue;
        char *key = strndup(entry->d_name, (size_t)(dot - entry->d_name));
        status = key ? add(catalogue, files, key, folder, entry->d_name, error) : error_no_memory(error);
        free(key);
    }
    closedir(listing);
    if (files->count > 0) /* the order of a folder is chance; that of two files for one album must not be */
        qsort(files->items, files->count, sizeof *files->items, compare_paths);
    return status;
}

/* One field, which ends at `separator` or the line's end and may be quoted as in CSV. */
static const char *take_field(const char *at, const char *end, char separator, struct buffer *out)
{
    if (separator == ',' && at < end && *at == '"') {
        for (at++; at < end; at++) {
            if (*at != '"')
                buffer_add_byte(out, *at);
            else if (at + 1 < end && at[1] == '"')
                buffer_add_byte(out, *at++);
            else
                break;
        }
        at += at < end;
    }
    while (at < end && *at != separator)
        buffer_add_byte(out, *at++);
    return at;
}

bool cover_map_line(const char **at, const char *end, struct buffer *line, const char **album, const char **path)
{
    if (*at >= end)
        return false;
    const char *stop = memchr(*at, '\n', (size_t)(end - *at));
    const char *next = stop ? stop + 1 : end;
    stop = stop ? stop : end;
    if (stop > *at && stop[-1] == '\r')
        stop--;
    char separator = memchr(*at, '\t', (size_t)(stop - *at)) ? '\t' : ',';
    buffer_clear(line);
    const char *second = take_field(*at, stop, separator, line);
    *album = *path = NULL;
    size_t from = 0;
    if (second < stop) {
        buffer_add_byte(line, '\0');
        from = line->size;
        take_field(second + 1, stop, separator, line);
    }
    if (!line->failed && line->data) {
        *album = line->data;
        *path = from > 0 ? line->data + from : NULL;
    }
    *at = next;
    return true;
}

enum status cover_files_from_map(struct catalogue *catalogue, const char *map_file, const char *folder,
                                 struct cover_files *files, struct error *error)
{
    struct buffer text = {0}, line = {0};
    char *own_folder = NULL;
    enum status status = file_read(map_file, MAP_MAX, &text, error);
    if (status == STATUS_OK && !folder) {
        const char *slash = strrchr(map_file, '/');
        own_folder = slash ? strndup(map_file, (size_t)(slash - map_file)) : strdup(".");
        folder = own_folder;
        if (!own_folder)
            status = error_no_memory(error);
    }
    const char *at = text.data, *end = text.data ? text.data + text.size : NULL, *album, *path;
    for (size_t number = 1; status == STATUS_OK && cover_map_line(&at, end, &line, &album, &path); number++) {
        if (line.failed)
            status = error_no_memory(error);
        else if (number == 1 && album && strcasecmp(album, "album") == 0)
            continue;
        else if (!album || album[0] == '\0')
            continue;
        else if (!path || path[0] == '\0')
            status = error_set(error, STATUS_BAD_DATA,
                               "%s, line %zu: an album and a path are wanted, with a tab or a comma between them",
                               map_file, number);
        else
            status = add(catalogue, files, album, folder, path, error);
    }
    free(own_folder);
    buffer_free(&line);
    buffer_free(&text);
    return status;
}
