/* Where Explore's panes, suggestions and covers are: a function of the rows and columns of the screen, and of the
 * columns that the titles at the left need. */
#include <string.h>

#include "core/text.h"
#include "ui/views/explore/explore.h"

enum {
    LANE_GAP = 2,       /* columns between two columns of suggestions */
    TALL_TEXT_MIN = 20, /* columns of text beside a cover, where the text has as many lines as the cover */
    WIDE_TEXT_MIN = 34, /* the same where title and duration share a line */
    LANES_COLUMNS = 150,
    STRIP_ROWS_MIN = 4,
    NEED_TRACKS = 200 /* the first tracks of the playlist determine the width of its pane */
};

/* Columns of the left pane (at least and at most) and of the selected track's pane, from this many columns on. */
static const struct width {
    int columns, left, left_most, info;
} widths[] = {
    {300, 54, 60, 84}, {240, 48, 60, 62}, {200, 44, 60, 46}, {180, 40, 52, 40}, {160, 38, 42, 34}, {150, 36, 40, 32},
    {130, 38, 46, 34}, {120, 38, 48, 0},  {110, 36, 44, 0},  {100, 36, 40, 0},  {90, 32, 36, 0},   {0, 28, 28, 0},
};

static const struct width *width_of(int columns)
{
    const struct width *width = widths;
    while (width->columns > columns)
        width++;
    return width;
}

int explore_list_need(const struct track *const *tracks, size_t count, bool numbered)
{
    enum { NUMBER = 3, FRAMING = 16, STEP = 4 }; /* mark, cover, duration and the blanks between them */
    int widest = 0;
    for (size_t i = 0; i < count && i < NEED_TRACKS; i++) {
        const char *title = tracks[i]->title;
        int width = text_width(title, strlen(title));
        widest = width > widest ? width : widest;
    }
    return (FRAMING + (numbered ? NUMBER : 0) + widest + STEP - 1) / STEP * STEP;
}

/* A page of so many lanes in `rows` rows: rows that are left over separate the covers and frame the selected one. */
static struct page_layout page_of(int lanes, int top, int rows, int columns)
{
    int per_lane = PAGE_TRACKS / lanes, pitch = rows / per_lane, spare = rows % per_lane;
    bool gap = pitch >= 4, framed = gap && (spare > 0 || pitch >= 6);
    struct page_layout page = {
        .lanes = lanes,
        .per_lane = per_lane,
        .lane_columns = (columns - (lanes - 1) * LANE_GAP) / lanes,
        .pitch = pitch,
        .cover_rows = pitch - gap - (framed && spare == 0),
        .framed = framed,
        .spare = spare,
        .top = top + (framed && spare == 0),
    };
    int widest_cover = page.lane_columns - 4 - (lanes > 1 ? TALL_TEXT_MIN : WIDE_TEXT_MIN);
    page.cover_rows = layout_between(page.cover_rows, 1, widest_cover > 2 ? widest_cover / 2 : 1);
    return page;
}

/* Uses the rows that are left below ten suggestions: for the selected track where it has no pane of its own, for
 * distance between pairs of suggestions, or for a blank row above them. */
static void use_spare_rows(struct page_layout *page, bool info, int end)
{
    int left = page->spare - page->framed;
    bool strip = page->lanes == 1 && !info && left >= STRIP_ROWS_MIN;
    bool pairs = page->lanes == 1 && !strip && left >= PAGE_TRACKS / 2;
    if (page->spare > 0 && (page->framed || (!strip && !pairs)))
        page->top++;
    page->pair_gap = pairs;
    page->strip_rows = strip ? left : 0;
    page->strip_row = end - page->strip_rows;
}

static struct page_layout lay_out_page(const struct layout *layout, int screen_columns, int columns, bool info)
{
    int top = layout->header_row + 1, rows = layout->body_end - top;
    struct page_layout page = page_of(1, top, rows, columns);
    struct page_layout lanes = page_of(2, top, rows, columns);
    if (screen_columns >= LANES_COLUMNS && 3 * lanes.cover_rows > 4 * page.cover_rows) /* covers are clearly larger */
        page = lanes;
    use_spare_rows(&page, info, layout->body_end);
    return page;
}

struct explore_layout explore_layout(const struct state *state, const struct layout *layout)
{
    const struct width *width = width_of(state->columns);
    bool info = width->info > 0 && !state->present;
    int left = layout_between(explore_of(state)->list_need, width->left, width->left_most);
    int right = state->columns - left - 3 - (info ? width->info + 2 : 0);
    struct explore_layout mine = {
        .left_columns = left,
        .rule_column = left,
        .right_column = left + 2,
        .right_columns = right,
        .info_column = state->columns - width->info,
        .info_columns = info ? width->info : 0,
    };
    if (state->present && !present_shows_list(state)) {
        mine.left_columns = 0;
        mine.rule_column = -1;
        mine.right_column = 1;
        mine.right_columns = state->columns - 2;
    }
    if (state->present)
        present_lay_out(state, layout, &mine);
    else
        mine.page = lay_out_page(layout, state->columns, right, info);
    explore_lay_out_left(state, layout, &mine);
    return mine;
}

struct place explore_place(const struct explore_layout *mine, size_t i)
{
    const struct page_layout *page = &mine->page;
    if (page->shelf > 0)
        return present_place(mine, i);
    int lane = (int)i / page->per_lane, at = (int)i % page->per_lane;
    struct place place = {
        .row = page->top + at * page->pitch + (page->pair_gap ? at / 2 : 0),
        .column = mine->right_column + lane * (page->lane_columns + LANE_GAP),
    };
    place.right = place.column + page->lane_columns;
    place.text_right = place.right - (page->lanes > 1);
    place.cover = place.column + 1;
    place.text = place.cover + 2 * page->cover_rows + (page->framed ? 2 : 1);
    return place;
}

int explore_place_at(const struct explore_layout *mine, int row, int column)
{
    for (size_t i = 0; i < PAGE_TRACKS; i++) {
        struct place place = explore_place(mine, i);
        if (row >= place.row && row < place.row + mine->page.pitch && column >= place.column && column < place.right)
            return (int)i;
    }
    return -1;
}
