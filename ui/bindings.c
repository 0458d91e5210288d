#include "ui/bindings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/view_ops.h"

/* The number keys open the tabs. */
#define TAB_BINDING(NAME, name) {'1' + VIEW_##NAME, false, #name, HINT_NOWHERE, NULL},

static const struct binding lists_bindings[] = {
    {'n', false, "page next", HINT_PAGE, "n/p page"},
    {'p', false, "page previous", HINT_NOWHERE, NULL},
    {'m', false, "model", HINT_MODEL, "model"},
    {KEYS_TAB, false, "pane next", HINT_PANE, "pane"},
    {KEYS_BACK_TAB, false, "pane previous", HINT_NOWHERE, NULL},
    {KEYS_RIGHT, false, "pane right", HINT_NOWHERE, NULL},
    {KEYS_LEFT, false, "pane left", HINT_NOWHERE, NULL},
    {'l', false, "pane right", HINT_NOWHERE, NULL},
    {'h', false, "pane left", HINT_NOWHERE, NULL},
    {KEYS_DOWN, false, "select next", HINT_NOWHERE, NULL},
    {KEYS_UP, false, "select previous", HINT_NOWHERE, NULL},
    {'j', false, "select next", HINT_NOWHERE, NULL},
    {'k', false, "select previous", HINT_NOWHERE, NULL},
    {KEYS_PAGE_DOWN, false, "select page-down", HINT_NOWHERE, NULL},
    {KEYS_PAGE_UP, false, "select page-up", HINT_NOWHERE, NULL},
    {KEY_CONTROL('f'), false, "select page-down", HINT_NOWHERE, NULL},
    {KEY_CONTROL('b'), false, "select page-up", HINT_NOWHERE, NULL},
    {KEY_CONTROL('d'), false, "select half-down", HINT_NOWHERE, NULL},
    {KEY_CONTROL('u'), false, "select half-up", HINT_NOWHERE, NULL},
    {'G', false, "select last", HINT_NOWHERE, NULL},
    {KEYS_HOME, false, "select first", HINT_NOWHERE, NULL},
    {KEYS_END, false, "select last", HINT_NOWHERE, NULL},
};
const struct key_set keys_lists = KEY_SET(NULL, lists_bindings);

static const struct binding build_bindings[] = {
    {'u', false, "undo", HINT_NOWHERE, NULL},
    {'U', false, "redo", HINT_NOWHERE, NULL},
    {KEY_CONTROL('r'), false, "redo", HINT_NOWHERE, NULL},
    {'r', false, "command rename", HINT_NOWHERE, NULL},
    {'s', false, "playlist save", HINT_NOWHERE, NULL},
    {'o', false, "playlist load", HINT_NOWHERE, NULL},
    {'e', false, "pick exports", HINT_NOWHERE, NULL},
    {'N', false, "playlist new", HINT_NOWHERE, NULL},
};
const struct key_set keys_build = KEY_SET(NULL, build_bindings);

static const struct binding views_bindings[] = {
    {':', false, "command", HINT_COMMAND, "command"},
    {'?', false, "help", HINT_LAST, "help"},
    VIEW_TABS(TAB_BINDING){'M', false, "messages", HINT_NOWHERE, NULL},
    {'q', false, "quit", HINT_NOWHERE, NULL},
    {'g', false, "go", HINT_NOWHERE, NULL},
    {KEY_CONTROL('p'), false, "pick", HINT_NOWHERE, NULL},
    {'c', false, "similar", HINT_NOWHERE, NULL},
    {'O', false, "sheet", HINT_NOWHERE, NULL},
    {'T', false, "twins", HINT_NOWHERE, NULL},
    {'!', false, "overwrite", HINT_NOWHERE, NULL},
};
const struct key_set keys_views = KEY_SET(NULL, views_bindings);

static const struct binding tracks_bindings[] = {
    {'>', false, "play", HINT_NOWHERE, NULL},
    {'/', false, "search", HINT_SEARCH, "search"},
};
const struct key_set keys_tracks = KEY_SET(NULL, tracks_bindings);

