#include "ui/views/recipe/recipe_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/recipe_file.h"
#include "ui/held.h"
#include "ui/session.h"
#include "ui/view.h"

static void free_own(struct state *state)
{
    struct recipe_state *mine = recipe_of(state);
    app_recipe_answer_free(&mine->answer);
    track_row_free(&mine->tracks);
    track_row_free(&mine->passing);
    free(mine->ranks);
}

/* The recipe of another playlist is made again, unless the person has edited it or opened it by name. */
static void enter(struct state *state, struct effect_list *effects)
{
    struct recipe_state *mine = recipe_of(state);
    const struct playlist_version *playlist = playlist_now(&state->playlist);
    if ((!mine->made && playlist->count > 0) || recipe_can_follow(state))
        recipe_request_make(state, effects);
    else if (mine->made)
        recipe_request_count(state, effects);
}

/* Another playlist was opened while the recipe is shown. After a failure it is not requested again by itself. */
static bool must_follow(const struct state *state)
{
    return recipe_can_follow(state) && recipe_of(state)->tried != playlist_now(&state->playlist)->serial;
}

/* While it is shown, the recipe follows the playlist, and the counts follow it and the suggestions. */
static bool is_outdated(const struct state *state)
{
    const struct recipe_state *mine = recipe_of(state);
    if (!view_is_shown(state, VIEW_RECIPE))
        return false;
    if (!mine->made)
        return playlist_now(&state->playlist)->count > 0 && state->session_known && !mine->failure[0] &&
               !state_awaits(state, EFFECT_RECIPE_MAKE);
    return must_follow(state) || mine->counted != recipe_version(state) ||
           (mine->suggested != state->answered[EFFECT_RECOMMEND] && !state_awaits(state, EFFECT_RECOMMEND));
}

static void tick(struct state *state, struct effect_list *effects)
{
    if (!is_outdated(state))
        return;
    if (!recipe_of(state)->made || must_follow(state))
        recipe_request_make(state, effects);
    else
        recipe_request_count(state, effects);
}

static double due(const struct state *state)
{
    return is_outdated(state) ? 0 : -1;
}

static void settle(struct state *state, const struct layout *layout)
{
    struct recipe_state *mine = recipe_of(state);
    if (layout->too_small)
        return;
    const struct recipe_layout at = recipe_layout(state, layout);
    const size_t constraints = mine->made ? (size_t)recipe_constraints(&mine->recipe) : 0;
    layout_settle_list(&mine->form_at, constraints, list_items(&at.form));
    layout_settle_list(&mine->tracks_at, recipe_shown(state)->count, list_items(&at.tracks));
}

static void leave(struct state *state)
{
    recipe_of(state)->typing = RECIPE_TYPES_NOTHING;
}

/* ---- the mouse ---- */

static enum status click_list(struct state *state, struct effect_list *effects, bool form, const struct event *event,
                              const struct list_box *box, struct error *error)
{
    struct recipe_state *mine = recipe_of(state);
    struct list_position *at = form ? &mine->form_at : &mine->tracks_at;
    const size_t count =
        form ? (mine->made ? (size_t)recipe_constraints(&mine->recipe) : 0) : recipe_shown(state)->count;
    if (list_click_bar(box, at, count, event))
        return STATUS_OK;
    const size_t item = list_item_at(box, at, count, event->row);
    if (item >= count)
        return STATUS_OK;
    at->selected = item;
    mine->pane = form ? RECIPE_FORM : RECIPE_TRACKS;
    return event->clicks > 1 ? command_run(state, effects, "recipe enter", error) : STATUS_OK;
}

static enum status click(struct state *state, struct effect_list *effects, const struct layout *layout,
                         const struct event *event, struct error *error)
{
    const struct recipe_layout at = recipe_layout(state, layout);
    if (list_contains(&at.form, event->row, event->column))
        return click_list(state, effects, true, event, &at.form, error);
    if (list_contains(&at.tracks, event->row, event->column))
        return click_list(state, effects, false, event, &at.tracks, error);
    return STATUS_OK;
}

static enum status wheel(struct state *state, struct effect_list *effects, const struct layout *layout,
                         const struct event *event, struct error *error)
{
    struct recipe_state *mine = recipe_of(state);
    const struct recipe_layout at = recipe_layout(state, layout);
    (void)effects, (void)error;
    if (event->column < at.rule_column)
        list_wheel(&at.form, &mine->form_at, mine->made ? (size_t)recipe_constraints(&mine->recipe) : 0,
                   event->direction);
    else
        list_wheel(&at.tracks, &mine->tracks_at, recipe_shown(state)->count, event->direction);
    return STATUS_OK;
}

/* ---- commands of all views ---- */

static bool album(const struct state *state, struct album *album)
{
    const struct recipe_state *mine = recipe_of(state);
    const struct track_row *shown = recipe_shown(state);
    if (mine->tracks_at.selected >= shown->count)
        return false;
    const struct track *track = shown->items[mine->tracks_at.selected];
    *album = (struct album){.id = track->album_id,
                            .artist_id = track->artist_id,
                            .title = track->album,
                            .artist = track->artist,
                            .genre = "",
                            .year = track->year,
                            .cover = track->cover,
                            .cover_colour = track->cover_colour};
    return track->album_id > 0;
}

