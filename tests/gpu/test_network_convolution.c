#include "test_network_layers.h"

/* Convolutions and pooling of images against direct loops in float64. */

#define NETWORK (&compute.ops->network)
#define STREAM compute.stream

/* Windows with the traps of shapes: {batch, time, frequency, in, out_time, out_frequency, out, kernel, stride, pad}. */
static const struct compute_window windows[] = {
    {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0},       {2, 5, 7, 3, 5, 7, 4, 3, 3, 1, 1, 1, 1}, /* same */
    {1, 6, 5, 2, 4, 3, 5, 3, 3, 1, 1, 0, 0},                                                /* valid */
    {2, 4, 4, 1, 6, 6, 3, 3, 3, 1, 1, 2, 2},       /* padding of more than half of the kernel */
    {1, 9, 8, 2, 3, 2, 3, 2, 3, 4, 5, 1, 1},       /* strides beyond the kernel */
    {2, 7, 9, 3, 4, 3, 2, 3, 5, 2, 4, 1, 3},       /* strides and padding, nothing divides */
    {1, 1, 1, 5, 3, 3, 2, 3, 3, 1, 1, 2, 2},       /* a single position, never whole */
    {3, 11, 1, 6, 11, 1, 7, 4, 1, 1, 1, 1, 0},     /* one dimension; padding one more behind than before */
    {1, 1, 13, 2, 1, 7, 3, 1, 4, 1, 2, 0, 2},      /* the other */
    {2, 5, 6, 33, 5, 6, 34, 1, 1, 1, 1, 0, 0},     /* a product */
    {1, 5, 3, 19, 3, 2, 17, 2, 1, 2, 2, 0, 0},     /* positions that no window covers */
    {1, 13, 12, 16, 13, 12, 40, 3, 3, 1, 1, 1, 1}, /* several tiles and panels */
    {1, 4, 3, 300, 4, 3, 6, 7, 1, 1, 1, 3, 0},     /* a patch longer than is packed at a time */
    {1, 20, 24, 1, 20, 1, 70, 7, 20, 1, 5, 3, 0},  /* a tall kernel over one channel */
    {2, 21, 19, 1, 21, 19, 51, 16, 1, 1, 1, 7, 0}, /* filters over time of one channel: "same" */
    {1, 33, 3, 1, 24, 3, 16, 10, 1, 1, 1, 0, 0},   /* without padding */
    {5, 18, 11, 3, 18, 11, 2, 3, 3, 1, 1, 1, 1},   /* many rows: several parts of the kernel's gradient */
    {0, 5, 7, 3, 5, 7, 4, 3, 3, 1, 1, 1, 1},       /* nothing */
    {1, 2, 1, 20992, 1, 1, 3, 2, 1, 1, 1, 0, 0},   /* a patch longer than a panel of the CPU's kernel may be: last */
};

enum { WINDOWS = sizeof windows / sizeof *windows };

/* CUDA's kernels have no panels, and their emulation takes long. */
static int count_windows(void)
{
    return test_device_is_cpu() ? WINDOWS : WINDOWS - 1;
}

static int64_t in_count(const struct compute_window *w)
{
    return w->batch * w->time * w->frequency * w->in;
}

static int64_t out_count(const struct compute_window *w)
{
    return w->batch * w->out_time * w->out_frequency * w->out;
}

/* Calls visit for each number of a patch that output i sees: the index in X, -1 outside, and the tap. */
static void each_tap(const struct compute_window *w, int64_t i,
                     void (*visit)(struct problem *p, int64_t i, int64_t x, int64_t tap), struct problem *p)
{
    int64_t position = i / w->out, f = position % w->out_frequency, line = position / w->out_frequency;
    int64_t t = line % w->out_time, image = line / w->out_time;
    for (int64_t a = 0; a < w->kernel_time; a++)
        for (int64_t b = 0; b < w->kernel_frequency; b++) {
            int64_t from_t = t * w->stride_time - w->pad_time + a;
            int64_t from_f = f * w->stride_frequency - w->pad_frequency + b;
            bool inside = from_t >= 0 && from_t < w->time && from_f >= 0 && from_f < w->frequency;
            int64_t x = ((image * w->time + from_t) * w->frequency + from_f) * w->in;
            visit(p, i, inside ? x : -1, a * w->kernel_frequency + b);
        }
}

