#include "oracle.h"

#include <float.h>

#include "core/pool.h"
#include "gpu/index_layout.h"

/* Indexed search against a full sort of the scores of every row, on adversarial items: the result must be the same row
 * for row, and bit-identical on every device and instruction set and with any number of threads. An index has the same
 * bytes on every device. */

enum shape {
    DIRECTIONS, /* Gaussian, equal lengths */
    WHOLE,      /* small integers: many ties */
    SCALES,     /* lengths from 1e-30 to 1e30 */
    COPIES,     /* few distinct rows */
    EMPTY,      /* every second row and query is zero */
    DENORMAL,   /* values of 1e-40 */
    OVERFLOW,   /* scores that overflow float32 */
    SPIKES,     /* one component a million times the others, and zero in queries */
    OFFSET,     /* a large common part */
    BIASED,     /* a dominant last column */
    NO_NUMBERS, /* some rows with NaN or infinity */
    TIGHT,      /* byte rounding lowers the first rows and raises the others by the maximum */
    LOPSIDED,   /* the same for the query's bytes */
    SHAPES
};

static float draw(struct random *random, enum shape shape, int64_t row, int64_t column, int64_t d)
{
    float normal = (float)random_normal(random);
    switch (shape) {
    case WHOLE:
        return (float)(int)random_below(random, 5) - 2;
    case SCALES:
        return normal * powf(10, (float)(row * 7919 % 61) - 30);
    case EMPTY:
        return row % 2 ? 0 : normal;
    case DENORMAL:
        return normal * 1e-40f;
    case OVERFLOW:
        return row % 3 ? normal : normal > 0 ? 3e38f : -3e38f;
    case SPIKES:
        return column == row % 3 % d ? 1e6f * normal : normal;
    case OFFSET:
        return 100 + 0.01f * normal;
    case BIASED:
        return column + 1 == d ? 0.6f + 0.2f * normal : 0.03f * normal;
    case NO_NUMBERS:
        return row % 11 || column != row % d ? normal : row % 2 ? NAN : INFINITY;
    case TIGHT:
        if (row % 5 < 3) /* so that the median, which is subtracted from all, is 0 */
            return 0;
        return column == 0 ? 127 : (float)(int)random_below(random, 5) - (row < 500 ? 1.49f : 1.51f);
    case LOPSIDED:
        if (row % 5 < 3)
            return 0;
        return 0.001f * normal + (row >= 500 ? 1 - 0.05f * (float)(column == 0) : column == 0 ? 1.0f : -1.0f);
    default:
        return normal;
    }
}

static float *make_items(struct random *random, enum shape shape, int64_t n, int64_t d)
{
    float *items = random_matrix(random, n * d);
    for (int64_t i = 0; i < n; i++) {
        double square = 0;
        for (int64_t j = 0; j < d; j++) {
            items[i * d + j] = draw(random, shape, i, j, d);
            square += (double)items[i * d + j] * (double)items[i * d + j];
        }
        for (int64_t j = 0; j < d && shape == DIRECTIONS; j++)
            items[i * d + j] = (float)((double)items[i * d + j] / sqrt(square));
        if (shape == COPIES && i >= 5)
            memcpy(items + i * d, items + i * i % 5 * d, (size_t)d * sizeof *items);
    }
    return items;
}

static float *make_queries(struct random *random, enum shape shape, int64_t n, int64_t d)
{
    float *queries = random_matrix(random, n * d);
    for (int64_t q = 0; q < n; q++)
        for (int64_t j = 0; j < d; j++) {
            float *value = &queries[q * d + j];
            if (shape == WHOLE)
                *value = (float)(int)random_below(random, 5) - 2;
            else if (shape == SCALES)
                *value *= powf(10, (float)(q % 3) * 4 - 4);
            else if ((shape == EMPTY && q % 2) || (shape == SPIKES && j < 3 && d > 3))
                *value = 0;
            else if (shape == DENORMAL && q % 2)
                *value *= 1e-42f;
            else if (shape == OVERFLOW && q % 2)
                *value *= 1e30f;
            else if (shape == LOPSIDED)
                *value = j == 0 ? 127 : 0.49f;
            else if (shape == TIGHT || (shape == BIASED && j + 1 == d))
                *value = 1;
        }
    return queries;
}

struct scored {
    float score;
    int32_t row;
};

static int by_score_then_row(const void *left, const void *right)
{
    const struct scored *a = left, *b = right;
    if (a->score != b->score)
        return a->score < b->score ? 1 : -1;
    return (a->row > b->row) - (a->row < b->row);
}

