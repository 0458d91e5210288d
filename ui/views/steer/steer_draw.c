#include <math.h>
#include <stdio.h>
#include <string.h>

#include "ui/view_text.h"
#include "ui/views/explore/explore.h"
#include "ui/views/steer/steer.h"

enum { HELP_ROWS = 4, VALUE_COLUMNS = 5 };

struct steer_layout steer_layout(const struct state *state, const struct layout *layout)
{
    const struct explore_layout explore = explore_layout(state, layout);
    struct steer_layout mine = {.columns = explore.left_columns, .help_rows = HELP_ROWS - 1};
    int top = layout->header_row + 2, rows = layout->body_end - top - HELP_ROWS;
    mine.list = (struct list_box){
        .row = top, .column = 0, .rows = rows, .columns = mine.columns - 1, .bar_column = explore.rule_column};
    mine.help_row = top + rows + 1;
    return mine;
}

/* What a slider does in the direction in which it is moved, and in which space. */
static void write_label(const struct steer_row *row, double value, bool wide, char text[96])
{
    const struct rerank_info *info = &rerank_infos[row->kind];
    bool needed = info->space == RERANK_SPACE_NEEDED;
    snprintf(text, 96, "%s%s%.64s", value < 0 ? info->below : info->above,
             !row->space[0]    ? ""
             : wide && !needed ? " by "
                               : " ",
             row->space);
}

static void write_value(enum rerank_kind kind, double value, char text[16])
{
    if (rerank_infos[kind].step >= 1)
        snprintf(text, 16, value == 0 ? "off" : kind == RERANK_DRAW ? "%.0f" : "≤%.0f", value);
    else
        snprintf(text, 16, rerank_infos[kind].low < 0 && value != 0 ? "%+.1f" : "%.1f", value);
}

/* A rail with a knob; 0 is marked where a slider has both directions. */
static void draw_rail(struct screen *screen, const struct rerank_info *info, double value, int row, int column,
                      int columns, bool selected)
{
    enum style rail = selected ? STYLE_SELECTED_DIM : STYLE_RULE;
    double range = info->high - info->low;
    int knob = (int)lround((value - info->low) / range * (columns - 1));
    int zero = (int)lround((0 - info->low) / range * (columns - 1));
    for (int i = 0; i < columns; i++) {
        bool filled = value > 0 ? i > zero && i < knob : i < zero && i > knob;
        enum style style = selected ? STYLE_SELECTED : STYLE_BAR;
        screen_text(screen, row, column + i, 1, filled ? style : rail, filled ? "━" : i == zero ? "┼" : "─");
    }
    screen_text(screen, row, column + knob, 1,
                selected     ? STYLE_SELECTED_TITLE
                : value == 0 ? STYLE_DIM
                             : STYLE_ACCENT,
                "●");
}

/* Columns of a slider's label, by the width of the form. */
static int label_columns(const struct list_box *box)
{
    return box->columns >= 36 ? 20 : 13;
}

/* The columns of a rail. */
static void rail_of(const struct list_box *box, int *column, int *columns)
{
    *column = box->column + 2 + label_columns(box);
    *columns = box->column + box->columns - 1 - VALUE_COLUMNS - *column;
}

bool steer_value_at(const struct steer_layout *mine, enum rerank_kind kind, int column, double *value)
{
    const struct rerank_info *info = &rerank_infos[kind];
    int first, columns;
    rail_of(&mine->list, &first, &columns);
    if (info->step >= 1 || column < first || column >= first + columns || columns < 2)
        return false;
    double share = (double)(column - first) / (columns - 1);
    *value = round((info->low + share * (info->high - info->low)) / info->step) * info->step;
    return true;
}

static void draw_slider(const struct state *state, const struct steer_row *slider, const struct list_box *box, int row,
                        bool selected, struct screen *screen)
{
    const struct rerank_info *info = &rerank_infos[slider->kind];
    double value = rerank_spec_value(&steer_of(state)->spec, slider->kind, slider->space);
    int label = label_columns(box), left = box->column + 2, end = box->column + box->columns - 1, rail, columns;
    char text[96], number[16];
    enum style quiet = selected ? STYLE_SELECTED_DIM : STYLE_DIM, loud = selected ? STYLE_SELECTED_TITLE : STYLE_TEXT;
    rail_of(box, &rail, &columns);
    write_label(slider, value, box->columns >= 36, text);
    write_value(slider->kind, value, number);
    screen_text(screen, row, left, info->step < 1 ? label - 1 : end - VALUE_COLUMNS - left, value != 0 ? loud : quiet,
                text);
    screen_text_right(screen, row, end, VALUE_COLUMNS, value != 0 ? loud : quiet, number);
    if (info->step < 1)
        draw_rail(screen, info, value, row, rail, columns, selected);
}

