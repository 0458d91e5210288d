#include "db/result_causes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "db/database.h"

enum { SHARES_MAX = 64 };
#define VALUE_MAX 1e9

void cause_rows_free(struct cause_rows *rows)
{
    free(rows->items);
    arena_free(&rows->memory);
    *rows = (struct cause_rows){0};
}

/* ---- writing ---- */

static void pack(const double *shares, size_t n_shares, unsigned char *bytes)
{
    for (size_t i = 0; i < n_shares; i++) {
        uint64_t bits;
        memcpy(&bits, &shares[i], sizeof bits);
        for (int byte = 0; byte < 8; byte++)
            bytes[8 * i + (size_t)byte] = (unsigned char)(bits >> 8 * byte);
    }
}

/* Values that no share, count or metric can have are NAN: the file may have been changed by anyone. */
static void unpack(const unsigned char *bytes, size_t n_shares, double *shares)
{
    for (size_t i = 0; i < n_shares; i++) {
        uint64_t bits = 0;
        for (int byte = 0; byte < 8; byte++)
            bits |= (uint64_t)bytes[8 * i + (size_t)byte] << 8 * byte;
        memcpy(&shares[i], &bits, sizeof bits);
        if (!(fabs(shares[i]) <= VALUE_MAX))
            shares[i] = NAN;
    }
}

static enum status insert(struct catalogue *catalogue, const char *model, int version, const struct cause_row *rows,
                          size_t count, size_t n_shares, struct error *error)
{
    unsigned char bytes[8 * SHARES_MAX];
    sqlite3_stmt *statement;
    enum status status = database_prepare(
        catalogue,
        "INSERT OR REPLACE INTO result_causes (model_id, playlist_id, version, genre_id, shares)"
        " SELECT model_id, playlist_id, ?4, ?5, ?6 FROM results"
        " WHERE model_id = (SELECT id FROM models WHERE name = ?1) AND playlist_id = ?2 AND seeds = ?3",
        &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_text(statement, 1, model, -1, SQLITE_STATIC);
    sqlite3_bind_int(statement, 4, version);
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        pack(rows[i].shares, n_shares, bytes);
        sqlite3_bind_int64(statement, 2, rows[i].playlist_id);
        sqlite3_bind_int64(statement, 3, rows[i].seeds);
        if (rows[i].genre_id > 0)
            sqlite3_bind_int64(statement, 5, rows[i].genre_id);
        else
            sqlite3_bind_null(statement, 5);
        sqlite3_bind_blob(statement, 6, bytes, (int)(8 * n_shares), SQLITE_TRANSIENT);
        status = database_step_done(catalogue, statement, "store causes", error);
    }
    sqlite3_finalize(statement);
    return status;
}

static enum status check_model(struct catalogue *catalogue, const struct model_record *model, struct error *error)
{
    struct model_list now = {0};
    enum status status = catalogue_model_find(catalogue, model->name, &now, error);
    if (status == STATUS_OK && (now.count == 0 || !model_record_same(&now.items[0], model)))
        status =
            error_set(error, STATUS_FAILED, "the model \"%.80s\" was %s while the causes of its failures were computed",
                      model->name, now.count == 0 ? "removed" : "trained again");
    model_list_free(&now);
    return status;
}

