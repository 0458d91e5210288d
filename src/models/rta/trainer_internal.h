#ifndef SLEEVE_MODELS_RTA_TRAINER_INTERNAL_H
#define SLEEVE_MODELS_RTA_TRAINER_INTERNAL_H

#include "models/rta/trainer.h"

/* Shared by both objectives: φ of many tracks without a tape, and the gradient from φ back to parameters and tables. */

/* Tracks that get a gradient, and the sums of the gradients for the rows of each table. */
struct rta_gradients {
    int64_t n;
    int32_t *tracks;             /* [n] */
    struct compute_slice phi;    /* [n x width] gradient of their φ */
    int64_t n_rows[RTA_SLOTS];   /* number of rows in `sums` */
    int32_t *rows[RTA_SLOTS];    /* [n_rows] the table's rows that `sums` are for; NULL: all rows in order */
    int32_t *indices[RTA_SLOTS]; /* [n] index of each track's row in `rows`; -1: none */
    struct compute_slice sums[RTA_SLOTS];
};

/* The row of a track in a table; -1 if it has none. */
static inline int32_t rta_slot_row(const struct rta_inputs *inputs, int slot, int32_t track)
{
    return inputs->rows[slot] ? inputs->rows[slot][track] : track;
}

/* Lists the rows of a table that get a gradient in gradients->rows, and the index of each track's row in that list. */
void rta_number_rows(struct rta_trainer *trainer, struct rta_gradients *gradients, int slot);

/* Whether a table of the network is sharded. */
bool rta_is_sharded(const struct rta_trainer *trainer);
/* As of which step the tables are read: Adam's rows are never behind. */
static inline int64_t rta_table_step(const struct rta_trainer *trainer)
{
    return trainer->settings.adam ? 0 : trainer->step;
}

/* Fetches the rows of sharded tables that these tracks refer to, until `tape` is reset (fetch.c). All ranks call it,
 * with tracks of their own; for a file (trainer->exporting) only rank 0 does. */
void rta_fetch_rows(struct rta_trainer *trainer, struct tape *tape, const int32_t *tracks, int64_t n);

/* φ of `n` tracks into y [n x width], without a tape. Their rows of sharded tables were fetched. */
enum status rta_trainer_phi(struct rta_trainer *trainer, const int32_t *tracks, int64_t n, struct compute_slice y,
                            struct error *error);
/* Adds to the parameters' gradients and to the sums. The caller initialises the sums. */
enum status rta_trainer_phi_backward(struct rta_trainer *trainer, const struct rta_gradients *gradients,
                                     struct error *error);

#endif
