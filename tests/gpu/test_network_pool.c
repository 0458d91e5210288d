#include "results.h"

/* Attention pooling, set_entries, the softmax loss over masked scores, and Adam, against float64. */

static const struct compute_slice none = {0};

/* ---- pooling ---- */

struct pooling {
    int64_t batch, length, d;
    const int32_t *lengths;
};

/* inputs: X [batch·length x d], then logits [batch x length]; nothing past a sequence's length is read. */
static void pool64(const double *inputs, double *y, const void *context)
{
    const struct pooling *c = context;
    const double *logits = inputs + c->batch * c->length * c->d;
    for (int64_t b = 0; b < c->batch; b++) {
        double most = -INFINITY, sum = 0;
        for (int64_t t = 0; t < c->lengths[b]; t++)
            most = fmax(most, logits[b * c->length + t]);
        for (int64_t t = 0; t < c->lengths[b]; t++)
            sum += exp(logits[b * c->length + t] - most);
        for (int64_t j = 0; j < c->d; j++) {
            y[b * c->d + j] = 0;
            for (int64_t t = 0; t < c->lengths[b]; t++)
                y[b * c->d + j] += exp(logits[b * c->length + t] - most) / sum * inputs[(b * c->length + t) * c->d + j];
        }
    }
}

static double *weights64(const struct pooling *c, const float *logits)
{
    double *weights = calloc((size_t)(c->batch * c->length) + 1, 8);
    for (int64_t b = 0; b < c->batch; b++) {
        double most = -INFINITY, sum = 0;
        for (int64_t t = 0; t < c->lengths[b]; t++)
            most = fmax(most, (double)logits[b * c->length + t]);
        for (int64_t t = 0; t < c->lengths[b]; t++)
            sum += weights[b * c->length + t] = exp((double)logits[b * c->length + t] - most);
        for (int64_t t = 0; t < c->lengths[b]; t++)
            weights[b * c->length + t] /= sum;
    }
    return weights;
}

static double *pool_back64(const struct pooling *c, const double *inputs, const double *weights, const float *d_y)
{
    int64_t rows = c->batch * c->length, d = c->d;
    double *d_inputs = calloc((size_t)(rows * (d + 1)) + 1, 8), *d_logits = d_inputs + rows * d;
    for (int64_t b = 0; b < c->batch; b++) {
        double mean = 0;
        for (int64_t t = b * c->length; t < b * c->length + c->lengths[b]; t++) {
            for (int64_t j = 0; j < d; j++) {
                d_inputs[t * d + j] = weights[t] * (double)d_y[b * d + j];
                d_logits[t] += (double)d_y[b * d + j] * inputs[t * d + j];
            }
            mean += weights[t] * d_logits[t];
        }
        for (int64_t t = b * c->length; t < b * c->length + c->lengths[b]; t++)
            d_logits[t] = weights[t] * (d_logits[t] - mean);
    }
    return d_inputs;
}

static float *as_floats(const double *x, int64_t n)
{
    float *y = malloc((size_t)n * 4 + 4);
    for (int64_t i = 0; i < n; i++)
        y[i] = (float)x[i];
    return y;
}

static void discard(struct result result)
{
    drop(result.slice);
    free(result.before);
}

