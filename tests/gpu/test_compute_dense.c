#include "oracle.h"

/* Dense and sparse linear algebra against float64, at odd sizes. */

static void near(const float *got, const double *want, int64_t count, double tolerance)
{
    for (int64_t i = 0; i < count; i++)
        if (!(fabs((double)got[i] - want[i]) <= tolerance * (1 + fabs(want[i]))))
            fail_msg("element %lld is %.9g and should be %.9g", (long long)i, (double)got[i], want[i]);
}

/* Compares rows 0, stride, 2 stride, ... and the last one with the sums. */
static void gemm_case(struct random *random, int ta, int tb, int64_t m, int64_t n, int64_t k, float alpha, float beta,
                      int64_t stride)
{
    float *a = random_matrix(random, m * k), *b = random_matrix(random, k * n), *c = random_matrix(random, m * n);
    float *got = malloc((size_t)(m * n) * 4);
    double *want = malloc((size_t)n * sizeof *want);
    assert_true(got && want);
    struct compute_slice da = upload(a, (size_t)(m * k) * 4), db = upload(b, (size_t)(k * n) * 4),
                         dc = upload(c, (size_t)(m * n) * 4);
    must(compute.ops->gemm(compute.stream, ta, tb, m, n, k, alpha, da, db, beta, dc, &error));
    download(dc, got, (size_t)(m * n) * 4);
    for (int64_t i = 0; i < m; i++) {
        if (i % stride != 0 && i != m - 1)
            continue;
        for (int64_t j = 0; j < n; j++) {
            double sum = 0;
            for (int64_t p = 0; p < k; p++)
                sum += (double)(ta ? a[p * m + i] : a[i * k + p]) * (double)(tb ? b[j * k + p] : b[p * n + j]);
            want[j] = (double)alpha * sum + (beta == 0 ? 0 : (double)beta * (double)c[i * n + j]);
        }
        near(got + i * n, want, n, 2e-5 * sqrt((double)k));
    }
    drop(da), drop(db), drop(dc);
    free(a), free(b), free(c), free(got), free(want);
}

/* Sizes that do and do not fill tiles, blocks and rounds of the CPU's own product, and sizes left to BLAS. */
static void gemm_cases(void)
{
    struct random random;
    random_seed(&random, 1);
    for (int transposes = 0; transposes < 4; transposes++) {
        int ta = transposes & 1, tb = transposes >> 1;
        gemm_case(&random, ta, tb, 1, 1, 1, 1, 0, 1);
        gemm_case(&random, ta, tb, 7, 13, 5, 0.5f, 2, 1);
        gemm_case(&random, ta, tb, 259, 517, 33, -1, 0.25f, 1);
        gemm_case(&random, ta, tb, 3, 1025, 129, 1, 1, 1);
        gemm_case(&random, ta, tb, 10, 445, 333, 0.5f, 0, 1);
        gemm_case(&random, ta, tb, 47, 131, 517, 1, 2, 1);
        gemm_case(&random, ta, tb, 14, 32, 16, 1, 0, 1);
        gemm_case(&random, ta, tb, 15, 31, 257, 1, 1, 1);
        gemm_case(&random, ta, tb, 701, 129, 530, 2, 0, 37);
        gemm_case(&random, ta, tb, 77, 1401, 300, 1, -0.5f, 13);
        gemm_case(&random, ta, tb, 1290, 1310, 801, 1, 0.5f, 613);
    }
}

static void gemm_equals_float64(void **state)
{
    (void)state;
    with_each_instruction_set(gemm_cases);
}

