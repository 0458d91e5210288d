#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/explain_internal.h"
#include "models/fallback.h"
#include "models/new_tracks.h"
#include "models/titles.h"

/* Recommending: converts lists of track numbers to lists of rows, runs the model in batches, and converts rows back. */

enum { BATCH = 1024 };

/* The caller's queries, and where their lists go. */
struct request {
    const struct recommend_query *queries;
    size_t n_queries, stride; /* list i begins at out[i * stride] and has at most `stride` tracks */
    size_t k;                 /* length of the lists that are computed; at least 2, for says_nothing */
    struct recommendation *out;
    size_t *counts;
};

struct batch {
    size_t count;                     /* lists with a known seed, or a title that the model reads */
    size_t lists[BATCH];              /* their indices among the caller's queries */
    struct seed_counts counts[BATCH]; /* of their seeds */
    int64_t starts[BATCH + 1];        /* offsets into `rows` and `sorted` */
    int32_t *rows, *sorted;
    const char *titles[BATCH]; /* NULL: none */
    bool titled;               /* whether any list has a title */
    unsigned char *taken;
    int32_t *ids;        /* [BATCH x k] */
    float *scores;       /* [BATCH x k] */
    int32_t *title_ids;  /* [k] the list of one title */
    float *title_scores; /* [k] */
};

static int by_row(const void *left, const void *right)
{
    int32_t a = *(const int32_t *)left, b = *(const int32_t *)right;
    return (a > b) - (a < b);
}

/* Runs the model on lists first..first+count-1 of the batch; if the device's memory is full, on each half. */
static enum status recommend_lists(struct recommender *recommender, const struct batch *batch, size_t first,
                                   size_t count, size_t k, struct error *error)
{
    int64_t starts[BATCH + 1], begin = batch->starts[first];
    for (size_t i = 0; i <= count; i++)
        starts[i] = batch->starts[first + i] - begin;
    const struct seed_lists lists = {count, starts, batch->rows + begin, batch->sorted + begin,
                                     batch->titled ? batch->titles + first : NULL};
    enum status status =
        recommender->ops->recommend(recommender, &lists, k, batch->ids + first * k, batch->scores + first * k, error);
    if (status == STATUS_OK)
        status = new_tracks_join(recommender, &lists, k, batch->ids + first * k, batch->scores + first * k, error);
    size_t half = count / 2;
    if (status != STATUS_DEVICE || half == 0)
        return status;
    status = recommend_lists(recommender, batch, first, half, k, error);
    return status == STATUS_OK ? recommend_lists(recommender, batch, first + half, count - half, k, error) : status;
}

/* ---- lists that do not come from the model ---- */

/* The fallback knows the tracks that the catalogue had when it was opened. */
static enum status open_fallback(struct recommender *recommender, const struct recommend_query *query,
                                 struct error *error)
{
    int64_t n_tracks = recommender->fallback ? fallback_tracks(recommender->fallback) : 0;
    bool enough = recommender->fallback;
    for (size_t i = 0; i < query->n_seeds; i++)
        enough = enough && query->seeds[i] <= n_tracks;
    if (enough)
        return STATUS_OK;
    const struct fallback_input input = {recommender->catalogue_path, recommender->popularity, recommender->n_tracks,
                                         recommender->compute->pool};
    fallback_close(recommender->fallback);
    recommender->fallback = NULL;
    return fallback_open(&input, &recommender->fallback, error);
}

enum status recommender_fallback(struct recommender *recommender, const struct recommend_query *query,
                                 struct fallback **fallback, struct error *error)
{
    enum status status = recommender->catalogue_path ? open_fallback(recommender, query, error) : STATUS_OK;
    *fallback = recommender->fallback;
    return status;
}

/* The k most popular rows without those of the seeds (ascending). */
static void list_popular(const struct recommender *recommender, const int32_t *seeds, size_t n_seeds, size_t k,
                         int32_t *ids, float *scores)
{
    size_t count = 0;
    for (int64_t i = 0; i < recommender->n_tracks && count < k; i++) {
        int32_t row = recommender->popular[i];
        if (bsearch(&row, seeds, n_seeds, sizeof row, by_row))
            continue;
        ids[count] = row;
        scores[count++] = recommender->popularity[row];
    }
    for (; count < k; count++)
        ids[count] = -1;
}

