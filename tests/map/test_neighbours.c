#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"
#include "map/neighbours.h"
#include "map/tsne.h"
#include "tests/compute_fixture.h"

/* Neighbours in cells against all pairs, and maps that start from a sample. */

enum { N = 21000, D = 8, K = 10, GROUPS = 40 };

/* Groups in a cube; with `copies`, many equal rows. */
static void fill(float *x, int64_t n, bool copies)
{
    struct random random;
    random_seed(&random, 3);
    for (int64_t i = 0; i < n; i++)
        for (int k = 0; k < D; k++) {
            const uint64_t group = (uint64_t)(i * 7919 % GROUPS * D + k);
            x[i * D + k] = (float)(random_normal(&random) + 8 * (double)(random_mix(group) % 1000) / 1000);
        }
    for (int64_t i = 0; i < n && copies; i++)
        if (i % 8 == 0)
            memcpy(x + i * D, x, D * sizeof *x);
}

static double distance(const float *x, int64_t a, int64_t b)
{
    double sum = 0;
    for (int k = 0; k < D; k++)
        sum += pow((double)x[a * D + k] - (double)x[b * D + k], 2);
    return sum;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The share of some rows' neighbours that are no farther than the k-th of all rows. */
static double share_of_nearest(const float *x, const int32_t *ids, const float *distances)
{
    enum { ROWS = 10 };
    double *all = malloc(N * sizeof *all);
    int64_t good = 0;
    assert_non_null(all);
    for (int64_t row = 5; row < N; row += N / ROWS) {
        for (int64_t i = 0; i < N; i++)
            all[i] = i == row ? INFINITY : distance(x, row, i);
        qsort(all, N, sizeof *all, by_value);
        for (int64_t j = 0; j < K; j++) {
            const int64_t id = ids[row * K + j];
            assert_true(id >= 0 && id < N && id != row);
            assert_true(fabs((double)distances[row * K + j] - distance(x, row, id)) < 1e-3);
            assert_true(j == 0 || distances[row * K + j] >= distances[row * K + j - 1]);
            for (int64_t i = 0; i < j; i++)
                assert_int_not_equal(ids[row * K + i], id);
            good += distance(x, row, id) <= all[K - 1] * (1 + 1e-6);
        }
    }
    free(all);
    return (double)good / (double)(ROWS * K);
}

static void cells_hold_nearly_all_neighbours(void **state)
{
    (void)state;
    float *x = malloc(sizeof *x * N * D), *distances = malloc(sizeof *distances * N * K);
    int32_t *ids = malloc(sizeof *ids * N * K), *again = malloc(sizeof *again * N * K);
    assert_true(x && distances && ids && again);
    assert_true(neighbours_can(&compute)); /* the CPU can */
    for (int copies = 0; copies < 2; copies++) {
        double recall = 0;
        fill(x, N, copies);
        must(neighbours_find(&compute, N, D, K, x, 1, NULL, ids, distances, &recall, &error));
        const double share = share_of_nearest(x, ids, distances);
        if (!(share > 0.95) || (!copies && !(fabs(share - recall) < 0.04)))
            fail_msg("copies %d: %g of the nearest, %g by the sample", copies, share, recall);
    }
    double recall;
    must(neighbours_find(&compute, N, D, K, x, 1, NULL, again, distances, &recall, &error));
    assert_memory_equal(ids, again, sizeof *ids * N * K);
    free(x), free(distances), free(ids), free(again);
}

static bool stop(struct progress *progress)
{
    int *left = (int *)(void *)(progress + 1);
    return (*left)-- <= 0;
}

/* A reporter that asks to stop after so many questions. */
struct stopper {
    struct progress progress;
    int left;
};

static void a_search_stops_when_asked(void **state)
{
    (void)state;
    float *x = malloc(sizeof *x * N * D), *distances = malloc(sizeof *distances * N * K);
    int32_t *ids = malloc(sizeof *ids * N * K);
    assert_true(x && distances && ids);
    fill(x, N, false);
    const int questions[] = {0, 3, 7};
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
        struct stopper stopper = {{.cancelled = stop}, questions[i]};
        struct error error = {0};
        double recall;
        assert_int_equal(neighbours_find(&compute, N, D, K, x, 1, &stopper.progress, ids, distances, &recall, &error),
                         STATUS_INTERRUPTED);
    }
    free(x), free(distances), free(ids);
}

static double map(const float *x, int64_t n, int64_t sample, int iterations, float late, float *y)
{
    struct tsne_settings settings = tsne_defaults();
    struct tsne *tsne;
    bool done;
    double kl;
    settings.method = TSNE_APPROXIMATE;
    settings.fast = true;
    settings.sample = sample;
    settings.iterations = iterations;
    settings.late_exaggeration = late;
    must(tsne_create(&compute, n, D, x, &settings, &tsne, &error));
    assert_int_equal(tsne_sample(tsne), sample > 0 ? sample : 0);
    must(tsne_run(tsne, iterations, &done, &error));
    must(tsne_points(tsne, y, &error));
    must(tsne_kl_divergence(tsne, &kl, &error));
    tsne_destroy(tsne);
    return kl;
}

static double radius(const float *y, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += (double)y[2 * i] * (double)y[2 * i] + (double)y[2 * i + 1] * (double)y[2 * i + 1];
    return sqrt(sum / (double)n);
}

/* Half of the iterations from a sample are as good as a start from the components, and late exaggeration draws the
 * map together. */
static void a_sampled_start_is_nearly_as_good(void **state)
{
    (void)state;
    enum { FEW = 800 };
    float *x = malloc(sizeof *x * FEW * D), *y = malloc(sizeof *y * FEW * 2);
    assert_true(x && y);
    fill(x, FEW, false);
    const double whole = map(x, FEW, TSNE_NO_SAMPLE, 550, 1, y), wide = radius(y, FEW);
    const double sampled = map(x, FEW, 200, 300, 1, y);
    for (int64_t i = 0; i < 2 * FEW; i++)
        assert_true(isfinite(y[i]));
    if (!(sampled < 1.1 * whole))
        fail_msg("sampled %g, whole %g", sampled, whole);
    map(x, FEW, TSNE_NO_SAMPLE, 400, 4, y);
    assert_true(radius(y, FEW) < 0.8 * wide);
    free(x), free(y);
}

static void wrong_settings_are_refused(void **state)
{
    (void)state;
    static float x[100 * D];
    struct tsne *tsne;
    struct error error = {0};
    struct tsne_settings settings = tsne_defaults();
    settings.sample = 101;
    assert_int_equal(tsne_create(&compute, 100, D, x, &settings, &tsne, &error), STATUS_USAGE);
    settings.sample = 0;
    settings.late_exaggeration = 0;
    assert_int_equal(tsne_create(&compute, 100, D, x, &settings, &tsne, &error), STATUS_USAGE);
    settings.late_exaggeration = NAN;
    assert_int_equal(tsne_create(&compute, 100, D, x, &settings, &tsne, &error), STATUS_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_hold_nearly_all_neighbours),
        cmocka_unit_test(a_search_stops_when_asked),
        cmocka_unit_test(a_sampled_start_is_nearly_as_good),
        cmocka_unit_test(wrong_settings_are_refused),
    };
    return cmocka_run_group_tests(tests, open_compute, close_compute);
}
