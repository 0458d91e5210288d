#include <cblas.h>
#include <float.h>
#include <math.h>
#include <string.h>

#include "gpu/cpu/cpu_ops.h"
#include "gpu/cpu/cpu_tsne.h"

enum { BAND = 128, TILE = 64, SEARCHES_MAX = 64 };

static const float P_MIN = 2.2204460e-16F; /* as in scikit-learn; keeps every probability a normal number */

struct affinities {
    const struct tsne_kernels *kernels;
    int64_t n, d, groups;
    const float *x;
    float *distances;
    double entropy; /* the target, ln(perplexity) */
    uint32_t *words;
};

/* Dot products of a band of rows with all rows from the band on. */
static void dot_band(void *context, size_t index, int worker)
{
    (void)worker;
    const struct affinities *a = context;
    int64_t row = (int64_t)index * BAND, rows = cpu_min(BAND, a->n - row);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (blasint)rows, (blasint)(a->n - row), (blasint)a->d, 1,
                a->x + row * a->d, (blasint)a->d, a->x + row * a->d, (blasint)a->d, 0, a->distances + row * a->n + row,
                (blasint)a->n);
}

/* |xi - xj|^2 = |xi|^2 + |xj|^2 - 2 xi.xj, into both halves; the norms are on the diagonal. */
static void distance_band(void *context, size_t index, int worker)
{
    (void)worker;
    const struct affinities *a = context;
    float *distances = a->distances;
    int64_t n = a->n, row = (int64_t)index * TILE, end = cpu_min(row + TILE, n);
    for (int64_t column = row; column < n; column += TILE)
        for (int64_t i = row; i < end; i++)
            for (int64_t j = column > i ? column : i + 1; j < cpu_min(column + TILE, n); j++) {
                float squared = distances[i * n + i] + distances[j * n + j] - 2 * distances[i * n + j];
                squared = squared > 0 ? squared : 0;
                distances[i * n + j] = squared;
                distances[j * n + i] = squared;
            }
}