/* The i'th list of a batch: its query, its place, and the rows of its seeds (ascending). */
struct listing {
    const struct recommend_query *query;
    const int32_t *seeds;
    size_t n_seeds;
    struct seed_counts *counts;
    int32_t *ids;  /* [k] */
    float *scores; /* [k] */
};

static struct listing listing_of(struct batch *batch, const struct request *request, size_t i)
{
    return (struct listing){.query = &request->queries[batch->lists[i]],
                            .seeds = batch->sorted + batch->starts[i],
                            .n_seeds = (size_t)(batch->starts[i + 1] - batch->starts[i]),
                            .counts = &batch->counts[i],
                            .ids = batch->ids + i * request->k,
                            .scores = batch->scores + i * request->k};
}

/* The list for seeds that the model has no answer to. */
static enum status list_instead(struct recommender *recommender, const struct listing *listing, size_t k,
                                struct error *error)
{
    const struct recommend_query *query = listing->query;
    enum answer answer = ANSWER_POPULARITY;
    enum status status = STATUS_OK;
    if (recommender->catalogue_path && query->n_seeds > 0 && !recommender->ops->any_seeds) {
        status = open_fallback(recommender, query, error);
        if (status == STATUS_OK)
            answer = fallback_recommend(recommender->fallback, query->seeds, query->n_seeds, k, listing->ids,
                                        listing->scores);
    }
    if (status == STATUS_OK && answer == ANSWER_POPULARITY)
        list_popular(recommender, listing->seeds, listing->n_seeds, k, listing->ids, listing->scores);
    listing->counts->answer = recommender->ops->any_seeds && query->n_seeds > 0 ? ANSWER_MODEL : answer;
    return status;
}

/* ---- lists by title ---- */

/* The list of a query's title without the seeds, in the batch's title_ids and title_scores; says how far the title can
 * be used. */
static enum status list_title(struct recommender *recommender, const struct batch *batch, const struct listing *listing,
                              size_t k, enum title_use *use, struct error *error)
{
    struct title_index *index = NULL;
    const char *title = listing->query->title;
    size_t near = 0;
    *use = TITLE_NONE;
    if (!title || !title[0])
        return STATUS_OK;
    if (recommender->ops->titles == TITLES_IGNORED) {
        *use = TITLE_IGNORED;
        return STATUS_OK;
    }
    enum status status = recommender_title_index(recommender, &index, error);
    if (status == STATUS_OK && index)
        status = title_index_recommend(index, title, listing->seeds, listing->n_seeds, k, batch->title_ids,
                                       batch->title_scores, &near, error);
    *use = !index ? TITLE_UNTRAINED : near == 0 ? TITLE_UNKNOWN : TITLE_ALONE;
    return status;
}

bool recommender_reads(const struct recommender *recommender, const char *title)
{
    return title && title[0] && recommender->ops->reads_title && recommender->ops->reads_title(recommender, title);
}

/* Joins a list with that of its title, or replaces it if it does not depend on the seeds. */
static enum status add_title(struct recommender *recommender, const struct batch *batch, const struct listing *listing,
                             size_t k, enum title_use *use, struct error *error)
{
    struct seed_counts *counts = listing->counts;
    if (recommender_reads(recommender, listing->query->title)) {
        *use = seed_counts_used(counts) > 0 ? TITLE_JOINED : TITLE_ALONE;
        counts->answer = seed_counts_used(counts) > 0 ? ANSWER_MODEL : ANSWER_TITLE;
        return STATUS_OK;
    }
    enum status status = list_title(recommender, batch, listing, k, use, error);
    if (status != STATUS_OK || *use != TITLE_ALONE)
        return status;
    if (recommender->ops->titles == TITLES_JOINED && counts->answer != ANSWER_POPULARITY) {
        size_t used = seed_counts_used(counts), n_seeds = used > 0 ? used : counts->distinct;
        *use = TITLE_JOINED;
        return title_join(k, title_join_weight(n_seeds), batch->title_ids, listing->ids, listing->scores, error);
    }
    memcpy(listing->ids, batch->title_ids, k * sizeof *listing->ids);
    memcpy(listing->scores, batch->title_scores, k * sizeof *listing->scores);
    counts->answer = recommender->ops->titles == TITLES_ALONE ? ANSWER_MODEL : ANSWER_TITLE;
    return STATUS_OK;
}

