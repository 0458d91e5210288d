#include "db/split.h"

#include <stdlib.h>

#include "db/database.h"

static enum status write_playlists(struct catalogue *catalogue, const struct split *split, struct error *error)
{
    sqlite3_stmt *statement;
    enum status status = database_prepare(catalogue,
                                          "INSERT INTO split_playlists (playlist_id, part, seeds) SELECT id, ?2, ?3 "
                                          "FROM playlists WHERE id = ?1 AND own = 0",
                                          &statement, error);
    for (size_t i = 0; status == STATUS_OK && i < split->n_rows; i++) {
        sqlite3_bind_int64(statement, 1, split->rows[i].playlist_id);
        sqlite3_bind_int(statement, 2, (int)split->rows[i].set);
        sqlite3_bind_int(statement, 3, split->rows[i].seeds);
        status = database_step_done(catalogue, statement, "store the split", error);
        if (status == STATUS_OK && sqlite3_changes(catalogue->db) != 1)
            status = error_set(error, STATUS_BAD_DATA,
                               "playlist number %lld is not in %s or is a person's own; it cannot be part of a split",
                               (long long)split->rows[i].playlist_id, catalogue->path);
    }
    sqlite3_finalize(statement);
    return status;
}

static enum status write_cold(struct catalogue *catalogue, const struct split *split, struct error *error)
{
    sqlite3_stmt *statement;
    enum status status = database_prepare(
        catalogue, "INSERT INTO split_cold (track_id) SELECT id FROM tracks WHERE id = ?", &statement, error);
    for (size_t i = 0; status == STATUS_OK && i < split->n_cold; i++) {
        sqlite3_bind_int64(statement, 1, (int64_t)split->cold[i] + 1);
        status = database_step_done(catalogue, statement, "store the split", error);
        if (status == STATUS_OK && sqlite3_changes(catalogue->db) != 1)
            status = error_set(error, STATUS_BAD_DATA, "track number %lld is not in %s; it cannot be part of a split",
                               (long long)split->cold[i] + 1, catalogue->path);
    }
    sqlite3_finalize(statement);
    return status;
}

static enum status write_settings(struct catalogue *catalogue, const char *settings, struct error *error)
{
    sqlite3_stmt *statement;
    enum status status =
        database_prepare(catalogue, "INSERT INTO split (id, settings) VALUES (1, ?)", &statement, error);
    if (status == STATUS_OK) {
        sqlite3_bind_text(statement, 1, settings, -1, SQLITE_STATIC);
        status = database_step_done(catalogue, statement, "store the split", error);
    }
    sqlite3_finalize(statement);
    return status;
}

enum status catalogue_split_write(struct catalogue *catalogue, const struct split *split, struct error *error)
{
    bool owned;
    enum status status = database_unit_begin(catalogue, &owned, error);
    if (status != STATUS_OK)
        return status;
    status = database_run(catalogue, "DELETE FROM split_playlists; DELETE FROM split_cold; DELETE FROM split", error);
    if (status == STATUS_OK)
        status = write_playlists(catalogue, split, error);
    if (status == STATUS_OK)
        status = write_cold(catalogue, split, error);
    if (status == STATUS_OK)
        status = write_settings(catalogue, split->settings, error);
    return database_unit_end(catalogue, owned, status, error);
}

enum status catalogue_has_split(struct catalogue *catalogue, bool *has, struct error *error)
{
    int64_t count;
    enum status status = database_integer(catalogue, "SELECT count(*) FROM split", NULL, &count, error);
    *has = count > 0;
    return status;
}

enum status catalogue_split_count(struct catalogue *catalogue, struct split_totals *totals, struct error *error)
{
    *totals = (struct split_totals){0};
    const struct {
        const char *sql;
        int64_t *count;
    } counts[] = {
        {"SELECT count(*) FROM playlists p LEFT JOIN split_playlists s ON s.playlist_id = p.id"
         " WHERE p.own = 0 AND coalesce(s.part, 1) = 1",
         &totals->train},
        {"SELECT count(*) FROM split_playlists WHERE part = 2", &totals->validation},
        {"SELECT count(*) FROM split_playlists WHERE part = 4", &totals->test},
        {"SELECT count(*) FROM split_cold", &totals->cold},
    };
    enum status status = catalogue_has_split(catalogue, &totals->exists, error);
    for (size_t i = 0; status == STATUS_OK && totals->exists && i < sizeof counts / sizeof *counts; i++)
        status = database_integer(catalogue, counts[i].sql, NULL, counts[i].count, error);
    return status;
}

