#include "db/titles.h"

#include <stdlib.h>

#include "db/database.h"

enum { SECONDS_A_DAY = 86400 };

void playlist_titles_free(struct playlist_titles *titles)
{
    free(titles->titles);
    free(titles->days);
    free(titles->artists);
    free(titles->track_weights);
    arena_free(&titles->memory);
    *titles = (struct playlist_titles){0};
}

/* Both the rows and the interactions are in the order of the playlists' numbers. */
static enum status read_titles(struct catalogue *catalogue, const struct interactions *interactions,
                               struct playlist_titles *titles, struct error *error)
{
    sqlite3_stmt *statement;
    enum status status = database_prepare(
        catalogue, "SELECT id, name, modified FROM playlists WHERE own = 0 ORDER BY id", &statement, error);
    bool row = true;
    for (int64_t p = 0; status == STATUS_OK && row;) {
        status = database_step_row(catalogue, statement, &row, "read the titles of the playlists", error);
        if (!row)
            break;
        int64_t id = sqlite3_column_int64(statement, 0);
        while (p < interactions->n_playlists && interactions->playlist_ids[p] < id)
            p++;
        if (p == interactions->n_playlists || interactions->playlist_ids[p] != id)
            continue;
        const char *name = (const char *)sqlite3_column_text(statement, 1);
        titles->titles[p] = arena_copy_text(&titles->memory, name, (size_t)sqlite3_column_bytes(statement, 1));
        if (!titles->titles[p])
            status = error_no_memory(error);
        int64_t day = sqlite3_column_int64(statement, 2) / SECONDS_A_DAY;
        if (sqlite3_column_type(statement, 2) != SQLITE_NULL && day > TITLES_NO_DAY && day <= INT32_MAX)
            titles->days[p] = (int32_t)day;
    }
    sqlite3_finalize(statement);
    return status;
}

static enum status read_tracks(struct catalogue *catalogue, int64_t n_tracks, struct playlist_titles *titles,
                               struct error *error)
{
    sqlite3_stmt *statement;
    enum status status = database_prepare(
        catalogue, "SELECT id, artist_id, coalesce(popularity, 50) FROM tracks WHERE id <= ? ORDER BY id", &statement,
        error);
    if (status == STATUS_OK)
        sqlite3_bind_int64(statement, 1, n_tracks);
    bool row = true;
    while (status == STATUS_OK && row) {
        status = database_step_row(catalogue, statement, &row, "read the artists of the tracks", error);
        if (!row)
            break;
        int64_t track = sqlite3_column_int64(statement, 0) - 1, artist = sqlite3_column_int64(statement, 1) - 1;
        if (artist < 0 || artist >= INT32_MAX)
            status = error_set(error, STATUS_BAD_DATA, "artist number %lld of %s does not fit; run 'sleeve doctor'",
                               (long long)artist + 1, catalogue->path);
        else {
            titles->artists[track] = (int32_t)artist;
            float weight = 0.1F + (float)sqlite3_column_int64(statement, 2) / 100;
            titles->track_weights[track] = weight * weight;
        }
    }
    sqlite3_finalize(statement);
    return status;
}

enum status catalogue_title_texts_load(struct catalogue *catalogue, const struct interactions *interactions,
                                       struct playlist_titles *titles, struct error *error)
{
    const size_t n = (size_t)interactions->n_playlists;
    *titles = (struct playlist_titles){.titles = malloc((n + 1) * sizeof *titles->titles),
                                       .days = malloc((n + 1) * sizeof *titles->days)};
    enum status status = titles->titles && titles->days ? STATUS_OK : error_no_memory(error);
    for (size_t p = 0; status == STATUS_OK && p < n; p++) {
        titles->titles[p] = "";
        titles->days[p] = TITLES_NO_DAY;
    }
    if (status == STATUS_OK)
        status = read_titles(catalogue, interactions, titles, error);
    if (status != STATUS_OK)
        playlist_titles_free(titles);
    return status;
}

enum status catalogue_titles_load(struct catalogue *catalogue, const struct interactions *interactions,
                                  struct playlist_titles *titles, struct error *error)
{
    const size_t n = (size_t)interactions->n_tracks;
    enum status status = catalogue_title_texts_load(catalogue, interactions, titles, error);
    if (status != STATUS_OK)
        return status;
    titles->artists = calloc(n + 1, sizeof *titles->artists);
    titles->track_weights = calloc(n + 1, sizeof *titles->track_weights);
    status = titles->artists && titles->track_weights ? read_tracks(catalogue, interactions->n_tracks, titles, error)
                                                      : error_no_memory(error);
    if (status != STATUS_OK)
        playlist_titles_free(titles);
    return status;
}
