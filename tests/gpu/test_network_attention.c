#include "test_network_layers.h"

#include "core/pool.h"

/* Normalisation and attention against float64; results that do not depend on the number of threads. */

#define NETWORK (&compute.ops->network)
#define STREAM compute.stream

static double epsilon = 1e-5; /* of the normalisation that is tested */

/* Inputs of layer_norm: X, gain, bias. */
static void row_statistics(const struct problem *p, int64_t r, double *mean, double *inverse)
{
    double sum = 0, squares = 0;
    for (int64_t j = 0; j < p->d; j++)
        sum += p->inputs[0][r * p->d + j];
    *mean = sum / (double)p->d;
    for (int64_t j = 0; j < p->d; j++)
        squares += pow(p->inputs[0][r * p->d + j] - *mean, 2);
    *inverse = 1 / sqrt(squares / (double)p->d + epsilon);
}

static void layer_norm_forward(struct problem *p)
{
    for (int64_t r = 0; r < p->rows; r++) {
        double mean, inverse;
        row_statistics(p, r, &mean, &inverse);
        for (int64_t j = 0; j < p->d; j++)
            p->outputs[r * p->d + j] =
                (p->inputs[0][r * p->d + j] - mean) * inverse * p->inputs[1][j] + p->inputs[2][j];
    }
}

static void layer_norm_backward(struct problem *p)
{
    for (int64_t r = 0; r < p->rows; r++) {
        const double *x = p->inputs[0] + r * p->d, *d_y = p->d_outputs + r * p->d;
        double mean, inverse, sum = 0, product = 0;
        row_statistics(p, r, &mean, &inverse);
        for (int64_t j = 0; j < p->d; j++) {
            double normal = (x[j] - mean) * inverse, slope = d_y[j] * p->inputs[1][j];
            sum += slope / (double)p->d;
            product += slope * normal / (double)p->d;
            p->gradients[1][j] += d_y[j] * normal;
            p->gradients[2][j] += d_y[j];
        }
        for (int64_t j = 0; j < p->d; j++)
            p->gradients[0][r * p->d + j] +=
                inverse * (d_y[j] * p->inputs[1][j] - sum - (x[j] - mean) * inverse * product);
    }
}

/* A row of one element, or of nearly equal ones, divides by almost zero, which magnifies rounding errors. */
static double layer_tolerance(const struct problem *p)
{
    double most = 1;
    for (int64_t r = 0; r < p->rows; r++) {
        double mean, inverse;
        row_statistics(p, r, &mean, &inverse);
        most = fmax(most, inverse);
    }
    return 2e-6 + 2e-7 * most;
}

static void layer_norm_case(struct random *random, int64_t rows, int64_t d)
{
    struct compute_slice none = {0};
    struct problem p = {.rows = rows,
                        .d = d,
                        .forward = layer_norm_forward,
                        .backward = layer_norm_backward,
                        .sizes = {rows * d, d, d},
                        .n_outputs = rows * d};
    problem_open(&p, random);
    double *want = zeros(2 * rows), tolerance = layer_tolerance(&p);
    for (int64_t r = 0; r < rows; r++)
        row_statistics(&p, r, &want[2 * r], &want[2 * r + 1]);
    struct compute_slice stats = garbage(2 * rows);
    must(NETWORK->layer_norm(STREAM, rows, d, (float)epsilon, p.in[0], p.in[1], p.in[2], none, p.out, &error));
    expect_output("layer_norm without statistics", &p, tolerance);
    must(NETWORK->layer_norm(STREAM, rows, d, (float)epsilon, p.in[0], p.in[1], p.in[2], stats, p.out, &error));
    expect_output("layer_norm", &p, tolerance);
    expect("layer_norm's statistics", stats, want, 1, 2 * rows, tolerance);
    for (int beta = 0; beta < 2; beta++) {
        must(NETWORK->layer_norm_backward(STREAM, rows, d, p.in[0], p.in[1], stats, p.d_out, (float)beta, p.d_in[0],
                                          (float)beta, p.d_in[1], p.d_in[2], &error));
        for (int i = 0; i < 3; i++)
            expect_gradient("layer_norm_backward", &p, i, 1 + beta, 2 * tolerance);
    }
    for (int i = 0; i < 3; i++) { /* each gradient alone */
        must(NETWORK->layer_norm_backward(STREAM, rows, d, p.in[0], p.in[1], stats, p.d_out, 1,
                                          i == 0 ? p.d_in[0] : none, 1, i == 1 ? p.d_in[1] : none,
                                          i == 2 ? p.d_in[2] : none, &error));
        for (int other = 0; other < 3; other++)
            expect_gradient("layer_norm_backward", &p, other, other <= i ? 3 : 2, 3 * tolerance);
    }
    drop(stats);
    free(want);
    problem_close(&p);
}

