#include "app/import_matches.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "app/nearest_tracks.h"
#include "core/file.h"
#include "core/table_reader.h"
#include "db/spreadsheet.h"

void unmatched_report_free(struct unmatched_report *report)
{
    unmatched_free(&report->entries);
    track_list_free(&report->tracks);
    free(report->rows);
    *report = (struct unmatched_report){0};
}

/* ---- candidates ---- */

static enum status find_candidates(struct catalogue *catalogue, struct search_index *index,
                                   struct unmatched_report *report, int64_t *ids, size_t *n_ids, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < report->n_rows; i++) {
        struct unmatched_row *row = &report->rows[i];
        row->entry = &report->entries.items[i];
        status = nearest_tracks(catalogue, index, row->entry->title, row->entry->artist, CANDIDATES, ids + *n_ids,
                                &row->n_candidates, error);
        for (size_t c = 0; c < row->n_candidates; c++)
            row->candidates[c] = (*n_ids)++;
    }
    return status;
}

enum status unmatched_report_fill(struct catalogue *catalogue, struct pool *pool, size_t max,
                                  struct unmatched_report *report, struct error *error)
{
    struct search_index *index = NULL;
    size_t n_ids = 0;
    report->n_rows = report->entries.count < max ? report->entries.count : max;
    if (report->n_rows == 0)
        return STATUS_OK;
    int64_t *ids = calloc(report->n_rows, CANDIDATES * sizeof *ids);
    report->rows = calloc(report->n_rows, sizeof *report->rows);
    enum status status =
        ids && report->rows ? search_index_open(catalogue, pool, &index, error) : error_no_memory(error);
    if (status == STATUS_OK)
        status = find_candidates(catalogue, index, report, ids, &n_ids, error);
    if (status == STATUS_OK)
        status = catalogue_tracks_read(catalogue, ids, n_ids, &report->tracks, error);
    if (status != STATUS_OK)
        report->n_rows = 0;
    search_index_close(index);
    free(ids);
    return status;
}

/* ---- writing ---- */

static void add_field(struct buffer *out, const char *text)
{
    struct buffer guarded = {0};
    if (spreadsheet_guards(text, strlen(text)))
        buffer_add_byte(&guarded, '\'');
    buffer_add_text(&guarded, text);
    table_add_field(out, guarded.data ? guarded.data : "", guarded.size, ',');
    out->failed |= guarded.failed;
    buffer_free(&guarded);
    buffer_add_byte(out, ',');
}

static void add_row(const struct unmatched_report *report, const struct unmatched_row *row, struct buffer *out)
{
    const struct unmatched_track *entry = row->entry;
    struct buffer names = {0};
    add_field(out, entry->playlist);
    buffer_printf(out, "%lld,%lld,", (long long)entry->place, (long long)entry->count);
    add_field(out, entry->title);
    add_field(out, entry->artist);
    add_field(out, entry->album);
    add_field(out, entry->id);
    buffer_add_text(out, ","); /* match */
    for (size_t i = 0; i < CANDIDATES; i++) {
        const struct track *track = i < row->n_candidates ? &report->tracks.items[row->candidates[i]] : NULL;
        buffer_clear(&names);
        if (track)
            buffer_printf(&names, "%s - %s%s%s%s", track->artist, track->title, *track->album ? " (" : "", track->album,
                          *track->album ? ")" : "");
        add_field(out, names.data ? names.data : "");
        add_field(out, track ? track->key : "");
    }
    buffer_add_text(out, "yes\n");
    out->failed |= names.failed;
    buffer_free(&names);
}

enum status unmatched_write(const struct unmatched_report *report, const char *path, struct error *error)
{
    struct buffer out = {0};
    buffer_add_text(&out, "playlist,place,entries,title,artist,album,id,match,candidate_1,key_1,candidate_2,key_2,"
                          "candidate_3,key_3," SPREADSHEET_COLUMN "\n");
    for (size_t i = 0; i < report->n_rows; i++)
        add_row(report, &report->rows[i], &out);
    enum status status = atomic_file_write(path, &out, error);
    buffer_free(&out);
    return status;
}

/* ---- reading ---- */