struct search {
    int64_t n_queries, n_items, d, k;
    float *queries, *items;
    int64_t *starts; /* NULL: nothing is excluded */
    int32_t *excluded;
    int32_t *want; /* [n_queries x k] */
    float *want_scores;
};

static void expect(struct search *search)
{
    int64_t n = search->n_items, d = search->d, k = search->k;
    struct scored *all = malloc((size_t)(n + 1) * sizeof *all);
    for (int64_t q = 0; q < search->n_queries; q++) {
        int64_t count = 0, e = search->starts ? search->starts[q] : 0;
        for (int64_t i = 0; i < n; i++) {
            if (search->starts && e < search->starts[q + 1] && search->excluded[e] == i) {
                e++;
                continue;
            }
            double sum = 0;
            for (int64_t j = 0; j < d; j++)
                sum += (double)search->queries[q * d + j] * (double)search->items[i * d + j];
            if ((float)sum > -INFINITY)
                all[count++] = (struct scored){(float)sum + 0.0f, (int32_t)i}; /* 0, never -0 */
        }
        qsort(all, (size_t)count, sizeof *all, by_score_then_row);
        for (int64_t i = 0; i < k; i++) {
            search->want[q * k + i] = i < count ? all[i].row : -1;
            search->want_scores[q * k + i] = i < count ? all[i].score : -INFINITY;
        }
    }
    free(all);
}

static void make_search(struct search *search, enum shape shape, int64_t n_queries, int64_t n_items, int64_t d,
                        int64_t k, int excluding)
{
    struct random random;
    random_seed(&random, (uint64_t)(n_queries * 131 + n_items * 7 + d + k + (int)shape));
    *search = (struct search){.n_queries = n_queries, .n_items = n_items, .d = d, .k = k};
    search->items = make_items(&random, shape, n_items, d);
    search->queries = make_queries(&random, shape, n_queries, d);
    search->want = malloc((size_t)(n_queries * k + 1) * sizeof *search->want);
    search->want_scores = malloc((size_t)(n_queries * k + 1) * sizeof *search->want_scores);
    if (excluding) {
        search->starts = calloc((size_t)n_queries + 1, sizeof *search->starts);
        search->excluded = malloc((size_t)(n_queries * n_items + 1) * sizeof *search->excluded);
        for (int64_t q = 0; q < n_queries; q++) {
            search->starts[q + 1] = search->starts[q];
            for (int64_t i = 0; i < n_items; i++)
                if (random_below(&random, 4) == 0 || q == 2)
                    search->excluded[search->starts[q + 1]++] = (int32_t)i;
        }
    }
    expect(search);
}

static void free_search(struct search *search)
{
    free(search->queries), free(search->items), free(search->starts), free(search->excluded);
    free(search->want), free(search->want_scores);
}

/* Reads the index that the open device has made of the items. */
static unsigned char *read_index(const float *host, int64_t n, int64_t d)
{
    const struct compute_ops *ops = compute.ops;
    const size_t bytes = ops->index_bytes(compute.device, n, d);
    struct compute_slice items = upload(host, (size_t)(n * d) * 4), index = upload(NULL, bytes),
                         building = upload(NULL, ops->index_scratch(compute.device, n, d));
    unsigned char *got = malloc(bytes);
    memset(got, 0xff, bytes);
    must(ops->buffer_write(compute.stream, index.buffer, 0, got, bytes, &error));
    must(ops->index_build(compute.stream, n, d, items, index, building, &error));
    download(index, got, bytes);
    drop(items), drop(index), drop(building);
    return got;
}

/* Searches on the open device and compares; the device also builds the index. */
static void search_and_compare(const struct search *search)
{
    int64_t n_queries = search->n_queries, n = search->n_items, d = search->d, k = search->k;
    size_t out = (size_t)(n_queries * k) * 4;
    const struct compute_ops *ops = compute.ops;
    struct compute_slice none = {0}, queries = upload(search->queries, (size_t)(n_queries * d) * 4),
                         items = upload(search->items, (size_t)(n * d) * 4),
                         starts = search->starts ? upload(search->starts, (size_t)(n_queries + 1) * 8) : none,
                         excluded =
                             search->starts ? upload(search->excluded, (size_t)search->starts[n_queries] * 4) : none,
                         ids = upload(NULL, out), scores = upload(NULL, out),
                         index = upload(NULL, ops->index_bytes(compute.device, n, d)),
                         building = upload(NULL, ops->index_scratch(compute.device, n, d)),
                         scratch = upload(NULL, ops->top_k_indexed_scratch(compute.device, n_queries, n, d, k));
    must(ops->index_build(compute.stream, n, d, items, index, building, &error));
    int32_t *got = malloc(out + 1);
    float *got_scores = malloc(out + 1);
    must(ops->top_k_indexed(compute.stream, n_queries, n, d, k, queries, items, index, none, starts, excluded, ids,
                            scores, scratch, &error));
    download(ids, got, out);
    download(scores, got_scores, out);
    for (int64_t i = 0; i < n_queries * k; i++)
        if (got[i] != search->want[i] || memcmp(&got_scores[i], &search->want_scores[i], 4) != 0)
            fail_msg("%lld queries of %lld rows of %lld, the best %lld: query %lld has row %d (%.9g) at %lld, not %d "
                     "(%.9g)",
                     (long long)n_queries, (long long)n, (long long)d, (long long)k, (long long)(i / k), got[i],
                     (double)got_scores[i], (long long)(i % k), search->want[i], (double)search->want_scores[i]);
    drop(queries), drop(items), drop(ids), drop(scores), drop(index), drop(building), drop(scratch);
    if (search->starts)
        drop(starts), drop(excluded);
    free(got), free(got_scores);
}

