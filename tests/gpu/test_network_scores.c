#include "results.h"

/* Gather and scatter by id, scores, the selection of negatives and losses against float64, forward and backward. */

static const struct compute_slice none = {0};

/* ---- gather and scatter ---- */

static void rows_case(int64_t n, int64_t d, int64_t rows, float alpha, float beta)
{
    struct random random;
    random_seed(&random, (uint64_t)(n + 7 * d + 13 * rows));
    int64_t stride = d + 3, spread = n > 0 ? (n - 1) * stride + d : 0;
    float *x = random_matrix(&random, rows * d), *wide = random_matrix(&random, spread);
    int32_t *ids = malloc((size_t)n * 4 + 4);
    for (int64_t i = 0; i < n; i++) /* repeated ids, and some negative ones */
        ids[i] = (int32_t)random_below(&random, (uint64_t)rows + 1) - 1;
    struct compute_slice di = upload(ids, (size_t)n * 4), dx = upload_floats(x, rows * d),
                         dw = upload_floats(wide, spread);
    struct result y = result_of(&random, spread, beta);
    double *want = calloc((size_t)spread + 1, 8), *added = calloc((size_t)(rows * d) + 1, 8);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < d && ids[i] >= 0; j++) {
            want[i * stride + j] = (double)alpha * (double)x[ids[i] * d + j];
            added[ids[i] * d + j] += (double)alpha * (double)wide[i * stride + j];
        }
    /* Gaps between the rows are not touched. */
    for (int64_t i = 0; i < n - 1; i++)
        for (int64_t j = d; j < stride; j++) {
            y.before[i * stride + j] = 8;
            want[i * stride + j] = beta == 0 ? 8 : 8 - (double)(beta * 8.0F);
        }
    must(compute.ops->buffer_write(compute.stream, y.slice.buffer, 0, y.before, (size_t)spread * 4, &error));
    must(NETWORK.gather(compute.stream, n, d, di, alpha, rows, dx, beta, y.slice, stride, &error));
    check_result(y, want, 1e-6, "gather");
    struct result sums = result_of(&random, rows * d, 1);
    must(NETWORK.scatter_add(compute.stream, n, d, di, alpha, dw, stride, rows, sums.slice, &error));
    check_result(sums, added, 4e-6, "scatter_add");
    drop(di), drop(dx), drop(dw);
    free(ids), free(x), free(wide), free(want), free(added);
}

static void rows_cases(void)
{
    for (int beta = 0; beta < 3; beta++) {
        rows_case(0, 5, 3, 1, 0.5F * (float)beta);
        rows_case(1, 1, 1, 1, 0.5F * (float)beta);
        rows_case(37, 13, 5, -0.5F, 0.5F * (float)beta);
        rows_case(301, 128, 1000, 1, 0.5F * (float)beta);
        rows_case(803, 67, 41, 0.25F, 0.5F * (float)beta);
    }
}

static void rows_move_by_their_ids(void **state)
{
    (void)state;
    with_each_instruction_set(rows_cases);
}

/* ---- scores ---- */

static void dots_case(int64_t groups, int64_t size, int64_t d)
{
    struct random random;
    random_seed(&random, (uint64_t)(groups + 7 * size + 13 * d));
    float *q = random_matrix(&random, groups * d), *x = random_matrix(&random, groups * size * d),
          *d_s = random_matrix(&random, groups * size);
    double *s = calloc((size_t)(groups * size) + 1, 8), *d_q = calloc((size_t)(groups * d) + 1, 8),
           *d_x = calloc((size_t)(groups * size * d) + 1, 8);
    for (int64_t r = 0; r < groups * size; r++)
        for (int64_t j = 0; j < d; j++) {
            int64_t at = r / size * d + j;
            s[r] += (double)q[at] * (double)x[r * d + j];
            d_q[at] += (double)d_s[r] * (double)x[r * d + j];
            d_x[r * d + j] = (double)d_s[r] * (double)q[at];
        }
    struct compute_slice dq = upload_floats(q, groups * d), dx = upload_floats(x, groups * size * d),
                         dd = upload_floats(d_s, groups * size);
    struct result scores = result_of(&random, groups * size, 0);
    must(NETWORK.batched_dot(compute.stream, groups, size, d, dq, dx, scores.slice, &error));
    check_result(scores, s, 4e-6, "batched_dot");
    for (int beta = 0; beta < 2; beta++) {
        struct result for_q = result_of(&random, groups * d, (float)beta),
                      for_x = result_of(&random, groups * size * d, (float)(1 - beta));
        must(NETWORK.batched_dot_backward(compute.stream, groups, size, d, dq, dx, dd, (float)beta, for_q.slice,
                                          (float)(1 - beta), for_x.slice, &error));
        check_result(for_q, d_q, 4e-6, "d_q");
        check_result(for_x, d_x, 1e-6, "d_x");
        for_q = result_of(&random, groups * d, 0);
        must(
            NETWORK.batched_dot_backward(compute.stream, groups, size, d, dq, dx, dd, 0, for_q.slice, 0, none, &error));
        check_result(for_q, d_q, 4e-6, "d_q alone");
        for_x = result_of(&random, groups * size * d, 0);
        must(
            NETWORK.batched_dot_backward(compute.stream, groups, size, d, dq, dx, dd, 0, none, 0, for_x.slice, &error));
        check_result(for_x, d_x, 1e-6, "d_x alone");
    }
    drop(dq), drop(dx), drop(dd);
    free(q), free(x), free(d_s), free(s), free(d_q), free(d_x);
}

