#include "gpu/cpu/cpu_attend.h"

#include <math.h>

#include "gpu/cpu/cpu_layer_math.h"
#include "gpu/cpu/cpu_tile.h"
#include "gpu/cpu/cpu_workspace.h"

/* A task takes a head of a sequence. It packs a block of keys and values, and passes over tiles of queries: the scores
 * of a tile and the block, their softmax, and its product with the values. Blocks are joined as by Milakov and
 * Gimelshein (2018): each query keeps the maximum and the sum of its exponentials so far, and what was added before is
 * scaled when the maximum rises. */

enum {
    BLOCK = 1 << 15,                      /* floats of the packed keys of a block, and of its values */
    D_MAX = 128,                          /* a block then has at least 256 keys */
    KEYS_MAX = 512,                       /* of a block */
    QUERIES = 128 * CPU_TILE_ROWS,        /* whose maxima and sums are kept at a time */
    SHORT = 16,                           /* lengths up to this and ... */
    LANES = 16,                           /* loops over scores have this length, known at compile time */
    STRIDE = KEYS_MAX + CPU_TILE_PADDING, /* of scores */
};

_Static_assert(2 * BLOCK <= CPU_OWN_FLOATS, "keys and values fit a worker's memory");

struct attend_job {
    const struct cpu_attend *at;
    const struct cpu_tile *tile;
    enum cpu_simd simd;
    int64_t keys, depth; /* of a block; d rounded up to whole columns of tiles */
    float scale, *own;
};

/* A head of a sequence, a block of its keys, and a tile of its queries. */
struct place {
    const float *q; /* of the first position; keys and values follow `width` floats later each */
    float *y;
    int64_t width, stride, valid; /* stride of q; keys of the whole sequence */
    int64_t first_key, keys;      /* of the block */
    int64_t query, queries;       /* of the tile */
    const float *packed_keys, *packed_values;
    float *largest, *sums; /* of the tile's queries */
};

/* Keys of the block that a query sees. */
static inline int64_t keys_seen(const struct attend_job *job, const struct place *at, int64_t query)
{
    int64_t seen = job->at->causal ? cpu_min(at->valid, query + 1) : at->valid;
    return cpu_min(cpu_max(seen - at->first_key, 0), at->keys);
}

/* Keys as panels of a tile's columns, dimension by dimension; values row by row; zeros past the last ones. */
static void pack_block(const struct attend_job *job, const struct place *at, float *keys, float *values)
{
    int64_t d = job->at->d, columns = job->tile->columns;
    const float *k = at->q + at->width + at->first_key * at->stride, *v = k + at->width;
    for (int64_t i = 0; i < cpu_round_up(at->keys, columns); i++) {
        float *to = keys + i / columns * columns * d + i % columns;
        for (int64_t j = 0; j < d; j++)
            to[j * columns] = i < at->keys ? k[i * at->stride + j] : 0;
    }
    for (int64_t i = 0; i < at->keys; i++)
        for (int64_t j = 0; j < job->depth; j++)
            values[i * job->depth + j] = j < d ? v[i * at->stride + j] : 0;
}

/* Replaces a row of scores by exponentials relative to the new maximum, zeros from `seen` to `depth`. Returns the
 * factor for what was added before. */
LAYER_INLINE float exponentials(int64_t seen, int64_t depth, float *row, float *largest, float *sum)
{
    int64_t whole = cpu_round_up(seen, LANES);
    float old = *largest, best = old;
    for (int64_t i = seen; i < whole; i++)
        row[i] = -INFINITY;
    for (int64_t i = 0; i < whole; i += LANES)
#pragma omp simd reduction(max : best)
        for (int64_t j = i; j < i + LANES; j++)
            best = row[j] > best ? row[j] : best;
    float total = 0, factor = old < best ? layer_exp(old - best) : 1;
    for (int64_t i = 0; i < whole; i += LANES) {
        for (int64_t j = i; j < i + LANES; j++)
            row[j] = layer_exp(row[j] - best);
        for (int64_t j = i; j < i + LANES; j++)
            row[j] = j < seen ? row[j] : 0;
        total += layer_sum(LANES, row + i);
    }
    for (int64_t i = whole; i < depth; i++)
        row[i] = 0;
    *largest = best;
    *sum = *sum * factor + total;
    return factor;
}

/* y = y · factor + O, divided by the sum after the last block. */
LAYER_INLINE void add_outputs(int64_t d, const float *restrict o, float factor, float share, bool first,
                              float *restrict y)
{
    if (first)
        for (int64_t j = 0; j < d; j++)
            y[j] = o[j] * share;
    else
        for (int64_t j = 0; j < d; j++)
            y[j] = (y[j] * factor + o[j]) * share;
}

