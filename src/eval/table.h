#ifndef SLEEVE_EVAL_TABLE_H
#define SLEEVE_EVAL_TABLE_H

#include "core/buffer.h"
#include "eval/groups.h"

/* A table with models as rows and metrics as columns, as the papers print it (Table 1). */

struct table_row {
    const char *name;
    struct result_summary summary;
    double coverage;     /* coverage, 0 to 1 */
    double milliseconds; /* of one playlist, the median */
};

/* Each value is printed as mean±interval if that fits into `columns`; otherwise the interval is on the line below, then
 * names are truncated, then metrics without a priority are left out. If `columns` is below 80, lines may be longer than
 * that. The best printed value of each column is marked: in bold with `bold`, otherwise with a star. A note below
 * explains the mark and lists what was left out. */
void result_table(const struct table_row *rows, size_t n_rows, int columns, bool bold, struct buffer *out);
/* Appends a text as lines of at most `columns`, broken between words. */
void result_table_wrap(const char *text, int columns, struct buffer *out);

#endif
