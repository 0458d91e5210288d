#include "app/content_plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/lookup.h"
#include "core/file.h"
#include "figure/heat_map.h"
#include "figure/histograms.h"
#include "figure/sheet.h"
#include "figure/small_multiples.h"
#include "figure/training_curve.h"

const char *const content_figure_names[CONTENT_FIGURES] = {[CONTENT_CURVE] = "curve",
                                                           [CONTENT_FACTORS] = "factors",
                                                           [CONTENT_FILTERS] = "filters",
                                                           [CONTENT_ACTIVATIONS] = "activations"};

struct plotting {
    struct catalogue *catalogue;
    const struct content_plot_settings *settings;
    struct predictor predictor;
    int64_t song;
    bool svg;
    struct buffer out;
};

/* ---- the training curve ---- */

static enum status draw_curve(struct plotting *plotting, double *losses, struct error *error)
{
    const struct predictor *predictor = &plotting->predictor;
    const int64_t epochs = predictor->epochs;
    char title[160], subtitle[200];
    for (int64_t e = 0; e < epochs; e++) {
        losses[e] = (double)predictor->curve[e].training;
        losses[epochs + e] = (double)predictor->curve[e].validation;
    }
    snprintf(title, sizeof title, "Factors of %.60s from sound: training of %.60s", predictor->model,
             plotting->settings->name);
    snprintf(subtitle, sizeof subtitle,
             "%.40s, inputs of %lld s; 1 is the error of the mean; the weights of epoch %lld", predictor->spec->name,
             (long long)predictor->seconds, (long long)predictor->best_epoch);
    const struct training_curve curve = {.title = title,
                                         .subtitle = subtitle,
                                         .measure = "Mean squared error of standardised factors",
                                         .epochs = epochs,
                                         .training = losses,
                                         .validation = losses + epochs};
    return training_curve_figure(&curve, plotting->svg, &plotting->out, error);
}

static enum status plot_curve(struct plotting *plotting, struct error *error)
{
    const struct predictor *predictor = &plotting->predictor;
    if (!predictor->spec || predictor->epochs == 0)
        return error_set(error, STATUS_USAGE,
                         "only networks over sound (content train --network) have a training curve; %s is %s",
                         plotting->settings->name, predictor->method);
    double *losses = malloc((size_t)(2 * predictor->epochs) * sizeof *losses);
    enum status status = losses ? draw_curve(plotting, losses, error) : error_no_memory(error);
    free(losses);
    return status;
}

/* ---- the factors ---- */

struct factor_range {
    double low, high;
};

static bool is_known(const struct track_vectors *vectors, int64_t row)
{
    return vectors->playlists[row] > 0;
}

static struct factor_range range_of(const struct track_vectors *vectors)
{
    struct factor_range range = {INFINITY, -INFINITY};
    for (int64_t row = 0; row < vectors->n_tracks; row++)
        for (int64_t j = 0; is_known(vectors, row) && j < vectors->width; j++) {
            const double value = (double)vectors->values[row * vectors->stride + j];
            range.low = fmin(range.low, value);
            range.high = fmax(range.high, value);
        }
    return range;
}

/* Standardised numbers beyond four deviations are in the last bins. */
static void count_factors(const struct plotting *plotting, const struct track_vectors *vectors,
                          const struct factor_range *range, struct histogram items[3])
{
    const struct predictor *predictor = &plotting->predictor;
    for (int64_t row = 0; row < vectors->n_tracks; row++)
        for (int64_t j = 0; is_known(vectors, row) && j < vectors->width; j++) {
            const double value = (double)vectors->values[row * vectors->stride + j];
            histogram_add(&items[0], value);
            histogram_add(&items[1], (value - range->low) / (range->high - range->low));
            if (predictor->deviation[j] > 0)
                histogram_add(&items[2], (value - predictor->mean[j]) / predictor->deviation[j]);
        }
}

