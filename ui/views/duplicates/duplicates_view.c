#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/actions.h"
#include "ui/effect.h"
#include "ui/held.h"
#include "ui/view.h"
#include "ui/views/duplicates/duplicates.h"
#include "ui/views/explore/explore.h"

/* ---- reading them ---- */

static void free_output(void *output)
{
    duplicates_free(output);
}

static enum status run(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                       struct error *error)
{
    const struct effect *effect = &result->effect;
    const struct duplicates_input *input = effect->input;
    const struct duplicate_query query = {
        .ids = effect->ids, .count = effect->n_ids, .playlist = effect->id, .across = input->across};
    (void)cancel;
    return app_duplicates(world->app, &query, result->output, error);
}

static void take(struct state *state, struct effect_list *effects, struct result *result)
{
    struct duplicates_state *mine = duplicates_of(state);
    (void)effects;
    if (result->error.status == STATUS_INTERRUPTED)
        return;
    mine->read = true;
    snprintf(mine->failure, sizeof mine->failure, "%.511s",
             result->error.status != STATUS_OK ? result->error.text : "");
    duplicates_free(&mine->found);
    if (result->error.status == STATUS_OK) {
        mine->found = *(struct duplicates *)result->output;
        *(struct duplicates *)result->output = (struct duplicates){0};
    }
}

const struct effect_ops effect_duplicates = {
    .name = "duplicates",
    .urgency = 70,
    .latest_only = true,
    .input_size = sizeof(struct duplicates_input),
    .output_size = sizeof(struct duplicates),
    .free_output = free_output,
    .run = run,
    .take = take,
};

static void free_own(struct state *state)
{
    duplicates_free(&duplicates_of(state)->found);
}

static enum status request(struct state *state, struct effect_list *effects, struct error *error)
{
    struct duplicates_state *mine = duplicates_of(state);
    const struct playlist_version *now = playlist_now(&state->playlist);
    struct effect *effect = effect_request(effects, state, EFFECT_DUPLICATES, NULL);
    if (!effect || !effect_set_tracks(effect, now))
        return error_no_memory(error);
    effect->id = state_saved_id(state, now->serial);
    mine->edit = state->playlist.current;
    mine->edits = state->playlist.count;
    mine->read = false;
    *(struct duplicates_input *)effect->input =
        (struct duplicates_input){.across = mine->across, .edit = mine->edit, .edits = mine->edits};
    return STATUS_OK;
}

static bool outdated(const struct state *state)
{
    const struct duplicates_state *mine = duplicates_of(state);
    return state->overlay == VIEW_DUPLICATES &&
           (mine->edit != state->playlist.current || mine->edits != state->playlist.count);
}

static void tick(struct state *state, struct effect_list *effects)
{
    struct error error;
    if (outdated(state) && request(state, effects, &error) != STATUS_OK)
        state_warn(state, error.text);
}

static double due(const struct state *state)
{
    return outdated(state) ? 0 : -1;
}

/* ---- commands ---- */

static COMMAND(command_duplicates)
{
    struct duplicates_state *mine = duplicates_of(state);
    if (argument[0] && strcmp(argument, "across") != 0 && strcmp(argument, "within") != 0)
        return error_set(error, STATUS_USAGE, "duplicates takes within or across, not \"%.60s\"", argument);
    mine->across = argument[0] == 'a';
    mine->at.selected = mine->at.top = 0;
    duplicates_free(&mine->found);
    state->overlay = VIEW_DUPLICATES;
    state->input = INPUT_NONE;
    return request(state, effects, error);
}

static COMMAND(command_across)
{
    (void)argument;
    return command_duplicates(state, effects, duplicates_of(state)->across ? "within" : "across", error);
}

static enum status need_popup(const struct state *state, struct error *error)
{
    if (state->overlay != VIEW_DUPLICATES)
        return error_set(error, STATUS_USAGE, "the duplicates are not shown; gu shows them");
    if (outdated(state) || !duplicates_of(state)->read)
        return error_set(error, STATUS_USAGE, "the playlist has just changed; try again in a moment");
    return STATUS_OK;
}

static int by_position(const void *a, const void *b)
{
    const size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return (x > y) - (x < y);
}

/* Removes the entries at these positions as one edit; they are read again. */
static enum status remove_all(struct state *state, struct effect_list *effects, size_t *positions, size_t count,
                              struct error *error)
{
    qsort(positions, count, sizeof *positions, by_position);
    enum status status = playlist_remove_all(&state->playlist, positions, count, error);
    if (status != STATUS_OK)
        return status;
    state_say(state, "removed %zu %s (u undoes)", count, count == 1 ? "entry" : "entries");
    action_edited(state, effects);
    return request(state, effects, error);
}

static COMMAND(command_remove_one)
{
    const struct duplicates_state *mine = duplicates_of(state);
    (void)argument;
    enum status status = need_popup(state, error);
    if (status != STATUS_OK)
        return status;
    if (mine->at.selected >= mine->found.count)
        return error_set(error, STATUS_USAGE, "there is nothing to remove");
    const struct duplicate *item = &mine->found.items[mine->at.selected];
    if (item->entry.playlist_name[0])
        return error_set(error, STATUS_USAGE, "this entry is in \"%.200s\"; open that playlist to remove it",
                         item->entry.playlist_name);
    size_t position = item->entry.position;
    return remove_all(state, effects, &position, 1, error);
}

