/* Adding or removing what another playlist has. */
#include <stdlib.h>

#include "ui/actions.h"
#include "ui/effects/playlists.h"
#include "ui/views/explore/explore.h"

static int by_number(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int64_t *sorted_numbers(const struct track *const *tracks, size_t count)
{
    int64_t *ids = malloc((count + 1) * sizeof *ids);
    for (size_t i = 0; ids && i < count; i++)
        ids[i] = tracks[i]->id;
    if (ids)
        qsort(ids, count, sizeof *ids, by_number);
    return ids;
}

static bool contains(const int64_t *sorted, size_t count, int64_t id)
{
    return count > 0 && bsearch(&id, sorted, count, sizeof id, by_number);
}

/* Those that the playlist does not have are added in their order, as often as they are there. */
static enum status merge(struct state *state, const struct track_row *row, size_t *changed, struct error *error)
{
    const struct playlist_version *now = playlist_now(&state->playlist);
    int64_t *mine = sorted_numbers(now->items, now->count);
    struct track_row fresh = {0};
    enum status status = mine ? STATUS_OK : error_no_memory(error);
    for (size_t i = 0; status == STATUS_OK && i < row->count; i++)
        if (!contains(mine, now->count, row->items[i]->id) && !track_row_append(&fresh, row->items[i]))
            status = error_no_memory(error);
    *changed = fresh.count;
    if (status == STATUS_OK && fresh.count > 0)
        status = playlist_insert(&state->playlist, SIZE_MAX, fresh.items, fresh.count, error);
    track_row_free(&fresh);
    free(mine);
    return status;
}

static enum status subtract(struct state *state, const struct track_row *row, size_t *changed, struct error *error)
{
    const struct playlist_version *now = playlist_now(&state->playlist);
    int64_t *theirs = sorted_numbers(row->items, row->count);
    size_t *positions = malloc((now->count + 1) * sizeof *positions);
    enum status status = theirs && positions ? STATUS_OK : error_no_memory(error);
    *changed = 0;
    for (size_t i = 0; status == STATUS_OK && i < now->count; i++)
        if (contains(theirs, row->count, now->items[i]->id))
            positions[(*changed)++] = i;
    if (status == STATUS_OK && *changed > 0)
        status = playlist_remove_all(&state->playlist, positions, *changed, error);
    free(theirs);
    free(positions);
    return status;
}

void playlists_use(struct state *state, struct effect_list *effects, enum playlist_use use,
                   const struct track_list *tracks, const char *name)
{
    struct track_row row = {0};
    struct error error;
    size_t changed = 0;
    enum status status = track_row_set(&row, &state->book, tracks) ? STATUS_OK : error_no_memory(&error);
    if (status == STATUS_OK)
        status = (use == PLAYLIST_MERGE ? merge : subtract)(state, &row, &changed, &error);
    track_row_free(&row);
    if (status != STATUS_OK)
        state_warn(state, error.text);
    else if (changed == 0)
        state_say(state,
                  use == PLAYLIST_MERGE ? "all tracks of \"%s\" are in the playlist already"
                                        : "no track of \"%s\" is in the playlist",
                  name);
    else {
        state_say(state,
                  use == PLAYLIST_MERGE ? "added %zu %s of \"%s\" (u undoes)" : "removed %zu %s of \"%s\" (u undoes)",
                  changed, changed == 1 ? "track" : "tracks", name);
        action_edited(state, effects);
    }
}
