#include "eval/evaluate.h"

#include <math.h>
#include <stdlib.h>

#include "core/clock.h"
#include "core/file.h"
#include "eval/list_exchange.h"

enum {
    BATCH = 256, /* playlists evaluated together */
    TIMED = 200, /* playlists that are also recommended one by one, to measure the time */
};

struct evaluating {
    struct recommender *recommender;
    const struct interactions *evaluated;
    const char *const *titles; /* NULL: none are given */
    const struct track_stats *stats;
    const struct evaluation_observer *observer;
    struct evaluation *evaluation;
    int64_t *indices;                      /* [count] indices in `evaluated` of the playlists that can be evaluated */
    struct recommend_query *queries;       /* [count] */
    int64_t *numbers;                      /* the seeds of all queries */
    struct seed_counts seed_counts[BATCH]; /* of the queries of a batch */
    struct recommendation *found;          /* [BATCH x 500] */
    size_t counts[BATCH];
    enum answer answers[BATCH];
    struct ranks *ranks;
    struct list_exchange exchange; /* of the lists of several ranks */
    size_t *shares;                /* [ranks] scratch */
    unsigned char *recommended;    /* [n_tracks] whether any list contained the track */
    struct metrics_marks *marks;
};

static enum status begin(struct evaluating *evaluating, struct error *error)
{
    const struct interactions *evaluated = evaluating->evaluated;
    struct evaluation *evaluation = evaluating->evaluation;
    size_t n = (size_t)evaluated->n_playlists + 1;
    evaluating->indices = malloc(n * sizeof *evaluating->indices);
    evaluating->queries = calloc(n, sizeof *evaluating->queries);
    evaluating->numbers = malloc(((size_t)evaluated->starts[evaluated->n_playlists] + 1) * sizeof *evaluating->numbers);
    evaluating->found = malloc(BATCH * METRICS_LENGTH * sizeof *evaluating->found);
    evaluating->recommended = calloc((size_t)evaluating->stats->n_tracks + 1, 1);
    evaluation->results.items = calloc(n, sizeof *evaluation->results.items);
    evaluation->milliseconds = malloc(TIMED * sizeof *evaluation->milliseconds);
    evaluating->shares = calloc((size_t)ranks_size(evaluating->ranks), sizeof *evaluating->shares);
    if (!evaluating->shares || !evaluating->indices || !evaluating->queries || !evaluating->numbers ||
        !evaluating->found || !evaluating->recommended || !evaluation->results.items || !evaluation->milliseconds)
        return error_no_memory(error);
    size_t count = 0;
    int64_t *number = evaluating->numbers;
    for (int64_t i = 0; i < evaluated->n_playlists; i++) {
        int64_t seeds = evaluated->seeds[i], start = evaluated->starts[i];
        if (seeds >= evaluated->starts[i + 1] - start)
            continue;
        evaluating->indices[count] = i;
        evaluating->queries[count] =
            (struct recommend_query){.seeds = number,
                                     .n_seeds = (size_t)seeds,
                                     .title = evaluating->titles ? evaluating->titles[i] : NULL,
                                     .counts = &evaluating->seed_counts[count % BATCH]};
        for (int64_t s = 0; s < seeds; s++)
            *number++ = (int64_t)evaluated->tracks[start + s] + 1;
        evaluation->results.items[count++] =
            (struct result_row){.playlist_id = evaluated->playlist_ids[i], .seeds = (int32_t)seeds};
    }
    evaluation->results.count = count;
    evaluation->n_left_out = (size_t)evaluated->n_playlists - count;
    if (count == 0)
        return error_set(error, STATUS_FAILED,
                         "there are no playlists to evaluate a model on; make a split with `sleeve split`");
    const enum status status =
        list_exchange_init(&evaluating->exchange, evaluating->ranks, BATCH, METRICS_LENGTH, error);
    return status == STATUS_OK ? metrics_marks_create(evaluating->stats, &evaluating->marks, error) : status;
}

static enum status stopped(struct error *error)
{
    return error_set(error, STATUS_INTERRUPTED, "the evaluation was stopped; results stored before stay as they are");
}

