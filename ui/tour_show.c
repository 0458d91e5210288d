#include "ui/tour_show.h"

#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "ui/bindings.h"
#include "ui/commands.h"
#include "ui/layout.h"
#include "ui/view_text.h"

/* The command that the step needs and the explorer does not have; NULL: none is missing. */
static const char *missing(const struct tour_step *step)
{
    for (size_t i = 0; i < step->n_needs; i++)
        if (!command_named(step->needs[i]))
            return step->needs[i];
    return NULL;
}

bool tour_go(struct tour *tour, size_t at, int direction)
{
    tour->note[0] = '\0';
    while (at < tour->count && missing(&tour->steps[at])) {
        snprintf(tour->note, sizeof tour->note, "(\"%.80s\" is left out: there is no command %.40s.)",
                 tour->steps[at].title, missing(&tour->steps[at]));
        at += (size_t)direction; /* past the first one this is a large number */
    }
    if (at >= tour->count)
        return false;
    tour->at = at;
    tour->running = tour->steps[at].n_lines > 0;
    tour->hurried = false;
    return true;
}

/* ---- keys ---- */

static void leave(struct state *state, const char *why)
{
    state->tour.open = state->tour.running = false;
    state_say(state, "%s", why);
}

static void next(struct state *state)
{
    struct tour *tour = &state->tour;
    if (tour->running)
        tour->hurried = true;
    else if (!tour_go(tour, tour->at + 1, 1))
        leave(state, "the tour has ended; :tour begins it again, ? lists the keys");
}

static void previous(struct state *state)
{
    struct tour *tour = &state->tour;
    size_t at = tour->at;
    if (tour->running || (at > 0 && tour_go(tour, at - 1, -1)))
        return;
    tour_go(tour, at, 1);
}

bool tour_key(struct state *state, const struct event *event)
{
    const struct tour *tour = &state->tour;
    if (!tour->open || event->type != EVENT_KEY || event->alt || event->played || binding_typing(state))
        return false;
    if (event->key == ' ')
        next(state);
    else if (event->key == KEYS_BACKSPACE || event->key == KEY_CONTROL('h'))
        previous(state);
    else if (event->key == KEYS_ESCAPE && (tour->running || state->overlay == VIEW_NONE))
        leave(state, "the tour has ended; :tour begins it again");
    else
        return tour->running; /* other keys wait for nothing: they would mix with the tour's */
    return true;
}

/* ---- the command ---- */

static enum status go_to(struct state *state, const char *argument, struct error *error)
{
    size_t number;
    enum status status = command_number(argument, "tour", &number, error);
    if (status != STATUS_OK)
        return status;
    if (number > state->tour.count)
        return error_set(error, STATUS_USAGE, "the tour has %zu steps", state->tour.count);
    if (!tour_go(&state->tour, number - 1, 1))
        return error_set(error, STATUS_USAGE, "the explorer can show no step from %zu on", number);
    state->tour.open = true;
    return STATUS_OK;
}

static COMMAND(command_tour)
{
    struct tour *tour = &state->tour;
    bool moves = strcmp(argument, "next") == 0 || strcmp(argument, "back") == 0 || strcmp(argument, "end") == 0;
    if (moves && !tour->open)
        return error_set(error, STATUS_USAGE, "there is no tour now; :tour begins one");
    if (strcmp(argument, "next") == 0)
        next(state);
    else if (strcmp(argument, "back") == 0)
        previous(state);
    else if (strcmp(argument, "end") == 0)
        leave(state, "the tour has ended");
    else if (argument[0] && (tour->count > 0 || argument[strspn(argument, "0123456789")]))
        return go_to(state, argument, error);
    else if (tour->count > 0)
        tour->open = tour_go(tour, 0, 1);
    else {
        struct effect *effect = effect_request(effects, state, EFFECT_TOUR, argument);
        return effect ? STATUS_OK : error_no_memory(error);
    }
    return STATUS_OK;
}

static const struct explorer_command of_tour[] = {
    {"tour", "[next|back|end|N]", "show in five minutes what there is", command_tour},
};
const struct command_table commands_of_tour = {of_tour, sizeof of_tour / sizeof of_tour[0]};

/* ---- drawing ---- */

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
        view_paragraph(screen, row + 1, 1, columns, typing ? 1 : 2, STYLE_TEXT, text);
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
