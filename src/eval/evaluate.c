#include "eval/evaluate.h"

#include <math.h>
#include <stdlib.h>

#include "core/clock.h"
#include "core/file.h"

enum {
    BATCH = 256, /* playlists asked together */
    TIMED = 200, /* playlists asked one by one for the time */
};

struct judging {
    struct recommender *recommender;
    const struct interactions *judged;
    const struct metrics_facts *facts;
    const struct evaluation_observer *observer;
    struct evaluation *evaluation;
    int64_t *places;              /* [count] of the judged playlists among all */
    int64_t *starts;              /* [count + 1] of numbers */
    int64_t *numbers;             /* seeds of all judged playlists */
    struct recommendation *found; /* [BATCH x 500] */
    unsigned char *met;           /* [n_tracks] */
    struct metrics_marks *marks;
};

static enum status begin(struct judging *judging, struct error *error)
{
    const struct interactions *judged = judging->judged;
    struct evaluation *evaluation = judging->evaluation;
    size_t n = (size_t)judged->n_playlists + 1;
    judging->places = malloc(n * sizeof *judging->places);
    judging->starts = calloc(n, sizeof *judging->starts);
    judging->numbers = malloc(((size_t)judged->starts[judged->n_playlists] + 1) * sizeof *judging->numbers);
    judging->found = malloc(BATCH * METRICS_LENGTH * sizeof *judging->found);
    judging->met = calloc((size_t)judging->facts->n_tracks + 1, 1);
    evaluation->playlist_ids = malloc(n * sizeof *evaluation->playlist_ids);
    evaluation->seeds = malloc(n * sizeof *evaluation->seeds);
    evaluation->each = malloc(n * sizeof *evaluation->each);
    evaluation->milliseconds = malloc(TIMED * sizeof *evaluation->milliseconds);
    if (!judging->places || !judging->starts || !judging->numbers || !judging->found || !judging->met ||
        !evaluation->playlist_ids || !evaluation->seeds || !evaluation->each || !evaluation->milliseconds)
        return error_no_memory(error);
    size_t count = 0;
    for (int64_t i = 0; i < judged->n_playlists; i++) {
        int64_t seeds = judged->seeds[i], start = judged->starts[i];
        if (seeds < 1 || seeds >= judged->starts[i + 1] - start)
            continue;
        judging->places[count] = i;
        judging->starts[count + 1] = judging->starts[count] + seeds;
        for (int64_t s = 0; s < seeds; s++)
            judging->numbers[judging->starts[count] + s] = (int64_t)judged->tracks[start + s] + 1;
        evaluation->playlist_ids[count] = judged->playlist_ids[i];
        evaluation->seeds[count++] = (int32_t)seeds;
    }
    evaluation->count = count;
    evaluation->n_left_out = (size_t)judged->n_playlists - count;
    if (count == 0)
        return error_set(error, STATUS_FAILED,
                         "There are no playlists to judge a model on; make a split with `sleeve split`.");
    return metrics_marks_create(judging->facts, &judging->marks, error);
}

static enum status judge_batch(struct judging *judging, size_t first, size_t count, struct error *error)
{
    const struct interactions *judged = judging->judged;
    size_t counts[BATCH];
    enum status status = recommender_recommend_many(judging->recommender, judging->starts + first, judging->numbers,
                                                    count, METRICS_LENGTH, judging->found, counts, error);
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        const struct recommendation *found = judging->found + i * METRICS_LENGTH;
        int32_t rows[METRICS_LENGTH];
        if (judging->observer)
            judging->observer->list(judging->observer->context, judging->evaluation->playlist_ids[first + i], found,
                                    counts[i]);
        for (size_t r = 0; r < counts[i]; r++) {
            rows[r] = (int32_t)(found[r].track - 1);
            judging->met[rows[r]] = 1;
        }
        int64_t place = judging->places[first + i], begins = judged->starts[place] + judged->seeds[place];
        metrics_of_list(judging->facts, judging->marks, rows, counts[i], judged->tracks + begins,
                        (size_t)(judged->starts[place + 1] - begins), &judging->evaluation->each[first + i]);
    }
    return status;
}

