/* What is below two maps: the legend, the selected album, and the covers nearest to it in each embedding. */
#include <stdio.h>

#include "ui/view_text.h"
#include "ui/views/map/map.h"
#include "ui/views/map/map_points.h"

/* Column by column, so that the order is read downwards. */
static void draw_legend(const struct state *state, const struct map_layout *mine, struct screen *screen)
{
    const struct map_state *map = map_of(state);
    const int selected = map->selected >= 0 ? map->labels[map->selected] : -1;
    const int pitch = (state->columns - 2) / MAP_LEGEND_COLUMNS;
    for (int label = 0; label < map->n_labels; label++) {
        int row = mine->legend_top + label % MAP_LEGEND_ROWS, column = 1 + label / MAP_LEGEND_ROWS * pitch;
        map_mark_draw(state, screen, row, column + 2, label);
        screen_text(screen, row, column + 4, pitch - 6, label == selected ? STYLE_TITLE : STYLE_TEXT,
                    map->label_names[label]);
        if (label != selected)
            continue;
        screen_text(screen, row, column, 1, STYLE_ACCENT, "▸");
        if (!screen->cursor_visible) { /* on a picture it would hide the mark */
            screen->cursor_row = row;
            screen->cursor_column = column;
            screen->cursor_visible = true;
        }
    }
}

/* Whether it is among the nearest that are shown. */
static bool is_near(const struct map_panel *panel, int shown, int64_t album)
{
    for (size_t i = 0; i < panel->nearest.count && i < (size_t)shown; i++)
        if (panel->nearest.items[i].id == album)
            return true;
    return false;
}

/* The mark of an album's artist; -1: not one of the legend. */
static int label_of_album(const struct map_state *map, const struct album *album)
{
    for (size_t i = 0; i < map->albums.count; i++)
        if (map->albums.items[i].artist_id == album->artist_id)
            return map->labels[i];
    return -1;
}

/* The artist's mark, the distance, and = if the album is also near in the other map. */
static void draw_note(const struct state *state, int row, int column, int columns, const struct map_panel *panel,
                      size_t at, bool in_both, struct screen *screen)
{
    char number[32], text[40];
    int label = label_of_album(map_of(state), &panel->nearest.items[at]);
    if (label >= 0)
        map_mark_draw(state, screen, row, column, label);
    view_score(panel->nearest_distances[at], number);
    snprintf(text, sizeof text, "%s%s", number, in_both && columns >= 8 ? " =" : "");
    screen_text(screen, row, column + 2, columns - 2, STYLE_DIM, text);
}

static void draw_block(const struct state *state, const struct map_layout *mine, int which, struct screen *screen)
{
    const struct map_state *map = map_of(state);
    const struct map_panel *panel = &map->panels[which], *other = &map->panels[1 - which];
    const int rows = mine->thumbnail_rows, pitch = 2 * rows + 1 + (rows < 4), column = mine->block_column[which];
    int count = (mine->block_columns + pitch - 2 * rows) / pitch, in_both = 0;
    count = layout_between(count, 0, (int)panel->nearest.count);
    for (int i = 0; i < count; i++) {
        const struct album *album = &panel->nearest.items[i];
        const bool both = is_near(other, count, album->id);
        struct cover cover = cover_of_album(album);
        in_both += both;
        view_cover(screen, mine->strip_top + 1, column + i * pitch, rows, &cover, false);
        if (mine->distances)
            draw_note(state, mine->strip_top + 1 + rows, column + i * pitch, pitch - 1, panel, (size_t)i, both, screen);
    }
    char text[96];
    int used = 0;
    if (count > 0 && mine->block_columns >= 34) {
        snprintf(text, sizeof text, "%d of %d in both", in_both, count);
        used = screen_text_right(screen, mine->strip_top, column + mine->block_columns, 16, STYLE_DIM, text) + 1;
    }
    snprintf(text, sizeof text, "Nearest in %s", panel->set);
    screen_text(screen, mine->strip_top, column, mine->block_columns - used, STYLE_DIM, text);
}

void map_strip_draw(const struct state *state, const struct map_layout *mine, struct screen *screen)
{
    draw_legend(state, mine, screen);
    const struct album *album = map_selected_album(state);
    if (!album)
        return;
    struct cover cover = cover_of_album(album);
    view_large_cover(state, screen, mine->cover_top, mine->panel_column, mine->cover_rows, &cover);
    map_album_draw(mine, album, screen);
    for (int which = 0; which < MAP_PANELS_MAX; which++)
        draw_block(state, mine, which, screen);
}
