#include "db/fitness_parts.h"

#include <string.h>

#include "db/database.h"

enum status catalogue_fitness_parts(struct catalogue *catalogue, int64_t n_tracks, int8_t *parts, struct error *error)
{
    sqlite3_stmt *statement;
    bool row = true;
    memset(parts, -1, (size_t)n_tracks);
    enum status status = database_prepare(catalogue, "SELECT track_id, part FROM fitness_parts", &statement, error);
    while (status == STATUS_OK && row) {
        status = database_step_row(catalogue, statement, &row, "read the parts of songs", error);
        if (status != STATUS_OK || !row)
            break;
        const int64_t track = sqlite3_column_int64(statement, 0);
        if (track >= 1 && track <= n_tracks)
            parts[track - 1] = (int8_t)sqlite3_column_int(statement, 1);
    }
    sqlite3_finalize(statement);
    return status;
}

enum status catalogue_fitness_parts_add(struct catalogue *catalogue, int64_t n_tracks, const int8_t *parts,
                                        struct error *error)
{
    sqlite3_stmt *statement = NULL;
    bool owned;
    enum status status = database_unit_begin(catalogue, &owned, error);
    if (status != STATUS_OK)
        return status;
    status = database_prepare(catalogue, "INSERT OR IGNORE INTO fitness_parts (track_id, part) VALUES (?1, ?2)",
                              &statement, error);
    for (int64_t i = 0; status == STATUS_OK && i < n_tracks; i++) {
        if (parts[i] < 0)
            continue;
        sqlite3_bind_int64(statement, 1, i + 1);
        sqlite3_bind_int(statement, 2, parts[i]);
        status = database_step_done(catalogue, statement, "store the parts of songs", error);
    }
    sqlite3_finalize(statement);
    return database_unit_end(catalogue, owned, status, error);
}
