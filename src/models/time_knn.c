#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/titles.h"
#include "models/explain.h"
#include "models/playlist_time.h"
#include "models/scored_rows.h"
#include "models/session_index.h"

/* Time-aware nearest neighbours: recommends what training playlists of the same time contain, most of all those that
 * share tracks with the given playlist. A training playlist n weighs
 *     time(n) (1 + match · |seeds in n| / √(seeds · tracks of n)),
 * and the score of a track is the sum of the weights of the k heaviest playlists that contain it.
 *
 * If the given playlist's title has a date (playlist_time.h) d, time(n) = exp(-|d - d_n| / days). Otherwise its time is
 * inferred from the seeds, in bins b of a week or more:
 *     P(b) ∝ m_b Π_s (c_sb + prior · c_s) / (m_b + prior),        time(n) = Σ_b P(b) exp(-|b - b_n| / days) / m_b,
 * where m_b and c_sb are the numbers of all playlists and of those that contain seed s, smoothed over time by
 * exp(-|b - b_n| / days), and c_s is the share of all playlists that contain s.
 *
 * The time d_n of a training playlist is the date in its title, otherwise that of its last change as its source gives
 * it; a playlist without either is no neighbour. STAN and VSTAN weigh neighbours by their age in the same way (the
 * factor with decay sn_w; Garg et al., "Sequence and time aware neighborhood for session-based recommendations", 2019),
 * but sessions are continued in the present, whereas a playlist can be of any time. */

enum { NO_DAY = TITLES_NO_DAY };

struct candidate {
    double weight;
    int32_t playlist;
};

/* The memory of one thread. Between two lists `shared` contains only zeros. */
struct scratch {
    struct scored_rows scored;
    struct candidate *candidates; /* [n_playlists] */
    int32_t *shared;              /* [n_playlists] seeds that the playlist contains */
    double *counts, *smooth;      /* [bins] */
    double *belief;               /* [bins] logarithms, then probabilities */
};

struct time_knn {
    struct session_index index;
    const int32_t *days; /* [n_playlists] NO_DAY: unknown */
    double decay, match, prior;
    size_t k;
    struct time_bins bins;
    double *mass; /* [bins] playlists, smoothed */
    double n_dated;
    struct scratch *scratches; /* one a thread */
    int n_scratches;
};

/* ---- training ------------------------------------------------------------------------------------------------ */

static enum status train(struct model_task *task, struct model_weights *weights, struct error *error)
{
    const struct playlist_titles *titles = task->spec->titles;
    int64_t n = task->interactions->n_playlists, dated = 0;
    int32_t *days = malloc((size_t)n * sizeof *days);
    if (!days)
        return error_no_memory(error);
    for (int64_t p = 0; p < n; p++) {
        days[p] = NO_DAY;
        if (titles && !title_day(titles->titles[p], &days[p]) && titles->days)
            days[p] = titles->days[p];
        dated += days[p] != NO_DAY;
    }
    if (dated == 0) {
        free(days);
        return error_set(error, STATUS_FAILED,
                         "none of the %lld training playlists has a time: no date such as 2012-02-07 in its title, and "
                         "no time of its last change; choose another kind of model, such as sknn",
                         (long long)n);
    }
    enum status status = model_weights_add_integers(weights, "days", MATRIX_INT32, n, 1, days, error);
    if (status == STATUS_OK)
        status = session_index_save(task->interactions, weights, error);
    if (status == STATUS_OK && dated < n)
        snprintf(task->report, sizeof task->report, "%lld of the %lld training playlists have no time and are left out",
                 (long long)(n - dated), (long long)n);
    return status;
}

/* ---- opening ------------------------------------------------------------------------------------------------- */

