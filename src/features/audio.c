/* The audio features of imported tracks (danceability, energy, ...) in their own units. */
#include <string.h>

#include "db/track_audio.h"
#include "features/extractors.h"

static enum status extract(void *state, const struct extractor_options *options, const struct extractor_batch *batch,
                           float *rows, bool *present, struct error *error)
{
    (void)state, (void)options;
    enum status status = catalogue_track_audio(batch->catalogue, batch->first, batch->count, rows, present, error);
    for (size_t i = 0; status == STATUS_OK && i < batch->count; i++)
        if (!present[i])
            memset(rows + i * AUDIO_FEATURES, 0, AUDIO_FEATURES * sizeof *rows);
    return status;
}

const struct extractor extractor_audio = {
    .name = "audio",
    .summary = "the 12 audio features of a track that an import brought (danceability, energy, ...)",
    .item = FEATURE_TRACKS,
    .input = INPUT_CATALOGUE,
    .width = AUDIO_FEATURES,
    .columns = track_audio_names,
    .extract = extract,
};
