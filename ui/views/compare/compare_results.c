/* The results of two models over the playlists that both were evaluated on: a table of metrics and, for the selected
 * one, the tests, the differences of groups of playlists, and the playlists on which the models differ most. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "core/text_number.h"
#include "ui/model_names.h"
#include "ui/view_text.h"
#include "ui/views/compare/compare.h"

/* ---- numbers ---- */

static void write_value(enum metric metric, double value, char text[32])
{
    snprintf(text, 32, isnan(value) ? "–" : "%.2f", metric_infos[metric].scale * value);
}

/* A difference always has a sign. */
static void write_difference(enum metric metric, double value, char text[32])
{
    double scaled = metric_infos[metric].scale * value;
    if (isnan(value))
        snprintf(text, 32, "–");
    else
        snprintf(text, 32, "%s%.2f", scaled <= -0.005 ? "–" : scaled >= 0.005 ? "+" : "", fabs(scaled));
}

static void write_p(double p, char text[32])
{
    if (isnan(p))
        snprintf(text, 32, "–");
    else if (p < 0.001)
        snprintf(text, 32, "< 0.001");
    else
        snprintf(text, 32, "%.3f", p);
}

/* The sign of what is better; 0 for metrics that are neither good nor bad by themselves. */
static int goodness(enum metric metric)
{
    return compare_is_descriptive(metric) ? 0 : metric_infos[metric].direction;
}

static enum style verdict_style(const struct compared_metric *compared, bool selected)
{
    if (selected)
        return STYLE_SELECTED;
    const char *verdict = compare_verdict(compared);
    return strcmp(verdict, "better") == 0 ? STYLE_GOOD : strcmp(verdict, "worse") == 0 ? STYLE_LOSS : STYLE_DIM;
}

/* ---- the table of metrics ---- */

/* The right edges of its columns; 0: not shown. */
struct columns {
    int name_columns, a, b, difference, wins, bootstrap, t, wilcoxon, verdict;
    bool intervals; /* of a and b */
};

static struct columns columns_of(const struct screen *screen)
{
    const int columns = screen->columns;
    struct columns mine = {.intervals = columns >= 100};
    mine.name_columns = columns >= 100 ? 19 : 12;
    mine.a = 3 + mine.name_columns + (mine.intervals ? 14 : 7);
    mine.b = mine.a + (mine.intervals ? 14 : 7);
    mine.difference = mine.b + 16;
    mine.wins = mine.difference + (columns >= 120 ? 20 : 16);
    if (columns >= 110)
        mine.t = mine.wins + 10;
    if (columns >= 140) {
        mine.wilcoxon = mine.t + 12;
        mine.bootstrap = mine.wilcoxon + 18;
    }
    mine.verdict = columns - 2;
    return mine;
}

static void write_name(enum metric metric, bool brief, char text[64])
{
    const struct metric_info *info = &metric_infos[metric];
    if (brief)
        snprintf(text, 64, "%s%s%s", info->brief, info->variant ? " " : "", info->variant ? info->variant : "");
    else
        snprintf(text, 64, "%s%s%s", info->label, *info->unit ? ", " : "", info->unit);
}

static void draw_table_heading(const struct state *state, const struct compare_layout *mine,
                               const struct columns *columns, struct screen *screen)
{
    const struct {
        int right, columns;
        const char *text;
    } headings[] = {
        {columns->difference, 14, "difference"},
        {columns->wins, 16, "win/tie/loss"},
        {columns->t, 9, "t-test p"},
        {columns->wilcoxon, 11, "Wilcoxon p"},
        {columns->bootstrap, 16, "bootstrap 95 %"},
    };
    const int row = mine->table_row;
    char mark[MODEL_LABEL_SIZE];
    for (int side = 0; side < COMPARE_SIDES; side++) {
        const char *name = compare_of(state)->models[side];
        model_mark(state, name, mark);
        screen_text_right(screen, row, side == 0 ? columns->a : columns->b, columns->intervals ? 13 : 6,
                          model_seen(state, name) == SEEN_NO ? STYLE_DIM : STYLE_WARNING, mark);
    }
    for (size_t i = 0; i < sizeof headings / sizeof headings[0]; i++)
        if (headings[i].right > 0)
            screen_text_right(screen, row, headings[i].right, headings[i].columns, STYLE_DIM, headings[i].text);
    model_mark(state, compare_of(state)->models[0], mark);
    char verdict[MODEL_LABEL_SIZE + 4];
    snprintf(verdict, sizeof verdict, "%s is", mark);
    screen_text_right(screen, row, columns->verdict, columns->verdict - columns->wins - 2, STYLE_DIM,
                      columns->verdict - columns->wins >= 14 ? verdict : "");
}