static void layer_norm_cases(void)
{
    for_shapes(11, layer_norm_case);
    epsilon = 1e-6;
    for_shapes(12, layer_norm_case);
    epsilon = 1e-5;
}

/* Whether position i of the sequences is valid. */
static int valid(const struct problem *p, int64_t i)
{
    return !p->lengths || i % p->length < p->lengths[i / p->length];
}

static void column_statistics(const struct problem *p, int64_t j, double *count, double *mean, double *variance)
{
    double sum = 0, squares = 0;
    *count = 0;
    for (int64_t i = 0; i < p->rows * p->length; i++)
        if (valid(p, i)) {
            ++*count;
            sum += p->inputs[0][i * p->d + j];
        }
    *mean = sum / *count;
    for (int64_t i = 0; i < p->rows * p->length; i++)
        if (valid(p, i))
            squares += pow(p->inputs[0][i * p->d + j] - *mean, 2);
    *variance = squares / *count;
}

/* Inputs of batch_norm: X, gain, bias. */
static void batch_norm_forward(struct problem *p)
{
    for (int64_t j = 0; j < p->d; j++) {
        double count, mean, variance;
        column_statistics(p, j, &count, &mean, &variance);
        for (int64_t i = 0; i < p->rows * p->length; i++)
            p->outputs[i * p->d + j] =
                valid(p, i)
                    ? (p->inputs[0][i * p->d + j] - mean) / sqrt(variance + epsilon) * p->inputs[1][j] + p->inputs[2][j]
                    : 0;
    }
}

static void batch_norm_backward(struct problem *p)
{
    for (int64_t j = 0; j < p->d; j++) {
        double count, mean, variance;
        column_statistics(p, j, &count, &mean, &variance);
        double inverse = 1 / sqrt(variance + epsilon);
        for (int64_t i = 0; i < p->rows * p->length; i++)
            if (valid(p, i)) {
                p->gradients[1][j] += p->d_outputs[i * p->d + j] * (p->inputs[0][i * p->d + j] - mean) * inverse;
                p->gradients[2][j] += p->d_outputs[i * p->d + j];
            }
        for (int64_t i = 0; i < p->rows * p->length; i++)
            if (valid(p, i))
                p->gradients[0][i * p->d + j] +=
                    p->inputs[1][j] * inverse *
                    (p->d_outputs[i * p->d + j] - p->gradients[2][j] / count -
                     (p->inputs[0][i * p->d + j] - mean) * inverse * p->gradients[1][j] / count);
    }
}

/* Those of constant statistics. */
static void running_gradients(struct problem *p, const double *running)
{
    for (int64_t j = 0; j < p->d; j++) {
        const double inverse = 1 / sqrt(running[p->d + j] + epsilon);
        p->gradients[1][j] = p->gradients[2][j] = 0;
        for (int64_t at = j; at < p->n_outputs; at += p->d) {
            const double d_y = valid(p, at / p->d) ? p->d_outputs[at] : 0;
            p->gradients[0][at] = p->inputs[1][j] * inverse * d_y;
            p->gradients[1][j] += d_y * (p->inputs[0][at] - running[j]) * inverse;
            p->gradients[2][j] += d_y;
        }
    }
}

