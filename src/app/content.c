#include "app/content.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/registry.h"

/* ---- applying ---- */

struct applying {
    struct catalogue *catalogue;
    const char *name;
    struct predictor predictor;
    struct predictor_input input;
    struct progress *progress;
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
        const struct new_tracks_rows chosen = {n, predictor->out, rows, vectors};
        applying->result->n_new = n;
        status = new_tracks_write(applying->catalogue, predictor->model, recommender, &chosen, error);
    }
    free(rows);
    free(vectors);
    return status;
}

static enum status check_model(const struct applying *applying, const struct recommender *recommender,
                               struct error *error)
{
    char vectors[33];
    int64_t width = 0;
    enum status status = new_tracks_width(recommender, &width, error);
    if (status == STATUS_OK)
        status = new_tracks_fingerprint(recommender, vectors, error);
    if (status != STATUS_OK || (width == applying->predictor.out && strcmp(vectors, applying->predictor.vectors) == 0))
        return status;
    struct buffer command = {0};
    predictor_command(&applying->predictor, applying->name, &command);
    status = error_set(error, STATUS_FAILED, "the predictor %s is of an earlier training of %s; train it again: %s",
                       applying->name, applying->predictor.model, command.failed ? "" : command.data);
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
        status = check_model(applying, recommender, error);
    if (status == STATUS_OK)
        status = write_rows(applying, compute, recommender, error);
    recommender_close(recommender);
    return status;
}

/* The lists are others now: the model's metrics, which are of the earlier ones, are deleted. */
static enum status forget_metrics(struct catalogue *catalogue, const char *model, bool *evaluated, struct error *error)
{
    struct model_list records = {0};
    enum status status = catalogue_model_find(catalogue, model, &records, error);
    *evaluated = status == STATUS_OK && records.count > 0 && records.items[0].results[0];
    if (*evaluated) {
        struct model_record record = records.items[0];
        record.results = "";
        status = catalogue_begin(catalogue, error);
        if (status == STATUS_OK) {
            status = catalogue_model_write(catalogue, &record, error);
            if (status == STATUS_OK)
                status = catalogue_commit(catalogue, error);
            else
                catalogue_rollback(catalogue);
        }
    }
    model_list_free(&records);
    return status;
}

enum status app_content_apply(struct catalogue *catalogue, struct device_use *device, const char *name,
                              struct progress *progress, struct content_apply_result *result, struct error *error)
{
    struct applying applying = {.catalogue = catalogue, .name = name, .progress = progress, .result = result};
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
    if (status == STATUS_OK)
        status = forget_metrics(catalogue, result->model, &result->evaluated, error);
    predictor_input_close(&applying.input);
    predictor_close(&applying.predictor);
    return status;
}
