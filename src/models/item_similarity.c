#include "models/item_similarity.h"

#include <stdlib.h>
#include <string.h>

/* ---- training ------------------------------------------------------------------------------------------------ */

/* Tracks whose neighbours are found together, by all threads, before they are appended to the result. */
enum { BLOCK_ROWS = 4096, BLOCK_NEIGHBOURS = 1 << 22 };

struct training {
    const struct similarity_source *source;
    struct scored_rows *scratches; /* one a thread */
    float *popularity;             /* [n_tracks] */
    int64_t k, first, block_rows;
    int32_t *found; /* [block_rows x k] neighbours of the tracks of a block */
    float *values;  /* [block_rows x k] */
    int64_t *counts;
    /* The result. */
    int64_t *starts, capacity;
    int32_t *neighbours;
    float *similarities;
};

static void find_neighbours(void *context, size_t index, int worker)
{
    const struct training *training = context;
    struct scored_rows *scored = &training->scratches[worker];
    int32_t row = (int32_t)(training->first + (int64_t)index), *found = training->found + index * (size_t)training->k;
    scored_rows_mark(scored, &row, 1, true);
    training->source->add(training->source->context, row, worker, scored);
    size_t count = scored_rows_largest(scored, training->popularity, (size_t)training->k, found);
    for (size_t i = 0; i < count; i++)
        training->values[index * (size_t)training->k + i] = (float)scored->score[found[i]];
    training->counts[index] = (int64_t)count;
    scored_rows_clear(scored);
    scored_rows_mark(scored, &row, 1, false);
}

static enum status reserve(struct training *training, int64_t more, struct error *error)
{
    int64_t needed = training->starts[training->first] + more;
    if (needed <= training->capacity)
        return STATUS_OK;
    training->capacity = needed + needed / 2;
    size_t n = (size_t)training->capacity;
    int32_t *neighbours = realloc(training->neighbours, n * sizeof *neighbours);
    if (!neighbours)
        return error_no_memory(error);
    training->neighbours = neighbours;
    float *similarities = realloc(training->similarities, n * sizeof *similarities);
    if (!similarities)
        return error_no_memory(error);
    training->similarities = similarities;
    return STATUS_OK;
}

static enum status append_block(struct training *training, int64_t rows, struct error *error)
{
    int64_t total = 0;
    for (int64_t i = 0; i < rows; i++)
        total += training->counts[i];
    enum status status = reserve(training, total, error);
    for (int64_t i = 0; i < rows && status == STATUS_OK; i++) {
        int64_t start = training->starts[training->first + i];
        size_t count = (size_t)training->counts[i];
        memcpy(training->neighbours + start, training->found + i * training->k, count * sizeof *training->neighbours);
        memcpy(training->similarities + start, training->values + i * training->k,
               count * sizeof *training->similarities);
        training->starts[training->first + i + 1] = start + training->counts[i];
    }
    return status;
}

static enum status find_all(struct model_task *task, struct training *training, struct error *error)
{
    int64_t n = task->interactions->n_tracks;
    enum status status = STATUS_OK;
    progress_stage(task->progress, "finding similar tracks", "tracks", (double)n);
    for (; training->first < n && status == STATUS_OK; training->first += training->block_rows) {
        int64_t left = n - training->first, rows = left < training->block_rows ? left : training->block_rows;
        pool_run(task->compute->pool, (size_t)rows, find_neighbours, training);
        status = append_block(training, rows, error);
        if (status == STATUS_OK && progress_cancelled(task->progress))
            status = error_set(error, STATUS_INTERRUPTED, "training was stopped; an earlier model stays as it was");
        progress_step(task->progress, (double)(training->first + rows));
    }
    progress_end(task->progress);
    return status;
}

static enum status training_begin(struct training *training, const struct model_task *task,
                                  const struct track_playlists *playlists, struct error *error)
{
    int64_t n = task->interactions->n_tracks, fitting = BLOCK_NEIGHBOURS / training->k + 1;
    training->block_rows = fitting < BLOCK_ROWS ? fitting : BLOCK_ROWS;
    size_t threads = (size_t)pool_threads(task->compute->pool), cells = (size_t)(training->block_rows * training->k);
    training->popularity = malloc((size_t)n * sizeof *training->popularity);
    training->found = malloc(cells * sizeof *training->found);
    training->values = malloc(cells * sizeof *training->values);
    training->counts = malloc((size_t)training->block_rows * sizeof *training->counts);
    training->starts = calloc((size_t)n + 1, sizeof *training->starts);
    training->capacity = 1; /* never of size 0 */
    training->neighbours = malloc(sizeof *training->neighbours);
    training->similarities = malloc(sizeof *training->similarities);
    training->scratches = calloc(threads, sizeof *training->scratches);
    bool enough = training->popularity && training->found && training->values && training->counts && training->starts &&
                  training->neighbours && training->similarities && training->scratches;
    for (size_t i = 0; i < threads && enough; i++)
        enough = scored_rows_open(&training->scratches[i], n);
    for (int64_t row = 0; row < n && enough; row++)
        training->popularity[row] = (float)(playlists->starts[row + 1] - playlists->starts[row]);
    return enough ? STATUS_OK : error_no_memory(error);
}

/* Frees everything; what the weights own has been set to NULL. */
static void training_end(struct training *training, int threads)
{
    for (int i = 0; i < threads && training->scratches; i++)
        scored_rows_close(&training->scratches[i]);
    free(training->scratches);
    free(training->popularity);
    free(training->found);
    free(training->values);
    free(training->counts);
    free(training->starts);
    free(training->neighbours);
    free(training->similarities);
}

