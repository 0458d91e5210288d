#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "ui/model_names.h"
#include "ui/view_text.h"
#include "ui/views/failures/dashboard.h"

enum { SHARE_COLUMNS = 7, COUNT_COLUMNS = 8, MEAN_COLUMNS = 7, MEAN_WIDE = 16, DETAIL_ROWS = 3 };

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
    mine.label = mine.section + (wide ? 21 : 19);
    mine.label_columns = wide ? 30 : 27;
    mine.share_bar = mine.label + mine.label_columns;
    mine.mean = right;
    const int mean = state->columns >= 120 ? MEAN_WIDE : MEAN_COLUMNS, count = wide ? COUNT_COLUMNS : 0;
    const int gap = wide ? 3 : 1;
    mine.bar_columns = (right - mine.share_bar - SHARE_COLUMNS - count - gap - mean) / 2;
    mine.share = mine.share_bar + mine.bar_columns + SHARE_COLUMNS;
    mine.count = wide ? mine.share + COUNT_COLUMNS : 0;
    mine.mean_bar = mine.share + count + gap;
    return mine;
}

static double largest(const struct failure_list *list, enum metric metric)
{
    double most = 0;
    for (size_t i = 0; i < list->n_groups; i++)
        if (list->groups[i].means[metric].mean > most) /* false for NAN */
            most = list->groups[i].means[metric].mean;
    return most;
}

/* The unit is in the head. */
static void mean_text(const struct failure_group *group, enum metric metric, bool wide, char text[48])
{
    const struct interval *mean = &group->means[metric];
    const double scale = metric_infos[metric].scale;
    if (group->count == 0 || isnan(mean->mean))
        snprintf(text, 48, "–");
    else if (wide && group->count > 1) /* one value has no interval */
        snprintf(text, 48, "%.1f ± %.1f", scale * mean->mean, scale * mean->ci95);
    else
        snprintf(text, 48, "%.1f", scale * mean->mean);
}

static int mean_columns(const struct dashboard_layout *at)
{
    return at->mean - at->mean_bar - at->bar_columns;
}

/* Two bars: which share of all playlists the group is, and the mean of the metric over them. */
static void draw_bars(const struct failure_group *group, double share, double mean, const struct dashboard_layout *at,
                      bool selected, struct screen *screen, int row)
{
    const enum style rail = selected ? STYLE_SELECTED_DIM : STYLE_RULE;
    const enum style lost = group->kind == GROUP_CAUSE ? STYLE_LOSS : STYLE_BAR;
    view_bar(screen, row, at->share_bar, at->bar_columns, (float)share, selected ? STYLE_SELECTED : lost, rail);
    view_bar(screen, row, at->mean_bar, at->bar_columns, (float)mean, selected ? STYLE_SELECTED : STYLE_BAR, rail);
}

static void draw_group(const struct state *state, const struct dashboard_layout *at, size_t i, struct screen *screen)
{
    const struct failure_list *list = &failures_of(state)->list;
    const struct failure_group *group = &list->groups[i];
    const struct dashboard_state *mine = dashboard_of(state);
    enum metric metric = dashboard_metric(state);
    bool selected = i == mine->at.selected;
    bool first = i == 0 || i == mine->at.top || group[-1].kind != group->kind;
    int row = list_item_row(&at->list, &mine->at, i);
    double share = (double)group->count / (double)list->evaluated, most = largest(list, metric);
    double mean = group->means[metric].mean;
    enum style text = selected ? STYLE_SELECTED : STYLE_TEXT, quiet = selected ? STYLE_SELECTED_DIM : STYLE_DIM;
    char words[48];
    if (selected)
        list_draw_selected(&at->list, row, screen);
    if (first)
        screen_text(screen, row, at->section, at->label - at->section - 1, quiet, failure_group_titles[group->kind]);
    screen_text(screen, row, at->label, at->label_columns - 1, group->count > 0 ? text : quiet, group->label);
    draw_bars(group, share, most > 0 && group->count > 0 && !isnan(mean) ? mean / most : 0, at, selected, screen, row);
    snprintf(words, sizeof words, "%.0f %%", 100 * share);
    screen_text_right(screen, row, at->share, SHARE_COLUMNS, text, words);
    view_count((int64_t)group->count, words);
    if (at->count > 0)
        screen_text_right(screen, row, at->count, COUNT_COLUMNS, quiet, words);
    mean_text(group, metric, mean_columns(at) >= MEAN_WIDE, words);
    screen_text_right(screen, row, at->mean, mean_columns(at) - 1, text, words);
}

/* The first of the texts that fits, or the last. */
static void draw_longest(struct screen *screen, int row, int column, int columns, char texts[][96], int count)
{
    int i = 0;
    while (i + 1 < count && text_width(texts[i], strlen(texts[i])) > columns)
        i++;
    screen_text(screen, row, column, columns, STYLE_DIM, texts[i]);
}

/* What the bars are, and how far they reach. */
static void draw_scales(const struct state *state, const struct dashboard_layout *at, struct screen *screen)
{
    const struct failure_list *list = &failures_of(state)->list;
    const enum metric metric = dashboard_metric(state);
    const struct metric_info *info = &metric_infos[metric];
    const double most = info->scale * largest(list, metric);
    const char *title = info->title, *unit = info->unit, *gap = unit[0] ? " " : "";
    char shares[3][96], means[3][96], count[32];
    view_count((int64_t)list->evaluated, count);
    snprintf(shares[0], sizeof shares[0], "share of %s playlists, 0 to 100 %%", count);
    snprintf(shares[1], sizeof shares[1], "share, 0 to 100 %%");
    snprintf(shares[2], sizeof shares[2], "share 0–100 %%");
    snprintf(means[0], sizeof means[0], "mean %s, 0 to %.1f%s%s", title, most, gap, unit);
    snprintf(means[1], sizeof means[1], "%s 0–%.1f%s%s", title, most, gap, unit);
    snprintf(means[2], sizeof means[2], "%s%s%s", title, gap, unit);
    draw_longest(screen, at->head_row, at->share_bar, at->share - at->share_bar, shares, 3);
    if (at->count > 0)
        screen_text_right(screen, at->head_row, at->count, COUNT_COLUMNS - 1, STYLE_DIM, "count");
    draw_longest(screen, at->head_row, at->mean_bar, at->mean - at->mean_bar, means, 3);
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
    screen_text(screen, at->head_row, at->section, at->share_bar - at->section - 1, STYLE_DIM, position);
    draw_scales(state, at, screen);
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
        snprintf(text, sizeof text, "%s: %s. It applies from %.0f %% (several can); the mean is %.0f %%.", group->label,
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
        snprintf(rest, sizeof rest, "%.1f", metric_infos[metric].scale * group->rest[metric]);
    for (int form = 0; form < 2; form++) { /* without the condition where columns are few */
        snprintf(text, sizeof text, "%s%s%s %s, others %s%s%s · %zu of %zu without a hit",
                 form == 0 ? group->where : "", form == 0 ? " · " : "", metric_infos[metric].label, mean, rest,
                 metric_infos[metric].unit[0] ? " " : "", metric_infos[metric].unit, group->missed, group->count);
        if (text_width(text, strlen(text)) <= columns)
            break;
    }
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
