#include "app/track_sound.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app/app_internal.h"
#include "app/attributes.h"
#include "app/cancel_progress.h"
#include "app/file_rows.h"
#include "app/fitness.h"
#include "db/track_file.h"

/* ------------------------------------------------------------------ fitness */

#define DEFAULT_MODEL "fitness"

/* The default one, else the first. */
static void choose(const char *name, void *context)
{
    struct track_fitness *fitness = context;
    if (!fitness->model[0] || strcmp(name, DEFAULT_MODEL) == 0)
        snprintf(fitness->model, sizeof fitness->model, "%s", name);
}

struct taking {
    const struct fitness_model *model;
    struct track_fitness *fitness;
};

static enum status take(const struct fitness_ranked *ranked, void *context, struct error *error)
{
    const struct taking *taking = context;
    struct track_fitness *fitness = taking->fitness;
    const int32_t n = taking->model->shape.n_classes;
    (void)error;
    fitness->n = n < TRACK_FITNESS_MAX ? (int)n : TRACK_FITNESS_MAX;
    for (int i = 0; i < fitness->n; i++) {
        const int32_t class = ranked->order[i];
        snprintf(fitness->items[i].name, TRACK_FITNESS_NAME, "%.*s", TRACK_FITNESS_NAME - 1,
                 taking->model->names[class]);
        fitness->items[i].fitness = 1 / (1 + exp(-(double)ranked->logits[class]));
    }
    return STATUS_OK;
}

/* Without a file, a track that has no row is not an error. */
static enum status rank(struct app *app, struct catalogue *catalogue, int64_t track, const atomic_bool *cancel,
                        struct track_fitness *fitness, struct error *error)
{
    struct fitness_model model;
    struct cancel_progress progress;
    struct device_use use = {.device = &app->device};
    struct error why;
    cancel_progress_init(&progress, cancel);
    enum status status = fitness_model_open(catalogue, fitness->model, &model, error);
    if (status != STATUS_OK)
        return status;
    struct taking taking = {&model, fitness};
    fitness->is_probability = strcmp(model.loss, "binary") == 0;
    status = app_fitness_of_track(catalogue, &use, &model, track, &progress.progress, take, &taking, &why);
    device_close(&use);
    fitness_model_free(&model);
    if (status == STATUS_BAD_DATA && !fitness->has_file)
        return STATUS_OK;
    return status == STATUS_OK ? status : error_set(error, status, "%s", why.text);
}

enum status app_track_fitness(struct app *app, const char *model, int64_t track, const atomic_bool *cancel,
                              struct track_fitness *fitness, struct error *error)
{
    struct catalogue *catalogue;
    struct buffer path = {0};
    *fitness = (struct track_fitness){0};
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    snprintf(fitness->model, sizeof fitness->model, "%.*s", FEATURE_NAME_MAX, model);
    if (!model[0])
        status = fitness_models_list(catalogue, choose, fitness, error);
    if (status == STATUS_OK)
        status = catalogue_track_file(catalogue, track, &path, error);
    fitness->has_file = path.size > 0;
    if (status == STATUS_OK && fitness->model[0])
        status = rank(app, catalogue, track, cancel, fitness, error);
    buffer_free(&path);
    app_return(app, catalogue);
    return status;
}

/* ------------------------------------------------------------------ the curve */

static bool hears_energy(const struct attribute_model *model)
{
    for (int i = 0; i < model->n_networks; i++)
        if (model->networks[i].kind == ATTRIBUTE_ENERGY)
            return file_rows_are(model->inputs);
    return false;
}

static enum status draw_curve(struct app *app, struct catalogue *catalogue, const char *path, const atomic_bool *cancel,
                              struct attribute_curve *curve, struct error *error)
{
    struct attribute_model model;
    struct cancel_progress progress;
    struct device_use use = {.device = &app->device};
    struct error why;
    cancel_progress_init(&progress, cancel);
    enum status status = attribute_model_open(catalogue, ATTRIBUTE_SET, &model, &why);
    if (status == STATUS_USAGE)
        return STATUS_OK;
    if (status != STATUS_OK)
        return error_set(error, status, "%s", why.text);
    if (hears_energy(&model))
        status = app_attribute_curve_of_file(catalogue, &use, &model, attribute_specs[ATTRIBUTE_ENERGY].name, path,
                                             &progress.progress, curve, error);
    device_close(&use);
    attribute_model_free(&model);
    return status;
}

enum status app_track_curve(struct app *app, int64_t track, const atomic_bool *cancel, struct attribute_curve *curve,
                            struct error *error)
{
    struct catalogue *catalogue;
    struct buffer path = {0};
    *curve = (struct attribute_curve){0};
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = catalogue_track_file(catalogue, track, &path, error);
    if (status == STATUS_OK && path.size > 0)
        status = draw_curve(app, catalogue, path.data, cancel, curve, error);
    buffer_free(&path);
    app_return(app, catalogue);
    return status;
}
