#include "db/playlist_versions.h"

#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/json_reader.h"
#include "db/database.h"

void playlist_version_list_free(struct playlist_version_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].name);
        free(list->items[i].ids);
    }
    free(list->items);
    *list = (struct playlist_version_list){0};
}

/* ---- reading ---- */

static enum status take_ids(const char *text, struct playlist_version_record *record, struct error *error)
{
    struct json_document document;
    enum status status = json_read(text, strlen(text), &document, error);
    if (status != STATUS_OK)
        return status;
    const size_t count = json_array_count(&document.root);
    record->ids = malloc((count + 1) * sizeof *record->ids);
    if (!record->ids)
        status = error_no_memory(error);
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        const int64_t id = json_get_integer(&document.root.items[i], 1, INT32_MAX, 0);
        if (id > 0)
            record->ids[record->count++] = id;
        else
            status = error_set(error, STATUS_BAD_DATA, "version %lld of the playlist is damaged: entry %zu is no track",
                               (long long)record->version, i + 1);
    }
    json_document_free(&document);
    return status;
}

static enum status take_row(sqlite3_stmt *row, struct playlist_version_list *list, struct error *error)
{
    struct playlist_version_record *items = realloc(list->items, (list->count + 1) * sizeof *items);
    if (!items)
        return error_no_memory(error);
    list->items = items;
    struct playlist_version_record *record = &items[list->count++];
    *record = (struct playlist_version_record){
        .version = sqlite3_column_int64(row, 0),
        .saved = sqlite3_column_int64(row, 1),
        .name = strdup(database_column_text(row, 2)),
    };
    return record->name ? take_ids(database_column_text(row, 3), record, error) : error_no_memory(error);
}

