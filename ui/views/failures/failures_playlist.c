/* One test playlist: metrics of the models, seeds, held-out tracks, and a page of suggestions. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "ui/model_names.h"
#include "ui/view_text.h"
#include "ui/views/failures/failures.h"

enum { PAGES = SUGGESTIONS_MAX / PAGE_TRACKS };

static void show_cursor(struct screen *screen, int row, int column)
{
    screen->cursor_row = row;
    screen->cursor_column = column;
    screen->cursor_visible = true;
}

/* ---- metrics ---- */

/* "NDCG 0.123", the name dimmed. Returns the columns used, 0 when it does not fit. */
static int draw_field(struct screen *screen, int row, int column, int right, const char *name, const char *value)
{
    int width = text_width(name, strlen(name)) + 1 + text_width(value, strlen(value));
    if (column + width > right)
        return 0;
    int used = screen_text(screen, row, column, width, STYLE_DIM, name) + 1;
    screen_text(screen, row, column + used, width, STYLE_TEXT, value);
    return width + 3;
}

/* What must be known about the figures of a model, at the end of its row; returns the first column of it. */
static int draw_caution(const struct state *state, const char *model, struct screen *screen, int row, int right)
{
    enum seen_answers seen = model_seen(state, model);
    if (seen == SEEN_NO)
        return right;
    return right - 2 - screen_text_right(screen, row, right, 28, STYLE_WARNING, seen_answers_text(seen));
}

static enum style name_style(const struct state *state, const char *model)
{
    return model_seen(state, model) == SEEN_NO ? STYLE_ACCENT : STYLE_WARNING;
}

static void draw_metrics(const struct state *state, int which, const struct failures_layout *layout,
                         struct screen *screen)
{
    const struct failure_case *opened = &failures_of(state)->opened;
    const struct failure_side *side = &opened->sides[which];
    char label[MODEL_LABEL_SIZE];
    int row = layout->metrics_row + which, right = layout->right_column + layout->right_columns;
    int widest = layout->side_columns / 2, name = 0;
    for (int i = 0; i < opened->n_sides; i++) {
        model_mark(state, opened->sides[i].model, label);
        int width = text_width(label, strlen(label));
        name = width > name ? width : name;
    }
    name = name < widest ? name : widest;
    model_mark(state, side->model, label);
    screen_text(screen, row, layout->right_column, name, name_style(state, side->model), label);
    right = draw_caution(state, side->model, screen, row, right);
    int column = layout->right_column + name + 2;
    char text[64];
    snprintf(text, sizeof text, "%zu of %zu", side->n_hits, opened->held_out.count);
    column += draw_field(screen, row, column, right, "found", text);
    if (!side->evaluated) {
        screen_text(screen, row, column, right - column, STYLE_DIM, "not evaluated on this playlist");
        return;
    }
    enum metric shown[METRICS];
    int n_shown = metrics_by_priority(shown);
    for (int i = 0; i < n_shown; i++) {
        const struct metric_info *info = &metric_infos[shown[i]];
        double value = side->values[shown[i]];
        if (isnan(value))
            continue;
        snprintf(text, sizeof text, "%.*f", info->decimals, value);
        int used = draw_field(screen, row, column, right, info->label, text);
        if (used == 0)
            break;
        column += used;
    }
}

static void draw_title(const struct failure_case *opened, const struct failures_layout *layout, struct screen *screen)
{
    char text[96];
    size_t seeds = opened->seeds.count;
    int right = layout->right_column + layout->right_columns;
    snprintf(text, sizeof text, "%zu %s, %zu held out", seeds, seeds == 1 ? "seed" : "seeds", opened->held_out.count);
    int used = screen_text_right(screen, layout->title_row, right, 28, STYLE_DIM, text);
    screen_text(screen, layout->title_row, layout->right_column, layout->right_columns - used - 2, STYLE_TITLE,
                opened->name);
}

/* ---- seeds and held-out tracks ---- */

