/* The popup of pickers: the filter, the items, and a preview of the selected one. */
#include "ui/picker.h"

#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "ui/list.h"
#include "ui/session.h"
#include "ui/view.h"
#include "ui/view_text.h"

/* ---- layout ---- */

struct picker_layout {
    int query_row;
    struct list_box list;
    int preview_column, preview_columns;
};

static struct picker_layout lay_out(const struct state *state, const struct layout *layout)
{
    struct picker_layout mine = {.query_row = layout->header_row + 2};
    int top = mine.query_row + 1 + (layout->popup_text_rows >= 20);
    mine.preview_columns = layout_between(state->columns * 2 / 5, 30, 80);
    mine.preview_column = state->columns - 1 - mine.preview_columns;
    mine.list = (struct list_box){.row = top,
                                  .column = 1,
                                  .rows = layout->body_end - top,
                                  .columns = mine.preview_column - 4,
                                  .bar_column = mine.preview_column - 2};
    return mine;
}

static void settle(struct state *state, const struct layout *layout)
{
    struct picker_state *picker = picker_of(state);
    struct picker_layout mine = lay_out(state, layout);
    picker_arrange(picker);
    if (state->overlay == VIEW_PICKER)
        layout_settle_list(&picker->at, picker_count(picker), list_items(&mine.list));
}

/* ---- drawing ---- */

static int draw_kind(const struct picker_item *item, struct screen *screen, int row, int column, enum style style)
{
    enum { KIND_COLUMNS = 9 };
    const char *what = item->kind == PICK_TRACK ? picker_all.what : picker_source((enum picker_kind)item->kind)->what;
    screen_text(screen, row, column, KIND_COLUMNS, style, what);
    return KIND_COLUMNS + 2;
}

static void draw_row(const struct picker_state *picker, const struct picker_layout *mine, struct screen *screen,
                     int row, size_t at)
{
    const char *name;
    const struct picker_item *item = picker_row(picker, at, &name);
    bool selected = at == picker->at.selected;
    int column = mine->list.column + 2, end = mine->list.column + mine->list.columns;
    enum style quiet = selected ? STYLE_SELECTED_DIM : STYLE_DIM;
    char note[64];
    if (selected)
        list_draw_selected(&mine->list, row, screen);
    if (picker->kind == PICK_ALL)
        column += draw_kind(item, screen, row, column, quiet);
    picker_row_note(picker, at, end - column < 44, note);
    int wanted = text_width(note, strlen(note)), most = (end - column) / 2;
    int used = screen_text_right(screen, row, end - 1, wanted < most ? wanted : most, quiet, note);
    view_match(screen, row, column, end - 2 - used - (used > 0) - column, selected ? STYLE_SELECTED_TITLE : STYLE_TEXT,
               selected ? STYLE_SELECTED_MATCH : STYLE_MATCH, name, &picker->pattern);
}

static void draw_nothing(const struct state *state, const struct picker_layout *mine, struct screen *screen)
{
    const struct picker_state *picker = picker_of(state);
    const char *hint = picker_source(picker->kind)->new_hint;
    char fresh[LINE_SIZE + 128];
    if (hint && picker->items && picker->query.size > 0) {
        snprintf(fresh, sizeof fresh, "Enter takes \"%s\" as new. %s", picker->query.text, hint);
        view_paragraph(screen, mine->list.row, mine->list.column + 2, mine->list.columns - 2, 6, STYLE_DIM, fresh);
        return;
    }
    const char *text = picker->failed                                ? "These cannot be read: :messages has the reason."
                       : !picker->items                              ? ""
                       : picker->query.size > 0 && !picker->complete ? "reading …"
                       : picker->query.size > 0                      ? "Nothing matches; ctrl+u clears the filter."
                                                                     : picker_source(picker->kind)->empty;
    view_paragraph(screen, mine->list.row, mine->list.column + 2, mine->list.columns - 2, 4, STYLE_DIM, text);
}

