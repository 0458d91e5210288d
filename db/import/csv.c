#include "db/import/import.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "core/interrupt.h"
#include "core/text_number.h"
#include "db/import/csv_columns.h"
#include "db/import/csv_values.h"
#include "db/import/note.h"
#include "db/keymap.h"

enum {
    HELD_MAX = 384 << 20, /* bytes of rows and playlists that wait for the end of the file */
    ENTRY_HELD = 24,      /* bytes an entry takes with the room that buffers keep free */
    PLAYLIST_HELD = 400,
    GENRES_MAX = 100, /* of one playlist; they are compared one by one */
};

struct entry {
    int64_t pos;
    uint32_t line; /* UINT32_MAX: that and beyond */
    int32_t track;
};

/* What is collected of one playlist until the file is read: its rows may stand apart. */
struct pending {
    struct buffer entries; /* struct entry */
    struct buffer name;
    struct buffer genres; /* "genre NUL subgenre NUL" pairs, distinct */
    int n_genres;
    bool known; /* the catalogue has a playlist of this key */
};

struct csv_import {
    const char *path, *where;
    char *playlist; /* the file's name, for tables of one playlist */
    struct table_reader *reader;
    struct csv_header header;
    struct csv_columns columns;
    struct table_record record;
    struct import_report *report;
    struct ingest *ingest;
    struct keymap keys;      /* of the playlists, in the order of first meeting */
    struct buffer playlists; /* struct pending */
    struct buffer texts[CSV_FIELDS];
    struct buffer row_keys[KEY_KINDS]; /* of the row's track, album and artist */
    struct buffer scratch;
    int64_t rows, entries;
    size_t held; /* bytes of what waits */
    char date[DATE_SIZE];
};

static const char unknown_name[] = "[unknown]";

static void skipped(struct csv_import *import, const char *reason)
{
    import_skipped(import->report, reason, import->where, "line", import->record.line);
}

static void altered(struct csv_import *import, const char *reason)
{
    import_altered(import->report, reason, import->where, "line", import->record.line);
}

static void dropped(struct csv_import *import, const char *reason)
{
    import_dropped(import->report, reason, import->where, "line", import->record.line);
}

static struct text text_of(const struct csv_import *import, enum csv_field field)
{
    const struct buffer *buffer = &import->texts[field];
    return (struct text){buffer->data ? buffer->data : "", buffer->size};
}

static bool is_na(const struct csv_import *import, enum csv_field field)
{
    const struct buffer *text = &import->texts[field];
    return import->columns.preset == CSV_SPOTIFY_SONGS && text->size == 2 && memcmp(text->data, "NA", 2) == 0;
}

static void set_text(struct csv_import *import, enum csv_field field, const char *text)
{
    buffer_clear(&import->texts[field]);
    buffer_add_text(&import->texts[field], text);
}

/* Takes the wanted fields over; false when memory ran out. */
static bool read_texts(struct csv_import *import)
{
    bool cut = false;
    for (int field = 0; field < CSV_FIELDS; field++) {
        struct buffer *text = &import->texts[field];
        buffer_clear(text);
        int column = import->columns.column[field];
        if (column < 0)
            continue;
        cut |= import_text(import->record.fields[column], import->record.sizes[column], text) & TEXT_CUT;
        if (text->failed)
            return false;
    }
    if (cut)
        altered(import, "text longer than 1,000 bytes: cut");
    bool missing = false;
    for (size_t i = 0; i < 3; i++) {
        static const enum csv_field named[3] = {FIELD_TRACK, FIELD_ARTIST, FIELD_ALBUM};
        if (is_na(import, named[i])) {
            missing = true;
            set_text(import, named[i], unknown_name);
        }
    }
    if (missing)
        altered(import, "name missing (NA): kept as [unknown]");
    return true;
}

/* ---- Exportify's tables, and tracks that only a person's own computer has ---- */

