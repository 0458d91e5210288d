#include "ui/picker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "ui/commands.h"
#include "ui/view.h"
#include "ui/view_text.h"

#define PICKER_ROW(NAME, name) [PICK_##NAME] = &picker_##name,
static const struct picker_source *const sources[PICKER_KINDS] = {PICKER_SOURCES(PICKER_ROW)};

/* Lists up to this length are filtered at once, which takes a millisecond; longer ones on a worker. */
enum { FILTER_AT_ONCE = 20000 };

const struct picker_source *picker_source(enum picker_kind kind)
{
    return sources[kind];
}

enum picker_kind picker_kind_named(const char *name)
{
    int kind = 0;
    while (kind < PICKER_KINDS && strcmp(sources[kind]->name, name) != 0)
        kind++;
    return (enum picker_kind)kind;
}

/* ---- opening and closing ---- */

static void forget_preview(struct picker_state *picker)
{
    track_list_free(&picker->preview.tracks);
    picker->previewed = false;
    picker->preview_name[0] = '\0';
    picker->preview_id = 0;
}

static void forget_items(struct picker_state *picker)
{
    picker_items_release(picker->items);
    picker_items_release(picker->tracks);
    picker->items = picker->tracks = NULL;
    fuzzy_found_free(&picker->found);
    memset(&picker->pattern, 0, sizeof picker->pattern);
}

static bool request_items(struct state *state, struct effect_list *effects, bool first_part)
{
    const struct picker_state *picker = picker_of(state);
    const struct picker_source *source = picker_source(picker->kind);
    struct effect *effect =
        effect_request(effects, state, EFFECT_PICK, source->model ? source->model(state) : state->model);
    if (!effect)
        return false;
    struct picker_input *input = effect->input;
    input->kind = picker->kind;
    input->first_part = first_part;
    input->uses = picker->uses;
    return true;
}

void picker_open(struct state *state, struct effect_list *effects, enum picker_kind kind)
{
    struct picker_state *picker = picker_of(state);
    forget_items(picker);
    forget_preview(picker);
    picker->kind = kind;
    picker->complete = picker->failed = false;
    picker->at = (struct list_position){0};
    line_set(&picker->query, "");
    state->overlay = VIEW_PICKER;
    state->input = INPUT_NONE;
    request_items(state, effects, true);
}

void picker_close(struct state *state)
{
    struct picker_state *picker = picker_of(state);
    state->overlay = VIEW_NONE;
    state->wanted[EFFECT_PICK] = state->wanted[EFFECT_PICK_FILTER] = state->wanted[EFFECT_PICK_PREVIEW] = 0;
    state->wanted[EFFECT_PICK_TRACKS] = 0;
    forget_items(picker);
    forget_preview(picker);
}

/* ---- rows ---- */

static size_t n_tracks(const struct picker_state *picker)
{
    return picker->tracks ? picker->tracks->names.count : 0;
}

static size_t n_items(const struct picker_state *picker)
{
    bool filtered = picker->pattern.n_words > 0;
    return !picker->items ? 0 : filtered ? picker->found.count : picker->items->names.count;
}

size_t picker_count(const struct picker_state *picker)
{
    return n_items(picker) + n_tracks(picker);
}

/* In the list of everything, tracks follow those of the first items that match about as well as the best one. */
static size_t n_before_tracks(const struct picker_state *picker)
{
    enum { MOST = 8 };
    size_t items = n_items(picker), before = 0;
    if (n_tracks(picker) == 0 || picker->pattern.n_words == 0)
        return items < MOST ? items : MOST;
    int best = fuzzy_score(&picker->pattern, fuzzy_list_text(&picker->tracks->names, 0)), least;
    if (items > 0) {
        int first = fuzzy_score(&picker->pattern, fuzzy_list_text(&picker->items->names, picker->found.best[0]));
        best = first > best ? first : best;
    }
    least = best - best / 8;
    while (before < items && before < MOST &&
           fuzzy_score(&picker->pattern, fuzzy_list_text(&picker->items->names, picker->found.best[before])) >= least)
        before++;
    return before;
}

void picker_arrange(struct picker_state *picker)
{
    picker->before_tracks = n_before_tracks(picker);
}