/* Inputs of a convolution: X, W, bias. */
static void add_products(struct problem *p, int64_t i, int64_t x, int64_t tap)
{
    const struct compute_window *w = &p->window;
    for (int64_t c = 0; c < w->in && x >= 0; c++)
        p->outputs[i] += p->inputs[0][x + c] * p->inputs[1][(tap * w->in + c) * w->out + i % w->out];
}

static void convolution_forward(struct problem *p)
{
    for (int64_t i = 0; i < p->n_outputs; i++) {
        p->outputs[i] = p->sizes[2] ? p->inputs[2][i % p->window.out] : 0;
        each_tap(&p->window, i, add_products, p);
        p->outputs[i] = activation_at(p->f, p->outputs[i]);
    }
}

static void add_slopes(struct problem *p, int64_t i, int64_t x, int64_t tap)
{
    const struct compute_window *w = &p->window;
    for (int64_t c = 0; c < w->in && x >= 0; c++) {
        int64_t at = (tap * w->in + c) * w->out + i % w->out;
        p->gradients[0][x + c] += p->d_outputs[i] * p->inputs[1][at];
        p->gradients[1][at] += p->d_outputs[i] * p->inputs[0][x + c];
    }
}

static void convolution_backward(struct problem *p)
{
    for (int64_t i = 0; i < p->n_outputs; i++) {
        if (p->sizes[2])
            p->gradients[2][i % p->window.out] += p->d_outputs[i];
        each_tap(&p->window, i, add_slopes, p);
    }
}

/* For a sum of n products of standard normal numbers in float32: partial sum k has a standard deviation of sqrt(k), so
 * its rounding error is at most 2^-24 sqrt(k), and all add up to 2^-24 n / sqrt(2). Five of these, and the result's. */
static double tolerance_of(int64_t n)
{
    return 1e-6 + 5 * ldexp(1, -24) * sqrt(0.5) * (double)n;
}

static void convolution_case(struct random *random, const struct compute_window *w, bool biased)
{
    int64_t depth = w->kernel_time * w->kernel_frequency * w->in;
    struct problem p = {.window = *w,
                        .f = ACTIVATION_IDENTITY,
                        .forward = convolution_forward,
                        .backward = convolution_backward,
                        .sizes = {in_count(w), depth * w->out, biased ? w->out : 0},
                        .n_outputs = out_count(w)};
    problem_open(&p, random);
    must(NETWORK->convolution(STREAM, p.f, w, p.in[0], p.in[1], p.in[2], p.out, &error));
    expect_output("convolution", &p, tolerance_of(depth));
    for (int beta = 0; beta < 2 && w->batch > 0; beta++) {
        must(NETWORK->convolution_backward_input(STREAM, w, p.in[1], p.d_out, (float)beta, p.d_in[0], &error));
        expect_gradient("convolution_backward_input", &p, 0, 1 + beta, tolerance_of(depth / w->in * w->out));
    }
    for (int beta = 0; beta < 2; beta++) {
        must(NETWORK->convolution_backward_kernel(STREAM, w, p.in[0], p.d_out, (float)beta, p.d_in[1], &error));
        expect_gradient("convolution_backward_kernel", &p, 1, 1 + beta, tolerance_of(p.n_outputs / w->out));
    }
    for (int f = 0; f < ACTIVATIONS && biased; f++) {
        p.f = (enum activation)f;
        p.forward(&p);
        must(NETWORK->convolution(STREAM, p.f, w, p.in[0], p.in[1], p.in[2], p.out, &error));
        expect_output("convolution with an activation", &p, tolerance_of(depth));
    }
    problem_close(&p);
}

