#include "models/fallback.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "models/best_rows.h"

enum { SEEDS_MAX = 100, CHUNK = 2048 };

#define ARTIST_GAIN 1.0F
#define ALBUM_GAIN 0.5F
#define POPULARITY_GAIN 0.01F /* for the most popular track */
#define UNRELATED 2.0F        /* expected squared distance of two standardised numbers */

/* A feature set of tracks, its columns standardised. */
struct described {
    struct feature_set set;
    float *values; /* [n_rows x width] */
};

struct fallback {
    int64_t n_tracks;          /* of the catalogue */
    int64_t *artists, *albums; /* [n_tracks] numbers; album 0: none */
    bool *seed_artists;        /* [highest artist + 1], those of the seeds; all false between two lists */
    bool *seed_albums;         /* [highest album + 1] */
    bool *is_seed;             /* [n_tracks] */
    float *prior;              /* [n_tracks] popularity's part of the score */
    float *scores;             /* [n_tracks] of the last list */
    struct described sets[FEATURE_SETS_MAX];
    size_t n_sets;
    struct pool *pool;
};

/* ---- reading the catalogue ---- */

static enum status open_set(struct catalogue *catalogue, const char *name, struct described *described,
                            struct error *error)
{
    struct feature_set *set = &described->set;
    enum status status = feature_set_open(catalogue, name, set, error);
    if (status != STATUS_OK)
        return status;
    struct column_statistics *columns = malloc((size_t)set->width * sizeof *columns);
    described->values = malloc((size_t)set->n_rows * (size_t)set->width * sizeof *described->values);
    if (columns && described->values) {
        feature_set_statistics(set, columns);
        feature_set_standardise(set, columns, described->values);
    } else {
        status = error_no_memory(error);
    }
    free(columns);
    return status;
}

static void close_set(struct described *described)
{
    if (described->set.owner)
        feature_set_close(&described->set);
    free(described->values);
    *described = (struct described){0};
}

struct opening {
    struct catalogue *catalogue;
    struct fallback *fallback;
};

static void add_set(const char *name, void *context)
{
    struct opening *opening = context;
    struct fallback *fallback = opening->fallback;
    struct error error = {0};
    if (fallback->n_sets == FEATURE_SETS_MAX)
        return;
    struct described *described = &fallback->sets[fallback->n_sets];
    if (open_set(opening->catalogue, name, described, &error) == STATUS_OK) {
        fallback->n_sets++;
        return;
    }
    log_message(LOG_WARNING, "suggestions for unknown tracks leave out the feature set %.80s: %s", name, error.text);
    close_set(described);
}

static int64_t highest_of(const int64_t *numbers, int64_t count)
{
    int64_t highest = 0;
    for (int64_t i = 0; i < count; i++)
        highest = numbers[i] > highest ? numbers[i] : highest;
    return highest;
}

static bool set_prior(struct fallback *fallback, const struct fallback_input *input)
{
    float most = 1;
    int64_t n = input->n_popular < fallback->n_tracks ? input->n_popular : fallback->n_tracks;
    fallback->prior = calloc((size_t)fallback->n_tracks + 1, sizeof *fallback->prior);
    for (int64_t i = 0; i < n; i++)
        most = input->popularity[i] > most ? input->popularity[i] : most;
    for (int64_t i = 0; i < n && fallback->prior; i++)
        fallback->prior[i] = POPULARITY_GAIN * input->popularity[i] / most;
    return fallback->prior;
}

