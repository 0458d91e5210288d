/* Writing the playlists that are listed as a file. */
#include <stdio.h>
#include <string.h>

#include "app/failures_export.h"
#include "ui/effect.h"
#include "ui/overwrite.h"
#include "ui/views/failures/failures.h"

static enum status export_list(struct state *state, struct effect_list *effects, const char *path, bool overwrite,
                               struct error *error)
{
    const struct failures_state *failures = failures_of(state);
    struct failures_export_input *input;
    if (failures->list.evaluated == 0)
        return error_set(error, STATUS_USAGE, "there is no list of playlists to write; 3 shows the failures");
    if (failure_format_of(path) == FAILURE_FORMATS || strlen(path) >= sizeof input->path)
        return error_set(error, STATUS_USAGE, "failures export: the name of the file ends in .csv or .jsonl");
    struct effect *effect = effect_request(effects, state, EFFECT_FAILURES_EXPORT, failures->list.model);
    if (!effect)
        return error_no_memory(error);
    input = effect->input;
    snprintf(input->list.against, sizeof input->list.against, "%.63s", failures->list.against);
    input->list.filter = failures->filter;
    snprintf(input->where, sizeof input->where, "%.511s", failures->name.text);
    snprintf(input->path, sizeof input->path, "%.511s", path);
    input->overwrite = overwrite;
    return STATUS_OK;
}

COMMAND(command_failures_export)
{
    overwrite_remember(state, "failures export!", argument);
    return export_list(state, effects, argument, false, error);
}

COMMAND(command_failures_export_over)
{
    return export_list(state, effects, argument, true, error);
}

static enum status run_export(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                              struct error *error)
{
    const struct failures_export_input *input = result->effect.input;
    const struct failures_export settings = {
        .model = result->effect.text,
        .against = input->list.against,
        .filter = &input->list.filter,
        .where = input->where,
        .path = input->path,
        .overwrite = input->overwrite,
    };
    (void)cancel;
    return app_failures_export(world->app, &settings, result->output, error);
}

static void take_export(struct state *state, struct effect_list *effects, struct result *result)
{
    const struct failures_export_input *input = result->effect.input;
    const size_t *count = result->output;
    (void)effects;
    if (result->error.status != STATUS_OK)
        result_warn(state, result);
    else
        state_say(state, "wrote %zu %s to %s", *count, *count == 1 ? "playlist" : "playlists", input->path);
}

const struct effect_ops effect_failures_export = {
    .name = "failures export",
    .urgency = 80,
    .each_counts = true,
    .input_size = sizeof(struct failures_export_input),
    .output_size = sizeof(size_t),
    .run = run_export,
    .take = take_export,
};
