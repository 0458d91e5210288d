#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/artist_neighbours.h"
#include "models/best_rows.h"
#include "models/content_set.h"
#include "models/explain.h"

/* A sum of what is known of every track, also of those that no playlist contains:
 *
 *     score(t) = nearness · mean over the feature sets of near(t)
 *              + artists · score of t's artist
 *              + same_artist [t's artist is one of the seeds'] + same_album [t's album is one of the seeds'].
 *
 * near(t) is the nearness in content_set.h less its mean over the tracks, divided by its maximum; so a track without a
 * row in the set gets the mean, 0. The scores of artists (artist_neighbours.h) are divided by their maximum. Equal
 * scores are ordered by popularity. */

/* The memory of one thread; that of the first list of a call keeps the parts of its scores. */
struct scratch {
    struct artist_scratch artist;
    float *given;                                           /* rows of seeds, as content_set_nearness needs them */
    float *nearness[FEATURE_SETS_MAX];                      /* [stride] */
    float shift[FEATURE_SETS_MAX], scale[FEATURE_SETS_MAX]; /* a part is scale · (nearness - shift) */
    float *of_artists;                                      /* [n_artists] */
    float *same_artist;                                     /* [n_artists] zeros between two lists */
    float *same_album;                                      /* [1 + n_albums] zeros between two lists */
    float *score;                                           /* [n_tracks] */
    int32_t *missing;                                       /* seeds that a list lacks */
};

struct content_blend {
    double nearness, artists, same_artist, same_album; /* weights */
    struct artist_neighbours neighbours;
    const int32_t *albums; /* [n_tracks] -1: none */
    int64_t n_albums;
    struct content_set sets[FEATURE_SETS_MAX];
    size_t n_sets;
    struct scratch *scratches; /* the first list's, then one a thread */
    size_t n_scratches;
};

#define WEIGHT(key, mpd, small, meaning)                                                                               \
    {                                                                                                                  \
        key, mpd, small, 0, 1e6, false, meaning, NULL, NULL                                                            \
    }

static const struct setting_rule rules[] = {
    WEIGHT("nearness", 2, 2, "weight of the nearness in the feature sets"),
    WEIGHT("artists", 1, 1, "weight of the artists of similar playlists"),
    WEIGHT("same_artist", 1, 2, "weight of a track by an artist of the given ones"),
    WEIGHT("same_album", 0.5, 1, "weight of a track of an album of the given ones"),
    {"k", 100, 100, 1, 1e9, true, "most similar playlists whose artists count", NULL, NULL},
    {"bandwidth", 1, 1, 1e-6, 1e6, false, "squared distance, per column, at which nearness falls to a half", NULL,
     NULL},
    {"ridge", 0.01, 0.01, 1e-6, 1e6, false, "added to the columns' variances of 1 before whitening", NULL, NULL},
    {0},
};

/* ---- training ---- */

static enum status train(struct model_task *task, struct model_weights *weights, struct error *error)
{
    const struct side_info *side = task->spec->side;
    size_t n_tracks = (size_t)task->interactions->n_tracks;
    if (!side)
        return error_set(error, STATUS_FAILED, "the tracks' artists were not loaded; this is a fault of the program");
    int32_t *albums = malloc(n_tracks * sizeof *albums);
    if (albums)
        memcpy(albums, side->releases, n_tracks * sizeof *albums);
    enum status status =
        model_weights_add_integers(weights, "albums", MATRIX_INT32, (int64_t)n_tracks, 1, albums, error);
    if (status == STATUS_OK)
        status = artist_neighbours_save(task->interactions, side->artists, side->n_artists, weights, error);
    double ridge = settings_value(task->settings, "ridge");
    for (size_t i = 0; i < task->spec->n_features && status == STATUS_OK; i++)
        status = content_set_save(task, i, ridge, weights, error);
    return status;
}

/* ---- opening ---- */

static enum status read_albums(const struct recommender *recommender, struct content_blend *blend, struct error *error)
{
    const void *albums;
    int64_t n;
    enum status status = recommender_integers(recommender, "albums", MATRIX_INT32, &albums, &n, error);
    if (status != STATUS_OK)
        return status;
    blend->albums = albums;
    bool fits = n == recommender->n_tracks;
    for (int64_t i = 0; fits && i < n; i++) {
        int64_t album = blend->albums[i];
        fits = album >= -1 && album < n;
        blend->n_albums = album >= blend->n_albums ? album + 1 : blend->n_albums;
    }
    return fits ? STATUS_OK
                : error_set(error, STATUS_BAD_DATA, "the model's albums do not fit its tracks; train it again");
}

