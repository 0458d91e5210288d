#include "models/side_info.h"

#include <stdlib.h>

enum { TRACKS_AT_ONCE = 8192 };

struct pair {
    int64_t album, artist;
    int64_t row;
};

static int by_pair(const void *left, const void *right)
{
    const struct pair *a = left, *b = right;
    if (a->album != b->album)
        return a->album < b->album ? -1 : 1;
    return (a->artist > b->artist) - (a->artist < b->artist);
}

static enum status read_tracks(struct catalogue *catalogue, struct side_info *side, struct pair *pairs,
                               struct error *error)
{
    int64_t ids[TRACKS_AT_ONCE];
    for (int64_t first = 0; first < side->n_tracks; first += TRACKS_AT_ONCE) {
        int64_t count = side->n_tracks - first < TRACKS_AT_ONCE ? side->n_tracks - first : TRACKS_AT_ONCE;
        for (int64_t i = 0; i < count; i++)
            ids[i] = first + i + 1;
        struct track_list tracks = {0};
        enum status status = catalogue_tracks_read(catalogue, ids, (size_t)count, &tracks, error);
        if (status != STATUS_OK)
            return status;
        for (int64_t i = 0; i < count; i++) {
            const struct track *track = &tracks.items[i];
            pairs[first + i] = (struct pair){track->album_id, track->artist_id, first + i};
            side->duration_ms[first + i] = track->duration_ms;
        }
        track_list_free(&tracks);
    }
    return STATUS_OK;
}

/* Distinct pairs to 0..n-1 in ascending order, by row. */
static int64_t number(struct pair *pairs, int64_t n, int32_t *numbers)
{
    int64_t distinct = 0;
    qsort(pairs, (size_t)n, sizeof *pairs, by_pair);
    for (int64_t i = 0; i < n; i++) {
        if (i > 0 && by_pair(&pairs[i], &pairs[i - 1]) != 0)
            distinct++;
        numbers[pairs[i].row] = (int32_t)distinct;
    }
    return n > 0 ? distinct + 1 : 0;
}

static enum status find_covers(struct catalogue *catalogue, const char *name, struct side_info *side,
                               const struct pair *pairs, struct error *error)
{
    enum status status = feature_set_open(catalogue, name, &side->set, error);
    if (status != STATUS_OK)
        return status;
    side->has_set = true;
    side->covers = malloc(((size_t)side->n_tracks + 1) * sizeof *side->covers);
    if (!side->covers)
        return error_no_memory(error);
    for (int64_t i = 0; i < side->n_tracks; i++) {
        if (pairs[i].album > side->set.n_rows)
            return error_set(error, STATUS_BAD_DATA,
                             "The feature set %.80s knows %lld albums, and the catalogue has more; make it again with "
                             "`sleeve embed %.80s`.",
                             name, (long long)side->set.n_rows, name);
        side->covers[pairs[i].row] = (int32_t)(pairs[i].album - 1);
    }
    return STATUS_OK;
}

enum status side_info_load(struct catalogue *catalogue, int64_t n_tracks, const char *cover_set, struct side_info *side,
                           struct error *error)
{
    *side = (struct side_info){.n_tracks = n_tracks};
    size_t n = (size_t)n_tracks + 1;
    struct pair *pairs = malloc(n * sizeof *pairs);
    side->albums = malloc(n * sizeof *side->albums);
    side->artists = malloc(n * sizeof *side->artists);
    side->duration_ms = malloc(n * sizeof *side->duration_ms);
    enum status status =
        pairs && side->albums && side->artists && side->duration_ms ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK)
        status = read_tracks(catalogue, side, pairs, error);
    if (status == STATUS_OK && cover_set)
        status = find_covers(catalogue, cover_set, side, pairs, error);
    if (status == STATUS_OK) {
        side->n_albums = number(pairs, n_tracks, side->albums);
        for (int64_t i = 0; i < n_tracks; i++) {
            if (pairs[i].album == 0)
                side->albums[pairs[i].row] = -1;
            pairs[i].album = 0;
        }
        side->n_artists = number(pairs, n_tracks, side->artists);
    }
    free(pairs);
    if (status != STATUS_OK)
        side_info_free(side);
    return status;
}

void side_info_free(struct side_info *side)
{
    free(side->albums);
    free(side->artists);
    free(side->duration_ms);
    free(side->covers);
    if (side->has_set)
        feature_set_close(&side->set);
    *side = (struct side_info){0};
}