/* "12/471", with "+" while there are more to come. */
static void draw_count(const struct picker_state *picker, struct screen *screen, int row, int right)
{
    char position[32], all[32], total[32], text[112];
    size_t count = picker_count(picker), items = picker->items ? picker->items->names.count : 0;
    view_count((int64_t)(count > 0 ? picker->at.selected + 1 : 0), position);
    view_count((int64_t)count, all);
    view_count((int64_t)items, total);
    const char *more = picker->items && !picker->complete ? "+" : "";
    if (picker->pattern.n_words > 0)
        snprintf(text, sizeof text, "%s/%s of %s%s", position, all, total, more);
    else
        snprintf(text, sizeof text, "%s/%s%s", position, all, more);
    screen_text_right(screen, row, right, 40, STYLE_DIM, text);
}

/* Covers of different albums, as many as fit beside one another. Returns the rows used. */
static int draw_covers(const struct track_list *tracks, struct screen *screen, int row, int column, int columns,
                       int height)
{
    enum { COVERS_MAX = 12 };
    int64_t shown[COVERS_MAX];
    int count = 0, fit = (columns + 1) / (2 * height + 1);
    for (size_t i = 0; i < tracks->count && count < fit && count < COVERS_MAX; i++) {
        bool again = tracks->items[i].album_id == 0;
        for (int k = 0; k < count; k++)
            again = again || shown[k] == tracks->items[i].album_id;
        if (again)
            continue;
        struct cover cover = cover_of_track(&tracks->items[i]);
        view_cover(screen, row, column + count * (2 * height + 1), height, &cover, false);
        shown[count++] = tracks->items[i].album_id;
    }
    return count > 0 ? height + 1 : 0;
}

static void draw_tracks(const struct track_list *tracks, struct screen *screen, int row, int end, int column,
                        int columns)
{
    for (size_t i = 0; i < tracks->count && row < end; i++, row++) {
        const struct track *track = &tracks->items[i];
        char duration[32], rest[64];
        if (row + 1 == end && i + 1 < tracks->count) {
            snprintf(rest, sizeof rest, "and %zu more", tracks->count - i);
            screen_text(screen, row, column, columns, STYLE_DIM, rest);
            return;
        }
        view_duration(track->duration_ms, duration);
        int half = (columns - 8) * 3 / 5;
        screen_text(screen, row, column, half, STYLE_TEXT, track->title);
        screen_text(screen, row, column + half + 1, columns - half - 8, STYLE_DIM, track->artist);
        screen_text_right(screen, row, column + columns, 7, STYLE_DIM, duration);
    }
}

static int draw_preview_line(const struct preview_line *line, struct screen *screen, int row, int column, int columns,
                             int rows)
{
    enum style style = line->warning ? STYLE_WARNING : line->heading ? STYLE_ACCENT : STYLE_TEXT;
    if (line->wrapped)
        return view_paragraph(screen, row, column, columns, rows, style, line->left);
    int right = screen_text_right(screen, row, column + columns, columns / 2, STYLE_TEXT, line->right);
    screen_text(screen, row, column, columns - right - (right > 0), line->right[0] ? STYLE_DIM : style, line->left);
    return 1;
}

static void draw_preview(const struct state *state, const struct layout *layout, const struct picker_layout *mine,
                         struct screen *screen)
{
    const struct picker_preview *preview = &picker_of(state)->preview;
    int row = mine->query_row, column = mine->preview_column, columns = mine->preview_columns;
    int height = layout->popup_text_rows >= 36 ? 5 : layout->popup_text_rows >= 24 ? 4 : 3;
    for (int i = mine->query_row; i < layout->body_end; i++)
        screen_text(screen, i, column - 2, 1, STYLE_RULE, "│");
    if (!picker_of(state)->previewed || picker_count(picker_of(state)) == 0)
        return;
    screen_text(screen, row, column, columns, STYLE_TITLE, preview->title);
    row += 1;
    for (int i = 0; i < preview->n_lines && row < layout->body_end; i++)
        row += draw_preview_line(&preview->lines[i], screen, row, column, columns, layout->body_end - row);
    if (preview->tracks.count == 0)
        return;
    row++;
    if (row + height < layout->body_end)
        row += draw_covers(&preview->tracks, screen, row, column, columns, height);
    draw_tracks(&preview->tracks, screen, row, layout->body_end, column, columns);
}

