#include <math.h>
#include <stdlib.h>

#include "models/als_fit.h"
#include "models/rta/rta.h"
#include "nn/device_reader.h"

int32_t rta_duration_bucket(int64_t duration_ms)
{
    if (duration_ms < 0)
        return -1;
    int64_t bucket = duration_ms / 30000;
    return (int32_t)(bucket < RTA_DURATIONS ? bucket : RTA_DURATIONS - 1);
}

int32_t rta_popularity_bucket(int64_t x, int64_t most)
{
    if (x < 2 || most <= 2)
        return 0;
    double bucket = 1 + trunc(100 * log((double)x / 2) / log((double)most / 2));
    return bucket > RTA_POPULARITIES - 1 ? RTA_POPULARITIES - 1 : (int32_t)bucket;
}

void rta_gate_inputs(int64_t x, int64_t most, float inputs[RTA_GATE_INPUTS])
{
    inputs[0] = most > 0 ? (float)(log1p((double)x) / log1p((double)most)) : 0;
    inputs[1] = x == 0;
}

enum { LONGEST = 50 /* initial vector */ };

struct lengths {
    int64_t d;
    double sum, longest;
};

static void add_lengths(void *context, int64_t first, int64_t count, float *rows)
{
    (void)first;
    struct lengths *lengths = context;
    for (int64_t i = 0; i < count; i++) {
        double squares = 0;
        for (int64_t j = 0; j < lengths->d; j++)
            squares += (double)rows[i * lengths->d + j] * (double)rows[i * lengths->d + j];
        lengths->sum += sqrt(squares);
        lengths->longest = fmax(lengths->longest, sqrt(squares));
    }
}

/* The length of ALS vectors depends on λ and on the catalogue; a network needs initial vectors of a suitable length.
 * Where most tracks are in a playlist or two, their vectors are short and some are a thousand times as long as the
 * mean: then it is these that decide, or the first scores would be far too large. */
static enum status start_scale(const struct model_task *task, const struct als_factors *factors, double *scale,
                               struct error *error)
{
    double length = settings_value(task->settings, "length");
    *scale = settings_value(task->settings, "scale");
    if (length == 0)
        return STATUS_OK;
    struct lengths lengths = {.d = factors->d};
    enum status status = device_rows_visit(factors->compute, factors->tracks, factors->n_tracks, factors->d, false,
                                           add_lengths, &lengths, error);
    if (status == STATUS_OK && lengths.sum > 0)
        *scale *= fmin(length * (double)factors->n_tracks / lengths.sum, LONGEST / lengths.longest);
    return status;
}

static enum status start_tracks(struct model_task *task, struct rta_start *start, struct error *error)
{
    const struct als_settings settings = {
        .factors = (int64_t)settings_value(task->settings, "factors"),
        .iterations = (int)settings_value(task->settings, "iterations"),
        .regularization = (float)settings_value(task->settings, "regularization"),
        .alpha = (float)settings_value(task->settings, "alpha"),
        .seed = task->seed,
        .ranks = task->spec->ranks,
    };
    struct als_factors factors;
    double scale;
    enum status status = als_fit(task->compute, task->interactions, &settings, task->progress, &factors, error);
    if (status == STATUS_OK)
        status = start_scale(task, &factors, &scale, error);
    if (status == STATUS_OK)
        status = als_factors_scale(&factors, (float)scale, error);
    if (status == STATUS_OK) {
        start->inputs.initial[RTA_TRACK] = factors.tracks;
        factors.tracks = NULL;
    }
    als_factors_free(&factors);
    return status;
}

struct means {
    int64_t d;
    const int32_t *rows;
    float *means;
    int64_t *counts;
};

static void add_to_means(void *context, int64_t first, int64_t count, float *vectors)
{
    const struct means *means = context;
    for (int64_t i = 0; i < count; i++) {
        int32_t row = means->rows[first + i];
        if (row < 0)
            continue;
        const float *vector = vectors + i * means->d;
        float *mean = means->means + row * means->d;
        means->counts[row]++;
        for (int64_t j = 0; j < means->d; j++) /* a running mean, because large sums lose digits */
            mean[j] += (vector[j] - mean[j]) / (float)means->counts[row];
    }
}

/* Initial values of a side table: each row is the mean of its tracks' rows, or zero if it has none. */
static enum status start_side(struct rta_start *start, enum rta_slot slot, int64_t n_tracks, int64_t d,
                              struct error *error)
{
    const struct compute *compute = start->compute;
    struct rta_inputs *inputs = &start->inputs;
    size_t n = (size_t)inputs->n_rows[slot], bytes = n * (size_t)d * sizeof(float);
    struct means means = {.d = d,
                          .rows = start->inputs.rows[slot],
                          .means = calloc(n * (size_t)d, sizeof *means.means),
                          .counts = calloc(n, sizeof *means.counts)};
    enum status status = means.means && means.counts ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK)
        status =
            device_rows_visit(compute, inputs->initial[RTA_TRACK], n_tracks, d, false, add_to_means, &means, error);
    if (status == STATUS_OK)
        status = compute->ops->buffer_create(compute->device, bytes, &inputs->initial[slot], error);
    if (status == STATUS_OK)
        status = compute->ops->buffer_write(compute->stream, inputs->initial[slot], 0, means.means, bytes, error);
    free(means.means);
    free(means.counts);
    return status;
}

