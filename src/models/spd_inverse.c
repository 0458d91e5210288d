#include "models/spd_inverse.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 512 };

/* The matrix as square blocks, each of them contiguous on the device. It is padded with ones on the diagonal to a whole
 * number of blocks, which leaves the inverse of the rest unchanged. */
struct blocks {
    struct compute *compute;
    int64_t n, side, count;        /* rows; rows of a block; blocks in a row */
    struct compute_buffer *lower;  /* the blocks (i, k) with i >= k, row by row */
    struct compute_buffer *column; /* [count] blocks: A_ik D, or its transpose D A_ki for i < k */
    struct compute_buffer *factor, *inverse;
    float *staged, *identity; /* [side x side] on the host */
};

static enum status blocks_open(struct blocks *blocks, struct compute *compute, int64_t n, struct error *error)
{
    int64_t side = n < SIDE ? n : SIDE, count = (n + side - 1) / side;
    size_t bytes = (size_t)(side * side) * sizeof(float);
    *blocks = (struct blocks){.compute = compute, .n = n, .side = side, .count = count};
    blocks->staged = malloc(bytes);
    blocks->identity = calloc(1, bytes);
    if (!blocks->staged || !blocks->identity)
        return error_no_memory(error);
    for (int64_t i = 0; i < side; i++)
        blocks->identity[i * side + i] = 1;
    const struct {
        struct compute_buffer **buffer;
        int64_t blocks;
    } buffers[] = {{&blocks->lower, count * (count + 1) / 2},
                   {&blocks->column, count},
                   {&blocks->factor, 1},
                   {&blocks->inverse, 1}};
    enum status status = STATUS_OK;
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers && status == STATUS_OK; i++)
        status =
            compute->ops->buffer_create(compute->device, (size_t)buffers[i].blocks * bytes, buffers[i].buffer, error);
    return status;
}

static void blocks_close(struct blocks *blocks)
{
    struct compute_buffer *buffers[] = {blocks->lower, blocks->column, blocks->factor, blocks->inverse};
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
        blocks->compute->ops->buffer_destroy(buffers[i]);
    free(blocks->staged);
    free(blocks->identity);
}

static int64_t elements(const struct blocks *blocks)
{
    return blocks->side * blocks->side;
}

static size_t bytes_of(const struct blocks *blocks)
{
    return (size_t)elements(blocks) * sizeof(float);
}

/* The stored block of rows i and columns k: A_ik, or A_ki if i < k. */
static struct compute_slice block_at(const struct blocks *blocks, int64_t i, int64_t k)
{
    int64_t row = i > k ? i : k, column = i > k ? k : i;
    return (struct compute_slice){blocks->lower, (size_t)((row * (row + 1) / 2 + column) * elements(blocks))};
}

static struct compute_slice product_at(const struct blocks *blocks, int64_t i)
{
    return (struct compute_slice){blocks->column, (size_t)(i * elements(blocks))};
}

static enum status multiply(const struct blocks *blocks, bool transpose_a, struct compute_slice a, bool transpose_b,
                            struct compute_slice b, float alpha, float beta, struct compute_slice c,
                            struct error *error)
{
    const struct compute *compute = blocks->compute;
    int64_t side = blocks->side;
    return compute->ops->gemm(compute->stream, transpose_a, transpose_b, side, side, side, alpha, a, b, beta, c, error);
}

static enum status copy(const struct blocks *blocks, float factor, struct compute_slice from, struct compute_slice to,
                        struct error *error)
{
    const struct compute *compute = blocks->compute;
    return compute->ops->network.add_scaled(compute->stream, elements(blocks), factor, from, 0, to, error);
}

/* blocks->inverse = A_kk^-1. */
static enum status invert_block(const struct blocks *blocks, int64_t k, struct error *error)
{
    const struct compute *compute = blocks->compute;
    struct compute_slice factor = {blocks->factor, 0}, inverse = {blocks->inverse, 0};
    int64_t side = blocks->side;
    enum status status = copy(blocks, 1, block_at(blocks, k, k), factor, error);
    if (status == STATUS_OK)
        status = compute->ops->cholesky(compute->stream, side, factor, error);
    if (status == STATUS_OK)
        status =
            compute->ops->buffer_write(compute->stream, blocks->inverse, 0, blocks->identity, bytes_of(blocks), error);
    if (status == STATUS_OK)
        status = compute->ops->cholesky_solve(compute->stream, side, side, factor, inverse, error);
    return status;
}

