#include "ui/views/map/map.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/held.h"
#include "ui/session.h"
#include "ui/view.h"
#include "ui/views/explore/explore.h"
#include "ui/views/map/map_points.h"

/* The pace at which the points move, so that an eye can follow them. */
static const double frame_seconds = 1.0 / 30;

static void start(struct state *state)
{
    map_of(state)->selected = -1;
}

void map_clear(struct map_state *map)
{
    album_list_free(&map->albums);
    map_colour_forget(map);
    free(map->labels);
    for (int p = 0; p < MAP_PANELS_MAX; p++) {
        album_list_free(&map->panels[p].nearest);
        free(map->panels[p].points);
    }
    for (int i = 0; i < MAP_LABELS; i++)
        free(map->label_names[i]);
    struct map_state empty = {
        .sets = map->sets,
        .look = map->look,
        .covers_of_blocks = map->covers_of_blocks,
        .wanted_album = map->wanted_album,
        .version = map->version + 1,
        .selected = -1,
    };
    memcpy(empty.set, map->set, sizeof empty.set);
    memcpy(empty.beside, map->beside, sizeof empty.beside);
    *map = empty;
}

static void free_own(struct state *state)
{
    map_clear(map_of(state));
    free(map_of(state)->sets.names);
}

/* "A" or "A,B", as app_map_open takes them. */
static const char *map_sets(const char *first, const char *second, char text[2 * NAME_SIZE])
{
    snprintf(text, 2 * NAME_SIZE, "%s%s%s", first, second[0] ? "," : "", second);
    return text;
}

void map_open(struct state *state, struct effect_list *effects)
{
    struct map_state *map = map_of(state);
    if (map->phase != MAP_CLOSED || !state->session_known || map->sets.count == 0)
        return;
    if (name_list_find(&map->sets, map->set) == map->sets.count)
        snprintf(map->set, sizeof map->set, "%s", map->sets.names[0]);
    if (name_list_find(&map->sets, map->beside) == map->sets.count || strcmp(map->beside, map->set) == 0)
        map->beside[0] = '\0';
    char sets[2 * NAME_SIZE];
    effect_request(effects, state, EFFECT_MAP_OPEN, map_sets(map->set, map->beside, sets));
    state->wanted[EFFECT_MAP_STEP] = 0;
    map->phase = MAP_OPENING;
}

void map_select(struct state *state, struct effect_list *effects, int64_t point)
{
    struct map_state *map = map_of(state);
    if (point < 0 || (size_t)point >= map->albums.count || point == map->selected)
        return;
    map->selected = point;
    map->reveal = true;
    map->version++;
    char sets[2 * NAME_SIZE];
    struct effect *effect =
        effect_request(effects, state, EFFECT_NEIGHBOURS,
                       map_sets(map->panels[0].set, map->n_panels > 1 ? map->panels[1].set : "", sets));
    if (effect)
        effect->id = map->albums.items[point].id;
    state_touch(state);
}

const struct album *map_selected_album(const struct state *state)
{
    const struct map_state *map = map_of(state);
    if (map->selected < 0 || (size_t)map->selected >= map->albums.count)
        return NULL;
    return &map->albums.items[map->selected];
}

static const char *const looks[MAP_LOOKS] = {
    [MAP_MARKS] = "marks", [MAP_COVERS] = "covers", [MAP_CHARACTERS] = "characters"};

enum map_look map_look(const struct state *state)
{
    const struct map_state *map = map_of(state);
    bool moves = map->phase == MAP_MOVING && !map->paused;
    if (state->no_images)
        return MAP_CHARACTERS;
    if (!state->pixel_images)
        return map->covers_of_blocks && !moves ? MAP_COVERS : MAP_CHARACTERS;
    return map->look == MAP_COVERS && moves ? MAP_MARKS : map->look;
}

const char *map_look_name(enum map_look look)
{
    return looks[look];
}