static enum status read_all(struct catalogue *catalogue, const struct fallback_input *input, struct fallback *fallback,
                            struct error *error)
{
    enum status status =
        catalogue_track_makers(catalogue, &fallback->n_tracks, &fallback->artists, &fallback->albums, error);
    if (status != STATUS_OK)
        return status;
    size_t n = (size_t)fallback->n_tracks;
    fallback->seed_artists = calloc((size_t)highest_of(fallback->artists, fallback->n_tracks) + 1, 1);
    fallback->seed_albums = calloc((size_t)highest_of(fallback->albums, fallback->n_tracks) + 1, 1);
    fallback->is_seed = calloc(n + 1, sizeof *fallback->is_seed);
    fallback->scores = malloc((n + 1) * sizeof *fallback->scores);
    if (!set_prior(fallback, input) || !fallback->seed_artists || !fallback->seed_albums || !fallback->is_seed ||
        !fallback->scores)
        return error_no_memory(error);
    struct opening opening = {catalogue, fallback};
    return feature_sets_list_of(catalogue, FEATURE_TRACKS, add_set, &opening, error);
}

enum status fallback_open(const struct fallback_input *input, struct fallback **out, struct error *error)
{
    struct catalogue *catalogue;
    enum status status = catalogue_open(input->catalogue, CATALOGUE_READ, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    struct fallback *fallback = calloc(1, sizeof *fallback);
    status = fallback ? read_all(catalogue, input, fallback, error) : error_no_memory(error);
    catalogue_close(catalogue);
    if (status != STATUS_OK) {
        fallback_close(fallback);
        return status;
    }
    fallback->pool = input->pool;
    *out = fallback;
    return STATUS_OK;
}

void fallback_close(struct fallback *fallback)
{
    if (!fallback)
        return;
    for (size_t i = 0; i < fallback->n_sets; i++)
        close_set(&fallback->sets[i]);
    free(fallback->artists);
    free(fallback->albums);
    free(fallback->seed_artists);
    free(fallback->seed_albums);
    free(fallback->is_seed);
    free(fallback->prior);
    free(fallback->scores);
    free(fallback);
}

int64_t fallback_tracks(const struct fallback *fallback)
{
    return fallback->n_tracks;
}

/* ---- scores ---- */

/* One list. */
struct query {
    struct fallback *fallback;
    int64_t rows[SEEDS_MAX]; /* the seeds */
    size_t n_rows;
    const float *features[SEEDS_MAX][FEATURE_SETS_MAX]; /* [n_described] of the seeds that have any; NULL: no row */
    size_t n_described;
};

static const float *features_of(const struct described *described, int64_t row)
{
    bool has = row < described->set.n_rows && feature_set_has(&described->set, row);
    return has ? described->values + row * described->set.width : NULL;
}

/* The features of a row in each set; false if it has none. */
static bool describe(const struct fallback *fallback, int64_t row, const float *features[FEATURE_SETS_MAX])
{
    bool any = false;
    for (size_t i = 0; i < fallback->n_sets; i++) {
        features[i] = features_of(&fallback->sets[i], row);
        any = any || features[i];
    }
    return any;
}

static float distance(const struct fallback *fallback, const float *const seed[FEATURE_SETS_MAX],
                      const float *const track[FEATURE_SETS_MAX])
{
    float sum = 0;
    for (size_t i = 0; i < fallback->n_sets; i++) {
        const float *x = seed[i], *y = track[i];
        int width = fallback->sets[i].set.width;
        float squares = 0;
        if (!x)
            continue;
        for (int c = 0; c < width && y; c++)
            squares += (x[c] - y[c]) * (x[c] - y[c]);
        sum += y ? squares / (float)width : UNRELATED;
    }
    return sum;
}

static void score_parts(const struct query *query, int64_t row, float parts[FALLBACK_PARTS])
{
    const struct fallback *fallback = query->fallback;
    const float *features[FEATURE_SETS_MAX];
    float sum = 0;
    if (query->n_described > 0)
        describe(fallback, row, features);
    for (size_t i = 0; i < query->n_described; i++)
        sum += expf(-distance(fallback, query->features[i], features));
    int64_t album = fallback->albums[row];
    parts[0] = query->n_described > 0 ? sum / (float)query->n_described : 0;
    parts[1] = fallback->seed_artists[fallback->artists[row]] ? ARTIST_GAIN : 0;
    parts[2] = album > 0 && fallback->seed_albums[album] ? ALBUM_GAIN : 0;
    parts[3] = fallback->prior[row];
}

static float score(const struct query *query, int64_t row)
{
    float parts[FALLBACK_PARTS];
    score_parts(query, row, parts);
    return parts[0] + parts[1] + parts[2] + parts[3];
}

static void score_chunk(void *context, size_t chunk, int worker)
{
    (void)worker;
    const struct query *query = context;
    int64_t first = (int64_t)chunk * CHUNK, left = query->fallback->n_tracks - first;
    int64_t end = first + (left < CHUNK ? left : CHUNK);
    for (int64_t row = first; row < end; row++)
        query->fallback->scores[row] = query->fallback->is_seed[row] ? -INFINITY : score(query, row);
}

/* ---- one list ---- */

static void mark_makers(struct fallback *fallback, const struct query *query, bool mark)
{
    for (size_t i = 0; i < query->n_rows; i++) {
        fallback->seed_artists[fallback->artists[query->rows[i]]] = mark;
        fallback->seed_albums[fallback->albums[query->rows[i]]] = mark;
    }
}

/* Marks all seeds; the last SEEDS_MAX of them are the query. */
static void read_query(struct fallback *fallback, const int64_t *seeds, size_t n_seeds, struct query *query)
{
    *query = (struct query){.fallback = fallback};
    for (size_t i = n_seeds; i-- > 0;) {
        int64_t row = seeds[i] - 1;
        if (row < 0 || row >= fallback->n_tracks || fallback->is_seed[row])
            continue;
        fallback->is_seed[row] = true;
        if (query->n_rows == SEEDS_MAX)
            continue;
        query->rows[query->n_rows++] = row;
        query->n_described += describe(fallback, row, query->features[query->n_described]);
    }
}

static bool artists_have_more(const struct fallback *fallback)
{
    for (int64_t row = 0; row < fallback->n_tracks; row++)
        if (!fallback->is_seed[row] && fallback->seed_artists[fallback->artists[row]])
            return true;
    return false;
}

static void forget_seeds(struct fallback *fallback, const int64_t *seeds, size_t n_seeds)
{
    for (size_t i = 0; i < n_seeds; i++)
        if (seeds[i] >= 1 && seeds[i] <= fallback->n_tracks)
            fallback->is_seed[seeds[i] - 1] = false;
}

void fallback_score(struct fallback *fallback, const int64_t *seeds, size_t n_seeds, int64_t row,
                    float parts[FALLBACK_PARTS])
{
    struct query query;
    read_query(fallback, seeds, n_seeds, &query);
    mark_makers(fallback, &query, true);
    score_parts(&query, row, parts);
    mark_makers(fallback, &query, false);
    forget_seeds(fallback, seeds, n_seeds);
}

enum answer fallback_recommend(struct fallback *fallback, const int64_t *seeds, size_t n_seeds, size_t k, int32_t *ids,
                               float *scores)
{
    struct query query;
    enum answer answer = ANSWER_POPULARITY;
    size_t count = 0, n_chunks = (size_t)(fallback->n_tracks + CHUNK - 1) / CHUNK;
    read_query(fallback, seeds, n_seeds, &query);
    mark_makers(fallback, &query, true);
    if (query.n_described > 0)
        answer = ANSWER_FEATURES;
    else if (artists_have_more(fallback))
        answer = ANSWER_ARTISTS;
    if (answer != ANSWER_POPULARITY) {
        pool_run(fallback->pool, n_chunks, score_chunk, &query);
        count = best_rows(fallback->scores, NULL, fallback->n_tracks, k, ids);
    }
    mark_makers(fallback, &query, false);
    forget_seeds(fallback, seeds, n_seeds);
    for (size_t i = 0; i < k; i++) {
        ids[i] = i < count ? ids[i] : -1;
        scores[i] = i < count ? fallback->scores[ids[i]] : -INFINITY;
    }
    return answer;
}
