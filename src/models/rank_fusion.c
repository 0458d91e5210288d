#include "models/rank_fusion.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool rank_fusion_open(struct rank_fusion *fusion, size_t n_lists, size_t depth, size_t length, int64_t n_tracks,
                      int64_t n_rows, const float *popularity)
{
    size_t most = n_lists * length < (size_t)n_rows ? n_lists * length : (size_t)n_rows;
    *fusion = (struct rank_fusion){.n_lists = n_lists, .depth = depth, .n_tracks = n_tracks, .popularity = popularity};
    fusion->found = calloc((size_t)n_rows + 1, sizeof *fusion->found);
    fusion->tracks = malloc((most + 1) * sizeof *fusion->tracks);
    return fusion->found && fusion->tracks;
}

void rank_fusion_close(struct rank_fusion *fusion)
{
    free(fusion->found);
    free(fusion->tracks);
    *fusion = (struct rank_fusion){0};
}

static struct fused_track *track_of(struct rank_fusion *fusion, int32_t row)
{
    int32_t *found = &fusion->found[row];
    if (*found == 0) {
        fusion->tracks[fusion->count] =
            (struct fused_track){.row = row,
                                 .popularity = row < fusion->n_tracks ? fusion->popularity[row] : 0,
                                 .place = (int32_t)fusion->count};
        *found = (int32_t)++fusion->count;
    }
    return &fusion->tracks[*found - 1];
}

float rank_fusion_gain(size_t depth, size_t index)
{
    double scale = 1 / log((double)depth + 1); /* as in collect_range, to the last bit */
    return index < depth ? (float)(1 - scale * log((double)index + 1)) : 0;
}

/* The rows at indices first..last-1 of all lists. */
static void collect_range(struct rank_fusion *fusion, const int32_t *const lists[], size_t first, size_t last)
{
    double scale = 1 / log((double)fusion->depth + 1);
    for (size_t m = 0; m < fusion->n_lists; m++)
        for (size_t i = first; lists[m] && i < last && lists[m][i] >= 0; i++) {
            struct fused_track *track = track_of(fusion, lists[m][i]);
            if (i < fusion->depth)
                track->gains[m] = (float)(1 - scale * log((double)i + 1));
        }
}

/* What lies deeper comes last, so that longer lists begin as shorter ones do. */
void rank_fusion_collect(struct rank_fusion *fusion, const int32_t *const lists[], size_t length)
{
    size_t depth = length < fusion->depth ? length : fusion->depth;
    fusion->count = 0;
    collect_range(fusion, lists, 0, depth);
    collect_range(fusion, lists, depth, length);
    for (size_t i = 0; i < fusion->count; i++)
        fusion->found[fusion->tracks[i].row] = 0;
}

int fused_track_order(const void *left, const void *right)
{
    const struct fused_track *a = left, *b = right;
    if (a->score != b->score)
        return a->score < b->score ? 1 : -1;
    if (a->popularity != b->popularity)
        return a->popularity < b->popularity ? 1 : -1;
    return (a->place > b->place) - (a->place < b->place);
}

void rank_fusion_score(struct rank_fusion *fusion, const int32_t *const lists[], const double *weights)
{
    double sum = 0;
    for (size_t m = 0; m < fusion->n_lists; m++)
        sum += lists[m] ? weights[m] : 0;
    for (size_t i = 0; i < fusion->count; i++) {
        struct fused_track *track = &fusion->tracks[i];
        track->score = 0;
        for (size_t m = 0; m < fusion->n_lists; m++)
            track->score += weights[m] * (double)track->gains[m];
        if (sum > 0)
            track->score /= sum;
    }
}

void rank_fusion_rank(struct rank_fusion *fusion, const int32_t *const lists[], const double *weights)
{
    rank_fusion_score(fusion, lists, weights);
    qsort(fusion->tracks, fusion->count, sizeof *fusion->tracks, fused_track_order);
}
