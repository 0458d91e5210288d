#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <math.h>

#include "app/playlist_sort.h"
#include "core/random.h"
#include "tests/must.h"

/* Sorting with locked entries: by hand, and properties of random inputs. */

static void by_hand(void **state)
{
    (void)state;
    const double values[] = {3, NAN, 1, 2, 1, 5};
    const bool locked[] = {false, false, false, true, false, false};
    int32_t order[6];
    must(playlist_sort_values(values, 6, locked, false, order, &error));
    const int32_t ascending[] = {2, 4, 0, 3, 5, 1};
    assert_memory_equal(order, ascending, sizeof order);
    must(playlist_sort_values(values, 6, locked, true, order, &error));
    const int32_t descending[] = {5, 0, 2, 3, 4, 1};
    assert_memory_equal(order, descending, sizeof order);
    must(playlist_sort_values(values, 0, NULL, true, order, &error));
}

static void entries_are_kept_and_sorted(void **state)
{
    enum { N = 80 };
    struct random random;
    (void)state;
    random_seed(&random, 4);
    for (int run = 0; run < 200; run++) {
        double values[N], last = -1;
        bool locked[N], seen[N] = {false}, unknown = false;
        int32_t order[N];
        size_t n = random_below(&random, N);
        for (size_t i = 0; i < n; i++) {
            values[i] = random_below(&random, 9) == 0 ? (double)NAN : (double)random_below(&random, 20);
            locked[i] = random_below(&random, 5) == 0;
        }
        must(playlist_sort_values(values, n, locked, false, order, &error));
        for (size_t i = 0; i < n; i++) {
            assert_true(order[i] >= 0 && (size_t)order[i] < n && !seen[order[i]]);
            seen[order[i]] = true;
            assert_true(!locked[i] || order[i] == (int32_t)i);
            if (locked[i])
                continue;
            double value = values[order[i]];
            assert_true(isnan(value) || (!unknown && value >= last));
            unknown = unknown || isnan(value);
            last = isnan(value) ? last : value;
        }
    }
}

static void names_are_found(void **state)
{
    (void)state;
    for (int by = 0; by < PLAYLIST_SORT_COUNT; by++)
        assert_int_equal(playlist_sort_named(playlist_sort_name((enum playlist_sort)by)), by);
    assert_int_equal(playlist_sort_named("mood"), PLAYLIST_SORT_COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_hand),
        cmocka_unit_test(entries_are_kept_and_sorted),
        cmocka_unit_test(names_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
