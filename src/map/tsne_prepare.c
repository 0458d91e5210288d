#include <math.h>
#include <stdlib.h>

#include "core/random.h"
#include "map/neighbours.h"
#include "map/principal.h"
#include "map/tsne_internal.h"
#include "map/tsne_start.h"

/* What a map is made from: P and the initial points. */

/* Centres the columns and scales all values to at most 1 in magnitude: this does not change the map, since perplexity
 * fixes the scale, and makes the distances more accurate and free of overflow. */
static enum status centre(int64_t n, int64_t d, const float *x, float **centred, struct error *error)
{
    float *out = malloc(sizeof *out * (size_t)(n * d) + 1);
    double *mean = calloc((size_t)d + 1, sizeof *mean);
    if (!out || !mean) {
        free(out);
        free(mean);
        return error_no_memory(error);
    }
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < d; k++)
            mean[k] += (double)x[i * d + k] / (double)n;
    double largest = 0;
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < d; k++)
            largest = fmax(largest, fabs((double)x[i * d + k] - mean[k]));
    double scale = largest > 0 ? 1 / largest : 0;
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < d; k++)
            out[i * d + k] = (float)(((double)x[i * d + k] - mean[k]) * scale);
    free(mean);
    *centred = out;
    return STATUS_OK;
}

static double deviation(const float *points, int64_t n, int component)
{
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < n; i++)
        sum += (double)points[2 * i + component];
    for (int64_t i = 0; i < n; i++) {
        double off = (double)points[2 * i + component] - sum / (double)n;
        squares += off * off;
    }
    return sqrt(squares / (double)n);
}

/* Scales the components to the initial spread. If the data have fewer than two, a little noise replaces them, because
 * points that start on one line never leave it. */
static void scale_start(float *points, int64_t n, uint64_t seed)
{
    struct random random;
    random_seed(&random, seed);
    double first = deviation(points, n, 0), second = deviation(points, n, 1);
    for (int64_t i = 0; i < n; i++) {
        if (first > 0)
            points[2 * i] = (float)((double)points[2 * i] / first * TSNE_SPREAD);
        else
            points[2 * i] = (float)(random_normal(&random) * TSNE_SPREAD);
        if (second > 1e-6 * first)
            points[2 * i + 1] = (float)((double)points[2 * i + 1] / first * TSNE_SPREAD);
        else
            points[2 * i + 1] = (float)(random_normal(&random) * TSNE_SPREAD / 100);
    }
}

static enum status find_all_affinities(struct tsne *tsne, int64_t d, struct compute_slice x, struct error *error)
{
    const struct compute_ops *ops = tsne->compute->ops;
    struct compute_stream *stream = tsne->compute->stream;
    const int64_t n = tsne->n;
    struct compute_buffer *distances = NULL;
    enum status status = ops->buffer_create(tsne->compute->device, sizeof(float) * (size_t)(n * n), &distances, error);
    if (status == STATUS_OK)
        status = ops->tsne_distances(stream, n, d, x, whole(distances), error);
    if (status == STATUS_OK)
        status = ops->tsne_affinities(stream, n, tsne->settings.perplexity, whole(distances), whole(tsne->p), error);
    ops->buffer_destroy(distances);
    return status;
}

/* The neighbours of each point of a large map, on the host and on the device. */
static enum status find_in_cells(struct tsne *tsne, int64_t d, const float *x, struct compute_buffer *ids,
                                 struct compute_buffer *distances, int32_t *host_ids, struct error *error)
{
    const struct compute *compute = tsne->compute;
    const size_t pairs = (size_t)(tsne->n * tsne->neighbours);
    double recall = 0;
    float *host_distances = malloc(sizeof *host_distances * pairs);
    enum status status = host_distances
                             ? neighbours_find(tsne->compute, tsne->n, d, tsne->neighbours, x, tsne->settings.seed,
                                               tsne->settings.progress, host_ids, host_distances, &recall, error)
                             : error_no_memory(error);
    if (status == STATUS_OK)
        status = compute->ops->buffer_write(compute->stream, ids, 0, host_ids, pairs * sizeof *host_ids, error);
    if (status == STATUS_OK)
        status = compute->ops->buffer_write(compute->stream, distances, 0, host_distances,
                                            pairs * sizeof *host_distances, error);
    free(host_distances);
    return status;
}

