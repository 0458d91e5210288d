/* One test playlist: metrics of the models and seeds. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "ui/model_names.h"
#include "ui/view_text.h"
#include "ui/views/failures/failures.h"

enum style failures_name_style(const struct state *state, const char *model)
{
    return model_seen(state, model) == SEEN_NO ? STYLE_ACCENT : STYLE_WARNING;
}

void failures_draw_track(struct screen *screen, int row, int column, int columns, const struct track *track,
                         enum style title, enum style artist)
{
    enum { ARTIST_MIN = 4 };
    int wanted = text_width(track->title, strlen(track->title)), by = text_width(track->artist, strlen(track->artist));
    int most = columns - by - 3 > columns * 11 / 20 ? columns - by - 3 : columns * 11 / 20;
    int used = view_title(screen, row, column, columns < 20 || wanted < most ? columns : most, title, track);
    if (columns - used < ARTIST_MIN + 3 || by == 0)
        return;
    screen_text(screen, row, column + used, 3, artist, " · ");
    screen_text(screen, row, column + used + 3, columns - used - 3, artist, track->artist);
}

/* ---- metrics ---- */

/* A row of fields, from the left and from the right, as many as fit. */
struct fields {
    struct screen *screen;
    int row, column, right;
};

/* "NDCG 12.3 %", the name dimmed. False when it does not fit. */
static bool add_field(struct fields *fields, const char *name, const char *value)
{
    int width = text_width(name, strlen(name)) + 1 + text_width(value, strlen(value));
    if (fields->column + width > fields->right)
        return false;
    int used = screen_text(fields->screen, fields->row, fields->column, width, STYLE_DIM, name) + 1;
    screen_text(fields->screen, fields->row, fields->column + used, width, STYLE_TEXT, value);
    fields->column += width + (fields->screen->columns < 100 ? 2 : 3);
    return true;
}

/* What must be known about the figures of a model, at the end of its row. */
static void add_caution(const struct state *state, const char *model, struct fields *fields)
{
    enum seen_answers seen = model_seen(state, model);
    if (seen != SEEN_NO)
        fields->right -= 2 + screen_text_right(fields->screen, fields->row, fields->right, 28, STYLE_WARNING,
                                               seen_answers_text(seen));
}

/* The mean of all playlists that the model was evaluated on, at the end of its row. */
static void add_mean(const struct failure_mean *mean, struct fields *fields)
{
    char texts[3][96], value[64];
    if (mean->count == 0)
        return;
    snprintf(value, sizeof value, "%.1f ± %.1f %%", 100 * mean->ndcg.mean, 100 * mean->ndcg.ci95);
    snprintf(texts[0], sizeof texts[0], "mean NDCG of %zu playlists %s", mean->count, value);
    snprintf(texts[1], sizeof texts[1], "mean %s, n %zu", value, mean->count);
    snprintf(texts[2], sizeof texts[2], "mean %s", value);
    for (int i = 0; i < 3; i++) {
        int width = text_width(texts[i], strlen(texts[i]));
        if (fields->column + width > fields->right)
            continue;
        screen_text_right(fields->screen, fields->row, fields->right, width, STYLE_DIM, texts[i]);
        fields->right -= width + 3;
        return;
    }
}

static int widest_name(const struct state *state, const struct failure_case *opened, int most)
{
    int widest = 0;
    for (int i = 0; i < opened->n_sides; i++) {
        char mark[MODEL_LABEL_SIZE];
        model_mark(state, opened->sides[i].model, mark);
        int width = text_width(mark, strlen(mark));
        widest = width > widest ? width : widest;
    }
    return widest < most ? widest : most;
}

