#include "gpu/cuda/cuda_layers.h"

/* Batch normalisation: sums over the valid positions of every column, in float within a sequence and in double across
 * sequences, then a warp per position. gpu/cpu/cpu_batch_norm.c states what the contract leaves open. */

static __device__ inline float inverse_deviation(float variance, float epsilon)
{
    return 1.0f / sqrtf(variance + epsilon);
}

/* Updates a running statistic. */
static __device__ inline void move_towards(float value, float pace, float *running)
{
    *running += pace * (value - *running);
}

struct batch_norm_shape {
    int64_t batch, length, d;
    const int32_t *lengths;
};

/* Computes the mean, which goes to stats. */
struct batch_norm_mean {
    struct batch_norm_shape shape;
    const float *x;
    float *stats;

    __device__ void add(int64_t sequence, int64_t column, double *sums) const
    {
        int64_t valid = cuda_valid(shape.lengths, sequence, shape.length);
        const float *from = x + sequence * shape.length * shape.d + column;
        float sum = 0;
        for (int64_t t = 0; t < valid; t++)
            sum += from[t * shape.d];
        sums[0] += (double)sum;
        sums[1] += (double)valid;
    }

    __device__ void finish(int64_t column, const double *sums) const
    {
        stats[column] = (float)(sums[0] / fmax(1.0, sums[1]));
    }
};

/* Computes the inverse deviation, given the mean in stats, and updates the running statistics. */
struct batch_norm_deviation {
    struct batch_norm_shape shape;
    const float *x;
    float epsilon, pace;
    float *stats, *running;

    __device__ void add(int64_t sequence, int64_t column, double *sums) const
    {
        int64_t valid = cuda_valid(shape.lengths, sequence, shape.length);
        const float *from = x + sequence * shape.length * shape.d + column;
        float mean = stats[column], sum = 0;
        for (int64_t t = 0; t < valid; t++)
            sum += (from[t * shape.d] - mean) * (from[t * shape.d] - mean);
        sums[0] += (double)sum;
        sums[1] += (double)valid;
    }

    __device__ void finish(int64_t column, const double *sums) const
    {
        double count = sums[1];
        stats[shape.d + column] = (float)(1.0 / sqrt(sums[0] / fmax(1.0, count) + (double)epsilon));
        if (count > 0) {
            float unbiased = count > 1 ? (float)(sums[0] / (count - 1)) : 0;
            move_towards(stats[column], pace, &running[column]);
            move_towards(unbiased, pace, &running[shape.d + column]);
        }
    }
};

/* Uses the batch's statistics if there are any, otherwise the running ones, which go to `kept` unless it is NULL. */
static __global__ void batch_norm_kernel(struct batch_norm_shape shape, float epsilon, const float *x,
                                         const float *gain, const float *bias, const float *running, const float *stats,
                                         float *kept, float *y)
{
    int64_t d = shape.d;
    for (CUDA_EACH_ROW(position, shape.batch * shape.length)) {
        int64_t sequence = position / shape.length, at = position * d;
        bool valid = position % shape.length < cuda_valid(shape.lengths, sequence, shape.length);
        for (CUDA_EACH_COLUMN(j, d)) {
            float mean = stats ? stats[j] : running[j];
            float inverse = stats ? stats[d + j] : inverse_deviation(running[d + j], epsilon);
            y[at + j] = valid ? (x[at + j] - mean) * (gain[j] * inverse) + bias[j] : 0.0f;
            if (kept && position == 0) {
                kept[j] = mean;
                kept[d + j] = inverse;
            }
        }
    }
}

/* The gradients of gain and bias; shares [2 x columns from `first` on] receives the means of dY and of dY n, or 0 when
 * not training. */
struct batch_norm_sums {
    struct batch_norm_shape shape;
    bool training;
    const float *x, *stats, *d_y;
    float beta, *d_gain, *d_bias, *shares;
    int64_t first, columns;

    __device__ void add(int64_t sequence, int64_t column, double *sums) const
    {
        int64_t valid = cuda_valid(shape.lengths, sequence, shape.length);
        int64_t at = sequence * shape.length * shape.d + column;
        float mean = stats[column], inverse = stats[shape.d + column], sum = 0, product = 0;
        for (int64_t t = 0; t < valid; t++, at += shape.d) {
            sum += d_y[at];
            product += d_y[at] * ((x[at] - mean) * inverse);
        }
        sums[0] += (double)sum;
        sums[1] += (double)product;
        sums[2] += (double)valid;
    }

    __device__ void finish(int64_t column, const double *sums) const
    {
        double count = fmax(1.0, sums[2]);
        cuda_store_sum(d_bias ? d_bias + column : NULL, sums[0], beta);
        cuda_store_sum(d_gain ? d_gain + column : NULL, sums[1], beta);
        shares[column - first] = training ? (float)(sums[0] / count) : 0.0f;
        shares[columns + column - first] = training ? (float)(sums[1] / count) : 0.0f;
    }
};

