#include "ui/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_tree.h>

#include "core/json.h"

enum { TRACKS_MAX = 100000, DEPTH_MAX = 16 };

static const char *const view_names[] = {[VIEW_EXPLORE] = "explore", [VIEW_MAP] = "map", [VIEW_FAILURES] = "failures"};

static const char *const order_names[FAILURE_ORDERS] = {"ndcg", "clicks", "loss"};

static void write_ids(struct json_writer *writer, const char *key, const int64_t *ids, size_t count)
{
    json_key(writer, key);
    json_array_begin(writer);
    for (size_t i = 0; i < count; i++)
        json_integer(writer, ids[i]);
    json_array_end(writer);
}

static void write_failures(const struct state *state, struct json_writer *writer)
{
    const struct failures_state *failures = &state->failures;
    const struct failure *selected = state_failure(state);
    json_key(writer, "failures");
    json_object_begin(writer);
    json_pair_text(writer, "sort", order_names[failures->filter.order]);
    json_pair_text(writer, "against", failures->against);
    json_pair_integer(writer, "seeds", failures->filter.seeds);
    json_pair_bool(writer, "missed", failures->filter.missed);
    json_pair_integer(writer, "shortest", failures->filter.shortest);
    json_pair_integer(writer, "longest", failures->filter.longest);
    bool known = selected && state->wanted[EFFECT_FAILURES] == 0; /* else another list is on its way */
    json_pair_integer(writer, "playlist", known ? selected->playlist_id : failures->wanted);
    json_object_end(writer);
    if (state_is_test(state)) {
        write_ids(writer, "shown", state->held_out.seeds, state->held_out.n_seeds);
        write_ids(writer, "held_out", state->held_out.tracks, state->held_out.n_tracks);
    }
}

void session_write(const struct state *state, struct buffer *out)
{
    const struct playlist_version *playlist = playlist_now(&state->playlist);
    const struct album *album = state_selected_album(state);
    struct json_writer writer = {.out = out};
    json_object_begin(&writer);
    json_pair_integer(&writer, "version", 1);
    json_pair_text(&writer, "name", playlist->name);
    json_pair_bool(&writer, "kept", playlist->kept);
    json_pair_integer(&writer, "playlist", state_saved_id(state, playlist->serial));
    json_key(&writer, "tracks");
    json_array_begin(&writer);
    for (size_t i = 0; i < playlist->count; i++)
        json_integer(&writer, playlist->items[i]->id);
    json_array_end(&writer);
    json_pair_text(&writer, "model", state->model);
    json_pair_text(&writer, "set", state->map.set);
    json_pair_text(&writer, "view", view_names[state->view]);
    json_pair_integer(&writer, "page", (int64_t)state->suggestions.page);
    json_pair_integer(&writer, "album", album ? album->id : state->map.wanted_album);
    json_pair_text(&writer, "search", state->search.text);
    write_failures(state, &writer);
    json_key(&writer, "history");
    json_array_begin(&writer);
    for (int i = 0; i < state->history.count; i++)
        json_text(&writer, state->history.lines[i]);
    json_array_end(&writer);
    json_object_end(&writer);
}

/* yajl's tree is built and freed by recursion: text nested deeper than a session is not handed to it. */
static bool shallow(const char *json)
{
    int depth = 0;
    for (; *json; json++) {
        depth += (*json == '[' || *json == '{') - (*json == ']' || *json == '}');
        if (depth > DEPTH_MAX)
            return false;
    }
    return true;
}

static yajl_val parse(const char *json)
{
    char reason[256];
    return json && shallow(json) ? yajl_tree_parse(json, reason, sizeof reason) : NULL;
}

static yajl_val get(yajl_val tree, const char *key, yajl_type type)
{
    const char *path[] = {key, NULL};
    return yajl_tree_get(tree, path, type);
}

static int64_t get_integer(yajl_val tree, const char *key, int64_t otherwise)
{
    yajl_val value = get(tree, key, yajl_t_number);
    return YAJL_IS_INTEGER(value) ? YAJL_GET_INTEGER(value) : otherwise;
}

static const char *get_text(yajl_val tree, const char *key)
{
    yajl_val value = get(tree, key, yajl_t_string);
    return value ? YAJL_GET_STRING(value) : "";
}

