#ifndef SLEEVE_APP_RATING_FILE_H
#define SLEEVE_APP_RATING_FILE_H

#include "core/progress.h"
#include "db/ratings.h"

/* Ratings as a CSV file, for spreadsheets and for other catalogues: playlist_key, playlist, track_key, track, artist,
 * model, rank, rating, reason, wrong_metadata, rater, rated. */

/* Appends the table. `spreadsheet`: with apostrophes before fields that a spreadsheet would compute
 * (db/spreadsheet.h). */
enum status ratings_write(struct catalogue *catalogue, const struct rating_filter *filter, bool spreadsheet,
                          struct buffer *out, size_t *count, struct error *error);

struct rating_import {
    int64_t rows, added, changed, unchanged;
    int64_t older;           /* the catalogue has a later rating by the same rater of the same suggestion */
    int64_t skipped;         /* they name no playlist or track of the catalogue, or are no rating */
    char first_skipped[512]; /* why, with the line; "": none was */
};
/* Adds the ratings of such a file, in one transaction: all of them, or none after an error. Columns are found by their
 * names; playlist_key or playlist, track_key and rating are needed. Playlists are found by their key, else by their
 * name. `rater`: of rows without one. A file without a row that can be read is STATUS_BAD_DATA. */
enum status ratings_import(struct catalogue *catalogue, const char *path, const char *rater, struct progress *progress,
                           struct rating_import *report, struct error *error);

#endif
