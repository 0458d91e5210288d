#include "gpu/cuda/cuda_nearest.h"
#include "gpu/cuda/cuda_select.h"

/* Exact nearest rows: selects the smallest distances, without the row itself. */

enum {
    SIDE = 16,          /* the threads of a block as a square */
    EACH = 4,           /* rows, and columns, of distances per thread */
    TILE = SIDE * EACH, /* rows, and columns, of distances per block */
    DEPTH = 16,         /* coordinates in shared memory at a time */
};

/* Sums of squared differences, not differences of products: equal rows have distance 0, and close ones keep their
 * order. */
static __global__ void distances_kernel(struct cuda_distances job)
{
    __shared__ float rows[DEPTH][TILE + 1], columns[DEPTH][TILE + 1];
    int x = (int)threadIdx.x % SIDE, y = (int)threadIdx.x / SIDE;
    int64_t row0 = (int64_t)blockIdx.y * TILE, column0 = (int64_t)blockIdx.x * TILE;
    float sums[EACH][EACH] = {{0}};
    for (int64_t depth = 0; depth < job.d; depth += DEPTH) {
        __syncthreads();
        for (int i = (int)threadIdx.x; i < TILE * DEPTH; i += SIDE * SIDE) {
            int at = i / DEPTH, j = i % DEPTH;
            bool there = depth + j < job.d;
            rows[j][at] = there && row0 + at < job.n_rows ? job.rows[(row0 + at) * job.d + depth + j] : 0;
            columns[j][at] =
                there && column0 + at < job.n_columns ? job.columns[(column0 + at) * job.d + depth + j] : 0;
        }
        __syncthreads();
#pragma unroll 4
        for (int j = 0; j < DEPTH; j++)
#pragma unroll
            for (int r = 0; r < EACH; r++)
#pragma unroll
                for (int c = 0; c < EACH; c++) {
                    float apart = rows[j][y + SIDE * r] - columns[j][x + SIDE * c];
                    sums[r][c] = fmaf(apart, apart, sums[r][c]);
                }
    }
    for (int r = 0; r < EACH; r++)
        for (int c = 0; c < EACH; c++) {
            int64_t row = row0 + y + SIDE * r, column = column0 + x + SIDE * c;
            if (row < job.n_rows && column < job.n_columns)
                job.distances[row * job.stride + column] = job.negate ? -sums[r][c] : sums[r][c];
        }
}

enum status cuda_distances_launch(const char *operation, struct compute_stream *stream,
                                  const struct cuda_distances *job, struct error *error)
{
    const int64_t most = 65535 * (int64_t)TILE; /* maximum number of rows of a grid */
    enum status status = STATUS_OK;
    for (int64_t row = 0; row < job->n_rows && job->n_columns > 0 && status == STATUS_OK; row += most) {
        struct cuda_distances piece = *job;
        piece.rows = job->rows + row * job->d;
        piece.distances = job->distances + row * job->stride;
        piece.n_rows = job->n_rows - row < most ? job->n_rows - row : most;
        dim3 grid((unsigned)((piece.n_columns + TILE - 1) / TILE), (unsigned)((piece.n_rows + TILE - 1) / TILE));
        CUDA_LAUNCH(distances_kernel, grid, SIDE * SIDE, 0, stream->queue, piece);
        status = cuda_launched(operation, error);
    }
    return status;
}

struct closeness {
    struct compute_stream *stream;
    int64_t d;
    const float *x;
};

static enum status score_tile(const void *context, int64_t query, int64_t queries, int64_t item, int64_t items,
                              int64_t stride, float *tile, struct error *error)
{
    const struct closeness *job = (const struct closeness *)context;
    struct cuda_distances distances = {queries, items,  job->d, job->x + query * job->d, job->x + item * job->d,
                                       tile,    stride, true};
    return cuda_distances_launch("nearest", job->stream, &distances, error);
}

size_t cuda_nearest_scratch(const struct compute_device *device, int64_t n, int64_t d, int64_t k)
{
    (void)d;
    return cuda_selecting_plan(device, true, n, n, k).bytes;
}

enum status cuda_nearest(struct compute_stream *stream, int64_t n, int64_t d, int64_t k, struct compute_slice x,
                         struct compute_slice ids, struct compute_slice distances, struct compute_slice scratch,
                         struct error *error)
{
    if (n < 0 || d < 0 || k < 0 || n > INT32_MAX)
        return error_set(error, STATUS_FAILED, "operation nearest cannot work on %lld rows of width %lld", (long long)n,
                         (long long)d);
    struct cuda_selecting job = cuda_selecting_plan(stream->device, true, n, n, k);
    enum status status = cuda_check_all("nearest",
                                        {{"X", x, cuda_count(n, d)},
                                         {"ids", ids, cuda_count(n, k)},
                                         {"distances", distances, cuda_count(n, k)},
                                         {"scratch", scratch, (int64_t)job.bytes, 1}},
                                        error);
    if (status != STATUS_OK || n == 0 || k == 0)
        return status;
    cuda_selecting_place(&job, stream, scratch);
    job.exclusions.self = true;
    struct closeness closeness = {stream, d, cuda_floats(x)};
    return cuda_select_tiles("nearest", stream, &job, n, k, score_tile, &closeness, cuda_ints(ids),
                             cuda_floats(distances), true, error);
}
