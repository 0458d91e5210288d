#include "ui/state.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "ui/held.h"

enum status state_start(struct state *state, const struct app_summary *summary, int rows, int columns,
                        struct error *error)
{
    memset(state, 0, sizeof *state);
    state->summary = *summary;
    state->rows = rows;
    state->columns = columns;
    state->cell_width = 8;
    state->cell_height = 16;
    state->pane = PANE_SUGGESTIONS;
    state->map.selected = -1;
    return playlist_edits_start(&state->playlist, error);
}

void state_map_clear(struct state *state)
{
    struct map_state *map = &state->map;
    album_list_free(&map->albums);
    album_list_free(&map->nearest);
    free(map->labels);
    free(map->points);
    for (int i = 0; i < MAP_LABELS; i++)
        free(map->label_names[i]);
    struct map_state empty = {.version = map->version + 1, .selected = -1};
    memcpy(empty.set, map->set, sizeof empty.set);
    empty.wanted_album = map->wanted_album;
    *map = empty;
}

void state_free(struct state *state)
{
    state_map_clear(state);
    history_free(&state->history);
    track_row_free(&state->results);
    track_row_free(&state->suggestions.tracks);
    track_row_free(&state->suggestions.before);
    held_free(&state->held);
    free(state->suggestions.scores);
    free(state->suggestions.parts);
    failure_list_free(&state->failures.list);
    failure_case_free(&state->failures.opened);
    held_out_free(&state->held_out);
    playlist_edits_free(&state->playlist);
    track_book_free(&state->book);
    playlist_list_free(&state->playlists);
    free(state->saved);
    free(state->models.names);
    free(state->sets.names);
    for (int i = 0; i < state->messages.count; i++)
        free(state->messages.lines[i]);
    memset(state, 0, sizeof *state);
}

static void add_message(struct messages *messages, bool warning, const char *text, size_t size)
{
    char *copy = strndup(text, size);
    if (!copy)
        return;
    if (messages->count == MESSAGES_MAX) {
        free(messages->lines[0]);
        memmove(messages->lines, messages->lines + 1, (MESSAGES_MAX - 1) * sizeof *messages->lines);
        memmove(messages->warnings, messages->warnings + 1, (MESSAGES_MAX - 1) * sizeof *messages->warnings);
        messages->count--;
    }
    messages->lines[messages->count] = copy;
    messages->warnings[messages->count++] = warning;
}

/* Bytes of the text that a line of so many columns holds, up to the last blank in it if there is one. */
static size_t line_size(const char *text, int columns)
{
    size_t size = strlen(text), at = 0, blank = 0;
    for (int used = 0, width; at < size; used += width) {
        size_t step = text_cluster(text + at, size - at, &width);
        if (used + width > columns)
            return blank > 0 ? blank : at;
        blank = text[at] == ' ' ? at : blank;
        at += step;
    }
    return size;
}

void state_note(struct state *state, bool warning, const char *text)
{
    enum { MESSAGE_COLUMNS = 76 }; /* in the narrowest window */
    do {
        size_t size = line_size(text, MESSAGE_COLUMNS);
        add_message(&state->messages, warning, text, size);
        text += size;
    } while (*text);
}

void state_say(struct state *state, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(state->message, sizeof state->message, format, arguments);
    va_end(arguments);
    state->message_warning = false;
    if (state->message[0])
        state_note(state, false, state->message);
}

void state_warn(struct state *state, const char *text)
{
    snprintf(state->message, sizeof state->message, "%s", text);
    state->message_warning = true;
    state_note(state, true, text);
}

void state_touch(struct state *state)
{
    if (!state->dirty)
        state->dirty_since = state->now;
    state->dirty = true;
}

int64_t state_saved_id(const struct state *state, uint64_t serial)
{
    for (size_t i = 0; i < state->n_saved; i++)
        if (state->saved[i].serial == serial)
            return state->saved[i].id;
    return 0;
}

void state_set_saved_id(struct state *state, uint64_t serial, int64_t id)
{
    for (size_t i = 0; i < state->n_saved; i++)
        if (state->saved[i].serial == serial) {
            state->saved[i].id = id;
            return;
        }
    struct saved_serial *saved = realloc(state->saved, (state->n_saved + 1) * sizeof *saved);
    if (!saved)
        return;
    state->saved = saved;
    state->saved[state->n_saved++] = (struct saved_serial){.serial = serial, .id = id};
}

bool state_awaits(const struct state *state, enum effect_type type)
{
    return state->wanted[type] != 0 && state->answered[type] != state->wanted[type];
}

static bool just_replaced(const struct state *state)
{
    const struct suggestions *suggestions = &state->suggestions;
    return suggestions->before.count > 0 && state->now - suggestions->replaced < STATE_GLANCE;
}

const struct track *state_seen_suggestion(const struct state *state, size_t at)
{
    const struct suggestions *suggestions = &state->suggestions;
    const struct track_row *row = just_replaced(state) ? &suggestions->before : &suggestions->tracks;
    return at < row->count ? row->items[at] : NULL;
}

const struct track *state_seen_on_page(const struct state *state, size_t at)
{
    const struct suggestions *suggestions = &state->suggestions;
    size_t page = just_replaced(state) ? suggestions->page_before : suggestions->page;
    return state_seen_suggestion(state, page * PAGE_TRACKS + at);
}

bool state_suggestions_late(const struct state *state)
{
    return state->suggestions.stale && state->now - state->suggestions.asked >= STATE_LATE;
}

size_t state_pages(const struct state *state)
{
    return (state->suggestions.tracks.count + PAGE_TRACKS - 1) / PAGE_TRACKS;
}

size_t state_page_tracks(const struct state *state)
{
    const struct suggestions *suggestions = &state->suggestions;
    size_t first = suggestions->page * PAGE_TRACKS;
    if (first >= suggestions->tracks.count)
        return 0;
    size_t left = suggestions->tracks.count - first;
    return left < PAGE_TRACKS ? left : PAGE_TRACKS;
}

const struct track *state_selected_track(const struct state *state)
{
    const struct playlist_version *playlist = playlist_now(&state->playlist);
    const struct suggestions *suggestions = &state->suggestions;
    switch (state->pane) {
    case PANE_RESULTS:
        return state->result_at.selected < state->results.count ? state->results.items[state->result_at.selected]
                                                                : NULL;
    case PANE_PLAYLIST:
        return state->playlist_at.selected < playlist->count ? playlist->items[state->playlist_at.selected] : NULL;
    default: {
        size_t at = suggestions->page * PAGE_TRACKS + suggestions->selected;
        return at < suggestions->tracks.count ? suggestions->tracks.items[at] : NULL;
    }
    }
}

const struct album *state_selected_album(const struct state *state)
{
    const struct map_state *map = &state->map;
    if (map->selected < 0 || (size_t)map->selected >= map->albums.count)
        return NULL;
    return &map->albums.items[map->selected];
}

bool name_list_set(struct name_list *list, const char *const *names, size_t count)
{
    char(*copies)[NAME_SIZE] = calloc(count + 1, sizeof *copies);
    if (!copies)
        return false;
    for (size_t i = 0; i < count; i++)
        snprintf(copies[i], sizeof copies[i], "%s", names[i]);
    free(list->names);
    list->names = copies;
    list->count = count;
    return true;
}