static void draw_metric(const struct state *state, const struct compare_layout *mine, const struct columns *columns,
                        int at, struct screen *screen)
{
    const struct compare_state *compare = compare_of(state);
    const struct compared_metric *compared = &compare->results.metrics[at];
    const struct comparison *c = &compared->comparison;
    const enum metric metric = compared->metric;
    const int row = mine->table_row + 1 + at;
    bool selected = (size_t)at == compare->metric_at.selected, dimmed = compare_late(state);
    enum style text_style = selected ? STYLE_SELECTED : dimmed ? STYLE_DIM : STYLE_TEXT;
    enum style quiet = selected ? STYLE_SELECTED_DIM : STYLE_DIM;
    char text[96], value[32], other[32];
    if (selected) {
        screen_fill(screen, row, 1, screen->columns - 2, STYLE_SELECTED);
        screen_text(screen, row, 1, 1, STYLE_SELECTED, "▸");
        if (compare->pane == COMPARE_METRICS) {
            screen->cursor_row = row;
            screen->cursor_column = 1;
            screen->cursor_visible = true;
        }
    }
    write_name(metric, !columns->intervals, text);
    screen_text(screen, row, 3, columns->name_columns, text_style, text);
    for (int side = 0; side < COMPARE_SIDES; side++) {
        const struct interval *interval = side == 0 ? &compared->a : &compared->b;
        write_value(metric, interval->mean, value);
        write_value(metric, interval->ci95, other);
        snprintf(text, sizeof text, columns->intervals ? "%s ± %s" : "%s", value, other);
        screen_text_right(screen, row, side == 0 ? columns->a : columns->b, columns->intervals ? 13 : 6, quiet, text);
    }
    write_difference(metric, c->mean, value);
    write_value(metric, c->ci95, other);
    snprintf(text, sizeof text, "%s ± %s", value, other);
    screen_text_right(screen, row, columns->difference, 15, text_style, text);
    snprintf(text, sizeof text, "%zu/%zu/%zu", c->wins, c->ties, c->losses);
    screen_text_right(screen, row, columns->wins, 19, quiet, text);
    if (columns->t > 0) {
        write_p(c->t_p, text);
        screen_text_right(screen, row, columns->t, 9, quiet, text);
    }
    if (columns->wilcoxon > 0) {
        write_p(c->wilcoxon_p, text);
        screen_text_right(screen, row, columns->wilcoxon, 11, quiet, text);
        write_difference(metric, c->bootstrap_low, value);
        write_difference(metric, c->bootstrap_high, other);
        snprintf(text, sizeof text, isnan(c->bootstrap_low) ? "…" : "%s to %s", value, other);
        screen_text_right(screen, row, columns->bootstrap, 17, quiet, text);
    }
    screen_text_right(screen, row, columns->verdict, 12, verdict_style(compared, selected), compare_verdict(compared));
}

/* ---- the selected metric ---- */

static const struct compared_metric *selected_metric(const struct compare_state *compare)
{
    size_t at = compare->metric_at.selected;
    return at < (size_t)compare->results.n_metrics ? &compare->results.metrics[at] : NULL;
}

static const char *direction_text(enum metric metric)
{
    return compare_is_descriptive(metric)       ? "a win is the lower value; neither is better by itself"
           : metric_infos[metric].direction > 0 ? "higher is better"
                                                : "lower is better";
}

