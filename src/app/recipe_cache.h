#ifndef SLEEVE_APP_RECIPE_CACHE_H
#define SLEEVE_APP_RECIPE_CACHE_H

#include "app/recipe_index.h"

/* A file with the columns of a catalogue's tracks (app/recipe_index.h), so that they are not made again at the next
 * start. It is of use to the program and machine that wrote it: numbers are stored as they are in memory. `version` is
 * what the columns were made from: states of the catalogue, labels, and feature sets.
 *
 * The file's content is not trusted. Numbers that are used as indices (rows, tracks, artists, starts) are
 * copied and checked; values, years and bitmaps, of which any content is possible, are read in place. */

enum { RECIPE_CACHE_VERSION = 4096 }; /* bytes of the version's text, with its NUL */

/* False, and the index is empty: there is no such file, or it is of another version, cut or damaged. */
bool recipe_cache_read(const char *path, const char *version, struct recipe_index *index);
/* Replaces the file; it appears whole or not at all. */
enum status recipe_cache_write(const char *path, const char *version, const struct recipe_index *index,
                               struct error *error);

#endif
