#include "oracle.h"

/* Score-and-select and nearest rows against a full sort in float64. */

struct scored {
    double score;
    int64_t row;
};

static int by_score_then_row(const void *left, const void *right)
{
    const struct scored *a = left, *b = right;
    if (a->score != b->score)
        return a->score < b->score ? 1 : -1;
    return (a->row > b->row) - (a->row < b->row);
}

static struct compute_slice empty(void)
{
    return (struct compute_slice){0};
}

/* Small integers: float32 sums are exact, there are many ties, and the order must equal the reference's exactly. */
static void top_k_case(int64_t n_queries, int64_t n_items, int64_t d, int64_t k, int excluding)
{
    struct random random;
    random_seed(&random, (uint64_t)(n_queries * 131 + n_items * 7 + d + k));
    float *queries = malloc((size_t)(n_queries * d) * 4), *items = malloc((size_t)(n_items * d + 1) * 4);
    for (int64_t i = 0; i < n_queries * d; i++)
        queries[i] = (float)(int)random_below(&random, 5) - 2;
    for (int64_t i = 0; i < n_items * d; i++)
        items[i] = (float)(int)random_below(&random, 5) - 2;
    int64_t *starts = calloc((size_t)n_queries + 1, sizeof *starts);
    int32_t *excluded = malloc((size_t)(n_queries * n_items + 1) * 4);
    for (int64_t q = 0; q < n_queries; q++) {
        starts[q + 1] = starts[q];
        for (int64_t i = 0; i < n_items && excluding; i++)
            if (random_below(&random, 4) == 0 || q == 2)
                excluded[starts[q + 1]++] = (int32_t)i;
    }
    size_t out_bytes = (size_t)(n_queries * k) * 4;
    struct compute_slice dq = upload(queries, (size_t)(n_queries * d) * 4),
                         di = upload(items, (size_t)(n_items * d) * 4),
                         ds = excluding ? upload(starts, (size_t)(n_queries + 1) * 8) : empty(),
                         de = excluding ? upload(excluded, (size_t)starts[n_queries] * 4) : empty(),
                         ids = upload(NULL, out_bytes), scores = upload(NULL, out_bytes),
                         scratch = upload(NULL, compute.ops->top_k_scratch(compute.device, n_queries, n_items, k));
    must(compute.ops->top_k(compute.stream, n_queries, n_items, d, k, dq, di, ds, de, ids, scores, scratch, &error));
    int32_t *got = malloc(out_bytes);
    float *got_scores = malloc(out_bytes);
    download(ids, got, out_bytes);
    download(scores, got_scores, out_bytes);
    struct scored *all = malloc((size_t)(n_items + 1) * sizeof *all);
    for (int64_t q = 0; q < n_queries; q++) {
        int64_t count = 0, e = starts[q];
        for (int64_t i = 0; i < n_items; i++) {
            if (excluding && e < starts[q + 1] && excluded[e] == i) {
                e++;
                continue;
            }
            double score = 0;
            for (int64_t j = 0; j < d; j++)
                score += (double)queries[q * d + j] * (double)items[i * d + j];
            all[count++] = (struct scored){score, i};
        }
        qsort(all, (size_t)count, sizeof *all, by_score_then_row);
        for (int64_t i = 0; i < k; i++) {
            assert_int_equal(got[q * k + i], i < count ? all[i].row : -1);
            assert_true((double)got_scores[q * k + i] == (i < count ? all[i].score : (double)-INFINITY));
        }
    }
    drop(dq), drop(di), drop(ids), drop(scores), drop(scratch);
    if (excluding)
        drop(ds), drop(de);
    free(queries), free(items), free(starts), free(excluded), free(got), free(got_scores), free(all);
}

