/* A folder that was renamed, or a disk that is mounted elsewhere. */
#include <stdlib.h>
#include <sys/stat.h>

#include "app/library_internal.h"

enum { LOST_MAX = 100, SAMPLE = 100 };

struct places {
    const char *path;
    bool known, look;       /* look: for folders that do not exist */
    int64_t lost[LOST_MAX]; /* folders of the catalogue that do not exist */
    int count;
};

static void take_folder(int64_t id, struct text path, void *context)
{
    struct places *places = context;
    struct stat info;
    char *copy = strndup(path.data, path.size);
    if (copy && !places->look)
        places->known |= strcmp(copy, places->path) == 0;
    else if (copy && places->count < LOST_MAX && stat(copy, &info) != 0)
        places->lost[places->count++] = id;
    free(copy);
}

/* How many of a sample of the files the folder of the catalogue has, in per cent. */
static enum status share_of(const struct library_import *import, int64_t folder, int *share, struct error *error)
{
    const size_t step = import->folder.count / SAMPLE + 1;
    int tried = 0, found = 0;
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < import->folder.count; i += step) {
        const struct music_entry *entry = &import->folder.items[i];
        const struct library_file file = {
            .path = library_text(entry->path), .size = entry->size, .modified = entry->modified};
        bool has;
        status = library_folder_has(import->catalogue, folder, &file, &has, error);
        tried++;
        found += status == STATUS_OK && has;
    }
    *share = tried > 0 ? 100 * found / tried : 0;
    return status;
}

enum status library_find_place(struct library_import *import, struct error *error)
{
    struct places places = {.path = import->folder.path};
    int best = 50;
    int64_t folder = 0;
    enum status status = library_folders(import->catalogue, take_folder, &places, error);
    places.look = true;
    if (status == STATUS_OK && !places.known)
        status = library_folders(import->catalogue, take_folder, &places, error);
    for (int i = 0; status == STATUS_OK && i < places.count; i++) {
        int share;
        status = share_of(import, places.lost[i], &share, error);
        if (status == STATUS_OK && share >= best) {
            best = share;
            folder = places.lost[i];
        }
    }
    return status == STATUS_OK && folder > 0
               ? library_folder_move(import->catalogue, folder, import->folder.path, error)
               : status;
}
