#include "db/database.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static enum status disk_full(const struct catalogue *catalogue, const char *doing, struct error *error)
{
    return error_set(error, STATUS_FAILED,
                     "could not %s: the disk that holds %s is full; the change was rolled back; free some space and "
                     "run the command again",
                     doing, catalogue->path);
}

enum status database_failed(struct catalogue *catalogue, const char *doing, struct error *error)
{
    sqlite3 *db = catalogue->db;
    const char *path = catalogue->path;
    switch (sqlite3_errcode(db)) {
    case SQLITE_NOMEM:
        return error_no_memory(error);
    case SQLITE_INTERRUPT:
        return error_set(error, STATUS_INTERRUPTED, "stopped: could not %s", doing);
    case SQLITE_TOOBIG:
        return error_set(error, STATUS_BAD_DATA, "could not %s: a value in %s is larger than the %d MB allowed", doing,
                         path, DATABASE_VALUE_MAX >> 20);
    case SQLITE_FULL:
        return disk_full(catalogue, doing, error);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        if (catalogue->gave_up)
            return error_set(error, STATUS_INTERRUPTED,
                             "stopped: could not %s, because another program is writing to %s", doing, path);
        return error_set(error, STATUS_FAILED,
                         "could not %s: another program is writing to %s; wait until it is done and try again", doing,
                         path);
    case SQLITE_READONLY:
        if (catalogue->disk_full)
            return disk_full(catalogue, doing, error);
        return error_set(error, STATUS_FAILED,
                         "could not %s: %s can only be read; check the permissions of the file and its folder", doing,
                         path);
    case SQLITE_IOERR:
        return error_set(error, STATUS_FAILED,
                         "could not %s: reading or writing %s failed (%s); check the disk and its free space", doing,
                         path, sqlite3_system_errno(db) ? strerror(sqlite3_system_errno(db)) : sqlite3_errmsg(db));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return error_set(
            error, STATUS_BAD_DATA,
            "could not %s: %s is damaged (%s); run 'sleeve doctor' for details; restoring a backup is safest", doing,
            path, sqlite3_errmsg(db));
    case SQLITE_CANTOPEN:
        return error_set(error, STATUS_FAILED,
                         "could not %s: %s cannot be opened; check that it is there and may be read", doing, path);
    default:
        return error_set(error, STATUS_FAILED, "could not %s in %s: %s", doing, path, sqlite3_errmsg(db));
    }
}

enum status database_prepare(struct catalogue *catalogue, const char *sql, sqlite3_stmt **statement,
                             struct error *error)
{
    *statement = NULL;
    if (sqlite3_prepare_v2(catalogue->db, sql, -1, statement, NULL) != SQLITE_OK)
        return database_failed(catalogue, "query the catalogue", error);
    return STATUS_OK;
}

enum status database_run(struct catalogue *catalogue, const char *sql, struct error *error)
{
    if (sqlite3_exec(catalogue->db, sql, NULL, NULL, NULL) != SQLITE_OK)
        return database_failed(catalogue, "change the catalogue", error);
    return STATUS_OK;
}

enum status database_step_done(struct catalogue *catalogue, sqlite3_stmt *statement, const char *doing,
                               struct error *error)
{
    enum status status = STATUS_OK;
    if (sqlite3_step(statement) != SQLITE_DONE)
        status = database_failed(catalogue, doing, error);
    sqlite3_reset(statement);
    return status;
}

enum status database_step_row(struct catalogue *catalogue, sqlite3_stmt *statement, bool *row, const char *doing,
                              struct error *error)
{
    int result = sqlite3_step(statement);
    *row = result == SQLITE_ROW;
    if (result != SQLITE_ROW && result != SQLITE_DONE)
        return database_failed(catalogue, doing, error);
    return STATUS_OK;
}

enum status database_integer(struct catalogue *catalogue, const char *sql, const char *text, int64_t *value,
                             struct error *error)
{
    *value = 0;
    sqlite3_stmt *statement;
    enum status status = database_prepare(catalogue, sql, &statement, error);
    if (status != STATUS_OK)
        return status;
    if (text)
        sqlite3_bind_text(statement, 1, text, -1, SQLITE_STATIC);
    bool row;
    status = database_step_row(catalogue, statement, &row, "read the catalogue", error);
    if (row)
        *value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return status;
}

