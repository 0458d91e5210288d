/* Writing the playlist as a file of another program. */
#include "ui/effects/export.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void free_input(void *input)
{
    free(((struct export_input *)input)->file);
}

static enum status run_other(struct effect_world *world, struct export_input *input, const atomic_bool *cancel,
                             struct error *error)
{
    const enum export_subject subject = input->exporter->subject;
    const struct export_request request = {.model = subject == EXPORT_LISTS ? input->model : NULL,
                                           .embedding = subject == EXPORT_EMBEDDING ? input->set : NULL,
                                           .out = input->file,
                                           .overwrite = input->overwrite};
    struct buffer notes = {0};
    enum status status = app_export_other(world->app, input->exporter, &request, &notes, cancel, error);
    if (status == STATUS_OK && notes.data)
        snprintf(input->note, sizeof input->note, "; %.*s", (int)strcspn(notes.data, "\n"), notes.data);
    buffer_free(&notes);
    return status;
}

/* Where a file without a folder is. */
static void note_folder(struct export_input *input)
{
    char *folder = getcwd(NULL, 0);
    if (folder)
        snprintf(input->note, sizeof input->note, " in %.200s", folder);
    free(folder);
}

static enum status run(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                       struct error *error)
{
    const struct effect *effect = &result->effect;
    struct export_input *input = effect->input;
    if (input->exporter->subject != EXPORT_PLAYLIST)
        return run_other(world, input, cancel, error);
    const struct app_export_file settings = {
        .exporter = input->exporter,
        .name = effect->text,
        .ids = effect->ids,
        .count = effect->n_ids,
        .path = input->file,
        .overwrite = input->overwrite,
    };
    enum status status = app_export_file(world->app, &settings, error);
    if (status == STATUS_OK && !strchr("/~", input->file[0]))
        note_folder(input);
    return status;
}

static void take(struct state *state, struct effect_list *effects, struct result *result)
{
    const struct effect *effect = &result->effect;
    const struct export_input *input = effect->input;
    (void)effects;
    if (result->error.status != STATUS_OK)
        result_warn(state, result);
    else if (input->exporter->subject != EXPORT_PLAYLIST)
        state_say(state, "wrote %s to %s%s", input->exporter->name, input->file, input->note);
    else
        state_say(state, "wrote %zu %s as %s to %s%s", effect->n_ids, effect->n_ids == 1 ? "track" : "tracks",
                  input->exporter->name, input->file, input->note);
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
