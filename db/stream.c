#include <stdlib.h>
#include <string.h>

#include "db/database.h"

/* Names of all artists or albums, by number: what a join would look up once a track. */
struct names {
    struct buffer texts;
    size_t *starts; /* [count + 1] */
    int32_t *years;
    int64_t count;
};

static void names_free(struct names *names)
{
    buffer_free(&names->texts);
    free(names->starts);
    free(names->years);
}

static enum status names_load(struct catalogue *catalogue, const char *max_sql, const char *sql, struct names *names,
                              struct error *error)
{
    *names = (struct names){0};
    enum status status = database_integer(catalogue, max_sql, NULL, &names->count, error);
    if (status != STATUS_OK)
        return status;
    names->starts = calloc((size_t)names->count + 2, sizeof *names->starts);
    names->years = calloc((size_t)names->count + 2, sizeof *names->years);
    if (!names->starts || !names->years)
        return error_no_memory(error);
    sqlite3_stmt *statement;
    status = database_prepare(catalogue, sql, &statement, error);
    bool row = true;
    int64_t next = 1;
    while (status == STATUS_OK && row) {
        status = database_step_row(catalogue, statement, &row, "read the names", error);
        if (!row)
            break;
        if (sqlite3_column_int64(statement, 0) != next || next > names->count)
            status = error_set(error, STATUS_BAD_DATA, "the numbers in %s have holes; it is damaged", catalogue->path);
        else {
            names->starts[next] = names->texts.size;
            names->years[next++] = (int32_t)strtol(database_column_text(statement, 2), NULL, 10);
            const char *text = database_column_text(statement, 1);
            buffer_add(&names->texts, text, (size_t)sqlite3_column_bytes(statement, 1) + 1);
        }
    }
    sqlite3_finalize(statement);
    return status == STATUS_OK && names->texts.failed ? error_no_memory(error) : status;
}

static const char *name_of(const struct names *names, int64_t id)
{
    return id >= 1 && id <= names->count ? names->texts.data + names->starts[id] : "";
}

static enum status stream(struct catalogue *catalogue, const struct names *artists, const struct names *albums,
                          bool (*each)(const struct track *track, void *context), void *context, struct error *error)
{
    sqlite3_stmt *tracks;
    enum status status = database_prepare(catalogue,
        "SELECT t.id, t.album_id, t.artist_id, t.key, t.title, t.duration_ms, t.popularity, c.n_playlists"
        " FROM tracks t LEFT JOIN track_counts c ON c.track_id = t.id ORDER BY t.id", &tracks, error);
    bool row = true;
    while (status == STATUS_OK && row) {
        status = database_step_row(catalogue, tracks, &row, "read the tracks", error);
        if (!row)
            break;
        int64_t artist = sqlite3_column_int64(tracks, 2), album = sqlite3_column_int64(tracks, 1);
        struct track track = {
            .id = sqlite3_column_int64(tracks, 0),
            .album_id = album,
            .artist_id = artist,
            .key = database_column_text(tracks, 3),
            .title = database_column_text(tracks, 4),
            .artist = name_of(artists, artist),
            .album = name_of(albums, album),
            .duration_ms = sqlite3_column_type(tracks, 5) == SQLITE_NULL ? -1 : sqlite3_column_int(tracks, 5),
            .year = album >= 1 && album <= albums->count ? albums->years[album] : 0,
            .popularity = sqlite3_column_type(tracks, 6) == SQLITE_NULL ? -1 : sqlite3_column_int(tracks, 6),
            .n_playlists = sqlite3_column_int64(tracks, 7),
        };
        if (!each(&track, context))
            break;
    }
    sqlite3_finalize(tracks);
    return status;
}

enum status catalogue_tracks_each(struct catalogue *catalogue, bool (*each)(const struct track *track, void *context),
                                  void *context, struct error *error)
{
    struct names artists = {0}, albums = {0};
    bool owned = sqlite3_get_autocommit(catalogue->db) != 0;
    enum status status = owned ? database_run(catalogue, "BEGIN", error) : STATUS_OK;
    if (status == STATUS_OK)
        status = names_load(catalogue, "SELECT max(id) FROM artists", "SELECT id, name, NULL FROM artists ORDER BY id",
                            &artists, error);
    if (status == STATUS_OK)
        status = names_load(catalogue, "SELECT max(id) FROM albums",
                            "SELECT id, title, release_date FROM albums ORDER BY id", &albums, error);
    if (status == STATUS_OK)
        status = stream(catalogue, &artists, &albums, each, context, error);
    if (owned)
        catalogue_rollback(catalogue);
    names_free(&artists);
    names_free(&albums);
    return status;
}