/* Cuts the names and URIs of several artists down to those of the first. */
static void keep_first_artist(struct csv_import *import)
{
    struct buffer *names = &import->texts[FIELD_ARTIST], *uris = &import->texts[FIELD_ARTIST_ID];
    int n_uris;
    bool several, unclear;
    size_t first = csv_first_uri(text_of(import, FIELD_ARTIST_ID).data, uris->size, &n_uris);
    size_t name = csv_first_name(text_of(import, FIELD_ARTIST).data, names->size, n_uris, &several, &unclear);
    if (first < uris->size)
        uris->data[uris->size = first] = '\0';
    if (name < names->size)
        names->data[names->size = name] = '\0';
    if (unclear)
        altered(import, "several artists whose names hold commas: kept as one name");
    else if (several)
        dropped(import, "artists beyond the first of a track");
}

/* Fills an empty field from the URI of a local file. */
static void fill_from_uri(struct csv_import *import, enum csv_field field, enum local_part part)
{
    struct text uri = text_of(import, FIELD_TRACK_ID);
    if (import->texts[field].size > 0)
        return;
    buffer_clear(&import->scratch);
    if (csv_local_part(uri.data, uri.size, part, &import->scratch) && import->scratch.size > 0)
        import_text(import->scratch.data, import->scratch.size, &import->texts[field]);
}

/* A track of a person's own files has no id that names it everywhere: it is known by its names. */
static void read_local(struct csv_import *import)
{
    struct text uri = text_of(import, FIELD_TRACK_ID);
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
        fill_from_uri(import, parts[i].field, parts[i].part);
    buffer_clear(&import->texts[FIELD_TRACK_ID]);
    if (import->texts[FIELD_ARTIST].size == 0) {
        set_text(import, FIELD_ARTIST, unknown_name);
        altered(import, "a local track without artist: kept as [unknown]");
    }
}

/* ---- numbers and dates ---- */

static bool is_given(const struct csv_import *import, enum csv_field field)
{
    struct text text = text_of(import, field);
    return !csv_is_unknown(text.data, text.size);
}

/* False where there is no number between min and max; a value that is none is counted as dropped for `reason`. */
static bool read_number(struct csv_import *import, enum csv_field field, double min, double max, const char *reason,
                        double *value)
{
    struct text text = text_of(import, field);
    if (!is_given(import, field))
        return false;
    if (text_number(text.data, text.size, table_delimiter(import->reader), value) && *value >= min && *value <= max)
        return true;
    dropped(import, reason);
    return false;
}

/* A number that may be written in per cent: "51 %" is `hundred` / 100 * 51. */
static bool read_share(struct csv_import *import, enum csv_field field, double min, double max, double hundred,
                       const char *reason, double *value)
{
    struct buffer *text = &import->texts[field];
    bool per_cent = text->size > 1 && text->data[text->size - 1] == '%';
    if (per_cent)
        text->data[--text->size] = '\0';
    if (!read_number(import, field, min, max, reason, value))
        return false;
    if (per_cent)
        *value *= hundred / 100;
    return true;
}

static const char no_duration[] = "a duration that is no number or time";

/* A time as m:ss or h:mm:ss, or a number of `unit` milliseconds (0: of seconds below 10,000, else of milliseconds). */
static bool read_duration(struct csv_import *import, enum csv_field field, double unit, int32_t *duration_ms)
{
    enum { DURATION_MAX = 1000000000 };
    struct text text = text_of(import, field);
    double value;
    if (!is_given(import, field))
        return false;
    if (text_time(text.data, text.size, &value))
        value *= 1000;
    else if (text_number(text.data, text.size, table_delimiter(import->reader), &value))
        value *= unit > 0 ? unit : value < 10000 ? 1000 : 1;
    else
        value = -1;
    if (value >= 0 && value <= DURATION_MAX)
        *duration_ms = (int32_t)lround(value);
    else
        dropped(import, no_duration);
    return value >= 0 && value <= DURATION_MAX;
}

static struct text read_date(struct csv_import *import)
{
    struct text text = text_of(import, FIELD_RELEASE_DATE);
    enum csv_date read = csv_date(text.data, text.size, import->date);
    if (read == DATE_WRONG)
        dropped(import, "a release date that is none");
    else if (read == DATE_ONLY_YEAR)
        altered(import, "a release date whose day and month could be swapped: only the year is kept");
    return (struct text){import->date, strlen(import->date)};
}

/* ---- keys ---- */

