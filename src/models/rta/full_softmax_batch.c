#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"
#include "models/rta/full_softmax.h"

/* Batches of full_softmax.h. As in batch.c, all random numbers are functions of seed, epoch and index. */

enum { NEIGHBOUR_PLAYLISTS_MAX = 50000 };

static int64_t size_of(const struct interactions *interactions, int64_t playlist)
{
    return interactions->starts[playlist + 1] - interactions->starts[playlist];
}

/* ---- similar playlists ---- */

/* The sum of the track vectors of each playlist [n_playlists x d], from the device. */
static enum status add_vectors(struct compute *compute, const struct interactions *interactions,
                               struct compute_slice vectors, int64_t d, float *sums, struct error *error)
{
    const struct compute_ops *ops = compute->ops;
    size_t n = (size_t)interactions->n_playlists, bytes = n * (size_t)d * sizeof *sums;
    struct compute_buffer *starts = NULL, *tracks = NULL, *all = NULL;
    enum status status =
        ops->buffer_wrap(compute->device, interactions->starts, (n + 1) * sizeof(int64_t), &starts, error);
    if (status == STATUS_OK)
        status = ops->buffer_wrap(compute->device, interactions->tracks,
                                  (size_t)interactions->starts[n] * sizeof(int32_t), &tracks, error);
    if (status == STATUS_OK)
        status = ops->buffer_create(compute->device, bytes, &all, error);
    if (status == STATUS_OK)
        status = ops->sparse_gemm(compute->stream, (int64_t)n, d, (struct compute_slice){starts, 0},
                                  (struct compute_slice){tracks, 0}, (struct compute_slice){0}, vectors,
                                  (struct compute_slice){all, 0}, error);
    if (status == STATUS_OK)
        status = ops->buffer_read(compute->stream, all, 0, sums, bytes, error);
    ops->buffer_destroy(starts);
    ops->buffer_destroy(tracks);
    ops->buffer_destroy(all);
    return status;
}

/* Scales vectors to length 1; zero vectors stay zero. */
static void normalise(int64_t n, int64_t d, float *vectors)
{
    for (int64_t i = 0; i < n; i++) {
        float *vector = vectors + i * d;
        double squares = 0;
        for (int64_t j = 0; j < d; j++)
            squares += (double)vector[j] * (double)vector[j];
        for (int64_t j = 0; j < d && squares > 0; j++)
            vector[j] = (float)((double)vector[j] / sqrt(squares));
    }
}

static enum status find_neighbours(struct rta_full_softmax_sampler *sampler, struct compute *compute,
                                   const float *means, int64_t d, struct error *error)
{
    const struct compute_ops *ops = compute->ops;
    int64_t n = sampler->interactions->n_playlists, k = sampler->settings.neighbours;
    size_t bytes = (size_t)(n * k) * sizeof(float);
    struct compute_buffer *x = NULL, *ids = NULL, *distances = NULL, *scratch = NULL;
    enum status status = ops->buffer_wrap(compute->device, means, (size_t)(n * d) * sizeof *means, &x, error);
    if (status == STATUS_OK)
        status = ops->buffer_create(compute->device, bytes, &ids, error);
    if (status == STATUS_OK)
        status = ops->buffer_create(compute->device, bytes, &distances, error);
    if (status == STATUS_OK)
        status = ops->buffer_create(compute->device, ops->nearest_scratch(compute->device, n, d, k), &scratch, error);
    if (status == STATUS_OK)
        status = ops->nearest(compute->stream, n, d, k, (struct compute_slice){x, 0}, (struct compute_slice){ids, 0},
                              (struct compute_slice){distances, 0}, (struct compute_slice){scratch, 0}, error);
    if (status == STATUS_OK)
        status = ops->buffer_read(compute->stream, ids, 0, sampler->neighbours, bytes, error);
    if (status == STATUS_OK)
        status = ops->buffer_read(compute->stream, distances, 0, sampler->chances, bytes, error);
    ops->buffer_destroy(x);
    ops->buffer_destroy(ids);
    ops->buffer_destroy(distances);
    ops->buffer_destroy(scratch);
    return status;
}

