#include "db/catalogue.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/file.h"
#include "db/database.h"

enum { BUSY_MILLISECONDS = 10000 };

static enum status open_at(struct catalogue *catalogue, const char *name, int flags, struct error *error)
{
    int result = sqlite3_open_v2(name, &catalogue->db, flags | SQLITE_OPEN_NOMUTEX, NULL);
    if (!catalogue->db)
        return error_no_memory(error);
    if (result != SQLITE_OK)
        return database_failed(catalogue, "open the catalogue", error);
    sqlite3_extended_result_codes(catalogue->db, 0);
    sqlite3_busy_timeout(catalogue->db, BUSY_MILLISECONDS);
    sqlite3_db_config(catalogue->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(catalogue->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    return STATUS_OK;
}

/* A folder that cannot be written has no place for WAL's shared memory: then the file is opened as one that nobody
 * changes, which is true as long as no WAL with unfinished changes lies beside it. */
static enum status open_immutable(struct catalogue *catalogue, struct error *error)
{
    struct buffer wal = {0};
    buffer_printf(&wal, "%s-wal", catalogue->path);
    struct stat facts;
    bool unfinished = !wal.failed && stat(wal.data, &facts) == 0 && facts.st_size > 0;
    buffer_free(&wal);
    if (unfinished)
        return error_set(error, STATUS_FAILED,
                         "%s was not closed properly and its folder may not be written; open it once where it may be "
                         "written, then copy it",
                         catalogue->path);
    struct buffer uri = {0};
    buffer_add_text(&uri, "file:");
    for (const char *next = catalogue->path; *next; next++) {
        if (strchr("?#%", *next))
            buffer_printf(&uri, "%%%02x", (unsigned)*next);
        else
            buffer_add_byte(&uri, *next);
    }
    buffer_add_text(&uri, "?immutable=1");
    sqlite3_close(catalogue->db);
    catalogue->db = NULL;
    enum status status = uri.failed ? error_no_memory(error)
                                    : open_at(catalogue, uri.data, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, error);
    buffer_free(&uri);
    return status;
}

static enum status identify(struct catalogue *catalogue, int64_t *application, int64_t *version, int64_t *tables,
                            struct error *error)
{
    enum status status = database_integer(catalogue, "SELECT count(*) FROM sqlite_schema", NULL, tables, error);
    if (status != STATUS_OK && catalogue->mode == CATALOGUE_READ &&
        (sqlite3_errcode(catalogue->db) == SQLITE_CANTOPEN || sqlite3_errcode(catalogue->db) == SQLITE_READONLY)) {
        status = open_immutable(catalogue, error);
        if (status == STATUS_OK)
            status = database_integer(catalogue, "SELECT count(*) FROM sqlite_schema", NULL, tables, error);
    }
    if (status != STATUS_OK && sqlite3_errcode(catalogue->db) == SQLITE_NOTADB)
        return error_set(error, STATUS_BAD_DATA,
                         "%s is not a sleeve catalogue; give another file with --catalogue, or import into a new one",
                         catalogue->path);
    if (status == STATUS_OK)
        status = database_integer(catalogue, "PRAGMA application_id", NULL, application, error);
    if (status == STATUS_OK)
        status = database_integer(catalogue, "PRAGMA user_version", NULL, version, error);
    return status;
}

static enum status accept(struct catalogue *catalogue, struct error *error)
{
    int64_t application = 0, version = 0, tables = 0;
    enum status status = identify(catalogue, &application, &version, &tables, error);
    if (status != STATUS_OK)
        return status;
    bool fresh = application == 0 && version == 0 && tables == 0 && catalogue->mode == CATALOGUE_CREATE;
    if (application != CATALOGUE_APPLICATION_ID && !fresh)
        return error_set(error, STATUS_BAD_DATA,
                         "%s is a database of another program, not a sleeve catalogue; it was left as it is",
                         catalogue->path);
    int newest = database_version(NULL);
    if (version > newest)
        return error_set(
            error, STATUS_FAILED,
            "%s is of version %lld and this sleeve knows versions up to %d; use the newer sleeve that made it",
            catalogue->path, (long long)version, newest);
    if (version == newest)
        return STATUS_OK;
    if (catalogue->mode == CATALOGUE_READ)
        return error_set(error, STATUS_FAILED,
                         "%s was made by an older sleeve (version %lld, now %d); a command that writes to it, such as "
                         "'sleeve import', brings it up to date",
                         catalogue->path, (long long)version, newest);
    if (fresh)
        status = database_run(catalogue, "PRAGMA journal_mode = WAL", error);
    return status == STATUS_OK ? database_migrate(catalogue, NULL, error) : status;
}

static enum status make_folder(const char *path, struct error *error)
{
    const char *slash = strrchr(path, '/');
    if (!slash || slash == path)
        return STATUS_OK;
    struct buffer folder = {0};
    buffer_add(&folder, path, (size_t)(slash - path));
    enum status status = folder.failed ? error_no_memory(error) : folder_make(folder.data, error);
    buffer_free(&folder);
    return status;
}

static enum status open_connection(struct catalogue *catalogue, struct error *error)
{
    const char *path = catalogue->path;
    enum catalogue_mode mode = catalogue->mode;
    if (mode != CATALOGUE_CREATE && !file_exists(path))
        return error_set(error, STATUS_FAILED,
                         "there is no catalogue %s; 'sleeve demo' makes one to try, 'sleeve import' one of your own",
                         path);
    enum status status = STATUS_OK;
    if (mode == CATALOGUE_CREATE)
        status = make_folder(path, error);
    if (status == STATUS_OK)
        status = open_at(catalogue, path,
                         mode == CATALOGUE_READ     ? SQLITE_OPEN_READONLY
                         : mode == CATALOGUE_CREATE ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                                    : SQLITE_OPEN_READWRITE,
                         error);
    if (status == STATUS_OK)
        status = accept(catalogue, error);
    /* FULL: a commit is on the disk when it returns, power cut or not. */
    if (status == STATUS_OK)
        status = database_run(catalogue,
                              "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL;"
                              "PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY",
                              error);
    return status;
}

enum status catalogue_open(const char *path, enum catalogue_mode mode, struct catalogue **out, struct error *error)
{
    *out = NULL;
    struct catalogue *catalogue = calloc(1, sizeof *catalogue);
    if (!catalogue)
        return error_no_memory(error);
    catalogue->mode = mode;
    catalogue->path = strdup(path);
    enum status status = catalogue->path ? open_connection(catalogue, error) : error_no_memory(error);
    if (status != STATUS_OK) {
        catalogue_close(catalogue);
        return status;
    }
    *out = catalogue;
    return STATUS_OK;
}

void catalogue_close(struct catalogue *catalogue)
{
    if (!catalogue)
        return;
    sqlite3_close(catalogue->db);
    free(catalogue->path);
    free(catalogue);
}

const char *catalogue_path(const struct catalogue *catalogue)
{
    return catalogue->path;
}

void catalogue_sidecar(const struct catalogue *catalogue, const char *relative, struct buffer *out)
{
    size_t size = strlen(catalogue->path);
    if (size > 3 && strcmp(catalogue->path + size - 3, ".db") == 0)
        size -= 3;
    buffer_add(out, catalogue->path, size);
    buffer_printf(out, ".data/%s", relative);
}

enum status catalogue_count(struct catalogue *catalogue, struct catalogue_counts *counts, struct error *error)
{
    *counts = (struct catalogue_counts){0};
    sqlite3_stmt *statement;
    /* Numbers have no holes, so the largest one is the count. */
    enum status status = database_prepare(
        catalogue,
        "SELECT coalesce((SELECT max(id) FROM artists), 0), coalesce((SELECT max(id) FROM albums), 0),"
        " coalesce((SELECT max(id) FROM tracks), 0), n_playlists, n_entries, n_repeats,"
        " (SELECT count(*) FROM playlists WHERE own = 1), (SELECT count(*) FROM covers WHERE reason = '')"
        " FROM state",
        &statement, error);
    if (status != STATUS_OK)
        return status;
    bool row;
    status = database_step_row(catalogue, statement, &row, "count what is there", error);
    if (row)
        *counts = (struct catalogue_counts){
            .artists = sqlite3_column_int64(statement, 0),
            .albums = sqlite3_column_int64(statement, 1),
            .tracks = sqlite3_column_int64(statement, 2),
            .playlists = sqlite3_column_int64(statement, 3),
            .entries = sqlite3_column_int64(statement, 4),
            .repeats = sqlite3_column_int64(statement, 5),
            .own_playlists = sqlite3_column_int64(statement, 6),
            .covers = sqlite3_column_int64(statement, 7),
        };
    sqlite3_finalize(statement);
    return status;
}

enum status catalogue_setting_read(struct catalogue *catalogue, const char *name, char **value, struct error *error)
{
    return database_text(catalogue, "SELECT value FROM settings WHERE name = ?", name, value, error);
}

enum status catalogue_setting_write(struct catalogue *catalogue, const char *name, const char *value,
                                    struct error *error)
{
    sqlite3_stmt *statement;
    enum status status =
        database_prepare(catalogue, "INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)", &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, value, -1, SQLITE_STATIC);
    status = database_step_done(catalogue, statement, "store a setting", error);
    sqlite3_finalize(statement);
    return status;
}