static void draw(const struct state *state, const struct layout *layout, struct screen *screen)
{
    const struct picker_state *picker = picker_of(state);
    struct picker_layout mine = lay_out(state, layout);
    size_t count = picker_count(picker);
    const struct picker_source *source = picker_source(picker->kind);
    char title[160];
    snprintf(title, sizeof title, "%s", source->title);
    if (source->write_title)
        source->write_title(state, title);
    screen_text(screen, layout->header_row, 2, screen->columns - 30, STYLE_TITLE, title);
    draw_count(picker, screen, layout->header_row, screen->columns - 2);
    view_rule(screen, layout->header_row + 1, 1, screen->columns - 2);
    screen_text(screen, mine.query_row, mine.list.column, 1, STYLE_ACCENT, ">");
    if (picker->query.size == 0)
        screen_text(screen, mine.query_row, mine.list.column + 2, mine.list.columns - 2, STYLE_DIM, "type to filter");
    for (int i = 0; i < mine.list.rows && picker->at.top + (size_t)i < count; i++)
        draw_row(picker, &mine, screen, mine.list.row + i, picker->at.top + (size_t)i);
    if (count == 0)
        draw_nothing(state, &mine, screen);
    draw_preview(state, layout, &mine, screen);
    list_draw_bar(&mine.list, &picker->at, count, screen);
    screen->cursor_column =
        view_line(screen, mine.query_row, mine.list.column + 2, mine.list.columns - 2, &picker->query);
    screen->cursor_row = mine.query_row;
    screen->cursor_visible = state->input == INPUT_NONE;
}

/* ---- keys, mouse ---- */

static COMMAND(select_here)
{
    struct picker_state *picker = picker_of(state);
    if (!list_move(&picker->at, picker_count(picker), argument)) {
        enum status status = command_select_in(&picker->at, picker_count(picker), argument, 1, error);
        if (status != STATUS_OK)
            return status;
    }
    picker_request_preview(state, effects);
    return STATUS_OK;
}

static enum status click(struct state *state, struct effect_list *effects, const struct layout *layout,
                         const struct event *event, struct error *error)
{
    struct picker_state *picker = picker_of(state);
    struct picker_layout mine = lay_out(state, layout);
    size_t count = picker_count(picker), at = list_item_at(&mine.list, &picker->at, count, event->row);
    if (event->row < layout->header_row || event->row >= layout->body_end) {
        picker_close(state);
        return STATUS_OK;
    }
    if (list_click_bar(&mine.list, &picker->at, count, event)) {
        picker_request_preview(state, effects);
        return STATUS_OK;
    }
    if (at >= count || !list_contains(&mine.list, event->row, event->column))
        return STATUS_OK;
    picker->at.selected = at;
    picker_request_preview(state, effects);
    return event->clicks > 1 ? picker_accept(state, effects, error) : STATUS_OK;
}

static enum status wheel(struct state *state, struct effect_list *effects, const struct layout *layout,
                         const struct event *event, struct error *error)
{
    (void)error;
    struct picker_state *picker = picker_of(state);
    struct picker_layout mine = lay_out(state, layout);
    list_wheel(&mine.list, &picker->at, picker_count(picker), event->direction);
    picker_request_preview(state, effects);
    return STATUS_OK;
}

static struct line *typed_line(const struct state *state)
{
    return &picker_of(state)->query;
}

static bool waits(const struct state *state, const char *command)
{
    bool pending =
        state_awaits(state, EFFECT_PICK_FILTER) || (!picker_of(state)->items && state_awaits(state, EFFECT_PICK));
    bool uses_rows = strcmp(command, "input accept") == 0 || strncmp(command, "select", 6) == 0;
    return pending && uses_rows;
}

static void cancel(struct state *state, struct effect_list *effects)
{
    (void)effects;
    if (picker_of(state)->kind == PICK_REASONS)
        state_say(state, "not rated");
    picker_close(state);
}

