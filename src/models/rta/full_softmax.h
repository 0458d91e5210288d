#ifndef SLEEVE_MODELS_RTA_FULL_SOFTMAX_H
#define SLEEVE_MODELS_RTA_FULL_SOFTMAX_H

#include "models/rta/trainer.h"

/* Objective full_softmax: predicts all other tracks of a playlist from a few of its tracks (the seeds). The loss is the
 * cross-entropy of a softmax over all tracks of the catalogue except the seeds, with equal weights for the targets. No
 * negatives are drawn. If representing the whole catalogue in every step costs too much, a sampled softmax uses a part
 * of it (sampled_softmax.c). */

struct rta_full_softmax_settings {
    int64_t batch, max_seeds;  /* playlists per step; 1..max_seeds seeds per playlist, drawn uniformly */
    bool shuffled;             /* seeds are drawn from the whole playlist; otherwise they are its first tracks */
    float neighbour_targets;   /* share of the playlists whose targets come from a similar playlist */
    int64_t neighbours;        /* number of similar playlists kept for each playlist */
    float inverse_temperature; /* a neighbour with cosine c is drawn with probability ~ exp(inverse_temperature c) */
    int64_t softmax_samples;   /* tracks sampled in addition to those of a step's playlists; 0: the softmax is over all
                                * tracks */
    uint64_t seed;
};

struct rta_full_softmax_sampler {
    const struct interactions *interactions;
    struct rta_full_softmax_settings settings;
    int64_t count;       /* playlists of at least two tracks */
    int32_t *playlists;  /* [count] in the order of the epoch */
    int64_t epoch;       /* of which `playlists` has the order; -1: none yet */
    int32_t *neighbours; /* [n_playlists x settings.neighbours], NULL without neighbour targets */
    float *chances;      /* [n_playlists x settings.neighbours] cumulative probabilities, the last is 1 */
    int32_t *indices;    /* [n_tracks] scratch; NULL if all tracks are scored */
};

/* The similarity of two playlists is the cosine of their mean track vectors. `vectors` [n_tracks x d] are on the
 * device. */
enum status rta_full_softmax_sampler_open(struct rta_full_softmax_sampler *sampler, struct compute *compute,
                                          const struct interactions *interactions,
                                          const struct rta_full_softmax_settings *settings,
                                          struct compute_slice vectors, int64_t d, struct error *error);
void rta_full_softmax_sampler_close(struct rta_full_softmax_sampler *sampler);
int64_t rta_full_softmax_sampler_steps(const struct rta_full_softmax_sampler *sampler); /* of an epoch */

struct rta_full_softmax_batch {
    int64_t count, length; /* number of playlists, 0 only with several ranks; most seeds of one */
    struct rta_part part;  /* total 0: all */
    int32_t *lengths;      /* [count] number of seeds */
    int32_t *inputs;       /* [count x length] seeds, -1: padding */
    int32_t *positions;    /* [count x length] rows of the position table */
    int32_t *ends;         /* [count] index in `inputs` of each playlist's last seed */
    int64_t *given_starts; /* [count + 1] offsets into `given` */
    int32_t *given;        /* the seeds, without padding */
    int32_t *playlists;    /* [2 x count] where each playlist's seeds are from, and its targets */
    int64_t *starts;       /* [count + 1] offsets into `targets` */
    int32_t *targets;
    int64_t targets_max; /* capacity of `targets` */
    /* With a sampled softmax, the step's tracks [n_tracks] in ascending order; inputs, seeds and targets are then
     * indices into this list. Otherwise `tracks` is NULL, and they are rows. */
    int64_t n_tracks;
    int32_t *tracks;
    float *corrections; /* [n_tracks] added to the scores */
};
/* Playlists per step: `setting`, or if it is 0 a sixteenth of the playlists, from 8 to 128, so that an epoch has
 * several steps. */
int64_t rta_batch_size(double setting, int64_t n_playlists);
enum status rta_full_softmax_batch_create(const struct rta_full_softmax_sampler *sampler,
                                          struct rta_full_softmax_batch *batch, struct error *error);
void rta_full_softmax_batch_free(struct rta_full_softmax_batch *batch);
/* Fills in lengths, inputs, positions and ends of a batch, given its count and seeds. */
void rta_full_softmax_batch_arrange(const struct rta_shape *shape, struct rta_full_softmax_batch *batch);
void rta_full_softmax_batch_draw(struct rta_full_softmax_sampler *sampler, const struct rta_shape *shape, int64_t epoch,
                                 int64_t step, struct rta_full_softmax_batch *batch);

/* Reduces a batch to this rank's part of its playlists. */
void rta_full_softmax_batch_reduce(struct ranks *ranks, struct rta_full_softmax_batch *batch);

/* Samples the tracks of a step's softmax, given the batch's seeds and targets, which are replaced by their indices
 * among those tracks (sampled_softmax.c). */
void rta_sampled_softmax_draw(struct rta_full_softmax_sampler *sampler, int64_t step,
                              struct rta_full_softmax_batch *batch);

/* Adds the cross-entropy of the batch's targets to `loss` (double), given the scores of the softmax's tracks for each
 * playlist, from vectors of the playlists and of the tracks (nn_softmax_loss). */
void rta_full_softmax_loss(struct tape *tape, const struct rta_full_softmax_batch *batch,
                           const struct scoring *scorings, int n_scorings, struct compute_slice loss);

/* One step of Adam. The track biases have no weight decay. */
struct rta_full_softmax_step {
    float rate;                       /* learning rate */
    float table_decay, network_decay; /* weight decay of the tables, and of the network */
    float residual_dropout;
};
enum status rta_full_softmax_trainer_step(struct rta_trainer *trainer, const struct rta_full_softmax_batch *batch,
                                          const struct rta_full_softmax_step *step, double *loss, struct error *error);

#endif
