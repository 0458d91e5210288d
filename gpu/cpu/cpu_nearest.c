#include "gpu/cpu/cpu_internal.h"

#include <cblas.h>
#include <float.h>
#include <limits.h>
#include <math.h>

#include "gpu/cpu/cpu_ops.h"
#include "gpu/cpu/cpu_select.h"
#include "gpu/cpu/cpu_vector.h"

/* Exact nearest rows. Products of blocks, |a - b|^2 = |a|^2 + |b|^2 - 2 ab, exclude most rows; for the remaining
 * candidates, a few more than k, distances are summed again as squared differences, so that equal rows have distance 0
 * and close ones keep their order. Where rounding could have excluded one of the k nearest, because many are equally
 * far or all are far from 0, the row is compared with all others by differences. */

enum {
    TILE = 256,  /* rows whose neighbours are searched together */
    BLOCK = 512, /* rows compared with them while they are in cache */
    GROUP = 16,  /* scores compared with a threshold together */
    MORE = 16,   /* candidates beyond k, plus an eighth of k */
};

struct nearest_job {
    enum cpu_simd simd;
    int64_t m, n, d, k;
    bool own; /* the queries are the rows, and no row is its own neighbour */
    const float *queries;
    float *query_norms; /* [m], as `norms` */
    int64_t left;       /* candidates after the products: at least k if there are as many */
    const float *x;
    float *norms;  /* [n] half the squared lengths */
    float longest; /* the largest of them */
    int32_t *ids;
    float *distances;
    uint64_t *keys; /* [threads x (TILE + 1) x selection_capacity(left)] */
    float *blocks;  /* [threads x TILE x BLOCK] */
};

static int64_t left_of(int64_t n, int64_t k)
{
    k = cpu_min(k, n);
    return cpu_min(k + k / 8 + MORE, n);
}

size_t cpu_nearest_scratch(const struct compute_device *device, int64_t n, int64_t d, int64_t k)
{
    (void)d;
    size_t a_thread = (TILE + 1) * (size_t)selection_capacity(left_of(n, k)) * sizeof(uint64_t) +
                      (size_t)TILE * BLOCK * sizeof(float);
    return (size_t)device->threads * a_thread + (size_t)n * sizeof(float);
}

static inline __attribute__((always_inline)) void offer_products(const struct nearest_job *job, int64_t row,
                                                                 const float *products, int64_t first, int64_t count,
                                                                 struct selection *selection)
{
    const float *norms = job->norms + first;
    for (int64_t group = 0; group < count; group += GROUP) {
        int64_t end = cpu_min(group + GROUP, count);
        int any = 0;
        if (end - group == GROUP) {
            for (int i = 0; i < GROUP; i++)
                any |= products[group + i] - norms[group + i] > selection->threshold;
            if (!any)
                continue;
        }
        for (int64_t i = group; i < end; i++) {
            float closeness = products[i] - norms[i];
            if (closeness > selection->threshold && !(job->own && first + i == row))
                selection_add(selection, closeness, first + i);
        }
    }
}

CPU_KERNEL(products_kernel, offer_products,
           (const struct nearest_job *job, int64_t row, const float *products, int64_t first, int64_t count,
            struct selection *selection),
           (job, row, products, first, count, selection))

/* Offers the rows of `candidates`, or all others, with their exact distances. */
static inline __attribute__((always_inline)) void offer_differences(const struct nearest_job *job, int64_t row,
                                                                    const struct selection *candidates,
                                                                    struct selection *selection)
{
    const int64_t count = candidates ? candidates->count : job->n;
    for (int64_t i = 0; i < count; i++) {
        int64_t other = candidates ? selection_row(candidates->keys[i]) : i;
        float closeness = -cpu_vector_distance(job->queries + row * job->d, job->x + other * job->d, job->d);
        if (!(job->own && other == row) && (candidates || closeness > selection->threshold))
            selection_add(selection, closeness, other);
    }
}

