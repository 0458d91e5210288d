#include "generated.h"

#include "models/als_fit.h"
#include "models/eigenvalue_signs.h"
#include "nn/device_reader.h"

/* Alternating least squares against a dense run in float64, and its properties. */

/* Solves the symmetric positive definite system A x = b by Cholesky; overwrites A [d x d]. */
static void solve(int64_t d, double *a, double *b)
{
    for (int64_t j = 0; j < d; j++) {
        for (int64_t i = j; i < d; i++) {
            double sum = a[i * d + j];
            for (int64_t p = 0; p < j; p++)
                sum -= a[i * d + p] * a[j * d + p];
            a[i * d + j] = i == j ? sqrt(sum) : sum / a[j * d + j];
        }
    }
    for (int64_t i = 0; i < d; i++) {
        for (int64_t p = 0; p < i; p++)
            b[i] -= a[i * d + p] * b[p];
        b[i] /= a[i * d + i];
    }
    for (int64_t i = d - 1; i >= 0; i--) {
        for (int64_t p = i + 1; p < d; p++)
            b[i] -= a[p * d + i] * b[p];
        b[i] /= a[i * d + i];
    }
}

/* One half-step over the dense matrix R[n x m] (or its transpose). */
static void dense_half_step(const struct interactions *r, int transposed, int64_t d, double alpha, double lambda,
                            const double *fixed, double *wanted)
{
    int64_t n = transposed ? r->n_tracks : r->n_playlists, m = transposed ? r->n_playlists : r->n_tracks;
    double *dense = calloc((size_t)(n * m), sizeof *dense), *a = malloc((size_t)(d * d) * sizeof *a);
    for (int64_t p = 0; p < r->n_playlists; p++)
        for (int64_t e = r->starts[p]; e < r->starts[p + 1]; e++)
            dense[transposed ? r->tracks[e] * m + p : p * m + r->tracks[e]] = 1;
    for (int64_t row = 0; row < n; row++) {
        double *x = wanted + row * d;
        for (int64_t i = 0; i < d; i++) {
            x[i] = 0;
            for (int64_t j = 0; j < d; j++)
                a[i * d + j] = i == j ? lambda : 0;
        }
        for (int64_t c = 0; c < m; c++) {
            double confidence = 1 + alpha * dense[row * m + c];
            const double *y = fixed + c * d;
            for (int64_t i = 0; i < d; i++) {
                x[i] += confidence * dense[row * m + c] * y[i];
                for (int64_t j = 0; j < d; j++)
                    a[i * d + j] += confidence * y[i] * y[j];
            }
        }
        solve(d, a, x);
    }
    free(dense), free(a);
}

/* The factors of either side, copied to host memory; to be freed. */
static float *on_host(struct compute_buffer *buffer, int64_t rows, int64_t d)
{
    size_t bytes = (size_t)(rows * d) * sizeof(float);
    float *host = malloc(bytes);
    assert_non_null(host);
    must(compute.ops->buffer_read(compute.stream, buffer, 0, host, bytes, &error));
    return host;
}

static double objective(const struct interactions *r, const struct als_settings *settings,
                        const struct als_factors *factors)
{
    float *playlists = on_host(factors->playlists, factors->n_playlists, factors->d);
    float *tracks = on_host(factors->tracks, factors->n_tracks, factors->d);
    double sum = als_objective(r, settings, playlists, tracks);
    free(playlists);
    free(tracks);
    return sum;
}

