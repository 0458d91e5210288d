#include <math.h>
#include <stdio.h>
#include <string.h>

#include "ui/model_names.h"
#include "ui/view_text.h"
#include "ui/views/failures/dashboard.h"

enum { SHARE_COLUMNS = 6, COUNT_COLUMNS = 7, MEAN_COLUMNS = 8, MEAN_WIDE = 16, DETAIL_ROWS = 3 };

struct dashboard_layout dashboard_layout(const struct state *state, const struct layout *layout)
{
    struct dashboard_layout mine = {.detail_rows = DETAIL_ROWS, .detail_row = layout->body_end - DETAIL_ROWS};
    bool wide = state->columns >= 100;
    int right = state->columns - 3;
    mine.head_row = layout->header_row + 2;
    mine.list = (struct list_box){.row = mine.head_row + 1,
                                  .column = 1,
                                  .rows = mine.detail_row - mine.head_row - 2,
                                  .columns = state->columns - 3,
                                  .height = 1,
                                  .bar_column = state->columns - 1};
    mine.section = 3;
    mine.label = mine.section + (wide ? 21 : 20);
    mine.bar = mine.label + (wide ? 31 : 23);
    mine.mean = right;
    mine.count = mine.mean - (wide ? MEAN_WIDE : MEAN_COLUMNS);
    mine.share = mine.count - COUNT_COLUMNS;
    mine.bar_columns = mine.share - SHARE_COLUMNS - 2 - mine.bar;
    return mine;
}

static double largest(const struct failure_list *list, enum metric metric)
{
    double most = 0;
    for (size_t i = 0; i < list->n_groups; i++)
        if (list->groups[i].kind != GROUP_CAUSE && list->groups[i].means[metric].mean > most)
            most = list->groups[i].means[metric].mean;
    return most;
}

static void mean_text(const struct failure_group *group, enum metric metric, bool wide, char text[48])
{
    const struct interval *mean = &group->means[metric];
    int decimals = metric == METRIC_CLICKS ? 1 : 3;
    if (group->count == 0 || isnan(mean->mean))
        snprintf(text, 48, "–");
    else if (wide && group->count > 1) /* one value has no interval */
        snprintf(text, 48, "%.*f ± %.*f", decimals, mean->mean, decimals, mean->ci95);
    else
        snprintf(text, 48, "%.*f", decimals, mean->mean);
}

/* Bars of causes are shares of the playlists, the others means of the metric. */
static void draw_group(const struct state *state, const struct dashboard_layout *at, size_t i, struct screen *screen)
{
    const struct failure_list *list = &failures_of(state)->list;
    const struct failure_group *group = &list->groups[i];
    const struct dashboard_state *mine = dashboard_of(state);
    enum metric metric = dashboard_metric(state);
    bool selected = i == mine->at.selected, cause = group->kind == GROUP_CAUSE;
    bool first = i == 0 || i == mine->at.top || group[-1].kind != group->kind;
    int row = list_item_row(&at->list, &mine->at, i);
    double share = (double)group->count / (double)list->evaluated, most = largest(list, metric);
    double length = cause ? share : most > 0 && group->count > 0 ? group->means[metric].mean / most : 0;
    enum style text = selected ? STYLE_SELECTED : STYLE_TEXT, quiet = selected ? STYLE_SELECTED_DIM : STYLE_DIM;
    char words[48];
    if (selected)
        list_draw_selected(&at->list, row, screen);
    if (first)
        screen_text(screen, row, at->section, at->label - at->section - 1, quiet, failure_group_titles[group->kind]);
    screen_text(screen, row, at->label, at->bar - at->label - 1, group->count > 0 ? text : quiet, group->label);
    if (at->bar_columns > 2 && !isnan(length))
        view_bar(screen, row, at->bar, at->bar_columns, (float)length,
                 selected ? STYLE_SELECTED
                 : cause  ? STYLE_LOSS
                          : STYLE_BAR,
                 selected ? STYLE_SELECTED_DIM : STYLE_RULE);
    snprintf(words, sizeof words, "%.0f %%", 100 * share);
    screen_text_right(screen, row, at->share, SHARE_COLUMNS, quiet, words);
    view_count((int64_t)group->count, words);
    screen_text_right(screen, row, at->count, COUNT_COLUMNS, text, words);
    mean_text(group, metric, at->mean - at->count >= MEAN_WIDE, words);
    screen_text_right(screen, row, at->mean, at->mean - at->count - 1, text, words);
}