/* Keys that act on the form need the recipe, those that act on tracks the newest candidates. */
static bool waits(const struct state *state, const char *command)
{
    static const char *const on_tracks[] = {"add", "recipe enter", "page", "select", NULL};
    static const char *const on_form[] = {
        "recipe loosen", "recipe tighten",  "recipe lock", "recipe drop", "recipe unknown",
        "recipe years",  "recipe edit",     "recipe set",  "recipe save", "recipe export",
        "recipe filter", "recipe doubtful", NULL};
    const bool making = state_awaits(state, EFFECT_RECIPE_MAKE) || state_awaits(state, EFFECT_RECIPE_OPEN);
    if (making)
        return held_is_one_of(command, on_tracks) || held_is_one_of(command, on_form);
    return recipe_of(state)->pane == RECIPE_TRACKS && state_awaits(state, EFFECT_RECIPE_COUNT) &&
           held_is_one_of(command, on_tracks);
}

static struct line *typed_line(const struct state *state)
{
    return recipe_of(state)->typing == RECIPE_TYPES_NOTHING ? NULL : &recipe_of(state)->line;
}

/* Nothing changes before Enter: half a range would count the wrong tracks. */
static void typed(struct state *state, struct effect_list *effects)
{
    (void)state, (void)effects;
}

static bool hinted(const struct state *state, const struct binding *binding)
{
    const struct recipe_state *mine = recipe_of(state);
    const bool on_form = mine->pane == RECIPE_FORM;
    if (strcmp(binding->command, "recipe enter") == 0)
        return !on_form;
    if (strcmp(binding->command, "add page") == 0)
        return !on_form;
    return mine->made || strcmp(binding->command, "recipe open") == 0 || strncmp(binding->command, "recipe", 6) != 0;
}

/* ---- the session: edits that are not saved ---- */

static void save(const struct state *state, struct json_writer *writer)
{
    const struct recipe_state *mine = recipe_of(state);
    json_key(writer, "recipe");
    if (mine->held.on ? mine->held.made && mine->held.edited : mine->made && mine->edited)
        recipe_write_json(mine->held.on ? &mine->held.recipe : &mine->recipe, writer);
    else
        json_null(writer);
    json_pair_bool(writer, "recipe_of_other", mine->held.on ? mine->held.other : recipe_is_of_other(state));
}

static void load(struct state *state, const struct json_value *session)
{
    struct recipe_state *mine = recipe_of(state);
    struct recipe recipe;
    const struct json_value *value = json_member(session, "recipe");
    if (!value || value->type != JSON_OBJECT || recipe_read_value(value, &recipe, NULL) != STATUS_OK)
        return;
    mine->recipe = recipe;
    mine->made = mine->edited = true;
    if (json_get_bool(json_member(session, "recipe_of_other"), false))
        mine->serial = RECIPE_OF_EARLIER;
}

static const struct binding bindings[] = {
    {KEYS_ENTER, false, "recipe enter", HINT_ACT, "add"},
    {'e', false, "recipe edit", HINT_ACT, "edit"},
    {'+', false, "recipe loosen", HINT_OWN, "+/- loosen"},
    {'=', false, "recipe loosen", HINT_NOWHERE, NULL},
    {'-', false, "recipe tighten", HINT_NOWHERE, NULL},
    {'d', false, "recipe drop", HINT_OWN, "drop"},
    {'L', false, "recipe lock", HINT_OWN, "lock"},
    {'x', false, "recipe unknown", HINT_OWN, "unknown"},
    {'Y', false, "recipe years", HINT_NOWHERE, NULL},
    {'D', false, "recipe doubtful", HINT_NOWHERE, NULL},
    {'a', false, "add page", HINT_OWN, "all"},
    {'f', false, "recipe filter", HINT_OWN, "filter"},
    {'r', false, "recipe make", HINT_OWN, "again"},
    {'s', false, "recipe save", HINT_OWN, "save"},
    {'o', false, "recipe open", HINT_OWN, "open"},
    {KEYS_ESCAPE, false, "recipe back", HINT_NOWHERE, NULL},
    {'u', false, "undo", HINT_NOWHERE, NULL},
    {'U', false, "redo", HINT_NOWHERE, NULL},
    {KEY_CONTROL('r'), false, "redo", HINT_NOWHERE, NULL},
};
static const struct key_set keys = KEY_SET(NULL, bindings);
static const struct key_set *const shared_keys[] = {&keys_lists, &keys_views, &keys_everywhere, NULL};

const struct view_ops view_recipe = {
    .name = "recipe",
    .title = "Recipe",
    .commands = recipe_commands,
    .n_commands = RECIPE_COMMANDS,
    .keys = &keys,
    .shared_keys = shared_keys,
    .state_size = sizeof(struct recipe_state),
    .free = free_own,
    .enter = enter,
    .leave = leave,
    .settle = settle,
    .draw = recipe_draw,
    .click = click,
    .wheel = wheel,
    .add = recipe_command_add,
    .page = recipe_command_page,
    .select = recipe_command_select,
    .pane = recipe_command_pane,
    .album = album,
    .hinted = hinted,
    .back = recipe_back,
    .waits = waits,
    .line = typed_line,
    .typed = typed,
    .accept = recipe_accept,
    .cancel = recipe_cancel,
    .tick = tick,
    .due = due,
    .save = save,
    .load = load,
};
