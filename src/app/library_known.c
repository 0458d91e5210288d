#include "app/library_internal.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/text.h"
#include "core/text_encoding.h"
#include "media/file_names.h"

size_t library_folder_size(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) + 1 : 0;
}

size_t library_album_folder_size(const char *path)
{
    const size_t folder = library_folder_size(path);
    char name[24];
    size_t begin = folder > 0 ? folder - 1 : 0;
    while (begin > 0 && path[begin - 1] != '/')
        begin--;
    if (folder == 0 || folder - 1 - begin >= sizeof name)
        return folder;
    snprintf(name, sizeof name, "%.*s", (int)(folder - 1 - begin), path + begin);
    return media_disc_of_folder(name) > 0 ? begin : folder;
}

void library_path_text(const char *path, struct buffer *out)
{
    const size_t size = strlen(path);
    struct buffer decoded = {0};
    const char *wrong = NULL;
    if (text_is_utf8(path, size)) {
        text_compose(path, size, out);
        return;
    }
    text_encoding_decode(ENCODING_WINDOWS_1252, path, size, &decoded, &wrong);
    if (wrong) { /* neither */
        buffer_clear(&decoded);
        for (size_t at = 0; at < size; at++)
            buffer_add_byte(&decoded, (unsigned char)path[at] < 0x80 ? path[at] : '?');
    }
    out->failed |= decoded.failed;
    buffer_add(out, decoded.data, decoded.size);
    buffer_free(&decoded);
}

static enum status add_known(const struct library_file *file, void *context, struct error *error)
{
    struct library_import *import = context;
    const int32_t number = id_map_add(&import->paths, file->path.data, file->path.size);
    if (number == 0)
        return error_no_memory(error);
    if ((size_t)number > import->known_capacity) {
        const size_t capacity = import->known_capacity ? 2 * import->known_capacity : 1024;
        struct known_file *known = realloc(import->known, capacity * sizeof *known);
        if (!known)
            return error_no_memory(error);
        import->known = known;
        import->known_capacity = capacity;
    }
    import->known[number - 1] = (struct known_file){.id = file->id,
                                                    .size = file->size,
                                                    .modified = file->modified,
                                                    .inode = file->inode,
                                                    .track = file->track,
                                                    .album = file->album,
                                                    .playlist = file->playlist,
                                                    .kind = file->kind,
                                                    .missing = file->missing};
    return STATUS_OK;
}

static bool is_same(const struct known_file *known, const struct music_entry *file)
{
    return known->size == file->size && known->modified == file->modified && (int)known->kind == (int)file->kind;
}

static void match_paths(struct library_import *import)
{
    for (size_t i = 0; i < import->folder.count; i++) {
        const struct music_entry *file = &import->folder.items[i];
        const int32_t number = id_map_find(&import->paths, file->path, strlen(file->path));
        struct known_file *known = number > 0 ? &import->known[number - 1] : NULL;
        const bool same = known && is_same(known, file);
        import->entries[i] = (struct file_entry){.file = file,
                                                 .known = known,
                                                 .state = !known           ? FILE_NEW
                                                          : !same          ? FILE_CHANGED
                                                          : known->missing ? FILE_RETURNED
                                                                           : FILE_UNCHANGED};
        if (known)
            known->seen = true;
    }
}

bool library_is_folder_of(const struct library_import *import, size_t from, size_t folder, int64_t album)
{
    const char *path = import->folder.items[from].path;
    size_t first = from, own = 0, others = 0;
    while (first > 0 && strncmp(import->folder.items[first - 1].path, path, folder) == 0)
        first--;
    for (size_t i = first; i < import->folder.count && strncmp(import->folder.items[i].path, path, folder) == 0; i++)
        if (import->folder.items[i].kind == MUSIC_FILE)
            ++*(import->entries[i].album == album ? &own : &others);
    return own > others;
}

/* ------------------------------------------------------------------ moved files */

/* Known files without a file at their path, by size and time; those with equal ones are a list. */
struct lost_files {
    struct id_map signatures;
    struct buffer first; /* int32_t by number - 1: index of a known file */
    int32_t *next;       /* [known files]: the next with the same signature, -1 at the end */
};

static size_t signature_of(int kind, int64_t size, int64_t modified, char signature[24])
{
    const int64_t parts[3] = {kind, size, modified};
    memcpy(signature, parts, sizeof parts);
    return sizeof parts;
}

static bool collect_lost(const struct library_import *import, struct lost_files *lost)
{
    lost->next = malloc(((size_t)import->paths.count + 1) * sizeof *lost->next);
    for (int32_t i = 0; lost->next && i < import->paths.count; i++) {
        const struct known_file *known = &import->known[i];
        char signature[24];
        const size_t size = signature_of((int)known->kind, known->size, known->modified, signature);
        if (known->seen)
            continue;
        const int32_t before = lost->signatures.count;
        const int32_t number = id_map_add(&lost->signatures, signature, size);
        if (number == 0)
            return false;
        if (number > before)
            buffer_add(&lost->first, &(int32_t){-1}, sizeof(int32_t));
        if (lost->first.failed)
            return false;
        int32_t *first = (int32_t *)(void *)lost->first.data + number - 1;
        lost->next[i] = *first;
        *first = i;
    }
    return lost->next != NULL;
}

