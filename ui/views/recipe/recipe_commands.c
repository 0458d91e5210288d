#include <stdio.h>
#include <string.h>

#include "ui/actions.h"
#include "ui/effect.h"
#include "ui/picker.h"
#include "ui/view.h"
#include "ui/views/recipe/recipe_view.h"

static enum status need_recipe(const struct state *state, struct error *error)
{
    if (recipe_of(state)->made)
        return STATUS_OK;
    return error_set(error, STATUS_USAGE,
                     "there is no recipe yet; add tracks to the playlist, or open a recipe with %s",
                     view_is_shown(state, VIEW_RECIPE) ? "o" : ":recipe open");
}

/* The recipe has changed: the old counts are shown until the new ones arrive. */
static enum status edited(struct state *state, struct effect_list *effects, enum status status)
{
    if (status == STATUS_OK) {
        recipe_of(state)->edited = true;
        state_touch(state);
        recipe_request_count(state, effects);
    }
    return status;
}

static COMMAND(command_recipe)
{
    (void)error;
    if (argument[0]) {
        char line[LINE_SIZE];
        snprintf(line, sizeof line, "recipe open %s", argument);
        view_open(state, effects, VIEW_RECIPE);
        return command_run(state, effects, line, error);
    }
    view_open(state, effects, VIEW_RECIPE);
    return STATUS_OK;
}

static COMMAND(command_make)
{
    (void)argument;
    if (playlist_now(&state->playlist)->count == 0)
        return error_set(error, STATUS_USAGE, "the playlist is empty; add tracks in Explore first");
    recipe_request_make(state, effects);
    return STATUS_OK;
}

/* ---- edits of the selected constraint ---- */

static enum status loosen(struct state *state, struct effect_list *effects, const char *argument, int sign,
                          struct error *error)
{
    size_t steps = 1;
    enum status status = need_recipe(state, error);
    if (status == STATUS_OK && argument[0])
        status = command_number(argument, sign > 0 ? "recipe loosen" : "recipe tighten", &steps, error);
    if (status == STATUS_OK && steps > 1000)
        status = error_set(error, STATUS_USAGE, "at most 1000 steps at once");
    if (status == STATUS_OK)
        status = recipe_loosen(&recipe_of(state)->recipe, recipe_selected(state), sign * (int)steps, error);
    return edited(state, effects, status);
}

static COMMAND(command_loosen)
{
    return loosen(state, effects, argument, 1, error);
}

static COMMAND(command_tighten)
{
    return loosen(state, effects, argument, -1, error);
}

static COMMAND(command_lock)
{
    (void)argument, (void)effects;
    enum status status = need_recipe(state, error);
    if (status != STATUS_OK)
        return status;
    struct recipe *recipe = &recipe_of(state)->recipe;
    const int constraint = recipe_selected(state);
    recipe_lock(recipe, constraint, !recipe_rule(recipe, constraint)->locked);
    recipe_of(state)->edited = true;
    state_touch(state);
    return STATUS_OK;
}

static COMMAND(command_drop)
{
    (void)argument;
    enum status status = need_recipe(state, error);
    if (status != STATUS_OK)
        return status;
    struct recipe *recipe = &recipe_of(state)->recipe;
    const int constraint = recipe_selected(state);
    status = recipe_drop(recipe, constraint, !recipe_rule(recipe, constraint)->dropped, error);
    return edited(state, effects, status);
}

static enum status set_selected(struct state *state, struct effect_list *effects, int constraint, const char *value,
                                struct error *error)
{
    struct recipe *recipe = &recipe_of(state)->recipe;
    return edited(state, effects, recipe_set(recipe, recipe_constraint_name(recipe, constraint), value, error));
}

static COMMAND(command_unknown)
{
    (void)argument;
    enum status status = need_recipe(state, error);
    if (status != STATUS_OK)
        return status;
    const int constraint = recipe_selected(state);
    const bool keeps = recipe_rule_of(&recipe_of(state)->recipe, constraint)->keep_unknown;
    return set_selected(state, effects, constraint, keeps ? "unknown=drop" : "unknown=keep", error);
}

