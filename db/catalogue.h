#ifndef SLEEVE_DB_CATALOGUE_H
#define SLEEVE_DB_CATALOGUE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/buffer.h"
#include "core/status.h"

/* The catalogue: metadata and people's work in one SQLite file (db/schema.sql). A `struct catalogue` is one connection;
 * it is not for two threads at a time (open one for each). Track numbers are 1..N without holes, in the order in which
 * tracks were first met; matrices are in that order (row = number - 1). Matrices and the search index live in the
 * folder named like the catalogue without ".db" and with ".data" ("demo.db" -> "demo.data/"). */
struct catalogue;

enum catalogue_mode {
    CATALOGUE_READ,   /* must exist; nothing is written */
    CATALOGUE_WRITE,  /* must exist; migrated when it is of an older version */
    CATALOGUE_CREATE, /* made when it is not there */
};

enum status catalogue_open(const char *path, enum catalogue_mode mode, struct catalogue **catalogue,
                           struct error *error);
void catalogue_close(struct catalogue *catalogue);

/* What ends the work of connections early, for any number of them; set from any thread. A signal does the same
 * (core/interrupt.h), after a second in which what was done may be stored. */
struct catalogue_stop {
    atomic_bool cancelled;  /* while true, queries and waiting for locks end with STATUS_INTERRUPTED */
    atomic_int patience_ms; /* how long the lock of another program is waited for; 0: 10 seconds */
};
/* `stop` lives longer than the connection. */
void catalogue_stop_by(struct catalogue *catalogue, const struct catalogue_stop *stop);
const char *catalogue_path(const struct catalogue *catalogue);
/* Appends ".../NAME.data/RELATIVE" to `out`. */
void catalogue_sidecar(const struct catalogue *catalogue, const char *relative, struct buffer *out);

/* One unit of work: everything between begin and commit is there or is not. Not nested. */
enum status catalogue_begin(struct catalogue *catalogue, struct error *error);
enum status catalogue_commit(struct catalogue *catalogue, struct error *error);
void catalogue_rollback(struct catalogue *catalogue);

struct catalogue_counts {
    int64_t artists, albums, tracks, playlists, own_playlists, entries, repeats, covers;
};
enum status catalogue_count(struct catalogue *catalogue, struct catalogue_counts *counts, struct error *error);
/* 32 hexadecimal digits: a hash of the track keys 1..n_tracks in number order (n_tracks <= 0: all). */
enum status catalogue_fingerprint(struct catalogue *catalogue, int64_t n_tracks, char text[33], struct error *error);
/* The same of the album keys 1..n_albums, made anew from the keys alone: what embedding sets are told apart by. */
enum status catalogue_album_fingerprint(struct catalogue *catalogue, int64_t n_albums, char text[33],
                                        struct error *error);
/* SQLite's integrity check, foreign keys, and the rules that SQL cannot state (numbers without holes, ...). */
enum status catalogue_check(struct catalogue *catalogue, struct error *error);

/* Small named texts ("name", "covers.generated"): *value is malloc'ed, NULL when there is none. */
enum status catalogue_setting_read(struct catalogue *catalogue, const char *name, char **value, struct error *error);
enum status catalogue_setting_write(struct catalogue *catalogue, const char *name, const char *value,
                                    struct error *error);

/* ---- metadata -------------------------------------------------------------------------------------------------- */

enum {
    AUDIO_FEATURES = 12
}; /* danceability energy key loudness mode speechiness acousticness instrumentalness
      liveness valence tempo time_signature; NAN where unknown */

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
/* By key; *id is 0 when there is none. What is looked for, whichever is there first: the key byte by byte (of a row of
 * version 0.1: the one it was given then), the key that the row would have today, the Spotify item that a URI, a link
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
/* Albums of the `n_artists` artists with the most playlist entries (people's playlists not counted), sorted by artist
 * name, then album number. */
enum status catalogue_top_artist_albums(struct catalogue *catalogue, int n_artists, struct album_list *list,
                                        struct error *error);

/* ---- playlists ---------------------------------------------------------------------------------------------- */

struct playlist {
    int64_t id;
    const char *key;
    const char *name;
    bool own; /* made by a person in the explorer: never in split, counts, training or evaluation */
    int64_t n_entries;
    int64_t duration_ms; /* of the tracks whose duration is known */
};

struct playlist_list {
    struct playlist *items;
    size_t count;
    struct arena memory;
};
void playlist_list_free(struct playlist_list *list);

/* `own_only`: the person's playlists, latest change first; otherwise all others in number order. limit 0: no limit. */
enum status catalogue_playlists_read(struct catalogue *catalogue, bool own_only, size_t limit, size_t offset,
                                     struct playlist_list *list, struct error *error);
/* Those that a model was evaluated on (db/results.h), in number order. */
enum status catalogue_playlists_evaluated(struct catalogue *catalogue, const char *model, struct playlist_list *list,
                                          struct error *error);
/* One playlist by its number, as a list of one. */
enum status catalogue_playlist_read(struct catalogue *catalogue, int64_t id, struct playlist_list *list,
                                    struct error *error);
/* By key: byte by byte, then in NFC, then the Spotify playlist that a URI, a link or a bare id names; *id is 0 when
 * there is none. */
enum status catalogue_playlist_find(struct catalogue *catalogue, const char *key, int64_t *id, struct error *error);
/* By name, where no key fits: one of exactly this name, else of the same name in another case or composition. Reads all
 * names. Fails when more than one has it, naming their keys. */
enum status catalogue_playlist_find_named(struct catalogue *catalogue, const char *name, int64_t *id,
                                          struct error *error);
