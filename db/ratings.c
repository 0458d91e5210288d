#include "db/ratings.h"

#include <stdlib.h>
#include <string.h>

#include "db/database.h"

const char *const rating_names[RATING_VALUES] = {"good", "borderline", "bad"};

bool rating_named(const char *name, enum rating_value *value)
{
    for (int i = 0; i < RATING_VALUES; i++)
        if (strcmp(name, rating_names[i]) == 0) {
            *value = (enum rating_value)i;
            return true;
        }
    return false;
}

void rating_list_free(struct rating_list *list)
{
    arena_free(&list->memory);
    *list = (struct rating_list){0};
}

/* SELECT ... WHERE or DELETE ... WHERE, with what the filter names: so that an index is used. */
static enum status prepare(struct catalogue *catalogue, const char *before, const struct rating_filter *filter,
                           const char *after, sqlite3_stmt **statement, struct error *error)
{
    struct buffer sql = {0};
    buffer_printf(&sql, "%s WHERE 1%s%s%s%s%s", before, filter->playlist_id > 0 ? " AND playlist_id = ?1" : "",
                  filter->track_id > 0 ? " AND track_id = ?2" : "", filter->model ? " AND model = ?3" : "",
                  filter->rater ? " AND rater = ?4" : "", after);
    enum status status = sql.failed ? error_no_memory(error) : database_prepare(catalogue, sql.data, statement, error);
    buffer_free(&sql);
    if (status != STATUS_OK)
        return status;
    /* Those that are not in the text are refused, which does no harm. */
    sqlite3_bind_int64(*statement, 1, filter->playlist_id);
    sqlite3_bind_int64(*statement, 2, filter->track_id);
    sqlite3_bind_text(*statement, 3, filter->model, -1, SQLITE_STATIC);
    sqlite3_bind_text(*statement, 4, filter->rater, -1, SQLITE_STATIC);
    return STATUS_OK;
}

static char *copy_column(struct arena *memory, sqlite3_stmt *statement, int column)
{
    const char *text = database_column_text(statement, column);
    return arena_copy_text(memory, text, strlen(text));
}

/* The row as an item of the list, whose texts are in its memory. */
static bool read_row(sqlite3_stmt *statement, struct arena *memory, struct rating *rating)
{
    *rating = (struct rating){
        .playlist_id = sqlite3_column_int64(statement, 0),
        .track_id = sqlite3_column_int64(statement, 1),
        .rater = copy_column(memory, statement, 2),
        .model = copy_column(memory, statement, 3),
        .rank = sqlite3_column_int(statement, 4) > 0 ? sqlite3_column_int(statement, 4) : 0,
        .value = RATING_BAD,
        .reason = copy_column(memory, statement, 6),
        .metadata = sqlite3_column_int(statement, 7) != 0,
        .rated = sqlite3_column_int64(statement, 8),
    };
    rating_named(database_column_text(statement, 5), &rating->value); /* the table has no other texts */
    return rating->rater && rating->model && rating->reason;
}

/* Ends a reader: moves the items of `size` bytes that were collected in `items` into the list's memory. */
static void *keep_items(sqlite3_stmt *statement, struct arena *memory, struct buffer *items, size_t size, size_t *count)
{
    sqlite3_finalize(statement);
    void *kept = items->failed ? NULL : arena_alloc(memory, items->size + 1);
    if (kept && items->size > 0)
        memcpy(kept, items->data, items->size);
    *count = items->size / size;
    buffer_free(items);
    return kept;
}

enum status catalogue_ratings_read(struct catalogue *catalogue, const struct rating_filter *filter,
                                   struct rating_list *list, struct error *error)
{
    sqlite3_stmt *statement;
    struct buffer items = {0};
    *list = (struct rating_list){0};
    enum status status =
        prepare(catalogue,
                "SELECT playlist_id, track_id, rater, model, coalesce(rank, 0), rating, coalesce(r.text, ''),"
                " coalesce(r.metadata, 0), rated FROM ratings LEFT JOIN rating_reasons r ON r.id = reason_id",
                filter, " ORDER BY playlist_id, model, rank IS NULL, rank, track_id, rater", &statement, error);
    if (status != STATUS_OK)
        return status;
    for (bool row = true; status == STATUS_OK;) {
        struct rating rating;
        status = database_step_row(catalogue, statement, &row, "read the ratings", error);
        if (status != STATUS_OK || !row)
            break;
        if (!read_row(statement, &list->memory, &rating))
            status = error_no_memory(error);
        buffer_add(&items, &rating, sizeof rating);
    }
    list->items = keep_items(statement, &list->memory, &items, sizeof *list->items, &list->count);
    if (status == STATUS_OK && !list->items)
        status = error_no_memory(error);
    if (status != STATUS_OK)
        rating_list_free(list);
    return status;
}

