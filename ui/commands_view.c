/* Commands whose meaning depends on the view, and the choice of the model. */
#include <stdio.h>
#include <string.h>

#include "ui/actions.h"
#include "ui/model_names.h"
#include "ui/picker.h"
#include "ui/view.h"
#include "ui/views/explore/explore.h"

/* The function of the popup, otherwise of the tab, otherwise of Explore. */
#define OF_VIEW(state, member)                                                                                         \
    ((state)->overlay != VIEW_NONE && view_ops((state)->overlay)->member ? view_ops((state)->overlay)->member          \
     : view_ops((state)->view)->member                                   ? view_ops((state)->view)->member             \
                                                                         : view_explore.member)

/* The command of the view. A popup with a list of its own hides Explore's, so nothing is added unseen. */
COMMAND(command_add)
{
    const struct view_ops *popup = state->overlay != VIEW_NONE ? view_ops(state->overlay) : NULL;
    if (popup && popup->select && !popup->add)
        return error_set(error, STATUS_USAGE, "nothing can be added from %s; escape closes it", popup->title);
    return OF_VIEW(state, add)(state, effects, argument, error);
}

/* Only Explore's lists are added again. */
COMMAND(command_add_again)
{
    const struct view_ops *popup = state->overlay != VIEW_NONE ? view_ops(state->overlay) : NULL;
    if (popup && popup->add != explore_add)
        return error_set(error, STATUS_USAGE, "add! adds what Explore shows; escape closes %s", popup->title);
    if (view_ops(state->view)->add != explore_add)
        return error_set(error, STATUS_USAGE, "add! adds what Explore shows; 1 goes there");
    return explore_add_again(state, effects, argument, error);
}

COMMAND(command_page)
{
    return OF_VIEW(state, page)(state, effects, argument, error);
}

COMMAND(command_select)
{
    return OF_VIEW(state, select)(state, effects, argument, error);
}

COMMAND(command_pane)
{
    return OF_VIEW(state, pane)(state, effects, argument, error);
}

/* From the last model that was refused, if any, to the next. */
static size_t next_model(const struct state *state)
{
    const char *from = state->model_refused[0] ? state->model_refused : state->model;
    size_t next = name_list_find(&state->models, from) + 1;
    return next < state->models.count ? next : 0;
}

COMMAND(command_model)
{
    const struct name_list *models = &state->models;
    if (models->count == 0)
        return error_set(error, STATUS_USAGE, "there is no model yet; \"sleeve train als --name als\" makes one");
    if (!argument[0]) {
        picker_open(state, effects, PICK_MODELS);
        return STATUS_OK;
    }
    bool next = strcmp(argument, "next") == 0;
    size_t at = next ? next_model(state) : name_list_find(models, argument);
    if (at == models->count)
        return error_set(error, STATUS_USAGE, "there is no model \"%s\"; m lists the models", argument);
    const char *from = state->model_refused[0] ? state->model_refused : state->model;
    if (models->count == 1 && strcmp(models->names[at], from) == 0) {
        state_say(state, "%s is the only model", state->model);
        return STATUS_OK;
    }
    snprintf(state->model, sizeof state->model, "%s", models->names[at]);
    state->model_refused[0] = '\0';
    const char *list_of = view_ops(state->view)->list_of;
    char label[MODEL_LABEL_SIZE];
    model_label(state, state->model, label);
    state_say(state, "%s %s", list_of ? list_of : view_explore.list_of, label);
    action_edited(state, effects);
    view_model_changed(state, effects);
    return STATUS_OK;
}