static void draw_track(struct screen *screen, int row, int column, int columns, const struct track *track,
                       enum style title, enum style quiet, bool dimmed)
{
    if (columns >= 20) {
        struct cover cover = cover_of_track(track);
        view_cover(screen, row, column, 1, &cover, dimmed);
        column += 3;
        columns -= 3;
    }
    int artist = columns >= 28 ? columns * 2 / 5 : 0;
    screen_text(screen, row, column, columns - (artist ? artist + 1 : 0), title, track->title);
    if (artist)
        screen_text(screen, row, column + columns - artist, artist, quiet, track->artist);
}

static void draw_more(struct screen *screen, int row, int column, size_t more)
{
    char text[32];
    snprintf(text, sizeof text, "and %zu more", more);
    screen_text(screen, row, column, 20, STYLE_DIM, text);
}

static void draw_seeds(const struct failure_case *opened, const struct failures_layout *layout, struct screen *screen,
                       bool dimmed)
{
    int column = layout->right_column;
    screen_text(screen, layout->heading_row, column, layout->side_columns, STYLE_DIM, "Seeds");
    int rows = layout->lists_rows, count = (int)opened->seeds.count;
    int shown = count <= rows ? count : rows - 1;
    for (int i = 0; i < shown; i++) {
        char text[32];
        snprintf(text, sizeof text, "%d", i + 1);
        screen_text_right(screen, layout->lists_top + i, column + 2, 3, STYLE_DIM, text);
        draw_track(screen, layout->lists_top + i, column + 3, layout->side_columns - 3, &opened->seeds.items[i],
                   STYLE_TEXT, STYLE_DIM, dimmed);
    }
    if (shown < count && rows > 0)
        draw_more(screen, layout->lists_top + shown, column + 3, (size_t)(count - shown));
}

/* The rank in one model's list, in green; a dash where the track is not in it. */
static void draw_rank(struct screen *screen, int row, int right, int32_t rank, bool selected)
{
    char text[32] = "–";
    if (rank > 0)
        snprintf(text, sizeof text, "%d", (int)rank);
    screen_text_right(screen, row, right, 4, selected ? STYLE_SELECTED : rank > 0 ? STYLE_GOOD : STYLE_DIM, text);
}

static void draw_held_out_track(const struct state *state, const struct failures_layout *layout, struct screen *screen,
                                int row, size_t at, bool dimmed)
{
    const struct failures_state *failures = failures_of(state);
    const struct failure_case *opened = &failures->opened;
    bool selected = failures->pane == FAILURES_HELD_OUT && at == failures->held_out_at.selected;
    bool two = opened->n_sides > 1, found = opened->sides[0].ranks[at] > 0;
    int column = layout->second_column, right = column + layout->side_columns;
    if (selected) {
        screen_fill(screen, row, column - 1, right - column + 1, STYLE_SELECTED);
        screen_text(screen, row, column - 1, 1, STYLE_SELECTED, "▸");
        show_cursor(screen, row, column - 1);
    }
    screen_text(screen, row, column, 1, selected ? STYLE_SELECTED : STYLE_GOOD, found ? "✓" : " ");
    draw_rank(screen, row, column + 5, opened->sides[0].ranks[at], selected);
    int text = column + 6;
    if (two) {
        draw_rank(screen, row, column + 10, opened->sides[1].ranks[at], selected);
        text += 5;
    } else if (layout->side_columns >= 27) {
        char page[32];
        snprintf(page, sizeof page, "p%d", (opened->sides[0].ranks[at] + PAGE_TRACKS - 1) / PAGE_TRACKS);
        screen_text(screen, row, text, 3, selected ? STYLE_SELECTED_DIM : STYLE_DIM, found ? page : "");
        text += 4;
    }
    bool missed = !found && (!two || opened->sides[1].ranks[at] == 0);
    enum style title = selected ? STYLE_SELECTED_TITLE : missed ? STYLE_DIM : STYLE_TEXT;
    draw_track(screen, row, text, right - text, &opened->held_out.items[at], title,
               selected ? STYLE_SELECTED_DIM : STYLE_DIM, dimmed);
}

