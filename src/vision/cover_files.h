#ifndef SLEEVE_VISION_COVER_FILES_H
#define SLEEVE_VISION_COVER_FILES_H

#include "core/arena.h"
#include "db/catalogue.h"

/* Which image file belongs to which album. */
struct cover_file {
    int64_t album_id;
    const char *path;
};

struct cover_files {
    struct cover_file *items;
    size_t count, capacity;
    int64_t unmatched; /* files or lines whose album the catalogue does not have */
    struct arena memory;
};

void cover_files_free(struct cover_files *files);
/* .png, .jpg and .jpeg files of the folder, named after the album's key. */
enum status cover_files_from_folder(struct catalogue *catalogue, const char *folder, struct cover_files *files,
                                    struct error *error);
/* Rows of album key and path (vision/cover_map.h). A relative path starts from `folder`,
 * or from the map's own folder when that is NULL. */
enum status cover_files_from_map(struct catalogue *catalogue, const char *map_file, const char *folder,
                                 struct cover_files *files, struct error *error);

#endif
