#include <stdio.h>

#include "ui/view_text.h"
#include "ui/views/gallery/twins.h"

enum { COVER_ROWS_MIN = 3, COVER_ROWS_MAX = 7, PAIRS = 5, TEXT_ROWS = 3 };

/* The largest covers with which at least PAIRS pairs are shown, if there is space for that. */
struct twins_layout twins_layout(const struct state *state, const struct layout *layout)
{
    struct twins_layout mine = {.text_row = layout->body_end - 1};
    mine.list = (struct list_box){
        .row = layout->header_row + 2, .column = 1, .columns = state->columns - 3, .bar_column = state->columns - 1};
    mine.list.rows = mine.text_row - mine.list.row;
    mine.cover_rows = layout_between(mine.list.rows / PAIRS - 1, COVER_ROWS_MIN, COVER_ROWS_MAX);
    mine.list.height = mine.cover_rows + 1;
    return mine;
}

/* "Title · Artist · generated cover" */
static void draw_album(const struct album *album, const struct row_styles *styles, int row, int column, int end,
                       struct screen *screen)
{
    const char *note = view_cover_note(album->cover);
    column += screen_text(screen, row, column, (end - column) / 2, styles->title, album->title);
    column += screen_text(screen, row, column, end - column, styles->dim, " · ");
    column += screen_text(screen, row, column, (end - column) * 2 / 3, styles->text, album->artist);
    if (note[0])
        column += screen_text(screen, row, column, end - column, styles->dim, " · ");
    screen_text(screen, row, column, end - column, styles->dim, note);
}

static void draw_pair(const struct state *state, const struct twins_layout *at, size_t pair, struct screen *screen)
{
    const struct twins_state *mine = twins_of(state);
    const bool selected = pair == mine->at.selected;
    const struct row_styles styles = view_row_styles(selected, false, STYLE_TEXT);
    const int row = list_item_row(&at->list, &mine->at, pair), end = at->list.column + at->list.columns,
              width = 2 * at->cover_rows + 1;
    int column = at->list.column + 1, text = row + (at->cover_rows - TEXT_ROWS) / 2;
    char distance[32];
    if (selected)
        view_selected_row(screen, row, at->list.column, end, at->cover_rows, 0);
    const struct album *albums = &mine->twins.albums.items[2 * pair];
    for (int side = 0; side < 2; side++, column += width) {
        const struct cover cover = cover_of_album(&albums[side]);
        view_cover(screen, row, column, at->cover_rows, &cover, false);
    }
    snprintf(distance, sizeof distance, "%.4f", (double)mine->twins.distances[pair]);
    screen_text(screen, text++, column + 1, end - column - 1, styles.dim, distance);
    for (int side = 0; side < 2; side++)
        draw_album(&albums[side], &styles, text++, column + 1, end, screen);
}

static void draw_title(const struct state *state, const struct layout *layout, struct screen *screen)
{
    const struct twins_state *mine = twins_of(state);
    const bool random = mine->twins.random_weights;
    char text[NAME_SIZE + 64];
    snprintf(text, sizeof text, "%s%s · Euclidean distance", mine->set,
             random ? " (random weights: the order means nothing)" : "");
    const int used = screen_text_right(screen, layout->header_row, screen->columns - 2, screen->columns - 18,
                                       random ? STYLE_WARNING : STYLE_DIM, text);
    screen_text(screen, layout->header_row, 2, screen->columns - 6 - used, STYLE_TITLE, "Twin covers");
    view_rule(screen, layout->header_row + 1, 1, screen->columns - 2);
}

/* Identical pictures are counted only, because there may be thousands of such pairs. */
static void draw_counts(const struct state *state, const struct twins_layout *at, struct screen *screen)
{
    const struct twins_state *mine = twins_of(state);
    const struct app_twins *twins = &mine->twins;
    char position[LIST_TEXT_SIZE], text[NAME_SIZE + 160], albums[32], groups[32];
    list_describe(&mine->at, twins->count, position);
    const int used =
        screen_text_right(screen, at->text_row, screen->columns - 2, screen->columns / 3, STYLE_DIM, position);
    view_count((int64_t)twins->identical.count, albums);
    view_count((int64_t)twins->n_groups, groups);
    if (twins->identical.count == 0)
        snprintf(text, sizeof text, "No pictures are identical in %s.", mine->set);
    else
        snprintf(text, sizeof text, "Identical in %s: %s albums in %s group%s, not listed.", mine->set, albums, groups,
                 twins->n_groups == 1 ? "" : "s");
    screen_text(screen, at->text_row, 2, screen->columns - 6 - used, STYLE_DIM, text);
}

static void draw_searched(const struct twins_layout *at, struct screen *screen)
{
    const int columns = layout_between(screen->columns - 12, 10, 60), row = at->list.row + 3;
    char text[16];
    view_bar(screen, row, 2, columns, twins_searched(), STYLE_BAR, STYLE_RULE);
    snprintf(text, sizeof text, "%.0f %%", (double)(100 * twins_searched()));
    screen_text(screen, row, columns + 3, 6, STYLE_DIM, text);
}

void twins_draw(const struct state *state, const struct layout *layout, struct screen *screen)
{
    const struct twins_state *mine = twins_of(state);
    const struct twins_layout at = twins_layout(state, layout);
    const size_t count = mine->twins.count, end = mine->at.top + (size_t)list_items(&at.list);
    draw_title(state, layout, screen);
    if (mine->found)
        draw_counts(state, &at, screen);
    for (size_t i = mine->at.top; i < count && i < end; i++)
        draw_pair(state, &at, i, screen);
    list_draw_bar(&at.list, &mine->at, count, screen);
    if (count > 0)
        return;
    const char *text = mine->failure[0] ? mine->failure
                       : mine->found    ? "There are no two covers of different artists in this embedding."
                                        : "Searching all pairs of covers …";
    view_paragraph(screen, at.list.row + 1, 2, screen->columns - 4, 4, mine->failure[0] ? STYLE_WARNING : STYLE_DIM,
                   text);
    if (!mine->found && !mine->failure[0])
        draw_searched(&at, screen);
}
