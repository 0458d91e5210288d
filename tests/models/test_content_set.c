#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/random.h"
#include "models/content_set.h"
#include "tests/must.h"

/* The nearness of rows, against its formula in float64: of all seeds at once, kept for each seed, and without some. */

enum { ROWS = 1300, STRIDE = 1536, WIDTH = 19, TRACKS = 2000, SEEDS = 23 };

struct sample {
    struct content_set set;
    int32_t rows[TRACKS], seeds[SEEDS];
    struct pool *pool;
};

/* Several tracks have the same row; some have none. */
static struct sample *make(int64_t n_max)
{
    struct sample *sample = calloc(1, sizeof *sample);
    struct content_set *set = &sample->set;
    struct random random;
    assert_non_null(sample);
    random_seed(&random, 7);
    *set = (struct content_set){.n_rows = ROWS,
                                .stride = STRIDE,
                                .width = WIDTH,
                                .rows = sample->rows,
                                .columns = calloc(WIDTH * STRIDE, sizeof(float)),
                                .n_tracks = calloc(STRIDE, sizeof(float)),
                                .kept = calloc(ROWS, sizeof(float *)),
                                .kept_rows = calloc(ROWS, sizeof(int32_t)),
                                .reach = 1 / (1.5F * WIDTH),
                                .n_max = n_max};
    for (int i = 0; i < WIDTH; i++)
        for (int r = 0; r < ROWS; r++)
            set->columns[i * STRIDE + r] = (float)random_normal(&random);
    for (int t = 0; t < TRACKS; t++) {
        sample->rows[t] = random_below(&random, 9) == 0 ? -1 : (int32_t)random_below(&random, ROWS);
        if (sample->rows[t] >= 0)
            set->n_tracks[sample->rows[t]]++;
        set->n_described += sample->rows[t] >= 0;
    }
    for (int s = 0; s < SEEDS; s++)
        sample->seeds[s] = (int32_t)random_below(&random, TRACKS);
    sample->rows[sample->seeds[3]] = -1;
    must(pool_create(2, &sample->pool, &error));
    return sample;
}

static void destroy(struct sample *sample)
{
    pool_destroy(sample->pool);
    content_set_close(&sample->set);
    free(sample);
}

/* The formula for a row. */
static double nearness_of(const struct sample *sample, const int32_t *seeds, int n_seeds, int row)
{
    const struct content_set *set = &sample->set;
    double sum = 0;
    int n = 0;
    for (int s = 0; s < n_seeds; s++) {
        int32_t other = sample->rows[seeds[s]];
        double squares = 0;
        for (int i = 0; i < WIDTH && other >= 0; i++)
            squares += pow((double)set->columns[i * STRIDE + row] - (double)set->columns[i * STRIDE + other], 2);
        sum += other >= 0 ? 1 / (1 + squares / (1.5 * WIDTH)) : 0;
        n += other >= 0;
    }
    return sum / n;
}

static void the_nearness_is_its_formula(void **state)
{
    struct sample *sample = make(ROWS);
    float nearness[STRIDE], given[SEEDS * WIDTH];
    (void)state;
    for (int n = 1; n <= SEEDS; n += 11) {
        assert_true(content_set_nearness(&sample->set, sample->seeds, n, given, nearness) > 0);
        double sum = 0, highest = 0;
        for (int r = 0; r < ROWS; r++) {
            double right = nearness_of(sample, sample->seeds, n, r);
            assert_true(fabs((double)nearness[r] - right) < 4e-6 * right); /* width roundings of a float */
        }
        for (int t = 0; t < TRACKS; t++) {
            double value = sample->rows[t] < 0 ? 0 : (double)nearness[sample->rows[t]];
            sum += value;
            highest = fmax(highest, value);
        }
        struct nearness_range all = {0, 0};
        for (int64_t first = 0; first < STRIDE; first += CONTENT_BLOCK) {
            struct nearness_range range = content_set_range(&sample->set, first, nearness + first);
            all.sum += range.sum;
            all.highest = fmaxf(all.highest, range.highest);
        }
        assert_true(fabs(all.sum - sum) < 1e-12 * sum);
        assert_true((double)all.highest == highest);
    }
    /* a track without a row */
    assert_int_equal(content_set_nearness(&sample->set, sample->seeds + 3, 1, given, nearness), 0);
    destroy(sample);
}

/* Rows from what is kept; `without` of the first seeds are subtracted from the sum of all. */
static int64_t kept_nearness(const struct sample *sample, int without, float *nearness)
{
    struct nearness_total total;
    int64_t n = 0;
    must(content_set_total(&sample->set, sample->pool, sample->seeds, SEEDS, &total, &error));
    for (int64_t first = 0; first < STRIDE; first += CONTENT_BLOCK)
        n = content_set_kept_nearness(&sample->set, without > 0 ? &total : NULL, sample->seeds,
                                      without > 0 ? without : SEEDS, first, nearness + first);
    free(total.sums);
    return n;
}

static void what_is_kept_gives_the_same(void **state)
{
    struct sample *sample = make(ROWS);
    float direct[STRIDE], nearness[STRIDE], given[SEEDS * WIDTH];
    (void)state;
    assert_true(content_set_keep(&sample->set, sample->pool, sample->seeds, 5));
    assert_true(content_set_keep(&sample->set, sample->pool, sample->seeds, SEEDS));
    int64_t n = content_set_nearness(&sample->set, sample->seeds, SEEDS, given, direct);
    assert_int_equal(kept_nearness(sample, 0, nearness), n);
    assert_memory_equal(nearness, direct, sizeof direct);
    for (int without = 1; without <= 8; without++) {
        n = content_set_nearness(&sample->set, sample->seeds + without, SEEDS - without, given, direct);
        assert_int_equal(kept_nearness(sample, without, nearness), n);
        for (int r = 0; r < ROWS; r++) /* at most the last digit of a float */
            assert_true(fabs((double)nearness[r] - (double)direct[r]) <= 1.2e-7 * (double)direct[r]);
    }
    destroy(sample);
}

static void no_more_is_kept_than_fits(void **state)
{
    struct sample *sample = make(8);
    float direct[STRIDE], nearness[STRIDE], given[SEEDS * WIDTH];
    (void)state;
    for (int at = 0; at + 6 <= SEEDS; at++) {
        assert_true(content_set_keep(&sample->set, sample->pool, sample->seeds + at, 6));
        assert_true(sample->set.n_kept <= 8);
        content_set_nearness(&sample->set, sample->seeds + at, 6, given, direct);
        for (int64_t first = 0; first < STRIDE; first += CONTENT_BLOCK)
            content_set_kept_nearness(&sample->set, NULL, sample->seeds + at, 6, first, nearness + first);
        assert_memory_equal(nearness, direct, sizeof direct);
    }
    assert_false(content_set_keep(&sample->set, sample->pool, sample->seeds, SEEDS));
    assert_int_equal(sample->set.n_kept, 0);
    assert_true(content_set_keep(&sample->set, sample->pool, sample->seeds, 6));
    destroy(sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nearness_is_its_formula),
        cmocka_unit_test(what_is_kept_gives_the_same),
        cmocka_unit_test(no_more_is_kept_than_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
