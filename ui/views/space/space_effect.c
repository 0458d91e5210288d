#include <stdio.h>
#include <string.h>

#include "ui/effect.h"
#include "ui/views/space/space.h"

/* Measures the longest playlists in one or two feature sets. */

struct space_output {
    struct app_space space;
    char **names; /* of all feature sets */
};

static void free_output(void *output)
{
    struct space_output *mine = output;
    app_space_free(&mine->space);
    app_names_free(mine->names);
}

/* The default: audio describes tracks best. */
static const char *set_of(char *const *names, const char *wanted)
{
    if (wanted[0])
        return wanted;
    for (size_t i = 0; names[i]; i++)
        if (strcmp(names[i], "audio") == 0)
            return names[i];
    return names[0];
}

static enum status run(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                       struct error *error)
{
    struct space_output *output = result->output;
    const struct space_input *input = result->effect.input;
    (void)cancel;
    enum status status = app_space_sets(world->app, &output->names, error);
    if (status != STATUS_OK)
        return status;
    const char *set = set_of(output->names, result->effect.text);
    if (!set)
        return error_set(error, STATUS_FAILED, "there is no feature set yet; \"sleeve embed audio\" makes one");
    const struct space_settings settings = {.sets = {set, input->against},
                                            .n_sets = input->against[0] && strcmp(input->against, set) != 0 ? 2 : 1,
                                            .longest = input->longest,
                                            .leave_out = input->leave_out,
                                            .ridge = SPACE_RIDGE};
    return app_space(world->app, &settings, &output->space, error);
}

static size_t count_names(char **names)
{
    size_t count = 0;
    while (names && names[count])
        count++;
    return count;
}

static void take(struct state *state, struct effect_list *effects, struct result *result)
{
    struct space_state *mine = space_of(state);
    struct space_output *output = result->output;
    (void)effects;
    if (result->error.status == STATUS_INTERRUPTED)
        return;
    snprintf(mine->failure, sizeof mine->failure, "%s", result->error.status != STATUS_OK ? result->error.text : "");
    if (output && output->names &&
        !name_list_set(&mine->sets, (const char *const *)output->names, count_names(output->names)))
        state_warn(state, "memory ran out: the feature sets cannot be listed");
    if (result->error.status != STATUS_OK || !output)
        return;
    app_space_free(&mine->space);
    mine->space = output->space;
    output->space = (struct app_space){0};
    snprintf(mine->set, sizeof mine->set, "%.*s", NAME_SIZE - 1, mine->space.sides[0].set);
    mine->at = (struct list_position){0};
    mine->row = layout_between(mine->row, 0, (int)mine->space.n_playlists - 1);
    mine->column = layout_between(mine->column, 0, (int)mine->space.n_playlists - 1);
    space_list(mine);
}

const struct effect_ops effect_space = {
    .name = "space",
    .urgency = 60,
    .latest_only = true,
    .input_size = sizeof(struct space_input),
    .output_size = sizeof(struct space_output),
    .free_output = free_output,
    .run = run,
    .take = take,
};
