#include "nn/schedule.h"

#include "nn_fixture.h"

/* Learning-rate schedules against closed forms. */

/* rate · 2^-k, k = how often `interval` has passed since `start`. */
static double halved(double rate, int64_t step, int64_t start, int64_t interval)
{
    int64_t passed = step < start ? 0 : (step - start) / interval;
    return rate * pow(0.5, (double)(passed < SCHEDULE_MAX - 1 ? passed : SCHEDULE_MAX - 1));
}

static void halving_is_a_power_of_two(void **state)
{
    (void)state;
    static const int64_t cases[][2] = {{0, 1}, {0, 264}, {-1000, 12000}, {-5, 7}, {3, 10}};
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        int64_t start = cases[c][0], interval = cases[c][1];
        struct schedule schedule;
        schedule_halving(&schedule, 0.75f, start, interval, 0.9f, 1e-3f);
        assert_true(schedule.momentum == 0.9f && schedule.decay == 1e-3f);
        const struct compute_schedule on_device = schedule_on_device(&schedule);
        for (int64_t step = 0; step<70 * interval; step += interval> 100 ? interval / 4 : 1) {
            assert_near((double)schedule_rate(&schedule, step), halved(0.75, step, start, interval), 0, "rate", step);
            int64_t i = on_device.count - 1;
            while (i > 0 && on_device.first[i] > step)
                i--;
            assert_true(on_device.rates[i] == schedule_rate(&schedule, step));
        }
    }
}

static void no_interval_is_a_constant_rate(void **state)
{
    (void)state;
    struct schedule schedule;
    schedule_halving(&schedule, 0.3f, -50, 0, 0, 0);
    assert_int_equal(schedule.count, 1);
    assert_true(schedule_rate(&schedule, 0) == 0.3f && schedule_rate(&schedule, 1 << 30) == 0.3f);
}

static void cosine_falls_from_the_rate_to_0(void **state)
{
    (void)state;
    enum { TOTAL = 360 };
    assert_true(schedule_cosine(0.01, 0, TOTAL) == 0.01f);
    assert_near((double)schedule_cosine(0.01, TOTAL / 2, TOTAL), 0.005, 1e-9, "half", TOTAL / 2);
    assert_near((double)schedule_cosine(0.01, TOTAL / 3, TOTAL), 0.0075, 1e-9, "cos 60°", TOTAL / 3);
    assert_near((double)schedule_cosine(0.01, TOTAL, TOTAL), 0, 1e-9, "end", TOTAL);
    for (int64_t step = 1; step <= TOTAL; step++) {
        assert_true(schedule_cosine(0.01, step, TOTAL) < schedule_cosine(0.01, step - 1, TOTAL));
        double mirrored =
            (double)schedule_cosine(0.01, step, TOTAL) + (double)schedule_cosine(0.01, TOTAL - step, TOTAL);
        assert_near(mirrored, 0.01, 1e-8, "symmetry", step);
    }
}

static void rates_decay_as_in_keras(void **state)
{
    (void)state;
    assert_true(schedule_inverse(0.01, 0, 1000) == 0.01f && schedule_inverse(0.01, 0.5, 0) == 0.01f);
    assert_near((double)schedule_inverse(0.01, 0.5, 6), 0.0025, 1e-10, "1 / 4", 6);
    assert_true(schedule_stairs(0.01, 0.98, 100, 99) == 0.01f);
    assert_near((double)schedule_stairs(0.01, 0.98, 100, 100), 0.0098, 1e-9, "first stair", 100);
    assert_near((double)schedule_stairs(0.01, 0.98, 100, 350), 0.01 * 0.98 * 0.98 * 0.98, 1e-9, "third stair", 350);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(halving_is_a_power_of_two),
        cmocka_unit_test(no_interval_is_a_constant_rate),
        cmocka_unit_test(cosine_falls_from_the_rate_to_0),
        cmocka_unit_test(rates_decay_as_in_keras),
    };
    return cmocka_run_group_tests_name("learning-rate schedules", tests, NULL, NULL);
}
