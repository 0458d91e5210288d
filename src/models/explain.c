#include "models/explain.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"
#include "models/explain_internal.h"
#include "models/fallback.h"
#include "models/new_tracks.h"
#include "models/titles.h"

void score_reasons_add_part(struct score_reasons *reasons, const char *name, enum score_part_kind kind, double value)
{
    if (reasons->n_parts == MODEL_MEMBERS_MAX)
        return;
    struct explained_part *part = &reasons->parts[reasons->n_parts++];
    *part = (struct explained_part){.kind = kind, .value = value};
    snprintf(part->name, sizeof part->name, "%s", name);
}

enum status score_reasons_add_vote(struct score_reasons *reasons, const struct session_index *index, int32_t playlist,
                                   double gain, struct error *error)
{
    if (reasons->n_votes == reasons->capacity) {
        size_t capacity = 2 * reasons->capacity + 64;
        struct score_vote *votes = realloc(reasons->votes, capacity * sizeof *votes);
        if (!votes)
            return error_no_memory(error);
        reasons->votes = votes;
        reasons->capacity = capacity;
    }
    reasons->votes[reasons->n_votes++] =
        (struct score_vote){.playlist = playlist,
                            .length = index->starts[playlist + 1] - index->starts[playlist],
                            .tracks = index->tracks + index->starts[playlist],
                            .gain = gain};
    return STATUS_OK;
}

void score_explanation_free(struct score_explanation *explanation)
{
    free(explanation->seeds);
    free(explanation->votes);
    *explanation = (struct score_explanation){0};
}

/* ---- the list that was shown ---- */

static int by_row(const void *left, const void *right)
{
    int32_t a = *(const int32_t *)left, b = *(const int32_t *)right;
    return (a > b) - (a < b);
}

/* The track's place in a list of k, from 1; 0: it is not in it. */
static enum status find_rank(struct explaining *explaining, const struct recommend_query *query, size_t *rank,
                             double *score, struct error *error)
{
    const struct explain_query *asked = explaining->query;
    struct recommendation *list = malloc((asked->k + 1) * sizeof *list);
    size_t count = 0;
    if (!list)
        return error_no_memory(error);
    enum status status = recommender_recommend_many(explaining->recommender, query, 1, asked->k, list, &count, error);
    *rank = 0;
    for (size_t i = 0; status == STATUS_OK && i < count && *rank == 0; i++)
        if (list[i].track == asked->track) {
            *rank = i + 1;
            *score = (double)list[i].score;
        }
    free(list);
    return status;
}

/* The track's place in the list of the title. */
static enum status find_title_rank(struct explaining *explaining, size_t *rank, struct error *error)
{
    struct recommender *recommender = explaining->recommender;
    const struct explain_query *asked = explaining->query;
    size_t n_seeds = (size_t)explaining->n_rows, k = asked->k < 2 ? 2 : asked->k, near = 0;
    k = k < (size_t)recommender->n_tracks ? k : (size_t)recommender->n_tracks;
    struct title_index *index = NULL;
    int32_t *sorted = malloc((n_seeds + 1) * sizeof *sorted), *ids = malloc((k + 1) * sizeof *ids);
    float *scores = malloc((k + 1) * sizeof *scores);
    enum status status = sorted && ids && scores ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK)
        status = recommender_title_index(recommender, &index, error);
    if (status == STATUS_OK && index) {
        memcpy(sorted, explaining->rows, n_seeds * sizeof *sorted);
        qsort(sorted, n_seeds, sizeof *sorted, by_row);
        status = title_index_recommend(index, asked->query.title, sorted, n_seeds, k, ids, scores, &near, error);
    }
    *rank = 0;
    for (size_t i = 0; status == STATUS_OK && near > 0 && i < k && ids[i] >= 0 && *rank == 0; i++)
        *rank = ids[i] == explaining->row ? i + 1 : 0;
    free(sorted);
    free(ids);
    free(scores);
    return status;
}

/* Both gains of a joined list, as title_join computes them from lists of at least two. */
static enum status explain_join(struct explaining *explaining, struct score_explanation *out, struct error *error)
{
    struct recommend_query untitled = explaining->query->query;
    struct explained_join *join = &out->join;
    double ignored = 0;
    untitled.title = NULL;
    untitled.counts = NULL;
    untitled.title_use = NULL;
    enum status status = find_rank(explaining, &untitled, &join->rank, &ignored, error);
    if (status == STATUS_OK)
        status = find_title_rank(explaining, &join->title_rank, error);
    size_t k = explaining->query->k < 2 ? 2 : explaining->query->k;
    k = k < (size_t)explaining->recommender->n_tracks ? k : (size_t)explaining->recommender->n_tracks;
    const size_t used = seed_counts_used(&out->counts);
    double weight = title_join_weight(used > 0 ? used : out->counts.distinct);
    if (join->rank > 0)
        join->gain = log(2 * (double)k / (double)join->rank);
    if (join->title_rank > 0)
        join->title_gain = weight * log(2 * (double)k / (double)join->title_rank);
    return status;
}

