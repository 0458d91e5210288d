#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "db/database.h"

/* In a folder that cannot be written, or on a full disk, the shared memory of the WAL cannot be made: then the file is
 * opened as immutable, which is correct as long as there is no WAL with unfinished changes next to it. */
static bool lacks_shared_memory(const struct catalogue *catalogue)
{
    int code = sqlite3_errcode(catalogue->db);
    if (catalogue->mode == CATALOGUE_READ && (code == SQLITE_CANTOPEN || code == SQLITE_READONLY))
        return true;
    int number = code == SQLITE_IOERR ? sqlite3_system_errno(catalogue->db) : 0;
    return code == SQLITE_FULL || number == ENOSPC || number == EDQUOT || number == EFBIG;
}

struct identity {
    int64_t application, version, tables;
};

static enum status identify(struct catalogue *catalogue, struct identity *identity, struct error *error)
{
    static const char count_tables[] = "SELECT count(*) FROM sqlite_schema";
    enum status status = database_integer(catalogue, count_tables, NULL, &identity->tables, error);
    if (status != STATUS_OK && lacks_shared_memory(catalogue)) {
        catalogue->disk_full =
            sqlite3_errcode(catalogue->db) != SQLITE_CANTOPEN && sqlite3_errcode(catalogue->db) != SQLITE_READONLY;
        status = database_open_immutable(catalogue, error);
        if (status == STATUS_OK)
            status = database_integer(catalogue, count_tables, NULL, &identity->tables, error);
    }
    if (status != STATUS_OK && sqlite3_errcode(catalogue->db) == SQLITE_NOTADB)
        return error_set(error, STATUS_BAD_DATA,
                         "%s is not a sleeve catalogue; give another file with --catalogue, or import into a new one",
                         catalogue->path);
    if (status == STATUS_OK)
        status = database_integer(catalogue, "PRAGMA application_id", NULL, &identity->application, error);
    if (status == STATUS_OK)
        status = database_integer(catalogue, "PRAGMA user_version", NULL, &identity->version, error);
    return status;
}

/* A file without tables: empty, or interrupted before its tables were made. */
static enum status fill(struct catalogue *catalogue, struct error *error)
{
    if (catalogue->mode != CATALOGUE_CREATE)
        return error_set(
            error, STATUS_BAD_DATA,
            "%s is empty: its creation was interrupted, or nothing was imported yet; 'sleeve import' fills it",
            catalogue->path);
    enum status status = database_run(catalogue, "PRAGMA journal_mode = WAL", error);
    return status == STATUS_OK ? database_migrate(catalogue, NULL, error) : status;
}

static enum status bring_up_to_date(struct catalogue *catalogue, struct error *error)
{
    if (catalogue->mode != CATALOGUE_READ)
        return database_migrate(catalogue, NULL, error);
    struct catalogue *writer;
    enum status status = catalogue_open(catalogue->path, CATALOGUE_WRITE, &writer, error);
    if (status == STATUS_OK)
        catalogue_close(writer);
    else if (status == STATUS_FAILED) /* it is read-only, or the disk is full */
        status = database_copy_to_memory(catalogue, error);
    return status;
}

/* A catalogue of this sleeve or of an earlier one, with exactly the tables of its version. */
static enum status check_identity(struct catalogue *catalogue, const struct identity *identity, struct error *error)
{
    int newest = database_version(NULL);
    if (identity->application != CATALOGUE_APPLICATION_ID)
        return error_set(error, STATUS_BAD_DATA,
                         "%s is a database of another program, not a sleeve catalogue; it was left as it is",
                         catalogue->path);
    if (identity->version > newest)
        return error_set(
            error, STATUS_FAILED,
            "%s is of version %lld and this sleeve knows versions up to %d; use the newer sleeve that made it",
            catalogue->path, (long long)identity->version, newest);
    if (identity->version <= 0)
        return error_set(
            error, STATUS_BAD_DATA,
            "%s is damaged: it has tables, but its version is %lld; restore a backup, or import into a new catalogue",
            catalogue->path, (long long)identity->version);
    return database_check_schema(catalogue, (int)identity->version, error);
}

/* The version and the tables are read in one transaction, because another program may be migrating the file. */
static enum status look(struct catalogue *catalogue, struct identity *identity, bool *empty, struct error *error)
{
    enum status status = database_run(catalogue, "BEGIN", error);
    if (status == STATUS_OK)
        status = identify(catalogue, identity, error);
    *empty = identity->tables == 0 && identity->version == 0 &&
             (identity->application == CATALOGUE_APPLICATION_ID || identity->application == 0);
    if (status == STATUS_OK && !*empty)
        status = check_identity(catalogue, identity, error);
    if (catalogue->db)
        catalogue_rollback(catalogue);
    return status;
}

static enum status accept(struct catalogue *catalogue, struct error *error)
{
    struct identity identity = {0};
    bool empty = false;
    enum status status = look(catalogue, &identity, &empty, error);
    if (status == STATUS_OK && empty)
        return fill(catalogue, error);
    if (status == STATUS_OK && identity.version < database_version(NULL))
        status = bring_up_to_date(catalogue, error);
    return status;
}

static enum status open_connection(struct catalogue *catalogue, struct error *error)
{
    enum status status = database_open_file(catalogue, error);
    /* Damaged pages must not mislead SQLite, and a file that is cut while it is mapped would end the program. */
    if (status == STATUS_OK)
        status = database_run(catalogue, "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0", error);
    if (status == STATUS_OK)
        status = accept(catalogue, error);
    /* FULL: a commit survives a power cut once it has returned. */
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

void catalogue_release_memory(struct catalogue *catalogue)
{
    sqlite3_db_release_memory(catalogue->db);
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
