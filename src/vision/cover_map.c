#include "vision/cover_map.h"

#include <string.h>
#include <strings.h>

#include "core/interrupt.h"
#include "core/table_reader.h"

enum { MAP_ROWS_MAX = 1000000 }; /* the Million Playlist Dataset has 734,684 albums */

const struct cover_map_column cover_map_paths = {"path", "a path"};
const struct cover_map_column cover_map_mbids = {"mbid", "a MusicBrainz id"};

struct map_columns {
    int album, value;
    int n; /* fields of a row */
    const struct cover_map_column *column;
};

/* Removes blanks from both ends, in place. */
static char *trim(char *text)
{
    text += strspn(text, " ");
    size_t size = strlen(text);
    while (size > 0 && text[size - 1] == ' ')
        text[--size] = '\0';
    return text;
}

static int column_named(const struct table_record *header, const char *name)
{
    for (int i = 0; i < header->n_fields && i < TABLE_COLUMNS_MAX; i++)
        if (strcasecmp(trim(header->fields[i]), name) == 0)
            return i;
    return -1;
}

/* True when the record is a header. Tables that sleeve prints have the title in "album" and the key in "key". */
static bool take_header(const struct table_record *record, struct map_columns *columns)
{
    int key = column_named(record, "key");
    columns->album = key >= 0 ? key : column_named(record, "album");
    columns->value = column_named(record, columns->column->name);
    columns->n = record->n_fields;
    bool header = columns->album >= 0 && columns->value >= 0;
    if (!header)
        *columns = (struct map_columns){0, 1, 2, columns->column};
    return header;
}

static enum status check_row(const struct table_record *row, const struct map_columns *columns, struct error *error)
{
    int last = columns->album > columns->value ? columns->album : columns->value;
    if (row->too_long)
        return error_set(error, STATUS_BAD_DATA, "a field longer than %d bytes", TABLE_FIELD_MAX);
    if (last >= row->n_fields || last >= TABLE_COLUMNS_MAX || !*trim(row->fields[columns->album]) ||
        !*trim(row->fields[columns->value]))
        return error_set(error, STATUS_BAD_DATA,
                         "an album's key and %s are needed, with a tab, comma or semicolon between them; remove the "
                         "lines of albums that get no cover",
                         columns->column->what);
    for (int i = columns->n; i < row->n_fields; i++)
        if (i >= TABLE_COLUMNS_MAX || *trim(row->fields[i]))
            return error_set(error, STATUS_BAD_DATA,
                             "%d fields where %d are needed: an album's key that holds a comma or semicolon needs "
                             "quotes around it, or tabs between the columns",
                             row->n_fields, columns->n);
    return STATUS_OK;
}

enum status cover_map_read(const char *map_file, const struct cover_map_column *column,
                           enum status (*each)(void *context, const char *album, const char *value, long long line,
                                               struct error *error),
                           void *context, struct error *error)
{
    struct table_reader *reader;
    struct table_record row;
    const struct table_options options = {.tabs_first = true, .exact_quotes = true};
    struct map_columns columns = {0, 1, 2, column};
    bool more = true, first = true;
    long long rows = 0;
    enum status status = table_open(map_file, &options, &reader, error);
    if (status != STATUS_OK)
        return status;
    while (status == STATUS_OK && (status = table_next(reader, &row, &more, error)) == STATUS_OK && more) {
        bool header = first && take_header(&row, &columns);
        first = false;
        if (header)
            continue;
        if (interrupt_requested())
            status = error_set(error, STATUS_INTERRUPTED, "stopped");
        else if (++rows > MAP_ROWS_MAX)
            status = error_set(error, STATUS_BAD_DATA, "more than %d rows", MAP_ROWS_MAX);
        else
            status = check_row(&row, &columns, error);
        if (status == STATUS_OK)
            status = each(context, trim(row.fields[columns.album]), trim(row.fields[columns.value]), row.line, error);
        if (status != STATUS_OK)
            error_prefix(error, "%s, line %lld", map_file, row.line);
    }
    table_close(reader);
    if (status == STATUS_OK && first)
        status = error_set(error, STATUS_BAD_DATA, "%s: is empty; a line for each album is needed: its key and %s",
                           map_file, column->what);
    return status;
}
