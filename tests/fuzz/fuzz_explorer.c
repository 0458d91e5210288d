/* Keys, clicks, sizes, commands and results in any order. Each line of the input is a command; a line with '!' answers
 * the request at that position of the queue, a line with '%' drops it. */
#include "fuzz.h"
#include "screen_check.h"
#include "ui/layout.h"
#include "ui_fixture.h"

enum {
    COMMANDS_MAX = 100,
    COMMANDS_A_DRAWING = 8, /* drawing costs more than commands, so it is not done after each */
    ROWS_MAX = 60,          /* larger screens only take time */
    COLUMNS_MAX = 180,
};

static void check_view(const struct state *state)
{
    static struct screen screen; /* reused for all inputs */
    struct error error;
    if (state->rows > ROWS_MAX || state->columns > COLUMNS_MAX)
        return;
    if (screen.rows != state->rows || screen.columns != state->columns) {
        screen_free(&screen);
        CHECK(screen_create(state->rows, state->columns, &screen, &error) == STATUS_OK);
    }
    view_draw(state, &screen);
    check_screen(&screen);
}

static void drop(struct fixture *fixture, size_t at)
{
    struct result result = {.effect = fixture->requested.items[at]};
    fixture->state.saving -= result.effect.type == EFFECT_SAVE;
    fixture->requested.count--;
    memmove(fixture->requested.items + at, fixture->requested.items + at + 1,
            (fixture->requested.count - at) * sizeof *fixture->requested.items);
    result_free(&result);
}

static void answer(struct fixture *fixture, const char *line)
{
    size_t count = fixture->requested.count;
    if (count == 0)
        return;
    size_t at = (size_t)(unsigned char)line[1] % count;
    enum effect_type type = fixture->requested.items[at].type;
    if (line[0] == '%' || !effect_ops(type)->run || type == EFFECT_MAP_WRITE) { /* the last one writes files */
        drop(fixture, at);
        return;
    }
    struct result result = fixture_run(fixture, at);
    fixture_take(fixture, &result);
}

static void run_line(struct fixture *fixture, char *line)
{
    struct error error;
    if (line[0] == '!' || line[0] == '%')
        answer(fixture, line);
    else
        command_run(&fixture->state, &fixture->requested, line, &error);
    fixture->state.now += 0.1;
    update_tick(&fixture->state, &fixture->requested);
    layout_settle(&fixture->state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fixture fixture;
    char *text = strndup((const char *)data, size), *rest = text;
    fixture_init(&fixture);
    for (int i = 1; i <= COMMANDS_MAX && rest; i++) {
        char *line = rest;
        rest = strchr(rest, '\n');
        if (rest)
            *rest++ = '\0';
        run_line(&fixture, line);
        if (i % COMMANDS_A_DRAWING == 0 || !rest)
            check_view(&fixture.state);
    }
    fuzz_accepted = true;
    fixture_free(&fixture);
    free(text);
    return 0;
}
