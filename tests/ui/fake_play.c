/* The fake app's player plays everything but the track 13. */
#include "app/play.h"
#include "fake_app_internal.h"

enum status app_play(struct app *app, int64_t track, const char *command, struct error *error)
{
    (void)app, (void)command;
    return track == 13 ? error_set(error, STATUS_FAILED, "the player could not be started") : STATUS_OK;
}