static void equals_dense(float alpha)
{
    struct interactions r = generate(11, 83, 61);
    const struct als_settings settings = {
        .factors = 7, .iterations = 4, .regularization = 0.8f, .alpha = alpha, .seed = 5};
    struct als_factors factors;
    must(als_fit(&compute, &r, &settings, NULL, &factors, &error));
    double *x = calloc((size_t)(r.n_playlists * 7), sizeof *x), *y = malloc((size_t)(r.n_tracks * 7) * sizeof *y);
    struct random random;
    random_seed(&random, 5);
    for (int64_t i = 0; i < r.n_tracks * 7; i++)
        y[i] = 0.01 * random_normal(&random);
    for (int iteration = 0; iteration < 4; iteration++) {
        dense_half_step(&r, 0, 7, (double)alpha, (double)0.8f, y, x);
        dense_half_step(&r, 1, 7, (double)alpha, (double)0.8f, x, y);
    }
    float *playlists = on_host(factors.playlists, r.n_playlists, 7), *tracks = on_host(factors.tracks, r.n_tracks, 7);
    for (int64_t i = 0; i < r.n_playlists * 7; i++)
        assert_true(fabs((double)playlists[i] - x[i]) < 1e-4);
    for (int64_t i = 0; i < r.n_tracks * 7; i++)
        assert_true(fabs((double)tracks[i] - y[i]) < 1e-4);
    als_factors_free(&factors);
    generated_free(&r);
    free(x), free(y), free(playlists), free(tracks);
}

static void equal_confidence_equals_dense_float64(void **state)
{
    (void)state;
    equals_dense(0);
}

static void weighted_equals_dense_float64(void **state)
{
    (void)state;
    equals_dense(6.5f);
}

static void objective_never_rises(void **state)
{
    (void)state;
    struct interactions r = generate(12, 301, 211);
    const float alphas[] = {0, 3};
    for (int a = 0; a < 2; a++) {
        double before = INFINITY;
        for (int iterations = 1; iterations <= 8; iterations++) {
            const struct als_settings settings = {
                .factors = 16, .iterations = iterations, .regularization = 0.5f, .alpha = alphas[a], .seed = 1};
            struct als_factors factors;
            must(als_fit(&compute, &r, &settings, NULL, &factors, &error));
            double now = objective(&r, &settings, &factors);
            assert_true(now <= before * (1 + 1e-6));
            before = now;
            als_factors_free(&factors);
        }
    }
    generated_free(&r);
}

static void objective_is_the_sum_over_all_pairs(void **state)
{
    (void)state;
    struct interactions r = generate(13, 17, 23);
    const struct als_settings settings = {.factors = 3, .iterations = 2, .regularization = 0.3f, .alpha = 2, .seed = 4};
    struct als_factors f;
    must(als_fit(&compute, &r, &settings, NULL, &f, &error));
    float *playlists = on_host(f.playlists, 17, 3), *tracks = on_host(f.tracks, 23, 3);
    double want = 0;
    for (int64_t p = 0; p < r.n_playlists; p++)
        for (int64_t t = 0; t < r.n_tracks; t++) {
            int there = 0;
            for (int64_t e = r.starts[p]; e < r.starts[p + 1]; e++)
                there |= r.tracks[e] == t;
            double s = 0;
            for (int j = 0; j < 3; j++)
                s += (double)playlists[p * 3 + j] * (double)tracks[t * 3 + j];
            want += (there ? 3 : 1) * (there - s) * (there - s);
        }
    for (int64_t i = 0; i < r.n_playlists * 3; i++)
        want += (double)0.3f * (double)playlists[i] * (double)playlists[i];
    for (int64_t i = 0; i < r.n_tracks * 3; i++)
        want += (double)0.3f * (double)tracks[i] * (double)tracks[i];
    assert_true(fabs(als_objective(&r, &settings, playlists, tracks) - want) < 1e-6 * want);
    free(playlists), free(tracks);
    als_factors_free(&f);
    generated_free(&r);
}