static const struct search *asked;

static void search_with_each_product(void)
{
    if (!test_device_is_cpu()) {
        search_and_compare(asked);
        return;
    }
    enum cpu_bytes best = compute.device->bytes;
    for (int bytes = CPU_BYTES_PORTABLE; bytes <= (int)best; bytes++) {
        compute.device->bytes = (enum cpu_bytes)bytes;
        search_and_compare(asked);
    }
    compute.device->bytes = best;
}

static void check(enum shape shape, int64_t n_queries, int64_t n_items, int64_t d, int64_t k, int excluding)
{
    struct search search;
    make_search(&search, shape, n_queries, n_items, d, k, excluding);
    asked = &search;
    with_each_instruction_set(search_with_each_product);
    free_search(&search);
}

/* The emulator, which is slow, has fewer of them: queries, or rows and results. */
static int64_t most(int64_t many, int64_t in_emulator)
{
    return getenv("SLEEVE_TEST_MODULE") && many > in_emulator ? in_emulator : many;
}

static void every_shape_is_answered_as_by_a_full_sort(void **state)
{
    (void)state;
    for (int shape = 0; shape < SHAPES; shape++) {
        check((enum shape)shape, 1, most(3001, 450), 33, most(20, 3), 0);
        check((enum shape)shape, most(5, 2), most(1500, 150), 68, most(100, 20), 1);
    }
}

static void every_size_is_answered_as_by_a_full_sort(void **state)
{
    (void)state;
    for (int excluding = 0; excluding < 2; excluding++) {
        check(WHOLE, 1, 1, 1, 1, excluding);
        check(DIRECTIONS, 3, 15, 3, 40, excluding);
        check(DIRECTIONS, 4, 64, 4, 64, excluding);
        check(DIRECTIONS, most(17, 2), 65, 5, 3, excluding);
        check(DIRECTIONS, 1, most(4000, 200), 193, 7, excluding);
        check(DIRECTIONS, most(100, 2), most(700, 200), 64, 12, excluding); /* separate tiles per thread */
        check(BIASED, most(131, 2), most(900, 150), 129, 30, excluding);
        check(WHOLE, 2, most(1000, 200), 16, most(1000, 200), excluding);
    }
    check(DIRECTIONS, 1, 2200, 4, 2100, 0); /* CUDA: two passes over the scores */
    check(SCALES, 1, 16500, 1, 3, 0);       /* CUDA: chunks of two runs in the emulator, of which most are skipped */
    if (getenv("SLEEVE_TEST_DEVICE")) {     /* a GPU is fast, the sort that it is compared with is not */
        check(DIRECTIONS, 2, 300000, 64, 500, 1);
        check(BIASED, 1, 2262292, 4, 500, 0);
    }
}

/* Fewer results, so that a threshold above the last of them would show. */
static void few_results_are_answered_as_by_a_full_sort(void **state)
{
    (void)state;
    check(DIRECTIONS, 1, 1501, 33, 2, 0);
    check(TIGHT, 1, 3001, 33, 7, 0);
    check(LOPSIDED, 1, 3001, 33, 2, 0);
}

/* What is excluded are the best rows, which reach every threshold. */
static void the_best_rows_can_be_excluded(void **state)
{
    (void)state;
    enum { BEST = 12 };
    struct search search;
    make_search(&search, DIRECTIONS, 1, 3001, 24, BEST, 0);
    search.starts = calloc(2, sizeof *search.starts);
    search.excluded = malloc(BEST * sizeof *search.excluded);
    search.starts[1] = BEST;
    for (int i = 0; i < BEST; i++) {
        int at = i;
        for (; at > 0 && search.excluded[at - 1] > search.want[i]; at--)
            search.excluded[at] = search.excluded[at - 1];
        search.excluded[at] = search.want[i];
    }
    expect(&search);
    asked = &search;
    with_each_instruction_set(search_with_each_product);
    free_search(&search);
}

