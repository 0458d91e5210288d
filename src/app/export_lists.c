#include "app/export_lists.h"

#include <stdlib.h>
#include <string.h>

#include "app/lookup.h"
#include "db/interactions.h"
#include "db/playlists.h"
#include "eval/split.h"
#include "models/recommender.h"

enum { BATCH = 256 };

void export_lists_free(struct export_lists *lists)
{
    free(lists->queries);
    free(lists->tracks);
    free(lists->scores);
    free(lists->counts);
    arena_free(&lists->memory);
    *lists = (struct export_lists){0};
}

enum status export_lists_add(struct export_lists *lists, const struct list_query *query, struct error *error)
{
    if (lists->n == lists->capacity) {
        const size_t capacity = lists->capacity ? 2 * lists->capacity : 256;
        struct list_query *queries = realloc(lists->queries, capacity * sizeof *queries);
        if (!queries)
            return error_no_memory(error);
        lists->queries = queries;
        lists->capacity = capacity;
    }
    lists->queries[lists->n++] = *query;
    return STATUS_OK;
}

/* ---- queries ---- */

static enum status add_playlist(const struct export_work *work, struct export_lists *lists, struct error *error)
{
    struct playlist_list playlist = {0};
    int64_t id, *ids = NULL;
    size_t count = 0;
    enum status status = lookup_playlist(work->catalogue, work->input->playlist, &id, error);
    if (status == STATUS_OK)
        status = catalogue_playlist_read(work->catalogue, id, &playlist, error);
    if (status == STATUS_OK)
        status = catalogue_playlist_entries(work->catalogue, id, &ids, &count, error);
    int64_t *seeds = status == STATUS_OK ? arena_alloc(&lists->memory, (count + 1) * sizeof *seeds) : NULL;
    if (seeds && count > 0)
        memcpy(seeds, ids, count * sizeof *seeds);
    const char *key =
        seeds ? arena_copy_text(&lists->memory, playlist.items[0].key, strlen(playlist.items[0].key)) : NULL;
    if (status == STATUS_OK)
        status =
            key ? export_lists_add(lists, &(struct list_query){.key = key, .seeds = seeds, .n_seeds = count}, error)
                : error_no_memory(error);
    free(ids);
    playlist_list_free(&playlist);
    return status;
}

static enum status add_row(struct catalogue *catalogue, const struct interactions *rows, int64_t i,
                           struct export_lists *lists, struct error *error)
{
    struct playlist_list playlist = {0};
    const int64_t begin = rows->starts[i], count = rows->starts[i + 1] - begin;
    const int64_t seeds = rows->seeds[i] < count ? rows->seeds[i] : count;
    int64_t *numbers = arena_alloc(&lists->memory, ((size_t)count + 1) * sizeof *numbers);
    enum status status =
        numbers ? catalogue_playlist_read(catalogue, rows->playlist_ids[i], &playlist, error) : error_no_memory(error);
    if (status != STATUS_OK)
        return status;
    for (int64_t t = 0; t < count; t++)
        numbers[t] = (int64_t)rows->tracks[begin + t] + 1;
    const struct list_query query = {
        .key = arena_copy_text(&lists->memory, playlist.items[0].key, strlen(playlist.items[0].key)),
        .seeds = numbers,
        .n_seeds = (size_t)seeds,
        .held_out = numbers + seeds,
        .n_held_out = (size_t)(count - seeds)};
    playlist_list_free(&playlist);
    return query.key ? export_lists_add(lists, &query, error) : error_no_memory(error);
}

static enum status add_split(const struct export_work *work, enum split_set set, struct export_lists *lists,
                             struct error *error)
{
    struct interactions rows = {0};
    bool has = false;
    enum status status = catalogue_has_split(work->catalogue, &has, error);
    if (status == STATUS_OK && !has)
        return error_set(error, STATUS_FAILED, "there is no split yet: make one with `sleeve split`");
    if (status == STATUS_OK)
        status = catalogue_interactions_load(work->catalogue, (int)set, &rows, error);
    if (status == STATUS_OK && rows.n_playlists == 0)
        status = error_set(error, STATUS_FAILED, "the split has no %s playlists; make one that has with `sleeve split`",
                           set == SPLIT_TEST ? "test" : "validation");
    for (int64_t i = 0; status == STATUS_OK && i < rows.n_playlists; i++)
        status = add_row(work->catalogue, &rows, i, lists, error);
    interactions_free(&rows);
    return status;
}

