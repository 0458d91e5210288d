#include <stdlib.h>
#include <string.h>

#include "app/app_internal.h"
#include "core/clock.h"

enum status app_models(struct app *app, struct model_list *models, struct error *error)
{
    struct catalogue *catalogue;
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = catalogue_models_read(catalogue, models, error);
    app_give_back(app, catalogue);
    return status;
}

static void close_model(struct app *app, int at)
{
    recommender_close(app->models[at].recommender);
    free(app->models[at].name);
    app->n_models--;
    memmove(app->models + at, app->models + at + 1, sizeof app->models[0] * (size_t)(app->n_models - at));
}

enum status app_model_open(struct app *app, const char *name, struct recommender **recommender, struct error *error)
{
    struct catalogue *catalogue;
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    struct open_model model = {.file = app_file_now(catalogue, "models/", name, ".safetensors")};
    int at = 0;
    while (at < app->n_models && strcmp(app->models[at].name, name) != 0)
        at++;
    if (at < app->n_models && app_file_same(app->models[at].file, model.file)) {
        app_give_back(app, catalogue);
        *recommender = app->models[at].recommender;
        return STATUS_OK;
    }
    if (at < app->n_models)
        close_model(app, at);
    else if (app->n_models == MODELS_MAX)
        close_model(app, 0);
    if (!app->compute_open) {
        status = compute_open(app->options.device, app->options.threads, &app->compute, error);
        app->compute_open = status == STATUS_OK;
    }
    if (status == STATUS_OK && !(model.name = strdup(name)))
        status = error_no_memory(error);
    if (status == STATUS_OK)
        status = recommender_open(catalogue, &app->compute, name, &model.recommender, error);
    app_give_back(app, catalogue);
    if (status != STATUS_OK) {
        free(model.name);
        return status;
    }
    app->models[app->n_models++] = model;
    *recommender = model.recommender;
    return STATUS_OK;
}

enum status app_recommend(struct app *app, const char *model, const int64_t *seeds, size_t n_seeds, size_t k,
                          struct recommendation *recommendations, struct track_list *tracks, double *milliseconds,
                          struct error *error)
{
    struct recommender *recommender;
    size_t count = 0;
    pthread_mutex_lock(&app->models_lock);
    enum status status = app_model_open(app, model, &recommender, error);
    double begin = clock_seconds();
    if (status == STATUS_OK)
        status = recommender_recommend(recommender, seeds, n_seeds, k, recommendations, &count, error);
    *milliseconds = 1000 * (clock_seconds() - begin);
    pthread_mutex_unlock(&app->models_lock);
    if (status != STATUS_OK)
        return status;
    int64_t *ids = malloc(sizeof *ids * (count + 1));
    if (!ids)
        return error_no_memory(error);
    for (size_t i = 0; i < count; i++)
        ids[i] = recommendations[i].track;
    status = app_tracks(app, ids, count, tracks, error);
    free(ids);
    return status;
}
