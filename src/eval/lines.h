#ifndef SLEEVE_EVAL_LINES_H
#define SLEEVE_EVAL_LINES_H

#include <stddef.h>

#include "db/catalogue.h"

/* What text files of one line a playlist share. */

/* Calls `each` with every line of a text file (or .gz) that is not empty, without its line end, NUL-terminated; numbers
 * count from 1. What `each` refuses is told with file and line. *n_lines may be NULL. */
enum status lines_read(const char *path,
                       enum status (*each)(void *context, char *line, size_t size, long long number,
                                           struct error *error),
                       void *context, long long *n_lines, struct error *error);

/* The number of the playlist of this key, as it stands or without the spaces around it (importers drop them, and then
 * so does this, in place); 0 when the catalogue has none. */
enum status lines_playlist_find(struct catalogue *catalogue, char *key, int64_t *id, struct error *error);

#endif