static COMMAND(command_years)
{
    (void)argument;
    enum status status = need_recipe(state, error);
    const bool earliest = recipe_of(state)->recipe.years.earliest;
    return status == STATUS_OK
               ? set_selected(state, effects, RECIPE_YEARS, earliest ? "of=release" : "of=earliest", error)
               : status;
}

static COMMAND(command_doubtful)
{
    (void)argument;
    enum status status = need_recipe(state, error);
    const bool trusted = recipe_of(state)->recipe.years.doubtful_known;
    return status == STATUS_OK
               ? set_selected(state, effects, RECIPE_YEARS, trusted ? "doubtful=unknown" : "doubtful=trust", error)
               : status;
}

static COMMAND(command_edit)
{
    struct recipe_state *mine = recipe_of(state);
    char value[RECIPE_ITEM_SIZE];
    enum status status = need_recipe(state, error);
    if (status != STATUS_OK)
        return status;
    mine->typed_constraint = recipe_selected(state);
    if (argument[0])
        return set_selected(state, effects, mine->typed_constraint, argument, error);
    if (!view_is_shown(state, VIEW_RECIPE))
        return error_set(error, STATUS_USAGE, "the recipe is not shown; %d shows it", VIEW_RECIPE + 1);
    if (recipe_rule_of(&mine->recipe, mine->typed_constraint)->locked)
        return error_set(error, STATUS_USAGE, "%s is locked; L unlocks it",
                         recipe_constraint_name(&mine->recipe, mine->typed_constraint));
    recipe_value_text(&mine->recipe, mine->typed_constraint, value, sizeof value);
    line_set(&mine->line, value);
    mine->typing = RECIPE_TYPES_VALUE;
    mine->pane = RECIPE_FORM;
    return STATUS_OK;
}

static COMMAND(command_set)
{
    enum status status = need_recipe(state, error);
    if (status == STATUS_OK)
        status = recipe_set_pair(&recipe_of(state)->recipe, argument, error);
    return edited(state, effects, status);
}

/* ---- saving and opening ---- */

static enum status request_with_recipe(struct state *state, struct effect_list *effects, enum effect_type type,
                                       const char *text, struct error *error)
{
    struct effect *effect = effect_request(effects, state, type, text);
    if (!effect)
        return error_no_memory(error);
    struct recipe_input *input = effect->input;
    input->recipe = recipe_of(state)->recipe;
    return STATUS_OK;
}

static enum status save_as(struct state *state, struct effect_list *effects, const char *name, struct error *error)
{
    struct recipe_state *mine = recipe_of(state);
    enum status status = recipe_set(&mine->recipe, "name", name, error);
    return status == STATUS_OK ? request_with_recipe(state, effects, EFFECT_RECIPE_SAVE, name, error) : status;
}

static COMMAND(command_save)
{
    struct recipe_state *mine = recipe_of(state);
    enum status status = need_recipe(state, error);
    if (status != STATUS_OK)
        return status;
    if (argument[0])
        return save_as(state, effects, argument, error);
    if (!view_is_shown(state, VIEW_RECIPE))
        return error_set(error, STATUS_USAGE, "recipe save needs a name");
    line_set(&mine->line, mine->recipe.name);
    mine->typing = RECIPE_TYPES_NAME;
    return STATUS_OK;
}

static COMMAND(command_open)
{
    if (!argument[0]) {
        picker_open(state, effects, PICK_RECIPES);
        return STATUS_OK;
    }
    if (!view_is_shown(state, VIEW_RECIPE))
        view_show(state, VIEW_RECIPE);
    return effect_request(effects, state, EFFECT_RECIPE_OPEN, argument) ? STATUS_OK : error_no_memory(error);
}

