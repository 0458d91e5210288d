#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "figure/scatter.h"
#include "ui/held.h"
#include "ui/model_names.h"
#include "ui/session.h"
#include "ui/view.h"
#include "ui/view_text.h"
#include "ui/views/compare/compare.h"
#include "ui/views/explore/explore.h"
#include "ui/views/gallery/gallery.h"

enum { PAGES_COLUMNS = 30 }; /* of the names of the pages, at the right of the first row */

static void start(struct state *state)
{
    compare_of(state)->filter = (struct result_group){.seeds = SEEDS_ANY, .slice = -1};
}

static void free_own(struct state *state)
{
    compared_lists_free(&compare_of(state)->lists);
    compare_result_free(&compare_of(state)->results);
}

/* Results are read again: a model may have been evaluated since. */
static void enter(struct state *state, struct effect_list *effects)
{
    compare_choose_models(state);
    if (compare_of(state)->page == COMPARE_LISTS)
        compare_request_lists(state, effects);
    else
        compare_request_results(state, effects);
}

/* A model that is chosen here by m becomes the first one. */
static void model_changed(struct state *state, struct effect_list *effects)
{
    struct compare_state *compare = compare_of(state);
    if (compare->followed[0] && strcmp(compare->followed, state->model) != 0) {
        snprintf(compare->followed, NAME_SIZE, "%s", state->model);
        compare_set_model(state, effects, 0, state->model);
        return;
    }
    compare_request(state, effects);
}

static bool answer(const struct state *state, const char **model, double *milliseconds)
{
    const struct compare_state *compare = compare_of(state);
    if (!compare->lists_there)
        return false;
    *model = compare->lists.sides[compare->side].model;
    *milliseconds = compare->lists.sides[compare->side].answer.milliseconds;
    return true;
}

static void settle(struct state *state, const struct layout *layout)
{
    struct compare_state *compare = compare_of(state);
    const struct compare_layout mine = compare_layout(state, layout);
    size_t pages = compare_pages(state), first;
    if (compare->turned >= pages)
        compare->turned = pages > 0 ? pages - 1 : 0;
    first = compare->turned * PAGE_TRACKS;
    if (compare->lists_there && first >= compare->lists.sides[compare->side].count)
        compare->side = !compare->side; /* only the other list is that long */
    size_t count = compare->lists_there ? compare->lists.sides[compare->side].count : 0;
    size_t on_page = count > first ? count - first : 0;
    if (on_page > 0 && compare->selected >= on_page)
        compare->selected = on_page - 1;
    layout_settle_list(&compare->metric_at, (size_t)compare->results.n_metrics, METRICS);
    layout_settle_list(&compare->group_at, compare_group_count(state), list_items(&mine.groups));
    layout_settle_list(&compare->playlist_at, compare->results.n_largest, list_items(&mine.playlists));
}

static int page_covers(const struct state *state, int direction, struct image_rect rects[PAGE_COVERS])
{
    const struct compare_state *compare = compare_of(state);
    const struct layout layout = layout_of(state);
    int count = 0;
    if (layout.too_small || compare->page != COMPARE_LISTS || !compare->lists_there ||
        (direction < 0 && compare->turned == 0))
        return 0;
    const struct compare_layout mine = compare_layout(state, &layout);
    const struct track_list *tracks = &compare->lists.sides[compare->side].tracks;
    size_t first = (direction < 0 ? compare->turned - 1 : compare->turned + 1) * PAGE_TRACKS;
    for (size_t at = first; at < tracks->count && count < PAGE_TRACKS; at++, count++) {
        const struct compare_place place = compare_place(&mine, compare->side, count);
        struct cover cover = cover_of_track(&tracks->items[at]);
        rects[count] = view_cover_rect(place.row, place.cover, mine.cover_rows, &cover);
    }
    return count;
}

/* ---- the mouse ---- */

