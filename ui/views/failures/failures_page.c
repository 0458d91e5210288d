/* The page of ten suggestions, one list or one beside the other. */
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "ui/model_names.h"
#include "ui/view_text.h"
#include "ui/views/failures/failures.h"
#include "ui/views/ratings/ratings.h"

enum { PAGES = SUGGESTIONS_MAX / PAGE_TRACKS };

struct failures_place failures_place(const struct failures_layout *mine, bool second_side, int on_page)
{
    bool second = second_side || on_page >= mine->cells_down;
    bool wide = mine->framed || mine->page_columns >= 26; /* the mark does not touch the cover */
    int column = mine->page_column[second], cover = column + (mine->framed || !wide ? 1 : 2);
    return (struct failures_place){.row = mine->page_top + on_page % mine->cells_down * mine->pitch,
                                   .column = column,
                                   .cover = cover,
                                   .text = cover + 2 * mine->cover_rows + (mine->framed ? 2 : 1),
                                   .right = column + mine->page_columns};
}

/* ---- the heading ---- */

/* All pages in a row: which contain hits, and which is shown. Several pages share a cell where columns are few. */
static void draw_strip(const struct failure_side *side, size_t page, struct screen *screen, int row, int right,
                       int width)
{
    int together = width >= PAGES ? 1 : width >= PAGES / 2 ? 2 : width >= PAGES / 5 ? 5 : 0;
    if (together == 0)
        return;
    int cells = PAGES / together;
    for (int i = 0; i < cells; i++) {
        bool hit = false, here = (int)page / together == i;
        size_t first = (size_t)(i * together * PAGE_TRACKS), behind = first + (size_t)(together * PAGE_TRACKS);
        for (size_t at = first; at < behind && at < side->count; at++)
            hit = hit || side->hits[at];
        enum style style = here ? STYLE_SELECTED : hit ? STYLE_GOOD : STYLE_RULE;
        screen_text(screen, row, right - cells + i, 1, style, hit ? "■" : "·");
    }
}

/* Whether the longer form of the page's number leaves the strips their place: the same in both headings. */
static bool heading_is_long(const struct state *state, const struct failures_layout *layout)
{
    enum { LONG_COLUMNS = 24 };
    const struct failure_case *opened = &failures_of(state)->opened;
    bool fits = true;
    char text[MODEL_LABEL_SIZE];
    for (int which = 0; opened->n_sides > 1 && which < opened->n_sides; which++) {
        model_mark(state, opened->sides[which].model, text);
        fits = fits && layout->page_columns - text_width(text, strlen(text)) - 1 >= LONG_COLUMNS;
    }
    return fits;
}

static void draw_heading(const struct state *state, const struct failures_layout *layout, struct screen *screen,
                         int which)
{
    const struct failures_state *failures = failures_of(state);
    const struct failure_side *side = &failures->opened.sides[which];
    bool two = failures->opened.n_sides > 1;
    int row = layout->page_row, column = layout->page_column[which], used = 0;
    int right = two ? column + layout->page_columns : layout->page_column[1] + layout->page_columns;
    char text[128];
    size_t pages = (side->count + PAGE_TRACKS - 1) / PAGE_TRACKS;
    if (two) {
        model_mark(state, side->model, text);
        used = screen_text(screen, row, column, right - column - 12, failures_name_style(state, side->model), text) + 1;
    }
    if (heading_is_long(state, layout))
        snprintf(text, sizeof text, "page %zu of %zu", failures->page + 1, pages);
    else
        snprintf(text, sizeof text, "p%zu", failures->page + 1);
    used += screen_text(screen, row, column + used, right - column - used - 12, STYLE_DIM, text);
    draw_strip(side, failures->page, screen, row, right, right - column - used - 2);
}

/* ---- a suggestion ---- */

static void draw_score(const struct failure_side *side, size_t at, struct screen *screen, int row, int column,
                       int columns, const struct row_styles *styles, bool selected)
{
    char text[32];
    const struct recommendation *suggested = &side->list[at];
    float best = side->list[0].score;
    view_score(suggested->score, text);
    int used = screen_text(screen, row, column, 8, styles->dim, text), bar = columns - 10 < 20 ? columns - 10 : 20;
    if (used > 0 && best > 0 && bar > 0)
        view_parts(screen, row, column + 8, bar, suggested->parts[0] / best, recommendation_features(suggested) / best,
                   selected);
}

/* "in 12": training playlists of the model, when that has arrived and there is space; returns the columns used. */
static int draw_trained(const struct explained_side *explained, size_t at, struct screen *screen, int row, int right,
                        int columns, const struct row_styles *styles)
{
    enum { TRAINED_COLUMNS = 10, TEXT_MIN = 16 };
    char text[48] = "in ";
    if (!explained || at >= explained->n_list || columns < TRAINED_COLUMNS + TEXT_MIN)
        return 0;
    view_count((int64_t)explained->list_counts[at], text + 3);
    return screen_text_right(screen, row, right, TRAINED_COLUMNS, styles->dim, text) + 1;
}

