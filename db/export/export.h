#ifndef SLEEVE_DB_EXPORT_H
#define SLEEVE_DB_EXPORT_H

#include "db/catalogue.h"

enum export_format { EXPORT_CSV, EXPORT_M3U8, EXPORT_URIS };
/* Appends the playlist's entries in order, repeats included. */
enum status export_playlist(struct catalogue *catalogue, int64_t playlist_id, enum export_format format,
                            struct buffer *out, struct error *error);
/* The same for tracks that are not stored as a playlist. */
enum status export_tracks(const char *name, const struct track_list *tracks, enum export_format format,
                          struct buffer *out, struct error *error);

#endif