static void convolution_cases(void)
{
    struct random random;
    random_seed(&random, 11);
    for (int i = 0; i < count_windows(); i++) {
        convolution_case(&random, &windows[i], true);
        convolution_case(&random, &windows[i], false);
    }
}

/* Only the first row of a tile of the image may be padding: other images of the batch are not seen. */
static void a_convolution_of_ones_counts_positions(void)
{
    static const struct compute_window w = {2, 3, 4, 1, 3, 4, 1, 3, 3, 1, 1, 1, 1};
    static const double want[24] = {4, 6, 6, 4, 6, 9, 9, 6, 4, 6, 6, 4, 4, 6, 6, 4, 6, 9, 9, 6, 4, 6, 6, 4};
    float ones[24];
    for (int i = 0; i < 24; i++)
        ones[i] = 1;
    struct compute_slice x = upload(ones, sizeof ones), y = garbage(24), none = {0};
    must(NETWORK->convolution(STREAM, ACTIVATION_IDENTITY, &w, x, x, none, y, &error));
    expect("convolution of ones", y, want, 1, 24, 0);
    drop(x), drop(y);
}

/* ---- depthwise; the inputs are X and W ---- */

static void depthwise_taps(struct problem *p, int64_t i, int64_t x, int64_t tap)
{
    int64_t channel = i % p->window.in;
    if (x >= 0)
        p->outputs[i] += p->inputs[0][x + channel] * p->inputs[1][tap * p->window.in + channel];
}

static void depthwise_forward(struct problem *p)
{
    for (int64_t i = 0; i < p->n_outputs; i++) {
        p->outputs[i] = 0;
        each_tap(&p->window, i, depthwise_taps, p);
    }
}

static void depthwise_slopes(struct problem *p, int64_t i, int64_t x, int64_t tap)
{
    int64_t channel = i % p->window.in;
    if (x < 0)
        return;
    p->gradients[0][x + channel] += p->d_outputs[i] * p->inputs[1][tap * p->window.in + channel];
    p->gradients[1][tap * p->window.in + channel] += p->d_outputs[i] * p->inputs[0][x + channel];
}

static void depthwise_backward(struct problem *p)
{
    for (int64_t i = 0; i < p->n_outputs; i++)
        each_tap(&p->window, i, depthwise_slopes, p);
}

static void depthwise_cases(void)
{
    struct random random;
    random_seed(&random, 16);
    for (int i = 0; i < count_windows(); i++) {
        struct compute_window w = windows[i];
        w.out = w.in;
        int64_t taps = w.kernel_time * w.kernel_frequency;
        struct problem p = {.window = w,
                            .forward = depthwise_forward,
                            .backward = depthwise_backward,
                            .sizes = {in_count(&w), taps * w.in},
                            .n_outputs = out_count(&w)};
        problem_open(&p, &random);
        must(NETWORK->depthwise(STREAM, &w, p.in[0], p.in[1], p.out, &error));
        expect_output("depthwise", &p, tolerance_of(taps));
        for (int beta = 0; beta < 2 && w.batch > 0; beta++) {
            must(NETWORK->depthwise_backward_input(STREAM, &w, p.in[1], p.d_out, (float)beta, p.d_in[0], &error));
            expect_gradient("depthwise_backward_input", &p, 0, 1 + beta, tolerance_of(taps));
        }
        for (int beta = 0; beta < 2; beta++) {
            must(NETWORK->depthwise_backward_kernel(STREAM, &w, p.in[0], p.d_out, (float)beta, p.d_in[1], &error));
            expect_gradient("depthwise_backward_kernel", &p, 1, 1 + beta, tolerance_of(p.n_outputs / w.out));
        }
        problem_close(&p);
    }
}

/* ---- pooling; the input is X ---- */

static double most;
static int64_t most_at, count_inside;

static void find_most(struct problem *p, int64_t i, int64_t x, int64_t tap)
{
    (void)tap;
    int64_t at = x + i % p->window.in;
    if (x >= 0 && (most_at < 0 || p->inputs[0][at] > most)) {
        most = p->inputs[0][at];
        most_at = at;
    }
}

