#include <stdlib.h>

#include "db/database.h"
#include "db/summary.h"

void database_hash_key(struct hash *hash, const char *key, size_t size)
{
    hash_add(hash, key, size);
    hash_add(hash, "\n", 1);
}

enum status database_hash_read(struct catalogue *catalogue, struct hash *hash, int64_t *n_tracks, struct error *error)
{
    hash_begin(hash);
    *n_tracks = 0;
    sqlite3_stmt *statement;
    enum status status =
        database_prepare(catalogue, "SELECT hash_a, hash_b, hash_length, hash_tracks FROM state WHERE hash_tracks > 0",
                         &statement, error);
    if (status != STATUS_OK)
        return status;
    bool row;
    status = database_step_row(catalogue, statement, &row, "read the fingerprint", error);
    if (row) {
        hash->a = (uint64_t)sqlite3_column_int64(statement, 0);
        hash->b = (uint64_t)sqlite3_column_int64(statement, 1);
        hash->length = (uint64_t)sqlite3_column_int64(statement, 2);
        *n_tracks = sqlite3_column_int64(statement, 3);
    }
    sqlite3_finalize(statement);
    return status;
}

enum status database_hash_tracks(struct catalogue *catalogue, int64_t from, int64_t to, struct hash *hash,
                                 struct error *error)
{
    sqlite3_stmt *statement;
    enum status status =
        database_prepare(catalogue, "SELECT key FROM tracks WHERE id BETWEEN ? AND ? ORDER BY id", &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int64(statement, 1, from);
    sqlite3_bind_int64(statement, 2, to);
    int64_t n_read = 0;
    bool row = true;
    while (status == STATUS_OK && row) {
        status = database_step_row(catalogue, statement, &row, "read the track keys", error);
        if (!row)
            break;
        n_read++;
        const char *key = database_column_text(statement, 0);
        database_hash_key(hash, key, (size_t)sqlite3_column_bytes(statement, 0));
    }
    sqlite3_finalize(statement);
    if (status == STATUS_OK && n_read != to - from + 1)
        status = error_set(error, STATUS_BAD_DATA, "the tracks of %s are not numbered without holes; it is damaged",
                           catalogue->path);
    return status;
}

enum status catalogue_fingerprint(struct catalogue *catalogue, int64_t n_tracks, char text[33], struct error *error)
{
    int64_t all;
    enum status status = database_highest(catalogue, "SELECT max(id) FROM tracks", &all, error);
    if (status != STATUS_OK)
        return status;
    if (n_tracks <= 0)
        n_tracks = all;
    if (n_tracks > all)
        return error_set(error, STATUS_FAILED, "%s holds %lld tracks, fewer than the %lld that are needed",
                         catalogue->path, (long long)all, (long long)n_tracks);
    char number[24];
    char *stored;
    sqlite3_snprintf(sizeof number, number, "%lld", (long long)n_tracks);
    status = database_text(catalogue, "SELECT fingerprint FROM fingerprints WHERE n_tracks = CAST(? AS INTEGER)",
                           number, &stored, error);
    if (status != STATUS_OK)
        return status;
    if (stored) {
        sqlite3_snprintf(33, text, "%s", stored);
        free(stored);
        return STATUS_OK;
    }
    struct hash hash;
    hash_begin(&hash);
    if (n_tracks > 0)
        status = database_hash_tracks(catalogue, 1, n_tracks, &hash, error);
    hash_end(hash, text);
    return status;
}

enum status catalogue_album_fingerprint(struct catalogue *catalogue, int64_t n_albums, char text[33],
                                        struct error *error)
{
    struct hash hash;
    hash_begin(&hash);
    int64_t n_read = 0;
    bool row = true;
    sqlite3_stmt *statement;
    enum status status =
        database_prepare(catalogue, "SELECT key FROM albums WHERE id <= ? ORDER BY id", &statement, error);
    if (status == STATUS_OK)
        sqlite3_bind_int64(statement, 1, n_albums > 0 ? n_albums : INT64_MAX);
    while (status == STATUS_OK && row) {
        status = database_step_row(catalogue, statement, &row, "read the album keys", error);
        if (!row)
            break;
        n_read++;
        const char *key = database_column_text(statement, 0);
        hash_add(&hash, key, (size_t)sqlite3_column_bytes(statement, 0) + 1); /* the NUL keeps keys apart */
    }
    sqlite3_finalize(statement);
    if (status == STATUS_OK && n_read < n_albums)
        status = error_set(error, STATUS_FAILED, "%s holds %lld albums, fewer than the %lld that are needed",
                           catalogue->path, (long long)n_read, (long long)n_albums);
    hash_end(hash, text);
    return status;
}
