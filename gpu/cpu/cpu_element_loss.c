#include <math.h>

#include "gpu/cpu/cpu_layer_checks.h"
#include "gpu/cpu/cpu_ops.h"
#include "gpu/cpu/cpu_sequences.h"

/* Losses of single elements, in float64: there are few outputs, and sums of them lose nothing. */

enum { PARTS = 64 /* parts of the sum of a loss, by size alone */ };

struct loss_job {
    enum element_loss kind;
    int64_t n;
    double factor;
    const float *s, *targets, *weights;
    float beta, *d_s;
    double parts[PARTS];
};

static double square(double s, double t, double *slope)
{
    *slope = 2 * (s - t);
    return (s - t) * (s - t);
}

/* ln(1 + e^s) - t s. */
static double logistic(double s, double t, double *slope)
{
    double e = exp(-fabs(s));
    *slope = (s < 0 ? e : 1) / (1 + e) - t;
    return (s < 0 ? 0 : s) + log1p(e) - t * s;
}

static void loss_part(void *context, size_t index, int worker)
{
    static double (*const losses[])(double, double, double *) = {
        [ELEMENT_LOSS_SQUARE] = square,
        [ELEMENT_LOSS_LOGISTIC] = logistic,
    };
    (void)worker;
    struct loss_job *job = context;
    int64_t block = cpu_blocks(job->n, PARTS), begin = cpu_min((int64_t)index * block, job->n);
    double loss = 0;
    for (int64_t i = begin; i < cpu_min(begin + block, job->n); i++) {
        double weight = job->factor * (job->weights ? (double)job->weights[i] : 1), slope = 0;
        if (weight != 0)
            loss += weight * losses[job->kind]((double)job->s[i], (double)job->targets[i], &slope);
        if (job->d_s)
            job->d_s[i] = cpu_blend(job->beta, job->d_s[i], (float)(weight * slope));
    }
    job->parts[index] = loss;
}

enum status cpu_element_loss(struct compute_stream *stream, enum element_loss kind, int64_t n, float factor,
                             struct compute_slice s, struct compute_slice targets, struct compute_slice weights,
                             struct compute_slice loss, float beta, struct compute_slice d_s, struct error *error)
{
    enum status status = CPU_SIZES("element_loss", n);
    if (status == STATUS_OK && (unsigned)kind >= ELEMENT_LOSSES)
        status = error_set(error, STATUS_FAILED, "operation element_loss has no loss %d (internal error)", (int)kind);
    if (status == STATUS_OK)
        status = CPU_OPERANDS("element_loss", {"s", s, n, false}, {"targets", targets, n, false},
                              {"weights", weights, n, true}, {"d_s", d_s, n, true});
    if (status == STATUS_OK && loss.buffer)
        status = cpu_check("element_loss", "loss", loss, 1, sizeof(double), error);
    if (status != STATUS_OK || n == 0)
        return status;
    struct loss_job job = {.kind = kind,
                           .n = n,
                           .factor = (double)factor,
                           .s = cpu_floats(s),
                           .targets = cpu_floats(targets),
                           .weights = cpu_floats(weights),
                           .beta = beta,
                           .d_s = cpu_floats(d_s)};
    pool_run(stream->device->pool, PARTS, loss_part, &job);
    for (int part = 0; part < PARTS && loss.buffer; part++)
        *cpu_doubles(loss) += job.parts[part];
    return STATUS_OK;
}
