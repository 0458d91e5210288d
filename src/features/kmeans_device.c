#include "features/kmeans_device.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The nearest centre c of a row x has the largest x·c - |c|²/2: a dot product of (x, 1) with (c, -|c|²/2), which top_k
 * finds. The mean of the centres is subtracted from both, because the products of rows far from 0 would lose digits. */

static enum status make(struct kmeans_device *device, int64_t bytes, struct compute_slice *slice, struct error *error)
{
    const struct compute *compute = device->compute;
    return compute->ops->buffer_create(compute->device, (size_t)(bytes > 4 ? bytes : 4), &slice->buffer, error);
}

enum status kmeans_device_open(struct kmeans_device *device, struct compute *compute, int64_t k, int64_t d,
                               int64_t most, struct error *error)
{
    *device = (struct kmeans_device){.compute = compute, .k = k, .d = d, .most = most};
    int64_t row = (d + 1) * (int64_t)sizeof(float);
    enum status status = make(device, most * row, &device->rows, error);
    if (status == STATUS_OK)
        status = make(device, k * row, &device->centres, error);
    if (status == STATUS_OK)
        status = make(device, most * (int64_t)sizeof(int32_t), &device->ids, error);
    if (status == STATUS_OK)
        status = make(device, most * (int64_t)sizeof(float), &device->scores, error);
    if (status == STATUS_OK)
        status =
            make(device, (int64_t)compute->ops->top_k_scratch(compute->device, most, k, 1), &device->scratch, error);
    device->wide = malloc((size_t)((most > k ? most : k) * row));
    device->scores_host = malloc((size_t)most * sizeof *device->scores_host);
    device->halves = malloc((size_t)most * sizeof *device->halves);
    device->origin = malloc((size_t)d * sizeof *device->origin);
    bool enough = device->wide && device->scores_host && device->halves && device->origin;
    return status == STATUS_OK && !enough ? error_no_memory(error) : status;
}

void kmeans_device_close(struct kmeans_device *device)
{
    struct compute_slice *const slices[] = {&device->rows, &device->centres, &device->ids, &device->scores,
                                            &device->scratch};
    for (size_t i = 0; i < sizeof slices / sizeof *slices && device->compute; i++)
        device->compute->ops->buffer_destroy(slices[i]->buffer);
    free(device->wide);
    free(device->scores_host);
    free(device->halves);
    free(device->origin);
    *device = (struct kmeans_device){0};
}

static enum status send(struct kmeans_device *device, int64_t n, struct compute_slice slice, struct error *error)
{
    return device->compute->ops->buffer_write(device->compute->stream, slice.buffer, 0, device->wide,
                                              (size_t)(n * (device->d + 1)) * sizeof(float), error);
}

/* to[0..d) = x - origin; returns half its squared length. */
static double shift(const struct kmeans_device *device, const float *x, float *to)
{
    double sum = 0;
    for (int64_t j = 0; j < device->d; j++) {
        to[j] = x[j] - device->origin[j];
        sum += (double)to[j] * (double)to[j];
    }
    return 0.5 * sum;
}

static void find_origin(struct kmeans_device *device, const float *centres)
{
    for (int64_t j = 0; j < device->d; j++) {
        double sum = 0;
        for (int64_t c = 0; c < device->k; c++)
            sum += (double)centres[c * device->d + j];
        device->origin[j] = (float)(sum / (double)device->k);
    }
}

enum status kmeans_device_centres(struct kmeans_device *device, const float *centres, struct error *error)
{
    int64_t d = device->d;
    find_origin(device, centres);
    for (int64_t c = 0; c < device->k; c++) {
        float *to = device->wide + c * (d + 1);
        to[d] = (float)-shift(device, centres + c * d, to);
    }
    return send(device, device->k, device->centres, error);
}

enum status kmeans_device_assign(struct kmeans_device *device, int64_t n, const float *x, int32_t *ids, double *inertia,
                                 struct error *error)
{
    struct compute *compute = device->compute;
    const struct compute_slice none = {0};
    int64_t d = device->d;
    for (int64_t i = 0; i < n; i++) {
        device->halves[i] = shift(device, x + i * d, device->wide + i * (d + 1));
        device->wide[i * (d + 1) + d] = 1;
    }
    enum status status = send(device, n, device->rows, error);
    if (status == STATUS_OK)
        status = compute->ops->top_k(compute->stream, n, device->k, d + 1, 1, device->rows, device->centres, none, none,
                                     device->ids, device->scores, device->scratch, error);
    if (status == STATUS_OK)
        status = compute->ops->buffer_read(compute->stream, device->ids.buffer, 0, ids, (size_t)n * sizeof *ids, error);
    if (status == STATUS_OK && inertia)
        status = compute->ops->buffer_read(compute->stream, device->scores.buffer, 0, device->scores_host,
                                           (size_t)n * sizeof(float), error);
    for (int64_t i = 0; i < n && status == STATUS_OK && inertia; i++)
        *inertia += fmax(0, 2 * (device->halves[i] - (double)device->scores_host[i]));
    return status;
}
