#include <math.h>
#include <string.h>

#include "gpu/cpu/cpu_search.h"

/* Scores of rows, as sums in float64. */

enum { AHEAD = 6 }; /* rows that are prefetched while one is scored */

typedef double score_vector __attribute__((vector_size(32)));
typedef float score_floats __attribute__((vector_size(16)));

/* Products of two floats are exact in double, so sums in a fixed order do not depend on fused multiply-add. */
static inline __attribute__((always_inline)) float search_score_row(const float *a, const float *b, int64_t d)
{
    enum { SUMS = 4, LANES = 4 };
    score_vector sums[SUMS] = {{0}};
    score_floats u, v;
    int64_t j = 0;
    for (; j + SUMS * LANES <= d; j += SUMS * LANES)
        for (int s = 0; s < SUMS; s++) {
            memcpy(&u, a + j + s * LANES, sizeof u);
            memcpy(&v, b + j + s * LANES, sizeof v);
            sums[s] += __builtin_convertvector(u, score_vector) * __builtin_convertvector(v, score_vector);
        }
    double tail = 0;
    for (; j < d; j++)
        tail += (double)a[j] * (double)b[j];
    score_vector sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    return (float)((sum[0] + sum[2]) + (sum[1] + sum[3]) + tail);
}

static inline __attribute__((always_inline)) void score_keys(const struct search_job *job, int64_t q, uint64_t *keys,
                                                             int64_t count)
{
    const float *query = job->queries[q].values;
    const int32_t *rows = job->index.rows;
    int64_t d = job->index.d;
    for (int64_t i = 0; i < count; i++) {
        if (i + AHEAD < count) {
            const char *next = (const char *)(job->items + rows[selection_row(keys[i + AHEAD])] * d);
            for (int64_t line = 0; line < d * (int64_t)sizeof(float); line += 64)
                __builtin_prefetch(next + line);
        }
        int32_t row = rows[selection_row(keys[i])];
        float score = search_score_row(query, job->items + row * d, d);
        keys[i] = score > -INFINITY && !selection_excludes(job->excluded_starts, job->excluded, job->first + q, row)
                      ? selection_key(score, row)
                      : 0;
    }
}

CPU_KERNEL(score_kernel, score_keys, (const struct search_job *job, int64_t q, uint64_t *keys, int64_t count),
           (job, q, keys, count))

void cpu_search_score(const struct search_job *job, int64_t q, uint64_t *keys, int64_t count)
{
    CPU_KERNEL_CALL(job->simd, score_kernel, (job, q, keys, count));
}

float cpu_search_score_row(const struct search_job *job, int64_t q, int32_t row)
{
    return search_score_row(job->queries[q].values, job->items + row * job->index.d, job->index.d);
}

int64_t cpu_search_first(const struct search_job *job, int64_t q, uint64_t *keys)
{
    int64_t count = 0, d = job->index.d;
    for (int64_t row = 0; row < job->index.n && count < job->k; row++) {
        float score = selection_excludes(job->excluded_starts, job->excluded, job->first + q, (int32_t)row)
                          ? NAN
                          : search_score_row(job->queries[q].values, job->items + row * d, d);
        if (score > -INFINITY)
            keys[count++] = selection_key(score, row);
    }
    return count;
}
