/* The messages of this session, with those of the log. */
#include "ui/view.h"
#include "ui/view_text.h"
#include "ui/views/popup.h"

static void settle(struct state *state, const struct layout *layout)
{
    if (state->overlay == VIEW_MESSAGES)
        popup_settle(state, layout, state->messages.count);
}

static void draw(const struct state *state, const struct layout *layout, struct screen *screen)
{
    const struct messages *messages = &state->messages;
    popup_draw_title(layout, screen, "Messages, latest at the end", state->overlay_top, messages->count);
    if (messages->count == 0)
        screen_text(screen, layout->header_row + 2, 2, screen->columns - 4, STYLE_DIM, "There are no messages yet.");
    for (int i = 0; i < layout->popup_text_rows && state->overlay_top + i < messages->count; i++)
        screen_text(screen, layout->header_row + 2 + i, 2, screen->columns - 4,
                    messages->warnings[state->overlay_top + i] ? STYLE_WARNING : STYLE_TEXT,
                    messages->lines[state->overlay_top + i]);
}

static COMMAND(command_messages)
{
    (void)effects, (void)argument, (void)error;
    view_open_popup(state, VIEW_MESSAGES, 1 << 20);
    return STATUS_OK;
}

static const struct explorer_command commands[] = {
    {"messages", "", "show the messages so far", command_messages},
};

const struct view_ops view_messages = {
    .name = "messages",
    .title = "messages",
    .commands = commands,
    .n_commands = sizeof commands / sizeof commands[0],
    .keys = &keys_text,
    .settle = settle,
    .draw = draw,
    .page = popup_page,
    .select = popup_select,
};
