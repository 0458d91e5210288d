#ifndef SLEEVE_EVAL_ROWS_H
#define SLEEVE_EVAL_ROWS_H

#include <stddef.h>

#include "core/table_reader.h"
#include "db/catalogue.h"

/* Tables with one row a playlist: split files and other programs' results. */

/* Calls `each` for every row of a table (core/table_reader.h; "-" is standard input). An error of `each` is
 * prefixed with file and line; rows with another number of fields than the first are refused. *n_rows may be NULL. */
enum status rows_read(const char *path,
                      enum status (*each)(void *context, const struct table_record *row, bool first, char delimiter,
                                          struct error *error),
                      void *context, long long *n_rows, struct error *error);

/* The column of this name in the first row, ignoring case and surrounding blanks; -1 when there is none, -2 when there
 * are several. */
int rows_column(const struct table_record *header, const char *name);

/* The number of the playlist whose key is in this column, as written or, since importers strip them, without
 * surrounding blanks (then they are stripped in place); 0 when the catalogue has none. */
enum status rows_playlist_find(struct catalogue *catalogue, const struct table_record *row, int column, int64_t *id,
                               struct error *error);

#endif
