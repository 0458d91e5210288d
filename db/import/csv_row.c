#include "db/import/csv_row.h"

#include <math.h>
#include <string.h>

#include "core/text_number.h"
#include "db/import/csv_values.h"
#include "db/import/note.h"
#include "db/spreadsheet.h"

static const char unknown_name[] = "[unknown]";

static void altered(struct csv_row *row, const char *reason)
{
    import_altered(row->report, reason, row->where, "line", row->record.line);
}

static void dropped(struct csv_row *row, const char *reason)
{
    import_dropped(row->report, reason, row->where, "line", row->record.line);
}

struct text csv_row_text(const struct csv_row *row, enum csv_field field)
{
    const struct buffer *buffer = &row->texts[field];
    return (struct text){buffer->data ? buffer->data : "", buffer->size};
}

static bool is_missing(const struct csv_row *row, enum csv_field field)
{
    const struct buffer *text = &row->texts[field];
    const char *missing = csv_layouts[row->columns->preset].missing_value;
    return missing && text->size == strlen(missing) && memcmp(text->data, missing, text->size) == 0;
}

static void set_text(struct csv_row *row, enum csv_field field, const char *text)
{
    buffer_clear(&row->texts[field]);
    buffer_add_text(&row->texts[field], text);
}

static void take_guards_off(struct csv_row *row)
{
    for (int field = 0; field < CSV_FIELDS; field++) {
        struct buffer *text = &row->texts[field];
        if (text->size > 1 && text->data[0] == '\'' && spreadsheet_guards(text->data + 1, text->size - 1))
            memmove(text->data, text->data + 1, text->size--); /* with its NUL */
    }
}

/* A word for "none" is not an id: the rows that have it are different tracks. */
static void forget_unknown_ids(struct csv_row *row)
{
    static const enum csv_field ids[] = {FIELD_PLAYLIST_ID, FIELD_TRACK_ID, FIELD_ARTIST_ID, FIELD_ALBUM_ID};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        struct text id = csv_row_text(row, ids[i]);
        if (id.size > 0 && id.size <= 8 && csv_is_unknown(id.data, id.size)) /* most ids are longer */
            set_text(row, ids[i], "");
    }
}

/* Copies the fields that are used; false when memory ran out. */
static bool read_texts(struct csv_row *row)
{
    bool cut = false;
    for (int field = 0; field < CSV_FIELDS; field++) {
        struct buffer *text = &row->texts[field];
        buffer_clear(text);
        int column = row->columns->column[field];
        if (column < 0 || column >= row->record.n_fields)
            continue;
        cut |= import_text(row->record.fields[column], row->record.sizes[column], text) & TEXT_CUT;
        if (text->failed)
            return false;
    }
    if (cut)
        altered(row, "text longer than 1,000 bytes: cut");
    if (row->texts[FIELD_GUARDED].size > 0)
        take_guards_off(row);
    forget_unknown_ids(row);
    bool missing = false;
    for (size_t i = 0; i < 3; i++) {
        static const enum csv_field named[3] = {FIELD_TRACK, FIELD_ARTIST, FIELD_ALBUM};
        if (is_missing(row, named[i])) {
            missing = true;
            set_text(row, named[i], unknown_name);
        }
    }
    if (missing)
        altered(row, "name missing (NA): kept as [unknown]");
    return true;
}

/* ---- Exportify's tables, and tracks that only a person's own computer has ---- */

/* Cuts the names and URIs of several artists down to those of the first. */
static void keep_first_artist(struct csv_row *row)
{
    struct buffer *names = &row->texts[FIELD_ARTIST], *uris = &row->texts[FIELD_ARTIST_ID];
    int n_uris;
    bool several, unclear;
    size_t first = csv_first_uri(csv_row_text(row, FIELD_ARTIST_ID).data, uris->size, &n_uris);
    size_t name = csv_first_name(csv_row_text(row, FIELD_ARTIST).data, names->size, n_uris, &several, &unclear);
    if (first < uris->size)
        uris->data[uris->size = first] = '\0';
    if (name < names->size)
        names->data[names->size = name] = '\0';
    if (unclear)
        altered(row, "several artists whose names hold commas: kept as one name");
    else if (several)
        dropped(row, "artists beyond the first of a track");
}

