/* Sessions are untrusted text. */
#include "fuzz.h"
#include "screen_check.h"
#include "ui_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *json = strndup((const char *)data, size);
    static struct screen screen; /* reused for all inputs */
    struct fixture fixture;
    struct error error;
    if (!screen.cells)
        CHECK(screen_create(24, 80, &screen, &error) == STATUS_OK);
    fixture_init(&fixture);
    fake_set_session(fixture.app, json);
    fixture_settle(&fixture);
    view_draw(&fixture.state, &screen);
    check_screen(&screen);
    fuzz_accepted |= playlist_now(&fixture.state.playlist)->count > 0;
    fixture_free(&fixture);
    free(json);
    return 0;
}
