#ifndef SLEEVE_APP_ATTRIBUTE_CURVE_H
#define SLEEVE_APP_ATTRIBUTE_CURVE_H

#include "app/device.h"
#include "attributes/model_file.h"
#include "core/progress.h"

/* An attribute over the time of a track: the model of whole tracks, applied to segments of ten seconds (Patwari et al.
 * 2020, section 2.3; attributes/temporal.h). */

enum { ATTRIBUTE_TILES_MAX = 1 << 20 };

struct attribute_curve {
    int64_t n;       /* segments */
    float *values;   /* [n] amounts, or probabilities of a class */
    double *smooth;  /* [n] the moving average */
    double peak;     /* equation 1 */
    bool consistent; /* equation 2 is defined */
    double consistency;
};
void attribute_curve_free(struct attribute_curve *curve);

/* `tiles` [n x model->in]: rows as the model's features are, in the order of time, one every `hop` seconds. Rows that
 * begin in the same ten seconds are averaged; a segment without a row is left out. `attribute`: "energy", or a class
 * ("genre:rock"). STATUS_USAGE for one that the model does not have, STATUS_BAD_DATA for rows of another width. */
enum status attribute_curve_make(struct compute *compute, const struct attribute_model *model, const char *attribute,
                                 const float *tiles, int64_t n, int64_t width, double hop,
                                 struct attribute_curve *curve, struct error *error);
/* The same with a model of the catalogue and a .npy file of tiles. */
enum status app_attribute_curve(struct catalogue *catalogue, struct device_use *device, const char *name,
                                const char *attribute, const char *path, double hop, struct attribute_curve *curve,
                                struct error *error);
/* The same with the patches of a music file, for a model whose features a network of music makes (app/file_rows.h): the
 * rows of each patch, one every file_rows_hop seconds. */
enum status app_attribute_curve_of_file(struct catalogue *catalogue, struct device_use *device,
                                        const struct attribute_model *model, const char *attribute, const char *path,
                                        struct progress *progress, struct attribute_curve *curve, struct error *error);
/* Appends a row of blocks, one a segment, or `columns` of them by the mean; the whole height is 1. */
void attribute_curve_draw(const struct attribute_curve *curve, int columns, struct buffer *out);
/* Writes the values of the segments and their moving average to a file that ends in .png or .svg, completely or not at
 * all. Another name is STATUS_USAGE, which the first function says before any work. `track`: its name. */
enum status attribute_curve_plot_check(const char *path, struct error *error);
enum status attribute_curve_plot(const struct attribute_curve *curve, const char *attribute, const char *track,
                                 const char *path, struct error *error);

#endif