static void draw_metrics(const struct state *state, int which, const struct failures_layout *layout,
                         struct screen *screen)
{
    enum { BEFORE_MEAN = 2 }; /* metrics that are more important than the mean */
    const struct failures_state *failures = failures_of(state);
    const struct failure_case *opened = &failures->opened;
    const struct failure_side *side = &opened->sides[which];
    char text[MODEL_LABEL_SIZE];
    int name = widest_name(state, opened, layout->right_columns / 4);
    struct fields fields = {.screen = screen,
                            .row = layout->metrics_row + which,
                            .column = layout->right_column + name + 2,
                            .right = layout->right_column + layout->right_columns};
    model_mark(state, side->model, text);
    screen_text(screen, fields.row, layout->right_column, name, failures_name_style(state, side->model), text);
    add_caution(state, side->model, &fields);
    snprintf(text, sizeof text, "%zu of %zu", side->n_hits, opened->held_out.count);
    add_field(&fields, "found", text);
    if (!side->evaluated) {
        screen_text(screen, fields.row, fields.column, fields.right - fields.column, STYLE_DIM,
                    "not evaluated on this playlist");
        return;
    }
    enum metric shown[METRICS];
    int n_shown = metrics_by_priority(shown);
    for (int i = 0; i < n_shown; i++) {
        const struct metric_info *info = &metric_infos[shown[i]];
        double value = side->values[shown[i]];
        if (i == BEFORE_MEAN)
            add_mean(&failures->list.means[which], &fields);
        metric_text(shown[i], value, text);
        if (!isnan(value) && !add_field(&fields, info->label, text))
            break;
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

/* The first of the sentences that fits, with the other model's name. */
static void draw_loss_legend(const struct state *state, const struct failures_layout *layout,
                             const char *const *sentences, size_t count, struct screen *screen)
{
    char mark[MODEL_LABEL_SIZE], text[MODEL_LABEL_SIZE + 160];
    model_mark(state, failures_of(state)->list.against, mark);
    for (size_t i = 0; i < count; i++) {
        const char *name = strstr(sentences[i], "%s");
        snprintf(text, sizeof text, "%.*s%s%s", (int)(name - sentences[i]), sentences[i], mark, name + 2);
        if (i + 1 < count && text_width(text, strlen(text)) > layout->right_columns)
            continue;
        screen_text(screen, layout->legend_row, layout->right_column, layout->right_columns, STYLE_DIM, text);
        return;
    }
}

/* What the words and signs of this view mean. */
static void draw_legend(const struct state *state, const struct failures_layout *layout, struct screen *screen)
{
    static const char *const texts[] = {
        "clicks: pages of ten until the first hit, 51: none · ✓ found in the 500, else the rank among all tracks · "
        "in training: playlists with the track",
        "clicks: pages of ten until the first hit, 51: none · ✓ found, else rank among all tracks",
        "clicks: pages of ten until the first hit · ✓ found, else rank",
        "clicks: pages of ten until the first hit",
    };
    static const char *const with_loss[] = {
        "gain: NDCG minus that of %s, from –100 to 100 % · clicks: pages of ten until the first hit · ✓ found, else "
        "the rank",
        "gain: NDCG minus that of %s, from –100 to 100 % · ✓ found, else the rank",
        "gain: NDCG minus that of %s",
    };
    if (layout->legend_row < 0)
        return;
    if (failures_of(state)->filter.order == FAILURES_BY_LOSS && failures_of(state)->list.against[0]) {
        draw_loss_legend(state, layout, with_loss, sizeof with_loss / sizeof *with_loss, screen);
        return;
    }
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (text_width(texts[i], strlen(texts[i])) <= layout->right_columns) {
            screen_text(screen, layout->legend_row, layout->right_column, layout->right_columns, STYLE_DIM, texts[i]);
            return;
        }
}

/* ---- seeds ---- */

static void draw_seed(const struct failure_case *opened, size_t at, const struct failures_layout *layout,
                      struct screen *screen, int row, bool dimmed)
{
    const struct track *track = &opened->seeds.items[at];
    int column = layout->seeds.column, right = column + layout->seeds.columns, lines = layout->seed_rows;
    char text[32];
    snprintf(text, sizeof text, "%zu", at + 1);
    column += screen_text(screen, row, column + (at < 9), 2, STYLE_DIM, text) + (at < 9) + 1;
    if (right - column >= 17) {
        struct cover cover = cover_of_track(track);
        view_cover(screen, row, column, lines, &cover, dimmed);
        column += 2 * lines + 1;
    }
    if (lines == 1) {
        failures_draw_track(screen, row, column, right - column, track, STYLE_TEXT, STYLE_DIM);
        return;
    }
    view_title(screen, row, column, right - column, STYLE_TEXT, track);
    screen_text(screen, row + 1, column, right - column, STYLE_DIM, track->artist);
    if (lines > 2)
        screen_text(screen, row + 2, column, right - column, STYLE_DIM, track->album);
}

static void draw_seeds(const struct failure_case *opened, const struct failures_layout *layout, struct screen *screen,
                       bool dimmed)
{
    const struct failures_box *box = &layout->seeds;
    screen_text(screen, box->row - 1, box->column, box->columns, STYLE_DIM, "Seeds");
    int fit = box->rows / layout->seed_rows, count = (int)opened->seeds.count;
    int shown = count <= fit ? count : fit - 1;
    for (int i = 0; i < shown; i++)
        draw_seed(opened, (size_t)i, layout, screen, box->row + i * layout->seed_rows, dimmed);
    if (shown < count && fit > 0) {
        char text[32];
        snprintf(text, sizeof text, "and %d more", count - shown);
        screen_text(screen, box->row + shown * layout->seed_rows, box->column + 3, 20, STYLE_DIM, text);
    }
}

void failures_draw_playlist(const struct state *state, const struct failures_layout *layout, struct screen *screen)
{
    const struct failure_case *opened = &failures_of(state)->opened;
    bool dimmed = failures_late(state);
    draw_title(opened, layout, screen);
    for (int which = 0; which < opened->n_sides; which++)
        draw_metrics(state, which, layout, screen);
    failures_draw_causes(state, layout, screen);
    draw_legend(state, layout, screen);
    draw_seeds(opened, layout, screen, dimmed);
    failures_draw_held_out(state, layout, screen, dimmed);
    failures_draw_page(state, layout, screen);
    failures_draw_detail(state, layout, screen);
}
