#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"
#include "map/principal.h"
#include "map/tsne.h"
#include "tests/compute_fixture.h"

enum { N = 150, D = 10, GROUPS = 3 };

static void fill_groups(float *x, int64_t n)
{
    struct random random;
    random_seed(&random, 9);
    for (int64_t i = 0; i < n; i++)
        for (int k = 0; k < D; k++)
            x[i * D + k] = (float)random_normal(&random) + (k == i % GROUPS ? 12.0F + 6.0F * (float)k : 0.0F);
}

static const enum tsne_method methods[] = {TSNE_EXACT, TSNE_APPROXIMATE};

static struct tsne_settings settings_of(enum tsne_method method)
{
    struct tsne_settings settings = tsne_defaults();
    settings.method = method;
    return settings;
}

static double make_map(const float *x, int64_t n, int64_t d, struct tsne_settings settings, int iterations, float *y)
{
    struct tsne *tsne;
    bool done;
    double kl;
    must(tsne_create(&compute, n, d, x, &settings, &tsne, &error));
    must(tsne_run(tsne, iterations, &done, &error));
    assert_int_equal(tsne_iteration(tsne), iterations < settings.iterations ? iterations : settings.iterations);
    assert_int_equal(done, iterations >= settings.iterations);
    must(tsne_points(tsne, y, &error));
    must(tsne_kl_divergence(tsne, &kl, &error));
    tsne_destroy(tsne);
    return kl;
}

static void groups_come_apart(void **state)
{
    (void)state;
    static float x[N * D], y[N * 2];
    fill_groups(x, N);
    for (int m = 0; m < 2; m++) {
        double kl = make_map(x, N, D, settings_of(methods[m]), 1000, y);
        assert_true(kl > 0 && kl < 1);
        for (int i = 0; i < N; i++) {
            int nearest = -1;
            float best = INFINITY;
            for (int j = 0; j < N; j++) {
                float distance = hypotf(y[2 * i] - y[2 * j], y[2 * i + 1] - y[2 * j + 1]);
                if (j != i && distance < best) {
                    best = distance;
                    nearest = j;
                }
            }
            assert_int_equal(nearest % GROUPS, i % GROUPS);
        }
    }
}

static void divergence_falls_after_the_exaggeration(void **state)
{
    (void)state;
    static float x[N * D];
    fill_groups(x, N);
    for (int m = 0; m < 2; m++) {
        struct tsne_settings settings = settings_of(methods[m]);
        struct tsne *tsne;
        double before, after;
        bool done = false;
        must(tsne_create(&compute, N, D, x, &settings, &tsne, &error));
        assert_int_equal(tsne_is_exact(tsne), methods[m] == TSNE_EXACT);
        must(tsne_run(tsne, 250, &done, &error));
        must(tsne_kl_divergence(tsne, &before, &error));
        while (!done) {
            must(tsne_run(tsne, 150, &done, &error));
            must(tsne_kl_divergence(tsne, &after, &error));
            assert_true(after <= before + 1e-4);
            before = after;
        }
        tsne_destroy(tsne);
    }
}

/* Exaggeration can draw all points together until float32 hardly tells them apart. The map is not a line then. */
static void points_drawn_together_spread_in_both_directions(void **state)
{
    (void)state;
    enum { ROWS = 200, COLUMNS = 10 };
    static float x[ROWS * COLUMNS], y[ROWS * 2];
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct random random;
        struct tsne_settings settings = settings_of(TSNE_EXACT);
        settings.exaggeration = 20;
        settings.learning_rate = 2;
        settings.perplexity = 5;
        random_seed(&random, seed);
        for (int i = 0; i < ROWS * COLUMNS; i++)
            x[i] = (float)random_normal(&random);
        double kl = make_map(x, ROWS, COLUMNS, settings, 1000, y), spread[2] = {0};
        for (int i = 0; i < ROWS * 2; i++)
            spread[i % 2] += (double)y[i] * (double)y[i] / ROWS;
        assert_true(kl > 0 && spread[0] > 0.1 && spread[1] > 0.1);
    }
}

static void the_same_input_gives_the_same_map(void **state)
{
    (void)state;
    static float x[N * D], y[N * 2], z[N * 2];
    fill_groups(x, N);
    for (int m = 0; m < 2; m++) {
        struct tsne_settings settings = settings_of(methods[m]);
        make_map(x, N, D, settings, 400, y);
        make_map(x, N, D, settings, 400, z);
        assert_memory_equal(y, z, sizeof y);
        struct tsne *tsne;
        bool done;
        double kl;
        must(tsne_create(&compute, N, D, x, &settings, &tsne, &error));
        for (int i = 0; i < 400; i += 40) { /* runs in small steps and measures in between */
            must(tsne_run(tsne, 40, &done, &error));
            must(tsne_kl_divergence(tsne, &kl, &error));
        }
        must(tsne_points(tsne, z, &error));
        tsne_destroy(tsne);
        assert_memory_equal(y, z, sizeof y);
    }
}

