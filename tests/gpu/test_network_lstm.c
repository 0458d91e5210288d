#include "results.h"

/* Long short-term memory, triplets and Adagrad against float64. */

static const struct compute_slice none;

struct lstm {
    int64_t batch, length, h, n_x, n_w, n_b, n_y;
};

static double sigmoid64(double x)
{
    return 1 / (1 + exp(-x));
}

/* `all` is X, W and b concatenated; gates (which may be NULL) receives i, f, g, o and the cell. */
static void forward64(const struct lstm *s, const double *all, double *y, double *gates)
{
    const double *x = all, *w = all + s->n_x, *b = w + s->n_w;
    int64_t h = s->h;
    double *cell = calloc((size_t)h, sizeof *cell);
    for (int64_t row = 0; row < s->batch; row++)
        for (int64_t t = 0; t < s->length; t++) {
            int64_t at = row * s->length + t;
            const double *before = t ? y + (at - 1) * h : NULL;
            for (int64_t j = 0; j < h; j++) {
                double v[5];
                for (int g = 0; g < 4; g++) {
                    double sum = x[at * 4 * h + g * h + j] + b[g * h + j];
                    for (int64_t k = 0; k < h && before; k++)
                        sum += w[(g * h + j) * h + k] * before[k];
                    v[g] = g == 2 ? tanh(sum) : sigmoid64(sum);
                }
                v[4] = v[1] * (t ? cell[j] : 0) + v[0] * v[2];
                cell[j] = v[4];
                y[at * h + j] = v[3] * tanh(v[4]);
                for (int g = 0; g < 5 && gates; g++)
                    gates[at * 5 * h + g * h + j] = v[g];
            }
        }
    free(cell);
}

static void lstm64(const double *all, double *y, const void *context)
{
    forward64(context, all, y, NULL);
}

/* The derivative by the chain rule, one sequence and one position after the other; d_all is cleared. */
static void back64(const struct lstm *s, const double *all, const double *y, const double *gates, const float *d_y,
                   double *d_all)
{
    const double *w = all + s->n_x;
    double *d_x = d_all, *d_w = d_all + s->n_x, *d_b = d_w + s->n_w;
    int64_t h = s->h;
    double *d_state = calloc((size_t)h, 8), *d_before = calloc((size_t)h, 8), *d_cell = calloc((size_t)h, 8);
    for (int64_t row = 0; row < s->batch; row++) {
        memset(d_state, 0, (size_t)h * 8);
        memset(d_cell, 0, (size_t)h * 8);
        for (int64_t t = s->length - 1; t >= 0; t--) {
            int64_t at = row * s->length + t;
            memset(d_before, 0, (size_t)h * 8);
            for (int64_t j = 0; j < h; j++) {
                const double *g = gates + at * 5 * h + j;
                double in = g[0], keep = g[h], fresh = g[2 * h], out = g[3 * h], squashed = tanh(g[4 * h]);
                double d = d_state[j] + (double)d_y[at * h + j], d_c = d_cell[j] + d * out * (1 - squashed * squashed);
                double slopes[4] = {d_c * fresh * in * (1 - in),
                                    (t ? d_c * gates[(at - 1) * 5 * h + 4 * h + j] : 0) * keep * (1 - keep),
                                    d_c * in * (1 - fresh * fresh), d * squashed * out * (1 - out)};
                d_cell[j] = d_c * keep;
                for (int k = 0; k < 4; k++) {
                    d_x[at * 4 * h + k * h + j] = slopes[k];
                    d_b[k * h + j] += slopes[k];
                    for (int64_t i = 0; i < h && t; i++) {
                        d_w[(k * h + j) * h + i] += slopes[k] * y[(at - 1) * h + i];
                        d_before[i] += slopes[k] * w[(k * h + j) * h + i];
                    }
                }
            }
            memcpy(d_state, d_before, (size_t)h * 8);
        }
    }
    free(d_state), free(d_before), free(d_cell);
}