static void threads_do_not_change_the_result(void **state)
{
    (void)state;
    struct interactions r = generate(14, 900, 700);
    struct compute other;
    must(compute_open(DEVICE_CPU, 5, &other, &error));
    for (int weighted = 0; weighted < 2; weighted++) {
        const struct als_settings settings = {
            .factors = 33, .iterations = 3, .regularization = 1, .alpha = weighted ? 2.0f : 0.0f, .seed = 9};
        struct als_factors one, two;
        must(als_fit(&compute, &r, &settings, NULL, &one, &error));
        must(als_fit(&other, &r, &settings, NULL, &two, &error));
        float *tracks = on_host(one.tracks, one.n_tracks, one.d), *same = on_host(two.tracks, two.n_tracks, two.d);
        assert_memory_equal(tracks, same, (size_t)(one.n_tracks * one.d) * sizeof(float));
        free(tracks), free(same);
        als_factors_free(&one);
        als_factors_free(&two);
    }
    compute_close(&other);
    generated_free(&r);
}

static bool stop_at_once(struct progress *progress)
{
    (void)progress;
    return true;
}

static void stops_when_asked(void **state)
{
    (void)state;
    struct interactions r = generate(15, 20, 30);
    struct progress progress = {.cancelled = stop_at_once};
    const struct als_settings settings = {.factors = 4, .iterations = 4, .regularization = 1, .seed = 1};
    struct als_factors factors;
    struct error error = {0};
    assert_int_equal(als_fit(&compute, &r, &settings, &progress, &factors, &error), STATUS_INTERRUPTED);
    assert_null(factors.tracks);
    generated_free(&r);
}

/* Four groups of playlists that contain all tracks of their group: singular values sqrt(playlists x tracks). */
static void survivors_are_counted(void **state)
{
    (void)state;
    const int64_t lists[4] = {40, 20, 10, 4}, length = 10; /* singular values 20, 14.1, 10, 6.3 */
    int64_t starts[75] = {0};
    int32_t tracks[740];
    int64_t p = 0;
    for (int32_t g = 0; g < 4; g++)
        for (int64_t i = 0; i < lists[g]; i++, p++) {
            starts[p + 1] = starts[p] + length;
            for (int32_t t = 0; t < length; t++)
                tracks[starts[p] + t] = g * (int32_t)length + t;
        }
    const struct interactions r = {.n_tracks = 41, .n_playlists = 74, .starts = starts, .tracks = tracks};
    const float lambdas[] = {5, 8, 12, 15, 30};
    const int64_t want[] = {4, 3, 2, 1, 0};
    for (int i = 0; i < 5; i++) {
        const struct als_settings settings = {.factors = 8, .iterations = 40, .regularization = lambdas[i], .seed = 3};
        struct als_factors factors;
        int64_t survivors = -1;
        must(als_fit(&compute, &r, &settings, NULL, &factors, &error));
        must(als_effective_rank(&r, &settings, &factors, &survivors, &error));
        assert_int_equal(survivors, want[i]);
        als_factors_free(&factors);
    }
}

/* A = B D Bᵀ has the signs of D whatever B is; with fewer columns than rows it has that rank. */
static void signs_of_eigenvalues_are_counted(void **state)
{
    (void)state;
    enum { MOST = 23 };
    struct random random;
    random_seed(&random, 6);
    for (int d = 0; d <= MOST; d++)
        for (int positive = 0; positive <= d; positive++) {
            double room[MOST], b[MOST * MOST], a[MOST * MOST] = {0}, square[MOST * MOST] = {0};
            for (int i = 0; i < d * d; i++)
                b[i] = random_normal(&random);
            for (int i = 0; i < d; i++)
                for (int j = 0; j < d; j++)
                    for (int p = 0; p < d; p++) {
                        a[i * d + j] += (p < positive ? 3 : -0.5) * b[i * d + p] * b[j * d + p];
                        square[i * d + j] += (p < positive ? 1 : 0) * b[i * d + p] * b[j * d + p];
                    }
            int64_t pivots[MOST];
            bool met[MOST] = {false};
            assert_int_equal(count_positive_eigenvalues(d, a, room), positive);
            assert_int_equal(eigenvalues_above(d, square, 1e-12, pivots), positive);
            for (int i = 0; i < d; i++)
                met[pivots[i]] = true;
            for (int i = 0; i < d; i++)
                assert_true(met[i]);
        }
    double room[3], diagonal[3 * 3] = {2, 0, 0, 0, -1, 0, 0, 0, 0}, ones[2 * 2] = {1, 1, 1, 1};
    assert_int_equal(count_positive_eigenvalues(3, diagonal, room), 1);
    assert_int_equal(count_positive_eigenvalues(2, ones, room), 1);
}