static enum status click_list(struct state *state, struct effect_list *effects, const struct compare_layout *mine,
                              const struct event *event, struct error *error)
{
    struct compare_state *compare = compare_of(state);
    int side = event->column >= mine->gutter_column + mine->gutter_columns / 2;
    int first = mine->page_top - mine->framed, down = (event->row - first) / mine->pitch;
    if (event->row < first || down >= PAGE_TRACKS || !compare->lists_there)
        return STATUS_OK;
    if (compare->turned * PAGE_TRACKS + (size_t)down >= compare->lists.sides[side].count)
        return STATUS_OK;
    compare->side = side;
    compare->selected = (size_t)down;
    return event->clicks > 1 ? compare_command_add(state, effects, "", error) : STATUS_OK;
}

static enum status select_in(struct state *state, struct effect_list *effects, enum compare_pane pane, size_t item,
                             const struct event *event, struct error *error)
{
    char number[32];
    compare_of(state)->pane = pane;
    snprintf(number, sizeof number, "%zu", item + 1);
    enum status status = compare_command_select(state, effects, number, error);
    return status == STATUS_OK && event->clicks > 1 ? command_compare_accept(state, effects, "", error) : status;
}

static enum status click_results(struct state *state, struct effect_list *effects, const struct compare_layout *mine,
                                 const struct event *event, struct error *error)
{
    struct compare_state *compare = compare_of(state);
    const size_t groups = compare_group_count(state), playlists = compare->results.n_largest;
    int metric = event->row - mine->table_row - 1;
    if (!compare->results_there)
        return STATUS_OK;
    if (metric >= 0 && metric < compare->results.n_metrics)
        return select_in(state, effects, COMPARE_METRICS, (size_t)metric, event, error);
    if (list_click_bar(&mine->groups, &compare->group_at, groups, event) ||
        list_click_bar(&mine->playlists, &compare->playlist_at, playlists, event))
        return STATUS_OK;
    if (list_contains(&mine->groups, event->row, event->column)) {
        size_t item = list_item_at(&mine->groups, &compare->group_at, groups, event->row);
        return item < groups ? select_in(state, effects, COMPARE_GROUPS, item, event, error) : STATUS_OK;
    }
    size_t item = list_item_at(&mine->playlists, &compare->playlist_at, playlists, event->row);
    bool inside = list_contains(&mine->playlists, event->row, event->column) && item < playlists;
    return inside ? select_in(state, effects, COMPARE_PLAYLISTS, item, event, error) : STATUS_OK;
}

static enum status click(struct state *state, struct effect_list *effects, const struct layout *layout,
                         const struct event *event, struct error *error)
{
    const struct compare_layout mine = compare_layout(state, layout);
    enum compare_page page = compare_of(state)->page;
    if (event->row == mine.head_row && event->column >= state->columns - PAGES_COLUMNS)
        return command_compare_show(state, effects, "next", error);
    return page == COMPARE_LISTS     ? click_list(state, effects, &mine, event, error)
           : page == COMPARE_RESULTS ? click_results(state, effects, &mine, event, error)
                                     : STATUS_OK;
}

static enum status wheel(struct state *state, struct effect_list *effects, const struct layout *layout,
                         const struct event *event, struct error *error)
{
    struct compare_state *compare = compare_of(state);
    const struct compare_layout mine = compare_layout(state, layout);
    if (compare->page == COMPARE_LISTS) {
        bool possible = event->direction < 0 ? compare->turned > 0 : compare->turned + 1 < compare_pages(state);
        return possible ? compare_command_page(state, effects, event->direction < 0 ? "previous" : "next", error)
                        : STATUS_OK;
    }
    if (compare->page == COMPARE_RESULTS && list_contains(&mine.groups, event->row, event->column))
        list_wheel(&mine.groups, &compare->group_at, compare_group_count(state), event->direction);
    else if (compare->page == COMPARE_RESULTS && list_contains(&mine.playlists, event->row, event->column))
        list_wheel(&mine.playlists, &compare->playlist_at, compare->results.n_largest, event->direction);
    return STATUS_OK;
}

/* ---- what else a view has ---- */

static bool album(const struct state *state, struct album *album)
{
    size_t at;
    return compare_of(state)->page == COMPARE_LISTS && gallery_album_of_track(compare_selected(state, &at), album);
}

