#include "gpu/cpu/cpu_skinny_gemm.h"

#include "gpu/cpu/cpu_layer_checks.h"
#include "gpu/cpu/cpu_vector.h"

/* Tiles of dot products, rows of X by rows of W, that stay in registers; W is read once. */

enum {
    ROWS = 4, /* of a tile */
    COLUMNS = 2,
    TASK = 32,               /* columns of the result per task */
    ROWS_MAX = 48,           /* rows from which on packing W pays */
    ELEMENTS_MIN = 64 << 10, /* elements of W from which on threads pay */
};

struct skinny_job {
    int64_t m, n, k;
    float alpha, beta;
    const float *x, *w;
    float *y;
    enum cpu_simd simd;
};

/* Computes rows x columns dot products, both constants at compile time. */
static inline __attribute__((always_inline)) void dots(const struct skinny_job *job, int64_t i, int rows, int64_t j,
                                                       int columns)
{
    const int64_t k = job->k;
    const float *x = job->x + i * k, *w = job->w + j * k;
    cpu_vector sums[ROWS][COLUMNS] = {{{0}}}, u[ROWS], v;
    int64_t at = 0;
    for (; at + CPU_VECTOR <= k; at += CPU_VECTOR) {
        for (int r = 0; r < rows; r++)
            memcpy(&u[r], x + r * k + at, sizeof u[r]);
        for (int c = 0; c < columns; c++) {
            memcpy(&v, w + c * k + at, sizeof v);
            for (int r = 0; r < rows; r++)
                sums[r][c] += u[r] * v;
        }
    }
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < columns; c++) {
            const cpu_vector parts[CPU_SUMS] = {sums[r][c]};
            float sum = cpu_vector_sum(parts);
            for (int64_t rest = at; rest < k; rest++)
                sum += x[r * k + rest] * w[c * k + rest];
            float *y = job->y + (i + r) * job->n + j + c;
            *y = job->beta == 0 ? job->alpha * sum : job->alpha * sum + job->beta * *y;
        }
}

static inline __attribute__((always_inline)) void skinny_columns(const struct skinny_job *job, int64_t begin,
                                                                 int64_t end)
{
    int64_t j = begin;
    for (; j + COLUMNS <= end; j += COLUMNS) {
        int64_t i = 0;
        for (; i + ROWS <= job->m; i += ROWS)
            dots(job, i, ROWS, j, COLUMNS);
        /* Together, because a sum alone waits for its own last addition. */
        if (job->m - i == 3)
            dots(job, i, 3, j, COLUMNS);
        else if (job->m - i == 2)
            dots(job, i, 2, j, COLUMNS);
        else if (job->m - i == 1)
            dots(job, i, 1, j, COLUMNS);
    }
    for (; j < end; j++)
        for (int64_t i = 0; i < job->m; i++)
            dots(job, i, 1, j, 1);
}

CPU_KERNEL(skinny_kernel, skinny_columns, (const struct skinny_job *job, int64_t begin, int64_t end), (job, begin, end))

static void skinny_task(void *context, size_t index, int worker)
{
    (void)worker;
    const struct skinny_job *job = context;
    int64_t begin = (int64_t)index * TASK;
    CPU_KERNEL_CALL(job->simd, skinny_kernel, (job, begin, cpu_min(begin + TASK, job->n)));
}

bool cpu_skinny_gemm_fits(int64_t m, int64_t n, int64_t k)
{
    return m <= ROWS_MAX && n * k >= ELEMENTS_MIN;
}

void cpu_skinny_gemm_run(const struct compute_device *device, int64_t m, int64_t n, int64_t k, float alpha,
                         const float *x, const float *w, float beta, float *y)
{
    struct skinny_job job = {m, n, k, alpha, beta, x, w, y, device->simd};
    pool_run(device->pool, (size_t)cpu_blocks(n, TASK), skinny_task, &job);
}