/* *id: 0 for the reason "". */
static enum status reason_id(struct catalogue *catalogue, const char *text, bool metadata, int64_t *id,
                             struct error *error)
{
    sqlite3_stmt *statement;
    *id = 0;
    if (!text[0])
        return STATUS_OK;
    enum status status = database_prepare(
        catalogue, "INSERT INTO rating_reasons (text, metadata) VALUES (?, ?) ON CONFLICT (text) DO NOTHING",
        &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_text(statement, 1, text, -1, SQLITE_STATIC);
    sqlite3_bind_int(statement, 2, metadata);
    status = database_step_done(catalogue, statement, "store the reason of a rating", error);
    sqlite3_finalize(statement);
    if (status != STATUS_OK)
        return status;
    return database_integer(catalogue, "SELECT id FROM rating_reasons WHERE text = ?", text, id, error);
}

static enum status write_row(struct catalogue *catalogue, const struct rating *rating, int64_t reason,
                             struct error *error)
{
    sqlite3_stmt *statement;
    enum status status =
        database_prepare(catalogue,
                         "INSERT INTO ratings (playlist_id, track_id, rater, model, rank, rating, reason_id, rated)"
                         " VALUES (?1, ?2, ?3, ?4, nullif(?5, 0), ?6, nullif(?7, 0), ?8)"
                         " ON CONFLICT (playlist_id, track_id, rater, model) DO UPDATE SET rank = excluded.rank,"
                         " rating = excluded.rating, reason_id = excluded.reason_id, rated = excluded.rated",
                         &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int64(statement, 1, rating->playlist_id);
    sqlite3_bind_int64(statement, 2, rating->track_id);
    sqlite3_bind_text(statement, 3, rating->rater, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 4, rating->model, -1, SQLITE_STATIC);
    sqlite3_bind_int(statement, 5, rating->rank);
    sqlite3_bind_text(statement, 6, rating_names[rating->value], -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 7, reason);
    sqlite3_bind_int64(statement, 8, rating->rated);
    status = database_step_done(catalogue, statement, "store a rating", error);
    sqlite3_finalize(statement);
    return status;
}

static enum status check(const struct rating *rating, struct error *error)
{
    const struct {
        const char *name, *text;
    } texts[] = {{"the name of the rater", rating->rater},
                 {"the name of the model", rating->model},
                 {"the reason", rating->reason}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (strlen(texts[i].text) > RATING_TEXT_MAX)
            return error_set(error, STATUS_USAGE, "%s is longer than %d bytes", texts[i].name, RATING_TEXT_MAX);
    if (!rating->rater[0])
        return error_set(error, STATUS_USAGE, "a rating needs the name of its rater");
    if (rating->reason[0] && rating->value != RATING_BAD)
        return error_set(error, STATUS_USAGE, "only a bad rating has a reason, not a %s one",
                         rating_names[rating->value]);
    return STATUS_OK;
}

enum status catalogue_rating_write(struct catalogue *catalogue, const struct rating *rating, struct error *error)
{
    bool owned;
    int64_t reason;
    enum status status = check(rating, error);
    if (status == STATUS_OK)
        status = database_unit_begin(catalogue, &owned, error);
    if (status != STATUS_OK)
        return status;
    status = reason_id(catalogue, rating->reason, rating->metadata, &reason, error);
    if (status == STATUS_OK)
        status = write_row(catalogue, rating, reason, error);
    return database_unit_end(catalogue, owned, status, error);
}

enum status catalogue_ratings_copy(struct catalogue *catalogue, int64_t from, int64_t to, const char *rater,
                                   struct error *error)
{
    sqlite3_stmt *statement;
    enum status status =
        database_prepare(catalogue,
                         "INSERT OR IGNORE INTO ratings (playlist_id, track_id, rater, model, rank, rating, reason_id,"
                         " rated) SELECT ?2, track_id, rater, model, rank, rating, reason_id, rated FROM ratings"
                         " WHERE playlist_id = ?1 AND rater = ?3",
                         &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int64(statement, 1, from);
    sqlite3_bind_int64(statement, 2, to);
    sqlite3_bind_text(statement, 3, rater, -1, SQLITE_STATIC);
    status = database_step_done(catalogue, statement, "copy ratings", error);
    sqlite3_finalize(statement);
    return status;
}

enum status catalogue_ratings_remove(struct catalogue *catalogue, const struct rating_filter *filter, int64_t *removed,
                                     struct error *error)
{
    sqlite3_stmt *statement;
    enum status status = prepare(catalogue, "DELETE FROM ratings", filter, "", &statement, error);
    if (status != STATUS_OK)
        return status;
    status = database_step_done(catalogue, statement, "remove ratings", error);
    *removed = status == STATUS_OK ? sqlite3_changes64(catalogue->db) : 0;
    sqlite3_finalize(statement);
    return status;
}

/* ---- reasons ---- */

void rating_reason_list_free(struct rating_reason_list *list)
{
    arena_free(&list->memory);
    *list = (struct rating_reason_list){0};
}

enum status catalogue_rating_reasons(struct catalogue *catalogue, struct rating_reason_list *list, struct error *error)
{
    sqlite3_stmt *statement;
    struct buffer items = {0};
    *list = (struct rating_reason_list){0};
    enum status status = database_prepare(
        catalogue,
        "SELECT text, metadata, count(g.id) AS n FROM rating_reasons r LEFT JOIN ratings g ON g.reason_id = r.id"
        " GROUP BY r.id ORDER BY n DESC, text",
        &statement, error);
    if (status != STATUS_OK)
        return status;
    for (bool row = true; status == STATUS_OK;) {
        status = database_step_row(catalogue, statement, &row, "read the reasons of ratings", error);
        if (status != STATUS_OK || !row)
            break;
        const struct rating_reason reason = {.text = copy_column(&list->memory, statement, 0),
                                             .metadata = sqlite3_column_int(statement, 1) != 0,
                                             .count = sqlite3_column_int64(statement, 2)};
        if (!reason.text)
            status = error_no_memory(error);
        buffer_add(&items, &reason, sizeof reason);
    }
    list->items = keep_items(statement, &list->memory, &items, sizeof *list->items, &list->count);
    if (status == STATUS_OK && !list->items)
        status = error_no_memory(error);
    if (status != STATUS_OK)
        rating_reason_list_free(list);
    return status;
}

enum status catalogue_rating_reason_write(struct catalogue *catalogue, const char *text, bool metadata,
                                          struct error *error)
{
    sqlite3_stmt *statement;
    if (!text[0] || strlen(text) > RATING_TEXT_MAX)
        return error_set(error, STATUS_USAGE, "a reason has 1 to %d bytes", RATING_TEXT_MAX);
    enum status status = database_prepare(catalogue,
                                          "INSERT INTO rating_reasons (text, metadata) VALUES (?, ?)"
                                          " ON CONFLICT (text) DO UPDATE SET metadata = excluded.metadata",
                                          &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_text(statement, 1, text, -1, SQLITE_STATIC);
    sqlite3_bind_int(statement, 2, metadata);
    status = database_step_done(catalogue, statement, "store a reason", error);
    sqlite3_finalize(statement);
    return status;
}

static enum status remove_reason(struct catalogue *catalogue, const char *text, bool *removed, struct error *error)
{
    sqlite3_stmt *statement;
    int64_t used;
    enum status status = database_integer(
        catalogue, "SELECT count(*) FROM ratings JOIN rating_reasons r ON r.id = reason_id WHERE r.text = ?", text,
        &used, error);
    if (status == STATUS_OK && used > 0)
        status = error_set(error, STATUS_USAGE, "%lld %s this reason; only an unused one can be removed",
                           (long long)used, used == 1 ? "rating gives" : "ratings give");
    if (status == STATUS_OK)
        status = database_prepare(catalogue, "DELETE FROM rating_reasons WHERE text = ?", &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_text(statement, 1, text, -1, SQLITE_STATIC);
    status = database_step_done(catalogue, statement, "remove a reason", error);
    *removed = status == STATUS_OK && sqlite3_changes(catalogue->db) > 0;
    sqlite3_finalize(statement);
    return status;
}

enum status catalogue_rating_reason_remove(struct catalogue *catalogue, const char *text, bool *removed,
                                           struct error *error)
{
    bool owned;
    *removed = false;
    enum status status = database_unit_begin(catalogue, &owned, error);
    if (status == STATUS_OK)
        status = database_unit_end(catalogue, owned, remove_reason(catalogue, text, removed, error), error);
    return status;
}
