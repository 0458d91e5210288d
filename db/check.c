#include <stdlib.h>
#include <string.h>

#include "db/database.h"
#include "db/summary.h"

static enum status damaged(struct catalogue *catalogue, const char *what, struct error *error)
{
    return error_set(error, STATUS_BAD_DATA, "%s is damaged: %s; restore a backup, or import into a new catalogue",
                     catalogue->path, what);
}

static enum status check_file(struct catalogue *catalogue, struct error *error)
{
    char *text;
    enum status status = database_text(catalogue, "PRAGMA integrity_check(1)", NULL, &text, error);
    if (status == STATUS_OK && (!text || strcmp(text, "ok") != 0))
        status = damaged(catalogue, text ? text : "SQLite's integrity check returned nothing", error);
    free(text);
    return status;
}

/* Whether each reference of a table has its row. */
static enum status check_references(struct catalogue *catalogue, const char *table, struct error *error)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    struct buffer sql = {0};
    buffer_printf(&sql, "PRAGMA foreign_key_check(\"%s\")", table);
    enum status status = sql.failed ? error_no_memory(error) : database_prepare(catalogue, sql.data, &statement, error);
    if (status == STATUS_OK)
        status = database_step_row(catalogue, statement, &row, "check the catalogue", error);
    if (row) {
        struct buffer what = {0};
        buffer_printf(&what, "a row of %s refers to one of %s that does not exist", database_column_text(statement, 0),
                      database_column_text(statement, 2));
        status = damaged(catalogue, what.data ? what.data : "a row refers to one that does not exist", error);
        buffer_free(&what);
    }
    sqlite3_finalize(statement);
    buffer_free(&sql);
    return status;
}

/* References to artists, albums and tracks are numbers 1..N without holes (check_rules): comparing them with N is
 * enough and needs no look-ups in tables of millions of rows. */
static enum status check_ranges(struct catalogue *catalogue, struct error *error)
{
    static const struct {
        const char *table, *column, *target;
    } references[] = {
        {"albums", "artist_id", "artists"},      {"tracks", "artist_id", "artists"},
        {"tracks", "album_id", "albums"},        {"covers", "album_id", "albums"},
        {"track_counts", "track_id", "tracks"},  {"track_audio", "track_id", "tracks"},
        {"artist_aliases", "id", "artists"},     {"album_aliases", "id", "albums"},
        {"track_aliases", "id", "tracks"},       {"split_cold", "track_id", "tracks"},
        {"cover_colours", "album_id", "albums"}, {"library_files", "track_id", "tracks"},
        {"library_files", "album_id", "albums"}, {"library_covers", "album_id", "albums"},
        {"track_ids", "track_id", "tracks"},     {"album_ids", "album_id", "albums"},
    };
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < sizeof references / sizeof *references; i++) {
        struct buffer text = {0};
        int64_t broken = 0;
        buffer_printf(
            &text, "SELECT EXISTS (SELECT 1 FROM %s WHERE %s NOT BETWEEN 1 AND (SELECT coalesce(max(id), 0) FROM %s))",
            references[i].table, references[i].column, references[i].target);
        status = text.failed ? error_no_memory(error) : database_integer(catalogue, text.data, NULL, &broken, error);
        buffer_clear(&text);
        buffer_printf(&text, "a row of %s refers to one of %s that does not exist", references[i].table,
                      references[i].target);
        if (status == STATUS_OK && broken)
            status = damaged(catalogue, text.failed ? "a row refers to one that does not exist" : text.data, error);
        buffer_free(&text);
    }
    return status;
}

static enum status check_all_references(struct catalogue *catalogue, struct error *error)
{
    /* References of albums to genres, and all others that are not checked by their range. */
    static const char *const tables[] = {"playlist_entries", "playlist_genres", "split_playlists", "results",
                                         "result_values"};
    enum status status = check_ranges(catalogue, error);
    for (size_t i = 0; status == STATUS_OK && i < sizeof tables / sizeof *tables; i++)
        status = check_references(catalogue, tables[i], error);
    int64_t broken = 0;
    if (status == STATUS_OK)
        status = database_integer(catalogue,
                                  "SELECT EXISTS (SELECT 1 FROM albums WHERE genre_id IS NOT NULL AND genre_id NOT IN"
                                  " (SELECT id FROM genres))",
                                  NULL, &broken, error);
    if (status == STATUS_OK && broken)
        status = damaged(catalogue, "a row of albums refers to one of genres that does not exist", error);
    return status;
}