/* Artist and album in so many lines below the title, and the score with its parts below both. */
static void draw_lines(const struct failure_side *side, const struct explained_side *explained, size_t at, int lines,
                       struct screen *screen, int row, int column, int columns, const struct row_styles *styles,
                       bool selected)
{
    const struct track *track = &side->tracks.items[at];
    char text[512];
    bool album = track->album[0] != '\0';
    int last = row + (lines > 1),
        used = lines < 1 ? 0 : draw_trained(explained, at, screen, last, column + columns, columns, styles);
    if (lines == 1) {
        snprintf(text, sizeof text, "%.240s%s%.240s", track->artist, album ? " · " : "", track->album);
        screen_text(screen, row, column, columns - used, styles->dim, text);
    }
    if (lines < 2)
        return;
    screen_text(screen, row, column, columns, styles->text, track->artist);
    screen_text(screen, row + 1, column, columns - used, styles->dim, track->album);
    if (lines > 2)
        draw_score(side, at, screen, row + 2, column, columns, styles, selected);
}

static void draw_suggestion(const struct state *state, const struct failures_layout *layout, struct screen *screen,
                            int which, int on_page, bool dimmed)
{
    enum { NUMBER_COLUMNS = 5 }; /* the tick, the rank and a blank */
    const struct failures_state *failures = failures_of(state);
    const struct failure_side *side = &failures->opened.sides[which];
    size_t at = failures->page * PAGE_TRACKS + (size_t)on_page, mine = (size_t)on_page + (size_t)which * PAGE_TRACKS;
    if (at >= side->count)
        return;
    const struct track *track = &side->tracks.items[at];
    const struct failures_place place = failures_place(layout, which > 0, on_page);
    bool hit = side->hits[at], selected = failures->pane == FAILURES_PAGE && failures->selected == mine;
    const struct row_styles styles = view_row_styles(selected, dimmed, hit ? STYLE_TITLE : STYLE_TEXT);
    struct cover cover = cover_of_track(track);
    char label[32];
    int text = place.text + NUMBER_COLUMNS, columns = place.right - text, lines = layout->cover_rows;
    if (selected)
        view_selected_row(screen, place.row, place.column, place.right, lines, layout->framed ? 2 * lines + 2 : 0);
    view_cover(screen, place.row, place.cover, layout->cover_rows, &cover, dimmed);
    screen_text(screen, place.row, place.text, 1, styles.good, hit ? "✓" : " ");
    snprintf(label, sizeof label, "%zu", at + 1);
    screen_text_right(screen, place.row, text - 1, 3, hit ? styles.good : styles.dim, label);
    ratings_draw_sign(state, track->id, selected, screen, place.row, place.text + (hit && at < 99));
    if (lines == 1)
        failures_draw_track(screen, place.row, text, columns, track, styles.title, styles.dim);
    else
        view_title(screen, place.row, text, columns, styles.title, track);
    draw_lines(side, failures_explained(state, which), at, lines - 1, screen, place.row + 1, text, columns, &styles,
               selected);
}

void failures_draw_page(const struct state *state, const struct failures_layout *layout, struct screen *screen)
{
    const struct failure_case *opened = &failures_of(state)->opened;
    bool dimmed = failures_late(state);
    for (int which = 0; which < opened->n_sides; which++) {
        draw_heading(state, layout, screen, which);
        for (int i = 0; i < PAGE_TRACKS; i++)
            draw_suggestion(state, layout, screen, which, i, dimmed);
    }
}

int failures_page_covers(const struct state *state, int direction, struct image_rect rects[PAGE_TRACKS])
{
    const struct failures_state *failures = failures_of(state);
    const struct failure_case *opened = &failures->opened;
    struct layout layout = layout_of(state);
    int count = 0;
    if (layout.too_small || opened->n_sides == 0 || (direction < 0 && failures->page == 0))
        return 0;
    const struct failures_layout mine = failures_layout(state, &layout);
    const struct track_list *tracks = &opened->sides[0].tracks;
    size_t page = direction < 0 ? failures->page - 1 : failures->page + 1;
    for (size_t at = page * PAGE_TRACKS; at < tracks->count && count < PAGE_TRACKS; at++, count++) {
        const struct failures_place place = failures_place(&mine, false, count);
        rects[count] = (struct image_rect){
            .row = place.row,
            .column = place.cover,
            .rows = mine.cover_rows,
            .columns = mine.cover_rows * 2,
            .reference = {.kind = IMAGE_COVER, .id = tracks->items[at].album_id},
        };
    }
    return count;
}