/* ---- batches ---- */

static bool batch_open(struct batch *batch, const struct request *request)
{
    size_t lists = request->n_queries < BATCH ? request->n_queries : BATCH, entries = 0, most = 0;
    for (size_t i = 0; i < request->n_queries; i++) {
        entries = (i % BATCH == 0 ? 0 : entries) + request->queries[i].n_seeds;
        most = entries > most ? entries : most;
    }
    batch->rows = malloc((most + 1) * sizeof *batch->rows);
    batch->sorted = malloc((most + 1) * sizeof *batch->sorted);
    batch->taken = malloc(most + 1);
    batch->ids = malloc((lists * request->k + 1) * sizeof *batch->ids);
    batch->scores = malloc((lists * request->k + 1) * sizeof *batch->scores);
    batch->title_ids = malloc((request->k + 1) * sizeof *batch->title_ids);
    batch->title_scores = malloc((request->k + 1) * sizeof *batch->title_scores);
    return batch->rows && batch->sorted && batch->taken && batch->ids && batch->scores && batch->title_ids &&
           batch->title_scores;
}

static void batch_close(struct batch *batch)
{
    free(batch->rows);
    free(batch->sorted);
    free(batch->taken);
    free(batch->ids);
    free(batch->scores);
    free(batch->title_ids);
    free(batch->title_scores);
    free(batch);
}

/* Applies the title to the i'th list of the batch, and writes it for the caller. */
static enum status finish_list(struct recommender *recommender, struct batch *batch, const struct request *request,
                               size_t i, struct error *error)
{
    const struct listing listing = listing_of(batch, request, i);
    enum title_use use;
    size_t list = batch->lists[i], count = 0;
    enum status status = add_title(recommender, batch, &listing, request->k, &use, error);
    struct recommendation *out = request->out + list * request->stride;
    for (; count < request->k && count < request->stride && listing.ids[count] >= 0; count++) {
        float score = listing.scores[count];
        out[count] = (struct recommendation){.track = (int64_t)listing.ids[count] + 1,
                                             .score = score,
                                             .parts = {score},
                                             .is_new = new_tracks_has(recommender, listing.ids[count])};
    }
    request->counts[list] = count;
    if (listing.query->counts)
        *listing.query->counts = *listing.counts;
    if (listing.query->title_use)
        *listing.query->title_use = use;
    return status;
}

/* Whether the best tracks have the score 0, as when the model knows the seeds but nothing that goes with them: then the
 * list would be in the order of the catalogue. */
static bool says_nothing(const int32_t *ids, const float *scores, size_t k)
{
    return k > 1 && ids[0] >= 0 && ids[1] >= 0 && scores[0] == 0 && scores[1] == 0;
}

static enum status run_batch(struct recommender *recommender, struct batch *batch, const struct request *request,
                             struct error *error)
{
    if (batch->count == 0)
        return STATUS_OK;
    size_t k = request->k;
    enum status status = recommend_lists(recommender, batch, 0, batch->count, k, error);
    for (size_t i = 0; i < batch->count && status == STATUS_OK; i++) {
        const struct listing listing = listing_of(batch, request, i);
        bool own = recommender->ops->any_seeds || recommender_reads(recommender, listing.query->title);
        if (!own && says_nothing(listing.ids, listing.scores, k))
            status = list_instead(recommender, &listing, k, error);
        if (status == STATUS_OK)
            status = finish_list(recommender, batch, request, i, error);
    }
    batch->count = 0;
    batch->titled = false;
    return status;
}

/* Adds a query to the batch, or writes its list if it is not the model's. */
static enum status add_query(struct recommender *recommender, struct batch *batch, const struct request *request,
                             size_t list, struct error *error)
{
    const struct recommend_query *query = &request->queries[list];
    size_t at = batch->count;
    enum status status = recommender_count_seeds(recommender, query->seeds, query->n_seeds, &batch->counts[at], error);
    if (status != STATUS_OK)
        return status;
    recommender_mark_predicted(recommender, query, &batch->counts[at]);
    int64_t start = batch->starts[at];
    int64_t n_rows = seed_rows(recommender, query, batch->rows + start, batch->sorted + start, batch->taken);
    batch->lists[at] = list;
    batch->starts[at + 1] = batch->starts[at] + n_rows;
    bool known = n_rows > 0 && seed_counts_used(&batch->counts[at]) > 0;
    if (!known && !recommender_reads(recommender, query->title)) {
        const struct listing listing = listing_of(batch, request, at);
        status = list_instead(recommender, &listing, request->k, error);
        return status == STATUS_OK ? finish_list(recommender, batch, request, at, error) : status;
    }
    batch->titles[at] = query->title && query->title[0] ? query->title : NULL;
    batch->titled = batch->titled || batch->titles[at];
    batch->count++;
    return STATUS_OK;
}

