#include "test_network_layers.h"

/* Filters over spectrograms with the maximum over frequency, against float64. */

struct filters {
    int64_t batch, time, frequency, kernel_time, kernel_frequency, filters, stride;
};

static double response(const struct filters *s, const double *x, const double *w, int64_t t, int64_t f, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < s->kernel_time; i++) {
        int64_t at = t + i - (s->kernel_time - 1) / 2;
        for (int64_t j = 0; at >= 0 && at < s->time && j < s->kernel_frequency; j++)
            sum += x[at * s->frequency + f + j] * w[(i * s->kernel_frequency + j) * s->filters + n];
    }
    return sum;
}

static void want(const struct filters *s, const double *x, const double *w, double *y)
{
    for (int64_t row = 0; row < s->batch * s->time; row++)
        for (int64_t n = 0; n < s->filters; n++) {
            double *peak = &y[row * s->filters + n];
            *peak = -INFINITY;
            for (int64_t f = 0; f + s->kernel_frequency <= s->frequency; f++)
                *peak = fmax(*peak, response(s, x + row / s->time * s->time * s->frequency, w, row % s->time, f, n));
        }
}

static void check_filters(const struct filters *s)
{
    struct random random;
    random_seed(&random, (uint64_t)(s->time * 7 + s->filters));
    int64_t nx = s->batch * s->time * s->frequency, depth = s->kernel_time * s->kernel_frequency;
    int64_t rows = s->batch * s->time, ny = (rows - 1) * s->stride + s->filters;
    double *x = zeros(nx), *w = zeros(depth * s->filters), *y = zeros(rows * s->filters);
    struct compute_slice at_x = random_slice(&random, nx, x), at_w = random_slice(&random, depth * s->filters, w);
    struct compute_slice at_y = garbage(ny);
    want(s, x, w, y);
    must(compute.ops->filter_peaks(compute.stream, s->batch, s->time, s->frequency, s->kernel_time, s->kernel_frequency,
                                   s->filters, at_x, at_w, at_y, s->stride, &error));
    float *own = malloc((size_t)ny * sizeof *own);
    assert_non_null(own);
    download(at_y, own, (size_t)ny * sizeof *own);
    double tolerance = 1e-6 * (1 + sqrt((double)depth)) * 4;
    for (int64_t row = 0; row < rows; row++)
        for (int64_t n = 0; n < s->filters; n++)
            if (!(fabs((double)own[row * s->stride + n] - y[row * s->filters + n]) < tolerance))
                fail_msg("time %lld, filter %lld: %.9g, expected %.9g", (long long)row, (long long)n,
                         (double)own[row * s->stride + n], y[row * s->filters + n]);
    free(own), free(x), free(w), free(y);
    drop(at_x), drop(at_w), drop(at_y);
}

static void check_all(void)
{
    static const struct filters shapes[] = {
        {1, 1, 1, 1, 1, 1, 1},       {2, 5, 4, 3, 2, 5, 7},    {1, 33, 12, 7, 4, 40, 40}, {3, 20, 9, 16, 1, 19, 25},
        {1, 40, 24, 128, 1, 33, 33}, {2, 17, 16, 7, 16, 8, 8}, {1, 60, 10, 64, 10, 3, 3}, {1, 30, 96, 7, 38, 20, 20},
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        check_filters(&shapes[i]);
}

static void test_filters(void **state)
{
    (void)state;
    with_each_instruction_set(check_all);
}

/* A value that is not a number reaches the results that see it, and only those. */
static void test_not_a_number(void **state)
{
    (void)state;
    enum { TIME = 40, BANDS = 6, KERNEL = 3 };
    float x[TIME * BANDS] = {0}, w[KERNEL * 2] = {1, 1, 1, 1, 1, 1}, y[TIME];
    x[20 * BANDS + 2] = NAN;
    struct compute_slice at_x = upload(x, sizeof x), at_w = upload(w, sizeof w), at_y = garbage(TIME);
    must(compute.ops->filter_peaks(compute.stream, 1, TIME, BANDS, KERNEL, 2, 1, at_x, at_w, at_y, 1, &error));
    download(at_y, y, sizeof y);
    for (int t = 0; t < TIME; t++)
        assert_true((t >= 19 && t <= 21) == (isnan(y[t]) != 0));
    drop(at_x), drop(at_w), drop(at_y);
}

static void test_refusals(void **state)
{
    (void)state;
    struct error fault;
    struct compute_slice four = garbage(4);
    assert_int_equal(compute.ops->filter_peaks(compute.stream, 1, 2, 2, 1, 3, 1, four, four, four, 1, &fault),
                     STATUS_FAILED);
    assert_int_equal(compute.ops->filter_peaks(compute.stream, 1, 2, 2, 1, 1, 4, four, four, four, 3, &fault),
                     STATUS_FAILED);
    assert_int_equal(compute.ops->filter_peaks(compute.stream, 1, 4, 2, 1, 1, 1, four, four, four, 1, &fault),
                     STATUS_FAILED);
    drop(four);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_filters),
        cmocka_unit_test(test_not_a_number),
        cmocka_unit_test(test_refusals),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, open_compute, close_compute);
}
