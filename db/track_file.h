#ifndef SLEEVE_DB_TRACK_FILE_H
#define SLEEVE_DB_TRACK_FILE_H

#include "core/buffer.h"
#include "db/connection.h"

/* Appends the path of a music file of a track, of those that were there at the last import; nothing where there is
 * none. The path is any bytes but NUL. */
enum status catalogue_track_file(struct catalogue *catalogue, int64_t track, struct buffer *path, struct error *error);

#endif
