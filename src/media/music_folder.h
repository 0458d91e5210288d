#ifndef SLEEVE_MEDIA_MUSIC_FOLDER_H
#define SLEEVE_MEDIA_MUSIC_FOLDER_H

#include <stdint.h>

#include "core/arena.h"
#include "core/status.h"

/* The music files, covers and playlists in a folder and the folders in it. */

enum music_kind { MUSIC_FILE = 1, MUSIC_PICTURE, MUSIC_PLAYLIST };

/* Images with other names are not covers. The best of a folder has the lowest rank. */
enum picture_rank {
    PICTURE_COVER = 1, /* cover.jpg */
    PICTURE_FOLDER,    /* folder.jpg */
    PICTURE_FRONT,     /* front.jpg */
    PICTURE_ALBUM,     /* album.jpg */
    PICTURE_WINDOWS,   /* AlbumArt_{...}_Large.jpg */
    PICTURE_SIMILAR,   /* cover 1.jpg, front-cover.jpg */
};
/* 0: no cover by its name. */
int music_picture_rank(const char *name);

struct music_entry {
    const char *path; /* relative to the folder, in the bytes of the file system */
    enum music_kind kind;
    int64_t size;     /* bytes */
    int64_t modified; /* nanoseconds since 1970 */
    int64_t inode;
};

struct music_folder {
    char *path;     /* absolute, without links */
    int descriptor; /* of the folder, for openat */
    struct music_entry *items;
    size_t count, capacity;
    int64_t n_folders, n_other; /* folders that were read; files of other kinds */
    struct arena memory;
};

/* Files of one folder follow each other, sorted by name, before those of the folders in it. Hidden files and the
 * folders of indexers and recycle bins are left out. Links to folders are followed, but each folder is read once (by
 * device and inode), and rather where it is than where a link leads to it. `skipped` is called for each folder and file
 * that is not read, with the reason: links to folders that are read already, folders that cannot be read or are more
 * than 32 levels deep, and pipes, devices and sockets. More than 4 million names are STATUS_BAD_DATA. */
enum status music_folder_open(const char *path, void (*skipped)(void *context, const char *path, const char *reason),
                              void *context, struct music_folder *folder, struct error *error);
void music_folder_close(struct music_folder *folder);

/* Opens a file of the folder. Never waits; anything but a regular file is STATUS_BAD_DATA. */
enum status music_file_open(const struct music_folder *folder, const char *path, int *descriptor, struct error *error);

#endif
