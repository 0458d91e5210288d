#include "results.h"

/* Windows, running means and maxima, means of sequences and gated recurrent units against float64, forward and
 * backward; gradients are compared with central differences of the float64 forward pass. */

struct shape {
    int64_t batch, length, d, kernel;
    const int32_t *lengths;
};

static void unfold64(const double *x, double *y, const void *context)
{
    const struct shape *s = context;
    for (int64_t b = 0; b < s->batch; b++)
        for (int64_t t = 0; t < s->length; t++)
            for (int64_t k = 0; k < s->kernel; k++)
                for (int64_t j = 0; j < s->d; j++) {
                    int64_t from = t - s->kernel + 1 + k;
                    *y++ = from < 0 ? 0 : x[(b * s->length + from) * s->d + j];
                }
}

static void running_mean64(const double *x, double *y, const void *context)
{
    const struct shape *s = context;
    for (int64_t b = 0; b < s->batch; b++)
        for (int64_t j = 0; j < s->d; j++) {
            double sum = 0;
            for (int64_t t = 0; t < s->length; t++) {
                int64_t at = (b * s->length + t) * s->d + j;
                sum += x[at];
                y[at] = sum / (double)(t + 1);
            }
        }
}

static void running_max64(const double *x, double *y, const void *context)
{
    const struct shape *s = context;
    for (int64_t b = 0; b < s->batch; b++)
        for (int64_t j = 0; j < s->d; j++) {
            double most = -INFINITY;
            for (int64_t t = 0; t < s->length; t++) {
                int64_t at = (b * s->length + t) * s->d + j;
                most = fmax(most, x[at]);
                y[at] = most;
            }
        }
}

static void sequence_mean64(const double *x, double *y, const void *context)
{
    const struct shape *s = context;
    for (int64_t b = 0; b < s->batch; b++)
        for (int64_t j = 0; j < s->d; j++) {
            double sum = 0;
            for (int64_t t = 0; t < s->lengths[b]; t++)
                sum += x[(b * s->length + t) * s->d + j];
            y[b * s->d + j] = sum / s->lengths[b];
        }
}

enum operation { UNFOLD, RUNNING_MEAN, RUNNING_MAX, SEQUENCE_MEAN, OPERATIONS };

static const struct {
    const char *name;
    void (*forward)(const double *x, double *y, const void *context);
} operations[OPERATIONS] = {[UNFOLD] = {"unfold", unfold64},
                            [RUNNING_MEAN] = {"running_mean", running_mean64},
                            [RUNNING_MAX] = {"running_max", running_max64},
                            [SEQUENCE_MEAN] = {"sequence_mean", sequence_mean64}};

static enum status forward(enum operation operation, const struct shape *s, struct compute_slice lengths,
                           struct compute_slice x, struct compute_slice places, struct compute_slice y,
                           struct error *error)
{
    if (operation == UNFOLD)
        return NETWORK.unfold(compute.stream, s->batch, s->length, s->d, s->kernel, x, y, error);
    if (operation == RUNNING_MEAN)
        return NETWORK.running_mean(compute.stream, s->batch, s->length, s->d, x, y, error);
    if (operation == RUNNING_MAX)
        return NETWORK.running_max(compute.stream, s->batch, s->length, s->d, x, places, y, error);
    return NETWORK.sequence_mean(compute.stream, s->batch, s->length, s->d, lengths, x, y, error);
}

static enum status backward(enum operation operation, const struct shape *s, struct compute_slice lengths,
                            struct compute_slice places, struct compute_slice d_y, float beta, struct compute_slice d_x,
                            struct error *error)
{
    if (operation == UNFOLD)
        return NETWORK.unfold_backward(compute.stream, s->batch, s->length, s->d, s->kernel, d_y, beta, d_x, error);
    if (operation == RUNNING_MEAN)
        return NETWORK.running_mean_backward(compute.stream, s->batch, s->length, s->d, d_y, beta, d_x, error);
    if (operation == RUNNING_MAX)
        return NETWORK.running_max_backward(compute.stream, s->batch, s->length, s->d, places, d_y, beta, d_x, error);
    return NETWORK.sequence_mean_backward(compute.stream, s->batch, s->length, s->d, lengths, d_y, beta, d_x, error);
}

static int64_t output_of(enum operation operation, const struct shape *s)
{
    if (operation == UNFOLD)
        return s->batch * s->length * s->kernel * s->d;
    return operation == SEQUENCE_MEAN ? s->batch * s->d : s->batch * s->length * s->d;
}

