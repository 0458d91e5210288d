#include "db/track_facts.h"

#include "db/database.h"

/* The tracks first..last. */
static enum status read_run(struct catalogue *catalogue, sqlite3_stmt *statement, int64_t first, int64_t last,
                            enum status (*each)(void *context, const struct track_facts *facts, struct error *error),
                            void *context, struct error *error)
{
    enum status status = STATUS_OK;
    sqlite3_bind_int64(statement, 1, first);
    sqlite3_bind_int64(statement, 2, last);
    for (bool row = true; row && status == STATUS_OK;) {
        status = database_step_row(catalogue, statement, &row, "read the tracks", error);
        if (status != STATUS_OK || !row)
            break;
        int64_t genre = sqlite3_column_int64(statement, 5);
        const struct track_facts facts = {
            .track = sqlite3_column_int64(statement, 0),
            .title = database_column_text(statement, 1),
            .artist = database_column_text(statement, 2),
            .artist_id = sqlite3_column_int64(statement, 3),
            .year = database_year(database_column_text(statement, 4)),
            .genre = genre > 0 && genre <= INT32_MAX ? (int32_t)genre : 0,
        };
        status = each(context, &facts, error);
    }
    sqlite3_reset(statement);
    return status;
}

enum status catalogue_track_facts(struct catalogue *catalogue, const int64_t *ids, size_t count,
                                  enum status (*each)(void *context, const struct track_facts *facts,
                                                      struct error *error),
                                  void *context, struct error *error)
{
    sqlite3_stmt *statement;
    enum status status =
        database_prepare(catalogue,
                         "SELECT t.id, t.title, a.name, t.artist_id, b.release_date, b.genre_id FROM tracks t"
                         " JOIN artists a ON a.id = t.artist_id LEFT JOIN albums b ON b.id = t.album_id"
                         " WHERE t.id BETWEEN ? AND ? ORDER BY t.id",
                         &statement, error);
    if (status != STATUS_OK)
        return status;
    if (!ids && count > 0)
        status = read_run(catalogue, statement, 1, (int64_t)count, each, context, error);
    for (size_t i = 0; ids && i < count && status == STATUS_OK;) {
        size_t first = i++;
        while (i < count && ids[i] == ids[i - 1] + 1)
            i++;
        status = read_run(catalogue, statement, ids[first], ids[i - 1], each, context, error);
    }
    sqlite3_finalize(statement);
    return status;
}

enum status catalogue_playlist_genre(struct catalogue *catalogue, int64_t playlist_id, int64_t *genre,
                                     struct error *error)
{
    sqlite3_stmt *statement;
    bool row = false;
    *genre = 0;
    enum status status = database_prepare(catalogue, "SELECT min(genre_id) FROM playlist_genres WHERE playlist_id = ?",
                                          &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int64(statement, 1, playlist_id);
    status = database_step_row(catalogue, statement, &row, "read the genres", error);
    if (row)
        *genre = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return status;
}
