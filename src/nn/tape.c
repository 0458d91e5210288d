#include "nn/tape.h"

#include <stdlib.h>
#include <string.h>

enum { ALIGNED = 16, BLOCK = 1 << 20 };

struct tape_step {
    struct tape_step *before;
    void (*back)(struct tape *tape, void *closure);
    void *closure;
};

void tape_open(struct tape *tape, struct compute *compute)
{
    *tape = (struct tape){.compute = compute};
}

static void drop_blocks(struct tape *tape)
{
    while (tape->block) {
        struct tape_block *block = tape->block;
        tape->block = block->before;
        tape->compute->ops->buffer_destroy(block->buffer);
        free(block);
    }
}

void tape_close(struct tape *tape)
{
    drop_blocks(tape);
    arena_free(&tape->arena);
}

static void fail(struct tape *tape)
{
    if (tape->status == STATUS_OK)
        tape->status = error_no_memory(&tape->error);
}

static void add_block(struct tape *tape, size_t size)
{
    struct tape_block *block = calloc(1, sizeof *block);
    if (!block) {
        fail(tape);
        return;
    }
    tape->status =
        tape->compute->ops->buffer_create(tape->compute->device, size * sizeof(float), &block->buffer, &tape->error);
    if (tape->status != STATUS_OK) {
        free(block);
        return;
    }
    block->size = size;
    block->before = tape->block;
    tape->block = block;
}

void tape_reset(struct tape *tape, bool recording)
{
    arena_free(&tape->arena);
    tape->last = NULL;
    tape->recording = recording;
    tape->status = STATUS_OK;
    if (tape->block && tape->block->before) {
        size_t total = 0;
        for (const struct tape_block *block = tape->block; block; block = block->before)
            total += block->size;
        drop_blocks(tape);
        add_block(tape, total);
    }
    if (tape->block)
        tape->block->used = 0;
}

void tape_note(struct tape *tape, enum status status, const struct error *error)
{
    if (tape->status != STATUS_OK || status == STATUS_OK)
        return;
    tape->status = status;
    tape->error = *error;
}

void tape_trim(struct tape *tape)
{
    drop_blocks(tape);
    tape_reset(tape, false);
}

enum status tape_status(const struct tape *tape, struct error *error)
{
    if (tape->status != STATUS_OK && error)
        *error = tape->error;
    return tape->status;
}

struct compute_slice tape_memory(struct tape *tape, int64_t count)
{
    size_t wanted = ((size_t)count + ALIGNED - 1) / ALIGNED * ALIGNED;
    if (tape->status != STATUS_OK)
        return (struct compute_slice){0};
    if (!tape->block || tape->block->size - tape->block->used < wanted)
        add_block(tape, wanted > BLOCK ? wanted : BLOCK);
    if (tape->status != STATUS_OK)
        return (struct compute_slice){0};
    struct compute_slice slice = {tape->block->buffer, tape->block->used};
    tape->block->used += wanted;
    return slice;
}

struct compute_slice tape_upload(struct tape *tape, const void *numbers, int64_t count)
{
    struct compute_slice slice = tape_memory(tape, count);
    if (tape->status == STATUS_OK && count > 0)
        tape->status =
            tape->compute->ops->buffer_write(tape->compute->stream, slice.buffer, slice.offset * sizeof(int32_t),
                                             numbers, (size_t)count * sizeof(int32_t), &tape->error);
    return slice;
}

void tape_download(struct tape *tape, struct compute_slice slice, void *host, size_t bytes)
{
    const struct compute *compute = tape->compute;
    if (tape->status == STATUS_OK)
        tape->status = compute->ops->buffer_read(compute->stream, slice.buffer, slice.offset * sizeof(float), host,
                                                 bytes, &tape->error);
}

struct compute_slice tape_upload_int64(struct tape *tape, const int64_t *numbers, int64_t count)
{
    struct compute_slice slice = tape_upload(tape, numbers, 2 * count);
    slice.offset /= 2; /* an even number: tape memory has a larger alignment */
    return slice;
}

struct compute_slice tape_doubles(struct tape *tape, int64_t count)
{
    struct compute_slice slice = tape_memory(tape, 2 * count);
    TAPE_RUN(tape, network.fill, 2 * count, 0, slice); /* a double 0.0 has the bits of two floats 0.0f */
    slice.offset /= 2;
    return slice;
}

void tape_download_doubles(struct tape *tape, struct compute_slice slice, double *values, int64_t count)
{
    slice.offset *= 2;
    tape_download(tape, slice, values, (size_t)count * sizeof *values);
}

void *tape_host_memory(struct tape *tape, size_t size)
{
    void *memory = arena_alloc(&tape->arena, size);
    if (!memory)
        fail(tape);
    return memory;
}

struct tensor *tape_tensor(struct tape *tape, int64_t rows, int64_t columns, bool requires_grad)
{
    struct tensor *tensor = tape_host_memory(tape, sizeof *tensor);
    if (!tensor)
        return &tape->nothing;
    *tensor = tensor_of(tape_memory(tape, rows * columns), rows, columns);
    tensor->requires_grad = requires_grad && tape->recording;
    return tensor;
}

void tape_record(struct tape *tape, void (*back)(struct tape *tape, void *closure), const void *closure, size_t size)
{
    if (!tape->recording || tape->status != STATUS_OK)
        return;
    struct tape_step *step = tape_host_memory(tape, sizeof *step);
    void *copy = tape_host_memory(tape, size);
    if (!step || !copy)
        return;
    memcpy(copy, closure, size);
    *step = (struct tape_step){.before = tape->last, .back = back, .closure = copy};
    tape->last = step;
}

struct compute_slice tape_gradient(struct tape *tape, struct tensor *tensor, float *beta)
{
    *beta = 0;
    if (!tensor || !tensor->requires_grad)
        return (struct compute_slice){0};
    if (!tensor->gradient.buffer)
        tensor->gradient = tape_memory(tape, tensor->rows * tensor->columns);
    *beta = tensor->has_grad ? 1.0f : 0.0f;
    tensor->has_grad = true;
    return tensor->gradient;
}

void tape_backward(struct tape *tape)
{
    for (const struct tape_step *step = tape->last; step && tape->status == STATUS_OK; step = step->before)
        step->back(tape, step->closure);
}