static const struct binding go_bindings[] = {
    {'g', false, "select first", HINT_ACT, "first"},      {'p', false, "pick playlists", HINT_MOVE, "playlists"},
    {'m', false, "pick models", HINT_MOVE, "models"},     {'t', false, "pick tests", HINT_MOVE, "tests"},
    {'c', false, "pick commands", HINT_MOVE, "commands"}, {'s', false, "pick sets", HINT_MOVE, "embeddings"},
    {'x', false, "pick exports", HINT_MOVE, "exports"},   {'d', false, "pick devices", HINT_MOVE, "devices"},
    {'i', false, "pick images", HINT_MOVE, "pictures"},   {'o', false, "pick themes", HINT_MOVE, "colours"},
    {'r', false, "ratings", HINT_MOVE, "ratings"},        {'a', false, "space", HINT_MOVE, "a distances"},
    {'b', false, "browse", HINT_MOVE, "browse"},          {'h', false, "history", HINT_MOVE, "history"},
    {'u', false, "duplicates", HINT_MOVE, "duplicates"},  {'w', false, "spectrogram", HINT_MOVE, "w spectrogram"},
    {'l', false, "label", HINT_MOVE, "labels"},           {KEYS_ESCAPE, false, "go cancel", HINT_LAST, "leave"},
};
static const struct key_set keys_go = KEY_SET("after g", go_bindings);

static const struct binding search_bindings[] = {
    {KEYS_ENTER, false, "input accept", HINT_ACT, "add"},
    {KEYS_UP, false, "select previous", HINT_MOVE, "↑/↓ choose"},
    {KEYS_DOWN, false, "select next", HINT_NOWHERE, NULL},
    {KEYS_PAGE_DOWN, false, "select page-down", HINT_NOWHERE, NULL},
    {KEYS_PAGE_UP, false, "select page-up", HINT_NOWHERE, NULL},
    {KEYS_TAB, false, "pane next", HINT_PANE, "pane"},
};
static const struct key_set keys_search = KEY_SET("typing a search", search_bindings);

static const struct binding filter_bindings[] = {
    {KEYS_ENTER, false, "input accept", HINT_ACT, "keep"},
    {KEYS_UP, false, "select previous", HINT_MOVE, "↑/↓ choose"},
    {KEYS_DOWN, false, "select next", HINT_NOWHERE, NULL},
    {KEYS_PAGE_DOWN, false, "select page-down", HINT_NOWHERE, NULL},
    {KEYS_PAGE_UP, false, "select page-up", HINT_NOWHERE, NULL},
    {KEYS_TAB, false, "pane next", HINT_PANE, "pane"},
};
static const struct key_set keys_filter = KEY_SET("typing a filter", filter_bindings);

static const struct binding command_bindings[] = {
    {KEYS_ENTER, false, "input accept", HINT_ACT, "run"},
    {KEYS_TAB, false, "input complete", HINT_ACT, "complete"},
    {KEYS_BACK_TAB, false, "input uncomplete", HINT_NOWHERE, NULL},
    {KEYS_UP, false, "input older", HINT_MOVE, "↑/↓ history"},
    {KEYS_DOWN, false, "input newer", HINT_NOWHERE, NULL},
};
static const struct key_set keys_command = KEY_SET("typing a command", command_bindings);

static const struct binding typing_bindings[] = {
    {KEYS_LEFT, false, "input left", HINT_NOWHERE, NULL},
    {KEYS_RIGHT, false, "input right", HINT_NOWHERE, NULL},
    {KEYS_HOME, false, "input home", HINT_NOWHERE, NULL},
    {KEYS_END, false, "input end", HINT_NOWHERE, NULL},
    {KEY_CONTROL('a'), false, "input home", HINT_NOWHERE, NULL},
    {KEY_CONTROL('e'), false, "input end", HINT_NOWHERE, NULL},
    {KEYS_BACKSPACE, false, "input backspace", HINT_NOWHERE, NULL},
    {KEY_CONTROL('h'), false, "input backspace", HINT_NOWHERE, NULL},
    {KEYS_DELETE, false, "input delete", HINT_NOWHERE, NULL},
    {KEY_CONTROL('w'), false, "input word", HINT_NOWHERE, NULL},
    {KEY_CONTROL('u'), false, "input clear", HINT_COMMAND, "ctrl+u clear"},
    {KEYS_ESCAPE, false, "input cancel", HINT_LAST, "leave"},
};
const struct key_set keys_typing = KEY_SET("typing", typing_bindings);

