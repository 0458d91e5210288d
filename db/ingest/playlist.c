#include "db/ingest/internal.h"

#include <string.h>

static enum status insert_playlist(struct ingest *ingest, const struct playlist_metadata *metadata, size_t count,
                                   size_t repeats, int64_t duration, int64_t *id, struct error *error)
{
    sqlite3_stmt *statement = ingest->statements[SQL_PLAYLIST];
    ingest_bind_text(statement, 1, metadata->key);
    ingest_bind_text(statement, 2, metadata->name);
    sqlite3_bind_int64(statement, 3, (int64_t)count);
    sqlite3_bind_int64(statement, 4, (int64_t)repeats);
    sqlite3_bind_int64(statement, 5, duration);
    if (metadata->description.data)
        ingest_bind_text(statement, 6, metadata->description);
    else
        sqlite3_bind_null(statement, 6);
    ingest_bind_known(statement, 7, metadata->modified);
    ingest_bind_known(statement, 8, metadata->followers);
    ingest_bind_known(statement, 9, metadata->edits);
    ingest_bind_known(statement, 10, metadata->collaborative);
    enum status status = ingest_insert(ingest, SQL_PLAYLIST, error);
    *id = status == STATUS_OK && sqlite3_changes(ingest->catalogue->db) > 0
              ? sqlite3_last_insert_rowid(ingest->catalogue->db)
              : 0;
    return status;
}

static enum status find_playlist(struct ingest *ingest, struct text key, int64_t *id, struct error *error)
{
    sqlite3_stmt *statement = ingest->statements[SQL_PLAYLIST_KNOWN];
    bool row;
    ingest_bind_text(statement, 1, key);
    enum status status = database_step_row(ingest->catalogue, statement, &row, "look for a playlist", error);
    *id = row ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_reset(statement);
    return status;
}

enum status ingest_playlist_known(struct ingest *ingest, struct text key, struct text old_key, bool *known,
                                  struct error *error)
{
    int64_t id = 0;
    enum status status = find_playlist(ingest, key, &id, error);
    if (status == STATUS_OK && id == 0 && old_key.size > 0)
        status = find_playlist(ingest, old_key, &id, error);
    *known = id != 0;
    return status;
}

enum status ingest_playlist_is(struct ingest *ingest, const struct playlist_metadata *metadata, const int32_t *tracks,
                               size_t count, bool *same, struct error *error)
{
    int64_t id = 0;
    *same = false;
    enum status status = find_playlist(ingest, metadata->key, &id, error);
    if (status == STATUS_OK && id == 0 && metadata->old_key.size > 0)
        status = find_playlist(ingest, metadata->old_key, &id, error);
    buffer_clear(&ingest->packed);
    if (status == STATUS_OK && !buffer_reserve(&ingest->packed, 4 * count))
        status = error_no_memory(error);
    if (status != STATUS_OK)
        return status;
    entries_pack(tracks, count, (unsigned char *)ingest->packed.data);
    sqlite3_stmt *statement = ingest->statements[SQL_PLAYLIST_TRACKS];
    bool row;
    sqlite3_bind_int64(statement, 1, id);
    status = database_step_row(ingest->catalogue, statement, &row, "compare playlists", error);
    *same = row && (size_t)sqlite3_column_bytes(statement, 0) == 4 * count &&
            (count == 0 || memcmp(sqlite3_column_blob(statement, 0), ingest->packed.data, 4 * count) == 0);
    sqlite3_reset(statement);
    return status;
}

int64_t ingest_duration(const struct ingest *ingest, const int32_t *tracks, size_t count)
{
    int64_t duration = 0;
    for (size_t i = 0; i < count; i++) {
        int32_t known = numbers(&ingest->durations)[tracks[i] - 1];
        duration += known > 0 ? known : 0;
    }
    return duration;
}

enum status ingest_playlist(struct ingest *ingest, const struct playlist_metadata *metadata, const int32_t *tracks,
                            size_t count, int64_t *id, struct error *error)
{
    buffer_clear(&ingest->scratch);
    buffer_clear(&ingest->packed);
    if (!buffer_reserve(&ingest->scratch, 4 * count) || !buffer_reserve(&ingest->packed, 4 * count))
        return error_no_memory(error);
    size_t distinct = 0, repeats = 0;
    if (count > 0)
        repeats = entries_repeats(tracks, count, numbers(&ingest->scratch), &distinct);
    const int64_t duration = ingest_duration(ingest, tracks, count);
    enum status status = STATUS_OK;
    int64_t old = 0;
    if (metadata->old_key.size > 0)
        status = find_playlist(ingest, metadata->old_key, &old, error);
    *id = 0;
    if (status == STATUS_OK && old == 0)
        status = insert_playlist(ingest, metadata, count, repeats, duration, id, error);
    if (status != STATUS_OK || *id == 0)
        return status;
    entries_pack(tracks, count, (unsigned char *)ingest->packed.data);
    sqlite3_stmt *statement = ingest->statements[SQL_ENTRIES];
    sqlite3_bind_int64(statement, 1, *id);
    sqlite3_bind_blob64(statement, 2, ingest->packed.data, 4 * count, SQLITE_STATIC);
    status = ingest_insert(ingest, SQL_ENTRIES, error);
    buffer_add(&ingest->counted, tracks, 4 * count);
    buffer_add(&ingest->listed, ingest->scratch.data, 4 * distinct);
    if (ingest->counted.failed || ingest->listed.failed)
        return error_no_memory(error);
    ingest->sums.playlists++;
    ingest->sums.entries += (int64_t)count;
    ingest->sums.repeats += (int64_t)repeats;
    return status;
}
