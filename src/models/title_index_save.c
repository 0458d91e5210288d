#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"
#include "models/title_factors.h"
#include "models/title_index.h"
#include "models/title_text.h"

/* Makes the index of titles from the training playlists. */

/* Training playlists, those with the same words in their titles together. */
struct titled {
    const char *words; /* as title_words makes them */
    int64_t playlist;
};

struct clusters {
    struct titled *playlists; /* [n_playlists] those with a title and a track, by words */
    size_t n_playlists;
    int64_t *first; /* [count + 1] the first playlist of each cluster */
    size_t count;
    struct arena memory; /* owns the words */
};

static void clusters_free(struct clusters *clusters)
{
    free(clusters->playlists);
    free(clusters->first);
    arena_free(&clusters->memory);
}

static int by_words(const void *left, const void *right)
{
    const struct titled *a = left, *b = right;
    int order = strcmp(a->words, b->words);
    return order != 0 ? order : (a->playlist > b->playlist) - (a->playlist < b->playlist);
}

static enum status read_words(const struct interactions *interactions, const char *const *titles,
                              struct clusters *clusters, struct error *error)
{
    struct buffer words = {0};
    bool failed = false;
    for (int64_t p = 0; p < interactions->n_playlists && !failed; p++) {
        if (interactions->starts[p] == interactions->starts[p + 1])
            continue;
        buffer_clear(&words);
        title_words(titles[p], strlen(titles[p]), &words);
        failed = words.failed;
        if (words.size == 0)
            continue;
        char *kept = arena_copy_text(&clusters->memory, words.data, words.size);
        failed = failed || !kept;
        clusters->playlists[clusters->n_playlists++] = (struct titled){kept, p};
    }
    buffer_free(&words);
    return failed ? error_no_memory(error) : STATUS_OK;
}

static enum status clusters_make(const struct interactions *interactions, const char *const *titles,
                                 struct clusters *clusters, struct error *error)
{
    size_t n = (size_t)interactions->n_playlists;
    clusters->playlists = malloc((n + 1) * sizeof *clusters->playlists);
    clusters->first = malloc((n + 1) * sizeof *clusters->first);
    if (!clusters->playlists || !clusters->first)
        return error_no_memory(error);
    enum status status = read_words(interactions, titles, clusters, error);
    if (status != STATUS_OK)
        return status;
    qsort(clusters->playlists, clusters->n_playlists, sizeof *clusters->playlists, by_words);
    for (size_t i = 0; i < clusters->n_playlists; i++)
        if (i == 0 || strcmp(clusters->playlists[i].words, clusters->playlists[i - 1].words) != 0)
            clusters->first[clusters->count++] = (int64_t)i;
    clusters->first[clusters->count] = (int64_t)clusters->n_playlists;
    return STATUS_OK;
}

/* ---- terms ---- */

struct posting {
    int64_t hash;
    int32_t cluster;
    float weight; /* count in the title, then tf-idf */
};

struct postings {
    struct posting *items;
    size_t count, capacity;
};

static bool add_terms(struct postings *postings, int32_t cluster, const struct title_terms *terms)
{
    if (postings->count + terms->count > postings->capacity) {
        size_t capacity = 2 * (postings->count + terms->count);
        struct posting *grown = realloc(postings->items, capacity * sizeof *grown);
        if (!grown)
            return false;
        postings->items = grown;
        postings->capacity = capacity;
    }
    for (size_t i = 0; i < terms->count; i++)
        postings->items[postings->count++] = (struct posting){terms->items[i].hash, cluster, terms->items[i].count};
    return true;
}

static int by_term(const void *left, const void *right)
{
    const struct posting *a = left, *b = right;
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    return (a->cluster > b->cluster) - (a->cluster < b->cluster);
}