CPU_KERNEL(differences_kernel, offer_differences,
           (const struct nearest_job *job, int64_t row, const struct selection *candidates,
            struct selection *selection),
           (job, row, candidates, selection))

/* Whether an excluded row may be as near as the k-th candidate: a sum of d rounded products is off by at most d + 2
 * roundings of the sum of their magnitudes. */
static bool may_have_lost(const struct nearest_job *job, int64_t row, const struct selection *candidates,
                          const struct selection *selection)
{
    if (candidates->count == job->n - job->own)
        return false;
    if (candidates->count < job->left)
        return true; /* products may be NaN where differences are not */
    double own = (double)job->query_norms[row], longest = (double)job->longest;
    double error = (double)(job->d + 8) * (double)FLT_EPSILON * (own + longest + 2 * sqrt(own * longest));
    double ruled_out = 2 * (own - (double)candidates->threshold);
    double farthest = -(double)selection_score(selection->keys[cpu_min(job->k, selection->count) - 1]);
    return !(farthest + 3 * error < ruled_out);
}

static void write_result(const struct nearest_job *job, int64_t row, const struct selection *selection)
{
    for (int64_t i = 0; i < job->k; i++) {
        bool there = i < selection->count;
        job->ids[row * job->k + i] = there ? selection_row(selection->keys[i]) : -1;
        job->distances[row * job->k + i] = there ? 0.0f - selection_score(selection->keys[i]) : INFINITY;
    }
}

static void nearest_task(void *context, size_t index, int worker)
{
    const struct nearest_job *job = context;
    const int64_t row = (int64_t)index * TILE, rows = cpu_min(TILE, job->m - row);
    const int64_t capacity = selection_capacity(job->left);
    uint64_t *keys = job->keys + worker * (TILE + 1) * capacity;
    float *block = job->blocks + (int64_t)worker * TILE * BLOCK;
    struct selection candidates[TILE], selection;
    for (int64_t q = 0; q < rows; q++)
        selection_start(&candidates[q], keys + q * capacity, job->left);
    for (int64_t first = 0; first < job->n; first += BLOCK) {
        int64_t count = cpu_min(BLOCK, job->n - first);
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (blasint)rows, (blasint)count, (blasint)job->d, 1,
                    job->queries + row * job->d, (blasint)job->d, job->x + first * job->d, (blasint)job->d, 0, block,
                    BLOCK);
        for (int64_t q = 0; q < rows; q++)
            CPU_KERNEL_CALL(job->simd, products_kernel,
                            (job, row + q, block + q * BLOCK, first, count, &candidates[q]));
    }
    for (int64_t q = 0; q < rows; q++) {
        selection_cut(&candidates[q]);
        selection_start(&selection, keys + TILE * capacity, cpu_min(job->k, job->n));
        CPU_KERNEL_CALL(job->simd, differences_kernel, (job, row + q, &candidates[q], &selection));
        selection_finish(&selection);
        if (may_have_lost(job, row + q, &candidates[q], &selection)) {
            selection_start(&selection, keys + TILE * capacity, cpu_min(job->k, job->n));
            CPU_KERNEL_CALL(job->simd, differences_kernel, (job, row + q, NULL, &selection));
            selection_finish(&selection);
        }
        write_result(job, row + q, &selection);
    }
}

static inline __attribute__((always_inline)) void half_lengths(const struct nearest_job *job)
{
    for (int64_t i = 0; i < job->n; i++)
        job->norms[i] = 0.5f * cpu_vector_dot(job->x + i * job->d, job->x + i * job->d, job->d);
    for (int64_t i = 0; i < job->m && !job->own; i++)
        job->query_norms[i] = 0.5f * cpu_vector_dot(job->queries + i * job->d, job->queries + i * job->d, job->d);
}

CPU_KERNEL(lengths_kernel, half_lengths, (const struct nearest_job *job), (job))

