#include <stdio.h>

#include "ui/view_text.h"
#include "ui/views/gallery/sheet.h"

enum { PANEL_COLUMNS_MIN = 28, PANEL_COLUMNS_MAX = 60, COVER_ROWS_MAX = 24, ROWS_MAX = 32 };

static int body_rows(const struct layout *layout)
{
    return layout->body_end - layout->header_row - 2;
}

int64_t sheet_wanted(const struct state *state)
{
    const struct layout layout = layout_of(state);
    if (state->pixel_images)
        return SHEET_COVERS;
    int rows = layout_between(body_rows(&layout), 1, (state->columns - 4 - PANEL_COLUMNS_MIN) / 2);
    rows /= 1 + (rows - 1) / ROWS_MAX; /* more rows: larger blocks */
    return (int64_t)rows * rows;
}

struct sheet_layout sheet_layout(const struct state *state, const struct layout *layout)
{
    const struct sheet_state *mine = sheet_of(state);
    const struct contact_sheet *sheet = &mine->sheet;
    struct sheet_layout at = {.top = layout->header_row + 2, .column = 2, .rows = body_rows(layout)};
    const int columns = sheet->columns > 0 ? sheet->columns : 1, rows = sheet->rows > 0 ? sheet->rows : 1,
              most = state->columns - 4 - PANEL_COLUMNS_MIN;
    if (state->pixel_images) {
        int wide = most * state->cell_width / columns, high = at.rows * state->cell_height / rows;
        at.edge = layout_between(wide < high ? wide : high, 1, SHEET_EDGE_MAX);
        at.columns = (at.edge * columns + state->cell_width - 1) / state->cell_width;
        at.rows = (at.edge * rows + state->cell_height - 1) / state->cell_height;
    } else {
        const int wide = most / (2 * columns), high = at.rows / rows;
        at.cells = layout_between(wide < high ? wide : high, 1, at.rows);
        const int shown = at.rows / at.cells < rows ? at.rows / at.cells : rows;
        at.columns = layout_between(2 * at.cells * columns, 2, most);
        at.first = layout_between(mine->row - shown / 2, 0, rows - shown);
        at.rows = shown * at.cells;
    }
    at.panel_column = at.column + at.columns + 2;
    at.panel_columns = layout_between(state->columns - 2 - at.panel_column, 1, PANEL_COLUMNS_MAX);
    return at;
}

const struct album *sheet_album(const struct state *state)
{
    const struct sheet_state *mine = sheet_of(state);
    const int cell = mine->row * mine->sheet.columns + mine->column;
    for (size_t i = 0; i < mine->sheet.albums.count; i++)
        if (mine->sheet.cells[i] == cell)
            return &mine->sheet.albums.items[i];
    return NULL;
}

static void draw_block(const struct album *album, bool selected, int cells, struct screen *screen, int row, int column)
{
    const struct cover cover = cover_of_album(album);
    for (int r = row; r < row + cells; r++) {
        for (int c = column; c < column + 2 * cells; c++)
            screen_text(screen, r, c, 1, STYLE_TEXT, "█");
        view_colour(screen, r, column, 2 * cells, cover.colour);
        if (!selected)
            continue;
        screen_text(screen, r, column, 1, STYLE_FRAME, "[");
        screen_text(screen, r, column + 2 * cells - 1, 1, STYLE_FRAME, "]");
    }
}

/* A block of colour for each cover; the cursor's is in brackets. */
static void draw_colours(const struct state *state, const struct sheet_layout *at, struct screen *screen)
{
    const struct sheet_state *mine = sheet_of(state);
    const struct contact_sheet *sheet = &mine->sheet;
    const int shown = at->rows / at->cells;
    for (size_t i = 0; i < sheet->albums.count; i++) {
        int row = sheet->cells[i] / sheet->columns, column = sheet->cells[i] % sheet->columns;
        if (row >= at->first && row < at->first + shown && 2 * at->cells * (column + 1) <= at->columns)
            draw_block(&sheet->albums.items[i], row == mine->row && column == mine->column, at->cells, screen,
                       at->top + at->cells * (row - at->first), at->column + 2 * at->cells * column);
    }
    screen->cursor_row = at->top + at->cells * (mine->row - at->first);
    screen->cursor_column = at->column + 2 * at->cells * mine->column;
    screen->cursor_visible = true;
}