static enum status find_knn_affinities(struct tsne *tsne, int64_t d, struct compute_slice x, const float *host_x,
                                       int32_t *host_ids, struct error *error)
{
    const struct compute_ops *ops = tsne->compute->ops;
    struct compute_device *device = tsne->compute->device;
    struct compute_stream *stream = tsne->compute->stream;
    const int64_t n = tsne->n, k = tsne->neighbours;
    const bool in_cells = host_ids && n >= NEIGHBOURS_MIN && neighbours_can(tsne->compute);
    const size_t pairs = (size_t)(n * k), search = in_cells ? 0 : ops->nearest_scratch(device, n, d, k);
    const size_t join = ops->tsne_knn_affinities_scratch(device, n, k);
    struct compute_buffer *ids = NULL, *distances = NULL, *scratch = NULL;
    enum status status = ops->buffer_create(device, sizeof(int32_t) * pairs, &ids, error);
    if (status == STATUS_OK)
        status = ops->buffer_create(device, sizeof(float) * pairs, &distances, error);
    if (status == STATUS_OK)
        status = ops->buffer_create(device, search > join ? search : join, &scratch, error);
    if (status == STATUS_OK && in_cells)
        status = find_in_cells(tsne, d, host_x, ids, distances, host_ids, error);
    else if (status == STATUS_OK)
        status = ops->nearest(stream, n, d, k, x, whole(ids), whole(distances), whole(scratch), error);
    if (status == STATUS_OK && host_ids && !in_cells)
        status = ops->buffer_read(stream, ids, 0, host_ids, pairs * sizeof *host_ids, error);
    if (status == STATUS_OK)
        status = ops->tsne_knn_affinities(stream, n, k, tsne->settings.perplexity, whole(ids), whole(distances),
                                          whole(tsne->p), whole(scratch), error);
    ops->buffer_destroy(ids);
    ops->buffer_destroy(distances);
    ops->buffer_destroy(scratch);
    return status;
}

enum status tsne_prepare(struct tsne *tsne, int64_t d, const float *x, struct error *error)
{
    const struct compute_ops *ops = tsne->compute->ops;
    struct compute_stream *stream = tsne->compute->stream;
    const int64_t n = tsne->n;
    float *centred = NULL;
    enum status status = centre(n, d, x, &centred, error);
    if (status != STATUS_OK)
        return status;
    struct compute_buffer *vectors = NULL;
    size_t bytes = sizeof(float) * (size_t)(n * d);
    const bool large = tsne->neighbours > 0 && (n >= TSNE_LARGE_POINTS || tsne->settings.sample > 0);
    int32_t *ids = large ? malloc(sizeof *ids * (size_t)(n * tsne->neighbours)) : NULL;
    if (large && !ids)
        status = error_no_memory(error);
    if (status == STATUS_OK)
        status = ops->buffer_wrap(tsne->compute->device, centred, bytes, &vectors, error);
    if (status == STATUS_OK)
        status = tsne->neighbours > 0 ? find_knn_affinities(tsne, d, whole(vectors), centred, ids, error)
                                      : find_all_affinities(tsne, d, whole(vectors), error);
    if (status == STATUS_OK && tsne->settings.sample > 0)
        status =
            tsne_start_sampled(tsne->compute, n, d, centred, &tsne->settings, tsne->neighbours, ids, tsne->host, error);
    else if (status == STATUS_OK)
        status = principal_components(tsne->compute, n, d, whole(vectors), tsne->settings.seed, tsne->host, error);
    if (status == STATUS_OK && tsne->settings.sample <= 0)
        scale_start(tsne->host, n, tsne->settings.seed);
    if (status == STATUS_OK)
        status = ops->buffer_write(stream, tsne->y, 0, tsne->host, tsne->state_bytes, error);
    ops->buffer_destroy(vectors);
    free(centred);
    free(ids);
    return status;
}
