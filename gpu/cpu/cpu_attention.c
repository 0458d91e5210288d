#include <math.h>

#include "gpu/cpu/cpu_attend.h"
#include "gpu/cpu/cpu_layer_checks.h"
#include "gpu/cpu/cpu_layer_math.h"
#include "gpu/cpu/cpu_ops.h"

/* Attention over short sequences: a task takes whole sequences, head by head and query by query, so that every result
 * has one writer. */

enum {
    LENGTH_MAX = 1024,
    LANES = 16,         /* rows of weights are padded to whole registers, a count known at compile time */
    TASK_POSITIONS = 64 /* positions of the sequences of a task */
};

struct attention_job {
    int64_t batch, length, heads, d, block; /* block: sequences per task */
    bool causal;
    float scale;
    const int32_t *lengths;
    const float *qkv, *d_y;
    struct layer_drop drop;
    float *weights, *y;
    float beta, *d_qkv;
    enum cpu_simd simd;
};

/* The number of keys of a sequence, limited to the valid range. */
static inline int64_t keys_of(const struct attention_job *job, int64_t sequence)
{
    if (!job->lengths)
        return job->length;
    int64_t length = job->lengths[sequence];
    return length < 0 ? 0 : cpu_min(length, job->length);
}

static inline int64_t keys_seen(const struct attention_job *job, int64_t keys, int64_t query)
{
    return job->causal ? cpu_min(keys, query + 1) : keys;
}

static inline int64_t whole_lanes(int64_t count)
{
    return cpu_blocks(count, LANES) * LANES;
}

/* Replaces row[0..count) by its softmax and sets the rest of the last register to 0. */
LAYER_INLINE void softmax(int64_t count, float *row)
{
    int64_t whole = whole_lanes(count);
    float best = row[0], sum = 0;
    for (int64_t i = count; i < whole; i++)
        row[i] = best;
    for (int64_t i = 0; i < whole; i += LANES)
#pragma omp simd reduction(max : best)
        for (int64_t j = i; j < i + LANES; j++)
            best = row[j] > best ? row[j] : best;
    for (int64_t i = 0; i < whole; i += LANES)
        for (int64_t j = i; j < i + LANES; j++)
            row[j] = layer_exp(row[j] - best);
    for (int64_t i = count; i < whole; i++)
        row[i] = 0;
    for (int64_t i = 0; i < whole; i += LANES)
        sum += layer_sum(LANES, row + i);
    float share = 1.0f / sum;
    for (int64_t i = 0; i < whole; i += LANES)
        for (int64_t j = i; j < i + LANES; j++)
            row[j] *= share;
}

/* Applies dropout to a row of weights; `first` is the mask index of its first element. */
LAYER_INLINE void drop_row(struct layer_drop drop, int64_t first, int64_t count, float *row)
{
    for (int64_t i = 0; i < count; i += LANES)
        layer_drop_run(drop, first + i, LANES, row + i);
}

LAYER_INLINE void attend(const struct attention_job *job, int64_t sequence, int64_t head, int64_t d)
{
    float row[LENGTH_MAX] __attribute__((aligned(64)));
    int64_t length = job->length, width = job->heads * job->d, stride = 3 * width, keys = keys_of(job, sequence);
    const float *q = job->qkv + sequence * length * stride + head * d, *k = q + width, *v = k + width;
    for (int64_t t = 0; t < length; t++) {
        int64_t seen = keys_seen(job, keys, t), first = ((sequence * job->heads + head) * length + t) * length;
        if (seen > 0) {
            for (int64_t i = 0; i < seen; i++)
                row[i] = job->scale * layer_dot(d, q + t * stride, k + i * stride);
            softmax(seen, row);
        }
        if (job->weights) {
            for (int64_t i = 0; i < seen; i++)
                job->weights[first + i] = row[i];
            for (int64_t i = seen; i < length; i++)
                job->weights[first + i] = 0;
        }
        drop_row(job->drop, first, seen, row);
        float *y = job->y + (sequence * length + t) * width + head * d;
        for (int64_t j = 0; j < d; j++)
            y[j] = 0;
        for (int64_t i = 0; i < seen; i++)
            layer_add(d, row[i], v + i * stride, y);
    }
}

/* With P the weights, m their dropout and S = q·k scale: dV = (P m)ᵀ dY, dP = (dY Vᵀ) m, dS = P (dP - sum of dP P),
 * dQ = scale dS K, dK = scale dSᵀ Q. */
