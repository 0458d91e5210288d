#include "gpu/cpu/cpu_internal.h"

#include <math.h>

#include "gpu/cpu/cpu_ops.h"
#include "gpu/cpu/cpu_select.h"
#include "gpu/cpu/cpu_vector.h"

/* Exact nearest rows. Distances are sums of squared differences, not differences of products: rows that are equal are
 * at distance 0, and close ones keep their order. */

enum {
    TILE = 8,   /* rows whose neighbours are found together */
    BLOCK = 64, /* rows compared with them while they are in cache */
};

struct nearest_job {
    enum cpu_simd simd;
    int64_t n, d, k;
    const float *x;
    int32_t *ids;
    float *distances;
    uint64_t *keys; /* [threads x TILE x selection_capacity(k)] */
};

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

size_t cpu_nearest_scratch(const struct compute_device *device, int64_t n, int64_t d, int64_t k)
{
    (void)d;
    return (size_t)device->threads * TILE * (size_t)selection_capacity(smaller(k, n)) * sizeof(uint64_t);
}

static inline __attribute__((always_inline)) void
offer_distances(const struct nearest_job *job, int64_t row, int64_t first, int64_t end, struct selection *selection)
{
    for (int64_t other = first; other < end; other++) {
        float closeness = -cpu_vector_distance(job->x + row * job->d, job->x + other * job->d, job->d);
        if (closeness > selection->threshold && other != row)
            selection_add(selection, closeness, other);
    }
}

CPU_KERNEL(nearest_kernel, offer_distances,
           (const struct nearest_job *job, int64_t row, int64_t first, int64_t end, struct selection *selection),
           (job, row, first, end, selection))

static void nearest_task(void *context, size_t index, int worker)
{
    const struct nearest_job *job = context;
    int64_t row = (int64_t)index * TILE, n = smaller(TILE, job->n - row), k = smaller(job->k, job->n);
    struct selection selections[TILE];
    for (int64_t q = 0; q < n; q++)
        selection_start(&selections[q], job->keys + (worker * TILE + q) * selection_capacity(k), k);
    for (int64_t first = 0; first < job->n; first += BLOCK)
        for (int64_t q = 0; q < n; q++)
            CPU_KERNEL_CALL(job->simd, nearest_kernel,
                            (job, row + q, first, smaller(first + BLOCK, job->n), &selections[q]));
    for (int64_t q = 0; q < n; q++) {
        selection_finish(&selections[q]);
        for (int64_t i = 0; i < job->k; i++) {
            bool there = i < selections[q].count;
            job->ids[(row + q) * job->k + i] = there ? selection_row(selections[q].keys[i]) : -1;
            job->distances[(row + q) * job->k + i] = there ? 0.0f - selection_score(selections[q].keys[i]) : INFINITY;
        }
    }
}

enum status cpu_nearest(struct compute_stream *stream, int64_t n, int64_t d, int64_t k, struct compute_slice x,
                        struct compute_slice ids, struct compute_slice distances, struct compute_slice scratch,
                        struct error *error)
{
    struct compute_device *device = stream->device;
    if (n < 0 || d < 0 || k < 0 || n > INT32_MAX)
        return error_set(error, STATUS_FAILED, "Operation nearest cannot work on %lld rows of width %lld.",
                         (long long)n, (long long)d);
    enum status status = cpu_check("nearest", "X", x, n * d, sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check("nearest", "ids", ids, n * k, sizeof(int32_t), error);
    if (status == STATUS_OK)
        status = cpu_check("nearest", "distances", distances, n * k, sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check("nearest", "scratch", scratch, (int64_t)cpu_nearest_scratch(device, n, d, k), 1, error);
    if (status != STATUS_OK || n == 0 || k == 0)
        return status;
    struct nearest_job job = {.simd = device->simd,
                              .n = n,
                              .d = d,
                              .k = k,
                              .x = cpu_floats(x),
                              .ids = cpu_ints(ids),
                              .distances = cpu_floats(distances),
                              .keys = cpu_bytes(scratch)};
    pool_run(device->pool, (size_t)((n + TILE - 1) / TILE), nearest_task, &job);
    return STATUS_OK;
}