static bool open_scratch(struct scratch *scratch, const struct content_blend *blend, int64_t n_tracks)
{
    bool complete = artist_scratch_open(&scratch->artist, &blend->neighbours);
    for (size_t i = 0; i < blend->n_sets; i++) {
        const struct content_set *set = &blend->sets[i];
        scratch->nearness[i] = malloc((size_t)set->stride * sizeof *scratch->nearness[i]);
        complete = complete && scratch->nearness[i];
    }
    scratch->of_artists = malloc((size_t)blend->neighbours.n_artists * sizeof *scratch->of_artists);
    scratch->same_artist = calloc((size_t)blend->neighbours.n_artists, sizeof *scratch->same_artist);
    scratch->same_album = calloc((size_t)blend->n_albums + 1, sizeof *scratch->same_album);
    scratch->score = malloc((size_t)n_tracks * sizeof *scratch->score);
    return complete && scratch->of_artists && scratch->same_artist && scratch->same_album && scratch->score;
}

static void close_scratch(struct scratch *scratch)
{
    artist_scratch_close(&scratch->artist);
    for (size_t i = 0; i < FEATURE_SETS_MAX; i++)
        free(scratch->nearness[i]);
    free(scratch->given);
    free(scratch->missing);
    free(scratch->of_artists);
    free(scratch->same_artist);
    free(scratch->same_album);
    free(scratch->score);
}

static enum status open_scratches(const struct recommender *recommender, struct content_blend *blend,
                                  struct error *error)
{
    size_t count = 1 + (size_t)pool_threads(recommender->compute->pool);
    blend->scratches = calloc(count, sizeof *blend->scratches);
    bool complete = blend->scratches != NULL;
    blend->n_scratches = complete ? count : 0;
    for (size_t i = 0; i < count && complete; i++)
        complete = open_scratch(&blend->scratches[i], blend, recommender->n_tracks);
    return complete ? STATUS_OK : error_no_memory(error);
}

static enum status read_settings(const struct recommender *recommender, struct content_blend *blend, double *k,
                                 double *bandwidth, struct error *error)
{
    const struct {
        const char *key;
        double *value;
    } targets[] = {{"nearness", &blend->nearness},
                   {"artists", &blend->artists},
                   {"same_artist", &blend->same_artist},
                   {"same_album", &blend->same_album},
                   {"k", k},
                   {"bandwidth", bandwidth}};
    enum status status = STATUS_OK;
    for (size_t i = 0; i < sizeof targets / sizeof *targets && status == STATUS_OK; i++)
        status = recommender_setting(recommender, targets[i].key, targets[i].value, error);
    return status;
}

static enum status open_model(struct recommender *recommender, struct error *error)
{
    struct content_blend *blend = calloc(1, sizeof *blend);
    if (!blend)
        return error_no_memory(error);
    recommender->state = blend;
    recommender->rest = "artists";
    double k = 0, bandwidth = 0;
    enum status status = read_settings(recommender, blend, &k, &bandwidth, error);
    if (status == STATUS_OK)
        status = read_albums(recommender, blend, error);
    if (status == STATUS_OK)
        status = artist_neighbours_open(recommender, (int64_t)k, &blend->neighbours, error);
    for (size_t i = 0; i < recommender->n_features && status == STATUS_OK; i++)
        status = content_set_open(recommender, i, bandwidth, &blend->sets[blend->n_sets++], error);
    return status == STATUS_OK ? open_scratches(recommender, blend, error) : status;
}

static void close_model(struct recommender *recommender)
{
    struct content_blend *blend = recommender->state;
    if (!blend)
        return;
    for (size_t i = 0; i < blend->n_scratches; i++)
        close_scratch(&blend->scratches[i]);
    free(blend->scratches);
    for (size_t i = 0; i < blend->n_sets; i++)
        content_set_close(&blend->sets[i]);
    artist_neighbours_close(&blend->neighbours);
    free(blend);
}

/* ---- recommending ---- */

