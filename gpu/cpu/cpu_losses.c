#include "gpu/cpu/cpu_sequences.h"

#include <math.h>

#include "gpu/cpu/cpu_functions.h"
#include "gpu/cpu/cpu_vector.h"

/* Losses and their derivatives. */

enum {
    PARTS = 64,     /* parts of the sum of a loss, by size alone */
    STRETCH = 1024, /* exponentials summed in float32 before they are added in float64; they stay in the first-level
                     * cache */
};

struct loss_job {
    enum cpu_simd simd;
    int64_t n;
    float sign;
    const float *s, *weights;
    float *d_s;
    double parts[PARTS];
};

/* In float64 throughout: there are few of these scores, and in float32 ln σ of a well separated pair is only rounding
 * error. */
static void log_sigmoid_part(void *context, size_t index, int worker)
{
    (void)worker;
    struct loss_job *job = context;
    int64_t block = cpu_blocks(job->n, PARTS), begin = cpu_min((int64_t)index * block, job->n);
    double loss = 0;
    for (int64_t i = begin; i < cpu_min(begin + block, job->n); i++) {
        double weight = (double)job->weights[i], slope = 0;
        if (weight != 0) {
            double t = (double)(job->sign * job->s[i]), e = exp(-fabs(t));
            loss += weight * ((t < 0 ? -t : 0) + log1p(e));
            slope = -(double)job->sign * weight * (t < 0 ? 1 : e) / (1 + e);
        }
        if (job->d_s)
            job->d_s[i] = (float)slope;
    }
    job->parts[index] = loss;
}