static void pool_case(int64_t batch, int64_t length, int64_t d, float scale)
{
    struct random random;
    random_seed(&random, (uint64_t)(batch + 7 * length + 13 * d));
    int64_t rows = batch * length;
    float *x = random_matrix(&random, rows * d), *logits = random_matrix(&random, rows),
          *d_y = random_matrix(&random, batch * d);
    int32_t lengths[200];
    for (int64_t b = 0; b < batch; b++)
        lengths[b] = b == 0 ? (int32_t)length : 1 + (int32_t)random_below(&random, (uint64_t)length);
    for (int64_t i = 0; i < rows; i++) /* scores that would overflow when the scale is large */
        logits[i] = (logits[i] + 1) * scale;
    struct pooling c = {batch, length, d, lengths};
    double *inputs = calloc((size_t)(rows * (d + 1)) + 1, 8), *y = calloc((size_t)(batch * d) + 1, 8);
    for (int64_t i = 0; i < rows * (d + 1); i++)
        inputs[i] = (double)(i < rows * d ? x[i] : logits[i - rows * d]);
    double *weights = weights64(&c, logits), *d_inputs = pool_back64(&c, inputs, weights, d_y);
    pool64(inputs, y, &c);
    if (rows * d < 2000) {
        double *numeric = numeric_gradient(pool64, &c, inputs, rows * (d + 1), d_y, batch * d);
        for (int64_t i = 0; i < rows * (d + 1); i++)
            assert_true(fabs(numeric[i] - d_inputs[i]) < 1e-7 * (1 + fabs(d_inputs[i])));
        free(numeric);
    }
    float *rounded = as_floats(weights, rows);
    for (int64_t b = 0; b < batch; b++) /* values past a sequence's end are not read */
        for (int64_t t = b * length + lengths[b]; t < (b + 1) * length; t++) {
            logits[t] = rounded[t] = NAN;
            for (int64_t j = 0; j < d; j++)
                x[t * d + j] = NAN;
        }
    struct compute_slice dn = upload(lengths, (size_t)batch * 4), dx = upload_floats(x, rows * d),
                         dl = upload_floats(logits, rows), dw = upload_floats(rounded, rows),
                         dd = upload_floats(d_y, batch * d);
    for (int wanted = 1; wanted < 4; wanted++) {
        struct result for_w = result_of(&random, rows, 0), for_y = result_of(&random, batch * d, 0);
        must(NETWORK.pool(compute.stream, batch, length, d, dn, dx, dl, wanted & 1 ? for_w.slice : none,
                          wanted & 2 ? for_y.slice : none, &error));
        if (wanted & 1)
            check_result(for_w, weights, 1e-6, "weights");
        else
            discard(for_w);
        if (wanted & 2)
            check_result(for_y, y, 2e-6, "pool");
        else
            discard(for_y);
    }
    for (int beta = 0; beta < 3; beta++) {
        float beta_x = 0.5F * (float)beta, beta_logits = 1 - beta_x;
        struct result for_x = result_of(&random, rows * d, beta_x), for_l = result_of(&random, rows, beta_logits);
        must(NETWORK.pool_backward(compute.stream, batch, length, d, dn, dx, dw, dd, beta_x, for_x.slice, beta_logits,
                                   for_l.slice, &error));
        check_result(for_x, d_inputs, 1e-6, "d_x");
        check_result(for_l, d_inputs + rows * d, 4e-6, "d_logits");
    }
    struct result for_x = result_of(&random, rows * d, 0), for_l = result_of(&random, rows, 0);
    must(NETWORK.pool_backward(compute.stream, batch, length, d, dn, dx, dw, dd, 0, for_x.slice, 0, none, &error));
    must(NETWORK.pool_backward(compute.stream, batch, length, d, dn, dx, dw, dd, 0, none, 0, for_l.slice, &error));
    check_result(for_x, d_inputs, 1e-6, "d_x alone");
    check_result(for_l, d_inputs + rows * d, 4e-6, "d_logits alone");
    drop(dn), drop(dx), drop(dl), drop(dw), drop(dd);
    free(x), free(logits), free(d_y), free(inputs), free(y), free(weights), free(d_inputs), free(rounded);
}

static void pool_cases(void)
{
    pool_case(0, 3, 5, 1);
    pool_case(1, 1, 1, 1);
    pool_case(3, 7, 5, 1);
    pool_case(5, 6, 33, 2);
    pool_case(4, 65, 3, 200);
    pool_case(130, 50, 67, 3);
    pool_case(3, 1000, 128, 5);
    pool_case(2, 1000, 1, 1e4F);
}

static void pooling_equals_float64(void **state)
{
    (void)state;
    with_each_instruction_set(pool_cases);
}

/* ---- masked scores ---- */

