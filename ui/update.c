#include "ui/update.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/actions.h"
#include "ui/bindings.h"
#include "ui/held.h"
#include "ui/layout.h"
#include "ui/tour_show.h"
#include "ui/view.h"
#include "ui/views/explore/explore.h"

/* Edits within this many seconds are saved together. */
static const double save_delay = 0.25;

void update_start(struct state *state, struct effect_list *effects)
{
    for (int type = 0; type < EFFECT_COUNT; type++)
        if (effect_ops((enum effect_type)type)->at_start)
            effect_request(effects, state, (enum effect_type)type, NULL);
}

static void insert(struct state *state, struct effect_list *effects, const char *text)
{
    const struct view_ops *typing = view_typing(state);
    if (text && typing) {
        if (!line_insert(typing->line(state), text, strlen(text)))
            state_warn(state, "the line is full; the rest of the text was left out");
        typing->typed(state, effects);
        return;
    }
    if (!text || state->input == INPUT_NONE)
        return;
    struct explore_state *explore = explore_of(state);
    bool search = state->input == INPUT_SEARCH;
    if (search && explore->search_fresh)
        line_set(&explore->search, "");
    if (search)
        explore->search_fresh = false;
    completion_clear(&state->completion);
    if (!line_insert(search ? &explore->search : &state->command, text, strlen(text)))
        state_warn(state, "the line is full; the rest of the text was left out");
    if (search)
        explore_search(state, effects);
}

/* Into a line that is typed goes the first line of a text; otherwise the tracks that it names are added. */
static enum status paste(struct state *state, struct effect_list *effects, const char *text, struct error *error)
{
    if (!text)
        return STATUS_OK;
    if (state->input != INPUT_NONE || view_typing(state)) {
        text += strspn(text, "\r\n");
        char *line = strndup(text, strcspn(text, "\r\n"));
        if (!line)
            return error_no_memory(error);
        insert(state, effects, line);
        free(line);
        return STATUS_OK;
    }
    if (state->overlay != VIEW_NONE || layout_of(state).too_small)
        return error_set(error, STATUS_USAGE, "close this first; then pasting a list adds its tracks");
    return effect_request(effects, state, EFFECT_PASTE, text) ? STATUS_OK : error_no_memory(error);
}

static enum status press(struct state *state, struct effect_list *effects, const struct event *event,
                         struct error *error)
{
    if (layout_of(state).too_small && event->key != KEY_CONTROL('z')) { /* the window is too small to show what a key
                                                                         * does */
        state->quitting = state->quitting || event->key == 'q';
        return STATUS_OK;
    }
    bool typing = binding_typing(state);
    const struct binding *binding = binding_find(state, event->key, event->alt != 0);
    const struct binding *escape = binding_find(state, KEYS_ESCAPE, false);
    if (event->alt && !binding && escape) { /* tmux sends Escape and a key that follows soon as one */
        enum status status = command_run(state, effects, escape->command, error);
        struct event rest = {.type = EVENT_KEY, .key = event->key};
        if (status != STATUS_OK || held_put_first(state, &rest))
            return status;
        return press(state, effects, &rest, error);
    }
    state->message_warning = false;
    state->message[0] = '\0';
    state->going = false;
    if (binding)
        return command_run(state, effects, binding->command, error);
    bool printable = event->key >= ' ' && event->key != KEYS_BACKSPACE && event->key < KEYS_SPECIAL_ && !event->alt;
    if (typing && printable) {
        struct line typed = {0};
        line_insert_character(&typed, event->key);
        insert(state, effects, typed.text);
        return STATUS_OK;
    }
    char name[32];
    key_name(event->key, event->alt != 0, name);
    return error_set(error, STATUS_USAGE, "%s has no function here; ? lists the keys", name);
}

