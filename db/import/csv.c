#include "db/import/import.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "core/interrupt.h"
#include "db/id_map.h"
#include "db/import/complete.h"
#include "db/import/csv_match.h"
#include "db/import/note.h"

enum {
    HELD_MAX = 384 << 20, /* bytes of rows and playlists that are kept until the end of the file */
    ENTRY_HELD = 24,      /* bytes an entry takes, with the spare capacity of buffers */
    PLAYLIST_HELD = 400,
    GENRES_MAX = 100, /* of one playlist; they are compared one by one */
};

struct entry {
    int64_t pos;
    uint32_t line; /* UINT32_MAX: that or more */
    int32_t track; /* 0: unknown to the catalogue; only in playlists that it has already */
};

/* One playlist, collected until the end of the file: its rows need not be consecutive. */
struct pending {
    struct buffer entries; /* struct entry */
    struct buffer written; /* its key as written in the file, where it differs: the key in version 0.1 */
    struct buffer name;
    struct buffer genres; /* "genre NUL subgenre NUL" pairs, distinct */
    int n_genres;
    bool known; /* the catalogue has a playlist with this key, which is not changed */
};

struct csv_import {
    const char *path;
    struct table_reader *reader;
    struct csv_header header;
    struct csv_columns columns;
    struct csv_row row;
    struct import_report *report;
    struct catalogue *catalogue;
    struct ingest *ingest;
    struct csv_match match;
    struct id_map keys;         /* of the playlists, in order of appearance */
    struct buffer playlists;    /* struct pending */
    struct buffer playlist_key; /* of the row's playlist */
    int64_t rows, entries;      /* rows read; entries of playlists that are new */
    size_t held;                /* bytes of what is pending */
};

/* ---- playlists ---- */

static bool add_genre(struct csv_import *import, struct pending *playlist)
{
    if (!csv_row_known(&import->row, FIELD_GENRE))
        return true;
    struct text genre = csv_row_text(&import->row, FIELD_GENRE), subgenre = csv_row_text(&import->row, FIELD_SUBGENRE);
    if (!csv_row_known(&import->row, FIELD_SUBGENRE))
        subgenre.size = 0;
    size_t size = genre.size + subgenre.size + 2;
    struct buffer pair = {0};
    buffer_add(&pair, genre.data, genre.size);
    buffer_add_byte(&pair, '\0');
    buffer_add(&pair, subgenre.data, subgenre.size);
    buffer_add_byte(&pair, '\0');
    bool met = false;
    playlist->genres.failed |= pair.failed;
    for (size_t at = 0; !pair.failed && !met && at < playlist->genres.size;) {
        const char *there = playlist->genres.data + at;
        size_t first = strlen(there) + 1, both = first + strlen(there + first) + 1;
        met = both == size && memcmp(there, pair.data, size) == 0;
        at += both;
    }
    if (!met && !pair.failed && playlist->n_genres == GENRES_MAX) {
        import_dropped(import->report, "a genre beyond the first 100 of its playlist", import->row.where, "line",
                       import->row.record.line);
    } else if (!met && !pair.failed) {
        buffer_add(&playlist->genres, pair.data, size);
        playlist->n_genres++;
        import->held += size;
    }
    buffer_free(&pair);
    return !playlist->genres.failed;
}

/* The pending playlist of the row, by its id or name. */
static enum status pending_of(struct csv_import *import, struct text written, bool is_id, struct pending **out,
                              struct error *error)
{
    struct buffer *key = &import->playlist_key;
    buffer_clear(key);
    key_add_playlist(written, is_id, key);
    if (key->failed)
        return error_no_memory(error);
    int32_t number = id_map_find(&import->keys, key->data, key->size);
    enum status status = STATUS_OK;
    if (number == 0) {
        struct pending fresh = {0};
        struct text old = written;
        if (key->size == written.size && memcmp(key->data, written.data, key->size) == 0)
            old.size = 0;
        buffer_add(&fresh.written, old.data, old.size);
        status = ingest_playlist_known(import->ingest, (struct text){key->data, key->size}, old, &fresh.known, error);
        number = id_map_add(&import->keys, key->data, key->size);
        buffer_add(&import->playlists, &fresh, sizeof fresh);
        if (import->playlists.failed) /* not owned by the list */
            buffer_free(&fresh.written);
        if (status == STATUS_OK && (number == 0 || import->playlists.failed || fresh.written.failed))
            status = error_no_memory(error);
        import->held += PLAYLIST_HELD + 2 * key->size;
    }
    if (status == STATUS_OK)
        *out = (struct pending *)(void *)import->playlists.data + number - 1;
    return status;
}

