#include "models/title_index.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"
#include "models/title_text.h"

/* The index of titles in a model's file, and lists made with it. */

static const float word_share = 0.9F, popular_share = 0.02F;

enum { TRACK_WEIGHT_MAX = 1000 };

struct title_index {
    const struct recommender *model;
    int64_t n_clusters, n_terms, n_artists;
    /* In the file. */
    const int64_t *terms;       /* [n_terms] hashes, ascending */
    const int64_t *term_starts; /* [n_terms + 1] */
    const int32_t *postings;    /* [term_starts[n_terms]] clusters, ascending within each term */
    const float *weights;       /* of the postings */
    const float *sizes;         /* [n_clusters x 2] playlists and entries */
    const int64_t *starts;      /* [n_clusters + 1]; NULL: the index has factors */
    const int32_t *tracks;      /* [starts[n_clusters]] rows */
    const float *counts;
    int64_t n_factors;          /* 0: none */
    const float *factors;       /* [n_clusters x n_factors] */
    const float *track_factors; /* [n_tracks x n_factors] */
    const int32_t *artists;     /* [n_tracks]; NULL: unknown */
    const float *track_weights; /* [n_tracks] */
    /* Owned. */
    float unseen;          /* the share of the scores that goes through artists */
    float entries;         /* of all training playlists */
    float *artist_weights; /* [n_artists] sums of the weights of their tracks */
    float *artist_scores;  /* [n_artists] */
    float *scores;         /* [n_tracks] of the last title */
    float *similarities;   /* [n_clusters] to the last title */
    int32_t *order;        /* [n_clusters or n_tracks, whatever is more] */
};

float title_idf(size_t clusters, size_t with_the_term)
{
    return (float)(log((1 + (double)clusters) / (1 + (double)with_the_term)) + 1);
}

float title_term_scale(bool triple)
{
    return sqrtf(triple ? 1 - word_share : word_share);
}

int title_row_order(int32_t left, int32_t right)
{
    uint64_t a = random_mix((uint64_t)left), b = random_mix((uint64_t)right);
    return (a > b) - (a < b);
}

/* ---- open ---- */

static enum status damaged(struct error *error)
{
    return error_set(error, STATUS_BAD_DATA, "the titles in the model's file are damaged; train it again");
}

static bool starts_fit(const int64_t *starts, int64_t n, int64_t end)
{
    bool fit = starts[0] == 0 && starts[n] == end;
    for (int64_t i = 0; fit && i < n; i++)
        fit = starts[i] <= starts[i + 1];
    return fit;
}

static bool numbers_fit(const int32_t *numbers, int64_t n, int64_t below)
{
    bool fit = true;
    for (int64_t i = 0; i < n && fit; i++)
        fit = numbers[i] >= 0 && numbers[i] < below;
    return fit;
}

static bool between(const float *values, int64_t n, float low, float high)
{
    bool fit = true;
    for (int64_t i = 0; i < n && fit; i++)
        fit = values[i] >= low && values[i] <= high;
    return fit;
}

static enum status read_integers(const struct recommender *model, const char *name, enum matrix_type type,
                                 const void *values, int64_t *n, struct error *error)
{
    const void *found;
    enum status status = recommender_integers(model, name, type, &found, n, error);
    if (status == STATUS_OK)
        memcpy((void *)values, &found, sizeof found);
    return status;
}

static enum status open_terms(struct title_index *index, struct error *error)
{
    int64_t n_starts = 0, n_postings = 0;
    enum status status =
        read_integers(index->model, "title_terms", MATRIX_INT64, &index->terms, &index->n_terms, error);
    if (status == STATUS_OK)
        status = read_integers(index->model, "title_term_starts", MATRIX_INT64, &index->term_starts, &n_starts, error);
    if (status == STATUS_OK)
        status = read_integers(index->model, "title_postings", MATRIX_INT32, &index->postings, &n_postings, error);
    if (status == STATUS_OK)
        status = recommender_floats(index->model, "title_weights", n_postings, 1, &index->weights, error);
    if (status != STATUS_OK)
        return status;
    bool fit = index->n_terms > 0 && n_starts == index->n_terms + 1 &&
               starts_fit(index->term_starts, index->n_terms, n_postings) &&
               numbers_fit(index->postings, n_postings, index->n_clusters) && between(index->weights, n_postings, 0, 1);
    for (int64_t i = 1; fit && i < index->n_terms; i++)
        fit = index->terms[i - 1] < index->terms[i];
    return fit ? STATUS_OK : damaged(error);
}

/* A track cannot be in more playlists than its cluster has entries. */
static bool counts_fit(const struct title_index *index)
{
    bool fit = true;
    for (int64_t c = 0; c < index->n_clusters && fit; c++)
        fit = between(index->counts + index->starts[c], index->starts[c + 1] - index->starts[c], 0,
                      index->sizes[2 * c + 1]);
    return fit;
}

