#include "db/results.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "db/database.h"

enum status result_table_create(const char *const *metrics, size_t n_metrics, size_t count, struct result_table *table,
                                struct error *error)
{
    *table = (struct result_table){
        .metrics = metrics,
        .n_metrics = n_metrics,
        .count = count,
        .playlist_ids = calloc(count + 1, sizeof *table->playlist_ids),
        .seeds = calloc(count + 1, sizeof *table->seeds),
        .values = calloc(count * n_metrics + 1, sizeof *table->values),
    };
    if (table->playlist_ids && table->seeds && table->values)
        return STATUS_OK;
    result_table_free(table);
    return error_no_memory(error);
}

void result_table_free(struct result_table *table)
{
    free(table->playlist_ids);
    free(table->seeds);
    free(table->values);
    *table = (struct result_table){0};
}

/* ---- writing ---- */

static enum status find_model(struct catalogue *catalogue, const char *name, int64_t *id, struct error *error)
{
    return database_integer(catalogue, "SELECT id FROM models WHERE name = ?", name, id, error);
}

static enum status delete_results(struct catalogue *catalogue, int64_t model_id, struct error *error)
{
    sqlite3_stmt *statement;
    enum status status = database_prepare(catalogue, "DELETE FROM results WHERE model_id = ?", &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int64(statement, 1, model_id);
    status = database_step_done(catalogue, statement, "store results", error);
    sqlite3_finalize(statement);
    return status;
}

static enum status insert_playlists(struct catalogue *catalogue, int64_t model_id, const struct result_table *table,
                                    struct error *error)
{
    sqlite3_stmt *statement;
    enum status status = database_prepare(
        catalogue, "INSERT INTO results (model_id, playlist_id, seeds) VALUES (?, ?, ?)", &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int64(statement, 1, model_id);
    for (size_t i = 0; status == STATUS_OK && i < table->count; i++) {
        sqlite3_bind_int64(statement, 2, table->playlist_ids[i]);
        sqlite3_bind_int64(statement, 3, table->seeds[i]);
        status = database_step_done(catalogue, statement, "store results", error);
        sqlite3_reset(statement);
    }
    sqlite3_finalize(statement);
    return status;
}

static enum status insert_values(struct catalogue *catalogue, int64_t model_id, const struct result_table *table,
                                 struct error *error)
{
    sqlite3_stmt *statement;
    enum status status = database_prepare(
        catalogue, "INSERT INTO result_values (model_id, playlist_id, metric, value) VALUES (?, ?, ?, ?)", &statement,
        error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int64(statement, 1, model_id);
    for (size_t i = 0; status == STATUS_OK && i < table->count * table->n_metrics; i++) {
        if (isnan(table->values[i]))
            continue;
        sqlite3_bind_int64(statement, 2, table->playlist_ids[i / table->n_metrics]);
        sqlite3_bind_text(statement, 3, table->metrics[i % table->n_metrics], -1, SQLITE_STATIC);
        sqlite3_bind_double(statement, 4, table->values[i]);
        status = database_step_done(catalogue, statement, "store results", error);
        sqlite3_reset(statement);
    }
    sqlite3_finalize(statement);
    return status;
}

static enum status update_summary(struct catalogue *catalogue, int64_t model_id, const char *summary,
                                  struct error *error)
{
    sqlite3_stmt *statement;
    enum status status = database_prepare(catalogue, "UPDATE models SET results = ?2 WHERE id = ?1", &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int64(statement, 1, model_id);
    sqlite3_bind_text(statement, 2, summary, -1, SQLITE_STATIC);
    status = database_step_done(catalogue, statement, "store results", error);
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
                                    const struct result_table *table, const char *summary, struct error *error)
{
    int64_t model_id = 0;
    enum status status = catalogue_begin(catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = check_model(catalogue, evaluated, error);
    if (status == STATUS_OK)
        status = find_model(catalogue, evaluated->name, &model_id, error);
    if (status == STATUS_OK)
        status = delete_results(catalogue, model_id, error);
    if (status == STATUS_OK)
        status = insert_playlists(catalogue, model_id, table, error);
    if (status == STATUS_OK)
        status = insert_values(catalogue, model_id, table, error);
    if (status == STATUS_OK)
        status = update_summary(catalogue, model_id, summary, error);
    if (status == STATUS_OK)
        return catalogue_commit(catalogue, error);
    catalogue_rollback(catalogue);
    return status;
}

/* ---- reading ---- */

static size_t find_metric(const struct result_table *table, const char *name)
{
    size_t metric = 0;
    while (metric < table->n_metrics && strcmp(table->metrics[metric], name) != 0)
        metric++;
    return metric;
}

static bool reserve(struct result_table *table, size_t capacity)
{
    int64_t *playlist_ids = realloc(table->playlist_ids, capacity * sizeof *playlist_ids);
    if (!playlist_ids)
        return false;
    table->playlist_ids = playlist_ids;
    int32_t *seeds = realloc(table->seeds, capacity * sizeof *seeds);
    if (!seeds)
        return false;
    table->seeds = seeds;
    double *values = realloc(table->values, (capacity * table->n_metrics + 1) * sizeof *values);
    if (!values)
        return false;
    table->values = values;
    return true;
}

static bool add_playlist(struct result_table *table, size_t *capacity, int64_t playlist_id, int32_t seeds)
{
    if (table->count == *capacity) {
        *capacity = 2 * *capacity + 256;
        if (!reserve(table, *capacity))
            return false;
    }
    table->playlist_ids[table->count] = playlist_id;
    table->seeds[table->count] = seeds;
    for (size_t metric = 0; metric < table->n_metrics; metric++)
        table->values[table->count * table->n_metrics + metric] = NAN;
    table->count++;
    return true;
}

/* The index of the playlist, searched from *at on: both come in the order of their numbers. */
static bool find_playlist(const struct result_table *table, int64_t playlist_id, size_t *at)
{
    if (*at >= table->count || table->playlist_ids[*at] > playlist_id)
        *at = 0;
    while (*at < table->count && table->playlist_ids[*at] < playlist_id)
        ++*at;
    return *at < table->count && table->playlist_ids[*at] == playlist_id;
}

/* One row of the query: first those of the playlists, which have a number of seeds, then those of the values, which
 * have the name of a metric; or both in one. */
static bool take_row(sqlite3_stmt *statement, struct result_table *table, size_t *capacity, size_t *at)
{
    int64_t id = sqlite3_column_int64(statement, 0);
    if (sqlite3_column_type(statement, 1) != SQLITE_NULL &&
        !add_playlist(table, capacity, id, sqlite3_column_int(statement, 1)))
        return false;
    if (sqlite3_column_type(statement, 2) == SQLITE_NULL)
        return true;
    size_t metric = find_metric(table, database_column_text(statement, 2));
    double value = sqlite3_column_double(statement, 3);
    if (metric < table->n_metrics && find_playlist(table, id, at))
        table->values[*at * table->n_metrics + metric] = isfinite(value) ? value : 0;
    return true;
}

enum status catalogue_results_read(struct catalogue *catalogue, const char *model, int64_t playlist_id,
                                   const char *const *metrics, size_t n_metrics, struct result_table *table,
                                   struct error *error)
{
    *table = (struct result_table){.metrics = metrics, .n_metrics = n_metrics};
    size_t capacity = 0, at = 0;
    sqlite3_stmt *statement;
    /* One query, so that both tables are read in the same state. For all metrics, two scans of their keys are twice as
     * fast as a join; for one, looking it up. */
    static const char one[] =
        "SELECT r.playlist_id, r.seeds, v.metric, v.value FROM results r LEFT JOIN result_values v"
        " ON v.model_id = r.model_id AND v.playlist_id = r.playlist_id AND v.metric = ?4"
        " WHERE r.model_id = (SELECT id FROM models WHERE name = ?1) AND r.playlist_id BETWEEN ?2 AND ?3"
        " ORDER BY r.playlist_id";
    static const char all[] =
        "SELECT playlist_id, seeds, NULL, NULL FROM results WHERE model_id = (SELECT id FROM models WHERE name = ?1)"
        " AND playlist_id BETWEEN ?2 AND ?3 UNION ALL SELECT playlist_id, NULL, metric, value FROM result_values"
        " WHERE model_id = (SELECT id FROM models WHERE name = ?1) AND playlist_id BETWEEN ?2 AND ?3";
    enum status status = database_prepare(catalogue, n_metrics == 1 ? one : all, &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_text(statement, 1, model, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 2, playlist_id ? playlist_id : INT64_MIN);
    sqlite3_bind_int64(statement, 3, playlist_id ? playlist_id : INT64_MAX);
    if (n_metrics == 1)
        sqlite3_bind_text(statement, 4, metrics[0], -1, SQLITE_STATIC);
    for (bool row = true; status == STATUS_OK && row;) {
        status = database_step_row(catalogue, statement, &row, "read results", error);
        if (status == STATUS_OK && row && !take_row(statement, table, &capacity, &at))
            status = error_no_memory(error);
    }
    sqlite3_finalize(statement);
    if (status != STATUS_OK)
        result_table_free(table);
    return status;
}
