#ifndef SLEEVE_DB_EXPORT_H
#define SLEEVE_DB_EXPORT_H

#include "db/catalogue.h"

/* Exports hold the data as it is, whatever it is. EXPORT_CSV is read again by `import csv`. EXPORT_SPREADSHEET is the
 * same with guarded formulas (db/spreadsheet.h). Formats of lines have spaces in the place of line ends; an entry of an
 * M3U8 that begins with # has "./" before it, or it would be a comment. */
enum export_format { EXPORT_CSV, EXPORT_M3U8, EXPORT_URIS, EXPORT_SPREADSHEET };
/* Appends the playlist's entries in order, repeats included. */
enum status export_playlist(struct catalogue *catalogue, int64_t playlist_id, enum export_format format,
                            struct buffer *out, struct error *error);
/* The same for tracks of a playlist that is not stored; `id` is its key, NULL where an import shall make one from the
 * name. */
enum status export_tracks(const char *name, const char *id, const struct track_list *tracks, enum export_format format,
                          struct buffer *out, struct error *error);

#endif
