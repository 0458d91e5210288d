/* The selected track and why it was suggested. */
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "ui/model_names.h"
#include "ui/view_text.h"
#include "ui/views/failures/failures.h"
#include "ui/views/gallery/gallery.h"

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

bool failures_album(const struct state *state, struct album *album)
{
    const struct failure_side *side;
    const struct track *track;
    explained(state, &side, &track);
    return gallery_album_of_track(track, album);
}

/* "not among the 500", or the place among all tracks when that has arrived. */
static void place_text(const struct state *state, const struct failure_side *side, char text[SCORE_TEXT_SIZE])
{
    const struct failures_state *failures = failures_of(state);
    const struct explained_side *explained = failures_explained(state, (int)(side - failures->opened.sides));
    size_t at = failures->held_out_at.selected;
    char rank[32], all[32];
    snprintf(text, SCORE_TEXT_SIZE, "not among the %zu", side->count);
    if (!explained || at >= failures->explained.n_held_out)
        return;
    view_count(explained->ranks[at], rank);
    view_count(explained->n_ranked, all);
    if (explained->ranks[at] == 0)
        snprintf(text, SCORE_TEXT_SIZE, "added after the training, so it has no rank");
    else if (explained->scored[at])
        snprintf(text, SCORE_TEXT_SIZE, "rank %s of all %s tracks", rank, all);
    else
        snprintf(text, SCORE_TEXT_SIZE, "not among the %zu; the model has no score for it", side->count);
}

/* "song 0.61 + gist 0.22" */
static void parts_text(const struct state *state, const struct failure_side *side, size_t rank,
                       char text[SCORE_TEXT_SIZE])
{
    if (rank == 0)
        place_text(state, side, text);
    else if (side->has_features)
        view_score_parts(&side->answer.parts, side->list[rank - 1].parts, text);
    else
        snprintf(text, SCORE_TEXT_SIZE, "this model has no feature sets");
}

/* The same in one line below the page, on small screens. */
static void draw_score_line(const struct state *state, const struct failures_layout *layout, struct screen *screen)
{
    enum { TITLE_MIN = 18, NARROW = 56 };
    const struct failure_side *side;
    const struct track *track;
    char text[SCORE_TEXT_SIZE + 40], parts[SCORE_TEXT_SIZE], score[32], label[512];
    size_t rank = explained(state, &side, &track);
    if (!track)
        return;
    parts_text(state, side, rank, parts);
    view_score(rank > 0 ? side->list[rank - 1].score : 0, score);
    if (rank == 0)
        snprintf(text, sizeof text, "%s", parts);
    else if (side->has_features)
        snprintf(text, sizeof text, "%s = %s", score, parts);
    else
        snprintf(text, sizeof text, "%s, no feature sets", score);
    if (rank > 0 && layout->right_columns < NARROW &&
        text_width(text, strlen(text)) + TITLE_MIN > layout->right_columns)
        snprintf(text, sizeof text, "score %s", score);
    int right = layout->right_column + layout->right_columns;
    int used = screen_text_right(screen, layout->score_row, right, layout->right_columns, STYLE_DIM, text);
    if (rank > 0)
        snprintf(label, sizeof label, "%zu %.200s · %.200s", rank, track->title, track->artist);
    else
        snprintf(label, sizeof label, "%.200s · %.200s", track->title, track->artist);
    screen_text(screen, layout->score_row, layout->right_column, layout->right_columns - used - 2, STYLE_TEXT, label);
}

/* ---- with a cover, below the seeds ---- */

/* A column of lines that ends where there are no rows left. */
struct lines {
    struct screen *screen;
    int row, end, column, columns;
};

static void add_line(struct lines *lines, enum style style, const char *text)
{
    if (text[0] && lines->row < lines->end)
        screen_text(lines->screen, lines->row++, lines->column, lines->columns, style, text);
}

/* "rank 3" or "3 by als", and the score at the right. */
static void add_rank(const struct state *state, const struct failure_side *side, size_t rank, struct lines *lines)
{
    char text[MODEL_LABEL_SIZE + 32], mark[MODEL_LABEL_SIZE], score[32];
    if (rank == 0 || lines->row >= lines->end)
        return;
    model_mark(state, side->model, mark);
    view_score(side->list[rank - 1].score, score);
    if (failures_of(state)->opened.n_sides > 1)
        snprintf(text, sizeof text, "%zu by %s", rank, mark);
    else
        snprintf(text, sizeof text, "rank %zu", rank);
    int used = screen_text_right(lines->screen, lines->row, lines->column + lines->columns, 8, STYLE_DIM, score);
    screen_text(lines->screen, lines->row++, lines->column, lines->columns - used - 1, STYLE_TEXT, text);
}

/* A line break is between two parts: "song 0.61", "+ gist 0.22". Returns the lines; `lines` NULL: only counts. */
static int wrap_parts(const char *text, int columns, struct lines *lines)
{
    int count = 0;
    while (*text) {
        size_t fits = 0;
        bool last = lines && lines->row + 1 >= lines->end;
        do {
            const char *next = strstr(text + fits + 1, " + ");
            size_t size = next ? (size_t)(next - text) : strlen(text);
            if (fits > 0 && !last && text_width(text, size) > columns)
                break;
            fits = size;
        } while (text[fits]);
        char line[SCORE_TEXT_SIZE];
        snprintf(line, sizeof line, "%.*s", (int)fits, text);
        if (lines)
            add_line(lines, STYLE_DIM, line);
        text += fits + (text[fits] == ' ');
        count++;
    }
    return count;
}