static void batch_norm_case(struct random *random, int64_t batch, int64_t length, int64_t d, const int32_t *lengths)
{
    struct compute_slice none = {0};
    struct problem p = {.rows = batch,
                        .d = d,
                        .length = length,
                        .lengths = lengths,
                        .forward = batch_norm_forward,
                        .backward = batch_norm_backward,
                        .sizes = {batch * length * d, d, d},
                        .n_outputs = batch * length * d};
    problem_open(&p, random);
    double *running = zeros(2 * d), *stats = zeros(2 * d), most = 1;
    struct compute_slice at_running = random_slice(random, 2 * d, running), at_stats = garbage(2 * d);
    for (int64_t j = 0; j < d; j++) {
        double count, mean, variance;
        column_statistics(&p, j, &count, &mean, &variance);
        stats[j] = mean;
        stats[d + j] = 1 / sqrt(variance + epsilon);
        running[j] = 0.9 * running[j] + 0.1 * mean;
        running[d + j] = 0.9 * running[d + j] + (count > 1 ? 0.1 * variance * count / (count - 1) : 0);
        most = fmax(most, stats[d + j]);
    }
    const double tolerance = 2e-6 + 2e-7 * most;
    must(NETWORK->batch_norm(STREAM, 1, 1e-5f, 0.1f, batch, length, d, p.at_lengths, p.in[0], p.in[1], p.in[2],
                             at_running, at_stats, p.out, &error));
    expect_output("batch_norm", &p, tolerance);
    expect("batch_norm's statistics", at_stats, stats, 1, 2 * d, tolerance);
    expect("batch_norm's running statistics", at_running, running, 1, 2 * d, 2e-6);
    for (int beta = 0; beta < 2; beta++) {
        must(NETWORK->batch_norm_backward(STREAM, 1, batch, length, d, p.at_lengths, p.in[0], p.in[1], at_stats,
                                          p.d_out, (float)beta, p.d_in[0], (float)beta, p.d_in[1], p.d_in[2], &error));
        for (int i = 0; i < 3; i++)
            expect_gradient("batch_norm_backward", &p, i, 1 + beta, 3 * tolerance);
    }
    for (int i = 0; i < 3; i++) { /* each gradient alone */
        must(NETWORK->batch_norm_backward(STREAM, 1, batch, length, d, p.at_lengths, p.in[0], p.in[1], at_stats,
                                          p.d_out, 1, i == 0 ? p.d_in[0] : none, 1, i == 1 ? p.d_in[1] : none,
                                          i == 2 ? p.d_in[2] : none, &error));
        for (int other = 0; other < 3; other++)
            expect_gradient("batch_norm_backward", &p, other, other <= i ? 3 : 2, 3 * tolerance);
    }

    /* Not training: the running statistics are used and not changed. */
    drop(at_running);
    at_running = random_slice(random, 2 * d, running);
    float *floats = malloc((size_t)(2 * d) * 4);
    assert_non_null(floats);
    for (int64_t j = 0; j < 2 * d; j++)
        running[j] = (double)(floats[j] = (float)(j < d ? running[j] : 0.5 + fabs(running[j])));
    must(compute.ops->buffer_write(STREAM, at_running.buffer, 0, floats, (size_t)(2 * d) * 4, &error));
    for (int64_t i = 0; i < p.n_outputs; i++)
        p.outputs[i] = valid(&p, i / d) ? (p.inputs[0][i] - running[i % d]) / sqrt(running[d + i % d] + epsilon) *
                                                  p.inputs[1][i % d] +
                                              p.inputs[2][i % d]
                                        : 0;
    fill_nan(p.out, p.n_outputs);
    must(NETWORK->batch_norm(STREAM, 0, 1e-5f, 0.1f, batch, length, d, p.at_lengths, p.in[0], p.in[1], p.in[2],
                             at_running, none, p.out, &error));
    expect_output("batch_norm by running statistics", &p, 2e-6);
    expect("running statistics", at_running, running, 1, 2 * d, 0);
    running_gradients(&p, running);
    must(NETWORK->batch_norm(STREAM, 0, 1e-5f, 0.1f, batch, length, d, p.at_lengths, p.in[0], p.in[1], p.in[2],
                             at_running, at_stats, p.out, &error));
    must(NETWORK->batch_norm_backward(STREAM, 0, batch, length, d, p.at_lengths, p.in[0], p.in[1], at_stats, p.d_out, 0,
                                      p.d_in[0], 0, p.d_in[1], p.d_in[2], &error));
    for (int i = 0; i < 3; i++)
        expect_gradient("batch_norm_backward by running statistics", &p, i, 1, 3e-6 * sqrt((double)(batch * length)));
    drop(at_running), drop(at_stats);
    free(running), free(stats), free(floats);
    problem_close(&p);
}