static void dots_cases(void)
{
    dots_case(1, 1, 1);
    dots_case(7, 3, 33);
    dots_case(130, 11, 67);
    dots_case(301, 1, 128);
    dots_case(3, 0, 5);
}

static void batched_dot_equal_float64(void **state)
{
    (void)state;
    with_each_instruction_set(dots_cases);
}

struct place {
    double score;
    int64_t place;
};

static int by_score_then_place(const void *left, const void *right)
{
    const struct place *a = left, *b = right;
    if (a->score != b->score)
        return a->score < b->score ? 1 : -1;
    return (a->place > b->place) - (a->place < b->place);
}

/* Small integers: sums are exact and there are many ties. */
static void negatives_case(int64_t groups, int64_t n, int64_t n_easy, int64_t n_hard, int64_t d, int64_t rows)
{
    struct random random;
    random_seed(&random, (uint64_t)(groups + 7 * n + 13 * d));
    int64_t chosen = n_easy + n_hard;
    float *q = malloc((size_t)(groups * d) * 4 + 4), *x = malloc((size_t)(rows * d) * 4 + 4);
    for (int64_t i = 0; i < groups * d; i++)
        q[i] = (float)(int)random_below(&random, 5) - 2;
    for (int64_t i = 0; i < rows * d; i++)
        x[i] = (float)(int)random_below(&random, 5) - 2;
    int32_t *candidates = malloc((size_t)(groups * n) * 4 + 4), *got = malloc((size_t)(groups * chosen) * 4 + 4);
    for (int64_t i = 0; i < groups * n; i++) /* a negative id scores 0 */
        candidates[i] = (int32_t)random_below(&random, (uint64_t)rows + 1) - 1;
    struct compute_slice dq = upload_floats(q, groups * d), dx = upload_floats(x, rows * d),
                         dc = upload(candidates, (size_t)(groups * n) * 4),
                         ds = upload(NULL, (size_t)(groups * chosen) * 4);
    struct result scratch = result_of(&random, groups * n, 0);
    must(NETWORK.select_negatives(compute.stream, groups, n, n_easy, n_hard, d, dq, rows, dx, dc, ds, scratch.slice,
                                  &error));
    fetch(ds, got, (size_t)(groups * chosen) * 4);
    struct place *all = malloc((size_t)(n + 1) * sizeof *all);
    for (int64_t g = 0; g < groups; g++) {
        for (int64_t i = 0; i < n; i++) {
            all[i] = (struct place){0, i};
            int64_t row = candidates[g * n + i];
            for (int64_t j = 0; j < d && row >= 0; j++)
                all[i].score += (double)q[g * d + j] * (double)x[row * d + j];
        }
        qsort(all, (size_t)n, sizeof *all, by_score_then_place);
        for (int64_t i = 0; i < n_easy; i++)
            assert_int_equal(got[g * chosen + i], candidates[g * n + i]);
        for (int64_t i = 0; i < n_hard; i++)
            assert_int_equal(got[g * chosen + n_easy + i], candidates[g * n + all[i].place]);
    }
    drop(dq), drop(dx), drop(dc), drop(ds), drop(scratch.slice);
    free(q), free(x), free(candidates), free(got), free(scratch.before), free(all);
}

