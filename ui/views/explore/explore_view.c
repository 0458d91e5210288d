#include "ui/views/explore/explore.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ui/held.h"
#include "ui/session.h"
#include "ui/view.h"
#include "ui/view_text.h"
#include "ui/views/gallery/gallery.h"
#include "ui/views/ratings/ratings.h"

static void start(struct state *state)
{
    explore_of(state)->pane = PANE_SUGGESTIONS;
    explore_of(state)->pane_at_left = PANE_PLAYLIST;
    explore_of(state)->pane_before_search = PANE_SUGGESTIONS;
}

static void free_own(struct state *state)
{
    struct explore_state *explore = explore_of(state);
    track_row_free(&explore->results);
    track_row_free(&explore->copied);
    playlist_filter_free(&explore->filter);
    for (int pane = 0; pane < PANE_COUNT; pane++)
        marks_free(&explore->marks[pane]);
    track_row_free(&explore->suggestions.tracks);
    track_row_free(&explore->suggestions.before);
    free(explore->suggestions.scores);
    free(explore->suggestions.parts);
    free(explore->suggestions.new_songs);
    free(explore->suggestions.predicted);
    free(explore->suggestions.ranks);
    explore_forget_news(&explore->suggestions);
    held_out_free(&explore->held_out);
    explore_sound_free(&explore->sound);
}

static void leave(struct state *state)
{
    if (state->input == INPUT_SEARCH)
        state->input = INPUT_NONE;
    explore_of(state)->filter.typing = false;
}

static bool answer(const struct state *state, const char **model, double *milliseconds)
{
    const struct suggestions *suggestions = &explore_of(state)->suggestions;
    if (suggestions->tracks.count == 0)
        return false;
    *model = suggestions->model;
    *milliseconds = suggestions->milliseconds;
    return true;
}

/* ---- layout and drawing ---- */

/* While a search is shown, the pane grows with the results and does not shrink, so that typing moves the page little.
 */
static void settle_need(struct state *state)
{
    struct explore_state *explore = explore_of(state);
    const struct playlist_version *playlist = playlist_now(&state->playlist);
    int need = explore_list_need(playlist->items, playlist->count, true), before = explore->list_need;
    size_t top = explore->result_at.top, rows = explore->result_at.rows;
    if (top < explore->results.count) {
        size_t shown = explore->results.count - top < rows ? explore->results.count - top : rows;
        int results = explore_list_need(explore->results.items + top, shown, false);
        need = results > need ? results : need;
    }
    explore->list_need = explore->search.size > 0 && before > need ? before : need;
}

static void settle(struct state *state, const struct layout *layout)
{
    struct explore_state *explore = explore_of(state);
    struct suggestions *suggestions = &explore->suggestions;
    playlist_filter_settle(state);
    settle_need(state);
    const struct explore_layout mine = explore_layout(state, layout);
    explore->attributes.shown = mine.info_columns > 0;
    const struct list_box results_box = explore_box(&mine, PANE_RESULTS), list_box = explore_box(&mine, PANE_PLAYLIST);
    layout_settle_list(&explore->result_at, explore->results.count, list_items(&results_box));
    layout_settle_list(&explore->playlist_at, explore_list(state, PANE_PLAYLIST).count, list_items(&list_box));
    for (int pane = 0; pane < PANE_COUNT; pane++) {
        const struct pane_list list = explore_list(state, (enum pane)pane);
        marks_follow(&explore->marks[pane], list.items, list.count);
    }
    size_t pages = explore_pages(state);
    if (suggestions->page >= pages)
        suggestions->page = pages > 0 ? pages - 1 : 0;
    size_t on_page = explore_page_tracks(state);
    if (suggestions->selected >= on_page)
        suggestions->selected = on_page > 0 ? on_page - 1 : 0;
    bool searching = explore->search.size > 0 || state->input == INPUT_SEARCH;
    if (explore->pane == PANE_RESULTS && !searching)
        explore->pane = PANE_SUGGESTIONS;
    if (explore->pane != PANE_SUGGESTIONS)
        explore->pane_at_left = explore->pane;
}

void explore_draw_page(const struct state *state, const struct layout *layout, const struct explore_layout *mine,
                       struct screen *screen)
{
    explore_draw_header(state, layout, mine, screen);
    if (mine->page.shelf > 0 && explore_page_tracks(state) > 0)
        present_draw(state, layout, mine, screen);
    else
        explore_draw_suggestions(state, layout, mine, screen);
}

