#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app_internal.h"
#include "app/seen_answers.h"
#include "core/clock.h"
#include "core/file.h"

/* Moves the model that the catalogue's setting "default_model" names to the front. */
static enum status put_default_first(struct catalogue *catalogue, struct model_list *models, struct error *error)
{
    char *name = NULL;
    enum status status = catalogue_setting_read(catalogue, "default_model", &name, error);
    for (size_t i = 1; name && i < models->count; i++) {
        if (strcmp(models->items[i].name, name) != 0)
            continue;
        struct model_record first = models->items[i];
        memmove(models->items + 1, models->items, i * sizeof *models->items);
        models->items[0] = first;
    }
    free(name);
    return status;
}

enum status app_models(struct app *app, struct model_list *models, struct error *error)
{
    struct catalogue *catalogue;
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = catalogue_models_read(catalogue, models, error);
    if (status == STATUS_OK)
        status = seen_answers_complete(catalogue, models, error);
    if (status == STATUS_OK)
        status = put_default_first(catalogue, models, error);
    if (status == STATUS_OK)
        status = seen_answers_last(models, error);
    app_return(app, catalogue);
    return status;
}

enum status app_model_check(struct app *app, const char *name, struct error *error)
{
    struct model_list models = {0};
    enum status status = app_models(app, &models, error);
    size_t at = 0;
    while (status == STATUS_OK && at < models.count && strcmp(models.items[at].name, name) != 0)
        at++;
    if (status == STATUS_OK && at == models.count)
        status = error_set(error, STATUS_FAILED, "there is no model \"%s\"; see: sleeve models", name);
    model_list_free(&models);
    return status;
}

int64_t app_model_bytes(struct app *app, const struct model_record *model)
{
    struct catalogue *catalogue;
    if (app_borrow(app, &catalogue, NULL) != STATUS_OK)
        return 0;
    struct app_file file = app_file_now(catalogue, model->file, "", "");
    app_return(app, catalogue);
    return file.inode ? (int64_t)file.size : 0;
}

static void close_model(struct app *app, int at)
{
    recommender_close(app->models[at].recommender);
    free(app->models[at].name);
    app->n_models--;
    memmove(app->models + at, app->models + at + 1, sizeof app->models[0] * (size_t)(app->n_models - at));
}

void app_models_close(struct app *app)
{
    while (app->n_models > 0)
        close_model(app, app->n_models - 1);
}

/* The file that the model's record names now. */
static struct app_file model_file_now(struct catalogue *catalogue, const char *name)
{
    struct model_list record = {0};
    struct app_file file = {0};
    if (catalogue_model_find(catalogue, name, &record, NULL) == STATUS_OK && record.count > 0)
        file = app_file_now(catalogue, record.items[0].file, "", "");
    model_list_free(&record);
    return file;
}

static enum status open_model(struct app *app, struct catalogue *catalogue, struct open_model *model,
                              struct error *error)
{
    if (device_has_changed(&app->use)) {
        app_models_close(app);
        device_close(&app->use);
    }
    enum status status = device_open(&app->use, error);
    if (status == STATUS_OK)
        status = recommender_open(catalogue, &app->use.compute, model->name, &model->recommender, error);
    if (status == STATUS_DEVICE && app->n_models > 0) { /* the models may have filled its memory */
        app_models_close(app);
        status = recommender_open(catalogue, &app->use.compute, model->name, &model->recommender, error);
    }
    return status;
}

enum status app_model_open(struct app *app, const char *name, struct recommender **recommender, struct error *error)
{
    struct catalogue *catalogue;
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    struct open_model model = {.file = model_file_now(catalogue, name),
                               .new_tracks = app_file_now(catalogue, "content/", name, ".safetensors")};
    int at = 0;
    while (at < app->n_models && strcmp(app->models[at].name, name) != 0)
        at++;
    if (at < app->n_models && app_file_same(app->models[at].file, model.file) &&
        app_file_same(app->models[at].new_tracks, model.new_tracks) && !device_has_changed(&app->use)) {
        app_return(app, catalogue);
        *recommender = app->models[at].recommender;
        return STATUS_OK;
    }
    if (at < app->n_models)
        close_model(app, at);
    else if (app->n_models == MODELS_MAX)
        close_model(app, 0);
    model.name = strdup(name);
    status = model.name ? open_model(app, catalogue, &model, error) : error_no_memory(error);
    app_return(app, catalogue);
    if (status != STATUS_OK) {
        free(model.name);
        return status;
    }
    app->models[app->n_models++] = model;
    *recommender = model.recommender;
    return STATUS_OK;
}

