#include "ui/view.h"

#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "ui/bindings.h"
#include "ui/completion.h"
#include "ui/model_names.h"
#include "ui/overwrite.h"
#include "ui/tour_draw.h"
#include "ui/view_text.h"

bool view_is_shown(const struct state *state, enum view view)
{
    return state->view == view;
}

/* The popup, or the tab when there is no popup. */
static const struct view_ops *shown(const struct state *state)
{
    return view_ops(state->overlay != VIEW_NONE ? state->overlay : state->view);
}

/* ---- drawing ---- */

static void draw_too_small(const struct state *state, struct screen *screen)
{
    char text[128];
    snprintf(text, sizeof text, "sleeve needs %d columns and %d rows; this terminal has %d and %d.", SCREEN_COLUMNS_MIN,
             SCREEN_ROWS_MIN, state->columns, state->rows);
    int row = screen->rows > 4 ? screen->rows / 2 - 1 : 0;
    int column = screen->columns > 20 ? 2 : 0;
    row += view_paragraph(screen, row, column, screen->columns - 2 * column, screen->rows - row, STYLE_TEXT, text);
    view_paragraph(screen, row, column, screen->columns - 2 * column, screen->rows - row, STYLE_DIM,
                   "Make it larger to continue; q quits.");
}

static void draw_tab(struct screen *screen, int column, const char *key, const char *name, bool active)
{
    screen_text(screen, 0, column, 1, STYLE_KEY, key);
    screen_text(screen, 0, column + 2, text_width(name, strlen(name)), active ? STYLE_TITLE : STYLE_DIM, name);
}

static void draw_tabs(const struct state *state, const struct layout *layout, struct screen *screen)
{
    for (int view = 0; view < VIEW_TAB_COUNT; view++) {
        char key[2] = {(char)('1' + view), '\0'};
        bool active = state->overlay == VIEW_NONE && view_is_shown(state, (enum view)view);
        draw_tab(screen, layout->tab_columns[view], key, view_ops((enum view)view)->title, active);
    }
    draw_tab(screen, layout->help_column, "?", view_help.title, state->overlay == VIEW_HELP);
}

/* What is shown left and right in the first row, from the most to the least. */
struct top_texts {
    char left[3][128], right[4][256];
};

static void write_top_texts(const struct state *state, struct top_texts *texts)
{
    const struct view_ops *ops = view_ops(state->view);
    const char *model = state->model, *device = strncmp(state->device.name, "CPU", 3) == 0 ? "CPU" : "GPU";
    double milliseconds = 0;
    bool answered =
        (ops->answer && ops->answer(state, &model, &milliseconds)) || view_explore.answer(state, &model, &milliseconds);
    char count[32];
    view_count(state->summary.counts.tracks, count);
    snprintf(texts->left[0], sizeof texts->left[0], "%s · %s tracks", state->summary.name, count);
    snprintf(texts->left[1], sizeof texts->left[1], "%s", state->summary.name);
    texts->left[2][0] = '\0';
    char label[MODEL_LABEL_SIZE], mark[MODEL_LABEL_SIZE];
    model_label(state, model, label);
    model_mark(state, model, mark);
    for (int i = 0; i < 4; i++)
        snprintf(texts->right[i], sizeof texts->right[i], "%s", i == 0 ? label : mark);
    if (!answered || state->device.name[0] == '\0' || state->present)
        return;
    snprintf(texts->right[0], sizeof texts->right[0], "%s · %s · %.0f ms", label, state->device.name, milliseconds);
    snprintf(texts->right[1], sizeof texts->right[1], "%s · %s · %.0f ms", label, device, milliseconds);
    snprintf(texts->right[2], sizeof texts->right[2], "%s · %s", mark, device);
}

static void draw_top(const struct state *state, const struct layout *layout, struct screen *screen)
{
    enum { CUT = 8 }; /* the catalogue's name is cut to this many columns before the text at the right is shortened */
    static const int choices[][2] = {{0, 0}, {0, 1}, {1, 0}, {1, 1}, {1, 2}, {2, 2}, {1, 3}, {2, 3}};
    enum { CHOICES = sizeof choices / sizeof choices[0] };
    int width = layout->tab_columns[0] - 13;
    struct top_texts texts;
    write_top_texts(state, &texts);
    const char *left = texts.left[0], *right = texts.right[0];
    for (int at = 0; at < CHOICES; at++) {
        left = texts.left[choices[at][0]];
        right = texts.right[choices[at][1]];
        int wanted = text_width(left, strlen(left));
        const int between = wanted > 0 ? 3 : 0;
        if ((at >= 3 && wanted > CUT ? CUT : wanted) + between + text_width(right, strlen(right)) <= width)
            break;
    }
    screen_text(screen, 0, 1, 8, STYLE_ACCENT, "sleeve");
    int used = screen_text(screen, 0, 10, width - 3 - text_width(right, strlen(right)), STYLE_DIM, left);
    screen_text_right(screen, 0, layout->tab_columns[0] - 3, width - used - (used > 0 ? 2 : 0), STYLE_DIM, right);
    draw_tabs(state, layout, screen);
    if (layout->rule_row >= 0)
        view_rule(screen, layout->rule_row, 1, screen->columns - 2);
}