static void batch_norm_cases(void)
{
    const int64_t widths[] = {1, 5, 16, 17, 128, 131};
    const int32_t lengths[] = {3, 1, 7, 5, 2}, one[] = {1};
    struct random random;
    random_seed(&random, 12);
    for (size_t w = 0; w < sizeof widths / sizeof *widths; w++) {
        batch_norm_case(&random, 5, 7, widths[w], lengths);
        batch_norm_case(&random, 3, 4, widths[w], NULL);
        batch_norm_case(&random, 1, 3, widths[w], one);
        batch_norm_case(&random, 5, 40, widths[w], lengths);
    }
}

/* The input of attention: QKV. Outputs: Y. */
static double product_of(const struct problem *p, int64_t sequence, int64_t head, int64_t query, int64_t key)
{
    const double *rows = p->inputs[0] + sequence * p->length * 3 * p->heads * p->d + head * p->d;
    double sum = 0;
    for (int64_t j = 0; j < p->d; j++)
        sum += rows[query * 3 * p->heads * p->d + j] * rows[(key * 3 + 1) * p->heads * p->d + j];
    return sum / sqrt((double)p->d);
}

static int64_t keys_seen(const struct problem *p, int64_t sequence, int64_t query)
{
    int64_t keys = p->lengths ? p->lengths[sequence] : p->length;
    return p->causal && query + 1 < keys ? query + 1 : keys;
}

/* The softmax of a query's products; 0 for masked keys. */
static void weights_of(const struct problem *p, int64_t sequence, int64_t head, int64_t query, double *weights)
{
    double sum = 0;
    for (int64_t key = 0; key < p->length; key++) {
        weights[key] = key < keys_seen(p, sequence, query) ? exp(product_of(p, sequence, head, query, key)) : 0;
        sum += weights[key];
    }
    for (int64_t key = 0; key < p->length; key++)
        weights[key] /= sum;
}

static int64_t weights_at(const struct problem *p, int64_t sequence, int64_t head, int64_t query)
{
    return ((sequence * p->heads + head) * p->length + query) * p->length;
}

static void attention_forward(struct problem *p)
{
    double *weights = zeros(p->length);
    memset(p->outputs, 0, (size_t)p->n_outputs * sizeof *p->outputs);
    for (int64_t b = 0; b < p->rows; b++)
        for (int64_t h = 0; h < p->heads; h++)
            for (int64_t t = 0; t < p->length; t++) {
                weights_of(p, b, h, t, weights);
                for (int64_t key = 0; key < p->length; key++)
                    for (int64_t j = 0; j < p->d; j++)
                        p->outputs[((b * p->length + t) * p->heads + h) * p->d + j] +=
                            weights[key] * factor_of(p, weights_at(p, b, h, t) + key) *
                            p->inputs[0][(((b * p->length + key) * 3 + 2) * p->heads + h) * p->d + j];
            }
    free(weights);
}

static void attention_backward(struct problem *p)
{
    double *weights = zeros(p->length), *slopes = zeros(p->length);
    for (int64_t b = 0; b < p->rows; b++)
        for (int64_t h = 0; h < p->heads; h++)
            for (int64_t t = 0; t < p->length; t++) {
                const double *d_y = p->d_outputs + ((b * p->length + t) * p->heads + h) * p->d;
                int64_t q = ((b * p->length + t) * 3 * p->heads + h) * p->d;
                double mean = 0;
                weights_of(p, b, h, t, weights);
                for (int64_t key = 0; key < p->length; key++) {
                    int64_t v = (((b * p->length + key) * 3 + 2) * p->heads + h) * p->d;
                    double factor = factor_of(p, weights_at(p, b, h, t) + key);
                    slopes[key] = 0;
                    for (int64_t j = 0; j < p->d; j++) {
                        slopes[key] += factor * d_y[j] * p->inputs[0][v + j];
                        p->gradients[0][v + j] += factor * weights[key] * d_y[j];
                    }
                    mean += slopes[key] * weights[key];
                }
                for (int64_t key = 0; key < p->length; key++) {
                    int64_t k = (((b * p->length + key) * 3 + 1) * p->heads + h) * p->d;
                    double slope = weights[key] * (slopes[key] - mean) / sqrt((double)p->d);
                    for (int64_t j = 0; j < p->d; j++) {
                        p->gradients[0][q + j] += slope * p->inputs[0][k + j];
                        p->gradients[0][k + j] += slope * p->inputs[0][q + j];
                    }
                }
            }
    free(weights), free(slopes);
}

