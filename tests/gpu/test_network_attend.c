#include "test_network_layers.h"

#include "core/pool.h"

/* Attention for inference against float64. */

#define NETWORK (&compute.ops->network)
#define STREAM compute.stream

struct shape {
    int64_t batch, length, heads, d;
};

static const struct compute_slice none;

/* The output of a query in a head; `row` is scratch. */
static void attend(const struct shape *s, const double *qkv, int64_t keys, int64_t b, int64_t h, int64_t query,
                   double *row, double *y)
{
    int64_t width = s->heads * s->d;
    const double *base = qkv + b * s->length * 3 * width + h * s->d, *q = base + query * 3 * width;
    double largest = -INFINITY, sum = 0;
    for (int64_t i = 0; i < keys; i++) {
        row[i] = 0;
        for (int64_t j = 0; j < s->d; j++)
            row[i] += q[j] * base[i * 3 * width + width + j] / sqrt((double)s->d);
        largest = fmax(largest, row[i]);
    }
    for (int64_t i = 0; i < keys; i++)
        sum += row[i] = exp(row[i] - largest);
    for (int64_t j = 0; j < s->d; j++) {
        double *to = y + (b * s->length + query) * width + h * s->d + j;
        *to = 0;
        for (int64_t i = 0; i < keys; i++)
            *to += row[i] / sum * base[i * 3 * width + 2 * width + j];
    }
}

static void attend_all(const struct shape *s, const double *qkv, bool causal, const int32_t *lengths, double *y)
{
    double *row = zeros(s->length);
    for (int64_t b = 0; b < s->batch; b++)
        for (int64_t h = 0; h < s->heads; h++)
            for (int64_t t = 0; t < s->length; t++) {
                int64_t keys = lengths ? lengths[b] : s->length;
                attend(s, qkv, causal && t + 1 < keys ? t + 1 : keys, b, h, t, row, y);
            }
    free(row);
}

/* QKV is normal numbers times `scale`, so rounding errors of scores are a share of its square, and outputs differ by
 * that share of its cube. */
static void check_shape(const struct shape *s, float scale, uint64_t seed)
{
    int64_t n = s->batch * s->length * s->heads * s->d;
    struct random random;
    random_seed(&random, seed);
    float *values = random_matrix(&random, 3 * n);
    double *qkv = zeros(3 * n), *want = zeros(n), tolerance = 3e-6 * pow((double)scale, 3);
    int32_t lengths[16];
    for (int64_t i = 0; i < 3 * n; i++)
        qkv[i] = (double)(values[i] *= scale);
    for (int64_t b = 0; b < s->batch; b++)
        lengths[b] = (int32_t)(b == 0 ? s->length : 1 + (int64_t)(random_uniform(&random) * (double)s->length));
    struct compute_slice in = upload(values, (size_t)n * 12), at = upload(lengths, (size_t)s->batch * 4),
                         out = garbage(n);
    for (int mode = 0; mode < 4; mode++) {
        bool causal = mode & 1;
        attend_all(s, qkv, causal, mode & 2 ? lengths : NULL, want);
        fill_nan(out, n);
        must(NETWORK->attention(STREAM, s->batch, s->length, s->heads, s->d, causal, mode & 2 ? at : none, in,
                                (struct dropout){0}, none, out, &error));
        expect(causal ? "causal attention" : "attention", out, want, 1, n, tolerance);
    }
    drop(in), drop(at), drop(out);
    free(values), free(qkv), free(want);
}

/* One and several blocks of keys; lengths and widths that do and do not fill tiles; more queries than are kept at a
 * time; CLIP's and DINOv2's shapes. */
static void shapes_agree(void)
{
    static const struct shape shapes[] = {{3, 17, 2, 5},    {2, 50, 2, 64},   {1, 77, 2, 64},
                                          {1, 257, 1, 64},  {2, 33, 1, 128},  {5, 32, 1, 32},
                                          {1, 300, 1, 128}, {1, 1100, 1, 16}, {1, 1900, 1, 3}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        if (shapes[i].length < 1000 || test_device_is_cpu()) /* slow in the emulator */
            check_shape(&shapes[i], 1, i);
}

/* Weights that are all but one nearly zero, also when the largest score is not in the first block. */
static void steep_scores_agree(void)
{
    check_shape(&(const struct shape){1, 280, 1, 126}, 3, 21);
}

/* A sequence without positions gives zeros, and a NaN among the keys is passed on. */
static void special_values_agree(void)
{
    enum { LENGTH = 20, D = 16 };
    float qkv[2 * LENGTH * 3 * D], y[2 * LENGTH * D];
    const int32_t lengths[2] = {0, LENGTH};
    for (int i = 0; i < 2 * LENGTH * 3 * D; i++)
        qkv[i] = (float)(i % 7) - 3;
    qkv[(LENGTH + 5) * 3 * D + D] = NAN;
    struct compute_slice in = upload(qkv, sizeof qkv), at = upload(lengths, sizeof lengths),
                         out = garbage(2 * LENGTH * D);
    must(NETWORK->attention(STREAM, 2, LENGTH, 1, D, 0, at, in, (struct dropout){0}, none, out, &error));
    download(out, y, sizeof y);
    for (int i = 0; i < LENGTH * D; i++) {
        assert_true(y[i] == 0);
        assert_true(isnan(y[LENGTH * D + i]));
    }
    drop(in), drop(at), drop(out);
}

/* On other devices, the order in which blocks and threads run does not matter either. */
static void threads_do_not_matter(void)
{
    enum { BATCH = 2, LENGTH = 100, HEADS = 3, D = 64, N = BATCH * LENGTH * HEADS * D };
    struct random random;
    random_seed(&random, 5);
    float *values = random_matrix(&random, 3 * N), *first = malloc(N * 4), *second = malloc(N * 4);
    assert_true(first && second);
    struct compute_slice in = upload(values, 3 * N * 4), out = garbage(N);
    struct pool *many = test_device_is_cpu() ? compute.device->pool : NULL, *one = NULL;
    must(pool_create(1, &one, &error));
    for (int i = 0; i < 2; i++) {
        if (test_device_is_cpu())
            compute.device->pool = i ? one : many;
        must(NETWORK->attention(STREAM, BATCH, LENGTH, HEADS, D, 0, none, in, (struct dropout){0}, none, out, &error));
        download(out, i ? second : first, N * 4);
    }
    if (test_device_is_cpu())
        compute.device->pool = many;
    pool_destroy(one);
    assert_memory_equal(first, second, N * 4);
    drop(in), drop(out);
    free(values), free(first), free(second);
}

#define EACH_SET(name, cases)                                                                                          \
    static void name(void **state)                                                                                     \
    {                                                                                                                  \
        (void)state;                                                                                                   \
        with_each_instruction_set(cases);                                                                              \
    }

EACH_SET(attention_equals_float64, shapes_agree)
EACH_SET(steep_attention_equals_float64, steep_scores_agree)
EACH_SET(special_values_are_kept, special_values_agree)
EACH_SET(results_do_not_depend_on_threads, threads_do_not_matter)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attention_equals_float64),
        cmocka_unit_test(steep_attention_equals_float64),
        cmocka_unit_test(special_values_are_kept),
        cmocka_unit_test(results_do_not_depend_on_threads),
    };
    return cmocka_run_group_tests_name("attention for inference", tests, open_compute, close_compute);
}
