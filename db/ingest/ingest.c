#include "db/ingest/internal.h"

#include <stdlib.h>

static const char *const statement_sql[STATEMENTS] = {
    [SQL_ARTIST] = "INSERT INTO artists (id, key, name) VALUES (?, ?, ?)",
    [SQL_ALBUM] = "INSERT INTO albums (id, key, title, artist_id, release_date) VALUES (?, ?, ?, ?, ?)",
    [SQL_TRACK] = "INSERT INTO tracks (id, key, title, artist_id, album_id, duration_ms, popularity)"
                  " VALUES (?, ?, ?, ?, ?, ?, ?)",
    [SQL_ALBUM_DATE] = "UPDATE albums SET release_date = coalesce(release_date, ?) WHERE id = ?",
    [SQL_TRACK_METADATA] = "UPDATE tracks SET album_id = coalesce(album_id, ?), duration_ms = coalesce(duration_ms, ?),"
                           " popularity = coalesce(popularity, ?) WHERE id = ?",
    [SQL_AUDIO] = "INSERT OR IGNORE INTO track_audio VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [SQL_PLAYLIST] = "INSERT INTO playlists (key, name, own, n_entries, n_repeats, duration_ms, description, modified,"
                     " followers, edits, collaborative) VALUES (?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?)"
                     " ON CONFLICT (key) DO NOTHING",
    [SQL_ENTRIES] = "INSERT INTO playlist_entries (playlist_id, tracks) VALUES (?, ?)",
    [SQL_COUNTS] = "INSERT INTO track_counts VALUES (?1, ?2, ?3) ON CONFLICT (track_id) DO UPDATE"
                   " SET n_playlists = n_playlists + ?2, n_entries = n_entries + ?3",
    [SQL_GENRE] = "INSERT INTO genres (name) VALUES (?1) ON CONFLICT (name) DO UPDATE SET name = ?1 RETURNING id",
    [SQL_ALBUM_GENRE] = "UPDATE albums SET genre_id = ?2 WHERE id = ?1 AND genre_id IS NULL",
    [SQL_PLAYLIST_GENRE] = "INSERT OR IGNORE INTO playlist_genres VALUES (?, ?, ?)",
    [SQL_PLAYLIST_OLD] = "SELECT e.tracks, p.name FROM playlists p JOIN playlist_entries e ON e.playlist_id = p.id"
                         " WHERE p.id = ? AND p.own = 0",
    [SQL_PLAYLIST_UPDATE] = "UPDATE playlists SET name = ?2, n_entries = ?3, n_repeats = ?4, duration_ms = ?5"
                            " WHERE id = ?1",
    [SQL_ENTRIES_UPDATE] = "UPDATE playlist_entries SET tracks = ?2 WHERE playlist_id = ?1",
    [SQL_COUNTS_LESS] = "UPDATE track_counts SET n_playlists = n_playlists - 1, n_entries = n_entries - ?2"
                        " WHERE track_id = ?1",
    [SQL_COUNTS_NONE] = "DELETE FROM track_counts WHERE track_id = ? AND n_entries <= 0",
    [SQL_RESULTS_FORGET] = "DELETE FROM results WHERE playlist_id = ?",
    [SQL_KNOWN] = "SELECT 1 FROM imports WHERE format = ? AND name = ? AND size = ? AND hash = ?",
    [SQL_PLAYLIST_KNOWN] = "SELECT id FROM playlists WHERE key = ?",
    [SQL_PLAYLIST_TRACKS] = "SELECT tracks FROM playlist_entries WHERE playlist_id = ?",
    [SQL_ARTIST_NAME] = "SELECT name FROM artists WHERE id = ?",
    [SQL_ALBUM_TITLE] = "SELECT title FROM albums WHERE id = ?",
    [SQL_TRACK_TITLE] = "SELECT title FROM tracks WHERE id = ?",
    [SQL_ARTIST_ALIAS] = "INSERT INTO artist_aliases VALUES (?, ?)",
    [SQL_ALBUM_ALIAS] = "INSERT INTO album_aliases VALUES (?, ?)",
    [SQL_TRACK_ALIAS] = "INSERT INTO track_aliases VALUES (?, ?)",
};

void ingest_bind_text(sqlite3_stmt *statement, int parameter, struct text text)
{
    sqlite3_bind_text64(statement, parameter, text.data ? text.data : "", text.size, SQLITE_STATIC, SQLITE_UTF8);
}

void ingest_bind_known(sqlite3_stmt *statement, int parameter, int64_t value)
{
    if (value >= 0)
        sqlite3_bind_int64(statement, parameter, value);
    else
        sqlite3_bind_null(statement, parameter);
}

enum status ingest_insert(struct ingest *ingest, enum statement which, struct error *error)
{
    return database_step_done(ingest->catalogue, ingest->statements[which], "import", error);
}

enum status ingest_open(struct catalogue *catalogue, struct import_report *report, struct ingest **out,
                        struct error *error)
{
    struct ingest *ingest = calloc(1, sizeof *ingest);
    *out = ingest;
    if (!ingest)
        return error_no_memory(error);
    ingest->catalogue = catalogue;
    ingest->report = report;
    enum status status = STATUS_OK;
    for (int i = 0; status == STATUS_OK && i < STATEMENTS; i++)
        status = database_prepare(catalogue, statement_sql[i], &ingest->statements[i], error);
    if (status == STATUS_OK)
        status = ingest_catch_up(ingest, error);
    return status;
}

void ingest_close(struct ingest *ingest)
{
    if (!ingest)
        return;
    for (int i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(ingest->statements[i]);
    named_free(&ingest->artists);
    named_free(&ingest->albums);
    named_free(&ingest->tracks);
    buffer_free(&ingest->credits);
    buffer_free(&ingest->durations);
    buffer_free(&ingest->lacking);
    buffer_free(&ingest->undated);
    buffer_free(&ingest->counted);
    buffer_free(&ingest->listed);
    buffer_free(&ingest->scratch);
    buffer_free(&ingest->packed);
    buffer_free(&ingest->key);
    id_map_free(&ingest->genre_keys);
    buffer_free(&ingest->genre_ids);
    free(ingest);
}

enum status ingest_known(struct ingest *ingest, const struct import_file *file, bool *known, struct error *error)
{
    sqlite3_stmt *statement = ingest->statements[SQL_KNOWN];
    sqlite3_bind_text(statement, 1, file->format, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, file->name, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 3, file->size);
    sqlite3_bind_text(statement, 4, file->hash, -1, SQLITE_STATIC);
    enum status status = database_step_row(ingest->catalogue, statement, known, "read the log of imports", error);
    sqlite3_reset(statement);
    return status;
}

static enum status prepare(struct ingest *ingest, struct error *error)
{
    int64_t hashed = 0;
    enum status status = ingest_catch_up(ingest, error);
    if (status == STATUS_OK)
        status = database_hash_read(ingest->catalogue, &ingest->hash, &hashed, error);
    if (status == STATUS_OK && hashed != ingest->tracks.identities.count)
        status = error_set(error, STATUS_BAD_DATA,
                           "the fingerprint in %s does not match its tracks; run 'sleeve doctor' for details",
                           ingest->catalogue->path);
    ingest->sums = (struct sums){.skipped_before = ingest->report->skipped};
    return status;
}

enum status ingest_begin(struct ingest *ingest, const struct import_file *file, bool *known, struct error *error)
{
    enum status status = catalogue_begin(ingest->catalogue, error);
    if (status != STATUS_OK)
        return status;
    *known = false;
    if (file)
        status = ingest_known(ingest, file, known, error);
    if (status == STATUS_OK && !*known)
        status = prepare(ingest, error);
    if (status != STATUS_OK || *known)
        catalogue_rollback(ingest->catalogue);
    return status;
}

void ingest_rollback(struct ingest *ingest)
{
    for (int i = 0; i < STATEMENTS; i++)
        sqlite3_reset(ingest->statements[i]);
    catalogue_rollback(ingest->catalogue);
}

void ingest_at(struct ingest *ingest, const char *where, const char *unit, int64_t place)
{
    ingest->place.where = where;
    ingest->place.unit = unit;
    ingest->place.number = place;
}