static void negatives_cases(void)
{
    negatives_case(1, 1, 0, 1, 1, 1);
    negatives_case(3, 50, 50, 50, 3, 20);
    negatives_case(9, 1000, 10, 40, 37, 700);
    negatives_case(4, 333, 7, 0, 5, 90);
    negatives_case(2, 1500, 0, 1499, 2, 3000);
    negatives_case(7, 1100, 3, 60, 1100, 600); /* rows in several strips, candidates searched in two parts */
    negatives_case(2, 40, 3, 20, 0, 5);
}

static void the_hardest_negatives_are_chosen(void **state)
{
    (void)state;
    with_each_instruction_set(negatives_cases);
}

/* A NaN score comes last, whatever the others are. */
static void negatives_with_nan_scores(void **state)
{
    (void)state;
    const float q = 1, x[5] = {1, NAN, 3, NAN, 2};
    const int32_t candidates[5] = {0, 1, 2, 3, 4}, want[5] = {2, 4, 0, 1, 3};
    int32_t got[5];
    struct compute_slice dq = upload(&q, 4), dx = upload(x, 20), dc = upload(candidates, 20), ds = upload(NULL, 20),
                         scratch = upload(NULL, 20);
    must(NETWORK.select_negatives(compute.stream, 1, 5, 0, 5, 1, dq, 5, dx, dc, ds, scratch, &error));
    download(ds, got, 20);
    assert_memory_equal(got, want, 20);
    drop(dq), drop(dx), drop(dc), drop(ds), drop(scratch);
}

/* ---- losses ---- */

/* -ln σ(t) in a form that neither overflows nor loses precision. */
static double log_loss64(double t)
{
    return t > 0 ? log1p(exp(-t)) : log1p(exp(t)) - t;
}

static void log_sigmoid_case(int64_t n, float sign)
{
    struct random random;
    random_seed(&random, (uint64_t)n);
    float *s = random_matrix(&random, n), *weights = random_matrix(&random, n);
    for (int64_t i = 0; i < n; i++) {
        s[i] *= i % 3 == 0 ? 100 : 3;
        weights[i] = fabsf(weights[i]);
        if (i % 5 == 4) { /* ignored, whatever the score */
            weights[i] = 0;
            s[i] = i % 2 ? INFINITY : i % 4 ? -INFINITY : NAN;
        }
    }
    double loss = 7, want = 7, *d_s = calloc((size_t)n + 1, 8);
    for (int64_t i = 0; i < n; i++) {
        if (weights[i] == 0)
            continue;
        double t = (double)(sign * s[i]), w = (double)weights[i], h = 1e-5;
        want += w * log_loss64(t);
        d_s[i] = -(double)sign * w / (1 + exp(t));
        double difference = w * (double)sign * (log_loss64(t + h) - log_loss64(t - h)) / (2 * h);
        assert_true(fabs(difference - d_s[i]) < 1e-8 * (1 + fabs(t)));
    }
    struct compute_slice ds = upload_floats(s, n), dw = upload_floats(weights, n), dl = upload(&loss, 8);
    struct result slopes = result_of(&random, n, 0);
    must(NETWORK.log_sigmoid_loss(compute.stream, n, sign, ds, dw, dl, slopes.slice, &error));
    must(NETWORK.log_sigmoid_loss(compute.stream, n, sign, ds, dw, none, none, &error));
    fetch(dl, &loss, 8);
    assert_true(fabs(loss - want) <= 1e-12 * want);
    check_result(slopes, d_s, 1e-7, "log_sigmoid_loss");
    drop(ds), drop(dw), drop(dl);
    free(s), free(weights), free(d_s);
}

static void log_sigmoid_cases(void)
{
    log_sigmoid_case(0, 1);
    log_sigmoid_case(1, 1);
    log_sigmoid_case(17, -1);
    log_sigmoid_case(6403, 1);
    log_sigmoid_case(1000, -1);
}

static void log_sigmoid_loss_equals_float64(void **state)
{
    (void)state;
    with_each_instruction_set(log_sigmoid_cases);
}

/* For large scores the loss is the score itself on one side and exp(-100) on the other. */
static void extreme_scores(void)
{
    const float s[2] = {-100, 100}, weights[2] = {1, 1};
    for (int i = 0; i < 2; i++) {
        double loss = 0;
        float slope;
        struct compute_slice ds = upload(s + i, 4), dw = upload(weights, 4), dl = upload(&loss, 8),
                             dd = upload(NULL, 4);
        must(NETWORK.log_sigmoid_loss(compute.stream, 1, 1, ds, dw, dl, dd, &error));
        download(dl, &loss, 8);
        download(dd, &slope, 4);
        assert_true(i == 0 ? loss == 100 : fabs(loss / exp(-100) - 1) < 1e-14);
        assert_true(i == 0 ? slope == -1 : fabs((double)slope) < 1e-40);
        drop(ds), drop(dw), drop(dl), drop(dd);
    }
}

