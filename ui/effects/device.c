/* The choice of the device that computes. */
#include "ui/effect.h"
#include "ui/views/explore/explore.h"

static enum status run(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                       struct error *error)
{
    enum device_choice choice;
    (void)cancel;
    if (!device_choice_parse(result->effect.text, &choice))
        return error_set(error, STATUS_USAGE, "there is no device \"%s\"; auto, cpu and cuda can be chosen",
                         result->effect.text);
    enum status status = app_device_choose(world->app, choice, error);
    return status == STATUS_OK ? status : error_prefix(error, ":device %s", result->effect.text);
}

/* Requests the same suggestions from the new device. */
static void take(struct state *state, struct effect_list *effects, struct result *result)
{
    struct explore_state *explore = explore_of(state);
    if (result->error.status != STATUS_OK) {
        result_warn(state, result);
        return;
    }
    state->device = result->device;
    state_say(state, "computing on %s (:device %s)", state->device.name, device_choice_name(state->device.choice));
    explore->restore_page = explore->suggestions.page;
    explore_suggest(state, effects);
}

const struct effect_ops effect_device = {
    .name = "device",
    .urgency = 80,
    .run = run,
    .take = take,
};
