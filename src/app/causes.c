#include "app/causes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/app_internal.h"
#include "app/cause_tracks.h"
#include "core/clock.h"
#include "core/file.h"
#include "db/result_causes.h"
#include "db/titles.h"
#include "db/track_facts.h"
#include "eval/evaluate.h"
#include "eval/slices.h"
#include "eval/split.h"

enum { BATCH = 64 };      /* playlists that are computed together, at most */
#define BATCH_SECONDS 0.1 /* as long as other work on the device may have to wait */

/* What is left to compute. */
struct cause_pass {
    struct app *app;
    struct catalogue *catalogue;
    struct model_list record; /* of the training, a list of one */
    struct interactions evaluated;
    struct result_list results;
    struct playlist_titles titles; /* if the model was given them */
    bool titled;
    int64_t *todo; /* [n_todo] indices of `evaluated` */
    size_t n_todo;
    struct cause_tracks tracks; /* all of the catalogue */
    bool asked;                 /* the model has said what it knows about them */
    struct slice_inputs slices;
    int64_t *seeds;                  /* [longest] of all queries of a batch */
    struct recommendation *found;    /* [BATCH x CAUSE_NEAR] */
    int64_t *list, *near;            /* [BATCH x CAUSE_LIST], [BATCH x CAUSE_NEAR] track numbers */
    double (*shares)[STORED_VALUES]; /* [BATCH] */
    size_t at;                       /* the first of the batch in `todo` */
    size_t count;                    /* of the batch */
};

static void pass_free(struct cause_pass *pass)
{
    model_list_free(&pass->record);
    interactions_free(&pass->evaluated);
    result_list_free(&pass->results);
    playlist_titles_free(&pass->titles);
    cause_tracks_free(&pass->tracks);
    slice_inputs_free(&pass->slices);
    free(pass->todo);
    free(pass->seeds);
    free(pass->found);
    free(pass->list);
    free(pass->near);
    free(pass->shares);
}

/* ---- what is missing ---- */

/* Those with a result and without causes. All three are ordered by number. */
static enum status find_missing(struct cause_pass *pass, const struct cause_rows *stored, struct error *error)
{
    const struct interactions *evaluated = &pass->evaluated;
    const struct result_list *results = &pass->results;
    size_t result = 0, row = 0;
    pass->todo = malloc(((size_t)evaluated->n_playlists + 1) * sizeof *pass->todo);
    if (!pass->todo)
        return error_no_memory(error);
    for (int64_t i = 0; i < evaluated->n_playlists; i++) {
        int64_t id = evaluated->playlist_ids[i];
        while (result < results->count && results->items[result].playlist_id < id)
            result++;
        while (row < stored->count && stored->items[row].playlist_id < id)
            row++;
        bool has_result = result < results->count && results->items[result].playlist_id == id &&
                          results->items[result].seeds == evaluated->seeds[i];
        bool has_causes = row < stored->count && stored->items[row].playlist_id == id;
        if (has_result && !has_causes && evaluated->seeds[i] < evaluated->starts[i + 1] - evaluated->starts[i])
            pass->todo[pass->n_todo++] = i;
    }
    return STATUS_OK;
}

static enum status read_record(struct cause_pass *pass, const char *model, int *set, struct error *error)
{
    struct json_document results;
    enum status status = catalogue_model_find(pass->catalogue, model, &pass->record, error);
    if (status == STATUS_OK && pass->record.count == 0)
        return error_set(error, STATUS_FAILED, "there is no model \"%.64s\"; see: sleeve models", model);
    *set = 0;
    if (status != STATUS_OK)
        return status;
    const char *text = pass->record.items[0].results;
    if (json_read(text, strlen(text), &results, NULL) == STATUS_OK) {
        *set = (int)split_set_named(json_get_text(json_member(&results.root, "on"), ""));
        pass->titled = json_get_bool(json_member(&results.root, "titles"), false);
        json_document_free(&results);
    }
    if (*set != SPLIT_TEST && *set != SPLIT_VALIDATION)
        return error_set(error, STATUS_FAILED, "%.64s was not evaluated; run: sleeve evaluate --model %.64s", model,
                         model);
    return STATUS_OK;
}

static enum status load_tables(struct cause_pass *pass, int set, struct error *error)
{
    struct track_stats stats = {0};
    enum status status = track_stats_load(pass->catalogue, slice_training_sets((enum split_set)set), &stats, error);
    if (status == STATUS_OK)
        status = slice_inputs_load(pass->catalogue, &stats, &pass->slices, error);
    track_stats_free(&stats);
    if (status == STATUS_OK)
        status = cause_tracks_read(pass->catalogue, NULL, (size_t)pass->evaluated.n_tracks, &pass->tracks, error);
    if (status == STATUS_OK && pass->titled)
        status = catalogue_title_texts_load(pass->catalogue, &pass->evaluated, &pass->titles, error);
    size_t most = 1;
    for (size_t i = 0; i < pass->n_todo; i++)
        most += (size_t)pass->evaluated.seeds[pass->todo[i]];
    pass->seeds = malloc(most * sizeof *pass->seeds);
    pass->found = malloc((size_t)BATCH * CAUSE_NEAR * sizeof *pass->found);
    pass->list = malloc((size_t)BATCH * CAUSE_LIST * sizeof *pass->list);
    pass->near = malloc((size_t)BATCH * CAUSE_NEAR * sizeof *pass->near);
    pass->shares = malloc(BATCH * sizeof *pass->shares);
    if (status == STATUS_OK && (!pass->seeds || !pass->found || !pass->list || !pass->near || !pass->shares))
        status = error_no_memory(error);
    return status;
}

