#include "db/registry.h"

#include <string.h>

#include "db/database.h"

void model_list_free(struct model_list *list)
{
    arena_free(&list->memory);
    *list = (struct model_list){0};
}

static bool fill_model(struct arena *memory, sqlite3_stmt *row, struct model_record *record)
{
    const char *texts[7];
    for (int i = 0; i < 7; i++) {
        texts[i] = arena_copy_text(memory, database_column_text(row, i), (size_t)sqlite3_column_bytes(row, i));
        if (!texts[i])
            return false;
    }
    *record = (struct model_record){
        .name = texts[0],
        .kind = texts[1],
        .file = texts[2],
        .fingerprint = texts[3],
        .settings = texts[4],
        .results = texts[5],
        .created = texts[6],
        .n_tracks = sqlite3_column_int64(row, 7),
    };
    return true;
}

/* All models, or with `name` that one. */
static enum status read_models(struct catalogue *catalogue, const char *name, struct model_list *list,
                               struct error *error)
{
    *list = (struct model_list){0};
    sqlite3_stmt *statement;
    enum status status = database_prepare(catalogue,
                                          "SELECT name, kind, file, fingerprint, settings, results, created, n_tracks"
                                          " FROM models WHERE ?1 IS NULL OR name = ?1 ORDER BY name",
                                          &statement, error);
    if (status == STATUS_OK && name)
        sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
    struct buffer items = {0};
    bool row = true;
    while (status == STATUS_OK && row) {
        status = database_step_row(catalogue, statement, &row, "read the models", error);
        struct model_record record;
        if (row && !fill_model(&list->memory, statement, &record))
            status = error_no_memory(error);
        else if (row)
            buffer_add(&items, &record, sizeof record);
    }
    sqlite3_finalize(statement);
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
        model_list_free(list);
    return status;
}

enum status catalogue_models_read(struct catalogue *catalogue, struct model_list *list, struct error *error)
{
    return read_models(catalogue, NULL, list, error);
}

enum status catalogue_model_find(struct catalogue *catalogue, const char *name, struct model_list *list,
                                 struct error *error)
{
    return read_models(catalogue, name, list, error);
}

bool model_record_same(const struct model_record *a, const struct model_record *b)
{
    return strcmp(a->file, b->file) == 0 && strcmp(a->created, b->created) == 0 &&
           strcmp(a->settings, b->settings) == 0 && strcmp(a->fingerprint, b->fingerprint) == 0 &&
           strcmp(a->kind, b->kind) == 0 && a->n_tracks == b->n_tracks;
}

enum status catalogue_model_write(struct catalogue *catalogue, const struct model_record *record, struct error *error)
{
    sqlite3_stmt *statement;
    enum status status = database_prepare(
        catalogue,
        "INSERT INTO models (name, kind, file, fingerprint, settings, results, created, n_tracks)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (name) DO UPDATE SET kind = ?2, file = ?3,"
        " fingerprint = ?4, settings = ?5, results = ?6, created = ?7, n_tracks = ?8",
        &statement, error);
    if (status != STATUS_OK)
        return status;
    const char *texts[7] = {record->name,     record->kind,    record->file,   record->fingerprint,
                            record->settings, record->results, record->created};
    for (int i = 0; i < 7; i++)
        sqlite3_bind_text(statement, 1 + i, texts[i] ? texts[i] : "", -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 8, record->n_tracks);
    status = database_step_done(catalogue, statement, "store the model's record", error);
    sqlite3_finalize(statement);
    if (status != STATUS_OK)
        return status;
    /* results of the earlier model of that name do not apply to this one */
    status = database_prepare(catalogue, "DELETE FROM results WHERE model_id = (SELECT id FROM models WHERE name = ?)",
                              &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_text(statement, 1, record->name, -1, SQLITE_STATIC);
    status = database_step_done(catalogue, statement, "drop the earlier model's results", error);
    sqlite3_finalize(statement);
    return status;
}

enum status catalogue_model_delete(struct catalogue *catalogue, const char *name, struct error *error)
{
    sqlite3_stmt *statement;
    enum status status = database_prepare(catalogue, "DELETE FROM models WHERE name = ?", &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
    status = database_step_done(catalogue, statement, "delete the model's record", error);
    if (status == STATUS_OK && sqlite3_changes(catalogue->db) == 0)
        status = error_set(error, STATUS_FAILED, "there is no model %s; 'sleeve models' lists them", name);
    sqlite3_finalize(statement);
    return status;
}
