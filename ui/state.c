#include "ui/state.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "ui/screen.h"
#include "ui/view_ops.h"

void held_free(struct held_events *held)
{
    for (size_t i = 0; i < held->count; i++)
        free(held->items[i].event.text);
    free(held->items);
    *held = (struct held_events){0};
}

static enum status start_view(struct state *state, enum view view, struct error *error)
{
    const struct view_ops *ops = view_ops(view);
    if (ops->state_size > 0 && !(state->own[view] = calloc(1, ops->state_size)))
        return error_no_memory(error);
    if (ops->start)
        ops->start(state);
    return STATUS_OK;
}

enum status state_start(struct state *state, const struct app_summary *summary, int rows, int columns,
                        struct error *error)
{
    memset(state, 0, sizeof *state);
    state->summary = *summary;
    state->rows = rows;
    state->columns = columns;
    state->pixel_images = true;
    state->page = SCREEN_NO_COLOUR;
    state->cell_width = 8;
    state->cell_height = 16;
    state->overlay = VIEW_NONE;
    enum status status = playlist_edits_start(&state->playlist, error);
    for (int view = 0; view < VIEW_COUNT && status == STATUS_OK; view++)
        status = start_view(state, (enum view)view, error);
    if (status != STATUS_OK)
        state_free(state);
    return status;
}

void state_free(struct state *state)
{
    for (int view = 0; view < VIEW_COUNT; view++) {
        if (state->own[view] && view_ops((enum view)view)->free)
            view_ops((enum view)view)->free(state);
        free(state->own[view]);
    }
    history_free(&state->history);
    completion_clear(&state->completion);
    own_keys_free(&state->keys);
    tour_free(&state->tour);
    held_free(&state->held);
    playlist_edits_free(&state->playlist);
    track_book_free(&state->book);
    free(state->saved);
    free(state->origins);
    free(state->models.names);
    free(state->models_seen);
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

/* The number of bytes of the text that fit in a line of `columns`, up to the last blank if there is one. */
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
    enum { MESSAGE_COLUMNS = 76 }; /* what fits in the narrowest window */
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
    text_nest_quotes(state->message);
    state->message_warning = false;
    if (state->message[0])
        state_note(state, false, state->message);
}

void state_warn(struct state *state, const char *text)
{
    snprintf(state->message, sizeof state->message, "%s", text);
    text_nest_quotes(state->message);
    state->message_warning = true;
    state_note(state, true, state->message);
}

void state_touch(struct state *state)
{
    if (!state->dirty)
        state->dirty_since = state->now;
    state->dirty = true;
}

static int64_t find_serial(const struct saved_serial *list, size_t count, uint64_t serial)
{
    for (size_t i = 0; i < count; i++)
        if (list[i].serial == serial)
            return list[i].id;
    return 0;
}

static void set_serial(struct saved_serial **list, size_t *count, uint64_t serial, int64_t id)
{
    for (size_t i = 0; i < *count; i++)
        if ((*list)[i].serial == serial) {
            (*list)[i].id = id;
            return;
        }
    struct saved_serial *longer = realloc(*list, (*count + 1) * sizeof *longer);
    if (!longer)
        return;
    *list = longer;
    longer[(*count)++] = (struct saved_serial){.serial = serial, .id = id};
}

int64_t state_saved_id(const struct state *state, uint64_t serial)
{
    return find_serial(state->saved, state->n_saved, serial);
}

void state_set_saved_id(struct state *state, uint64_t serial, int64_t id)
{
    set_serial(&state->saved, &state->n_saved, serial, id);
}

void state_set_origin(struct state *state, int64_t id)
{
    set_serial(&state->origins, &state->n_origins, playlist_now(&state->playlist)->serial, id);
}

int64_t state_origin(const struct state *state)
{
    return find_serial(state->origins, state->n_origins, playlist_now(&state->playlist)->serial);
}

int64_t state_playlist_number(const struct state *state)
{
    const struct playlist_version *now = playlist_now(&state->playlist);
    return now->kept ? state_saved_id(state, now->serial) : state_origin(state);
}

bool state_awaits(const struct state *state, enum effect_type type)
{
    return state->wanted[type] != 0 && state->answered[type] != state->wanted[type];
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

size_t name_list_find(const struct name_list *list, const char *name)
{
    size_t at = 0;
    while (at < list->count && strcmp(list->names[at], name) != 0)
        at++;
    return at;
}
