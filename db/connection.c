#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/database_near.h"
#include "core/file.h"
#include "core/interrupt.h"
#include "db/database.h"

enum {
    BUSY_MS = 10000,
    BUSY_STEP_MS = 20,
    PROGRESS_STEPS = 5000, /* SQLite's instructions between two checks for a stop: some 0.1 ms */
};

/* After an interrupt, statements may still store results; one that runs longer is stopped. */
static const double interrupt_grace_seconds = 1.0;

/* Limits on what an untrusted catalogue may make SQLite do. Each is far above what the program's own statements need.
 */
static const struct {
    int limit, value;
} limits[] = {
    {SQLITE_LIMIT_LENGTH, DATABASE_VALUE_MAX},
    {SQLITE_LIMIT_SQL_LENGTH, 1000000},
    {SQLITE_LIMIT_COLUMN, 100},
    {SQLITE_LIMIT_EXPR_DEPTH, 100},
    {SQLITE_LIMIT_COMPOUND_SELECT, 20},
    {SQLITE_LIMIT_VDBE_OP, 100000},
    {SQLITE_LIMIT_FUNCTION_ARG, 32},
    {SQLITE_LIMIT_ATTACHED, 0},
    {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000},
    {SQLITE_LIMIT_TRIGGER_DEPTH, 8},
    {SQLITE_LIMIT_WORKER_THREADS, 0},
};

static bool is_cancelled(const struct catalogue *catalogue)
{
    return catalogue->stop && atomic_load_explicit(&catalogue->stop->cancelled, memory_order_relaxed);
}

static int on_progress(void *context)
{
    return is_cancelled(context) || interrupt_age() > interrupt_grace_seconds;
}

static int on_busy(void *context, int n_calls)
{
    struct catalogue *catalogue = context;
    double now = clock_seconds();
    if (n_calls == 0)
        catalogue->busy_since = now;
    int patience = catalogue->stop ? atomic_load(&catalogue->stop->lock_timeout_ms) : 0;
    catalogue->gave_up = is_cancelled(catalogue) || interrupt_requested();
    if (catalogue->gave_up || now - catalogue->busy_since >= 1e-3 * (patience > 0 ? patience : BUSY_MS))
        return 0;
    long wait = n_calls < 4 ? 1L << n_calls : BUSY_STEP_MS;
    nanosleep(&(struct timespec){.tv_nsec = wait * 1000000L}, NULL);
    return 1;
}

void catalogue_stop_by(struct catalogue *catalogue, const struct catalogue_stop *stop)
{
    catalogue->stop = stop;
}

/* A name is always the name of a file, never ":memory:" or "file:..." with parameters. */
static void add_file_name(struct buffer *name, const char *path)
{
    if (path[0] != '/')
        buffer_add_text(name, "./");
    buffer_add_text(name, path);
}

static enum status open_at(struct catalogue *catalogue, const char *name, int flags, struct error *error)
{
    catalogue->db = NULL;
    int result = sqlite3_open_v2(name, &catalogue->db, flags | SQLITE_OPEN_NOMUTEX, NULL);
    if (!catalogue->db)
        return error_no_memory(error);
    if (result != SQLITE_OK)
        return database_failed(catalogue, "open the catalogue", error);
    sqlite3 *db = catalogue->db;
    sqlite3_extended_result_codes(db, 0);
    sqlite3_busy_handler(db, on_busy, catalogue);
    sqlite3_progress_handler(db, PROGRESS_STEPS, on_progress, catalogue);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++)
        sqlite3_limit(db, limits[i].limit, limits[i].value);
    return STATUS_OK;
}

/* The WAL is next to the file, symbolic links followed. */
static bool has_unfinished_wal(const struct catalogue *catalogue)
{
    struct buffer wal = {0};
    struct stat metadata;
    char *real = realpath(catalogue->path, NULL);
    buffer_printf(&wal, "%s-wal", real ? real : catalogue->path);
    free(real);
    bool unfinished = wal.failed || (stat(wal.data, &metadata) == 0 && metadata.st_size > 0);
    buffer_free(&wal);
    return unfinished;
}