/* Whether the covers on the screen are what they seem to be. */
static const char *covers_note(const struct state *state, const struct screen *screen)
{
    int covers = 0, generated = 0;
    for (int i = 0; i < screen->n_images; i++) {
        covers += screen->images[i].reference.kind == IMAGE_COVER && screen->images[i].reference.id > 0;
        generated += screen->images[i].generated;
    }
    if (generated == 0)
        return "";
    if (state->summary.counts.covers == 0 && covers == generated)
        return "demo covers are generated";
    return generated < covers ? "some covers are generated" : "these covers are generated";
}

/* The candidates, above the line, as many as fit in a few rows. */
static void draw_candidates(const struct state *state, const struct layout *layout, struct screen *screen)
{
    enum { ROWS_MAX = 8 };
    const struct completion *completion = &state->completion;
    size_t rows = completion->count < ROWS_MAX ? completion->count : ROWS_MAX;
    size_t chosen = completion->chosen < completion->count ? completion->chosen : 0;
    size_t top = chosen >= rows ? chosen - rows + 1 : 0;
    int first = layout->message_row - (int)rows, widest = 12;
    if (rows == 0)
        return;
    screen_clear_rows(screen, first - 1, (int)rows + 1);
    view_rule(screen, first - 1, 1, screen->columns - 2);
    for (size_t i = 0; i < completion->count; i++)
        widest = layout_between(text_width(completion->items[i].text, strlen(completion->items[i].text)), widest, 40);
    for (size_t i = 0; i < rows; i++) {
        const struct candidate *candidate = &completion->items[top + i];
        bool selected = top + i == completion->chosen;
        int row = first + (int)i;
        if (selected)
            screen_fill(screen, row, 1, screen->columns - 2, STYLE_SELECTED);
        screen_text(screen, row, 2, widest, selected ? STYLE_SELECTED_TITLE : STYLE_TEXT, candidate->text);
        screen_text(screen, row, widest + 4, screen->columns - widest - 6, selected ? STYLE_SELECTED_DIM : STYLE_DIM,
                    candidate->help ? candidate->help : "");
    }
    if (completion->count > rows) {
        char text[48];
        snprintf(text, sizeof text, " %zu of %zu ", chosen + 1, completion->count);
        screen_text_right(screen, first - 1, screen->columns - 2, 24, STYLE_DIM, text);
    }
}

static void draw_command(const struct state *state, const struct layout *layout, struct screen *screen)
{
    int row = layout->message_row, columns = screen->columns - 2;
    char ghost[LINE_SIZE];
    completion_ghost(state, ghost);
    screen_text(screen, row, 1, 1, STYLE_ACCENT, ":");
    screen->cursor_column = view_line(screen, row, 2, columns - 1, &state->command);
    screen->cursor_row = row;
    screen->cursor_visible = true;
    size_t size;
    const struct explorer_command *command = command_of_line(state->command.text, &size);
    if (overwrite_is_asked(state))
        screen_text(screen, row, screen->cursor_column + 2, columns - screen->cursor_column - 2, STYLE_WARNING,
                    "enter overwrites the file, escape keeps it");
    bool asks = !ghost[0] && command && state->command.size == size + 1; /* for what the command needs */
    screen_text(screen, row, screen->cursor_column, columns - screen->cursor_column, STYLE_DIM,
                asks ? command->arguments : ghost);
    draw_candidates(state, layout, screen);
}

/* In several rows, over the last ones of the view. */
static void draw_long_message(const struct state *state, const struct layout *layout, enum style style,
                              struct screen *screen)
{
    enum { ROWS_MAX = 4 };
    const int columns = screen->columns - 2;
    const int rows = layout_between(view_paragraph_rows(state->message, columns), 1, ROWS_MAX);
    const int first = layout->message_row + 1 - rows;
    screen_clear_rows(screen, first, rows);
    view_paragraph(screen, first, 1, columns, rows, style, state->message);
}

