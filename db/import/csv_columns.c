#include "db/import/csv_columns.h"

#include <string.h>

#include "core/buffer.h"
#include "core/text.h"

/* ---- the header ---- */

static bool add_folded(const char *name, size_t size, struct buffer *out)
{
    struct buffer plain = {0};
    for (size_t i = 0; i < size; i++)
        buffer_add_byte(&plain, name[i] == '_' || name[i] == '-' ? ' ' : name[i]);
    buffer_clear(out);
    buffer_add(out, "", 0);
    text_fold(plain.data ? plain.data : "", plain.size, out);
    out->failed |= plain.failed;
    buffer_free(&plain);
    return !out->failed;
}

static const char *trimmed(const char *text, size_t *size)
{
    while (*size > 0 && *text == ' ') {
        text++;
        --*size;
    }
    while (*size > 0 && text[*size - 1] == ' ')
        --*size;
    return text;
}

enum status csv_header_read(const char *path, const struct table_record *record, struct csv_header *header,
                            struct error *error)
{
    *header = (struct csv_header){.line = record->line, .n_columns = record->n_fields};
    if (record->n_fields > TABLE_COLUMNS_MAX || record->too_long)
        return error_set(error, STATUS_BAD_DATA,
                         "%s, line %lld: a header of %d columns; at most %d are read, with names of at most %d bytes",
                         path, record->line, record->n_fields, TABLE_COLUMNS_MAX, TABLE_FIELD_MAX);
    if (record->zero)
        return error_set(error, STATUS_BAD_DATA, "%s, line %lld: a NUL byte, which text does not contain", path,
                         record->line);
    size_t n = (size_t)record->n_fields;
    header->names = arena_alloc(&header->memory, n * sizeof *header->names);
    header->folded = arena_alloc(&header->memory, n * sizeof *header->folded);
    bool fine = header->names && header->folded;
    struct buffer folded = {0};
    for (size_t i = 0; fine && i < n; i++) {
        size_t size = record->sizes[i];
        const char *name = trimmed(record->fields[i], &size);
        fine = add_folded(name, size, &folded);
        header->names[i] = fine ? arena_copy_text(&header->memory, name, size) : NULL;
        header->folded[i] = fine ? arena_copy_text(&header->memory, folded.data, folded.size) : NULL;
        fine = header->names[i] && header->folded[i];
    }
    buffer_free(&folded);
    return fine ? STATUS_OK : error_no_memory(error);
}

void csv_header_free(struct csv_header *header)
{
    arena_free(&header->memory);
    *header = (struct csv_header){0};
}

/* Column names for a message. */
static void list_columns(const struct csv_header *header, struct buffer *out)
{
    for (int i = 0; i < header->n_columns && out->size < 400; i++)
        buffer_printf(out, "%s%.40s", i > 0 ? ", " : "", header->names[i]);
}

/* ---- by name ---- */

enum { NO_COLUMN = -1, SEVERAL = -2 };

static int column_named(const struct csv_header *header, const char *name, size_t size)
{
    struct buffer folded = {0};
    int found = NO_COLUMN;
    bool fine = add_folded(name, size, &folded);
    for (int i = 0; fine && folded.size > 0 && i < header->n_columns; i++)
        if (strcmp(header->folded[i], folded.data) == 0)
            found = found == NO_COLUMN ? i : SEVERAL;
    buffer_free(&folded);
    return found;
}

/* The column with exactly this name, else the one whose name compares equal. */
static int column_meant(const struct csv_header *header, const char *name, size_t size)
{
    int exact = NO_COLUMN;
    for (int i = 0; i < header->n_columns; i++)
        if (strlen(header->names[i]) == size && memcmp(header->names[i], name, size) == 0)
            exact = exact == NO_COLUMN ? i : SEVERAL;
    return exact == NO_COLUMN ? column_named(header, name, size) : exact;
}