static void extreme_scores_do_not_overflow(void **state)
{
    (void)state;
    with_each_instruction_set(extreme_scores);
}

struct softmax {
    int64_t rows, n;
    const int64_t *starts;
    const int32_t *targets;
    const float *weights;
};

static void softmax64(const double *s, double *loss, const void *context)
{
    const struct softmax *c = context;
    *loss = 0;
    for (int64_t r = 0; r < c->rows; r++) {
        int64_t count = c->starts[r + 1] - c->starts[r];
        if (count == 0 || c->weights[r] == 0)
            continue;
        double most = -INFINITY, sum = 0, mean = 0;
        for (int64_t j = 0; j < c->n; j++)
            most = fmax(most, s[r * c->n + j]);
        for (int64_t j = 0; j < c->n; j++)
            sum += exp(s[r * c->n + j] - most);
        for (int64_t t = c->starts[r]; t < c->starts[r + 1]; t++)
            mean += s[r * c->n + c->targets[t]] / (double)count;
        *loss += (double)c->weights[r] * (most + log(sum) - mean);
    }
}

static void softmax_case(int64_t rows, int64_t n, float scale)
{
    struct random random;
    random_seed(&random, (uint64_t)(rows * 31 + n));
    int64_t starts[200] = {0};
    int32_t targets[1000];
    float weights[200], *s = random_matrix(&random, rows * n);
    for (int64_t r = 0; r < rows; r++) {
        starts[r + 1] = starts[r] + (r % 4 == 3 ? 0 : r % 4 + 1);
        for (int64_t t = starts[r]; t < starts[r + 1]; t++) /* a target may occur twice */
            targets[t] = (int32_t)random_below(&random, (uint64_t)n);
        weights[r] = r % 5 == 4 ? 0 : (float)(random_uniform(&random) + 0.1);
    }
    for (int64_t i = 0; i < rows * n; i++)
        s[i] = (s[i] + 0.5F) * scale;
    struct softmax c = {rows, n, starts, targets, weights};
    double *s64 = widened(s, rows * n), *want = calloc((size_t)(rows * n) + 1, 8), loss = 3, want_loss = 0;
    softmax64(s64, &want_loss, &c);
    for (int64_t r = 0; r < rows; r++) {
        int64_t count = starts[r + 1] - starts[r];
        double sum = 0, most = -INFINITY, w = count ? (double)weights[r] : 0;
        for (int64_t j = 0; j < n; j++)
            most = fmax(most, s64[r * n + j]);
        for (int64_t j = 0; j < n; j++)
            sum += exp(s64[r * n + j] - most);
        for (int64_t j = 0; j < n; j++)
            want[r * n + j] = w * exp(s64[r * n + j] - most) / sum;
        for (int64_t t = starts[r]; t < starts[r + 1]; t++)
            want[r * n + targets[t]] -= w / (double)count;
    }
    const float one = 1;
    if (rows * n < 1000) {
        double *numeric = numeric_gradient(softmax64, &c, s64, rows * n, &one, 1);
        for (int64_t i = 0; i < rows * n; i++)
            assert_true(fabs(numeric[i] - want[i]) < 1e-7 * (1 + (double)scale));
        free(numeric);
    }
    struct compute_slice ds = upload_floats(s, rows * n), dt = upload(targets, (size_t)starts[rows] * 4),
                         db = upload(starts, (size_t)(rows + 1) * 8), dw = upload_floats(weights, rows),
                         dl = upload(&loss, 8);
    must(NETWORK.softmax_loss(compute.stream, rows, n, ds, db, dt, dw, dl, &error));
    fetch(dl, &loss, 8);
    assert_true(fabs(loss - 3 - want_loss) <= 1e-6 * want_loss);
    struct result result = {ds, rows * n, 0, random_matrix(&random, 0)};
    check_result(result, want, 1e-6, "softmax_loss");
    drop(dt), drop(db), drop(dw), drop(dl);
    free(s), free(s64), free(want);
}