/* The number of playlists of each track, and the most of any; NULL when memory runs out. */
static int64_t *count_playlists(const struct interactions *interactions, int64_t *most)
{
    int64_t *counts = calloc((size_t)interactions->n_tracks + 1, sizeof *counts);
    *most = 0;
    for (int64_t e = 0; counts && e < interactions->starts[interactions->n_playlists]; e++)
        counts[interactions->tracks[e]]++;
    for (int64_t t = 0; counts && t < interactions->n_tracks; t++)
        *most = counts[t] > *most ? counts[t] : *most;
    return counts;
}

static enum status make_popularity(const struct model_task *task, struct rta_start *start, struct error *error)
{
    int64_t n = task->interactions->n_tracks, most;
    int64_t *counts = count_playlists(task->interactions, &most);
    start->popularity = malloc(((size_t)n + 1) * RTA_GATE_INPUTS * sizeof *start->popularity);
    enum status status = counts && start->popularity ? STATUS_OK : error_no_memory(error);
    for (int64_t t = 0; status == STATUS_OK && t < n; t++)
        rta_gate_inputs(counts[t], most, start->popularity + t * RTA_GATE_INPUTS);
    start->inputs.popularity = start->popularity;
    free(counts);
    return status;
}

static enum status make_rows(const struct model_task *task, struct rta_start *start, struct error *error)
{
    const struct interactions *interactions = task->interactions;
    const struct side_info *side = task->spec->side;
    int64_t n = interactions->n_tracks, most;
    start->inputs.rows[RTA_ALBUM] = side->albums;
    start->inputs.rows[RTA_ARTIST] = side->artists;
    for (int slot = RTA_POPULARITY; slot < RTA_SLOTS; slot++)
        if (!(start->rows[slot] = malloc(((size_t)n + 1) * sizeof *start->rows[slot])))
            return error_no_memory(error);
    int64_t *counts = count_playlists(interactions, &most);
    if (!counts)
        return error_no_memory(error);
    for (int64_t t = 0; t < n; t++) {
        start->rows[RTA_DURATION][t] = rta_duration_bucket(side->duration_ms[t]);
        start->rows[RTA_POPULARITY][t] = rta_popularity_bucket(counts[t], most);
    }
    free(counts);
    for (int slot = RTA_POPULARITY; slot < RTA_SLOTS; slot++)
        start->inputs.rows[slot] = start->rows[slot];
    start->inputs.n_rows[RTA_ALBUM] = side->n_albums;
    start->inputs.n_rows[RTA_ARTIST] = side->n_artists;
    start->inputs.n_rows[RTA_DURATION] = RTA_DURATIONS;
    start->inputs.n_rows[RTA_POPULARITY] = RTA_POPULARITIES;
    return STATUS_OK;
}

enum status rta_start_make(struct model_task *task, const struct rta_shape *shape, bool initial,
                           struct rta_start *start, struct error *error)
{
    int64_t n = task->interactions->n_tracks;
    const struct side_info *side = task->spec->side;
    *start = (struct rta_start){.compute = task->compute, .inputs = {.n_tracks = n, .n_rows = {n}}};
    enum status status = initial ? start_tracks(task, start, error) : STATUS_OK;
    if (status == STATUS_OK && rta_slots(shape) > 1)
        status = make_rows(task, start, error);
    for (int slot = RTA_ALBUM; initial && slot < rta_slots(shape) && status == STATUS_OK; slot++)
        status = start_side(start, (enum rta_slot)slot, n, shape->d, error);
    for (int64_t i = 0; i < shape->n_sets && status == STATUS_OK; i++) {
        start->inputs.sets[i].values = side->features[i].values;
        start->inputs.sets[i].n_rows = side->features[i].n_rows;
        start->inputs.sets[i].rows = side->features[i].rows;
    }
    if (status == STATUS_OK && shape->fusion == RTA_GATE)
        status = make_popularity(task, start, error);
    return status;
}

void rta_start_free(struct rta_start *start)
{
    for (int slot = 0; slot < RTA_SLOTS; slot++) {
        if (start->inputs.initial[slot])
            start->compute->ops->buffer_destroy(start->inputs.initial[slot]);
        free(start->rows[slot]);
    }
    free(start->popularity);
    for (int set = 0; set < RTA_SETS_MAX; set++)
        free(start->whitened[set]);
    *start = (struct rta_start){0};
}
