/* What lies over a view: help, messages, the list of playlists. */
#include <stdio.h>

#include "ui/help.h"
#include "ui/view.h"

static void draw_title(const struct layout *layout, struct screen *screen, const char *title, int top, int total)
{
    char text[64] = "";
    int pages = layout->popup_text_rows > 0 ? (total + layout->popup_text_rows - 1) / layout->popup_text_rows : 1;
    int page = layout->popup_text_rows > 0 ? (top + layout->popup_text_rows - 1) / layout->popup_text_rows + 1 : 1;
    screen_text(screen, layout->popup_row, 2, screen->columns - 20, STYLE_TITLE, title);
    if (pages > 1)
        snprintf(text, sizeof text, "page %d of %d", page, pages);
    screen_text_right(screen, layout->popup_row, screen->columns - 2, 20, STYLE_DIM, text);
    view_rule(screen, layout->popup_row + 1, 1, screen->columns - 2);
}

static void draw_help(const struct state *state, const struct layout *layout, struct screen *screen)
{
    int columns = screen->columns, split = columns >= 120 ? 50 : 30, middle = columns >= 120 ? 26 : 0;
    draw_title(layout, screen, "Help", state->overlay_top, help_count());
    for (int i = 0; i < layout->popup_text_rows; i++) {
        struct help_line line;
        int row = layout->popup_row + 2 + i;
        if (!help_line(state->overlay_top + i, &line))
            break;
        if (line.heading) {
            screen_text(screen, row, 2, columns - 4, STYLE_ACCENT, line.left);
            continue;
        }
        int left = line.command[0] && middle ? middle - 3 : split - 3;
        screen_text(screen, row, 2, left, STYLE_KEY, line.left);
        screen_text(screen, row, middle, line.command[0] && middle ? split - middle - 1 : 0, STYLE_DIM, line.command);
        screen_text(screen, row, split, columns - split - 2, STYLE_TEXT, line.right);
    }
}

static void draw_messages(const struct state *state, const struct layout *layout, struct screen *screen)
{
    const struct messages *messages = &state->messages;
    draw_title(layout, screen, "Messages, latest at the end", state->overlay_top, messages->count);
    if (messages->count == 0)
        screen_text(screen, layout->popup_row + 2, 2, screen->columns - 4, STYLE_DIM, "Nothing was said yet.");
    for (int i = 0; i < layout->popup_text_rows && state->overlay_top + i < messages->count; i++)
        screen_text(screen, layout->popup_row + 2 + i, 2, screen->columns - 4,
                    messages->warnings[state->overlay_top + i] ? STYLE_WARNING : STYLE_TEXT,
                    messages->lines[state->overlay_top + i]);
}

static void draw_playlist(const struct state *state, struct screen *screen, int row, size_t at)
{
    const struct playlist *playlist = &state->playlists.items[at];
    bool selected = at == state->playlists_at.selected;
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

static void draw_playlists(const struct state *state, const struct layout *layout, struct screen *screen)
{
    draw_title(layout, screen, "Open a playlist", (int)state->playlists_at.top, (int)state->playlists.count);
    if (state->playlists.count == 0 && state->playlists_answered)
        screen_text(screen, layout->popup_row + 2, 2, screen->columns - 4, STYLE_DIM,
                    "There is no playlist yet: s saves the one you build.");
    for (int i = 0; i < layout->popup_text_rows; i++) {
        size_t at = state->playlists_at.top + (size_t)i;
        if (at < state->playlists.count)
            draw_playlist(state, screen, layout->popup_row + 2 + i, at);
    }
}

void view_popup(const struct state *state, const struct layout *layout, struct screen *screen)
{
    if (state->overlay == OVERLAY_HELP)
        draw_help(state, layout, screen);
    else if (state->overlay == OVERLAY_MESSAGES)
        draw_messages(state, layout, screen);
    else
        draw_playlists(state, layout, screen);
}
