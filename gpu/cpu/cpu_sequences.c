#include "gpu/cpu/cpu_sequences.h"

#include <string.h>

/* Sequences: windows, running means and maxima, means over valid positions. Every sequence is a task; strips of columns
 * go through time with their state beside them. */

enum { STRIP = 64 }; /* columns */

struct sequence_job {
    enum cpu_simd simd;
    int64_t batch, length, d, kernel;
    float beta;
    const int32_t *lengths, *indices;
    int32_t *new_indices;
    const float *x; /* input: X forward, dY backward */
    float *y;       /* output: Y forward, dX backward */
};

/* Compiles each operation's loop over one sequence for each instruction set, as a pool task. */
#define SEQUENCE_TASK(name)                                                                                            \
    CPU_KERNEL(name##_kernel, name, (const struct sequence_job *job, int64_t b), (job, b))                             \
    static void name##_task(void *context, size_t index, int worker)                                                   \
    {                                                                                                                  \
        (void)worker;                                                                                                  \
        const struct sequence_job *job = context;                                                                      \
        CPU_KERNEL_CALL(job->simd, name##_kernel, (job, (int64_t)index));                                              \
    }

static struct sequence_job sequence_job(const struct compute_stream *stream, int64_t batch, int64_t length, int64_t d,
                                        struct compute_slice x, struct compute_slice y)
{
    return (struct sequence_job){
        .simd = stream->device->simd, .batch = batch, .length = length, .d = d, .x = cpu_floats(x), .y = cpu_floats(y)};
}

static enum status check_sequences(const char *operation, const char *argument, struct compute_slice slice,
                                   int64_t batch, int64_t length, int64_t d, struct error *error)
{
    return cpu_check(operation, argument, slice, cpu_count(batch, length, d), sizeof(float), error);
}

static inline __attribute__((always_inline)) void unfold_sequence(const struct sequence_job *job, int64_t b)
{
    int64_t length = job->length, d = job->d, kernel = job->kernel;
    const float *x = job->x + b * length * d;
    for (int64_t t = 0; t < length; t++) {
        float *y = job->y + (b * length + t) * kernel * d;
        int64_t missing = t + 1 < kernel ? kernel - 1 - t : 0; /* positions before the start */
        memset(y, 0, (size_t)(missing * d) * sizeof *y);
        memcpy(y + missing * d, x + (t + missing - kernel + 1) * d, (size_t)((kernel - missing) * d) * sizeof *y);
    }
}

SEQUENCE_TASK(unfold_sequence)

enum status cpu_unfold(struct compute_stream *stream, int64_t batch, int64_t length, int64_t d, int64_t kernel,
                       struct compute_slice x, struct compute_slice y, struct error *error)
{
    enum status status = check_sequences("unfold", "X", x, batch, length, d, error);
    if (status == STATUS_OK)
        status = check_sequences("unfold", "Y", y, cpu_count(batch, length, 1), d, kernel, error);
    if (status != STATUS_OK || length == 0 || d == 0 || kernel == 0)
        return status;
    struct sequence_job job = sequence_job(stream, batch, length, d, x, y);
    job.kernel = kernel;
    pool_run(stream->device->pool, (size_t)batch, unfold_sequence_task, &job);
    return STATUS_OK;
}

/* dX[s] = the sum over the windows that contain s. */
static inline __attribute__((always_inline)) void unfold_backward_sequence(const struct sequence_job *job, int64_t b)
{
    int64_t length = job->length, d = job->d, kernel = job->kernel;
    const float *windows = job->x + b * length * kernel * d;
    for (int64_t s = 0; s < length; s++) {
        float *restrict y = job->y + (b * length + s) * d;
        int64_t last = cpu_min(s + kernel - 1, length - 1);
        for (int64_t t = s; t <= last; t++) {
            const float *restrict x = windows + (t * kernel + kernel - 1 - (t - s)) * d;
            float beta = t == s ? job->beta : 1;
            for (int64_t j = 0; j < d; j++)
                y[j] = cpu_blend(beta, y[j], x[j]);
        }
    }
}

SEQUENCE_TASK(unfold_backward_sequence)

enum status cpu_unfold_backward(struct compute_stream *stream, int64_t batch, int64_t length, int64_t d, int64_t kernel,
                                struct compute_slice d_y, float beta, struct compute_slice d_x, struct error *error)
{
    enum status status = check_sequences("unfold_backward", "dY", d_y, cpu_count(batch, length, 1), d, kernel, error);
    if (status == STATUS_OK && d_x.buffer)
        status = check_sequences("unfold_backward", "dX", d_x, batch, length, d, error);
    if (status == STATUS_OK && kernel == 0)
        status = error_set(error, STATUS_FAILED, "a convolution needs a width of at least one position");
    if (status != STATUS_OK || !d_x.buffer)
        return status;
    struct sequence_job job = sequence_job(stream, batch, length, d, d_y, d_x);
    job.kernel = kernel;
    job.beta = beta;
    pool_run(stream->device->pool, (size_t)batch, unfold_backward_sequence_task, &job);
    return STATUS_OK;
}

static inline __attribute__((always_inline)) void running_mean_sequence(const struct sequence_job *job, int64_t b)
{
    int64_t length = job->length, d = job->d;
    for (int64_t first = 0; first < d; first += STRIP) {
        int64_t columns = cpu_min(STRIP, d - first);
        float sums[STRIP] = {0};
        for (int64_t t = 0; t < length; t++) {
            const float *restrict x = job->x + (b * length + t) * d + first;
            float *restrict y = job->y + (b * length + t) * d + first, count = (float)(t + 1);
            for (int64_t j = 0; j < columns; j++) {
                sums[j] += x[j];
                y[j] = sums[j] / count;
            }
        }
    }
}

SEQUENCE_TASK(running_mean_sequence)

enum status cpu_running_mean(struct compute_stream *stream, int64_t batch, int64_t length, int64_t d,
                             struct compute_slice x, struct compute_slice y, struct error *error)
{
    enum status status = check_sequences("running_mean", "X", x, batch, length, d, error);
    if (status == STATUS_OK)
        status = check_sequences("running_mean", "Y", y, batch, length, d, error);
    if (status != STATUS_OK)
        return status;
    struct sequence_job job = sequence_job(stream, batch, length, d, x, y);
    pool_run(stream->device->pool, (size_t)batch, running_mean_sequence_task, &job);
    return STATUS_OK;
}

/* dX[s] = the sum over t >= s of dY[t] / (t + 1). */
static inline __attribute__((always_inline)) void running_mean_backward_sequence(const struct sequence_job *job,
                                                                                 int64_t b)
{
    int64_t length = job->length, d = job->d;
    for (int64_t first = 0; first < d; first += STRIP) {
        int64_t columns = cpu_min(STRIP, d - first);
        float sums[STRIP] = {0};
        for (int64_t t = length - 1; t >= 0; t--) {
            const float *restrict x = job->x + (b * length + t) * d + first;
            float *restrict y = job->y + (b * length + t) * d + first, count = (float)(t + 1);
            for (int64_t j = 0; j < columns; j++) {
                sums[j] += x[j] / count;
                y[j] = cpu_blend(job->beta, y[j], sums[j]);
            }
        }
    }
}

SEQUENCE_TASK(running_mean_backward_sequence)

enum status cpu_running_mean_backward(struct compute_stream *stream, int64_t batch, int64_t length, int64_t d,
                                      struct compute_slice d_y, float beta, struct compute_slice d_x,
                                      struct error *error)
{
    enum status status = check_sequences("running_mean_backward", "dY", d_y, batch, length, d, error);
    if (status == STATUS_OK && d_x.buffer)
        status = check_sequences("running_mean_backward", "dX", d_x, batch, length, d, error);
    if (status != STATUS_OK || !d_x.buffer)
        return status;
    struct sequence_job job = sequence_job(stream, batch, length, d, d_y, d_x);
    job.beta = beta;
    pool_run(stream->device->pool, (size_t)batch, running_mean_backward_sequence_task, &job);
    return STATUS_OK;
}

static inline __attribute__((always_inline)) void running_max_sequence(const struct sequence_job *job, int64_t b)
{
    int64_t length = job->length, d = job->d;
    for (int64_t first = 0; first < d; first += STRIP) {
        int64_t columns = cpu_min(STRIP, d - first);
        float most[STRIP];
        int32_t index_of_max[STRIP] = {0};
        for (int64_t t = 0; t < length; t++) {
            const float *restrict x = job->x + (b * length + t) * d + first;
            float *restrict y = job->y + (b * length + t) * d + first;
            int32_t *restrict indices = job->new_indices ? job->new_indices + (b * length + t) * d + first : NULL;
            for (int64_t j = 0; j < columns; j++) {
                bool higher = t == 0 || x[j] > most[j];
                most[j] = higher ? x[j] : most[j];
                index_of_max[j] = higher ? (int32_t)t : index_of_max[j];
                y[j] = most[j];
            }
            for (int64_t j = 0; j < columns && indices; j++)
                indices[j] = index_of_max[j];
        }
    }
}

SEQUENCE_TASK(running_max_sequence)

enum status cpu_running_max(struct compute_stream *stream, int64_t batch, int64_t length, int64_t d,
                            struct compute_slice x, struct compute_slice indices, struct compute_slice y,
                            struct error *error)
{
    enum status status = check_sequences("running_max", "X", x, batch, length, d, error);
    if (status == STATUS_OK && indices.buffer)
        status = cpu_check("running_max", "indices", indices, cpu_count(batch, length, d), sizeof(int32_t), error);
    if (status == STATUS_OK)
        status = check_sequences("running_max", "Y", y, batch, length, d, error);
    if (status != STATUS_OK)
        return status;
    struct sequence_job job = sequence_job(stream, batch, length, d, x, y);
    job.new_indices = cpu_ints(indices);
    pool_run(stream->device->pool, (size_t)batch, running_max_sequence_task, &job);
    return STATUS_OK;
}

/* A maximum applies from its position until the next one, so gradients are summed from the end backwards until the
 * position they belong to. */
static inline __attribute__((always_inline)) void running_max_backward_sequence(const struct sequence_job *job,
                                                                                int64_t b)
{
    int64_t length = job->length, d = job->d;
    for (int64_t first = 0; first < d; first += STRIP) {
        int64_t columns = cpu_min(STRIP, d - first);
        float sums[STRIP] = {0};
        for (int64_t t = length - 1; t >= 0; t--) {
            int64_t at = (b * length + t) * d + first;
            const float *restrict x = job->x + at;
            const int32_t *restrict indices = job->indices + at;
            float *restrict y = job->y + at;
            for (int64_t j = 0; j < columns; j++) {
                float sum = sums[j] + x[j];
                bool here = indices[j] == (int32_t)t;
                y[j] = cpu_blend(job->beta, y[j], here ? sum : 0);
                sums[j] = here ? 0 : sum;
            }
        }
    }
}

SEQUENCE_TASK(running_max_backward_sequence)

enum status cpu_running_max_backward(struct compute_stream *stream, int64_t batch, int64_t length, int64_t d,
                                     struct compute_slice indices, struct compute_slice d_y, float beta,
                                     struct compute_slice d_x, struct error *error)
{
    enum status status =
        cpu_check("running_max_backward", "indices", indices, cpu_count(batch, length, d), sizeof(int32_t), error);
    if (status == STATUS_OK)
        status = check_sequences("running_max_backward", "dY", d_y, batch, length, d, error);
    if (status == STATUS_OK && d_x.buffer)
        status = check_sequences("running_max_backward", "dX", d_x, batch, length, d, error);
    if (status != STATUS_OK || !d_x.buffer)
        return status;
    struct sequence_job job = sequence_job(stream, batch, length, d, d_y, d_x);
    job.indices = cpu_ints(indices);
    job.beta = beta;
    pool_run(stream->device->pool, (size_t)batch, running_max_backward_sequence_task, &job);
    return STATUS_OK;
}

static inline __attribute__((always_inline)) void mean_sequence(const struct sequence_job *job, int64_t b)
{
    int64_t length = job->length, d = job->d;
    float share = 1 / (float)job->lengths[b];
    for (int64_t first = 0; first < d; first += STRIP) {
        int64_t columns = cpu_min(STRIP, d - first);
        float sums[STRIP] = {0};
        for (int64_t t = 0; t < job->lengths[b]; t++) {
            const float *restrict x = job->x + (b * length + t) * d + first;
            for (int64_t j = 0; j < columns; j++)
                sums[j] += x[j];
        }
        for (int64_t j = 0; j < columns; j++)
            job->y[b * d + first + j] = share * sums[j];
    }
}

SEQUENCE_TASK(mean_sequence)

enum status cpu_sequence_mean(struct compute_stream *stream, int64_t batch, int64_t length, int64_t d,
                              struct compute_slice lengths, struct compute_slice x, struct compute_slice y,
                              struct error *error)
{
    enum status status = cpu_check_lengths("sequence_mean", lengths, batch, length, error);
    if (status == STATUS_OK)
        status = check_sequences("sequence_mean", "X", x, batch, length, d, error);
    if (status == STATUS_OK)
        status = check_sequences("sequence_mean", "Y", y, batch, 1, d, error);
    if (status != STATUS_OK)
        return status;
    struct sequence_job job = sequence_job(stream, batch, length, d, x, y);
    job.lengths = cpu_ints(lengths);
    pool_run(stream->device->pool, (size_t)batch, mean_sequence_task, &job);
    return STATUS_OK;
}

static inline __attribute__((always_inline)) void mean_backward_sequence(const struct sequence_job *job, int64_t b)
{
    int64_t length = job->length, d = job->d;
    float share = 1 / (float)job->lengths[b];
    const float *restrict x = job->x + b * d;
    for (int64_t t = 0; t < length; t++) {
        float *restrict y = job->y + (b * length + t) * d;
        bool valid = t < job->lengths[b];
        for (int64_t j = 0; j < d; j++)
            y[j] = cpu_blend(job->beta, y[j], valid ? share * x[j] : 0);
    }
}

SEQUENCE_TASK(mean_backward_sequence)

enum status cpu_sequence_mean_backward(struct compute_stream *stream, int64_t batch, int64_t length, int64_t d,
                                       struct compute_slice lengths, struct compute_slice d_y, float beta,
                                       struct compute_slice d_x, struct error *error)
{
    enum status status = cpu_check_lengths("sequence_mean_backward", lengths, batch, length, error);
    if (status == STATUS_OK)
        status = check_sequences("sequence_mean_backward", "dY", d_y, batch, 1, d, error);
    if (status == STATUS_OK && d_x.buffer)
        status = check_sequences("sequence_mean_backward", "dX", d_x, batch, length, d, error);
    if (status != STATUS_OK || !d_x.buffer)
        return status;
    struct sequence_job job = sequence_job(stream, batch, length, d, d_y, d_x);
    job.lengths = cpu_ints(lengths);
    job.beta = beta;
    pool_run(stream->device->pool, (size_t)batch, mean_backward_sequence_task, &job);
    return STATUS_OK;
}
