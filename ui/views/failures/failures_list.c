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
    const char *model = failures->answered ? failures->list.model : state->model;
    char text[256], count[32], all[32], label[MODEL_LABEL_SIZE];
    int right = mine->left_columns - 1, used = 0;
    view_count((int64_t)failures->list.count, count);
    view_count((int64_t)failures->list.evaluated, all);
    bool part = failures->list.count < failures->list.evaluated;
    const char *set = failures->list.validation ? "val" : "test";
    if (part && mine->left_columns < 36) /* so that the model's name fits */
        snprintf(text, sizeof text, "%s/%s", count, all);
    else
        snprintf(text, sizeof text, "%s%s%s %s", part ? count : "", part ? " of " : "", all, set);
    if (failures->list.evaluated > 0)
        used = screen_text_right(screen, layout->header_row, right, 20, STYLE_DIM, text);
    model_label(state, model, label);
    if (text_width(label, strlen(label)) + 12 > right - 3 - used)
        model_mark(state, model, label);
    int column =
        1 + screen_text(screen, layout->header_row, 1, 12, STYLE_TITLE, label[0] ? "Failures of " : "Failures");
    screen_text(screen, layout->header_row, column, right - 2 - used - column,
                model_seen(state, model) == SEEN_NO ? STYLE_TITLE : STYLE_WARNING, label);
}

/* What is not understood, in place of the headings and the first row. */
static void draw_fault(const struct failures_state *failures, const struct failures_layout *mine, struct screen *screen)
{
    if (!failures->fault[0])
        return;
    for (int row = mine->list_head_row; row < mine->list_head_row + 2; row++)
        screen_fill(screen, row, 1, mine->left_columns - 1, STYLE_TEXT);
    view_paragraph(screen, mine->list_head_row, 1, mine->left_columns - 2, 2, STYLE_WARNING, failures->fault);
}

/* The conditions, in place of the order. */
static void draw_filter(const struct failures_state *failures, int row, int columns, struct screen *screen)
{
    static const char prompt[] = "filter";
    screen_text(screen, row, 1, columns, STYLE_ACCENT, prompt);
    int from = 1 + (int)sizeof prompt,
        caret = view_line(screen, row, from, columns - (int)sizeof prompt, &failures->name);
    if (!failures->typing)
        return;
    screen->cursor_row = row;
    screen->cursor_column = caret;
    screen->cursor_visible = true;
}

/* The order and the filters, and at the right which rows of the list are shown. */
static void draw_order(const struct state *state, const struct layout *layout, const struct failures_layout *mine,
                       struct screen *screen)
{
    const struct failures_state *failures = failures_of(state);
    char order[256], position[LIST_TEXT_SIZE];
    int columns = mine->left_columns - 2, row = layout->header_row + 1;
    if (failures->typing || failures_is_filtered(state)) {
        draw_filter(failures, row, columns, screen);
        return;
    }
    describe(state, order);
    list_describe(&failures->at, failures->list.count, position);
    int wanted = text_width(order, strlen(order));
    if (position[0] && wanted + 2 + text_width(position, strlen(position)) <= columns)
        columns -= 2 + screen_text_right(screen, row, 1 + columns, columns, STYLE_DIM, position);
    screen_text(screen, row, 1, columns, STYLE_DIM, order);
}

/* The columns of a row's numbers, from the right: right edges, and the first column of the bar. */
struct columns {
    int number, bar, bar_columns, clicks, seeds; /* seeds 0: not shown */
};

static struct columns columns_of(const struct failures_layout *layout)
{
    enum { NUMBER_COLUMNS = 6 };
    bool wide = layout->left_columns >= 36;
    struct columns columns = {.number = layout->left_columns - 1};
    columns.bar_columns = layout->left_columns >= 54 ? 10 : layout->left_columns >= 44 ? 5 : 0;
    columns.bar = columns.number - NUMBER_COLUMNS - 1 - columns.bar_columns;
    columns.clicks = columns.bar - (columns.bar_columns > 0 ? 2 : 0);
    columns.seeds = wide ? columns.clicks - 7 : 0;
    return columns;
}

static void draw_head(const struct state *state, const struct failures_layout *layout, struct screen *screen)
{
    const struct columns columns = columns_of(layout);
    int row = layout->list_head_row;
    bool loss = failures_of(state)->filter.order == FAILURES_BY_LOSS;
    screen_text(screen, row, 3, 8, STYLE_DIM, "playlist");
    screen_text_right(screen, row, columns.number, 6, STYLE_DIM, loss ? "gain %" : "NDCG %");
    screen_text_right(screen, row, columns.clicks, 6, STYLE_DIM, "clicks");
    if (columns.seeds > 0)
        screen_text_right(screen, row, columns.seeds, 5, STYLE_DIM, "seeds");
}