static enum status open_tracks(struct title_index *index, struct error *error)
{
    int64_t n_starts = 0, entries = 0;
    enum status status = read_integers(index->model, "title_starts", MATRIX_INT64, &index->starts, &n_starts, error);
    if (status == STATUS_OK)
        status = read_integers(index->model, "title_tracks", MATRIX_INT32, &index->tracks, &entries, error);
    if (status == STATUS_OK)
        status = recommender_floats(index->model, "title_counts", entries, 1, &index->counts, error);
    if (status != STATUS_OK)
        return status;
    bool fit = n_starts == index->n_clusters + 1 && starts_fit(index->starts, index->n_clusters, entries) &&
               numbers_fit(index->tracks, entries, index->model->n_tracks) && counts_fit(index);
    return fit ? STATUS_OK : damaged(error);
}

static enum status open_factors(struct title_index *index, struct error *error)
{
    enum status status =
        recommender_matrix(index->model, "title_track_factors", -1, &index->track_factors, &index->n_factors, error);
    if (status == STATUS_OK)
        status = recommender_floats(index->model, "title_factors", index->n_clusters, index->n_factors, &index->factors,
                                    error);
    return status;
}

static enum status open_artists(struct title_index *index, struct error *error)
{
    int64_t n = 0, n_tracks = index->model->n_tracks;
    enum status status = read_integers(index->model, "title_artists", MATRIX_INT32, &index->artists, &n, error);
    if (status == STATUS_OK)
        status = recommender_matrix(index->model, "title_track_weights", 1, &index->track_weights, NULL, error);
    if (status != STATUS_OK)
        return status;
    if (n != n_tracks || !numbers_fit(index->artists, n, INT32_MAX) ||
        !between(index->track_weights, n, 0, TRACK_WEIGHT_MAX))
        return damaged(error);
    for (int64_t row = 0; row < n; row++)
        index->n_artists = index->artists[row] >= index->n_artists ? index->artists[row] + 1 : index->n_artists;
    index->artist_weights = calloc((size_t)index->n_artists, sizeof *index->artist_weights);
    index->artist_scores = calloc((size_t)index->n_artists, sizeof *index->artist_scores);
    if (!index->artist_weights || !index->artist_scores)
        return error_no_memory(error);
    for (int64_t row = 0; row < n; row++)
        index->artist_weights[index->artists[row]] += index->track_weights[row];
    return STATUS_OK;
}

/* Counts the entries, and those of tracks that are in no other playlist. */
static void count_unseen(struct title_index *index)
{
    double entries = 0, once = 0;
    for (int64_t row = 0; row < index->model->n_tracks; row++) {
        entries += (double)index->model->popularity[row];
        once += index->model->popularity[row] == 1;
    }
    index->entries = (float)entries;
    index->unseen = index->artists && entries > 0 ? (float)(once / entries) : 0;
}

static enum status open_all(struct title_index *index, struct error *error)
{
    const struct recommender *model = index->model;
    index->n_clusters = safetensors_find(model->file, "title_sizes")->shape[0];
    if (index->n_clusters < 1 || index->n_clusters > INT32_MAX)
        return damaged(error);
    enum status status = recommender_floats(model, "title_sizes", index->n_clusters, 2, &index->sizes, error);
    if (status == STATUS_OK && (!between(index->sizes, 2 * index->n_clusters, 1, FLT_MAX) ||
                                !between(model->popularity, model->n_tracks, 0, FLT_MAX)))
        status = damaged(error);
    if (status == STATUS_OK)
        status = open_terms(index, error);
    if (status == STATUS_OK)
        status =
            safetensors_find(model->file, "title_factors") ? open_factors(index, error) : open_tracks(index, error);
    if (status == STATUS_OK && safetensors_find(model->file, "title_artists"))
        status = open_artists(index, error);
    if (status != STATUS_OK)
        return status;
    count_unseen(index);
    int64_t order = index->n_clusters > model->n_tracks ? index->n_clusters : model->n_tracks;
    index->scores = malloc((size_t)model->n_tracks * sizeof *index->scores);
    index->similarities = malloc((size_t)index->n_clusters * sizeof *index->similarities);
    index->order = malloc((size_t)order * sizeof *index->order);
    return index->scores && index->similarities && index->order ? STATUS_OK : error_no_memory(error);
}

enum status title_index_open(const struct recommender *recommender, struct title_index **out, struct error *error)
{
    *out = NULL;
    if (!safetensors_find(recommender->file, "title_sizes"))
        return STATUS_OK;
    struct title_index *index = calloc(1, sizeof *index);
    if (!index)
        return error_no_memory(error);
    index->model = recommender;
    enum status status = open_all(index, error);
    if (status == STATUS_OK)
        *out = index;
    else
        title_index_close(index);
    return status;
}

