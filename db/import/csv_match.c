#include "db/import/csv_match.h"

#include <string.h>

#include "db/import/note.h"
#include "db/import/unmatched.h"

enum status csv_match_open(struct catalogue *catalogue, const struct csv_row *row, const struct import_input *input,
                           struct csv_match *match, struct error *error)
{
    static const struct import_input plain = {0};
    const bool wanted = (input && (input->match_only || input->choices)) || csv_layouts[row->columns->preset].matches ||
                        row->columns->column[FIELD_ISRC] >= 0;
    *match = (struct csv_match){.input = input ? input : &plain,
                                .reading = {.name = row->where, .unit = "line", .report = row->report}};
    return wanted ? matcher_open(catalogue, row->ingest, match->input, &match->matcher, error) : STATUS_OK;
}

void csv_match_close(struct csv_match *match)
{
    matcher_close(match->matcher);
    *match = (struct csv_match){0};
}

static const char *field(const struct csv_row *row, enum csv_field which)
{
    return csv_row_known(row, which) ? csv_row_text(row, which).data : NULL;
}

static enum status leave_out(const struct csv_match *match, const struct foreign_track *entry, const char *playlist,
                             bool by_hand, struct error *error)
{
    import_skipped(match->reading.report,
                   by_hand ? "an entry that --matches leaves out" : "no track of the catalogue fits",
                   match->reading.name, "line", entry->place);
    if (by_hand)
        return STATUS_OK;
    match->reading.report->matches.unmatched++;
    return match->input->unmatched ? unmatched_add(match->input->unmatched, playlist, entry, error) : STATUS_OK;
}

static enum status add(struct csv_match *match, struct csv_row *row, const struct foreign_track *entry, int32_t *track,
                       struct error *error)
{
    enum status status = csv_row_track(row, track, error);
    return status == STATUS_OK && entry->isrc ? matcher_add_ids(match->matcher, entry, *track, error) : status;
}

enum status csv_match_track(struct csv_match *match, struct csv_row *row, const char *playlist, int32_t *track,
                            bool *left_out, struct error *error)
{
    char isrc[FOREIGN_ISRC_SIZE];
    const struct text code = csv_row_text(row, FIELD_ISRC);
    const bool only = match->input && match->input->match_only;
    enum match_how how = MATCH_NONE;
    *left_out = false;
    if (!match->matcher)
        return csv_row_track(row, track, error);
    const struct foreign_track entry = {.title = field(row, FIELD_TRACK),
                                        .artist = field(row, FIELD_ARTIST),
                                        .album = field(row, FIELD_ALBUM),
                                        .id = field(row, FIELD_TRACK_ID),
                                        .isrc = foreign_isrc(code.data, code.size, isrc) ? isrc : NULL,
                                        .duration_ms = -1,
                                        .place = row->record.line};
    enum status status = STATUS_OK;
    *track = 0;
    if (only || match->input->choices || csv_layouts[row->columns->preset].matches)
        status = matcher_find(match->matcher, &match->reading, &entry, track, &how, error);
    if (status != STATUS_OK)
        return status;
    matcher_count(row->report, how);
    if (*track != 0)
        return !only && entry.isrc && how != MATCH_NAMES && how != MATCH_HAND
                   ? matcher_add_ids(match->matcher, &entry, *track, error)
                   : STATUS_OK;
    *left_out = how == MATCH_LEAVE || (only && how != MATCH_NEW);
    return *left_out ? leave_out(match, &entry, playlist, how == MATCH_LEAVE, error)
                     : add(match, row, &entry, track, error);
}
