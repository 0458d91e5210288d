#ifndef SLEEVE_DB_IMPORT_CSV_MATCH_H
#define SLEEVE_DB_IMPORT_CSV_MATCH_H

#include "db/import/csv_row.h"
#include "db/import/matcher.h"

/* Rows of tables that are matched to tracks of the catalogue by more than their keys: with --match-only and --matches,
 * and those of services, which know ISRCs but no Spotify ids. */
struct csv_match {
    const struct import_input *input; /* NULL: rows have their keys alone */
    struct matcher *matcher;
    struct foreign_reading reading;
};

enum status csv_match_open(struct catalogue *catalogue, const struct csv_row *row, const struct import_input *input,
                           struct csv_match *match, struct error *error);
void csv_match_close(struct csv_match *match);
/* The row's track. *left_out: it has none, and is counted and listed as unmatched. */
enum status csv_match_track(struct csv_match *match, struct csv_row *row, const char *playlist, int32_t *track,
                            bool *left_out, struct error *error);

#endif