static void lstm_case(int64_t batch, int64_t length, int64_t h, float scale)
{
    struct lstm s = {batch, length, h, batch * length * 4 * h, 4 * h * h, 4 * h, batch * length * h};
    int64_t n_all = s.n_x + s.n_w + s.n_b;
    struct random random;
    random_seed(&random, (uint64_t)(batch * 100 + length * 10 + h));
    float *all = random_matrix(&random, n_all), *d_y = random_matrix(&random, s.n_y);
    for (int64_t i = 0; i < n_all; i++)
        all[i] *= i < s.n_x ? scale : 1 / sqrtf((float)h);
    double *all64 = widened(all, n_all), *y64 = calloc((size_t)s.n_y, 8), *gates64 = calloc((size_t)s.n_y * 5, 8);
    double *d_all64 = calloc((size_t)n_all, 8);
    forward64(&s, all64, y64, gates64);
    back64(&s, all64, y64, gates64, d_y, d_all64);
    if (n_all < 600) { /* the reference's own gradient */
        double *numeric = numeric_gradient(lstm64, &s, all64, n_all, d_y, s.n_y);
        for (int64_t i = 0; i < n_all; i++)
            assert_true(fabs(numeric[i] - d_all64[i]) < 1e-7 * (1 + fabs(numeric[i])));
        free(numeric);
    }
    struct compute_slice x = upload_floats(all, s.n_x), w = upload_floats(all + s.n_x, s.n_w),
                         b = upload_floats(all + s.n_x + s.n_w, s.n_b), dd = upload_floats(d_y, s.n_y);
    struct result y = result_of(&random, s.n_y, 0), gates = result_of(&random, 5 * s.n_y, 0);
    struct result scratch = result_of(&random, batch * 6 * h, 0);
    must(NETWORK.lstm(compute.stream, batch, length, h, x, w, b, gates.slice, y.slice, &error));
    for (int beta = 0; beta < 2; beta++) {
        float other = (float)(1 - beta);
        struct result d_x = result_of(&random, s.n_x, (float)beta), d_w = result_of(&random, s.n_w, other),
                      d_b = result_of(&random, s.n_b, other);
        must(NETWORK.lstm_backward(compute.stream, batch, length, h, w, gates.slice, y.slice, dd, (float)beta,
                                   d_x.slice, other, d_w.slice, d_b.slice, scratch.slice, &error));
        check_result(d_x, d_all64, 4e-6, "d_x");
        check_result(d_w, d_all64 + s.n_x, 1e-5, "d_w");
        check_result(d_b, d_all64 + s.n_x + s.n_w, 1e-5, "d_b");
    }
    struct result only = result_of(&random, s.n_w, 0);
    must(NETWORK.lstm_backward(compute.stream, batch, length, h, w, gates.slice, y.slice, dd, 0, none, 0, only.slice,
                               none, scratch.slice, &error));
    check_result(only, d_all64 + s.n_x, 1e-5, "d_w alone");
    scratch.slice.offset = 1;
    refused(NETWORK.lstm_backward(compute.stream, batch, length, h, w, gates.slice, y.slice, dd, 0, none, 0, none, none,
                                  scratch.slice, &error),
            "scratch");
    refused(NETWORK.lstm(compute.stream, batch, length, h, x, w, none, gates.slice, y.slice, &error), "b");
    refused(NETWORK.lstm(compute.stream, batch, -1, h, x, w, b, gates.slice, y.slice, &error), "lstm");
    check_result(gates, gates64, 3e-6, "gates");
    check_result(y, y64, 3e-6, "y");
    drop(x), drop(w), drop(b), drop(dd), drop(scratch.slice);
    free(scratch.before), free(all), free(d_y), free(all64), free(y64), free(gates64), free(d_all64);
}

