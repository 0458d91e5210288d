#include "ui/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/json.h"
#include "core/json_reader.h"

static const char *const view_names[] = {[VIEW_EXPLORE] = "explore", [VIEW_MAP] = "map", [VIEW_FAILURES] = "failures"};

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
    json_pair_text(writer, "sort", failure_order_names[failures->filter.order]);
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
    json_pair_integer(&writer, "saved", (int64_t)time(NULL));
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
    json_pair_integer(&writer, "playlist",
                      state_saved_id(state, playlist->serial)); /* last: session_text_set_playlist */
    json_object_end(&writer);
}

static size_t collect(const struct json_value *list, int64_t **ids)
{
    *ids = NULL;
    size_t length = json_array_count(list);
    if (length == 0 || !(*ids = calloc(length, sizeof **ids)))
        return 0;
    size_t count = 0;
    for (size_t i = 0; i < length; i++) {
        int64_t id = json_get_integer(&list->items[i], 1, INT32_MAX, 0);
        if (id > 0)
            (*ids)[count++] = id;
    }
    return count;
}

void session_tracks(const char *json, int64_t **ids, size_t *count)
{
    struct json_document document;
    *ids = NULL;
    *count = 0;
    if (json_read(json, strlen(json), &document, NULL) != STATUS_OK)
        return;
    *count = collect(json_member(&document.root, "tracks"), ids);
    json_document_free(&document);
}

static const char *text_of(const struct json_value *object, const char *key)
{
    return json_get_text(json_member(object, key), "");
}

static int64_t integer_of(const struct json_value *object, const char *key, int64_t low, int64_t high)
{
    return json_get_integer(json_member(object, key), low, high, 0);
}

static void restore_playlist(const struct json_value *tree, const struct own_playlist *playlist,
                             const struct track_list *tracks, struct state *state)
{
    struct track_row row = {0};
    struct error error;
    bool kept = json_get_bool(json_member(tree, "kept"), false);
    int64_t id = integer_of(tree, "playlist", 1, INT64_MAX);
    const char *name = playlist ? playlist->name : text_of(tree, "name");
    if ((tracks->count > 0 || name[0]) && track_row_set(&row, &state->book, tracks) &&
        playlist_open(&state->playlist, name, &row, kept, "came back to ", &error) == STATUS_OK) {
        playlist_forget(&state->playlist);
        if (kept && id > 0)
            state_set_saved_id(state, playlist_now(&state->playlist)->serial, id);
        if (kept && id > 0 && !playlist)
            state_say(state, "\"%s\" was deleted elsewhere; its next change saves it again", name);
    }
    track_row_free(&row);
}

static void restore_failures(const struct json_value *tree, struct state *state)
{
    struct failures_state *failures = &state->failures;
    const struct json_value *part = json_member(tree, "failures");
    int64_t *shown, *held_out;
    size_t n_shown = collect(json_member(tree, "shown"), &shown),
           n_held_out = collect(json_member(tree, "held_out"), &held_out);
    if (n_shown > 0 && n_held_out > 0)
        held_out_set(&state->held_out, shown, n_shown, held_out, n_held_out);
    free(shown);
    free(held_out);
    if (!part)
        return;
    for (int order = 0; order < FAILURE_ORDERS; order++)
        if (strcmp(text_of(part, "sort"), failure_order_names[order]) == 0)
            failures->filter.order = (enum failure_order)order;
    snprintf(failures->against, sizeof failures->against, "%s", text_of(part, "against"));
    snprintf(failures->tried, sizeof failures->tried, "%s", failures->against);
    failures->filter.seeds = (int)integer_of(part, "seeds", 1, 1000000);
    failures->filter.missed = json_get_bool(json_member(part, "missed"), false);
    failures->filter.shortest = integer_of(part, "shortest", 1, INT64_MAX);
    failures->filter.longest = integer_of(part, "longest", 1, INT64_MAX);
    failures->wanted = integer_of(part, "playlist", 1, INT64_MAX);
}

static void restore_history(const struct json_value *lines, struct history *history)
{
    for (size_t i = 0; i < json_array_count(lines); i++) {
        struct line line;
        line_set(&line, json_get_text(&lines->items[i], ""));
        history_add(history, line.text);
    }
}

static void restore(const struct json_value *tree, const struct own_playlist *playlist, const struct track_list *tracks,
                    struct state *state)
{
    if (state->playlist.count == 1) /* else the person was faster */
        restore_playlist(tree, playlist, tracks, state);
    if (!state->model_chosen)
        snprintf(state->model, sizeof state->model, "%s", text_of(tree, "model"));
    snprintf(state->map.set, sizeof state->map.set, "%s", text_of(tree, "set"));
    for (int view = VIEW_EXPLORE; view <= VIEW_FAILURES; view++)
        if (strcmp(text_of(tree, "view"), view_names[view]) == 0)
            state->view = (enum view)view;
    restore_failures(tree, state);
    state->restore_page = (size_t)integer_of(tree, "page", 0, SUGGESTIONS_MAX / PAGE_TRACKS - 1);
    state->map.wanted_album = integer_of(tree, "album", 1, INT32_MAX);
    line_set(&state->search, text_of(tree, "search"));
    restore_history(json_member(tree, "history"), &state->history);
}

void session_restore(const char *json, const struct own_playlist *playlist, const struct track_list *tracks,
                     struct state *state)
{
    struct json_document document;
    struct error error;
    if (json_read(json, strlen(json), &document, &error) != STATUS_OK) {
        state_say(state, "what was left last time cannot be read: %s", error.text);
        return;
    }
    restore(&document.root, playlist, tracks, state);
    json_document_free(&document);
}
