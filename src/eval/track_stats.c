#include <stdlib.h>

#include "eval/evaluate.h"

enum { TRACKS_AT_ONCE = 8192 };

static int by_number(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

/* Artist numbers of all tracks. */
static enum status read_artists(struct catalogue *catalogue, int64_t n_tracks, int64_t *artists, struct error *error)
{
    int64_t ids[TRACKS_AT_ONCE];
    for (int64_t first = 0; first < n_tracks; first += TRACKS_AT_ONCE) {
        int64_t count = n_tracks - first < TRACKS_AT_ONCE ? n_tracks - first : TRACKS_AT_ONCE;
        for (int64_t i = 0; i < count; i++)
            ids[i] = first + i + 1;
        struct track_list tracks = {0};
        enum status status = catalogue_tracks_read(catalogue, ids, (size_t)count, &tracks, error);
        if (status != STATUS_OK)
            return status;
        for (int64_t i = 0; i < count; i++)
            artists[first + i] = tracks.items[i].artist_id;
        track_list_free(&tracks);
    }
    return STATUS_OK;
}

/* Renumbers artists 0..n-1 without gaps. */
static enum status number_artists(const int64_t *artists, struct track_stats *stats, struct error *error)
{
    size_t n = (size_t)stats->n_tracks, distinct = 0;
    int64_t *sorted = malloc((n + 1) * sizeof *sorted);
    if (!sorted)
        return error_no_memory(error);
    for (size_t i = 0; i < n; i++)
        sorted[i] = artists[i];
    qsort(sorted, n, sizeof *sorted, by_number);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || sorted[i] != sorted[distinct - 1])
            sorted[distinct++] = sorted[i];
    for (size_t i = 0; i < n; i++) {
        const int64_t *found = bsearch(&artists[i], sorted, distinct, sizeof *sorted, by_number);
        stats->artists[i] = (int32_t)(found - sorted);
    }
    stats->n_artists = (int32_t)distinct;
    free(sorted);
    return STATUS_OK;
}

enum status track_stats_load(struct catalogue *catalogue, int split_sets, struct track_stats *stats,
                             struct error *error)
{
    *stats = (struct track_stats){0};
    struct interactions training = {0};
    enum status status = catalogue_interactions_load(catalogue, split_sets, &training, error);
    if (status != STATUS_OK)
        return status;
    size_t n = (size_t)training.n_tracks;
    stats->n_tracks = training.n_tracks;
    stats->artists = malloc((n + 1) * sizeof *stats->artists);
    stats->popularity = malloc((n + 1) * sizeof *stats->popularity);
    stats->counts = calloc(n + 1, sizeof *stats->counts);
    int64_t *artists = malloc((n + 1) * sizeof *artists);
    if (!stats->artists || !stats->popularity || !stats->counts || !artists)
        status = error_no_memory(error);
    if (status == STATUS_OK)
        status = read_artists(catalogue, training.n_tracks, artists, error);
    if (status == STATUS_OK)
        status = number_artists(artists, stats, error);
    if (status == STATUS_OK) {
        for (int64_t e = 0; e < training.starts[training.n_playlists]; e++)
            stats->counts[training.tracks[e]]++;
        metrics_popularity(stats->counts, training.n_tracks, stats->popularity);
    }
    free(artists);
    interactions_free(&training);
    if (status != STATUS_OK)
        track_stats_free(stats);
    return status;
}

void track_stats_free(struct track_stats *stats)
{
    free(stats->artists);
    free(stats->popularity);
    free(stats->counts);
    *stats = (struct track_stats){0};
}