static void sequence_case(enum operation operation, const struct shape *s)
{
    struct random random;
    random_seed(&random, (uint64_t)(s->batch + 10 * s->length + 100 * s->d + operation));
    int64_t n_x = s->batch * s->length * s->d, n_y = output_of(operation, s);
    float *x = random_matrix(&random, n_x), *d_y = random_matrix(&random, n_y);
    double *x64 = widened(x, n_x), *y64 = calloc((size_t)n_y + 1, sizeof *y64);
    operations[operation].forward(x64, y64, s);
    struct compute_slice dx = upload_floats(x, n_x), dd = upload_floats(d_y, n_y),
                         lengths = upload(s->lengths, (size_t)s->batch * 4), places = upload(NULL, (size_t)n_x * 4),
                         none = {0};
    struct result y = result_of(&random, n_y, 0);
    must(forward(operation, s, lengths, dx, places, y.slice, &error));
    check_result(y, y64, 1e-6, operations[operation].name);
    double *want = numeric_gradient(operations[operation].forward, s, x64, n_x, d_y, n_y);
    for (int beta = 0; beta < 2; beta++) {
        struct result d_x = result_of(&random, n_x, (float)beta);
        must(backward(operation, s, lengths, places, dd, (float)beta, d_x.slice, &error));
        check_result(d_x, want, 2e-6, operations[operation].name);
    }
    must(backward(operation, s, lengths, places, dd, 0, none, &error));
    /* One element too few for each argument. */
    struct compute_slice short_x = {dx.buffer, 1}, short_y = {dd.buffer, 1};
    struct result other = result_of(&random, n_y, 0);
    refused(forward(operation, s, lengths, short_x, places, other.slice, &error), operations[operation].name);
    refused(forward(operation, s, lengths, dx, places, short_y, &error), operations[operation].name);
    refused(backward(operation, s, lengths, places, short_y, 0, dx, &error), operations[operation].name);
    refused(backward(operation, s, lengths, places, dd, 0, short_x, &error), operations[operation].name);
    drop(other.slice), drop(dx), drop(dd), drop(lengths), drop(places);
    free(other.before), free(x), free(d_y), free(x64), free(y64), free(want);
}

static void sequence_cases(void)
{
    static const int32_t lengths[6] = {1, 7, 3, 5, 2, 9};
    const struct shape shapes[] = {{1, 1, 1, 1, lengths},
                                   {2, 7, 5, 3, lengths},
                                   {3, 7, 67, 2, lengths},
                                   {6, 9, 33, 4, lengths},
                                   {1, 2, 3, 5, lengths}};
    for (int operation = 0; operation < OPERATIONS; operation++)
        for (size_t c = 0; c < sizeof shapes / sizeof shapes[0]; c++)
            sequence_case((enum operation)operation, &shapes[c]);
}

static void sequences_equal_float64_and_its_gradients(void **state)
{
    (void)state;
    with_each_instruction_set(sequence_cases);
}

/* Of equal maxima the first one counts and receives the gradient. */
static void equal_maxima(void)
{
    const float x[8] = {-3, 1, -3, 2, -1, 2, -1, 0}, d_y[8] = {1, 10, 2, 20, 4, 40, 8, 80};
    struct compute_slice dx = upload(x, 32), dd = upload(d_y, 32), dp = upload(NULL, 32), dy = upload(NULL, 32);
    must(NETWORK.running_max(compute.stream, 1, 4, 2, dx, dp, dy, &error));
    int32_t places[8];
    fetch(dp, places, 32);
    const int32_t want_places[8] = {0, 0, 0, 1, 2, 1, 2, 1};
    assert_memory_equal(places, want_places, 32);
    must(NETWORK.running_max_backward(compute.stream, 1, 4, 2, dp, dd, 0, dy, &error));
    float d_x[8];
    fetch(dy, d_x, 32);
    const float want[8] = {3, 10, 0, 140, 12, 0, 0, 0};
    assert_memory_equal(d_x, want, 32);
    drop(dx), drop(dd), drop(dp), drop(dy);
}

static void of_equal_maxima_the_first_counts(void **state)
{
    (void)state;
    with_each_instruction_set(equal_maxima);
}

