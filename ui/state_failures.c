#include <stdlib.h>
#include <string.h>

#include "ui/state.h"

const struct failure *state_failure(const struct state *state)
{
    const struct failures_state *failures = &state->failures;
    return failures->at.selected < failures->list.count ? &failures->list.items[failures->at.selected] : NULL;
}

bool state_failures_late(const struct state *state)
{
    return state->failures.stale && state->now - state->failures.asked >= STATE_LATE;
}

size_t state_failure_pages(const struct state *state)
{
    const struct failure_case *opened = &state->failures.opened;
    size_t most = 0;
    for (int i = 0; i < opened->n_sides; i++)
        most = opened->sides[i].count > most ? opened->sides[i].count : most;
    return (most + PAGE_TRACKS - 1) / PAGE_TRACKS;
}

const struct failure_side *state_failure_suggestion(const struct state *state, size_t *at)
{
    const struct failures_state *failures = &state->failures;
    size_t which = failures->selected / PAGE_TRACKS;
    if (which >= (size_t)failures->opened.n_sides)
        return NULL;
    *at = failures->page * PAGE_TRACKS + failures->selected % PAGE_TRACKS;
    const struct failure_side *side = &failures->opened.sides[which];
    return *at < side->count ? side : NULL;
}

static int64_t *copy(const int64_t *ids, size_t count)
{
    int64_t *copied = calloc(count + 1, sizeof *copied);
    if (copied && count > 0)
        memcpy(copied, ids, count * sizeof *ids);
    return copied;
}

bool held_out_set(struct held_out *held_out, const int64_t *seeds, size_t n_seeds, const int64_t *tracks,
                  size_t n_tracks)
{
    held_out_free(held_out);
    held_out->seeds = copy(seeds, n_seeds);
    held_out->tracks = copy(tracks, n_tracks);
    if (!held_out->seeds || !held_out->tracks) {
        held_out_free(held_out);
        return false;
    }
    held_out->n_seeds = n_seeds;
    held_out->n_tracks = n_tracks;
    return true;
}

void held_out_free(struct held_out *held_out)
{
    free(held_out->seeds);
    free(held_out->tracks);
    *held_out = (struct held_out){0};
}

bool state_is_test(const struct state *state)
{
    const struct playlist_version *playlist = playlist_now(&state->playlist);
    const struct held_out *held_out = &state->held_out;
    if (held_out->n_seeds == 0 || playlist->count != held_out->n_seeds)
        return false;
    for (size_t i = 0; i < playlist->count; i++)
        if (playlist->items[i]->id != held_out->seeds[i])
            return false;
    return true;
}

bool held_out_has(const struct held_out *held_out, int64_t track)
{
    for (size_t i = 0; i < held_out->n_tracks; i++)
        if (held_out->tracks[i] == track)
            return true;
    return false;
}
