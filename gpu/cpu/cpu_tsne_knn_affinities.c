#include <float.h>
#include <math.h>
#include <string.h>

#include "gpu/cpu/cpu_ops.h"
#include "gpu/cpu/cpu_sequences.h"
#include "gpu/cpu/cpu_tsne_mesh.h"

/* P over nearest neighbours (van der Maaten 2014, section 4.1): conditional probabilities over k of them, then each row
 * is merged with the column of the same point. */

enum { ROWS = 64 }; /* rows per task */

struct knn_affinities {
    const struct tsne_kernels *kernels;
    int64_t n, k;
    double entropy; /* the target, ln(perplexity) */
    const int32_t *ids;
    float *conditional;     /* [n x k] distances, then p(j|i) */
    int64_t *column_starts; /* [n + 1] for each point, those that have it as a neighbour, in ascending order */
    int32_t *column_rows;
    float *column_values;
    struct tsne_edges edges;
};

static void condition_rows(void *context, size_t index, int worker)
{
    (void)worker;
    const struct knn_affinities *a = context;
    int64_t end = cpu_min(((int64_t)index + 1) * ROWS, a->n);
    for (int64_t i = (int64_t)index * ROWS; i < end; i++) {
        float *row = a->conditional + i * a->k, least;
        double sum;
        a->kernels->row_range(row, a->k, &least, &sum);
        double mean = sum / (double)a->k - (double)least;
        float beta = mean > (double)FLT_MIN ? cpu_tsne_precision(a->kernels, row, a->k, 0, least, mean, a->entropy) : 0;
        struct tsne_row_sums sums;
        a->kernels->row_sums(row, a->k, least, beta, &sums);
        a->kernels->row_exp(row, a->k, least, beta, (float)(1 / sums.e));
    }
}

/* Transposes the conditional probabilities; each column is in the order of its rows. */
static void transpose_probabilities(struct knn_affinities *a)
{
    int64_t n = a->n, k = a->k, *starts = a->column_starts;
    memset(starts, 0, sizeof *starts * (size_t)(n + 1));
    for (int64_t e = 0; e < n * k; e++)
        starts[a->ids[e] + 1]++;
    for (int64_t i = 0; i < n; i++)
        starts[i + 1] += starts[i];
    for (int64_t e = 0; e < n * k; e++) {
        int64_t at = starts[a->ids[e]]++;
        a->column_rows[at] = (int32_t)(e / k);
        a->column_values[at] = a->conditional[e];
    }
    memmove(starts + 1, starts, sizeof *starts * (size_t)n);
    starts[0] = 0;
}

