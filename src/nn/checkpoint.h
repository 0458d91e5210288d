#ifndef SLEEVE_NN_CHECKPOINT_H
#define SLEEVE_NN_CHECKPOINT_H

#include <stdbool.h>

#include "gpu/compute.h"

/* The state of a training in one safetensors file: arrays on the device, and where the training was. Random numbers
 * need no state where they are functions of seed, epoch and step. */

enum { CHECKPOINT_TENSORS_MAX = 64, CHECKPOINT_NAME = 48 };

/* An array of the state: float32, all finite, or int32 from 0 to the number of steps taken. Not owned. */
struct checkpoint_tensor {
    char name[CHECKPOINT_NAME];
    bool integers;
    struct compute_buffer *buffer;
    int64_t count;
};

struct checkpoint_list {
    struct checkpoint_tensor items[CHECKPOINT_TENSORS_MAX];
    size_t count;
};
/* Adds an array named `prefix` followed by `suffix`; one without a buffer is left out. More than
 * CHECKPOINT_TENSORS_MAX, and a name that is too long, are failed assertions. */
void checkpoint_add(struct checkpoint_list *list, const char *prefix, const char *suffix, bool integers,
                    struct compute_buffer *buffer, int64_t count);

/* Where a training is. */
struct checkpoint_position {
    int64_t epoch, step; /* the next ones, from 0 */
    int64_t taken;       /* steps taken, in all epochs */
    double best;         /* validation score of the weights that were kept */
    int64_t best_epoch;  /* the epoch after which they were kept, from 1; 0: none were */
};

/* `identity` describes everything that must be equal for the training to continue as if it had not been interrupted:
 * settings, data, seed. Written whole or not at all. */
enum status checkpoint_write(const struct compute *compute, const char *path, const char *identity,
                             const struct checkpoint_list *list, const struct checkpoint_position *position,
                             struct error *error);

/* What a checkpoint must agree with. */
struct checkpoint_expected {
    const char *const *identities; /* any of these, ended by NULL: the present form first, then earlier ones */
    double best_low, best_high;    /* bounds of the score */
};
/* Reads the arrays of `list` and the position. A checkpoint of another training is STATUS_USAGE; a damaged one, and one
 * that holds a value that no training has, are STATUS_BAD_DATA. On failure the arrays may be changed. */
enum status checkpoint_read(const struct compute *compute, const char *path, const struct checkpoint_expected *expected,
                            const struct checkpoint_list *list, struct checkpoint_position *position,
                            struct error *error);

#endif
