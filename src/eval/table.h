#ifndef SLEEVE_EVAL_TABLE_H
#define SLEEVE_EVAL_TABLE_H

#include "core/buffer.h"
#include "eval/groups.h"

/* Models as rows and metrics as columns, as the papers print them (Table 1). */

struct table_row {
    const char *name;
    struct result_summary summary;
    double coverage;     /* 0 to 1 */
    double milliseconds; /* of one playlist, the median */
};

/* Each metric stands as mean±interval where that fits into `columns`, else with the interval on a line below; names are
 * cut for it, and then metrics without a priority are left out. Below 80 columns lines may be longer than `columns`.
 * The best of each column, as printed, is marked: with `bold` by the terminal's bold letters, otherwise by a star. A
 * note below says what best means, and what was left out. */
void result_table(const struct table_row *rows, size_t n_rows, int columns, bool bold, struct buffer *out);

#endif
