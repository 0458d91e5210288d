#include "gpu/cpu/cpu_index.h"

#include <math.h>
#include <string.h>

#include "gpu/cpu/cpu_ops.h"

/* Builds an index: sorts rows into classes of equal length (to within about three percent), longest first and in their
 * original order inside a class, so that rows of equal length are read in memory order; then encodes each run of blocks
 * as bytes. */

enum {
    CLASSES = INDEX_CLASSES,
    SLICES = 64, /* slices of rows that are counted and placed together; the order does not depend on the threads */
    SAMPLE = INDEX_SAMPLE,
    RUN_ROWS = INDEX_RUN * INDEX_ROWS,
    LINE = INDEX_ROWS * INDEX_GROUP,
};

size_t cpu_index_bytes(const struct compute_device *device, int64_t n_items, int64_t d)
{
    (void)device;
    return index_size(n_items, d);
}

struct build_job {
    enum cpu_simd simd;
    struct index_view index;
    const float *items;
    int64_t slice;     /* rows per slice */
    int64_t *counts;   /* [SLICES][CLASSES], then the position of each slice's next row of a class */
    uint16_t *classes; /* [n] */
};

size_t cpu_index_scratch(const struct compute_device *device, int64_t n_items, int64_t d)
{
    (void)device;
    return cpu_index_bytes(device, n_items, d) == 0
               ? 0
               : (size_t)SLICES * CLASSES * sizeof(int64_t) + (size_t)n_items * sizeof(uint16_t);
}

static void sort_floats(float *values, int count)
{
    for (int i = 1; i < count; i++) {
        float value = values[i];
        int j = i;
        for (; j > 0 && values[j - 1] > value; j--)
            values[j] = values[j - 1];
        values[j] = value;
    }
}

/* The median of each component over equally spaced rows: it removes what the vectors of trained models share (a bias,
 * popularity) and is robust to outliers. */
static void centre_task(void *context, size_t component, int worker)
{
    (void)worker;
    const struct build_job *job = context;
    int64_t n = job->index.n, d = job->index.d;
    int count = n < SAMPLE ? (int)n : SAMPLE;
    float values[SAMPLE];
    for (int i = 0; i < count; i++) {
        values[i] = job->items[n * i / count * d + (int64_t)component];
        if (!isfinite(values[i]))
            values[i] = 0;
    }
    sort_floats(values, count);
    job->index.centre[component] = values[count / 2];
}

typedef float build_vector __attribute__((vector_size(32)));

enum { VECTOR = 8, SUMS = 4 };

static inline __attribute__((always_inline)) float sum_of(const build_vector *sums)
{
    float total = 0;
    for (int i = 0; i < VECTOR; i++)
        total += (*sums)[i];
    return total;
}

static inline __attribute__((always_inline)) float squared_length(const float *row, int64_t d)
{
    build_vector sums[SUMS] = {{0}}, x;
    int64_t j = 0;
    for (; j + SUMS * VECTOR <= d; j += SUMS * VECTOR)
        for (int s = 0; s < SUMS; s++) {
            memcpy(&x, row + j + s * VECTOR, sizeof x);
            sums[s] += x * x;
        }
    float total = 0;
    for (; j < d; j++)
        total += row[j] * row[j];
    sums[0] += sums[1] + sums[2] + sums[3];
    return total + sum_of(&sums[0]);
}

/* The class of a squared length: 0 for the longest rows and for those with NaN. */
static uint16_t class_of(float squared)
{
    uint32_t bits;
    memcpy(&bits, &squared, sizeof bits);
    return (uint16_t)(CLASSES - 1 - (bits & 0x7fffffffu) / (1u << INDEX_CLASS_SHIFT));
}

static inline __attribute__((always_inline)) void classify_rows(const struct build_job *job, int64_t first, int64_t end,
                                                                int64_t *counts)
{
    int64_t d = job->index.d;
    for (int64_t i = first; i < end; i++) {
        job->classes[i] = class_of(squared_length(job->items + i * d, d));
        counts[job->classes[i]]++;
    }
}

CPU_KERNEL(classify_kernel, classify_rows, (const struct build_job *job, int64_t first, int64_t end, int64_t *counts),
           (job, first, end, counts))

static int64_t slice_end(const struct build_job *job, int64_t slice)
{
    int64_t end = (slice + 1) * job->slice;
    return end < job->index.n ? end : job->index.n;
}

static void classify_task(void *context, size_t slice, int worker)
{
    (void)worker;
    const struct build_job *job = context;
    int64_t *counts = job->counts + slice * CLASSES;
    memset(counts, 0, CLASSES * sizeof *counts);
    CPU_KERNEL_CALL(job->simd, classify_kernel,
                    (job, (int64_t)slice * job->slice, slice_end(job, (int64_t)slice), counts));
}

