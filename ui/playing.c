#include "ui/playing.h"

#include <string.h>

#include "ui/runtime.h"
#include "ui/tour.h"
#include "ui/tour_show.h"

static const double read_at_least = 2.5, read_a_character = 0.05; /* seconds */

bool playing_stop(struct playing *playing, struct runtime *runtime, const struct event *event)
{
    struct play *play = &playing->script;
    bool pressed = event->type == EVENT_KEY || event->type == EVENT_CLICK || event->type == EVENT_PASTE;
    if (pressed)
        playing->goes_on = false;
    if (!pressed || !play->on)
        return false;
    play->on = false;
    state_say(&runtime->state, "stopped before line %d of %.200s; the explorer is yours",
              play->at < play->count ? play->numbers[play->at] : 0, play->name);
    return true;
}

/* Plays the commands of the tour's step. */
static bool play_tour(struct playing *playing, struct runtime *runtime, double now)
{
    struct tour *tour = &runtime->state.tour;
    struct error error = {0};
    enum status status = STATUS_OK;
    if (!runtime->state.session_known) /* the playlist in it comes first */
        return false;
    if (!tour->running || !tour->open) {
        playing->step.on = false;
        return false;
    }
    const struct tour_step *step = &tour->steps[tour->at];
    if (!playing->step.on)
        status = play_start(&playing->step, step->lines, step->n_lines, now, &error);
    playing->step.hurried = tour->hurried;
    if (status == STATUS_OK)
        status = play_step(&playing->step, runtime, now, &error);
    if (status != STATUS_OK || !playing->step.on)
        tour_done(tour, status == STATUS_OK ? NULL : error.text);
    for (struct event key; tour_waiting_key(tour, &key);)
        runtime_event(runtime, &key, &error); /* a failure is shown */
    return true;
}

/* A tour that continues by itself leaves time to read. */
static bool go_on(struct playing *playing, struct runtime *runtime, double now)
{
    struct tour *tour = &runtime->state.tour;
    struct error ignored;
    if (!playing->goes_on || !tour->open || tour->running) {
        playing->goes_at = 0;
        return false;
    }
    double seconds = read_at_least + read_a_character * (double)strlen(tour->steps[tour->at].text);
    if (playing->goes_at == 0)
        playing->goes_at = now + seconds / playing->speed;
    if (now < playing->goes_at)
        return false;
    playing->goes_at = 0;
    runtime_command(runtime, "tour next", &ignored);
    return true;
}

bool playing_run(struct playing *playing, struct runtime *runtime, double now)
{
    struct error error;
    bool changed = play_tour(playing, runtime, now);
    changed |= go_on(playing, runtime, now);
    if (!playing->script.on || runtime->state.tour.running)
        return changed;
    size_t at = playing->script.at, typed = playing->script.typed;
    if (play_step(&playing->script, runtime, now, &error) != STATUS_OK)
        state_warn(&runtime->state, error.text);
    return changed || at != playing->script.at || typed != playing->script.typed || !playing->script.on;
}

double playing_due(const struct playing *playing, const struct runtime *runtime, double now)
{
    bool tour = runtime->state.tour.running;
    if (tour && !playing->step.on)
        return 0;
    double due = play_due(tour ? &playing->step : &playing->script, runtime, now);
    if (playing->goes_at > 0 && (due < 0 || playing->goes_at - now < due))
        due = playing->goes_at > now ? playing->goes_at - now : 0;
    return due;
}
