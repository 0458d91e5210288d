/* A long session of two explorers on one catalogue: random edits, searches, filters, marks, pages, models and sizes.
 * Nothing that was added and never removed is lost, and every screen is sound. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collect.h"
#include "core/random.h"
#include "fake_app.h"
#include "screen_check.h"
#include "ui/view.h"
#include "ui/views/explore/explore.h"

enum { STEPS = 1500 };

static struct app *app;
static struct runtime explorers[2];
static bool was_added[FAKE_TRACKS + 1], was_removed[FAKE_TRACKS + 1];

static void count_tracks(const struct runtime *runtime, size_t counts[FAKE_TRACKS + 1])
{
    const struct playlist_version *playlist = playlist_now(&runtime->state.playlist);
    memset(counts, 0, (FAKE_TRACKS + 1) * sizeof *counts);
    for (size_t i = 0; i < playlist->count; i++)
        counts[playlist->items[i]->id]++;
}

static void draw(const struct runtime *runtime)
{
    struct screen screen;
    struct error error;
    assert_int_equal(screen_create(runtime->state.rows, runtime->state.columns, &screen, &error), STATUS_OK);
    view_draw(&runtime->state, &screen);
    check_screen(&screen);
    screen_free(&screen);
}

/* Runs a command and notes which tracks it added and removed. It may be refused. */
static void run(struct runtime *runtime, const char *line)
{
    size_t before[FAKE_TRACKS + 1], after[FAKE_TRACKS + 1];
    struct error error;
    count_tracks(runtime, before);
    enum status status = runtime_command(runtime, line, &error);
    if (status != STATUS_OK && status != STATUS_USAGE)
        fail_msg("%s: %s", line, error.text);
    count_tracks(runtime, after);
    for (int id = 1; id <= FAKE_TRACKS; id++) {
        was_added[id] = was_added[id] || after[id] > before[id];
        was_removed[id] = was_removed[id] || after[id] < before[id];
    }
}

static void random_step(struct runtime *runtime, struct random *random)
{
    static const char *const lines[] = {
        "add",
        "add page",
        "remove",
        "move up",
        "move down",
        "mark next",
        "mark range",
        "mark invert",
        "mark none",
        "move 3",
        "undo",
        "redo",
        "copy",
        "put",
        "pane playlist",
        "pane playlist",
        "pane suggestions",
        "pane next",
        "pane left",
        "pane right",
        "select next",
        "select previous",
        "select page-down",
        "select half-up",
        "select first",
        "select last",
        "page next",
        "page previous",
        "search rain",
        "search 雨",
        "search xyzzy",
        "filter e",
        "filter mountain",
        "close",
        "close",
        "key f",
        "key escape",
        "type a",
        "model mf-avg",
        "model als",
        "playlist save",
        "playlist dedupe",
        "resize 80x24",
        "resize 200x55",
        "resize 100x30",
        "resize 160x50",
        "map",
        "failures",
        "explore",
        "wheel 10 5 down",
        "click 8 10",
        "click 20 10",
        "click 12 60 2",
        "paste Slow Rain",
        "resize 20x5",
        "resize 120x36",
    };
    char line[64];
    size_t at = random_below(random, sizeof lines / sizeof *lines + 8);
    if (at < sizeof lines / sizeof *lines)
        snprintf(line, sizeof line, "%s", lines[at]);
    else
        snprintf(line, sizeof line, "%s %zu", at % 2 ? "add" : "remove", 1 + random_below(random, 40));
    run(runtime, line);
}

static bool is_in(const struct runtime *runtime, int64_t id)
{
    return playlist_find(playlist_now(&runtime->state.playlist), id) > 0;
}

static void test_nothing_is_lost(void **unused)
{
    (void)unused;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct random random;
        struct error error;
        random_seed(&random, seed);
        memset(was_added, 0, sizeof was_added);
        memset(was_removed, 0, sizeof was_removed);
        app = fake_app_create();
        assert_int_equal(runtime_start(app, NULL, 30, 100, &explorers[0], &error), STATUS_OK);
        collect_all(&explorers[0]);
        run(&explorers[0], "add page");
        run(&explorers[0], "playlist save Trip");
        collect_all(&explorers[0]);
        fake_set_session(app, NULL); /* each explorer has its own */
        assert_int_equal(runtime_start(app, NULL, 30, 100, &explorers[1], &error), STATUS_OK);
        collect_all(&explorers[1]);
        run(&explorers[1], "playlist load Trip");
        collect_all(&explorers[1]);
        for (int step = 0; step < STEPS; step++) {
            struct runtime *runtime = &explorers[random_below(&random, 2)];
            random_step(runtime, &random);
            if (random_below(&random, 3) == 0)
                collect_all(runtime);
            if (random_below(&random, 4) == 0)
                draw(runtime);
        }
        for (int round = 0; round < 4; round++)
            for (int i = 0; i < 2; i++) { /* a save reads what the other one wrote */
                run(&explorers[i], "explore");
                run(&explorers[i], "rename Trip");
                collect_all(&explorers[i]);
            }
        for (int64_t id = 1; id <= FAKE_TRACKS; id++) {
            bool found = is_in(&explorers[0], id) || is_in(&explorers[1], id);
            if (was_added[id] && !was_removed[id] && !found)
                fail_msg("seed %d: track %d is lost", (int)seed, (int)id);
        }
        for (int i = 0; i < 2; i++) {
            runtime_stop(&explorers[i], &error);
            runtime_free(&explorers[i]);
        }
        fake_app_destroy(app);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_nothing_is_lost)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
