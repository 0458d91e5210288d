#ifndef SLEEVE_NN_TAPE_H
#define SLEEVE_NN_TAPE_H

#include <stdbool.h>

#include "core/arena.h"
#include "gpu/compute.h"

/* Reverse-mode automatic differentiation over the operations of gpu/compute_network.h. A function of nn/functions.h
 * computes its result at once and records how to compute its gradient; tape_backward runs the records in reverse order.
 * Values and gradients are in device memory that tape_reset releases as a whole for reuse: after the first step with
 * the largest batch nothing more is allocated.
 *
 * The functions return tensors, not statuses, so that a network's code reads like its paper. The tape keeps the first
 * failure, later calls do nothing, and tape_status returns it. */

/* A matrix [rows x columns], row-major float32. */
struct tensor {
    int64_t rows, columns;
    struct compute_slice value;
    struct compute_slice gradient; /* of the loss; may be set beforehand, otherwise allocated when first written */
    bool requires_grad;            /* a gradient is computed for it */
    bool has_grad;                 /* the gradient has been written */
};

struct tape {
    struct compute *compute;
    bool recording; /* false: no gradients */
    struct tape_step *last;
    struct arena arena; /* tensors and steps */
    struct tape_block {
        struct compute_buffer *buffer;
        size_t size, used; /* floats */
        struct tape_block *before;
    } * block;
    enum status status;
    struct error error;
    struct tensor nothing; /* returned by functions of a failed tape */
};

void tape_open(struct tape *tape, struct compute *compute);
void tape_close(struct tape *tape);
/* Starts over: releases the tape's tensors and clears its failure. */
void tape_reset(struct tape *tape, bool recording);
/* The same, and releases the device memory. */
void tape_trim(struct tape *tape);
enum status tape_status(const struct tape *tape, struct error *error);

/* ---- for functions ---- */
/* Never NULL: when memory runs out the tape fails and a tensor without memory is returned. */
struct tensor *tape_tensor(struct tape *tape, int64_t rows, int64_t columns, bool requires_grad);
/* Device memory for `count` floats or int32, aligned to 64 bytes. */
struct compute_slice tape_memory(struct tape *tape, int64_t count);
/* The same, filled with 32-bit numbers from host memory. */
struct compute_slice tape_upload(struct tape *tape, const void *numbers, int64_t count);
/* Copies `bytes` bytes of 4-byte numbers at a slice to host memory. */
void tape_download(struct tape *tape, struct compute_slice slice, void *host, size_t bytes);
/* The same for int64; the offset of the slice counts int64. */
struct compute_slice tape_upload_int64(struct tape *tape, const int64_t *numbers, int64_t count);
/* Memory for doubles, set to 0: for losses and sums of squares. The offset of the slice counts doubles. */
struct compute_slice tape_doubles(struct tape *tape, int64_t count);
void tape_download_doubles(struct tape *tape, struct compute_slice slice, double *values, int64_t count);
/* Zeroed host memory until the next reset; NULL when memory runs out. */
void *tape_host_memory(struct tape *tape, size_t size);
/* Records a step of the backward pass: tape_backward will call `back` with a copy of the `size` bytes of `closure`. */
void tape_record(struct tape *tape, void (*back)(struct tape *tape, void *closure), const void *closure, size_t size);
/* The gradient of a tensor for the caller to write (no buffer when none is needed). *beta is 0 to overwrite, 1 to add.
 */
struct compute_slice tape_gradient(struct tape *tape, struct tensor *tensor, float *beta);
/* Runs an operation of the device unless the tape has failed; the tape keeps its failure. */
#define TAPE_RUN(tape, operation, ...)                                                                                 \
    do {                                                                                                               \
        struct error of_operation;                                                                                     \
        if ((tape)->status == STATUS_OK)                                                                               \
            tape_note((tape), (tape)->compute->ops->operation((tape)->compute->stream, __VA_ARGS__, &of_operation),    \
                      &of_operation);                                                                                  \
    } while (0)
/* Keeps a failure unless there is one already. The arguments of an operation are evaluated first and can fail, too. */
void tape_note(struct tape *tape, enum status status, const struct error *error);

/* Computes the gradients of all recorded tensors. It starts from those already written: a loss writes its own. */
void tape_backward(struct tape *tape);

/* A tensor over memory that the tape does not own, without a gradient. */
static inline struct tensor tensor_of(struct compute_slice value, int64_t rows, int64_t columns)
{
    return (struct tensor){.rows = rows, .columns = columns, .value = value};
}

#endif