static void draw_held_out(const struct state *state, const struct failures_layout *layout, struct screen *screen,
                          bool dimmed)
{
    const struct failures_state *failures = failures_of(state);
    const struct failure_case *opened = &failures->opened;
    int column = layout->second_column, used = 0;
    char text[96];
    size_t first = failures->held_out_at.top, count = opened->held_out.count, rows = (size_t)layout->lists_rows;
    if (count > rows) {
        snprintf(text, sizeof text, "%zu–%zu of %zu", first + 1, first + rows < count ? first + rows : count, count);
        used = screen_text_right(screen, layout->heading_row, column + layout->side_columns, 16, STYLE_DIM, text);
    }
    int label = column;
    for (int i = 0; opened->n_sides > 1 && i < opened->n_sides; i++, label += 5) /* over the ranks */
        screen_text(screen, layout->heading_row, column + 1 + 5 * i, 4, name_style(state, opened->sides[i].model),
                    opened->sides[i].model);
    label += label > column;
    screen_text(screen, layout->heading_row, label, column + layout->side_columns - used - 1 - label, STYLE_DIM,
                "Held out");
    for (size_t i = 0; i < rows && first + i < count; i++)
        draw_held_out_track(state, layout, screen, layout->lists_top + (int)i, first + i, dimmed);
}

/* ---- the page of ten ---- */

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

static void draw_page_head(const struct state *state, const struct failures_layout *layout, struct screen *screen,
                           int which)
{
    const struct failures_state *failures = failures_of(state);
    const struct failure_side *side = &failures->opened.sides[which];
    bool two = failures->opened.n_sides > 1;
    int column = which ? layout->second_column : layout->right_column;
    int columns = two ? layout->side_columns : layout->right_columns, used;
    char text[128];
    size_t pages = (side->count + PAGE_TRACKS - 1) / PAGE_TRACKS;
    if (two)
        model_mark(state, side->model, text);
    else
        snprintf(text, sizeof text, "page %zu of %zu", failures->page + 1, pages);
    used = screen_text(screen, layout->page_row, column, columns - 12, two ? name_style(state, side->model) : STYLE_DIM,
                       text);
    if (two && columns - used >= 24) {
        snprintf(text, sizeof text, "page %zu", failures->page + 1);
        used += 1 + screen_text(screen, layout->page_row, column + used + 1, 8, STYLE_DIM, text);
    }
    draw_strip(side, failures->page, screen, layout->page_row, column + columns, columns - used - 2);
}

/* Artist and album below the title, in as many lines as there are, and the parts of the score in the last of four. */
static void draw_lines(const struct failure_side *side, const struct track *track, size_t at,
                       const struct failures_layout *layout, struct screen *screen, int row, int column, int columns,
                       bool selected)
{
    enum style quiet = selected ? STYLE_SELECTED_DIM : STYLE_DIM;
    char text[512];
    bool album = track->album[0] != '\0';
    if (layout->cell_rows < 4) {
        snprintf(text, sizeof text, "%.240s%s%.240s", track->artist, album ? " · " : "", track->album);
        if (layout->cell_rows > 1)
            screen_text(screen, row + 1, column, columns, quiet, text);
        return;
    }
    screen_text(screen, row + 1, column, columns, selected ? STYLE_SELECTED : STYLE_TEXT, track->artist);
    screen_text(screen, row + 2, column, columns, quiet, track->album);
    const struct recommendation *suggested = &side->list[at];
    view_score(suggested->score, text);
    int used = screen_text(screen, row + 3, column, 8, quiet, text), bar = columns - 10 < 20 ? columns - 10 : 20;
    float best = side->list[0].score;
    if (used > 0 && best > 0 && bar > 0)
        view_parts(screen, row + 3, column + 8, bar, suggested->parts[0] / best,
                   recommendation_features(suggested) / best, selected);
}