static void draw_wish(const struct steer_wish *wish, const struct list_box *box, int row, bool selected,
                      struct screen *screen)
{
    enum style quiet = selected ? STYLE_SELECTED_DIM : STYLE_DIM, loud = selected ? STYLE_SELECTED_TITLE : STYLE_TEXT;
    int left = box->column + 2, end = box->column + box->columns - 1;
    char kind[32];
    snprintf(kind, sizeof kind, "%s%s", wish->item == STEERING_TRACK ? "" : steering_item_name(wish->item),
             wish->here ? " here" : "");
    screen_text(screen, row, left, 6, wish->wish == STEERING_NEVER && !selected ? STYLE_WARNING : loud,
                steering_wish_name(wish->wish));
    int used = screen_text_right(screen, row, end, 11, quiet, kind);
    screen_text(screen, row, left + 6, end - left - 6 - used - (used ? 1 : 0), loud, wish->name);
}

/* What the selected row does, in words. */
static void draw_help(const struct state *state, const struct steer_layout *mine, struct screen *screen)
{
    const struct steer_state *steer = steer_of(state);
    char text[512];
    if (steer->at.selected >= steer_row_count(state))
        return;
    const struct steer_row row = steer_row(state, steer->at.selected);
    if (row.wish)
        snprintf(text, sizeof text, "%s: %s \"%.200s\"%s. x removes it.", steering_wish_name(row.wish->wish),
                 steering_item_name(row.wish->item), row.wish->name,
                 row.wish->here ? ", for this playlist" : ", for all playlists");
    else
        snprintf(text, sizeof text, "%s%s", rerank_infos[row.kind].help,
                 rerank_infos[row.kind].space == RERANK_SPACE_OPTIONAL ? "; s: by what" : "");
    view_rule(screen, mine->help_row - 1, 1, mine->columns - 2);
    view_paragraph(screen, mine->help_row, 1, mine->columns - 3, mine->help_rows, STYLE_DIM, text);
}

static void draw_form(const struct state *state, const struct layout *layout, const struct steer_layout *mine,
                      struct screen *screen)
{
    const struct steer_state *steer = steer_of(state);
    size_t count = steer_row_count(state);
    char where[LIST_TEXT_SIZE];
    list_describe(&steer->at, count, where);
    int used = screen_text(screen, layout->header_row, 1, mine->columns - 3, STYLE_TITLE, "Steer the suggestions");
    screen_text_right(screen, layout->header_row, mine->columns - 1, mine->columns - used - 4, STYLE_DIM, where);
    for (int i = 0; i < list_items(&mine->list); i++) {
        size_t at = steer->at.top + (size_t)i;
        if (at >= count)
            break;
        int row = list_item_row(&mine->list, &steer->at, at);
        bool selected = at == steer->at.selected;
        const struct steer_row item = steer_row(state, at);
        if (selected)
            list_draw_selected(&mine->list, row, screen);
        if (item.wish)
            draw_wish(item.wish, &mine->list, row, selected, screen);
        else
            draw_slider(state, &item, &mine->list, row, selected, screen);
    }
    list_draw_bar(&mine->list, &steer->at, count, screen);
    draw_help(state, mine, screen);
}

void steer_draw(const struct state *state, const struct layout *layout, struct screen *screen)
{
    const struct explore_layout explore = explore_layout(state, layout);
    const struct steer_layout mine = steer_layout(state, layout);
    if (layout->rule_row >= 0)
        screen_text(screen, layout->rule_row, explore.rule_column, 1, STYLE_RULE, "┬");
    for (int row = layout->header_row; row < layout->body_end; row++)
        screen_text(screen, row, explore.rule_column, 1, STYLE_RULE, "│");
    explore_draw_page(state, layout, &explore, screen);
    if (explore.info_columns > 0)
        explore_draw_track(state, layout, &explore, screen);
    if (explore.page.strip_rows > 0)
        explore_draw_strip(state, layout, &explore, screen);
    draw_form(state, layout, &mine, screen); /* last: the cursor is on its selected row */
}