static COMMAND(command_delete)
{
    if (!argument[0])
        return error_set(error, STATUS_USAGE, "recipe delete needs the name of a saved recipe");
    return effect_request(effects, state, EFFECT_RECIPE_DELETE, argument) ? STATUS_OK : error_no_memory(error);
}

static COMMAND(command_export)
{
    enum status status = need_recipe(state, error);
    if (status == STATUS_OK && !argument[0])
        status =
            error_set(error, STATUS_USAGE, "recipe export needs a file; one that ends in .json is written as JSON");
    return status == STATUS_OK ? request_with_recipe(state, effects, EFFECT_RECIPE_EXPORT, argument, error) : status;
}

enum status recipe_accept(struct state *state, struct effect_list *effects, struct error *error)
{
    struct recipe_state *mine = recipe_of(state);
    char value[RECIPE_ITEM_SIZE];
    enum status status = STATUS_OK;
    recipe_value_text(&mine->recipe, mine->typed_constraint, value, sizeof value);
    if (mine->typing == RECIPE_TYPES_NAME)
        status = save_as(state, effects, mine->line.text, error);
    else if (strcmp(mine->line.text, value) != 0)
        status = set_selected(state, effects, mine->typed_constraint, mine->line.text, error);
    if (status == STATUS_OK)
        mine->typing = RECIPE_TYPES_NOTHING;
    return status;
}

void recipe_cancel(struct state *state, struct effect_list *effects)
{
    (void)effects;
    recipe_of(state)->typing = RECIPE_TYPES_NOTHING;
}

/* ---- tracks ---- */

static enum status need_tracks(const struct state *state, struct error *error)
{
    if (recipe_shown(state)->count > 0)
        return STATUS_OK;
    return error_set(error, STATUS_USAGE,
                     recipe_of(state)->filters ? "no suggestion passes the recipe" : "the recipe has no candidates");
}

static enum status add_from(struct state *state, struct effect_list *effects, size_t first, size_t count,
                            struct error *error)
{
    const struct track_row *shown = recipe_shown(state);
    enum status status = need_tracks(state, error);
    if (status != STATUS_OK)
        return status;
    if (first >= shown->count)
        return error_set(error, STATUS_USAGE, "number %zu is past the last of the %zu tracks here", first + 1,
                         shown->count);
    if (count > shown->count - first)
        count = shown->count - first;
    status = action_add_all(state, effects, shown->items + first, count, false, error);
    if (status == STATUS_OK)
        recipe_request_count(state, effects);
    return status;
}

/* "add", "add N", "add page": with the form active, the selected candidate all the same. */
COMMAND(recipe_command_add)
{
    const struct list_position *at = &recipe_of(state)->tracks_at;
    size_t number;
    if (strcmp(argument, "page") == 0)
        return add_from(state, effects, at->top, at->rows, error);
    if (!argument[0])
        return add_from(state, effects, at->selected, 1, error);
    enum status status = command_number(argument, "add", &number, error);
    return status == STATUS_OK ? add_from(state, effects, number - 1, 1, error) : status;
}

/* Enter: in the form it edits. */
static COMMAND(command_enter)
{
    return recipe_of(state)->pane == RECIPE_FORM ? command_edit(state, effects, "", error)
                                                 : recipe_command_add(state, effects, argument, error);
}

static COMMAND(command_filter)
{
    struct recipe_state *mine = recipe_of(state);
    (void)argument, (void)effects;
    enum status status = need_recipe(state, error);
    if (status == STATUS_OK && !mine->filters && mine->n_suggested == 0)
        status = error_set(error, STATUS_USAGE, "there are no suggestions to filter; Explore (1) has none");
    if (status != STATUS_OK)
        return status;
    mine->filters = !mine->filters;
    mine->tracks_at = (struct list_position){.rows = mine->tracks_at.rows};
    return STATUS_OK;
}

bool recipe_back(struct state *state, struct effect_list *effects)
{
    struct recipe_state *mine = recipe_of(state);
    (void)effects;
    const bool filtered = mine->filters;
    if (filtered)
        mine->tracks_at = (struct list_position){.rows = mine->tracks_at.rows};
    mine->filters = false;
    return filtered;
}

