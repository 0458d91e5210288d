#include <math.h>
#include <stdlib.h>

#include "core/random.h"
#include "models/rta/full_softmax.h"

/* The tracks that a step represents and scores when they are not all: those that stand in its batch, and as many of the
 * others as wanted, drawn without replacement. In a softmax a drawn one stands for 1/p of its like, p being the chance
 * that it was drawn, so -ln p joins its score: the sum over the catalogue is then right on average. */

static void mark(int32_t *places, const int32_t *tracks, int64_t count, int64_t *marked)
{
    for (int64_t i = 0; i < count; i++) {
        *marked += places[tracks[i]] < 0;
        places[tracks[i]] = 0;
    }
}

static void renumber(const int32_t *places, int32_t *tracks, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        tracks[i] = places[tracks[i]];
}

void rta_sampled_softmax_draw(struct rta_full_softmax_sampler *sampler, int64_t step,
                              struct rta_full_softmax_batch *batch)
{
    int64_t n = sampler->interactions->n_tracks, marked = 0;
    int32_t *places = sampler->places;
    for (int64_t t = 0; t < n; t++)
        places[t] = -1;
    mark(places, batch->given, batch->given_starts[batch->count], &marked);
    mark(places, batch->targets, batch->starts[batch->count], &marked);
    int64_t left = n - marked, wanted = sampler->settings.among < left ? sampler->settings.among : left;
    float correction = wanted < left ? logf((float)left / (float)wanted) : 0;
    struct random random;
    rta_seed(&random, sampler->settings.seed, sampler->epoch, -2 - step); /* -1 is the order of the epoch */
    batch->n_tracks = 0;
    for (int32_t t = 0; t < n; t++) {
        bool drawn = false;
        if (places[t] < 0) { /* as many of those to come as are still wanted, each as likely as another */
            drawn = random_below(&random, (uint64_t)left--) < (uint64_t)wanted;
            wanted -= drawn;
            if (!drawn)
                continue;
        }
        places[t] = (int32_t)batch->n_tracks;
        batch->corrections[batch->n_tracks] = drawn ? correction : 0;
        batch->tracks[batch->n_tracks++] = t;
    }
    renumber(places, batch->given, batch->given_starts[batch->count]);
    renumber(places, batch->targets, batch->starts[batch->count]);
}