static void draw_suggestion(const struct state *state, const struct failures_layout *layout, struct screen *screen,
                            int which, size_t on_page, bool dimmed)
{
    const struct failures_state *failures = failures_of(state);
    const struct failure_side *side = &failures->opened.sides[which];
    size_t at = failures->page * PAGE_TRACKS + on_page;
    if (at >= side->count)
        return;
    const struct track *track = &side->tracks.items[at];
    bool hit = side->hits[at];
    bool selected = failures->pane == FAILURES_PAGE && failures->selected == on_page + (size_t)which * PAGE_TRACKS;
    int down = (int)on_page % layout->cells_down;
    bool second = which > 0 || (int)on_page >= layout->cells_down;
    int row = layout->page_top + down * layout->cell_rows;
    int column = second ? layout->second_column : layout->right_column, right = column + layout->side_columns;
    int cover = column + 1, text = cover + 2 * layout->cell_rows + 1;
    char label[32];
    if (selected) {
        for (int line = 0; line < layout->cell_rows; line++)
            screen_fill(screen, row + line, text, right - text, STYLE_SELECTED);
        screen_text(screen, row, column, 1, STYLE_ACCENT, "▸");
        show_cursor(screen, row, column);
    }
    struct cover picture = cover_of_track(track);
    view_cover(screen, row, cover, layout->cell_rows, &picture, dimmed);
    enum style good = selected ? STYLE_SELECTED : STYLE_GOOD, quiet = selected ? STYLE_SELECTED_DIM : STYLE_DIM;
    screen_text(screen, row, text, 1, good, hit ? "✓" : " ");
    snprintf(label, sizeof label, "%zu", at + 1);
    screen_text_right(screen, row, text + 4, 3, hit ? good : quiet, label);
    text += 5;
    enum style title = selected ? STYLE_SELECTED_TITLE : hit ? STYLE_TITLE : dimmed ? STYLE_DIM : STYLE_TEXT;
    screen_text(screen, row, text, right - text, title, track->title);
    draw_lines(side, track, at, layout, screen, row, text, right - text, selected);
}

/* ---- why it was suggested ---- */

static size_t explained(const struct state *state, const struct failure_side **side, const struct track **track)
{
    const struct failures_state *failures = failures_of(state);
    const struct failure_case *opened = &failures->opened;
    size_t at = 0;
    *side = &opened->sides[0];
    *track = NULL;
    if (failures->pane != FAILURES_HELD_OUT) {
        const struct failure_side *found = failures_suggestion(state, &at);
        if (!found)
            return 0;
        *side = found;
        *track = &found->tracks.items[at];
        return at + 1;
    }
    if (failures->held_out_at.selected >= opened->held_out.count)
        return 0;
    *track = &opened->held_out.items[failures->held_out_at.selected];
    for (int i = 0; i < opened->n_sides; i++) {
        int32_t rank = opened->sides[i].ranks[failures->held_out_at.selected];
        if (rank > 0) {
            *side = &opened->sides[i];
            return (size_t)rank;
        }
    }
    return 0;
}

/* "song 0.61 + gist 0.22" */
static void parts_text(const struct failure_side *side, size_t rank, char text[SCORE_TEXT_SIZE])
{
    if (rank == 0)
        snprintf(text, SCORE_TEXT_SIZE, "not among the %zu", side->count);
    else if (side->has_features)
        view_score_parts(&side->answer.parts, side->list[rank - 1].parts, text);
    else
        snprintf(text, SCORE_TEXT_SIZE, "this model has no feature sets");
}

/* The same in one line below the page, on small screens. */
static void draw_score_line(const struct state *state, const struct failures_layout *layout, struct screen *screen)
{
    const struct failure_side *side;
    const struct track *track;
    char text[SCORE_TEXT_SIZE + 40], parts[SCORE_TEXT_SIZE], score[32], label[512];
    size_t rank = explained(state, &side, &track);
    if (!track)
        return;
    parts_text(side, rank, parts);
    view_score(rank > 0 ? side->list[rank - 1].score : 0, score);
    if (rank == 0)
        snprintf(text, sizeof text, "%s", parts);
    else if (side->has_features)
        snprintf(text, sizeof text, "%s = %s", score, parts);
    else
        snprintf(text, sizeof text, "%s, no feature sets", score);
    int right = layout->right_column + layout->right_columns;
    int used = screen_text_right(screen, layout->score_row, right, layout->right_columns, STYLE_DIM, text);
    if (rank > 0)
        snprintf(label, sizeof label, "%zu %.200s · %.200s", rank, track->title, track->artist);
    else
        snprintf(label, sizeof label, "%.200s · %.200s", track->title, track->artist);
    screen_text(screen, layout->score_row, layout->right_column, layout->right_columns - used - 2, STYLE_TEXT, label);
}

