#include "gpu/cuda/cuda_reduce.h"
#include "gpu/cuda/cuda_select.h"
#include "gpu/index_layout.h"

#include <math.h>

/* Search with an index (notation and proof: gpu/cpu/cpu_index.h), one query after the other:
 *
 * 1. The query becomes bytes, with the bounds of what that loses.
 * 2. Every row's w.z is computed from the codes, and from it the row's lower bound, four bytes that are stored. A warp
 *    works on a chunk of the index, and also stores the chunk's highest lower bound.
 * 3. T is the depth-th best of these, where depth is k and the number of excluded rows: so many rows reach it, because
 *    they are in different chunks. With fewer chunks there is no T, and every row is scored.
 * 4. Rows whose upper bound reaches T are listed, in any order.
 * 5. They are scored, and the k best keys are selected. A key contains its row, so the order of the list is of no
 *    importance.
 *
 * Chunks at the front have the longest rows. T is first found from them, and of the other chunks, those whose
 * Cauchy-Schwarz bound is below T are not read. It is found again from all chunks.
 *
 * What differs from the CPU's search. z is read as a signed byte, so there is no offset of 128. Sums of the query's
 * bytes are in another order of float64, whose errors are within the shares by which they are enlarged. The score of a
 * row has the CPU's order of summation (gpu/cpu/cpu_search_score.c): sixteen sums, one in each lane, of exact products,
 * so that a fused multiply-add changes nothing. So the scores are those of the CPU, bit for bit. */

enum {
    THREADS = 256,
    WARPS = THREADS / 32,
    CHUNKS = 64,     /* per multiprocessor, at most; each is one or more runs */
    FIRST_SHARE = 8, /* one in so many chunks gives the first threshold, but at least FIRST_RESULTS times k */
    FIRST_RESULTS = 2,
    RUN_ROWS = INDEX_RUN * INDEX_ROWS,
    GROUPS_AT_ONCE = 8, /* groups of components that a warp reads together */
    SCORE_LANES = 16,   /* sums of a score */
    SCORE_BLOCKS = 8,   /* per multiprocessor */
    PICK_THREADS = 512,
    PICK = 2048, /* results of a pass over the scores */
    DIGIT = 8,   /* bits of a digit of a key */
    DIGITS = 1 << DIGIT,
    ALIGNMENT = 256,
};

/* A query in device memory. */
struct searched_query {
    double centre, slack; /* q.c; the rounding error of q.c and of the centre's part of a score */
    double size;          /* at least |q| */
    double factor;        /* g; 0 when the query is 0 or has NaN or infinity: every row is scored */
    float width, error;   /* |w| and |e|, enlarged by their shares */
    float threshold;      /* T */
    int count;            /* rows that were listed */
    int64_t depth;        /* number of rows that surely contain k eligible ones */
    uint64_t below;       /* only lower keys have not been returned */
};

struct searching {
    struct index_view index;
    int64_t k;     /* at most n */
    int64_t chunk; /* runs of a chunk */
    int64_t n_chunks;
    int64_t query; /* index in the call, for its exclusions */
    int64_t words; /* of the query's codes: groups rounded up to a multiple of GROUPS_AT_ONCE */
    const float *of_query, *items;
    struct cuda_selecting excluding; /* of which only the exclusions are used */
    struct searched_query *state;
    int32_t *codes;    /* [words] w, four bytes in each */
    uint32_t *highest; /* [n_chunks] order of the highest lower bound; 0 for a chunk that was not read */
    float *bounds;     /* [n_runs x RUN_ROWS] lower bounds; -infinity: none is known */
    uint64_t *keys;    /* [n_runs x RUN_ROWS] positions of rows, then their keys */
};

/* ---- the query ---- */

