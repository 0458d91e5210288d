#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "map/measures.h"
#include "measures_golden.h"

static struct map_measures measure(int64_t n, int64_t dim, const float *x, const int *labels, int n_labels)
{
    struct map_measures measures;
    struct error error = {0};
    assert_int_equal(map_measure(n, dim, x, labels, n_labels, &measures, &error), STATUS_OK);
    return measures;
}

/* Sums in float64 over at most 60 distances; scikit-learn's own are accurate to about 1e-13. */
static void close_to(double value, double expected)
{
    assert_true(fabs(value - expected) < 1e-11);
}

static void figures_are_those_of_scikit_learn(void **state)
{
    (void)state;
    struct map_measures wide = measure(GOLDEN_N, GOLDEN_DIM, golden_values, golden_labels, GOLDEN_LABELS);
    close_to(wide.purity, golden_purity_19);
    close_to(wide.silhouette, golden_silhouette_19);
    close_to(wide.purity_chance, golden_chance);
    assert_int_equal(wide.neighbours, 10);
    float flat[GOLDEN_N * 2];
    for (int i = 0; i < GOLDEN_N; i++) {
        flat[2 * i] = golden_values[i * GOLDEN_DIM];
        flat[2 * i + 1] = golden_values[i * GOLDEN_DIM + 1];
    }
    struct map_measures map = measure(GOLDEN_N, 2, flat, golden_labels, GOLDEN_LABELS);
    close_to(map.purity, golden_purity_2);
    close_to(map.silhouette, golden_silhouette_2);
}

static void labels_apart_are_pure(void **state)
{
    (void)state;
    float x[24];
    int labels[24];
    for (int i = 0; i < 24; i++) {
        labels[i] = i % 2;
        x[i] = (float)(100 * labels[i]) + (float)i / 100;
    }
    struct map_measures measures = measure(24, 1, x, labels, 2);
    close_to(measures.purity, 1);
    close_to(measures.purity_chance, 11.0 / 23);
    assert_true(measures.silhouette > 0.99 && measures.silhouette < 1);
}

static void points_in_one_place_are_finite(void **state)
{
    (void)state;
    static const float x[40];
    int labels[20];
    for (int i = 0; i < 20; i++)
        labels[i] = i / 10;
    struct map_measures measures = measure(20, 2, x, labels, 2);
    close_to(measures.silhouette, 0);
    assert_true(measures.purity >= 0 && measures.purity <= 1);
}

static void few_points_have_fewer_neighbours(void **state)
{
    (void)state;
    static const float x[] = {0, 1, 3};
    static const int apart[] = {0, 0, 1}, same[] = {0, 0, 0};
    struct map_measures three = measure(3, 1, x, apart, 2);
    assert_int_equal(three.neighbours, 2);
    close_to(three.purity, (0.5 + 0.5 + 0) / 3);
    struct map_measures one_label = measure(3, 1, x, same, 1);
    close_to(one_label.purity, 1);
    assert_true(isnan(one_label.silhouette));
    struct map_measures one = measure(1, 1, x, same, 1), none = measure(0, 1, x, same, 1);
    assert_true(isnan(one.purity) && isnan(one.purity_chance) && isnan(none.purity) && isnan(none.silhouette));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_are_those_of_scikit_learn),
        cmocka_unit_test(labels_apart_are_pure),
        cmocka_unit_test(points_in_one_place_are_finite),
        cmocka_unit_test(few_points_have_fewer_neighbours),
    };
    return cmocka_run_group_tests_name("measures", tests, NULL, NULL);
}
