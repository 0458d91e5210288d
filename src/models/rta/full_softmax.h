#ifndef SLEEVE_MODELS_RTA_FULL_SOFTMAX_H
#define SLEEVE_MODELS_RTA_FULL_SOFTMAX_H

#include "models/rta/trainer.h"

/* Training for what playlists are judged on: given a few tracks of a playlist, all of its other tracks at once. The
 * loss is the cross-entropy of a softmax over every track of the catalogue (the given ones left out) against the
 * others, each of them the same; no negatives are drawn. For catalogues whose tracks can all be scored in a step; where
 * representing them all costs too much, `among` takes a part of them. */

struct rta_full_softmax_settings {
    int64_t batch, most; /* playlists a step; at most so many tracks are given: 1..most, uniformly */
    bool shuffled;       /* any tracks of the playlist are given; otherwise its first ones */
    float borrowed;      /* share of the playlists whose others are taken from a similar one */
    int64_t neighbours;  /* so many similar ones are known of each */
    float sharpness;     /* one of cosine c is taken with a probability in proportion to exp(sharpness c) */
    int64_t among;       /* tracks of no playlist of a step that it represents and scores; 0: all there are */
    uint64_t seed;
};

struct rta_full_softmax_sampler {
    const struct interactions *interactions;
    struct rta_full_softmax_settings settings;
    int64_t count;       /* playlists of at least two tracks */
    int32_t *playlists;  /* [count] in the order of the epoch */
    int64_t epoch;       /* that they are in the order of; -1: none yet */
    int32_t *neighbours; /* [n_playlists x settings.neighbours], NULL when nothing is borrowed */
    float *chances;      /* [n_playlists x settings.neighbours] cumulated, the last is 1 */
    int32_t *places;     /* [n_tracks] scratch, NULL when all tracks are scored */
};

/* `vectors` [n_tracks x d] on the device say which playlists are similar: those whose means point the same way. */
enum status rta_full_softmax_sampler_open(struct rta_full_softmax_sampler *sampler, struct compute *compute,
                                          const struct interactions *interactions,
                                          const struct rta_full_softmax_settings *settings,
                                          struct compute_slice vectors, int64_t d, struct error *error);
void rta_full_softmax_sampler_close(struct rta_full_softmax_sampler *sampler);
int64_t rta_full_softmax_sampler_steps(const struct rta_full_softmax_sampler *sampler); /* an epoch */

struct rta_full_softmax_batch {
    int64_t count, length; /* playlists, and the most tracks given of one */
    int32_t *lengths;      /* [count] */
    int32_t *inputs;       /* [count x length] rows of tracks, -1: padding */
    int32_t *positions;    /* [count x length] */
    int32_t *ends;         /* [count] */
    int64_t *given_starts; /* [count + 1] of `given` */
    int32_t *given;
    int64_t *starts; /* [count + 1] of `targets` */
    int32_t *targets;
    int64_t room;       /* of targets */
    int64_t n_tracks;   /* that the step represents, when not all; inputs, given and targets are places among them */
    int32_t *tracks;    /* [n_tracks] in rising order; NULL: all, and the above are rows of tracks */
    float *corrections; /* [n_tracks] to be added to their scores */
};
enum status rta_full_softmax_batch_create(const struct rta_full_softmax_sampler *sampler,
                                          struct rta_full_softmax_batch *batch, struct error *error);
void rta_full_softmax_batch_free(struct rta_full_softmax_batch *batch);
/* Fills in the rest of a batch whose count and given tracks are there: lengths, inputs, positions and ends. */
void rta_full_softmax_batch_arrange(const struct rta_shape *shape, struct rta_full_softmax_batch *batch);
void rta_full_softmax_batch_draw(struct rta_full_softmax_sampler *sampler, const struct rta_shape *shape, int64_t epoch,
                                 int64_t step, struct rta_full_softmax_batch *batch);

/* Of a batch whose given tracks and targets are drawn: chooses the tracks that the step represents, and numbers the
 * others by their places among these. sampled_softmax.c */
void rta_sampled_softmax_draw(struct rta_full_softmax_sampler *sampler, int64_t step,
                              struct rta_full_softmax_batch *batch);

/* One step with Adam at learning rate `rate`; the decays are of the tables, and of the network; the tracks' biases have
 * none. */
struct rta_full_softmax_step {
    float rate, table_decay, network_decay, residual_dropout;
};
enum status rta_full_softmax_trainer_step(struct rta_trainer *trainer, const struct rta_full_softmax_batch *batch,
                                          const struct rta_full_softmax_step *step, double *loss, struct error *error);

#endif
