#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"
#include "features/kmeans.h"
#include "tests/compute_fixture.h"

/* Mini-batch k-means: clusters that are apart are found, centres are means, and assignments are the nearest ones. */

enum { ROWS = 3000, WIDTH = 5, CLUSTERS = 7 };

/* Clusters of deviation 0.1 around corners 10 apart, far from 0; row i belongs to cluster i % CLUSTERS. */
static float *make_rows(void)
{
    float *x = malloc(ROWS * WIDTH * sizeof *x);
    struct random random;
    random_seed(&random, 5);
    assert_non_null(x);
    for (int i = 0; i < ROWS; i++)
        for (int j = 0; j < WIDTH; j++)
            x[i * WIDTH + j] = 1000 + (float)((i % CLUSTERS) >> j & 1) * 10 + 0.1f * (float)random_normal(&random);
    return x;
}

static enum status read_rows(void *context, int64_t count, const int64_t *rows, float *x, struct error *error)
{
    const float *all = context;
    (void)error;
    for (int64_t i = 0; i < count; i++)
        memcpy(x + i * WIDTH, all + rows[i] * WIDTH, WIDTH * sizeof *x);
    return STATUS_OK;
}

static const struct kmeans_settings settings = {
    .k = CLUSTERS, .batch = 256, .batches = 60, .tolerance = 1e-6, .patience = 10, .seed = 3};

static void apart_clusters_are_found(void **state)
{
    (void)state;
    float *x = make_rows(), centres[CLUSTERS * WIDTH];
    int64_t counts[CLUSTERS], total = 0;
    int32_t ids[ROWS];
    double inertia, want = 0;
    const struct kmeans_rows rows = {.n = ROWS, .d = WIDTH, .x = x};
    struct kmeans_result result;
    must(kmeans_fit(&compute, &rows, &settings, centres, counts, NULL, &result, &error));
    must(kmeans_assign(&compute, ROWS, WIDTH, x, CLUSTERS, centres, ids, &inertia, &error));
    assert_int_equal(result.batches, 60);
    for (int c = 0; c < CLUSTERS; c++)
        total += counts[c];
    assert_int_equal(total, 60 * 256);
    for (int i = 0; i < ROWS; i++) {
        assert_int_equal(ids[i], ids[i % CLUSTERS]);
        for (int j = 0; j < WIDTH; j++) {
            double difference = (double)x[i * WIDTH + j] - (double)centres[ids[i] * WIDTH + j];
            want += difference * difference;
        }
    }
    for (int a = 0; a < CLUSTERS; a++)
        for (int b = 0; b < a; b++)
            assert_int_not_equal(ids[a], ids[b]);
    assert_true(want < ROWS * WIDTH * 0.012);
    assert_true(fabs(inertia - want) < 1e-3 * want);
    free(x);
}

/* Each row once in each batch, k = 1: the centre is the mean of all rows that were drawn, so it lies near the mean. */
static void a_centre_is_a_mean(void **state)
{
    (void)state;
    float *x = make_rows(), centre[WIDTH];
    int64_t count;
    double mean = 0;
    const struct kmeans_rows rows = {.n = ROWS, .d = WIDTH, .x = x};
    const struct kmeans_settings one = {.k = 1, .batch = 3000, .batches = 50, .seed = 1};
    struct kmeans_result result;
    must(kmeans_fit(&compute, &rows, &one, centre, &count, NULL, &result, &error));
    for (int i = 0; i < ROWS; i++)
        mean += (double)x[i * WIDTH] / ROWS;
    assert_int_equal(count, 150000);
    assert_true(fabs((double)centre[0] - mean) < 5 * 5 / sqrt(150000.0)); /* rows deviate by at most 5 */
    free(x);
}

/* Rows that are read give the same bytes as rows in memory, and so do other numbers of threads. */
static void only_the_seed_matters(void **state)
{
    (void)state;
    float *x = make_rows(), centres[3][CLUSTERS * WIDTH];
    int64_t counts[CLUSTERS];
    const struct kmeans_rows in_memory = {.n = ROWS, .d = WIDTH, .x = x},
                             read = {.n = ROWS, .d = WIDTH, .read = read_rows, .context = x};
    struct kmeans_result result;
    must(kmeans_fit(&compute, &in_memory, &settings, centres[0], counts, NULL, &result, &error));
    must(kmeans_fit(&compute, &read, &settings, centres[1], counts, NULL, &result, &error));
    struct compute saved = compute;
    must(test_device_open(1, &compute, &error));
    must(kmeans_fit(&compute, &in_memory, &settings, centres[2], counts, NULL, &result, &error));
    compute_close(&compute);
    compute = saved;
    assert_memory_equal(centres[0], centres[1], sizeof centres[0]);
    assert_memory_equal(centres[0], centres[2], sizeof centres[0]);
    free(x);
}

/* Rows equal to their centres do not move them; then it stops after `patience` batches. */
static void it_stops_when_centres_rest(void **state)
{
    (void)state;
    float x[8] = {1, 1, 1, 1, 5, 5, 5, 5}, centres[2];
    int64_t counts[2];
    const struct kmeans_rows rows = {.n = 8, .d = 1, .x = x};
    const struct kmeans_settings two = {.k = 2, .batch = 8, .batches = 100, .tolerance = 1e-6, .patience = 10};
    struct kmeans_result result;
    must(kmeans_fit(&compute, &rows, &two, centres, counts, NULL, &result, &error));
    assert_true(result.settled && result.batches == 10);
    assert_true(fminf(centres[0], centres[1]) == 1 && fmaxf(centres[0], centres[1]) == 5);
    const struct kmeans_settings many = {.k = 9, .batches = 1};
    float nine[9];
    int64_t nine_counts[9];
    struct error error = {0};
    assert_int_equal(kmeans_fit(&compute, &rows, &many, nine, nine_counts, NULL, &result, &error), STATUS_FAILED);
    assert_string_equal(error.text, "8 rows cannot make 9 clusters; use fewer");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(apart_clusters_are_found),
        cmocka_unit_test(a_centre_is_a_mean),
        cmocka_unit_test(only_the_seed_matters),
        cmocka_unit_test(it_stops_when_centres_rest),
    };
    return cmocka_run_group_tests_name("k-means", tests, open_compute, close_compute);
}