static enum status pass_open(struct cause_pass *pass, const char *model, struct error *error)
{
    struct cause_rows stored = {0};
    const struct result_list *results = &pass->results;
    int set = 0;
    enum status status = read_record(pass, model, &set, error);
    if (status == STATUS_OK)
        status = results_read(pass->catalogue, model, &pass->results, error);
    if (status == STATUS_OK)
        status = catalogue_causes_read(pass->catalogue, model, CAUSES_VERSION, STORED_VALUES, &stored, error);
    if (status == STATUS_OK && stored.count < results->count)
        status = catalogue_interactions_load(pass->catalogue, set, &pass->evaluated, error);
    if (status == STATUS_OK && stored.count < results->count)
        status = find_missing(pass, &stored, error);
    if (status == STATUS_OK && pass->n_todo > 0)
        status = load_tables(pass, set, error);
    cause_rows_free(&stored);
    return status;
}

/* ---- a batch ---- */

/* The playlist's own genre, else the most frequent known one of its tracks; 0: none is known. */
static enum status find_genre(struct cause_pass *pass, int64_t at, int64_t *genre, struct error *error)
{
    const struct interactions *evaluated = &pass->evaluated;
    int64_t start = evaluated->starts[at], end = evaluated->starts[at + 1];
    enum status status = catalogue_playlist_genre(pass->catalogue, evaluated->playlist_ids[at], genre, error);
    if (status != STATUS_OK || *genre != 0)
        return status;
    return cause_tracks_genre(&pass->tracks, evaluated->tracks + start, (size_t)(end - start), genre, error);
}

static void make_queries(struct cause_pass *pass, struct recommend_query *queries, struct seed_counts *counts)
{
    const struct interactions *evaluated = &pass->evaluated;
    int64_t *number = pass->seeds;
    for (size_t i = 0; i < pass->count; i++) {
        int64_t at = pass->todo[pass->at + i], start = evaluated->starts[at];
        queries[i] = (struct recommend_query){.seeds = number,
                                              .n_seeds = (size_t)evaluated->seeds[at],
                                              .title = pass->titled ? pass->titles.titles[at] : NULL,
                                              .counts = &counts[i]};
        for (int64_t s = 0; s < evaluated->seeds[at]; s++)
            *number++ = (int64_t)evaluated->tracks[start + s] + 1;
    }
}

static void copy_numbers(const struct recommendation *found, size_t count, int64_t *ids)
{
    for (size_t i = 0; i < count; i++)
        ids[i] = found[i].track;
}

static enum status fill_facts(struct cause_pass *pass, size_t i, const struct seed_counts *seeds, size_t n_list,
                              size_t n_near, struct error *error)
{
    const struct interactions *evaluated = &pass->evaluated;
    int64_t at = pass->todo[pass->at + i], start = evaluated->starts[at], end = evaluated->starts[at + 1];
    size_t n_seeds = (size_t)evaluated->seeds[at], n = (size_t)(end - start);
    int64_t *held_out = malloc((n + 1) * sizeof *held_out);
    if (!held_out)
        return error_no_memory(error);
    for (size_t t = n_seeds; t < n; t++)
        held_out[t - n_seeds] = (int64_t)evaluated->tracks[start + (int64_t)t] + 1;
    const int64_t *near = pass->near + i * CAUSE_NEAR;
    const struct cause_question question = {.held_out = held_out,
                                            .n_held_out = n - n_seeds,
                                            .list = pass->list + i * CAUSE_LIST,
                                            .n_list = n_list,
                                            .near = near + CAUSE_LIST,
                                            .n_near = n_near > CAUSE_LIST ? n_near - CAUSE_LIST : 0,
                                            .seeds = *seeds};
    struct cause_shares shares;
    double *facts = pass->shares[i];
    enum status status = cause_tracks_answer(&pass->tracks, &question, &shares, error);
    for (int cause = 0; cause < CAUSES; cause++)
        facts[cause] = shares.of[cause];
    facts[FACT_CEILING] = shares.ceiling;
    facts[FACT_HELD_OUT] = (double)(n - n_seeds);
    facts[FACT_UNPOPULAR] = slice_value(&pass->slices, SLICE_UNPOPULAR, evaluated->tracks + start, n_seeds, n);
    facts[FACT_UNCOVERED] = slice_value(&pass->slices, SLICE_UNCOVERED, evaluated->tracks + start, n_seeds, n);
    free(held_out);
    return status;
}

static int by_playlist(const void *id, const void *row)
{
    int64_t a = *(const int64_t *)id, b = ((const struct result_row *)row)->playlist_id;
    return (a > b) - (a < b);
}