struct request {
    struct recommender *recommender;
    const struct seed_lists *lists;
    bool kept[FEATURE_SETS_MAX];                    /* the set has the nearness to each seed, and: */
    struct nearness_total totals[FEATURE_SETS_MAX]; /* that of the first list */
    size_t k;
    int32_t *ids;
    const int32_t *rows; /* NULL: the best k are found; otherwise these k are scored */
    float *scores;
};

struct seeds {
    const int32_t *rows;
    int64_t count;
};

/* Sets the scores of the tracks `rows` [n] to those of artists and albums; NULL: of all tracks. */
static void score_names(const struct content_blend *blend, struct scratch *scratch, const int32_t *rows, int64_t n,
                        const struct seeds *seeds)
{
    const struct artist_neighbours *neighbours = &blend->neighbours;
    float *of_artists = scratch->of_artists, *same_artist = scratch->same_artist;
    float *same_album = scratch->same_album + 1; /* [-1]: tracks without an album */
    artist_neighbours_score(neighbours, &scratch->artist, seeds->rows, seeds->count, of_artists);
    for (int64_t artist = 0; artist < neighbours->n_artists; artist++)
        of_artists[artist] *= (float)blend->artists;
    for (int64_t i = 0; i < seeds->count; i++) {
        int32_t row = seeds->rows[i];
        same_artist[neighbours->artists[row]] = (float)blend->same_artist;
        same_album[blend->albums[row]] = blend->albums[row] < 0 ? 0 : (float)blend->same_album;
    }
    for (int64_t i = 0; i < n; i++) {
        const int64_t t = rows ? rows[i] : i;
        int32_t artist = neighbours->artists[t];
        scratch->score[i] = of_artists[artist] + same_artist[artist] + same_album[blend->albums[t]];
    }
    for (int64_t i = 0; i < seeds->count; i++) {
        same_artist[neighbours->artists[seeds->rows[i]]] = 0;
        same_album[blend->albums[seeds->rows[i]]] = 0;
    }
}

/* Shift and scale of a set's nearness; the scale is 0 if no seed has a row. */
static void scale_set(const struct content_blend *blend, struct scratch *scratch, size_t index, int64_t n_given,
                      struct nearness_range range)
{
    double count = n_given > 0 ? (double)blend->sets[index].n_described : 0;
    scratch->shift[index] = count > 0 ? (float)(range.sum / count) : 0;
    scratch->scale[index] =
        n_given > 0 && range.highest > 0 ? (float)(blend->nearness / (double)blend->n_sets / (double)range.highest) : 0;
}

static float part_of(const struct content_blend *blend, const struct scratch *scratch, size_t index, int64_t t)
{
    int32_t row = blend->sets[index].rows[t];
    float scale = scratch->scale[index];
    return row < 0 || scale == 0 ? 0 : scale * (scratch->nearness[index][row] - scratch->shift[index]);
}

static struct seeds seeds_of(const struct request *request, size_t list)
{
    const int64_t *starts = request->lists->starts + list;
    return (struct seeds){request->lists->rows + starts[0], starts[1] - starts[0]};
}

/* What the first list has in addition to a later one, in scratch->missing. False: the list is not made from it by
 * leaving out fewer than half of the seeds. */
static bool find_missing(const struct request *request, size_t list, struct scratch *scratch, int64_t *n_missing)
{
    const struct seeds first = seeds_of(request, 0), seeds = seeds_of(request, list);
    int64_t at = 0, missing = 0;
    for (int64_t i = 0; i < first.count && 2 * seeds.count > first.count; i++) {
        if (at < seeds.count && seeds.rows[at] == first.rows[i])
            at++;
        else if (2 * missing < first.count)
            scratch->missing[missing++] = first.rows[i];
    }
    *n_missing = missing;
    return seeds.count > 0 && at == seeds.count && at + missing == first.count;
}

