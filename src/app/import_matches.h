#ifndef SLEEVE_APP_IMPORT_MATCHES_H
#define SLEEVE_APP_IMPORT_MATCHES_H

#include "core/pool.h"
#include "db/import/choices.h"
#include "db/import/unmatched.h"

/* Entries of imported playlists that no track of the catalogue fits: with the tracks that are most like them, as a
 * table that a person edits and an import reads again. */

enum { CANDIDATES = 3 };

struct unmatched_row {
    const struct unmatched_track *entry;
    size_t n_candidates;
    size_t candidates[CANDIDATES]; /* rows of `tracks`, nearest first */
};

struct unmatched_report {
    struct unmatched entries;
    struct unmatched_row *rows; /* [n_rows], the first of the entries */
    size_t n_rows;
    struct track_list tracks;
};
void unmatched_report_free(struct unmatched_report *report);

/* Looks for candidates of the first `max` entries. */
enum status unmatched_report_fill(struct catalogue *catalogue, struct pool *pool, size_t max,
                                  struct unmatched_report *report, struct error *error);

/* The table: what is known of each entry, a column `match` to fill in (the number of a candidate, a key or link, "new"
 * to add the track, "-" to leave it out; empty: undecided) and the candidates with their keys. Formulas are guarded for
 * spreadsheets. */
enum status unmatched_write(const struct unmatched_report *report, const char *path, struct error *error);
/* Reads it again. STATUS_BAD_DATA with the line where a match names no track. */
enum status matches_read(struct catalogue *catalogue, const char *path, struct match_choices *choices,
                         struct error *error);

#endif
