#ifndef SLEEVE_DB_TRACKS_H
#define SLEEVE_DB_TRACKS_H

#include "core/arena.h"
#include "db/connection.h"
#include "db/covers.h"

/* The tracks and albums of the catalogue, and how they are found. */

/* danceability energy key loudness mode speechiness acousticness instrumentalness liveness valence tempo
 * time_signature; NAN where unknown */
enum { AUDIO_FEATURES = 12 };

struct track {
    int64_t id;
    int64_t album_id; /* 0: no album */
    int64_t artist_id;
    const char *key; /* uri where known, else "title / artist" as text_key (core/text.h) gives them */
    const char *title;
    const char *artist;
    const char *album;   /* "" when there is none */
    int32_t duration_ms; /* -1: unknown */
    int32_t year;        /* of the album's release; 0: unknown */
    int32_t popularity;  /* 0..100; -1: unknown */
    int64_t n_playlists; /* playlists that hold it, people's own ones not counted */
    enum cover_origin cover;
    uint32_t cover_colour; /* the mean of the cover (db/covers.h): 0xRRGGBB, or COVER_NO_COLOUR where it is unknown */
};

struct track_list {
    struct track *items;
    size_t count;
    struct arena memory; /* owns items and texts */
};
void track_list_free(struct track_list *list);

/* The tracks of these numbers in this order; a number that does not exist is an error. */
enum status catalogue_tracks_read(struct catalogue *catalogue, const int64_t *ids, size_t count,
                                  struct track_list *list, struct error *error);
/* The artist and the album (0: none) of every track: two malloc'ed arrays [*n_tracks], number 1 first. */
enum status catalogue_track_makers(struct catalogue *catalogue, int64_t *n_tracks, int64_t **artists, int64_t **albums,
                                   struct error *error);
/* By key; *id is 0 when there is none. Tried in this order: the key byte by byte (of a row of
 * version 0.1: the key it had then), the key that the row would have today, the Spotify item that a URI, a link
 * or a bare id names, and the key in another case or composition. Albums are found in the same way. */
enum status catalogue_track_find(struct catalogue *catalogue, const char *key, int64_t *id, struct error *error);
/* By key, then by alias, byte by byte. */
enum status catalogue_track_find_exactly(struct catalogue *catalogue, const char *key, int64_t *id,
                                         struct error *error);
/* By the "title / artist" that version 0.1 would have made: for keys in old scripts, where nothing else is found. Reads
 * all tracks without a Spotify id. Fails when it fits more than one, naming them. */
enum status catalogue_track_find_old(struct catalogue *catalogue, const char *key, int64_t *id, struct error *error);

struct album {
    int64_t id;
    int64_t artist_id;
    const char *key;
    const char *title;
    const char *artist;
    const char *genre; /* most frequent genre of its tracks' playlists, "" when unknown */
    int32_t year;
    int32_t n_tracks;
    float audio[AUDIO_FEATURES]; /* mean over its tracks */
    enum cover_origin cover;
    uint32_t cover_colour; /* as in struct track */
};

struct album_list {
    struct album *items;
    size_t count;
    struct arena memory;
};
void album_list_free(struct album_list *list);

/* Albums by number; count 0 with ids NULL means all, in number order. */
enum status catalogue_albums_read(struct catalogue *catalogue, const int64_t *ids, size_t count,
                                  struct album_list *list, struct error *error);
enum status catalogue_album_find(struct catalogue *catalogue, const char *key, int64_t *id, struct error *error);
enum status catalogue_album_find_exactly(struct catalogue *catalogue, const char *key, int64_t *id,
                                         struct error *error);
enum status catalogue_album_tracks(struct catalogue *catalogue, int64_t album_id, struct track_list *list,
                                   struct error *error);
/* Albums of the `n_artists` artists with the most playlist entries (people's playlists not counted), then with the
 * most albums where no playlist has any of their tracks; sorted by artist name, then album number. */
enum status catalogue_top_artist_albums(struct catalogue *catalogue, int n_artists, struct album_list *list,
                                        struct error *error);

#endif