LAYER_INLINE void attend_body(const struct attend_job *job, const struct place *at)
{
    float q[CPU_TILE_ROWS * (D_MAX + CPU_TILE_PADDING)] __attribute__((aligned(64)));
    float o[CPU_TILE_ROWS * D_MAX] __attribute__((aligned(64))), factors[CPU_TILE_ROWS];
    float scores[CPU_TILE_ROWS * STRIDE] __attribute__((aligned(64)));
    const struct cpu_tile *tile = job->tile;
    int64_t d = job->at->d, q_stride = d + CPU_TILE_PADDING, columns = tile->columns;
    int64_t depth = keys_seen(job, at, at->query + at->queries - 1);
    for (int64_t r = 0; r < tile->rows; r++)
        for (int64_t j = 0; j < d; j++)
            q[r * q_stride + j] = r < at->queries ? job->scale * at->q[(at->query + r) * at->stride + j] : 0;
    for (int64_t i = 0; i < depth; i += columns)
        tile->multiply(d, q, q_stride, at->packed_keys + i * d, columns, false, scores + i, STRIDE, NULL, 0);
    for (int64_t r = 0; r < tile->rows; r++)
        if (r < at->queries)
            factors[r] = exponentials(keys_seen(job, at, at->query + r), depth, scores + r * STRIDE, at->largest + r,
                                      at->sums + r);
        else
            for (int64_t i = 0; i < depth; i++)
                scores[r * STRIDE + i] = 0;
    for (int64_t j = 0; j < d; j += columns)
        tile->multiply(depth, scores, STRIDE, at->packed_values + j, job->depth, false, o + j, job->depth, NULL, 0);
    for (int64_t r = 0; r < at->queries; r++) {
        int64_t last = job->at->causal ? cpu_min(at->valid, at->query + r + 1) : at->valid;
        bool ends = last <= at->first_key + at->keys; /* else later blocks follow */
        if (last > at->first_key)
            add_outputs(d, o + r * job->depth, factors[r], ends ? 1.0f / at->sums[r] : 1, at->first_key == 0,
                        at->y + (at->query + r) * at->width);
    }
}

CPU_KERNEL(attend, attend_body, (const struct attend_job *job, const struct place *at), (job, at))

/* Queries first .. past - 1 of a head. */
static void attend_queries(const struct attend_job *job, struct place *at, int64_t first, int64_t past, float *own)
{
    float largest[QUERIES], sums[QUERIES];
    for (int64_t i = 0; i < past - first; i++) {
        largest[i] = -INFINITY;
        sums[i] = 0;
    }
    int64_t seen = job->at->causal ? cpu_min(at->valid, past) : at->valid;
    for (at->first_key = 0; at->first_key < seen; at->first_key += job->keys) {
        at->keys = cpu_min(job->keys, seen - at->first_key);
        pack_block(job, at, own, own + BLOCK);
        for (at->query = first; at->query < past; at->query += job->tile->rows) {
            at->queries = cpu_min(job->tile->rows, past - at->query);
            at->largest = largest + (at->query - first);
            at->sums = sums + (at->query - first);
            if (keys_seen(job, at, at->query + at->queries - 1) > 0)
                CPU_KERNEL_CALL(job->simd, attend, (job, at));
        }
    }
}

static void attend_task(void *context, size_t index, int worker)
{
    const struct attend_job *job = context;
    const struct cpu_attend *a = job->at;
    int64_t sequence = (int64_t)index / a->heads, head = (int64_t)index % a->heads, width = a->heads * a->d;
    float *own = job->own + worker * CPU_OWN_FLOATS;
    struct place at = {.q = a->qkv + sequence * a->length * 3 * width + head * a->d,
                       .y = a->y + sequence * a->length * width + head * a->d,
                       .width = width,
                       .stride = 3 * width,
                       .valid = a->lengths ? cpu_min(cpu_max(a->lengths[sequence], 0), a->length) : a->length,
                       .packed_keys = own,
                       .packed_values = own + BLOCK};
    if (at.valid == 0)
        for (int64_t t = 0; t < a->length; t++)
            memset(at.y + t * width, 0, (size_t)a->d * sizeof *at.y);
    for (int64_t first = 0; first < a->length && at.valid > 0; first += QUERIES)
        attend_queries(job, &at, first, cpu_min(first + QUERIES, a->length), own);
}

bool cpu_attend_fits(const struct cpu_attend *a)
{
    return a->d > 0 && a->d <= D_MAX && a->length > SHORT;
}

void cpu_attend_run(const struct compute_device *device, const struct cpu_attend *a)
{
    const struct cpu_tile *tile = cpu_tile_of(device->simd);
    int64_t depth = cpu_round_up(a->d, tile->columns);
    struct attend_job job = {.at = a,
                             .tile = tile,
                             .simd = device->simd,
                             .keys = cpu_min(KEYS_MAX, BLOCK / depth / CPU_TILE_COLUMNS * CPU_TILE_COLUMNS),
                             .depth = depth,
                             .scale = 1.0f / sqrtf((float)a->d),
                             .own = device->workspace->own};
    pthread_mutex_lock(&device->workspace->lock);
    pool_run(device->pool, (size_t)(a->batch * a->heads), attend_task, &job);
    pthread_mutex_unlock(&device->workspace->lock);
}