static bool has_id(const struct csv_import *import, enum csv_field field)
{
    return import->texts[field].size > 0 && !is_na(import, field);
}

/* Makes the key of the row's track, album or artist. In *of_names, whether it has no id. */
static enum status make_key(struct csv_import *import, enum key_kind kind, struct text *made, bool *of_names,
                            struct error *error)
{
    static const struct {
        enum csv_field id, title;
    } fields[KEY_KINDS] = {[KEY_TRACK] = {FIELD_TRACK_ID, FIELD_TRACK},
                           [KEY_ALBUM] = {FIELD_ALBUM_ID, FIELD_ALBUM},
                           [KEY_ARTIST] = {FIELD_ARTIST_ID, FIELD_ARTIST}};
    const struct text id = text_of(import, fields[kind].id), title = text_of(import, fields[kind].title),
                      artist = text_of(import, FIELD_ARTIST);
    struct buffer *key = &import->row_keys[kind];
    buffer_clear(key);
    *of_names = !has_id(import, fields[kind].id);
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

static enum status find_artist(struct csv_import *import, int32_t *artist, struct error *error)
{
    bool of_names;
    struct text key;
    enum status status = make_key(import, KEY_ARTIST, &key, &of_names, error);
    return status == STATUS_OK ? ingest_artist(import->ingest, key, text_of(import, FIELD_ARTIST), artist, error)
                               : status;
}

/* With artist 0 only one that is there already. */
static enum status find_album(struct csv_import *import, int32_t artist, int32_t *album, struct error *error)
{
    *album = 0;
    if (import->texts[FIELD_ALBUM].size == 0)
        return STATUS_OK;
    bool of_names;
    struct album_facts facts = {
        .title = text_of(import, FIELD_ALBUM), .artist = artist, .release_date = read_date(import)};
    enum status status = make_key(import, KEY_ALBUM, &facts.key, &of_names, error);
    return status == STATUS_OK ? ingest_album(import->ingest, &facts, album, error) : status;
}

/* Reads the duration, to compare it, and the other numbers that the catalogue lacks; `audio` holds AUDIO_FEATURES. */
static void read_numbers(struct csv_import *import, int lacks, struct track_facts *facts, float *audio)
{
    double value;
    for (int i = 0; (lacks & LACKS_AUDIO) && i < AUDIO_FEATURES; i++) {
        bool known = read_share(import, (enum csv_field)(FIELD_AUDIO + i), -1e6, 1e6, 1,
                                "an audio feature that is no number in range", &value);
        audio[i] = known ? (float)value : NAN;
        if (known)
            facts->audio = audio;
    }
    if (!read_duration(import, FIELD_DURATION_MS, 1, &facts->duration_ms) &&
        !read_duration(import, FIELD_SECONDS, 1000, &facts->duration_ms))
        read_duration(import, FIELD_DURATION, 0, &facts->duration_ms);
    if ((lacks & LACKS_POPULARITY) &&
        read_share(import, FIELD_POPULARITY, 0, 100, 100, "a popularity that is no number from 0 to 100", &value))
        facts->popularity = (int32_t)lround(value);
}

static enum status find_track(struct csv_import *import, int32_t *track, struct error *error)
{
    struct track_facts facts = {.title = text_of(import, FIELD_TRACK),
                                .artist_name = text_of(import, FIELD_ARTIST),
                                .album_title = text_of(import, FIELD_ALBUM),
                                .duration_ms = -1,
                                .popularity = -1};
    ingest_at(import->ingest, import->where, "line", import->record.line);
    enum status status = make_key(import, KEY_TRACK, &facts.key, &facts.of_names, error);
    if (status != STATUS_OK)
        return status;
    *track = ingest_track_find(import->ingest, facts.key);
    int lacks = *track != 0 ? ingest_track_lacks(import->ingest, *track) : LACKS_ALL;
    if (*track == 0 || ((lacks & LACKS_ALBUM) && facts.album_title.size > 0))
        status = find_artist(import, &facts.artist, error);
    if (status == STATUS_OK)
        status = find_album(import, facts.artist, &facts.album, error);
    if (status != STATUS_OK)
        return status;
    float audio[AUDIO_FEATURES];
    read_numbers(import, lacks, &facts, audio);
    return ingest_track(import->ingest, &facts, track, error);
}

/* ---- playlists ---- */

static bool add_genre(struct csv_import *import, struct pending *playlist)
{
    struct text genre = text_of(import, FIELD_GENRE), subgenre = text_of(import, FIELD_SUBGENRE);
    if (genre.size == 0 || is_na(import, FIELD_GENRE))
        return true;
    if (is_na(import, FIELD_SUBGENRE))
        subgenre.size = 0;
    size_t size = genre.size + subgenre.size + 2;
    struct buffer pair = {0};
    buffer_add(&pair, genre.data, genre.size);
    buffer_add_byte(&pair, '\0');
    buffer_add(&pair, subgenre.data, subgenre.size);
    buffer_add_byte(&pair, '\0');
    bool met = false;
    if (pair.failed)
        playlist->genres.failed = true;
    for (size_t at = 0; !pair.failed && !met && at < playlist->genres.size;) {
        const char *there = playlist->genres.data + at;
        size_t first = strlen(there) + 1, both = first + strlen(there + first) + 1;
        met = both == size && memcmp(there, pair.data, size) == 0;
        at += both;
    }
    if (!met && !pair.failed && playlist->n_genres == GENRES_MAX) {
        dropped(import, "a genre beyond the first 100 of its playlist");
    } else if (!met && !pair.failed) {
        buffer_add(&playlist->genres, pair.data, size);
        playlist->n_genres++;
        import->held += size;
    }
    buffer_free(&pair);
    return !playlist->genres.failed;
}

/* What waits of the playlist of this key. */
static enum status pending_of(struct csv_import *import, struct text key, struct pending **out, struct error *error)
{
    int32_t number = keymap_find(&import->keys, key.data, key.size);
    enum status status = STATUS_OK;
    if (number == 0) {
        struct pending fresh = {0};
        status = ingest_playlist_known(import->ingest, key, &fresh.known, error);
        number = keymap_add(&import->keys, key.data, key.size);
        buffer_add(&import->playlists, &fresh, sizeof fresh);
        if (status == STATUS_OK && (number == 0 || import->playlists.failed))
            status = error_no_memory(error);
        import->held += PLAYLIST_HELD + key.size;
    }
    if (status == STATUS_OK)
        *out = (struct pending *)(void *)import->playlists.data + number - 1;
    return status;
}

static enum status add_entry(struct csv_import *import, struct pending *playlist, const struct entry *entry,
                             struct error *error)
{
    if (playlist->entries.size / sizeof *entry == IMPORT_PLAYLIST_TRACKS_MAX)
        return error_set(error, STATUS_BAD_DATA,
                         "%s, line %lld: the playlist \"%.100s\" has more than %d rows; nothing was imported, split it",
                         import->path, import->record.line, playlist->name.data, IMPORT_PLAYLIST_TRACKS_MAX);
    import->held += ENTRY_HELD;
    if (import->held > HELD_MAX)
        return error_set(error, STATUS_BAD_DATA,
                         "%s, line %lld: more rows than are imported together (%d MB of them); nothing was imported, "
                         "split the file",
                         import->path, import->record.line, HELD_MAX >> 20);
    buffer_add(&playlist->entries, entry, sizeof *entry);
    import->entries++;
    return playlist->entries.failed ? error_no_memory(error) : STATUS_OK;
}

/* Why the row cannot be used; NULL when it can. */
static const char *row_fault(const struct csv_import *import)
{
    const struct table_record *record = &import->record;
    if (record->too_long)
        return "a field longer than 65,536 bytes";
    if (record->n_fields != import->columns.n_columns)
        return record->n_fields < import->columns.n_columns ? "fewer fields than the header has"
                                                            : "more fields than the header has";
    return NULL;
}

static const char *text_fault(const struct csv_import *import, enum csv_field id)
{
    if (import->texts[id].size == 0)
        return "no playlist";
    if (import->texts[FIELD_TRACK].size == 0)
        return "no track title";
    if (import->texts[FIELD_ARTIST].size == 0)
        return "no artist";
    if (strncmp(import->texts[id].data, "own:", 4) == 0)
        return "a playlist key that begins with own: (kept for the explorer's)";
    return NULL;
}

/* The order in the playlist: the position, or the row where the file has no positions. */
static bool read_position(struct csv_import *import, struct entry *entry)
{
    struct text text = text_of(import, FIELD_POS);
    double value = (double)import->rows;
    bool has = import->columns.column[FIELD_POS] >= 0;
    if (has && !(text_number(text.data, text.size, table_delimiter(import->reader), &value) && fabs(value) <= 1e15))
        return false;
    *entry = (struct entry){
        .pos = (int64_t)value,
        .line = import->record.line < UINT32_MAX ? (uint32_t)import->record.line : UINT32_MAX,
    };
    return true;
}

/* The row's texts, with what the preset says about them. */
static enum status read_fields(struct csv_import *import, struct error *error)
{
    if (!read_texts(import))
        return error_no_memory(error);
    if (import->columns.preset == CSV_EXPORTIFY) {
        if (import->columns.column[FIELD_PLAYLIST] < 0 && import->columns.column[FIELD_PLAYLIST_ID] < 0)
            set_text(import, FIELD_PLAYLIST, import->playlist);
        keep_first_artist(import);
    }
    read_local(import);
    for (int field = 0; field < CSV_FIELDS; field++)
        if (import->texts[field].failed)
            return error_no_memory(error);
    return STATUS_OK;
}

static enum status read_row(struct csv_import *import, struct error *error)
{
    const char *fault = row_fault(import);
    enum status status = fault ? STATUS_OK : read_fields(import, error);
    if (status != STATUS_OK)
        return status;
    enum csv_field id = import->texts[FIELD_PLAYLIST_ID].size > 0 ? FIELD_PLAYLIST_ID : FIELD_PLAYLIST;
    struct entry entry;
    struct pending *playlist = NULL;
    if (!fault)
        fault = text_fault(import, id);
    if (!fault && !read_position(import, &entry))
        fault = "no position";
    if (!fault)
        status = pending_of(import, text_of(import, id), &playlist, error);
    if (status == STATUS_OK && !fault && playlist->known)
        fault = "its playlist is in the catalogue already";
    if (status != STATUS_OK || fault) {
        if (fault)
            skipped(import, fault);
        return status;
    }
    if (import->record.stray_quote && table_delimiter(import->reader) != '\t')
        altered(import, "a quote that begins a field and is not closed in it: kept as text");
    if (playlist->name.size == 0) {
        struct text name = text_of(import, import->texts[FIELD_PLAYLIST].size > 0 ? FIELD_PLAYLIST : id);
        buffer_add(&playlist->name, name.data, name.size);
        import->held += name.size;
    }
    status = find_track(import, &entry.track, error);
    if (status == STATUS_OK && (!add_genre(import, playlist) || playlist->name.failed))
        status = error_no_memory(error);
    return status == STATUS_OK ? add_entry(import, playlist, &entry, error) : status;
}

static int by_position(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->pos != y->pos)
        return x->pos < y->pos ? -1 : 1;
    return (x->line > y->line) - (x->line < y->line);
}

