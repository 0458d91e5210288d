#include "db/results.h"

#include <math.h>
#include <stdlib.h>

#include "db/database.h"

const char *const result_metric_names[RESULT_METRICS] = {
    [RESULT_PRECISION] = "precision",
    [RESULT_RECALL] = "recall",
    [RESULT_R_PRECISION] = "r_precision",
    [RESULT_R_PRECISION_RTA] = "r_precision_rta",
    [RESULT_NDCG] = "ndcg",
    [RESULT_CLICKS] = "clicks",
    [RESULT_POPULARITY] = "popularity",
};

void result_list_free(struct result_list *list)
{
    free(list->items);
    *list = (struct result_list){0};
}

static enum status run_for_model(struct catalogue *catalogue, const char *sql, const char *model, const char *summary,
                                 struct error *error)
{
    sqlite3_stmt *statement;
    enum status status = database_prepare(catalogue, sql, &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_text(statement, 1, model, -1, SQLITE_STATIC);
    if (summary)
        sqlite3_bind_text(statement, 2, summary, -1, SQLITE_STATIC);
    status = database_step_done(catalogue, statement, "store results", error);
    sqlite3_finalize(statement);
    return status;
}

static enum status insert_rows(struct catalogue *catalogue, const char *model, const struct result_row *rows,
                               size_t count, struct error *error)
{
    sqlite3_stmt *statement;
    enum status status =
        database_prepare(catalogue,
                         "INSERT INTO results (model_id, playlist_id, seeds, precision, recall, r_precision, "
                         "r_precision_rta, ndcg, clicks,"
                         " popularity) SELECT id, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 FROM models WHERE name = ?1",
                         &statement, error);
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        sqlite3_bind_text(statement, 1, model, -1, SQLITE_STATIC);
        sqlite3_bind_int64(statement, 2, rows[i].playlist_id);
        sqlite3_bind_int64(statement, 3, rows[i].seeds);
        for (int metric = 0; metric < RESULT_METRICS; metric++)
            sqlite3_bind_double(statement, 4 + metric, rows[i].values[metric]);
        status = database_step_done(catalogue, statement, "store results", error);
        sqlite3_reset(statement);
    }
    sqlite3_finalize(statement);
    return status;
}

/* The metrics are of the model that was evaluated, not of what another training has put in its place since. */
static enum status check_model(struct catalogue *catalogue, const struct model_record *evaluated, struct error *error)
{
    struct model_list now = {0};
    enum status status = catalogue_model_find(catalogue, evaluated->name, &now, error);
    if (status == STATUS_OK && (now.count == 0 || !model_record_same(&now.items[0], evaluated)))
        status = error_set(
            error, STATUS_FAILED,
            "the model \"%.80s\" was %s while it was evaluated; the results of the earlier one were not stored%s",
            evaluated->name, now.count == 0 ? "removed" : "trained again", now.count == 0 ? "" : "; evaluate it again");
    model_list_free(&now);
    return status;
}

enum status catalogue_results_write(struct catalogue *catalogue, const struct model_record *evaluated,
                                    const struct result_row *rows, size_t count, const char *summary,
                                    struct error *error)
{
    const char *model = evaluated->name;
    enum status status = catalogue_begin(catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = check_model(catalogue, evaluated, error);
    if (status == STATUS_OK)
        status =
            run_for_model(catalogue, "DELETE FROM results WHERE model_id = (SELECT id FROM models WHERE name = ?1)",
                          model, NULL, error);
    if (status == STATUS_OK)
        status = insert_rows(catalogue, model, rows, count, error);
    if (status == STATUS_OK)
        status = run_for_model(catalogue, "UPDATE models SET results = ?2 WHERE name = ?1", model, summary, error);
    if (status == STATUS_OK)
        return catalogue_commit(catalogue, error);
    catalogue_rollback(catalogue);
    return status;
}

#define RESULT_COLUMNS                                                                                                 \
    "SELECT playlist_id, seeds, precision, recall, r_precision, r_precision_rta, ndcg, clicks, popularity FROM "       \
    "results"                                                                                                          \
    " WHERE model_id = (SELECT id FROM models WHERE name = ?)"

static void fill_row(sqlite3_stmt *statement, struct result_row *row)
{
    row->playlist_id = sqlite3_column_int64(statement, 0);
    row->seeds = sqlite3_column_int(statement, 1);
    for (int metric = 0; metric < RESULT_METRICS; metric++) {
        double value = sqlite3_column_double(statement, 2 + metric);
        row->values[metric] = isfinite(value) ? value : 0;
    }
}

enum status catalogue_result_read(struct catalogue *catalogue, const char *model, int64_t playlist_id,
                                  struct result_row *row, bool *found, struct error *error)
{
    *found = false;
    sqlite3_stmt *statement;
    enum status status = database_prepare(catalogue, RESULT_COLUMNS " AND playlist_id = ?", &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_text(statement, 1, model, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 2, playlist_id);
    status = database_step_row(catalogue, statement, found, "read a result", error);
    if (status == STATUS_OK && *found)
        fill_row(statement, row);
    sqlite3_finalize(statement);
    return status;
}

enum status catalogue_results_read(struct catalogue *catalogue, const char *model, struct result_list *list,
                                   struct error *error)
{
    *list = (struct result_list){0};
    size_t capacity = 0;
    sqlite3_stmt *statement;
    enum status status = database_prepare(catalogue, RESULT_COLUMNS " ORDER BY playlist_id", &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_text(statement, 1, model, -1, SQLITE_STATIC);
    for (bool row = true; status == STATUS_OK;) {
        status = database_step_row(catalogue, statement, &row, "read results", error);
        if (status != STATUS_OK || !row)
            break;
        if (list->count == capacity) {
            capacity = capacity * 2 + 256;
            struct result_row *items = realloc(list->items, capacity * sizeof *items);
            if (!items) {
                status = error_no_memory(error);
                break;
            }
            list->items = items;
        }
        fill_row(statement, &list->items[list->count++]);
    }
    sqlite3_finalize(statement);
    if (status != STATUS_OK)
        result_list_free(list);
    return status;
}