static void draw(const struct state *state, const struct layout *layout, struct screen *screen)
{
    const struct explore_layout mine = explore_layout(state, layout);
    explore_draw_page(state, layout, &mine, screen);
    if (mine.left_columns == 0)
        return;
    if (layout->rule_row >= 0)
        screen_text(screen, layout->rule_row, mine.rule_column, 1, STYLE_RULE, "┬");
    for (int row = layout->header_row; row < layout->body_end; row++)
        screen_text(screen, row, mine.rule_column, 1, STYLE_RULE, "│");
    explore_draw_left(state, layout, &mine, screen);
    if (mine.info_columns > 0)
        explore_draw_track(state, layout, &mine, screen);
    if (mine.page.strip_rows > 0)
        explore_draw_strip(state, layout, &mine, screen);
}

static int page_covers(const struct state *state, int direction, struct image_rect rects[PAGE_COVERS])
{
    const struct suggestions *suggestions = &explore_of(state)->suggestions;
    struct layout layout = layout_of(state);
    int count = 0;
    if (layout.too_small || (direction < 0 && suggestions->page == 0 && !state->present))
        return 0;
    const struct explore_layout mine = explore_layout(state, &layout);
    if (mine.page.shelf > 0)
        return present_covers(state, &mine, direction, rects);
    size_t first = (direction < 0 ? suggestions->page - 1 : suggestions->page + 1) * PAGE_TRACKS;
    for (size_t at = first; at < suggestions->tracks.count && count < PAGE_TRACKS; at++, count++) {
        struct place place = explore_place(&mine, (size_t)count);
        struct cover cover = cover_of_track(suggestions->tracks.items[at]);
        rects[count] = view_cover_rect(place.row, place.cover, mine.page.cover_rows, &cover);
    }
    size_t selected = first + suggestions->selected;
    if (selected < suggestions->tracks.count && explore_of(state)->pane == PANE_SUGGESTIONS) {
        rects[count] = explore_large_cover(state, &layout, &mine, suggestions->tracks.items[selected]);
        count += rects[count].rows > 0;
    }
    return count;
}

/* ---- the mouse ---- */

static const struct track *seen_row(const struct state *state, enum pane pane, size_t row)
{
    if (pane == PANE_SUGGESTIONS)
        return explore_seen_on_page(state, row);
    return row < explore_of(state)->results.count ? explore_of(state)->results.items[row] : NULL;
}

/* A double click adds the track at the first click, even if the row has changed since. */
static enum status click_row(struct state *state, struct effect_list *effects, enum pane pane, size_t *selected,
                             size_t row, size_t count, const struct event *event, struct error *error)
{
    struct explore_state *explore = explore_of(state);
    if (row >= count)
        return STATUS_OK;
    if (state->input == INPUT_SEARCH && pane != PANE_RESULTS)
        state->input = INPUT_NONE;
    explore->filter.typing = false;
    explore->pane = pane;
    *selected = row;
    if (pane == PANE_PLAYLIST)
        return STATUS_OK;
    bool second = event->clicks > 1 && explore->clicked && explore->clicked_row == event->row;
    const struct track *track = second ? explore->clicked : seen_row(state, pane, row);
    explore->clicked = event->clicks > 1 ? NULL : track;
    explore->clicked_row = event->row;
    return event->clicks > 1 && track ? explore_add_tracks(state, effects, &track, 1, false, error) : STATUS_OK;
}

/* The list at the left in this row of the screen, its position and its number of rows; NULL between the lists. */
static struct list_position *list_at(const struct state *state, const struct explore_layout *mine, int row,
                                     enum pane *pane, size_t *count)
{
    struct explore_state *explore = explore_of(state);
    *pane = row < mine->list_rule_row ? PANE_RESULTS : PANE_PLAYLIST;
    const struct list_box box = explore_box(mine, *pane);
    *count = explore_list(state, *pane).count;
    if (!list_contains(&box, row, box.column))
        return NULL;
    return *pane == PANE_RESULTS ? &explore->result_at : &explore->playlist_at;
}

static enum status click_left(struct state *state, struct effect_list *effects, const struct explore_layout *mine,
                              const struct event *event, struct error *error)
{
    enum pane pane;
    size_t count;
    struct list_position *at = list_at(state, mine, event->row, &pane, &count);
    const struct list_box box = explore_box(mine, pane);
    if (!at || list_click_bar(&box, at, count, event))
        return STATUS_OK;
    return click_row(state, effects, pane, &at->selected, list_item_at(&box, at, count, event->row), count, event,
                     error);
}

static enum status click(struct state *state, struct effect_list *effects, const struct layout *layout,
                         const struct event *event, struct error *error)
{
    struct explore_state *explore = explore_of(state);
    const struct explore_layout mine = explore_layout(state, layout);
    int row = event->row, column = event->column;
    if (column > mine.rule_column) {
        int at = explore_place_at(&mine, row, column);
        return at < 0 ? STATUS_OK
                      : click_row(state, effects, PANE_SUGGESTIONS, &explore->suggestions.selected, (size_t)at,
                                  explore_page_tracks(state), event, error);
    }
    if (row == layout->header_row)
        return command_run(state, effects, "search", error);
    return click_left(state, effects, &mine, event, error);
}