static void run(const struct compute_device *device, struct nearest_job *job, void *scratch)
{
    job->simd = device->simd;
    job->left = left_of(job->n, job->k);
    job->keys = scratch;
    job->blocks = (float *)(job->keys + (int64_t)device->threads * (TILE + 1) * selection_capacity(job->left));
    job->norms = job->blocks + (int64_t)device->threads * TILE * BLOCK;
    job->query_norms = job->own ? job->norms : job->norms + job->n;
    CPU_KERNEL_CALL(device->simd, lengths_kernel, (job));
    for (int64_t i = 0; i < job->n; i++)
        job->longest = job->norms[i] > job->longest ? job->norms[i] : job->longest;
    pool_run(device->pool, (size_t)((job->m + TILE - 1) / TILE), nearest_task, job);
}

static enum status check(const char *name, int64_t m, int64_t n, int64_t d, int64_t k, struct compute_slice x,
                         struct compute_slice ids, struct compute_slice distances, struct error *error)
{
    if (m < 0 || n < 0 || d < 0 || k < 0 || m > INT32_MAX || n > INT32_MAX || d > INT_MAX)
        return error_set(error, STATUS_FAILED, "operation %s cannot work on %lld and %lld rows of width %lld", name,
                         (long long)m, (long long)n, (long long)d);
    enum status status = cpu_check(name, "X", x, n * d, sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check(name, "ids", ids, m * k, sizeof(int32_t), error);
    if (status == STATUS_OK)
        status = cpu_check(name, "distances", distances, m * k, sizeof(float), error);
    return status;
}

enum status cpu_nearest(struct compute_stream *stream, int64_t n, int64_t d, int64_t k, struct compute_slice x,
                        struct compute_slice ids, struct compute_slice distances, struct compute_slice scratch,
                        struct error *error)
{
    const struct compute_device *device = stream->device;
    enum status status = check("nearest", n, n, d, k, x, ids, distances, error);
    if (status == STATUS_OK)
        status = cpu_check("nearest", "scratch", scratch, (int64_t)cpu_nearest_scratch(device, n, d, k), 1, error);
    if (status != STATUS_OK || n == 0 || k == 0)
        return status;
    struct nearest_job job = {.m = n,
                              .n = n,
                              .d = d,
                              .k = k,
                              .own = true,
                              .queries = cpu_floats(x),
                              .x = cpu_floats(x),
                              .ids = cpu_ints(ids),
                              .distances = cpu_floats(distances)};
    run(device, &job, cpu_bytes(scratch));
    return STATUS_OK;
}

size_t cpu_nearest_between_scratch(const struct compute_device *device, int64_t m, int64_t n, int64_t d, int64_t k)
{
    return cpu_nearest_scratch(device, n, d, k) + (size_t)m * sizeof(float);
}

enum status cpu_nearest_between(struct compute_stream *stream, int64_t m, int64_t n, int64_t d, int64_t k,
                                struct compute_slice queries, struct compute_slice x, struct compute_slice ids,
                                struct compute_slice distances, struct compute_slice scratch, struct error *error)
{
    const char *name = "nearest_between";
    const struct compute_device *device = stream->device;
    enum status status = check(name, m, n, d, k, x, ids, distances, error);
    if (status == STATUS_OK)
        status = cpu_check(name, "queries", queries, m * d, sizeof(float), error);
    if (status == STATUS_OK)
        status =
            cpu_check(name, "scratch", scratch, (int64_t)cpu_nearest_between_scratch(device, m, n, d, k), 1, error);
    if (status != STATUS_OK || m == 0 || k == 0)
        return status;
    struct nearest_job job = {.m = m,
                              .n = n,
                              .d = d,
                              .k = k,
                              .queries = cpu_floats(queries),
                              .x = cpu_floats(x),
                              .ids = cpu_ints(ids),
                              .distances = cpu_floats(distances)};
    run(device, &job, cpu_bytes(scratch));
    return STATUS_OK;
}
