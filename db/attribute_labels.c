#include "db/attribute_labels.h"

#include "db/database.h"

enum status catalogue_attribute_labels(struct catalogue *catalogue, int64_t track,
                                       bool (*each)(const struct attribute_label *label, void *context), void *context,
                                       struct error *error)
{
    sqlite3_stmt *statement;
    enum status status = database_prepare(catalogue,
                                          "SELECT track_id, attribute, rater, value, labelled FROM attribute_labels"
                                          " WHERE ?1 = 0 OR track_id = ?1 ORDER BY track_id, attribute, rater",
                                          &statement, error);
    bool row = true;
    if (status == STATUS_OK)
        sqlite3_bind_int64(statement, 1, track);
    while (status == STATUS_OK && row) {
        status = database_step_row(catalogue, statement, &row, "read the labels of attributes", error);
        if (status != STATUS_OK || !row)
            break;
        const struct attribute_label label = {.track = sqlite3_column_int64(statement, 0),
                                              .attribute = database_column_text(statement, 1),
                                              .rater = database_column_text(statement, 2),
                                              .value = sqlite3_column_double(statement, 3),
                                              .labelled = sqlite3_column_int64(statement, 4)};
        if (!each(&label, context))
            status = error_no_memory(error);
    }
    sqlite3_finalize(statement);
    return status;
}

enum status catalogue_attribute_label_set(struct catalogue *catalogue, const struct attribute_label *label,
                                          struct error *error)
{
    sqlite3_stmt *statement;
    enum status status = database_prepare(
        catalogue,
        "INSERT INTO attribute_labels (track_id, attribute, rater, value, labelled) VALUES (?1, ?2, ?3, ?4, ?5)"
        " ON CONFLICT (track_id, attribute, rater) DO UPDATE SET value = excluded.value, labelled = excluded.labelled",
        &statement, error);
    if (status == STATUS_OK) {
        sqlite3_bind_int64(statement, 1, label->track);
        sqlite3_bind_text(statement, 2, label->attribute, -1, SQLITE_TRANSIENT);
        sqlite3_bind_text(statement, 3, label->rater, -1, SQLITE_TRANSIENT);
        sqlite3_bind_double(statement, 4, label->value);
        sqlite3_bind_int64(statement, 5, label->labelled);
        status = database_step_done(catalogue, statement, "store a label", error);
    }
    sqlite3_finalize(statement);
    return status;
}

enum status catalogue_attribute_label_remove(struct catalogue *catalogue, int64_t track, const char *attribute,
                                             const char *rater, struct error *error)
{
    sqlite3_stmt *statement;
    enum status status = database_prepare(
        catalogue, "DELETE FROM attribute_labels WHERE track_id = ?1 AND attribute = ?2 AND rater = ?3", &statement,
        error);
    if (status == STATUS_OK) {
        sqlite3_bind_int64(statement, 1, track);
        sqlite3_bind_text(statement, 2, attribute, -1, SQLITE_TRANSIENT);
        sqlite3_bind_text(statement, 3, rater, -1, SQLITE_TRANSIENT);
        status = database_step_done(catalogue, statement, "remove a label", error);
    }
    sqlite3_finalize(statement);
    return status;
}
