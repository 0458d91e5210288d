#include "app/attribute_curve.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/attributes.h"
#include "app/file_rows.h"
#include "attributes/temporal.h"
#include "map/npy.h"

/* The network and the output of an attribute; NULL: there is none. */
static const struct attribute_network *find(const struct attribute_model *model, const char *attribute, int64_t *output)
{
    const size_t prefix = sizeof ATTRIBUTE_GENRE_COLUMN - 1;
    const bool genre = strncmp(attribute, ATTRIBUTE_GENRE_COLUMN, prefix) == 0;
    for (int i = 0; i < model->n_networks; i++) {
        const struct attribute_network *network = &model->networks[i];
        for (int64_t c = 0; (network->kind == ATTRIBUTE_GENRE) == genre && c < network->shape.out; c++)
            if (strcmp(network->classes[c], attribute + (genre ? prefix : 0)) == 0) {
                *output = c;
                return network;
            }
    }
    return NULL;
}

/* Means of the rows that begin in the same ten seconds: rows [*n x width]. Values that are not finite do not count. */
static float *pool_rows(const float *tiles, int64_t n, int64_t width, double hop, int64_t *pooled)
{
    float *rows = malloc((size_t)(n * width + 1) * sizeof *rows);
    double *sums = malloc(2 * (size_t)width * sizeof *sums);
    *pooled = 0;
    for (int64_t first = 0; rows && sums && first < n;) {
        const double segment = floor((double)first * hop / TEMPORAL_SEGMENT_SECONDS);
        int64_t end = first;
        memset(sums, 0, 2 * (size_t)width * sizeof *sums);
        for (; end < n && floor((double)end * hop / TEMPORAL_SEGMENT_SECONDS) == segment; end++)
            for (int64_t j = 0; j < width; j++)
                if (isfinite(tiles[end * width + j])) {
                    sums[2 * j] += (double)tiles[end * width + j];
                    sums[2 * j + 1]++;
                }
        for (int64_t j = 0; j < width; j++)
            rows[*pooled * width + j] = sums[2 * j + 1] > 0 ? (float)(sums[2 * j] / sums[2 * j + 1]) : NAN;
        ++*pooled;
        first = end;
    }
    if (!sums) {
        free(rows);
        rows = NULL;
    }
    free(sums);
    return rows;
}

static enum status fill(struct compute *compute, const struct attribute_model *model,
                        const struct attribute_network *network, int64_t output, float *rows, int64_t n,
                        struct attribute_curve *curve, struct error *error)
{
    const int64_t out = network->shape.out;
    float *predicted = malloc((size_t)(n * out + 1) * sizeof *predicted);
    curve->n = n;
    curve->values = malloc(((size_t)n + 1) * sizeof *curve->values);
    curve->smooth = malloc(((size_t)n + 1) * sizeof *curve->smooth);
    enum status status = predicted && curve->values && curve->smooth ? STATUS_OK : error_no_memory(error);
    attribute_inputs_scale(model, n, rows);
    if (status == STATUS_OK)
        status = attribute_network_apply(compute, network, n, rows, false, predicted, error);
    for (int64_t i = 0; status == STATUS_OK && i < n; i++)
        curve->values[i] = predicted[i * out + output];
    free(predicted);
    if (status != STATUS_OK)
        return status;
    curve->peak = temporal_peak(curve->values, n);
    temporal_smooth(curve->values, n, curve->smooth);
    curve->consistent = temporal_consistency(curve->smooth, n, &curve->consistency);
    return STATUS_OK;
}

enum status attribute_curve_make(struct compute *compute, const struct attribute_model *model, const char *attribute,
                                 const float *tiles, int64_t n, int64_t width, double hop,
                                 struct attribute_curve *curve, struct error *error)
{
    int64_t output = 0, pooled = 0;
    const struct attribute_network *network = find(model, attribute, &output);
    *curve = (struct attribute_curve){0};
    if (!network)
        return error_set(error, STATUS_USAGE, "the model has no attribute \"%.80s\"; sleeve attributes lists them",
                         attribute);
    if (width != model->in || n < 1 || n > ATTRIBUTE_TILES_MAX)
        return error_set(error, STATUS_BAD_DATA,
                         "the tiles are %lld rows of %lld numbers; the model takes up to %d rows of %lld (%s)",
                         (long long)n, (long long)width, ATTRIBUTE_TILES_MAX, (long long)model->in, model->inputs);
    float *rows = pool_rows(tiles, n, width, hop, &pooled);
    enum status status =
        rows ? fill(compute, model, network, output, rows, pooled, curve, error) : error_no_memory(error);
    free(rows);
    if (status != STATUS_OK)
        attribute_curve_free(curve);
    return status;
}

struct work {
    const struct attribute_model *model;
    const char *attribute;
    const struct npy_matrix *tiles;
    double hop;
    struct attribute_curve *curve;
};

static enum status run(void *context, struct compute *compute, struct error *error)
{
    const struct work *work = context;
    return attribute_curve_make(compute, work->model, work->attribute, work->tiles->values, work->tiles->rows,
                                work->tiles->columns, work->hop, work->curve, error);
}

enum status app_attribute_curve(struct catalogue *catalogue, struct device_use *device, const char *name,
                                const char *attribute, const char *path, double hop, struct attribute_curve *curve,
                                struct error *error)
{
    struct attribute_model model;
    struct npy_matrix tiles = {0};
    *curve = (struct attribute_curve){0};
    enum status status = attribute_model_open(catalogue, name, &model, error);
    if (status != STATUS_OK)
        return status;
    status = npy_read(path, &tiles, error);
    struct work context = {&model, attribute, &tiles, hop, curve};
    const struct device_work work = {run, &context};
    if (status == STATUS_OK)
        status = device_run(device, &work, error);
    npy_free(&tiles);
    attribute_model_free(&model);
    return status;
}

/* ------------------------------------------------------------------ of a file */

struct file_work {
    struct catalogue *catalogue;
    const struct attribute_model *model;
    const char *attribute, *path;
    struct progress *progress;
    struct attribute_curve *curve;
};

static enum status run_file(void *context, struct compute *compute, struct error *error)
{
    const struct file_work *work = context;
    struct file_rows *rows = NULL;
    float *tiles = NULL;
    int64_t n = 0;
    enum status status = file_rows_open(work->catalogue, compute, work->model->inputs, true, &rows, error);
    if (status == STATUS_OK)
        status = file_rows_patches(rows, work->path, work->progress, &tiles, &n, error);
    if (status == STATUS_OK)
        status = attribute_curve_make(compute, work->model, work->attribute, tiles, n, file_rows_width(rows),
                                      file_rows_hop(rows), work->curve, error);
    free(tiles);
    file_rows_close(rows);
    return status;
}

enum status app_attribute_curve_of_file(struct catalogue *catalogue, struct device_use *device,
                                        const struct attribute_model *model, const char *attribute, const char *path,
                                        struct progress *progress, struct attribute_curve *curve, struct error *error)
{
    struct file_work context = {catalogue, model, attribute, path, progress, curve};
    const struct device_work work = {run_file, &context};
    *curve = (struct attribute_curve){0};
    return device_run(device, &work, error);
}
