/* Sessions are untrusted text. */
#include "fuzz.h"
#include "screen_check.h"
#include "ui_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *json = strndup((const char *)data, size);
    static struct screen screen; /* reused for all inputs */
    struct bench bench;
    struct error error;
    if (!screen.cells)
        CHECK(screen_create(24, 80, &screen, &error) == STATUS_OK);
    fixture_init(&bench);
    fake_set_session(bench.app, json);
    fixture_settle(&bench);
    view_draw(&bench.state, &screen);
    check_screen(&screen);
    fuzz_accepted |= playlist_now(&bench.state.playlist)->count > 0;
    fixture_free(&bench);
    free(json);
    return 0;
}
