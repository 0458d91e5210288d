#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/effect.h"
#include "ui/held.h"
#include "ui/view.h"
#include "ui/views/label/label.h"

static void free_own(struct state *state)
{
    struct label_state *mine = label_of(state);
    attribute_unsure_free(&mine->unsure);
    free(mine->labels);
}

static size_t count_of(const struct label_state *mine)
{
    return mine->labels ? mine->unsure.tracks.count : 0;
}

/* ---- commands ---- */

static COMMAND(command_label)
{
    struct label_state *mine = label_of(state);
    if (strlen(argument) >= sizeof mine->attribute)
        return error_set(error, STATUS_USAGE, "label takes an attribute, such as energy or genre:rock");
    state->overlay = VIEW_LABEL;
    state->input = INPUT_NONE;
    mine->read = false;
    return effect_request(effects, state, EFFECT_UNSURE, argument[0] ? argument : mine->attribute)
               ? STATUS_OK
               : error_no_memory(error);
}

static enum status need_popup(const struct state *state, struct error *error)
{
    if (state->overlay != VIEW_LABEL)
        return error_set(error, STATUS_USAGE, "no tracks to label are shown; gl shows them");
    if (!label_of(state)->read)
        return error_set(error, STATUS_USAGE, "the predictions are being read; try again in a moment");
    return STATUS_OK;
}

/* The attribute after the one that is shown; after the last, the first. */
static COMMAND(command_next)
{
    const struct label_state *mine = label_of(state);
    char next[LABEL_ATTRIBUTE_SIZE] = "";
    bool found = false;
    (void)argument;
    enum status status = need_popup(state, error);
    for (const char *at = mine->names; status == STATUS_OK && *at; at += strcspn(at, ","), at += strspn(at, ", ")) {
        const size_t size = strcspn(at, ",");
        if (found || !next[0])
            snprintf(next, sizeof next, "%.*s", (int)size, at);
        if (found)
            break;
        found = strlen(mine->attribute) == size && memcmp(mine->attribute, at, size) == 0;
    }
    return status == STATUS_OK ? command_label(state, effects, next, error) : status;
}

/* NAN removes a label that was given here. */
static enum status give(struct state *state, struct effect_list *effects, double value, struct error *error)
{
    struct label_state *mine = label_of(state);
    const size_t at = mine->at.selected;
    if (at >= count_of(mine))
        return error_set(error, STATUS_USAGE, "there is nothing to label");
    struct effect *effect = effect_request(effects, state, EFFECT_LABEL, mine->attribute);
    if (!effect)
        return error_no_memory(error);
    effect->id = mine->unsure.tracks.items[at].id;
    *(struct label_input *)effect->input = (struct label_input){value, at};
    mine->given += (size_t)(isnan(mine->labels[at]) && !isnan(value));
    mine->given -= (size_t)(!isnan(mine->labels[at]) && isnan(value));
    mine->labels[at] = value;
    if (!isnan(value) && at + 1 < count_of(mine))
        mine->at.selected++;
    return STATUS_OK;
}

static COMMAND(command_give)
{
    static const struct {
        const char *name;
        double value;
    } labels[] = {{"low", 0}, {"middle", 0.5}, {"high", 1}, {"none", NAN}};
    enum status status = need_popup(state, error);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        if (strcmp(argument, labels[i].name) != 0)
            continue;
        const bool middle = labels[i].value == 0.5;
        if (middle && strcmp(label_word(label_of(state)->attribute, 0), "no") == 0)
            return error_set(error, STATUS_USAGE, "%s is either there or not: + yes, - no", label_of(state)->attribute);
        return give(state, effects, labels[i].value, error);
    }
    return error_set(error, STATUS_USAGE, "label give takes low, middle, high or none, not \"%.60s\"", argument);
}

static COMMAND(select_here)
{
    struct label_state *mine = label_of(state);
    (void)effects;
    if (list_move(&mine->at, count_of(mine), argument))
        return STATUS_OK;
    return command_select_in(&mine->at, count_of(mine), argument, 1, error);
}

static COMMAND(page_here)
{
    if (strcmp(argument, "next") == 0 || strcmp(argument, "previous") == 0)
        return select_here(state, effects, argument[0] == 'n' ? "page-down" : "page-up", error);
    return error_set(error, STATUS_USAGE, "page: \"%s\" is not next or previous", argument);
}

static bool waits(const struct state *state, const char *command)
{
    static const char *const on_rows[] = {"label give", "label next", "select", "page", NULL};
    return !label_of(state)->read && state_awaits(state, EFFECT_UNSURE) && held_is_one_of(command, on_rows);
}

static void settle(struct state *state, const struct layout *layout)
{
    struct label_state *mine = label_of(state);
    if (layout->too_small || state->overlay != VIEW_LABEL)
        return;
    const struct list_box box = label_box(state, layout);
    layout_settle_list(&mine->at, count_of(mine), list_items(&box));
}

static enum status click(struct state *state, struct effect_list *effects, const struct layout *layout,
                         const struct event *event, struct error *error)
{
    struct label_state *mine = label_of(state);
    const struct list_box box = label_box(state, layout);
    const size_t count = count_of(mine), item = list_item_at(&box, &mine->at, count, event->row);
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
    struct label_state *mine = label_of(state);
    const struct list_box box = label_box(state, layout);
    (void)effects, (void)error;
    list_wheel(&box, &mine->at, count_of(mine), event->direction);
    return STATUS_OK;
}

static bool hinted(const struct state *state, const struct binding *binding)
{
    const struct label_state *mine = label_of(state);
    if (strcmp(binding->command, "label next") == 0)
        return mine->read && !mine->failure[0];
    return strncmp(binding->command, "label", 5) != 0 || count_of(mine) > 0;
}

static const struct explorer_command commands[] = {
    {"label", "[ATTRIBUTE]", "label what a model is least sure of", command_label},
    {"label give", "low|middle|high|none", "label the selected track", command_give},
    {"label next", "", "the next attribute to label", command_next},
};

static const struct binding bindings[] = {
    {'-', false, "label give low", HINT_ACT, "- low"},        {'=', false, "label give middle", HINT_ACT, "= middle"},
    {'+', false, "label give high", HINT_ACT, "+ high"},      {'x', false, "label give none", HINT_OWN, "x no label"},
    {'a', false, "label next", HINT_OWN, "a next attribute"},
};
static const struct key_set keys = KEY_SET("labels", bindings);

const struct view_ops view_label = {
    .name = "label",
    .title = "labels",
    .commands = commands,
    .n_commands = sizeof commands / sizeof commands[0],
    .keys = &keys,
    .state_size = sizeof(struct label_state),
    .free = free_own,
    .settle = settle,
    .draw = label_draw,
    .click = click,
    .wheel = wheel,
    .page = page_here,
    .select = select_here,
    .hinted = hinted,
    .waits = waits,
};