static void entries_case(int64_t rows, int64_t n)
{
    struct random random;
    random_seed(&random, (uint64_t)(rows + 31 * n));
    int64_t starts[300] = {2}; /* the first entries belong to no row */
    int32_t *columns = malloc((size_t)rows * 20 + 8);
    columns[0] = columns[1] = INT32_MAX;
    float *s = random_matrix(&random, rows * n), *got = malloc((size_t)(rows * n) * 4 + 4);
    struct compute_slice ds = upload_floats(s, rows * n);
    for (int64_t r = 0; r < rows; r++) {
        starts[r + 1] = starts[r] + (int64_t)random_below(&random, n > 0 ? 5 : 1);
        for (int64_t i = starts[r]; i < starts[r + 1]; i++) { /* one may occur twice */
            columns[i] = (int32_t)random_below(&random, (uint64_t)n);
            s[r * n + columns[i]] = -1e30F;
        }
    }
    struct compute_slice db = upload(starts, (size_t)(rows + 1) * 8), dc = upload(columns, (size_t)starts[rows] * 4);
    must(NETWORK.set_entries(compute.stream, rows, n, db, dc, -1e30F, ds, &error));
    fetch(ds, got, (size_t)(rows * n) * 4);
    assert_memory_equal(got, s, (size_t)(rows * n) * 4);
    drop(ds), drop(db), drop(dc);
    free(columns), free(s), free(got);
}

static void entries_cases(void)
{
    entries_case(0, 4);
    entries_case(1, 1);
    entries_case(3, 0);
    entries_case(63, 17);
    entries_case(299, 1001);
}

static void entries_are_set_and_others_stay(void **state)
{
    (void)state;
    entries_cases();
}

/* The result must be the same without the masked columns: no gradient at all where a score is masked, by a large value
 * or by -∞. */
static void masked_case(int64_t rows, int64_t n, float mask)
{
    struct random random;
    random_seed(&random, (uint64_t)(rows + 31 * n));
    int64_t starts[200] = {0}, masked_starts[200] = {0};
    int32_t targets[400], *masked = malloc((size_t)(rows * n) * 4);
    float weights[200], *s = random_matrix(&random, rows * n), *got = malloc((size_t)(rows * n) * 4);
    bool *is_masked = calloc((size_t)(rows * n), sizeof *is_masked);
    for (int64_t r = 0; r < rows; r++) {
        starts[r + 1] = starts[r] + 2;
        targets[2 * r] = (int32_t)random_below(&random, (uint64_t)n);
        targets[2 * r + 1] = (int32_t)random_below(&random, (uint64_t)n);
        weights[r] = 0.5F + (float)(r % 3);
        masked_starts[r + 1] = masked_starts[r];
        for (int64_t j = 0; j < n; j++) /* from a few columns to all but the targets */
            if (j != targets[2 * r] && j != targets[2 * r + 1] && (int64_t)random_below(&random, (uint64_t)rows) <= r) {
                masked[masked_starts[r + 1]++] = (int32_t)j;
                is_masked[r * n + j] = true;
            }
    }
    struct compute_slice ds = upload_floats(s, rows * n), db = upload(starts, (size_t)(rows + 1) * 8),
                         dt = upload(targets, (size_t)rows * 8), dw = upload_floats(weights, rows),
                         dl = upload(&(double){0}, 8), dm = upload(masked_starts, (size_t)(rows + 1) * 8),
                         dc = upload(masked, (size_t)masked_starts[rows] * 4);
    must(NETWORK.set_entries(compute.stream, rows, n, dm, dc, mask, ds, &error));
    must(NETWORK.softmax_loss(compute.stream, rows, n, ds, db, dt, dw, dl, &error));
    double loss, want = 0;
    fetch(ds, got, (size_t)(rows * n) * 4);
    fetch(dl, &loss, 8);
    for (int64_t r = 0; r < rows; r++) {
        double sum = 0, w = (double)weights[r];
        for (int64_t j = 0; j < n; j++)
            sum += is_masked[r * n + j] ? 0 : exp((double)s[r * n + j]);
        want += w * log(sum);
        for (int64_t t = 2 * r; t < 2 * r + 2; t++)
            want -= w * (double)s[r * n + targets[t]] / 2;
        for (int64_t j = 0; j < n; j++) {
            double slope = is_masked[r * n + j] ? 0 : w * exp((double)s[r * n + j]) / sum;
            for (int64_t t = 2 * r; t < 2 * r + 2; t++)
                slope -= targets[t] == j ? w / 2 : 0;
            assert_true(is_masked[r * n + j] ? got[r * n + j] == 0 : fabs((double)got[r * n + j] - slope) < 1e-6);
        }
    }
    assert_true(fabs(loss - want) <= 1e-6 * want);
    drop(ds), drop(db), drop(dt), drop(dw), drop(dl), drop(dm), drop(dc);
    free(masked), free(s), free(got), free(is_masked);
}

