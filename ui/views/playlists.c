#include "ui/views/playlists.h"

#include <stdio.h>
#include <string.h>

#include "ui/held.h"
#include "ui/view.h"
#include "ui/view_text.h"
#include "ui/views/popup.h"

static void free_own(struct state *state)
{
    playlist_list_free(&playlists_of(state)->list);
}

void playlists_open(struct state *state, struct effect_list *effects)
{
    struct playlists_state *own = playlists_of(state);
    state->overlay = VIEW_PLAYLISTS;
    own->at = (struct list_position){.selected = own->list.count}; /* nothing, until the list has arrived */
    effect_request(effects, state, EFFECT_PLAYLISTS, NULL);
}

static void settle(struct state *state, const struct layout *layout)
{
    struct playlists_state *own = playlists_of(state);
    layout_settle_list(&own->at, own->list.count, layout->popup_text_rows);
}

static void draw_playlist(const struct state *state, struct screen *screen, int row, size_t at)
{
    const struct playlists_state *own = playlists_of(state);
    const struct playlist *playlist = &own->list.items[at];
    bool selected = at == own->at.selected;
    char text[64], count[32], duration[32];
    int right = screen->columns - 2;
    if (selected) {
        screen_fill(screen, row, 2, right - 2, STYLE_SELECTED);
        screen_text(screen, row, 2, 1, STYLE_SELECTED, "▸");
        screen->cursor_row = row;
        screen->cursor_column = 2;
        screen->cursor_visible = true;
    }
    enum style quiet = selected ? STYLE_SELECTED_DIM : STYLE_DIM;
    view_count(playlist->n_entries, count);
    view_duration(playlist->duration_ms, duration);
    screen_text_right(screen, row, right, 10, quiet, duration);
    snprintf(text, sizeof text, "%s %s", count, playlist->n_entries == 1 ? "track" : "tracks");
    screen_text_right(screen, row, right - 11, 14, quiet, text);
    screen_text_right(screen, row, right - 27, 6, quiet, playlist->own ? "yours" : "");
    screen_text(screen, row, 4, right - 40, selected ? STYLE_SELECTED_TITLE : STYLE_TEXT,
                playlist->name[0] ? playlist->name : playlist->key);
}

static void draw(const struct state *state, const struct layout *layout, struct screen *screen)
{
    const struct playlists_state *own = playlists_of(state);
    popup_draw_title(layout, screen, "Open a playlist", (int)own->at.top, (int)own->list.count);
    if (own->list.count == 0 && own->answered)
        screen_text(screen, layout->header_row + 2, 2, screen->columns - 4, STYLE_DIM,
                    "There is no playlist yet: s saves the one you build.");
    for (int i = 0; i < layout->popup_text_rows; i++) {
        size_t at = own->at.top + (size_t)i;
        if (at < own->list.count)
            draw_playlist(state, screen, layout->header_row + 2 + i, at);
    }
}

static enum status click(struct state *state, struct effect_list *effects, const struct layout *layout,
                         const struct event *event, struct error *error)
{
    struct playlists_state *own = playlists_of(state);
    int row = event->row - layout->header_row - 2;
    bool outside = event->row < layout->header_row || event->row >= layout->body_end;
    if (outside)
        state->overlay = VIEW_NONE;
    size_t at = own->at.top + (size_t)row;
    if (outside || row < 0 || row >= layout->popup_text_rows || at >= own->list.count)
        return STATUS_OK;
    own->at.selected = at;
    return event->clicks > 1 ? command_run(state, effects, "playlist load", error) : STATUS_OK;
}

static COMMAND(page)
{
    struct playlists_state *own = playlists_of(state);
    (void)effects;
    return command_select_in(&own->at, own->list.count, argument, (size_t)layout_of(state).popup_text_rows, error);
}

static COMMAND(select_here)
{
    struct playlists_state *own = playlists_of(state);
    (void)effects;
    return command_select_in(&own->at, own->list.count, argument, 1, error);
}

static bool waits(const struct state *state, const char *command)
{
    static const char *const on_list[] = {"playlist load", "select", "page", NULL};
    return state_awaits(state, EFFECT_PLAYLISTS) && held_is_one_of(command, on_list);
}

static const struct binding bindings[] = {
    {KEYS_ENTER, false, "playlist load", HINT_ACT, "open"},
};
static const struct key_set keys = KEY_SET("choosing a playlist", bindings);

static const struct key_set *const shared_keys[] = {&keys_popups, &keys_everywhere, NULL};

const struct view_ops view_playlists = {
    .name = "playlists",
    .title = "playlists",
    .keys = &keys,
    .shared_keys = shared_keys,
    .state_size = sizeof(struct playlists_state),
    .free = free_own,
    .settle = settle,
    .draw = draw,
    .click = click,
    .page = page,
    .select = select_here,
    .waits = waits,
};

/* ---- the list ---- */

enum status playlists_read(struct app *app, struct playlists_output *output, struct error *error)
{
    enum status status = app_playlists(app, true, PLAYLISTS_SHOWN, 0, &output->own, error);
    if (status == STATUS_OK)
        status = app_playlists(app, false, PLAYLISTS_SHOWN, 0, &output->others, error);
    return status;
}

void playlists_output_free(struct playlists_output *output)
{
    playlist_list_free(&output->own);
    playlist_list_free(&output->others);
}

static void free_output(void *output)
{
    playlists_output_free(output);
}

static enum status run(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                       struct error *error)
{
    (void)cancel;
    return playlists_read(world->app, result->output, error);
}

/* Both lists as one, which owns its texts. */
static struct playlist_list join(struct playlists_output *output)
{
    size_t own = output->own.count, others = output->others.count;
    struct playlist_list all = {.memory = output->own.memory};
    all.items = arena_alloc(&all.memory, (own + others + 1) * sizeof *all.items);
    for (size_t i = 0; all.items && i < own; i++)
        all.items[all.count++] = output->own.items[i];
    for (size_t i = 0; all.items && i < others; i++) {
        struct playlist copy = output->others.items[i];
        copy.name = arena_copy_text(&all.memory, copy.name, strlen(copy.name));
        copy.key = arena_copy_text(&all.memory, copy.key, strlen(copy.key));
        if (copy.name && copy.key)
            all.items[all.count++] = copy;
    }
    output->own = (struct playlist_list){0};
    return all;
}

/* The index of the selected playlist in the new list; 0 when it is not in it. */
static size_t same_playlist(const struct playlist_list *old, const struct playlist_list *fresh, size_t selected)
{
    for (size_t i = 0; selected < old->count && i < fresh->count; i++)
        if (fresh->items[i].id == old->items[selected].id)
            return i;
    return 0;
}

static void take(struct state *state, struct effect_list *effects, struct result *result)
{
    struct playlists_state *own = playlists_of(state);
    (void)effects;
    if (result->error.status != STATUS_OK) {
        if (result_warn(state, result))
            own->answered = true;
        return;
    }
    struct playlist_list all = join(result->output);
    own->at.selected = same_playlist(&own->list, &all, own->at.selected);
    playlist_list_free(&own->list);
    own->list = all;
    own->answered = true;
}

const struct effect_ops effect_playlists = {
    .name = "playlists",
    .urgency = 80,
    .latest_only = true,
    .output_size = sizeof(struct playlists_output),
    .free_output = free_output,
    .run = run,
    .take = take,
};