static void lstm_cases(void)
{
    lstm_case(1, 1, 1, 1);
    lstm_case(2, 4, 3, 1);
    lstm_case(3, 5, 6, 2);
    lstm_case(2, 3, 5, 60); /* closed gates */
    lstm_case(9, 6, 131, 1);
    lstm_case(33, 3, 65, 1);
}

static void lstm_equals_float64_and_its_gradient(void **state)
{
    (void)state;
    with_each_instruction_set(lstm_cases);
}

/* ---- triplets ---- */

struct triplet {
    int64_t rows, d;
    bool squared;
    double margin;
};

static double distance64(const struct triplet *s, const double *x, const double *y)
{
    double sum = 0;
    for (int64_t j = 0; j < s->d; j++)
        sum += (x[j] - y[j]) * (x[j] - y[j]);
    return s->squared ? sum : sqrt(sum);
}

/* all is A, P and N concatenated; y [1] the loss with factor 0.5. */
static void triplet64(const double *all, double *y, const void *context)
{
    const struct triplet *s = context;
    int64_t n = s->rows * s->d;
    *y = 0;
    for (int64_t row = 0; row < s->rows; row++) {
        const double *a = all + row * s->d;
        *y += 0.5 * fmax(0, distance64(s, a, a + n) - distance64(s, a, a + 2 * n) + s->margin);
    }
}

static void triplet_case(int64_t rows, int64_t d, bool squared)
{
    struct triplet s = {rows, d, squared, 0.4};
    int64_t n = rows * d;
    struct random random;
    random_seed(&random, (uint64_t)(rows * 10 + d));
    float *all = random_matrix(&random, 3 * n);
    s.margin = (double)0.4F;
    double *all64 = widened(all, 3 * n), want, loss = 1;
    triplet64(all64, &want, &s);
    const float one = 1;
    double *slopes = numeric_gradient(triplet64, &s, all64, 3 * n, &one, 1);
    struct compute_slice x[3], at_loss = upload(&loss, 8);
    for (int i = 0; i < 3; i++)
        x[i] = upload_floats(all + i * n, n);
    struct result d_a = result_of(&random, n, 1), d_p = result_of(&random, n, 0), d_n = result_of(&random, n, 1);
    must(NETWORK.triplet_loss(compute.stream, rows, d, squared, 0.4F, 0.5F, x[0], x[1], x[2], at_loss, 1, d_a.slice, 0,
                              d_p.slice, 1, d_n.slice, &error));
    fetch(at_loss, &loss, 8);
    assert_true(fabs(loss - 1 - want) < 1e-9 * (1 + want));
    check_result(d_a, slopes, 1e-6, "d_a");
    check_result(d_p, slopes + n, 1e-6, "d_p");
    check_result(d_n, slopes + 2 * n, 1e-6, "d_n");
    struct result only = result_of(&random, n, 0);
    must(NETWORK.triplet_loss(compute.stream, rows, d, squared, 0.4F, 0.5F, x[0], x[1], x[2], none, 0, none, 0,
                              only.slice, 0, none, &error));
    check_result(only, slopes + n, 1e-6, "d_p alone");
    refused(NETWORK.triplet_loss(compute.stream, rows, d + 1, squared, 0.4F, 1, x[0], x[1], x[2], none, 0, none, 0,
                                 none, 0, none, &error),
            "A");
    for (int i = 0; i < 3; i++)
        drop(x[i]);
    drop(at_loss);
    free(all), free(all64), free(slopes);
}

/* Equal points have a distance without a slope, and no NaN comes of it. */
static void equal_points(void)
{
    const float x[2] = {3, -1}, far[2] = {3, 5};
    float d_a[2];
    double loss = 0;
    struct compute_slice at = upload_floats(x, 2), at_far = upload_floats(far, 2), at_loss = upload(&loss, 8),
                         slope = upload_floats(x, 2);
    must(NETWORK.triplet_loss(compute.stream, 1, 2, false, 7, 1, at, at, at_far, at_loss, 0, slope, 0, none, 0, none,
                              &error));
    fetch(slope, d_a, 8);
    fetch(at_loss, &loss, 8);
    assert_true(loss == 1 && d_a[0] == 0 && fabsf(d_a[1] - 1) < 1e-6F);
    drop(at), drop(at_far), drop(at_loss), drop(slope);
}