static void max_forward(struct problem *p)
{
    for (int64_t i = 0; i < p->n_outputs; i++) {
        most_at = -1;
        each_tap(&p->window, i, find_most, p);
        p->outputs[i] = most;
    }
}

static void max_backward(struct problem *p)
{
    for (int64_t i = 0; i < p->n_outputs; i++) {
        most_at = -1;
        each_tap(&p->window, i, find_most, p);
        p->gradients[0][most_at] += p->d_outputs[i];
    }
}

static void count_taps(struct problem *p, int64_t i, int64_t x, int64_t tap)
{
    (void)i;
    (void)tap;
    count_inside += x >= 0 || p->counts_padding;
}

static void add_inputs(struct problem *p, int64_t i, int64_t x, int64_t tap)
{
    (void)tap;
    if (x >= 0)
        p->outputs[i] += p->inputs[0][x + i % p->window.in] / (double)count_inside;
}

static void spread_outputs(struct problem *p, int64_t i, int64_t x, int64_t tap)
{
    (void)tap;
    if (x >= 0)
        p->gradients[0][x + i % p->window.in] += p->d_outputs[i] / (double)count_inside;
}

static void mean_forward(struct problem *p)
{
    for (int64_t i = 0; i < p->n_outputs; i++) {
        count_inside = 0;
        p->outputs[i] = 0;
        each_tap(&p->window, i, count_taps, p);
        each_tap(&p->window, i, add_inputs, p);
    }
}

static void mean_backward(struct problem *p)
{
    for (int64_t i = 0; i < p->n_outputs; i++) {
        count_inside = 0;
        each_tap(&p->window, i, count_taps, p);
        each_tap(&p->window, i, spread_outputs, p);
    }
}

static void max_case(struct random *random, const struct compute_window *w)
{
    struct problem p = {.window = *w,
                        .forward = max_forward,
                        .backward = max_backward,
                        .sizes = {in_count(w)},
                        .n_outputs = out_count(w)};
    problem_open(&p, random);
    struct compute_slice indices = garbage(p.n_outputs), none = {0};
    must(NETWORK->max_pool(STREAM, w, p.in[0], none, p.out, &error));
    expect_output("max_pool", &p, 0);
    fill_nan(p.out, p.n_outputs);
    must(NETWORK->max_pool(STREAM, w, p.in[0], indices, p.out, &error));
    expect_output("max_pool", &p, 0);
    for (int beta = 0; beta < 2 && w->batch > 0; beta++) {
        must(NETWORK->max_pool_backward(STREAM, w, indices, p.d_out, (float)beta, p.d_in[0], &error));
        expect_gradient("max_pool_backward", &p, 0, 1 + beta, 1e-6);
    }
    drop(indices);
    problem_close(&p);
}

static void mean_case(struct random *random, const struct compute_window *w, bool counts_padding)
{
    struct problem p = {.window = *w,
                        .counts_padding = counts_padding,
                        .forward = mean_forward,
                        .backward = mean_backward,
                        .sizes = {in_count(w)},
                        .n_outputs = out_count(w)};
    problem_open(&p, random);
    must(NETWORK->mean_pool(STREAM, w, counts_padding, p.in[0], p.out, &error));
    expect_output("mean_pool", &p, 1e-6);
    for (int beta = 0; beta < 2 && w->batch > 0; beta++) {
        must(NETWORK->mean_pool_backward(STREAM, w, counts_padding, p.d_out, (float)beta, p.d_in[0], &error));
        expect_gradient("mean_pool_backward", &p, 0, 1 + beta, 1e-6);
    }
    problem_close(&p);
}

static void pool_cases(void)
{
    struct random random;
    random_seed(&random, 12);
    for (int i = 0; i < count_windows(); i++) {
        struct compute_window w = windows[i];
        w.out = w.in;
        max_case(&random, &w);
        mean_case(&random, &w, false);
        mean_case(&random, &w, true);
    }
}