static enum status wheel(struct state *state, struct effect_list *effects, const struct layout *layout,
                         const struct event *event, struct error *error)
{
    struct explore_state *explore = explore_of(state);
    const struct explore_layout mine = explore_layout(state, layout);
    (void)effects, (void)error;
    if (event->column > mine.rule_column) {
        size_t page = explore->suggestions.page;
        if (event->direction > 0 || page > 0)
            explore_go_to_page(state, event->direction < 0 ? page - 1 : page + 1);
        return STATUS_OK;
    }
    enum pane pane;
    size_t count;
    struct list_position *at = list_at(state, &mine, event->row, &pane, &count);
    const struct list_box box = explore_box(&mine, pane);
    if (at)
        list_wheel(&box, at, count, event->direction);
    return STATUS_OK;
}

/* ---- keys that wait ---- */

static bool pane_waits(const struct state *state, const char *command)
{
    static const char *const on_rows[] = {"add", "add!", "mark", "copy", "select", "input accept", NULL};
    static const char *const on_suggestions[] = {"rate", "add", "add!", "mark", "copy", "select", "page", NULL};
    const struct explore_state *explore = explore_of(state);
    bool first = state_awaits(state, EFFECT_MODELS) || state_awaits(state, EFFECT_RECOMMEND);
    if (explore->pane == PANE_RESULTS)
        return explore->searching && held_is_one_of(command, on_rows);
    return explore->pane == PANE_SUGGESTIONS && !explore->suggestions.answered && first &&
           held_is_one_of(command, on_suggestions);
}

static bool waits(const struct state *state, const char *command)
{
    static const char *const page[] = {"page", "why", NULL}, *const pane[] = {"pane", NULL},
                             *const undo[] = {"undo", "redo", NULL};
    const struct explore_state *explore = explore_of(state);
    bool first = state_awaits(state, EFFECT_MODELS) || state_awaits(state, EFFECT_RECOMMEND);
    if (explore->suggestions.stale && held_is_one_of(command, page))
        return true;
    if (ratings_pending(state) && held_is_one_of(command, undo))
        return true;
    if ((explore->searching || (first && !explore->suggestions.answered)) && held_is_one_of(command, pane))
        return true;
    return pane_waits(state, command);
}

static double sooner(double a, double b)
{
    return a < 0 || (b >= 0 && b < a) ? b : a;
}

/* When the suggestions have to be dimmed, a search is said to take long, marks disappear, or what is known of another
 * track is needed. */
static double due(const struct state *state)
{
    const struct explore_state *explore = explore_of(state);
    double next = sooner(explore_news_left(state), explore_sound_due(state));
    if (explore_attributes_due(state) >= 0)
        return 0;
    if (explore->suggestions.stale && !explore_late(state))
        next = sooner(next, fmax(explore->suggestions.requested + STATE_LATE - state->now, 0));
    if (explore->searching && !explore_search_late(state))
        next = sooner(next, fmax(explore->search_requested + STATE_LATE - state->now, 0));
    return next;
}

static void tick(struct state *state, struct effect_list *effects)
{
    explore_attributes_tick(state, effects);
    explore_sound_tick(state, effects);
}

/* ---- the session ---- */

static void save(const struct state *state, struct json_writer *writer)
{
    const struct explore_state *explore = explore_of(state);
    json_pair_integer(writer, "page", (int64_t)explore->suggestions.page);
    bool used = explore->pane == PANE_RESULTS || state->input == INPUT_SEARCH;
    json_pair_text(writer, "search", used ? explore->search.text : "");
    if (explore_is_test(state)) {
        session_write_ids(writer, "shown", explore->held_out.seeds, explore->held_out.n_seeds);
        session_write_ids(writer, "held_out", explore->held_out.tracks, explore->held_out.n_tracks);
    }
}

static void load(struct state *state, const struct json_value *session)
{
    struct explore_state *explore = explore_of(state);
    int64_t *shown, *held_out;
    size_t n_shown = session_read_ids(json_member(session, "shown"), &shown),
           n_held_out = session_read_ids(json_member(session, "held_out"), &held_out);
    if (n_shown > 0 && n_held_out > 0)
        held_out_set(&explore->held_out, shown, n_shown, held_out, n_held_out);
    free(shown);
    free(held_out);
    explore->restore_page = (size_t)session_integer(session, "page", 0, SUGGESTIONS_MAX / PAGE_TRACKS - 1);
    line_set(&explore->search, session_text(session, "search"));
    if (explore->search.size > 0)
        explore->pane = PANE_RESULTS;
}

