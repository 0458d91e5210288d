#ifndef SLEEVE_MODELS_RTA_TRAINER_H
#define SLEEVE_MODELS_RTA_TRAINER_H

#include "models/rta/batch.h"
#include "nn/optimiser.h"
#include "nn/schedule.h"
#include "nn/table.h"

/* One step of training, and the state that it moves. */

struct rta_step_settings {
    int64_t n_hard, n_easy;
    float clip;
    float dropout, representer_dropout;
    uint64_t seed; /* of the dropout masks */
    bool adam;     /* with second moments: for the steps of full_softmax.h */
};

/* What the trainer is given of the tracks; the host memory must outlive the trainer. */
struct rta_inputs {
    int64_t n_tracks;
    int64_t n_rows[RTA_SLOTS];
    const int32_t *rows[RTA_SLOTS]; /* [n_tracks] row of each slot's table, -1: none; the tracks' own is NULL */
    struct compute_buffer *initial[RTA_SLOTS]; /* [n_rows x d] on the device; NULL: zeros */
    const float *covers;                       /* [n_covers x cover_dim] */
    int64_t n_covers;
    const int32_t *cover_rows; /* [n_tracks], -1: none */
};

struct rta_trainer {
    struct compute *compute;
    struct rta_network network;
    struct rta_inputs inputs;
    struct rta_step_settings settings;
    struct schedule schedule;
    struct table tables[RTA_SLOTS];
    struct compute_buffer *table_seconds[RTA_SLOTS]; /* Adam's second moments of them; their velocities are the first */
    struct optimiser optimiser;                      /* of the network's parameters */
    struct compute_buffer *covers;
    struct tape tape, chunk; /* of the aggregator, and of the representer, a part of the tracks at a time */
    int64_t step;            /* taken so far */
    int32_t *host;           /* room for lists of row numbers */
    size_t host_size;
    int32_t *places[RTA_SLOTS]; /* [n_rows] where a row's gradient is summed, -1: nowhere */
};

/* Parameters drawn from `random`. The initial tables become the trainer's: those that it took over are NULL afterwards,
 * so that there is never a second copy of a table. Memory on the device is taken here and in the first step. */
enum status rta_trainer_open(struct rta_trainer *trainer, struct compute *compute, const struct rta_shape *shape,
                             struct rta_inputs *inputs, const struct rta_step_settings *settings,
                             const struct schedule *schedule, struct random *random, struct error *error);
void rta_trainer_close(struct rta_trainer *trainer);

/* All that its training changes: parameters, tables and their moments. */
void rta_trainer_state(const struct rta_trainer *trainer, struct checkpoint_list *list);

/* Gives back what steps work in; the next one takes it again. */
void rta_trainer_trim(struct rta_trainer *trainer);

struct rta_loss {
    double positive, negative; /* before the step */
};
enum status rta_trainer_step(struct rta_trainer *trainer, const struct rta_batch *batch, int64_t n_negatives,
                             struct rta_loss *loss, struct error *error);

/* φ of `n` tracks from the first'th on as they are now, [n x width], to host memory. What a track gets does not depend
 * on which are asked for together as long as `first` is a multiple of RTA_REPRESENTED. */
enum { RTA_REPRESENTED = 16384 };
enum status rta_trainer_represent(struct rta_trainer *trainer, int64_t first, int64_t n, float *items,
                                  struct error *error);

#endif
