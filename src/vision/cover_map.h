#ifndef SLEEVE_VISION_COVER_MAP_H
#define SLEEVE_VISION_COVER_MAP_H

#include "core/status.h"

/* A map of covers: a table (core/table_reader.h) of album keys and image files. A header may name the columns
 * "album" (or "key", which is preferred) and "path", in any order and among others; without a header they are the first
 * two. */

/* Calls `each` for every row; `line` is its line number. Errors of `each` are reported with file and line, and so are
 * rows without album or path: no row is skipped. */
enum status cover_map_read(const char *map_file,
                           enum status (*each)(void *context, const char *album, const char *path, long long line,
                                               struct error *error),
                           void *context, struct error *error);

#endif
