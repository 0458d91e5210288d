/* Commands of the map. */
#include <stdio.h>
#include <string.h>

#include "ui/overwrite.h"
#include "ui/picker.h"
#include "ui/view.h"
#include "ui/views/map/map.h"
#include "ui/views/map/map_points.h"

static enum status need_points(const struct state *state, struct error *error)
{
    if (map_of(state)->phase == MAP_MOVING || map_of(state)->phase == MAP_RESTING)
        return STATUS_OK;
    if (map_of(state)->phase == MAP_OPENING)
        return error_set(error, STATUS_USAGE, "the map is still being opened");
    return error_set(error, STATUS_USAGE, "the map is not open; %d opens it", VIEW_MAP + 1);
}

COMMAND(command_map)
{
    (void)argument, (void)error;
    if (map_of(state)->phase == MAP_FAILED)
        map_clear(map_of(state));
    view_open(state, effects, VIEW_MAP);
    return STATUS_OK;
}

COMMAND(command_map_run)
{
    struct map_state *map = map_of(state);
    if (map->phase == MAP_CLOSED)
        return command_map(state, effects, argument, error);
    map->paused = false;
    return STATUS_OK;
}

COMMAND(command_map_stop)
{
    struct map_state *map = map_of(state);
    (void)effects, (void)argument;
    enum status status = need_points(state, error);
    if (status == STATUS_OK)
        map->paused = map->phase == MAP_MOVING;
    return status;
}

COMMAND(command_map_toggle)
{
    struct map_state *map = map_of(state);
    if (map->phase == MAP_RESTING) {
        state_say(state, "the layout is finished");
        return STATUS_OK;
    }
    return map->paused ? command_map_run(state, effects, argument, error)
                       : command_map_stop(state, effects, argument, error);
}

static enum status read_direction(const char *what, const char *argument, int *dx, int *dy, struct error *error)
{
    static const struct {
        const char *name;
        int dx, dy;
    } directions[] = {{"up", 0, -1}, {"down", 0, 1}, {"left", -1, 0}, {"right", 1, 0}};
    for (size_t i = 0; i < sizeof directions / sizeof directions[0]; i++)
        if (strcmp(argument, directions[i].name) == 0) {
            *dx = directions[i].dx;
            *dy = directions[i].dy;
            return STATUS_OK;
        }
    return error_set(error, STATUS_USAGE, "%s: \"%s\" is not up, down, left or right", what, argument);
}

COMMAND(command_map_move)
{
    int dx = 0, dy = 0;
    enum status status = need_points(state, error);
    if (status == STATUS_OK)
        status = read_direction("map move", argument, &dx, &dy, error);
    if (status == STATUS_OK)
        map_select(state, effects, map_towards(state, map_of(state)->selected, dx, dy));
    return status;
}

static void open_sets(struct state *state, struct effect_list *effects, const char *name, const char *beside)
{
    struct map_state *map = map_of(state);
    const struct album *album = map_selected_album(state);
    int64_t id = album ? album->id : map->wanted_album;
    if (map->phase == MAP_FAILED)
        map_clear(map_of(state));
    map->phase = MAP_CLOSED;
    map->wanted_album = id;
    char names[2][NAME_SIZE]; /* these may be the members that are written */
    snprintf(names[0], sizeof names[0], "%s", name);
    snprintf(names[1], sizeof names[1], "%s", beside);
    memcpy(map->set, names[0], sizeof map->set);
    memcpy(map->beside, names[1], sizeof map->beside);
    map_open(state, effects);
    state_touch(state);
}

COMMAND(command_map_set)
{
    struct map_state *map = map_of(state);
    const struct name_list *sets = &map->sets;
    if (sets->count == 0)
        return error_set(error, STATUS_USAGE, "there is no embedding yet; \"sleeve embed gist\" makes one");
    if (!argument[0]) {
        picker_open(state, effects, PICK_SETS);
        return STATUS_OK;
    }
    size_t present = name_list_find(sets, map->set);
    size_t at = strcmp(argument, "next") == 0 ? present + 1 : name_list_find(sets, argument);
    if (strcmp(argument, "next") == 0)
        at = at < sets->count ? at : 0;
    else if (at == sets->count)
        return error_set(error, STATUS_USAGE, "there is no embedding \"%s\"", argument);
    state_say(state, at == present ? "%s is shown already" : "the map shows the embedding %s", sets->names[at]);
    if (at != present) /* the set beside becomes the first one, and the first one is then beside it */
        open_sets(state, effects, sets->names[at], strcmp(sets->names[at], map->beside) == 0 ? map->set : map->beside);
    return STATUS_OK;
}

/* The name after `name` among the sets that are not the first map's; "" after the last and before the first. */
static const char *next_beside(const struct map_state *map, const char *name)
{
    size_t at = name[0] ? name_list_find(&map->sets, name) + 1 : 0;
    while (at < map->sets.count && strcmp(map->sets.names[at], map->set) == 0)
        at++;
    return at < map->sets.count ? map->sets.names[at] : "";
}

COMMAND(command_map_beside)
{
    struct map_state *map = map_of(state);
    const bool next = !argument[0] || strcmp(argument, "next") == 0;
    const char *name = next ? next_beside(map, map->beside) : strcmp(argument, "none") == 0 ? "" : argument;
    if (map->sets.count < 2)
        return error_set(error, STATUS_USAGE,
                         "there is no second embedding to show; \"sleeve embed gray16\" makes one");
    if (name[0] && name_list_find(&map->sets, name) == map->sets.count)
        return error_set(error, STATUS_USAGE, "there is no embedding \"%s\"", name);
    if (strcmp(name, map->set) == 0)
        return error_set(error, STATUS_USAGE, "%s is the first map; choose another embedding", name);
    if (name[0])
        state_say(state, "%s and %s, with the albums that have a row in both", map->set, name);
    else
        state_say(state, "one map is shown: %s", map->set);
    if (strcmp(name, map->beside) != 0)
        open_sets(state, effects, map->set, name);
    return STATUS_OK;
}