static bool open_scratch(struct scratch *scratch, const struct time_knn *knn)
{
    size_t playlists = (size_t)knn->index.n_playlists;
    scratch->candidates = malloc(playlists * sizeof *scratch->candidates);
    scratch->shared = calloc(playlists, sizeof *scratch->shared);
    scratch->counts = malloc(knn->bins.count * sizeof *scratch->counts);
    scratch->smooth = malloc(knn->bins.count * sizeof *scratch->smooth);
    scratch->belief = malloc(knn->bins.count * sizeof *scratch->belief);
    bool scored = scored_rows_open(&scratch->scored, knn->index.n_tracks);
    return scored && scratch->candidates && scratch->shared && scratch->counts && scratch->smooth && scratch->belief;
}

static void close_scratch(struct scratch *scratch)
{
    scored_rows_close(&scratch->scored);
    free(scratch->candidates);
    free(scratch->shared);
    free(scratch->counts);
    free(scratch->smooth);
    free(scratch->belief);
}

/* The bins, and how many playlists there are at each time. */
static enum status prepare_bins(struct time_knn *knn, struct error *error)
{
    int32_t first = INT32_MAX, last = NO_DAY;
    int64_t n = knn->index.n_playlists;
    for (int64_t p = 0; p < n; p++) {
        int32_t day = knn->days[p];
        knn->n_dated += day != NO_DAY;
        first = day != NO_DAY && day < first ? day : first;
        last = day > last ? day : last;
    }
    if (knn->n_dated == 0)
        return error_set(error, STATUS_BAD_DATA, "no playlist of the model has a time; train it again");
    knn->bins = time_bins_of(first, last);
    double *counts = calloc(knn->bins.count, sizeof *counts);
    knn->mass = malloc(knn->bins.count * sizeof *knn->mass);
    bool enough = counts && knn->mass;
    for (int64_t p = 0; enough && p < n; p++)
        if (knn->days[p] != NO_DAY)
            counts[time_bin(&knn->bins, knn->days[p])]++;
    if (enough)
        time_smooth(&knn->bins, knn->decay, counts, knn->mass);
    free(counts);
    return enough ? STATUS_OK : error_no_memory(error);
}

static enum status read_model(const struct recommender *recommender, struct time_knn *knn, struct error *error)
{
    double k = 0;
    const struct {
        const char *key;
        double *value;
    } settings[] = {{"days", &knn->decay}, {"match", &knn->match}, {"prior", &knn->prior}, {"k", &k}};
    enum status status = STATUS_OK;
    for (size_t i = 0; i < sizeof settings / sizeof *settings && status == STATUS_OK; i++)
        status = recommender_setting(recommender, settings[i].key, settings[i].value, error);
    knn->k = (size_t)k;
    if (status == STATUS_OK)
        status = session_index_open(recommender, &knn->index, error);
    const void *days = NULL;
    int64_t n = 0;
    if (status == STATUS_OK)
        status = recommender_integers(recommender, "days", MATRIX_INT32, &days, &n, error);
    knn->days = days;
    if (status == STATUS_OK && n != knn->index.n_playlists)
        status = error_set(error, STATUS_BAD_DATA, "the model has %lld playlists and the times of %lld; train it again",
                           (long long)knn->index.n_playlists, (long long)n);
    return status == STATUS_OK ? prepare_bins(knn, error) : status;
}

static enum status open_model(struct recommender *recommender, struct error *error)
{
    struct time_knn *knn = calloc(1, sizeof *knn);
    if (!knn)
        return error_no_memory(error);
    recommender->state = knn;
    enum status status = read_model(recommender, knn, error);
    if (status != STATUS_OK)
        return status;
    int threads = pool_threads(recommender->compute->pool);
    knn->scratches = calloc((size_t)threads, sizeof *knn->scratches);
    knn->n_scratches = knn->scratches ? threads : 0;
    bool enough = knn->scratches != NULL;
    for (int i = 0; i < knn->n_scratches; i++)
        enough = open_scratch(&knn->scratches[i], knn) && enough;
    return enough ? STATUS_OK : error_no_memory(error);
}

static void close_model(struct recommender *recommender)
{
    struct time_knn *knn = recommender->state;
    if (!knn)
        return;
    for (int i = 0; i < knn->n_scratches; i++)
        close_scratch(&knn->scratches[i]);
    free(knn->scratches);
    free(knn->mass);
    session_index_close(&knn->index);
    free(knn);
}

