#include "app/training_index.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/recommender.h"

static enum status index_holders(struct training_index *index, struct error *error)
{
    const struct interactions *playlists = &index->playlists;
    size_t n_tracks = (size_t)playlists->n_tracks, entries = (size_t)playlists->starts[playlists->n_playlists];
    index->holder_starts = calloc(n_tracks + 2, sizeof *index->holder_starts);
    index->holders = malloc((entries + 1) * sizeof *index->holders);
    if (!index->holder_starts || !index->holders)
        return error_no_memory(error);
    int64_t *ends = index->holder_starts + 1; /* of the row before, until all are placed */
    for (size_t e = 0; e < entries; e++)
        ends[playlists->tracks[e] + 1]++;
    for (size_t row = 1; row <= n_tracks; row++)
        ends[row] += ends[row - 1];
    for (int64_t p = 0; p < playlists->n_playlists; p++)
        for (int64_t e = playlists->starts[p]; e < playlists->starts[p + 1]; e++)
            index->holders[ends[playlists->tracks[e]]++] = (int32_t)p;
    return STATUS_OK;
}

/* Whether the playlists of these sets are those of the fingerprint. */
static enum status try_sets(struct catalogue *catalogue, int sets, struct training_index *index, struct error *error)
{
    char fingerprint[33];
    interactions_free(&index->playlists);
    enum status status = catalogue_interactions_load(catalogue, sets, &index->playlists, error);
    if (status != STATUS_OK)
        return status;
    model_training_fingerprint(&index->playlists, fingerprint);
    index->usable = strcmp(fingerprint, index->trained_on) == 0;
    return index->usable ? index_holders(index, error) : STATUS_OK;
}

enum status training_index_open(struct catalogue *catalogue, const char *trained_on, struct training_index **out,
                                struct error *error)
{
    static const int sets[] = {SPLIT_TRAIN, SPLIT_TRAIN | SPLIT_VALIDATION, SPLIT_ALL};
    struct catalogue_counts counts;
    struct training_index *index = calloc(1, sizeof *index);
    if (!index)
        return error_no_memory(error);
    snprintf(index->trained_on, sizeof index->trained_on, "%s", trained_on);
    enum status status = catalogue_count(catalogue, &counts, error);
    bool large = status == STATUS_OK && counts.entries > TRAINING_INDEX_ENTRIES_MAX;
    for (size_t i = 0; i < sizeof sets / sizeof *sets && status == STATUS_OK && !index->usable && !large; i++)
        status = try_sets(catalogue, sets[i], index, error);
    if (large)
        snprintf(index->note, sizeof index->note,
                 "training playlists in common are not counted in catalogues of more than %d million entries",
                 TRAINING_INDEX_ENTRIES_MAX / 1000000);
    else if (!index->usable)
        snprintf(index->note, sizeof index->note,
                 "training playlists in common cannot be counted, because the playlists or their split have changed "
                 "since the training");
    if (status == STATUS_OK)
        *out = index;
    else
        training_index_close(index);
    return status;
}

void training_index_close(struct training_index *index)
{
    if (!index)
        return;
    interactions_free(&index->playlists);
    free(index->holder_starts);
    free(index->holders);
    free(index);
}

int32_t training_index_together(const struct training_index *index, int64_t row, int64_t other)
{
    const int64_t *starts = index->holder_starts;
    int32_t count = 0;
    if (row < 0 || other < 0 || row >= index->playlists.n_tracks || other >= index->playlists.n_tracks)
        return 0;
    for (int64_t a = starts[row], b = starts[other]; a < starts[row + 1] && b < starts[other + 1];) {
        int32_t left = index->holders[a], right = index->holders[b];
        count += left == right;
        a += left <= right;
        b += right <= left;
    }
    return count;
}
