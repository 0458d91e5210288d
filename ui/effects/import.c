/* Importing a file of playlists. */
#include <inttypes.h>
#include <stdio.h>

#include "app/import_app.h"
#include "ui/effect.h"
#include "ui/state.h"

static enum status run(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                       struct error *error)
{
    return app_import_playlists(world->app, result->effect.text, result->output, cancel, error);
}

static void take(struct state *state, struct effect_list *effects, struct result *result)
{
    const struct app_imported *imported = result->output;
    char left_out[400] = "";
    (void)effects;
    if (result->error.status != STATUS_OK) {
        result_warn(state, result);
        return;
    }
    if (imported->unmatched > 0)
        snprintf(left_out, sizeof left_out, "; %" PRId64 " fit no track, the first: %s%s%s%s", imported->unmatched,
                 imported->missing, *imported->nearest ? " (nearest: " : "", imported->nearest,
                 *imported->nearest ? ")" : "");
    state_say(state, "%s: %" PRId64 " playlist%s with %" PRId64 " track%s%s", imported->format, imported->playlists,
              imported->playlists == 1 ? "" : "s", imported->entries, imported->entries == 1 ? "" : "s", left_out);
}

const struct effect_ops effect_import = {
    .name = "import",
    .urgency = 80,
    .each_counts = true,
    .output_size = sizeof(struct app_imported),
    .run = run,
    .take = take,
};
