#ifndef SLEEVE_APP_TSNE_MAP_H
#define SLEEVE_APP_TSNE_MAP_H

#include "app/app.h"

/* Computes a whole t-SNE map and writes it as a file (app/map_file.h): of the covers of the most frequent artists, or
 * of any matrix. The explorer moves its map step by step instead (app_map_open). */

struct tsne_map_settings {
    struct tsne_settings tsne;
    const char *out; /* the file; map_file_check */
    struct progress *progress;

    /* Covers: */
    struct app *app;
    const char *sets; /* an embedding set, or two with a comma between (app_map_open) */
    int artists;      /* 1..SCATTER_LABELS_MAX */
    bool covers;      /* figures show covers at the points instead of marks */

    /* Or, where `input` is not NULL, a matrix: */
    const char *input;  /* .npy, one row a point */
    const char *labels; /* file of one label a line; NULL: none */
    struct device_options device;
};

struct tsne_map_result {
    int64_t n; /* points */
    int iterations;
    float perplexity; /* lower than in the settings where there are too few points */
    double seconds;   /* without writing the file */
    int n_boxed;      /* names that a .png figure cannot show: its font has only Latin letters */
    int n_panels;
    struct tsne_map_panel {
        char set[FEATURE_NAME_MAX + 1]; /* "" for a matrix */
        bool random_weights;
        int dim; /* columns of its vectors */
        double kl_divergence;
        bool measured;
        struct map_measures map, space; /* of the points and of the vectors, if measured */
    } panels[MAP_PANELS_MAX];
};

enum status tsne_map_make(const struct tsne_map_settings *settings, struct tsne_map_result *result,
                          struct error *error);

#endif
