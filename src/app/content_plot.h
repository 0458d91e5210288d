#ifndef SLEEVE_APP_CONTENT_PLOT_H
#define SLEEVE_APP_CONTENT_PLOT_H

#include "app/content.h"

/* The figures of the thesis of Pohl, of a predictor, as PNG or SVG. */

enum content_figure {
    CONTENT_CURVE,       /* errors on training and validation inputs by epoch, of a network over sound */
    CONTENT_FACTORS,     /* the model's factors: as learned, scaled to 0..1, and standardised, as they are predicted */
    CONTENT_FILTERS,     /* the weights of a layer of a convolutional network over sound */
    CONTENT_ACTIVATIONS, /* what each filter of the layer gives of a song */
    CONTENT_FIGURES
};
extern const char *const content_figure_names[CONTENT_FIGURES]; /* "curve", "factors", "filters", "activations" */

struct content_plot_settings {
    const char *name; /* of the predictor */
    enum content_figure figure;
    int layer;        /* of CONTENT_FILTERS and CONTENT_ACTIVATIONS, from 1 */
    const char *song; /* of CONTENT_ACTIVATIONS, as lookup_track takes it */
    const char *path; /* ends in .png or .svg */
};
/* Writes the file completely or not at all. */
enum status app_content_plot(struct catalogue *catalogue, struct device_use *device,
                             const struct content_plot_settings *settings, struct error *error);

#endif