/* Moves the WAL into the catalogue, in exclusive mode: the WAL's index is then in memory and needs no disk space. */
static void finish_wal(struct catalogue *catalogue)
{
    struct buffer name = {0};
    sqlite3 *db = NULL;
    add_file_name(&name, catalogue->path);
    if (!name.failed && sqlite3_open_v2(name.data, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK)
        sqlite3_exec(db, "PRAGMA locking_mode = EXCLUSIVE; PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL);
    sqlite3_close(db); /* after a failure the WAL is still there */
    buffer_free(&name);
}

enum status database_open_immutable(struct catalogue *catalogue, struct error *error)
{
    sqlite3_close(catalogue->db);
    catalogue->db = NULL;
    if (catalogue->disk_full && has_unfinished_wal(catalogue))
        finish_wal(catalogue);
    if (has_unfinished_wal(catalogue))
        return error_set(error, STATUS_FAILED, "%s was not closed properly and %s; %s", catalogue->path,
                         catalogue->disk_full ? "its disk is full" : "its folder may not be written",
                         catalogue->disk_full ? "free some space and try again"
                                              : "open it once where it may be written, then copy it");
    struct buffer uri = {0};
    buffer_add_text(&uri, catalogue->path[0] == '/' ? "file://" : "file:./");
    for (const char *next = catalogue->path; *next; next++) {
        if (strchr("?#%", *next))
            buffer_printf(&uri, "%%%02x", (unsigned)*next);
        else
            buffer_add_byte(&uri, *next);
    }
    buffer_add_text(&uri, "?immutable=1");
    enum status status = uri.failed ? error_no_memory(error)
                                    : open_at(catalogue, uri.data, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, error);
    buffer_free(&uri);
    return status;
}

enum status database_copy_to_memory(struct catalogue *catalogue, struct error *error)
{
    sqlite3 *file = catalogue->db;
    enum status status = open_at(catalogue, ":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY, error);
    sqlite3_backup *copy = status == STATUS_OK ? sqlite3_backup_init(catalogue->db, "main", file, "main") : NULL;
    if (copy)
        sqlite3_backup_step(copy, -1);
    if (status == STATUS_OK && (!copy || sqlite3_backup_finish(copy) != SQLITE_OK))
        status = database_failed(catalogue, "copy the catalogue to memory", error);
    sqlite3_close(file);
    if (status == STATUS_OK)
        status = database_migrate(catalogue, NULL, error);
    /* Writes to the copy would be lost. */
    return status == STATUS_OK ? database_run(catalogue, "PRAGMA query_only = ON", error) : status;
}

/* Whether `path` may be opened as a file: opening a pipe or a device could block. */
static enum status check_kind(const char *path, bool links, bool *there, struct error *error)
{
    struct stat metadata;
    *there = (links ? stat(path, &metadata) : lstat(path, &metadata)) == 0;
    if (!*there)
        return errno == ENOENT ? STATUS_OK
                               : error_set(error, STATUS_FAILED, "%s: cannot be opened: %s", path, strerror(errno));
    if (S_ISREG(metadata.st_mode))
        return STATUS_OK;
    return error_set(error, STATUS_BAD_DATA, "%s: %s, not a regular file; it was left as it is", path,
                     S_ISDIR(metadata.st_mode)    ? "a folder"
                     : S_ISFIFO(metadata.st_mode) ? "a pipe"
                     : S_ISLNK(metadata.st_mode)  ? "a symbolic link"
                                                  : "a device or socket");
}

/* The files that SQLite keeps next to the catalogue, symbolic links followed. */
static enum status check_siblings(struct catalogue *catalogue, struct error *error)
{
    static const char *const suffixes[] = {"-wal", "-shm", "-journal"};
    const char *path = sqlite3_db_filename(catalogue->db, "main");
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && path && i < sizeof suffixes / sizeof suffixes[0]; i++) {
        struct buffer name = {0};
        bool there;
        buffer_printf(&name, "%s%s", path, suffixes[i]);
        status = name.failed ? error_no_memory(error) : check_kind(name.data, false, &there, error);
        buffer_free(&name);
    }
    return status;
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

/* NAME and NAME.db would share a folder for models, and each would remove the other's as leftovers. */
static enum status check_twin(const char *path, struct error *error)
{
    struct buffer twin = {0};
    size_t size = strlen(path);
    bool plain = size <= 3 || strcmp(path + size - 3, ".db") != 0;
    buffer_add(&twin, path, plain ? size : size - 3);
    if (plain)
        buffer_add_text(&twin, ".db");
    enum status status = STATUS_OK;
    if (twin.failed)
        status = error_no_memory(error);
    else if (database_at(twin.data))
        status = error_set(error, STATUS_USAGE,
                           "%s was not created, because it and the catalogue %s would share the folder %.*s.data; use "
                           "that one, or choose another name",
                           path, twin.data, (int)(plain ? size : size - 3), path);
    buffer_free(&twin);
    return status;
}

/* SQLite gives its -wal and -shm the permissions of the catalogue: 0600 where it is made here. */
static enum status make_file(const char *path, struct error *error)
{
    enum status status = check_twin(path, error);
    if (status == STATUS_OK)
        status = make_folder(path, error);
    if (status != STATUS_OK)
        return status;
    int descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return errno == EEXIST ? STATUS_OK
                               : error_set(error, STATUS_FAILED, "%s: cannot be created: %s", path, strerror(errno));
    close(descriptor);
    return STATUS_OK;
}

enum status database_open_file(struct catalogue *catalogue, struct error *error)
{
    const char *path = catalogue->path;
    bool there;
    if (!*path)
        return error_set(error, STATUS_USAGE, "the catalogue's name is empty; name a file");
    enum status status = check_kind(path, true, &there, error);
    if (status == STATUS_OK && !there && catalogue->mode != CATALOGUE_CREATE)
        return error_set(error, STATUS_FAILED,
                         "there is no catalogue %s; 'sleeve demo' makes one to try, 'sleeve import' one of your own",
                         path);
    if (status == STATUS_OK && !there)
        status = make_file(path, error);
    struct buffer name = {0};
    add_file_name(&name, path);
    if (status == STATUS_OK)
        status = name.failed
                     ? error_no_memory(error)
                     : open_at(catalogue, name.data,
                               catalogue->mode == CATALOGUE_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE, error);
    buffer_free(&name);
    return status == STATUS_OK ? check_siblings(catalogue, error) : status;
}
