/* Labels of attributes from a table of text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "app/attribute_targets.h"
#include "core/table_reader.h"
#include "db/import/names_index.h"

enum { TRACK = ATTRIBUTE_KINDS, TITLE, ARTIST, COLUMNS };

static const char unknown_artist[] = "[unknown]"; /* as imports call it */

struct reader {
    struct catalogue *catalogue;
    struct table_reader *table;
    struct attribute_targets *targets;
    struct names_index *names; /* made for the first row without a key; NULL: not yet */
    bool *seen;                /* [n] a row about the track was read */
    int columns[COLUMNS];      /* by attribute, then those that say which track it is; -1: the file has none */
};

static const char *column_name(int column)
{
    static const char *const of_tracks[] = {"track", "title", "artist"};
    return column >= TRACK ? of_tracks[column - TRACK] : attribute_specs[column].name;
}

/* Names of columns count in any case and with spaces around them, as people type them. */
static bool is_named(const char *header, const char *name)
{
    const size_t size = strlen(name);
    header += strspn(header, " ");
    return strncasecmp(header, name, size) == 0 && header[size + strspn(header + size, " ")] == '\0';
}

static enum status find_columns(struct reader *reader, const struct table_record *header, struct error *error)
{
    const char *name = text_reader_name(table_text(reader->table));
    int found = 0;
    for (int column = 0; column < COLUMNS; column++) {
        reader->columns[column] = -1;
        for (int i = 0; i < header->n_fields && i < TABLE_COLUMNS_MAX; i++)
            if (is_named(header->fields[i], column_name(column))) {
                if (reader->columns[column] >= 0)
                    return error_set(error, STATUS_BAD_DATA, "%s has two columns \"%s\" in its first line; remove one",
                                     name, column_name(column));
                reader->columns[column] = i;
            }
        found += column < TRACK && reader->columns[column] >= 0;
    }
    if (reader->columns[TRACK] < 0 && (reader->columns[TITLE] < 0 || reader->columns[ARTIST] < 0))
        return error_set(error, STATUS_BAD_DATA,
                         "%s has no column \"track\" in its first line, for the keys or links of tracks, and not both "
                         "\"title\" and \"artist\"",
                         name);
    return found > 0
               ? STATUS_OK
               : error_set(error, STATUS_BAD_DATA,
                           "%s has none of the columns genre, energy, valence, vocalness and music in its first line",
                           name);
}

static void skip(struct reader *reader, const struct table_record *record, const char *format, const char *a,
                 const char *b)
{
    char why[ATTRIBUTE_WHY - 40];
    if (reader->targets->skipped++ > 0)
        return;
    snprintf(why, sizeof why, format, a, b);
    snprintf(reader->targets->first_skipped, ATTRIBUTE_WHY, "line %lld: %s", record->line, why);
}

static const char *field(const struct reader *reader, const struct table_record *record, int column)
{
    const int at = reader->columns[column];
    return at >= 0 && at < record->n_fields && at < TABLE_COLUMNS_MAX ? record->fields[at] : "";
}

/* "metal; hard rock". False: there is no memory, or *good is false. */
static bool read_genres(struct reader *reader, int64_t track, const char *text, bool *good)
{
    struct attribute_target *target = &reader->targets->items[ATTRIBUTE_GENRE];
    while (*text) {
        text += strspn(text, "; ");
        size_t size = strcspn(text, ";"), end = size;
        while (end > 0 && text[end - 1] == ' ')
            end--;
        const int class = end > 0 ? attribute_targets_class(reader->targets, text, end) : -3;
        if (class == -1)
            *good = false;
        if (class == -1 || class == -2)
            return false;
        if (class >= 0) {
            target->known[track] = true;
            target->y[track * ATTRIBUTE_CLASSES_MAX + class] = 1;
        }
        text += size;
    }
    return true;
}

