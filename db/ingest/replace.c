/* Playlists that are read again, because their file has changed. */
#include "db/ingest/internal.h"

#include <string.h>

/* Takes the entries out of the counts of their tracks; `sorted` are the entries in order of track. */
static enum status subtract_counts(struct ingest *ingest, const int32_t *sorted, size_t count, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t at = 0; status == STATUS_OK && at < count;) {
        const size_t begin = at;
        while (at < count && sorted[at] == sorted[begin])
            at++;
        sqlite3_bind_int(ingest->statements[SQL_COUNTS_LESS], 1, sorted[begin]);
        sqlite3_bind_int64(ingest->statements[SQL_COUNTS_LESS], 2, (int64_t)(at - begin));
        status = ingest_insert(ingest, SQL_COUNTS_LESS, error);
        sqlite3_bind_int(ingest->statements[SQL_COUNTS_NONE], 1, sorted[begin]);
        if (status == STATUS_OK)
            status = ingest_insert(ingest, SQL_COUNTS_NONE, error);
    }
    return status;
}

static enum status remove_old(struct ingest *ingest, const struct buffer *old, struct error *error)
{
    const size_t count = old->size / 4;
    struct buffer tracks = {0}, scratch = {0};
    size_t distinct = 0;
    if (!buffer_reserve(&tracks, 4 * count) || !buffer_reserve(&scratch, 4 * count)) {
        buffer_free(&tracks);
        buffer_free(&scratch);
        return error_no_memory(error);
    }
    entries_unpack((const unsigned char *)old->data, count, numbers(&tracks));
    ingest->sums.more_entries -= (int64_t)count;
    if (count > 0)
        ingest->sums.more_repeats -= (int64_t)entries_repeats(numbers(&tracks), count, numbers(&scratch), &distinct);
    entries_sort(numbers(&tracks), count);
    enum status status = subtract_counts(ingest, numbers(&tracks), count, error);
    buffer_free(&tracks);
    buffer_free(&scratch);
    return status;
}

/* Reads the entries and the name that the playlist has; *found: it exists and is not one of the explorer's own. */
static enum status read_old(struct ingest *ingest, int64_t id, struct text name, struct buffer *old, bool *found,
                            bool *same_name, struct error *error)
{
    sqlite3_stmt *statement = ingest->statements[SQL_PLAYLIST_OLD];
    sqlite3_bind_int64(statement, 1, id);
    enum status status = database_step_row(ingest->catalogue, statement, found, "read a playlist", error);
    if (status == STATUS_OK && *found) {
        const void *bytes = sqlite3_column_blob(statement, 0);
        const struct text kept = column(statement, 1);
        buffer_add(old, bytes ? bytes : "", (size_t)sqlite3_column_bytes(statement, 0));
        *same_name = kept.size == name.size && (kept.size == 0 || memcmp(kept.data, name.data, kept.size) == 0);
        if (old->failed)
            status = error_no_memory(error);
    }
    sqlite3_reset(statement);
    return status;
}

static enum status write_new(struct ingest *ingest, int64_t id, struct text name, const int32_t *tracks, size_t count,
                             struct error *error)
{
    size_t distinct = 0, repeats = 0;
    buffer_clear(&ingest->scratch);
    if (!buffer_reserve(&ingest->scratch, 4 * count))
        return error_no_memory(error);
    if (count > 0)
        repeats = entries_repeats(tracks, count, numbers(&ingest->scratch), &distinct);
    sqlite3_stmt *statement = ingest->statements[SQL_PLAYLIST_UPDATE];
    sqlite3_bind_int64(statement, 1, id);
    ingest_bind_text(statement, 2, name);
    sqlite3_bind_int64(statement, 3, (int64_t)count);
    sqlite3_bind_int64(statement, 4, (int64_t)repeats);
    sqlite3_bind_int64(statement, 5, ingest_duration(ingest, tracks, count));
    enum status status = ingest_insert(ingest, SQL_PLAYLIST_UPDATE, error);
    statement = ingest->statements[SQL_ENTRIES_UPDATE];
    sqlite3_bind_int64(statement, 1, id);
    sqlite3_bind_blob64(statement, 2, ingest->packed.data, 4 * count, SQLITE_STATIC);
    if (status == STATUS_OK)
        status = ingest_insert(ingest, SQL_ENTRIES_UPDATE, error);
    sqlite3_bind_int64(ingest->statements[SQL_RESULTS_FORGET], 1, id);
    if (status == STATUS_OK)
        status = ingest_insert(ingest, SQL_RESULTS_FORGET, error);
    buffer_add(&ingest->counted, tracks, 4 * count);
    buffer_add(&ingest->listed, ingest->scratch.data, 4 * distinct);
    ingest->sums.more_entries += (int64_t)count;
    ingest->sums.more_repeats += (int64_t)repeats;
    return status == STATUS_OK && (ingest->counted.failed || ingest->listed.failed) ? error_no_memory(error) : status;
}

enum status ingest_playlist_replace(struct ingest *ingest, int64_t id, struct text name, const int32_t *tracks,
                                    size_t count, bool *changed, struct error *error)
{
    struct buffer old = {0};
    bool found = false, same_name = false;
    *changed = false;
    buffer_clear(&ingest->packed);
    enum status status = buffer_reserve(&ingest->packed, 4 * count) ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK)
        status = read_old(ingest, id, name, &old, &found, &same_name, error);
    if (status == STATUS_OK && found) {
        entries_pack(tracks, count, (unsigned char *)ingest->packed.data);
        *changed =
            !same_name || old.size != 4 * count || memcmp(old.data ? old.data : "", ingest->packed.data, old.size) != 0;
    }
    if (*changed)
        status = remove_old(ingest, &old, error);
    if (status == STATUS_OK && *changed)
        status = write_new(ingest, id, name, tracks, count, error);
    buffer_free(&old);
    return status;
}