static void draw_message(const struct state *state, const struct layout *layout, struct screen *screen)
{
    int row = layout->message_row, columns = screen->columns - 2;
    if (state->input == INPUT_COMMAND) {
        draw_command(state, layout, screen);
        return;
    }
    const enum style style = state->message_warning ? STYLE_WARNING : STYLE_TEXT;
    if (text_width(state->message, strlen(state->message)) > columns) {
        draw_long_message(state, layout, style, screen);
        return;
    }
    int used = screen_text(screen, row, 1, columns, style, state->message);
    const char *note = covers_note(state, screen);
    int width = text_width(note, strlen(note));
    if (width > 0 && used + width + 3 < columns)
        screen_text_right(screen, row, screen->columns - 1, width + 1, STYLE_DIM, note);
}

/* A hint of several words includes the names of its keys. */
static void hint_parts(const struct binding *binding, char key[32], const char **label)
{
    const char *blank = strchr(binding->hint, ' ');
    if (blank) {
        snprintf(key, 32, "%.*s", (int)(blank - binding->hint), binding->hint);
        *label = blank + 1;
    } else {
        key_name(binding->key, binding->alt, key);
        *label = binding->hint;
    }
}

static int hint_width(const struct binding *binding)
{
    char key[32];
    const char *label;
    hint_parts(binding, key, &label);
    return text_width(key, strlen(key)) + 1 + text_width(label, strlen(label));
}

/* An audience needs few of them. */
static bool is_shown(const struct state *state, int place)
{
    return !state->present || place == HINT_ACT || place == HINT_PAGE || place == HINT_SEARCH || place == HINT_LAST;
}

/* The keys that may follow one that begins sequences are shown now. */
static bool shows_prefix(const struct state *state)
{
    return state->going && state->now - state->going_since >= STATE_GOING_SHOWN && binding_own_apply(state);
}

/* After a key that begins sequences: the person's own keys that may follow, once they are shown. */
static int collect_own_hints(const struct state *state, const struct binding *hints[], int most)
{
    int count = 0;
    if (!shows_prefix(state))
        return 0;
    for (size_t i = 0; i < state->keys.count && count < most; i++) {
        const struct own_key *own = state->keys.items[i];
        if (own->command[0] && binding_own(state, own->key, own->alt) == own)
            hints[count++] = &own->binding;
    }
    return count;
}

/* The bindings with a hint, ordered by position; returns how many. */
static int collect_hints(const struct state *state, const struct binding *hints[], int most)
{
    const struct key_set *sets[KEY_SETS_MAX];
    size_t n_sets = key_sets_shown(state, sets);
    const struct view_ops *ops = shown(state);
    int count = collect_own_hints(state, hints, most);
    for (int place = HINT_ACT; place <= HINT_LAST; place++)
        for (size_t i = 0; i < n_sets; i++)
            for (size_t k = 0; k < sets[i]->count && count < most; k++) {
                const struct binding *binding = &sets[i]->bindings[k];
                if ((int)binding->place == place && is_shown(state, place) &&
                    (!ops->hinted || ops->hinted(state, binding)) && !binding_own(state, binding->key, binding->alt))
                    hints[count++] = binding;
            }
    return count;
}

static int draw_hint(const struct binding *binding, struct screen *screen, int row, int column)
{
    char key[32];
    const char *label;
    hint_parts(binding, key, &label);
    const int used = screen_text(screen, row, column, screen->columns - column - 1, STYLE_KEY, key) + 1;
    return used + screen_text(screen, row, column + used, screen->columns - column - used - 1, STYLE_DIM, label);
}

/* All of them, in columns and in as many rows as that needs, over the last ones of the view. */
static void draw_key_table(const struct binding *const *hints, int count, const struct layout *layout,
                           struct screen *screen)
{
    enum { GAP = 3 };
    int widest = 1;
    for (int i = 0; i < count; i++)
        widest = hint_width(hints[i]) > widest ? hint_width(hints[i]) : widest;
    const int columns = layout_between((screen->columns - 2 + GAP) / (widest + GAP), 1, count);
    const int rows = (count + columns - 1) / columns;
    const int first = layout_between(layout->keys_row + 1 - rows, layout->header_row + 1, layout->keys_row);
    screen_clear_rows(screen, first - 1, layout->keys_row + 2 - first);
    view_rule(screen, first - 1, 1, screen->columns - 2);
    for (int i = 0; i < count && first + i / columns <= layout->keys_row; i++)
        draw_hint(hints[i], screen, first + i / columns, 1 + i % columns * (widest + GAP));
}

/* As many as fit, and always the last; after a key that begins sequences, all. */
static void draw_keys(const struct state *state, const struct layout *layout, struct screen *screen)
{
    enum { HINTS_MAX = 64 };
    const struct binding *hints[HINTS_MAX];
    int count = collect_hints(state, hints, HINTS_MAX), total = 0, column = 1;
    if (count == 0)
        return;
    for (int i = 0; i < count; i++)
        total += hint_width(hints[i]) + 3;
    if (total - 1 > screen->columns && shows_prefix(state)) {
        draw_key_table(hints, count, layout, screen);
        return;
    }
    int gap = total <= screen->columns ? 3 : 2, end = screen->columns - 1 - hint_width(hints[count - 1]);
    for (int i = 0; i < count; i++)
        if (i + 1 == count || column + hint_width(hints[i]) + gap <= end)
            column += draw_hint(hints[i], screen, layout->keys_row, column) + gap;
}