static enum status postings_make(const struct clusters *clusters, struct postings *postings, struct error *error)
{
    for (size_t c = 0; c < clusters->count; c++) {
        const char *words = clusters->playlists[clusters->first[c]].words;
        struct title_terms terms;
        enum status status = title_terms_make(words, strlen(words), &terms, error);
        if (status != STATUS_OK)
            return status;
        bool added = add_terms(postings, (int32_t)c, &terms);
        title_terms_free(&terms);
        if (!added)
            return error_no_memory(error);
    }
    qsort(postings->items, postings->count, sizeof *postings->items, by_term);
    return STATUS_OK;
}

/* Replaces the counts by tf-idf. With both kinds of terms scaled by the square roots of their shares, the sum of the
 * products of two titles is their similarity. norms [n_clusters x 2] is work space. */
static void weigh(struct postings *postings, size_t n_clusters, double *norms)
{
    for (size_t i = 0, end = 0; i < postings->count; i = end) {
        for (end = i; end < postings->count && postings->items[end].hash == postings->items[i].hash;)
            end++;
        float idf = title_idf(n_clusters, end - i);
        for (size_t p = i; p < end; p++) {
            struct posting *posting = &postings->items[p];
            posting->weight *= idf;
            norms[2 * posting->cluster + title_term_is_triple(posting->hash)] +=
                (double)posting->weight * (double)posting->weight;
        }
    }
    for (size_t i = 0; i < postings->count; i++) {
        struct posting *posting = &postings->items[i];
        bool triple = title_term_is_triple(posting->hash);
        double scale = (double)title_term_scale(triple) / sqrt(norms[2 * posting->cluster + triple]);
        posting->weight = (float)((double)posting->weight * scale);
    }
}

static enum status add_postings(const struct postings *postings, struct model_weights *weights, struct error *error)
{
    size_t n = postings->count, n_terms = 0;
    for (size_t i = 0; i < n; i++)
        n_terms += i == 0 || postings->items[i].hash != postings->items[i - 1].hash;
    int64_t *terms = malloc((n_terms + 1) * sizeof *terms), *starts = malloc((n_terms + 1) * sizeof *starts);
    int32_t *clusters = malloc((n + 1) * sizeof *clusters);
    float *values = malloc((n + 1) * sizeof *values);
    size_t term = 0;
    for (size_t i = 0; i < n && terms && starts && clusters && values; i++) {
        if (i == 0 || postings->items[i].hash != postings->items[i - 1].hash) {
            terms[term] = postings->items[i].hash;
            starts[term++] = (int64_t)i;
        }
        clusters[i] = postings->items[i].cluster;
        values[i] = postings->items[i].weight;
    }
    if (starts)
        starts[n_terms] = (int64_t)n;
    const struct {
        const char *name;
        enum matrix_type type;
        size_t rows;
        void *values;
    } matrices[] = {{"title_terms", MATRIX_INT64, n_terms, terms},
                    {"title_term_starts", MATRIX_INT64, n_terms + 1, starts},
                    {"title_postings", MATRIX_INT32, n, clusters},
                    {"title_weights", MATRIX_FLOAT32, n, values}};
    enum status status = STATUS_OK;
    for (size_t i = 0; i < 4; i++)
        if (status == STATUS_OK)
            status = model_weights_add_integers(weights, matrices[i].name, matrices[i].type, (int64_t)matrices[i].rows,
                                                1, matrices[i].values, error);
        else
            free(matrices[i].values);
    return status;
}

static enum status save_terms(const struct clusters *clusters, struct model_weights *weights, struct error *error)
{
    struct postings postings = {0};
    double *norms = calloc(2 * clusters->count, sizeof *norms);
    enum status status = norms ? postings_make(clusters, &postings, error) : error_no_memory(error);
    if (status == STATUS_OK) {
        weigh(&postings, clusters->count, norms);
        status = add_postings(&postings, weights, error);
    }
    free(norms);
    free(postings.items);
    return status;
}

/* ---- tracks ---- */

/* The entries of the clusters: rows in ascending order with the number of playlists that hold them. */
struct cluster_tracks {
    int64_t *starts; /* [clusters + 1] */
    int32_t *rows;   /* [starts[clusters]] */
    float *counts;
    float *sizes; /* [clusters x 2] playlists, and entries of all their tracks */
};