static enum status count_unknown(struct judging *judging, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < judging->evaluation->count && status == STATUS_OK; i++) {
        struct seed_counts counts;
        int64_t start = judging->starts[i];
        status = recommender_count_seeds(judging->recommender, judging->numbers + start,
                                         (size_t)(judging->starts[i + 1] - start), &counts, error);
        judging->evaluation->n_unknown += status == STATUS_OK && counts.known == 0;
    }
    return status;
}

static int ascending(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static enum status stopped(struct error *error)
{
    return error_set(error, STATUS_INTERRUPTED, "The evaluation was stopped; results stored before stay as they are.");
}

static enum status time_singles(struct judging *judging, struct progress *progress, struct error *error)
{
    struct evaluation *evaluation = judging->evaluation;
    size_t n = evaluation->count < TIMED ? evaluation->count : TIMED;
    for (size_t i = 0; i < n; i++) {
        size_t which = i * evaluation->count / n, found;
        if (progress_cancelled(progress))
            return stopped(error);
        double before = clock_seconds();
        enum status status = recommender_recommend(judging->recommender, judging->numbers + judging->starts[which],
                                                   (size_t)(judging->starts[which + 1] - judging->starts[which]),
                                                   METRICS_LENGTH, judging->found, &found, error);
        if (status != STATUS_OK)
            return status;
        evaluation->milliseconds[i] = 1000 * (clock_seconds() - before);
    }
    evaluation->n_timed = n;
    qsort(evaluation->milliseconds, n, sizeof *evaluation->milliseconds, ascending);
    return STATUS_OK;
}

enum status evaluate_recommender(struct recommender *recommender, const struct interactions *judged,
                                 const struct metrics_facts *facts, const struct evaluation_observer *observer,
                                 struct progress *progress, struct evaluation *evaluation, struct error *error)
{
    *evaluation = (struct evaluation){0};
    struct judging judging = {
        .recommender = recommender, .judged = judged, .facts = facts, .observer = observer, .evaluation = evaluation};
    const unsigned cut = mapped_files_cut();
    enum status status = begin(&judging, error);
    if (status == STATUS_OK)
        status = count_unknown(&judging, error);
    progress_stage(progress, "evaluating", "playlists", (double)evaluation->count);
    for (size_t first = 0; first < evaluation->count && status == STATUS_OK; first += BATCH) {
        size_t left = evaluation->count - first, count = left < BATCH ? left : BATCH;
        if (progress_cancelled(progress))
            status = stopped(error);
        else
            status = judge_batch(&judging, first, count, error);
        progress_step(progress, (double)(first + count));
    }
    progress_end(progress);
    if (status == STATUS_OK)
        status = time_singles(&judging, progress, error);
    if (status == STATUS_OK && mapped_files_cut() != cut)
        status = mapped_files_failed(error);
    if (status == STATUS_OK) {
        int64_t met = 0;
        for (int64_t i = 0; i < facts->n_tracks; i++)
            met += judging.met[i];
        evaluation->coverage = (double)met / (double)facts->n_tracks;
    }
    metrics_marks_free(judging.marks);
    free(judging.places);
    free(judging.starts);
    free(judging.numbers);
    free(judging.found);
    free(judging.met);
    if (status != STATUS_OK)
        evaluation_free(evaluation);
    return status;
}

void evaluation_free(struct evaluation *evaluation)
{
    free(evaluation->playlist_ids);
    free(evaluation->seeds);
    free(evaluation->each);
    free(evaluation->milliseconds);
    *evaluation = (struct evaluation){0};
}

enum status evaluation_summarise(const struct evaluation *evaluation, int seeds, struct metrics_summary *summary,
                                 struct error *error)
{
    struct metrics *chosen = malloc((evaluation->count + 1) * sizeof *chosen);
    if (!chosen)
        return error_no_memory(error);
    size_t count = 0;
    for (size_t i = 0; i < evaluation->count; i++)
        if (seeds == 0 || evaluation->seeds[i] == seeds)
            chosen[count++] = evaluation->each[i];
    metrics_summarise(chosen, count, summary);
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