/* In percent. A difference is shown with its sign, another value without. */
static void percent_text(double value, bool sign, char text[32])
{
    if (isnan(value))
        snprintf(text, 32, "–");
    else if (sign)
        snprintf(text, 32, "%s%.1f", value < -0.0005 ? "–" : value >= 0.0005 ? "+" : "", 100 * fabs(value));
    else
        snprintf(text, 32, "%.1f", 100 * value);
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
    const struct columns columns = columns_of(layout);
    bool selected = at == failures->at.selected, active = failures->pane == FAILURES_LIST;
    bool loss = failures->list.against[0] && failures->filter.order == FAILURES_BY_LOSS;
    bool missed = failure->values[METRIC_CLICKS] > 50;
    double ndcg = failure->values[METRIC_NDCG], change = ndcg - failure->other[METRIC_NDCG];
    double shown = loss ? change : ndcg;
    char text[32];
    enum style quiet = selected ? STYLE_SELECTED_DIM : STYLE_DIM;
    enum style rail = selected ? STYLE_SELECTED_DIM : STYLE_RULE;
    enum style bar = selected ? STYLE_SELECTED : loss && change < 0 ? STYLE_LOSS : STYLE_BAR;
    if (selected) {
        screen_fill(screen, row, 1, columns.number - 1, STYLE_SELECTED);
        screen_text(screen, row, 1, 1, STYLE_SELECTED, "▸");
        if (active) {
            screen->cursor_row = row;
            screen->cursor_column = 1;
            screen->cursor_visible = true;
        }
    }
    percent_text(loss ? change : ndcg, loss, text);
    screen_text_right(screen, row, columns.number, 6, quiet, text);
    if (columns.bar_columns > 0 && failures->list.best_ndcg > 0 && !isnan(shown))
        (loss ? view_signed_bar : view_bar)(screen, row, columns.bar, columns.bar_columns,
                                            (float)(shown / failures->list.best_ndcg), bar, rail);
    clicks_text(failure->values[METRIC_CLICKS], text);
    screen_text_right(screen, row, columns.clicks, 3, missed && !selected ? STYLE_WARNING : quiet, text);
    int end = columns.clicks - 4;
    if (columns.seeds > 0) {
        snprintf(text, sizeof text, "%d", (int)failure->seeds);
        screen_text_right(screen, row, columns.seeds, 3, quiet, text);
        end = columns.seeds - 4;
    }
    char words[LINE_SIZE];
    failure_query_words(&failures->query, words, sizeof words);
    view_words(screen, row, 3, end - 3, selected ? STYLE_SELECTED_TITLE : STYLE_TEXT,
               selected ? STYLE_SELECTED_MATCH : STYLE_MATCH, failure->name, words);
}

/* Conditions on causes hold nowhere as long as these are not computed. */
static void draw_no_match(const struct failures_state *failures, const struct failures_layout *mine,
                          struct screen *screen)
{
    const struct failure_list *list = &failures->list;
    size_t missing = list->evaluated - list->explained;
    char text[320] = "No playlist matches; escape shows all again.";
    bool failed = failures->causes_failure[0] != '\0';
    if (missing > 0 && failure_query_needs_causes(&failures->query))
        snprintf(text, sizeof text, "No playlist matches. The causes of %zu are not known yet%s%s", missing,
                 failed ? ": " : "; they are being computed.", failures->causes_failure);
    view_paragraph(screen, mine->list.row + 1, 3, mine->list.columns - 3, 5, failed ? STYLE_WARNING : STYLE_DIM, text);
}

static void draw_list(const struct state *state, const struct layout *layout, const struct failures_layout *mine,
                      struct screen *screen)
{
    const struct failures_state *failures = failures_of(state);
    draw_header(state, layout, mine, screen);
    if (failures->list.count > 0)
        draw_head(state, mine, screen);
    if (failures->list.count == 0 && failures->n_all > 0)
        draw_no_match(failures, mine, screen);
    for (int i = 0; i < mine->list.rows; i++) {
        size_t at = failures->at.top + (size_t)i;
        if (at < failures->list.count)
            draw_failure(state, mine, screen, mine->list.row + i, at);
    }
    list_draw_bar(&mine->list, &failures->at, failures->list.count, screen);
    draw_fault(failures, mine, screen);
    draw_order(state, layout, mine, screen); /* last: the cursor is in the filter while that is typed */
}

/* Why the list is empty, and what to do. */
static void draw_nothing(const struct state *state, const struct failures_layout *layout, struct screen *screen)
{
    const struct failures_state *failures = failures_of(state);
    char text[512];
    enum style style = STYLE_DIM;
    if (state->models.count == 0) {
        snprintf(text, sizeof text, "%s",
                 state->models_failed ? "The list of models cannot be read: M shows why."
                 : explore_of(state)->suggestions.answered
                     ? "No model is trained yet. Quit with q, run \"sleeve train als --name als\" and then \"sleeve "
                       "evaluate --model als\"."
                     : "");
    } else if (failures->failure[0]) {
        style = STYLE_WARNING;
        snprintf(text, sizeof text, "%s", failures->failure);
    } else if (!failures->answered || (failures->list.count > 0 && state_awaits(state, EFFECT_FAILURE_OPEN))) {
        text[0] = '\0';
    } else if (failures->list.count > 0) {
        style = STYLE_WARNING;
        snprintf(text, sizeof text, "The playlist cannot be opened: M shows why.");
    } else if (failures->list.evaluated == 0) {
        snprintf(text, sizeof text,
                 "%.64s was not evaluated since it was trained. Run \"sleeve split\" once and \"sleeve evaluate "
                 "--model %.64s\"; m tries another model.",
                 failures->list.model, failures->list.model);
    } else if (failures->n_all > 0) {
        snprintf(text, sizeof text, "No playlist matches \"%.64s\"; escape shows all %zu again.", failures->name.text,
                 failures->n_all);
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