void title_index_close(struct title_index *index)
{
    if (!index)
        return;
    free(index->artist_weights);
    free(index->artist_scores);
    free(index->scores);
    free(index->similarities);
    free(index->order);
    free(index);
}

/* ---- similar clusters ---- */

static int64_t find_term(const struct title_index *index, int64_t hash)
{
    int64_t low = 0, high = index->n_terms;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (index->terms[middle] < hash)
            low = middle + 1;
        else
            high = middle;
    }
    return low < index->n_terms && index->terms[low] == hash ? low : -1;
}

/* Replaces the counts of the known terms by their tf-idf weights as in title_index_save, and those of the others by 0.
 */
static void weigh(const struct title_index *index, struct title_terms *terms)
{
    double squares[2] = {0, 0};
    for (size_t i = 0; i < terms->count; i++) {
        int64_t term = find_term(index, terms->items[i].hash);
        float idf = 0;
        if (term >= 0)
            idf =
                title_idf((size_t)index->n_clusters, (size_t)(index->term_starts[term + 1] - index->term_starts[term]));
        terms->items[i].count *= idf;
        double weight = (double)terms->items[i].count;
        squares[title_term_is_triple(terms->items[i].hash)] += weight * weight;
    }
    for (size_t i = 0; i < terms->count; i++) {
        bool triple = title_term_is_triple(terms->items[i].hash);
        if (squares[triple] > 0)
            terms->items[i].count *= (float)(title_term_scale(triple) / sqrt(squares[triple]));
    }
}

static enum status compare(struct title_index *index, const char *title, struct error *error)
{
    struct buffer words = {0};
    struct title_terms terms = {0};
    memset(index->similarities, 0, (size_t)index->n_clusters * sizeof *index->similarities);
    title_words(title, strlen(title), &words);
    enum status status = words.failed ? error_no_memory(error) : STATUS_OK;
    if (status == STATUS_OK)
        status = title_terms_make(words.data ? words.data : "", words.size, &terms, error);
    if (status == STATUS_OK)
        weigh(index, &terms);
    for (size_t i = 0; status == STATUS_OK && i < terms.count; i++) {
        int64_t term = find_term(index, terms.items[i].hash);
        for (int64_t p = term < 0 ? 0 : index->term_starts[term]; term >= 0 && p < index->term_starts[term + 1]; p++)
            index->similarities[index->postings[p]] += terms.items[i].count * index->weights[p];
    }
    title_terms_free(&terms);
    buffer_free(&words);
    return status;
}

/* ---- the best of many ---- */

/* A heap of the best numbers so far, the worst at the top. */
struct best {
    const float *first, *second; /* larger is better; second decides among equal ones, then title_row_order */
    int32_t *heap;
    size_t count, most;
};

static bool is_worse(const struct best *best, int32_t left, int32_t right)
{
    if (best->first[left] != best->first[right])
        return best->first[left] < best->first[right];
    if (best->second[left] != best->second[right])
        return best->second[left] < best->second[right];
    return title_row_order(left, right) > 0;
}

static void sink(const struct best *best, size_t at, size_t count)
{
    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && is_worse(best, best->heap[child + 1], best->heap[child]))
            child++;
        if (!is_worse(best, best->heap[child], best->heap[at]))
            return;
        int32_t swapped = best->heap[at];
        best->heap[at] = best->heap[child];
        best->heap[child] = swapped;
    }
}

static void offer(struct best *best, int32_t number)
{
    if (best->count < best->most) {
        best->heap[best->count++] = number;
        for (size_t at = best->count / 2; best->count == best->most && at-- > 0;)
            sink(best, at, best->count);
    } else if (best->most > 0 && is_worse(best, best->heap[0], number)) {
        best->heap[0] = number;
        sink(best, 0, best->count);
    }
}

/* Sorts the heap, the best first. */
static void sort_best(struct best *best)
{
    for (size_t at = best->count / 2; at-- > 0;)
        sink(best, at, best->count);
    for (size_t left = best->count; left > 1;) {
        int32_t worst = best->heap[0];
        best->heap[0] = best->heap[--left];
        best->heap[left] = worst;
        sink(best, 0, left);
    }
}

/* ---- scores ---- */

static double cluster_weight(const struct title_index *index, int32_t cluster)
{
    double playlists = (double)index->sizes[2 * cluster], entries = (double)index->sizes[2 * cluster + 1];
    return (double)index->similarities[cluster] * log2(1 + playlists) * sqrt(entries / playlists);
}

