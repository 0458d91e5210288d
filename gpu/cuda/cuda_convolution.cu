#include "gpu/cuda/cuda_layers.h"
#include "gpu/window.h"

/* Convolutions as matrix products of patches with the kernel: a block computes a tile of the result and gathers the
 * patches of its rows from the image, a few numbers of each at a time. The gradient of the input is the same product,
 * of the gradient's patches with the mirrored kernel; where the convolution has strides, the gradient is spread. */

enum {
    SIDE = 64,  /* rows and columns of a block's tile */
    STEP = 16,  /* numbers of a patch, or rows, that are multiplied at a time */
    EACH = 4,   /* rows and columns of a thread */
    PARTS = 64, /* of the rows in the kernel's gradient, at most */
    PART = 512, /* rows of a part, at least */
};

struct patches {
    const float *x; /* [batch x time x frequency x channels] */
    int64_t time, frequency, channels;
    int64_t out_time, out_frequency;
    int64_t kernel_frequency, depth;
    int64_t stride_time, stride_frequency, pad_time, pad_frequency, spread_time, spread_frequency;
};

/* Where the window of a row begins. */
struct place {
    bool valid;
    int64_t image, time, frequency;
};

static __device__ inline struct place place_of(const struct patches &p, int64_t row, int64_t rows)
{
    int64_t line = row / p.out_frequency;
    return {row < rows, line / p.out_time, line % p.out_time * p.stride_time - p.pad_time,
            row % p.out_frequency * p.stride_frequency - p.pad_frequency};
}

/* A number of a patch: its tap and channel. */
struct number {
    bool valid;
    int64_t time, frequency, channel;
};

static __device__ inline struct number number_of(const struct patches &p, int64_t k)
{
    int64_t tap = k / p.channels;
    return {k < p.depth, tap / p.kernel_frequency, tap % p.kernel_frequency, k % p.channels};
}

static __device__ inline float patch_at(const struct patches &p, struct place place, struct number number)
{
    int64_t t = place.time + number.time, f = place.frequency + number.frequency;
    if (!place.valid || !number.valid || t < 0 || f < 0 || t % p.spread_time != 0 || f % p.spread_frequency != 0)
        return 0;
    t /= p.spread_time;
    f /= p.spread_frequency;
    if (t >= p.time || f >= p.frequency)
        return 0;
    return p.x[((place.image * p.time + t) * p.frequency + f) * p.channels + number.channel];
}

/* sums += the products of two shared tiles [STEP x SIDE]. */
static __device__ inline void multiply_tiles(const float (*a)[SIDE], const float (*b)[SIDE], float (*sums)[EACH])
{
    int row = (int)threadIdx.x / 16 * EACH, column = (int)threadIdx.x % 16 * EACH;
    for (int k = 0; k < STEP; k++)
        for (int i = 0; i < EACH; i++)
            for (int j = 0; j < EACH; j++)
                sums[i][j] += a[k][row + i] * b[k][column + j];
}

struct kernel_matrix {
    const float *w;
    int64_t out;   /* columns */
    bool mirrored; /* w is [taps x out x channels], with its taps in reverse order */
};

static __device__ inline float kernel_at(const struct kernel_matrix &m, const struct patches &p, int64_t k, int64_t j)
{
    if (k >= p.depth || j >= m.out)
        return 0;
    if (!m.mirrored)
        return m.w[k * m.out + j];
    int64_t tap = p.depth / p.channels - 1 - k / p.channels;
    return m.w[(tap * m.out + j) * p.channels + k % p.channels];
}

