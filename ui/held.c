#include "ui/held.h"

#include <stdlib.h>
#include <string.h>

#include "ui/bindings.h"
#include "ui/view.h"

enum { HELD_MAX = 4096 };

/* After q, pending keys delay the exit by at most this many seconds. */
static const double quit_seconds = 0.6;
/* Escape soon after Enter was typed ahead; later than this it discards the pending keys. */
static const double give_up_seconds = 1;

static bool begins(const char *command, const char *with)
{
    size_t size = strlen(with);
    return strncmp(command, with, size) == 0 && (command[size] == '\0' || command[size] == ' ');
}

bool held_is_one_of(const char *command, const char *const *names)
{
    while (*names && !begins(command, *names))
        names++;
    return *names != NULL;
}

static bool command_waits(const struct state *state, const char *command)
{
    static const char *const of_model[] = {"model", "open", "failures", NULL};
    static const char *const always[] = {"quit", "redraw", "suspend", "help", "messages", NULL};
    static const char *const edits[] = {"add",  "add!",     "remove", "move", "put",  "undo",
                                        "redo", "playlist", "select", "pane", "mark", NULL};
    bool models = state_awaits(state, EFFECT_MODELS);
    if (state->input == INPUT_COMMAND && state_awaits(state, EFFECT_COMPLETE))
        return !held_is_one_of(command, always) && !begins(command, "input cancel");
    if (state->input == INPUT_COMMAND && begins(command, "input accept")) {
        if (models || state_awaits(state, EFFECT_SETS))
            return true;
        command = state->command.text; /* the line that was typed waits as its key would */
    }
    if (view_waits(state, command))
        return true;
    if (models && held_is_one_of(command, of_model))
        return true;
    bool adding = state_awaits(state, EFFECT_ALBUM_ADD) || state_awaits(state, EFFECT_PASTE);
    if (adding && held_is_one_of(command, edits))
        return true;
    return state_awaits(state, EFFECT_PLAYLIST_OPEN) && !held_is_one_of(command, always);
}

/* The command of a key; NULL: the key is a character of the line being typed, or has no command. */
static const char *command_of(const struct state *state, const struct event *event)
{
    if (event->type != EVENT_KEY)
        return NULL;
    const struct binding *binding = binding_find(state, event->key, event->alt != 0);
    const struct binding *escape = binding_find(state, KEYS_ESCAPE, false);
    return binding ? binding->command : event->alt && escape ? escape->command : NULL;
}

static bool waits(const struct state *state, const struct event *event)
{
    if (!state->session_known) /* the session of the last run has not been read yet */
        return event->type == EVENT_KEY || event->type == EVENT_PASTE;
    const char *command = command_of(state, event);
    if (!command && state->input == INPUT_COMMAND && state_awaits(state, EFFECT_COMPLETE))
        return event->type == EVENT_KEY || event->type == EVENT_PASTE;
    return command && command_waits(state, command);
}

bool held_must_wait(const struct state *state, const struct event *event)
{
    bool typed = event->type == EVENT_KEY || event->type == EVENT_PASTE;
    if (event->type == EVENT_KEY && event->key == KEY_CONTROL('c'))
        return false;
    return typed && (state->held.count > 0 || waits(state, event));
}

bool held_put(struct state *state, const struct event *event)
{
    struct held_events *held = &state->held;
    if (held->count == held->capacity) {
        size_t capacity = held->capacity * 2 + 16;
        struct held_event *items = capacity <= HELD_MAX ? realloc(held->items, capacity * sizeof *items) : NULL;
        if (!items)
            return false;
        held->items = items;
        held->capacity = capacity;
    }
    struct held_event copy = {.event = *event, .at = state->now};
    if (event->text && !(copy.event.text = strdup(event->text)))
        return false;
    held->items[held->count++] = copy;
    return true;
}

bool held_put_first(struct state *state, const struct event *event)
{
    struct held_events *held = &state->held;
    if (!waits(state, event) || !held_put(state, event))
        return false;
    struct held_event last = held->items[held->count - 1];
    memmove(held->items + 1, held->items, (held->count - 1) * sizeof *held->items);
    held->items[0] = last;
    return true;
}

bool held_take(struct state *state, struct event *event)
{
    struct held_events *held = &state->held;
    if (held->count == 0 || waits(state, &held->items[0].event))
        return false;
    *event = held->items[0].event;
    held->count--;
    memmove(held->items, held->items + 1, held->count * sizeof *held->items);
    return true;
}

/* When q was pressed as a command; negative: it was not. */
static double quit_pressed_at(const struct state *state)
{
    bool search = state->input == INPUT_SEARCH, command = state->input == INPUT_COMMAND;
    for (size_t i = 0; i < state->held.count; i++) {
        const struct event *event = &state->held.items[i].event;
        bool typing = search || command;
        if (event->type != EVENT_KEY)
            continue;
        if (!typing && event->key == 'q')
            return state->held.items[i].at;
        if (event->key == KEYS_ESCAPE || (command && event->key == KEYS_ENTER))
            search = command = false;
        else if (!typing && event->key == '/')
            search = true;
        else if (!typing && (event->key == ':' || event->key == 'f'))
            command = true; /* or a filter: both end with Enter or Escape */
    }
    return -1;
}

double held_quit_delay(const struct state *state)
{
    double at = quit_pressed_at(state);
    if (at < 0)
        return -1;
    double left = at + quit_seconds - state->now;
    return left > 0 ? left : 0;
}

bool held_should_discard(const struct state *state, const struct event *event)
{
    return state->held.count > 0 && event->type == EVENT_KEY && event->key == KEYS_ESCAPE &&
           state->now - state->held.items[0].at >= give_up_seconds;
}
