#include "models/session_knn.h"

#include <math.h>
#include <stdlib.h>

#include "models/explain.h"
#include "models/scored_rows.h"
#include "models/session_index.h"

struct candidate {
    double similarity;
    int32_t playlist;
    int32_t newest; /* index of the last seed that it contains, from 0 */
};

/* A seed, while the playlists that contain it are visited from the last to the first. */
struct seed {
    double weight;
    int64_t first, next; /* indices into the index's holders; next is one past the last that remains */
};

/* The memory of one thread. Between two lists `scored` is empty. */
struct scratch {
    struct candidate *candidates; /* [most_candidates] */
    struct seed *seeds;           /* [n_tracks] */
    int32_t *latest;              /* [n_tracks] the last remaining playlist of each seed, -1 for none */
    struct scored_rows scored;    /* the rows that the neighbours contain */
};

struct session_knn {
    struct session_formula formula;
    struct session_index index;
    int64_t most_candidates;
    double *position_factors;  /* [longest] by distance; NULL where all are 1 */
    double *rarity;            /* [n_tracks] factors; NULL where all are 1 */
    struct scratch *scratches; /* one a thread */
    int n_scratches;
};

enum status session_knn_train(struct model_task *task, struct model_weights *weights, struct error *error)
{
    return session_index_save(task->interactions, weights, error);
}

static bool open_scratch(struct scratch *scratch, const struct session_knn *knn)
{
    size_t n_tracks = (size_t)knn->index.n_tracks;
    scratch->candidates = malloc((size_t)knn->most_candidates * sizeof *scratch->candidates);
    scratch->seeds = malloc(n_tracks * sizeof *scratch->seeds);
    scratch->latest = malloc(n_tracks * sizeof *scratch->latest);
    bool scored = scored_rows_open(&scratch->scored, knn->index.n_tracks);
    return scored && scratch->candidates && scratch->seeds && scratch->latest;
}

static void close_scratch(struct scratch *scratch)
{
    free(scratch->candidates);
    free(scratch->seeds);
    free(scratch->latest);
    scored_rows_close(&scratch->scored);
}

static enum status prepare_factors(struct session_knn *knn, struct error *error)
{
    const struct session_index *index = &knn->index;
    if (isfinite(knn->formula.position_decay)) {
        knn->position_factors = malloc(((size_t)index->longest + 1) * sizeof *knn->position_factors);
        if (!knn->position_factors)
            return error_no_memory(error);
        for (int64_t distance = 0; distance < index->longest; distance++)
            knn->position_factors[distance] = exp(-(double)distance / knn->formula.position_decay);
    }
    if (knn->formula.idf > 0) {
        knn->rarity = malloc((size_t)index->n_tracks * sizeof *knn->rarity);
        if (!knn->rarity)
            return error_no_memory(error);
        for (int64_t row = 0; row < index->n_tracks; row++) {
            int64_t holders = index->holder_starts[row + 1] - index->holder_starts[row];
            double idf = holders ? log((double)index->n_playlists / (double)holders) : 0;
            knn->rarity[row] = 1 + knn->formula.idf * idf;
        }
    }
    return STATUS_OK;
}

enum status session_knn_open(struct recommender *recommender, const struct session_formula *formula,
                             struct error *error)
{
    struct session_knn *knn = calloc(1, sizeof *knn);
    if (!knn)
        return error_no_memory(error);
    recommender->state = knn;
    knn->formula = *formula;
    enum status status = session_index_open(recommender, &knn->index, error);
    if (status == STATUS_OK)
        status = prepare_factors(knn, error);
    if (status != STATUS_OK)
        return status;
    bool all = formula->sample == 0 || formula->sample > knn->index.n_playlists;
    knn->most_candidates = all ? knn->index.n_playlists : formula->sample;
    int threads = pool_threads(recommender->compute->pool);
    knn->scratches = calloc((size_t)threads, sizeof *knn->scratches);
    if (!knn->scratches)
        return error_no_memory(error);
    knn->n_scratches = threads;
    for (int i = 0; i < threads; i++)
        if (!open_scratch(&knn->scratches[i], knn))
            return error_no_memory(error);
    return STATUS_OK;
}