enum map_look map_look_find(const char *name)
{
    enum map_look look = 0;
    while (look < MAP_LOOKS && strcmp(looks[look], name) != 0)
        look++;
    return look;
}

struct map_size map_size_of(const struct map_layout *mine, int panel)
{
    return (struct map_size){panel, mine->map_rows, mine->map_columns[panel]};
}

/* A point that was selected is shown. */
static void settle(struct state *state, const struct layout *layout)
{
    struct map_state *map = map_of(state);
    if (!map->reveal || layout->too_small)
        return;
    const struct map_layout mine = map_layout(state, layout);
    map->reveal = false;
    for (int panel = 0; panel < mine.n_maps; panel++)
        map_reveal(state, map_size_of(&mine, panel), map->selected);
}

/* ---- the mouse ---- */

/* The row of one map's panel, or the row and column below two maps; -1: not on the legend. */
static int legend_label(const struct state *state, const struct map_layout *mine, const struct event *event)
{
    int row = event->row - mine->legend_top;
    if (mine->n_maps == 1)
        return event->column > mine->map_columns[0] && row >= 0 && row < MAP_LABELS ? row : -1;
    int column = (event->column - 1) / ((state->columns - 2) / MAP_LEGEND_COLUMNS);
    return row >= 0 && row < MAP_LEGEND_ROWS && column < MAP_LEGEND_COLUMNS ? column * MAP_LEGEND_ROWS + row : -1;
}

static bool is_on_maps(const struct map_layout *mine, const struct event *event)
{
    int panel = map_panel_at(mine, event->column), row = event->row - mine->map_top;
    return row >= 0 && row < mine->map_rows && event->column <= mine->map_column[panel] + mine->map_columns[panel];
}

static enum status click(struct state *state, struct effect_list *effects, const struct layout *layout,
                         const struct event *event, struct error *error)
{
    const struct map_layout mine = map_layout(state, layout);
    struct map_state *map = map_of(state);
    int row = event->row - mine.map_top;
    if (map->phase != MAP_MOVING && map->phase != MAP_RESTING)
        return STATUS_OK;
    int label = legend_label(state, &mine, event);
    if (label >= 0) {
        char line[32];
        if (label >= map->n_labels)
            return STATUS_OK;
        snprintf(line, sizeof line, "map artist %d", label + 1);
        return command_run(state, effects, line, error);
    }
    if (!is_on_maps(&mine, event))
        return STATUS_OK;
    int panel = map_panel_at(&mine, event->column);
    map->active = panel;
    if (event->clicks == 1) /* the points move between two clicks */
        map_select(state, effects,
                   map_nearest(state, map_size_of(&mine, panel), row, event->column - mine.map_column[panel]));
    return event->clicks > 1 ? command_run(state, effects, "map add", error) : STATUS_OK;
}

/* The part that is shown follows the pointer. */
static enum status drag(struct state *state, struct effect_list *effects, const struct layout *layout,
                        const struct event *event, struct error *error)
{
    const struct map_layout mine = map_layout(state, layout);
    (void)effects, (void)error;
    int panel = map_panel_at(&mine, event->column);
    if (map_of(state)->panels[panel].part.zoom > 1 && is_on_maps(&mine, event))
        map_pan(state, map_size_of(&mine, panel), -(float)event->rows, -(float)event->columns);
    return STATUS_OK;
}

static enum status wheel(struct state *state, struct effect_list *effects, const struct layout *layout,
                         const struct event *event, struct error *error)
{
    const struct map_layout mine = map_layout(state, layout);
    if (map_of(state)->n_labels == 0)
        return STATUS_OK;
    if (is_on_maps(&mine, event)) {
        const float factor = event->direction < 0 ? 1.25F : 0.8F;
        int panel = map_panel_at(&mine, event->column);
        map_zoom_at(state, map_size_of(&mine, panel), factor, event->row - mine.map_top,
                    event->column - mine.map_column[panel]);
        if (mine.n_maps > 1)
            map_zoom_by(state, map_size_of(&mine, 1 - panel), factor);
        return STATUS_OK;
    }
    return command_map_artist(state, effects, event->direction < 0 ? "previous" : "next", error);
}