static __global__ void prepare_kernel(struct searching job)
{
    __shared__ double shared[32];
    __shared__ float largest_shared[32];
    struct searched_query *state = job.state;
    int64_t d = job.index.d;
    float largest = 0;
    double squares = 0, centre = 0, centres = 0, products = 0, errors = 0, unusable = 0;
    for (int64_t j = threadIdx.x; j < d; j += blockDim.x) {
        double value = (double)job.of_query[j], c = (double)job.index.centre[j];
        unusable += !(fabs(value) < INFINITY);
        largest = fmaxf(largest, fabsf(job.of_query[j]));
        squares += value * value;
        centre += value * c;
        centres += c * c;
    }
    largest = cuda_block_max(largest, largest_shared);
    squares = cuda_block_sum(squares, shared);
    centre = cuda_block_sum(centre, shared);
    centres = cuda_block_sum(centres, shared);
    unusable = cuda_block_sum(unusable, shared);
    double factor = unusable == 0 && largest > 0 ? 127 / (double)largest : 0;
    for (int64_t i = threadIdx.x; i < job.words; i += blockDim.x) {
        uint32_t word = 0;
        for (int64_t j = i * INDEX_GROUP; j < (i + 1) * INDEX_GROUP && j < d && factor > 0; j++) {
            double t = (double)job.of_query[j] * factor, w = rint(t);
            word |= ((uint32_t)(int)w & 255u) << 8 * (j % INDEX_GROUP);
            products += w * w;
            errors += (t - w) * (t - w);
        }
        job.codes[i] = (int32_t)word;
    }
    products = cuda_block_sum(products, shared);
    errors = cuda_block_sum(errors, shared);
    if (threadIdx.x > 0)
        return;
    int64_t begin = 0, end = 0;
    const struct cuda_exclusions &exclusions = job.excluding.exclusions;
    if (exclusions.starts)
        cuda_row_entries(exclusions.starts, job.query, exclusions.n_entries, job.excluding.faults, &begin, &end);
    double share = 1 + 0x1p-20;
    state->centre = centre;
    state->size = sqrt(squares) * share;
    state->slack = (double)(d + 4) * 0x1p-50 * state->size * sqrt(centres);
    state->factor = factor;
    state->width = (float)(sqrt(products) * share);
    state->error = (float)(sqrt(errors) * share + sqrt(products) * 0x1p-20);
    state->threshold = -INFINITY;
    state->count = 0;
    state->depth = job.k + end - begin;
    state->below = UINT64_MAX;
}

/* ---- bounds ---- */

static __device__ inline double bound_width(const struct searched_query *state, const struct index_run &run, int b)
{
    return (double)state->width * (double)run.residual[b] + (double)state->error * (double)run.length[b];
}

/* w.z per unit of the score: f g; 0 where there is no bound. */
static __device__ inline double units_of(const struct searched_query *state, const struct index_run &run, int b)
{
    return state->factor * (double)run.inverse[b];
}

static __device__ inline float lower_bound(const struct searched_query *state, const struct index_run &run, int b,
                                           int sum)
{
    double units = units_of(state, run, b);
    if (units == 0)
        return -INFINITY;
    return (float)(state->centre - state->slack + ((double)sum - bound_width(state, run, b)) / units);
}

/* Whether a row's upper bound reaches T (cpu_search_list.c). */
static __device__ inline bool may_reach(const struct searched_query *state, const struct index_run &run, int b,
                                        float lower)
{
    float threshold = state->threshold;
    double rounding = fabs((double)lower) * 0x1p-23 + 0x1p-149, lacking = (double)threshold - (double)lower;
    lacking -= 2 * state->slack + 2 * rounding + fabs((double)threshold) * 0x1p-23;
    return !(lacking * units_of(state, run, b) > 2 * bound_width(state, run, b));
}

/* Whether no row from this run on has a score of T (cpu_search_query.c). */
static __device__ inline bool all_below(const struct searched_query *state, const struct index_run &run)
{
    if (state->factor == 0 || state->threshold == -INFINITY)
        return false;
    double below = (double)nextafterf(state->threshold, -INFINITY);
    return state->centre + state->slack + state->size * (double)run.reach < below ||
           state->size * (double)run.extent < below;
}

/* Adds the products of four rows with four components of the query. */
static __device__ inline void add_products(int (&sums)[4], int4 codes, int query)
{
    const int offset = (int)0x80808080u; /* from z + 128 to z */
    sums[0] = __dp4a(codes.x ^ offset, query, sums[0]);
    sums[1] = __dp4a(codes.y ^ offset, query, sums[1]);
    sums[2] = __dp4a(codes.z ^ offset, query, sums[2]);
    sums[3] = __dp4a(codes.w ^ offset, query, sums[3]);
}

/* The row of a block whose sum block_sums gives the lane. */
static __device__ inline int row_of_lane(int lane)
{
    return lane % 4 * 4 + lane / 4 % 2 * 2 + lane / 8 % 2;
}

/* w.z of a row of the block in each lane. A lane reads the codes of four rows, the warp eight groups of components that
 * lie together. Of its sums, it then gives away two, and one. */