/* Of equal numbers the first counts, and NaN is the highest. */
static void first_maxima(void)
{
    static const struct compute_window w = {1, 1, 6, 1, 1, 2, 1, 1, 3, 1, 3, 0, 0};
    const float x[6] = {2, 2, 1, 5, NAN, 7};
    int32_t at[2];
    float highest[2];
    struct compute_slice dx = upload(x, sizeof x), indices = garbage(2), y = garbage(2);
    must(NETWORK->max_pool(STREAM, &w, dx, indices, y, &error));
    download(indices, at, sizeof at);
    download(y, highest, sizeof highest);
    assert_true(highest[0] == 2 && at[0] == 0 && isnan(highest[1]) && at[1] == 1);
    drop(dx), drop(indices), drop(y);
}

/* ---- losses and slopes ---- */

/* Inputs: s, targets, weights; f is unused. */
static enum element_loss loss_kind;

static double loss_at(double s, double t)
{
    return loss_kind == ELEMENT_LOSS_SQUARE ? (s - t) * (s - t) : log1p(exp(-fabs(s))) + fmax(s, 0) - t * s;
}

static double loss_slope_at(double s, double t)
{
    return loss_kind == ELEMENT_LOSS_SQUARE ? 2 * (s - t) : 1 / (1 + exp(-s)) - t;
}

static void loss_case(struct random *random, int64_t n, bool weighted)
{
    float *s = random_matrix(random, n), *t = random_matrix(random, n), *weights = random_matrix(random, n);
    double *slopes = zeros(n), loss = 2, total = 2;
    for (int64_t i = 0; i < n; i++) {
        s[i] *= 5;
        if (loss_kind == ELEMENT_LOSS_LOGISTIC)
            t[i] = i % 3 == 2 ? 0.25f : (float)(i % 3);
        if (i % 5 == 4)
            weights[i] = 0;
        double weight = 0.125 * (weighted ? (double)weights[i] : 1);
        total += weight * loss_at((double)s[i], (double)t[i]);
        slopes[i] = weight * loss_slope_at((double)s[i], (double)t[i]);
        if (weighted && i % 5 == 4)
            s[i] = NAN; /* not read */
    }
    size_t bytes = (size_t)n * 4;
    struct compute_slice at_s = upload(s, bytes), at_t = upload(t, bytes), at_weights = upload(weights, bytes),
                         at_loss = upload(&loss, 8), d_s = garbage(n), none = {0};
    for (int beta = 0; beta < 2; beta++) {
        must(NETWORK->element_loss(STREAM, loss_kind, n, 0.125f, at_s, at_t, weighted ? at_weights : none, at_loss,
                                   (float)beta, d_s, &error));
        expect("element_loss's slopes", d_s, slopes, 1 + beta, n, 1e-6);
        download(at_loss, &loss, 8);
        assert_true(fabs(loss - (total + beta * (total - 2))) <= 1e-12 * (1 + fabs(total)) * (double)n);
    }
    must(NETWORK->element_loss(STREAM, loss_kind, n, 0.125f, at_s, at_t, none, none, 0, none, &error));
    drop(at_s), drop(at_t), drop(at_weights), drop(at_loss), drop(d_s);
    free(s), free(t), free(weights), free(slopes);
}

static void loss_cases(void)
{
    const int64_t sizes[] = {1, 7, 64, 65, 3001};
    struct random random;
    random_seed(&random, 13);
    for (loss_kind = 0; loss_kind < ELEMENT_LOSSES; loss_kind++)
        for (int i = 0; i < 5; i++) {
            loss_case(&random, sizes[i], false);
            loss_case(&random, sizes[i], true);
        }
}