/* ---- commands of all views ---- */

static COMMAND(add)
{
    return argument[0] ? explore_add(state, effects, argument, error)
                       : command_map_add(state, effects, argument, error);
}

static COMMAND(select_here)
{
    (void)state, (void)effects, (void)argument;
    return error_set(error, STATUS_USAGE, "on the map the arrows select; go back with %d", VIEW_EXPLORE + 1);
}

static bool selected_album(const struct state *state, struct album *album)
{
    const struct album *selected = map_selected_album(state);
    if (selected)
        *album = *selected;
    return selected != NULL;
}

/* The points have no order. */
static bool hinted(const struct state *state, const struct binding *binding)
{
    (void)state;
    return strcmp(binding->command, "select first") != 0;
}

static bool waits(const struct state *state, const char *command)
{
    static const char *const on_map[] = {"map move", "map artist", "map add",    "map toggle", "map set",
                                         "map zoom", "map pan",    "map beside", "map panel",  NULL};
    bool opening = state_awaits(state, EFFECT_SETS) || state_awaits(state, EFFECT_MAP_OPEN);
    return opening && held_is_one_of(command, on_map);
}

/* ---- the points move ---- */

static bool step_waits(const struct map_state *map)
{
    return map->phase == MAP_MOVING && !map->paused && !map->stepping;
}

static void tick(struct state *state, struct effect_list *effects)
{
    struct map_state *map = map_of(state);
    if (!step_waits(map) || state->now < map->step_due)
        return;
    effect_request(effects, state, EFFECT_MAP_STEP, NULL);
    map->stepping = true;
    map->step_due = state->now + frame_seconds;
}

static double due(const struct state *state)
{
    const struct map_state *map = map_of(state);
    double left = map->step_due - state->now;
    return !step_waits(map) ? -1 : left > 0 ? left : 0;
}

/* ---- the session ---- */

static void save(const struct state *state, struct json_writer *writer)
{
    const struct album *album = map_selected_album(state);
    json_pair_text(writer, "set", map_of(state)->set);
    json_pair_text(writer, "beside", map_of(state)->beside);
    json_pair_text(writer, "look", map_look_name(map_of(state)->look));
    json_pair_integer(writer, "album", album ? album->id : map_of(state)->wanted_album);
}

static void load(struct state *state, const struct json_value *session)
{
    struct map_state *map = map_of(state);
    snprintf(map->set, sizeof map->set, "%s", session_text(session, "set"));
    snprintf(map->beside, sizeof map->beside, "%s", session_text(session, "beside"));
    map->wanted_album = session_integer(session, "album", 1, INT32_MAX);
    enum map_look look = map_look_find(session_text(session, "look"));
    map->look = look < MAP_LOOKS ? look : MAP_MARKS;
}

static const struct explorer_command commands[] = {
    {"map", "", "covers of the ten most frequent artists", command_map},
    {"map move", "up|down|left|right", "go to the nearest cover in that direction", command_map_move},
    {"map artist", "next|previous|N", "go to an artist of the legend", command_map_artist},
    {"map add", "", "add the album's most popular track", command_map_add},
    {"map set", "[next|SET]", "choose the embedding; without SET: from a list", command_map_set},
    {"map beside", "[next|none|SET]", "show another embedding beside this one", command_map_beside},
    {"map panel", "next|1|2", "choose the map in which the arrows move", command_map_panel},
    {"map run", "", "open the map, or let the points move again", command_map_run},
    {"map stop", "", "stop the points", command_map_stop},
    {"map toggle", "", "stop the points, or let them move again", command_map_toggle},
    {"map colour", "artists|ATTRIBUTE", "colours by artist, or by energy and the like", command_map_colour},
    {"map look", "next|marks|covers|characters", "choose how albums are drawn", command_map_look},
    {"map zoom", "in|out|all", "show a part of the map larger, or all of it", command_map_zoom},
    {"map pan", "up|down|left|right", "show the part of the map beside this one", command_map_pan},
    {"map write", "FILE", "write the map as .png, .svg, .tsv or .npy", command_map_write},
    {"map write!", "FILE", "the same, over a file that exists", command_map_write_over},
};

