#include "features/kmeans_device.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"

/* The nearest centre c of a row x has the largest x·c - |c|²/2: a dot product of (x, 1) with (c, -|c|²/2), which top_k
 * finds. The mean of the centres is subtracted from both, because the products of rows far from 0 would lose digits. */

enum { CANDIDATES_MAX = 32, PART = 1024 /* rows of a part of k-means++ */ };

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

/* ---- k-means++ ---- */

struct plus_plus {
    int64_t n, d, count;   /* rows; candidates */
    float *halves;         /* [n] half the squared lengths of the rows */
    const float *products; /* [count x n] of candidates and rows */
    float *nearest;        /* [n] squared distances to the nearest centre so far */
    double *totals;        /* [parts] of them */
    int64_t rows[CANDIDATES_MAX];
    float *lowered;  /* [count x n]: what they would become */
    double *results; /* [parts x count]: their sums */
    int64_t taken;   /* the candidate to take */
};

static void try_part(void *context, size_t index, int worker)
{
    (void)worker;
    struct plus_plus *p = context;
    int64_t first = (int64_t)index * PART, count = p->n - first < PART ? p->n - first : PART;
    for (int64_t c = 0; c < p->count; c++) {
        float *restrict to = p->lowered + c * p->n + first;
        const float *restrict nearest = p->nearest + first;
        const float *restrict products = p->products + c * p->n + first, *restrict halves = p->halves + first;
        float own = p->halves[p->rows[c]];
        double sum = 0;
        for (int64_t i = 0; i < count; i++) {
            float distance = 2 * (halves[i] + own - products[i]), held = distance > 0 ? distance : 0;
            to[i] = held < nearest[i] ? held : nearest[i];
        }
        if (p->rows[c] >= first && p->rows[c] < first + count)
            to[p->rows[c] - first] = 0; /* whatever rounding says: a row is taken once */
        for (int64_t i = 0; i < count; i++)
            sum += (double)to[i];
        p->results[(int64_t)index * CANDIDATES_MAX + c] = sum;
    }
}

static void take_part(void *context, size_t index, int worker)
{
    (void)worker;
    struct plus_plus *p = context;
    int64_t first = (int64_t)index * PART, count = p->n - first < PART ? p->n - first : PART;
    memcpy(p->nearest + first, p->lowered + p->taken * p->n + first, (size_t)count * sizeof *p->nearest);
    p->totals[index] = p->results[(int64_t)index * CANDIDATES_MAX + p->taken];
}

/* The row at which the running sum of `nearest` passes `target`. */
static int64_t row_at(const struct plus_plus *p, int64_t parts, double target)
{
    int64_t part = 0;
    while (part + 1 < parts && target >= p->totals[part])
        target -= p->totals[part++];
    int64_t row = part * PART, past = row + PART < p->n ? row + PART : p->n, last = row;
    for (; row < past; row++) {
        if (p->nearest[row] > 0)
            last = row;
        if (target < (double)p->nearest[row])
            return row;
        target -= (double)p->nearest[row];
    }
    return last; /* rounding */
}

/* products = the candidates [count x d] times the rows [n x d], which are in the device's memory. */
static enum status multiply(struct kmeans_device *device, struct plus_plus *p, const float *rows, float *some,
                            struct compute_slice result, float *products, struct error *error)
{
    const struct compute *compute = device->compute;
    int64_t d = p->d;
    for (int64_t c = 0; c < p->count; c++)
        memcpy(some + c * d, rows + p->rows[c] * d, (size_t)d * sizeof *some);
    enum status status = compute->ops->buffer_write(compute->stream, device->centres.buffer, 0, some,
                                                    (size_t)(p->count * d) * sizeof *some, error);
    if (status == STATUS_OK)
        status = compute->ops->gemm(compute->stream, false, true, p->count, p->n, d, 1, device->centres, device->rows,
                                    0, result, error);
    if (status == STATUS_OK)
        status = compute->ops->buffer_read(compute->stream, result.buffer, 0, products,
                                           (size_t)(p->count * p->n) * sizeof *products, error);
    return status;
}

