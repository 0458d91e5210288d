#ifndef SLEEVE_TESTS_UI_UI_FIXTURE_H
#define SLEEVE_TESTS_UI_UI_FIXTURE_H

#include <stdlib.h>
#include <string.h>

#include "fake_app.h"
#include "ui/commands.h"
#include "ui/effects.h"
#include "ui/update.h"
#include "ui/view.h"
#include "ui/views/explore/explore.h"
#include "ui/views/failures/failures.h"
#include "ui/views/map/map.h"
#include "ui/views/playlists.h"

/* State and effects without threads: a test decides when, and in which order, requested effects run. */
struct bench {
    struct app *app;
    struct effects *effects;
    struct state state;
    struct effect_list asked;
};

static inline void bench_begin(struct bench *bench)
{
    struct error error;
    memset(bench, 0, sizeof *bench);
    bench->app = fake_app_create();
    if (effects_create(bench->app, NULL, NULL, NULL, &bench->effects, &error) != STATUS_OK ||
        state_start(&bench->state, app_summary(bench->app), 24, 80, &error) != STATUS_OK)
        abort();
    update_start(&bench->state, &bench->asked);
}

static inline void bench_end(struct bench *bench)
{
    effect_list_free(&bench->asked);
    state_free(&bench->state);
    effects_destroy(bench->effects);
    fake_app_destroy(bench->app);
}

/* Removes effect `at` from the requested ones and runs it; the state does not get the result yet. */
static inline struct result bench_do(struct bench *bench, size_t at)
{
    struct result result = {.effect = bench->asked.items[at]};
    atomic_bool cancel = false;
    bench->asked.count--;
    memmove(bench->asked.items + at, bench->asked.items + at + 1,
            (bench->asked.count - at) * sizeof *bench->asked.items);
    effects_run(bench->effects, &result, &cancel);
    return result;
}

static inline void bench_take(struct bench *bench, struct result *result)
{
    update_result(&bench->state, &bench->asked, result);
    result_free(result);
}

/* Runs all requested effects in their order, until no more are requested. */
static inline void bench_settle(struct bench *bench)
{
    for (;;) {
        bench->state.now += 1;
        update_tick(&bench->state, &bench->asked);
        if (bench->asked.count == 0)
            return;
        if (!effect_ops(bench->asked.items[0].type)->run) {
            effect_free(&bench->asked.items[0]);
            bench->asked.count--;
            memmove(bench->asked.items, bench->asked.items + 1, bench->asked.count * sizeof *bench->asked.items);
            continue;
        }
        struct result result = bench_do(bench, 0);
        bench_take(bench, &result);
    }
}

#endif