static const struct picker_items *locate(const struct picker_state *picker, size_t row, size_t *at)
{
    size_t tracks = n_tracks(picker), items = n_items(picker), before = picker->before_tracks;
    if (row >= items + tracks)
        return NULL;
    if (row >= before && row < before + tracks) {
        *at = row - before;
        return picker->tracks;
    }
    size_t item = row < before ? row : row - tracks;
    *at = picker->pattern.n_words > 0 ? picker->found.best[item] : item;
    return picker->items;
}

const struct picker_item *picker_row(const struct picker_state *picker, size_t row, const char **name)
{
    size_t at;
    const struct picker_items *items = locate(picker, row, &at);
    if (!items)
        return NULL;
    *name = fuzzy_list_text(&items->names, at);
    return &items->items[at];
}

void picker_row_note(const struct picker_state *picker, size_t row, bool few_columns, char text[64])
{
    size_t at;
    const struct picker_items *items = locate(picker, row, &at);
    text[0] = '\0';
    if (!items)
        return;
    const struct picker_item *item = &items->items[at];
    char count[32], duration[32];
    if (item->note) {
        snprintf(text, 64, "%.60s", picker_items_note(items, at));
    } else if (item->kind == PICK_PLAYLISTS && few_columns) {
        view_count(item->tracks, count);
        snprintf(text, 64, "%s%s", item->own ? "yours  " : "", count);
    } else if (item->kind == PICK_PLAYLISTS) {
        view_count(item->tracks, count);
        view_duration((int64_t)item->seconds * 1000, duration);
        snprintf(text, 64, "%s%s %s  %8.12s", item->own ? "yours  " : "", count,
                 item->tracks == 1 ? "track " : "tracks", duration);
    }
}

/* ---- the filter ---- */

static void select_first(struct state *state, struct effect_list *effects)
{
    picker_of(state)->at = (struct list_position){0};
    picker_arrange(picker_of(state));
    picker_request_preview(state, effects);
}

static void filter_now(struct picker_state *picker, const struct fuzzy_pattern *pattern)
{
    struct fuzzy_found found = {0};
    bool narrows = picker->pattern.n_words > 0 && fuzzy_pattern_narrows(&picker->pattern, pattern);
    if (pattern->n_words > 0 && fuzzy_filter(&picker->items->names, pattern, narrows ? &picker->found : NULL, NULL,
                                             NULL, &found, NULL) != STATUS_OK)
        return;
    fuzzy_found_free(&picker->found);
    picker->found = found;
    picker->pattern = *pattern;
}

static void request_filter(struct state *state, struct effect_list *effects, const struct fuzzy_pattern *pattern)
{
    struct picker_state *picker = picker_of(state);
    struct effect *effect = effect_request(effects, state, EFFECT_PICK_FILTER, picker->query.text);
    if (!effect)
        return;
    struct picker_filter *filter = effect->input;
    filter->items = picker_items_hold(picker->items);
    filter->pattern = *pattern;
}

static void filter(struct state *state, struct effect_list *effects)
{
    struct picker_state *picker = picker_of(state);
    struct fuzzy_pattern pattern;
    if (!picker->items)
        return;
    fuzzy_pattern_set(&pattern, picker->query.text);
    state->wanted[EFFECT_PICK_FILTER] = 0;
    if (picker->items->names.count > FILTER_AT_ONCE && pattern.n_words > 0) {
        request_filter(state, effects, &pattern);
        return;
    }
    filter_now(picker, &pattern);
    select_first(state, effects);
}

static void search_tracks(struct state *state, struct effect_list *effects)
{
    struct picker_state *picker = picker_of(state);
    if (picker->kind != PICK_ALL)
        return;
    state->wanted[EFFECT_PICK_TRACKS] = 0;
    if (strlen(picker->query.text) >= 2) {
        effect_request(effects, state, EFFECT_PICK_TRACKS, picker->query.text);
        return;
    }
    picker_items_release(picker->tracks);
    picker->tracks = NULL;
}

void picker_typed(struct state *state, struct effect_list *effects)
{
    search_tracks(state, effects);
    filter(state, effects);
}

/* ---- preview and choice ---- */

void picker_request_preview(struct state *state, struct effect_list *effects)
{
    struct picker_state *picker = picker_of(state);
    const char *name;
    const struct picker_item *item = picker_row(picker, picker->at.selected, &name);
    if (!item) {
        forget_preview(picker);
        state->wanted[EFFECT_PICK_PREVIEW] = 0;
        return;
    }
    if (picker->preview_kind == (enum picker_kind)item->kind && picker->preview_id == item->id &&
        strncmp(picker->preview_name, name, sizeof picker->preview_name - 1) == 0)
        return;
    struct effect *effect = effect_request(effects, state, EFFECT_PICK_PREVIEW, name);
    if (!effect)
        return;
    *(struct picker_item *)effect->input = *item;
    picker->preview_kind = (enum picker_kind)item->kind;
    picker->preview_id = item->id;
    snprintf(picker->preview_name, sizeof picker->preview_name, "%.255s", name);
}

