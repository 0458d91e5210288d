#include "models/track_playlists.h"

#include <stdlib.h>

enum status track_playlists_make(const struct interactions *interactions, struct track_playlists *made,
                                 struct error *error)
{
    int64_t n = interactions->n_tracks, entries = interactions->starts[interactions->n_playlists];
    int64_t *starts = calloc((size_t)n + 2, sizeof *starts);
    int32_t *playlists = malloc(((size_t)entries + 1) * sizeof *playlists);
    *made = (struct track_playlists){starts, playlists};
    if (!starts || !playlists) {
        track_playlists_free(made);
        return error_no_memory(error);
    }
    for (int64_t e = 0; e < entries; e++)
        starts[interactions->tracks[e] + 2]++;
    for (int64_t i = 2; i <= n + 1; i++)
        starts[i] += starts[i - 1];
    for (int64_t playlist = 0; playlist < interactions->n_playlists; playlist++)
        for (int64_t e = interactions->starts[playlist]; e < interactions->starts[playlist + 1]; e++)
            playlists[starts[interactions->tracks[e] + 1]++] = (int32_t)playlist;
    return STATUS_OK;
}

void track_playlists_free(struct track_playlists *made)
{
    free(made->starts);
    free(made->playlists);
    *made = (struct track_playlists){0};
}
