/* Distances of playlists of the fake app: playlists of eight tracks, of which every third is misplaced. */
#include "fake_app_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/space.h"

enum { LENGTH = 8 };

enum status app_space_sets(struct app *app, char ***names, struct error *error)
{
    static const char *const all[] = {"audio", "gist", "metadata"};
    (void)app;
    *names = calloc(4, sizeof **names);
    for (int i = 0; *names && i < 3; i++)
        (*names)[i] = strdup(all[i]);
    return *names ? STATUS_OK : error_no_memory(error);
}

void app_space_free(struct app_space *space)
{
    for (int side = 0; side < SPACE_SIDES; side++) {
        free(space->sides[side].space.distances);
        free(space->sides[side].space.counts);
    }
    free(space->playlists);
    free(space->misplaced);
    track_list_free(&space->tracks);
    *space = (struct app_space){0};
}

void app_space_range(const struct space_side *side, double *low, double *high)
{
    (void)side;
    *low = -8;
    *high = 16;
}

void app_space_histogram(const struct space_side *side, size_t playlist, int64_t counts[SPACE_BINS])
{
    (void)side;
    for (int bin = 0; bin < SPACE_BINS; bin++)
        counts[bin] = (bin * 7 + (int)playlist * 3) % 9 > 4 ? (bin + (int)playlist) % 5 : 0;
}

static bool fill_side(struct app_space *space, const char *set, bool leave_out)
{
    struct space_side *side = &space->sides[space->n_sides++];
    const size_t n = space->n_playlists;
    snprintf(side->set, sizeof side->set, "%s", set);
    side->space.width = (int)strlen(set);
    side->space.n_playlists = (int64_t)n;
    side->space.distances = calloc(n * n, sizeof *side->space.distances);
    side->space.counts = calloc(n, sizeof *side->space.counts);
    for (size_t k = 0; side->space.distances && side->space.counts && k < n; k++) {
        side->space.counts[k] = LENGTH;
        for (size_t j = 0; j < n; j++)
            side->space.distances[k * n + j] =
                k == j ? 4 + leave_out : 5 + (double)((k * 5 + j * 3) % 7) + fabs((double)k - (double)j);
    }
    return side->space.distances && side->space.counts;
}

enum status app_space(struct app *app, const struct space_settings *settings, struct app_space *space,
                      struct error *error)
{
    static const char *const names[] = {"Slow rain", "Evening at the lake with a long name", "Night bus", "Garden"};
    const size_t n = settings->longest;
    int64_t ids[SPACE_PLAYLISTS_MAX * LENGTH];
    (void)app;
    *space = (struct app_space){.n_playlists = n, .n_common = n * LENGTH};
    if (strcmp(settings->sets[0], "refused") == 0)
        return error_set(error, STATUS_FAILED, "the catalogue has no feature set refused");
    space->playlists = calloc(n, sizeof *space->playlists);
    space->misplaced = calloc(n * LENGTH, sizeof *space->misplaced);
    bool enough = space->playlists && space->misplaced;
    for (size_t k = 0; enough && k < n; k++)
        space->playlists[k] = (struct space_playlist){.id = (int64_t)k + 1, .key = "key", .name = names[k % 4]};
    for (int side = 0; enough && side < settings->n_sets; side++)
        enough = fill_side(space, settings->sets[side], settings->leave_out);
    for (size_t i = 0; enough && i < n * LENGTH; i += 3) {
        ids[space->n_misplaced] = 1 + (int64_t)(i * 7 % FAKE_TRACKS);
        space->misplaced[space->n_misplaced] = (struct space_misplaced){.track = ids[space->n_misplaced],
                                                                        .playlist = (int32_t)(i % n),
                                                                        .nearest = (int32_t)((i + 1) % n),
                                                                        .delta = -8 + (double)i / 64};
        space->n_misplaced++;
    }
    space->paired = (struct t_test){.t = 27.24, .freedom = 4562, .p = 3e-151};
    space->welch = (struct t_test){.t = NAN, .freedom = NAN, .p = NAN};
    return enough ? fake_fill(ids, space->n_misplaced, &space->tracks, error) : error_no_memory(error);
}