static enum status choose(struct kmeans_device *device, struct plus_plus *p, const float *x, float *some,
                          struct compute_slice result, float *products, int64_t candidates, struct random *random,
                          int64_t *chosen, struct error *error)
{
    struct pool *pool = device->compute->pool;
    int64_t k = device->k;
    p->products = products;
    int64_t parts = (p->n + PART - 1) / PART;
    for (int64_t i = 0; i < p->n; i++)
        p->nearest[i] = INFINITY;
    for (int64_t centre = 0; centre < k; centre++) {
        double total = 0;
        for (int64_t part = 0; part < parts && centre > 0; part++)
            total += p->totals[part];
        p->count = centre == 0 ? 1 : candidates;
        for (int64_t c = 0; c < p->count; c++)
            p->rows[c] = centre == 0 || !(total > 0) ? (int64_t)random_below(random, (uint64_t)p->n)
                                                     : row_at(p, parts, random_uniform(random) * total);
        enum status status = multiply(device, p, x, some, result, products, error);
        if (status != STATUS_OK)
            return status;
        pool_run(pool, (size_t)parts, try_part, p);
        double best = INFINITY;
        for (int64_t c = 0; c < p->count; c++) {
            double sum = 0;
            for (int64_t part = 0; part < parts; part++)
                sum += p->results[part * CANDIDATES_MAX + c];
            if (c == 0 || sum < best) {
                best = sum;
                p->taken = c;
            }
        }
        chosen[centre] = p->rows[p->taken];
        pool_run(pool, (size_t)parts, take_part, p);
    }
    return STATUS_OK;
}

/* The rows less their mean, in the device's memory, with half their squared lengths. */
static enum status send_rows(struct kmeans_device *device, int64_t n, const float *x, float *halves,
                             struct error *error)
{
    int64_t d = device->d;
    for (int64_t j = 0; j < d; j++) {
        double sum = 0;
        for (int64_t i = 0; i < n; i++)
            sum += (double)x[i * d + j];
        device->origin[j] = (float)(sum / (double)n);
    }
    for (int64_t i = 0; i < n; i++)
        halves[i] = (float)shift(device, x + i * d, device->wide + i * d);
    return device->compute->ops->buffer_write(device->compute->stream, device->rows.buffer, 0, device->wide,
                                              (size_t)(n * d) * sizeof *x, error);
}

enum status kmeans_device_plus_plus(struct kmeans_device *device, int64_t n, const float *x, int64_t candidates,
                                    uint64_t seed, float *centres, struct error *error)
{
    int64_t d = device->d, k = device->k, parts = (n + PART - 1) / PART;
    candidates = candidates < CANDIDATES_MAX ? candidates : CANDIDATES_MAX;
    candidates = candidates < k ? candidates : k; /* they stand where centres do */
    size_t bytes = (size_t)(candidates * n) * sizeof(float);
    struct compute_slice result = {0};
    struct plus_plus p = {.n = n,
                          .d = d,
                          .halves = malloc((size_t)n * sizeof *p.halves),
                          .nearest = malloc((size_t)n * sizeof *p.nearest),
                          .totals = calloc((size_t)parts, sizeof *p.totals),
                          .lowered = malloc(bytes),
                          .results = calloc((size_t)parts * CANDIDATES_MAX, sizeof *p.results)};
    int64_t *chosen = malloc((size_t)k * sizeof *chosen);
    float *products = malloc(bytes), *some = malloc((size_t)(candidates * d) * sizeof *some);
    bool enough = p.halves && p.nearest && p.totals && p.lowered && p.results && chosen && products && some;
    struct random random;
    random_seed(&random, seed);
    enum status status = enough ? make(device, (int64_t)bytes, &result, error) : error_no_memory(error);
    if (status == STATUS_OK)
        status = send_rows(device, n, x, p.halves, error);
    if (status == STATUS_OK)
        status = choose(device, &p, device->wide, some, result, products, candidates, &random, chosen, error);
    for (int64_t c = 0; c < k && status == STATUS_OK; c++)
        memcpy(centres + c * d, x + chosen[c] * d, (size_t)d * sizeof *centres);
    device->compute->ops->buffer_destroy(result.buffer);
    free(p.halves), free(p.nearest), free(p.totals), free(p.lowered), free(p.results);
    free(chosen), free(products), free(some);
    return status;
}