/* Metrics of the lists of playlists first.. */
static enum status take_lists(struct evaluating *evaluating, size_t first, const struct list_batch *batch,
                              struct error *error)
{
    const struct interactions *evaluated = evaluating->evaluated;
    enum status status = STATUS_OK;
    for (size_t i = 0; i < batch->n && status == STATUS_OK; i++) {
        const struct recommendation *found = batch->found + i * METRICS_LENGTH;
        struct result_row *result = &evaluating->evaluation->results.items[first + i];
        int32_t rows[METRICS_LENGTH];
        evaluating->evaluation->answered[batch->answers[i]]++;
        if (evaluating->observer)
            status = evaluating->observer->list(evaluating->observer->context, result->playlist_id, found,
                                                batch->counts[i], error);
        for (size_t r = 0; r < batch->counts[i]; r++) {
            rows[r] = (int32_t)(found[r].track - 1);
            evaluating->recommended[rows[r]] = 1;
        }
        int64_t at = evaluating->indices[first + i], begins = evaluated->starts[at] + evaluated->seeds[at];
        metrics_of_list(evaluating->stats, evaluating->marks, rows, batch->counts[i], evaluated->tracks + begins,
                        (size_t)(evaluated->starts[at + 1] - begins), result->values);
    }
    return status;
}

static enum status make_lists(struct evaluating *evaluating, size_t first, struct list_batch *batch,
                              struct error *error)
{
    if (batch->n == 0)
        return STATUS_OK;
    const struct recommend_query *queries = evaluating->queries + first;
    const enum status status = recommender_recommend_many(evaluating->recommender, queries, batch->n, METRICS_LENGTH,
                                                          batch->found, batch->counts, error);
    for (size_t i = 0; i < batch->n && status == STATUS_OK; i++)
        batch->answers[i] = queries[i].counts->answer;
    return status;
}

/* The playlists of batch number `batch`. */
static size_t batch_size(const struct evaluating *evaluating, size_t batch)
{
    const size_t count = evaluating->evaluation->results.count, first = batch * BATCH;
    const size_t left = first < count ? count - first : 0;
    return left < BATCH ? left : BATCH;
}

/* Each rank computes the lists of a batch, so that batches are those of one process, and rank 0 takes all. */
static enum status evaluate_batches(struct evaluating *evaluating, size_t first, struct error *error)
{
    const int size = ranks_size(evaluating->ranks), rank = ranks_rank(evaluating->ranks);
    for (int r = 0; r < size; r++)
        evaluating->shares[r] = batch_size(evaluating, first + (size_t)r);
    struct list_batch batch = {evaluating->shares[rank], METRICS_LENGTH, evaluating->found, evaluating->counts,
                               evaluating->answers};
    enum status status = make_lists(evaluating, (first + (size_t)rank) * BATCH, &batch, error);
    if (size == 1)
        return status == STATUS_OK ? take_lists(evaluating, first * BATCH, &batch, error) : status;
    if (status == STATUS_OK)
        status = list_exchange_gather(&evaluating->exchange, &batch, evaluating->shares, error);
    for (int r = 0; r < size && rank == 0 && status == STATUS_OK; r++) {
        list_exchange_read(&evaluating->exchange, r, evaluating->shares, &batch);
        status = take_lists(evaluating, (first + (size_t)r) * BATCH, &batch, error);
    }
    return status;
}

static enum status evaluate_all(struct evaluating *evaluating, struct progress *progress, struct error *error)
{
    const size_t count = evaluating->evaluation->results.count, at_once = (size_t)ranks_size(evaluating->ranks);
    enum status status = STATUS_OK;
    progress_stage(progress, "evaluating", "playlists", (double)count);
    for (size_t batch = 0; batch * BATCH < count && status == STATUS_OK; batch += at_once) {
        const size_t done = (batch + at_once) * BATCH;
        status = progress_cancelled(progress) ? stopped(error) : evaluate_batches(evaluating, batch, error);
        progress_step(progress, (double)(done < count ? done : count));
    }
    progress_end(progress);
    return status;
}

static enum status count_known_seeds(struct evaluating *evaluating, struct error *error)
{
    struct evaluation *evaluation = evaluating->evaluation;
    double sum = 0;
    for (size_t i = 0; i < evaluation->results.count; i++) {
        struct seed_counts counts;
        const struct recommend_query *query = &evaluating->queries[i];
        enum status status =
            recommender_count_seeds(evaluating->recommender, query->seeds, query->n_seeds, &counts, error);
        if (status != STATUS_OK)
            return status;
        if (counts.distinct == 0)
            continue;
        evaluation->n_seeded++;
        evaluation->n_unknown += seed_counts_used(&counts) == 0;
        sum += (double)counts.known / (double)counts.distinct;
    }
    evaluation->known_seeds = evaluation->n_seeded > 0 ? sum / (double)evaluation->n_seeded : 0;
    return STATUS_OK;
}

