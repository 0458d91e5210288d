/* Reading the tracks that a model is least sure of, and storing labels. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/effect.h"
#include "ui/views/label/label.h"

static void free_output(void *output)
{
    struct unsure_output *unsure = output;
    attribute_unsure_free(&unsure->unsure);
    buffer_free(&unsure->names);
}

static enum status run(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                       struct error *error)
{
    struct unsure_output *output = result->output;
    const char *wanted = result->effect.text;
    (void)cancel;
    enum status status = app_attribute_names(world->app, &output->names, error);
    if (status == STATUS_OK && !wanted[0] && output->names.data)
        snprintf(output->attribute, sizeof output->attribute, "%.*s", (int)strcspn(output->names.data, ","),
                 output->names.data);
    else
        snprintf(output->attribute, sizeof output->attribute, "%s", wanted);
    if (status == STATUS_OK)
        status = app_attribute_unsure(world->app, output->attribute, LABEL_TRACKS, &output->unsure, error);
    return status;
}

static void take(struct state *state, struct effect_list *effects, struct result *result)
{
    struct label_state *mine = label_of(state);
    struct unsure_output *output = result->output;
    (void)effects;
    if (result->error.status == STATUS_INTERRUPTED)
        return;
    mine->read = true;
    mine->given = 0;
    mine->at = (struct list_position){0};
    attribute_unsure_free(&mine->unsure);
    free(mine->labels);
    mine->labels = NULL;
    snprintf(mine->failure, sizeof mine->failure, "%.511s",
             result->error.status != STATUS_OK ? result->error.text : "");
    if (result->error.status != STATUS_OK)
        return;
    mine->labels = malloc((output->unsure.tracks.count + 1) * sizeof *mine->labels);
    if (!mine->labels)
        return;
    for (size_t i = 0; i < output->unsure.tracks.count; i++)
        mine->labels[i] = (double)NAN;
    mine->unsure = output->unsure;
    output->unsure = (struct attribute_unsure){0};
    memcpy(mine->attribute, output->attribute, sizeof mine->attribute);
    snprintf(mine->names, sizeof mine->names, "%.*s", LABEL_NAMES_SIZE - 1,
             output->names.data ? output->names.data : "");
}

const struct effect_ops effect_unsure = {
    .name = "unsure",
    .urgency = 70,
    .latest_only = true,
    .output_size = sizeof(struct unsure_output),
    .free_output = free_output,
    .run = run,
    .take = take,
};

/* ---- labels ---- */

static enum status run_label(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                             struct error *error)
{
    const struct effect *effect = &result->effect;
    const struct label_input *input = effect->input;
    (void)cancel;
    return app_attribute_label(world->app, effect->id, effect->text, input->value, error);
}

/* What failed is shown as it was. */
static void take_label(struct state *state, struct effect_list *effects, struct result *result)
{
    struct label_state *mine = label_of(state);
    const struct label_input *input = result->effect.input;
    const bool shown = strcmp(mine->attribute, result->effect.text) == 0 && mine->labels &&
                       input->position < mine->unsure.tracks.count &&
                       mine->unsure.tracks.items[input->position].id == result->effect.id;
    (void)effects;
    if (result->error.status == STATUS_OK)
        return;
    result_warn(state, result);
    if (shown && !isnan(mine->labels[input->position])) {
        mine->labels[input->position] = (double)NAN;
        mine->given--;
    }
}

const struct effect_ops effect_label = {
    .name = "label",
    .urgency = 60,
    .in_order = true,
    .each_counts = true,
    .must_run = true,
    .input_size = sizeof(struct label_input),
    .run = run_label,
    .take = take_label,
};
