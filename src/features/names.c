/* The words of a track's names as numbers: each word of title, artist and album, and each three letters of one, adds 1
 * or -1 to one of the columns by its hash (Weinberger et al. 2009, "Feature hashing for large scale multitask
 * learning"). The row has length 1. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "core/random.h"
#include "core/text.h"
#include "features/extractors.h"

enum { COLUMNS = 512, LETTERS = 3 };

/* `place` tells the same word in a title and in an artist's name apart. */
static void add(const char *text, size_t size, uint64_t place, float *row)
{
    const uint64_t code = random_mix(hash_bytes(text, size) ^ random_mix(place));
    row[code % COLUMNS] += code >> 63 ? 1 : -1;
}

static void add_words(const char *text, uint64_t place, float *row)
{
    while (*text) {
        const size_t size = strcspn(text, " ");
        if (size > 0)
            add(text, size, place, row);
        for (size_t i = 0; i + LETTERS <= size && size > LETTERS; i++)
            add(text + i, LETTERS, 0, row);
        text += size + strspn(text + size, " ");
    }
}

static bool read_track(const struct track *track, struct buffer *folded, float *row)
{
    const char *const texts[] = {track->title, track->artist, track->album};
    double squares = 0;
    for (uint64_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        folded->size = 0;
        text_fold(texts[i] ? texts[i] : "", texts[i] ? strlen(texts[i]) : 0, folded);
        if (folded->failed)
            return false;
        if (folded->size > 0)
            add_words(folded->data, i + 1, row);
    }
    for (int j = 0; j < COLUMNS; j++)
        squares += (double)row[j] * (double)row[j];
    for (int j = 0; squares > 0 && j < COLUMNS; j++)
        row[j] = (float)((double)row[j] / sqrt(squares));
    return squares > 0;
}

static enum status extract(void *state, const struct extractor_options *options, const struct extractor_batch *batch,
                           float *rows, bool *present, struct error *error)
{
    (void)state, (void)options;
    struct track_list tracks = {0};
    struct buffer folded = {0};
    int64_t *ids = malloc((batch->count + 1) * sizeof *ids);
    if (!ids)
        return error_no_memory(error);
    for (size_t i = 0; i < batch->count; i++)
        ids[i] = batch->first + (int64_t)i;
    enum status status = catalogue_tracks_read(batch->catalogue, ids, batch->count, &tracks, error);
    for (size_t i = 0; i < tracks.count; i++)
        present[i] = read_track(&tracks.items[i], &folded, rows + i * COLUMNS);
    if (status == STATUS_OK && folded.failed)
        status = error_no_memory(error);
    buffer_free(&folded);
    track_list_free(&tracks);
    free(ids);
    return status;
}

const struct extractor extractor_names = {
    .name = "names",
    .summary = "the words of a track's title, artist and album, hashed",
    .item = FEATURE_TRACKS,
    .input = INPUT_CATALOGUE,
    .width = COLUMNS,
    .extract = extract,
};