static void place_task(void *context, size_t slice, int worker)
{
    (void)worker;
    const struct build_job *job = context;
    int64_t *next = job->counts + slice * CLASSES;
    for (int64_t i = (int64_t)slice * job->slice, end = slice_end(job, (int64_t)slice); i < end; i++)
        job->index.rows[next[job->classes[i]]++] = (int32_t)i;
}

static void place_rows(struct pool *pool, struct build_job *job)
{
    int64_t next = 0;
    for (int64_t c = 0; c < CLASSES; c++)
        for (int64_t slice = 0; slice < SLICES; slice++) {
            int64_t count = job->counts[slice * CLASSES + c];
            job->counts[slice * CLASSES + c] = next;
            next += count;
        }
    pool_run(pool, SLICES, place_task, job);
    for (; next < job->index.n_runs * RUN_ROWS; next++)
        job->index.rows[next] = -1;
}

typedef int32_t build_integers __attribute__((vector_size(32)));
typedef uint8_t build_bytes __attribute__((vector_size(8)));

/* Eight components of x - c from j on, with zeros past the last. */
static inline __attribute__((always_inline)) void centred(const float *row, const float *centre, int64_t d, int64_t j,
                                                          build_vector *y)
{
    build_vector x = {0}, c = {0};
    if (j + VECTOR <= d) {
        memcpy(&x, row + j, sizeof x);
        memcpy(&c, centre + j, sizeof c);
    } else {
        for (int64_t i = j; i < d; i++) {
            x[i - j] = row[i];
            c[i - j] = centre[i];
        }
    }
    *y = x - c;
}

/* The largest |x - c| as the bits of a float, which are ordered like the values; NaN compares as the largest. */
static inline __attribute__((always_inline)) int32_t largest_bits(const float *row, const float *centre, int64_t d)
{
    build_integers largest = {0};
    for (int64_t j = 0; j < d; j += VECTOR) {
        build_vector y;
        build_integers bits;
        centred(row, centre, d, j, &y);
        memcpy(&bits, &y, sizeof bits);
        bits &= 0x7fffffff;
        build_integers above = bits > largest;
        largest = (bits & above) | (largest & ~above);
    }
    int32_t most = 0;
    for (int i = 0; i < VECTOR; i++)
        most = largest[i] > most ? largest[i] : most;
    return most;
}

/* Encodes a row as bytes, every fourth one on the next line; computes the squared lengths of t and of its rounding
 * error. */
static inline __attribute__((always_inline)) void code_row(const float *row, const float *centre, int64_t d,
                                                           float inverse, uint8_t *to, float *length, float *residual)
{
    const float whole = 0x1.8p23f; /* adding it rounds to an integer in the low bits; subtracting it gives the value */
    build_vector lengths = {0}, residuals = {0};
    for (int64_t j = 0; j < d; j += VECTOR) {
        build_vector y;
        build_integers bits;
        centred(row, centre, d, j, &y);
        build_vector t = y * inverse, shifted = t + whole, rest = t - (shifted - whole);
        memcpy(&bits, &shifted, sizeof bits);
        build_bytes bytes = __builtin_convertvector(bits + 128, build_bytes);
        lengths += t * t;
        residuals += rest * rest;
        memcpy(to + j / INDEX_GROUP * LINE, &bytes, INDEX_GROUP);
        if (j + INDEX_GROUP < d)
            memcpy(to + (j / INDEX_GROUP + 1) * LINE, (const char *)&bytes + INDEX_GROUP, INDEX_GROUP);
    }
    *length = sum_of(&lengths);
    *residual = sum_of(&residuals);
}

/* Rows are at random addresses: prefetches those of the next block while this one is processed. */
static inline __attribute__((always_inline)) void fetch_row(const float *row, int64_t d)
{
    enum { FLOATS = 16 }; /* per cache line */
    for (int64_t j = 0; j < d; j += FLOATS)
        __builtin_prefetch(row + j);
}