static enum status write_playlist(struct csv_import *import, int32_t number, struct buffer *tracks, struct error *error)
{
    struct pending *playlist = (struct pending *)(void *)import->playlists.data + number - 1;
    struct entry *entries = (struct entry *)(void *)playlist->entries.data;
    size_t count = playlist->entries.size / sizeof *entries;
    if (count == 0)
        return STATUS_OK;
    qsort(entries, count, sizeof *entries, by_position);
    buffer_clear(tracks);
    for (size_t i = 0; i < count; i++)
        buffer_add(tracks, &entries[i].track, sizeof entries[i].track);
    if (tracks->failed)
        return error_no_memory(error);
    struct playlist_facts facts = {.modified = -1, .followers = -1, .edits = -1, .collaborative = -1};
    facts.key.data = keymap_key(&import->keys, number, &facts.key.size);
    facts.name = (struct text){playlist->name.data, playlist->name.size};
    int64_t id;
    enum status status =
        ingest_playlist(import->ingest, &facts, (const int32_t *)(const void *)tracks->data, count, &id, error);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; id == 0 && i < count; i++)
        import_skipped(import->report, "its playlist is in the catalogue already", import->where, "line",
                       entries[i].line);
    for (size_t at = 0; status == STATUS_OK && id != 0 && at < playlist->genres.size;) {
        const char *genre = playlist->genres.data + at, *subgenre = genre + strlen(genre) + 1;
        at += strlen(genre) + strlen(subgenre) + 2;
        status = ingest_playlist_genre(import->ingest, id, (struct text){genre, strlen(genre)},
                                       (struct text){subgenre, strlen(subgenre)}, error);
    }
    return status;
}