LAYER_INLINE void attend_backward(const struct attention_job *job, int64_t sequence, int64_t head, int64_t d)
{
    float factors[LENGTH_MAX] __attribute__((aligned(64))), slopes[LENGTH_MAX] __attribute__((aligned(64)));
    int64_t length = job->length, width = job->heads * job->d, stride = 3 * width, keys = keys_of(job, sequence);
    int64_t at = sequence * length * stride + head * d;
    const float *q = job->qkv + at, *k = q + width, *v = k + width;
    float *d_q = job->d_qkv + at, *d_k = d_q + width, *d_v = d_k + width;
    for (int64_t t = 0; t < 3 * length; t++) {
        float *to = d_q + t * width;
        for (int64_t j = 0; j < d; j++)
            to[j] = job->beta == 0 ? 0 : job->beta * to[j];
    }
    for (int64_t t = 0; t < length; t++) {
        int64_t seen = keys_seen(job, keys, t), first = ((sequence * job->heads + head) * length + t) * length;
        const float *d_y = job->d_y + (sequence * length + t) * width + head * d;
        const float *restrict weights = job->weights + first;
        for (int64_t i = 0; i < whole_lanes(seen); i++)
            factors[i] = 1;
        drop_row(job->drop, first, seen, factors);
        for (int64_t i = 0; i < seen; i++) {
            slopes[i] = factors[i] * layer_dot(d, d_y, v + i * stride);
            layer_add(d, factors[i] * weights[i], d_y, d_v + i * stride);
        }
        float mean = layer_dot(seen, slopes, weights);
        for (int64_t i = 0; i < seen; i++)
            slopes[i] = job->scale * weights[i] * (slopes[i] - mean);
        for (int64_t i = 0; i < seen; i++) {
            layer_add(d, slopes[i], k + i * stride, d_q + t * stride);
            layer_add(d, slopes[i], q + t * stride, d_k + i * stride);
        }
    }
}

/* ---- sequences of at most LANES positions with heads of LANES columns: every row is one vector ---- */

/* Wider than the registers of some processors, where the compiler splits it; still fastest there. */
typedef float whole_row __attribute__((vector_size(64)));

/* y = sum over i < n of factors[i · step] times row i of X. */
LAYER_INLINE void combine(int64_t n, const float *factors, int64_t step, const float *x, int64_t stride, float *y)
{
    whole_row even = {0}, odd = {0}, u;
    int64_t i = 0;
    for (; i + 2 <= n; i += 2) {
        memcpy(&u, x + i * stride, sizeof u);
        even += factors[i * step] * u;
        memcpy(&u, x + (i + 1) * stride, sizeof u);
        odd += factors[(i + 1) * step] * u;
    }
    if (i < n) {
        memcpy(&u, x + i * stride, sizeof u);
        even += factors[i * step] * u;
    }
    u = even + odd;
    memcpy(y, &u, sizeof u);
}

/* Transposes n rows of X; rows past the n'th become columns of zeros. */
LAYER_INLINE void transpose(int64_t n, const float *x, int64_t stride, float *y)
{
    memset(y, 0, LANES * LANES * sizeof *y);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < LANES; j++)
            y[j * LANES + i] = x[i * stride + j];
}

/* softmax of a row of one register: loops of constant length. */
LAYER_INLINE void softmax_short(int64_t count, float scale, float *row)
{
    float best = -INFINITY;
    for (int64_t j = 0; j < LANES; j++)
        row[j] = j < count ? scale * row[j] : -INFINITY;
#pragma omp simd reduction(max : best)
    for (int64_t j = 0; j < LANES; j++)
        best = row[j] > best ? row[j] : best;
    for (int64_t j = 0; j < LANES; j++)
        row[j] = j < count ? layer_exp(row[j] - best) : 0;
    float share = 1.0f / layer_sum(LANES, row);
    for (int64_t j = 0; j < LANES; j++)
        row[j] *= share;
}

LAYER_INLINE void attend_short(const struct attention_job *job, int64_t sequence, int64_t head)
{
    float row[LANES] __attribute__((aligned(64))), columns[LANES * LANES] __attribute__((aligned(64)));
    int64_t length = job->length, width = job->heads * LANES, stride = 3 * width, keys = keys_of(job, sequence);
    const float *q = job->qkv + sequence * length * stride + head * LANES, *v = q + 2 * width;
    transpose(keys, q + width, stride, columns);
    for (int64_t t = 0; t < length; t++) {
        int64_t seen = keys_seen(job, keys, t), first = ((sequence * job->heads + head) * length + t) * length;
        for (int64_t i = 0; i < LANES; i++)
            row[i] = 0;
        if (seen > 0) {
            combine(LANES, q + t * stride, 1, columns, LANES, row);
            softmax_short(seen, job->scale, row);
        }
        for (int64_t i = 0; i < length && job->weights; i++)
            job->weights[first + i] = row[i];
        drop_row(job->drop, first, seen, row);
        combine(seen, row, 1, v, stride, job->y + (sequence * length + t) * width + head * LANES);
    }
}

