#include "media/music_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/buffer.h"
#include "core/interrupt.h"
#include "media/media.h"

enum { DEPTH_MAX = 32, ENTRIES_MAX = 4 * 1000 * 1000 };

struct walk {
    struct music_folder *folder;
    void (*skipped)(void *context, const char *path, const char *reason);
    void *context;
    struct buffer path; /* of the current file or folder, relative */
    int depth;
    int64_t n_names;
    void *folders;      /* that are read: a tree of search.h over struct folder_id, in the folder's memory */
    bool linked;        /* in a folder behind a link */
    const char **links; /* to folders: relative paths, in the folder's memory */
    size_t n_links, links_capacity;
};

struct folder_id {
    dev_t device;
    ino_t inode;
};

static bool is_one_of(const char *name, const char *const *names)
{
    for (; *names; names++)
        if (strcasecmp(name, *names) == 0)
            return true;
    return false;
}

static const char *extension_of(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot && dot > name ? dot : "";
}

int music_picture_rank(const char *name)
{
    static const char *const images[] = {".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", NULL};
    static const char *const exact[] = {
        [PICTURE_COVER] = "cover", [PICTURE_FOLDER] = "folder", [PICTURE_FRONT] = "front", [PICTURE_ALBUM] = "album"};
    const char *extension = extension_of(name);
    const size_t size = strlen(name) - strlen(extension);
    if (!is_one_of(extension, images))
        return 0;
    for (int rank = PICTURE_COVER; rank <= PICTURE_ALBUM; rank++)
        if (strlen(exact[rank]) == size && strncasecmp(name, exact[rank], size) == 0)
            return rank;
    if (strncasecmp(name, "albumart", 8) == 0 && strcasestr(name, "large"))
        return PICTURE_WINDOWS;
    return strncasecmp(name, "cover", 5) == 0 || strncasecmp(name, "front", 5) == 0 ? PICTURE_SIMILAR : 0;
}

static int kind_of(const char *name)
{
    static const char *const playlists[] = {".m3u", ".m3u8", NULL};
    if (media_is_music_name(name))
        return MUSIC_FILE;
    if (is_one_of(extension_of(name), playlists))
        return MUSIC_PLAYLIST;
    return music_picture_rank(name) > 0 ? MUSIC_PICTURE : 0;
}

static void skip(struct walk *walk, const char *reason)
{
    walk->skipped(walk->context, walk->path.data ? walk->path.data : "", reason);
}

static enum status add(struct walk *walk, int kind, const struct stat *info, struct error *error)
{
    struct music_folder *folder = walk->folder;
    if (folder->count == folder->capacity) {
        size_t capacity = folder->capacity ? 2 * folder->capacity : 1024;
        struct music_entry *items = realloc(folder->items, capacity * sizeof *items);
        if (!items)
            return error_no_memory(error);
        folder->items = items;
        folder->capacity = capacity;
    }
    const char *path = arena_copy_text(&folder->memory, walk->path.data, walk->path.size);
    if (!path)
        return error_no_memory(error);
    folder->items[folder->count++] = (struct music_entry){
        .path = path,
        .kind = (enum music_kind)kind,
        .size = (int64_t)info->st_size,
        .modified = (int64_t)info->st_mtim.tv_sec * 1000000000 + info->st_mtim.tv_nsec,
        .inode = (int64_t)info->st_ino,
    };
    return STATUS_OK;
}

static enum status visit_file(struct walk *walk, int parent, const struct dirent *entry, struct error *error)
{
    struct stat info;
    const int kind = kind_of(entry->d_name);
    if (kind == 0) {
        walk->folder->n_other++;
        return STATUS_OK;
    }
    if (fstatat(parent, entry->d_name, &info, 0) != 0)
        skip(walk, strerror(errno));
    else if (S_ISREG(info.st_mode))
        return add(walk, kind, &info, error);
    else
        skip(walk, "not a regular file");
    return STATUS_OK;
}

static int is_visible(const struct dirent *entry)
{
    static const char *const internal[] = {"@eaDir",   "#recycle", "$RECYCLE.BIN", "System Volume Information",
                                           "__MACOSX", NULL};
    return entry->d_name[0] != '.' && !is_one_of(entry->d_name, internal);
}