static __device__ inline int block_sums(const struct searching &job, int64_t block)
{
    int lane = (int)threadIdx.x % 32;
    int64_t groups = job.index.groups, whole = groups / GROUPS_AT_ONCE * GROUPS_AT_ONCE;
    const int4 *codes = (const int4 *)(const void *)(job.index.codes + block * groups * INDEX_ROWS * INDEX_GROUP);
    const int32_t *query = job.codes + lane / 4;
    int sums[4] = {0, 0, 0, 0};
#pragma unroll 6
    for (int64_t g = 0; g < whole; g += GROUPS_AT_ONCE)
        add_products(sums, __ldg(codes + g * 4 + lane), __ldg(query + g));
    if (whole + lane / 4 < groups)
        add_products(sums, __ldg(codes + whole * 4 + lane), __ldg(query + whole));
    bool later = lane & 4, last = lane & 8;
    int first = later ? sums[2] : sums[0], second = later ? sums[3] : sums[1];
    first += __shfl_xor_sync(0xffffffffu, later ? sums[0] : sums[2], 4);
    second += __shfl_xor_sync(0xffffffffu, later ? sums[1] : sums[3], 4);
    int sum = last ? second : first;
    sum += __shfl_xor_sync(0xffffffffu, last ? first : second, 8);
    return sum + __shfl_xor_sync(0xffffffffu, sum, 16);
}

static __device__ inline uint32_t order_of(float bound)
{
    return (uint32_t)(cuda_order_key(bound, 0) >> 32);
}

/* The bounds of the chunks first..end-1, a chunk per warp. */
static __global__ void __launch_bounds__(THREADS) bounds_kernel(struct searching job, int64_t first, int64_t end)
{
    int lane = (int)threadIdx.x % 32, in_block = row_of_lane(lane);
    for (int64_t chunk = first + (int64_t)blockIdx.x * WARPS + threadIdx.x / 32; chunk < end;
         chunk += (int64_t)gridDim.x * WARPS) {
        int64_t run = chunk * job.chunk;
        int64_t stop = run + job.chunk < job.index.n_runs ? run + job.chunk : job.index.n_runs;
        uint32_t highest = 0;
        bool skipped = all_below(job.state, job.index.runs[run]);
        for (int64_t block = run * INDEX_RUN; block < stop * INDEX_RUN && !skipped; block++) {
            int sum = block_sums(job, block);
            int64_t position = block * INDEX_ROWS + in_block;
            if (lane < INDEX_ROWS) {
                float bound = position < job.index.n ? lower_bound(job.state, job.index.runs[block / INDEX_RUN],
                                                                   (int)(block % INDEX_RUN), sum)
                                                     : -INFINITY;
                uint32_t order = order_of(bound);
                job.bounds[position] = bound;
                highest = order > highest ? order : highest;
            }
        }
        for (int step = 16; step > 0; step /= 2) {
            uint32_t other = __shfl_xor_sync(0xffffffffu, highest, step);
            highest = other > highest ? other : highest;
        }
        if (lane == 0)
            job.highest[chunk] = highest;
    }
}

/* ---- selection ---- */

/* counts[digit]++ for each thread that `counts_it`. All threads of the warp call it. Most have the same digit. */
static __device__ inline void count_digit(int *counts, int digit, bool counts_it)
{
    int lane = (int)threadIdx.x % 32;
    unsigned all = __ballot_sync(0xffffffffu, counts_it);
    if (all == 0)
        return;
    int leader = __ffs((int)all) - 1, most = __shfl_sync(0xffffffffu, digit, leader);
    unsigned same = __ballot_sync(0xffffffffu, counts_it && digit == most);
    if (lane == leader)
        atomicAdd(&counts[most], __popc(same));
    else if (counts_it && digit != most)
        atomicAdd(&counts[digit], 1);
}

/* The digit of the rank-th highest key, and how many of the keys with that digit are needed. One warp calls it. */
static __device__ inline void find_digit(const int *counts, int rank, int *digit, int *needed)
{
    const int own = DIGITS / 32;
    int lane = (int)threadIdx.x % 32, mine = 0;
    for (int i = 0; i < own; i++)
        mine += counts[DIGITS - 1 - lane * own - i];
    int up_to = mine;
    for (int step = 1; step < 32; step *= 2) {
        int more = __shfl_up_sync(0xffffffffu, up_to, step);
        up_to += lane >= step ? more : 0;
    }
    unsigned reaching = __ballot_sync(0xffffffffu, up_to >= rank);
    if (lane != __ffs((int)reaching) - 1)
        return;
    int left = rank - (up_to - mine), at = DIGITS - 1 - lane * own;
    while (counts[at] < left)
        left -= counts[at--];
    *digit = at;
    *needed = left;
}