static enum status write_playlists(struct csv_import *import, struct error *error)
{
    struct buffer tracks = {0};
    enum status status = STATUS_OK;
    for (int32_t number = 1; status == STATUS_OK && number <= import->keys.count; number++)
        status = write_playlist(import, number, &tracks, error);
    buffer_free(&tracks);
    return status;
}

/* Reads rows from the one that waits in the record. */
static enum status read_rows(struct csv_import *import, struct progress *progress, struct error *error)
{
    bool more = true;
    enum status status = STATUS_OK;
    while (status == STATUS_OK && more) {
        status = read_row(import, error);
        if (status == STATUS_OK && ++import->rows % 1024 == 0) {
            progress_step(progress, (double)text_reader_position(table_text(import->reader)));
            if (progress_cancelled(progress))
                status = error_set(error, STATUS_INTERRUPTED, "stopped; nothing of %s was imported", import->path);
        }
        if (status == STATUS_OK)
            status = table_next(import->reader, &import->record, &more, error);
    }
    return status;
}

/* Reads the header and, into the record, the first row, and finds the columns. */
static enum status read_header(struct csv_import *import, const struct csv_options *options, struct error *error)
{
    const char *kind = text_reader_kind(table_text(import->reader));
    bool more;
    enum status status = table_next(import->reader, &import->record, &more, error);
    if (status == STATUS_OK && !more)
        status =
            error_set(error, STATUS_BAD_DATA, "%s is empty; give a file with a header line and rows", import->path);
    if (status == STATUS_OK)
        status = csv_header_read(import->path, &import->record, &import->header, error);
    if (status == STATUS_OK)
        status = table_next(import->reader, &import->record, &more, error);
    if (status == STATUS_OK && !more && !kind)
        status =
            error_set(error, STATUS_BAD_DATA, "%s has a header and no rows; there is nothing to import", import->path);
    if (status == STATUS_OK && more)
        status = csv_columns_find(import->path, &import->header, &import->record, options, &import->columns, error);
    import->columns.n_columns = import->header.n_columns;
    if (kind && (status == STATUS_BAD_DATA || (status == STATUS_OK && !more)))
        status =
            error_set(error, STATUS_BAD_DATA, "%s: this is %s, not a table with a header and rows", import->path, kind);
    return status;
}

