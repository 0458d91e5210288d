#include "app/file_list.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "core/buffer.h"
#include "core/interrupt.h"
#include "core/text_reader.h"
#include "media/media.h"

enum { DEPTH_MAX = 16, PATHS_MAX = 4 * 1000 * 1000, LINE_MAX_ = 1 << 16 };

void file_list_free(struct file_list *list)
{
    free(list->paths);
    arena_free(&list->memory);
    *list = (struct file_list){.kind = list->kind};
}

static bool is_image_name(const char *name)
{
    static const char *const extensions[] = {".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp"};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && dot != name && i < sizeof extensions / sizeof *extensions; i++)
        if (strcasecmp(dot, extensions[i]) == 0)
            return true;
    return false;
}

static const struct {
    const char *what, *names;
    bool (*is_name)(const char *name);
} kinds[] = {
    [FILE_LIST_IMAGES] = {"images", " (.png, .jpg, .jpeg or .webp)", is_image_name},
    [FILE_LIST_MUSIC] = {"music files", "", media_is_music_name},
};

static enum status add_path(struct file_list *list, const char *path, struct error *error)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : 64;
        const char **grown = realloc(list->paths, capacity * sizeof *grown);
        if (!grown)
            return error_no_memory(error);
        list->paths = grown;
        list->capacity = capacity;
    }
    if (list->count == PATHS_MAX)
        return error_set(error, STATUS_BAD_DATA, "there are more than %d %s", (int)PATHS_MAX, kinds[list->kind].what);
    const char *copy = arena_copy_text(&list->memory, path, strlen(path));
    if (!copy)
        return error_no_memory(error);
    list->paths[list->count++] = copy;
    return STATUS_OK;
}

static enum status add_folder(struct file_list *list, const char *folder, int depth, struct error *error);

static enum status add_entry(struct file_list *list, const char *folder, const char *name, int depth,
                             struct error *error)
{
    struct buffer path = {0};
    struct stat at;
    buffer_printf(&path, "%s%s%s", folder, folder[strlen(folder) - 1] == '/' ? "" : "/", name);
    enum status status = path.failed ? error_no_memory(error) : STATUS_OK;
    if (status == STATUS_OK && lstat(path.data, &at) == 0) {
        if (S_ISDIR(at.st_mode) && depth < DEPTH_MAX)
            status = add_folder(list, path.data, depth + 1, error);
        else if (!S_ISDIR(at.st_mode) && kinds[list->kind].is_name(name))
            status = add_path(list, path.data, error);
    }
    buffer_free(&path);
    return status;
}

static int compare(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static enum status add_folder(struct file_list *list, const char *folder, int depth, struct error *error)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_visible, compare);
    if (count < 0)
        return error_set(error, STATUS_BAD_DATA, "the folder %s cannot be read: %s", folder, strerror(errno));
    enum status status = STATUS_OK;
    for (int i = 0; i < count; i++) {
        if (status == STATUS_OK && interrupt_requested())
            status = error_set(error, STATUS_INTERRUPTED, "stopped while the %s were listed", kinds[list->kind].what);
        if (status == STATUS_OK)
            status = add_entry(list, folder, entries[i]->d_name, depth, error);
        free(entries[i]);
    }
    free(entries);
    return status;
}

static enum status add_list(struct file_list *list, const char *file, struct error *error)
{
    struct text_reader *reader = NULL;
    struct text_line line;
    bool more = true;
    enum status status = text_reader_open(file, TEXT_READER_STDIN | TEXT_READER_UTF8, &reader, error);
    while (status == STATUS_OK) {
        status = text_reader_line(reader, LINE_MAX_, &line, &more, error);
        if (status != STATUS_OK || !more)
            break;
        if (line.size > 0)
            status = add_path(list, line.text, error);
    }
    text_reader_close(reader);
    return status;
}

enum status file_list_add(struct file_list *list, const char *argument, struct error *error)
{
    struct stat at;
    size_t before = list->count;
    enum status status = STATUS_OK;
    if (argument[0] == '@')
        status = add_list(list, argument + 1, error);
    else if (argument[0] && stat(argument, &at) == 0 && S_ISDIR(at.st_mode))
        status = add_folder(list, argument, 0, error);
    else
        return add_path(list, argument, error);
    if (status == STATUS_OK && list->count == before)
        status = error_set(error, STATUS_BAD_DATA, "%s: has no %s%s", argument, kinds[list->kind].what,
                           kinds[list->kind].names);
    return status;
}
