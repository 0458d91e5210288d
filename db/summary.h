#ifndef SLEEVE_DB_SUMMARY_H
#define SLEEVE_DB_SUMMARY_H

#include "db/connection.h"

/* The catalogue as a whole: counts, fingerprints, integrity, settings. */

struct catalogue_counts {
    int64_t artists, albums, tracks, playlists, own_playlists, entries, repeats, covers;
};
enum status catalogue_count(struct catalogue *catalogue, struct catalogue_counts *counts, struct error *error);
/* 32 hexadecimal digits: a hash of the track keys 1..n_tracks in number order (n_tracks <= 0: all). */
enum status catalogue_fingerprint(struct catalogue *catalogue, int64_t n_tracks, char text[33], struct error *error);
/* The same of the album keys 1..n_albums, computed from the keys: it identifies the albums of an embedding set. */
enum status catalogue_album_fingerprint(struct catalogue *catalogue, int64_t n_albums, char text[33],
                                        struct error *error);
/* SQLite's integrity check, foreign keys, and the rules that SQL cannot state (numbers without holes, ...). */
enum status catalogue_check(struct catalogue *catalogue, struct error *error);

/* The version of SQLite that this process uses. */
const char *catalogue_sqlite_version(void);

/* Small named texts ("name", "covers.generated"): *value is malloc'ed, NULL when there is none. */
enum status catalogue_setting_read(struct catalogue *catalogue, const char *name, char **value, struct error *error);
enum status catalogue_setting_write(struct catalogue *catalogue, const char *name, const char *value,
                                    struct error *error);

#endif