/* With the seeds that both lists were made for; a test playlist was given its title only if its evaluation was. */
static bool suggestion(const struct state *state, struct view_suggestion *found)
{
    const struct compare_state *compare = compare_of(state);
    const struct compared_lists *lists = &compare->lists;
    const struct failure_side *side = &lists->sides[compare->side];
    size_t at = 0;
    const struct track *track = compare->page == COMPARE_LISTS ? compare_selected(state, &at) : NULL;
    if (!track)
        return false;
    const bool titled = compare->playlist > 0 ? side->titled : compare->hand.titled;
    *found = (struct view_suggestion){.track = track,
                                      .model = side->model,
                                      .rank = (int32_t)at + 1,
                                      .title = titled ? lists->name : "",
                                      .seeds = malloc((lists->seeds.count + 1) * sizeof(int64_t)),
                                      .n_seeds = lists->seeds.count};
    for (size_t i = 0; found->seeds && i < lists->seeds.count; i++)
        found->seeds[i] = lists->seeds.items[i].id;
    return true;
}

static int64_t suggested_for(const struct state *state)
{
    const struct compare_state *compare = compare_of(state);
    return compare->page == COMPARE_LISTS && compare->lists_there ? compare->lists.playlist_id : 0;
}

static bool hinted(const struct state *state, const struct binding *binding)
{
    const struct compare_state *compare = compare_of(state);
    const bool lists = compare->page == COMPARE_LISTS;
    if (strcmp(binding->hint, "add") == 0)
        return lists;
    if (strcmp(binding->hint, "f/F hit") == 0)
        return lists && compare->lists_there && compare->lists.held_out.count > 0;
    if (strcmp(binding->hint, "% in the other") == 0 || strcmp(binding->hint, "why") == 0 ||
        strcmp(binding->hint, "+ = - rate") == 0 || strcmp(binding->hint, "n/p page") == 0)
        return lists;
    return true;
}

static bool waits(const struct state *state, const char *command)
{
    static const char *const on_lists[] = {"add", "compare accept", "compare hit", "compare follow", NULL};
    const struct compare_state *compare = compare_of(state);
    bool pending = compare->page == COMPARE_LISTS ? compare->stale : compare->results_stale;
    return pending && held_is_one_of(command, on_lists);
}

static bool back(struct state *state, struct effect_list *effects)
{
    struct compare_state *compare = compare_of(state);
    if (compare->page != COMPARE_RESULTS || !compare_is_filtered(state))
        return false;
    command_compare_all(state, effects, "", NULL);
    return true;
}

/* The playlist in hand was edited here or by another explorer. */
static bool is_outdated(const struct state *state)
{
    const struct compare_state *compare = compare_of(state);
    return state->view == VIEW_COMPARE && compare->page == COMPARE_LISTS && compare->playlist == 0 &&
           compare->models[1][0] && state->session_known && compare_hand_has_changed(state);
}

static void tick(struct state *state, struct effect_list *effects)
{
    if (is_outdated(state))
        compare_request_lists(state, effects);
}

static double due(const struct state *state)
{
    const struct compare_state *compare = compare_of(state);
    const bool lists = compare->page == COMPARE_LISTS;
    if (is_outdated(state))
        return 0;
    if (state->view != VIEW_COMPARE || !(lists ? compare->stale : compare->results_stale) || compare_late(state))
        return -1;
    double left = (lists ? compare->requested : compare->results_requested) + STATE_LATE - state->now;
    return left > 0 ? left : 0;
}

static void save(const struct state *state, struct json_writer *writer)
{
    const struct compare_state *compare = compare_of(state);
    json_key(writer, "compare");
    json_object_begin(writer);
    json_pair_text(writer, "a", compare->models[0]);
    json_pair_text(writer, "b", compare->models[1]);
    json_pair_text(writer, "page", compare_page_names[compare->page]);
    json_pair_integer(writer, "playlist", compare->playlist);
    json_object_end(writer);
}