enum status catalogue_split_playlists(struct catalogue *catalogue, int sets, int64_t **ids, size_t *count,
                                      struct error *error)
{
    int64_t most = 0;
    sqlite3_stmt *statement = NULL;
    *count = 0;
    enum status status = database_integer(catalogue, "SELECT count(*) FROM playlists", NULL, &most, error);
    *ids = malloc(((size_t)most + 1) * sizeof **ids);
    if (status == STATUS_OK && !*ids)
        status = error_no_memory(error);
    if (status == STATUS_OK)
        status = database_prepare(
            catalogue,
            "SELECT p.id FROM playlists p LEFT JOIN split_playlists s ON s.playlist_id = p.id"
            " WHERE p.own = 0 AND (coalesce(s.part, 1) & ?) <> 0"
            " AND EXISTS (SELECT 1 FROM playlist_entries e WHERE e.playlist_id = p.id) ORDER BY p.id LIMIT ?",
            &statement, error);
    if (status == STATUS_OK) {
        sqlite3_bind_int(statement, 1, sets & SPLIT_ALL);
        sqlite3_bind_int64(statement, 2, most);
    }
    for (bool row = true; status == STATUS_OK;) {
        status = database_step_row(catalogue, statement, &row, "read the playlists of the split", error);
        if (status != STATUS_OK || !row)
            break;
        (*ids)[(*count)++] = sqlite3_column_int64(statement, 0);
    }
    sqlite3_finalize(statement);
    if (status != STATUS_OK) {
        free(*ids);
        *ids = NULL;
    }
    return status;
}

enum status catalogue_split_cold(struct catalogue *catalogue, int64_t n_tracks, int32_t **cold, int64_t *n_cold,
                                 struct error *error)
{
    int64_t count = 0, found = 0;
    sqlite3_stmt *statement = NULL;
    *cold = NULL;
    *n_cold = 0;
    enum status status = database_integer(catalogue, "SELECT count(*) FROM split_cold", NULL, &count, error);
    int32_t *rows = status == STATUS_OK ? malloc(((size_t)count + 1) * sizeof *rows) : NULL;
    if (status == STATUS_OK && !rows)
        status = error_no_memory(error);
    if (status == STATUS_OK)
        status = database_prepare(catalogue, "SELECT track_id FROM split_cold ORDER BY track_id", &statement, error);
    for (bool row = true; status == STATUS_OK;) {
        status = database_step_row(catalogue, statement, &row, "read the cold tracks", error);
        if (status != STATUS_OK || !row)
            break;
        int64_t id = sqlite3_column_int64(statement, 0);
        if (found == count || id < 1 || id > n_tracks)
            status = error_set(error, STATUS_BAD_DATA,
                               "the split of %s has a cold track that does not exist; make it again with `sleeve "
                               "split`",
                               catalogue->path);
        else
            rows[found++] = (int32_t)(id - 1);
    }
    sqlite3_finalize(statement);
    if (status == STATUS_OK) {
        *cold = rows;
        *n_cold = found;
    } else {
        free(rows);
    }
    return status;
}

enum status catalogue_split_read(struct catalogue *catalogue, int64_t playlist_id, struct split_row *row,
                                 struct error *error)
{
    sqlite3_stmt *statement;
    bool found = false;
    enum status status =
        database_prepare(catalogue, "SELECT part, seeds FROM split_playlists WHERE playlist_id = ?", &statement, error);
    if (status == STATUS_OK) {
        sqlite3_bind_int64(statement, 1, playlist_id);
        status = database_step_row(catalogue, statement, &found, "read the split", error);
    }
    if (found)
        *row = (struct split_row){
            .playlist_id = playlist_id,
            .set = (enum split_set)sqlite3_column_int(statement, 0),
            .seeds = sqlite3_column_int(statement, 1),
        };
    sqlite3_finalize(statement);
    return status;
}

enum status catalogue_split_entries(struct catalogue *catalogue, int64_t playlist_id, int64_t *ids, size_t *count,
                                    struct error *error)
{
    sqlite3_stmt *statement;
    enum status status = database_prepare(
        catalogue,
        "SELECT count(*) FROM split_cold WHERE track_id = ?1 AND NOT EXISTS (SELECT 1 FROM split_playlists"
        " WHERE playlist_id = ?2 AND part = 4)",
        &statement, error);
    size_t kept = 0;
    for (size_t i = 0; status == STATUS_OK && i < *count; i++) {
        bool row;
        sqlite3_bind_int64(statement, 1, ids[i]);
        sqlite3_bind_int64(statement, 2, playlist_id);
        status = database_step_row(catalogue, statement, &row, "read the cold tracks", error);
        if (status == STATUS_OK && sqlite3_column_int(statement, 0) == 0)
            ids[kept++] = ids[i];
        sqlite3_reset(statement);
    }
    sqlite3_finalize(statement);
    if (status == STATUS_OK)
        *count = kept;
    return status;
}

enum status catalogue_tracks_after(struct catalogue *catalogue, const char *date, bool *after, size_t n_tracks,
                                   struct error *error)
{
    sqlite3_stmt *statement;
    enum status status = database_prepare(catalogue,
                                          "SELECT t.id FROM tracks t JOIN albums b ON b.id = t.album_id"
                                          " WHERE substr(b.release_date, 1, length(?1)) > ?1",
                                          &statement, error);
    if (status == STATUS_OK)
        sqlite3_bind_text(statement, 1, date, -1, SQLITE_STATIC);
    for (bool row = true; status == STATUS_OK;) {
        status = database_step_row(catalogue, statement, &row, "read dates of release", error);
        if (status != STATUS_OK || !row)
            break;
        size_t place = (size_t)sqlite3_column_int64(statement, 0) - 1;
        if (place < n_tracks)
            after[place] = true;
    }
    sqlite3_finalize(statement);
    return status;
}