static void draw_head(const struct state *state, const struct layout *layout, const struct dashboard_layout *at,
                      struct screen *screen)
{
    const struct failure_list *list = &failures_of(state)->list;
    char text[96 + MODEL_LABEL_SIZE], label[MODEL_LABEL_SIZE], count[32], position[LIST_TEXT_SIZE];
    view_count((int64_t)list->evaluated, count);
    snprintf(text, sizeof text, "%s %s playlists", count, list->validation ? "validation" : "test");
    int used = screen_text_right(screen, layout->header_row, screen->columns - 2, 32, STYLE_DIM, text);
    model_label(state, list->model, label);
    snprintf(text, sizeof text, "Dashboard of %s", label);
    screen_text(screen, layout->header_row, 2, screen->columns - used - 6,
                model_seen(state, list->model) == SEEN_NO ? STYLE_TITLE : STYLE_WARNING, text);
    view_rule(screen, layout->header_row + 1, 1, screen->columns - 2);
    list_describe(&dashboard_of(state)->at, list->n_groups, position);
    screen_text(screen, at->head_row, at->section, at->bar - at->section - 1, STYLE_DIM, position);
    screen_text_right(screen, at->head_row, at->share, SHARE_COLUMNS, STYLE_DIM, "of all");
    screen_text_right(screen, at->head_row, at->count, COUNT_COLUMNS, STYLE_DIM, "count");
    screen_text_right(screen, at->head_row, at->mean, at->mean - at->count - 1, STYLE_DIM,
                      metric_infos[dashboard_metric(state)].title);
}

/* The formula of a cause, and what is known about the playlists of the bar. */
static void draw_detail(const struct state *state, const struct dashboard_layout *at, struct screen *screen)
{
    const struct failures_state *failures = failures_of(state);
    const struct failure_list *list = &failures->list;
    size_t i = dashboard_of(state)->at.selected;
    if (i >= list->n_groups)
        return;
    const struct failure_group *group = &list->groups[i];
    enum metric metric = dashboard_metric(state);
    char text[512], mean[48], rest[32] = "–";
    int row = at->detail_row, columns = screen->columns - 4;
    enum cause cause = group->kind == GROUP_CAUSE ? (enum cause)i : CAUSES; /* the causes are first, in their order */
    if (cause < CAUSES) {
        snprintf(text, sizeof text, "%s: %s. It applies from %.0f %%; the mean is %.0f %%.", group->label,
                 cause_infos[cause].help, 100 * cause_infos[cause].from, 100 * group->share);
        row += view_paragraph(screen, row, 2, columns, 2, STYLE_TEXT, text);
    } else if (list->explained < list->evaluated) {
        snprintf(text, sizeof text, "Causes are known for %zu of %zu playlists%s%s", list->explained, list->evaluated,
                 failures->causes_failure[0] ? ": " : "; the rest is being computed.", failures->causes_failure);
        row +=
            view_paragraph(screen, row, 2, columns, 2, failures->causes_failure[0] ? STYLE_WARNING : STYLE_DIM, text);
    }
    mean_text(group, metric, true, mean);
    if (!isnan(group->rest[metric]))
        snprintf(rest, sizeof rest, "%.*f", metric == METRIC_CLICKS ? 1 : 3, group->rest[metric]);
    snprintf(text, sizeof text, "%s · %s %s, of all others %s · %zu of %zu without a hit", group->where,
             metric_infos[metric].label, mean, rest, group->missed, group->count);
    screen_text(screen, row, 2, columns, STYLE_DIM, text);
}

void dashboard_draw(const struct state *state, const struct layout *layout, struct screen *screen)
{
    const struct failure_list *list = &failures_of(state)->list;
    const struct dashboard_layout at = dashboard_layout(state, layout);
    const struct dashboard_state *mine = dashboard_of(state);
    size_t end = mine->at.top + (size_t)list_items(&at.list);
    draw_head(state, layout, &at, screen);
    for (size_t i = mine->at.top; i < list->n_groups && i < end; i++)
        draw_group(state, &at, i, screen);
    list_draw_bar(&at.list, &mine->at, list->n_groups, screen);
    draw_detail(state, &at, screen);
}