/* With n = (x - mean) inverse: dX = gain inverse (dY - mean(dY) - n mean(dY n)), means over the valid positions. */
static __global__ void batch_norm_backward_kernel(struct batch_norm_sums sums, const float *gain, float beta,
                                                  float *d_x)
{
    int64_t d = sums.shape.d, length = sums.shape.length;
    const float *stats = sums.stats + sums.first, *shares = sums.shares;
    for (CUDA_EACH_ROW(position, sums.shape.batch * length)) {
        int64_t sequence = position / length, at = position * d + sums.first;
        bool valid = position % length < cuda_valid(sums.shape.lengths, sequence, length);
        for (CUDA_EACH_COLUMN(j, sums.columns)) {
            float slope = 0;
            if (valid) {
                float mean = stats[j], inverse = stats[d + j];
                slope = gain[sums.first + j] * inverse *
                        (sums.d_y[at + j] - shares[j] - (sums.x[at + j] - mean) * (shares[sums.columns + j] * inverse));
            }
            d_x[at + j] = cuda_blend(beta, &d_x[at + j], slope);
        }
    }
}

enum status cuda_batch_norm(struct compute_stream *stream, bool training, float epsilon, float pace, int64_t batch,
                            int64_t length, int64_t d, struct compute_slice lengths, struct compute_slice x,
                            struct compute_slice gain, struct compute_slice bias, struct compute_slice running,
                            struct compute_slice stats, struct compute_slice y, struct error *error)
{
    int64_t n = cuda_count(batch, length, d);
    enum status status = cuda_check_all("batch_norm",
                                        {{"lengths", lengths, batch, 4, true},
                                         {"X", x, n},
                                         {"gain", gain, d},
                                         {"bias", bias, d},
                                         {"running", running, cuda_count(2, d)},
                                         {"stats", stats, cuda_count(2, d), 4, !training},
                                         {"Y", y, n}},
                                        error);
    struct batch_norm_shape shape = {batch, length, d, cuda_ints(lengths)};
    struct batch_norm_mean mean = {shape, cuda_floats(x), cuda_floats(stats)};
    struct batch_norm_deviation deviation = {shape, cuda_floats(x),     epsilon,
                                             pace,  cuda_floats(stats), cuda_floats(running)};
    if (training)
        for (CUDA_EACH_STRETCH(first, d, status)) {
            int64_t columns = cuda_segment_size(first, d);
            status = cuda_sum_columns<2>("batch_norm", stream, batch, first, columns, mean, error);
            if (status == STATUS_OK)
                status = cuda_sum_columns<2>("batch_norm", stream, batch, first, columns, deviation, error);
        }
    if (status != STATUS_OK || n == 0)
        return status;
    CUDA_LAUNCH(batch_norm_kernel, cuda_row_blocks(batch * length), CUDA_BLOCK, 0, stream->queue, shape, epsilon,
                cuda_floats(x), cuda_floats(gain), cuda_floats(bias), cuda_floats(running),
                training ? cuda_floats(stats) : NULL, training ? NULL : cuda_floats(stats), cuda_floats(y));
    return cuda_launched("batch_norm", error);
}

enum status cuda_batch_norm_backward(struct compute_stream *stream, bool training, int64_t batch, int64_t length,
                                     int64_t d, struct compute_slice lengths, struct compute_slice x,
                                     struct compute_slice gain, struct compute_slice stats, struct compute_slice d_y,
                                     float beta, struct compute_slice d_x, float beta_parameters,
                                     struct compute_slice d_gain, struct compute_slice d_bias, struct error *error)
{
    int64_t n = cuda_count(batch, length, d);
    enum status status = cuda_check_all("batch_norm_backward",
                                        {{"lengths", lengths, batch, 4, true},
                                         {"X", x, n},
                                         {"gain", gain, d},
                                         {"stats", stats, cuda_count(2, d)},
                                         {"dY", d_y, n},
                                         {"dX", d_x, n, 4, true},
                                         {"dgain", d_gain, d, 4, true},
                                         {"dbias", d_bias, d, 4, true}},
                                        error);
    struct batch_norm_sums sums = {.shape = {batch, length, d, cuda_ints(lengths)},
                                   .training = training,
                                   .x = cuda_floats(x),
                                   .stats = cuda_floats(stats),
                                   .d_y = cuda_floats(d_y),
                                   .beta = beta_parameters,
                                   .d_gain = cuda_floats(d_gain),
                                   .d_bias = cuda_floats(d_bias),
                                   .shares = (float *)(void *)(stream->workspace + CUDA_WORKSPACE / 2),
                                   .first = 0,
                                   .columns = 0};
    for (CUDA_EACH_STRETCH(first, d, status)) {
        sums.first = first;
        sums.columns = cuda_segment_size(first, d);
        status = cuda_sum_columns<3>("batch_norm_backward", stream, batch, first, sums.columns, sums, error);
        if (status != STATUS_OK || n == 0 || !d_x.buffer)
            continue;
        CUDA_LAUNCH(batch_norm_backward_kernel, cuda_row_blocks(batch * length), CUDA_BLOCK, 0, stream->queue, sums,
                    cuda_floats(gain), beta, cuda_floats(d_x));
        status = cuda_launched("batch_norm_backward", error);
    }
    return status;
}
