/* Presenting: three to five suggestions side by side with large covers, to be seen from far away. */
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "ui/view_text.h"
#include "ui/views/explore/explore.h"

enum {
    GAP = 2,       /* columns between two suggestions */
    TEXT_ROWS = 4, /* title in two lines, artist, bar */
    STRIP_MIN = 3, /* rows of the covers of the playlist */
    STRIP_MAX = 8,
    ITEM_COLUMNS_MIN = 16,
};

bool present_shows_list(const struct state *state)
{
    return explore_of(state)->pane != PANE_SUGGESTIONS || state->input == INPUT_SEARCH || state->overlay == VIEW_STEER;
}

static int cover_rows_of(int n, int columns, int rows)
{
    return layout_between(((columns - (n - 1) * GAP) / n - 2) / 2, 1, rows - 2 - TEXT_ROWS);
}

/* As many as were chosen, or as give the largest area of covers; fewer beside a list. */
static int count_of(const struct state *state, int columns, int rows)
{
    int best = state->present;
    long largest = 0;
    for (int n = PRESENT_LEAST; n <= PRESENT_MOST && state->present == PRESENT_AUTO; n++) {
        int edge = cover_rows_of(n, columns, rows);
        if ((long)n * edge * edge > largest) {
            largest = (long)n * edge * edge;
            best = n;
        }
    }
    while (best > 1 && ((columns - (best - 1) * GAP) / best < ITEM_COLUMNS_MIN))
        best--;
    return best;
}

/* The window of suggestions that contains the selected one. */
static size_t first_of(const struct state *state, int n)
{
    size_t count = explore_page_tracks(state), at = explore_of(state)->suggestions.selected / (size_t)n * (size_t)n;
    return at + (size_t)n > count ? (count > (size_t)n ? count - (size_t)n : 0) : at;
}

void present_lay_out(const struct state *state, const struct layout *layout, struct explore_layout *mine)
{
    int columns = mine->right_columns, rows = layout->body_end - layout->header_row - 2;
    int n = count_of(state, columns, rows), item = (columns - (n - 1) * GAP) / n;
    int cover = cover_rows_of(n, columns, rows);
    int used = cover + 2 + TEXT_ROWS, left = rows - used, strip = left - 2;
    mine->page = (struct page_layout){
        .lanes = 1,
        .per_lane = PAGE_TRACKS,
        .lane_columns = item,
        .top = layout->header_row + 1,
        .pitch = used,
        .cover_rows = cover,
        .framed = true,
        .shelf = n,
        .shelf_first = (int)first_of(state, n),
    };
    if (strip >= STRIP_MIN && !present_shows_list(state)) {
        mine->page.shelf_strip = strip < STRIP_MAX ? strip : STRIP_MAX;
        left -= mine->page.shelf_strip + 1;
    }
    mine->page.top += left / 3;
}

struct place present_place(const struct explore_layout *mine, size_t i)
{
    const struct page_layout *page = &mine->page;
    int at = (int)i - page->shelf_first, spare = mine->right_columns - page->shelf * page->lane_columns;
    int gap = page->shelf > 1 ? spare / (page->shelf - 1) : 0;
    if (at < 0 || at >= page->shelf)
        return (struct place){.row = -2 * page->pitch, .column = -1, .right = -1};
    struct place place = {.row = page->top, .column = mine->right_column + at * (page->lane_columns + gap)};
    place.right = place.text_right = place.column + page->lane_columns;
    place.cover = place.column + 1 + (page->lane_columns - 2 - 2 * page->cover_rows) / 2;
    place.text = place.cover;
    return place;
}

bool present_step(struct state *state, int direction)
{
    const struct layout layout = layout_of(state);
    struct suggestions *suggestions = &explore_of(state)->suggestions;
    if (!state->present || layout.too_small)
        return false;
    const struct explore_layout mine = explore_layout(state, &layout);
    size_t n = (size_t)mine.page.shelf, first = (size_t)mine.page.shelf_first, count = explore_page_tracks(state);
    if (direction > 0 && first + n < count) {
        suggestions->selected = first + n;
        return true;
    }
    if (direction < 0 && first > 0) {
        suggestions->selected = first >= n ? first - n : 0;
        return true;
    }
    return false;
}

bool present_move(struct state *state, bool right)
{
    if (!state->present || explore_of(state)->pane != PANE_SUGGESTIONS)
        return false;
    if (!right && explore_of(state)->suggestions.selected == 0)
        return false;
    explore_move_selection(state, right ? 1 : -1);
    return true;
}

