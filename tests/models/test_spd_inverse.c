#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"
#include "models/spd_inverse.h"
#include "tests/compute_fixture.h"

/* The inverse times the matrix is the identity, for sizes around the blocks that it is computed in. */

/* A random symmetric matrix with eigenvalues between about `ridge` and ridge + 4, by Wigner's law. Only the lower
 * triangle is written; the rest is NaN. */
static float *make_matrix(int64_t n, double ridge)
{
    struct random random;
    random_seed(&random, (uint64_t)n);
    float *matrix = malloc((size_t)(n * n) * sizeof *matrix);
    assert_non_null(matrix);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++)
            matrix[i * n + j] = j > i    ? NAN
                                : j == i ? (float)(ridge + 2)
                                         : (float)(random_normal(&random) / sqrt((double)n));
    return matrix;
}

static double at(const float *lower, int64_t n, int64_t i, int64_t j)
{
    return (double)(i > j ? lower[i * n + j] : lower[j * n + i]);
}

static void the_product_is_the_identity(void **state)
{
    (void)state;
    static const int64_t sizes[] = {1, 2, 7, 511, 512, 513, 1100};
    size_t count = test_device_is_cpu() ? 7 : 3;
    for (size_t s = 0; s < count; s++) {
        int64_t n = sizes[s], step = n > 50 ? 37 : 1;
        float *matrix = make_matrix(n, 0.5), *inverse = malloc((size_t)(n * n) * sizeof *inverse);
        assert_non_null(inverse);
        memcpy(inverse, matrix, (size_t)(n * n) * sizeof *inverse);
        must(spd_inverse(&compute, n, inverse, NULL, &error));
        for (int64_t i = 0; i < n; i += step)
            for (int64_t j = 0; j < n; j++) {
                double sum = 0;
                for (int64_t p = 0; p < n; p++)
                    sum += at(matrix, n, i, p) * (double)inverse[p * n + j];
                if (!(fabs(sum - (i == j)) < 1e-4))
                    fail_msg("of %lld rows, element %lld %lld of the product is %g", (long long)n, (long long)i,
                             (long long)j, sum);
                assert_true(inverse[i * n + j] == inverse[j * n + i]);
            }
        free(matrix);
        free(inverse);
    }
}

static void an_indefinite_matrix_is_refused(void **state)
{
    (void)state;
    float matrix[] = {1, 0, 0, 2, 1, 0, 0, 0, 1}; /* of 3 rows, with the eigenvalue -1 */
    struct error why = {0};
    assert_int_equal(spd_inverse(&compute, 3, matrix, NULL, &why), STATUS_FAILED);
    assert_non_null(strstr(why.text, "regularization"));
    must(spd_inverse(&compute, 0, matrix, NULL, &error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_product_is_the_identity),
        cmocka_unit_test(an_indefinite_matrix_is_refused),
    };
    return cmocka_run_group_tests_name("inverse", tests, open_compute, close_compute);
}