/* ---- the time of a playlist ---------------------------------------------------------------------------------- */

/* Adds a seed's factor to the belief. */
static void add_seed(const struct time_knn *knn, struct scratch *scratch, int32_t seed)
{
    const struct session_index *index = &knn->index;
    double holders = 0;
    memset(scratch->counts, 0, knn->bins.count * sizeof *scratch->counts);
    for (int64_t h = index->holder_starts[seed]; h < index->holder_starts[seed + 1]; h++) {
        int32_t day = knn->days[index->holders[h]];
        if (day == NO_DAY)
            continue;
        scratch->counts[time_bin(&knn->bins, day)]++;
        holders++;
    }
    if (holders == 0)
        return;
    time_smooth(&knn->bins, knn->decay, scratch->counts, scratch->smooth);
    for (size_t b = 0; b < knn->bins.count; b++)
        scratch->belief[b] +=
            log((scratch->smooth[b] + knn->prior * holders / knn->n_dated) / (knn->mass[b] + knn->prior));
}

/* scratch->smooth becomes time(n) of a playlist in each bin. */
static void infer_time(const struct time_knn *knn, struct scratch *scratch, const int32_t *seeds, int64_t n_seeds)
{
    double *belief = scratch->belief, highest = -INFINITY, sum = 0;
    for (size_t b = 0; b < knn->bins.count; b++)
        belief[b] = log(knn->mass[b]);
    for (int64_t i = 0; i < n_seeds; i++)
        add_seed(knn, scratch, seeds[i]);
    for (size_t b = 0; b < knn->bins.count; b++)
        highest = belief[b] > highest ? belief[b] : highest;
    for (size_t b = 0; b < knn->bins.count; b++)
        sum += belief[b] = exp(belief[b] - highest);
    for (size_t b = 0; b < knn->bins.count; b++)
        belief[b] = knn->mass[b] > 0 ? belief[b] / (sum * knn->mass[b]) : 0; /* no playlist is near this time */
    time_smooth(&knn->bins, knn->decay, belief, scratch->smooth);
}

/* ---- neighbours ---------------------------------------------------------------------------------------------- */

static int heaviest_first(const void *left, const void *right)
{
    const struct candidate *a = left, *b = right;
    if (a->weight != b->weight)
        return a->weight < b->weight ? 1 : -1;
    return (a->playlist > b->playlist) - (a->playlist < b->playlist);
}

static void count_shared(const struct time_knn *knn, struct scratch *scratch, const int32_t *seeds, int64_t n_seeds,
                         int32_t step)
{
    for (int64_t i = 0; i < n_seeds; i++)
        for (int64_t h = knn->index.holder_starts[seeds[i]]; h < knn->index.holder_starts[seeds[i] + 1]; h++)
            scratch->shared[knn->index.holders[h]] += step;
}

/* Puts the neighbours at the front of the candidates; returns their number. */
static size_t find_neighbours(const struct time_knn *knn, struct scratch *scratch, const int32_t *seeds,
                              int64_t n_seeds, const char *title)
{
    int32_t day;
    bool dated = title && title_day(title, &day);
    size_t count = 0;
    if (!dated)
        infer_time(knn, scratch, seeds, n_seeds);
    count_shared(knn, scratch, seeds, n_seeds, 1);
    for (int64_t p = 0; p < knn->index.n_playlists; p++) {
        int32_t its = knn->days[p];
        if (its == NO_DAY)
            continue;
        double time =
            dated ? exp(-fabs((double)its - (double)day) / knn->decay) : scratch->smooth[time_bin(&knn->bins, its)];
        double length = (double)(knn->index.starts[p + 1] - knn->index.starts[p]);
        if (scratch->shared[p] > 0)
            time *= 1 + knn->match * scratch->shared[p] / sqrt((double)n_seeds * length);
        scratch->candidates[count++] = (struct candidate){time, (int32_t)p};
    }
    count_shared(knn, scratch, seeds, n_seeds, -1);
    if (count <= knn->k)
        return count;
    qsort(scratch->candidates, count, sizeof *scratch->candidates, heaviest_first);
    return knn->k;
}

