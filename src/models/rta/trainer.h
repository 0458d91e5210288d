#ifndef SLEEVE_MODELS_RTA_TRAINER_H
#define SLEEVE_MODELS_RTA_TRAINER_H

#include "models/rta/batch.h"
#include "nn/optimiser.h"
#include "nn/schedule.h"
#include "nn/table.h"

/* The state of a training (network, tables and moments), and one step of objective next. */

struct rta_step_settings {
    int64_t n_hard, n_easy;
    float clip;
    float dropout, representer_dropout;
    float cover_dropout;     /* share of the tracks that are represented without their features in a step */
    uint64_t seed;           /* of the dropout masks */
    struct ranks *ranks;     /* that share each batch, and have the same parameters and tables; NULL: one */
    bool sharded[RTA_SLOTS]; /* tables whose rows are divided among the ranks; with Adam only if it is sparse */
    bool adam;               /* for the steps of full_softmax.h; otherwise Nesterov momentum */
    bool sparse; /* of Adam: a step changes only the tables' rows that it uses, with one second moment each */
};

/* The input data of the tracks. The host memory must outlive the trainer. */
struct rta_inputs {
    int64_t n_tracks;
    int64_t n_rows[RTA_SLOTS];
    const int32_t *rows[RTA_SLOTS]; /* [n_tracks] row in each table, -1: none; NULL for the tracks' own table */
    struct compute_buffer *initial[RTA_SLOTS]; /* [n_rows x d] on the device; NULL: zeros */
    struct {
        const float *values; /* [n_rows x dim] */
        int64_t n_rows;
        const int32_t *rows; /* [n_tracks] row of each track, -1: none */
    } sets[RTA_SETS_MAX];    /* as in the shape */
    const float *popularity; /* [n_tracks x RTA_GATE_INPUTS]; of RTA_GATE */
};

struct rta_trainer {
    struct compute *compute;
    struct rta_network network;
    struct rta_inputs inputs;
    struct rta_step_settings settings;
    struct schedule schedule;
    struct table tables[RTA_SLOTS];                  /* some may be sharded: then a rank has a part of the rows */
    struct compute_buffer *table_seconds[RTA_SLOTS]; /* Adam's second moments of the tables [n_rows x d], sparse:
                                                      * [n_rows]; the first ones are their velocities */
    struct optimiser optimiser;                      /* of the network's parameters */
    struct compute_buffer *sets[RTA_SETS_MAX];       /* values of the feature sets */
    struct tape tape, chunk; /* for the aggregator, and for the representer, which processes a part of the tracks at a
                              * time */
    bool exporting;          /* φ is computed for a file: nothing is dropped out */
    int64_t step;            /* steps taken */
    int32_t *host;           /* scratch for lists of rows */
    size_t host_size;
    int32_t *row_indices[RTA_SLOTS]; /* [rows of the whole table] scratch: the index of a row's gradient; all -1 between
                                        steps */
};

/* Draws the initial parameters from `random`. Takes ownership of the initial tables, which are NULL afterwards, so that
 * there is never a second copy of a table. Device memory is allocated here and in the first step. */
enum status rta_trainer_open(struct rta_trainer *trainer, struct compute *compute, const struct rta_shape *shape,
                             struct rta_inputs *inputs, const struct rta_step_settings *settings,
                             const struct schedule *schedule, struct random *random, struct error *error);
void rta_trainer_close(struct rta_trainer *trainer);

/* Lists everything that training changes: parameters, tables and their moments. */
void rta_trainer_state(const struct rta_trainer *trainer, struct checkpoint_list *list);

/* Frees the working memory of steps; the next step allocates it again. */
void rta_trainer_trim(struct rta_trainer *trainer);

struct rta_loss {
    double positive, negative; /* of the weights before the step */
};
enum status rta_trainer_step(struct rta_trainer *trainer, const struct rta_batch *batch, int64_t n_negatives,
                             struct rta_loss *loss, struct error *error);

/* Computes φ of the `n` tracks from `first` on with the current weights, [n x width], to host memory. The result does
 * not depend on n if `first` is a multiple of RTA_REPRESENTED. If tables are sharded, only rank 0 calls it, while the
 * other ranks are in rta_trainer_serve, where they send it rows until it calls rta_trainer_release. If none is, these
 * two do nothing. */
enum { RTA_REPRESENTED = 16384 };
enum status rta_trainer_represent(struct rta_trainer *trainer, int64_t first, int64_t n, float *items,
                                  struct error *error);
enum status rta_trainer_serve(struct rta_trainer *trainer, struct error *error);
enum status rta_trainer_release(struct rta_trainer *trainer, struct error *error);

#endif