/* Finds the columns by the names that the preset knows. *twice is a name that several columns have. */
static void find_by_name(const struct csv_header *header, enum csv_preset preset, struct csv_columns *columns,
                         const char **twice)
{
    *twice = NULL;
    columns->preset = preset;
    for (int field = 0; field < CSV_FIELDS; field++)
        columns->column[field] = NO_COLUMN;
    for (size_t i = 0; i < csv_n_names; i++) {
        int *column = &columns->column[csv_names[i].field];
        if (*column >= 0 || !(csv_names[i].presets & (1U << preset)))
            continue;
        *column = column_named(header, csv_names[i].name, strlen(csv_names[i].name));
        if (*column == SEVERAL) {
            *twice = csv_names[i].name;
            *column = NO_COLUMN;
        }
    }
}

static bool knows(const struct csv_columns *columns, enum csv_field field)
{
    return columns->column[field] >= 0;
}

/* ---- by value ---- */

/* The order of the columns of exportify.app, which is the same in every language. */
static const struct {
    enum csv_field field;
    int column;
    const char *kind; /* of URIs in the column; "" where it has none */
} exportify_order[] = {
    {FIELD_TRACK_ID, 0, "track"}, {FIELD_TRACK, 1, ""},         {FIELD_ARTIST_ID, 2, "artist"},
    {FIELD_ARTIST, 3, ""},        {FIELD_ALBUM_ID, 4, "album"}, {FIELD_ALBUM, 5, ""},
    {FIELD_RELEASE_DATE, 8, ""},  {FIELD_DURATION_MS, 12, ""},  {FIELD_POPULARITY, 15, ""},
};

enum { EXPORTIFY_COLUMNS = 16 };

static bool is_uri(const char *value, const char *kind)
{
    static const char scheme[] = "spotify:";
    size_t size = strlen(kind);
    if (strncmp(value, scheme, sizeof scheme - 1) != 0)
        return false;
    value += sizeof scheme - 1;
    if (strncmp(value, "local:", 6) == 0)
        return true;
    if (strcmp(kind, "track") == 0 &&
        strncmp(value, "episode:", 8) == 0) /* podcast episodes are in the column of the tracks */
        return true;
    return strncmp(value, kind, size) == 0 && value[size] == ':';
}

/* Whether the first row has URIs where a table of exportify.app has them. */
static bool has_exportify_order(const struct table_record *first)
{
    if (first->n_fields < EXPORTIFY_COLUMNS || !is_uri(first->fields[0], "track"))
        return false;
    for (size_t i = 1; i < sizeof exportify_order / sizeof *exportify_order; i++) {
        const char *value = first->fields[exportify_order[i].column];
        if (*exportify_order[i].kind && *value && !is_uri(value, exportify_order[i].kind))
            return false;
    }
    return true;
}

static bool is_taken(const struct csv_columns *columns, int column)
{
    for (int field = 0; field < CSV_FIELDS; field++)
        if (columns->column[field] == column)
            return true;
    return false;
}

static void find_by_value(const struct csv_header *header, const struct table_record *first,
                          struct csv_columns *columns)
{
    if (first->n_fields != header->n_columns)
        return;
    for (size_t i = 0; has_exportify_order(first) && i < sizeof exportify_order / sizeof *exportify_order; i++)
        if (!knows(columns, exportify_order[i].field) && !is_taken(columns, exportify_order[i].column))
            columns->column[exportify_order[i].field] = exportify_order[i].column;
    for (int i = 0; !knows(columns, FIELD_TRACK_ID) && i < header->n_columns; i++)
        if (!is_taken(columns, i) && is_uri(first->fields[i], "track"))
            columns->column[FIELD_TRACK_ID] = i;
}

/* ---- both ---- */

static bool names_playlist(const struct csv_columns *columns)
{
    return knows(columns, FIELD_PLAYLIST) || knows(columns, FIELD_PLAYLIST_ID);
}

static bool names_track(const struct csv_columns *columns)
{
    return knows(columns, FIELD_TRACK) && knows(columns, FIELD_ARTIST);
}

/* Finds the columns of a preset; true when they are enough. */
static bool try_preset(const struct csv_header *header, const struct table_record *first, enum csv_preset preset,
                       struct csv_columns *columns, const char **twice)
{
    find_by_name(header, preset, columns, twice);
    if (csv_layouts[preset].by_value)
        find_by_value(header, first, columns);
    return names_track(columns) && (csv_layouts[preset].is_playlist || names_playlist(columns));
}

