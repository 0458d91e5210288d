#include <stdio.h>
#include <stdlib.h>

#include "ui/view_text.h"
#include "ui/views/map/map.h"
#include "ui/views/map/map_points.h"

/* The old map stays until the map of another embedding set has arrived. */
static bool is_there(const struct map_state *map)
{
    return map->phase == MAP_MOVING || map->phase == MAP_RESTING ||
           (map->phase == MAP_OPENING && map->albums.count > 0);
}

static void write_progress(const struct map_state *map, char text[160])
{
    char left[32];
    double remaining = map->iteration > 0 ? map->seconds * (map->iterations - map->iteration) / map->iteration : 0;
    view_duration((int64_t)(remaining * 1000 + 999), left);
    text[0] = '\0';
    if (map->phase == MAP_MOVING)
        snprintf(text, 160, "%siteration %d of %d   KL %.3f%s%s", map->paused ? "held at " : "", map->iteration,
                 map->iterations, map->kl, remaining > 1 ? "   " : "", remaining > 1 ? left : "");
    else if (map->phase == MAP_RESTING)
        snprintf(text, 160, "%d iterations   KL %.3f", map->iteration, map->kl);
    else if (map->phase == MAP_OPENING)
        snprintf(text, 160, "opening …");
}

static void write_title(const struct state *state, char text[160])
{
    static const char *const numbers[MAP_LABELS] = {"one", "two",   "three", "four", "five",
                                                    "six", "seven", "eight", "nine", "ten"};
    const struct map_state *map = map_of(state);
    int artists = map->n_labels > 0 ? map->n_labels : MAP_LABELS;
    bool wide = state->columns >= 100;
    const char *the = wide ? "the " : "", *most = wide ? "most frequent " : "";
    if (map->albums.count > 0)
        snprintf(text, 160, "%zu covers of %s%s %sartist%s", map->albums.count, the, numbers[artists - 1], most,
                 artists == 1 ? "" : "s");
    else
        snprintf(text, 160, "Covers of %s%s %sartists", the, numbers[artists - 1], most);
}

static void draw_header(const struct state *state, const struct layout *layout, struct screen *screen)
{
    const struct map_state *map = map_of(state);
    char text[160];
    int row = layout->header_row, right = screen->columns - 1, column = 1;
    write_progress(map, text);
    int end = right - screen_text_right(screen, row, right, screen->columns - 30, STYLE_DIM, text) - 2;
    write_title(state, text);
    column += screen_text(screen, row, column, end - column, STYLE_TITLE, text);
    if (!is_there(map))
        return;
    if (map->part.zoom > 1)
        snprintf(text, sizeof text, " · %s · %.3g×", map->set, (double)map->part.zoom);
    else
        snprintf(text, sizeof text, " · %s", map->set);
    screen_text(screen, row, column, end - column, STYLE_DIM, text);
}

/* ---- the points as characters ---- */

struct cell_counts {
    uint16_t albums[MAP_LABELS];
};

/* Of several albums in one cell, the artist with the most is shown, and of equals the first of the legend. */
static int label_of(const struct cell_counts *cell)
{
    int best = 0;
    for (int label = 1; label < MAP_LABELS; label++)
        if (cell->albums[label] > cell->albums[best])
            best = label;
    return best;
}

static void draw_cell(struct screen *screen, int row, int column, int label, uint32_t page)
{
    screen_text(screen, row, column, 1, STYLE_TITLE, scatter_mark(label)->text);
    view_colour(screen, row, column, 1, scatter_colour(label, page));
}

/* The selected point, in a frame. */
static void draw_framed(const struct state *state, const struct map_layout *mine, int row, int column,
                        struct screen *screen)
{
    const struct map_state *map = map_of(state);
    const uint32_t page = map_scatter(state).background;
    int top = mine->map_top + row, left = 1 + column;
    draw_cell(screen, top, left, map->labels[map->selected], page);
    if (column > 0)
        screen_text(screen, top, left - 1, 1, STYLE_FRAME, "[");
    if (column + 1 < mine->map_columns)
        screen_text(screen, top, left + 1, 1, STYLE_FRAME, "]");
    screen->cursor_row = top;
    screen->cursor_column = left;
    screen->cursor_visible = true;
}

static void draw_characters(const struct state *state, const struct map_layout *mine, struct screen *screen)
{
    const struct map_state *map = map_of(state);
    const struct map_size size = {mine->map_rows, mine->map_columns};
    const uint32_t page = map_scatter(state).background;
    struct cell_counts *counts = calloc((size_t)size.rows * (size_t)size.columns, sizeof *counts);
    int *cells = map_point_cells(state, size);
    for (size_t i = 0; counts && cells && i < map->albums.count; i++) {
        int at = cells[i];
        if (at < 0)
            continue;
        counts[at].albums[map->labels[i]]++;
        draw_cell(screen, mine->map_top + at / size.columns, 1 + at % size.columns, label_of(&counts[at]), page);
    }
    if (cells && map->selected >= 0 && cells[map->selected] >= 0)
        draw_framed(state, mine, cells[map->selected] / size.columns, cells[map->selected] % size.columns, screen);
    free(counts);
    free(cells);
}

static void draw_picture(const struct state *state, const struct map_layout *mine, struct screen *screen)
{
    const struct map_state *map = map_of(state);
    struct image_rect rect = {
        .row = mine->map_top,
        .column = 1,
        .rows = mine->map_rows,
        .columns = mine->map_columns,
        .reference = {.kind = IMAGE_MAP, .id = 1, .version = map->version},
        .colour = 0x000000,
    };
    screen_image(screen, &rect);
}

static void draw_empty(const struct state *state, const struct map_layout *mine, struct screen *screen)
{
    const struct map_state *map = map_of(state);
    const char *text = "Opening the map: covers and their neighbours are looked up …";
    enum style style = STYLE_DIM;
    if (map->phase == MAP_FAILED || map->failure[0]) {
        text = map->failure;
        style = STYLE_WARNING;
    }
    view_paragraph(screen, mine->map_top + mine->map_rows / 2 - 1, 4, mine->map_columns - 8, 4, style, text);
}

void map_draw(const struct state *state, const struct layout *layout, struct screen *screen)
{
    const struct map_layout mine = map_layout(state, layout);
    draw_header(state, layout, screen);
    if (!is_there(map_of(state))) {
        draw_empty(state, &mine, screen);
        return;
    }
    if (map_of(state)->albums.count == 0) {
        view_paragraph(screen, mine.map_top + 1, 3, mine.map_columns - 6, 4, STYLE_DIM,
                       "There are no albums to show: import playlists with albums first.");
        return;
    }
    if (map_look(state) == MAP_CHARACTERS)
        draw_characters(state, &mine, screen);
    else
        draw_picture(state, &mine, screen);
    map_panel_draw(state, &mine, screen);
}
