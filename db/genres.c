#include <stdlib.h>

#include "db/ingest.h"

/* One pair for each entry of a playlist with a genre: album in the upper half, genre in the lower. */
static enum status collect(struct catalogue *catalogue, const int32_t *album_of, int64_t n_tracks, struct buffer *pairs,
                           struct error *error)
{
    sqlite3_stmt *statement;
    enum status status = database_prepare(
        catalogue,
        "SELECT g.genre_id, e.tracks FROM (SELECT DISTINCT playlist_id, genre_id FROM playlist_genres) g"
        " JOIN playlist_entries e ON e.playlist_id = g.playlist_id",
        &statement, error);
    bool row = true;
    while (status == STATUS_OK && row) {
        status = database_step_row(catalogue, statement, &row, "read the genres", error);
        if (!row)
            break;
        uint64_t genre = (uint32_t)sqlite3_column_int(statement, 0);
        const unsigned char *bytes = sqlite3_column_blob(statement, 1);
        size_t count = (size_t)sqlite3_column_bytes(statement, 1) / 4;
        for (size_t i = 0; i < count; i++) {
            int32_t track;
            entries_unpack(bytes + 4 * i, 1, &track);
            if (track < 1 || track > n_tracks || album_of[track] == 0)
                continue;
            uint64_t pair = (uint64_t)album_of[track] << 32 | genre;
            buffer_add(pairs, &pair, sizeof pair);
        }
    }
    sqlite3_finalize(statement);
    return status == STATUS_OK && pairs->failed ? error_no_memory(error) : status;
}

static enum status albums_of_tracks(struct catalogue *catalogue, int32_t *album_of, int64_t n_tracks,
                                    struct error *error)
{
    sqlite3_stmt *statement;
    enum status status = database_prepare(catalogue, "SELECT id, album_id FROM tracks", &statement, error);
    bool row = true;
    while (status == STATUS_OK && row) {
        status = database_step_row(catalogue, statement, &row, "read the tracks", error);
        int64_t id = row ? sqlite3_column_int64(statement, 0) : 0;
        int64_t album = row ? sqlite3_column_int64(statement, 1) : 0;
        if (id >= 1 && id <= n_tracks && album >= 1 && album < INT32_MAX)
            album_of[id] = (int32_t)album;
    }
    sqlite3_finalize(statement);
    return status;
}

static int by_pair(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static enum status write(struct catalogue *catalogue, const uint64_t *pairs, size_t count, struct error *error)
{
    sqlite3_stmt *statement;
    enum status status = database_prepare(
        catalogue, "UPDATE albums SET genre_id = ?2 WHERE id = ?1 AND genre_id IS NOT ?2", &statement, error);
    for (size_t at = 0; status == STATUS_OK && at < count;) {
        uint64_t album = pairs[at] >> 32, best = 0;
        size_t best_run = 0;
        while (at < count && pairs[at] >> 32 == album) {
            size_t begin = at;
            while (at < count && pairs[at] == pairs[begin])
                at++;
            if (at - begin > best_run) {
                best_run = at - begin;
                best = pairs[begin] & 0xffffffffU;
            }
        }
        sqlite3_bind_int64(statement, 1, (int64_t)album);
        sqlite3_bind_int64(statement, 2, (int64_t)best);
        status = database_step_done(catalogue, statement, "store the genres", error);
    }
    sqlite3_finalize(statement);
    return status;
}

enum status genres_of_albums(struct catalogue *catalogue, struct error *error)
{
    int64_t n_tracks;
    enum status status = database_highest(catalogue, "SELECT max(id) FROM tracks", &n_tracks, error);
    if (status != STATUS_OK)
        return status;
    int32_t *album_of = calloc((size_t)n_tracks + 1, sizeof *album_of);
    struct buffer pairs = {0};
    status = album_of ? albums_of_tracks(catalogue, album_of, n_tracks, error) : error_no_memory(error);
    if (status == STATUS_OK)
        status = collect(catalogue, album_of, n_tracks, &pairs, error);
    if (status == STATUS_OK && pairs.size > 0) {
        qsort(pairs.data, pairs.size / sizeof(uint64_t), sizeof(uint64_t), by_pair);
        status = write(catalogue, (const uint64_t *)(const void *)pairs.data, pairs.size / sizeof(uint64_t), error);
    }
    free(album_of);
    buffer_free(&pairs);
    return status;
}
