/* Failures: the list of test playlists at the left, or why it is empty and what to do. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "ui/model_names.h"
#include "ui/view_text.h"
#include "ui/views/explore/explore.h"
#include "ui/views/failures/failures.h"

/* "worst NDCG first · 5 seeds · no hit" */
static void describe(const struct state *state, char text[256])
{
    const struct failures_state *failures = failures_of(state);
    char label[MODEL_LABEL_SIZE];
    const struct failure_filter *filter = &failures->filter;
    if (filter->order == FAILURES_BY_LOSS)
        model_mark(state, failures->against, label), snprintf(text, 256, "largest loss to %s first", label);
    else
        snprintf(text, 256, "%s", filter->order == FAILURES_BY_CLICKS ? "most clicks first" : "worst NDCG first");
    size_t used = strlen(text);
    if (filter->by_seeds)
        used +=
            (size_t)snprintf(text + used, 256 - used, " · %d %s", filter->seeds, filter->seeds == 1 ? "seed" : "seeds");
    if (filter->missed)
        used += (size_t)snprintf(text + used, 256 - used, " · no hit");
    if (filter->longest > 0)
        snprintf(text + used, 256 - used, " · %lld to %lld tracks", (long long)filter->shortest,
                 (long long)filter->longest);
}

static bool is_filtered(const struct failure_filter *filter)
{
    return filter->by_seeds || filter->missed || filter->shortest > 0 || filter->longest > 0;
}

static void draw_header(const struct state *state, const struct layout *layout, const struct failures_layout *mine,
                        struct screen *screen)
{
    const struct failures_state *failures = failures_of(state);
    char text[256], count[32], all[32];
    int right = mine->left_columns - 1, used = 0;
    view_count((int64_t)failures->list.count, count);
    view_count((int64_t)failures->list.evaluated, all);
    bool part = failures->list.count < failures->list.evaluated;
    snprintf(text, sizeof text, "%s%s%s %s", part ? count : "", part ? " of " : "", all,
             failures->list.validation ? "val" : "test");
    if (failures->list.evaluated > 0)
        used = screen_text_right(screen, layout->header_row, right, 20, STYLE_DIM, text);
    char label[MODEL_LABEL_SIZE];
    model_mark(state, failures->answered ? failures->list.model : state->model, label);
    snprintf(text, sizeof text, "Failures of %s", label);
    screen_text(screen, layout->header_row, 1, right - 3 - used, STYLE_TITLE, text);
    describe(state, text);
    screen_text(screen, layout->header_row + 1, 1, right - 1, STYLE_DIM, text);
}

/* The columns of a row's numbers, from the right. */
struct columns {
    int right, number, bar, bar_columns, clicks,
        seeds; /* right edges, and the first column of the bar; seeds 0: not shown */
};

static struct columns columns_of(const struct failures_layout *layout)
{
    struct columns columns = {.right = layout->left_columns - 1};
    bool wide = layout->left_columns >= 36;
    columns.number = columns.right;
    columns.bar_columns = layout->left_columns >= 56 ? 10 : wide ? 5 : 0;
    columns.bar = columns.right - 6 - columns.bar_columns;
    columns.clicks = columns.bar - (wide ? 1 : 0);
    columns.seeds = wide ? columns.clicks - 4 : 0;
    return columns;
}

static void draw_head(const struct state *state, const struct failures_layout *layout, struct screen *screen)
{
    struct columns columns = columns_of(layout);
    int row = layout->list_head_row;
    bool loss = failures_of(state)->filter.order == FAILURES_BY_LOSS;
    screen_text(screen, row, 3, 12, STYLE_DIM, "playlist");
    screen_text_right(screen, row, columns.number, 5, STYLE_DIM, loss ? "loss" : "NDCG");
    screen_text_right(screen, row, columns.clicks, 3, STYLE_DIM, "clk");
    if (columns.seeds > 0)
        screen_text_right(screen, row, columns.seeds, 4, STYLE_DIM, "seed");
}

/* A difference is shown with its sign, another value without. */
static void fraction_text(double value, bool sign, char text[32])
{
    if (isnan(value))
        snprintf(text, 32, "–");
    else if (sign)
        snprintf(text, 32, "%s%.2f", value < -0.005 ? "–" : value >= 0.005 ? "+" : "", fabs(value));
    else
        snprintf(text, 32, "%.2f", value);
}

static void clicks_text(double value, char text[32])
{
    if (isnan(value))
        snprintf(text, 32, "–");
    else
        snprintf(text, 32, "%.0f", value);
}