static struct scored_rows *memory(const struct recommender *recommender, int worker)
{
    const struct time_knn *knn = recommender->state;
    return &knn->scratches[worker].scored;
}

static void add(const struct recommender *recommender, const struct scored_seeds *seeds, int worker)
{
    const struct time_knn *knn = recommender->state;
    struct scratch *scratch = &knn->scratches[worker];
    size_t count = find_neighbours(knn, scratch, seeds->rows, seeds->count, seeds->title);
    for (size_t i = 0; i < count; i++) {
        const int64_t *starts = knn->index.starts + scratch->candidates[i].playlist;
        for (int64_t e = starts[0]; e < starts[1]; e++)
            scored_rows_add(&scratch->scored, knn->index.tracks[e], scratch->candidates[i].weight);
    }
}

static enum status recommend(struct recommender *recommender, const struct seed_lists *lists, size_t k, int32_t *ids,
                             float *scores, struct error *error)
{
    (void)error;
    scored_rows_run(recommender, &(struct scored_rows_model){memory, add}, lists, k, ids, scores);
    return STATUS_OK;
}

static enum status score(struct recommender *recommender, const struct seed_lists *lists, size_t n, const int32_t *rows,
                         float *scores, struct error *error)
{
    (void)error;
    scored_rows_score(recommender, &(struct scored_rows_model){memory, add}, lists, n, rows, scores);
    return STATUS_OK;
}

static enum status ranks(struct recommender *recommender, const struct seed_lists *lists, int32_t row, size_t depth,
                         size_t *found, bool *known, struct error *error)
{
    (void)error;
    *known = true;
    scored_rows_ranks(recommender, &(struct scored_rows_model){memory, add}, lists, row, depth, found);
    return STATUS_OK;
}

static enum status reasons(struct recommender *recommender, const struct seed_lists *list, int32_t row,
                           struct score_reasons *found, struct error *error)
{
    const struct time_knn *knn = recommender->state;
    struct scratch *scratch = &knn->scratches[0];
    enum status status = STATUS_OK;
    size_t count = find_neighbours(knn, scratch, list->rows, list->starts[1], list->titles ? list->titles[0] : NULL);
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        const struct candidate *neighbour = &scratch->candidates[i];
        if (session_index_position(&knn->index, neighbour->playlist, row) >= 0)
            status = score_reasons_add_vote(found, &knn->index, neighbour->playlist, neighbour->weight, error);
    }
    return status;
}

static bool reads_title(const struct recommender *recommender, const char *title)
{
    (void)recommender;
    int32_t day;
    return title_day(title, &day);
}

static const struct setting_rule time_rules[] = {
    {"days", 20, 20, 0.1, 1e5, false, "days between two playlists at which a neighbour's weight falls to 1/e", NULL,
     NULL},
    {"match", 10, 10, 0, 1e6, false, "weight of the tracks in common", NULL, NULL},
    {"prior", 60, 60, 1e-3, 1e6, false, "playlists as of any time, in the inference of the time from the seeds", NULL,
     NULL},
    {"k", 1500, 1500, 1, 1e9, true, "nearest playlists that recommend", NULL, NULL},
    {0},
};

static const struct recommender_ops kinds[] = {
    {.kind = "tknn",
     .trains_on_titles = true,
     .settings = {.groups = (const struct setting_rule *const[]){time_rules, NULL}},
     .reads_title = reads_title,
     .train = train,
     .open = open_model,
     .close = close_model,
     .recommend = recommend,
     .score = score,
     .ranks = ranks,
     .reasons = reasons},
};

const struct model_family time_family = {
    .help =
        "tknn: the training playlists of the same time (nearest neighbours in time and tracks). The time is the date "
        "in\nthe title, else inferred from the tracks.\n",
    .kinds = kinds,
    .count = sizeof kinds / sizeof *kinds,
};
