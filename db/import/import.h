#ifndef SLEEVE_DB_IMPORT_H
#define SLEEVE_DB_IMPORT_H

#include "core/pool.h"
#include "core/progress.h"
#include "db/catalogue.h"

/* What an import did. Everything skipped, mended or not taken over is counted under its reason. */
enum { IMPORT_REASONS_MAX = 32 };
struct import_report {
    int64_t files, files_skipped; /* skipped: imported before, unchanged */
    int64_t bytes;
    int64_t playlists, entries, repeats, new_tracks, new_albums, new_artists;
    int64_t skipped;
    struct {
        char reason[96];
        int64_t count;
        bool mended;      /* put right and kept, not skipped */
        char first[160];  /* where it was met first: file and line or byte */
        char detail[160]; /* what the first was, where the catalogue kept something else; "": skipped or mended */
    } reasons[IMPORT_REASONS_MAX];
    int n_reasons;
};

/* Million Playlist Dataset slices (formats.md section 3): files, or folders that hold mpd.slice.*.json[.gz]. One
 * durable transaction a slice; a slice imported before (same name, size and hash) is skipped, so a stopped import goes
 * on. */
enum status import_mpd(struct catalogue *catalogue, const char *const *paths, size_t n_paths, struct pool *pool,
                       struct progress *progress, struct import_report *report, struct error *error);

enum csv_preset { CSV_AUTO, CSV_SPOTIFY_SONGS, CSV_PLAYLISTS, CSV_EXPORTIFY };
struct csv_options {
    enum csv_preset preset;
    const char *map; /* "field=column,..." or NULL */
};
/* One row a playlist entry; .gz read as is; delimiter detected. One transaction. */
enum status import_csv(struct catalogue *catalogue, const char *path, const struct csv_options *options,
                       struct pool *pool, struct progress *progress, struct import_report *report, struct error *error);

#endif
