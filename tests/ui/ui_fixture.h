#ifndef SLEEVE_TESTS_UI_UI_FIXTURE_H
#define SLEEVE_TESTS_UI_UI_FIXTURE_H

#include <stdlib.h>
#include <string.h>

#include "fake_app.h"
#include "ui/commands.h"
#include "ui/effects.h"
#include "ui/picker.h"
#include "ui/update.h"
#include "ui/view.h"
#include "ui/views/explore/explore.h"
#include "ui/views/failures/failures.h"
#include "ui/views/map/map.h"

/* State and effects without threads: a test decides when, and in which order, requested effects run. */
struct fixture {
    struct app *app;
    struct effects *effects;
    struct state state;
    struct effect_list requested;
};

static inline void fixture_init(struct fixture *fixture)
{
    struct error error;
    memset(fixture, 0, sizeof *fixture);
    fixture->app = fake_app_create();
    if (effects_create(fixture->app, NULL, NULL, NULL, &fixture->effects, &error) != STATUS_OK ||
        state_start(&fixture->state, app_summary(fixture->app), 24, 80, &error) != STATUS_OK)
        abort();
    update_start(&fixture->state, &fixture->requested);
}

static inline void fixture_free(struct fixture *fixture)
{
    effect_list_free(&fixture->requested);
    state_free(&fixture->state);
    effects_destroy(fixture->effects);
    fake_app_destroy(fixture->app);
}

/* Removes effect `at` from the requested ones and runs it; the state does not get the result yet. */
static inline struct result fixture_run(struct fixture *fixture, size_t at)
{
    struct result result = {.effect = fixture->requested.items[at]};
    atomic_bool cancel = false;
    fixture->requested.count--;
    memmove(fixture->requested.items + at, fixture->requested.items + at + 1,
            (fixture->requested.count - at) * sizeof *fixture->requested.items);
    const struct effect_ops *ops = effect_ops(result.effect.type);
    if (ops->prepare)
        ops->prepare(effects_world(fixture->effects), &result.effect);
    effects_run(fixture->effects, &result, &cancel);
    if (ops->record && result.output)
        ops->record(fixture->effects, &result);
    return result;
}

static inline void fixture_take(struct fixture *fixture, struct result *result)
{
    update_result(&fixture->state, &fixture->requested, result);
    result_free(result);
}

/* Runs all requested effects in their order, until no more are requested. */
static inline void fixture_settle(struct fixture *fixture)
{
    for (;;) {
        fixture->state.now += 1;
        update_tick(&fixture->state, &fixture->requested);
        if (fixture->requested.count == 0)
            return;
        if (!effect_ops(fixture->requested.items[0].type)->run) {
            effect_free(&fixture->requested.items[0]);
            fixture->requested.count--;
            memmove(fixture->requested.items, fixture->requested.items + 1,
                    fixture->requested.count * sizeof *fixture->requested.items);
            continue;
        }
        struct result result = fixture_run(fixture, 0);
        fixture_take(fixture, &result);
    }
}

#endif