static void softmax_cases(void)
{
    softmax_case(1, 1, 1);
    softmax_case(3, 7, 3);
    softmax_case(9, 67, 2);
    softmax_case(7, 33, 100); /* scores that would overflow */
    softmax_case(130, 2501, 4);
}

static void softmax_loss_equals_float64(void **state)
{
    (void)state;
    with_each_instruction_set(softmax_cases);
}

static void faults_are_refused(void **state)
{
    (void)state;
    const int32_t ids[3] = {0, -7, 3}, targets[2] = {1, 4};
    const int64_t starts[3] = {0, 1, 2}, falling[3] = {0, 2, 1};
    struct compute_stream *stream = compute.stream;
    struct compute_slice i = upload(ids, 12), x = upload(NULL, 48), y = upload(NULL, 48), l = upload(NULL, 8),
                         t = upload(targets, 8), b = upload(starts, 24), f = upload(falling, 24);
    refused(NETWORK.gather(stream, 3, 4, i, 1, 3, x, 0, y, 4, &error), "gather");
    refused(NETWORK.gather(stream, 2, 4, i, 1, 3, x, 0, y, 3, &error), "Y");
    refused(NETWORK.gather(stream, 2, 4, i, 1, 3, x, 0, y, 9, &error), "Y");
    refused(NETWORK.gather(stream, 2, 4, i, 1, 4, x, 0, y, 4, &error), "X");
    refused(NETWORK.scatter_add(stream, 3, 4, i, 1, x, 4, 3, y, &error), "scatter_add");
    refused(NETWORK.scatter_add(stream, 2, 4, i, 1, x, 9, 3, y, &error), "X");
    refused(NETWORK.scatter_add(stream, 2, 4, i, 1, x, 4, 4, y, &error), "Y");
    refused(NETWORK.batched_dot(stream, 2, 3, 4, x, y, x, &error), "X");
    refused(NETWORK.batched_dot(stream, -2, -3, 4, x, y, x, &error), "batched_dot");
    refused(NETWORK.batched_dot_backward(stream, 2, 1, 6, x, y, x, 0, t, 0, none, &error), "dQ");
    refused(NETWORK.batched_dot_backward(stream, 2, 1, 6, x, y, x, 0, none, 0, t, &error), "dX");
    refused(NETWORK.select_negatives(stream, 1, 3, 1, 1, 4, x, 3, x, i, y, x, &error), "candidates");
    refused(NETWORK.select_negatives(stream, 1, 2, 3, 1, 4, x, 3, x, i, y, x, &error), "easy");
    refused(NETWORK.select_negatives(stream, 1, 2, 1, 3, 4, x, 3, x, i, y, x, &error), "hard");
    refused(NETWORK.select_negatives(stream, 1, 2, 1, 1, 4, x, 3, x, i, y, none, &error), "scratch");
    refused(NETWORK.log_sigmoid_loss(stream, 3, 1, x, t, l, none, &error), "weights");
    refused(NETWORK.log_sigmoid_loss(stream, 3, 1, x, y, l, t, &error), "d_s");
    refused(NETWORK.softmax_loss(stream, 2, 4, x, b, t, y, l, &error), "target");
    refused(NETWORK.softmax_loss(stream, 2, 5, x, f, t, y, l, &error), "targets");
    refused(NETWORK.softmax_loss(stream, 3, 4, x, b, t, y, l, &error), "starts");
    refused(NETWORK.softmax_loss(stream, 2, 7, x, b, t, y, l, &error), "S");
    drop(i), drop(x), drop(y), drop(l), drop(t), drop(b), drop(f);
}

static void everything(void)
{
    rows_cases();
    dots_cases();
    negatives_cases();
    log_sigmoid_cases();
    softmax_cases();
}

static void threads_change_nothing(void **state)
{
    (void)state;
    assert_threads_do_not_matter(everything);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_move_by_their_ids),           cmocka_unit_test(batched_dot_equal_float64),
        cmocka_unit_test(the_hardest_negatives_are_chosen), cmocka_unit_test(negatives_with_nan_scores),
        cmocka_unit_test(log_sigmoid_loss_equals_float64),  cmocka_unit_test(extreme_scores_do_not_overflow),
        cmocka_unit_test(softmax_loss_equals_float64),      cmocka_unit_test(faults_are_refused),
        cmocka_unit_test(threads_change_nothing),
    };
    return cmocka_run_group_tests_name("network scores", tests, open_compute, close_compute);
}