static void draw_failure(const struct state *state, const struct failures_layout *layout, struct screen *screen,
                         int row, size_t at)
{
    const struct failures_state *failures = failures_of(state);
    const struct failure *failure = &failures->list.items[at];
    struct columns columns = columns_of(layout);
    bool selected = at == failures->at.selected, active = failures->pane == FAILURES_LIST;
    bool loss = failures->list.against[0] && failures->filter.order == FAILURES_BY_LOSS;
    bool missed = failure->values[METRIC_CLICKS] > 50;
    double ndcg = failure->values[METRIC_NDCG], change = ndcg - failure->other[METRIC_NDCG];
    double shown = loss ? fabs(change) : ndcg;
    char text[32];
    enum style quiet = selected ? STYLE_SELECTED_DIM : STYLE_DIM;
    enum style rail = selected ? STYLE_SELECTED_DIM : STYLE_RULE;
    enum style bar = selected ? STYLE_SELECTED : loss && change < 0 ? STYLE_WARNING : STYLE_BAR;
    if (selected) {
        screen_fill(screen, row, 1, columns.right - 1, STYLE_SELECTED);
        screen_text(screen, row, 1, 1, STYLE_SELECTED, "▸");
        if (active) {
            screen->cursor_row = row;
            screen->cursor_column = 1;
            screen->cursor_visible = true;
        }
    }
    fraction_text(loss ? change : ndcg, loss, text);
    screen_text_right(screen, row, columns.number, 5, quiet, text);
    if (columns.bar_columns > 0 && failures->list.best_ndcg > 0 && !isnan(shown))
        view_bar(screen, row, columns.bar, columns.bar_columns, (float)(shown / failures->list.best_ndcg), bar, rail);
    clicks_text(failure->values[METRIC_CLICKS], text);
    screen_text_right(screen, row, columns.clicks, 3, missed && !selected ? STYLE_WARNING : quiet, text);
    int end = columns.clicks - 4;
    if (columns.seeds > 0) {
        snprintf(text, sizeof text, "%d", (int)failure->seeds);
        screen_text_right(screen, row, columns.seeds, 3, quiet, text);
        end = columns.seeds - 4;
    }
    screen_text(screen, row, 3, end - 3, selected ? STYLE_SELECTED_TITLE : STYLE_TEXT, failure->name);
}

static void draw_list(const struct state *state, const struct layout *layout, const struct failures_layout *mine,
                      struct screen *screen)
{
    const struct failures_state *failures = failures_of(state);
    draw_header(state, layout, mine, screen);
    if (failures->list.count > 0)
        draw_head(state, mine, screen);
    for (int i = 0; i < mine->list_rows; i++) {
        size_t at = failures->at.top + (size_t)i;
        if (at < failures->list.count)
            draw_failure(state, mine, screen, mine->list_top + i, at);
    }
}

/* Why the list is empty, and what to do. */
static void draw_nothing(const struct state *state, const struct failures_layout *layout, struct screen *screen)
{
    const struct failures_state *failures = failures_of(state);
    char text[512];
    enum style style = STYLE_DIM;
    if (state->models.count == 0) {
        snprintf(text, sizeof text, "%s",
                 explore_of(state)->suggestions.answered
                     ? "No model is trained yet. Quit with q, run \"sleeve train als --name als\" and then \"sleeve "
                       "evaluate --model als\"."
                     : "");
    } else if (failures->failure[0]) {
        style = STYLE_WARNING;
        snprintf(text, sizeof text, "%s", failures->failure);
    } else if (!failures->answered) {
        text[0] = '\0';
    } else if (failures->list.evaluated == 0) {
        snprintf(text, sizeof text,
                 "%.64s was not evaluated since it was trained. Run \"sleeve split\" once and \"sleeve evaluate "
                 "--model %.64s\"; m tries another model.",
                 failures->list.model, failures->list.model);
    } else if (is_filtered(&failures->filter)) {
        const struct failure_filter *filter = &failures->filter;
        snprintf(text, sizeof text, "None of the %zu playlists passes the filter.%s%s%s", failures->list.evaluated,
                 filter->by_seeds ? " a allows any number of seeds." : "",
                 filter->missed ? " x includes those with a hit again." : "",
                 filter->longest > 0 ? " \":failures length all\" allows any length." : "");
    } else {
        snprintf(text, sizeof text, "The playlists that it was evaluated on no longer exist.");
    }
    view_paragraph(screen, layout->metrics_row + 1, layout->right_column + 1, layout->right_columns - 2, 5, style,
                   text);
}

void failures_draw(const struct state *state, const struct layout *layout, struct screen *screen)
{
    const struct failures_layout mine = failures_layout(state, layout);
    if (layout->rule_row >= 0)
        screen_text(screen, layout->rule_row, mine.rule_column, 1, STYLE_RULE, "┬");
    for (int row = layout->header_row; row < layout->body_end; row++)
        screen_text(screen, row, mine.rule_column, 1, STYLE_RULE, "│");
    if (failures_of(state)->opened.playlist_id != 0)
        failures_draw_playlist(state, &mine, screen);
    else
        draw_nothing(state, &mine, screen);
    draw_list(state, layout, &mine, screen);
}
