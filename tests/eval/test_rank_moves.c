#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "core/random.h"
#include "eval/rank_moves.h"

/* Two lists compared with slow methods that follow the definitions: searching, the swaps of a bubble sort, and the
 * intersection of the heads at each depth. */

enum { LONGEST = 60, TRACKS = 90 };

static size_t draw(struct random *random, size_t count, int64_t *list)
{
    int64_t all[TRACKS];
    for (int i = 0; i < TRACKS; i++)
        all[i] = 1000 - 7 * i;
    for (size_t i = 0; i < count; i++) {
        size_t other = i + random_below(random, TRACKS - i);
        list[i] = all[other];
        all[other] = all[i];
    }
    return count;
}

static size_t place(const int64_t *list, size_t count, int64_t track)
{
    for (size_t i = 0; i < count; i++)
        if (list[i] == track)
            return i + 1;
    return 0;
}

static size_t common(const int64_t *a, size_t n_a, const int64_t *b, size_t n_b, size_t depth)
{
    size_t count = 0;
    for (size_t i = 0; i < n_a && i < depth; i++)
        count += place(b, n_b < depth ? n_b : depth, a[i]) > 0;
    return count;
}

static double slow_tau(const int64_t *a, size_t n_a, const int64_t *b, size_t n_b)
{
    size_t ranks[LONGEST], n = 0, swaps = 0;
    for (size_t i = 0; i < n_a; i++)
        if (place(b, n_b, a[i]) > 0)
            ranks[n++] = place(b, n_b, a[i]);
    for (size_t round = 0; round < n; round++)
        for (size_t i = 0; i + 1 < n; i++)
            if (ranks[i] > ranks[i + 1]) {
                size_t rank = ranks[i];
                ranks[i] = ranks[i + 1];
                ranks[i + 1] = rank;
                swaps++;
            }
    return n < 2 ? NAN : 1 - 4.0 * (double)swaps / ((double)n * ((double)n - 1));
}

/* The agreement of two lists that continue for ever is p-weighted over depths; beyond what is known, the head of the
 * shorter list continues with its agreement at its end, and both continue with the one at the longer list's end. */
static double slow_overlap(const int64_t *a, size_t n_a, const int64_t *b, size_t n_b)
{
    const double p = 0.9;
    size_t s = n_a < n_b ? n_a : n_b, l = n_a < n_b ? n_b : n_a;
    double sum = 0, last = 0;
    if (s == 0)
        return NAN;
    for (size_t depth = 1; depth < 2000; depth++) {
        double agreement = (double)common(a, n_a, b, n_b, depth) / (double)depth;
        if (depth > s)
            agreement += (double)common(a, n_a, b, n_b, s) / (double)s * (double)(depth - s) / (double)depth;
        if (depth <= l)
            last = agreement;
        sum += (1 - p) * pow(p, (double)depth - 1) * (depth <= l ? agreement : last);
    }
    return sum;
}

static void assert_close(double value, double wanted)
{
    if (isnan(wanted) ? !isnan(value) : !(fabs(value - wanted) < 1e-12))
        fail_msg("%.17g is not %.17g", value, wanted);
}

static void check(const int64_t *a, size_t n_a, const int64_t *b, size_t n_b)
{
    struct rank_moves moves;
    assert_int_equal(rank_moves_make(a, n_a, b, n_b, &moves, NULL), STATUS_OK);
    for (size_t i = 0; i < n_a; i++)
        assert_int_equal(moves.elsewhere[0][i], place(b, n_b, a[i]));
    for (size_t i = 0; i < n_b; i++)
        assert_int_equal(moves.elsewhere[1][i], place(a, n_a, b[i]));
    for (int top = 0; top < RANK_TOPS; top++)
        assert_int_equal(moves.tops[top], common(a, n_a, b, n_b, rank_tops[top]));
    assert_int_equal(moves.shared, common(a, n_a, b, n_b, LONGEST));
    assert_close(moves.tau, slow_tau(a, n_a, b, n_b));
    assert_close(moves.overlap, slow_overlap(a, n_a, b, n_b));
    rank_moves_free(&moves);
}

static void random_lists_agree_with_the_definitions(void **state)
{
    (void)state;
    struct random random;
    random_seed(&random, 5);
    int64_t a[LONGEST], b[LONGEST];
    for (int round = 0; round < 300; round++) {
        size_t n_a = draw(&random, random_below(&random, LONGEST + 1), a);
        size_t n_b = draw(&random, random_below(&random, LONGEST + 1), b);
        check(a, n_a, b, n_b);
    }
}

static void equal_reversed_and_disjoint_lists(void **state)
{
    (void)state;
    const int64_t list[] = {4, 2, 9, 7}, reversed[] = {7, 9, 2, 4}, others[] = {1, 3};
    struct rank_moves moves;
    assert_int_equal(rank_moves_make(list, 4, list, 4, &moves, NULL), STATUS_OK);
    assert_close(moves.tau, 1);
    assert_close(moves.overlap, 1);
    rank_moves_free(&moves);
    assert_int_equal(rank_moves_make(list, 4, reversed, 4, &moves, NULL), STATUS_OK);
    assert_close(moves.tau, -1);
    rank_moves_free(&moves);
    assert_int_equal(rank_moves_make(list, 4, others, 2, &moves, NULL), STATUS_OK);
    assert_int_equal(moves.shared, 0);
    assert_close(moves.overlap, 0);
    assert_true(isnan(moves.tau));
    rank_moves_free(&moves);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_lists_agree_with_the_definitions),
        cmocka_unit_test(equal_reversed_and_disjoint_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