static __global__ void convolution_kernel(struct patches p, struct kernel_matrix m, enum activation f, int64_t rows,
                                          const float *bias, float beta, float *y)
{
    __shared__ float a[STEP][SIDE], b[STEP][SIDE];
    int64_t columns = (m.out + SIDE - 1) / SIDE, first = blockIdx.x / columns * SIDE,
            left = blockIdx.x % columns * SIDE;
    int thread = (int)threadIdx.x;
    struct place places[EACH];
    for (int i = 0; i < EACH; i++)
        places[i] = place_of(p, first + thread / STEP + i * (SIDE / EACH), rows);
    float sums[EACH][EACH] = {{0}};
    for (int64_t k = 0; k < p.depth; k += STEP) {
        struct number number = number_of(p, k + thread % STEP);
        for (int i = 0; i < EACH; i++) {
            a[thread % STEP][thread / STEP + i * (SIDE / EACH)] = patch_at(p, places[i], number);
            b[thread / SIDE + i * EACH][thread % SIDE] =
                kernel_at(m, p, k + thread / SIDE + i * EACH, left + thread % SIDE);
        }
        __syncthreads();
        multiply_tiles(a, b, sums);
        __syncthreads();
    }
    for (int i = 0; i < EACH; i++)
        for (int j = 0; j < EACH; j++) {
            int64_t row = first + thread / 16 * EACH + i, column = left + thread % 16 * EACH + j;
            if (row >= rows || column >= m.out)
                continue;
            float value = cuda_activated(f, bias ? sums[i][j] + bias[column] : sums[i][j]);
            float *to = &y[row * m.out + column];
            *to = cuda_blend(beta, to, value);
        }
}

/* A part's dW [depth x out]: blocks are parts, then tiles. */
static __global__ void kernel_gradient_kernel(struct patches p, int64_t rows, int64_t out, int64_t part,
                                              const float *d_y, float beta, float *d_w)
{
    __shared__ float a[STEP][SIDE], b[STEP][SIDE];
    int64_t columns = (out + SIDE - 1) / SIDE, first = blockIdx.x / columns * SIDE, left = blockIdx.x % columns * SIDE;
    int64_t begin = blockIdx.y * part, end = begin + part < rows ? begin + part : rows;
    int thread = (int)threadIdx.x;
    struct number number = number_of(p, first + thread % SIDE);
    int64_t channel = left + thread % SIDE;
    float sums[EACH][EACH] = {{0}};
    for (int64_t r = begin; r < end; r += STEP) {
        for (int i = 0; i < EACH; i++) {
            int line = thread / SIDE + i * EACH;
            a[line][thread % SIDE] = patch_at(p, place_of(p, r + line, end), number);
            b[line][thread % SIDE] = r + line < end && channel < out ? d_y[(r + line) * out + channel] : 0;
        }
        __syncthreads();
        multiply_tiles(a, b, sums);
        __syncthreads();
    }
    for (int i = 0; i < EACH; i++)
        for (int j = 0; j < EACH; j++) {
            int64_t k = first + thread / 16 * EACH + i, column = left + thread % 16 * EACH + j;
            if (k >= p.depth || column >= out)
                continue;
            float *to = &d_w[(blockIdx.y * p.depth + k) * out + column];
            *to = cuda_blend(beta, to, sums[i][j]);
        }
}

static __global__ void add_parts_kernel(int64_t n, int64_t parts, const float *sums, float beta, float *d_w)
{
    for (CUDA_EACH(i, n)) {
        double sum = 0;
        for (int64_t part = 0; part < parts; part++)
            sum += (double)sums[part * n + i];
        cuda_store_sum(&d_w[i], sum, beta);
    }
}

static struct patches patches_of(const struct compute_window *w, const float *x)
{
    return {x,
            w->time,
            w->frequency,
            w->in,
            w->out_time,
            w->out_frequency,
            w->kernel_frequency,
            w->kernel_time * w->kernel_frequency * w->in,
            w->stride_time,
            w->stride_frequency,
            w->pad_time,
            w->pad_frequency,
            1,
            1};
}

/* What the gradient of a convolution's input sees of the gradient of its output. */
static struct patches gradient_patches_of(const struct compute_window *w, const float *d_y)
{
    return {d_y,
            w->out_time,
            w->out_frequency,
            w->out,
            w->time,
            w->frequency,
            w->kernel_frequency,
            w->kernel_time * w->kernel_frequency * w->out,
            1,
            1,
            w->kernel_time - 1 - w->pad_time,
            w->kernel_frequency - 1 - w->pad_frequency,
            w->stride_time,
            w->stride_frequency};
}

static unsigned tiles_of(int64_t rows, int64_t columns)
{
    return (unsigned)((rows + SIDE - 1) / SIDE * ((columns + SIDE - 1) / SIDE));
}

