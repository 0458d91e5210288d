#include "app/content_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/json_reader.h"
#include "db/registry.h"
#include "eval/validation.h"

/* ---- applying ---- */

struct applying {
    struct catalogue *catalogue;
    const char *name;
    struct predictor predictor;
    struct predictor_input input;
    struct progress *progress;
    enum new_tracks_seeds seeds;
    struct content_apply_result *result;
};

static bool is_unknown(const struct recommender *recommender, int64_t row)
{
    return row >= recommender_tracks(recommender) || !recommender_knows(recommender, (int32_t)row);
}

/* The tracks that the model does not know and that can be predicted. */
static int64_t choose_rows(struct applying *applying, const struct recommender *recommender, int32_t *rows)
{
    struct content_apply_result *result = applying->result;
    int64_t count = 0;
    result->n_unknown = 0;
    for (int64_t row = 0; row < result->n_tracks; row++) {
        if (!is_unknown(recommender, row))
            continue;
        result->n_unknown++;
        if (predictor_input_has(&applying->input, row))
            rows[count++] = (int32_t)row;
    }
    return count;
}

/* Whether the comma-separated names contain `name`. */
static bool has_member(const char *names, const char *name)
{
    const size_t size = strlen(name);
    for (const char *at = names; *at; at += strcspn(at, ",") + (at[strcspn(at, ",")] == ','))
        if (strcspn(at, ",") == size && strncmp(at, name, size) == 0)
            return true;
    return false;
}

static bool is_ensemble_of(const struct model_record *record, const char *model)
{
    struct json_document settings;
    if (json_read(record->settings, strlen(record->settings), &settings, NULL) != STATUS_OK)
        return false;
    const bool has = has_member(json_get_text(json_member(&settings.root, "members"), ""), model);
    json_document_free(&settings);
    return has;
}

/* The lists will be others: the metrics of the model, and of the ensembles that it is a member of, are deleted. */
static enum status forget_metrics(struct catalogue *catalogue, const char *model, bool *evaluated, struct error *error)
{
    struct model_list records = {0};
    enum status status = catalogue_begin(catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = catalogue_models_read(catalogue, &records, error);
    for (size_t i = 0; i < records.count && status == STATUS_OK; i++) {
        struct model_record record = records.items[i];
        const bool own = strcmp(record.name, model) == 0;
        if (!record.results[0] || !(own || is_ensemble_of(&record, model)))
            continue;
        *evaluated = *evaluated || own;
        record.results = "";
        status = catalogue_model_write(catalogue, &record, error);
    }
    if (status == STATUS_OK)
        status = catalogue_commit(catalogue, error);
    else
        catalogue_rollback(catalogue);
    model_list_free(&records);
    return status;
}

/* The choice with the highest NDCG on the validation playlists. */
static enum status choose_seeds(struct applying *applying, struct compute *compute, struct new_tracks_rows *rows,
                                struct error *error)
{
    struct content_apply_result *result = applying->result;
    struct recommender *recommender = NULL;
    struct validation *validation = NULL;
    rows->seeds = NEW_SEEDS_BESIDE;
    enum status status = validation_open(applying->catalogue, &validation, error);
    const struct model_evaluator *evaluator = validation_evaluator(validation);
    if (status == STATUS_OK && evaluator)
        status = recommender_open(applying->catalogue, compute, applying->predictor.model, &recommender, error);
    for (int choice = 0; choice < NEW_SEEDS_CHOICES && status == STATUS_OK && evaluator; choice++) {
        struct model_scores scores;
        struct new_tracks_rows tried = *rows;
        tried.seeds = (enum new_tracks_seeds)choice;
        status = new_tracks_give(recommender, &tried, error);
        if (status == STATUS_OK)
            status = evaluator->evaluate(evaluator->context, recommender, &scores, error);
        result->ndcg[choice] = status == STATUS_OK ? scores.ndcg : 0;
    }
    result->chosen = status == STATUS_OK && evaluator;
    for (int choice = 0; choice < NEW_SEEDS_CHOICES && result->chosen; choice++)
        if (result->ndcg[choice] > result->ndcg[rows->seeds])
            rows->seeds = (enum new_tracks_seeds)choice;
    recommender_close(recommender);
    validation_close(validation);
    return status;
}

static enum status write_rows(struct applying *applying, struct compute *compute, struct recommender *recommender,
                              struct error *error)
{
    const struct predictor *predictor = &applying->predictor;
    int32_t *rows = malloc(((size_t)applying->result->n_tracks + 1) * sizeof *rows);
    if (!rows)
        return error_no_memory(error);
    const int64_t n = choose_rows(applying, recommender, rows);
    float *vectors = malloc((size_t)(n * predictor->out) * sizeof *vectors + 1);
    enum status status = vectors ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK)
        status = predictor_input_run(compute, &applying->input, rows, n, vectors, applying->progress, error);
    if (status == STATUS_OK) {
        for (int64_t i = 0; i < n * predictor->out; i++)
            vectors[i] = (float)(predictor->gain * (double)vectors[i]);
        struct new_tracks_rows chosen = {applying->seeds, n, predictor->out, rows, vectors};
        applying->result->n_new = n;
        if (applying->seeds == NEW_SEEDS_CHOICES)
            status = choose_seeds(applying, compute, &chosen, error);
        if (status == STATUS_OK)
            status = forget_metrics(applying->catalogue, predictor->model, &applying->result->evaluated, error);
        if (status == STATUS_OK)
            status = new_tracks_write(applying->catalogue, predictor->model, recommender, &chosen, error);
        applying->result->seeds = chosen.seeds;
    }
    free(rows);
    free(vectors);
    return status;
}