/* What is stored of the playlist's result. */
static void copy_result(struct cause_pass *pass, size_t i)
{
    int64_t at = pass->todo[pass->at + i];
    const struct result_row *row =
        bsearch(&pass->evaluated.playlist_ids[at], pass->results.items, pass->results.count, sizeof *row, by_playlist);
    pass->shares[i][STORED_SEEDS] = pass->evaluated.seeds[at];
    for (int metric = 0; metric < METRICS; metric++)
        pass->shares[i][STORED_METRICS + metric] = row ? row->values[metric] : (double)NAN;
}

/* The lists of 500 are those of the evaluation. The longer ones are requested apart, because some kinds of models join
 * lists of the requested length, which changes their order. */
static enum status ask_batch(struct app *app, void *context, struct error *error)
{
    struct cause_pass *pass = context;
    struct recommender *recommender;
    struct recommend_query queries[BATCH];
    struct seed_counts counts[BATCH];
    size_t lengths[BATCH], far[BATCH];
    enum status status = app_model_open(app, pass->record.items[0].name, &recommender, error);
    if (status != STATUS_OK)
        return status;
    if (!pass->asked)
        cause_tracks_ask(&pass->tracks, recommender);
    pass->asked = true;
    make_queries(pass, queries, counts);
    status = recommender_recommend_many(recommender, queries, pass->count, CAUSE_NEAR, pass->found, far, error);
    for (size_t i = 0; i < pass->count && status == STATUS_OK; i++)
        copy_numbers(pass->found + i * CAUSE_NEAR, far[i], pass->near + i * CAUSE_NEAR);
    if (status == STATUS_OK)
        status = recommender_recommend_many(recommender, queries, pass->count, CAUSE_LIST, pass->found, lengths, error);
    for (size_t i = 0; i < pass->count && status == STATUS_OK; i++) {
        copy_numbers(pass->found + i * CAUSE_LIST, lengths[i], pass->list + i * CAUSE_LIST);
        status = fill_facts(pass, i, &counts[i], lengths[i], far[i], error);
        copy_result(pass, i);
    }
    return status;
}

static enum status store_batch(struct cause_pass *pass, struct error *error)
{
    struct cause_row rows[BATCH];
    enum status status = STATUS_OK;
    for (size_t i = 0; i < pass->count && status == STATUS_OK; i++) {
        int64_t at = pass->todo[pass->at + i], genre;
        status = find_genre(pass, at, &genre, error);
        rows[i] = (struct cause_row){.playlist_id = pass->evaluated.playlist_ids[at],
                                     .seeds = pass->evaluated.seeds[at],
                                     .genre_id = status == STATUS_OK ? genre : 0,
                                     .shares = pass->shares[i]};
    }
    if (status == STATUS_OK)
        status = catalogue_causes_write(pass->catalogue, &pass->record.items[0], CAUSES_VERSION, rows, pass->count,
                                        STORED_VALUES, error);
    return status;
}

static enum status run_batch(struct cause_pass *pass, struct error *error)
{
    struct app *app = pass->app;
    pthread_mutex_lock(&app->models_lock);
    const unsigned cut = mapped_files_cut();
    enum status status = app_models_do(app, ask_batch, pass, error);
    if (status == STATUS_OK && mapped_files_cut() != cut)
        status = mapped_files_failed(error);
    pthread_mutex_unlock(&app->models_lock);
    return status == STATUS_OK ? store_batch(pass, error) : status;
}

static enum status run_pass(struct cause_pass *pass, struct progress *progress, size_t *computed, struct error *error)
{
    enum status status = STATUS_OK;
    progress_stage(progress, "finding causes", "playlists", (double)pass->n_todo);
    size_t most = 8;
    for (pass->at = 0; pass->at < pass->n_todo && status == STATUS_OK; pass->at += pass->count) {
        size_t left = pass->n_todo - pass->at;
        double begin = clock_seconds();
        pass->count = left < most ? left : most;
        if (progress_cancelled(progress))
            status = error_set(error, STATUS_INTERRUPTED,
                               "causes of %zu of %zu playlists are stored; the next run continues there", *computed,
                               pass->n_todo);
        else
            status = run_batch(pass, error);
        if (status == STATUS_OK)
            *computed += pass->count;
        progress_step(progress, (double)*computed);
        double seconds = clock_seconds() - begin;
        most = seconds < BATCH_SECONDS / 2 && most < BATCH ? 2 * most
               : seconds > BATCH_SECONDS && most > 1       ? most / 2
                                                           : most;
    }
    progress_end(progress);
    return status;
}

enum status app_causes(struct app *app, const char *model, struct progress *progress, size_t *computed,
                       struct error *error)
{
    struct cause_pass pass = {.app = app};
    *computed = 0;
    enum status status = app_borrow(app, &pass.catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = pass_open(&pass, model, error);
    if (status == STATUS_OK && pass.n_todo > 0)
        status = run_pass(&pass, progress, computed, error);
    pass_free(&pass);
    app_return(app, pass.catalogue);
    return status;
}