/* The rank-th highest of the n keys, by its digits, highest first. `key_at` gives them, of `bits` bits; rank is at most
 * n. With `roughly`, a lower value between it and the next key may be returned. All threads of the block call it. */
template <typename K> static __device__ uint64_t find_rank(const K &key_at, int64_t n, int rank, int bits, bool roughly)
{
    __shared__ int counts[DIGITS];
    __shared__ int digit, needed;
    uint64_t found = 0;
    int left = rank;
    for (int shift = bits - DIGIT; shift >= 0; shift -= DIGIT) {
        for (int i = (int)threadIdx.x; i < DIGITS; i += (int)blockDim.x)
            counts[i] = 0;
        __syncthreads();
        for (int64_t base = 0; base < n; base += blockDim.x) {
            int64_t i = base + threadIdx.x;
            uint64_t key = i < n ? key_at(i) : 0;
            bool same = shift == bits - DIGIT || key >> (shift + DIGIT) == found >> (shift + DIGIT);
            count_digit(counts, (int)(key >> shift & (DIGITS - 1)), i < n && same);
        }
        __syncthreads();
        if (threadIdx.x < 32)
            find_digit(counts, left, &digit, &needed);
        __syncthreads();
        found |= (uint64_t)digit << shift;
        left = needed;
        bool all = roughly && counts[digit] == left;
        __syncthreads();
        if (all)
            break;
    }
    return found;
}

/* T from the chunks before `end`, if there are enough. One block. */
static __global__ void threshold_kernel(struct searching job, int64_t end)
{
    int64_t depth = job.state->depth;
    if (depth > end)
        return;
    uint64_t found = find_rank([&](int64_t i) { return (uint64_t)job.highest[i]; }, end, (int)depth, 32, false);
    if (threadIdx.x == 0 && found > 0) /* 0: of chunks that were not read, which are below the last T */
        job.state->threshold = cuda_key_score(found << 32);
}

static __global__ void list_kernel(struct searching job)
{
    int lane = (int)threadIdx.x % 32;
    for (CUDA_EACH(position, job.index.n_runs * RUN_ROWS)) {
        int64_t run = position / RUN_ROWS;
        bool listed =
            position < job.index.n && job.highest[run / job.chunk] != 0 &&
            may_reach(job.state, job.index.runs[run], (int)(position / INDEX_ROWS % INDEX_RUN), job.bounds[position]);
        unsigned all = __ballot_sync(0xffffffffu, listed);
        if (all == 0)
            continue;
        int first = 0;
        if (lane == 0)
            first = atomicAdd(&job.state->count, __popc(all));
        first = __shfl_sync(0xffffffffu, first, 0);
        if (listed)
            job.keys[first + __popc(all & ((1u << lane) - 1))] = (uint64_t)position;
    }
}

/* The score of a row, in each of its sixteen lanes. All lanes of the warp call it. */
static __device__ inline float score_row(const float *query, const float *row, int64_t d)
{
    int lane = (int)threadIdx.x % SCORE_LANES;
    double sum = 0, tail = 0;
    int64_t j = 0;
    for (; j + SCORE_LANES <= d; j += SCORE_LANES)
        sum += (double)query[j + lane] * (double)row[j + lane];
    for (; j < d; j++)
        tail += (double)query[j] * (double)row[j];
    sum += __shfl_xor_sync(0xffffffffu, sum, 4); /* lane / 4 is one of the CPU's vectors, lane % 4 its element */
    sum += __shfl_xor_sync(0xffffffffu, sum, 8);
    sum += __shfl_xor_sync(0xffffffffu, sum, 2);
    sum += __shfl_xor_sync(0xffffffffu, sum, 1);
    return (float)(sum + tail);
}

/* Replaces the listed positions by keys, 0 for excluded rows. */
static __global__ void score_kernel(struct searching job)
{
    const int at_once = 32 / SCORE_LANES;
    int lane = (int)threadIdx.x % 32, count = job.state->count;
    for (int64_t base = ((int64_t)blockIdx.x * WARPS + threadIdx.x / 32) * at_once; base < count;
         base += (int64_t)gridDim.x * WARPS * at_once) {
        int64_t i = base + lane / SCORE_LANES;
        int32_t row = i < count ? job.index.rows[job.keys[i]] : 0;
        bool valid = row >= 0 && row < job.index.n;
        float score = score_row(job.of_query, job.items + (valid ? row : 0) * job.index.d, job.index.d);
        if (i >= count || lane % SCORE_LANES != 0)
            continue;
        if (!valid)
            atomicOr(job.excluding.faults, (int)CUDA_FAULT_ID);
        job.keys[i] = valid && !cuda_excluded(job.excluding, job.query, row) ? cuda_key(score, row) : 0;
    }
}

