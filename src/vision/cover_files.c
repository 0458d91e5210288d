#include "vision/cover_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/log.h"
#include "vision/cover_map.h"

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

struct map_reading {
    struct catalogue *catalogue;
    struct cover_files *files;
    const char *folder;
};

static enum status add_row(void *context, const char *album, const char *path, long long line, struct error *error)
{
    (void)line;
    struct map_reading *reading = context;
    return add(reading->catalogue, reading->files, album, reading->folder, path, error);
}

enum status cover_files_from_map(struct catalogue *catalogue, const char *map_file, const char *folder,
                                 struct cover_files *files, struct error *error)
{
    const char *slash = strrchr(map_file, '/');
    char *own_folder = slash ? strndup(map_file, (size_t)(slash - map_file) + 1) : strdup(".");
    struct map_reading reading = {catalogue, files, folder ? folder : own_folder};
    enum status status = own_folder ? cover_map_read(map_file, add_row, &reading, error) : error_no_memory(error);
    free(own_folder);
    return status;
}