int present_covers(const struct state *state, const struct explore_layout *mine, int direction,
                   struct image_rect *rects)
{
    const struct suggestions *suggestions = &explore_of(state)->suggestions;
    int first = (int)suggestions->page * PAGE_TRACKS + mine->page.shelf_first + direction * mine->page.shelf, count = 0;
    for (int i = 0; i < mine->page.shelf; i++) {
        if (first + i < 0 || (size_t)(first + i) >= suggestions->tracks.count)
            continue;
        struct place place = present_place(mine, (size_t)(mine->page.shelf_first + i));
        struct cover cover = cover_of_track(suggestions->tracks.items[first + i]);
        rects[count++] = view_cover_rect(place.row + 1, place.cover, mine->page.cover_rows, &cover);
    }
    return count;
}

/* ---- drawing ---- */

void present_describe(const struct state *state, char text[128])
{
    const struct suggestions *suggestions = &explore_of(state)->suggestions;
    const struct layout layout = layout_of(state);
    const struct explore_layout mine = explore_layout(state, &layout);
    size_t first = suggestions->page * PAGE_TRACKS + (size_t)mine.page.shelf_first, count = suggestions->tracks.count;
    size_t last = first + (size_t)mine.page.shelf;
    snprintf(text, 128, "%zu–%zu of %zu", first + 1, last < count ? last : count, count);
}

static void draw_one(const struct state *state, const struct explore_layout *mine, struct screen *screen, size_t i)
{
    const struct explore_state *explore = explore_of(state);
    const struct suggestions *suggestions = &explore->suggestions;
    size_t at = suggestions->page * PAGE_TRACKS + i;
    const struct track *track = suggestions->tracks.items[at];
    const struct place place = present_place(mine, i);
    const bool selected = explore->pane == PANE_SUGGESTIONS && i == suggestions->selected, dimmed = explore_late(state);
    int columns = 2 * mine->page.cover_rows, row = place.row + mine->page.cover_rows + 2, right = place.cover + columns;
    struct cover cover = cover_of_track(track);
    char label[48], mark[16];
    view_cover(screen, place.row + 1, place.cover, mine->page.cover_rows, &cover, dimmed);
    if (selected) {
        view_frame(screen, place.row, place.cover - 1, mine->page.cover_rows + 2, columns + 2);
        screen->cursor_row = row;
        screen->cursor_column = place.cover;
        screen->cursor_visible = state->input == INPUT_NONE;
    }
    snprintf(label, sizeof label, "%zu ", at + 1);
    int number = screen_text(screen, row, place.cover, columns, selected ? STYLE_ACCENT : STYLE_DIM, label);
    row += view_title_lines(screen, row, place.cover + number, columns - number, 2, dimmed ? STYLE_DIM : STYLE_TITLE,
                            track);
    screen_text(screen, row, place.cover + number, columns - number, dimmed ? STYLE_DIM : STYLE_TEXT, track->artist);
    explore_news_of(state, at, mark);
    int used = screen_text_right(screen, place.row + mine->page.cover_rows + 5, right, 5, STYLE_NEW, mark);
    explore_draw_bar(suggestions, at, screen, place.row + mine->page.cover_rows + 5, place.cover + number,
                     columns - number - used - (used > 0), false);
}

/* The tracks from which the suggestions come, the last ones where there are many. */
static void draw_strip(const struct state *state, const struct layout *layout, const struct explore_layout *mine,
                       struct screen *screen)
{
    const struct playlist_version *playlist = playlist_now(&state->playlist);
    int rows = mine->page.shelf_strip, top = layout->body_end - rows, step = 2 * rows + GAP;
    int most = mine->right_columns / step, column = mine->right_column;
    if (rows == 0 || playlist->count == 0 || most < 1)
        return;
    size_t first = playlist->count > (size_t)most ? playlist->count - (size_t)most : 0;
    char text[LINE_SIZE + 32];
    snprintf(text, sizeof text, "from %zu %s%s%s", playlist->count, playlist->count == 1 ? "track" : "tracks",
             playlist->name[0] ? " of " : "", playlist->name);
    screen_text(screen, top - 1, column, mine->right_columns, STYLE_DIM, text);
    for (size_t i = first; i < playlist->count; i++, column += step) {
        struct cover cover = cover_of_track(playlist->items[i]);
        view_cover(screen, top, column, rows, &cover, false);
    }
}

void present_draw(const struct state *state, const struct layout *layout, const struct explore_layout *mine,
                  struct screen *screen)
{
    size_t count = explore_page_tracks(state);
    for (size_t i = 0; i < (size_t)mine->page.shelf && (size_t)mine->page.shelf_first + i < count; i++)
        draw_one(state, mine, screen, (size_t)mine->page.shelf_first + i);
    draw_strip(state, layout, mine, screen);
}