/* The slope of an activation follows from its result as from its argument. */
static void slope_cases(void)
{
    enum { COUNT = 1001 };
    const enum activation all[] = {ACTIVATION_RELU, ACTIVATION_ELU, ACTIVATION_IDENTITY};
    struct random random;
    random_seed(&random, 14);
    double x[COUNT], d_y[COUNT], want[COUNT];
    struct compute_slice at_x = random_slice(&random, COUNT, x), at_d_y = random_slice(&random, COUNT, d_y),
                         y = garbage(COUNT), d_x = garbage(COUNT), none = {0};
    for (int f = 0; f < 3; f++) {
        must(NETWORK->activate(STREAM, all[f], 1, COUNT, at_x, none, (struct dropout){0}, y, &error));
        for (int i = 0; i < COUNT; i++)
            want[i] = d_y[i] * activation_slope_at(all[f], x[i]);
        fill_nan(d_x, COUNT);
        for (int beta = 0; beta < 2; beta++) {
            must(NETWORK->activated_backward(STREAM, all[f], COUNT, y, at_d_y, (float)beta, d_x, &error));
            expect("activated_backward", d_x, want, 1 + beta, COUNT, 5e-7);
        }
        must(NETWORK->add_scaled(STREAM, COUNT, 1, at_d_y, 0, d_x, &error));
        must(NETWORK->activated_backward(STREAM, all[f], COUNT, y, d_x, 0, d_x, &error)); /* in place */
        expect("activated_backward in place", d_x, want, 1, COUNT, 5e-7);
    }
    drop(at_x), drop(at_d_y), drop(y), drop(d_x);
}

/* ---- threads and faults ---- */

static void run_all(struct compute_slice x, struct compute_slice w, struct compute_slice *results)
{
    static const struct compute_window window = {2, 30, 20, 24, 30, 20, 24, 3, 3, 1, 1, 1, 1};
    const int64_t n = in_count(&window);
    struct compute_slice none = {0};
    for (int i = 0; i < 5; i++)
        results[i] = garbage(i == 2 ? 9 * 24 * 24 : n);
    must(NETWORK->convolution(STREAM, ACTIVATION_ELU, &window, x, w, none, results[0], &error));
    must(NETWORK->convolution_backward_input(STREAM, &window, w, x, 0, results[1], &error));
    must(NETWORK->convolution_backward_kernel(STREAM, &window, x, results[0], 0, results[2], &error));
    must(NETWORK->max_pool(STREAM, &window, x, results[3], results[4], &error));
    must(NETWORK->max_pool_backward(STREAM, &window, results[3], x, 0, results[4], &error));
}

static void threads_do_not_matter(void **state)
{
    (void)state;
    enum { N = 2 * 30 * 20 * 24, KERNEL = 9 * 24 * 24 };
    struct random random;
    float *x = NULL, *w = NULL, *results[2][5];
    for (int run = 0; run < 2; run++) {
        random_seed(&random, 15);
        free(x), free(w);
        x = random_matrix(&random, N);
        w = random_matrix(&random, KERNEL);
        struct compute saved = compute;
        must(test_device_open(run ? 3 : 1, &compute, &error));
        struct compute_slice at_x = upload(x, N * 4), at_w = upload(w, KERNEL * 4), at[5];
        run_all(at_x, at_w, at);
        for (int i = 0; i < 5; i++) {
            size_t bytes = (i == 2 ? (size_t)KERNEL : (size_t)N) * 4;
            results[run][i] = malloc(bytes);
            download(at[i], results[run][i], bytes);
            drop(at[i]);
            if (run)
                assert_memory_equal(results[0][i], results[1][i], bytes);
        }
        drop(at_x), drop(at_w);
        compute_close(&compute);
        compute = saved;
    }
    for (int i = 0; i < 5; i++)
        free(results[0][i]), free(results[1][i]);
    free(x), free(w);
}

