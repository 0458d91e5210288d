#include "ui/tour_show.h"

#include <stdio.h>
#include <string.h>

#include "ui/bindings.h"
#include "ui/commands.h"
#include "ui/tour_end.h"

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

void tour_open(struct state *state, struct effect_list *effects)
{
    tour_end_begin(state, effects);
    state->tour.open = true;
}

/* ---- keys ---- */

static void leave(struct state *state, struct effect_list *effects, const char *why)
{
    state->tour.open = state->tour.running = false;
    state->tour.n_waiting = 0;
    tour_end(state, effects);
    state_say(state, "%s", why);
}

static void next(struct state *state, struct effect_list *effects)
{
    struct tour *tour = &state->tour;
    if (tour->running)
        tour->hurried = true;
    else if (!tour_go(tour, tour->at + 1, 1))
        leave(state, effects, "the tour has ended, and your playlist is back; :tour begins it again, ? lists the keys");
}

static void previous(struct state *state)
{
    struct tour *tour = &state->tour;
    size_t at = tour->at;
    if (tour->running || (at > 0 && tour_go(tour, at - 1, -1)))
        return;
    tour_go(tour, at, 1);
}

/* The key takes effect after the step, which is hurried. */
static void wait_for_step(struct tour *tour, const struct event *event)
{
    tour->hurried = true;
    if (tour->n_waiting < TOUR_WAITING_MAX)
        tour->waiting[tour->n_waiting++] = *event;
}

bool tour_key(struct state *state, struct effect_list *effects, const struct event *event)
{
    struct tour *tour = &state->tour;
    const bool person = event->type == EVENT_KEY && !event->played, plain = !event->alt;
    if (!tour->open || !person || (!tour->running && (event->alt || binding_typing(state))))
        return false;
    if (plain && tour->n_waiting == 0 && event->key == ' ')
        next(state, effects);
    else if (plain && tour->n_waiting == 0 && (event->key == KEYS_BACKSPACE || event->key == KEY_CONTROL('h')))
        previous(state);
    else if (plain && event->key == KEYS_ESCAPE && (tour->running || state->overlay == VIEW_NONE))
        leave(state, effects, "the tour has ended, and your playlist is back; :tour begins it again");
    else if (tour->running)
        wait_for_step(tour, event);
    else
        return false;
    return true;
}

bool tour_waiting_key(struct tour *tour, struct event *event)
{
    if (tour->running || tour->n_waiting == 0)
        return false;
    *event = tour->waiting[0];
    tour->n_waiting--;
    memmove(tour->waiting, tour->waiting + 1, tour->n_waiting * sizeof *tour->waiting);
    return true;
}

/* ---- the command ---- */

static enum status go_to(struct state *state, struct effect_list *effects, const char *argument, struct error *error)
{
    size_t number;
    enum status status = command_number(argument, "tour", &number, error);
    if (status != STATUS_OK)
        return status;
    if (number > state->tour.count)
        return error_set(error, STATUS_USAGE, "the tour has %zu steps", state->tour.count);
    if (!tour_go(&state->tour, number - 1, 1))
        return error_set(error, STATUS_USAGE, "the explorer can show no step from %zu on", number);
    tour_open(state, effects);
    return STATUS_OK;
}

static COMMAND(command_tour)
{
    struct tour *tour = &state->tour;
    bool moves = strcmp(argument, "next") == 0 || strcmp(argument, "back") == 0 || strcmp(argument, "end") == 0;
    if (moves && !tour->open)
        return error_set(error, STATUS_USAGE, "there is no tour now; :tour begins one");
    if (strcmp(argument, "next") == 0)
        next(state, effects);
    else if (strcmp(argument, "back") == 0)
        previous(state);
    else if (strcmp(argument, "end") == 0)
        leave(state, effects, "the tour has ended, and your playlist is back");
    else if (argument[0] && (tour->count > 0 || argument[strspn(argument, "0123456789")]))
        return go_to(state, effects, argument, error);
    else if (tour->count > 0) {
        if (tour_go(tour, 0, 1))
            tour_open(state, effects);
    } else {
        struct effect *effect = effect_request(effects, state, EFFECT_TOUR, argument);
        return effect ? STATUS_OK : error_no_memory(error);
    }
    return STATUS_OK;
}

static const struct explorer_command of_tour[] = {
    {"tour", "[next|back|end|N]", "show in five minutes what there is", command_tour},
};
const struct command_table commands_of_tour = {of_tour, sizeof of_tour / sizeof of_tour[0]};