void view_draw(const struct state *state, struct screen *screen)
{
    screen_clear(screen);
    struct layout layout = layout_of(state);
    if (layout.too_small || screen->rows != state->rows || screen->columns != state->columns) {
        draw_too_small(state, screen);
        return;
    }
    draw_top(state, &layout, screen);
    shown(state)->draw(state, &layout, screen);
    bool typing = state->input == INPUT_COMMAND || binding_typing(state);
    if (!state->tour.open || typing) {
        draw_message(state, &layout, screen);
        draw_keys(state, &layout, screen);
    }
    if (state->tour.open)
        tour_draw(state, &layout, screen);
    if (state->tour.open && shows_prefix(state)) {
        screen_clear_rows(screen, layout.message_row, 2);
        draw_keys(state, &layout, screen);
    }
}

/* ---- dispatch ---- */

void view_show(struct state *state, enum view view)
{
    const struct view_ops *before = view_ops(state->view);
    if (state->view != view && before->leave)
        before->leave(state);
    state->view = view;
    state->overlay = VIEW_NONE;
    state_touch(state);
}

void view_open(struct state *state, struct effect_list *effects, enum view view)
{
    view_show(state, view);
    view_enter(state, effects);
}

void view_open_popup(struct state *state, enum view popup, int top)
{
    state->overlay = state->overlay == popup ? VIEW_NONE : popup;
    state->overlay_top = top;
}

void view_enter(struct state *state, struct effect_list *effects)
{
    if (view_ops(state->view)->enter)
        view_ops(state->view)->enter(state, effects);
}

void view_model_changed(struct state *state, struct effect_list *effects)
{
    if (view_ops(state->view)->model_changed)
        view_ops(state->view)->model_changed(state, effects);
}

int view_page_covers(const struct state *state, int direction, struct image_rect rects[PAGE_COVERS])
{
    const struct view_ops *ops = view_ops(state->view);
    return ops->page_covers ? ops->page_covers(state, direction, rects) : 0;
}

bool view_back(struct state *state, struct effect_list *effects)
{
    const struct view_ops *ops = shown(state);
    return ops->back && ops->back(state, effects);
}

const struct view_ops *view_typing(const struct state *state)
{
    const struct view_ops *ops = shown(state);
    return state->input == INPUT_NONE && ops->line && ops->line(state) ? ops : NULL;
}

bool view_waits(const struct state *state, const char *command)
{
    const struct view_ops *ops = shown(state);
    return ops->waits && ops->waits(state, command);
}

static enum status click_tab(struct state *state, struct effect_list *effects, const struct layout *layout, int column,
                             struct error *error)
{
    const char *command = column >= layout->help_column ? view_help.name : NULL;
    for (int view = VIEW_TAB_COUNT - 1; view >= 0 && !command; view--)
        if (column >= layout->tab_columns[view])
            command = view_ops((enum view)view)->name;
    return command ? command_run(state, effects, command, error) : STATUS_OK;
}

enum status view_click(struct state *state, struct effect_list *effects, const struct event *event, struct error *error)
{
    struct layout layout = layout_of(state);
    const struct view_ops *ops = shown(state);
    bool overlaid = state->overlay != VIEW_NONE;
    if (layout.too_small || event->row < 0 || event->column < 0 || event->row >= state->rows ||
        event->column >= state->columns)
        return STATUS_OK;
    if (event->row == 0 && !overlaid)
        return click_tab(state, effects, &layout, event->column, error);
    if (ops->click)
        return ops->click(state, effects, &layout, event, error);
    state->overlay = VIEW_NONE;
    return STATUS_OK;
}

enum status view_drag(struct state *state, struct effect_list *effects, const struct event *event, struct error *error)
{
    struct layout layout = layout_of(state);
    const struct view_ops *ops = shown(state);
    return layout.too_small || !ops->drag ? STATUS_OK : ops->drag(state, effects, &layout, event, error);
}

enum status view_wheel(struct state *state, struct effect_list *effects, const struct event *event, struct error *error)
{
    struct layout layout = layout_of(state);
    const struct view_ops *ops = shown(state);
    if (layout.too_small)
        return STATUS_OK;
    if (ops->wheel)
        return ops->wheel(state, effects, &layout, event, error);
    if (state->overlay == VIEW_NONE)
        return STATUS_OK;
    return command_select(state, effects, event->direction < 0 ? "previous" : "next", error);
}