static void gemm_does_not_depend_on_threads(void **state)
{
    (void)state;
    enum { M = 333, N = 130, K = 700 };
    struct random random;
    random_seed(&random, 9);
    float *a = random_matrix(&random, M * K), *b = random_matrix(&random, K * N);
    static float first[M * N], again[M * N];
    for (int threads = 1; threads <= 4; threads++) {
        struct compute other;
        must(compute_open(DEVICE_CPU, threads, &other, &error));
        struct compute_slice slices[3] = {{0}};
        const size_t bytes[3] = {M * K * 4, K * N * 4, M * N * 4};
        for (int i = 0; i < 3; i++)
            must(other.ops->buffer_create(other.device, bytes[i], &slices[i].buffer, &error));
        must(other.ops->buffer_write(other.stream, slices[0].buffer, 0, a, bytes[0], &error));
        must(other.ops->buffer_write(other.stream, slices[1].buffer, 0, b, bytes[1], &error));
        must(other.ops->gemm(other.stream, 0, 0, M, N, K, 1, slices[0], slices[1], 0, slices[2], &error));
        must(other.ops->buffer_read(other.stream, slices[2].buffer, 0, threads == 1 ? first : again, bytes[2], &error));
        assert_true(threads == 1 || memcmp(first, again, sizeof first) == 0);
        for (int i = 0; i < 3; i++)
            other.ops->buffer_destroy(slices[i].buffer);
        compute_close(&other);
    }
    free(a), free(b);
}

static void gram_and_solve_equal_float64(void **state)
{
    (void)state;
    const int64_t sizes[][2] = {{1, 1}, {5, 3}, {701, 67}, {33, 129}, {1537, 128}};
    struct random random;
    random_seed(&random, 2);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        int64_t n = sizes[s][0], d = sizes[s][1];
        float *y = random_matrix(&random, n * d), *g = malloc((size_t)(d * d) * 4);
        double *want = calloc((size_t)(d * d), sizeof *want);
        for (int64_t i = 0; i < d; i++)
            for (int64_t j = 0; j < d; j++) {
                for (int64_t r = 0; r < n; r++)
                    want[i * d + j] += (double)y[r * d + i] * (double)y[r * d + j];
                want[i * d + j] += i == j ? 3 : 0;
            }
        struct compute_slice dy = upload(y, (size_t)(n * d) * 4), dg = upload(NULL, (size_t)(d * d) * 4);
        must(compute.ops->gram(compute.stream, n, d, dy, 3, dg, &error));
        download(dg, g, (size_t)(d * d) * 4);
        near(g, want, d * d, 1e-4);

        /* L Lᵀ equals G, and X (L Lᵀ)⁻¹ G equals X. */
        must(compute.ops->cholesky(compute.stream, d, dg, &error));
        float *l = malloc((size_t)(d * d) * 4), *x = malloc((size_t)(n * d) * 4);
        download(dg, l, (size_t)(d * d) * 4);
        for (int64_t i = 0; i < d; i++)
            for (int64_t j = 0; j < d; j++) {
                double sum = 0;
                for (int64_t p = 0; p < d; p++)
                    sum += (double)l[i * d + p] * (double)l[j * d + p];
                assert_true(j <= i || l[i * d + j] == 0);
                assert_true(fabs(sum - want[i * d + j]) <= 1e-3 * (1 + fabs(want[i * d + j])));
            }
        must(compute.ops->cholesky_solve(compute.stream, n, d, dg, dy, &error));
        download(dy, x, (size_t)(n * d) * 4);
        for (int64_t r = 0; r < n; r++)
            for (int64_t j = 0; j < d; j++) {
                double sum = 0;
                for (int64_t p = 0; p < d; p++)
                    sum += (double)x[r * d + p] * want[p * d + j];
                assert_true(fabs(sum - (double)y[r * d + j]) < 1e-3);
            }
        drop(dy), drop(dg);
        free(y), free(g), free(want), free(l), free(x);
    }
}

/* The CPU reports the fault immediately; other devices at the next wait, which clears it. */
static void refused_as_no_factor(struct compute_slice g)
{
    struct error refusal = {0};
    enum status status = compute.ops->cholesky(compute.stream, 2, g, &refusal);
    if (status == STATUS_OK && !test_device_is_cpu())
        status = compute.ops->stream_synchronise(compute.stream, &refusal);
    assert_int_equal(status, STATUS_FAILED);
    assert_non_null(strstr(refusal.text, "not positive definite"));
    must(compute.ops->stream_synchronise(compute.stream, &error));
}

