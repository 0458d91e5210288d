#include "db/ingest/internal.h"

static void load_nothing(struct ingest *ingest, sqlite3_stmt *row)
{
    (void)ingest;
    (void)row;
}

static void load_album(struct ingest *ingest, sqlite3_stmt *row)
{
    buffer_add_byte(&ingest->undated, (char)sqlite3_column_int(row, 3));
}

static void load_track(struct ingest *ingest, sqlite3_stmt *row)
{
    const int32_t duration = sqlite3_column_type(row, 4) == SQLITE_NULL ? -1 : sqlite3_column_int(row, 4);
    const struct credits credits = {sqlite3_column_int(row, 5), sqlite3_column_int(row, 6)};
    buffer_add_byte(&ingest->lacking, (char)sqlite3_column_int(row, 3));
    buffer_add(&ingest->durations, &duration, sizeof duration);
    buffer_add(&ingest->credits, &credits, sizeof credits);
}

/* Artists, albums or tracks: rows of number, key, name and what `load` reads, and their aliases, both by number. */
struct source {
    const char *rows, *aliases;
    void (*load)(struct ingest *ingest, sqlite3_stmt *row);
};

static enum status load_row(struct ingest *ingest, const struct source *source, struct named *named, sqlite3_stmt *row,
                            struct text alias, struct error *error)
{
    struct text key = column(row, 1), name = column(row, 2);
    const struct text none = {"", 0};
    if (!named_add(named, key.data ? key : none, alias, name.data ? name : none))
        return error_no_memory(error);
    if (named->identities.count != sqlite3_column_int64(row, 0))
        return error_set(error, STATUS_BAD_DATA, "the numbers in %s have holes; run 'sleeve doctor' for details",
                         ingest->catalogue->path);
    source->load(ingest, row);
    return STATUS_OK;
}

static enum status load_rows(struct ingest *ingest, const struct source *source, struct named *named,
                             struct error *error)
{
    struct catalogue *catalogue = ingest->catalogue;
    sqlite3_stmt *rows = NULL, *aliases = NULL;
    bool row = false, alias = false;
    enum status status = database_prepare(catalogue, source->rows, &rows, error);
    if (status == STATUS_OK)
        status = database_prepare(catalogue, source->aliases, &aliases, error);
    if (status == STATUS_OK) {
        sqlite3_bind_int(rows, 1, named->identities.count);
        sqlite3_bind_int(aliases, 1, named->identities.count);
        status = database_step_row(catalogue, aliases, &alias, "read the aliases", error);
    }
    while (status == STATUS_OK) {
        status = database_step_row(catalogue, rows, &row, "read the keys", error);
        if (status != STATUS_OK || !row)
            break;
        bool has_alias = alias && sqlite3_column_int64(aliases, 0) == sqlite3_column_int64(rows, 0);
        struct text none = {NULL, 0};
        status = load_row(ingest, source, named, rows, has_alias ? column(aliases, 1) : none, error);
        if (status == STATUS_OK && has_alias)
            status = database_step_row(catalogue, aliases, &alias, "read the aliases", error);
    }
    sqlite3_finalize(rows);
    sqlite3_finalize(aliases);
    return status;
}

enum status ingest_catch_up(struct ingest *ingest, struct error *error)
{
    static const struct source artists = {"SELECT id, key, name FROM artists WHERE id > ? ORDER BY id",
                                          "SELECT id, alias FROM artist_aliases WHERE id > ? ORDER BY id",
                                          load_nothing};
    static const struct source albums = {
        "SELECT id, key, title, release_date IS NULL FROM albums WHERE id > ? ORDER BY id",
        "SELECT id, alias FROM album_aliases WHERE id > ? ORDER BY id", load_album};
    static const struct source tracks = {
        "SELECT id, tracks.key, title, (album_id IS NULL) + 2 * (duration_ms IS NULL) + 4 * (popularity IS NULL)"
        " + 8 * (f.track_id IS NULL), duration_ms, artist_id, album_id"
        " FROM tracks LEFT JOIN track_audio f ON f.track_id = id WHERE id > ? ORDER BY id",
        "SELECT id, alias FROM track_aliases WHERE id > ? ORDER BY id", load_track};
    enum status status = load_rows(ingest, &artists, &ingest->artists, error);
    if (status == STATUS_OK)
        status = load_rows(ingest, &albums, &ingest->albums, error);
    if (status == STATUS_OK)
        status = load_rows(ingest, &tracks, &ingest->tracks, error);
    bool failed =
        ingest->undated.failed || ingest->lacking.failed || ingest->durations.failed || ingest->credits.failed;
    return status == STATUS_OK && failed ? error_no_memory(error) : status;
}