static void moved_scaled_and_reordered_input_gives_the_same_shape(void **state)
{
    (void)state;
    static float x[N * D], other[N * D], y[N * 2], z[N * 2];
    fill_groups(x, N);
    for (int i = 0; i < N; i++)
        for (int k = 0; k < D; k++)
            other[i * D + k] = 1e6F * (x[(N - 1 - i) * D + k] + (float)k);
    struct tsne_settings settings = tsne_defaults();
    settings.learning_rate = 1; /* at the usual learning rate the last bit determines where points go within ten
                                 * iterations */
    make_map(x, N, D, settings, 30, y);
    make_map(other, N, D, settings, 30, z);
    float largest = 0;
    for (int i = 0; i < 2 * N; i++)
        largest = fmaxf(largest, fabsf(y[i]));
    for (int i = 0; i < N; i++)
        for (int c = 0; c < 2; c++)
            assert_true(fabsf(y[2 * i + c] - z[2 * (N - 1 - i) + c]) < 0.001F * largest);
}

static void stay_finite(struct tsne_settings settings)
{
    static float x[N * D], y[N * 2], line[40];
    fill_groups(x, N);
    for (int equal = 0; equal < 3; equal++) {
        if (equal == 1)
            for (int i = 0; i < N / 2; i++)
                memcpy(x + i * D, x, sizeof *x * D);
        if (equal == 2)
            memset(x, 0, sizeof x);
        for (int64_t n = 0; n <= (equal == 0 ? 12 : N); n += equal == 0 ? 1 : 50) {
            double kl = make_map(x, n, D, settings, 1000, y);
            assert_true(isfinite(kl) && kl > -1e-3);
            for (int64_t i = 0; i < 2 * n; i++)
                assert_true(isfinite(y[i]));
        }
    }
    assert_true(make_map(NULL, 0, 0, settings, 1000, y) == 0);
    assert_true(isfinite(make_map(x, 5, 0, settings, 1000, y)));
    for (int i = 0; i < 40; i++)
        line[i] = (float)i;
    assert_true(isfinite(make_map(line, 40, 1, settings, 1000, y)));
    for (int i = 0; i < N * D; i++)
        x[i] = i % 3 == 0 ? 3e38F : -3e38F;
    assert_true(isfinite(make_map(x, N, D, settings, 1000, y)));
}

static void few_and_equal_points_stay_finite(void **state)
{
    (void)state;
    stay_finite(settings_of(TSNE_EXACT));
    stay_finite(settings_of(TSNE_APPROXIMATE));
}

/* Divergence in float64 under the exact P of X, by which both methods are compared. */
static double true_divergence(const float *x, int64_t n, int64_t d, double perplexity, const float *y)
{
    double *p = calloc((size_t)(n * n), sizeof *p), z = 0, kl = 0;
    assert_non_null(p);
    for (int64_t i = 0; i < n; i++) {
        double low = 1e-9, high = 1e9, sum = 0, *row = p + i * n, *distances = calloc((size_t)n, sizeof *distances);
        assert_non_null(distances);
        for (int64_t j = 0; j < n; j++)
            for (int64_t k = 0; k < d; k++)
                distances[j] += pow((double)x[i * d + k] - (double)x[j * d + k], 2);
        for (int search = 0; search < 60; search++) {
            double beta = sqrt(low * high), weighted = 0;
            sum = 0;
            for (int64_t j = 0; j < n; j++) {
                row[j] = j == i ? 0 : exp(-beta * distances[j]);
                sum += row[j];
                weighted += row[j] * distances[j];
            }
            *(sum > 0 && log(sum) + beta * weighted / sum > log(perplexity) ? &low : &high) = beta;
        }
        for (int64_t j = 0; j < n; j++)
            row[j] /= sum;
        free(distances);
    }
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++) {
            double dx = (double)(y[2 * i] - y[2 * j]), dy = (double)(y[2 * i + 1] - y[2 * j + 1]);
            double q = 1 / (1 + dx * dx + dy * dy), joint = (p[i * n + j] + p[j * n + i]) / (2 * (double)n);
            z += i == j ? 0 : q;
            kl += joint > 0 ? joint * log(joint / q) : 0;
        }
    free(p);
    return kl + log(z);
}

/* Clusters, a bent sheet, and a cloud without structure. */
static void approximate_maps_are_as_good_as_exact_ones(void **state)
{
    (void)state;
    enum { MANY = 800 };
    static float x[MANY * D], y[2 * MANY];
    for (int set = 0; set < 3; set++) {
        fill_groups(x, MANY);
        struct random random;
        random_seed(&random, 4);
        for (int i = 0; set > 0 && i < MANY; i++) {
            double u = random_normal(&random), v = random_normal(&random);
            for (int k = 0; k < D; k++)
                x[i * D + k] = (float)(set == 1 ? sin(u * (k % 3 + 1)) + cos(v + k) + 0.02 * random_normal(&random)
                                                : (k < 4 ? random_normal(&random) : 0.0));
        }
        double divergence[2];
        for (int m = 0; m < 2; m++) {
            make_map(x, MANY, D, settings_of(methods[m]), 1000, y);
            divergence[m] = true_divergence(x, MANY, D, 30, y);
        }
        if (!(divergence[1] <= 1.02 * divergence[0]))
            fail_msg("set %d: approximate %g, exact %g", set, divergence[1], divergence[0]);
    }
}

