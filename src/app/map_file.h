#ifndef SLEEVE_APP_MAP_FILE_H
#define SLEEVE_APP_MAP_FILE_H

#include "app/app.h"

/* Writes a map as a file in the format that the name's ending says: a figure (.png, .svg), a table of x, y, label and
 * key (.tsv), or a matrix of x and y (.npy). */

struct map_file {
    int64_t n;
    const float *points; /* [n x 2] */
    const int *labels;   /* [n]; NULL: all 0 */
    const char *const *label_names;
    int n_labels;            /* at most SCATTER_LABELS_MAX */
    const char *const *keys; /* [n] */
    const char *title;
};

/* STATUS_USAGE where the name has none of these endings. */
enum status map_file_check(const char *path, struct error *error);
/* An existing file is replaced only when the new one is complete. */
enum status map_file_write(const struct map_file *map, const char *path, struct error *error);

/* The same for a map of covers; `points` [map->albums.count x 2]. */
enum status app_map_write(const struct app_map *map, const float *points, const char *path, struct error *error);

#endif
