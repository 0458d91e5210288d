#ifndef SLEEVE_VISION_COVER_MAP_H
#define SLEEVE_VISION_COVER_MAP_H

#include "core/status.h"

/* A map of covers: a table (core/table_reader.h) of album keys and image files, or of album keys and ids at
 * MusicBrainz. A header may name the columns "album" (or "key", which is preferred) and "path" or "mbid", in any order
 * and among others; without a header they are the first two. */
struct cover_map_column {
    const char *name;
    const char *what; /* "a path" */
};
extern const struct cover_map_column cover_map_paths, cover_map_mbids;

/* Calls `each` for every row; `line` is its line number. Errors of `each` are reported with file and line, and so are
 * rows without album or value: no row is skipped. */
enum status cover_map_read(const char *map_file, const struct cover_map_column *column,
                           enum status (*each)(void *context, const char *album, const char *value, long long line,
                                               struct error *error),
                           void *context, struct error *error);

#endif
