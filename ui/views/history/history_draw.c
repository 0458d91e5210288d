#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/view_text.h"
#include "ui/views/history/history.h"

enum { LIST_COLUMNS = 44, TIME = 18, COUNT = 5, HEIGHT = 2, PITCH = 3 };

struct history_layout history_layout(const struct state *state, const struct layout *layout)
{
    struct history_layout at = {0};
    const int top = layout->header_row + 3;
    at.list = (struct list_box){.row = top,
                                .column = 1,
                                .columns = LIST_COLUMNS - 1,
                                .bar_column = LIST_COLUMNS,
                                .rows = layout->body_end - top};
    at.tracks_column = LIST_COLUMNS + 2;
    at.tracks_columns = state->columns - at.tracks_column - 2;
    return at;
}

static void draw_past(const struct history_layout *layout, const struct history_state *mine, size_t item,
                      struct screen *screen)
{
    const struct playlist_past *past = &mine->history.items[item];
    const bool selected = item == mine->at.selected;
    const struct row_styles styles = view_row_styles(selected, false, STYLE_TITLE);
    const int row = list_item_row(&layout->list, &mine->at, item), column = layout->list.column + 2;
    char when[PLAYLIST_PAST_TIME], what[PLAYLIST_PAST_TEXT], count[32];
    if (selected)
        list_draw_selected(&layout->list, row, screen);
    playlist_past_time(past, when);
    playlist_past_describe(past, what);
    snprintf(count, sizeof count, "%zu", past->tracks.count);
    screen_text(screen, row, column, TIME - 1, styles.text, when);
    screen_text_right(screen, row, column + TIME + COUNT, COUNT, styles.text, count);
    const int left = column + TIME + COUNT + 2;
    const int columns = layout->list.column + layout->list.columns - left;
    const int used = item > 0 ? 0 : screen_text(screen, row, left, columns, styles.good, "now ");
    screen_text(screen, row, left + used, columns - used, styles.dim, what);
}

/* Cover, title and artist; a sign for what this version brought or what it no longer has. */
static void draw_track(const struct state *state, int64_t id, const char *sign, int row, int column, int columns,
                       struct screen *screen)
{
    const struct track *track = track_book_find(&state->book, id);
    const enum style style = sign[0] == '-' ? STYLE_DIM : sign[0] ? STYLE_NEW : STYLE_TITLE;
    if (!track)
        return;
    const struct cover cover = cover_of_track(track);
    const int text = column + 2 + 2 * HEIGHT + 1, right = column + columns;
    screen_text(screen, row, column, 1, sign[0] == '-' ? STYLE_WARNING : STYLE_NEW, sign);
    view_cover(screen, row, column + 2, HEIGHT, &cover, sign[0] == '-');
    view_title(screen, row, text, right - text, style, track);
    screen_text(screen, row + 1, text, right - text, sign[0] == '-' ? STYLE_DIM : STYLE_TEXT, track->artist);
}

struct place {
    int row, column, columns, left; /* left: how many more tracks fit */
};

static void put(const struct state *state, int64_t id, const char *sign, struct place *place, struct screen *screen)
{
    draw_track(state, id, sign, place->row, place->column, place->columns, screen);
    place->row += PITCH;
    place->left--;
}

/* What changed comes first: what was added, what was removed; then the rest in order. */
static void draw_tracks(const struct state *state, const struct history_layout *at, struct screen *screen)
{
    const struct history_state *mine = history_of(state);
    const struct playlist_past *past = &mine->history.items[mine->at.selected];
    const bool first = mine->at.selected + 1 >= mine->history.count;
    const struct track_numbers nothing = {0}, *before = first ? &nothing : &past[1].tracks, *now = &past->tracks;
    struct place place = {at->list.row, at->tracks_column, at->tracks_columns, at->list.rows / PITCH};
    char text[256];
    snprintf(text, sizeof text, "%.160s · version %lld", past->name, (long long)past->version);
    screen_text(screen, at->list.row - 1, at->tracks_column, at->tracks_columns, STYLE_DIM, text);
    for (size_t i = 0; !first && past->changes.added > 0 && i < now->count && place.left > 0; i++)
        if (past->is_added[i])
            put(state, now->ids[i], "+", &place, screen);
    for (size_t i = 0; past->changes.removed > 0 && i < before->count && place.left > 0; i++)
        if (past->is_removed[i])
            put(state, before->ids[i], "-", &place, screen);
    for (size_t i = 0; i < now->count && place.left > 0; i++)
        if (first || !past->is_added[i])
            put(state, now->ids[i], "", &place, screen);
    if (now->count == 0)
        screen_text(screen, place.row, at->tracks_column, at->tracks_columns, STYLE_DIM, "no tracks");
}

void history_draw(const struct state *state, const struct layout *layout, struct screen *screen)
{
    const struct history_state *mine = history_of(state);
    const struct history_layout at = history_layout(state, layout);
    const size_t count = mine->history.count, end = mine->at.top + (size_t)list_items(&at.list);
    char text[128];
    snprintf(text, sizeof text, "%zu %s", count, count == 1 ? "version" : "versions");
    const int used =
        count == 0 ? 0 : screen_text_right(screen, layout->header_row, screen->columns - 2, 40, STYLE_DIM, text);
    screen_text(screen, layout->header_row, 2, screen->columns - 6 - used, STYLE_TITLE, "History of the playlist");
    view_rule(screen, layout->header_row + 1, 1, screen->columns - 2);
    if (count == 0) {
        view_paragraph(screen, at.list.row - 1, 2, screen->columns - 4, 4, STYLE_DIM,
                       mine->failure[0] ? mine->failure
                       : mine->read     ? "There are no versions yet: the next change of this playlist keeps the first."
                                        : "Reading the versions …");
        return;
    }
    const int column = at.list.column + 2;
    screen_text(screen, at.list.row - 1, column, TIME, STYLE_DIM, "saved");
    screen_text_right(screen, at.list.row - 1, column + TIME + COUNT, COUNT + 2, STYLE_DIM, "tracks");
    screen_text(screen, at.list.row - 1, column + TIME + COUNT + 2, 10, STYLE_DIM, "change");
    for (size_t i = mine->at.top; i < count && i < end; i++)
        draw_past(&at, mine, i, screen);
    list_draw_bar(&at.list, &mine->at, count, screen);
    if (mine->at.selected < count)
        draw_tracks(state, &at, screen);
}
