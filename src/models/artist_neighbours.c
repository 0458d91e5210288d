#include "models/artist_neighbours.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/best_rows.h"

/* ---- the file ---- */

static int by_value(const void *left, const void *right)
{
    int32_t a = *(const int32_t *)left, b = *(const int32_t *)right;
    return (a > b) - (a < b);
}

/* Replaces each playlist's tracks by its distinct artists, ascending, with the number of their tracks. `made` has space
 * for all entries. */
static void count_artists(const struct interactions *tracks, const int32_t *artists, struct interactions *made,
                          int32_t *counts)
{
    int64_t size = 0;
    for (int64_t p = 0; p < tracks->n_playlists; p++) {
        int64_t start = size, length = tracks->starts[p + 1] - tracks->starts[p];
        int32_t *own = made->tracks + start;
        for (int64_t i = 0; i < length; i++)
            own[i] = artists[tracks->tracks[tracks->starts[p] + i]];
        qsort(own, (size_t)length, sizeof *own, by_value);
        for (int64_t i = 0; i < length; i++) {
            if (size == start || made->tracks[size - 1] != own[i]) {
                made->tracks[size] = own[i];
                counts[size++] = 0;
            }
            counts[size - 1]++;
        }
        made->starts[p + 1] = size;
    }
}

static enum status save_playlists(const struct interactions *interactions, const int32_t *artists, int64_t n_artists,
                                  struct model_weights *weights, struct error *error)
{
    size_t n = (size_t)interactions->n_playlists, entries = (size_t)interactions->starts[n];
    struct interactions made = {.n_tracks = n_artists, .n_playlists = interactions->n_playlists};
    int32_t *counts = malloc((entries + 1) * sizeof *counts);
    made.starts = calloc(n + 1, sizeof *made.starts);
    made.tracks = malloc((entries + 1) * sizeof *made.tracks);
    enum status status = counts && made.starts && made.tracks ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK) {
        count_artists(interactions, artists, &made, counts);
        status = session_index_save(&made, weights, error);
    }
    if (status == STATUS_OK) {
        status = model_weights_add_integers(weights, "counts", MATRIX_INT32, made.starts[n], 1, counts, error);
        counts = NULL;
    }
    free(counts);
    free(made.starts);
    free(made.tracks);
    return status;
}

enum status artist_neighbours_save(const struct interactions *interactions, const int32_t *artists, int64_t n_artists,
                                   struct model_weights *weights, struct error *error)
{
    size_t n = (size_t)interactions->n_tracks;
    int32_t *copy = malloc(n * sizeof *copy);
    if (copy)
        memcpy(copy, artists, n * sizeof *copy);
    enum status status = model_weights_add_integers(weights, "artists", MATRIX_INT32, (int64_t)n, 1, copy, error);
    return status == STATUS_OK ? save_playlists(interactions, artists, n_artists, weights, error) : status;
}

static enum status damaged(const char *what, struct error *error)
{
    return error_set(error, STATUS_BAD_DATA, "the model's %s do not fit its tracks and playlists; train it again",
                     what);
}

static enum status read_artists(const struct recommender *recommender, struct artist_neighbours *neighbours,
                                struct error *error)
{
    const void *artists;
    int64_t n;
    enum status status = recommender_integers(recommender, "artists", MATRIX_INT32, &artists, &n, error);
    if (status != STATUS_OK)
        return status;
    if (n != recommender->n_tracks)
        return damaged("artists", error);
    neighbours->artists = artists;
    for (int64_t i = 0; i < n; i++) {
        int64_t artist = neighbours->artists[i];
        if (artist < 0 || artist >= n)
            return damaged("artists", error);
        neighbours->n_artists = artist >= neighbours->n_artists ? artist + 1 : neighbours->n_artists;
    }
    return STATUS_OK;
}

/* The unit vectors of the playlists, in the order of the index's holders: `next` [n_artists] is the next free place
 * among the holders of each artist. */
static enum status weigh(const struct artist_neighbours *neighbours, const int32_t *counts, int64_t *next,
                         struct error *error)
{
    const struct session_index *index = &neighbours->index;
    for (int64_t artist = 0; artist < neighbours->n_artists; artist++)
        next[artist] = index->holder_starts[artist];
    for (int64_t p = 0; p < index->n_playlists; p++) {
        double squares = 0;
        for (int64_t e = index->starts[p]; e < index->starts[p + 1]; e++)
            squares += (double)counts[e] * (double)counts[e];
        for (int64_t e = index->starts[p]; e < index->starts[p + 1]; e++) {
            if (counts[e] < 1 || index->tracks[e] >= neighbours->n_artists)
                return damaged("playlists", error);
            neighbours->weights[next[index->tracks[e]]++] = (float)((double)counts[e] / sqrt(squares));
        }
    }
    return STATUS_OK;
}

