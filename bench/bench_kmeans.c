#include <math.h>
#include <stdlib.h>

#include "bench/bench.h"
#include "core/buffer.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/random.h"
#include "features/kmeans.h"

/* Mini-batch k-means of rows like MFCC with deltas: a mixture of 500 normal distributions in 39 dimensions.
 * bench/peers/layers.py compares with scikit-learn on the rows that bench->keep keeps. */

enum { ROWS = 200000, WIDTH = 39, MIXTURE = 500, CENTRES = 4000, BATCHES = 400, SAMPLES = 3 };

static float *make_rows(void)
{
    float *x = malloc((size_t)ROWS * WIDTH * sizeof *x), means[MIXTURE][WIDTH];
    struct random random;
    random_seed(&random, 39);
    for (int m = 0; m < MIXTURE; m++)
        for (int j = 0; j < WIDTH; j++)
            means[m][j] = (float)random_normal(&random) * 2;
    for (int64_t i = 0; i < ROWS && x; i++) {
        const float *mean = means[random_below(&random, MIXTURE)];
        for (int j = 0; j < WIDTH; j++)
            x[i * WIDTH + j] = mean[j] + (float)random_normal(&random);
    }
    return x;
}

static enum status keep_rows(const struct bench *bench, const float *x, struct error *error)
{
    struct buffer path = {0};
    if (!bench->keep)
        return STATUS_OK;
    buffer_printf(&path, "%s/kmeans-rows.f32", bench->keep);
    FILE *file = path.failed ? NULL : fopen(path.data, "wb");
    bool written = file && fwrite(x, sizeof *x, (size_t)ROWS * WIDTH, file) == (size_t)ROWS * WIDTH;
    written = file && fclose(file) == 0 && written;
    buffer_free(&path);
    return written ? STATUS_OK : error_set(error, STATUS_FAILED, "the rows could not be written to %s", bench->keep);
}

static enum status measure(struct bench *bench, struct compute *compute, const float *x, float *centres,
                           int64_t *counts, int32_t *ids, struct error *error)
{
    const struct kmeans_rows rows = {.n = ROWS, .d = WIDTH, .x = x};
    const struct kmeans_settings settings = {.k = CENTRES, .batches = BATCHES, .seed = 1};
    double samples[SAMPLES], inertia = 0;
    struct kmeans_result result;
    enum status status = STATUS_OK;
    for (int i = 0; i < SAMPLES && status == STATUS_OK; i++) {
        double start = clock_seconds();
        status = kmeans_fit(compute, &rows, &settings, centres, counts, NULL, &result, error);
        samples[i] = clock_seconds() - start;
        if (status == STATUS_OK)
            status = bench_check_interrupted(error);
    }
    if (status == STATUS_OK)
        status = kmeans_assign(compute, ROWS, WIDTH, x, CENTRES, centres, ids, &inertia, error);
    if (status != STATUS_OK)
        return status;
    struct bench_row row = bench_row_make("kmeans", BATCHES, "s", samples, SAMPLES, NAN, false);
    status = bench_print(bench, &row, error);
    inertia /= ROWS;
    row = bench_row_make("kmeans inertia", BATCHES, "per row", &inertia, 1, NAN, false);
    return status == STATUS_OK ? bench_print(bench, &row, error) : status;
}

enum status bench_kmeans(struct bench *bench, struct error *error)
{
    struct compute compute;
    enum status status = compute_open(bench->device, pool_threads(bench->pool), &compute, error);
    if (status != STATUS_OK)
        return status;
    float *x = make_rows(), *centres = malloc((size_t)CENTRES * WIDTH * sizeof *centres);
    int64_t *counts = malloc(CENTRES * sizeof *counts);
    int32_t *ids = malloc(ROWS * sizeof *ids);
    status = x && centres && counts && ids ? keep_rows(bench, x, error) : error_no_memory(error);
    if (status == STATUS_OK)
        status = measure(bench, &compute, x, centres, counts, ids, error);
    free(x), free(centres), free(counts), free(ids);
    compute_close(&compute);
    return status;
}
