#include "db/steering.h"

#include <string.h>
#include <time.h>

#include "db/database.h"

enum { ENTRIES_MAX = 100000 };

static const char *const wish_names[STEERING_WISHES] = {"never", "less", "more"};
static const char *const item_names[STEERING_ITEMS] = {"track", "album", "artist"};

const char *steering_wish_name(enum steering_wish wish)
{
    return wish_names[wish];
}

const char *steering_item_name(enum steering_item item)
{
    return item_names[item];
}

static int find(const char *const *names, int count, const char *name)
{
    int at = 0;
    while (at < count && strcmp(names[at], name) != 0)
        at++;
    return at;
}

enum steering_wish steering_wish_named(const char *name)
{
    return (enum steering_wish)find(wish_names, STEERING_WISHES, name);
}

enum steering_item steering_item_named(const char *name)
{
    return (enum steering_item)find(item_names, STEERING_ITEMS, name);
}

void steering_list_free(struct steering_list *list)
{
    arena_free(&list->memory);
    *list = (struct steering_list){0};
}

#define COLUMNS                                                                                                        \
    "SELECT s.id, ifnull(s.playlist_id, 0), s.wish, s.item, s.item_id, s.changed,"                                     \
    " coalesce(t.key, a.key, r.key, ''),"                                                                              \
    " coalesce(t.title || ' / ' || ta.name, a.title || ' / ' || aa.name, r.name, ''), ifnull(p.name, '')"              \
    " FROM steering s"                                                                                                 \
    " LEFT JOIN tracks t ON s.item = 'track' AND t.id = s.item_id LEFT JOIN artists ta ON ta.id = t.artist_id"         \
    " LEFT JOIN albums a ON s.item = 'album' AND a.id = s.item_id LEFT JOIN artists aa ON aa.id = a.artist_id"         \
    " LEFT JOIN artists r ON s.item = 'artist' AND r.id = s.item_id LEFT JOIN playlists p ON p.id = s.playlist_id"
#define ORDER " ORDER BY s.changed DESC, s.id DESC"

static const char *copy_column(struct steering_list *list, sqlite3_stmt *row, int column)
{
    const char *text = database_column_text(row, column);
    return arena_copy_text(&list->memory, text, strlen(text));
}

static enum status take_row(struct steering_list *list, sqlite3_stmt *row, struct error *error)
{
    struct steering_entry *entry = &list->items[list->count];
    *entry = (struct steering_entry){
        .id = sqlite3_column_int64(row, 0),
        .playlist = sqlite3_column_int64(row, 1),
        .wish = steering_wish_named(database_column_text(row, 2)),
        .item = steering_item_named(database_column_text(row, 3)),
        .item_id = sqlite3_column_int64(row, 4),
        .changed = sqlite3_column_int64(row, 5),
        .key = copy_column(list, row, 6),
        .name = copy_column(list, row, 7),
        .playlist_name = copy_column(list, row, 8),
    };
    if (!entry->key || !entry->name || !entry->playlist_name)
        return error_no_memory(error);
    list->count += entry->wish != STEERING_WISHES && entry->item != STEERING_ITEMS;
    return STATUS_OK;
}

/* playlist -1: the statement has no parameter. */
static enum status read(struct catalogue *catalogue, const char *sql, int64_t playlist, struct steering_list *list,
                        struct error *error)
{
    sqlite3_stmt *statement;
    int64_t most = 0;
    bool row = true;
    *list = (struct steering_list){0};
    enum status status = database_integer(catalogue, "SELECT count(*) FROM steering", NULL, &most, error);
    if (status == STATUS_OK)
        status = database_prepare(catalogue, sql, &statement, error);
    if (status != STATUS_OK)
        return status;
    if (playlist >= 0)
        sqlite3_bind_int64(statement, 1, playlist);
    most = most < ENTRIES_MAX ? most : ENTRIES_MAX;
    list->items = arena_alloc(&list->memory, ((size_t)most + 1) * sizeof *list->items);
    status = list->items ? STATUS_OK : error_no_memory(error);
    while (status == STATUS_OK && row) {
        status = database_step_row(catalogue, statement, &row, "read the steering", error);
        if (status == STATUS_OK && row && list->count == (size_t)most)
            break;
        if (status == STATUS_OK && row)
            status = take_row(list, statement, error);
    }
    sqlite3_finalize(statement);
    if (status != STATUS_OK)
        steering_list_free(list);
    return status;
}

enum status catalogue_steering_read(struct catalogue *catalogue, struct steering_list *list, struct error *error)
{
    return read(catalogue, COLUMNS ORDER, -1, list, error);
}

enum status catalogue_steering_read_for(struct catalogue *catalogue, int64_t playlist, struct steering_list *list,
                                        struct error *error)
{
    return read(catalogue,
                COLUMNS " WHERE s.playlist_id = ?1 OR (s.playlist_id IS NULL AND NOT EXISTS"
                        " (SELECT 1 FROM steering o WHERE o.playlist_id = ?1 AND o.item = s.item"
                        " AND o.item_id = s.item_id))" ORDER,
                playlist, list, error);
}

enum status catalogue_steering_set(struct catalogue *catalogue, const struct steering_entry *entry, int64_t *id,
                                   struct error *error)
{
    sqlite3_stmt *statement;
    bool row = false;
    enum status status = database_check_place(catalogue, error);
    if (status == STATUS_OK)
        status = database_prepare(
            catalogue,
            "INSERT INTO steering (playlist_id, wish, item, item_id, changed) VALUES (nullif(?1, 0), ?2, ?3, ?4, ?5)"
            " ON CONFLICT (ifnull(playlist_id, 0), item, item_id)"
            " DO UPDATE SET wish = excluded.wish, changed = excluded.changed RETURNING id",
            &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int64(statement, 1, entry->playlist);
    sqlite3_bind_text(statement, 2, steering_wish_name(entry->wish), -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 3, steering_item_name(entry->item), -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 4, entry->item_id);
    sqlite3_bind_int64(statement, 5, entry->changed > 0 ? entry->changed : (int64_t)time(NULL));
    status = database_step_row(catalogue, statement, &row, "store the wish", error);
    if (status == STATUS_OK && row) {
        *id = sqlite3_column_int64(statement, 0);
        status = database_step_row(catalogue, statement, &row, "store the wish", error);
    }
    sqlite3_finalize(statement);
    return status;
}

enum status catalogue_steering_remove(struct catalogue *catalogue, const int64_t *ids, size_t count,
                                      struct error *error)
{
    sqlite3_stmt *statement;
    bool owned;
    enum status status = database_check_place(catalogue, error);
    if (status == STATUS_OK)
        status = database_unit_begin(catalogue, &owned, error);
    if (status != STATUS_OK)
        return status;
    status = database_prepare(catalogue, "DELETE FROM steering WHERE id = ?", &statement, error);
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        sqlite3_bind_int64(statement, 1, ids[i]);
        status = database_step_done(catalogue, statement, "remove the wish", error);
        if (status == STATUS_OK && sqlite3_changes(catalogue->db) == 0)
            status =
                error_set(error, STATUS_BAD_DATA, "there is no wish %lld; see: sleeve steer list", (long long)ids[i]);
    }
    sqlite3_finalize(statement);
    return database_unit_end(catalogue, owned, status, error);
}