static enum status check_rules(struct catalogue *catalogue, struct error *error)
{
    static const struct {
        const char *sql; /* 1 where the rule is broken */
        const char *what;
    } rules[] = {
        {"SELECT count(*) <> coalesce(max(id), 0) FROM artists", "artists are not numbered without holes"},
        {"SELECT count(*) <> coalesce(max(id), 0) FROM albums", "albums are not numbered without holes"},
        {"SELECT count(*) <> coalesce(max(id), 0) FROM tracks", "tracks are not numbered without holes"},
        {"SELECT count(*) <> 1 FROM state", "its totals are missing"},
        {"SELECT (SELECT count(*) FROM cover_colours WHERE stored = 1) <> (SELECT count(*) FROM covers WHERE reason = "
         "'')",
         "it does not agree with itself on which albums have covers"},
        {"SELECT EXISTS (SELECT 1 FROM playlists p LEFT JOIN playlist_entries e ON e.playlist_id = p.id"
         " WHERE e.playlist_id IS NULL)",
         "a playlist has no entries"},
        {"SELECT EXISTS (SELECT 1 FROM split_playlists s JOIN playlists p ON p.id = s.playlist_id WHERE p.own = 1)",
         "a person's playlist is part of the split"},
    };
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < sizeof rules / sizeof *rules; i++) {
        int64_t broken;
        status = database_integer(catalogue, rules[i].sql, NULL, &broken, error);
        if (status == STATUS_OK && broken)
            status = damaged(catalogue, rules[i].what, error);
    }
    return status;
}

/* Totals over the playlists, by track and overall. */
struct tally {
    int64_t n_tracks, playlists, entries, repeats;
    int64_t *n_playlists, *n_entries; /* [n_tracks + 1] */
};

static const char *tally_playlist(struct tally *tally, sqlite3_stmt *row, int32_t *tracks, int32_t *scratch)
{
    size_t count = (size_t)sqlite3_column_bytes(row, 3) / 4, distinct;
    if (count > 0)
        entries_unpack(sqlite3_column_blob(row, 3), count, tracks);
    for (size_t i = 0; i < count; i++)
        if (tracks[i] < 1 || tracks[i] > tally->n_tracks)
            return "a playlist holds a track that does not exist";
    size_t repeats = entries_repeats(tracks, count, scratch, &distinct);
    if ((int64_t)count != sqlite3_column_int64(row, 1) || (int64_t)repeats != sqlite3_column_int64(row, 2))
        return "a playlist's number of entries is wrong";
    if (sqlite3_column_int(row, 0) != 0)
        return NULL;
    for (size_t i = 0; i < count; i++)
        tally->n_entries[tracks[i]]++;
    for (size_t i = 0; i < distinct; i++)
        tally->n_playlists[scratch[i]]++;
    tally->playlists++;
    tally->entries += (int64_t)count;
    tally->repeats += (int64_t)repeats;
    return NULL;
}

static enum status tally_all(struct catalogue *catalogue, struct tally *tally, struct error *error)
{
    sqlite3_stmt *statement;
    enum status status = database_prepare(catalogue,
                                          "SELECT p.own, p.n_entries, p.n_repeats, e.tracks FROM playlists p"
                                          " JOIN playlist_entries e ON e.playlist_id = p.id",
                                          &statement, error);
    bool row = true;
    while (status == STATUS_OK && row) {
        status = database_step_row(catalogue, statement, &row, "check the playlists", error);
        if (!row)
            break;
        size_t bytes = (size_t)sqlite3_column_bytes(statement, 3);
        int32_t *tracks = malloc(bytes + 4), *scratch = malloc(bytes + 4);
        const char *what = tracks && scratch ? tally_playlist(tally, statement, tracks, scratch) : NULL;
        if (!tracks || !scratch)
            status = error_no_memory(error);
        else if (what)
            status = damaged(catalogue, what, error);
        free(tracks);
        free(scratch);
    }
    sqlite3_finalize(statement);
    return status;
}