enum status cpu_log_sigmoid_loss(struct compute_stream *stream, int64_t n, float sign, struct compute_slice s,
                                 struct compute_slice weights, struct compute_slice loss, struct compute_slice d_s,
                                 struct error *error)
{
    enum status status = cpu_check("log_sigmoid_loss", "s", s, n, sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check("log_sigmoid_loss", "weights", weights, n, sizeof(float), error);
    if (status == STATUS_OK && loss.buffer)
        status = cpu_check("log_sigmoid_loss", "loss", loss, 1, sizeof(double), error);
    if (status == STATUS_OK && d_s.buffer)
        status = cpu_check("log_sigmoid_loss", "d_s", d_s, n, sizeof(float), error);
    if (status != STATUS_OK || n == 0)
        return status;
    struct loss_job job = {
        .n = n, .sign = sign, .s = cpu_floats(s), .weights = cpu_floats(weights), .d_s = cpu_floats(d_s)};
    pool_run(stream->device->pool, PARTS, log_sigmoid_part, &job);
    for (int part = 0; part < PARTS && loss.buffer; part++)
        *cpu_doubles(loss) += job.parts[part];
    return STATUS_OK;
}

struct softmax_job {
    enum cpu_simd simd;
    int64_t rows, n;
    float *s;
    const int64_t *starts;
    const int32_t *targets;
    const float *weights;
    double parts[PARTS];
};

static inline __attribute__((always_inline)) float highest(const float *s, int64_t n)
{
    typedef int32_t mask __attribute__((vector_size(sizeof(cpu_vector))));
    cpu_vector most[CPU_SUMS], v;
    for (int m = 0; m < CPU_SUMS; m++)
        most[m] = (cpu_vector){0} - INFINITY;
    int64_t j = 0;
    for (; j + CPU_SUMS * CPU_VECTOR <= n; j += CPU_SUMS * CPU_VECTOR)
        for (int m = 0; m < CPU_SUMS; m++) {
            memcpy(&v, s + j + m * CPU_VECTOR, sizeof v);
            mask higher = v > most[m];
            most[m] = (cpu_vector)(((mask)v & higher) | ((mask)most[m] & ~higher));
        }
    float result = -INFINITY;
    for (int m = 0; m < CPU_SUMS; m++)
        for (int lane = 0; lane < CPU_VECTOR; lane++)
            result = most[m][lane] > result ? most[m][lane] : result;
    for (; j < n; j++)
        result = s[j] > result ? s[j] : result;
    return result;
}

static inline __attribute__((always_inline)) float sum_of(const float *s, int64_t n)
{
    cpu_vector sums[CPU_SUMS] = {{0}}, v;
    int64_t j = 0;
    for (; j + CPU_SUMS * CPU_VECTOR <= n; j += CPU_SUMS * CPU_VECTOR)
        for (int m = 0; m < CPU_SUMS; m++) {
            memcpy(&v, s + j + m * CPU_VECTOR, sizeof v);
            sums[m] += v;
        }
    float tail = 0;
    for (; j < n; j++)
        tail += s[j];
    return cpu_vector_sum(sums) + tail;
}

/* Replaces the scores by the derivative of weight · (ln sum exp - mean of the targets' scores) and adds the loss. */
static inline __attribute__((always_inline)) void softmax_row(float *s, int64_t n, const int32_t *targets,
                                                              int64_t n_targets, float weight, double *loss)
{
    if (n_targets == 0 || weight == 0) {
        memset(s, 0, (size_t)n * sizeof *s);
        return;
    }
    double wanted = 0, sum = 0;
    for (int64_t t = 0; t < n_targets; t++)
        wanted += (double)s[targets[t]];
    float most = highest(s, n);
    for (int64_t begin = 0; begin < n; begin += STRETCH) {
        int64_t end = cpu_min(begin + STRETCH, n);
        for (int64_t j = begin; j < end; j++)
            s[j] = cpu_exp(s[j] - most);
        sum += (double)sum_of(s + begin, end - begin);
    }
    *loss += (double)weight * (log(sum) + (double)most - wanted / (double)n_targets);
    float factor = (float)((double)weight / sum), share = weight / (float)n_targets;
    for (int64_t j = 0; j < n; j++)
        s[j] *= factor;
    for (int64_t t = 0; t < n_targets; t++)
        s[targets[t]] -= share;
}

CPU_KERNEL(softmax_kernel, softmax_row,
           (float *s, int64_t n, const int32_t *targets, int64_t n_targets, float weight, double *loss),
           (s, n, targets, n_targets, weight, loss))

static void softmax_part(void *context, size_t index, int worker)
{
    (void)worker;
    struct softmax_job *job = context;
    int64_t block = cpu_blocks(job->rows, PARTS), begin = cpu_min((int64_t)index * block, job->rows);
    double loss = 0;
    for (int64_t row = begin; row < cpu_min(begin + block, job->rows); row++)
        CPU_KERNEL_CALL(job->simd, softmax_kernel,
                        (job->s + row * job->n, job->n, job->targets + job->starts[row],
                         job->starts[row + 1] - job->starts[row], job->weights[row], &loss));
    job->parts[index] = loss;
}

enum status cpu_softmax_loss(struct compute_stream *stream, int64_t rows, int64_t n, struct compute_slice s,
                             struct compute_slice starts, struct compute_slice targets, struct compute_slice weights,
                             struct compute_slice loss, struct error *error)
{
    enum status status = cpu_check("softmax_loss", "S", s, cpu_count(rows, n, 1), sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check("softmax_loss", "weights", weights, rows, sizeof(float), error);
    if (status == STATUS_OK && loss.buffer)
        status = cpu_check("softmax_loss", "loss", loss, 1, sizeof(double), error);
    if (status == STATUS_OK)
        status = cpu_check_entries("softmax_loss", "targets", rows, n, starts, targets, error);
    if (status != STATUS_OK || rows == 0 || n == 0)
        return status;
    struct softmax_job job = {.simd = stream->device->simd,
                              .rows = rows,
                              .n = n,
                              .s = cpu_floats(s),
                              .starts = cpu_longs(starts),
                              .targets = cpu_ints(targets),
                              .weights = cpu_floats(weights)};
    pool_run(stream->device->pool, PARTS, softmax_part, &job);
    for (int part = 0; part < PARTS && loss.buffer; part++)
        *cpu_doubles(loss) += job.parts[part];
    return STATUS_OK;
}
