/* Arranging points in a grid and items along a path. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"
#include "map/grid.h"

static struct error error;

static void fill(float *points, int n, uint64_t seed)
{
    struct random random;
    random_seed(&random, seed);
    for (int i = 0; i < n; i++)
        points[i] = (float)random_normal(&random);
}

static void points_on_a_grid_stay_there(void **state)
{
    (void)state;
    enum { ROWS = 9, COLUMNS = 13, N = ROWS * COLUMNS };
    float points[2 * N];
    int cells[N];
    for (int i = 0; i < N; i++) {
        int at = (i * 46) % N; /* 46 and 117 have no common factor */
        points[2 * i] = 3 + 0.5F * (float)(at % COLUMNS);
        points[2 * i + 1] = -7 - 2 * (float)(at / COLUMNS);
    }
    assert_int_equal(grid_arrange(N, points, ROWS, COLUMNS, cells, NULL, &error), STATUS_OK);
    for (int i = 0; i < N; i++)
        assert_int_equal(cells[i], (i * 46) % N);
}

struct few {
    int n, rows, columns;
    double x[8], y[8];
};

/* The least sum over all ways to place the points from `at` on. */
static double best_of_all(const struct few *few, int at, unsigned used)
{
    double best = at == few->n ? 0 : (double)INFINITY;
    for (int cell = 0; at < few->n && cell < few->rows * few->columns; cell++) {
        if (used >> cell & 1)
            continue;
        double dx = few->x[at] - cell % few->columns;
        double dy = few->y[at] - (double)(cell / few->columns); /* NOLINT(bugprone-integer-division) */
        best = fmin(best, dx * dx + dy * dy + best_of_all(few, at + 1, used | 1U << cell));
    }
    return best;
}

static void the_sum_is_the_least_of_all(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct few few = {.n = seed % 2 ? 6 : 5, .rows = 2, .columns = 3};
        float points[12], low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
        int cells[6];
        fill(points, 12, seed);
        for (int i = 0; i < 2 * few.n; i++) {
            low[i % 2] = fminf(low[i % 2], points[i]);
            high[i % 2] = fmaxf(high[i % 2], points[i]);
        }
        for (int i = 0; i < few.n; i++) {
            few.x[i] = ((double)points[2 * i] - (double)low[0]) / ((double)high[0] - (double)low[0]) * 2;
            few.y[i] = 1 - ((double)points[2 * i + 1] - (double)low[1]) / ((double)high[1] - (double)low[1]);
        }
        assert_int_equal(grid_arrange(few.n, points, 2, 3, cells, NULL, &error), STATUS_OK);
        double sum = 0;
        unsigned used = 0;
        for (int i = 0; i < few.n; i++) {
            int row = cells[i] / 3;
            double dx = few.x[i] - cells[i] % 3, dy = few.y[i] - row;
            sum += dx * dx + dy * dy;
            assert_false(used >> cells[i] & 1);
            used |= 1U << cells[i];
        }
        assert_true(fabs(sum - best_of_all(&few, 0, 0)) < 1e-9);
    }
}

static void odd_points_have_a_cell_each(void **state)
{
    (void)state;
    enum { N = 60 };
    float points[2 * N];
    int cells[N];
    for (int i = 0; i < 2 * N; i++)
        points[i] = i % 7 == 0 ? NAN : i % 5 == 0 ? INFINITY : 4;
    assert_int_equal(grid_arrange(N, points, 8, 8, cells, NULL, &error), STATUS_OK);
    bool used[64] = {false};
    for (int i = 0; i < N; i++) {
        assert_true(cells[i] >= 0 && cells[i] < 64 && !used[cells[i]]);
        used[cells[i]] = true;
    }
    assert_int_equal(grid_arrange(0, points, 0, 0, cells, NULL, &error), STATUS_OK);
    assert_int_equal(grid_arrange(N, points, 7, 8, cells, NULL, &error), STATUS_USAGE);
}

static void a_path_along_a_line_is_the_line(void **state)
{
    (void)state;
    enum { N = 200 };
    float x[2 * N];
    int order[N];
    for (int i = 0; i < N; i++) {
        x[2 * i] = (float)((i * 77) % N);
        x[2 * i + 1] = 2 * x[2 * i];
    }
    assert_int_equal(grid_path(N, 2, x, order, NULL, &error), STATUS_OK);
    for (int i = 1; i < N; i++)
        assert_true(fabsf(fabsf(x[2 * order[i]] - x[2 * order[i - 1]]) - 1) < 1e-6F);
}

static void a_path_visits_each_item_once(void **state)
{
    (void)state;
    enum { N = 150, DIM = 5 };
    float x[N * DIM];
    int order[N];
    bool seen[N] = {false};
    fill(x, N * DIM, 3);
    memcpy(x + DIM, x, DIM * sizeof *x); /* two equal items */
    assert_int_equal(grid_path(N, DIM, x, order, NULL, &error), STATUS_OK);
    for (int i = 0; i < N; i++) {
        assert_false(seen[order[i]]);
        seen[order[i]] = true;
    }
    assert_int_equal(grid_path(GRID_PATH_MAX + 1, DIM, x, order, NULL, &error), STATUS_USAGE);
    assert_int_equal(grid_path(0, DIM, x, order, NULL, &error), STATUS_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_on_a_grid_stay_there),  cmocka_unit_test(the_sum_is_the_least_of_all),
        cmocka_unit_test(odd_points_have_a_cell_each),  cmocka_unit_test(a_path_along_a_line_is_the_line),
        cmocka_unit_test(a_path_visits_each_item_once),
    };
    return cmocka_run_group_tests_name("grid", tests, NULL, NULL);
}
