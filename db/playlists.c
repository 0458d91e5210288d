#include "db/playlists.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/text.h"
#include "db/database.h"
#include "db/keys.h"
#include "db/playlist_versions.h"

void playlist_list_free(struct playlist_list *list)
{
    arena_free(&list->memory);
    *list = (struct playlist_list){0};
}

void entries_pack(const int32_t *tracks, size_t count, unsigned char *bytes)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t value = (uint32_t)tracks[i];
        for (int k = 0; k < 4; k++)
            bytes[4 * i + (size_t)k] = (unsigned char)(value >> (8 * k));
    }
}

void entries_unpack(const unsigned char *bytes, size_t count, int32_t *tracks)
{
    for (size_t i = 0; i < count; i++, bytes += 4)
        tracks[i] = (int32_t)((uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
                              (uint32_t)bytes[3] << 24);
}

static int by_number(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

void entries_sort(int32_t *tracks, size_t count)
{
    qsort(tracks, count, sizeof *tracks, by_number);
}

size_t entries_repeats(const int32_t *tracks, size_t count, int32_t *scratch, size_t *distinct)
{
    memcpy(scratch, tracks, count * sizeof *tracks);
    entries_sort(scratch, count);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || scratch[kept - 1] != scratch[i])
            scratch[kept++] = scratch[i];
    if (distinct)
        *distinct = kept;
    return count - kept;
}

static bool fill_playlist(struct arena *memory, sqlite3_stmt *row, struct playlist *playlist)
{
    *playlist = (struct playlist){
        .id = sqlite3_column_int64(row, 0),
        .key = arena_copy_text(memory, database_column_text(row, 1), (size_t)sqlite3_column_bytes(row, 1)),
        .name = arena_copy_text(memory, database_column_text(row, 2), (size_t)sqlite3_column_bytes(row, 2)),
        .own = sqlite3_column_int(row, 3) != 0,
        .n_entries = sqlite3_column_int64(row, 4),
        .duration_ms = sqlite3_column_int64(row, 5),
    };
    return playlist->key && playlist->name;
}

static enum status read_playlists(struct catalogue *catalogue, sqlite3_stmt *statement, struct playlist_list *list,
                                  struct error *error)
{
    struct buffer items = {0};
    enum status status = STATUS_OK;
    bool row = true;
    while (status == STATUS_OK && row) {
        status = database_step_row(catalogue, statement, &row, "read playlists", error);
        struct playlist playlist;
        if (row && !fill_playlist(&list->memory, statement, &playlist))
            status = error_no_memory(error);
        else if (row)
            buffer_add(&items, &playlist, sizeof playlist);
    }
    if (status == STATUS_OK) {
        list->items = items.failed ? NULL : arena_alloc(&list->memory, items.size);
        if (list->items && items.size > 0)
            memcpy(list->items, items.data, items.size);
        list->count = items.size / sizeof *list->items;
        if (!list->items)
            status = error_no_memory(error);
    }
    buffer_free(&items);
    if (status != STATUS_OK)
        playlist_list_free(list);
    return status;
}

#define PLAYLIST_COLUMNS "SELECT id, key, name, own, n_entries, duration_ms FROM playlists "

enum status catalogue_playlists_read(struct catalogue *catalogue, bool own_only, size_t limit, size_t offset,
                                     struct playlist_list *list, struct error *error)
{
    *list = (struct playlist_list){0};
    sqlite3_stmt *statement;
    enum status status =
        database_prepare(catalogue,
                         own_only ? PLAYLIST_COLUMNS "WHERE own = 1 ORDER BY changed DESC LIMIT ? OFFSET ?"
                                  : PLAYLIST_COLUMNS "WHERE own = 0 ORDER BY id LIMIT ? OFFSET ?",
                         &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int64(statement, 1, limit == 0 || limit > INT64_MAX ? -1 : (int64_t)limit);
    sqlite3_bind_int64(statement, 2, offset > INT64_MAX ? INT64_MAX : (int64_t)offset);
    status = read_playlists(catalogue, statement, list, error);
    sqlite3_finalize(statement);
    return status;
}

enum status catalogue_playlists_after(struct catalogue *catalogue, int64_t after, size_t limit,
                                      struct playlist_list *list, struct error *error)
{
    *list = (struct playlist_list){0};
    sqlite3_stmt *statement;
    enum status status =
        database_prepare(catalogue, PLAYLIST_COLUMNS "WHERE id > ? AND own = 0 ORDER BY id LIMIT ?", &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int64(statement, 1, after);
    sqlite3_bind_int64(statement, 2, limit > INT64_MAX ? INT64_MAX : (int64_t)limit);
    status = read_playlists(catalogue, statement, list, error);
    sqlite3_finalize(statement);
    return status;
}

enum status catalogue_playlists_evaluated(struct catalogue *catalogue, const char *model, struct playlist_list *list,
                                          struct error *error)
{
    *list = (struct playlist_list){0};
    sqlite3_stmt *statement;
    enum status status =
        database_prepare(catalogue,
                         PLAYLIST_COLUMNS "WHERE id IN (SELECT playlist_id FROM results WHERE model_id ="
                                          " (SELECT id FROM models WHERE name = ?)) ORDER BY id",
                         &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_text(statement, 1, model, -1, SQLITE_STATIC);
    status = read_playlists(catalogue, statement, list, error);
    sqlite3_finalize(statement);
    return status;
}

enum status catalogue_playlist_read(struct catalogue *catalogue, int64_t id, struct playlist_list *list,
                                    struct error *error)
{
    *list = (struct playlist_list){0};
    sqlite3_stmt *statement;
    enum status status = database_prepare(catalogue, PLAYLIST_COLUMNS "WHERE id = ?", &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int64(statement, 1, id);
    status = read_playlists(catalogue, statement, list, error);
    sqlite3_finalize(statement);
    if (status == STATUS_OK && list->count == 0) {
        playlist_list_free(list);
        status =
            error_set(error, STATUS_FAILED, "there is no playlist number %lld in %s", (long long)id, catalogue->path);
    }
    return status;
}

static enum status find_key(struct catalogue *catalogue, const char *key, int64_t *id, struct error *error)
{
    return database_integer(catalogue, "SELECT id FROM playlists WHERE key = ?", key, id, error);
}

/* A key may be the bare id or the URI. */
static enum status find_spotify(struct catalogue *catalogue, const char *key, int64_t *id, struct error *error)
{
    struct buffer uri = {0};
    enum status status = STATUS_OK;
    if (key_add_spotify(KEY_PLAYLIST, (struct text){key, strlen(key)}, &uri)) {
        status = uri.failed ? error_no_memory(error) : find_key(catalogue, uri.data, id, error);
        if (status == STATUS_OK && *id == 0)
            status = find_key(catalogue, strrchr(uri.data, ':') + 1, id, error);
    }
    buffer_free(&uri);
    return status;
}

enum status catalogue_playlist_find(struct catalogue *catalogue, const char *key, int64_t *id, struct error *error)
{
    enum status status = find_key(catalogue, key, id, error);
    struct buffer composed = {0};
    if (status == STATUS_OK && *id == 0) {
        text_compose(key, strlen(key), &composed);
        status = composed.failed ? error_no_memory(error) : find_key(catalogue, composed.data, id, error);
    }
    buffer_free(&composed);
    return status == STATUS_OK && *id == 0 ? find_spotify(catalogue, key, id, error) : status;
}

/* The number and key of each playlist whose name matches, at most a few. */
struct named_playlists {
    int64_t id;
    int count;
    struct buffer keys;
};

static enum status find_names(struct catalogue *catalogue, const char *sql, const char *name, bool same_bytes,
                              struct named_playlists *found, struct error *error)
{
    enum { NAMED_MAX = 10 };
    struct buffer wanted = {0}, key = {0};
    text_key(name, strlen(name), &wanted);
    sqlite3_stmt *rows;
    enum status status = database_prepare(catalogue, sql, &rows, error);
    if (status == STATUS_OK && same_bytes)
        sqlite3_bind_text(rows, 1, name, -1, SQLITE_STATIC);
    for (bool row = true; status == STATUS_OK && row && found->count < NAMED_MAX;) {
        status = database_step_row(catalogue, rows, &row, "look for a playlist's name", error);
        if (!row)
            break;
        buffer_clear(&key);
        text_key(database_column_text(rows, 2), (size_t)sqlite3_column_bytes(rows, 2), &key);
        if (key.failed || wanted.failed)
            status = error_no_memory(error);
        else if (key.size == wanted.size && memcmp(key.data, wanted.data, key.size) == 0) {
            found->id = sqlite3_column_int64(rows, 0);
            buffer_printf(&found->keys, "%s\"%s\"", found->count++ > 0 ? ", " : "", database_column_text(rows, 1));
        }
    }
    sqlite3_finalize(rows);
    buffer_free(&wanted);
    buffer_free(&key);
    return status;
}

enum status catalogue_playlist_find_named(struct catalogue *catalogue, const char *name, int64_t *id,
                                          struct error *error)
{
    struct named_playlists found = {0};
    enum status status = find_names(catalogue, "SELECT id, key, name FROM playlists WHERE name = ? ORDER BY id", name,
                                    true, &found, error);
    if (status == STATUS_OK && found.count == 0)
        status = find_names(catalogue, "SELECT id, key, name FROM playlists ORDER BY id", name, false, &found, error);
    if (status == STATUS_OK && found.count > 1)
        status = error_set(error, STATUS_BAD_DATA,
                           "more than one playlist has the name \"%s\"; give the key of one of them: %s", name,
                           found.keys.data ? found.keys.data : "");
    *id = status == STATUS_OK ? found.id : 0;
    buffer_free(&found.keys);
    return status;
}

/* The track numbers of a row of entries; each is one of 1..n_tracks. */
static enum status take_entries(struct catalogue *catalogue, sqlite3_stmt *row, int64_t n_tracks, int64_t **ids,
                                size_t *count, struct error *error)
{
    const unsigned char *bytes = sqlite3_column_blob(row, 0);
    size_t n = bytes ? (size_t)sqlite3_column_bytes(row, 0) / 4 : 0;
    int64_t *numbers = malloc((n + 1) * sizeof *numbers);
    if (!numbers)
        return error_no_memory(error);
    for (size_t i = 0; i < n; i++) {
        int32_t track;
        entries_unpack(bytes + 4 * i, 1, &track);
        if (track < 1 || track > n_tracks) {
            free(numbers);
            return error_set(error, STATUS_BAD_DATA,
                             "%s is damaged: entry %zu of a playlist is track number %d, which does not exist; run "
                             "'sleeve doctor' for details",
                             catalogue->path, i + 1, track);
        }
        numbers[i] = track;
    }
    *ids = numbers;
    *count = n;
    return STATUS_OK;
}

enum status catalogue_playlist_entries(struct catalogue *catalogue, int64_t playlist_id, int64_t **ids, size_t *count,
                                       struct error *error)
{
    *ids = NULL;
    *count = 0;
    int64_t n_tracks;
    sqlite3_stmt *statement = NULL;
    enum status status = database_highest(catalogue, "SELECT max(id) FROM tracks", &n_tracks, error);
    if (status == STATUS_OK)
        status =
            database_prepare(catalogue, "SELECT tracks FROM playlist_entries WHERE playlist_id = ?", &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int64(statement, 1, playlist_id);
    bool row;
    status = database_step_row(catalogue, statement, &row, "read a playlist", error);
    if (status == STATUS_OK && !row)
        status = error_set(error, STATUS_FAILED, "there is no playlist number %lld in %s", (long long)playlist_id,
                           catalogue->path);
    if (status == STATUS_OK)
        status = take_entries(catalogue, statement, n_tracks, ids, count, error);
    sqlite3_finalize(statement);
    return status;
}

/* ---- the person's own ---- */

/* What is about to be replaced, where no version of the playlist is kept yet: when it was saved is unknown. */
static enum status keep_first(struct catalogue *catalogue, int64_t id, struct error *error)
{
    struct own_playlist now = {0};
    int64_t known = 0;
    char number[24];
    sqlite3_snprintf(sizeof number, number, "%lld", (long long)id);
    enum status status = database_integer(
        catalogue, "SELECT 1 FROM playlist_versions WHERE playlist_id = CAST(? AS INTEGER)", number, &known, error);
    if (status != STATUS_OK || known)
        return status;
    status = catalogue_own_playlist_read(catalogue, id, &now, error);
    if (status == STATUS_OK && now.id != 0)
        status = catalogue_playlist_version_add(catalogue, id, 0, now.name, now.ids, now.count, error);
    own_playlist_free(&now);
    return status;
}

static enum status refuse_others(struct catalogue *catalogue, int64_t id, struct error *error)
{
    int64_t own;
    char number[24];
    char *name = NULL;
    sqlite3_snprintf(sizeof number, number, "%lld", (long long)id);
    enum status status = database_integer(
        catalogue, "SELECT 1 FROM playlists WHERE own = 1 AND id = CAST(? AS INTEGER)", number, &own, error);
    if (status != STATUS_OK || own)
        return status;
    status = database_text(catalogue, "SELECT name FROM playlists WHERE id = CAST(? AS INTEGER)", number, &name, error);
    if (status == STATUS_OK)
        status =
            name ? error_set(error, STATUS_USAGE,
                             "the playlist \"%s\" is not one of your own; save it under a new name to change it", name)
                 : error_set(error, STATUS_USAGE, "your playlist number %lld is not in the catalogue any more",
                             (long long)id);
    free(name);
    return status;
}

/* Packs the entries and adds up their durations; refuses tracks that do not exist. */
static enum status pack_entries(struct catalogue *catalogue, const int64_t *ids, size_t count, int32_t *tracks,
                                int64_t *duration, struct error *error)
{
    *duration = 0;
    sqlite3_stmt *statement;
    enum status status = database_prepare(catalogue, "SELECT duration_ms FROM tracks WHERE id = ?", &statement, error);
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        sqlite3_bind_int64(statement, 1, ids[i]);
        bool row;
        status = database_step_row(catalogue, statement, &row, "look up tracks", error);
        if (status == STATUS_OK && !row)
            status = error_set(error, STATUS_FAILED, "there is no track number %lld in %s", (long long)ids[i],
                               catalogue->path);
        int64_t known = row ? sqlite3_column_int64(statement, 0) : 0;
        *duration += known > 0 && known <= INT32_MAX ? known : 0;
        tracks[i] = (int32_t)ids[i];
        sqlite3_reset(statement);
    }
    sqlite3_finalize(statement);
    return status;
}

static enum status save_head(struct catalogue *catalogue, int64_t *id, const char *name, size_t count, size_t repeats,
                             int64_t duration, struct error *error)
{
    sqlite3_stmt *statement;
    enum status status = database_prepare(
        catalogue,
        *id == 0 ? "INSERT INTO playlists (key, name, own, n_entries, n_repeats, duration_ms, changed) VALUES"
                   " ('own:' || (SELECT coalesce(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = 'playlists'),"
                   " ?1, 1, ?2, ?3, ?4, (SELECT coalesce(max(changed), 0) + 1 FROM playlists WHERE own = 1))"
                 : "UPDATE playlists SET name = ?1, n_entries = ?2, n_repeats = ?3, duration_ms = ?4,"
                   " changed = (SELECT max(changed) + 1 FROM playlists WHERE own = 1) WHERE id = ?5",
        &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 2, (int64_t)count);
    sqlite3_bind_int64(statement, 3, (int64_t)repeats);
    sqlite3_bind_int64(statement, 4, duration);
    if (*id != 0)
        sqlite3_bind_int64(statement, 5, *id);
    status = database_step_done(catalogue, statement, "save the playlist", error);
    sqlite3_finalize(statement);
    if (status == STATUS_OK && *id == 0)
        *id = sqlite3_last_insert_rowid(catalogue->db);
    return status;
}

static enum status save_entries(struct catalogue *catalogue, int64_t id, const unsigned char *bytes, size_t count,
                                struct error *error)
{
    sqlite3_stmt *statement;
    enum status status = database_prepare(catalogue,
                                          "INSERT INTO playlist_entries (playlist_id, tracks) VALUES (?1, ?2)"
                                          " ON CONFLICT (playlist_id) DO UPDATE SET tracks = ?2",
                                          &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int64(statement, 1, id);
    sqlite3_bind_blob64(statement, 2, bytes, 4 * count, SQLITE_STATIC);
    status = database_step_done(catalogue, statement, "save the playlist", error);
    sqlite3_finalize(statement);
    return status;
}

static enum status save(struct catalogue *catalogue, int64_t *id, const char *name, const int64_t *ids, size_t count,
                        struct error *error)
{
    int32_t *tracks = malloc((count + 1) * sizeof *tracks);
    int32_t *scratch = malloc((count + 1) * sizeof *scratch);
    unsigned char *bytes = malloc(4 * (count + 1));
    enum status status = tracks && scratch && bytes ? STATUS_OK : error_no_memory(error);
    int64_t duration = 0;
    if (status == STATUS_OK && *id != 0)
        status = refuse_others(catalogue, *id, error);
    if (status == STATUS_OK && *id != 0)
        status = keep_first(catalogue, *id, error);
    if (status == STATUS_OK)
        status = pack_entries(catalogue, ids, count, tracks, &duration, error);
    if (status == STATUS_OK)
        status = save_head(catalogue, id, name, count, entries_repeats(tracks, count, scratch, NULL), duration, error);
    if (status == STATUS_OK) {
        entries_pack(tracks, count, bytes);
        status = save_entries(catalogue, *id, bytes, count, error);
    }
    if (status == STATUS_OK)
        status = catalogue_playlist_version_add(catalogue, *id, (int64_t)time(NULL), name, ids, count, error);
    free(tracks);
    free(scratch);
    free(bytes);
    return status;
}

enum status catalogue_own_playlist_save(struct catalogue *catalogue, int64_t *id, const char *name, const int64_t *ids,
                                        size_t count, struct error *error)
{
    enum { ENTRIES_MAX = DATABASE_VALUE_MAX / 4 - 1024 }; /* the row has other columns, too */
    if (count > ENTRIES_MAX)
        return error_set(error, STATUS_USAGE, "a playlist holds at most %d entries", ENTRIES_MAX);
    bool owned;
    int64_t saved = *id;
    enum status status = database_unit_begin(catalogue, &owned, error);
    if (status != STATUS_OK)
        return status;
    status = save(catalogue, &saved, name, ids, count, error);
    status = database_unit_end(catalogue, owned, status, error);
    if (status == STATUS_OK)
        *id = saved;
    return status;
}

static enum status take_own(sqlite3_stmt *row, int64_t id, struct own_playlist *playlist, struct error *error)
{
    const unsigned char *bytes = sqlite3_column_blob(row, 2);
    size_t count = (size_t)sqlite3_column_bytes(row, 2) / 4;
    enum status status = own_playlist_set(playlist, id, database_column_text(row, 0), NULL, 0, error);
    int64_t *ids = malloc((count + 1) * sizeof *ids);
    if (status != STATUS_OK || !ids) {
        free(ids);
        return error_no_memory(error);
    }
    for (size_t i = 0; i < count; i++) {
        int32_t track;
        entries_unpack(bytes + 4 * i, 1, &track);
        ids[i] = track;
    }
    free(playlist->ids);
    playlist->ids = ids;
    playlist->count = count;
    playlist->changed = sqlite3_column_int64(row, 1);
    return STATUS_OK;
}

enum status catalogue_own_playlist_read(struct catalogue *catalogue, int64_t id, struct own_playlist *playlist,
                                        struct error *error)
{
    own_playlist_free(playlist);
    sqlite3_stmt *statement;
    bool row = false;
    enum status status = database_prepare(catalogue,
                                          "SELECT name, changed, tracks FROM playlists LEFT JOIN playlist_entries"
                                          " ON playlist_id = id WHERE own = 1 AND id = ?",
                                          &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int64(statement, 1, id);
    status = database_step_row(catalogue, statement, &row, "read a playlist", error);
    if (row)
        status = take_own(statement, id, playlist, error);
    sqlite3_finalize(statement);
    return status;
}

enum status catalogue_own_playlist_delete(struct catalogue *catalogue, int64_t id, struct error *error)
{
    bool owned;
    enum status status = database_unit_begin(catalogue, &owned, error);
    if (status != STATUS_OK)
        return status;
    status = refuse_others(catalogue, id, error);
    sqlite3_stmt *statement = NULL;
    if (status == STATUS_OK)
        status = database_prepare(catalogue, "DELETE FROM playlists WHERE id = ?", &statement, error);
    if (status == STATUS_OK) {
        sqlite3_bind_int64(statement, 1, id);
        status = database_step_done(catalogue, statement, "delete the playlist", error);
    }
    sqlite3_finalize(statement);
    return database_unit_end(catalogue, owned, status, error);
}