static void masked_cases(void)
{
    masked_case(1, 1, -1e30F);
    masked_case(13, 37, -1e30F);
    masked_case(13, 37, -INFINITY);
    masked_case(128, 2403, -1e30F);
}

static void masked_scores_take_no_gradient(void **state)
{
    (void)state;
    with_each_instruction_set(masked_cases);
}

/* ---- Adam ---- */

enum { STEPS = 50 };

static const float rate = 0.01F, beta1 = 0.9F, beta2 = 0.999F;

static void adam_case(int64_t n, float decay, float clip)
{
    struct random random;
    random_seed(&random, (uint64_t)n);
    float *p = random_matrix(&random, n), *got = malloc((size_t)n * 4 + 4), *zeros = calloc((size_t)n + 1, 4);
    double *p64 = widened(p, n), *m64 = calloc((size_t)n + 1, 8), *v64 = calloc((size_t)n + 1, 8);
    struct compute_slice dp = upload_floats(p, n), dm = upload_floats(zeros, n), dv = upload_floats(zeros, n);
    for (int64_t step = 1; step <= STEPS; step++) {
        float *g = random_matrix(&random, n);
        for (int64_t i = 0; i < n; i++) /* gradients of many magnitudes, sometimes none */
            g[i] *= (float)pow(10, (double)(i % 7) - 5) * (float)((step + i) % 4 != 0);
        double total = 0;
        for (int64_t i = 0; i < n; i++)
            total += (double)g[i] * (double)g[i];
        double share = clip == 0 ? 1 : fmin(1, (double)clip / (sqrt(total) + 1e-6));
        struct compute_slice dg = upload_floats(g, n), dt = clip == 0 ? none : upload(&total, 8);
        must(NETWORK.adam(compute.stream, n, step, rate, beta1, beta2, 1e-8F, decay, clip, dt, dg, dp, dm, dv, &error));
        for (int64_t i = 0; i < n; i++) {
            double b1 = (double)beta1, b2 = (double)beta2, slope = share * (double)g[i] + (double)decay * p64[i];
            m64[i] = b1 * m64[i] + (1 - b1) * slope;
            v64[i] = b2 * v64[i] + (1 - b2) * slope * slope;
            double m_hat = m64[i] / (1 - pow(b1, (double)step)), v_hat = v64[i] / (1 - pow(b2, (double)step));
            p64[i] -= (double)rate * m_hat / (sqrt(v_hat) + 1e-8);
        }
        drop(dg), free(g);
        if (clip != 0)
            drop(dt);
    }
    fetch(dp, got, (size_t)n * 4);
    for (int64_t i = 0; i < n; i++)
        assert_true(fabs((double)got[i] - p64[i]) < 1e-5 * (1 + fabs(p64[i])));
    fetch(dm, got, (size_t)n * 4);
    for (int64_t i = 0; i < n; i++) /* relative to the terms of the sum */
        assert_true(fabs((double)got[i] - m64[i]) < 1e-5 * sqrt(v64[i] * 1e3));
    fetch(dv, got, (size_t)n * 4);
    for (int64_t i = 0; i < n; i++)
        assert_true(fabs((double)got[i] - v64[i]) <= 2e-5 * v64[i]);
    drop(dp), drop(dm), drop(dv);
    free(p), free(got), free(zeros), free(p64), free(m64), free(v64);
}