enum status app_models_do(struct app *app, enum status (*work)(struct app *app, void *context, struct error *error),
                          void *context, struct error *error)
{
    struct error why = {0};
    enum status status = work(app, context, &why);
    if (status == STATUS_DEVICE) {
        app_models_close(app);
        device_fall_back(&app->use, &why);
        status = work(app, context, &why);
    }
    if (status != STATUS_OK && error)
        *error = why;
    return status == STATUS_DEVICE ? STATUS_FAILED : status; /* the CPU never returns STATUS_DEVICE */
}

/* ---- the device ---- */

void app_device(struct app *app, struct device_state *state)
{
    device_read(&app->device, state);
}

enum status app_device_choose(struct app *app, enum device_choice choice, struct error *error)
{
    pthread_mutex_lock(&app->models_lock);
    app_models_close(app);
    device_close(&app->use);
    enum status status = device_choose(&app->use, choice, error);
    pthread_mutex_unlock(&app->models_lock);
    return status;
}

/* ---- suggestions ---- */

struct request {
    const char *model;
    const struct recommend_query *query;
    size_t k;
    struct recommendation *recommendations;
    size_t count;
    struct app_answer *answer;
};

static void name_parts(const struct recommender *recommender, struct app_parts *parts)
{
    const char *names[SCORE_PARTS_MAX];
    size_t count = recommender_parts(recommender, names);
    parts->count = 1 + (int)count;
    snprintf(parts->names[0], sizeof parts->names[0], "%s", recommender_first_part(recommender));
    for (size_t i = 0; i < count; i++)
        snprintf(parts->names[1 + i], sizeof parts->names[1 + i], "%s", names[i]);
}

static enum status ask(struct app *app, void *context, struct error *error)
{
    struct request *request = context;
    struct recommender *recommender;
    struct recommend_query query = *request->query;
    query.counts = &request->answer->seeds;
    query.title_use = &request->answer->title;
    enum status status = app_model_open(app, request->model, &recommender, error);
    double begin = clock_seconds();
    if (status == STATUS_OK)
        status =
            recommender_recommend(recommender, &query, request->k, request->recommendations, &request->count, error);
    if (status == STATUS_OK)
        name_parts(recommender, &request->answer->parts);
    request->answer->milliseconds = 1000 * (clock_seconds() - begin);
    return status;
}

/* The note of a list by title alone is not that it holds popular tracks. */
static void describe(struct app_answer *answer, const char *model)
{
    if (answer->title != TITLE_ALONE || answer->seeds.distinct > 0)
        seed_counts_describe(&answer->seeds, model, answer->note);
    title_use_describe(answer->title, model, answer->title_note);
}

enum status app_recommend(struct app *app, const char *model, const struct recommend_query *query, size_t k,
                          struct recommendation *recommendations, struct track_list *tracks, struct app_answer *answer,
                          struct error *error)
{
    *answer = (struct app_answer){0};
    struct request request = {
        .model = model, .query = query, .k = k, .recommendations = recommendations, .answer = answer};
    pthread_mutex_lock(&app->models_lock);
    const unsigned cut = mapped_files_cut();
    enum status status = app_models_do(app, ask, &request, error);
    if (status == STATUS_OK && mapped_files_cut() != cut)
        status = mapped_files_failed(error);
    pthread_mutex_unlock(&app->models_lock);
    if (status != STATUS_OK)
        return status;
    describe(answer, model);
    int64_t *ids = malloc(sizeof *ids * (request.count + 1));
    if (!ids)
        return error_no_memory(error);
    for (size_t i = 0; i < request.count; i++)
        ids[i] = recommendations[i].track;
    status = app_tracks(app, ids, request.count, tracks, error);
    free(ids);
    return status;
}