static void attention_case(struct random *random, const int64_t shape[4], int mode, const int32_t *lengths)
{
    struct compute_slice none = {0};
    int64_t batch = shape[0], length = shape[1], heads = shape[2], d = shape[3], n = batch * heads * length * length;
    struct problem p = {.rows = batch,
                        .d = d,
                        .length = length,
                        .heads = heads,
                        .causal = mode & 1,
                        .dropout = {mode & 2 ? 0.3f : 0, 17},
                        .lengths = mode & 4 ? lengths : NULL,
                        .forward = attention_forward,
                        .backward = attention_backward,
                        .sizes = {batch * length * 3 * heads * d},
                        .n_outputs = batch * length * heads * d};
    problem_open(&p, random);
    double *want = zeros(n);
    for (int64_t b = 0; b < batch; b++)
        for (int64_t h = 0; h < heads; h++)
            for (int64_t t = 0; t < length; t++)
                weights_of(&p, b, h, t, want + weights_at(&p, b, h, t));
    struct compute_slice weights = garbage(n);
    must(NETWORK->attention(STREAM, batch, length, heads, d, p.causal, p.at_lengths, p.in[0], p.dropout, none, p.out,
                            &error));
    expect_output("attention without weights", &p, 3e-6);
    must(NETWORK->attention(STREAM, batch, length, heads, d, p.causal, p.at_lengths, p.in[0], p.dropout, weights, p.out,
                            &error));
    expect_output("attention", &p, 3e-6);
    expect("attention's weights", weights, want, 1, n, 1e-6);
    for (int beta = 0; beta < 2; beta++) {
        must(NETWORK->attention_backward(STREAM, batch, length, heads, d, p.causal, p.at_lengths, p.in[0], p.dropout,
                                         weights, p.d_out, (float)beta, p.d_in[0], &error));
        expect_gradient("attention_backward", &p, 0, 1 + beta, 1e-5);
    }
    drop(weights);
    free(want);
    problem_close(&p);
}

static void attention_cases(void)
{
    const int64_t shapes[][4] = {{1, 1, 1, 1},   {2, 3, 3, 5},   {3, 10, 8, 16}, {4, 7, 1, 17},
                                 {5, 20, 3, 16}, {2, 40, 1, 33}, {37, 5, 3, 16}, {1, 16, 2, 128}};
    const int32_t some[] = {1, 3, 10, 7, 20, 1, 2, 5, 4};
    struct random random;
    random_seed(&random, 13);
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        int32_t lengths[64];
        for (int i = 0; i < 64; i++) {
            int32_t length = some[i % 9];
            lengths[i] = length < shapes[s][1] ? length : (int32_t)shapes[s][1];
        }
        for (int mode = 0; mode < 8; mode++)
            attention_case(&random, shapes[s], mode, lengths);
    }
}

/* A softmax of products of several hundred is finite, and a NaN is passed on. */
static void steep_softmax(void)
{
    float qkv[6] = {300, 300, 1, -300, -300, 2}, got[2]; /* two positions of q, k, v */
    const double want[2] = {1, 2}, want_weights[4] = {1, 0, 0, 1};
    struct compute_slice in = upload(qkv, sizeof qkv), weights = garbage(4), y = garbage(2), none = {0};
    must(NETWORK->attention(STREAM, 1, 2, 1, 1, 0, none, in, (struct dropout){0}, weights, y, &error));
    expect("attention", y, want, 1, 2, 0);
    expect("attention's weights", weights, want_weights, 1, 4, 1e-30);
    qkv[4] = NAN; /* k of the second */
    must(compute.ops->buffer_write(STREAM, in.buffer, 0, qkv, sizeof qkv, &error));
    must(NETWORK->attention(STREAM, 1, 2, 1, 1, 0, none, in, (struct dropout){0}, weights, y, &error));
    download(y, got, sizeof got);
    assert_true(isnan(got[0]) && isnan(got[1]));
    drop(in), drop(weights), drop(y);
}