static void adam_cases(void)
{
    adam_case(0, 0, 0);
    adam_case(1, 0.01F, 0);
    adam_case(37, 0, 0);
    adam_case(37, 0.1F, 0.5F);
    adam_case(16385, 0, 3);
    adam_case(33333, 0.01F, 0);
}

static void adam_equals_float64_over_many_steps(void **state)
{
    (void)state;
    with_each_instruction_set(adam_cases);
}

/* Every step takes some rows of a table, which have one second moment each. */
static void adam_rows_case(int64_t n_rows, int64_t d, float decay, float clip)
{
    struct random random;
    random_seed(&random, (uint64_t)(n_rows * d));
    const int64_t n = n_rows * d;
    float *p = random_matrix(&random, n), *got = malloc((size_t)n * 4), *zeros = calloc((size_t)n, 4);
    double *p64 = widened(p, n), *m64 = calloc((size_t)n, 8), *v64 = calloc((size_t)n_rows, 8);
    int32_t *ids = malloc((size_t)n_rows * sizeof *ids);
    struct compute_slice dp = upload_floats(p, n), dm = upload_floats(zeros, n), dv = upload_floats(zeros, n_rows);
    for (int64_t step = 1; step <= STEPS; step++) {
        float *g = random_matrix(&random, n);
        double total = 0;
        for (int64_t i = 0; i < n_rows; i++)
            ids[i] = (int32_t)(n_rows - 1 - i);
        for (int64_t i = 0; i < n_rows; i++) /* a row in three has no gradient */
            ids[i] = random_below(&random, 3) == 0 ? -1 : ids[i];
        for (int64_t i = 0; i < n; i++)
            total += (double)g[i] * (double)g[i];
        const double share = clip == 0 ? 1 : fmin(1, (double)clip / (sqrt(total) + 1e-6));
        struct compute_slice dg = upload_floats(g, n), dt = clip == 0 ? none : upload(&total, 8);
        struct compute_slice di = upload(ids, (size_t)n_rows * sizeof *ids);
        must(NETWORK.adam_rows(compute.stream, n_rows, d, n_rows, di, step, rate, beta1, beta2, 1e-8F, decay, clip, dt,
                               dg, dp, dm, dv, &error));
        for (int64_t i = 0; i < n_rows; i++) {
            const int64_t row = ids[i];
            const double b1 = (double)beta1, b2 = (double)beta2;
            double squares = 0;
            for (int64_t j = 0; j < d && row >= 0; j++) {
                double slope = share * (double)g[i * d + j] + (double)decay * p64[row * d + j];
                m64[row * d + j] = b1 * m64[row * d + j] + (1 - b1) * slope;
                squares += slope * slope;
            }
            if (row >= 0)
                v64[row] = b2 * v64[row] + (1 - b2) * squares / (double)d;
            for (int64_t j = 0; j < d && row >= 0; j++)
                p64[row * d + j] -= (double)rate * m64[row * d + j] / (1 - pow(b1, (double)step)) /
                                    (sqrt(v64[row] / (1 - pow(b2, (double)step))) + 1e-8);
        }
        drop(dg), drop(di), free(g);
        if (clip != 0)
            drop(dt);
    }
    fetch(dp, got, (size_t)n * 4);
    for (int64_t i = 0; i < n; i++)
        assert_true(fabs((double)got[i] - p64[i]) < 1e-5 * (1 + fabs(p64[i])));
    fetch(dv, got, (size_t)n_rows * 4);
    for (int64_t i = 0; i < n_rows; i++)
        assert_true(fabs((double)got[i] - v64[i]) <= 2e-5 * v64[i]);
    ids[0] = (int32_t)n_rows;
    struct compute_slice di = upload(ids, sizeof *ids);
    refused(NETWORK.adam_rows(compute.stream, n_rows, d, 1, di, 1, rate, beta1, beta2, 1e-8F, 0, 0, none, dp, dp, dm,
                              dv, &error),
            "ids");
    drop(dp), drop(dm), drop(dv), drop(di);
    free(p), free(got), free(zeros), free(p64), free(m64), free(v64), free(ids);
}