static enum status run_command_with(struct state *state, struct effect_list *effects, const char *command,
                                    const char *name, struct error *error)
{
    struct buffer line = {0};
    buffer_printf(&line, "%s %s", command, name);
    enum status status = line.failed ? error_no_memory(error) : command_run(state, effects, line.data, error);
    buffer_free(&line);
    return status;
}

enum status picker_accept_new(struct state *state, struct effect_list *effects, struct error *error)
{
    const struct picker_source *source = picker_source(picker_of(state)->kind);
    char text[LINE_SIZE];
    snprintf(text, sizeof text, "%s", picker_of(state)->query.text);
    if (!source->create)
        return error_set(error, STATUS_USAGE, "nothing can be added to this list");
    if (strspn(text, " ") == strlen(text))
        return error_set(error, STATUS_USAGE, "type the new one first");
    picker_close(state);
    return source->create(state, effects, text, error);
}

enum status picker_accept(struct state *state, struct effect_list *effects, struct error *error)
{
    struct picker_state *picker = picker_of(state);
    const char *name;
    const struct picker_item *row = picker_row(picker, picker->at.selected, &name);
    if (!row && picker_source(picker->kind)->create && picker->query.size > 0)
        return picker_accept_new(state, effects, error);
    if (!row)
        return error_set(error, STATUS_USAGE,
                         picker->query.size > 0 ? "nothing matches \"%s\"; ctrl+u clears the filter"
                                                : "there is nothing to choose%s",
                         picker->query.text);
    struct picker_item item = *row;
    char *chosen = strdup(name);
    if (!chosen)
        return error_no_memory(error);
    const struct picker_source *source = item.kind == PICK_TRACK ? &picker_all : picker_source(item.kind);
    if (item.kind != PICK_TRACK) {
        picker_uses_add(&picker->uses, item.kind, chosen);
        state_touch(state);
    }
    picker_close(state);
    enum status status = source->command ? run_command_with(state, effects, source->command, chosen, error)
                                         : source->accept(state, effects, &item, chosen, error);
    free(chosen);
    return status;
}

/* ---- results ---- */

/* The row that shows the same item as before. */
static size_t same_row(const struct picker_state *picker, const struct picker_item *wanted, const char *wanted_name)
{
    size_t count = picker_count(picker);
    for (size_t row = 0; row < count && row < FILTER_AT_ONCE; row++) {
        const char *name;
        const struct picker_item *item = picker_row(picker, row, &name);
        if (item->kind == wanted->kind && item->id == wanted->id && strcmp(name, wanted_name) == 0)
            return row;
    }
    return 0;
}

void picker_set_items(struct state *state, struct effect_list *effects, struct picker_items *items, bool complete)
{
    struct picker_state *picker = picker_of(state);
    const char *name;
    const struct picker_item *row = picker->at.selected > 0 ? picker_row(picker, picker->at.selected, &name) : NULL;
    struct picker_item selected = row ? *row : (struct picker_item){0};
    char *selected_name = row ? strdup(name) : NULL;
    picker_items_release(picker->items);
    fuzzy_found_free(&picker->found);
    memset(&picker->pattern, 0, sizeof picker->pattern);
    picker->items = items;
    picker->complete = complete;
    filter(state, effects);
    if (selected_name)
        picker->at.selected = same_row(picker, &selected, selected_name);
    else if (picker->kind == PICK_MODELS && picker->query.size == 0) /* the next one is another one */
        picker->at.selected = same_row(picker, &(struct picker_item){.kind = PICK_MODELS}, state->model);
    free(selected_name);
    picker_request_preview(state, effects);
    if (!complete)
        request_items(state, effects, false);
}

void picker_set_found(struct state *state, struct effect_list *effects, const struct fuzzy_pattern *pattern,
                      struct fuzzy_found *found)
{
    struct picker_state *picker = picker_of(state);
    fuzzy_found_free(&picker->found);
    picker->found = *found;
    picker->pattern = *pattern;
    *found = (struct fuzzy_found){0};
    select_first(state, effects);
}
