#include "db/track_columns.h"

#include <stdio.h>
#include <stdlib.h>

#include "db/database.h"
#include "db/interactions.h"

/* Steps through all rows of a statement. */
static enum status walk(struct catalogue *catalogue, const char *sql, const char *doing,
                        bool (*take)(sqlite3_stmt *statement, void *context), void *context, struct error *error)
{
    sqlite3_stmt *statement;
    enum status status = database_prepare(catalogue, sql, &statement, error);
    if (status != STATUS_OK)
        return status;
    for (bool row = true; status == STATUS_OK && row;) {
        status = database_step_row(catalogue, statement, &row, doing, error);
        if (status == STATUS_OK && row && !take(statement, context))
            status = error_no_memory(error);
    }
    sqlite3_finalize(statement);
    return status;
}

struct track_walk {
    bool (*each)(const struct track_columns_row *row, void *context);
    void *context;
};

static bool take_track(sqlite3_stmt *statement, void *context)
{
    const struct track_walk *walking = context;
    const struct track_columns_row row = {
        .track = sqlite3_column_int64(statement, 0),
        .title = database_column_text(statement, 1),
        .artist = sqlite3_column_int64(statement, 2),
        .duration_ms = sqlite3_column_type(statement, 3) == SQLITE_NULL ? -1 : sqlite3_column_int(statement, 3),
        .album = sqlite3_column_int64(statement, 4),
        .album_title = database_column_text(statement, 5),
        .album_artist = sqlite3_column_int64(statement, 6),
        .year = database_year(database_column_text(statement, 7)),
    };
    return walking->each(&row, walking->context);
}

enum status catalogue_track_columns(struct catalogue *catalogue,
                                    bool (*each)(const struct track_columns_row *row, void *context), void *context,
                                    struct error *error)
{
    struct track_walk walking = {each, context};
    return walk(catalogue,
                "SELECT t.id, t.title, t.artist_id, t.duration_ms, t.album_id, a.title, a.artist_id, a.release_date"
                " FROM tracks t LEFT JOIN albums a ON a.id = t.album_id ORDER BY t.id",
                "read the tracks", take_track, &walking, error);
}

struct name_walk {
    bool (*each)(int64_t id, const char *name, void *context);
    void *context;
};

static bool take_name(sqlite3_stmt *statement, void *context)
{
    const struct name_walk *walking = context;
    return walking->each(sqlite3_column_int64(statement, 0), database_column_text(statement, 1), walking->context);
}

enum status catalogue_genre_names(struct catalogue *catalogue,
                                  bool (*each)(int64_t id, const char *name, void *context), void *context,
                                  struct error *error)
{
    struct name_walk walking = {each, context};
    return walk(catalogue, "SELECT id, name FROM genres ORDER BY id", "read the genres", take_name, &walking, error);
}

enum status catalogue_artist_names(struct catalogue *catalogue,
                                   bool (*each)(int64_t id, const char *name, void *context), void *context,
                                   struct error *error)
{
    struct name_walk walking = {each, context};
    return walk(catalogue, "SELECT id, name FROM artists ORDER BY id", "read the artists", take_name, &walking, error);
}

struct genre_walk {
    bool (*each)(const struct playlist_genre_row *row, void *context);
    void *context;
    int32_t *tracks;
    size_t capacity;
};

static bool take_genre(sqlite3_stmt *statement, void *context)
{
    struct genre_walk *walking = context;
    const unsigned char *bytes = sqlite3_column_blob(statement, 3);
    const size_t count = (size_t)sqlite3_column_bytes(statement, 3) / 4;
    if (count > walking->capacity) {
        int32_t *larger = realloc(walking->tracks, count * sizeof *larger);
        if (!larger)
            return false;
        walking->tracks = larger;
        walking->capacity = count;
    }
    if (count > 0)
        entries_unpack(bytes, count, walking->tracks);
    const struct playlist_genre_row row = {
        .playlist = sqlite3_column_int64(statement, 0),
        .genre = sqlite3_column_int64(statement, 1),
        .finest = sqlite3_column_int64(statement, 2),
        .tracks = walking->tracks,
        .count = count,
    };
    return walking->each(&row, walking->context);
}

enum status catalogue_playlist_genres(struct catalogue *catalogue,
                                      bool (*each)(const struct playlist_genre_row *row, void *context), void *context,
                                      struct error *error)
{
    struct genre_walk walking = {.each = each, .context = context};
    enum status status = walk(catalogue,
                              "SELECT g.playlist_id, g.genre_id, g.subgenre_id, e.tracks FROM playlist_genres g"
                              " JOIN playlist_entries e ON e.playlist_id = g.playlist_id ORDER BY g.playlist_id",
                              "read the genres", take_genre, &walking, error);
    free(walking.tracks);
    return status;
}

struct count_walk {
    int32_t *counts;
    int64_t n_tracks;
};

static bool take_count(sqlite3_stmt *statement, void *context)
{
    const struct count_walk *walking = context;
    const int64_t track = sqlite3_column_int64(statement, 0), count = sqlite3_column_int64(statement, 1);
    if (track >= 1 && track <= walking->n_tracks && count > 0 && count < INT32_MAX)
        walking->counts[track - 1] = (int32_t)count;
    return true;
}

enum status catalogue_training_counts(struct catalogue *catalogue, int64_t n_tracks, int32_t *counts,
                                      struct error *error)
{
    struct count_walk walking = {counts, n_tracks};
    struct interactions held_out = {0};
    for (int64_t i = 0; i < n_tracks; i++)
        counts[i] = 0;
    enum status status = walk(catalogue, "SELECT track_id, n_playlists FROM track_counts", "read the counts of tracks",
                              take_count, &walking, error);
    if (status == STATUS_OK)
        status = catalogue_interactions_load(catalogue, SPLIT_VALIDATION | SPLIT_TEST, &held_out, error);
    if (status != STATUS_OK)
        return status;
    for (int64_t i = 0; i < held_out.starts[held_out.n_playlists]; i++) {
        const int32_t track = held_out.tracks[i];
        if (track < n_tracks && counts[track] > 0)
            counts[track]--;
    }
    for (int64_t i = 0; i < held_out.n_cold; i++)
        if (held_out.cold[i] < n_tracks)
            counts[held_out.cold[i]] = 0;
    interactions_free(&held_out);
    return STATUS_OK;
}

enum status catalogue_track_columns_version(struct catalogue *catalogue, char text[TRACK_COLUMNS_VERSION],
                                            struct error *error)
{
    char *version = NULL;
    enum status status =
        database_text(catalogue,
                      "SELECT (SELECT generation || ' ' || hash_a || ' ' || hash_b FROM state) || ' ' ||"
                      " (SELECT max(id) FROM tracks) || ' ' ||"
                      " coalesce((SELECT hash || ' ' || imported FROM imports ORDER BY id DESC LIMIT 1), '') || ' ' ||"
                      " coalesce((SELECT created || substr(settings, 1, 40) FROM split), '')",
                      NULL, &version, error);
    snprintf(text, TRACK_COLUMNS_VERSION, "%s", version ? version : "");
    free(version);
    return status;
}
