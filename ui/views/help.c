/* The help, made from the tables of keys and commands. */
#include "ui/help.h"
#include "ui/view.h"
#include "ui/view_text.h"
#include "ui/views/popup.h"

static void settle(struct state *state, const struct layout *layout)
{
    if (state->overlay == VIEW_HELP)
        popup_settle(state, layout, help_count());
}

static void draw(const struct state *state, const struct layout *layout, struct screen *screen)
{
    int columns = screen->columns, split = columns >= 120 ? 50 : 30, middle = columns >= 120 ? 26 : 0;
    popup_draw_title(layout, screen, "Help", state->overlay_top, help_count());
    for (int i = 0; i < layout->popup_text_rows; i++) {
        struct help_line line;
        int row = layout->header_row + 2 + i;
        if (!help_line(state->overlay_top + i, &line))
            break;
        if (line.heading) {
            screen_text(screen, row, 2, columns - 4, STYLE_ACCENT, line.left);
            continue;
        }
        int left = line.command[0] && middle ? middle - 3 : split - 3;
        screen_text(screen, row, 2, left, STYLE_KEY, line.left);
        screen_text(screen, row, middle, line.command[0] && middle ? split - middle - 1 : 0, STYLE_DIM, line.command);
        screen_text(screen, row, split, columns - split - 2, STYLE_TEXT, line.right);
    }
}

static COMMAND(command_help)
{
    (void)effects, (void)argument, (void)error;
    view_open_popup(state, VIEW_HELP, 0);
    return STATUS_OK;
}

static const struct explorer_command commands[] = {
    {"help", "", "keys and commands", command_help},
};

const struct view_ops view_help = {
    .name = "help",
    .title = "help",
    .commands = commands,
    .n_commands = sizeof commands / sizeof commands[0],
    .keys = &keys_text,
    .settle = settle,
    .draw = draw,
    .page = popup_page,
    .select = popup_select,
};
