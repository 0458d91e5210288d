#ifndef SLEEVE_NN_CHECKPOINT_H
#define SLEEVE_NN_CHECKPOINT_H

#include <stdbool.h>

#include "nn/shards.h"

/* The state of a training in one safetensors file: arrays on the device, and the position in the training. It needs
 * no random state if all random numbers are functions of seed, epoch and step. Arrays can be sharded over ranks: the
 * file is the same. */

enum { CHECKPOINT_TENSORS_MAX = 64, CHECKPOINT_NAME = 48 };

/* An array of the state: float32, all finite, or int32 from 0 to the number of steps taken. Not owned. */
struct checkpoint_tensor {
    char name[CHECKPOINT_NAME];
    bool integers;
    bool moments; /* of the optimiser: only steps read them */
    struct compute_buffer *buffer;
    int64_t count;         /* of the whole array */
    struct shards *shards; /* how its rows are divided among ranks: `buffer` has this rank's. NULL: it has all */
};

struct checkpoint_list {
    struct checkpoint_tensor items[CHECKPOINT_TENSORS_MAX];
    size_t count;
};
/* Adds an array named `prefix` followed by `suffix`; an array without a buffer is left out. More than
 * CHECKPOINT_TENSORS_MAX arrays, or a name that is too long, are failed assertions. */
void checkpoint_add(struct checkpoint_list *list, const char *prefix, const char *suffix, bool integers,
                    struct compute_buffer *buffer, int64_t count);

/* The same for the optimiser's moments, float32. */
void checkpoint_add_moments(struct checkpoint_list *list, const char *prefix, const char *suffix,
                            struct compute_buffer *buffer, int64_t count);

bool checkpoint_is_sharded(const struct checkpoint_list *list);

/* The position in a training. */
struct checkpoint_position {
    int64_t epoch, step; /* the next ones to run, from 0 */
    int64_t taken;       /* steps taken, in all epochs */
    double best;         /* best validation score */
    int64_t best_epoch;  /* epoch of that score, from 1; 0: none yet */
};

/* `identity` describes everything that must be equal for a resumed training to give the same result: settings, data,
 * seed. The file is written completely or not at all. Of a list with sharded arrays rank 0 writes the file while the
 * others call checkpoint_send with the same arrays. */
enum status checkpoint_write(const struct compute *compute, const char *path, const char *identity,
                             const struct checkpoint_list *list, const struct checkpoint_position *position,
                             struct error *error);

enum status checkpoint_send(const struct compute *compute, const struct checkpoint_list *list, struct error *error);

/* What a checkpoint must match. */
struct checkpoint_expected {
    const char *const *identities; /* any of these, ended by NULL: the present form first, then those of earlier
                                    * versions */
    double best_low, best_high;    /* range of the score */
};
/* Reads the arrays of `list` and the position. A checkpoint of another training is STATUS_USAGE. A damaged one, or one
 * with a value that no training can have, is STATUS_BAD_DATA. After a failure the arrays may have been changed. Of a
 * list with sharded arrays rank 0 reads the file while the others call checkpoint_receive, which fills these arrays
 * only. */
enum status checkpoint_read(const struct compute *compute, const char *path, const struct checkpoint_expected *expected,
                            const struct checkpoint_list *list, struct checkpoint_position *position,
                            struct error *error);
enum status checkpoint_receive(const struct compute *compute, const struct checkpoint_list *list, struct error *error);

#endif
