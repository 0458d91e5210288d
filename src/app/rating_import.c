/* Ratings from a table of text. */
#include "app/rating_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/ratings.h"
#include "core/table_reader.h"
#include "core/text_number.h"
#include "db/catalogue.h"
#include "db/spreadsheet.h"

enum column {
    PLAYLIST_KEY,
    PLAYLIST,
    TRACK_KEY,
    MODEL,
    RANK,
    RATING,
    REASON,
    WRONG_METADATA,
    RATER,
    RATED,
    GUARDED,
    COLUMNS
};
static const char *const column_names[COLUMNS] = {
    "playlist_key", "playlist", "track_key",        "model", "rank", "rating", "reason", "wrong_metadata",
    "rater",        "rated",    SPREADSHEET_COLUMN,
};

struct reader {
    struct catalogue *catalogue;
    struct table_reader *table;
    struct rating_import *report;
    const char *rater;
    int64_t now;
    int columns[COLUMNS]; /* -1: the file has no such column */
    struct buffer last;   /* the key and name of the playlist that was found last, and its number; 0: there is none */
    int64_t last_id;
};

static const char *field(const struct reader *reader, const struct table_record *record, enum column column)
{
    const int at = reader->columns[column];
    const char *text = at >= 0 && at < record->n_fields && at < TABLE_COLUMNS_MAX ? record->fields[at] : "";
    const int guarded = reader->columns[GUARDED];
    const bool marked = guarded >= 0 && guarded < record->n_fields && record->fields[guarded][0] != '\0';
    const bool guards = marked && text[0] == '\'' && text[1] && spreadsheet_guards(text + 1, strlen(text + 1));
    return guards ? text + 1 : text;
}

static enum status find_columns(struct reader *reader, const struct table_record *header, struct error *error)
{
    for (int column = 0; column < COLUMNS; column++) {
        reader->columns[column] = -1;
        for (int i = 0; i < header->n_fields && i < TABLE_COLUMNS_MAX; i++)
            if (strcmp(header->fields[i], column_names[column]) == 0)
                reader->columns[column] = i;
    }
    const bool playlists = reader->columns[PLAYLIST_KEY] >= 0 || reader->columns[PLAYLIST] >= 0;
    const char *missing = !playlists                       ? column_names[PLAYLIST_KEY]
                          : reader->columns[TRACK_KEY] < 0 ? column_names[TRACK_KEY]
                          : reader->columns[RATING] < 0    ? column_names[RATING]
                                                           : NULL;
    return missing ? error_set(error, STATUS_BAD_DATA,
                               "%s has no column \"%s\"; sleeve rate export writes a file with all columns",
                               text_reader_name(table_text(reader->table)), missing)
                   : STATUS_OK;
}

static void skip(struct reader *reader, const struct table_record *record, const char *format, const char *text)
{
    struct rating_import *report = reader->report;
    char why[256];
    if (report->skipped++ > 0)
        return;
    snprintf(why, sizeof why, format, text);
    snprintf(report->first_skipped, sizeof report->first_skipped, "line %lld: %s", record->line, why);
}

/* *id is 0 where there is none, or more than one of this name. Rows of one playlist follow each other, so that the last
 * one is remembered. */
static enum status find_playlist(struct reader *reader, const char *key, const char *name, int64_t *id,
                                 struct error *error)
{
    struct buffer both = {0};
    struct error ambiguous;
    buffer_printf(&both, "%s\n%s", key, name);
    enum status status = both.failed ? error_no_memory(error) : STATUS_OK;
    *id = reader->last_id;
    if (status == STATUS_OK && (!reader->last.data || strcmp(reader->last.data, both.data) != 0)) {
        *id = 0;
        if (key[0])
            status = catalogue_playlist_find(reader->catalogue, key, id, error);
        if (status == STATUS_OK && *id == 0 && name[0] &&
            catalogue_playlist_find_named(reader->catalogue, name, id, &ambiguous) != STATUS_OK) {
            *id = 0;
            if (ambiguous.status != STATUS_BAD_DATA && ambiguous.status != STATUS_USAGE)
                status = error_set(error, ambiguous.status, "%s", ambiguous.text);
        }
        buffer_free(&reader->last);
        reader->last = both;
        reader->last_id = *id;
        return status;
    }
    buffer_free(&both);
    return status;
}