/* ---- commands and keys ---- */

/* The last line shows the keys that matter in the active pane; lines being typed have their own. */
static bool hinted(const struct state *state, const struct binding *binding)
{
    static const struct {
        const char *command;
        bool in[PANE_COUNT];
    } some[] = {
        {"add", {[PANE_RESULTS] = true, [PANE_SUGGESTIONS] = true}},
        {"add page", {[PANE_SUGGESTIONS] = true}},
        {"page next", {[PANE_SUGGESTIONS] = true}},
        {"why", {[PANE_SUGGESTIONS] = true}},
        {"steer", {[PANE_SUGGESTIONS] = true}},
        {"rate good", {[PANE_SUGGESTIONS] = true}},
        {"remove", {[PANE_PLAYLIST] = true}},
        {"move up", {[PANE_PLAYLIST] = true}},
        {"filter", {[PANE_PLAYLIST] = true}},
        {"close", {[PANE_RESULTS] = true}},
    };
    if (strcmp(binding->command, "steer clear") == 0)
        return explore_of(state)->suggestions.steered[0] != '\0';
    for (size_t i = 0; i < sizeof some / sizeof some[0]; i++)
        if (strcmp(binding->command, some[i].command) == 0)
            return some[i].in[explore_of(state)->pane];
    return true;
}

static bool selected_album(const struct state *state, struct album *album)
{
    return gallery_album_of_track(explore_selected_track(state), album);
}

static COMMAND(command_explore)
{
    (void)argument, (void)error;
    view_open(state, effects, VIEW_EXPLORE);
    return STATUS_OK;
}

static const struct explorer_command commands[] = {
    {"explore", "", "search, playlist and suggestions", command_explore},
};

static const struct binding bindings[] = {
    {KEYS_ENTER, false, "add", HINT_ACT, "add"},
    {'x', false, "remove", HINT_MOVE, "remove"},
    {KEYS_DELETE, false, "remove", HINT_NOWHERE, NULL},
    {'K', false, "move up", HINT_MOVE, "J/K move"},
    {'J', false, "move down", HINT_NOWHERE, NULL},
    {KEYS_ESCAPE, false, "close", HINT_PAGE, "escape end search"},
    {' ', false, "mark next", HINT_MOVE, "mark"},
    {'v', false, "mark range", HINT_NOWHERE, NULL},
    {KEY_CONTROL('a'), false, "mark all", HINT_NOWHERE, NULL},
    {'*', false, "mark invert", HINT_NOWHERE, NULL},
    {'f', false, "filter", HINT_OWN, "filter"},
    {'w', false, "why", HINT_OWN, "why"},
    {'z', false, "steer", HINT_OWN, "steer"},
    {'Z', false, "steer clear", HINT_OWN, "unsteer"},
    {'X', false, "reject", HINT_NOWHERE, NULL},
    {'A', false, "add page", HINT_COMMAND, "A add ten"},
    {'y', false, "copy", HINT_NOWHERE, NULL},
    {'P', false, "put", HINT_NOWHERE, NULL},
    {KEYS_ENTER, true, "add!", HINT_NOWHERE, NULL},
    {'+', false, "rate good", HINT_COMMAND, "+ = - rate"},
    {'=', false, "rate borderline", HINT_NOWHERE, NULL},
    {'-', false, "rate bad", HINT_NOWHERE, NULL},
    {'D', false, "playlist dedupe", HINT_NOWHERE, NULL},
    {'C', false, "playlist clear", HINT_NOWHERE, NULL},
};
static const struct key_set keys = KEY_SET(NULL, bindings);

static const struct key_set *const shared_keys[] = {&keys_lists, &keys_build,      &keys_tracks,
                                                    &keys_views, &keys_everywhere, NULL};

const struct view_ops view_explore = {
    .name = "explore",
    .title = "Explore",
    .commands = commands,
    .n_commands = sizeof commands / sizeof commands[0],
    .keys = &keys,
    .shared_keys = shared_keys,
    .state_size = sizeof(struct explore_state),
    .list_of = "suggestions by",
    .start = start,
    .free = free_own,
    .leave = leave,
    .settle = settle,
    .draw = draw,
    .answer = answer,
    .page_covers = page_covers,
    .click = click,
    .wheel = wheel,
    .add = explore_add,
    .page = explore_page,
    .select = explore_select,
    .pane = explore_pane,
    .album = selected_album,
    .suggestion = explore_suggestion,
    .hinted = hinted,
    .back = explore_back,
    .line = explore_typed_line,
    .typed = explore_filter_typed,
    .accept = explore_filter_accept,
    .cancel = explore_filter_cancel,
    .waits = waits,
    .tick = tick,
    .due = due,
    .save = save,
    .load = load,
};
