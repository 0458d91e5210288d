#include "models/session_index.h"

#include <stdlib.h>
#include <string.h>

enum status session_index_save(const struct interactions *interactions, struct model_weights *weights,
                               struct error *error)
{
    int64_t n = interactions->n_playlists, entries = interactions->starts[n];
    int64_t *starts = malloc(((size_t)n + 1) * sizeof *starts);
    int32_t *tracks = malloc(((size_t)entries + 1) * sizeof *tracks); /* one more: never of size 0 */
    if (starts)
        memcpy(starts, interactions->starts, ((size_t)n + 1) * sizeof *starts);
    if (tracks)
        memcpy(tracks, interactions->tracks, (size_t)entries * sizeof *tracks);
    enum status status = model_weights_add_integers(weights, "starts", MATRIX_INT64, n + 1, 1, starts, error);
    if (status == STATUS_OK)
        return model_weights_add_integers(weights, "playlists", MATRIX_INT32, entries, 1, tracks, error);
    free(tracks);
    return status;
}

static enum status check_starts(const struct session_index *index, int64_t entries, struct error *error)
{
    bool right = index->n_playlists >= 1 && index->n_playlists < INT32_MAX && index->starts[0] == 0;
    for (int64_t p = 0; right && p < index->n_playlists; p++)
        right = index->starts[p] <= index->starts[p + 1];
    if (!right || index->starts[index->n_playlists] != entries)
        return error_set(error, STATUS_BAD_DATA,
                         "the model's playlists do not begin and end where its %lld entries do; train it again",
                         (long long)entries);
    return STATUS_OK;
}

static enum status check_rows(const struct session_index *index, struct error *error)
{
    for (int64_t p = 0; p < index->n_playlists; p++)
        for (int64_t e = index->starts[p]; e < index->starts[p + 1]; e++)
            if (index->tracks[e] < 0 || index->tracks[e] >= index->n_tracks)
                return error_set(error, STATUS_BAD_DATA,
                                 "playlist %lld of the model contains row %ld, and the model has %lld tracks; train it "
                                 "again",
                                 (long long)p, (long)index->tracks[e], (long long)index->n_tracks);
    return STATUS_OK;
}

/* The rows have been checked. `next` [n_tracks] is the next free index among the holders of each row. */
static enum status list_holders(struct session_index *index, int64_t *next, struct error *error)
{
    for (int64_t e = 0; e < index->starts[index->n_playlists]; e++)
        index->holder_starts[index->tracks[e] + 1]++;
    for (int64_t row = 0; row < index->n_tracks; row++)
        index->holder_starts[row + 1] += next[row] = index->holder_starts[row];
    for (int64_t p = 0; p < index->n_playlists; p++) {
        int64_t length = index->starts[p + 1] - index->starts[p];
        index->longest = length > index->longest ? length : index->longest;
        for (int64_t e = index->starts[p]; e < index->starts[p + 1]; e++) {
            int32_t row = index->tracks[e];
            int64_t at = next[row]++;
            if (at > index->holder_starts[row] && index->holders[at - 1] == (int32_t)p)
                return error_set(error, STATUS_BAD_DATA,
                                 "playlist %lld of the model contains row %ld twice; train it again", (long long)p,
                                 (long)row);
            index->holders[at] = (int32_t)p;
        }
    }
    return STATUS_OK;
}

enum status session_index_open(const struct recommender *recommender, struct session_index *index, struct error *error)
{
    *index = (struct session_index){.n_tracks = recommender->n_tracks};
    const void *starts, *tracks;
    int64_t n_starts, entries;
    enum status status = recommender_integers(recommender, "starts", MATRIX_INT64, &starts, &n_starts, error);
    if (status == STATUS_OK)
        status = recommender_integers(recommender, "playlists", MATRIX_INT32, &tracks, &entries, error);
    if (status != STATUS_OK)
        return status;
    index->starts = starts;
    index->tracks = tracks;
    index->n_playlists = n_starts - 1;
    status = check_starts(index, entries, error);
    if (status == STATUS_OK)
        status = check_rows(index, error);
    if (status != STATUS_OK)
        return status;
    int64_t *next = malloc((size_t)index->n_tracks * sizeof *next);
    index->holder_starts = calloc((size_t)index->n_tracks + 1, sizeof *index->holder_starts);
    index->holders = malloc(((size_t)entries + 1) * sizeof *index->holders); /* one more: never of size 0 */
    if (!next || !index->holder_starts || !index->holders)
        status = error_no_memory(error);
    if (status == STATUS_OK)
        status = list_holders(index, next, error);
    free(next);
    if (status != STATUS_OK)
        session_index_close(index);
    return status;
}

void session_index_close(struct session_index *index)
{
    free(index->holder_starts);
    free(index->holders);
    index->holder_starts = NULL;
    index->holders = NULL;
}

int64_t session_index_position(const struct session_index *index, int32_t playlist, int32_t row)
{
    int64_t first = index->starts[playlist], end = index->starts[playlist + 1];
    for (int64_t e = first; e < end; e++)
        if (index->tracks[e] == row)
            return e - first;
    return -1;
}
