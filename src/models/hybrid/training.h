#ifndef SLEEVE_MODELS_HYBRID_TRAINING_H
#define SLEEVE_MODELS_HYBRID_TRAINING_H

#include "models/hybrid/hybrid.h"
#include "models/rta/full_softmax.h"
#include "nn/optimiser.h"

/* Training predicts the other tracks of a playlist from a few of them (models/rta/full_softmax.h), by Adam. In each
 * step the playlists of the batch are taken out of the counts. So their tracks, artists and albums that no other
 * playlist contains are treated as those of new playlists will be. */

enum { HYBRID_REPRESENTED = 4096 /* tracks at a time, when all vectors are written */ };

struct hybrid_training {
    struct model_task *task;
    struct model_weights *weights; /* those that every model has */
    struct hybrid_network network;
    struct hybrid_tracks tracks;
    struct rta_full_softmax_sampler sampler;
    struct rta_full_softmax_batch batch;
    int32_t *held_out; /* [2 x batch] playlists that are taken out of the counts in a step */
    int64_t n_held_out;
    struct optimiser optimiser, table_optimiser; /* the latter unless training is sparse */
    struct hybrid_sparse *sparse;                /* NULL: a step changes all rows */
    struct compute_buffer *fixed;                /* tracks.fixed on the device; NULL: rows are read from its file */
    float *fixed_rows;                           /* [fixed_rows_max x width] the rows read last */
    struct compute_buffer *fixed_buffer;         /* the same memory */
    int64_t fixed_rows_max;
    struct tape tape;
    int32_t *everything; /* [n_tracks] 0, 1, 2, ...: the tracks of a step whose softmax is over all */
    int64_t epochs, steps, taken;
    float *items;  /* [HYBRID_REPRESENTED x row] of the file that is being written */
    bool diverged; /* while it was written */
};

double hybrid_setting(const struct hybrid_training *training, const char *key);

/* ---- start.c ---- */
/* `training` has its task, weights and an open tape. Optimisers keep pointers to the parameters, so it must not be
 * moved in memory afterwards. Close it also after a failure. */
enum status hybrid_training_open(struct hybrid_training *training, struct error *error);
void hybrid_training_close(struct hybrid_training *training);

/* ---- sparse.c: with a sampled softmax a step changes only the tables' rows that it uses ---- */
/* Allocates the moments; call it after the initial ALS, which needs memory, too. */
enum status hybrid_sparse_open(struct hybrid_training *training, struct error *error);
void hybrid_sparse_close(struct hybrid_training *training);
void hybrid_sparse_state(const struct hybrid_training *training, struct checkpoint_list *list);
/* Given a step's rows of a table [n], sets where their gradients are collected. Overwrites `rows`. */
void hybrid_sparse_take(struct hybrid_training *training, struct tape *tape, enum hybrid_table table, int64_t n,
                        int32_t *rows, struct hybrid_rows table_rows[HYBRID_TABLES + 1]);
void hybrid_sparse_add_squares(const struct hybrid_training *training, struct tape *tape, struct compute_slice squares);
void hybrid_sparse_move(struct hybrid_training *training, struct tape *tape, float rate, struct compute_slice squares);

/* ---- step.c ---- */
/* The learned sections and biases of tracks, with the current counts; `step`: for a step, which takes their gradients.
 */
struct hybrid_vectors hybrid_training_represent(struct hybrid_training *training, struct tape *tape,
                                                const int32_t *tracks, int64_t n, bool step);
/* Their fixed sections [n x fixed width], valid until the next call; NULL: the width is 0. */
struct tensor *hybrid_training_fixed(struct hybrid_training *training, struct tape *tape, const int32_t *tracks,
                                     int64_t n);
/* A step for the training loop (nn/trainer.h); `context` is the training. */
enum status hybrid_take_step(void *context, int64_t epoch, int64_t step, double *loss, struct error *error);

/* ---- weights.c ---- */
/* Adds the current network and vectors to training->weights; the training must outlive the writing of the file.
 * Sets training->diverged if they contain NaN or infinity, for the vectors while the file is written. */
enum status hybrid_add_weights(struct hybrid_training *training, struct error *error);

#endif