static void top_k_cases(void)
{
    const bool slow = getenv("SLEEVE_TEST_MODULE"); /* the emulator */
    const int64_t some = slow ? 397 : 1501, more = slow ? 2003 : 10007;
    for (int excluding = 0; excluding < 2; excluding++) {
        top_k_case(1, 1, 1, 1, excluding);
        top_k_case(1, more, 19, 500, excluding);
        top_k_case(1, more, 128, 1, excluding);
        top_k_case(3, 4099, 33, 77, excluding);
        top_k_case(5, 700, 64, 500, excluding);
        top_k_case(131, some, 37, 10, excluding);
        top_k_case(40, 9, 3, 12, excluding);
        top_k_case(4, 0, 3, 2, excluding);
        top_k_case(1, 80001, 8, 10, excluding); /* enough items for a device to look at a sample first */
    }
    top_k_case(131, some, 37, 1, 0); /* the best one for many queries */
    top_k_case(200, 17, 3, 1, 0);
    top_k_case(70, 3, 400, 1, 0);
    top_k_case(2, 33001, 5, 3, 1);
    top_k_case(40, 20011, 3, 30, 1); /* more scores than a device processes together */
    top_k_case(1, 5003, 8, 2500, 0); /* a long list */
    top_k_case(6, 3001, 3, 2222, 1);
    top_k_case(1, 9001, 5, 9001, 0); /* all items, which are sorted in another way than few */
    top_k_case(2, 20011, 2, 5000, 1);
}

/* Nearly all good items are where a device may look for a sample, which then promises more of them than there are. */
static void top_k_of_a_misleading_sample(void)
{
    enum { N = 100000, D = 4, K = 500, EVERY = 2272 };
    float *items = calloc(N * D, 4), scores[K];
    const float query[D] = {1, 0, 0, 0};
    int32_t ids[K], want[K];
    for (int i = 0; i < N; i++)
        items[i * D] = i % EVERY == 0 ? (float)(2 * N + i) : (float)i;
    for (int i = 0, n = 0; n < K; i++) /* the multiples of EVERY from the last one on, then the last of the others */
        if (i <= (N - 1) / EVERY)
            want[n++] = ((N - 1) / EVERY - i) * EVERY;
        else if ((N - 1 - (i - (N - 1) / EVERY - 1)) % EVERY != 0)
            want[n++] = N - 1 - (i - (N - 1) / EVERY - 1);
    struct compute_slice q = upload(query, sizeof query), di = upload(items, (size_t)N * D * 4),
                         out = upload(NULL, sizeof ids), out_scores = upload(NULL, sizeof scores),
                         scratch = upload(NULL, compute.ops->top_k_scratch(compute.device, 1, N, K));
    must(compute.ops->top_k(compute.stream, 1, N, D, K, q, di, empty(), empty(), out, out_scores, scratch, &error));
    download(out, ids, sizeof ids);
    assert_memory_equal(ids, want, sizeof want);
    drop(q), drop(di), drop(out), drop(out_scores), drop(scratch);
    free(items);
}

static void top_k_needs_no_fair_sample(void **state)
{
    (void)state;
    with_each_instruction_set(top_k_of_a_misleading_sample);
}

static void top_k_equals_a_full_sort(void **state)
{
    (void)state;
    with_each_instruction_set(top_k_cases);
}

static void top_k_of_what_is_no_number(void)
{
    enum { N = 3000, K = 5 };
    float *items = malloc(N * 4);
    for (int i = 0; i < N; i++)
        items[i] = NAN;
    items[17] = 1, items[2999] = 2, items[4] = -INFINITY;
    float one = 1, scores[K];
    int32_t ids[K];
    struct compute_slice q = upload(&one, 4), di = upload(items, N * 4), out = upload(NULL, sizeof ids),
                         out_scores = upload(NULL, sizeof scores),
                         scratch = upload(NULL, compute.ops->top_k_scratch(compute.device, 1, N, K));
    must(compute.ops->top_k(compute.stream, 1, N, 1, K, q, di, empty(), empty(), out, out_scores, scratch, &error));
    download(out, ids, sizeof ids);
    const int32_t want[K] = {2999, 17, -1, -1, -1};
    assert_memory_equal(ids, want, sizeof want);
    drop(q), drop(di), drop(out), drop(out_scores), drop(scratch);
    free(items);
}

static void top_k_never_returns_nan(void **state)
{
    (void)state;
    with_each_instruction_set(top_k_of_what_is_no_number);
}

