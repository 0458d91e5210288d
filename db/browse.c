#include "db/browse.h"

#include "db/database.h"

static const char *const queries[BROWSE_KINDS] = {
    [BROWSE_ARTISTS] = "SELECT r.name, '', count(*) FROM tracks t JOIN artists r ON r.id = t.artist_id"
                       " GROUP BY t.artist_id ORDER BY 3 DESC, r.name",
    [BROWSE_ALBUMS] = "SELECT a.title, CASE WHEN min(t.artist_id) = max(t.artist_id) THEN r.name ELSE '' END, count(*)"
                      " FROM tracks t JOIN albums a ON a.id = t.album_id JOIN artists r ON r.id = t.artist_id"
                      " GROUP BY t.album_id ORDER BY 3 DESC, a.title",
    [BROWSE_GENRES] = "SELECT g.name, '', count(DISTINCT p.playlist_id) FROM genres g"
                      " JOIN playlist_genres p ON g.id IN (p.genre_id, p.subgenre_id)"
                      " GROUP BY g.id ORDER BY 3 DESC, g.name",
    [BROWSE_YEARS] = "SELECT substr(a.release_date, 1, 4), '', count(*) FROM tracks t"
                     " JOIN albums a ON a.id = t.album_id WHERE a.release_date IS NOT NULL"
                     " GROUP BY 1 ORDER BY 1 DESC",
};

enum status catalogue_browse(struct catalogue *catalogue, enum browse_kind kind,
                             enum status (*each)(const struct browse_row *row, void *context, struct error *error),
                             void *context, struct error *error)
{
    sqlite3_stmt *statement;
    bool row = true;
    enum status status = database_prepare(catalogue, queries[kind], &statement, error);
    if (status != STATUS_OK)
        return status;
    while (status == STATUS_OK) {
        status = database_step_row(catalogue, statement, &row, "browse the catalogue", error);
        if (status != STATUS_OK || !row)
            break;
        const struct browse_row found = {database_column_text(statement, 0), database_column_text(statement, 1),
                                         sqlite3_column_int64(statement, 2)};
        status = each(&found, context, error);
    }
    sqlite3_finalize(statement);
    return status;
}
