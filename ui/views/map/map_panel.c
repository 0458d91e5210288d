/* The panel at the right of the map. */
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "ui/view_text.h"
#include "ui/views/map/map.h"
#include "ui/views/map/map_points.h"

static int panel_end(const struct map_layout *mine)
{
    return mine->panel_column + mine->panel_columns;
}

/* Bold: thin characters such as + are easier to see. */
void map_mark_draw(const struct state *state, struct screen *screen, int row, int column, int label)
{
    const struct scatter scatter = map_scatter(state, 0);
    screen_text(screen, row, column, 1, STYLE_TITLE, scatter_mark(label)->text);
    view_colour(screen, row, column, 1, scatter_colour(label, scatter.background));
}

static int64_t albums_of(const struct map_state *map, int label)
{
    int64_t count = 0;
    for (size_t i = 0; i < map->albums.count; i++)
        count += map->labels[i] == label;
    return count;
}

static void draw_legend(const struct state *state, const struct map_layout *mine, struct screen *screen)
{
    const struct map_state *map = map_of(state);
    int selected = map->selected >= 0 ? map->labels[map->selected] : -1;
    for (int label = 0; label < map->n_labels; label++) {
        int row = mine->legend_top + label, column = mine->panel_column;
        char count[32];
        view_count(albums_of(map, label), count);
        int used = screen_text_right(screen, row, panel_end(mine), 8, STYLE_DIM, count);
        if (label == selected)
            screen_text(screen, row, column, 1, STYLE_ACCENT, "▸");
        map_mark_draw(state, screen, row, column + 2, label);
        screen_text(screen, row, column + 4, mine->panel_columns - 4 - used - 1,
                    label == selected ? STYLE_TITLE : STYLE_TEXT, map->label_names[label]);
    }
    if (selected >= 0 && !screen->cursor_visible) { /* on a picture it would hide the mark */
        screen->cursor_row = mine->legend_top + selected;
        screen->cursor_column = mine->panel_column;
        screen->cursor_visible = true;
    }
}

static void write_facts(const struct album *album, char text[64])
{
    int size = album->year > 0 ? snprintf(text, 64, "%d · ", album->year) : 0;
    snprintf(text + size, 64 - (size_t)size, "%d track%s", album->n_tracks, album->n_tracks == 1 ? "" : "s");
}

/* Title, artist, and year with the number of tracks. Beside the cover, where columns are few, title and artist may take
 * several rows; the artist has one at least. */
void map_album_draw(const struct map_layout *mine, const struct album *album, struct screen *screen)
{
    char facts[64];
    int row = mine->text_top, column = mine->text_column, columns = mine->text_columns;
    int artist_rows = mine->text_rows > 3 && text_width(album->artist, strlen(album->artist)) > columns ? 2 : 1;
    int title_rows = mine->text_rows - 1 - artist_rows;
    row += view_paragraph(screen, row, column, columns, title_rows, STYLE_TITLE, album->title);
    row += view_paragraph(screen, row, column, columns, artist_rows, STYLE_TEXT, album->artist);
    write_facts(album, facts);
    screen_text(screen, row, column, columns, STYLE_DIM, facts);
}

/* "Title · Artist", both cut where they do not fit. */
static void draw_both(struct screen *screen, int row, int column, int columns, const struct album *album)
{
    int title = text_width(album->title, strlen(album->title)),
        artist = text_width(album->artist, strlen(album->artist));
    int left = columns - 3, half = left / 2;
    title = title <= half                             ? title
            : artist <= half && title > left - artist ? left - artist
            : title < left - half                     ? title
                                                      : half;
    int used = screen_text(screen, row, column, title < left ? title : left, STYLE_TEXT, album->title);
    used += screen_text(screen, row, column + used, 3, STYLE_DIM, " · ");
    screen_text(screen, row, column + used, columns - used, STYLE_DIM, album->artist);
}

static void draw_neighbour(const struct map_layout *mine, int row, const struct album *album, float distance,
                           struct screen *screen)
{
    int rows = mine->nearest_rows, column = mine->panel_column + 2 * rows + 1, end = panel_end(mine);
    if (rows == 1) {
        draw_both(screen, row, mine->panel_column, mine->panel_columns, album);
        return;
    }
    struct cover cover = cover_of_album(album);
    view_cover(screen, row, mine->panel_column, rows, &cover, false);
    char number[32];
    view_score(distance, number);
    int used = screen_text_right(screen, row, end, 8, STYLE_DIM, number);
    screen_text(screen, row, column, end - used - 1 - column, STYLE_TEXT, album->title);
    screen_text(screen, row + 1, column, end - column, STYLE_DIM, album->artist);
}

static void draw_nearest(const struct map_panel *map, const struct map_layout *mine, struct screen *screen)
{
    if (map->nearest.count == 0)
        return;
    if (mine->nearest_heading >= 0) {
        screen_text(screen, mine->nearest_heading, mine->panel_column, mine->panel_columns, STYLE_DIM,
                    "Nearest covers");
        if (mine->nearest_rows > 1)
            screen_text_right(screen, mine->nearest_heading, panel_end(mine), 8, STYLE_DIM, "distance");
    }
    for (int i = 0; i < mine->nearest_count && (size_t)i < map->nearest.count; i++)
        draw_neighbour(mine, mine->nearest_top + i * mine->nearest_pitch, &map->nearest.items[i],
                       map->nearest_distances[i], screen);
}

void map_panel_draw(const struct state *state, const struct map_layout *mine, struct screen *screen)
{
    draw_legend(state, mine, screen);
    const struct album *album = map_selected_album(state);
    if (!album)
        return;
    struct cover cover = cover_of_album(album);
    view_large_cover(state, screen, mine->cover_top, mine->panel_column, mine->cover_rows, &cover);
    map_album_draw(mine, album, screen);
    draw_nearest(&map_of(state)->panels[0], mine, screen);
}