/* ---- the parts of a score ---- */

float recommendation_features(const struct recommendation *recommendation)
{
    float sum = 0;
    for (int i = 1; i < SCORE_PARTS_MAX; i++)
        sum += recommendation->parts[i];
    return sum;
}

/* The song's part is the score minus the other parts. If that is only rounding error of the sum on the device, it is
 * set to 0 and the largest other part absorbs the difference. */
void recommendation_set_parts(struct recommendation *out, const float *parts, size_t n_parts)
{
    size_t largest = 0;
    float sum = 0;
    for (size_t i = 0; i < n_parts; i++) {
        out->parts[1 + i] = parts[i];
        sum += parts[i];
        largest = fabsf(parts[i]) > fabsf(parts[largest]) ? i : largest;
    }
    float song = out->score - sum;
    bool rounding = fabsf(song) <= 8 * FLT_EPSILON * fabsf(out->score);
    out->parts[0] = rounding ? 0 : song;
    if (rounding)
        out->parts[1 + largest] = out->score - (sum - parts[largest]);
}

/* Splits the scores of a single list into their parts. */
static enum status split_scores(struct recommender *recommender, struct recommendation *out, size_t count,
                                struct error *error)
{
    const char *names[SCORE_PARTS_MAX];
    size_t n_parts = recommender_parts(recommender, names);
    if (n_parts == 0 || !recommender->ops->score_parts)
        return STATUS_OK;
    int32_t *ids = malloc((count + 1) * sizeof *ids);
    float *parts = malloc((count * n_parts + 1) * sizeof *parts);
    enum status status = ids && parts ? STATUS_OK : error_no_memory(error);
    for (size_t i = 0; i < count && status == STATUS_OK; i++)
        ids[i] = (int32_t)(out[i].track - 1);
    if (status == STATUS_OK)
        status = recommender->ops->score_parts(recommender, count, ids, parts, error);
    for (size_t i = 0; i < count && status == STATUS_OK; i++)
        recommendation_set_parts(&out[i], parts + i * n_parts, n_parts);
    free(ids);
    free(parts);
    return status;
}

enum status recommender_recommend_many(struct recommender *recommender, const struct recommend_query *queries, size_t n,
                                       size_t k, struct recommendation *out, size_t *counts, struct error *error)
{
    size_t n_tracks = (size_t)recommender->n_tracks, asked = k < 2 ? 2 : k;
    const struct request request = {queries, n, k, asked < n_tracks ? asked : n_tracks, out, counts};
    struct batch *batch = calloc(1, sizeof *batch);
    if (!batch)
        return error_no_memory(error);
    enum status status = batch_open(batch, &request) ? STATUS_OK : error_no_memory(error);
    for (size_t list = 0; list < n && status == STATUS_OK; list++) {
        status = add_query(recommender, batch, &request, list, error);
        if (status == STATUS_OK && ((list + 1) % BATCH == 0 || list + 1 == n))
            status = run_batch(recommender, batch, &request, error);
    }
    batch_close(batch);
    return status;
}

enum status recommender_recommend(struct recommender *recommender, const struct recommend_query *query, size_t k,
                                  struct recommendation *out, size_t *n_out, struct error *error)
{
    struct seed_counts counts = {0};
    enum title_use use = TITLE_NONE;
    struct recommend_query asked = *query;
    asked.counts = query->counts ? query->counts : &counts;
    asked.title_use = query->title_use ? query->title_use : &use;
    enum status status = recommender_recommend_many(recommender, &asked, 1, k, out, n_out, error);
    bool own = asked.counts->answer == ANSWER_MODEL && *asked.title_use != TITLE_JOINED;
    if (status == STATUS_OK && *n_out > 0 && own)
        status = split_scores(recommender, out, *n_out, error);
    return status;
}
