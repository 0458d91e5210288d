#include <stdio.h>
#include <string.h>

#include "ui/view_text.h"
#include "ui/views/map/map.h"
#include "ui/views/map/map_points.h"

/* The old map stays until the map of another embedding set has arrived. */
static bool is_there(const struct map_state *map)
{
    return map->phase == MAP_MOVING || map->phase == MAP_RESTING ||
           (map->phase == MAP_OPENING && map->albums.count > 0);
}

static void draw_header(const struct state *state, const struct layout *layout, struct screen *screen)
{
    const struct map_state *map = map_of(state);
    char text[160] = "", left[32];
    int right = screen->columns - 1, used = 0;
    double remaining = map->iteration > 0 ? map->seconds * (map->iterations - map->iteration) / map->iteration : 0;
    view_duration((int64_t)(remaining * 1000 + 999), left);
    if (map->phase == MAP_MOVING)
        snprintf(text, sizeof text, "%siteration %d of %d   KL %.3f%s%s", map->paused ? "held at " : "", map->iteration,
                 map->iterations, map->kl, remaining > 1 ? "   " : "", remaining > 1 ? left : "");
    else if (map->phase == MAP_RESTING)
        snprintf(text, sizeof text, "%d iterations   KL %.3f", map->iteration, map->kl);
    else if (map->phase == MAP_OPENING)
        snprintf(text, sizeof text, "opening …");
    used = screen_text_right(screen, layout->header_row, right, screen->columns / 2, STYLE_DIM, text);
    int title = screen_text(screen, layout->header_row, 1, screen->columns - used - 4, STYLE_TITLE,
                            "Covers of the ten most frequent artists");
    if (is_there(map)) {
        snprintf(text, sizeof text, "· %s", map->set);
        screen_text(screen, layout->header_row, title + 2, screen->columns - used - title - 5, STYLE_DIM, text);
    }
}

static void draw_marks(const struct state *state, const struct map_layout *mine, struct screen *screen)
{
    const struct map_state *map = map_of(state);
    for (size_t i = 0; i < map->albums.count; i++) {
        int row, column;
        const struct scatter_style *style = scatter_style(map->labels[i]);
        map_point_cell(state, (int64_t)i, mine->map_rows, mine->map_columns, &row, &column);
        screen_text(screen, mine->map_top + row, 1 + column, 1, STYLE_TEXT, style->mark);
        view_colour(screen, mine->map_top + row, 1 + column, 1, style->colour);
    }
}

static void draw_points(const struct state *state, const struct map_layout *mine, struct screen *screen)
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
    bool marks = state->no_images || map->marks;
    if (marks)
        draw_marks(state, mine, screen);
    else
        screen_image(screen, &rect);
    if (map->selected >= 0) {
        int row, column;
        map_point_cell(state, map->selected, mine->map_rows, mine->map_columns, &row, &column);
        if (marks) {
            screen_restyle(screen, mine->map_top + row, 1 + column, 1, STYLE_SELECTED);
            screen->cursor_row = mine->map_top + row;
            screen->cursor_column = 1 + column;
            screen->cursor_visible = true;
        }
    }
}

static void draw_legend(const struct state *state, const struct map_layout *mine, struct screen *screen)
{
    const struct map_state *map = map_of(state);
    int selected = map->selected >= 0 ? map->labels[map->selected] : -1;
    for (int i = 0; i < map->n_labels; i++) {
        const struct scatter_style *style = scatter_style(i);
        int row = mine->legend_top + i, column = mine->legend_column;
        if (i == selected)
            screen_text(screen, row, column, 1, STYLE_ACCENT, "▸");
        screen_text(screen, row, column + 2, 1, STYLE_TEXT, style->mark);
        view_colour(screen, row, column + 2, 1, style->colour);
        screen_text(screen, row, column + 4, mine->legend_columns - 4, i == selected ? STYLE_TITLE : STYLE_TEXT,
                    map->label_names[i]);
    }
}

static void draw_nearest(const struct state *state, const struct map_layout *mine, struct screen *screen)
{
    const struct map_state *map = map_of(state);
    int end = mine->legend_column + mine->legend_columns, column = mine->nearest_column;
    if (mine->nearest_top > mine->cover_top && mine->nearest_rows > 0 && map->nearest.count > 0)
        screen_text(screen, mine->nearest_top - 1, column, end - column, STYLE_DIM, "Nearest covers");
    for (int i = 0; i < mine->nearest_rows && (size_t)i < map->nearest.count; i++) {
        const struct album *album = &map->nearest.items[i];
        char text[1024];
        int row = mine->nearest_top + i;
        struct cover cover = cover_of_album(album);
        view_cover(screen, row, column, 1, &cover, false);
        if (end - column >= 26)
            snprintf(text, sizeof text, "%.480s · %.480s", album->title, album->artist);
        else
            snprintf(text, sizeof text, "%.960s", album->title);
        screen_text(screen, row, column + 3, end - column - 3, STYLE_DIM, text);
    }
}

static void draw_selected(const struct state *state, const struct map_layout *mine, struct screen *screen)
{
    const struct album *album = map_selected_album(state);
    if (!album)
        return;
    int column = mine->legend_column, columns = mine->legend_columns, row = mine->cover_top;
    struct cover cover = cover_of_album(album);
    row += view_large_cover(state, screen, row, column, mine->cover_rows, &cover);
    char text[1024];
    if (!screen->cursor_visible) { /* on the picture it would hide the mark */
        screen->cursor_row = row;
        screen->cursor_column = column - 1;
        screen->cursor_visible = true;
    }
    screen_text(screen, row, column, columns, STYLE_TITLE, album->title);
    if (album->year > 0)
        snprintf(text, sizeof text, "%.900s · %d", album->artist, album->year);
    else
        snprintf(text, sizeof text, "%.900s", album->artist);
    screen_text(screen, row + 1, column, columns, STYLE_TEXT, text);
    draw_nearest(state, mine, screen);
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
    draw_points(state, &mine, screen);
    draw_legend(state, &mine, screen);
    draw_selected(state, &mine, screen);
}