static enum status draw_factors(struct plotting *plotting, const struct track_vectors *vectors, struct error *error)
{
    const struct factor_range range = range_of(vectors);
    char title[160], subtitle[200];
    if (!(range.high > range.low) || vectors->width != plotting->predictor.out)
        return error_set(error, STATUS_FAILED, "%s has no factors of %lld numbers to draw", plotting->predictor.model,
                         (long long)plotting->predictor.out);
    const struct panel_axis axis = panel_axis_of((const double[]){range.low, range.high}, (const double[2]){0}, 2);
    struct histogram items[3] = {
        {.title = "As learned", .note = "", .low = axis.low, .high = axis.high},
        {.title = "Scaled by minimum and maximum", .note = "one scale for all factors", .low = 0, .high = 1},
        {.title = "Standardised, as they are predicted",
         .note = "by each factor's mean and deviation",
         .low = -4,
         .high = 4}};
    count_factors(plotting, vectors, &range, items);
    snprintf(title, sizeof title, "Factors of %.80s before and after scaling", plotting->predictor.model);
    snprintf(subtitle, sizeof subtitle,
             "%lld factors of the tracks in training playlists; heights are relative to the "
             "highest bin",
             (long long)vectors->width);
    const struct histograms figure = {.title = title, .subtitle = subtitle, .n = 3, .items = items};
    return histograms_figure(&figure, plotting->svg, &plotting->out, error);
}

static enum status plot_factors(struct plotting *plotting, struct compute *compute, struct error *error)
{
    struct recommender *recommender = NULL;
    struct track_vectors vectors;
    enum status status =
        recommender_open_alone(plotting->catalogue, compute, plotting->predictor.model, &recommender, error);
    if (status == STATUS_OK)
        status = new_tracks_targets(recommender, &vectors, error);
    if (status == STATUS_OK)
        status = draw_factors(plotting, &vectors, error);
    recommender_close(recommender);
    return status;
}

/* ---- filters and activations ---- */

struct drawn_maps {
    struct sound_maps maps;
    bool own_range; /* each map from its smallest to its largest number; otherwise one range for all */
    double low, high;
};

static void find_range(const float *values, int64_t n, double *low, double *high)
{
    *low = INFINITY;
    *high = -INFINITY;
    for (int64_t i = 0; i < n; i++) {
        *low = fmin(*low, (double)values[i]);
        *high = fmax(*high, (double)values[i]);
    }
}

/* Frames from left to right, low bands at the bottom. */
static bool draw_map(void *context, int64_t which, int edge, struct image *image)
{
    const struct drawn_maps *drawn = context;
    const int64_t height = drawn->maps.height, width = drawn->maps.width;
    const float *map = drawn->maps.values + which * height * width;
    double low = drawn->low, high = drawn->high;
    if (drawn->own_range)
        find_range(map, height * width, &low, &high);
    if (image_create(edge, edge, image, NULL) != STATUS_OK)
        return false;
    for (int y = 0; y < edge; y++)
        for (int x = 0; x < edge; x++) {
            const bool border = x == edge - 1 || y == edge - 1;
            const int64_t at = (height - 1 - y * height / edge) * width + x * width / edge;
            const uint32_t colour = border || !(high > low) ? 0xffffff : heat_map_colour((double)map[at], low, high);
            uint8_t *pixel = image->rgb + 3 * ((size_t)y * (size_t)edge + (size_t)x);
            pixel[0] = (uint8_t)(colour >> 16);
            pixel[1] = (uint8_t)(colour >> 8);
            pixel[2] = (uint8_t)colour;
        }
    return true;
}