enum status database_text(struct catalogue *catalogue, const char *sql, const char *text, char **value,
                          struct error *error)
{
    *value = NULL;
    sqlite3_stmt *statement;
    enum status status = database_prepare(catalogue, sql, &statement, error);
    if (status != STATUS_OK)
        return status;
    if (text)
        sqlite3_bind_text(statement, 1, text, -1, SQLITE_STATIC);
    bool row;
    status = database_step_row(catalogue, statement, &row, "read the catalogue", error);
    if (row && sqlite3_column_type(statement, 0) != SQLITE_NULL) {
        *value = strdup(database_column_text(statement, 0));
        if (!*value)
            status = error_no_memory(error);
    }
    sqlite3_finalize(statement);
    return status;
}

const char *database_column_text(sqlite3_stmt *statement, int column)
{
    const unsigned char *text = sqlite3_column_text(statement, column);
    return text ? (const char *)text : "";
}

int32_t database_year(const char *date)
{
    long year = strtol(date, NULL, 10);
    return year > 0 && year <= 9999 ? (int32_t)year : 0;
}

enum status database_check_place(struct catalogue *catalogue, struct error *error)
{
    int moved = 0;
    if (sqlite3_file_control(catalogue->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && moved)
        return error_set(
            error, STATUS_FAILED,
            "%s was deleted or moved while it was open; what is written now would be lost: put it back, or "
            "open the catalogue again",
            catalogue->path);
    return STATUS_OK;
}

enum status database_reading_begin(struct catalogue *catalogue, bool *owned, struct error *error)
{
    *owned = sqlite3_get_autocommit(catalogue->db) != 0;
    return *owned ? database_run(catalogue, "BEGIN", error) : STATUS_OK;
}

void database_reading_end(struct catalogue *catalogue, bool owned)
{
    if (owned)
        catalogue_rollback(catalogue);
}

enum status catalogue_begin(struct catalogue *catalogue, struct error *error)
{
    enum status status = database_check_place(catalogue, error);
    if (status != STATUS_OK)
        return status;
    if (sqlite3_exec(catalogue->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
        return database_failed(catalogue, "begin a change", error);
    return STATUS_OK;
}

enum status catalogue_commit(struct catalogue *catalogue, struct error *error)
{
    if (sqlite3_exec(catalogue->db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK)
        return STATUS_OK;
    enum status status = database_failed(catalogue, "store the change", error);
    catalogue_rollback(catalogue);
    return status;
}

void catalogue_rollback(struct catalogue *catalogue)
{
    /* After some failures SQLite has already rolled the transaction back. */
    if (!sqlite3_get_autocommit(catalogue->db))
        sqlite3_exec(catalogue->db, "ROLLBACK", NULL, NULL, NULL);
}

enum status database_unit_begin(struct catalogue *catalogue, bool *owned, struct error *error)
{
    *owned = sqlite3_get_autocommit(catalogue->db) != 0;
    return *owned ? catalogue_begin(catalogue, error) : STATUS_OK;
}

enum status database_unit_end(struct catalogue *catalogue, bool owned, enum status status, struct error *error)
{
    if (!owned)
        return status;
    if (status == STATUS_OK)
        return catalogue_commit(catalogue, error);
    catalogue_rollback(catalogue);
    return status;
}

enum status database_change(struct catalogue *catalogue, const char *sql, const char *name, int64_t id,
                            const char *text, const char *doing, struct error *error)
{
    sqlite3_stmt *statement;
    enum status status = database_check_place(catalogue, error);
    if (status == STATUS_OK)
        status = database_prepare(catalogue, sql, &statement, error);
    if (status != STATUS_OK)
        return status;
    if (name)
        sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
    else
        sqlite3_bind_int64(statement, 1, id);
    if (text)
        sqlite3_bind_text(statement, 2, text, -1, SQLITE_STATIC);
    status = database_step_done(catalogue, statement, doing, error);
    sqlite3_finalize(statement);
    return status;
}
