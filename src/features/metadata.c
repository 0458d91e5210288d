/* Numbers that the catalogue stores about a track: year, duration and popularity, in their own units. */
#include <math.h>
#include <stdlib.h>

#include "features/extractors.h"

enum { YEAR, DURATION, POPULARITY, COLUMNS };

static const char *const columns[COLUMNS] = {"year", "duration_s", "popularity"};

static bool read_track(const struct track *track, float *row)
{
    bool known = track->year > 0 || track->duration_ms >= 0 || track->popularity >= 0;
    if (!known)
        return false;
    row[YEAR] = track->year > 0 ? (float)track->year : NAN;
    row[DURATION] = track->duration_ms >= 0 ? (float)track->duration_ms / 1000 : NAN;
    row[POPULARITY] = track->popularity >= 0 ? (float)track->popularity : NAN;
    return true;
}

static enum status extract(void *state, const struct extractor_options *options, const struct extractor_batch *batch,
                           float *rows, bool *present, struct error *error)
{
    (void)state, (void)options;
    struct track_list tracks = {0};
    int64_t *ids = malloc((batch->count + 1) * sizeof *ids);
    if (!ids)
        return error_no_memory(error);
    for (size_t i = 0; i < batch->count; i++)
        ids[i] = batch->first + (int64_t)i;
    enum status status = catalogue_tracks_read(batch->catalogue, ids, batch->count, &tracks, error);
    for (size_t i = 0; i < tracks.count; i++)
        present[i] = read_track(&tracks.items[i], rows + i * COLUMNS);
    track_list_free(&tracks);
    free(ids);
    return status;
}

const struct extractor extractor_metadata = {
    .name = "metadata",
    .summary = "year, duration and popularity of a track",
    .item = FEATURE_TRACKS,
    .input = INPUT_CATALOGUE,
    .width = COLUMNS,
    .columns = columns,
    .extract = extract,
};