/* The same file has the same inode, or the same name after it was copied to another disk. */
static struct known_file *find_lost(const struct library_import *import, const struct lost_files *lost,
                                    const struct music_entry *file)
{
    char signature[24];
    const size_t size = signature_of((int)file->kind, file->size, file->modified, signature);
    const int32_t number = id_map_find(&lost->signatures, signature, size);
    int32_t at = number > 0 ? ((const int32_t *)(const void *)lost->first.data)[number - 1] : -1;
    const char *name = file->path + library_folder_size(file->path);
    for (; at >= 0; at = lost->next[at]) {
        struct known_file *known = &import->known[at];
        size_t path_size;
        const char *path = id_map_key(&import->paths, at + 1, &path_size);
        const size_t length = strlen(name);
        const bool same_name = path_size >= length && memcmp(path + path_size - length, name, length) == 0 &&
                               (path_size == length || path[path_size - length - 1] == '/');
        if (!known->seen && (known->inode == file->inode || same_name))
            return known;
    }
    return NULL;
}

static enum status match_moved(struct library_import *import, struct error *error)
{
    struct lost_files lost = {0};
    const bool collected = collect_lost(import, &lost);
    for (size_t i = 0; collected && lost.signatures.count > 0 && i < import->folder.count; i++) {
        struct file_entry *entry = &import->entries[i];
        if (entry->state != FILE_NEW)
            continue;
        entry->known = find_lost(import, &lost, entry->file);
        if (entry->known) {
            entry->known->seen = true;
            entry->state = FILE_MOVED;
        }
    }
    id_map_free(&lost.signatures);
    buffer_free(&lost.first);
    free(lost.next);
    return collected ? STATUS_OK : error_no_memory(error);
}

static void take_known(struct file_entry *entry)
{
    if (!entry->known)
        return;
    entry->id = entry->known->id;
    entry->track = entry->known->track;
    entry->album = entry->known->album;
    entry->playlist = entry->known->playlist;
}

static void count(struct library_import *import)
{
    struct import_report *report = import->report;
    for (size_t i = 0; i < import->folder.count; i++) {
        const struct file_entry *entry = &import->entries[i];
        report->library.moved += entry->state == FILE_MOVED;
        report->library.returned += entry->state == FILE_RETURNED;
        report->files_skipped += entry->file->kind == MUSIC_FILE && entry->state <= FILE_RETURNED;
    }
    for (int32_t i = 0; i < import->paths.count; i++)
        report->library.missing += !import->known[i].seen && !import->known[i].missing;
}

enum status library_compare(struct library_import *import, struct error *error)
{
    enum status status = library_files(import->library, add_known, import, error);
    import->entries = calloc(import->folder.count + 1, sizeof *import->entries);
    if (status == STATUS_OK && !import->entries)
        status = error_no_memory(error);
    if (status != STATUS_OK)
        return status;
    match_paths(import);
    status = match_moved(import, error);
    for (size_t i = 0; status == STATUS_OK && i < import->folder.count; i++)
        take_known(&import->entries[i]);
    if (status == STATUS_OK)
        count(import);
    return status;
}

/* ------------------------------------------------------------------ places */

static struct library_file place_of(const struct file_entry *entry)
{
    const struct music_entry *file = entry->file;
    return (struct library_file){.id = entry->id,
                                 .path = library_text(file->path),
                                 .kind = (enum library_kind)file->kind,
                                 .size = file->size,
                                 .modified = file->modified,
                                 .inode = file->inode};
}

/* Files in the folder of a picture, and in the folders in it, may have it as their cover. They are around it. */
static enum status request_covers(struct library_import *import, size_t picture, struct error *error)
{
    const struct file_entry *entries = import->entries;
    const char *path = entries[picture].file->path;
    const size_t folder = library_folder_size(path);
    size_t first = picture, end = picture + 1;
    enum status status = STATUS_OK;
    while (first > 0 && strncmp(entries[first - 1].file->path, path, folder) == 0)
        first--;
    while (end < import->folder.count && strncmp(entries[end].file->path, path, folder) == 0)
        end++;
    for (size_t i = first; status == STATUS_OK && i < end; i++)
        if (entries[i].album > 0)
            status = library_cover_request(import->library, entries[i].album, error);
    return status;
}

static enum status write_entry(struct library_import *import, size_t number, struct error *error)
{
    const struct file_entry *entry = &import->entries[number];
    struct library_file file = place_of(entry);
    if (entry->state == FILE_MOVED || entry->state == FILE_RETURNED) {
        enum status status = library_file_move(import->library, &file, error);
        return status == STATUS_OK ? library_set_pending(import->library, true, error) : status;
    }
    if (entry->file->kind != MUSIC_PICTURE || entry->state == FILE_UNCHANGED)
        return STATUS_OK;
    enum status status = request_covers(import, number, error);
    return status == STATUS_OK ? library_file_write(import->library, &file, error) : status;
}

static enum status write_missing(struct library_import *import, struct error *error)
{
    enum status status = STATUS_OK;
    for (int32_t i = 0; status == STATUS_OK && i < import->paths.count; i++) {
        const struct known_file *known = &import->known[i];
        if (known->seen || known->missing)
            continue;
        struct library_file file = {
            .id = known->id, .size = known->size, .modified = known->modified, .inode = known->inode, .missing = true};
        file.path.data = id_map_key(&import->paths, i + 1, &file.path.size);
        status = library_file_move(import->library, &file, error);
    }
    return status;
}

enum status library_write_places(struct library_import *import, struct error *error)
{
    enum status status = catalogue_begin(import->catalogue, error);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; status == STATUS_OK && i < import->folder.count; i++)
        status = write_entry(import, i, error);
    if (status == STATUS_OK)
        status = write_missing(import, error);
    if (status == STATUS_OK)
        status = catalogue_commit(import->catalogue, error);
    if (status != STATUS_OK)
        catalogue_rollback(import->catalogue);
    return status;
}