static void detect(const struct csv_header *header, const struct table_record *first, struct csv_columns *columns,
                   const char **twice)
{
    for (size_t preset = CSV_AUTO + 1; preset < csv_n_layouts; preset++)
        if (try_preset(header, first, (enum csv_preset)preset, columns, twice) &&
            knows(columns, csv_layouts[preset].needs))
            return;
    try_preset(header, first, CSV_PLAYLISTS, columns, twice);
}

static int field_named(const char *name, size_t size)
{
    for (size_t i = 0; i < csv_n_names; i++)
        if ((csv_names[i].presets & CSV_NAME_OWN) && strlen(csv_names[i].name) == size &&
            strncmp(csv_names[i].name, name, size) == 0)
            return (int)csv_names[i].field;
    return -1;
}

static enum status refuse_field(const char *name, size_t size, struct error *error)
{
    struct buffer fields = {0};
    for (size_t i = 0; i < csv_n_names; i++)
        if (csv_names[i].presets & CSV_NAME_OWN)
            buffer_printf(&fields, "%s%s", fields.size > 0 ? ", " : "", csv_names[i].name);
    error_set(error, STATUS_USAGE, "--map: there is no field \"%.*s\"; the fields are %s", (int)(size < 80 ? size : 80),
              name, fields.data ? fields.data : "");
    buffer_free(&fields);
    return STATUS_USAGE;
}

static enum status refuse_column(const char *path, const struct csv_header *header, const char *name, size_t size,
                                 bool several, struct error *error)
{
    struct buffer list = {0};
    list_columns(header, &list);
    error_set(error, STATUS_USAGE, "--map: %s has %s \"%.*s\"; its columns are: %s", path,
              several ? "several columns" : "no column", (int)(size < 80 ? size : 80), name,
              list.data ? list.data : "");
    buffer_free(&list);
    return STATUS_USAGE;
}

static enum status apply_map(const char *path, const struct csv_header *header, const char *map,
                             struct csv_columns *columns, struct error *error)
{
    while (*map) {
        size_t size = strcspn(map, ","), equals = strcspn(map, "=");
        if (equals >= size || equals == 0 || equals + 1 == size)
            return error_set(error, STATUS_USAGE, "--map needs field=column pairs with commas between, not \"%.*s\"",
                             (int)(size < 80 ? size : 80), map);
        int field = field_named(map, equals);
        if (field < 0)
            return refuse_field(map, equals, error);
        const char *name = map + equals + 1;
        columns->column[field] = column_meant(header, name, size - equals - 1);
        if (columns->column[field] < 0)
            return refuse_column(path, header, name, size - equals - 1, columns->column[field] == SEVERAL, error);
        map += size + (map[size] == ',');
    }
    return STATUS_OK;
}

enum status csv_columns_find(const char *path, const struct csv_header *header, const struct table_record *first,
                             const struct csv_options *options, struct csv_columns *columns, struct error *error)
{
    const char *twice;
    if (options->preset == CSV_AUTO)
        detect(header, first, columns, &twice);
    else
        try_preset(header, first, options->preset, columns, &twice);
    if (twice && !options->map)
        return error_set(error, STATUS_BAD_DATA,
                         "%s, line %lld: several columns are called \"%s\"; choose one with --map", path, header->line,
                         twice);
    enum status status = options->map ? apply_map(path, header, options->map, columns, error) : STATUS_OK;
    bool playlist = csv_layouts[columns->preset].is_playlist || names_playlist(columns);
    if (status != STATUS_OK || (playlist && names_track(columns)))
        return status;
    struct buffer list = {0};
    list_columns(header, &list);
    if (!playlist && names_track(columns))
        error_set(error, STATUS_BAD_DATA,
                  "%s, line %lld: no column names the playlist; the columns are: %s; choose one with --map "
                  "playlist=..., or name the playlist after the file with --preset exportify",
                  path, header->line, list.data ? list.data : "");
    else
        error_set(error, STATUS_BAD_DATA,
                  "%s, line %lld: no column is known as %s; the columns are: %s; choose the columns with --map "
                  "playlist=...,track=...,artist=...",
                  path, header->line,
                  !playlist                      ? "the playlist"
                  : !knows(columns, FIELD_TRACK) ? "the track"
                                                 : "the artist",
                  list.data ? list.data : "");
    buffer_free(&list);
    return STATUS_BAD_DATA;
}
