#ifndef SLEEVE_MODELS_RTA_TRAINER_INTERNAL_H
#define SLEEVE_MODELS_RTA_TRAINER_INTERNAL_H

#include "models/rta/trainer.h"

/* What both ways of training share: φ of many tracks without a tape, and its gradient back to parameters and tables. */

/* Tracks that got a gradient, and the sums of it for the rows of each table. */
struct rta_gradients {
    int64_t n;
    int32_t *tracks;            /* [n] */
    struct compute_slice phi;   /* [n x width] gradient of their φ */
    int64_t n_rows[RTA_SLOTS];  /* of the sums */
    int32_t *rows[RTA_SLOTS];   /* [n_rows] which rows of the table they are of; NULL: all of them in order */
    int32_t *places[RTA_SLOTS]; /* [n] which of the sums is a track's, -1: none */
    struct compute_slice sums[RTA_SLOTS];
};

/* The row of a slot's table that stands for a track, -1 where it has none. */
static inline int32_t rta_slot_row(const struct rta_inputs *inputs, int slot, int32_t track)
{
    return inputs->rows[slot] ? inputs->rows[slot][track] : track;
}

/* φ of `n` tracks into y [n x width], nothing recorded. */
enum status rta_trainer_phi(struct rta_trainer *trainer, const int32_t *tracks, int64_t n, struct compute_slice y,
                            struct error *error);
/* Adds to the parameters' gradients and to the sums, which must have been filled. */
enum status rta_trainer_phi_backward(struct rta_trainer *trainer, const struct rta_gradients *gradients,
                                     struct error *error);

#endif