/* A playlist has the name that its first row gives. */
static void name_playlist(struct csv_import *import, struct pending *playlist, enum csv_field id)
{
    const struct csv_row *row = &import->row;
    const struct text name = csv_row_text(row, row->texts[FIELD_PLAYLIST].size > 0 ? FIELD_PLAYLIST : id);
    if (playlist->name.size == 0) {
        buffer_add(&playlist->name, name.data, name.size);
        import->held += name.size;
    } else if (id == FIELD_PLAYLIST_ID &&
               (playlist->name.size != name.size || memcmp(playlist->name.data, name.data, name.size) != 0)) {
        import_ignored(import->report, "same playlist id, another name", playlist->name.data, name.data, row->where,
                       "line", row->record.line);
    }
}

static enum status add_entry(struct csv_import *import, struct pending *playlist, const struct entry *entry,
                             struct error *error)
{
    if (playlist->entries.size / sizeof *entry == IMPORT_PLAYLIST_TRACKS_MAX)
        return error_set(error, STATUS_BAD_DATA,
                         "%s, line %lld: the playlist \"%.100s\" has more than %d rows; nothing was imported, split it",
                         import->path, import->row.record.line, playlist->name.data, IMPORT_PLAYLIST_TRACKS_MAX);
    import->held += ENTRY_HELD;
    if (import->held > HELD_MAX)
        return error_set(error, STATUS_BAD_DATA,
                         "%s, line %lld: more rows than are imported together (%d MB of them); nothing was imported, "
                         "split the file",
                         import->path, import->row.record.line, HELD_MAX >> 20);
    buffer_add(&playlist->entries, entry, sizeof *entry);
    import->entries += !playlist->known;
    return playlist->entries.failed ? error_no_memory(error) : STATUS_OK;
}

static const struct match_choices *choices_of(const struct csv_import *import)
{
    return import->match.input ? import->match.input->choices : NULL;
}

static enum status read_row(struct csv_import *import, struct error *error)
{
    struct csv_row *row = &import->row;
    struct entry entry = {.pos = import->rows,
                          .line = row->record.line < UINT32_MAX ? (uint32_t)row->record.line : UINT32_MAX};
    struct pending *playlist = NULL;
    const char *fault;
    enum status status = csv_row_read(row, &entry.pos, &fault, error);
    if (status == STATUS_OK && fault)
        import_skipped(import->report, fault, row->where, "line", row->record.line);
    if (status != STATUS_OK || fault)
        return status;
    enum csv_field id = csv_row_playlist(row);
    status = pending_of(import, csv_row_text(row, id), id == FIELD_PLAYLIST_ID, &playlist, error);
    if (status != STATUS_OK)
        return status;
    name_playlist(import, playlist, id);
    bool left_out = false;
    status = playlist->known && !choices_of(import)
                 ? csv_row_find(row, &entry.track, error)
                 : csv_match_track(&import->match, row, playlist->name.data, &entry.track, &left_out, error);
    if (status != STATUS_OK || left_out)
        return status;
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

static void note_same_positions(struct csv_import *import, const struct entry *entries, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (entries[i].pos == entries[i - 1].pos)
            import_altered(import->report,
                           "a position that occurs twice in its playlist: both rows kept, in the order of the file",
                           import->row.where, "line", entries[i].line);
}

/* All rows of a playlist that the catalogue has already. */
static enum status skip_playlist(struct csv_import *import, const struct playlist_metadata *metadata,
                                 const struct entry *entries, const int32_t *tracks, size_t count, struct error *error)
{
    bool same, done = false;
    enum status status = ingest_playlist_is(import->ingest, metadata, tracks, count, &same, error);
    if (status == STATUS_OK && !same && choices_of(import))
        status = import_complete_playlist(import->catalogue, import->ingest, metadata, tracks, count, import->report,
                                          &done, error);
    import->entries += done;
    for (size_t i = 0; status == STATUS_OK && !done && i < count; i++)
        import_skipped(import->report,
                       same ? "its playlist is in the catalogue already"
                            : "its playlist is in the catalogue already, with other tracks: rename it to have both",
                       import->row.where, "line", entries[i].line);
    return status;
}

static enum status write_genres(struct csv_import *import, const struct pending *playlist, int64_t id,
                                struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t at = 0; status == STATUS_OK && at < playlist->genres.size;) {
        const char *genre = playlist->genres.data + at, *subgenre = genre + strlen(genre) + 1;
        at += strlen(genre) + strlen(subgenre) + 2;
        status = ingest_playlist_genre(import->ingest, id, (struct text){genre, strlen(genre)},
                                       (struct text){subgenre, strlen(subgenre)}, error);
    }
    return status;
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
    struct playlist_metadata metadata = {.name = {playlist->name.data, playlist->name.size},
                                         .old_key = {playlist->written.data, playlist->written.size},
                                         .modified = -1,
                                         .followers = -1,
                                         .edits = -1,
                                         .collaborative = -1};
    metadata.key.data = id_map_key(&import->keys, number, &metadata.key.size);
    const int32_t *numbers = (const int32_t *)(const void *)tracks->data;
    if (playlist->known)
        return skip_playlist(import, &metadata, entries, numbers, count, error);
    note_same_positions(import, entries, count);
    int64_t id;
    enum status status = ingest_playlist(import->ingest, &metadata, numbers, count, &id, error);
    return status == STATUS_OK ? write_genres(import, playlist, id, error) : status;
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

/* Reads the rows; the first is already in the record. */
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
            status = table_next(import->reader, &import->row.record, &more, error);
    }
    return status;
}

