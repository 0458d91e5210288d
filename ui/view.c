#include "ui/view.h"

#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "ui/bindings.h"

static void draw_too_small(const struct state *state, struct screen *screen)
{
    char text[128];
    snprintf(text, sizeof text, "sleeve needs %d columns and %d rows; this terminal has %d and %d.", SCREEN_COLUMNS_MIN,
             SCREEN_ROWS_MIN, state->columns, state->rows);
    int row = screen->rows > 4 ? screen->rows / 2 - 1 : 0;
    int column = screen->columns > 20 ? 2 : 0;
    row += view_paragraph(screen, row, column, screen->columns - 2 * column, screen->rows - row, STYLE_TEXT, text);
    view_paragraph(screen, row, column, screen->columns - 2 * column, screen->rows - row, STYLE_DIM,
                   "Make it larger to go on; q leaves.");
}

static void draw_tab(const struct state *state, struct screen *screen, int column, const char *key, const char *name,
                     bool active)
{
    (void)state;
    screen_text(screen, 0, column, 1, STYLE_KEY, key);
    screen_text(screen, 0, column + 2, 9, active ? STYLE_TITLE : STYLE_DIM, name);
}

/* What is shown left and right of the first line, from the longest that is worth its room to the shortest. */
struct top_texts {
    char left[2][128], right[4][256];
};

static void write_top_texts(const struct state *state, struct top_texts *texts)
{
    const struct suggestions *suggestions = &state->suggestions;
    const struct failure_case *failure = &state->failures.opened;
    bool of_failure = state->view == VIEW_FAILURES && failure->n_sides > 0, answered = suggestions->tracks.count > 0;
    const char *model = of_failure ? failure->sides[0].model : answered ? suggestions->model : state->model;
    double milliseconds = of_failure ? failure->sides[0].answer.milliseconds : suggestions->milliseconds;
    const char *device = strncmp(state->device.name, "CPU", 3) == 0 ? "CPU" : "GPU";
    char count[32];
    view_count(state->summary.counts.tracks, count);
    snprintf(texts->left[0], sizeof texts->left[0], "%s · %s tracks", state->summary.name, count);
    snprintf(texts->left[1], sizeof texts->left[1], "%s", state->summary.name);
    for (int i = 0; i < 4; i++)
        snprintf(texts->right[i], sizeof texts->right[i], "%s", model);
    if ((!of_failure && !answered) || state->device.name[0] == '\0')
        return;
    snprintf(texts->right[0], sizeof texts->right[0], "%s · %s · %.0f ms", model, state->device.name, milliseconds);
    snprintf(texts->right[1], sizeof texts->right[1], "%s · %s · %.0f ms", model, device, milliseconds);
    snprintf(texts->right[2], sizeof texts->right[2], "%s · %s", model, device);
}

static void draw_top(const struct state *state, const struct layout *layout, struct screen *screen)
{
    enum { CUT = 8 }; /* columns to which the catalogue's name is cut before the right text gets shorter */
    static const int choices[][2] = {{0, 0}, {0, 1}, {1, 0}, {1, 1}, {1, 2}, {1, 3}};
    enum { CHOICES = sizeof choices / sizeof choices[0] };
    bool overlaid = state->overlay != OVERLAY_NONE;
    int room = layout->tabs_column - 13;
    struct top_texts texts;
    write_top_texts(state, &texts);
    const char *left = texts.left[0], *right = texts.right[0];
    for (int at = 0; at < CHOICES; at++) {
        left = texts.left[choices[at][0]];
        right = texts.right[choices[at][1]];
        int wanted = text_width(left, strlen(left));
        if ((at >= 3 && wanted > CUT ? CUT : wanted) + 3 + text_width(right, strlen(right)) <= room)
            break;
    }
    screen_text(screen, 0, 1, 8, STYLE_ACCENT, "sleeve");
    int used = screen_text(screen, 0, 10, room - 3 - text_width(right, strlen(right)), STYLE_DIM, left);
    screen_text_right(screen, 0, layout->tabs_column - 3, room - used - 2, STYLE_DIM, right);
    draw_tab(state, screen, layout->tabs_column, "1", "Explore", state->view == VIEW_EXPLORE && !overlaid);
    draw_tab(state, screen, layout->tab_map_column, "2", "Map", state->view == VIEW_MAP && !overlaid);
    draw_tab(state, screen, layout->tab_failures_column, "3", "Failures", state->view == VIEW_FAILURES && !overlaid);
    draw_tab(state, screen, layout->tab_help_column, "?", "help", state->overlay == OVERLAY_HELP);
    if (layout->rule_row >= 0)
        view_rule(screen, layout->rule_row, 1, screen->columns - 2);
}

static void draw_message(const struct state *state, const struct layout *layout, struct screen *screen)
{
    int row = layout->message_row, columns = screen->columns - 2;
    if (state->input == INPUT_COMMAND) {
        screen_text(screen, row, 1, 1, STYLE_ACCENT, ":");
        screen->cursor_column = view_line(screen, row, 2, columns - 1, &state->command);
        screen->cursor_row = row;
        screen->cursor_visible = true;
        return;
    }
    int used =
        screen_text(screen, row, 1, columns, state->message_warning ? STYLE_WARNING : STYLE_TEXT, state->message);
    static const char note[] = "demo covers are generated";
    if (state->summary.generated_covers && used + (int)sizeof note + 2 < columns)
        screen_text_right(screen, row, screen->columns - 1, sizeof note, STYLE_DIM, note);
}

/* A hint of several words brings the names of its keys along. */
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

static void draw_keys(const struct state *state, const struct layout *layout, struct screen *screen)
{
    size_t count;
    const struct binding *table = binding_table(&count);
    int context = (int)binding_context(state), total = 0, column = 1;
    const struct binding *last = NULL;
    for (size_t i = 0; i < count; i++)
        if ((table[i].contexts & context) && table[i].hint) {
            last = &table[i];
            total += hint_width(last) + 3;
        }
    int gap = total <= screen->columns ? 3 : 2;
    int end = last ? screen->columns - 1 - hint_width(last) : 0;
    for (size_t i = 0; i < count; i++) {
        const struct binding *binding = &table[i];
        if (!(binding->contexts & context) || !binding->hint)
            continue;
        if (binding != last && column + hint_width(binding) + gap > end)
            continue;
        char key[32];
        const char *label;
        hint_parts(binding, key, &label);
        column += screen_text(screen, layout->keys_row, column, screen->columns, STYLE_KEY, key) + 1;
        column += screen_text(screen, layout->keys_row, column, screen->columns, STYLE_DIM, label) + gap;
    }
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
    if (state->overlay != OVERLAY_NONE)
        view_popup(state, &layout, screen);
    else if (state->view == VIEW_MAP)
        view_map(state, &layout, screen);
    else if (state->view == VIEW_FAILURES)
        view_failures(state, &layout, screen);
    else
        view_explore(state, &layout, screen);
    draw_message(state, &layout, screen);
    draw_keys(state, &layout, screen);
}
