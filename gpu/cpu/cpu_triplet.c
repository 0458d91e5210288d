#include <math.h>

#include "gpu/cpu/cpu_layer_checks.h"
#include "gpu/cpu/cpu_ops.h"
#include "gpu/cpu/cpu_sequences.h"

/* The triplet loss: distances in float64, because close ones are subtracted. */

enum { PARTS = 64 /* parts of the sum, by size alone */ };

struct triplet_job {
    int64_t rows, d;
    bool squared;
    double margin, factor;
    const float *a, *p, *n;
    float beta_a, beta_p, beta_n, *d_a, *d_p, *d_n;
    double parts[PARTS];
};

static double distance(const struct triplet_job *job, const float *x, const float *y)
{
    double sum = 0;
    for (int64_t j = 0; j < job->d; j++) {
        double difference = (double)x[j] - (double)y[j];
        sum += difference * difference;
    }
    return job->squared ? sum : sqrt(sum);
}

/* The derivative of a distance is this factor times the difference; 0 at the kink. */
static double slope_of(const struct triplet_job *job, double distance)
{
    if (job->squared)
        return 2 * job->factor;
    return distance > 0 ? job->factor / distance : 0;
}

static void put(float beta, float *to, int64_t at, double slope)
{
    if (to)
        to[at] = cpu_blend(beta, to[at], (float)slope);
}

static double triplet_row(const struct triplet_job *job, int64_t row)
{
    int64_t at = row * job->d;
    const float *a = job->a + at, *p = job->p + at, *n = job->n + at;
    double near = distance(job, a, p), far = distance(job, a, n), loss = near - far + job->margin;
    bool active = !(loss <= 0); /* NaN is kept */
    double to_p = active ? slope_of(job, near) : 0, to_n = active ? slope_of(job, far) : 0;
    for (int64_t j = 0; j < job->d; j++) {
        double from_p = to_p * ((double)a[j] - (double)p[j]), from_n = to_n * ((double)a[j] - (double)n[j]);
        put(job->beta_a, job->d_a, at + j, from_p - from_n);
        put(job->beta_p, job->d_p, at + j, -from_p);
        put(job->beta_n, job->d_n, at + j, from_n);
    }
    return active ? job->factor * loss : 0;
}

static void triplet_part(void *context, size_t index, int worker)
{
    (void)worker;
    struct triplet_job *job = context;
    int64_t block = cpu_blocks(job->rows, PARTS), begin = cpu_min((int64_t)index * block, job->rows);
    double loss = 0;
    for (int64_t row = begin; row < cpu_min(begin + block, job->rows); row++)
        loss += triplet_row(job, row);
    job->parts[index] = loss;
}

enum status cpu_triplet_loss(struct compute_stream *stream, int64_t rows, int64_t d, bool squared, float margin,
                             float factor, struct compute_slice a, struct compute_slice p, struct compute_slice n,
                             struct compute_slice loss, float beta_a, struct compute_slice d_a, float beta_p,
                             struct compute_slice d_p, float beta_n, struct compute_slice d_n, struct error *error)
{
    enum status status = CPU_SIZES("triplet_loss", rows, d);
    int64_t count = status == STATUS_OK ? rows * d : 0;
    if (status == STATUS_OK)
        status = CPU_OPERANDS("triplet_loss", {"A", a, count, false}, {"P", p, count, false}, {"N", n, count, false},
                              {"dA", d_a, count, true}, {"dP", d_p, count, true}, {"dN", d_n, count, true});
    if (status == STATUS_OK && loss.buffer)
        status = cpu_check("triplet_loss", "loss", loss, 1, sizeof(double), error);
    if (status != STATUS_OK || rows == 0)
        return status;
    struct triplet_job job = {.rows = rows,
                              .d = d,
                              .squared = squared,
                              .margin = (double)margin,
                              .factor = (double)factor,
                              .a = cpu_floats(a),
                              .p = cpu_floats(p),
                              .n = cpu_floats(n),
                              .beta_a = beta_a,
                              .beta_p = beta_p,
                              .beta_n = beta_n,
                              .d_a = cpu_floats(d_a),
                              .d_p = cpu_floats(d_p),
                              .d_n = cpu_floats(d_n)};
    pool_run(stream->device->pool, PARTS, triplet_part, &job);
    for (int part = 0; part < PARTS && loss.buffer; part++)
        *cpu_doubles(loss) += job.parts[part];
    return STATUS_OK;
}
