/* Wishes and spaces, for both front ends. */
#include "app/steer.h"

#include "app/app_internal.h"

enum status app_spaces(struct app *app, char ***names, struct error *error)
{
    return app_set_names(app, false, names, error);
}

struct has_request {
    const char *model;
    bool has;
};

static enum status find_songs(struct app *app, void *context, struct error *error)
{
    struct has_request *request = context;
    struct recommender *recommender;
    struct track_vectors vectors;
    enum status status = app_model_open(app, request->model, &recommender, error);
    request->has = status == STATUS_OK && recommender_track_vectors(recommender, &vectors, NULL) == STATUS_OK;
    return status;
}

enum status app_model_has_songs(struct app *app, const char *model, bool *has, struct error *error)
{
    struct has_request request = {.model = model};
    pthread_mutex_lock(&app->models_lock);
    enum status status = app_models_do(app, find_songs, &request, error);
    pthread_mutex_unlock(&app->models_lock);
    *has = request.has;
    return status;
}

enum status app_steering(struct app *app, int64_t playlist, struct steering_list *list, struct error *error)
{
    struct catalogue *catalogue;
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = playlist >= 0 ? catalogue_steering_read_for(catalogue, playlist, list, error)
                           : catalogue_steering_read(catalogue, list, error);
    app_return(app, catalogue);
    return status;
}

enum status app_steering_set(struct app *app, const struct steering_entry *entry, int64_t *id, struct error *error)
{
    struct catalogue *catalogue;
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = catalogue_steering_set(catalogue, entry, id, error);
    app_return(app, catalogue);
    return status;
}

enum status app_steering_remove(struct app *app, const int64_t *ids, size_t count, struct error *error)
{
    struct catalogue *catalogue;
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = catalogue_steering_remove(catalogue, ids, count, error);
    app_return(app, catalogue);
    return status;
}
