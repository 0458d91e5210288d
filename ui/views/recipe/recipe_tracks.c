/* The tracks that a recipe finds, with covers. */
#include <stdio.h>
#include <string.h>

#include "app/editions.h"
#include "core/text.h"
#include "ui/view_text.h"
#include "ui/views/recipe/recipe_view.h"

/* "in 5 playlists", or the rank of a suggestion. */
static void write_place(const struct recipe_state *mine, size_t at, char text[64])
{
    char count[32];
    if (mine->filters) {
        snprintf(text, 64, "rank %zu", mine->ranks[at]);
        return;
    }
    view_count(mine->answer.years[at].count, count);
    snprintf(text, 64, "in %s", count);
}

/* "1999", or what is wrong with it: "1999, earliest 1967: remaster". */
static void write_year(const struct app_recipe_year *year, char text[160])
{
    char doubt[EDITION_TEXT_SIZE];
    edition_describe(year->editions, doubt);
    size_t at = 0;
    if (year->release > 0)
        at = (size_t)snprintf(text, 160, "%d", (int)year->release);
    else
        at = (size_t)snprintf(text, 160, "year unknown");
    if (year->earliest > 0 && year->earliest < year->release)
        at += (size_t)snprintf(text + at, 160 - at, ", earliest %d", (int)year->earliest);
    if (doubt[0])
        snprintf(text + at, 160 - at, ": %s", doubt);
}

static void draw_track(const struct state *state, const struct recipe_layout *at, size_t item, struct screen *screen)
{
    const struct recipe_state *mine = recipe_of(state);
    const struct track *track = recipe_shown(state)->items[item];
    const int row = list_item_row(&at->tracks, &mine->tracks_at, item), cover = at->right_column + 1;
    const int text = cover + 2 * at->cover_rows + 1, right = at->right_column + at->right_columns - 1;
    const bool selected = item == mine->tracks_at.selected && mine->pane == RECIPE_TRACKS;
    const struct row_styles styles = view_row_styles(selected, false, STYLE_TEXT);
    const struct cover picture = cover_of_track(track);
    char place[64], line[256], year[160] = "";
    if (selected)
        view_selected_row(screen, row, at->right_column, right, at->cover_rows, 0);
    view_cover(screen, row, cover, at->cover_rows, &picture, false);
    write_place(mine, item, place);
    const int used = screen_text_right(screen, row, right, 16, styles.dim, place);
    view_title(screen, row, text, right - used - 1 - text, styles.title, track);
    if (!mine->filters)
        write_year(&mine->answer.years[item], year);
    const bool doubtful = !mine->filters && mine->answer.years[item].editions != 0;
    const enum style year_style = doubtful && !selected ? STYLE_WARNING : styles.dim;
    if (at->cover_rows > 2) {
        screen_text(screen, row + 1, text, right - text, styles.dim, track->artist);
        const int album = screen_text(screen, row + 2, text, right - text, year_style, year);
        snprintf(line, sizeof line, "%s%.200s", album > 0 && track->album[0] ? " · " : "", track->album);
        screen_text(screen, row + 2, text + album, right - text - album, styles.dim, line);
        return;
    }
    const int shown = screen_text(screen, row + 1, text, (right - text) * 3 / 5, year_style, year);
    snprintf(line, sizeof line, "%s%.200s", shown > 0 ? " · " : "", track->artist);
    screen_text(screen, row + 1, text + shown, right - text - shown, styles.dim, line);
}

