#ifndef SLEEVE_DB_INGEST_H
#define SLEEVE_DB_INGEST_H

#include "db/database.h"
#include "db/import/import.h"
#include "db/keys.h"

/* Importers write artists, albums, tracks and playlists through this: it gives them numbers, keeps the counts, totals
 * and fingerprints, and stores everything in one transaction. Its memory grows with the keys in the catalogue (their
 * bytes and about 40 bytes each), not with the size of the import. */
struct ingest;

enum status ingest_open(struct catalogue *catalogue, struct import_report *report, struct ingest **ingest,
                        struct error *error);
void ingest_close(struct ingest *ingest);

/* *known: the log says that this file was imported before. */
struct import_file {
    const char *format;
    const char *name; /* without its folder */
    int64_t size;
    const char *hash;
};
enum status ingest_known(struct ingest *ingest, const struct import_file *file, bool *known, struct error *error);

/* `file` NULL: what is imported is not in the log. Begin, add, commit; when anything fails in between, ingest_rollback,
 * after which only ingest_close may follow, unless nothing was added. The report counts what is new after the commit
 * succeeded. ingest_begin begins nothing when the file is *known by now: another program may have imported it. */
enum status ingest_begin(struct ingest *ingest, const struct import_file *file, bool *known, struct error *error);
enum status ingest_commit(struct ingest *ingest, const struct import_file *file, struct error *error);
void ingest_rollback(struct ingest *ingest);

/* The place in the file of the metadata that are added next, for the report on those that are ignored. `where` and
 * `unit` must stay valid. */
void ingest_at(struct ingest *ingest, const char *where, const char *unit, int64_t place);

/* Each gives the number of the row with this key; a new row is made from the metadata. An existing row keeps its
 * metadata and takes over those that it lacks; a name, title or duration that differs from the one kept is counted in
 * the report, the first with its place. The key in the catalogue is the given one, or the given one followed by a
 * number where another row has had it since version 0.1. Texts are well-formed UTF-8 without NUL. */
enum status ingest_artist(struct ingest *ingest, struct text key, struct text name, int32_t *id, struct error *error);
struct album_metadata {
    struct text key, title, release_date; /* release_date: size 0 where unknown */
    int32_t artist;                       /* 0: no album is made, *id is 0 where there is none */
};
enum status ingest_album(struct ingest *ingest, const struct album_metadata *metadata, int32_t *id,
                         struct error *error);
/* 0: there is no such album yet. */
int32_t ingest_album_find(const struct ingest *ingest, struct text key);
/* Numbers of tracks are 1 to this. */
int32_t ingest_track_count(const struct ingest *ingest);
/* 0: there is no such track yet. */
int32_t ingest_track_find(const struct ingest *ingest, struct text key);
/* Which metadata of a track are missing in the catalogue. */
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
/* Counts in which way the metadata differ from those of an existing track; changes nothing. */
enum status ingest_track_compare(struct ingest *ingest, const struct track_metadata *metadata, int32_t id,
                                 struct error *error);
enum status ingest_track(struct ingest *ingest, const struct track_metadata *metadata, int32_t *id,
                         struct error *error);
/* For an existing track that was found in another way: compares the metadata, and adds those that it lacks. */
enum status ingest_track_complete(struct ingest *ingest, const struct track_metadata *metadata, int32_t id,
                                  struct error *error);

struct playlist_metadata {
    struct text key, name, description; /* description.data NULL: none */
    struct text old_key;                /* the key that version 0.1 would have given it; size 0: the same */
    int64_t modified, followers, edits; /* -1: unknown */
    int collaborative;                  /* -1: unknown */
};
/* Whether the catalogue has a playlist of this key or of the old one (size 0: none): an existing playlist
 * stays as it is, so its tracks need not be added. */
enum status ingest_playlist_known(struct ingest *ingest, struct text key, struct text old_key, bool *known,
                                  struct error *error);
/* *id is 0 when the catalogue already has a playlist of this key, which is not changed. */
enum status ingest_playlist(struct ingest *ingest, const struct playlist_metadata *metadata, const int32_t *tracks,
                            size_t count, int64_t *id, struct error *error);
/* Whether the playlist of this key in the catalogue has these tracks in this order (0: a track that does not exist). */
enum status ingest_playlist_is(struct ingest *ingest, const struct playlist_metadata *metadata, const int32_t *tracks,
                               size_t count, bool *same, struct error *error);
/* Gives a playlist that was imported before (not one of the explorer's own) other tracks and another name; its metrics
 * are deleted. *changed: the tracks differ. A playlist that no longer exists is left alone. */
enum status ingest_playlist_replace(struct ingest *ingest, int64_t id, struct text name, const int32_t *tracks,
                                    size_t count, bool *changed, struct error *error);
/* Genres with the same text_key are one genre, which keeps the first spelling. */
enum status ingest_playlist_genre(struct ingest *ingest, int64_t playlist_id, struct text genre, struct text subgenre,
                                  struct error *error);
/* The genre of an album that has none yet; the genres of playlists replace it. */
enum status ingest_album_genre(struct ingest *ingest, int32_t album, struct text genre, struct error *error);

/* Recomputes the genre of every album: the most frequent one among the playlists that contain its tracks. */
enum status genres_of_albums(struct catalogue *catalogue, struct error *error);

#endif