static void adam_rows_equals_float64_over_many_steps(void **state)
{
    (void)state;
    adam_rows_case(1, 1, 0.01F, 0);
    adam_rows_case(7, 5, 0, 0.5F);
    adam_rows_case(150, 33, 0.01F, 0);
}

/* The first step is the learning rate against the sign of the gradient, whatever its size. */
static void first_steps(void)
{
    const float g[4] = {3e-4F, -70, 1e6F, 0}, start[4] = {0}, want[4] = {-0.01F, 0.01F, -0.01F, 0};
    float got[4];
    struct compute_slice dg = upload(g, 16), dp = upload(start, 16), dm = upload(start, 16), dv = upload(start, 16);
    must(NETWORK.adam(compute.stream, 4, 1, rate, beta1, beta2, 1e-8F, 0, 0, none, dg, dp, dm, dv, &error));
    fetch(dp, got, 16);
    for (int i = 0; i < 4; i++)
        assert_true(fabs((double)got[i] - (double)want[i]) < 1e-6);
    drop(dg), drop(dp), drop(dm), drop(dv);
}

static void the_first_step_is_the_rate(void **state)
{
    (void)state;
    with_each_instruction_set(first_steps);
}

/* Decaying moments reach 0 rather than subnormal numbers; NaN is passed on. */
static void fading_moments(void)
{
    const float g[3] = {0, 0, NAN}, m[3] = {1.2e-38F, -1e-20F, 0}, v[3] = {1.1754944e-38F, 1e-20F, 0};
    float p[3] = {1, 1, 1}, got_m[3], got_v[3];
    struct compute_slice dg = upload(g, 12), dp = upload(p, 12), dm = upload(m, 12), dv = upload(v, 12);
    must(NETWORK.adam(compute.stream, 3, 1000, rate, beta1, beta2, 1e-8F, 0, 0, none, dg, dp, dm, dv, &error));
    download(dp, p, 12);
    download(dm, got_m, 12);
    download(dv, got_v, 12);
    assert_true(p[0] == 1 && got_m[0] == 0 && got_v[0] == 0);
    assert_true(got_m[1] < -0.8e-20F && got_v[1] > 0.9e-20F);
    assert_true(isnan(p[2]) && isnan(got_m[2]) && isnan(got_v[2]));
    drop(dg), drop(dp), drop(dm), drop(dv);
}

static void moments_fade_to_nothing(void **state)
{
    (void)state;
    with_each_instruction_set(fading_moments);
}

/* ---- faults ---- */