static void draw_picture(const struct state *state, const struct sheet_layout *at, struct screen *screen)
{
    struct image_rect rect = {
        .row = at->top,
        .column = at->column,
        .rows = at->rows,
        .columns = at->columns,
        .reference = {.kind = IMAGE_MAP, .id = IMAGE_MAP_SHEET, .version = sheet_of(state)->version},
        .colour = 0x000000,
    };
    screen_image(screen, &rect);
}

static void draw_panel(const struct state *state, const struct layout *layout, const struct sheet_layout *at,
                       struct screen *screen)
{
    const struct contact_sheet *sheet = &sheet_of(state)->sheet;
    const struct album *album = sheet_album(state);
    const int column = at->panel_column, columns = at->panel_columns, end = layout->body_end;
    int row = at->top;
    if (album) {
        const struct cover cover = cover_of_album(album);
        int rows = layout_between(end - row - 9, 1, columns / 2);
        row += view_large_cover(state, screen, row, column, layout_between(rows, 1, COVER_ROWS_MAX), &cover);
        row += view_paragraph(screen, row, column, columns, 2, STYLE_TITLE, album->title);
        row += view_paragraph(screen, row, column, columns, 1, STYLE_TEXT, album->artist);
        char facts[64];
        int size = album->year > 0 ? snprintf(facts, sizeof facts, "%d · ", album->year) : 0;
        snprintf(facts + size, sizeof facts - (size_t)size, "%d track%s", album->n_tracks,
                 album->n_tracks == 1 ? "" : "s");
        screen_text(screen, row, column, columns, STYLE_DIM, facts);
        row += 2;
    }
    row += view_paragraph(screen, row, column, columns, layout_between(end - row, 0, 3),
                          sheet->random_weights ? STYLE_WARNING : STYLE_DIM, sheet->caption[1]);
    view_paragraph(screen, row, column, columns, layout_between(end - row, 0, 2), STYLE_DIM, sheet->caption[0]);
}

static void draw_title(const struct state *state, const struct layout *layout, struct screen *screen)
{
    const struct sheet_state *mine = sheet_of(state);
    char text[NAME_SIZE + 64] = "";
    const bool by_set = mine->order == SHEET_MAP || mine->order == SHEET_SIMILARITY;
    snprintf(text, sizeof text, "order: %s%s%s%s", sheet_order_name(mine->order), by_set ? " in " : "",
             by_set ? mine->set : "", state_awaits(state, EFFECT_SHEET) ? ", arranging …" : "");
    int used =
        screen_text_right(screen, layout->header_row, screen->columns - 2, screen->columns - 24, STYLE_DIM, text);
    screen_text(screen, layout->header_row, 2, screen->columns - 6 - used, STYLE_TITLE,
                mine->sheet.title[0] ? mine->sheet.title : "Contact sheet");
    view_rule(screen, layout->header_row + 1, 1, screen->columns - 2);
}

void sheet_draw(const struct state *state, const struct layout *layout, struct screen *screen)
{
    const struct sheet_state *mine = sheet_of(state);
    const struct sheet_layout at = sheet_layout(state, layout);
    draw_title(state, layout, screen);
    if (mine->sheet.albums.count == 0) {
        const bool failed = mine->failure[0] != '\0';
        view_paragraph(screen, at.top + 1, 2, screen->columns - 4, 4, failed ? STYLE_WARNING : STYLE_DIM,
                       failed ? mine->failure : "Covers are chosen and arranged …");
        return;
    }
    if (at.edge > 0)
        draw_picture(state, &at, screen);
    else
        draw_colours(state, &at, screen);
    draw_panel(state, layout, &at, screen);
}