static enum status sweep(const struct blocks *blocks, int64_t k, struct error *error)
{
    struct compute_slice d = {blocks->inverse, 0};
    enum status status = invert_block(blocks, k, error);
    for (int64_t i = 0; i < blocks->count && status == STATUS_OK; i++) {
        struct compute_slice block = block_at(blocks, i, k), product = product_at(blocks, i);
        if (i != k)
            status = multiply(blocks, false, i < k ? d : block, false, i < k ? block : d, 1, 0, product, error);
    }
    for (int64_t i = 0; i < blocks->count; i++)
        for (int64_t j = 0; j <= i && status == STATUS_OK; j++)
            if (i != k && j != k)
                status = multiply(blocks, (i < k), product_at(blocks, i), (j > k), block_at(blocks, j, k), -1, 1,
                                  block_at(blocks, i, j), error);
    for (int64_t i = 0; i < blocks->count && status == STATUS_OK; i++) {
        struct compute_slice product = product_at(blocks, i);
        status = copy(blocks, i == k ? -1 : 1, i == k ? d : product, block_at(blocks, i, k), error);
    }
    return status;
}

/* ---- to and from the host ------------------------------------------------------------------------------------ */

/* The element (row, column) of a block, as an index into the matrix; -1 outside of it. */
static int64_t place_of(const struct blocks *blocks, int64_t row, int64_t column)
{
    return row < blocks->n && column < blocks->n ? row * blocks->n + column : -1;
}

static enum status write_block(const struct blocks *blocks, int64_t i, int64_t k, const float *matrix,
                               struct error *error)
{
    const struct compute *compute = blocks->compute;
    int64_t side = blocks->side;
    for (int64_t r = 0; r < side; r++)
        for (int64_t c = 0; c < side; c++) {
            bool below = i > k || r >= c;
            int64_t row = i * side + (below ? r : c), column = k * side + (below ? c : r);
            int64_t place = place_of(blocks, row, column);
            blocks->staged[r * side + c] = place >= 0 ? matrix[place] : row == column ? 1.0f : 0.0f;
        }
    struct compute_slice block = block_at(blocks, i, k);
    return compute->ops->buffer_write(compute->stream, block.buffer, block.offset * sizeof(float), blocks->staged,
                                      bytes_of(blocks), error);
}

static enum status read_block(const struct blocks *blocks, int64_t i, int64_t k, float *matrix, struct error *error)
{
    const struct compute *compute = blocks->compute;
    int64_t side = blocks->side;
    struct compute_slice block = block_at(blocks, i, k);
    enum status status = compute->ops->buffer_read(compute->stream, block.buffer, block.offset * sizeof(float),
                                                   blocks->staged, bytes_of(blocks), error);
    for (int64_t r = 0; r < side && status == STATUS_OK; r++)
        for (int64_t c = 0; c < side && (i > k || c <= r); c++) {
            int64_t place = place_of(blocks, i * side + r, k * side + c);
            if (place >= 0)
                matrix[place] = matrix[place_of(blocks, k * side + c, i * side + r)] = -blocks->staged[r * side + c];
        }
    return status;
}

static enum status visit(const struct blocks *blocks, bool write, float *matrix, struct error *error)
{
    enum status status = STATUS_OK;
    for (int64_t i = 0; i < blocks->count; i++)
        for (int64_t k = 0; k <= i && status == STATUS_OK; k++)
            status = write ? write_block(blocks, i, k, matrix, error) : read_block(blocks, i, k, matrix, error);
    return status;
}

enum status spd_inverse(struct compute *compute, int64_t n, float *matrix, struct progress *progress,
                        struct error *error)
{
    if (n == 0)
        return STATUS_OK;
    struct blocks blocks;
    enum status status = blocks_open(&blocks, compute, n, error);
    if (status == STATUS_OK)
        status = visit(&blocks, true, matrix, error);
    progress_stage(progress, "inverting the matrix", "blocks", (double)blocks.count);
    for (int64_t k = 0; k < blocks.count && status == STATUS_OK; k++) {
        if (progress_cancelled(progress))
            status = error_set(error, STATUS_INTERRUPTED, "training was stopped; an earlier model stays as it was");
        if (status == STATUS_OK)
            status = sweep(&blocks, k, error);
        if (status == STATUS_OK)
            status = compute->ops->stream_synchronise(compute->stream, error);
        progress_step(progress, (double)(k + 1));
    }
    progress_end(progress);
    if (status == STATUS_OK)
        status = visit(&blocks, false, matrix, error);
    blocks_close(&blocks);
    return status;
}