/* The first of each recording stays. Across playlists, what is in another one as well is removed here. */
static COMMAND(command_remove_all)
{
    const struct duplicates_state *mine = duplicates_of(state);
    size_t count = 0;
    (void)argument;
    enum status status = need_popup(state, error);
    if (status != STATUS_OK)
        return status;
    if (mine->across)
        return error_set(error, STATUS_USAGE,
                         "x removes the selected entry; a shows the duplicates within the "
                         "playlist, which D removes together");
    if (mine->found.n_removable == 0)
        return error_set(error, STATUS_USAGE, "no recording is in the playlist twice; x removes the selected entry");
    size_t *positions = calloc(mine->found.n_removable, sizeof *positions);
    if (!positions)
        return error_no_memory(error);
    for (size_t i = 0; i < mine->found.count; i++)
        if (duplicate_removable(mine->found.items[i].kind))
            positions[count++] = mine->found.items[i].entry.position;
    status = remove_all(state, effects, positions, count, error);
    free(positions);
    return status;
}

static COMMAND(select_here)
{
    struct duplicates_state *mine = duplicates_of(state);
    (void)effects;
    if (list_move(&mine->at, mine->found.count, argument))
        return STATUS_OK;
    return command_select_in(&mine->at, mine->found.count, argument, 1, error);
}

static COMMAND(page_here)
{
    if (strcmp(argument, "next") == 0 || strcmp(argument, "previous") == 0)
        return select_here(state, effects, argument[0] == 'n' ? "page-down" : "page-up", error);
    return error_set(error, STATUS_USAGE, "page: \"%s\" is not next or previous", argument);
}

static bool waits(const struct state *state, const char *command)
{
    static const char *const on_rows[] = {"duplicates remove", "duplicates clean", "select", "page", NULL};
    return (outdated(state) || (!duplicates_of(state)->read && state_awaits(state, EFFECT_DUPLICATES))) &&
           held_is_one_of(command, on_rows);
}

static void settle(struct state *state, const struct layout *layout)
{
    struct duplicates_state *mine = duplicates_of(state);
    if (layout->too_small || state->overlay != VIEW_DUPLICATES)
        return;
    const struct list_box box = duplicates_box(state, layout);
    layout_settle_list(&mine->at, mine->found.count, list_items(&box));
}

static enum status click(struct state *state, struct effect_list *effects, const struct layout *layout,
                         const struct event *event, struct error *error)
{
    struct duplicates_state *mine = duplicates_of(state);
    const struct list_box box = duplicates_box(state, layout);
    const size_t count = mine->found.count, item = list_item_at(&box, &mine->at, count, event->row);
    (void)effects, (void)error;
    if (event->row < layout->header_row || event->row >= layout->body_end) {
        state->overlay = VIEW_NONE;
        return STATUS_OK;
    }
    if (!list_click_bar(&box, &mine->at, count, event) && item < count &&
        list_contains(&box, event->row, event->column))
        mine->at.selected = item;
    return STATUS_OK;
}

static enum status wheel(struct state *state, struct effect_list *effects, const struct layout *layout,
                         const struct event *event, struct error *error)
{
    struct duplicates_state *mine = duplicates_of(state);
    const struct list_box box = duplicates_box(state, layout);
    (void)effects, (void)error;
    list_wheel(&box, &mine->at, mine->found.count, event->direction);
    return STATUS_OK;
}

static bool hinted(const struct state *state, const struct binding *binding)
{
    const struct duplicates *found = &duplicates_of(state)->found;
    if (strcmp(binding->command, "duplicates clean") == 0)
        return found->n_removable > 0 && !duplicates_of(state)->across;
    return strcmp(binding->command, "duplicates remove") != 0 || found->count > 0;
}

static const struct explorer_command commands[] = {
    {"duplicates", "[within|across]", "songs that are there more than once", command_duplicates},
    {"duplicates remove", "", "remove the selected entry", command_remove_one},
    {"duplicates clean", "", "remove all but the first of each recording", command_remove_all},
    {"duplicates across", "", "within the playlist, or in all of yours", command_across},
};

static const struct binding bindings[] = {
    {'x', false, "duplicates remove", HINT_ACT, "x remove"},
    {'D', false, "duplicates clean", HINT_OWN, "D remove all duplicates"},
    {'a', false, "duplicates across", HINT_OWN, "a across playlists"},
    {'u', false, "undo", HINT_NOWHERE, NULL},
    {'U', false, "redo", HINT_NOWHERE, NULL},
};
static const struct key_set keys = KEY_SET("duplicates", bindings);

const struct view_ops view_duplicates = {
    .name = "duplicates",
    .title = "duplicates",
    .commands = commands,
    .n_commands = sizeof commands / sizeof commands[0],
    .keys = &keys,
    .state_size = sizeof(struct duplicates_state),
    .free = free_own,
    .settle = settle,
    .draw = duplicates_draw,
    .click = click,
    .wheel = wheel,
    .page = page_here,
    .select = select_here,
    .hinted = hinted,
    .waits = waits,
    .tick = tick,
    .due = due,
};
