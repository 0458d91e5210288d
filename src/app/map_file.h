#ifndef SLEEVE_APP_MAP_FILE_H
#define SLEEVE_APP_MAP_FILE_H

#include "app/app.h"
#include "figure/scatter.h"

/* Writes a map as a file in the format that the name's ending says: a figure (.png, .svg), a table of x, y, label and
 * key (.tsv), or a matrix of x and y (.npy). */

/* How the points were computed, for the caption of a figure. */
struct map_run {
    const char *source; /* an embedding set or a file */
    const char *points; /* what they are: "460 covers" */
    float perplexity;
    int iterations;
    uint64_t seed;
    double kl_divergence;
};

struct map_file {
    int64_t n;
    const float *points; /* [n x 2] */
    const int *labels;   /* [n]; NULL: all 0 */
    const char *const *label_names;
    int n_labels;            /* at most SCATTER_LABELS_MAX */
    const char *const *keys; /* [n] */
    const char *title;
    const struct map_run *run;           /* NULL: no caption */
    const struct scatter_covers *covers; /* drawn in figures instead of marks; NULL: marks */
};

/* STATUS_USAGE where the name has none of these endings. */
enum status map_file_check(const char *path, struct error *error);
/* Whether it is a figure, in which covers can be drawn. */
bool map_file_is_figure(const char *path);
/* An existing file is replaced only when the new one is complete. */
enum status map_file_write(const struct map_file *map, const char *path, struct error *error);

/* The same for a map of covers; `points` [map->albums.count x 2] and their divergence. `covers`: figures show them at
 * their points. */
enum status app_map_write(struct app *app, const struct app_map *map, const float *points, double kl_divergence,
                          bool covers, const char *path, struct error *error);

#endif
