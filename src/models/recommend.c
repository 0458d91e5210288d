#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/titles.h"

/* Recommending: converts lists of track numbers to lists of rows, runs the model in batches, and converts rows back. */

enum { BATCH = 1024 };

struct batch {
    size_t count;              /* lists with at least one known seed */
    size_t lists[BATCH];       /* their indices among the caller's lists */
    int64_t starts[BATCH + 1]; /* offsets into `rows` and `sorted` */
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

/* Appends the distinct known seeds of one query; returns how many. */
static int64_t add_rows(struct batch *batch, int64_t n_tracks, const struct recommend_query *query)
{
    const int64_t *seeds = query->seeds;
    size_t n_seeds = query->n_seeds;
    int64_t start = batch->starts[batch->count], count = 0, distinct = 0;
    int32_t *sorted = batch->sorted + start, *rows = batch->rows + start;
    for (size_t i = 0; i < n_seeds; i++)
        if (seeds[i] >= 1 && seeds[i] <= n_tracks)
            sorted[count++] = (int32_t)(seeds[i] - 1);
    qsort(sorted, (size_t)count, sizeof *sorted, by_row);
    for (int64_t i = 0; i < count; i++)
        if (i == 0 || sorted[i] != sorted[distinct - 1])
            sorted[distinct++] = sorted[i];
    memset(batch->taken, 0, (size_t)distinct);
    int64_t written = 0;
    for (size_t i = 0; i < n_seeds; i++) {
        if (seeds[i] < 1 || seeds[i] > n_tracks)
            continue;
        int32_t row = (int32_t)(seeds[i] - 1);
        const int32_t *found = bsearch(&row, sorted, (size_t)distinct, sizeof *sorted, by_row);
        if (batch->taken[found - sorted])
            continue;
        batch->taken[found - sorted] = 1;
        rows[written++] = row;
    }
    return distinct;
}

static void write_list(const int32_t *ids, const float *scores, size_t k, struct recommendation *out, size_t *n_out)
{
    size_t count = 0;
    for (; count < k && ids[count] >= 0; count++)
        out[count] =
            (struct recommendation){.track = (int64_t)ids[count] + 1, .score = scores[count], .parts = {scores[count]}};
    *n_out = count;
}

/* The list of a query's title without the excluded rows (ascending), in ids and scores [k]; says how far the title can
 * be used. */
static enum status title_list(struct recommender *recommender, const char *title, const int32_t *excluded,
                              size_t n_excluded, size_t k, int32_t *ids, float *scores, enum title_use *use,
                              struct error *error)
{
    struct title_index *index = NULL;
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
        status = title_index_recommend(index, title, excluded, n_excluded, k, ids, scores, &near, error);
    *use = !index ? TITLE_UNTRAINED : near == 0 ? TITLE_UNKNOWN : TITLE_ALONE;
    return status;
}

bool recommender_reads(const struct recommender *recommender, const char *title)
{
    return title && title[0] && recommender->ops->reads_title && recommender->ops->reads_title(recommender, title);
}

/* Joins the i'th list of the batch with that of its title, or replaces it if
 * the model knows none of the seeds or recommends by title. */
static enum status add_title(struct recommender *recommender, struct batch *batch, size_t i, size_t k,
                             enum title_use *use, struct error *error)
{
    const int64_t start = batch->starts[i];
    const size_t n_seeds = (size_t)(batch->starts[i + 1] - start);
    int32_t *ids = batch->ids + i * k;
    float *scores = batch->scores + i * k;
    size_t known = 0;
    for (size_t s = 0; s < n_seeds; s++)
        known += recommender_knows(recommender, batch->rows[start + (int64_t)s]);
    if (recommender_reads(recommender, batch->titles[i])) {
        *use = known > 0 ? TITLE_JOINED : TITLE_ALONE;
        return STATUS_OK;
    }
    enum status status = title_list(recommender, batch->titles[i], batch->sorted + start, n_seeds, k, batch->title_ids,
                                    batch->title_scores, use, error);
    if (status != STATUS_OK || *use != TITLE_ALONE)
        return status;
    if (recommender->ops->titles == TITLES_JOINED && known > 0) {
        *use = TITLE_JOINED;
        return title_join(k, title_join_weight(known), batch->title_ids, ids, scores, error);
    }
    memcpy(ids, batch->title_ids, k * sizeof *ids);
    memcpy(scores, batch->title_scores, k * sizeof *scores);
    return STATUS_OK;
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
    size_t half = count / 2;
    if (status != STATUS_DEVICE || half == 0)
        return status;
    status = recommend_lists(recommender, batch, first, half, k, error);
    return status == STATUS_OK ? recommend_lists(recommender, batch, first + half, count - half, k, error) : status;
}

static void report_use(const struct recommend_query *query, enum title_use use)
{
    if (query->title_use)
        *query->title_use = use;
}

static enum status run_batch(struct recommender *recommender, struct batch *batch,
                             const struct recommend_query *queries, size_t k, size_t requested,
                             struct recommendation *out, size_t *counts, struct error *error)
{
    if (batch->count == 0)
        return STATUS_OK;
    enum status status = recommend_lists(recommender, batch, 0, batch->count, k, error);
    for (size_t i = 0; i < batch->count && status == STATUS_OK; i++) {
        enum title_use use;
        status = add_title(recommender, batch, i, k, &use, error);
        report_use(&queries[batch->lists[i]], use);
        write_list(batch->ids + i * k, batch->scores + i * k, k, out + batch->lists[i] * requested,
                   &counts[batch->lists[i]]);
    }
    batch->count = 0;
    batch->titled = false;
    return status;
}

static void write_popular(const struct recommender *recommender, size_t k, struct recommendation *out, size_t *n_out)
{
    for (size_t i = 0; i < k; i++) {
        float count = recommender->popularity[recommender->popular[i]];
        out[i] =
            (struct recommendation){.track = (int64_t)recommender->popular[i] + 1, .score = count, .parts = {count}};
    }
    *n_out = k;
}

/* A list without known seeds: by the title, otherwise of popular tracks. */
static enum status write_unseeded(struct recommender *recommender, const struct batch *batch,
                                  const struct recommend_query *query, size_t k, struct recommendation *out,
                                  size_t *n_out, struct error *error)
{
    enum title_use use;
    enum status status =
        title_list(recommender, query->title, NULL, 0, k, batch->title_ids, batch->title_scores, &use, error);
    if (status == STATUS_OK && use == TITLE_ALONE)
        write_list(batch->title_ids, batch->title_scores, k, out, n_out);
    else if (status == STATUS_OK)
        write_popular(recommender, k, out, n_out);
    report_use(query, use);
    return status;
}

float recommendation_features(const struct recommendation *recommendation)
{
    float sum = 0;
    for (int i = 1; i < SCORE_PARTS_MAX; i++)
        sum += recommendation->parts[i];
    return sum;
}

/* The song's part is the score minus the other parts. If that is only rounding error of the sum on the device, it is
 * set to 0 and the largest other part absorbs the difference. */
static void separate_parts(struct recommendation *out, const float *parts, size_t n_parts)
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

/* Splits the scores of a single list into the parts of the song and of each feature set. */
static enum status split_scores(struct recommender *recommender, struct recommendation *out, size_t count,
                                struct error *error)
{
    size_t n_parts = recommender->n_features;
    int32_t *ids = malloc((count + 1) * sizeof *ids);
    float *parts = malloc((count * n_parts + 1) * sizeof *parts);
    enum status status = ids && parts ? STATUS_OK : error_no_memory(error);
    for (size_t i = 0; i < count && status == STATUS_OK; i++)
        ids[i] = (int32_t)(out[i].track - 1);
    if (status == STATUS_OK)
        status = recommender->ops->feature_parts(recommender, count, ids, parts, error);
    for (size_t i = 0; i < count && status == STATUS_OK; i++)
        separate_parts(&out[i], parts + i * n_parts, n_parts);
    free(ids);
    free(parts);
    return status;
}

enum status recommender_recommend_many(struct recommender *recommender, const struct recommend_query *queries,
                                       size_t n_lists, size_t requested, struct recommendation *out, size_t *counts,
                                       struct error *error)
{
    size_t k = requested < (size_t)recommender->n_tracks ? requested : (size_t)recommender->n_tracks;
    size_t batch_lists = n_lists < BATCH ? n_lists : BATCH, most = 0;
    for (size_t list = 0; list < n_lists; list += BATCH) {
        size_t end = list + BATCH < n_lists ? list + BATCH : n_lists;
        size_t entries = 0;
        for (size_t i = list; i < end; i++)
            entries += queries[i].n_seeds;
        most = entries > most ? entries : most;
    }
    struct batch *batch = calloc(1, sizeof *batch);
    enum status status = batch ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK) {
        batch->rows = malloc((most + 1) * sizeof *batch->rows);
        batch->sorted = malloc((most + 1) * sizeof *batch->sorted);
        batch->taken = malloc(most + 1);
        batch->ids = malloc((batch_lists * k + 1) * sizeof *batch->ids);
        batch->scores = malloc((batch_lists * k + 1) * sizeof *batch->scores);
        batch->title_ids = malloc((k + 1) * sizeof *batch->title_ids);
        batch->title_scores = malloc((k + 1) * sizeof *batch->title_scores);
        if (!batch->rows || !batch->sorted || !batch->taken || !batch->ids || !batch->scores || !batch->title_ids ||
            !batch->title_scores)
            status = error_no_memory(error);
    }
    for (size_t list = 0; list < n_lists && status == STATUS_OK; list++) {
        int64_t known = k == 0 ? 0 : add_rows(batch, recommender->n_tracks, &queries[list]);
        if (known == 0 && (k == 0 || !recommender_reads(recommender, queries[list].title))) {
            status =
                write_unseeded(recommender, batch, &queries[list], k, out + list * requested, &counts[list], error);
        } else {
            const char *title = queries[list].title;
            batch->lists[batch->count] = list;
            batch->titles[batch->count] = title && title[0] ? title : NULL;
            batch->titled = batch->titled || batch->titles[batch->count];
            batch->starts[batch->count + 1] = batch->starts[batch->count] + known;
            batch->count++;
        }
        if (status == STATUS_OK && ((list + 1) % BATCH == 0 || list + 1 == n_lists))
            status = run_batch(recommender, batch, queries, k, requested, out, counts, error);
    }
    if (batch) {
        free(batch->rows);
        free(batch->sorted);
        free(batch->taken);
        free(batch->ids);
        free(batch->scores);
        free(batch->title_ids);
        free(batch->title_scores);
        free(batch);
    }
    return status;
}

enum status recommender_recommend(struct recommender *recommender, const struct recommend_query *query, size_t k,
                                  struct recommendation *out, size_t *n_out, struct error *error)
{
    bool known = false; /* otherwise the list is of popular tracks, without parts */
    for (size_t i = 0; i < query->n_seeds; i++)
        known = known || (query->seeds[i] >= 1 && query->seeds[i] <= recommender->n_tracks);
    enum title_use use = TITLE_NONE;
    struct recommend_query asked = *query;
    asked.title_use = &use;
    enum status status = recommender_recommend_many(recommender, &asked, 1, k, out, n_out, error);
    report_use(query, use);
    known = known && use != TITLE_ALONE && use != TITLE_JOINED;
    if (status == STATUS_OK && known && *n_out > 0 && recommender->n_features > 0 && recommender->ops->feature_parts)
        status = split_scores(recommender, out, *n_out, error);
    return status;
}
