#include "db/import/import.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "db/import/csv_columns.h"
#include "db/import/note.h"
#include "db/keymap.h"

struct entry {
    int64_t pos;
    int64_t line;
    int32_t track;
};

/* What is collected of one playlist until the file is read: its rows may stand apart. */
struct pending {
    struct buffer entries; /* struct entry */
    struct buffer name;
    struct buffer genres; /* "genre NUL subgenre NUL" pairs, distinct */
};

struct csv_import {
    const char *path, *where;
    struct csv_columns columns;
    struct csv_record *record;
    struct import_report *report;
    struct ingest *ingest;
    struct keymap keys;      /* of the playlists, in the order of first meeting */
    struct buffer playlists; /* struct pending */
    struct buffer texts[CSV_FIELDS];
    struct buffer row_keys[KEY_KINDS]; /* of the row's track, album and artist */
    int64_t rows;
};

static const char unknown_name[] = "[unknown]";

static void skipped(struct csv_import *import, const char *reason)
{
    import_skipped(import->report, reason, import->where, "line", import->record->line);
}

static void mended(struct csv_import *import, const char *reason)
{
    import_mended(import->report, reason, import->where, "line", import->record->line);
}

static struct text text_of(const struct csv_import *import, enum csv_field field)
{
    const struct buffer *buffer = &import->texts[field];
    return (struct text){buffer->data ? buffer->data : "", buffer->size};
}

static bool is_na(const struct csv_import *import, enum csv_field field)
{
    const struct buffer *text = &import->texts[field];
    return import->columns.na_is_unknown && text->size == 2 && memcmp(text->data, "NA", 2) == 0;
}

/* Takes the wanted fields over, mended where it is needed; false when memory ran out. */
static bool read_texts(struct csv_import *import)
{
    int repairs = 0;
    for (int field = 0; field < CSV_FIELDS; field++) {
        struct buffer *text = &import->texts[field];
        buffer_clear(text);
        int column = import->columns.column[field];
        if (column < 0)
            continue;
        repairs |= import_text(import->record->fields[column], import->record->sizes[column], text);
        if (text->failed)
            return false;
    }
    if (repairs & TEXT_NOT_UTF8)
        mended(import, "not UTF-8: wrong bytes replaced");
    if (repairs & TEXT_CUT)
        mended(import, "text longer than 1,000 bytes: cut");
    bool missing = false;
    for (size_t i = 0; i < 3; i++) {
        static const enum csv_field named[3] = {FIELD_TRACK, FIELD_ARTIST, FIELD_ALBUM};
        if (is_na(import, named[i])) {
            missing = true;
            buffer_clear(&import->texts[named[i]]);
            buffer_add_text(&import->texts[named[i]], unknown_name);
        }
    }
    if (missing)
        mended(import, "name missing (NA): kept as [unknown]");
    return true;
}

/* False where there is no number; one that is written wrongly is told of. */
static bool read_number(struct csv_import *import, enum csv_field field, double min, double max, double *value)
{
    const struct buffer *text = &import->texts[field];
    if (text->size == 0 || is_na(import, field))
        return false;
    char *end;
    *value = strtod(text->data, &end);
    if (end == text->data + text->size && *value >= min && *value <= max)
        return true;
    mended(import, "a number that is none or out of range: taken as unknown");
    return false;
}

/* YYYY, YYYY-MM or YYYY-MM-DD; anything else is unknown. */
static struct text read_date(struct csv_import *import)
{
    static const char pattern[] = "dddd-dd-dd";
    struct text date = text_of(import, FIELD_RELEASE_DATE);
    bool right = date.size == 4 || date.size == 7 || date.size == 10;
    for (size_t i = 0; right && i < date.size; i++)
        right = pattern[i] == 'd' ? date.data[i] >= '0' && date.data[i] <= '9' : date.data[i] == '-';
    if (date.size > 0 && !right && !is_na(import, FIELD_RELEASE_DATE))
        mended(import, "a date that is none: taken as unknown");
    return right ? date : (struct text){"", 0};
}

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
        bool known = read_number(import, (enum csv_field)(FIELD_AUDIO + i), -1e6, 1e6, &value);
        audio[i] = known ? (float)value : NAN;
        if (known)
            facts->audio = audio;
    }
    if (read_number(import, FIELD_DURATION_MS, 0, 1e9, &value))
        facts->duration_ms = (int32_t)lround(value);
    else if (read_number(import, FIELD_SECONDS, 0, 1e6, &value))
        facts->duration_ms = (int32_t)lround(1000 * value);
    if ((lacks & LACKS_POPULARITY) && read_number(import, FIELD_POPULARITY, 0, 100, &value))
        facts->popularity = (int32_t)lround(value);
}

static enum status find_track(struct csv_import *import, int32_t *track, struct error *error)
{
    struct track_facts facts = {.title = text_of(import, FIELD_TRACK),
                                .artist_name = text_of(import, FIELD_ARTIST),
                                .album_title = text_of(import, FIELD_ALBUM),
                                .duration_ms = -1,
                                .popularity = -1};
    ingest_at(import->ingest, import->where, "line", import->record->line);
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
    if (!met && !pair.failed)
        buffer_add(&playlist->genres, pair.data, size);
    buffer_free(&pair);
    return !playlist->genres.failed;
}

static struct pending *pending_of(struct csv_import *import, struct text key)
{
    int32_t number = keymap_find(&import->keys, key.data, key.size);
    if (number == 0) {
        const struct pending fresh = {0};
        number = keymap_add(&import->keys, key.data, key.size);
        buffer_add(&import->playlists, &fresh, sizeof fresh);
        if (number == 0 || import->playlists.failed)
            return NULL;
    }
    return (struct pending *)(void *)import->playlists.data + number - 1;
}

