#ifndef SLEEVE_DB_INGEST_H
#define SLEEVE_DB_INGEST_H

#include "db/database.h"
#include "db/import/import.h"
#include "db/keys.h"

/* The one way by which metadata come into the catalogue: importers hand artists, albums, tracks and playlists in, and
 * this gives them numbers, keeps the counts, totals and fingerprints, and writes them in one transaction. Its memory
 * grows with the keys in the catalogue (their bytes and about 40 bytes each) and not with what is imported. */
struct ingest;

enum status ingest_open(struct catalogue *catalogue, struct import_report *report, struct ingest **ingest,
                        struct error *error);
void ingest_close(struct ingest *ingest);

/* True in *known when the log says that this very file is in the catalogue. */
struct import_file {
    const char *format;
    const char *name; /* without its folder */
    int64_t size;
    const char *hash;
};
enum status ingest_known(struct ingest *ingest, const struct import_file *file, bool *known, struct error *error);

/* Begin, hand in, commit; whatever fails in between, ingest_rollback, after which only ingest_close may follow, unless
 * nothing was handed in. The report's counts of what is new are added to when the commit stands. */
/* Begins nothing when the file became *known meanwhile: another program may import the same. */
enum status ingest_begin(struct ingest *ingest, const struct import_file *file, bool *known, struct error *error);
enum status ingest_commit(struct ingest *ingest, const struct import_file *file, struct error *error);
void ingest_rollback(struct ingest *ingest);

/* Where the metadata stand that are handed in next: for the notes on those that are not taken over. `where` and `unit`
 * have to stay. */
void ingest_at(struct ingest *ingest, const char *where, const char *unit, int64_t place);

/* Each gives the number of what has this key, made from the metadata where it is new. What is there keeps its metadata,
 * and takes over those that it lacks; a name, title or duration that is another than the one kept is counted in the
 * report, the first with its place. The key in the catalogue is the given one, or that with a number behind it where
 * another row has it since version 0.1. Texts are well-formed UTF-8 without NUL. */
enum status ingest_artist(struct ingest *ingest, struct text key, struct text name, int32_t *id, struct error *error);
struct album_metadata {
    struct text key, title, release_date; /* release_date: size 0 where unknown */
    int32_t artist;                       /* 0: no album is made, *id is 0 where there is none */
};
enum status ingest_album(struct ingest *ingest, const struct album_metadata *metadata, int32_t *id,
                         struct error *error);
/* 0: a track that is not there yet. */
int32_t ingest_track_find(const struct ingest *ingest, struct text key);
/* The metadata that the catalogue does not know of a track: those that are worth finding out. */
enum { LACKS_ALBUM = 1, LACKS_DURATION = 2, LACKS_POPULARITY = 4, LACKS_AUDIO = 8, LACKS_ALL = 15 };
int ingest_track_lacks(const struct ingest *ingest, int32_t id);
struct track_metadata {
    struct text key, title;
    struct text artist_name, album_title; /* only compared with what is there; size 0: unknown */
    bool of_names;                        /* the key is made of title and artist */
    int32_t artist, album;                /* album 0: none */
    int32_t duration_ms, popularity;      /* -1: unknown */
    const float *audio;                   /* [AUDIO_FEATURES] or NULL */
};
/* Counts what the metadata say otherwise of a track that is there, and changes nothing. */
enum status ingest_track_compare(struct ingest *ingest, const struct track_metadata *metadata, int32_t id,
                                 struct error *error);
enum status ingest_track(struct ingest *ingest, const struct track_metadata *metadata, int32_t *id,
                         struct error *error);

struct playlist_metadata {
    struct text key, name, description; /* description.data NULL: none */
    struct text old_key;                /* the key that version 0.1 would have given it; size 0: the same */
    int64_t modified, followers, edits; /* -1: unknown */
    int collaborative;                  /* -1: unknown */
};
/* Whether the catalogue has a playlist of this key or of the old one (size 0: none): one that it has stays as it is, so
 * that the tracks of another one should not be handed in. */
enum status ingest_playlist_known(struct ingest *ingest, struct text key, struct text old_key, bool *known,
                                  struct error *error);
/* *id is 0 when the catalogue has a playlist of this key: it stays as it is. */
enum status ingest_playlist(struct ingest *ingest, const struct playlist_metadata *metadata, const int32_t *tracks,
                            size_t count, int64_t *id, struct error *error);
/* Whether the playlist of this key in the catalogue has these tracks in this order (0: a track that is not there). */
enum status ingest_playlist_is(struct ingest *ingest, const struct playlist_metadata *metadata, const int32_t *tracks,
                               size_t count, bool *same, struct error *error);
/* Genres that text_key takes for one are one, named as it was first met. */
enum status ingest_playlist_genre(struct ingest *ingest, int64_t playlist_id, struct text genre, struct text subgenre,
                                  struct error *error);

/* Sets the genre of every album anew: the most frequent among the playlists that hold its tracks. */
enum status genres_of_albums(struct catalogue *catalogue, struct error *error);

#endif
