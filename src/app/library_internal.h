#ifndef SLEEVE_APP_LIBRARY_INTERNAL_H
#define SLEEVE_APP_LIBRARY_INTERNAL_H

#include <string.h>

#include "core/progress.h"
#include "db/id_map.h"
#include "db/import/import.h"
#include "db/ingest.h"
#include "db/library.h"
#include "media/media.h"
#include "media/music_folder.h"

/* Shared by the files of `import library`: import_library.c runs the stages; library_known.c compares the folder with
 * the catalogue; library_tracks.c reads files and adds their tracks, with the help of library_albums.c; then come
 * library_covers.c and library_playlists.c. */

/* A file that the catalogue knows. */
struct known_file {
    int64_t id, size, modified, inode;
    int64_t track, album, playlist;
    enum library_kind kind;
    bool missing, seen;
};

/* What has to be done with a file of the folder. */
enum file_state { FILE_UNCHANGED, FILE_MOVED, FILE_RETURNED, FILE_NEW, FILE_CHANGED };

struct file_entry {
    const struct music_entry *file;
    struct known_file *known; /* NULL: new */
    enum file_state state;
    int64_t id, track, album, playlist; /* in the catalogue; 0: none */
};

struct library_import {
    struct catalogue *catalogue;
    struct pool *pool;
    struct progress *progress;
    struct import_report *report;
    struct music_folder folder;
    struct library *library;
    struct ingest *ingest;
    struct id_map paths;      /* of known files */
    struct known_file *known; /* [paths.count], by number - 1 */
    size_t known_capacity;
    struct file_entry *entries; /* [folder.count], in the order of the folder */
    struct id_map by_path;      /* the number of an entry + 1; filled by library_add_covers */
    struct buffer key, scratch;
};

/* If the folder is new and one that no longer exists had its files, it has moved: notes that. */
enum status library_find_place(struct library_import *import, struct error *error);

/* Reads the files that the catalogue knows and compares them with the folder: states, and which have disappeared. */
enum status library_compare(struct library_import *import, struct error *error);
/* In one transaction: files that moved, came back or disappeared, and pictures that are new or changed. */
enum status library_write_places(struct library_import *import, struct error *error);

/* Reads new and changed music files and adds their tracks. */
enum status library_add_tracks(struct library_import *import, struct error *error);

/* A music file that was read. */
struct read_file {
    struct file_entry *entry;
    struct library_import *import;
    enum status status;
    struct error error;
    struct media_tags tags;
    uint64_t folder, album; /* hashes: equal for files of the same folder, of the same album in it */
    bool opened;
    bool from_path;    /* names were taken from the path */
    bool disc_removed; /* from the album's title */
    bool guessed;      /* the album artist is that of the folder's files */
};

/* Gives the files of a batch, which are in the order of the folder, their album artists. */
void library_album_artists(struct read_file *files, size_t count);
/* Adds or finds the album of a file; 0: it has none. */
enum status library_album(struct library_import *import, const struct read_file *file, int32_t *album,
                          struct error *error);

/* Chooses, decodes and stores the covers of the albums whose files have changed. */
enum status library_add_covers(struct library_import *import, struct error *error);

/* Reads the playlists that are new or changed, and all if music files are: in one transaction. */
enum status library_add_playlists(struct library_import *import, struct error *error);

/* Appends a path as UTF-8 in NFC; bytes that are not UTF-8 are read as Windows-1252. */
void library_path_text(const char *path, struct buffer *out);
/* The size of the folder in front of the last name of a path, with its slash; 0: there is none. */
size_t library_folder_size(const char *path);

/* The same for the folder of its album: the one around the folder of a disc. */
size_t library_album_folder_size(const char *path);

/* Whether most music files in a folder (the first `folder` bytes of the path of entry `from`) and those in it are of
 * the album. What is beside songs of many albums says nothing about one of them. */
bool library_is_folder_of(const struct library_import *import, size_t from, size_t folder, int64_t album);

static inline struct text library_text(const char *text)
{
    return (struct text){text, strlen(text)};
}

static inline struct text library_key(const struct buffer *key)
{
    return (struct text){key->data ? key->data : "", key->size};
}

#endif