/* The values of the row that need no look-up. False: it was skipped. */
static bool read_values(struct reader *reader, const struct table_record *record, struct rating *rating)
{
    double rank = 0;
    const char *text = field(reader, record, RANK), *rated = field(reader, record, RATED);
    *rating = (struct rating){
        .model = field(reader, record, MODEL),
        .reason = field(reader, record, REASON),
        .rater = field(reader, record, RATER),
        .metadata = field(reader, record, WRONG_METADATA)[0] != '\0',
        .rated = reader->now,
    };
    if (!rating->rater[0])
        rating->rater = reader->rater;
    if (record->too_long)
        skip(reader, record, "a field is %s", "too long");
    else if (!rating_named(field(reader, record, RATING), &rating->value))
        skip(reader, record, "a rating is good, borderline or bad, not \"%.60s\"", field(reader, record, RATING));
    else if (text[0] && (!text_number(text, strlen(text), table_delimiter(reader->table), &rank) || rank < 1 ||
                         rank > INT32_MAX || rank != (double)(int32_t)rank))
        skip(reader, record, "a rank is a whole number from 1, not \"%.60s\"", text);
    else if (rated[0] && !rating_time_read(rated, &rating->rated))
        skip(reader, record, "a time is written as 2026-03-01T12:00:00Z, not \"%.60s\"", rated);
    else if (rating->reason[0] && rating->value != RATING_BAD)
        skip(reader, record, "only a bad rating has a reason, not a %s one", rating_names[rating->value]);
    else if (strlen(rating->rater) > RATING_TEXT_MAX || strlen(rating->model) > RATING_TEXT_MAX ||
             strlen(rating->reason) > RATING_TEXT_MAX)
        skip(reader, record, "rater, model or reason is %s", "longer than 200 bytes");
    else {
        rating->rank = (int32_t)rank;
        return true;
    }
    return false;
}

/* A row without a time is the same at any time. */
static bool is_same(const struct rating *a, const struct rating *b, bool timed)
{
    return a->value == b->value && a->rank == b->rank && (!timed || a->rated == b->rated) &&
           strcmp(a->reason, b->reason) == 0;
}

static enum status store(struct reader *reader, const struct rating *rating, bool timed, struct error *error)
{
    struct rating_list before;
    struct rating_import *report = reader->report;
    const struct rating_filter same = {rating->playlist_id, rating->track_id, rating->model, rating->rater};
    enum status status = catalogue_ratings_read(reader->catalogue, &same, &before, error);
    if (status != STATUS_OK)
        return status;
    const struct rating *old = before.count > 0 ? &before.items[0] : NULL;
    int64_t *counter = !old                          ? &report->added
                       : is_same(old, rating, timed) ? &report->unchanged
                       : old->rated > rating->rated  ? &report->older
                                                     : &report->changed;
    ++*counter;
    if (counter == &report->added || counter == &report->changed)
        status = catalogue_rating_write(reader->catalogue, rating, error);
    rating_list_free(&before);
    return status;
}

static enum status read_row(struct reader *reader, const struct table_record *record, struct error *error)
{
    struct rating rating;
    const char *key = field(reader, record, PLAYLIST_KEY), *name = field(reader, record, PLAYLIST),
               *track = field(reader, record, TRACK_KEY);
    reader->report->rows++;
    if (!read_values(reader, record, &rating))
        return STATUS_OK;
    enum status status = find_playlist(reader, key, name, &rating.playlist_id, error);
    if (status == STATUS_OK)
        status = catalogue_track_find(reader->catalogue, track, &rating.track_id, error);
    if (status != STATUS_OK)
        return status;
    if (rating.playlist_id == 0)
        skip(reader, record, "the catalogue has no playlist \"%.120s\", or more than one of this name",
             key[0] ? key : name);
    else if (rating.track_id == 0)
        skip(reader, record, "the catalogue has no track \"%.120s\"", track);
    else
        status = store(reader, &rating, field(reader, record, RATED)[0] != '\0', error);
    return status;
}

static enum status read_all(struct reader *reader, struct progress *progress, struct error *error)
{
    struct table_record record;
    bool more = false;
    enum status status = table_next(reader->table, &record, &more, error);
    if (status == STATUS_OK && !more)
        status = error_set(error, STATUS_BAD_DATA, "%s is empty", text_reader_name(table_text(reader->table)));
    if (status == STATUS_OK)
        status = find_columns(reader, &record, error);
    progress_stage(progress, "importing ratings", "rows", 0);
    while (status == STATUS_OK && more) {
        status = table_next(reader->table, &record, &more, error);
        if (status == STATUS_OK && more)
            status = read_row(reader, &record, error);
        if (status == STATUS_OK && progress_cancelled(progress))
            status = error_set(error, STATUS_INTERRUPTED, "interrupted; no rating was imported");
        progress_step(progress, (double)reader->report->rows);
    }
    progress_end(progress);
    if (status == STATUS_OK && reader->report->rows == reader->report->skipped)
        status = error_set(error, STATUS_BAD_DATA, "%s has no rating that can be read%s%s",
                           text_reader_name(table_text(reader->table)), reader->report->skipped > 0 ? "; " : "",
                           reader->report->first_skipped);
    return status;
}

enum status ratings_import(struct catalogue *catalogue, const char *path, const char *rater, struct progress *progress,
                           struct rating_import *report, struct error *error)
{
    const struct table_options options = {.flags = TEXT_READER_STDIN};
    struct reader reader = {
        .catalogue = catalogue, .report = report, .rater = rater, .now = (int64_t)time(NULL), .last = {0}};
    *report = (struct rating_import){0};
    enum status status = table_open(path, &options, &reader.table, error);
    if (status != STATUS_OK)
        return status;
    status = catalogue_begin(catalogue, error);
    if (status == STATUS_OK) {
        status = read_all(&reader, progress, error);
        if (status == STATUS_OK)
            status = catalogue_commit(catalogue, error);
        if (status != STATUS_OK)
            catalogue_rollback(catalogue);
    }
    buffer_free(&reader.last);
    table_close(reader.table);
    return status;
}
