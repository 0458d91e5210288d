#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <math.h>

#include "features/directions.h"
#include "tests/must.h"

/* Directions of rows: by hand, with columns of different units, unknown values, missing rows and constant columns. */

enum { ROWS = 5, WIDTH = 3 };

static const float values[ROWS * WIDTH] = {100, 0, 7, 300, 1, 7, 200, NAN, 7, 0, 0, 0, 200, 0.5F, 7};
static const bool present[ROWS] = {true, true, true, false, true};
static const char *const columns[WIDTH] = {"tempo", "energy", "constant"};

static struct feature_set set_of(const char *const *names)
{
    return (struct feature_set){.item = FEATURE_TRACKS,
                                .n_rows = ROWS,
                                .width = WIDTH,
                                .values = values,
                                .present = present,
                                .n_present = ROWS - 1,
                                .columns = names,
                                .extractor = ""};
}

static void assert_vector(const float *vector, double x, double y, double z)
{
    const double wanted[WIDTH] = {x, y, z};
    for (int i = 0; i < WIDTH; i++)
        if (fabs((double)vector[i] - wanted[i]) > 1e-6)
            fail_msg("component %d is %g, not %g", i, (double)vector[i], wanted[i]);
}

static void named_columns_are_standardised(void **state)
{
    (void)state;
    const struct feature_set set = set_of(columns);
    struct directions directions;
    float vector[WIDTH];
    must(directions_make(&set, &directions, &error));
    directions_of(&directions, 0, vector); /* as far below the mean in both */
    const double tempo = sqrt(5000), energy = sqrt(1.0 / 6), x = -100 / tempo, y = -0.5 / energy;
    assert_vector(vector, x / hypot(x, y), y / hypot(x, y), 0);
    directions_of(&directions, 1, vector);
    assert_vector(vector, -x / hypot(x, y), -y / hypot(x, y), 0);
    directions_of(&directions, 2, vector); /* the mean, and an unknown value: no direction */
    assert_vector(vector, 0, 0, 0);
    directions_of(&directions, 3, vector);
    assert_vector(vector, 0, 0, 0);
    directions_of(&directions, -1, vector);
    assert_vector(vector, 0, 0, 0);
    directions_of(&directions, ROWS, vector);
    assert_vector(vector, 0, 0, 0);
    directions_free(&directions);
}

static void vectors_are_only_centred(void **state)
{
    (void)state;
    const struct feature_set set = set_of(NULL);
    struct directions directions;
    float vector[WIDTH];
    must(directions_make(&set, &directions, &error));
    directions_of(&directions, 0, vector);
    assert_vector(vector, -100 / hypot(100, 0.5), -0.5 / hypot(100, 0.5), 0);
    directions_free(&directions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(named_columns_are_standardised),
        cmocka_unit_test(vectors_are_only_centred),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
