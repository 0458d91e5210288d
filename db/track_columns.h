#ifndef SLEEVE_DB_TRACK_COLUMNS_H
#define SLEEVE_DB_TRACK_COLUMNS_H

#include "db/tracks.h"

/* Every track of the catalogue, one column at a time, for indexes in memory. Each function calls `each` for rows in the
 * order of their numbers; the texts are valid during the call. `each` returns false to stop, because memory ran out. */

struct track_columns_row {
    int64_t track, artist, album; /* numbers; album 0: none */
    int64_t album_artist;         /* 0: no album */
    const char *title, *album_title;
    int32_t year;        /* of the album's release; 0: unknown */
    int32_t duration_ms; /* -1: unknown */
};
enum status catalogue_track_columns(struct catalogue *catalogue,
                                    bool (*each)(const struct track_columns_row *row, void *context), void *context,
                                    struct error *error);

/* Genres, and artists, by their number. */
enum status catalogue_genre_names(struct catalogue *catalogue,
                                  bool (*each)(int64_t id, const char *name, void *context), void *context,
                                  struct error *error);
enum status catalogue_artist_names(struct catalogue *catalogue,
                                   bool (*each)(int64_t id, const char *name, void *context), void *context,
                                   struct error *error);

/* The genres of playlists with the tracks that they hold, repeats included. `finest` is the subgenre; it is the genre
 * itself where no finer one is known. */
struct playlist_genre_row {
    int64_t playlist, genre, finest;
    const int32_t *tracks; /* [count] track numbers */
    size_t count;
};
enum status catalogue_playlist_genres(struct catalogue *catalogue,
                                      bool (*each)(const struct playlist_genre_row *row, void *context), void *context,
                                      struct error *error);

/* counts [n_tracks], of the tracks 1, 2, ...: how many training playlists hold each; all playlists but people's own
 * where the catalogue has no split. */
enum status catalogue_training_counts(struct catalogue *catalogue, int64_t n_tracks, int32_t *counts,
                                      struct error *error);

/* What the columns above depend on, as a text: it changes with each import and each split. */
enum { TRACK_COLUMNS_VERSION = 256 };
enum status catalogue_track_columns_version(struct catalogue *catalogue, char text[TRACK_COLUMNS_VERSION],
                                            struct error *error);

#endif
