#ifndef SLEEVE_DB_INGEST_INTERNAL_H
#define SLEEVE_DB_INGEST_INTERNAL_H

#include "db/ingest.h"
#include "db/named.h"

/* Shared by the files of this folder: one file for each entity, one that loads the existing keys, one that commits. */

enum statement {
    SQL_ARTIST,
    SQL_ALBUM,
    SQL_ALBUM_DATE,
    SQL_TRACK,
    SQL_TRACK_METADATA,
    SQL_AUDIO,
    SQL_PLAYLIST,
    SQL_ENTRIES,
    SQL_COUNTS,
    SQL_GENRE,
    SQL_ALBUM_GENRE,
    SQL_PLAYLIST_GENRE,
    SQL_PLAYLIST_OLD,
    SQL_PLAYLIST_UPDATE,
    SQL_ENTRIES_UPDATE,
    SQL_COUNTS_LESS,
    SQL_COUNTS_NONE,
    SQL_RESULTS_FORGET,
    SQL_KNOWN,
    SQL_PLAYLIST_KNOWN,
    SQL_PLAYLIST_TRACKS,
    SQL_ARTIST_NAME,
    SQL_ALBUM_TITLE,
    SQL_TRACK_TITLE,
    SQL_ARTIST_ALIAS,
    SQL_ALBUM_ALIAS,
    SQL_TRACK_ALIAS,
    STATEMENTS
};

/* The artist and album that a track was first imported with. */
struct credits {
    int32_t artist, album; /* album 0: none */
};

/* What the open transaction adds. */
struct sums {
    int64_t playlists, entries, repeats, artists, albums, tracks, skipped_before;
    int64_t more_entries, more_repeats; /* of playlists that were replaced; may be negative */
};

struct ingest {
    struct catalogue *catalogue;
    struct import_report *report;
    sqlite3_stmt *statements[STATEMENTS];
    struct named artists, albums, tracks;
    struct buffer credits;   /* struct credits by track number - 1 */
    struct buffer durations; /* int32 by track number - 1, -1 where unknown */
    struct buffer lacking;   /* a byte by track number - 1: LACKS_... */
    struct buffer undated;   /* a byte by album number - 1: 1 where the release date is unknown */
    struct buffer counted;   /* int32 track numbers: one for each entry of the open transaction */
    struct buffer listed;    /* the same, one for each playlist that holds the track */
    struct buffer scratch, packed, key;
    struct id_map genre_keys; /* of the genres' names, as text_key gives them */
    struct buffer genre_ids;  /* int64 by number in genre_keys - 1 */
    struct {
        const char *where, *unit;
        int64_t number;
    } place; /* of the metadata that are added next */
    struct sums sums;
    struct hash hash;
    bool genres;
};

static inline int32_t *numbers(const struct buffer *buffer)
{
    return (int32_t *)(void *)buffer->data;
}

static inline struct text column(sqlite3_stmt *row, int number)
{
    const char *text = (const char *)sqlite3_column_text(row, number);
    return (struct text){text, (size_t)sqlite3_column_bytes(row, number)};
}

static inline struct credits *credits_of(const struct ingest *ingest, int32_t track)
{
    return (struct credits *)(void *)ingest->credits.data + track - 1;
}

void ingest_bind_text(sqlite3_stmt *statement, int parameter, struct text text);
/* NULL for -1. */
void ingest_bind_known(sqlite3_stmt *statement, int parameter, int64_t value);
/* Runs a statement that returns no rows. */
enum status ingest_insert(struct ingest *ingest, enum statement which, struct error *error);

/* load.c: reads the keys that were added since the maps were read: all of them first, later those of another program.
 */
enum status ingest_catch_up(struct ingest *ingest, struct error *error);

/* playlist.c: the milliseconds of these tracks, as far as they are known. */
int64_t ingest_duration(const struct ingest *ingest, const int32_t *tracks, size_t count);

/* compare.c: counts a name that differs from the one kept; `other` is the reason where it is not only spelled
 * differently. */
enum status ingest_compare_artist(struct ingest *ingest, int32_t id, struct text name, const char *other,
                                  struct error *error);
enum status ingest_compare_album(struct ingest *ingest, int32_t id, struct text title, const char *other,
                                 struct error *error);

/* artist.c: gives a new row of any kind its number and key, and stores its alias. */
enum status ingest_add_row(struct ingest *ingest, struct named *named, struct text identity, struct text name,
                           struct text *key, int32_t *id, bool *has_alias, struct error *error);
enum status ingest_insert_alias(struct ingest *ingest, enum statement which, int32_t id, struct text identity,
                                struct error *error);

#endif
