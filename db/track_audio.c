#include "db/track_audio.h"

#include <math.h>

#include "db/database.h"

const char *const track_audio_names[AUDIO_FEATURES] = {
    "danceability", "energy",           "key",      "loudness", "mode",  "speechiness",
    "acousticness", "instrumentalness", "liveness", "valence",  "tempo", "time_signature",
};

static void read_row(sqlite3_stmt *statement, float *values, bool *known)
{
    for (int i = 0; i < AUDIO_FEATURES; i++) {
        if (sqlite3_column_type(statement, 1 + i) == SQLITE_NULL)
            continue;
        values[i] = (float)sqlite3_column_double(statement, 1 + i);
        *known = *known || isfinite(values[i]);
    }
}

enum status catalogue_track_audio(struct catalogue *catalogue, int64_t first, size_t count, float *values, bool *known,
                                  struct error *error)
{
    sqlite3_stmt *statement;
    for (size_t i = 0; i < count * AUDIO_FEATURES; i++)
        values[i] = NAN;
    for (size_t i = 0; i < count; i++)
        known[i] = false;
    enum status status = database_prepare(
        catalogue,
        "SELECT track_id, danceability, energy, key, loudness, mode, speechiness, acousticness, instrumentalness,"
        " liveness, valence, tempo, time_signature FROM track_audio WHERE track_id BETWEEN ? AND ?",
        &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int64(statement, 1, first);
    sqlite3_bind_int64(statement, 2, first + (int64_t)count - 1);
    for (bool row = true; row && status == STATUS_OK;) {
        status = database_step_row(catalogue, statement, &row, "read audio features", error);
        size_t at = row ? (size_t)(sqlite3_column_int64(statement, 0) - first) : count;
        if (at < count)
            read_row(statement, values + at * AUDIO_FEATURES, &known[at]);
    }
    sqlite3_finalize(statement);
    return status;
}
