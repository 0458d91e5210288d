#include "nn/images.h"

struct over_image {
    struct tensor *x, *weight, *bias, *y;
    struct compute_window window;
    enum activation f;
    struct compute_slice indices;
    bool counts_padding;
};

static void fail(struct tape *tape, const struct image *image, const struct window *window)
{
    struct error error;
    enum status status = error_set(
        &error, STATUS_FAILED, "a window of %lld x %lld does not fit an image of %lld x %lld (time x frequency)",
        (long long)window->time, (long long)window->frequency, (long long)image->time, (long long)image->frequency);
    tape_note(tape, status, &error);
}

/* Positions of a window along one axis; *before receives the padding before the first. 0: it does not fit. */
static int64_t positions(int64_t size, int64_t window, int64_t stride, enum padding padding, int64_t pad,
                         int64_t *before)
{
    if (size < 1 || window < 1 || stride < 1 || pad < 0)
        return 0;
    if (padding == PADDING_SAME) {
        int64_t out = (size + stride - 1) / stride, missing = (out - 1) * stride + window - size;
        *before = missing > 0 ? missing / 2 : 0;
        return out;
    }
    *before = padding == PADDING_GIVEN ? pad : 0;
    int64_t room = size + 2 * *before - window;
    return room < 0 || *before >= window ? 0 : room / stride + 1;
}

/* The window over x as the device takes it; replaces the shape of the image by that of the output. */
static struct compute_window place(struct tape *tape, const struct tensor *x, struct image *image,
                                   const struct window *window, bool strided, int64_t out)
{
    struct compute_window w = {
        .batch = image->batch,
        .time = image->time,
        .frequency = image->frequency,
        .in = x->columns,
        .out = out,
        .kernel_time = window->time,
        .kernel_frequency = window->frequency,
        .stride_time = window->stride_time ? window->stride_time
                       : strided           ? window->time
                                           : 1,
        .stride_frequency = window->stride_frequency ? window->stride_frequency
                            : strided                ? window->frequency
                                                     : 1,
    };
    w.out_time = positions(w.time, w.kernel_time, w.stride_time, window->padding, window->pad_time, &w.pad_time);
    w.out_frequency = positions(w.frequency, w.kernel_frequency, w.stride_frequency, window->padding,
                                window->pad_frequency, &w.pad_frequency);
    if (w.out_time < 1 || w.out_frequency < 1)
        fail(tape, image, window);
    *image = (struct image){image->batch, w.out_time, w.out_frequency};
    return w;
}

static int64_t rows_of(const struct image *image)
{
    return image->batch * image->time * image->frequency;
}

/* The gradient before the activation replaces that of the result, which is not needed any more. */
static void convolution_backward(struct tape *tape, void *closure)
{
    const struct over_image *c = closure;
    int64_t n = c->y->rows * c->y->columns;
    float beta;
    struct compute_slice d_y = c->y->gradient;
    if (!c->y->requires_grad)
        return;
    if (c->f != ACTIVATION_IDENTITY)
        TAPE_RUN(tape, network.activated_backward, c->f, n, c->y->value, d_y, 0, d_y);
    struct compute_slice d_bias = tape_gradient(tape, c->bias, &beta);
    if (d_bias.buffer)
        TAPE_RUN(tape, network.column_sums, c->y->rows, c->y->columns, d_y, beta, d_bias);
    struct compute_slice d_weight = tape_gradient(tape, c->weight, &beta);
    if (d_weight.buffer)
        TAPE_RUN(tape, network.convolution_backward_kernel, &c->window, c->x->value, d_y, beta, d_weight);
    struct compute_slice d_x = tape_gradient(tape, c->x, &beta);
    if (d_x.buffer)
        TAPE_RUN(tape, network.convolution_backward_input, &c->window, c->weight->value, d_y, beta, d_x);
}

struct tensor *nn_convolution(struct tape *tape, enum activation f, struct tensor *x, struct image *image,
                              const struct window *window, struct tensor *weight, struct tensor *bias)
{
    struct over_image c = {.x = x, .weight = weight, .bias = bias, .f = f};
    c.window = place(tape, x, image, window, false, weight->columns);
    if (tape->status != STATUS_OK)
        return &tape->nothing;
    c.y = tape_tensor(tape, rows_of(image), weight->columns,
                      x->requires_grad || weight->requires_grad || (bias && bias->requires_grad));
    TAPE_RUN(tape, network.convolution, f, &c.window, x->value, weight->value,
             bias ? bias->value : (struct compute_slice){0}, c.y->value);
    tape_record(tape, convolution_backward, &c, sizeof c);
    return c.y;
}

static void depthwise_backward(struct tape *tape, void *closure)
{
    const struct over_image *c = closure;
    float beta;
    struct compute_slice d_weight = tape_gradient(tape, c->weight, &beta);
    if (d_weight.buffer)
        TAPE_RUN(tape, network.depthwise_backward_kernel, &c->window, c->x->value, c->y->gradient, beta, d_weight);
    struct compute_slice d_x = tape_gradient(tape, c->x, &beta);
    if (d_x.buffer)
        TAPE_RUN(tape, network.depthwise_backward_input, &c->window, c->weight->value, c->y->gradient, beta, d_x);
}

