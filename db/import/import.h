#ifndef SLEEVE_DB_IMPORT_H
#define SLEEVE_DB_IMPORT_H

#include "core/pool.h"
#include "core/progress.h"
#include "db/catalogue.h"

/* How the catalogue differs from the file. */
enum import_kind {
    IMPORT_SKIPPED, /* a row, a track or a playlist was not imported */
    IMPORT_ALTERED, /* a value was imported in another form */
    IMPORT_DROPPED, /* a value was not imported, the rest of its row was */
    IMPORT_IGNORED, /* a value differs from the one that the catalogue keeps */
    IMPORT_PASSED,  /* a file was not imported */
    IMPORT_KINDS
};

/* What an import did. Everything skipped, altered, dropped or ignored is counted under its reason. */
enum { IMPORT_REASONS_MAX = 32 };
struct import_report {
    int64_t files, files_skipped; /* skipped: imported before, unchanged */
    int64_t bytes;
    int64_t playlists, entries, repeats, new_tracks, new_albums, new_artists;
    int64_t skipped, altered, dropped, ignored, passed_over; /* totals of the reasons of each kind */
    struct {
        enum import_kind kind;
        char reason[96];
        int64_t count;
        char first[160];  /* the place of the first: file and line or byte */
        char detail[160]; /* IMPORT_IGNORED: the first value, and the one kept */
    } reasons[IMPORT_REASONS_MAX];
    int n_reasons;
    struct {                                                /* how entries of playlists were found in the catalogue */
        int64_t by_id, by_isrc, by_mbid, by_file, by_names; /* those that it had */
        int64_t by_hand;                                    /* as --matches says */
        int64_t unmatched;                                  /* entries that were left out */
        int64_t completed;                                  /* playlists that got entries that they lacked */
    } matches;
    struct {                              /* only `import library` */
        int64_t moved, missing, returned; /* files */
        int64_t unreadable;               /* of the files that were read */
        int64_t merged;                   /* files of a track that another file has already */
        int64_t covers_embedded, covers_folder, covers_kept, covers_none; /* albums whose cover was looked for */
        int64_t playlists_changed, unmatched; /* playlists that were written again; entries without a track */
    } library;
};

/* Tracks of one playlist. Services allow some 10,000; what an import holds in memory, and what each list of a playlist
 * costs, grows with them. */
enum { IMPORT_PLAYLIST_TRACKS_MAX = 100000 };

/* Million Playlist Dataset slices: files, or folders of mpd.slice.*.json[.gz]. One durable transaction a slice; a slice
 * imported before (same name, size and hash) is skipped, so an interrupted import can be continued. */
enum status import_mpd(struct catalogue *catalogue, const char *const *paths, size_t n_paths, struct pool *pool,
                       struct progress *progress, struct import_report *report, struct error *error);

/* The order in which they are tried. */
enum csv_preset { CSV_AUTO, CSV_SPOTIFY_SONGS, CSV_SERVICES, CSV_PLAYLISTS, CSV_EXPORTIFY };
struct import_input;
struct csv_options {
    enum csv_preset preset;
    const char *map;                  /* "field=column,..." or NULL */
    const struct import_input *input; /* how rows are matched (db/import/importer.h); NULL: by their keys alone */
};
/* A table (core/table_reader.h) of one row a playlist entry; "-" is standard input. One transaction. A file without
 * anything new is STATUS_BAD_DATA and changes nothing; one that was imported before is not read again. */
enum status import_csv(struct catalogue *catalogue, const char *path, const struct csv_options *options,
                       struct pool *pool, struct progress *progress, struct import_report *report, struct error *error);

#endif