/* A statistic of a test: "–2.31" */
static void write_statistic(double value, char text[32])
{
    snprintf(text, 32, isnan(value) ? "–" : "%s%.2f", text_plain_zero(value, 2) < 0 ? "–" : "", fabs(value));
}

/* The tests with their corrections for the number of metrics, in two lines. */
static void draw_tests(const struct state *state, const struct compare_layout *mine, struct screen *screen)
{
    const struct compare_state *compare = compare_of(state);
    const struct compared_metric *compared = selected_metric(compare);
    if (!compared)
        return;
    const struct comparison *c = &compared->comparison;
    const bool wide = screen->columns >= 100;
    char line[512], t[32], t_p[32], t_holm[32], z[32], w_p[32], w_holm[32], welch[32], low[32], high[32];
    write_statistic(c->t, t), write_p(c->t_p, t_p), write_p(compared->t_holm, t_holm);
    write_statistic(c->wilcoxon_z, z), write_p(c->wilcoxon_p, w_p), write_p(compared->wilcoxon_holm, w_holm);
    write_p(compared->welch.p, welch);
    write_difference(compared->metric, c->bootstrap_low, low);
    write_difference(compared->metric, c->bootstrap_high, high);
    if (wide)
        snprintf(line, sizeof line, "%s: t-test t %s, p %s, Holm %s · Wilcoxon z %s, p %s, Holm %s",
                 metric_infos[compared->metric].label, t, t_p, t_holm, z, w_p, w_holm);
    else
        snprintf(line, sizeof line, "t %s, p %s, Holm %s · Wilcoxon p %s, Holm %s", t, t_p, t_holm, w_p, w_holm);
    screen_text(screen, mine->tests_row, 3, screen->columns - 4, STYLE_DIM, line);
    snprintf(line, sizeof line, "bootstrap %s%s%s%s · %s p %s · %s", wide ? "95 % interval " : "",
             isnan(c->bootstrap_low) ? "…" : low, isnan(c->bootstrap_low) ? "" : " to ",
             isnan(c->bootstrap_low) ? "" : high, wide ? "unpaired, Welch's" : "Welch", welch,
             direction_text(compared->metric));
    screen_text(screen, mine->tests_row + 1, 3, screen->columns - 4, STYLE_DIM, line);
}

/* ---- groups ---- */

static void draw_selected_row(const struct list_box *box, int row, bool active, struct screen *screen)
{
    int cursor_row = screen->cursor_row, cursor_column = screen->cursor_column;
    bool visible = screen->cursor_visible;
    list_draw_selected(box, row, screen);
    if (active)
        return;
    screen->cursor_row = cursor_row;
    screen->cursor_column = cursor_column;
    screen->cursor_visible = visible;
}

/* The largest difference of all groups, for the length of bars. */
static double largest_of_groups(const struct state *state, enum metric metric)
{
    double most = 0;
    const struct group_summary *group;
    for (size_t at = 0; (group = compare_group(state, at)); at++)
        most = fmax(most, fabs(group->summary.metrics[metric].mean));
    return most;
}

/* The values of a slice: "21 to 40", "0 to 12 %"; "" for a number of seeds. */
static void write_range(const struct group_summary *group, char text[96])
{
    const bool share = group->group.slice != SLICE_LENGTH;
    const double scale = share ? 100 : 1;
    if (group->group.slice < 0)
        text[0] = '\0';
    else if (group->from < group->to)
        snprintf(text, 96, "%.0f to %.0f%s", scale * group->from, scale * group->to, share ? " %" : "");
    else
        snprintf(text, 96, "%.0f%s", scale * group->from, share ? " %" : "");
}

