#ifndef SLEEVE_DB_TRACK_FILE_H
#define SLEEVE_DB_TRACK_FILE_H

#include "core/buffer.h"
#include "db/connection.h"

/* Appends the path of the largest music file of a track, of those that were there at the last import; nothing where
 * there is none. Of copies of a song the largest is not cut. The path is any bytes but NUL. */
enum status catalogue_track_file(struct catalogue *catalogue, int64_t track, struct buffer *path, struct error *error);

/* A music file of the library. */
struct music_file {
    int64_t track;      /* 0: none, because the import could not read it */
    const char *path;   /* absolute, in the bytes of the file system */
    const char *reason; /* why it could not be imported; "": it was */
    bool missing;       /* it was not there at the last import */
};

/* Calls `each` with the file of each track that has some, by track: the largest of those that were there; and before
 * them with all files that could not be imported. Texts are valid during the call. */
enum status catalogue_music_files(struct catalogue *catalogue,
                                  enum status (*each)(const struct music_file *file, void *context,
                                                      struct error *error),
                                  void *context, struct error *error);

#endif