static void cholesky_refuses_what_has_no_factor(void **state)
{
    (void)state;
    const float indefinite[4] = {1, 2, 2, 1}, broken[4] = {1, 0, 0, NAN};
    struct compute_slice g = upload(indefinite, sizeof indefinite);
    refused_as_no_factor(g);
    must(compute.ops->buffer_write(compute.stream, g.buffer, 0, broken, sizeof broken, &error));
    refused_as_no_factor(g);
    drop(g);
}

struct csr {
    int64_t starts[64];
    int32_t columns[2048];
    float values[2048];
};

/* Rows of 0 to 2 * 31 entries of 41 columns, repeated columns included. */
static void random_csr(struct random *random, int64_t n_rows, struct csr *csr)
{
    csr->starts[0] = 0;
    for (int64_t row = 0; row < n_rows; row++) {
        int64_t count = row == 3 ? 0 : (int64_t)random_below(random, 31);
        csr->starts[row + 1] = csr->starts[row] + count;
        for (int64_t e = csr->starts[row]; e < csr->starts[row + 1]; e++) {
            csr->columns[e] = (int32_t)random_below(random, 41);
            csr->values[e] = (float)random_uniform(random);
        }
    }
}

static void sparse_gemm_cases(void)
{
    enum { ROWS = 37, COLUMNS = 41 };
    const int64_t widths[] = {1, 17, 128};
    struct random random;
    random_seed(&random, 3);
    for (int weighted = 0; weighted < 2; weighted++)
        for (size_t w = 0; w < 3; w++) {
            int64_t d = widths[w];
            struct csr csr;
            random_csr(&random, ROWS, &csr);
            float *b = random_matrix(&random, COLUMNS * d), *c = malloc((size_t)(ROWS * d) * 4);
            double *want = calloc((size_t)(ROWS * d), sizeof *want);
            for (int64_t row = 0; row < ROWS; row++)
                for (int64_t e = csr.starts[row]; e < csr.starts[row + 1]; e++)
                    for (int64_t j = 0; j < d; j++)
                        want[row * d + j] +=
                            (weighted ? (double)csr.values[e] : 1.0) * (double)b[csr.columns[e] * d + j];
            struct compute_slice starts = upload(csr.starts, sizeof csr.starts),
                                 columns = upload(csr.columns, sizeof csr.columns),
                                 values = weighted ? upload(csr.values, sizeof csr.values) : (struct compute_slice){0},
                                 db = upload(b, (size_t)(COLUMNS * d) * 4), dc = upload(NULL, (size_t)(ROWS * d) * 4);
            must(compute.ops->sparse_gemm(compute.stream, ROWS, d, starts, columns, values, db, dc, &error));
            download(dc, c, (size_t)(ROWS * d) * 4);
            near(c, want, ROWS * d, 1e-5);
            drop(starts), drop(columns), drop(db), drop(dc);
            if (weighted)
                drop(values);
            free(b), free(c), free(want);
        }
}

static void sparse_gemm_equals_float64(void **state)
{
    (void)state;
    with_each_instruction_set(sparse_gemm_cases);
}

/* Solves A x = b in place by Gaussian elimination with pivoting. */
static void solve_float64(int64_t d, double *a, double *b)
{
    for (int64_t i = 0; i < d; i++) {
        int64_t pivot = i;
        for (int64_t r = i + 1; r < d; r++)
            if (fabs(a[r * d + i]) > fabs(a[pivot * d + i]))
                pivot = r;
        for (int64_t j = 0; j < d; j++) {
            double swapped = a[i * d + j];
            a[i * d + j] = a[pivot * d + j];
            a[pivot * d + j] = swapped;
        }
        double swapped = b[i];
        b[i] = b[pivot];
        b[pivot] = swapped;
        for (int64_t r = 0; r < d; r++)
            if (r != i) {
                double factor = a[r * d + i] / a[i * d + i];
                for (int64_t j = i; j < d; j++)
                    a[r * d + j] -= factor * a[i * d + j];
                b[r] -= factor * b[i];
            }
    }
    for (int64_t i = 0; i < d; i++)
        b[i] /= a[i * d + i];
}

