#ifndef SLEEVE_APP_TRACK_ROWS_H
#define SLEEVE_APP_TRACK_ROWS_H

#include "features/feature_set.h"

/* Rows of tracks in feature sets, side by side. The sets stay mapped, so that one row costs no reading of the others.
 */

enum { TRACK_ROWS_SETS_MAX = 16 };

struct track_rows {
    struct feature_set sets[TRACK_ROWS_SETS_MAX];
    int count;
    int64_t width;
};

/* `names` with commas between. STATUS_USAGE for a set of albums, or where there is no name. Close it after a failure,
 * too. */
enum status track_rows_open(struct catalogue *catalogue, const char *names, struct track_rows *rows,
                            struct error *error);
void track_rows_close(struct track_rows *rows);
/* Writes the rows of a track (from 1): x [width]. False: a set has none; x stays. */
bool track_rows_read(const struct track_rows *rows, int64_t track, float *x);

#endif