static int64_t find(const int32_t *rows, int64_t count, int32_t wanted)
{
    int64_t low = 0, high = count;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (rows[middle] < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && rows[low] == wanted ? low : -1;
}

/* Visits the pairs of row i: the points that have i as a neighbour, then i's neighbours that do not. With `groups` NULL
 * they are only counted. */
static int64_t join_row(const struct knn_affinities *a, int64_t i, int32_t *groups)
{
    const int32_t *rows = a->column_rows + a->column_starts[i];
    const int64_t in = a->column_starts[i + 1] - a->column_starts[i];
    const float scale = 1 / (2 * (float)a->n);
    int64_t count = 0;
    for (int64_t at = 0; groups && at < in; at++) {
        int32_t *group = groups + at / TSNE_EDGES * 2 * TSNE_EDGES + at % TSNE_EDGES;
        float p = a->column_values[a->column_starts[i] + at] * scale;
        group[0] = rows[at];
        memcpy(group + TSNE_EDGES, &p, sizeof p);
    }
    count = in;
    for (int64_t e = i * a->k; e < (i + 1) * a->k; e++) {
        int64_t both = find(rows, in, a->ids[e]), at = both >= 0 ? both : count++;
        if (!groups)
            continue;
        int32_t *group = groups + at / TSNE_EDGES * 2 * TSNE_EDGES + at % TSNE_EDGES;
        float p = a->conditional[e] * scale, other = 0;
        if (both >= 0)
            memcpy(&other, group + TSNE_EDGES, sizeof other);
        p += other;
        group[0] = a->ids[e];
        memcpy(group + TSNE_EDGES, &p, sizeof p);
    }
    for (int64_t at = count; groups && at % TSNE_EDGES != 0; at++) {
        int32_t *group = groups + at / TSNE_EDGES * 2 * TSNE_EDGES + at % TSNE_EDGES;
        group[0] = (int32_t)i;
        group[TSNE_EDGES] = 0;
    }
    return count;
}

static void count_rows(void *context, size_t index, int worker)
{
    (void)worker;
    const struct knn_affinities *a = context;
    int64_t end = cpu_min(((int64_t)index + 1) * ROWS, a->n);
    for (int64_t i = (int64_t)index * ROWS; i < end; i++)
        a->edges.starts[i + 1] = cpu_blocks(join_row(a, i, NULL), TSNE_EDGES);
}

static void join_rows(void *context, size_t index, int worker)
{
    (void)worker;
    const struct knn_affinities *a = context;
    int64_t end = cpu_min(((int64_t)index + 1) * ROWS, a->n);
    for (int64_t i = (int64_t)index * ROWS; i < end; i++)
        join_row(a, i, a->edges.groups + a->edges.starts[i] * 2 * TSNE_EDGES);
}

size_t cpu_tsne_knn_affinity_bytes(const struct compute_device *device, int64_t n, int64_t k)
{
    (void)device;
    int64_t groups = 2 * n * k / TSNE_EDGES + n; /* the last group of a row may hold only one pair */
    return tsne_edges_offset(n) + (size_t)groups * 2 * TSNE_EDGES * sizeof(int32_t);
}

size_t cpu_tsne_knn_affinities_scratch(const struct compute_device *device, int64_t n, int64_t k)
{
    (void)device;
    return (size_t)(n + 1) * sizeof(int64_t) + (size_t)(n * k) * (sizeof(int32_t) + sizeof(float));
}

enum status cpu_tsne_knn_affinities(struct compute_stream *stream, int64_t n, int64_t k, float perplexity,
                                    struct compute_slice ids, struct compute_slice distances, struct compute_slice p,
                                    struct compute_slice scratch, struct error *error)
{
    const char *operation = "tsne_knn_affinities";
    struct compute_device *device = stream->device;
    if (n < 2 || k < 1 || k >= n || n > INT32_MAX)
        return error_set(error, STATUS_FAILED, "operation %s cannot work on %lld points with %lld neighbours each",
                         operation, (long long)n, (long long)k);
    if (!(perplexity > 0 && perplexity <= (float)k))
        return error_set(error, STATUS_USAGE,
                         "a t-SNE perplexity with %lld neighbours is above 0 and at most that, not %g", (long long)k,
                         (double)perplexity);
    enum status status = cpu_check_ids(operation, "ids", ids, n * k, n, error);
    for (int64_t e = 0; status == STATUS_OK && e < n * k; e++)
        if (cpu_ints(ids)[e] < 0)
            status = error_set(error, STATUS_FAILED, "operation %s: a point has fewer than %lld neighbours", operation,
                               (long long)k);
    if (status == STATUS_OK)
        status = cpu_check(operation, "distances", distances, n * k, sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check(operation, "p", p, (int64_t)cpu_tsne_knn_affinity_bytes(device, n, k), 1, error);
    if (status == STATUS_OK)
        status =
            cpu_check(operation, "scratch", scratch, (int64_t)cpu_tsne_knn_affinities_scratch(device, n, k), 1, error);
    if (status != STATUS_OK)
        return status;
    struct knn_affinities a = {.kernels = cpu_tsne_kernels(device->simd),
                               .n = n,
                               .k = k,
                               .entropy = log((double)perplexity),
                               .ids = cpu_ints(ids),
                               .conditional = cpu_floats(distances),
                               .column_starts = cpu_bytes(scratch),
                               .edges = tsne_edges_at(cpu_bytes(p), n)};
    a.column_rows = (int32_t *)(a.column_starts + n + 1);
    a.column_values = (float *)(a.column_rows + n * k);
    const size_t tasks = (size_t)cpu_blocks(n, ROWS);
    pool_run(device->pool, tasks, condition_rows, &a);
    transpose_probabilities(&a);
    pool_run(device->pool, tasks, count_rows, &a);
    a.edges.starts[0] = 0;
    for (int64_t i = 0; i < n; i++)
        a.edges.starts[i + 1] += a.edges.starts[i];
    pool_run(device->pool, tasks, join_rows, &a);
    return STATUS_OK;
}