static void bad_lengths_are_refused(void **state)
{
    (void)state;
    const int32_t lengths[3] = {3, 0, 5};
    struct compute_slice x = upload(NULL, 96), y = upload(NULL, 96), d = upload(lengths, 12);
    refused(NETWORK.sequence_mean(compute.stream, 2, 4, 3, d, x, y, &error), "sequence_mean");
    d.offset = 2;
    refused(NETWORK.sequence_mean_backward(compute.stream, 1, 4, 3, d, x, 0, y, &error), "sequence_mean_backward");
    refused(NETWORK.sequence_mean(compute.stream, 2, 4, 3, d, x, y, &error), "lengths");
    refused(NETWORK.running_mean(compute.stream, -1, -4, 3, x, y, &error), "running_mean");
    refused(NETWORK.running_mean(compute.stream, INT64_MAX / 2, 4, 3, x, y, &error), "running_mean");
    drop(x), drop(y), drop(d);
}

/* ---- gated recurrent units ---- */

struct gru {
    int64_t batch, length, h, n_x, n_w, n_b, n_y;
};

static double sigmoid64(double x)
{
    return 1 / (1 + exp(-x));
}

/* `all` is X, W and b concatenated; gates (which may be NULL) receives r, z, n and W_n h + b_n. */
static void gru_forward64(const struct gru *s, const double *all, double *y, double *gates)
{
    const double *x = all, *w = all + s->n_x, *b = w + s->n_w;
    int64_t h = s->h;
    for (int64_t row = 0; row < s->batch; row++)
        for (int64_t t = 0; t < s->length; t++) {
            int64_t at = row * s->length + t;
            const double *before = t ? y + (at - 1) * h : NULL;
            for (int64_t j = 0; j < h; j++) {
                double inner[3];
                for (int g = 0; g < 3; g++) {
                    inner[g] = b[g * h + j];
                    for (int64_t k = 0; k < h && before; k++)
                        inner[g] += w[(g * h + j) * h + k] * before[k];
                }
                double r = sigmoid64(x[at * 3 * h + j] + inner[0]), z = sigmoid64(x[at * 3 * h + h + j] + inner[1]);
                double n = tanh(x[at * 3 * h + 2 * h + j] + r * inner[2]);
                y[at * h + j] = (1 - z) * n + z * (before ? before[j] : 0);
                const double four[4] = {r, z, n, inner[2]};
                for (int g = 0; g < 4 && gates; g++)
                    gates[at * 4 * h + g * h + j] = four[g];
            }
        }
}

static void gru64(const double *all, double *y, const void *context)
{
    gru_forward64(context, all, y, NULL);
}

/* The derivative by the chain rule, one sequence and one position after the other; d_all is cleared. */
static void gru_back64(const struct gru *s, const double *all, const double *y, const double *gates, const float *d_y,
                       double *d_all)
{
    const double *w = all + s->n_x;
    double *d_x = d_all, *d_w = d_all + s->n_x, *d_b = d_w + s->n_w;
    int64_t h = s->h;
    double *d_state = calloc((size_t)h, sizeof *d_state), *d_before = calloc((size_t)h, sizeof *d_before);
    for (int64_t row = 0; row < s->batch; row++) {
        memset(d_state, 0, (size_t)h * sizeof *d_state);
        for (int64_t t = s->length - 1; t >= 0; t--) {
            int64_t at = row * s->length + t;
            memset(d_before, 0, (size_t)h * sizeof *d_before);
            for (int64_t j = 0; j < h; j++) {
                const double *g = gates + at * 4 * h + j;
                double r = g[0], z = g[h], n = g[2 * h], before = t ? y[(at - 1) * h + j] : 0;
                double d = d_state[j] + (double)d_y[at * h + j], d_n = d * (1 - z) * (1 - n * n);
                double d_inner[3] = {d_n * g[3 * h] * r * (1 - r), d * (before - n) * z * (1 - z), d_n * r};
                d_before[j] += d * z;
                for (int k = 0; k < 3; k++) {
                    d_x[at * 3 * h + k * h + j] = k < 2 ? d_inner[k] : d_n;
                    d_b[k * h + j] += d_inner[k];
                    for (int64_t i = 0; i < h && t; i++) {
                        d_w[(k * h + j) * h + i] += d_inner[k] * y[(at - 1) * h + i];
                        d_before[i] += d_inner[k] * w[(k * h + j) * h + i];
                    }
                }
            }
            double *swapped = d_state;
            d_state = d_before;
            d_before = swapped;
        }
    }
    free(d_state), free(d_before);
}