/* Lists that the bounds cannot shorten must be scored during the scan. */
static void hostile_rows_do_not_overflow_the_lists(void **state)
{
    (void)state;
    check(SPIKES, most(2, 1), most(9000, 700), 20, 2, 0);
    check(COPIES, most(2, 1), most(9000, 2100), 20, 3, 0);
    check(NO_NUMBERS, most(100, 1), most(4000, 500), 6, 1, 0);
    check(OFFSET, 1, most(9000, 700), 8, 1, 1);
}

static void threads_change_nothing(void **state)
{
    (void)state;
    if (!test_device_is_cpu()) /* which alone has threads */
        return;
    struct search search;
    struct pool *pool = compute.pool;
    int threads = compute.device->threads;
    make_search(&search, SCALES, 40, 5000, 31, 25, 1);
    for (int n = 1; n <= 5; n += 2) {
        must(pool_create(n, &compute.device->pool, &error));
        compute.device->threads = n;
        search_and_compare(&search);
        pool_destroy(compute.device->pool);
    }
    compute.device->pool = pool;
    compute.device->threads = threads;
    free_search(&search);
}

/* A query between the last one and another: `share` of the way. */
static void move_query(struct search *search, struct random *random, float share)
{
    for (int64_t j = 0; j < search->d; j++)
        search->queries[j] += share * ((float)random_normal(random) * fabsf(search->queries[0]) - search->queries[j]);
}

/* One query after another with the same memory. With `blind`, the codes are destroyed after the first, so that later
 * answers cannot come from them. */
static void search_again(enum shape shape, int64_t n, int64_t d, int64_t k, const float *shares, int count, bool blind)
{
    const struct compute_ops *ops = compute.ops;
    struct search search;
    make_search(&search, shape, 1, n, d, k, 1);
    struct random random;
    random_seed(&random, 5);
    char zeros[64] = {0};
    int32_t *got = malloc((size_t)k * 4);
    float *got_scores = malloc((size_t)k * 4);
    unsigned char *codes = calloc(1, index_size(n, d));
    struct compute_slice items = upload(search.items, (size_t)(n * d) * 4), ids = upload(NULL, (size_t)k * 4),
                         scores = upload(NULL, (size_t)k * 4), index = upload(NULL, index_size(n, d)),
                         memory = upload(NULL, ops->index_memory_bytes(compute.device, n, d)),
                         building = upload(NULL, ops->index_scratch(compute.device, n, d)),
                         scratch = upload(NULL, ops->top_k_indexed_scratch(compute.device, 1, n, d, k));
    must(ops->buffer_write(compute.stream, memory.buffer, 0, zeros, sizeof zeros, &error));
    must(ops->index_build(compute.stream, n, d, items, index, building, &error));
    for (int i = 0; i <= count; i++) {
        struct compute_slice queries = upload(search.queries, (size_t)d * 4), starts = upload(search.starts, 16),
                             excluded = upload(search.excluded, (size_t)search.starts[1] * 4);
        expect(&search);
        must(ops->top_k_indexed(compute.stream, 1, n, d, k, queries, items, index, memory, starts, excluded, ids,
                                scores, scratch, &error));
        download(ids, got, (size_t)k * 4);
        download(scores, got_scores, (size_t)k * 4);
        for (int64_t j = 0; j < k; j++)
            if (got[j] != search.want[j] || memcmp(&got_scores[j], &search.want_scores[j], 4) != 0)
                fail_msg("shape %d, query %d: row %d (%.9g) at %lld, not %d (%.9g)", (int)shape, i, got[j],
                         (double)got_scores[j], (long long)j, search.want[j], (double)search.want_scores[j]);
        drop(queries), drop(starts), drop(excluded);
        const struct index_parts parts = index_parts_of(n, d);
        if (blind && i == 0)
            must(
                ops->buffer_write(compute.stream, index.buffer, parts.codes, codes, parts.bytes - parts.codes, &error));
        if (i < count)
            move_query(&search, &random, shares[i]);
    }
    drop(items), drop(ids), drop(scores), drop(index), drop(memory), drop(building), drop(scratch);
    free(got), free(got_scores), free(codes);
    free_search(&search);
}

