#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "core/text_number.h"
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
        snprintf(text, 160, "%siteration %d of %d%s%s", map->paused ? "held at " : "", map->iteration, map->iterations,
                 remaining > 1 ? "   " : "", remaining > 1 ? left : "");
    else if (map->phase == MAP_RESTING)
        snprintf(text, 160, "%d iterations", map->iteration);
    else if (map->phase == MAP_OPENING)
        snprintf(text, 160, "opening …");
}

static void write_title(const struct state *state, char text[160])
{
    static const char *const numbers[MAP_LABELS] = {"one", "two",   "three", "four", "five",
                                                    "six", "seven", "eight", "nine", "ten"};
    const struct map_state *map = map_of(state);
    int shown = map->colour[0] ? map->n_artist_labels : map->n_labels, artists = shown > 0 ? shown : MAP_LABELS;
    bool wide = state->columns >= 100;
    const char *the = wide ? "the " : "", *most = wide ? "most frequent " : "";
    if (map->albums.count > 0)
        snprintf(text, 160, "%zu covers of %s%s %sartist%s", map->albums.count, the, numbers[artists - 1], most,
                 artists == 1 ? "" : "s");
    else
        snprintf(text, 160, "Covers of %s%s %sartists", the, numbers[artists - 1], most);
    if (map->albums.count > 0 && map->colour[0])
        snprintf(text + strlen(text), 160 - strlen(text), ", by %.60s", map->colour);
}

/* "clip (random weights)" */
static const char *panel_name(const struct map_panel *panel, char text[160])
{
    snprintf(text, 160, "%s%s", panel->set, panel->random_weights ? " (random weights)" : "");
    return text;
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
    if (map->n_panels == 1) {
        const struct map_panel *panel = &map->panels[0];
        column += screen_text(screen, row, column, end - column, STYLE_DIM, " · ");
        column += screen_text(screen, row, column, end - column, panel->random_weights ? STYLE_WARNING : STYLE_DIM,
                              panel_name(panel, text));
    }
    if (map->panels[0].part.zoom > 1) {
        snprintf(text, sizeof text, " · %.3g×", (double)map->panels[0].part.zoom);
        screen_text(screen, row, column, end - column, STYLE_DIM, text);
    }
}

/* ---- names above and measures below the maps ---- */

static void draw_name(const struct map_state *map, int panel, const struct map_layout *mine, struct screen *screen)
{
    char text[160];
    const int column = mine->map_column[panel];
    const bool active = panel == map->active;
    if (active)
        screen_text(screen, mine->names_row, column, 1, STYLE_ACCENT, "▸");
    const struct map_panel *of = &map->panels[panel];
    screen_text(screen, mine->names_row, column + 2, mine->map_columns[panel] - 2,
                of->random_weights ? STYLE_WARNING
                : active           ? STYLE_TITLE
                                   : STYLE_DIM,
                panel_name(of, text));
}