LAYER_INLINE void attend_backward_short(const struct attention_job *job, int64_t sequence, int64_t head)
{
    float columns[LANES * LANES] __attribute__((aligned(64))); /* V by columns */
    float slopes[LANES * LANES] __attribute__((aligned(64)));  /* dS, query by query */
    float dropped[LANES * LANES] __attribute__((aligned(64))); /* P m */
    float result[LANES] __attribute__((aligned(64))), weights[LANES] __attribute__((aligned(64)));
    int64_t length = job->length, width = job->heads * LANES, stride = 3 * width, keys = keys_of(job, sequence);
    int64_t at = sequence * length * stride + head * LANES;
    const float *q = job->qkv + at, *k = q + width, *d_y = job->d_y + sequence * length * width + head * LANES;
    transpose(keys, k + width, stride, columns);
    for (int64_t t = 0; t < length; t++) {
        int64_t seen = keys_seen(job, keys, t), first = ((sequence * job->heads + head) * length + t) * length;
        float *slope = slopes + t * LANES, *drop = dropped + t * LANES;
        for (int64_t i = 0; i < LANES; i++)
            weights[i] = i < seen ? job->weights[first + i] : 0;
        combine(LANES, d_y + t * width, 1, columns, LANES, slope);
        for (int64_t i = 0; i < LANES; i++)
            drop[i] = 1;
        layer_drop_run(job->drop, first, LANES, drop);
        for (int64_t i = 0; i < LANES; i++) {
            slope[i] *= drop[i];
            drop[i] *= weights[i];
        }
        float mean = layer_dot(LANES, slope, weights);
        for (int64_t i = 0; i < LANES; i++)
            slope[i] = job->scale * weights[i] * (slope[i] - mean);
    }
    for (int64_t t = 0; t < length; t++) {
        float *d_q = job->d_qkv + at + t * stride;
        int64_t first = job->causal ? t : 0; /* the first query that attends to key t */
        combine(keys_seen(job, keys, t), slopes + t * LANES, 1, k, stride, result);
        layer_blend_run(LANES, result, job->beta, d_q);
        combine(length - first, slopes + first * LANES + t, LANES, q + first * stride, stride, result);
        layer_blend_run(LANES, result, job->beta, d_q + width);
        combine(length - first, dropped + first * LANES + t, LANES, d_y + first * width, width, result);
        layer_blend_run(LANES, result, job->beta, d_q + 2 * width);
    }
}

/* Heads of 16 are the usual ones: a loop of constant length is one register. */
LAYER_INLINE void attention_body(const struct attention_job *job, int64_t begin, int64_t end)
{
    for (int64_t sequence = begin; sequence < end; sequence++)
        for (int64_t head = 0; head < job->heads; head++)
            if (job->d == LANES && job->length <= LANES)
                attend_short(job, sequence, head);
            else if (job->d == LANES)
                attend(job, sequence, head, LANES);
            else
                attend(job, sequence, head, job->d);
}

LAYER_INLINE void attention_backward_body(const struct attention_job *job, int64_t begin, int64_t end)
{
    for (int64_t sequence = begin; sequence < end; sequence++)
        for (int64_t head = 0; head < job->heads; head++)
            if (job->d == LANES && job->length <= LANES)
                attend_backward_short(job, sequence, head);
            else if (job->d == LANES)
                attend_backward(job, sequence, head, LANES);
            else
                attend_backward(job, sequence, head, job->d);
}

CPU_KERNEL(attention, attention_body, (const struct attention_job *job, int64_t begin, int64_t end), (job, begin, end))
CPU_KERNEL(attention_backward, attention_backward_body, (const struct attention_job *job, int64_t begin, int64_t end),
           (job, begin, end))

static void attention_task(void *context, size_t index, int worker)
{
    (void)worker;
    const struct attention_job *job = context;
    int64_t begin = (int64_t)index * job->block, end = cpu_min(begin + job->block, job->batch);
    CPU_KERNEL_CALL(job->simd, attention, (job, begin, end));
}

static void attention_backward_task(void *context, size_t index, int worker)
{
    (void)worker;
    const struct attention_job *job = context;
    int64_t begin = (int64_t)index * job->block, end = cpu_min(begin + job->block, job->batch);
    CPU_KERNEL_CALL(job->simd, attention_backward, (job, begin, end));
}