static enum status read(struct catalogue *catalogue, const char *sql, int64_t playlist,
                        struct playlist_version_list *list, struct error *error)
{
    sqlite3_stmt *statement;
    bool row = true;
    *list = (struct playlist_version_list){0};
    enum status status = database_prepare(catalogue, sql, &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int64(statement, 1, playlist);
    while (status == STATUS_OK && row) {
        status = database_step_row(catalogue, statement, &row, "read the versions of a playlist", error);
        if (status == STATUS_OK && row)
            status = take_row(statement, list, error);
    }
    sqlite3_finalize(statement);
    if (status != STATUS_OK)
        playlist_version_list_free(list);
    return status;
}

#define COLUMNS "SELECT version, saved, name, json FROM playlist_versions WHERE playlist_id = ? ORDER BY version DESC"

enum status catalogue_playlist_versions(struct catalogue *catalogue, int64_t playlist,
                                        struct playlist_version_list *list, struct error *error)
{
    return read(catalogue, COLUMNS, playlist, list, error);
}

/* ---- dropping ---- */

size_t playlist_version_dispensable(const int64_t *saved, size_t count, size_t recent, int64_t now)
{
    size_t best = count;
    double least = 0;
    for (size_t i = 1; i + recent < count; i++) {
        const double gap = (double)(saved[i + 1] - saved[i - 1]), age = (double)(now - saved[i]);
        const double cost = ((gap > 0 ? gap : 0) + 1) / ((age > 0 ? age : 0) + 1);
        if (best == count || cost < least) {
            best = i;
            least = cost;
        }
    }
    return best;
}

static enum status drop(struct catalogue *catalogue, int64_t playlist, int64_t version, struct error *error)
{
    sqlite3_stmt *statement;
    enum status status = database_prepare(
        catalogue, "DELETE FROM playlist_versions WHERE playlist_id = ?1 AND version = ?2", &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int64(statement, 1, playlist);
    sqlite3_bind_int64(statement, 2, version);
    status = database_step_done(catalogue, statement, "drop an old version of the playlist", error);
    sqlite3_finalize(statement);
    return status;
}

/* The numbers and times, the oldest first; more than the arrays hold are left for the next time. */
enum { TIMES_MAX = 2 * PLAYLIST_VERSIONS_MAX };

static enum status read_times(struct catalogue *catalogue, int64_t playlist, int64_t versions[TIMES_MAX],
                              int64_t saved[TIMES_MAX], size_t *count, struct error *error)
{
    sqlite3_stmt *statement;
    bool row = true;
    *count = 0;
    enum status status = database_prepare(
        catalogue, "SELECT version, saved FROM playlist_versions WHERE playlist_id = ? ORDER BY version", &statement,
        error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int64(statement, 1, playlist);
    while (status == STATUS_OK && row && *count < TIMES_MAX) {
        status = database_step_row(catalogue, statement, &row, "read the versions of a playlist", error);
        if (status != STATUS_OK || !row)
            break;
        versions[*count] = sqlite3_column_int64(statement, 0);
        saved[(*count)++] = sqlite3_column_int64(statement, 1);
    }
    sqlite3_finalize(statement);
    return status;
}

static enum status thin(struct catalogue *catalogue, int64_t playlist, size_t tracks, int64_t now, struct error *error)
{
    int64_t versions[TIMES_MAX], saved[TIMES_MAX];
    size_t count, most = PLAYLIST_VERSIONS_MAX, recent = PLAYLIST_VERSIONS_RECENT;
    if (tracks * most > PLAYLIST_VERSIONS_ENTRIES_MAX) {
        most = PLAYLIST_VERSIONS_ENTRIES_MAX / tracks; /* at least 4 */
        recent = most / 2 < recent ? most / 2 : recent;
    }
    enum status status = read_times(catalogue, playlist, versions, saved, &count, error);
    while (status == STATUS_OK && count > most) {
        const size_t at = playlist_version_dispensable(saved, count, recent, now);
        if (at == count)
            break;
        status = drop(catalogue, playlist, versions[at], error);
        memmove(saved + at, saved + at + 1, (count - at - 1) * sizeof *saved);
        memmove(versions + at, versions + at + 1, (count - at - 1) * sizeof *versions);
        count--;
    }
    return status;
}

/* ---- adding ---- */

static enum status insert(struct catalogue *catalogue, int64_t playlist, int64_t saved, const char *name,
                          const char *json, struct error *error)
{
    sqlite3_stmt *statement;
    enum status status = database_prepare(
        catalogue,
        "INSERT INTO playlist_versions (playlist_id, version, saved, name, json) VALUES (?1,"
        " (SELECT coalesce(max(version), 0) + 1 FROM playlist_versions WHERE playlist_id = ?1), ?2, ?3, ?4)",
        &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int64(statement, 1, playlist);
    sqlite3_bind_int64(statement, 2, saved);
    sqlite3_bind_text(statement, 3, name, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 4, json, -1, SQLITE_STATIC);
    status = database_step_done(catalogue, statement, "keep a version of the playlist", error);
    sqlite3_finalize(statement);
    return status;
}

/* Whether this is the newest version already. */
static enum status is_newest(struct catalogue *catalogue, int64_t playlist, const char *name, const char *json,
                             bool *same, struct error *error)
{
    sqlite3_stmt *statement;
    bool row = false;
    enum status status = database_prepare(catalogue,
                                          "SELECT name = ?2 AND json = ?3 FROM playlist_versions WHERE playlist_id = ?1"
                                          " ORDER BY version DESC LIMIT 1",
                                          &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int64(statement, 1, playlist);
    sqlite3_bind_text(statement, 2, name, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 3, json, -1, SQLITE_STATIC);
    status = database_step_row(catalogue, statement, &row, "read the versions of a playlist", error);
    *same = status == STATUS_OK && row && sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    return status;
}

enum status catalogue_playlist_version_add(struct catalogue *catalogue, int64_t playlist, int64_t saved,
                                           const char *name, const int64_t *ids, size_t count, struct error *error)
{
    struct buffer text = {0};
    struct json_writer json = {.out = &text};
    bool same = false;
    if (count > PLAYLIST_VERSION_TRACKS_MAX)
        return STATUS_OK;
    json_array_begin(&json);
    for (size_t i = 0; i < count; i++)
        json_integer(&json, ids[i]);
    json_array_end(&json);
    enum status status = text.failed ? error_no_memory(error) : STATUS_OK;
    if (status == STATUS_OK)
        status = is_newest(catalogue, playlist, name, text.data, &same, error);
    if (status == STATUS_OK && !same)
        status = insert(catalogue, playlist, saved, name, text.data, error);
    if (status == STATUS_OK && !same)
        status = thin(catalogue, playlist, count, saved, error);
    buffer_free(&text);
    return status;
}