/* Converts squared distances of unit vectors, 2 - 2 cos, to cumulative probabilities ~ exp(inverse_temperature cos). */
static void cumulate_chances(struct rta_full_softmax_sampler *sampler)
{
    int64_t k = sampler->settings.neighbours;
    for (int64_t p = 0; p < sampler->interactions->n_playlists; p++) {
        float *chances = sampler->chances + p * k;
        double sum = 0, nearest = chances[0];
        for (int64_t i = 0; i < k; i++) {
            sum += exp(-sampler->settings.inverse_temperature * ((double)chances[i] - nearest) / 2);
            chances[i] = (float)sum;
        }
        for (int64_t i = 0; i < k; i++)
            chances[i] = i + 1 < k ? (float)((double)chances[i] / sum) : 1;
    }
}

static enum status open_neighbours(struct rta_full_softmax_sampler *sampler, struct compute *compute,
                                   struct compute_slice vectors, int64_t d, struct error *error)
{
    int64_t n = sampler->interactions->n_playlists;
    if (n > NEIGHBOUR_PLAYLISTS_MAX)
        return error_set(error, STATUS_USAGE,
                         "neighbour targets can be used with at most %d playlists, and there are %lld; use --set "
                         "neighbour_targets=0",
                         NEIGHBOUR_PLAYLISTS_MAX, (long long)n);
    if (sampler->settings.neighbours > n - 1)
        sampler->settings.neighbours = n - 1;
    int64_t k = sampler->settings.neighbours;
    if (k < 1)
        return STATUS_OK;
    float *means = malloc((size_t)(n * d) * sizeof *means);
    sampler->neighbours = malloc((size_t)(n * k) * sizeof *sampler->neighbours);
    sampler->chances = malloc((size_t)(n * k) * sizeof *sampler->chances);
    enum status status = means && sampler->neighbours && sampler->chances ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK)
        status = add_vectors(compute, sampler->interactions, vectors, d, means, error);
    if (status == STATUS_OK) {
        normalise(n, d, means);
        status = find_neighbours(sampler, compute, means, d, error);
    }
    if (status == STATUS_OK)
        cumulate_chances(sampler);
    free(means);
    return status;
}

enum status rta_full_softmax_sampler_open(struct rta_full_softmax_sampler *sampler, struct compute *compute,
                                          const struct interactions *interactions,
                                          const struct rta_full_softmax_settings *settings,
                                          struct compute_slice vectors, int64_t d, struct error *error)
{
    *sampler = (struct rta_full_softmax_sampler){.interactions = interactions, .settings = *settings, .epoch = -1};
    sampler->playlists = malloc(((size_t)interactions->n_playlists + 1) * sizeof *sampler->playlists);
    if (!sampler->playlists)
        return error_no_memory(error);
    for (int64_t p = 0; p < interactions->n_playlists; p++)
        sampler->count += size_of(interactions, p) >= 2;
    if (sampler->count == 0)
        return error_set(error, STATUS_FAILED,
                         "there is nothing to train on: no playlist of the chosen sets has two tracks or more; "
                         "import longer ones, or train popularity or sknn, which take any");
    if (settings->softmax_samples > 0 &&
        !(sampler->indices = malloc((size_t)interactions->n_tracks * sizeof *sampler->indices)))
        return error_no_memory(error);
    return settings->neighbour_targets > 0 ? open_neighbours(sampler, compute, vectors, d, error) : STATUS_OK;
}

void rta_full_softmax_sampler_close(struct rta_full_softmax_sampler *sampler)
{
    free(sampler->playlists);
    free(sampler->neighbours);
    free(sampler->chances);
    free(sampler->indices);
    *sampler = (struct rta_full_softmax_sampler){0};
}

int64_t rta_full_softmax_sampler_steps(const struct rta_full_softmax_sampler *sampler)
{
    return (sampler->count + sampler->settings.batch - 1) / sampler->settings.batch;
}

/* ---- batches ---- */

int64_t rta_batch_size(double setting, int64_t n_playlists)
{
    int64_t share = n_playlists / 16, limited = share < 8 ? 8 : share > 128 ? 128 : share;
    return setting > 0 ? (int64_t)setting : limited;
}