/* Adds `weight` times the shares of a cluster's entries. */
static void add_cluster(struct title_index *index, int32_t cluster, float weight)
{
    float scale = weight / index->sizes[2 * cluster + 1];
    for (int64_t e = index->starts[cluster]; e < index->starts[cluster + 1]; e++)
        index->scores[index->tracks[e]] += scale * index->counts[e];
}

/* The shares from the factors; the values of a projection that are below 0 count as 0. */
static enum status add_factors(struct title_index *index, const int32_t *near, const float *weights, size_t n,
                               float share, struct error *error)
{
    size_t width = (size_t)index->n_factors, n_tracks = (size_t)index->model->n_tracks;
    double *query = calloc(width, sizeof *query), sum = 0;
    if (!query)
        return error_no_memory(error);
    for (size_t i = 0; i < n; i++)
        for (size_t f = 0; f < width; f++)
            query[f] += (double)weights[i] * (double)index->factors[(size_t)near[i] * width + f];
    for (size_t row = 0; row < n_tracks; row++) {
        double score = 0;
        for (size_t f = 0; f < width; f++)
            score += query[f] * (double)index->track_factors[row * width + f];
        index->scores[row] = score > 0 ? (float)score : 0;
        sum += score > 0 ? score : 0;
    }
    for (size_t row = 0; row < n_tracks && sum > 0; row++)
        index->scores[row] *= (float)(share / sum);
    free(query);
    return STATUS_OK;
}

/* Gives the share of unseen tracks to the tracks of the same artists. */
static void spread(struct title_index *index)
{
    int64_t n_tracks = index->model->n_tracks;
    double total = 0;
    if (index->unseen <= 0)
        return;
    memset(index->artist_scores, 0, (size_t)index->n_artists * sizeof *index->artist_scores);
    for (int64_t row = 0; row < n_tracks; row++)
        index->artist_scores[index->artists[row]] += index->scores[row];
    for (int64_t a = 0; a < index->n_artists; a++)
        total += (double)index->artist_scores[a] * (double)index->artist_weights[a];
    if (total <= 0)
        return;
    float scale = (float)(index->unseen / total);
    for (int64_t row = 0; row < n_tracks; row++)
        index->scores[row] = (1 - index->unseen) * index->scores[row] +
                             scale * index->artist_scores[index->artists[row]] * index->track_weights[row];
}

static enum status score(struct title_index *index, const int32_t *near, size_t n, struct error *error)
{
    int64_t n_tracks = index->model->n_tracks;
    float weights[TITLE_NEAREST];
    double total = 0;
    enum status status = STATUS_OK;
    for (size_t i = 0; i < n; i++)
        total += cluster_weight(index, near[i]);
    for (size_t i = 0; i < n; i++)
        weights[i] = (1 - popular_share) * (float)(cluster_weight(index, near[i]) / total);
    memset(index->scores, 0, (size_t)n_tracks * sizeof *index->scores);
    for (size_t i = 0; i < n && index->n_factors == 0; i++)
        add_cluster(index, near[i], weights[i]);
    if (index->n_factors > 0)
        status = add_factors(index, near, weights, n, 1 - popular_share, error);
    for (int64_t row = 0; row < n_tracks && index->entries > 0; row++)
        index->scores[row] += popular_share * index->model->popularity[row] / index->entries;
    if (status == STATUS_OK)
        spread(index);
    return status;
}

enum status title_index_recommend(struct title_index *index, const char *title, const int32_t *excluded,
                                  size_t n_excluded, size_t k, int32_t *ids, float *scores, size_t *near,
                                  struct error *error)
{
    int32_t nearest[TITLE_NEAREST];
    struct best clusters = {
        .first = index->similarities, .second = index->similarities, .heap = nearest, .most = TITLE_NEAREST};
    *near = 0;
    enum status status = compare(index, title, error);
    for (int32_t c = 0; status == STATUS_OK && c < index->n_clusters; c++)
        if (index->similarities[c] > 0)
            offer(&clusters, c);
    if (status != STATUS_OK || clusters.count == 0)
        return status;
    sort_best(&clusters);
    status = score(index, nearest, clusters.count, error);
    if (status != STATUS_OK)
        return status;
    struct best rows = {.first = index->scores, .second = index->model->popularity, .heap = index->order, .most = k};
    size_t skipped = 0;
    for (int32_t row = 0; row < index->model->n_tracks; row++) {
        while (skipped < n_excluded && excluded[skipped] < row)
            skipped++;
        if (skipped == n_excluded || excluded[skipped] != row)
            offer(&rows, row);
    }
    sort_best(&rows);
    for (size_t i = 0; i < k; i++) {
        ids[i] = i < rows.count ? index->order[i] : -1;
        scores[i] = i < rows.count ? index->scores[index->order[i]] : -INFINITY;
    }
    *near = clusters.count;
    return STATUS_OK;
}