static enum status refuse_empty(const struct csv_import *import, struct error *error)
{
    const struct import_report *report = import->report;
    int first = 0;
    while (first < report->n_reasons && report->reasons[first].kind != IMPORT_SKIPPED)
        first++;
    return error_set(error, STATUS_BAD_DATA, "%s: nothing was imported, none of its %lld rows could be used (%s)",
                     import->path, (long long)import->rows,
                     first < report->n_reasons ? report->reasons[first].reason : "");
}

static enum status import_rows(struct csv_import *import, const struct csv_options *options,
                               const struct import_file *file, struct progress *progress, struct error *error)
{
    bool known;
    enum status status = read_header(import, options, error);
    if (status == STATUS_OK)
        status = ingest_begin(import->ingest, file, &known, error);
    if (status == STATUS_OK && known)
        import->report->files_skipped = 1;
    if (status != STATUS_OK || known)
        return status;
    status = read_rows(import, progress, error);
    if (status == STATUS_OK && import->entries == 0)
        status = refuse_empty(import, error);
    if (status == STATUS_OK)
        status = write_playlists(import, error);
    if (status == STATUS_OK)
        status = ingest_commit(import->ingest, file, error);
    if (status != STATUS_OK)
        ingest_rollback(import->ingest);
    return status;
}