enum status rta_full_softmax_batch_create(const struct rta_full_softmax_sampler *sampler,
                                          struct rta_full_softmax_batch *batch, struct error *error)
{
    const struct interactions *interactions = sampler->interactions;
    size_t b = (size_t)sampler->settings.batch, inputs = b * (size_t)sampler->settings.max_seeds;
    int64_t longest = 0;
    for (int64_t p = 0; p < interactions->n_playlists; p++)
        longest = size_of(interactions, p) > longest ? size_of(interactions, p) : longest;
    *batch = (struct rta_full_softmax_batch){.targets_max = longest * sampler->settings.batch};
    batch->lengths = malloc(b * sizeof *batch->lengths);
    batch->ends = malloc(b * sizeof *batch->ends);
    batch->inputs = malloc(inputs * sizeof *batch->inputs);
    batch->positions = malloc(inputs * sizeof *batch->positions);
    batch->given = malloc(inputs * sizeof *batch->given);
    batch->given_starts = malloc((b + 1) * sizeof *batch->given_starts);
    batch->playlists = malloc(2 * b * sizeof *batch->playlists);
    batch->starts = malloc((b + 1) * sizeof *batch->starts);
    batch->targets = malloc((size_t)batch->targets_max * sizeof *batch->targets);
    size_t tracks = sampler->settings.softmax_samples > 0 ? (size_t)interactions->n_tracks : 0;
    batch->tracks = tracks > 0 ? malloc(tracks * sizeof *batch->tracks) : NULL;
    batch->corrections = tracks > 0 ? malloc(tracks * sizeof *batch->corrections) : NULL;
    if (tracks > 0 && !(batch->tracks && batch->corrections))
        return error_no_memory(error);
    if (batch->lengths && batch->ends && batch->inputs && batch->positions && batch->given && batch->given_starts &&
        batch->playlists && batch->starts && batch->targets)
        return STATUS_OK;
    return error_no_memory(error);
}

void rta_full_softmax_batch_free(struct rta_full_softmax_batch *batch)
{
    free(batch->lengths);
    free(batch->ends);
    free(batch->inputs);
    free(batch->positions);
    free(batch->given);
    free(batch->given_starts);
    free(batch->playlists);
    free(batch->starts);
    free(batch->targets);
    free(batch->tracks);
    free(batch->corrections);
    *batch = (struct rta_full_softmax_batch){0};
}

static bool is_given(const int32_t *given, int64_t n_given, int32_t track)
{
    for (int64_t i = 0; i < n_given; i++)
        if (given[i] == track)
            return true;
    return false;
}

/* Appends the tracks of a playlist that are not seeds; returns their number. */
static int64_t add_targets(const struct interactions *interactions, int64_t playlist, const int32_t *given,
                           int64_t n_given, int32_t *targets)
{
    int64_t count = 0;
    for (int64_t e = interactions->starts[playlist]; e < interactions->starts[playlist + 1]; e++)
        if (!is_given(given, n_given, interactions->tracks[e]))
            targets[count++] = interactions->tracks[e];
    return count;
}

/* Draws `n` distinct tracks of a playlist. */
static void draw_given(const int32_t *tracks, int64_t size, int64_t n, bool shuffled, struct random *random,
                       int32_t *given)
{
    for (int64_t i = 0; i < n; i++) {
        given[i] = tracks[i];
        while (shuffled) {
            given[i] = tracks[random_below(random, (uint64_t)size)];
            if (!is_given(given, i, given[i]))
                break;
        }
    }
}

static int64_t draw_neighbour(const struct rta_full_softmax_sampler *sampler, int64_t playlist, struct random *random)
{
    int64_t k = sampler->settings.neighbours, i = 0;
    double chance = random_uniform(random);
    while (i + 1 < k && (double)sampler->chances[playlist * k + i] <= chance)
        i++;
    return sampler->neighbours[playlist * k + i];
}