static void cluster_tracks_free(struct cluster_tracks *tracks)
{
    free(tracks->starts);
    free(tracks->rows);
    free(tracks->counts);
    free(tracks->sizes);
}

struct counted {
    int32_t row;
    float count, popularity;
};

static int by_count(const void *left, const void *right)
{
    const struct counted *a = left, *b = right;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    if (a->popularity != b->popularity)
        return a->popularity > b->popularity ? -1 : 1;
    return title_row_order(a->row, b->row);
}

static int by_row(const void *left, const void *right)
{
    int32_t a = ((const struct counted *)left)->row, b = ((const struct counted *)right)->row;
    return (a > b) - (a < b);
}

/* Counts the tracks of one cluster's playlists into `found`; returns how many there are. `counts` [n_tracks] is 0
 * before and after. */
static size_t count_tracks(const struct interactions *interactions, const struct clusters *clusters, size_t cluster,
                           const float *popularity, float *counts, struct counted *found)
{
    size_t n = 0;
    for (int64_t i = clusters->first[cluster]; i < clusters->first[cluster + 1]; i++) {
        int64_t p = clusters->playlists[i].playlist;
        for (int64_t e = interactions->starts[p]; e < interactions->starts[p + 1]; e++) {
            int32_t row = interactions->tracks[e];
            if (counts[row]++ == 0)
                found[n++] = (struct counted){.row = row, .popularity = popularity[row]};
        }
    }
    for (size_t i = 0; i < n; i++) {
        found[i].count = counts[found[i].row];
        counts[found[i].row] = 0;
    }
    return n;
}

/* most: the tracks kept of a cluster. */
static enum status cluster_tracks_make(const struct interactions *interactions, const struct clusters *clusters,
                                       const float *popularity, size_t most, struct cluster_tracks *tracks,
                                       struct error *error)
{
    size_t n_tracks = (size_t)interactions->n_tracks, entries = 1;
    for (size_t i = 0; i < clusters->n_playlists; i++) {
        int64_t p = clusters->playlists[i].playlist;
        entries += (size_t)(interactions->starts[p + 1] - interactions->starts[p]);
    }
    float *counts = calloc(n_tracks, sizeof *counts);
    struct counted *found = malloc(n_tracks * sizeof *found);
    tracks->starts = calloc(clusters->count + 1, sizeof *tracks->starts);
    tracks->rows = malloc(entries * sizeof *tracks->rows);
    tracks->counts = malloc(entries * sizeof *tracks->counts);
    tracks->sizes = calloc(2 * clusters->count, sizeof *tracks->sizes);
    bool memory = counts && found && tracks->starts && tracks->rows && tracks->counts && tracks->sizes;
    int64_t at = 0;
    for (size_t c = 0; c < clusters->count && memory; c++) {
        size_t n = count_tracks(interactions, clusters, c, popularity, counts, found), kept = n < most ? n : most;
        tracks->sizes[2 * c] = (float)(clusters->first[c + 1] - clusters->first[c]);
        for (size_t i = 0; i < n; i++)
            tracks->sizes[2 * c + 1] += found[i].count;
        if (kept < n)
            qsort(found, n, sizeof *found, by_count);
        qsort(found, kept, sizeof *found, by_row);
        for (size_t i = 0; i < kept; i++) {
            tracks->rows[at] = found[i].row;
            tracks->counts[at++] = found[i].count;
        }
        tracks->starts[c + 1] = at;
    }
    free(counts);
    free(found);
    return memory ? STATUS_OK : error_no_memory(error);
}

static enum status add_tracks(struct cluster_tracks *tracks, size_t n_clusters, struct model_weights *weights,
                              struct error *error)
{
    int64_t n = (int64_t)n_clusters, entries = tracks->starts[n];
    enum status status =
        model_weights_add_integers(weights, "title_starts", MATRIX_INT64, n + 1, 1, tracks->starts, error);
    tracks->starts = NULL;
    if (status == STATUS_OK) {
        status = model_weights_add_integers(weights, "title_tracks", MATRIX_INT32, entries, 1, tracks->rows, error);
        tracks->rows = NULL;
    }
    if (status == STATUS_OK) {
        status = model_weights_add(weights, "title_counts", entries, 1, tracks->counts, error);
        tracks->counts = NULL;
    }
    return status;
}