static void draw_group(const struct state *state, const struct list_box *box, size_t at, double most,
                       struct screen *screen)
{
    const struct compare_state *compare = compare_of(state);
    const struct group_summary *group = compare_group(state, at);
    const enum metric metric = compare_metric(state);
    const struct interval *interval = &group->summary.metrics[metric];
    const int row = list_item_row(box, &compare->group_at, at), right = box->column + box->columns - 1;
    bool selected = compare->pane == COMPARE_GROUPS && at == compare->group_at.selected;
    char name[64], text[96], value[32], ci[32];
    if (selected)
        draw_selected_row(box, row, true, screen);
    write_difference(metric, interval->mean, value);
    write_value(metric, interval->ci95, ci);
    snprintf(text, sizeof text, "%s ± %s", value, ci);
    int bar = box->columns >= 60 ? 16 : box->columns >= 46 ? 8 : 0;
    int edge = right - bar - (bar > 0);
    screen_text_right(screen, row, edge, 15, selected ? STYLE_SELECTED : STYLE_TEXT, text);
    bool known = interval->ci95 > 0 || group->summary.count > 1;
    double gain = goodness(metric) * interval->mean;
    bool sure = known && fabs(interval->mean) > interval->ci95;
    enum style style = selected                         ? STYLE_SELECTED
                       : !sure || goodness(metric) == 0 ? STYLE_DIM
                       : gain < 0                       ? STYLE_LOSS
                                                        : STYLE_BAR;
    if (bar > 0 && most > 0)
        view_signed_bar(screen, row, edge + 1, bar, (float)(interval->mean / most), style,
                        selected ? STYLE_SELECTED_DIM : STYLE_RULE);
    snprintf(text, sizeof text, "%zu", group->summary.count);
    screen_text_right(screen, row, edge - 16, 6, selected ? STYLE_SELECTED_DIM : STYLE_DIM, text);
    compare_group_name(&group->group, name);
    const int name_columns = edge - 16 - 6 - box->column - 2;
    int used = screen_text(screen, row, box->column + 2, name_columns, selected ? STYLE_SELECTED : STYLE_TEXT, name);
    write_range(group, text);
    if (used + 2 + text_width(text, strlen(text)) < name_columns)
        screen_text(screen, row, box->column + 4 + used, 24, selected ? STYLE_SELECTED_DIM : STYLE_DIM, text);
}

static void draw_groups(const struct state *state, const struct compare_layout *mine, struct screen *screen)
{
    const struct compare_state *compare = compare_of(state);
    const struct list_box *box = &mine->groups;
    const size_t count = compare_group_count(state), rows = (size_t)list_items(box);
    char text[128];
    bool active = compare->pane == COMPARE_GROUPS;
    snprintf(text, sizeof text, "%s by seeds%s", metric_infos[compare_metric(state)].label,
             active                   ? "; enter: only these"
             : compare->results_whole ? " and kind"
                                      : "; kinds …");
    screen_text(screen, box->row - 1, box->column + 2, box->columns - 2, STYLE_DIM, text);
    double most = largest_of_groups(state, compare_metric(state));
    for (size_t i = 0; i < rows && compare->group_at.top + i < count; i++)
        draw_group(state, box, compare->group_at.top + i, most, screen);
    list_draw_bar(box, &compare->group_at, count, screen);
}

/* ---- the playlists that differ most ---- */

static void draw_playlist(const struct state *state, const struct list_box *box, size_t at, struct screen *screen)
{
    const struct compare_state *compare = compare_of(state);
    const struct compare_result *results = &compare->results;
    const struct compared_playlist *playlist = &results->largest[at];
    const int row = list_item_row(box, &compare->playlist_at, at), right = box->column + box->columns - 1;
    bool selected = compare->pane == COMPARE_PLAYLISTS && at == compare->playlist_at.selected;
    bool win = at < results->n_wins, stale = results->by != compare_metric(state);
    char value[32], text[64];
    if (selected)
        draw_selected_row(box, row, true, screen);
    write_difference(results->by, playlist->difference, value);
    enum style style = selected                              ? STYLE_SELECTED
                       : stale || goodness(results->by) == 0 ? STYLE_DIM
                       : win                                 ? STYLE_GOOD
                                                             : STYLE_LOSS;
    screen_text_right(screen, row, right, 8, style, value);
    snprintf(text, sizeof text, "%d %s", playlist->seeds, playlist->seeds == 1 ? "seed" : "seeds");
    int used = box->columns >= 44 ? 9 : 0;
    if (used > 0)
        screen_text_right(screen, row, right - 9, used, selected ? STYLE_SELECTED_DIM : STYLE_DIM, text);
    screen_text(screen, row, box->column + 2, right - 9 - used - 1 - box->column - 2,
                selected ? STYLE_SELECTED
                : stale  ? STYLE_DIM
                         : STYLE_TEXT,
                playlist->name[0] ? playlist->name : playlist->key);
}