static enum status explain_list(struct explaining *explaining, struct score_explanation *out, struct error *error)
{
    struct recommender *recommender = explaining->recommender;
    struct recommend_query query = explaining->query->query;
    query.counts = &out->counts;
    query.title_use = &out->title;
    out->list_score = NAN;
    enum status status = find_rank(explaining, &query, &out->rank, &out->list_score, error);
    out->by = out->counts.answer;
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < out->n_seeds && out->counts.predicted == 0; i++)
        out->seeds[i].predicted = false;
    bool reads = recommender_reads(recommender, query.title);
    if (out->title == TITLE_ALONE && !reads)
        out->by = ANSWER_TITLE;
    else if (reads)
        out->by = ANSWER_MODEL;
    return out->title == TITLE_JOINED && !reads ? explain_join(explaining, out, error) : STATUS_OK;
}

/* ---- popularity ---- */

static void explain_popularity(const struct explaining *explaining, struct score_explanation *out)
{
    const struct recommender *recommender = explaining->recommender;
    const float *popularity = recommender->popularity;
    int64_t low = 0, high = recommender->n_tracks;
    while (low < high) { /* the first of the most popular rows that is in no playlist */
        int64_t middle = low + (high - low) / 2;
        if (popularity[recommender->popular[middle]] > 0)
            low = middle + 1;
        else
            high = middle;
    }
    out->n_ranked = low;
    if (explaining->row < 0 || explaining->row >= recommender->n_tracks || !(popularity[explaining->row] > 0))
        return;
    out->playlists = (double)popularity[explaining->row];
    int64_t ahead = 0;
    for (high = low; ahead < high;) { /* rows with a larger count */
        int64_t middle = ahead + (high - ahead) / 2;
        if (popularity[recommender->popular[middle]] > popularity[explaining->row])
            ahead = middle + 1;
        else
            high = middle;
    }
    out->popularity_rank = ahead + 1;
}

/* ---- all ---- */

static enum status read_seeds(struct explaining *explaining, struct score_explanation *out, struct error *error)
{
    const struct explain_query *query = explaining->query;
    const struct recommender *recommender = explaining->recommender;
    size_t n = query->query.n_seeds;
    out->seeds = calloc(n + 1, sizeof *out->seeds);
    explaining->groups = calloc(n + 1, 1);
    explaining->rows = malloc((n + 1) * sizeof *explaining->rows);
    explaining->row_seeds = malloc((n + 1) * sizeof *explaining->row_seeds);
    if (!out->seeds || !explaining->groups || !explaining->rows || !explaining->row_seeds)
        return error_no_memory(error);
    for (size_t i = 0; i < n; i++) {
        int64_t track = query->query.seeds[i];
        size_t before = 0;
        while (before < out->n_seeds && out->seeds[before].track != track)
            before++;
        if (track == query->track)
            return error_set(error, STATUS_USAGE, "the track is in the playlist; name one that was suggested for it");
        if (before < out->n_seeds)
            continue;
        bool has_row = recommender_has(recommender, track - 1), known = recommender->ops->any_seeds;
        known = known ||
                (track >= 1 && track <= recommender->n_tracks && recommender_knows(recommender, (int32_t)(track - 1)));
        explaining->groups[out->n_seeds] = query->groups ? query->groups[i] : 0;
        if (has_row) {
            explaining->row_seeds[explaining->n_rows] = out->n_seeds;
            explaining->rows[explaining->n_rows++] = (int32_t)(track - 1);
        }
        out->seeds[out->n_seeds++] = (struct explained_seed){
            .track = track,
            .known = known,
            .predicted = !known && has_row && new_tracks_has(recommender, (int32_t)(track - 1))};
    }
    return STATUS_OK;
}

enum status recommender_explain(struct recommender *recommender, const struct explain_query *query,
                                struct score_explanation *out, struct error *error)
{
    struct explaining explaining = {.recommender = recommender, .query = query, .row = -1};
    *out = (struct score_explanation){.score = NAN, .typical = NAN, .without = {NAN, NAN, NAN}};
    if (recommender_has(recommender, query->track - 1))
        explaining.row = (int32_t)(query->track - 1);
    enum status status = read_seeds(&explaining, out, error);
    if (status == STATUS_OK)
        status = explain_list(&explaining, out, error);
    if (status == STATUS_OK) {
        explain_popularity(&explaining, out);
        status =
            out->by == ANSWER_MODEL ? explain_model(&explaining, out, error) : explain_instead(&explaining, out, error);
    }
    free(explaining.groups);
    free(explaining.rows);
    free(explaining.row_seeds);
    if (status != STATUS_OK)
        score_explanation_free(out);
    return status;
}