static void als_weighted_case(int64_t n_rows, int64_t d, int weighted, bool prepared)
{
    enum { COLUMNS = 41 };
    const int64_t n_y = prepared ? COLUMNS : 0;
    const float alpha = 7.5f, ridge = 0.75f;
    struct random random;
    random_seed(&random, (uint64_t)(4 + d));
    struct csr csr;
    random_csr(&random, n_rows, &csr);
    size_t factors = (size_t)(n_rows * d) * 4;
    float *y = random_matrix(&random, COLUMNS * d), *x = malloc(factors);
    double *a = malloc((size_t)(d * d) * sizeof *a), *b = malloc((size_t)d * sizeof *b);
    assert_true(x && a && b);
    struct compute_slice starts = upload(csr.starts, sizeof csr.starts),
                         columns = upload(csr.columns, sizeof csr.columns),
                         values = weighted ? upload(csr.values, sizeof csr.values) : (struct compute_slice){0},
                         dy = upload(y, (size_t)(COLUMNS * d) * 4), g = upload(NULL, (size_t)(d * d) * 4),
                         dx = upload(NULL, factors),
                         scratch = upload(NULL, compute.ops->als_weighted_scratch(compute.device, d, n_y));
    must(compute.ops->gram(compute.stream, COLUMNS, d, dy, ridge, g, &error));
    must(compute.ops->als_weighted(compute.stream, n_rows, d, n_y, alpha, starts, columns, values, dy, g, dx, scratch,
                                   &error));
    download(dx, x, factors);
    for (int64_t row = 0; row < n_rows; row++) {
        for (int64_t i = 0; i < d; i++) {
            b[i] = 0;
            for (int64_t j = 0; j < d; j++) {
                a[i * d + j] = i == j ? (double)ridge : 0;
                for (int64_t c = 0; c < COLUMNS; c++)
                    a[i * d + j] += (double)y[c * d + i] * (double)y[c * d + j];
            }
        }
        for (int64_t e = csr.starts[row]; e < csr.starts[row + 1]; e++) {
            double extra = (double)alpha * (weighted ? (double)csr.values[e] : 1.0);
            const float *v = y + csr.columns[e] * d;
            for (int64_t i = 0; i < d; i++) {
                b[i] += (1 + extra) * (double)v[i];
                for (int64_t j = 0; j < d; j++)
                    a[i * d + j] += extra * (double)v[i] * (double)v[j];
            }
        }
        solve_float64(d, a, b);
        near(x + row * d, b, d, 1e-4);
    }
    drop(starts), drop(columns), drop(dy), drop(g), drop(dx), drop(scratch);
    if (weighted)
        drop(values);
    free(y), free(x), free(a), free(b);
}

static void als_weighted_equals_float64(void **state)
{
    (void)state;
    for (int weighted = 0; weighted < 2; weighted++)
        for (int prepared = 0; prepared < 2; prepared++) {
            als_weighted_case(37, 19, weighted, prepared);
            als_weighted_case(1, 1, weighted, prepared);
            als_weighted_case(5, 131, weighted, prepared);
        }
    als_weighted_case(5, 203, 1, false);
    als_weighted_case(5, 203, 1, true);
}