/* The values of a row are taken all or none. */
static enum status read_values(struct reader *reader, const struct table_record *record, int64_t track,
                               struct error *error)
{
    double values[ATTRIBUTE_KINDS];
    bool good = true;
    for (int kind = ATTRIBUTE_GENRE + 1; kind < ATTRIBUTE_KINDS; kind++) {
        const char *text = field(reader, record, kind);
        if (text[0] && !attribute_value_read((enum attribute_kind)kind, text, &values[kind])) {
            skip(reader, record, "%s is a number from 0 to 1 or one of its words, not \"%.60s\"",
                 attribute_specs[kind].name, text);
            return STATUS_OK;
        }
    }
    if (!read_genres(reader, track, field(reader, record, ATTRIBUTE_GENRE), &good)) {
        if (good)
            return error_no_memory(error);
        struct attribute_target *genre = &reader->targets->items[ATTRIBUTE_GENRE];
        genre->known[track] = false;
        memset(genre->y + track * ATTRIBUTE_CLASSES_MAX, 0, ATTRIBUTE_CLASSES_MAX * sizeof *genre->y);
        skip(reader, record, "there are more than 128 genres, or a name is longer than 80 bytes: \"%.60s\"%s",
             field(reader, record, ATTRIBUTE_GENRE), "");
        return STATUS_OK;
    }
    for (int kind = ATTRIBUTE_GENRE + 1; kind < ATTRIBUTE_KINDS; kind++)
        if (field(reader, record, kind)[0]) {
            reader->targets->items[kind].known[track] = true;
            reader->targets->items[kind].y[track] = (float)values[kind];
        }
    return STATUS_OK;
}

static struct text text_of(const char *text)
{
    return (struct text){text, strlen(text)};
}

/* By its key, or else by title and artist. *track is 0 where there is none. */
static enum status find_track(struct reader *reader, const struct table_record *record, int64_t *track,
                              struct error *error)
{
    const char *key = field(reader, record, TRACK), *title = field(reader, record, TITLE);
    const char *artist = field(reader, record, ARTIST);
    enum status status = STATUS_OK;
    int32_t named = 0;
    bool several;
    *track = 0;
    if (key[0])
        status = catalogue_track_find(reader->catalogue, key, track, error);
    if (status == STATUS_OK && *track == 0 && key[0])
        status = catalogue_track_find_old(reader->catalogue, key, track, error);
    if (status != STATUS_OK || *track > 0 || !title[0])
        return status;
    if (!reader->names)
        status = names_index_make(reader->catalogue, &reader->names, error);
    if (status == STATUS_OK)
        status = names_index_find(reader->names, text_of(title), text_of(artist[0] ? artist : unknown_artist), &named,
                                  &several, error);
    *track = named;
    return status;
}

static enum status read_row(struct reader *reader, const struct table_record *record, struct error *error)
{
    const char *key = field(reader, record, TRACK);
    int64_t track = 0;
    reader->targets->rows++;
    if (record->too_long) {
        skip(reader, record, "a field is too long%s%s", "", "");
        return STATUS_OK;
    }
    enum status status = find_track(reader, record, &track, error);
    if (status != STATUS_OK)
        return status;
    if (track < 1 || track > reader->targets->n) {
        if (key[0])
            skip(reader, record, "there is no track \"%.120s\"%s", key, "");
        else
            skip(reader, record, "there is no track \"%.120s\" by \"%.80s\"", field(reader, record, TITLE),
                 field(reader, record, ARTIST));
    } else if (reader->seen[track - 1]) {
        skip(reader, record, "the track \"%.120s\" is in an earlier line%s",
             key[0] ? key : field(reader, record, TITLE), "");
    } else {
        reader->seen[track - 1] = true;
        status = read_values(reader, record, track - 1, error);
    }
    return status;
}

enum status attribute_targets_read_file(struct catalogue *catalogue, const char *path,
                                        struct attribute_targets *targets, struct error *error)
{
    struct reader reader = {.catalogue = catalogue, .targets = targets};
    const struct table_options options = {.flags = TEXT_READER_STDIN};
    struct table_record record;
    bool more = true;
    reader.seen = calloc((size_t)targets->n + 1, sizeof *reader.seen);
    enum status status = reader.seen ? table_open(path, &options, &reader.table, error) : error_no_memory(error);
    if (status == STATUS_OK)
        status = table_next(reader.table, &record, &more, error);
    if (status == STATUS_OK && !more)
        status = error_set(error, STATUS_BAD_DATA, "%s is empty; its first line names the columns", path);
    if (status == STATUS_OK)
        status = find_columns(&reader, &record, error);
    while (status == STATUS_OK) {
        status = table_next(reader.table, &record, &more, error);
        if (status != STATUS_OK || !more)
            break;
        status = read_row(&reader, &record, error);
    }
    table_close(reader.table);
    names_index_free(reader.names);
    free(reader.seen);
    return status;
}