enum status content_check_vectors(const struct predictor *predictor, const char *name,
                                  const struct recommender *recommender, struct error *error)
{
    char vectors[33];
    int64_t width = 0;
    enum status status = new_tracks_width(recommender, &width, error);
    if (status == STATUS_OK)
        status = new_tracks_fingerprint(recommender, vectors, error);
    if (status != STATUS_OK || (width == predictor->out && strcmp(vectors, predictor->vectors) == 0))
        return status;
    struct buffer command = {0};
    predictor_command(predictor, name, &command);
    status = error_set(error, STATUS_FAILED, "the predictor %s is of an earlier training of %s; train it again: %s",
                       name, predictor->model, command.failed ? "" : command.data);
    buffer_free(&command);
    return status;
}

static enum status apply(void *context, struct compute *compute, struct error *error)
{
    struct applying *applying = context;
    struct recommender *recommender = NULL;
    enum status status =
        recommender_open_alone(applying->catalogue, compute, applying->predictor.model, &recommender, error);
    if (status == STATUS_OK)
        status = content_check_vectors(&applying->predictor, applying->name, recommender, error);
    if (status == STATUS_OK)
        status = write_rows(applying, compute, recommender, error);
    recommender_close(recommender);
    return status;
}

enum status app_content_apply(struct catalogue *catalogue, struct device_use *device, const char *name,
                              enum new_tracks_seeds seeds, struct progress *progress,
                              struct content_apply_result *result, struct error *error)
{
    struct applying applying = {
        .catalogue = catalogue, .name = name, .seeds = seeds, .progress = progress, .result = result};
    const struct device_work work = {apply, &applying};
    struct catalogue_counts counts = {0};
    *result = (struct content_apply_result){0};
    enum status status = predictor_open(catalogue, name, &applying.predictor, error);
    if (status != STATUS_OK)
        return status;
    snprintf(result->model, sizeof result->model, "%s", applying.predictor.model);
    snprintf(result->set, sizeof result->set, "%s", applying.predictor.set);
    result->gain = applying.predictor.gain;
    status = predictor_input_open(catalogue, &applying.predictor, &applying.input, error);
    if (status == STATUS_OK)
        status = catalogue_count(catalogue, &counts, error);
    result->n_tracks = counts.tracks;
    if (status == STATUS_OK)
        status = device_run(device, &work, error);
    predictor_input_close(&applying.input);
    predictor_close(&applying.predictor);
    return status;
}
