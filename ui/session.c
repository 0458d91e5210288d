#include "ui/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/tour_hold.h"
#include "ui/view_ops.h"

void session_write_ids(struct json_writer *writer, const char *key, const int64_t *ids, size_t count)
{
    json_key(writer, key);
    json_array_begin(writer);
    for (size_t i = 0; i < count; i++)
        json_integer(writer, ids[i]);
    json_array_end(writer);
}

void session_write(const struct state *state, int64_t saved, struct buffer *out)
{
    const struct playlist_version *playlist = tour_hold_playlist(state);
    struct json_writer writer = {.out = out};
    json_object_begin(&writer);
    json_pair_integer(&writer, "version", 1);
    json_pair_text(&writer, "name", playlist->name);
    json_pair_bool(&writer, "kept", playlist->kept);
    json_pair_integer(&writer, "saved", saved);
    json_key(&writer, "tracks");
    json_array_begin(&writer);
    for (size_t i = 0; i < playlist->count; i++)
        json_integer(&writer, playlist->items[i]->id);
    json_array_end(&writer);
    json_pair_text(&writer, "model", state->model);
    if (state->theme[0])
        json_pair_text(&writer, "theme", state->theme);
    json_pair_text(&writer, "view", view_ops(state->view)->name);
    for (int view = 0; view < VIEW_COUNT; view++)
        if (view_ops((enum view)view)->save)
            view_ops((enum view)view)->save(state, &writer);
    tour_hold_write(state, &writer);
    json_key(&writer, "history");
    json_array_begin(&writer);
    for (int i = 0; i < state->history.count; i++)
        json_text(&writer, state->history.lines[i]);
    json_array_end(&writer);
    json_pair_integer(&writer, "playlist",
                      state_saved_id(state, playlist->serial)); /* last: session_text_set_playlist */
    json_object_end(&writer);
}

size_t session_read_ids(const struct json_value *list, int64_t **ids)
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
    *count = session_read_ids(json_member(&document.root, "tracks"), ids);
    json_document_free(&document);
}

const char *session_text(const struct json_value *object, const char *key)
{
    return json_get_text(json_member(object, key), "");
}

int64_t session_integer(const struct json_value *object, const char *key, int64_t low, int64_t high)
{
    return json_get_integer(json_member(object, key), low, high, 0);
}

static void restore_playlist(const struct json_value *tree, const struct own_playlist *playlist,
                             const struct track_list *tracks, struct state *state)
{
    struct track_row row = {0};
    struct error error;
    bool kept = json_get_bool(json_member(tree, "kept"), false);
    int64_t id = session_integer(tree, "playlist", 1, INT64_MAX);
    const char *name = playlist ? playlist->name : session_text(tree, "name");
    if ((tracks->count > 0 || name[0]) && track_row_set(&row, &state->book, tracks) &&
        playlist_open(&state->playlist, name, &row, kept, "restored ", &error) == STATUS_OK) {
        playlist_forget(&state->playlist);
        if (kept && id > 0)
            state_set_saved_id(state, playlist_now(&state->playlist)->serial, id);
        if (kept && id > 0 && !playlist)
            state_say(state, "\"%s\" was deleted elsewhere; its next change saves it again", name);
    }
    track_row_free(&row);
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
    if (state->playlist.count == 1) /* otherwise something was edited before the session was read */
        restore_playlist(tree, playlist, tracks, state);
    if (!state->theme[0])
        snprintf(state->theme, sizeof state->theme, "%.15s", session_text(tree, "theme"));
    if (!state->model_chosen)
        snprintf(state->model, sizeof state->model, "%s", session_text(tree, "model"));
    enum view view = view_find(session_text(tree, "view"));
    if (view != VIEW_NONE)
        state->view = view;
    for (int i = 0; i < VIEW_COUNT; i++)
        if (view_ops((enum view)i)->load)
            view_ops((enum view)i)->load(state, tree);
    restore_history(json_member(tree, "history"), &state->history);
}

void session_restore(const char *json, const struct own_playlist *playlist, const struct track_list *tracks,
                     struct state *state)
{
    struct json_document document;
    struct error error;
    if (json_read(json, strlen(json), &document, &error) != STATUS_OK) {
        state_say(state, "the last session cannot be read: %s", error.text);
        return;
    }
    restore(&document.root, playlist, tracks, state);
    json_document_free(&document);
}