static void draw_header(const struct state *state, const struct recipe_layout *at, struct screen *screen)
{
    const struct recipe_state *mine = recipe_of(state);
    const int right = at->right_column + at->right_columns - 1;
    char text[160], position[LIST_TEXT_SIZE];
    list_describe(&mine->tracks_at, recipe_shown(state)->count, position);
    int used = screen_text_right(screen, at->title_row, right, 16, STYLE_DIM, position);
    used = at->right_columns - used - 3;
    if (mine->filters)
        snprintf(text, sizeof text, "Suggestions of %.63s that pass", mine->model);
    else if (mine->answer.repeats > 0)
        snprintf(text, sizeof text, "Candidates%s%zu repeat%s%s", at->right_columns < 60 ? ", " : " without ",
                 mine->answer.repeats, mine->answer.repeats == 1 ? "" : "s", at->right_columns < 60 ? " out" : "");
    else
        snprintf(text, sizeof text, "Candidates");
    if (text_width(text, strlen(text)) > used)
        snprintf(text, sizeof text, "%s", mine->filters ? "Suggestions" : "Candidates");
    screen_text(screen, at->title_row, at->right_column + 1, used, STYLE_TITLE, text);
    screen_text(screen, at->summary_row, at->right_column + 1, at->right_columns - 2, STYLE_DIM,
                mine->filters            ? "in the model's order"
                : at->right_columns < 60 ? "in N training playlists"
                                         : "by training playlists that hold them (in N), not recent plays");
}

static void draw_empty(const struct state *state, const struct recipe_layout *at, struct screen *screen)
{
    const struct recipe_state *mine = recipe_of(state);
    char text[RECIPE_WHY_SIZE + 64] = "";
    if (mine->filters)
        snprintf(text, sizeof text, "No suggestion passes the recipe; f shows the candidates.");
    else
        recipe_explain_nothing(&mine->recipe, &mine->answer.counts, text);
    if (!text[0] && mine->answer.repeats == 1)
        snprintf(text, sizeof text, "The playlist has the song of the only candidate.");
    else if (!text[0])
        snprintf(text, sizeof text, "The playlist has the songs of all %zu candidates.", mine->answer.repeats);
    if (text[0] >= 'a' && text[0] <= 'z')
        text[0] = (char)(text[0] - 'a' + 'A');
    view_paragraph(screen, at->tracks.row + 1, at->right_column + 1, at->right_columns - 4, 5, STYLE_WARNING, text);
}

/* Few candidates: which constraint leaves out most. */
static void draw_advice(const struct state *state, const struct recipe_layout *at, struct screen *screen)
{
    enum { FEW = 3 };
    const struct recipe_state *mine = recipe_of(state);
    const struct recipe_counts *counts = &mine->answer.counts;
    const size_t count = mine->tracks.count;
    char text[160], added[32];
    int best = -1;
    for (int i = 0; i < recipe_constraints(&mine->recipe); i++)
        if (!recipe_rule_of(&mine->recipe, i)->dropped && counts->effects[i].added > 0 &&
            (best < 0 || counts->effects[i].added > counts->effects[best].added))
            best = i;
    if (mine->filters || counts->candidates > FEW || best < 0 || count >= (size_t)list_items(&at->tracks))
        return;
    const int row = at->tracks.row + (count > 0 ? (int)count * at->tracks.height + 1 : 4);
    const bool locked = recipe_rule_of(&mine->recipe, best)->locked;
    view_count(counts->effects[best].added, added);
    if (counts->candidates == 0)
        snprintf(text, sizeof text, "Select %.60s at the left: %sd drops it.",
                 recipe_constraint_name(&mine->recipe, best), locked ? "L, then " : "");
    else
        snprintf(text, sizeof text, "Few tracks pass. Drop %.60s (select it, %sd): +%s.",
                 recipe_constraint_name(&mine->recipe, best), locked ? "L, " : "", added);
    view_paragraph(screen, row, at->right_column + 1, at->right_columns - 4, at->tracks.row + at->tracks.rows - row,
                   STYLE_WARNING, text);
}

void recipe_draw_tracks(const struct state *state, const struct recipe_layout *at, struct screen *screen)
{
    const struct recipe_state *mine = recipe_of(state);
    const size_t count = recipe_shown(state)->count;
    draw_header(state, at, screen);
    if (!mine->answered) {
        screen_text(screen, at->tracks.row, at->right_column + 1, at->right_columns - 2, STYLE_DIM,
                    mine->failure[0] ? mine->failure : "The tracks of the catalogue are counted …");
        return;
    }
    if (count == 0)
        draw_empty(state, at, screen);
    for (size_t i = mine->tracks_at.top; i < count && i < mine->tracks_at.top + (size_t)list_items(&at->tracks); i++)
        draw_track(state, at, i, screen);
    draw_advice(state, at, screen);
    list_draw_bar(&at->tracks, &mine->tracks_at, count, screen);
}
