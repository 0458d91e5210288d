#include "db/summary.h"

#include <stdlib.h>
#include <string.h>

#include "db/database.h"

/* The size of the catalogue in bytes, an upper bound on its number of rows. */
static enum status read_size(struct catalogue *catalogue, int64_t *bytes, struct error *error)
{
    int64_t pages, page_size = 0;
    enum status status = database_integer(catalogue, "PRAGMA page_count", NULL, &pages, error);
    if (status == STATUS_OK)
        status = database_integer(catalogue, "PRAGMA page_size", NULL, &page_size, error);
    *bytes = status == STATUS_OK ? pages * page_size : 0; /* fewer than 2^32 pages of at most 2^16 bytes */
    return status;
}

enum { ROW_BYTES_MIN = 8, ENTRY_BYTES = 4 }; /* a row of any table; an entry of a playlist */

enum status database_highest(struct catalogue *catalogue, const char *sql, int64_t *highest, struct error *error)
{
    int64_t bytes = 0;
    enum status status = database_integer(catalogue, sql, NULL, highest, error);
    if (status == STATUS_OK)
        status = read_size(catalogue, &bytes, error);
    if (status == STATUS_OK && (*highest < 0 || *highest > bytes / ROW_BYTES_MIN || *highest >= INT32_MAX))
        status = error_set(error, STATUS_BAD_DATA,
                           "%s is damaged: a row is numbered %lld, and there are fewer; restore a backup, or import "
                           "into a new catalogue",
                           catalogue->path, (long long)*highest);
    return status;
}

static bool are_plausible(const struct catalogue_counts *counts, int64_t bytes)
{
    const int64_t rows[] = {counts->artists,   counts->albums,        counts->tracks,
                            counts->playlists, counts->own_playlists, counts->covers};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i] < 0 || rows[i] > bytes / ROW_BYTES_MIN || rows[i] >= INT32_MAX)
            return false;
    return counts->entries >= 0 && counts->entries <= bytes / ENTRY_BYTES && counts->repeats >= 0 &&
           counts->repeats <= counts->entries;
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
    int64_t bytes = 0;
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
    if (status == STATUS_OK)
        status = read_size(catalogue, &bytes, error);
    if (status == STATUS_OK && (!row || !are_plausible(counts, bytes)))
        status = error_set(error, STATUS_BAD_DATA,
                           "%s is damaged: its totals %s; restore a backup, or import into a new catalogue",
                           catalogue->path, row ? "cannot be those of its contents" : "are missing");
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

const char *catalogue_sqlite_version(void)
{
    return sqlite3_libversion();
}
