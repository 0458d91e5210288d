#ifndef SLEEVE_MODELS_RTA_FULL_SOFTMAX_H
#define SLEEVE_MODELS_RTA_FULL_SOFTMAX_H

#include "models/rta/trainer.h"

/* Objective full_softmax: from a few tracks of a playlist, its seeds, all of its other tracks at once. The loss is the
 * cross-entropy of a softmax over every track of the catalogue but the seeds, with the same weight for each target; no
 * negatives are drawn. Where representing the whole catalogue in every step costs too much, a sampled softmax takes a
 * part of it (sampled_softmax.c). */

struct rta_full_softmax_settings {
    int64_t batch, max_seeds;  /* playlists a step; a playlist gives 1..max_seeds tracks, uniformly */
    bool shuffled;             /* the seeds are any tracks of the playlist, not its first ones */
    float neighbour_targets;   /* share of the playlists whose targets are those of a similar playlist */
    int64_t neighbours;        /* similar playlists listed for each */
    float inverse_temperature; /* one of cosine c is chosen with probability ~ exp(inverse_temperature c) */
    int64_t softmax_samples;   /* tracks sampled besides those of a step's playlists; 0: the softmax is over all */
    uint64_t seed;
};

struct rta_full_softmax_sampler {
    const struct interactions *interactions;
    struct rta_full_softmax_settings settings;
    int64_t count;       /* playlists of at least two tracks */
    int32_t *playlists;  /* [count] in the order of the epoch */
    int64_t epoch;       /* whose order that is; -1: none yet */
    int32_t *neighbours; /* [n_playlists x settings.neighbours], NULL without neighbour targets */
    float *chances;      /* [n_playlists x settings.neighbours] cumulative probabilities, the last is 1 */
    int32_t *indices;    /* [n_tracks] scratch, NULL when all tracks are scored */
};

/* Similarity of playlists is the cosine of the means of their tracks' `vectors` [n_tracks x d], on the device. */
enum status rta_full_softmax_sampler_open(struct rta_full_softmax_sampler *sampler, struct compute *compute,
                                          const struct interactions *interactions,
                                          const struct rta_full_softmax_settings *settings,
                                          struct compute_slice vectors, int64_t d, struct error *error);
void rta_full_softmax_sampler_close(struct rta_full_softmax_sampler *sampler);
int64_t rta_full_softmax_sampler_steps(const struct rta_full_softmax_sampler *sampler); /* an epoch */

struct rta_full_softmax_batch {
    int64_t count, length; /* playlists, and the most seeds of one */
    int32_t *lengths;      /* [count] seeds of each */
    int32_t *inputs;       /* [count x length] seeds, -1: padding */
    int32_t *positions;    /* [count x length] rows of the position table */
    int32_t *ends;         /* [count] index of each playlist's last seed in `inputs` */
    int64_t *given_starts; /* [count + 1] of `given` */
    int32_t *given;        /* the seeds, without padding */
    int64_t *starts;       /* [count + 1] of `targets` */
    int32_t *targets;
    int64_t targets_max; /* allocated */
    /* With a sampled softmax: the tracks of the step [n_tracks], ascending. Inputs, seeds and targets are then indices
     * in this list; without one, `tracks` is NULL and they are rows of tracks. */
    int64_t n_tracks;
    int32_t *tracks;
    float *corrections; /* [n_tracks] added to their scores */
};
enum status rta_full_softmax_batch_create(const struct rta_full_softmax_sampler *sampler,
                                          struct rta_full_softmax_batch *batch, struct error *error);
void rta_full_softmax_batch_free(struct rta_full_softmax_batch *batch);
/* Fills lengths, inputs, positions and ends of a batch from its count and seeds. */
void rta_full_softmax_batch_arrange(const struct rta_shape *shape, struct rta_full_softmax_batch *batch);
void rta_full_softmax_batch_draw(struct rta_full_softmax_sampler *sampler, const struct rta_shape *shape, int64_t epoch,
                                 int64_t step, struct rta_full_softmax_batch *batch);

/* Samples the tracks of a step's softmax, for a batch whose seeds and targets are drawn, and replaces these by their
 * indices among them (sampled_softmax.c). */
void rta_sampled_softmax_draw(struct rta_full_softmax_sampler *sampler, int64_t step,
                              struct rta_full_softmax_batch *batch);

/* One step with Adam. The tracks' biases have no weight decay. */
struct rta_full_softmax_step {
    float rate;                       /* learning rate */
    float table_decay, network_decay; /* weight decay of the tables, and of the network */
    float residual_dropout;
};
enum status rta_full_softmax_trainer_step(struct rta_trainer *trainer, const struct rta_full_softmax_batch *batch,
                                          const struct rta_full_softmax_step *step, double *loss, struct error *error);

#endif
