#include "vision/cover_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "core/interrupt.h"
#include "core/text.h"
#include "vision/cover_map.h"

enum {
    NAMED_MAX = 5, /* per kind */
    DEPTH_MAX = 16,
    ENTRIES_MAX = 4 * 1000 * 1000,
};

void cover_tally_add(struct cover_tally *tally, enum log_level level, const char *format, ...)
{
    if (tally->count++ >= NAMED_MAX)
        return;
    char text[1536];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    log_message(level, "%s", text);
}

void cover_tally_end(const struct cover_tally *tally, enum log_level level, const char *what)
{
    if (tally->count > NAMED_MAX)
        log_message(level, "and %" PRId64 " more %s", tally->count - NAMED_MAX, what);
}

void cover_files_free(struct cover_files *files)
{
    free(files->items);
    arena_free(&files->memory);
    *files = (struct cover_files){0};
}

static enum status add(struct cover_files *files, const struct cover_match *match, const char *path, long long line,
                       struct error *error)
{
    if (files->count == files->capacity) {
        size_t capacity = files->capacity ? 2 * files->capacity : 256;
        struct cover_file *items = realloc(files->items, capacity * sizeof *items);
        if (!items)
            return error_no_memory(error);
        files->items = items;
        files->capacity = capacity;
    }
    const char *copy = arena_copy_text(&files->memory, path, strlen(path));
    if (!copy)
        return error_no_memory(error);
    files->items[files->count] = (struct cover_file){match->album_id, match->rank, files->count, line, copy};
    files->count++;
    return STATUS_OK;
}