static enum status compare_counts(struct catalogue *catalogue, const struct tally *tally, struct error *error)
{
    sqlite3_stmt *statement;
    enum status status =
        database_prepare(catalogue, "SELECT track_id, n_playlists, n_entries FROM track_counts", &statement, error);
    bool row = true;
    int64_t seen = 0;
    while (status == STATUS_OK && row) {
        status = database_step_row(catalogue, statement, &row, "check the counts", error);
        if (!row)
            break;
        int64_t id = sqlite3_column_int64(statement, 0);
        if (id < 1 || id > tally->n_tracks || tally->n_playlists[id] != sqlite3_column_int64(statement, 1) ||
            tally->n_entries[id] != sqlite3_column_int64(statement, 2))
            status = damaged(catalogue, "a track's number of playlists is wrong", error);
        else
            seen += tally->n_entries[id];
    }
    sqlite3_finalize(statement);
    if (status == STATUS_OK && seen != tally->entries)
        status = damaged(catalogue, "a track's number of playlists is missing", error);
    return status;
}

static enum status check_playlists(struct catalogue *catalogue, struct error *error)
{
    struct catalogue_counts counts;
    enum status status = catalogue_count(catalogue, &counts, error);
    if (status != STATUS_OK)
        return status;
    struct tally tally = {.n_tracks = counts.tracks};
    tally.n_playlists = calloc((size_t)counts.tracks + 1, sizeof *tally.n_playlists);
    tally.n_entries = calloc((size_t)counts.tracks + 1, sizeof *tally.n_entries);
    status = tally.n_playlists && tally.n_entries ? tally_all(catalogue, &tally, error) : error_no_memory(error);
    if (status == STATUS_OK &&
        (tally.playlists != counts.playlists || tally.entries != counts.entries || tally.repeats != counts.repeats))
        status = damaged(catalogue, "its totals do not match its playlists", error);
    if (status == STATUS_OK)
        status = compare_counts(catalogue, &tally, error);
    free(tally.n_playlists);
    free(tally.n_entries);
    return status;
}

/* Compares the stored hashes with recomputed ones. */
static enum status check_fingerprints(struct catalogue *catalogue, struct error *error)
{
    struct hash stored, hash;
    int64_t stored_tracks, tracks, done = 0;
    enum status status = database_hash_read(catalogue, &stored, &stored_tracks, error);
    if (status == STATUS_OK)
        status = database_highest(catalogue, "SELECT max(id) FROM tracks", &tracks, error);
    if (status == STATUS_OK && tracks != stored_tracks)
        status = damaged(catalogue, "its fingerprint does not match its tracks", error);
    sqlite3_stmt *statement = NULL;
    if (status == STATUS_OK)
        status = database_prepare(catalogue, "SELECT n_tracks, fingerprint FROM fingerprints ORDER BY n_tracks",
                                  &statement, error);
    hash_begin(&hash);
    bool row = true;
    while (status == STATUS_OK && row) {
        status = database_step_row(catalogue, statement, &row, "check the fingerprints", error);
        if (!row)
            break;
        int64_t to = sqlite3_column_int64(statement, 0);
        char text[33];
        if (to <= done || to > tracks)
            status = damaged(catalogue, "a fingerprint covers tracks that do not exist", error);
        if (status == STATUS_OK)
            status = database_hash_tracks(catalogue, done + 1, to, &hash, error);
        done = to;
        hash_end(hash, text);
        if (status == STATUS_OK && strcmp(text, database_column_text(statement, 1)) != 0)
            status = damaged(catalogue, "a fingerprint does not match its tracks", error);
    }
    sqlite3_finalize(statement);
    if (status == STATUS_OK && tracks > 0 && (done != tracks || hash.a != stored.a || hash.b != stored.b))
        status = damaged(catalogue, "its fingerprint does not match its tracks", error);
    return status;
}

enum status catalogue_check(struct catalogue *catalogue, struct error *error)
{
    bool owned;
    enum status status = database_reading_begin(catalogue, &owned, error);
    if (status == STATUS_OK)
        status = check_file(catalogue, error);
    if (status == STATUS_OK)
        status = check_rules(catalogue, error);
    if (status == STATUS_OK)
        status = check_all_references(catalogue, error);
    if (status == STATUS_OK)
        status = check_playlists(catalogue, error);
    if (status == STATUS_OK)
        status = check_fingerprints(catalogue, error);
    database_reading_end(catalogue, owned);
    return status;
}
