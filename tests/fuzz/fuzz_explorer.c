/* Keys, clicks, sizes, commands and answers in any order. Each line of the input is a command; one that begins with '!'
 * answers what was asked at that place in the queue, with '%' drops it. */
#include "bench_ui.h"
#include "core/random.h"
#include "screen_check.h"
#include "ui/layout.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { COMMANDS_MAX = 300 };

static void check_view(struct bench *bench)
{
    struct screen screen;
    struct error error;
    if (bench->state.rows > 100 || bench->state.columns > 300)
        return; /* larger ones only cost time */
    CHECK(screen_create(bench->state.rows, bench->state.columns, &screen, &error) == STATUS_OK);
    view_draw(&bench->state, &screen);
    check_screen(&screen);
    screen_free(&screen);
}

static void answer(struct bench *bench, const char *line)
{
    size_t count = bench->asked.count;
    if (count == 0)
        return;
    size_t at = (size_t)(unsigned char)line[1] % count;
    struct result result = {0};
    if (line[0] == '%' || bench->asked.items[at].type >= EFFECT_JOBS) {
        result.effect = bench->asked.items[at];
        bench->asked.count--;
        memmove(bench->asked.items + at, bench->asked.items + at + 1,
                (bench->asked.count - at) * sizeof *bench->asked.items);
        bool saving = result.effect.type == EFFECT_SAVE;
        result_free(&result);
        bench->state.saving -= saving;
        return;
    }
    if (bench->asked.items[at].type == EFFECT_MAP_WRITE)
        return; /* writes files */
    result = bench_do(bench, at);
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
    for (int i = 0; i < COMMANDS_MAX && rest; i++) {
        char *line = rest;
        rest = strchr(rest, '\n');
        if (rest)
            *rest++ = '\0';
        run_line(&bench, line);
        check_view(&bench);
    }
    bench_end(&bench);
    free(text);
    return 0;
}