static void again_cases(void)
{
    const float edits[] = {0.02f, 0.05f, 1, 0.01f, 0, 0.3f, 1e-6f}, small[] = {0.02f, 0.01f, 0.03f};
    for (int shape = 0; shape < SHAPES; shape++)
        search_again((enum shape)shape, 1500, 23, 20, edits, 7, false);
    search_again(DIRECTIONS, 30, 8, 40, edits, 7, false);
    search_again(DIRECTIONS, 9000, 32, 20, small, 3, true);
}

static void an_edited_query_is_answered_from_memory(void **state)
{
    (void)state;
    if (!test_device_is_cpu())
        return;
    with_each_instruction_set(again_cases);
}

/* Also with -0, rows of one component, and values whose sums of squares differ with their order. */
static void an_index_has_the_same_bytes_on_every_device(void **state)
{
    (void)state;
    const int64_t sizes[][2] = {{1100, 41}, {1, 1}, {300, 3}, {700, 8}};
    struct compute device = compute;
    struct random random;
    random_seed(&random, 9);
    for (int shape = 0; shape < SHAPES; shape++) {
        const int64_t n = sizes[shape % 4][0], d = sizes[shape % 4][1];
        if (shape == NO_NUMBERS) /* the bits of NaN are the processor's */
            continue;
        float *items = make_items(&random, (enum shape)shape, n, d);
        items[0] = -0.0F;
        unsigned char *got = read_index(items, n, d);
        must(compute_open(DEVICE_CPU, 1, &compute, &error));
        unsigned char *want = read_index(items, n, d);
        compute_close(&compute);
        compute = device;
        for (size_t i = 0; i < index_size(n, d); i++)
            if (got[i] != want[i])
                fail_msg("shape %d: byte %zu of %zu is %d, not %d (codes from %zu on)", shape, i, index_size(n, d),
                         got[i], want[i], index_parts_of(n, d).codes);
        free(items), free(got), free(want);
    }
}

static void wide_rows_have_no_index(void **state)
{
    (void)state;
    assert_int_equal(compute.ops->index_bytes(compute.device, 10, 65537), 0);
    assert_true(compute.ops->index_bytes(compute.device, 10, 65536) > 0);
    assert_int_equal(compute.ops->index_bytes(compute.device, 0, 8), 0);
    check(DIRECTIONS, 1, 3, most(65536, 16387), 2, 0);
    struct search search;
    make_search(&search, DIRECTIONS, 2, 5, 65537, 3, 0);
    struct compute_slice none = {0}, queries = upload(search.queries, 2 * 65537 * 4),
                         items = upload(search.items, 5 * 65537 * 4), ids = upload(NULL, 24), scores = upload(NULL, 24),
                         scratch = upload(NULL, compute.ops->top_k_indexed_scratch(compute.device, 2, 5, 65537, 3));
    must(compute.ops->index_build(compute.stream, 5, 65537, items, none, none, &error));
    must(compute.ops->top_k_indexed(compute.stream, 2, 5, 65537, 3, queries, items, none, none, none, none, ids, scores,
                                    scratch, &error));
    int32_t got[6];
    download(ids, got, sizeof got);
    assert_memory_equal(got, search.want, sizeof got);
    drop(queries), drop(items), drop(ids), drop(scores), drop(scratch);
    free_search(&search);
}

static void a_missing_index_is_an_error(void **state)
{
    (void)state;
    float values[8] = {0};
    struct compute_slice none = {0}, buffer = upload(values, sizeof values),
                         scratch = upload(NULL, compute.ops->top_k_indexed_scratch(compute.device, 1, 2, 4, 1));
    struct error error = {0};
    assert_int_not_equal(compute.ops->top_k_indexed(compute.stream, 1, 2, 4, 1, buffer, buffer, none, none, none, none,
                                                    buffer, buffer, scratch, &error),
                         STATUS_OK);
    assert_non_null(strstr(error.text, "index"));
    drop(buffer), drop(scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_shape_is_answered_as_by_a_full_sort),
        cmocka_unit_test(every_size_is_answered_as_by_a_full_sort),
        cmocka_unit_test(few_results_are_answered_as_by_a_full_sort),
        cmocka_unit_test(the_best_rows_can_be_excluded),
        cmocka_unit_test(hostile_rows_do_not_overflow_the_lists),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(an_edited_query_is_answered_from_memory),
        cmocka_unit_test(an_index_has_the_same_bytes_on_every_device),
        cmocka_unit_test(wide_rows_have_no_index),
        cmocka_unit_test(a_missing_index_is_an_error),
    };
    return cmocka_run_group_tests_name("compute index", tests, open_compute, close_compute);
}
