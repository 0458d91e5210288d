#include "db/covers.h"

#include <stdlib.h>
#include <string.h>

#include "db/database.h"
#include "db/summary.h"

enum status catalogue_covers_generated(struct catalogue *catalogue, bool *generated, struct error *error)
{
    char *value = NULL;
    enum status status = catalogue_setting_read(catalogue, "covers.generated", &value, error);
    *generated = value && strcmp(value, "1") == 0;
    free(value);
    return status;
}

static enum status write_image(struct catalogue *catalogue, int64_t album_id, const void *bytes, size_t size,
                               const char *reason, struct error *error)
{
    sqlite3_stmt *statement;
    enum status status = database_prepare(catalogue,
                                          "INSERT INTO covers (album_id, image, reason) VALUES (?1, ?2, ?3)"
                                          " ON CONFLICT (album_id) DO UPDATE SET image = ?2, reason = ?3",
                                          &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int64(statement, 1, album_id);
    if (bytes)
        sqlite3_bind_blob64(statement, 2, bytes, size, SQLITE_STATIC);
    sqlite3_bind_text(statement, 3, bytes ? "" : reason, -1, SQLITE_STATIC);
    status = database_step_done(catalogue, statement, "store a cover", error);
    sqlite3_finalize(statement);
    return status;
}

/* The colour is that of another picture now. */
static enum status forget_colour(struct catalogue *catalogue, int64_t album_id, bool stored, struct error *error)
{
    sqlite3_stmt *statement;
    enum status status = database_prepare(catalogue,
                                          stored ? "INSERT INTO cover_colours VALUES (?1, 1, NULL)"
                                                   " ON CONFLICT (album_id) DO UPDATE SET stored = 1, colour = NULL"
                                                 : "DELETE FROM cover_colours WHERE album_id = ?1 AND stored = 1",
                                          &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int64(statement, 1, album_id);
    status = database_step_done(catalogue, statement, "store a cover", error);
    sqlite3_finalize(statement);
    return status;
}

/* The cover is no longer one that was fetched. */
static enum status forget_fetches(struct catalogue *catalogue, int64_t album_id, struct error *error)
{
    sqlite3_stmt *statement;
    enum status status = database_prepare(catalogue, "DELETE FROM cover_fetches WHERE album_id = ?", &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int64(statement, 1, album_id);
    status = database_step_done(catalogue, statement, "store a cover", error);
    sqlite3_finalize(statement);
    return status;
}

enum status catalogue_cover_write(struct catalogue *catalogue, int64_t album_id, const void *bytes, size_t size,
                                  const char *reason, struct error *error)
{
    if (!bytes && (!reason || !*reason))
        return error_set(error, STATUS_USAGE, "an album without a cover needs a reason");
    bool owned;
    enum status status = database_unit_begin(catalogue, &owned, error);
    if (status != STATUS_OK)
        return status;
    status = write_image(catalogue, album_id, bytes, size, reason, error);
    if (status == STATUS_OK)
        status = forget_colour(catalogue, album_id, bytes != NULL, error);
    if (status == STATUS_OK && bytes)
        status = forget_fetches(catalogue, album_id, error);
    return database_unit_end(catalogue, owned, status, error);
}

enum status catalogue_cover_colour_write(struct catalogue *catalogue, int64_t album_id, enum cover_origin origin,
                                         uint32_t colour, struct error *error)
{
    sqlite3_stmt *statement;
    enum status status = database_prepare(catalogue,
                                          "INSERT INTO cover_colours VALUES (?1, ?2, ?3) ON CONFLICT (album_id)"
                                          " DO UPDATE SET colour = ?3 WHERE stored = ?2 AND colour IS NOT ?3",
                                          &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int64(statement, 1, album_id);
    sqlite3_bind_int(statement, 2, origin == COVER_STORED);
    sqlite3_bind_int64(statement, 3, colour);
    status = database_step_done(catalogue, statement, "store the colour of a cover", error);
    sqlite3_finalize(statement);
    return status;
}

enum status catalogue_covers_coloured(struct catalogue *catalogue, bool *all, struct error *error)
{
    int64_t missing = 0;
    enum status status = database_integer(
        catalogue, "SELECT (SELECT count(*) FROM cover_colours) < (SELECT coalesce(max(id), 0) FROM albums)", NULL,
        &missing, error);
    *all = missing == 0;
    return status;
}

enum status database_forget_artwork(struct catalogue *catalogue, struct error *error)
{
    bool generated;
    enum status status = catalogue_covers_generated(catalogue, &generated, error);
    return status == STATUS_OK && generated
               ? database_run(catalogue, "DELETE FROM cover_colours WHERE stored = 0", error)
               : status;
}

enum status catalogue_cover_read(struct catalogue *catalogue, int64_t album_id, struct buffer *bytes, bool *found,
                                 struct error *error)
{
    *found = false;
    sqlite3_stmt *statement;
    enum status status = database_prepare(
        catalogue, "SELECT image FROM covers WHERE album_id = ? AND image IS NOT NULL", &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int64(statement, 1, album_id);
    status = database_step_row(catalogue, statement, found, "read a cover", error);
    if (*found) {
        const void *image = sqlite3_column_blob(statement, 0);
        buffer_add(bytes, image ? image : "", (size_t)sqlite3_column_bytes(statement, 0));
        if (bytes->failed)
            status = error_no_memory(error);
    }
    sqlite3_finalize(statement);
    return status;
}

enum status catalogue_cover_status(struct catalogue *catalogue,
                                   void (*each)(const char *reason, int64_t n_albums, void *context), void *context,
                                   struct error *error)
{
    sqlite3_stmt *statement;
    enum status status =
        database_prepare(catalogue,
                         "SELECT reason AS why, count(*) FROM covers GROUP BY reason UNION ALL"
                         " SELECT 'not looked for', (SELECT coalesce(max(id), 0) FROM albums) - count(*)"
                         " AS others FROM covers HAVING others > 0 ORDER BY why",
                         &statement, error);
    bool row = true;
    while (status == STATUS_OK && row) {
        status = database_step_row(catalogue, statement, &row, "count the covers", error);
        if (row)
            each(database_column_text(statement, 0), sqlite3_column_int64(statement, 1), context);
    }
    sqlite3_finalize(statement);
    return status;
}

enum status catalogue_tracks_covered(struct catalogue *catalogue, bool any_album, bool *covered, size_t n_tracks,
                                     struct error *error)
{
    sqlite3_stmt *statement;
    enum status status = database_prepare(
        catalogue,
        any_album ? "SELECT id FROM tracks WHERE album_id IS NOT NULL"
                  : "SELECT t.id FROM covers c JOIN tracks t ON t.album_id = c.album_id WHERE c.reason = ''",
        &statement, error);
    for (bool row = true; status == STATUS_OK;) {
        status = database_step_row(catalogue, statement, &row, "read which tracks have covers", error);
        if (status != STATUS_OK || !row)
            break;
        size_t place = (size_t)sqlite3_column_int64(statement, 0) - 1;
        if (place < n_tracks)
            covered[place] = true;
    }
    sqlite3_finalize(statement);
    return status;
}
