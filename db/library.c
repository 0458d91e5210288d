#include "db/library.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/database.h"

enum statement {
    SQL_GET_PENDING,
    SQL_SET_PENDING,
    SQL_FILES,
    SQL_INSERT,
    SQL_UPDATE,
    SQL_MOVE,
    SQL_HAS_FILE,
    SQL_DURATION,
    SQL_ALBUM_IN,
    SQL_REQUEST,
    SQL_PENDING,
    SQL_ALBUM_FILES,
    SQL_STORED,
    SQL_COVER,
    SQL_TRACK_ID,
    SQL_ALBUM_ID,
    SQL_ADD_TRACK_ID,
    SQL_ADD_ALBUM_ID,
    SQL_TRACK_HAS_ID,
    SQL_ALBUM_HAS_ID,
    STATEMENTS
};

#define FILE_COLUMNS                                                                                                   \
    "id, path, kind, size, modified, inode, missing, reason, track_id, album_id, playlist_id, picture, front"

static const char *const statement_sql[STATEMENTS] = {
    [SQL_GET_PENDING] = "SELECT pending FROM library_folders WHERE id = ?",
    [SQL_SET_PENDING] = "UPDATE library_folders SET pending = ?2 WHERE id = ?1 AND pending <> ?2",
    [SQL_FILES] = "SELECT " FILE_COLUMNS " FROM library_files WHERE folder_id = ?1",
    [SQL_INSERT] = "INSERT INTO library_files (folder_id, path, kind, size, modified, inode, missing, reason, track_id,"
                   " album_id, playlist_id, disc, number, date, original_date, genre, picture, front)"
                   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
    [SQL_UPDATE] = "UPDATE library_files SET path = ?2, kind = ?3, size = ?4, modified = ?5, inode = ?6, missing = ?7,"
                   " reason = ?8, track_id = ?9, album_id = ?10, playlist_id = ?11, disc = ?12, number = ?13,"
                   " date = ?14, original_date = ?15, genre = ?16, picture = ?17, front = ?18"
                   " WHERE folder_id = ?1 AND id = ?19",
    [SQL_MOVE] = "UPDATE library_files SET path = ?2, size = ?3, modified = ?4, inode = ?5, missing = ?6 WHERE id = ?1",
    [SQL_HAS_FILE] = "SELECT id FROM library_files WHERE track_id = ?1 AND ?2 IN (0, album_id) AND missing = 0"
                     " AND id <> ?3 LIMIT 1",
    [SQL_DURATION] = "SELECT coalesce(duration_ms, -1) FROM tracks WHERE id = ?",
    [SQL_ALBUM_IN] = "SELECT f.album_id FROM library_files f JOIN albums b ON b.id = f.album_id WHERE f.folder_id = ?1"
                     " AND f.path >= ?2 AND f.path < ?3 AND instr(substr(f.path, length(?2) + 1), x'2f') = 0"
                     " AND b.title = ?4 LIMIT 1",
    [SQL_REQUEST] = "INSERT INTO library_covers VALUES (?1, 1, '') ON CONFLICT (album_id) DO UPDATE SET pending = 1",
    [SQL_PENDING] =
        "SELECT album_id FROM library_covers c WHERE pending = 1 AND album_id > ?1 AND EXISTS (SELECT 1"
        " FROM library_files f WHERE f.album_id = c.album_id AND f.folder_id = ?3) ORDER BY album_id LIMIT ?2",
    [SQL_ALBUM_FILES] = "SELECT " FILE_COLUMNS " FROM library_files WHERE album_id = ?2 AND folder_id = ?1"
                        " AND missing = 0 ORDER BY front DESC, path",
    [SQL_STORED] = "SELECT stored FROM library_covers WHERE album_id = ?",
    [SQL_COVER] = "UPDATE library_covers SET pending = 0, stored = ?2 WHERE album_id = ?1",
    [SQL_TRACK_ID] = "SELECT track_id FROM track_ids WHERE id = ?",
    [SQL_ALBUM_ID] = "SELECT album_id FROM album_ids WHERE id = ?",
    [SQL_ADD_TRACK_ID] = "INSERT OR IGNORE INTO track_ids VALUES (?, ?)",
    [SQL_ADD_ALBUM_ID] = "INSERT OR IGNORE INTO album_ids VALUES (?, ?)",
    [SQL_TRACK_HAS_ID] = "SELECT 1 FROM track_ids WHERE track_id = ?1 AND substr(id, 1, length(?2)) = ?2",
    [SQL_ALBUM_HAS_ID] = "SELECT 1 FROM album_ids WHERE album_id = ?1 AND substr(id, 1, length(?2)) = ?2",
};