/* Fills an empty field from the URI of a local file. */
static void fill_from_uri(struct csv_row *row, enum csv_field field, enum local_part part)
{
    struct text uri = csv_row_text(row, FIELD_TRACK_ID);
    if (row->texts[field].size > 0)
        return;
    buffer_clear(&row->scratch);
    if (csv_local_part(uri.data, uri.size, part, &row->scratch) && row->scratch.size > 0)
        import_text(row->scratch.data, row->scratch.size, &row->texts[field]);
}

/* A local file has no id that is valid elsewhere: it is identified by its names. */
static void read_local(struct csv_row *row)
{
    struct text uri = csv_row_text(row, FIELD_TRACK_ID);
    if (!csv_is_local(uri.data, uri.size))
        return;
    static const struct {
        enum csv_field field;
        enum local_part part;
    } parts[] = {{FIELD_ARTIST, LOCAL_ARTIST},
                 {FIELD_ALBUM, LOCAL_ALBUM},
                 {FIELD_TRACK, LOCAL_TITLE},
                 {FIELD_SECONDS, LOCAL_SECONDS}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        fill_from_uri(row, parts[i].field, parts[i].part);
    if (ingest_track_find(row->ingest, uri) == 0) /* version 0.1 and slices have it as a key */
        buffer_clear(&row->texts[FIELD_TRACK_ID]);
    if (row->texts[FIELD_ARTIST].size == 0) {
        set_text(row, FIELD_ARTIST, unknown_name);
        altered(row, "a local track without artist: kept as [unknown]");
    }
}

/* ---- numbers and dates ---- */

static bool is_given(const struct csv_row *row, enum csv_field field)
{
    struct text text = csv_row_text(row, field);
    return !csv_is_unknown(text.data, text.size);
}

/* False unless the field holds a number from min to max; an invalid value is counted as dropped for `reason`. */
static bool read_number(struct csv_row *row, enum csv_field field, double min, double max, const char *reason,
                        double *value)
{
    struct text text = csv_row_text(row, field);
    if (!is_given(row, field))
        return false;
    if (text_number(text.data, text.size, row->delimiter, value) && *value >= min && *value <= max)
        return true;
    dropped(row, reason);
    return false;
}

/* A number that may be written in per cent: "51 %" is `hundred` / 100 * 51. */
static bool read_share(struct csv_row *row, enum csv_field field, double min, double max, double hundred,
                       const char *reason, double *value)
{
    struct buffer *text = &row->texts[field];
    bool per_cent = text->size > 1 && text->data[text->size - 1] == '%';
    if (per_cent)
        text->data[--text->size] = '\0';
    if (!read_number(row, field, min, max, reason, value))
        return false;
    if (per_cent)
        *value *= hundred / 100;
    return true;
}

static const char no_duration[] = "an invalid duration";

/* A time as m:ss or h:mm:ss, or a number of `unit` milliseconds (0: of seconds below 10,000, else of milliseconds). */
static bool read_duration(struct csv_row *row, enum csv_field field, double unit, int32_t *duration_ms)
{
    enum { DURATION_MAX = 1000000000 };
    struct text text = csv_row_text(row, field);
    double value;
    if (!is_given(row, field))
        return false;
    if (text_time(text.data, text.size, &value))
        value *= 1000;
    else if (text_number(text.data, text.size, row->delimiter, &value))
        value *= unit > 0 ? unit : value < 10000 ? 1000 : 1;
    else
        value = -1;
    if (value >= 0 && value <= DURATION_MAX)
        *duration_ms = (int32_t)lround(value);
    else
        dropped(row, no_duration);
    return value >= 0 && value <= DURATION_MAX;
}

static struct text read_date(struct csv_row *row)
{
    struct text text = csv_row_text(row, FIELD_RELEASE_DATE);
    enum csv_date read = csv_date(text.data, text.size, row->date);
    if (read == DATE_WRONG)
        dropped(row, "an invalid release date");
    else if (read == DATE_ONLY_YEAR)
        altered(row, "a release date whose day and month could be swapped: only the year is kept");
    return (struct text){row->date, strlen(row->date)};
}

/* ---- keys ---- */

/* Makes the key of the row's track, album or artist. *of_names: it is made of names, because there is no id. */
static enum status make_key(struct csv_row *row, enum key_kind kind, struct text *made, bool *of_names,
                            struct error *error)
{
    static const struct {
        enum csv_field id, title;
    } fields[KEY_KINDS] = {[KEY_TRACK] = {FIELD_TRACK_ID, FIELD_TRACK},
                           [KEY_ALBUM] = {FIELD_ALBUM_ID, FIELD_ALBUM},
                           [KEY_ARTIST] = {FIELD_ARTIST_ID, FIELD_ARTIST}};
    const struct text id = csv_row_text(row, fields[kind].id), title = csv_row_text(row, fields[kind].title),
                      artist = csv_row_text(row, FIELD_ARTIST);
    struct buffer *key = &row->row_keys[kind];
    buffer_clear(key);
    *of_names = !csv_row_known(row, fields[kind].id);
    if (!*of_names && !key_add_spotify(kind, id, key))
        *of_names = key_is_of_names(kind, id, title, artist, key);
    const bool failed = key->failed;
    buffer_clear(key);
    if (*of_names)
        key_add_names(kind, title, artist, key);
    else
        key_add_id(kind, id, key);
    *made = (struct text){key->data ? key->data : "", key->size};
    return key->failed || failed ? error_no_memory(error) : STATUS_OK;
}

static enum status find_artist(struct csv_row *row, int32_t *artist, struct error *error)
{
    bool of_names;
    struct text key;
    enum status status = make_key(row, KEY_ARTIST, &key, &of_names, error);
    return status == STATUS_OK ? ingest_artist(row->ingest, key, csv_row_text(row, FIELD_ARTIST), artist, error)
                               : status;
}

/* With artist 0, only an existing one is found. */
static enum status find_album(struct csv_row *row, int32_t artist, int32_t *album, struct error *error)
{
    *album = 0;
    if (row->texts[FIELD_ALBUM].size == 0)
        return STATUS_OK;
    bool of_names;
    struct album_metadata metadata = {
        .title = csv_row_text(row, FIELD_ALBUM), .artist = artist, .release_date = read_date(row)};
    enum status status = make_key(row, KEY_ALBUM, &metadata.key, &of_names, error);
    return status == STATUS_OK ? ingest_album(row->ingest, &metadata, album, error) : status;
}

/* Reads the duration, to compare it, and the other numbers that the catalogue lacks; `audio` holds AUDIO_FEATURES. */
static void read_numbers(struct csv_row *row, int lacks, struct track_metadata *metadata, float *audio)
{
    double value;
    for (int i = 0; (lacks & LACKS_AUDIO) && i < AUDIO_FEATURES; i++) {
        bool known = read_share(row, (enum csv_field)(FIELD_AUDIO + i), -1e6, 1e6, 1,
                                "an invalid or out-of-range audio feature", &value);
        audio[i] = known ? (float)value : NAN;
        if (known)
            metadata->audio = audio;
    }
    if (!read_duration(row, FIELD_DURATION_MS, 1, &metadata->duration_ms) &&
        !read_duration(row, FIELD_SECONDS, 1000, &metadata->duration_ms))
        read_duration(row, FIELD_DURATION, 0, &metadata->duration_ms);
    if ((lacks & LACKS_POPULARITY) &&
        read_share(row, FIELD_POPULARITY, 0, 100, 100, "a popularity that is not a number from 0 to 100", &value))
        metadata->popularity = (int32_t)lround(value);
}

enum status csv_row_find(struct csv_row *row, int32_t *track, struct error *error)
{
    bool of_names;
    struct text key;
    enum status status = make_key(row, KEY_TRACK, &key, &of_names, error);
    *track = status == STATUS_OK ? ingest_track_find(row->ingest, key) : 0;
    return status;
}

enum status csv_row_track(struct csv_row *row, int32_t *track, struct error *error)
{
    struct track_metadata metadata = {.title = csv_row_text(row, FIELD_TRACK),
                                      .artist_name = csv_row_text(row, FIELD_ARTIST),
                                      .album_title = csv_row_text(row, FIELD_ALBUM),
                                      .duration_ms = -1,
                                      .popularity = -1};
    ingest_at(row->ingest, row->where, "line", row->record.line);
    enum status status = make_key(row, KEY_TRACK, &metadata.key, &metadata.of_names, error);
    if (status != STATUS_OK)
        return status;
    *track = ingest_track_find(row->ingest, metadata.key);
    int lacks = *track != 0 ? ingest_track_lacks(row->ingest, *track) : LACKS_ALL;
    if (*track == 0 || ((lacks & LACKS_ALBUM) && metadata.album_title.size > 0))
        status = find_artist(row, &metadata.artist, error);
    bool album = (lacks & LACKS_ALBUM) || row->texts[FIELD_RELEASE_DATE].size > 0; /* some feature is known */
    if (status == STATUS_OK && album)
        status = find_album(row, metadata.artist, &metadata.album, error);
    if (status != STATUS_OK)
        return status;
    float audio[AUDIO_FEATURES];
    read_numbers(row, lacks, &metadata, audio);
    return ingest_track(row->ingest, &metadata, track, error);
}

/* ---- the row ---- */

/* Programs write delimiters after the last field in some lines only. */
static bool only_empty_behind(const struct table_record *record, int n_columns)
{
    for (int i = n_columns; i < record->n_fields; i++)
        if (i >= TABLE_COLUMNS_MAX || record->sizes[i] > 0)
            return false;
    return true;
}

/* Why the fields cannot be read; NULL when they can. */
static const char *field_fault(const struct csv_row *row)
{
    const struct table_record *record = &row->record;
    if (record->too_long)
        return "a field longer than 65,536 bytes";
    if (record->zero)
        return "a NUL byte, which text does not contain";
    if (record->n_fields < row->columns->n_named)
        return "fewer fields than the header has";
    return only_empty_behind(record, row->columns->n_columns) ? NULL : "more fields than the header has";
}

static const char *text_fault(const struct csv_row *row, enum csv_field id)
{
    if (row->texts[id].size == 0)
        return "no playlist";
    if (row->texts[FIELD_TRACK].size == 0)
        return "no track title";
    if (row->texts[FIELD_ARTIST].size == 0)
        return "no artist";
    if (strncmp(row->texts[id].data, "own:", 4) == 0)
        return "a playlist key that begins with own: (reserved for the explorer)";
    return NULL;
}

static bool read_position(const struct csv_row *row, int64_t *position)
{
    struct text text = csv_row_text(row, FIELD_POS);
    double value;
    if (row->columns->column[FIELD_POS] < 0)
        return true;
    if (!text_number(text.data, text.size, row->delimiter, &value) || fabs(value) > 1e15)
        return false;
    *position = (int64_t)value;
    return true;
}

enum csv_field csv_row_playlist(const struct csv_row *row)
{
    return row->texts[FIELD_PLAYLIST_ID].size > 0 ? FIELD_PLAYLIST_ID : FIELD_PLAYLIST;
}

enum status csv_row_read(struct csv_row *row, int64_t *position, const char **fault, struct error *error)
{
    *fault = field_fault(row);
    if (*fault)
        return STATUS_OK;
    if (!read_texts(row))
        return error_no_memory(error);
    if (csv_layouts[row->columns->preset].is_playlist) {
        if (row->columns->column[FIELD_PLAYLIST] < 0 && row->columns->column[FIELD_PLAYLIST_ID] < 0)
            set_text(row, FIELD_PLAYLIST, row->playlist);
        keep_first_artist(row);
    }
    read_local(row);
    for (int field = 0; field < CSV_FIELDS; field++)
        if (row->texts[field].failed)
            return error_no_memory(error);
    *fault = text_fault(row, csv_row_playlist(row));
    if (!*fault && !read_position(row, position))
        *fault = "no position";
    if (!*fault && row->record.stray_quote && row->delimiter != '\t')
        altered(row, "a quote that begins a field and is not closed in it: kept as text");
    return STATUS_OK;
}

bool csv_row_known(const struct csv_row *row, enum csv_field field)
{
    return row->texts[field].size > 0 && !is_missing(row, field);
}

void csv_row_free(struct csv_row *row)
{
    for (int field = 0; field < CSV_FIELDS; field++)
        buffer_free(&row->texts[field]);
    for (int kind = 0; kind < KEY_KINDS; kind++)
        buffer_free(&row->row_keys[kind]);
    buffer_free(&row->scratch);
}
