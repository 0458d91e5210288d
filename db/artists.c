#include "db/artists.h"

#include "db/database.h"

/* The artists that a statement finds by `name`: *id is the first of them, `keys` has the keys of all. */
static enum status find_named(struct catalogue *catalogue, const char *sql, const char *name, int64_t *id, int *count,
                              struct buffer *keys, struct error *error)
{
    enum { NAMED_MAX = 5 };
    sqlite3_stmt *statement;
    bool row = true;
    enum status status = database_prepare(catalogue, sql, &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
    while (status == STATUS_OK && row) {
        status = database_step_row(catalogue, statement, &row, "find the artist", error);
        if (status != STATUS_OK || !row)
            break;
        if (*count == 0)
            *id = sqlite3_column_int64(statement, 0);
        if (*count < NAMED_MAX)
            buffer_printf(keys, "%s%s", *count > 0 ? ", " : "", database_column_text(statement, 1));
        ++*count;
    }
    sqlite3_finalize(statement);
    return status == STATUS_OK && keys->failed ? error_no_memory(error) : status;
}

enum status catalogue_artist_find(struct catalogue *catalogue, const char *key, int64_t *id, struct error *error)
{
    static const char *const ways[] = {"SELECT id, key FROM artists WHERE key = ?",
                                       "SELECT id, key FROM artists WHERE name = ?",
                                       "SELECT id, key FROM artists WHERE name = ? COLLATE NOCASE"};
    struct buffer keys = {0};
    int count = 0;
    enum status status = STATUS_OK;
    *id = 0;
    for (size_t way = 0; status == STATUS_OK && count == 0 && way < sizeof ways / sizeof ways[0]; way++)
        status = find_named(catalogue, ways[way], key, id, &count, &keys, error);
    if (status == STATUS_OK && count > 1)
        status = error_set(error, STATUS_BAD_DATA,
                           "more than one artist has the name \"%.200s\"; give the key of one: %s", key, keys.data);
    buffer_free(&keys);
    return status;
}