enum status cuda_convolution(struct compute_stream *stream, enum activation f, const struct compute_window *window,
                             struct compute_slice x, struct compute_slice w, struct compute_slice bias,
                             struct compute_slice y, struct error *error)
{
    enum status status = window_check("convolution", window, false, error);
    if (status == STATUS_OK)
        status = cuda_check_activation("convolution", f, error);
    if (status == STATUS_OK)
        status = cuda_check_all("convolution",
                                {{"X", x, window_in_count(window)},
                                 {"W", w, window_kernel_count(window)},
                                 {"bias", bias, window->out, 4, true},
                                 {"Y", y, window_out_count(window)}},
                                error);
    if (status != STATUS_OK || window_out_count(window) == 0)
        return status;
    int64_t rows = window_out_count(window) / window->out;
    struct kernel_matrix matrix = {cuda_floats(w), window->out, false};
    CUDA_LAUNCH(convolution_kernel, tiles_of(rows, window->out), CUDA_BLOCK, 0, stream->queue,
                patches_of(window, cuda_floats(x)), matrix, f, rows, cuda_floats(bias), 0.0f, cuda_floats(y));
    return cuda_launched("convolution", error);
}

enum status cuda_convolution_backward_input(struct compute_stream *stream, const struct compute_window *window,
                                            struct compute_slice w, struct compute_slice d_y, float beta,
                                            struct compute_slice d_x, struct error *error)
{
    static const char *const operation = "convolution_backward_input";
    enum status status = window_check(operation, window, false, error);
    if (status == STATUS_OK)
        status = cuda_check_all(operation,
                                {{"W", w, window_kernel_count(window)},
                                 {"dY", d_y, window_out_count(window)},
                                 {"dX", d_x, window_in_count(window), 4, true}},
                                error);
    if (status != STATUS_OK || !d_x.buffer || window_in_count(window) == 0)
        return status;
    int64_t rows = window_in_count(window) / window->in;
    struct kernel_matrix matrix = {cuda_floats(w), window->in, true};
    CUDA_LAUNCH(convolution_kernel, tiles_of(rows, window->in), CUDA_BLOCK, 0, stream->queue,
                gradient_patches_of(window, cuda_floats(d_y)), matrix, ACTIVATION_IDENTITY, rows, (const float *)NULL,
                beta, cuda_floats(d_x));
    return cuda_launched(operation, error);
}

enum status cuda_convolution_backward_kernel(struct compute_stream *stream, const struct compute_window *window,
                                             struct compute_slice x, struct compute_slice d_y, float beta,
                                             struct compute_slice d_w, struct error *error)
{
    static const char *const operation = "convolution_backward_kernel";
    enum status status = window_check(operation, window, false, error);
    if (status == STATUS_OK)
        status = cuda_check_all(operation,
                                {{"X", x, window_in_count(window)},
                                 {"dY", d_y, window_out_count(window)},
                                 {"dW", d_w, window_kernel_count(window), 4, true}},
                                error);
    if (status != STATUS_OK || !d_w.buffer)
        return status;
    int64_t rows = window_out_count(window) / window->out, n = window_kernel_count(window);
    int64_t fitting = CUDA_WORKSPACE / (n * (int64_t)sizeof(float)), part = (rows + PARTS - 1) / PARTS;
    part = part < PART ? (int64_t)PART : part;
    int64_t parts = (rows + part - 1) / part;
    if (parts < 1 || fitting < parts) {
        part = rows;
        parts = 1;
    }
    float *sums = parts > 1 ? (float *)(void *)stream->workspace : cuda_floats(d_w);
    CUDA_LAUNCH(kernel_gradient_kernel, dim3(tiles_of(n / window->out, window->out), (unsigned)parts), CUDA_BLOCK, 0,
                stream->queue, patches_of(window, cuda_floats(x)), rows, window->out, part, cuda_floats(d_y),
                parts > 1 ? 0.0f : beta, sums);
    status = cuda_launched(operation, error);
    if (status != STATUS_OK || parts == 1)
        return status;
    CUDA_LAUNCH(add_parts_kernel, cuda_blocks(n), CUDA_BLOCK, 0, stream->queue, n, parts, sums, beta, cuda_floats(d_w));
    return cuda_launched(operation, error);
}
