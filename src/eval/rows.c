#include "eval/rows.h"

#include <string.h>
#include <strings.h>

#include "core/buffer.h"
#include "core/interrupt.h"

static enum status check_length(const struct table_record *row, int n_columns, struct error *error)
{
    if (row->too_long)
        return error_set(error, STATUS_BAD_DATA, "a field longer than %d bytes", TABLE_FIELD_MAX);
    if (row->n_fields > TABLE_COLUMNS_MAX)
        return error_set(error, STATUS_BAD_DATA, "more than %d fields", TABLE_COLUMNS_MAX);
    if (n_columns > 0 && row->n_fields != n_columns)
        return error_set(error, STATUS_BAD_DATA, "there are %d fields where the first line has %d", row->n_fields,
                         n_columns);
    return STATUS_OK;
}

enum status rows_read(const char *path,
                      enum status (*each)(void *context, const struct table_record *row, bool first, char delimiter,
                                          struct error *error),
                      void *context, long long *n_rows, struct error *error)
{
    const struct table_options options = {.flags = TEXT_READER_STDIN, .tabs_first = true, .exact_quotes = true};
    struct table_reader *reader;
    struct table_record row;
    bool more = true;
    long long count = 0;
    int n_columns = 0;
    enum status status = table_open(path, &options, &reader, error);
    if (status != STATUS_OK)
        return status;
    while ((status = table_next(reader, &row, &more, error)) == STATUS_OK && more) {
        status = interrupt_requested() ? error_set(error, STATUS_INTERRUPTED, "stopped")
                                       : check_length(&row, n_columns, error);
        n_columns = row.n_fields;
        if (status == STATUS_OK)
            status = each(context, &row, count++ == 0, table_delimiter(reader), error);
        if (status != STATUS_OK) {
            error_prefix(error, "%s, line %lld", text_reader_name(table_text(reader)), row.line);
            break;
        }
    }
    table_close(reader);
    if (n_rows)
        *n_rows = count;
    return status;
}

/* Strips blanks from both ends, in place. */
static size_t trim(char *text, size_t size)
{
    while (size > 0 && text[size - 1] == ' ')
        size--;
    text[size] = '\0';
    size_t blanks = strspn(text, " ");
    memmove(text, text + blanks, size + 1 - blanks);
    return size - blanks;
}

int rows_column(const struct table_record *header, const char *name)
{
    int found = -1;
    for (int i = 0; i < header->n_fields; i++) {
        header->sizes[i] = trim(header->fields[i], header->sizes[i]);
        if (strcasecmp(header->fields[i], name) == 0)
            found = found == -1 ? i : -2;
    }
    return found;
}

typedef enum status find_key(struct catalogue *catalogue, const char *key, int64_t *id, struct error *error);

/* A key that itself begins and ends with a quote, and whose row was written without quoting. */
static enum status find_quoted(struct catalogue *catalogue, find_key *find, const char *key, int64_t *id,
                               struct error *error)
{
    struct buffer quoted = {0};
    buffer_printf(&quoted, "\"%s\"", key);
    enum status status = quoted.failed ? error_no_memory(error) : find(catalogue, quoted.data, id, error);
    buffer_free(&quoted);
    return status;
}

static enum status find_field(struct catalogue *catalogue, find_key *find, const struct table_record *row, int column,
                              int64_t *id, struct error *error)
{
    char *key = row->fields[column];
    enum status status = find(catalogue, key, id, error);
    if (status == STATUS_OK && *id == 0 && row->quoted[column])
        status = find_quoted(catalogue, find, key, id, error);
    if (status != STATUS_OK || *id)
        return status;
    row->sizes[column] = trim(key, row->sizes[column]);
    return find(catalogue, key, id, error);
}

enum status rows_playlist_find(struct catalogue *catalogue, const struct table_record *row, int column, int64_t *id,
                               struct error *error)
{
    return find_field(catalogue, catalogue_playlist_find, row, column, id, error);
}

enum status rows_track_find(struct catalogue *catalogue, const struct table_record *row, int column, int64_t *id,
                            struct error *error)
{
    return find_field(catalogue, catalogue_track_find, row, column, id, error);
}
