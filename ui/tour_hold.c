#include "ui/tour_hold.h"

#include <stdlib.h>
#include <string.h>

#include "ui/state.h"

/* The last version of a playlist, the present one if it is of it; NULL: it can no longer be reached. */
static const struct playlist_version *last_version(const struct state *state, uint64_t serial)
{
    const struct playlist_edits *edits = &state->playlist;
    if (playlist_now(edits)->serial == serial)
        return playlist_now(edits);
    for (size_t i = edits->count; i > 0; i--)
        if (edits->versions[i - 1].serial == serial)
            return &edits->versions[i - 1];
    return NULL;
}

const struct playlist_version *tour_hold_playlist(const struct state *state)
{
    const struct tour_held *held = &state->tour.held;
    const struct playlist_version *before = held->on ? last_version(state, held->serial) : NULL;
    return before ? before : playlist_now(&state->playlist);
}

void tour_hold_made(struct state *state)
{
    struct tour_held *held = &state->tour.held;
    if (!held->on || !state->tour.running)
        return;
    uint64_t *made = realloc(held->made, (held->n_made + 1) * sizeof *made);
    if (!made)
        return;
    held->made = made;
    made[held->n_made++] = playlist_now(&state->playlist)->serial;
}

bool tour_hold_is_to_go(const struct state *state, uint64_t serial)
{
    const struct playlist_version *version = last_version(state, serial);
    return version && version->kept && strcmp(version->name, PLAYLIST_NAMELESS) == 0;
}

void tour_hold_write(const struct state *state, struct json_writer *writer)
{
    const struct tour_held *held = &state->tour.held;
    json_key(writer, "tour");
    json_array_begin(writer);
    for (size_t i = 0; held->on && i < held->n_made; i++) {
        const int64_t id = state_saved_id(state, held->made[i]);
        if (id > 0 && tour_hold_is_to_go(state, held->made[i]))
            json_integer(writer, id);
    }
    json_array_end(writer);
}