enum { ROWS = 400, WIDTH = 128, ALL = ROWS * WIDTH, PARTS = 20 };

/* Every operation that is split into tasks, one result after the other. */
static void run_everything(const struct compute_slice x[3], struct compute_slice results)
{
    struct dropout dropout = {0.2f, 3};
    struct compute_slice none = {0}, part[PARTS];
    for (int i = 0; i < PARTS; i++)
        part[i] = (struct compute_slice){results.buffer, (size_t)i * ALL};
    must(NETWORK->copy_columns(STREAM, ROWS, 100, 2, x[0], WIDTH, 0, part[0], WIDTH, &error));
    must(NETWORK->column_sums(STREAM, ROWS, WIDTH, x[0], 0, part[1], &error));
    must(NETWORK->activate(STREAM, ACTIVATION_GELU, ROWS, WIDTH, x[0], x[1], dropout, part[2], &error));
    must(NETWORK->activate_backward(STREAM, ACTIVATION_GELU, ROWS, WIDTH, x[0], x[1], dropout, x[2], 0, part[3],
                                    &error));
    must(NETWORK->residual(STREAM, ROWS, WIDTH, x[0], x[1], x[2], dropout, part[4], &error));
    must(NETWORK->dropout_backward(STREAM, ALL, dropout, x[0], 0, part[5], &error));
    must(NETWORK->glu(STREAM, ROWS / 2, WIDTH, x[0], x[1], part[6], &error));
    must(NETWORK->glu_backward(STREAM, ROWS / 2, WIDTH, x[0], x[1], x[2], 0, part[7], &error));
    must(NETWORK->layer_norm(STREAM, ROWS, WIDTH, 1e-5f, x[0], x[1], x[2], part[8], part[9], &error));
    must(NETWORK->layer_norm_backward(STREAM, ROWS, WIDTH, x[0], x[1], part[8], x[2], 0, part[10], 0, part[11],
                                      part[12], &error));
    must(NETWORK->fill(STREAM, 2 * WIDTH, 1, part[13], &error));
    must(NETWORK->batch_norm(STREAM, 1, 1e-5f, 0.1f, ROWS / 10, 10, WIDTH, none, x[0], x[1], x[2], part[13],
                             (struct compute_slice){results.buffer, (size_t)13 * ALL + 1000}, part[14], &error));
    must(NETWORK->batch_norm_backward(STREAM, 1, ROWS / 10, 10, WIDTH, none, x[0], x[1],
                                      (struct compute_slice){results.buffer, (size_t)13 * ALL + 1000}, x[2], 0,
                                      part[15], 0, (struct compute_slice){results.buffer, (size_t)13 * ALL + 2000},
                                      (struct compute_slice){results.buffer, (size_t)13 * ALL + 3000}, &error));
    must(NETWORK->attention(STREAM, 32, 10, 2, 16, 1, none, x[0], dropout, part[16], part[17], &error));
    must(NETWORK->attention_backward(STREAM, 32, 10, 2, 16, 1, none, x[0], dropout, part[16], x[2], 0, part[18],
                                     &error));
    must(NETWORK->weighted_sum(STREAM, ROWS / 4, 4, WIDTH, x[0], x[1], x[2], part[19], &error));
    must(NETWORK->weighted_sum_backward(STREAM, ROWS / 4, 4, WIDTH, x[0], x[1], x[2], 1, part[5], 0,
                                        (struct compute_slice){results.buffer, (size_t)13 * ALL + 4000},
                                        (struct compute_slice){results.buffer, (size_t)13 * ALL + 4100}, &error));
}