/* Track numbers in order, repeats included; *ids is malloc'ed. */
enum status catalogue_playlist_entries(struct catalogue *catalogue, int64_t playlist_id, int64_t **ids, size_t *count,
                                       struct error *error);
/* One of the person's playlists as it was read or written once. Start with `{0}`. */
struct own_playlist {
    int64_t id;      /* 0: there is none, or it was not saved yet */
    int64_t changed; /* grows with each change of the playlist */
    char *name;
    int64_t *ids; /* track numbers in order, repeats included */
    size_t count;
};
void own_playlist_free(struct own_playlist *playlist);
/* Replaces the content by copies. */
enum status own_playlist_set(struct own_playlist *playlist, int64_t id, const char *name, const int64_t *ids,
                             size_t count, struct error *error);
/* playlist->id is 0 when there is none of this number, or it is not the person's. */
enum status catalogue_own_playlist_read(struct catalogue *catalogue, int64_t id, struct own_playlist *playlist,
                                        struct error *error);
/* Writes a person's playlist whole (*id 0: makes it and sets *id), in one transaction. Refuses playlists that are not
 * the person's. */
enum status catalogue_own_playlist_save(struct catalogue *catalogue, int64_t *id, const char *name, const int64_t *ids,
                                        size_t count, struct error *error);
enum status catalogue_own_playlist_delete(struct catalogue *catalogue, int64_t id, struct error *error);

/* What explorers looked like when they were left: a JSON text for each that was open at the same time. */
struct session_row {
    int64_t id; /* from 1 on */
    const char *json;
};

struct session_list {
    struct session_row *items;
    size_t count;
    struct arena memory;
};
void session_list_free(struct session_list *list);
enum status catalogue_sessions_read(struct catalogue *catalogue, struct session_list *list, struct error *error);
enum status catalogue_session_write(struct catalogue *catalogue, int64_t id, const char *json, struct error *error);
enum status catalogue_session_delete(struct catalogue *catalogue, int64_t id, struct error *error);

/* ---- what models see ---------------------------------------------------------------------------------------- */

enum split_set { SPLIT_TRAIN = 1, SPLIT_VALIDATION = 2, SPLIT_TEST = 4 };

/* Playlists as rows of distinct tracks in the order of first occurrence, numbered from 0 (= track number - 1). Own
 * playlists are not in it. Without a stored split every playlist is in SPLIT_TRAIN. */
struct interactions {
    int64_t n_tracks;
    int64_t n_playlists;
    int64_t *starts;       /* [n_playlists + 1] */
    int32_t *tracks;       /* [starts[n_playlists]] */
    int64_t *playlist_ids; /* [n_playlists] */
    int32_t *seeds;        /* [n_playlists] seeds shown of a validation or test playlist, else 0 */
    uint8_t *sets;         /* [n_playlists] enum split_set */
};
enum status catalogue_interactions_load(struct catalogue *catalogue, int split_sets, struct interactions *interactions,
                                        struct error *error);
void interactions_free(struct interactions *interactions);

struct split_row {
    int64_t playlist_id;
    enum split_set set;
    int seeds;
};
/* Replaces the stored split in one transaction. */
enum status catalogue_split_write(struct catalogue *catalogue, const struct split_row *rows, size_t count,
                                  const char *settings_json, struct error *error);
enum status catalogue_has_split(struct catalogue *catalogue, bool *has, struct error *error);

/* ---- registry of models and embedding sets -------------------------------------------------------------------- */

struct model_record {
    const char *name;
    const char *kind;
    const char *file; /* relative to the sidecar folder */
    const char *fingerprint;
    int64_t n_tracks;
    const char *settings; /* JSON */
    const char *results;  /* JSON; "" when it was not evaluated */
    const char *created;  /* ISO 8601, UTC */
};

struct model_list {
    struct model_record *items;
    size_t count;
    struct arena memory;
};
void model_list_free(struct model_list *list);
enum status catalogue_models_read(struct catalogue *catalogue, struct model_list *list, struct error *error);
/* The record of one model, as a list of one; an empty list when there is none. */
enum status catalogue_model_find(struct catalogue *catalogue, const char *name, struct model_list *list,
                                 struct error *error);
/* Whether two records are of the same training. Results are not looked at. */
bool model_record_same(const struct model_record *a, const struct model_record *b);
enum status catalogue_model_write(struct catalogue *catalogue, const struct model_record *record, struct error *error);
enum status catalogue_model_delete(struct catalogue *catalogue, const char *name, struct error *error);

/* ---- covers ------------------------------------------------------------------------------------------------- */

enum { COVER_EDGE = 224 };

/* A prepared cover (COVER_EDGE square, PNG or JPEG bytes) or, with bytes NULL, the reason why an album has none. */
enum status catalogue_cover_write(struct catalogue *catalogue, int64_t album_id, const void *bytes, size_t size,
                                  const char *reason, struct error *error);
/* Appends the image bytes; *found is false when the album has none. */
enum status catalogue_cover_read(struct catalogue *catalogue, int64_t album_id, struct buffer *bytes, bool *found,
                                 struct error *error);
/* How many albums have a cover and how many not, by reason: calls `each` with reason "" for those that have one and
 * "not looked for" for those nobody tried. */
enum status catalogue_cover_status(struct catalogue *catalogue,
                                   void (*each)(const char *reason, int64_t n_albums, void *context), void *context,
                                   struct error *error);
/* Sets covered[i] (zeroed, [n_tracks]) of each track number i + 1 whose album has a cover; with `any_album`, of each
 * that has an album. */
enum status catalogue_tracks_covered(struct catalogue *catalogue, bool any_album, bool *covered, size_t n_tracks,
                                     struct error *error);

#endif