static void long_sparse_rows_are_summed_whole(void **state)
{
    (void)state;
    /* A device may sum chunks of 2,048 entries: rows that begin and end at their borders, and two in one chunk. */
    enum { ROWS = 8, ENTRIES = 20000, D = 131, COLUMNS = 17 };
    int64_t starts[ROWS + 1] = {0, 2, 6144, 6144, 8192, 10241, 14337, 14338, ENTRIES};
    static int32_t columns[ENTRIES];
    float *b = malloc(COLUMNS * D * 4), *c = malloc(ROWS * D * 4);
    double want[ROWS * D] = {0};
    for (int i = 0; i < COLUMNS * D; i++)
        b[i] = (float)(i % 7 - 3); /* integers: the sums are exact */
    for (int e = 0, row = 0; e < ENTRIES; e++) {
        while (e == starts[row + 1])
            row++;
        columns[e] = (int32_t)(e * e % COLUMNS);
        for (int j = 0; j < D; j++)
            want[row * D + j] += (double)b[columns[e] * D + j];
    }
    struct compute_slice none = {0}, ds = upload(starts, sizeof starts), de = upload(columns, sizeof columns),
                         db = upload(b, COLUMNS * D * 4), dc = upload(NULL, ROWS * D * 4);
    must(compute.ops->sparse_gemm(compute.stream, ROWS, D, ds, de, none, db, dc, &error));
    download(dc, c, ROWS * D * 4);
    near(c, want, ROWS * D, 0);
    if (!test_device_is_cpu()) { /* out-of-range ids are skipped and reported; the CPU trusts its caller */
        struct error refusal = {0};
        columns[0] = COLUMNS;
        must(compute.ops->buffer_write(compute.stream, de.buffer, 0, columns, 4, &error));
        must(compute.ops->sparse_gemm(compute.stream, ROWS, D, ds, de, none, db, dc, &error));
        assert_int_equal(compute.ops->stream_synchronise(compute.stream, &refusal), STATUS_FAILED);
        assert_non_null(strstr(refusal.text, "out of range"));
        starts[ROWS] = ENTRIES + 1;
        must(compute.ops->buffer_write(compute.stream, de.buffer, 0, &(int32_t){0}, 4, &error));
        must(compute.ops->buffer_write(compute.stream, ds.buffer, 0, starts, sizeof starts, &error));
        must(compute.ops->sparse_gemm(compute.stream, ROWS, D, ds, de, none, db, dc, &error));
        assert_int_equal(compute.ops->stream_synchronise(compute.stream, &refusal), STATUS_FAILED);
    }
    drop(ds), drop(de), drop(db), drop(dc);
    free(b), free(c);
}

static void sizes_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    struct compute_slice small = upload(NULL, 16), four = {small.buffer, 4};
    struct error error = {0};
    const struct compute_ops *ops = compute.ops;
    assert_int_equal(ops->gram(compute.stream, 2, 3, small, 0, small, &error), STATUS_FAILED);
    assert_int_equal(ops->gemm(compute.stream, 0, 0, 2, 2, 2, 1, small, four, 0, small, &error), STATUS_FAILED);
    assert_int_equal(ops->gemm(compute.stream, 0, 0, -1, 2, 2, 1, small, small, 0, small, &error), STATUS_FAILED);
    assert_int_equal(ops->buffer_write(compute.stream, small.buffer, 12, "12345", 5, &error), STATUS_FAILED);
    char bytes[8];
    assert_int_equal(ops->buffer_read(compute.stream, small.buffer, SIZE_MAX, bytes, 8, &error), STATUS_FAILED);
    drop(small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gemm_equals_float64),          cmocka_unit_test(gemm_does_not_depend_on_threads),
        cmocka_unit_test(gram_and_solve_equal_float64), cmocka_unit_test(cholesky_refuses_what_has_no_factor),
        cmocka_unit_test(sparse_gemm_equals_float64),   cmocka_unit_test(long_sparse_rows_are_summed_whole),
        cmocka_unit_test(als_weighted_equals_float64),  cmocka_unit_test(sizes_that_do_not_fit_are_refused),
    };
    return cmocka_run_group_tests_name("compute dense", tests, open_compute, close_compute);
}
