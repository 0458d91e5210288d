#ifndef SLEEVE_APP_RATING_SCORES_H
#define SLEEVE_APP_RATING_SCORES_H

#include "app/app.h"

/* Scores of given tracks for given playlists: what app/rating_auc.h compares. */

struct score_task {
    int64_t playlist;
    const int64_t *seeds; /* [n_seeds] */
    size_t n_seeds;
    int64_t *tracks; /* [n_tracks] */
    size_t n_tracks;
    double *scores; /* [n_tracks] out; NAN: there is none */
};

/* A model's own scores. */
enum status app_score_by_model(struct app *app, const char *model, const struct score_task *tasks, size_t n,
                               struct error *error);
/* The cosine of a track's row (or its album's) and the mean row of the seeds, over standardised columns. `albums`: the
 * album of every track, [n_tracks], 0: none. */
enum status app_score_by_features(struct app *app, const char *set, const int64_t *albums, int64_t n_tracks,
                                  const struct score_task *tasks, size_t n, struct error *error);

#endif