static void nearest_cases(void)
{
    const int64_t cases[][3] = {{1, 5, 3}, {101, 3, 100}, {517, 67, 10}, {203, 128, 1}};
    for (size_t c = 0; c < 4; c++) {
        int64_t n = cases[c][0], d = cases[c][1], k = cases[c][2];
        struct random random;
        random_seed(&random, 9 + c);
        float *x = malloc((size_t)(n * d) * 4), *distances = malloc((size_t)(n * k) * 4);
        for (int64_t i = 0; i < n * d; i++)
            x[i] = (float)(int)random_below(&random, 4);
        memcpy(x + (n - 1) * d, x, (size_t)d * 4); /* equal rows have distance 0 */
        int32_t *ids = malloc((size_t)(n * k) * 4);
        struct compute_slice dx = upload(x, (size_t)(n * d) * 4), di = upload(NULL, (size_t)(n * k) * 4),
                             dd = upload(NULL, (size_t)(n * k) * 4),
                             scratch = upload(NULL, compute.ops->nearest_scratch(compute.device, n, d, k));
        must(compute.ops->nearest(compute.stream, n, d, k, dx, di, dd, scratch, &error));
        download(di, ids, (size_t)(n * k) * 4);
        download(dd, distances, (size_t)(n * k) * 4);
        struct scored *all = malloc((size_t)n * sizeof *all);
        for (int64_t row = 0; row < n; row++) {
            int64_t count = 0;
            for (int64_t other = 0; other < n; other++) {
                double sum = 0;
                for (int64_t j = 0; j < d; j++)
                    sum += pow((double)x[row * d + j] - (double)x[other * d + j], 2);
                if (other != row)
                    all[count++] = (struct scored){-sum, other};
            }
            qsort(all, (size_t)count, sizeof *all, by_score_then_row);
            for (int64_t i = 0; i < k; i++) {
                assert_int_equal(ids[row * k + i], i < count ? all[i].row : -1);
                assert_true((double)distances[row * k + i] == (i < count ? -all[i].score : (double)INFINITY));
            }
        }
        drop(dx), drop(di), drop(dd), drop(scratch);
        free(x), free(distances), free(ids), free(all);
    }
}

static void between_cases(void)
{
    const int64_t cases[][4] = {{1, 1, 5, 3}, {300, 517, 67, 10}, {3, 5, 2, 9}, {40, 2000, 16, 91}};
    for (size_t c = 0; c < 4; c++) {
        int64_t m = cases[c][0], n = cases[c][1], d = cases[c][2], k = cases[c][3];
        struct random random;
        random_seed(&random, 19 + c);
        float *x = malloc((size_t)((m + n) * d) * 4), *distances = malloc((size_t)(m * k) * 4);
        for (int64_t i = 0; i < (m + n) * d; i++)
            x[i] = (float)(int)random_below(&random, 4);
        int32_t *ids = malloc((size_t)(m * k) * 4);
        struct compute_slice dq = upload(x + n * d, (size_t)(m * d) * 4), dx = upload(x, (size_t)(n * d) * 4),
                             di = upload(NULL, (size_t)(m * k) * 4), dd = upload(NULL, (size_t)(m * k) * 4),
                             scratch = upload(NULL, compute.ops->nearest_between_scratch(compute.device, m, n, d, k));
        must(compute.ops->nearest_between(compute.stream, m, n, d, k, dq, dx, di, dd, scratch, &error));
        download(di, ids, (size_t)(m * k) * 4);
        download(dd, distances, (size_t)(m * k) * 4);
        struct scored *all = malloc((size_t)n * sizeof *all);
        for (int64_t row = 0; row < m; row++) {
            for (int64_t other = 0; other < n; other++) {
                double sum = 0;
                for (int64_t j = 0; j < d; j++)
                    sum += pow((double)x[(n + row) * d + j] - (double)x[other * d + j], 2);
                all[other] = (struct scored){-sum, other};
            }
            qsort(all, (size_t)n, sizeof *all, by_score_then_row);
            for (int64_t i = 0; i < k; i++) {
                assert_int_equal(ids[row * k + i], i < n ? all[i].row : -1);
                assert_true((double)distances[row * k + i] == (i < n ? -all[i].score : (double)INFINITY));
            }
        }
        drop(dq), drop(dx), drop(di), drop(dd), drop(scratch);
        free(x), free(distances), free(ids), free(all);
    }
}

static void nearest_between_equals_a_full_sort(void **state)
{
    (void)state;
    if (compute.ops->nearest_between) /* a device without it uses nearest */
        with_each_instruction_set(between_cases);
}

static void nearest_equals_a_full_sort(void **state)
{
    (void)state;
    with_each_instruction_set(nearest_cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(top_k_equals_a_full_sort),
        cmocka_unit_test(top_k_needs_no_fair_sample),
        cmocka_unit_test(top_k_never_returns_nan),
        cmocka_unit_test(nearest_equals_a_full_sort),
        cmocka_unit_test(nearest_between_equals_a_full_sort),
    };
    return cmocka_run_group_tests_name("compute select", tests, open_compute, close_compute);
}
