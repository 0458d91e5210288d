#ifndef SLEEVE_VISION_COVER_FILES_H
#define SLEEVE_VISION_COVER_FILES_H

#include "core/arena.h"
#include "core/log.h"
#include "db/catalogue.h"
#include "vision/cover_match.h"

/* Counts messages, of which only the first few are logged one by one. */
struct cover_tally {
    int64_t count;
};
void cover_tally_add(struct cover_tally *tally, enum log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Logs "and 7 more WHAT" if not all were logged. */
void cover_tally_end(const struct cover_tally *tally, enum log_level level, const char *what);

/* An image file of an album. */
struct cover_file {
    int64_t album_id;
    enum cover_rank rank;
    size_t number;  /* in the order of the folders' sorted names, or of the map's lines */
    long long line; /* of the map; 0: found in a folder */
    const char *path;
};

/* The image files of albums, in the order of the albums' numbers; those of one album are ordered by rank, then by
 * number: the first usable one is taken. */
struct cover_files {
    struct cover_file *items;
    size_t count, capacity;
    int64_t n_albums;
    int64_t n_images;             /* image files, or rows of the map */
    int64_t n_folders;            /* that were searched, the first one included */
    struct cover_tally unmatched; /* image files, or lines of a map, without an album in the catalogue */
    struct cover_tally other;     /* files of other kinds; the first is logged */
    struct cover_tally skipped;   /* folders that were skipped */
    struct arena memory;
};

void cover_files_free(struct cover_files *files);
/* The images (.png, .jpg, .jpeg, .jpe, .jfif, .webp) in the folder and its subfolders, matched by cover_match_file.
 * Hidden files are skipped; links to folders are not followed. */
enum status cover_files_from_folder(struct catalogue *catalogue, const char *folder, struct cover_files *files,
                                    struct error *error);
/* The images of a map (vision/cover_map.h). A relative path starts at `folder`, or at the map's own folder if that is
 * NULL. */
enum status cover_files_from_map(struct catalogue *catalogue, const char *map_file, const char *folder,
                                 struct cover_files *files, struct error *error);

#endif
