#include "db/covers.h"

#include "db/database.h"

enum status catalogue_cover_write(struct catalogue *catalogue, int64_t album_id, const void *bytes, size_t size,
                                  const char *reason, struct error *error)
{
    if (!bytes && (!reason || !*reason))
        return error_set(error, STATUS_USAGE, "an album without a cover needs a reason");
    sqlite3_stmt *statement;
    enum status status = database_prepare(catalogue,
                                          "INSERT INTO covers (album_id, image, reason) VALUES (?1, ?2, ?3)"
                                          " ON CONFLICT (album_id) DO UPDATE SET image = ?2, reason = ?3",
                                          &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int64(statement, 1, album_id);
    if (bytes)
        sqlite3_bind_blob64(statement, 2, bytes, size, SQLITE_STATIC);
    sqlite3_bind_text(statement, 3, bytes ? "" : reason, -1, SQLITE_STATIC);
    status = database_step_done(catalogue, statement, "store a cover", error);
    sqlite3_finalize(statement);
    return status;
}

enum status catalogue_cover_read(struct catalogue *catalogue, int64_t album_id, struct buffer *bytes, bool *found,
                                 struct error *error)
{
    *found = false;
    sqlite3_stmt *statement;
    enum status status = database_prepare(
        catalogue, "SELECT image FROM covers WHERE album_id = ? AND image IS NOT NULL", &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int64(statement, 1, album_id);
    status = database_step_row(catalogue, statement, found, "read a cover", error);
    if (*found) {
        const void *image = sqlite3_column_blob(statement, 0);
        buffer_add(bytes, image ? image : "", (size_t)sqlite3_column_bytes(statement, 0));
        if (bytes->failed)
            status = error_no_memory(error);
    }
    sqlite3_finalize(statement);
    return status;
}

enum status catalogue_cover_status(struct catalogue *catalogue,
                                   void (*each)(const char *reason, int64_t n_albums, void *context), void *context,
                                   struct error *error)
{
    sqlite3_stmt *statement;
    enum status status =
        database_prepare(catalogue,
                         "SELECT reason AS why, count(*) FROM covers GROUP BY reason UNION ALL"
                         " SELECT 'not looked for', (SELECT coalesce(max(id), 0) FROM albums) - count(*)"
                         " AS others FROM covers HAVING others > 0 ORDER BY why",
                         &statement, error);
    bool row = true;
    while (status == STATUS_OK && row) {
        status = database_step_row(catalogue, statement, &row, "count the covers", error);
        if (row)
            each(database_column_text(statement, 0), sqlite3_column_int64(statement, 1), context);
    }
    sqlite3_finalize(statement);
    return status;
}

enum status catalogue_tracks_covered(struct catalogue *catalogue, bool any_album, bool *covered, size_t n_tracks,
                                     struct error *error)
{
    sqlite3_stmt *statement;
    enum status status = database_prepare(
        catalogue,
        any_album ? "SELECT id FROM tracks WHERE album_id IS NOT NULL"
                  : "SELECT t.id FROM covers c JOIN tracks t ON t.album_id = c.album_id WHERE c.reason = ''",
        &statement, error);
    for (bool row = true; status == STATUS_OK;) {
        status = database_step_row(catalogue, statement, &row, "read which tracks have covers", error);
        if (status != STATUS_OK || !row)
            break;
        size_t place = (size_t)sqlite3_column_int64(statement, 0) - 1;
        if (place < n_tracks)
            covered[place] = true;
    }
    sqlite3_finalize(statement);
    return status;
}
