#include <math.h>
#include <stdlib.h>

#include "core/random.h"
#include "models/rta/full_softmax.h"

/* Sampled softmax: a step's tracks are those of its batch and a sample of the others, drawn without replacement. A
 * track that is sampled with probability p represents 1/p tracks, so -ln p is added to its score; the sum of exp(score)
 * is then unbiased (Jean et al. 2015, section 3). */

static void mark(int32_t *indices, const int32_t *tracks, int64_t count, int64_t *marked)
{
    for (int64_t i = 0; i < count; i++) {
        *marked += indices[tracks[i]] < 0;
        indices[tracks[i]] = 0;
    }
}

/* Tracks that were rated bad for the step's playlists are always among the tracks of the step. */
static void mark_bad(const struct interactions *interactions, int32_t *indices,
                     const struct rta_full_softmax_batch *batch, int64_t *marked)
{
    for (int64_t i = 0; interactions->bad && i < 2 * batch->count; i++) {
        const int64_t from = interactions->bad_starts[batch->playlists[i]];
        mark(indices, interactions->bad + from, interactions->bad_starts[batch->playlists[i] + 1] - from, marked);
    }
}

static void renumber(const int32_t *indices, int32_t *tracks, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        tracks[i] = indices[tracks[i]];
}

void rta_sampled_softmax_draw(struct rta_full_softmax_sampler *sampler, int64_t step,
                              struct rta_full_softmax_batch *batch)
{
    int64_t n = sampler->interactions->n_tracks, marked = 0;
    int32_t *indices = sampler->indices;
    for (int64_t t = 0; t < n; t++)
        indices[t] = -1;
    mark(indices, batch->given, batch->given_starts[batch->count], &marked);
    mark(indices, batch->targets, batch->starts[batch->count], &marked);
    mark_bad(sampler->interactions, indices, batch, &marked);
    int64_t left = n - marked;
    int64_t samples = sampler->settings.softmax_samples < left ? sampler->settings.softmax_samples : left;
    float correction = samples < left ? logf((float)left / (float)samples) : 0;
    struct random random;
    rta_seed(&random, sampler->settings.seed, sampler->epoch, -2 - step); /* -1 is used for the order of the epoch */
    batch->n_tracks = 0;
    for (int32_t t = 0; t < n; t++) {
        bool drawn = false;
        if (indices[t] < 0) { /* selection sampling (Knuth, volume 2, algorithm 3.4.2S) */
            drawn = random_below(&random, (uint64_t)left--) < (uint64_t)samples;
            samples -= drawn;
            if (!drawn)
                continue;
        }
        indices[t] = (int32_t)batch->n_tracks;
        batch->corrections[batch->n_tracks] = drawn ? correction : 0;
        batch->tracks[batch->n_tracks++] = t;
    }
    renumber(indices, batch->given, batch->given_starts[batch->count]);
    renumber(indices, batch->targets, batch->starts[batch->count]);
}