/* The bar only where the text does not need its row. */
static void add_parts(const struct failure_side *side, size_t rank, const char *text, struct lines *lines)
{
    float best = rank > 0 ? side->list[0].score : 0;
    bool sum = rank > 0 && side->has_features;
    if (best > 0 && lines->row + 1 + wrap_parts(text, lines->columns, NULL) <= lines->end)
        view_parts(lines->screen, lines->row++, lines->column, lines->columns, side->list[rank - 1].parts[0] / best,
                   recommendation_features(&side->list[rank - 1]) / best, false);
    if (sum)
        wrap_parts(text, lines->columns, lines);
    else
        view_paragraph(lines->screen, lines->row, lines->column, lines->columns, lines->end - lines->row, STYLE_DIM,
                       text);
}

/* As high as the rows, if enough columns are left for the text beside it; 0: none. */
static int cover_edge(const struct failures_box *box)
{
    enum { TEXT_MIN = 18 };
    int widest = (box->columns - 2 - TEXT_MIN) / 2, edge = layout_between(widest, 0, box->columns / 4);
    edge = edge < box->rows ? edge : box->rows;
    return edge >= 2 ? edge : 0;
}

/* " (3 in training)", when it has arrived. */
static const char *trained_text(const struct state *state, const struct failure_side *side, size_t rank, char text[48])
{
    const struct failures_state *failures = failures_of(state);
    const struct explained_side *explained = failures_explained(state, (int)(side - failures->opened.sides));
    char count[32];
    size_t held_out = failures->held_out_at.selected;
    text[0] = '\0';
    if (!explained)
        return text;
    if (rank > 0 && rank <= explained->n_list)
        view_count((int64_t)explained->list_counts[rank - 1], count);
    else if (rank == 0 && held_out < failures->explained.n_held_out)
        view_count((int64_t)explained->counts[held_out], count);
    else
        return text;
    snprintf(text, 48, " (%s in training)", count);
    return text;
}

/* Title, artist, rank and parts; then, where there are rows left, the album, the number of playlists, and a second line
 * of the title. */
static void draw_below_seeds(const struct state *state, const struct failures_layout *layout, struct screen *screen)
{
    enum { NEEDED = 4 }; /* title, artist, rank, bar */
    const struct failures_box *box = &layout->detail;
    const struct failure_side *side;
    const struct track *track;
    size_t rank = explained(state, &side, &track);
    if (!track)
        return;
    char parts[SCORE_TEXT_SIZE], playlists[96], count[32], trained[48];
    parts_text(state, side, rank, parts);
    int edge = cover_edge(box), beside = edge > 0 ? 2 * edge + 2 : 0;
    int spare = box->rows - NEEDED - wrap_parts(parts, box->columns - beside, NULL);
    if (spare < -1 && edge > 0) { /* the text needs its columns */
        edge = beside = 0;
        spare = box->rows - NEEDED - wrap_parts(parts, box->columns, NULL);
    }
    struct lines lines = {screen, box->row, box->row + box->rows, box->column + beside, box->columns - beside};
    if (edge > 0) {
        struct cover cover = cover_of_track(track);
        view_large_cover(state, screen, box->row, box->column, edge, &cover);
    }
    if (spare >= -1) {
        lines.row += view_paragraph(screen, lines.row, lines.column, lines.columns, spare >= 3 ? 2 : 1, STYLE_TITLE,
                                    track->title);
        add_line(&lines, STYLE_TEXT, track->artist);
    } else {
        char number[32] = "", score[32];
        if (rank > 0)
            snprintf(number, sizeof number, "%zu ", rank);
        view_score(rank > 0 ? side->list[rank - 1].score : 0, score);
        int used =
            rank > 0 ? 1 + screen_text_right(screen, lines.row, lines.column + lines.columns, 8, STYLE_DIM, score) : 0;
        int label = screen_text(screen, lines.row, lines.column, 8, STYLE_TEXT, number);
        failures_draw_track(screen, lines.row++, lines.column + label, lines.columns - used - label, track, STYLE_TITLE,
                            STYLE_DIM);
        add_parts(side, rank, parts, &lines);
        return;
    }
    if (spare >= 1)
        add_line(&lines, STYLE_DIM, track->album);
    view_count(track->n_playlists, count);
    for (int form = 0; form < 2; form++) { /* without the training count where columns are few */
        snprintf(playlists, sizeof playlists, "in %s %s%s", count, track->n_playlists == 1 ? "playlist" : "playlists",
                 form == 0 ? trained_text(state, side, rank, trained) : "");
        if (text_width(playlists, strlen(playlists)) <= lines.columns)
            break;
    }
    if (spare >= 2)
        add_line(&lines, STYLE_DIM, playlists);
    add_rank(state, side, rank, &lines);
    add_parts(side, rank, parts, &lines);
}

void failures_draw_detail(const struct state *state, const struct failures_layout *layout, struct screen *screen)
{
    if (layout->detail.rows > 0)
        draw_below_seeds(state, layout, screen);
    else if (layout->score_row >= 0)
        draw_score_line(state, layout, screen);
}