enum status catalogue_causes_write(struct catalogue *catalogue, const struct model_record *model, int version,
                                   const struct cause_row *rows, size_t count, size_t n_shares, struct error *error)
{
    if (n_shares > SHARES_MAX)
        return error_set(error, STATUS_FAILED, "there are more than %d shares", SHARES_MAX);
    enum status status = catalogue_begin(catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = check_model(catalogue, model, error);
    if (status == STATUS_OK)
        status = insert(catalogue, model->name, version, rows, count, n_shares, error);
    if (status == STATUS_OK)
        return catalogue_commit(catalogue, error);
    catalogue_rollback(catalogue);
    return status;
}

/* ---- reading ---- */

enum { COLUMN_ID, COLUMN_GENRE_ID, COLUMN_GENRE, COLUMN_SHARES, COLUMN_KEY, COLUMN_NAME, COLUMN_ENTRIES };

static const char *copy(struct cause_rows *rows, sqlite3_stmt *statement, int column)
{
    const char *text = database_column_text(statement, column);
    return arena_copy_text(&rows->memory, text, (size_t)sqlite3_column_bytes(statement, column));
}

static bool reserve(struct cause_rows *rows, size_t *capacity)
{
    if (rows->count < *capacity)
        return true;
    *capacity = 2 * *capacity + 256;
    struct cause_row *items = realloc(rows->items, *capacity * sizeof *items);
    if (items)
        rows->items = items;
    return items != NULL;
}

/* A row whose shares are not so many is left out: it will be computed again. */
static enum status take_row(sqlite3_stmt *statement, size_t n_shares, struct cause_rows *rows, size_t *capacity,
                            struct error *error)
{
    if ((size_t)sqlite3_column_bytes(statement, COLUMN_SHARES) != 8 * n_shares)
        return STATUS_OK;
    if (!reserve(rows, capacity))
        return error_no_memory(error);
    const char *genre = database_column_text(statement, COLUMN_GENRE);
    bool same = rows->count > 0 && strcmp(rows->items[rows->count - 1].genre, genre) == 0;
    double *shares = arena_alloc(&rows->memory, (n_shares + 1) * sizeof *shares);
    struct cause_row row = {
        .playlist_id = sqlite3_column_int64(statement, COLUMN_ID),
        .genre_id = sqlite3_column_int64(statement, COLUMN_GENRE_ID),
        .genre = same ? rows->items[rows->count - 1].genre : copy(rows, statement, COLUMN_GENRE),
        .key = copy(rows, statement, COLUMN_KEY),
        .name = copy(rows, statement, COLUMN_NAME),
        .n_entries = sqlite3_column_int64(statement, COLUMN_ENTRIES),
        .shares = shares,
    };
    if (!shares || !row.genre || !row.key || !row.name)
        return error_no_memory(error);
    unpack(sqlite3_column_blob(statement, COLUMN_SHARES), n_shares, shares);
    rows->items[rows->count++] = row;
    return STATUS_OK;
}

enum status catalogue_causes_read(struct catalogue *catalogue, const char *model, int version, size_t n_shares,
                                  struct cause_rows *rows, struct error *error)
{
    *rows = (struct cause_rows){0};
    size_t capacity = 0;
    sqlite3_stmt *statement;
    enum status status = database_prepare(
        catalogue,
        "SELECT c.playlist_id, c.genre_id, g.name, c.shares, p.key, p.name, p.n_entries FROM result_causes c"
        " JOIN playlists p ON p.id = c.playlist_id LEFT JOIN genres g ON g.id = c.genre_id"
        " WHERE c.model_id = (SELECT id FROM models WHERE name = ?) AND c.version = ? ORDER BY c.playlist_id",
        &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_text(statement, 1, model, -1, SQLITE_STATIC);
    sqlite3_bind_int(statement, 2, version);
    for (bool row = true; row && status == STATUS_OK;) {
        status = database_step_row(catalogue, statement, &row, "read causes", error);
        if (status == STATUS_OK && row)
            status = take_row(statement, n_shares, rows, &capacity, error);
    }
    sqlite3_finalize(statement);
    if (status != STATUS_OK)
        cause_rows_free(rows);
    return status;
}

enum status catalogue_causes_complete(struct catalogue *catalogue, const char *model, int version, bool *complete,
                                      struct error *error)
{
    sqlite3_stmt *statement;
    bool row = false;
    *complete = false;
    enum status status = database_prepare(
        catalogue,
        "SELECT (SELECT count(*) FROM results WHERE model_id = m.id),"
        " (SELECT count(*) FROM result_causes WHERE model_id = m.id AND version = ?2) FROM models m WHERE name = ?1",
        &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_text(statement, 1, model, -1, SQLITE_STATIC);
    sqlite3_bind_int(statement, 2, version);
    status = database_step_row(catalogue, statement, &row, "read causes", error);
    if (status == STATUS_OK && row)
        *complete = sqlite3_column_int64(statement, 1) > 0 &&
                    sqlite3_column_int64(statement, 0) == sqlite3_column_int64(statement, 1);
    sqlite3_finalize(statement);
    return status;
}