/* The longest of these forms that fits. */
static void draw_measures(const struct map_state *map, int panel, const struct map_layout *mine, struct screen *screen)
{
    const struct map_panel *of = &map->panels[panel];
    const double purity = 100 * of->map.purity, own = 100 * of->space.purity, chance = 100 * of->space.purity_chance;
    const int columns = mine->map_columns[panel];
    const double silhouette = text_plain_zero(of->map.silhouette, 2);
    char texts[5][256];
    if (isnan(of->map.purity)) {
        snprintf(texts[0], sizeof texts[0], "KL %.3f", of->kl);
        screen_text(screen, mine->measures_row, mine->map_column[panel], columns, STYLE_DIM, texts[0]);
        return;
    }
    snprintf(texts[0], sizeof texts[0],
             "KL %.3f   %d nearest of the same artist %.0f %% (embedding %.0f %%, chance %.0f %%)   silhouette %.2f "
             "(embedding %.2f)",
             of->kl, of->map.neighbours, purity, own, chance, silhouette, text_plain_zero(of->space.silhouette, 2));
    snprintf(texts[1], sizeof texts[1],
             "KL %.3f  same artist %.0f %% (embedding %.0f, chance %.0f)  silhouette %.2f (%.2f)", of->kl, purity, own,
             chance, silhouette, text_plain_zero(of->space.silhouette, 2));
    snprintf(texts[2], sizeof texts[2], "KL %.3f  same artist %.0f %% (chance %.0f)  silhouette %.2f", of->kl, purity,
             chance, silhouette);
    snprintf(texts[3], sizeof texts[3], "KL %.3f  same artist %.0f %%  silhouette %.2f", of->kl, purity, silhouette);
    snprintf(texts[4], sizeof texts[4], "KL %.2f artist %.0f %% silhouette %.2f", of->kl, purity, silhouette);
    int form = 0;
    while (form < 4 && text_width(texts[form], strlen(texts[form])) > columns)
        form++;
    screen_text(screen, mine->measures_row, mine->map_column[panel], columns, STYLE_DIM, texts[form]);
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
static void draw_framed(const struct state *state, const struct map_layout *mine, int panel, int row, int column,
                        struct screen *screen)
{
    const struct map_state *map = map_of(state);
    const uint32_t page = map_scatter(state, panel).background;
    int top = mine->map_top + row, left = mine->map_column[panel] + column;
    draw_cell(screen, top, left, map->labels[map->selected], page);
    if (column > 0)
        screen_text(screen, top, left - 1, 1, STYLE_FRAME, "[");
    if (column + 1 < mine->map_columns[panel])
        screen_text(screen, top, left + 1, 1, STYLE_FRAME, "]");
    if (panel != map->active)
        return;
    screen->cursor_row = top;
    screen->cursor_column = left;
    screen->cursor_visible = true;
}

static void draw_characters(const struct state *state, const struct map_layout *mine, int panel, struct screen *screen)
{
    const struct map_state *map = map_of(state);
    const struct map_size size = {panel, mine->map_rows, mine->map_columns[panel]};
    const uint32_t page = map_scatter(state, panel).background;
    struct cell_counts *counts = calloc((size_t)size.rows * (size_t)size.columns, sizeof *counts);
    int *cells = map_point_cells(state, size);
    for (size_t i = 0; counts && cells && i < map->albums.count; i++) {
        int at = cells[i];
        if (at < 0)
            continue;
        counts[at].albums[map->labels[i]]++;
        draw_cell(screen, mine->map_top + at / size.columns, mine->map_column[panel] + at % size.columns,
                  label_of(&counts[at]), page);
    }
    if (cells && map->selected >= 0 && cells[map->selected] >= 0)
        draw_framed(state, mine, panel, cells[map->selected] / size.columns, cells[map->selected] % size.columns,
                    screen);
    free(counts);
    free(cells);
}

static void draw_picture(const struct state *state, const struct map_layout *mine, int panel, struct screen *screen)
{
    const struct map_state *map = map_of(state);
    struct image_rect rect = {
        .row = mine->map_top,
        .column = mine->map_column[panel],
        .rows = mine->map_rows,
        .columns = mine->map_columns[panel],
        .reference = {.kind = IMAGE_MAP, .id = 1 + panel, .version = map->version},
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
    view_paragraph(screen, mine->map_top + mine->map_rows / 2 - 1, 4, mine->map_columns[0] - 8, 4, style, text);
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
        view_paragraph(screen, mine.map_top + 1, 3, mine.map_columns[0] - 6, 4, STYLE_DIM,
                       "There are no albums to show: import playlists with albums or a folder of music first.");
        return;
    }
    for (int panel = 0; panel < mine.n_maps; panel++) {
        if (mine.names_row >= 0)
            draw_name(map_of(state), panel, &mine, screen);
        if (map_look(state) == MAP_CHARACTERS)
            draw_characters(state, &mine, panel, screen);
        else
            draw_picture(state, &mine, panel, screen);
        draw_measures(map_of(state), panel, &mine, screen);
    }
    if (mine.n_maps > 1)
        map_strip_draw(state, &mine, screen);
    else
        map_panel_draw(state, &mine, screen);
}