/* The selected track with a large cover and the parts of its score, below the seeds; false where it does not fit. */
static bool draw_detail(const struct state *state, const struct failures_layout *layout, struct screen *screen)
{
    const struct failures_state *failures = failures_of(state);
    const struct failure_side *side;
    const struct track *track;
    size_t rank = explained(state, &side, &track);
    int top = layout->lists_top + (int)failures->opened.seeds.count + 1;
    int rows = layout->lists_top + layout->lists_rows - top, columns = layout->side_columns - 2;
    int edge = rows < columns / 4 ? rows : columns / 4;
    if (!track || edge < 7)
        return false;
    struct cover cover = cover_of_track(track);
    view_large_cover(state, screen, top, layout->right_column, edge, &cover);
    int column = layout->right_column + 2 * edge + 2, row = top;
    char text[SCORE_TEXT_SIZE], count[32], label[MODEL_LABEL_SIZE];
    columns = layout->right_column + layout->side_columns - column;
    bool roomy = edge >= 9;
    if (roomy)
        row += view_paragraph(screen, row, column, columns, 2, STYLE_TITLE, track->title);
    else
        screen_text(screen, row++, column, columns, STYLE_TITLE, track->title);
    screen_text(screen, row++, column, columns, STYLE_TEXT, track->artist);
    if (track->album[0])
        screen_text(screen, row++, column, columns, STYLE_DIM, track->album);
    view_count(track->n_playlists, count);
    snprintf(text, sizeof text, "in %s %s", count, track->n_playlists == 1 ? "playlist" : "playlists");
    if (roomy)
        screen_text(screen, row++, column, columns, STYLE_DIM, text);
    if (rank > 0) {
        view_score(side->list[rank - 1].score, text);
        int used = screen_text_right(screen, row, column + columns, 8, STYLE_DIM, text);
        if (failures->opened.n_sides > 1)
            model_mark(state, side->model, label), snprintf(text, sizeof text, "%zu by %s", rank, label);
        else
            snprintf(text, sizeof text, "rank %zu", rank);
        screen_text(screen, row++, column, columns - used - 1, STYLE_TEXT, text);
    }
    float best = rank > 0 ? side->list[0].score : 0;
    if (best > 0)
        view_parts(screen, row++, column, columns, side->list[rank - 1].parts[0] / best,
                   recommendation_features(&side->list[rank - 1]) / best, false);
    parts_text(side, rank, text);
    view_paragraph(screen, row, column, columns, top + rows - row, STYLE_DIM, text);
    return true;
}

void failures_draw_playlist(const struct state *state, const struct failures_layout *layout, struct screen *screen)
{
    const struct failure_case *opened = &failures_of(state)->opened;
    bool dimmed = failures_late(state);
    draw_title(opened, layout, screen);
    draw_seeds(opened, layout, screen, dimmed);
    draw_held_out(state, layout, screen, dimmed);
    for (int which = 0; which < opened->n_sides; which++) {
        draw_metrics(state, which, layout, screen);
        draw_page_head(state, layout, screen, which);
        for (size_t i = 0; i < PAGE_TRACKS; i++)
            draw_suggestion(state, layout, screen, which, i, dimmed);
    }
    if (!draw_detail(state, layout, screen))
        draw_score_line(state, layout, screen);
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
        bool second = count >= mine.cells_down;
        rects[count] = (struct image_rect){
            .row = mine.page_top + count % mine.cells_down * mine.cell_rows,
            .column = (second ? mine.second_column : mine.right_column) + 1,
            .rows = mine.cell_rows,
            .columns = mine.cell_rows * 2,
            .reference = {.kind = IMAGE_COVER, .id = tracks->items[at].album_id},
        };
    }
    return count;
}