static void bad_arguments_are_refused(void **state)
{
    (void)state;
    static const struct compute_window good = {1, 4, 4, 1, 4, 4, 1, 3, 3, 1, 1, 1, 1};
    struct compute_slice x = upload(NULL, 64), w = upload(NULL, 36), none = {0}, small = upload(NULL, 32);
    must(NETWORK->convolution(STREAM, ACTIVATION_RELU, &good, x, w, none, x, &error));
    const struct {
        size_t field;
        int64_t value;
    } bad[] = {
        {offsetof(struct compute_window, batch), -1},
        {offsetof(struct compute_window, time), 0},
        {offsetof(struct compute_window, in), 0},
        {offsetof(struct compute_window, out), 0},
        {offsetof(struct compute_window, out_time), 6},
        {offsetof(struct compute_window, out_frequency), -1},
        {offsetof(struct compute_window, kernel_time), 0},
        {offsetof(struct compute_window, stride_time), 0},
        {offsetof(struct compute_window, pad_frequency), 3},
        {offsetof(struct compute_window, pad_time), -1},
        {offsetof(struct compute_window, in), (int64_t)1 << 46},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct compute_window window = good;
        memcpy((char *)&window + bad[i].field, &bad[i].value, sizeof bad[i].value);
        refused(NETWORK->convolution(STREAM, ACTIVATION_RELU, &window, x, w, none, x, &error));
        refused(NETWORK->convolution_backward_input(STREAM, &window, w, x, 0, x, &error));
        refused(NETWORK->convolution_backward_kernel(STREAM, &window, x, x, 0, w, &error));
        refused(NETWORK->max_pool(STREAM, &window, x, none, x, &error));
        refused(NETWORK->mean_pool(STREAM, &window, false, x, x, &error));
        refused(NETWORK->depthwise(STREAM, &window, x, w, x, &error));
    }
    refused(NETWORK->convolution(STREAM, ACTIVATIONS, &good, x, w, none, x, &error));
    refused(NETWORK->convolution(STREAM, ACTIVATION_RELU, &good, small, w, none, x, &error));
    refused(NETWORK->convolution(STREAM, ACTIVATION_RELU, &good, x, small, none, x, &error));
    refused(NETWORK->convolution(STREAM, ACTIVATION_RELU, &good, x, w, none, small, &error));
    refused(NETWORK->convolution_backward_input(STREAM, &good, w, x, 0, small, &error));
    refused(NETWORK->convolution_backward_kernel(STREAM, &good, x, small, 0, w, &error));
    refused(NETWORK->max_pool_backward(STREAM, &good, small, x, 0, x, &error));
    refused(NETWORK->mean_pool_backward(STREAM, &good, true, small, 0, x, &error));
    refused(NETWORK->activated_backward(STREAM, ACTIVATION_GELU, 4, x, x, 0, x, &error));
    refused(NETWORK->element_loss(STREAM, ELEMENT_LOSSES, 4, 1, x, x, none, none, 0, x, &error));
    refused(NETWORK->element_loss(STREAM, ELEMENT_LOSS_SQUARE, 16, 1, x, small, none, none, 0, x, &error));
    drop(x), drop(w), drop(small);
}

#define EACH_SET(name, cases)                                                                                          \
    static void name(void **state)                                                                                     \
    {                                                                                                                  \
        (void)state;                                                                                                   \
        with_each_instruction_set(cases);                                                                              \
    }

EACH_SET(convolution_equals_float64, convolution_cases)
EACH_SET(padding_is_zero, a_convolution_of_ones_counts_positions)
EACH_SET(depthwise_equals_float64, depthwise_cases)
EACH_SET(pooling_equals_float64, pool_cases)
EACH_SET(the_first_maximum_counts, first_maxima)
EACH_SET(element_losses_equal_float64, loss_cases)
EACH_SET(slopes_follow_from_results, slope_cases)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(convolution_equals_float64), cmocka_unit_test(padding_is_zero),
        cmocka_unit_test(depthwise_equals_float64),   cmocka_unit_test(pooling_equals_float64),
        cmocka_unit_test(the_first_maximum_counts),   cmocka_unit_test(element_losses_equal_float64),
        cmocka_unit_test(slopes_follow_from_results), cmocka_unit_test(threads_do_not_matter),
        cmocka_unit_test(bad_arguments_are_refused),
    };
    return cmocka_run_group_tests_name("network convolution", tests, open_compute, close_compute);
}
