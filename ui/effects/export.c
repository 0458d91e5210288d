/* Writing the playlist as a file of another program. */
#include "ui/effects/export.h"

#include <stdio.h>
#include <stdlib.h>

static void free_input(void *input)
{
    free(((struct export_input *)input)->file);
}

static enum status run(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                       struct error *error)
{
    const struct effect *effect = &result->effect;
    const struct export_input *input = effect->input;
    const struct app_export_file settings = {
        .exporter = input->exporter,
        .name = effect->text,
        .ids = effect->ids,
        .count = effect->n_ids,
        .path = input->file,
        .overwrite = input->overwrite,
    };
    (void)cancel;
    return app_export_file(world->app, &settings, error);
}

static void take(struct state *state, struct effect_list *effects, struct result *result)
{
    const struct effect *effect = &result->effect;
    const struct export_input *input = effect->input;
    (void)effects;
    if (result->error.status != STATUS_OK)
        result_warn(state, result);
    else
        state_say(state, "wrote %zu %s as %s to %s", effect->n_ids, effect->n_ids == 1 ? "track" : "tracks",
                  input->exporter->name, input->file);
}

const struct effect_ops effect_export = {
    .name = "export",
    .urgency = 80,
    .each_counts = true,
    .input_size = sizeof(struct export_input),
    .free_input = free_input,
    .run = run,
    .take = take,
};