static COMMAND(command_back)
{
    (void)argument, (void)error;
    if (!recipe_back(state, effects))
        view_open(state, effects, VIEW_EXPLORE);
    return STATUS_OK;
}

/* ---- select, page and pane ---- */

COMMAND(recipe_command_select)
{
    struct recipe_state *mine = recipe_of(state);
    (void)effects;
    if (mine->pane == RECIPE_TRACKS) {
        enum status status = need_tracks(state, error);
        return status == STATUS_OK ? command_select_in(&mine->tracks_at, recipe_shown(state)->count, argument, 1, error)
                                   : status;
    }
    enum status status = need_recipe(state, error);
    if (status != STATUS_OK)
        return status;
    const int constraint = recipe_constraint_find(&mine->recipe, argument);
    if (constraint >= 0)
        mine->form_at.selected = (size_t)constraint;
    else
        status = command_select_in(&mine->form_at, (size_t)recipe_constraints(&mine->recipe), argument, 1, error);
    return status;
}

COMMAND(recipe_command_page)
{
    struct recipe_state *mine = recipe_of(state);
    (void)effects;
    enum status status = need_tracks(state, error);
    if (status != STATUS_OK)
        return status;
    if (strcmp(argument, "next") != 0 && strcmp(argument, "previous") != 0)
        return error_set(error, STATUS_USAGE, "page: \"%s\" is not next or previous", argument);
    list_move(&mine->tracks_at, recipe_shown(state)->count, argument[0] == 'n' ? "page-down" : "page-up");
    return STATUS_OK;
}

COMMAND(recipe_command_pane)
{
    struct recipe_state *mine = recipe_of(state);
    (void)effects;
    if (strcmp(argument, "next") == 0 || strcmp(argument, "previous") == 0)
        mine->pane = mine->pane == RECIPE_FORM ? RECIPE_TRACKS : RECIPE_FORM;
    else if (strcmp(argument, "left") == 0 || strcmp(argument, "form") == 0)
        mine->pane = RECIPE_FORM;
    else if (strcmp(argument, "right") == 0 || strcmp(argument, "tracks") == 0)
        mine->pane = RECIPE_TRACKS;
    else
        return error_set(error, STATUS_USAGE, "there is no pane \"%s\" here; there are form and tracks", argument);
    return STATUS_OK;
}

const struct explorer_command recipe_commands[RECIPE_COMMANDS] = {
    {"recipe", "[NAME]", "what the playlist's tracks have in common", command_recipe},
    {"recipe make", "", "make it of the playlist again; locked ones stay", command_make},
    {"recipe loosen", "[N]", "widen the selected constraint, by N steps", command_loosen},
    {"recipe tighten", "[N]", "narrow the selected constraint", command_tighten},
    {"recipe lock", "", "lock the selected constraint, or unlock it", command_lock},
    {"recipe drop", "", "drop the selected constraint, or use it again", command_drop},
    {"recipe unknown", "", "tracks with an unknown value pass, or do not", command_unknown},
    {"recipe years", "", "years of the release, or of the earliest one", command_years},
    {"recipe doubtful", "", "trust years of reissues and compilations, or not", command_doubtful},
    {"recipe edit", "[VALUE]", "type the selected constraint's value", command_edit},
    {"recipe set", "CONSTRAINT=VALUE", "set a constraint by its name", command_set},
    {"recipe enter", "", "edit in the form, add among the tracks", command_enter},
    {"recipe filter", "", "the model's suggestions that pass, or candidates", command_filter},
    {"recipe back", "", "show candidates again, or go to Explore", command_back},
    {"recipe save", "[NAME]", "save the recipe", command_save},
    {"recipe open", "[NAME]", "open a saved recipe", command_open},
    {"recipe delete", "NAME", "remove a saved recipe", command_delete},
    {"recipe export", "FILE", "write it to a file, as text or (.json) as JSON", command_export},
};
