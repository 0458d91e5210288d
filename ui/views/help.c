/* The help: the keys of the view in hand, then on demand all keys and commands. */
#include "ui/help.h"

#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "ui/view.h"
#include "ui/view_text.h"
#include "ui/views/popup.h"

/* Typing filters. An empty filter leaves ?, q and / their meaning. */
struct help_state {
    struct line query;
    bool all;
};

static struct help_state *help_of(const struct state *state)
{
    return state->own[VIEW_HELP];
}

enum { TWO_COLUMNS_MIN = 119 }; /* texts of 36 columns are shown whole */

static int n_columns(const struct state *state)
{
    const struct help_state *own = help_of(state);
    return state->columns >= TWO_COLUMNS_MIN && !own->all && own->query.size == 0 ? 2 : 1;
}

static size_t write_lines(const struct state *state, const struct layout *layout, struct help_lines *lines)
{
    const struct help_state *own = help_of(state);
    help_write(state->view, &state->keys, own->all, own->query.text, lines);
    if (n_columns(state) > 1)
        help_fit(lines, (size_t)layout->popup_text_rows);
    return lines->count;
}

static void settle(struct state *state, const struct layout *layout)
{
    struct help_lines lines = {0};
    if (state->overlay != VIEW_HELP)
        return;
    int count = (int)write_lines(state, layout, &lines);
    int shown = n_columns(state) * layout->popup_text_rows;
    if (state->overlay_top > count - shown)
        state->overlay_top = count - shown;
    if (state->overlay_top < 0)
        state->overlay_top = 0;
    help_lines_free(&lines);
}

/* ---- drawing ---- */

/* Columns of the parts of a line; `command` 0: it is not shown. */
struct columns {
    int left, command, right;
};

static struct columns columns_of(const struct state *state, int width)
{
    bool tables = n_columns(state) == 1 && (help_of(state)->all || help_of(state)->query.size > 0);
    if (tables && width >= 110)
        return (struct columns){24, 26, width - 54};
    return (struct columns){tables ? 28 : 18, 0, width - (tables ? 30 : 20)};
}

static void draw_line(const struct help_line *line, const struct columns *columns, const char *query,
                      struct screen *screen, int row, int column)
{
    int width = columns->left + columns->command + columns->right + 4, right = column + columns->left + 2;
    if (line->heading) {
        screen_text(screen, row, column, width, STYLE_ACCENT, line->left);
        return;
    }
    bool is_command = line->left[0] && !line->command[0] && columns->command > 0;
    view_words(screen, row, column, is_command ? columns->left + columns->command : columns->left,
               line->word ? STYLE_TEXT : STYLE_KEY, STYLE_MATCH, line->left, query);
    if (columns->command > 0) {
        view_words(screen, row, right, columns->command, STYLE_DIM, STYLE_MATCH, line->command, query);
        right += columns->command + 2;
    }
    view_words(screen, row, right, columns->right, STYLE_TEXT, STYLE_MATCH, line->right, query);
}

static void draw_title(const struct state *state, const struct layout *layout, size_t count, struct screen *screen)
{
    const struct help_state *own = help_of(state);
    char title[96];
    int row = layout->header_row, right = screen->columns - 2;
    if (own->query.size > 0)
        snprintf(title, sizeof title,
                 count == 1 ? "Help: %zu key or command matches" : "Help: %zu keys and commands match", count);
    else if (own->all)
        snprintf(title, sizeof title, "Help: all keys and commands");
    else
        snprintf(title, sizeof title, "Help: %s", view_ops(state->view)->title);
    int used = screen_text(screen, row, 2, right - 2, STYLE_TITLE, title);
    if (own->query.size == 0)
        screen_text_right(screen, row, right, right - used - 4, STYLE_DIM,
                          own->all ? "type to filter   ? this view only" : "type to filter   ? all keys");
    view_rule(screen, row + 1, 1, screen->columns - 2);
    if (own->query.size == 0)
        return;
    int column = used + 5;
    screen_text(screen, row, column - 2, 1, STYLE_ACCENT, "/");
    screen->cursor_column = view_line(screen, row, column, right - column, &own->query);
    screen->cursor_row = row;
    screen->cursor_visible = state->input == INPUT_NONE;
}