static enum status draw_sheet(struct plotting *plotting, struct drawn_maps *drawn, struct error *error)
{
    enum { COLUMNS = 8 };
    const struct content_plot_settings *settings = plotting->settings;
    const bool filters = settings->figure == CONTENT_FILTERS;
    const int n = (int)drawn->maps.n;
    char title[200], line[200], scale[80];
    int cells[SOUND_FILTERS];
    for (int i = 0; i < n; i++)
        cells[i] = i;
    find_range(drawn->maps.values, n * drawn->maps.height * drawn->maps.width, &drawn->low, &drawn->high);
    snprintf(title, sizeof title,
             filters ? "Filters of convolution %d of %.60s" : "Activations of convolution %d of %.60s", settings->layer,
             settings->name);
    snprintf(scale, sizeof scale, "mean over the inputs, from %.2g (light) to %.2g", drawn->low, drawn->high);
    snprintf(line, sizeof line, "%lld frames from left to right, %lld bands upwards; %s", (long long)drawn->maps.width,
             (long long)drawn->maps.height, filters ? scale : "each from its smallest number, light, to its largest");
    const struct sheet_figure sheet = {.rows = (n + COLUMNS - 1) / COLUMNS,
                                       .columns = COLUMNS,
                                       .edge = filters ? 64 : 112,
                                       .n = n,
                                       .cells = cells,
                                       .title = title,
                                       .lines = {line, settings->song ? settings->song : ""},
                                       .image = draw_map,
                                       .context = drawn};
    return sheet_figure(&sheet, plotting->svg, &plotting->out, error);
}

static enum status plot_maps(struct plotting *plotting, struct compute *compute, struct error *error)
{
    struct predictor_input input = {0};
    struct drawn_maps drawn = {.own_range = plotting->settings->figure == CONTENT_ACTIVATIONS};
    const bool filters = plotting->settings->figure == CONTENT_FILTERS;
    enum status status = predictor_input_open(plotting->catalogue, &plotting->predictor, &input, error);
    if (status == STATUS_OK && !filters && !predictor_input_has(&input, plotting->song))
        status = error_set(error, STATUS_FAILED,
                           "the song has no spectrogram; make it with: sleeve audio compute "
                           "--preset %s",
                           plotting->predictor.set);
    if (status == STATUS_OK)
        status = predictor_input_maps(compute, &input, filters ? -1 : plotting->song, plotting->settings->layer,
                                      &drawn.maps, error);
    predictor_input_close(&input);
    if (status != STATUS_OK)
        return status;
    status = draw_sheet(plotting, &drawn, error);
    free(drawn.maps.values);
    return status;
}

/* ---- all ---- */

static enum status plot(void *context, struct compute *compute, struct error *error)
{
    struct plotting *plotting = context;
    buffer_clear(&plotting->out);
    if (plotting->settings->figure == CONTENT_CURVE)
        return plot_curve(plotting, error);
    return plotting->settings->figure == CONTENT_FACTORS ? plot_factors(plotting, compute, error)
                                                         : plot_maps(plotting, compute, error);
}

enum status app_content_plot(struct catalogue *catalogue, struct device_use *device,
                             const struct content_plot_settings *settings, struct error *error)
{
    struct plotting plotting = {.catalogue = catalogue, .settings = settings};
    const struct device_work work = {plot, &plotting};
    int64_t track = 0;
    plotting.svg = file_has_extension(settings->path, ".svg");
    if (!plotting.svg && !file_has_extension(settings->path, ".png"))
        return error_set(error, STATUS_USAGE, "--plot needs a file that ends in .png or .svg, not \"%s\"",
                         settings->path);
    enum status status = STATUS_OK;
    if (settings->figure == CONTENT_ACTIVATIONS)
        status = settings->song ? lookup_track(catalogue, settings->song, &track, error)
                                : error_set(error, STATUS_USAGE, "activations are of a song; name it with --song");
    plotting.song = track - 1;
    if (status == STATUS_OK)
        status = predictor_open(catalogue, settings->name, &plotting.predictor, error);
    if (status != STATUS_OK)
        return status;
    status = device_run(device, &work, error);
    if (status == STATUS_OK)
        status = atomic_file_write(settings->path, &plotting.out, error);
    buffer_free(&plotting.out);
    predictor_close(&plotting.predictor);
    return status;
}