/* Reads the header and, into the record, the first row, and finds the columns. */
static enum status read_header(struct csv_import *import, const struct csv_options *options, struct error *error)
{
    const char *kind = text_reader_kind(table_text(import->reader));
    bool more;
    enum status status = table_next(import->reader, &import->row.record, &more, error);
    if (status == STATUS_OK && !more)
        status =
            error_set(error, STATUS_BAD_DATA, "%s is empty; give a file with a header line and rows", import->path);
    if (status == STATUS_OK)
        status = csv_header_read(import->path, &import->row.record, &import->header, error);
    if (status == STATUS_OK)
        status = table_next(import->reader, &import->row.record, &more, error);
    if (status == STATUS_OK && !more && !kind)
        status =
            error_set(error, STATUS_BAD_DATA, "%s has a header and no rows; there is nothing to import", import->path);
    if (status == STATUS_OK && more)
        status = csv_columns_find(import->path, &import->header, &import->row.record, options, &import->columns, error);
    import->columns.n_columns = import->columns.n_named = import->header.n_columns;
    while (status == STATUS_OK && import->columns.n_named > 0 && !*import->header.names[import->columns.n_named - 1])
        import->columns.n_named--;
    import->row.delimiter = table_delimiter(import->reader);
    if (kind && (status == STATUS_BAD_DATA || (status == STATUS_OK && !more)))
        status = error_set(error, STATUS_BAD_DATA, "%s: this is %s%s", import->path, kind,
                           strchr(kind, ';') ? "" : ", not a table with a header and rows");
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
        status = ingest_begin(import->ingest, options->input && options->input->choices ? NULL : file, &known, error);
    if (status == STATUS_OK && known)
        import->report->files_skipped = 1;
    if (status != STATUS_OK || known)
        return status;
    status = csv_match_open(import->catalogue, &import->row, options->input, &import->match, error);
    if (status == STATUS_OK)
        status = read_rows(import, progress, error);
    if (status == STATUS_OK)
        status = write_playlists(import, error);
    if (status == STATUS_OK && import->entries == 0)
        status = refuse_empty(import, error);
    if (status == STATUS_OK)
        status = import_commit(import->ingest, import->report, file, choices_of(import) != NULL, error);
    if (status != STATUS_OK)
        ingest_rollback(import->ingest);
    return status;
}

/* The name of a file without its folder and endings, for tables that are named after their playlist. */
static char *playlist_name(const char *file)
{
    static const char *const endings[] = {".gz", ".txt", ".tsv", ".csv"};
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
        buffer_free(&playlists[i].written);
        buffer_free(&playlists[i].name);
        buffer_free(&playlists[i].genres);
    }
    buffer_free(&import->playlists);
    id_map_free(&import->keys);
    buffer_free(&import->playlist_key);
    csv_match_close(&import->match);
    csv_row_free(&import->row);
    csv_header_free(&import->header);
    table_close(import->reader);
    ingest_close(import->ingest);
}