static void draw_playlists(const struct state *state, const struct compare_layout *mine, struct screen *screen)
{
    const struct compare_state *compare = compare_of(state);
    const struct list_box *box = &mine->playlists;
    const size_t count = compare->results.n_largest, rows = (size_t)list_items(box);
    bool descriptive = compare_is_descriptive(compare_metric(state));
    screen_text(screen, box->row - 1, box->column + 2, box->columns - 2, STYLE_DIM,
                descriptive ? "largest differences; enter opens" : "largest wins, then losses; enter opens");
    if (count == 0)
        screen_text(screen, box->row, box->column + 2, box->columns - 2, STYLE_DIM, "both are equal on every playlist");
    for (size_t i = 0; i < rows && compare->playlist_at.top + i < count; i++)
        draw_playlist(state, box, compare->playlist_at.top + i, screen);
    list_draw_bar(box, &compare->playlist_at, count, screen);
}

/* ---- the page ---- */

static void draw_what(const struct state *state, const struct compare_layout *mine, struct screen *screen)
{
    const struct compare_state *compare = compare_of(state);
    const struct compare_result *results = &compare->results;
    char text[256], group[64], count[32];
    view_count((int64_t)results->n_playlists, count);
    compare_group_name(&compare->filter, group);
    snprintf(text, sizeof text, "%s %s%s%s", count, group[0] ? "playlists: " : "playlists of both", group,
             group[0] ? " · escape: all" : "");
    screen_text(screen, mine->question_row, 1, screen->columns - 30, STYLE_TITLE, text);
    const enum seen_answers seen = results->seen_a > results->seen_b ? results->seen_a : results->seen_b;
    if (seen != SEEN_NO)
        snprintf(text, sizeof text, "a model %s", seen_answers_text(seen));
    else
        snprintf(text, sizeof text, "%s", compare->results_whole ? "" : "bootstrap and slices are computed …");
    screen_text_right(screen, mine->question_row, screen->columns - 1, 40, seen != SEEN_NO ? STYLE_WARNING : STYLE_DIM,
                      text);
}

void compare_draw_results(const struct state *state, const struct layout *layout, const struct compare_layout *mine,
                          struct screen *screen)
{
    const struct compare_state *compare = compare_of(state);
    (void)layout;
    if (!compare->results_there) {
        compare_draw_no_results(state, mine, screen);
        return;
    }
    const struct columns columns = columns_of(screen);
    draw_what(state, mine, screen);
    draw_table_heading(state, mine, &columns, screen);
    for (int i = 0; i < compare->results.n_metrics; i++)
        draw_metric(state, mine, &columns, i, screen);
    draw_tests(state, mine, screen);
    draw_groups(state, mine, screen);
    draw_playlists(state, mine, screen);
}

/* Why there are none, and what to do. */
void compare_draw_no_results(const struct state *state, const struct compare_layout *mine, struct screen *screen)
{
    const struct compare_state *compare = compare_of(state);
    char text[768] = "";
    if (compare->results_failure[0])
        snprintf(text, sizeof text, "%s.%s", compare->results_failure,
                 compare_is_filtered(state) ? " Escape: all playlists."
                                            : " Then come back: 4 reads the results again.");
    view_paragraph(screen, mine->names_row, 3, screen->columns - 6, 5, STYLE_DIM, text);
}