static enum status read_row(struct csv_import *import, struct error *error)
{
    const struct csv_record *record = import->record;
    if (record->too_long) {
        skipped(import, "a field longer than 65,536 bytes");
        return STATUS_OK;
    }
    if (record->n_fields != import->columns.n_columns) {
        skipped(import, record->n_fields < import->columns.n_columns ? "fewer fields than the header has"
                                                                     : "more fields than the header has");
        return STATUS_OK;
    }
    if (!read_texts(import))
        return error_no_memory(error);
    enum csv_field id = import->texts[FIELD_PLAYLIST_ID].size > 0 ? FIELD_PLAYLIST_ID : FIELD_PLAYLIST;
    const char *missing = import->texts[id].size == 0             ? "no playlist"
                          : import->texts[FIELD_TRACK].size == 0  ? "no track title"
                          : import->texts[FIELD_ARTIST].size == 0 ? "no artist"
                                                                  : NULL;
    if (!missing && strncmp(import->texts[id].data, "own:", 4) == 0)
        missing = "a playlist key that begins with own: (kept for the explorer's)";
    struct entry entry = {.pos = import->rows, .line = record->line};
    double pos;
    if (!missing && import->columns.column[FIELD_POS] >= 0) {
        if (read_number(import, FIELD_POS, -1e15, 1e15, &pos))
            entry.pos = (int64_t)pos;
        else
            missing = "no position";
    }
    if (missing) {
        skipped(import, missing);
        return STATUS_OK;
    }
    enum status status = find_track(import, &entry.track, error);
    if (status != STATUS_OK)
        return status;
    struct pending *playlist = pending_of(import, text_of(import, id));
    if (!playlist)
        return error_no_memory(error);
    enum csv_field name = import->texts[FIELD_PLAYLIST].size > 0 ? FIELD_PLAYLIST : id;
    if (playlist->name.size == 0)
        buffer_add(&playlist->name, import->texts[name].data, import->texts[name].size);
    buffer_add(&playlist->entries, &entry, sizeof entry);
    bool kept = add_genre(import, playlist) && !playlist->name.failed && !playlist->entries.failed;
    return kept ? STATUS_OK : error_no_memory(error);
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

static enum status read_rows(struct csv_import *import, struct csv_reader *reader, struct progress *progress,
                             struct error *error)
{
    bool more = true;
    enum status status = STATUS_OK;
    while (status == STATUS_OK) {
        status = csv_next(reader, import->record, &more, error);
        if (status != STATUS_OK || !more)
            break;
        status = read_row(import, error);
        if (status == STATUS_OK && ++import->rows % 1024 == 0) {
            progress_step(progress, (double)csv_position(reader));
            if (progress_cancelled(progress))
                status = error_set(error, STATUS_INTERRUPTED, "stopped; nothing of %s was imported", import->path);
        }
    }
    if (status == STATUS_OK && import->rows == 0)
        status =
            error_set(error, STATUS_BAD_DATA, "%s has a header and no rows; there is nothing to import", import->path);
    return status;
}

static enum status import_rows(struct csv_import *import, struct csv_reader *reader, const struct csv_options *options,
                               const struct import_file *file, struct progress *progress, struct error *error)
{
    bool more;
    enum status status = csv_next(reader, import->record, &more, error);
    if (status == STATUS_OK && !more)
        status =
            error_set(error, STATUS_BAD_DATA, "%s is empty; give a file with a header line and rows", import->path);
    if (status == STATUS_OK)
        status = csv_columns_find(import->path, import->record, options, &import->columns, error);
    if (status != STATUS_OK)
        return status;
    bool known;
    status = ingest_begin(import->ingest, file, &known, error);
    if (status == STATUS_OK && known)
        import->report->files_skipped = 1;
    if (status != STATUS_OK || known)
        return status;
    status = read_rows(import, reader, progress, error);
    if (status == STATUS_OK)
        status = write_playlists(import, error);
    if (status == STATUS_OK)
        status = ingest_commit(import->ingest, file, error);
    if (status != STATUS_OK)
        ingest_rollback(import->ingest);
    return status;
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
    free(import->record);
    ingest_close(import->ingest);
}

enum status import_csv(struct catalogue *catalogue, const char *path, const struct csv_options *options,
                       struct pool *pool, struct progress *progress, struct import_report *report, struct error *error)
{
    (void)pool;
    char hash[33];
    struct import_file file = {.format = "csv", .name = import_base_name(path), .hash = hash};
    struct csv_import import = {.path = path, .where = file.name, .report = report};
    struct csv_reader *reader = NULL;
    bool known = false;
    *report = (struct import_report){0};
    enum status status = import_hash(path, hash, &file.size, error);
    if (status == STATUS_OK)
        status = ingest_open(catalogue, report, &import.ingest, error);
    if (status == STATUS_OK)
        status = ingest_known(import.ingest, &file, &known, error);
    report->files_skipped = known;
    progress_stage(progress, file.name, "bytes", (double)file.size);
    if (status == STATUS_OK && !known) {
        import.record = calloc(1, sizeof *import.record);
        status = import.record ? csv_open(path, &reader, error) : error_no_memory(error);
        if (status == STATUS_OK)
            status = import_rows(&import, reader, options, &file, progress, error);
    }
    progress_end(progress);
    csv_close(reader);
    csv_import_free(&import);
    return status;
}