static int compare_files(const void *a, const void *b)
{
    const struct cover_file *x = a, *y = b;
    if (x->album_id != y->album_id)
        return x->album_id < y->album_id ? -1 : 1;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

static void sort(struct cover_files *files)
{
    if (files->count > 0)
        qsort(files->items, files->count, sizeof *files->items, compare_files);
    for (size_t i = 0; i < files->count; i++)
        files->n_albums += i == 0 || files->items[i].album_id != files->items[i - 1].album_id;
}

/* ------------------------------------------------------------------ folders */

struct walk {
    struct cover_matcher *matcher;
    struct cover_files *files;
    struct buffer path;                 /* of the current file or folder, NUL-terminated */
    const char *folders[DEPTH_MAX + 4]; /* the names of its parent folders, outermost first */
    size_t n_folders, depth;
    int64_t entries;
};

static bool is_image_name(const char *name, size_t *stem)
{
    static const char *const endings[] = {".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp"};
    const char *dot = strrchr(name, '.');
    *stem = dot ? (size_t)(dot - name) : 0;
    for (size_t i = 0; dot && i < sizeof endings / sizeof endings[0]; i++)
        if (strcasecmp(dot, endings[i]) == 0)
            return *stem > 0;
    return false;
}

static enum status visit_image(struct walk *walk, const char *name, size_t stem, struct error *error)
{
    struct cover_match match;
    char *base = strndup(name, stem);
    enum status status = base ? cover_match_file(walk->matcher, walk->folders, walk->n_folders, base, &match, error)
                              : error_no_memory(error);
    free(base);
    if (status != STATUS_OK)
        return status;
    if (match.album_id != 0)
        return add(walk->files, &match, walk->path.data, 0, error);
    cover_tally_add(&walk->files->unmatched, LOG_WARNING,
                    match.ambiguous ? "%s: several albums have this name; name it after the key of one of them"
                                    : "%s: the catalogue has no such album",
                    walk->path.data);
    return STATUS_OK;
}

static enum status enter(struct walk *walk, int descriptor, struct error *error);

static enum status visit_folder(struct walk *walk, int parent, const char *name, struct error *error)
{
    int descriptor = -1;
    if (walk->depth < DEPTH_MAX)
        descriptor = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (descriptor < 0) {
        cover_tally_add(&walk->files->skipped, LOG_WARNING, "%s: this folder was skipped: %s", walk->path.data,
                        walk->depth < DEPTH_MAX ? strerror(errno) : "it is too deep");
        return STATUS_OK;
    }
    walk->folders[walk->n_folders++] = name;
    walk->depth++;
    enum status status = enter(walk, descriptor, error);
    walk->depth--;
    walk->n_folders--;
    return status;
}

/* A link to a folder is reported, not followed: it may be circular. */
static enum status visit(struct walk *walk, int parent, const char *name, struct error *error)
{
    struct stat info = {0};
    size_t stem;
    if (fstatat(parent, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(info.st_mode))
        return visit_folder(walk, parent, name, error);
    if (S_ISLNK(info.st_mode) && fstatat(parent, name, &info, 0) == 0 && S_ISDIR(info.st_mode)) {
        cover_tally_add(&walk->files->skipped, LOG_WARNING, "%s: links to folders are not followed", walk->path.data);
        return STATUS_OK;
    }
    if (is_image_name(name, &stem)) {
        walk->files->n_images++;
        return visit_image(walk, name, stem, error);
    }
    if (walk->files->other.count++ == 0)
        log_message(LOG_INFO, "%s: neither PNG, JPEG nor WebP by its name; files like it are only counted",
                    walk->path.data);
    return STATUS_OK;
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int compare_entries(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static enum status visit_entry(struct walk *walk, int folder, const char *name, struct error *error)
{
    if (interrupt_requested())
        return error_set(error, STATUS_INTERRUPTED, "stopped while looking for images; nothing was added");
    if (++walk->entries > ENTRIES_MAX)
        return error_set(error, STATUS_BAD_DATA, "more than %d files and folders; add them a folder at a time",
                         ENTRIES_MAX);
    size_t size = walk->path.size;
    buffer_printf(&walk->path, "%s%s", size > 0 && walk->path.data[size - 1] == '/' ? "" : "/", name);
    enum status status = walk->path.failed ? error_no_memory(error) : visit(walk, folder, name, error);
    if (!walk->path.failed) {
        walk->path.size = size;
        walk->path.data[size] = '\0';
    }
    return status;
}

/* Closes the descriptor. */
static enum status enter(struct walk *walk, int descriptor, struct error *error)
{
    struct dirent **entries = NULL;
    int count = scandirat(descriptor, ".", &entries, is_visible, compare_entries);
    enum status status = STATUS_OK;
    walk->files->n_folders += count >= 0;
    if (count < 0)
        cover_tally_add(&walk->files->skipped, LOG_WARNING, "%s: this folder cannot be read: %s", walk->path.data,
                        strerror(errno));
    for (int i = 0; i < count; i++) {
        if (status == STATUS_OK)
            status = visit_entry(walk, descriptor, entries[i]->d_name, error);
        free(entries[i]);
    }
    free(entries);
    close(descriptor);
    return status;
}

/* The folder itself may be that of an album or of an artist: the last two names of its absolute path. */
static void name_folders(struct walk *walk, char *whole)
{
    for (int i = 0; i < 2; i++) {
        char *slash = strrchr(whole, '/');
        if (!slash || !slash[1])
            break;
        walk->folders[1] = walk->folders[0];
        walk->folders[0] = slash + 1;
        walk->n_folders++;
        *slash = '\0';
    }
}

enum status cover_files_from_folder(struct catalogue *catalogue, const char *folder, struct cover_files *files,
                                    struct error *error)
{
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return error_set(error, STATUS_FAILED, "the folder %s cannot be read: %s", folder, strerror(errno));
    struct walk walk = {.files = files};
    char *whole = realpath(folder, NULL);
    buffer_add_text(&walk.path, folder);
    enum status status =
        !whole || walk.path.failed ? error_no_memory(error) : cover_matcher_create(catalogue, &walk.matcher, error);
    if (status == STATUS_OK) {
        name_folders(&walk, whole);
        status = enter(&walk, descriptor, error);
    } else {
        close(descriptor);
    }
    cover_matcher_destroy(walk.matcher);
    buffer_free(&walk.path);
    free(whole);
    sort(files);
    return status;
}

/* ------------------------------------------------------------------ maps */

struct map_reading {
    struct cover_matcher *matcher;
    struct cover_files *files;
    const char *map_file, *folder;
};

/* A map may come from a machine with another Unicode normal form of file names. */
static void find_form(struct buffer *path)
{
    struct buffer composed = {0}, decomposed = {0};
    if (path->failed || file_exists(path->data))
        return;
    text_compose(path->data, path->size, &composed);
    text_decompose(path->data, path->size, &decomposed);
    struct buffer *found = NULL;
    if (!composed.failed && composed.data && file_exists(composed.data))
        found = &composed;
    else if (!decomposed.failed && decomposed.data && file_exists(decomposed.data))
        found = &decomposed;
    if (found) {
        buffer_clear(path);
        buffer_add(path, found->data, found->size);
    }
    buffer_free(&composed);
    buffer_free(&decomposed);
}

static enum status add_row(void *context, const char *album, const char *path, long long line, struct error *error)
{
    struct map_reading *reading = context;
    struct cover_match match;
    enum status status = cover_match_key(reading->matcher, album, &match, error);
    if (status != STATUS_OK)
        return status;
    reading->files->n_images++;
    if (match.album_id == 0) {
        cover_tally_add(&reading->files->unmatched, LOG_WARNING, "%s, line %lld: the catalogue has no album %s",
                        reading->map_file, line, album);
        return STATUS_OK;
    }
    struct buffer whole = {0};
    buffer_printf(&whole, "%s%s%s", path[0] == '/' ? "" : reading->folder, path[0] == '/' ? "" : "/", path);
    find_form(&whole);
    status = whole.failed ? error_no_memory(error) : add(reading->files, &match, whole.data, line, error);
    buffer_free(&whole);
    return status;
}

enum status cover_files_from_map(struct catalogue *catalogue, const char *map_file, const char *folder,
                                 struct cover_files *files, struct error *error)
{
    const char *slash = strrchr(map_file, '/');
    char *own_folder = slash ? strndup(map_file, (size_t)(slash - map_file) + 1) : strdup(".");
    struct map_reading reading = {.files = files, .map_file = map_file, .folder = folder ? folder : own_folder};
    enum status status = own_folder ? cover_matcher_create(catalogue, &reading.matcher, error) : error_no_memory(error);
    if (status == STATUS_OK)
        status = cover_map_read(map_file, &cover_map_paths, add_row, &reading, error);
    cover_matcher_destroy(reading.matcher);
    free(own_folder);
    sort(files);
    return status;
}