static void draw(const struct state *state, const struct layout *layout, struct screen *screen)
{
    struct help_lines lines = {0};
    const struct help_state *own = help_of(state);
    size_t count = write_lines(state, layout, &lines), rows = (size_t)layout->popup_text_rows;
    int n = n_columns(state), width = (screen->columns - 4 - 3 * (n - 1)) / n;
    struct columns columns = columns_of(state, width);
    draw_title(state, layout, count, screen);
    for (size_t i = 0; i < rows * (size_t)n; i++) {
        size_t at = (size_t)state->overlay_top + i;
        if (at < count)
            draw_line(&lines.items[at], &columns, own->query.text, screen, layout->header_row + 2 + (int)(i % rows),
                      2 + (int)(i / rows) * (width + 3));
    }
    if (count == 0)
        screen_text(screen, layout->header_row + 2, 2, screen->columns - 4, STYLE_DIM,
                    "No key and no command match; ctrl+u clears the filter.");
    help_lines_free(&lines);
}

/* ---- keys ---- */

static struct line *typed_line(const struct state *state)
{
    return &help_of(state)->query;
}

static void cancel(struct state *state, struct effect_list *effects)
{
    (void)effects;
    if (help_of(state)->query.size == 0)
        state->overlay = VIEW_NONE;
    line_set(&help_of(state)->query, "");
    state->overlay_top = 0;
}

static void typed(struct state *state, struct effect_list *effects)
{
    struct help_state *own = help_of(state);
    state->overlay_top = 0;
    if (own->query.size != 1 || !strchr("?q/", own->query.text[0]))
        return;
    char key = own->query.text[0];
    line_set(&own->query, "");
    if (key == 'q')
        cancel(state, effects);
    own->all = own->all != (key == '?');
}

/* With a filter, the first command that is shown goes into the command line: a person sees it before it runs. */
static enum status accept(struct state *state, struct effect_list *effects, struct error *error)
{
    const struct layout layout = layout_of(state);
    struct help_lines lines = {0};
    char runs[sizeof lines.items->runs] = "";
    const size_t count = help_of(state)->query.size > 0 ? write_lines(state, &layout, &lines) : 0;
    for (size_t i = (size_t)state->overlay_top; i < count && !runs[0]; i++)
        memcpy(runs, lines.items[i].runs, sizeof runs);
    help_lines_free(&lines);
    state->overlay = VIEW_NONE;
    return runs[0] ? command_command(state, effects, runs, error) : STATUS_OK;
}

static COMMAND(command_help)
{
    (void)effects, (void)error;
    struct help_state *own = help_of(state);
    line_set(&own->query, argument);
    own->all = false;
    view_open_popup(state, VIEW_HELP, 0);
    return STATUS_OK;
}

static const struct binding bindings[] = {
    {KEYS_DOWN, false, "select next", HINT_MOVE, "↑/↓ scroll"},
    {KEYS_UP, false, "select previous", HINT_NOWHERE, NULL},
    {KEYS_PAGE_DOWN, false, "page next", HINT_PAGE, "page-down/up page"},
    {KEYS_PAGE_UP, false, "page previous", HINT_NOWHERE, NULL},
    {KEYS_ENTER, false, "input accept", HINT_ACT, "close"},
};
static const struct key_set keys = KEY_SET("the help", bindings);
static const struct key_set *const shared_keys[] = {&keys_typing, &keys_everywhere, NULL};

static const struct explorer_command commands[] = {
    {"help", "[TEXT]", "keys and commands; TEXT: those with these words", command_help},
};

const struct view_ops view_help = {
    .name = "help",
    .title = "help",
    .commands = commands,
    .n_commands = sizeof commands / sizeof commands[0],
    .keys = &keys,
    .shared_keys = shared_keys,
    .state_size = sizeof(struct help_state),
    .settle = settle,
    .draw = draw,
    .page = popup_page,
    .select = popup_select,
    .line = typed_line,
    .typed = typed,
    .accept = accept,
    .cancel = cancel,
};