static void load(struct state *state, const struct json_value *session)
{
    struct compare_state *compare = compare_of(state);
    const struct json_value *part = json_member(session, "compare");
    if (!part)
        return;
    snprintf(compare->models[0], NAME_SIZE, "%s", session_text(part, "a"));
    snprintf(compare->models[1], NAME_SIZE, "%s", session_text(part, "b"));
    for (int page = 0; page < COMPARE_PAGES; page++)
        if (strcmp(session_text(part, "page"), compare_page_names[page]) == 0)
            compare->page = (enum compare_page)page;
    compare->playlist = session_integer(part, "playlist", 1, INT64_MAX);
}

static const struct explorer_command commands[] = {
    {"compare", "[MODEL [MODEL]]", "two models side by side", command_compare},
    {"compare a", "[next|MODEL]", "choose the first model; without: pick one", command_compare_a},
    {"compare b", "[next|MODEL]", "choose the second model", command_compare_b},
    {"compare swap", "", "exchange the two models", command_compare_swap},
    {"compare show", "next|lists|results|plot", "two lists, the test set, or a plot", command_compare_show},
    {"compare test", "[next|previous]", "a test playlist; the next that differs", command_compare_test},
    {"compare own", "", "compare on the playlist in hand", command_compare_own},
    {"compare failure", "", "compare on the playlist that Failures shows", command_compare_failure},
    {"compare hit", "next|previous", "go to another held-out track", command_compare_hit},
    {"compare follow", "", "go to the same track in the other list", command_compare_follow},
    {"compare accept", "", "add; in results: open, or only this group", command_compare_accept},
    {"compare all", "", "results over all playlists again", command_compare_all},
    {"compare back", "", "leave the test playlist or the group", command_compare_back},
};

static const struct binding bindings[] = {
    {KEYS_ENTER, false, "compare accept", HINT_ACT, "add"},
    {'t', false, "compare show next", HINT_ACT, "view"},
    {'a', false, "compare a", HINT_OWN, "a/b model"},
    {'b', false, "compare b", HINT_NOWHERE, NULL},
    {'x', false, "compare swap", HINT_OWN, "swap"},
    {'f', false, "compare hit next", HINT_OWN, "f/F hit"},
    {'F', false, "compare hit previous", HINT_NOWHERE, NULL},
    {'w', false, "why", HINT_OWN, "why"},
    {'+', false, "rate good", HINT_OWN, "+ = - rate"},
    {'=', false, "rate borderline", HINT_NOWHERE, NULL},
    {'-', false, "rate bad", HINT_NOWHERE, NULL},
    {'%', false, "compare follow", HINT_OWN, "% in the other"},
    {'J', false, "compare test next", HINT_MOVE, "J/K playlist"},
    {'K', false, "compare test previous", HINT_NOWHERE, NULL},
    {'o', false, "compare test", HINT_OWN, "o test playlist"},
    {'i', false, "compare own", HINT_NOWHERE, NULL},
    {'u', false, "undo", HINT_NOWHERE, NULL},
    {'U', false, "redo", HINT_NOWHERE, NULL},
    {KEYS_ESCAPE, false, "compare back", HINT_NOWHERE, NULL},
};
static const struct key_set keys = KEY_SET(NULL, bindings);

static const struct key_set *const shared_keys[] = {&keys_lists, &keys_tracks, &keys_views, &keys_everywhere, NULL};

const struct view_ops view_compare = {
    .name = "compare",
    .title = "Compare",
    .commands = commands,
    .n_commands = sizeof commands / sizeof commands[0],
    .keys = &keys,
    .shared_keys = shared_keys,
    .state_size = sizeof(struct compare_state),
    .list_of = "comparing",
    .start = start,
    .free = free_own,
    .enter = enter,
    .model_changed = model_changed,
    .settle = settle,
    .draw = compare_draw,
    .answer = answer,
    .page_covers = page_covers,
    .click = click,
    .wheel = wheel,
    .add = compare_command_add,
    .page = compare_command_page,
    .select = compare_command_select,
    .pane = compare_command_pane,
    .album = album,
    .suggestion = suggestion,
    .suggested_for = suggested_for,
    .hinted = hinted,
    .back = back,
    .waits = waits,
    .tick = tick,
    .due = due,
    .save = save,
    .load = load,
};
