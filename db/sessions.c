#include "db/sessions.h"

#include <string.h>

#include "db/database.h"

enum { SESSIONS_MAX = 256 };

void session_list_free(struct session_list *list)
{
    arena_free(&list->memory);
    *list = (struct session_list){0};
}

static enum status take_row(struct session_list *list, sqlite3_stmt *row, struct error *error)
{
    struct session_row *session = &list->items[list->count];
    session->id = sqlite3_column_int64(row, 0);
    session->json = arena_copy_text(&list->memory, database_column_text(row, 1), (size_t)sqlite3_column_bytes(row, 1));
    if (!session->json)
        return error_no_memory(error);
    list->count++;
    return STATUS_OK;
}

enum status catalogue_sessions_read(struct catalogue *catalogue, struct session_list *list, struct error *error)
{
    *list = (struct session_list){0};
    sqlite3_stmt *statement;
    enum status status =
        database_prepare(catalogue, "SELECT id, json FROM sessions ORDER BY id LIMIT ?", &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int(statement, 1, SESSIONS_MAX);
    list->items = arena_alloc(&list->memory, SESSIONS_MAX * sizeof *list->items);
    bool row = list->items != NULL;
    status = row ? STATUS_OK : error_no_memory(error);
    while (status == STATUS_OK && row) {
        status = database_step_row(catalogue, statement, &row, "read the sessions", error);
        if (row && list->count < SESSIONS_MAX)
            status = take_row(list, statement, error);
    }
    sqlite3_finalize(statement);
    if (status != STATUS_OK)
        session_list_free(list);
    return status;
}

static const char storing[] = "store the session";

enum status catalogue_session_write(struct catalogue *catalogue, int64_t id, const char *json, struct error *error)
{
    return database_change(catalogue, "INSERT OR REPLACE INTO sessions (id, json) VALUES (?, ?)", NULL, id, json,
                           storing, error);
}

enum status catalogue_session_delete(struct catalogue *catalogue, int64_t id, struct error *error)
{
    return database_change(catalogue, "DELETE FROM sessions WHERE id = ?", NULL, id, NULL, storing, error);
}