void session_knn_close(struct recommender *recommender)
{
    struct session_knn *knn = recommender->state;
    if (!knn)
        return;
    for (int i = 0; i < knn->n_scratches; i++)
        close_scratch(&knn->scratches[i]);
    free(knn->scratches);
    free(knn->position_factors);
    free(knn->rarity);
    session_index_close(&knn->index);
    free(knn);
}

/* ---- neighbours ---------------------------------------------------------------------------------------------- */

static void step_back(const struct session_index *index, struct scratch *scratch, int64_t i)
{
    struct seed *seed = &scratch->seeds[i];
    scratch->latest[i] = seed->next > seed->first ? index->holders[--seed->next] : -1;
}

/* Finds the last playlists that contain any of the seeds, from the last one backwards; `similarity` is the sum of the
 * weights at this point. The holder lists of all seeds are merged from their ends, so that playlists before the sample
 * are never visited. */
static int64_t find_candidates(const struct session_knn *knn, struct scratch *scratch, const int32_t *rows,
                               int64_t n_seeds)
{
    const struct session_index *index = &knn->index;
    for (int64_t i = 0; i < n_seeds; i++) {
        scratch->seeds[i] = (struct seed){.weight = exp(-(double)(n_seeds - 1 - i) / knn->formula.seed_decay),
                                          .first = index->holder_starts[rows[i]],
                                          .next = index->holder_starts[rows[i] + 1]};
        step_back(index, scratch, i);
    }
    int64_t count = 0;
    for (; count < knn->most_candidates; count++) {
        struct candidate candidate = {.playlist = -1};
        for (int64_t i = 0; i < n_seeds; i++)
            candidate.playlist = scratch->latest[i] > candidate.playlist ? scratch->latest[i] : candidate.playlist;
        if (candidate.playlist < 0)
            break;
        for (int64_t i = 0; i < n_seeds; i++) {
            if (scratch->latest[i] != candidate.playlist)
                continue;
            candidate.similarity += scratch->seeds[i].weight;
            candidate.newest = (int32_t)i;
            step_back(index, scratch, i);
        }
        scratch->candidates[count] = candidate;
    }
    return count;
}

static int nearest_first(const void *left, const void *right)
{
    const struct candidate *a = left, *b = right;
    if (a->similarity != b->similarity)
        return a->similarity < b->similarity ? 1 : -1;
    return (a->playlist > b->playlist) - (a->playlist < b->playlist);
}

/* Moves the neighbours to the front of the candidates. */
static int64_t find_neighbours(const struct session_knn *knn, struct scratch *scratch, const int32_t *rows,
                               int64_t n_seeds)
{
    const struct session_formula *formula = &knn->formula;
    struct candidate *candidates = scratch->candidates;
    int64_t count = find_candidates(knn, scratch, rows, n_seeds);
    double squares = 0;
    for (int64_t i = 0; i < n_seeds; i++)
        squares += scratch->seeds[i].weight * scratch->seeds[i].weight;
    for (int64_t i = 0; i < count; i++) {
        const int64_t *starts = knn->index.starts + candidates[i].playlist;
        double length = (double)(starts[1] - starts[0]);
        candidates[i].similarity /= formula->cosine ? sqrt(squares) * sqrt(length) : (double)n_seeds;
    }
    if (count <= formula->k)
        return count;
    qsort(candidates, (size_t)count, sizeof *candidates, nearest_first);
    return formula->k;
}

/* ---- scores -------------------------------------------------------------------------------------------------- */

static double match_factor(const struct session_formula *formula, int64_t steps_back)
{
    switch (formula->match) {
    case MATCH_DIV:
        return 1 / (double)(steps_back + 1);
    case MATCH_EXP:
        return exp(-(double)steps_back / formula->match_decay);
    case MATCH_SAME:
        break;
    }
    return 1;
}

static double weight_of(const struct session_knn *knn, const struct candidate *neighbour, int64_t n_seeds)
{
    return neighbour->similarity * match_factor(&knn->formula, n_seeds - 1 - neighbour->newest);
}

