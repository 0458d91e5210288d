/* Sessions are texts that anybody may have changed. */
#include "bench_ui.h"
#include "screen_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *json = strndup((const char *)data, size);
    struct bench bench;
    struct screen screen;
    struct error error;
    bench_begin(&bench);
    fake_set_session(bench.app, json);
    bench_settle(&bench);
    CHECK(screen_create(24, 80, &screen, &error) == STATUS_OK);
    view_draw(&bench.state, &screen);
    check_screen(&screen);
    screen_free(&screen);
    bench_end(&bench);
    free(json);
    return 0;
}
