#include "ui/tour_draw.h"

#include <stdio.h>

#include "ui/bindings.h"
#include "ui/layout.h"
#include "ui/view_text.h"

static void write_text(const struct tour *tour, char *text, size_t size)
{
    const struct tour_step *step = &tour->steps[tour->at];
    snprintf(text, size, "%s%s%s", step->text, tour->note[0] ? " " : "", tour->note);
}

static int draw_keys(const struct tour *tour, struct screen *screen, int row, bool brief)
{
    const char *const keys[][2] = {
        {"space", tour->at + 1 < tour->count ? "next" : "end"}, {"backspace", "back"}, {"escape", "leave the tour"}};
    int right = screen->columns - 1, first = brief ? 1 : 3;
    for (int i = first - 1; i >= 0; i--) {
        right -= screen_text_right(screen, row, right, 20, STYLE_DIM, keys[i][1]) + 1;
        right -= screen_text_right(screen, row, right, 12, STYLE_KEY, keys[i][0]) + 3;
    }
    return right;
}

void tour_draw(const struct state *state, const struct layout *layout, struct screen *screen)
{
    const struct tour *tour = &state->tour;
    char text[1024], title[160];
    bool tall = tour_rows(tour, state->rows) > 0, typing = state->input == INPUT_COMMAND || binding_typing(state);
    int row = layout->body_end, columns = screen->columns - 2;
    write_text(tour, text, sizeof text);
    snprintf(title, sizeof title, "%zu/%zu %.120s", tour->at + 1, tour->count, tour->steps[tour->at].title);
    if (!tall && typing)
        return;
    if (tall) {
        view_rule(screen, row, 1, columns);
        int used = screen_text(screen, row, 2, columns - 4, STYLE_ACCENT, title);
        screen_text(screen, row, 2 + used, 1, STYLE_TEXT, " ");
        const bool over = typing && state->overlay != VIEW_NONE; /* its letters are those of a filter */
        view_paragraph(screen, row + 1, 1, columns, typing ? 1 : 2, STYLE_TEXT,
                       over ? "Escape closes this; then the tour continues." : text);
        if (!typing)
            draw_keys(tour, screen, layout->keys_row, false);
        return;
    }
    struct buffer line = {0};
    buffer_printf(&line, "%s: %s", title, text);
    int end = draw_keys(tour, screen, layout->keys_row, true);
    if (!line.failed)
        view_paragraph(screen, layout->message_row, 1, end - 1, 2, STYLE_TITLE, line.data);
    buffer_free(&line);
}
