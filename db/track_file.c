#include "db/track_file.h"

#include "db/database.h"

static void add_blob(sqlite3_stmt *row, int column, struct buffer *out)
{
    const void *bytes = sqlite3_column_blob(row, column);
    const int size = sqlite3_column_bytes(row, column);
    if (size > 0)
        buffer_add(out, bytes, (size_t)size);
}

/* Of the folder in column 0 and the file in column 1. */
static void add_path(sqlite3_stmt *row, struct buffer *path)
{
    add_blob(row, 0, path);
    if (path->size > 0 && path->data[path->size - 1] != '/')
        buffer_add_byte(path, '/');
    add_blob(row, 1, path);
}

enum status catalogue_track_file(struct catalogue *catalogue, int64_t track, struct buffer *path, struct error *error)
{
    sqlite3_stmt *statement;
    bool row = false;
    enum status status =
        database_prepare(catalogue,
                         "SELECT o.path, f.path FROM library_files f JOIN library_folders o ON o.id = f.folder_id"
                         " WHERE f.track_id = ? AND f.kind = 1 AND f.missing = 0 ORDER BY f.size DESC, f.id LIMIT 1",
                         &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int64(statement, 1, track);
    status = database_step_row(catalogue, statement, &row, "find the file of a track", error);
    if (status == STATUS_OK && row)
        add_path(statement, path);
    sqlite3_finalize(statement);
    return status == STATUS_OK && path->failed ? error_no_memory(error) : status;
}

enum status catalogue_music_files(struct catalogue *catalogue,
                                  enum status (*each)(const struct music_file *file, void *context,
                                                      struct error *error),
                                  void *context, struct error *error)
{
    sqlite3_stmt *statement;
    struct buffer path = {0};
    int64_t last = 0;
    bool row = false;
    enum status status =
        database_prepare(catalogue,
                         "SELECT o.path, f.path, ifnull(f.track_id, 0), f.reason, f.missing FROM library_files f"
                         " JOIN library_folders o ON o.id = f.folder_id"
                         " WHERE f.kind = 1 AND (f.track_id IS NOT NULL OR f.reason <> '')"
                         " ORDER BY f.track_id, f.missing, f.size DESC, f.id",
                         &statement, error);
    if (status != STATUS_OK)
        return status;
    while ((status = database_step_row(catalogue, statement, &row, "read the music files", error)) == STATUS_OK &&
           row) {
        const struct music_file file = {.track = sqlite3_column_int64(statement, 2),
                                        .reason = (const char *)sqlite3_column_text(statement, 3),
                                        .missing = sqlite3_column_int(statement, 4) != 0};
        if (file.track != 0 && file.track == last)
            continue;
        last = file.track;
        buffer_clear(&path);
        add_path(statement, &path);
        if (path.failed || path.size == 0 || !file.reason) {
            status = error_no_memory(error);
            break;
        }
        struct music_file found = file;
        found.path = path.data;
        if ((status = each(&found, context, error)) != STATUS_OK)
            break;
    }
    sqlite3_finalize(statement);
    buffer_free(&path);
    return status;
}