/* The nearness of a set and its range. Returns the number of seeds with a row. */
static int64_t find_nearness(const struct request *request, struct scratch *scratch, size_t index, size_t list,
                             struct nearness_range *range)
{
    const struct content_blend *blend = request->recommender->state;
    const struct content_set *set = &blend->sets[index];
    const struct nearness_total *total = NULL;
    struct seeds seeds = seeds_of(request, list);
    float *nearness = scratch->nearness[index];
    int64_t n_given = 0, n_missing;
    if (!request->kept[index]) {
        n_given = content_set_nearness(set, seeds.rows, seeds.count, scratch->given, nearness);
    } else if (request->totals[index].sums && find_missing(request, list, scratch, &n_missing)) {
        total = &request->totals[index];
        seeds = (struct seeds){scratch->missing, n_missing};
    }
    *range = (struct nearness_range){0, 0};
    for (int64_t first = 0; first < set->stride; first += CONTENT_BLOCK) {
        if (request->kept[index])
            n_given = content_set_kept_nearness(set, total, seeds.rows, seeds.count, first, nearness + first);
        if (n_given == 0)
            break;
        struct nearness_range block = content_set_range(set, first, nearness + first);
        range->sum += block.sum;
        range->highest = block.highest > range->highest ? block.highest : range->highest;
    }
    return n_given;
}

/* Scores the tracks of the request, or all of them, the seeds included. */
static void score_list(const struct request *request, size_t list, struct scratch *scratch)
{
    const struct recommender *recommender = request->recommender;
    const struct content_blend *blend = recommender->state;
    const struct seeds seeds = seeds_of(request, list);
    const int64_t n = request->rows ? (int64_t)request->k : recommender->n_tracks;
    score_names(blend, scratch, request->rows, n, &seeds);
    for (size_t set = 0; set < blend->n_sets; set++) {
        struct nearness_range range;
        int64_t n_given = find_nearness(request, scratch, set, list, &range);
        scale_set(blend, scratch, set, n_given, range);
        for (int64_t i = 0; i < n && scratch->scale[set] != 0; i++)
            scratch->score[i] += part_of(blend, scratch, set, request->rows ? request->rows[i] : i);
    }
}

static void choose_best(const struct request *request, size_t list, struct scratch *scratch)
{
    const struct recommender *recommender = request->recommender;
    const struct seed_lists *lists = request->lists;
    int32_t *ids = request->ids + list * request->k;
    float *scores = request->scores + list * request->k;
    for (int64_t i = lists->starts[list]; i < lists->starts[list + 1]; i++)
        scratch->score[lists->sorted[i]] = -INFINITY;
    size_t count = best_rows(scratch->score, recommender->popularity, recommender->n_tracks, request->k, ids);
    for (size_t i = 0; i < request->k; i++) {
        ids[i] = i < count ? ids[i] : -1;
        scores[i] = i < count ? scratch->score[ids[i]] : -INFINITY;
    }
}

/* The first list has scratch memory of its own. */
static void run_list(void *context, size_t list, int worker)
{
    const struct request *request = context;
    const struct content_blend *blend = request->recommender->state;
    struct scratch *scratch = &blend->scratches[list == 0 ? 0 : 1 + worker];
    score_list(request, list, scratch);
    if (!request->rows)
        choose_best(request, list, scratch);
    for (size_t i = 0; request->rows && i < request->k; i++)
        request->scores[list * request->k + i] = scratch->score[i];
}

/* Memory for the longest list's seeds. */
static enum status prepare_scratches(struct content_blend *blend, const struct seed_lists *lists, struct error *error)
{
    size_t longest = 0, widest = 1;
    for (size_t list = 0; list < lists->count; list++) {
        size_t length = (size_t)(lists->starts[list + 1] - lists->starts[list]);
        longest = length > longest ? length : longest;
    }
    for (size_t i = 0; i < blend->n_sets; i++)
        widest = (size_t)blend->sets[i].width > widest ? (size_t)blend->sets[i].width : widest;
    for (size_t i = 0; i < blend->n_scratches; i++) {
        struct scratch *scratch = &blend->scratches[i];
        free(scratch->given);
        free(scratch->missing);
        scratch->given = malloc((longest * widest + 1) * sizeof *scratch->given);
        scratch->missing = malloc((longest + 1) * sizeof *scratch->missing);
        if (!scratch->given || !scratch->missing)
            return error_no_memory(error);
    }
    return STATUS_OK;
}

/* Keeps the nearness to each seed where the same seeds are asked about again: for one list, whose suggestions may be
 * explained, and for lists that share most of their seeds. */
