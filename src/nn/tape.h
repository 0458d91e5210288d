#ifndef SLEEVE_NN_TAPE_H
#define SLEEVE_NN_TAPE_H

#include <stdbool.h>

#include "core/arena.h"
#include "gpu/compute.h"

/* Reverse-mode differentiation over the operations of gpu/compute_network.h. A function of nn/functions.h computes at
 * once and puts down how its gradient is taken; tape_backward goes through that in reverse. Values and gradients come
 * from device memory that is given back as a whole by tape_reset; after the first step of the largest batch nothing is
 * allocated any more.
 *
 * A model file shall read like its paper, so the functions return tensors and not statuses: the first failure is kept
 * by the tape, everything after it does nothing, and tape_status tells. */

/* A matrix [rows x columns], row-major float32. */
struct tensor {
    int64_t rows, columns;
    struct compute_slice value;
    struct compute_slice gradient; /* of the loss; may be given beforehand, otherwise taken when first has_grad */
    bool requires_grad;            /* takes a gradient */
    bool has_grad;                 /* the gradient holds something */
};

struct tape {
    struct compute *compute;
    bool recording; /* false: nothing takes a gradient */
    struct tape_step *last;
    struct arena arena; /* tensors and steps */
    struct tape_block {
        struct compute_buffer *buffer;
        size_t size, used; /* floats */
        struct tape_block *before;
    } * block;
    enum status status;
    struct error error;
    struct tensor nothing; /* what functions of a failed tape return */
};

void tape_open(struct tape *tape, struct compute *compute);
void tape_close(struct tape *tape);
/* Forgets everything that was computed; tensors of the tape are gone, a failure is forgiven. */
void tape_reset(struct tape *tape, bool recording);
/* The same, and its memory is given back. */
void tape_trim(struct tape *tape);
enum status tape_status(const struct tape *tape, struct error *error);

/* ---- for functions ---- */
/* Never NULL: when memory runs out the tape has failed and a tensor without memory is returned. */
struct tensor *tape_tensor(struct tape *tape, int64_t rows, int64_t columns, bool requires_grad);
/* Device memory for `count` floats or int32, aligned to 64 bytes. */
struct compute_slice tape_memory(struct tape *tape, int64_t count);
/* The same with 32-bit numbers of the host in it. */
struct compute_slice tape_upload(struct tape *tape, const void *numbers, int64_t count);
/* Copies `bytes` bytes at a slice to host memory; a failure is kept by the tape. */
void tape_download(struct tape *tape, struct compute_slice slice, void *host, size_t bytes);
/* Host memory until the next reset, zeroed; NULL when it ran out. */
void *tape_host_memory(struct tape *tape, size_t size);
/* `back` is called with a copy of `size` bytes of `closure` when gradients are taken. */
void tape_record(struct tape *tape, void (*back)(struct tape *tape, void *closure), const void *closure, size_t size);
/* The gradient slice of a tensor (none when it takes no gradient), and whether to overwrite (0) or add (1); the caller
 * writes it. */
struct compute_slice tape_gradient(struct tape *tape, struct tensor *tensor, float *beta);
/* True when operations are to run; keep their status with TAPE_RUN. */
#define TAPE_RUN(tape, operation, ...)                                                                                 \
    do {                                                                                                               \
        struct error of_operation;                                                                                     \
        if ((tape)->status == STATUS_OK)                                                                               \
            tape_note((tape), (tape)->compute->ops->operation((tape)->compute->stream, __VA_ARGS__, &of_operation),    \
                      &of_operation);                                                                                  \
    } while (0)
/* Keeps a failure unless there is one already: making the arguments of an operation can fail too, and comes first. */
void tape_note(struct tape *tape, enum status status, const struct error *error);

/* Takes the gradients of everything recorded, given those has_grad so far (a loss writes its own). */
void tape_backward(struct tape *tape);

/* A tensor over memory of somebody else, without a gradient. */
static inline struct tensor tensor_of(struct compute_slice value, int64_t rows, int64_t columns)
{
    return (struct tensor){.rows = rows, .columns = columns, .value = value};
}

#endif