static void draw_playlist(struct rta_full_softmax_sampler *sampler, int64_t index, int64_t b,
                          struct rta_full_softmax_batch *batch)
{
    const struct interactions *interactions = sampler->interactions;
    const struct rta_full_softmax_settings *settings = &sampler->settings;
    int64_t playlist = sampler->playlists[index], size = size_of(interactions, playlist);
    struct random random;
    rta_seed(&random, settings->seed, sampler->epoch, index);
    int64_t n = 1 + (int64_t)random_below(&random, (uint64_t)settings->max_seeds);
    n = n < size ? n : size - 1;
    int32_t *given = batch->given + batch->given_starts[b], *targets = batch->targets + batch->starts[b];
    draw_given(interactions->tracks + interactions->starts[playlist], size, n, settings->shuffled, &random, given);
    int64_t found = 0;
    int64_t from = playlist;
    if (sampler->neighbours && random_uniform(&random) < (double)settings->neighbour_targets) {
        from = draw_neighbour(sampler, playlist, &random);
        found = add_targets(interactions, from, given, n, targets);
    }
    if (found == 0) {
        from = playlist;
        found = add_targets(interactions, playlist, given, n, targets);
    }
    batch->playlists[2 * b] = (int32_t)playlist;
    batch->playlists[2 * b + 1] = (int32_t)from;
    batch->given_starts[b + 1] = batch->given_starts[b] + n;
    batch->starts[b + 1] = batch->starts[b] + found;
}

void rta_full_softmax_batch_arrange(const struct rta_shape *shape, struct rta_full_softmax_batch *batch)
{
    batch->length = 1;
    for (int64_t b = 0; b < batch->count; b++) {
        int64_t length = batch->given_starts[b + 1] - batch->given_starts[b];
        batch->lengths[b] = (int32_t)length;
        batch->length = length > batch->length ? length : batch->length;
    }
    for (int64_t b = 0; b < batch->count; b++) {
        batch->ends[b] = (int32_t)(b * batch->length + batch->lengths[b] - 1);
        for (int64_t t = 0; t < batch->length; t++) {
            bool valid = t < batch->lengths[b];
            batch->inputs[b * batch->length + t] = valid ? batch->given[batch->given_starts[b] + t] : -1;
            batch->positions[b * batch->length + t] = valid ? rta_position(shape, t, batch->lengths[b]) : 1;
        }
    }
}

void rta_full_softmax_batch_draw(struct rta_full_softmax_sampler *sampler, const struct rta_shape *shape, int64_t epoch,
                                 int64_t step, struct rta_full_softmax_batch *batch)
{
    if (sampler->epoch != epoch)
        rta_order(sampler->interactions, sampler->settings.seed, epoch, sampler->playlists);
    sampler->epoch = epoch;
    int64_t first = step * sampler->settings.batch, left = sampler->count - first;
    batch->count = left < sampler->settings.batch ? left : sampler->settings.batch;
    batch->starts[0] = batch->given_starts[0] = 0;
    for (int64_t b = 0; b < batch->count; b++)
        draw_playlist(sampler, first + b, b, batch);
    if (batch->tracks)
        rta_sampled_softmax_draw(sampler, step, batch);
    rta_full_softmax_batch_arrange(shape, batch);
}

/* Moves the offsets from..from + count and what they refer to to the front. */
static void move_ragged(int64_t *starts, int32_t *values, int64_t from, int64_t count)
{
    const int64_t first = starts[from];
    memmove(values, values + first, (size_t)(starts[from + count] - first) * sizeof *values);
    for (int64_t b = 0; b <= count; b++)
        starts[b] = starts[from + b] - first;
}

void rta_full_softmax_batch_reduce(struct ranks *ranks, struct rta_full_softmax_batch *batch)
{
    const int64_t length = batch->length;
    const struct ranks_part part = ranks_part(ranks, batch->count);
    batch->part = (struct rta_part){.total = batch->count, .before = part.first};
    if (part.count == batch->count)
        return;
    for (int64_t b = 0; b < part.first; b++)
        batch->part.filled_before += batch->lengths[b];
    for (int64_t b = 0; b < part.count; b++) {
        batch->lengths[b] = batch->lengths[part.first + b];
        batch->ends[b] = (int32_t)(batch->ends[part.first + b] - part.first * length);
    }
    const size_t inputs = (size_t)(part.count * length) * sizeof *batch->inputs;
    memmove(batch->inputs, batch->inputs + part.first * length, inputs);
    memmove(batch->positions, batch->positions + part.first * length, inputs);
    memmove(batch->playlists, batch->playlists + 2 * part.first, 2 * (size_t)part.count * sizeof *batch->playlists);
    move_ragged(batch->given_starts, batch->given, part.first, part.count);
    move_ragged(batch->starts, batch->targets, part.first, part.count);
    batch->count = part.count;
}