static size_t collect(yajl_val tree, const char *key, int64_t **ids)
{
    *ids = NULL;
    yajl_val list = get(tree, key, yajl_t_array);
    size_t length = list ? YAJL_GET_ARRAY(list)->len : 0;
    if (length == 0 || length > TRACKS_MAX || !(*ids = calloc(length, sizeof **ids)))
        return 0;
    size_t count = 0;
    for (size_t i = 0; i < length; i++) {
        yajl_val item = YAJL_GET_ARRAY(list)->values[i];
        if (YAJL_IS_INTEGER(item) && YAJL_GET_INTEGER(item) > 0)
            (*ids)[count++] = YAJL_GET_INTEGER(item);
    }
    return count;
}

void session_tracks(const char *json, int64_t **ids, size_t *count)
{
    *ids = NULL;
    *count = 0;
    yajl_val tree = parse(json);
    if (tree)
        *count = collect(tree, "tracks", ids);
    yajl_tree_free(tree);
}

static void restore_playlist(yajl_val tree, const struct track_list *tracks, struct state *state)
{
    struct track_row row = {0};
    struct error error;
    bool kept = YAJL_IS_TRUE(get(tree, "kept", yajl_t_any));
    int64_t id = get_integer(tree, "playlist", 0);
    char name[LINE_SIZE];
    snprintf(name, sizeof name, "%s", get_text(tree, "name"));
    if ((tracks->count > 0 || name[0]) && track_row_set(&row, &state->book, tracks) &&
        playlist_open(&state->playlist, name, &row, kept, "came back to ", &error) == STATUS_OK) {
        playlist_forget(&state->playlist);
        if (kept && id > 0)
            state_set_saved_id(state, playlist_now(&state->playlist)->serial, id);
    }
    track_row_free(&row);
}

static int64_t between(int64_t value, int64_t low, int64_t high)
{
    return value < low || value > high ? 0 : value;
}

static void restore_failures(yajl_val tree, struct state *state)
{
    struct failures_state *failures = &state->failures;
    yajl_val part = get(tree, "failures", yajl_t_object);
    int64_t *shown, *held_out;
    size_t n_shown = collect(tree, "shown", &shown), n_held_out = collect(tree, "held_out", &held_out);
    if (n_shown > 0 && n_held_out > 0)
        held_out_set(&state->held_out, shown, n_shown, held_out, n_held_out);
    free(shown);
    free(held_out);
    if (!part)
        return;
    for (int order = 0; order < FAILURE_ORDERS; order++)
        if (strcmp(get_text(part, "sort"), order_names[order]) == 0)
            failures->filter.order = (enum failure_order)order;
    snprintf(failures->against, sizeof failures->against, "%s", get_text(part, "against"));
    snprintf(failures->tried, sizeof failures->tried, "%s", failures->against);
    failures->filter.seeds = (int)between(get_integer(part, "seeds", 0), 1, 1000000);
    failures->filter.missed = YAJL_IS_TRUE(get(part, "missed", yajl_t_any));
    failures->filter.shortest = between(get_integer(part, "shortest", 0), 1, INT64_MAX);
    failures->filter.longest = between(get_integer(part, "longest", 0), 1, INT64_MAX);
    failures->wanted = get_integer(part, "playlist", 0);
}

void session_restore(const char *json, const struct track_list *tracks, struct state *state)
{
    yajl_val tree = parse(json);
    if (!tree)
        return;
    if (state->playlist.count == 1) /* else the person was faster */
        restore_playlist(tree, tracks, state);
    if (!state->model_chosen)
        snprintf(state->model, sizeof state->model, "%s", get_text(tree, "model"));
    snprintf(state->map.set, sizeof state->map.set, "%s", get_text(tree, "set"));
    for (int view = VIEW_EXPLORE; view <= VIEW_FAILURES; view++)
        if (strcmp(get_text(tree, "view"), view_names[view]) == 0)
            state->view = (enum view)view;
    restore_failures(tree, state);
    int64_t page = get_integer(tree, "page", 0);
    state->restore_page = page > 0 && page < SUGGESTIONS_MAX / PAGE_TRACKS ? (size_t)page : 0;
    state->map.wanted_album = get_integer(tree, "album", 0);
    line_set(&state->search, get_text(tree, "search"));
    yajl_val history = get(tree, "history", yajl_t_array);
    for (size_t i = 0; history && i < YAJL_GET_ARRAY(history)->len; i++) {
        yajl_val item = YAJL_GET_ARRAY(history)->values[i];
        struct line line;
        if (YAJL_IS_STRING(item)) {
            line_set(&line, YAJL_GET_STRING(item));
            history_add(&state->history, line.text);
        }
    }
    yajl_tree_free(tree);
}
