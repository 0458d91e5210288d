#ifndef SLEEVE_APP_EXPORT_PLAYLISTS_H
#define SLEEVE_APP_EXPORT_PLAYLISTS_H

#include <stdio.h>

#include "app/export.h"
#include "db/playlists.h"

/* What exporters of all playlists share. */

/* "all" (or NULL), "train", "val" or "test" as a set of enum split_set. */
enum status export_sets(const char *on, int *sets, struct error *error);

/* Calls `each` with every playlist that is not a person's own and is in one of these sets, in number order. */
enum status export_each_playlist(const struct export_work *work, int sets,
                                 enum status (*each)(const struct playlist *playlist, void *context,
                                                     struct error *error),
                                 void *context, struct error *error);
/* Calls `each` with every track in number order. */
enum status export_each_track(const struct export_work *work, int64_t n_tracks,
                              enum status (*each)(const struct track *track, void *context, struct error *error),
                              void *context, struct error *error);

/* Tables with tabs and a header: row (from 0), key, name; row, key, title, artist, album. */
enum status export_playlist_rows(const struct export_work *work, const int64_t *ids, size_t count, FILE *stream,
                                 struct error *error);
enum status export_track_rows(const struct export_work *work, int64_t n_tracks, FILE *stream, struct error *error);

/* Writes the text in one field of such a table: tabs and line ends become blanks. */
void export_write_field(FILE *stream, const char *text);

#endif
