#include "models/co_occurrence.h"

#include <math.h>
#include <stdlib.h>

struct walk {
    const struct interactions *interactions;
    struct track_playlists playlists;
    double *playlist_factors; /* [n_playlists] |p|^-a */
    double *from, *to;        /* [n_tracks] n_i^b, n_j^c */
    double shrinkage;
};

static void add_similarities(const void *context, int32_t row, int worker, struct scored_rows *similarities)
{
    (void)worker;
    const struct walk *walk = context;
    const struct interactions *interactions = walk->interactions;
    for (int64_t at = walk->playlists.starts[row]; at < walk->playlists.starts[row + 1]; at++) {
        int32_t playlist = walk->playlists.playlists[at];
        for (int64_t e = interactions->starts[playlist]; e < interactions->starts[playlist + 1]; e++)
            scored_rows_add(similarities, interactions->tracks[e], walk->playlist_factors[playlist]);
    }
    for (int64_t i = 0; i < similarities->count; i++) {
        int32_t other = similarities->rows[i];
        similarities->score[other] /= walk->from[row] * walk->to[other] + walk->shrinkage;
    }
}

/* lengths[i]^exponent, where lengths are the differences of successive starts. */
static double *powers(int64_t n, const int64_t *starts, double exponent)
{
    double *made = malloc((size_t)n * sizeof *made);
    for (int64_t i = 0; i < n && made; i++)
        made[i] = pow((double)(starts[i + 1] - starts[i]), exponent);
    return made;
}

enum status co_occurrence_train(struct model_task *task, const struct co_occurrence *formula,
                                struct model_weights *weights, struct error *error)
{
    const struct interactions *interactions = task->interactions;
    struct walk walk = {.interactions = interactions, .shrinkage = formula->shrinkage};
    enum status status = track_playlists_make(interactions, &walk.playlists, error);
    if (status == STATUS_OK) {
        walk.playlist_factors = powers(interactions->n_playlists, interactions->starts, -formula->playlist_exponent);
        walk.from = powers(interactions->n_tracks, walk.playlists.starts, formula->from_exponent);
        walk.to = powers(interactions->n_tracks, walk.playlists.starts, formula->to_exponent);
        if (!walk.playlist_factors || !walk.from || !walk.to)
            status = error_no_memory(error);
    }
    const struct similarity_source source = {add_similarities, &walk};
    if (status == STATUS_OK)
        status = item_similarity_train(task, &walk.playlists, &source, weights, error);
    free(walk.playlist_factors);
    free(walk.from);
    free(walk.to);
    track_playlists_free(&walk.playlists);
    return status;
}
