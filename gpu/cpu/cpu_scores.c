#include "gpu/cpu/cpu_sequences.h"

#include <math.h>

#include "gpu/cpu/cpu_vector.h"

/* Scores of groups of rows and the selection of negatives. */

enum {
    AHEAD = 12,        /* candidates that are prefetched while one is scored */
    STRIP = 1 << 18,   /* floats of X that stay in the second-level cache while candidates of many groups are scored */
    STRIPS_MAX = 16,   /* a row of a larger X is seldom used twice, so strips would not pay */
    AT_ONCE = 1 << 10, /* candidates searched at a time for those in a strip */
};

struct dots_job {
    enum cpu_simd simd;
    int64_t groups, size, d;
    const float *q, *x;
    float *s;
    const float *d_s;
    float beta_q, beta_x;
    float *d_q, *d_x;
};

static inline __attribute__((always_inline)) void dots_rows(const struct dots_job *job, int64_t begin, int64_t end)
{
    int64_t d = job->d, group = begin / job->size, next = (group + 1) * job->size;
    for (int64_t r = begin; r < end; r++) {
        if (r == next) {
            group++;
            next += job->size;
        }
        job->s[r] = cpu_vector_dot(job->q + group * d, job->x + r * d, d);
    }
}

CPU_KERNEL(dots_kernel, dots_rows, (const struct dots_job *job, int64_t begin, int64_t end), (job, begin, end))

static void dots_block(void *context, size_t index, int worker)
{
    (void)worker;
    const struct dots_job *job = context;
    int64_t rows = cpu_task_rows(job->d), begin = (int64_t)index * rows;
    CPU_KERNEL_CALL(job->simd, dots_kernel, (job, begin, cpu_min(begin + rows, job->groups * job->size)));
}

