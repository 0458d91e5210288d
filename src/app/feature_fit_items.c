#include "app/feature_fit_items.h"

#include <math.h>
#include <stdlib.h>

#include "core/random.h"
#include "db/catalogue.h"

static enum status allocate(const struct feature_set *set, int64_t out, bool by_artist, struct fit_items *items,
                            struct error *error)
{
    size_t n = (size_t)set->n_rows;
    *items = (struct fit_items){.n = set->n_rows,
                                .out = out,
                                .vectors = calloc(n * (size_t)out + 1, sizeof *items->vectors),
                                .entries = calloc(n + 1, sizeof *items->entries),
                                .groups = by_artist ? malloc((n + 1) * sizeof *items->groups) : NULL,
                                .parts = calloc(n + 1, sizeof *items->parts)};
    for (size_t i = 0; items->groups && i < n; i++)
        items->groups[i] = -1;
    bool enough = items->vectors && items->entries && items->parts && (items->groups || !by_artist);
    return enough ? STATUS_OK : error_no_memory(error);
}

/* Adds a track's vector to the running mean of its item. */
static void add_vector(struct fit_items *items, int64_t item, int64_t n_before, const float *vector)
{
    float *mean = items->vectors + item * items->out;
    for (int64_t j = 0; j < items->out; j++)
        mean[j] += (vector[j] - mean[j]) / (float)(n_before + 1);
}

/* Items of tracks of no training playlist keep a vector of zeros. */
static enum status add_tracks(const struct feature_set *set, const struct track_vectors *tracks, const int64_t *artists,
                              const int64_t *albums, int64_t n_tracks, struct fit_items *items, struct error *error)
{
    int64_t *counts = calloc((size_t)items->n + 1, sizeof *counts);
    if (!counts)
        return error_no_memory(error);
    for (int64_t t = 0; t < n_tracks; t++) {
        int64_t item = set->item == FEATURE_TRACKS ? t : albums[t] - 1;
        if (item < 0 || item >= items->n)
            continue;
        if (items->groups && items->groups[item] < 0)
            items->groups[item] = (int32_t)artists[t];
        if (t >= tracks->n_tracks || !(tracks->playlists[t] > 0))
            continue;
        items->entries[item] += (int64_t)tracks->playlists[t];
        add_vector(items, item, counts[item]++, tracks->values + t * tracks->stride);
    }
    free(counts);
    return STATUS_OK;
}

enum status fit_items_load(struct catalogue *catalogue, const struct feature_set *set,
                           const struct track_vectors *tracks, bool by_artist, struct fit_items *items,
                           struct error *error)
{
    int64_t n_tracks = 0, *artists = NULL, *albums = NULL;
    enum status status = allocate(set, tracks->width, by_artist, items, error);
    if (status == STATUS_OK)
        status = catalogue_track_makers(catalogue, &n_tracks, &artists, &albums, error);
    if (status == STATUS_OK)
        status = add_tracks(set, tracks, artists, albums, n_tracks, items, error);
    free(artists);
    free(albums);
    if (status != STATUS_OK)
        fit_items_free(items);
    return status;
}

void fit_items_free(struct fit_items *items)
{
    free(items->vectors);
    free(items->entries);
    free(items->groups);
    free(items->parts);
    *items = (struct fit_items){0};
}

static bool has_vector(const struct fit_items *items, int64_t item)
{
    const float *vector = items->vectors + item * items->out;
    bool any = false;
    for (int64_t j = 0; j < items->out; j++) {
        any = any || vector[j] != 0;
        if (!isfinite(vector[j]))
            return false;
    }
    return any;
}

void fit_items_draw(struct fit_items *items, const struct feature_set *set, int64_t min_entries, double held_out,
                    double validation, uint64_t seed)
{
    for (int part = 0; part <= PART_HELD_OUT; part++)
        items->counts[part] = 0;
    for (int64_t i = 0; i < items->n; i++) {
        bool known = feature_set_has(set, i) && items->entries[i] >= min_entries && has_vector(items, i);
        bool grouped = items->groups && items->groups[i] >= 0;
        uint64_t key = grouped ? (uint64_t)items->groups[i] : ((uint64_t)i << 1 | 1) << 32;
        double draw = (double)(random_mix(random_mix(seed) ^ random_mix(key)) >> 11) * 0x1p-53;
        enum fit_part part = draw < held_out                ? PART_HELD_OUT
                             : draw < held_out + validation ? PART_VALIDATION
                                                            : PART_TRAINING;
        items->parts[i] = (uint8_t)(known ? part : PART_NONE);
        items->counts[items->parts[i]]++;
    }
}

void fit_items_list(const struct fit_items *items, enum fit_part part, int32_t *list)
{
    for (int64_t i = 0; i < items->n; i++)
        if (items->parts[i] == part)
            *list++ = (int32_t)i;
}

void fit_items_targets(const struct fit_items *items, const int32_t *training, double *mean, double *deviation,
                       float *y)
{
    const int64_t out = items->out, count = items->counts[PART_TRAINING];
    for (int64_t j = 0; j < out; j++) {
        double sum = 0, squares = 0;
        for (int64_t i = 0; i < count; i++)
            sum += (double)items->vectors[training[i] * out + j];
        mean[j] = sum / (double)count;
        for (int64_t i = 0; i < count; i++) {
            double difference = (double)items->vectors[training[i] * out + j] - mean[j];
            squares += difference * difference;
        }
        deviation[j] = sqrt(squares / (double)count);
    }
    for (int64_t i = 0; i < items->n; i++)
        for (int64_t j = 0; items->parts[i] != PART_NONE && j < out; j++)
            y[i * out + j] =
                deviation[j] > 0 ? (float)(((double)items->vectors[i * out + j] - mean[j]) / deviation[j]) : 0;
}
