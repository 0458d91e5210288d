#include "app/content_check.h"

#include <stdio.h>
#include <string.h>

#include "app/content_internal.h"
#include "db/model_folder.h"
#include "db/registry.h"
#include "models/model_files.h"

struct checking {
    struct catalogue *catalogue;
    struct compute *compute;
    const struct content_visitor *visitor;
};

static enum status check_model_exists(struct catalogue *catalogue, const char *model, const char *what,
                                      struct error *error)
{
    struct model_list records = {0};
    enum status status = catalogue_model_find(catalogue, model, &records, error);
    if (status == STATUS_OK && records.count == 0)
        status = error_set(error, STATUS_FAILED, "its model %.64s does not exist; %s", model, what);
    model_list_free(&records);
    return status;
}

/* Whether the model still has the vectors that the predictor was trained on. */
static enum status check_predictor(const struct checking *checking, const char *name, struct error *error)
{
    struct predictor predictor;
    struct recommender *recommender = NULL;
    char remedy[128];
    enum status status = predictor_open(checking->catalogue, name, &predictor, error);
    if (status != STATUS_OK)
        return status;
    snprintf(remedy, sizeof remedy, "`sleeve content rm %.64s` removes it", name);
    status = check_model_exists(checking->catalogue, predictor.model, remedy, error);
    if (status == STATUS_OK)
        status = recommender_open_alone(checking->catalogue, checking->compute, predictor.model, &recommender, error);
    if (status == STATUS_OK)
        status = content_check_vectors(&predictor, name, recommender, error);
    recommender_close(recommender);
    predictor_close(&predictor);
    return status;
}

static enum status visit_predictor(void *context, const char *name, struct error *error)
{
    const struct checking *checking = context;
    struct error why = {0};
    enum status status = check_predictor(checking, name, &why);
    if (status == STATUS_DEVICE) {
        *error = why;
        return status;
    }
    checking->visitor->predictor(checking->visitor->context, name, status, &why);
    return STATUS_OK;
}

static void visit_new_songs(const char *model, void *context)
{
    const struct checking *checking = context;
    struct recommender *recommender = NULL;
    struct error why = {0};
    bool there = true;
    enum status status =
        check_model_exists(checking->catalogue, model, "content/ has its new songs, which can be deleted", &why);
    if (status == STATUS_OK)
        status = recommender_open_alone(checking->catalogue, checking->compute, model, &recommender, &why);
    if (status == STATUS_OK)
        status = new_tracks_check(recommender, checking->catalogue, model, &there, &why);
    recommender_close(recommender);
    checking->visitor->new_songs(checking->visitor->context, model, status, &why);
}

enum status app_content_check(struct catalogue *catalogue, struct compute *compute,
                              const struct content_visitor *visitor, struct error *error)
{
    struct checking checking = {catalogue, compute, visitor};
    enum status status = predictors_list(catalogue, visit_predictor, &checking, error);
    if (status == STATUS_OK)
        status = model_folder_list(catalogue, "content", ".safetensors", model_name_is_usable, visit_new_songs,
                                   &checking, error);
    return status;
}

/* ---- the predictors of one model ---- */

struct naming {
    struct catalogue *catalogue;
    const char *model;
    struct buffer *names;
};

static enum status add_name(void *context, const char *name, struct error *error)
{
    const struct naming *naming = context;
    struct predictor predictor;
    (void)error;
    if (predictor_open(naming->catalogue, name, &predictor, NULL) != STATUS_OK)
        return STATUS_OK;
    if (strcmp(predictor.model, naming->model) == 0)
        buffer_printf(naming->names, "%s%s", naming->names->size > 0 ? ", " : "", name);
    predictor_close(&predictor);
    return STATUS_OK;
}

enum status app_content_predictors_of(struct catalogue *catalogue, const char *model, struct buffer *names,
                                      struct error *error)
{
    struct naming naming = {catalogue, model, names};
    enum status status = predictors_list(catalogue, add_name, &naming, error);
    return status == STATUS_OK && names->failed ? error_no_memory(error) : status;
}
