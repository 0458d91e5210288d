#include "db/import/names_index.h"

#include <stdlib.h>
#include <string.h>

#include "db/database.h"
#include "db/id_map.h"

struct slot {
    uint64_t hash;
    int32_t track; /* 0: free */
    uint32_t playlists : 31, several : 1;
};

struct names_index {
    struct catalogue *catalogue;
    sqlite3_stmt *names; /* of one track, to tell texts with the same hash apart */
    struct slot *slots;
    size_t n_slots, count; /* n_slots is a power of two */
    struct buffer key, other;
};

static struct slot *slot_of(struct names_index *index, uint64_t hash)
{
    size_t at = (size_t)hash & (index->n_slots - 1);
    while (index->slots[at].track != 0 && index->slots[at].hash != hash)
        at = (at + 1) & (index->n_slots - 1);
    return &index->slots[at];
}

static bool grow(struct names_index *index)
{
    struct slot *old = index->slots;
    const size_t n_old = index->n_slots;
    struct slot *slots = calloc(n_old ? 2 * n_old : 1024, sizeof *slots);
    if (!slots)
        return false;
    index->slots = slots;
    index->n_slots = n_old ? 2 * n_old : 1024;
    for (size_t i = 0; i < n_old; i++)
        if (old[i].track != 0)
            *slot_of(index, old[i].hash) = old[i];
    free(old);
    return true;
}

static bool hash_names(struct names_index *index, struct text title, struct text artist, uint64_t *hash)
{
    buffer_clear(&index->key);
    key_add_names(KEY_TRACK, title, artist, &index->key);
    *hash = index->key.size > 0 ? id_map_hash(index->key.data, index->key.size) : 0;
    return !index->key.failed;
}

static bool add(struct names_index *index, int32_t track, uint32_t playlists, struct text title, struct text artist)
{
    uint64_t hash;
    if (!hash_names(index, title, artist, &hash) || (2 * (index->count + 1) > index->n_slots && !grow(index)))
        return false;
    struct slot *slot = slot_of(index, hash);
    const struct slot mine = {hash, track, playlists & INT32_MAX, slot->track != 0};
    index->count += slot->track == 0;
    if (slot->track == 0 || playlists > slot->playlists)
        *slot = mine;
    else
        slot->several = 1;
    return true;
}

static struct text column(sqlite3_stmt *row, int number)
{
    return (struct text){database_column_text(row, number), (size_t)sqlite3_column_bytes(row, number)};
}

static enum status fill(struct names_index *index, struct error *error)
{
    sqlite3_stmt *tracks;
    bool row = true;
    enum status status =
        database_prepare(index->catalogue,
                         "SELECT t.id, t.title, a.name, ifnull(c.n_playlists, 0) FROM tracks t JOIN artists a"
                         " ON a.id = t.artist_id LEFT JOIN track_counts c ON c.track_id = t.id ORDER BY t.id",
                         &tracks, error);
    while (status == STATUS_OK && row) {
        status = database_step_row(index->catalogue, tracks, &row, "read the names of tracks", error);
        const int64_t playlists = row ? sqlite3_column_int64(tracks, 3) : 0;
        if (status == STATUS_OK && row &&
            !add(index, sqlite3_column_int(tracks, 0),
                 (uint32_t)(playlists < 0           ? 0
                            : playlists > INT32_MAX ? INT32_MAX
                                                    : playlists),
                 column(tracks, 1), column(tracks, 2)))
            status = error_no_memory(error);
    }
    sqlite3_finalize(tracks);
    return status;
}

enum status names_index_make(struct catalogue *catalogue, struct names_index **out, struct error *error)
{
    struct names_index *index = calloc(1, sizeof *index);
    *out = index;
    if (!index)
        return error_no_memory(error);
    index->catalogue = catalogue;
    if (!grow(index))
        return error_no_memory(error);
    enum status status = database_prepare(
        catalogue, "SELECT t.title, a.name FROM tracks t JOIN artists a ON a.id = t.artist_id WHERE t.id = ?",
        &index->names, error);
    return status == STATUS_OK ? fill(index, error) : status;
}

void names_index_free(struct names_index *index)
{
    if (!index)
        return;
    sqlite3_finalize(index->names);
    free(index->slots);
    buffer_free(&index->key);
    buffer_free(&index->other);
    free(index);
}

enum status names_index_add(struct names_index *index, int32_t track, struct text title, struct text artist,
                            struct error *error)
{
    return add(index, track, 0, title, artist) ? STATUS_OK : error_no_memory(error);
}

/* Different names can have the same hash. */
static enum status check(struct names_index *index, int32_t track, bool *same, struct error *error)
{
    bool row = false;
    *same = false;
    sqlite3_bind_int(index->names, 1, track);
    enum status status = database_step_row(index->catalogue, index->names, &row, "read a track", error);
    if (status == STATUS_OK && row) {
        buffer_clear(&index->other);
        key_add_names(KEY_TRACK, column(index->names, 0), column(index->names, 1), &index->other);
        *same =
            index->other.size == index->key.size && memcmp(index->other.data, index->key.data, index->key.size) == 0;
    }
    sqlite3_reset(index->names);
    return index->other.failed ? error_no_memory(error) : status;
}

enum status names_index_find(struct names_index *index, struct text title, struct text artist, int32_t *track,
                             bool *several, struct error *error)
{
    uint64_t hash;
    bool same;
    *track = 0;
    *several = false;
    if (!hash_names(index, title, artist, &hash))
        return error_no_memory(error);
    const struct slot *slot = slot_of(index, hash);
    if (slot->track == 0 || index->key.size == 0)
        return STATUS_OK;
    enum status status = check(index, slot->track, &same, error);
    if (status == STATUS_OK && same) {
        *track = slot->track;
        *several = slot->several;
    }
    return status;
}