static const void *out_of_reach(const struct compute_buffer *buffer)
{
    (void)buffer;
    return NULL;
}

struct visit {
    const float *wanted;
    int64_t columns, next;
};

static void visit(void *context, int64_t first, int64_t count, float *rows)
{
    struct visit *visit = context;
    assert_int_equal(first, visit->next);
    assert_memory_equal(rows, visit->wanted + first * visit->columns, (size_t)(count * visit->columns) * sizeof *rows);
    for (int64_t i = 0; i < count * visit->columns; i++)
        rows[i]++;
    visit->next += count;
}

/* Device buffers are written to files, and changed, in parts through host memory. */
static void a_buffer_is_passed_on_in_parts(void **state)
{
    (void)state;
    enum { ROWS = 300001, COLUMNS = 7 };
    struct compute_ops ops = *compute.ops;
    struct compute other = compute;
    other.ops = &ops;
    size_t bytes = (size_t)ROWS * COLUMNS * sizeof(float);
    float *values = malloc(bytes), *after = malloc(bytes);
    for (int64_t i = 0; i < (int64_t)ROWS * COLUMNS; i++)
        values[i] = (float)i / 8;
    struct compute_buffer *buffer = NULL;
    must(ops.buffer_create(compute.device, bytes, &buffer, &error));
    must(ops.buffer_write(compute.stream, buffer, 0, values, bytes, &error));
    for (int reachable = 0; reachable < 2; reachable++) {
        struct device_reader parts = {.compute = &other, .buffer = buffer, .size = bytes};
        size_t count = 0;
        ops.buffer_host = reachable ? compute.ops->buffer_host : out_of_reach;
        for (size_t at = 0, size; at < bytes; at += size, count++) {
            const void *part;
            must(device_reader_next(&parts, at, &part, &size, &error));
            assert_true(size > 0 && size <= bytes - at);
            assert_memory_equal(part, (const char *)values + at, size);
        }
        assert_true(reachable ? count == 1 : count > 1);
        device_reader_free(&parts);
    }
    struct visit seen = {.wanted = values, .columns = COLUMNS};
    must(device_rows_visit(&compute, buffer, ROWS, COLUMNS, false, visit, &seen, &error));
    assert_int_equal(seen.next, ROWS);
    seen.next = 0; /* nothing was written */
    must(device_rows_visit(&compute, buffer, ROWS, COLUMNS, true, visit, &seen, &error));
    must(ops.buffer_read(compute.stream, buffer, 0, after, bytes, &error));
    for (int64_t i = 0; i < (int64_t)ROWS * COLUMNS; i++)
        assert_true(after[i] == values[i] + 1);
    ops.buffer_destroy(buffer);
    free(values);
    free(after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_confidence_equals_dense_float64),
        cmocka_unit_test(weighted_equals_dense_float64),
        cmocka_unit_test(objective_never_rises),
        cmocka_unit_test(objective_is_the_sum_over_all_pairs),
        cmocka_unit_test(threads_do_not_change_the_result),
        cmocka_unit_test(stops_when_asked),
        cmocka_unit_test(survivors_are_counted),
        cmocka_unit_test(signs_of_eigenvalues_are_counted),
        cmocka_unit_test(a_buffer_is_passed_on_in_parts),
    };
    return cmocka_run_group_tests_name("als", tests, open_all, close_all);
}