enum status cpu_tsne_distances(struct compute_stream *stream, int64_t n, int64_t d, struct compute_slice x,
                               struct compute_slice distances, struct error *error)
{
    enum status status = cpu_check("tsne_distances", "x", x, n * d, sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check("tsne_distances", "distances", distances, n * n, sizeof(float), error);
    if (status != STATUS_OK || n == 0)
        return status;
    struct affinities a = {.n = n, .d = d, .x = cpu_floats(x), .distances = cpu_floats(distances)};
    struct pool *pool = stream->device->pool;
    if (d > 0)
        pool_run(pool, (size_t)((n + BAND - 1) / BAND), dot_band, &a);
    else
        memset(a.distances, 0, sizeof(float) * (size_t)(n * n));
    pool_run(pool, (size_t)((n + TILE - 1) / TILE), distance_band, &a);
    for (int64_t i = 0; i < n; i++)
        a.distances[i * n + i] = 0;
    return STATUS_OK;
}

/* Newton's method on ln(beta), kept inside a bracket that bisection shrinks when a step would leave it. Entropy falls
 * as beta grows. */
float cpu_tsne_precision(const struct tsne_kernels *kernels, const float *row, int64_t n, int own, float least,
                         double mean, double entropy)
{
    double low = -14, high = 28; /* of ln(beta * mean distance) */
    double at = log(2 + entropy);
    struct tsne_row_sums sums;
    for (int k = 0; k < SEARCHES_MAX && high - low > 1e-9; k++) {
        double beta = exp(at) / mean;
        kernels->row_sums(row, n, least, (float)beta, &sums);
        double others = sums.e - own;
        double average = sums.de / others;
        double excess = log(others) + beta * average - entropy;
        if (fabs(excess) <= 1e-5)
            break;
        if (excess > 0)
            low = at;
        else
            high = at;
        double slope = -beta * beta * (sums.dde / others - average * average);
        double next = slope < 0 ? at - excess / slope : low - 1;
        at = next > low && next < high ? next : (low + high) / 2;
    }
    return (float)(exp(at) / mean);
}

/* Turns a row of distances into conditional probabilities p(j|i). */
static void condition_row(void *context, size_t index, int worker)
{
    (void)worker;
    const struct affinities *a = context;
    int64_t n = a->n, i = (int64_t)index;
    float *row = a->distances + i * n, least;
    double sum;
    row[i] = row[i == 0 ? 1 : 0];
    a->kernels->row_range(row, n, &least, &sum);
    double mean = (sum - (double)row[i]) / (double)(n - 1) - (double)least;
    row[i] = least;
    float beta = mean > (double)FLT_MIN ? cpu_tsne_precision(a->kernels, row, n, 1, least, mean, a->entropy) : 0;
    struct tsne_row_sums sums;
    a->kernels->row_sums(row, n, least, beta, &sums);
    a->kernels->row_exp(row, n, least, beta, (float)(1 / (sums.e - 1)));
    row[i] = 0;
}

static uint32_t float_bits(float a)
{
    uint32_t bits;
    memcpy(&bits, &a, sizeof bits);
    return bits;
}

/* Rounds two probabilities to the nearest values of their halves of a word; the high one is read with the low bits. */
static uint32_t pack(float high, float low)
{
    uint32_t low_bits = float_bits(low);
    low_bits = (low_bits + 0x7fff + (low_bits >> 16 & 1)) >> 16;
    return ((float_bits(high) - low_bits + 0x8000) & 0xffff0000U) | low_bits;
}

/* (p(j|i) + p(i|j)) / 2n; pairs that are not stored (below the diagonal, beyond the end) have the minimum or 0. */
static float joint(const struct affinities *a, int64_t i, int64_t j)
{
    if (i >= a->n || j >= a->n)
        return 0;
    float p = (a->distances[i * a->n + j] + a->distances[j * a->n + i]) / (2 * (float)a->n);
    return i < j && p > P_MIN ? p : P_MIN;
}

static void pack_panel(void *context, size_t index, int worker)
{
    (void)worker;
    const struct affinities *a = context;
    int64_t panel = (int64_t)index;
    uint32_t *words = a->words + tsne_tiles_before(a->groups, panel) * TSNE_TILE_WORDS;
    for (int64_t block = panel; block < a->groups; block += TSNE_BLOCK) {
        int64_t block_groups = cpu_min(TSNE_BLOCK, a->groups - block);
        for (int64_t g = 0; g < block_groups; g++)
            for (int64_t r = 0; r < TSNE_PANEL; r++) {
                int64_t i = panel * TSNE_PANEL + r, j = (block + g) * TSNE_PANEL;
                uint32_t *to = words + ((r / TSNE_STRIP * block_groups + g) * TSNE_STRIP + r % TSNE_STRIP) * TSNE_WORDS;
                for (int64_t k = 0; k < TSNE_WORDS; k++)
                    to[k] = pack(joint(a, i, j + k), joint(a, i, j + k + TSNE_WORDS));
            }
        words += block_groups * TSNE_TILE_WORDS;
    }
}

size_t cpu_tsne_affinity_bytes(const struct compute_device *device, int64_t n)
{
    (void)device;
    int64_t groups = tsne_groups(n);
    return (size_t)tsne_tiles_before(groups, groups) * TSNE_TILE_WORDS * sizeof(uint32_t);
}

enum status cpu_tsne_affinities(struct compute_stream *stream, int64_t n, float perplexity,
                                struct compute_slice distances, struct compute_slice p, struct error *error)
{
    enum status status = cpu_check("tsne_affinities", "distances", distances, n * n, sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check("tsne_affinities", "p", p, (int64_t)cpu_tsne_affinity_bytes(stream->device, n), 1, error);
    if (status == STATUS_OK && !(perplexity > 0 && isfinite(perplexity)))
        status = error_set(error, STATUS_USAGE, "a t-SNE perplexity is above 0, not %g", (double)perplexity);
    if (status != STATUS_OK || n < 2)
        return status;
    struct affinities a = {.kernels = cpu_tsne_kernels(stream->device->simd),
                           .n = n,
                           .groups = tsne_groups(n),
                           .distances = cpu_floats(distances),
                           .entropy = log((double)perplexity),
                           .words = cpu_bytes(p)};
    struct pool *pool = stream->device->pool;
    pool_run(pool, (size_t)n, condition_row, &a);
    pool_run(pool, (size_t)a.groups, pack_panel, &a);
    return STATUS_OK;
}