static void many_points_are_mapped_by_the_mesh(void **state)
{
    (void)state;
    enum { MANY = TSNE_EXACT_POINTS + 1 };
    static float x[MANY * D];
    fill_groups(x, MANY);
    const float perplexities[] = {30, 200}; /* the second makes a tenth of the points neighbours */
    for (int i = 0; i < 2; i++) {
        struct tsne_settings settings = settings_of(TSNE_AUTO);
        struct tsne *tsne;
        settings.perplexity = perplexities[i];
        must(tsne_create(&compute, MANY, D, x, &settings, &tsne, &error));
        assert_int_equal(tsne_is_exact(tsne), i == 1);
        tsne_destroy(tsne);
    }
}

static void wrong_input_is_refused(void **state)
{
    (void)state;
    static float x[N * D];
    struct tsne *tsne = NULL;
    struct error error = {0};
    struct tsne_settings settings = tsne_defaults();
    x[7 * D + 3] = NAN;
    assert_int_equal(tsne_create(&compute, N, D, x, &settings, &tsne, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.text, "row 8, column 4"));
    x[7 * D + 3] = INFINITY;
    assert_int_equal(tsne_create(&compute, N, D, x, &settings, &tsne, &error), STATUS_BAD_DATA);
    x[7 * D + 3] = 0;
    const float bad[] = {0, -1, 0.5F, NAN, INFINITY};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        settings.perplexity = bad[i];
        assert_int_equal(tsne_create(&compute, N, D, x, &settings, &tsne, &error), STATUS_USAGE);
    }
    settings = tsne_defaults();
    settings.learning_rate = -1;
    assert_int_equal(tsne_create(&compute, N, D, x, &settings, &tsne, &error), STATUS_USAGE);
    settings = tsne_defaults();
    settings.iterations = -1;
    assert_int_equal(tsne_create(&compute, N, D, x, &settings, &tsne, &error), STATUS_USAGE);
    settings = tsne_defaults();
    assert_int_equal(tsne_create(&compute, 1LL << 40, D, x, &settings, &tsne, &error), STATUS_USAGE);
    assert_int_equal(tsne_create(&compute, -1, D, x, &settings, &tsne, &error), STATUS_USAGE);
    settings.method = TSNE_EXACT;
    assert_int_equal(tsne_create(&compute, TSNE_EXACT_POINTS_MAX + 1, D, x, &settings, &tsne, &error), STATUS_USAGE);
    assert_null(tsne);
}

/* Data made of two orthogonal directions with known scores, and a little of a third. */
static void principal_components_are_found(void **state)
{
    (void)state;
    enum { ROWS = 60, COLUMNS = 37 };
    static float x[ROWS * COLUMNS], scores[ROWS * 2];
    for (int i = 0; i < ROWS; i++)
        for (int k = 0; k < COLUMNS; k++) {
            double t = 6.283185307179586 * i / ROWS, s = 6.283185307179586 * k / COLUMNS;
            x[i * COLUMNS + k] = (float)(3 * cos(t) * cos(s) - 2 * sin(t) * sin(s) + 0.5 * cos(2 * t) * cos(2 * s));
        }
    struct compute_slice slice = {0};
    must(compute.ops->buffer_wrap(compute.device, x, sizeof x, &slice.buffer, &error));
    must(principal_components(&compute, ROWS, COLUMNS, slice, 1, scores, &error));
    double norm = sqrt(COLUMNS / 2.0);
    for (int i = 0; i < ROWS; i++) {
        double t = 6.283185307179586 * i / ROWS;
        assert_true(fabs((double)scores[2 * i] - 3 * cos(t) * norm) < 1e-3); /* the sign makes the largest loading
                                                                              * positive */
        assert_true(fabs(fabs((double)scores[2 * i + 1]) - fabs(2 * sin(t)) * norm) < 1e-3);
    }
    compute.ops->buffer_destroy(slice.buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_come_apart),
        cmocka_unit_test(divergence_falls_after_the_exaggeration),
        cmocka_unit_test(points_drawn_together_spread_in_both_directions),
        cmocka_unit_test(the_same_input_gives_the_same_map),
        cmocka_unit_test(moved_scaled_and_reordered_input_gives_the_same_shape),
        cmocka_unit_test(few_and_equal_points_stay_finite),
        cmocka_unit_test(approximate_maps_are_as_good_as_exact_ones),
        cmocka_unit_test(many_points_are_mapped_by_the_mesh),
        cmocka_unit_test(wrong_input_is_refused),
        cmocka_unit_test(principal_components_are_found),
    };
    return cmocka_run_group_tests_name("t-SNE", tests, open_compute, close_compute);
}