enum status item_similarity_train(struct model_task *task, const struct track_playlists *playlists,
                                  const struct similarity_source *source, struct model_weights *weights,
                                  struct error *error)
{
    int64_t n = task->interactions->n_tracks;
    double k = settings_value(task->settings, "k");
    struct training training = {.source = source, .k = k < (double)n ? (int64_t)k : n};
    enum status status = training_begin(&training, task, playlists, error);
    if (status == STATUS_OK)
        status = find_all(task, &training, error);
    int64_t total = status == STATUS_OK ? training.starts[n] : 0;
    if (status == STATUS_OK)
        status = model_weights_add_integers(weights, "starts", MATRIX_INT64, n + 1, 1, training.starts, error);
    if (status == STATUS_OK) {
        training.starts = NULL;
        status = model_weights_add_integers(weights, "neighbours", MATRIX_INT32, total, 1, training.neighbours, error);
    }
    if (status == STATUS_OK) {
        training.neighbours = NULL;
        status = model_weights_add(weights, "similarities", total, 1, training.similarities, error);
        training.similarities = NULL;
    }
    training_end(&training, pool_threads(task->compute->pool));
    return status;
}

/* ---- recommending -------------------------------------------------------------------------------------------- */

struct item_similarity {
    const int64_t *starts;
    const int32_t *neighbours;
    const float *similarities;
    struct scored_rows *scratches; /* one a thread */
    int n_scratches;
};

static enum status check(const struct item_similarity *items, int64_t n_tracks, int64_t n_starts, int64_t entries,
                         struct error *error)
{
    bool right = n_starts == n_tracks + 1 && items->starts[0] == 0;
    for (int64_t row = 0; right && row < n_tracks; row++)
        right = items->starts[row] <= items->starts[row + 1];
    if (!right || items->starts[n_tracks] != entries)
        return error_set(error, STATUS_BAD_DATA,
                         "the model's neighbours do not begin and end where its %lld entries do; train it again",
                         (long long)entries);
    for (int64_t row = 0; row < n_tracks; row++)
        for (int64_t e = items->starts[row]; e < items->starts[row + 1]; e++) {
            int32_t neighbour = items->neighbours[e];
            int32_t least = e > items->starts[row] ? items->neighbours[e - 1] : -1; /* they ascend */
            if (neighbour <= least || neighbour >= n_tracks)
                return error_set(error, STATUS_BAD_DATA,
                                 "row %lld of the model has an invalid or repeated neighbour, row %ld; train it again",
                                 (long long)row, (long)neighbour);
        }
    return STATUS_OK;
}

static enum status read_items(const struct recommender *recommender, struct item_similarity *items, struct error *error)
{
    const void *starts, *neighbours;
    int64_t n_starts, entries;
    enum status status = recommender_integers(recommender, "starts", MATRIX_INT64, &starts, &n_starts, error);
    if (status == STATUS_OK)
        status = recommender_integers(recommender, "neighbours", MATRIX_INT32, &neighbours, &entries, error);
    if (status == STATUS_OK)
        status = recommender_floats(recommender, "similarities", entries, 1, &items->similarities, error);
    if (status != STATUS_OK)
        return status;
    items->starts = starts;
    items->neighbours = neighbours;
    return check(items, recommender->n_tracks, n_starts, entries, error);
}

enum status item_similarity_open(struct recommender *recommender, struct error *error)
{
    struct item_similarity *items = calloc(1, sizeof *items);
    if (!items)
        return error_no_memory(error);
    recommender->state = items;
    enum status status = read_items(recommender, items, error);
    if (status != STATUS_OK)
        return status;
    int threads = pool_threads(recommender->compute->pool);
    items->scratches = calloc((size_t)threads, sizeof *items->scratches);
    if (!items->scratches)
        return error_no_memory(error);
    items->n_scratches = threads;
    for (int i = 0; i < threads; i++)
        if (!scored_rows_open(&items->scratches[i], recommender->n_tracks))
            return error_no_memory(error);
    return STATUS_OK;
}

void item_similarity_close(struct recommender *recommender)
{
    struct item_similarity *items = recommender->state;
    if (!items)
        return;
    for (int i = 0; i < items->n_scratches; i++)
        scored_rows_close(&items->scratches[i]);
    free(items->scratches);
    free(items);
}

static struct scored_rows *memory(const struct recommender *recommender, int worker)
{
    const struct item_similarity *items = recommender->state;
    return &items->scratches[worker];
}

static void add(const struct recommender *recommender, const struct scored_seeds *seeds, int worker)
{
    const struct item_similarity *items = recommender->state;
    for (int64_t i = 0; i < seeds->count; i++)
        for (int64_t e = items->starts[seeds->rows[i]]; e < items->starts[seeds->rows[i] + 1]; e++)
            scored_rows_add(&items->scratches[worker], items->neighbours[e], (double)items->similarities[e]);
}

enum status item_similarity_recommend(struct recommender *recommender, const struct seed_lists *lists, size_t k,
                                      int32_t *ids, float *scores, struct error *error)
{
    (void)error;
    scored_rows_run(recommender, &(struct scored_rows_model){memory, add}, lists, k, ids, scores);
    return STATUS_OK;
}

enum status item_similarity_ranks(struct recommender *recommender, const struct seed_lists *lists, int32_t row,
                                  size_t depth, size_t *ranks, bool *known, struct error *error)
{
    (void)error;
    *known = true;
    scored_rows_ranks(recommender, &(struct scored_rows_model){memory, add}, lists, row, depth, ranks);
    return STATUS_OK;
}

enum status item_similarity_score(struct recommender *recommender, const struct seed_lists *lists, size_t n,
                                  const int32_t *rows, float *scores, struct error *error)
{
    (void)error;
    scored_rows_score(recommender, &(struct scored_rows_model){memory, add}, lists, n, rows, scores);
    return STATUS_OK;
}
