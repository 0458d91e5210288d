#ifndef SLEEVE_APP_RATING_AUC_H
#define SLEEVE_APP_RATING_AUC_H

#include "app/app.h"
#include "core/file.h"
#include "db/ratings.h"
#include "eval/auc.h"

/* How well scores tell tracks that were rated good from those that were rated bad: the area under the ROC curve, as in
 * Bernhardsson's comparison of methods by thumbs. A model's score of a track is the one for the playlist without its
 * rated tracks as seeds. The score of a feature set is the cosine of the track's row and the mean row of these seeds,
 * over standardised columns. Ratings are mostly made on what one model suggested, so the area of that model is lower
 * than among all tracks: compare areas, and only on the same ratings. */

struct auc_settings {
    const char *const *models; /* [n_models] names */
    size_t n_models;
    const char *const *sets; /* [n_sets] of feature sets */
    size_t n_sets;
    struct rating_filter filter; /* of the ratings; `model`: only of suggestions by this model */
    bool discount;               /* bad ratings because of wrong metadata are left out */
};

struct auc_scores {
    const char *name; /* of the settings */
    bool features;
    bool trained;      /* the model was trained on ratings (train --ratings), so that its areas are no evidence */
    struct auc pooled; /* all playlists' scores in one comparison */
    struct auc_playlist {
        int64_t id;
        const char *name, *key;
        struct auc auc;
    } * playlists; /* [n_playlists] by name */
    size_t n_playlists;
    size_t without; /* tracks for which it has no score: it does not know them, or no seed */
};

struct auc_result {
    struct rating_verdicts items;
    struct auc_scores *scores; /* [n_scores] models first, then sets */
    size_t n_scores;
    size_t compared; /* items that all of them score: the areas are over these */
    struct arena memory;
};
void auc_result_free(struct auc_result *result);
/* Without a good and a bad track there is nothing to compute: STATUS_FAILED. */
enum status app_rating_auc(struct app *app, const struct auc_settings *settings, struct auc_result *result,
                           struct error *error);

/* The pooled areas as bars with their intervals and the line of random order, as PNG or SVG by the name of the file. */
enum status auc_plot_check(const char *path, struct error *error);
enum status auc_plot(const struct auc_result *result, const char *path, struct error *error);

#endif
