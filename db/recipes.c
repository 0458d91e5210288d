#include "db/recipes.h"

#include <stdlib.h>

#include "db/database.h"

enum { RECIPES_MAX = 10000 };

void recipe_rows_free(struct recipe_rows *rows)
{
    arena_free(&rows->memory);
    *rows = (struct recipe_rows){0};
}

static enum status take_row(struct recipe_rows *rows, sqlite3_stmt *statement, struct error *error)
{
    struct recipe_row *row = &rows->items[rows->count];
    const int sizes[] = {sqlite3_column_bytes(statement, 0), sqlite3_column_bytes(statement, 1)};
    row->name = arena_copy_text(&rows->memory, database_column_text(statement, 0), (size_t)sizes[0]);
    row->json = arena_copy_text(&rows->memory, database_column_text(statement, 1), (size_t)sizes[1]);
    row->changed = sqlite3_column_int64(statement, 2);
    rows->count++;
    return row->name && row->json ? STATUS_OK : error_no_memory(error);
}

enum status catalogue_recipes_read(struct catalogue *catalogue, struct recipe_rows *rows, struct error *error)
{
    *rows = (struct recipe_rows){0};
    sqlite3_stmt *statement;
    int64_t count;
    enum status status = database_integer(catalogue, "SELECT count(*) FROM recipes", NULL, &count, error);
    if (status == STATUS_OK)
        status =
            database_prepare(catalogue, "SELECT name, json, changed FROM recipes ORDER BY name", &statement, error);
    if (status != STATUS_OK)
        return status;
    const size_t most = count < RECIPES_MAX ? (size_t)count : RECIPES_MAX;
    rows->items = arena_alloc(&rows->memory, (most + 1) * sizeof *rows->items);
    status = rows->items ? STATUS_OK : error_no_memory(error);
    for (bool row = true; status == STATUS_OK && row && rows->count < most;) {
        status = database_step_row(catalogue, statement, &row, "read the recipes", error);
        if (status == STATUS_OK && row)
            status = take_row(rows, statement, error);
    }
    sqlite3_finalize(statement);
    if (status != STATUS_OK)
        recipe_rows_free(rows);
    return status;
}

enum status catalogue_recipe_read(struct catalogue *catalogue, const char *name, char **json, struct error *error)
{
    return database_text(catalogue, "SELECT json FROM recipes WHERE name = ?", name, json, error);
}

static const char storing[] = "store the recipe";

enum status catalogue_recipe_write(struct catalogue *catalogue, const char *name, const char *json, struct error *error)
{
    return database_change(
        catalogue,
        "INSERT INTO recipes (name, json, changed) VALUES (?, ?, CAST(strftime('%s', 'now') AS INTEGER))"
        " ON CONFLICT (name) DO UPDATE SET json = excluded.json, changed = excluded.changed",
        name, 0, json, storing, error);
}

enum status catalogue_recipe_delete(struct catalogue *catalogue, const char *name, bool *found, struct error *error)
{
    char *json = NULL;
    enum status status = catalogue_recipe_read(catalogue, name, &json, error);
    *found = json != NULL;
    if (status == STATUS_OK && *found)
        status = database_change(catalogue, "DELETE FROM recipes WHERE name = ?", name, 0, NULL, storing, error);
    free(json);
    return status;
}