static inline __attribute__((always_inline)) void code_block(const struct build_job *job, int64_t block)
{
    const struct index_view *index = &job->index;
    int64_t d = index->d;
    size_t size = (size_t)(index->groups * LINE);
    const int32_t *rows = index->rows + block * INDEX_ROWS;
    uint8_t *codes = index->codes + block * (int64_t)size;
    struct index_run *run = &index->runs[block / INDEX_RUN];
    int b = (int)(block % INDEX_RUN), count = 0;
    int32_t bits = 0;
    float largest, length = 0, residual = 0, extent = 0;
    for (; count < INDEX_ROWS && rows[count] >= 0; count++) {
        const float *row = job->items + rows[count] * d;
        if (block + 1 < index->n_runs * INDEX_RUN && rows[INDEX_ROWS + count] >= 0)
            fetch_row(job->items + rows[INDEX_ROWS + count] * d, d);
        int32_t row_bits = largest_bits(row, index->centre, d);
        float row_extent = squared_length(row, d);
        bits = row_bits > bits ? row_bits : bits;
        extent = row_extent > extent ? row_extent : extent;
    }
    memcpy(&largest, &bits, sizeof largest);
    bool finite = isfinite(largest);
    float inverse = finite ? 127 / (largest > INDEX_SMALLEST ? largest : INDEX_SMALLEST) : 0;
    if (!finite || count < INDEX_ROWS)
        memset(codes, 128, size);
    for (int r = 0; r < count && finite; r++) {
        float row_length, row_residual;
        code_row(job->items + rows[r] * d, index->centre, d, inverse, codes + r * INDEX_GROUP, &row_length,
                 &row_residual);
        length = row_length > length ? row_length : length;
        residual = row_residual > residual ? row_residual : residual;
    }
    float share = 1 + (float)(d + 4) * 0x1p-23f, rest = count > 0 ? sqrtf((float)d) * 0x1p-15f : 0;
    run->inverse[b] = inverse;
    run->length[b] = finite ? sqrtf(length) * share + rest : INFINITY;
    run->residual[b] = finite ? sqrtf(residual) * share + rest : INFINITY;
    extent = finite ? sqrtf(extent) * share + sqrtf((float)d) * INDEX_TINY : INFINITY;
    run->extent = b == 0 || extent > run->extent ? extent : run->extent;
}

CPU_KERNEL(code_kernel, code_block, (const struct build_job *job, int64_t block), (job, block))

static void code_task(void *context, size_t run, int worker)
{
    (void)worker;
    const struct build_job *job = context;
    for (int64_t b = 0; b < INDEX_RUN; b++)
        CPU_KERNEL_CALL(job->simd, code_kernel, (job, (int64_t)run * INDEX_RUN + b));
}

static void find_reaches(const struct index_view *index)
{
    double reach = 0;
    float extent = 0;
    for (int64_t i = index->n_runs; i-- > 0;) {
        struct index_run *run = &index->runs[i];
        memset(run->unused, 0, sizeof run->unused);
        for (int b = 0; b < INDEX_RUN; b++) {
            double here = isfinite(run->length[b]) ? (double)run->length[b] / (double)run->inverse[b] : INFINITY;
            reach = here > reach ? here : reach;
        }
        run->reach = (float)(reach * (1 + 0x1p-20));
        extent = run->extent > extent ? run->extent : extent;
        run->extent = extent;
    }
}

/* The bytes that hold nothing, so that an index of the same items has the same bytes. */
static void clear_rest(const struct index_view *index, size_t bytes)
{
    char *start = (char *)index->centre, *centre_end = (char *)(index->centre + index->d);
    memset(centre_end, 0, (size_t)((char *)index->runs - centre_end));
    memset(start + bytes - INDEX_PAST_END, 0, INDEX_PAST_END);
}

enum status cpu_index_build(struct compute_stream *stream, int64_t n_items, int64_t d, struct compute_slice items,
                            struct compute_slice index, struct compute_slice scratch, struct error *error)
{
    struct compute_device *device = stream->device;
    if (n_items < 0 || d < 1 || n_items > INT32_MAX)
        return error_set(error, STATUS_FAILED, "operation index_build cannot work on %lld items of width %lld",
                         (long long)n_items, (long long)d);
    size_t bytes = cpu_index_bytes(device, n_items, d), scratch_bytes = cpu_index_scratch(device, n_items, d);
    enum status status = cpu_check("index_build", "items", items, n_items * d, sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check("index_build", "index", index, (int64_t)bytes, 1, error);
    if (status == STATUS_OK)
        status = cpu_check("index_build", "scratch", scratch, (int64_t)scratch_bytes, 1, error);
    if (status != STATUS_OK || bytes == 0)
        return status;
    struct build_job job = {.simd = device->simd,
                            .index = index_view_of(cpu_bytes(index), n_items, d),
                            .items = cpu_floats(items),
                            .slice = (n_items + SLICES - 1) / SLICES,
                            .counts = cpu_bytes(scratch)};
    job.classes = (uint16_t *)(job.counts + SLICES * CLASSES);
    pool_run(device->pool, (size_t)d, centre_task, &job);
    pool_run(device->pool, SLICES, classify_task, &job);
    place_rows(device->pool, &job);
    pool_run(device->pool, (size_t)job.index.n_runs, code_task, &job);
    find_reaches(&job.index);
    clear_rest(&job.index, bytes);
    return STATUS_OK;
}