struct library {
    struct catalogue *catalogue;
    int64_t folder;
    sqlite3_stmt *statements[STATEMENTS];
};

static const char doing[] = "use the list of music files";

static enum status run(struct library *library, enum statement which, struct error *error)
{
    return database_step_done(library->catalogue, library->statements[which], doing, error);
}

/* The first column of the first row; 0: there is none. */
static enum status integer(struct library *library, enum statement which, int64_t *value, struct error *error)
{
    sqlite3_stmt *statement = library->statements[which];
    bool row;
    enum status status = database_step_row(library->catalogue, statement, &row, doing, error);
    *value = status == STATUS_OK && row ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_reset(statement);
    return status;
}

static enum status find_folder(struct catalogue *catalogue, const char *sql, const char *path, int64_t *id,
                               struct error *error)
{
    sqlite3_stmt *statement;
    bool row = false;
    enum status status = database_prepare(catalogue, sql, &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_blob(statement, 1, path, (int)strlen(path), SQLITE_STATIC);
    status = database_step_row(catalogue, statement, &row, doing, error);
    *id = row ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_finalize(statement);
    return status;
}

enum status library_open(struct catalogue *catalogue, const char *folder, struct library **out, struct error *error)
{
    struct library *library = calloc(1, sizeof *library);
    *out = library;
    if (!library)
        return error_no_memory(error);
    library->catalogue = catalogue;
    enum status status =
        find_folder(catalogue, "SELECT id FROM library_folders WHERE path = ?", folder, &library->folder, error);
    if (status == STATUS_OK && library->folder == 0)
        status = find_folder(catalogue, "INSERT INTO library_folders (path, pending) VALUES (?, 0) RETURNING id",
                             folder, &library->folder, error);
    for (int i = 0; status == STATUS_OK && i < STATEMENTS; i++)
        status = database_prepare(catalogue, statement_sql[i], &library->statements[i], error);
    return status;
}

void library_close(struct library *library)
{
    if (!library)
        return;
    for (int i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(library->statements[i]);
    free(library);
}

enum status library_pending(struct library *library, bool *pending, struct error *error)
{
    int64_t value;
    sqlite3_bind_int64(library->statements[SQL_GET_PENDING], 1, library->folder);
    enum status status = integer(library, SQL_GET_PENDING, &value, error);
    *pending = value != 0;
    return status;
}

enum status library_set_pending(struct library *library, bool pending, struct error *error)
{
    sqlite3_bind_int64(library->statements[SQL_SET_PENDING], 1, library->folder);
    sqlite3_bind_int(library->statements[SQL_SET_PENDING], 2, pending);
    return run(library, SQL_SET_PENDING, error);
}

/* ------------------------------------------------------------------ folders */

enum status library_folders(struct catalogue *catalogue, void (*each)(int64_t id, struct text path, void *context),
                            void *context, struct error *error)
{
    sqlite3_stmt *rows;
    enum status status = database_prepare(catalogue, "SELECT id, path FROM library_folders", &rows, error);
    for (bool row = true; status == STATUS_OK;) {
        status = database_step_row(catalogue, rows, &row, doing, error);
        if (status != STATUS_OK || !row)
            break;
        const void *path = sqlite3_column_blob(rows, 1);
        each(sqlite3_column_int64(rows, 0), (struct text){path ? path : "", (size_t)sqlite3_column_bytes(rows, 1)},
             context);
    }
    sqlite3_finalize(rows);
    return status;
}

enum status library_folder_has(struct catalogue *catalogue, int64_t id, const struct library_file *file, bool *has,
                               struct error *error)
{
    sqlite3_stmt *statement;
    *has = false;
    enum status status = database_prepare(catalogue,
                                          "SELECT 1 FROM library_files WHERE folder_id = ? AND path = ? AND size = ?"
                                          " AND modified = ?",
                                          &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int64(statement, 1, id);
    sqlite3_bind_blob64(statement, 2, file->path.data, file->path.size, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 3, file->size);
    sqlite3_bind_int64(statement, 4, file->modified);
    status = database_step_row(catalogue, statement, has, doing, error);
    sqlite3_finalize(statement);
    return status;
}

enum status library_folder_move(struct catalogue *catalogue, int64_t id, const char *path, struct error *error)
{
    sqlite3_stmt *statement;
    enum status status =
        database_prepare(catalogue, "UPDATE library_folders SET path = ?2 WHERE id = ?1", &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int64(statement, 1, id);
    sqlite3_bind_blob(statement, 2, path, (int)strlen(path), SQLITE_STATIC);
    status = database_step_done(catalogue, statement, doing, error);
    sqlite3_finalize(statement);
    return status;
}

/* ------------------------------------------------------------------ files */

static struct library_file file_of(sqlite3_stmt *row)
{
    const void *path = sqlite3_column_blob(row, 1);
    return (struct library_file){
        .id = sqlite3_column_int64(row, 0),
        .path = {path ? path : "", (size_t)sqlite3_column_bytes(row, 1)},
        .kind = (enum library_kind)sqlite3_column_int(row, 2),
        .size = sqlite3_column_int64(row, 3),
        .modified = sqlite3_column_int64(row, 4),
        .inode = sqlite3_column_int64(row, 5),
        .missing = sqlite3_column_int(row, 6) != 0,
        .reason = database_column_text(row, 7),
        .track = sqlite3_column_int64(row, 8),
        .album = sqlite3_column_int64(row, 9),
        .playlist = sqlite3_column_int64(row, 10),
        .picture = database_column_text(row, 11),
        .front = sqlite3_column_int(row, 12) != 0,
        .date = "",
        .original_date = "",
        .genre = "",
    };
}

static enum status each_file(struct library *library, enum statement which,
                             enum status (*each)(const struct library_file *file, void *context, struct error *error),
                             void *context, struct error *error)
{
    sqlite3_stmt *rows = library->statements[which];
    enum status status = STATUS_OK;
    sqlite3_bind_int64(rows, 1, library->folder);
    for (bool row = true; status == STATUS_OK;) {
        status = database_step_row(library->catalogue, rows, &row, doing, error);
        if (status != STATUS_OK || !row)
            break;
        const struct library_file file = file_of(rows);
        status = each(&file, context, error);
    }
    sqlite3_reset(rows);
    return status;
}

enum status library_files(struct library *library,
                          enum status (*each)(const struct library_file *file, void *context, struct error *error),
                          void *context, struct error *error)
{
    return each_file(library, SQL_FILES, each, context, error);
}

static void bind_row(sqlite3_stmt *statement, int parameter, int64_t row)
{
    if (row > 0)
        sqlite3_bind_int64(statement, parameter, row);
    else
        sqlite3_bind_null(statement, parameter);
}

static void bind_text(sqlite3_stmt *statement, int parameter, const char *text)
{
    if (text && *text)
        sqlite3_bind_text(statement, parameter, text, -1, SQLITE_STATIC);
    else
        sqlite3_bind_null(statement, parameter);
}

static void bind_path(sqlite3_stmt *statement, int parameter, struct text path)
{
    sqlite3_bind_blob64(statement, parameter, path.data ? path.data : "", path.size, SQLITE_STATIC);
}

enum status library_file_write(struct library *library, struct library_file *file, struct error *error)
{
    const enum statement which = file->id > 0 ? SQL_UPDATE : SQL_INSERT;
    sqlite3_stmt *statement = library->statements[which];
    const int64_t integers[4] = {(int64_t)file->kind, file->size, file->modified, file->inode};
    sqlite3_bind_int64(statement, 1, library->folder);
    bind_path(statement, 2, file->path);
    for (int i = 0; i < 4; i++)
        sqlite3_bind_int64(statement, 3 + i, integers[i]);
    sqlite3_bind_int(statement, 7, file->missing);
    sqlite3_bind_text(statement, 8, file->reason ? file->reason : "", -1, SQLITE_STATIC);
    bind_row(statement, 9, file->track);
    bind_row(statement, 10, file->album);
    bind_row(statement, 11, file->playlist);
    bind_row(statement, 12, file->disc);
    bind_row(statement, 13, file->number);
    bind_text(statement, 14, file->date);
    bind_text(statement, 15, file->original_date);
    bind_text(statement, 16, file->genre);
    sqlite3_bind_text(statement, 17, file->picture ? file->picture : "", -1, SQLITE_STATIC);
    sqlite3_bind_int(statement, 18, file->front);
    if (which == SQL_UPDATE)
        sqlite3_bind_int64(statement, 19, file->id);
    enum status status = run(library, which, error);
    if (status == STATUS_OK && which == SQL_INSERT)
        file->id = sqlite3_last_insert_rowid(library->catalogue->db);
    return status;
}

enum status library_file_move(struct library *library, const struct library_file *file, struct error *error)
{
    sqlite3_stmt *statement = library->statements[SQL_MOVE];
    sqlite3_bind_int64(statement, 1, file->id);
    bind_path(statement, 2, file->path);
    sqlite3_bind_int64(statement, 3, file->size);
    sqlite3_bind_int64(statement, 4, file->modified);
    sqlite3_bind_int64(statement, 5, file->inode);
    sqlite3_bind_int(statement, 6, file->missing);
    return run(library, SQL_MOVE, error);
}

enum status library_track_has_file(struct library *library, int64_t track, int64_t album, int64_t besides, bool *has,
                                   struct error *error)
{
    int64_t found;
    sqlite3_bind_int64(library->statements[SQL_HAS_FILE], 1, track);
    sqlite3_bind_int64(library->statements[SQL_HAS_FILE], 2, album);
    sqlite3_bind_int64(library->statements[SQL_HAS_FILE], 3, besides);
    enum status status = integer(library, SQL_HAS_FILE, &found, error);
    *has = found != 0;
    return status;
}

enum status library_track_duration(struct library *library, int64_t track, int64_t *duration_ms, struct error *error)
{
    sqlite3_bind_int64(library->statements[SQL_DURATION], 1, track);
    return integer(library, SQL_DURATION, duration_ms, error);
}

enum status library_album_in(struct library *library, struct text path, struct text title, int64_t *album,
                             struct error *error)
{
    sqlite3_stmt *statement = library->statements[SQL_ALBUM_IN];
    struct buffer end = {0};
    buffer_add(&end, path.data, path.size > 0 ? path.size - 1 : 0);
    buffer_add_byte(&end, path.size > 0 ? '/' + 1 : (char)0xff); /* the first path behind those of the folder */
    if (end.failed) {
        buffer_free(&end);
        return error_no_memory(error);
    }
    sqlite3_bind_int64(statement, 1, library->folder);
    bind_path(statement, 2, path);
    sqlite3_bind_blob64(statement, 3, end.data, end.size, SQLITE_STATIC);
    sqlite3_bind_text64(statement, 4, title.data, title.size, SQLITE_STATIC, SQLITE_UTF8);
    enum status status = integer(library, SQL_ALBUM_IN, album, error);
    sqlite3_bind_null(statement, 3);
    buffer_free(&end);
    return status;
}

/* ------------------------------------------------------------------ ids */

enum status library_id_find(struct library *library, bool albums, const char *id, int64_t *row, struct error *error)
{
    const enum statement which = albums ? SQL_ALBUM_ID : SQL_TRACK_ID;
    sqlite3_bind_text(library->statements[which], 1, id, -1, SQLITE_TRANSIENT);
    return integer(library, which, row, error);
}

enum status library_id_add(struct library *library, bool albums, const char *id, int64_t row, struct error *error)
{
    const enum statement which = albums ? SQL_ADD_ALBUM_ID : SQL_ADD_TRACK_ID;
    sqlite3_bind_text(library->statements[which], 1, id, -1, SQLITE_TRANSIENT);
    sqlite3_bind_int64(library->statements[which], 2, row);
    return run(library, which, error);
}

enum status library_id_other(struct library *library, bool albums, int64_t row, const char *prefix, bool *exists,
                             struct error *error)
{
    const enum statement which = albums ? SQL_ALBUM_HAS_ID : SQL_TRACK_HAS_ID;
    int64_t found;
    sqlite3_bind_int64(library->statements[which], 1, row);
    sqlite3_bind_text(library->statements[which], 2, prefix, -1, SQLITE_TRANSIENT);
    enum status status = integer(library, which, &found, error);
    *exists = found != 0;
    return status;
}

/* ------------------------------------------------------------------ covers */

enum status library_cover_request(struct library *library, int64_t album, struct error *error)
{
    sqlite3_bind_int64(library->statements[SQL_REQUEST], 1, album);
    return run(library, SQL_REQUEST, error);
}

enum status library_covers_pending(struct library *library, int64_t after, int limit, int64_t *albums, int *count,
                                   struct error *error)
{
    sqlite3_stmt *rows = library->statements[SQL_PENDING];
    enum status status = STATUS_OK;
    *count = 0;
    sqlite3_bind_int64(rows, 1, after);
    sqlite3_bind_int(rows, 2, limit);
    sqlite3_bind_int64(rows, 3, library->folder);
    for (bool row = true; status == STATUS_OK && *count < limit;) {
        status = database_step_row(library->catalogue, rows, &row, doing, error);
        if (status != STATUS_OK || !row)
            break;
        albums[(*count)++] = sqlite3_column_int64(rows, 0);
    }
    sqlite3_reset(rows);
    return status;
}

enum status library_album_files(struct library *library, int64_t album,
                                enum status (*each)(const struct library_file *file, void *context,
                                                    struct error *error),
                                void *context, struct error *error)
{
    sqlite3_bind_int64(library->statements[SQL_ALBUM_FILES], 2, album);
    return each_file(library, SQL_ALBUM_FILES, each, context, error);
}

enum status library_cover_stored(struct library *library, int64_t album, char hash[33], struct error *error)
{
    sqlite3_stmt *statement = library->statements[SQL_STORED];
    bool row;
    sqlite3_bind_int64(statement, 1, album);
    enum status status = database_step_row(library->catalogue, statement, &row, doing, error);
    snprintf(hash, 33, "%s", status == STATUS_OK && row ? database_column_text(statement, 0) : "");
    sqlite3_reset(statement);
    return status;
}

enum status library_cover_write(struct library *library, int64_t album, const char *hash, struct error *error)
{
    sqlite3_bind_int64(library->statements[SQL_COVER], 1, album);
    sqlite3_bind_text(library->statements[SQL_COVER], 2, hash, -1, SQLITE_TRANSIENT);
    return run(library, SQL_COVER, error);
}