static enum status take_event(struct state *state, struct effect_list *effects, const struct event *event,
                              struct error *error)
{
    switch (event->type) {
    case EVENT_KEY:
        return press(state, effects, event, error);
    case EVENT_PASTE:
        return paste(state, effects, event->text, error);
    case EVENT_CLICK:
        return view_click(state, effects, event, error);
    case EVENT_DRAG:
        return view_drag(state, effects, event, error);
    case EVENT_WHEEL:
        return view_wheel(state, effects, event, error);
    case EVENT_RESIZE:
        state->rows = event->rows;
        state->columns = event->columns;
        return STATUS_OK;
    case EVENT_CLOSED:
        state->quitting = true;
        return STATUS_OK;
    case EVENT_READY:
    case EVENT_FOCUS:
    case EVENT_NONE:
        break;
    }
    return STATUS_OK;
}

enum status update_event(struct state *state, struct effect_list *effects, const struct event *event,
                         struct error *error)
{
    if (held_should_discard(state, event))
        held_free(&state->held);
    if (state->first_start && (event->type == EVENT_KEY || event->type == EVENT_CLICK)) {
        state->first_start = false;
        state_touch(state);
    }
    if (tour_key(state, effects, event)) {
        layout_settle(state);
        return STATUS_OK;
    }
    if (held_must_wait(state, event) && held_put(state, event))
        return STATUS_OK;
    enum status status = take_event(state, effects, event, error);
    layout_settle(state);
    return status;
}

/* Handles the keys whose result has arrived. */
static void take_held(struct state *state, struct effect_list *effects)
{
    struct event event;
    struct error error;
    while (!state->quitting && held_take(state, &event)) {
        if (take_event(state, effects, &event, &error) != STATUS_OK)
            state_warn(state, error.text);
        free(event.text);
        layout_settle(state);
    }
}

/* After q, pending results delay the exit only for a short time. */
static void quit_anyway(struct state *state)
{
    if (held_quit_delay(state) != 0)
        return;
    if (explore_of(state)->searching)
        snprintf(state->exit_message, sizeof state->exit_message,
                 "the search for \"%.100s\" was not finished, so nothing of it was added",
                 explore_of(state)->search.text);
    state->quitting = true;
}

/* ---- results ---- */

/* The log already has a message about a device that failed; the message line shows it, too. */
static void take_device(struct state *state, const struct result *result)
{
    if (result->device.changes < state->device.changes)
        return;
    bool lost = result->device.changes > state->device.changes && result->device.lost[0];
    state->device = result->device;
    if (lost) {
        snprintf(state->message, sizeof state->message, "%s", state->device.lost);
        state->message_warning = false;
    }
}

void update_result(struct state *state, struct effect_list *effects, struct result *result)
{
    enum effect_type type = result->effect.type;
    const struct effect_ops *ops = effect_ops(type);
    bool wanted = state->wanted[type] == result->effect.number;
    if (wanted)
        state->answered[type] = result->effect.number;
    if (wanted || ops->each_counts)
        ops->take(state, effects, result);
    take_device(state, result);
    if (!wanted && !ops->each_counts)
        return;
    layout_settle(state);
    take_held(state, effects);
}

void update_tick(struct state *state, struct effect_list *effects)
{
    quit_anyway(state);
    bool due = state->dirty && state->now - state->dirty_since >= save_delay;
    bool again = state->retry_at > 0 && state->now >= state->retry_at;
    if (state->session_known && state->saving == 0 && (due || again))
        action_save(state, effects);
    for (int view = 0; view < VIEW_COUNT; view++)
        if (view_ops((enum view)view)->tick)
            view_ops((enum view)view)->tick(state, effects);
}

static double sooner(double a, double b)
{
    b = b > 0 ? b : 0;
    return a < 0 || b < a ? b : a;
}

double update_due(const struct state *state)
{
    double due = -1;
    if (state->dirty && state->saving == 0 && state->session_known)
        due = sooner(due, state->dirty_since + save_delay - state->now);
    if (state->retry_at > 0 && state->saving == 0)
        due = sooner(due, state->retry_at - state->now);
    for (int view = 0; view < VIEW_COUNT; view++) {
        double own = view_ops((enum view)view)->due ? view_ops((enum view)view)->due(state) : -1;
        if (own >= 0)
            due = sooner(due, own);
    }
    double until_shown = state->going_since + STATE_GOING_SHOWN - state->now;
    if (state->going && until_shown > 0)
        due = sooner(due, until_shown);
    if (held_quit_delay(state) >= 0)
        due = sooner(due, held_quit_delay(state));
    return due;
}
