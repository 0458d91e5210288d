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

static void drop(struct bench *bench, size_t at)
{
    struct result result = {.effect = bench->asked.items[at]};
    bench->state.saving -= result.effect.type == EFFECT_SAVE;
    bench->asked.count--;
    memmove(bench->asked.items + at, bench->asked.items + at + 1,
            (bench->asked.count - at) * sizeof *bench->asked.items);
    result_free(&result);
}

static void answer(struct bench *bench, const char *line)
{
    size_t count = bench->asked.count;
    if (count == 0)
        return;
    size_t at = (size_t)(unsigned char)line[1] % count;
    enum effect_type type = bench->asked.items[at].type;
    if (line[0] == '%' || !effect_ops(type)->run || type == EFFECT_MAP_WRITE) { /* the last one writes files */
        drop(bench, at);
        return;
    }
    struct result result = bench_do(bench, at);
    bench_take(bench, &result);
}

static void run_line(struct bench *bench, char *line)
{
    struct error error;
    if (line[0] == '!' || line[0] == '%')
        answer(bench, line);
    else
        command_run(&bench->state, &bench->asked, line, &error);
    bench->state.now += 0.1;
    update_tick(&bench->state, &bench->asked);
    layout_settle(&bench->state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bench bench;
    char *text = strndup((const char *)data, size), *rest = text;
    bench_begin(&bench);
    for (int i = 1; i <= COMMANDS_MAX && rest; i++) {
        char *line = rest;
        rest = strchr(rest, '\n');
        if (rest)
            *rest++ = '\0';
        run_line(&bench, line);
        if (i % COMMANDS_A_DRAWING == 0 || !rest)
            check_view(&bench.state);
    }
    fuzz_accepted = true;
    bench_end(&bench);
    free(text);
    return 0;
}
