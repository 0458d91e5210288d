#ifndef SLEEVE_APP_MAP_FILE_H
#define SLEEVE_APP_MAP_FILE_H

#include "app/app.h"
#include "figure/scatter.h"

/* Writes a map, or two of the same items side by side, as a file in the format that the name's ending says: a figure
 * (.png, .svg), a table of x, y, label and key (.tsv), or a matrix of x and y (.npy). Both have two more columns for a
 * second map. */

/* How the points were computed, for the caption of a figure. */
struct map_run {
    const char *source; /* an embedding set or a file */
    bool random_weights;
    const char *points; /* what they are: "460 covers" */
    const char *label;  /* what labels are: "artist" */
    float perplexity;
    int iterations;
    uint64_t seed;
    double kl_divergence;
    const struct map_measures *map, *space; /* of the points and of what was mapped; NULL: not measured */
};

struct map_file_panel {
    const float *points;       /* [n x 2] */
    const struct map_run *run; /* NULL: no caption */
};

struct map_file {
    int64_t n;
    struct map_file_panel panels[MAP_PANELS_MAX];
    int n_panels;
    const int *labels; /* [n]; NULL: all 0 */
    const char *const *label_names;
    int n_labels;            /* at most SCATTER_LABELS_MAX */
    const char *const *keys; /* [n] */
    const char *title;
    const struct scatter_covers *covers; /* drawn in figures instead of marks; NULL: marks */
};

/* "t-SNE of gist: 460 covers, perplexity 30, 1000 iterations, seed 42, KL divergence 0.812" */
void map_caption(const struct map_run *run, struct buffer *caption);
/* The same without the set and "t-SNE of": "460 covers, perplexity 30, ..." */
void map_settings_caption(const struct map_run *run, struct buffer *caption);
/* "10 nearest of the same artist: 31.0 % (embedding 28.1 %, chance 9.8 %)" and "silhouette -0.120 (embedding -0.022)";
 * nothing where there are no measures. */
void map_purity_caption(const struct map_run *run, struct buffer *caption);
void map_silhouette_caption(const struct map_run *run, struct buffer *caption);

/* STATUS_USAGE where the name has none of these endings. */
enum status map_file_check(const char *path, struct error *error);
/* Whether it is a figure, in which covers can be drawn. */
bool map_file_is_figure(const char *path);
/* An existing file is replaced only when the new one is complete. */
enum status map_file_write(const struct map_file *map, const char *path, struct error *error);

/* What is known of a panel's points. */
struct app_map_points {
    const float *points; /* [map->albums.count x 2] */
    double kl_divergence;
    struct map_measures measures; /* of the points */
};
/* The same for a map of covers; `panels` [map->n_panels]. `covers`: figures show them at their points. */
enum status app_map_write(struct app *app, const struct app_map *map, const struct app_map_points *panels, bool covers,
                          const char *path, struct error *error);

#endif
