#include <math.h>
#include <stdlib.h>

#include "bench/bench.h"
#include "core/clock.h"
#include "core/random.h"
#include "map/tsne.h"

enum { DIMENSIONS = 512, CLUSTERS = 10, RUNS_MAX = 9 };

/* Minimum number of vector instructions for a pair of points, each counted as one multiply-add: two differences, two
 * for 1 + |yi - yj|^2, one reciprocal, one for their sum, two weights, and eight to add two forces in two directions to
 * two points. */
enum { PAIR_INSTRUCTIONS = 16 };

static float *make_clusters(int64_t n)
{
    float *x = malloc(sizeof *x * (size_t)n * DIMENSIONS);
    struct random random;
    random_seed(&random, 1);
    for (int64_t i = 0; x && i < n; i++)
        for (int64_t k = 0; k < DIMENSIONS; k++)
            x[i * DIMENSIONS + k] =
                (float)(random_normal(&random) +
                        0.3 * (double)((random_mix((uint64_t)(i % CLUSTERS * DIMENSIONS + k)) & 3)));
    return x;
}

/* The limit of the approximate map: the products of all pairs of vectors for the nearest neighbours, and reading P once
 * per iteration, at its full capacity. */
static double approximate_limit(struct compute *compute, int64_t n, int iterations)
{
    int64_t k = (int64_t)(3 * tsne_defaults().perplexity) + 1;
    size_t bytes = compute->ops->tsne_knn_affinity_bytes(compute->device, n, k);
    void *p = calloc(1, bytes);
    double bandwidth = p ? bench_device_bandwidth(compute, p, bytes) : 0;
    free(p);
    double products = (double)n * (double)n * DIMENSIONS / bench_multiply_rate(compute);
    return products + (bandwidth > 0 ? iterations * (double)bytes / bandwidth : 0);
}

/* The longer of reading P once per iteration and of the arithmetic of every pair, in seconds for all iterations. */
static double exact_limit(struct compute *compute, int64_t n, int iterations)
{
    size_t bytes = compute->ops->tsne_affinity_bytes(compute->device, n);
    void *p = calloc(1, bytes);
    double bandwidth = p ? bench_device_bandwidth(compute, p, bytes) : 0;
    free(p);
    double memory = bandwidth > 0 ? (double)bytes / bandwidth : 0;
    double arithmetic = PAIR_INSTRUCTIONS * (double)n * (double)(n - 1) / 2 / bench_multiply_rate(compute);
    return iterations * fmax(memory, arithmetic);
}

static enum status measure(struct bench *bench, struct compute *compute, const char *name, int64_t n, size_t runs,
                           struct error *error)
{
    double seconds[RUNS_MAX];
    int exact = 1;
    float *x = make_clusters(n);
    struct tsne_settings settings = tsne_defaults();
    enum status status = x ? STATUS_OK : error_no_memory(error);
    for (size_t run = 0; status == STATUS_OK && run < runs; run++) {
        struct tsne *tsne = NULL;
        bool done;
        double start = clock_seconds();
        status = tsne_create(compute, n, DIMENSIONS, x, &settings, &tsne, error);
        for (done = 0; status == STATUS_OK && !done;) {
            status = tsne_run(tsne, settings.iterations / 20, &done, error);
            if (status == STATUS_OK)
                status = bench_check_interrupted(error);
        }
        seconds[run] = clock_seconds() - start;
        exact = status != STATUS_OK || tsne_is_exact(tsne);
        tsne_destroy(tsne);
    }
    free(x);
    if (status != STATUS_OK)
        return status;
    double limit =
        exact ? exact_limit(compute, n, settings.iterations) : approximate_limit(compute, n, settings.iterations);
    struct bench_row row = bench_row_make(name, (double)n, "s", seconds, runs, limit, false);
    return bench_print(bench, &row, error);
}

enum status bench_tsne(struct bench *bench, struct error *error)
{
    struct compute compute;
    enum status status = compute_open(bench->device, pool_threads(bench->pool), &compute, error);
    if (status != STATUS_OK)
        return status;
    status = measure(bench, &compute, "tsne-500x512", 500, 9, error);
    if (status == STATUS_OK)
        status = measure(bench, &compute, "tsne-5000x512", 5000, 3, error);
    if (status == STATUS_OK)
        status = measure(bench, &compute, "tsne-10000x512", 10000, 3, error);
    compute_close(&compute);
    return status;
}
