/* The frame of Compare: the two models and the pages. */
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "figure/scatter.h"
#include "ui/model_names.h"
#include "ui/view_text.h"
#include "ui/views/compare/compare.h"
#include "ui/views/explore/explore.h"

uint32_t compare_colour(const struct state *state, int side)
{
    return scatter_colour(side, state->page == SCREEN_NO_COLOUR ? 0x000000 : state->page);
}

int compare_draw_name(const struct state *state, int side, struct screen *screen, int row, int column, int columns)
{
    const char *name = compare_of(state)->models[side];
    char label[MODEL_LABEL_SIZE];
    model_label(state, name, label);
    if (text_width(label, strlen(label)) + 2 > columns)
        model_mark(state, name, label);
    int used = screen_text(screen, row, column, 1, STYLE_TITLE, scatter_mark(side)->text);
    view_colour(screen, row, column, used, compare_colour(state, side));
    return used + 1 +
           screen_text(screen, row, column + used + 1, columns - used - 1,
                       model_seen(state, name) == SEEN_NO ? STYLE_TITLE : STYLE_WARNING, label);
}

/* "als  against  mf-avg", and at the right the three pages. */
static void draw_head(const struct state *state, const struct compare_layout *mine, struct screen *screen)
{
    static const char *const titles[COMPARE_PAGES] = {"lists", "test set", "plot"};
    const struct compare_state *compare = compare_of(state);
    int right = screen->columns - 1, row = mine->head_row, column = 1;
    for (int page = COMPARE_PAGES - 1; page >= 0; page--) {
        bool shown = (int)compare->page == page;
        right -= screen_text_right(screen, row, right, 12, shown ? STYLE_TITLE : STYLE_DIM, titles[page]);
        if (shown)
            screen_text(screen, row, right - 2, 1, STYLE_ACCENT, "▸");
        right -= 4;
    }
    column += compare_draw_name(state, 0, screen, row, column, (right - 12) / 2);
    column += screen_text(screen, row, column, 10, STYLE_DIM, " against ");
    compare_draw_name(state, 1, screen, row, column, right - column);
}

static void draw_no_models(const struct state *state, const struct compare_layout *mine, struct screen *screen)
{
    char text[256] = "";
    if (state->models.count == 1)
        snprintf(text, sizeof text,
                 "%.63s is the only model, and a comparison needs two. Quit with q and train another, such as: sleeve "
                 "train als --name als",
                 state->models.names[0]);
    else if (state->models_failed)
        snprintf(text, sizeof text, "The list of models cannot be read: M shows why.");
    else if (explore_of(state)->suggestions.answered)
        snprintf(
            text, sizeof text,
            "No model is trained yet, and a comparison needs two. Quit with q and run: sleeve train als --name als");
    view_paragraph(screen, mine->names_row, 3, screen->columns - 6, 4, STYLE_DIM, text);
}

void compare_draw(const struct state *state, const struct layout *layout, struct screen *screen)
{
    const struct compare_state *compare = compare_of(state);
    const struct compare_layout mine = compare_layout(state, layout);
    if (!compare->models[0][0] || !compare->models[1][0]) {
        draw_no_models(state, &mine, screen);
        return;
    }
    draw_head(state, &mine, screen);
    if (compare->page == COMPARE_LISTS)
        compare_draw_lists(state, &mine, screen);
    else if (compare->page == COMPARE_RESULTS)
        compare_draw_results(state, layout, &mine, screen);
    else
        compare_draw_plot(state, layout, screen);
}