/* The name of a file without its folder and endings, for tables that are named after their playlist. */
static char *playlist_name(const char *file)
{
    static const char *const endings[] = {".gz", ".csv", ".tsv", ".txt"};
    size_t size = strlen(file);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t length = strlen(endings[i]);
        if (size > length && strncasecmp(file + size - length, endings[i], length) == 0)
            size -= length;
    }
    struct buffer name = {0};
    import_text(file, size, &name);
    return name.data;
}

static void csv_import_free(struct csv_import *import)
{
    struct pending *playlists = (struct pending *)(void *)import->playlists.data;
    for (size_t i = 0; i < import->playlists.size / sizeof *playlists; i++) {
        buffer_free(&playlists[i].entries);
        buffer_free(&playlists[i].name);
        buffer_free(&playlists[i].genres);
    }
    buffer_free(&import->playlists);
    keymap_free(&import->keys);
    for (int field = 0; field < CSV_FIELDS; field++)
        buffer_free(&import->texts[field]);
    for (int kind = 0; kind < KEY_KINDS; kind++)
        buffer_free(&import->row_keys[kind]);
    buffer_free(&import->scratch);
    csv_header_free(&import->header);
    table_close(import->reader);
    free(import->playlist);
    ingest_close(import->ingest);
}

/* A file without a name that holds what standard input gives. */
static enum status spool_input(int *descriptor, struct error *error)
{
    FILE *file = tmpfile();
    *descriptor = file ? dup(fileno(file)) : -1;
    if (file)
        fclose(file);
    if (*descriptor < 0)
        return error_set(error, STATUS_FAILED, "no temporary file can be made for standard input: %s", strerror(errno));
    char block[1 << 16];
    for (ssize_t got; (got = read(STDIN_FILENO, block, sizeof block)) != 0;) {
        if (interrupt_asked())
            return error_set(error, STATUS_INTERRUPTED, "stopped while reading standard input");
        if (got < 0 && errno != EINTR)
            return error_set(error, STATUS_FAILED, "standard input cannot be read: %s", strerror(errno));
        if (got > 0 && write(*descriptor, block, (size_t)got) != got)
            return error_set(error, STATUS_FAILED, "standard input does not fit the temporary folder: %s",
                             strerror(errno));
    }
    return STATUS_OK;
}

static enum status import_table(struct catalogue *catalogue, const char *path, const char *name,
                                const struct csv_options *options, struct progress *progress,
                                struct import_report *report, struct error *error)
{
    char hash[33];
    struct import_file file = {.format = "csv", .name = import_base_name(name), .hash = hash};
    struct csv_import import = {
        .path = name, .where = file.name, .report = report, .playlist = playlist_name(file.name)};
    const struct table_options table = {.name = name};
    bool known = false;
    enum status status = import.playlist ? import_hash(path, hash, &file.size, error) : error_no_memory(error);
    if (status == STATUS_OK)
        status = ingest_open(catalogue, report, &import.ingest, error);
    if (status == STATUS_OK)
        status = ingest_known(import.ingest, &file, &known, error);
    report->files_skipped = known;
    progress_stage(progress, file.name, "bytes", (double)file.size);
    if (status == STATUS_OK && !known)
        status = table_open(path, &table, &import.reader, error);
    if (status == STATUS_OK && !known)
        status = import_rows(&import, options, &file, progress, error);
    progress_end(progress);
    csv_import_free(&import);
    return status;
}

enum status import_csv(struct catalogue *catalogue, const char *path, const struct csv_options *options,
                       struct pool *pool, struct progress *progress, struct import_report *report, struct error *error)
{
    (void)pool;
    *report = (struct import_report){0};
    if (strcmp(path, "-") != 0)
        return import_table(catalogue, path, path, options, progress, report, error);
    int descriptor;
    enum status status = spool_input(&descriptor, error);
    char spooled[40];
    snprintf(spooled, sizeof spooled, "/proc/self/fd/%d", descriptor);
    if (status == STATUS_OK)
        status = import_table(catalogue, spooled, "standard input", options, progress, report, error);
    if (descriptor >= 0)
        close(descriptor);
    return status;
}
