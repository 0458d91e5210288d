#include "db/track_ids.h"

#include "db/database.h"

enum status catalogue_tracks_recordings(struct catalogue *catalogue, const int64_t *ids, size_t count, bool *known,
                                        size_t stride, struct error *error)
{
    sqlite3_stmt *statement;
    int64_t any = 0;
    enum status status = database_integer(catalogue, "SELECT EXISTS (SELECT 1 FROM track_ids)", NULL, &any, error);
    if (status != STATUS_OK || !any)
        return status;
    status = database_prepare(
        catalogue,
        "SELECT 1 FROM track_ids WHERE track_id = ? AND substr(id, 1, 22) = 'musicbrainz:recording:' LIMIT 1",
        &statement, error);
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        bool row;
        sqlite3_bind_int64(statement, 1, ids[i]);
        status = database_step_row(catalogue, statement, &row, "read the ids of tracks", error);
        *(bool *)(void *)((char *)known + i * stride) = status == STATUS_OK && row;
        sqlite3_reset(statement);
    }
    sqlite3_finalize(statement);
    return status;
}
