#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/commands.h"
#include "ui/effect.h"
#include "ui/held.h"
#include "ui/session.h"
#include "ui/view.h"
#include "ui/views/explore/explore.h"
#include "ui/views/ratings/ratings.h"

size_t ratings_rows(const struct ratings_state *mine)
{
    return mine->table.n_rows + mine->table.n_totals;
}

const struct rating_row *ratings_row(const struct ratings_state *mine, size_t at)
{
    const struct rating_table *table = &mine->table;
    return at < table->n_rows ? &table->rows[at] : at < ratings_rows(mine) ? &table->totals[at - table->n_rows] : NULL;
}

static void start(struct state *state)
{
    ratings_of(state)->of = ratings_of(state)->requested = -1;
}

static void free_own(struct state *state)
{
    struct ratings_state *mine = ratings_of(state);
    app_rated_free(&mine->rated);
    rating_table_free(&mine->table);
    track_list_free(&mine->tracks);
    free(mine->steps);
}

/* ---- the ratings of the playlist in hand ---- */

/* They are read again when another playlist is in hand, or one has got its number. */
static bool outdated(const struct state *state)
{
    return state->session_known && ratings_of(state)->requested != ratings_playlist(state);
}

static void tick(struct state *state, struct effect_list *effects)
{
    struct ratings_state *mine = ratings_of(state);
    if (!outdated(state))
        return;
    struct effect *effect = effect_request(effects, state, EFFECT_RATED, NULL);
    if (!effect)
        return;
    effect->id = mine->requested = ratings_playlist(state);
    if (state->overlay == VIEW_RATINGS)
        effect_request(effects, state, EFFECT_RATINGS, NULL);
}

static double due(const struct state *state)
{
    return outdated(state) ? 0 : -1;
}

/* ---- commands ---- */

static COMMAND(command_ratings)
{
    (void)argument;
    if (!effect_request(effects, state, EFFECT_RATINGS, NULL))
        return error_no_memory(error);
    state->overlay = VIEW_RATINGS;
    state->input = INPUT_NONE;
    return STATUS_OK;
}

static enum status need_popup(const struct state *state, struct error *error)
{
    if (state->overlay == VIEW_RATINGS)
        return STATUS_OK;
    return error_set(error, STATUS_USAGE, "the table of ratings is not shown; gr shows it");
}

static COMMAND(command_discount)
{
    struct ratings_state *mine = ratings_of(state);
    (void)effects, (void)argument;
    enum status status = need_popup(state, error);
    if (status != STATUS_OK)
        return status;
    mine->discounted = !mine->discounted;
    state_say(state, mine->discounted ? "shares without the ratings that are bad because of wrong metadata"
                                      : "shares of all ratings");
    return STATUS_OK;
}

static COMMAND(command_ratings_open)
{
    const struct ratings_state *mine = ratings_of(state);
    const struct rating_row *row = ratings_row(mine, mine->at.selected);
    (void)argument;
    enum status status = need_popup(state, error);
    if (status != STATUS_OK)
        return status;
    if (!row || row->playlist_id == 0)
        return error_set(error, STATUS_USAGE, "select the row of a playlist to open it");
    if (state_playlist_number(state) == row->playlist_id) {
        view_open(state, effects, VIEW_EXPLORE);
        state->overlay = VIEW_NONE;
        return STATUS_OK;
    }
    char line[NAME_SIZE * 8];
    snprintf(line, sizeof line, "playlist load %s",
             strncmp(row->key, "own:", 4) == 0 || !row->key[0] ? row->playlist : row->key);
    state->overlay = VIEW_NONE;
    view_open(state, effects, VIEW_EXPLORE);
    return command_run(state, effects, line, error);
}

COMMAND(command_rater)
{
    return effect_request(effects, state, EFFECT_RATER, argument) ? STATUS_OK : error_no_memory(error);
}

static COMMAND(select_here)
{
    struct ratings_state *mine = ratings_of(state);
    (void)effects;
    if (list_move(&mine->at, ratings_rows(mine), argument))
        return STATUS_OK;
    return command_select_in(&mine->at, ratings_rows(mine), argument, 1, error);
}