static const struct binding text_bindings[] = {
    {KEYS_ENTER, false, "close", HINT_NOWHERE, NULL},
};
const struct key_set keys_text = KEY_SET("help and messages", text_bindings);

static const struct binding popups_bindings[] = {
    {'j', false, "select next", HINT_MOVE, "j/k move"},
    {'k', false, "select previous", HINT_NOWHERE, NULL},
    {KEYS_DOWN, false, "select next", HINT_NOWHERE, NULL},
    {KEYS_UP, false, "select previous", HINT_NOWHERE, NULL},
    {' ', false, "page next", HINT_PAGE, "space page"},
    {'n', false, "page next", HINT_NOWHERE, NULL},
    {'p', false, "page previous", HINT_NOWHERE, NULL},
    {KEYS_PAGE_DOWN, false, "page next", HINT_NOWHERE, NULL},
    {KEYS_PAGE_UP, false, "page previous", HINT_NOWHERE, NULL},
    {'g', false, "select first", HINT_NOWHERE, NULL},
    {'G', false, "select last", HINT_NOWHERE, NULL},
    {KEYS_HOME, false, "select first", HINT_NOWHERE, NULL},
    {KEYS_END, false, "select last", HINT_NOWHERE, NULL},
    {KEYS_ESCAPE, false, "close", HINT_LAST, "close"},
    {'q', false, "close", HINT_NOWHERE, NULL},
    {'?', false, "close", HINT_NOWHERE, NULL},
    {':', false, "command", HINT_NOWHERE, NULL},
    {'!', false, "overwrite", HINT_NOWHERE, NULL},
};
const struct key_set keys_popups = KEY_SET("lists and help", popups_bindings);

static const struct binding covers_bindings[] = {
    {'g', false, "select first", HINT_NOWHERE, NULL},
    {'G', false, "select last", HINT_NOWHERE, NULL},
    {KEYS_HOME, false, "select first", HINT_NOWHERE, NULL},
    {KEYS_END, false, "select last", HINT_NOWHERE, NULL},
    {'u', false, "undo", HINT_NOWHERE, NULL},
    {KEYS_ESCAPE, false, "close", HINT_LAST, "close"},
    {'q', false, "close", HINT_NOWHERE, NULL},
    {'?', false, "close", HINT_NOWHERE, NULL},
    {':', false, "command", HINT_NOWHERE, NULL},
    {'!', false, "overwrite", HINT_NOWHERE, NULL},
};
const struct key_set keys_covers = KEY_SET("popups of covers", covers_bindings);

static const struct binding everywhere_bindings[] = {
    {KEY_CONTROL('l'), false, "redraw", HINT_NOWHERE, NULL},
    {KEY_CONTROL('z'), false, "suspend", HINT_NOWHERE, NULL},
    {KEY_CONTROL('c'), false, "close", HINT_NOWHERE, NULL},
};
const struct key_set keys_everywhere = KEY_SET("everywhere", everywhere_bindings);

static size_t add(const struct key_set *sets[KEY_SETS_MAX], size_t count, const struct key_set *set)
{
    for (size_t i = 0; i < count; i++)
        if (sets[i] == set)
            return count;
    if (set && count < KEY_SETS_MAX)
        sets[count++] = set;
    return count;
}

static size_t add_all(const struct key_set *sets[KEY_SETS_MAX], size_t count, const struct key_set *const *more)
{
    while (*more)
        count = add(sets, count, *more++);
    return count;
}

static const struct key_set *const of_tabs[] = {&keys_views, &keys_everywhere, NULL};
static const struct key_set *const of_popups[] = {&keys_popups, &keys_everywhere, NULL};

static size_t add_view(const struct key_set *sets[KEY_SETS_MAX], size_t count, enum view view)
{
    const struct view_ops *ops = view_ops(view);
    count = add(sets, count, ops->keys);
    return add_all(sets, count, ops->shared_keys ? ops->shared_keys : view < VIEW_TAB_COUNT ? of_tabs : of_popups);
}