static void faults_are_refused(void **state)
{
    (void)state;
    const int32_t lengths[2] = {3, 1}, long_ones[2] = {1, 4}, empty[2] = {0, 1}, columns[2] = {1, 4}, negative = -1;
    const int64_t starts[3] = {0, 1, 2}, falling[3] = {0, 2, 1};
    struct compute_stream *stream = compute.stream;
    struct compute_slice n = upload(lengths, 8), big = upload(long_ones, 8), zero = upload(empty, 8),
                         x = upload(NULL, 24 * 4), l = upload(NULL, 24), y = upload(NULL, 32), c = upload(columns, 8),
                         b = upload(starts, 24), f = upload(falling, 24), short_one = upload(NULL, 16),
                         before = upload(&negative, 4);
    refused(NETWORK.pool(stream, 2, 3, 4, big, x, l, l, y, &error), "sequence of length 4");
    refused(NETWORK.pool(stream, 2, 3, 4, zero, x, l, l, y, &error), "sequence of length 0");
    refused(NETWORK.pool(stream, 3, 3, 4, n, x, l, l, y, &error), "lengths");
    refused(NETWORK.pool(stream, 2, 3, 5, n, x, l, l, y, &error), "X");
    refused(NETWORK.pool(stream, 2, 3, -4, n, x, l, l, y, &error), "X");
    refused(NETWORK.pool(stream, 2, 3, 4, n, x, short_one, l, y, &error), "logits");
    refused(NETWORK.pool(stream, 2, 3, 4, n, x, l, short_one, y, &error), "weights");
    refused(NETWORK.pool(stream, 2, 3, 4, n, x, l, l, short_one, &error), "Y");
    refused(NETWORK.pool_backward(stream, 2, 3, 4, big, x, l, y, 0, x, 0, l, &error), "sequence of length 4");
    refused(NETWORK.pool_backward(stream, 2, 3, 5, n, x, l, y, 0, x, 0, l, &error), "X");
    refused(NETWORK.pool_backward(stream, 2, 3, 4, n, x, short_one, y, 0, x, 0, l, &error), "weights");
    refused(NETWORK.pool_backward(stream, 2, 3, 4, n, x, l, short_one, 0, x, 0, l, &error), "dY");
    refused(NETWORK.pool_backward(stream, 2, 3, 4, n, x, l, y, 0, y, 0, l, &error), "dX");
    refused(NETWORK.pool_backward(stream, 2, 3, 4, n, x, l, y, 0, x, 0, short_one, &error), "dlogits");
    refused(NETWORK.set_entries(stream, 2, 4, b, c, 0, x, &error), "column 4");
    refused(NETWORK.set_entries(stream, 1, 4, b, before, 0, x, &error), "column -1");
    refused(NETWORK.set_entries(stream, 2, 5, f, c, 0, x, &error), "columns");
    refused(NETWORK.set_entries(stream, 3, 5, b, c, 0, x, &error), "starts");
    refused(NETWORK.set_entries(stream, 2, 13, b, c, 0, x, &error), "S");
    refused(NETWORK.adam(stream, 6, 0, 1, 0, 0, 1e-8F, 0, 0, none, x, x, x, x, &error), "step 0");
    refused(NETWORK.adam(stream, 6, 1, 1, 1, 0, 1e-8F, 0, 0, none, x, x, x, x, &error), "rates 1 and 0");
    refused(NETWORK.adam(stream, 6, 1, 1, 0, NAN, 1e-8F, 0, 0, none, x, x, x, x, &error), "rates 0 and");
    refused(NETWORK.adam(stream, 6, 1, 1, 0, 0, 1e-8F, 0, 0, none, short_one, x, x, x, &error), "gradient");
    refused(NETWORK.adam(stream, 6, 1, 1, 0, 0, 1e-8F, 0, 0, none, x, short_one, x, x, &error), "values");
    refused(NETWORK.adam(stream, 6, 1, 1, 0, 0, 1e-8F, 0, 0, none, x, x, short_one, x, &error), "m");
    refused(NETWORK.adam(stream, 6, 1, 1, 0, 0, 1e-8F, 0, 0, none, x, x, x, short_one, &error), "v");
    refused(NETWORK.adam(stream, 6, 1, 1, 0, 0, 1e-8F, 0, 1, none, x, x, x, x, &error), "squares");
    refused(NETWORK.adam(stream, -1, 1, 1, 0, 0, 1e-8F, 0, 0, none, x, x, x, x, &error), "gradient");
    drop(n), drop(big), drop(zero), drop(x), drop(l), drop(y), drop(c), drop(b), drop(f), drop(short_one), drop(before);
}

static void everything(void)
{
    pool_cases();
    entries_cases();
    masked_cases();
    adam_cases();
}

static void threads_change_nothing(void **state)
{
    (void)state;
    assert_threads_do_not_matter(everything);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pooling_equals_float64),
        cmocka_unit_test(entries_are_set_and_others_stay),
        cmocka_unit_test(masked_scores_take_no_gradient),
        cmocka_unit_test(adam_equals_float64_over_many_steps),
        cmocka_unit_test(adam_rows_equals_float64_over_many_steps),
        cmocka_unit_test(the_first_step_is_the_rate),
        cmocka_unit_test(moments_fade_to_nothing),
        cmocka_unit_test(faults_are_refused),
        cmocka_unit_test(threads_change_nothing),
    };
    return cmocka_run_group_tests_name("pooling, masked scores and Adam", tests, open_compute, close_compute);
}
