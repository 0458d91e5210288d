#ifndef SLEEVE_EVAL_ROWS_H
#define SLEEVE_EVAL_ROWS_H

#include <stddef.h>

#include "core/table_reader.h"
#include "db/catalogue.h"

/* Tables with one row per playlist: split files and other programs' results. */

/* Calls `each` for every row of a table (core/table_reader.h; "-" is standard input). Errors of `each` are prefixed
 * with file and line. A row whose number of fields differs from the first row's is an error. *n_rows may be NULL. */
enum status rows_read(const char *path,
                      enum status (*each)(void *context, const struct table_record *row, bool first, char delimiter,
                                          struct error *error),
                      void *context, long long *n_rows, struct error *error);

/* The column with this name in the first row, ignoring case and surrounding blanks; -1 if there is none, -2 if there
 * are several. */
int rows_column(const struct table_record *header, const char *name);

/* The number of the playlist with the key in this column; 0 if the catalogue has none. If the key is not found as
 * written, it is stripped of surrounding blanks in place, as importers do, and looked up again. */
enum status rows_playlist_find(struct catalogue *catalogue, const struct table_record *row, int column, int64_t *id,
                               struct error *error);
/* The same for a track. */
enum status rows_track_find(struct catalogue *catalogue, const struct table_record *row, int column, int64_t *id,
                            struct error *error);

#endif