static enum status check_shape(const char *operation, int64_t batch, int64_t length, int64_t heads, int64_t d,
                               struct dropout dropout, bool any_length, struct error *error)
{
    enum status status = CPU_SIZES(operation, batch, length, heads, d, 3);
    if (status == STATUS_OK)
        status = CPU_SIZES(operation, batch, length, length, heads);
    if (status == STATUS_OK && length > LENGTH_MAX && !any_length)
        status = error_set(error, STATUS_FAILED,
                           "operation %s works on sequences of at most %d positions, not %lld (internal error)",
                           operation, (int)LENGTH_MAX, (long long)length);
    return status == STATUS_OK ? cpu_check_dropout(operation, dropout, error) : status;
}

static struct attention_job job_of(int64_t batch, int64_t length, int64_t heads, int64_t d, bool causal,
                                   struct compute_slice lengths, struct compute_slice qkv, struct dropout dropout,
                                   struct compute_slice weights, enum cpu_simd simd)
{
    return (struct attention_job){.batch = batch,
                                  .length = length,
                                  .heads = heads,
                                  .d = d,
                                  .block = cpu_max(1, TASK_POSITIONS / cpu_max(1, length)),
                                  .causal = causal,
                                  .scale = d > 0 ? 1.0f / sqrtf((float)d) : 0,
                                  .lengths = cpu_ints(lengths),
                                  .qkv = cpu_floats(qkv),
                                  .drop = layer_drop_of(dropout),
                                  .weights = cpu_floats(weights),
                                  .simd = simd};
}

/* Without weights and dropout, sequences that are not very short are left to cpu_attend.c; otherwise length is at most
 * 1024, because a row of weights is on the stack. A masked weight is written as 0. A query at or past its sequence's
 * length attends to the same keys as any other. */
enum status cpu_attention(struct compute_stream *stream, int64_t batch, int64_t length, int64_t heads, int64_t d,
                          bool causal, struct compute_slice lengths, struct compute_slice qkv, struct dropout dropout,
                          struct compute_slice weights, struct compute_slice y, struct error *error)
{
    struct cpu_attend attend = {.batch = batch, .length = length, .heads = heads, .d = d, .causal = causal};
    bool fits = !weights.buffer && dropout.rate == 0 && cpu_attend_fits(&attend);
    enum status status = check_shape("attention", batch, length, heads, d, dropout, fits, error);
    if (status == STATUS_OK)
        status = CPU_OPERANDS(
            "attention", {"lengths", lengths, batch, true}, {"QKV", qkv, batch * length * heads * d * 3, false},
            {"weights", weights, batch * length * length * heads, true}, {"Y", y, batch * length * heads * d, false});
    if (status != STATUS_OK)
        return status;
    if (fits) {
        attend.lengths = cpu_ints(lengths);
        attend.qkv = cpu_floats(qkv);
        attend.y = cpu_floats(y);
        cpu_attend_run(stream->device, &attend);
        return STATUS_OK;
    }
    struct attention_job job =
        job_of(batch, length, heads, d, causal, lengths, qkv, dropout, weights, stream->device->simd);
    job.y = cpu_floats(y);
    pool_run(stream->device->pool, (size_t)cpu_blocks(batch, job.block), attention_task, &job);
    return STATUS_OK;
}

enum status cpu_attention_backward(struct compute_stream *stream, int64_t batch, int64_t length, int64_t heads,
                                   int64_t d, bool causal, struct compute_slice lengths, struct compute_slice qkv,
                                   struct dropout dropout, struct compute_slice weights, struct compute_slice d_y,
                                   float beta, struct compute_slice d_qkv, struct error *error)
{
    enum status status = check_shape("attention_backward", batch, length, heads, d, dropout, false, error);
    if (status == STATUS_OK)
        status = CPU_OPERANDS("attention_backward", {"lengths", lengths, batch, true},
                              {"QKV", qkv, batch * length * heads * d * 3, false},
                              {"weights", weights, batch * length * length * heads, false},
                              {"dY", d_y, batch * length * heads * d, false},
                              {"dQKV", d_qkv, batch * length * heads * d * 3, true});
    if (status != STATUS_OK || !d_qkv.buffer)
        return status;
    struct attention_job job =
        job_of(batch, length, heads, d, causal, lengths, qkv, dropout, weights, stream->device->simd);
    job.d_y = cpu_floats(d_y);
    job.beta = beta;
    job.d_qkv = cpu_floats(d_qkv);
    pool_run(stream->device->pool, (size_t)cpu_blocks(batch, job.block), attention_backward_task, &job);
    return STATUS_OK;
}