static int ascending(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static enum status time_singles(struct evaluating *evaluating, struct progress *progress, struct error *error)
{
    struct evaluation *evaluation = evaluating->evaluation;
    size_t n = evaluation->results.count < TIMED ? evaluation->results.count : TIMED;
    for (size_t i = 0; i < n; i++) {
        size_t which = i * evaluation->results.count / n, found;
        if (progress_cancelled(progress))
            return stopped(error);
        double before = clock_seconds();
        enum status status = recommender_recommend(evaluating->recommender, &evaluating->queries[which], METRICS_LENGTH,
                                                   evaluating->found, &found, error);
        if (status != STATUS_OK)
            return status;
        evaluation->milliseconds[i] = 1000 * (clock_seconds() - before);
    }
    evaluation->n_timed = n;
    qsort(evaluation->milliseconds, n, sizeof *evaluation->milliseconds, ascending);
    return STATUS_OK;
}

enum status evaluate_shared(struct ranks *ranks, struct recommender *recommender, const struct interactions *evaluated,
                            const char *const *titles, const struct track_stats *stats,
                            const struct evaluation_observer *observer, struct progress *progress,
                            struct evaluation *evaluation, struct error *error)
{
    *evaluation = (struct evaluation){0};
    struct evaluating evaluating = {.recommender = recommender,
                                    .evaluated = evaluated,
                                    .titles = titles,
                                    .stats = stats,
                                    .observer = observer,
                                    .evaluation = evaluation,
                                    .ranks = ranks};
    const unsigned cut = mapped_files_cut();
    enum status status = begin(&evaluating, error);
    if (status == STATUS_OK)
        status = count_known_seeds(&evaluating, error);
    if (status == STATUS_OK)
        status = evaluate_all(&evaluating, progress, error);
    if (status == STATUS_OK && ranks_rank(ranks) == 0)
        status = time_singles(&evaluating, progress, error);
    if (status == STATUS_OK && mapped_files_cut() != cut)
        status = mapped_files_failed(error);
    if (status == STATUS_OK) {
        int64_t recommended = 0;
        for (int64_t i = 0; i < stats->n_tracks; i++)
            recommended += evaluating.recommended[i];
        evaluation->coverage = (double)recommended / (double)stats->n_tracks;
    }
    metrics_marks_free(evaluating.marks);
    free(evaluating.indices);
    free(evaluating.queries);
    free(evaluating.numbers);
    free(evaluating.found);
    free(evaluating.recommended);
    free(evaluating.shares);
    list_exchange_free(&evaluating.exchange);
    if (status != STATUS_OK)
        evaluation_free(evaluation);
    return status;
}

enum status evaluate_recommender(struct recommender *recommender, const struct interactions *evaluated,
                                 const char *const *titles, const struct track_stats *stats,
                                 const struct evaluation_observer *observer, struct progress *progress,
                                 struct evaluation *evaluation, struct error *error)
{
    return evaluate_shared(NULL, recommender, evaluated, titles, stats, observer, progress, evaluation, error);
}

void evaluation_free(struct evaluation *evaluation)
{
    result_list_free(&evaluation->results);
    free(evaluation->milliseconds);
    *evaluation = (struct evaluation){0};
}

enum status evaluation_summarise(const struct evaluation *evaluation, int seeds, struct result_summary *summary,
                                 struct error *error)
{
    struct result_row *chosen = malloc((evaluation->results.count + 1) * sizeof *chosen);
    if (!chosen)
        return error_no_memory(error);
    size_t count = 0;
    for (size_t i = 0; i < evaluation->results.count; i++)
        if (seeds < 0 || evaluation->results.items[i].seeds == seeds)
            chosen[count++] = evaluation->results.items[i];
    result_summarise(chosen, count, summary);
    free(chosen);
    return STATUS_OK;
}

double evaluation_percentile(const double *ascending_values, size_t count, double p)
{
    if (count == 0)
        return 0;
    double rank = ceil(p / 100 * (double)count);
    size_t index = rank < 1 ? 0 : (size_t)rank - 1;
    return ascending_values[index < count ? index : count - 1];
}
