/* Reading spaces and wishes, storing wishes, and sorting the playlist. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/actions.h"
#include "ui/effect.h"
#include "ui/views/explore/explore.h"
#include "ui/views/steer/steer.h"

/* ---- spaces and wishes ---- */

struct steer_output {
    char **sets;
    bool songs;
    struct steering_list wishes;
};

static void free_output(void *output)
{
    struct steer_output *mine = output;
    app_names_free(mine->sets);
    steering_list_free(&mine->wishes);
}

static enum status read(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                        struct error *error)
{
    struct steer_output *output = result->output;
    (void)cancel;
    enum status status = app_spaces(world->app, &output->sets, error);
    if (status == STATUS_OK)
        status = app_steering(world->app, result->effect.id, &output->wishes, error);
    if (status == STATUS_OK && result->effect.text[0])
        status = app_model_has_songs(world->app, result->effect.text, &output->songs, error);
    return status;
}

static bool take_spaces(struct steer_state *steer, const struct steer_output *output)
{
    const char *names[256];
    size_t count = 0;
    if (output->songs)
        names[count++] = RERANK_SONG;
    for (size_t i = 0; output->sets && output->sets[i] && count < sizeof names / sizeof names[0]; i++)
        names[count++] = output->sets[i];
    return name_list_set(&steer->spaces, names, count);
}

static bool take_wishes(struct steer_state *steer, const struct steering_list *list)
{
    struct steer_wish *wishes = calloc(list->count + 1, sizeof *wishes);
    if (!wishes)
        return false;
    for (size_t i = 0; i < list->count; i++) {
        const struct steering_entry *entry = &list->items[i];
        wishes[i] = (struct steer_wish){entry->id, entry->wish, entry->item, entry->playlist > 0, ""};
        snprintf(wishes[i].name, sizeof wishes[i].name, "%.127s", entry->name);
    }
    free(steer->wishes);
    steer->wishes = wishes;
    steer->n_wishes = list->count;
    return true;
}

static void take(struct state *state, struct effect_list *effects, struct result *result)
{
    struct steer_state *steer = steer_of(state);
    const struct steer_output *output = result->output;
    if (result->error.status != STATUS_OK) {
        result_warn(state, result);
        return;
    }
    if (!take_spaces(steer, output) || !take_wishes(steer, &output->wishes))
        state_warn(state, "memory ran out: not all of the steering is shown");
    if (steer->first_wish)
        steer_use_wishes(state, effects);
    steer->first_wish = false;
}

const struct effect_ops effect_steer = {
    .name = "steering",
    .urgency = 70,
    .latest_only = true,
    .output_size = sizeof(struct steer_output),
    .free_output = free_output,
    .run = read,
    .take = take,
};

/* ---- a wish ---- */

static enum status store(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                         struct error *error)
{
    const struct steer_wish_input *input = result->effect.input;
    int64_t id = input->entry.id;
    (void)cancel;
    return input->remove ? app_steering_remove(world->app, &id, 1, error)
                         : app_steering_set(world->app, &input->entry, &id, error);
}

static void take_stored(struct state *state, struct effect_list *effects, struct result *result)
{
    if (result->error.status != STATUS_OK) {
        result_warn(state, result);
        return;
    }
    state_say(state, "%s", result->effect.text);
    steer_request(state, effects);
    explore_suggest(state, effects);
}

const struct effect_ops effect_steer_wish = {
    .name = "wish",
    .urgency = 90,
    .in_order = true,
    .each_counts = true,
    .input_size = sizeof(struct steer_wish_input),
    .run = store,
    .take = take_stored,
};

/* ---- sorting ---- */

static void free_sort_input(void *input)
{
    free(((struct steer_sort_input *)input)->locked);
}

static void free_sort_output(void *output)
{
    playlist_sort_result_free(output);
}

static enum status sort(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                        struct error *error)
{
    const struct effect *effect = &result->effect;
    const struct steer_sort_input *input = effect->input;
    const struct playlist_sort_settings settings = {
        .by = input->by, .set = input->set[0] ? input->set : NULL, .locked = input->locked};
    (void)cancel;
    return app_playlist_sort(world->app, effect->ids, effect->n_ids, &settings, result->output, error);
}

static bool is_unchanged(const struct state *state, const struct effect *effect)
{
    const struct steer_sort_input *input = effect->input;
    const struct playlist_version *now = playlist_now(&state->playlist);
    bool same = now->serial == input->serial && now->count == effect->n_ids;
    for (size_t i = 0; i < effect->n_ids && same; i++)
        same = now->items[i]->id == effect->ids[i];
    return same;
}

static void describe(const struct steer_sort_input *input, const struct playlist_sort_result *sorted, char text[256])
{
    char unknown[64] = "";
    if (sorted->n_unknown > 0)
        snprintf(unknown, sizeof unknown, "; nothing is known of %zu", sorted->n_unknown);
    if (!isnan(sorted->before))
        snprintf(text, 256, "sorted as a path through %.64s, %.1f long instead of %.1f%s (u undoes)", sorted->set,
                 sorted->after, sorted->before, unknown);
    else
        snprintf(text, 256, "sorted by %s%s%.64s%s (u undoes)", playlist_sort_name(input->by),
                 sorted->set[0] ? " in " : "", sorted->set, unknown);
}

static void take_sorted(struct state *state, struct effect_list *effects, struct result *result)
{
    const struct steer_sort_input *input = result->effect.input;
    const struct playlist_sort_result *sorted = result->output;
    struct error error;
    char text[256], what[64];
    if (result->error.status != STATUS_OK) {
        result_warn(state, result);
        return;
    }
    if (!is_unchanged(state, &result->effect)) {
        state_warn(state, "the playlist has changed meanwhile and was not sorted; sort it again");
        return;
    }
    snprintf(what, sizeof what, "sorted by %s", playlist_sort_name(input->by));
    if (playlist_reorder(&state->playlist, sorted->order, what, &error) != STATUS_OK) {
        state_warn(state, error.text);
        return;
    }
    describe(input, sorted, text);
    state_say(state, "%s", text);
    action_edited(state, effects);
}

const struct effect_ops effect_sort = {
    .name = "sort",
    .urgency = 80,
    .latest_only = true,
    .input_size = sizeof(struct steer_sort_input),
    .output_size = sizeof(struct playlist_sort_result),
    .free_input = free_sort_input,
    .free_output = free_sort_output,
    .run = sort,
    .take = take_sorted,
};