COMMAND(command_map_panel)
{
    struct map_state *map = map_of(state);
    (void)effects;
    size_t number;
    enum status status = need_points(state, error);
    if (status != STATUS_OK)
        return status;
    if (map->n_panels < 2)
        return error_set(error, STATUS_USAGE, "one map is shown; b shows another embedding beside it");
    if (strcmp(argument, "next") == 0) {
        map->active = 1 - map->active;
        return STATUS_OK;
    }
    status = command_number(argument, "map panel", &number, error);
    if (status == STATUS_OK && number > 2)
        return error_set(error, STATUS_USAGE, "there are two maps, not %zu", number);
    if (status == STATUS_OK)
        map->active = (int)number - 1;
    return status;
}

/* The artist's first album or, if an album of this artist is selected, the one after it. */
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

COMMAND(command_map_artist)
{
    struct map_state *map = map_of(state);
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
    map_select(state, effects, artist_point(map, label));
    return STATUS_OK;
}

COMMAND(command_map_add)
{
    (void)argument;
    const struct album *album = map_selected_album(state);
    if (!album)
        return error_set(error, STATUS_USAGE, "no cover is selected; the arrows select one");
    struct effect *effect = effect_request(effects, state, EFFECT_ALBUM_ADD, album->title);
    if (!effect)
        return error_no_memory(error);
    effect->id = album->id;
    return STATUS_OK;
}

static enum status write_map(struct state *state, struct effect_list *effects, const char *path, bool overwrite,
                             struct error *error)
{
    enum status status = need_points(state, error);
    if (status != STATUS_OK)
        return status;
    struct effect *effect = effect_request(effects, state, EFFECT_MAP_WRITE, path);
    if (!effect)
        return error_no_memory(error);
    *(struct map_write_input *)effect->input =
        (struct map_write_input){.covers = map_look(state) == MAP_COVERS, .overwrite = overwrite};
    return STATUS_OK;
}

COMMAND(command_map_write)
{
    overwrite_remember(state, "map write!", argument);
    return write_map(state, effects, argument, false, error);
}

COMMAND(command_map_write_over)
{
    return write_map(state, effects, argument, true, error);
}

static enum map_look next_look(const struct state *state)
{
    const struct map_state *map = map_of(state);
    if (!state->pixel_images)
        return map->covers_of_blocks ? MAP_CHARACTERS : MAP_COVERS;
    return (map->look + 1) % MAP_LOOKS;
}

COMMAND(command_map_look)
{
    struct map_state *map = map_of(state);
    (void)effects;
    enum map_look look = strcmp(argument, "next") == 0 ? next_look(state) : map_look_find(argument);
    if (look == MAP_LOOKS)
        return error_set(error, STATUS_USAGE, "map look: \"%s\" is not next, marks, covers or characters", argument);
    if (state->no_images)
        return error_set(error, STATUS_USAGE, "this terminal shows no pictures; the map is drawn with characters");
    if (!state->pixel_images && look == MAP_MARKS)
        return error_set(error, STATUS_USAGE,
                         "this terminal has no pixels for marks; the map shows covers or characters");
    if (state->pixel_images)
        map->look = look;
    else
        map->covers_of_blocks = look == MAP_COVERS;
    map->version++;
    if (look == MAP_COVERS && map_look(state) != MAP_COVERS)
        state_say(state, "covers are shown when the points rest");
    else
        state_say(state, "the map shows %s", map_look_name(map_look(state)));
    state_touch(state);
    return STATUS_OK;
}

static struct map_layout layout_now(const struct state *state)
{
    const struct layout layout = layout_of(state);
    return map_layout(state, &layout);
}

/* In both maps: what is near the selected cover in one is compared with what is near it in the other. */
static void zoom_all(struct state *state, float factor)
{
    const struct map_layout mine = layout_now(state);
    for (int panel = 0; panel < mine.n_maps; panel++)
        map_zoom_by(state, map_size_of(&mine, panel), factor);
}

COMMAND(command_map_zoom)
{
    (void)effects;
    enum status status = need_points(state, error);
    if (status != STATUS_OK)
        return status;
    if (strcmp(argument, "all") == 0)
        map_show_all(state);
    else if (strcmp(argument, "in") == 0)
        zoom_all(state, 1.5F);
    else if (strcmp(argument, "out") == 0)
        zoom_all(state, 1 / 1.5F);
    else
        return error_set(error, STATUS_USAGE, "map zoom: \"%s\" is not in, out or all", argument);
    return STATUS_OK;
}

COMMAND(command_map_pan)
{
    (void)effects;
    int dx = 0, dy = 0;
    enum status status = need_points(state, error);
    if (status == STATUS_OK)
        status = read_direction("map pan", argument, &dx, &dy, error);
    if (status != STATUS_OK)
        return status;
    const struct map_layout mine = layout_now(state);
    const int panel = map_of(state)->active;
    if (map_of(state)->panels[panel].part.zoom <= 1)
        return error_set(error, STATUS_USAGE, "the whole map is shown; + shows a part of it larger");
    const struct map_size size = map_size_of(&mine, panel);
    map_pan(state, size, (float)(dy * size.rows) / 4, (float)(dx * size.columns) / 4);
    return STATUS_OK;
}
