#ifndef SLEEVE_DB_LIBRARY_H
#define SLEEVE_DB_LIBRARY_H

#include "db/connection.h"
#include "db/keys.h"

/* The files of a folder of music, and what was imported of each. */

enum library_kind { LIBRARY_MUSIC = 1, LIBRARY_PICTURE, LIBRARY_PLAYLIST };

struct library_file {
    int64_t id;       /* 0: not stored yet */
    struct text path; /* relative to the folder, any bytes */
    enum library_kind kind;
    int64_t size, modified, inode;
    bool missing;
    const char *reason;                       /* why it could not be imported; "": it was */
    int64_t track, album, playlist;           /* 0: none */
    int32_t disc, number;                     /* 0: unknown */
    const char *date, *original_date, *genre; /* "": unknown */
    const char *picture;                      /* hash of the cover in the file; "": none */
    bool front;
};

/* The files of one folder, with its statements. Writes belong into a transaction of the caller. */
struct library;

/* Calls `each` with the folders of the catalogue; the path is valid during the call. */
enum status library_folders(struct catalogue *catalogue, void (*each)(int64_t id, struct text path, void *context),
                            void *context, struct error *error);
/* Whether the folder with this id has a file with this path, size and time. */
enum status library_folder_has(struct catalogue *catalogue, int64_t id, const struct library_file *file, bool *has,
                               struct error *error);
/* The folder has been moved. */
enum status library_folder_move(struct catalogue *catalogue, int64_t id, const char *path, struct error *error);

/* Adds the folder to the catalogue if it is new. */
enum status library_open(struct catalogue *catalogue, const char *folder, struct library **library,
                         struct error *error);
void library_close(struct library *library);

/* Whether playlists have to be read again, because music files have changed. */
enum status library_pending(struct library *library, bool *pending, struct error *error);
enum status library_set_pending(struct library *library, bool pending, struct error *error);

/* Calls `each` with every file of the folder; texts are valid during the call. Dates and genres are not read. */
enum status library_files(struct library *library,
                          enum status (*each)(const struct library_file *file, void *context, struct error *error),
                          void *context, struct error *error);
/* Inserts the file, or writes the row of file->id again. file->id is set. */
enum status library_file_write(struct library *library, struct library_file *file, struct error *error);
/* The same for a file that was not read again: path, size, time, inode and `missing`. */
enum status library_file_move(struct library *library, const struct library_file *file, struct error *error);

/* Whether a file besides this one (0: any) has the track, on this album (0: on any), and is not missing. */
enum status library_track_has_file(struct library *library, int64_t track, int64_t album, int64_t besides, bool *has,
                                   struct error *error);
/* The duration of a track; -1: unknown. */
enum status library_track_duration(struct library *library, int64_t track, int64_t *duration_ms, struct error *error);

/* The album of a file directly in the folder `path` (relative; "" or with a slash at its end) that has this title; 0:
 * none. */
enum status library_album_in(struct library *library, struct text path, struct text title, int64_t *album,
                             struct error *error);

/* Ids that are not keys: those of tracks, or with `albums` those of albums. library_id_find: 0, there is none.
 * library_id_other: another id that begins with `prefix`, of the same row, exists. */
enum status library_id_find(struct library *library, bool albums, const char *id, int64_t *row, struct error *error);
enum status library_id_add(struct library *library, bool albums, const char *id, int64_t row, struct error *error);
enum status library_id_other(struct library *library, bool albums, int64_t row, const char *prefix, bool *exists,
                             struct error *error);

/* Marks the cover of an album to be chosen again. */
enum status library_cover_request(struct library *library, int64_t album, struct error *error);
/* The albums with files in this folder whose covers are to be chosen: up to `limit` with numbers above `after`. */
enum status library_covers_pending(struct library *library, int64_t after, int limit, int64_t *albums, int *count,
                                   struct error *error);
/* The files of an album in this folder that are not missing, those with front covers first; the texts are valid during
 * the call. */
enum status library_album_files(struct library *library, int64_t album,
                                enum status (*each)(const struct library_file *file, void *context,
                                                    struct error *error),
                                void *context, struct error *error);
/* The hash of the image that was last stored for the album, "" if none was. */
enum status library_cover_stored(struct library *library, int64_t album, char hash[33], struct error *error);
/* The cover was chosen. */
enum status library_cover_write(struct library *library, int64_t album, const char *hash, struct error *error);

#endif