static int compare_names(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static bool is_folder(int parent, const struct dirent *entry)
{
    struct stat info;
    if (entry->d_type != DT_UNKNOWN)
        return entry->d_type == DT_DIR;
    return fstatat(parent, entry->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(info.st_mode);
}

static bool is_linked_folder(int parent, const struct dirent *entry)
{
    struct stat info;
    return (entry->d_type == DT_LNK || entry->d_type == DT_UNKNOWN) && fstatat(parent, entry->d_name, &info, 0) == 0 &&
           S_ISDIR(info.st_mode);
}

/* ------------------------------------------------------------------ folders that are read */

static int compare_ids(const void *a, const void *b)
{
    const struct folder_id *x = a, *y = b;
    if (x->device != y->device)
        return x->device < y->device ? -1 : 1;
    return x->inode < y->inode ? -1 : x->inode > y->inode;
}

/* `known`: the folder was there before. */
static enum status remember(struct walk *walk, int descriptor, bool *known, struct error *error)
{
    struct stat info;
    *known = false;
    if (fstat(descriptor, &info) != 0) /* it is read as it is */
        return STATUS_OK;
    const struct folder_id id = {info.st_dev, info.st_ino};
    *known = tfind(&id, &walk->folders, compare_ids) != NULL;
    if (*known)
        return STATUS_OK;
    struct folder_id *kept = arena_alloc(&walk->folder->memory, sizeof id);
    if (!kept)
        return error_no_memory(error);
    *kept = id;
    return tsearch(kept, &walk->folders, compare_ids) ? STATUS_OK : error_no_memory(error);
}

static void keep_id(void *id)
{
    (void)id; /* it is in the arena */
}

static enum status add_link(struct walk *walk, struct error *error)
{
    if (walk->n_links == walk->links_capacity) {
        const size_t capacity = walk->links_capacity ? 2 * walk->links_capacity : 16;
        const char **links = realloc(walk->links, capacity * sizeof *links);
        if (!links)
            return error_no_memory(error);
        walk->links = links;
        walk->links_capacity = capacity;
    }
    const char *path = arena_copy_text(&walk->folder->memory, walk->path.data, walk->path.size);
    if (!path)
        return error_no_memory(error);
    walk->links[walk->n_links++] = path;
    return STATUS_OK;
}

/* ------------------------------------------------------------------ the walk */

static enum status enter(struct walk *walk, int descriptor, struct error *error);

static enum status visit_folder(struct walk *walk, int parent, const struct dirent *entry, struct error *error)
{
    if (walk->depth >= DEPTH_MAX) {
        skip(walk, "a folder that is too deep");
        return STATUS_OK;
    }
    int descriptor = openat(parent, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (descriptor < 0) {
        skip(walk, strerror(errno));
        return STATUS_OK;
    }
    walk->depth++;
    enum status status = enter(walk, descriptor, error);
    walk->depth--;
    return status;
}

static enum status visit(struct walk *walk, int parent, const struct dirent *entry, bool folders, struct error *error)
{
    if (is_folder(parent, entry) != folders)
        return STATUS_OK;
    if (interrupt_requested())
        return error_set(error, STATUS_INTERRUPTED, "stopped while looking for music; nothing was changed");
    if (++walk->n_names > ENTRIES_MAX)
        return error_set(error, STATUS_BAD_DATA, "%s contains more than %d files and folders; import a part of it",
                         walk->folder->path, ENTRIES_MAX);
    const size_t size = walk->path.size;
    buffer_printf(&walk->path, "%s%s", size > 0 ? "/" : "", entry->d_name);
    enum status status = STATUS_OK;
    if (walk->path.failed)
        return error_no_memory(error);
    if (folders)
        status = visit_folder(walk, parent, entry, error);
    else if (is_linked_folder(parent, entry))
        status = add_link(walk, error);
    else
        status = visit_file(walk, parent, entry, error);
    walk->path.size = size;
    walk->path.data[size] = '\0';
    return status;
}

static enum status visit_all(struct walk *walk, int descriptor, struct error *error)
{
    struct dirent **entries = NULL;
    const int count = scandirat(descriptor, ".", &entries, is_visible, compare_names);
    enum status status = STATUS_OK;
    walk->folder->n_folders += count >= 0;
    if (count < 0)
        skip(walk, strerror(errno));
    for (int folders = 0; folders < 2; folders++)
        for (int i = 0; status == STATUS_OK && i < count; i++)
            status = visit(walk, descriptor, entries[i], folders, error);
    for (int i = 0; i < count; i++)
        free(entries[i]);
    free(entries);
    return status;
}

/* Closes the descriptor. A folder that links lead to in two ways is read once. */
static enum status enter(struct walk *walk, int descriptor, struct error *error)
{
    bool known;
    enum status status = remember(walk, descriptor, &known, error);
    if (status == STATUS_OK && known && walk->linked)
        skip(walk, "a folder that is read already");
    else if (status == STATUS_OK)
        status = visit_all(walk, descriptor, error);
    close(descriptor);
    return status;
}

/* ------------------------------------------------------------------ links */

static enum status follow(struct walk *walk, const char *path, struct error *error)
{
    buffer_clear(&walk->path);
    buffer_add_text(&walk->path, path);
    if (walk->path.failed)
        return error_no_memory(error);
    walk->depth = 1;
    for (const char *at = path; (at = strchr(at, '/')); at++)
        walk->depth++;
    const int descriptor = openat(walk->folder->descriptor, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (walk->depth > DEPTH_MAX || descriptor < 0) {
        skip(walk, descriptor < 0 ? strerror(errno) : "a folder that is too deep");
        if (descriptor >= 0)
            close(descriptor);
        return STATUS_OK;
    }
    return enter(walk, descriptor, error);
}

/* By folders: the files of one before the folders in it. */
static int compare_places(const void *a, const void *b)
{
    const char *x = ((const struct music_entry *)a)->path, *y = ((const struct music_entry *)b)->path;
    size_t at = 0, part = 0;
    for (; x[at] && x[at] == y[at]; at++)
        part = x[at] == '/' ? at + 1 : part;
    const bool x_inner = strchr(x + part, '/') != NULL, y_inner = strchr(y + part, '/') != NULL;
    if (x_inner != y_inner)
        return x_inner ? 1 : -1;
    const int left = x[at] == '/' ? 0 : (unsigned char)x[at], right = y[at] == '/' ? 0 : (unsigned char)y[at];
    return left - right;
}

/* The folders behind links, after all others, so that links into the folder itself lead nowhere. */
static enum status follow_links(struct walk *walk, struct error *error)
{
    enum status status = STATUS_OK;
    walk->linked = true;
    for (size_t i = 0; status == STATUS_OK && i < walk->n_links; i++)
        status = follow(walk, walk->links[i], error);
    if (status == STATUS_OK && walk->n_links > 0 && walk->folder->count > 0)
        qsort(walk->folder->items, walk->folder->count, sizeof *walk->folder->items, compare_places);
    return status;
}

enum status music_folder_open(const char *path, void (*skipped)(void *context, const char *path, const char *reason),
                              void *context, struct music_folder *folder, struct error *error)
{
    *folder = (struct music_folder){.descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (folder->descriptor < 0)
        return error_set(error, errno == ENOTDIR || errno == ENOENT ? STATUS_BAD_DATA : STATUS_FAILED,
                         "the folder %s cannot be read: %s", path, strerror(errno));
    folder->path = realpath(path, NULL);
    const int copy = fcntl(folder->descriptor, F_DUPFD_CLOEXEC, 0);
    struct walk walk = {.folder = folder, .skipped = skipped, .context = context};
    if (!folder->path || copy < 0) {
        if (copy >= 0)
            close(copy);
        return error_set(error, STATUS_FAILED, "the folder %s cannot be read: %s", path, strerror(errno));
    }
    enum status status = enter(&walk, copy, error);
    if (status == STATUS_OK)
        status = follow_links(&walk, error);
    tdestroy(walk.folders, keep_id);
    free(walk.links);
    buffer_free(&walk.path);
    return status;
}

void music_folder_close(struct music_folder *folder)
{
    if (folder->descriptor > 0)
        close(folder->descriptor);
    free(folder->path);
    free(folder->items);
    arena_free(&folder->memory);
    *folder = (struct music_folder){0};
}

enum status music_file_open(const struct music_folder *folder, const char *path, int *descriptor, struct error *error)
{
    struct stat info;
    *descriptor = openat(folder->descriptor, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (*descriptor < 0)
        return error_set(error, STATUS_BAD_DATA, "cannot be opened: %s", strerror(errno));
    if (fstat(*descriptor, &info) == 0 && S_ISREG(info.st_mode))
        return STATUS_OK;
    close(*descriptor);
    *descriptor = -1;
    return error_set(error, STATUS_BAD_DATA, "not a regular file");
}