static const struct binding bindings[] = {
    {KEYS_ENTER, false, "input accept", HINT_ACT, "choose"},
    {KEYS_ENTER, true, "pick new", HINT_NOWHERE, NULL},
    {KEYS_DOWN, false, "select next", HINT_MOVE, "↑/↓ move"},
    {KEYS_UP, false, "select previous", HINT_NOWHERE, NULL},
    {KEY_CONTROL('j'), false, "select next", HINT_NOWHERE, NULL},
    {KEY_CONTROL('k'), false, "select previous", HINT_NOWHERE, NULL},
    {KEY_CONTROL('n'), false, "select next", HINT_NOWHERE, NULL},
    {KEY_CONTROL('p'), false, "select previous", HINT_NOWHERE, NULL},
    {KEYS_TAB, false, "select next", HINT_NOWHERE, NULL},
    {KEYS_BACK_TAB, false, "select previous", HINT_NOWHERE, NULL},
    {KEYS_PAGE_DOWN, false, "select page-down", HINT_PAGE, "page-down/up page"},
    {KEYS_PAGE_UP, false, "select page-up", HINT_NOWHERE, NULL},
};
static const struct key_set keys = KEY_SET("choosing from a list", bindings);
static const struct key_set *const shared_keys[] = {&keys_typing, &keys_everywhere, NULL};

/* ---- commands ---- */

static COMMAND(command_pick)
{
    enum picker_kind kind = argument[0] ? picker_kind_named(argument) : PICK_ALL;
    if (kind == PICKER_KINDS)
        return error_set(error, STATUS_USAGE, "there is no list \"%s\" to pick from", argument);
    picker_open(state, effects, kind);
    return STATUS_OK;
}

static COMMAND(command_pick_new)
{
    (void)argument;
    if (state->overlay != VIEW_PICKER)
        return error_set(error, STATUS_USAGE, "no list is open");
    return picker_accept_new(state, effects, error);
}

static const struct explorer_command commands[] = {
    {"pick", "[all|playlists|models|sets|tests|exports|commands|devices|images|themes|reasons]", "choose from a list",
     command_pick},
    {"pick new", "", "take what is typed as a new reason", command_pick_new},
};

/* ---- the session ---- */

static void save(const struct state *state, struct json_writer *writer)
{
    const struct picker_uses *uses = &picker_of(state)->uses;
    json_key(writer, "uses");
    json_array_begin(writer);
    for (size_t i = 0; i < uses->count; i++) {
        json_object_begin(writer);
        json_pair_text(writer, "kind", picker_source(uses->items[i].kind)->name);
        json_pair_text(writer, "name", uses->items[i].name);
        json_pair_number(writer, "value", uses->items[i].value);
        json_object_end(writer);
    }
    json_array_end(writer);
}

static void load(struct state *state, const struct json_value *session)
{
    struct picker_uses *uses = &picker_of(state)->uses;
    const struct json_value *list = json_member(session, "uses");
    for (size_t i = 0; i < json_array_count(list) && uses->count < PICKER_USES_MAX; i++) {
        const struct json_value *row = &list->items[i];
        enum picker_kind kind = picker_kind_named(session_text(row, "kind"));
        const char *name = session_text(row, "name");
        double value = json_get_number(json_member(row, "value"), 0);
        struct picker_use *use = &uses->items[uses->count];
        if (kind == PICKER_KINDS || strlen(name) >= sizeof use->name || !(value > 0 && value < 11))
            continue;
        *use = (struct picker_use){.kind = kind, .value = value};
        snprintf(use->name, sizeof use->name, "%s", name);
        uses->count++;
    }
}

static void free_own(struct state *state)
{
    picker_close(state);
}

const struct view_ops view_picker = {
    .name = "picker",
    .title = "picker",
    .commands = commands,
    .n_commands = sizeof commands / sizeof commands[0],
    .keys = &keys,
    .shared_keys = shared_keys,
    .state_size = sizeof(struct picker_state),
    .free = free_own,
    .settle = settle,
    .draw = draw,
    .click = click,
    .wheel = wheel,
    .select = select_here,
    .waits = waits,
    .line = typed_line,
    .typed = picker_typed,
    .accept = picker_accept,
    .cancel = cancel,
    .save = save,
    .load = load,
};