/* On other devices, the order in which blocks and threads run does not matter either. */
static void threads_do_not_matter(void)
{
    struct random random;
    random_seed(&random, 14);
    struct compute_slice x[3], results[2];
    for (int i = 0; i < 3; i++) {
        float *values = random_matrix(&random, ALL);
        x[i] = upload(values, ALL * 4);
        free(values);
    }
    size_t bytes = (size_t)PARTS * ALL * 4;
    struct pool *many = test_device_is_cpu() ? compute.device->pool : NULL, *one = NULL;
    must(pool_create(1, &one, &error));
    for (int i = 0; i < 2; i++) {
        results[i] = upload(NULL, bytes);
        if (test_device_is_cpu())
            compute.device->pool = i ? one : many;
        run_everything(x, results[i]);
    }
    if (test_device_is_cpu())
        compute.device->pool = many;
    pool_destroy(one);
    char *first = malloc(bytes), *second = malloc(bytes);
    assert_true(first && second);
    download(results[0], first, bytes);
    download(results[1], second, bytes);
    assert_memory_equal(first, second, bytes);
    free(first), free(second);
    for (int i = 0; i < 3; i++)
        drop(x[i]);
    drop(results[0]), drop(results[1]);
}

static void wrong_arguments_are_refused(void **state)
{
    (void)state;
    struct compute_slice six = upload(NULL, 24), five = upload(NULL, 20), none = {0};
    struct dropout keep = {0};
    refused(NETWORK->layer_norm(STREAM, 2, 3, 1e-5f, six, five, none, none, six, &error));
    refused(NETWORK->layer_norm(STREAM, 3, 2, 1e-5f, six, five, five, five, six, &error));
    refused(NETWORK->layer_norm_backward(STREAM, 2, 3, six, five, none, six, 0, six, 0, none, none, &error));
    refused(NETWORK->layer_norm_backward(STREAM, 1, 6, six, six, five, six, 0, six, 0, five, none, &error));
    refused(NETWORK->batch_norm(STREAM, 1, 1e-5f, 0.1f, 2, 1, 3, none, six, five, five, six, none, six, &error));
    refused(NETWORK->batch_norm(STREAM, 0, 1e-5f, 0.1f, 2, 1, 3, none, six, five, five, five, none, six, &error));
    refused(NETWORK->batch_norm(STREAM, 0, 1e-5f, 0.1f, 6, 1, 1, five, six, five, five, five, none, six, &error));
    refused(
        NETWORK->batch_norm_backward(STREAM, 1, 2, 1, 3, none, six, five, five, six, 0, six, 0, five, five, &error));
    refused(NETWORK->attention(STREAM, 2, 1, 1, 1, 0, none, six, keep, five, none, &error));
    refused(NETWORK->attention(STREAM, 1, 2, 2, 1, 0, none, six, keep, six, six, &error));
    refused(NETWORK->attention(STREAM, 1, 3, 1, 0, 0, none, six, keep, six, six, &error));
    refused(NETWORK->attention(STREAM, 0, 1025, 1, 1, 0, none, six, keep, six, six, &error));
    refused(NETWORK->attention(STREAM, 1, 2, 1, 1, 0, none, six, (struct dropout){NAN, 1}, six, six, &error));
    refused(NETWORK->attention_backward(STREAM, 2, 1, 1, 1, 0, none, six, keep, none, six, 0, six, &error));
    refused(NETWORK->attention_backward(STREAM, 2, 1, 1, 1, 0, none, six, keep, six, six, 0, five, &error));
    must(NETWORK->layer_norm(STREAM, 0, 3, 1e-5f, none, five, five, none, none, &error));
    drop(six), drop(five);
}

#define EACH_SET(name, cases)                                                                                          \
    static void name(void **state)                                                                                     \
    {                                                                                                                  \
        (void)state;                                                                                                   \
        with_each_instruction_set(cases);                                                                              \
    }

EACH_SET(layer_norm_equals_float64, layer_norm_cases)
EACH_SET(batch_norm_equals_float64, batch_norm_cases)
EACH_SET(attention_equals_float64, attention_cases)
EACH_SET(steep_softmax_is_finite, steep_softmax)
EACH_SET(results_do_not_depend_on_threads, threads_do_not_matter)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layer_norm_equals_float64),        cmocka_unit_test(batch_norm_equals_float64),
        cmocka_unit_test(attention_equals_float64),         cmocka_unit_test(steep_softmax_is_finite),
        cmocka_unit_test(results_do_not_depend_on_threads), cmocka_unit_test(wrong_arguments_are_refused),
    };
    return cmocka_run_group_tests_name("network normalisation and attention", tests, open_compute, close_compute);
}