size_t key_sets(const struct key_set *sets[KEY_SETS_MAX])
{
    static const struct key_set *const shared[] = {&keys_lists,  &keys_build,  &keys_tracks,  &keys_views,  &keys_go,
                                                   &keys_search, &keys_filter, &keys_command, &keys_typing, NULL};
    size_t count = 0;
    for (int view = 0; view < VIEW_TAB_COUNT; view++)
        count = add(sets, count, view_ops((enum view)view)->keys);
    count = add_all(sets, count, shared);
    for (int view = VIEW_TAB_COUNT; view < VIEW_COUNT; view++)
        count = add(sets, count, view_ops((enum view)view)->keys);
    count = add(sets, count, &keys_covers);
    return add_all(sets, count, of_popups);
}

static const struct binding cancel_bindings[] = {
    {KEYS_ESCAPE, false, "go cancel", HINT_LAST, "leave"},
};
static const struct key_set keys_cancel = KEY_SET("after a key of one's own", cancel_bindings);

static size_t sets_of(const struct state *state, bool prefixed, const struct key_set *sets[KEY_SETS_MAX])
{
    static const struct key_set *const filter[] = {&keys_filter, &keys_typing, &keys_everywhere, NULL};
    static const struct key_set *const go[] = {&keys_go, &keys_everywhere, NULL};
    static const struct key_set *const other[] = {&keys_cancel, &keys_everywhere, NULL};
    static const struct key_set *const search[] = {&keys_search, &keys_typing, &keys_everywhere, NULL};
    static const struct key_set *const command[] = {&keys_command, &keys_typing, &keys_everywhere, NULL};
    if (state->input == INPUT_COMMAND)
        return add_all(sets, 0, command);
    if (state->overlay != VIEW_NONE)
        return add_view(sets, 0, state->overlay);
    if (state->input == INPUT_SEARCH)
        return add_all(sets, 0, search);
    const struct view_ops *view = view_ops(state->view);
    if (view->line && view->line(state))
        return add_all(sets, 0, filter);
    return prefixed ? add_all(sets, 0, state->going_key == 'g' ? go : other) : add_view(sets, 0, state->view);
}

size_t key_sets_now(const struct state *state, const struct key_set *sets[KEY_SETS_MAX])
{
    return sets_of(state, state->going, sets);
}

size_t key_sets_shown(const struct state *state, const struct key_set *sets[KEY_SETS_MAX])
{
    return sets_of(state, state->going && state->now - state->going_since >= STATE_GOING_SHOWN, sets);
}

size_t key_sets_of(enum view view, const struct key_set *sets[KEY_SETS_MAX])
{
    return add_view(sets, 0, view);
}

bool key_set_is_of(const struct key_set *set, enum view view)
{
    const struct key_set *sets[KEY_SETS_MAX];
    size_t count = add_view(sets, 0, view);
    for (size_t i = 0; i < count; i++)
        if (sets[i] == set)
            return true;
    return false;
}

bool binding_own_apply(const struct state *state)
{
    const struct view_ops *ops = view_ops(state->overlay != VIEW_NONE ? state->overlay : state->view);
    return state->input == INPUT_NONE && !(ops->line && ops->line(state));
}

const struct own_key *binding_own(const struct state *state, int32_t key, bool alt)
{
    if (!binding_own_apply(state))
        return NULL;
    return own_keys_find(&state->keys, state->overlay != VIEW_NONE ? state->overlay : state->view,
                         state->going ? state->going_key : KEY_NONE_, key, alt);
}

const struct binding *binding_find(const struct state *state, int32_t key, bool alt)
{
    const struct key_set *sets[KEY_SETS_MAX];
    size_t count = key_sets_now(state, sets);
    const struct own_key *own = binding_own(state, key, alt);
    if (own)
        return own->command[0] ? &own->binding : NULL;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < sets[i]->count; k++)
            if (sets[i]->bindings[k].key == key && sets[i]->bindings[k].alt == alt)
                return &sets[i]->bindings[k];
    return NULL;
}

bool binding_typing(const struct state *state)
{
    const struct key_set *sets[KEY_SETS_MAX];
    size_t count = key_sets_now(state, sets);
    for (size_t i = 0; i < count; i++)
        if (sets[i] == &keys_typing)
            return true;
    return false;
}
