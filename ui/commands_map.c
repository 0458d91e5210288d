/* Commands of the map. */
#include <stdio.h>
#include <string.h>

#include "ui/actions.h"
#include "ui/commands.h"
#include "ui/map_points.h"

static enum status need_points(const struct state *state, struct error *error)
{
    if (state->map.phase == MAP_MOVING || state->map.phase == MAP_RESTING)
        return STATUS_OK;
    return error_set(error, STATUS_USAGE,
                     state->map.phase == MAP_OPENING ? "the map is being opened; it is not there yet"
                                                     : "the map is not there yet; 2 opens it");
}

enum status command_map(struct state *state, struct effect_list *effects, const char *argument, struct error *error)
{
    (void)argument, (void)error;
    state->view = VIEW_MAP;
    state->overlay = OVERLAY_NONE;
    if (state->input == INPUT_SEARCH)
        state->input = INPUT_NONE;
    if (state->map.phase == MAP_FAILED)
        state_map_clear(state);
    action_open_map(state, effects);
    state_touch(state);
    return STATUS_OK;
}

enum status command_map_run(struct state *state, struct effect_list *effects, const char *argument, struct error *error)
{
    if (state->map.phase == MAP_CLOSED)
        return command_map(state, effects, argument, error);
    state->map.paused = false;
    return STATUS_OK;
}

enum status command_map_stop(struct state *state, struct effect_list *effects, const char *argument,
                             struct error *error)
{
    (void)effects, (void)argument;
    enum status status = need_points(state, error);
    if (status == STATUS_OK)
        state->map.paused = state->map.phase == MAP_MOVING;
    return status;
}

enum status command_map_toggle(struct state *state, struct effect_list *effects, const char *argument,
                               struct error *error)
{
    if (state->map.phase == MAP_RESTING) {
        state_say(state, "the layout is done: the points rest");
        return STATUS_OK;
    }
    return state->map.paused ? command_map_run(state, effects, argument, error)
                             : command_map_stop(state, effects, argument, error);
}

enum status command_map_move(struct state *state, struct effect_list *effects, const char *argument,
                             struct error *error)
{
    static const struct {
        const char *name;
        int dx, dy;
    } directions[] = {{"up", 0, -1}, {"down", 0, 1}, {"left", -1, 0}, {"right", 1, 0}};
    enum status status = need_points(state, error);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < sizeof directions / sizeof directions[0]; i++)
        if (strcmp(argument, directions[i].name) == 0) {
            action_select_point(state, effects,
                                map_towards(state, state->map.selected, directions[i].dx, directions[i].dy));
            return STATUS_OK;
        }
    return error_set(error, STATUS_USAGE, "map move: \"%s\" is none of up, down, left, right", argument);
}

static void open_set(struct state *state, struct effect_list *effects, const char *name)
{
    const struct album *album = state_selected_album(state);
    int64_t id = album ? album->id : state->map.wanted_album;
    if (state->map.phase == MAP_FAILED)
        state_map_clear(state);
    state->map.phase = MAP_CLOSED;
    state->map.wanted_album = id;
    snprintf(state->map.set, sizeof state->map.set, "%s", name);
    action_open_map(state, effects);
    state_touch(state);
}

enum status command_map_set(struct state *state, struct effect_list *effects, const char *argument, struct error *error)
{
    const struct name_list *sets = &state->sets;
    if (sets->count == 0)
        return error_set(error, STATUS_USAGE, "there is no embedding yet; \"sleeve embed gist\" makes one");
    size_t present = 0, at;
    while (present < sets->count && strcmp(sets->names[present], state->map.set) != 0)
        present++;
    if (strcmp(argument, "next") == 0) {
        at = present + 1 < sets->count ? present + 1 : 0;
    } else {
        for (at = 0; at < sets->count && strcmp(sets->names[at], argument) != 0;)
            at++;
        if (at == sets->count)
            return error_set(error, STATUS_USAGE, "there is no embedding \"%s\"", argument);
    }
    state_say(state, at == present ? "%s is shown already" : "covers as %s sees them", sets->names[at]);
    if (at != present)
        open_set(state, effects, sets->names[at]);
    return STATUS_OK;
}

/* The artist's first album, or, when one of the artist's is selected, the one after it. */
static int64_t artist_point(const struct map_state *map, int label)
{
    int64_t n = (int64_t)map->albums.count;
    int64_t from = map->selected >= 0 && map->labels[map->selected] == label ? map->selected : -1;
    for (int64_t step = 1; step <= n; step++) {
        int64_t at = (from + step) % n;
        if (map->labels[at] == label)
            return at;
    }
    return -1;
}

enum status command_map_artist(struct state *state, struct effect_list *effects, const char *argument,
                               struct error *error)
{
    struct map_state *map = &state->map;
    enum status status = need_points(state, error);
    if (status != STATUS_OK)
        return status;
    size_t number;
    int label = map->selected >= 0 ? map->labels[map->selected] : 0;
    if (map->n_labels == 0)
        return error_set(error, STATUS_USAGE, "there are no artists on the map");
    if (strcmp(argument, "next") == 0) {
        label = (label + 1) % map->n_labels;
    } else if (strcmp(argument, "previous") == 0) {
        label = (label + map->n_labels - 1) % map->n_labels;
    } else {
        status = command_number(argument, "map artist", &number, error);
        if (status != STATUS_OK)
            return status;
        if (number > (size_t)map->n_labels)
            return error_set(error, STATUS_USAGE, "there are %d artists on the map", map->n_labels);
        label = (int)number - 1;
    }
    action_select_point(state, effects, artist_point(map, label));
    return STATUS_OK;
}

enum status command_map_add(struct state *state, struct effect_list *effects, const char *argument, struct error *error)
{
    (void)argument;
    const struct album *album = state_selected_album(state);
    if (!album)
        return error_set(error, STATUS_USAGE, "no cover is selected; the arrows select one");
    struct effect *effect = effect_ask(effects, state, EFFECT_ALBUM_ADD, album->title);
    if (!effect)
        return error_no_memory(error);
    effect->id = album->id;
    return STATUS_OK;
}

enum status command_map_write(struct state *state, struct effect_list *effects, const char *argument,
                              struct error *error)
{
    enum status status = need_points(state, error);
    if (status == STATUS_OK)
        effect_ask(effects, state, EFFECT_MAP_WRITE, argument);
    return status;
}

enum status command_map_marks(struct state *state, struct effect_list *effects, const char *argument,
                              struct error *error)
{
    (void)effects, (void)argument;
    if (state->no_images)
        return error_set(error, STATUS_USAGE, "this terminal shows no pictures; the map is drawn with characters");
    state->marks = !state->marks;
    return STATUS_OK;
}
