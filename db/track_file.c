#include "db/track_file.h"

#include "db/database.h"

static void add_blob(sqlite3_stmt *row, int column, struct buffer *out)
{
    const void *bytes = sqlite3_column_blob(row, column);
    const int size = sqlite3_column_bytes(row, column);
    if (size > 0)
        buffer_add(out, bytes, (size_t)size);
}

enum status catalogue_track_file(struct catalogue *catalogue, int64_t track, struct buffer *path, struct error *error)
{
    sqlite3_stmt *statement;
    bool row = false;
    enum status status =
        database_prepare(catalogue,
                         "SELECT o.path, f.path FROM library_files f JOIN library_folders o ON o.id = f.folder_id"
                         " WHERE f.track_id = ? AND f.kind = 1 AND f.missing = 0 ORDER BY f.id LIMIT 1",
                         &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int64(statement, 1, track);
    status = database_step_row(catalogue, statement, &row, "find the file of a track", error);
    if (status == STATUS_OK && row) {
        add_blob(statement, 0, path);
        if (path->size > 0 && path->data[path->size - 1] != '/')
            buffer_add_byte(path, '/');
        add_blob(statement, 1, path);
    }
    sqlite3_finalize(statement);
    return status == STATUS_OK && path->failed ? error_no_memory(error) : status;
}