static void triplet_cases(void)
{
    for (int squared = 0; squared < 2; squared++) {
        triplet_case(1, 1, squared);
        triplet_case(7, 5, squared);
        triplet_case(70, 3, squared);
        triplet_case(3, 150, squared);
    }
    equal_points();
}

static void triplets_equal_float64_and_their_gradient(void **state)
{
    (void)state;
    with_each_instruction_set(triplet_cases);
}

/* ---- Adagrad ---- */

static void adagrad_case(int64_t n, float decay, float clip)
{
    enum { STEPS = 20 };
    const float rate = 0.05F, epsilon = 1e-7F;
    struct random random;
    random_seed(&random, (uint64_t)n);
    float *p = random_matrix(&random, n), *sums = calloc((size_t)n + 1, 4), *got = malloc((size_t)n * 4 + 4);
    for (int64_t i = 0; i < n; i++)
        sums[i] = 0.1F;
    double *p64 = widened(p, n), *sums64 = widened(sums, n);
    struct compute_slice dp = upload_floats(p, n), ds = upload_floats(sums, n);
    for (int step = 0; step < STEPS; step++) {
        float *g = random_matrix(&random, n);
        double total = 0;
        for (int64_t i = 0; i < n; i++)
            total += (double)g[i] * (double)g[i];
        double share = clip == 0 ? 1 : fmin(1, (double)clip / (sqrt(total) + 1e-6));
        struct compute_slice dg = upload_floats(g, n), dt = clip == 0 ? none : upload(&total, 8);
        must(NETWORK.adagrad(compute.stream, n, rate, epsilon, decay, clip, dt, dg, dp, ds, &error));
        for (int64_t i = 0; i < n; i++) {
            double slope = share * (double)g[i] + (double)decay * p64[i];
            sums64[i] += slope * slope;
            p64[i] -= (double)rate * slope / (sqrt(sums64[i]) + (double)epsilon);
        }
        drop(dg), free(g);
        if (clip != 0)
            drop(dt);
    }
    fetch(dp, got, (size_t)n * 4);
    for (int64_t i = 0; i < n; i++)
        assert_true(fabs((double)got[i] - p64[i]) < 1e-5 * (1 + fabs(p64[i])));
    fetch(ds, got, (size_t)n * 4);
    for (int64_t i = 0; i < n; i++)
        assert_true(fabs((double)got[i] - sums64[i]) < 1e-5 * sums64[i]);
    refused(NETWORK.adagrad(compute.stream, n + 1, rate, epsilon, 0, 0, none, dp, dp, ds, &error), "gradient");
    refused(NETWORK.adagrad(compute.stream, n, rate, epsilon, 0, 1, none, dp, dp, ds, &error), "squares");
    drop(dp), drop(ds);
    free(p), free(sums), free(got), free(p64), free(sums64);
}

static void adagrad_cases(void)
{
    adagrad_case(1, 0.01F, 0);
    adagrad_case(37, 0.1F, 0.5F);
    adagrad_case(16385, 0, 0);
}

static void adagrad_equals_float64(void **state)
{
    (void)state;
    with_each_instruction_set(adagrad_cases);
}

static void everything(void)
{
    lstm_cases();
    triplet_cases();
    adagrad_cases();
}

static void threads_change_nothing(void **state)
{
    (void)state;
    assert_threads_do_not_matter(everything);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lstm_equals_float64_and_its_gradient),
        cmocka_unit_test(triplets_equal_float64_and_their_gradient),
        cmocka_unit_test(adagrad_equals_float64),
        cmocka_unit_test(threads_change_nothing),
    };
    return cmocka_run_group_tests_name("network lstm", tests, open_compute, close_compute);
}