enum status export_lists_from_input(const struct export_work *work, struct export_lists *lists, struct error *error)
{
    const char *on = work->input->on ? work->input->on : "test";
    const enum split_set set = split_set_named(on);
    if (work->input->playlist)
        return add_playlist(work, lists, error);
    if (set != SPLIT_TEST && set != SPLIT_VALIDATION)
        return error_set(error, STATUS_USAGE, "--on is test or val, not \"%s\"", on);
    return add_split(work, set, lists, error);
}

/* ---- lists ---- */

struct job {
    const struct export_work *work;
    struct export_lists *lists;
    struct recommendation *found; /* [BATCH x LIST_LENGTH] */
};

static enum status compute_batch(struct job *job, struct recommender *recommender, size_t first, size_t n,
                                 struct error *error)
{
    struct recommend_query queries[BATCH];
    size_t counts[BATCH];
    struct export_lists *lists = job->lists;
    for (size_t i = 0; i < n; i++) {
        const struct list_query *query = &lists->queries[first + i];
        queries[i] = (struct recommend_query){.seeds = query->seeds, .n_seeds = query->n_seeds, .title = query->title};
    }
    enum status status = recommender_recommend_many(recommender, queries, n, LIST_LENGTH, job->found, counts, error);
    for (size_t i = 0; status == STATUS_OK && i < n; i++) {
        const struct recommendation *list = job->found + i * LIST_LENGTH;
        const size_t at = (first + i) * LIST_LENGTH;
        lists->counts[first + i] = (uint16_t)counts[i];
        for (size_t t = 0; t < counts[i]; t++) {
            lists->tracks[at + t] = (int32_t)list[t].track;
            lists->scores[at + t] = list[t].score;
        }
    }
    return status;
}

static enum status compute(void *context, struct compute *device, struct error *error)
{
    struct job *job = context;
    struct recommender *recommender;
    const struct export_work *work = job->work;
    enum status status = recommender_open(work->catalogue, device, work->input->model, &recommender, error);
    if (status != STATUS_OK)
        return status;
    progress_stage(work->progress, "recommending", "playlists", (double)job->lists->n);
    for (size_t first = 0; status == STATUS_OK && first < job->lists->n; first += BATCH) {
        const size_t left = job->lists->n - first;
        status = progress_cancelled(work->progress)
                     ? error_set(error, STATUS_INTERRUPTED, "stopped; nothing was written")
                     : compute_batch(job, recommender, first, left < BATCH ? left : BATCH, error);
        progress_step(work->progress, (double)(first + (left < BATCH ? left : BATCH)));
    }
    progress_end(work->progress);
    recommender_close(recommender);
    return status;
}

static enum status check_model(const struct export_work *work, struct error *error)
{
    struct model_list models = {0};
    bool known = false;
    enum status status = catalogue_models_read(work->catalogue, &models, error);
    for (size_t i = 0; status == STATUS_OK && i < models.count; i++)
        known |= strcmp(models.items[i].name, work->input->model) == 0;
    if (status == STATUS_OK && !known)
        status = error_set(error, STATUS_FAILED, "there is no model \"%s\"; see: sleeve models", work->input->model);
    model_list_free(&models);
    return status;
}

enum status export_lists_compute(const struct export_work *work, struct export_lists *lists, struct error *error)
{
    struct job job = {.work = work, .lists = lists, .found = calloc(BATCH * LIST_LENGTH, sizeof *job.found)};
    lists->tracks = calloc(lists->n + 1, LIST_LENGTH * sizeof *lists->tracks);
    lists->scores = calloc(lists->n + 1, LIST_LENGTH * sizeof *lists->scores);
    lists->counts = calloc(lists->n + 1, sizeof *lists->counts);
    enum status status = job.found && lists->tracks && lists->scores && lists->counts ? check_model(work, error)
                                                                                      : error_no_memory(error);
    if (status == STATUS_OK)
        status = device_run(work->device, &(struct device_work){compute, &job}, error);
    free(job.found);
    return status;
}