static void gru_case(int64_t batch, int64_t length, int64_t h, float scale)
{
    struct gru s = {batch, length, h, batch * length * 3 * h, 3 * h * h, 3 * h, batch * length * h};
    int64_t n_all = s.n_x + s.n_w + s.n_b;
    struct random random;
    random_seed(&random, (uint64_t)(batch * 100 + length * 10 + h));
    float *all = random_matrix(&random, n_all), *d_y = random_matrix(&random, s.n_y);
    for (int64_t i = 0; i < n_all; i++)
        all[i] *= i < s.n_x ? scale : 1 / sqrtf((float)h);
    double *all64 = widened(all, n_all), *y64 = calloc((size_t)s.n_y, 8), *gates64 = calloc((size_t)s.n_y * 4, 8);
    double *d_all64 = calloc((size_t)n_all, 8);
    gru_forward64(&s, all64, y64, gates64);
    gru_back64(&s, all64, y64, gates64, d_y, d_all64);
    if (n_all < 600) { /* the reference's own gradient */
        double *numeric = numeric_gradient(gru64, &s, all64, n_all, d_y, s.n_y);
        for (int64_t i = 0; i < n_all; i++)
            assert_true(fabs(numeric[i] - d_all64[i]) < 1e-7 * (1 + fabs(numeric[i])));
        free(numeric);
    }
    struct compute_slice x = upload_floats(all, s.n_x), w = upload_floats(all + s.n_x, s.n_w),
                         b = upload_floats(all + s.n_x + s.n_w, s.n_b), dd = upload_floats(d_y, s.n_y), none = {0};
    struct result y = result_of(&random, s.n_y, 0), gates = result_of(&random, 4 * s.n_y, 0);
    struct result scratch = result_of(&random, batch * 5 * h, 0);
    must(NETWORK.gru(compute.stream, batch, length, h, x, w, b, gates.slice, y.slice, &error));
    for (int beta = 0; beta < 2; beta++) {
        float other = (float)(1 - beta);
        struct result d_x = result_of(&random, s.n_x, (float)beta), d_w = result_of(&random, s.n_w, other),
                      d_b = result_of(&random, s.n_b, other);
        must(NETWORK.gru_backward(compute.stream, batch, length, h, w, gates.slice, y.slice, dd, (float)beta, d_x.slice,
                                  other, d_w.slice, d_b.slice, scratch.slice, &error));
        check_result(d_x, d_all64, 4e-6, "d_x");
        check_result(d_w, d_all64 + s.n_x, 1e-5, "d_w");
        check_result(d_b, d_all64 + s.n_x + s.n_w, 1e-5, "d_b");
    }
    struct result only = result_of(&random, s.n_w, 0);
    must(NETWORK.gru_backward(compute.stream, batch, length, h, w, gates.slice, y.slice, dd, 0, none, 0, only.slice,
                              none, scratch.slice, &error));
    check_result(only, d_all64 + s.n_x, 1e-5, "d_w alone");
    must(NETWORK.gru_backward(compute.stream, batch, length, h, w, gates.slice, y.slice, dd, 0, none, 0, none, none,
                              scratch.slice, &error));
    scratch.slice.offset = 1;
    refused(NETWORK.gru_backward(compute.stream, batch, length, h, w, gates.slice, y.slice, dd, 0, none, 0, none, none,
                                 scratch.slice, &error),
            "scratch");
    refused(NETWORK.gru(compute.stream, batch, length, h, x, w, none, gates.slice, y.slice, &error), "b");
    check_result(gates, gates64, 3e-6, "gates");
    check_result(y, y64, 3e-6, "y");
    drop(x), drop(w), drop(b), drop(dd), drop(scratch.slice);
    free(scratch.before), free(all), free(d_y), free(all64), free(y64), free(gates64), free(d_all64);
}

static void gru_cases(void)
{
    gru_case(1, 1, 1, 1);
    gru_case(2, 4, 3, 1);
    gru_case(3, 5, 7, 2);
    gru_case(2, 3, 5, 60); /* closed gates */
    gru_case(9, 6, 131, 1);
    gru_case(33, 3, 65, 1);
}

static void gru_equals_float64_and_its_gradient(void **state)
{
    (void)state;
    with_each_instruction_set(gru_cases);
}

static void everything(void)
{
    sequence_cases();
    gru_cases();
}

static void threads_change_nothing(void **state)
{
    (void)state;
    assert_threads_do_not_matter(everything);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sequences_equal_float64_and_its_gradients),
        cmocka_unit_test(of_equal_maxima_the_first_counts),
        cmocka_unit_test(bad_lengths_are_refused),
        cmocka_unit_test(gru_equals_float64_and_its_gradient),
        cmocka_unit_test(threads_change_nothing),
    };
    return cmocka_run_group_tests_name("network sequences", tests, open_compute, close_compute);
}