/* The best of the keys that were not returned yet, into `wanted` ids and scores. One block. */
static __global__ void pick_kernel(struct searching job, int wanted, int32_t *ids, float *scores)
{
    __shared__ uint64_t sorted[PICK];
    __shared__ int count;
    uint64_t below = job.state->below, floor = 1;
    int64_t n = job.state->count;
    auto key_at = [&](int64_t i) { return job.keys[i] < below ? job.keys[i] : (uint64_t)0; };
    if (n > PICK)
        floor = find_rank(key_at, n, wanted, 64, true);
    floor = floor > 0 ? floor : 1;
    if (threadIdx.x == 0)
        count = 0;
    __syncthreads();
    for (int64_t i = threadIdx.x; i < n; i += blockDim.x)
        if (key_at(i) >= floor)
            sorted[atomicAdd(&count, 1)] = key_at(i);
    __syncthreads();
    int size = 2;
    while (size < count)
        size *= 2;
    for (int i = count + (int)threadIdx.x; i < size; i += (int)blockDim.x)
        sorted[i] = 0;
    __syncthreads();
    cuda_sort_keys(sorted, size);
    for (int i = (int)threadIdx.x; i < wanted; i += (int)blockDim.x) {
        ids[i] = i < count ? cuda_key_row(sorted[i]) : -1;
        scores[i] = i < count ? cuda_key_score(sorted[i]) : -INFINITY;
    }
    if (threadIdx.x == 0)
        job.state->below = count >= wanted ? sorted[wanted - 1] : 0;
}

/* ---- the operation ---- */