enum { TITLE, ARTIST, ALBUM, ID, MATCH, KEY_1, GUARDED = KEY_1 + CANDIDATES, COLUMNS };

static const char *const columns[COLUMNS] = {"title", "artist", "album",           "id", "match", "key_1",
                                             "key_2", "key_3",  SPREADSHEET_COLUMN};

static enum status find_columns(const char *path, const struct table_record *header, int at[COLUMNS],
                                struct error *error)
{
    for (int i = 0; i < COLUMNS; i++) {
        at[i] = -1;
        for (int column = 0; column < header->n_fields && column < TABLE_COLUMNS_MAX; column++)
            if (strcasecmp(header->fields[column], columns[i]) == 0)
                at[i] = column;
        if (i < KEY_1 && at[i] < 0)
            return error_set(
                error, STATUS_BAD_DATA,
                "%s has no column \"%s\"; give the table that --unmatched wrote, with the column \"match\" "
                "filled in",
                path, columns[i]);
    }
    return STATUS_OK;
}

static const char *value(const struct table_record *record, int column, bool guarded)
{
    const char *text = column >= 0 && column < record->n_fields ? record->fields[column] : "";
    const size_t size = strlen(text);
    return guarded && size > 1 && text[0] == '\'' && spreadsheet_guards(text + 1, size - 1) ? text + 1 : text;
}

/* What the column `match` means. */
static enum status resolve(struct catalogue *catalogue, const char *path, const struct table_record *record,
                           const int at[COLUMNS], bool guarded, int32_t *track, struct error *error)
{
    const char *match = value(record, at[MATCH], guarded);
    int64_t id = 0;
    *track = CHOICE_NONE;
    match += strspn(match, " ");
    if (!*match)
        return STATUS_OK;
    if (strcasecmp(match, "new") == 0 || strcmp(match, "-") == 0) {
        *track = *match == '-' ? CHOICE_LEAVE : CHOICE_NEW;
        return STATUS_OK;
    }
    const bool number = match[0] >= '1' && match[0] <= '0' + CANDIDATES && !match[1];
    const char *key = number ? value(record, at[KEY_1 + match[0] - '1'], guarded) : match;
    enum status status = *key ? catalogue_track_find(catalogue, key, &id, error) : STATUS_OK;
    if (status == STATUS_OK && id == 0)
        return error_set(
            error, STATUS_BAD_DATA,
            "%s, line %lld: the catalogue has no track \"%.200s\"; a match is the number of a candidate, a "
            "key that `sleeve search` prints, a link, new, - or nothing",
            path, record->line, match);
    *track = (int32_t)id;
    return status;
}

static enum status read_rows(struct catalogue *catalogue, struct table_reader *table, const char *path,
                             struct match_choices *choices, struct error *error)
{
    struct table_record record;
    int at[COLUMNS];
    bool more;
    enum status status = table_next(table, &record, &more, error);
    if (status == STATUS_OK && !more)
        status = error_set(error, STATUS_BAD_DATA, "%s is empty; give the table that --unmatched wrote", path);
    if (status == STATUS_OK)
        status = find_columns(path, &record, at, error);
    while (status == STATUS_OK && (status = table_next(table, &record, &more, error)) == STATUS_OK && more) {
        const bool guarded = *value(&record, at[GUARDED], false) != '\0';
        int32_t track;
        status = resolve(catalogue, path, &record, at, guarded, &track, error);
        if (status == STATUS_OK && track != CHOICE_NONE &&
            !match_choices_add(choices, value(&record, at[TITLE], guarded), value(&record, at[ARTIST], guarded),
                               value(&record, at[ALBUM], guarded), value(&record, at[ID], guarded), track))
            status = error_no_memory(error);
    }
    return status;
}

enum status matches_read(struct catalogue *catalogue, const char *path, struct match_choices *choices,
                         struct error *error)
{
    struct table_reader *table;
    const struct table_options options = {.name = path};
    enum status status = table_open(path, &options, &table, error);
    if (status != STATUS_OK)
        return status;
    status = read_rows(catalogue, table, path, choices, error);
    table_close(table);
    return status;
}