enum status artist_neighbours_open(const struct recommender *recommender, int64_t k,
                                   struct artist_neighbours *neighbours, struct error *error)
{
    *neighbours = (struct artist_neighbours){.k = k};
    const void *counts = NULL;
    int64_t n_counts = 0;
    enum status status = read_artists(recommender, neighbours, error);
    if (status == STATUS_OK)
        status = session_index_open(recommender, &neighbours->index, error);
    if (status == STATUS_OK)
        status = recommender_integers(recommender, "counts", MATRIX_INT32, &counts, &n_counts, error);
    if (status != STATUS_OK)
        return status;
    int64_t n_playlists = neighbours->index.n_playlists, entries = neighbours->index.starts[n_playlists];
    neighbours->k = k < n_playlists ? k : n_playlists;
    if (n_counts != entries)
        return damaged("playlists", error);
    int64_t *next = malloc((size_t)neighbours->n_artists * sizeof *next);
    neighbours->weights = malloc(((size_t)entries + 1) * sizeof *neighbours->weights);
    status = next && neighbours->weights ? weigh(neighbours, counts, next, error) : error_no_memory(error);
    free(next);
    return status;
}

void artist_neighbours_close(struct artist_neighbours *neighbours)
{
    session_index_close(&neighbours->index);
    free(neighbours->weights);
    *neighbours = (struct artist_neighbours){0};
}

bool artist_neighbours_know(const struct artist_neighbours *neighbours, int32_t row)
{
    const int64_t *holders = neighbours->index.holder_starts + neighbours->artists[row];
    return holders[1] > holders[0];
}

/* ---- scores ---- */

bool artist_scratch_open(struct artist_scratch *scratch, const struct artist_neighbours *neighbours)
{
    scratch->similarity = malloc((size_t)neighbours->index.n_playlists * sizeof *scratch->similarity);
    scratch->nearest = malloc((size_t)neighbours->k * sizeof *scratch->nearest);
    scratch->given = calloc((size_t)neighbours->n_artists, sizeof *scratch->given);
    return scratch->similarity && scratch->nearest && scratch->given;
}

void artist_scratch_close(struct artist_scratch *scratch)
{
    free(scratch->similarity);
    free(scratch->nearest);
    free(scratch->given);
}

/* The cosines with all playlists. The norm of the seeds is left out, because the scores are scaled. */
static void find_similarities(const struct artist_neighbours *neighbours, struct artist_scratch *scratch,
                              const int32_t *seeds, int64_t n_seeds)
{
    const struct session_index *index = &neighbours->index;
    memset(scratch->similarity, 0, (size_t)index->n_playlists * sizeof *scratch->similarity);
    for (int64_t i = 0; i < n_seeds; i++)
        scratch->given[neighbours->artists[seeds[i]]]++;
    for (int64_t i = 0; i < n_seeds; i++) {
        int32_t artist = neighbours->artists[seeds[i]];
        float count = scratch->given[artist];
        scratch->given[artist] = 0; /* an artist is added once */
        for (int64_t h = index->holder_starts[artist]; count > 0 && h < index->holder_starts[artist + 1]; h++)
            scratch->similarity[index->holders[h]] += count * neighbours->weights[h];
    }
}

void artist_neighbours_score(const struct artist_neighbours *neighbours, struct artist_scratch *scratch,
                             const int32_t *seeds, int64_t n_seeds, float *scores)
{
    const struct session_index *index = &neighbours->index;
    find_similarities(neighbours, scratch, seeds, n_seeds);
    size_t count = best_rows(scratch->similarity, NULL, index->n_playlists, (size_t)neighbours->k, scratch->nearest);
    memset(scores, 0, (size_t)neighbours->n_artists * sizeof *scores);
    for (size_t i = 0; i < count; i++) {
        int32_t playlist = scratch->nearest[i];
        for (int64_t e = index->starts[playlist]; e < index->starts[playlist + 1]; e++)
            scores[index->tracks[e]] += scratch->similarity[playlist];
    }
    float highest = 0;
    for (int64_t artist = 0; artist < neighbours->n_artists; artist++)
        highest = scores[artist] > highest ? scores[artist] : highest;
    for (int64_t artist = 0; artist < neighbours->n_artists && highest > 0; artist++)
        scores[artist] /= highest;
}