/* Lays out the arrays from `base` on; returns their size in bytes. */
static int64_t place_arrays(struct searching *job, char *base)
{
    int64_t rows = job->index.n_runs * RUN_ROWS, at = 0;
    auto next = [&](int64_t bytes) {
        uintptr_t here = (uintptr_t)base + (uintptr_t)at;
        at += (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        return (void *)here;
    };
    job->state = (struct searched_query *)next((int64_t)sizeof *job->state);
    job->codes = (int32_t *)next(job->words * 4);
    job->highest = (uint32_t *)next(job->n_chunks * 4);
    job->bounds = (float *)next(rows * 4);
    job->keys = (uint64_t *)next(rows * 8);
    return at;
}

static struct searching plan_search(const struct compute_device *device, int64_t n, int64_t d, int64_t k)
{
    const int64_t most = (int64_t)device->processors * CHUNKS;
    const struct index_parts parts = index_parts_of(n, d);
    struct searching job = {};
    job.index.n_runs = parts.n_runs;
    job.index.groups = parts.groups;
    job.k = k < n ? k : n;
    job.chunk = (job.index.n_runs + most - 1) / most;
    job.n_chunks = (job.index.n_runs + job.chunk - 1) / job.chunk;
    job.words = (job.index.groups + GROUPS_AT_ONCE - 1) / GROUPS_AT_ONCE * GROUPS_AT_ONCE;
    return job;
}

size_t cuda_top_k_indexed_scratch(const struct compute_device *device, int64_t n_queries, int64_t n_items, int64_t d,
                                  int64_t k)
{
    if (cuda_index_bytes(device, n_items, d) == 0)
        return cuda_top_k_scratch(device, n_queries, n_items, k);
    struct searching job = plan_search(device, n_items, d, k);
    return (size_t)place_arrays(&job, NULL) + ALIGNMENT;
}

/* No search makes use of what another one found. */
size_t cuda_index_memory_bytes(const struct compute_device *device, int64_t n_items, int64_t d)
{
    (void)device, (void)n_items, (void)d;
    return 0;
}

static void launch_bounds(struct compute_stream *stream, const struct searching &job, int64_t first, int64_t end)
{
    CUDA_LAUNCH(bounds_kernel, cuda_blocks(end - first, WARPS), THREADS, 0, stream->queue, job, first, end);
    CUDA_LAUNCH(threshold_kernel, 1, PICK_THREADS, 0, stream->queue, job, end);
}

/* One query. */
static enum status search_query(struct compute_stream *stream, const struct searching &job, int64_t k, int32_t *ids,
                                float *scores, struct error *error)
{
    int64_t first = job.n_chunks / FIRST_SHARE;
    first = first > FIRST_RESULTS * job.k ? first : FIRST_RESULTS * job.k;
    first = first <= job.n_chunks / 2 ? first : 0;
    CUDA_LAUNCH(prepare_kernel, 1, THREADS, 0, stream->queue, job);
    if (first > 0)
        launch_bounds(stream, job, 0, first);
    launch_bounds(stream, job, first, job.n_chunks);
    CUDA_LAUNCH(list_kernel, cuda_blocks(job.index.n_runs * RUN_ROWS), CUDA_BLOCK, 0, stream->queue, job);
    int64_t blocks = (job.index.n + WARPS - 1) / WARPS, most = (int64_t)stream->device->processors * SCORE_BLOCKS;
    CUDA_LAUNCH(score_kernel, (unsigned)(blocks < most ? blocks : most), THREADS, 0, stream->queue, job);
    for (int64_t done = 0; done < k; done += PICK)
        CUDA_LAUNCH(pick_kernel, 1, PICK_THREADS, 0, stream->queue, job,
                    (int)(k - done < PICK ? k - done : (int64_t)PICK), ids + done, scores + done);
    return cuda_launched("top_k_indexed", error);
}

enum status cuda_top_k_indexed(struct compute_stream *stream, int64_t n_queries, int64_t n_items, int64_t d, int64_t k,
                               struct compute_slice queries, struct compute_slice items, struct compute_slice index,
                               struct compute_slice memory, struct compute_slice excluded_starts,
                               struct compute_slice excluded, struct compute_slice ids, struct compute_slice scores,
                               struct compute_slice scratch, struct error *error)
{
    (void)memory;
    const char *name = "top_k_indexed";
    if (n_queries < 0 || n_items < 0 || d < 1 || k < 0 || n_items > INT32_MAX)
        return error_set(error, STATUS_FAILED,
                         "operation top_k_indexed cannot work on %lld queries, %lld items of width %lld",
                         (long long)n_queries, (long long)n_items, (long long)d);
    size_t bytes = cuda_index_bytes(stream->device, n_items, d);
    if (bytes == 0)
        return cuda_top_k(stream, n_queries, n_items, d, k, queries, items, excluded_starts, excluded, ids, scores,
                          scratch, error);
    size_t scratch_bytes = cuda_top_k_indexed_scratch(stream->device, n_queries, n_items, d, k);
    enum status status = cuda_check_all(name,
                                        {{"queries", queries, cuda_count(n_queries, d)},
                                         {"items", items, cuda_count(n_items, d)},
                                         {"index", index, (int64_t)bytes, 1},
                                         {"ids", ids, cuda_count(n_queries, k)},
                                         {"scores", scores, cuda_count(n_queries, k)},
                                         {"excluded starts", excluded_starts, cuda_count(n_queries + 1), 8, true},
                                         {"scratch", scratch, (int64_t)scratch_bytes, 1}},
                                        error);
    if (status != STATUS_OK || n_queries == 0 || k == 0)
        return status;
    char *at = cuda_elements<char>(index), *free_bytes = cuda_elements<char>(scratch);
    if ((uintptr_t)at % INDEX_ALIGNMENT != 0)
        return error_set(error, STATUS_FAILED, "operation %s: the index is not aligned (internal error)", name);
    struct searching job = plan_search(stream->device, n_items, d, k);
    job.index = index_view_of(at, n_items, d);
    place_arrays(&job, free_bytes + (ALIGNMENT - (uintptr_t)free_bytes % ALIGNMENT) % ALIGNMENT);
    job.items = cuda_floats(items);
    job.excluding.faults = stream->faults;
    job.excluding.exclusions.starts = cuda_longs(excluded_starts);
    job.excluding.exclusions.rows = cuda_ints(excluded);
    job.excluding.exclusions.n_entries = cuda_slice_count(excluded, sizeof(int32_t));
    for (job.query = 0; job.query < n_queries && status == STATUS_OK; job.query++) {
        job.of_query = cuda_floats(queries) + job.query * d;
        status =
            search_query(stream, job, k, cuda_ints(ids) + job.query * k, cuda_floats(scores) + job.query * k, error);
    }
    return status;
}