static enum status keep_nearness(struct request *request, struct error *error)
{
    struct content_blend *blend = request->recommender->state;
    const struct seed_lists *lists = request->lists;
    struct pool *pool = request->recommender->compute->pool;
    const struct seeds first = seeds_of(request, 0);
    enum status status = STATUS_OK;
    for (size_t i = 0; i < blend->n_sets && status == STATUS_OK; i++) {
        request->kept[i] = content_set_keep(&blend->sets[i], pool, lists->rows, lists->starts[lists->count]);
        if (request->kept[i] && lists->count > 1)
            status = content_set_total(&blend->sets[i], pool, first.rows, first.count, &request->totals[i], error);
    }
    return status;
}

static enum status run(struct request *request, struct error *error)
{
    const struct recommender *recommender = request->recommender;
    enum status status = prepare_scratches(recommender->state, request->lists, error);
    if (status == STATUS_OK)
        status = keep_nearness(request, error);
    if (status == STATUS_OK)
        pool_run(recommender->compute->pool, request->lists->count, run_list, request);
    for (size_t i = 0; i < FEATURE_SETS_MAX; i++)
        free(request->totals[i].sums);
    return status;
}

/* The result for a list depends only on the model and the list, not on threads, other lists or what is kept. */
static enum status recommend(struct recommender *recommender, const struct seed_lists *lists, size_t k, int32_t *ids,
                             float *scores, struct error *error)
{
    struct request request = {.recommender = recommender, .lists = lists, .k = k, .ids = ids, .scores = scores};
    return run(&request, error);
}

static enum status score(struct recommender *recommender, const struct seed_lists *lists, size_t n, const int32_t *rows,
                         float *scores, struct error *error)
{
    struct request request = {.recommender = recommender, .lists = lists, .k = n, .rows = rows, .scores = scores};
    return run(&request, error);
}

/* The song's part: that of its artist's score, then those of artists and albums of the seeds. */
static enum status reasons(struct recommender *recommender, const struct seed_lists *list, int32_t row,
                           struct score_reasons *found, struct error *error)
{
    const struct content_blend *blend = recommender->state;
    const struct artist_neighbours *neighbours = &blend->neighbours;
    struct scratch *scratch = &blend->scratches[0];
    (void)error;
    bool same_artist = false, same_album = false;
    for (int64_t i = 0; i < list->starts[1]; i++) {
        same_artist = same_artist || neighbours->artists[list->rows[i]] == neighbours->artists[row];
        same_album = same_album || (blend->albums[row] >= 0 && blend->albums[list->rows[i]] == blend->albums[row]);
    }
    artist_neighbours_score(neighbours, &scratch->artist, list->rows, list->starts[1], scratch->of_artists);
    score_reasons_add_part(found, "artists of similar playlists", PART_CO_OCCURRENCE,
                           blend->artists * (double)scratch->of_artists[neighbours->artists[row]]);
    score_reasons_add_part(found, "an artist of the playlist", PART_ARTIST, same_artist ? blend->same_artist : 0);
    score_reasons_add_part(found, "an album of the playlist", PART_ALBUM, same_album ? blend->same_album : 0);
    return STATUS_OK;
}

static bool knows(const struct recommender *recommender, int32_t row)
{
    const struct content_blend *blend = recommender->state;
    bool known = artist_neighbours_know(&blend->neighbours, row);
    for (size_t i = 0; i < blend->n_sets; i++)
        known = known || blend->sets[i].rows[row] >= 0;
    return known;
}

static enum status score_parts(struct recommender *recommender, size_t n, const int32_t *ids, float *parts,
                               struct error *error)
{
    (void)error;
    const struct content_blend *blend = recommender->state;
    for (size_t i = 0; i < n; i++)
        for (size_t set = 0; set < blend->n_sets; set++)
            parts[i * blend->n_sets + set] = part_of(blend, &blend->scratches[0], set, ids[i]);
    return STATUS_OK;
}

static const struct recommender_ops kinds[] = {
    {.kind = "content-blend",
     .settings = {.groups = (const struct setting_rule *const[]){rules, NULL}},
     .uses_side_info = true,
     .takes_features = true,
     .train = train,
     .open = open_model,
     .close = close_model,
     .recommend = recommend,
     .score = score,
     .reasons = reasons,
     .random_lists = -1,
     .knows = knows,
     .score_parts = score_parts},
};

const struct model_family content_family = {
    .help = "content-blend: tracks near the given ones in feature sets, by artists of similar playlists, and by the\n"
            "same artists and albums; also for tracks that no playlist contains.\n",
    .kinds = kinds,
    .count = sizeof kinds / sizeof *kinds,
};