/* Endless input would fill the disk. */
static const long long INPUT_MAX_BYTES = 4LL << 30;

/* An unnamed temporary file with the contents of standard input. */
static enum status spool_input(int *descriptor, struct error *error)
{
    FILE *file = tmpfile();
    *descriptor = file ? dup(fileno(file)) : -1;
    if (file)
        fclose(file);
    if (*descriptor < 0)
        return error_set(error, STATUS_FAILED, "no temporary file can be made for standard input: %s", strerror(errno));
    char block[1 << 16];
    long long size = 0;
    for (ssize_t got; (got = read(STDIN_FILENO, block, sizeof block)) != 0;) {
        if (interrupt_requested())
            return error_set(error, STATUS_INTERRUPTED, "stopped while reading standard input");
        if (got < 0 && errno != EINTR)
            return error_set(error, STATUS_FAILED, "standard input cannot be read: %s", strerror(errno));
        if (got > 0 && write(*descriptor, block, (size_t)got) != got)
            return error_set(error, STATUS_FAILED, "standard input does not fit the temporary folder: %s",
                             strerror(errno));
        size += got > 0 ? got : 0;
        if (size > INPUT_MAX_BYTES)
            return error_set(error, STATUS_BAD_DATA,
                             "standard input gives more than %lld GB; nothing was imported, import it in parts",
                             INPUT_MAX_BYTES >> 30);
    }
    return STATUS_OK;
}

static enum status import_table(struct catalogue *catalogue, const char *path, const char *name,
                                const struct csv_options *options, struct progress *progress,
                                struct import_report *report, struct error *error)
{
    char hash[33];
    struct import_file file = {.format = "csv", .name = import_base_name(name), .hash = hash};
    char *playlist = playlist_name(file.name);
    struct csv_import import = {.path = name, .report = report, .catalogue = catalogue};
    const struct table_options table = {.name = name, .flags = TEXT_READER_ZEROS};
    bool known = false;
    enum status status = playlist ? import_hash(path, hash, &file.size, error) : error_no_memory(error);
    if (status == STATUS_OK)
        status = ingest_open(catalogue, report, &import.ingest, error);
    if (status == STATUS_OK && !(options->input && options->input->choices))
        status = ingest_known(import.ingest, &file, &known, error);
    report->files_skipped = known;
    progress_stage(progress, file.name, "bytes", (double)file.size);
    if (status == STATUS_OK && !known)
        status = table_open(path, &table, &import.reader, error);
    import.row = (struct csv_row){.where = file.name,
                                  .playlist = playlist,
                                  .columns = &import.columns,
                                  .report = report,
                                  .ingest = import.ingest};
    if (status == STATUS_OK && !known)
        status = import_rows(&import, options, &file, progress, error);
    progress_end(progress);
    csv_import_free(&import);
    free(playlist);
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

static const struct import_preset *preset_at(size_t i)
{
    const size_t at = CSV_AUTO + 1 + i;
    return at < csv_n_layouts ? &csv_layouts[at].row : NULL;
}

static enum csv_preset preset_named(const char *name)
{
    for (size_t at = CSV_AUTO + 1; name && at < csv_n_layouts; at++)
        if (strcmp(csv_layouts[at].row.name, name) == 0)
            return (enum csv_preset)at;
    return CSV_AUTO;
}

static enum status run(struct catalogue *catalogue, const struct import_input *input, struct pool *pool,
                       struct progress *progress, struct import_report *report, struct error *error)
{
    const struct csv_options options = {.preset = preset_named(input->preset), .map = input->map, .input = input};
    return import_csv(catalogue, input->paths[0], &options, pool, progress, report, error);
}

const struct importer importer_csv = {
    .name = "csv",
    .arguments = "FILE [--preset NAME] [--map FIELD=COLUMN,...]",
    .help = "a table with one row per playlist entry, and commas, tabs or semicolons between the columns. The file may "
            "be\ncompressed (.gz); - is standard input. Either the whole file is imported or nothing of it.",
    .options = "preset map match-only matches unmatched",
    .preset = preset_at,
    .run = run,
};