static const struct binding bindings[] = {
    {KEYS_ENTER, false, "map add", HINT_ACT, "add"},
    {KEYS_LEFT, false, "map move left", HINT_MOVE, "hjkl move"},
    {KEYS_RIGHT, false, "map move right", HINT_NOWHERE, NULL},
    {KEYS_UP, false, "map move up", HINT_NOWHERE, NULL},
    {KEYS_DOWN, false, "map move down", HINT_NOWHERE, NULL},
    {'h', false, "map move left", HINT_NOWHERE, NULL},
    {'l', false, "map move right", HINT_NOWHERE, NULL},
    {'k', false, "map move up", HINT_NOWHERE, NULL},
    {'j', false, "map move down", HINT_NOWHERE, NULL},
    {'a', false, "map artist next", HINT_OWN, "artist"},
    {'A', false, "map artist previous", HINT_NOWHERE, NULL},
    {'1', true, "map artist 1", HINT_NOWHERE, NULL},
    {'2', true, "map artist 2", HINT_NOWHERE, NULL},
    {'3', true, "map artist 3", HINT_NOWHERE, NULL},
    {'4', true, "map artist 4", HINT_NOWHERE, NULL},
    {'5', true, "map artist 5", HINT_NOWHERE, NULL},
    {'6', true, "map artist 6", HINT_NOWHERE, NULL},
    {'7', true, "map artist 7", HINT_NOWHERE, NULL},
    {'8', true, "map artist 8", HINT_NOWHERE, NULL},
    {'9', true, "map artist 9", HINT_NOWHERE, NULL},
    {'0', true, "map artist 10", HINT_NOWHERE, NULL},
    {'S', false, "pick sets", HINT_OWN, "embedding"},
    {'b', false, "map beside next", HINT_OWN, "beside"},
    {KEYS_TAB, false, "map panel next", HINT_NOWHERE, NULL},
    {' ', false, "map toggle", HINT_OWN, "space hold"},
    {'t', false, "map look next", HINT_OWN, "covers"},
    {'+', false, "map zoom in", HINT_OWN, "+/-/0 zoom"},
    {'=', false, "map zoom in", HINT_NOWHERE, NULL},
    {'-', false, "map zoom out", HINT_NOWHERE, NULL},
    {'0', false, "map zoom all", HINT_NOWHERE, NULL},
    {'H', false, "map pan left", HINT_OWN, "HJKL pan"},
    {'J', false, "map pan down", HINT_NOWHERE, NULL},
    {'K', false, "map pan up", HINT_NOWHERE, NULL},
    {'L', false, "map pan right", HINT_NOWHERE, NULL},
    {'w', false, "command map write map.png", HINT_OWN, "write"},
    {KEYS_ESCAPE, false, "explore", HINT_NOWHERE, NULL},
};
static const struct key_set keys = KEY_SET(NULL, bindings);

static const struct key_set *const shared_keys[] = {&keys_build, &keys_tracks, &keys_views, &keys_everywhere, NULL};

const struct view_ops view_map = {
    .name = "map",
    .title = "Map",
    .commands = commands,
    .n_commands = sizeof commands / sizeof commands[0],
    .keys = &keys,
    .shared_keys = shared_keys,
    .state_size = sizeof(struct map_state),
    .start = start,
    .free = free_own,
    .enter = map_open,
    .settle = settle,
    .draw = map_draw,
    .click = click,
    .drag = drag,
    .wheel = wheel,
    .add = add,
    .select = select_here,
    .album = selected_album,
    .hinted = hinted,
    .waits = waits,
    .tick = tick,
    .due = due,
    .save = save,
    .load = load,
};