static enum status check_dots(const char *operation, int64_t groups, int64_t size, int64_t d, struct compute_slice q,
                              struct compute_slice x, struct compute_slice s, struct error *error)
{
    enum status status = cpu_check(operation, "Q", q, cpu_count(groups, d, 1), sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check(operation, "X", x, cpu_count(groups, size, d), sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check(operation, "s", s, cpu_count(groups, size, 1), sizeof(float), error);
    return status;
}

enum status cpu_batched_dot(struct compute_stream *stream, int64_t groups, int64_t size, int64_t d,
                            struct compute_slice q, struct compute_slice x, struct compute_slice s, struct error *error)
{
    enum status status = check_dots("batched_dot", groups, size, d, q, x, s, error);
    if (status != STATUS_OK || groups == 0 || size == 0)
        return status;
    struct dots_job job = {.simd = stream->device->simd,
                           .groups = groups,
                           .size = size,
                           .d = d,
                           .q = cpu_floats(q),
                           .x = cpu_floats(x),
                           .s = cpu_floats(s)};
    pool_run(stream->device->pool, (size_t)cpu_blocks(groups * size, cpu_task_rows(d)), dots_block, &job);
    return STATUS_OK;
}

static inline __attribute__((always_inline)) void add_row(float *restrict y, const float *restrict x, float factor,
                                                          float beta, int64_t d)
{
    for (int64_t j = 0; j < d; j++)
        y[j] = cpu_blend(beta, y[j], factor * x[j]);
}

static inline __attribute__((always_inline)) void dots_backward_group(const struct dots_job *job, int64_t group)
{
    int64_t d = job->d, size = job->size;
    const float *q = job->q + group * d, *x = job->x + group * size * d, *d_s = job->d_s + group * size;
    for (int64_t i = 0; i < size && job->d_q; i++)
        add_row(job->d_q + group * d, x + i * d, d_s[i], i == 0 ? job->beta_q : 1, d);
    for (int64_t i = 0; i < size && job->d_x; i++)
        add_row(job->d_x + (group * size + i) * d, q, d_s[i], job->beta_x, d);
}

static inline __attribute__((always_inline)) void dots_backward_groups(const struct dots_job *job, int64_t begin,
                                                                       int64_t end)
{
    for (int64_t group = begin; group < end; group++)
        dots_backward_group(job, group);
}

CPU_KERNEL(dots_backward_kernel, dots_backward_groups, (const struct dots_job *job, int64_t begin, int64_t end),
           (job, begin, end))

static void dots_backward_block(void *context, size_t index, int worker)
{
    (void)worker;
    const struct dots_job *job = context;
    int64_t groups = cpu_task_rows(job->size * job->d), begin = (int64_t)index * groups;
    CPU_KERNEL_CALL(job->simd, dots_backward_kernel, (job, begin, cpu_min(begin + groups, job->groups)));
}

enum status cpu_batched_dot_backward(struct compute_stream *stream, int64_t groups, int64_t size, int64_t d,
                                     struct compute_slice q, struct compute_slice x, struct compute_slice d_s,
                                     float beta_q, struct compute_slice d_q, float beta_x, struct compute_slice d_x,
                                     struct error *error)
{
    enum status status = check_dots("batched_dot_backward", groups, size, d, q, x, d_s, error);
    if (status == STATUS_OK && d_q.buffer)
        status = cpu_check("batched_dot_backward", "dQ", d_q, groups * d, sizeof(float), error);
    if (status == STATUS_OK && d_x.buffer)
        status = cpu_check("batched_dot_backward", "dX", d_x, groups * size * d, sizeof(float), error);
    if (status != STATUS_OK || groups == 0)
        return status;
    struct dots_job job = {.simd = stream->device->simd,
                           .groups = groups,
                           .size = size,
                           .d = d,
                           .q = cpu_floats(q),
                           .x = cpu_floats(x),
                           .d_s = cpu_floats(d_s),
                           .beta_q = beta_q,
                           .d_q = cpu_floats(d_q),
                           .beta_x = beta_x,
                           .d_x = cpu_floats(d_x)};
    for (int64_t j = 0; j < groups * d && size == 0 && job.d_q; j++) /* an empty sum */
        job.d_q[j] = cpu_blend(beta_q, job.d_q[j], 0);
    pool_run(stream->device->pool, (size_t)cpu_blocks(groups, cpu_task_rows(size * d)), dots_backward_block, &job);
    return STATUS_OK;
}

struct negatives_job {
    enum cpu_simd simd;
    int64_t groups, block; /* block: groups per task */
    int64_t n, n_easy, n_hard, d, x_rows;
    const float *q, *x;
    const int32_t *candidates;
    int32_t *selected;
    float *scores;
};

/* Scores the candidates `chosen` (indices into `rows`) of one group. */
static inline __attribute__((always_inline)) void score_chosen(const struct negatives_job *job, int64_t group,
                                                               const int32_t *chosen, int64_t count)
{
    int64_t d = job->d;
    const int32_t *rows = job->candidates + group * job->n;
    float *scores = job->scores + group * job->n;
    for (int64_t i = 0; i < count; i++) {
        if (i + AHEAD < count && rows[chosen[i + AHEAD]] >= 0)
            cpu_prefetch(job->x + rows[chosen[i + AHEAD]] * d, d);
        int32_t row = rows[chosen[i]];
        float score = row < 0 ? 0 : cpu_vector_dot(job->q + group * d, job->x + row * d, d);
        scores[chosen[i]] = score == score ? score : -INFINITY;
    }
}

/* Strip by strip of X for all groups of a task; an id below 0 belongs to the first strip. */
static inline __attribute__((always_inline)) void score_groups(const struct negatives_job *job, int64_t begin,
                                                               int64_t end)
{
    int32_t chosen[AT_ONCE];
    int64_t rows_of_strip = job->d > 0 ? STRIP / job->d : 0;
    if (rows_of_strip == 0 || job->x_rows > STRIPS_MAX * rows_of_strip)
        rows_of_strip = job->x_rows > 0 ? job->x_rows : 1; /* all of it */
    for (int64_t strip = 0; strip < job->x_rows || strip == 0; strip += rows_of_strip) {
        int32_t low = strip > 0 ? (int32_t)strip : INT32_MIN, past = (int32_t)cpu_min(strip + rows_of_strip, INT32_MAX);
        for (int64_t group = begin; group < end; group++)
            for (int64_t first = 0; first < job->n; first += AT_ONCE) {
                const int32_t *rows = job->candidates + group * job->n;
                int64_t count = 0;
                for (int64_t i = first; i < cpu_min(first + AT_ONCE, job->n); i++) {
                    chosen[count] = (int32_t)i; /* without a branch, which would be unpredictable */
                    count += (rows[i] >= low) & (rows[i] < past);
                }
                score_chosen(job, group, chosen, count);
            }
    }
}

CPU_KERNEL(score_kernel, score_groups, (const struct negatives_job *job, int64_t begin, int64_t end), (job, begin, end))

/* Whether index a comes after index b in "highest first, ties by index". */
static inline bool is_worse(const float *scores, int32_t a, int32_t b)
{
    return scores[a] < scores[b] || (scores[a] == scores[b] && a > b);
}

/* Sifts down the element at `root` in a heap whose top is the worst. */
static void sink(const float *scores, int32_t *heap, int64_t root, int64_t count)
{
    int32_t place = heap[root];
    for (int64_t child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && is_worse(scores, heap[child + 1], heap[child]))
            child++;
        if (!is_worse(scores, heap[child], place))
            break;
        heap[root] = heap[child];
    }
    heap[root] = place;
}

/* The indices of the k highest of n scores, highest first. */
static void select_places(const float *scores, int64_t n, int64_t k, int32_t *heap)
{
    for (int64_t i = 0; i < k; i++)
        heap[i] = (int32_t)i;
    for (int64_t i = k / 2; i-- > 0;)
        sink(scores, heap, i, k);
    for (int64_t i = k; i < n && k > 0; i++)
        if (scores[i] > scores[heap[0]]) { /* an equal score at a higher index loses */
            heap[0] = (int32_t)i;
            sink(scores, heap, 0, k);
        }
    for (int64_t end = k - 1; end > 0; end--) {
        int32_t worst = heap[0];
        heap[0] = heap[end];
        heap[end] = worst;
        sink(scores, heap, 0, end);
    }
}

static void negatives_block(void *context, size_t index, int worker)
{
    (void)worker;
    const struct negatives_job *job = context;
    int64_t begin = (int64_t)index * job->block, end = cpu_min(begin + job->block, job->groups);
    if (job->n_hard > 0)
        CPU_KERNEL_CALL(job->simd, score_kernel, (job, begin, end));
    for (int64_t group = begin; group < end; group++) {
        const int32_t *rows = job->candidates + group * job->n;
        int32_t *selected = job->selected + group * (job->n_easy + job->n_hard), *hard = selected + job->n_easy;
        for (int64_t i = 0; i < job->n_easy; i++)
            selected[i] = rows[i];
        select_places(job->scores + group * job->n, job->n, job->n_hard, hard);
        for (int64_t i = 0; i < job->n_hard; i++)
            hard[i] = rows[hard[i]];
    }
}

enum status cpu_select_negatives(struct compute_stream *stream, int64_t groups, int64_t n, int64_t n_easy,
                                 int64_t n_hard, int64_t d, struct compute_slice q, int64_t x_rows,
                                 struct compute_slice x, struct compute_slice candidates, struct compute_slice selected,
                                 struct compute_slice scratch, struct error *error)
{
    if (n_easy < 0 || n_easy > n || n_hard < 0 || n_hard > n || n > INT32_MAX)
        return error_set(error, STATUS_FAILED, "%lld easy and %lld hard negatives cannot be chosen from %lld",
                         (long long)n_easy, (long long)n_hard, (long long)n);
    enum status status = cpu_check("select_negatives", "Q", q, cpu_count(groups, d, 1), sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check("select_negatives", "X", x, cpu_count(x_rows, d, 1), sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check_ids("select_negatives", "candidates", candidates, cpu_count(groups, n, 1), x_rows, error);
    if (status == STATUS_OK)
        status = cpu_check("select_negatives", "selected", selected, cpu_count(groups, n_easy + n_hard, 1),
                           sizeof(int32_t), error);
    if (status == STATUS_OK)
        status = cpu_check("select_negatives", "scratch", scratch, groups * n, sizeof(float), error);
    if (status != STATUS_OK || groups == 0)
        return status;
    struct negatives_job job = {.simd = stream->device->simd,
                                .groups = groups,
                                .block = cpu_blocks(groups, stream->device->threads),
                                .x_rows = x_rows,
                                .n = n,
                                .n_easy = n_easy,
                                .n_hard = n_hard,
                                .d = d,
                                .q = cpu_floats(q),
                                .x = cpu_floats(x),
                                .candidates = cpu_ints(candidates),
                                .selected = cpu_ints(selected),
                                .scores = cpu_floats(scratch)};
    pool_run(stream->device->pool, (size_t)cpu_blocks(groups, job.block), negatives_block, &job);
    return STATUS_OK;
}
