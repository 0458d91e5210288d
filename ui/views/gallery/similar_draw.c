#include <stdio.h>

#include "ui/view_text.h"
#include "ui/views/gallery/similar.h"

enum { MANY = SIMILAR_MAX + 1, FEW = 13, MANY_ROWS_MIN = 5 };

/* Cards with covers of this many rows. */
static struct similar_layout lay_out(const struct state *state, const struct layout *layout, int cover_rows)
{
    struct similar_layout mine = {
        .top = layout->header_row + 2,
        .cover_rows = cover_rows,
        .row_pitch = cover_rows + SIMILAR_TEXT_ROWS + 1,
        .text_row = layout->body_end - 1,
    };
    const int columns = state->columns - 3;
    mine.columns = columns / (2 * cover_rows + 2);
    mine.column_pitch = mine.columns > 0 ? columns / mine.columns : 0;
    mine.rows = (mine.text_row - mine.top) / mine.row_pitch;
    mine.column = 2;
    return mine;
}

/* All covers, if they are large enough; otherwise fewer and larger ones. */
struct similar_layout similar_layout(const struct state *state, const struct layout *layout)
{
    struct similar_layout mine = {0}, few = {0};
    for (int rows = 3; rows < layout->popup_text_rows; rows++) {
        mine = lay_out(state, layout, rows);
        if (mine.rows * mine.columns < FEW)
            break;
        few = mine;
    }
    for (int rows = few.cover_rows; rows >= MANY_ROWS_MIN; rows--) {
        mine = lay_out(state, layout, rows);
        if (mine.rows * mine.columns >= MANY)
            return mine;
    }
    return few;
}

size_t similar_count(const struct state *state, const struct similar_layout *mine)
{
    const struct similar_state *similar = similar_of(state);
    const size_t count = similar->at.of.id > 0 ? similar->albums.count + 1 : 0;
    const size_t cards = (size_t)mine->rows * (size_t)mine->columns;
    return count < cards ? count : cards;
}

bool similar_album(const struct state *state, size_t at, struct album *album)
{
    const struct similar_state *similar = similar_of(state);
    if (at > similar->albums.count || similar->at.of.id == 0)
        return false;
    *album = at == 0 ? gallery_album(&similar->at.of) : similar->albums.items[at - 1];
    return true;
}

static void draw_card(const struct state *state, const struct similar_layout *mine, size_t at, struct screen *screen)
{
    const struct similar_state *similar = similar_of(state);
    const bool selected = at == similar->at.selected;
    const struct row_styles styles = view_row_styles(selected, false, STYLE_TEXT);
    const int row = mine->top + (int)at / mine->columns * mine->row_pitch,
              column = mine->column + (int)at % mine->columns * mine->column_pitch, columns = mine->column_pitch - 2;
    struct album album;
    char number[32];
    similar_album(state, at, &album);
    struct cover cover = cover_of_album(&album);
    if (selected)
        view_selected_row(screen, row, column - 1, column + columns + 1, mine->cover_rows + SIMILAR_TEXT_ROWS, 0);
    view_cover(screen, row, column, mine->cover_rows, &cover, false);
    int text = row + mine->cover_rows;
    screen_text(screen, text++, column, columns, styles.title, album.title);
    screen_text(screen, text++, column, columns, styles.dim, album.artist);
    if (at == 0) {
        screen_text(screen, text, column, columns, selected ? styles.text : STYLE_ACCENT, "this one");
        return;
    }
    view_score(similar->distances[at - 1], number);
    screen_text(screen, text, column, columns, styles.dim, number);
}

static void draw_title(const struct state *state, const struct layout *layout, struct screen *screen)
{
    const struct similar_state *similar = similar_of(state);
    char text[NAME_SIZE + 64];
    snprintf(text, sizeof text, "%s%s · Euclidean distance", similar->set,
             similar->random_weights ? " (random weights: the order means nothing)" : "");
    int used = screen_text_right(screen, layout->header_row, screen->columns - 2, screen->columns - 24,
                                 similar->random_weights ? STYLE_WARNING : STYLE_DIM, text);
    int column = 2, end = screen->columns - 4 - used;
    column += screen_text(screen, layout->header_row, column, end - column, STYLE_TITLE, "Covers similar to ");
    screen_text(screen, layout->header_row, column, end - column, STYLE_TITLE, similar->at.of.title);
    view_rule(screen, layout->header_row + 1, 1, screen->columns - 2);
}

/* The whole texts of the selected one. */
static void draw_selected(const struct state *state, const struct similar_layout *mine, struct screen *screen)
{
    struct album album;
    char facts[64] = "";
    int column = 2, end = screen->columns - 2, size = 0;
    if (!similar_album(state, similar_of(state)->at.selected, &album))
        return;
    if (album.year > 0)
        size = snprintf(facts, sizeof facts, " · %d", album.year);
    if (album.n_tracks > 0)
        snprintf(facts + size, sizeof facts - (size_t)size, " · %d track%s", album.n_tracks,
                 album.n_tracks == 1 ? "" : "s");
    column += screen_text(screen, mine->text_row, column, (end - column) * 3 / 5, STYLE_TITLE, album.title);
    column += screen_text(screen, mine->text_row, column, end - column, STYLE_DIM, " · ");
    column += screen_text(screen, mine->text_row, column, end - column, STYLE_TEXT, album.artist);
    screen_text(screen, mine->text_row, column, end - column, STYLE_DIM, facts);
}

void similar_draw(const struct state *state, const struct layout *layout, struct screen *screen)
{
    const struct similar_state *similar = similar_of(state);
    const struct similar_layout mine = similar_layout(state, layout);
    draw_title(state, layout, screen);
    for (size_t i = 0; i < similar_count(state, &mine); i++)
        draw_card(state, &mine, i, screen);
    draw_selected(state, &mine, screen);
    if (similar->albums.count > 0)
        return;
    const bool pending = state_awaits(state, EFFECT_SIMILAR);
    const char *text = similar->failure[0] ? similar->failure
                       : pending           ? "Similar covers are looked up …"
                                           : "No other album has a cover in this embedding.";
    const int column = mine.column + mine.column_pitch;
    view_paragraph(screen, mine.top, column, screen->columns - 2 - column, mine.cover_rows,
                   similar->failure[0] ? STYLE_WARNING : STYLE_DIM, text);
}
