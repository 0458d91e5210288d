#ifndef SLEEVE_MODELS_RTA_BATCH_H
#define SLEEVE_MODELS_RTA_BATCH_H

#include "core/pool.h"
#include "core/random.h"
#include "db/catalogue.h"
#include "models/rta/network.h"
#include "ranks/ranks.h"

/* Batches of objective next: windows of playlists, and negatives (tracks that are not in the playlist). All random
 * numbers are functions of seed, epoch and index, so that a resumed training draws the same batches on any number of
 * threads. */

/* The part of a step's playlists that a rank has. */
struct rta_part {
    int64_t total;                 /* playlists of all ranks */
    int64_t before, filled_before; /* playlists of the ranks before, and their inputs without padding */
};

/* Seeds the generator for one index of an epoch. */
void rta_seed(struct random *random, uint64_t seed, int64_t epoch, int64_t index);
/* The playlists of at least two tracks, in the order of an epoch. The order does not depend on earlier epochs. */
void rta_order(const struct interactions *interactions, uint64_t seed, int64_t epoch, int32_t *playlists);

struct rta_sampler {
    const struct interactions *interactions;
    int64_t batch, window, negatives;
    uint64_t seed;
    struct ranks *ranks; /* that share each batch; NULL: one */
    bool whole;          /* the tracks of all ranks' parts are numbered together, as one rank would number them */
    int64_t count;       /* playlists of at least two tracks */
    int32_t *playlists;  /* [count] in the order of the epoch */
    int64_t epoch;       /* of which `playlists` has the order; -1: none yet */
    int32_t *local;      /* [n_tracks] index in the batch's `tracks`; -1: not in the batch */
};

enum status rta_sampler_open(struct rta_sampler *sampler, const struct interactions *interactions, int64_t batch,
                             int64_t window, int64_t negatives, uint64_t seed, struct error *error);
void rta_sampler_close(struct rta_sampler *sampler);
int64_t rta_sampler_steps(const struct rta_sampler *sampler); /* of an epoch */

/* Within a batch, tracks are numbered by their index in `tracks`; those of the windows come first. Padding is -1. */
struct rta_batch {
    int64_t count, length; /* number of playlists, 0 only with several ranks; inputs of each: window - 1 */
    struct rta_part part;  /* total 0: all */
    int32_t *lengths;      /* [count] number of inputs, without padding */
    int32_t *inputs;       /* [count x length] */
    int32_t *targets;      /* [count x length] the track after each input */
    int32_t *positions;    /* [count x length] rows of the position table */
    float *weights;        /* [count x length] of each input in the positive loss, which is a mean of means; 0 for
                            * padding */
    int32_t *negatives;    /* [count x negatives] */
    int64_t n_tracks, n_windows;
    int32_t *tracks;  /* [n_tracks] rows; the first n_windows are those of the windows. With `whole`, of all ranks */
    int32_t *windows; /* [count x window] rows, before they are numbered */
};
enum status rta_batch_create(const struct rta_sampler *sampler, struct rta_batch *batch, struct error *error);
void rta_batch_free(struct rta_batch *batch);
/* Playlists of all ranks in the step. */
static inline int64_t rta_batch_total(const struct rta_part *part, int64_t count)
{
    return part->total > 0 ? part->total : count;
}
/* Fills in numbers, positions and weights of a batch, given its count, windows, lengths and negatives (as rows). */
void rta_batch_number(struct rta_sampler *sampler, const struct rta_shape *shape, struct rta_batch *batch);
/* Draws this rank's part of batch `step` of an epoch: windows of `window` consecutive tracks, uniformly from longer
 * playlists, and and as negatives first the tracks that were rated bad for the playlist, then uniform ones that are not
 * in it. */
void rta_batch_draw(struct rta_sampler *sampler, const struct rta_shape *shape, struct pool *pool, int64_t epoch,
                    int64_t step, struct rta_batch *batch);

#endif