struct tensor *nn_depthwise(struct tape *tape, struct tensor *x, struct image *image, const struct window *window,
                            struct tensor *weight)
{
    struct over_image c = {.x = x, .weight = weight, .window = place(tape, x, image, window, false, x->columns)};
    if (tape->status != STATUS_OK)
        return &tape->nothing;
    c.y = tape_tensor(tape, rows_of(image), x->columns, x->requires_grad || weight->requires_grad);
    TAPE_RUN(tape, network.depthwise, &c.window, x->value, weight->value, c.y->value);
    tape_record(tape, depthwise_backward, &c, sizeof c);
    return c.y;
}

static void max_pool_backward(struct tape *tape, void *closure)
{
    const struct over_image *c = closure;
    float beta;
    struct compute_slice d_x = tape_gradient(tape, c->x, &beta);
    if (d_x.buffer)
        TAPE_RUN(tape, network.max_pool_backward, &c->window, c->indices, c->y->gradient, beta, d_x);
}

struct tensor *nn_max_pool(struct tape *tape, struct tensor *x, struct image *image, const struct window *window)
{
    struct over_image c = {.x = x, .window = place(tape, x, image, window, true, x->columns)};
    if (tape->status != STATUS_OK)
        return &tape->nothing;
    c.y = tape_tensor(tape, rows_of(image), x->columns, x->requires_grad);
    if (c.y->requires_grad)
        c.indices = tape_memory(tape, c.y->rows * c.y->columns);
    TAPE_RUN(tape, network.max_pool, &c.window, x->value, c.indices, c.y->value);
    tape_record(tape, max_pool_backward, &c, sizeof c);
    return c.y;
}

static void mean_pool_backward(struct tape *tape, void *closure)
{
    const struct over_image *c = closure;
    float beta;
    struct compute_slice d_x = tape_gradient(tape, c->x, &beta);
    if (d_x.buffer)
        TAPE_RUN(tape, network.mean_pool_backward, &c->window, c->counts_padding, c->y->gradient, beta, d_x);
}

struct tensor *nn_mean_pool(struct tape *tape, struct tensor *x, struct image *image, const struct window *window,
                            bool counts_padding)
{
    struct over_image c = {
        .x = x, .window = place(tape, x, image, window, true, x->columns), .counts_padding = counts_padding};
    if (tape->status != STATUS_OK)
        return &tape->nothing;
    c.y = tape_tensor(tape, rows_of(image), x->columns, x->requires_grad);
    TAPE_RUN(tape, network.mean_pool, &c.window, counts_padding, x->value, c.y->value);
    tape_record(tape, mean_pool_backward, &c, sizeof c);
    return c.y;
}

void nn_cross_entropy(struct tape *tape, struct tensor *scores, const int32_t *classes, const float *weights,
                      struct compute_slice loss)
{
    int64_t rows = scores->rows, n = rows * scores->columns, count = 0;
    float beta;
    int64_t *starts = tape_host_memory(tape, (size_t)(rows + 1) * sizeof *starts);
    int32_t *targets = tape_host_memory(tape, (size_t)(rows + 1) * sizeof *targets);
    float *even = tape_host_memory(tape, (size_t)rows * sizeof *even);
    if (!starts || !targets || !even)
        return;
    for (int64_t r = 0; r < rows; r++) {
        even[r] = 1.0f / (float)rows;
        if (classes[r] >= 0)
            targets[count++] = classes[r];
        starts[r + 1] = count;
    }
    struct compute_slice d_scores = tape_gradient(tape, scores, &beta), slopes = d_scores;
    if (!d_scores.buffer || beta != 0)
        slopes = tape_memory(tape, n);
    struct compute_slice at_starts = tape_upload_int64(tape, starts, rows + 1);
    struct compute_slice at_targets = tape_upload(tape, targets, count + 1);
    struct compute_slice at_weights = tape_upload(tape, weights ? weights : even, rows);
    TAPE_RUN(tape, network.add_scaled, n, 1, scores->value, 0, slopes);
    TAPE_RUN(tape, network.softmax_loss, rows, scores->columns, slopes, at_starts, at_targets, at_weights, loss);
    if (d_scores.buffer && beta != 0)
        TAPE_RUN(tape, network.add_scaled, n, 1, slopes, beta, d_scores);
}

void nn_element_loss(struct tape *tape, enum element_loss kind, struct tensor *x, struct compute_slice targets,
                     struct compute_slice weights, float factor, struct compute_slice loss)
{
    float beta;
    struct compute_slice d_x = tape_gradient(tape, x, &beta);
    TAPE_RUN(tape, network.element_loss, kind, x->rows * x->columns, factor, x->value, targets, weights, loss, beta,
             d_x);
}