/* The position of the last seed in a playlist; 0 where positions do not count. */
static int64_t last_seed(const struct session_knn *knn, const struct scored_rows *scored, int32_t playlist)
{
    const int32_t *tracks = knn->index.tracks + knn->index.starts[playlist];
    int64_t length = knn->index.starts[playlist + 1] - knn->index.starts[playlist], last = 0;
    for (int64_t i = 0; knn->position_factors && i < length; i++)
        last = scored->is_seed[tracks[i]] ? i : last;
    return last;
}

/* What a track at a position gains from a neighbour of this weight. */
static double gain_of(const struct session_knn *knn, double weight, int32_t row, int64_t position, int64_t last)
{
    int64_t distance = position < last ? last - position : position - last;
    double gain = knn->position_factors ? weight * knn->position_factors[distance] : weight;
    return knn->rarity ? gain * knn->rarity[row] : gain;
}

/* Adds a neighbour's contribution to its tracks. */
static void add_neighbour(const struct session_knn *knn, struct scored_rows *scored, int32_t playlist, double weight)
{
    const int32_t *tracks = knn->index.tracks + knn->index.starts[playlist];
    int64_t length = knn->index.starts[playlist + 1] - knn->index.starts[playlist];
    int64_t last = last_seed(knn, scored, playlist);
    for (int64_t i = 0; i < length; i++)
        scored_rows_add(scored, tracks[i], gain_of(knn, weight, tracks[i], i, last));
}

/* ---- lists --------------------------------------------------------------------------------------------------- */

static struct scored_rows *memory(const struct recommender *recommender, int worker)
{
    const struct session_knn *knn = recommender->state;
    return &knn->scratches[worker].scored;
}

static void add(const struct recommender *recommender, const struct scored_seeds *seeds, int worker)
{
    const struct session_knn *knn = recommender->state;
    struct scratch *scratch = &knn->scratches[worker];
    int64_t n_neighbours = find_neighbours(knn, scratch, seeds->rows, seeds->count);
    for (int64_t i = 0; i < n_neighbours; i++)
        add_neighbour(knn, &scratch->scored, scratch->candidates[i].playlist,
                      weight_of(knn, &scratch->candidates[i], seeds->count));
}

enum status session_knn_recommend(struct recommender *recommender, const struct seed_lists *lists, size_t k,
                                  int32_t *ids, float *scores, struct error *error)
{
    (void)error;
    scored_rows_run(recommender, &(struct scored_rows_model){memory, add}, lists, k, ids, scores);
    return STATUS_OK;
}

enum status session_knn_ranks(struct recommender *recommender, const struct seed_lists *lists, int32_t row,
                              size_t depth, size_t *ranks, bool *known, struct error *error)
{
    (void)error;
    *known = true;
    scored_rows_ranks(recommender, &(struct scored_rows_model){memory, add}, lists, row, depth, ranks);
    return STATUS_OK;
}

enum status session_knn_score(struct recommender *recommender, const struct seed_lists *lists, size_t n,
                              const int32_t *rows, float *scores, struct error *error)
{
    (void)error;
    scored_rows_score(recommender, &(struct scored_rows_model){memory, add}, lists, n, rows, scores);
    return STATUS_OK;
}

enum status session_knn_reasons(struct recommender *recommender, const struct seed_lists *list, int32_t row,
                                struct score_reasons *reasons, struct error *error)
{
    const struct session_knn *knn = recommender->state;
    const struct session_index *index = &knn->index;
    struct scratch *scratch = &knn->scratches[0];
    const int64_t n_seeds = list->starts[1];
    enum status status = STATUS_OK;
    scored_rows_mark(&scratch->scored, list->rows, n_seeds, true);
    int64_t n_neighbours = find_neighbours(knn, scratch, list->rows, n_seeds);
    for (int64_t i = 0; i < n_neighbours && status == STATUS_OK; i++) {
        const struct candidate *neighbour = &scratch->candidates[i];
        int64_t at = session_index_position(index, neighbour->playlist, row);
        if (at < 0)
            continue;
        int64_t last = last_seed(knn, &scratch->scored, neighbour->playlist);
        double gain = gain_of(knn, weight_of(knn, neighbour, n_seeds), row, at, last);
        status = score_reasons_add_vote(reasons, index, neighbour->playlist, gain, error);
    }
    scored_rows_mark(&scratch->scored, list->rows, n_seeds, false);
    return status;
}