static enum status add_factors(const struct cluster_tracks *tracks, size_t n_clusters, int64_t n_tracks, int factors,
                               uint64_t seed, struct model_weights *weights, struct error *error)
{
    const struct title_matrix matrix = {(int64_t)n_clusters, n_tracks, tracks->starts, tracks->rows, tracks->counts};
    float *cluster_factors = NULL, *track_factors = NULL;
    enum status status = title_factorise(&matrix, factors, seed, &cluster_factors, &track_factors, error);
    if (status != STATUS_OK)
        return status;
    status = model_weights_add(weights, "title_factors", (int64_t)n_clusters, factors, cluster_factors, error);
    if (status == STATUS_OK)
        return model_weights_add(weights, "title_track_factors", n_tracks, factors, track_factors, error);
    free(track_factors);
    return status;
}

static enum status save_tracks(const struct interactions *interactions, const struct clusters *clusters, int factors,
                               uint64_t seed, struct model_weights *weights, struct error *error)
{
    struct cluster_tracks tracks = {0};
    float *popularity = calloc((size_t)interactions->n_tracks, sizeof *popularity);
    enum status status = popularity ? STATUS_OK : error_no_memory(error);
    for (int64_t e = 0; status == STATUS_OK && e < interactions->starts[interactions->n_playlists]; e++)
        popularity[interactions->tracks[e]]++;
    if (status == STATUS_OK)
        status =
            cluster_tracks_make(interactions, clusters, popularity,
                                factors > 0 ? (size_t)interactions->n_tracks : TITLE_CLUSTER_TRACKS, &tracks, error);
    if (status == STATUS_OK) {
        status = model_weights_add(weights, "title_sizes", (int64_t)clusters->count, 2, tracks.sizes, error);
        tracks.sizes = NULL;
    }
    if (status == STATUS_OK && factors > 0)
        status = add_factors(&tracks, clusters->count, interactions->n_tracks, factors, seed, weights, error);
    else if (status == STATUS_OK)
        status = add_tracks(&tracks, clusters->count, weights, error);
    cluster_tracks_free(&tracks);
    free(popularity);
    return status;
}

static enum status save_artists(const struct playlist_titles *titles, int64_t n_tracks, struct model_weights *weights,
                                struct error *error)
{
    if (!titles->artists)
        return STATUS_OK;
    int32_t *artists = malloc((size_t)n_tracks * sizeof *artists);
    float *shares = malloc((size_t)n_tracks * sizeof *shares);
    if (artists)
        memcpy(artists, titles->artists, (size_t)n_tracks * sizeof *artists);
    if (shares)
        memcpy(shares, titles->track_weights, (size_t)n_tracks * sizeof *shares);
    enum status status =
        model_weights_add_integers(weights, "title_artists", MATRIX_INT32, n_tracks, 1, artists, error);
    if (status == STATUS_OK)
        return model_weights_add(weights, "title_track_weights", n_tracks, 1, shares, error);
    free(shares);
    return status;
}

enum status title_index_save(const struct interactions *interactions, const struct playlist_titles *titles, int factors,
                             uint64_t seed, struct model_weights *weights, struct error *error)
{
    struct clusters clusters = {0};
    enum status status = clusters_make(interactions, titles->titles, &clusters, error);
    if (status == STATUS_OK && clusters.count > 0) {
        status = save_terms(&clusters, weights, error);
        if (status == STATUS_OK)
            status = save_tracks(interactions, &clusters, factors, seed, weights, error);
        if (status == STATUS_OK)
            status = save_artists(titles, interactions->n_tracks, weights, error);
    }
    clusters_free(&clusters);
    return status;
}