static COMMAND(page_here)
{
    if (strcmp(argument, "next") == 0 || strcmp(argument, "previous") == 0)
        return select_here(state, effects, argument[0] == 'n' ? "page-down" : "page-up", error);
    return error_set(error, STATUS_USAGE, "page: \"%s\" is not next or previous", argument);
}

static bool waits(const struct state *state, const char *command)
{
    static const char *const on_rows[] = {"ratings open", "ratings discount", "select", "page", NULL};
    return !ratings_of(state)->read && state_awaits(state, EFFECT_RATINGS) && held_is_one_of(command, on_rows);
}

static void settle(struct state *state, const struct layout *layout)
{
    struct ratings_state *mine = ratings_of(state);
    if (layout->too_small || state->overlay != VIEW_RATINGS)
        return;
    const struct ratings_layout at = ratings_layout(state, layout);
    layout_settle_list(&mine->at, ratings_rows(mine), list_items(&at.list));
}

/* ---- the mouse ---- */

static enum status click(struct state *state, struct effect_list *effects, const struct layout *layout,
                         const struct event *event, struct error *error)
{
    struct ratings_state *mine = ratings_of(state);
    const struct ratings_layout at = ratings_layout(state, layout);
    const size_t count = ratings_rows(mine), item = list_item_at(&at.list, &mine->at, count, event->row);
    if (event->row < layout->header_row || event->row >= layout->body_end) {
        state->overlay = VIEW_NONE;
        return STATUS_OK;
    }
    if (list_click_bar(&at.list, &mine->at, count, event))
        return STATUS_OK;
    if (item >= count || !list_contains(&at.list, event->row, event->column))
        return STATUS_OK;
    mine->at.selected = item;
    return event->clicks > 1 ? command_ratings_open(state, effects, "", error) : STATUS_OK;
}

static enum status wheel(struct state *state, struct effect_list *effects, const struct layout *layout,
                         const struct event *event, struct error *error)
{
    struct ratings_state *mine = ratings_of(state);
    const struct ratings_layout at = ratings_layout(state, layout);
    (void)effects, (void)error;
    list_wheel(&at.list, &mine->at, ratings_rows(mine), event->direction);
    return STATUS_OK;
}

/* ---- the session: of which playlist a copy is open ---- */

static void save(const struct state *state, struct json_writer *writer)
{
    const int64_t number = state_playlist_number(state);
    if (number > 0 && !playlist_now(&state->playlist)->kept)
        json_pair_integer(writer, "origin", number);
}

static void load(struct state *state, const struct json_value *session)
{
    const int64_t number = session_integer(session, "origin", 1, INT64_MAX);
    if (number > 0 && !playlist_now(&state->playlist)->kept)
        state_set_origin(state, number);
}

static const struct explorer_command commands[] = {
    {"ratings", "", "the table of ratings by playlist and model", command_ratings},
    {"ratings open", "", "open the playlist of the selected row", command_ratings_open},
    {"ratings discount", "", "leave out ratings of wrong metadata, or not", command_discount},
    {"rate", "good|borderline|bad [REASON]", "rate the selected suggestion", command_rate},
    {"rater", "[NAME|none]", "who rates; without NAME: say who", command_rater},
};

static const struct binding bindings[] = {
    {KEYS_ENTER, false, "ratings open", HINT_ACT, "open"},
    {'d', false, "ratings discount", HINT_OWN, "d leave out wrong metadata"},
};
static const struct key_set keys = KEY_SET("ratings", bindings);

const struct view_ops view_ratings = {
    .name = "ratings",
    .title = "ratings",
    .commands = commands,
    .n_commands = sizeof commands / sizeof commands[0],
    .keys = &keys,
    .state_size = sizeof(struct ratings_state),
    .start = start,
    .free = free_own,
    .settle = settle,
    .draw = ratings_draw,
    .click = click,
    .wheel = wheel,
    .page = page_here,
    .select = select_here,
    .waits = waits,
    .tick = tick,
    .due = due,
    .save = save,
    .load = load,
};
